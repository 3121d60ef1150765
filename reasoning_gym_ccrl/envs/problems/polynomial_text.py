"""Polynomials as tuples of coefficients, and how textbooks write them: "3x^2 - 5x + 6".

`coefficients[i]` belongs to the i-th power, so that (6, -5, 3) is 3x^2 - 5x + 6. Coefficients are whole numbers or
fractions; the last one is not zero, and the polynomial zero is ().
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache

Number = int | Fraction
Coefficients = tuple[Number, ...]

_NUMBER = re.compile(r"(?<![\^\d])\d+")


def joined(terms: Iterable[str]) -> str:
    """A sum of terms that bring their own minus signs along.

    >>> joined(["3x", "-5"]), joined(["-x", "7"]), joined([])
    ('3x - 5', '-x + 7', '0')
    """
    text = ""
    for term in terms:
        if not text:
            text = term
        elif term[0] == "-":
            text = f"{text} - {term[1:]}"
        else:
            text = f"{text} + {term}"
    return text or "0"


def monomial(coefficient: Number, letter: str, power: int = 1) -> str:
    """A coefficient times a power of a letter; fractions are written with their denominator last.

    >>> monomial(3, "x", 2), monomial(-1, "y"), monomial(7, "x", 0), monomial(Fraction(-2, 3), "x", 3)
    ('3x^2', '-y', '7', '-2x^3/3')
    """
    if power == 0:
        return str(coefficient)
    base = letter if power == 1 else f"{letter}^{power}"
    if coefficient == 1:
        return base
    if coefficient == -1:
        return f"-{base}"
    if isinstance(coefficient, int):
        return f"{coefficient}{base}"
    over = coefficient.denominator
    return monomial(coefficient.numerator, letter, power) + (f"/{over}" if over > 1 else "")


def terms_of(coefficients: Sequence[Number], letter: str) -> list[str]:
    """The terms from the highest power down, without those that are zero."""
    return [
        monomial(coefficients[power], letter, power)
        for power in range(len(coefficients) - 1, -1, -1)
        if coefficients[power]
    ]


@lru_cache(maxsize=8_192)
def polynomial(coefficients: Coefficients, letter: str = "x") -> str:
    """A polynomial from its highest power down.

    >>> polynomial((6, -5, 1))
    'x^2 - 5x + 6'
    """
    return joined(terms_of(coefficients, letter))


def hidden(text: str) -> str:
    """A text with "#" for each number that is no exponent.

    >>> hidden("x^2-15x+6")
    'x^2-#x+#'
    """
    return _NUMBER.sub("#", text)


def factor_text(number: Number) -> str:
    """A number as it stands after an operator: negative ones in brackets."""
    return f"({number})" if number < 0 else str(number)


def quotient_steps(numerator: int, denominator: int) -> str:
    """A division and its result; nothing is repeated where the fraction is in lowest terms.

    >>> quotient_steps(12, 3), quotient_steps(14, 6), quotient_steps(7, 2), quotient_steps(-9, -2)
    ('12 / 3 = 4', '14 / 6 = 7/3', '7/2', '-9 / (-2) = 9/2')
    """
    if numerator % denominator == 0:  # nearly always
        return f"{numerator} / {factor_text(denominator)} = {numerator // denominator}"
    value = str(Fraction(numerator, denominator))
    if value == f"{numerator}/{denominator}":
        return value
    return f"{numerator} / {factor_text(denominator)} = {value}"


def size(number: Number) -> Number:
    """The number without its sign."""
    return -number if number < 0 else number


def trimmed(coefficients: Iterable[Number]) -> Coefficients:
    """Without the zeros at the end."""
    kept = list(coefficients)
    while kept and kept[-1] == 0:
        kept.pop()
    return tuple(kept)


def added(first: Coefficients, second: Coefficients, sign: int = 1) -> Coefficients:
    """The sum, or with `sign` -1 the difference.

    >>> added((1, 2), (3, -2)), added((1, 2), (0, 0, 1), -1)
    ((4,), (1, 2, -1))
    """
    if not second or (not first and sign > 0):
        return first or second
    length = max(len(first), len(second))
    left = (*first, *(0,) * (length - len(first)))
    right = (*second, *(0,) * (length - len(second)))
    return trimmed(a + sign * b for a, b in zip(left, right, strict=True))


def multiplied(first: Coefficients, second: Coefficients) -> Coefficients:
    """The product.

    >>> multiplied((2, 1), (3, 1))
    (6, 5, 1)
    """
    if not first or not second:
        return ()
    product: list[Number] = [0] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            product[i + j] += a * b
    return trimmed(product)


def derivative(coefficients: Coefficients) -> Coefficients:
    """The derivative.

    >>> derivative((6, -5, 3))
    (-5, 6)
    """
    return tuple(power * coefficients[power] for power in range(1, len(coefficients)))


def antiderivative(coefficients: Coefficients) -> Coefficients:
    """The antiderivative that is 0 at 0; whole coefficients stay whole numbers.

    >>> antiderivative((5, 6, 1))
    (0, 5, 3, Fraction(1, 3))
    """
    if not coefficients:
        return ()
    return (0, *(whole(Fraction(c, power)) for power, c in enumerate(coefficients, start=1)))


def value_at(coefficients: Coefficients, point: Number) -> Number:
    """The value at a point, by Horner's rule.

    >>> value_at((6, -5, 1), 4)
    2
    """
    total: Number = 0
    for coefficient in reversed(coefficients):
        total = total * point + coefficient
    return total


def whole(number: Number) -> Number:
    """The number as an int where it is whole."""
    return int(number) if number.denominator == 1 else number
