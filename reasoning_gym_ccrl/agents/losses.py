"""Policy-gradient losses per token, as pure functions of tensors; every denominator is an argument.

Axes: S scored tokens of a micro-batch, in one flat row: prompts and padding are not among them.
"""

from __future__ import annotations

import torch
from torch import Tensor


def clip_loss(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, epsilon_low: float = 0.2, epsilon_high: float = 0.2
) -> Tensor:
    """PPO's clipped surrogate, negated: [S], [S], [S] -> [S].

    -min(r A, clip(r, 1 - epsilon_low, 1 + epsilon_high) A) with r = exp(logprobs - old_logprobs).

    Source: PPO, arXiv 1707.06347, equation 7. r = 1.5, A = 1, epsilon 0.2 gives -1.2; A = -1 gives 1.5.
    """
    ratio = (logprobs - old_logprobs).exp()
    clipped = ratio.clamp(1 - epsilon_low, 1 + epsilon_high)
    return -torch.minimum(ratio * advantages, clipped * advantages)


def expected_loss(logits: Tensor, rewards: Tensor) -> Tensor:
    """Minus the expected reward of a choice whose every alternative's reward is known: [N, L], [N, L] -> [N].

    The gradient is that of the policy's expected reward over all L alternatives, where sampling one gives a noisy
    estimate of it. The probabilities are those among the alternatives, so nothing is pushed towards other tokens.

    Source: all-action ("expected") policy gradients, arXiv 1706.05374; for confidence tokens, ConfTuner's loss.
    Logits 0, 0 with rewards 1, 0 give -0.5, and gradients -0.25, 0.25.
    """
    return -(logits.float().softmax(1) * rewards).sum(1)


def clip_fraction(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, epsilon_low: float = 0.2, epsilon_high: float = 0.2
) -> Tensor:
    """The share of tokens whose gradient the clip cut off: above the range with A > 0, below it with A < 0."""
    ratio = (logprobs - old_logprobs).exp()
    cut = ((ratio > 1 + epsilon_high) & (advantages > 0)) | ((ratio < 1 - epsilon_low) & (advantages < 0))
    return cut.float().mean()


def token_mean(values: Tensor, denominator: float) -> Tensor:
    """The sum over the tokens divided by a denominator that the caller fixes for the whole optimiser step.

    The result of an update then does not depend on how it is cut into micro-batches, on padding, or on the number
    of processes. [1, 2, 3] with denominator 6 gives 1.
    """
    return values.sum() / denominator


def kl_k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """Schulman's third estimator of KL(policy || reference) in nats, at samples of the policy: [S], [S] -> [S].

    exp(d) - d - 1 with d = reference - policy: never negative. d is held within ±20, so that it stays finite.

    Source: Schulman, "Approximating KL divergence", 2020. d = -1 gives 0.368.
    """
    delta = (reference_logprobs - logprobs).clamp(-20.0, 20.0)
    return delta.exp() - delta - 1
