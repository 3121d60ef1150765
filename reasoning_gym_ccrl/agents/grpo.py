"""GRPO in the CCRL environments: sample groups, pay every step, push what did better than its group.

How this departs from the paper (arXiv 2402.03300):
1. Each step's payment counts from that step on (`credit="step"`); `credit="episode"` is the paper's outcome form.
2. No division by the standard deviation by default, and one token count for the whole update as denominator
   (Dr. GRPO, arXiv 2503.20783): dividing per group or per sequence would bend the calibration term.
3. The tokens that state a confidence are trained on what stating it changed (`confidence_credit="own"`): the
   episode's reward less its reward with that one confidence left out, whatever the reward function. The outcome of
   the steps around it is noise to it. Where each confidence is one token (as in the tiny model), "expected" asks the
   reward of every level and takes the gradient of the expectation itself; elsewhere it is "own". `"return"` treats
   these tokens like any other.
4. No KL term unless `kl_coefficient` asks for one; the reference is then a frozen copy of the weights at the start.

Every update is strictly on-policy: one rollout, one optimiser step.
"""

from __future__ import annotations

import copy
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch

from ..envs.sources import Problems
from ..errors import InvalidOption, TrainingDiverged, unknown_name
from ..evaluation.collapse import confidence_spread
from ..evaluation.evaluate import mean_reward_terms, stated_pairs, summarise
from ..rewards import CheckedReward, RewardSpec, make_reward
from ..rewards.state import load_reward_state, observe_episodes, reward_state
from ..seeding import derive_seed, python_random
from ..types import Episode
from . import credit, losses
from .batch import TokenBatch, make_batch, micro_batches, prompt_length
from .checkpoint import check_replaceable, find_checkpoint, load_checkpoint, save_checkpoint
from .confidence import check_confidence_source
from .confidence_credit import Choices, Levels, confidence_levels, credit_confidences, level_loss
from .credit import Credit, Scale
from .engines.base import SamplingParams
from .logprobs import response_logits, token_entropies, token_logprobs
from .optimizers import Optimizer, make_optimizer, set_learning_rate
from .policy import LLMAgent
from .rollout import rollout

ConfidenceCredit = Literal["expected", "own", "return"]


