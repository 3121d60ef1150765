"""Calculations over names, such as "area = length * width", and what they come to with numbers.

One line of text gives every part of a gold step: the meta-thought is the line itself; with the quantities' values it
gives the expression "6 * 4", the value 24 and the canonical form. Families whose steps are more than one
operation of + - * / write their solutions in it.

A line reads "name = calculation"; the calculation holds names (words of letters), + - * /, "mod", brackets, and the
functions of `FUNCTIONS`. After a "|" stand names that the step rests on without calculating with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, gcd, isqrt, lcm, perm
from typing import Any

from ...errors import InvalidProblem

Value = Any  # int, Fraction or PiMultiple: whatever has the operators

_SUM, _PRODUCT, _ATOM = 1, 2, 3  # how tightly a piece of an expression binds


@dataclass(frozen=True, slots=True)
class PiMultiple:
    """A rational multiple of pi, so that areas of circles stay exact.

    >>> str(PiMultiple(9)), str(PiMultiple(Fraction(9, 2))), str(PiMultiple(1) * 5)
    ('9 * pi', '9/2 * pi', '5 * pi')
    """

    coefficient: int | Fraction = 1

    def __mul__(self, other: int | Fraction) -> PiMultiple:
        return PiMultiple(_normal(Fraction(self.coefficient) * other))

    __rmul__ = __mul__

    def __truediv__(self, other: int | Fraction) -> PiMultiple:
        return PiMultiple(_normal(Fraction(self.coefficient) / other))

    def __str__(self) -> str:
        return "pi" if self.coefficient == 1 else f"{self.coefficient} * pi"


def _normal(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _divided(left: Value, right: Value) -> Value:
    if isinstance(left, PiMultiple):
        return left / right
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return _normal(Fraction(left) / right)


def _root(value: int) -> int:
    root = isqrt(value)
    if root * root != value:
        raise InvalidProblem(f"A root in a gold step is whole; received sqrt({value}).")
    return root


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the notation.

    Attributes:
        evaluate: from the arguments' values to its own.
        written: the expression, with a placeholder for each argument.
        needs: how tightly an argument must bind to stand there without brackets.
        binds: how tightly the whole binds.
        commutes: whether its arguments may be swapped.
    """

    evaluate: Callable[..., Value]
    written: str
    needs: int = 0
    binds: int = _ATOM
    commutes: bool = False


FUNCTIONS: dict[str, Function] = {
    "gcd": Function(gcd, "gcd({}, {})", commutes=True),
    "lcm": Function(lcm, "lcm({}, {})", commutes=True),
    "inverse": Function(lambda number, modulus: pow(number, -1, modulus), "inverse({}, {})"),
    "C": Function(comb, "C({}, {})"),
    "P": Function(perm, "P({}, {})"),
    "factorial": Function(factorial, "{}!", _ATOM),
    "sqrt": Function(_root, "sqrt({})"),
    "floor": Function(lambda value: value.__floor__(), "floor({})"),
    "power": Function(lambda base, exponent: base**exponent, "{}^{}", _ATOM),
    "square": Function(lambda value: value * value, "{0} * {0}", _ATOM, _PRODUCT),
}
"""Name -> function. square(x) is written x * x, so that no exponent comes from nowhere."""

_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "mod": lambda left, right: left % right,
}
_TOKENS = re.compile(r"\s*(?:([A-Za-z']+)|([-+*/(),])|(\S))")

