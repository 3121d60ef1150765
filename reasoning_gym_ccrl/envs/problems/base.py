"""What a problem family is, how splits are kept apart, and the source that an environment draws from.

A family first drafts a computation graph; only a draft that falls into the wanted split is put into words. The
split is read off the graph itself (operations and numbers, names removed, commutative operands sorted), so two
problems that differ in wording or in the order of a sum are never on both sides, whatever the seeds.

A *composition* is a graph with its numbers left out. Of the compositions with three or more steps an eighth is kept
for the split `unseen_compositions` and occurs nowhere else.
"""

from __future__ import annotations

import hashlib
import random
import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, Literal, NamedTuple, Protocol

from ...errors import InvalidOption, unknown_name
from ...types import Problem
from .making import make_problem

DIFFICULTIES = ("easy", "medium", "hard")

_BUCKETS = 16
# Sixteen buckets of graphs, of which the last four are shared out among the out-of-distribution splits.
_IN_DISTRIBUTION: Mapping[str, range] = {"train": range(0, 8), "validation": range(8, 10), "test": range(10, 12)}

OOD_SPLITS: Mapping[str, str] = {
    "larger_numbers": "Numbers beyond the range of the difficulty.",
    "more_steps": "More steps than the difficulty has.",
    "renamed": "Names and things that occur in no other split.",
    "reordered": "What is given comes in another order.",
    "distractors": "At least one fact with a number that does not matter.",
    "unseen_templates": "Wordings that occur in no other split.",
    "unseen_compositions": "Graphs of three or more steps whose operations, numbers left out, occur in no other split.",
}
"""The out-of-distribution splits: what is new in each. A family offers those that mean something for it."""

_BY_GRAPH = tuple(name for name in OOD_SPLITS if name != "unseen_compositions")
SPLITS: tuple[str, ...] = (*_IN_DISTRIBUTION, *OOD_SPLITS)

HELD_OUT_STEPS = 3  # compositions of fewer steps are too few to hold any out
_HELD_OUT_SHARE = 8  # one in so many
_MAX_DRAFTS = 20_000

Operand = int | str  # a number of the question, or the canonical form of an earlier node


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyConfig:
    """The settings that families share; a family's own config adds to them. All bounds are inclusive.

    Attributes:
        min_steps, max_steps: number of steps on the gold path.
        templates: "seen" draws from the usual wordings, "unseen" from those kept for `unseen_templates`.
        names: "seen" draws from the usual names and things, "unseen" from those kept for `renamed`.
        order: "usual", or "shuffled" for what is given in another order than usual.
        distractors: probability of a fact with a number that does not matter.
        split, difficulty: what is drawn for. The source fills them in; a family may use the one to draft less in
            vain, and write the other into its problems.
    """

    min_steps: int = 1
    max_steps: int = 2
    templates: Literal["seen", "unseen"] = "seen"
    names: Literal["seen", "unseen"] = "seen"
    order: Literal["usual", "shuffled"] = "usual"
    distractors: float = 0.0
    split: str = ""
    difficulty: str = ""

    def __post_init__(self) -> None:
        check_bounds(self, {"min_steps": 1})
        for option, known in (("templates", _SEEN), ("names", _SEEN), ("order", _ORDERS)):
            if getattr(self, option) not in known:
                raise unknown_name(option, getattr(self, option), known)
        if not 0 <= self.distractors <= 1:
            raise InvalidOption(f"distractors is a probability; received {self.distractors!r}.")


_FILLED_IN = ("split", "difficulty")  # by the source
_SEEN = ("seen", "unseen")
_ORDERS = ("usual", "shuffled")


class Draft(NamedTuple):
    """A problem before it is worded: its canonical computation graph and how to word it.

    Attributes:
        canonical: operations and numbers, names removed, commutative operands sorted: `canonical_node` makes such.
        build: words it; all randomness it needs comes from the generator that drafted it.
        steps: number of steps on the gold path.
        composition: the graph with its numbers left out; None where `composition_of(canonical)` gives it.
        split: what `split_of` says of the three, where the family has asked it already; else None.
    """

    canonical: str
    build: Callable[[], Problem]
    steps: int = 1
    composition: str | None = None
    split: str | None = None


class Family(Protocol):
    """A generator of problems of one kind; `presets` maps each difficulty to a config dataclass."""

    @property
    def name(self) -> str: ...
    @property
    def presets(self) -> Mapping[str, Any]: ...

    def draft(self, rng: random.Random, config: Any) -> Draft:
        """Draws one computation graph; all randomness comes from `rng`."""
        ...

    def shifted(self, config: Any, split: str) -> Any | None:
        """The config that an out-of-distribution split draws with, or None where the family has no such split."""
        ...


