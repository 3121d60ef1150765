"""Words beside numbers: the units after one, "4 apples each", and the words that calculate, "times", "of"."""

from __future__ import annotations

from typing import NamedTuple

from .tokens import Number, OpenExpression, Token
from .words import CLAUSE_WORDS, DIRECT_OPERATORS, KNOWN_UNITS, MODIFIERS, WORD_OPERATORS

_MAX_WORDS = 8


class Units(NamedTuple):
    """The unit words after an operand.

    `end`: where they end, which is where they began if they belong to what follows. `size`: of the first known unit.
    `found`: the known ones, "per" for a rate. `sure`: whether no word among them changes the number.
    """

    end: int
    size: Number
    found: list[str]
    sure: bool


def read_units(tokens: list[Token], start: int, end: int) -> Units:
    """The unit words that stand between tokens[start - 1] and an operator, a sign or a bracket.

    Raises:
        OpenExpression: one of them is a name, "2x + 3".
    """
    i = start
    size: Number = 1
    money = i >= 2 and tokens[i - 2].text == "$"
    if money:
        size = KNOWN_UNITS["$"][1]
    found: list[str] = []
    sure, is_name, rate_end = True, False, i
    while i < end:
        kind, text, tight = tokens[i][:3]
        if kind == "operator" and text == "/" and i + 1 < end and tokens[i + 1].kind == "word":
            i += 1
            sure = sure and tokens[i].text.lower() in KNOWN_UNITS
            found.append("per")
            rate_end = i + 1
        elif i > start and (skipped := _unit_power(tokens, i, end)):
            i += skipped - 1
        elif (
            kind != "word" or word_operator(tokens, i, end) or is_choice(tokens, i, end) or _is_square(tokens, i, start)
        ):
            break
        else:
            word = text.lower()
            if word in CLAUSE_WORDS:
                break
            if len(word) == 1 and (word not in "mghls" if tight else text not in "amghls"):
                if tight:
                    raise OpenExpression(f"{text!r} is a name, not a unit.")
                is_name = True
            if word in KNOWN_UNITS:
                found.append(word)
                if size == 1 and not money:
                    size = KNOWN_UNITS[word][1]
            sure = sure and word not in MODIFIERS and (len(word) > 1 or word == "a")
        i += 1
        if i - start > _MAX_WORDS:
            break
    joins = i < end and tokens[i].kind in ("operator", "equals", "approx", "close", "word")
    if is_name and joins:
        raise OpenExpression("A single letter is a name, not a unit.")
    return Units(i if joins else rate_end, size, found, sure)


def _unit_power(tokens: list[Token], index: int, end: int) -> int:
    """How many tokens the power of a unit takes: one in "m²", two in "cm^2", none elsewhere."""
    token = tokens[index]
    if not token.tight or tokens[index - 1].text.lower() not in KNOWN_UNITS:
        return 0
    if token.kind == "superscript":
        return 1
    return 2 if token.text == "^" and index + 1 < end and tokens[index + 1].text in ("2", "3") else 0


def _is_square(tokens: list[Token], index: int, start: int) -> bool:
    """Whether "squared" or "cubed" stands directly after a number, and no unit after it."""
    return index == start and is_power_word(tokens, index)


def is_power_word(tokens: list[Token], index: int) -> bool:
    """Whether a number is squared or cubed in words: "5 squared", not "5 squared feet" or "5 feet squared"."""
    if tokens[index].text not in POWER_WORDS or index == 0 or tokens[index - 1].kind not in ("number", "close"):
        return False
    return index + 1 == len(tokens) or tokens[index + 1].kind != "word"


POWER_WORDS = {"squared": 2, "cubed": 3}


def word_operator(tokens: list[Token], index: int, end: int) -> str | None:
    """The sign that a word between two operands stands for: "x", "times", "plus", "of", "divided by"."""
    word = tokens[index].text.lower()
    meaning = WORD_OPERATORS.get(word)
    if meaning is None or index + 1 >= end:
        return None
    if word in DIRECT_OPERATORS and tokens[index - 1].kind == "word":
        return None
    follower = index + 1
    if tokens[follower].text.lower() == "by":
        follower += 1
    if follower < end and tokens[follower].kind in _OPERANDS:
        return meaning
    return None


def is_choice(tokens: list[Token], index: int, end: int) -> bool:
    """Whether the word stands for a number of selections: "5 choose 2", "5C2"."""
    text, tight = tokens[index].text, tokens[index].tight
    if index + 1 >= end or tokens[index + 1].kind not in ("number", "open"):
        return False
    return text == "choose" or (text == "C" and tight and tokens[index + 1].tight)


_OPERANDS = frozenset({"number", "open", "currency", "glyph", "frac", "function", "constant"})
