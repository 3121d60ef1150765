"""`ccrl train`: reinforcement learning in an environment, measured before and after."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidOption, unknown_name
from .common import (
    claim_folder,
    differing,
    figure_table,
    forget_rows_after,
    has_data,
    is_tiny,
    load_agent,
    measure,
    open_env,
    remarks,
    say,
    settings_of,
    warn_of_collapse,
    write_json,
)
from .console import output, print_error, progress

if TYPE_CHECKING:
    from ..agents.engines.base import SamplingParams
    from ..agents.grpo import GRPOConfig
    from ..agents.policy import LLMAgent
    from ..envs.base import StepReasoningEnv
    from ..envs.sources import Problems
    from ..types import Episode, Problem

LEARNING_RATE = 1e-6  # of a pretrained model; the tiny one has the demo's
HELD_OUT_OF_FILE = 5  # at most one problem in so many is kept from training to measure on


@dataclass(frozen=True)
class Options:
    """Trains a model by reinforcement learning in an environment, with any reward (CCRL by default).

    Measures the model on held-out problems before and after. The same command goes on from the last checkpoint in
    --out, to the same numbers, after Ctrl-C or a crash; with larger --updates it trains on.

    Example: ccrl train --model runs/demo/comt --out runs/mine --reward brier --updates 40
    """

    model: str
    """The model to start from: a folder in Hugging Face format, a run's folder, or a Hugging Face id."""

    out: Path = Path("runs/train")
    """The folder to write to: model/, checkpoint/, metrics.jsonl, summary.json, episodes/, config.json."""

    algorithm: str = "grpo"
    """How to train: grpo."""

    reward: str = "ccrl"
    """What pays: a name (ccrl, brier, outcome, ...), a sum (ccrl=1,length=-0.01), or package.module:function of your
    own."""

    env: str = "MathCCRL-v0"
    """Where to train; `ccrl envs` lists them."""

    data: Path | None = None
    """A file of problems, for DatasetCCRL-v0; up to a fifth of it is held out to measure on."""

    skip_bad: bool = False
    """Leave broken lines of the file out, instead of stopping at the first."""

    families: tuple[str, ...] = ()
    """Which families MathCCRL-v0 mixes; the demo's model knows word_problems and arithmetic alone. Default: its own."""

    difficulty: str | None = None
    """easy, medium or hard, or a number from 0 to 1, where problems are generated. Default: easy."""

    updates: int = 80
    """Optimiser steps."""

    problems_per_update: int = 24
    """Problems, and so groups, in an update."""

    group_size: int = 8
    """Episodes of each problem, compared with one another; at least 2."""

    learning_rate: float | None = None
    """Of AdamW. Default: the demo's for its tiny model, 1e-6 for any other."""

    warmup_updates: int = 5
    """Updates over which the learning rate rises."""

    credit: str = "step"
    """step: each step answers for what is paid from it on. episode: all tokens for the whole."""

    confidence_coefficient: float | None = None
    """Weight of what the tokens that state a confidence learn. Default: the demo's for its tiny model, else 1."""

    scale: str = "none"
    """Of advantages in a group: none, or std, which divides by the standard deviation."""

    kl_coefficient: float = 0.0
    """Weight of the divergence from the starting weights; 0 keeps no copy of them."""

    confidence: str = "stated"
    """Where confidence comes from: stated; the number's digits, as token_mean, token_product, token_minimum or
    token_entropy; p_true, asked afterwards; or self_consistency, the share of attempts that agree."""

    temperature: float = 1.0
    """Of sampling."""

    max_new_tokens: int = 160
    """Budget of tokens for an episode; a model that thinks at length needs more."""

    tokens_per_micro_batch: int = 8192
    """Tokens in memory at once; changes the memory, never the result."""

    checkpoint_every: int = 20
    """Updates between checkpoints; 0 writes none but the last."""

    eval_episodes: int = 256
    """Held-out problems to measure on, before and after; 0 measures nothing."""

    seed: int = 0
    """Of problems and samples."""

    device: str = "auto"
    """auto, cpu, cuda, ...: auto takes CUDA where there is one."""

    dtype: str = "float32"
    """Of the weights in training: float32, or bfloat16, which halves the memory and loses small updates."""


@dataclass
class _Run:
    """A run under way: its options, what was resolved from them, and how far it has come."""

    options: Options
    config: GRPOConfig
    env: StepReasoningEnv
    training: Problems
    held_out: Sequence[Problem]
    agent: LLMAgent
    start: int

    def sampling(self) -> SamplingParams:
        from ..agents.engines.base import SamplingParams

        return SamplingParams(self.config.max_new_tokens, self.config.temperature, seed=self.config.seed)


