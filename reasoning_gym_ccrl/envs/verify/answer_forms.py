"""What an answer states: a number, a formula, a set, a point, an interval, an equation, a matrix, a time, words.

`answer_reading.read_form` gives every text one of these forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .algebra_reader import Node
from .answer_algebra import Reading, read_expression
from .answer_numbers import Amount, read_amount
from .answer_trees import rational_value
from .tokens import ExpressionError, Number


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula in its readings, its value where it is a rational number, and the unit after it."""

    reading: Reading
    value: Number | None = None
    unit: str = ""

    @property
    def tree(self) -> Node:
        return self.reading.tree


@dataclass(frozen=True, slots=True)
class Group:
    """Several things: "set" in braces, "list" bare, "point" in round and "row" in square brackets."""

    kind: Literal["set", "list", "point", "row"]
    items: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; None is infinite."""

    low: Value | None
    high: Value | None
    has_low: bool
    has_high: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A union of intervals, of values of `name` where an inequality says so."""

    intervals: tuple[Interval, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """Two sides. `name`: the one that the equation gives a value, "x" in "x = 5", "" where it does not."""

    left: Form
    right: Form
    name: str = ""

    @property
    def value(self) -> Form:
        return self.right


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value with words before it, "the area = 9"; `holds` is False where "12 - 3 = 8" contradicts itself."""

    value: Form
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Assignment:
    """Values of several names."""

    values: tuple[tuple[str, Form], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries."""

    rows: tuple[tuple[Form, ...], ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes; `half` is "am", "pm" or "" where it is not said."""

    minutes: int
    half: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """Parts of a whole, 2:3."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Text that is no mathematics, or none that could be read."""

    text: str


Value = Amount | Expression
Form = Amount | Expression | Group | Span | Equation | Labelled | Assignment | Matrix | Clock | Ratio | Words

_LETTERS = re.compile(r"[A-Za-z]{1,4}")
_MATHEMATICS = re.compile(r"[\d\\^=<>≤≥∈∪∞±∅+*/|{}√π°\-−–×·÷]")


# -- values ------------------------------------------------------------------------------------------------------------


def value_of(text: str) -> Value | None:
    """A number or an expression, or None."""
    amount = read_amount(text)
    return amount if amount is not None else formula_of(text)


def formula_of(text: str) -> Expression | None:
    """An expression, or None."""
    if not _MATHEMATICS.search(text) and len(text) > 1:
        return None
    try:
        reading = read_expression(text)
        return Expression(reading, rational_value(reading.tree))
    except ExpressionError:
        return None


def as_product(form: Form) -> Form:
    """A run of a few letters as the product of names that it is in mathematics, "xy"; any other form as it is."""
    if not isinstance(form, Words) or not _LETTERS.fullmatch(form.text):
        return form
    try:
        return Expression(read_expression(" ".join(form.text)))
    except ExpressionError:
        return form


def stated(form: Form) -> Form:
    """What a form gives as its value: the 5 of "x = 5" and of "the area = 5"."""
    while isinstance(form, Equation | Labelled):
        if isinstance(form, Equation) and not form.name:
            return form
        if isinstance(form, Labelled) and not form.holds:
            return Words("")
        form = form.value
    return form


def as_span(group: Group) -> Span | None:
    """The interval that a pair in brackets could be, else None."""
    if len(group.items) != 2 or group.kind not in ("point", "row"):
        return None
    low, high = group.items
    if not isinstance(low, Value) or not isinstance(high, Value):
        return None
    return Span((Interval(low, high, group.kind == "row", group.kind == "row"),))


def names_in(expression: Expression) -> frozenset[str]:
    """The names in a formula; e, i and pi are none."""
    return _names(expression.tree) - {"e", "i", "pi"}


def _names(tree: Node) -> frozenset[str]:
    found = frozenset({tree.name}) if tree.kind == "name" else frozenset()
    return found.union(*(_names(part) for part in tree.parts))
