r"""The algebra of answers: `algebra_reader`'s trees, from the notation that final answers are written in as well.

Read besides are Greek names, \log_2 8, 5!, \binom{5}{2}, 2\frac{1}{3} and 45° inside functions.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from .algebra_reader import Node, Reader
from .algebra_tokens import Piece, cut, plain_text
from .answer_trees import rational_value
from .quotients import PI
from .tokens import MAX_DIGITS, ExpressionError, Number

MAX_FACTORIAL = 3_000
_MAX_NESTED = 60  # operands within operands: brackets, exponents, arguments
_MAX_DEPTH = 120
_MAX_LETTERS = 4  # of a run that may be a product of names, "abc"
_VOWELS = frozenset("eiou")
_WORD = re.compile(
    r"(?:a[mnst]|and|any|b[ey]|do|for|go|he|i[fnst]|m[ey]|no|not|o[fhknrx]|so|th|the|to|u[ps]|vs|we)", re.I
)  # two and three letters that are no product of names
_GREEK = re.compile(
    r"\\((?:var)?epsilon|alpha|beta|gamma|delta|zeta|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|(?:var)?phi|chi|psi"
    r"|omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega)"
)
_APPLIED = frozenset("fgFG")  # f(2x) is no product
_DEGREE = Node("quotient", (Node("name", name=PI), Node("number", value=180)))
_TEN = Node("number", value=10)


class Reading(NamedTuple):
    """How an answer's expression can be read: `close` where 1/2x could be 1/(2x), `natural` where log could be ln."""

    tree: Node
    close: Node | None = None
    natural: Node | None = None


class AnswerReader(Reader):
    """`Reader` with the notation of answers.

    `natural`: a log without a base is ln, and not of base ten; `has_log` says that there was one.
    """

    def __init__(
        self, pieces: list[Piece], names: frozenset[str] | None, *, close: bool = False, natural: bool = False
    ):
        super().__init__(pieces, 0, len(pieces), names, close=close)
        self.natural = natural
        self._nested = 0
        self.has_log = False

    def whole(self) -> Node:
        """The tree of the whole text."""
        tree = self.read()
        if self.index != len(self.pieces):
            raise ExpressionError("An expression ends where its text ends.")
        if _depth_exceeds(tree, _MAX_DEPTH):
            raise ExpressionError(f"A tree is at most {_MAX_DEPTH} deep.")
        return tree

    def _starts_factor(self) -> bool:
        if super()._starts_factor():
            return True
        if self._rest_of_run or self.index >= self.end:
            return False
        kind, text = self.pieces[self.index][:2]
        if kind == "run":
            return text[1:2] == "_" or text.startswith("log_")
        if kind == "number":  # 5!5!
            return self.index > 0 and self.pieces[self.index - 1].text == "!"
        return kind == "other" and (text == "\\binom" or _GREEK.fullmatch(text) is not None)

    def _atom(self) -> Node:
        self._nested += 1
        if self._nested > _MAX_NESTED:
            raise ExpressionError(f"Operands nest at most {_MAX_NESTED} deep.")
        tree = self._with_signs(self._operand())
        self._nested -= 1
        return tree

    def _with_signs(self, tree: Node) -> Node:
        """An operand with the signs after it: 5!, 45°, (1/2)%."""
        while True:
            if self._sign() == "!" and not self._rest_of_run:
                self.index += 1
                tree = _number(_factorial(rational_value(tree)), "!")
            elif self._at_degree():
                self.index += 1
                tree = Node("product", (tree, _DEGREE))
            elif self._sign() == "%" and tree.kind != "name":
                self.index += 1
                tree = Node("quotient", (tree, Node("number", value=100)))
            else:
                return tree

    def _operand(self) -> Node:
        if self._rest_of_run or self.index >= self.end:
            return super()._atom()
        kind, text = self.pieces[self.index][:2]
        if kind == "number" and text.isdecimal() and len(text) > MAX_DIGITS:
            self.index += 1
            return _number(int(text))
        if kind == "run" and text.startswith("log_"):
            self.index += 1
            base = text[4:].strip("{}")
            return self._logarithm(_number(int(base)) if base.isdecimal() else Node("name", name=base))
        if kind == "run" and "_" in text and text[0].isalpha() and text[1] == "_":
            self.index += 1
            return Node("name", name=text.replace("{", "").replace("}", ""))
        if kind == "run" and text in _APPLIED and self._is_applied():
            raise ExpressionError(f"What the function {text} is, is not known.")
        if kind == "other" and text == "\\binom":
            self.index += 1
            return _number(_binomial(rational_value(self._bracket()), rational_value(self._bracket())), "binom")
        if kind == "other" and _GREEK.fullmatch(text):
            self.index += 1
            return Node("name", name=text[1:])
        return super()._atom()

    def _is_applied(self) -> bool:
        following = self.pieces[self.index + 1 : self.index + 2]
        return bool(following) and following[0].text == "(" and following[0].tight

    def _at_degree(self) -> bool:
        return not self._rest_of_run and self.index < self.end and self.pieces[self.index].text == "°"

    def _from_run(self) -> Node:
        if self._rest_of_run[0] != "log":
            return super()._from_run()
        self._rest_of_run = self._rest_of_run[1:]
        if self._sign() == "_" and not self._rest_of_run:
            self.index += 1
            return self._logarithm(self._bracket() if self._sign() in ("{", "(") else self._short_base())
        self.has_log = True
        return self._logarithm(None if self.natural else _TEN)

    def _short_base(self) -> Node:
        piece = self.pieces[self.index] if self.index < self.end else None
        if piece is None or (len(piece.text) > 1 and piece.kind == "number" and self._next_is_factor()):
            raise ExpressionError("The base of a logarithm is not clear.")
        self.index += 1
        if piece.kind == "number":
            digit, rest = piece.text[0], piece.text[1:]
            if rest:  # \log_28 is the logarithm of 8 to the base 2
                self.index -= 1
                self.pieces = [*self.pieces[: self.index], piece._replace(text=rest), *self.pieces[self.index + 1 :]]
            return _number(int(digit))
        if piece.kind == "run" and len(piece.text) == 1:
            return Node("name", name=piece.text)
        raise ExpressionError("The base of a logarithm is not clear.")

    def _next_is_factor(self) -> bool:
        return self.index + 1 < self.end and self.pieces[self.index + 1].kind in ("number", "run", "frac")

    def _logarithm(self, base: Node | None) -> Node:
        above = Node("call", (self._argument(),), 0, "ln")
        return above if base is None else Node("quotient", (above, Node("call", (base,), 0, "ln")))

    def _mixed(self, value: Number, text: str) -> Node:
        tree = super()._mixed(value, text)
        if tree.kind != "number" or not text.isdecimal() or self.index >= self.end:
            return tree
        if self.pieces[self.index].kind != "frac":
            return tree
        fraction = super()._atom()
        above, below = (rational_value(part) for part in fraction.parts)
        if isinstance(above, int) and isinstance(below, int) and 0 < above < below:
            return Node("sum", (tree, fraction))
        return Node("product", (tree, fraction))


