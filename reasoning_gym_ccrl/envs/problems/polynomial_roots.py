"""Polynomial equations: by factoring, by square roots, by the quadratic formula, and such as must be rearranged first.

The pattern of an equation is that of its polynomial (see `polynomial_factors`), or one of these: "formula" for a
quadratic with a leading coefficient, "factored" (x - 2)(2x + 3) = 0, "moved" x^2 = 5x - 6, and "product"
(x + 1)(x + 4) = 10.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold
from .polynomial_factors import FACTOR_STEPS, FactorPath, Linear, Product, draw_product
from .polynomial_sums import signed
from .polynomial_text import (
    Coefficients,
    added,
    factor_text,
    hidden,
    joined,
    monomial,
    multiplied,
    polynomial,
    quotient_steps,
    terms_of,
    whole,
)
from .sketches import between, pick

if TYPE_CHECKING:
    from .polynomials import PolynomialConfig

_BY_FACTORING = ("q", "xq", "ld", "kq", "c", "kc")
ROOT_STEPS: Mapping[str, int] = {
    "factored": 2, "d": 3, "kd": 4, "xk": 3, "moved": 4, "product": 5, "formula": 5,
    **{pattern: FACTOR_STEPS[pattern] + 1 for pattern in _BY_FACTORING},
}  # fmt: skip
"""Pattern -> number of steps."""

FORMULA_CONSTANTS = {"discriminant factor": "4", "root divisor": "2"}


@dataclass(frozen=True, slots=True)
class RootEquation:
    """An equation whose standard form is a product that equals zero, and the sides that it is written with."""

    pattern: str
    product: Product
    left: Coefficients
    right: Coefficients
    brackets: tuple[Linear, ...] = ()  # of the left side where that is a product

    @property
    def canonical(self) -> str:
        return f"roots({'='.join(sorted(self.sides('x')))})".replace(" ", "")

    @property
    def composition(self) -> str:
        """The same with numbers left out, the zero of "= 0" too."""
        sides = sorted(hidden(side) for side in self.sides("x"))
        return f"roots({'='.join(sides)})".replace(" ", "")

    def sides(self, letter: str, *, turned: bool = False) -> tuple[str, str]:
        """Both sides as they are written."""
        right = _side(self.right, letter, turned=turned)
        if not self.brackets:
            return _side(self.left, letter, turned=turned), right
        brackets = [f"({_side(bracket, letter, turned=turned)})" for bracket in sorted(self.brackets)]
        if len(set(brackets)) == 1:
            return f"{brackets[0]}^2", right
        return "".join(reversed(brackets) if turned else brackets), right

    @property
    def roots(self) -> tuple[int | Fraction, ...]:
        """The roots in order, each of them once."""
        found = {whole(Fraction(-c, a)) for c, a in self.product.factors}
        return tuple(sorted(found | ({0} if self.product.power else set())))


def _side(coefficients: Sequence[int | Fraction], letter: str, *, turned: bool) -> str:
    terms = terms_of(coefficients, letter)
    return joined(reversed(terms) if turned else terms)


# -- drawing -----------------------------------------------------------------------------------------------------------


def draw_roots(pattern: str, config: PolynomialConfig, rng: random.Random) -> RootEquation | None:
    """An equation of a pattern; None where this draw has another path."""
    inner = {"formula": "lq", "moved": "q", "product": "q", "factored": pick(rng, ("q", "lq"))}.get(pattern, pattern)
    if pattern == "factored" and config.least > 1:  # its brackets are what is read
        config = replace(config, least_root=config.least, most_root=config.many)
    product = draw_product(inner, config, rng)
    if product is None or (pattern == "xk" and product.power > 1):
        return None
    if pattern == "formula" and len(set(product.factors)) == 1:
        return None
    expanded = product.expanded
    match pattern:
        case "moved":
            constant = signed(between(rng, config.least, config.many), rng) if rng.random() < 0.4 else 0
            right = pick(rng, ((constant, -expanded[1]), (-expanded[0],), (constant - expanded[0], -expanded[1])))
            left = added(expanded, right)
        case "product":
            c = signed(between(rng, config.least, config.many), rng)
            d = int(expanded[1]) - c
            if d in (0, c) or abs(c) == 1 or abs(d) == 1:
                return None
            right = (c * d - int(expanded[0]),)
            left = added(expanded, right)
            largest = max(abs(c), abs(d), abs(right[0]))
            if right == (0,) or not config.least <= largest <= config.max_number:
                return None
            return RootEquation(pattern, product, left, right, ((c, 1), (d, 1)))
        case "factored":
            return RootEquation(pattern, product, expanded, (), product.factors)
        case _:
            left, right = expanded, ()
    if pattern == "moved":
        largest = max(map(abs, (*left, *right)), default=0)
        if not any(right) or right[-1] == 0 or not config.least <= largest <= config.max_number:
            return None
    return RootEquation(pattern, product, left, right)


# -- the path ----------------------------------------------------------------------------------------------------------


def root_steps(equation: RootEquation, letter: str) -> tuple[dict[str, str], list[GoldStep]]:
    """The named parts of the question, and the path to all roots."""
    left, right = equation.sides(letter)
    match equation.pattern:
        case "formula":
            return _by_formula(equation, letter)
        case "factored":
            brackets = sorted(set(equation.brackets), key=_root_of)
            text = " or ".join(f"{polynomial(bracket, letter)} = 0" for bracket in brackets)
            steps = [gold("alternatives", "alternatives(product)", text, text, ("product",))]
            return {"product": left}, [*steps, _roots(equation, letter, "alternatives")]
        case "d" | "kd":
            return {"equation": f"{left} = {right}"}, _by_square_root(equation, letter)
        case "moved" | "product":
            steps, source = _rearranged(equation, letter)
            steps += FactorPath(equation.product, letter, source).factor()
            return {"left side": left, "right side": right}, [*steps, _roots(equation, letter, "factors")]
    steps = FactorPath(equation.product, letter, "polynomial").factor()
    return {"polynomial": left}, [*steps, _roots(equation, letter, "factors")]


def _root_of(factor: Linear) -> Fraction:
    return Fraction(-factor[0], factor[1])


def _roots(equation: RootEquation, letter: str, *sources: str) -> GoldStep:
    """The last step: all roots."""
    value = " or ".join(f"{letter} = {root}" for root in equation.roots)
    return gold("roots", f"roots({', '.join(sources)})", value, value, sources, value)


def _rearranged(equation: RootEquation, letter: str) -> tuple[list[GoldStep], str]:
    """All on one side, after brackets are multiplied out; the name of what stands there."""
    steps: list[GoldStep] = []
    sources = ["left side", "right side"]
    if equation.brackets:
        product = multiplied(*equation.brackets)
        value = polynomial(product, letter)
        text = f"{equation.sides(letter)[0]} = {value}"
        steps.append(gold("expansion", "expand(left side)", text, value, ("left side",)))
        sources[0] = "expansion"
    value = f"{polynomial(equation.product.expanded, letter)} = 0"
    steps.append(gold("polynomial", " - ".join(sources), value, value, sources, value))
    return steps, "polynomial"


def _by_square_root(equation: RootEquation, letter: str) -> list[GoldStep]:
    """The unknown's square, and the two numbers with that square."""
    (constant, _), _ = equation.product.factors
    multiplier, square = equation.product.multiplier, constant * constant
    name, unknown = "square", monomial(1, letter, 2)
    value = f"{monomial(multiplier, letter, 2)} = {multiplier * square}"
    steps = [gold("isolated", "isolate(equation)", value, value, ("equation",), value)]
    if multiplier > 1:
        calculation = quotient_steps(multiplier * square, multiplier)
        text = f"{unknown} = {calculation}"
        expression = calculation.partition(" = ")[0]
        steps.append(gold(name, "divide(isolated)", text, f"{unknown} = {square}", ("isolated",), expression))
    source = steps[-1].name
    text = f"sqrt({square}) = {abs(constant)}"
    steps.append(gold("root", f"sqrt({source})", text, str(abs(constant)), (source,)))
    return [*steps, _roots(equation, letter, "root")]


