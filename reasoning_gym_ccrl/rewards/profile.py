"""What a reward function teaches about confidence, found by asking it: for anybody's own as for those of the table.

    >>> from reasoning_gym_ccrl.rewards import make_reward
    >>> found = confidence_profile(make_reward("brier", weight=2.0))
    >>> found.is_proper, found.pays_for_accuracy
    (True, False)
    >>> found.falls_until
    0.25

An answer alone is asked about, right and wrong, at every confidence of a grid; nothing is sampled or trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..types import Judgement, Problem, Reward, Step, StepContext, Verdict

TOLERANCE = 1e-9
"""Two mean payments that differ by less than this, relative to the largest payment, are equal."""

_PROBLEM = Problem("profile", "What is 3 * 4?", "12")


@dataclass(frozen=True, slots=True)
class ConfidenceProfile:
    """Mean payments of one answer, over a grid of chances p of being right; all sequences have its length.

    Attributes:
        chances: the grid of p, from 0 to 1.
        best_confidence: (lowest, highest) confidence of those with the highest mean payment at p.
        best_value: that payment.
        honest_value: the mean payment at confidence p.
    """

    chances: tuple[float, ...]
    best_confidence: tuple[tuple[float, float], ...]
    best_value: tuple[float, ...]
    honest_value: tuple[float, ...]

    @property
    def is_proper(self) -> bool:
        """Whether, all over the grid, the honest confidence is paid better than every other (strictly proper)."""
        return self.best_confidence == tuple((p, p) for p in self.chances)

    @property
    def looks_at_confidence(self) -> bool:
        """Whether, anywhere on the grid, one confidence is paid better than another."""
        return any(best != (0.0, 1.0) for best in self.best_confidence)

    @property
    def pays_for_accuracy(self) -> bool:
        """Whether a likelier answer, said with the confidence that is best for it, never earns less."""
        return self.falls_until is None

    @property
    def falls_until(self) -> float | None:
        """The largest p up to which `best_value` falls: below it a worse chance earns more. None: it never falls."""
        scale = max(1.0, *map(abs, self.best_value))
        values = self.best_value
        falls = [i for i in range(1, len(values)) if values[i] < values[i - 1] - TOLERANCE * scale]
        return self.chances[falls[-1]] if falls else None


def confidence_profile(reward: Callable[[StepContext], Reward], points: int = 101) -> ConfidenceProfile:
    """Asks a reward what it pays for an answer, right and wrong, at `points` confidences from 0 to 1.

    Args:
        reward: made by `make_reward`, or anything else that is called with a context and returns a `Reward`.
        points: of the grid of confidences and of chances, at least 3.

    Returns:
        The profile; the work grows with the square of `points`.
    """
    grid = tuple(index / (points - 1) for index in range(points))
    right = [_paid(reward, c, Verdict.CORRECT) for c in grid]
    wrong = [_paid(reward, c, Verdict.INCORRECT) for c in grid]
    scale = max(1.0, *map(abs, right), *map(abs, wrong))
    best, value, honest = [], [], []
    for index, p in enumerate(grid):
        means = [p * if_right + (1 - p) * if_wrong for if_right, if_wrong in zip(right, wrong, strict=True)]
        highest = max(means)
        among = [c for c, mean in zip(grid, means, strict=True) if mean >= highest - TOLERANCE * scale]
        best.append((among[0], among[-1]))
        value.append(highest)
        honest.append(means[index])
    return ConfidenceProfile(grid, tuple(best), tuple(value), tuple(honest))


def _paid(reward: Callable[[StepContext], Reward], confidence: float, verdict: Verdict) -> float:
    judgement = Judgement(verdict, is_final=True, counts=True)
    return reward(StepContext(_PROBLEM, (), Step("answer", "12", confidence), judgement, is_last=True)).total
