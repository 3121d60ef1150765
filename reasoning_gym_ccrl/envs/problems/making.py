"""Makes problems and gold steps in half the time, for the families that are drawn millions of times.

The `__init__` of a frozen dataclass sets each field through `object.__setattr__`, which looks its slot up by name. The
functions here fill the slots themselves; what they make is equal to what the classes make, and as frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...types import GoldStep, Problem

_new = object.__new__
_TEXT, _EXPRESSION, _VALUE, _META_THOUGHT, _PARENTS = (
    getattr(GoldStep, name).__set__ for name in ("text", "expression", "value", "meta_thought", "parents")
)
_ID, _QUESTION, _ANSWER, _SOLUTION, _FAMILY, _DIFFICULTY, _METADATA = (
    getattr(Problem, name).__set__
    for name in ("id", "question", "answer", "solution", "family", "difficulty", "metadata")
)


def make_gold_step(text: str, expression: str, value: str, meta_thought: str, parents: tuple[str, ...]) -> GoldStep:
    """`GoldStep` with all of its fields.

    >>> make_gold_step("p = 1 + 2 = 3", "1 + 2", "3", "p = a + b", ("a", "b")).name
    'p'
    """
    step = _new(GoldStep)
    _TEXT(step, text)
    _EXPRESSION(step, expression)
    _VALUE(step, value)
    _META_THOUGHT(step, meta_thought)
    _PARENTS(step, parents)
    return step


def make_problem(
    id: str,
    question: str,
    answer: str | None,
    solution: tuple[GoldStep, ...],
    family: str,
    difficulty: str,
    metadata: Mapping[str, Any],
) -> Problem:
    """`Problem` with all of its fields."""
    problem = _new(Problem)
    _ID(problem, id)
    _QUESTION(problem, question)
    _ANSWER(problem, answer)
    _SOLUTION(problem, solution)
    _FAMILY(problem, family)
    _DIFFICULTY(problem, difficulty)
    _METADATA(problem, metadata)
    return problem
