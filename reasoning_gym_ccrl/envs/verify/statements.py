"""What a step says in algebra: chains of equations, within prose, and sets of alternatives such as "x = 2 or x = 3".

Words before an "=" are a name ("discriminant = …") or prose ("we get 3x = 12"); words after an expression end it. An
expression that words may have changed is not `sure`: it may confirm, and never refute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from .algebra_reader import Reader, split_run
from .algebra_tokens import Piece, cut, plain_text
from .nodes import Node, names_of
from .tokens import ExpressionError, Number
from .words import CHANGES_BEFORE, CHANGES_NEXT, HYPOTHESES, MODIFIERS, WORD_OPERATORS

MAX_CLAIMS = 12
_CONNECTORS = frozenset({"or", "and"})
_MARKS = frozenset('✓✔✅☑■□▪∎√•→«»"“”`#~@&$')
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_CHANGES_NEXT = CHANGES_NEXT | {"of", "mod"}
_CHANGES_BEFORE = (CHANGES_BEFORE | MODIFIERS | WORD_OPERATORS.keys() | {"mod", "choose"}) - {
    "or",
    "and",
    "to",
    "by",
    "from",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of a problem: its unknowns and letters, and its functions."""

    names: frozenset[str]
    functions: frozenset[str] = frozenset()

    def is_word(self, run: str) -> bool:
        """Whether a run of letters is no mathematics."""
        return run in _CONNECTORS or split_run(run, self.names, self.functions) is None


