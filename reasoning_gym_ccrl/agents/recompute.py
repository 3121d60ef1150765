"""Evaluation mode, where nothing is random; and what is not kept but computed again in the backward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers.cache_utils import Cache
from transformers.modeling_layers import GradientCheckpointingLayer

from ..errors import InvalidInput, InvalidOption


@contextmanager
def evaluating(model: Any, gradient_checkpointing: bool = False) -> Iterator[None]:
    """The model in evaluation mode, so that nothing in it is random; afterwards every module as it was before.

    Args:
        model: a Hugging Face causal language model.
        gradient_checkpointing: recomputes each layer in the backward pass in place of keeping what it made.
            transformers' own does so in training mode alone, where dropout is at work. The backward pass may come
            after this context: layers recompute in the mode of their forward pass. A layer cannot be recomputed on a
            cache that it has added to, so read prompts with `share_prompts=False`.

    Raises:
        InvalidOption: gradient checkpointing of a model that says not where its layers are.
    """
    modes = _modes(model)
    layers = [each for each in model.modules() if isinstance(each, GradientCheckpointingLayer)]
    if gradient_checkpointing and not layers:
        raise InvalidOption(
            "Gradient checkpointing needs layers that are transformers' GradientCheckpointingLayer; received a "
            f"{type(model).__name__} without any. Train it with gradient_checkpointing=False."
        )
    before = [(each, vars(each).get("forward")) for each in layers] if gradient_checkpointing else []
    try:
        model.eval()
        for layer, _ in before:
            layer.forward = partial(_recomputed, layer, layer.forward)
        yield
    finally:
        for layer, forward in before:
            del layer.forward
            if forward is not None:
                layer.forward = forward
        _set_modes(modes)


def again_in_backward(module: Any, function: Any, *arguments: Any) -> Any:
    """The function's result. Nothing in between is kept: the backward pass calls it again, in the mode of now."""
    if not torch.is_grad_enabled():
        return function(*arguments)
    run = partial(_as_now, _modes(module), _attention(module), function)
    return checkpoint(run, *arguments, use_reentrant=False)


def _recomputed(layer: Any, forward: Any, *arguments: Any, **named: Any) -> Any:
    """A layer's forward pass that keeps nothing but its inputs."""
    if not torch.is_grad_enabled():
        return forward(*arguments, **named)
    if any(isinstance(each, Cache) for each in (*arguments, *named.values())):
        raise InvalidInput(
            "Under gradient checkpointing a layer takes no cache of keys and values: its second run would add to it "
            "again. Received one; read prompts with share_prompts=False."
        )
    run = partial(_as_now, _modes(layer), _attention(layer), forward)
    return checkpoint(run, *arguments, use_reentrant=False, preserve_rng_state=False, **named)


def _modes(module: Any) -> list[tuple[Any, bool]]:
    return [(each, each.training) for each in module.modules()]


def _set_modes(modes: list[tuple[Any, bool]]) -> None:
    for module, training in modes:
        module.training = training


def _attention(module: Any) -> list[tuple[Any, str | None]]:
    """The configs that say how the module's attention is computed, with what they say; mixed precision changes it."""
    configs: list[Any] = [getattr(each, "config", None) for each in module.modules()]
    distinct = {id(each): each for each in configs if hasattr(each, "_attn_implementation")}
    return [(each, each._attn_implementation) for each in distinct.values()]


def _set_attention(attention: list[tuple[Any, str | None]]) -> None:
    for config, kind in attention:
        if config._attn_implementation != kind:
            config._attn_implementation = kind


def _as_now(
    modes: list[tuple[Any, bool]], attention: list[tuple[Any, str | None]], function: Any, *arguments: Any, **named: Any
) -> Any:
    """Calls a function in the modes and with the attention that were noted, and puts back what there is by then."""
    modes_then = [(module, module.training) for module, _ in modes]
    attention_then = [(config, config._attn_implementation) for config, _ in attention]
    _set_modes(modes)
    _set_attention(attention)
    try:
        return function(*arguments, **named)
    finally:
        _set_modes(modes_then)
        _set_attention(attention_then)
