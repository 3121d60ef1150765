"""Exact values of untrusted arithmetic: an own tokenizer and an own parser, on integers and fractions.

Nothing is handed to `eval`, `ast` or sympy. Caps on characters, digits, nesting, exponents and the size of values
bound the time, so that hostile text costs microseconds to a few milliseconds and ends in an `ExpressionError`.

Two ways of reading share the parser: *strict* (`evaluate`: the whole text is one expression) and *prose*
(`parse_side`: the longest expression from a given token, unit words allowed, as in "3 bags * 4 apples").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .words import CLAUSE_WORDS, DIRECT_OPERATORS, KNOWN_UNITS, MODIFIERS, PERCENT_WORDS, SCALES, WORD_OPERATORS

Number = int | Fraction

MAX_CHARS = 2_000
MAX_DIGITS = 60
MAX_DEPTH = 40
MAX_EXPONENT = 200
MAX_BITS = 2_048

_GLYPHS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
    "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
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

_NOT_IN_WORDS = re.escape("".join(_GLYPHS) + _SUPERSCRIPTS)
_LETTER = rf"[^\W\d_{_NOT_IN_WORDS}]"
_TOKEN = re.compile(
    rf"""
    (?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d|,\d)(?:\.\d+)?|(?<=[$€£])\d{{1,3}}(?:[ ]\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+(?:\.{{3}}|…)?)?|(?<!\d)\.\d+)
  | (?P<word>{_LETTER}+(?:['’-]{_LETTER}+)*)
  | (?P<equals>==?(?!>)|≡)
  | (?P<approx>[≈≅≃])
  | (?P<operator>\*\*|[{re.escape("".join(char for char in _OPERATORS if len(char) == 1))}])
  | (?P<open>[(\[{{]) | (?P<close>[)\]}}])
  | (?P<percent>%) | (?P<currency>[$€£¥])
  | (?P<glyph>[{"".join(_GLYPHS)}]) | (?P<superscript>[{_SUPERSCRIPTS}]+)
  | (?P<latex>\\(?:[A-Za-z]+|.))
  | (?P<other>[^\s])
    """,
    re.VERBOSE,
)
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}")


class ExpressionError(ValueError):
    """Raised when text is no arithmetic expression, or is beyond the caps; says which."""


class _OpenExpression(ExpressionError):
    """Raised in prose where an operand is a name ("2x + 3"): the value is unknown, not wrong."""


class Token(NamedTuple):
    """One piece of text. `tight`: it follows the piece before it without white space."""

    kind: str
    text: str
    tight: bool
    start: int
    end: int


class Mode(Enum):
    """How percent signs, words of size and units are read; PLAIN first, the others as second chances."""

    PLAIN = 0  # 20% is 1/5; 3 dozen is 36; units have no size
    AS_UNITS = 1  # 20% is 20 (per cent); 3 dozen is 3 (dozens)
    RELATIVE = 2  # 50 + 20% is 60
    BASE_UNITS = 3  # 3 hours is 10,800 (seconds)
    CLOSE_FRACTIONS = 4  # 2 / 1/5 is 10: what is written close together binds first


@dataclass(slots=True)
class Side:
    """One side of an equation, as read from tokens[start:end].

    Attributes:
        value: its exact value.
        operands: the numbers written in it, percent and words of size applied, signs not.
        operators: how many operations it holds; 0 is a number by itself.
        decimals: digits after the point where it is a number by itself, for rounding.
        step: the value of one unit of its last digit where it is a number by itself, else 0.
        sure: False where the words around it leave the reading open, so that it may confirm but never refute.
        percent: whether it holds a percent sign.
        units: the known unit words in it.
        parts: values of bracketed parts, which later steps may use.
    """

    value: Number
    operands: list[Number] = field(default_factory=list)
    operators: int = 0
    step: Number = 0
    sure: bool = True
    percent: bool = False
    units: list[str] = field(default_factory=list)
    parts: list[Number] = field(default_factory=list)
    start: int = 0
    end: int = 0


def normal(value: Number) -> Number:
    """An integer where the value is whole, so that the common case stays on fast integers."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


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


@lru_cache(maxsize=4_096)
def evaluate(text: str) -> Number:
    """The exact value of one whole arithmetic expression.

    Raises:
        ExpressionError: for anything else, a division by zero, or text beyond the caps.

    >>> evaluate("2 × (3 + ½)"), evaluate("1,200 / 7"), evaluate("20% * 50")
    (7, Fraction(1200, 7), 10)
    """
    tokens = tokenize(text)
    side = Parser(tokens, 0, prose=False).read()
    if side.end != len(tokens):
        raise ExpressionError(f"An expression ends where its text ends; left over: {tokens[side.end].text[:20]!r}.")
    return side.value


def parse_number(text: str) -> Number | None:
    """The value of text that is an expression, or None where it is none.

    >>> parse_number("3/4"), parse_number("three")
    (Fraction(3, 4), None)
    """
    if len(text) <= 18 and text.isascii() and text.isdigit():  # nearly all of ours
        return int(text)
    try:
        return evaluate(text)
    except ExpressionError:
        return None


def parse_side(tokens: list[Token], start: int, mode: Mode = Mode.PLAIN) -> Side | None:
    """The longest expression that starts at a token of prose, or None where none does, or where one operand is a name.

    Raises nothing: what is beyond the caps, or divides by zero, is None too.
    """
    try:
        return Parser(tokens, start, prose=True, mode=mode).read()
    except ExpressionError:
        return None


def can_start(tokens: list[Token], index: int) -> bool:
    """Whether an operand may start here: a number, a bracket, a currency sign, or signs before one of them."""
    while index < len(tokens):
        kind, text = tokens[index][:2]
        if kind in ("number", "open", "glyph", "frac"):
            return True
        if kind != "currency" and not (kind == "operator" and text in "+-"):
            return False
        index += 1
    return False


class Parser:
    """Precedence climbing over tokens: sums of products of signed powers. One instance reads one side."""

    __slots__ = ("depth", "end_of_text", "index", "mode", "prose", "side", "start", "tokens")

    def __init__(self, tokens: list[Token], start: int, *, prose: bool, mode: Mode = Mode.PLAIN):
        self.tokens = tokens
        self.start = self.index = start
        self.prose = prose
        self.mode = mode
        self.depth = 0
        self.end_of_text = len(tokens)
        self.side = Side(0)

    def read(self) -> Side:
        side = self.side
        side.value = self._sum()
        side.start, side.end = self.start, self.index
        if side.operators:
            side.step = 0
        return side

    # -- operators, loosest first --------------------------------------------------------------------------------

    def _sum(self) -> Number:
        total = self._product()
        while (operator := self._operator("+-")) is not None:
            mark = self._mark()
            self.side.operators += 1
            self.index += 1
            try:
                term = self._product()
            except _OpenExpression:
                raise
            except ExpressionError:
                if not self.prose or not self._rewind(mark):
                    raise
                break
            if self.mode is Mode.RELATIVE and self._ends_in_percent():
                term *= total
            total = _capped(total + term if operator == "+" else total - term)
        return total

    def _product(self) -> Number:
        product = self._signed()
        while (operator := self._operator("*/")) is not None:
            mark = self._mark()
            self.side.operators += 1
            self._skip_operator()
            try:
                factor = self._signed()
                if self.mode is Mode.CLOSE_FRACTIONS and operator == "/":
                    factor = self._close_quotient(factor, mark[0])
            except _OpenExpression:
                raise
            except ExpressionError:
                if not self.prose or not self._rewind(mark):
                    raise
                break
            product = _capped(product * factor if operator == "*" else divide(product, factor))
        return product

    def _close_quotient(self, value: Number, slash: int) -> Number:
        """In "2 / 1/5" or "2/ 1/5", the whole 1/5: a slash with a space after it binds less than one with none."""
        while (
            not self.tokens[slash + 1].tight
            and self.index + 1 < self.end_of_text
            and self.tokens[self.index].text == "/"
            and self.tokens[self.index].tight
            and self.tokens[self.index + 1].tight
        ):
            self.index += 1
            value = divide(value, self._signed())
        return value

    def _signed(self) -> Number:
        negative = False
        while self.index < self.end_of_text:
            kind, text = self.tokens[self.index][:2]
            if kind == "operator" and text in "+-":
                negative ^= text == "-"
            elif kind != "currency":
                break
            elif text == "$":
                self.side.units.append("$")
            self.index += 1
        value = self._power()
        return -value if negative else value

    def _power(self) -> Number:
        base = self._atom()
        if self.index < self.end_of_text:
            token = self.tokens[self.index]
            if token.kind == "superscript" and token.tight:
                self.index += 1
                self.side.operators += 1
                exponent = int("".join(str(_SUPERSCRIPTS.index(char)) for char in token.text[:5]))
                return power(base, exponent)
            if token.kind == "operator" and token.text == "^":
                self.index += 1
                self.side.operators += 1
                self._deeper()
                value = power(base, self._signed())
                self.depth -= 1
                return value
        return base

    # -- operands ------------------------------------------------------------------------------------------------

    def _atom(self) -> Number:
        if self.index >= self.end_of_text:
            raise ExpressionError("The expression stops where a number should follow.")
        kind = self.tokens[self.index].kind
        if kind == "number" or kind == "glyph":
            return self._literal()
        if kind == "open":
            return self._bracket()
        if kind == "frac":
            self.index += 1
            self.side.operators += 1
            return divide(self._bracket(), self._bracket())
        if kind == "word":
            raise _OpenExpression(f"{self.tokens[self.index].text[:20]!r} is a name, not a number.")
        raise ExpressionError(f"A number or a bracket should stand in place of {self.tokens[self.index].text[:20]!r}.")

    def _bracket(self) -> Number:
        if self.index >= self.end_of_text or self.tokens[self.index].kind != "open":
            raise ExpressionError("A bracket should open here.")
        self._deeper()
        self.index += 1
        value = self._sum()
        if self.index >= self.end_of_text or self.tokens[self.index].kind != "close":
            raise ExpressionError("A bracket is not closed.")
        self.index += 1
        self.depth -= 1
        self.side.parts.append(value)
        if self.index < self.end_of_text and self.tokens[self.index].kind == "percent":
            return self._scaled(value, 0)
        if self.prose:
            self._absorb_units()
        return value

    def _literal(self) -> Number:
        token = self.tokens[self.index]
        self.index += 1
        if token.kind == "glyph":
            value: Number = Fraction(*_GLYPHS[token.text])
            return self._scaled(value, 0)
        value, decimals = read_number(token.text)
        if len(token.text) > 1 and token.text[0] == "0" and token.text.isdecimal():
            self.side.sure = False  # 0900 is a time of day
        if decimals == 0:
            value += self._mixed_part()
        return self._scaled(value, decimals)

    def _mixed_part(self) -> Number:
        """The fraction of a mixed number, "2 1/2" or "2½", or 0."""
        tokens, i = self.tokens, self.index
        if i < self.end_of_text and tokens[i].kind == "glyph":
            self.index += 1
            return Fraction(*_GLYPHS[tokens[i].text])
        if (
            i + 2 < self.end_of_text
            and tokens[i].kind == tokens[i + 2].kind == "number"
            and not tokens[i].tight
            and tokens[i + 1].text == "/"
            and tokens[i + 1].tight
            and tokens[i + 2].tight
            and tokens[i].text.isdecimal()
            and tokens[i + 2].text.isdecimal()
        ):
            numerator, denominator = read_number(tokens[i].text)[0], read_number(tokens[i + 2].text)[0]
            if 0 < numerator < denominator:
                self.index += 3
                self.side.sure = self.side.sure and self.start == 0
                return Fraction(int(numerator), int(denominator))
        return 0

    def _scaled(self, value: Number, decimals: int) -> Number:
        """Applies a percent sign, words of size, and (in prose) the unit that follow a number."""
        side, tokens = self.side, self.tokens
        unit: Number = 1
        while self.index < self.end_of_text:
            kind, text = tokens[self.index][:2]
            if kind == "percent":
                side.percent = True
                unit = unit * Fraction(1, 100) if self.mode is not Mode.AS_UNITS else unit
            elif kind == "word" and text.lower() in SCALES:
                unit = unit * SCALES[text.lower()] if self.mode is not Mode.AS_UNITS else unit
            else:
                break
            self.index += 1
        step = Fraction(1, 10**decimals) if decimals else 1
        if unit != 1:
            value, step = normal(value * unit), step * unit
        side.operands.append(value)
        side.step = step
        if self.prose:
            size = self._absorb_units()
            if self.mode is Mode.BASE_UNITS:
                value *= size
        return value

    def _absorb_units(self) -> Number:
        """Skips the unit words after an operand, "4 apples each *"; returns the size of the first known unit."""
        tokens, i = self.tokens, self.index
        size: Number = 1
        money = i >= 2 and tokens[i - 2].text == "$"
        if money:
            size = KNOWN_UNITS["$"][1]
        found: list[str] = []
        sure, is_name, rate_end = True, False, i
        while i < self.end_of_text:
            kind, text, tight = tokens[i][:3]
            if kind == "operator" and text == "/" and i + 1 < self.end_of_text and tokens[i + 1].kind == "word":
                i += 1
                sure = sure and tokens[i].text.lower() in KNOWN_UNITS
                found.append("per")
                rate_end = i + 1
            elif kind != "word" or self._is_word_operator(i):
                break
            else:
                word = text.lower()
                if word in CLAUSE_WORDS:
                    break
                if len(word) == 1 and (word not in "mghls" if tight else text not in "amghls"):
                    if tight:
                        raise _OpenExpression(f"{text!r} is a name, not a unit.")
                    is_name = True
                if word in KNOWN_UNITS:
                    found.append(word)
                    if size == 1 and not money:
                        size = KNOWN_UNITS[word][1]
                sure = sure and word not in MODIFIERS and (len(word) > 1 or word == "a")
            i += 1
            if i - self.index > 8:
                break
        joins = i < self.end_of_text and tokens[i].kind in ("operator", "equals", "approx", "close", "word")
        self.side.units += found
        if is_name and joins:
            raise _OpenExpression("A single letter is a name, not a unit.")
        if joins or rate_end > self.index:
            self.index = i if joins else rate_end
            self.side.sure = self.side.sure and sure
        return size

    # -- looking ahead -------------------------------------------------------------------------------------------

    def _operator(self, wanted: str) -> str | None:
        """The operator here if it is one of the wanted ones and an operand can follow."""
        if self.index >= self.end_of_text:
            return None
        token = self.tokens[self.index]
        if token.kind == "operator":
            if token.text not in wanted:
                return None
            return token.text if not self.prose or self._operand_follows(self.index + 1) else None
        if "*" in wanted and token.kind == "open" and token.tight and self.index > self.start:
            return "*"  # 2(3 + 4)
        if token.kind == "word" and (meaning := self._is_word_operator(self.index)) and meaning in wanted:
            return meaning
        return None

    def _operand_follows(self, index: int) -> bool:
        if can_start(self.tokens, index):
            return True
        # "5 + tax" holds a name, and its value is unknown; "5 - so" is a dash, and stops the expression.
        if index < self.end_of_text and self.tokens[index].kind == "word":
            dash = self.tokens[index - 1].text == "-" and not self.tokens[index].tight
            if not dash:
                raise _OpenExpression("An operand is a name.")
            self.side.sure = False
        return False

    def _is_word_operator(self, index: int) -> str | None:
        """The sign that a word between two operands stands for: "x", "times", "plus", "of", "divided by"."""
        tokens = self.tokens
        word = tokens[index].text.lower()
        meaning = WORD_OPERATORS.get(word)
        if meaning is None or index + 1 >= self.end_of_text:
            return None
        if word in DIRECT_OPERATORS and tokens[index - 1].kind == "word":
            return None
        follower = index + 1
        if tokens[follower].text.lower() == "by":
            follower += 1
        if follower < self.end_of_text and tokens[follower].kind in ("number", "open", "currency", "glyph", "frac"):
            return meaning
        return None

    def _skip_operator(self) -> None:
        token = self.tokens[self.index]
        if token.kind == "open":
            return
        if token.kind == "word" and token.text.lower() == "of" and not isinstance(self.side.operands[-1], Fraction):
            self.side.sure = self.side.sure and self.side.percent
        self.index += 1
        if token.kind == "word" and self.tokens[self.index].text.lower() == "by":
            self.index += 1

    def _ends_in_percent(self) -> bool:
        return self.tokens[self.index - 1].kind == "percent"

    def _mark(self) -> tuple[int, int, int]:
        return self.index, len(self.side.operands), self.side.operators

    def _rewind(self, mark: tuple[int, int, int]) -> bool:
        """Back to before an operator whose operand could not be read; the rest may still confirm, never refute."""
        self.index, operands, self.side.operators = mark
        del self.side.operands[operands:]
        self.side.sure = False
        return True

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _OpenExpression(f"Brackets and powers nest at most {MAX_DEPTH} deep.")


def divide(numerator: Number, denominator: Number) -> Number:
    """The exact quotient, an integer where it is whole.

    Raises:
        ExpressionError: division by zero.
    """
    if denominator == 0:
        raise _OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(numerator) / denominator)


def power(base: Number, exponent: Number) -> Number:
    """The exact power, for whole exponents within the caps.

    Raises:
        ExpressionError: a broken exponent, one beyond `MAX_EXPONENT`, or a value beyond `MAX_BITS`.
    """
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise _OpenExpression(f"An exponent is a whole number from -{MAX_EXPONENT} to {MAX_EXPONENT}.")
    bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise _OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if exponent >= 0:
        return normal(base**exponent)
    if base == 0:
        raise _OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(1) / Fraction(base) ** -exponent)


def _capped(value: Number) -> Number:
    if isinstance(value, Fraction):
        value = normal(value)
        if value.denominator.bit_length() > MAX_BITS:
            raise _OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if value.numerator.bit_length() > MAX_BITS:
        raise _OpenExpression(f"Values have at most {MAX_BITS} bits.")
    return value
