"""Is an answer the gold answer? Exact values, no rounding; units and currency ignored where gold has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ...types import Verdict
from .equations import BOLD, MAX_FAILURES
from .expression import parse_side
from .parser import Side, can_start
from .tokens import MAX_CHARS, ExpressionError, Number, Token, tokenize
from .words import KNOWN_UNITS, NUMBER_WORDS, PERCENT_WORDS, SCALES

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_BOXED = re.compile(r"\\boxed\s*\{")
_INTRODUCTION = re.compile(r"(?:####|\banswer\s+is\b\s*:?|\banswer\s*:)", re.I)
_CLOSED_VOCABULARIES = ({"yes", "no"}, {"true", "false"}, set("abcde"))
_UNREADABLE = re.compile(
    r"\\(?![dt]?frac|\$|%|times|cdot|div|text|left|right|[,;!{} ])|[√π]|\d!|\b(?:sqrt|log|sin|cos|tan|pi|choose)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict on an answer, why, and the value it states (None where it is no single number)."""

    verdict: Verdict
    reason: str
    value: Number | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    """What an answer's text states: its numbers, in order, and whether they say one single value."""

    values: tuple[Number, ...]
    is_single: bool
    is_evaluated: bool
    unit: str
    contradiction: bool = False


def answers_match(gold: str, answer: str, *, evaluated: bool = False) -> Verdict:
    r"""Whether an answer states the gold value: exactly, after reading `\boxed`, `####` and "the answer is".

    Args:
        gold: the gold answer.
        answer: what was answered; units and currency are ignored where gold has none, and % is 1/100.
        evaluated: whether a number must be worked out, so that "3 * 4" is no answer where "12" is asked.

    >>> [str(answers_match("12", text)) for text in ("$12.00", "The answer is 12.", "13", "3 * 4")]
    ['CORRECT', 'CORRECT', 'INCORRECT', 'CORRECT']
    >>> str(answers_match("12", "3 * 4", evaluated=True))
    'INCORRECT'
    """
    return match_answer(gold, answer, evaluated=evaluated).verdict


def match_answer(gold: str, answer: str, *, evaluated: bool = False) -> Match:
    """`answers_match` with its reason and the value read."""
    if _INTEGER.fullmatch(gold) and _INTEGER.fullmatch(answer):  # nearly all answers
        value = int(answer)
        if value == int(gold):
            return Match(Verdict.CORRECT, f"{gold} is the answer.", value)
        return Match(Verdict.INCORRECT, f"The answer is not {answer}.", value)
    if len(answer) > MAX_CHARS:
        return Match(Verdict.UNCHECKED, f"An answer of more than {MAX_CHARS} characters is not read.")
    text = extract_answer(answer)
    wanted = _gold(gold)
    if wanted is None:
        return _match_words(gold, text)
    if not wanted.is_single:
        return _match_list(wanted, text)
    return _match_number(wanted, text, evaluated=evaluated)


def extract_answer(text: str) -> str:
    r"""What a text gives as its answer: the inside of the last `\boxed{}`, else what follows "####" or "the answer is".

    >>> extract_answer("So the answer is **12** eggs."), extract_answer(r"thus $\boxed{\frac{1}{2}}$")
    ('12 eggs', '\\frac{1}{2}')
    """
    boxes = list(_BOXED.finditer(text))
    if boxes:
        text = _inside_braces(text, boxes[-1].end())
    else:
        introductions = list(_INTRODUCTION.finditer(text))
        if introductions and text[introductions[-1].end() :].strip():
            text = text[introductions[-1].end() :]
    text = text.strip()
    if "*" in text:
        text = BOLD.sub(r"\1", text)
    if len(text) > 1 and text[0] == text[-1] == "$":
        text = text[1:-1]
    return text.strip().strip('"“”`').rstrip(".").strip()


def _inside_braces(text: str, start: int) -> str:
    depth = 1
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return text[start:index]
    return text[start:]


@lru_cache(maxsize=4_096)
def _gold(gold: str) -> _Stated | None:
    """The numbers of a gold answer, or None where it is words or an expression with names."""
    text = extract_answer(gold)
    stated = _read(text)
    if stated is None or _UNREADABLE.search(text):
        return None
    return stated


@lru_cache(maxsize=4_096)
def _read(text: str) -> _Stated | None:
    """What a text states, or None where it states no number, or names too many things to say which."""
    try:
        tokens = tokenize(text)
    except ExpressionError:
        return None
    numbers: list[Side] = []
    words: list[str] = []
    equals_before_last = False
    i = failures = 0
    while i < len(tokens) and failures < MAX_FAILURES:
        starts = can_start(tokens, i)
        side = parse_side(tokens, i) if starts else None
        failures += starts and side is None
        if side is not None:
            numbers.append(side)
            words += [token.text.lower() for token in tokens[side.start : side.end] if token.kind == "word"]
            i = max(side.end, i + 1)
            continue
        token = tokens[i]
        if token.kind == "word":
            number = NUMBER_WORDS.get(token.text.lower())
            if number is not None and not numbers:
                numbers.append(Side(number, [number], start=i, end=i + 1))
            else:
                words.append(token.text.lower())
        elif token.kind in ("equals", "approx"):
            equals_before_last = True
        i += 1
    if not numbers:
        return None
    return _state(tokens, numbers, words, equals_before_last)


