"""Are two expressions the same? Equal by exact arithmetic, or different at a point where that is certain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ...types import Verdict
from .quotients import PI, Function, Quotient
from .ring import Generator, Polynomial

_POINTS = (0.7390851, 1.3247180, 2.2360680, 0.4142136, 1.7320508)
_DIGIT = 4e-16  # the relative error of one operation in floating point, twice over


def identical(left: Quotient, right: Quotient) -> Verdict:
    """Whether two expressions are the same wherever both have a value; UNCHECKED where neither could be proven.

    >>> x = Quotient.variable("x")
    >>> str(identical((x + 1) * (x + 1), x * x + 2 * x + 1)), str(identical(x + 1, x + 2))
    ('CORRECT', 'INCORRECT')
    """
    if left == right:
        return Verdict.CORRECT
    difference = (left - right).numerator
    if difference.is_zero:
        return Verdict.CORRECT
    if all(isinstance(generator, str) for generator in difference.generators):
        return Verdict.INCORRECT
    names = sorted(Quotient(difference).names)
    for shift in range(len(_POINTS)):
        point = {name: _POINTS[(shift + index) % len(_POINTS)] + index // 5 for index, name in enumerate(names)}
        try:
            value, error = approximate(Quotient(difference), point)
        except (ArithmeticError, ValueError):
            continue
        if abs(value) > 16 * error:
            return Verdict.INCORRECT
    return Verdict.UNCHECKED


def approximate(expression: Quotient, point: Mapping[str, float]) -> tuple[float, float]:
    """Its value at a point and a bound on the error of that.

    Raises:
        ArithmeticError, ValueError: it has no value there, or none that floating point can hold.
    """
    value, error = _approximate(expression.numerator, point)
    if expression.polynomial is not None:
        return value, error
    below, below_error = _approximate(expression.denominator, point)
    if abs(below) <= 2 * below_error:
        raise ArithmeticError("The denominator may be zero.")
    ratio = value / below
    return ratio, (error + abs(ratio) * below_error) / (abs(below) - below_error) + abs(ratio) * _DIGIT


def _approximate(polynomial: Polynomial, point: Mapping[str, float]) -> tuple[float, float]:
    known = {generator: _approximate_generator(generator, point) for generator in polynomial.generators}
    total = error = 0.0
    for monomial, coefficient in polynomial.terms.items():
        term, relative = float(coefficient), _DIGIT
        for generator, exponent in monomial:
            value, off = known[generator]
            if value == 0:
                raise ArithmeticError("The relative error of zero is unknown.")
            term *= value**exponent
            relative += exponent * (off / abs(value) + _DIGIT)
        total += term
        error += abs(term) * min(2 * relative, 1e300)
    if not math.isfinite(total + error):
        raise ArithmeticError("The value is beyond floating point.")
    return total, error + len(polynomial.terms) * _DIGIT * abs(total)


_SLOPES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    # name -> (function, a bound on its slope near the point, in units of the error)
    "sin": (math.sin, lambda value: 1.0),
    "cos": (math.cos, lambda value: 1.0),
    "exp": (math.exp, lambda value: 2 * math.exp(value)),
    "ln": (math.log, lambda value: 2 / value),
    "abs": (abs, lambda value: 1.0),
}


def _approximate_generator(generator: Generator, point: Mapping[str, float]) -> tuple[float, float]:
    if not isinstance(generator, Function):
        return (math.pi, _DIGIT) if generator == PI else (point[str(generator)], 0.0)
    inner, error = approximate(generator.argument, point)
    if error > 1e-3 * max(abs(inner), 1e-9):
        raise ArithmeticError("The argument is too uncertain.")
    if generator.name == "root":
        if inner <= 0:
            raise ArithmeticError("Roots are compared above zero.")
        value = inner ** (1 / generator.order)
        return value, value * (error / inner + _DIGIT)
    if generator.name not in _SLOPES:
        raise ArithmeticError("A function with no value.")
    function, slope = _SLOPES[generator.name]
    value = function(inner)
    return value, slope(inner) * error + (abs(value) + 1e-3) * _DIGIT
