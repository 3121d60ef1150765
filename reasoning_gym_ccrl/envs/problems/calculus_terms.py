"""The terms that functions of the family "calculus" are sums of, how they are written, and their derivatives.

A `Power` is a x^n, a `Wave` a sin(kx), a cos(kx), a e^(kx) or a ln(x), a `Times` a product of a polynomial and one more
factor, an `Inside` a function of a binomial: a (bx + c)^n, a sin(bx^2 + c).

A derivative is a sum of polynomials times something: its parts map what stands beside a polynomial ("" where nothing
does, "sin(2x)", or "/x" for what is divided) to the polynomial's coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .polynomial_text import Coefficients, Number, added, derivative, joined, monomial, multiplied, polynomial, terms_of

Atom = Literal["sin", "cos", "exp", "ln"]
Parts = Mapping[str, Coefficients]

_SLOPES: Mapping[Atom, tuple[int, Atom]] = {"sin": (1, "cos"), "cos": (-1, "sin"), "exp": (1, "exp")}
_INTEGRALS: Mapping[Atom, tuple[int, Atom]] = {"sin": (-1, "cos"), "cos": (1, "sin"), "exp": (1, "exp")}


def atom_text(name: Atom, argument: str) -> str:
    """A function of an argument: "sin(2x)", "e^x", "e^(2x)".

    >>> atom_text("exp", "x"), atom_text("exp", "2x"), atom_text("ln", "x")
    ('e^x', 'e^(2x)', 'ln(x)')
    """
    if name == "exp":
        return f"e^{argument}" if len(argument) == 1 else f"e^({argument})"
    return f"{name}({argument})"


def times_text(coefficients: Coefficients, atom: str, letter: str) -> str:
    """A polynomial times a function, or divided by something.

    >>> times_text((3,), "sin(x)", "x"), times_text((0, 2), "e^x", "x"), times_text((2, -1), "cos(x)", "x")
    ('3 sin(x)', '2x e^x', '-(x - 2) cos(x)')
    >>> times_text((5,), "/x", "x"), times_text((1, 2), "/x", "x"), times_text((0, 4), "(x + 1)^3", "x")
    ('5/x', '(2x + 1)/x', '4x(x + 1)^3')
    """
    sign = "-" if coefficients[-1] < 0 else ""
    size = tuple(-c for c in coefficients) if sign else coefficients
    text = polynomial(size, letter)
    is_sum = " " in text
    if atom[0] == "/":
        return f"{sign}({text}){atom}" if is_sum else f"{sign}{text}{atom}"
    if text == "1":
        return f"{sign}{atom}"
    is_close = atom[0] == "(" or (atom[0] == "e" and (is_sum or len(size) == 1))
    return f"{sign}{f'({text})' if is_sum else text}{'' if is_close else ' '}{atom}"


def parts_text(parts: Parts, letter: str) -> str:
    """A sum of parts as it is written, polynomials first.

    >>> parts_text({"sin(x)": (0, 2), "": (1, 3)}, "x")
    '3x + 1 + 2x sin(x)'
    """
    terms = list(terms_of(parts.get("", ()), letter))
    terms += [times_text(coefficients, atom, letter) for atom, coefficients in parts.items() if atom and coefficients]
    return joined(terms)


def collected(parts: Iterable[Parts]) -> dict[str, Coefficients]:
    """The sum of several: what stands beside the same thing is added up."""
    total: dict[str, Coefficients] = {}
    for part in parts:
        for atom, coefficients in part.items():
            total[atom] = added(total.get(atom, ()), coefficients)
    return total


def _by(coefficients: Coefficients, number: Number) -> Coefficients:
    return tuple(number * coefficient for coefficient in coefficients)


@dataclass(frozen=True, slots=True)
class Power:
    """coefficient * x^power."""

    coefficient: Number
    power: int

    @property
    def coefficients(self) -> Coefficients:
        return (*(0,) * self.power, self.coefficient)

    def text(self, letter: str) -> str:
        return monomial(self.coefficient, letter, self.power)

    def slope(self, letter: str) -> Parts:
        return {"": derivative(self.coefficients)}


@dataclass(frozen=True, slots=True)
class Wave:
    """coefficient * name(rate * x)."""

    name: Atom
    coefficient: int
    rate: int = 1

    def atom(self, letter: str) -> str:
        return atom_text(self.name, monomial(self.rate, letter))

    def text(self, letter: str) -> str:
        return times_text((self.coefficient,), self.atom(letter), letter)

    def slope(self, letter: str) -> Parts:
        return self.slope_times((1,), letter)

    def slope_times(self, factor: Coefficients, letter: str) -> Parts:
        """A polynomial times the derivative."""
        if self.name == "ln":
            divided = _by(factor, self.coefficient)
            return {"": divided[1:]} if divided[0] == 0 else {f"/{letter}": divided}
        sign, name = _SLOPES[self.name]
        atom = atom_text(name, monomial(self.rate, letter))
        return {atom: _by(factor, sign * self.coefficient * self.rate)}

    def integral(self, letter: str) -> str:
        """An antiderivative of sine, cosine or a power of e; the rate divides the coefficient."""
        sign, name = _INTEGRALS[self.name]
        atom = atom_text(name, monomial(self.rate, letter))
        return times_text((sign * self.coefficient // self.rate,), atom, letter)


@dataclass(frozen=True, slots=True)
class Times:
    """A polynomial times another polynomial or a function; a function has the coefficient 1."""

    left: Coefficients
    right: Coefficients | Wave

    def text(self, letter: str) -> str:
        if isinstance(self.right, Wave):
            return times_text(self.left, self.right.atom(letter), letter)
        return f"({polynomial(self.left, letter)})({polynomial(self.right, letter)})"

    def right_text(self, letter: str) -> str:
        return self.right.text(letter) if isinstance(self.right, Wave) else polynomial(self.right, letter)

    def right_slope(self, letter: str) -> Parts:
        return self.right.slope(letter) if isinstance(self.right, Wave) else {"": derivative(self.right)}

    def rule(self, letter: str) -> str:
        """The product rule written out: the left factor's derivative times the right one, and the other way round."""
        first = derivative(self.left)
        if isinstance(self.right, Wave):
            other = self.right.slope_times(self.left, letter)
            return joined((times_text(first, self.right.atom(letter), letter), parts_text(other, letter)))
        bracket, other_bracket = (f"({polynomial(factor, letter)})" for factor in (self.right, self.left))
        slope = derivative(self.right)
        return joined((times_text(first, bracket, letter), times_text(slope, other_bracket, letter)))

    def slope(self, letter: str) -> Parts:
        first = derivative(self.left)
        if isinstance(self.right, Wave):
            return collected(({self.right.atom(letter): first}, self.right.slope_times(self.left, letter)))
        return {"": self.slope_coefficients}

    @property
    def slope_coefficients(self) -> Coefficients:
        """The derivative's coefficients; () where the second factor is no polynomial."""
        if isinstance(self.right, Wave):
            return ()
        return added(multiplied(derivative(self.left), self.right), multiplied(self.left, derivative(self.right)))


