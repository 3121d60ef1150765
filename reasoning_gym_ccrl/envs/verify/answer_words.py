"""Answers in words: yes and no, choices, and words of small families such as the days of the week."""

from __future__ import annotations

import re

from .truth import split_truth, truths_in

_CHOICE = re.compile(r"(?:(?:option|choice|answer)\s+)?[(\[]?\s*([A-Za-z])\s*[)\]]?[.:]?", re.I)
_LEADING_CHOICE = re.compile(r"[(\[]\s*([A-Za-z])\s*[)\]]\s*\S")
_CHOICES = frozenset("ABCDEFGH")
_SPACE = re.compile(r"[\s$~]+|\\[,;:! ]")
_TYPE = re.compile(r"\\(?:text(?:bf|it|rm|sf)?|math(?:rm|bf|it)|mbox|operatorname)\s*\{([^{}]*)\}")
_PUNCTUATION = re.compile(r"[\s.,;:!?\"'“”‘’`*_]+$|^[\s\"'“”‘’`*_]+")
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.I)

_FAMILIES = tuple(
    frozenset(text.split())
    for text in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "january february march april may june july august september october november december",
        "odd even",
        "north south east west",
        "prime composite",
        "rational irrational",
        "positive negative zero",
        "increasing decreasing constant",
        "acute obtuse right",
        "always sometimes never",
        "heads tails",
        "converges diverges",
        "convergent divergent",
        "ellipse parabola hyperbola circle",
        "scalene isosceles equilateral",
    )
)
_UNDEFINED = frozenset({"undefined", "doesnotexist", "dne", "diverges", "nolimit"})
_LIMIT = re.compile(r"inf|∞|undef|exist|dne|diverg|limit", re.I)
_TRUTH_WORDS = frozenset({"yes", "no", "true", "false"})


def plain_words(text: str) -> str:
    r"""Words as they are compared: single spaces, small letters, no LaTeX around them, no article and no full stop.

    >>> plain_words(r"\text{The  red ball.}")
    'red ball'
    """
    text = _SPACE.sub(" ", _TYPE.sub(r" \1 ", text)).strip()
    return _ARTICLE.sub("", _PUNCTUATION.sub("", text)).casefold()


def choice_of(text: str) -> str:
    r"""The letter of a choice, "(B)" or "b." or "Option B" or "(B) 12"; "" where it is none.

    >>> choice_of(r"\text{(B)}"), choice_of("option c"), choice_of("bag")
    ('B', 'C', '')
    """
    text = _SPACE.sub(" ", _TYPE.sub(r" \1 ", text)).strip()
    match = _CHOICE.fullmatch(text) or _LEADING_CHOICE.match(text)
    letter = match.group(1).upper() if match else ""
    return letter if letter in _CHOICES else ""


def truth_of(text: str) -> str:
    r"""Which of "yes", "no" and "unknown" a text says, where it begins with one and says no other; else "".

    >>> truth_of("Yes, it does."), truth_of(r"\text{False}"), truth_of("yes or no"), truth_of("5")
    ('yes', 'no', '', '')
    """
    words = plain_words(text)
    found = split_truth(words)
    return found[0] if found is not None and truths_in(words) == [found[0]] else ""


def limit_of(text: str) -> str:
    r"""What an answer says that has no value: "∞", "-∞" or "undefined"; "" for any other.

    >>> limit_of(r"-\infty"), limit_of("Does not exist."), limit_of("12")
    ('-∞', 'undefined', '')
    """
    if not _LIMIT.search(text):
        return ""
    words = plain_words(text).replace("\\infty", "∞").replace("infinity", "∞").replace(" ", "")
    if words in ("∞", "+∞", "positive∞"):
        return "∞"
    if words in ("-∞", "−∞", "negative∞", "minus∞"):
        return "-∞"
    return "undefined" if words in _UNDEFINED else ""


def same_words(gold: str, answer: str) -> bool | None:
    """Whether two texts say the same in words; False only where both are of one small family of words."""
    first, second = plain_words(gold), plain_words(answer)
    if first == second:
        return True if first else None
    if first in _TRUTH_WORDS:
        said = truth_of(answer)
        return said == truth_of(gold) if said else None
    if any(first in family and second in family for family in _FAMILIES):
        return False
    return None
