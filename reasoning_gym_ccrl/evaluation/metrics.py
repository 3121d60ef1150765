"""Calibration metrics: is what was believed with confidence q right in a share q of the cases?

Pure functions of two arrays of N pairs: `confidences` in [0, 1] and `outcomes`, True or 1 where it was right.
Each returns a Python float, nan where the figure is undefined (no pairs; one class only for `auroc`). Pairs
with no stated confidence are the caller's to leave out and to count; a None or nan is an error here.
docs/calibration.md says what each figure tells and what it hides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidInput, InvalidOption
from ..seeding import numpy_random

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Metric = Callable[[Floats, Floats], float]
Scheme = Literal["width", "mass"]

BINS = 15
OVERCONFIDENT = 0.9


class BrierDecomposition(NamedTuple):
    """The three parts of a Brier score: score = reliability - resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


class Interval(NamedTuple):
    """A figure and the ends of its confidence interval."""

    value: float
    low: float
    high: float


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
    q, y = _pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    return _tidy(np.abs(_bin_gaps(q, y, bins, scheme)).sum() / q.size)


def maximum_calibration_error(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> float:
    """The largest distance between confidence and accuracy in any bin that holds a pair; in [0, 1].

    A bin of one pair counts as much as a bin of thousands: read it with the counts beside it.

    Source: Guo et al. 2017, equation 5 (arXiv 1706.04599).

    >>> maximum_calibration_error([0.8, 0.8, 0.1], [1, 0, 0])
    0.3
    """
    q, y = _pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    index, size = _bin_index(q, bins, scheme)
    counts = np.bincount(index, minlength=size)
    gaps = np.bincount(index, q - y, minlength=size)
    return _tidy(np.max(np.abs(gaps[counts > 0]) / counts[counts > 0]))


def reliability_bins(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = BINS, scheme: Scheme = "width"
) -> ReliabilityBins:
    """Counts, mean confidence, accuracy and its 95% Wilson interval for each bin: what a diagram draws.

    >>> reliability_bins([0.2, 0.9, 1.0], [0, 1, 0], bins=2).accuracy.tolist()
    [0.0, 0.5]
    """
    q, y = _pairs(confidences, outcomes)
    index, size = _bin_index(q, bins, scheme)
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
        confidence=_divide(np.bincount(index, q, minlength=size), counts),
        accuracy=_divide(right, counts),
        low=low,
        high=high,
    )


