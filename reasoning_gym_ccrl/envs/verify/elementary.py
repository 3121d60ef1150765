"""The elementary functions of expressions: sine and cosine, powers of e, logarithms, roots and absolute values."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from .functions import integer_root
from .quotients import ONE, PI, ZERO, Function, Quotient
from .ring import MAX_DEGREE, Monomial, Polynomial, TooLarge
from .tokens import ExpressionError, Number, magnitude, normal

FUNCTIONS = frozenset({"sin", "cos", "tan", "sec", "csc", "cot", "exp", "ln", "sqrt", "abs"})
_MAX_SPLIT = 10**6  # below this a number is split into its primes


def call(name: str, argument: Quotient) -> Quotient:
    """A function of an expression, worked out where its value is simple: sin(0) is 0, e^(2x) is (e^x)^2.

    Raises:
        ExpressionError: the function has no value there, or its name is none of `FUNCTIONS`.
    """
    if len(argument.numerator.terms) + len(argument.denominator.terms) > 20:
        raise TooLarge("A function is taken of at most 20 terms.")
    match name:
        case "sin" | "cos":
            return _wave(name, argument)
        case "tan":
            return _wave("sin", argument) / _wave("cos", argument)
        case "sec":
            return ONE / _wave("cos", argument)
        case "csc":
            return ONE / _wave("sin", argument)
        case "cot":
            return _wave("cos", argument) / _wave("sin", argument)
        case "exp":
            return exponential(argument)
        case "ln":
            return _logarithm(argument)
        case "sqrt":
            return root(argument, 2)
        case "abs":
            value = argument.value
            return (
                Quotient.variable(Function("abs", argument)) if value is None else Quotient.constant(magnitude(value))
            )
    raise ExpressionError(f"{name[:20]!r} is no function that is read.")


def _wave(name: str, argument: Quotient) -> Quotient:
    """Sine or cosine; odd and even symmetry decides the sign, and quarter turns are worked out."""
    if argument.numerator.is_zero:
        return ONE if name == "cos" else ZERO
    sign = 1
    if argument.numerator.leading[1] < 0:
        argument = -argument
        sign = -1 if name == "sin" else 1
    turns = argument.polynomial
    if turns is not None and set(turns.terms) == {((PI, 1),)}:
        sixths = normal(turns.terms[((PI, 1),)] * 12)
        if isinstance(sixths, int) and (value := _at_twelfth(sixths + (0 if name == "sin" else 6))) is not None:
            return value * sign
    return Quotient.variable(Function(name, argument)) * sign


def _at_twelfth(twelfths: int) -> Quotient | None:
    """sin(pi * n / 12) where it is 0, 1/2, sqrt(2)/2, sqrt(3)/2 or 1 but for its sign."""
    turn = twelfths % 24
    sign = -1 if turn > 12 else 1
    turn = turn % 12 if turn % 12 <= 6 else 12 - turn % 12
    match turn:
        case 0:
            return ZERO
        case 2:
            return Quotient.constant(Fraction(sign, 2))
        case 3:
            return root(Quotient.constant(2), 2) * Fraction(sign, 2)
        case 4:
            return root(Quotient.constant(3), 2) * Fraction(sign, 2)
        case 6:
            return Quotient.constant(sign)
    return None


def exponential(argument: Quotient) -> Quotient:
    """The power of e with an expression as exponent; sums become products, so that e^x * e^(x + 1) is e * e^(2x)."""
    exponent = argument.polynomial
    if exponent is None:
        return Quotient.variable(Function("exp", argument))
    product = ONE
    for monomial, coefficient in exponent.ordered:
        product = product * _exponential_of_term(monomial, coefficient)
    return product


def _exponential_of_term(monomial: Monomial, coefficient: Number) -> Quotient:
    times, below = coefficient.numerator, coefficient.denominator
    if abs(times) > MAX_DEGREE:
        raise TooLarge(f"A power of e is at most {MAX_DEGREE}.")
    if len(monomial) == 1 and monomial[0][1] == 1:
        inner = monomial[0][0]
        if isinstance(inner, Function) and inner.name == "ln":
            return root(inner.argument, below) ** times
    base = Quotient.variable(Function("exp", Quotient(Polynomial({monomial: normal(Fraction(1, below))}))))
    return base**times


def _logarithm(argument: Quotient) -> Quotient:
    """The natural logarithm; that of a power of e alone is its exponent."""
    if argument == ONE:
        return ZERO
    terms = argument.numerator.terms
    if argument.polynomial is not None and len(terms) == 1:
        (monomial, coefficient), *_ = terms.items()
        if coefficient == 1 and all(isinstance(g, Function) and g.name == "exp" for g, _ in monomial):
            total = ZERO
            for generator, exponent in monomial:
                total = total + generator.argument * exponent  # type: ignore[attr-defined]
            return total
    value = argument.value
    if value is None:
        return Quotient.variable(Function("ln", argument))
    if value <= 0:
        raise ExpressionError("A logarithm is taken of what is above zero.")
    total = ZERO
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, exponent in _primes(number):
            total = total + Quotient.variable(Function("ln", Quotient.constant(prime))) * (sign * exponent)
    return total


def root(argument: Quotient, order: int) -> Quotient:
    """The n-th root; of a number its whole powers are taken out: sqrt(12) is 2 sqrt(3).

    Raises:
        ExpressionError: an even root of a negative number.
    """
    if order == 1 or argument in (ZERO, ONE):
        return argument
    if order > MAX_DEGREE:
        raise TooLarge(f"A root is at most the {MAX_DEGREE}-th.")
    value = argument.value
    if value is None:
        return Quotient.variable(Function("root", argument, order))
    if value < 0:
        if order % 2 == 0:
            raise ExpressionError("An even root is taken of what is not below zero.")
        return -root(-argument, order)
    # a/b = a * b^(n-1) / b^n, so that roots stand above the line
    radicand = value.numerator * value.denominator ** (order - 1)
    outside, primes = _split_radicand(radicand, order)
    result = Quotient.constant(normal(Fraction(outside, value.denominator)))
    for prime, exponent in primes:
        generator = Function("root", Quotient.constant(prime), order)
        result = result * Quotient(Polynomial.variable(generator, exponent))
    return result


@lru_cache(maxsize=1_024)
def _split_radicand(radicand: int, order: int) -> tuple[int, tuple[tuple[int, int], ...]]:
    """The number as outside^order times primes to powers below the order; numbers too large are left whole."""
    if radicand.bit_length() > 1_000:
        raise TooLarge("A root is taken of at most 1,000 bits.")
    exact = integer_root(radicand, order)
    if exact is not None:
        return exact, ()
    outside, inside = 1, []
    for prime, exponent in _primes(radicand):
        outside *= prime ** (exponent // order)
        if exponent % order:
            inside.append((prime, exponent % order))
    return outside, tuple(inside)


@lru_cache(maxsize=1_024)
def _primes(number: int) -> tuple[tuple[int, int], ...]:
    """The prime factors with their exponents; a number that is too large is left whole."""
    if number > _MAX_SPLIT:
        return ((number, 1),)
    found: list[tuple[int, int]] = []
    divisor = 2
    while divisor * divisor <= number:
        exponent = 0
        while number % divisor == 0:
            number //= divisor
            exponent += 1
        if exponent:
            found.append((divisor, exponent))
        divisor += 1
    if number > 1:
        found.append((number, 1))
    return tuple(found)


def raised(base: Quotient, exponent: Quotient) -> Quotient:
    """A power: a whole or fractional exponent of anything, any exponent of e or of a positive number.

    Raises:
        ExpressionError: for any other power, and for one beyond the caps.
    """
    power = exponent.value
    if power is not None:
        if power.denominator > 1:
            base = root(base, power.denominator)
        number = base.value
        limit = MAX_DEGREE if number is None else 200
        if abs(power.numerator) > limit:
            raise TooLarge(f"An exponent is at most {limit}.")
        return base**power.numerator
    if base == Quotient.variable(Function("exp", ONE)):
        return call("exp", exponent)
    number = base.value
    if number is not None and number > 0:
        return call("exp", exponent * _logarithm(base))
    raise ExpressionError("An exponent is a number, or its base is e or a number above zero.")
