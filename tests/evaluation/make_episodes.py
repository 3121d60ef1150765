"""Episodes with a known relation of confidence and outcome, for the tests of evaluation."""

from __future__ import annotations

from collections.abc import Callable

from reasoning_gym_ccrl.seeding import numpy_random
from reasoning_gym_ccrl.types import Episode, GoldStep, Judgement, Problem, Reward, Step, StepKind, StepRecord, Verdict

RIGHT, WRONG, UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED


def record(
    kind: StepKind, text: str, confidence: float | None, verdict: Verdict, reason: str = "", reward: float = 0.0
) -> StepRecord:
    judgement = Judgement(verdict, is_final=kind == "answer", reason=reason, counts=kind != "plan")
    return StepRecord(Step(kind, text, confidence), judgement, Reward(reward, {"ccrl": reward}))


def episode(*records: StepRecord, problem: Problem | None = None, tokens: int = 0) -> Episode:
    ended = bool(records) and records[-1].judgement.is_final
    return Episode(
        problem or Problem("test:1", "How many?", "24"),
        tuple(records),
        terminated=ended,
        truncated=not ended,
        token_ids=tuple(range(tokens)),
        response_mask=(True,) * tokens,
        sampler_logprobs=(-0.5,) * tokens,
    )


def word_problem(index: int) -> Problem:
    bags, each, first = 2 + index % 7, 3 + index % 5, 10 + index % 11
    bought, now = bags * each, bags * each + first
    return Problem(
        id=f"word_problems:{index:04d}",
        question=f"Tom has {first} apples. He buys {bags} bags of {each} apples. How many apples has he now?",
        answer=str(now),
        solution=(
            GoldStep(
                f"apples bought = {bags} * {each} = {bought}",
                f"{bags} * {each}",
                str(bought),
                "apples bought = bags * apples per bag",
                ("bags", "apples per bag"),
            ),
            GoldStep(
                f"apples now = {first} + {bought} = {now}",
                f"{first} + {bought}",
                str(now),
                "apples now = apples at first + apples bought",
                ("apples at first", "apples bought"),
            ),
        ),
        family="word_problems",
        difficulty="easy",
        metadata={"givens": {"apples at first": str(first), "bags": str(bags), "apples per bag": str(each)}},
    )


def make_episodes(
    count: int, *, seed: int = 0, chance_right: Callable[[float], float] = lambda q: q, skill: float = 0.0
) -> list[Episode]:
    """Episodes whose answers are right with `chance_right(confidence)`; the identity is perfect calibration.

    `skill` in [0, 1) moves the confidences, a uniform draw to one decimal, toward 1.
    """
    random = numpy_random(seed, "make_episodes")
    episodes = []
    for index in range(count):
        problem = word_problem(index)
        records = [record("plan", "; ".join(s.meta_thought for s in problem.solution), None, RIGHT, "the gold plan")]
        carried = 0
        for number, gold in enumerate(problem.solution):
            confidence = round(float(skill + (1 - skill) * random.random()), 1)
            right = carried == 0 and bool(random.random() < chance_right(confidence))
            carried += 0 if right else 1 + int(random.integers(5))
            value = int(gold.value) + carried
            reason = "true and grounded" if right else f"{gold.expression} is {gold.value}, not {value}"
            text = f"{gold.name} = {gold.expression} = {value}"
            records.append(record("step", text, confidence, RIGHT if right else WRONG, reason, 0.2 if right else -0.2))
            if number == 0 and index % 4 == 0:
                records.append(record("step", "half of the bags are red", 0.5, UNCHECKED, "no equation to check"))
        confidence = round(float(skill + (1 - skill) * random.random()), 1)
        right = bool(random.random() < chance_right(confidence))
        answer = problem.answer if right else str(int(problem.answer or 0) + 1 + int(random.integers(9)))
        reason = "equals the gold answer" if right else f"the gold answer is {problem.answer}"
        records.append(
            record("answer", str(answer), confidence, RIGHT if right else WRONG, reason, 1.2 if right else -0.3)
        )
        episodes.append(episode(*records, problem=problem, tokens=40 + int(random.integers(20))))
    return episodes


def overconfident(confidence: float) -> float:
    """Right in barely half of what it is sure of."""
    return 0.1 + 0.45 * confidence