def shift_wording(config: Any, split: str) -> Any | None:
    """The part of `shifted` that is the same for all families: what a split changes in `FamilyConfig`'s own settings.

    >>> shift_wording(FamilyConfig(), "unseen_templates").templates
    'unseen'
    """
    match split:
        case "renamed":
            return replace(config, names="unseen")
        case "reordered":
            return replace(config, order="shuffled")
        case "distractors":
            return replace(config, distractors=1.0)
        case "unseen_templates":
            return replace(config, templates="unseen")
        case "more_steps":
            more = config.max_steps
            return replace(config, min_steps=more + 1, max_steps=more + 2)
        case "unseen_compositions":
            low = max(config.min_steps, HELD_OUT_STEPS)
            return replace(config, min_steps=low, max_steps=max(config.max_steps, low))
    return None


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
    hashed = _EMPTY_HASH.copy()
    hashed.update(text.encode())
    return int.from_bytes(hashed.digest())


def hex_digest(text: str) -> str:
    """`digest` in sixteen hexadecimal digits, as ids have it.

    >>> hex_digest("(3+4)") == f"{digest('(3+4)'):016x}"
    True
    """
    hashed = _EMPTY_HASH.copy()
    hashed.update(text.encode())
    return hashed.hexdigest()


_EMPTY_HASH = hashlib.blake2b(digest_size=8)  # copying it takes half as long as setting one up


def composition_of(canonical: str) -> str:
    """The canonical form of a graph with its numbers left out, operands of + and * sorted anew.

    Anything but nested `canonical_node` forms keeps its text, with "#" for each number.

    >>> composition_of("((1+2)*(30*4))") == composition_of("((3*4)*(10+20))") == "((#*#)*(#+#))"
    True
    """
    text = _NUMBER.sub("#", canonical)
    if len(text) > _LONGEST_GRAPH or _FINISHED.search(text):
        return text
    nodes: list[str] = []

    def finish(match: re.Match[str]) -> str:
        # A finished node is one sign in the text, so that what is around it is told apart with no counting of brackets.
        left, right = (nodes[ord(sign) - _FIRST_SIGN] if sign != "#" else sign for sign in match.group(1, 3))
        nodes.append(canonical_node(match[2], left, right))
        return chr(_FIRST_SIGN + len(nodes) - 1)

    count = 1
    while count:
        text, count = _INNERMOST.subn(finish, text)
    return _FINISHED.sub(lambda match: nodes[ord(match[0]) - _FIRST_SIGN], text)


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Signs that stand for finished nodes are those of Unicode's first area for private use: enough for the longest graph.
_FIRST_SIGN, _LONGEST_GRAPH = 0xE000, 30_000
_FINISHED = re.compile(r"[\ue000-\uf8ff]")
_INNERMOST = re.compile(r"\(([#\ue000-\uf8ff])([-+*/])([#\ue000-\uf8ff])\)")


