"""What a reward promises, and the few questions that all rewards ask of a step."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import Judgement, Step, StepContext, Verdict


@dataclass(frozen=True, slots=True)
class Card:
    """What a reward promises; tests hold every reward of the table to its card.

    Attributes:
        low, high: bounds of an episode's sum of payments.
        proper: whether the mean payment for the answer is highest at the honest confidence; None where the reward
            looks at no confidence.
        accuracy_compatible: whether, said with the confidence that pays best (the honest one, where the reward is
            proper), a more likely answer never pays less.
        pays_by_verdict: whether verdicts decide it, so that UNCHECKED steps are neither rewarded nor punished.
        resists_padding: whether steps that are true but repeated or beside the point never raise an episode's sum.
    """

    low: float
    high: float
    proper: bool | None
    accuracy_compatible: bool
    pays_by_verdict: bool = True
    resists_padding: bool = True


def answer_outcome(context: StepContext) -> float:
    """1.0 where this step is a correct answer, else 0.0."""
    judgement = context.judgement
    return 1.0 if judgement.is_final and judgement.verdict is Verdict.CORRECT else 0.0


def is_checked_answer(context: StepContext) -> bool:
    """Whether this step is an answer that was found right or wrong; abstaining and UNCHECKED are neither."""
    return context.judgement.is_final and context.judgement.verdict is not Verdict.UNCHECKED


def steps_so_far(context: StepContext) -> list[tuple[Step, Judgement]]:
    """Every step of the episode up to and with this one, and its judgement."""
    said = [(record.step, record.judgement) for record in context.history]
    said.append((context.step, context.judgement))
    return said
