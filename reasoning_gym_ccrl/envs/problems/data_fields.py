"""The fields of a row, checked, and what a layout makes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ...step_format import shorten
from ...types import GoldStep
from ..verify.expression import parse_number
from ..verify.tokens import canonical

_MAX_PLACES = 400
_SCIENTIFIC = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?e[+-]?\d{1,3}", re.I)

Row = Mapping[str, Any]


class BadRow(ValueError):
    """What is wrong with one row; the reader adds the file and the place."""


@dataclass(slots=True)
class Parts:
    """What a layout makes of a row.

    Attributes:
        solution: the gold path.
        used: the fields that are in here; all others are kept in the problem's metadata as they are.
        metadata: what the layout itself adds to the metadata.
    """

    question: str
    answer: str | None
    solution: tuple[GoldStep, ...] = ()
    used: Sequence[str] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str = ""


def get(row: Row, name: str) -> Any:
    """A field by its name, large and small letters alike."""
    if name in row:
        return row[name]
    return next((value for key, value in row.items() if key.lower() == name), None)


def has(row: Row, name: str) -> bool:
    """Whether a row has a field, large and small letters alike; it may be null."""
    return name in row or any(key.lower() == name for key in row)


def text_of(row: Row, name: str) -> str:
    """A field that is a text and not empty, without spaces around it."""
    value = get(row, name)
    if not isinstance(value, str) or not value.strip():
        raise BadRow(f'"{name}" should be a text that is not empty; received {received(value)}.')
    return value.strip()


def question_text(value: object) -> str:
    """A question, as it is written."""
    if not isinstance(value, str) or not value.strip():
        raise BadRow(f'"question" should be a text that is not empty; received {received(value)}.')
    return value


def answer_text(answer: object) -> str | None:
    """An answer as a text, None where there is none."""
    if answer is None:
        return None
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise BadRow(f'"answer" should be a text, a number or null; received {received(answer)}.')
    return str(answer).strip()


def number_text(answer: object) -> str | None:
    """An answer that is a number, without the ".0" that tables add: 9.0 is "9"."""
    text = answer_text(answer)
    if not text:
        return None
    value = Fraction(text) if _SCIENTIFIC.fullmatch(text) else parse_number(text)
    return text if value is None else decimal(Fraction(value))


def decimal(value: Fraction) -> str:
    """A number as a decimal where that has an end, else as a fraction.

    >>> decimal(Fraction(25, 2)), decimal(Fraction(-9)), decimal(Fraction(1, 3))
    ('12.5', '-9', '1/3')
    """
    below, places = value.denominator, 0
    while below % 10 == 0 or below % 5 == 0 or below % 2 == 0:
        below //= 10 if below % 10 == 0 else 5 if below % 5 == 0 else 2
        places += 1
    if below != 1 or places > _MAX_PLACES:
        return canonical(value if value.denominator > 1 else value.numerator)
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    sign = "-" if value < 0 else ""
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def step_list(steps: object) -> list[dict[str, Any]]:
    """A model's steps, each with a text; none where there are none."""
    if not steps:
        return []
    if not isinstance(steps, list):
        raise BadRow(f'"steps" should be a list; received {received(steps)}.')
    result = []
    for step in steps:
        if isinstance(step, str):
            step = {"text": step, "label": None}
        if not isinstance(step, dict) or not isinstance(step.get("text"), str):
            raise BadRow(f'Each of "steps" should be a text, or an object with a "text"; received {received(step)}.')
        result.append(step)
    return result


def names_of(row: Row) -> str:
    """The names of a row's fields, for a message."""
    return shorten(", ".join(map(str, row)) or "none", 160)


def received(value: object) -> str:
    """What was received, for a message."""
    return "nothing" if value is None else shorten(repr(value), 80)
