"""Token batches: episodes and their advantages as tensors. In every mask True means "counts".

The episodes of a group begin with the same prompt, which a batch holds once: for G attempts the trunk then reads
P + G R tokens in place of G (P + R).

Axes: N prompts of P tokens, B episodes with R tokens after their prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..errors import InvalidInput
from ..types import Episode


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """A micro-batch: prompts padded on the left, what follows them on the right.

    Attributes:
        prompt_ids: [N, P] the tokens before the first one that the policy sampled; no two rows are the same.
        prompt_mask: [N, P] True on real tokens.
        prompt_of: [B] the row of each episode's prompt.
        response_ids: [B, R] the tokens from the first sampled one on, verbatim.
        response_mask: [B, R] True where the policy sampled the token: an environment's feedback is not scored.
        attention_mask: [B, R] True on real tokens.
        old_logprobs: [B, R] the sampler's log-probabilities in nats; 0 where not sampled.
        advantages: [B, R] one per sampled token; 0 elsewhere.
        extra: name -> [B, R] other numbers of the sampled tokens, such as the reference's log-probabilities.
    """

    prompt_ids: Tensor
    prompt_mask: Tensor
    prompt_of: Tensor
    response_ids: Tensor
    response_mask: Tensor
    attention_mask: Tensor
    old_logprobs: Tensor
    advantages: Tensor
    extra: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def n_scored(self) -> int:
        """The number of sampled tokens."""
        return int(self.response_mask.sum())

    @property
    def targets(self) -> Tensor:
        """[S] the sampled tokens, row by row."""
        return self.response_ids[self.response_mask]

    @property
    def episode_of(self) -> Tensor:
        """[S] the row of each sampled token."""
        return self.response_mask.nonzero()[:, 0]

    def scored(self, name: str) -> Tensor:
        """[S] numbers of the sampled tokens, row by row: "old_logprobs", "advantages", or a name of `extra`."""
        values: Tensor = self.extra[name] if name in self.extra else getattr(self, name)
        return values[self.response_mask]

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on another device."""
        moved = {name: getattr(self, name).to(device) for name in self.__slots__ if name != "extra"}
        return TokenBatch(**moved, extra={name: each.to(device) for name, each in self.extra.items()})


def prompt_length(episode: Episode) -> int:
    """The number of tokens before the first one that the policy sampled.

    Raises:
        InvalidInput: an episode in which nothing was sampled, or whose first token was: nothing predicts that one.
    """
    if not any(episode.response_mask) or episode.response_mask[0]:
        found = "one that samples its first token" if any(episode.response_mask) else "one with no sampled token"
        raise InvalidInput(f"An episode to train on has a prompt and sampled tokens after it; received {found}.")
    return episode.response_mask.index(True)


def make_batch(
    episodes: Sequence[Episode],
    advantages: Sequence[Sequence[float]],
    pad_id: int,
    extra: Mapping[str, Sequence[Sequence[float]]] | None = None,
) -> TokenBatch:
    """Collates episodes.

    Args:
        episodes: B episodes with tokens.
        advantages: [B][length] one number per token of each episode, read where the policy sampled.
        pad_id: fills up; never scored, never attended to.
        extra: name -> other such numbers.
    """
    starts = [prompt_length(episode) for episode in episodes]
    heads = [episode.token_ids[:start] for episode, start in zip(episodes, starts, strict=True)]
    prompts: dict[tuple[int, ...], int] = {}
    prompt_of = [prompts.setdefault(head, len(prompts)) for head in heads]
    prompt_ids = torch.full((len(prompts), max(map(len, prompts))), pad_id)
    prompt_mask = torch.zeros(prompt_ids.shape, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        prompt_ids[row, -len(prompt) :] = torch.tensor(prompt)
        prompt_mask[row, -len(prompt) :] = True
    shape = (len(episodes), max(len(e.token_ids) - start for e, start in zip(episodes, starts, strict=True)))
    response_ids = torch.full(shape, pad_id)
    response_mask = torch.zeros(shape, dtype=torch.bool)
    attention_mask = torch.zeros(shape, dtype=torch.bool)
    old_logprobs = torch.zeros(shape)
    for row, (episode, start) in enumerate(zip(episodes, starts, strict=True)):
        length = len(episode.token_ids) - start
        response_ids[row, :length] = torch.tensor(episode.token_ids[start:])
        response_mask[row, :length] = torch.tensor(episode.response_mask[start:])
        attention_mask[row, :length] = True
        old_logprobs[row, :length] = torch.tensor(episode.sampler_logprobs[start:])
    columns = {
        name: _on_sampled(response_mask, episodes, starts, rows)
        for name, rows in {"advantages": advantages, **(extra or {})}.items()
    }
    return TokenBatch(
        prompt_ids,
        prompt_mask,
        torch.tensor(prompt_of),
        response_ids,
        response_mask,
        attention_mask,
        old_logprobs,
        columns.pop("advantages"),
        columns,
    )


def _on_sampled(
    mask: Tensor, episodes: Sequence[Episode], starts: Sequence[int], rows: Sequence[Sequence[float]]
) -> Tensor:
    """[B, R] one number per sampled token, 0 elsewhere; from one per token of each episode."""
    values = torch.zeros(mask.shape)
    for row, (episode, start, per_token) in enumerate(zip(episodes, starts, rows, strict=True)):
        values[row, : len(episode.token_ids) - start] = torch.tensor(per_token[start:])
    return values * mask


def micro_batches(episodes: Sequence[Episode], max_tokens: int) -> Iterator[list[int]]:
    """Indices of the episodes, cut into batches of at most `max_tokens` tokens, padding included.

    Episodes with one prompt stay together as far as the budget goes, and batches hold prompts whose attempts are of
    similar length, so that little is padding. An episode that is too long by itself goes alone.
    """
    lengths = [(start := prompt_length(episode), len(episode.token_ids) - start) for episode in episodes]
    same_prompt: dict[tuple[int, ...], list[int]] = {}
    for index, episode in enumerate(episodes):
        same_prompt.setdefault(episode.token_ids[: lengths[index][0]], []).append(index)
    for members in same_prompt.values():
        members.sort(key=lambda index: lengths[index][1])
    batch: list[int] = []
    prompts: set[tuple[int, ...]] = set()
    longest_prompt = longest_response = 0
    for prompt, members in sorted(same_prompt.items(), key=lambda item: lengths[item[1][-1]][1]):
        for index in members:
            longest_prompt = max(longest_prompt, len(prompt))
            longest_response = max(longest_response, lengths[index][1])
            prompts.add(prompt)
            if batch and len(prompts) * longest_prompt + (len(batch) + 1) * longest_response > max_tokens:
                yield batch
                batch, prompts = [], {prompt}
                longest_prompt, longest_response = lengths[index]
            batch.append(index)
    if batch:
        yield batch
