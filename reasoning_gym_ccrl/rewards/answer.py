"""Rewards for the answer: its correctness, scores of its confidence, a price for saying nothing.

Each pays at the answer and nothing before it, so that no number of steps changes what an episode earns. An UNCHECKED
answer is paid 0, and so is an answer with no confidence where a confidence is scored: with the default options an
honest one earns at least that, whatever the chance of being right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from ..errors import InvalidOption
from ..types import Reward, StepContext
from .card import Card, answer_outcome, is_checked_answer
from .scoring import LOG_SPREAD_NATS, brier_penalty, log_score, sayself_score, spherical_score

LOG_BEST = log_score(1.0, 1)
LOG_MIDDLE = log_score(0.0, 1) / 2
"""Rewarding Doubt's M = ln 0.999 and m = ln(0.001) / 2, the ends of its normalisation."""


def _check_weight(name: str, option: str, value: float) -> None:
    if not 0.0 <= value < float("inf"):
        raise InvalidOption(f"The {option} of {name} is a finite number, at least 0; received {value}.")


def _outcome_and(context: StepContext, name: str, score: Callable[[float, int], float], bonus: float = 1.0) -> Reward:
    """Bonus * y + score(c, y) for a checked answer that states a confidence c, else 0; terms `outcome` and `name`."""
    confidence = context.step.confidence
    if confidence is None or not is_checked_answer(context):
        return Reward(0.0, {"outcome": 0.0, name: 0.0})
    correct = int(answer_outcome(context))
    outcome, scored = bonus * correct, score(confidence, correct)
    return Reward(outcome + scored, {"outcome": outcome, name: scored})


@dataclass(frozen=True, slots=True)
class Outcome:
    """1 for a correct answer and 0 for anything else: the usual verifiable reward, and the baseline.

    - R = 1[answer correct]; range [0, 1]; term `outcome`.
    - Looks at no confidence, so it calibrates nothing; compatible with accuracy.
    - Known failure: a confident guess that comes off is paid like knowledge, so overconfidence grows.
    - Source: RLVR as in Lambert et al. (2024), arXiv 2411.15124.
    - Worked: a right answer said with confidence 0.1 pays 1.0.
    """

    card: ClassVar[Card] = Card(0.0, 1.0, proper=None, accuracy_compatible=True)

    def __call__(self, context: StepContext) -> Reward:
        outcome = answer_outcome(context)
        return Reward(outcome, {"outcome": outcome})


