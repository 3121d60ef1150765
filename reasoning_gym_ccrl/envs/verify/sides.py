"""One side of an equation, and the usual ways to read one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .tokens import Number, Token

_STARTS = frozenset({"number", "open", "glyph", "frac", "function", "constant", "binom"})


class Mode(Enum):
    """How percent signs, words of size and units are read; PLAIN first, the others as second chances."""

    PLAIN = 0  # 20% is 1/5; 3 dozen is 36; units have no size
    AS_UNITS = 1  # 20% is 20 (per cent); 3 dozen is 3 (dozens)
    RELATIVE = 2  # 50 + 20% is 60
    BASE_UNITS = 3  # 3 hours is 10,800 (seconds)
    CLOSE_FRACTIONS = 4  # 2 / 1/5 is 10: what is written close together binds first
    PI_AS_3_14 = 5
    PI_AS_22_7 = 6
    PI_AS_3_1416 = 7


@dataclass(slots=True)
class Side:
    """One side of an equation, as read from tokens[start:end].

    Attributes:
        value: its exact value.
        operands: the numbers written in it, percent and words of size applied, signs not.
        operators: how many operations it holds; 0 is a number by itself.
        decimals: digits after the point where it is a number by itself, for rounding.
        step: the value of one unit of its last digit where it is a number by itself, else 0.
        sure: False where the words around it leave the reading open, so that it may confirm but never refute.
        percent: whether it holds a percent sign.
        units: the known unit words in it.
        parts: values of bracketed parts, which later steps may use.
    """

    value: Number
    operands: list[Number] = field(default_factory=list)
    operators: int = 0
    step: Number = 0
    sure: bool = True
    percent: bool = False
    units: list[str] = field(default_factory=list)
    parts: list[Number] = field(default_factory=list)
    start: int = 0
    end: int = 0


def can_start(tokens: list[Token], index: int) -> bool:
    """Whether an operand may start here: a number, a bracket, a currency sign, or signs before one of them."""
    while index < len(tokens):
        kind, text = tokens[index][:2]
        if kind in _STARTS:
            return True
        if kind != "currency" and not (kind == "operator" and text in "+-"):
            return False
        index += 1
    return False


@dataclass(slots=True)
class Chain:
    """Sides that one text joins with "=", in order, and the name before them ("" where there is none)."""

    name: str
    sides: list[Side]
    text: str = ""
    tokens: list[Token] = field(default_factory=list)
    approximate: bool = False
    modulus: int = 0  # of a congruence, "17 = 2 (mod 5)"
