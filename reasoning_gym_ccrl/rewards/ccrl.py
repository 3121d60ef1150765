"""The default reward: right answers pay, and so does knowing, at each step, what one knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..errors import InvalidOption, unknown_name
from ..history import running
from ..types import Reward, StepContext, StepRecord, Verdict
from .card import Card, answer_outcome, steps_so_far
from .scoring import MALFORMED, NOT_STATED, RULES, SCORING_RULES, ScoringRule

CREDITS = ("step", "outcome")


@dataclass(frozen=True, slots=True)
class CCRL:
    """Confidence-calibrated reward: right answers pay, and so does knowing, at each step, what one knows.

    R = 1[answer correct] + weight * m, where m is the mean of score(c, y) over what counts (0 while nothing does).
    What counts: the answer; each gold node the first time it is reached, y = 1; each step proven wrong, y = 0.
    UNCHECKED, repeated and off-path steps count nothing, so padding a solution never pays. An action is paid
    1[it is a correct answer] + weight * (m after - m before).

    - Range of an episode's sum: [-weight, 1 + weight]; terms `outcome` and `calibration`.
    - score: `scoring="brier"`, y - (c - y)^2, proper; "log" and "spherical", proper too; "linear", +c or -c,
      improper (`scoring.py` has the formulas). Each is +1 for certain and right, -1 for certain and wrong, 0 at
      confidence 0, and has an honest mean that never falls as p grows. Not stated: 0. Malformed: -1.
    - Not taken: scores that pay a deliberate error at confidence 0 as they pay a right step (SaySelf's, and the
      plain log and spherical scores). With them each error that is added to a solution would raise m.
    - `credit="step"`: y is the step's own verdict. `credit="outcome"`: y of everything that counts is the answer's
      (an episode with no answer has y = 0; an UNCHECKED answer gives no y, hence no calibration term). It is known
      only at the end, and paid there.
    - Compatible with accuracy at every weight: at the honest c = p the answer's mean is p + weight * p^2 for
      "brier", which never falls as p grows (a penalty -(c - y)^2 without the y in it would, above weight 1).
    - Known failure: "linear" drives confidences to 0 and 1. m asks for no number of steps, so a policy may show
      few and be sure of them. After an overconfident error, further errors said with confidence 0 dilute it: that
      mends a bad episode, and earns less than honest confidence, whose mean is at least 0.
    - Source: the idea of arXiv 2601.21909, whose exact equation is not public; mean over steps, Brier score as
      RLCR (arXiv 2507.16806).
    - Worked: two gold steps and the answer, all right, said with 0.9, 0.9 and 0.8: m = (0.99 + 0.99 + 0.96) / 3
      = 0.98, so R = 1 + 0.5 * 0.98 = 1.49. The same, all right and certain: 1.5.

    Args:
        weight: of the calibration term, at least 0.
        scoring: "brier", "log", "spherical" or "linear".
        credit: "step" or "outcome".

    Raises:
        UnknownName: no such scoring or credit.
        InvalidOption: a weight that is negative or no finite number.
    """

    weight: float = 0.5
    scoring: Literal["brier", "log", "spherical", "linear"] = "brier"
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
        return Card(-self.weight, 1.0 + self.weight, proper=RULES[self.scoring].proper, accuracy_compatible=True)

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
            for step, judgement in steps_so_far(context)
            if judgement.counts and judgement.verdict is not Verdict.UNCHECKED
        ]
        return sum(points) / len(points) if points else 0.0
