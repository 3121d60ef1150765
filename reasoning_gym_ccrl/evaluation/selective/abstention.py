"""Abstention with a certified risk: answer where confidence is at least a threshold that calibration data vouch for.

Learn then test (Angelopoulos et al. 2021). The risk of a threshold t is R(t) = P(wrong | q >= t). Each threshold of a
grid is a null hypothesis "R(t) > risk", tested on a calibration set that nothing else was fitted on. Of n_t pairs with
q >= t, e_t are wrong; given n_t, the number wrong is binomial with rate R(t), so p_t = P(Bin(n_t, risk) <= e_t) is an
exact p-value, at any sample size. Whatever is rejected while errors over the whole family are held below delta is
certified at once, so the most generous of them may be picked after looking.

What the promise needs: calibration pairs that are independent draws of what comes later (one pair a problem: attempts
at one problem are not independent), and a grid, starts, risk and delta chosen before the pairs were seen. Where the
problems shift, nothing is promised; docs/selective.md shows by how much it then fails.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InvalidInput, InvalidOption
from ..metrics.pairs import pairs

GRID: tuple[float, ...] = tuple(round(1 - step / 20, 2) for step in range(21))
"""1, 0.95, ..., 0: fixed in advance, so that no calibration pair had a say in it."""

STARTS = 5
"""Places of the grid that get a share of delta: with the default grid 1, 0.8, 0.6, 0.4 and 0.2."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What answering at a threshold came to on some pairs.

    Attributes:
        n: pairs in all.
        selected: how many of them are answered.
        errors: how many of those are wrong.
    """

    n: int
    selected: int
    errors: int

    @property
    def coverage(self) -> float:
        """The share that is answered; nan without pairs."""
        return self.selected / self.n if self.n else math.nan

    @property
    def risk(self) -> float:
        """The share of the answered that is wrong; nan where nothing is answered."""
        return self.errors / self.selected if self.selected else math.nan


@dataclass(frozen=True, slots=True)
class Certificate:
    """A threshold that is certified, or that none could be; and what that rests on.

    Attributes:
        threshold: answer where confidence >= threshold; None: abstain always.
        risk: the certified bound on P(wrong | answered).
        delta: the chance, over calibration sets, that the bound does not hold.
        calibration: coverage, errors and size on the calibration set at `threshold`; nothing selected where None.
        grid: the thresholds tested, the most cautious first.
        p_values: of each, P(Bin(n_t, risk) <= e_t).
        levels: what each was tested at; 0 where the sequence had ended before it.
        reason: one sentence for people.
    """

    threshold: float | None
    risk: float
    delta: float
    calibration: Selection
    grid: tuple[float, ...]
    p_values: tuple[float, ...]
    levels: tuple[float, ...]
    reason: str

    def answers(self, confidences: ArrayLike) -> NDArray[np.bool_]:
        """Which of N confidences are high enough to answer; none where nothing is certified."""
        q, _ = pairs(confidences, np.zeros(np.shape(confidences)))
        return q >= self.threshold if self.threshold is not None else np.zeros(q.shape, dtype=bool)

    def apply(self, confidences: ArrayLike, outcomes: ArrayLike) -> Selection:
        """Coverage and risk on another set."""
        return select(confidences, outcomes, self.threshold)


def certify_abstention(
    confidences: ArrayLike,
    outcomes: ArrayLike,
    risk: float,
    delta: float = 0.1,
    grid: Sequence[float] = GRID,
    starts: int = STARTS,
) -> Certificate:
    """The lowest threshold whose P(wrong | q >= threshold) is at most `risk`, with probability 1 - delta at least.

    Testing goes from the most cautious threshold down, in a fixed sequence that ends at the first that is not
    rejected. A first threshold that selects too few pairs, as 1.0 does where nobody says 1.0, would end it at once, so
    delta is shared among `starts` places, spread evenly over the grid, and what a rejected threshold was tested at is
    handed on to the next (the fallback procedure; with starts=1 it is plain fixed-sequence testing).

    Why the family-wise error is below delta, however the tests depend on each other: let i be the first true null that
    is rejected. True nulls before it were not, and hand nothing on; so i was tested at the sum, at most, of the shares
    after the last true null before it, which is a fixed number. These sums for different i share nothing and add up to
    delta at most.

    Args:
        confidences: N confidences of a calibration set, one of each problem.
        outcomes: N outcomes.
        risk: the error rate among what is answered that may not be exceeded, strictly between 0 and 1.
        delta: the accepted chance of a wrong certificate, strictly between 0 and 1.
        grid: thresholds in [0, 1], in falling order, chosen before the calibration set was seen: a grid of its own
            confidences would let the data pick the hypotheses that they are to test. Another set's will do.
        starts: how many places share delta, 1 to the size of the grid; chosen before, too.

    Raises:
        InvalidOption: risk, delta, grid or starts that cannot be.

    Source: Angelopoulos, Bates, Candès, Jordan and Lei 2021 (arXiv 2110.01052), section 2 and 2.3; selective risk:
        Geifman and El-Yaniv 2017 (arXiv 1705.08500); fallback: Wiens 2003, Wiens and Dmitrienko 2005.

    >>> certify_abstention([0.9] * 40 + [0.3] * 40, [1] * 40 + [0] * 40, risk=0.1, delta=0.1).threshold
    0.35
    >>> certify_abstention([0.9] * 4, [1] * 4, risk=0.1).threshold is None
    True
    """
    thresholds = _check_options(risk, delta, grid, starts)
    q, y = pairs(confidences, outcomes)
    found = [select(q, y, threshold) for threshold in thresholds]
    p_values = [binomial_tail(each.errors, each.selected, risk) for each in found]
    budgets = [0.0] * len(thresholds)
    for start in range(starts):
        budgets[start * len(thresholds) // starts] = delta / starts
    levels, best = _fallback(p_values, budgets)
    return Certificate(
        threshold=None if best is None else thresholds[best],
        risk=risk,
        delta=delta,
        calibration=Selection(q.size, 0, 0) if best is None else found[best],
        grid=thresholds,
        p_values=tuple(p_values),
        levels=tuple(levels),
        reason=_reason(found, p_values, levels, best, thresholds, risk, delta),
    )


def _fallback(p_values: Sequence[float], budgets: Sequence[float]) -> tuple[list[float], int | None]:
    """The level of each test in turn, and the place of the last one that is rejected."""
    levels: list[float] = []
    handed_on, best = 0.0, None
    for place, (p_value, budget) in enumerate(zip(p_values, budgets, strict=True)):
        level = budget + handed_on
        levels.append(level)
        rejected = level > 0.0 and p_value <= level
        handed_on = level if rejected else 0.0
        best = place if rejected else best
    return levels, best


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """P(Bin(trials, chance) <= successes), summed in logarithms; relative error below 1e-9 up to a million trials.

    Raises:
        InvalidInput: counts that are not 0 <= successes <= trials, or a chance outside [0, 1].

    >>> binomial_tail(1, 2, 0.5), binomial_tail(0, 2, 0.1)
    (0.75, 0.81)
    """
    if not 0 <= successes <= trials or not 0.0 <= chance <= 1.0:
        raise InvalidInput(
            "A binomial tail takes 0 <= successes <= trials and a chance from 0 to 1; "
            f"received {successes!r}, {trials!r} and {chance!r}."
        )
    if successes == trials or chance == 0.0:
        return 1.0
    if chance == 1.0:
        return 0.0
    # Each term is the one before it times (n - i + 1) / i * odds; lgamma of a million would lose nine digits.
    i = np.arange(1, successes + 1)
    ratios = np.log((trials - i + 1) / i) + math.log(chance) - math.log1p(-chance)
    logs = trials * math.log1p(-chance) + np.concatenate([[0.0], np.cumsum(ratios)])
    largest = float(logs.max())
    value = math.exp(largest + math.log(float(np.exp(logs - largest).sum())))
    return min(round(value, 15) if value > 0.01 else value, 1.0)


def select(confidences: ArrayLike, outcomes: ArrayLike, threshold: float | None) -> Selection:
    """What answering where q >= threshold comes to; None answers nothing.

    >>> select([0.9, 0.9, 0.2], [1, 0, 1], 0.9)
    Selection(n=3, selected=2, errors=1)
    """
    q, y = pairs(confidences, outcomes)
    if threshold is None:
        return Selection(q.size, 0, 0)
    kept = q >= threshold
    return Selection(q.size, int(kept.sum()), int((kept & (y == 0.0)).sum()))


def plug_in_threshold(
    confidences: ArrayLike, outcomes: ArrayLike, risk: float, grid: Sequence[float] = GRID
) -> float | None:
    """The lowest threshold of the grid whose error rate on these very pairs is at most `risk`; None where none is.

    It promises nothing: of many thresholds it picks one that luck made look good, and the risk to come lies above the
    level about every other time. It is here to be compared with `certify_abstention`.

    >>> plug_in_threshold([0.9, 0.8, 0.3], [1, 1, 0], risk=0.1)
    0.35
    """
    thresholds = _check_options(risk, 0.5, grid, 1)
    found = {threshold: select(confidences, outcomes, threshold) for threshold in thresholds}
    return min((threshold for threshold, each in found.items() if each.risk <= risk), default=None)


def least_abstention(error_rate: float, risk: float) -> float:
    """The share on which even a perfect confidence must abstain to keep to `risk`: max(0, (m - r) / (1 - r)).

    With error rate m, at best all 1 - m right ones are answered, and e wrong ones with e / (1 - m + e) = r: a coverage
    of (1 - m) / (1 - r), whatever the threshold and however confidence was trained.

    Raises:
        InvalidOption: an error rate outside [0, 1], or a risk outside [0, 1).

    >>> round(least_abstention(0.4, 0.1), 4), least_abstention(0.05, 0.1)
    (0.3333, 0.0)
    """
    if not 0.0 <= error_rate <= 1.0 or not 0.0 <= risk < 1.0:
        raise InvalidOption(
            f"An error rate lies from 0 to 1, a risk from 0 up to, not at, 1; received {error_rate!r}, {risk!r}."
        )
    return max(0.0, (error_rate - risk) / (1.0 - risk))


def pairs_needed(risk: float, level: float) -> int:
    """How many pairs, all of them right, a test at `level` needs to certify `risk`: least n with (1 - risk)^n <= level.

    >>> pairs_needed(0.1, 0.1), pairs_needed(0.05, 0.02)
    (22, 77)
    """
    _check_options(risk, level, (1.0,), 1)
    n = max(1, math.floor(math.log(level) / math.log1p(-risk)) - 1)
    while binomial_tail(0, n, risk) > level:
        n += 1
    return n


def _reason(
    found: Sequence[Selection],
    p_values: Sequence[float],
    levels: Sequence[float],
    best: int | None,
    thresholds: Sequence[float],
    risk: float,
    delta: float,
) -> str:
    whole = found[-1].n
    if best is not None:
        each = found[best]
        return (
            f"Answering at {thresholds[best]:g} and above: {each.errors} of {each.selected} wrong, of {whole} pairs; "
            f"with confidence {1 - delta:g} the risk is at most {risk:g} (p = {p_values[best]:.3g})."
        )
    if not whole:
        return "Nothing can be certified: there are no calibration pairs. Abstain always."
    tested = [place for place, level in enumerate(levels) if level > 0.0]
    nearest = min(tested, key=lambda place: p_values[place] / levels[place])
    each, needed = found[nearest], pairs_needed(risk, levels[nearest])
    return (
        f"No threshold can be certified for a risk of {risk:g}: nearest came {thresholds[nearest]:g}, with "
        f"{each.errors} of {each.selected} wrong; a test at {levels[nearest]:g} needs {needed} pairs even where all of "
        "them are right. Abstain always, or allow more risk, or bring more calibration pairs."
    )


def _check_options(risk: float, delta: float, grid: Sequence[float], starts: int) -> tuple[float, ...]:
    for name, value in (("risk", risk), ("delta", delta)):
        if not 0.0 < value < 1.0:
            raise InvalidOption(f"{name} lies strictly between 0 and 1; received {value!r}.")
    thresholds = tuple(float(threshold) for threshold in grid)
    falling = all(high > low for high, low in pairwise(thresholds))
    if not thresholds or not falling or not all(0.0 <= threshold <= 1.0 for threshold in thresholds):
        raise InvalidOption(
            "A grid holds thresholds from 0 to 1 in falling order, the most cautious first, none twice; "
            f"received {list(thresholds)[:8]}."
        )
    if isinstance(starts, bool) or not isinstance(starts, int) or not 1 <= starts <= len(thresholds):
        raise InvalidOption(f"starts is a whole number from 1 to the size of the grid; received {starts!r}.")
    return thresholds
