"""The rewards. Each is a callable of one `StepContext`: stateless, picklable, and declared by a `Card`.

A step's payment is always "what the episode is worth now, less what it was worth before". The payments of an
episode therefore add up to the formula in the class's docstring, however it was cut into steps.

To add a reward: a class here and its line in `REWARDS`; the tests walk that table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ..errors import InvalidOption, unknown_name
from ..types import Judgement, Reward, Step, StepContext, StepRecord, Verdict, running
from .scoring import MALFORMED, NOT_STATED, SCORING_RULES, ScoringRule

CREDITS = ("step", "outcome")


@dataclass(frozen=True, slots=True)
class Card:
    """What a reward promises; tests hold every reward to its card.

    Attributes:
        low, high: bounds of an episode's sum of payments.
        proper: whether the mean payment for the answer is highest at the honest confidence; None where the reward
            looks at no confidence.
        accuracy_compatible: whether, with an honest confidence, a more likely answer never pays less.
        pays_by_verdict: whether verdicts decide it, so that UNCHECKED steps are neither rewarded nor punished.
    """

    low: float
    high: float
    proper: bool | None
    accuracy_compatible: bool
    pays_by_verdict: bool = True


def answer_outcome(context: StepContext) -> float:
    """1.0 where this step is a correct answer, else 0.0."""
    judgement = context.judgement
    return 1.0 if judgement.is_final and judgement.verdict is Verdict.CORRECT else 0.0


def _said(context: StepContext) -> list[tuple[Step, Judgement]]:
    """Every step of the episode up to and with this one, and its judgement."""
    said = [(record.step, record.judgement) for record in context.history]
    said.append((context.step, context.judgement))
    return said


def _add_verdict(counts: tuple[int, int], record: StepRecord) -> tuple[int, int]:
    """How many of the steps that count are CORRECT, and how many there are, answers apart."""
    return _with_verdict(counts, record.judgement)


def _with_verdict(counts: tuple[int, int], judgement: Judgement) -> tuple[int, int]:
    if not judgement.counts or judgement.is_final or judgement.verdict is Verdict.UNCHECKED:
        return counts
    return counts[0] + (judgement.verdict is Verdict.CORRECT), counts[1] + 1


@dataclass(frozen=True, slots=True)
class CCRL:
    """Confidence-calibrated reward: right answers pay, and so does knowing, at each step, what one knows.

    R = 1[answer correct] + weight * m, where m is the mean of score(c, y) over what counts (0 while nothing does).
    What counts: the answer; each gold node the first time it is reached, y = 1; each step proven wrong, y = 0.
    UNCHECKED, repeated and off-path steps count nothing, so padding a solution never pays. An action is paid
    1[it is a correct answer] + weight * (m after - m before).

    - Range of an episode's sum: [-weight, 1 + weight]; terms `outcome` and `calibration`.
    - score: `scoring="brier"`, y - (c - y)^2, proper; `scoring="linear"`, +c or -c, improper. Not stated: 0.
      Malformed: -1, whatever the rule.
    - `credit="step"`: y is the step's own verdict. `credit="outcome"`: y of everything that counts is the answer's
      (an episode with no answer has y = 0; an UNCHECKED answer gives no y, hence no calibration term). It is known
      only at the end, and paid there.
    - Compatible with accuracy at every weight: at the honest c = p the answer's mean is p + weight * p^2 for
      "brier", which never falls as p grows (a penalty -(c - y)^2 without the y in it would, from weight 1 on).
    - Known failure: "linear" drives confidences to 0 and 1. m asks for no number of steps, so a policy may show
      few and be sure of them. After an overconfident error, further errors said with confidence 0 dilute it: that
      mends a bad episode, and earns less than honest confidence, whose mean is at least 0.
    - Source: the idea of arXiv 2601.21909, whose exact equation is not public; mean over steps, Brier score as
      RLCR (arXiv 2507.16806).
    - Worked: two gold steps and the answer, all right, said with 0.9, 0.9 and 0.8: m = (0.99 + 0.99 + 0.96) / 3
      = 0.98, so R = 1 + 0.5 * 0.98 = 1.49. The same, all right and certain: 1.5.

    Args:
        weight: of the calibration term, at least 0.
        scoring: "brier" or "linear".
        credit: "step" or "outcome".

    Raises:
        UnknownName: no such scoring or credit.
        InvalidOption: a weight that is negative or no finite number.
    """

    weight: float = 0.5
    scoring: Literal["brier", "linear"] = "brier"
    credit: Literal["step", "outcome"] = "step"
    _score: ScoringRule = field(init=False, repr=False, compare=False)
    _key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.scoring not in SCORING_RULES:
            raise unknown_name("scoring", self.scoring, SCORING_RULES)
        if self.credit not in CREDITS:
            raise unknown_name("credit", self.credit, CREDITS)
        if not 0.0 <= self.weight < float("inf"):
            raise InvalidOption(f"The weight of ccrl is a finite number, at least 0; received {self.weight}.")
        object.__setattr__(self, "_score", SCORING_RULES[self.scoring])
        object.__setattr__(self, "_key", f"ccrl {self.scoring}")

    @property
    def card(self) -> Card:
        return Card(-self.weight, 1.0 + self.weight, proper=self.scoring == "brier", accuracy_compatible=True)

    def __call__(self, context: StepContext) -> Reward:
        judgement = context.judgement
        outcome = answer_outcome(context)
        if self.credit == "outcome":
            change = self._mean_by_outcome(context) if context.is_last else 0.0
        elif judgement.counts and judgement.verdict is not Verdict.UNCHECKED:
            total, counted = running(context.history, self._key, self._add, (0.0, 0))
            before = total / counted if counted else 0.0
            correct = 1 if judgement.verdict is Verdict.CORRECT else 0
            now = self._points(context.step.confidence, correct, judgement.malformed)
            change = (total + now) / (counted + 1) - before
        else:
            change = 0.0
        calibration = self.weight * change
        return Reward(outcome + calibration, {"outcome": outcome, "calibration": calibration})

    def _points(self, confidence: float | None, correct: int, malformed: bool) -> float:
        if malformed:
            return MALFORMED
        return NOT_STATED if confidence is None else self._score(confidence, correct)

    def _add(self, tally: tuple[float, int], record: StepRecord) -> tuple[float, int]:
        """The sum of the scores of what counts, and how many there are, with one record more."""
        judgement = record.judgement
        if not judgement.counts or judgement.verdict is Verdict.UNCHECKED:
            return tally
        correct = 1 if judgement.verdict is Verdict.CORRECT else 0
        return tally[0] + self._points(record.step.confidence, correct, judgement.malformed), tally[1] + 1

    def _mean_by_outcome(self, context: StepContext) -> float:
        """The mean score of everything that counts, each with the y of the answer."""
        if context.judgement.is_final and context.judgement.verdict is Verdict.UNCHECKED:
            return 0.0
        correct = int(answer_outcome(context))
        points = [
            self._points(step.confidence, correct, judgement.malformed)
            for step, judgement in _said(context)
            if judgement.counts and judgement.verdict is not Verdict.UNCHECKED
        ]
        return sum(points) / len(points) if points else 0.0


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
class StepCorrectness:
    """The share of right steps among those that count, answers apart.

    - R = (gold nodes reached) / (gold nodes reached + steps proven wrong); 0 while nothing counts; range [0, 1];
      term `step_correctness`. Paid as the change of that share.
    - Looks at no confidence. Compatible with accuracy: it says nothing about the answer.
    - Known failure: one easy right step earns it all; combine it with `outcome`.
    - Source: process rewards as in Uesato et al. (2022), arXiv 2211.14275; averaged, not summed, against padding.
    - Worked: right, right, wrong pays 1, 0, -1/3: in sum 2/3.
    """

    card: ClassVar[Card] = Card(0.0, 1.0, proper=None, accuracy_compatible=True)

    def __call__(self, context: StepContext) -> Reward:
        right, all_ = running(context.history, "step_correctness", _add_verdict, (0, 0))
        right_now, all_now = _with_verdict((right, all_), context.judgement)
        change = (right_now / all_now if all_now else 0.0) - (right / all_ if all_ else 0.0)
        return Reward(change, {"step_correctness": change})


@dataclass(frozen=True, slots=True)
class Format:
    """1 for an episode in which the protocol was kept throughout, paid at its end.

    - R = 1[it ends in an answer, nothing was malformed, each step and the answer state a confidence]; range
      [0, 1]; term `format`.
    - Looks at whether a confidence is stated, not at its value; compatible with accuracy.
    - Known failure: alone it is satisfied by any well-formed nonsense; give it a small weight.
    - Source: format rewards as in DeepSeek-R1 (arXiv 2501.12948); all or nothing, so that padding never raises it.
    - Worked: `<step>3 * 4 = 12</step>` with no confidence, then a perfect answer, pays 0.
    """

    card: ClassVar[Card] = Card(0.0, 1.0, proper=None, accuracy_compatible=True, pays_by_verdict=False)

    def __call__(self, context: StepContext) -> Reward:
        kept = (
            context.is_last
            and context.judgement.is_final
            and all(
                not judgement.malformed and (step.kind == "plan" or step.confidence is not None)
                for step, judgement in _said(context)
            )
        )
        value = 1.0 if kept else 0.0
        return Reward(value, {"format": value})


@dataclass(frozen=True, slots=True)
class Brier:
    """RLCR: the answer's outcome less the Brier penalty of its confidence.

    - R = y - (c - y)^2 for the answer, 0 for every other step; range [-1, 1]; terms `outcome` = y and `brier`
      = -(c - y)^2. An answer with no confidence, or UNCHECKED, pays 0.
    - Proper, and compatible with accuracy: at the honest c = p its mean is p^2.
    - Known failure: its pull toward more accuracy is weak where p is small (slope 2p), and policies may collapse
      to one confidence for all problems.
    - Source: Damani et al. (2025), arXiv 2507.16806, the formula of the paper (the authors' code scales it).
    - Worked: right and said with 0.8: 1 - 0.04 = 0.96; wrong and said with 0.8: -0.64.
    """

    card: ClassVar[Card] = Card(-1.0, 1.0, proper=True, accuracy_compatible=True)

    def __call__(self, context: StepContext) -> Reward:
        judgement, confidence = context.judgement, context.step.confidence
        if not judgement.is_final or confidence is None or judgement.verdict is Verdict.UNCHECKED:
            return Reward(0.0, {"outcome": 0.0, "brier": 0.0})
        outcome = answer_outcome(context)
        penalty = -((confidence - outcome) ** 2)
        return Reward(outcome + penalty, {"outcome": outcome, "brier": penalty})


@dataclass(frozen=True, slots=True)
class Length:
    """1 for every action: with a small negative weight, a price for each step.

    - R = number of actions; range [0, budget of steps]; term `length`. A sum on purpose, unlike the others.
    - Looks at no confidence and no verdict. Not compatible with accuracy: alone, with a negative weight, it is
      best to answer at once; its weight should stay well below 1 / (number of steps a solution takes).
    - Known failure: a positive weight pays for padding.
    - Source: length penalties as in Kimi k1.5 (arXiv 2501.12599), per step in place of per token.
    - Worked: `{"ccrl": 1.0, "length": -0.01}` over three actions costs 0.03.
    """

    card: ClassVar[Card] = Card(0.0, float("inf"), proper=None, accuracy_compatible=False, pays_by_verdict=False)

    def __call__(self, context: StepContext) -> Reward:
        return Reward(1.0, {"length": 1.0})
