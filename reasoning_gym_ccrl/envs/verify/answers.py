"""Is an answer the gold answer? Exact values, no rounding; units and currency ignored where gold has none.

Nearly all answers are numbers, and are read by `answer_numbers` at once. Others are read into a form (`answer_forms`:
formula, set, point, interval, equation, matrix, time, words) and compared (`answer_compare`); a number in prose is
looked for last (`answer_prose`). Where a problem names the kind of its answer, `answer_kinds` asks for its form too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ...types import Verdict
from .answer_compare import Comparison
from .answer_forms import Form, Group, Value, Words, as_product, stated
from .answer_kinds import KINDS, is_unsolved, is_worked_out, verdict_of
from .answer_numbers import Amount, read_amount
from .answer_prose import Match, match_prose, shown
from .answer_reading import read_answer, read_form
from .answer_text import extract_answer, last_mathematics, tidy
from .answer_values import Truth, from_verdict
from .answer_words import choice_of, limit_of, same_words
from .tokens import MAX_CHARS, Number

__all__ = ["Match", "answers_match", "extract_answer", "match_answer"]

_CORRECT, _INCORRECT, _UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED

_is_integer = re.compile(r"-?\d{1,18}", re.ASCII).fullmatch
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_LOOSE_SPACE = re.compile(r"(?<!\w)\s+|\s+(?!\w)")  # 1 2 is not 12
_MAX_VALUE_BITS = 2_048  # of a value that is reported


def answers_match(gold: str, answer: str, *, evaluated: bool = False, kind: str | None = None) -> Verdict:
    r"""Whether an answer states the gold value: exactly, after reading `\boxed`, `####` and "the answer is".

    Args:
        gold: the gold answer.
        answer: what was answered; units and currency are ignored where gold has none, and % is 1/100.
        evaluated: whether a number must be worked out, so that "3 * 4" is no answer where "12" is asked.
        kind: as in `match_answer`; "number" is `evaluated`.

    >>> [str(answers_match("12", text)) for text in ("$12.00", "The answer is 12.", "13", "3 * 4")]
    ['CORRECT', 'CORRECT', 'INCORRECT', 'CORRECT']
    >>> str(answers_match("12", "3 * 4", evaluated=True))
    'INCORRECT'
    >>> [str(answers_match(r"2\sqrt{3}", text)) for text in (r"\sqrt{12}", "3.464")]
    ['CORRECT', 'INCORRECT']
    """
    return match_answer(gold, answer, kind="number" if evaluated and kind is None else kind).verdict


def match_answer(gold: str, answer: str, *, kind: str | None = None, given: Sequence[str] = ()) -> Match:
    """`answers_match` with its reason and the value read.

    Args:
        gold: the gold answer.
        answer: what was answered, untrusted.
        kind: which form the answer must have, one of `answer_kinds`; None or any other word asks for equality alone.
        given: expressions that the question gives, which are no answer to "expression" when they are copied.
    """
    if _is_integer(gold) and _is_integer(answer):  # nearly all answers
        value = int(answer)
        if value == int(gold):
            return Match(_CORRECT, f"{gold} is the answer.", value)
        return Match(_INCORRECT, f"The answer is not {answer}.", value)
    if len(answer) > MAX_CHARS:
        return Match(_UNCHECKED, f"An answer of more than {MAX_CHARS} characters is not read.")
    text = extract_answer(answer)
    wanted = _gold(gold)
    if wanted.amount is None and ("$" in answer or "\\(" in answer or "\\[" in answer):
        text = _mathematics_in(text, answer)
    if kind is not None and kind in KINDS:
        return verdict_of(True, text) if text and text == wanted.text else KINDS[kind](gold, text, given)
    worked_out = kind == "number"
    if wanted.amount is not None and (amount := read_amount(text)) is not None:
        return _match_amount(wanted.amount, amount, text, worked_out=worked_out)
    return _match_form(wanted, text, worked_out=worked_out)


def _mathematics_in(text: str, answer: str) -> str:
    """The last mathematics between delimiters where the extracted text is prose around it."""
    inner = last_mathematics(answer)
    if not inner or inner == text or not isinstance(read_form(text), Words) or isinstance(read_form(inner), Words):
        return text
    return inner


class _Gold:
    """What is known of a gold answer: its text, the number that it is, its form and its letter of a choice."""

    __slots__ = ("_form", "amount", "choice", "plain", "text")

    def __init__(self, gold: str):
        self.text = extract_answer(gold) if len(gold) <= MAX_CHARS else gold
        self.amount = read_amount(self.text) if len(gold) <= MAX_CHARS else None
        self.choice = choice_of(self.text) if self.amount is None and not self.text[:1].islower() else ""
        self.plain = _plain(self.text)
        self._form: Form | None = None

    @property
    def form(self) -> Form:
        if self._form is None:
            self._form = read_form(self.text)
        return self._form


@lru_cache(maxsize=4_096)
def _gold(gold: str) -> _Gold:
    return _Gold(gold)


def _match_amount(gold: Amount, answer: Amount, text: str, *, worked_out: bool) -> Match:
    value = answer.value
    truth: Truth = gold.value == value
    if gold.unit and gold.unit != answer.unit:
        truth = Comparison(0).same(gold, answer)
    if truth is None:
        return Match(_UNCHECKED, f"The number is right; its unit, {gold.unit[:20]!r}, was not checked.", value)
    if not truth:
        return Match(_INCORRECT, f"The answer is not {text[:40]}.", _reported(value))
    if worked_out and not answer.worked_out and gold.worked_out:
        return Match(_INCORRECT, "The answer must be worked out to one number.", _reported(value))
    return Match(_CORRECT, f"{shown(value)} is the answer.", _reported(value))


def _reported(value: Number) -> Number | None:
    return value if value.numerator.bit_length() + value.denominator.bit_length() <= _MAX_VALUE_BITS else None


def _match_form(wanted: _Gold, text: str, *, worked_out: bool) -> Match:
    if text and _plain(text) == wanted.plain:
        return verdict_of(True, text)
    if wanted.choice:
        said = choice_of(text)
        return verdict_of(said == wanted.choice if said else same_words(wanted.text, text), text)
    gold, form = wanted.form, read_form(text) if wanted.amount is not None else read_answer(text)
    if isinstance(form, Words) != isinstance(gold, Words):  # xy and x * y
        gold, form = as_product(gold), as_product(form)
    if (special := _special(wanted.text, text, form)) is not None:
        return special
    if isinstance(form, Words):
        return _match_words(wanted, text, worked_out=worked_out)
    if worked_out and isinstance(gold, Value) and is_unsolved(form):
        return Match(_INCORRECT, "The answer is an equation, and gives no value.")
    truth = Comparison().same(gold, form)
    if truth is not True and (truth_of_list := _as_lists(wanted, text, form)) is not False:
        truth = truth_of_list
    value = _value_of(form)
    if truth and worked_out and isinstance(stated(gold), Value) and not is_worked_out(form):
        return Match(_INCORRECT, "The answer must be worked out to one number.", value)
    match = verdict_of(truth, text)
    return match if value is None else Match(match.verdict, match.reason, value)


def _special(gold: str, text: str, form: Form) -> Match | None:
    """The match where gold is infinite or undefined; None where it is not."""
    wanted, said = limit_of(gold), limit_of(text)
    if not wanted and not said:
        return None
    if said or isinstance(form, Value):
        return verdict_of(wanted == said, text)
    return verdict_of(None, text)


def _match_words(wanted: _Gold, text: str, *, worked_out: bool) -> Match:
    """An answer of which no form could be read."""
    if wanted.amount is not None:
        return match_prose(wanted.amount.value, wanted.amount.unit, text, worked_out=worked_out)
    truth = True if tidy(wanted.text) == tidy(text) else same_words(wanted.text, text)
    gold = stated(wanted.form)
    if truth is None and isinstance(gold, Value) and gold.value is not None:
        return match_prose(gold.value, "", text, worked_out=worked_out)
    if not text:
        truth = False
    if truth is None and isinstance(gold, Value):
        truth = _ask(wanted.text, text)
    return verdict_of(truth, text)


def _ask(gold: str, text: str) -> Truth:
    """What sympy's worker says of two formulas, one of which has functions that are not read here."""
    from .symbolic import equal

    return from_verdict(equal(tidy(gold), tidy(text)))


def _as_lists(wanted: _Gold, text: str, form: Form) -> Truth:
    """A second look where a comma may part thousands or values: 10,100 is 10 and 100 where gold is such a pair."""
    if isinstance(wanted.form, Group) and isinstance(form, Amount) and _THOUSANDS.search(text):
        return Comparison(0).same(wanted.form, read_form(_THOUSANDS.sub(", ", text))) or False
    if wanted.amount is not None and isinstance(form, Group) and _THOUSANDS.search(wanted.text):
        equal = Comparison(0).same(read_form(_THOUSANDS.sub(", ", wanted.text)), form)
        return None if equal else False
    return False


def _value_of(form: Form) -> Number | None:
    form = stated(form)
    if isinstance(form, Value) and form.value is not None:
        return _reported(form.value)
    return None


def _plain(text: str) -> str:
    return _LOOSE_SPACE.sub("", text.replace("$", ""))
