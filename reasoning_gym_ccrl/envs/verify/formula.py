"""Untrusted text read as a formula with names and functions, wider than what is calculated exactly.

What can be read in two ways is not read: `1/2x`, `e^2x`, `log x` with no base, `2 1/2`, `i`.
"""

from __future__ import annotations

import re
from fractions import Fraction

from .parser import MAX_DEPTH
from .tokens import GLYPHS, MAX_CHARS, SUPERSCRIPTS, ExpressionError, read_number
from .trees import MINUS_ONE, Tree, applied, number, over, power, product, total
from .words import KNOWN_UNITS

MAX_PIECES = 400

FUNCTIONS = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "ln", "sqrt",
    "cbrt", "abs", "floor", "ceiling", "factorial",
})  # fmt: skip
_OTHER_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "tg": "tan", "cosec": "csc", "ceil": "ceiling",
}  # fmt: skip
_CONSTANTS = {"pi": "pi", "π": "pi", "e": "e"}
_GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi", "rho",
    "sigma", "tau", "phi", "chi", "psi", "omega",
})  # fmt: skip
_AMBIGUOUS = frozenset({"i", "j", "I"})  # a name, or the root of -1
_LATEX_SIGNS = {"cdot": "*", "times": "*", "div": "/", "pi": "pi"}
_SILENT = frozenset({"left", "right", ",", ";", "!", " ", ":", "quad", "displaystyle", "mathrm", "operatorname"})

# Letters in the order of the alphabet, "ab", "rt", "xyz", are a product; other words are words.
_LETTERS = frozenset("abcdhklmnpqrstuvwxyz")
_WORDS = frozenset({"am", "an", "as", "at", "by", "hr", "ms", "my", "st"})
_NAMED_FUNCTIONS = frozenset("fghFGH")

