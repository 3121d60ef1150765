"""Where an environment's problems come from: a generator, a user's own list, anything with `sample`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, cast

from ..errors import InvalidOption, InvalidProblem
from ..step_format import shorten
from ..types import Problem

MAX_QUESTION_CHARS = 16_384
"""Longest question that fits the observation space."""

_MAX_OWN_PROBLEMS = 1_000_000
_DRAWS_PER_PROBLEM = 100  # after so many draws a generator is taken to know no more problems


class Problems(Protocol):
    """Anything that problems can be drawn from; a finite one may also have `__len__` and `__getitem__`."""

    def sample(self, rng: random.Random) -> Problem:
        """One problem; all randomness comes from `rng`."""
        ...


class ProblemList(Sequence[Problem]):
    """A user's own problems, each drawn with equal probability."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(islice(problems, _MAX_OWN_PROBLEMS + 1))
        if not self._problems:
            raise InvalidProblem("An environment needs at least one problem; received an empty iterable.")
        if len(self._problems) > _MAX_OWN_PROBLEMS:
            raise InvalidProblem(
                f"`problems` holds at most {_MAX_OWN_PROBLEMS} problems, and this iterable goes on; pass an object "
                "with sample(rng) -> Problem to draw from a larger or endless source."
            )
        for problem in self._problems:
            check_problem(problem)

    def __len__(self) -> int:
        return len(self._problems)

    def __getitem__(self, index: Any) -> Any:
        return self._problems[index]

    def sample(self, rng: random.Random) -> Problem:
        return rng.choice(self._problems)


def check_problem(problem: object) -> Problem:
    """The problem itself, if the environment can pose it.

    Raises:
        InvalidProblem: no `Problem`, no question, a question too long to observe, or an answer that is no string.
    """
    if not isinstance(problem, Problem):
        raise InvalidProblem(
            f"A problem is a reasoning_gym_ccrl.types.Problem; received {shorten(repr(problem))}. "
            "From JSON, use Problem.from_json(...)."
        )
    question = problem.question
    if not isinstance(question, str) or not question.strip() or len(question) > MAX_QUESTION_CHARS:
        received = f"{len(question)} characters" if isinstance(question, str) else type(question).__name__
        raise InvalidProblem(
            f"A question is a text of 1 to {MAX_QUESTION_CHARS} characters; problem {problem.id!r} has {received}."
        )
    if problem.answer is not None and not isinstance(problem.answer, str):
        raise InvalidProblem(
            f"An answer is a string, or None where nobody knows it; problem {problem.id!r} has {problem.answer!r}."
        )
    return problem


def as_source(problems: Problems | Iterable[Problem]) -> Problems:
    """What was given as `problems`, as something to draw from.

    Raises:
        InvalidProblem: it is no iterable, is empty or endless, or holds a problem that cannot be posed.
    """
    if hasattr(problems, "sample"):
        return cast(Problems, problems)
    if isinstance(problems, Iterable) and not isinstance(problems, str | bytes | Mapping):
        return ProblemList(problems)
    raise InvalidProblem(
        f"`problems` is an iterable of Problem, or an object with sample(rng); received {shorten(repr(problems))}."
    )


def is_finite(source: Problems) -> bool:
    """Whether the source can be counted and indexed."""
    return hasattr(source, "__len__") and hasattr(source, "__getitem__")


def draw_problems(source: Problems, count: int, rng: random.Random) -> list[Problem]:
    """Problems to measure on: none twice, fewer than `count` where the source holds no more.

    Args:
        source: where they come from. Of a finite one a random choice, in the source's own order.
        count: how many are wanted, at least 1.
        rng: all randomness.

    Raises:
        InvalidOption: a count below 1.
    """
    if count < 1:
        raise InvalidOption(f"The number of problems is at least 1; received {count}.")
    if is_finite(source):
        listed = cast(Sequence[Problem], source)
        return [listed[index] for index in sorted(rng.sample(range(len(listed)), min(count, len(listed))))]
    found: dict[str, Problem] = {}
    for _ in range(_DRAWS_PER_PROBLEM * count):
        problem = source.sample(rng)
        found.setdefault(problem.question, problem)
        if len(found) == count:
            break
    return list(found.values())
