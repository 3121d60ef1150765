"""Equations in words: "12 divided by 3 is 4", "15% of 200 gives 30"."""

from __future__ import annotations

from .tokens import Token
from .words import WORD_OPERATORS

VERBS = ("is ", "gives ", "makes ", "equal ")
_VERBS = frozenset(verb.strip() for verb in VERBS)
_NUMBERS = frozenset({"number", "glyph"})


def mark_verbs(tokens: list[Token]) -> None:
    """Makes signs of equality of the verbs that stand for one."""
    for index, token in enumerate(tokens):
        if token.text in _VERBS and _is_equality(tokens, index):
            tokens[index] = token._replace(kind="equals")


def _is_equality(tokens: list[Token], index: int) -> bool:
    """Whether the verb stands between a calculation and its result, and nothing after the result changes it.

    "12 / 3 is 4." and "3 times 4 is 12 apples" say so; "2 + 3 is 10 less than 15" does not.
    """
    if index < 3 or index + 1 >= len(tokens) or tokens[index - 1].kind not in _NUMBERS:
        return False
    before = tokens[index - 2]
    if before.kind == "currency":
        before = tokens[index - 3]
    word = before.text.lower()
    if word == "of" and tokens[index - 3].kind not in ("number", "percent", "glyph"):
        return False  # "half of 318 is 159"
    if before.kind != "operator" and word not in WORD_OPERATORS and word != "by":
        return False
    after = index + 1
    if tokens[after].text == "to":  # "is equal to" has an "is" before it, which is none of these
        after += 1
    if after < len(tokens) and tokens[after].kind == "currency":
        after += 1
    if after >= len(tokens) or tokens[after].kind not in _NUMBERS:
        return False
    following = tokens[after + 1 : after + 3]
    if not following or following[0].kind in ("other", "percent"):
        return True
    return following[0].kind == "word" and len(following) > 1 and following[1].kind == "other"
