"""Policy-gradient losses per token, as pure functions of tensors; every denominator is an argument.

A loss gives one value per token. `episode_weights` gives what each is multiplied with before they are added up, from
counts over the whole optimiser step, so that nothing depends on how the step is cut into micro-batches or processes.

Axes: S scored tokens of a micro-batch, in one flat row: prompts and padding are not among them; B episodes; N choices
among L alternatives.
"""

# ruff: noqa: F722 (the strings in annotations are shapes, not types)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..errors import InvalidInput, InvalidOption, unknown_name
from .importance import episode_sums, importance_statistics, importance_weights
from .kl import KL_ESTIMATORS, bias_corrected, kl_k1, kl_k2, kl_k3

__all__ = [
    "KL_ESTIMATORS",
    "POLICY_LOSSES",
    "Clip",
    "PolicyLoss",
    "PolicyTerms",
    "bias_corrected",
    "cispo_loss",
    "clip_loss",
    "episode_weights",
    "expected_loss",
    "gspo_loss",
    "importance_statistics",
    "importance_weights",
    "is_clipped",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "reinforce_loss",
    "sequence_ratio",
    "value_loss",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """How far the ratio of new to old probability may go before a token stops learning.

    Attributes:
        epsilon_low: the range begins at 1 - epsilon_low.
        epsilon_high: and ends at 1 + epsilon_high; CISPO's weight is cut there.
        two_sided: the largest ratio that a negative advantage is multiplied with, beyond the range; None sets none.

    Raises:
        InvalidOption: an epsilon below 0, epsilon_low above 1, or `two_sided` within the range.
    """

    epsilon_low: float = 0.2
    epsilon_high: float = 0.2
    two_sided: float | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.epsilon_low <= 1 and self.epsilon_high >= 0):
            raise InvalidOption(
                "The ratio's range is 1 - epsilon_low to 1 + epsilon_high, with epsilon_low from 0 to 1 and "
                f"epsilon_high at least 0; received {self.epsilon_low} and {self.epsilon_high}."
            )
        if self.two_sided is not None and not self.two_sided > 1 + self.epsilon_high:
            raise InvalidOption(
                "The second clip acts beyond the first, so two_sided is above 1 + epsilon_high, which is "
                f"{1 + self.epsilon_high:g}; received {self.two_sided}. Leave it out, or raise it."
            )


class PolicyTerms(NamedTuple):
    """What a policy loss says of each token.

    Attributes:
        loss: to be weighted and added up.
        clipped: True where the clip acted; its mean is the clip fraction.
    """

    loss: Float[Tensor, " S"]
    clipped: Bool[Tensor, " S"]


def clip_loss(
    logprobs: Float[Tensor, " S"],
    old_logprobs: Float[Tensor, " S"],
    advantages: Float[Tensor, " S"],
    epsilon_low: float = 0.2,
    epsilon_high: float = 0.2,
    two_sided: float | None = None,
) -> Float[Tensor, " S"]:
    """PPO's clipped surrogate, negated.

    -min(r A, clip(r, 1 - epsilon_low, 1 + epsilon_high) A) with r = exp(logprobs - old_logprobs). With `two_sided`, r
    is cut at it in the first product, which matters where A < 0 alone: there the loss r |A| has no other bound.

    Source: PPO, arXiv 1707.06347, equation 7; uneven range, DAPO, arXiv 2503.14476, equation 10; the second clip,
        dual-clip PPO, arXiv 1912.09729, and INTELLECT-2's two-sided clip, arXiv 2505.07291 (TRL's `delta`). r = 1.5,
        A = 1, epsilon 0.2 gives -1.2; A = -1 gives 1.5; r = 9, A = -1, two_sided = 4 gives 4.
    """
    ratio = (logprobs - old_logprobs).exp()
    clipped = ratio.clamp(1 - epsilon_low, 1 + epsilon_high)
    if two_sided is not None:
        ratio = ratio.clamp(max=two_sided)
    return -torch.minimum(ratio * advantages, clipped * advantages)


def is_clipped(
    logprobs: Float[Tensor, " S"],
    old_logprobs: Float[Tensor, " S"],
    advantages: Float[Tensor, " S"],
    epsilon_low: float = 0.2,
    epsilon_high: float = 0.2,
    two_sided: float | None = None,
) -> Bool[Tensor, " S"]:
    """Where `clip_loss` has no gradient: above the range with A > 0, below it or beyond the second clip with A < 0.

    A token that is outside the range on the other side is led back, so it is not among them: r = 1.5 is clipped with
    A = 1, and not with A = -1.
    """
    ratio = (logprobs - old_logprobs).exp()
    cut = ((ratio > 1 + epsilon_high) & (advantages > 0)) | ((ratio < 1 - epsilon_low) & (advantages < 0))
    return cut if two_sided is None else cut | ((ratio > two_sided) & (advantages < 0))