_LETTER = rf"[^\W\d_{re.escape(''.join(GLYPHS) + SUPERSCRIPTS)}]"
_TOKEN = re.compile(
    rf"""
    \s*(?:
        (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<word>{_LETTER}+(?:_(?:[A-Za-z0-9]|\{{[A-Za-z0-9]{{1,8}}\}}))?)
      | (?P<sign>\*\*|[-+−–*×·⋅/÷∕^!|])
      | (?P<open>[(\[{{]) | (?P<close>[)\]}}])
      | (?P<superscript>[⁻]?[{SUPERSCRIPTS}]+)
      | (?P<root>√)
      | \\(?P<latex>[A-Za-z]+|.)
      | (?P<glyph>[{"".join(GLYPHS)}])
      | (?P<other>\S)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {"**": "^", "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}

_Piece = tuple[str, str, bool]  # kind, text, whether it follows the piece before it without white space


def read_formula(text: str) -> Tree:
    r"""The tree of a formula.

    Raises:
        ExpressionError: it is none, can be read in two ways, or is beyond the caps; says which.

    >>> read_formula("2x^2 - 1/3")
    ['+', ['*', ['number', '2'], ['^', ['name', 'x'], ['number', '2']]], ['number', '-1/3']]
    >>> read_formula(r"\frac{\sin x}{2}") == read_formula("1/2 * sin(x)") == read_formula("sin(x)/2")
    True
    """
    reader = _Reader(_cut(text))
    tree = reader.sum()
    if reader.index < len(reader.pieces):
        raise ExpressionError(f"A formula ends where its text ends; left over: {reader.here[1][:20]!r}.")
    return tree


def _cut(text: str) -> list[_Piece]:
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"At most {MAX_CHARS} characters are read; received {len(text)}.")
    pieces: list[_Piece] = []
    text = text.strip()
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        piece = match.group(kind)
        tight = match.start(kind) == match.start() and bool(pieces)
        if kind == "latex":
            kind, piece = _latex(piece)
        if kind == "other":
            raise ExpressionError(f"{piece[:20]!r} is no part of a formula.")
        if kind:
            pieces.append((kind, _SIGNS.get(piece, piece), tight))
    if len(pieces) > MAX_PIECES:
        raise ExpressionError(f"A formula has at most {MAX_PIECES} pieces; received {len(pieces)}.")
    _check_bars(pieces)
    return pieces


def _check_bars(pieces: list[_Piece]) -> None:
    """More than one pair of bars is read only where each bar can only open or only close."""
    places = [index for index, piece in enumerate(pieces) if piece[1] == "|"]
    for place in places if len(places) > 2 else ():
        before = pieces[place - 1] if place else ("end", "", False)
        after = pieces[place + 1] if place + 1 < len(pieces) else ("end", "", False)
        opens = before[0] in ("end", "open") or before[1] in ("+", "-", "*", "/", "^")
        closes = after[0] in ("end", "close", "superscript") or after[1] in ("+", "-", "*", "/", "^")
        if opens == closes:
            raise ExpressionError("Which bars belong together could be read in two ways.")


def _latex(name: str) -> tuple[str, str]:
    if name in _SILENT:
        return "", ""
    if name in ("frac", "dfrac", "tfrac"):
        return "frac", "frac"
    if name == "sqrt":
        return "root", "√"
    if name in ("{", "}", "(", ")", "[", "]"):
        return ("open", name) if name in _CLOSING else ("close", name)
    sign = _LATEX_SIGNS.get(name)
    if sign in ("*", "/"):
        return "sign", str(sign)
    if name in FUNCTIONS or name in _OTHER_NAMES or name in _GREEK or name in ("pi", "log"):
        return "word", name
    return "other", f"\\{name}"


class _Reader:
    """Recursive descent over pieces; every level of nesting counts against `MAX_DEPTH`."""

    def __init__(self, pieces: list[_Piece]):
        self.pieces = pieces
        self.index = 0
        self.depth = 0
        self.in_bars = 0

    @property
    def here(self) -> _Piece:
        return self.pieces[self.index] if self.index < len(self.pieces) else ("end", "", False)

    def at(self, kind: str, texts: str = "") -> bool:
        here = self.here
        return here[0] == kind and (not texts or here[1] in texts)

    def sum(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"Brackets and powers nest at most {MAX_DEPTH} deep.")
        terms = [self.product()]
        while self.at("sign", "+-"):
            negative = self.here[1] == "-"
            self.index += 1
            term = self.product()
            terms.append(product([MINUS_ONE, term]) if negative else term)
        self.depth -= 1
        return total(terms)

    def product(self) -> Tree:
        factors = [self.signed()]
        divided = False  # whether the last factor was divided by, with nothing but a slash before it
        while True:
            if self.at("sign", "*/"):
                divided = self.here[1] == "/"
                self.index += 1
                factor = self.signed()
                factors.append(power(factor, MINUS_ONE) if divided else factor)
            elif self._starts_factor():
                kind, _, tight = self.here
                if kind in ("number", "glyph") or (divided and tight):
                    raise ExpressionError("A product with no sign here could be read in two ways.")
                divided = False
                factors.append(self.power())
            else:
                return product(factors)

    def _starts_factor(self) -> bool:
        kind, text, _ = self.here
        return kind in ("number", "word", "open", "root", "frac", "glyph") or (text == "|" and not self.in_bars)

    def signed(self) -> Tree:
        negative = False
        while self.at("sign", "+-"):
            negative ^= self.here[1] == "-"
            self.index += 1
        value = self.power()
        return product([MINUS_ONE, value]) if negative else value

    def power(self) -> Tree:
        base = self.atom()
        while self.at("sign", "!"):
            self.index += 1
            if self.at("sign", "!"):
                raise ExpressionError("Double factorials are not read.")
            base = applied("factorial", base)
        if self.at("superscript"):
            text = self.here[1]
            self.index += 1
            digits = "".join(str(SUPERSCRIPTS.index(char)) for char in text.lstrip("⁻")[:6])
            return power(base, ["number", ("-" if text[0] == "⁻" else "") + str(int(digits))])
        if not self.at("sign", "^"):
            return base
        self.index += 1
        return power(base, self._exponent(base))

    def _exponent(self, base: Tree) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"Brackets and powers nest at most {MAX_DEPTH} deep.")
        exponent = self.signed()
        self.depth -= 1
        if base[0] == "constant" and self.here[0] in ("word", "number", "open") and self.here[2]:
            raise ExpressionError("Where the exponent of e ends could be read in two ways.")
        return exponent

    # -- operands --------------------------------------------------------------------------------------------------

    def atom(self) -> Tree:
        kind, text, _ = self.here
        self.index += 1
        if kind == "number":
            if self.at("word", "eE") and self.here[2] and self.pieces[self.index + 1 : self.index + 2]:
                raise ExpressionError("Whether an e after a number means a power of ten could be read in two ways.")
            return number(read_number(text)[0])
        if kind == "glyph":
            return number(Fraction(*GLYPHS[text]))
        if kind == "open":
            self.index -= 1
            return self.bracket()
        if kind == "frac":
            above, below = self.bracket(), self.bracket()
            return over(above, below)
        if kind == "root":
            return self.root()
        if kind == "word":
            return self.word(text)
        if kind == "sign" and text == "|" and not self.in_bars:
            return self.bars()
        raise ExpressionError(f"A number, a name or a bracket should stand in place of {text[:20]!r}.")

    def bracket(self) -> Tree:
        kind, text, _ = self.here
        if kind != "open":
            raise ExpressionError("A bracket should open here.")
        self.index += 1
        bars, self.in_bars = self.in_bars, 0
        inside = self.sum()
        self.in_bars = bars
        if not self.at("close", _CLOSING[text]):
            raise ExpressionError("A bracket is not closed.")
        self.index += 1
        return inside

    def bars(self) -> Tree:
        self.in_bars += 1
        inside = self.sum()
        self.in_bars -= 1
        if not self.at("sign", "|"):
            raise ExpressionError("The bars of an absolute value are not closed.")
        self.index += 1
        return applied("abs", inside)

    def root(self) -> Tree:
        order: Tree = ["number", "2"]
        if self.at("open", "["):
            order = self.bracket()
        inside = self.bracket() if self.at("open") else self.atom()
        return applied("sqrt", inside) if order == ["number", "2"] else power(inside, power(order, MINUS_ONE))

    def word(self, text: str) -> Tree:
        name = _OTHER_NAMES.get(text, text)
        if name in FUNCTIONS:
            return self.call(name)
        if name == "log":
            raise ExpressionError("The base of a logarithm that is named log is not known; ln has the base e.")
        if text in _CONSTANTS:
            return ["constant", _CONSTANTS[text]]
        stem, _, index = text.partition("_")
        if index:
            return ["call", "log", *self._log(index)] if stem == "log" else self.name(text.translate(_NO_BRACES), stem)
        if text in _GREEK or len(text) == 1:
            return self.name(text, text)
        if _is_product(text):
            return product([self.name(letter, letter) for letter in text])
        raise ExpressionError(f"{text[:20]!r} is no name in a formula.")

    def name(self, text: str, stem: str) -> Tree:
        if stem in _AMBIGUOUS or not (stem in _GREEK or len(stem) == 1):
            raise ExpressionError(f"{stem[:20]!r} could mean more than one thing.")
        if text in _NAMED_FUNCTIONS and self.at("open", "(") and self.here[2]:
            raise ExpressionError(f"{text}(…) is a function that is not known here.")
        return ["name", text]

    def _log(self, index: str) -> list[Tree]:
        base = index.translate(_NO_BRACES)
        if not base.isdecimal():
            raise ExpressionError("The base of a logarithm is a number.")
        inside = self.bracket() if self.at("open") else self.atom()
        return [inside, number(int(base))]

    def call(self, name: str) -> Tree:
        exponent: Tree | None = None
        if self.at("sign", "^"):
            self.index += 1
            exponent = self.atom()
            if exponent[0] != "number" or not exponent[1].isdecimal():
                raise ExpressionError("A power written after a function's name is a whole number above zero.")
        if self.at("open"):
            inside = self.bracket()
        elif self.at("sign", "|") and not self.in_bars:
            inside = self.atom()
        elif self.at("word") or self.at("number"):
            inside = self.power()
            if self._starts_factor() and self.here[2]:
                inside = product([inside, self.power()])  # sin 2x
        else:
            raise ExpressionError(f"{name} is not followed by what it is applied to.")
        value = applied(name, inside)
        return value if exponent is None else power(value, exponent)


def _is_product(word: str) -> bool:
    in_order = len(word) <= 4 and list(word) == sorted(set(word)) and _LETTERS.issuperset(word)
    return in_order and word not in _WORDS and word not in KNOWN_UNITS


_NO_BRACES = str.maketrans("", "", "{}")
