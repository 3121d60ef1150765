"""What `ccrl sft` learns and measures: plans or solutions of generated problems, or the examples of a file."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidOption
from .common import is_tiny, model_name, settings_of
from .console import progress

if TYPE_CHECKING:
    from ..agents.base_corpus import TextExample
    from ..agents.policy import LLMAgent
    from ..envs.problems import ProblemSource
    from ..types import Problem
    from .sft import Options

PROBLEMS_AT_ONCE = 16  # of the validation, so that a large vocabulary's logits fit
NAMES = {"plan_match": "plan match", "accuracy": "accuracy, greedy"}


@dataclass(frozen=True)
class Task:
    """What is learned, and how it is measured.

    Attributes:
        stage: the name of its rows in metrics.jsonl.
        stream: the examples without end.
        measure: the figures on `n_held_out` of them; the first is the loss.
    """

    stage: str
    stream: Iterator[TextExample]
    measure: Callable[[str], dict[str, float]]
    n_held_out: int


def generated(options: Options) -> tuple[ProblemSource, list[Problem]] | None:
    """Where generated problems come from, and which are measured on; None where a file has the examples."""
    from ..agents.comt.cot_examples import check_target
    from ..envs.problems import make_source
    from ..envs.sources import draw_problems
    from ..seeding import python_random

    check_target(options.target)
    if options.plans is not None or options.examples is not None:
        return None
    families = options.families or None
    validation = make_source(families, options.difficulty, "validation")
    rng = python_random(options.seed, "sft", "validation")
    source = make_source(families, options.difficulty, "train")
    return source, draw_problems(validation, options.validation_problems, rng)


def task_of(
    options: Options,
    agent: LLMAgent,
    held: tuple[ProblemSource, list[Problem]] | None,
    replay_share: float,
    rng: random.Random,
) -> Task:
    """What is learned, and how it is measured; `held` is None where a file has the examples."""
    from ..agents.base_corpus import corpus, draw_confidence
    from ..agents.comt.cot_examples import example_stream
    from ..agents.comt.sft_run import solution_validation

    if held is None:
        return _of_file(options, agent, rng)
    source, problems = held
    replay = corpus(source, rng) if replay_share else iter(())
    confidence = draw_confidence if is_tiny(agent) else None
    stream = example_stream(options.target, source, replay, replay_share, rng, confidence)  # type: ignore[arg-type]
    if options.target == "comt":
        return Task("comt", stream, lambda title: validate(agent, problems, title), len(problems))
    return Task("cot", stream, lambda _: solution_validation(agent, problems), len(problems))


def _of_file(options: Options, agent: LLMAgent, rng: random.Random) -> Task:
    from ..agents.chat_data import plan_examples, read_examples
    from ..agents.comt.plans_file import read_plans
    from ..agents.comt.sft_run import held_out, mean_loss, repeated
    from ..seeding import python_random

    if options.plans is not None:
        stage, examples = "comt", plan_examples([(each.problem, each.plan) for each in read_plans(options.plans)])
    else:
        stage, examples = "sft", read_examples(options.examples or Path())
    learned, kept = held_out(examples, options.validation_problems, python_random(options.seed, "sft", "held out"))
    limit = options.max_length_tokens

    def measure(_: str) -> dict[str, float]:
        return {"validation_loss": mean_loss(agent, kept, limit)}

    return Task(stage, repeated(learned, rng), measure, len(kept))


def validate(agent: LLMAgent, problems: Sequence[Problem], title: str = "") -> dict[str, float]:
    """Loss (mean over batches of 16 problems) and plan match; shows a progress bar where it has a title."""
    from ..agents.demo import plan_validation

    parts = [problems[first : first + PROBLEMS_AT_ONCE] for first in range(0, len(problems), PROBLEMS_AT_ONCE)]
    totals = {"validation_loss": 0.0, "plan_match": 0.0}
    with progress(title, len(problems)) if title else nullcontext() as advance:
        for part in parts:
            for name, value in plan_validation(agent, part).items():
                totals[name] += value * len(part) / len(problems)
            if advance is not None:
                advance(len(part))
    return totals


def replay_share_of(options: Options, *, tiny: bool) -> float:
    """The share of the examples that is the tiny base's own corpus; 0 where that is not the model's.

    Raises:
        InvalidOption: replay is asked for where there is nothing to replay.
    """
    from ..agents.demo import DemoConfig

    from_file = options.plans is not None or options.examples is not None
    if options.replay_share is None:
        return DemoConfig().replay_share if tiny and not from_file else 0.0
    if options.replay_share > 0 and (from_file or not tiny):
        why = "a file has no such corpus" if from_file else f"{options.model} was not trained on it"
        raise InvalidOption(f"Replay is the corpus of the demo's tiny base, and {why}; leave --replay-share out.")
    return options.replay_share


def save_model(
    options: Options, agent: LLMAgent, task: Task, before: dict[str, float], after: dict[str, float]
) -> None:
    """The model with its card, whole or not at all."""
    from ..agents.checkpoint import write_atomically
    from ..agents.model_card import Card, write_card

    learned = {"comt": "plans with no numbers (Chain-of-Meta-Thought)", "cot": "solutions with every number"}
    said = ", ".join(
        f"{NAMES.get(name, 'loss')} {written(name, before[name])} before and {written(name, after[name])} after"
        for name in after
    )
    card = Card(
        name=model_name(str(options.out)),
        base_model=options.model,
        method=f"Fine-tuned on {learned.get(task.stage, 'examples of a file')}, the loss on completions alone. "
        f"On {task.n_held_out} held-out examples: {said}. Its calibration was not measured: "
        "`ccrl eval` does, and `ccrl train` trains it.",
        settings=settings_of("sft", options),
        tags=(task.stage,),
    )

    def write(folder: Path) -> None:
        agent.save_pretrained(folder, merge=options.merge)
        write_card(folder, card)

    write_atomically(options.out / "model", write)


def written(name: str, value: float) -> str:
    """A figure as text: a share in percent, a loss with three places."""
    if math.isnan(value):
        return "–"
    return f"{value:.1%}" if name in NAMES else f"{value:.3f}"
