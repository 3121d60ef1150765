"""Log-probabilities and entropies of chosen tokens under a causal language model.

Only the scored positions go through the output projection, and never all of them at once: `response_hidden` runs the
trunk, `score_tokens` the projection block by block (`chunked_head.py`). Prompts and padding cost a trunk pass and
nothing more.

Axes: B sequences, T tokens, S scored tokens (all sequences together, row by row), V vocabulary, H hidden; N prompts of
P tokens, B responses of R tokens; L levels.
"""

# ruff: noqa: F722 - shapes in jaxtyping's annotations are no forward references

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..errors import InvalidInput
from .batch import TokenBatch
from .chunked_head import linear_scores
from .model_head import own_head, own_head_logits, own_head_scores, plain_head
from .recompute import evaluating as evaluating
from .shared_prompts import tree_hidden, trees_are_cheaper


def response_hidden(
    model: Any, batch: TokenBatch, *, share_prompts: bool = True, one_pass: bool = False
) -> Float[Tensor, "S H"]:
    """Hidden states that predict the sampled tokens of a batch, each prompt read once for all the responses to it.

    Short responses stand in one row with their prompt (`shared_prompts.py`). Elsewhere the keys and values of the
    prompts are handed to the responses through the model's own cache, with their gradients; positions go on where
    each prompt ends. The result is that of reading every episode in full.

    Args:
        model: a Hugging Face causal language model, in evaluation mode: dropout would differ between prompt copies.
        batch: B episodes, S sampled tokens.
        share_prompts: False reads every episode in full; for a model that keeps no cache of keys and values, or does
            without one under gradient checkpointing.
        one_pass: runs the trunk once whatever the batch is, so never through the cache, which takes two passes; for
            weights that are shared out, where all processes have to call every layer equally often.

    Returns:
        [S, H]; row k belongs to the k-th True of `batch.response_mask`, row by row.
    """
    trunk = without_wrapper(model).base_model
    lengths = batch.prompt_mask.sum(1)
    rows = batch.prompt_of
    attended = torch.cat([batch.prompt_mask[rows], batch.attention_mask], 1)
    as_tree = share_prompts and trees_are_cheaper(without_wrapper(model), batch)
    if not share_prompts or (one_pass and not as_tree) or attended.shape[1] > _context_tokens(trunk):
        # The last token predicts nothing, and one that ends an episode may lie beyond the model's context.
        scored = torch.cat([torch.zeros_like(batch.prompt_mask[rows]), batch.response_mask], 1)[:, 1:]
        ids, attended = torch.cat([batch.prompt_ids[rows], batch.response_ids], 1)[:, :-1], attended[:, :-1]
        states = trunk(
            input_ids=ids, attention_mask=attended.long(), position_ids=_positions(attended), use_cache=False
        )
        return torch.Tensor(states.last_hidden_state[scored])
    if as_tree:
        return tree_hidden(trunk, batch)
    prompts = trunk(
        input_ids=batch.prompt_ids,
        attention_mask=batch.prompt_mask.long(),
        position_ids=_positions(batch.prompt_mask),
        use_cache=True,
    )
    cache = prompts.past_key_values
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.index_select(0, rows), layer.values.index_select(0, rows)
    steps = torch.arange(batch.response_ids.shape[1], device=lengths.device)
    responses = trunk(
        input_ids=batch.response_ids,
        attention_mask=attended.long(),
        position_ids=lengths[rows][:, None] + steps,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    # Token t is predicted at t - 1; the first token of a response at its prompt's end.
    ends = prompts.last_hidden_state[:, -1].index_select(0, rows)
    return torch.cat([ends[:, None], responses[:, :-1]], 1)[batch.response_mask]


def score_tokens(
    model: Any,
    hidden: Float[Tensor, "S H"],
    targets: Int[Tensor, " S"],
    temperature: float = 1.0,
    *,
    entropy: bool = True,
    entropy_gradient: bool = True,
    block_elements: int | None = None,
) -> tuple[Float[Tensor, " S"], Float[Tensor, " S"] | None]:
    """Log-probability of each target, and entropy of the distribution it is from, in nats at a temperature.

    The [S, V] logits are never held: see `chunked_head.py`. A head that is more than a linear projection (an adapter
    in it, soft-capped or scaled logits) is the model's own, called for some rows at a time, and again in the backward
    pass.

    Args:
        model: a Hugging Face causal language model.
        hidden: its predicting states, by `response_hidden`.
        targets: the tokens to score.
        temperature: divides the logits.
        entropy: False returns None for it.
        entropy_gradient: False returns entropies without a gradient. Where it is not used it costs nothing.
        block_elements: the most logits to hold at a time; None takes what was measured to be fast.

    Returns:
        [S] log-probabilities and [S] entropies, in float32 (float64 for a model of that).
    """
    model = without_wrapper(model)
    head = plain_head(model)
    if head is None:
        logprobs, entropies = own_head_scores(model, hidden, targets, temperature, entropy, block_elements)
    else:
        logprobs, entropies = linear_scores(
            hidden, head.weight, head.bias, targets, temperature, block_elements, entropy=entropy
        )
    return logprobs, entropies if entropies is None or entropy_gradient else entropies.detach()


def level_logits(
    model: Any, hidden: Float[Tensor, "N H"], token_ids: Sequence[int] | Int[Tensor, " L"]
) -> Float[Tensor, "N L"]:
    """Logits of a few tokens alone, in float32: those of the confidence levels where one of them was chosen.

    Args:
        model: a Hugging Face causal language model.
        hidden: its predicting states.
        token_ids: L tokens.
    """
    model = without_wrapper(model)
    chosen = torch.as_tensor(token_ids, device=hidden.device)
    head = plain_head(model)
    if head is None:
        return own_head_logits(model, hidden, chosen)
    with torch.autocast(hidden.device.type, enabled=False):
        dtype = torch.promote_types(head.weight.dtype, torch.float32)
        bias = None if head.bias is None else head.bias[chosen].to(dtype)
        return torch.nn.functional.linear(hidden.to(dtype), head.weight[chosen].to(dtype), bias)


def scored_logits(
    model: Any,
    input_ids: Int[Tensor, "B T"],
    scored: Bool[Tensor, "B T"],
    attention_mask: Tensor | None = None,
    position_ids: Int[Tensor, "#B T"] | None = None,
) -> Float[Tensor, "S V"]:
    """Logits that predict the scored tokens.

    Args:
        model: a Hugging Face causal language model.
        input_ids: [B, T] token ids.
        scored: [B, T] bool, True where the token is to be scored; never in the first column, which nothing predicts.
        attention_mask: [B, T], True where the token is real; or [B, 1, T, T] in the form that the model's attention
            takes, which needs `position_ids`. May be None where padding is on the right only, since causal attention
            never looks there.
        position_ids: [B, T] of every token. None counts from the row's first real one.

    Returns:
        [S, V] logits; row k belongs to the k-th True of `scored`, row by row.

    Raises:
        InvalidInput: where a first token is to be scored.
    """
    model = without_wrapper(model)
    if bool(scored[:, 0].any()):
        raise InvalidInput("The first token of a sequence has no prediction to score; received a mask that marks it.")
    return _head(model, _hidden(model.base_model, input_ids, scored, attention_mask, position_ids))


def response_logits(model: Any, batch: TokenBatch, *, share_prompts: bool = True) -> Float[Tensor, "S V"]:
    """Logits that predict the sampled tokens of a batch: `response_hidden` through the model's head.

    They are the largest tensor of all; `score_tokens` does without.
    """
    return _head(without_wrapper(model), response_hidden(model, batch, share_prompts=share_prompts))


def without_wrapper(model: Any) -> Any:
    """The causal language model, its adapter at work in its layers; peft's wrapper has another `base_model`."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def token_logprobs(
    logits: Float[Tensor, "S V"], targets: Int[Tensor, " S"], temperature: float = 1.0
) -> Float[Tensor, " S"]:
    """Log-probability of each target in nats at a temperature: [S, V], [S] -> [S]. Two equal logits give -0.693."""
    logits = logits.float() / temperature
    return logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)


def token_entropies(logits: Float[Tensor, "S V"], temperature: float = 1.0) -> Float[Tensor, " S"]:
    """Entropy in nats of each predicted distribution: [S, V] -> [S], from 0 to log V."""
    logs = (logits.float() / temperature).log_softmax(1)
    return -(logs.exp() * logs).sum(1)


def _context_tokens(trunk: Any) -> float:
    """How many tokens the model was made for; no limit where its config does not say."""
    return getattr(trunk.config.get_text_config(), "max_position_embeddings", None) or math.inf


def _positions(mask: Tensor) -> Tensor:
    """Position of every token, counted from the row's first real one: [B, T] -> [B, T]; padding before it has 0."""
    return (mask.long().cumsum(1) - 1).clamp(min=0)


def _hidden(
    trunk: Any, input_ids: Tensor, scored: Tensor, attention_mask: Tensor | None, position_ids: Tensor | None
) -> Tensor:
    """[S, H] states that predict the scored tokens; arguments as those of `scored_logits`."""
    inputs: dict[str, Any] = {"input_ids": input_ids, "use_cache": False}
    if attention_mask is not None:
        inputs["attention_mask"] = attention_mask.long() if attention_mask.ndim == 2 else attention_mask
        inputs["position_ids"] = _positions(attention_mask) if position_ids is None else position_ids
    predicting = torch.nn.functional.pad(scored[:, 1:], (0, 1))  # token t is predicted at position t - 1
    return torch.Tensor(trunk(**inputs).last_hidden_state[predicting])


def _head(model: Any, hidden: Tensor) -> Tensor:
    """[S, V] logits, in full precision.

    The number of rows changes at every call, and bfloat16 kernels on a CPU are compiled anew for every shape; the
    loss is also better off.
    """
    head = plain_head(model)
    if head is None:
        return own_head(model, hidden)
    with torch.autocast(hidden.device.type, enabled=False):
        return torch.Tensor(head(hidden.to(head.weight.dtype)))