def sequence_ratio(
    logprobs: Float[Tensor, " S"], old_logprobs: Float[Tensor, " S"], episode_of: Int[Tensor, " S"], n_episodes: int
) -> Float[Tensor, " S"]:
    """For each token the ratio of its whole episode, to the power of 1 / length: exp of the mean log-ratio.

    Args:
        logprobs: of the policy that is trained.
        old_logprobs: of the one that sampled.
        episode_of: the number, from 0, of each token's episode; all tokens of an episode are in the call.
        n_episodes: how many there are.

    Source: GSPO, arXiv 2507.18071, equation 7. Token ratios 2 and 8 of one episode give 4, 4.
    """
    return _mean_log_ratio(logprobs, old_logprobs, episode_of, n_episodes).exp()


def _mean_log_ratio(
    logprobs: Float[Tensor, " S"], old_logprobs: Float[Tensor, " S"], episode_of: Int[Tensor, " S"], n_episodes: int
) -> Float[Tensor, " S"]:
    """For each token the mean over its episode of log new - log old."""
    logs = logprobs - old_logprobs
    lengths = episode_sums(torch.ones_like(logs), episode_of, n_episodes).clamp(min=1)
    return (episode_sums(logs, episode_of, n_episodes) / lengths)[episode_of]


def gspo_loss(
    logprobs: Float[Tensor, " S"],
    old_logprobs: Float[Tensor, " S"],
    advantages: Float[Tensor, " S"],
    episode_of: Int[Tensor, " S"],
    n_episodes: int,
    epsilon_low: float = 3e-4,
    epsilon_high: float = 4e-4,
    two_sided: float | None = None,
) -> Float[Tensor, " S"]:
    """The clipped surrogate with the ratio of the whole sequence, whose gradient reaches each token by itself.

    The ratio of a token is sg[s] p / sg[p], with s of `sequence_ratio`, p the token's probability and sg[] its value
    with no gradient: it has the value s and the gradient s grad log p. Where all tokens of an episode have one
    advantage, the sum over the episode has GSPO's value and gradient; where they differ (step credit), it is the
    paper's GSPO-token.

    Source: GSPO, arXiv 2507.18071, equations 5 and 7; 13 and 14 for GSPO-token; the range, section 5.1. The paper adds
        up by "episode"; ours by any of `episode_weights`. Token ratios 2 and 8 with A = -1 give 4, 4.
    """
    return clip_loss(
        _token_logs_of_sequences(logprobs, old_logprobs, episode_of, n_episodes),
        torch.zeros_like(logprobs),
        advantages,
        epsilon_low,
        epsilon_high,
        two_sided,
    )


def _token_logs_of_sequences(
    logprobs: Float[Tensor, " S"], old_logprobs: Float[Tensor, " S"], episode_of: Int[Tensor, " S"], n_episodes: int
) -> Float[Tensor, " S"]:
    """The logarithm of sg[s] p / sg[p]: its value is the sequence's, its gradient the token's own."""
    return _mean_log_ratio(logprobs.detach(), old_logprobs, episode_of, n_episodes) + (logprobs - logprobs.detach())


def cispo_loss(
    logprobs: Float[Tensor, " S"],
    old_logprobs: Float[Tensor, " S"],
    advantages: Float[Tensor, " S"],
    epsilon_high: float = 4.0,
) -> Float[Tensor, " S"]:
    """REINFORCE weighted with the ratio, which is cut from above and not differentiated: no token loses its gradient.

    -sg[min(r, 1 + epsilon_high)] A log p. Only the gradient has a meaning; the value has none.

    Source: CISPO, MiniMax-M1, arXiv 2506.13585, equations 4 and 5; no bound from below, as in its experiments. The
        default cuts at 5, as ScaleRL (arXiv 2510.13786) does; there, and in TRL, the 5 itself is epsilon_high. r = 1.5,
        log p = -2, A = 1, epsilon_high 0.2 gives 2.4, with gradient -1.2.
    """
    weight = (logprobs.detach() - old_logprobs).exp().clamp(max=1 + epsilon_high)
    return -weight * advantages * logprobs


def reinforce_loss(logprobs: Float[Tensor, " S"], advantages: Float[Tensor, " S"]) -> Float[Tensor, " S"]:
    """-A log p: the policy gradient at samples of the policy itself, and at no others.

    There is no ratio, so one optimiser step at most may be made on a sample.

    Source: REINFORCE, Williams, 1992; with RLOO's advantage, arXiv 2402.14740. log p = -2, A = 0.5 gives 1.
    """
    return -advantages * logprobs


class PolicyLoss(Protocol):
    """How every entry of `POLICY_LOSSES` is called."""

    def __call__(
        self,
        logprobs: Float[Tensor, " S"],
        old_logprobs: Float[Tensor, " S"],
        advantages: Float[Tensor, " S"],
        episode_of: Int[Tensor, " S"],
        n_episodes: int,
        clip: Clip,
    ) -> PolicyTerms:
        """Loss and clipping of each token; arguments that the loss has no use for are left aside."""
        ...


