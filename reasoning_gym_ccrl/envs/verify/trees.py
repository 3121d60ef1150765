"""Formulas as trees of plain lists of strings, which JSON carries to a worker; what is a number is worked out.

    ["number", "7/2"] · ["constant", "pi"] · ["name", "x"] · ["+", tree, …] · ["*", tree, …] · ["^", base, exponent]
    · ["call", "sin", tree]

Division is a power of -1, so that sums and products are flat however many terms they have. Numbers are exact and within
the caps of `functions`, so that no tree holds a tower of powers or a factorial that is yet to be evaluated.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from . import functions
from .tokens import ExpressionError, Number, normal

Tree = list[Any]

MAX_FACTORIAL = 100
MAX_SYMBOLIC_EXPONENT = 60  # of a base with names, where a power is multiplied out
_MAX_ARGUMENT = 10**12

MINUS_ONE: Tree = ["number", "-1"]


def names_of(tree: Tree) -> set[str]:
    """The names that a tree holds.

    >>> sorted(names_of(["+", ["name", "x"], ["*", ["number", "2"], ["name", "a"]]]))
    ['a', 'x']
    """
    if tree[0] == "name":
        return {tree[1]}
    return set().union(*(names_of(part) for part in tree[1:] if isinstance(part, list)))


def number(value: Number) -> Tree:
    """The tree of a number.

    Raises:
        ExpressionError: it is beyond the caps.
    """
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > functions.MAX_BITS:
        raise ExpressionError(f"Values have at most {functions.MAX_BITS} bits.")
    return ["number", str(normal(value))]


def value_of(tree: Tree) -> Number | None:
    """The number that a tree is, or None where it is none."""
    return normal(Fraction(tree[1])) if tree[0] == "number" else None


def total(terms: list[Tree]) -> Tree:
    """The sum of trees, the numbers among them added up.

    >>> total([["number", "1/2"], ["name", "x"], ["number", "1/3"]])
    ['+', ['name', 'x'], ['number', '5/6']]
    """
    known: Number = 0
    rest: list[Tree] = []
    for term in terms:
        value = value_of(term)
        if value is None:
            rest.append(term)
        else:
            known += value
    if known or not rest:
        rest.append(number(known))
    return rest[0] if len(rest) == 1 else ["+", *rest]


def product(factors: list[Tree]) -> Tree:
    """The product of trees, the numbers among them multiplied.

    >>> product([["number", "2"], ["name", "x"], ["number", "3"]])
    ['*', ['number', '6'], ['name', 'x']]
    """
    known: Number = 1
    rest: list[Tree] = []
    for factor in factors:
        parts = factor[1:] if factor[0] == "*" else [factor]  # flat: -(2x) is (-2)x
        for part in parts:
            value = value_of(part)
            if value is None:
                rest.append(part)
            else:
                known *= value
    if known == 0 or not rest:
        return number(known)
    if known != 1:
        rest.insert(0, number(known))
    return rest[0] if len(rest) == 1 else ["*", *rest]


def power(base: Tree, exponent: Tree) -> Tree:
    """A power, worked out where both are numbers and the exponent is whole.

    Raises:
        ExpressionError: a division by zero, or an exponent beyond the caps.
    """
    known, times = value_of(base), value_of(exponent)
    if isinstance(times, int):
        if known is not None:
            return number(functions.divide(1, known) if times == -1 else functions.power(known, times))
        if abs(times) > MAX_SYMBOLIC_EXPONENT:
            raise ExpressionError(f"The exponent of a name is at most {MAX_SYMBOLIC_EXPONENT}.")
        return base if times == 1 else ["^", base, exponent]
    if times is not None and max(abs(times.numerator), times.denominator) > functions.MAX_EXPONENT:
        raise ExpressionError(f"An exponent is at most {functions.MAX_EXPONENT}.")
    return ["^", base, exponent]


def over(above: Tree, below: Tree) -> Tree:
    """A quotient."""
    return product([above, power(below, MINUS_ONE)])


def applied(name: str, inside: Tree) -> Tree:
    """A function of a tree, worked out where the result is rational.

    Raises:
        ExpressionError: an argument beyond the caps.

    >>> applied("factorial", ["number", "4"]), applied("abs", ["number", "-1/2"])
    (['number', '24'], ['number', '1/2'])
    """
    value = value_of(inside)
    if value is None:
        return ["call", name, inside]
    if name == "factorial":
        if not isinstance(value, int) or not 0 <= value <= MAX_FACTORIAL:
            raise ExpressionError(f"Factorials are taken of whole numbers from 0 to {MAX_FACTORIAL}.")
        return number(math.factorial(value))
    if name == "abs":
        return number(-value if value < 0 else value)
    if name in ("floor", "ceiling"):
        return number(math.floor(value) if name == "floor" else math.ceil(value))
    if not -_MAX_ARGUMENT < value < _MAX_ARGUMENT:
        raise ExpressionError("Functions are taken of numbers of at most 12 digits.")
    return ["call", name, inside]
