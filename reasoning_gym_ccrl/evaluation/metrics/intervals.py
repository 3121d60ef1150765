"""How far a figure can be trusted: Wilson's interval for a share, the bootstrap for anything else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InvalidInput, InvalidOption
from ...seeding import numpy_random
from .pairs import Floats, Ints, Metric, divide, pairs


class Interval(NamedTuple):
    """A figure and the ends of its confidence interval."""

    value: float
    low: float
    high: float


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
    p = divide(k, n)
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

    Raises:
        InvalidInput: arrays that are not N confidences, outcomes and labels.
        InvalidOption: resamples below 1, a level outside (0, 1).

    Source: Efron 1979; clusters: Field and Welsh 2007.

    >>> bootstrap(lambda q, y: float(y.mean()), [0.5] * 4, [1, 1, 1, 1])
    Interval(value=1.0, low=1.0, high=1.0)
    """
    _check_options(resamples, level)
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return Interval(math.nan, math.nan, math.nan)
    labels, index, _ = label_index("clusters", np.arange(q.size) if clusters is None else clusters, q.size)
    rows_of = _rows_by_cluster(index, labels.size)
    random = numpy_random(seed, "bootstrap")
    figures = np.empty(resamples)
    for i in range(resamples):
        rows = rows_of(random.integers(labels.size, size=labels.size))
        figures[i] = metric(q[rows], y[rows])
    return _percentiles(float(metric(q, y)), figures, level)


def bootstrap_difference(
    metric: Metric,
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    clusters: tuple[ArrayLike, ArrayLike] | None = None,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """metric(first) - metric(second) for two models on the same problems, with its paired bootstrap interval.

    Each draw takes the same problems from both, so that what makes a problem hard for both cancels; the interval is
    narrower than that of two models on problems of their own. An interval that holds 0 shows no difference. Draws on
    which a figure is undefined, or one model has no pair, are left out.

    Args:
        metric: a function of (confidences, outcomes).
        first: the confidences and the outcomes of one model.
        second: those of the other.
        clusters: the problem of each pair, for both models; the numbers of pairs may then differ, and a problem may
            be missing on one side. None: pair i of both is about problem i.
        resamples: how many times to draw.
        level: coverage, strictly between 0 and 1.
        seed: draws are a function of it alone.

    Raises:
        InvalidInput: models with different numbers of pairs and no clusters; arrays that do not fit together.
        InvalidOption: resamples below 1, a level outside (0, 1).

    Source: Efron and Tibshirani 1993, chapter 8 (pairs as the unit that is drawn).

    >>> bootstrap_difference(lambda q, y: float(y.mean()), ([0.5, 0.5], [1, 1]), ([0.5, 0.5], [0, 0]))
    Interval(value=1.0, low=1.0, high=1.0)
    """
    _check_options(resamples, level)
    pairs_of = [pairs(*first), pairs(*second)]
    sizes = [q.size for q, _ in pairs_of]
    if clusters is None:
        if sizes[0] != sizes[1]:
            raise InvalidInput(
                "Without clusters, pair i of both models is about problem i, so both have as many; "
                f"received {sizes[0]} and {sizes[1]}. Give the problem of each pair as clusters."
            )
        clusters = (np.arange(sizes[0]), np.arange(sizes[1]))
    for labels, size in zip(clusters, sizes, strict=True):
        label_index("clusters", labels, size)
    both = np.concatenate([np.asarray(labels) for labels in clusters])
    known, index, _ = label_index("clusters", both, sum(sizes))
    if not all(sizes):
        return Interval(math.nan, math.nan, math.nan)
    rows_of = [_rows_by_cluster(part, known.size) for part in np.split(index, [sizes[0]])]
    random = numpy_random(seed, "bootstrap difference")
    figures = np.empty(resamples)
    for i in range(resamples):
        drawn = random.integers(known.size, size=known.size)
        rows = [rows_by(drawn) for rows_by in rows_of]
        one, other = (metric(q[r], y[r]) if r.size else math.nan for (q, y), r in zip(pairs_of, rows, strict=True))
        figures[i] = one - other
    return _percentiles(float(metric(*pairs_of[0])) - float(metric(*pairs_of[1])), figures, level)


def label_index(name: str, labels: ArrayLike, size: int) -> tuple[NDArray[Any], Ints, Ints]:
    """The distinct labels in order, the place of each pair's label among them, and how often each occurs."""
    array = np.asarray(labels)
    if array.shape != (size,):
        raise InvalidInput(f"{name} holds one label per pair: shape ({size},); received {array.shape}.")
    try:
        known, index, counts = np.unique(array, return_inverse=True, return_counts=True)
    except TypeError as error:
        raise InvalidInput(f"{name} holds labels of one sortable type, all numbers or all text: {error}.") from None
    return known, index, counts


def _rows_by_cluster(index: Ints, size: int) -> Callable[[Ints], Ints]:
    """A function from drawn clusters to the rows of their pairs, each as often as its cluster was drawn."""
    counts = np.bincount(index, minlength=size)
    order = np.argsort(index, kind="stable")
    starts = np.cumsum(counts) - counts

    def rows(drawn: Ints) -> Ints:
        lengths = counts[drawn]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.asarray(order[np.repeat(starts[drawn], lengths) + within])

    return rows


def _check_options(resamples: int, level: float) -> None:
    if resamples < 1 or not 0.0 < level < 1.0:
        raise InvalidOption(
            "A bootstrap needs resamples >= 1 and a level strictly between 0 and 1; "
            f"received {resamples!r} and {level!r}."
        )


def _percentiles(value: float, figures: Floats, level: float) -> Interval:
    """The interval between the tails of the resampled figures, those that are undefined left out."""
    figures = figures[~np.isnan(figures)]
    tail = (1.0 - level) / 2
    low, high = np.quantile(figures, [tail, 1.0 - tail]) if figures.size else (math.nan, math.nan)
    return Interval(value, float(low), float(high))
