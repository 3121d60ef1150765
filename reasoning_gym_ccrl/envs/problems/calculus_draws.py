"""Draws the functions of the family "calculus": which terms they have, and with which numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from .calculus_terms import Atom, Inside, Power, Term, Times, Wave, pieces_of
from .polynomial_sums import signed
from .polynomial_text import Coefficients, Number, hidden, size, whole
from .sketches import between, pick

if TYPE_CHECKING:
    from .calculus import CalculusConfig

KIND_STEPS = {"critical": (5, 6), "extreme": (6,)}
MAX_STEPS = 10
_MAX_POWERS = 6
_WORDED_DEGREE = 4  # nothing that moves is described by more


@dataclass(frozen=True, slots=True)
class Shape:
    """How many terms of each kind a function has: powers of x, waves, products, functions inside others."""

    powers: int
    waves: int = 0
    products: int = 0
    insides: int = 0

    @property
    def terms(self) -> int:
        return self.powers + self.waves + self.products + self.insides

    @property
    def weight(self) -> int:
        """The steps for its terms one by one."""
        return self.powers + self.waves + 3 * self.products + 2 * self.insides


@dataclass(frozen=True, slots=True)
class Task:
    """A function and what is asked: at `points`, if at any."""

    kind: str
    terms: tuple[Term, ...]
    points: tuple[int, ...] = ()

    @property
    def canonical(self) -> str:
        terms = sorted(term.text("x").replace(" ", "") for term in self.terms)
        at = "".join(f"; {point}" for point in self.points)
        return f"{self.kind}({'+'.join(terms)}{at})"

    @property
    def composition(self) -> str:
        terms = sorted(hidden(term.text("x").replace(" ", "")) for term in self.terms)
        return f"{self.kind}({'+'.join(terms)}{'; #' * len(self.points)})"


@cache
def shapes(kind: str, steps: int, functions: bool, worded: bool = False) -> tuple[Shape, ...]:
    """The shapes of functions for which a kind of problem has so many steps; worded ones are short.

    >>> shapes("derivative", 3, False), [shape.terms for shape in shapes("integral", 6, False)]
    ((Shape(powers=2, waves=0, products=0, insides=0),), [2])
    """
    if worded:
        short = [shape for shape in shapes(kind, steps, False) if shape.powers <= _WORDED_DEGREE]
        return tuple(short) if kind in ("slope", "integral") else ()
    if kind in KIND_STEPS:
        return (Shape(2 if kind == "extreme" or steps == 5 else 3),) if steps in KIND_STEPS[kind] else ()
    return tuple(shape for shape in _all_shapes(functions) if _has(shape, kind, steps))


@cache
def _all_shapes(functions: bool) -> tuple[Shape, ...]:
    return tuple(_some_shapes(functions))


def _some_shapes(functions: bool) -> Iterator[Shape]:
    most = 3 if functions else 0
    for powers in range(_MAX_POWERS + 1):
        for waves in range(most + 1):
            for products in range(min(most, 2) + 1):
                for insides in range(min(most, 2) + 1):
                    shape = Shape(powers, waves, products, insides)
                    if shape.terms and shape.weight <= MAX_STEPS:
                        yield shape


def _has(shape: Shape, kind: str, steps: int) -> bool:
    """Whether a kind of problem about a function of this shape has so many steps; a constant makes one term a sum."""
    together = shape.weight + (shape.terms > 1)
    is_simple = not shape.products and not shape.insides
    match kind:
        case "derivative":
            return steps == together or (steps == 2 and shape == Shape(1))
        case "slope":
            is_product = shape == Shape(0, 0, 1)
            bare = is_simple and not shape.waves
            return (is_product or bare) and (steps == together + 1 or (steps == 3 and shape == Shape(1)))
        case "antiderivative":
            return is_simple and steps == together
        case "integral":
            return is_simple and not shape.waves and steps == together + 3
    return False


# -- drawing -----------------------------------------------------------------------------------------------------------


def draw_task(
    kind: str, steps: int, config: CalculusConfig, rng: random.Random, *, worded: bool = False
) -> Task | None:
    """A problem of a kind with so many steps; None where this draw is out of range."""
    shape = pick(rng, shapes(kind, steps, config.functions, worded))
    if worded:  # at a time, which is not negative
        config = _for_words(config)
    points: tuple[int, ...] = ()
    terms: list[Term]
    if kind in KIND_STEPS:
        terms = _draw_critical(shape.powers, config, rng)
    else:
        integrates = kind in ("antiderivative", "integral")
        wants_constant = shape == Shape(1) and not integrates and steps == (2 if kind == "derivative" else 3)
        terms = [*_draw_powers(shape.powers, config, rng, integrates=integrates)]
        if not integrates and (wants_constant or (shape.powers > 1 and rng.random() < 0.5)):
            terms.append(Power(signed(between(rng, config.least, config.many), rng), 0))
        waves = _draw_waves(shape.waves, config, rng, integrates=integrates)
        products = [_draw_product(config, rng, bare=kind == "slope") for _ in range(shape.products)]
        terms += [*waves, *products, *(_draw_inside(config, rng) for _ in range(shape.insides))]
    if kind == "slope":
        points = (_draw_point(config, rng),)
    elif kind == "integral":
        low = between(rng, -2 if config.negative else 0, 2)
        points = (low, low + between(rng, 1, 3))
    pieces = [piece for term in terms for piece in pieces_of(term, "x")]
    if not terms or len(set(pieces)) < len(pieces) or not _in_range(terms, config):
        return None
    if config.order == "shuffled" and len(terms) == 1 and not _turns(terms[0]):
        return None
    return Task(kind, tuple(terms), points)


@lru_cache(maxsize=64)
def _for_words(config: CalculusConfig) -> CalculusConfig:
    return replace(config, degree=min(config.degree, _WORDED_DEGREE), negative=False)


def _turns(term: Term) -> bool:
    """Whether a single term can be written in another order."""
    return isinstance(term, Times) and not isinstance(term.right, Wave)


def _draw_point(config: CalculusConfig, rng: random.Random) -> int:
    point = between(rng, 1, 5)
    return -point if config.negative and point < 4 and rng.random() < 0.4 else point


def _draw_coefficient(config: CalculusConfig, rng: random.Random) -> int:
    return signed(between(rng, config.least, config.few), rng)


def _draw_powers(count: int, config: CalculusConfig, rng: random.Random, *, integrates: bool) -> list[Power]:
    """Powers of x in falling order; where they are integrated, the constant is one of them."""
    low = (1 if count == 1 else 0) + (not integrates)
    powers = sorted(rng.sample(range(low, max(config.degree, count + low - 1) + 1), count), reverse=True)
    terms: list[Power] = []
    for power in powers:
        number: Number = _draw_coefficient(config, rng)
        if integrates and not (config.fractions and rng.random() < 0.3):
            number *= power + 1  # so that the antiderivative has a whole coefficient
        terms.append(Power(number, power))
    if terms and rng.random() < 0.7:
        first = terms[0]
        terms[0] = Power(size(first.coefficient), first.power)
    return terms


def _draw_waves(count: int, config: CalculusConfig, rng: random.Random, *, integrates: bool) -> list[Term]:
    names: tuple[Atom, ...] = ("sin", "cos", "exp") if integrates else ("sin", "cos", "exp", "ln")
    found: list[Term] = []
    for name in rng.sample(names, min(count, len(names))):
        rate = 1 if name == "ln" or rng.random() < 0.5 else between(rng, 2, min(9, config.few))
        found.append(Wave(name, _draw_coefficient(config, rng) * (rate if integrates else 1), rate))
    return found


def _draw_product(config: CalculusConfig, rng: random.Random, *, bare: bool) -> Times:
    """A product of two binomials, or of a power or binomial and a function."""
    left = _draw_binomial(between(rng, 1, 2), config, rng)
    if bare or rng.random() < 0.4:
        right = _draw_binomial(between(rng, 1, 2), config, rng)
        return Times(*sorted((left, right), key=lambda factor: (len(factor), factor)))
    if rng.random() < 0.6:
        power = between(rng, 1, 3)
        left = (*(0,) * power, between(rng, config.least, config.few))
    name: Atom = pick(rng, ("sin", "cos", "exp", "ln"))
    rate = 1 if name == "ln" or rng.random() < 0.6 else between(rng, 2, min(5, config.few))
    return Times(left, Wave(name, 1, rate))


def _draw_binomial(degree: int, config: CalculusConfig, rng: random.Random) -> Coefficients:
    lead = 1 if config.least == 1 and rng.random() < 0.4 else between(rng, config.least, config.few)
    return (signed(between(rng, config.least, config.many), rng), *(0,) * (degree - 1), lead)


def _draw_inside(config: CalculusConfig, rng: random.Random) -> Inside:
    """A power of a binomial, or a function of one; a logarithm's argument is positive for positive x."""
    degree, coefficient = between(rng, 1, 2), _draw_coefficient(config, rng)
    if rng.random() < 0.5:
        return Inside(coefficient, _draw_binomial(degree, config, rng), between(rng, 3, 6))
    name: Atom = pick(rng, ("sin", "cos", "exp", "ln"))
    if name == "exp":  # its exponents stay small, however large all else may be
        inner: Coefficients = (signed(between(rng, 1, 9), rng), *(0,) * (degree - 1), between(rng, 1, 5))
    else:
        inner = _draw_binomial(degree, config, rng)
    if name == "ln":
        inner = (size(inner[0]), *inner[1:])
    return Inside(coefficient, inner, 0, name)


