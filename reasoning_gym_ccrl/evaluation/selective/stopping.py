"""Stopping early: no further sample where the answer is settled, no further step where a solution is lost.

Axes: P (problems), N (samples of each problem). Two methods that save tokens, each a pure function of what was
sampled to the end, so that one run shows every threshold.

*Adaptive sampling* draws one sample after another until the leading answer is settled or N are drawn:

- "majority": the chance, after a of the samples for the leader and b for the next one, that the leader is the more
  frequent of the two, P(Beta(a + 1, b + 1) > 1/2), is at least the threshold. This is Adaptive-Consistency's Beta rule;
  it looks at no confidence. Three of three agreeing come to 0.94, four of four to 0.97.
- "logit": the vote's confidence by the rule of that name in `voting`, in which a sample at q by itself comes to q, is
  at least the threshold. Ours: a sample that is sure and calibrated needs no second. It takes confidence at its word:
  a model that is always sure stops after one sample, right or wrong.

*Stopping within a solution* abandons it, and abstains, at the first step at which the running figure of the steps'
confidences falls below a threshold. The step that gives it away has been written and is paid for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from ...errors import InvalidInput, InvalidOption, unknown_name
from ...seeding import numpy_random
from ..metrics.pairs import Floats, Ints
from .abstention import binomial_tail
from .voting import CLIP, Bools, Samples, check_rule, tally, voted, winners

AdaptiveRule = Literal["majority", "logit"]
Mode = Literal["minimum", "product", "mean"]
ADAPTIVE_RULES: tuple[AdaptiveRule, ...] = ("majority", "logit")
MODES: tuple[Mode, ...] = ("minimum", "product", "mean")
ORDERS = 20


class Adaptive(NamedTuple):
    """What adaptive sampling came to on P problems.

    Attributes:
        used: how many samples each took, 1 to N.
        outcomes: whether the answer they voted for is right.
    """

    used: Ints
    outcomes: Bools

    @property
    def mean_samples(self) -> float:
        """Samples a problem; nan without problems."""
        return float(self.used.mean()) if self.used.size else math.nan

    @property
    def accuracy(self) -> float:
        """Share of right answers; nan without problems."""
        return float(self.outcomes.mean()) if self.outcomes.size else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class StoppingCurve:
    """What stopping early comes to at each of K thresholds; arrays [K].

    Attributes:
        thresholds: as given.
        cost: of adaptive sampling, mean samples a problem; of steps, the share of the full length that was written.
        accuracy: share of right answers among those given, nan where none is.
        coverage: share of attempts that were finished; 1 in adaptive sampling, which always answers.
        right_kept: share of the right answers that were not thrown away with the rest; 1 in adaptive sampling.
    """

    thresholds: Floats
    cost: Floats
    accuracy: Floats
    coverage: Floats
    right_kept: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """One attempt as steps with their confidences.

    Attributes:
        confidences: of each step, in order; None where none was stated, which never stops anything.
        ends: what had been written when each step ended, in tokens or in elements.
        length: the whole attempt in the same unit.
        right: whether its answer is right.
    """

    confidences: tuple[float | None, ...]
    ends: tuple[int, ...]
    length: int
    right: bool

    def __post_init__(self) -> None:
        rising = all(0 < a <= b for a, b in zip(self.ends, (*self.ends[1:], self.length), strict=False))
        if len(self.confidences) != len(self.ends) or not rising or self.length < 0:
            raise InvalidInput(
                "A solution has one end for each confidence, rising, none beyond its length; "
                f"received {len(self.confidences)} confidences, ends {self.ends[:8]} and length {self.length}."
            )
        if any(q is not None and not 0.0 <= q <= 1.0 for q in self.confidences):
            raise InvalidInput(f"A step's confidence is None or a number from 0 to 1; received {self.confidences[:8]}.")


# -- samples ----------------------------------------------------------------------------------------------------------


def settled(samples: Samples, rule: AdaptiveRule = "majority", clip: float = CLIP) -> Floats:
    """How settled the leading answer is after n = 1 to N samples, [P, N], in [0, 1]; 0 while nobody has answered.

    Source: "majority": Aggarwal et al. 2023, Adaptive-Consistency (arXiv 2305.11860), equation 2.

    >>> from .voting import samples_of
    >>> settled(samples_of([["a", "a", "b"]], [[0.9, 0.9, 0.9]], [[1, 1, 0]])).tolist()
    [[0.75, 0.875, 0.6875]]
    """
    check_rule(rule, clip, ADAPTIVE_RULES)
    figures = np.zeros(samples.answers.shape)
    for n in range(1, samples.answers.shape[1] + 1):
        some = samples.take(np.arange(n))
        if rule == "logit":
            figures[:, n - 1] = winners(some, "logit", clip)[1]
            continue
        counts = np.sort(np.pad(tally(some, np.ones(some.answers.shape)), ((0, 0), (1, 0))), axis=1).astype(int)
        figures[:, n - 1] = [_leads(int(a), int(b)) for b, a in counts[:, -2:]]
    return figures


@lru_cache(maxsize=65_536)
def _leads(leader: int, runner_up: int) -> float:
    """P(Beta(a + 1, b + 1) > 1/2), which is P(Bin(a + b + 1, 1/2) <= a)."""
    return binomial_tail(leader, leader + runner_up + 1, 0.5) if leader else 0.0


def adaptive_sampling(
    samples: Samples, threshold: float, rule: AdaptiveRule = "majority", clip: float = CLIP
) -> Adaptive:
    """Draws samples in their order until the leading answer is settled to `threshold`, or all N are drawn.

    The answer is the vote of what was drawn, by the rule of the same name.

    Raises:
        InvalidInput: problems without samples.
        InvalidOption, UnknownName: a threshold outside [0, 1], a rule or clip that is none.

    >>> from .voting import samples_of
    >>> adaptive_sampling(samples_of([["a", "a", "b"]], [[0.9, 0.9, 0.9]], [[1, 1, 0]]), 0.8).used.tolist()
    [2]
    """
    _check_thresholds([threshold])
    return _stop(samples, settled(samples, rule, clip), threshold, rule, clip)


def _stop(samples: Samples, figures: Floats, threshold: float, rule: AdaptiveRule, clip: float) -> Adaptive:
    count, size = samples.answers.shape
    if count and not size:
        raise InvalidInput("Adaptive sampling takes at least one sample of each problem; received none.")
    enough = figures >= threshold
    used = np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, size) if size else np.zeros(count, dtype=int)
    outcomes = np.zeros(count, dtype=bool)
    for n in np.unique(used):
        rows = used == n
        outcomes[rows] = voted(samples.rows(rows).take(np.arange(n)), rule, clip)[1]
    return Adaptive(used, outcomes)


def adaptive_curve(
    samples: Samples,
    thresholds: Sequence[float],
    rule: AdaptiveRule = "majority",
    *,
    clip: float = CLIP,
    orders: int = ORDERS,
    seed: int = 0,
) -> StoppingCurve:
    """Accuracy against mean samples over thresholds, each a mean over `orders` random orders of the samples.

    Raises:
        InvalidOption: thresholds outside [0, 1], or orders below 1.
    """
    levels = _check_thresholds(thresholds)
    if orders < 1:
        raise InvalidOption(f"orders is at least 1; received {orders!r}.")
    cost, accuracy = np.zeros(levels.size), np.zeros(levels.size)
    random = numpy_random(seed, "adaptive sampling")
    for _ in range(orders):
        shuffled = samples.take(random.random(samples.answers.shape).argsort(axis=1))
        figures = settled(shuffled, rule, clip)
        for place, level in enumerate(levels):
            found = _stop(shuffled, figures, float(level), rule, clip)
            cost[place] += found.mean_samples / orders
            accuracy[place] += found.accuracy / orders
    ones = np.ones(levels.size)
    return StoppingCurve(levels, cost, accuracy, ones, ones)


# -- steps ------------------------------------------------------------------------------------------------------------


def running(confidences: Sequence[float | None], mode: Mode = "minimum") -> Floats:
    """The running minimum, product or mean of the confidences stated so far; 1 before the first.

    "minimum" falls below a threshold at the very step whose own confidence does. "product" is the chance that all steps
    are right, were they independent, and falls with their number.

    >>> running([0.9, None, 0.5], "product").tolist(), running([None, 0.9], "minimum").tolist()
    ([0.9, 0.9, 0.45], [1.0, 0.9])
    """
    if mode not in MODES:
        raise unknown_name("mode", mode, MODES)
    stated = np.array([q is not None for q in confidences], dtype=bool)
    q = np.array([1.0 if each is None else each for each in confidences], dtype=np.float64)
    if mode == "minimum":
        return np.asarray(np.minimum.accumulate(q))
    if mode == "product":
        return np.asarray(np.cumprod(q))
    seen = np.cumsum(stated)
    return np.where(seen > 0, np.cumsum(np.where(stated, q, 0.0)) / np.maximum(seen, 1), 1.0)


def stop_step(confidences: Sequence[float | None], threshold: float, mode: Mode = "minimum") -> int | None:
    """The first step at which the running figure lies below the threshold; None where the solution is finished.

    >>> stop_step([0.9, 0.4, 0.8], 0.5), stop_step([0.9, 0.8], 0.7, "product"), stop_step([], 0.5)
    (1, None, None)
    """
    _check_thresholds([threshold])
    below = np.flatnonzero(running(confidences, mode) < threshold)
    return int(below[0]) if below.size else None


def stopping_curve(solutions: Sequence[Solution], thresholds: Sequence[float], mode: Mode = "minimum") -> StoppingCurve:
    """Cost, coverage and accuracy of abandoning solutions at each threshold; nan where there is nothing to divide by.

    Raises:
        InvalidOption, UnknownName: thresholds outside [0, 1], a mode that is none.

    >>> curve = stopping_curve([Solution((0.2,), (4,), 9, False), Solution((0.9,), (3,), 7, True)], [0.0, 0.5])
    >>> curve.cost.tolist(), curve.accuracy.tolist(), curve.right_kept.tolist()
    ([1.0, 0.6875], [0.5, 1.0], [1.0, 1.0])
    """
    levels = _check_thresholds(thresholds)
    figures = [running(each.confidences, mode) for each in solutions]
    right = np.array([each.right for each in solutions], dtype=bool)
    length = np.array([each.length for each in solutions], dtype=np.float64)
    columns: list[tuple[float, float, float, float]] = []
    for level in levels:
        below = [np.flatnonzero(figure < level) for figure in figures]
        finished = np.array([not places.size for places in below], dtype=bool)
        written = [
            each.ends[places[0]] if places.size else each.length for each, places in zip(solutions, below, strict=True)
        ]
        kept = float((right & finished).sum())
        columns.append(
            (
                _ratio(float(sum(written)), float(length.sum())),
                _ratio(kept, float(finished.sum())),
                _ratio(float(finished.sum()), len(solutions)),
                _ratio(kept, float(right.sum())),
            )
        )
    table = np.array(columns, dtype=np.float64).reshape(levels.size, 4)
    return StoppingCurve(levels, table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _check_thresholds(thresholds: Sequence[float]) -> Floats:
    levels = np.asarray(thresholds, dtype=np.float64)
    if levels.ndim != 1 or not ((levels >= 0.0) & (levels <= 1.0)).all():
        raise InvalidOption(f"Thresholds are numbers from 0 to 1; received {list(thresholds)[:8]}.")
    return levels
