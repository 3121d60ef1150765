"""Measure a model: how often it is right, and whether it knows.

    python examples/07_evaluate.py
    python examples/07_evaluate.py --model runs/demo/ccrl --env MathCCRL-v0 --difficulty medium
    python examples/07_evaluate.py --model Qwen/Qwen3-0.6B --data gsm8k.test.jsonl --max-new-tokens 400

Prints the figures with what they mean, a reliability table, and the answer that was most confident and wrong.
`ccrl eval` does the same with files and a report.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import at_once  # noqa: F401  (says that it runs)
import gymnasium as gym
import tyro
from starting_model import starting_model

import reasoning_gym_ccrl  # registers the environments
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, answer_pairs, summarise
from reasoning_gym_ccrl.evaluation.metrics import reliability_bins
from reasoning_gym_ccrl.seeding import derive_seed, python_random
from reasoning_gym_ccrl.types import Episode, Problem, Verdict


@dataclass(frozen=True)
class Options:
    """Measure accuracy and calibration."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's CCRL model, or a tiny base trained on the spot."""
    env: str = "ArithmeticCCRL-v0"
    """Where the problems come from; `ccrl envs` lists them."""
    difficulty: str = "easy"
    """easy, medium or hard, where problems are generated."""
    data: Path | None = None
    """A file of problems; it takes the place of --env."""
    problems: int = 256
    """How many."""
    temperature: float = 1.0
    """Of sampling; 0 takes the likeliest token."""
    max_new_tokens: int = 160
    """Budget of tokens for a problem."""
    confidence: str = "stated"
    """stated; or token_mean, token_product, token_minimum: the probability of the digits it wrote."""
    seed: int = 0
    """Of problems and samples."""


def main(options: Options) -> None:
    if options.data is not None:
        env = gym.make("DatasetCCRL-v0", data=str(options.data)).unwrapped
    else:
        env = gym.make(options.env, difficulty=options.difficulty, split="test").unwrapped
    problems = draw_problems(env.source, options.problems, python_random(options.seed, "test"))
    agent = starting_model(options.model, "ccrl")
    started = time.perf_counter()
    episodes = play(agent, problems, options)
    figures = summarise(episodes, seconds=time.perf_counter() - started)

    print(f"\nn = {len(episodes)}")
    for figure in FIGURES:
        print(f"{figure.label:<22}{figure.write(figures[figure.key]):>8}   {figure.meaning}")
    print_reliability(episodes)
    print_worst(episodes)


def play(agent: LLMAgent, problems: list[Problem], options: Options) -> list[Episode]:
    """An attempt at every problem, a few dozen at a time so that the bar moves."""
    episodes: list[Episode] = []
    with progress("Playing", len(problems)) as advance:
        for first in range(0, len(problems), 32):
            part = problems[first : first + 32]
            seed = derive_seed(options.seed, "samples", first)
            sampling = SamplingParams(options.max_new_tokens, options.temperature, seed=seed)
            groups = rollout(agent, part, sampling, confidence=options.confidence)
            episodes += [group[0] for group in groups]
            advance(len(part))
    return episodes


def print_reliability(episodes: list[Episode]) -> None:
    """What was said, against how often it was right."""
    table = reliability_bins(*answer_pairs(episodes), bins=10)
    print(f"\n{'said':<14}{'answers':>8}{'right':>8}")
    for lower, upper, count, accuracy in zip(table.lower, table.upper, table.counts, table.accuracy, strict=True):
        if count:
            print(f"{lower:.1f} to {upper:.1f}    {count:>8}{accuracy:>8.0%}")


def print_worst(episodes: list[Episode]) -> None:
    """The wrong answer of which the model was surest."""
    wrong = [
        (final.step.confidence, episode, final)
        for episode in episodes
        if (final := episode.final) is not None and final.judgement.verdict is Verdict.INCORRECT
        if final.step.confidence is not None
    ]
    if wrong:
        confidence, episode, final = max(wrong, key=lambda item: item[0])
        print(f"\nSurest error: {episode.problem.question}")
        print(f"    {final.step.text} at {confidence}; the answer is {episode.problem.answer}")


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