@dataclass(frozen=True, slots=True)
class Brier:
    """RLCR: the answer's outcome less the Brier penalty of its confidence.

    - R = y - weight * (c - y)^2 for the answer, 0 for every other step; range [-weight, 1]; terms `outcome` = y and
      `brier` = -weight * (c - y)^2. An answer with no confidence, or UNCHECKED, pays 0.
    - Proper. Compatible with accuracy up to weight 1: the honest mean V(p) = p - weight * p (1 - p) has the slope
      1 - weight + 2 weight p. At weight 2 it falls to -0.125 at p = 1/4: a worse chance, said to be one, earns more.
    - Known failure: its pull toward more accuracy is weak where p is small (slope 2p at weight 1), and policies may
      collapse to one confidence for all problems.
    - Source: Damani et al. (2025), arXiv 2507.16806, the formula of the paper. The authors' code trains on
      0.5 * format + 0.5 y + 0.5 (1 - (c - y)^2), half of this plus half a point for keeping the format, and 0 for
      what breaks it: same optimum. `{"brier": 0.5, "format": 0.5}` is that, less a constant 0.5 of each answer.
    - Worked: right and said with 0.8: 1 - 0.04 = 0.96; wrong and said with 0.8: -0.64.

    Args:
        weight: of the penalty, at least 0.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        _check_weight("brier", "weight", self.weight)

    @property
    def card(self) -> Card:
        proper = True if self.weight else None
        return Card(-self.weight, 1.0, proper=proper, accuracy_compatible=self.weight <= 1.0)

    def __call__(self, context: StepContext) -> Reward:
        return _outcome_and(context, "brier", lambda c, y: self.weight * brier_penalty(c, y))


@dataclass(frozen=True, slots=True)
class LogScore:
    """Rewarding Doubt: the clipped log score of the answer's confidence, and a bonus for being right.

    - R = (S - m) / (M - m) + bonus * y for the answer, with S = ln of the probability that c, clipped to
      [0.001, 0.999], gave to what happened, M = ln 0.999, m = ln(0.001) / 2; 0 for every other step. Terms
      `log_score` and `outcome`. An answer with no confidence, or UNCHECKED, pays 0.
    - Range [-1.0003, 1 + bonus]: a tenth of the authors' [-10, 12.5] at their bonus of 0.25. They pay -3 (in this
      scale) for what breaks the format; here it is no answer and earns 0, and an honest answer at least 0.82.
    - Proper inside the clip. Compatible with accuracy from a bonus of ln(999) / (M - m) = 2.0003 up, which is not the
      default: the honest mean V(p) = (-H(p) - m) / (M - m) + bonus * p has the slope
      bonus - ln((1 - p) / p) / (M - m), and with 0.25 that is negative below p = 0.297.
    - Known failure: below that p a worse chance earns more than a better one, and a deliberate error said with
      confidence 0 earns 1. The authors train the confidence's tokens alone, so that it cannot choose the answer.
    - Source: Stangel et al. (2025), Rewarding Doubt, arXiv 2503.02623; the constants of the authors' code.
    - Worked: right and said with 0.8: (-0.2231 + 3.4539) / 3.4529 + 0.25 = 1.1857; wrong: 0.5342.

    Args:
        bonus: for a right answer, at least 0.
    """

    bonus: float = 0.25

    def __post_init__(self) -> None:
        _check_weight("log_score", "bonus", self.bonus)

    @property
    def card(self) -> Card:
        low = (log_score(0.0, 1) - LOG_MIDDLE) / (LOG_BEST - LOG_MIDDLE)
        compatible = self.bonus * (LOG_BEST - LOG_MIDDLE) >= LOG_SPREAD_NATS
        return Card(low, 1.0 + self.bonus, proper=True, accuracy_compatible=compatible)

    def __call__(self, context: StepContext) -> Reward:
        def score(c: float, y: int) -> float:
            return (log_score(c, y) - LOG_MIDDLE) / (LOG_BEST - LOG_MIDDLE)

        return _outcome_and(context, "log_score", score, self.bonus)


@dataclass(frozen=True, slots=True)
class Spherical:
    """The answer's outcome less what its confidence falls short of in the spherical score.

    - R = y - weight * (1 - S) for the answer, with S = (probability that c gave to what happened) /
      sqrt(c^2 + (1 - c)^2); 0 for every other step; range [-weight, 1]; terms `outcome` and `spherical`. An answer
      with no confidence, or UNCHECKED, pays 0.
    - Proper. Compatible with accuracy up to weight 1: the honest mean p - weight * (1 - sqrt(p^2 + (1 - p)^2)) has
      the slope 1 + weight * (2p - 1) / sqrt(p^2 + (1 - p)^2), which is lowest, 1 - weight, at p = 0.
    - Known failure: as Brier's: no slope at p = 0, and nothing against one confidence for all problems. A confidence
      that is a little off costs 1.41 times what it costs under Brier near p = 1/2, and half of that near 0 and 1.
    - Source: the rule is Roby's (1965), see Gneiting and Raftery (2007), section 4; added to the outcome as RLCR
      adds the Brier score.
    - Worked: right and said with 0.8: 0.9701; wrong and said with 0.8: 0.2425 - 1 = -0.7575.

    Args:
        weight: of the shortfall, at least 0.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        _check_weight("spherical", "weight", self.weight)

    @property
    def card(self) -> Card:
        proper = True if self.weight else None
        return Card(-self.weight, 1.0, proper=proper, accuracy_compatible=self.weight <= 1.0)

    def __call__(self, context: StepContext) -> Reward:
        return _outcome_and(context, "spherical", lambda c, y: self.weight * (spherical_score(c, y) - 1.0))


