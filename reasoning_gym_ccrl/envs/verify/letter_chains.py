"""Equations with letters in prose, "so $3x + 5 = $17, which gives x = 4", read as exact quotients of polynomials.

`algebra_reader` reads whole texts of algebra; this reads what stands between words, with units, currency and "x" for
"times", as `equations` does for numbers. `letter_chains` never raises: what it does not understand it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .letter_reader import MAX_PIECES, LetterSide, Reading, read_letter_side
from .tokens import ExpressionError, Token, tokenize
from .words import CHANGES_BEFORE, NUMBER_WORDS, SCALES

MAX_SIGNS = 24  # of equality that are read in one line
MAX_STARTS = 16  # places where a left side is tried to begin

ANNOTATION = re.compile(r"<<([^<>]{0,400})>>")
_ALONE = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")
_LABEL = re.compile(r"^\s*(?:step\s*\d+\s*[:.)]|\d+[.)]\s|[-*•]\s)\s*", re.I)


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# What may stand directly before an equation. After any other word its first side may be the end of a longer phrase.
_LEADS = word_set(
    "get gets got is are was were be so equation that have has had write then and becomes become therefore thus hence "
    "find finds gives give giving obtain yields where means mean know simplify simplifies simplifying as which equals "
    "to since because or substituting we now say earn earned earns spent spends spend paid pays pay cost costs made "
    "make makes sold sell sells ate eats used uses need needs left for at"
)
_SUPPOSES = word_set(
    "if when assume assuming suppose supposing let try trying unless guess plug plugging substitute substituting"
)
_TRIES = word_set("for with at")  # before a letter alone, "for x = 4"
_CHANGES_AFTER = (
    CHANGES_BEFORE
    | SCALES.keys()
    | NUMBER_WORDS.keys()
    | word_set("x X times plus minus divided multiplied over of more less fewer percent")
)
_STARTS = word_set("number open currency glyph operator")


@dataclass(frozen=True, slots=True)
class LetterChain:
    """Sides that "=" joins, in order, at least one of them with a letter.

    Attributes:
        is_supposed: whether the words before say that it is only tried or assumed.
        tokens: of the line it stands in.
        text: the line.
    """

    sides: tuple[LetterSide, ...]
    is_supposed: bool
    tokens: list[Token]
    text: str

    def quote(self, left: LetterSide, right: LetterSide) -> str:
        """The equation of two neighbouring sides, as it is written."""
        text = " ".join(self.text[self.tokens[left.start].start : self.tokens[right.end - 1].end].split())
        return text if len(text) <= 80 else f"{text[:79]}…"


def letter_chains(
    text: str, letters: frozenset[str], *, close: bool = False, percent_units: bool = False
) -> list[LetterChain]:
    """The equations of a step in which one of these letters stands.

    Args:
        text: the step.
        letters: those that stand for numbers.
        close: read 2/3x as 2/(3x), and not as (2/3)x.
        percent_units: read 20% as 20, and not as 1/5.

    >>> [[str(side.value) for side in chain.sides] for chain in letter_chains("so 2x + 3 = 13, x = 5.", frozenset("x"))]
    [['2x + 3', '13'], ['x', '5']]
    """
    reading = Reading(letters, close, percent_units)
    found: list[LetterChain] = []
    for line in text.splitlines():
        if "=" not in line:
            continue
        for piece in (ANNOTATION.sub("", line), *ANNOTATION.findall(line)):
            if letters.isdisjoint(_ALONE.findall(piece)):
                continue
            piece = _LABEL.sub("", piece)
            try:
                tokens = tokenize(piece)
            except ExpressionError:
                continue
            found += _chains_in(piece, tokens, reading)
    return found


def _chains_in(text: str, tokens: list[Token], reading: Reading) -> Iterator[LetterChain]:
    signs = [index for index, token in enumerate(tokens) if token.text in ("=", "==")][:MAX_SIGNS]
    position = 0
    supposed_to = -1  # the end of what is only supposed, for what follows from it in the same sentence is so too
    while position < len(signs):
        low = signs[position - 1] + 1 if position else 0
        left, is_supposed = _read_left(tokens, low, signs[position], reading)
        sides = [] if left is None else [left]
        while position < len(signs):
            start = signs[position] + 1
            end = signs[position + 1] if position + 1 < len(signs) else len(tokens)
            position += 1
            right = read_letter_side(tokens, start, end, reading)
            if right is None or not _is_complete(tokens, right.end, end):
                break
            sides.append(right)
            if right.end != end:
                break
        if len(sides) > 1 and any(side.letters for side in sides):
            between = tokens[supposed_to : sides[0].start] if supposed_to >= 0 else ()
            is_supposed = is_supposed or (supposed_to >= 0 and all(token.text not in (".", ";") for token in between))
            supposed_to = sides[-1].end if is_supposed else -1
            yield LetterChain(tuple(sides), is_supposed, tokens, text)


def _read_left(tokens: list[Token], low: int, sign: int, reading: Reading) -> tuple[LetterSide | None, bool]:
    """The expression that ends at tokens[sign], and whether the words before it only suppose it."""
    tried = 0
    for start in range(max(low, sign - MAX_PIECES), sign):
        token = tokens[start]
        if token.kind not in _STARTS and not (token.kind == "word" and token.text in reading.letters):
            continue
        tried += 1
        if tried > MAX_STARTS:
            break
        side = read_letter_side(tokens, start, sign, reading)
        if side is None or side.end != sign:
            continue
        if start and not _may_precede(tokens[start - 1], side):
            return None, False
        return side, _is_supposed(tokens, low, start, side)
    return None, False


def _is_supposed(tokens: list[Token], low: int, start: int, side: LetterSide) -> bool:
    """Whether one of the last words before the equation says that it is only tried: "if 3x = 12", "for x = 4"."""
    supposes = _SUPPOSES if side.operators else _SUPPOSES | _TRIES
    for token in reversed(tokens[max(low, start - 4) : start]):
        if token.kind != "word":
            return False
        if token.text.lower() in supposes:
            return True
    return False


def _may_precede(before: Token, side: LetterSide) -> bool:
    if before.kind == "word":
        word = before.text.lower()
        return word in _LEADS | _SUPPOSES | _TRIES or (word in ("of", "value") and not side.operators)
    return before.kind in ("equals", "close") or (before.kind == "other" and before.text in ".,:;'\"’“")


def _is_complete(tokens: list[Token], index: int, end: int) -> bool:
    """Whether nothing that follows can still belong to the side that ends here."""
    if index >= end:
        return True
    kind, text, tight = tokens[index][:3]
    following = tokens[index + 1] if index + 1 < end else None
    if kind == "word":
        if text.lower() == "and":
            return following is None or following.text.lower() not in ("a", "one", "half")
        return not tight and text.lower() not in _CHANGES_AFTER
    if kind == "open":  # "40x (rounded)", not "40x (3)"
        return not tight and following is not None and following.kind == "word" and len(following.text) > 1
    if kind == "other":
        is_split = tight and text in ",:." and following is not None and following.tight and following.kind == "number"
        return text not in "!<>≤≥_" and not is_split
    return kind == "close"
