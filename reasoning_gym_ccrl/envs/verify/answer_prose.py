"""The one number that prose states: "She makes $18 every day", "12 - 3 = 9 apples are left"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from ...types import Verdict
from .answer_units import may_be_left_out, unit_of
from .equations import MAX_FAILURES
from .expression import parse_side
from .parser import Side, can_start
from .tokens import ExpressionError, Number, Token, tokenize
from .words import CHANGES_BEFORE, CHANGES_NEXT, NUMBER_WORDS, PERCENT_WORDS, SCALES

UNREADABLE = re.compile(
    r"\\(?![dt]?frac|\$|%|times|cdot|div|text|left|right|[,;!{} ])|[√π∞±]|\d!"
    r"|\b(?:sqrt|log|ln|sin|cos|tan|pi|choose)\b",
    re.I,
)
_CHANGES_NEXT = CHANGES_NEXT - {"by", "over", "times", "plus"}
_CHANGES_LAST = CHANGES_BEFORE | frozenset({"minus", "plus", "choose", "‰"}) - {"to"}
_NEGATION = re.compile(
    r"(?<!<)[<](?!<)|(?<!>)[>](?!>)|[≠≤≥]|\\(?:neq?|[lg]eq?|[lg]t)\b|n['’]t\b"
    r"|\b(?:not|never|neither|nor|cannot|wrong|incorrect|(?:less|more|greater|fewer|other) than|or (?:more|less))\b",
    re.I,
)


class Match(NamedTuple):
    """The verdict on an answer, why, and the value it states (None where it is no single number)."""

    verdict: Verdict
    reason: str
    value: Number | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a text states: its numbers, in order, and whether they say one single value."""

    values: tuple[Number, ...]
    is_single: bool
    is_worked_out: bool
    unit: str
    contradiction: bool = False
    is_changed: bool = False


def match_prose(gold: Number, unit: str, text: str, *, worked_out: bool) -> Match:
    """Whether prose states a number. A number is stated where there is one alone, or where a chain ends in it."""
    stated = _read(text)
    if stated is None:
        if UNREADABLE.search(text) or any(char.isdigit() for char in text):
            return Match(Verdict.UNCHECKED, "The answer holds mathematics that could not be read.")
        return Match(Verdict.INCORRECT, "The answer states no number.")
    if stated.contradiction:
        return Match(Verdict.INCORRECT, "The answer is an equation that does not hold.")
    if not stated.is_single:
        if gold in stated.values:
            return Match(Verdict.UNCHECKED, "The answer holds several numbers and does not say which one it means.")
        return Match(Verdict.INCORRECT, "None of the numbers in the answer is the answer.")
    value = stated.values[-1]
    if _NEGATION.search(text):
        return Match(Verdict.UNCHECKED, "The answer says what it is not, or a bound of it.", value)
    if stated.is_changed:
        return Match(Verdict.UNCHECKED, "What stands beside the number may change it.", value)
    if (value != gold or worked_out) and UNREADABLE.search(text):
        return Match(Verdict.UNCHECKED, "The answer holds mathematics that could not be read.", value)
    if value != gold:
        return Match(Verdict.INCORRECT, f"The answer is not {shown(value)}.", value)
    if worked_out and not stated.is_worked_out:
        return Match(Verdict.INCORRECT, "The answer must be worked out to one number.", value)
    if not may_be_left_out(unit) and not set(unit_of(unit)[0]) <= set(unit_of(stated.unit)[0]):
        return Match(Verdict.UNCHECKED, f"The number is right; its unit, {unit[:20]!r}, was not checked.")
    return Match(Verdict.CORRECT, f"{shown(value)} is the answer.", value)


@lru_cache(maxsize=4_096)
def _read(text: str) -> _Stated | None:
    """What a text states, or None where it states no number, or names too many things to say which."""
    try:
        tokens = tokenize(text)
    except ExpressionError:
        return None
    numbers: list[Side] = []
    words: list[str] = []
    equals_before_last = False
    i = failures = 0
    while i < len(tokens) and failures < MAX_FAILURES:
        starts = can_start(tokens, i)
        side = parse_side(tokens, i) if starts else None
        failures += starts and side is None
        if side is not None:
            numbers.append(side)
            words += [token.text.lower() for token in tokens[side.start : side.end] if token.kind == "word"]
            i = max(side.end, i + 1)
            continue
        token = tokens[i]
        if token.kind == "word":
            number = NUMBER_WORDS.get(token.text.lower())
            if number is not None and not numbers:
                numbers.append(Side(number, [number], start=i, end=i + 1))
            else:
                words.append(token.text.lower())
        elif token.kind in ("equals", "approx"):
            equals_before_last = True
        i += 1
        while not starts and _is_sign(token) and i < len(tokens) and _is_sign(tokens[i]):
            i += 1  # where no number starts at the first of many signs, none starts at the others
    if not numbers:
        return None
    return _state(tokens, numbers, words, equals_before_last)


def _is_sign(token: Token) -> bool:
    return token.kind == "currency" or (token.kind == "operator" and token.text in "+-")


def _state(tokens: list[Token], numbers: list[Side], words: list[str], has_equals: bool) -> _Stated:
    values = tuple(side.value for side in numbers)
    last = numbers[-1]
    single = len(numbers) == 1
    contradiction = False
    if has_equals and not single:
        equals = [i for i, token in enumerate(tokens) if token.kind in ("equals", "approx")]
        chained = all(side.end in equals for side in numbers[:-1])
        contradiction = chained and len(set(values)) > 1
        single = chained and not contradiction
    unit = " ".join(word for word in words if word not in SCALES and word not in PERCENT_WORDS)
    return _Stated(values, single, _is_worked_out(tokens, last), unit, contradiction, _is_changed(tokens, last))


def _is_changed(tokens: list[Token], side: Side) -> bool:
    """Whether a word or a sign beside a number may change it: "half of 12", "12 squared", "12/"."""
    before = [token.text.lower() for token in tokens[max(side.start - 2, 0) : side.start]]
    if before and (before[-1] in _CHANGES_NEXT or (before[-1] == "of" and before[0] in _CHANGES_NEXT)):
        return True
    if side.start and tokens[side.start - 1].kind == "operator" and tokens[side.start].tight:
        return True
    if side.end >= len(tokens):
        return False
    after = tokens[side.end]
    return after.text.lower() in _CHANGES_LAST or (after.kind == "operator" and after.tight)


def _is_worked_out(tokens: list[Token], side: Side) -> bool:
    """Whether nothing is left to work out: a number, or a fraction in lowest terms."""
    if side.operators == 0:
        return True
    if side.operators == 1 and isinstance(side.value, Fraction):
        pieces = [token for token in tokens[side.start : side.end] if token.kind == "number"]
        is_division = any(token.text in ("/", "") for token in tokens[side.start : side.end]) or any(
            token.kind == "frac" for token in tokens[side.start : side.end]
        )
        written = sorted(token.text for token in pieces)
        return is_division and written == sorted((str(abs(side.value.numerator)), str(side.value.denominator)))
    return False


def shown(value: Number) -> str:
    """A number in a reason: in full where it is short."""
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    return str(value) if bits <= 130 else f"a number of about {bits * 3 // 10} digits"
