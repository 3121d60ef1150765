"""The parser of arithmetic: precedence climbing over tokens, on exact integers and fractions, within caps."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from .tokens import GLYPHS, SUPERSCRIPTS, ExpressionError, Number, Token, normal, read_number
from .words import CLAUSE_WORDS, DIRECT_OPERATORS, KNOWN_UNITS, MODIFIERS, SCALES, WORD_OPERATORS

MAX_DEPTH = 40
MAX_EXPONENT = 200
MAX_BITS = 2_048


class OpenExpression(ExpressionError):
    """Raised in prose where an operand is a name ("2x + 3"): the value is unknown, not wrong."""


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
            except OpenExpression:
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
            except OpenExpression:
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
                exponent = int("".join(str(SUPERSCRIPTS.index(char)) for char in token.text[:5]))
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
            raise OpenExpression(f"{self.tokens[self.index].text[:20]!r} is a name, not a number.")
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
            value: Number = Fraction(*GLYPHS[token.text])
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
            return Fraction(*GLYPHS[tokens[i].text])
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
                        raise OpenExpression(f"{text!r} is a name, not a unit.")
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
            raise OpenExpression("A single letter is a name, not a unit.")
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
                raise OpenExpression("An operand is a name.")
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
            raise OpenExpression(f"Brackets and powers nest at most {MAX_DEPTH} deep.")


def divide(numerator: Number, denominator: Number) -> Number:
    """The exact quotient, an integer where it is whole.

    Raises:
        ExpressionError: division by zero.
    """
    if denominator == 0:
        raise OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(numerator) / denominator)


def power(base: Number, exponent: Number) -> Number:
    """The exact power, for whole exponents within the caps.

    Raises:
        ExpressionError: a broken exponent, one beyond `MAX_EXPONENT`, or a value beyond `MAX_BITS`.
    """
    if not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise OpenExpression(f"An exponent is a whole number from -{MAX_EXPONENT} to {MAX_EXPONENT}.")
    bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if exponent >= 0:
        return normal(base**exponent)
    if base == 0:
        raise OpenExpression("Nothing can be divided by zero.")
    return normal(Fraction(1) / Fraction(base) ** -exponent)


def _capped(value: Number) -> Number:
    if isinstance(value, Fraction):
        value = normal(value)
        if value.denominator.bit_length() > MAX_BITS:
            raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    if value.numerator.bit_length() > MAX_BITS:
        raise OpenExpression(f"Values have at most {MAX_BITS} bits.")
    return value
