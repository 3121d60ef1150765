"""The parser of algebra: pieces of untrusted text into trees, as they are written. It works nothing out."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from .algebra_tokens import Piece, cut, plain_text
from .elementary import FUNCTIONS
from .nodes import Node
from .quotients import PI
from .tokens import ExpressionError, Number, read_number

__all__ = ["Node", "Reader", "read_tree", "split_run"]

MAX_NESTING = 25
MAX_PRIMES = 3
_ALIASES = {"log": "ln", "arctan": "", "arcsin": "", "arccos": ""}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_INTEGRALS = frozenset({"integral", "integrate"})


def read_tree(text: str, names: Collection[str] | None = None, functions: Collection[str] = ()) -> Node:
    """The tree of a whole text.

    Args:
        text: the expression.
        names: as in `read`.
        functions: the names of functions, which may be applied (f(2)) and derived (f').

    Raises:
        ExpressionError: it is no expression.
    """
    pieces = cut(plain_text(text))
    while pieces and pieces[-1].kind == "break":
        pieces.pop()
    reader = Reader(pieces, 0, len(pieces), None if names is None else frozenset(names), frozenset(functions))
    tree = reader.read()
    if reader.index != len(pieces):
        raise ExpressionError(f"An expression ends where its text ends; left over: {pieces[reader.index].text[:20]!r}.")
    return tree


@lru_cache(maxsize=8_192)
def split_run(run: str, names: frozenset[str] | None, functions: frozenset[str]) -> tuple[str, ...] | None:
    """The names and functions that a run of letters is made of, or None where it is a word.

    >>> split_run("xy", frozenset("xy"), frozenset()), split_run("so", frozenset("xy"), frozenset())
    (('x', 'y'), None)
    """
    if (names is not None and run in names) or run in functions:
        return (run,)
    found: list[str] = []
    start = letters = 0
    while start < len(run):
        for length in (4, 3, 2):
            word = run[start : start + length]
            if len(word) == length and (word in FUNCTIONS or word in _ALIASES or word == PI):
                found.append(word)
                start += length
                break
        else:
            letter = run[start]
            if not (letter == "e" or (letter in names if names is not None else letter.isascii())):
                return None
            found.append(letter)
            letters += 1
            start += 1
    return None if names is None and letters > 2 else tuple(found)


class Reader:
    """Reads one expression from pieces[start:end]; `index` is where it stopped.

    `close`: the second reading, in which 1/2x is 1/(2x) and what is written close together binds first; `is_open` says
    that the two readings differ, so that the first may confirm and never refute.
    """

    def __init__(
        self,
        pieces: list[Piece],
        start: int,
        end: int,
        names: frozenset[str] | None,
        functions: frozenset[str] = frozenset(),
        *,
        close: bool = False,
    ):
        self.pieces = pieces
        self.index = start
        self.end = end
        self.names = names
        self.functions = functions
        self.close = close
        self.is_open = False
        self.depth = 0
        self.in_bars = False
        self._rest_of_run: tuple[str, ...] = ()

    def read(self) -> Node:
        return self._sum()

    # -- operators -------------------------------------------------------------------------------------------------

    def _sign(self) -> str:
        if self._rest_of_run or self.index >= self.end:
            return ""
        piece = self.pieces[self.index]
        return piece.text if piece.kind == "sign" else ""

    def _sum(self) -> Node:
        self._deeper()
        terms = [self._product()]
        while (sign := self._sign()) in ("+", "-", "±"):
            self.index += 1
            term = self._product()
            terms.append(term if sign == "+" else Node("negative" if sign == "-" else "either", (term,)))
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Node("sum", tuple(terms))

    def _product(self) -> Node:
        """Factors and divisors, each kind put together: a / b * c is (a * c) / b, and no chain nests."""
        above = [self._signed()]
        below: list[Node] = []
        while True:
            sign = self._sign()
            if sign in ("*", "/"):
                self.index += 1
                factor = [self._signed()]
                if self._starts_factor():
                    self.is_open = self.is_open or sign == "/"
                    while self.close and self._starts_factor():
                        factor.append(self._power())
                (below if sign == "/" else above).extend(factor)
            elif self._starts_factor():
                above.append(self._power())
            elif below:
                return Node("quotient", (_product_of(above), _product_of(below)))
            else:
                return _product_of(above)

    def _starts_factor(self) -> bool:
        """Whether a factor follows with no sign before it; a number never does."""
        if self._rest_of_run:
            return True
        if self.index >= self.end:
            return False
        kind, text = self.pieces[self.index][:2]
        if kind == "run":
            return self._split(text) is not None
        return kind in ("frac", "slope") or (
            kind == "sign" and (text in _CLOSING or (text == "|" and not self.in_bars))
        )

    def _signed(self) -> Node:
        negative = either = False
        while (sign := self._sign()) in ("+", "-", "±"):
            negative ^= sign == "-"
            either = either or sign == "±"
            self.index += 1
        tree = self._power()
        if either:
            return Node("either", (tree,))
        return Node("negative", (tree,)) if negative else tree

    def _power(self) -> Node:
        base = self._atom()
        if self._sign() != "^":
            return base
        self.index += 1
        self._deeper()
        is_number = self.index < self.end and self.pieces[self.index].kind == "number"
        exponent = self._signed()
        self.depth -= 1
        if is_number and self._starts_factor() and self.pieces[self.index].tight and base == Node("name", name="e"):
            raise ExpressionError("e^2x could be e^(2x) or (e^2)x.")
        return Node("power", (base, exponent))

    # -- operands --------------------------------------------------------------------------------------------------

    def _atom(self) -> Node:
        if self._rest_of_run:
            return self._from_run()
        if self.index >= self.end:
            raise ExpressionError("The expression stops where something should follow.")
        kind, text = self.pieces[self.index][:2]
        if kind == "number":
            self.index += 1
            value, _ = read_number(text)
            if self._sign() == "%":
                self.index += 1
                return Node("quotient", (Node("number", value=value), Node("number", value=100)))
            return self._mixed(value, text)
        if kind == "frac":
            self.index += 1
            return Node("quotient", (self._bracket(), self._bracket()))
        if kind == "slope":
            return self._slope()
        if kind == "run":
            if text in _INTEGRALS and self.index + 1 < self.end and self.pieces[self.index + 1].text == "(":
                self.index += 1
                return self._integral_call()
            parts = self._split(text)
            if parts is None:
                raise ExpressionError(f"{text[:20]!r} is a word.")
            self.index += 1
            self._rest_of_run = parts
            return self._from_run()
        if text in _CLOSING:
            return self._primed(self._bracket())
        if text == "|" and not self.in_bars:
            return self._bars()
        if text == "∫":
            return self._integral_sign()
        raise ExpressionError(f"A number, a name or a bracket should stand in place of {text[:20]!r}.")

    def _mixed(self, value: Number, text: str) -> Node:
        """A number, or a mixed number such as "2 1/2"."""
        i = self.index
        if text.isdecimal() and i + 2 < self.end:
            above, slash, below = self.pieces[i : i + 3]
            is_fraction = slash.text == "/" and above.text.isdecimal() and below.text.isdecimal()
            if is_fraction and slash.tight and below.tight and not above.tight:
                self.index += 3
                part = Node("quotient", tuple(Node("number", value=read_number(p.text)[0]) for p in (above, below)))
                return Node("sum", (Node("number", value=value), part))
        return Node("number", value=value)

    def _split(self, run: str) -> tuple[str, ...] | None:
        return split_run(run, self.names, self.functions)

    def _from_run(self) -> Node:
        name, self._rest_of_run = self._rest_of_run[0], self._rest_of_run[1:]
        if name in self.functions:
            return self._application(name)
        if (name in FUNCTIONS or name in _ALIASES) and not (self.names is not None and name in self.names):
            return self._elementary(_ALIASES.get(name, name))
        return Node("name", name=name)

    def _application(self, name: str) -> Node:
        primes = 0
        while self._sign() == "'":
            primes += 1
            self.index += 1
        if self._sign() == "(":
            return Node("apply", (self._bracket(),), primes, name)
        return Node("apply", (), primes, name)

    def _elementary(self, name: str) -> Node:
        if not name:
            raise ExpressionError("Inverse functions of angles are not read.")
        order = 2
        if name == "sqrt" and self._sign() == "[":
            bracket = self._bracket()
            if bracket.kind != "number" or not isinstance(bracket.value, int) or bracket.value < 2:
                raise ExpressionError("The order of a root is a whole number from 2.")
            order = bracket.value
        exponent: Node | None = None
        if self._sign() == "^" and name != "sqrt":
            self.index += 1
            self._deeper()
            exponent = self._atom()
            self.depth -= 1
            if exponent.kind == "negative":
                raise ExpressionError("sin^-1 could be an inverse or a power.")
        tree = Node("call", (self._argument(),), order if name == "sqrt" else 0, name)
        return tree if exponent is None else Node("power", (tree, exponent))

    def _argument(self) -> Node:
        """What a function is taken of: a bracket, or without one what is written close together, "sin 2x"."""
        if self._sign() in _CLOSING:
            return self._bracket()
        if self._sign() == "|":
            return self._bars()
        self._deeper()
        factors = [self._power()]
        while self._rest_of_run or (self._starts_factor() and self.pieces[self.index].kind == "run"):
            following = self._rest_of_run or self._split(self.pieces[self.index].text) or ("",)
            if following[0] in FUNCTIONS or following[0] in _ALIASES:
                break
            factors.append(self._power())
        self.depth -= 1
        return _product_of(factors)

    def _bracket(self) -> Node:
        opening = self._sign()
        if opening not in _CLOSING:
            raise ExpressionError("A bracket should open here.")
        self.index += 1
        bars, self.in_bars = self.in_bars, False
        tree = self._sum()
        self.in_bars = bars
        if self._sign() != _CLOSING[opening]:
            raise ExpressionError("A bracket is not closed.")
        self.index += 1
        return tree

    def _bars(self) -> Node:
        self.index += 1
        self.in_bars = True
        tree = self._sum()
        if self._sign() != "|":
            raise ExpressionError("A bar is not closed.")
        self.index += 1
        self.in_bars = False
        return Node("call", (tree,), 0, "abs")

    # -- calculus --------------------------------------------------------------------------------------------------

    def _primed(self, tree: Node) -> Node:
        primes = 0
        while self._sign() == "'":
            self.index += 1
            primes += 1
            if primes > MAX_PRIMES:
                raise ExpressionError(f"At most {MAX_PRIMES} derivatives are taken.")
            tree = Node("slope", (tree,))
        return tree

    def _slope(self) -> Node:
        text = self.pieces[self.index].text
        self.index += 1
        above, name = text.partition("/")[0].strip()[1:], text.rstrip()[-1]
        if above:
            if above not in self.functions:
                raise ExpressionError(f"{above!r} is no function.")
            return Node("apply", (), 1, above)
        if self._sign() in _CLOSING:
            tree = Node("slope", (self._bracket(),), name=name)
            if self._starts_factor() or self._sign() == "^":
                raise ExpressionError("How far a derivative reaches is not clear.")
            return tree
        self._deeper()
        factors = [self._power()]
        while self._sign() == "*" or self._starts_factor():
            self.index += self._sign() == "*"
            factors.append(self._power())
        self.depth -= 1
        return Node("slope", (_product_of(factors),), name=name)

    def _integral_call(self) -> Node:
        tree = self._bracket()
        name = ""
        if self.index < self.end and (found := _differential(self.pieces[self.index])):
            self.index += 1
            name = found
        return Node("integral", (tree,), name=name)

    def _integral_sign(self) -> Node:
        self.index += 1
        bounds: tuple[Node, ...] = ()
        if self._sign() == "_":
            self.index += 1
            low = self._bound()
            if self._sign() != "^":
                raise ExpressionError("An integral has both bounds or none.")
            self.index += 1
            bounds = (low, self._bound())
        for stop in range(self.index, self.end):
            if name := _differential(self.pieces[stop]):
                break
        else:
            raise ExpressionError("An integral ends in dx.")
        outer, self.end = self.end, stop
        tree = self._sum() if stop > self.index else Node("number", value=1)
        if self.index != stop:
            raise ExpressionError("An integral ends in dx.")
        self.index, self.end = stop + 1, outer
        return Node("integral", (tree, *bounds), name=name)

    def _bound(self) -> Node:
        negative = self._sign() == "-"
        self.index += negative
        tree = self._atom()
        return Node("negative", (tree,)) if negative else tree

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ExpressionError(f"Brackets and powers nest at most {MAX_NESTING} deep.")


def _differential(piece: Piece) -> str:
    return piece.text[1] if piece.kind == "run" and len(piece.text) == 2 and piece.text[0] == "d" else ""


def _product_of(factors: list[Node]) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Node("product", tuple(part for f in factors for part in (f.parts if f.kind == "product" else (f,))))
