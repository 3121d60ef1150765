"""Are two numbers or formulas of answers equal, with their units, in every usual reading?"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from ...types import Verdict
from .algebra_reader import Node
from .answer_forms import Value
from .answer_numbers import Amount
from .answer_trees import quotient_of, written
from .answer_units import is_angle, is_known, may_be_left_out, unit_of
from .identity import identical
from .polynomials import Function, Quotient, substitute
from .quotients import PI, ZERO
from .ring import Polynomial
from .tokens import ExpressionError

_VARIABLES = frozenset("abceinpqrtuvwxyz")

Truth = bool | None
"""True and False are proven; None is "could not be told"."""


def all_of(truths: list[Truth]) -> Truth:
    """Whether all hold: False where one does not, None where one is open."""
    return False if False in truths else None if None in truths else True


def from_verdict(verdict: Verdict) -> Truth:
    """CORRECT is True, INCORRECT is False, UNCHECKED is None."""
    return {Verdict.CORRECT: True, Verdict.INCORRECT: False}.get(verdict)


class ValueComparison:
    """Compares values. `may_ask`: how often sympy's worker may still be asked; rational numbers never need it."""

    def __init__(self, may_ask: int = 1):
        self.may_ask = may_ask

    def same(self, gold: Value, answer: Value) -> Truth:
        """Whether two values are equal, units included where gold has one."""
        if gold.value is None or answer.value is None:
            equal = self._same_readings(gold, answer)
            if equal is False and (_may_be_unit(gold, answer) if gold.value is not None else _is_renamed(gold, answer)):
                return None
        else:
            equal = gold.value == answer.value
        if not gold.unit or gold.unit == answer.unit:
            return True if equal is False and is_angle(answer.unit) and self._same_angle(gold, answer) else equal
        wanted, size = unit_of(gold.unit)
        stated, other_size = unit_of(answer.unit)
        if wanted == stated:
            if size == other_size:
                return equal
            if gold.value is None or answer.value is None:
                return None
            return Fraction(gold.value) * size == Fraction(answer.value) * other_size
        if not stated and may_be_left_out(gold.unit):
            return True if equal is False and is_angle(gold.unit) and self._same_angle(answer, gold) else equal
        if (is_known(wanted) and is_known(stated)) or dict(wanted).keys() == dict(stated).keys():
            return False
        return None if equal else equal

    @staticmethod
    def _same_angle(radians: Value, degrees: Value) -> bool:
        """Whether a multiple of pi is the same angle as a number of degrees."""
        first, second = (quotient_of(trees_of(value)[0]) for value in (radians, degrees))
        if first is None or second is None or PI not in first.names | first.generators:
            return False
        return first == second * Quotient.variable(PI) * Fraction(1, 180)

    def _same_readings(self, gold: Value, answer: Value) -> Truth:
        """Over the readings of both: the plain ones may decide for it, only all of them against it."""
        golds, answers = trees_of(gold), trees_of(answer)
        plain = self._same_trees(golds[0], answers[0])
        if plain is not False or len(golds) == len(answers) == 1:
            return plain
        others = [self._same_trees(*pair) for pair in product(golds, answers)]
        return False if all(truth is False for truth in others) else None

    def _same_trees(self, gold: Node, answer: Node) -> Truth:
        if gold == answer:
            return True
        first, second = quotient_of(gold), quotient_of(answer)
        if first is not None and second is not None:
            truth = same_quotient(first, second)
            if truth is not None:
                return truth
        return self._ask(gold, answer)

    def _ask(self, gold: Node, answer: Node) -> Truth:
        """What sympy says, in its worker."""
        if self.may_ask <= 0:
            return None
        self.may_ask -= 1
        from .symbolic import equal

        try:
            return from_verdict(equal(written(gold), written(answer)))
        except ExpressionError:
            return None


def _may_be_unit(gold: Value, answer: Value) -> bool:
    """Whether an answer is gold times letters that may be a unit that is not known: 12GB, 12th; not 12x."""
    exact = quotient_of(trees_of(answer)[0])
    if exact is None or exact.polynomial is None or list(exact.polynomial.terms.values()) != [gold.value]:
        return False
    names = exact.names
    return len(names) > 1 or not names <= _VARIABLES


def _is_renamed(gold: Value, answer: Value) -> bool:
    """Whether two formulas are the same but for the one name in them: 2n + 1 and 2x + 1."""
    trees = trees_of(gold)[0], trees_of(answer)[0]
    if "name" in (trees[0].kind, trees[1].kind):  # A and B are labels
        return False
    first, second = quotient_of(trees[0]), quotient_of(trees[1])
    if (
        first is None
        or second is None
        or len(first.names) != 1
        or len(second.names) != 1
        or first.names == second.names
    ):
        return False
    try:
        return substitute(second, {next(iter(second.names)): Quotient.variable(next(iter(first.names)))}) == first
    except ExpressionError:
        return False


def trees_of(value: Value) -> list[Node]:
    """The trees of a value, the plain reading first."""
    if not isinstance(value, Amount):
        return [tree for tree in value.reading if tree is not None]
    if value.value < 0:
        return [Node("negative", (Node("number", value=-value.value),))]
    return [Node("number", value=value.value)]


def same_quotient(first: Quotient, second: Quotient) -> Truth:
    """Whether two exact values are equal; i is the root of -1 in them.

    >>> i = Quotient.variable("i")
    >>> same_quotient(i * i, Quotient.constant(-1)), same_quotient(1 / i, i)
    (True, False)
    """
    if first == second:
        return True
    try:
        difference = (first - second).numerator
        if "i" in Quotient(difference).names:
            if any(isinstance(g, Function) and "i" in g.argument.names for g in difference.generators):
                return None
            return all_of([same_quotient(Quotient(part), ZERO) for part in complex_parts(difference)])
        return from_verdict(identical(Quotient(difference), ZERO))
    except ExpressionError:
        return None


def complex_parts(polynomial: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The real and the imaginary part of a polynomial in i."""
    parts = [Polynomial({}), Polynomial({})]
    for power, coefficient in enumerate(polynomial.coefficients("i")):
        parts[power % 2] = parts[power % 2] + (coefficient if power % 4 < 2 else -coefficient)
    return parts[0], parts[1]
