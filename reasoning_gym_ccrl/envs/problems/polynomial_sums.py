"""Sums of products of polynomials: collecting like terms, and expanding.

A summand is a product of factors, each of one kind: "n" 3, "m" 2x, "b" (x + 2), "t" (x^2 + 3x - 1), "s" (x + 2)^2,
which counts as two equal factors. A product of brackets is worked out by the terms of one times the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold, labelled, told_apart
from .polynomial_text import Coefficients, added, hidden, joined, monomial, multiplied, polynomial, terms_of
from .sketches import between, pick

if TYPE_CHECKING:
    from .polynomials import PolynomialConfig

SUMMANDS = ("b", "t", "nb", "mb", "nt", "mt", "bb", "s", "bt", "tt", "nbb", "mbb", "ns", "bbb", "sb")
MAX_SUM_STEPS = 10
DEGREES = ("constant", "linear", "quadratic", "cubic", "quartic", "quintic")


@dataclass(frozen=True, slots=True)
class Summand:
    """sign * a product of factors; `squared` says that the first bracket is written with a square."""

    sign: int
    factors: tuple[Coefficients, ...]
    squared: bool = False

    def text(self, letter: str, *, turned: bool = False) -> str:
        """The product as it is written, without its sign; `turned` puts brackets and terms the other way round."""
        parts = []
        brackets = []
        for factor in self.factors:
            if len(self.factors) > 1 and sum(1 for c in factor if c) == 1:
                parts.append(polynomial(factor, letter))
            else:
                terms = terms_of(factor, letter)
                brackets.append(f"({joined(reversed(terms) if turned else terms)})")
        if self.squared:
            brackets = [f"{brackets[0]}^2", *brackets[2:]]
        return "".join(parts + (brackets[::-1] if turned else brackets))

    @property
    def form(self) -> tuple[str, str]:
        """Its canonical form and the same with numbers left out."""
        texts = sorted(f"({polynomial(factor)})".replace(" ", "") for factor in self.factors)
        sign = "-" if self.sign < 0 else "+"
        return sign + "*".join(texts), sign + "*".join(sorted(hidden(text) for text in texts))


@dataclass(frozen=True, slots=True)
class Sum:
    """An expression that is a sum of products, and its canonical form with and without numbers."""

    summands: tuple[Summand, ...]
    canonical: str
    composition: str

    @classmethod
    def of(cls, summands: Sequence[Summand]) -> Sum:
        forms = [summand.form for summand in summands]
        canonical, composition = ("".join(sorted(texts)) for texts in zip(*forms, strict=True))
        return cls(tuple(summands), f"expand({canonical})", f"expand({composition})")

    def text(self, letter: str, *, turned: bool = False) -> str:
        """The expression as it is written; a lone polynomial needs its brackets only after a minus sign."""
        text = ""
        for index, summand in enumerate(self.summands):
            part = summand.text(letter, turned=turned)
            if len(summand.factors) == 1 and summand.sign > 0:
                part = part[1:-1]
            sign = ("-" if summand.sign < 0 else "") if index == 0 else f" {'-' if summand.sign < 0 else '+'} "
            if index and len(summand.factors) == 1 and summand.sign > 0 and part[0] == "-":
                sign, part = " - ", part[1:]
            text += sign + part
        return text


# -- drawing -----------------------------------------------------------------------------------------------------------


def summand_steps(kinds: str) -> int:
    """How many steps expand a summand: a bracket's terms one by one and their sum for each further bracket."""
    brackets = [kind for kind in kinds.replace("s", "bb") if kind in "bt"]
    products = sum(1 + (2 if kind == "b" else 3) for kind in brackets[:-1])
    return products + sum(kind in "nm" for kind in kinds)


