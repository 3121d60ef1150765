"""Choices: selections, arrangements, codes, committees and paths, each with its number of ways.

Each function draws one: (rng, config, steps, name of the result, suffix of all names) -> Part.
"""

from __future__ import annotations

import random

from .sketch_parts import Part, part_of
from .sketches import SketchConfig, between

FEW = 6  # arrangements of many more things than this have more digits than a person would work out


def choose(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Some of many, in no order."""
    pool = config.main(rng, 5)
    numbers = {"pool": pool, "chosen": between(rng, 2, min(pool - 2, 5))}
    return part_of(numbers, suffix, [f"{result} = C(pool{suffix}, chosen{suffix})"])


def rank(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Some of many, in order."""
    pool = config.main(rng, 4)
    numbers = {"pool": pool, "places": between(rng, 2, min(pool - 1, 4))}
    return part_of(numbers, suffix, [f"{result} = P(pool{suffix}, places{suffix})"])


def queue(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """All in a row."""
    return part_of({"pool": config.main(rng, 3, FEW)}, suffix, [f"{result} = factorial(pool{suffix})"])


def table(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """All round a table: the first person's seat does not matter."""
    people, fixed, others = f"people{suffix}", "fixed person", f"others{suffix}"
    lines = [f"{others} = {people} - {fixed}", f"{result} = factorial({others})"]
    return part_of({"people": config.main(rng, 4, FEW)}, suffix, lines)


def beads(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Pieces of two kinds in a row, those of a kind alike."""
    first, second, pieces = f"first kind{suffix}", f"second kind{suffix}", f"pieces{suffix}"
    lines = [
        f"{pieces} = {first} + {second}",
        f"{result} = factorial({pieces}) / (factorial({first}) * factorial({second}))",
    ]
    return part_of({"first kind": config.main(rng, 2, FEW), "second kind": between(rng, 2, 5)}, suffix, lines)


def code(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """A word of so many symbols, which may repeat."""
    numbers = {"symbols": config.main(rng, 3), "length": between(rng, 2, 4)}
    return part_of(numbers, suffix, [f"{result} = power(symbols{suffix}, length{suffix})"])


def plate(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """So many letters of one alphabet, and then so many signs of another."""
    numbers = {
        "letters": config.main(rng, 3),
        "letter places": between(rng, 2, 3),
        "signs": between(rng, 3, 9),
        "sign places": between(rng, 2, 3),
    }
    front, back = f"fronts{suffix}", f"backs{suffix}"
    lines = [
        f"{front} = power(letters{suffix}, letter places{suffix})",
        f"{back} = power(signs{suffix}, sign places{suffix})",
        f"{result} = {front} * {back}",
    ]
    return part_of(numbers, suffix, lines)


def outfit(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """One of each of three things."""
    numbers = {"shirts": config.main(rng, 3), "trousers": config.main(rng, 3), "hats": between(rng, 2, 8)}
    return part_of(numbers, suffix, [f"{result} = shirts{suffix} * trousers{suffix} * hats{suffix}"])


def grid(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Shortest paths in a grid."""
    right, up, moves = f"moves right{suffix}", f"moves up{suffix}", f"moves{suffix}"
    numbers = {"moves right": config.main(rng, 2, 9), "moves up": between(rng, 2, 6)}
    return part_of(numbers, suffix, [f"{moves} = {right} + {up}", f"{result} = C({moves}, {up})"])


def detour(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Shortest paths in a grid by way of a point."""
    numbers = {
        "right to the shop": config.main(rng, 2, 7),
        "up to the shop": between(rng, 2, 4),
        "right from the shop": between(rng, 2, 5),
        "up from the shop": between(rng, 2, 4),
    }
    lines = []
    for way in ("to", "from"):
        blocks, right, up = (f"{name} {way} the shop{suffix}" for name in ("blocks", "right", "up"))
        lines += [f"{blocks} = {right} + {up}", f"ways {way} the shop{suffix} = C({blocks}, {up})"]
    lines.append(f"{result} = ways to the shop{suffix} * ways from the shop{suffix}")
    return part_of(numbers, suffix, lines)


def pairs(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Every two of them once: each with all others, counted from both sides."""
    people, self, others = f"people{suffix}", "oneself", f"others{suffix}"
    sides = "people per handshake"
    lines = [f"{others} = {people} - {self}", f"{result} = {people} * {others} / {sides}"]
    return part_of({"people": config.main(rng, 4)}, suffix, lines)


def committee(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """So many of each of two groups."""
    women, men = config.main(rng, 5), between(rng, 5, config.high)
    numbers = {
        "women": women,
        "women needed": between(rng, 2, min(4, women - 1)),
        "men": men,
        "men needed": between(rng, 2, min(4, men - 1)),
    }
    lines = [f"choices of {group}{suffix} = C({group}{suffix}, {group} needed{suffix})" for group in ("women", "men")]
    lines.append(f"{result} = choices of women{suffix} * choices of men{suffix}")
    return part_of(numbers, suffix, lines)


def mixed_committee(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """At least one of a group: all committees but those without."""
    women, men = config.main(rng, 3), between(rng, 4, min(config.high, 9))
    numbers = {"women": women, "men": men, "members": between(rng, 2, min(4, men - 1))}
    people, everyone, without = f"people{suffix}", f"committees{suffix}", f"committees without women{suffix}"
    lines = [
        f"{people} = women{suffix} + men{suffix}",
        f"{everyone} = C({people}, members{suffix})",
        f"{without} = C(men{suffix}, members{suffix})",
        f"{result} = {everyone} - {without}",
    ]
    return part_of(numbers, suffix, lines)


def neighbours(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part:
    """Some stand together (2 steps), or not all of them together (4 steps): the friends count as one."""
    people = config.main(rng, 4, FEW)
    numbers = {"people": people, "friends": between(rng, 2, min(4, people - 2))}
    block, units, together = "block", f"units{suffix}", f"rows together{suffix}"
    lines = [
        f"{units} = people{suffix} - friends{suffix} + {block}",
        f"{together if steps > 2 else result} = factorial({units}) * factorial(friends{suffix})",
    ]
    if steps > 2:
        lines += [f"rows{suffix} = factorial(people{suffix})", f"{result} = rows{suffix} - {together}"]
    return part_of(numbers, suffix, lines)
