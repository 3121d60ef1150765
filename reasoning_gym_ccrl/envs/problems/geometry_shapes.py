"""Plane shapes with straight sides: what is given of each, and the steps to its area and to its perimeter.

Whatever needs a root is built from a Pythagorean triple, so that all lengths are whole.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import gcd

from .sketches import SketchConfig, Wording, between, pick


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, or a solid.

    Attributes:
        draw: from a generator and a config to its numbers.
        facts: how it is described.
        ways: what can be asked of it ("area", "perimeter", "volume", …) -> the steps to it.
    """

    draw: Callable[[random.Random, SketchConfig], Mapping[str, int]]
    facts: Wording
    ways: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A kind of problem with one wording: its numbers, its steps, its wording."""

    draw: Callable[[random.Random, SketchConfig], Mapping[str, int]]
    steps: tuple[str, ...]
    wording: Wording
    told: bool = False


@cache
def _primitive_triples(limit: int) -> tuple[tuple[int, int, int], ...]:
    """Right triangles with whole sides that have no common divisor, legs in both orders, hypotenuse to a limit."""
    found = []
    for m in range(2, limit):
        for n in range(1 + m % 2, m, 2):
            a, b, c = m * m - n * n, 2 * m * n, m * m + n * n
            if gcd(m, n) == 1 and c <= limit:
                found += [(a, b, c), (b, a, c)]
    return tuple(sorted(found))


def triple(
    rng: random.Random, config: SketchConfig, shown: Callable[[int, int, int], int] = lambda a, b, c: c
) -> tuple[int, int, int]:
    """A right triangle (leg, leg, hypotenuse) whose largest given length, `shown`, is in the config's range.

    Args:
        rng: the generator.
        config: gives the range.
        shown: from the sides to the largest length that the question will give; it grows with the triangle.

    >>> a, b, c = triple(random.Random(0), SketchConfig(low=30, high=50))
    >>> a * a + b * b == c * c and 30 <= c <= 50
    True
    """
    for _ in range(8):
        a, b, c = pick(rng, _primitive_triples(130))
        size = shown(a, b, c)
        low, high = -(-config.low // size), config.high // size
        if low <= high:
            break
    else:
        a, b, c = pick(rng, ((3, 4, 5), (4, 3, 5)))
        low = high = max(1, -(-config.low // shown(a, b, c)))
    scale = between(rng, low, high)
    return a * scale, b * scale, c * scale


def rectangle_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Length and width."""
    length = config.main(rng, 4)
    return {"length": length, "width": between(rng, 3, length - 1)}


def right_triangle_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Legs."""
    a, b, _ = triple(rng, config, lambda a, b, c: max(a, b))
    return {"leg": a, "other leg": b}


def rhombus_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Diagonals, the halves of which are legs."""
    a, b, _ = triple(rng, config, lambda a, b, c: 2 * max(a, b))
    return {"diagonal": 2 * a, "other diagonal": 2 * b}


def isosceles_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A base, and sides that are hypotenuses."""
    a, _, c = triple(rng, config, lambda a, b, c: max(2 * a, c))
    return {"base": 2 * a, "side": c}


def leaning_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A symmetric trapezoid; its legs are hypotenuses."""
    for _ in range(8):
        a, b, _ = triple(rng, config, lambda a, b, c: max(2 * a, b))
        if 2 * a + 2 <= config.high:  # else the short side has no room
            break
    short = between(rng, 2, max(2, min(9 + config.high // 4, config.high - 2 * a)))
    return {"long side": short + 2 * a, "short side": short, "height": b}


def by_diagonal_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A diagonal and a side."""
    a, _, c = triple(rng, config)
    return {"diagonal": c, "length": a}


def by_hypotenuse_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A hypotenuse and a leg."""
    a, _, c = triple(rng, config)
    return {"hypotenuse": c, "leg": a}


def by_perimeter_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """An even perimeter and a side."""
    half = -(-config.main(rng, 12, max(0, config.high - 13)) // 2)
    return {"perimeter": 2 * half, "length": between(rng, half // 2 + 1, half - 2)}


def by_area_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """An area and a side that divides it."""
    length = config.main(rng, 4)
    return {"surface": length * between(rng, 3, length), "length": length}


def three_sides_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Sides, the longest first, that do make a triangle."""
    longest = config.main(rng, 6)
    middle = between(rng, longest // 2 + 1, longest)
    return {"side a": longest, "side b": middle, "side c": between(rng, longest - middle + 1, longest)}


def based_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A base and a height, the product of which is even."""
    base, height = config.main(rng, 4), between(rng, 4, config.high)
    return {"base": base, "height": height - (base % 2 and height % 2)}


def kite_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Diagonals, the product of which is even."""
    numbers = based_numbers(rng, config)
    return {"long diagonal": max(numbers.values()), "short diagonal": min(numbers.values())}


def trapezoid_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Parallel sides and a height, for which the area is whole."""
    long = config.main(rng, 5)
    short, height = between(rng, 2, long - 1), between(rng, 4, config.high)
    return {"long side": long, "short side": short, "height": height - (height % 2 and (long + short) % 2)}


def ngon_numbers(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """A number of sides and their length."""
    return {"number of sides": between(rng, 5, 12), "side": config.main(rng, 3)}
