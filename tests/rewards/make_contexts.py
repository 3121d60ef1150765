"""Episodes made of plain facts, and what a reward pays for them: shared by the tests of rewards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from reasoning_gym_ccrl.history import History
from reasoning_gym_ccrl.types import (
    Episode,
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
    abstained: bool = False


def answer(verdict: Verdict = RIGHT, confidence: float | None = 1.0) -> Fact:
    return Fact("answer", verdict, confidence)


MALFORMED = Fact(verdict=WRONG, confidence=None, malformed=True)
ABSTAINED = Fact("answer", OPEN, 0.3, counts=False, abstained=True)


def judged(fact: Fact) -> tuple[Step, Judgement]:
    judgement = Judgement(
        fact.verdict,
        is_final=fact.kind == "answer",
        counts=fact.counts,
        malformed=fact.malformed,
        abstained=fact.abstained,
    )
    return Step(fact.kind, "3 * 4 = 12", fact.confidence), judgement


def pay(reward: Callable[[StepContext], Reward], facts: Sequence[Fact], *, view: bool = False) -> list[Reward]:
    """What each action of the episode is paid; the last one ends it.

    With `view`, histories are views of the growing list, as in an environment, and totals are kept from step to step.
    """
    return [record.reward for record in _records(reward, facts, view=view)]


def _records(
    reward: Callable[[StepContext], Reward], facts: Sequence[Fact], *, view: bool = False
) -> Iterator[StepRecord]:
    records: list[StepRecord] = []
    totals: dict = {}
    for index, fact in enumerate(facts):
        step, judgement = judged(fact)
        history = History(records, index, totals) if view else tuple(records)
        context = StepContext(PROBLEM, history, step, judgement, is_last=index == len(facts) - 1)
        records.append(StepRecord(step, judgement, reward(context)))
        yield records[-1]


def total(reward: Callable[[StepContext], Reward], facts: Sequence[Fact]) -> float:
    return sum(paid.total for paid in pay(reward, facts))


def episode(reward: Callable[[StepContext], Reward], facts: Sequence[Fact]) -> Episode:
    records = tuple(_records(reward, facts))
    return Episode(PROBLEM, records, terminated=True, truncated=False)


def mean_return(reward: Callable[[StepContext], Reward], c: float | None, p: float) -> float:
    """The mean return of an answer said with confidence c that is right with chance p."""
    return p * total(reward, [answer(RIGHT, c)]) + (1 - p) * total(reward, [answer(WRONG, c)])


confidences = st.none() | st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0)
well_formed = st.builds(
    Fact,
    kind=st.sampled_from(["step", "plan"]),
    verdict=st.sampled_from([RIGHT, WRONG, OPEN]),
    confidence=confidences,
    counts=st.booleans(),
)
steps = st.lists(well_formed | st.just(MALFORMED), max_size=8)
answers = st.builds(answer, st.sampled_from([RIGHT, WRONG, OPEN]), confidences)
endings = answers | st.just(ABSTAINED)
episodes = st.builds(lambda before, last: [*before, *last], steps, st.lists(endings, max_size=1)).filter(bool)
