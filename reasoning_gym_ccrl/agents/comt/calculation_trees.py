"""Calculations as trees: shares of a whole put back together, and the constants of the world by name."""

from __future__ import annotations

from collections.abc import Iterator, Set
from fractions import Fraction

from ...envs.problems.data_equations import Node
from .phrase_words import singular

_CONVERSIONS: dict[int, tuple[tuple[str, str], ...]] = {
    3: (("yard", "feet"),),
    4: (("month", "weeks"), ("gallon", "quarts"), ("dollar", "quarters")),
    7: (("week", "days"),),
    10: (("decade", "years"),),
    12: (("year", "months"), ("foot", "inches")),
    16: (("pound", "ounces"),),
    24: (("day", "hours"),),
    30: (("month", "days"),),
    52: (("year", "weeks"),),
    60: (("hour", "minutes"), ("minute", "seconds")),
    100: (("dollar", "cents"), ("meter", "centimeters")),
    128: (("gallon", "ounces"),),
    365: (("year", "days"),),
    1000: (("kilogram", "grams"), ("kilometer", "meters"), ("liter", "milliliters"), ("kg", "grams"), ("km", "meters")),
    2000: (("ton", "pounds"),),
    5280: (("mile", "feet"),),
}
"""How many of the smaller unit make the larger one."""

_TELLING = frozenset({7, 12, 24, 52, 60, 365})  # numbers that are hardly anything else beside one of their units


def with_parts(node: Node, parts: frozenset[Fraction]) -> Node:
    """The tree where "20/100", "50 * 20 / 100" and "40 * 1/10" have as one number the part that the question has.

    1.2 becomes 1 + 0.2 where the question has 20%, and 0.8 becomes 1 - 0.2.
    """
    if not node.operator:
        change = node.value - 1
        if node.value in parts or change not in {part * sign for part in parts for sign in (1, -1)}:
            return node
        return Node(node.value, "+" if change > 0 else "-", (Node(Fraction(1)), Node(abs(change))))
    left, right = (with_parts(part, parts) for part in node.operands)
    if node.operator == "/" and not right.operator and right.value:
        changed = _divided(left, right.value, parts)
        if changed is not None:
            return changed
    if node.operator == "*":
        for one, other in ((left, right), (right, left)):
            if not one.operator and one.value == Fraction(1, 100):
                changed = _divided(other, Fraction(100), parts)
                if changed is not None:
                    return changed
    return Node(node.value, node.operator, (left, right))


def _divided(node: Node, by: Fraction, parts: frozenset[Fraction]) -> Node | None:
    """A product divided, where one of its numbers becomes one of the parts by it; None where none does."""
    if not node.operator:
        return Node(node.value / by) if node.value / by in parts and node.value / by != node.value else None
    if node.operator != "*":
        return None
    left, right = node.operands
    if (changed := _divided(right, by, parts)) is not None:
        return Node(node.value / by, "*", (left, changed))
    if (changed := _divided(left, by, parts)) is not None:
        return Node(node.value / by, "*", (changed, right))
    return None


def leaves_of(node: Node) -> Iterator[Fraction]:
    """The numbers of a calculation in the order in which they are written."""
    if not node.operator:
        yield node.value
    for part in node.operands:
        yield from leaves_of(part)


def constant_name(value: Fraction, words: Set[str], others: Set[str], parent: Node | None, *, has_percent: bool) -> str:
    """What a number of the world is called, "days per week" or "whole"; "" where it is none.

    Args:
        value: the number.
        words: those of its sentence, in the singular.
        others: what the other numbers of the calculation count; hours times 60 are minutes, minutes by 60 are hours.
        parent: the operation that it is part of.
        has_percent: whether the question has a percentage, of which 100 is the whole.

    >>> constant_name(Fraction(60), {"hour", "minute"}, {"minute"}, Node(Fraction(2), "/"), has_percent=False)
    'minutes per hour'
    """
    by = parent is not None and parent.operator == "/"
    if parent is not None and parent.operator in "*/" and value.denominator == 1:
        units = _CONVERSIONS.get(int(value), ())
        both = [pair for pair in units if {pair[0], singular(pair[1])} <= words | others]
        beside = [pair for pair in units if (singular(pair[1]) if by else pair[0]) in others]
        fitting = [pair for pair in beside if pair in both or value in _TELLING] or both
        if value in _TELLING:
            fitting = fitting or [pair for pair in units if {pair[0], singular(pair[1])} & (words | others)]
        if fitting:
            return f"{fitting[0][1]} per {fitting[0][0]}"
    if value == 100 and has_percent:
        return "whole percentage"
    is_sum = value == 1 and parent is not None and parent.operator in "+-"
    if is_sum and parent is not None and any(0 < part.value < 1 for part in parent.operands):
        return "whole"
    return ""
