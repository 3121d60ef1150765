"""Plain chains of sums and differences, "12 - 7 + 30": the one kind that is made for speed.

All that depends on the operators alone (formats, names, meta-thoughts, composition) is made once for each sequence of
them; what is left for a problem is to draw its numbers and fill them in.
"""

from __future__ import annotations

import random
from functools import cache, partial
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from ...types import GoldStep, Problem
from .arithmetic_trees import GIVEN_NAMES, RESULT_NAMES
from .base import HELD_OUT_STEPS, Draft, canonical_node, hex_digest, is_held_out, split_of
from .making import make_gold_step, make_problem

if TYPE_CHECKING:
    from .arithmetic import ArithmeticConfig

CHAIN_OPERATORS = "+-"
MAX_DIGITS = 15
_TRIES = 200  # of numbers for one sequence of operators, before another is drawn

# Smallest number of so many digits, and how many there are; 0 and 1 are left out.
_RANGES = [(0, 0), (2, 8), *((10 ** (digits - 1), 9 * 10 ** (digits - 1)) for digits in range(2, MAX_DIGITS + 1))]

_Row = tuple[str, str, str, tuple[str, str]]  # name, operator, meta-thought, parents


class _Shape(NamedTuple):
    """A sequence of operators, with all that follows from it; "%s" stands for each number."""

    canonical: str
    text: str
    composition: str
    held_out: bool
    starts_with_sum: bool
    rows: tuple[_Row, ...]


@cache
def _shapes(operators: str, n_steps: int, split: str) -> tuple[_Shape, ...]:
    """Every sequence of so many operators of a chain, without those that never occur in the split."""
    usable = [operator for operator in CHAIN_OPERATORS if operator in operators]
    shapes = tuple(_shape(sequence) for sequence in product(usable, repeat=n_steps))
    wanted = split == "unseen_compositions"
    return tuple(shape for shape in shapes if shape.held_out == wanted or not split) or shapes


def _shape(sequence: tuple[str, ...]) -> _Shape:
    canonical, text, composition, previous = "%s", "%s", "#", GIVEN_NAMES[0]
    rows: list[_Row] = []
    for index, operator in enumerate(sequence):
        # "(" sorts before digits, so only the first two numbers, sorted when they are drawn, may change places.
        canonical = f"({canonical}{operator}%s)"
        text = f"{text} {operator} %s"
        composition = canonical_node(operator, composition, "#")
        name, number = RESULT_NAMES[index], GIVEN_NAMES[index + 1]
        rows.append((name, operator, f"{name} = {previous} {operator} {number}", (previous, number)))
        previous = name
    held_out = len(rows) >= HELD_OUT_STEPS and is_held_out(composition)
    return _Shape(canonical, text, composition, held_out, sequence[0] == "+", tuple(rows))


def draft_chain(rng: random.Random, config: ArithmeticConfig, asks: tuple[str, ...]) -> Draft:
    """Draws a chain: every number has equally many digits, every operator is equally likely.

    Where its graph falls into another split, its numbers change places, and are then drawn anew one after the other.
    """
    draw = rng.random
    n_steps, digits = config.min_steps, config.min_digits
    if n_steps != config.max_steps:
        n_steps += int(draw() * (config.max_steps - n_steps + 1))
    if digits != config.max_digits:
        digits += int(draw() * (config.max_digits - digits + 1))
    wanted = config.split
    shapes = _shapes(config.operators, n_steps, wanted)
    shape = shapes[int(draw() * len(shapes))]
    low, span = _RANGES[digits]
    numbers = tuple([str(low + int(draw() * span)) for _ in range(n_steps + 1)])
    split = None
    for tried in range(_TRIES):
        if shape.starts_with_sum and numbers[1] < numbers[0]:
            canonical = shape.canonical % (numbers[1], numbers[0], *numbers[2:])
        else:
            canonical = shape.canonical % numbers
        split = "unseen_compositions" if shape.held_out else split_of(canonical)
        if split == wanted or not wanted:
            break
        # Two numbers that change places make the same sum.
        numbers = (*numbers[1:], numbers[0] if 1 < n_steps > tried else str(low + int(draw() * span)))
    return Draft(
        canonical,
        partial(_word, shape, numbers, canonical, asks, config.difficulty, rng),
        n_steps,
        shape.composition,
        split,
    )


def _word(
    shape: _Shape,
    numbers: tuple[str, ...],
    canonical: str,
    asks: tuple[str, ...],
    difficulty: str,
    rng: random.Random,
) -> Problem:
    others = iter(numbers)
    value = next(others)
    total = int(value)
    solution: list[GoldStep] = []
    for name, operator, thought, parents in shape.rows:
        number = next(others)
        expression = f"{value} {operator} {number}"
        total = total + int(number) if operator == "+" else total - int(number)
        value = str(total)
        solution.append(make_gold_step(f"{name} = {expression} = {value}", expression, value, thought, parents))
    question = asks[int(rng.random() * len(asks))].format(shape.text % numbers)
    givens = dict(zip(GIVEN_NAMES, numbers, strict=False))
    return make_problem(
        f"arithmetic:{hex_digest(question)}",
        question,
        value,
        tuple(solution),
        "arithmetic",
        difficulty,
        {"givens": givens, "graph": canonical, "answer_kind": "number", "kind": "chain"},
    )
