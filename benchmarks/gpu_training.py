"""The training run of benchmarks/gpu.py: 50 million parameters from random weights, fine-tuned, then GRPO."""

from __future__ import annotations

import contextlib
import copy
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reasoning_gym_ccrl.agents import TrainConfig, train
from reasoning_gym_ccrl.agents.base_corpus import corpus
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_stream
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import measure
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES, build_model, build_tokenizer
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.seeding import python_random

if TYPE_CHECKING:
    from gpu_parts import Setting

Figures = dict[str, Any]
Save = Callable[[Any], None]


class _TimeIsUp(Exception):
    """Ends a stage by the clock."""


def training(of: Setting, save: Save) -> Figures:
    """A Llama of 50 million parameters from random weights: fine-tuned on the base's corpus and plans, then GRPO.

    Two thirds of the minutes go to fine-tuning, whose number of updates is found by timing a few on a copy; the rest to
    GRPO. By the clock, so the numbers are of this run and not to be repeated exactly.
    """
    tokenizer = build_tokenizer()
    shape = {"hidden_size": 640, "layers": 9, "heads": 10, "intermediate_size": 1920}
    if of.smoke:
        shape = {"hidden_size": 32, "layers": 1, "heads": 2, "intermediate_size": 32}
    model = build_model(tokenizer, **shape).to(of.device)
    agent = LLMAgent(model, tokenizer)
    result: Figures = {"parameters": sum(each.numel() for each in model.parameters()), "minutes": of.minutes}
    result["base"] = _fine_tuned(of, agent, 40 * of.minutes)
    if of.peaks:
        flops = 6 * result["parameters"] * result["base"]["tokens_per_second"]
        result["base"]["share_of_bfloat16_flops"] = flops / of.peaks["bfloat16_flops"]
    save(result)
    result |= _grpo(of, agent, 20 * of.minutes, lambda found: save(result | found))
    return result


def _fine_tuned(of: Setting, agent: LLMAgent, seconds: float) -> Figures:

    rng = python_random(0, "benchmark", "gpu")
    source = make_source(TINY_FAMILIES, split="train")
    config = SFTConfig(
        updates=9, batch_size=8 if of.smoke else 256, learning_rate=2e-3, optimizer="muon", pool_batches=4
    )

    def run(model: Any, config: SFTConfig, limit: float) -> list[Figures]:
        seen: list[Figures] = []
        started = time.perf_counter()

        def note(update: int, figures: Mapping[str, float]) -> None:
            seen.append(dict(figures) | {"at": time.perf_counter() - started})
            if seen[-1]["at"] > limit:
                raise _TimeIsUp

        with contextlib.suppress(_TimeIsUp):
            fine_tune(
                model, agent.tokenizer, comt_stream(source, corpus(source, rng), 0.7, rng), config, rng, on_update=note
            )
        model.eval()
        return seen

    if not of.smoke:
        # From the first update to the ninth, two pools of examples are drawn, which takes a part of the time.
        probe = run(copy.deepcopy(agent.model), config, seconds)
        each = (probe[-1]["at"] - probe[0]["at"]) / max(1, len(probe) - 1)
        config = replace(config, updates=max(20, int(seconds / max(each, 1e-3))), warmup_updates=50)
    seen = run(agent.model, config, 1.25 * seconds)
    return {
        "updates": len(seen),
        "seconds": seen[-1]["at"],
        "tokens_per_second": statistics.median(row["tokens_per_second"] for row in seen),
        "first_loss": seen[0]["loss"],
        "last_loss": seen[-1]["loss"],
    }


def _grpo(of: Setting, agent: LLMAgent, seconds: float, save: Save) -> Figures:

    config = TrainConfig(
        updates=10_000,
        problems_per_update=2 if of.smoke else 64,
        group_size=2 if of.smoke else 8,
        learning_rate=1e-4,
        confidence_coefficient=10.0,
        max_new_tokens=12 if of.smoke else 160,
        tokens_per_micro_batch=32_768 if of.on_cuda else 4096,
        precision="bfloat16" if of.on_cuda else "float32",
    )
    reward = {"ccrl": 1.0, "format": 0.25}
    problems = draw_problems(
        make_source(TINY_FAMILIES, split="test"), 4 if of.smoke else 512, python_random(0, "benchmark", "held out")
    )
    names = ("accuracy", "ece", "overconfident_error_rate", "confidence_stated")

    def held_out() -> Figures:
        found, _ = measure(agent, problems, SamplingParams(config.max_new_tokens, seed=1), reward)
        return {name: found[name] for name in names}

    agent.model.eval()
    result: Figures = {"before": held_out(), "updates": []}
    started = time.perf_counter()
    kept = ("reward_mean", "accuracy", "ece", "loss", "ratio_max", "entropy", "sampling_seconds", "training_seconds")

    def on_update(update: int, figures: Figures, _: Any) -> None:
        result["updates"].append({name: figures[name] for name in (*kept, "tokens_per_second", "truncated")})
        save({"grpo": result})
        if time.perf_counter() - started > seconds or (of.smoke and update == 1):
            raise _TimeIsUp

    with contextlib.suppress(_TimeIsUp):
        train(agent, make_source(TINY_FAMILIES, split="train"), config, reward, on_update=on_update)
    result["after"] = held_out()
    return {"grpo": result}
