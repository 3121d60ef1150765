"""Sample with vLLM in this process, train, and sample from the new weights: GRPO with a fast engine.

    python examples/08_vllm.py
    python examples/08_vllm.py --model Qwen/Qwen3-0.6B --dtype bfloat16 --max-new-tokens 400 --learning-rate 1e-6

Needs vLLM; without one it says in a line how to get it. vLLM keeps weights of its own: after each update `train` hands
it the new ones by `engine.sync(model)`. The largest ratio of the trainer's probability of a token to the sampler's
shows that both agree: 1 to rounding, as each update is one optimiser step.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import tyro
from starting_model import starting_model

from reasoning_gym_ccrl.agents import TrainConfig, train
from reasoning_gym_ccrl.agents.engines.vllm import HOW_TO_GET, import_vllm
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.types import Episode


@dataclass(frozen=True)
class Options:
    """Train with GRPO, sampling with vLLM."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's CoMT model, or a tiny base trained on the spot."""
    dtype: str = "float32"
    """Of both copies of the weights."""
    updates: int = 5
    """Optimiser steps."""
    problems: int = 16
    """Problems in an update."""
    group_size: int = 8
    """Attempts at each."""
    max_new_tokens: int = 96
    """Budget of tokens for an attempt."""
    learning_rate: float = 1e-4
    """1e-4 suits the tiny model; 1e-6 a pretrained one."""
    eager: bool = False
    """Start in seconds, without compiling; slower afterwards."""
    seed: int = 0
    """Of problems and samples."""


def main(options: Options) -> None:
    try:
        import_vllm()
    except ModuleNotFoundError:
        print(HOW_TO_GET)
        return
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GB; read on a machine with no GPU alone
    with tempfile.TemporaryDirectory() as folder:
        path = options.model
        if path is None:
            path = folder
            starting_model(None, "comt").save_pretrained(folder)
        started = time.perf_counter()
        agent = LLMAgent.from_pretrained(path, engine="vllm", dtype=options.dtype, enforce_eager=options.eager)
        print(f"vLLM is up after {time.perf_counter() - started:.0f} s.")
        train_with(agent, options)


def train_with(agent: LLMAgent, options: Options) -> None:
    config = TrainConfig(
        updates=options.updates,
        problems_per_update=options.problems,
        group_size=options.group_size,
        max_new_tokens=options.max_new_tokens,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    print(f"\n{'update':>6}{'reward':>9}{'tokens/s':>10}{'ratio':>10}")

    def show(update: int, figures: dict[str, float], episodes: Sequence[Episode]) -> None:
        speed = sum(episode.response_tokens for episode in episodes) / figures["sampling_seconds"]
        print(f"{update:>6}{figures['reward_mean']:>9.3f}{speed:>10,.0f}{figures['ratio_max']:>10.4f}")

    train(agent, make_source("arithmetic"), config, "ccrl", on_update=show)
    started = time.perf_counter()
    agent.engine.sync(agent.model)
    print(f"\nAfter each update vLLM takes the new weights, in {1000 * (time.perf_counter() - started):.0f} ms.")


if __name__ == "__main__":  # vLLM may start this file again in a process of its own
    main(tyro.cli(Options))
