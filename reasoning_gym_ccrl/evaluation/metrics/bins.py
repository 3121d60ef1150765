"""Confidence against accuracy in bins: the reliability diagram, and the calibration errors read off it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InvalidOption
from .intervals import wilson_interval
from .pairs import Floats, Ints, divide, mid_ranks, pairs, tidy

Scheme = Literal["width", "mass"]

BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityBins:
    """A reliability diagram as numbers; each array has one entry per bin, nan where a bin is empty.

    Attributes:
        lower, upper: the bin's edges (scheme "width") or its least and greatest confidence ("mass").
        counts: pairs in the bin.
        confidence: mean confidence.
        accuracy: share of right ones.
        low, high: the 95% Wilson interval of the accuracy.
    """

    lower: Floats
    upper: Floats
    counts: Ints
    confidence: Floats
    accuracy: Floats
    low: Floats
    high: Floats


def expected_calibration_error(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> float:
    """Mean distance between confidence and accuracy over bins, weighted by their pairs; in [0, 1], 0 is best.

    ECE = sum_b n_b / N * |accuracy_b - confidence_b|. Scheme "width" cuts [0, 1] into equal intervals
    [lower, upper), the last one closed, so that 1.0 belongs to it; "mass" cuts the sorted confidences into
    equally filled bins and keeps equal confidences together, so that the order of the pairs never matters.

    Raises:
        InvalidInput: arrays that are not N confidences and N outcomes.
        InvalidOption: bins below 1, an unknown scheme.

    Source: Guo et al. 2017, equation 3 (arXiv 1706.04599); equal mass: Nguyen and O'Connor 2015.

    >>> expected_calibration_error([0.8, 0.8, 0.8, 0.8], [1, 1, 0, 0])
    0.3
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    return tidy(np.abs(_bin_gaps(q, y, bins, scheme)).sum() / q.size)


def maximum_calibration_error(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> float:
    """The largest distance between confidence and accuracy in any bin that holds a pair; in [0, 1].

    A bin of one pair counts as much as a bin of thousands: read it with the counts beside it.

    Source: Guo et al. 2017, equation 5 (arXiv 1706.04599).

    >>> maximum_calibration_error([0.8, 0.8, 0.1], [1, 0, 0])
    0.3
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    index, size = bin_index(q, bins, scheme)
    counts = np.bincount(index, minlength=size)
    gaps = np.bincount(index, q - y, minlength=size)
    return tidy(np.max(np.abs(gaps[counts > 0]) / counts[counts > 0]))


def positive_calibration_error(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> float:
    """The part of ECE that is overconfidence: mean over bins of max(0, confidence - accuracy), weighted; in [0, 1].

    What remains of ECE is underconfidence. Modesty is not punished here: a model that always says 0 has none.

    Source: ECE (Guo et al. 2017, equation 3) with the gap's positive part.

    >>> positive_calibration_error([0.8, 0.8, 0.3], [1, 0, 1]), expected_calibration_error([0.8, 0.8, 0.3], [1, 0, 1])
    (0.2, 0.433333333333333)
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    return tidy(np.maximum(_bin_gaps(q, y, bins, scheme), 0.0).sum() / q.size)


def debiased_calibration_error(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width", *, squared: bool = False
) -> float:
    """The root mean squared gap between confidence and accuracy over bins, freed of the noise of few pairs.

    squared = sum_b n_b / N * [(confidence_b - accuracy_b)^2 - accuracy_b (1 - accuracy_b) / (n_b - 1)]; the second
    term is what chance alone adds, estimated without bias. The figure is the root of it, 0 where the estimate is
    below 0: then the gaps are no larger than noise would make them. A bin of one pair says nothing about its noise;
    it adds nothing, so with few pairs to a bin take fewer bins. It is an L2 figure: compare it with no ECE.

    Args:
        confidences: N confidences.
        outcomes: N outcomes.
        bins: how many.
        scheme: "width" or "mass" (the paper's choice for continuous confidences), as for ECE.
        squared: return the estimate before the root, which may lie below 0 and is unbiased for these bins.

    Raises:
        InvalidInput: arrays that are not N confidences and N outcomes.
        InvalidOption: bins below 1, an unknown scheme.

    Source: Kumar, Liang and Ma 2019 (arXiv 1909.10155) (the debiased estimator).

    >>> round(debiased_calibration_error([0.9] * 4, [1, 1, 0, 0]), 4)  # sqrt(0.4^2 - 0.25 / 3)
    0.2769
    >>> debiased_calibration_error([0.5] * 4, [1, 1, 0, 0]), debiased_calibration_error([0.9], [0])
    (0.0, 0.0)
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    index, size = bin_index(q, bins, scheme)
    counts = np.bincount(index, minlength=size)
    kept = counts > 1
    n = counts[kept]
    accuracy = np.bincount(index, y, minlength=size)[kept] / n
    gaps = np.bincount(index, q - y, minlength=size)[kept] / n
    estimate = tidy((n / q.size) @ (gaps**2 - accuracy * (1.0 - accuracy) / (n - 1)))
    return estimate if squared else tidy(math.sqrt(max(estimate, 0.0)))


def reliability_bins(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> ReliabilityBins:
    """Counts, mean confidence, accuracy and its 95% Wilson interval for each bin: what a diagram draws.

    >>> reliability_bins([0.2, 0.9, 1.0], [0, 1, 0], bins=2).accuracy.tolist()
    [0.0, 0.5]
    """
    q, y = pairs(confidences, outcomes)
    index, size = bin_index(q, bins, scheme)
    counts = np.bincount(index, minlength=size)
    right = np.bincount(index, y, minlength=size)
    if scheme == "width":
        lower, upper = np.arange(size) / size, np.arange(1, size + 1) / size
    else:
        lower, upper = np.full(size, np.inf), np.full(size, -np.inf)
        np.minimum.at(lower, index, q)
        np.maximum.at(upper, index, q)
        lower[counts == 0] = upper[counts == 0] = math.nan
    low, high = wilson_interval(right, counts)
    return ReliabilityBins(
        lower=lower,
        upper=upper,
        counts=counts,
        confidence=divide(np.bincount(index, q, minlength=size), counts),
        accuracy=divide(right, counts),
        low=low,
        high=high,
    )


def bin_index(q: Floats, bins: int, scheme: Scheme) -> tuple[Ints, int]:
    """The bin of each pair, and the number of bins."""
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or bins < 1:
        raise InvalidOption(f"bins is a whole number, at least 1; received {bins!r}.")
    if scheme == "width":
        # Edges k / bins are rounded as literals are: 0.29 is the edge 29 / 100, while int(100 * 0.29) is 28.
        index = np.searchsorted(np.arange(1, bins) / bins, q, side="right")
    elif scheme == "mass":
        index = np.floor(mid_ranks(q) * bins / max(q.size, 1)).astype(np.int64)
    else:
        raise InvalidOption(f'scheme is "width" or "mass"; received {scheme!r}.')
    return index, int(bins)


def _bin_gaps(q: Floats, y: Floats, bins: int, scheme: Scheme) -> Floats:
    """n_b * (confidence_b - accuracy_b) for each bin."""
    index, size = bin_index(q, bins, scheme)
    return np.asarray(np.bincount(index, q - y, minlength=size), dtype=np.float64)
