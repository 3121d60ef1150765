"""The kinds of expression that are made as trees: how their numbers are drawn, what they may come to, how both look.

A tree is grown from its leaves. Where an operator does not suit two operands (a division with a remainder, a result
out of range), a leaf among them is drawn anew to suit it, or another operator is taken, so that few trees are thrown
away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import gcd
from typing import TYPE_CHECKING

from .arithmetic_trees import Node, leaves_of, render

if TYPE_CHECKING:
    from .arithmetic import ArithmeticConfig

Number = int | Fraction

_PERCENTAGES = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)
_DECIMALS = 1000  # values have at most three digits after the point
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of expression.

    Attributes:
        term: draws a number that is added or subtracted.
        factor: draws one that multiplies.
        divisor: draws one that divides the given value, or None.
        fits: whether a result may occur.
        show: a value as text.
        operators: those of + - * / that occur; a config may leave some out.
        special: an operator that occurs at least once in each expression, or "".
        accepts: whether a finished tree is of this kind at all.
    """

    term: Callable[[random.Random, ArithmeticConfig], Number]
    factor: Callable[[random.Random, ArithmeticConfig], Number]
    divisor: Callable[[Number, random.Random, ArithmeticConfig], Number | None]
    fits: Callable[[Number, ArithmeticConfig], bool]
    show: Callable[[Number], str] = str
    operators: str = "+-*/"
    special: str = ""
    accepts: Callable[[Node], bool] = lambda tree: True


def draw_tree(kind: Kind, n_steps: int, config: ArithmeticConfig, rng: random.Random) -> Node | None:
    """A tree with so many operations, or None where this draw came to nothing."""
    tree = _grow(kind, n_steps, bool(kind.special), config, rng)
    return tree if tree is not None and kind.accepts(tree) else None


def _leaf(kind: Kind, value: Number) -> Node:
    return Node(value, kind.show(value))


def _grow(kind: Kind, n_steps: int, special: bool, config: ArithmeticConfig, rng: random.Random) -> Node | None:
    """A subtree; `special` says whether the kind's own operator has to occur in it."""
    if n_steps == 0:
        return _leaf(kind, kind.term(rng, config))
    if special and (n_steps == 1 or rng.random() < 0.3):
        return _grow_special(kind, n_steps, config, rng)
    on_left = int(rng.random() * n_steps)
    on_right = n_steps - 1 - on_left
    special_left = special and (on_right == 0 or (on_left > 0 and rng.random() < 0.5))
    left = _grow(kind, on_left, special_left, config, rng)
    right = _grow(kind, on_right, special and not special_left, config, rng)
    if left is None or right is None:
        return None
    orders = _orders(kind.operators, config.operators)
    for operator in orders[int(rng.random() * len(orders))]:
        node = _combine(kind, operator, left, right, config, rng)
        if node is not None:
            return node
    return None


@cache
def _orders(operators: str, allowed: str) -> tuple[tuple[str, ...], ...]:
    """Every order in which the operators that a config allows may be tried."""
    return tuple(permutations(operator for operator in operators if operator in allowed))


def _combine(
    kind: Kind, operator: str, left: Node, right: Node, config: ArithmeticConfig, rng: random.Random
) -> Node | None:
    """The operation on two nodes, a leaf among them drawn anew to suit it; None where the result does not fit."""
    if operator == "*":
        if not right.operator:
            right = _leaf(kind, kind.factor(rng, config))
        elif not left.operator:
            left = _leaf(kind, kind.factor(rng, config))
    elif operator == "/":
        if not right.operator:
            divisor = kind.divisor(left.value, rng, config)
            if divisor is None:
                return None
            right = _leaf(kind, divisor)
        if not right.value:
            return None
    value = _apply(operator, left.value, right.value)
    if not kind.fits(value, config) and operator == "-":
        left, right, value = right, left, -value
    return Node(value, kind.show(value), operator, left, right) if kind.fits(value, config) else None


def _apply(operator: str, left: Number, right: Number) -> Number:
    match operator:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case _:
            value = Fraction(left) / right if left % right else left // right
    if isinstance(value, int):
        return value
    return value.numerator if value.denominator == 1 else value


def _grow_special(kind: Kind, n_steps: int, config: ArithmeticConfig, rng: random.Random) -> Node | None:
    below = _grow(kind, n_steps - 1, False, config, rng)
    if below is None:
        return None
    match kind.special:
        case "^":
            if n_steps == 1:
                below = _leaf(kind, kind.factor(rng, config))
            value, exponent = below.value, 2 + int(rng.random() * 3)
            while exponent > 1 and not (isinstance(value, int) and kind.fits(value**exponent, config)):
                exponent -= 1
            if exponent < 2 or value < 2:
                return None
            return Node(value**exponent, str(value**exponent), "^", below, Node(exponent, str(exponent)))
        case "mod":
            if not isinstance(below.value, int) or below.value < 2:
                return None
            modulus = 2 + int(rng.random() * (config.few - 1))
            rest = below.value % modulus
            return Node(rest, str(rest), "mod", below, Node(modulus, str(modulus)))
    for _ in range(_TRIES):
        percentage = rng.choice(_PERCENTAGES)
        value = _apply("*", Fraction(percentage, 100), below.value)
        if isinstance(value, int) and value > 0:
            return Node(value, str(value), "%", Node(Fraction(percentage, 100), f"{percentage}%"), below)
    return None


