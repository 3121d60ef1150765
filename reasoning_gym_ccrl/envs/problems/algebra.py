"""Algebra: linear equations in one unknown, and systems of two or three, bare or dressed in words.

The kinds: "chain" (the unknown stands once: (3x + 5)/4 = 8), "sides" (brackets, fractions, unknowns on both sides),
"pair", "substitution" and "triple" (systems). A share of the problems is dressed in words: numbers that are thought of,
and stories. A story's path begins with its equations; a chain's does not, as its operations are undone one by one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from ...errors import InvalidOption, unknown_name
from .algebra_wording import word_chain, word_plans, word_sides, word_story, word_system
from .base import Draft, FamilyConfig, check_bounds, shift_wording
from .linear_chains import MAX_OPERATIONS, chain_shapes, draw_chain
from .linear_sides import Sides, Term, draw_sides, side_shapes
from .linear_systems import SYSTEM_STEPS, Equation, System, arranged, count_steps, draw_pair, draw_system, is_sound
from .sketches import between, pick

KINDS = ("chain", "sides", "pair", "substitution", "triple")
MAX_STEPS = 10

_MAX_TRIES = 1000
_SETUP = 2  # a story of two unknowns begins with its two equations
_STORY_STEPS: Mapping[str, range] = {
    "sum and difference": range(3 + _SETUP, 4 + _SETUP),
    "prices": range(4 + _SETUP, 5 + _SETUP),
    "two purchases": range(4 + _SETUP, 7 + _SETUP),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgebraConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive.

    Attributes:
        kinds: which kinds of problems occur, some of `KINDS`.
        few: largest coefficient, factor and divisor; at least 2.
        least, many: range of the unknowns' values and of the numbers that are added.
        max_number: largest number of a question but for its sign, and of the results on the way to a chain's.
        negative: whether unknowns, results and constants may be negative.
        max_denominator: largest denominator of a solution; 1 for whole numbers.
        worded: probability that a problem is dressed in words.
    """

    kinds: tuple[str, ...] = KINDS
    max_steps: int = 3
    few: int = 9
    least: int = 1
    many: int = 12
    max_number: int = 150
    negative: bool = False
    max_denominator: int = 1
    worded: float = 0.25

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 3, "least": 1, "many": 2, "max_number": 20, "max_denominator": 1})
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind", kind, KINDS)
        if not self.kinds or self.least >= self.many or self.many > self.max_number:
            raise InvalidOption(
                "There is at least one kind, and least < many <= max_number; received "
                f"kinds={self.kinds}, least={self.least}, many={self.many}, max_number={self.max_number}."
            )
        if not 0 <= self.worded <= 1:
            raise InvalidOption(f"worded is a probability; received {self.worded!r}.")
        if self.min_steps > MAX_STEPS:
            raise InvalidOption(
                f"An algebra problem has at most {MAX_STEPS} steps; received min_steps={self.min_steps}."
            )


class Algebra:
    """The family "algebra"; see the module's docstring."""

    name = "algebra"
    presets: Mapping[str, AlgebraConfig] = {
        "easy": AlgebraConfig(),
        "medium": AlgebraConfig(
            min_steps=2, max_steps=5, few=12, many=30, max_number=600, negative=True, distractors=0.2
        ),
        "hard": AlgebraConfig(
            min_steps=4,
            max_steps=8,
            few=15,
            many=60,
            max_number=3000,
            negative=True,
            max_denominator=6,
            distractors=0.4,
        ),
    }

    def draft(self, rng: random.Random, config: AlgebraConfig) -> Draft:
        """Draws whether there are words, the number of steps, a kind that can have so many, and its numbers."""
        for _ in range(_MAX_TRIES):
            worded = rng.random() < config.worded
            choices = _choices(config.kinds, config.min_steps, config.max_steps, worded)
            if not choices:
                if config.worded in (0, 1):
                    break
                continue
            steps, kinds = pick(rng, choices)
            draft = _draft_kind(pick(rng, kinds), steps, config, rng, worded=worded)
            if draft is not None:
                return draft
        raise InvalidOption(
            f"No algebra problem fits the settings {config}; widen the numbers, the kinds or the steps."
        )

    def shifted(self, config: AlgebraConfig, split: str) -> AlgebraConfig | None:
        """Every split. Words have no other order, and only they have room for a fact that does not matter."""
        match split:
            case "larger_numbers":
                largest = config.max_number
                return replace(config, least=largest + 1, many=largest * 10, max_number=largest * 10_000)
            case "distractors":
                return replace(config, distractors=1.0, worded=1.0)
            case "reordered":
                return replace(config, order="shuffled", worded=0.0)
        return shift_wording(config, split)