@dataclass(frozen=True, slots=True)
class GRPOConfig:
    """Settings of a run.

    Attributes:
        updates: optimiser steps; fixed, never by the clock.
        problems_per_update: groups per update.
        group_size: episodes per group, at least 2.
        optimizer: "adamw", or "muon" for a small model that has a lot to learn.
        learning_rate: warmed up linearly over `warmup_updates`, then constant.
        warmup_updates: length of the warm-up.
        max_grad_norm: gradients are scaled down to this norm.
        epsilon_low, epsilon_high: the clip range of the ratio.
        credit: "step" or "episode"; see the module's docstring.
        confidence_credit: "expected", "own" or "return"; see the module's docstring.
        confidence_coefficient: weight of the confidence tokens under "expected" and "own".
        scale: "none" or "std".
        kl_coefficient: weight of the k3 estimate against the starting weights; 0 keeps no reference.
        confidence: where confidence comes from: "stated", or "token_mean" and its like.
        temperature: of sampling, and of every log-probability.
        max_new_tokens: token budget of an episode.
        tokens_per_micro_batch: padding included; changes memory, never the result.
        share_prompts: each prompt is read once for all attempts at it; False for a model that keeps no cache of keys
            and values while it is trained (state-space models, gradient checkpointing). Never changes the result.
        seed: of problems and samples.
        checkpoint_every: updates between checkpoints; 0 writes none but the last.

    Raises:
        InvalidOption: a value or combination that cannot work.
        UnknownName: a credit, scale or source of confidence that is in no table.
    """

    updates: int = 80
    problems_per_update: int = 24
    group_size: int = 8
    learning_rate: float = 1e-4
    warmup_updates: int = 5
    max_grad_norm: float = 1.0
    optimizer: Optimizer = "adamw"
    epsilon_low: float = 0.2
    epsilon_high: float = 0.2
    credit: Credit = "step"
    confidence_credit: ConfidenceCredit = "expected"
    confidence_coefficient: float = 1.0
    scale: Scale = "none"
    kl_coefficient: float = 0.0
    confidence: str = "stated"
    temperature: float = 1.0
    max_new_tokens: int = 160
    tokens_per_micro_batch: int = 8192
    share_prompts: bool = True
    seed: int = 0
    checkpoint_every: int = 20

    def __post_init__(self) -> None:
        if self.group_size < 2:
            raise InvalidOption(
                f"GRPO compares episodes of one problem, so group_size is at least 2; received {self.group_size}."
            )
        for name in ("problems_per_update", "max_new_tokens", "tokens_per_micro_batch"):
            if getattr(self, name) < 1:
                raise InvalidOption(f"{name} is at least 1; received {getattr(self, name)}.")
        for name in ("learning_rate", "max_grad_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidOption(f"{name} is a positive number; received {getattr(self, name)}.")
        for name, known in (("credit", Credit), ("scale", Scale), ("confidence_credit", ConfidenceCredit)):
            if getattr(self, name) not in get_args(known):
                raise unknown_name(name, getattr(self, name), get_args(known))
        check_confidence_source(self.confidence, self.group_size)
        if not self.temperature > 0:
            raise InvalidOption(f"Sampling for training needs temperature > 0; received {self.temperature}.")
        if self.confidence != "stated" and self.confidence_credit != "return":
            raise InvalidOption(
                f'confidence_credit="{self.confidence_credit}" trains the tokens that state a confidence, but '
                f'confidence="{self.confidence}" is not stated; set confidence_credit="return".'
            )


def train(
    agent: LLMAgent,
    problems: Problems,
    config: GRPOConfig,
    reward: RewardSpec = "ccrl",
    *,
    folder: Path | None = None,
    on_update: Callable[[int, dict[str, float], Sequence[Episode]], None] | None = None,
) -> None:
    """Trains the agent's model in place.

    Args:
        agent: the policy; its engine must sample from `agent.model` itself.
        problems: where the problems of every update come from.
        config: the settings.
        reward: what pays.
        folder: where checkpoints go; a run that was killed goes on from there to the same numbers. None keeps none.
        on_update: called after each update with its number from 0, the figures to log, and the episodes.

    Raises:
        TrainingDiverged: when a gradient is no longer finite; the update is not made, the last checkpoint stays.
        InvalidOption: the folder holds a checkpoint of other settings.
        DataError: the folder holds something that is no checkpoint, or one of another model.
    """
    pays = make_reward(reward)
    model = agent.model
    optimizer = make_optimizer(model, config.learning_rate, 0.0, config.optimizer)
    reference = copy.deepcopy(model).eval() if config.kl_coefficient else None
    settings = asdict(config) | {"reward": repr(pays)}
    start = _resume(folder, model, optimizer, settings, pays)
    if start:
        agent.engine.sync(model)
    for update in range(start, config.updates):
        started = time.perf_counter()
        groups = _sample(agent, problems, config, pays, update)
        sampled = time.perf_counter()
        figures = update_policy(agent, groups, config, optimizer, _learning_rate(update, config), pays, reference)
        agent.engine.sync(model)  # an engine in a process of its own would go on sampling from the old weights
        episodes = [episode for group in groups for episode in group]
        figures |= _describe(episodes, sampled - started, time.perf_counter() - sampled)
        observe_episodes(pays, episodes)
        last = update + 1 == config.updates
        if folder is not None and (last or (config.checkpoint_every and (update + 1) % config.checkpoint_every == 0)):
            state = {"update": update + 1, "config": settings, "reward_state": reward_state(pays)}
            save_checkpoint(folder, model, agent.tokenizer, optimizer, state)
        if on_update is not None:
            on_update(update, figures, episodes)


def _resume(
    folder: Path | None,
    model: Any,
    optimizer: torch.optim.Optimizer,
    wanted: Mapping[str, Any],
    reward: CheckedReward,
) -> int:
    """The number of the first update to make: after the last checkpoint, or 0."""
    if folder is None:
        return 0
    found = find_checkpoint(folder)
    if found is None:
        check_replaceable(folder)  # now, and not when the first hours of training are to be saved
        return 0
    state = load_checkpoint(found, model, optimizer)
    saved = dict(state["config"])
    differing = [key for key in wanted if key != "updates" and saved.get(key) != wanted[key]]
    if differing:
        raise InvalidOption(
            f"A run goes on with the settings it began with; {found} differs in {', '.join(differing)}. "
            "Use another folder, or the settings of the checkpoint."
        )
    load_reward_state(reward, state.get("reward_state", {}))
    return int(state["update"])


def _sample(
    agent: LLMAgent, problems: Problems, config: GRPOConfig, reward: CheckedReward, update: int
) -> list[list[Episode]]:
    """The groups of one update; a function of (seed, update), so that a resumed run draws the same."""
    rng = python_random(config.seed, "grpo", "problems", update)
    params = SamplingParams(
        max_new_tokens=config.max_new_tokens,
        temperature=config.temperature,
        samples_per_prompt=config.group_size,
        seed=derive_seed(config.seed, "grpo", "sampling", update),
    )
    asked = [problems.sample(rng) for _ in range(config.problems_per_update)]
    return rollout(agent, asked, params, reward, confidence=config.confidence)


def update_policy(
    agent: LLMAgent,
    groups: Sequence[Sequence[Episode]],
    config: GRPOConfig,
    optimizer: torch.optim.Optimizer,
    learning_rate: float,
    reward: CheckedReward,
    reference: Any = None,
) -> dict[str, float]:
    """One optimiser step on the groups; returns the figures of the update.

    The model stays in evaluation mode: under dropout it would be another policy than the one that sampled, and the
    ratio would not be 1 where nothing has been learned yet.
    """
    model = agent.model
    model.eval()
    optimizer.zero_grad(set_to_none=True)
    set_learning_rate(optimizer, learning_rate)
    episodes = [episode for group in groups for episode in group]
    advantages = [per_token for group in groups for per_token in group_token_advantages(group, config)]
    levels = confidence_levels(agent.tokenizer) if config.confidence_credit == "expected" else {}
    choices: list[Choices] = [{} for _ in episodes]
    if config.confidence_credit != "return":
        choices = credit_confidences(episodes, advantages, reward, config.confidence_coefficient, levels)
    n_tokens = sum(sum(episode.response_mask) for episode in episodes)
    sums = dict.fromkeys(("loss", "kl", "entropy", "clip_fraction", "ratio_max"), 0.0)
    for indices in micro_batches(episodes, config.tokens_per_micro_batch):
        chosen = [episodes[i] for i in indices]
        batch = make_batch(chosen, [advantages[i] for i in indices], agent.tokenizer.pad_token_id).to(model.device)
        found = [
            (row, position - prompt_length(episodes[i]), effects)
            for row, i in enumerate(indices)
            for position, effects in choices[i].items()
        ]
        places = Levels(list(levels), [(row, column) for row, column, _ in found], [effects for *_, effects in found])
        loss = _batch_loss(model, batch, places, config, n_tokens, sums, reference)
        loss.backward()  # type: ignore[no-untyped-call]
    grad_norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_grad_norm))
    if not math.isfinite(grad_norm):
        optimizer.zero_grad(set_to_none=True)
        raise TrainingDiverged(
            f"Gradients must be finite; received a norm of {grad_norm}. The update was not made and the last "
            f"checkpoint stays. Lower the learning rate (it is {learning_rate:.2g})."
        )
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return sums | {"grad_norm": grad_norm, "learning_rate": learning_rate}


