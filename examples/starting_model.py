"""The model that the training examples start from, where `--model` names none.

The demo's model of the fitting stage, where `ccrl demo` has been run here; else a tiny one, made from nothing in about
half a minute and kept in `runs/examples` for the next example. It solves problems of arithmetic step by step, a third
of them rightly, and states its confidences carelessly: there is something to measure, and something to learn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers.utils import logging

from reasoning_gym_ccrl.agents.base_corpus import TextExample, draw_confidence
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import render_step, render_transcript
from reasoning_gym_ccrl.types import Step

DEMO = Path("runs/demo")
KEPT = Path("runs/examples")


def starting_model(model: str | None, stage: str, updates: int = 600) -> LLMAgent:
    """Loads a model by path or Hugging Face id, or the demo's; or trains a tiny base on arithmetic, once.

    Args:
        model: a path or an id; None where the user named none.
        stage: which of the demo's models fits: "base", "comt" or "ccrl".
        updates: how long the tiny base is trained.
    """
    logging.disable_progress_bar()  # of reading and writing a model this small
    kept = KEPT / f"base-{updates}"
    if model is None and not (DEMO / stage).is_dir():
        torch.set_num_threads(1)  # matrices this small gain nothing from a second one, and lose where cores are busy
    found = [folder for folder in (DEMO / stage, kept) if (folder / "config.json").is_file()]
    if model is None and found:
        model = str(found[0])
    if model is not None:
        print(f"Starting from {model}.", flush=True)
        return LLMAgent.from_pretrained(model, dtype="float32")
    print(
        f"No --model, and no runs/demo here: training a tiny base for about half a minute, kept in {kept}.", flush=True
    )
    agent = train_base(updates)
    agent.save_pretrained(kept)
    return agent


def train_base(updates: int) -> LLMAgent:
    """A Llama of 170,000 parameters that has read worked solutions of arithmetic."""
    tokenizer = build_tokenizer()
    agent = LLMAgent(build_model(tokenizer, hidden_size=64, layers=2, intermediate_size=192), tokenizer)
    rng = python_random(0, "examples", "base")
    config = SFTConfig(updates=updates, batch_size=40, learning_rate=4e-3, warmup_updates=20, optimizer="muon")
    with progress("Training a tiny base", updates) as advance:
        fine_tune(
            agent.model,
            tokenizer,
            careless_solutions(rng),
            config,
            rng,
            on_update=lambda update, figures: advance(note=f"loss {figures['loss']:.2f}"),
        )
    return agent


def careless_solutions(rng: random.Random) -> Iterator[TextExample]:
    """Problems with their right solutions, and confidences that do not look at what they are about."""
    source = make_source("arithmetic")
    while True:
        problem = source.sample(rng)
        lines = [("step", gold.text) for gold in problem.solution] + [("answer", str(problem.answer))]
        steps = [Step(kind, text, draw_confidence(rng, number)) for number, (kind, text) in enumerate(lines)]
        yield TextExample(render_transcript(problem.question), (("\n".join(map(render_step, steps)), True),))
