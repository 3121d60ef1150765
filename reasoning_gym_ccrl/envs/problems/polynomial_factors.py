"""Factoring: common factors, quadratics by splitting the middle term, differences of squares, cubics with a known root.

A product is a multiplier k * x^power and linear factors a x + c, each as (c, a). What a polynomial is decides its path,
so that it has as many steps whatever its letter is called and in whatever order its terms stand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold
from .polynomial_sums import product_of, signed
from .polynomial_text import Coefficients, joined, monomial, multiplied, polynomial
from .sketches import between

if TYPE_CHECKING:
    from .polynomials import PolynomialConfig

Linear = tuple[int, int]  # (c, a) for a x + c

# Pattern -> number of steps. "k" common number, "x" common power of x, "d" difference of squares, "l" with a leading
# coefficient, "q" a quadratic, "c" a cubic.
FACTOR_STEPS = {"q": 2, "d": 2, "xk": 2, "xq": 3, "ld": 3, "kd": 4, "kq": 4, "lq": 4, "klq": 6, "c": 6, "kc": 8}


@dataclass(frozen=True, slots=True)
class Product:
    """multiplier * x^power * linear factors; the pattern says which path factors it."""

    pattern: str
    multiplier: int
    power: int
    factors: tuple[Linear, ...]

    @property
    def inner(self) -> Coefficients:
        """The product of the linear factors."""
        return product_of(self.factors)

    @property
    def expanded(self) -> Coefficients:
        return multiplied((*(0,) * self.power, self.multiplier), self.inner)

    def text(self, letter: str) -> str:
        """The factors as they are written: "3x(x - 2)(x + 5)", "(x + 3)^2"."""
        outer = monomial(self.multiplier, letter, self.power)
        brackets: dict[str, int] = {}
        for factor in self.factors:
            bracket = f"({polynomial(factor, letter)})"
            brackets[bracket] = brackets.get(bracket, 0) + 1
        text = "".join(bracket + (f"^{times}" if times > 1 else "") for bracket, times in brackets.items())
        return text if outer == "1" else outer + text


# -- drawing -----------------------------------------------------------------------------------------------------------


def draw_product(pattern: str, config: PolynomialConfig, rng: random.Random) -> Product | None:
    """A product whose expansion is factored along a pattern; None where this draw has another path."""
    multiplier = between(rng, 2, config.few) if "k" in pattern else 1
    power = 1 if "x" in pattern else 0
    if pattern == "xk":
        lead = between(rng, 1, config.few)
        constant = signed(between(rng, max(1, config.least), config.many), rng)
        if gcd(lead, constant) > 1:
            return None
        power = 1 if rng.random() < 0.7 else 2
        return _in_range(Product(pattern, multiplier, power, ((constant, lead),)), config)
    if pattern.endswith("d"):
        root = between(rng, config.least_root, config.most_root)
        lead = between(rng, 2, max(2, min(9, config.few))) if "l" in pattern else 1
        if gcd(root, lead) > 1:
            return None
        return _in_range(Product(pattern, multiplier, power, ((-root, lead), (root, lead))), config)
    size, most = (3, min(config.most_root, max(12, config.least_root * 2))) if "c" in pattern else (2, config.most_root)
    factors = [_draw_linear(config.least_root, most, rng) for _ in range(size)]
    if "l" in pattern:
        factors[0] = (factors[0][0], between(rng, 2, min(config.few, 5)))
    if "l" in pattern and rng.random() < 0.4:
        factors[1] = (factors[1][0], between(rng, 2, min(config.few, 4)))
    if any(gcd(*factor) > 1 for factor in factors):
        return None
    drawn = Product(pattern, multiplier, power, _arranged(factors))
    return _in_range(drawn, config) if _has_path(drawn) else None


def _draw_linear(least: int, most: int, rng: random.Random) -> Linear:
    return signed(between(rng, least, most), rng), 1


def _arranged(factors: Sequence[Linear]) -> tuple[Linear, ...]:
    """In order of leading coefficients and roots."""
    return tuple(sorted(factors, key=lambda factor: (factor[1], -factor[0])))


def _has_path(product: Product) -> bool:
    """Whether no step of the pattern's path falls away."""
    if len(product.factors) == 3:
        _, (c, _), (d, _) = product.factors
        return c + d != 0 and abs(c * d) > 1 and 0 not in product.inner
    (c, a), (d, b) = product.factors
    if a * d + b * c == 0:
        return False
    return not (a * b > 1 and max(abs(c), abs(d)) == 1)


def _in_range(product: Product, config: PolynomialConfig) -> Product | None:
    largest = max(abs(int(c)) for c in product.expanded)
    return product if config.least <= largest <= config.max_number else None


