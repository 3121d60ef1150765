"""Exact operations and functions of numbers, within caps: powers, roots, gcd, binomials, factorials, remainders.

What has no exact value (sqrt(2)), or one beyond the caps, raises `OpenExpression`: it is unknown, not wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from .tokens import ExpressionError, Number, OpenExpression, normal

MAX_EXPONENT = 200
MAX_BITS = 2_048
MAX_COUNT = 300  # of what a factorial, a selection or an arrangement multiplies


# -- operations ----------------------------------------------------------------------------------------------------


def divide(numerator: Number, denominator: Number) -> Number:
    """The exact quotient, an integer where it is whole.

    Raises:
        OpenExpression: division by zero.
    """
    if denominator == 0:
        raise OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(numerator) / denominator)


def power(base: Number, exponent: Number) -> Number:
    """The exact power, for whole exponents, and for fractions such as 1/2 where the root is exact.

    Raises:
        OpenExpression: an irrational value, an exponent beyond `MAX_EXPONENT`, or a value beyond `MAX_BITS`.
    """
    if isinstance(exponent, Fraction) and exponent.denominator <= 6:
        base, exponent = exact_root(base, exponent.denominator), exponent.numerator
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise OpenExpression(f"An exponent is a whole number from -{MAX_EXPONENT} to {MAX_EXPONENT}.")
    bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if exponent >= 0:
        return normal(base**exponent)
    if base == 0:
        raise OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(1) / Fraction(base) ** -exponent)


def capped(value: Number) -> Number:
    """The value, whole numbers as integers.

    Raises:
        OpenExpression: it has more than `MAX_BITS` bits.
    """
    if isinstance(value, Fraction):
        value = normal(value)
        if value.denominator.bit_length() > MAX_BITS:
            raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if value.numerator.bit_length() > MAX_BITS:
        raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    return value


def remainder(number: Number, modulus: Number) -> int:
    """What is left of a whole number after division, from 0 to the modulus without it.

    Raises:
        OpenExpression: a number that is not whole, or a modulus below 1.

    >>> remainder(48, 18), remainder(-1, 5)
    (12, 4)
    """
    if not isinstance(number, int) or not isinstance(modulus, int) or modulus < 1:
        raise OpenExpression("A remainder is that of a whole number by a whole number above zero.")
    return number % modulus


def congruent(left: Number, right: Number, modulus: int) -> bool | None:
    """Whether two numbers leave the same remainder; a fraction stands for its inverse, and None says there is none.

    >>> congruent(17, 2, 5), congruent(Fraction(1, 3), 5, 7), congruent(Fraction(1, 2), 1, 4)
    (True, True, None)
    """
    difference = Fraction(left) - Fraction(right)
    if math.gcd(difference.denominator, modulus) > 1:
        return None
    return difference.numerator % modulus == 0


# -- functions -----------------------------------------------------------------------------------------------------


def integer_root(number: int, order: int) -> int | None:
    """The whole n-th root of a whole number of 0 or more, or None where it is not whole.

    >>> integer_root(144, 2), integer_root(27, 3), integer_root(8, 2)
    (12, 3, None)
    """
    if order == 2:
        found = math.isqrt(number)
    else:
        low, high = 0, 1 << (number.bit_length() // order + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**order <= number else (low, middle - 1)
        found = low
    return found if found**order == number else None


def exact_root(value: Number, order: int = 2) -> Number:
    """The n-th root where it is rational.

    Raises:
        OpenExpression: it is not, or is no real number.

    >>> exact_root(16), exact_root(Fraction(9, 4)), exact_root(-27, 3)
    (4, Fraction(3, 2), -3)
    """
    sign = 1
    if value < 0 and order % 2:
        sign, value = -1, -value
    if value < 0:
        raise OpenExpression("A square root is taken of what is not below zero.")
    above, below = integer_root(value.numerator, order), integer_root(value.denominator, order)
    if above is None or below is None:
        raise OpenExpression("The root is irrational.")
    return normal(Fraction(sign * above, below))


def _whole(arguments: Sequence[Number]) -> list[int]:
    found = [argument for argument in arguments if isinstance(argument, int)]
    if len(found) < len(arguments):
        raise OpenExpression("The function is one of whole numbers.")
    return found


def _gcd(*arguments: Number) -> Number:
    return math.gcd(*_whole(arguments))


def _lcm(*arguments: Number) -> Number:
    return math.lcm(*_whole(arguments))


def _count(total: int, chosen: int) -> None:
    if total < 0 or chosen < 0:
        raise OpenExpression("Selections are of no less than nothing.")
    if chosen > MAX_COUNT or total.bit_length() > 200:
        raise OpenExpression(f"At most {MAX_COUNT} things are selected.")


def choose(total: Number, chosen: Number) -> Number:
    """The number of selections, order not counting: 5 choose 2 is 10.

    Raises:
        OpenExpression: numbers that are not whole, below zero, or too large.
    """
    n, k = _whole((total, chosen))
    smaller = min(k, n - k) if k <= n else k
    _count(n, smaller)
    return math.comb(n, smaller) if k <= n else 0


def _arrange(total: Number, chosen: Number) -> Number:
    n, k = _whole((total, chosen))
    _count(n, k)
    return math.perm(n, k)


def factorial(number: Number) -> Number:
    """The factorial.

    Raises:
        OpenExpression: a number that is not whole, below zero, or above `MAX_COUNT`.
    """
    (n,) = _whole((number,))
    _count(n, n)
    return math.factorial(n)


def _inverse(number: Number, modulus: Number) -> Number:
    a, m = _whole((number, modulus))
    if m < 2 or math.gcd(a, m) > 1:
        raise OpenExpression("A number has an inverse only for a modulus it shares no factor with.")
    return pow(a, -1, m)


_MANY = 20
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Number]]] = {
    # name -> (fewest arguments, most arguments, function)
    "gcd": (2, _MANY, _gcd), "hcf": (2, _MANY, _gcd), "gcf": (2, _MANY, _gcd), "lcm": (2, _MANY, _lcm),
    "C": (2, 2, choose), "binom": (2, 2, choose), "choose": (2, 2, choose), "P": (2, 2, _arrange),
    "factorial": (1, 1, factorial), "sqrt": (1, 1, exact_root), "cbrt": (1, 1, lambda value: exact_root(value, 3)),
    "abs": (1, 1, lambda value: -value if value < 0 else value), "mod": (2, 2, remainder), "inverse": (2, 2, _inverse),
    "min": (2, _MANY, min), "max": (2, _MANY, max), "floor": (1, 1, math.floor), "ceil": (1, 1, math.ceil),
    "ceiling": (1, 1, math.ceil),
}  # fmt: skip


def apply(name: str, arguments: Sequence[Number]) -> Number:
    """A function of numbers, exactly.

    Raises:
        OpenExpression: it has no exact value, or one beyond the caps.
        ExpressionError: it takes another number of arguments.

    >>> apply("gcd", [48, 18]), apply("C", [5, 2]), apply("inverse", [3, 7])
    (6, 10, 5)
    """
    fewest, most, function = _FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        raise ExpressionError(f"{name} takes {fewest} numbers or more; received {len(arguments)}.")
    return capped(function(*arguments))
