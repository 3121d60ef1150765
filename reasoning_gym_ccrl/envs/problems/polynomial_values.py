"""Values of polynomials at a point, term by term, and discriminants of quadratics."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold
from .polynomial_sums import DEGREES, signed
from .polynomial_text import Coefficients, factor_text, hidden, polynomial, value_at
from .sketches import between, pick

if TYPE_CHECKING:
    from .polynomials import PolynomialConfig

MAX_VALUE_STEPS = 8
DISCRIMINANT_STEPS = 3

# For each power from the constant up: 0 no term, 1 a bare power, 2 a power with a coefficient.
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A polynomial and the point where its value is asked for."""

    coefficients: Coefficients
    point: int

    @property
    def canonical(self) -> str:
        return f"value({polynomial(self.coefficients)} at {self.point})".replace(" ", "")

    @property
    def composition(self) -> str:
        return hidden(self.canonical)


@cache
def value_shapes(steps: int) -> tuple[Shape, ...]:
    """Polynomials of up to the fourth degree with at least two terms whose value takes so many steps.

    Those of three or more steps have two numbers of their own, so that there are many of each.
    """
    return tuple(
        shape
        for degree in (1, 2, 3, 4)
        for shape in product(*((0, 1, 2),) * degree, (1, 2))
        if shape[0] != 1 and sum(map(bool, shape)) > 1 and _steps_of(shape) == steps
        if shape.count(2) > (steps > 2)
    )


def _steps_of(shape: Shape) -> int:
    return 1 + sum((power > 1) + (kind > 1) for power, kind in enumerate(shape) if power and kind)


def draw_value(steps: int, config: PolynomialConfig, rng: random.Random) -> Evaluation | None:
    """A polynomial and a point; the highest coefficient is positive."""
    shape = pick(rng, value_shapes(steps))
    if config.least > 1 and not shape[0]:
        return None  # only a constant may be as large as wanted
    coefficients = []
    for power, kind in enumerate(shape):
        number = 0
        if kind:
            low, high = (config.least, config.many) if power == 0 else (2, config.few)
            number = 1 if kind == 1 else between(rng, low, high)
        coefficients.append(number if power == len(shape) - 1 else signed(number, rng))
    point = between(rng, 2, (12, 9, 6)[max(0, len(shape) - 3)])
    return Evaluation(tuple(coefficients), signed(point, rng) if rng.random() < 0.6 else point)


def value_steps(evaluation: Evaluation, name: str) -> tuple[dict[str, str], list[GoldStep], int]:
    """The named numbers, the powers and terms one by one, and their sum."""
    point, at = evaluation.point, factor_text(evaluation.point)
    givens = {"point": str(point)}
    steps: list[GoldStep] = []
    terms: list[str] = []
    plan: list[tuple[str, str]] = []
    for power in range(len(evaluation.coefficients) - 1, -1, -1):
        coefficient = int(evaluation.coefficients[power])
        if not coefficient:
            continue
        size, value, source = abs(coefficient), point**power, "point"
        degree = DEGREES[power]
        if power > 1:
            givens[f"{degree} exponent"] = str(power)
            parents = ("point", f"{degree} exponent")
            source, text = f"{degree} power", f"{at}^{power}"
            steps.append(gold(source, f"power({', '.join(parents)})", f"{text} = {value}", str(value), parents, text))
        if power == 0:
            source = "constant"
            givens[source] = str(size)
        elif size > 1:
            givens[f"{degree} coefficient"] = str(size)
            parents = (f"{degree} coefficient", source)
            source, text = f"{degree} term", f"{size} * {factor_text(value)}"
            value *= size
            steps.append(gold(source, " * ".join(parents), f"{text} = {value}", str(value), parents, text))
        part = size if power == 0 else value
        terms.append(
            str(part) if coefficient > 0 and not terms else f"{'+' if coefficient > 0 else '-'} {factor_text(part)}"
        )
        plan.append(("+" if coefficient > 0 else "-", source))
    total = value_at(evaluation.coefficients, point)
    expression = " ".join(terms)
    calculation = plan[0][1] + "".join(f" {sign} {part}" for sign, part in plan[1:])
    text = f"{name}({point}) = {expression} = {total}"
    steps.append(gold("value", calculation, text, str(total), [part for _, part in plan], expression))
    return givens, steps, int(total)


# -- discriminants -----------------------------------------------------------------------------------------------------


def draw_quadratic(config: PolynomialConfig, rng: random.Random) -> Coefficients:
    """Any quadratic with all its terms."""
    constant = signed(between(rng, config.least, config.many), rng)
    return (constant, signed(between(rng, 2, config.many), rng), between(rng, 1, config.few))


def discriminant_steps(coefficients: Coefficients) -> tuple[dict[str, str], list[GoldStep], int]:
    """The square of the middle coefficient, the product of the others, and their difference."""
    c, b, a = (int(number) for number in coefficients)
    names = ("leading coefficient", "middle coefficient", "constant")
    givens = dict(zip(names, (str(a), str(b), str(c)), strict=True))
    square, product = b * b, 4 * a * c
    text = f"{factor_text(b)}^2"
    steps = [gold("square", f"{names[1]} * {names[1]}", f"{text} = {square}", str(square), (names[1],), text)]
    text = f"4 * {a} * {factor_text(c)}"
    plan = f"discriminant factor * {names[0]} * {names[2]}"
    steps.append(gold("product", plan, f"{text} = {product}", str(product), (names[0], names[2]), text))
    text, value = f"{square} - {factor_text(product)}", square - product
    plan, full = "square - product", f"discriminant = {text} = {value}"
    steps.append(gold("discriminant", plan, full, str(value), ("square", "product"), text))
    return givens, steps, value
