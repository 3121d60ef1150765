"""Walks through the beats of a story, and numbers for which every calculation comes out whole.

Numbers are drawn constructively where that is easy (a divisor that divides, a loss that leaves something) and by a
few tries where it is not (a percentage of a number that is whole), so that hardly a walk is thrown away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from .base import canonical_node
from .story_parts import Beat, Story

if TYPE_CHECKING:
    from .word_problems import WordProblemConfig

Calculation = tuple[str, str, str, str]  # name, left, operator, right; still with {a}, {b}, {n} in the names

_CALCULATION = re.compile(r"(.+?) = (.+?) ([-+*/]) (.+)")
_ROUND_UP_TO = 5  # round numbers go up to so many times `many`
_TRIES = 40  # of the tries at a number that fits; where nothing fits, another walk is drawn


class Given(NamedTuple):
    """A number of the question: its value, how it is written ("20%"), and its canonical form ("(20/100)")."""

    value: int | Fraction
    text: str
    form: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A beat with its numbers, its calculations spelled out, and their values."""

    beat: Beat
    givens: tuple[Given, ...]
    calculations: tuple[Calculation, ...]  # `$` replaced by the running quantity's name
    values: tuple[int, ...]


def _percent(number: int) -> Given:
    return Given(Fraction(number, 100), f"{number}%", canonical_node("/", number, 100))


def _part(numerator: int, denominator: int) -> Given:
    return Given(
        Fraction(numerator, denominator), f"{numerator}/{denominator}", canonical_node("/", numerator, denominator)
    )


def _whole(number: int) -> Given:
    text = str(number)
    return Given(number, text, text)


_POOLS: Mapping[str, Sequence[Given]] = {
    "percent": [_percent(number) for number in (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75)],
    "small percent": [_percent(number) for number in (2, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)],
    "minutes": [_whole(number) for number in (10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 75, 80, 90)],
    "part": [
        _part(above, below)
        for below in (2, 3, 4, 5, 6, 8, 10, 12)
        for above in range(1, below)
        if Fraction(above, below).denominator == below
    ],
}


@cache
def calculations_of(beat: Beat) -> tuple[Calculation, ...]:
    """A beat's calculations, parsed: "cost = price * number" -> ("cost", "price", "*", "number")."""
    found = []
    for text in beat.steps:
        match = _CALCULATION.fullmatch(text)
        if match is None:
            raise ValueError(f'A calculation reads "name = left operator right"; received {text!r}.')
        found.append((match[1], match[2], match[3], match[4]))
    return tuple(found)


@cache
def _beats_from(story: Story, state: str) -> tuple[Beat, ...]:
    return tuple(beat for beat in story.beats if state in beat.source.split())


def draw_walk(story: Story, n_steps: int, rng: random.Random) -> list[Beat] | None:
    """A random walk of exactly `n_steps` calculations, no beat twice; None where it ran into a dead end."""
    walk = [rng.choice(_beats_from(story, "start"))]
    missing = n_steps - len(walk[0].steps)
    while missing > 0:
        onward = [b for b in _beats_from(story, walk[-1].target) if len(b.steps) <= missing and b not in walk]
        if not onward:
            return None
        walk.append(rng.choice(onward))
        missing -= len(walk[-1].steps)
    return walk if missing == 0 and walk[-1].asks.plain else None


@cache
def longest_walk(story: Story) -> int:
    """The most calculations that a walk through the story can have."""

    def longest_from(state: str, walked: frozenset[Beat]) -> int:
        onward = [beat for beat in _beats_from(story, state) if beat not in walked]
        return max((len(b.steps) + longest_from(b.target, walked | {b}) for b in onward), default=0)

    return longest_from("start", frozenset())


def draw_numbers(walk: Sequence[Beat], config: WordProblemConfig, rng: random.Random) -> list[Scene] | None:
    """Numbers for every beat such that each result is a whole number from 1 to `max_value`, or None."""
    scenes: list[Scene] = []
    running_name = ""
    known: dict[str, int | Fraction] = {"$": 0}
    for beat in walk:
        givens = _draw(beat, known, config, rng)
        if givens is None:
            return None
        calculations, values = [], []
        for name, left, operator, right in calculations_of(beat):
            value = _apply(operator, known[left], known[right])
            if value is None or not 1 <= value <= config.max_value:
                return None
            known[name] = value
            calculations.append((name, _named(left, running_name), operator, _named(right, running_name)))
            values.append(value)
        scenes.append(Scene(beat, givens, tuple(calculations), tuple(values)))
        running_name = calculations[-1][0] if calculations else beat.givens[-1][0]
        known["$"] = known[running_name]
    return scenes if config.many_from == 2 or _goes_beyond(scenes, config) else None


