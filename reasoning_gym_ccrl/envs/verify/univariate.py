"""Polynomials in one unknown with rational coefficients: common divisors, repeated roots, how many roots are real.

A polynomial is the tuple of its coefficients, lowest power first, with no zero at the end; () is zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from .quotients import PI
from .ring import Polynomial
from .tokens import Number

MAX_DEGREE = 12  # of what is divided here, and
MAX_BITS = 200  # of its coefficients: those of remainders grow
Coefficients = tuple[Fraction, ...]


def trimmed(coefficients: Iterable[Number]) -> Coefficients:
    """The coefficients without zeros at the end."""
    found = [Fraction(coefficient) for coefficient in coefficients]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def read_coefficients(polynomial: Polynomial) -> tuple[str, Coefficients] | None:
    """The name and coefficients of a polynomial in one name, within the caps; else None."""
    if len(polynomial.generators) != 1:
        return None
    (name,) = polynomial.generators
    numbers = polynomial.numbers(name)
    if not isinstance(name, str) or name == PI or numbers is None or len(numbers) > MAX_DEGREE + 1:
        return None
    if any(max(n.numerator.bit_length(), n.denominator.bit_length()) > MAX_BITS for n in numbers):
        return None
    return name, trimmed(numbers)


def divided(dividend: Coefficients, divisor: Coefficients) -> tuple[Coefficients, Coefficients]:
    """Quotient and remainder; the divisor is not zero.

    >>> quotient, rest = divided(trimmed([6, -5, 1]), trimmed([-2, 1]))
    >>> [int(c) for c in quotient], rest
    ([-3, 1], ())
    """
    rest, quotient = list(dividend), [Fraction(0)] * max(0, len(dividend) - len(divisor) + 1)
    for shift in range(len(quotient) - 1, -1, -1):
        factor = rest[shift + len(divisor) - 1] / divisor[-1]
        quotient[shift] = factor
        if factor:
            for index, coefficient in enumerate(divisor):
                rest[shift + index] -= factor * coefficient
    return trimmed(quotient), trimmed(rest[: len(divisor) - 1])


def common_divisor(first: Coefficients, second: Coefficients) -> Coefficients:
    """The greatest common divisor, with leading coefficient 1; () only where both are zero."""
    while second:
        first, second = second, divided(first, second)[1]
    return tuple(coefficient / first[-1] for coefficient in first)


def derivative(coefficients: Coefficients) -> Coefficients:
    """The derivative."""
    return trimmed(power * coefficient for power, coefficient in enumerate(coefficients) if power)


def squarefree(coefficients: Coefficients) -> Coefficients:
    """The polynomial with the same roots, each of them once.

    >>> [int(c) for c in squarefree(trimmed([4, -4, 1]))]
    [-2, 1]
    """
    if len(coefficients) < 2:
        return coefficients
    return divided(coefficients, common_divisor(coefficients, derivative(coefficients)))[0]


def real_roots(coefficients: Coefficients) -> int:
    """How many different real roots there are, by Sturm's theorem.

    >>> real_roots(trimmed([-1, 0, 0, 1])), real_roots(trimmed([1, 0, 1])), real_roots(trimmed([4, -4, 1]))
    (1, 0, 1)
    """
    chain = [coefficients, derivative(coefficients)]
    while chain[-1]:
        chain.append(tuple(-coefficient for coefficient in divided(chain[-2], chain[-1])[1]))
    chain.pop()
    at_infinity = [p[-1] > 0 for p in chain]
    at_minus_infinity = [(p[-1] > 0) == (len(p) % 2 == 1) for p in chain]
    return _changes(at_minus_infinity) - _changes(at_infinity)


def _changes(signs: list[bool]) -> int:
    return sum(first != second for first, second in pairwise(signs))
