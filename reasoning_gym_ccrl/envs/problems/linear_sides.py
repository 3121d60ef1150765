"""Linear equations in which the unknown stands several times: brackets, fractions, unknowns on both sides.

A side is a sum of terms, each of one kind: "u" 3x, "c" 5, "b" 2(x + 3), "B" 2(3x - 1), "q" 2x/3, "Q" (2x + 1)/3.
The path is an expert's: fractions are cleared, brackets expanded, unknowns gathered, the constant moved, divided.
Each step says something new: none is the given equation with its sides merely tidied up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product
from math import gcd, lcm, prod
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold, labelled
from .polynomial_text import factor_text, joined, monomial, polynomial, quotient_steps
from .sketches import between, pick

if TYPE_CHECKING:
    from .algebra import AlgebraConfig

Shape = tuple[str, str]  # the kinds of the terms on the left and on the right

_FRACTION_SHAPES: tuple[Shape, ...] = (
    ("qq", "c"), ("qqc", "c"), ("Qq", "c"), ("QQ", "c"), ("QQc", "c"), ("Q", "Qc"), ("q", "qc"), ("uq", "c"),
    ("uqc", "c"), ("uQ", "c"), ("Q", "uc"), ("q", "uc"), ("Qc", "uc"),
)  # fmt: skip
_PAIRS = tuple((a, b) for a in range(2, 10) for b in range(2, 10) if gcd(a, b) == 1)
_FRACTION_SHARE = 0.3  # of the problems that may have a fraction as their solution


@dataclass(frozen=True, slots=True)
class Term:
    """sign * factor * (inner * x + constant) / divisor; a term of kind "c" has inner 0."""

    kind: str
    sign: int
    factor: int = 1
    inner: int = 1
    constant: int = 0
    divisor: int = 1

    def text(self, letter: str, *, turned: bool = False) -> str:
        """The term as it is written; `turned` writes its bracket the other way round."""
        if self.kind in "uqc":
            number = self.sign * self.factor * (self.inner or self.constant)
            body = monomial(number, letter, 1 if self.inner else 0)
            return f"{body}/{self.divisor}" if self.kind == "q" else body
        inside = [monomial(self.inner, letter), str(self.constant)]
        bracket = f"({joined(inside[::-1] if turned else inside)})"
        sign = "-" if self.sign < 0 else ""
        return f"{sign}{self.factor}{bracket}" if self.kind in "bB" else f"{sign}{bracket}/{self.divisor}"

    def times(self, multiple: int) -> tuple[int, int]:
        """Coefficient and constant of so many times the term."""
        scale = self.sign * self.factor * multiple // self.divisor
        return scale * self.inner, scale * self.constant


Side = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """An equation, and its solution."""

    left: Side
    right: Side
    solution: int | Fraction

    @property
    def canonical(self) -> str:
        """Terms and sides sorted: "solve(15=2(x+3)+x)"."""
        sides = sorted(_sorted([term.text("x") for term in side]) for side in (self.left, self.right))
        return f"solve({'='.join(sides)})"

    @property
    def composition(self) -> str:
        """The same with "#" for each number, sorted anew."""
        sides = sorted(_sorted([_hidden(term) for term in side]) for side in (self.left, self.right))
        return f"solve({'='.join(sides)})"


def _sorted(terms: list[str]) -> str:
    return joined(sorted(terms)).replace(" ", "")


def _hidden(term: Term) -> str:
    sign = "-" if term.sign < 0 else ""
    unknown = "x" if term.inner == 1 else "#x"
    match term.kind:
        case "c":
            return f"{sign}#"
        case "u":
            return sign + ("x" if term.factor == 1 else "#x")
        case "q":
            return f"{sign}{unknown}/#"
    bracket = f"({unknown}{'-' if term.constant < 0 else '+'}#)"
    return f"{sign}#{bracket}" if term.kind in "bB" else f"{sign}{bracket}/#"


# -- shapes ------------------------------------------------------------------------------------------------------------


@cache
def side_shapes(steps: int) -> tuple[Shape, ...]:
    """All shapes whose path has so many steps; 10 is the most.

    >>> ("uc", "uc") in side_shapes(3), ("bb", "c") in side_shapes(4), side_shapes(12)
    (True, True, ())
    """
    return tuple(shape for shape in _all_shapes() if steps_of(shape) == steps)


@cache
def _all_shapes() -> tuple[Shape, ...]:
    return (*_plain_shapes(), *_FRACTION_SHAPES)


def _plain_shapes() -> Iterator[Shape]:
    """Without fractions: up to four terms with the unknown on the left and three on the right, two of them bare."""
    some = ["".join(kinds) for size in range(1, 5) for kinds in combinations_with_replacement("bBu", size)]
    lefts = [kinds for kinds in some if kinds.count("u") <= 2]
    rights = ["", *(kinds for kinds in lefts if len(kinds) <= 3)]
    for left, right, left_constant, right_constant in product(lefts, rights, ("", "c"), ("", "c")):
        shape = left + left_constant, right + right_constant
        is_sum = not right and right_constant and len(left) > 1 and _has_constant(shape[0])
        is_both = right and len(left) >= len(right) and (left_constant or right_constant)
        if is_sum or is_both:
            yield shape


def _has_constant(kinds: str) -> bool:
    return not set("cbBQ").isdisjoint(kinds)


def _has_unknown(kinds: str) -> bool:
    return kinds != "c"


def steps_of(shape: Shape) -> int:
    """How many steps lead to the solution of an equation of this shape."""
    left, right = shape
    both = _has_unknown(right)
    fractions = sum(kind in "qQ" for kind in left + right)
    cleared = {0: 0, 1: 1, 2: 4}[fractions]  # common denominator, two multiples, the cleared equation
    brackets = sum(kind in "bB" for kind in left + right)
    moved = _has_constant(left) and (_has_constant(right) or not both)
    return cleared + brackets + both + moved + 1


# -- numbers -----------------------------------------------------------------------------------------------------------


def draw_sides(shape: Shape, config: AlgebraConfig, rng: random.Random) -> Sides | None:
    """Numbers for a shape such that the path has the steps of the shape; None where this draw has not.

    The last constant balances the equation; all else is drawn.
    """
    denominators = pick(rng, _PAIRS)
    fractions = [kind for kind in shape[0] + shape[1] if kind in "qQ"]
    unit = prod(d for kind, d in zip(fractions, denominators, strict=False) if kind == "q")
    start = between(rng, config.least, config.many)
    start = unit * max(-(-config.least // unit), start // unit)  # a multiple of what divides the bare unknown
    if config.negative and rng.random() < 0.4:
        start = -start
    unused = iter(denominators)
    sides: list[list[Term]] = []
    for kinds in shape:
        side: list[Term] = []
        for kind in kinds:
            sign = -1 if side and rng.random() < 0.4 else 1
            side.append(_draw_term(kind, sign, start, next(unused) if kind in "qQ" else 1, config, rng))
        sides.append(side)
    multiple = lcm(*(term.divisor for side in sides for term in side))
    balanced = _balanced(sides, start, multiple, config, rng)
    return balanced if balanced and _is_sound(balanced, multiple, config) else None


def _draw_term(kind: str, sign: int, start: int, divisor: int, config: AlgebraConfig, rng: random.Random) -> Term:
    few = config.few
    if kind == "u":
        return Term("u", sign, between(rng, 1, few))
    if kind == "q":
        inner = between(rng, 1, min(4, few))
        return Term("q", sign, 1, inner // gcd(inner, divisor), 0, divisor)
    constant = between(rng, config.least, config.many)
    if kind == "c":
        return Term("c", sign, 1, 0, constant)
    inner = 1 if kind == "b" else between(rng, 2, min(5, few)) if kind == "B" else between(rng, 1, min(4, few))
    turn = -1 if rng.random() < 0.5 else 1
    if kind == "Q":
        inner //= gcd(inner, divisor)
        constant += -(constant + turn * inner * start) % divisor  # so that the divisor divides
        return Term("Q", sign, 1, inner, turn * constant, divisor)
    return Term(kind, sign, between(rng, 2, few), inner, turn * constant)


def _balanced(
    sides: list[list[Term]], start: int, multiple: int, config: AlgebraConfig, rng: random.Random
) -> Sides | None:
    """The equation with its last constant such that it holds at the solution: `start`, or a fraction where allowed."""
    place = 1 if sides[1][-1].kind == "c" else 0
    sides[place].pop()
    (a, b), (c, d) = total(sides[0], multiple), total(sides[1], multiple)
    net = a - c
    solution: int | Fraction = start
    if net and multiple == 1 and config.max_denominator > 1 and rng.random() < _FRACTION_SHARE:
        divisors = [divisor for divisor in range(2, config.max_denominator + 1) if net % divisor == 0]
        solution = Fraction(start, pick(rng, divisors)) if divisors else start
    missing = (net * solution + b - d) / multiple if place else (d - b - net * solution) / multiple
    number = int(missing)
    if number == 0:
        return None
    sides[place].append(Term("c", 1 if number > 0 else -1, 1, 0, abs(number)))
    return Sides(tuple(sides[0]), tuple(sides[1]), solution)


def _is_sound(sides: Sides, multiple: int, config: AlgebraConfig) -> bool:
    """Whether the numbers are in range and none of the steps falls away."""
    (a, b), (c, d) = total(sides.left, multiple), total(sides.right, multiple)
    numbers = [abs(part) for side in (sides.left, sides.right) for t in side for part in (t.constant, t.factor)]
    if not config.least <= max(numbers) <= config.max_number or abs(a - c) < 2:
        return False
    if not config.negative and sides.right[0].kind == "c" and d < 0:
        return False
    for side, coefficient, constant in ((sides.left, a, b), (sides.right, c, d)):
        kinds = "".join(term.kind for term in side)
        if (_has_unknown(kinds) and coefficient == 0) or (_has_constant(kinds) and constant == 0):
            return False
    # A bracket that stands twice, with either sign, would be expanded twice.
    brackets = [
        replace(term, sign=1).text("x") for side in (sides.left, sides.right) for term in side if term.kind in "bBQ"
    ]
    bare = [
        (place, term.factor)
        for place, side in enumerate((sides.left, sides.right))
        for term in side
        if term.kind == "u"
    ]
    return len({*brackets}) == len(brackets) and len({*bare}) == len(bare)


def total(side: Sequence[Term], multiple: int) -> tuple[int, int]:
    """Coefficient and constant of so many times a side."""
    parts = [term.times(multiple) for term in side]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


# -- the path ----------------------------------------------------------------------------------------------------------


def side_text(side: Side, letter: str, *, turned: bool = False) -> str:
    """A side as it is written; `turned` puts the terms, and the parts of each bracket, the other way round."""
    terms = [term.text(letter, turned=turned) for term in side]
    return joined(reversed(terms) if turned else terms)


def side_steps(
    sides: Sides, left: str, right: str, letter: str, sources: Sequence[str] = ("left side", "right side")
) -> tuple[dict[str, str], list[GoldStep]]:
    """The sides by name, as they are written, and the path to the solution; its first step rests on `sources`."""
    path = _Path(sides, letter, {"left side": left, "right side": right}, sources)
    if path.multiple > 1:
        path.clear()
    path.expand()
    if path.both:
        path.gather()
    path.isolate()
    path.divide()
    return path.givens, path.steps


class _Path:
    """The equation on its way: coefficient and constant of each side, and the steps that it rests on."""

    def __init__(self, sides: Sides, letter: str, givens: dict[str, str], sources: Sequence[str]):
        self.sides, self.letter, self.givens = sides, letter, givens
        self.terms = (*sides.left, *sides.right)
        self.multiple = lcm(*(term.divisor for term in self.terms))
        self.left, self.right = total(sides.left, self.multiple), total(sides.right, self.multiple)
        self.both = any(term.inner for term in sides.right)
        self.sources = list(sources)
        self.steps: list[GoldStep] = []

    def add(self, name: str, operation: str, text: str, value: str, expression: str = "") -> None:
        self.steps.append(gold(name, f"{operation}({', '.join(self.sources)})", text, value, self.sources, expression))
        self.sources = [name]

    def clear(self) -> None:
        """Multiplies by the common denominator, two fractions one at a time."""
        fractions = [term for term in self.terms if term.divisor > 1]
        if len(fractions) > 1:
            names = [labelled("denominator", index) for index in range(len(fractions))]
            self.givens |= {name: str(term.divisor) for name, term in zip(names, fractions, strict=True)}
            denominators = ", ".join(str(term.divisor) for term in fractions)
            calculation = f"lcm({', '.join(names)})"
            text = f"lcm({denominators}) = {self.multiple}"
            self.steps.append(gold("common denominator", calculation, text, str(self.multiple), names))
            for index, term in enumerate(fractions):
                name, fraction = labelled("multiple", index), labelled("fraction", index)
                self.givens[fraction] = self._positive(term).text(self.letter)
                expression = f"{self.multiple} * {self._positive(term).text(self.letter)}"
                value = polynomial(self._positive(term).times(self.multiple)[::-1], self.letter)
                parents = ("common denominator", fraction)
                self.steps.append(gold(name, " * ".join(parents), f"{expression} = {value}", value, parents))
                self.sources.append(name)
        (a, b), (c, d) = self.left, self.right
        if self.both or b:
            value = f"{polynomial((b, a), self.letter)} = {polynomial((d, c), self.letter)}"
            self.add("cleared", "clear", value, value)
            return
        value = f"{monomial(a, self.letter)} = {d}"
        expression = f"{self.multiple} * {factor_text(d // self.multiple)}"
        self.add("cleared", "clear", f"{monomial(a, self.letter)} = {expression} = {d}", value, expression)

    def expand(self) -> None:
        """Expands the brackets one at a time, without the sign before them."""
        brackets = [(term, name) for side, name in zip(self._sides(), ("left side", "right side"), strict=True)
                    for term in side if term.kind in "bB"]  # fmt: skip
        for index, (term, side) in enumerate(brackets):
            name = "expansion" if len(brackets) == 1 else labelled("expansion", index)
            term = self._positive(term)
            value = polynomial(term.times(1)[::-1], self.letter)
            text = f"{term.text(self.letter)} = {value}"
            self.steps.append(gold(name, f"expand({side})", text, value, (side,)))
            self.sources.append(name)

    def gather(self) -> None:
        """Brings the unknowns to one side: where both have constants, to that of the larger coefficient."""
        (a, b), (c, d) = self.left, self.right
        if b and d:
            (a, b), (c, d) = (self.left, self.right) if a > c else (self.right, self.left)
            self.left, self.right = (a - c, b), (0, d)
        else:
            net, number = (c - a, b) if b else (a - c, d)
            sign = 1 if net > 0 else -1
            self.left, self.right = (sign * net, 0), (0, sign * number)
        value = f"{polynomial(self.left[::-1], self.letter)} = {self.right[1]}"
        self.add("gathered", "gather", value, value)

    def isolate(self) -> None:
        """Moves the constant, so that the unknown keeps a positive coefficient."""
        (a, b), d = self.left, self.right[1]
        if b == 0:
            return
        first, second = (d, b) if a > 0 else (b, d)
        expression = f"{first} - {second}" if second > 0 else f"{first} + {-second}"
        self.left, self.right = (abs(a), 0), (0, first - second)
        unknown = monomial(abs(a), self.letter)
        value = f"{unknown} = {first - second}"
        self.add("isolated", "isolate", f"{unknown} = {expression} = {first - second}", value, expression)

    def divide(self) -> None:
        calculation = quotient_steps(self.right[1], self.left[0])
        value = f"{self.letter} = {self.sides.solution}"
        self.add("unknown", "divide", f"{self.letter} = {calculation}", value, calculation.partition(" = ")[0])

    def _sides(self) -> tuple[Side, Side]:
        return self.sides.left, self.sides.right

    @staticmethod
    def _positive(term: Term) -> Term:
        return replace(term, sign=1)
