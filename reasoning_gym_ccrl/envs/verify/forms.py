"""How an expression is written: in which form, expanded or not, and in which factors."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .algebra_reader import Node
from .polynomials import evaluate_tree
from .ring import Monomial, Polynomial
from .tokens import ExpressionError, Number, normal

Form = tuple[Any, ...]


def form_of(tree: Node) -> Form:
    """A key that is equal for two expressions which differ in order, brackets and signs of multiplication alone.

    x^2 + 5x + 6, 6 + 5*x + x^2 and (6 + 5x) + x^2 have one form; x^2 + 2x + 3x + 6 and (x + 2)(x + 3) have others. A
    term in which nothing is left to put together is its monomial, so x^2/2 and (1/2)x^2 are one; a factor in brackets
    may have its sign turned, so (x - 1)(2 - x) is -(x - 1)(x - 2).

    >>> from .algebra_reader import read_tree
    >>> form_of(read_tree("(x + 2)(x + 3)")) == form_of(read_tree("(3 + x) * (2 + x)"))
    True
    >>> form_of(read_tree("x * x")) == form_of(read_tree("x^2"))
    False
    """
    terms = sorted((_term_form(term, sign) for term, sign in terms_of(tree)), key=repr)
    return terms[0] if len(terms) == 1 else ("+", *terms)


def terms_of(tree: Node, sign: int = 1) -> list[tuple[Node, int]]:
    """The terms of a sum with their signs, sums in sums opened; an expression that is no sum is its one term."""
    if tree.kind == "sum":
        return [pair for part in tree.parts for pair in terms_of(part, sign)]
    if tree.kind == "negative":
        return terms_of(tree.parts[0], -sign)
    return [(tree, sign)]


def monomial_of(tree: Node) -> tuple[Monomial, Number] | None:
    """The monomial and coefficient of a term with nothing left to put together, 3x^2, -x/2 or 5; else None.

    >>> from .algebra_reader import read_tree
    >>> monomial_of(read_tree("3x^2y")), monomial_of(read_tree("3 * 2x")), monomial_of(read_tree("x * x"))
    (((('x', 2), ('y', 1)), 3), None, None)
    """
    sign, factors = signed_factors(tree)
    numbers = [(factor.value, power) for factor, power in factors if factor.kind == "number"]
    names = [(factor, power) for factor, power in factors if factor.kind != "number"]
    if len({factor for factor, _ in names}) < len(names) or not all(f.kind in ("name", "call") for f, _ in names):
        return None
    above = [value for value, power in numbers if power == 1]
    below = [value for value, power in numbers if power == -1]
    if len(above) + len(below) < len(numbers) or len(above) > 1 or len(below) > 1:
        return None
    top, bottom = (above or [1])[0], (below or [1])[0]
    if below and not (isinstance(top, int) and isinstance(bottom, int) and math.gcd(top, bottom) == 1 < abs(bottom)):
        return None  # 4/2 is to be worked out, 4/6 to be reduced
    if names and ((above and top == 1 and not below) or top == 0):
        return None
    coefficient = normal(Fraction(top) / bottom * sign) if below or sign < 0 else top
    if all(factor.kind == "name" and power > 0 and factor.name != "e" for factor, power in names):
        powers = sorted((factor.name, power) for factor, power in names)
        return tuple(powers), coefficient
    try:
        value = evaluate_tree(tree).polynomial
    except ExpressionError:
        return None
    if value is None or len(value.terms) > 1:
        return None
    return next(iter(value.terms.items()), ((), 0))


def signed_factors(tree: Node) -> tuple[int, list[tuple[Node, int]]]:
    """The factors of a product and their exponents, with the signs of all factors that are no sums taken out."""
    sign = 1
    found: list[tuple[Node, int]] = []
    stack = [(tree, 1)]
    while stack:
        node, power = stack.pop()
        if node.kind == "negative" and node.parts[0].kind != "sum":
            sign = -sign if power % 2 else sign
            stack.append((node.parts[0], power))
            continue
        pieces = factors_of(node, power)
        if pieces == [(node, power)]:
            found.append((node, power))
        else:
            stack += pieces
    return sign, found[::-1]


def factors_of(tree: Node, power: int = 1) -> list[tuple[Node, int]]:
    """The factors of a product with their exponents, negative below the line; no product is its one factor."""
    match tree.kind:
        case "product":
            return [pair for part in tree.parts for pair in factors_of(part, power)]
        case "quotient":
            return factors_of(tree.parts[0], power) + factors_of(tree.parts[1], -power)
        case "power":
            exponent = _whole(tree.parts[1])
            if exponent is not None and tree.parts[0].kind not in ("number", "product", "quotient"):
                return factors_of(tree.parts[0], power * exponent)
    return [(tree, power)]


def _whole(tree: Node) -> int | None:
    sign = 1
    if tree.kind == "negative":
        sign, tree = -1, tree.parts[0]
    return sign * tree.value if tree.kind == "number" and isinstance(tree.value, int) else None


def is_expanded(tree: Node) -> bool:
    """Whether an expression is a sum of unlike monomials, or one of them.

    >>> from .algebra_reader import read_tree
    >>> [is_expanded(read_tree(text)) for text in ("x^2 + 5x + 6", "x^2 + 2x + 3x + 6", "x(x + 5) + 6", "2x - 3")]
    [True, False, False, True]
    """
    seen: set[Monomial] = set()
    for term, _ in terms_of(tree):
        found = monomial_of(term)
        if found is None or found[0] in seen:
            return False
        seen.add(found[0])
    return True


def polynomial_factors(tree: Node) -> tuple[Number, list[tuple[Polynomial, int]]] | None:
    """A product as a number and powers of primitive polynomials, sorted; None where it is no product of such.

    Raises:
        ExpressionError: a factor is beyond the caps.

    >>> from .algebra_reader import read_tree
    >>> number, factors = polynomial_factors(read_tree("2(x - 3)(3 - x)(x + 1)"))
    >>> number, [(str(factor), power) for factor, power in factors]
    (-2, [('x + 1', 1), ('x - 3', 2)])
    """
    sign, factors = signed_factors(tree)
    number: Number = sign
    powers: dict[Polynomial, int] = {}
    for factor, power in factors:
        value = evaluate_tree(factor).polynomial
        if value is None or (power < 0 and value.value is None):
            return None
        if value.is_zero:
            return 0, []
        plain = value.primitive()
        scale = normal(Fraction(value.leading[1]) / plain.leading[1])
        number = normal(Fraction(number) * Fraction(scale) ** power)
        if plain.value is None:
            powers[plain] = powers.get(plain, 0) + power
    return number, sorted(powers.items(), key=lambda pair: str(pair[0]))


# -- forms -----------------------------------------------------------------------------------------------------------


def _term_form(term: Node, sign: int) -> Form:
    found = monomial_of(term)
    if found is not None:
        monomial, coefficient = found
        return ("m", tuple((str(generator), power) for generator, power in monomial), str(coefficient * sign))
    turn, pieces = signed_factors(term)
    sign *= turn
    factors: list[Form] = []
    brackets: dict[Form, int] = {}
    for factor, power in pieces:
        if factor.kind in ("sum", "negative"):
            form, turn = _bracket_form(factor)
            brackets[form] = brackets.get(form, 0) + power
            sign *= turn if power % 2 else 1
        else:
            factors.append((_factor_form(factor), power))
    factors += [(form, power) for form, power in brackets.items() if power]
    return ("*", sign, *sorted(factors, key=repr))


def _bracket_form(tree: Node) -> tuple[Form, int]:
    """The form of a sum as a factor, its sign turned so that its first term is positive, and the sign taken out."""
    terms = terms_of(tree)
    first = min((_term_form(term, 1) for term, _ in terms), key=repr)
    sign = next(sign for term, sign in terms if _term_form(term, 1) == first)
    found = sorted((_term_form(term, its_sign * sign) for term, its_sign in terms), key=repr)
    return ("+", *found), sign


def _factor_form(node: Node) -> Form:
    match node.kind:
        case "number":
            return ("n", str(node.value))
        case "name":
            return ("name", node.name)
        case "power" | "call" | "apply" | "slope" | "integral":
            return (node.kind, node.name, str(node.value), *(form_of(part) for part in node.parts))
    return form_of(node)
