"""Units of answers: whether two are the same, and how many of one make the other."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from .words import KNOWN_UNITS

Unit = tuple[tuple[str, int], ...]  # names of base units and their powers, sorted

_PIECE = re.compile(r"([A-Za-z$€£¥¢°]+(?:['’-][A-Za-z]+)*)\.?|(/)|\^?\s*\{?\s*([234])\s*\}?|([²³])")
_POWERS = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cubed": 3}
_RATES = {"mph": "mile per hour", "kph": "km per hour", "kmh": "km per hour", "rpm": "revolution per minute"}
_SHORT = {
    "h": "hour", "s": "second", "m": "meter", "l": "liter", "°": "degree", "circ": "degree", "deg": "degree",
    "usd": "$", "¢": "cent",
}  # fmt: skip
_IRREGULAR = {"feet": "foot", "inches": "inch", "people": "person", "men": "man", "women": "woman", "children": "child"}
_FILLERS = frozenset(["of", "the", "a", "an", "each", "in", "all", "total"])
_LEFT_OUT = frozenset({"", "$", "€", "£", "¥", "°"})


@lru_cache(maxsize=1_024)
def unit_of(text: str) -> tuple[Unit, Fraction]:
    """A unit as powers of base units, and its size in them.

    >>> hours, minutes = unit_of("hours"), unit_of("min")
    >>> hours[0] == minutes[0], hours[1] / minutes[1]
    (True, Fraction(60, 1))
    >>> unit_of("miles per hour") == unit_of("mph"), unit_of("square cm") == unit_of("cm^2")
    (True, True)
    """
    powers: dict[str, int] = {}
    size, last_size = Fraction(1), Fraction(1)
    sign, waiting, last = 1, 1, ""
    words = " ".join(_RATES.get(word.lower(), word) for word in re.split(r"(\s+|/)", text))
    for word, per, power, superscript in _PIECE.findall(words):
        lower = word.lower()
        times = _POWERS.get(lower, 0) or (int(power) if power else 0) or "  ²³".find(superscript or "?")
        if per or lower == "per":
            sign = -1
        elif times > 0 and last and lower not in ("square", "sq", "cubic"):
            powers[last] += sign * (times - 1)
            size *= last_size ** (sign * (times - 1))
        elif times > 0:
            waiting = times
        elif lower and lower not in _FILLERS:
            last, last_size = _base(word)
            powers[last] = powers.get(last, 0) + sign * waiting
            size *= last_size ** (sign * waiting)
            waiting = 1
    return tuple(sorted((name, power) for name, power in powers.items() if power)), size


@lru_cache(maxsize=1_024)
def _base(word: str) -> tuple[str, Fraction]:
    """The base unit of a word, and how many of it one of the word's is."""
    lower = _SHORT.get(word.lower(), word.lower())
    known = KNOWN_UNITS.get(lower)
    if known is not None and known[0] != "rate":
        return known[0], Fraction(known[1])
    singular = _IRREGULAR.get(lower, lower)
    if len(singular) > 3 and singular.endswith("s") and not singular.endswith("ss"):
        singular = singular[:-1]
    return singular, Fraction(1)


def may_be_left_out(text: str) -> bool:
    """Whether an answer may leave a unit out: a sign before or after a number, which the question has set."""
    return text in _LEFT_OUT or is_angle(text)


def is_angle(text: str) -> bool:
    """Whether a unit is the degree."""
    return bool(text) and unit_of(text)[0] == (("degree", 1),)


def is_known(unit: Unit) -> bool:
    """Whether all of it are units of measure, so that another one is certainly another."""
    dimensions = {dimension for dimension, _ in KNOWN_UNITS.values()}
    return bool(unit) and all(name in dimensions for name, _ in unit)