def _batch_loss(
    model: Any,
    batch: TokenBatch,
    levels: Levels,
    config: GRPOConfig,
    n_tokens: int,
    sums: dict[str, float],
    reference: Any,
) -> torch.Tensor:
    """The micro-batch's share of the update's loss; adds its share of the figures to `sums`."""
    targets, old = batch.targets, batch.old_logprobs[batch.response_mask]
    weights = batch.advantages[batch.response_mask]
    logits = response_logits(model, batch, share_prompts=config.share_prompts)
    logprobs = token_logprobs(logits, targets, config.temperature)
    values = losses.clip_loss(logprobs, old, weights, config.epsilon_low, config.epsilon_high)
    if reference is not None:
        with torch.no_grad():
            expected = response_logits(reference, batch, share_prompts=config.share_prompts)
            expected = token_logprobs(expected, targets, config.temperature)
        kl = losses.kl_k3(logprobs, expected)
        values = values + config.kl_coefficient * kl
        sums["kl"] += kl.detach().sum().item() / n_tokens
    chosen = level_loss(logits, batch.response_mask, levels, config.temperature)
    loss = losses.token_mean(values, n_tokens) + chosen / n_tokens
    with torch.no_grad():
        share = len(targets) / n_tokens
        sums["loss"] += loss.item()
        sums["entropy"] += token_entropies(logits, config.temperature).sum().item() / n_tokens
        cut = losses.clip_fraction(logprobs, old, weights, config.epsilon_low, config.epsilon_high)
        sums["clip_fraction"] += cut.item() * share
        sums["ratio_max"] = max(sums["ratio_max"], (logprobs - old).abs().max().exp().item())
    return loss


