"""Parts of problems: a calculation with its numbers, which can stand by itself or feed a longer problem."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .known_numbers import KNOWN
from .sketches import Wording

# Names are told apart by letters: a meta-thought holds no word that could carry a number, and "third" could.
LETTERS = "abcdefghij"

_FIELD = re.compile(r"\{([A-Za-z ]+?)(\d*)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """A calculation with its numbers.

    Attributes:
        givens: name -> number.
        steps: calculations; the last one finds the part's result.
        words: what a wording of the part may name: its numbers by short names, an expression, …
        found: numbers that are found by trying, such as prime factors.
    """

    givens: Mapping[str, int]
    steps: tuple[str, ...]
    words: Mapping[str, object]
    found: Mapping[str, int] = field(default_factory=dict)


# From a generator, a config, a number of steps, the name of the result, and a suffix that keeps the names of two
# parts apart.
DrawPart = Callable[[random.Random, Any, int, str, str], "Part | None"]


def part_of(numbers: Mapping[str, int], suffix: str, steps: Sequence[str]) -> Part:
    """A part whose wording names its numbers by their names without the suffix."""
    return Part({name + suffix: number for name, number in numbers.items()}, tuple(steps), numbers)


def listed(things: Sequence[object]) -> str:
    """A list in words.

    >>> listed([12, 18, 30])
    '12, 18 and 30'
    """
    *most, last = map(str, things)
    return f"{', '.join(most)} and {last}"


@cache
def apart(wording: Wording, index: int, keep: tuple[str, ...] = ()) -> Wording:
    """The wording of a problem's part number `index` (from 0), its placeholders kept apart from those of the others.

    Args:
        wording: how the part is worded alone.
        index: which part it is; placeholders are numbered on, two for each part before.
        keep: placeholders that the parts share.

    >>> apart(Wording(("{person} has {number} {thing} and {thing2}.",), ()), 1).seen
    ('{person3} has {number3} {thing3} and {thing4}.',)
    """
    if index == 0:
        return wording

    def renamed(match: re.Match[str]) -> str:
        name = match[1] + match[2]
        return match[0] if name in keep else f"{{{apart_name(name, index)}}}"

    return Wording(*(tuple(_FIELD.sub(renamed, text) for text in texts) for texts in wording.variants))


def apart_name(name: str, index: int) -> str:
    """A placeholder's name in part number `index`."""
    plain = name.rstrip("0123456789")
    number = int(name[len(plain) :] or 1) + 2 * index
    return name if index == 0 else f"{plain}{number}"


def apart_words(words: Mapping[str, object], index: int) -> dict[str, object]:
    """What the placeholders of part number `index` stand for."""
    return {apart_name(name, index): word for name, word in words.items()}


_SHARED = frozenset({"pi", *KNOWN})
_NAME = re.compile(r"[A-Za-z']+(?: [A-Za-z']+)*(?![\w'(])")


@cache
def suffixed(lines: tuple[str, ...], suffix: str, result: str) -> tuple[str, ...]:
    """Calculations with a suffix on each name but those of `KNOWN`, the last of which finds `result`.

    >>> suffixed(("sum = long + short", "area = mean(sum * height)"), " in plot a", "area a")[1]
    'area a = mean(sum in plot a * height in plot a)'
    """
    named = [_NAME.sub(lambda match: match[0] + suffix * (match[0] not in _SHARED), line) for line in lines]
    return (*named[:-1], f"{result} = {named[-1].partition(' = ')[2]}")
