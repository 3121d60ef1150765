"""Plans: does "apples bought = bags * apples per bag; ..." lead to the gold answer by the gold calculation?

A plan is compared as an expression tree over the given names: names of its own for what it works out on the way
are substituted, sums and products are flattened and their operands sorted. Besides + - * / it may hold powers,
"a mod b", "a choose b" and calls such as gcd(a, b). Where the gold calculation is in words that say no calculation, a
plan is compared line by line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ...types import GoldStep
from .equations import normal_name

MAX_CHARS = 4_000
MAX_LEAVES = 500
MAX_NESTING = 100  # of brackets and calls, those of earlier lines included
_PIECES = re.compile(r"(?P<name>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<sign>\*\*|[-+*/()^,!×·÷−–])|(?P<other>\S)")
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "**": "^"}
_SAME_NAME = {
    "hcf": "gcd",
    "gcf": "gcd",
    "greatest common divisor": "gcd",
    "least common multiple": "lcm",
    "power": "^",
}
_ANY_ORDER = frozenset({"gcd", "lcm", "min", "max"})
_WORD_SIGNS = {"mod": "mod", "choose": "choose"}

Tree = tuple[Any, ...]


class _NoPlan(ValueError):
    """The text is no list of assignments over names."""


def plan_matches(plan: str, solution: Sequence[GoldStep]) -> bool:
    """Whether a plan's last quantity is worked out from the givens as the gold answer is.

    >>> gold = (GoldStep("", "3 * 4", "12", "apples = bags * apples per bag"),)
    >>> plan_matches("total = apples per bag * bags", gold), plan_matches("total = bags + apples per bag", gold)
    (True, False)
    """
    thoughts = tuple(step.meta_thought for step in solution)
    if len(plan) > MAX_CHARS or not thoughts or not all(thoughts):
        return False
    gold = _gold_tree(thoughts)
    if gold is None:
        return [line for line in map(_plain_line, re.split(r"[;\n]+", plan)) if line] == _plain_lines(thoughts)
    try:
        return _last_tree(re.split(r"[;\n]+", plan)) == gold
    except _NoPlan:
        return False


@lru_cache(maxsize=4_096)
def _gold_tree(meta_thoughts: tuple[str, ...]) -> Tree | None:
    try:
        return _last_tree(meta_thoughts)
    except _NoPlan:
        return None


def _plain_lines(meta_thoughts: tuple[str, ...]) -> list[str]:
    return [line for thought in meta_thoughts for line in map(_plain_line, re.split(r"[;\n]+", thought)) if line]


def _plain_line(text: str) -> str:
    """A line as it is compared: small letters, single spaces, no full stop."""
    return " ".join(text.lower().split()).rstrip(".").rstrip()


def _last_tree(assignments: Sequence[str]) -> Tree:
    """The tree of the last assignment, earlier names substituted."""
    known: dict[str, tuple[Tree, int, int]] = {}
    tree: Tree | None = None
    for assignment in assignments:
        if not assignment.strip():
            continue
        name, sign, expression = assignment.partition("=")
        if not sign or "=" in expression:
            raise _NoPlan("An assignment is: name = calculation.")
        parser = _TreeParser(expression, known)
        tree = parser.read()
        known[normal_name(name)] = tree, parser.leaves, parser.nesting + parser.own_nesting
    if tree is None:
        raise _NoPlan("A plan holds at least one assignment.")
    return tree


class _TreeParser:
    """Reads names, + - * / and brackets into ("+", ...), ("*", ...), ("neg", x), ("inv", x), ("name", text).

    All other operations become ("call", name, ...).
    """

    def __init__(self, text: str, known: dict[str, tuple[Tree, int, int]]):
        self.pieces: list[tuple[str, str]] = []
        for match in _PIECES.finditer(text):
            kind, piece = match.lastgroup or "other", match.group()
            if kind == "other":
                raise _NoPlan(f"{piece!r} has no place in a plan.")
            if kind == "name" and piece.lower() in _WORD_SIGNS:
                self.pieces.append(("sign", piece.lower()))
            elif kind == "name" and self.pieces and self.pieces[-1][0] == "name":
                self.pieces[-1] = ("name", f"{self.pieces[-1][1]} {piece}")
            else:
                self.pieces.append((kind, _SIGNS.get(piece, piece)))
        self.known = known
        self.index = 0
        self.depth = 0
        self.leaves = 0
        self.nesting = 0  # of the earlier lines that are used
        self.own_nesting = 1

    def read(self) -> Tree:
        tree = self._sum()
        if self.index != len(self.pieces):
            raise _NoPlan("The calculation ends before its text does.")
        return tree

    def _peek(self) -> str:
        if self.index < len(self.pieces) and self.pieces[self.index][0] == "sign":
            return self.pieces[self.index][1]
        return ""

    def _sum(self) -> Tree:
        terms = [self._product()]
        while (sign := self._peek()) in ("+", "-"):
            self.index += 1
            term = self._product()
            terms.append(_wrapped("neg", term) if sign == "-" else term)
        return self._flat("+", terms)

    def _product(self) -> Tree:
        factors = [self._power()]
        while (sign := self._peek()) in ("*", "/", "mod"):
            self.index += 1
            factor = self._power()
            if sign == "mod":
                self._nest(1)
                factors = [("call", "mod", self._flat("*", factors), factor)]
            else:
                factors.append(_wrapped("inv", factor) if sign == "/" else factor)
        return self._flat("*", factors)

    def _power(self) -> Tree:
        tree = self._atom()
        while (sign := self._peek()) in ("^", "choose", "!"):
            self.index += 1
            self._nest(1)
            if sign == "!":
                tree = ("call", "factorial", tree)
                continue
            self._deeper()
            tree = ("call", "^" if sign == "^" else "c", tree, self._power() if sign == "^" else self._atom())
            self.depth -= 1
        return tree

    def _atom(self) -> Tree:
        if self._peek() == "(":
            self.index += 1
            tree = self._sum_in_bracket()
            self._close()
            return tree
        if self.index >= len(self.pieces) or self.pieces[self.index][0] != "name":
            raise _NoPlan("A name is missing.")
        name = normal_name(self.pieces[self.index][1])
        self.index += 1
        if self._peek() == "(":
            return self._call(_SAME_NAME.get(name, name))
        tree, leaves, nesting = self.known.get(name, (("name", name), 1, 0))
        self.nesting = max(self.nesting, nesting)
        self._count(leaves)
        self._nest()
        return tree

    def _nest(self, more: int = 0) -> None:
        self.own_nesting += more
        if self.nesting + self.own_nesting > MAX_NESTING:
            raise _NoPlan(f"A plan nests at most {MAX_NESTING} deep, earlier lines included.")

    def _count(self, leaves: int) -> None:
        self.leaves += leaves
        if self.leaves > MAX_LEAVES:  # each line could double the tree
            raise _NoPlan(f"A plan uses at most {MAX_LEAVES} quantities, those of earlier lines included.")

    def _call(self, name: str) -> Tree:
        self.index += 1
        before = self.leaves
        arguments = [self._sum_in_bracket()]
        while self._peek() == ",":
            self.index += 1
            arguments.append(self._sum_in_bracket())
        self._close()
        if name == "square" and len(arguments) == 1:
            self._count(self.leaves - before)
            return self._flat("*", arguments * 2)
        if name not in _ANY_ORDER:
            return ("call", name, *arguments)
        flat: list[Tree] = []
        for argument in arguments:
            flat += argument[2:] if argument[:2] == ("call", name) else (argument,)
        return ("call", name, *sorted(flat, key=repr))

    def _sum_in_bracket(self) -> Tree:
        self._deeper()
        self._nest(1)
        tree = self._sum()
        self.depth -= 1
        return tree

    def _close(self) -> None:
        if self._peek() != ")":
            raise _NoPlan("A bracket is not closed.")
        self.index += 1

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > 40:
            raise _NoPlan("Brackets nest at most 40 deep.")

    def _flat(self, operator: str, operands: list[Tree]) -> Tree:
        """A sum or product with its operands flattened and sorted; a single operand stays itself."""
        if len(operands) == 1:
            return operands[0]
        flat: list[Tree] = []
        for operand in operands:
            flat += operand[1:] if operand[0] == operator else (operand,)
        return (operator, *sorted(flat, key=repr))


def _wrapped(kind: str, tree: Tree) -> Tree:
    """The negative of a sum or the inverse of a product, carried to its parts, so that a - (b + c) is a - b - c."""
    if tree[0] == kind:
        return tuple(tree[1])
    if tree[0] == {"neg": "+", "inv": "*"}[kind]:
        return (tree[0], *sorted((_wrapped(kind, part) for part in tree[1:]), key=repr))
    return (kind, tree)
