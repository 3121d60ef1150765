"""What a small network sees of a candidate step: numbers read off the question, the steps so far, and the candidate.

`candidate_features(question, history, candidate)` is a pure function of three texts. It cannot see the gold path, the
verdict or which candidate is right, and it does not work out whether an equation holds. What it offers is what a
person checks at a glance: are the numbers known, is the result odd where it should be even, is it about as large as it
should be, do the words of the question speak of this operation. Each such hint misses errors, and some
are wrong about right steps: how sure to be is what is left to learn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .problems.plain_steps import LITERAL
from .verify.expression import parse_number
from .verify.quantities import given_in
from .verify.tokens import Number, magnitude

OPERATORS = ("+", "-", "*", "/")

_CUES = {
    "+": "add added addition all altogether another both combined extra more plus sum together total too",
    "-": "absent away change difference fewer gives left less lost minus off reduced remain still subtract",
    "*": "area double each every multiplied of per product rows times triple twice",
    "/": "average divide divided equal equally half parts quotient rate ratio share shared split team teams",
}
CUE_WORDS = {operator: frozenset(words.split()) for operator, words in _CUES.items()}
"""Words of a question that speak of an operation: a fixed list, deliberately short."""

_CONTEXT = (
    "answer due",
    "steps so far",
    "numbers given",
    "numbers not used yet",
    *(f"cues for {operator}" for operator in OPERATORS),
    "worst parity so far",
    "worst size so far",
    "worst sign so far",
    "worst cue so far",
    "worst known so far",
    "worst chain so far",
)
_CANDIDATE = (
    *(f"operator {operator}" for operator in OPERATORS),
    "other operation",
    "size of the first number",
    "size of the last number",
    "size of the result",
    "result is negative",
    "result is whole",
    "result was seen before",
    "parity",
    "rough size",
    "sign in the question",
    "cue in the question",
    "numbers are known",
    "goes on from the last result",
    "number used again",
    "states the last result",
)
FEATURES = _CONTEXT + _CANDIDATE
"""The names of a candidate's features, in order; the first ones are the same for all candidates of a step."""

CONTEXT_FEATURES = len(_CONTEXT)

_ANSWER = re.compile(r"<answer>(.*)</answer>", re.DOTALL)
_WORD = re.compile(r"[a-z]+")
_SPACED_OPERATOR = re.compile(r" ([-+*/]) ")
_OTHER_OPERATION = re.compile(r"\^|!|\bmod\b|[A-Za-z]+\(", re.ASCII)
_STANDING_SIGN = re.compile(r"(?<=[\d)%]) ([-+*/]) (?=[\d(-])")
_LARGEST_LOG = 6.0  # a million and more look alike


@dataclass(frozen=True, slots=True)
class _Line:
    """A step or an answer as it is read: the numbers and operators before the last "=", and the number after it."""

    is_answer: bool
    operators: tuple[str, ...]
    has_other: bool
    operands: tuple[Number, ...]
    value: Number | None


@dataclass(frozen=True, slots=True)
class _Context:
    """What question and history say: computed once for all candidates of a step."""

    features: tuple[float, ...]
    cues: tuple[float, ...]
    signs: tuple[int, ...]
    given: frozenset[Number]
    numbers: frozenset[Number]
    results: tuple[Number, ...]
    used: frozenset[Number]
    worst: tuple[float, ...]


def candidate_features(question: str, history: Sequence[str], candidate: str) -> NDArray[np.float32]:
    """One candidate as numbers in [-1, 1].

    Args:
        question: the problem's question.
        history: the texts of the steps so far, oldest first.
        candidate: the text of a step, "cost = 2 * 19 = 38", or "<answer>38</answer>".

    Returns:
        float32, one number for each of `FEATURES`.

    >>> seen = candidate_features("2 apples at 19 dollars each. What is the cost?", (), "cost = 2 * 19 = 39")
    >>> [float(seen[FEATURES.index(name)]) for name in ("parity", "rough size", "cue in the question")]
    [-1.0, 1.0, 1.0]
    """
    return candidates_features(question, history, (candidate,)).ravel()


def candidates_features(question: str, history: Sequence[str], candidates: Sequence[str]) -> NDArray[np.float32]:
    """`candidate_features` of several at once: float32, (candidates, features)."""
    context = _context_of(question, tuple(history))
    due = float(bool(candidates) and candidates[0].startswith("<answer>"))
    rows = [(due, *context.features, *_of_line(context, _read(text))) for text in candidates]
    return np.array(rows, dtype=np.float32)


@lru_cache(maxsize=16_384)
def _read(text: str) -> _Line:
    answer = _ANSWER.fullmatch(text)
    if answer:
        return _Line(True, (), False, (), parse_number(answer[1]))
    before, _, result = text.rpartition(" = ")
    expression = before.rpartition(" = ")[2]
    numbers = (parse_number(match[0]) for match in LITERAL.finditer(expression))
    return _Line(
        False,
        tuple(dict.fromkeys(_SPACED_OPERATOR.findall(expression))),
        _OTHER_OPERATION.search(expression) is not None,
        tuple(number for number in numbers if number is not None),
        parse_number(result),
    )