# -- how each kind draws its numbers -----------------------------------------------------------------------------------


def _between(low: int, high: int, rng: random.Random) -> int:
    return low + int(rng.random() * (high - low + 1))


def _whole_term(rng: random.Random, config: ArithmeticConfig) -> Number:
    return _between(config.many_from, config.many, rng)


def _whole_factor(rng: random.Random, config: ArithmeticConfig) -> Number:
    return _between(2, config.few, rng)


def _whole_divisor(value: Number, rng: random.Random, config: ArithmeticConfig) -> Number | None:
    size = abs(int(value))
    divisors = [d for d in range(2, min(config.few, size) + 1) if size % d == 0]
    return rng.choice(divisors) if divisors else None


def _fits_whole(value: Number, config: ArithmeticConfig) -> bool:
    return isinstance(value, int) and 0 <= value <= config.max_value


def _round_term(rng: random.Random, config: ArithmeticConfig) -> Number:
    """Half of the time a multiple of ten: more percentages of it are whole."""
    number = _between(config.many_from, config.many, rng)
    rounded = number - number % 10
    return rounded if rng.random() < 0.5 and rounded >= config.many_from else number


def _signed(draw: Callable[[random.Random, ArithmeticConfig], Number]) -> Callable[..., Number]:
    def drawn(rng: random.Random, config: ArithmeticConfig) -> Number:
        number = draw(rng, config)
        return -number if rng.random() < 0.5 else number

    return drawn


def _signed_divisor(value: Number, rng: random.Random, config: ArithmeticConfig) -> Number | None:
    divisor = _whole_divisor(value, rng, config)
    return -divisor if divisor is not None and rng.random() < 0.5 else divisor


def _fits_signed(value: Number, config: ArithmeticConfig) -> bool:
    return isinstance(value, int) and abs(value) <= config.max_value


def _fraction(rng: random.Random, config: ArithmeticConfig) -> Number:
    """A fraction in lowest terms, up to 2; with larger numbers its denominator is beyond the usual range."""
    low, high = (2, config.few) if config.many_from == 2 else (config.few + 1, 2 * config.few)
    below = _between(low, high, rng)
    above = _between(1, 2 * below - 1, rng)
    while gcd(above, below) > 1:
        above = above % (2 * below - 1) + 1
    return Fraction(above, below)


def _fits_fraction(value: Number, config: ArithmeticConfig) -> bool:
    largest = config.few if config.many_from == 2 else 2 * config.few
    return value > 0 and value.denominator <= largest * largest and value.numerator <= config.max_value


def _decimal_term(rng: random.Random, config: ArithmeticConfig) -> Number:
    scale = 10 if rng.random() < 0.6 else 100
    return _reduced(Fraction(_between(config.many_from * scale, config.many * scale, rng), scale))


def _decimal_factor(rng: random.Random, config: ArithmeticConfig) -> Number:
    scale = 10 if rng.random() < 0.5 else 1
    return _reduced(Fraction(_between(2 * scale, config.few * scale, rng), scale))


def _decimal_divisor(value: Number, rng: random.Random, config: ArithmeticConfig) -> Number | None:
    fitting = [d for d in range(2, config.few + 1) if value * _DECIMALS % d == 0] if value else []
    return rng.choice(fitting) if fitting else None


def _reduced(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _fits_decimal(value: Number, config: ArithmeticConfig) -> bool:
    return 0 <= value <= config.max_value and _DECIMALS % value.denominator == 0


def _show_decimal(value: Number) -> str:
    """The value with no more digits than it has.

    >>> _show_decimal(Fraction(11, 4)), _show_decimal(3)
    ('2.75', '3')
    """
    if isinstance(value, int):
        return str(value)
    whole, rest = divmod(value.numerator * (_DECIMALS // value.denominator), _DECIMALS)
    return f"{whole}.{rest:03d}".rstrip("0")


def _has_brackets(tree: Node) -> bool:
    return "(" in render(tree) or not (tree.left and tree.right and (tree.left.operator or tree.right.operator))


def _has_minus_sign(tree: Node) -> bool:
    return any(leaf.value < 0 for leaf in leaves_of(tree))


def _has_point(tree: Node) -> bool:
    return any("." in leaf.text for leaf in leaves_of(tree))


_WHOLE = (_whole_term, _whole_factor, _whole_divisor, _fits_whole)

KINDS: Mapping[str, Kind] = {
    "brackets": Kind(*_WHOLE, accepts=_has_brackets),
    "negatives": Kind(
        _signed(_whole_term), _signed(_whole_factor), _signed_divisor, _fits_signed, accepts=_has_minus_sign
    ),
    "fractions": Kind(_fraction, _fraction, lambda value, rng, config: _fraction(rng, config), _fits_fraction),
    "decimals": Kind(
        _decimal_term, _decimal_factor, _decimal_divisor, _fits_decimal, _show_decimal, accepts=_has_point
    ),
    "powers": Kind(*_WHOLE, special="^"),
    "percentages": Kind(_round_term, _whole_factor, _whole_divisor, _fits_whole, special="%"),
    "modular": Kind(*_WHOLE, operators="+-*", special="mod"),
}