def split_of(canonical: str, steps: int = 1, composition: str | None = None) -> str:
    """The split a graph belongs to: one of `SPLITS`."""
    if steps >= HELD_OUT_STEPS and is_held_out(composition_of(canonical) if composition is None else composition):
        return "unseen_compositions"
    number = digest(canonical)
    return _SPLIT_OF_BUCKET[number % _BUCKETS] or _BY_GRAPH[number // _BUCKETS % len(_BY_GRAPH)]


@lru_cache(maxsize=4_096)
def is_held_out(composition: str) -> bool:
    """Whether a composition of `HELD_OUT_STEPS` or more steps occurs in `unseen_compositions` alone."""
    return digest(f"composition {composition}") % _HELD_OUT_SHARE == 0


# "" for the buckets that the out-of-distribution splits share.
_SPLIT_OF_BUCKET = tuple(
    next((name for name, buckets in _IN_DISTRIBUTION.items() if bucket in buckets), "") for bucket in range(_BUCKETS)
)


class ProblemSource:
    """Draws problems from weighted families, in one split, at one difficulty.

    Args:
        families: family name -> weight, or names of equal weight.
        table: the known families by name.
        difficulty: a preset's name; a number from 0 (easy) to 1 (hard); or family name -> options that replace those
            of the preset "easy".
        split: one of `SPLITS`; disjoint by computation graph.

    Raises:
        UnknownName: a family, difficulty, option or split that is in no table.
        InvalidOption: weights that are negative or all zero; a split that none of the families has.
    """

    def __init__(
        self,
        families: Mapping[str, float] | Sequence[str],
        table: Mapping[str, Family],
        difficulty: str | float | Mapping[str, Mapping[str, Any]] = "easy",
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
        if isinstance(difficulty, Mapping):
            for name in difficulty:
                if name not in table:
                    raise unknown_name("family", name, table)
        self.split = split
        self._weights, self._table = weights, table
        self._levels: dict[str | float, ProblemSource] = {}
        self.difficulty = "custom" if isinstance(difficulty, Mapping) else str(difficulty)
        entries = {name: (table[name], self._config(table[name], difficulty)) for name in weights}
        # A mixture leaves out the families that have no such split: renaming means nothing to a bare expression.
        offered = {name: entry for name, entry in entries.items() if entry[1] is not None and weights[name] > 0}
        if not offered:
            raise InvalidOption(
                f"No family of {', '.join(weights)} has the split {split!r}. They have: "
                f"{', '.join(name for name in SPLITS if any(has_split(table[family], name) for family in weights))}."
            )
        self._entries = list(offered.values())
        self._cumulative = list(accumulate(weights[name] for name in offered))
        self._total, self._last = self._cumulative[-1] + 0.0, len(self._entries) - 1

    def _config(self, family: Family, difficulty: str | float | Mapping[str, Mapping[str, Any]]) -> Any | None:
        """The config that a family is drawn with, told what it is for; None where it has no such split."""
        config = _shifted(family, _config(family, difficulty), self.split)
        if not isinstance(config, FamilyConfig):
            return config
        return replace(config, split=self.split, difficulty=self.difficulty)

    @property
    def families(self) -> tuple[str, ...]:
        """The names of the families that are drawn from."""
        return tuple(family.name for family, _ in self._entries)

    def at(self, difficulty: str | float) -> ProblemSource:
        """The same families and split at another difficulty; made once, a number taken to two places."""
        level = difficulty if isinstance(difficulty, str | bool) else round(float(difficulty), 2)
        if level not in self._levels:
            self._levels[level] = ProblemSource(self._weights, self._table, level, self.split)
        return self._levels[level]

    def sample(self, rng: random.Random) -> Problem:
        """One problem of this split; all randomness comes from `rng`."""
        # What rng.choices does for one draw, at a quarter of its cost.
        family, config = self._entries[bisect(self._cumulative, rng.random() * self._total, 0, self._last)]
        for _ in range(_MAX_DRAFTS):
            canonical, build, steps, composition, split = family.draft(rng, config)
            if (split or split_of(canonical, steps, composition)) == self.split:
                made = build()
                if made.difficulty == self.difficulty:
                    return made
                # dataclasses.replace would take as long as all the rest of a short problem.
                return make_problem(
                    made.id, made.question, made.answer, made.solution, made.family, self.difficulty, made.metadata
                )
        raise InvalidOption(
            f"The settings of family {family.name!r} leave no problem in the split {self.split!r} "
            f"({_MAX_DRAFTS} drafts tried); allow larger numbers or more steps. Received {config}."
        )


def has_split(family: Family, split: str) -> bool:
    """Whether a family offers a split: the three usual ones always, the others where they mean something."""
    return _shifted(family, family.presets["easy"], split) is not None


def _shifted(family: Family, config: Any, split: str) -> Any | None:
    return config if split in _IN_DISTRIBUTION else family.shifted(config, split)


def _config(family: Family, difficulty: str | float | Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(difficulty, str):
        if difficulty not in family.presets:
            raise unknown_name("difficulty", difficulty, family.presets)
        return family.presets[difficulty]
    if not isinstance(difficulty, Mapping):
        return config_between(family, difficulty)
    options = difficulty.get(family.name, {})
    easy = family.presets["easy"]
    known = [name for name in easy.__dataclass_fields__ if name not in _FILLED_IN]
    for option in options:
        if option not in known:
            raise unknown_name(f"option of family {family.name}", option, known)
    return replace(easy, **options)


def config_between(family: Family, level: float) -> Any:
    """The config at a level from 0 (easy) over 0.5 (medium) to 1 (hard): numbers in proportion, all else the nearest's.

    Raises:
        InvalidOption: a level outside [0, 1].
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= 1:
        raise InvalidOption(
            f"A difficulty is one of {', '.join(DIFFICULTIES)}, or a number from 0 to 1; received {level!r}."
        )
    place = level * (len(DIFFICULTIES) - 1)
    index = min(int(place), len(DIFFICULTIES) - 2)
    share = place - index
    low, high = family.presets[DIFFICULTIES[index]], family.presets[DIFFICULTIES[index + 1]]
    nearest = low if share < 0.5 else high
    between: dict[str, Any] = {}
    for name in low.__dataclass_fields__:
        first, second = getattr(low, name), getattr(high, name)
        if isinstance(first, bool) or not isinstance(first, int | float) or not isinstance(second, int | float):
            continue
        value = first + share * (second - first)
        between[name] = round(value) if isinstance(first, int) and isinstance(second, int) else value
    return replace(nearest, **between)
