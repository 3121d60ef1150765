"""Correction for an engine that samples from slightly other probabilities than the trainer computes.

Two programs with the same weights (other kernels, other precision) give a token two log-probabilities. The update is
then made at samples of another policy; the ratio of the two, cut so that few tokens cannot dominate, corrects it.

Axes: S scored tokens of whole episodes, in one flat row.
"""

# ruff: noqa: F722 (the strings in annotations are shapes, not types)

from __future__ import annotations

from typing import get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..errors import InvalidOption, unknown_name
from .config import ImportanceCorrection

# A sequence's ratio is a product over its tokens; beyond exp(20) only its being large matters.
_LARGEST_EXPONENT = 20.0


def episode_sums(
    values: Float[Tensor, " S"], episode_of: Int[Tensor, " S"], n_episodes: int
) -> Float[Tensor, " n_episodes"]:
    """The sum of each episode's tokens: 1, 2, 3 of episodes 0, 0, 1 give 3, 3."""
    return values.new_zeros(n_episodes).index_add(0, episode_of, values)


def importance_weights(
    trainer_logprobs: Float[Tensor, " S"],
    sampler_logprobs: Float[Tensor, " S"],
    episode_of: Int[Tensor, " S"],
    n_episodes: int,
    mode: str,
    cap: float = 2.0,
) -> Float[Tensor, " S"]:
    """What each token's loss is multiplied with; no gradient goes through it.

    w = exp(trainer - sampler), of the token, or of the whole episode: the product over its tokens. "truncate" cuts w at
    the cap, which keeps every token, with some bias; "mask" gives a token, or an episode, beyond the cap no weight at
    all: there the sampler did something that the trainer cannot account for.

    Args:
        trainer_logprobs: of the weights that sampled, computed by the trainer, before the update.
        sampler_logprobs: of the same tokens, as the engine returned them, at the same temperature.
        episode_of: the number, from 0, of each token's episode; all tokens of an episode are in the call.
        n_episodes: how many there are.
        mode: "none" (all ones), "token_truncate", "token_mask", "sequence_truncate" or "sequence_mask".
        cap: the largest ratio, above 1.

    Raises:
        UnknownName: another mode.
        InvalidOption: a cap that is not above 1.

    Source: truncation, IMPALA's rho, arXiv 1802.01561, equation 1, and Yao et al., "Your efficient RL framework
        secretly brings you off-policy RL training", 2025 (TIS); masking of sequences, Liu et al., "When speed kills
        stability", 2025 (MIS). TRL's `vllm_importance_sampling_mode`, with a cap of 3 there. Ratios 1.5 and 3 with cap
        2 give 1.5, 2 truncated and 1.5, 0 masked; as one episode, 4.5, they give 2, 2 and 0, 0.
    """
    ratio = _ratios(trainer_logprobs, sampler_logprobs, episode_of, n_episodes, mode, cap)
    if mode.endswith("truncate"):
        return ratio.clamp(max=cap)
    return ratio * (ratio <= cap)


def importance_statistics(
    trainer_logprobs: Float[Tensor, " S"],
    sampler_logprobs: Float[Tensor, " S"],
    episode_of: Int[Tensor, " S"],
    n_episodes: int,
    mode: str,
    cap: float = 2.0,
) -> dict[str, float]:
    """How far the sampler is from the trainer, over all tokens of an update: arguments as in `importance_weights`.

    To be called once for the update: an effective sample size does not add up over micro-batches.

    Returns:
        "importance/mean", "importance/max": of the ratio as it is before the cap, of tokens or of episodes by mode (of
        tokens where the mode is "none"); "importance/cut": the share of tokens beyond the cap; "importance/effective":
        (sum w)² / (S sum w²) of the weights used, 1 where all are the same, 0 where all are masked;
        "importance/difference": the mean of |trainer - sampler| in nats. Of no tokens: 1, 1, 0, 1, 0.

    Ratios 1.5 and 3, "token_truncate" at 2: mean 2.25, max 3, cut 0.5, effective 3.5² / (2 * 6.25) = 0.98.
    """
    weights = importance_weights(trainer_logprobs, sampler_logprobs, episode_of, n_episodes, mode, cap).double()
    level = "token_truncate" if mode == "none" else mode
    ratio = _ratios(trainer_logprobs, sampler_logprobs, episode_of, n_episodes, level, cap).double()
    names = ("mean", "max", "cut", "effective", "difference")
    figures = [1.0, 1.0, 0.0, 1.0, 0.0]
    if len(ratio):
        squares = float((weights**2).sum())
        figures = [
            float(ratio.mean()),
            float(ratio.max()),
            float((ratio > cap).double().mean()),
            float(weights.sum()) ** 2 / (len(weights) * squares) if squares else 0.0,
            float((trainer_logprobs - sampler_logprobs).detach().abs().double().mean()),
        ]
    return {f"importance/{name}": value for name, value in zip(names, figures, strict=True)}


def _ratios(
    trainer_logprobs: Float[Tensor, " S"],
    sampler_logprobs: Float[Tensor, " S"],
    episode_of: Int[Tensor, " S"],
    n_episodes: int,
    mode: str,
    cap: float,
) -> Float[Tensor, " S"]:
    """Trainer over sampler before the cap: of the tokens, or of each token's episode; ones where the mode is "none"."""
    if mode not in get_args(ImportanceCorrection):
        raise unknown_name("importance correction", mode, get_args(ImportanceCorrection))
    if not cap > 1:
        raise InvalidOption(f"The importance cap is above 1, the ratio of two equal probabilities; received {cap}.")
    with torch.no_grad():
        logs = trainer_logprobs - sampler_logprobs
        if mode == "none":
            return torch.ones_like(logs)
        if mode.startswith("sequence"):
            logs = episode_sums(logs, episode_of, n_episodes)[episode_of]
        return logs.clamp(max=_LARGEST_EXPONENT).exp()