@cache
def sum_shapes(steps: int) -> tuple[tuple[str, ...], ...]:
    """All expressions of up to three summands with so many steps, none of which a bare polynomial alone.

    >>> sum_shapes(1), ("bb",) in sum_shapes(3), ("nb", "mb") in sum_shapes(3)
    ((('nb',), ('mb',), ('nt',), ('mt',)), True, True)
    """
    return tuple(shape for shape in _all_shapes() if _steps_of(shape) == steps)


@cache
def _all_shapes() -> tuple[tuple[str, ...], ...]:
    return tuple(_shapes())


def _shapes() -> Iterator[tuple[str, ...]]:
    for size in (1, 2, 3):
        for shape in combinations_with_replacement(SUMMANDS, size):
            bare = sum(len(kinds) == 1 and kinds != "s" for kinds in shape)
            if bare <= (size > 1) and _steps_of(shape) <= MAX_SUM_STEPS:
                yield shape


def _steps_of(shape: Sequence[str]) -> int:
    return sum(map(summand_steps, shape)) + (len(shape) > 1)


def draw_sum(steps: int, config: PolynomialConfig, rng: random.Random) -> Sum | None:
    """An expression with so many steps; None where this draw would lose its unknown or repeat a summand."""
    shape = list(pick(rng, sum_shapes(steps)))
    rng.shuffle(shape)
    if len(shape) > 1 and shape[0] in ("b", "t"):
        shape = shape[1:] + shape[:1]
    summands: list[Summand] = []
    for kinds in shape:
        sign = -1 if summands and rng.random() < 0.45 else 1
        drawn = [_draw_factor(kind, config, rng) for kind in kinds]
        factors = [factor for kind, factor in zip(kinds, drawn, strict=True) for _ in range(1 + (kind == "s"))]
        summands.append(Summand(sign, tuple(factors), "s" in kinds))
    total: Coefficients = ()
    for summand in summands:
        total = added(total, product_of(summand.factors), summand.sign)
    # A bracket that stands in two summands could be multiplied by the same twice.
    brackets = [factor for summand in summands for factor in {f for f in summand.factors if len(f) - f.count(0) > 1}]
    distinct = len(set(brackets)) == len(brackets)
    return Sum.of(summands) if len(total) > 1 and distinct else None


def _draw_factor(kind: str, config: PolynomialConfig, rng: random.Random) -> Coefficients:
    few = config.few
    if kind == "n":
        return (between(rng, 2, few),)
    if kind == "m":
        return (0, between(rng, 1, few)) if rng.random() < 0.8 else (0, 0, between(rng, 1, few))
    lead = 1 if rng.random() < 0.5 else between(rng, 2, min(few, 5))
    constant = signed(between(rng, max(2, config.least), config.many), rng)
    if kind == "t":
        return (constant, signed(between(rng, 2, few), rng), lead)
    return (constant, lead)


def signed(number: int, rng: random.Random) -> int:
    """The number, or as often its negative."""
    return -number if rng.random() < 0.5 else number


def product_of(factors: Sequence[Coefficients]) -> Coefficients:
    """The product of all factors."""
    product: Coefficients = (1,)
    for factor in factors:
        product = multiplied(product, factor)
    return product


# -- the path of an expansion ------------------------------------------------------------------------------------------


def sum_steps(expression: Sum, letter: str) -> tuple[dict[str, str], list[GoldStep], str]:
    """The named parts of the question, the path, and the expanded sum."""
    path = _Expansion(letter, several=len(expression.summands) > 1)
    results = [path.expand(summand) for summand in expression.summands]
    total: Coefficients = ()
    for summand, (_, value) in zip(expression.summands, results, strict=True):
        total = added(total, value, summand.sign)
    answer = polynomial(total, letter)
    if len(results) > 1:
        plan, worked = results[0][0], polynomial(results[0][1], letter)
        for summand, (name, value) in zip(expression.summands[1:], results[1:], strict=True):
            sign = "-" if summand.sign < 0 else "+"
            plan += f" {sign} {name}"
            text = polynomial(value, letter)
            worked = f"{worked} - ({text})" if summand.sign < 0 else joined([worked, text])
        given = expression.text(letter)
        merges = sum(sum(map(bool, value)) for _, value in results) > sum(map(bool, total))
        text = f"{given} = {worked} = {answer}" if merges else f"{given} = {answer}"
        path.steps.append(gold("total", plan, text, answer, [name for name, _ in results], given))
    return path.givens, path.steps, answer


