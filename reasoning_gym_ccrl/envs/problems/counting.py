"""Counting and probability: selections, arrangements, paths, draws, dice, coins and cards, in exact numbers.

A problem is one choice or chance, several choices that are all made or of which one is, two chances that both come
out, or a tale about what is known, expected or drawn next.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product

from .chance_tales import expected, machines, narrowed_roll, next_draw
from .chance_wordings import CHANCE_DISTRACTORS, CHANCES, ask_for
from .counting_arrangements import ARRANGEMENTS
from .counting_selections import SELECTIONS
from .counting_wordings import ALL_WAYS, CHOICE_DISTRACTORS, EITHER_WAY, POOLS, Choice
from .sketch_family import SketchFamily
from .sketch_parts import LETTERS, Part, apart, apart_words
from .sketches import Kind, Said, Sketch, SketchConfig, check_kinds, pick

CHOICES: Mapping[str, Choice] = SELECTIONS | ARRANGEMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingConfig(SketchConfig):
    """Settings of the family; see `SketchConfig`. `kinds` are names of `KINDS`, such as "choose" or "next draw"."""

    high: int = 10

    def __post_init__(self) -> None:
        SketchConfig.__post_init__(self)
        check_kinds(self, KINDS)


def _choice(choice: Choice, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    part = choice.draw(rng, config, steps, "ways", "")
    return Sketch(part.givens, part.steps, ((choice.facts, part.words), (choice.ask, {})))


_JOINING: Mapping[int, tuple[str, ...]] = {
    n: tuple(name for name, choice in CHOICES.items() if choice.joins and n in choice.steps) for n in range(1, 6)
}
_MAX_JOINED = max(n for n, names in _JOINING.items() if names)


def _cut(rng: random.Random, steps: int) -> list[int] | None:
    """Steps shared out among two or three choices; None where they cannot be."""
    count = 3 if steps >= 3 and (steps > 2 * _MAX_JOINED or rng.random() < 0.4) else 2
    cuts = [0, *sorted(rng.sample(range(1, steps), count - 1)), steps]
    shares = [high - low for low, high in pairwise(cuts)]
    return shares if all(_JOINING.get(share) for share in shares) else None


def _joined(is_sum: bool, rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    """Different choices, all of them made (a product) or just one (a sum)."""
    shares = _cut(rng, steps - 1)
    if shares is None:
        return None
    names = [pick(rng, _JOINING[share]) for share in shares]
    if len(set(names)) < len(names):
        return None
    parts: list[Part] = []
    said: list[Said] = []
    for index, (name, share) in enumerate(zip(names, shares, strict=True)):
        letter = LETTERS[index]
        part = CHOICES[name].draw(rng, config, share, f"ways {letter}", f" in task {letter}")
        parts.append(part)
        said.append((apart(CHOICES[name].facts, index), apart_words(part.words, index)))
    said.append((EITHER_WAY if is_sum else ALL_WAYS, {}))
    ways = (" + " if is_sum else " * ").join(f"ways {letter}" for letter in LETTERS[: len(parts)])
    return _sketch(parts, [f"ways = {ways}"], said)


def _sketch(parts: list[Part], lines: list[str], said: list[Said]) -> Sketch:
    return Sketch(
        {name: number for part in parts for name, number in part.givens.items()},
        (*(line for part in parts for line in part.steps), *lines),
        tuple(said),
    )


def _chances(options: tuple[tuple[str, bool], ...], rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """The probability that each of one or two events, (name of the chance, whether it happens), comes true."""
    parts: list[Part] = []
    said: list[Said] = []
    ask: dict[str, object] = {}
    names: list[tuple[str, str]] = []
    lines: list[str] = []
    for index, (name, happens) in enumerate(options):
        chance = CHANCES[name]
        suffix = "" if len(options) == 1 else f" in game {LETTERS[index]}"
        part = chance.draw(rng, config, chance.steps, f"favourable{suffix}", suffix)
        words = apart_words(part.words, index)
        parts.append(part)
        said.append((apart(chance.facts, index), words))
        ask |= words
        favourable, outcomes = chance.favourable + suffix, chance.outcomes + suffix
        if not happens:
            lines.append(f"unfavourable{suffix} = {outcomes} - {favourable}")
            favourable = f"unfavourable{suffix}"
        names.append((favourable, outcomes))
    said.append((ask_for(options), ask))
    if len(names) == 1:
        lines.append(f"probability = {names[0][0]} / {names[0][1]}")
    else:
        lines.append(f"favourable pairs = {names[0][0]} * {names[1][0]}")
        lines.append(f"pairs of outcomes = {names[0][1]} * {names[1][1]}")
        lines.append("probability = favourable pairs / pairs of outcomes")
    return _sketch(parts, lines, said)


_EVENTS = tuple(product(CHANCES, (True, False)))
_PAIRS: Mapping[int, list[tuple[tuple[str, bool], ...]]] = {
    n: [
        (first, second)
        for first, second in product(_EVENTS, _EVENTS)
        if CHANCES[first[0]].thing != CHANCES[second[0]].thing
        and n == sum(CHANCES[name].steps + (not happens) for name, happens in (first, second)) + 3
    ]
    for n in range(1, 14)
}


def _chance(name: str, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    return _chances(((name, steps == CHANCES[name].steps + 1),), rng, config, steps)


def _two_chances(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    return _chances(pick(rng, _PAIRS[steps]), rng, config, steps)


def _choice_kind(name: str, choice: Choice) -> Kind:
    return Kind(
        name,
        partial(_choice, choice),
        choice.steps,
        0.7,
        told=True,
        turns=bool(choice.facts.turned),
        grows=name not in ("queue", "table", "together", "not together"),
        many=name not in ("queue", "table", "pairs", "together", "grid"),
        distractors=CHOICE_DISTRACTORS,
    )


KINDS: tuple[Kind, ...] = (
    *(_choice_kind(name, choice) for name, choice in CHOICES.items()),
    Kind("all", partial(_joined, False), tuple(range(3, 10)), 3.0, told=True, distractors=CHOICE_DISTRACTORS),
    Kind("either", partial(_joined, True), tuple(range(3, 10)), 2.0, told=True, distractors=CHOICE_DISTRACTORS),
    *(
        Kind(
            name,
            partial(_chance, name),
            (chance.steps + 1, chance.steps + 2),
            0.7,
            told=chance.told,
            turns=bool(chance.facts.turned),
            many=name not in ("roll", "rolls", "sum of rolls", "coins"),
            distractors=CHANCE_DISTRACTORS,
        )
        for name, chance in CHANCES.items()
    ),
    Kind("both", _two_chances, tuple(n for n, pairs in _PAIRS.items() if pairs), 3.0, distractors=CHANCE_DISTRACTORS),
    Kind("next draw", next_draw, (4,), told=True, distractors=CHANCE_DISTRACTORS),
    Kind("narrowed roll", narrowed_roll, (3,), 0.7, many=False, distractors=CHANCE_DISTRACTORS),
    Kind("machines", machines, (4,), told=True, distractors=CHOICE_DISTRACTORS),
    Kind("expected", expected, (3, 4, 5, 6), told=True, distractors=CHANCE_DISTRACTORS),
)
_MANY = tuple(kind.name for kind in KINDS if kind.many)


class Counting(SketchFamily):
    """The family "counting"; see the module's docstring."""

    name = "counting"
    presets: Mapping[str, CountingConfig] = {
        "easy": CountingConfig(max_steps=3),
        "medium": CountingConfig(min_steps=2, max_steps=5, high=16, kinds=_MANY),
        "hard": CountingConfig(min_steps=3, max_steps=6, high=30, kinds=_MANY, distractors=0.2),
    }
    kinds = KINDS
    pools = POOLS
    growth = 2