@dataclass(frozen=True, slots=True)
class Inside:
    """coefficient * (b x^m + c)^exponent, or with exponent 0 coefficient * name(b x^m + c)."""

    coefficient: int
    inner: Coefficients
    exponent: int = 0
    name: Atom = "sin"

    def _outer(self, letter: str, exponent: int, name: Atom) -> str:
        inside = polynomial(self.inner, letter)
        if exponent:
            return f"({inside})^{exponent}" if exponent > 1 else f"({inside})"
        return atom_text(name, inside)

    def text(self, letter: str) -> str:
        return times_text((self.coefficient,), self._outer(letter, self.exponent, self.name), letter)

    def slope(self, letter: str) -> Parts:
        factor = _by(derivative(self.inner), self.coefficient)
        if self.exponent:
            return {self._outer(letter, self.exponent - 1, self.name): _by(factor, self.exponent)}
        if self.name == "ln":
            return {f"/({polynomial(self.inner, letter)})": factor}
        sign, name = _SLOPES[self.name]
        return {self._outer(letter, 0, name): _by(factor, sign)}


Term = Power | Wave | Times | Inside


def pieces_of(term: Term, letter: str) -> tuple[str, ...]:
    """What is differentiated by itself on the way to a term's derivative, the term included; each has its own step."""
    match term:
        case Times():
            return polynomial(term.left, letter), term.right_text(letter), term.text(letter)
        case Inside():
            return polynomial(term.inner, letter), term.text(letter)
    return (term.text(letter),)


def sum_text(terms: Iterable[Term], letter: str) -> str:
    """The function as it is written."""
    return joined(term.text(letter) for term in terms)


def slope_text(terms: Sequence[Term], letter: str) -> str:
    """The derivative of a sum, its like terms put together."""
    if len(terms) == 1:
        return parts_text(terms[0].slope(letter), letter)
    return parts_text(collected(term.slope(letter) for term in terms), letter)
