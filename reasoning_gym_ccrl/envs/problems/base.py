"""What a problem family is, how splits are kept apart, and the source that an environment draws from.

A family first drafts a computation graph; only a draft that falls into the wanted split is put into words. The
split is read off the graph itself (operations and numbers, names removed, commutative operands sorted), so two
problems that differ in wording or in the order of a sum are never on both sides, whatever the seeds.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Protocol

from ...errors import InvalidOption, unknown_name
from ...types import Problem

DIFFICULTIES = ("easy", "medium", "hard")

# Sixteen buckets of graphs. Buckets 12 to 15 are kept for out-of-distribution splits.
SPLITS: Mapping[str, range] = {"train": range(0, 8), "validation": range(8, 10), "test": range(10, 12)}
_BUCKETS = 16
_MAX_DRAFTS = 20_000

Operand = int | str  # a number of the question, or the canonical form of an earlier node


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem before it is worded: its canonical computation graph and how to word it."""

    canonical: str
    build: Callable[[], Problem]


class Family(Protocol):
    """A generator of problems of one kind; `presets` maps each difficulty to a config dataclass."""

    name: str
    presets: Mapping[str, Any]

    def draft(self, rng: random.Random, config: Any) -> Draft:
        """Draws one computation graph; all randomness comes from `rng`."""
        ...


def check_bounds(config: Any, smallest: Mapping[str, int]) -> None:
    """Raises InvalidOption where an option of a family is below its smallest value, or the most steps below the least.

    Args:
        config: a family's config, with min_steps and max_steps among others.
        smallest: option -> smallest value that can work.
    """
    for name, low in smallest.items():
        if getattr(config, name) < low:
            raise InvalidOption(f"{name} is at least {low}; received {getattr(config, name)!r}.")
    if config.max_steps < config.min_steps:
        raise InvalidOption(
            f"max_steps is at least min_steps; received max_steps={config.max_steps}, min_steps={config.min_steps}."
        )


def canonical_node(operator: str, left: Operand, right: Operand) -> str:
    """The canonical form of one operation; operands of + and * are sorted.

    >>> canonical_node("+", canonical_node("*", 4, 3), 12) == canonical_node("+", 12, canonical_node("*", 3, 4))
    True
    """
    first, second = str(left), str(right)
    if operator in "+*" and second < first:
        first, second = second, first
    return f"({first}{operator}{second})"


def digest(text: str) -> int:
    """A 64-bit hash that is equal on every machine and in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def split_of(canonical: str) -> str:
    """The split a graph belongs to: "train", "validation", "test" or "reserved"."""
    bucket = digest(canonical) % _BUCKETS
    return next((name for name, buckets in SPLITS.items() if bucket in buckets), "reserved")


class ProblemSource:
    """Draws problems from weighted families, in one split, at one difficulty.

    Args:
        families: family name -> weight, or names of equal weight.
        table: the known families by name.
        difficulty: a preset's name, or family name -> options that replace those of the preset "easy".
        split: "train", "validation" or "test"; disjoint by computation graph.

    Raises:
        UnknownName: a family, difficulty, option or split that is in no table.
        InvalidOption: weights that are negative or all zero.
    """

    def __init__(
        self,
        families: Mapping[str, float] | Sequence[str],
        table: Mapping[str, Family],
        difficulty: str | Mapping[str, Mapping[str, Any]] = "easy",
        split: str = "train",
    ) -> None:
        weights = dict(families) if isinstance(families, Mapping) else dict.fromkeys(families, 1.0)
        for name in weights:
            if name not in table:
                raise unknown_name("family", name, table)
        if not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
            raise InvalidOption(f"Family weights are non-negative and not all zero; received {weights}.")
        if split not in SPLITS:
            raise unknown_name("split", split, SPLITS)
        if not isinstance(difficulty, str):
            for name in difficulty:
                if name not in table:
                    raise unknown_name("family", name, table)
        self.split = split
        self.difficulty = difficulty if isinstance(difficulty, str) else "custom"
        self._buckets = SPLITS[split]
        self._entries = [(table[name], _config(table[name], difficulty)) for name in weights]
        self._cumulative = list(accumulate(weights.values()))

    def sample(self, rng: random.Random) -> Problem:
        """One problem of this split; all randomness comes from `rng`."""
        family, config = rng.choices(self._entries, cum_weights=self._cumulative)[0]
        for _ in range(_MAX_DRAFTS):
            draft = family.draft(rng, config)
            if digest(draft.canonical) % _BUCKETS in self._buckets:
                return replace(draft.build(), difficulty=self.difficulty)
        raise InvalidOption(
            f"The settings of family {family.name!r} leave no problem in the split {self.split!r} "
            f"({_MAX_DRAFTS} drafts tried); allow larger numbers or more steps. Received {config}."
        )


def _config(family: Family, difficulty: str | Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(difficulty, str):
        if difficulty not in family.presets:
            raise unknown_name("difficulty", difficulty, family.presets)
        return family.presets[difficulty]
    options = difficulty.get(family.name, {})
    easy = family.presets["easy"]
    for option in options:
        if option not in easy.__dataclass_fields__:
            raise unknown_name(f"option of family {family.name}", option, easy.__dataclass_fields__)
    return replace(easy, **options)
