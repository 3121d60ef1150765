"""Exact calculation with expressions: quotients of polynomials whose generators may be sin(x), e^x, ln(x) or sqrt(x).

Powers of generators are brought to one form where that is always true (sqrt(u)^2 is u, sin(u)^2 is 1 - cos(u)^2), so
that a difference of zero proves two expressions equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .ring import MAX_DEGREE, Generator, Monomial, Polynomial
from .tokens import ExpressionError, Number, normal

PI = "pi"
CONSTANTS = frozenset({PI})
_ONE = Polynomial.constant(1)


@dataclass(frozen=True, slots=True)
class Function:
    """A generator that stands for a function of an expression.

    `order` is n for the n-th root, else 0; `variable` is what an integral is over, else "".
    """

    name: str
    argument: Quotient
    order: int = 0
    variable: str = ""
    text: str = field(init=False, compare=False, default="")
    key: int = field(init=False, compare=False, default=0)

    def __post_init__(self) -> None:
        inner = str(self.argument)
        text = f"root{self.order}({inner})" if self.name == "root" else f"{self.name}({inner})"
        if self.name == "exp":
            text = "e" if inner == "1" else f"e^{inner}" if len(inner) == 1 else f"e^({inner})"
        elif self.order == 2:
            text = f"sqrt({inner})"
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "key", hash((self.name, self.argument, self.order, self.variable)))

    def __hash__(self) -> int:
        return self.key

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Quotient:
    """A quotient of polynomials, made by `quotient`; its denominator is 1 wherever the division comes out.

    >>> x = Quotient(Polynomial.variable("x"))
    >>> str((x * x - 1) / (x - 1)), str(1 / (x + 1))
    ('x + 1', '1 / (x + 1)')
    """

    numerator: Polynomial
    denominator: Polynomial = _ONE

    @classmethod
    def constant(cls, value: Number) -> Quotient:
        return cls(Polynomial.constant(value))

    @classmethod
    def variable(cls, name: Generator) -> Quotient:
        return cls(Polynomial.variable(name))

    @property
    def polynomial(self) -> Polynomial | None:
        """The polynomial that it is, or None where something is divided by."""
        return self.numerator if self.denominator == _ONE else None

    @property
    def value(self) -> Number | None:
        """The rational number that it is, or None."""
        return self.numerator.value if self.denominator == _ONE else None

    @property
    def generators(self) -> frozenset[Generator]:
        return self.numerator.generators | self.denominator.generators

    @property
    def names(self) -> frozenset[str]:
        """The names in it, those inside functions too; constants such as pi are no names."""
        found: set[str] = set()
        for generator in self.generators:
            if isinstance(generator, Function):
                found |= generator.argument.names | {generator.variable}
            else:
                found.add(str(generator))
        return frozenset(found) - CONSTANTS - {""}

    def __add__(self, other: Quotient | Number) -> Quotient:
        other = _as_quotient(other)
        if self.denominator == other.denominator:
            total = self.numerator + other.numerator  # no power in it that was not there before
            return Quotient(total) if self.denominator is _ONE else quotient(total, self.denominator)
        return quotient(
            self.numerator * other.denominator + other.numerator * self.denominator,
            self.denominator * other.denominator,
        )

    __radd__ = __add__

    def __neg__(self) -> Quotient:
        return Quotient(-self.numerator, self.denominator)

    def __sub__(self, other: Quotient | Number) -> Quotient:
        return self + (-_as_quotient(other))

    def __rsub__(self, other: Number) -> Quotient:
        return -self + other

    def __mul__(self, other: Quotient | Number) -> Quotient:
        other = _as_quotient(other)
        if self.denominator is other.denominator is _ONE:
            product = self.numerator * other.numerator
            return quotient(product, _ONE) if _is_reducible(product) else Quotient(product)
        return quotient(self.numerator * other.numerator, self.denominator * other.denominator)

    __rmul__ = __mul__

    def __truediv__(self, other: Quotient | Number) -> Quotient:
        other = _as_quotient(other)
        return quotient(self.numerator * other.denominator, self.denominator * other.numerator)

    def __rtruediv__(self, other: Number) -> Quotient:
        return _as_quotient(other) / self

    def __pow__(self, exponent: int) -> Quotient:
        if exponent < 0:
            return quotient(self.denominator**-exponent, self.numerator**-exponent)
        return quotient(self.numerator**exponent, self.denominator**exponent)

    def __str__(self) -> str:
        if self.denominator == _ONE:
            return str(self.numerator)
        return f"{_bracketed(self.numerator)} / {_bracketed(self.denominator)}"


def _bracketed(polynomial: Polynomial) -> str:
    return str(polynomial) if len(polynomial.terms) == 1 else f"({polynomial})"


def _as_quotient(value: Quotient | Number) -> Quotient:
    return value if isinstance(value, Quotient) else Quotient.constant(value)


ZERO = Quotient.constant(0)
ONE = Quotient.constant(1)


def quotient(numerator: Polynomial, denominator: Polynomial) -> Quotient:
    """The quotient in its simplest form: powers of functions reduced, common powers and whole divisions taken out.

    Raises:
        ExpressionError: the denominator is zero.
    """
    if _is_reducible(numerator) or _is_reducible(denominator):
        above, below = _reduced(numerator), _reduced(denominator)
        numerator, denominator = above.numerator * below.denominator, above.denominator * below.numerator
    if denominator is _ONE:
        return Quotient(numerator)
    number = denominator.value
    if number == 0:
        raise ExpressionError("Nothing can be divided by zero.")
    if number is not None:
        return Quotient(numerator if number == 1 else numerator.scaled(normal(Fraction(1) / number)))
    if numerator.is_zero:
        return ZERO
    numerator, denominator = _without_common_powers(numerator, denominator)
    whole = numerator.divided_by(denominator)
    if whole is not None:
        return Quotient(whole)
    if len(denominator.terms) > 1 and (inverse := denominator.divided_by(numerator)) is not None:
        numerator, denominator = _ONE, inverse
    factor = normal(Fraction(1) / denominator.leading[1])
    return Quotient(numerator.scaled(factor), denominator.scaled(factor))


def _without_common_powers(first: Polynomial, second: Polynomial) -> tuple[Polynomial, Polynomial]:
    powers = dict(next(iter(first.terms)))
    for monomial in (*first.terms, *second.terms):
        exponents = dict(monomial)
        powers = {g: min(k, exponents[g]) for g, k in powers.items() if g in exponents}
        if not powers:
            return first, second

    def lowered(polynomial: Polynomial) -> Polynomial:
        return Polynomial(
            {
                tuple((g, left) for g, k in monomial if (left := k - powers.get(g, 0))): coefficient
                for monomial, coefficient in polynomial.terms.items()
            }
        )

    return lowered(first), lowered(second)


# -- powers of functions -----------------------------------------------------------------------------------------


def _is_reducible(polynomial: Polynomial) -> bool:
    if all(isinstance(generator, str) for generator in polynomial.generators):
        return False
    return any(_reducible_pair(pair) for monomial in polynomial.terms for pair in monomial)


def _reducible_pair(pair: tuple[Generator, int]) -> bool:
    generator, exponent = pair
    if not isinstance(generator, Function):
        return False
    return exponent >= {"root": generator.order, "abs": 2, "sin": 2}.get(generator.name, MAX_DEGREE + 1)


def _reduced(polynomial: Polynomial) -> Quotient:
    groups: dict[Monomial, dict[Monomial, Number]] = {}  # powers to be reduced -> what they are multiplied by
    for monomial, coefficient in polynomial.terms.items():
        powers = tuple(pair for pair in monomial if _reducible_pair(pair))
        groups.setdefault(powers, {})[tuple(pair for pair in monomial if pair not in powers)] = coefficient
    total = ZERO
    for powers, terms in groups.items():
        product = Quotient(Polynomial(terms))
        for generator, exponent in powers:
            product = product * _reduced_power(generator, exponent)
        total = total + product
    return total


def _reduced_power(generator: Generator, exponent: int) -> Quotient:
    if not isinstance(generator, Function):
        return Quotient(Polynomial.variable(generator, exponent))
    order = generator.order if generator.name == "root" else 2
    times, left = divmod(exponent, order)
    rest = Quotient(Polynomial.variable(generator, left))
    match generator.name:
        case "root":
            return generator.argument**times * rest
        case "abs":
            return generator.argument ** (2 * times) * rest
    cosine = Quotient.variable(Function("cos", generator.argument))
    return (ONE - cosine * cosine) ** times * rest


def short_text(value: object) -> str:
    """A value, or what a person wrote, in at most 60 characters, for a reason."""
    try:
        text = " ".join(str(value).split())
    except ValueError:  # Python prints no number of more than 4,300 digits
        return "another value"
    return text if len(text) <= 60 else f"{text[:59]}…"
