"""The verifier: exact, bounded, and never guessing.

`EpisodeJudge` judges an episode's steps one at a time, `judge_steps` a whole list, `answers_match` an answer.
Nothing here executes text, and nothing raises on any text.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...types import Judgement, Problem, Step
from .answers import answers_match
from .domains import JUDGES, make_judge
from .expression import evaluate, parse_number
from .judge import EpisodeJudge
from .tokens import ExpressionError

__all__ = [
    "JUDGES",
    "EpisodeJudge",
    "ExpressionError",
    "answers_match",
    "evaluate",
    "judge_steps",
    "make_judge",
    "parse_number",
]


def judge_steps(problem: Problem, steps: Iterable[Step | str]) -> list[Judgement]:
    """Judges the steps of one attempt in order; bare text is a step with no confidence.

    >>> problem = Problem("p", "3 bags hold 4 apples each. How many apples?", "12")
    >>> [str(j.verdict) for j in judge_steps(problem, ["3 * 4 = 12", "12 + 9 = 21", Step("answer", "12")])]
    ['CORRECT', 'UNCHECKED', 'CORRECT']
    """
    judge = make_judge(problem)
    return [judge.judge(step if isinstance(step, Step) else Step("step", step)) for step in steps]
