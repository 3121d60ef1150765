"""Phrases cut out of a sentence: the clause around a number, the noun after it, and words made into a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .number_mentions import Mention
from .phrase_words import (
    ABSTRACT,
    ADVERBS,
    AUXILIARIES,
    BARE,
    CONJUNCTIONS,
    COPULAS,
    COSTS,
    DETERMINERS,
    FILLERS,
    NOUN_ENDS,
    OPENERS,
    PARTICIPLES,
    POSSESSIVE,
    PREPOSITIONS,
    PRONOUNS,
    SAYING,
    SPLITTERS,
    VERBS,
    words_of,
)

MAX_WORDS = 13
NAMES_LIKE_VERBS = frozenset({"May", "Will", "Mark", "Bill"})
_HARD = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?;:](?=\s|$)|\n|[()\[\]\"“”]|\s[-–—]\s")
_SOFT = re.compile(rf",\s+|\s(?=(?:and|{'|'.join(sorted(SPLITTERS))})\s)", re.IGNORECASE)
_WHICH = frozenset({"last", "next", "this", "that", "every", "each", "one"})
_TIMES = frozenset({"day", "night", "week", "month", "year", "morning", "evening", "weekend", "time", "hour"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a number in its clause, as words.

    Attributes:
        before: the clause up to its first number.
        near: the words straight before the number, since the number before it.
        after: the words after the number, up to the clause's end or the next number.
        cut: whether another number stands between `before` and this one.
        text: the clause up to the number, as it is written.
        previous: the number before it in the clause, or None.
    """

    before: list[str]
    near: list[str]
    after: list[str]
    cut: bool
    text: str = ""
    previous: Mention | None = None


def surroundings(text: str, mention: Mention, mentions: Sequence[Mention]) -> Surroundings:
    """The clause around a mention, which is one of all `mentions` of the text."""
    start = max((m.end() for m in _HARD.finditer(text, 0, mention.start)), default=0)
    end = min((m.start() for m in _HARD.finditer(text, mention.end)), default=len(text))
    start = _clause_start(text, start, mention, mentions)
    end = _clause_end(text, mention, end, mentions)
    inside = [m for m in mentions if start <= m.start and m.end <= mention.start]
    first = inside[0].start if inside else mention.start
    last = inside[-1].end if inside else start
    return Surroundings(
        words_of(text[start:first]),
        words_of(text[last : mention.start]),
        words_of(re.sub(r"\s*/\s*(?=[a-zA-Z])", " per ", text[mention.end : end])),
        bool(inside),
        text[start : mention.start],
        inside[-1] if inside else None,
    )


def _clause_start(text: str, start: int, mention: Mention, mentions: Sequence[Mention]) -> int:
    for boundary in reversed(list(_SOFT.finditer(text, start, mention.start))):
        left, right = text[start : boundary.start()], text[boundary.end() : mention.start]
        word = (words_of(right) or [""])[0].lower()
        if word in SPLITTERS:
            return boundary.end()
        if word == "and" and (_is_one_subject(left, right) or _is_amount(left, right)):
            continue
        numbered = any(start <= m.start and m.end <= boundary.start() for m in mentions)
        left_words = [word for word in words_of(left) if word.lower() not in COSTS]  # "the total cost of a, b and c"
        opens = word != "and" and "," not in left and left_words[:1] and left_words[0].lower() in OPENERS
        if numbered or has_verb(left_words) or opens:
            return boundary.end()
    return start


def _is_one_subject(left: str, right: str) -> bool:
    """Whether "and" joins two names, "Jade and Julia had": as far back as the comma before, nothing but names."""
    names = words_of(left.rpartition(",")[2])
    after = words_of(right)[1:2]
    return 0 < len(names) < 3 and all(word[0].isupper() for word in (*names, *after)) and bool(after)


def _is_amount(left: str, right: str) -> bool:
    """Whether "and" is inside of a subject, "the total amount he pays for the rent and food is"."""
    words, rest = [[word.lower() for word in words_of(text)] for text in (left.rpartition(",")[2], right)]
    is_said = bool(rest) and rest[-1] in COPULAS and not set(rest[:-1]) & VERBS
    return is_said and words[:1] == ["the"] and bool(set(words[1:4]) & ABSTRACT) and not set(words) & COPULAS


def _clause_end(text: str, mention: Mention, end: int, mentions: Sequence[Mention]) -> int:
    following = [m.start for m in mentions if mention.end <= m.start < end]
    end = min([end, *following])
    for boundary in _SOFT.finditer(text, mention.end, end):
        if boundary.group().startswith(","):
            return boundary.start()
        right = words_of(text[boundary.end() : end])
        if right[:1] != ["and"] or any(map(is_finite, right)) or following:
            return boundary.start()
    return end


def counted_noun(after: list[str], mention: Mention | None, noun: str) -> tuple[list[str], list[str]]:
    """The words that say what is counted, and the rest of what follows."""
    words = list(after)
    more = words[:1] and words[0].lower() in ("more", "fewer", "less", "extra", "additional", "other", "new")
    if more and len(words) > 1 and words[1].lower() not in NOUN_ENDS:
        lead, words = words[:1], words[1:]
    else:
        lead = []
    size = phrase_length(words)
    if mention is not None and mention.kind == "money":
        if words[:1] and words[0].lower() in ("dollars", "dollar", "cents", "cent"):
            return [*lead, words[0] if words[0].lower() == "cents" else "dollars"], words[1:]
        return ["dollars"], after
    if size:
        return [*lead, *words[:size]], words[size:]
    if (
        len(words) > 2
        and words[0].lower() == "of"
        and words[1].lower() in DETERMINERS
        and (size := phrase_length(words[2:]))
    ):
        return words[2 : 2 + size], words[2 + size :]
    if noun:
        return noun.split(), after
    return (["number"], after) if after[:1] and after[0].lower() == "of" else ([], after)