@dataclass(frozen=True, slots=True)
class Expression:
    """One side of an equation.

    Attributes:
        tree: as it is written.
        close: the second reading, where 1/2x is 1/(2x), or None where there is none.
        sure: False where words beside it may change its value.
        step: the value of one unit of its last digit where it is a decimal by itself, else 0.
    """

    tree: Node
    close: Node | None = None
    sure: bool = True
    step: Number = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """Sides joined by "=". `name`: the words before them. `text`: as it is written."""

    sides: tuple[Expression, ...]
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One chain that is said to hold, or several of which one does."""

    chains: tuple[Chain, ...]


@dataclass(slots=True)
class Claims:
    """What a step claims. `unread`: some equation could not be read; `has_symbols`: names or functions stand in it."""

    claims: list[Claim] = field(default_factory=list)
    unread: bool = False
    has_symbols: bool = False


@dataclass(slots=True)
class _Segment:
    """Pieces between two separators.

    `joined`: the separator before them: "or", "and", "," or "" for a new sentence. `sure`: whether its sentence claims
    what it says.
    """

    start: int
    end: int
    joined: str
    sure: bool = True


@lru_cache(maxsize=4_096)
def read_claims(text: str, vocabulary: Vocabulary) -> Claims:
    """The claims of a step.

    Raises:
        ExpressionError: the text is beyond the caps.

    >>> claims = read_claims("so x - 2 = 0 or x - 3 = 0", Vocabulary(frozenset("x"))).claims
    >>> [[chain.text for chain in claim.chains] for claim in claims]
    [['x - 2 = 0', 'x - 3 = 0']]
    """
    return _ClaimReader(plain_text(text), vocabulary).read()


class _ClaimReader:
    """Reads the claims of one text, segment by segment."""

    def __init__(self, plain: str, vocabulary: Vocabulary):
        self.plain = plain
        self.vocabulary = vocabulary
        self.pieces = [self._without_label(piece) for piece in cut(plain)]
        self.found = Claims()

    def read(self) -> Claims:
        found = self.found
        found.has_symbols = any(p.kind == "run" and not self._ends_mathematics(p) for p in self.pieces)
        previous: Chain | None = None  # the chain that an "or 3" after it would go on with
        for segment in self._segments():
            chains = list(self._chains(segment))
            if not chains and previous is not None and segment.joined:
                chains = self._continued(segment, previous)
            if not chains:
                previous = None
                continue
            joined = segment.joined
            for chain in chains:
                alternatives = _expanded(chain)
                last = found.claims[-1] if found.claims else None
                if last is not None and previous is not None and _goes_on(last, alternatives[0], joined):
                    found.claims[-1] = Claim(last.chains + tuple(alternatives))
                elif len(found.claims) < MAX_CLAIMS:
                    found.claims.append(Claim(tuple(alternatives)))
                else:
                    found.unread = True
                previous, joined = chain, ""
        return found

    def _without_label(self, piece: Piece) -> Piece:
        """The x of "x_1 = 2, x_2 = 3", where x is the unknown."""
        name, label, _ = piece.text.partition("_")
        names = self.vocabulary.names
        if piece.kind != "run" or not label or piece.text in names or name not in names:
            return piece
        return piece._replace(text=name)

    # -- segments --------------------------------------------------------------------------------------------------

    def _segments(self) -> Iterator[_Segment]:
        start, joined, depth, sure = 0, "", 0, True
        for index, piece in enumerate(self.pieces):
            separator = None
            if piece.kind == "break":
                separator, depth = "", 0
            elif piece.kind == "run":
                if piece.text in _CONNECTORS and piece.text not in self.vocabulary.names:
                    separator = piece.text
                elif piece.text.lower() in HYPOTHESES:
                    sure = False
            elif piece.text in _OPEN:
                depth += 1
            elif piece.text in _CLOSE:
                depth = max(0, depth - 1)
            elif piece.text == "," and depth == 0:
                separator = ","
            if separator is None:
                continue
            if index > start:
                yield _Segment(start, index, joined, sure)
                joined = separator
            else:
                joined = separator or joined if joined else separator
            start = index + 1
            sure = sure or piece.kind == "break"
        if start < len(self.pieces):
            yield _Segment(start, len(self.pieces), joined, sure)

    def _continued(self, segment: _Segment, previous: Chain) -> list[Chain]:
        """The 3 of "x = 2 or 3" as a chain of its own."""
        name = _lone_name(previous)
        end = self._math_end(segment.start, segment.end)
        side = self._expression(segment.start, end) if name and end > segment.start else None
        if side is None or names_of(side.tree):
            return []
        text = self.plain[self.pieces[segment.start].start : self.pieces[end - 1].end]
        return [Chain((previous.sides[0], side), "", f"{name} = {text}")]

    # -- chains ----------------------------------------------------------------------------------------------------

    def _chains(self, segment: _Segment) -> Iterator[Chain]:
        pieces = self.pieces
        signs = [i for i in range(segment.start, segment.end) if pieces[i].text == "=" and pieces[i].kind == "sign"]
        sides: list[Expression] = []
        name, low = "", segment.start
        first = low
        for number, sign in enumerate(signs):
            high = signs[number + 1] if number + 1 < len(signs) else segment.end
            if not sides:
                left, name, first = self._left(low, sign, is_first=low == segment.start)
                if left is not None:
                    sides.append(left)
                elif not name:
                    self.found.unread = True
            right, end = self._right(sign + 1, high, is_last=high == segment.end)
            if right is None:
                self.found.unread = True
            else:
                sides.append(right)
            low = end
            if right is None or end < high or high == segment.end:
                if len(sides) > 1 or (sides and name):
                    if not segment.sure:
                        sides = [replace(side, sure=False) for side in sides]
                    yield Chain(tuple(sides), name, self.plain[pieces[first].start : pieces[end - 1].end])
                sides, name = [], ""

    def _left(self, low: int, sign: int, *, is_first: bool) -> tuple[Expression | None, str, int]:
        """The expression that ends at an "=", else the name before it, and where what was read begins."""
        pieces, start = self.pieces, sign
        while start > low and not self._ends_mathematics(pieces[start - 1]):
            start -= 1
        words = self.plain[pieces[low].start : pieces[start - 1].end].strip() if start > low else ""
        if start == sign:
            return None, words, low
        if words and sign == start + 1 and pieces[start].kind == "number":
            return None, f"{words} {pieces[start].text}", low  # "root 1 = 2"
        while start < sign - 1 and pieces[start].text in _CLOSE:
            start += 1  # a bracket of prose closes
        side = self._expression(start, sign)
        label = self._label_end(start, sign) if is_first and not words else start
        if label > start and (labelled := self._expression(label, sign)) is not None:
            return replace(labelled, close=side.tree if side is not None else None), "", start
        if side is not None and start > low and self._may_change(pieces[start - 1], _CHANGES_NEXT):
            side = replace(side, sure=False)
        return side, "", start

    def _right(self, start: int, high: int, *, is_last: bool) -> tuple[Expression | None, int]:
        """The expression that follows an "=", and where it ends."""
        pieces = self.pieces
        end = self._math_end(start, high)
        if end == start:
            return None, end
        if is_last and end == high and pieces[end - 1].text == "!":
            side = self._expression(start, end - 1)
            return (replace(side, sure=False) if side is not None else None), end  # an exclamation, or a factorial
        side = self._expression(start, end)
        if is_last and end == high and self._is_label(end - 3, end) and end - 3 > start:  # "x - y = 1 (2)"
            labelled = self._expression(start, end - 3)
            if labelled is not None:
                return replace(labelled, close=side.tree if side is not None else None), end
        if side is not None and end < high and self._may_change(pieces[end], _CHANGES_BEFORE):
            side = replace(side, sure=False)
        return side, end

    def _label_end(self, start: int, sign: int) -> int:
        """Where the expression begins after a label such as "(2)" or "2)", or `start` where there is none."""
        if self._is_label(start, min(start + 3, sign)):
            return start + 3
        number, bracket = self.pieces[start : start + 2] if sign - start > 2 else (None, None)
        if number is not None and bracket is not None and number.kind == "number" and bracket.text == ")":
            return start + 2
        return start

    def _is_label(self, start: int, end: int) -> bool:
        """Whether these pieces are a number in brackets that stands by itself, "(2)"."""
        if end - start != 3 or start < 0:
            return False
        opening, number, closing = self.pieces[start:end]
        apart = end == len(self.pieces) or not self.pieces[end].tight
        return (
            (opening.text, closing.text) == ("(", ")")
            and number.kind == "number"
            and number.text.isdecimal()
            and (apart if start == 0 or self.pieces[start - 1].kind == "break" else not opening.tight)
        )

    def _math_end(self, start: int, high: int) -> int:
        """Where the mathematics from a piece on ends: at a word, or at a bracket that none opened."""
        depth, end = 0, start
        while end < high and not self._ends_mathematics(self.pieces[end]):
            depth += (self.pieces[end].text in _OPEN) - (self.pieces[end].text in _CLOSE)
            if depth < 0:
                break
            end += 1
        while end > start and self.pieces[end - 1].text in _OPEN:
            end -= 1  # a bracket of prose opens
        return end

    def _ends_mathematics(self, piece: Piece) -> bool:
        if piece.kind != "run":
            return piece.kind == "other"
        if piece.text in ("integral", "integrate"):
            return False
        is_differential = len(piece.text) == 2 and piece.text[0] == "d" and piece.text[1] in self.vocabulary.names
        return not is_differential and self.vocabulary.is_word(piece.text)

    @staticmethod
    def _may_change(piece: Piece, words: Collection[str]) -> bool:
        """Whether a piece beside an expression may change its value: a word such as "half", or a sign such as ">"."""
        return piece.text.lower() in words or (piece.kind == "other" and piece.text not in _MARKS)

    def _expression(self, start: int, end: int) -> Expression | None:
        """The expression that fills pieces[start:end], or None."""
        names, functions = self.vocabulary.names, self.vocabulary.functions
        close = None
        try:
            reader = Reader(self.pieces, start, end, names, functions)
            tree = reader.read()
            if reader.index != end:
                return None
            if reader.is_open:
                close = Reader(self.pieces, start, end, names, functions, close=True).read()
        except ExpressionError:
            return None
        return Expression(tree, close, step=_step(self.pieces, start, end))


def _goes_on(last: Claim, chain: Chain, joined: str) -> bool:
    """Whether a chain is a further alternative: after "or", or another value of the same name, "x = 2, x = 3"."""
    if joined == "or":
        return True
    first = last.chains[-1]
    lone = _lone_name(first)
    is_other = first.sides[-1].tree != chain.sides[-1].tree
    return bool(joined) and lone is not None and lone == _lone_name(chain) and is_other


def _lone_name(chain: Chain) -> str | None:
    """The name that a chain gives a value, "x = 6/3 = 2", or None."""
    first = chain.sides[0].tree
    return first.name if first.kind == "name" and not names_of(chain.sides[-1].tree) else None


def _step(pieces: list[Piece], start: int, end: int) -> Number:
    if end - start == 2 and pieces[start].text == "-":
        start += 1
    if end - start != 1 or pieces[start].kind != "number" or "." not in pieces[start].text:
        return 0
    return Fraction(1, 10 ** len(pieces[start].text.partition(".")[2]))


# -- plus or minus -------------------------------------------------------------------------------------------------


def _expanded(chain: Chain) -> list[Chain]:
    """The chain, or with "±" in it the two that it stands for."""
    if not any(_has_either(side.tree) for side in chain.sides):
        return [chain]
    return [
        replace(chain, sides=tuple(replace(side, tree=_signed(side.tree, sign), close=None) for side in chain.sides))
        for sign in (1, -1)
    ]


def _has_either(tree: Node) -> bool:
    return tree.kind == "either" or any(map(_has_either, tree.parts))


def _signed(tree: Node, sign: int) -> Node:
    parts = tuple(_signed(part, sign) for part in tree.parts)
    if tree.kind == "either":
        return parts[0] if sign > 0 else Node("negative", parts)
    return replace(tree, parts=parts)
