r"""Plain numbers, read at once: "12", "$1,200.50", "-7/2", "2 2/3", "\frac{1}{2}", "25%", "3.2e5", "12 cm^2", "twelve".

Nearly all answers of word problems are of this kind. None of them meets the parser of algebra, or a worker.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from .answer_text import superscript_number
from .tokens import GLYPHS, MAX_CHARS, Number, normal
from .words import CHANGES_BEFORE, KNOWN_UNITS, MODIFIERS, NUMBER_WORDS, SCALES

MAX_POWER_OF_TEN = 400

_MINUS = "−–‐\\-"  # for a character class
_HEAD = re.compile(
    rf"""\s*([+{_MINUS}]?)\s*(\\?\$|[€£¥])?\s*([{_MINUS}]?)
        (?:(\d{{1,3}}(?:,\d{{3}})+(?![\d,])|\d+)(?:\.(\d+))?|\.(\d+))""",
    re.VERBOSE | re.ASCII,
)
_BELOW = re.compile(r"\s*/\s*(\d+)(?![.\d])", re.ASCII)
_MIXED = re.compile(r"\s+(\d+)\s*/\s*(\d+)(?![.\d])", re.ASCII)
_FRACTION = re.compile(
    rf"""\s*([+{_MINUS}]?)\s*(\d*)\s*\\[dt]?frac\s*
        (?:\{{\s*([{_MINUS}]?\d+)\s*\}}\s*\{{\s*([{_MINUS}]?\d+)\s*\}}|(\d)\s*(\d))""",
    re.VERBOSE | re.ASCII,
)
_POWER_OF_TEN = re.compile(
    rf"""[eE]([-+−]?\d{{1,4}})(?![\d.])
       | \s*(?:\\times|\\cdot|[x*×·⋅])\s*10\s*
         (?:\^\s*(?:\{{\s*([-+−]?\d{{1,4}})\s*\}}|([-+−]?\d{{1,4}})(?!\d))|([{re.escape("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")}]{{1,5}}))""",
    re.VERBOSE | re.ASCII,
)
_PERCENT = re.compile(r"\s*(?:\\?%|percent\b|pct\b|per\s+cent\b)")
_WRAPPED = re.compile(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}|\\[ ,;:!]|~")
_UNIT = re.compile(r"(?:\s|[A-Za-zµ]++(?:['’-][A-Za-z]++)*+\.?|[/·°%$€£¥]|\^\s*\{?\s*(?:-?[234]|\\circ)\s*\}?|[²³])*+")
_WORD = re.compile(r"[A-Za-zµ]+")
_VOWELS = frozenset("aeiouy")
_CLOSE_UNITS = frozenset("mghlsL")
_SPACED_UNITS = frozenset("mghlsLNJWVAKCF")
_NO_UNIT = MODIFIERS | CHANGES_BEFORE | SCALES.keys() | {
    "and", "or", "not", "plus", "minus", "x", "e", "i", "pi", "factorial", "choose", "mod", "sin", "cos", "tan", "ln",
    "log", "sqrt",
}  # fmt: skip
_LATER_IN_UNITS = frozenset({"squared", "cubed", "square", "to", "by", "over", "under", "x"})


class Amount(NamedTuple):
    """A rational number, the unit after it as it is written, and whether nothing is left to work out."""

    value: Number
    unit: str = ""
    worked_out: bool = True


def read_amount(text: str) -> Amount | None:
    r"""The number that a whole text is, with at most a unit after it, or None.

    >>> read_amount("$1,200.50"), read_amount("2 2/3").value, read_amount(r"\frac{6}{4}").worked_out
    (Amount(value=Fraction(2401, 2), unit='$', worked_out=True), Fraction(8, 3), False)
    """
    match = _HEAD.match(text) if len(text) <= MAX_CHARS else None
    if match is None:
        return _read_fraction(text) if "frac" in text else _read_words(text)
    sign, currency, second_sign, whole, decimals, bare = match.groups()
    end = match.end()
    if text.startswith(("\\frac", "\\dfrac", "\\tfrac"), end):
        return _read_fraction(text)
    worked_out = True
    value: Number
    if bare or decimals:
        digits = bare or decimals
        above = (whole or "").replace(",", "") + digits
        value = normal(Fraction(int(above), 10 ** len(digits)))
    else:
        value = int(whole.replace(",", "")) if "," in whole else int(whole)
    if end < len(text) and not bare and not decimals:
        found = _read_below(text, end, int(value))
        if found is None:
            return None
        value, end, worked_out = found
    if (sign not in ("", "+")) != (second_sign != ""):
        value = -value
    if end == len(text):
        return Amount(value, currency or "", worked_out)
    return _with_tail(value, text[end:], currency or "", worked_out)


def _read_below(text: str, end: int, whole: int) -> tuple[Number, int, bool] | None:
    """A whole number with what makes it a fraction or a mixed number; None where that divides by zero."""
    char = text[end]
    if char in GLYPHS:
        return whole + Fraction(*GLYPHS[char]), end + 1, True
    if (match := _BELOW.match(text, end)) is not None:
        below = int(match.group(1))
        if below == 0:
            return None
        return normal(Fraction(whole, below)), match.end(), below > 1 and gcd(whole, below) == 1
    if char.isspace():
        if (match := _MIXED.match(text, end)) is not None:
            above, below = int(match.group(1)), int(match.group(2))
            if below == 0:
                return None
            return normal(whole + Fraction(above, below)), match.end(), 0 < above < below and gcd(above, below) == 1
        glyph = text[end:].lstrip()[:1]
        if glyph and glyph in GLYPHS:
            return whole + Fraction(*GLYPHS[glyph]), text.index(glyph, end) + 1, True
    return whole, end, True


def _read_fraction(text: str) -> Amount | None:
    match = _FRACTION.match(text)
    if match is None:
        return None
    sign, whole, above, below, first, second = match.groups()
    top, bottom = _whole(above or first), _whole(below or second)
    if bottom == 0 or (whole and not 0 < top < bottom):
        return None
    value: Number = normal(Fraction(top, bottom) + (int(whole) if whole else 0))
    worked_out = bottom > 1 and gcd(top, bottom) == 1
    if sign and sign != "+":
        value = -value
    if match.end() == len(text):
        return Amount(value, "", worked_out)
    return _with_tail(value, text[match.end() :], "", worked_out)


def _whole(text: str) -> int:
    return -int(text[1:]) if text[0] in "-−–‐" else int(text)


def _with_tail(value: Number, tail: str, currency: str, worked_out: bool) -> Amount | None:
    """A number with what follows it: a power of ten, a percent sign, a word of size, a unit."""
    if (match := _POWER_OF_TEN.match(tail)) is not None:
        exponent = int(superscript_number(next(group for group in match.groups() if group)).replace("−", "-"))
        if abs(exponent) > MAX_POWER_OF_TEN:
            return None
        value = normal(value * Fraction(10) ** exponent)
        tail = tail[match.end() :]
    if (match := _PERCENT.match(tail)) is not None:
        value = normal(Fraction(value) / 100)
        tail = tail[match.end() :]
    elif (match := _WORD.match(tail.lstrip())) is not None and tail[:1].isspace():
        size = SCALES.get(match.group().lower())
        if size is not None:
            value = normal(value * size)
            tail = tail.lstrip()[match.end() :]
    if not tail or tail.isspace():
        return Amount(value, currency, worked_out)
    unit = _unit(tail)
    return None if unit is None else Amount(value, currency or unit, worked_out)


def _unit(tail: str) -> str | None:
    """The unit that a text is, or None where it may say more than a unit does."""
    is_wrapped = "\\" in tail
    plain = _WRAPPED.sub(lambda match: f" {match.group(1) or ''} ", tail) if is_wrapped else tail
    if not _UNIT.fullmatch(plain):
        return None
    words = _WORD.findall(plain)
    if not words:
        return plain.strip() if set(plain) <= set(" °€£¥$^{}\\circ") and plain.strip() else None
    if any(word.lower() in _NO_UNIT and word.lower() not in _LATER_IN_UNITS for word in words):
        return None
    if words[0].lower() in _LATER_IN_UNITS and not (words[0].lower() == "square" and len(words) > 1):
        return None
    is_close = not is_wrapped and not tail[:1].isspace()
    first = words[1] if words[0] == "a" and len(words) > 1 and not is_close else words[0]  # $18 a day
    return plain.strip() if is_wrapped or _is_unit_word(first, is_close) else None


def _is_unit_word(word: str, is_close: bool) -> bool:
    """Whether a word after a number is a unit, and not a product of names: "5 cm", "5 apples"; not "5xy" or "5 xy"."""
    if len(word) == 1:
        return word in (_CLOSE_UNITS if is_close else _SPACED_UNITS)
    if word.lower() in KNOWN_UNITS or len(word) > 3:
        return True
    return not is_close and len(word) == 3 and not _VOWELS.isdisjoint(word.lower())


# -- numbers in words --------------------------------------------------------------------------------------------------

_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "fourth": 4, "fourths": 4, "quarter": 4, "quarters": 4, "fifth": 5,
    "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8, "ninth": 9,
    "ninths": 9, "tenth": 10, "tenths": 10,
}  # fmt: skip
_SIGN_WORD = re.compile(r"(?:minus|negative)\s+(?=\d)", re.I)
_WORDS_ALONE = re.compile(r"[A-Za-z][A-Za-z \-]{1,80}")


def _read_words(text: str) -> Amount | None:
    """A number in words, "twelve", "three quarters", "two and a half", with at most a unit of plain words after it."""
    text = text.strip()
    if text[:1] in GLYPHS:
        return _with_tail(Fraction(*GLYPHS[text[0]]), text[1:], "", True) if text else None
    if text[:1] and text[0] in "-−–‐" and text[1:].strip()[:1] in GLYPHS:
        inner = _read_words(text[1:])
        return None if inner is None else Amount(-inner.value, inner.unit)
    if (signed := _SIGN_WORD.match(text)) is not None:
        inner = read_amount(text[signed.end() :])
        return None if inner is None else inner._replace(value=-inner.value)
    if not _WORDS_ALONE.fullmatch(text):
        return None
    words = text.lower().replace("-", " ").split()
    negative = words[0] in ("minus", "negative")
    found = _number_of(words[1:] if negative else words)
    if found is None:
        return None
    value, rest = found
    if any(word in _NO_UNIT or word in _PARTS for word in rest):
        return None
    return Amount(-value if negative else value, " ".join(rest))


def _number_of(words: list[str]) -> tuple[Number, list[str]] | None:
    """The number at the start of words, and the words after it."""
    if words == ["half"]:
        return Fraction(1, 2), []
    if words and words[0] in ("a", "an", "half"):
        return _article(words)
    total = current = index = 0
    while index < len(words):
        word = words[index]
        number = NUMBER_WORDS.get(word)
        if number is not None and (current % 100 == 0 or (current % 10 == 0 and number < 10)):
            current += number
        elif word in SCALES and current:
            if SCALES[word] < 1_000:
                current *= SCALES[word]
            else:
                total, current = total + current * SCALES[word], 0
        elif word != "and" or current < 100 or not NUMBER_WORDS.keys() & set(words[index + 1 : index + 2]):
            break
        index += 1
    if not index:
        return None
    value: Number = total + current
    rest = words[index:]
    if rest and rest[0] in _PARTS:
        return normal(Fraction(value, _PARTS[rest[0]])), rest[1:]
    if len(rest) > 2 and rest[0] == "and" and rest[1] in ("a", "one") and rest[2] in _PARTS:
        return normal(value + Fraction(1, _PARTS[rest[2]])), rest[3:]
    return value, rest


def _article(words: list[str]) -> tuple[Number, list[str]] | None:
    """Of "a dozen", "half a dozen", "a half", "a third"."""
    share: Number = 1
    if words[0] == "half":
        share = Fraction(1, 2)
        words = words[1:]
    word = words[1] if words[0] in ("a", "an") and len(words) > 1 else words[0]
    rest = words[2:] if words[0] in ("a", "an") else words[1:]
    if word in SCALES:
        return normal(share * SCALES[word]), rest
    if word in _PARTS and share == 1:
        return Fraction(1, _PARTS[word]), rest
    return None
