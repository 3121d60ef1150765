"""Chain-of-Meta-Thought: fine-tune a model on plans that hold names and operations, and no numbers.

    python examples/04_comt_sft.py
    python examples/04_comt_sft.py --target cot               # solutions of the same problems, to compare with
    python examples/04_comt_sft.py --model Qwen/Qwen3-0.6B --families word_problems --learning-rate 2e-4 --lora-rank 8
    python examples/04_comt_sft.py --updates 200 --out runs/my_comt
    python examples/04_comt_sft.py --export plans.jsonl       # for TRL's SFTTrainer, or any other trainer

Prints a plan as the model writes it before and after, and how often the plan is exactly right on problems that it
never saw. `ccrl sft` does the same with checks, a log, checkpoints to go on from, and replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import at_once  # noqa: F401  (says that it runs)
import tyro
from starting_model import starting_model

from reasoning_gym_ccrl.agents.chat_data import write_examples
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example, example_stream
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.comt.sft_run import solution_validation
from reasoning_gym_ccrl.agents.demo import plan_validation
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import render_transcript


@dataclass(frozen=True)
class Options:
    """Fine-tune on plans without numbers, or on solutions."""

    model: str | None = None
    """A path or a Hugging Face id. Default: the demo's base, or a tiny one trained on the spot."""
    target: Literal["comt", "cot"] = "comt"
    """comt: plans with no numbers. cot: solutions with every number."""
    families: tuple[str, ...] = ("arithmetic",)
    """Kinds of problems: arithmetic, word_problems."""
    updates: int = 150
    """Optimiser steps."""
    batch_size: int = 32
    """Examples per update."""
    learning_rate: float = 1e-3
    """1e-3 suits the tiny model; 1e-5 a pretrained one, 2e-4 its adapter."""
    packing: bool = False
    """Several examples in a row, none of which sees another."""
    lora_rank: int = 0
    """Train a LoRA adapter of this rank and nothing else (needs peft); 0 trains the model."""
    seed: int = 0
    """Of the problems."""
    out: Path | None = None
    """Save the model here, in Hugging Face format."""
    export: Path | None = None
    """Write 1,000 examples here as JSON Lines instead of training."""


def main(options: Options) -> None:
    rng = python_random(options.seed, "comt")
    unseen = draw_problems(make_source(options.families, split="validation"), 32, rng)
    example = (comt_example if options.target == "comt" else cot_example)(unseen[0])
    source = make_source(options.families)
    examples = example_stream(options.target, source, iter(()), 0.0, rng)  # no replay of what the model knew before
    if options.export is not None:
        print(f"wrote {write_examples(options.export, islice(examples, 1000))} examples to {options.export}")
        return
    agent = starting_model(options.model, "base")
    if options.lora_rank:
        from reasoning_gym_ccrl.agents.adapters import with_adapter

        agent = LLMAgent(with_adapter(agent.model, {"r": options.lora_rank}), agent.tokenizer)
    gold = "".join(text for text, _ in example.completion)
    print(f"\nWhat is learned, after the question {example.prompt!r}:\n    {gold!r}")

    def show(when: str) -> None:
        written = agent.act(render_transcript(unseen[0].question), max_new_tokens=48)["step"]
        if options.target == "comt":
            figures = plan_validation(agent, unseen)
            said = f"plans exactly right {figures['plan_match']:.0%}"
        else:
            figures = solution_validation(agent, unseen)
            said = f"answers right {figures['accuracy']:.0%}"
        print(f"{when:<8}loss {figures['validation_loss']:.3f}, {said}")
        print(f"        first it writes {written!r}")

    show("before")
    config = SFTConfig(
        options.updates, options.batch_size, options.learning_rate, warmup_updates=5, packing=options.packing
    )
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
