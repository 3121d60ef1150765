"""A rational number that stands for pi, so that multiples of pi are exact values like all others."""

from __future__ import annotations

from fractions import Fraction

PI_SCALE = 10**62
PI = Fraction(314159265358979323846264338327950288419716939937510582097494459, PI_SCALE)
"""What stands for pi: a polynomial with whole coefficients below `PI_SCALE` is zero there only if it is zero.

(If it is not, its leading coefficient is a multiple of the denominator, which has no factor in common with the
numerator.) So two expressions with pi in them are equal exactly where their values are, and are rounded like numbers.
"""
MAX_PI_BITS = 100  # of the coefficients on one side of an equation, so that a difference of two stays below the scale


def pi_text(value: int | Fraction) -> str | None:
    """A multiple of a power of pi as text, or None where the value is none.

    >>> pi_text(9 * PI), pi_text(PI**2 / 2), pi_text(Fraction(7, 2))
    ('9 * pi', '1/2 * pi^2', None)
    """
    for exponent in range(1, 4):
        factor = Fraction(value) / PI**exponent
        if max(factor.numerator.bit_length(), factor.denominator.bit_length()) <= MAX_PI_BITS:
            symbol = "pi" if exponent == 1 else f"pi^{exponent}"
            return symbol if factor == 1 else f"{factor} * {symbol}"
    return None
