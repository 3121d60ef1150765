"""`ccrl train`: reinforcement learning in an environment, measured before and after."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidOption
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
from .console import be_quiet, output, print_error, progress
from .train_options import Options

if TYPE_CHECKING:
    from ..agents.config import TrainConfig
    from ..agents.engines.base import SamplingParams
    from ..agents.policy import LLMAgent
    from ..agents.runtime import Runtime
    from ..envs.base import StepReasoningEnv
    from ..envs.sources import Problems
    from ..types import Episode, Problem

LEARNING_RATE = 1e-6  # of a pretrained model; the tiny one has the demo's
FREE = ("updates", "out", "device", "track", "base_url", "weights_folder")  # what may differ when a run goes on
HELD_OUT_OF_FILE = 5  # at most one problem in so many is kept from training to measure on

__all__ = ["Options", "run"]


@dataclass
class _Run:
    """A run under way: its options, what was resolved from them, and how far it has come."""

    options: Options
    config: TrainConfig
    env: StepReasoningEnv
    training: Problems
    held_out: Sequence[Problem]
    agent: LLMAgent
    start: int
    runtime: Runtime

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
        after = _measure(run_, "after")
        if run_.runtime.is_main:
            warn_of_collapse(options.out / "metrics.jsonl")
            _write_card(run_)
            _show(run_, before, after, time.perf_counter() - started)
        return 0
    except KeyboardInterrupt:
        print_error(_how_to_go_on(options.out))
        return EXIT_INTERRUPTED


def _prepare(options: Options) -> _Run:
    """Checks everything that can be checked before the model is loaded; then loads it."""
    from ..agents.runtime import Runtime, check_share, check_trackers, launched_processes
    from ..agents.trainer import hand_over

    config, server = _config(options), _of_server(options)
    check_share(config.problems_per_update, launched_processes())
    check_trackers(options.track)
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
    _seed_program(options.seed)
    agent = load_agent(
        options.model,
        device=options.device,
        dtype=options.dtype,
        engine=options.engine,
        peft={"r": options.lora_rank} if options.lora_rank else None,
        **server,
    )
    if is_tiny(agent):
        config = _as_in_the_demo(config, options)
    runtime = Runtime(agent.model.device, track=options.track, folder=options.out)
    if not runtime.is_main:
        be_quiet()
    if server:  # another run may have left it with other weights
        hand_over(agent, runtime)
    settings = settings_of("train", options) | {"resolved": asdict(config)}
    if not start and runtime.is_main:
        write_json(options.out / "config.json", settings)
    runtime.start_tracking(options.out.name, asdict(config) | {"reward": options.reward, "env": options.env})
    return _Run(options, config, env, training, held_out, agent, start, runtime)


def _of_server(options: Options) -> dict[str, Any]:
    """What the engine "server" has to be told, and no other.

    Raises:
        InvalidOption: one of the two is missing, or given to another engine.
    """
    given = {"base_url": options.base_url, "weights_folder": options.weights_folder}
    named = [name for name, value in given.items() if value is not None]
    if options.engine != "server" and named:
        raise InvalidOption(f"{_option(named[0])} is of --engine server; received --engine {options.engine}.")
    if options.engine == "server" and len(named) < len(given):
        missing = next(name for name in given if name not in named)
        raise InvalidOption(
            f"--engine server needs {_option(missing)}: where a vLLM runs, and a folder by which it gets new weights."
        )
    return {name: value for name, value in given.items() if value is not None}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _seed_program(seed: int) -> None:
    """Seeds the generators that a program has one of: an adapter's weights come from there, and what rewards draw."""
    import random

    import numpy as np
    import torch

    from ..seeding import derive_seed

    own = derive_seed(seed, "train", "program")
    random.seed(own)
    np.random.seed(own % 2**32)  # noqa: NPY002 (the one that others draw from)
    torch.manual_seed(own)


def _config(options: Options) -> TrainConfig:
    from ..agents.confidence import is_stated
    from ..agents.config import TrainConfig

    if options.eval_episodes < 0:
        raise InvalidOption(f"--eval-episodes is 0 or more; received {options.eval_episodes}.")
    given = {each.name: getattr(options, each.name) for each in fields(TrainConfig)}
    if given["learning_rate"] is None:
        given["learning_rate"] = LEARNING_RATE
    if given["confidence_coefficient"] is None:
        given["confidence_coefficient"] = 1.0
    if given["confidence_credit"] is None:
        # A confidence that the model does not write has no tokens of its own to credit.
        given["confidence_credit"] = "own" if is_stated(options.confidence) else "return"
    return TrainConfig(**given)


