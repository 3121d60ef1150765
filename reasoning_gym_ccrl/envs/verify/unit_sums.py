"""Calculations in which every number has a unit, worked out with the units: 4 feet - 40 inches is 8 inches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from .letter_chains import ANNOTATION
from .tokens import ExpressionError, Token, magnitude, read_number, tokenize
from .words import CHANGES_BEFORE, CHANGES_NEXT, CLAUSE_WORDS, KNOWN_UNITS, MODIFIERS, PERCENT_WORDS, WORD_OPERATORS

MAX_SIGNS = 24  # of equality that are read in one line
MAX_STARTS = 12  # places where a left side is tried to begin
MAX_PIECES = 80  # tokens before a sign
MAX_TERMS = 16
MAX_WORDS = 8  # that describe a quantity

_WORD = re.compile(r"[a-z]+|[$¢]")
_TOLERANCE = Fraction(1, 100)  # of the largest term, where a number with a point takes part
# Words that may not stand after a quantity in a sum: they change what is added.
_CHANGING = (MODIFIERS | CHANGES_BEFORE | frozenset({"per", "each", "every", "a", "an", "apiece"})) - {"to"}


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A sum, product or quotient of quantities.

    Attributes:
        size: in the base units of its dimensions, whose powers are `dimensions`.
        largest: the size of the largest term.
        is_rough: whether a number with a point stands in it.
        units: the different units in it.
        end: the token after it.
    """

    size: Fraction
    dimensions: Mapping[str, int]
    largest: Fraction
    is_rough: bool
    units: frozenset[str]
    end: int

    def plus(self, other: _Quantity, sign: int = 1) -> _Quantity:
        return replace(
            other,
            size=self.size + sign * other.size,
            largest=max(self.largest, other.largest),
            is_rough=self.is_rough or other.is_rough,
            units=self.units | other.units,
        )

    def times(self, other: _Quantity, power: int) -> _Quantity:
        """The product (power 1) or the quotient (-1)."""
        size = self.size * other.size if power > 0 else self.size / other.size
        names = self.dimensions.keys() | other.dimensions.keys()
        powers = {name: self.dimensions.get(name, 0) + power * other.dimensions.get(name, 0) for name in sorted(names)}
        dimensions = {name: exponent for name, exponent in powers.items() if exponent}
        rough = self.is_rough or other.is_rough
        return _Quantity(size, dimensions, abs(size), rough, self.units | other.units, other.end)


def refute_unit_sum(text: str) -> str | None:
    """Why a calculation with units in a step is false, or None.

    It proves that a sum or difference of quantities of one dimension is not the quantity that is stated, or that a rate
    times a quantity, or one quantity by another, is not (50 km/hr * 3 days = 150 km), where each number has a unit.
    It cannot prove anything where one number has none, for that may be a conversion (2 hours * 60 = 120 minutes).

    >>> refute_unit_sum("4 feet - 40 inches = 12 inches")
    '4 feet - 40 inches = 12 inches does not hold when it is worked out with the units.'
    >>> refute_unit_sum("4 feet - 40 inches = 8 inches"), refute_unit_sum("3 days * 24 = 72 hours")
    (None, None)
    """
    for line in text.splitlines():
        if "=" not in line or sum(word in KNOWN_UNITS for word in _WORD.findall(line.lower())) < 3:
            continue
        line = ANNOTATION.sub("", line)
        try:
            tokens = tokenize(line)
        except ExpressionError:
            continue
        if reason := _refute(line, tokens):
            return reason
    return None


def _refute(line: str, tokens: list[Token]) -> str | None:
    signs = [index for index, token in enumerate(tokens) if token.text == "="][:MAX_SIGNS]
    for position, sign in enumerate(signs):
        low = signs[position - 1] + 1 if position else 0
        end = signs[position + 1] if position + 1 < len(signs) else len(tokens)
        right = _read(tokens, sign + 1, end)
        if right is None or not _is_complete(tokens, right.end, end):
            continue
        start, left = _read_left(tokens, max(low, sign - MAX_PIECES), sign)
        if left is None or left.dimensions != right.dimensions or len(left.units | right.units) < 2:
            continue
        lead = _read_one(tokens, sign + 1, end)
        if lead is not None and (lead.size, lead.dimensions) == (left.size, left.dimensions):
            continue  # "7 * 60 seconds = 420 seconds + 23 seconds": what is meant is "and then"
        limit = max(left.largest, right.largest) * _TOLERANCE if left.is_rough or right.is_rough else 0
        if magnitude(left.size - right.size) > limit:
            quote = " ".join(line[tokens[start].start : tokens[right.end - 1].end].split())
            quote = quote if len(quote) <= 80 else f"{quote[:79]}…"
            return f"{quote} does not hold when it is worked out with the units."
    return None