class _Expansion:
    """The steps so far, with running letters for factors, partial products and products."""

    def __init__(self, letter: str, *, several: bool):
        self.letter = letter
        self.several = several
        self.givens: dict[str, str] = {}
        self.steps: list[GoldStep] = []
        self.counts: dict[str, int] = {}

    def name(self, noun: str) -> str:
        """The noun with the next letter."""
        index = self.counts.get(noun, 0)
        self.counts[noun] = index + 1
        return labelled(noun, index)

    def give(self, noun: str, coefficients: Coefficients) -> str:
        """Names a part of the question."""
        name = self.name(noun)
        self.givens[name] = polynomial(coefficients, self.letter)
        return name

    def expand(self, summand: Summand) -> tuple[str, Coefficients]:
        """Name and value of a summand without its sign."""
        if len(summand.factors) == 1:
            return self.give("summand", summand.factors[0]), summand.factors[0]
        outer = [factor for factor in summand.factors if sum(1 for c in factor if c) == 1]
        brackets = [factor for factor in summand.factors if sum(1 for c in factor if c) > 1]
        if summand.squared:
            brackets = brackets[2:] + brackets[:2]  # the square first, then times the others
        name, value = self.give("bracket", brackets[-1]), brackets[-1]
        for index, factor in enumerate(reversed(brackets[:-1])):
            name, value = self.multiply(factor, name, value, square=summand.squared and index == 0)
        for factor in outer:
            given = self.give("multiplier", factor)
            product = multiplied(factor, value)
            expression = f"{polynomial(factor, self.letter)}({polynomial(value, self.letter)})"
            parents = (given, name)
            name, value = self.name("product"), product
            text = polynomial(product, self.letter)
            self.steps.append(gold(name, " * ".join(parents), f"{expression} = {text}", text, parents, expression))
        return name, value

    def multiply(
        self, factor: Coefficients, name: str, value: Coefficients, *, square: bool
    ) -> tuple[str, Coefficients]:
        """The terms of a bracket times what is worked out so far, one by one, and their sum."""
        inner = polynomial(value, self.letter)
        partials, parts = [], []
        for power in range(len(factor) - 1, -1, -1):
            coefficient = factor[power]
            if not coefficient:
                continue
            term = (*(0,) * power, coefficient)
            given = self.give("term", term)
            product = multiplied(term, value)
            text, partial = polynomial(product, self.letter), self.name("partial product")
            expression = f"{monomial(coefficient, self.letter, power)}({inner})"
            parents = (given, name)
            self.steps.append(gold(partial, " * ".join(parents), f"{expression} = {text}", text, parents, expression))
            partials.append(partial)
            parts += terms_of(product, self.letter)
        total = multiplied(factor, value)
        answer = polynomial(total, self.letter)
        outer = polynomial(factor, self.letter)
        expression = f"({outer})^2" if square and outer == inner else f"({outer})({inner})"
        merges = len(parts) > len(terms_of(total, self.letter))  # else the line before would say the same
        text = f"{expression} = {joined(parts)} = {answer}" if merges else f"{expression} = {answer}"
        product_name = self.name("product")
        self.steps.append(gold(product_name, " + ".join(partials), text, answer, partials, expression))
        return product_name, total


# -- collecting like terms ---------------------------------------------------------------------------------------------


