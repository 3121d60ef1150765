"""Sequences: terms, sums and places of arithmetic and geometric ones, quadratic patterns, recurrences, stories.

A problem is about one sequence, or a formula of results from two or three of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from .sequence_growth import GROWTH
from .sequence_parts import Progression, ordinal
from .sequence_recurrences import RECURRENCES
from .sequence_stories import STORIES
from .sequence_wordings import ARITHMETIC, FORMULA, POOLS, SEQUENCE_DISTRACTORS, STORY_DISTRACTORS
from .sketch_family import SketchFamily
from .sketch_parts import LETTERS, apart, apart_words, suffixed
from .sketches import Kind, Said, Sketch, SketchConfig, check_kinds, pick

PROGRESSIONS: Mapping[str, Progression] = ARITHMETIC | GROWTH | RECURRENCES | STORIES


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencesConfig(SketchConfig):
    """Settings of the family; see `SketchConfig`. `low` and `high` bound first terms; `kinds` are names of `KINDS`."""

    def __post_init__(self) -> None:
        SketchConfig.__post_init__(self)
        check_kinds(self, KINDS)


def _words(numbers: Mapping[str, int], lines: tuple[str, ...]) -> dict[str, object]:
    """The numbers by their names, places also as "5th", and the place of the last line's term, "term e", as "asked"."""
    words: dict[str, object] = dict(numbers)
    words |= {f"{name} th": ordinal(number) for name, number in numbers.items() if name.endswith("place")}
    term = lines[-1].partition(" = ")[0]
    if term[:-1] == "term ":
        words["asked"] = ordinal(LETTERS.index(term[-1]) + 1)
    return words


def _alone(progression: Progression, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    numbers, lines = progression.draw(rng, config, steps), progression.lines(steps)
    return Sketch(numbers, lines, ((progression.alone, _words(numbers, lines)),))


_ABLE: Mapping[int, tuple[Progression, ...]] = {
    n: tuple(p for p in PROGRESSIONS.values() if p.letter is not None and n in p.steps) for n in range(1, 9)
}
_LETTERS = ("a", "b", "c")
_FORMULAS = {2: ("{} + {}", "{} * {}"), 3: ("{} + {} + {}", "{} * {} + {}")}


def _formula(rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    """Terms or sums of two or three sequences, each with a letter, in a sum or product."""
    count = 3 if steps > 6 and rng.random() < 0.4 else 2
    cuts = [0, *sorted(rng.sample(range(1, steps - 1), count - 1)), steps - 1]
    shares = [cuts[index + 1] - cuts[index] for index in range(count)]
    if not all(_ABLE[share] for share in shares):
        return None
    givens: dict[str, int] = {}
    lines: list[str] = []
    said: list[Said] = []
    for index, (letter, share) in enumerate(zip(_LETTERS, shares, strict=False)):
        progression = pick(rng, _ABLE[share])
        numbers, steps_to = progression.draw(rng, config, share), progression.lines(share)
        suffix = f" in sequence {letter}"
        givens |= {name + suffix: number for name, number in numbers.items()}
        lines += _suffixed(steps_to, suffix, letter)
        said.append(
            (apart(progression.letter, index), apart_words({**_words(numbers, steps_to), "letter": letter}, index))
        )
    formula = pick(rng, _FORMULAS[count]).format(*_LETTERS)
    said.append((FORMULA, {"formula": formula}))
    return Sketch(givens, (*lines, f"value = {formula}"), tuple(said))


def _suffixed(lines: tuple[str, ...], suffix: str, result: str) -> list[str]:
    """The lines with a suffix on all names, those after a "|" too."""
    plain = suffixed(tuple(line.partition(" | ")[0] for line in lines), suffix, result)
    also = [line.partition(" | ")[2] for line in lines]
    return [f"{line} | {name}{suffix}" if name else line for line, name in zip(plain, also, strict=True)]


KINDS: tuple[Kind, ...] = (
    *(
        Kind(
            name,
            partial(_alone, progression),
            progression.steps,
            1.0 if len(progression.steps) < 3 else 0.6,
            told=progression.told,
            turns=bool(progression.alone.turned),
            grows=progression.grows,
            many=progression.many,
            distractors=STORY_DISTRACTORS if progression.told else SEQUENCE_DISTRACTORS,
        )
        for name, progression in PROGRESSIONS.items()
    ),
    Kind("formula of several", _formula, tuple(range(5, 10)), 4.0, distractors=SEQUENCE_DISTRACTORS),
)
_MANY = tuple(kind.name for kind in KINDS if kind.many)


class Sequences(SketchFamily):
    """The family "sequences"; see the module's docstring."""

    name = "sequences"
    presets: Mapping[str, SequencesConfig] = {
        "easy": SequencesConfig(max_steps=3),
        "medium": SequencesConfig(min_steps=2, max_steps=5, high=150, kinds=_MANY),
        "hard": SequencesConfig(min_steps=3, max_steps=6, high=600, kinds=_MANY, distractors=0.2),
    }
    kinds = KINDS
    pools = POOLS
