"""What the tiny base model reads before any CoMT: everything but how to solve a multi-step problem.

A big pretrained model can already read a story, calculate, and carry out a plan; CoMT builds on that, because its
plans hold no numbers. From scratch these skills have to be taught first, and nothing more, or there would be
nothing left for CoMT and CCRL to do. Four kinds of text, none of it a multi-step solution of a story or expression:

- `single`: one-step problems with their solution;
- `drill`: lines of plain calculations, of which only the results are learned;
- `recall`: a multi-step problem, and its givens by name, in any order, of which only the values are learned;
- `carry_out`: a multi-step problem and a plan that does not solve it, carried out line by line.

Every value comes with a stated confidence, drawn without looking at whether the value is right. High ones are more
often, and each line before takes up to two tenths off, as people grow less sure along a chain. So the base knows the
format and every level, and states them as carelessly as text at large does. No computation graph of the
validation or test split occurs as a problem or in a drill; a made-up line of a plan may by chance be one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ..envs.problems import ProblemSource, split_of
from ..envs.problems.base import canonical_node
from ..step_format import render_step, render_transcript
from ..types import Problem, Step

CONFIDENCE_LEVELS = tuple(k / 10 for k in range(11))
# Careless and mostly high: the mean is 0.90, and 0.9 or more is stated four times in five.
CONFIDENCE_WEIGHTS = (1, 1, 1, 1, 1, 1, 2, 4, 8, 30, 50)

HELD_OUT = ("validation", "test")
"""Splits whose graphs are never calculated in a drill, not even as one line."""

_LIMIT = 60  # largest value calculated in this corpus


@dataclass(frozen=True, slots=True)
class TextExample:
    """A text to learn from, in pieces.

    Attributes:
        prompt: what comes first; never scored.
        completion: what follows, as (text, scored) pieces; the loss is taken on the scored ones.
        ends: whether the end-of-sequence token follows, scored.
    """

    prompt: str
    completion: tuple[tuple[str, bool], ...]
    ends: bool = True


def corpus(source: ProblemSource, rng: random.Random, n_examples: int = 0) -> Iterator[TextExample]:
    """An endless stream of base examples.

    The mixture moves from reading and calculating to carrying out plans over the first `n_examples`: a plan can only
    be learned from once its values can be found. With 0 it is the last mixture from the start, as for replay.

    Args:
        source: where problems come from.
        rng: all randomness.
        n_examples: length of the curriculum.
    """
    makers = (single, drill, recall, carry_out)
    first, last = (8, 14, 18, 60), (10, 10, 10, 70)
    drawn = 0
    while True:
        progress = min(1.0, drawn / n_examples) if n_examples else 1.0
        weights = [a + (b - a) * progress for a, b in zip(first, last, strict=True)]
        example = rng.choices(makers, weights)[0](source, rng)
        if example is not None:
            drawn += 1
            yield example


def single(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A one-step problem with its solution and answer; two times in five with its plan in the prompt."""
    problem = source.sample(rng)
    if len(problem.solution) != 1 or problem.answer is None:
        return None
    gold = problem.solution[0]
    given = [Step("plan", gold.meta_thought)] if rng.random() < 0.4 else []
    steps = [Step("step", gold.text, draw_confidence(rng, 0)), Step("answer", problem.answer, draw_confidence(rng, 1))]
    return TextExample(render_transcript(problem.question, given), _pieces(steps, rng))


