"""Sample with vLLM in this process, train, and sample from the new weights: GRPO with a fast engine.

    python examples/08_vllm.py
    python examples/08_vllm.py --model Qwen/Qwen3-0.6B --dtype bfloat16 --max-new-tokens 400 --learning-rate 1e-6

Needs vLLM; without one it says in a line how to get it. vLLM keeps weights of its own: after each optimiser step
`engine.sync(model)` hands it the new ones. The largest ratio of new to old probability shows that both agree: 1 to
rounding, before anything is learned from a batch.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass

import tyro
from starting_model import starting_model

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.vllm import HOW_TO_GET, import_vllm
from reasoning_gym_ccrl.agents.grpo import GRPOConfig, update_policy
from reasoning_gym_ccrl.agents.optimizers import make_optimizer
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.seeding import derive_seed, python_random


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
        train(agent, options)


def train(agent: LLMAgent, options: Options) -> None:
    source, rng, pays = make_source("arithmetic"), python_random(options.seed, "vllm"), make_reward("ccrl")
    config = GRPOConfig(group_size=options.group_size, confidence_credit="own", max_new_tokens=options.max_new_tokens)
    optimizer = make_optimizer(agent.model, options.learning_rate, 0.0, "adamw")
    print(f"\n{'update':>6}{'reward':>9}{'tokens/s':>10}{'ratio':>10}{'sync':>9}")
    for update in range(options.updates):
        started = time.perf_counter()
        problems = draw_problems(source, options.problems, rng)
        seed = derive_seed(options.seed, "sampling", update)
        params = SamplingParams(options.max_new_tokens, samples_per_prompt=options.group_size, seed=seed)
        groups = rollout(agent, problems, params, pays)
        sampled = time.perf_counter()
        figures = update_policy(agent, groups, config, optimizer, options.learning_rate, pays)
        trained = time.perf_counter()
        agent.engine.sync(agent.model)
        synced = time.perf_counter()
        episodes = [episode for group in groups for episode in group]
        reward = sum(episode.total_reward for episode in episodes) / len(episodes)
        speed = sum(episode.response_tokens for episode in episodes) / (sampled - started)
        ratio = f"{figures['ratio_max']:>10.4f}"
        print(f"{update:>6}{reward:>9.3f}{speed:>10,.0f}{ratio}{1000 * (synced - trained):>6.0f} ms")


if __name__ == "__main__":  # vLLM may start this file again in a process of its own
    main(tyro.cli(Options))
