"""Exact polynomials over the rationals in any number of generators, within caps.

A generator is a name ("x", "pi") or an opaque thing such as the sin(x) of `quotients`; the ring only asks that it can
be hashed and has a text. Nothing here reads untrusted text; `polynomials` does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm

from .tokens import ExpressionError, Number, magnitude, normal

MAX_TERMS = 200
MAX_DEGREE = 60
MAX_BITS = 2_048
MAX_PRODUCTS = 4_000  # of two terms each, in one multiplication
_MAX_DIVISION = 150  # pairs of terms in a long division

Generator = Hashable
Monomial = tuple[tuple[Generator, int], ...]  # sorted by `rank`; exponents are positive

_UNIT: Monomial = ()


class TooLarge(ExpressionError):
    """Raised where a polynomial would have too many terms, too high a degree, or too large numbers."""


class Polynomial:
    """An immutable sum of terms, each a rational coefficient and a monomial.

    >>> x, y = Polynomial.variable("x"), Polynomial.variable("y")
    >>> str((x + 2) * (x + 3)), str((x - y) ** 2)
    ('x^2 + 5x + 6', 'x^2 - 2xy + y^2')
    """

    __slots__ = ("_generators", "_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Number]):
        """Takes terms with no zero coefficient; `Polynomial.sum_of` drops zeros."""
        self.terms = terms
        self._generators: frozenset[Generator] | None = None
        self._hash: int | None = None

    # -- making ----------------------------------------------------------------------------------------------------

    @classmethod
    def constant(cls, value: Number) -> Polynomial:
        return cls({_UNIT: value} if value else {})

    @classmethod
    def variable(cls, name: Generator, exponent: int = 1) -> Polynomial:
        return cls({((name, exponent),): 1} if exponent else {_UNIT: 1})

    @classmethod
    def from_coefficients(cls, coefficients: Iterable[Number], name: Generator = "x") -> Polynomial:
        """The polynomial in one generator with these coefficients, lowest power first.

        >>> str(Polynomial.from_coefficients([6, -5, 1]))
        'x^2 - 5x + 6'
        """
        return cls({((name, k),) if k else _UNIT: c for k, c in enumerate(coefficients) if c})

    @classmethod
    def sum_of(cls, terms: Iterable[tuple[Monomial, Number]]) -> Polynomial:
        """The sum of terms that may repeat or cancel."""
        total: dict[Monomial, Number] = {}
        for monomial, coefficient in terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        return cls({monomial: normal(coefficient) for monomial, coefficient in total.items() if coefficient})

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def is_zero(self) -> bool:
        return not self.terms

    @property
    def value(self) -> Number | None:
        """The number that it is, or None where it holds a generator."""
        if not self.terms:
            return 0
        return self.terms.get(_UNIT) if len(self.terms) == 1 else None

    @property
    def generators(self) -> frozenset[Generator]:
        if self._generators is None:
            self._generators = frozenset([generator for monomial in self.terms for generator, _ in monomial])
        return self._generators

    def degree(self, name: Generator | None = None) -> int:
        """The highest power of a generator, or the highest total degree; 0 for a number, zero included.

        >>> p = Polynomial.variable("x") ** 2 * Polynomial.variable("y") + 1
        >>> p.degree(), p.degree("x"), p.degree("z")
        (3, 2, 0)
        """
        if name is None:
            return max((_degree(monomial) for monomial in self.terms), default=0)
        return max((exponent for monomial in self.terms for g, exponent in monomial if g == name), default=0)

    def coefficients(self, name: Generator) -> list[Polynomial]:
        """What stands before each power of a generator, lowest first; one entry at least."""
        groups: list[dict[Monomial, Number]] = [{} for _ in range(self.degree(name) + 1)]
        for monomial, coefficient in self.terms.items():
            power = next((exponent for g, exponent in monomial if g == name), 0)
            groups[power][tuple(pair for pair in monomial if pair[0] != name)] = coefficient
        return [Polynomial(group) for group in groups]

    def numbers(self, name: Generator) -> list[Number] | None:
        """The coefficients in one generator as numbers, lowest power first; None where another generator occurs.

        >>> (Polynomial.variable("x") ** 2 - 4).numbers("x")
        [-4, 0, 1]
        """
        if not self.generators <= {name}:
            return None
        found: list[Number] = [0] * (self.degree(name) + 1)
        for monomial, coefficient in self.terms.items():
            found[monomial[0][1] if monomial else 0] = coefficient
        return found

    @property
    def ordered(self) -> list[tuple[Monomial, Number]]:
        """The terms as they are written: by falling degree, then by the names."""
        return sorted(self.terms.items(), key=lambda term: _order(term[0]))

    @property
    def leading(self) -> tuple[Monomial, Number]:
        """The term that is written first."""
        return min(self.terms.items(), key=lambda term: _order(term[0]))

    def primitive(self) -> Polynomial:
        """Itself times the number that makes the coefficients whole and coprime and the first one positive.

        Two polynomials are proportional exactly where this is equal: 2x - 8 and 12 - 3x are both x - 4.
        """
        if not self.terms:
            return self
        factor = Fraction(lcm(*(c.denominator for c in self.terms.values())))
        factor /= gcd(*((c * factor).numerator for c in self.terms.values()))
        first = self.leading[1]
        return self.scaled(factor if first > 0 else -factor)

    # -- arithmetic ------------------------------------------------------------------------------------------------

    def __add__(self, other: Polynomial | Number) -> Polynomial:
        other = _as_polynomial(other)
        if len(self.terms) < len(other.terms):
            self, other = other, self
        total = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            value = total.get(monomial, 0) + coefficient
            if value:
                total[monomial] = normal(value)
            else:
                del total[monomial]
        return _capped(total)

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Polynomial | Number) -> Polynomial:
        return self + (-_as_polynomial(other))

    def __rsub__(self, other: Number) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | Number) -> Polynomial:
        other = _as_polynomial(other)
        if len(other.terms) == 1 and (factor := other.terms.get(_UNIT)) is not None:
            return self if factor == 1 else self.scaled(factor)
        if len(self.terms) * len(other.terms) > MAX_PRODUCTS:
            raise TooLarge(f"A product has at most {MAX_PRODUCTS} pairs of terms.")
        total: dict[Monomial, Number] = {}
        for first, a in self.terms.items():
            for second, b in other.terms.items():
                monomial = _times(first, second)
                total[monomial] = total.get(monomial, 0) + a * b
        return _capped({monomial: normal(c) for monomial, c in total.items() if c})

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Polynomial:
        """A whole power, 0 or more.

        Raises:
            TooLarge: the result would be beyond the caps.
        """
        if self.degree() * exponent > MAX_DEGREE:
            raise TooLarge(f"A polynomial has degree {MAX_DEGREE} at most.")
        if self.terms:
            bits = max(c.numerator.bit_length() + c.denominator.bit_length() - 1 for c in self.terms.values())
            if bits * exponent > 2 * MAX_BITS:
                raise TooLarge(f"Coefficients have at most {MAX_BITS} bits.")
        result, square = Polynomial({_UNIT: 1}), self
        while exponent:
            if exponent & 1:
                result = result * square
            exponent >>= 1
            if exponent:
                square = square * square
        return result

    def scaled(self, factor: Number) -> Polynomial:
        return _capped({m: normal(c * factor) for m, c in self.terms.items()}) if factor else Polynomial({})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, Fraction)):
            other = Polynomial.constant(other)
        return isinstance(other, Polynomial) and (self is other or self.terms == other.terms)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    # -- more ------------------------------------------------------------------------------------------------------

    def derivative(self, name: Generator) -> Polynomial:
        """The partial derivative by one generator, all others being held still.

        >>> str((Polynomial.variable("x") ** 3 + 5).derivative("x"))
        '3x^2'
        """
        found: dict[Monomial, Number] = {}
        for monomial, coefficient in self.terms.items():
            for index, (generator, exponent) in enumerate(monomial):
                if generator == name:
                    lowered = ((generator, exponent - 1),) if exponent > 1 else ()
                    found[monomial[:index] + lowered + monomial[index + 1 :]] = coefficient * exponent
        return _capped(found)

    def substitute(self, values: Mapping[Generator, Polynomial | Number]) -> Polynomial:
        """The polynomial with polynomials or numbers put in for some generators.

        >>> x = Polynomial.variable("x")
        >>> (x ** 2 + 1).substitute({"x": 3}).value
        10
        """
        if self.generators.isdisjoint(values):
            return self
        powers: dict[tuple[Generator, int], Polynomial] = {}
        total = Polynomial({})
        for monomial, coefficient in self.terms.items():
            term = Polynomial({tuple(pair for pair in monomial if pair[0] not in values): coefficient})
            for pair in monomial:
                if pair[0] in values:
                    if pair not in powers:
                        powers[pair] = _as_polynomial(values[pair[0]]) ** pair[1]
                    term = term * powers[pair]
            total = total + term
        return total

    def divided_by(self, divisor: Polynomial) -> Polynomial | None:
        """The quotient where the division leaves nothing, else None, also where it is more work than it is worth.

        >>> x = Polynomial.variable("x")
        >>> str((x**2 - 1).divided_by(x + 1)), (x**2 + 1).divided_by(x + 1)
        ('x - 1', None)
        """
        if not divisor.terms or len(self.terms) * len(divisor.terms) > _MAX_DIVISION:
            return None
        lead, lead_coefficient = divisor.leading
        rest, quotient = dict(self.terms), dict[Monomial, Number]()
        while rest:
            monomial = min(rest, key=_order)
            factor = _over(monomial, lead)
            if factor is None or len(quotient) * len(divisor.terms) > _MAX_DIVISION:
                return None
            coefficient = normal(Fraction(rest[monomial]) / lead_coefficient)
            quotient[factor] = coefficient
            for other, times in divisor.terms.items():
                product = _times(factor, other)
                left = rest.get(product, 0) - coefficient * times
                if left:
                    rest[product] = normal(left)
                else:
                    rest.pop(product, None)
        return _capped(quotient)

    def __str__(self) -> str:
        """As people write it, "3x^2 - 5x + 6"; an asterisk stands where names have several letters."""
        pieces: list[str] = []
        for monomial, coefficient in self.ordered:
            text = _term_text(monomial, magnitude(coefficient))
            sign = ("-" if coefficient < 0 else "") if not pieces else (" - " if coefficient < 0 else " + ")
            pieces.append(sign + text)
        return "".join(pieces) or "0"

    def __repr__(self) -> str:
        return f"Polynomial({self})"


def rank(generator: Generator) -> str:
    """What generators are sorted by: names first, then functions by their text."""
    return generator if isinstance(generator, str) else f"~{generator}"


def _as_polynomial(value: Polynomial | Number) -> Polynomial:
    return value if isinstance(value, Polynomial) else Polynomial.constant(value)


def _capped(terms: dict[Monomial, Number]) -> Polynomial:
    if len(terms) > MAX_TERMS:
        raise TooLarge(f"A polynomial has at most {MAX_TERMS} terms.")
    for monomial, coefficient in terms.items():
        if coefficient.numerator.bit_length() > MAX_BITS or coefficient.denominator.bit_length() > MAX_BITS:
            raise TooLarge(f"Coefficients have at most {MAX_BITS} bits.")
        if monomial and _degree(monomial) > MAX_DEGREE:
            raise TooLarge(f"A polynomial has degree {MAX_DEGREE} at most.")
    return Polynomial(terms)


def _degree(monomial: Monomial) -> int:
    return sum(exponent for _, exponent in monomial)


def _order(monomial: Monomial) -> tuple[int, list[tuple[str, int]]]:
    """Graded, then lexicographic: multiplying two monomials by a third never changes which comes first."""
    return -_degree(monomial), [(rank(generator), -exponent) for generator, exponent in monomial]


def _times(first: Monomial, second: Monomial) -> Monomial:
    if not first:
        return second
    if not second:
        return first
    if len(first) == len(second) == 1 and first[0][0] == second[0][0]:
        return ((first[0][0], first[0][1] + second[0][1]),)
    exponents = dict(first)
    for generator, exponent in second:
        exponents[generator] = exponents.get(generator, 0) + exponent
    return tuple(sorted(exponents.items(), key=lambda pair: rank(pair[0])))


def _over(first: Monomial, second: Monomial) -> Monomial | None:
    """The monomial that `second` must be multiplied by to give `first`, or None."""
    exponents = dict(first)
    for generator, exponent in second:
        left = exponents.get(generator, 0) - exponent
        if left < 0:
            return None
        exponents[generator] = left
    return tuple((generator, exponent) for generator, exponent in exponents.items() if exponent)


def _term_text(monomial: Monomial, coefficient: Number) -> str:
    factors = [_power_text(str(g), exponent) for g, exponent in monomial]
    if not factors:
        return str(coefficient)
    close = all(len(str(g)) == 1 for g, _ in monomial)
    if coefficient != 1:
        shown = str(coefficient) if isinstance(coefficient, int) else f"({coefficient})"
        factors.insert(0, shown)
    return ("" if close else "*").join(factors)


def _power_text(generator: str, exponent: int) -> str:
    if exponent == 1:
        return generator
    return f"({generator})^{exponent}" if "^" in generator else f"{generator}^{exponent}"
