"""Equations with letters that cannot be true: the refuter of algebra in prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ...types import Problem, Verdict
from .agreement import agree, describe
from .expression import parse_number, parse_side
from .letter_chains import LetterChain, letter_chains
from .letter_reader import LetterSide
from .quotients import Quotient
from .ring import Generator, Polynomial
from .sides import Chain
from .tokens import ExpressionError, Number, magnitude

MAX_CLAIMS = 48  # equations that are remembered
_TOLERANCE = Fraction(1, 100)  # where a number with a point, which may be rounded, takes part
_UNIT_FACTORS = frozenset({7, 12, 24, 60, 100, 1_000, 3_600})
_USUAL = frozenset("xyzXYZ")
_FORMS = "holds only where"

_ASKED = re.compile(r"\bunknown (?:variable )?['\"‘“]?([A-Za-z])['\"’”]?(?![\w'’])")
_RATIO = re.compile(r"\bratio\b", re.I)
# A letter that stands for a number is met before "=", after "variable", "by" and the like. The article and the pronoun,
# a and I, are left out; A is met before "=" alone.
_LETTER = re.compile(r"(?<![A-Za-z'’])[B-HJ-Zb-hj-z](?![A-Za-z'’])|\bA\b", re.ASCII)
_DEFINED = re.compile(
    r"(?:^|[.,;:(]|\b(?:let|where|so|then|and|get|that|call|have))\s*['\"]?([B-HJ-Zb-hj-z])['\"]?\s*="
    r"|\b(?:variable|letter|unknown|denote\w*|represent\w*|as|by|let|call) ['\"]?([B-HJ-Zb-hj-z])['\"]?(?![\w'’])"
    r"|\b(A) ="
)
_NEW_MEANING = re.compile(
    r"\b(?:let|call|denote|represent|assume|say|suppose|define|use|where)\b(?!['’])[^.;]{0,60}?"
    r"(?<![\w'’])['\"]?([A-Za-z])['\"]?(?![\w'’])"
    r"(?=[^.;]{0,12}?(?:\bbe\b|=|\bis\b|represent|denote|stand|[.,;]|$))",
    re.I,
)
_STATED = re.compile(
    r"\b(?:value of|unknown|variable|so,?|therefore,?|thus,?|hence,?)(?: the)?(?: value of)?(?: the)?(?: unknown)?"
    r"(?: variable)? ['\"]?([A-Za-z])['\"]? (?:is|must be|would be|should be|equals)(?: equal to)? "
    r"[$]?(-?\d[\d,]*(?:\.\d+)?)(?![\d.,]*\d|%|/| ?[-+*/×x=(])"
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An equation that was stated: what is zero by it. `is_bare`: it is of a letter by itself and numbers, x = 80/4."""

    zero: Polynomial
    is_rough: bool
    is_bare: bool
    text: str


class _Refuted(NamedTuple):
    """Why an equation cannot be true, and the equation where others may rest on it."""

    reason: str
    claim: _Claim | None = None


