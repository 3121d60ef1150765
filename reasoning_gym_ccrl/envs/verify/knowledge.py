"""What is known of the unknowns of a problem: equations, a solution, functions, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ...types import Verdict
from .calculus import substitute
from .identity import identical
from .quotients import ZERO, Quotient, short_text
from .ring import Monomial, Polynomial
from .tokens import ExpressionError, Number, normal
from .univariate import Coefficients, common_divisor, divided, read_coefficients, real_roots, squarefree, trimmed

MAX_EQUATIONS = 24
_MAX_SUBSTITUTIONS = 6
_SMALL_TERMS, _SMALL_DEGREE = 12, 6  # of polynomials that others are put into


class Span:
    """All sums of multiples of known polynomials, each monomial taken for an independent quantity.

    >>> x, y = Polynomial.variable("x"), Polynomial.variable("y")
    >>> span = Span([x + y - 7, x - y - 1])
    >>> (2 * x - 8) in span, (x - 5) in span, span.solved
    (True, False, {'x': 4, 'y': 3})
    """

    def __init__(self, polynomials: Iterable[Polynomial] = ()):
        self._rows: dict[Monomial, Polynomial] = {}
        for polynomial in polynomials:
            self.add(polynomial)

    def copy(self) -> Span:
        """Another one of the same polynomials."""
        other = Span()
        other._rows = dict(self._rows)
        return other

    def add(self, polynomial: Polynomial) -> None:
        """Adds one more polynomial; those beyond `MAX_EQUATIONS` are left out."""
        rest = self.reduced(polynomial)
        if rest.is_zero or len(self._rows) >= MAX_EQUATIONS:
            return
        lead, coefficient = rest.leading
        row = rest.scaled(normal(Fraction(1) / coefficient))
        for pivot, other in self._rows.items():
            factor = other.terms.get(lead)
            if factor is not None:
                self._rows[pivot] = other - row * factor
        self._rows[lead] = row

    def reduced(self, polynomial: Polynomial) -> Polynomial:
        """What is left of a polynomial once multiples of the known ones are taken away; zero for one in the span."""
        for pivot in [monomial for monomial in polynomial.terms if monomial in self._rows]:
            factor = polynomial.terms.get(pivot)
            if factor is not None:
                polynomial = polynomial - self._rows[pivot] * factor
        return polynomial

    def __contains__(self, polynomial: Polynomial) -> bool:
        return self.reduced(polynomial).is_zero

    @property
    def solved(self) -> dict[str, Number]:
        """The names whose values the known equations determine by elimination."""
        found: dict[str, Number] = {}
        for pivot, row in self._rows.items():
            if len(pivot) == 1 and pivot[0][1] == 1 and isinstance(pivot[0][0], str):
                rest = row.terms.keys() - {pivot}
                if rest <= {()}:
                    found[pivot[0][0]] = -row.terms.get((), 0)
        return found

    @property
    def polynomials(self) -> list[Polynomial]:
        return list(self._rows.values())


class Knowledge:
    """Equations that hold, each as what is zero, and the values of unknowns where a problem says them."""

    def __init__(self, equations: Iterable[Quotient], assignment: Mapping[str, Quotient]):
        self.assignment = dict(assignment)
        self.span = Span()
        self._single: dict[str, Coefficients] = {}  # name -> common divisor of the known polynomials in it alone
        self.is_conditional = bool(self.assignment)
        for equation in equations:
            self.add(equation)

    def copy(self) -> Knowledge:
        """Another one that knows the same and learns by itself."""
        other = Knowledge((), self.assignment)
        other.span, other._single, other.is_conditional = self.span.copy(), dict(self._single), self.is_conditional
        return other

    def add(self, difference: Quotient) -> None:
        """Adds the equation "difference = 0"."""
        self.is_conditional = True
        polynomial = difference.numerator
        try:
            self.span.add(polynomial)
            for known in (polynomial, *self.span.polynomials):
                self._add_single(known)
        except ExpressionError:
            return  # too large to be of use

    def _add_single(self, polynomial: Polynomial) -> None:
        found = read_coefficients(polynomial)
        if found is None:
            return
        name, coefficients = found
        known = self._single.get(name, ())
        divisor = common_divisor(coefficients, known)
        if len(divisor) > 1:
            self._single[name] = squarefree(divisor)

    def values(self) -> dict[str, Quotient]:
        """The values of unknowns: those that the problem states, else those that the equations determine."""
        return {**self._solved(), **self.assignment}

    def _solved(self) -> dict[str, Quotient]:
        found = {name: Quotient.constant(value) for name, value in self.span.solved.items()}
        for name, coefficients in self._single.items():
            if len(coefficients) == 2:
                found[name] = Quotient.constant(normal(-coefficients[0] / coefficients[1]))
        return found

    def has_several_solutions(self, names: frozenset[str]) -> bool:
        """Whether there is one name, whose known equation has more than one solution."""
        return len(names) == 1 and len(self._single.get(next(iter(names)), ())) > 2

    # -- what follows ----------------------------------------------------------------------------------------------

    def follows(self, difference: Quotient) -> bool:
        """Whether "difference = 0" follows: a sum of multiples of known equations, or after putting in what is known.

        Raises:
            ExpressionError: it is beyond the caps.
        """
        if difference.numerator in self.span:
            return True
        solved = self._solved()
        if solved and self._vanishes(difference, solved):
            return True
        return self._holds_at_all_roots(difference) or self._follows_by_substitution(difference)

    def _vanishes(self, difference: Quotient, values: Mapping[str, Quotient]) -> bool:
        return identical(substitute(difference, values), ZERO) is Verdict.CORRECT

    def _holds_at_all_roots(self, difference: Quotient) -> bool:
        found = read_coefficients(difference.numerator)
        if found is None or found[0] not in self._single:
            return False
        name, coefficients = found
        return not divided(coefficients, self._single[name])[1]

    def _follows_by_substitution(self, difference: Quotient) -> bool:
        """With "y = 2x + 1" known, y may be put in everywhere, in the other known equations too."""
        known = self.span.polynomials
        if not all(_is_small(polynomial) for polynomial in (difference.numerator, *known)):
            return False
        for polynomial in known[:_MAX_SUBSTITUTIONS]:
            for name in sorted(Quotient(polynomial).names & difference.names | _bare(polynomial)):
                value = _solved_for(polynomial, name)
                if value is None:
                    continue
                rest = substitute(difference, {name: value})
                others = [substitute(Quotient(p), {name: value}).numerator for p in known]
                if rest.numerator in Span(others):
                    return True
        return False

    # -- what is false ---------------------------------------------------------------------------------------------

    def refutes(self, left: Quotient, right: Quotient) -> str:
        """Why "left = right" is false at every solution, or "" where that could not be shown.

        Raises:
            ExpressionError: it is beyond the caps.
        """
        difference = left - right
        if difference.numerator.value is not None:
            return "" if difference.numerator.is_zero else "the sides differ by a number that is not zero"
        solutions = self.solutions(difference)
        if solutions is not None:
            return "" if solutions else f"it holds for no solution of {self._shown(next(iter(difference.names)))}"
        values = {name: value for name, value in self.values().items() if name in difference.names}
        if values.keys() < difference.names:
            return ""
        first, second = substitute(left, values), substitute(right, values)
        if identical(first, second) is not Verdict.INCORRECT:
            return ""
        at = ", ".join(f"{name} = {value}" for name, value in sorted(values.items()))
        return f"for {at} the left side is {short_text(first)}, the right side {short_text(second)}"

    def solutions(self, difference: Quotient) -> bool | None:
        """Whether some known solution of a name fulfils an equation in it alone; None where that is not known."""
        names = difference.names
        if len(names) != 1:
            return None
        (name,) = names
        if name not in self._single or len(self._single[name]) < 3:
            return None
        found = read_coefficients(difference.numerator)
        if found is not None:
            return len(common_divisor(found[1], self._single[name])) > 1
        value = _solved_for(difference.numerator, name)
        if value is None:
            return None
        at_value = identical(self._at(name, value), ZERO)
        return None if at_value is Verdict.UNCHECKED else at_value is Verdict.CORRECT

    def _shown(self, name: str) -> str:
        """The known equation in one name alone."""
        known = Polynomial.from_coefficients(map(normal, self._single[name]), name)
        return f"{short_text(Quotient(known.primitive()))} = 0"

    def _at(self, name: str, value: Quotient) -> Quotient:
        total = ZERO
        for coefficient in reversed(self._single[name]):
            total = total * value + Quotient.constant(normal(coefficient))
        return total

    # -- sets of solutions -----------------------------------------------------------------------------------------

    def solution_set(self, name: str, alternatives: Iterable[Quotient]) -> tuple[Verdict, str]:
        """Whether equations in one name, one of which is said to hold, have exactly the known solutions.

        Raises:
            ExpressionError: they are beyond the caps.
        """
        known = self._single.get(name)
        if known is None:
            return Verdict.UNCHECKED, f"No equation for {name} alone is known."
        found: list[Quotient] = []
        rational: Coefficients = (Fraction(1),)
        for difference in alternatives:
            if self.solutions(difference) is False or (len(known) == 2 and self.refutes(difference, ZERO)):
                return Verdict.INCORRECT, f"{short_text(difference)} = 0 holds for no solution of {self._shown(name)}"
            coefficients = read_coefficients(difference.numerator)
            if coefficients is None:
                value = _solved_for(difference.numerator, name)
                if value is None or self._at(name, value) != ZERO:
                    return Verdict.UNCHECKED, "An alternative could not be compared."
                if all(identical(value, other) is Verdict.INCORRECT for other in found):
                    found.append(value)
            else:
                shared = squarefree(coefficients[1])
                if divided(known, shared)[1]:
                    return Verdict.UNCHECKED, "An alternative has solutions of its own."
                rational = divided(_times(rational, shared), common_divisor(rational, shared))[0]
        count = len(rational) - 1 + len(found)
        if count == len(known) - 1 or (count == real_roots(known) and _are_real(rational)):
            return Verdict.CORRECT, "These are all solutions."
        return Verdict.INCORRECT, f"{name} has {real_roots(known)} real solutions, and not all of them are named"


def _is_small(polynomial: Polynomial) -> bool:
    return len(polynomial.terms) <= _SMALL_TERMS and polynomial.degree() <= _SMALL_DEGREE


def _are_real(coefficients: Coefficients) -> bool:
    return len(coefficients) == 1 or real_roots(coefficients) == len(coefficients) - 1


def _times(first: Coefficients, second: Coefficients) -> Coefficients:
    found = [Fraction(0)] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            found[i + j] += a * b
    return trimmed(found)


def _bare(polynomial: Polynomial) -> frozenset[str]:
    """The names that stand alone in a term of a polynomial, so that it could be solved for them."""
    return frozenset(m[0][0] for m in polynomial.terms if len(m) == 1 and m[0][1] == 1 and isinstance(m[0][0], str))


def _solved_for(polynomial: Polynomial, name: str) -> Quotient | None:
    """What a name equals where the polynomial is zero, or None unless it stands there once, times a number."""
    if polynomial.degree(name) != 1 or name not in polynomial.generators:
        return None
    below, factor = polynomial.coefficients(name)
    number = factor.value
    if number is None or name in Quotient(below).names:
        return None
    return Quotient(-below) / Quotient.constant(number)
