"""Optimisers: AdamW for fine-tuning, and Muon with AdamW for training from random weights.

torch.optim.Muon (torch >= 2.9) takes one matrix at a time, which for a tiny model costs as much as forward and
backward pass together; ours stacks matrices of one shape, and is an order of magnitude cheaper there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import torch
from torch import Tensor

from ..errors import unknown_name
from .config import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration in the source
_ITERATIONS = 5


def orthogonalize(matrices: Tensor) -> Tensor:
    """Pushes the singular values of each matrix to about one: [N, rows, columns] -> the same.

    Newton-Schulz iteration; singular values end up within about [0.7, 1.2], not exactly at one, which is enough.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. A 1 x 1 matrix of any
    size and sign c goes to about sign(c).
    """
    a, b, c = _COEFFICIENTS
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x if wide else x.mT
    return result


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised: every direction of a weight matrix is moved equally far.

    Args:
        parameters: matrices only.
        lr: learning rate; an update has the root mean square of AdamW's, 0.2, times this.
        momentum: of Nesterov's kind.
        weight_decay: decoupled.

    Source: as for `orthogonalize`; the scale 0.2 sqrt(max(rows, columns)) from arXiv 2502.16982.
    """

    def __init__(
        self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient; matrices of one shape go together."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape.setdefault(parameter.shape, []).append(parameter)
            for shape, parameters in by_shape.items():
                updates = orthogonalize(torch.stack([self._direction(p, group["momentum"]) for p in parameters]))
                scale = group["lr"] * 0.2 * max(shape) ** 0.5
                for parameter, update in zip(parameters, updates, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).sub_(update, alpha=scale)

    def _direction(self, parameter: Tensor, momentum: float) -> Tensor:
        """The gradient with Nesterov momentum."""
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        state["momentum"].lerp_(parameter.grad, 1 - momentum)
        return parameter.grad.lerp(state["momentum"], momentum)  # type: ignore[union-attr]


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
    model: Any,
    learning_rate: float,
    weight_decay: float = 0.0,
    kind: Optimizer = "adamw",
    *,
    apart: Any = None,
    apart_scale: float = 1.0,
) -> torch.optim.Optimizer:
    """An optimiser over the model's trainable parameters.

    Args:
        model: a torch module.
        learning_rate: of both parts.
        weight_decay: on matrices only; embeddings have none under "muon", norms and biases never.
        kind: "adamw"; or "muon" for the matrices inside the layers, with AdamW for everything else.
        apart: a module in the model whose parameters AdamW trains at another rate, such as a value head.
        apart_scale: that rate, as a multiple of the others'.

    Raises:
        UnknownName: an optimiser that is in no table.
    """
    own = [] if apart is None else [p for p in apart.parameters() if p.requires_grad]
    beside = [{"params": own, "weight_decay": 0.0, "scale": apart_scale}] if own else []
    elsewhere = set(map(id, own))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad and id(p) not in elsewhere]
    if kind not in get_args(Optimizer):
        raise unknown_name("optimizer", kind, get_args(Optimizer))
    if kind == "muon":
        outer = {id(p) for module in _embeddings(model) for p in module.parameters()}
        inner = [p for _, p in named if p.ndim == 2 and id(p) not in outer]
        chosen = set(map(id, inner))
        rest = [p for _, p in named if id(p) not in chosen]
        muon = Muon(inner, learning_rate, weight_decay=weight_decay)
        return OptimizerPair(muon, _adamw([{"params": rest, "weight_decay": 0.0}, *beside], learning_rate))
    groups = [
        {"params": [p for _, p in named if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for _, p in named if p.ndim < 2], "weight_decay": 0.0},
    ]
    return _adamw([*(group for group in groups if group["params"]), *beside], learning_rate)


def _embeddings(model: Any) -> list[Any]:
    """The modules whose matrices are tables of tokens or positions, the output projection among them."""
    found = [module for module in model.modules() if isinstance(module, torch.nn.Embedding)]
    # The language model may lie deeper, as in one that scores with it.
    heads = [each.get_output_embeddings() for each in model.modules() if hasattr(each, "get_output_embeddings")]
    return found + [head for head in heads if head is not None]


def _adamw(groups: Iterable[dict[str, Any]], learning_rate: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.95), fused=True)


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Sets the rate of every parameter group; one that trains at another is set to its multiple."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group.get("scale", 1.0)