def _state(tokens: list[Token], numbers: list[Side], words: list[str], has_equals: bool) -> _Stated:
    values = tuple(side.value for side in numbers)
    last = numbers[-1]
    single = len(numbers) == 1
    contradiction = False
    if has_equals and not single:
        equals = [i for i, token in enumerate(tokens) if token.kind in ("equals", "approx")]
        chained = all(side.end in equals for side in numbers[:-1])
        contradiction = chained and len(set(values)) > 1
        single = chained and not contradiction
    unit = " ".join(word for word in words if word not in SCALES and word not in PERCENT_WORDS)
    return _Stated(values, single, _is_evaluated(tokens, last), unit, contradiction)


def _is_evaluated(tokens: list[Token], side: Side) -> bool:
    """Whether nothing is left to work out: a number, or a fraction in lowest terms."""
    if side.operators == 0:
        return True
    if side.operators == 1 and isinstance(side.value, Fraction):
        pieces = [token for token in tokens[side.start : side.end] if token.kind == "number"]
        is_division = any(token.text in ("/", "") for token in tokens[side.start : side.end]) or any(
            token.kind == "frac" for token in tokens[side.start : side.end]
        )
        written = sorted(token.text for token in pieces)
        return is_division and written == sorted((str(abs(side.value.numerator)), str(side.value.denominator)))
    return False


def _match_number(wanted: _Stated, text: str, *, evaluated: bool) -> Match:
    gold = wanted.values[0]
    stated = _read(text)
    if stated is None:
        if _UNREADABLE.search(text) or any(char.isdigit() for char in text):
            return Match(Verdict.UNCHECKED, "The answer holds mathematics that could not be read.")
        return Match(Verdict.INCORRECT, "The answer states no number.")
    if stated.contradiction:
        return Match(Verdict.INCORRECT, "The answer is an equation that does not hold.")
    if not stated.is_single:
        if gold in stated.values:
            return Match(Verdict.UNCHECKED, "The answer holds several numbers and does not say which one it means.")
        return Match(Verdict.INCORRECT, "None of the numbers in the answer is the answer.")
    value = stated.values[-1]
    if (value != gold or evaluated) and _UNREADABLE.search(text):
        return Match(Verdict.UNCHECKED, "The answer holds mathematics that could not be read.", value)
    if value != gold:
        return Match(Verdict.INCORRECT, f"The answer is not {_shown(value)}.", value)
    if evaluated and not stated.is_evaluated:
        return Match(Verdict.INCORRECT, "The answer must be worked out to one number.", value)
    if wanted.unit and not _same_unit(wanted.unit, stated.unit):
        return Match(Verdict.UNCHECKED, f"The number is right; its unit, {wanted.unit!r}, was not checked.")
    return Match(Verdict.CORRECT, f"{_shown(value)} is the answer.", value)


def _same_unit(wanted: str, stated: str) -> bool:
    def parts(unit: str) -> list[object]:
        return [KNOWN_UNITS.get(word, word.rstrip("s")) for word in unit.split()]

    return parts(wanted) == parts(stated)


def _match_list(wanted: _Stated, text: str) -> Match:
    """Several values, "1331 and 1728": all of them, in the same order."""
    stated = _read(text)
    if stated is None:
        return Match(Verdict.UNCHECKED, "The answer holds no numbers to compare.")
    if stated.values == wanted.values:
        if stated.unit.split() == wanted.unit.split():
            return Match(Verdict.CORRECT, "All values are right.")
        return Match(Verdict.UNCHECKED, "The numbers are right; whether the words are could not be checked.")
    if sorted(stated.values) == sorted(wanted.values):
        return Match(Verdict.UNCHECKED, "The values are right, in another order.")
    return Match(Verdict.INCORRECT, "The answer does not hold the same values.")


def _match_words(gold: str, text: str) -> Match:
    def plain(words: str) -> str:
        return re.sub(r"[\s$]+", "", words).casefold().rstrip(".")

    first, second = plain(extract_answer(gold)), plain(text)
    if first and first == second:
        return Match(Verdict.CORRECT, f"{text[:40]!r} is the answer.")
    if any(first in words and second in words for words in _CLOSED_VOCABULARIES):
        return Match(Verdict.INCORRECT, f"The answer is not {text[:40]!r}.")
    return Match(Verdict.UNCHECKED, "The gold answer is no number, and the texts differ.")


def _shown(value: Number) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"a number of {len(text)} digits"