def brier_score(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """Mean squared distance between confidence and outcome, mean (q - y)^2; in [0, 1], 0 is best.

    A proper scoring rule: its expectation is least where q is the true probability. Always 0.5 scores 0.25.

    Source: Brier 1950.

    >>> brier_score([1.0, 0.5], [1, 0])
    0.125
    """
    q, y = _pairs(confidences, outcomes)
    return float(np.mean((q - y) ** 2)) if q.size else math.nan


def brier_decomposition(confidences: ArrayLike, outcomes: ArrayLike) -> BrierDecomposition:
    """The Brier score as reliability - resolution + uncertainty, exact up to rounding.

    Groups are the distinct confidences k, each with n_k pairs and accuracy a_k, a being the overall accuracy:
    reliability = sum n_k/N (q_k - a_k)^2 (miscalibration, 0 is best), resolution = sum n_k/N (a_k - a)^2 (how
    far confidence tells right from wrong, larger is better), uncertainty = a (1 - a) (the task's own). With
    continuous confidences every pair is a group of its own and reliability says nothing: round them first.

    Source: Murphy 1973.

    >>> brier_decomposition([0.8, 0.8, 0.2, 0.2], [1, 1, 0, 1])
    BrierDecomposition(reliability=0.065, resolution=0.0625, uncertainty=0.1875)
    """
    q, y = _pairs(confidences, outcomes)
    if not q.size:
        return BrierDecomposition(math.nan, math.nan, math.nan)
    values, index, counts = np.unique(q, return_inverse=True, return_counts=True)
    share = counts / q.size
    accuracy = np.bincount(index, y) / counts
    overall = float(np.mean(y))
    return BrierDecomposition(
        reliability=_tidy(share @ (values - accuracy) ** 2),
        resolution=_tidy(share @ (accuracy - overall) ** 2),
        uncertainty=_tidy(overall * (1 - overall)),
    )


def negative_log_likelihood(confidences: ArrayLike, outcomes: ArrayLike, clip: float = 1e-6) -> float:
    """Mean of -ln(q where right, 1 - q where wrong), in nats; q is first clipped to [clip, 1 - clip].

    The clip sets the price of "certain and wrong": -ln(clip), 13.8 nats by default. State it with the figure.

    Raises:
        InvalidOption: clip outside (0, 0.5).

    Source: Good 1952.

    >>> round(negative_log_likelihood([0.5, 0.8], [1, 1]), 4)
    0.4581
    """
    if not 0.0 < clip < 0.5:
        raise InvalidOption(f"clip lies strictly between 0 and 0.5; received {clip!r}.")
    q, y = _pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    q = np.clip(q, clip, 1.0 - clip)
    return float(-np.mean(np.where(y == 1.0, np.log(q), np.log1p(-q))))


def auroc(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """The chance that a right one carries more confidence than a wrong one, ties counting half; in [0, 1].

    0.5 is what any constant confidence gets. nan where all are right or all are wrong. It looks at the order
    alone: confidences of 0.99 and 0.98 separate right from wrong as well as 0.9 and 0.1.

    Source: Mann and Whitney 1947; Hanley and McNeil 1982.

    >>> auroc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    0.875
    """
    q, y = _pairs(confidences, outcomes)
    right = float(y.sum())
    wrong = q.size - right
    if right == 0 or wrong == 0:
        return math.nan
    # Ranks count from 0, so k right ones below all wrong ones have a rank sum of k (k - 1) / 2.
    return _tidy((_mid_ranks(q) @ y - right * (right - 1) / 2) / (right * wrong))


def overconfident_error_rate(
    confidences: ArrayLike, outcomes: ArrayLike, threshold: float = OVERCONFIDENT, *, given_wrong: bool = False
) -> float:
    """The share of pairs that are wrong with a confidence of at least `threshold`; in [0, 1], 0 is best.

    With `given_wrong` the share among the wrong ones alone: P(q >= threshold | wrong), nan where none is wrong.

    Raises:
        InvalidOption: threshold outside [0, 1].

    >>> overconfident_error_rate([0.95, 0.9, 0.3, 0.2], [1, 0, 0, 1])
    0.25
    >>> overconfident_error_rate([0.95, 0.9, 0.3, 0.2], [1, 0, 0, 1], given_wrong=True)
    0.5
    """
    if not 0.0 <= threshold <= 1.0:
        raise InvalidOption(f"threshold is a confidence from 0 to 1; received {threshold!r}.")
    q, y = _pairs(confidences, outcomes)
    total = int(np.count_nonzero(y == 0)) if given_wrong else q.size
    return int(np.count_nonzero((q >= threshold) & (y == 0))) / total if total else math.nan


def wilson_interval(right: ArrayLike, total: ArrayLike, z: float = 1.959963984540054) -> tuple[Floats, Floats]:
    """The Wilson score interval of a proportion, 95% by default; nan where `total` is 0.

    Args:
        right: successes, any shape.
        total: trials, same shape.
        z: the normal quantile of the level.

    Source: Wilson 1927, equation 6 (no continuity correction).

    >>> low, high = wilson_interval(8, 10)
    >>> round(float(low), 4), round(float(high), 4)
    (0.4902, 0.9433)
    """
    k, n = np.asarray(right, dtype=np.float64), np.asarray(total, dtype=np.float64)
    p = _divide(k, n)
    n = np.where(n > 0, n, math.nan)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # Clipped against p itself: at 0 and 1 rounding would leave the interval an ulp away from its own figure.
    return np.minimum(np.maximum(centre - half, 0.0), p), np.maximum(np.minimum(centre + half, 1.0), p)


def bootstrap(
    metric: Metric,
    confidences: ArrayLike,
    outcomes: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """A figure with its percentile bootstrap interval.

    With `clusters`, a label per pair, whole clusters are drawn: the steps of one problem rise and fall
    together, and drawing them one by one would promise too narrow an interval. Resamples on which the metric
    is undefined are left out. For ECE the interval leans upward, since noise in small bins never cancels.

    Args:
        metric: a function of (confidences, outcomes); set options with functools.partial.
        confidences: N confidences.
        outcomes: N outcomes.
        clusters: N labels of any sortable type, such as problem ids.
        resamples: how many times to draw.
        level: coverage, strictly between 0 and 1.
        seed: draws are a function of it alone.

    Source: Efron 1979; clusters: Field and Welsh 2007.

    >>> bootstrap(brier_score, [0.5] * 4, [0, 1, 0, 1])
    Interval(value=0.25, low=0.25, high=0.25)
    """
    if resamples < 1 or not 0.0 < level < 1.0:
        raise InvalidOption(
            "A bootstrap needs resamples >= 1 and a level strictly between 0 and 1; "
            f"received {resamples!r} and {level!r}."
        )
    q, y = _pairs(confidences, outcomes)
    if not q.size:
        return Interval(math.nan, math.nan, math.nan)
    draw = _cluster_sampler(q.size, clusters)
    random = numpy_random(seed, "bootstrap")
    figures = np.empty(resamples)
    for i in range(resamples):
        rows = draw(random)
        figures[i] = metric(q[rows], y[rows])
    figures = figures[~np.isnan(figures)]
    tail = (1.0 - level) / 2
    low, high = np.quantile(figures, [tail, 1.0 - tail]) if figures.size else (math.nan, math.nan)
    return Interval(float(metric(q, y)), float(low), float(high))


def _cluster_sampler(size: int, clusters: ArrayLike | None) -> Callable[[np.random.Generator], Ints]:
    """A function that draws row numbers: of single pairs, or of whole clusters."""
    if clusters is None:
        return lambda random: random.integers(size, size=size)
    labels = np.asarray(clusters)
    if labels.shape != (size,):
        raise InvalidInput(f"clusters holds one label per pair: shape ({size},); received {labels.shape}.")
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(index, kind="stable")
    members = np.split(order, np.cumsum(counts)[:-1])

    def draw(random: np.random.Generator) -> Ints:
        return np.concatenate([members[i] for i in random.integers(len(members), size=len(members))])

    return draw


def _pairs(confidences: ArrayLike, outcomes: ArrayLike) -> tuple[Floats, Floats]:
    """Both arrays, checked, as float64; single precision is read to its own digits, so that its 0.9 is 0.9."""
    q, y = _floats("confidences", confidences), _floats("outcomes", outcomes)
    if q.ndim != 1 or q.shape != y.shape:
        raise InvalidInput(
            "A metric takes N confidences and N outcomes, two flat arrays of one length; "
            f"received shapes {q.shape} and {y.shape}."
        )
    inside = (q >= 0.0) & (q <= 1.0)  # False for nan too
    if not inside.all():
        raise InvalidInput(
            f"A confidence is a number from 0 to 1; received {q[~inside][0]} at position {int(np.argmin(inside))}. "
            "Leave pairs with no stated confidence out, and report their share."
        )
    binary = (y == 0.0) | (y == 1.0)
    if not binary.all():
        raise InvalidInput(
            f"An outcome is True or 1 for right, False or 0 for wrong; received {y[~binary][0]} at position "
            f"{int(np.argmin(binary))}. Leave what could not be checked out; a reward is not an outcome."
        )
    return q, y


def _floats(name: str, values: ArrayLike) -> Floats:
    try:
        array: NDArray[Any] = np.asarray(values)
        if array.dtype.kind == "f" and array.dtype.itemsize < 8:
            return np.asarray(np.round(array.astype(np.float64), np.finfo(array.dtype).precision))
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} is a flat array of numbers; received one that NumPy cannot read: {error}."
        ) from None


def _bin_index(q: Floats, bins: int, scheme: Scheme) -> tuple[Ints, int]:
    """The bin of each pair, and the number of bins."""
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or bins < 1:
        raise InvalidOption(f"bins is a whole number, at least 1; received {bins!r}.")
    if scheme == "width":
        # Edges k / bins are rounded as literals are: 0.29 is the edge 29 / 100, while int(100 * 0.29) is 28.
        index = np.searchsorted(np.arange(1, bins) / bins, q, side="right")
    elif scheme == "mass":
        index = np.floor(_mid_ranks(q) * bins / max(q.size, 1)).astype(np.int64)
    else:
        raise InvalidOption(f'scheme is "width" or "mass"; received {scheme!r}.')
    return index, int(bins)


def _bin_gaps(q: Floats, y: Floats, bins: int, scheme: Scheme) -> Floats:
    """n_b * (confidence_b - accuracy_b) for each bin."""
    index, size = _bin_index(q, bins, scheme)
    return np.asarray(np.bincount(index, q - y, minlength=size), dtype=np.float64)


def _mid_ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values sharing the mean of theirs: [5, 7, 7] -> [0, 1.5, 1.5]."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    first = np.cumsum(counts) - counts
    return np.asarray((first + (counts - 1) / 2)[index], dtype=np.float64)


def _divide(numerator: Any, denominator: Any) -> Floats:
    """The quotient, nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(denominator) > 0, np.asarray(numerator) / np.asarray(denominator), math.nan)


def _tidy(value: Any) -> float:
    """A float cut to 15 decimals: sums of ten thousand terms are good to no more, and 0.3 prints as 0.3."""
    return round(float(value), 15)
