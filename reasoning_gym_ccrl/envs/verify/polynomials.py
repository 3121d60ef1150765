r"""Untrusted algebra, "3x^2 - 5x + 6" or "\frac{1}{2}(x + 1)**2", read into trees and exact expressions.

    read(text)                  its value: a `Quotient`, whose `.polynomial` is the `Polynomial` that most of them are
    read_tree(text)             how it is written: a `Node`, for questions of form (`forms`)
    Reader(pieces, ...)         the parser itself, for text with words around it

Read are implicit multiplication (2x, 3(x + 1), xy), ^ and **, superscripts, fractions, LaTeX, pi, sin, cos, tan, ln,
exp, e^x, sqrt, |x|, and where functions are named f(2), f'(x), d/dx(...), integral(...). Caps on characters, depth,
degree, terms, bits and work bound the time; what is beyond them, or no algebra, raises `ExpressionError` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .algebra_reader import Node, Reader, read_tree
from .calculus import antiderivative, derivative, substitute
from .elementary import call, raised, root
from .functions import power
from .identity import identical
from .quotients import ONE, ZERO, Function, Quotient
from .ring import MAX_DEGREE, MAX_TERMS, Polynomial, TooLarge
from .tokens import ExpressionError

__all__ = [
    "MAX_DEGREE",
    "MAX_TERMS",
    "Budget",
    "Definition",
    "ExpressionError",
    "Function",
    "Node",
    "Polynomial",
    "Quotient",
    "Reader",
    "TooLarge",
    "antiderivative",
    "call",
    "derivative",
    "evaluate_tree",
    "identical",
    "read",
    "read_polynomial",
    "read_tree",
    "substitute",
]

MAX_WORK = 10_000  # products of two terms in one expression, so that any text is worked out in milliseconds


@dataclass(frozen=True, slots=True)
class Definition:
    """A function: its variable and what it is of it. `is_up_to_constant`: an antiderivative, whose constant is free."""

    variable: str
    body: Quotient
    is_up_to_constant: bool = False


def read(text: str, names: Collection[str] | None = None) -> Quotient:
    r"""The exact value of a whole text.

    Args:
        text: the expression.
        names: the letters and words that are names; None takes each letter for one.

    Raises:
        ExpressionError: it is no algebraic expression, or is beyond the caps.

    >>> str(read("(x + 2)(x + 3)")), str(read(r"\frac{1}{2}x² - 5·x", ["x"])), str(read("2π"))
    ('x^2 + 5x + 6', '(1/2)x^2 - 5x', '2*pi')
    """
    return evaluate_tree(read_tree(text, names))


def read_polynomial(text: str, names: Collection[str] | None = None) -> Polynomial | None:
    """The polynomial that a text is, or None where it is none.

    >>> read_polynomial("x(x - 1)") == read_polynomial("x^2 - x"), read_polynomial("1/x"), read_polynomial("so", "x")
    (True, None, None)
    """
    try:
        return read(text, names).polynomial
    except ExpressionError:
        return None


# -- the value of a tree -------------------------------------------------------------------------------------------


class Budget:
    """The work that may still be done, in products of two terms."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_WORK):
        self.left = left

    def spend(self, work: int) -> None:
        """Takes some work off.

        Raises:
            TooLarge: more than is left.
        """
        self.left -= 1 + work
        if self.left < 0:
            raise TooLarge("The expression takes more work than an expression may.")


def evaluate_tree(
    tree: Node,
    definitions: Mapping[str, Definition] | None = None,
    variable: str = "x",
    budget: Budget | None = None,
) -> Quotient:
    """The exact value of a tree.

    Args:
        tree: as `read_tree` gives it.
        definitions: the functions that may be applied.
        variable: what is derived and integrated by where the text does not say.
        budget: the work that may be done; `MAX_WORK` where it is None.

    Raises:
        ExpressionError: it has no value, or is beyond the caps.
    """
    return _Evaluation(definitions or {}, variable, budget or Budget()).value(tree)


class _Evaluation:
    """Works a tree out and counts the work."""

    def __init__(self, definitions: Mapping[str, Definition], variable: str, budget: Budget):
        self.definitions = definitions
        self.variable = variable
        self._spend = budget.spend

    def value(self, node: Node) -> Quotient:
        match node.kind:
            case "number":
                return Quotient.constant(node.value)
            case "name":
                return _E if node.name == "e" else Quotient.variable(node.name)
            case "sum":
                total = ZERO
                for part in node.parts:
                    term = self.value(part)
                    self._spend(len(total.denominator.terms) * len(term.numerator.terms) + len(total.numerator.terms))
                    total = total + term
                return total
            case "product":
                product = ONE
                for part in node.parts:
                    factor = self.value(part)
                    self._spend_product(product, factor)
                    product = product * factor
                return product
            case "quotient":
                above, below = (self.value(part) for part in node.parts)
                self._spend_product(above, below)
                return above / below
            case "negative":
                return -self.value(node.parts[0])
            case "power":
                return self._power(node)
            case "call":
                argument = self.value(node.parts[0])
                return root(argument, int(node.value)) if node.name == "sqrt" else call(node.name, argument)
        return self._calculus(node)

    def _power(self, node: Node) -> Quotient:
        base, exponent = (self.value(part) for part in node.parts)
        times, number = exponent.value, base.value
        if isinstance(times, int) and number is not None:
            return Quotient.constant(power(number, times))
        if isinstance(times, int):
            size = len(base.numerator.terms) + len(base.denominator.terms)
            self._spend(size * size * min(abs(times), MAX_DEGREE))
        return raised(base, exponent)

    def _calculus(self, node: Node) -> Quotient:
        name = node.name or self.variable
        match node.kind:
            case "slope":
                inner = self.value(node.parts[0])
                self._spend(20 * len(inner.numerator.terms))
                return derivative(inner, name)
            case "integral":
                inner = self.value(node.parts[0])
                if len(node.parts) == 1:
                    return Quotient.variable(Function("integral", inner, variable=name))
                found = antiderivative(inner, name)
                if found is None:
                    raise ExpressionError("The integral could not be worked out.")
                low, high = (self.value(part) for part in node.parts[1:])
                return substitute(found, {name: high}) - substitute(found, {name: low})
            case "apply":
                return self._apply(node)
        raise ExpressionError(f"{node.kind} is no kind of node.")

    def _apply(self, node: Node) -> Quotient:
        definition = self.definitions.get(node.name)
        if definition is None:
            raise ExpressionError(f"{node.name!r} is not defined.")
        body = definition.body
        if node.value > 3:
            raise TooLarge("A function is derived at most three times.")
        for _ in range(int(node.value)):
            self._spend(20 * len(body.numerator.terms))
            body = derivative(body, definition.variable)
        if not node.parts:
            return body
        argument = self.value(node.parts[0])
        if argument == Quotient.variable(definition.variable):
            return body
        self._spend(len(body.numerator.terms) * len(argument.numerator.terms) ** 2)
        return substitute(body, {definition.variable: argument})

    def _spend_product(self, first: Quotient, second: Quotient) -> None:
        self._spend(
            (len(first.numerator.terms) + len(first.denominator.terms))
            * (len(second.numerator.terms) + len(second.denominator.terms))
        )


_E = call("exp", ONE)
