"""Step an environment: pose a problem, act with a step and a confidence, read the verdict and the payment.

    python examples/01_step_an_env.py
    python examples/01_step_an_env.py --env WordProblemCCRL-v0 --difficulty hard --seed 3
    python examples/01_step_an_env.py --model runs/demo/ccrl      # or any Hugging Face causal language model

Without a model a scripted solver acts: it slips once, notices it, and then follows the gold path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import tyro

import reasoning_gym_ccrl  # registers the environments
from reasoning_gym_ccrl.types import Problem


@dataclass(frozen=True)
class Options:
    """Play one episode and print it."""

    env: str = "MathCCRL-v0"
    """`ccrl envs` lists them."""
    difficulty: str | None = None
    """easy, medium or hard, where problems are generated."""
    seed: int = 0
    """The same seed poses the same problem."""
    model: str | None = None
    """A model that acts in place of the script: a path or a Hugging Face id."""


def scripted(problem: Problem) -> Callable[[str], dict[str, Any]]:
    """Acts from the gold path, with one slip that it half suspects. A real agent sees the observation alone."""
    first = problem.solution[0]
    actions = [{"step": f"{first.expression} = {first.value}1", "confidence": 0.4}]  # a digit too many
    actions += [{"step": step.text, "confidence": 0.9} for step in problem.solution]
    actions += [{"step": f"<answer>{problem.answer}</answer>", "confidence": 0.95}]
    script = iter(actions)
    return lambda observation: next(script)


def from_model(path: str) -> Callable[[str], dict[str, Any]]:
    """Acts with a language model: the observation is its prompt, the first element it writes the action."""
    from reasoning_gym_ccrl.agents.policy import LLMAgent

    return LLMAgent.from_pretrained(path).act


def main(options: Options) -> None:
    chosen = {"difficulty": options.difficulty} if options.difficulty else {}
    env = gym.make(options.env, render_mode="ansi", **chosen)
    observation, info = env.reset(seed=options.seed)
    print(f"{info['problem_id']}\n{observation}")

    act = from_model(options.model) if options.model else scripted(env.unwrapped.problem)
    terminated = truncated = False
    while not (terminated or truncated):
        action = act(observation)
        observation, reward, terminated, truncated, info = env.step(action)
        judgement = info["judgement"]
        print(f"{action['step']!r} at {action['confidence']}: {judgement.verdict}, paid {reward:+.3f}")
        print(f"    {judgement.reason} {info['reward_terms']}")

    print(f"\nThe same episode as rendered:\n\n{env.render()}")


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
