"""Train a language model by GRPO in an environment, with the CCRL reward or your own.

    python examples/05_train_grpo.py
    python examples/05_train_grpo.py --reward brier
    python examples/05_train_grpo.py --model Qwen/Qwen3-0.6B --learning-rate 1e-6 --confidence-coefficient 1

The model solves each problem several times, says with each step how sure it is, and is pushed towards the attempts
that earned more than the others of their group. The tiny base that is trained here without `--model` is right once in
four times, and careless about how sure it is; in 30 updates it learns to be more careful: errors with high confidence
become fewer, accuracy stays. `ccrl demo` makes a better start; `ccrl train` does the same with checkpoints and a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import tyro
from starting_model import starting_model

import reasoning_gym_ccrl  # registers the environments
from reasoning_gym_ccrl.agents import TrainConfig, train
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.rollout import measure
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.rewards import RewardSpec
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.types import Episode

# The line to change: a name, a mapping of names to weights, or a function of your own (examples/02_custom_reward.py).
# A model that is seldom right could learn to state no confidence at all; "format" pays it for stating one.
REWARD: RewardSpec = {"ccrl": 1.0, "format": 0.5}


@dataclass(frozen=True)
class Options:
    """Train by GRPO, and measure before and after."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's CoMT model, or a tiny base trained on the spot."""
    env: str = "ArithmeticCCRL-v0"
    """Where to train; `ccrl envs` lists them."""
    reward: str | None = None
    """A name, or package.module:function; by default REWARD in this file."""
    updates: int = 30
    """Optimiser steps."""
    problems_per_update: int = 16
    """Problems in an update."""
    group_size: int = 8
    """Attempts at each of them."""
    learning_rate: float = 3e-4
    """3e-4 suits the tiny model; 1e-6 a pretrained one."""
    confidence_coefficient: float = 10.0
    """Weight of what the tokens that state a confidence learn; begin with 1 on a pretrained model."""
    max_new_tokens: int = 96
    """Budget of tokens for an attempt."""
    test_problems: int = 128
    """Held-out problems to measure on."""
    seed: int = 0
    """Of problems and samples."""
    out: Path | None = None
    """Save the model here, in Hugging Face format."""


def main(options: Options) -> None:
    reward = options.reward or REWARD
    training, held_out = (gym.make(options.env, split=split, reward=reward).unwrapped for split in ("train", "test"))
    problems = draw_problems(held_out.source, options.test_problems, python_random(options.seed, "test"))
    config = TrainConfig(
        updates=options.updates,
        problems_per_update=options.problems_per_update,
        group_size=options.group_size,
        learning_rate=options.learning_rate,
        confidence_coefficient=options.confidence_coefficient,
        max_new_tokens=options.max_new_tokens,
        seed=options.seed,
    )
    agent = starting_model(options.model, "comt")
    sampling = SamplingParams(max_new_tokens=options.max_new_tokens, seed=options.seed)
    before, _ = measure(agent, problems, sampling, reward)
    with progress("GRPO", options.updates) as advance:

        def on_update(update: int, figures: dict[str, float], episodes: Sequence[Episode]) -> None:
            advance(note=f"reward {figures['reward_mean']:+.2f}, ECE {figures['ece']:.2f}")

        train(agent, training.source, config, reward, on_update=on_update)
    after, episodes = measure(agent, problems, sampling, reward)

    print(f"\n{options.env}, {len(problems)} held-out problems{'before':>14}{'after':>10}")
    for name in ("accuracy", "confidence_stated", "ece", "brier", "auroc", "overconfident_error_rate"):
        values = ("-" if figures[name] is None else f"{figures[name]:.3f}" for figures in (before, after))
        print(f"{name:<48}" + "".join(f"{value:>10}" for value in values))
    last = episodes[0]
    print(f"\nOne of them, after training:\n{last.problem.question}")
    for record in last.records:
        print(f"    {record.step.text}   at {record.step.confidence}: {record.judgement.verdict}")
    if options.out is not None:
        agent.save_pretrained(options.out)
        print(f"wrote {options.out}")


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
