"""Train a language model by PPO in an environment: every token against what a value head foresaw.

    python examples/06_train_ppo.py
    python examples/06_train_ppo.py --reward brier
    python examples/06_train_ppo.py --model Qwen/Qwen3-0.6B --learning-rate 1e-6 --value-learning-rate 1e-5

Where GRPO (examples/05_train_grpo.py) compares attempts at one problem, PPO needs one attempt at each: a value head
says before every token what the episode will still earn, and a token is pushed by how much better or worse it came. The
head starts at zero and learns alone for a few updates; how much of the returns' variance it explains is printed at the
end: 0 is no better than a constant, 1 is foresight. Forty updates move the tiny base a little: its calibration error
falls from 0.5 to 0.4, and accuracy rises by two to five points of a hundred, which is hardly more than chance moves it
(256 problems, seeds 0 and 1). `ccrl demo` makes a better start. `ccrl train --algorithm ppo` does the same with
checkpoints and a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

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
# A model that is hardly ever right could learn to state no confidence at all; "format" pays it for stating one.
REWARD: RewardSpec = {"ccrl": 1.0, "format": 0.5}


@dataclass(frozen=True)
class Options:
    """Train by PPO, and measure before and after."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's CoMT model, or a tiny base trained on the spot."""
    env: str = "ArithmeticCCRL-v0"
    """Where to train; `ccrl envs` lists them."""
    reward: str | None = None
    """A name, or package.module:function; by default REWARD in this file."""
    updates: int = 40
    """Rounds of sampling; each is learned from in epochs x minibatches steps."""
    problems_per_update: int = 128
    """Problems in an update, with one attempt at each."""
    epochs: int = 2
    """Times that an update's episodes are learned from."""
    minibatches: int = 4
    """Optimiser steps in each of them."""
    learning_rate: float = 1e-4
    """1e-4 suits the tiny model, a third of GRPO's there, since an update makes eight steps; 1e-6 a pretrained one."""
    value_trunk: str = "own"
    """own: the value head has a copy of the policy's layers; shared: it reads the policy's, and pulls at them."""
    value_learning_rate: float = 1e-3
    """Of the value head and its own layers; 1e-5 beside a pretrained model."""
    value_coefficient: float = 0.5
    """Weight of the value loss."""
    value_warmup_updates: int = 3
    """Updates at the start in which the head alone learns: a policy that listened to it then would learn noise."""
    confidence_coefficient: float = 10.0
    """Weight of what the tokens that state a confidence learn; begin with 1 on a pretrained model."""
    max_new_tokens: int = 96
    """Budget of tokens for an attempt."""
    test_problems: int = 256
    """Held-out problems to measure on."""
    seed: int = 0
    """Of problems and samples."""
    out: Path | None = None
    """Save the model here, in Hugging Face format."""


def main(options: Options) -> None:
    reward = options.reward or REWARD
    training, held_out = (gym.make(options.env, split=split, reward=reward).unwrapped for split in ("train", "test"))
    problems = draw_problems(held_out.source, options.test_problems, python_random(options.seed, "test"))
    config = TrainConfig.from_mapping(
        {
            "algorithm": "ppo",
            "updates": options.updates,
            "problems_per_update": options.problems_per_update,
            "group_size": 1,
            "epochs": options.epochs,
            "minibatches": options.minibatches,
            "learning_rate": options.learning_rate,
            "value_trunk": options.value_trunk,
            "value_learning_rate": options.value_learning_rate,
            "value_coefficient": options.value_coefficient,
            "value_warmup_updates": options.value_warmup_updates,
            "confidence_coefficient": options.confidence_coefficient,
            "max_new_tokens": options.max_new_tokens,
            "seed": options.seed,
        }
    )
    agent = starting_model(options.model, "comt")
    sampling = SamplingParams(max_new_tokens=options.max_new_tokens, seed=options.seed)
    before, _ = measure(agent, problems, sampling, reward)
    log: list[dict[str, float]] = []
    with progress("PPO", options.updates) as advance:

        def on_update(update: int, figures: dict[str, float], episodes: Sequence[Episode]) -> None:
            log.append(figures)
            advance(note=f"reward {figures['reward_mean']:+.2f}, explained {figures['explained_variance']:.2f}")

        train(agent, training.source, config, reward, on_update=on_update)
    after, _ = measure(agent, problems, sampling, reward)

    print(f"\n{options.env}, {len(problems)} held-out problems{'before':>14}{'after':>10}")
    for name in ("accuracy", "confidence_stated", "ece", "brier", "auroc", "overconfident_error_rate"):
        values = ("-" if figures[name] is None else f"{figures[name]:.3f}" for figures in (before, after))
        print(f"{name:<48}" + "".join(f"{value:>10}" for value in values))
    show_value_head(log)
    if options.out is not None:
        agent.save_pretrained(options.out)
        print(f"wrote {options.out}")


def show_value_head(log: Sequence[dict[str, float]]) -> None:
    """What the head foresaw, over the run: each line the mean of a fifth of the updates."""
    print("\nThe value head on what was just sampled, before learning from it:")
    print("  updates  explained variance  mean value  mean reward  approx. KL  clipped")
    names = ("explained_variance", "value_mean", "reward_mean", "approx_kl", "clip_fraction")
    for first in range(0, len(log), max(1, len(log) // 5)):
        part = log[first : first + max(1, len(log) // 5)]
        values = [fmean(figures[name] for figures in part) for name in names]
        where = f"{first + 1}-{first + len(part)}"
        print(f"{where:>9}{values[0]:>20.2f}{values[1]:>12.2f}{values[2]:>13.2f}{values[3]:>12.4f}{values[4]:>9.3f}")


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
