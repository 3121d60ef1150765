"""Untrusted text cut into the tokens of arithmetic, and the values of written numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from .pi import MAX_PI_BITS, pi_text
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
    for operator, chars in {"+": "+＋", "-": "-−–—‐‑﹣－", "*": "*×·⋅∙•✕✖∗⨯⨉", "/": "/÷∕⁄", "^": "^"}.items()
    for char in chars
}
_LATEX = {
    "gcd": ("function", "gcd"), "sqrt": ("function", "sqrt"), "binom": ("binom", ""), "tbinom": ("binom", ""),
    "dbinom": ("binom", ""), "min": ("function", "min"), "max": ("function", "max"), "pi": ("constant", "pi"),
    "bmod": ("operator", "mod"), "mod": ("operator", "mod"), "equiv": ("equals", "≡"), "ast": ("operator", "*"),
    "times": ("operator", "*"), "cdot": ("operator", "*"), "div": ("operator", "/"), "frac": ("frac", ""),
    "dfrac": ("frac", ""), "tfrac": ("frac", ""), "%": ("percent", "%"), "$": ("currency", "$"),
    "\\": ("other", ";"), "approx": ("approx", "≈"), "{": ("open", "{"), "}": ("close", "}"),
}  # fmt: skip
_LATEX_SILENT = frozenset({"left", "right", ",", ";", "!", " ", "quad", "displaystyle", "(", ")", "[", "]"})
_WORDS = {
    **dict.fromkeys(PERCENT_WORDS, ("percent", "")), "equals": ("equals", ""), "mod": ("operator", "mod"),
    "modulo": ("operator", "mod"), "pi": ("constant", "pi"), "π": ("constant", "pi"),
}  # fmt: skip
# Functions, where a bracket follows; a space before it is allowed where the word means nothing else.
FUNCTION_WORDS = frozenset(
    {"gcd", "hcf", "gcf", "lcm", "sqrt", "cbrt", "factorial", "floor", "ceil", "ceiling", "inverse"}
)
_TIGHT_FUNCTIONS = frozenset({"min", "max", "abs", "mod", "choose", "binom"})
_SPECIAL = FUNCTION_WORDS | _TIGHT_FUNCTIONS | _WORDS.keys() | {"c", "p"}

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
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf|operatorname)\s*\{([^{}]*)\}")
_LATEX_FRAME = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|(?<!\\)&")
_DEGREES = re.compile(r"[°º]\s?(?:[CF]\b)?")
_LATEX_MODULUS = re.compile(r"\\pmod\s*\{([^{}]*)\}")


class ExpressionError(ValueError):
    """Raised when text is no arithmetic expression, or is beyond the caps; says which."""


class OpenExpression(ExpressionError):
    """Raised where a value is unknown, not wrong: a name for an operand ("2x + 3"), sqrt(2), or more than is read."""


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
    """The value as a canonical string.

    >>> from reasoning_gym_ccrl.envs.verify.pi import PI
    >>> canonical(12), canonical(Fraction(7, 2)), canonical(9 * PI)
    ('12', '7/2', '9 * pi')
    """
    if isinstance(value, Fraction) and value.denominator.bit_length() > MAX_PI_BITS:
        return pi_text(value) or str(value)
    return str(value)


def tokenize(text: str) -> list[Token]:
    """Cuts text into tokens; LaTeX commands that only set type are dropped.

    Raises:
        ExpressionError: more than `MAX_CHARS` characters.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"At most {MAX_CHARS} characters are read; received {len(text)}.")
    if "\\" in text:
        text = _LATEX_MODULUS.sub(r" (mod \1) ", _LATEX_FRAME.sub(" ", _LATEX_TEXT.sub(r" \1 ", text)))
    if "°" in text or "º" in text:
        text = _DEGREES.sub(lambda match: " " * len(match.group()), text)
    tokens: list[Token] = []
    previous_end = -1
    calls = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        piece = match.group()
        start, end = match.span()
        if kind == "operator":
            piece = _OPERATORS[piece]
        elif kind == "word":
            word = piece.lower()
            if word in _SPECIAL:
                if word in _WORDS:
                    kind, sign = _WORDS[word]
                    piece = sign or piece
                if _is_function(piece, word, text, end):
                    kind, piece, calls = "function", piece if len(piece) == 1 else word, True
        elif kind == "latex":
            if piece[1:] in _LATEX_SILENT:
                continue
            kind, piece = _LATEX.get(piece[1:], ("other", piece))
        elif piece == "√":
            kind, piece = "function", "sqrt"
        tokens.append(Token(kind, piece, start == previous_end, start, end))
        previous_end = end
    return _split_arguments(tokens) if calls else tokens


def _is_function(piece: str, word: str, text: str, end: int) -> bool:
    following = text[end : end + 1]
    if following == "(":
        return word in FUNCTION_WORDS or word in _TIGHT_FUNCTIONS or piece in ("C", "P")
    return following == " " and text[end + 1 : end + 2] == "(" and word in FUNCTION_WORDS


def _split_arguments(tokens: list[Token]) -> list[Token]:
    """The tokens with no thousands separators inside a function's bracket: gcd(48,180) is of 48 and 180."""
    result: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind == "open" and (depth or (index and tokens[index - 1].kind == "function")):
            depth += 1
        elif token.kind == "close" and depth:
            depth -= 1
        if not depth or token.kind != "number" or "," not in token.text:
            result.append(token)
            continue
        start = token.start
        for piece in re.split("(,)", token.text):
            kind = "other" if piece == "," else "number"
            result.append(Token(kind, piece, token.tight or start > token.start, start, start + len(piece)))
            start += len(piece)
    return result


def read_number(text: str) -> tuple[Number, int]:
    """The value of a written number, and its digits after the point: "1,234.50" -> (2469/2, 2)."""
    if len(text) > MAX_DIGITS:
        raise ExpressionError(f"A number has at most {MAX_DIGITS} digits; received {len(text)} characters.")
    text = text.replace(",", "").replace(" ", "").rstrip(".…")
    whole, point, digits = text.partition(".")
    if not point:
        return int(whole), 0
    return normal(Fraction(int(whole + digits), 10 ** len(digits))), len(digits)