def _read_left(tokens: list[Token], low: int, sign: int) -> tuple[int, _Quantity | None]:
    """Where the calculation that ends at tokens[sign] begins, and what it comes to."""
    tried = 0
    for start in range(low, sign):
        if tokens[start].kind not in ("number", "currency"):
            continue
        tried += 1
        if tried > MAX_STARTS:
            break
        found = _read(tokens, start, sign)
        if found is not None and found.end == sign:
            return start, found if _may_begin(tokens, start) else None
    return low, None


def _may_begin(tokens: list[Token], start: int) -> bool:
    """Whether what stands before a quantity leaves it whole: "a distance of 50 km", not "half of 50 km"."""
    if not start:
        return True
    before = tokens[start - 1]
    word = before.text.lower()
    if word == "of" and start > 1:
        owner = tokens[start - 2]
        return owner.kind == "word" and owner.text.lower() not in CHANGES_NEXT | CHANGES_BEFORE | PERCENT_WORDS
    if before.kind in ("operator", "number", "percent", "open", "close", "glyph"):
        return False
    return word not in CHANGES_NEXT | WORD_OPERATORS.keys() | {"and"}


def _is_complete(tokens: list[Token], index: int, end: int) -> bool:
    if index >= end:
        return True
    kind, text = tokens[index][:2]
    if kind == "word":
        return text.lower() not in _CHANGING
    return kind == "close" or (kind == "other" and text in ".,;")


def _read(tokens: list[Token], start: int, end: int) -> _Quantity | None:
    """A sum of quantities, or a product or quotient of two, from tokens[start]."""
    total = first = _read_compound(tokens, start, end)
    terms = 1
    while total is not None and total.end < end and tokens[total.end].text in ("+", "-") and terms < MAX_TERMS:
        term = _read_compound(tokens, total.end + 1, end)
        if term is None or term.dimensions != total.dimensions:
            return None
        total = total.plus(term, 1 if tokens[total.end].text == "+" else -1)
        terms += 1
    if total is None or total is not first or total.end >= end:
        return total
    sign = {"*": 1, "x": 1, "X": 1, "times": 1, "/": -1}.get(tokens[total.end].text, 0)
    if not sign:
        return total
    second = _read_compound(tokens, total.end + 1, end)
    return None if second is None or (sign < 0 and not second.size) else total.times(second, sign)


def _read_compound(tokens: list[Token], start: int, end: int) -> _Quantity | None:
    """One quantity with the words that describe it: "11 hours and 20 minutes", "30 minutes to bake the cake"."""
    total = _read_one(tokens, start, end)
    if total is None:
        return None
    while total.end < end:
        more = _read_one(tokens, total.end + (tokens[total.end].text.lower() == "and"), end)
        if more is None or more.dimensions != total.dimensions or more.size >= total.size:
            break
        total = total.plus(more)
    index = total.end
    while index < end and tokens[index].kind == "word" and index - total.end < MAX_WORDS:
        word = tokens[index].text.lower()
        if word in _CHANGING or word in CLAUSE_WORDS or word in WORD_OPERATORS:
            break
        index += 1
    if index < len(tokens) and tokens[index].kind in ("operator", "equals"):
        return replace(total, end=index)
    return total


def _read_one(tokens: list[Token], start: int, end: int) -> _Quantity | None:
    """A number with its unit: "40 inches", "$12", "50 km/hr", "440 feet per minute"."""
    is_money = start < end and tokens[start].text == "$"
    index = start + is_money
    if index >= end or tokens[index].kind != "number":
        return None
    try:
        value, decimals = read_number(tokens[index].text)
    except ExpressionError:
        return None
    index += 1
    name = "$" if is_money else _unit(tokens, index, end)
    if not name:
        return None
    index += not is_money
    dimension, unit = KNOWN_UNITS[name]
    size = Fraction(value) * unit
    found = _Quantity(size, {dimension: 1}, size, decimals > 0, frozenset({name.rstrip("s")}), index)
    if index < end and tokens[index].text in ("/", "per") and (below := _unit(tokens, index + 1, end)):
        dimension, unit = KNOWN_UNITS[below]
        names = frozenset({below.rstrip("s")})
        return found.times(_Quantity(Fraction(unit), {dimension: 1}, Fraction(unit), False, names, index + 2), -1)
    return found


def _unit(tokens: list[Token], index: int, end: int) -> str:
    """The known unit at a place, "" where there is none; mph and its like are none, for they have no size here."""
    word = tokens[index].text.lower() if index < end and tokens[index].kind == "word" else ""
    return word if word in KNOWN_UNITS and KNOWN_UNITS[word][0] != "rate" else ""
