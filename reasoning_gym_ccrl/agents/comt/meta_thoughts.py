"""Meta-thoughts: plans in names and operations, with no numbers, to fine-tune on (Chain-of-Meta-Thought).

Here they come from a procedural problem's computation graph; `annotations` makes them of annotated solutions, `teacher`
asks a language model for them, and `filters` says what is none. The target of an example is the plan alone: no value,
no calculation, no answer, and no end of sequence, so that what follows the plan stays the base model's business.

Source: CoMT, arXiv 2601.21909: fine-tuning on reasoning steps "using only variable names".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from ...envs.problems import ProblemSource
from ...envs.sources import Problems
from ...errors import InvalidProblem
from ...step_format import render_step, render_transcript
from ...types import Problem, Step
from ..base_corpus import TextExample
from .filters import why_rejected


def plan_of(problem: Problem) -> str:
    """The problem's meta-thoughts as one plan: "bought = bags * per bag; total = start + bought".

    Raises:
        InvalidProblem: a problem with no gold path, or one whose steps have no meta-thoughts.
    """
    if not problem.solution or not all(step.meta_thought for step in problem.solution):
        raise InvalidProblem(
            f"A plan is made from the meta-thoughts of the gold steps; problem {problem.id!r} has none. Use a "
            "procedural family, or a data set whose steps carry meta_thought."
        )
    return "; ".join(step.meta_thought for step in problem.solution)


def comt_example(problem: Problem) -> TextExample:
    """The example that teaches the problem's plan; scored on the plan, up to the newline after it."""
    plan = render_step(Step("plan", plan_of(problem)))
    return TextExample(render_transcript(problem.question), ((f"{plan}\n", True),), ends=False)


def comt_stream(
    source: ProblemSource, replay: Iterator[TextExample], replay_share: float, rng: random.Random
) -> Iterator[TextExample]:
    """CoMT examples without end, with a share of `replay` examples mixed in against forgetting.

    Args:
        source: where problems come from.
        replay: an endless stream of what the model has learned before.
        replay_share: in [0, 1); the part of the examples that is replay.
        rng: all randomness.
    """
    return planned_stream(source, replay, replay_share, rng, comt_example)


def planned_stream(
    source: Problems,
    replay: Iterator[TextExample],
    replay_share: float,
    rng: random.Random,
    make: Callable[[Problem], TextExample],
) -> Iterator[TextExample]:
    """What `make` makes of problems that have a plan, without end, with a share of `replay` mixed in."""
    while True:
        if rng.random() < replay_share:
            yield next(replay)
        else:
            problem = source.sample(rng)
            if why_rejected(problem, plan_of(problem)) is None:
                yield make(problem)


__all__ = ["comt_example", "comt_stream", "plan_of", "planned_stream", "why_rejected"]