class Unknowns:
    """Refutes equations in letters, over the steps of one attempt.

    What it proves: a side differs from the next one whatever the letters stand for (5 + 12x + 87 = 96 + 12x); two
    forms of one expression are equal only where the letter is 0 ((4/15)x = (8/15)x); an equation is false at the value
    of "the unknown variable x" that the question asks for; an equation contradicts one that was stated before of the
    same letters (26 + 2x = 46, x = 20). What it cannot prove: that an equation is the wrong one to set up, where
    nothing is known of its letters. What is only tried or assumed is left alone, and so is an equation that says the
    same as one that was refuted: it rests on that error. A letter that gets a new meaning starts anew.

    >>> problem = Problem("p", "Half of x is 6. What is the value of unknown variable x?", "12")
    >>> Unknowns(problem).refute("(1/4)(4x) = x/2")
    '(1/4)(4x) = x/2 holds only where x is 0.'
    >>> Unknowns(problem).refute("x / 2 = 6, so x = 14")
    'x = 14 is false for the x that is asked for.'
    >>> Unknowns(problem).refute("x / 2 = 6, so x = 12") is None
    True
    """

    __slots__ = ("_asked", "_claims", "_letters", "_percent", "_value", "_wrong")

    def __init__(self, problem: Problem):
        self._letters = set(_USUAL)
        self._claims: list[_Claim] = []
        self._wrong: list[_Claim] = []
        self._asked, self._value = _asked_letter(problem)
        # 20% for x% may be written x = 20 or x = 0.2.
        percent = rf"(?<!\w){self._asked} ?(?:%|per ?cent)"
        self._percent = bool(self._asked) and bool(re.search(percent, problem.question))
        if self._asked:
            self._letters.add(self._asked)

    def refute(self, text: str) -> str | None:
        """Why an equation of the step cannot be true, or None; what the step states is remembered."""
        if not _LETTER.search(text):
            return None
        self._meet_letters(text)
        letters = frozenset(self._letters)
        claims: list[_Claim] = []
        found = self._first_refuted(letter_chains(text, letters), claims)
        if found and "/" in text and not self._is_false_in(letter_chains(text, letters, close=True), found):
            found = None
        if found and "%" in text and not self._is_false_in(letter_chains(text, letters, percent_units=True), found):
            found = None
        found = found or self._stated_wrongly(text)
        if found is None:
            self._claims = (self._claims + claims)[-MAX_CLAIMS:]
            return None
        if found.claim is not None:
            self._wrong = [*self._wrong, found.claim][-MAX_CLAIMS:]
        return found.reason

    # -- letters -------------------------------------------------------------------------------------------------

    def _meet_letters(self, text: str) -> None:
        for match in _DEFINED.finditer(text):
            self._letters.update(letter for letter in match.groups() if letter)
        for match in _NEW_MEANING.finditer(text):
            letter = match.group(1)
            self._claims = [claim for claim in self._claims if letter not in claim.zero.generators]
            self._wrong = [claim for claim in self._wrong if letter not in claim.zero.generators]
            if letter == self._asked and "unknown" not in match.group():
                self._asked = ""

    # -- equations -----------------------------------------------------------------------------------------------

    def _first_refuted(self, chains: list[LetterChain], claims: list[_Claim]) -> _Refuted | None:
        for chain in chains:
            for left, right in pairwise(chain.sides):
                if not chain.is_supposed and (found := self._refuted(left, right, chain, claims)):
                    return found
        return None

    def _is_false_in(self, chains: list[LetterChain], found: _Refuted) -> bool:
        """Whether what was refuted is no better in another reading.

        Where two forms of one expression were refuted, it is enough that they differ in that reading too.
        """
        if self._first_refuted(chains, []) is not None:
            return True
        pairs = ((left, right) for chain in chains for left, right in pairwise(chain.sides))
        return _FORMS in found.reason and not any((left.value - right.value).numerator.is_zero for left, right in pairs)

    def _refuted(
        self, left: LetterSide, right: LetterSide, chain: LetterChain, claims: list[_Claim]
    ) -> _Refuted | None:
        """Why two neighbouring sides cannot be equal; adds the equation to the claims where they can."""
        names = left.letters | right.letters
        if not names:
            return _refuted_numbers(left, right, chain)
        zero = (left.value - right.value).numerator
        if zero.is_zero or _is_rounding(left, right) or _runs_on(left, right, chain):
            return None
        if _is_update(left, right) or _starts_anew(left, chain) or _starts_anew(right, chain):
            return None
        quote = chain.quote(left, right)
        if zero.value is not None:
            return _Refuted(
                f"{quote} holds for no {' and '.join(sorted(names))}: the letters cancel, the numbers do not."
            )
        if len(zero.terms) == 1 and left.letters and right.letters and left.operators + right.operators > 2:
            return _Refuted(f"{quote} {_FORMS} {' or '.join(sorted(map(str, zero.generators)))} is 0.")
        is_bare = _is_bare(left, right) or _is_bare(right, left)
        claim = _Claim(zero, left.is_rough or right.is_rough, is_bare, quote)
        if self._rests_on_error(claim):
            return None
        if names == {self._asked} and self._is_false_at_value(left, right, is_bare):
            return _Refuted(f"{quote} is false for the {self._asked} that is asked for.", claim)
        known = [*self._claims, *claims]
        if len(names) > 1 and _is_false_by_names(zero, known):
            return _Refuted(
                f"{quote} contradicts the values of {', '.join(sorted(names))} that were stated before.", claim
            )
        for earlier in known:
            if _contradict(earlier, claim):
                return _Refuted(f"{quote} contradicts {earlier.text}, which was stated before.", claim)
        claims.append(claim)
        return None

    def _rests_on_error(self, claim: _Claim) -> bool:
        """Whether an equation says the same as one that was refuted: .7x = 0.42 after x = 0.42 + .3x."""
        return any(wrong.zero.primitive() == claim.zero.primitive() for wrong in self._wrong)

    def _is_false_at_value(self, left: LetterSide, right: LetterSide, is_bare: bool) -> bool:
        known = self._value
        for value in (known, known / Fraction(100), known * 100) if self._percent else (known,):
            first, second = _at(left.value, self._asked, value), _at(right.value, self._asked, value)
            if first is None or second is None:
                return False
            gap = magnitude(first - second)
            limit = max(magnitude(first), magnitude(second)) * _TOLERANCE if left.is_rough or right.is_rough else 0
            if gap <= limit or (is_bare and gap < 1 and known.denominator == 1):
                return False
        return True

    def _stated_wrongly(self, text: str) -> _Refuted | None:
        """Why a value that is stated in words is wrong, "the value of the unknown variable x is 4"."""
        for match in _STATED.finditer(text) if self._asked else ():
            letter, number = match.group(1), match.group(2).rstrip(",")
            value = parse_number(number) if letter == self._asked else None
            if value is None:
                continue
            left = LetterSide(Quotient.variable(letter))
            right = LetterSide(Quotient.constant(value), is_rough="." in number)
            claim = _Claim((left.value - right.value).numerator, right.is_rough, True, match.group())
            if self._is_false_at_value(left, right, True) and not self._rests_on_error(claim):
                return _Refuted(f"{letter} is not {number}.", claim)
        return None


