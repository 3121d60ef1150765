"""Untrusted text of an answer into its form. What cannot be read is `Words`; nothing raises."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from .answer_forms import (
    Assignment,
    Clock,
    Equation,
    Expression,
    Form,
    Group,
    Interval,
    Labelled,
    Matrix,
    Ratio,
    Span,
    Value,
    Words,
    as_span,
    formula_of,
    names_in,
    value_of,
)
from .answer_inequalities import NAME, RELATION, read_inequalities, read_inequality, top_relations
from .answer_numbers import Amount, read_amount
from .answer_text import is_enclosed, split_top, tidy
from .tokens import MAX_CHARS
from .words import KNOWN_UNITS

MAX_ITEMS = 30
_MAX_NESTING = 4

_NUMERAL = re.compile(r"(\d[0-9A-Z]{0,60})_\s*\{?\s*(\d{1,2})\s*\}?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})\s*(?:([ap])\.?\s?m\.?)?", re.I | re.ASCII)
_RATIO = re.compile(r"\s*:\s*|\s+to\s+")
_MATRIX = re.compile(r"[(\[]?\s*\\begin\{([pbvB]?matrix|array)\}(?:\{[lcr|]*\})?(.*)\\end\{\1\}\s*[)\]]?", re.S)
_COMMA = re.compile(r"[,;]")
_SPACED_COMMA = re.compile(r",(?!\d{3}(?!\d)(?<=\d,\d{3}))|;")  # (1,000, 2,000) holds two numbers, (3,100) too
_LISTED = re.compile(r",(?!\d{3}(?!\d))|(?<!\d),|;|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|&")
_JOINED = re.compile(r"(?<![A-Za-z\\])(?:or|and)(?![A-Za-z])")
_POWER = r"(?:\s*\^\s*\{?\s*[234]\s*\}?|[²³])?"
_WITH_UNIT = re.compile(
    rf"""(.*?[\w}})])(?:\s*\\(?:text|mathrm|mbox)\s*\{{([\sA-Za-z./]*)\}}({_POWER})
         |\s+((?:(?:square|cubic|sq\.?)\s+)?([A-Za-z]{{2,}})(?:{_POWER}|\s*(?:/|per)\s*[A-Za-z]+)))""",
    re.VERBOSE | re.DOTALL,
)
_SAYS = re.compile(r"(?<![A-Za-z])(?:is|are|be|equals?|becomes?|get|gives?|obtain)\s*:?\s+", re.I)
_LABEL = re.compile(r"[A-Za-z][A-Za-z '’-]*(?:\([^()=]*\))?|\\angle\s*[A-Z]+")
_UNION = re.compile(r"∪")
_NOTHING = re.compile(r"(?:\\emptyset|∅|\\?\{\s*\\?\}|(?:the\s+)?empty\s+set|no\s+(?:real\s+)?solutions?|none)", re.I)
_NOT_NAMES = frozenset("ei")


def read_form(text: str) -> Form:
    r"""The form of an extracted answer.

    >>> read_form("(1, 2]").intervals[0].has_low, read_form("x = 2 or x = 3").kind, read_form("3:30 pm").minutes
    (False, 'list', 930)
    """
    amount = read_amount(text)
    if amount is None or (len(amount.unit) == 1 and amount.unit.isalpha()):  # 2 s may be two seconds, or s twice
        return _read_form(text)
    return amount


@lru_cache(maxsize=4_096)
def _read_form(text: str) -> Form:
    if len(text) > MAX_CHARS:
        return Words(text)
    with_unit = _read_with_unit(text)
    if with_unit is not None:
        return with_unit
    plain = tidy(text)
    if plain != text and (amount := read_amount(plain)) is not None:
        return amount
    return read_tidy(plain, 0)


def _read_with_unit(text: str) -> Expression | None:
    r"""A formula with a unit after it: 6\pi \text{ cm}^2, 9π square units."""
    if text[-1:] not in "}²³234" and not text[-1:].isalpha():
        return None
    match = _WITH_UNIT.fullmatch(text)
    if match is None or RELATION.search(match.group(1)):
        return None
    formula, wrapped, power, plain, word = match.groups()
    if wrapped in _NOT_NAMES if plain is None else word.lower() not in KNOWN_UNITS and word not in ("unit", "units"):
        return None
    form = read_tidy(tidy(formula), 0)
    return replace(form, unit=plain or wrapped + (power or "")) if isinstance(form, Expression) else None


def read_answer(text: str) -> Form:
    """The form of an answer, or of what it says that something is.

    >>> read_answer("The roots are 2 and 3.").kind, read_answer("It is hard to say what the roots are.")
    ('list', Words(text='It is hard to say what the roots are.'))
    """
    form = read_form(text)
    if isinstance(form, Words):
        said = _SAYS.split(text)
        inner = read_form(said[1].strip().rstrip(".")) if len(said) == 2 else form
        return form if isinstance(inner, Words) else inner
    return form


def read_tidy(text: str, nesting: int) -> Form:
    """The form of a text that `tidy` has been over; `nesting` counts the brackets around it."""
    text = text.strip()
    if nesting > _MAX_NESTING:
        return Words(text)
    amount = read_amount(text) if nesting else None
    if amount is not None:
        return amount
    for read in _READERS:
        form = read(text, nesting)
        if form is not None:
            return form
    return Words(text)


# -- times, ratios, matrices -------------------------------------------------------------------------------------------


def _read_numeral(text: str, nesting: int) -> Form | None:
    """A numeral with its base, 101_2; the base is its unit."""
    match = _NUMERAL.fullmatch(text)
    if match is None:
        return None
    base = int(match.group(2))
    if not 2 <= base <= 16 or any(int(digit, 36) >= base for digit in match.group(1)):
        return None
    return Amount(int(match.group(1), base), f"base-{chr(ord('a') + base)}")  # a letter: no power of a unit


def _read_clock(text: str, nesting: int) -> Form | None:
    match = _CLOCK.fullmatch(text)
    if match is None or int(match.group(1)) > 24 or int(match.group(2)) > 59:
        return None
    hour, half = int(match.group(1)), (match.group(3) or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
        half += "m"
    elif hour > 12 or hour == 0 or match.group(1) == "00":
        half = "pm" if hour >= 12 else "am"
    return Clock(hour * 60 + int(match.group(2)), half)


def _read_ratio(text: str, nesting: int) -> Form | None:
    if ":" not in text and " to " not in text:
        return None
    parts = [value_of(part.strip()) for part in split_top(text, _RATIO)]
    known = tuple(part for part in parts if part is not None)
    return Ratio(known) if 1 < len(known) == len(parts) <= 5 else None


def _read_matrix(text: str, nesting: int) -> Form | None:
    match = _MATRIX.fullmatch(text) if "matrix" in text or "array" in text else None
    if match is None:
        return None
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", match.group(2)) if row.strip()]
    entries = tuple(tuple(read_tidy(entry, nesting + 1) for entry in row.split("&")) for row in rows)
    if not entries or len(entries) * len(entries[0]) > MAX_ITEMS or len({len(row) for row in entries}) > 1:
        return None
    return Matrix(entries)


# -- sets, points, intervals -------------------------------------------------------------------------------------------


def _read_bracketed(text: str, nesting: int) -> Form | None:
    """{1, 2}, (1, 2), [1, 2), (0, ∞)."""
    if text in ("\\mathbb{R}", "ℝ"):
        return Span((Interval(None, None, False, False),))
    if _NOTHING.fullmatch(text):
        return Group("set", ())
    is_set = text.startswith(("\\{", "{"))
    inner = text.replace("\\{", "{").replace("\\}", "}") if is_set else text
    if len(inner) < 2 or inner[0] not in "([{" or inner[-1] not in ")]}" or not is_enclosed(inner):
        return None
    if (inner[0] == "{") != (inner[-1] == "}"):
        return None
    ends = inner[0] + inner[-1]
    pieces = [piece.strip() for piece in split_top(inner[1:-1], _SPACED_COMMA if ", " in inner else _COMMA)]
    is_one = ends == "{}" and (text.startswith("\\{") or read_amount(pieces[0]) is not None)
    if len(pieces) == 1 and not is_one:  # (x + 1) is a bracket, and so is {x + 1} without a backslash
        return read_tidy(pieces[0], nesting + 1) if ends in ("()", "{}") else None
    if len(pieces) > MAX_ITEMS or "" in pieces:
        return None
    if len(pieces) == 2 and (ends in ("[)", "(]") or (ends in ("[]", "()") and "∞" in inner)):
        return _interval(pieces[0], pieces[1], ends)
    if ends in ("[)", "(]"):
        return None
    items = [form for piece in pieces for form in _expanded(piece, nesting + 1)]
    if any(isinstance(item, Words) and ends != "{}" for item in items):
        return None
    kind: Literal["set", "point", "row"] = "set" if ends == "{}" else "point" if ends == "()" else "row"
    return Group(kind, tuple(items))


def _interval(low: str, high: str, ends: str) -> Span | None:
    bounds = []
    for text, infinite in ((low, ("-∞", "−∞")), (high, ("∞", "+∞"))):
        bound = None if text.replace(" ", "") in infinite else value_of(text)
        if bound is None and text.replace(" ", "") not in infinite:
            return None
        bounds.append(bound)
    first, second = bounds
    return Span((Interval(first, second, first is not None and ends[0] == "[", second is not None and ends[1] == "]"),))


def _read_union(text: str, nesting: int) -> Form | None:
    if "∪" not in text:
        return None
    if top_relations(text) == ["∈"]:
        text = text.partition("∈")[2]
    intervals: list[Interval] = []
    for part in split_top(text, _UNION):
        form = read_tidy(part, nesting + 1)
        span = as_span(form) if isinstance(form, Group) else form
        if not isinstance(span, Span):
            return None
        intervals += span.intervals
    return Span(tuple(intervals)) if len(intervals) <= MAX_ITEMS else None


def _expanded(text: str, nesting: int) -> list[Form]:
    """The form of an item, or the two forms that a ± in it stands for."""
    if "±" not in text:
        return [read_tidy(text, nesting)]
    upper = text.replace("±", "+").replace("∓", "-")
    lower = text.replace("±", "-").replace("∓", "+")
    return [read_tidy(upper, nesting), read_tidy(lower, nesting)]


# -- lists and relations -----------------------------------------------------------------------------------------------


def _read_listed(text: str, nesting: int) -> Form | None:
    """Lists and relations: "1 and 2", "x = 2 or x = 3", "x = 4, y = 3", "y = 2x + 3", "0 < x ≤ 1"."""
    pieces = [piece.strip() for piece in split_top(text, _LISTED)]
    pieces = [piece for piece in pieces if piece]
    relations = top_relations(text)
    if len(pieces) > MAX_ITEMS or not pieces or (len(pieces) == 1 and not relations and "±" not in text):
        return None
    if len(pieces) > 1 and all(relation in "<>≤≥" for relation in relations) and relations:
        joined = _JOINED.search(text)
        return read_inequalities(pieces, joined.group() if joined else ",")
    forms = [form for piece in pieces for form in _relation(piece, nesting)]
    if any(isinstance(form, Words) for form in forms):
        return None
    if len(forms) == 1:
        return forms[0]
    return _together(forms)


def _together(forms: list[Form]) -> Form | None:
    named = [form for form in forms if isinstance(form, Equation)]
    if not named:
        plain = [form.value if isinstance(form, Labelled) else form for form in forms]
        return Group("list", tuple(plain))
    if any(not form.name for form in named):
        return Group("list", tuple(forms)) if len(named) == len(forms) else None
    names = [form.name for form in named]
    if len(named) < len(forms):  # x = 2, 3
        if isinstance(forms[0], Equation) and len(named) == 1:
            return Group("list", (named[0].value, *forms[1:]))
        return None
    stems = {name.partition("_")[0] for name in names}
    if len(stems) == 1 and len(names) > 1:  # x = 2 or x = 3; x_1 = 2, x_2 = 3
        return Group("list", tuple(form.value for form in named))
    if len(set(names)) < len(names):
        return None
    return Assignment(tuple((form.name, form.value) for form in named))


def _relation(text: str, nesting: int) -> list[Form]:
    relations = top_relations(text)
    if not relations:
        return _expanded(text, nesting + 1)
    sides = [side.strip() for side in split_top(text, RELATION)]
    if set(relations) == {"="}:
        return _equation(sides, nesting)
    if relations == ["∈"] and NAME.fullmatch(sides[0]):
        form = read_tidy(sides[1], nesting + 1)
        if isinstance(form, Group) and form.kind in ("point", "row"):
            return [as_span(form) or form]
        return [form]
    span = read_inequality(text)
    return [span if span is not None else Words(text)]


def _equation(sides: list[str], nesting: int) -> list[Form]:
    """The forms of "x = 5", "(x, y) = (4, 3)", "12 - 3 = 9", "area = 9", "y - 2x = 3"; of a ± there are two."""
    if "" in sides:
        return [Words("=".join(sides))]
    last = _expanded(sides[-1], nesting + 1)
    if len(last) > 1:
        named = NAME.fullmatch(sides[0]) is not None and len(sides) == 2
        return [Equation(Words(""), form, _plain_name(sides[0])) for form in last] if named else [Words(sides[0])]
    right = last[0]
    if isinstance(right, Words) and NAME.fullmatch(sides[-1]) is None:
        return [right]
    lefts = [read_tidy(side, nesting + 1) for side in sides[:-1]]
    known = [left.value for left in lefts if isinstance(left, Value) and left.value is not None]
    stated = right.value if isinstance(right, Value) else None
    if stated is not None and known and len(known) >= len(lefts) - (NAME.fullmatch(sides[0]) is not None):
        return [Labelled(right, all(value == stated for value in known))]
    if len(sides) == 2:
        return [_two_sides(sides, lefts[0], right)]
    if all(NAME.fullmatch(side) for side in sides[:-1]):  # x = y = 3
        return [Equation(left, right, _plain_name(side)) for side, left in zip(sides[:-1], lefts, strict=True)]
    are_values = all(isinstance(form, Value) for form in (*lefts, right))
    if NAME.fullmatch(sides[0]) and are_values:  # y = x(x + 2) = x^2 + 2x
        return [Equation(lefts[0], right, _plain_name(sides[0]))]
    return [Words("=".join(sides))]


def _two_sides(sides: list[str], left: Form, right: Form) -> Form:
    for name, named, form in ((sides[0], left, right), (sides[1], right, left)):
        if NAME.fullmatch(name) is None or name in _NOT_NAMES or isinstance(form, Words):
            continue
        plain = _plain_name(name)
        if not (isinstance(form, Expression) and plain in names_in(form)):
            return Equation(named, form, plain)
    if isinstance(left, Group) and isinstance(right, Group) and left.kind == right.kind == "point":
        names = [item.tree.name for item in left.items if isinstance(item, Expression) and item.tree.kind == "name"]
        if len(names) == len(left.items) == len(right.items):  # (x, y) = (4, 3)
            return Assignment(tuple(zip(names, right.items, strict=True)))
    if isinstance(left, Value) and isinstance(right, Value):
        return Equation(left, right)
    if _LABEL.fullmatch(sides[0]) and not isinstance(right, Words):
        return Labelled(right)
    return Words("=".join(sides))


def _plain_name(name: str) -> str:
    return name.replace("{", "").replace("}", "").lstrip("\\")


def _read_formula(text: str, nesting: int) -> Form | None:
    return formula_of(text)


_READERS: tuple[Callable[[str, int], Form | None], ...] = (
    _read_numeral,
    _read_clock,
    _read_ratio,
    _read_matrix,
    _read_union,
    _read_bracketed,
    _read_listed,
    _read_formula,
)
