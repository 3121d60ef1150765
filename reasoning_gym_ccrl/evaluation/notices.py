"""The warnings of a training log, thousands of rows of them at worst, as a few sentences for a reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_NOTICES = 8
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


@dataclass(slots=True)
class Warned:
    """One kind of warning: its first and last text, and the updates at which it was given, as the rows number them."""

    text: str
    last: str
    updates: list[int]


def kinds_of_warnings(rows: Sequence[Mapping[str, Any]]) -> list[Warned]:
    """The warnings in the rows of metrics.jsonl, those of a kind together, in the order in which they first come up.

    Warnings are of one kind where they differ in numbers alone. What is no list of texts is left out.
    """
    kinds: dict[tuple[str, str], Warned] = {}
    for place, row in enumerate(rows):
        warnings, stage = row.get("warnings"), str(row.get("stage", ""))
        update = row.get("update", place)
        for text in warnings if isinstance(warnings, list) else ():
            if isinstance(text, str) and isinstance(update, int):
                warned = kinds.setdefault((stage, _NUMBERS.sub("#", text)), Warned(text, text, []))
                warned.last = text
                warned.updates.append(update)
    return list(kinds.values())


def training_notices(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence for each kind of warning in the rows of metrics.jsonl: where it began, how often, its first text.

    >>> training_notices([{"update": 40, "warnings": ["Entropy 0.21."]}, {"update": 41, "warnings": ["Entropy 0.2."]}])
    ['At update 40, and at 1 later update, the last of them 41: Entropy 0.21.']
    """
    notices = [_sentence(warned) for warned in kinds_of_warnings(rows)]
    rest = len(notices) - MOST_NOTICES
    return notices if rest <= 0 else [*notices[:MOST_NOTICES], f"And {rest} more kinds of warnings in metrics.jsonl."]


def _sentence(warned: Warned) -> str:
    first, later = warned.updates[0], len(warned.updates) - 1
    if not later:
        return f"At update {first}: {warned.text}"
    many = "update" if later == 1 else "updates"
    return f"At update {first}, and at {later} later {many}, the last of them {warned.updates[-1]}: {warned.text}"
