"""Is an answer none at all: "I don't know"? Where an environment allows it, that is an outcome of its own."""

from __future__ import annotations

import re

ABSTENTIONS = frozenset(
    {
        "abstain", "dont know", "i abstain", "i am not sure", "i am unsure", "i cannot answer", "i cant answer",
        "i do not know", "i dont know", "i have no answer", "i have no idea", "idk", "im not sure", "no answer",
        "not sure", "pass",
    }
)  # fmt: skip
"""What abstains, in small letters and without punctuation. "unknown" is not here: it is the answer to some problems."""

_PUNCTUATION = re.compile(r"[^\w\s]+")
_MAX_CHARS = 40  # longer text says something else


def is_abstention(text: str) -> bool:
    """Whether an answer's whole text is one of `ABSTENTIONS`.

    >>> is_abstention("I don't know."), is_abstention("I don't know, 12?")
    (True, False)
    """
    if len(text) > _MAX_CHARS:
        return False
    return " ".join(_PUNCTUATION.sub("", text).lower().split()) in ABSTENTIONS
