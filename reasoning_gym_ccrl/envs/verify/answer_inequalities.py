"""Inequalities of answers as unions of intervals: x ≤ 3, 0 < x < 1, |x| > 2, x ≠ 0, x < 1 or x > 2."""

from __future__ import annotations

import re

from .answer_forms import Interval, Span, value_of
from .answer_text import split_top, top_matches

RELATION = re.compile(r"[=<>≤≥≠∈]")
NAME = re.compile(r"(?:\\?[A-Za-z]|\\[A-Za-z]+)(?:_(?:\w|\{\w{1,8}\}))?")


def top_relations(text: str) -> list[str]:
    """The signs =, <, ≤, ... that stand in no bracket."""
    return top_matches(text, RELATION)


def read_inequality(text: str) -> Span | None:
    """One inequality, or None: x ≤ 3, 0 ≤ x < 1, 3 ≥ x, |x| < 2."""
    signs = top_relations(text)
    sides = [side.strip() for side in split_top(text, RELATION)]
    if signs == ["≠"]:
        return _all_but(*sides)
    if any(sign not in "<>≤≥" for sign in signs) or len(sides) not in (2, 3):
        return None
    if len(sides) == 2:
        if NAME.fullmatch(sides[1]) or sides[1][:1] == "|":
            sides, signs = sides[::-1], ["<>≤≥"["><≥≤".index(signs[0])]]
        return _one_sided(sides[0], signs[0], sides[1])
    is_rising = all(sign in "<≤" for sign in signs)
    if not NAME.fullmatch(sides[1]) or not (is_rising or all(sign in ">≥" for sign in signs)):
        return None
    if not is_rising:
        sides, signs = sides[::-1], signs[::-1]
    low, high = value_of(sides[0]), value_of(sides[2])
    if low is None or high is None:
        return None
    return Span((Interval(low, high, signs[0] in "≤≥", signs[1] in "≤≥"),), sides[1])


def _all_but(name: str, bound: str) -> Span | None:
    """Of x ≠ 0: all below and all above."""
    value = value_of(bound) if NAME.fullmatch(name) else None
    if value is None:
        return None
    return Span((Interval(None, value, False, False), Interval(value, None, False, False)), name)


def _one_sided(name: str, sign: str, bound: str) -> Span | None:
    value = value_of(bound)
    if value is None:
        return None
    has_end = sign in "≤≥"
    if name[:1] == name[-1:] == "|" and NAME.fullmatch(inner := name.strip("| ")):
        opposite = value_of(f"-({bound})")
        if opposite is None:
            return None
        if sign in "<≤":
            return Span((Interval(opposite, value, has_end, has_end),), inner)
        return Span((Interval(None, opposite, False, has_end), Interval(value, None, has_end, False)), inner)
    if not NAME.fullmatch(name):
        return None
    if sign in "<≤":
        return Span((Interval(None, value, False, has_end),), name)
    return Span((Interval(value, None, has_end, False),), name)


def read_inequalities(pieces: list[str], joined_by: str) -> Span | None:
    """Several inequalities of one name, joined by "or", "and" or ","; None where they are no such.

    A comma means "and", but where nothing would be left: "x < -1, x > 2".
    """
    spans = [read_inequality(piece) for piece in pieces]
    known = [span for span in spans if span is not None]
    if len(known) < len(spans) or len({span.name for span in known}) > 1:
        return None
    either = Span(tuple(interval for span in known for interval in span.intervals), known[0].name)
    if joined_by == "or":
        return either
    if len(either.intervals) != 2 or len(known) != 2:
        return None
    first, second = either.intervals
    if first.low is None:
        first, second = second, first
    if first.high is not None or second.low is not None or first.low is None or second.high is None:
        return None
    low, high = first.low.value, second.high.value
    if joined_by == "," and low is not None and high is not None and low > high:
        return either
    return Span((Interval(first.low, second.high, first.has_low, second.has_high),), known[0].name)
