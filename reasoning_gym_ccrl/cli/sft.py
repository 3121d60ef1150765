"""`ccrl sft`: fine-tuning on plans with no numbers (CoMT), on solutions (CoT), or on examples of a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidOption
from .common import (
    claim_folder,
    differing,
    forget_rows_after,
    is_tiny,
    load_agent,
    say,
    settings_of,
    write_json,
)
from .console import output, print_error, progress
from .sft_task import NAMES, Task, generated, replay_share_of, save_model, task_of, written

if TYPE_CHECKING:
    import random

    from ..agents.comt.sft import SFTConfig, SFTResult
    from ..agents.policy import LLMAgent
    from ..types import Problem

LEARNING_RATE = 1e-5  # of a pretrained model; the tiny one has the demo's
LORA_LEARNING_RATE = 2e-4  # an adapter starts from nothing and takes more
COUNTED_ON = 512  # problems that the lengths of plans and solutions are compared on


@dataclass(frozen=True)
class Options:
    """Fine-tunes a model on Chain-of-Meta-Thought: plans in names and operations, with no numbers in them.

    The plans come from the computation graphs of generated problems, or from a file that `ccrl comt make` wrote, and
    the loss is taken on the plan alone. --target cot teaches the solutions of the same problems instead, the arm to
    compare with; --examples any examples of a file. Works for any causal language model in Hugging Face format. Prints
    loss and plan match (the share of plans that greedy decoding gets exactly right) on validation problems, before and
    after. The same command goes on from the last checkpoint in --out, to the same weights, after Ctrl-C or a crash.

    Example: ccrl sft --model runs/demo/base --out runs/comt --updates 200
    """

    model: str
    """The model to start from: a folder in Hugging Face format, a run's folder, or a Hugging Face id."""

    out: Path = Path("runs/sft")
    """The folder to write to: model/, checkpoint/, metrics.jsonl, config.json."""

    target: str = "comt"
    """What is learned of a problem: comt, its plan with no numbers; cot, its solution with every number."""

    match: str = "examples"
    """How cot is matched with the comt arm of the same options: examples, as many of them; tokens, as many scored
    tokens, in fewer examples."""

    plans: Path | None = None
    """A file of plans, as `ccrl comt make` writes it, in place of generated problems; up to a fifth is held out."""

    examples: Path | None = None
    """A file of examples in the chat format of TRL (prompt and completion, or messages); up to a fifth is held out."""

    families: tuple[str, ...] = ()
    """Which kinds of problems, such as `word_problems arithmetic`. Default: all."""

    difficulty: str = "easy"
    """easy, medium or hard."""

    updates: int = 300
    """Optimiser steps."""

    batch_size: int = 48
    """Examples per update."""

    learning_rate: float | None = None
    """Peak of warm-up and cosine. Default: the demo's for its tiny model, 1e-5 for any other, 2e-4 with --lora-rank."""

    replay_share: float | None = None
    """Part of the examples that is the tiny base's own corpus, against forgetting; for models that `ccrl demo` builds.
    Default: the demo's for these; 0 for any other, whose corpus is not here."""

    packing: bool = False
    """Put several examples into a row, none of which sees another: the same result, in less time on long batches."""

    lora_rank: int = 0
    """Train a LoRA adapter of this rank on all linear layers, and nothing else; 0 trains the model. Needs peft."""

    merge: bool = False
    """Of a model with an adapter: write a whole model with the adapter added in."""

    max_length_tokens: int = 1024
    """Longer examples are left out."""

    validation_problems: int = 128
    """On how many problems loss and plan match are measured."""

    validate_every: int = 50
    """Updates between two looks at them."""

    patience: int = 0
    """Looks without a lower validation loss after which the run ends, at its best weights; 0 makes all updates."""

    checkpoint_every: int = 50
    """Updates between checkpoints; 0 writes none but the last."""

    seed: int = 0
    """Of problems, their order, and replay."""

    device: str = "auto"
    """auto, cpu, cuda, ...: auto takes CUDA where there is one."""

    dtype: str = "float32"
    """Of the weights in training: float32, or bfloat16, which halves the memory and loses small updates."""


