"""Log-probabilities and entropies of chosen tokens under a causal language model.

Only the scored positions go through the output projection: prompts and padding cost a trunk pass and nothing more.

Axes: B sequences, T tokens, S scored tokens (all sequences together, row by row), V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import InvalidInput

# Models that change logits after the projection; for these the model's own head is called.
_HEAD_OPTIONS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier_scale")


def scored_logits(model: Any, input_ids: Tensor, scored: Tensor, attention_mask: Tensor | None = None) -> Tensor:
    """Logits that predict the scored tokens.

    Args:
        model: a Hugging Face causal language model.
        input_ids: [B, T] token ids.
        scored: [B, T] bool, True where the token is to be scored; never in the first column, which nothing predicts.
        attention_mask: [B, T], True where the token is real. May be None where padding is on the right only,
            since causal attention never looks there.

    Returns:
        [S, V] logits; row k belongs to the k-th True of `scored`, row by row.

    Raises:
        InvalidInput: where a first token is to be scored.
    """
    if bool(scored[:, 0].any()):
        raise InvalidInput("The first token of a sequence has no prediction to score; received a mask that marks it.")
    inputs: dict[str, Any] = {"input_ids": input_ids, "use_cache": False}
    if attention_mask is not None:
        inputs["attention_mask"] = attention_mask.long()
        inputs["position_ids"] = (attention_mask.long().cumsum(1) - 1).clamp(min=0)
    predicting = torch.nn.functional.pad(scored[:, 1:], (0, 1))  # token t is predicted at position t - 1
    if any(getattr(model.config, option, None) for option in _HEAD_OPTIONS):
        return torch.Tensor(model(**inputs).logits[predicting])
    hidden = model.base_model(**inputs).last_hidden_state
    head = model.get_output_embeddings()
    with torch.autocast(input_ids.device.type, enabled=False):  # the number of rows changes at every call, and
        # bfloat16 kernels on a CPU are compiled anew for every shape; the loss is also better off in full precision
        return torch.Tensor(head(hidden[predicting].to(head.weight.dtype)))


def token_logprobs(logits: Tensor, targets: Tensor, temperature: float = 1.0) -> Tensor:
    """Log-probability of each target in nats at a temperature: [S, V], [S] -> [S]. Two equal logits give -0.693."""
    logits = logits.float() / temperature
    return logits.gather(1, targets[:, None]).squeeze(1) - logits.logsumexp(1)


def token_entropies(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Entropy in nats of each predicted distribution: [S, V] -> [S], from 0 to log V."""
    logs = (logits.float() / temperature).log_softmax(1)
    return -(logs.exp() * logs).sum(1)
