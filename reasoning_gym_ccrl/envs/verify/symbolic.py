"""Equality of formulas by sympy, in a worker process with a deadline: the only file where sympy meets what was written.

No text reaches sympy. `formula` reads it into a tree; the worker makes sympy's objects of that tree node by node, and
decides in this order: the same form after multiplying out; different at every point tried, to digits that are certain;
the same after simplification. A difference is proven where an evaluation with error bounds keeps away from zero, and
equality where the difference becomes zero by algebra, never by numbers that look alike. What is neither, or is not
ready at the deadline, is UNCHECKED.

Names are real numbers. Where an equality needs them positive (ln(x^2) = 2 ln(x)), it counts if the sides differ
nowhere else that both have a value; sqrt(x^2) = x does differ, and is UNCHECKED.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ...types import Verdict
from .formula import FUNCTIONS, read_formula
from .tokens import ExpressionError
from .trees import Tree, names_of
from .worker import call

DEADLINE_SECONDS = 0.25
_DIGITS = 15
_MAX_PRECISION = 120  # digits spent on telling a value from zero
# No nice numbers: what is equal at one of them by chance is equal nowhere near it.
_POINTS = (Fraction(73, 101), Fraction(137, 89), Fraction(211, 97), Fraction(331, 113), Fraction(59, 127))


class Finding(NamedTuple):
    """What became of a comparison, and why, in words."""

    verdict: Verdict
    reason: str


def equal(left: str, right: str, deadline_seconds: float = DEADLINE_SECONDS) -> Verdict:
    """Whether two formulas are the same: CORRECT where proven equal, INCORRECT where proven different, else UNCHECKED.

    >>> str(equal("(x + 1)^2", "1 + 2x + x^2")), str(equal("x", "__import__('os')"))
    ('CORRECT', 'UNCHECKED')
    """
    return compare(left, right, deadline_seconds).verdict


def derivative_equal(function: str, name: str, candidate: str, deadline_seconds: float = DEADLINE_SECONDS) -> Verdict:
    """Whether a formula is the derivative of a function by a name."""
    return compare(candidate, function, deadline_seconds, differentiate=("", name)).verdict


def antiderivative_equal(
    integrand: str, name: str, candidate: str, deadline_seconds: float = DEADLINE_SECONDS
) -> Verdict:
    """Whether a formula has the integrand as its derivative, so that a constant of any name may stand in it."""
    return compare(candidate, integrand, deadline_seconds, differentiate=(name, "")).verdict


def compare(
    left: str,
    right: str,
    deadline_seconds: float = DEADLINE_SECONDS,
    *,
    differentiate: tuple[str, str] = ("", ""),
) -> Finding:
    """`equal`, with the reason.

    Args:
        left: a formula, untrusted.
        right: the other one.
        deadline_seconds: as for `worker.call`.
        differentiate: for each side, the name that it is first differentiated by, or "".
    """
    try:
        trees = _read(left), _read(right)
    except ExpressionError as error:
        return Finding(Verdict.UNCHECKED, str(error))
    if trees[0] == trees[1] and differentiate[0] == differentiate[1]:
        return Finding(Verdict.CORRECT, "Both are the same formula.")
    try:
        return _decided(left, right, differentiate, deadline_seconds)
    except _Undecided as undecided:
        return Finding(Verdict.UNCHECKED, str(undecided))


class _Undecided(Exception):
    """Carries past the cache what another attempt might decide."""


@lru_cache(maxsize=4_096)
def _read(text: str) -> Tree:
    return read_formula(text)


@lru_cache(maxsize=4_096)
def _decided(left: str, right: str, differentiate: tuple[str, str], deadline_seconds: float) -> Finding:
    arguments = {"left": _read(left), "right": _read(right), "differentiate": differentiate}
    outcome = call("compare", arguments, deadline_seconds)
    if outcome.status != "done":
        raise _Undecided(str(outcome.value))
    verdict = Verdict(outcome.value)
    return Finding(
        verdict,
        {
            Verdict.CORRECT: "Both are equal.",
            Verdict.INCORRECT: "They differ wherever both have a value.",
            Verdict.UNCHECKED: "Whether they are equal could not be proven.",
        }[verdict],
    )


# -- in the worker ---------------------------------------------------------------------------------------------------


def warm_up(_: dict[str, Any]) -> None:
    """Lets sympy load what it loads at first use; called where nothing untrusted is."""
    for left, right in (("sin(x)^2 + cos(x)^2", "1"), ("ln(x^2)", "2 ln(x)"), ("sqrt(8)", "2 sqrt(2)")):
        work({"left": read_formula(left), "right": read_formula(right), "differentiate": ["x", "x"]})
        work({"left": read_formula(left), "right": read_formula(right), "differentiate": ["", ""]})


def work(arguments: dict[str, Any]) -> str:
    """The verdict on two trees."""
    sides = arguments["left"], arguments["right"]
    names = sorted(names_of(sides[0]) | names_of(sides[1]))
    real = _build_sides(sides, arguments["differentiate"], names, positive=False)
    if real[0] == real[1]:
        return str(Verdict.CORRECT)
    points = _differences(real)
    differ, may_agree = 0, False
    for is_different in points:  # up to the first point where they may be the same
        differ += is_different
        may_agree = not is_different
        if may_agree:
            break
    if differ and not may_agree:
        return str(Verdict.INCORRECT)
    if _is_zero_by_expanding(real[0] - real[1]) or _is_zero_by_simplifying(real[0] - real[1]):
        return str(Verdict.CORRECT)
    if names and not differ and not any(points):
        positive = _build_sides(sides, arguments["differentiate"], names, positive=True)
        if _is_zero_by_simplifying(positive[0] - positive[1]):
            return str(Verdict.CORRECT)
    return str(Verdict.UNCHECKED)


def _build_sides(sides: tuple[Tree, Tree], differentiate: list[str], names: list[str], *, positive: bool) -> list[Any]:
    import sympy

    assumption = {"positive": True} if positive else {"real": True}
    symbols = {name: sympy.Symbol(name, **assumption) for name in names}
    built = []
    for tree, name in zip(sides, differentiate, strict=True):
        side = _build(tree, symbols)
        built.append(sympy.diff(side, symbols.get(name, sympy.Symbol(name))) if name else side)
    return built


def _build(tree: Tree, symbols: dict[str, Any]) -> Any:
    """Sympy's object of a tree: nothing but its own constructors, on numbers, names and known functions."""
    import sympy

    match tree:
        case ["number", str(text)]:
            value = Fraction(text)
            return sympy.Rational(value.numerator, value.denominator)
        case ["name", str(name)]:
            return symbols[name]
        case ["constant", "pi"]:
            return sympy.pi
        case ["constant", "e"]:
            return sympy.E
        case ["+", *terms]:
            return sympy.Add(*(_build(term, symbols) for term in terms))
        case ["*", *factors]:
            return sympy.Mul(*(_build(factor, symbols) for factor in factors))
        case ["^", base, exponent]:
            return sympy.Pow(_build(base, symbols), _build(exponent, symbols))
        case ["call", "log", inside, base]:
            return sympy.log(_build(inside, symbols)) / sympy.log(_build(base, symbols))
        case ["call", str(name), inside]:
            if name in FUNCTIONS:
                return getattr(sympy, {"ln": "log", "abs": "Abs"}.get(name, name))(_build(inside, symbols))
    raise ValueError("no tree of `formula`")


