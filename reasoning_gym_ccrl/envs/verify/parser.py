"""The parser of arithmetic: precedence climbing over tokens, on exact integers and fractions, within caps."""

from __future__ import annotations

from fractions import Fraction

from .functions import apply, capped, divide, exact_root, power, remainder
from .pi import MAX_PI_BITS, PI
from .sides import Mode, Side, can_start
from .tokens import GLYPHS, SUPERSCRIPTS, ExpressionError, Number, OpenExpression, Token, normal, read_number
from .units import POWER_WORDS, is_choice, is_power_word, read_units, word_operator
from .words import KNOWN_UNITS, SCALES

__all__ = ["MAX_DEPTH", "Mode", "OpenExpression", "Parser", "Side", "can_start", "divide", "power"]

MAX_DEPTH = 40
_SCHOOL_PI: dict[Mode, Number] = {
    Mode.PI_AS_3_14: Fraction(314, 100),
    Mode.PI_AS_22_7: Fraction(22, 7),
    Mode.PI_AS_3_1416: Fraction(31_416, 10_000),
}


class Parser:
    """Precedence climbing over tokens: sums of products of signed powers. One instance reads one side."""

    __slots__ = (
        "bits", "depth", "end_of_text", "exponents", "has_pi", "index", "mode", "prose", "side", "start", "tokens"
    )  # fmt: skip

    def __init__(self, tokens: list[Token], start: int, *, prose: bool, mode: Mode = Mode.PLAIN):
        self.tokens = tokens
        self.start = self.index = start
        self.prose = prose
        self.mode = mode
        self.depth = 0
        self.end_of_text = len(tokens)
        self.has_pi = False
        self.bits = 0  # of the values of functions, and
        self.exponents = 1  # all exponents multiplied together: the size of what stands beside pi
        self.side = Side(0)

    def read(self) -> Side:
        side = self.side
        side.value = self._sum()
        side.start, side.end = self.start, self.index
        if self.has_pi:
            self._check_size()
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
            if self.mode is Mode.RELATIVE and self.tokens[self.index - 1].kind == "percent":
                term *= total
            total = capped(total + term if operator == "+" else total - term)
        return total

    def _product(self) -> Number:
        product = self._signed()
        while (operator := self._operator("*/mod")) is not None:
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
            if operator == "mod":
                product = remainder(product, factor)
            else:
                product = capped(product * factor if operator == "*" else divide(product, factor))
        return product

    def _close_quotient(self, value: Number, slash: int) -> Number:
        """In "2 / 1/5" the whole 1/5, for a slash with a space after it binds less; in "6 / 2(1 + 2)" the product."""
        while (
            self.index < self.end_of_text and self.tokens[self.index].kind == "open" and self.tokens[self.index].tight
        ):
            self.side.operators += 1
            value = capped(value * self._bracket())
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
        if self.index < self.end_of_text and self.tokens[self.index].kind in ("other", "word"):
            base = self._postfix(base)
        if self.index < self.end_of_text:
            token = self.tokens[self.index]
            if token.kind == "superscript" and token.tight:
                self.index += 1
                self.side.operators += 1
                exponent: Number = int("".join(str(SUPERSCRIPTS.index(char)) for char in token.text[:5]))
            elif token.kind == "operator" and token.text == "^":
                self.index += 1
                self.side.operators += 1
                self._deeper()
                exponent = self._signed()
                self.depth -= 1
            else:
                return base
            self.exponents *= max(1, abs(exponent.numerator))
            return power(base, exponent)
        return base

    def _postfix(self, value: Number) -> Number:
        """What follows an operand and belongs to it: "5!" (where it is no exclamation), "5 choose 2", "5C2"."""
        while self.index < self.end_of_text:
            kind, text, tight = self.tokens[self.index][:3]
            if text == "!" and tight and self._is_factorial():
                self.index += 1
                self.side.operators += 1
                value = self._worked_out("factorial", [value])
            elif text in POWER_WORDS and is_power_word(self.tokens, self.index):
                self.index += 1
                self.side.operators += 1
                value = power(value, POWER_WORDS[text])
            elif kind == "word" and is_choice(self.tokens, self.index, self.end_of_text):
                self.index += 1
                self.side.operators += 1
                value = self._worked_out("choose", [value, self._atom()])
            else:
                break
        return value

    def _is_factorial(self) -> bool:
        """Whether "!" ends no sentence: in prose, calculation must go on after it."""
        following = self.index + 1
        if not self.prose or following >= self.end_of_text:
            return not self.prose
        kind, text = self.tokens[following][:2]
        return kind in ("operator", "close", "equals", "approx") or text in (",", "!")

    # -- operands ------------------------------------------------------------------------------------------------

    def _atom(self) -> Number:
        if self.index >= self.end_of_text:
            raise ExpressionError("The expression stops where a number should follow.")
        kind = self.tokens[self.index].kind
        if kind == "number" or kind == "glyph":
            return self._literal()
        if kind == "open":
            return self._bracket()
        if kind in ("frac", "binom"):
            self.index += 1
            self.side.operators += 1
            above, below = self._bracket(), self._bracket()
            return divide(above, below) if kind == "frac" else self._worked_out("choose", [above, below])
        if kind == "function":
            return self._call()
        if kind == "constant":
            self.index += 1
            self.has_pi = True
            return _SCHOOL_PI.get(self.mode, PI)
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

    def _call(self) -> Number:
        """A function of a bracket, "gcd(48, 18)", or a root of one operand, "√16"."""
        name = self.tokens[self.index].text
        self.index += 1
        self.side.operators += 1
        if self.index >= self.end_of_text or self.tokens[self.index].kind != "open":
            if name != "sqrt":
                raise OpenExpression(f"{name} is taken of what stands in a bracket.")
            self._deeper()
            value = self._worked_out(name, [self._atom()])
            self.depth -= 1
            return value
        self._deeper()
        if name == "sqrt" and self.tokens[self.index].text == "[":
            return self._root()
        self.index += 1
        arguments = [self._sum()]
        while self.index < self.end_of_text and self.tokens[self.index].text in (",", ";"):
            self.index += 1
            arguments.append(self._sum())
        if self.index >= self.end_of_text or self.tokens[self.index].kind != "close":
            raise OpenExpression(f"The bracket of {name} is not closed.")
        self.index += 1
        self.depth -= 1
        return self._worked_out(name, arguments)

    def _root(self) -> Number:
        r"""The rest of "\sqrt[3]{8}"."""
        order = self._bracket()
        if not isinstance(order, int) or not 2 <= order <= 10:
            raise OpenExpression("The order of a root is a whole number from 2 to 10.")
        self.depth -= 1
        return exact_root(self._bracket(), order)

    def _worked_out(self, name: str, arguments: list[Number]) -> Number:
        value = apply(name, arguments)
        self.bits += value.numerator.bit_length()
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
        tokens, start = self.tokens, self.index
        if start >= self.end_of_text or (tokens[start].kind != "word" and tokens[start].text != "/"):
            return KNOWN_UNITS["$"][1] if start >= 2 and tokens[start - 2].text == "$" else 1
        units = read_units(tokens, start, self.end_of_text)
        self.side.units += units.found
        if units.end > start:
            self.index = units.end
            self.side.sure = self.side.sure and units.sure
        return units.size

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
        if "*" in wanted and self.index > self.start:
            if token.kind == "open" and token.tight and self.tokens[self.index + 1 : self.index + 2] != []:
                return "*" if self.tokens[self.index + 1].text != "mod" else None  # 2(3 + 4), not 2(mod 5)
            if token.kind in ("constant", "function") and self.tokens[self.index - 1].kind != "operator":
                return "*"  # 2 pi, 3√16
        if (
            token.kind == "word"
            and (meaning := word_operator(self.tokens, self.index, self.end_of_text))
            and meaning in wanted
        ):
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

    def _skip_operator(self) -> None:
        token = self.tokens[self.index]
        if token.kind in ("open", "constant", "function"):
            return
        operands = self.side.operands  # none yet in "pi of 2"
        is_share = bool(operands) and isinstance(operands[-1], Fraction)
        if token.kind == "word" and token.text.lower() == "of" and not is_share:
            self.side.sure = self.side.sure and self.side.percent
        self.index += 1
        if token.kind == "word" and self.tokens[self.index].text.lower() == "by":
            self.index += 1

    def _check_size(self) -> None:
        bits = self.bits + sum(
            operand.numerator.bit_length() + operand.denominator.bit_length() for operand in self.side.operands
        )
        if (bits + self.side.operators) * self.exponents > MAX_PI_BITS:
            raise OpenExpression("The numbers beside pi are too large to be compared.")

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
