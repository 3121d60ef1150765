"""What an update learns from: episodes, and for every sampled token an advantage and what else the loss needs.

Rollout and judgement are over when this begins; what is left is arithmetic, and, where the algorithm asks for it, one
forward pass without gradients: the values before every token, or the trainer's own log-probabilities.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..rewards import CheckedReward
from ..types import Episode
from . import credit, losses
from .batch import make_batch, micro_batches
from .confidence_credit import Choices, confidence_levels, credit_confidences
from .confidence_sources import digit_confidences
from .config import TrainConfig
from .credit import Rows, empty_rows, sampled_positions, scatter
from .runtime import Runtime
from .scorer import Scorer


@dataclass
class Experience:
    """An update's episodes of this process, ready to be learned from.

    Attributes:
        episodes: B of them, each with tokens.
        advantages: [B][length].
        choices: for each episode its confidences that are credited by expectation, see `confidence_credit`.
        level_ids: the tokens of these choices' levels.
        spare: any episode, for a process that has nothing left to learn from to keep in step with.
        extra: "reference" log-probabilities, "values" and "returns" of the value head, "importance" weights; as rows.
        figures: of the whole update, over all processes, for the log.
    """

    episodes: list[Episode]
    advantages: Rows
    choices: list[Choices]
    level_ids: list[int]
    spare: Episode
    extra: dict[str, Rows] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


def make_experience(
    groups: Sequence[Sequence[Episode]],
    config: TrainConfig,
    reward: CheckedReward,
    scorer: Scorer,
    reference: Reference | None,
    tokenizer: Any,
    runtime: Runtime,
) -> Experience:
    """Advantages for the tokens of an update's episodes, and what its algorithm needs beside.

    Args:
        groups: the episodes of each problem, of this process.
        config: the settings.
        reward: what paid, to be asked again about confidences.
        scorer: the policy, and its value head.
        reference: what a KL term is against; None where there is none.
        tokenizer: knows the tokens of confidence levels.
        runtime: sums over processes.
    """
    episodes = [episode for group in groups for episode in group]
    pad_id = tokenizer.pad_token_id
    # Of the probabilities that were sampled with, before any are replaced by the trainer's own.
    digits = digit_confidences(tokenizer, episodes) if config.confidence == "hybrid" else None
    extra: dict[str, Rows] = {}
    figures: dict[str, float] = {}
    if reference is not None:
        with reference.scorer(scorer) as frozen:
            extra["reference"], _ = score_episodes(frozen, episodes, config, pad_id, runtime)
    pays_kl = reference is not None and config.kl_in == "reward"
    own: Rows = []
    ends: list[float] = []
    if config.advantage == "gae" or config.importance_correction != "none" or pays_kl:
        longer = [_with_an_end(episode, pad_id) for episode in episodes]
        own, values = score_episodes(scorer, longer, config, pad_id, runtime)
        own, ends = [row[:-1] for row in own], [row[-1] for row in values]
        if config.advantage == "gae":
            extra["values"] = [row[:-1] for row in values]
    if config.importance_correction != "none":
        extra["importance"], figures = _importance(episodes, own, config, runtime)
        episodes = [replace(e, sampler_logprobs=tuple(row)) for e, row in zip(episodes, own, strict=True)]
    kl = _kl_rewards(own, extra["reference"], config) if pays_kl else empty_rows(episodes)
    if config.advantage == "gae":
        advantages, extra["returns"] = credit.value_advantages(episodes, kl, extra["values"], ends, config)
        figures |= _explained(episodes, extra["values"], extra["returns"], runtime)
    elif config.advantage == "batch":
        advantages = credit.return_advantages(episodes, kl, config)
    else:
        advantages = credit.group_advantages(groups, kl, config)
        if config.scale == "batch":
            credit.divide_by_spread(episodes, advantages, config, runtime.gather)
    if config.scale == "std" and config.advantage in ("batch", "gae"):
        credit.whiten(episodes, advantages, runtime.gather, runtime.rank)
    levels = confidence_levels(tokenizer) if config.confidence_credit == "expected" else {}
    choices: list[Choices] = [{} for _ in episodes]
    if config.confidence_credit != "return":
        choices = credit_confidences(episodes, advantages, reward, config.confidence_coefficient, levels, digits)
    result = Experience(episodes, advantages, choices, list(levels), episodes[0], extra, figures)
    return _without_truncated(result) if config.mask_truncated else result


@torch.no_grad()
def score_episodes(
    scorer: Scorer, episodes: Sequence[Episode], config: TrainConfig, pad_id: int, runtime: Runtime
) -> tuple[Rows, Rows]:
    """Log-probabilities and values (zeros without a value head) at every sampled token of each episode."""
    logprobs, values = empty_rows(episodes), empty_rows(episodes)
    parts = list(micro_batches(episodes, config.tokens_per_micro_batch))
    if runtime.is_sharded:  # all processes make as many passes, since each needs the others' pieces of the weights
        parts += [parts[0]] * (int(runtime.max(len(parts))) - len(parts))
    for indices in parts:
        chosen = [episodes[i] for i in indices]
        scores = scorer(make_batch(chosen, empty_rows(chosen), pad_id).to(scorer.device))
        scatter(scores.logprobs.tolist(), chosen, [logprobs[i] for i in indices])
        if scores.values is not None:
            scatter(scores.values.tolist(), chosen, [values[i] for i in indices])
    return logprobs, values


def _with_an_end(episode: Episode, pad_id: int) -> Episode:
    """The episode with one token more, whose value is that of the state after the last one."""
    return replace(
        episode,
        token_ids=(*episode.token_ids, pad_id),
        response_mask=(*episode.response_mask, True),
        sampler_logprobs=(*episode.sampler_logprobs, 0.0),
    )


class Reference:
    """The policy as it is now, kept: the base with its adapter off, or a frozen copy of the weights in memory.

    Never loaded from where the model came from: what was changed in memory since would be lost.
    """

    def __init__(self, policy: Any) -> None:
        self._has_adapter = hasattr(policy, "disable_adapter")
        self._copy: Any = None if self._has_adapter else copy.deepcopy(policy).eval().requires_grad_(False)

    @contextmanager
    def scorer(self, trained: Scorer) -> Iterator[Scorer]:
        """A scorer of the reference; inside, the trained one must not be used."""
        if self._has_adapter:
            with trained.policy.disable_adapter():
                yield trained
        else:
            yield Scorer(self._copy, trained.config)


def _kl_rewards(own: Rows, reference: Rows, config: TrainConfig) -> Rows:
    """Of each token what its divergence costs: - beta (log p - log p of the reference), the estimate k1."""
    return [
        [-config.kl_coefficient * (one - other) for one, other in zip(*rows, strict=True)]
        for rows in zip(own, reference, strict=True)
    ]


def _importance(
    episodes: Sequence[Episode], own: Rows, config: TrainConfig, runtime: Runtime
) -> tuple[Rows, dict[str, float]]:
    """Weights for an engine whose log-probabilities are not the trainer's, and how far apart the two are."""
    pairs = [
        [(own[i][p], episode.sampler_logprobs[p]) for p in sampled_positions(episode)]
        for i, episode in enumerate(episodes)
    ]
    how = (config.importance_correction, config.importance_cap)
    rows = empty_rows(episodes)
    scatter(losses.importance_weights(*_both_sides(pairs), *how).tolist(), episodes, rows)
    return rows, losses.importance_statistics(*_both_sides(runtime.gather(pairs)), *how)


