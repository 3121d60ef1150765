"""Sequences in numbers and steps: arithmetic, geometric, quadratic, and recurrences of one or two terms.

Each `Progression` draws its numbers and gives its steps; the names say what is known ("first term", "place") and what
is found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .sketch_parts import LETTERS
from .sketches import SketchConfig, Wording, between

Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Progression:
    """A question about one sequence.

    Attributes:
        draw: from a generator, a config and a number of steps to its numbers.
        steps: the numbers of steps that it can have.
        lines: from a number of steps to the steps.
        alone: how it is asked by itself.
        letter: how its result is given a name, "{letter}", in a problem about several sequences; None where that is
            not done.
        told: whether persons or things are named.
        many, grows: as for a `Kind`.
    """

    draw: Callable[[random.Random, SketchConfig, int], Numbers]
    steps: tuple[int, ...]
    lines: Callable[[int], tuple[str, ...]]
    alone: Wording
    letter: Wording | None = None
    told: bool = False
    many: bool = True
    grows: bool = True


def fixed(*lines: str) -> Callable[[int], tuple[str, ...]]:
    """Steps that are always the same."""
    return lambda steps: lines


def ordinal(number: int) -> str:
    """A number as it stands in a row.

    >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _difference(rng: random.Random, config: SketchConfig) -> int:
    """A common difference, now and then below zero."""
    size = between(rng, 2, max(3, config.high // 4))
    return -size if rng.random() < 0.2 else size


def _place(rng: random.Random, config: SketchConfig, least: int = 4) -> int:
    return between(rng, least, least + 6 + config.high // 10)


# -- arithmetic --------------------------------------------------------------------------------------------------------

TERM = ("jumps = place - first place", "growth = jumps * difference", "term = first term + growth")
SUM = (
    "jumps = count - first place",
    "growth = jumps * difference",
    "last term = first term + growth",
    "ends = first term + last term",
    "sum = count * ends / number of ends",
)
PLACE = ("rise = term - first term", "jumps = rise / difference", "place = jumps + first place")
LISTED = "difference = second term - first term"
APART = ("gap = later place - earlier place", "rise = later term - earlier term", "difference = rise / gap")


def given_term(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, difference and a place."""
    return {"first term": config.main(rng), "difference": _difference(rng, config), "place": _place(rng, config)}


def rising_term(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, a difference above zero, and a place."""
    return {name: abs(number) for name, number in given_term(rng, config, steps).items()}


def given_step(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term and difference."""
    return {"first term": config.main(rng), "difference": _difference(rng, config)}


def given_sum(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, difference and how many terms."""
    numbers = given_term(rng, config, steps)
    return {"first term": numbers["first term"], "difference": abs(numbers["difference"]), "count": numbers["place"]}


def given_place(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, difference and a later term."""
    first, difference = config.main(rng), abs(_difference(rng, config))
    return {"first term": first, "difference": difference, "term": first + difference * (_place(rng, config) - 1)}


def listed(draw: Callable[[random.Random, SketchConfig, int], Numbers]) -> Callable[..., Numbers]:
    """The same numbers, with a second term in place of the difference."""

    def drawn(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
        numbers = dict(draw(rng, config, steps))
        second = numbers["first term"] + numbers.pop("difference")
        first = numbers.pop("first term")
        return {"first term": first, "second term": second, **numbers}

    return drawn


def apart(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """The terms at two places."""
    earlier = between(rng, 2, 9)
    later = earlier + between(rng, 2, 9)
    difference = abs(_difference(rng, config))
    term = config.main(rng) + difference * (earlier - 1)
    return {
        "earlier place": earlier,
        "earlier term": term,
        "later place": later,
        "later term": term + difference * (later - earlier),
    }


def apart_term(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """The terms at two places, and a place further on."""
    numbers = apart(rng, config, steps)
    return {**numbers, "place": numbers["later place"] + _place(rng, config, 2)}


def between_terms(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """Two terms with one missing between them."""
    first, difference = config.main(rng), between(rng, 2, max(3, config.high // 2))
    return {"earlier term": first, "later term": first + 2 * difference}


# -- geometric ---------------------------------------------------------------------------------------------------------

POWER_TERM = ("jumps = place - first place", "factor = power(ratio, jumps)", "term = first term * factor")
POWER_SUM = (
    "factor = power(ratio, count)",
    "growth = factor - single",
    "scaled growth = first term * growth",
    "ratio less single = ratio - single",
    "sum = scaled growth / ratio less single",
)
RATIO = "ratio = second term / first term"


def _ratio(rng: random.Random) -> int:
    return between(rng, 2, 5)


def power_term(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, ratio and a place."""
    return {"first term": config.main(rng), "ratio": _ratio(rng), "place": between(rng, 4, 9)}


def power_sum(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term, ratio and how many terms."""
    return {"first term": config.main(rng), "ratio": between(rng, 3, 6), "count": between(rng, 4, 8)}


def ratio_step(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """First term and ratio."""
    return {"first term": config.main(rng), "ratio": between(rng, 2, 12)}


def growth(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """A number that is multiplied for some hours."""
    return {"start": config.main(rng), "factor": between(rng, 2, 6), "hours": between(rng, 3, 8)}


def listed_power(draw: Callable[[random.Random, SketchConfig, int], Numbers]) -> Callable[..., Numbers]:
    """The same numbers, with a second term in place of the ratio."""

    def drawn(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
        numbers = dict(draw(rng, config, steps))
        first, ratio = numbers.pop("first term"), numbers.pop("ratio")
        return {"first term": first, "second term": first * ratio, **numbers}

    return drawn


def skipped_power(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """Two terms of a geometric sequence with one missing between them."""
    first, ratio = config.main(rng), between(rng, 2, 9)
    return {"earlier term": first, "later term": first * ratio * ratio}


# -- second order ------------------------------------------------------------------------------------------------------


def quadratic_lines(steps: int) -> tuple[str, ...]:
    """Differences of differences: the step after the last listed one, and the terms that follow (5, 7, … steps)."""
    lines = [
        "early step = second term - first term",
        "late step = term c - second term",
        "growth = late step - early step",
    ]
    step, term = "late step", "term c"
    for letter in LETTERS[3 : 3 + (steps - 3) // 2]:
        lines += [f"step {letter} = {step} + growth", f"term {letter} = {term} + step {letter}"]
        step, term = f"step {letter}", f"term {letter}"
    return tuple(lines)


def quadratic(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """Three terms whose differences grow."""
    first, step, growth = config.main(rng), between(rng, 2, 20), between(rng, 2, 12)
    second = first + step
    return {"first term": first, "second term": second, "term c": second + step + growth}


def growing_lines(steps: int) -> tuple[str, ...]:
    """The terms after the first, each with a step that has grown (3, 5, … steps)."""
    lines = ["term b = first term + first step"]
    step, term = "first step", "term b"
    for letter in LETTERS[2 : 2 + (steps - 1) // 2]:
        lines += [f"step {letter} = {step} + growth", f"term {letter} = {term} + step {letter}"]
        step, term = f"step {letter}", f"term {letter}"
    return tuple(lines)


def growing(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """A first term, a first step, and how much each step is larger than the one before."""
    return {
        "first term": config.main(rng),
        "first step": between(rng, 2, max(4, config.high // 2)),
        "growth": between(rng, 2, max(4, config.high // 4)),
    }


FORMULA = (
    "square = square(place)",
    "quadratic part = quadratic factor * square",
    "linear part = linear factor * place",
    "term = quadratic part + linear part + constant",
)


def formula(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """A formula a n^2 + b n + c and a place."""
    return {
        "quadratic factor": between(rng, 2, 9),
        "linear factor": between(rng, 2, max(3, config.high // 2)),
        "constant": config.main(rng),
        "place": _place(rng, config),
    }


# -- recurrences -------------------------------------------------------------------------------------------------------


def _named(lines: list[str]) -> tuple[str, ...]:
    """The steps, the last of which also rests on how far is asked."""
    return (*lines[:-1], f"{lines[-1]} | place")


_TERMS = ("first term", "second term", *(f"term {letter}" for letter in LETTERS[2:]))


def two_term_lines(steps: int) -> tuple[str, ...]:
    """Each term is the sum of the two before it."""
    names = _TERMS
    return _named([f"{names[i + 2]} = {names[i]} + {names[i + 1]}" for i in range(steps)])


def two_terms(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """The first two terms."""
    return {
        "first term": config.main(rng),
        "second term": between(rng, 2, config.high),
        "place": steps + 2,
    }


def weighted_lines(steps: int) -> tuple[str, ...]:
    """Each term is a multiple of the one before it plus the one before that."""
    names = _TERMS
    return _named([f"{names[i + 2]} = factor * {names[i + 1]} + {names[i]}" for i in range(steps)])


def weighted(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """The first two terms and the factor."""
    return {**two_terms(rng, config, steps), "factor": between(rng, 2, 4)}


def one_term_lines(steps: int) -> tuple[str, ...]:
    """Each term is a multiple of the one before it plus a constant."""
    names = _TERMS
    return _named([f"{names[i + 1]} = factor * {names[i]} + addend" for i in range(steps)])


def one_term(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """The first term, the factor and the constant."""
    return {
        "first term": config.main(rng),
        "factor": between(rng, 2, 4),
        "addend": between(rng, 2, max(3, config.high // 2)),
        "place": steps + 1,
    }


def pond_lines(steps: int) -> tuple[str, ...]:
    """Each year's number is a multiple of that before, less some."""
    names = ["number at first", *(f"number after year {letter}" for letter in LETTERS)]
    return _named([f"{names[i + 1]} = factor * {names[i]} - catch" for i in range(steps)])


def pond(rng: random.Random, config: SketchConfig, steps: int) -> Numbers:
    """How many there are, the factor, and how many are taken each year, fewer than there are."""
    start = config.main(rng, 6)
    return {"number at first": start, "factor": between(rng, 2, 4), "catch": between(rng, 2, start - 2), "place": steps}