def draw_collection(steps: int, config: PolynomialConfig, rng: random.Random) -> Sum | None:
    """Two or three polynomials with so many steps: one for each power that several of them have, and the sum."""
    shared = steps - 1
    if not 1 <= shared <= len(DEGREES):
        return None
    size = 2 if rng.random() < 0.7 else 3
    degrees = min(len(DEGREES), max(3, shared + int(rng.random() * 2)))
    common = set(rng.sample(range(degrees), shared))
    rows = [[0] * degrees for _ in range(size)]
    turn = int(rng.random() * size)
    for power in range(degrees):
        if power in common:
            owners = rng.sample(range(size), size if rng.random() < 0.7 else 2)
        else:
            turn += 1  # each in turn, so that none is left with one term
            owners = [turn % size] if shared == 1 or rng.random() < 0.6 else []
        for owner in owners:
            rows[owner][power] = _draw_coefficient(power, config, rng)
    summands: list[Summand] = []
    for row in rows:
        while row and row[-1] == 0:
            row.pop()
        if sum(1 for c in row if c) < 2:
            return None
        row[-1] = abs(row[-1])
        summands.append(Summand(-1 if summands and rng.random() < 0.5 else 1, (tuple(row),)))
    for power in common:
        parts = [(summand.sign, _at(summand.factors[0], power)) for summand in summands]
        if sum(sign * c for sign, c in parts) == 0 or all(sign < 0 for sign, c in parts if c):
            return None  # a part that falls away, or a plan that would begin with a sign
    if max(abs(row[0]) for row in rows) < config.least:
        return None
    return Sum.of(summands)


def _draw_coefficient(power: int, config: PolynomialConfig, rng: random.Random) -> int:
    low, high = (config.least, config.many) if power == 0 else (1, config.few)
    return signed(between(rng, low, high), rng)


def _at(coefficients: Coefficients, power: int) -> int:
    return int(coefficients[power]) if power < len(coefficients) else 0


def collection_text(expression: Sum, letter: str, *, turned: bool = False) -> str:
    """The sum with each polynomial in brackets."""
    parts = [summand.text(letter, turned=turned) for summand in expression.summands]
    signs = ["-" if summand.sign < 0 else "+" for summand in expression.summands]
    return parts[0] + "".join(f" {sign} {part}" for sign, part in zip(signs[1:], parts[1:], strict=True))


def collection_steps(expression: Sum, letter: str) -> tuple[dict[str, str], list[GoldStep], str]:
    """The named terms, the path, and the sum in order of its powers."""
    givens: dict[str, str] = {}
    steps: list[GoldStep] = []
    total: list[int] = []
    plan: list[tuple[str, str]] = []  # sign and name of each part of the sum
    for power in reversed(range(max(len(summand.factors[0]) for summand in expression.summands))):
        found = [(summand.sign, c) for summand in expression.summands if (c := _at(summand.factors[0], power))]
        value = sum(sign * c for sign, c in found)
        total.append(value)
        names = told_apart([f"{DEGREES[power]} term"] * len(found))
        givens |= {name: monomial(c, letter, power) for name, (_, c) in zip(names, found, strict=True)}
        if len(found) == 1:
            plan.append(("-" if found[0][0] < 0 else "+", names[0]))
        if len(found) < 2:
            continue
        worked = joined(monomial(sign * c, letter, power) for sign, c in found)
        text = monomial(value, letter, power)
        name = f"{DEGREES[power]} part"
        signs = ["-" if sign < 0 else "+" for sign, _ in found]
        steps.append(gold(name, _signed_sum(zip(signs, names, strict=True)), f"{worked} = {text}", text, names, worked))
        plan.append(("+", name))
    answer = polynomial(tuple(total[::-1]), letter)
    given = collection_text(expression, letter)
    parents = [name for _, name in plan]
    steps.append(gold("total", _signed_sum(plan), f"{given} = {answer}", answer, parents, given))
    return givens, steps, answer


def _signed_sum(parts: Iterable[tuple[str, str]]) -> str:
    """Names with their signs, those that are taken away last, so that the sum begins with no sign."""
    ordered = sorted(parts, key=lambda part: part[0] == "-")
    return ordered[0][1] + "".join(f" {sign} {name}" for sign, name in ordered[1:])
