"""The model that the training examples start from, where `--model` names none.

The demo's model of the fitting stage, where `ccrl demo` has been run here; else a tiny base, made from nothing in
half a minute or a whole one: it knows the protocol, calculates badly, and states its confidences carelessly.
"""

from __future__ import annotations

from pathlib import Path

from reasoning_gym_ccrl.agents.base_corpus import corpus
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.seeding import python_random

DEMO = Path("runs/demo")


def starting_model(model: str | None, stage: str, updates: int = 400) -> LLMAgent:
    """Loads a model by path or Hugging Face id, or the demo's; or trains a tiny base on arithmetic.

    Args:
        model: a path or an id; None where the user named none.
        stage: which of the demo's models fits: "base", "comt" or "ccrl".
        updates: how long the tiny base is trained.
    """
    if model is None and (DEMO / stage / "config.json").is_file():
        model = str(DEMO / stage)
    if model is not None:
        print(f"Starting from {model}.")
        return LLMAgent.from_pretrained(model, dtype="float32")
    print("No --model, and no runs/demo here: starting from a tiny base, trained now.")
    tokenizer = build_tokenizer()
    agent = LLMAgent(build_model(tokenizer), tokenizer)
    rng = python_random(0, "examples", "base")
    config = SFTConfig(updates=updates, batch_size=32, learning_rate=6e-3, warmup_updates=20, optimizer="muon")
    examples = corpus(make_source("arithmetic"), rng, n_examples=updates * config.batch_size)
    with progress("Training a tiny base", updates) as advance:
        fine_tune(agent.model, tokenizer, examples, config, rng, on_update=lambda update, figures: advance())
    return agent
