"""The parser of numbers and letters in prose, "3x dollars + $5": exact quotients of polynomials, within caps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .parser import MAX_DEPTH
from .quotients import Quotient
from .ring import Polynomial
from .tokens import GLYPHS, SUPERSCRIPTS, ExpressionError, Token, read_number
from .units import read_units
from .words import SCALES

MAX_PIECES = 80  # tokens of one side
MAX_OPERANDS = 1_500  # that are read in one step, those of vain attempts included
MAX_EXPONENT = 6
MAX_TERMS = 16
MAX_DEGREE = 8
MAX_BITS = 256


class _Unreadable(ExpressionError):
    """This is no expression of numbers and letters, or is beyond the caps."""


@dataclass(frozen=True, slots=True)
class LetterSide:
    """One side of an equation.

    Attributes:
        value: what it is, exactly.
        operators: how many operations stand in it.
        is_rough: whether a number with a point or a percent sign stands in it, which may have been rounded.
        start, end: its tokens.
    """

    value: Quotient
    operators: int = 0
    is_rough: bool = False
    start: int = 0
    end: int = 0

    @property
    def letters(self) -> frozenset[str]:
        return self.value.names


@dataclass(slots=True)
class Reading:
    """How one step is read, and how many operands may still be read in it."""

    letters: frozenset[str]
    close: bool
    percent_units: bool
    left_over: int = MAX_OPERANDS


def read_letter_side(tokens: list[Token], start: int, end: int, reading: Reading) -> LetterSide | None:
    """The longest expression of numbers and letters that starts at a token and ends before another, or None.

    Raises nothing: what is beyond the caps, or divides by zero, is None too.
    """
    reader = _Reader(tokens, start, min(end, start + MAX_PIECES), reading)
    try:
        value = reader.sum()
    except ExpressionError:
        return None
    return LetterSide(value, reader.operators, reader.is_rough, start, reader.index)


class _Reader:
    """Precedence climbing over tokens[start:end]: sums, products, powers, brackets, numbers and letters."""

    __slots__ = ("depth", "end", "index", "is_rough", "operators", "reading", "tokens")

    def __init__(self, tokens: list[Token], start: int, end: int, reading: Reading):
        self.tokens, self.index, self.end, self.reading = tokens, start, end, reading
        self.depth = self.operators = 0
        self.is_rough = False

    # -- operators, loosest first --------------------------------------------------------------------------------

    def sum(self) -> Quotient:
        total = self._product()
        while (sign := self._operator("+-")) is not None and self._operand_at(self.index + 1):
            self.index += 1
            self.operators += 1
            term = self._product()
            total = _capped(total + term if sign == "+" else total - term)
        return total

    def _product(self) -> Quotient:
        product = self._signed()
        while (sign := self._product_sign()) is not None:
            self.operators += 1
            factor = self._signed()
            while self.reading.close and self._is_joined():
                factor = _capped(factor * self._signed())
            product = _capped(product * factor if sign == "*" else product / factor)
        return product

    def _product_sign(self) -> str | None:
        """The sign before the next factor, which is skipped; None where no factor follows."""
        if (sign := self._operator("*/")) is not None:
            if not self._operand_at(self.index + 1):
                return None
            self.index += 1
            return sign
        if self._is_joined():
            return "*"
        if self.index < self.end and self.tokens[self.index].text in ("x", "X", "times", "of"):
            if not self._operand_at(self.index + 1):
                return None
            self.index += 1
            return "*"
        return None

    def _is_joined(self) -> bool:
        """Whether a factor follows with no sign before it: 3x, (x + 1)(x - 1), 2(x + 3), (1/4)x, 3 x."""
        if self.index >= self.end or self.index == 0:
            return False
        token, before = self.tokens[self.index], self.tokens[self.index - 1]
        is_letter = before.kind == "word" and before.text in self.reading.letters
        if before.kind not in ("number", "close", "glyph", "percent", "superscript") and not is_letter:
            return False
        if token.kind == "open":
            return token.tight or before.kind == "close"
        if token.kind != "word" or token.text not in self.reading.letters:
            return False
        # "3 x 5" is a product of numbers, "3 x + 5" holds the letter.
        return token.tight or token.text not in ("x", "X") or not self._operand_at(self.index + 1)

    def _operator(self, wanted: str) -> str | None:
        if self.index >= self.end:
            return None
        kind, text = self.tokens[self.index][:2]
        return text if kind == "operator" and text in wanted else None

    def _operand_at(self, index: int) -> bool:
        while index < self.end:
            kind, text = self.tokens[index][:2]
            if kind != "currency" and not (kind == "operator" and text in "+-"):
                return kind in ("number", "open", "glyph") or (kind == "word" and text in self.reading.letters)
            index += 1
        return False

    def _signed(self) -> Quotient:
        negative = False
        while self.index < self.end:
            kind, text = self.tokens[self.index][:2]
            if kind == "operator" and text in "+-":
                negative ^= text == "-"
            elif kind != "currency":
                break
            self.index += 1
        value = self._power()
        return -value if negative else value

    def _power(self) -> Quotient:
        base = self._atom()
        if self.index >= self.end:
            return base
        kind, text, tight = self.tokens[self.index][:3]
        if kind == "superscript" and tight and len(text) == 1:
            exponent = SUPERSCRIPTS.index(text)
            self.index += 1
        elif kind == "operator" and text == "^":
            following = self.tokens[self.index + 1].text if self.index + 1 < self.end else ""
            exponent = int(following) if following in ("0", "1", "2", "3", "4", "5", "6") else MAX_EXPONENT + 1
            self.index += 2
        else:
            return base
        if exponent > MAX_EXPONENT:
            raise _Unreadable(f"An exponent is a whole number, {MAX_EXPONENT} at most.")
        self.operators += 1
        return _capped(base**exponent)

    # -- operands ------------------------------------------------------------------------------------------------

    def _atom(self) -> Quotient:
        if self.index >= self.end or self.reading.left_over <= 0:
            raise _Unreadable("The expression stops where an operand should follow, or more are read than may be.")
        self.reading.left_over -= 1
        kind, text = self.tokens[self.index][:2]
        self.index += 1
        if kind == "open":
            return self._bracket()
        if kind == "number":
            return self._number(text)
        if kind == "glyph":
            return self._with_unit(Quotient.constant(Fraction(*GLYPHS[text])))
        if kind == "word" and text in self.reading.letters:
            following = self.tokens[self.index] if self.index < self.end else None
            if following is not None and following.kind == "number" and following.tight:
                raise _Unreadable("x0 is a name.")
            return self._with_unit(Quotient.variable(text))
        raise _Unreadable("A number, a letter or a bracket should stand here.")

    def _bracket(self) -> Quotient:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Unreadable(f"Brackets nest at most {MAX_DEPTH} deep.")
        value = self.sum()
        if self.index >= self.end or self.tokens[self.index].kind != "close":
            raise _Unreadable("A bracket is not closed.")
        self.index += 1
        self.depth -= 1
        return self._with_unit(self._percent(value))

    def _number(self, text: str) -> Quotient:
        value, decimals = read_number(text)
        self.is_rough = self.is_rough or decimals > 0
        if self.index < self.end:
            following = self.tokens[self.index]
            if following.kind in ("number", "glyph"):
                raise _Unreadable("Two numbers side by side are read in more than one way.")
            if following.kind == "word" and following.text.lower() in SCALES:
                raise _Unreadable("Words of size are not read beside letters.")
        return self._with_unit(self._percent(_capped(Quotient.constant(value))))

    def _percent(self, value: Quotient) -> Quotient:
        if self.index < self.end and self.tokens[self.index].kind == "percent":
            self.index += 1
            self.is_rough = True
            return value if self.reading.percent_units else value * Quotient.constant(Fraction(1, 100))
        return value

    def _with_unit(self, value: Quotient) -> Quotient:
        """Skips the unit words after an operand where calculation goes on behind them: "3x dollars + 5 dollars"."""
        if self.index >= self.end or self.tokens[self.index].kind != "word":
            return value
        text = self.tokens[self.index].text
        if len(text) > 1 and text not in self.reading.letters and text not in ("times", "of"):
            units = read_units(self.tokens, self.index, min(self.end + 1, len(self.tokens)))  # up to the next "="
            if not units.sure and units.end > self.index:
                raise _Unreadable("A word beside an operand may change it.")
            self.index = units.end
        return value


def _capped(value: Quotient) -> Quotient:
    for part in (value.numerator, value.denominator):
        if len(part.terms) > MAX_TERMS or part.degree() > MAX_DEGREE or _bits(part) > MAX_BITS:
            raise _Unreadable("The expression is beyond the caps.")
    return value


def _bits(polynomial: Polynomial) -> int:
    return max((c.numerator.bit_length() + c.denominator.bit_length() for c in polynomial.terms.values()), default=0)
