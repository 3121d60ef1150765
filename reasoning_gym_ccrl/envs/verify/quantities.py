"""The ledger of quantities: what the question gives, what the steps have derived, what the gold path holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ...types import GoldStep, Problem
from .equations import normal_name
from .expression import parse_number
from .parser import Parser, Side
from .tokens import ExpressionError, Number, Token, magnitude, tokenize
from .words import FACTORS, IMPLIED, NUMBER_WORDS, SCALES

_ALWAYS_GIVEN: frozenset[Number] = frozenset({0, 1})
_MAX_QUESTION_PIECES = 40
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_PLAIN_CALCULATION = re.compile(r"\d{1,18}(?: [-+*/] \d{1,18})+", re.ASCII)


@lru_cache(maxsize=4_096)
def given_in(question: str) -> frozenset[Number]:
    """The sizes of all numbers that a question gives: digits, fractions, words, percentages, and unit factors.

    >>> sorted(given_in("Two dozen eggs at $1.50 each"))
    [0, 1, Fraction(3, 2), 2, 12, 24, 100]
    """
    found: set[Number] = set(_ALWAYS_GIVEN)
    for start in range(0, min(len(question), 2_000 * _MAX_QUESTION_PIECES), 2_000):
        try:
            tokens = tokenize(question[start : start + 2_000])
        except ExpressionError:  # not reached: the pieces are within the cap
            continue
        _collect_numbers(tokens, found)
        found |= implied_by(tokens)
    return frozenset(found)


def _collect_numbers(tokens: list[Token], found: set[Number]) -> None:
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind in ("number", "glyph"):
            i = _collect_digits(tokens, i, found)
        elif token.kind == "word" and token.text.lower() in NUMBER_WORDS:
            i = _collect_words(tokens, i, found)
        else:
            i += 1


def _collect_digits(tokens: list[Token], i: int, found: set[Number]) -> int:
    """Adds a number in digits with what it may stand for: 20% is 20 and 1/5, 3/4 is 3, 4 and 3/4."""
    parser = Parser(tokens, i, prose=False)
    try:
        value = parser._literal()
    except ExpressionError:
        return i + 1
    end = parser.index
    found.add(magnitude(value))
    if parser.side.percent:
        found |= {magnitude(value) * 100, 100, 1 - value if value < 1 else 1 + value}
    if end > i + 1:
        found.add(magnitude(_number_alone(tokens[i])))
    if end + 1 < len(tokens) and tokens[end].text == "/" and tokens[end + 1].kind == "number":
        below = _number_alone(tokens[end + 1])
        if below:
            found |= {below, Fraction(value) / Fraction(below)}
        end += 2
    if end < len(tokens):
        unit = tokens[end].text.lower()
        if unit in ("cent", "cents", "¢"):
            found.add(Fraction(value) / 100)
        elif unit in ("minute", "minutes", "min", "mins", "minute-long"):
            found.add(Fraction(value) / 60)
    return end


def _number_alone(token: Token) -> Number:
    """The value of one number token by itself; 0 for what is too long to read."""
    value = parse_number(token.text)
    return 0 if value is None else value


def _collect_words(tokens: list[Token], i: int, found: set[Number]) -> int:
    """Adds a number in words: "twenty-five", "three hundred", "two-thirds"."""
    value: Number = NUMBER_WORDS[tokens[i].text.lower()]
    found.add(value)
    i += 1
    while i < len(tokens):
        word = tokens[i].text.lower()
        if tokens[i].text == "-":
            i += 1
            continue
        if word in NUMBER_WORDS and NUMBER_WORDS[word] < 10 and value >= 20 and value % 10 == 0:
            value += NUMBER_WORDS[word]
        elif word in SCALES:
            value *= SCALES[word]
        elif word in IMPLIED and (fraction := IMPLIED[word][-1]) and isinstance(fraction, Fraction):
            value *= fraction
        else:
            break
        found.add(value)
        i += 1
    return i


def implied_by(tokens: Iterable[Token]) -> set[Number]:
    """The numbers that words and units bring along: "half" 2 and 1/2, "week" 7, "%" 100."""
    found: set[Number] = set()
    for token in tokens:
        if token.kind in ("word", "percent", "currency"):
            word = token.text.lower()
            found.update(IMPLIED.get(word, ()))
            found.update(FACTORS.get(word, ()))
    return found


@dataclass(frozen=True, slots=True)
class GoldNode:
    """One gold step as numbers: its value, what it may be reached from, and its name ("" where it has none).

    `groups` has an entry for each operand: its size, or, where an earlier node gave it, those it may be replaced by.
    `reach_from` is all of them together, made once because every judged step asks for it.
    """

    value: Number
    groups: tuple[frozenset[Number], ...]
    reach_from: frozenset[Number]
    name: str


@lru_cache(maxsize=4_096)
def gold_nodes(solution: tuple[GoldStep, ...]) -> tuple[GoldNode | None, ...]:
    """The gold path as numbers; None stands for a node whose value is no number.

    A node may be reached from its own operands, or from those of the earlier nodes that it rests on; something must
    stand for each of its operands, or 3 / 3 = 1 would reach 2 - 1.
    """
    nodes: list[GoldNode | None] = []
    for step in solution:
        value = int(step.value) if _WHOLE.fullmatch(step.value) else parse_number(step.value)
        if value is None:
            nodes.append(None)
            continue
        operands = {magnitude(operand) for operand in _operands(step.expression)}
        groups = []
        for operand in operands:
            group = {operand}
            for earlier in nodes:
                if earlier is not None and magnitude(earlier.value) == operand:
                    group |= earlier.reach_from
            groups.append(frozenset(group))
        nodes.append(GoldNode(value, tuple(groups), frozenset().union(*groups), normal_name(step.name)))
    return tuple(nodes)


def _operands(expression: str) -> tuple[Number, ...]:
    if _PLAIN_CALCULATION.fullmatch(expression):  # nearly all of ours
        return tuple(int(piece) for piece in expression.split()[::2])
    try:
        tokens = tokenize(expression)
        side = Parser(tokens, 0, prose=False).read()
    except ExpressionError:
        return ()
    return tuple(side.operands)


class Ledger:
    """What may be used at this point of a solution. Sizes only: a sign is part of the calculation.

    The question is read when it is first needed, so that making one costs next to nothing.
    """

    __slots__ = ("_given", "_problem", "derived", "named")

    def __init__(self, problem: Problem):
        self._problem = problem
        self._given: frozenset[Number] | None = None
        self.derived: set[Number] = set()
        self.named: dict[str, Number] | None = None

    def names(self) -> dict[str, Number]:
        """The named quantities of the question, and the constants that need no saying: name -> value."""
        if self.named is None:
            self.named = {}
            for key in ("constants", "givens"):
                for name, text in (self._problem.metadata.get(key) or {}).items():
                    value = parse_number(str(text))
                    if value is not None:
                        self.named[normal_name(str(name))] = value
        return self.named

    @property
    def given(self) -> frozenset[Number]:
        if self._given is None:
            named = {magnitude(value) for value in self.names().values()}
            self._given = given_in(self._problem.question) | named
        return self._given

    def knows(self, operand: Number) -> bool:
        return operand in self.derived or operand in self.given

    def is_new(self, value: Number) -> bool:
        return not self.knows(magnitude(value))

    def unknown_in(self, side: Side, implied: Iterable[Number] = ()) -> Number | None:
        """The first operand that is neither given nor derived, or None where all are known."""
        for operand in side.operands:
            size = magnitude(operand)
            if size in self.derived or size in self.given or size in implied:
                continue
            if side.percent and self.knows(size * 100):
                continue
            return operand
        return None

    def add(self, value: Number) -> None:
        self.derived.add(magnitude(value))
