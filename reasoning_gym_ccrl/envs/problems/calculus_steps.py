"""The gold paths of the family "calculus": differentiate or integrate term by term, put together, put in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt

from ...types import GoldStep
from .algebra_steps import gold, labelled
from .calculus_terms import Inside, Power, Term, Times, Wave, parts_text, slope_text, sum_text
from .polynomial_text import (
    Coefficients,
    Number,
    added,
    antiderivative,
    derivative,
    factor_text,
    joined,
    monomial,
    polynomial,
    quotient_steps,
    size,
    value_at,
)


@dataclass(slots=True)
class Path:
    """The steps so far of a problem about the function `name` of `letter`, and what the question gives."""

    terms: tuple[Term, ...]
    name: str
    letter: str
    givens: dict[str, str] = field(default_factory=dict)
    steps: list[GoldStep] = field(default_factory=list)

    def add(self, name: str, plan: str, text: str, value: str, parents: Sequence[str], expression: str = "") -> str:
        self.steps.append(gold(name, plan, text, value, parents, expression))
        return name

    def give(self, name: str, text: str) -> str:
        self.givens[name] = text
        return name

    def term_name(self, index: int) -> str:
        return labelled("term", index) if len(self.terms) > 1 else "term"

    # -- derivatives ---------------------------------------------------------------------------------------------

    def differentiate(self) -> str:
        """All steps up to the derivative, whose text is returned; constants are left out without a step."""
        found: list[str] = []
        constants: list[str] = []
        parts: list[str] = []
        alone = len(self.terms) == 1
        for index, term in enumerate(self.terms):
            if isinstance(term, Power) and term.power == 0:
                constants = [self.give("constant", term.text(self.letter))]
                continue
            found.append(self.slope_of(term, index, alone=alone))
            parts.append(slope_text((term,), self.letter))
        answer = slope_text(self.terms, self.letter)
        if not alone:
            plan = " + ".join([*found, *(f"derive({name})" for name in constants)])
            text = f"{self.name}'({self.letter}) = {answer}"
            parents = [*found, *constants]
            self.add("derivative", plan, text, answer, parents, joined(parts))
        return answer

    def slope_of(self, term: Term, index: int, *, alone: bool) -> str:
        """The steps for one term; the last one names the derivative itself where it is the only term."""
        text, slope = term.text(self.letter), slope_text((term,), self.letter)
        name = "derivative" if alone else labelled("slope", index)
        left = f"{self.name}'({self.letter})" if alone else self.d(text)
        if isinstance(term, Times):
            return self.by_product_rule(term, index, name, left)
        if isinstance(term, Inside):
            return self.by_chain_rule(term, index, name, left)
        given = self.give(self.term_name(index), text)
        return self.add(name, f"derive({given})", f"{left} = {slope}", slope, (given,), text)

    def by_product_rule(self, term: Times, index: int, name: str, left: str) -> str:
        which = "" if len(self.terms) == 1 else f" of {self.term_name(index)}"
        first, second = polynomial(term.left, self.letter), term.right_text(self.letter)
        factors = self.give(f"left factor{which}", first), self.give(f"right factor{which}", second)
        slopes = []
        for side, factor, text, slope in (
            ("left", factors[0], first, polynomial(derivative(term.left), self.letter)),
            ("right", factors[1], second, parts_text(term.right_slope(self.letter), self.letter)),
        ):
            slopes.append(f"{side} slope{which}")
            self.add(slopes[-1], f"derive({factor})", f"{self.d(text)} = {slope}", slope, (factor,), text)
        plan = f"{slopes[0]} * {factors[1]} + {factors[0]} * {slopes[1]}"
        written, slope = term.rule(self.letter), slope_text((term,), self.letter)
        text = f"{left} = {slope}" if slope == written else f"{left} = {written} = {slope}"
        return self.add(name, plan, text, slope, (slopes[0], factors[1], factors[0], slopes[1]), written)

    def by_chain_rule(self, term: Inside, index: int, name: str, left: str) -> str:
        which = "" if len(self.terms) == 1 else f" of {self.term_name(index)}"
        inside = polynomial(term.inner, self.letter)
        rate = polynomial(derivative(term.inner), self.letter)
        inner = self.give(f"inside{which}", inside)
        outer = self.give(f"outside{which}", term.text(self.letter))
        found = self.add(
            f"inner slope{which}", f"derive({inner})", f"{self.d(inside)} = {rate}", rate, (inner,), inside
        )
        slope = slope_text((term,), self.letter)
        return self.add(name, f"derive({outer}) * {found}", f"{left} = {slope}", slope, (outer, found), slope)

    def d(self, text: str) -> str:
        return f"d/d{self.letter}({text})"

    # -- antiderivatives -----------------------------------------------------------------------------------------

    def integrate(self, *, constant: bool) -> str:
        """All steps up to an antiderivative, whose text is returned, with a constant of integration or without."""
        ending = " + C" if constant else ""
        found: list[str] = []
        parts: list[str] = []
        head = f"{self.name.upper()}({self.letter})"
        for index, term in enumerate(self.terms):
            text = term.text(self.letter)
            given = self.give(self.term_name(index), text)
            parts.append(integral_text(term, self.letter))
            if len(self.terms) == 1:
                break
            name = labelled("integral", index)
            value = f"{parts[-1]} + C"
            found.append(self.add(name, f"integrate({given})", f"integral({text}) = {value}", value, (given,), text))
        answer = joined(parts) + ending
        plan, parents = (" + ".join(found), found) if found else (f"integrate({given})", [given])
        self.add("antiderivative", plan, f"{head} = {answer}", answer, parents, sum_text(self.terms, self.letter))
        return answer

    # -- values --------------------------------------------------------------------------------------------------

    def value(self, name: str, head: str, coefficients: Coefficients, point: Number, parents: Sequence[str]) -> Number:
        """The value of a polynomial at a point, "f'(2) = 6 * 2 + 2 = 14"."""
        value = value_at(coefficients, point)
        written = substituted(coefficients, point) if point else str(value)
        text = f"{head}({point}) = {value}" if written == str(value) else f"{head}({point}) = {written} = {value}"
        self.add(name, f"evaluate({', '.join(parents)})", text, str(value), parents, written)
        return value


def substituted(coefficients: Coefficients, point: Number) -> str:
    """A polynomial with a number in place of its letter.

    >>> substituted((1, -4, 3), 2), substituted((0, 0, -1), -2), substituted((0, 0, Fraction(1, 3)), 2)
    ('3 * 2^2 - 4 * 2 + 1', '-(-2)^2', '(1/3) * 2^2')
    """
    at = factor_text(point)
    terms = []
    for power in range(len(coefficients) - 1, -1, -1):
        coefficient = coefficients[power]
        if not coefficient:
            continue
        body = at if power == 1 else f"{at}^{power}"
        number = size(coefficient)
        if power == 0:
            body = str(number)
        elif number != 1:
            body = f"({number}) * {body}" if number.denominator > 1 else f"{number} * {body}"
        terms.append(f"-{body}" if coefficient < 0 else body)
    return joined(terms)


def integral_text(term: Term, letter: str) -> str:
    """An antiderivative of one term, without a constant."""
    if isinstance(term, Power):
        return polynomial(antiderivative(term.coefficients), letter)
    if isinstance(term, Wave):
        return term.integral(letter)
    raise TypeError("Products and functions inside others are not integrated.")  # not reached: none is drawn


def polynomial_of(terms: Sequence[Term]) -> Coefficients | None:
    """The coefficients of a sum of powers and products of polynomials; None where there is another term."""
    total: Coefficients = ()
    for term in terms:
        if not isinstance(term, Power):
            return None
        total = added(total, term.coefficients)
    return total


# -- whole problems ----------------------------------------------------------------------------------------------------


def slope_coefficients(terms: Sequence[Term]) -> Coefficients:
    """The derivative's coefficients, of a sum of powers or one product of polynomials."""
    if len(terms) == 1 and isinstance(terms[0], Times):
        return terms[0].slope_coefficients
    return derivative(polynomial_of(terms) or ())


