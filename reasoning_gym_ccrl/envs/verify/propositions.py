"""Formulas of propositional logic: read, written, and decided by truth tables, exactly and within bounds.

A formula is an atom's name, or a tuple: ("not", f), ("and", f, g, …), ("or", f, g, …), ("if", f, g), ("iff", f, g),
("xor", f, g). Over n atoms a truth table is one integer of 2^n bits, of which bit v says whether the formula is true
where atom i has the value of bit i of v. Entailment is then a single operation on integers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

MAX_ATOMS = 12
"""Most atoms of one problem: a table has up to 4,096 rows."""

MAX_CHARS = 2_000
MAX_DEPTH = 40
MAX_PARTS = 200  # atoms and connectives of one formula

Formula = str | tuple[Any, ...]

SIGNS = {"not": "~", "and": "&", "or": "|", "if": "->", "iff": "<->", "xor": "^"}
_WORDS = {
    "~": "not", "¬": "not", "!": "not", "not": "not",
    "&": "and", "∧": "and", "and": "and",
    "|": "or", "∨": "or", "or": "or",
    "->": "if", "→": "if", "=>": "if", "⇒": "if", "implies": "if",
    "<->": "iff", "↔": "iff", "<=>": "iff", "⇔": "iff", "iff": "iff",
    "^": "xor", "⊕": "xor", "⊻": "xor", "xor": "xor",
}  # fmt: skip
_PIECES = re.compile(r"<->|<=>|->|=>|[~¬!&∧|∨→⇒↔⇔^⊕⊻()]|[^\W\d_]\w*|\S")
_ATOM = re.compile(r"[^\W\d_]\w*")
# From the loosest to the tightest; "if" groups to the right, ("a -> b -> c" is "a -> (b -> c)").
_LEVELS = ("iff", "if", "xor", "or", "and")


class FormulaError(ValueError):
    """The text is no formula, or one beyond the bounds; says why."""


def negate(formula: Formula) -> Formula:
    """The negation, with two signs taken away rather than three written.

    >>> negate(("not", "a")), negate("a")
    ('a', ('not', 'a'))
    """
    return formula[1] if formula[0] == "not" and not isinstance(formula, str) else ("not", formula)


def is_literal(formula: Formula) -> bool:
    """Whether it is an atom or the negation of one."""
    return isinstance(formula, str) or (formula[0] == "not" and isinstance(formula[1], str))


def conjuncts(formula: Formula) -> list[Formula]:
    """The parts of a conjunction, of the conjunctions within it too; any other formula is its own one part."""
    if isinstance(formula, str) or formula[0] != "and":
        return [formula]
    return [part for operand in formula[1:] for part in conjuncts(operand)]


def joined(operator: str, operands: Sequence[Formula]) -> Formula:
    """The conjunction or disjunction ("and", "or") of some formulas; of one, itself."""
    flat: list[Formula] = []
    for operand in operands:
        flat += operand[1:] if not isinstance(operand, str) and operand[0] == operator else (operand,)
    return flat[0] if len(flat) == 1 else (operator, *flat)


def atoms_of(formula: Formula) -> list[str]:
    """The atoms in the order in which they occur first."""
    if isinstance(formula, str):
        return [formula]
    found: dict[str, None] = {}
    for operand in formula[1:]:
        found.update(dict.fromkeys(atoms_of(operand)))
    return list(found)


def render_formula(formula: Formula) -> str:
    """The formula as text, every compound part in brackets but negations; `parse_formula` reads it back.

    >>> render_formula(("if", ("and", "a", ("not", "b")), "c"))
    '(a & ~b) -> c'
    """
    if isinstance(formula, str):
        return formula
    operator, *operands = formula
    parts = [_inner(operand) for operand in operands]
    return f"~{parts[0]}" if operator == "not" else f" {SIGNS[operator]} ".join(parts)


def _inner(formula: Formula) -> str:
    text = render_formula(formula)
    return text if isinstance(formula, str) or formula[0] == "not" else f"({text})"


def parse_formula(text: str) -> Formula:
    """Reads a formula: ~ binds first, then &, |, ^ (one of the two), -> (to the right), <->.

    Raises:
        FormulaError: no formula, or more than `MAX_CHARS` characters, `MAX_PARTS` parts or `MAX_DEPTH` levels.

    >>> parse_formula("a & ~b -> c | d")
    ('if', ('and', 'a', ('not', 'b')), ('or', 'c', 'd'))
    """
    if len(text) > MAX_CHARS:
        raise FormulaError(f"A formula has at most {MAX_CHARS} characters; received {len(text)}.")
    pieces = [_WORDS.get(piece.lower(), piece) for piece in _PIECES.findall(text)]
    if len(pieces) > MAX_PARTS:
        raise FormulaError(f"A formula has at most {MAX_PARTS} parts; received {len(pieces)}.")
    return _Parser(pieces).read()


class _Parser:
    def __init__(self, pieces: list[str]):
        self.pieces = pieces
        self.index = 0
        self.depth = 0

    def read(self) -> Formula:
        formula = self._level(0)
        if self.index < len(self.pieces):
            raise FormulaError(f"The formula should end before {self.pieces[self.index]!r}.")
        return formula

    def _peek(self) -> str:
        return self.pieces[self.index] if self.index < len(self.pieces) else ""

    def _level(self, level: int) -> Formula:
        """What is joined by the connectives of `_LEVELS[level]` and tighter ones."""
        if level == len(_LEVELS):
            return self._tightest()
        operator = _LEVELS[level]
        operands = [self._level(level + 1)]
        while self._peek() == operator:
            self.index += 1
            operands.append(self._level(level + 1))
        if operator in ("and", "or"):
            return joined(operator, operands) if len(operands) > 1 else operands[0]
        if operator == "if":
            formula = operands.pop()
            while operands:
                formula = ("if", operands.pop(), formula)
            return formula
        formula = operands[0]
        for operand in operands[1:]:
            formula = (operator, formula, operand)
        return formula

    def _tightest(self) -> Formula:
        signs = 0
        while self._peek() == "not":
            self.index += 1
            signs += 1
        piece = self._peek()
        self.index += 1
        formula: Formula = piece
        if piece == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise FormulaError(f"Brackets nest at most {MAX_DEPTH} deep.")
            formula = self._level(0)
            if self._peek() != ")":
                raise FormulaError("A bracket is not closed.")
            self.index += 1
            self.depth -= 1
        elif piece in SIGNS or not _ATOM.fullmatch(piece):
            raise FormulaError(f"An atom should stand where {piece!r} is." if piece else "An atom is missing.")
        for _ in range(signs % 2):
            formula = negate(formula)
        return formula


class TruthTable:
    """The truth tables over some atoms.

    Args:
        atoms: their names, `MAX_ATOMS` at most.

    Attributes:
        full: the table of what is always true.

    Raises:
        FormulaError: too many atoms.

    >>> table = TruthTable("ab")
    >>> bin(table.mask(("if", "a", "b"))), table.entails([("if", "a", "b"), "a"], "b")
    ('0b1101', True)
    """

    __slots__ = ("_columns", "full")

    def __init__(self, atoms: Iterable[str]):
        names = list(atoms)
        if len(names) > MAX_ATOMS:
            raise FormulaError(f"A problem has at most {MAX_ATOMS} atoms; received {len(names)}.")
        self.full = full = (1 << (1 << len(names))) - 1
        # Atom i is true in those rows v that have bit i: blocks of 2^i zeros and 2^i ones in turn.
        self._columns = {name: full // ((1 << (1 << i)) + 1) << (1 << i) for i, name in enumerate(names)}

    def mask(self, formula: Formula) -> int:
        """The table of a formula.

        Raises:
            FormulaError: it holds an atom that the table does not have.
        """
        if isinstance(formula, str):
            try:
                return self._columns[formula]
            except KeyError:
                raise FormulaError(f"The atoms are {', '.join(self._columns)}; received {formula!r}.") from None
        operator = formula[0]
        if operator == "and":
            result = self.full
            for operand in formula[1:]:
                result &= self.mask(operand)
            return result
        if operator == "or":
            result = 0
            for operand in formula[1:]:
                result |= self.mask(operand)
            return result
        first = self.mask(formula[1])
        if operator == "not":
            return self.full ^ first
        second = self.mask(formula[2])
        if operator == "if":
            return (self.full ^ first) | second
        return first ^ second if operator == "xor" else self.full ^ first ^ second

    def entails(self, premises: Iterable[Formula], conclusion: Formula) -> bool:
        """Whether the conclusion is true wherever all premises are."""
        rows = self.mask(("and", *premises))
        return not rows & ~self.mask(conclusion)

    def example(self, rows: int) -> dict[str, bool]:
        """The values of the atoms in the first of some rows, which must not be none."""
        first = (rows & -rows).bit_length() - 1
        return {name: bool(column >> first & 1) for name, column in self._columns.items()}
