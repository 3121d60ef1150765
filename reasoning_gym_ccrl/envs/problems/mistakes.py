"""Plausible errors: next steps that somebody might well write, and that are wrong.

`plausible_errors(problem, index, rng, k)` makes them for a problem whose gold steps are calculations with numbers. What
goes wrong is one of three things: the arithmetic (a slip), the operation, or the operand. Each is well formed, comes
to another result than the right step, and is INCORRECT to the judge on the gold path, which tests hold.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, count
from typing import NamedTuple

from ...errors import InvalidOption
from ...types import Problem
from ..verify.expression import parse_number
from ..verify.tokens import Number, canonical
from .plain_steps import Carried, PlainStep, carry, required_plain_steps, value_of, with_values

_OPERATOR = re.compile(r" ([-+*/]) ")
_OPERATORS = "+-*/"

KINDS = (
    "off by one",
    "off by ten",
    "swapped digits",
    "misplaced zero",
    "off by a few",
    "wrong operation",
    "wrong operand",
    "wrong quantity",
)
"""What a mistake may be; the first five are slips, and the last, an answer that states another number, has no step."""


class Mistake(NamedTuple):
    """A wrong next step: its text, what is wrong with it (one of `KINDS`), and the value that it comes to."""

    text: str
    kind: str
    value: Number


class NextStep(NamedTuple):
    """The next step done right on the values at hand: its text and value."""

    text: str
    value: Number


def right_step(problem: Problem, index: int, found: Sequence[Number] | None = None) -> NextStep:
    """The step number `index` done without a mistake of its own on the values that the steps before it gave.

    With the gold values it is the gold step. With a wrong one among them it is what follows from that; where the
    calculation cannot be done then, its result is a guess, off by one.

    Args:
        problem: its gold steps are calculations with numbers.
        index: 0 for the first step; the number of steps for the answer.
        found: the value that each step before this one gave; None for the gold values.

    Raises:
        InvalidProblem: a problem of another kind.
        InvalidOption: no such step.
    """
    steps = required_plain_steps(problem)
    values = [step.value for step in steps] if found is None else found
    _check_index(index, len(steps))
    return _answer(problem, steps, values) if index == len(steps) else _right(problem, index, steps[index], values)[0]


def plausible_errors(
    problem: Problem, index: int, rng: random.Random, k: int = 3, found: Sequence[Number] | None = None
) -> tuple[Mistake, ...]:
    """Wrong ways to write the next step, all different from each other and from the right one.

    The three sorts take turns, in an order that is drawn. A slip: one, ten or a hundred too many or too few (a carry
    that was lost), two digits swapped, a zero too many or too few. Another operation: 2 + 19 for 2 * 19. Another
    operand: a number of the question, or an earlier result, in the place of one of the right ones. None comes to the
    right value, nor to the gold one, so that a mistake is never mended by the next. Whole and positive results are
    preferred where the right one is whole and positive. An answer's mistakes state another quantity of the problem, or
    miswrite the number.

    Args:
        problem: its gold steps are calculations with numbers.
        index: 0 for the first step; the number of steps for the answer.
        rng: all randomness.
        k: how many, at least 1.
        found: the values that the steps before this one gave, as in `right_step`.

    Raises:
        InvalidProblem: a problem of another kind.
        InvalidOption: k below 1, or no such step.

    >>> from reasoning_gym_ccrl.types import GoldStep
    >>> bags = Problem("p", "3 bags of 14?", "42", (GoldStep("n = 3 * 14 = 42", "3 * 14", "42", "n = bags * each"),))
    >>> [(error.text, error.kind) for error in plausible_errors(bags, 0, random.Random(1), 2)]
    [('n = 3 + 14 = 17', 'wrong operation'), ('n = 3 * 14 = 43', 'off by one')]
    """
    return step_and_errors(problem, index, rng, k, found)[1]


def step_and_errors(
    problem: Problem, index: int, rng: random.Random, k: int = 3, found: Sequence[Number] | None = None
) -> tuple[NextStep, tuple[Mistake, ...]]:
    """`right_step` and `plausible_errors` of one step, at the cost of one."""
    steps = required_plain_steps(problem)
    if k < 1:
        raise InvalidOption(f"At least one mistake is asked for; received k={k}.")
    _check_index(index, len(steps))
    values = [step.value for step in steps] if found is None else found
    if index == len(steps):
        right, gold = _answer(problem, steps, values), steps[-1].value
        sorts = [_other_quantities(problem, values, rng), _slips(right.value, "", rng)]
    else:
        step = steps[index]
        right, carried = _right(problem, index, step, values)
        gold = step.value
        sorts = [
            _slips(right.value, f"{step.left} = {carried.expression} = ", rng),
            _other_operations(step, carried, right.value, rng),
            _other_operands(problem, step, carried, values[:index], right.value, rng),
        ]
    rng.shuffle(sorts)
    return right, _in_turns(sorts, k, right.value, gold)


def _check_index(index: int, steps: int) -> None:
    if not 0 <= index <= steps:
        raise InvalidOption(f"The steps are numbered 0 to {steps} (the answer); received {index}.")


def _right(problem: Problem, index: int, step: PlainStep, found: Sequence[Number]) -> tuple[NextStep, Carried]:
    carried = carry(step, found)
    if carried.possible and carried.expression == step.expression:
        return NextStep(problem.solution[index].text, step.value), carried
    value = carried.value if carried.possible else carried.value + 1
    return NextStep(f"{step.left} = {carried.expression} = {canonical(value)}", value), carried


def _answer(problem: Problem, steps: Sequence[PlainStep], found: Sequence[Number]) -> NextStep:
    value = found[-1]
    is_gold = problem.answer is not None and value == steps[-1].value
    return NextStep(answer_text(str(problem.answer) if is_gold else canonical(value)), value)


def answer_text(value: str) -> str:
    """An answer as an element of the text protocol."""
    return f"<answer>{value}</answer>"


def _in_turns(sorts: list[Iterator[Mistake]], k: int, right: Number, gold: Number) -> tuple[Mistake, ...]:
    """One mistake of each sort after the other, of values that are all different; the slips never run out."""
    found: list[Mistake] = []
    taken = {right, gold}
    while True:
        for sort in tuple(sorts):
            new = (one for one in sort if one.value not in taken)
            mistake = next((one for one in new if not (_rounds(right, one.value) or _rounds(gold, one.value))), None)
            if mistake is None:
                sorts.remove(sort)
                continue
            taken.add(mistake.value)
            found.append(mistake)
            if len(found) == k:
                return tuple(found)


def _rounds(exact: Number, written: Number) -> bool:
    """Whether a whole number may be meant as the other one, rounded: a judge forgives that."""
    return exact.denominator > 1 and written.denominator == 1 and abs(Fraction(exact) - written) < 1


def _slips(value: Number, text: str, rng: random.Random) -> Iterator[Mistake]:
    """The same step with another result; of a fraction the numerator is miswritten."""
    top, bottom = value.numerator, value.denominator
    sign, size = (-1 if top < 0 else 1), abs(top)
    slips: list[tuple[str, int]] = [("off by one", size - 1), ("off by one", size + 1), ("off by ten", size + 10)]
    if size > 10:
        slips.append(("off by ten", size - 10))
    if size > 100:
        slips += [("off by ten", size - 100), ("off by ten", size + 100)]
    slips.append(("misplaced zero", size // 10 if size % 10 == 0 and size else size * 10))
    digits = str(size)
    places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1] and (at or digits[1] != "0")]
    if places:
        at = rng.choice(places)
        swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        slips += [("swapped digits", int(swapped))]
    rng.shuffle(slips)
    few: Iterator[tuple[str, int]] = (("off by a few", size + by) for by in count(2))
    for kind, slipped in chain(slips, few):
        # 0 is too good a hint, and what follows could not divide by it.
        if slipped > 0:
            wrong = sign * slipped if bottom == 1 else Fraction(sign * slipped, bottom)
            yield _mistake(text, kind, wrong)


def _mistake(text: str, kind: str, value: Number) -> Mistake:
    shown = canonical(value)
    return Mistake(f"{text}{shown}" if text else answer_text(shown), kind, value)


def _other_operations(step: PlainStep, carried: Carried, right: Number, rng: random.Random) -> Iterator[Mistake]:
    """The step with one of its operators replaced."""
    expression = carried.expression
    wrong = [
        (f"{expression[: at.start()]} {operator} {expression[at.end() :]}")
        for at in _OPERATOR.finditer(expression)
        for operator in _OPERATORS
        if operator != at[1]
    ]
    rng.shuffle(wrong)
    yield from _calculated(step.left, wrong, "wrong operation", right)


def _other_operands(
    problem: Problem, step: PlainStep, carried: Carried, found: Sequence[Number], right: Number, rng: random.Random
) -> Iterator[Mistake]:
    """The step with another known number in the place of one of its operands."""
    two = len(carried.operands) == 2
    wrong = [
        (place, value)
        for value in _quantities(problem, found)
        for place, operand in enumerate(carried.operands)
        if value not in carried.operands or (two and value != operand)  # "2 * 2" for "2 * 19", never "19 * 2"
    ]
    rng.shuffle(wrong)
    written = (_rewritten(step, carried.operands, place, value) for place, value in wrong)
    yield from _calculated(step.left, written, "wrong operand", right)


def _rewritten(step: PlainStep, operands: Sequence[Number], place: int, value: Number) -> str:
    """The expression with these operands, and another in one place; what is as in the gold step is written as there."""
    values = [
        None if now == operand.value else now
        for now, operand in zip([*operands[:place], value, *operands[place + 1 :]], step.operands, strict=True)
    ]
    return with_values(step, values)


def _calculated(left: str, expressions: Iterable[str], kind: str, right: Number) -> Iterator[Mistake]:
    """The calculations with their results, those of the right one's sort (whole, positive) first."""
    later = []
    for expression in expressions:
        value = value_of(expression)
        if value is None or value == 0:
            continue
        mistake = Mistake(f"{left} = {expression} = {canonical(value)}", kind, value)
        if value.denominator <= right.denominator and (value > 0) >= (right > 0):
            yield mistake
        else:
            later.append(mistake)
    yield from later


def _other_quantities(problem: Problem, found: Sequence[Number], rng: random.Random) -> Iterator[Mistake]:
    """Answers that state another number of the problem: an earlier result, or something given."""
    known = _quantities(problem, found[:-1])
    rng.shuffle(known)
    for value in known:
        yield _mistake("", "wrong quantity", value)


def _quantities(problem: Problem, found: Sequence[Number]) -> list[Number]:
    """The numbers at hand: what the question gives by name, and what was found; none twice, no zero."""
    given = (parse_number(str(value)) for value in (problem.metadata.get("givens") or {}).values())
    known = dict.fromkeys([*(value for value in given if value), *(value for value in found if value)])
    return list(known)
