"""The output head of a causal language model: a linear projection in most, and in the others the model's own.

Models scale, cap, cut or transform their logits under many names, and an adapter may sit in the head. Where a model
does any of this, its own forward pass is called, with a trunk that answers with the hidden states at hand.

Axes: S scored tokens, V vocabulary, H hidden; L chosen tokens.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutputWithPast

from ..errors import InvalidInput
from .recompute import again_in_backward

# Logits that a head of its own makes at a time: 64 MB.
_CHUNK_ELEMENTS = 2**24
# Whether a model's logits are those of its projection and nothing else.
_PLAIN: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


class _TrunkOutput(BaseModelOutputWithPast):  # type: ignore[misc]
    """Hidden states, and None for whatever else a model's head may hand on."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def own_head(model: Any, hidden: Tensor) -> Tensor:
    """[S, V] logits by the model's own forward pass, its trunk answering with these hidden states.

    Raises:
        InvalidInput: a model whose forward pass asks neither its `base_model` nor its decoder.
    """
    trunks = {id(each): each for each in (model.base_model, model.get_decoder())}.values()
    before = [(each, vars(each).get("forward")) for each in trunks]
    asked = False
    with torch.autocast(hidden.device.type, enabled=False):
        states = hidden.to(model.get_output_embeddings().weight.dtype)[None]

        def answer(*_: Any, **__: Any) -> _TrunkOutput:
            nonlocal asked
            asked = True
            return _TrunkOutput(last_hidden_state=states)

        try:
            for each in trunks:
                each.forward = answer
            logits = torch.Tensor(model(inputs_embeds=states, use_cache=False, return_dict=True).logits[0])
        finally:
            for each, forward in before:
                del each.forward
                if forward is not None:
                    each.forward = forward
    if not asked:
        raise InvalidInput(
            "A model is scored by its trunk (`base_model` or `get_decoder()`) and its head; received a "
            f"{type(model).__name__}, which computes its logits without either. Train another kind of model."
        )
    return logits


def plain_head(model: Any) -> Any:
    """The head, where it is a linear layer and the model does nothing else to its logits; else None.

    Found out by asking once: models scale, cap, cut or transform logits under many names. The state that is asked
    about gives logits of up to 100, so that a cap shows. It is no random one: no generator moves.
    """
    head = model.get_output_embeddings()
    if type(head) is not torch.nn.Linear or "forward" in vars(head) or head._forward_hooks or head._forward_pre_hooks:
        return None
    if model not in _PLAIN:
        with torch.no_grad(), torch.autocast(head.weight.device.type, enabled=False):
            state = torch.linspace(-1, 1, head.in_features, device=head.weight.device).to(head.weight.dtype)
            largest = torch.nn.functional.linear(state, head.weight).abs().max()
            if largest == 0:  # of a head that is all zeros nothing can be said yet
                return None
            state = state * (100 / largest)
            _PLAIN[model] = torch.equal(head(state[None, None])[0].float(), own_head(model, state[None]).float())
    return head if _PLAIN[model] else None


def own_head_scores(
    model: Any, hidden: Tensor, targets: Tensor, temperature: float, entropy: bool, block_elements: int | None
) -> tuple[Tensor, Tensor | None]:
    """`score_tokens` by the model's own head, some rows at a time."""
    rows = max(1, (block_elements or _CHUNK_ELEMENTS) // model.get_output_embeddings().weight.shape[0])
    parts = [
        again_in_backward(model.get_output_embeddings(), _scores_of_rows, model, part, of, temperature, entropy)
        for part, of in zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True)
    ]
    return torch.cat([each for each, _ in parts]), torch.cat([each for _, each in parts]) if entropy else None


def _scores_of_rows(
    model: Any, hidden: Tensor, targets: Tensor, temperature: float, entropy: bool
) -> tuple[Tensor, Tensor | None]:
    logits = own_head(model, hidden)
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32)) / temperature
    logs = logits.log_softmax(1)
    entropies = -(logs.exp() * logs).sum(1) if entropy else None
    return logs.gather(1, targets[:, None]).squeeze(1), entropies


def own_head_logits(model: Any, hidden: Tensor, token_ids: Tensor) -> Tensor:
    """[S, L] logits of a few tokens by the model's own head, some rows at a time."""
    rows = max(1, _CHUNK_ELEMENTS // model.get_output_embeddings().weight.shape[0])
    head = model.get_output_embeddings()
    parts = [again_in_backward(head, _chosen_logits, model, part, token_ids) for part in torch.split(hidden, rows)]
    return torch.cat(parts)


def _chosen_logits(model: Any, hidden: Tensor, token_ids: Tensor) -> Tensor:
    logits = own_head(model, hidden)[:, token_ids]
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
