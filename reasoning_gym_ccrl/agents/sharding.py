"""Weights in pieces, as FSDP2 leaves them on the processes, and the whole that they are pieces of.

A run that is sharded trains a copy of the agent's model, cut in pieces; the agent's own stays whole, so that sampling,
saving and the reference work as ever. What is handed over between the two goes through here. Every function that puts
pieces together is called by all processes, in the same order: each piece comes from another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from .zero import ZERO_PARTS, ZeroOptimizer


def whole(value: Any, *, keep: bool = True) -> Any:
    """The value with every tensor in pieces put together, at any depth of mappings and lists.

    Args:
        value: such as a state dict.
        keep: False leaves None for what was put together: the process gives its pieces, and needs no result. True
            moves it to the CPU, one tensor at a time, so that a device never holds more than one.
    """
    if isinstance(value, DTensor):
        together = value.full_tensor()
        return together.cpu() if keep else None
    if isinstance(value, Mapping):
        return {key: whole(each, keep=keep) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([whole(each, keep=keep) for each in value])
    return value


def piece(value: Tensor, like: Tensor) -> Tensor:
    """This process's piece of a whole tensor, cut as `like` is; the tensor itself where that is whole."""
    if not isinstance(like, DTensor) or isinstance(value, DTensor):
        return value
    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)


@torch.no_grad()
def copy_whole(sharded: Any, model: Any) -> None:
    """Gives a whole model the trained weights of its copy in pieces; what is not trained is the same in both."""
    own = dict(model.named_parameters())
    for name, parameter in sharded.named_parameters():
        if parameter.requires_grad:
            value = parameter.full_tensor() if isinstance(parameter, DTensor) else parameter
            own[name].copy_(value)


@torch.no_grad()
def copy_pieces(model: Any, sharded: Any) -> None:
    """The inverse of `copy_whole`: gives a copy in pieces the weights of a whole model."""
    own = dict(model.named_parameters())
    for name, parameter in sharded.named_parameters():
        parameter.copy_(piece(own[name].detach(), parameter))


def load_whole(module: torch.nn.Module, state: Mapping[str, Tensor]) -> None:
    """`module.load_state_dict(state)` of whole tensors, whether or not the module is in pieces."""
    own = module.state_dict()
    module.load_state_dict({name: piece(value, own[name]) for name, value in state.items()})


def load_optimizer(optimizer: Any, state: Mapping[str, Any]) -> None:
    """`optimizer.load_state_dict(state)` of whole tensors, whether or not its parameters are in pieces.

    Raises:
        ValueError: a state of ZeRO for another optimiser, or another's for ZeRO.
    """
    if (ZERO_PARTS in state) != isinstance(optimizer, ZeroOptimizer):
        raise ValueError("its optimiser's state is of a launch with DeepSpeed, or of one without; go on as it began")
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if not any(isinstance(parameter, DTensor) for parameter in parameters):
        optimizer.load_state_dict(state)
        return
    numbers = [number for group in state["param_groups"] for number in group["params"]]
    moments = {
        number: {
            name: piece(value, parameter) if isinstance(value, Tensor) and value.shape == parameter.shape else value
            for name, value in state["state"][number].items()
        }
        for number, parameter in zip(numbers, parameters, strict=True)
        if number in state["state"]
    }
    optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
