"""Rewards checked, and rewards added up.

Whatever a reward function returns passes through `CheckedReward` once, so that no NaN, string or mis-summed term
reaches a trainer: it ends in an error that names the reward and the step.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from numbers import Real

from ..errors import RewardError
from ..step_format import shorten
from ..types import Reward, StepContext

RewardFunction = Callable[[StepContext], float | Reward]

TERM_SUM_TOLERANCE = 1e-6
"""How far, relative to the largest of 1 and the total, the terms may be from the total they explain."""


def finite_number(value: object) -> float | None:
    """The value as a float where it is a finite real number (NumPy scalars too), else None."""
    if isinstance(value, Real) and math.isfinite(number := float(value)):
        return number
    return None


def _adds_up(reward: Reward) -> bool:
    """Whether a reward is plainly good, as nearly all are; nan and infinity fail the comparison."""
    total = reward.total
    try:
        return type(total) is float and bool(reward.terms) and abs(sum(reward.terms.values()) - total) <= 1e-9
    except TypeError:
        return False


@dataclass(frozen=True, slots=True)
class CheckedReward:
    """A reward function by name, whose every result is a `Reward` with finite terms that add up to it.

    Raises:
        RewardError: the function raised, returned what is no finite number, or terms that do not add up.

    >>> from reasoning_gym_ccrl.types import Judgement, Problem, Step, Verdict
    >>> problem, step = Problem("p", "1 + 1?", "2"), Step("step", "1 + 1 = 2")
    >>> context = StepContext(problem, (), step, Judgement(Verdict.CORRECT), is_last=False)
    >>> CheckedReward("flat", lambda context: 0.25)(context)
    Reward(total=0.25, terms={'flat': 0.25})
    """

    name: str
    function: RewardFunction

    def __call__(self, context: StepContext) -> Reward:
        try:
            result = self.function(context)
        except RewardError:
            raise  # a reward inside this one has said it better
        except Exception as error:
            raise self._error(context, f"it raised {type(error).__name__}: {shorten(str(error), 200)}") from error
        if isinstance(result, Reward):
            return result if _adds_up(result) else self._checked(context, result)
        total = finite_number(result)
        if total is None:
            raise self._error(context, f"it returned {shorten(repr(result))}")
        return Reward(total, {self.name: total})

    def __repr__(self) -> str:
        """The reward as its settings tell it apart, alike in every process: checkpoints are compared by it."""
        if is_dataclass(self.function):
            return repr(self.function)
        if isinstance(self.function, functools.partial):
            return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.function.keywords.items())})"
        return self.name  # the text of a function would hold its place in memory

    def _checked(self, context: StepContext, reward: Reward) -> Reward:
        total = finite_number(reward.total)
        if total is None:
            raise self._error(context, f"its total is {shorten(repr(reward.total))}")
        if not reward.terms:
            return Reward(total, {self.name: total})
        explained = 0.0
        for term, value in reward.terms.items():
            number = finite_number(value)
            if number is None:
                raise self._error(context, f"its term {term!r} is {shorten(repr(value))}")
            explained += number
        if abs(explained - total) > TERM_SUM_TOLERANCE * max(1.0, abs(total)):
            raise self._error(context, f"its terms add up to {explained}, its total is {total}")
        return reward

    def _error(self, context: StepContext, received: str) -> RewardError:
        return RewardError(
            "A reward function returns a finite float, or a Reward whose terms add up to its total. Reward "
            f"{self.name!r} did not at step {len(context.history) + 1} ({shorten(repr(context.step.text))}) of "
            f"problem {context.problem.id!r}: {received}. Mend the function; the episode can be replayed."
        )


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """Rewards added up with weights; a part's terms keep their names behind its own, "ccrl/outcome".

    A part with a single term is shown by the part's name alone. Worked: `{"ccrl": 1.0, "length": -0.01}` pays a
    right and certain answer 1.0 + 0.5 - 0.01 = 1.49.

    Args:
        parts: name -> (weight, reward).
    """

    parts: Mapping[str, tuple[float, CheckedReward]]

    def __call__(self, context: StepContext) -> Reward:
        terms: dict[str, float] = {}
        for name, (weight, function) in self.parts.items():
            reward = function(context)
            if len(reward.terms) == 1:
                terms[name] = weight * reward.total
            else:
                for term, value in reward.terms.items():
                    terms[f"{name}/{term}"] = weight * value
        return Reward(sum(terms.values()), terms)
