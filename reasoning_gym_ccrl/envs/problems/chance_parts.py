"""Chances: draws from bags, wheels, dice, coins and cards, each with its favourable outcomes and all its outcomes.

Each function draws one: (rng, config, steps, name of the favourable outcomes, suffix of all names) -> Part. All
outcomes, equally likely, are called "outcomes". Probabilities stay pairs of whole numbers until the last division.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from .counting_parts import FEW
from .sketch_parts import Part, part_of
from .sketches import SketchConfig, between


def _balls(rng: random.Random, config: SketchConfig, drawn: int) -> Mapping[str, int]:
    return {"wins": config.main(rng, drawn + 1), "others": between(rng, drawn, config.high)}


def spin(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """One field of a wheel, of two colours."""
    lines = [f"outcomes{suffix} = wins{suffix} + others{suffix}"]
    return part_of(_balls(rng, config, 2), suffix, lines)


def same_draw(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Several balls at once, all of one colour."""
    drawn = between(rng, 2, 3)
    balls = f"balls{suffix}"
    lines = [
        f"{balls} = wins{suffix} + others{suffix}",
        f"{result} = C(wins{suffix}, drawn{suffix})",
        f"outcomes{suffix} = C({balls}, drawn{suffix})",
    ]
    return part_of({**_balls(rng, config, drawn), "drawn": drawn}, suffix, lines)


def replaced_draw(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Several balls with replacement, all of one colour."""
    balls = f"balls{suffix}"
    lines = [
        f"{balls} = wins{suffix} + others{suffix}",
        f"{result} = power(wins{suffix}, draws{suffix})",
        f"outcomes{suffix} = power({balls}, draws{suffix})",
    ]
    return part_of({**_balls(rng, config, 2), "draws": between(rng, 2, 3)}, suffix, lines)


def exact_draw(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Several balls at once, exactly so many of one colour."""
    drawn = between(rng, 4, 5)
    numbers = {**_balls(rng, config, drawn), "drawn": drawn, "hits": between(rng, 2, drawn - 2)}
    balls, misses = f"balls{suffix}", f"misses{suffix}"
    lines = [
        f"{balls} = wins{suffix} + others{suffix}",
        f"{misses} = drawn{suffix} - hits{suffix}",
        f"{result} = C(wins{suffix}, hits{suffix}) * C(others{suffix}, {misses})",
        f"outcomes{suffix} = C({balls}, drawn{suffix})",
    ]
    return part_of(numbers, suffix, lines)


def some_draw(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Several balls at once, at least one of a colour: all draws but those without."""
    drawn = between(rng, 2, 3)
    balls, none = f"balls{suffix}", f"draws without{suffix}"
    lines = [
        f"{balls} = wins{suffix} + others{suffix}",
        f"outcomes{suffix} = C({balls}, drawn{suffix})",
        f"{none} = C(others{suffix}, drawn{suffix})",
        f"{result} = outcomes{suffix} - {none}",
    ]
    return part_of({**_balls(rng, config, drawn), "drawn": drawn}, suffix, lines)


def roll(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """A die of so many sides shows more than a limit."""
    sides = config.main(rng, 4)
    numbers = {"sides": sides, "limit": between(rng, 2, sides - 1)}
    return part_of(numbers, suffix, [f"{result} = sides{suffix} - limit{suffix}"])


def rolls(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """A die of so many sides shows more than a limit at every roll."""
    sides = config.main(rng, 4)
    high = f"high sides{suffix}"
    lines = [
        f"{high} = sides{suffix} - limit{suffix}",
        f"{result} = power({high}, rolls{suffix})",
        f"outcomes{suffix} = power(sides{suffix}, rolls{suffix})",
    ]
    return part_of({"sides": sides, "rolls": between(rng, 2, 3), "limit": between(rng, 2, sides - 1)}, suffix, lines)


def roll_sum(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Two rolls of a die with so many sides add up to a total: the first roll may be from 1 to one below the total."""
    sides = config.main(rng, 5)
    least = "least roll"
    lines = [f"{result} = total{suffix} - {least}", f"outcomes{suffix} = square(sides{suffix})"]
    return part_of({"sides": sides, "total": between(rng, 4, sides)}, suffix, lines)


def coins(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Exactly so many heads in so many tosses."""
    tosses = config.main(rng, 4, FEW)
    faces = "faces of a coin"
    lines = [
        f"{result} = C(tosses{suffix}, heads{suffix})",
        f"outcomes{suffix} = power({faces}, tosses{suffix})",
    ]
    return part_of({"tosses": tosses, "heads": between(rng, 2, tosses - 1)}, suffix, lines)


def cards(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Several cards of one suit, whichever it is."""
    drawn = between(rng, 2, 3)
    numbers = {"suits": between(rng, 3, 6), "ranks": config.main(rng, 4), "drawn": drawn}
    deck = f"deck{suffix}"
    lines = [
        f"{deck} = suits{suffix} * ranks{suffix}",
        f"{result} = suits{suffix} * C(ranks{suffix}, drawn{suffix})",
        f"outcomes{suffix} = C({deck}, drawn{suffix})",
    ]
    return part_of(numbers, suffix, lines)
