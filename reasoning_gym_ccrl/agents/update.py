"""Optimiser steps on an update's experience: minibatches, micro-batches, and the loss of each.

Axes: S sampled tokens of a micro-batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from ..errors import InvalidOption, TrainingDiverged
from ..seeding import python_random
from ..types import Episode
from . import losses
from .batch import TokenBatch, make_batch, micro_batches, prompt_length
from .confidence_credit import Levels, level_loss
from .config import TrainConfig
from .experience import Experience
from .optimizers import make_optimizer, set_learning_rate
from .runtime import Runtime
from .scorer import Scorer, Scores
from .value import ValueHead

_SUMMED = ("loss", "policy_loss", "kl", "entropy", "clip_fraction", "approx_kl", "value_loss")


class Learner:
    """A policy in training: with its value head where the algorithm has one, its optimiser, and the processes.

    Args:
        model: the policy, trained in place.
        config: the settings.
        pad_id: fills up batches.
        runtime: the processes.

    Raises:
        InvalidOption: settings that the launch rules out.
    """

    def __init__(
        self,
        model: Any,
        config: TrainConfig,
        pad_id: int,
        runtime: Runtime | None = None,
    ) -> None:
        self.config = config
        self.pad_id = pad_id
        self.runtime = runtime or Runtime(model.device)
        _check_launch(config, self.runtime)
        self.value = ValueHead(model, config.value_trunk) if config.advantage == "gae" else None
        if self.value is not None:
            self.runtime.cut_apart(self.value.head)  # float32, whatever the model is
        self.scorer = Scorer(model, config, self.value, one_pass=self.runtime.is_sharded)
        self.wrapped, self.optimizer = self.runtime.prepare(self.scorer, self._make_optimizer, config.max_grad_norm)

    def _make_optimizer(self, module: torch.nn.Module) -> torch.optim.Optimizer:
        config = self.config
        return make_optimizer(
            module,
            config.learning_rate,
            config.weight_decay,
            config.optimizer,
            apart=self.value,
            apart_scale=(config.value_learning_rate or config.learning_rate) / config.learning_rate,
        )

    def learn(self, experience: Experience, update: int) -> dict[str, float]:
        """All optimiser steps of an update, in place; the figures are means over the steps.

        Args:
            experience: of this process.
            update: its number, from 0.

        Raises:
            TrainingDiverged: a loss or gradient is no longer finite; that step is not made.
        """
        config = self.config
        set_learning_rate(self.optimizer, config.learning_rate_at(update))
        steps = [
            self._step(experience, indices, update)
            for epoch in range(config.epochs)
            for indices in minibatches(experience.episodes, config, update, epoch, self.runtime.rank)
        ]
        figures = {name: sum(step[name] for step in steps) / len(steps) for name in steps[0]}
        figures["ratio_max"] = max(step["ratio_max"] for step in steps)
        if self.value is None:
            del figures["value_loss"]
        return figures | {"learning_rate": config.learning_rate_at(update)}

    def _step(self, experience: Experience, indices: Sequence[int], update: int) -> dict[str, float]:
        """One optimiser step on the episodes with these numbers."""
        runtime, episodes = self.runtime, experience.episodes
        self.optimizer.zero_grad(set_to_none=True)
        counts = [float(sum(episodes[i].response_tokens for i in indices)), float(len(indices))]
        n_tokens, n_episodes = (max(1, round(count)) for count in runtime.sum(counts))
        plan = list(micro_batches([episodes[i] for i in indices], self.config.tokens_per_micro_batch))
        parts = [[indices[i] for i in part] for part in plan]
        # All processes make as many passes: with sharded weights, one that had ended would be waited for for ever.
        parts += [[]] * (int(runtime.max(len(parts))) - len(parts))
        sums = dict.fromkeys((*_SUMMED, "ratio_max"), 0.0)
        for number, part in enumerate(parts):
            batch, levels = _collate(experience, part, self.pad_id)
            batch = batch.to(self.scorer.device)
            with runtime.accumulating(self.wrapped, is_last=number == len(parts) - 1):
                scores = self.wrapped(batch, levels)
                if part:
                    loss = micro_loss(scores, batch, levels, self.config, (n_tokens, n_episodes), sums)
                else:
                    loss = _nothing(scores)
                runtime.backward(loss)
        figures = dict(zip(_SUMMED, runtime.sum([sums[name] for name in _SUMMED]), strict=True))
        figures["ratio_max"] = runtime.max(sums["ratio_max"])
        return figures | {"grad_norm": self._move(figures["loss"], update)}

    def _move(self, loss: float, update: int) -> float:
        """The optimiser's step, where it is safe; returns the gradient's norm before it is clipped."""
        if update < self.config.value_warmup_updates:
            # Also what the value loss sent into a shared trunk: the policy waits for the head, and does not move.
            for parameter in self.scorer.policy.parameters():
                parameter.grad = None
        trained = [p for p in self.wrapped.parameters() if p.requires_grad]
        norm = self.runtime.step(self.optimizer, trained, self.config.max_grad_norm, loss)
        if not math.isfinite(norm):
            raise TrainingDiverged(
                f"Loss and gradient must be finite; received a loss of {loss:.4g} and a gradient of norm {norm:.4g} "
                f"in update {update + 1}. The step was not made and the last checkpoint stays. Lower the learning rate "
                f"(it is {self.config.learning_rate_at(update):.2g})."
            )
        return norm


def _check_launch(config: TrainConfig, runtime: Runtime) -> None:
    """What the way that weights or steps are shared out rules out."""
    if config.optimizer == "muon" and (runtime.is_sharded or runtime.has_zero):
        raise InvalidOption(
            "Muon makes one step of whole matrices, which FSDP2 and ZeRO cut in pieces; received optimizer='muon' in "
            "such a run. Take 'adamw', or launch with DDP."
        )
    if config.value_warmup_updates and runtime.has_zero:
        raise InvalidOption(
            "While the value head warms up the policy's gradients are left out, which DeepSpeed's engine cannot; "
            f"received value_warmup_updates={config.value_warmup_updates}. Set it to 0, or launch with DDP or FSDP2."
        )


def minibatches(
    episodes: Sequence[Episode], config: TrainConfig, update: int, epoch: int, rank: int = 0
) -> list[list[int]]:
    """The episodes' numbers in parts of about equally many sampled tokens; a prompt's attempts mostly together.

    A single part leaves the order as it is. There are always as many parts as settings say; some may be empty.
    """
    if config.minibatches == 1:
        return [list(range(len(episodes)))]
    by_prompt: dict[tuple[int, ...], list[int]] = {}
    for index, episode in enumerate(episodes):
        by_prompt.setdefault(episode.token_ids[: prompt_length(episode)], []).append(index)
    groups = list(by_prompt.values())
    python_random(config.seed, "minibatches", update, epoch, rank).shuffle(groups)
    order = [index for group in groups for index in group]
    whole, before = sum(episode.response_tokens for episode in episodes), 0
    parts: list[list[int]] = [[] for _ in range(config.minibatches)]
    for index in order:
        length = episodes[index].response_tokens
        middle = (2 * before + length) / (2 * whole)  # of the episode, among all tokens
        parts[min(int(config.minibatches * middle), config.minibatches - 1)].append(index)
        before += length
    return parts


def _collate(experience: Experience, indices: Sequence[int], pad_id: int) -> tuple[TokenBatch, Levels | None]:
    """The episodes with these numbers as tensors; with none, one that keeps an idle process in step."""
    if not indices:
        spare = experience.spare
        return make_batch([spare], [[0.0] * len(spare.token_ids)], pad_id), None
    batch = make_batch(
        [experience.episodes[i] for i in indices],
        [experience.advantages[i] for i in indices],
        pad_id,
        {name: [rows[i] for i in indices] for name, rows in experience.extra.items()},
    )
    found = [
        (row, position - prompt_length(experience.episodes[i]), effects)
        for row, i in enumerate(indices)
        for position, effects in experience.choices[i].items()
    ]
    if not found:
        return batch, None
    return batch, Levels(experience.level_ids, [(row, column) for row, column, _ in found], [e for *_, e in found])


def _nothing(scores: Scores) -> torch.Tensor:
    """Zero, by way of every weight."""
    parts = [each.sum() * 0.0 for each in scores if each is not None and each.requires_grad]
    return torch.stack(parts).sum()


def micro_loss(
    scores: Scores,
    batch: TokenBatch,
    levels: Levels | None,
    config: TrainConfig,
    totals: tuple[int, int],
    sums: dict[str, float],
) -> torch.Tensor:
    """The micro-batch's share of a step's loss; adds its share of the figures to `sums`.

    Args:
        scores: of its S sampled tokens.
        batch: these tokens' numbers.
        levels: its choices of a confidence.
        config: the settings.
        totals: sampled tokens and episodes of the whole step, over all processes.
        sums: figures of the step so far.
    """
    n_tokens, n_episodes = totals
    of_token, n_rows = batch.episode_of, len(batch.response_ids)
    old = batch.scored("old_logprobs")
    weights = losses.episode_weights(
        batch.response_mask.sum(1),
        config.loss_aggregation,
        n_tokens=n_tokens,
        n_episodes=n_episodes,
        max_new_tokens=config.max_new_tokens,
    )[of_token]
    clip = losses.Clip(
        epsilon_low=config.epsilon_low, epsilon_high=config.epsilon_high, two_sided=config.two_sided_clip
    )
    terms = losses.POLICY_LOSSES[config.policy_loss](
        scores.logprobs, old, batch.scored("advantages"), of_token, n_rows, clip
    )
    values = terms.loss * batch.scored("importance") if "importance" in batch.extra else terms.loss
    parts = {"policy_loss": (values.detach() * weights).sum()}
    if "reference" in batch.extra:
        kl = losses.KL_ESTIMATORS[config.kl_estimator](scores.logprobs, batch.scored("reference"))
        parts["kl"] = kl.detach().sum() / n_tokens
        if config.kl_in == "loss":
            values = values + config.kl_coefficient * kl
    if config.entropy_coefficient:
        values = values - config.entropy_coefficient * scores.entropies
    loss = (values * weights).sum()
    if levels is not None and scores.levels is not None:
        loss = loss + level_loss(scores.levels, levels) / n_tokens
    if scores.values is not None:
        old_values, returns = batch.scored("values"), batch.scored("returns")
        missed = losses.value_loss(scores.values, old_values, returns, config.value_clip).sum() / n_tokens
        loss = loss + config.value_coefficient * missed
        parts["value_loss"] = missed.detach()
    with torch.no_grad():
        parts["loss"] = loss.detach()
        parts["entropy"] = scores.entropies.sum() / n_tokens
        parts["clip_fraction"] = terms.clipped.sum() / n_tokens
        parts["approx_kl"] = losses.kl_k3(old, scores.logprobs).sum() / n_tokens
        furthest = (scores.logprobs - old).abs().max().exp()
    for name, value in parts.items():
        sums[name] += value.item()
    sums["ratio_max"] = max(sums["ratio_max"], furthest.item())
    return loss