def run(options: Options) -> int:
    """Trains, and says how to go on where it was interrupted."""
    from . import EXIT_INTERRUPTED

    started = time.perf_counter()
    try:
        run_ = _prepare(options)
        before = _measure(run_, "before")
        _train(run_)
        warn_of_collapse(options.out / "metrics.jsonl")
        after = _measure(run_, "after")
        _write_card(run_)
        _show(run_, before, after, time.perf_counter() - started)
        return 0
    except KeyboardInterrupt:
        print_error(_how_to_go_on(options.out))
        return EXIT_INTERRUPTED


def _prepare(options: Options) -> _Run:
    """Checks everything that can be checked before the model is loaded; then loads it."""
    from ..agents import ALGORITHMS

    if options.algorithm not in ALGORITHMS:
        raise unknown_name("algorithm", options.algorithm, ALGORITHMS)
    config = _config(options)
    env = open_env(
        options.env,
        data=options.data,
        skip_bad=options.skip_bad,
        families=options.families,
        difficulty=options.difficulty,
        reward=options.reward,
    )
    training, held_out = _problems(options, env)
    start = _open_folder(options)
    agent = load_agent(options.model, device=options.device, dtype=options.dtype)
    if is_tiny(agent):
        config = _as_in_the_demo(config, options)
    if not start:
        write_json(options.out / "config.json", settings_of("train", options) | {"resolved": asdict(config)})
    return _Run(options, config, env, training, held_out, agent, start)


def _config(options: Options) -> GRPOConfig:
    from ..agents.grpo import GRPOConfig

    for name in ("updates", "eval_episodes"):
        if getattr(options, name) < 0:
            raise InvalidOption(f"--{name.replace('_', '-')} is 0 or more; received {getattr(options, name)}.")
    given = asdict(options)
    same = {name: given[name] for name in GRPOConfig.__dataclass_fields__ if name in given}
    return GRPOConfig(
        **same
        | {
            "learning_rate": LEARNING_RATE if options.learning_rate is None else options.learning_rate,
            "confidence_coefficient": 1.0 if options.confidence_coefficient is None else options.confidence_coefficient,
            # A confidence that the model does not write has no tokens of its own to credit.
            "confidence_credit": "own" if options.confidence == "stated" else "return",
        }
    )


def _as_in_the_demo(config: GRPOConfig, options: Options) -> GRPOConfig:
    """The demo's settings for its tiny model, where the user named none."""
    from ..agents.demo import DemoConfig

    demo = DemoConfig().ccrl
    names = [name for name in ("learning_rate", "confidence_coefficient") if getattr(options, name) is None]
    return replace(config, **{name: getattr(demo, name) for name in names})


