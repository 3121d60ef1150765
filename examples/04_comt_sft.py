"""Chain-of-Meta-Thought: fine-tune a model on plans that hold names and operations, and no numbers.

    python examples/04_comt_sft.py
    python examples/04_comt_sft.py --model Qwen/Qwen3-0.6B --families word_problems --learning-rate 1e-5
    python examples/04_comt_sft.py --updates 200 --out runs/my_comt

Prints a plan as the model writes it before and after, and how often the plan is exactly right on problems that it
never saw. `ccrl sft` does the same with checks, a log and replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro
from starting_model import starting_model

from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example, comt_stream, plan_of
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.demo import plan_validation
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import render_transcript


@dataclass(frozen=True)
class Options:
    """Fine-tune on plans without numbers."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's base, or a tiny one trained on the spot."""
    families: tuple[str, ...] = ("arithmetic",)
    """Kinds of problems: arithmetic, word_problems."""
    updates: int = 60
    """Optimiser steps."""
    batch_size: int = 32
    """Plans per update."""
    learning_rate: float = 1e-3
    """1e-3 suits the tiny model; 1e-5 a pretrained one."""
    seed: int = 0
    """Of the problems."""
    out: Path | None = None
    """Save the model here, in Hugging Face format."""


def main(options: Options) -> None:
    agent = starting_model(options.model, "base")
    rng = python_random(options.seed, "comt")
    unseen = draw_problems(make_source(options.families, split="validation"), 32, rng)
    question = unseen[0].question
    example = comt_example(unseen[0])
    print(f"\nWhat is learned, after the question {example.prompt!r}:\n    {example.completion[0][0]!r}")

    def show(when: str) -> None:
        written = agent.act(render_transcript(question), max_new_tokens=48)["step"]
        figures = plan_validation(agent, unseen)
        print(f"{when:<8}loss {figures['validation_loss']:.3f}, plans exactly right {figures['plan_match']:.0%}")
        print(f"        it writes {written!r} (gold: {plan_of(unseen[0])!r})")

    show("before")
    examples = comt_stream(make_source(options.families), iter(()), 0.0, rng)  # no replay of what it knew before
    config = SFTConfig(options.updates, options.batch_size, options.learning_rate, warmup_updates=5)
    with progress("Fine-tuning", options.updates) as advance:
        fine_tune(
            agent.model,
            agent.tokenizer,
            examples,
            config,
            rng,
            on_update=lambda update, figures: advance(note=f"loss {figures['loss']:.3f}"),
        )
    show("after")
    if options.out is not None:
        agent.save_pretrained(options.out)
        print(f"wrote {options.out}")


if __name__ == "__main__":
    main(tyro.cli(Options))
