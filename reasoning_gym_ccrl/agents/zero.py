"""DeepSpeed's ZeRO, stages 1 and 2: each process keeps a part of the optimiser's state, or of the gradients as well.

The weights are whole in every process, so sampling, checkpoints of the model and the reference are as ever. What
differs is who makes a step: DeepSpeed's engine does, with the clipping, and makes none where a gradient is not finite.

`deepspeed` is imported when a launch asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ..errors import InvalidOption

ZERO_PARTS = "zero_parts"
"""Where the optimiser's state of every process is in a checkpoint."""

Gather = Callable[[Sequence[Any]], list[Any]]


def check_stage(options: Mapping[str, Any]) -> None:
    """Raises InvalidOption for a stage that is none of ours; `options` are DeepSpeed's "zero_optimization"."""
    if options.get("stage") not in (1, 2):
        raise InvalidOption(
            f"Under DeepSpeed training runs with ZeRO of stage 1 or 2; received stage {options.get('stage')}. Stage 0 "
            "is what a launch without DeepSpeed does; for weights in pieces, as in stage 3, take accelerate launch "
            "--use_fsdp --fsdp_version 2."
        )


class ZeroOptimizer:
    """An engine of DeepSpeed as an optimiser that is saved, loaded and stepped like any other.

    Args:
        scorer: what is trained.
        optimizer: of its parameters; by PyTorch.
        options: DeepSpeed's "zero_optimization", of a stage that `check_stage` lets pass.
        max_grad_norm: gradients are clipped to it.
        gather: the items of all processes, in the order of their ranks.
        rank: of this process.

    Attributes:
        engine: to be called in place of the scorer.
    """

    def __init__(
        self,
        scorer: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        options: Mapping[str, Any],
        max_grad_norm: float,
        gather: Gather,
        rank: int,
    ) -> None:
        import deepspeed

        is_bfloat16 = next(scorer.parameters()).dtype == torch.bfloat16
        config = {
            # We cut micro-batches ourselves, and say which of them is the last.
            "train_micro_batch_size_per_gpu": 1,
            "gradient_accumulation_steps": 1,
            "gradient_clipping": max_grad_norm,
            "zero_optimization": {name: value for name, value in options.items() if value != "auto"},
            "zero_allow_untested_optimizer": True,
            "zero_force_ds_cpu_optimizer": False,
            "bf16": {"enabled": is_bfloat16, "check_grad_overflow": is_bfloat16},
        }
        self.engine, self._optimizer, *_ = deepspeed.initialize(model=scorer, optimizer=optimizer, config=config)
        self._gather, self._rank = gather, rank

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups, whose learning rates may be set."""
        groups: list[dict[str, Any]] = self._optimizer.param_groups
        return groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Nothing: a step leaves no gradients."""

    def backward(self, loss: torch.Tensor) -> None:
        """The backward pass of a micro-batch; gradients are averaged over the processes after the last one."""
        self.engine.backward(loss)

    def step(self) -> float:
        """One step, where the gradient is finite; returns its norm before it was clipped."""
        self.engine.step()
        return float(self.engine.get_global_grad_norm())

    def state_dict(self) -> dict[str, Any]:
        """The parts of all processes: every one of them has to ask."""
        return {ZERO_PARTS: self._gather([self._optimizer.optimizer.state_dict()])}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes this process's part of what `state_dict` gave, in a run of as many processes."""
        self._optimizer.optimizer.load_state_dict(state[ZERO_PARTS][self._rank])

    def take_over_weights(self) -> None:
        """To be called where others have changed the scorer's weights: the parts that steps are made on are copies."""
        self._optimizer.refresh_fp32_params()