def group_token_advantages(group: Sequence[Episode], config: GRPOConfig) -> list[list[float]]:
    """For each episode of a group one advantage per token; 0 on the prompt."""
    payments = [[record.reward.total for record in episode.records] for episode in group]
    whole = credit.group_advantages([sum(row) for row in payments], config.scale)
    if config.credit == "step":
        per_step = credit.step_advantages(payments, config.scale)
    else:
        per_step = [[advantage] * len(row) for advantage, row in zip(whole, payments, strict=True)]
    return [_spread(*each) for each in zip(group, whole, per_step, strict=True)]


def _spread(episode: Episode, whole: float, per_step: Sequence[float]) -> list[float]:
    """The steps' advantages on their tokens; a completion with no step at all has the episode's on every token."""
    if not episode.records:
        return [whole * sampled for sampled in episode.response_mask]
    result = [0.0] * len(episode.token_ids)
    for record, advantage in zip(episode.records, per_step, strict=True):
        if record.span is not None:
            start, end = record.span
            result[start:end] = [advantage] * (end - start)
    return result


def _learning_rate(update: int, config: GRPOConfig) -> float:
    return config.learning_rate * min(1.0, (update + 1) / max(1, config.warmup_updates))


def _describe(episodes: Sequence[Episode], sampling_seconds: float, training_seconds: float) -> dict[str, float]:
    """The figures of an update's own episodes, for the log."""
    summary = summarise(episodes, seconds=sampling_seconds + training_seconds)
    names = ("accuracy", "ece", "overconfident_error_rate", "step_accuracy", "confidence_stated", "brier", "auroc")
    figures = {name: math.nan if (value := summary[name]) is None else float(value) for name in names}
    confidences, outcomes = stated_pairs(episodes)
    n_tokens = sum(sum(episode.response_mask) for episode in episodes)
    return figures | {
        "reward_mean": sum(episode.total_reward for episode in episodes) / len(episodes),
        **{f"reward/{term}": value for term, value in mean_reward_terms(episodes).items()},
        "confidence_mean": statistics.fmean(confidences) if confidences else math.nan,
        "confidence_std": statistics.pstdev(confidences) if confidences else math.nan,
        **confidence_spread(confidences, outcomes),
        "response_tokens_mean": n_tokens / len(episodes),
        "truncated": sum(episode.truncated for episode in episodes) / len(episodes),
        "sampling_seconds": sampling_seconds,
        "training_seconds": training_seconds,
        "tokens_per_second": n_tokens / (sampling_seconds + training_seconds),
    }
