"""Untrusted text cut into the pieces of algebra: numbers, runs of letters, signs, and what ends an expression."""

from __future__ import annotations

import re
from typing import NamedTuple

from .tokens import GLYPHS, MAX_CHARS, SUPERSCRIPTS, ExpressionError

_SAME = {
    char: sign
    for sign, chars in {
        "-": "−–—‐‑﹣－", "+": "＋", "*": "×·⋅∙•✕✖∗", "/": "÷∕⁄", "'": "′’‘", "|": "∣", " pi ": "π𝜋", " sqrt ": "√",
        "=": "＝", " ": "\u00a0\u2009\u202f\u2062",
    }.items()
    for char in chars
}  # fmt: skip
_TABLE = str.maketrans(_SAME)
_SUPERSCRIPT = re.compile(f"[⁻{SUPERSCRIPTS}]+")
_FROM_SUPERSCRIPT = str.maketrans("⁻" + SUPERSCRIPTS, "-0123456789")
_GLYPH = re.compile(rf"(\d{{0,9}})([{''.join(GLYPHS)}])")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf|operatorname|mathit|rm)\s*\{([^{}]*)\}")
_FRAME = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}")
_SLOPE = re.compile(r"\\[dt]?frac\s*\{\s*d\s*([A-Za-z]?)\s*\}\s*\{\s*d\s*([A-Za-z])\s*\}")
_ARROW = re.compile(r"[=-]+>")
_COMPARED = re.compile(r"[<>!=:]=")
_BOLD = re.compile(r"(?<![\w)])\*\*(?=\S)([^*]+)(?<=\S)\*\*(?![\w(])")

_TOKEN = re.compile(
    r"""
    (?P<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
  | (?P<slope>(?<![A-Za-z])d[A-Za-z]?\s*/\s*d[A-Za-z](?![A-Za-z]))
  | (?P<run>[^\W\d_]+(?:_(?:[A-Za-z0-9]|\{[A-Za-z0-9]+\}))?)
  | (?P<latex>\\(?:[A-Za-z]+|.))
  | (?P<sign>\*\*|[-+*/^=()\[\]{}|,'_%!∫±])
  | (?P<break>[\n;:.?…⇒→⟹⟶⇔↔∴∵])
  | (?P<other>\S)
    """,
    re.VERBOSE,
)
_LATEX = {
    "times": ("sign", "*"), "cdot": ("sign", "*"), "ast": ("sign", "*"), "div": ("sign", "/"), "pm": ("sign", "±"),
    "frac": ("frac", "frac"), "dfrac": ("frac", "frac"), "tfrac": ("frac", "frac"), "int": ("sign", "∫"),
    "implies": ("break", ";"), "Rightarrow": ("break", ";"), "to": ("break", ";"), "therefore": ("break", ";"),
    "Longrightarrow": ("break", ";"), "iff": ("break", ";"), "quad": ("break", ";"), "qquad": ("break", ";"),
    "\\": ("break", ";"), "%": ("sign", "%"), "{": ("sign", "("), "}": ("sign", ")"), "lor": ("run", "or"),
    "vee": ("run", "or"), "prime": ("sign", "'"),
}  # fmt: skip
_LATEX |= {name: ("run", name) for name in ("sqrt", "pi", "sin", "cos", "tan", "sec", "csc", "cot", "ln", "log", "exp")}
_SILENT = frozenset(
    {"left", "right", ",", ";", "!", ":", " ", "displaystyle", "(", ")", "[", "]", "$", "big", "Big", "bigl", "bigr"}
)


class Piece(NamedTuple):
    """One piece of a text. `tight`: it follows the piece before it without white space."""

    kind: str
    text: str
    tight: bool
    start: int
    end: int


def plain_text(text: str) -> str:
    """The text with other signs for the same things put into one: "x² − ½" becomes "x^(2) - (1/2)".

    Raises:
        ExpressionError: more than `MAX_CHARS` characters.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"At most {MAX_CHARS} characters are read; received {len(text)}.")
    if "\\" in text:
        text = _SLOPE.sub(r" d\1/d\2 ", _FRAME.sub(" ; ", _TEXT.sub(r" \1 ", _unboxed(text))))
    text = _ARROW.sub(" ; ", text)
    text = _COMPARED.sub(lambda match: {"==": "="}.get(match.group(), "≶"), text)
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    if not text.isascii():
        text = _GLYPH.sub(_spell_glyph, text)
        text = _SUPERSCRIPT.sub(lambda match: f"^({match.group().translate(_FROM_SUPERSCRIPT)})", text)
        text = text.translate(_TABLE)
    return text


def _spell_glyph(match: re.Match[str]) -> str:
    above, below = GLYPHS[match.group(2)]
    return f"({match.group(1)}+{above}/{below})" if match.group(1) else f"({above}/{below})"


def _unboxed(text: str) -> str:
    """The text without the command and the braces of its boxes; what is in them stays."""
    for _ in range(8):
        start = text.find("\\boxed")
        if start < 0:
            break
        opening = text.find("{", start)
        if opening < 0 or text[start + 6 : opening].strip():
            text = text[:start] + text[start + 6 :]
            continue
        depth, end = 0, len(text)
        for index in range(opening, len(text)):
            depth += {"{": 1, "}": -1}.get(text[index], 0)
            if depth == 0:
                end = index
                break
        text = f"{text[:start]} {text[opening + 1 : end]} {text[end + 1 :]}"
    return text


def cut(text: str) -> list[Piece]:
    """Cuts a `plain_text` into pieces; LaTeX commands that only set type, and dollar signs, are left out."""
    pieces: list[Piece] = []
    before = -1
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup or "other", match.group()
        start, end = match.span()
        if kind == "latex":
            name = piece[1:]
            if name in _SILENT:
                continue
            kind, piece = _LATEX.get(name, ("other", piece))
        elif kind == "other" and piece in "$&":
            continue
        elif piece == "**":
            piece = "^"
        pieces.append(Piece(kind, piece, start == before, start, end))
        before = end
    return pieces