def drill(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A dozen calculations in a row; operands are free, so only results are scored."""
    pieces: list[tuple[str, bool]] = []
    while len(pieces) < 24:
        left, right = rng.randint(2, rng.choice((9, 20, _LIMIT))), rng.randint(2, rng.choice((9, 20)))
        if rng.random() < 0.2:
            left, right = right, left
        calculation = _calculate(rng, left, right)
        if calculation is not None and split_of(canonical_node(calculation[0], left, right)) not in HELD_OUT:
            pieces += [(f" {left} {calculation[0]} {right} =", False), (f" {calculation[1]}</step>", True)]
    return TextExample("\n", tuple(pieces), ends=False)


def recall(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A multi-step problem and the values of its givens, in any order; only the values are scored."""
    problem = source.sample(rng)
    givens = problem.metadata.get("givens", {})
    if len(problem.solution) < 2 or not givens:
        return None
    names = rng.sample(sorted(givens), len(givens))
    pieces = [piece for name in names for piece in ((f" {name} =", False), (f" {givens[name]}</step>", True))]
    return TextExample(render_transcript(problem.question), tuple(pieces), ends=False)


def carry_out(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A multi-step problem, a plan that does not solve it, and the plan carried out up to its last value.

    Lines of the gold plan occur only where they rest on givens alone; every line that goes on from an earlier result
    is made up. So the base sees plans of several lines at work in a story, but never a story's own chain, and the
    answer it gives is the plan's, not the problem's.
    """
    problem = source.sample(rng)
    givens = problem.metadata.get("givens", {})
    written = [*givens.values(), *(step.value for step in problem.solution), problem.answer]
    if not all(str(value).isdigit() for value in written):  # what is made up is in whole numbers
        return None
    values = {name: int(value) for name, value in givens.items()}
    if len(problem.solution) < 2 or len(values) < 2:
        return None
    own = {step.name: step for step in problem.solution if all(parent in values for parent in step.parents)}
    plan, texts = [], []
    names = _line_names(problem, source, rng)
    for name in names:
        if name in own and rng.random() < 0.7:
            plan.append(own[name].meta_thought)
            texts.append(own[name].text)
            values[name] = int(own[name].value)
            continue
        left, right = rng.sample(list(values), 2)
        if texts and rng.random() < 0.8:  # go on from the line before
            left = list(values)[-1]
            right = rng.choice([given for given in values if given != left])
            left, right = (right, left) if rng.random() < 0.5 else (left, right)
        calculation = _calculate(rng, values[left], values[right])
        made_up = calculation and f"{name} = {left} {calculation[0]} {right}"
        if calculation is None or any(made_up == step.meta_thought for step in problem.solution):
            return None
        plan.append(str(made_up))
        texts.append(f"{name} = {values[left]} {calculation[0]} {values[right]} = {calculation[1]}")
        values[name] = calculation[1]
    if any(values[name] == int(str(problem.answer)) for name in names):
        return None  # a made-up line hit on the answer
    steps = [Step("step", text, draw_confidence(rng, index)) for index, text in enumerate(texts)]
    steps.append(Step("answer", str(values[names[-1]]), draw_confidence(rng, len(texts))))
    prompt = render_transcript(problem.question, [Step("plan", "; ".join(plan))])
    return TextExample(prompt, _pieces(steps, rng))


def _line_names(problem: Problem, source: ProblemSource, rng: random.Random) -> list[str]:
    """Names for two or three lines of a made-up plan: the problem's own in any order, then those of another one."""
    names = [step.name for step in problem.solution]
    rng.shuffle(names)
    other = [step.name for step in source.sample(rng).solution]
    taken = {*names, *problem.metadata["givens"]}
    names += [name for name in other if name not in taken]
    return names[: rng.randint(2, 3)]


def _pieces(steps: list[Step], rng: random.Random) -> tuple[tuple[str, bool], ...]:
    """Steps as scored text; a careless confidence is noise to learn from, so most are not scored."""
    pieces: list[tuple[str, bool]] = []
    for index, step in enumerate(steps):
        text, tag, stated = render_step(step).partition("<confidence>")
        pieces += [(text, True), (tag + stated, rng.random() < 0.08)]
        if index < len(steps) - 1:
            pieces.append(("\n", True))
    return tuple(pieces)


def draw_confidence(rng: random.Random, lines_before: int) -> float:
    """A confidence that knows how long the chain is, and nothing of whether what it is stated about is right."""
    level = rng.choices(range(11), CONFIDENCE_WEIGHTS)[0]
    return CONFIDENCE_LEVELS[max(0, level - sum(rng.randint(0, 2) for _ in range(lines_before)))]


def _calculate(rng: random.Random, left: int, right: int) -> tuple[str, int] | None:
    """A random operation on the two numbers with a whole, positive, not too large result, or None."""
    results = {"+": left + right, "-": left - right, "*": left * right}
    if right > 1 and left % right == 0:
        results["/"] = left // right
    fitting = [(operator, value) for operator, value in results.items() if 1 <= value <= _LIMIT]
    return rng.choice(fitting) if fitting else None