def run(options: Options) -> int:
    """Validates, trains, validates, writes; says how to go on where it was interrupted."""
    from . import EXIT_INTERRUPTED

    try:
        return _run(options)
    except KeyboardInterrupt:
        print_error(f"Interrupted. The same command goes on from {options.out / 'checkpoint'}, where there is one.")
        return EXIT_INTERRUPTED


def _run(options: Options) -> int:
    from ..seeding import python_random

    _check(options)
    held = generated(options)
    agent = load_agent(options.model, device=options.device, dtype=options.dtype)
    replay_share = replay_share_of(options, tiny=is_tiny(agent))
    config = _config(options, tiny=is_tiny(agent))
    config, replay_share = _matched(options, config, replay_share, agent)
    start = _open_folder(options)
    if options.lora_rank:
        agent = _with_lora(agent, options)
    rng = python_random(options.seed, "sft", "train")
    task = task_of(options, agent, held, replay_share, rng)
    given = settings_of("sft", options)
    resolved = {"learning_rate": config.learning_rate, "replay_share": replay_share, "resolved": asdict(config)}
    write_json(options.out / "config.json", given | resolved | {"given": given})

    before = task.measure("Validation before")
    result, after = _train(options, agent, config, task, rng, start, before)
    save_model(options, agent, task, before, after)
    _show(options, task, result, before, after)
    return 0


def _train(
    options: Options,
    agent: LLMAgent,
    config: SFTConfig,
    task: Task,
    rng: random.Random,
    start: int,
    before: dict[str, float],
) -> tuple[SFTResult, dict[str, float]]:
    """The updates, logged, under a progress bar that starts where the checkpoint stands."""
    import torch

    from ..agents.comt.sft import fine_tune
    from ..agents.metrics_log import MetricsLog
    from ..seeding import derive_seed

    torch.manual_seed(derive_seed(options.seed, "sft", "dropout"))
    if start:
        rest = "goes on from there" if start < options.updates else "there is nothing left to do"
        say(f"{options.out / 'checkpoint'} holds {start} of {options.updates} updates: {rest}")
    forget_rows_after(options.out / "metrics.jsonl", start)
    figures, fresh = before, False
    with (
        MetricsLog(options.out / "metrics.jsonl", fresh=not start) as log,
        progress(f"{task.stage} fine-tuning", options.updates, start) as advance,
    ):

        def validate() -> dict[str, float]:
            nonlocal figures, fresh
            figures, fresh = task.measure(""), True
            return figures

        def on_update(update: int, row: dict[str, float]) -> None:
            log.write(task.stage, update, row)
            advance(note=f"loss {row['loss']:.3f}, validation {figures['validation_loss']:.3f}")

        result = fine_tune(
            agent.model,
            agent.tokenizer,
            task.stream,
            config,
            rng,
            on_update=on_update,
            validate=validate if task.n_held_out else None,
            folder=options.out / "checkpoint",
        )
    if not fresh or result.stopped_early:  # the weights are not those of the last look
        figures = task.measure("Validation after")
    return result, figures


def _open_folder(options: Options) -> int:
    """Claims --out; returns the number of updates that its checkpoint has made, 0 where it has none."""
    from .train import updates_done

    before = claim_folder(options.out, "sft")
    done = updates_done(options.out)
    given = (before or {}).get("given", {})
    names = differing(given, settings_of("sft", options), but=("out", "device", "merge")) if done else []
    if names:
        raise InvalidOption(
            f"A run goes on with the settings it began with; {options.out} has other {', '.join(names)}. Use "
            f"these, or another --out (and --model {options.out / 'checkpoint'} to start from its weights)."
        )
    return done


