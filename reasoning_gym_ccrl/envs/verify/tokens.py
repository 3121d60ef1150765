"""Untrusted text cut into the tokens of arithmetic, and the values of written numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from .words import PERCENT_WORDS

Number = int | Fraction

MAX_CHARS = 2_000
MAX_DIGITS = 60

GLYPHS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
    "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_OPERATORS = {"**": "^"} | {
    char: operator
    for operator, chars in {"+": "+＋", "-": "-−–—‐‑﹣－", "*": "*×·⋅∙•✕✖∗", "/": "/÷∕⁄", "^": "^"}.items()
    for char in chars
}
_LATEX = {
    "times": ("operator", "*"), "cdot": ("operator", "*"), "div": ("operator", "/"), "frac": ("frac", ""),
    "dfrac": ("frac", ""), "tfrac": ("frac", ""), "%": ("percent", "%"), "$": ("currency", "$"),
    "approx": ("approx", "≈"), "{": ("open", "{"), "}": ("close", "}"),
}  # fmt: skip
_LATEX_SILENT = frozenset({"left", "right", ",", ";", "!", " ", "quad", "displaystyle", "(", ")", "[", "]", "\\"})

_NOT_IN_WORDS = re.escape("".join(GLYPHS) + SUPERSCRIPTS)
_LETTER = rf"[^\W\d_{_NOT_IN_WORDS}]"
_GROUPED = r"\d{1,3}(?:,\d{3})+(?!\d|,\d)(?:\.\d+)?"  # 1,234.50
_SPACED = r"(?<=[$€£])\d{1,3}(?:[ ]\d{3})+(?!\d)(?:\.\d+)?"  # $118 000
_PLAIN = r"\d+(?:\.\d+(?:\.{3}|…)?)?|(?<!\d)\.\d+"  # 12, 3.50, 0.333..., .5
_TOKEN = re.compile(
    rf"""
    (?P<number>{_GROUPED}|{_SPACED}|{_PLAIN})
  | (?P<word>{_LETTER}+(?:['’-]{_LETTER}+)*)
  | (?P<equals>==?(?!>)|≡)
  | (?P<approx>[≈≅≃])
  | (?P<operator>\*\*|[{re.escape("".join(char for char in _OPERATORS if len(char) == 1))}])
  | (?P<open>[(\[{{]) | (?P<close>[)\]}}])
  | (?P<percent>%) | (?P<currency>[$€£¥])
  | (?P<glyph>[{"".join(GLYPHS)}]) | (?P<superscript>[{SUPERSCRIPTS}]+)
  | (?P<latex>\\(?:[A-Za-z]+|.))
  | (?P<other>[^\s])
    """,
    re.VERBOSE,
)
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}")


class ExpressionError(ValueError):
    """Raised when text is no arithmetic expression, or is beyond the caps; says which."""


class Token(NamedTuple):
    """One piece of text. `tight`: it follows the piece before it without white space."""

    kind: str
    text: str
    tight: bool
    start: int
    end: int


def normal(value: Number) -> Number:
    """An integer where the value is whole, so that the common case stays on fast integers."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def magnitude(value: Number) -> Number:
    """The value without its sign."""
    return -value if value < 0 else value


def canonical(value: Number) -> str:
    """The value as a canonical string: "12", "-3" or "7/2"."""
    return str(value)


def tokenize(text: str) -> list[Token]:
    """Cuts text into tokens; LaTeX commands that only set type are dropped.

    Raises:
        ExpressionError: more than `MAX_CHARS` characters.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"At most {MAX_CHARS} characters are read; received {len(text)}.")
    if "\\" in text:
        text = _LATEX_TEXT.sub(r" \1 ", text)
    tokens: list[Token] = []
    previous_end = -1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        piece = match.group()
        start, end = match.span()
        if kind == "operator":
            piece = _OPERATORS[piece]
        elif kind == "word" and piece.lower() in PERCENT_WORDS:
            kind = "percent"
        elif kind == "word" and piece.lower() == "equals":
            kind = "equals"
        elif kind == "latex":
            if piece[1:] in _LATEX_SILENT:
                continue
            kind, piece = _LATEX.get(piece[1:], ("other", piece))
        tokens.append(Token(kind, piece, start == previous_end, start, end))
        previous_end = end
    return tokens


def read_number(text: str) -> tuple[Number, int]:
    """The value of a written number, and its digits after the point: "1,234.50" -> (2469/2, 2)."""
    if len(text) > MAX_DIGITS:
        raise ExpressionError(f"A number has at most {MAX_DIGITS} digits; received {len(text)} characters.")
    text = text.replace(",", "").replace(" ", "").rstrip(".…")
    whole, point, digits = text.partition(".")
    if not point:
        return int(whole), 0
    return normal(Fraction(int(whole + digits), 10 ** len(digits))), len(digits)
