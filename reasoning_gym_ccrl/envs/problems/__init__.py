"""Problem families: FAMILIES is the table that `families=` and the command line look names up in.

MIXTURE holds the weights of those that `MathCCRL-v0` mixes; a family of one's own joins FAMILIES with
`register_family`, and is drawn from where it is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ...errors import InvalidOption
from .algebra import Algebra
from .arithmetic import Arithmetic
from .base import DIFFICULTIES, OOD_SPLITS, SPLITS, Draft, Family, FamilyConfig, ProblemSource, has_split, split_of
from .calculus import Calculus
from .counting import Counting
from .custom import FunctionFamily, MakeProblem
from .geometry import Geometry
from .logic import Logic
from .number_theory import NumberTheory
from .polynomials import Polynomials
from .sequences import Sequences
from .word_problems import WordProblems

__all__ = [
    "DIFFICULTIES",
    "FAMILIES",
    "MIXTURE",
    "OOD_SPLITS",
    "SPLITS",
    "Draft",
    "Family",
    "FamilyConfig",
    "FunctionFamily",
    "MakeProblem",
    "ProblemSource",
    "has_split",
    "make_source",
    "register_family",
    "split_of",
]

_BUILT_IN: tuple[Family, ...] = (
    WordProblems(),
    Arithmetic(),
    Algebra(),
    Polynomials(),
    Calculus(),
    NumberTheory(),
    Counting(),
    Geometry(),
    Sequences(),
    Logic(),
)
FAMILIES: dict[str, Family] = {family.name: family for family in _BUILT_IN}

# Word problems most, as most of what people ask is one; all others alike.
MIXTURE: dict[str, float] = {name: {"word_problems": 3.0, "arithmetic": 2.0}.get(name, 1.0) for name in FAMILIES}


def register_family(name: str, family: Family | MakeProblem, *, replace: bool = False) -> Family:
    """Adds a family of one's own to FAMILIES: then `families=name` and `--families name` draw from it.

    Args:
        name: what it is called, a word of small letters, digits and "_" that no family has yet.
        family: an object with `presets`, `draft` and `shifted` (see `problems.base.Family`); or a function
            `make(rng, difficulty) -> Problem`, where `rng` is a `random.Random` and the only source of randomness.
        replace: take the place of a family of one's own that has the name, as when a notebook's cell runs again.

    Raises:
        InvalidOption: the name is taken or no such word, or the family has no preset for each difficulty.
    """
    if not name.isidentifier() or name != name.lower():
        raise InvalidOption(f"A family's name is a word of small letters, digits and _; received {name!r}.")
    if name in MIXTURE or (name in FAMILIES and not replace):
        remedy = "" if name in MIXTURE else ", or replace=True to take its place"
        raise InvalidOption(f"There is a family {name!r} already; give yours another name{remedy}.")
    made: Family = cast(Family, family) if hasattr(family, "draft") else FunctionFamily(name, family)
    if made.name != name or not set(DIFFICULTIES) <= set(made.presets):
        raise InvalidOption(
            f"A family has its name and a preset for each of {', '.join(DIFFICULTIES)}; received the name "
            f"{made.name!r} and presets for {', '.join(made.presets) or 'none'}."
        )
    FAMILIES[name] = made
    return made


def make_source(
    families: Mapping[str, float] | Sequence[str] | str | None = None,
    difficulty: str | float | Mapping[str, Mapping[str, Any]] = "easy",
    split: str = "train",
) -> ProblemSource:
    """A source over FAMILIES; over MIXTURE where none is named."""
    if families is None:
        families = MIXTURE
    elif isinstance(families, str):
        families = (families,)
    if not families:
        raise InvalidOption("A problem source needs at least one family; received none.")
    return ProblemSource(families, FAMILIES, difficulty, split)
