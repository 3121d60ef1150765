"""Number theory: Euclid's algorithm, multiples, primes, divisors, remainders, powers and inverses, step by step.

A problem is one such calculation, a tale about a common divisor or multiple, or a formula of several results.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from .number_parts import (
    divisors_part,
    gcd_part,
    inverse_part,
    largest_prime_part,
    lcm_part,
    power_part,
    remainder_part,
    several_part,
)
from .number_tales import TALES, Tale
from .number_wordings import (
    CONGRUENCE,
    DIVISORS,
    FORMULA,
    GCD,
    INVERSE,
    LARGEST_PRIME,
    LCM,
    LOWEST_TERMS,
    NUMBER_DISTRACTORS,
    POOLS,
    POWER,
    REMAINDER,
    SEVERAL,
    SOURCES,
    TALE_DISTRACTORS,
)
from .sketch_family import SketchFamily
from .sketch_parts import DrawPart, Part
from .sketches import Kind, Sketch, SketchConfig, Wording, between, check_kinds, pick


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTheoryConfig(SketchConfig):
    """Settings of the family; see `SketchConfig`. `kinds` are names of `KINDS`, such as "gcd", "power" or "strips"."""

    high: int = 60

    def __post_init__(self) -> None:
        SketchConfig.__post_init__(self)
        check_kinds(self, KINDS)


def _alone(
    draw: DrawPart, result: str, wording: Wording, rng: random.Random, config: SketchConfig, steps: int
) -> Sketch | None:
    part = draw(rng, config, steps, result, "")
    return Sketch(part.givens, part.steps, ((wording, part.words),), part.found) if part else None


def _several(function: str, rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    result = {"gcd": "greatest common divisor", "lcm": "least common multiple"}[function]
    part = several_part(rng, config, steps, result, function)
    return Sketch(part.givens, part.steps, ((SEVERAL[function], part.words),)) if part else None


def _congruence(rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    """The congruence number * x = target, solved by the inverse of the number."""
    part = inverse_part(rng, config, steps - 1, "inverse", "")
    if part is None:
        return None
    givens = {**part.givens, "target": between(rng, 2, part.givens["modulus"] - 1)}
    lines = (*part.steps, "solution = (inverse * target) mod modulus")
    return Sketch(givens, lines, ((CONGRUENCE, givens),))


def _lowest_terms(rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    part = gcd_part(rng, config, steps - 1, "common divisor", "")
    if part is None:
        return None
    name, number = pick(rng, (("numerator", "smaller"), ("denominator", "larger")))
    lines = (*part.steps, f"{name} = {number} / common divisor")
    return Sketch(part.givens, lines, ((LOWEST_TERMS, {**part.words, "part": name}),))


def _tale(tale: Tale, rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    draw = gcd_part if tale.function == "gcd" else lcm_part
    ask = pick(rng, [ask for ask in tale.asks if steps - len(ask.steps) in _PART_STEPS[tale.function]])
    part = draw(rng, _everyday(config), steps - len(ask.steps), tale.result, "")
    if part is None:
        return None
    return Sketch(part.givens, (*part.steps, *ask.steps), ((tale.facts, part.words), (ask.wording, {})))


@cache
def _everyday(config: SketchConfig) -> SketchConfig:
    """The config with numbers no larger than fit a tale, where its range allows it."""
    return replace(config, high=min(config.high, max(_EVERYDAY, 4 * config.low)))


def _tale_steps(tale: Tale) -> tuple[int, ...]:
    return tuple(sorted({n + len(ask.steps) for ask in tale.asks for n in _PART_STEPS[tale.function]}))


_PART_STEPS: Mapping[str, tuple[int, ...]] = {
    "gcd": (1, 3, 4, 5, 6, 7),
    "lcm": (1, 2, 4, 5, 6, 7, 8),
    "remainder": (1, 2, 3, 4, 5, 6, 7, 8),
    "power": (2, 3, 4, 5, 6, 7, 8),
    "inverse": (1, 3, 5, 9),
    "largest prime": (2, 3, 4),
}
_PARTS: Mapping[str, DrawPart] = {
    "gcd": gcd_part,
    "lcm": lcm_part,
    "remainder": remainder_part,
    "power": power_part,
    "inverse": inverse_part,
    "largest prime": largest_prime_part,
}
_ABLE = {n: tuple(name for name, steps in _PART_STEPS.items() if n in steps) for n in range(1, 9)}
_LETTERS = ("g", "h", "k")
_FORMULAS = {2: ("{} + {}", "{} * {}"), 3: ("{} + {} + {}", "{} * {} + {}", "{} * {} * {}")}


def _formula(rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    """Two or three results, each with a letter, in a sum or product."""
    count = 2 if steps < 4 or rng.random() < 0.6 else 3
    cuts = sorted(rng.sample(range(1, steps - 1), count - 1))
    parts: list[Part] = []
    said = []
    for letter, n in zip(_LETTERS, (b - a for a, b in zip([0, *cuts], [*cuts, steps - 1], strict=True)), strict=False):
        name = pick(rng, _ABLE[n])
        part = _PARTS[name](rng, config, n, letter, f" for {letter}")
        if part is None:
            return None
        parts.append(part)
        said.append((SOURCES[name], {**part.words, "letter": letter}))
    formula = pick(rng, _FORMULAS[count]).format(*_LETTERS)
    said.append((FORMULA, {"formula": formula}))
    givens = {name: number for part in parts for name, number in part.givens.items()}
    found = {name: number for part in parts for name, number in part.found.items()}
    lines = (*(line for part in parts for line in part.steps), f"value = {formula}")
    return Sketch(givens, lines, tuple(said), found)


def _plain(
    name: str,
    draw: DrawPart,
    result: str,
    wording: Wording,
    steps: tuple[int, ...],
    *,
    grows: bool = True,
    many: bool = True,
) -> Kind:
    return Kind(
        name,
        partial(_alone, draw, result, wording),
        steps,
        turns=bool(wording.turned),
        grows=grows,
        many=many,
        distractors=NUMBER_DISTRACTORS,
    )


KINDS: tuple[Kind, ...] = (
    _plain("gcd", gcd_part, "greatest common divisor", GCD, _PART_STEPS["gcd"]),
    _plain("lcm", lcm_part, "least common multiple", LCM, _PART_STEPS["lcm"]),
    Kind("gcd of several", partial(_several, "gcd"), (2, 3), 0.5, distractors=NUMBER_DISTRACTORS),
    Kind("lcm of several", partial(_several, "lcm"), (2, 3), 0.5, grows=False, distractors=NUMBER_DISTRACTORS),
    _plain("remainder", remainder_part, "remainder", REMAINDER, _PART_STEPS["remainder"]),
    _plain("power", power_part, "remainder", POWER, _PART_STEPS["power"]),
    _plain("inverse", inverse_part, "inverse", INVERSE, _PART_STEPS["inverse"]),
    Kind("congruence", _congruence, (2, 4, 6), distractors=NUMBER_DISTRACTORS),
    _plain(
        "largest prime", largest_prime_part, "largest prime factor", LARGEST_PRIME, (2, 3, 4, 5, 6), many=False
    ),
    _plain("divisors", divisors_part, "divisors", DIVISORS, (3, 4, 5), grows=False),
    Kind("lowest terms", _lowest_terms, (2, 4, 5, 6, 7), turns=False, distractors=NUMBER_DISTRACTORS),
    *(
        Kind(name, partial(_tale, tale), _tale_steps(tale), 0.7, told=True, distractors=TALE_DISTRACTORS)
        for name, tale in TALES.items()
    ),
    Kind("formula", _formula, (3, 4, 5, 6, 7, 8), 3.0, distractors=NUMBER_DISTRACTORS),
)  # fmt: skip
_EVERYDAY = 480  # packs of five thousand would be no everyday matter
_MANY = tuple(kind.name for kind in KINDS if kind.many)


class NumberTheory(SketchFamily):
    """The family "number_theory"; see the module's docstring."""

    name = "number_theory"
    presets: Mapping[str, NumberTheoryConfig] = {
        "easy": NumberTheoryConfig(max_steps=3),
        "medium": NumberTheoryConfig(min_steps=2, max_steps=5, high=999, kinds=_MANY),
        "hard": NumberTheoryConfig(min_steps=3, max_steps=6, high=9999, kinds=_MANY, distractors=0.2),
    }
    kinds = KINDS
    pools = POOLS