def phrase_length(words: Sequence[str]) -> int:
    """How many words from the start are a noun phrase, "grams of dog food" being one."""
    size = 0
    while size < len(words) and words[size].lower() not in NOUN_ENDS and size < 5:
        size += 1
        if words[size : size + 1] and words[size].lower() == "of" and size + 1 < len(words):
            size += 1
            if words[size].lower() in DETERMINERS:
                size += 1
    while size and words[size - 1].lower() in DETERMINERS | {"of"}:
        size -= 1
    return size


def opened(words: Sequence[str]) -> list[str]:
    """Without the words that open a clause and the fillers before its end: "so he has only" -> "he has"."""
    result = list(words)
    while result:
        saying = next((s for s in SAYING if tuple(w.lower() for w in result[: len(s)]) == s), ())
        if saying:
            result = result[len(saying) :]
        elif len(result) > 2 and result[0].lower() in _WHICH and result[1].lower() in _TIMES:
            result = result[2:]
        elif result[0].lower() in ADVERBS or (
            result[0].lower() in OPENERS and not (len(result) > 1 and result[0].lower() in PREPOSITIONS)
        ):
            result.pop(0)
        else:
            break
    return stripped(result, FILLERS)


def has_verb(words: Sequence[str]) -> bool:
    """Whether one of the words is a verb; "May" and "Will" are names."""
    return any(word.lower() in VERBS and word not in NAMES_LIKE_VERBS for word in words)


def is_finite(word: str) -> bool:
    """Whether a verb says what somebody does: "people buy", and not "tickets sold"."""
    lower = word.lower()
    is_verb = lower in VERBS - {"to"} and word not in NAMES_LIKE_VERBS
    return is_verb and not lower.endswith("ed") and lower not in PARTICIPLES


def stripped(words: Sequence[str], ends: frozenset[str] = PREPOSITIONS | FILLERS | CONJUNCTIONS) -> list[str]:
    """Without such words at the end."""
    result = list(words)
    while result and (
        result[-1].lower() in ends or (result[-1].lower() == "of" and len(result) > 1 and result[-2].lower() in FILLERS)
    ):
        result.pop()
    return result


def ended(words: Sequence[str]) -> list[str]:
    """Without the words at the end that begin something else: "bags of treats for" -> "bags of treats"."""
    result = list(words)
    while result and result[-1].lower() in PREPOSITIONS | CONJUNCTIONS | DETERMINERS | COPULAS | {
        "plus",
        "minus",
        "of",
    }:
        if result[-1].lower() in ("each", "off", "out", "up", "down", "away"):
            break
        result.pop()
    return result


def subject_of(words: Sequence[str]) -> list[str]:
    """What a clause is about, without auxiliaries and adverbs before its verb: "he will currently" -> "he"."""
    return stripped(words, FILLERS | AUXILIARIES | CONJUNCTIONS | COPULAS)


def tidy(head: Sequence[str], rest: Sequence[str]) -> str:
    """The words as a name: no article in front, no sign, a possessive for "of he"; "" where it is too long or empty."""
    words = [*head, *rest]
    if len(words) > MAX_WORDS and rest:
        cut = next((i for i, word in enumerate(rest) if i and word.lower() in PREPOSITIONS), 0)
        words = [*head, *(rest[:cut] if len(head) + cut <= MAX_WORDS else [])]
    words = [word for word in words if word != "="]
    while len(words) > 1 and words[0].lower() in ("a", "an", "the"):
        words = words[1:]
    words = stripped(words, DETERMINERS | CONJUNCTIONS | COPULAS | {"of", "than"}) if len(words) > 1 else words
    if len(words) == 3 and words[1] == "of" and words[2].lower() in POSSESSIVE:
        words = [POSSESSIVE[words[2].lower()], words[0]]
    elif (
        len(words) > 3 and words[1] == "of" and words[2].lower() in POSSESSIVE and words[0] in ("age", "cost", "weight")
    ):
        words = [POSSESSIVE[words[2].lower()], words[0], *words[3:]]
    text = " ".join(_small(word, index) for index, word in enumerate(words)).replace("’", "'")
    if (
        not 0 < len(words) <= MAX_WORDS
        or text.lower() in BARE | PARTICIPLES
        or words[0].lower() in ("of", "that", "which", "than")
    ):
        return ""
    return text if any(word.lower() not in NOUN_ENDS | DETERMINERS for word in words) else ""


def _small(word: str, index: int) -> str:
    """Words that are no names in small letters; a name's capital stays."""
    lower = word.lower()
    if word in NAMES_LIKE_VERBS:
        return word
    common = lower in VERBS | PREPOSITIONS | DETERMINERS | PRONOUNS | FILLERS | ABSTRACT | OPENERS or word.isupper()
    return lower if common and word != "I" else word
