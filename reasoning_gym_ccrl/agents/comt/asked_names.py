"""Names by what a sentence says it is about to find, and by what the question asks for."""

from __future__ import annotations

import re

from .number_mentions import Mention
from .phrase_words import ABSTRACT, COPULAS, VERBS, words_of
from .phrases import tidy

_ANNOUNCED = re.compile(
    r"\b(?:the|each|his|her|their|its)\s+((?:[a-z'’-]+\s){0,3}?(?:"
    + "|".join(sorted(ABSTRACT))
    + r")\b[^.,:;=$\d<>()]*)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\s*(?:out\s+)?how (?:many|much) ([^:,.=$\d]*?)(?: by | if | when | since |\s*[:,.])", re.IGNORECASE
)


def announced(text: str, mention: Mention) -> str:
    """What a sentence says it is about to find: "First find the total time spent on laundry: 18 minutes"."""
    start = text.rfind("\n", 0, mention.start) + 1
    told = [match.end() for match in re.finditer(r"\b(?:find|calculate|determine)\b", text[start : mention.start])]
    if told and (many := _HOW_MANY.match(text[start + told[-1] : mention.start])):
        return tidy(words_of(many[1]), [])
    found = _ANNOUNCED.search(text, start + told[-1], mention.start) if told else None
    if found is None:
        return ""
    words = words_of(found[1])
    head = next((i for i, word in enumerate(words) if word.lower() in ABSTRACT), 0)
    verb = max((i for i, word in enumerate(words[:head]) if word.lower() in VERBS), default=-1)
    words = words[verb + 1 :]
    lowered = [word.lower() for word in words]
    ends = COPULAS | {"by", "which", "because", "since", "so", "then"}
    until = next((i for i, word in enumerate(lowered) if i and word in ends), len(words))
    return tidy(words[:until], [])


def is_announced(text: str, mention: Mention) -> bool:
    """Whether a colon stands right before the number, so that what it is has been said before."""
    return text[: mention.start].rstrip().endswith(":")


_ASKED = re.compile(
    r"how (?:many|much) ([^?.,]*?)\s?\b(will|would|can|could|must|should) ((?:[^?.,\s]+ ){1,4}?)(\w+)\b([^?]*)\?\s*$",
    re.I,
)
_ASKED_WHAT = re.compile(r"what (?:is|was|are|were|will be|would be) (?:the|his|her|their) ([^?]*)\?\s*$", re.I)
_ASKED_COST = re.compile(r"how much (?:do|does|did|will|would) ([^?,]*?) (?:cost)\b[^?]*\?\s*$", re.I)
_ASKED_AGE = re.compile(r"how old (?:is|was|will|are) ([^?,]*?)(?: be)?(?: now| today| currently)?\?\s*$", re.I)


def asked_for(question: str) -> str:
    """What a question asks for, as a name: "How many miles will Ann run in May?" -> "miles Ann will run in May"."""
    if match := _ASKED_COST.search(question):
        return tidy(["cost", "of", *words_of(match[1])], [])
    if match := _ASKED.search(question):
        noun, modal, subject, verb, rest = match.groups()
        if verb.lower() in VERBS and not any(m.isdigit() for m in rest):
            return tidy([*(words_of(noun) or ["money"]), *words_of(subject), modal, verb], words_of(rest))
    if match := _ASKED_WHAT.search(question):
        return tidy(words_of(match[1].partition(",")[0]), [])
    if match := _ASKED_AGE.search(question):
        return tidy(["age", "of", *words_of(match[1])], [])
    return ""