def _clip(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, episode_of: Tensor, n_episodes: int, clip: Clip
) -> PolicyTerms:
    limits = (clip.epsilon_low, clip.epsilon_high, clip.two_sided)
    return PolicyTerms(
        clip_loss(logprobs, old_logprobs, advantages, *limits),
        is_clipped(logprobs.detach(), old_logprobs, advantages, *limits),
    )


def _gspo(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, episode_of: Tensor, n_episodes: int, clip: Clip
) -> PolicyTerms:
    logs = _token_logs_of_sequences(logprobs, old_logprobs, episode_of, n_episodes)
    return _clip(logs, torch.zeros_like(logs), advantages, episode_of, n_episodes, clip)


def _cispo(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, episode_of: Tensor, n_episodes: int, clip: Clip
) -> PolicyTerms:
    capped = (logprobs.detach() - old_logprobs).exp() > 1 + clip.epsilon_high
    return PolicyTerms(cispo_loss(logprobs, old_logprobs, advantages, clip.epsilon_high), capped)


def _reinforce(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, episode_of: Tensor, n_episodes: int, clip: Clip
) -> PolicyTerms:
    return PolicyTerms(reinforce_loss(logprobs, advantages), torch.zeros_like(logprobs, dtype=torch.bool))


POLICY_LOSSES: Mapping[str, PolicyLoss] = {"clip": _clip, "gspo": _gspo, "cispo": _cispo, "reinforce": _reinforce}
"""By name, all called alike."""


def value_loss(
    values: Float[Tensor, " S"],
    old_values: Float[Tensor, " S"],
    returns: Float[Tensor, " S"],
    clip: float | None = None,
) -> Float[Tensor, " S"]:
    """Half the squared error of the value head; with `clip`, that of the worse of the value and its clipped self.

    max((v - R)², (clip(v, old - clip, old + clip) - R)²) / 2: a value that has moved by more than `clip` towards its
    return already gets no gradient, one that has moved away does. `clip` is in units of the return.

    Source: PPO, arXiv 1707.06347, equation 9; the clip is that of OpenAI Baselines' PPO2. v = 1, old 0, R = 2: 0.5;
        with clip 0.2: (0.2 - 2)² / 2 = 1.62.
    """
    error = (values - returns) ** 2
    if clip is not None:
        moved = old_values + (values - old_values).clamp(-clip, clip)
        error = torch.maximum(error, (moved - returns) ** 2)
    return error / 2


def episode_weights(
    lengths: Sequence[int] | Int[Tensor, " B"], how: str, *, n_tokens: int, n_episodes: int, max_new_tokens: int
) -> Float[Tensor, " B"]:
    """What the tokens of each episode are multiplied with; the loss is the sum over tokens of weight times value.

    "token": 1 / n_tokens, the mean over all tokens of the step: a long episode weighs as much as it has tokens.
    "episode": 1 / (n_episodes * length), the mean over episodes of their means: a token of a long episode weighs less.
    "constant": 1 / (n_episodes * max_new_tokens): neither, the scale being fixed.

    Args:
        lengths: scored tokens of each of the B episodes of a micro-batch; 0 is allowed and weighs nothing.
        how: "token", "episode" or "constant".
        n_tokens: scored tokens of the whole optimiser step, over all micro-batches and processes; so are
        n_episodes: its episodes.
        max_new_tokens: the token budget of an episode.

    Raises:
        UnknownName: another `how`.
        InvalidInput: a count below 1.

    Source: "token" DAPO, arXiv 2503.14476, equation 12; "episode" GRPO, arXiv 2402.03300, equation 3; "constant"
        Dr. GRPO, arXiv 2503.20783. Lengths 1 and 3 of a step with 4 tokens, 2 episodes and a budget of 5 give 1/4, 1/4;
        1/2, 1/6; 1/10, 1/10.
    """
    if how not in ("token", "episode", "constant"):
        raise unknown_name("loss aggregation", how, ("token", "episode", "constant"))
    if min(n_tokens, n_episodes, max_new_tokens) < 1:
        raise InvalidInput(
            "A mean is over at least one token, episode and place; received "
            f"n_tokens={n_tokens}, n_episodes={n_episodes}, max_new_tokens={max_new_tokens}."
        )
    counts = torch.as_tensor(lengths, dtype=torch.long)
    if how == "episode":
        return (counts > 0).float() / (n_episodes * counts.clamp(min=1))
    denominator = n_tokens if how == "token" else n_episodes * max_new_tokens
    return torch.full(counts.shape, 1 / denominator, device=counts.device)


def expected_loss(logits: Float[Tensor, "N L"], rewards: Float[Tensor, "N L"]) -> Float[Tensor, " N"]:
    """Minus the expected reward of a choice whose every alternative's reward is known.

    The gradient is that of the policy's expected reward over all L alternatives, where sampling one gives a noisy
    estimate of it. The probabilities are those among the alternatives, so nothing is pushed towards other tokens.

    Source: all-action ("expected") policy gradients, arXiv 1706.05374; for confidence tokens, ConfTuner's loss.
    Logits 0, 0 with rewards 1, 0 give -0.5, and gradients -0.25, 0.25.
    """
    return -(logits.float().softmax(1) * rewards).sum(1)
