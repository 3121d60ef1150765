"""Log-probabilities and entropies of chosen tokens under a causal language model.

Only the scored positions go through the output projection: prompts and padding cost a trunk pass and nothing more.

Axes: B sequences, T tokens, S scored tokens (all sequences together, row by row), V vocabulary; N prompts of P tokens,
B responses of R tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import InvalidInput
from .batch import TokenBatch

# Models that change logits after the projection; for these the model's own head is called.
_HEAD_OPTIONS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier_scale")


def scored_logits(
    model: Any,
    input_ids: Tensor,
    scored: Tensor,
    attention_mask: Tensor | None = None,
    position_ids: Tensor | None = None,
) -> Tensor:
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
    inputs: dict[str, Any] = {"input_ids": input_ids, "use_cache": False}
    if attention_mask is not None:
        inputs["attention_mask"] = attention_mask.long() if attention_mask.ndim == 2 else attention_mask
        inputs["position_ids"] = _positions(attention_mask) if position_ids is None else position_ids
    predicting = torch.nn.functional.pad(scored[:, 1:], (0, 1))  # token t is predicted at position t - 1
    if any(getattr(model.config, option, None) for option in _HEAD_OPTIONS):
        return torch.Tensor(model(**inputs).logits[predicting])
    hidden = model.base_model(**inputs).last_hidden_state
    return _head(model, hidden[predicting])


def response_logits(model: Any, batch: TokenBatch, *, share_prompts: bool = True) -> Tensor:
    """Logits that predict the sampled tokens of a batch, each prompt read once for all the responses to it.

    The keys and values of the prompts are handed to the responses through the model's own cache, with their
    gradients; positions go on where each prompt ends. The result is that of reading every episode in full.

    Args:
        model: a Hugging Face causal language model, in evaluation mode: dropout would differ between prompt copies.
        batch: B episodes, S sampled tokens.
        share_prompts: False reads every episode in full; for a model that keeps no cache of keys and values, or does
            without one under gradient checkpointing.

    Returns:
        [S, V] logits; row k belongs to the k-th True of `batch.response_mask`, row by row.
    """
    model = without_wrapper(model)
    lengths = batch.prompt_mask.sum(1)
    rows = batch.prompt_of
    attended = torch.cat([batch.prompt_mask[rows], batch.attention_mask], 1)
    if not share_prompts or any(getattr(model.config, option, None) for option in _HEAD_OPTIONS):
        scored = torch.cat([torch.zeros_like(batch.prompt_mask[rows]), batch.response_mask], 1)
        return scored_logits(model, torch.cat([batch.prompt_ids[rows], batch.response_ids], 1), scored, attended)
    prompts = model.base_model(
        input_ids=batch.prompt_ids,
        attention_mask=batch.prompt_mask.long(),
        position_ids=_positions(batch.prompt_mask),
        use_cache=True,
    )
    cache = prompts.past_key_values
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.index_select(0, rows), layer.values.index_select(0, rows)
    steps = torch.arange(batch.response_ids.shape[1], device=lengths.device)
    responses = model.base_model(
        input_ids=batch.response_ids,
        attention_mask=attended.long(),
        position_ids=lengths[rows][:, None] + steps,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    # Token t is predicted at t - 1; the first token of a response at its prompt's end.
    ends = prompts.last_hidden_state[:, -1].index_select(0, rows)
    return _head(model, torch.cat([ends[:, None], responses[:, :-1]], 1)[batch.response_mask])


def without_wrapper(model: Any) -> Any:
    """The causal language model, its adapter at work in its layers; peft's wrapper has another `base_model`."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _positions(mask: Tensor) -> Tensor:
    """Position of every token, counted from the row's first real one: [B, T] -> [B, T]; padding before it has 0."""
    return (mask.long().cumsum(1) - 1).clamp(min=0)


def _head(model: Any, hidden: Tensor) -> Tensor:
    """The output projection, in full precision.

    The number of rows changes at every call, and bfloat16 kernels on a CPU are compiled anew for every shape; the
    loss is also better off.
    """
    head = model.get_output_embeddings()
    with torch.autocast(hidden.device.type, enabled=False):
        return torch.Tensor(head(hidden.to(head.weight.dtype)))


def token_logprobs(logits: Tensor, targets: Tensor, temperature: float = 1.0) -> Tensor:
    """Log-probability of each target in nats at a temperature: [S, V], [S] -> [S]. Two equal logits give -0.693."""
    logits = logits.float() / temperature
    return logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)


def token_entropies(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Entropy in nats of each predicted distribution: [S, V] -> [S], from 0 to log V."""
    logs = (logits.float() / temperature).log_softmax(1)
    return -(logs.exp() * logs).sum(1)