# -- the path ----------------------------------------------------------------------------------------------------------


class FactorPath:
    """Writes the steps that factor a polynomial; `source` is the name of the polynomial in the plan."""

    def __init__(self, product: Product, letter: str, source: str):
        self.product, self.letter, self.source = product, letter, source
        self.steps: list[GoldStep] = []
        self.bare = Product("", 1, 0, product.factors)  # without its multiplier

    def factor(self, name: str = "factors") -> list[GoldStep]:
        """All steps, the last of which, of this name, states the whole product."""
        product = self.product
        parents = []
        if product.multiplier > 1:
            self.common_factor()
            parents.append("common factor")
        source = parents[0] if parents else self.source
        found = self.factor_bare(source) if len(product.factors) > 1 else []
        if found and (product.multiplier > 1 or product.power):
            self.state("bare product", self.bare, found)
            found = ["bare product"]
        self.state(name, product, parents + found or [self.source])
        return self.steps

    def factor_bare(self, source: str) -> list[str]:
        """Steps towards the linear factors; the names of the last ones."""
        factors = self.product.factors
        if len(factors) == 3:
            return self.cubic(source)
        if self.bare.expanded[1] == 0:
            return self.square_roots(source)
        return self.split(factors, source, grouped=self.bare.expanded[2] > 1)

    def add(self, name: str, plan: str, text: str, value: str, parents: Sequence[str]) -> str:
        self.steps.append(gold(name, plan, text, value, parents))
        return name

    def state(self, name: str, product: Product, parents: Sequence[str]) -> None:
        value = product.text(self.letter)
        text = f"{polynomial(product.expanded, self.letter)} = {value}"
        self.add(name, f"multiply({', '.join(parents)})", text, value, parents)

    def common_factor(self) -> None:
        numbers = [str(abs(int(c))) for c in reversed(self.product.expanded) if c]
        value = str(self.product.multiplier)
        text = f"gcd({', '.join(numbers)}) = {value}"
        self.add("common factor", f"gcd({self.source})", text, value, (self.source,))

    def square_roots(self, source: str) -> list[str]:
        """Of a^2 x^2 - c^2: the roots of both squares."""
        constant, lead = self.product.factors[1]
        found = []
        if lead > 1:
            text = f"sqrt({lead * lead}) = {lead}"
            found.append(self.add("leading root", f"sqrt({source})", text, str(lead), (source,)))
        text = f"sqrt({constant * constant}) = {constant}"
        return [*found, self.add("constant root", f"sqrt({source})", text, str(constant), (source,))]

    def split(self, factors: Sequence[Linear], source: str, *, grouped: bool) -> list[str]:
        """The middle term in two parts, and where asked for each half's common factor."""
        (c, a), (d, b) = factors
        if abs(c) == 1:  # it comes before a bracket, where a 1 is not written
            (c, a), (d, b) = (d, b), (c, a)
        parts = (a * d, b * c)
        worked = joined(monomial(part, self.letter) for part in parts)
        text = f"{monomial(sum(parts), self.letter)} = {worked}"
        found = self.add("split", f"split({source})", text, worked, (source,))
        if not grouped:
            return [found]
        first = self.group("group A", (0, a * d, a * b), (0, a), (d, b), found)
        return [first, self.group("group B", (c * d, c * b), (c,), (d, b), found)]

    def group(self, name: str, part: Coefficients, outer: Coefficients, bracket: Linear, source: str) -> str:
        value = f"{polynomial(outer, self.letter)}({polynomial(bracket, self.letter)})"
        return self.add(name, f"group({source})", f"{polynomial(part, self.letter)} = {value}", value, (source,))

    def cubic(self, source: str) -> list[str]:
        """A known factor taken out of three groups, and the quadratic that is left."""
        known, *rest = self.product.factors
        quotient = product_of(rest)
        found = []
        for name, power in (("group A", 2), ("group B", 1), ("group C", 0)):
            outer = (*(0,) * power, quotient[power])
            found.append(self.group(name, multiplied(outer, known), outer, known, source))
        inner = self.add_quotient(rest, quotient, found)
        return [found[0], inner]

    def add_quotient(self, rest: Sequence[Linear], quotient: Coefficients, sources: Sequence[str]) -> str:
        """The factors of the quadratic that the groups leave."""
        worked = joined(monomial(c, self.letter) for c, _ in rest)
        text = f"{monomial(quotient[1], self.letter)} = {worked}"
        self.add("split", f"split({', '.join(sources)})", text, worked, sources)
        value = Product("", 1, 0, tuple(rest)).text(self.letter)
        text = f"{polynomial(quotient, self.letter)} = {value}"
        return self.add("quadratic product", "multiply(split)", text, value, ("split",))
