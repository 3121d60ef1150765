"""A family out of one function, for problems of one's own: `register_family("doubling", make_doubling)`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import InvalidProblem
from ...types import Problem
from ..sources import check_problem
from .base import DIFFICULTIES, Draft, FamilyConfig, digest

MakeProblem = Callable[[random.Random, str], Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelConfig(FamilyConfig):
    """The one setting of a family made of a function: which difficulty it is asked for."""

    level: str = "easy"


@dataclass(frozen=True, slots=True)
class FunctionFamily:
    """A family whose problems a function makes: `make(rng, difficulty) -> Problem`, randomness from `rng` alone.

    The splits are told apart by `metadata["graph"]` where the function gives it, else by the question's text; give
    the graph (operations and numbers, no names) where one problem can be told in several ways.

    >>> family = FunctionFamily("sums", lambda rng, difficulty: Problem("", f"What is {rng.randint(2, 99)} + 1?", None))
    >>> family.draft(random.Random(0), family.presets["easy"]).canonical
    'What is 51 + 1?'
    """

    name: str
    make: MakeProblem
    presets: Mapping[str, LevelConfig] = field(
        default_factory=lambda: {level: LevelConfig(level=level) for level in DIFFICULTIES}
    )

    def draft(self, rng: random.Random, config: LevelConfig) -> Draft:
        """Draws one problem whole.

        Raises:
            InvalidProblem: the function returned something else, or a problem that cannot be posed.
        """
        problem = self.make(rng, config.level)
        if not isinstance(problem, Problem):
            raise InvalidProblem(
                f"The function of family {self.name!r} returns a Problem; received {type(problem).__name__}."
            )
        check_problem(problem)
        canonical = str(problem.metadata.get("graph") or problem.question)
        whole = replace(
            problem,
            id=problem.id or f"{self.name}:{digest(problem.question):016x}",
            family=self.name,
            metadata={"graph": canonical, **problem.metadata},
        )
        return Draft(canonical, lambda: whole, max(1, len(problem.solution)))

    def shifted(self, config: LevelConfig, split: str) -> Any | None:
        """Compositions alone can be held out of what a function makes."""
        return config if split == "unseen_compositions" else None