def _by_formula(equation: RootEquation, letter: str) -> tuple[dict[str, str], list[GoldStep]]:
    """The discriminant, its root, and both roots."""
    c, b, a = (int(number) for number in equation.product.expanded)
    names = ("leading coefficient", "middle coefficient", "constant")
    givens = dict(zip(names, (str(a), str(b), str(c)), strict=True))
    discriminant = b * b - 4 * a * c
    root = isqrt(discriminant)
    square = f"({b})^2" if b < 0 else f"{b}^2"
    expression = f"{square} - 4 * {a} * {factor_text(c)}"
    steps = [
        gold(
            "discriminant",
            f"discriminant({', '.join(names)})",
            f"discriminant = {expression} = {discriminant}",
            str(discriminant),
            names,
            expression,
        )
    ]
    name, expression = "root of discriminant", f"sqrt({discriminant})"
    text = f"{name} = {expression} = {root}"
    steps.append(gold(name, "sqrt(discriminant)", text, str(root), ("discriminant",), expression))
    for which, sign in (("smaller", "-"), ("larger", "+")):
        value = Fraction(-b - root if sign == "-" else -b + root, 2 * a)
        expression = f"({-b} {sign} {root}) / (2 * {a})"
        plan = f"root({names[0]}, {names[1]}, {name}, {which})"
        text = f"{which} root = {expression} = {value}"
        steps.append(gold(f"{which} root", plan, text, str(value), (names[0], names[1], name), expression))
    return givens, [*steps, _roots(equation, letter, "smaller root", "larger root")]
