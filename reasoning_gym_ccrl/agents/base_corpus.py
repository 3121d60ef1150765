"""What the tiny base model reads before any CoMT: everything but how to solve a multi-step problem.

A big pretrained model can already read a story, calculate, and carry out a plan; CoMT builds on that, because its
plans hold no numbers. From scratch these skills have to be taught first, and nothing more, or there would be
nothing left for CoMT and CCRL to do. Six kinds of text, none of it a multi-step solution of a story or expression:

- `single`: one-step problems with their solution;
- `carry_out`: a multi-step problem and a plan that does not solve it, carried out line by line;
- `drill`: lines of plain calculations, of which only the results are learned;
- `recall`: a problem, and its givens by name, in any order, of which only the values are learned;
- `execute`: a plain list of named values (no story), a plan of one to three lines, and its execution;
- `state`: a problem, the names of some of its givens, and their values.

Every value comes with a stated confidence drawn without looking at it, high ones more often: the base knows the
format and every level, and states them as carelessly as text at large does. No computation graph of the
validation or test split occurs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ..envs.problems import ProblemSource, split_of
from ..envs.problems.base import canonical_node
from ..envs.problems.stories import STORIES
from ..envs.problems.word_problems import calculations_of
from ..step_format import render_step, render_transcript
from ..types import Problem, Step

CONFIDENCE_LEVELS = tuple(k / 10 for k in range(11))
# Careless and mostly high: the mean is 0.75, and 0.9 or more is stated half of the time.
CONFIDENCE_WEIGHTS = (2, 2, 2, 3, 4, 6, 8, 11, 14, 26, 22)

_LIMIT = 99  # largest value calculated in this corpus
_OPERATORS = "+-*/"


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


def corpus(source: ProblemSource, rng: random.Random) -> Iterator[TextExample]:
    """An endless stream of base examples; problems come from `source`, all randomness from `rng`."""
    makers = (single, drill, recall, carry_out, execute, state)
    weights = (8, 12, 28, 40, 7, 5)
    while True:
        example = rng.choices(makers, weights)[0](source, rng)
        if example is not None:
            yield example


def single(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A one-step problem with its solution and answer."""
    problem = source.sample(rng)
    if len(problem.solution) != 1 or problem.answer is None:
        return None
    steps = [problem.solution[0].text]
    return TextExample(render_transcript(problem.question), _solution(steps, problem.answer, rng))