def _check(options: Options) -> None:
    for name in ("updates", "batch_size", "validate_every", "max_length_tokens"):
        if getattr(options, name) < 1:
            raise InvalidOption(f"--{name.replace('_', '-')} is at least 1; received {getattr(options, name)}.")
    for name in ("lora_rank", "patience", "checkpoint_every"):
        if getattr(options, name) < 0:
            raise InvalidOption(f"--{name.replace('_', '-')} is 0 or more; received {getattr(options, name)}.")
    if options.replay_share is not None and not 0 <= options.replay_share < 1:
        raise InvalidOption(f"--replay-share is a part, from 0 up to 1; received {options.replay_share}.")
    if options.learning_rate is not None and not 0 < options.learning_rate < 1:
        raise InvalidOption(f"--learning-rate lies between 0 and 1; received {options.learning_rate}.")
    files = [name for name in ("plans", "examples") if getattr(options, name) is not None]
    given = [name for name in ("target", "match", "families") if getattr(options, name) != getattr(Options, name)]
    if len(files) == 2 or (files and given):
        raise InvalidOption(
            f"--{files[0]} says what is learned, and takes no --{(files[1:] + given)[0]} beside; leave one of them out."
        )


def _config(options: Options, *, tiny: bool) -> SFTConfig:
    from ..agents.comt.sft import SFTConfig
    from ..agents.demo import DemoConfig

    start = DemoConfig().comt if tiny else SFTConfig(learning_rate=LEARNING_RATE)
    if options.lora_rank:
        start = replace(start, learning_rate=LORA_LEARNING_RATE, optimizer="adamw")
    return replace(
        start,
        updates=options.updates,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate or start.learning_rate,
        warmup_updates=max(1, options.updates // 10),
        max_length_tokens=options.max_length_tokens,
        packing=options.packing,
        checkpoint_every=options.checkpoint_every,
        validate_every=options.validate_every,
        patience=options.patience,
    )


def _matched(options: Options, config: SFTConfig, replay_share: float, agent: LLMAgent) -> tuple[SFTConfig, float]:
    """Batch and share of replay of the arm that is trained, matched with the comt arm as asked for."""
    from ..agents.comt.cot_examples import matched
    from ..envs.problems import make_source
    from ..envs.sources import draw_problems
    from ..seeding import python_random

    problems: list[Problem] = []
    if options.target == "cot" and options.match == "tokens":
        source = make_source(options.families or None, options.difficulty, "train")
        problems = draw_problems(source, COUNTED_ON, python_random(options.seed, "sft", "lengths"))
    target, match = options.target, options.match
    arm = matched(target, match, config.batch_size, replay_share, problems, agent.tokenizer)  # type: ignore[arg-type]
    return replace(config, batch_size=arm.batch_size), arm.replay_share


def _with_lora(agent: LLMAgent, options: Options) -> LLMAgent:
    """The agent with a new adapter, whose first weights are drawn from the seed."""
    import torch

    from ..agents.adapters import with_adapter
    from ..agents.policy import LLMAgent
    from ..seeding import derive_seed

    torch.manual_seed(derive_seed(options.seed, "sft", "adapter"))
    rank = options.lora_rank
    return LLMAgent(with_adapter(agent.model, {"r": rank, "lora_alpha": 2 * rank}), agent.tokenizer)


def _show(options: Options, task: Task, result: SFTResult, before: dict[str, float], after: dict[str, float]) -> None:
    from rich.table import Table

    names: dict[str, Any] = {"comt": "CoMT", "cot": "CoT"}
    title = f"{names.get(task.stage, 'SFT')}: {task.n_held_out} validation problems, {result.updates} updates"
    table = Table(title=title)
    for column in ("", "before", "after"):
        table.add_column(column, justify="right" if column else "left")
    for name in after:
        label = f"↑ {NAMES[name]}" if name in NAMES else "↓ loss, nats a token"
        table.add_row(label, written(name, before[name]), written(name, after[name]))
    output().print(table)
    if result.stopped_early:
        say(f"Ended early: the loss was lowest after update {result.best_update}, and these weights were kept.")
    say(f"wrote {options.out / 'model'}, metrics.jsonl and config.json; learned from {result.scored_tokens} tokens")
    say(f"Next: `ccrl train --model {options.out}`, `ccrl eval --model {options.out}`")