def slope_steps(path: Path, point: int) -> Number:
    """The derivative, and its value at a point."""
    path.differentiate()
    parents = ("derivative", path.give("point", str(point)))
    return path.value("slope", f"{path.name}'", slope_coefficients(path.terms), point, parents)


def integral_steps(path: Path, low: int, high: int) -> Number:
    """An antiderivative, its values at both limits, and their difference."""
    path.integrate(constant=False)
    coefficients = antiderivative(polynomial_of(path.terms) or ())
    head = path.name.upper()
    values = []
    for name, point in (("upper", high), ("lower", low)):
        limit = path.give(f"{name} limit", str(point))
        values.append(path.value(f"{name} value", head, coefficients, point, ("antiderivative", limit)))
    expression = f"{values[0]} - {factor_text(values[1])}"
    total = values[0] - values[1]
    parents = ("upper value", "lower value")
    path.add("change", " - ".join(parents), f"change = {expression} = {total}", str(total), parents, expression)
    return total


def critical_steps(path: Path) -> tuple[Number, ...]:
    """The derivative, and where it is zero: of a quadratic by division, of a cubic by factoring."""
    path.differentiate()
    letter, slope = path.letter, slope_coefficients(path.terms)
    if len(slope) == 2:
        constant, rate = int(slope[0]), int(slope[1])
        number, rate = (-constant, rate) if rate > 0 else (constant, -rate)
        value = f"{monomial(rate, letter)} = {number}"
        path.add("isolated", "isolate(derivative)", value, value, ("derivative",), value)
        root = Fraction(number, rate)
        text = f"{letter} = {quotient_steps(number, rate)}"
        path.add("critical point", "divide(isolated)", text, f"{letter} = {root}", ("isolated",), f"{number} / {rate}")
        return (root,)
    constant, middle, lead = (int(number) for number in slope)
    distance = isqrt(middle * middle - 4 * lead * constant)
    roots = tuple(sorted(Fraction(-middle + sign * distance, 2 * lead) for sign in (-1, 1)))
    brackets = "".join(f"({polynomial((-root, 1), letter)})" if root else letter for root in sorted(roots, key=bool))
    value = f"{lead}{brackets}" if lead != 1 else brackets
    path.add("factors", "factor(derivative)", f"{polynomial(slope, letter)} = {value}", value, ("derivative",))
    value = " or ".join(f"{letter} = {root}" for root in roots)
    path.add("critical points", "roots(factors)", value, value, ("factors",), value)
    return roots


def extreme_steps(path: Path) -> Number:
    """The critical point of a quadratic, and the value there."""
    (point,) = critical_steps(path)
    parents = ("critical point", *(name for name in path.givens if name.startswith(("term", "constant"))))
    coefficients = polynomial_of(path.terms) or ()
    return path.value("extreme value", path.name, coefficients, int(point), parents)
