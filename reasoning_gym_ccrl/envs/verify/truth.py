"""Answers that are a truth value: yes, no, or that it cannot be known."""

from __future__ import annotations

import re

_SAID = {
    "yes": ("yes", "true", "y"),
    "no": ("no", "false", "n"),
    "unknown": (
        "unknown", "uncertain", "undetermined", "undecided", "not known", "not determined", "cannot be known",
        "can not be known", "cannot be determined", "can not be determined", "cannot tell", "can not tell",
        "cannot be told", "cannot be decided", "not enough information", "neither", "maybe",
    ),
}  # fmt: skip
TRUTHS = tuple(_SAID)
_LONGEST_FIRST = sorted(((said, truth) for truth, ways in _SAID.items() for said in ways), key=lambda w: -len(w[0]))
_SPOKEN = re.compile(rf"\b(?:{'|'.join(re.escape(said) for said, _ in _LONGEST_FIRST)})\b")
_TRUTH_OF = dict(_LONGEST_FIRST)
_BEFORE = re.compile(r"(?:it|this|that|which)\s+(?:is|must be)\s+|it\s+|we\s+|there\s+is\s+")


def truths_in(text: str) -> list[str]:
    """The truth values that a text says, in order, each once.

    >>> truths_in("Yes."), truths_in("It cannot be known."), truths_in("yes, no or unknown"), truths_in("12")
    (['yes'], ['unknown'], ['yes', 'no', 'unknown'], [])
    """
    return list(dict.fromkeys(_TRUTH_OF[said] for said in _SPOKEN.findall(_plain(text))))


def split_truth(text: str) -> tuple[str, str] | None:
    """The truth value that a text begins with, and what follows it; None where it begins otherwise.

    >>> split_truth("No, Ann is not kind."), split_truth("Ann is kind.")
    (('no', 'ann is not kind.'), None)
    """
    plain = _plain(text)
    if (before := _BEFORE.match(plain)) is not None:
        plain = plain[before.end() :]
    match = _SPOKEN.match(plain)
    return None if match is None else (_TRUTH_OF[match.group()], plain[match.end() :].lstrip(" ,.;:-"))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").replace("can't", "cannot").replace("isn't", "is not").split())