Slot = tuple[str, int, str]  # a name, how tightly its value must bind there, and the text after it


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a calculation: a name (operator ""), an operation, or a function."""

    operator: str
    parts: tuple[Node, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calculation:
    """A line that has been read.

    Attributes:
        name: the quantity it finds.
        meta_thought: "name = calculation" over names.
        parents: the names it rests on, in the order in which they stand.
        value: from the values of names to its own.
        canonical: from the canonical forms of names to its own.
        lead, slots: the expression: text, and the names whose numbers follow with the text after each.
    """

    name: str
    meta_thought: str
    parents: tuple[str, ...]
    value: Callable[[Mapping[str, Value]], Value]
    canonical: Callable[[Mapping[str, str]], str]
    lead: str
    slots: tuple[Slot, ...]

    def expression(self, values: Mapping[str, Value]) -> str:
        """The calculation with numbers in place of names.

        >>> read_calculation("side = sqrt(square(a) + square(b))").expression({"a": 3, "b": 4})
        'sqrt(3 * 3 + 4 * 4)'
        """
        text = self.lead
        for name, needs, after in self.slots:
            value = values[name]
            text += (str(value) if value.__class__ is int and value >= 0 else written(value, needs)) + after
        return text


def written(value: Value, needs: int = 0) -> str:
    """A value as it stands in an expression, in brackets where it binds less tightly than is needed there."""
    text = str(value)
    if isinstance(value, int):
        return f"({text})" if value < 0 and needs else text
    return f"({text})" if needs == _ATOM and text != "pi" else text


@lru_cache(maxsize=16_384)
def read_calculation(line: str) -> Calculation:
    """Reads a line of the notation (see the module's docstring).

    >>> line = read_calculation("left = (apples + pears) mod bags")
    >>> line.value({"apples": 9, "pears": 8, "bags": 5}), line.canonical({"apples": "9", "pears": "8", "bags": "5"})
    (2, 'mod((8+9),5)')

    Raises:
        InvalidProblem: a line that is not of the notation.
    """
    meta_thought, _, also = line.partition("|")
    name, sign, text = (part.strip() for part in meta_thought.partition("="))
    tree = _Reader(text).read() if name and sign else None
    if tree is None:
        raise InvalidProblem(f'A calculation reads "name = calculation"; received {line!r}.')
    lead, slots = _joined(_pieces(tree, 0))
    names = [*_names(tree), *(part.strip() for part in also.split(",") if part.strip())]
    return Calculation(
        name=name,
        meta_thought=meta_thought.strip(),
        parents=tuple(dict.fromkeys(names)),
        value=_value(tree),
        canonical=_canonical(tree),
        lead=lead,
        slots=slots,
    )


class _Reader:
    """Precedence climbing over words, signs and brackets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        for word, sign, other in _TOKENS.findall(text):
            if other:
                raise InvalidProblem(f"{other!r} has no place in a calculation; received {text!r}.")
            last = self.tokens[-1] if self.tokens else ""
            if word and word != "mod" and last != "mod" and last[-1:].isalpha():
                self.tokens[-1] += f" {word}"
            else:
                self.tokens.append(word or sign)
        self.index = 0

    def read(self) -> Node:
        node = self._sum()
        if self._next():
            raise InvalidProblem(f"A calculation ends before its text does; received {self.text!r}.")
        return node

    def _next(self) -> str:
        return self.tokens[self.index] if self.index < len(self.tokens) else ""

    def _take(self, wanted: str) -> None:
        if self._next() != wanted:
            raise InvalidProblem(f"{wanted!r} is missing in a calculation; received {self.text!r}.")
        self.index += 1

    def _sum(self) -> Node:
        node = self._product()
        while (operator := self._next()) in ("+", "-"):
            self.index += 1
            node = Node(operator, (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._atom()
        while (operator := self._next()) in ("*", "/", "mod"):
            self.index += 1
            node = Node(operator, (node, self._atom()))
        return node

    def _atom(self) -> Node:
        token = self._next()
        if token == "(":
            return self._bracket()[0]
        if not token or not token[0].isalpha() or token == "mod":
            raise InvalidProblem(f"A name is missing in a calculation; received {self.text!r}.")
        self.index += 1
        if self._next() != "(":
            return Node("", name=token)
        if token not in FUNCTIONS:
            raise InvalidProblem(f"The functions are {', '.join(FUNCTIONS)}; received {self.text!r}.")
        return Node(token, self._bracket())

    def _bracket(self) -> tuple[Node, ...]:
        self._take("(")
        parts = [self._sum()]
        while self._next() == ",":
            self.index += 1
            parts.append(self._sum())
        self._take(")")
        return tuple(parts)


def _names(node: Node) -> list[str]:
    if not node.operator:
        return [node.name] if node.name != "pi" else []
    return [name for part in node.parts for name in _names(part)]


def _value(node: Node) -> Callable[[Mapping[str, Value]], Value]:
    if not node.operator:
        name = node.name
        return (lambda _: PiMultiple()) if name == "pi" else (lambda values: values[name])
    parts = [_value(part) for part in node.parts]
    if node.operator in _OPERATORS:
        apply, (left, right) = _OPERATORS[node.operator], parts
        return lambda values: apply(left(values), right(values))
    evaluate = FUNCTIONS[node.operator].evaluate
    if len(parts) == 1:
        (only,) = parts
        return lambda values: evaluate(only(values))
    first, second = parts
    return lambda values: evaluate(first(values), second(values))


def _canonical(node: Node) -> Callable[[Mapping[str, str]], str]:
    """Sums and products are flattened and sorted, so that neither order nor grouping of their parts matters."""
    if not node.operator:
        name = node.name
        return (lambda _: "pi") if name == "pi" else (lambda forms: forms[name])
    if node.operator in ("+", "-", "*", "/"):
        forward, backward = ("+", "-") if node.operator in "+-" else ("*", "/")
        straight, inverted = _flattened(node, forward, backward)
        plus, minus = [_canonical(part) for part in straight], [_canonical(part) for part in inverted]

        def chain(forms: Mapping[str, str]) -> str:
            text = forward.join(sorted([part(forms) for part in plus]))
            return f"({text}{''.join(sorted([backward + part(forms) for part in minus]))})"

        return chain
    parts = [_canonical(part) for part in node.parts]
    label, commutes = node.operator, node.operator in FUNCTIONS and FUNCTIONS[node.operator].commutes

    def call(forms: Mapping[str, str]) -> str:
        arguments = [part(forms) for part in parts]
        return f"{label}({','.join(sorted(arguments) if commutes else arguments)})"

    return call


def _flattened(node: Node, forward: str, backward: str) -> tuple[list[Node], list[Node]]:
    """The parts of a chain of one operation and its inverse: those taken forward, those taken backward."""
    if node.operator not in (forward, backward):
        return [node], []
    (plus, minus), (more, less) = (_flattened(part, forward, backward) for part in node.parts)
    return (plus + more, minus + less) if node.operator == forward else (plus + less, minus + more)


def _pieces(node: Node, needs: int) -> list[str | tuple[str, int]]:
    if not node.operator:
        return [(node.name, needs)] if node.name != "pi" else ["pi"]
    found: list[str | tuple[str, int]] = []
    if node.operator in _OPERATORS:
        left, right = node.parts
        binds = _SUM if node.operator in "+-" else _PRODUCT
        before = _ATOM if node.operator == "mod" else binds
        # a * (b * c) needs no brackets; a / (b * c) does.
        after = binds if node.operator == "*" and right.operator in ("*", "square") else binds + 1
        found = [*_pieces(left, before), f" {node.operator} ", *_pieces(right, after)]
    else:
        function = FUNCTIONS[node.operator]
        binds = function.binds
        unnumbered = 0
        for piece in re.split(r"(\{\d?\})", function.written):
            if piece[:1] == "{":
                found += _pieces(node.parts[int(piece[1:-1] or unnumbered)], function.needs)
                unnumbered += 1
            else:
                found.append(piece)
    return ["(", *found, ")"] if binds < needs else found


def _joined(pieces: list[str | tuple[str, int]]) -> tuple[str, tuple[Slot, ...]]:
    """The text before the first name, and each name with the text after it."""
    lead = ""
    slots: list[Slot] = []
    for piece in pieces:
        if not isinstance(piece, str):
            slots.append((*piece, ""))
        elif slots:
            name, needs, after = slots[-1]
            slots[-1] = (name, needs, after + piece)
        else:
            lead += piece
    return lead, tuple(slots)