def _asked_letter(problem: Problem) -> tuple[str, Number]:
    """The letter whose value is asked for, and that value; ("", 0) where there is none, or another may be meant.

    Where the question gives a ratio, 5:9, solvers write it as 5x and 9x with a letter of their own.
    """
    found = _ASKED.findall(problem.question)
    value = None if problem.answer is None else parse_number(problem.answer)
    if not found or value is None or _RATIO.search(problem.question):
        return "", 0
    return found[-1], value


def _at(value: Quotient, letter: str, number: Number) -> Number | None:
    try:
        above, below = (part.substitute({letter: number}).value for part in (value.numerator, value.denominator))
    except ExpressionError:
        return None
    return None if above is None or not below else Fraction(above) / Fraction(below)


# -- pairs of sides ----------------------------------------------------------------------------------------------


def _refuted_numbers(left: LetterSide, right: LetterSide, chain: LetterChain) -> _Refuted | None:
    """Why two sides with no letter, in a chain that has one elsewhere, are not equal: 9x = 157 - 130 = 17."""
    first, second = parse_side(chain.tokens, left.start), parse_side(chain.tokens, right.start)
    if first is None or second is None or first.end != left.end or not second.sure:
        return None
    numbers = Chain("", [first, second], chain.text, chain.tokens)
    if agree(first, second, numbers) is not Verdict.INCORRECT:
        return None
    return _Refuted(f"{chain.quote(left, right)} does not hold: {describe(first, second, numbers)}.")


