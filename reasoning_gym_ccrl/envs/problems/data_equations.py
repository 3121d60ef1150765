"""Gold paths from the equations that data sets keep beside a problem: infix, prefix, and assignments of code.

An own reader of + - * / and brackets over numbers and names; nothing is ever executed. What it does not read gives no
gold path, which costs no more than a judgement by value instead of by path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...types import GoldStep

MAX_CHARS = 4_000
MAX_DEPTH = 40
MAX_DIGITS = 60
MAX_BITS = 2_048
MAX_OPERATIONS = 100

_PIECES = re.compile(r"\s*(?:(\d[\d,_]*(?:\.\d*)?|\.\d+)(e[+-]?\d{1,2}\b)?(%?)|([^\W\d]\w*)|(\*\*|//|\S))", re.I)
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "[": "(", "]": ")", "{": "(", "}": ")"}
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


class NoEquation(ValueError):
    """The text is no equation that is read here."""


@dataclass(frozen=True, slots=True)
class Node:
    """A number (no operator), or an operation; `name` is what the text calls it, "" for a number that is written."""

    value: Fraction
    operator: str = ""
    operands: tuple[Node, ...] = ()
    name: str = ""


# -- reading -----------------------------------------------------------------------------------------------------


def read_infix(text: str, names: Mapping[str, Fraction] | None = None) -> Node:
    """An expression of numbers, known names, + - * / and brackets.

    Raises:
        NoEquation: it is none, or is beyond the caps.

    >>> read_infix("( 76.0 - 25.0 ) * 2").value
    Fraction(102, 1)
    """
    reader = _Reader(_cut(text), names or {})
    node = reader.sum()
    if reader.index < len(reader.pieces):
        raise NoEquation(f"The expression should end before {reader.pieces[reader.index][1]!r}.")
    return node


def read_prefix(text: str, numbers: Sequence[Fraction] = ()) -> Node:
    """An expression with each operator before its two operands, "- * number0 number1 4.0"; `numbers` stand in.

    Raises:
        NoEquation: it is none, or is beyond the caps.

    >>> read_prefix("- * number0 number1 4.0", [Fraction(3), Fraction(5)]).value
    Fraction(11, 1)
    """
    names = {f"number{index}": value for index, value in enumerate(numbers)}
    pieces = _cut(text)
    stack: list[Node] = []
    for kind, piece in reversed(pieces):
        if kind == "sign" and piece in _PRECEDENCE:
            if len(stack) < 2:
                raise NoEquation(f"{piece!r} should have two operands.")
            stack.append(_operation(piece, stack.pop(), stack.pop()))
        elif kind == "name" and piece in names:
            stack.append(Node(names[piece]))
        elif kind == "number":
            stack.append(Node(_number(piece)))
        else:
            raise NoEquation(f"{piece!r} has no place in it.")
    if len(stack) != 1:
        raise NoEquation("It should come to one number.")
    return stack[0]


def read_equation(text: str, numbers: Sequence[Fraction] = ()) -> Node:
    """The calculation of an equation: "7+2=9", "x = 7 + 2", "( 7.0 + 2.0 )", "+ number0 number1".

    Raises:
        NoEquation: there is no side to calculate, more than one, or the sides differ.

    >>> read_equation("X=(7.0+2.0)").value, read_equation("+ number0 4.0", [Fraction(5)]).value
    (Fraction(9, 1), Fraction(9, 1))
    """
    names = {f"number{index}": value for index, value in enumerate(numbers)}
    sides = [side for side in text.split("=") if not re.fullmatch(r"\s*[a-zA-Z?]\s*", side)]
    if not 1 <= len(sides) <= 2:
        raise NoEquation("An equation has one side to calculate, and maybe its value.")
    nodes = [_read_side(side, names, numbers) for side in sides]
    if any(node.value != nodes[0].value for node in nodes):
        raise NoEquation("The sides of the equation differ.")
    return max(nodes, key=lambda node: bool(node.operator))


def _read_side(text: str, names: Mapping[str, Fraction], numbers: Sequence[Fraction]) -> Node:
    """A side in either notation: none can be read in both, as a number cannot follow a number between operators."""
    try:
        return _unnamed(read_infix(text, names))
    except NoEquation:
        return read_prefix(text, numbers)


def _unnamed(node: Node) -> Node:
    return Node(node.value, node.operator, tuple(map(_unnamed, node.operands)))


def _cut(text: str) -> list[tuple[str, str]]:
    """(kind, piece) of each number, name and sign."""
    if len(text) > MAX_CHARS:
        raise NoEquation(f"At most {MAX_CHARS} characters are read.")
    pieces: list[tuple[str, str]] = []
    for number, exponent, percent, name, sign in _PIECES.findall(text.strip()):
        if number:
            pieces.append(("number", f"{number}{exponent}{percent}"))
        elif name:
            pieces.append(("name", name))
        else:
            pieces.append(("sign", _SIGNS.get(sign, sign)))
    if not pieces:
        raise NoEquation("There is nothing to read.")
    return pieces


def _number(text: str) -> Fraction:
    digits = text.rstrip("%").replace(",", "").replace("_", "")
    if len(digits) > MAX_DIGITS:
        raise NoEquation(f"Numbers have at most {MAX_DIGITS} digits.")
    value = Fraction(digits)
    return value / 100 if text.endswith("%") else value


def _operation(operator: str, left: Node, right: Node) -> Node:
    first, second = left.value, right.value
    if operator == "/" and not second:
        raise NoEquation("It divides by zero.")
    value = {
        "+": lambda: first + second,
        "-": lambda: first - second,
        "*": lambda: first * second,
        "/": lambda: first / second,
    }[operator]()
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise NoEquation(f"Values have at most {MAX_BITS} bits.")
    return Node(value, operator, (left, right))


class _Reader:
    def __init__(self, pieces: list[tuple[str, str]], names: Mapping[str, Fraction]):
        self.pieces = pieces
        self.names = names
        self.index = 0
        self.depth = 0
        self.operations = 0

    def _sign(self, signs: str) -> str:
        """The sign that comes next, taken, where it is one of `signs`; else ""."""
        if self.index < len(self.pieces):
            kind, piece = self.pieces[self.index]
            if kind == "sign" and piece in signs:
                self.index += 1
                return piece
        return ""

    def sum(self) -> Node:
        node = self._product()
        while sign := self._sign("+-"):
            node = self._joined(sign, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._single()
        while sign := self._sign("*/"):
            node = self._joined(sign, node, self._single())
        return node

    def _joined(self, sign: str, left: Node, right: Node) -> Node:
        self.operations += 1
        if self.operations > MAX_OPERATIONS:
            raise NoEquation(f"At most {MAX_OPERATIONS} operations are read.")
        return _operation(sign, left, right)

    def _single(self) -> Node:
        negative = False
        while sign := self._sign("+-"):
            negative ^= sign == "-"
        if self._sign("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise NoEquation(f"Brackets nest at most {MAX_DEPTH} deep.")
            node = self.sum()
            if not self._sign(")"):
                raise NoEquation("A bracket is not closed.")
            self.depth -= 1
        else:
            node = self._leaf()
        if not negative:
            return node
        is_number = not node.operator and not node.name
        return Node(-node.value) if is_number else _operation("-", Node(Fraction(0)), node)

    def _leaf(self) -> Node:
        kind, piece = self.pieces[self.index] if self.index < len(self.pieces) else ("end", "the end")
        self.index += 1
        if kind == "number":
            return Node(_number(piece))
        if kind == "name" and piece in self.names:
            return Node(self.names[piece], name=piece)
        raise NoEquation(f"A number should stand where {piece!r} is.")


# -- writing -----------------------------------------------------------------------------------------------------


def shown(value: Fraction) -> str:
    """A number as a canonical string, "12" or "7/2"."""
    return str(value)


def written(node: Node, *, by_name: bool = False) -> str:
    """An expression with no more brackets than it needs; `by_name` with names for numbers.

    >>> written(read_infix("(7 - (2 + 1)) * -4"))
    '(7 - (2 + 1)) * (-4)'
    """
    if not node.operator:
        if by_name and node.name:
            return node.name
        return shown(node.value)
    left, right = (_operand(part, by_name) for part in node.operands)
    own = _PRECEDENCE[node.operator]
    first, second = node.operands
    if first.operator and _PRECEDENCE[first.operator] < own:
        left = f"({left})"
    if second.operator and (
        _PRECEDENCE[second.operator] < own or (_PRECEDENCE[second.operator] == own and node.operator in "-/")
    ):
        right = f"({right})"
    return f"{left} {node.operator} {right}"


def _operand(node: Node, by_name: bool) -> str:
    text = written(node, by_name=by_name)
    is_number = not node.operator and not (by_name and node.name)
    return f"({text})" if is_number and (node.value < 0 or node.value.denominator > 1) else text


def steps_of(node: Node) -> tuple[GoldStep, ...]:
    """A gold path with a step for each operation, () for a bare number.

    >>> [(step.text, step.parents) for step in steps_of(read_infix("(7 + 2) * 3"))]
    [('7 + 2 = 9', ('7', '2')), ('9 * 3 = 27', ('step 1', '3'))]
    """
    steps: list[GoldStep] = []

    def work_out(part: Node) -> tuple[Node, str]:
        """The number that a part comes to, and the name of what it rests on."""
        if not part.operator:
            return part, shown(part.value)
        numbers, parents = zip(*map(work_out, part.operands), strict=True)
        expression = written(Node(part.value, part.operator, numbers))
        value = shown(part.value)
        steps.append(GoldStep(f"{expression} = {value}", expression, value, parents=tuple(dict.fromkeys(parents))))
        return Node(part.value), f"step {len(steps)}"

    work_out(node)
    return tuple(steps)
