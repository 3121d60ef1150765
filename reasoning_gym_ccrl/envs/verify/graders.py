"""Answers that a grader of another library judges, in a worker process: `metadata["grader"]` names it.

Such graders are asked last. The gold text itself is right; where gold is a number, a yes or a no, `answers` decides.
What a grader accepts is looked at once more, because some are lenient: a hedge, a list of guesses, "nan", or a copy out
of the question is not right. A time-out or a crash of the grader is UNCHECKED, with the reason.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ...types import Judgement, Problem, Verdict
from .answers import Match, extract_answer, match_answer
from .tokens import MAX_CHARS, canonical
from .worker import call

DEADLINE_SECONDS = 0.25
_MAX_ANSWER_CHARS = 100_000
_SHORTEST_COPY = 12  # characters; a shorter piece of the question may well be an answer
_TOLERANCE = Fraction(1, 100)  # of gold: a grader may forgive rounding, but no more than this

_NUMBER = re.compile(r"[-+]?\d{1,40}(?:\.\d{1,40}|/[1-9]\d{0,39})?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,40}", re.ASCII)
_CLOSED = frozenset({"true", "false", "yes", "no"})
_STATES = re.compile(r"\\boxed\s*\{|####|\banswer\s*(?:is\b|:)", re.I)
_NO_VALUE = re.compile(r"\b(?:nan|inf|infinity|none|null)\b", re.I)
_EITHER = re.compile(r"\b(?:or|either)\b", re.I)

# Some graders execute the answer. They are shown what can call nothing, and nothing else: literals with no bracket that
# calls and no operator, and formulas with known names, no attribute, no quotation mark.
_LITERAL = re.compile(r"(?:(?![().\\{}@:=*/])[\t-~]|\.(?=\d)|(?<=\d)\.)*", re.ASCII)
_KNOWN_NAMES = "Abs|Integral|Rational|acos|asin|atan|cosh?|exp|log|pi|sinh?|sqrt|tanh?"
_FORMULA = re.compile(
    rf"(?:[\s\d+\-*/^(),]|\.(?=\d)|(?<=\d)\.|(?<![A-Za-z_])(?:{_KNOWN_NAMES}|[A-Za-z])(?![A-Za-z_]))*", re.ASCII
)
_EXECUTING = {
    **dict.fromkeys(("binary_matrix", "n_queens", "number_sorting", "spiral_matrix", "string_insertion"), _LITERAL),
    **dict.fromkeys(("countdown", "polynomial_multiplication", "puzzle24"), _FORMULA),
    **dict.fromkeys(("intermediate_integration", "simple_integration"), _FORMULA),
}
_OPERATOR_SPACE = re.compile(r"\s*([-+*/^×])\s*")


def grade(problem: Problem, text: str, deadline_seconds: float = DEADLINE_SECONDS) -> Judgement | None:
    """The judgement of an answer by the problem's grader, or None where it names none that is known."""
    spec = problem.metadata.get("grader")
    gold = problem.answer
    if not isinstance(spec, Mapping) or spec.get("kind") != "reasoning_gym" or gold is None:
        return None
    if _plain(text) == _plain(gold):
        return _judgement(Match(Verdict.CORRECT, "It is the gold answer."))
    if len(text) > _MAX_ANSWER_CHARS:
        return _judgement(
            Match(Verdict.UNCHECKED, f"An answer of more than {_MAX_ANSWER_CHARS} characters is not read.")
        )
    stated = extract_answer(text) if _STATES.search(text[:MAX_CHARS]) else text.strip()
    if _plain(stated) == _plain(gold):
        return _judgement(Match(Verdict.CORRECT, "It is the gold answer."))
    match = _match(spec, gold, stated, deadline_seconds)
    if match.verdict is Verdict.CORRECT:
        match = _objection(problem, gold, stated) or match
    return _judgement(match)


def _match(spec: Mapping[str, Any], gold: str, stated: str, deadline_seconds: float) -> Match:
    own = _by_own_means(gold, stated)
    if own is not None and (own.verdict is not Verdict.INCORRECT or _INTEGER.fullmatch(gold) or own.value is None):
        return own
    asked = _ask(spec, stated, deadline_seconds)
    if asked.verdict is Verdict.CORRECT and own is not None and not _is_near(own, gold):
        return own
    return asked


def _ask(spec: Mapping[str, Any], stated: str, deadline_seconds: float) -> Match:
    if not _may_be_shown(spec, stated):
        return Match(Verdict.UNCHECKED, "Its grader executes text, and was not shown an answer that is no plain value.")
    arguments = {key: spec.get(key) for key in ("task", "options", "entry")} | {"answer": stated}
    outcome = call("reasoning_gym", arguments, deadline_seconds)
    if outcome.status != "done":
        return Match(Verdict.UNCHECKED, f"The grader gave no verdict. {outcome.value}")
    score = outcome.value
    if not isinstance(score, int | float) or not math.isfinite(score):
        return Match(Verdict.UNCHECKED, "The grader gave no score.")
    if score >= 1:
        return Match(Verdict.CORRECT, f"The grader of {_task(spec)[:40]} accepts it.")
    partly = "; in part it does" if score > 0.1 else ""
    return Match(Verdict.INCORRECT, f"The grader of {_task(spec)[:40]} does not accept it{partly}.")


