"""Each prompt read once for all the responses to it: as a tree in one row, or through the model's cache.

As a tree, a row is a prompt and then all its responses, end to end, without padding between them. The mask lets a token
see its prompt and its own response so far; positions go on where the prompt ends. Every token is read once, and none is
padding but at the end of the shorter rows. Attention however goes over the whole row, so that many long responses are
cheaper through the cache, and only attention that takes a mask can read so.

Axes: N prompts of P tokens, B responses of R tokens, S sampled tokens, H hidden; T tokens of the longest row.
"""

# ruff: noqa: F722 - shapes in jaxtyping's annotations are no forward references

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .batch import TokenBatch

# Kinds of attention that apply a mask of booleans, and keep no [T, T] weights for the backward pass.
_MASKED = ("sdpa", "sdpa_float32")
# Of the mask, which attention turns into float32: 64 MB.
_MASK_ELEMENTS = 2**24


def trees_are_cheaper(model: Any, batch: TokenBatch) -> bool:
    """Whether the model can read trees, and this batch takes fewer operations so than through the cache.

    A token costs a layer about 24 H H operations, and a pair of tokens that attention looks at 4 H: as much as 6 H
    pairs cost a token.
    """
    longest = int(_row_lengths(batch).max())
    if len(batch.prompt_ids) * longest**2 > _MASK_ELEMENTS or not _takes_a_mask(model, longest):
        return False
    per_token: int = 6 * model.config.get_text_config().hidden_size
    (n_prompts, of_prompt), (n_responses, of_response) = batch.prompt_ids.shape, batch.response_ids.shape
    tree = n_prompts * longest * (per_token + longest)
    cached = n_prompts * of_prompt * (per_token + of_prompt)
    cached += n_responses * of_response * (per_token + of_prompt + of_response)
    return bool(tree < cached)


def tree_hidden(trunk: Any, batch: TokenBatch) -> Float[Tensor, "S H"]:
    """Hidden states that predict the sampled tokens, row by row."""
    lengths = batch.prompt_mask.sum(1)
    starts = response_starts(batch)
    shape = (len(lengths), int(_row_lengths(batch).max()))
    ids = batch.prompt_ids.new_zeros(shape)
    positions = torch.zeros_like(ids)
    owners = torch.full_like(ids, -1)  # 0 of the prompt, 1 and on of the responses, -1 of padding
    row, column = batch.prompt_mask.nonzero(as_tuple=True)
    place = column - (batch.prompt_ids.shape[1] - lengths)[row]  # prompts are padded on the left
    ids[row, place], positions[row, place], owners[row, place] = batch.prompt_ids[row, column], place, 0
    response, step = batch.attention_mask.nonzero(as_tuple=True)
    row, place = batch.prompt_of[response], starts[response] + step
    ids[row, place], owners[row, place] = batch.response_ids[response, step], response + 1
    positions[row, place] = lengths[row] + step
    seen = (owners[:, :, None] == owners[:, None, :]) | (owners[:, None, :] == 0)
    hidden = trunk(
        input_ids=ids, attention_mask=seen.tril()[:, None], position_ids=positions, use_cache=False
    ).last_hidden_state
    response, step = batch.response_mask.nonzero(as_tuple=True)
    row = batch.prompt_of[response]
    # Token t is predicted at t - 1; the first token of a response at its prompt's end.
    return torch.Tensor(hidden[row, torch.where(step == 0, lengths[row], starts[response] + step) - 1])


def response_starts(batch: TokenBatch) -> Int[Tensor, " B"]:
    """Where each response begins in its prompt's row: after the prompt, and the responses before it.

    Prompts of 4 and 1 tokens, and responses of 2, 3 and 5 tokens to the first, the second and the first: 4, 1, 6.
    """
    ends = batch.prompt_mask.sum(1).tolist()
    starts = []
    for row, length in zip(batch.prompt_of.tolist(), batch.attention_mask.sum(1).tolist(), strict=True):
        starts.append(ends[row])
        ends[row] += length
    return torch.tensor(starts, device=batch.prompt_of.device)


def _row_lengths(batch: TokenBatch) -> Tensor:
    """[N] tokens of each prompt and all its responses."""
    return batch.prompt_mask.sum(1).index_add(0, batch.prompt_of, batch.attention_mask.sum(1))


def _takes_a_mask(model: Any, length: int) -> bool:
    """Whether its layers are attention that applies our mask, and nothing that depends on where a token stands."""
    config = model.config.get_text_config()
    layers = set(getattr(config, "layer_types", None) or ())
    window = getattr(config, "sliding_window", None)
    slides = "sliding_attention" in layers or (not layers and window is not None)
    return (
        model.config._attn_implementation in _MASKED
        and bool(getattr(model, "_supports_sdpa", False))
        and not layers - {"full_attention", "sliding_attention"}
        and not (slides and (window is None or window < length))
        and not getattr(config, "alibi", False)
        and not getattr(model, "_is_stateful", False)
    )
