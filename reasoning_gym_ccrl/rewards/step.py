"""Rewards that look at every step: which were right, how sure each was, the protocol, their number.

A step's payment is always "what the episode is worth now, less what it was worth before". The payments of an
episode therefore add up to the formula in the class's docstring, however it was cut into steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..history import running
from ..types import Judgement, Reward, Step, StepContext, StepRecord, Verdict
from .card import Card, steps_so_far


def _add_verdict(counts: tuple[int, int], record: StepRecord) -> tuple[int, int]:
    """How many of the steps that count are CORRECT, and how many there are, answers apart."""
    return _with_verdict(counts, record.judgement)


def _with_verdict(counts: tuple[int, int], judgement: Judgement) -> tuple[int, int]:
    if not judgement.counts or judgement.is_final or judgement.verdict is Verdict.UNCHECKED:
        return counts
    return counts[0] + (judgement.verdict is Verdict.CORRECT), counts[1] + 1


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


class _Sums(NamedTuple):
    """The confidences of what counts, added up by outcome."""

    right: float = 0.0
    n_right: int = 0
    wrong: float = 0.0
    n_wrong: int = 0

    def with_step(self, step: Step, judgement: Judgement) -> _Sums:
        if not judgement.counts or judgement.verdict is Verdict.UNCHECKED:
            return self
        # A malformed action counts as said with certainty, so that breaking the protocol is no refuge.
        confidence = 1.0 if judgement.malformed else (step.confidence or 0.0)
        if judgement.verdict is Verdict.CORRECT:
            return self._replace(right=self.right + confidence, n_right=self.n_right + 1)
        return self._replace(wrong=self.wrong + confidence, n_wrong=self.n_wrong + 1)

    @property
    def margin(self) -> float:
        right = self.right / self.n_right if self.n_right else 0.0
        return right - (self.wrong / self.n_wrong if self.n_wrong else 0.0)


def _add_to_sums(sums: _Sums, record: StepRecord) -> _Sums:
    return sums.with_step(record.step, record.judgement)


@dataclass(frozen=True, slots=True)
class ConfidenceMargin:
    """How much surer an episode was of what was right than of what was wrong.

    - R = (mean confidence of what counts and is right) - (mean confidence of what counts and is wrong), the mean of
      none being 0; range [-1, 1]; term `confidence_margin`. What counts is what counts for `ccrl`: the answer, each
      gold node the first time, each proven error. Not stated is read as 0, malformed as wrong and certain. Paid as
      the change of R.
    - Improper: a reward for ranking. Each step's mean payment is linear in its confidence. Compatible with accuracy,
      each confidence being the best one for it: an answer alone earns max(0, 2p - 1).
    - Known failure: gap inflation. Confidences go to 0 and 1; which of the two is decided by the odds, and errors
      weigh more where they are rare: one error among nine right steps weighs nine times what each of those does.
      No reward for being right below p = 1/2: add `outcome`. As with `ccrl`, further errors said with confidence 0
      dilute an overconfident one, and never bring R above what there would be with no error.
    - Source: the idea of RLCM (Wang et al., 2026, arXiv 2604.23333), which widens the gap between the confidences of
      more and less solvable prefixes of a solution. There a probe reads them off the network's states, here they are
      stated, and of steps. The form is ours.
    - Worked: right at 0.9, wrong at 0.3, right at 0.7: R goes 0.9, 0.6, 0.8 - 0.3 = 0.5; paid 0.9, -0.3, -0.1.
    """

    card: ClassVar[Card] = Card(-1.0, 1.0, proper=False, accuracy_compatible=True)

    def __call__(self, context: StepContext) -> Reward:
        before = running(context.history, "confidence_margin", _add_to_sums, _Sums())
        change = before.with_step(context.step, context.judgement).margin - before.margin
        return Reward(change, {"confidence_margin": change})


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
                for step, judgement in steps_so_far(context)
            )
        )
        value = 1.0 if kept else 0.0
        return Reward(value, {"format": value})


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

    card: ClassVar[Card] = Card(
        0.0, float("inf"), proper=None, accuracy_compatible=False, pays_by_verdict=False, resists_padding=False
    )

    def __call__(self, context: StepContext) -> Reward:
        return Reward(1.0, {"length": 1.0})
