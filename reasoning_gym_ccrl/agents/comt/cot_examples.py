"""The baseline arm: chain-of-thought from the same problems, every number calculated, in the step protocol.

CoMT teaches the plan of a problem and no number of it; this teaches the solution, line by line, and the answer. Both
come from the same computation graph, so what differs between the arms is what they are taught and nothing else.

A solution is longer than a plan. Where both arms see the same examples (`match="examples"`), this one learns from more
tokens; `match="tokens"` gives it as many fewer examples, so that both learn from the same number of scored tokens, in
the same number of updates, beside the same replay.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ...envs.sources import Problems
from ...errors import InvalidOption, InvalidProblem, unknown_name
from ...step_format import render_step, render_transcript
from ...types import Problem, Step
from ..base_corpus import TextExample
from .meta_thoughts import comt_example, comt_stream, plan_of, planned_stream, why_rejected
from .sft_data import tokenize

Target = Literal["comt", "cot"]
Match = Literal["examples", "tokens"]

StatedConfidence = Callable[[random.Random, int], float]
"""The confidence to state after so many lines, such as `base_corpus.draw_confidence`."""


def cot_example(
    problem: Problem, confidence: StatedConfidence | None = None, rng: random.Random | None = None
) -> TextExample:
    r"""The example that teaches the problem's solution: each gold step, the answer, and the end; all scored.

    Args:
        problem: with a gold path and an answer.
        confidence: states one after each line. It is read and never scored: a model that states confidences goes on
            stating its own, and is not taught these.
        rng: what `confidence` draws from.

    Raises:
        InvalidProblem: a problem with no gold path or no answer.

    >>> from reasoning_gym_ccrl.types import GoldStep
    >>> problem = Problem("p", "3 pens at 4?", "12", (GoldStep("cost = 3 * 4 = 12", "3 * 4", "12"),))
    >>> cot_example(problem).completion
    (('<step>cost = 3 * 4 = 12</step>', True), ('\n', True), ('<answer>12</answer>', True))
    """
    if not problem.solution or problem.answer is None:
        raise InvalidProblem(
            f"A solution is made from the gold steps and the answer; problem {problem.id!r} lacks one of them. Use a "
            "procedural family, or a data set with solutions."
        )
    steps = [*(Step("step", gold.text) for gold in problem.solution), Step("answer", problem.answer)]
    pieces: list[tuple[str, bool]] = []
    for number, step in enumerate(steps):
        if number:
            pieces.append(("\n", True))
        pieces.append((render_step(step), True))
        if confidence is not None:
            stated = Step(step.kind, step.text, confidence(rng or random.Random(0), number))
            pieces.append((render_step(stated).removeprefix(render_step(step)), False))
    return TextExample(render_transcript(problem.question), tuple(pieces))


def cot_stream(
    source: Problems,
    replay: Iterator[TextExample],
    replay_share: float,
    rng: random.Random,
    confidence: StatedConfidence | None = None,
) -> Iterator[TextExample]:
    """Solutions without end, of the problems that `comt_stream` takes plans of, with a share of `replay` mixed in.

    Args:
        source: where problems come from; those whose plan is no meta-thought are left out here too.
        replay: an endless stream of what the model has learned before.
        replay_share: in [0, 1); the part of the examples that is replay.
        rng: all randomness.
        confidence: that of `cot_example`.
    """
    return planned_stream(source, replay, replay_share, rng, lambda problem: cot_example(problem, confidence, rng))


def example_stream(
    target: Target,
    source: Any,
    replay: Iterator[TextExample],
    replay_share: float,
    rng: random.Random,
    confidence: StatedConfidence | None = None,
) -> Iterator[TextExample]:
    """`comt_stream` or `cot_stream`, by name.

    Raises:
        UnknownName: a target that is neither.
    """
    if check_target(target) == "comt":
        return comt_stream(source, replay, replay_share, rng)
    return cot_stream(source, replay, replay_share, rng, confidence)


def check_target(target: str) -> str:
    """Returns "comt" or "cot", else raises UnknownName."""
    if target not in get_args(Target):
        raise unknown_name("target", target, get_args(Target))
    return target


@dataclass(frozen=True, slots=True)
class Matched:
    """What an arm trains with.

    Attributes:
        batch_size: examples per update, on average.
        replay_share: part of them that is replay.
        tokens_per_example: scored tokens of one of its own examples, on average; 0 where nothing was counted.
    """

    batch_size: float
    replay_share: float
    tokens_per_example: float = 0.0


def matched(
    target: Target,
    match: Match,
    batch_size: float,
    replay_share: float,
    problems: Sequence[Problem],
    tokenizer: Any,
) -> Matched:
    """The batch of an arm whose counterpart is CoMT with this batch and this share of replay.

    With `match="tokens"` the examples of the target are as many fewer as they are longer; replay stays what it was. A
    batch of 48 with a third of it replay, plans of 20 scored tokens, solutions of 32: 32 x 20 / 32 = 20 solutions
    beside 16 of replay, a batch of 36.

    Args:
        target: what the arm learns; for "comt" nothing changes.
        match: "examples" or "tokens".
        batch_size: of the CoMT arm.
        replay_share: of the CoMT arm.
        problems: what the lengths are counted on; some hundreds, of the training split.
        tokenizer: the model's.

    Raises:
        UnknownName: a target or match that is in no table.
        InvalidOption: no problem to count on.
    """
    if match not in get_args(Match):
        raise unknown_name("match", match, get_args(Match))
    if check_target(target) == "comt" or match == "examples":
        return Matched(batch_size, replay_share)
    kept = [problem for problem in problems if why_rejected(problem, plan_of(problem)) is None]
    if not kept:
        raise InvalidOption("Token lengths are counted on problems with a plan; received none.")
    plans = scored_tokens([comt_example(problem) for problem in kept], tokenizer)
    solutions = scored_tokens([cot_example(problem) for problem in kept], tokenizer)
    replayed = batch_size * replay_share
    own = (batch_size - replayed) * plans / solutions
    return Matched(own + replayed, replayed / (own + replayed), solutions / len(kept))


def scored_tokens(examples: Sequence[TextExample], tokenizer: Any) -> int:
    """The number of tokens that the loss is taken on."""
    return sum(sum(example.scored) for example in tokenize(examples, tokenizer))
