"""Gold paths whose every step is a calculation with numbers, and what such a path becomes with a wrong value in it.

A plain step reads `left = expression = number`: "cost = 2 * 19 = 38". The numbers of its expression that earlier steps
gave are known by place, so that the step can be done again with other values: "change = 59 - 38 = 21" with a wrong cost
of 48 is "change = 59 - 48 = 11", the next line of somebody who made that mistake and has not noticed it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ...errors import InvalidProblem
from ...types import GoldStep, Problem
from ..verify.expression import evaluate, parse_number
from ..verify.tokens import ExpressionError, Number, canonical

_DIGITS = r"\d+(?:\.\d+|/\d+)?%?"
# A number as the families write one in a calculation: "(-5)", "(3/5)", "-5" at the start, "12", "20%".
LITERAL = re.compile(rf"(?<![A-Za-z])\((?:-{_DIGITS}|\d+/\d+)\)|(?:^|(?<=\())-{_DIGITS}|(?<![\w.]){_DIGITS}", re.ASCII)
_NUMBER = re.compile(rf"-?{_DIGITS}", re.ASCII)
_TWO_NUMBERS = re.compile(r"(\d{1,9}) ([-+*/]) (\d{1,9})", re.ASCII)  # nearly all of ours: read without the parser
# A name on the right of a meta-thought, up to the next operator; with "(" after it, it is a function.
_NAME = re.compile(r"([^-+*/^(),]+)(\(?)")
_MAX_SIZE = 10**12  # what is larger no reader follows; a wrong value may grow beyond it


@dataclass(frozen=True, slots=True)
class Operand:
    """A number in an expression: its place in the text, its value, and the earlier step that gave it (None: given)."""

    start: int
    end: int
    value: Number
    source: int | None


@dataclass(frozen=True, slots=True)
class PlainStep:
    """One gold step as `left = expression = value`, the numbers of the expression by place."""

    left: str
    expression: str
    value: Number
    operands: tuple[Operand, ...]


def plain_steps(problem: Problem) -> tuple[PlainStep, ...] | None:
    """The gold path as plain steps, or None where one of them, or the answer, is no calculation with numbers.

    >>> tom = Problem("p", "3 bags of 4, and 5 more?", "17", (GoldStep("a = 3 * 4 = 12", "3 * 4", "12", "a = b * c"),
    ...     GoldStep("n = 12 + 5 = 17", "12 + 5", "17", "n = a + d", ("a", "d"))))
    >>> [(step.left, [operand.source for operand in step.operands]) for step in plain_steps(tom)]
    [('a', [None, None]), ('n', [0, None])]
    """
    return _plain(problem.solution, problem.answer)


def required_plain_steps(problem: Problem) -> tuple[PlainStep, ...]:
    """`plain_steps`, with an error for a problem that has none.

    Raises:
        InvalidProblem: a step or the answer is no calculation with numbers, or there is no gold path.
    """
    steps = plain_steps(problem)
    if steps is None:
        raise InvalidProblem(
            'Candidate steps are made for problems whose gold steps all read "name = calculation = number" and end in '
            f"the answer; problem {problem.id!r} has another kind of step, or no gold path."
        )
    return steps


@lru_cache(maxsize=4_096)
def _plain(solution: tuple[GoldStep, ...], answer: str | None) -> tuple[PlainStep, ...] | None:
    found: list[PlainStep] = []
    names: list[str] = []
    for step in solution:
        plain = _plain_step(step, names, found)
        if plain is None:
            return None
        found.append(plain)
        names.append(step.name)
    if not found or answer is None or parse_number(answer) != found[-1].value:
        return None
    return tuple(found)


def _plain_step(step: GoldStep, names: Sequence[str], earlier: Sequence[PlainStep]) -> PlainStep | None:
    number = step.text.rpartition(" = ")[2]
    tail = f" = {step.expression} = {number}"
    if not _NUMBER.fullmatch(number) or not step.text.endswith(tail) or len(step.text) == len(tail):
        return None
    value = parse_number(number)
    operands = []
    literals = list(LITERAL.finditer(step.expression))
    calculation = step.meta_thought.partition("=")[2].replace(" mod ", ",")
    meant = [name.strip() for name, bracket in _NAME.findall(calculation) if name.strip() and not bracket]
    for place, match in enumerate(literals):
        size = parse_number(match[0])
        if size is None:
            return None
        # "q = p / c" says which of the two fives in "5 / 5" is the earlier result; "square(p)" does not.
        candidates = step.parents if len(meant) != len(literals) else (meant[place],)
        operands.append(Operand(match.start(), match.end(), size, _source_of(size, candidates, names, earlier)))
    if value is None or not operands or value_of(step.expression) != value:
        return None
    return PlainStep(step.text[: -len(tail)], step.expression, value, tuple(operands))


def _source_of(value: Number, meant: Sequence[str], names: Sequence[str], earlier: Sequence[PlainStep]) -> int | None:
    """The latest earlier step of one of these names that gave the value."""
    for index in range(len(names) - 1, -1, -1):
        if names[index] in meant and earlier[index].value == value:
            return index
    return None


def in_expression(value: Number, *, first: bool) -> str:
    """A value as an operand is written: a negative number or a fraction in brackets, unless it comes first.

    >>> in_expression(7, first=False), in_expression(-7, first=True), in_expression(Fraction(7, 2), first=False)
    ('7', '-7', '(7/2)')
    """
    text = canonical(value)
    return text if (value >= 0 or first) and "/" not in text else f"({text})"


def with_values(step: PlainStep, values: Sequence[Number | None]) -> str:
    """The expression with some of its operands replaced.

    Args:
        step: the step.
        values: one for each operand; None leaves it as it is written.
    """
    pieces, end = [], 0
    for operand, value in zip(step.operands, values, strict=True):
        if value is not None:
            pieces += [step.expression[end : operand.start], in_expression(value, first=operand.start == 0)]
            end = operand.end
    return "".join([*pieces, step.expression[end:]])


def value_of(expression: str) -> Number | None:
    """The value of a calculation, or None where it has none or is too large to be followed.

    >>> value_of("3 / 0"), value_of("9 / 2")
    (None, Fraction(9, 2))
    """
    if plain := _TWO_NUMBERS.fullmatch(expression):
        return _of_two(int(plain[1]), plain[2], int(plain[3]))
    try:
        value = evaluate(expression)
    except ExpressionError:
        return None
    parts = (value,) if isinstance(value, int) else (value.numerator, value.denominator)
    return value if all(abs(part) < _MAX_SIZE for part in parts) else None


def _of_two(left: int, operator: str, right: int) -> Number | None:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right if left * right < _MAX_SIZE else None
    if not right:
        return None
    return left // right if left % right == 0 else Fraction(left, right)


@dataclass(frozen=True, slots=True)
class Carried:
    """A step as it is done with the values found so far.

    Attributes:
        expression: the calculation, with those values.
        value: its result; where it has none (a division by zero, the root of 40), `possible` is False and the value
            is the gold one, which nobody can get from there.
        operands: the values of its numbers, in the order of the text.
        possible: whether the calculation can be done.
    """

    expression: str
    value: Number
    operands: tuple[Number, ...]
    possible: bool


def carry(step: PlainStep, found: Sequence[Number]) -> Carried:
    """The step done with the values that the steps before it have given, right or wrong.

    >>> step = PlainStep("change", "59 - 38", 21, (Operand(0, 2, 59, None), Operand(5, 7, 38, 0)))
    >>> carry(step, [48]).expression, carry(step, [48]).value
    ('59 - 48', 11)
    """
    changed: list[Number | None] = []
    for operand in step.operands:
        now = operand.value if operand.source is None else found[operand.source]
        changed.append(None if now == operand.value else now)
    operands = tuple(
        operand.value if value is None else value for operand, value in zip(step.operands, changed, strict=True)
    )
    if changed.count(None) == len(changed):
        return Carried(step.expression, step.value, operands, True)
    expression = with_values(step, changed)
    value = value_of(expression)
    return Carried(expression, step.value if value is None else value, operands, value is not None)
