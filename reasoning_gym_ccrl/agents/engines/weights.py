"""A model's weights as engines take them: by name, with adapters added in, and nothing computed twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


@torch.no_grad()
def weights_of(model: Any) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) of every weight, named as in the state dict of the model without its adapters.

    A LoRA adapter is added in, W + scaling * B A, without touching the model: merging and taking apart again would
    round the weights that are trained a little at every update. Tied weights come once.

    Args:
        model: a Hugging Face model, or one that peft wrapped.
    """
    adapted = {
        name: module
        for name, module in model.named_modules()
        if hasattr(module, "get_delta_weight") and hasattr(module, "get_base_layer")
    }
    for name, value in model.named_parameters():
        if _is_of_an_adapter(name):
            continue
        layer = adapted.get(name.removesuffix(".base_layer.weight"))
        if layer is not None and name.endswith(".base_layer.weight") and not layer.merged:
            value = value + sum(
                layer.get_delta_weight(adapter).to(value.dtype)
                for adapter in layer.active_adapters
                if adapter in layer.lora_A or adapter in layer.lora_embedding_A
            )
        yield plain_name(name), value.detach()


def write_weights(weights: Iterable[tuple[str, Tensor]], path: Path) -> None:
    """Writes them into one file of safetensors, as vLLM's loaders read it."""
    from safetensors.torch import save_file

    # Copies, because safetensors takes no tensors that share their memory.
    tensors = {name: value.detach().contiguous().cpu().clone() for name, value in weights}
    save_file(tensors, path, metadata={"format": "pt"})


def plain_name(name: str) -> str:
    """The name that a weight has in the model without its adapters.

    >>> plain_name("base_model.model.model.layers.0.mlp.up_proj.base_layer.weight")
    'model.layers.0.mlp.up_proj.weight'
    """
    if name.startswith("base_model.model."):
        name = name.removeprefix("base_model.model.")
    return name.replace(".base_layer.", ".").replace(".original_module.", ".")


def _is_of_an_adapter(name: str) -> bool:
    return any(f".lora_{part}" in name for part in ("A.", "B.", "embedding_A.", "embedding_B.", "magnitude_vector."))