def drill(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A dozen calculations in a row; operands are free, so only results are scored."""
    pieces: list[tuple[str, bool]] = []
    while len(pieces) < 24:
        left, right = rng.randint(2, rng.choice((9, 30, _LIMIT))), rng.randint(2, rng.choice((9, 30)))
        if rng.random() < 0.2:
            left, right = right, left
        calculation = _calculate(rng, left, right)
        if calculation is not None and split_of(canonical_node(calculation[0], left, right)) == source.split:
            pieces += [(f" {left} {calculation[0]} {right} =", False), (f" {calculation[1]}</step>", True)]
    return TextExample("\n", tuple(pieces), ends=False)


def recall(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A problem and the values of its givens, in any order; only the values are scored."""
    problem = source.sample(rng)
    givens = problem.metadata["givens"]
    names = rng.sample(sorted(givens), len(givens))
    pieces = [piece for name in names for piece in ((f" {name} =", False), (f" {givens[name]}</step>", True))]
    return TextExample(render_transcript(problem.question), tuple(pieces), ends=False)


def carry_out(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A multi-step problem, a plan that does not solve it, and the plan carried out line by line.

    Lines of the gold plan occur only where they rest on givens alone; every line that goes on from an earlier result
    is made up. So the base sees plans of several lines at work in a story, but never a story's own chain.
    """
    problem = source.sample(rng)
    values = {name: int(value) for name, value in problem.metadata["givens"].items()}
    if len(problem.solution) < 2 or len(values) < 2:
        return None
    own = {step.name: step for step in problem.solution if all(parent in values for parent in step.parents)}
    plan, texts = [], []
    for name in rng.sample([step.name for step in problem.solution], rng.randint(1, len(problem.solution))):
        if name in own and rng.random() < 0.7:
            plan.append(own[name].meta_thought)
            texts.append(own[name].text)
            values[name] = int(own[name].value)
            continue
        left, right = rng.sample(list(values), 2)
        calculation = _calculate(rng, values[left], values[right])
        made_up = calculation and f"{name} = {left} {calculation[0]} {right}"
        if calculation is None or any(made_up == step.meta_thought for step in problem.solution):
            return None
        plan.append(str(made_up))
        texts.append(f"{name} = {values[left]} {calculation[0]} {values[right]} = {calculation[1]}")
        values[name] = calculation[1]
    return _carry_out(problem, plan, texts, rng)


def execute(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A list of named values, a plan over them, and its execution line by line."""
    n_steps = rng.choice((1, 2, 2, 3, 3))
    names = rng.sample(_names(), 2 * n_steps + 2)
    values: dict[str, int] = {}
    forms: dict[str, str] = {}
    plan, texts = [], []
    for _ in range(n_steps):
        target = names.pop()
        for _ in range(20):
            left = rng.choice([*list(values)[-1:], names[-1]])
            right = names[-1] if left != names[-1] and rng.random() < 0.9 else names[-2]
            numbers = {
                name: values.get(name) or rng.choice((rng.randint(2, 9), rng.randint(2, 30))) for name in (left, right)
            }
            if values and not set(values) & {left, right}:
                continue
            if rng.random() < 0.3:
                left, right = right, left
            calculation = _calculate(rng, numbers[left], numbers[right])
            if calculation is not None:
                break
        else:
            return None
        operator, value = calculation
        for name in (left, right):
            if name in names:
                names.remove(name)
            forms.setdefault(name, str(numbers[name]))
        forms[target] = canonical_node(operator, forms[left], forms[right])
        values.update(numbers)
        values[target] = value
        plan.append(f"{target} = {left} {operator} {right}")
        texts.append(f"{target} = {numbers[left]} {operator} {numbers[right]} = {value}")
    if split_of(forms[target]) != source.split:
        return None
    givens = [name for name in values if forms[name].isdigit()]
    rng.shuffle(givens)
    facts = " ".join(
        f"The {name} is {values[name]}." if rng.random() < 0.5 else f"{name}: {values[name]}." for name in givens
    )
    prompt = render_transcript(facts, [Step("plan", "; ".join(plan))])
    return TextExample(prompt, _solution(texts, str(values[target]), rng))


def state(source: ProblemSource, rng: random.Random) -> TextExample | None:
    """A problem, the names of some of its givens as the plan, and their values."""
    problem = source.sample(rng)
    givens = problem.metadata["givens"]
    names = rng.sample(sorted(givens), rng.randint(1, min(3, len(givens))))
    return _carry_out(problem, names, [f"{name} = {givens[name]}" for name in names], rng)


def _carry_out(problem: Problem, plan: list[str], texts: list[str], rng: random.Random) -> TextExample:
    """A plan and its lines carried out, then nothing: the problem is not brought to an answer."""
    prompt = render_transcript(problem.question, [Step("plan", "; ".join(plan))])
    steps = [Step("step", text, draw_confidence(rng)) for text in texts]
    return TextExample(prompt, _pieces(steps, rng, end="\n"), ends=False)


def _solution(texts: list[str], answer: str, rng: random.Random) -> tuple[tuple[str, bool], ...]:
    steps = [Step("step", text, draw_confidence(rng)) for text in texts]
    return _pieces([*steps, Step("answer", answer, draw_confidence(rng))], rng, end="")


def _pieces(steps: list[Step], rng: random.Random, end: str) -> tuple[tuple[str, bool], ...]:
    """Steps as scored text; a careless confidence is noise to learn from, so most are not scored."""
    pieces: list[tuple[str, bool]] = []
    for index, step in enumerate(steps):
        text, tag, stated = render_step(step).partition("<confidence>")
        pieces += [(text, True), (tag + stated, rng.random() < 0.25)]
        pieces.append((end if index == len(steps) - 1 else "\n", True))
    return tuple(piece for piece in pieces if piece[0])


def draw_confidence(rng: random.Random) -> float:
    """A confidence that knows nothing of what it is stated about."""
    return rng.choices(CONFIDENCE_LEVELS, CONFIDENCE_WEIGHTS)[0]


def _calculate(rng: random.Random, left: int, right: int) -> tuple[str, int] | None:
    """A random operation on the two numbers with a whole, positive, not too large result, or None."""
    results = {"+": left + right, "-": left - right, "*": left * right}
    if right > 1 and left % right == 0:
        results["/"] = left // right
    fitting = [(operator, value) for operator, value in results.items() if 1 <= value <= _LIMIT]
    return rng.choice(fitting) if fitting else None


@cache
def _names() -> tuple[str, ...]:
    """Names of quantities as the stories use them, and the letters of the arithmetic family."""
    names: dict[str, None] = {}
    for story in STORIES:
        for beat in story.beats:
            names.update(dict.fromkeys(name for name, _ in beat.givens))
            names.update(dict.fromkeys(calculation[0] for calculation in calculations_of(beat)))
    return (*names, *"abcdefpqrst")