def _is_rounding(left: LetterSide, right: LetterSide) -> bool:
    """Whether the coefficients of two sides agree to one percent where a point stands in them, or to the whole number.

    100x / 3 may be written 33.3x or 33x.
    """
    first, second = left.value.polynomial, right.value.polynomial
    if first is None or second is None or first.terms.keys() != second.terms.keys():
        return False
    pairs = [(first.terms[key], second.terms[key]) for key in first.terms]
    if left.is_rough or right.is_rough:
        return all(magnitude(a - b) <= _TOLERANCE * magnitude(a) for a, b in pairs)
    return all(a == b or _is_whole_part(a, b) for a, b in pairs)


def _is_whole_part(exact: Number, written: Number) -> bool:
    return exact.denominator > 1 == written.denominator and written > 1 and magnitude(exact - written) < 1


def _is_bare(first: LetterSide, second: LetterSide) -> bool:
    """Whether the equation is of a letter by itself and numbers, "x = 80 / 4"."""
    return not first.operators and str(first.value) in first.letters and not second.letters


def _runs_on(left: LetterSide, right: LetterSide, chain: LetterChain) -> bool:
    """Whether "=" stands for "and then", "3x + 4 - 3x = 4 / 2": the number that the right side begins with is meant."""
    if not (left.operators and right.operators):
        return False
    lead = parse_number(chain.tokens[right.start].text)
    return lead is not None and left.value.value == lead


def _is_update(left: LetterSide, right: LetterSide) -> bool:
    """Whether a letter is given a new value by its old one, "p = p + 2 = 19", as programs write it."""
    return not left.operators and str(left.value) in left.letters and left.letters <= right.letters


def _starts_anew(side: LetterSide, chain: LetterChain) -> bool:
    """Whether a side may be the end of one equation and the name of the next, "p = 20 - 5 = 15 p = 20 - 5"."""
    if side.end - side.start != 2:
        return False
    number, letter = chain.tokens[side.start : side.end]
    return number.kind == "number" and letter.text in side.letters and not letter.tight


# -- claims ------------------------------------------------------------------------------------------------------


def _is_false_by_names(zero: Polynomial, claims: list[_Claim]) -> bool:
    """Whether an equation in several letters, all of which were given values, is false by them."""
    values: dict[Generator, Number] = {}
    for claim in claims:
        if claim.is_bare and not claim.is_rough:
            (name,) = claim.zero.generators
            values[name] = _root(claim.zero, name) or 0
    return zero.generators <= values.keys() and bool(zero.substitute(values).value)


def _contradict(earlier: _Claim, later: _Claim) -> bool:
    """Whether no value of their one letter makes both true."""
    names = earlier.zero.generators
    if len(names) != 1 or names != later.zero.generators or (earlier.is_bare and later.is_bare):
        return False
    (name,) = names
    first, second = _root(earlier.zero, name), _root(later.zero, name)
    is_rough = earlier.is_rough or later.is_rough
    if first is not None and second is not None:
        gap = magnitude(first - second)
        if gap == 0 or (is_rough and gap <= _TOLERANCE * magnitude(first)) or _ratio(first, second) in _UNIT_FACTORS:
            return False  # 3x = 1 (hour), 3x = 60 minutes
        return gap >= 1 or not (earlier.is_bare or later.is_bare)
    root, other = (first, later) if first is not None else (second, earlier)
    return root is not None and not is_rough and bool(other.zero.substitute({name: root}).value)


def _ratio(first: Number, second: Number) -> Number:
    first, second = sorted((magnitude(first), magnitude(second)))
    return Fraction(second) / first if first else 0


def _root(polynomial: Polynomial, name: Generator) -> Number | None:
    """The one root of a linear polynomial in one letter, else None."""
    numbers = polynomial.numbers(name)
    if numbers is None or len(numbers) != 2:
        return None
    return Fraction(-numbers[0]) / Fraction(numbers[1])