# -- kinds -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _choices(kinds: tuple[str, ...], low: int, high: int, worded: bool) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Each number of steps that is wanted and can be had, with the kinds that have it."""
    found = []
    for steps in range(low, min(high, MAX_STEPS) + 1):
        able = tuple(_worded_kinds(kinds, steps) if worded else _bare_kinds(kinds, steps))
        if able:
            found.append((steps, able))
    return tuple(found)


def _bare_kinds(kinds: tuple[str, ...], steps: int) -> list[str]:
    return [
        kind
        for kind in kinds
        if (kind == "chain" and steps <= MAX_OPERATIONS)
        or (kind == "sides" and side_shapes(steps))
        or steps in SYSTEM_STEPS.get(kind, ())
    ]


def _worded_kinds(kinds: tuple[str, ...], steps: int) -> list[str]:
    found = ["chain"] if "chain" in kinds and steps <= MAX_OPERATIONS else []
    found += ["plans"] if "sides" in kinds and steps == 4 else []
    return found + [story for story, able in _STORY_STEPS.items() if "pair" in kinds and steps in able]


def _draft_kind(kind: str, steps: int, config: AlgebraConfig, rng: random.Random, *, worded: bool) -> Draft | None:
    """A draft with so many steps; of a system, with any number of steps in range; None where this draw is in vain."""
    if kind == "chain":
        chain = draw_chain(pick(rng, chain_shapes(steps)), config, rng)
        if chain is None:
            return None
        canonical = chain.canonical
        build = partial(word_chain, chain, canonical, config, rng, worded=worded)
        return Draft(canonical, build, steps, chain.composition)
    if kind in ("sides", "plans"):
        sides = _draw_plans(config, rng) if worded else draw_sides(pick(rng, side_shapes(steps)), config, rng)
        word = word_plans if worded else word_sides
        if sides is None:
            return None
        canonical = sides.canonical
        return Draft(canonical, partial(word, sides, canonical, config, rng), steps, sides.composition)
    system = _draw_story(kind, steps - _SETUP, config, rng) if worded else draw_system(kind, steps, config, rng)
    if system is None:
        return None
    found = count_steps(system)
    if found is None:
        return None
    found += _SETUP if worded else 0
    if not config.min_steps <= found <= config.max_steps:
        return None
    build = partial(word_story, kind, system, config, rng) if worded else partial(word_system, system, config, rng)
    return Draft(system.canonical, build, found, system.composition)


def _draw_plans(config: AlgebraConfig, rng: random.Random) -> Sides | None:
    """Two amounts that grow until they are equal: all numbers positive and no step missing."""
    fewer = between(rng, 2, max(2, config.few - 2))
    more = fewer + between(rng, 2, max(2, config.few - fewer))
    less, unknown = (between(rng, max(2, config.least), config.many) for _ in range(2))
    ahead = less + (more - fewer) * unknown
    if ahead > config.max_number:
        return None
    sides = [_amount(more, less), _amount(fewer, ahead)]
    if rng.random() < 0.5:
        sides.reverse()
    return Sides(sides[0], sides[1], unknown)


def _amount(factor: int, constant: int) -> tuple[Term, ...]:
    return Term("u", 1, factor), Term("c", 1, 1, 0, constant)


def _draw_story(story: str, steps: int, config: AlgebraConfig, rng: random.Random) -> System | None:
    """A system that a story can tell: all its numbers are at least 2."""
    low = max(2, config.least)
    x, y = between(rng, low, config.many), between(rng, low, config.many)
    if story == "sum and difference":
        larger = y + between(rng, low, config.many)
        equations: tuple[Equation, ...] = (Equation((1, 1), larger + y), Equation((1, -1), larger - y))
        x = larger
    elif story == "prices":
        first = between(rng, 2, config.few)
        second = first + between(rng, 1, config.few)
        if rng.random() < 0.5:
            first, second = second, first
        equations = (Equation((1, 1), x + y), Equation((first, second), first * x + second * y))
    else:
        equations = draw_pair(((steps - 4), 1), (x, y), config, rng, amounts=True)
    return arranged(equations, (x, y)) if is_sound(equations, config) else None
