"""Problem families: FAMILIES is the table that `families=` and the command line look names up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import InvalidOption
from .arithmetic import Arithmetic
from .base import DIFFICULTIES, OOD_SPLITS, SPLITS, Draft, Family, FamilyConfig, ProblemSource, has_split, split_of
from .word_problems import WordProblems

__all__ = [
    "DIFFICULTIES",
    "FAMILIES",
    "OOD_SPLITS",
    "SPLITS",
    "Draft",
    "Family",
    "FamilyConfig",
    "ProblemSource",
    "has_split",
    "make_source",
    "split_of",
]

FAMILIES: dict[str, Family] = {"word_problems": WordProblems(), "arithmetic": Arithmetic()}


def make_source(
    families: Mapping[str, float] | Sequence[str] | str | None = None,
    difficulty: str | float | Mapping[str, Mapping[str, Any]] = "easy",
    split: str = "train",
) -> ProblemSource:
    """A source over FAMILIES; all of them with equal weight where none is named."""
    if families is None:
        families = tuple(FAMILIES)
    elif isinstance(families, str):
        families = (families,)
    if not families:
        raise InvalidOption("A problem source needs at least one family; received none.")
    return ProblemSource(families, FAMILIES, difficulty, split)
