"""Which judge a problem has: `metadata["domain"]` names it, and arithmetic needs no name.

A judge is made of a problem and has `judge(step)` and `malformed(reason)`, as `EpisodeJudge` has. Only the judge that
is asked for is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from ...errors import InvalidProblem
from ...types import Judgement, Problem, Step
from .judge import EpisodeJudge


class Judge(Protocol):
    """Judges the steps of one attempt in order, and remembers what they have derived."""

    def judge(self, step: Step) -> Judgement: ...
    def malformed(self, reason: str) -> Judgement: ...


JUDGES: dict[str, str] = {
    "algebra": "reasoning_gym_ccrl.envs.verify.algebra:AlgebraJudge",
    "logic": "reasoning_gym_ccrl.envs.verify.logic:LogicJudge",
}
"""Domain -> "module:class" of its judge. A problem with no domain is arithmetic."""


def make_judge(problem: Problem) -> Judge:
    """The judge of one attempt at a problem.

    Raises:
        InvalidProblem: its domain is none of `JUDGES`.
    """
    domain = problem.metadata.get("domain")
    if domain is None:
        return EpisodeJudge(problem)
    if domain not in JUDGES:
        raise InvalidProblem(
            f"The domain of a problem is one of {', '.join(JUDGES)}, or absent for arithmetic; "
            f"problem {problem.id!r} has {domain!r}."
        )
    module, _, name = JUDGES[domain].partition(":")
    make: Callable[[Problem], Judge] = getattr(import_module(module), name)
    return make(problem)
