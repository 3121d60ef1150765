"""The whole method on a laptop's CPU: a base model from nothing, CoMT fine-tuning, then GRPO with the CCRL reward.

Three stages, each measured on the same held-out problems with the same sampler, at the temperature it was trained
at:

- base: reads problems, calculates, carries out plans it is given; has seen no multi-step solution;
- comt: the base fine-tuned on number-free plans, with replay, to its plateau on validation problems;
- ccrl: the comt model trained by GRPO in the environment, with the `ccrl` reward and a small one for format.

The numbers of updates are fixed, never taken from the clock: same seed and machine, same figures.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from ..envs.problems import make_source
from ..envs.sources import draw_problems
from ..evaluation.evaluate import write_episodes
from ..rewards import RewardSpec
from ..seeding import derive_seed, python_random
from ..types import Episode, Problem
from .base_corpus import corpus
from .checkpoint import write_atomically
from .comt.meta_thoughts import comt_example, comt_stream
from .comt.sft import SFTConfig, collate, completion_loss, fine_tune, tokenize
from .config import TrainConfig
from .engines.base import SamplingParams
from .metrics_log import MetricsLog
from .policy import LLMAgent
from .rollout import measure
from .tiny import TINY_FAMILIES, build_model, build_tokenizer
from .trainer import train

STAGES = ("base", "comt", "ccrl")


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """Settings of the demo.

    Attributes:
        seed: of everything.
        difficulty: of the problems, in training and in the test.
        test_problems: how many held-out problems each stage is measured on.
        validation_problems: how many problems the plateau of CoMT is read off from.
        validate_every: CoMT updates between two looks at the validation problems.
        replay_share: part of CoMT's examples that is base corpus, against forgetting.
        base, comt, ccrl: settings of the stages.
        reward: what the last stage is paid: `ccrl`, and a little for keeping the protocol throughout. Early on a
            careless confidence costs, silence earns 0, and a policy with no reason to speak falls silent.
        sampling: how each stage is sampled when it is measured.
    """

    seed: int = 0
    difficulty: str = "easy"
    test_problems: int = 512
    validation_problems: int = 256
    validate_every: int = 25
    replay_share: float = 0.35
    base: SFTConfig = field(
        default_factory=lambda: SFTConfig(updates=1000, batch_size=32, learning_rate=5e-3, optimizer="muon")
    )
    comt: SFTConfig = field(
        default_factory=lambda: SFTConfig(
            updates=250, batch_size=48, learning_rate=2e-3, warmup_updates=20, optimizer="muon"
        )
    )
    ccrl: TrainConfig = field(
        default_factory=lambda: TrainConfig(
            updates=140,
            problems_per_update=24,
            learning_rate=3e-4,
            confidence_coefficient=20.0,
            tokens_per_micro_batch=3072,
        )
    )
    reward: RewardSpec = field(default_factory=lambda: {"ccrl": 1.0, "format": 0.25})
    sampling: SamplingParams = field(default_factory=SamplingParams)


class Reporter(Protocol):
    """Shows progress: called with a stage, updates done, updates in all, and a note."""

    def __call__(self, stage: str, done: int, total: int, note: str) -> None: ...


def run_demo(folder: Path, config: DemoConfig, report: Reporter | None = None) -> dict[str, Any]:
    """Runs the three stages and writes models, metrics, episodes and summary.json to `folder`.

    Returns:
        The summary: {"seed", "env", "seconds_total", "stages": {stage: figures}}; a stage's "seconds" are those of
        its training and measuring together.
    """
    started = time.perf_counter()
    tell = report or (lambda stage, done, total, note: None)
    folder.mkdir(parents=True, exist_ok=True)
    tests = _fixed_problems(config, "test", config.test_problems)
    tokenizer = build_tokenizer(config.seed)
    agent = LLMAgent(build_model(tokenizer, config.seed), tokenizer)
    train: Mapping[str, Callable[[], None]] = {
        "base": lambda: train_base(agent, config, log, tell),
        "comt": lambda: train_comt(agent, config, log, tell),
        "ccrl": lambda: train_ccrl(agent, config, log, tell),
    }
    stages: dict[str, dict[str, float | None]] = {}
    with MetricsLog(folder / "metrics.jsonl", fresh=True) as log:
        for stage in STAGES:
            stage_started = time.perf_counter()
            train[stage]()
            write_atomically(folder / stage, agent.save_pretrained)
            sampling = replace(config.sampling, seed=derive_seed(config.seed, "demo", "test"))
            figures, episodes = measure(agent, tests, sampling)
            write_episodes(folder / "episodes" / f"{stage}.jsonl", episodes)
            stages[stage] = figures | {"seconds": round(time.perf_counter() - stage_started, 1)}
    summary = {
        "seed": config.seed,
        "env": "MathCCRL-v0",
        "families": list(TINY_FAMILIES),
        "seconds_total": round(time.perf_counter() - started, 1),
        "stages": stages,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return summary


def _fixed_problems(config: DemoConfig, split: str, count: int) -> list[Problem]:
    """The problems that every stage is measured on: drawn once from the split, none twice."""
    source = make_source(TINY_FAMILIES, config.difficulty, split)
    return draw_problems(source, count, python_random(config.seed, "demo", split))


def train_base(agent: LLMAgent, config: DemoConfig, log: MetricsLog, tell: Reporter) -> None:
    """Teaches the skills that CoMT builds on; stories are harder to read than expressions, so more of them occur."""
    rng = python_random(config.seed, "demo", "base")
    source = make_source({"word_problems": 2.0, "arithmetic": 1.0}, config.difficulty, "train")

    def on_update(update: int, figures: dict[str, float]) -> None:
        log.write("base", update, figures)
        tell("base", update + 1, config.base.updates, f"loss {figures['loss']:.3f}")

    examples = corpus(source, rng, n_examples=int(config.base.updates * config.base.batch_size * 2 // 3))
    fine_tune(agent.model, agent.tokenizer, examples, config.base, rng, on_update=on_update)


def train_comt(agent: LLMAgent, config: DemoConfig, log: MetricsLog, tell: Reporter) -> None:
    """Teaches plans, with replay; logs loss and plan match on validation problems, where the plateau shows."""
    rng = python_random(config.seed, "demo", "comt")
    source = make_source(TINY_FAMILIES, config.difficulty, "train")
    validation = _fixed_problems(config, "validation", config.validation_problems)
    examples = comt_stream(source, corpus(source, rng), config.replay_share, rng)

    def on_update(update: int, figures: dict[str, float]) -> None:
        if (update + 1) % config.validate_every == 0:
            figures = figures | plan_validation(agent, validation)
        log.write("comt", update, figures)
        tell("comt", update + 1, config.comt.updates, f"loss {figures['loss']:.3f}")

    fine_tune(agent.model, agent.tokenizer, examples, config.comt, rng, on_update=on_update)


def plan_validation(agent: LLMAgent, problems: Sequence[Problem]) -> dict[str, float]:
    """Loss on the gold plans of these problems, and the share of plans that greedy decoding gets exactly right."""
    import torch

    model, tokenizer = agent.model, agent.tokenizer
    was_training = model.training
    model.eval()
    examples = tokenize([comt_example(problem) for problem in problems], tokenizer)
    input_ids, scored = collate(examples, tokenizer.pad_token_id)
    with torch.no_grad():
        loss = completion_loss(model, input_ids.to(model.device), scored.to(model.device))
    prompts = [example.token_ids[: example.scored.index(True)] for example in examples]
    longest = max(sum(example.scored) for example in examples)
    groups = agent.engine.generate(prompts, SamplingParams(max_new_tokens=longest, temperature=0.0))
    golds = [[token for token, counts in zip(e.token_ids, e.scored, strict=True) if counts] for e in examples]
    hits = sum(list(group[0].token_ids[: len(gold)]) == gold for group, gold in zip(groups, golds, strict=True))
    model.train(was_training)
    return {"validation_loss": loss.item(), "plan_match": hits / len(problems)}


def train_ccrl(agent: LLMAgent, config: DemoConfig, log: MetricsLog, tell: Reporter) -> None:
    """Trains by GRPO in the environment."""
    source = make_source(TINY_FAMILIES, config.difficulty, "train")
    settings = replace(config.ccrl, seed=derive_seed(config.seed, "demo", "ccrl"))

    def on_update(update: int, figures: dict[str, float], _: Sequence[Episode]) -> None:
        log.write("grpo", update, figures)
        note = f"reward {figures['reward_mean']:.2f}, accuracy {figures['accuracy']:.2f}, ECE {figures['ece']:.2f}"
        tell("ccrl", update + 1, settings.updates, note)

    train(agent, source, settings, config.reward, on_update=on_update)
