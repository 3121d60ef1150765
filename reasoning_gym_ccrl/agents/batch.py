"""Token batches: episodes and their advantages as tensors. In every mask True means "counts".

Axes: B episodes, T tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..types import Episode


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """A right-padded micro-batch.

    Attributes:
        input_ids: [B, T] prompt and response tokens, verbatim as sampled.
        response_mask: [B, T] True where the policy sampled the token.
        old_logprobs: [B, T] the sampler's log-probabilities in nats; 0 where not sampled.
        advantages: [B, T] one per sampled token; 0 elsewhere.
        attention_mask: [B, T] True on real tokens.
    """

    input_ids: Tensor
    response_mask: Tensor
    old_logprobs: Tensor
    advantages: Tensor
    attention_mask: Tensor

    @property
    def n_scored(self) -> int:
        """The number of sampled tokens."""
        return int(self.response_mask.sum())


def make_batch(episodes: Sequence[Episode], advantages: Sequence[Sequence[float]], pad_id: int) -> TokenBatch:
    """Collates episodes.

    Args:
        episodes: B episodes with tokens.
        advantages: [B][length] one number per token of each episode, read where the policy sampled.
        pad_id: fills up on the right; never scored, never attended to.
    """
    width = max(len(episode.token_ids) for episode in episodes)
    shape = (len(episodes), width)
    input_ids = torch.full(shape, pad_id)
    response_mask = torch.zeros(shape, dtype=torch.bool)
    attention_mask = torch.zeros(shape, dtype=torch.bool)
    old_logprobs, values = torch.zeros(shape), torch.zeros(shape)
    for row, (episode, per_token) in enumerate(zip(episodes, advantages, strict=True)):
        length = len(episode.token_ids)
        input_ids[row, :length] = torch.tensor(episode.token_ids)
        response_mask[row, :length] = torch.tensor(episode.response_mask)
        attention_mask[row, :length] = True
        old_logprobs[row, :length] = torch.tensor(episode.sampler_logprobs)
        values[row, :length] = torch.tensor(per_token)
    return TokenBatch(input_ids, response_mask, old_logprobs, values * response_mask, attention_mask)


def micro_batches(lengths: Sequence[int], max_tokens: int) -> Iterator[list[int]]:
    """Indices of the episodes in groups of similar length that hold at most `max_tokens`, padding included.

    >>> list(micro_batches([5, 1, 4, 1], max_tokens=8))
    [[1, 3], [2], [0]]
    """
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if group and lengths[index] * (len(group) + 1) > max_tokens:
            yield group
            group = []
        group.append(index)
    if group:
        yield group