def _both_sides(pairs: Sequence[Sequence[tuple[float, float]]]) -> tuple[Tensor, Tensor, Tensor, int]:
    """[S] the trainer's and [S] the sampler's log-probabilities, [S] of which episode they are, and how many it is."""
    numbers = torch.tensor([pair for episode in pairs for pair in episode])
    of_token = torch.tensor([index for index, episode in enumerate(pairs) for _ in episode])
    return numbers[:, 0], numbers[:, 1], of_token, len(pairs)


def _explained(episodes: Sequence[Episode], values: Rows, returns: Rows, runtime: Runtime) -> dict[str, float]:
    """1 - the variance of what the values miss by that of the returns: 1 is foresight, 0 no better than a constant."""
    pairs = np.array([(values[i][p], returns[i][p]) for i, e in enumerate(episodes) for p in sampled_positions(e)])
    missed, target = pairs[:, 1] - pairs[:, 0], pairs[:, 1]
    sums = [len(pairs), missed.sum(), (missed**2).sum(), target.sum(), (target**2).sum()]
    n, missed_sum, missed_squares, target_sum, target_squares = runtime.sum([float(each) for each in sums])
    left = missed_squares / n - (missed_sum / n) ** 2
    whole = target_squares / n - (target_sum / n) ** 2
    return {
        "explained_variance": 1 - left / whole if whole > 1e-12 else float("nan"),
        "value_mean": (target_sum - missed_sum) / n,
    }


def _without_truncated(experience: Experience) -> Experience:
    """Without the episodes that a budget cut off; the others were compared with them all the same."""
    kept = [index for index, episode in enumerate(experience.episodes) if not episode.truncated]
    return replace(
        experience,
        episodes=[experience.episodes[i] for i in kept],
        advantages=[experience.advantages[i] for i in kept],
        choices=[experience.choices[i] for i in kept],
        extra={name: [rows[i] for i in kept] for name, rows in experience.extra.items()},
    )