def _problems(options: Options, env: StepReasoningEnv) -> tuple[Problems, list[Problem]]:
    """What to train on, and what to measure on: another split, or a part of the file that is kept out."""
    from ..envs.sources import ProblemList, draw_problems
    from ..seeding import python_random

    rng = python_random(options.seed, "train", "held out")
    if not has_data(options.env):
        if not options.eval_episodes:
            return env.source, []
        test = open_env(options.env, families=options.families, difficulty=options.difficulty, split="test")
        return env.source, draw_problems(test.source, options.eval_episodes, rng)
    problems: list[Problem] = list(env.source)  # type: ignore[call-overload]
    count = min(options.eval_episodes, len(problems) // HELD_OUT_OF_FILE)
    held_out = draw_problems(env.source, count, rng) if count else []
    questions = {problem.question for problem in held_out}
    return ProblemList([problem for problem in problems if problem.question not in questions]), held_out


def _open_folder(options: Options) -> int:
    """Claims --out; returns the number of updates that its checkpoint has made, 0 where it has none.

    Raises:
        InvalidOption: the folder is not ours, or its checkpoint belongs to other settings.
    """
    before = claim_folder(options.out, "train")
    done = updates_done(options.out)
    # The updates may grow and the place may change; anything else would be another run.
    names = differing(before or {}, settings_of("train", options), but=("updates", "out", "device")) if done else []
    if names:
        raise InvalidOption(
            f"A run goes on with the settings it began with; {options.out} has other {', '.join(names)}. Use "
            f"these, or another --out (and --model {options.out / 'checkpoint'} to start from its weights)."
        )
    for name in ("metrics.jsonl", "summary.json"):
        if not done:
            (options.out / name).unlink(missing_ok=True)
    return done


def updates_done(folder: Path) -> int:
    """The updates that the checkpoint in a run's folder has made."""
    from ..agents.checkpoint import find_checkpoint

    found = find_checkpoint(folder / "checkpoint")
    return 0 if found is None else int(json.loads((found / "state.json").read_text(encoding="utf-8"))["update"])


def _train(run: _Run) -> None:
    """The updates, logged, under a progress bar that starts where the checkpoint stands."""
    from ..agents import ALGORITHMS
    from ..agents.checkpoint import write_atomically
    from ..agents.metrics_log import MetricsLog
    from ..evaluation.collapse import collapse_warnings

    options, config = run.options, run.config
    if run.start:
        rest = f"goes on with {run.start + 1}" if run.start < config.updates else "there is nothing left to do"
        say(f"{options.out / 'checkpoint'} holds {run.start} of {config.updates} updates: {rest}")
    forget_rows_after(options.out / "metrics.jsonl", run.start)
    with (
        MetricsLog(options.out / "metrics.jsonl", fresh=not run.start) as log,
        progress(f"{options.algorithm.upper()}, reward {options.reward}", config.updates) as advance,
    ):
        advance(run.start)

        def on_update(update: int, figures: dict[str, float], _: Sequence[Episode]) -> None:
            log.write(options.algorithm, update, figures)
            note = "reward {reward_mean:.2f}, accuracy {accuracy:.2f}, ECE {ece:.2f}".format(**figures)
            advance(note=note + (", confidence has collapsed" if collapse_warnings(figures) else ""))

        algorithm: Any = import_module(ALGORITHMS[options.algorithm])
        algorithm.train(
            run.agent,
            run.training,
            config,
            run.env.reward_function,
            folder=options.out / "checkpoint",
            on_update=on_update,
        )
    write_atomically(options.out / "model", run.agent.save_pretrained)


def _measure(run: _Run, stage: str) -> dict[str, float | None] | None:
    """The figures on the held-out problems, written to summary.json; from there where a resumed run has them."""
    from ..evaluation.evaluate import write_episodes

    if not run.held_out:
        return None
    path = run.options.out / "summary.json"
    summary: dict[str, Any] = {"seed": run.options.seed, "env": run.options.env, "seconds_total": 0.0, "stages": {}}
    if path.is_file():
        summary = json.loads(path.read_text(encoding="utf-8"))
    if stage in summary["stages"] and (stage == "before" or run.start == run.config.updates):
        known: dict[str, float | None] = summary["stages"][stage]
        return known
    figures, episodes = measure(
        run.agent,
        run.held_out,
        run.env,
        run.sampling(),
        confidence=run.options.confidence,
        title=f"Measuring {stage}",
    )
    write_episodes(run.options.out / "episodes" / f"{stage}.jsonl", episodes)
    summary["stages"][stage] = figures
    summary["seconds_total"] = round(sum(figures["seconds"] for figures in summary["stages"].values()), 1)
    write_json(path, summary)
    return figures


def _write_card(run: _Run) -> None:
    """README.md in the model's folder: what was trained and how, its figures and its calibration."""
    from ..agents.model_card import card_of_run, write_card
    from ..evaluation.evaluate import read_episodes

    options = run.options
    if not run.held_out:
        return
    summary = json.loads((options.out / "summary.json").read_text(encoding="utf-8"))
    episodes = read_episodes(options.out / "episodes" / "after.jsonl")
    method = f"{options.algorithm.upper()} for {options.updates} updates in {options.env}, reward {options.reward}."
    write_card(options.out / "model", card_of_run(options.out.name, options.model, method, summary, episodes))


def _show(
    run: _Run, before: dict[str, float | None] | None, after: dict[str, float | None] | None, seconds: float
) -> None:
    from ..evaluation.evaluate import read_episodes

    options = run.options
    if before is not None and after is not None:
        title = f"{options.env}, {len(run.held_out)} held-out problems, {options.updates} updates, {seconds:.0f} s"
        output().print(figure_table(title, {"before": before, "after": after}))
        say("After: " + " ".join(remarks(read_episodes(options.out / "episodes" / "after.jsonl"))))
    say(f"wrote {options.out / 'model'}; `ccrl report {options.out}` makes pictures and a page of the run")


def _how_to_go_on(folder: Path) -> str:
    """One line for a person who pressed Ctrl-C."""
    done = updates_done(folder)
    if not done:
        return "Interrupted before the first checkpoint; the same command begins anew."
    return f"Interrupted. The same command goes on after update {done}, from {folder / 'checkpoint'}."
