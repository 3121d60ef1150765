"""The value head of PPO: how much an episode will still earn, read off the hidden state before every token.

It starts at zero, so that the first advantages are the returns themselves and no random numbers.
"""

# ruff: noqa: F722 (the strings in annotations are shapes, not types)

from __future__ import annotations

import copy
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import InvalidOption
from .batch import TokenBatch
from .config import ValueTrunk
from .logprobs import evaluating, response_hidden, without_wrapper


class ValueHead(torch.nn.Module):
    """A linear map from the hidden state that predicts a token to the value before it; zero at the start.

    Args:
        model: the policy, a Hugging Face causal language model.
        trunk: "shared" reads the policy's hidden states, and its gradient goes into them; "own" reads those of a copy
            of the policy's layers, which costs their memory and a second pass; "auto" is "own", and "shared" where the
            model has an adapter.

    Raises:
        InvalidOption: a trunk of its own for a model with an adapter: a copy would be trained whole.
    """

    def __init__(self, model: Any, trunk: ValueTrunk = "auto") -> None:
        super().__init__()
        self.trunk: Any = None
        has_adapter = hasattr(model, "peft_config")
        if trunk == "own" or (trunk == "auto" and not has_adapter):
            if has_adapter:
                raise InvalidOption(
                    'value_trunk="own" copies all layers, and the model has an adapter to train few of them. Set '
                    'value_trunk="shared".'
                )
            self.trunk = copy.deepcopy(model.base_model)
        weight = next(model.parameters())
        width = without_wrapper(model).config.get_text_config().hidden_size
        self.head = torch.nn.Linear(width, 1, device=weight.device, dtype=torch.float32)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)

    def forward(self, batch: TokenBatch, hidden: Float[Tensor, "S H"], **how: bool) -> Float[Tensor, " S"]:
        """The value before each sampled token of the batch.

        Args:
            batch: B episodes, S sampled tokens.
            hidden: the policy's hidden states; not looked at where the trunk is the head's own.
            how: the policy's states were read, the options of `response_hidden`.
        """
        if self.trunk is not None:
            with evaluating(self.trunk):  # copied from a model that may have been left in training mode
                hidden = response_hidden(self.trunk, batch, **how)
        with torch.autocast(hidden.device.type, enabled=False):
            # In float32, but where DeepSpeed has made all weights bfloat16 and keeps the exact ones itself.
            return torch.Tensor(self.head(hidden.to(self.head.weight.dtype)).float().squeeze(-1))