@lru_cache(maxsize=4_096)
def _context_of(question: str, history: tuple[str, ...]) -> _Context:
    if not history:
        return _opening(question)
    before = _context_of(question, history[:-1])
    line = _read(history[-1])
    worst = tuple(map(min, before.worst, _hints(before, line)))
    signs = tuple(left - (operator in line.operators) for left, operator in zip(before.signs, OPERATORS, strict=True))
    results = before.results if line.value is None else (*before.results, line.value)
    used = before.used | {magnitude(number) for number in line.operands}
    return _with_features(before.cues, signs, before.given, before.numbers, results, used, worst, len(history))


def _opening(question: str) -> _Context:
    words = set(_WORD.findall(question.lower()))
    cues = tuple(min(len(words & CUE_WORDS[operator]), 3) / 3 for operator in OPERATORS)
    found = _STANDING_SIGN.findall(question)
    signs = tuple(found.count(operator) for operator in OPERATORS) if found else ()
    numbers = frozenset(
        magnitude(number) for match in LITERAL.finditer(question) if (number := parse_number(match[0])) is not None
    )
    worst = (1.0,) * 6
    return _with_features(cues, signs or _NO_SIGNS, given_in(question), numbers, (), frozenset(), worst, 0)


_NO_SIGNS = (1_000,) * 4  # a question in words: no sign is missing in it


def _with_features(
    cues: tuple[float, ...],
    signs: tuple[int, ...],
    given: frozenset[Number],
    numbers: frozenset[Number],
    results: tuple[Number, ...],
    used: frozenset[Number],
    worst: tuple[float, ...],
    steps: int,
) -> _Context:
    unused = len(numbers - used) / len(numbers) if numbers else 0.0
    features = (min(steps / 8, 1.0), min(len(numbers) / 8, 1.0), unused, *cues, *worst)
    return _Context(features, cues, signs, given, numbers, results, used, worst)


def _of_line(context: _Context, line: _Line) -> tuple[float, ...]:
    """The features of a candidate itself."""
    value, operands = line.value, line.operands
    last = context.results[-1] if context.results else None
    seen = value is not None and (value in context.results or magnitude(value) in context.numbers)
    parity, size, sign, cue, known, chain = _hints(context, line)
    again = any(magnitude(number) in context.used and number not in context.results for number in operands)
    return (
        *(float(operator in line.operators) for operator in OPERATORS),
        float(line.has_other),
        _log_size(operands[0]) if operands else 0.0,
        _log_size(operands[-1]) if operands else 0.0,
        0.0 if value is None else _log_size(value),
        float(value is not None and value < 0),
        float(value is not None and value.denominator == 1),
        float(seen),
        parity,
        size,
        sign,
        cue,
        known,
        chain,
        float(again),
        float(line.is_answer and value == last),
    )


def _hints(context: _Context, line: _Line) -> tuple[float, float, float, float, float, float]:
    """What speaks for a line (1), against it (-1), or for neither (0): parity, size, sign, cue, known, chain."""
    if line.is_answer:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    known = all(magnitude(number) in context.given or number in context.results for number in line.operands)
    chain = 0.0
    if context.results:
        chain = 1.0 if context.results[-1] in line.operands else -1.0
    return (*_sums(line), _sign(context, line), _cue(context, line), 1.0 if known else -1.0, chain)


def _sums(line: _Line) -> tuple[float, float]:
    """Parity and rough size of a calculation of two numbers; 0 for any other."""
    value = line.value
    if value is None or len(line.operands) != 2 or len(line.operators) != 1 or line.has_other:
        return 0.0, 0.0
    operator, (left, right) = line.operators[0], line.operands
    parity = 0.0
    if left.denominator == right.denominator == value.denominator == 1:
        even = (left * right - value, value * right - left, left + right - value)
        parity = -1.0 if even["*/".find(operator)] % 2 else 1.0
    rough = _rough(_one_digit(left), operator, _one_digit(right))
    if rough == 0.0:
        return parity, 0.0
    return parity, 1.0 if 0.5 <= float(value) / rough <= 2.0 else -1.0


def _rough(left: float, operator: str, right: float) -> float:
    if operator == "/":
        return left / right if right else 0.0
    if operator == "*":
        return left * right
    return left + right if operator == "+" else left - right


def _one_digit(number: Number) -> float:
    """The number as one rounds it to reckon in the head: one digit, then zeros."""
    size = float(number)
    unit = 10.0 ** math.floor(math.log10(abs(size))) if size else 1.0
    return round(size / unit) * unit


def _sign(context: _Context, line: _Line) -> float:
    """Whether the question's own signs, less those that were used, hold the candidate's; 0 for a question in words."""
    if context.signs[0] > 500 or not line.operators:
        return 0.0
    left = [context.signs[OPERATORS.index(operator)] for operator in line.operators]
    return 1.0 if min(left) > 0 else -1.0


def _cue(context: _Context, line: _Line) -> float:
    """Whether words of the question speak of the candidate's operation (1), of others alone (-1), or of none (0)."""
    if not line.operators or not any(context.cues):
        return 0.0
    return 1.0 if any(context.cues[OPERATORS.index(operator)] for operator in line.operators) else -1.0


def _log_size(number: Number) -> float:
    return min(math.log10(1.0 + abs(float(number))) / _LARGEST_LOG, 1.0)