def _named(operand: str, running_name: str) -> str:
    return running_name if operand == "$" else operand


def _goes_beyond(scenes: Sequence[Scene], config: WordProblemConfig) -> bool:
    """Whether some number in a large role is `many_from` or more: those that meet the running quantity may be less."""
    return any(
        role[0] == "x" or (role.endswith("many") and given.value >= config.many_from)
        for scene in scenes
        for (_, role), given in zip(scene.beat.givens, scene.givens, strict=True)
    )


def _draw(
    beat: Beat, known: dict[str, int | Fraction], config: WordProblemConfig, rng: random.Random
) -> tuple[Given, ...] | None:
    """The beat's numbers, which are entered into `known` by name; None where no number fits."""
    givens: list[Given] = []
    meets = _meets(beat)
    for name, role in beat.givens:
        if role in ("few", "many", "lots"):
            number = _draw_whole(role, meets.get(name), int(known["$"]), config, rng)
            given = None if number is None else _whole(number)
        else:
            given = _draw_special(beat, name, role, known, config, rng)
        if given is None:
            return None
        givens.append(given)
        known[name] = given.value
    return tuple(givens)


@cache
def _meets(beat: Beat) -> Mapping[str, str]:
    """How the beat's numbers meet the running quantity: name -> "/" for `$ / name`, "-$" for `name - $`, ..."""
    meets = {}
    for _, left, operator, right in calculations_of(beat):
        if "$" in (left, right):
            meets[right if left == "$" else left] = operator if left == "$" else operator + "$"
    return meets


def _draw_whole(
    role: str, meets: str | None, running: int, config: WordProblemConfig, rng: random.Random
) -> int | None:
    """A whole number; one that meets the running quantity is drawn from those that can."""
    low, high = 2, {"few": config.few, "many": config.many, "lots": config.max_value}[role]
    match meets:
        case "/":
            divisors = [d for d in range(low, min(high, running) + 1) if running % d == 0 and d < running]
            return rng.choice(divisors) if divisors else None
        case "-":
            high = min(high, running - 1)
        case "-$":
            low = running + 1
        case "*":
            high = min(high, config.max_value // running)
        case "+":
            high = min(high, config.max_value - running)
        case None if role == "many":
            low = config.many_from
    if low > high:
        return None
    return low + int(rng.random() * (high - low + 1))


def _draw_special(
    beat: Beat,
    name: str,
    role: str,
    known: Mapping[str, int | Fraction],
    config: WordProblemConfig,
    rng: random.Random,
) -> Given | None:
    """A number of one of the other roles; see the notation of `story_parts`."""
    if role[0] == "=":
        return _whole(int(role[1:]))
    if role[0] == "x":
        unit = int(role[1:])
        low = -(-max(unit, _ROUND_UP_TO * (config.many_from - 1) + 1) // unit)
        high = min(_ROUND_UP_TO * config.many, config.max_value // 2) // unit
        return _whole(unit * (low + int(rng.random() * (high - low + 1)))) if low <= high else None
    if role == "multiple":
        [divisor] = [int(known[right]) for _, left, operator, right in calculations_of(beat) if left == name]
        high = min(config.many, config.max_value // divisor)
        return _whole(divisor * (2 + int(rng.random() * (high - 1)))) if high >= 2 else None
    pool = _POOLS.get(role)
    low, high = (config.many_from, config.many) if role == "fit many" else (2, config.few)
    for _ in range(_TRIES):
        if pool is None:
            given = _whole(low + int(rng.random() * (high - low + 1)))
        else:
            given = pool[int(rng.random() * len(pool))]
        if _fits(beat, {**known, name: given.value}, config.max_value):
            return given
    return None


def _fits(beat: Beat, known: dict[str, int | Fraction], max_value: int) -> bool:
    """Whether the beat's calculations, as far as their numbers are known, give whole numbers in range."""
    for name, left, operator, right in calculations_of(beat):
        if left in known and right in known:
            value = _apply(operator, known[left], known[right])
            if value is None or not 1 <= value <= max_value:
                return False
            known[name] = value
    return True


def _apply(operator: str, left: int | Fraction, right: int | Fraction) -> int | None:
    """The result, or None where it is no whole number."""
    match operator:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value, rest = divmod(left * right.numerator, right.denominator)
            return None if rest else int(value)
        case _:
            return int(left // right) if right and left % right == 0 else None
    return int(value)
