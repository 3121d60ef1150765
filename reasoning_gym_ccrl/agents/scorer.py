"""One forward pass of the policy over a micro-batch, and all that an update reads off it.

A module of its own, because data-parallel wrappers hook into the `forward` of what they wrap: everything that an
update computes with trained weights happens in here.

Axes: S sampled tokens of a micro-batch, N choices of a confidence, L levels.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .batch import TokenBatch
from .confidence_credit import Levels
from .config import TrainConfig
from .logprobs import evaluating, level_logits, response_hidden, score_tokens, without_wrapper
from .precision import mixed_precision
from .value import ValueHead


class Scores(NamedTuple):
    """What the policy says of a micro-batch.

    Attributes:
        logprobs: [S] of the sampled tokens, in nats, at the sampling temperature.
        entropies: [S] of the distributions they were drawn from, in nats.
        values: [S] before each token; None without a value head.
        levels: [N, L] logits of the confidence levels, at the sampling temperature; None where there is no choice.
    """

    logprobs: Tensor
    entropies: Tensor
    values: Tensor | None
    levels: Tensor | None


class Scorer(torch.nn.Module):
    """The policy, and the value head where the algorithm has one.

    Args:
        policy: a Hugging Face causal language model.
        config: its temperature, precision, and how to read.
        value: the head.
        one_pass: every batch takes as many passes of every layer, see `response_hidden`.
    """

    def __init__(
        self, policy: Any, config: TrainConfig, value: ValueHead | None = None, *, one_pass: bool = False
    ) -> None:
        super().__init__()
        self.policy = policy
        self.value = value
        self.config = config
        self.one_pass = one_pass
        # What FSDP2 cuts one by one: the layers, as the model says itself.
        self._no_split_modules = getattr(without_wrapper(policy), "_no_split_modules", None)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return torch.device(self.policy.device)

    def forward(self, batch: TokenBatch, levels: Levels | None = None) -> Scores:
        """Scores the sampled tokens of a batch on the model's device.

        Without dropout, also where the model was left in training mode: under it the policy would be another one than
        the one that sampled, and the ratio would not be 1 where nothing has been learned yet.
        """
        config = self.config
        how = {
            "share_prompts": config.share_prompts and not config.gradient_checkpointing,
            "one_pass": self.one_pass,
        }
        with evaluating(self.policy, config.gradient_checkpointing), self._precision():
            hidden = response_hidden(self.policy, batch, **how)
            logprobs, entropies = score_tokens(
                self.policy,
                hidden,
                batch.targets,
                config.temperature,
                entropy_gradient=config.entropy_coefficient > 0,
            )
            values = None if self.value is None else self.value(batch, hidden, **how)
            chosen = None
            if levels is not None and levels.places:
                rows = hidden[levels.rows_of(batch.response_mask)]
                chosen = level_logits(self.policy, rows, levels.token_ids) / config.temperature
        assert entropies is not None  # they were asked for
        # Copies: FSDP2's hooks are on what is returned, and it warns of views, since writing to one would lose them.
        values = None if values is None else values.clone()
        return Scores(logprobs.clone(), entropies.clone(), values, chosen)

    def _precision(self) -> Any:
        return mixed_precision(self.policy, "bfloat16") if self.config.precision == "bfloat16" else nullcontext()
