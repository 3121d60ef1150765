"""Optimisers: AdamW for fine-tuning, and Muon with AdamW for training from random weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import torch

Optimizer = Literal["adamw", "muon"]


class OptimizerPair(torch.optim.Optimizer):
    """Two optimisers that step, forget and are saved as one."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        self.parts = (first, second)
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step of each."""
        for part in self.parts:
            part.step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def make_optimizer(
    model: Any, learning_rate: float, weight_decay: float = 0.0, kind: Optimizer = "adamw"
) -> torch.optim.Optimizer:
    """An optimiser over the model's trainable parameters.

    Args:
        model: a torch module.
        learning_rate: of both parts; Muon's update is scaled to AdamW's root mean square.
        weight_decay: on matrices only; norms, biases and embeddings have none under "muon".
        kind: "adamw"; or "muon", which orthogonalises the updates of the matrices inside the layers
            (torch.optim.Muon, torch >= 2.9; AdamW takes its place where torch is older).
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if kind == "muon" and hasattr(torch.optim, "Muon"):
        inner = [p for name, p in named if p.ndim == 2 and "embed" not in name and "lm_head" not in name]
        chosen = set(map(id, inner))
        rest = [p for _, p in named if id(p) not in chosen]
        muon = torch.optim.Muon(inner, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
        return OptimizerPair(muon, _adamw([{"params": rest, "weight_decay": 0.0}], learning_rate))
    groups = [
        {"params": [p for _, p in named if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for _, p in named if p.ndim < 2], "weight_decay": 0.0},
    ]
    return _adamw([group for group in groups if group["params"]], learning_rate)


def _adamw(groups: Iterable[dict[str, Any]], learning_rate: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.95), fused=True)


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Sets the rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
