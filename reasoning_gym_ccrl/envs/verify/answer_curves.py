"""Do two equations hold at the same points?"""

from __future__ import annotations

from collections.abc import Iterator

from .identity import approximate
from .polynomials import Quotient
from .ring import Generator

_SAMPLES = (0.37, -1.21, 2.13, -0.58, 3.41)
_RANGE = 40
_TOLERANCE = 1e-6


def same_curve(first: Quotient, second: Quotient) -> bool | None:
    """Whether two equations, each given as what is zero, hold at the same points.

    True where the one is the other times a number; False where a point is found that lies on one, and clearly not on
    the other; None else, as for (x - 1)^2 = 0 and x = 1.

    >>> x, y = Quotient.variable("x"), Quotient.variable("y")
    >>> same_curve(2 * x - y, x - y / Quotient.constant(2)), same_curve(x - y, x + y)
    (True, False)
    """
    if not first.numerator.terms or not second.numerator.terms:
        return None
    if first.numerator.primitive() == second.numerator.primitive():
        return True
    names = sorted(first.names | second.names)
    if not names or "i" in names:
        return None
    for one, other in ((first, second), (second, first)):
        for point in _points_on(one, names):
            try:
                value, error = approximate(Quotient(other.numerator), point)
            except (ArithmeticError, ValueError):
                continue
            if abs(value) > _TOLERANCE * (1 + _size(other, point)) + 16 * error:
                return False
    return None


def _size(expression: Quotient, point: dict[str, float]) -> float:
    """How large the terms are at a point, before they cancel."""
    total = 0.0
    for monomial, coefficient in expression.numerator.terms.items():
        term = abs(float(coefficient))
        for generator, exponent in monomial:
            term *= max(1.0, abs(_at(generator, point))) ** exponent
        total += term
    return total


def _at(generator: Generator, point: dict[str, float]) -> float:
    return point.get(str(generator), 2.0)


def _points_on(curve: Quotient, names: list[str]) -> Iterator[dict[str, float]]:
    """Points where an equation holds, nearly: one name is solved for, the others are set."""
    free = [name for name in names if name in curve.names]
    for name in free[:2]:
        for shift in range(3):
            point = {other: _SAMPLES[(index + shift) % len(_SAMPLES)] for index, other in enumerate(names)}
            root = _root(curve, point, name)
            if root is not None:
                yield point | {name: root}


def _root(curve: Quotient, point: dict[str, float], name: str) -> float | None:
    """A place where the equation changes its sign as one name moves."""

    def value(place: float) -> float:
        try:
            return approximate(Quotient(curve.numerator), point | {name: place})[0]
        except (ArithmeticError, ValueError):
            return float("nan")

    low, low_value = -_RANGE - 0.123, value(-_RANGE - 0.123)
    for step in range(-_RANGE, _RANGE + 1):
        high = step + 0.0417
        high_value = value(high)
        if low_value * high_value < 0:
            break
        low, low_value = high, high_value
    else:
        return None
    for _ in range(80):
        middle = (low + high) / 2
        middle_value = value(middle)
        if middle_value == 0:
            return middle
        if low_value * middle_value < 0:
            high = middle
        elif middle_value * low_value > 0:
            low, low_value = middle, middle_value
        else:
            return None
    return (low + high) / 2