def _may_be_shown(spec: Mapping[str, Any], stated: str) -> bool:
    """Whether a grader that executes text is given plain values alone: the answer, and what a file may say is gold."""
    plain = _EXECUTING.get(_task(spec))
    if plain is None:
        return True
    texts = [stated, _part(spec, "entry", "answer"), _part(spec, "entry", "metadata", "integrand")]
    return all(len(text) <= MAX_CHARS and plain.fullmatch(text) for text in texts if isinstance(text, str))


def _objection(problem: Problem, gold: str, stated: str) -> Match | None:
    """Why an answer cannot have full marks, whatever its grader says; None where nothing speaks against it."""
    if _is_copied(problem.question, stated):
        return Match(Verdict.INCORRECT, "The answer is copied out of the question.")
    if _NO_VALUE.search(stated) and not _NO_VALUE.search(gold):
        return Match(Verdict.INCORRECT, "The answer has no value.")
    if _EITHER.search(stated) and not _EITHER.search(gold):
        return Match(Verdict.UNCHECKED, "The answer holds alternatives and does not say which one it means.")
    if len(gold.split()) == 1 and len(_OPERATOR_SPACE.sub(r"\1", stated).split()) > 1 and not _NUMBER.fullmatch(gold):
        return Match(Verdict.UNCHECKED, "One word is asked, and the answer holds several.")
    if gold[:1] not in "[{" and _parts(stated) > _parts(gold):
        return Match(Verdict.UNCHECKED, "The answer holds more than is asked, and does not say what it means.")
    numbers = _numbers_to_use(problem)
    if numbers is not None and Counter(re.findall(r"\d+", stated)) != Counter(numbers):
        return Match(Verdict.INCORRECT, f"The numbers to be used are {', '.join(numbers)}, each once.")
    return None


def _is_copied(question: str, stated: str) -> bool:
    """Whether an answer that is not gold's own text is a phrase or a calculation out of the question."""
    copied = _plain(stated).casefold()
    is_phrase = len(copied) >= _SHORTEST_COPY and " " in copied
    return (is_phrase or any(sign in copied for sign in "*/^+(=")) and copied in _plain(question).casefold()


def _parts(text: str) -> int:
    """How many things a list names."""
    return len(re.findall(r"[^\s,;][^,;\n]*(?:,\d{3}\b[^,;\n]*)*", text))


def _numbers_to_use(problem: Problem) -> list[str] | None:
    """The numbers that a game of 24 gives, of which its grader does not ask that they be used."""
    spec = problem.metadata["grader"]
    numbers = _part(spec, "entry", "metadata", "numbers")
    return [str(number) for number in numbers] if _task(spec) == "puzzle24" and isinstance(numbers, list) else None


def _task(spec: Mapping[str, Any]) -> str:
    """The task whose grader is asked: in a composite, that of the entry."""
    task = spec.get("task")
    return str(_part(spec, "entry", "metadata", "source_dataset") if task == "composite" else task)


def _part(value: Any, *path: str) -> Any:
    """What stands at a path of keys, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _by_own_means(gold: str, stated: str) -> Match | None:
    """The verdict of `answers` where gold is one number, or one of true, false, yes and no; else None."""
    if _NUMBER.fullmatch(gold):
        return match_answer(gold, stated, kind="number")
    if gold.casefold() in _CLOSED:
        said = {word.casefold() for word in re.findall(r"[^\W\d_]+", stated[:MAX_CHARS])}
        if said & _CLOSED and len(said) > 1:
            return Match(
                Verdict.UNCHECKED, f"What the answer says could not be read; asked is {' or '.join(_asked(gold))}."
            )
        if said == {gold.casefold()}:
            return Match(Verdict.CORRECT, f"{gold} is the answer.")
        return Match(Verdict.INCORRECT, f"The answer is not {stated[:40]!r}.")
    return None


def _asked(gold: str) -> tuple[str, str]:
    return ("true", "false") if gold.casefold() in ("true", "false") else ("yes", "no")


def _is_near(own: Match, gold: str) -> bool:
    """Whether a value is one that rounding could have made of gold."""
    value = Fraction(gold)
    return own.value is not None and own.value != value and abs(own.value - value) <= _TOLERANCE * abs(value)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _judgement(match: Match) -> Judgement:
    verdict = match.verdict
    value = None if match.value is None else canonical(match.value)
    return Judgement(
        verdict,
        True,
        verdict,
        Verdict.UNCHECKED,
        verdict,
        match.reason,
        value=value,
        counts=verdict is not Verdict.UNCHECKED,
    )
