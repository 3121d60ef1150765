"""Plans: does "apples bought = bags * apples per bag; ..." lead to the gold answer by the gold calculation?

A plan is compared as an expression tree over the given names: names of its own for what it works out on the way
are substituted, sums and products are flattened and their operands sorted.
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
_PIECES = re.compile(r"(?P<name>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<sign>[-+*/()×·÷−–])|(?P<other>\S)")
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"}

Tree = tuple[Any, ...]


class _NoPlan(ValueError):
    """The text is no list of assignments over names."""


def plan_matches(plan: str, solution: Sequence[GoldStep]) -> bool:
    """Whether a plan's last quantity is worked out from the givens as the gold answer is.

    >>> gold = (GoldStep("", "3 * 4", "12", "apples = bags * apples per bag"),)
    >>> plan_matches("total = apples per bag * bags", gold), plan_matches("total = bags + apples per bag", gold)
    (True, False)
    """
    gold = _gold_tree(tuple(step.meta_thought for step in solution))
    if gold is None or len(plan) > MAX_CHARS:
        return False
    try:
        return _last_tree(re.split(r"[;\n]+", plan)) == gold
    except _NoPlan:
        return False


@lru_cache(maxsize=4_096)
def _gold_tree(meta_thoughts: tuple[str, ...]) -> Tree | None:
    if not meta_thoughts or not all(meta_thoughts):
        return None
    try:
        return _last_tree(meta_thoughts)
    except _NoPlan:
        return None


def _last_tree(assignments: Sequence[str]) -> Tree:
    """The tree of the last assignment, earlier names substituted."""
    known: dict[str, tuple[Tree, int]] = {}
    tree: Tree | None = None
    for assignment in assignments:
        if not assignment.strip():
            continue
        name, sign, expression = assignment.partition("=")
        if not sign or "=" in expression:
            raise _NoPlan("An assignment is: name = calculation.")
        parser = _TreeParser(expression, known)
        tree = parser.read()
        known[normal_name(name)] = tree, parser.leaves
    if tree is None:
        raise _NoPlan("A plan holds at least one assignment.")
    return tree


class _TreeParser:
    """Reads names, + - * / and brackets into ("+", ...), ("*", ...), ("neg", x), ("inv", x), ("name", text)."""

    def __init__(self, text: str, known: dict[str, tuple[Tree, int]]):
        self.pieces: list[tuple[str, str]] = []
        for match in _PIECES.finditer(text):
            kind, piece = match.lastgroup or "other", match.group()
            if kind == "other":
                raise _NoPlan(f"{piece!r} has no place in a plan.")
            if kind == "name" and self.pieces and self.pieces[-1][0] == "name":
                self.pieces[-1] = ("name", f"{self.pieces[-1][1]} {piece}")
            else:
                self.pieces.append((kind, _SIGNS.get(piece, piece)))
        self.known = known
        self.index = 0
        self.depth = 0
        self.leaves = 0

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
        factors = [self._atom()]
        while (sign := self._peek()) in ("*", "/"):
            self.index += 1
            factor = self._atom()
            factors.append(_wrapped("inv", factor) if sign == "/" else factor)
        return self._flat("*", factors)

    def _atom(self) -> Tree:
        if self._peek() == "(":
            self.index += 1
            self.depth += 1
            if self.depth > 40:
                raise _NoPlan("Brackets nest at most 40 deep.")
            tree = self._sum()
            if self._peek() != ")":
                raise _NoPlan("A bracket is not closed.")
            self.index += 1
            self.depth -= 1
            return tree
        if self.index >= len(self.pieces) or self.pieces[self.index][0] != "name":
            raise _NoPlan("A name is missing.")
        name = normal_name(self.pieces[self.index][1])
        self.index += 1
        tree, leaves = self.known.get(name, (("name", name), 1))
        self.leaves += leaves
        if self.leaves > MAX_LEAVES:  # each line could double the tree
            raise _NoPlan(f"A plan uses at most {MAX_LEAVES} quantities, those of earlier lines included.")
        return tree

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
