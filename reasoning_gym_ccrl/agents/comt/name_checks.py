"""Names that say nothing: what cutting a clause out of a sentence leaves where the sentence was not understood.

These are filters of candidates. Where one is refused the next is tried, and where none is left there is no plan.
"""

from __future__ import annotations

from itertools import pairwise

from .phrase_words import (
    AUXILIARIES,
    COPULAS,
    DETERMINERS,
    NOUN_ENDS,
    POSSESSIVES,
    PREPOSITIONS,
    VERBS,
    singular,
    words_of,
)
from .phrases import has_verb

_ENDINGS = frozenset({"s", "th", "st", "nd", "rd"})  # what is left of "20s" and "5th" without the digits
_SUBJECTS = frozenset({"he", "she", "it", "they", "we", "you", "i"})
_ARTICLES = frozenset({"a", "an", "the"})
_JOINING = frozenset({"than", "as", "that", "which", "when", "while", "before", "after", "if", "and", "until"})
_OPEN = frozenset({"for", "of", "to", "from", "with", "at", "in", "on", "by", "into", "than"})
_RELATING = frozenset({"than", "as", "per", "that"})  # "more hats she has than hats he has"


def says_something(name: str) -> bool:
    """Whether a name can be the name of a quantity.

    Not so: a word torn from its number ("s they"), a word, a subject or an article twice in a row ("he he", "the a"), a
    noun with an open end ("turtles for"), no noun at all ("remain"), a price of no thing ("price of after paying"), a
    part that is not said of what ("part of the homeless" for what they did not get), a question ("cookies who bought"),
    and two clauses run together, which name a subject or what is counted twice ("cars Vinnie a few cars Jaden had").

    >>> [says_something(name) for name in ("price of each shirt", "price of after paying", "cars a few cars he had")]
    [True, False, False]
    """
    words = [word.lower() for word in words_of(name)]
    if not words or any(word in _ENDINGS for word in words):
        return False
    if any(
        one == other or {one, other} <= _SUBJECTS or (one in _ARTICLES and other in _ARTICLES | POSSESSIVES)
        for one, other in pairwise(words)
    ):
        return False
    if words[-1] in _OPEN and not has_verb(words):
        return False
    if len(words) == 1 and words[0] in NOUN_ENDS | VERBS | {"remain", "remains"}:
        return False
    if words[:2] in (["price", "of"], ["value", "of"]) and not _is_thing(words[2:]):
        return False
    if words[:2] == ["part", "of"] or words[1:2] == ["who"] or words[0] in COPULAS | AUXILIARIES | {"like", "likes"}:
        return False
    if not _JOINING & set(words) and sum(word in _SUBJECTS for word in words) > 1:
        return False
    return bool(_RELATING & set(words)) or not _says_twice(words)


def _is_thing(words: list[str]) -> bool:
    return bool(words) and words[0] not in PREPOSITIONS | VERBS and words[0][-2:] != "ly" and not COPULAS & set(words)


def _says_twice(words: list[str]) -> bool:
    content = [singular(word) for word in words if word not in NOUN_ENDS | DETERMINERS and word != "of"]
    return len(set(content)) < len(content)