def _as_in_the_demo(config: TrainConfig, options: Options) -> TrainConfig:
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
    names = differing(before or {}, settings_of("train", options), but=FREE) if done else []
    if names:
        raise InvalidOption(
            f"A run goes on with the settings it began with; {options.out} has other {', '.join(names)}. Use "
            f"these, or another --out (and --model {options.out / 'checkpoint'} to start from its weights)."
        )
    for name in ("metrics.jsonl", "summary.json"):
        if not done and is_first_process():
            (options.out / name).unlink(missing_ok=True)
    return done


def is_first_process() -> bool:
    """Whether this process writes files, before Accelerate says so."""
    return os.environ.get("RANK", "0") == "0"


def updates_done(folder: Path) -> int:
    """The updates that the checkpoint in a run's folder has made."""
    from ..agents.checkpoint import find_checkpoint

    found = find_checkpoint(folder / "checkpoint")
    return 0 if found is None else int(json.loads((found / "state.json").read_text(encoding="utf-8"))["update"])


def _train(run: _Run) -> None:
    """The updates, logged, under a progress bar that starts where the checkpoint stands."""
    from ..agents import train
    from ..agents.checkpoint import write_atomically
    from ..agents.metrics_log import MetricsLog

    options, config = run.options, run.config
    if run.start:
        rest = f"goes on with {run.start + 1}" if run.start < config.updates else "there is nothing left to do"
        say(f"{options.out / 'checkpoint'} holds {run.start} of {config.updates} updates: {rest}")
    if run.runtime.is_main:
        forget_rows_after(options.out / "metrics.jsonl", run.start)
    log_file = options.out / "metrics.jsonl" if run.runtime.is_main else Path(os.devnull)
    with (
        MetricsLog(log_file, fresh=not run.start) as log,
        progress(f"{options.algorithm.upper()}, reward {options.reward}", config.updates, run.start) as advance,
    ):

        def on_update(update: int, figures: dict[str, float], _: Sequence[Episode]) -> None:
            log.write(options.algorithm, update, figures)
            run.runtime.track(figures, update)
            advance(note=progress_note(figures))

        train(
            run.agent,
            run.training,
            config,
            run.env.reward_function,
            folder=options.out / "checkpoint",
            held_out=run.held_out,
            on_update=on_update,
            runtime=run.runtime,
        )
    run.runtime.stop_tracking()
    if run.runtime.is_main:
        write_atomically(options.out / "model", run.agent.save_pretrained)


def progress_note(figures: Mapping[str, float]) -> str:
    """What a progress bar says of an update.

    "KL" is the divergence from the reference, or, where there is none, what the update moved away from its sampler.
    """
    from ..evaluation.collapse import collapse_warnings

    kl = figures["kl"] if figures.get("kl") else figures["approx_kl"]
    note = (
        f"reward {figures['reward_mean']:.2f}, accuracy {figures['accuracy']:.2f}, ECE {figures['ece']:.2f}, "
        f"KL {kl:.2g}, entropy {figures['entropy']:.2f}, clipped {figures['clip_fraction']:.1%}, "
        f"{figures['tokens_per_second']:,.0f} tokens/s"
    )
    return note + (", confidence has collapsed" if collapse_warnings(figures) else "")


def _measure(run: _Run, stage: str) -> dict[str, float | None] | None:
    """The figures on the held-out problems, written to summary.json; from there where a resumed run has them."""
    from ..evaluation.evaluate import summarise, write_episodes

    if not run.held_out:
        return None
    path = run.options.out / "summary.json"
    summary: dict[str, Any] = {"seed": run.options.seed, "env": run.options.env, "seconds_total": 0.0, "stages": {}}
    if path.is_file():
        summary = json.loads(path.read_text(encoding="utf-8"))
    is_known = stage in summary["stages"] and (stage == "before" or run.start == run.config.updates)
    if run.runtime.max(float(is_known)):  # one answer for all processes
        known: dict[str, float | None] = summary["stages"][stage]
        return known
    figures, episodes = measure(
        run.agent,
        run.runtime.share(run.held_out),
        run.env,
        run.sampling(),
        confidence=run.options.confidence,
        title=f"Measuring {stage}",
    )
    if run.runtime.world_size > 1:
        episodes = run.runtime.gather(episodes)
        figures = summarise(episodes, seconds=figures["seconds"] or 0.0)
    if not run.runtime.is_main:
        return figures
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
