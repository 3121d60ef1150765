"""`ccrl sft`: Chain-of-Meta-Thought fine-tuning on the plans of procedural problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidOption
from .common import claim_folder, is_tiny, load_agent, say, settings_of, write_json
from .console import output, progress

if TYPE_CHECKING:
    import random

    from ..agents.base_corpus import TextExample
    from ..agents.comt.sft import SFTConfig
    from ..agents.policy import LLMAgent
    from ..envs.problems import ProblemSource
    from ..types import Problem

LEARNING_RATE = 1e-5  # of a pretrained model; the tiny one has the demo's
PROBLEMS_AT_ONCE = 16  # of the validation, so that a large vocabulary's logits fit


@dataclass(frozen=True)
class Options:
    """Fine-tunes a model on Chain-of-Meta-Thought: plans in names and operations, with no numbers in them.

    The plans come from the computation graphs of generated problems, and the loss is taken on the plan alone. Works
    for any causal language model in Hugging Face format. Prints loss and plan match (the share of plans that greedy
    decoding gets exactly right) on validation problems, before and after.

    Example: ccrl sft --model runs/demo/base --out runs/comt --updates 200
    """

    model: str
    """The model to start from: a folder in Hugging Face format, a run's folder, or a Hugging Face id."""

    out: Path = Path("runs/sft")
    """The folder to write to: model/, metrics.jsonl, config.json."""

    families: tuple[str, ...] = ()
    """Which kinds of problems, such as `word_problems arithmetic`. Default: all."""

    difficulty: str = "easy"
    """easy, medium or hard."""

    updates: int = 300
    """Optimiser steps."""

    batch_size: int = 48
    """Plans per update."""

    learning_rate: float | None = None
    """Peak of warm-up and cosine. Default: the demo's for its tiny model, 1e-5 for any other."""

    replay_share: float | None = None
    """Part of the examples that is the tiny base's own corpus, against forgetting; for models that `ccrl demo` builds.
    Default: the demo's for these; 0 for any other, whose corpus is not here."""

    max_length_tokens: int = 1024
    """Longer examples are left out."""

    validation_problems: int = 128
    """On how many problems loss and plan match are measured."""

    validate_every: int = 50
    """Updates between two looks at them."""

    seed: int = 0
    """Of problems, their order, and replay."""

    device: str = "auto"
    """auto, cpu, cuda, ...: auto takes CUDA where there is one."""

    dtype: str = "float32"
    """Of the weights in training: float32, or bfloat16, which halves the memory and loses small updates."""


def run(options: Options) -> int:
    """Validates, trains, validates, writes."""
    from ..agents.checkpoint import write_atomically
    from ..agents.comt.sft import fine_tune
    from ..agents.metrics_log import MetricsLog
    from ..envs.problems import make_source
    from ..envs.sources import draw_problems
    from ..seeding import python_random

    _check(options)
    families = options.families or None
    source = make_source(families, options.difficulty, "train")
    validation = make_source(families, options.difficulty, "validation")
    problems = draw_problems(validation, options.validation_problems, python_random(options.seed, "sft", "validation"))
    agent = load_agent(options.model, device=options.device, dtype=options.dtype)
    config = _config(options, tiny=is_tiny(agent))
    replay_share = _replay_share(options, tiny=is_tiny(agent))
    rng = python_random(options.seed, "sft", "train")
    examples = _examples(source, replay_share, rng)
    claim_folder(options.out, "sft")
    resolved = {"learning_rate": config.learning_rate, "replay_share": replay_share}
    write_json(options.out / "config.json", settings_of("sft", options) | resolved)

    before = after = validate(agent, problems, "Validation before")
    with (
        MetricsLog(options.out / "metrics.jsonl", fresh=True) as log,
        progress("CoMT fine-tuning", options.updates) as advance,
    ):

        def on_update(update: int, figures: dict[str, float]) -> None:
            nonlocal after
            if (update + 1) % options.validate_every == 0 or update + 1 == options.updates:
                after = validate(agent, problems)
                figures = figures | after
            log.write("comt", update, figures)
            advance(note=f"loss {figures['loss']:.3f}, validation {after['validation_loss']:.3f}")

        fine_tune(agent.model, agent.tokenizer, examples, config, rng, on_update=on_update)
    write_atomically(options.out / "model", agent.save_pretrained)
    _show(options, before, after, len(problems))
    return 0


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


def _check(options: Options) -> None:
    for name in ("updates", "batch_size", "validate_every", "max_length_tokens"):
        if getattr(options, name) < 1:
            raise InvalidOption(f"--{name.replace('_', '-')} is at least 1; received {getattr(options, name)}.")
    if options.replay_share is not None and not 0 <= options.replay_share < 1:
        raise InvalidOption(f"--replay-share is a part, from 0 up to 1; received {options.replay_share}.")
    if options.learning_rate is not None and not 0 < options.learning_rate < 1:
        raise InvalidOption(f"--learning-rate lies between 0 and 1; received {options.learning_rate}.")


def _config(options: Options, *, tiny: bool) -> SFTConfig:
    from ..agents.comt.sft import SFTConfig
    from ..agents.demo import DemoConfig

    start = DemoConfig().comt if tiny else SFTConfig(learning_rate=LEARNING_RATE)
    return replace(
        start,
        updates=options.updates,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate or start.learning_rate,
        warmup_updates=max(1, options.updates // 10),
        max_length_tokens=options.max_length_tokens,
    )


def _replay_share(options: Options, *, tiny: bool) -> float:
    from ..agents.demo import DemoConfig

    if options.replay_share is None:
        return DemoConfig().replay_share if tiny else 0.0
    if options.replay_share > 0 and not tiny:
        raise InvalidOption(
            f"Replay is the corpus of the demo's tiny base, and {options.model} was not trained on it; leave "
            "--replay-share out."
        )
    return options.replay_share


def _examples(source: ProblemSource, replay_share: float, rng: random.Random) -> Iterator[TextExample]:
    from ..agents.base_corpus import corpus
    from ..agents.comt.meta_thoughts import comt_stream

    return comt_stream(source, corpus(source, rng) if replay_share else iter(()), replay_share, rng)


def _show(options: Options, before: dict[str, float], after: dict[str, float], n_problems: int) -> None:
    from rich.table import Table

    table = Table(title=f"CoMT: {n_problems} validation problems, {options.updates} updates")
    for column in ("", "before", "after"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("↓ loss, nats a token", f"{before['validation_loss']:.3f}", f"{after['validation_loss']:.3f}")
    table.add_row("↑ plan match", f"{before['plan_match']:.1%}", f"{after['plan_match']:.1%}")
    output().print(table)
    say(f"wrote {options.out / 'model'}, metrics.jsonl and config.json")
    say(f"Next: `ccrl train --model {options.out}`, `ccrl eval --model {options.out}`")
