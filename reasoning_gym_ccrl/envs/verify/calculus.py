"""Derivatives, antiderivatives, and putting in values."""

from __future__ import annotations

from collections.abc import Mapping

from .elementary import call, root
from .quotients import ONE, ZERO, Function, Quotient, quotient
from .ring import Generator, Polynomial, rank
from .tokens import ExpressionError


def derivative(expression: Quotient, name: str) -> Quotient:
    """The derivative by a name.

    Raises:
        ExpressionError: it is beyond the caps.

    >>> x = Quotient.variable("x")
    >>> str(derivative(x * x * call("sin", x), "x"))
    'x^2*cos(x) + 2*x*sin(x)'
    """
    above = _derivative(expression.numerator, name)
    if expression.polynomial is not None:
        return above
    below = Quotient(expression.denominator)
    return (above - expression * _derivative(expression.denominator, name)) / below


def _derivative(polynomial: Polynomial, name: str) -> Quotient:
    total = Quotient(polynomial.derivative(name))
    for generator in sorted(polynomial.generators, key=rank):
        if isinstance(generator, Function) and name in generator.argument.names | {generator.variable}:
            total = total + Quotient(polynomial.derivative(generator)) * _function_derivative(generator, name)
    return total


def _function_derivative(function: Function, name: str) -> Quotient:
    inner, itself = function.argument, Quotient.variable(function)
    if function.name == "integral":
        if function.variable != name:
            raise ExpressionError("An integral is derived by what it is over.")
        return inner
    slope = derivative(inner, name)
    match function.name:
        case "sin":
            return Quotient.variable(Function("cos", inner)) * slope
        case "cos":
            return -Quotient.variable(Function("sin", inner)) * slope
        case "exp":
            return itself * slope
        case "ln":
            return slope / inner
        case "abs":
            return inner * slope / itself
        case "root":
            return itself * slope / (inner * function.order)
    raise ExpressionError(f"{function.name[:20]!r} has no derivative that is known.")


def substitute(expression: Quotient, values: Mapping[str, Quotient]) -> Quotient:
    """The expression with others put in for names, inside functions too.

    Raises:
        ExpressionError: a division by zero, a root or logarithm with no value, or a result beyond the caps.
    """
    if expression.names.isdisjoint(values):
        return expression
    above = _substitute(expression.numerator, values)
    if expression.polynomial is not None:
        return above
    return above / _substitute(expression.denominator, values)


def _substitute(polynomial: Polynomial, values: Mapping[str, Quotient]) -> Quotient:
    new: dict[Generator, Quotient] = {}
    for generator in polynomial.generators:
        if isinstance(generator, Function):
            if not (generator.argument.names | {generator.variable}).isdisjoint(values):
                new[generator] = apply(generator, substitute(generator.argument, values))
        elif generator in values:
            new[generator] = values[str(generator)]
    if all(value.polynomial is not None for value in new.values()):
        found = polynomial.substitute({g: value.numerator for g, value in new.items()})
        return quotient(found, ONE.numerator)
    total = ZERO
    for monomial, coefficient in polynomial.terms.items():
        term = Quotient(Polynomial({tuple(pair for pair in monomial if pair[0] not in new): coefficient}))
        for generator, exponent in monomial:
            if generator in new:
                term = term * new[generator] ** exponent
        total = total + term
    return total


def apply(function: Function, argument: Quotient) -> Quotient:
    """The same function of another argument."""
    if function.name == "root":
        return root(argument, function.order)
    if function.name == "integral":
        raise ExpressionError("An integral that is not worked out has no value.")
    return call(function.name, argument)


def antiderivative(expression: Quotient, name: str) -> Quotient | None:
    """An antiderivative with no constant, of powers and of sine, cosine and powers of e of a x + b, else None.

    >>> x = Quotient.variable("x")
    >>> str(antiderivative(6 * x + 2, "x")), str(antiderivative(call("cos", 2 * x), "x"))
    ('3x^2 + 2x', '(1/2)*sin(2x)')
    """
    variable = Quotient.variable(name)
    total = ZERO
    for monomial, coefficient in expression.numerator.terms.items():
        term = Quotient(Polynomial({monomial: coefficient})) / Quotient(expression.denominator)
        found = _antiderivative_of_term(term, variable, name)
        if found is None:
            return None
        total = total + found
    return total


def _antiderivative_of_term(term: Quotient, variable: Quotient, name: str) -> Quotient | None:
    if name not in term.names:
        return term * variable
    # c * x^n has the derivative n * c * x^(n-1), so that derivative * x / term is n
    degree = (derivative(term, name) * variable / term).value
    if degree == -1:
        return term * variable * call("ln", call("abs", variable))
    if degree is not None:
        return term * variable / Quotient.constant(degree + 1)
    return _antiderivative_of_wave(term, name)


def _antiderivative_of_wave(term: Quotient, name: str) -> Quotient | None:
    """Of c * sin(a x + b), c * cos(a x + b) or c * e^(a x): the term over a, turned by a quarter."""
    for generator in sorted(term.generators, key=rank):
        if not isinstance(generator, Function) or name not in generator.argument.names:
            continue
        slope = derivative(generator.argument, name)
        factor = term / Quotient.variable(generator)
        if generator.name == "exp":
            rate = derivative(term, name) / term
            return term / rate if name not in rate.names else None
        if name in factor.names or name in slope.names:
            return None
        if generator.name in ("sin", "cos"):
            other = Quotient.variable(Function("cos" if generator.name == "sin" else "sin", generator.argument))
            return factor * other / slope * (-1 if generator.name == "sin" else 1)
    return None