def _depth_exceeds(tree: Node, limit: int) -> bool:
    """Whether a tree is deeper than can be walked by recursion; long chains of division are."""
    level = [tree]
    for _ in range(limit):
        level = [part for node in level for part in node.parts]
        if not level:
            return False
    return True


def _number(value: Number | None, name: str = "") -> Node:
    """A number, and the name of what it was worked out from."""
    if value is None:
        raise ExpressionError("A number should stand here.")
    if value < 0:
        return Node("negative", (Node("number", value=-value, name=name),))
    return Node("number", value=value, name=name)


def _factorial(value: Number | None) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_FACTORIAL:
        raise ExpressionError(f"Factorials are taken of whole numbers from 0 to {MAX_FACTORIAL}.")
    return math.factorial(value)


def _binomial(above: Number | None, below: Number | None) -> int:
    if not (isinstance(above, int) and isinstance(below, int) and 0 <= above <= MAX_FACTORIAL and below >= 0):
        raise ExpressionError(f"Binomial coefficients are of whole numbers from 0 to {MAX_FACTORIAL}.")
    return math.comb(above, below)


@lru_cache(maxsize=2_048)
def read_expression(text: str) -> Reading:
    r"""The readings of a text that `answer_text.tidy` has been over.

    Raises:
        ExpressionError: it is no expression, or is beyond the caps.

    >>> read_expression(r"\log_2 8").tree.kind, read_expression("1/2x").close is None
    ('quotient', False)
    """
    pieces = cut(plain_text(text))
    if not pieces:
        raise ExpressionError("There is nothing to read.")
    runs = [piece.text for piece in pieces if piece.kind == "run"]
    if any(_WORD.fullmatch(run) for run in runs):
        raise ExpressionError("Words are no product of names.")
    try:
        return _readings(pieces, None)
    except ExpressionError:
        letters = frozenset(letter for run in runs if len(run) < 3 or _is_product(run) for letter in run)
        if not letters or not any(map(_is_product, runs)):
            raise
        return _readings(pieces, letters)


def _is_product(run: str) -> bool:
    """Whether a run of letters is a product of names, "abc", rather than a word."""
    return 3 <= len(run) <= _MAX_LETTERS and list(run) == sorted(set(run)) and run.isalpha() and _VOWELS.isdisjoint(run)


def _readings(pieces: list[Piece], names: frozenset[str] | None) -> Reading:
    reader = AnswerReader(pieces, names)
    tree = reader.whole()
    close = AnswerReader(pieces, names, close=True).whole() if reader.is_open else None
    natural = AnswerReader(pieces, names, natural=True).whole() if reader.has_log else None
    return Reading(tree, close, natural)
