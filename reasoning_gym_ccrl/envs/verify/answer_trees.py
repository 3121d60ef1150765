"""What the trees of answers are worth, and how they are written for sympy's worker.

What is a rational number is worked out with wider caps than a polynomial's coefficients have, so that 1/2004! and
2^2005 are numbers like others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from .algebra_reader import Node
from .polynomials import Quotient, evaluate_tree
from .tokens import ExpressionError, Number, normal

MAX_BITS = 65_536
_MAX_WRITTEN_BITS = 2_048


@lru_cache(maxsize=2_048)
def rational_value(tree: Node) -> Number | None:
    """The rational number that a tree of numbers is; None where it holds a name, a function or a root.

    Raises:
        ExpressionError: a division by zero, or a value beyond the caps.
    """
    match tree.kind:
        case "number":
            return tree.value
        case "negative" | "sum" | "product" | "quotient" | "power":
            values = [rational_value(part) for part in tree.parts]
            known = [value for value in values if value is not None]
            return _worked_out(tree.kind, known) if len(known) == len(values) else None
    return None


def _worked_out(kind: str, values: list[Number]) -> Number | None:
    if kind == "power":
        return _power(*values)
    bits = sum(max(value.numerator.bit_length(), value.denominator.bit_length()) for value in values)
    if bits > MAX_BITS:
        raise ExpressionError(f"Values have at most {MAX_BITS} bits.")
    match kind:
        case "negative":
            return -values[0]
        case "sum":
            return normal(sum(values, Fraction(0)) if len(values) > 1 else values[0])
        case "quotient":
            if values[1] == 0:
                raise ExpressionError("Nothing can be divided by zero.")
            return normal(Fraction(values[0]) / values[1])
    return normal(math.prod(values, start=Fraction(1)))


def _power(base: Number, exponent: Number) -> Number | None:
    if not isinstance(exponent, int):
        return None
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise ExpressionError(f"Values have at most {MAX_BITS} bits.")
    if exponent < 0:
        if base == 0:
            raise ExpressionError("Nothing can be divided by zero.")
        return normal(1 / Fraction(base) ** -exponent)
    return normal(base**exponent)


@lru_cache(maxsize=2_048)
def quotient_of(tree: Node) -> Quotient | None:
    """The exact value of a tree, or None where it has none or is beyond the caps."""
    if is_huge(tree):
        return None
    try:
        return evaluate_tree(tree)
    except ExpressionError:
        return None


def nodes_of(tree: Node) -> Iterator[Node]:
    """The tree and all that is in it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += node.parts


def is_huge(tree: Node) -> bool:
    """Whether a tree holds numbers with too many digits to be written out."""
    values = (node.value for node in nodes_of(tree) if node.kind == "number")
    return any(value.numerator.bit_length() + value.denominator.bit_length() > _MAX_WRITTEN_BITS for value in values)


def written(tree: Node) -> str:
    """A tree as plain text that `formula` reads: brackets and signs everywhere.

    Raises:
        ExpressionError: it holds what no formula holds.

    >>> from .algebra_reader import read_tree
    >>> written(read_tree("2x^2/3"))
    '(((2)*(x)^((2)))/(3))'
    """
    parts = [written(part) for part in tree.parts]
    match tree.kind:
        case "name":
            return tree.name
        case "number":
            if is_huge(tree):
                raise ExpressionError(f"A number of a formula has at most {_MAX_WRITTEN_BITS} bits.")
            return f"({tree.value})"
        case "negative":
            return f"(-{parts[0]})"
        case "sum":
            return f"({'+'.join(parts)})"
        case "product":
            return f"({'*'.join(parts)})"
        case "quotient":
            return f"({parts[0]}/{parts[1]})"
        case "power":
            return f"({parts[0]})^({parts[1]})"
        case "call":
            if tree.name == "sqrt" and tree.value != 2:
                return f"({parts[0]})^(1/{tree.value})"
            return f"{tree.name}({parts[0]})"
    raise ExpressionError("A formula holds no such thing.")
