"""Exact values of untrusted arithmetic: an own parser, on integers and fractions.

Nothing is handed to `eval`, `ast` or sympy. Caps on characters, digits, nesting, exponents and the size of values
bound the time, so that hostile text costs microseconds to a few milliseconds and ends in an `ExpressionError`.

Two ways of reading share the parser: *strict* (`evaluate`: the whole text is one expression) and *prose*
(`parse_side`: the longest expression from a given token, unit words allowed, as in "3 bags * 4 apples").
"""

from __future__ import annotations

from functools import lru_cache

from .parser import Mode, Parser, Side
from .tokens import ExpressionError, Number, Token, tokenize


@lru_cache(maxsize=4_096)
def evaluate(text: str) -> Number:
    """The exact value of one whole arithmetic expression.

    Raises:
        ExpressionError: for anything else, a division by zero, or text beyond the caps.

    >>> evaluate("2 × (3 + ½)"), evaluate("1,200 / 7"), evaluate("20% * 50")
    (7, Fraction(1200, 7), 10)
    """
    tokens = tokenize(text)
    side = Parser(tokens, 0, prose=False).read()
    if side.end != len(tokens):
        raise ExpressionError(f"An expression ends where its text ends; left over: {tokens[side.end].text[:20]!r}.")
    return side.value


def parse_number(text: str) -> Number | None:
    """The value of text that is an expression, or None where it is none.

    >>> parse_number("3/4"), parse_number("three")
    (Fraction(3, 4), None)
    """
    if len(text) <= 18 and text.isascii() and text.isdigit():  # nearly all of ours
        return int(text)
    try:
        return evaluate(text)
    except ExpressionError:
        return None


def parse_side(tokens: list[Token], start: int, mode: Mode = Mode.PLAIN) -> Side | None:
    """The longest expression that starts at a token of prose, or None where none does, or where one operand is a name.

    Raises nothing: what is beyond the caps, or divides by zero, is None too.
    """
    try:
        return Parser(tokens, start, prose=True, mode=mode).read()
    except ExpressionError:
        return None