def _draw_critical(count: int, config: CalculusConfig, rng: random.Random) -> list[Term]:
    """A quadratic, or a cubic, whose derivative is zero at whole numbers."""
    few = max(2, config.few // 2)
    roots = [_root(config, rng) for _ in range(count - 1)]
    constant = signed(between(rng, config.least, config.many), rng)
    coefficients: list[Number]
    if count == 2:
        lead = signed(between(rng, 1, few), rng)
        coefficients = [constant, -2 * lead * roots[0], lead]
    else:
        first, second = roots
        lead = 3 * between(rng, 1, max(1, few // 2)) * (1 if (first + second) % 2 == 0 else 2)
        coefficients = [constant, lead * first * second, -lead * (first + second) // 2, lead // 3]
        if first == second or first + second == 0:
            return []
    if rng.random() < 0.2:
        coefficients[0] = 0
    return [Power(whole(c), power) for power, c in reversed(list(enumerate(coefficients))) if c]


def _root(config: CalculusConfig, rng: random.Random) -> int:
    return signed(between(rng, config.least, max(config.least + 8, 8)), rng)


def _in_range(terms: list[Term], config: CalculusConfig) -> bool:
    """Whether no number is too large, and where numbers are to be larger, one is."""
    largest = max(_largest(term) for term in terms)
    return config.least <= largest <= config.max_number


def _largest(term: Term) -> Number:
    match term:
        case Power():
            return size(term.coefficient)
        case Wave():
            return max(abs(term.coefficient), term.rate)
        case Inside():
            return max(abs(term.coefficient), *map(size, term.inner))
    right = (_largest(term.right),) if isinstance(term.right, Wave) else tuple(map(size, term.right))
    return max((*map(size, term.left), *right))
