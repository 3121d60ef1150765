"""Episodes made of plain facts, and what a reward pays for them: shared by the tests of rewards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from reasoning_gym_ccrl.types import (
    Judgement,
    Problem,
    Reward,
    Step,
    StepContext,
    StepKind,
    StepRecord,
    Verdict,
)

PROBLEM = Problem("test:1", "What is 3 * 4 + 5?", "17")
RIGHT, WRONG, OPEN = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED


@dataclass(frozen=True)
class Fact:
    """One action as a verifier might have judged it."""

    kind: StepKind = "step"
    verdict: Verdict = RIGHT
    confidence: float | None = 1.0
    counts: bool = True
    malformed: bool = False


def answer(verdict: Verdict = RIGHT, confidence: float | None = 1.0) -> Fact:
    return Fact("answer", verdict, confidence)


MALFORMED = Fact(verdict=WRONG, confidence=None, malformed=True)


def pay(reward: Callable[[StepContext], Reward], facts: Sequence[Fact]) -> list[Reward]:
    """What each action of the episode is paid; the last one ends it."""
    records: list[StepRecord] = []
    for index, fact in enumerate(facts):
        step = Step(fact.kind, "3 * 4 = 12", fact.confidence)
        judgement = Judgement(
            fact.verdict, is_final=fact.kind == "answer", counts=fact.counts, malformed=fact.malformed
        )
        context = StepContext(PROBLEM, tuple(records), step, judgement, is_last=index == len(facts) - 1)
        records.append(StepRecord(step, judgement, reward(context)))
    return [record.reward for record in records]


def total(reward: Callable[[StepContext], Reward], facts: Sequence[Fact]) -> float:
    return sum(paid.total for paid in pay(reward, facts))


confidences = st.none() | st.floats(0.0, 1.0)
well_formed = st.builds(
    Fact,
    kind=st.sampled_from(["step", "plan"]),
    verdict=st.sampled_from([RIGHT, WRONG, OPEN]),
    confidence=confidences,
    counts=st.booleans(),
)
steps = st.lists(well_formed | st.just(MALFORMED), max_size=8)
answers = st.builds(answer, st.sampled_from([RIGHT, WRONG, OPEN]), confidences)
episodes = st.builds(lambda before, last: [*before, *last], steps, st.lists(answers, max_size=1)).filter(bool)