def _is_zero_by_expanding(difference: Any) -> bool:
    import sympy

    if sympy.expand(difference) == 0:
        return True
    numerator, _ = sympy.fraction(sympy.together(difference))
    return bool(sympy.expand(numerator) == 0)


def _is_zero_by_simplifying(difference: Any) -> bool:
    import sympy

    if bool(sympy.simplify(difference) == 0):
        return True
    # Of numbers equals() asks for the minimal polynomial; of formulas it tries points, which has been done already.
    return not difference.free_symbols and difference.equals(0) is True


def _differences(sides: list[Any]) -> Iterator[bool]:
    """For each point at which both sides have a real value: whether they certainly differ there."""
    import sympy

    symbols = sorted(sides[0].free_symbols | sides[1].free_symbols, key=lambda symbol: symbol.name)
    for point in _points(len(symbols)):
        values = {
            symbol: sympy.Rational(*value.as_integer_ratio()) for symbol, value in zip(symbols, point, strict=True)
        }
        there = [side.xreplace(values) for side in sides]
        if all(_is_real(value) for value in there):
            yield _is_not_zero(there[0] - there[1])


def _points(count: int) -> Iterator[tuple[Fraction, ...]]:
    """Points to compare at: three with positive coordinates, three with signs; one where there are no names."""
    if not count:
        yield ()
        return
    cycle = itertools.cycle(_POINTS)
    for signs in ((1,), (1,), (1,), (-1,), (-1, 1), (1, -1)):
        yield tuple(next(cycle) * signs[index % len(signs)] + index // 5 for index in range(count))
        next(cycle)


def _is_real(value: Any) -> bool:
    """Whether a value is a finite real number for certain."""
    approximate = value.evalf(_DIGITS, maxn=_MAX_PRECISION)
    return bool(approximate.is_Float or approximate.is_Rational) and bool(approximate.is_finite)


def _is_not_zero(value: Any) -> bool:
    """Whether a value is certainly not zero: it keeps `_DIGITS` correct digits, whatever cancels."""
    from sympy.core.evalf import PrecisionExhausted

    try:
        approximate = value.evalf(_DIGITS, maxn=_MAX_PRECISION, strict=True)
    except PrecisionExhausted:
        return False
    return bool((approximate.is_Float or approximate.is_Rational) and approximate != 0 and abs(approximate) > 1e-60)
