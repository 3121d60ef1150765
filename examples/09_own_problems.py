"""Your own problems, and your own family of them: each takes ten lines.

    python examples/09_own_problems.py
    python examples/09_own_problems.py --seed 3
    python examples/09_own_problems.py --model runs/demo/ccrl      # or any Hugging Face causal language model

A problem is a question with its answer; the gold steps are worth giving, as each is then known by name. A family makes
problems from a random generator, and gets splits, difficulties and a place in mixtures like the built-in ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import tyro

import reasoning_gym_ccrl  # registers the environments
from reasoning_gym_ccrl.envs.problems import register_family
from reasoning_gym_ccrl.types import GoldStep, Problem


@dataclass(frozen=True)
class Options:
    """Play one of your own problems, and some of your own family."""

    seed: int = 0
    """The same seed poses the same problems."""
    model: str | None = None
    """A model that acts in place of the gold solution: a path or a Hugging Face id."""


# Ten lines: a problem of one's own.
TEA = Problem(
    id="tea",
    question="A pot holds 6 cups of tea. Nia fills 4 pots and drinks 5 cups. How many cups are left?",
    answer="19",
    solution=(
        GoldStep("made = 6 * 4 = 24", "6 * 4", "24", "made = cups per pot * pots"),
        GoldStep("left = 24 - 5 = 19", "24 - 5", "19", "left = made - drunk"),
    ),
    metadata={"givens": {"cups per pot": "6", "pots": "4", "drunk": "5"}, "answer_kind": "number"},
)


# Ten lines: a family of one's own. All randomness comes from `rng`.
def shared_bill(rng: random.Random, difficulty: str) -> Problem:
    people = rng.randint(2, 9)
    each = rng.randint(2, {"easy": 20, "medium": 200, "hard": 2000}[difficulty])
    bill = people * each
    question = f"{people} friends share a bill of {bill} dollars equally. How many dollars does each pay?"
    step = GoldStep(f"share = {bill} / {people} = {each}", f"{bill} / {people}", str(each), "share = bill / friends")
    metadata = {"givens": {"bill": str(bill), "friends": str(people)}, "answer_kind": "number"}
    return Problem("", question, str(each), (step,), metadata=metadata)


def play(env: gym.Env, seed: int, act: Callable[[str], dict[str, Any]] | None, **options: object) -> None:
    """One episode, by the model or by the gold solution."""
    observation, _ = env.reset(seed=seed, options=options or None)
    problem = env.unwrapped.problem
    gold = iter([*(step.text for step in problem.solution), f"<answer>{problem.answer}</answer>"])
    over = False
    while not over:
        action = act(observation) if act else {"step": next(gold), "confidence": 0.9}
        observation, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated
    print(f"{info['family']}, split {info['split'] or 'none'}: {info['outcome']}\n{env.render()}")


def from_model(path: str) -> Callable[[str], dict[str, Any]]:
    """Acts with a language model."""
    from reasoning_gym_ccrl.agents.policy import LLMAgent

    return LLMAgent.from_pretrained(path).act


def main(options: Options) -> None:
    act = from_model(options.model) if options.model else None
    any_env = gym.make("MathCCRL-v0", render_mode="ansi")
    play(any_env, options.seed, act, problem=TEA)  # in any environment, for one episode
    play(gym.make("MathCCRL-v0", problems=[TEA], render_mode="ansi"), options.seed, act)  # or always

    register_family("shared_bill", shared_bill)
    for split in ("train", "test"):  # no problem is in both
        own = gym.make("MathCCRL-v0", families="shared_bill", difficulty="medium", split=split, render_mode="ansi")
        play(own, options.seed, act)


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
