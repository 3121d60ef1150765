"""Problems as sketches: numbers with names, calculations over the names, and ways to say it.

A *kind* of problem draws a `Sketch` with the wanted number of steps. What is left is the same for all kinds: here the
calculations are worked out and the graph is made of them; `sketch_words` puts it into words, and `sketch_family` makes
a family of some kinds.

A wording is text with "{name}" for each number and "|" between its sentences, the question last. It holds no digit:
all numbers of a question are givens. Names such as "{person}" or "{thing}" are drawn from the family's pools.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from ...errors import InvalidOption, unknown_name
from ..verify.words import NUMBER_WORDS
from .base import HELD_OUT_STEPS, FamilyConfig, check_bounds, is_held_out
from .calculations import Calculation, PiMultiple, Value, read_calculation
from .known_numbers import KNOWN

_MAX_VALUE = 10**18  # beyond it nobody, and no model, works a product out
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchConfig(FamilyConfig):
    """Settings that the families of sketches share; all bounds are inclusive.

    Attributes:
        low, high: range of the main number of a problem; its other numbers are at most `high`, too.
        kinds: names of the kinds of problems to draw; empty for all.
    """

    low: int = 2
    high: int = 20
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"low": 2, "high": 8})
        if self.high < self.low:
            raise InvalidOption(f"high is at least low; received low={self.low}, high={self.high}.")

    def main(self, rng: random.Random, least: int = 2, span: int | None = None) -> int:
        """A number from `low` to `high`, at least `least`, and within `span` of the smallest that this leaves."""
        low = max(self.low, least)
        high = max(low, self.high)
        return between(rng, low, high if span is None else min(high, low + span))


@dataclass(frozen=True, slots=True, eq=False)  # by identity: wordings are keys of caches
class Wording:
    """Ways to say one thing.

    Attributes:
        seen: the usual ones.
        unseen: those kept for the split `unseen_templates`.
        turned: those that say what is given in another order, for the split `reordered`.
    """

    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    turned: tuple[str, ...] = ()

    @property
    def variants(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        return self.seen, self.unseen, self.turned

    @property
    def texts(self) -> tuple[str, ...]:
        return self.seen + self.unseen + self.turned


Said = tuple[Wording, Mapping[str, object]]  # a wording, and what its placeholders stand for


@dataclass(frozen=True, slots=True)
class Sketch:
    """A problem before it is worked out and worded.

    Attributes:
        givens: name -> number, all of them said in the question.
        steps: calculations in the notation of `read_calculation`, in order; the last one finds the answer. They may
            use numbers of `KNOWN`, which are not given.
        said: what the question says, in order. Several facts may be said in any order; the last item asks.
        found: numbers that a solver finds by trying, such as prime factors: neither given nor in `KNOWN`.
        leads: how many of the first facts stay in front in any order.
    """

    givens: Mapping[str, Value]
    steps: tuple[str, ...]
    said: tuple[Said, ...]
    found: Mapping[str, int] = field(default_factory=dict)
    leads: int = 0


Draw = Callable[[random.Random, Any, int], Sketch | None]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of problem.

    Attributes:
        name: unique in its family.
        draw: draws a sketch with so many steps from a config; None where this draw found none.
        steps: the numbers of steps that it can have.
        weight: how often it is drawn.
        told: whether it names persons or things, which can be renamed.
        turns: whether what is given can be said in another order.
        grows: whether its numbers may be as large as wanted.
        many: whether it has so many problems that ten thousand hardly repeat one.
        distractors: sentences with a "{number}" that does not matter.
    """

    name: str
    draw: Draw
    steps: tuple[int, ...]
    weight: float = 1.0
    told: bool = False
    turns: bool = True
    grows: bool = True
    many: bool = True
    distractors: tuple[str, ...] = ()


Pools = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]  # placeholder -> usual names, names kept for `renamed`


@dataclass(frozen=True, slots=True)
class Solved:
    """A sketch with the values of all its quantities and its canonical graph."""

    kind: Kind
    sketch: Sketch
    plan: Plan
    values: Mapping[str, Value]
    canonical: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The calculations of a sketch, read, and what can be told without its numbers.

    Attributes:
        calculations: its steps.
        composition: their graph with numbers left out.
        held_out: whether such graphs are kept for `unseen_compositions`.
        known: the numbers of `KNOWN` that they use.
    """

    calculations: tuple[Calculation, ...]
    composition: str
    held_out: bool
    known: Mapping[str, int]


def check_kinds(config: SketchConfig, kinds: Sequence[Kind]) -> None:
    """Raises UnknownName where a config names a kind that a family does not have."""
    known = [kind.name for kind in kinds]
    for name in config.kinds:
        if name not in known:
            raise unknown_name("kind", name, known)


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both possible; quicker than `randint`."""
    return low + int(rng.random() * (high - low + 1))


def pick(rng: random.Random, options: Sequence[Any]) -> Any:
    """One of several, each as likely; quicker than `choice`."""
    return options[int(rng.random() * len(options))]


@lru_cache(maxsize=8_192)
def plan_of(steps: tuple[str, ...]) -> Plan:
    """Reads the steps of a sketch."""
    calculations = tuple(read_calculation(line) for line in steps)
    forms = _Hidden()
    for calculation in calculations:
        forms[calculation.name] = calculation.canonical(forms)
    used = {name for calculation in calculations for name in calculation.parents}
    composition = forms[calculations[-1].name]
    held_out = len(calculations) >= HELD_OUT_STEPS and is_held_out(composition)
    return Plan(calculations, composition, held_out, {name: KNOWN[name] for name in KNOWN if name in used})


class _Hidden(dict[str, str]):
    """Canonical forms of earlier steps; whatever else is named is a number, and left out."""

    def __missing__(self, name: str) -> str:
        return "#"


def solve(kind: Kind, sketch: Sketch, plan: Plan) -> Solved | None:
    """Works a sketch out; None where its answer is one of the numbers of the question, or a value is huge."""
    values: dict[str, Value] = {**plan.known, **sketch.found, **sketch.givens}
    forms = {name: str(value) for name, value in values.items()}
    for calculation in plan.calculations:
        value = values[calculation.name] = calculation.value(values)
        if isinstance(value, int) and abs(value) > _MAX_VALUE:
            return None
        forms[calculation.name] = calculation.canonical(forms)
    last = plan.calculations[-1].name
    answer = values[last]
    if not isinstance(answer, PiMultiple):
        if any(answer in (given, -given) for given in sketch.givens.values()):
            return None
        if any(answer in _numbers_in_words(wording) for wording, _ in sketch.said):
            return None
    return Solved(kind, sketch, plan, values, forms[last])


@cache
def _numbers_in_words(wording: Wording) -> frozenset[int]:
    words = {word for text in wording.texts for word in _WORD.findall(text.lower())}
    return frozenset(NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS)