@dataclass(frozen=True, slots=True)
class SaySelf:
    """SaySelf: the answer's Brier score on a scale from -1 to 1, with no reward for being right.

    - R = 2 (1/2 - (c - y)^2) for the answer, 0 for every other step; range [-1, 1]; term `sayself`. An answer with no
      confidence, or UNCHECKED, pays 0. The authors pay -1 for what breaks the format; here it is no answer and earns
      0, and an honest answer at least 1/2.
    - Proper. Not compatible with accuracy: the honest mean 1 - 2 p (1 - p) is as high at p = 0 as at p = 1.
      `{"outcome": 1.0, "sayself": w}` is compatible up to w = 1/2, where it is `brier` shifted by 1/2.
    - Known failure: alone, a deliberate error said with confidence 0 earns as much as certain knowledge.
    - Source: Xu et al. (2024), SaySelf, arXiv 2405.20974, as in the authors' code.
    - Worked: right and said with 0.8: 2 (0.5 - 0.04) = 0.92; wrong and said with 0.8: -0.28.
    """

    card: ClassVar[Card] = Card(-1.0, 1.0, proper=True, accuracy_compatible=False)

    def __call__(self, context: StepContext) -> Reward:
        confidence = context.step.confidence
        if confidence is None or not is_checked_answer(context):
            return Reward(0.0, {"sayself": 0.0})
        score = sayself_score(confidence, int(answer_outcome(context)))
        return Reward(score, {"sayself": score})


@dataclass(frozen=True, slots=True)
class Abstain:
    """A price for saying nothing: an answer is worth giving only above a chance that the prices set.

    - R = 1 for a right answer, -cost for a wrong one, `value` for abstaining; range [-cost, 1]; term `abstain`. An
      UNCHECKED answer pays 0. An episode that ends with no answer pays -cost: running out the budget is no way to
      abstain.
    - Answering pays p - (1 - p) cost, so abstaining is better below the threshold p = (value + cost) / (1 + cost):
      1/2 at the defaults, 0.9 for cost 9 and value 0.
    - Looks at no confidence: the threshold is on what the policy believes, said or not. Compatible with accuracy.
    - Known failure: with a value near 1, or early in training, when little is right, abstaining always is the best
      that the policy can find; anneal the cost, or start from a policy that answers.
    - Needs an environment in which abstaining is an answer: `gym.make(..., abstention=0.0)` or the wrapper
      `AllowAbstention`, whose own payment, 0 by default, is added to this one. Elsewhere "I don't know" is wrong.
    - Source: Chow (1970), "On optimum recognition error and reject tradeoff": with 1 for right, 0 for wrong and
      `value` for reject, reject below p = value.
    - Worked: cost 3, value 0: right 1, wrong -3, abstained 0; at p = 0.8 answering earns 0.8 - 0.6 = 0.2, at p = 0.7
      -0.2, so the threshold is between: 3 / 4.

    Args:
        cost: of a wrong answer, at least 0.
        value: of abstaining, between -cost and 1.
    """

    cost: float = 1.0
    value: float = 0.0

    def __post_init__(self) -> None:
        _check_weight("abstain", "cost", self.cost)
        if not -self.cost <= self.value <= 1.0:
            raise InvalidOption(
                f"Abstaining is worth no less than a wrong answer ({-self.cost}) and no more than a right one (1.0); "
                f"received the value {self.value}."
            )

    @property
    def card(self) -> Card:
        return Card(-self.cost, 1.0, proper=None, accuracy_compatible=True)

    @property
    def threshold(self) -> float:
        """The chance of being right below which abstaining is the better choice.

        >>> Abstain(cost=9.0).threshold
        0.9
        """
        return (self.value + self.cost) / (1.0 + self.cost)

    def __call__(self, context: StepContext) -> Reward:
        paid = self._paid(context)
        return Reward(paid, {"abstain": paid})

    def _paid(self, context: StepContext) -> float:
        if context.judgement.abstained:
            return self.value
        if is_checked_answer(context):
            return 1.0 if answer_outcome(context) else -self.cost
        silent = context.is_last and not context.judgement.is_final
        return -self.cost if silent else 0.0
