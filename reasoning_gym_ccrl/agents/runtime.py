"""One process or many: what training asks of Accelerate, and nothing else of it.

Under `accelerate launch` every process samples its share of an update's problems and learns from it; gradients are
summed by what the launch configured (DDP, FSDP2, DeepSpeed's ZeRO). Loss denominators are those of all processes
together, so an update is the same however many made it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch

from ..errors import InvalidOption, unknown_name
from .zero import ZeroOptimizer, check_stage

Item = TypeVar("Item")


def launched_processes() -> int:
    """How many processes the launcher says there are; known before anything is loaded."""
    return int(os.environ.get("WORLD_SIZE", "1"))


class Runtime:
    """The processes of a run, through Accelerate.

    Args:
        device: of the weights; None takes the one that Accelerate gives this process.
        track: where figures go: "tensorboard", "wandb", "mlflow", "trackio", ...
        folder: of trackers that write files.

    Attributes:
        rank: number of this process, from 0.
        world_size: how many there are.
    """

    def __init__(
        self, device: torch.device | None = None, *, track: Sequence[str] = (), folder: Path | None = None
    ) -> None:
        from accelerate import Accelerator

        check_trackers(track)
        # Weights are put on their device when they are loaded, and rounded where the settings say so.
        self.accelerator = Accelerator(
            device_placement=False,
            cpu=device is not None and device.type == "cpu",
            log_with=list(track) or None,
            project_dir=folder,
        )
        self.rank = int(self.accelerator.process_index)
        self.world_size = int(self.accelerator.num_processes)
        self._device = device or self.accelerator.device
        self._zero: ZeroOptimizer | None = None
        check_wrapper(self.accelerator)

    @property
    def is_sharded(self) -> bool:
        """Whether each process holds a piece of every weight in training, and not the whole: FSDP2."""
        return self.world_size > 1 and bool(self.accelerator.is_fsdp2)

    @property
    def has_zero(self) -> bool:
        """Whether DeepSpeed makes the steps."""
        return self.world_size > 1 and str(self.accelerator.distributed_type.value) == "DEEPSPEED"

    @property
    def is_main(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> list[Item]:
        """Every n-th of the items, those of this process."""
        return list(items[self.rank :: self.world_size])

    def prepare(
        self,
        scorer: torch.nn.Module,
        make_optimizer: Callable[[torch.nn.Module], torch.optim.Optimizer],
        max_grad_norm: float,
    ) -> tuple[Any, Any]:
        """Scorer and optimiser, wrapped as the launch asks; as they are in a single process.

        Args:
            scorer: what is trained.
            make_optimizer: makes its optimiser.
            max_grad_norm: that steps will be made with.
        """
        if self.world_size == 1:
            return scorer, make_optimizer(scorer)
        if self.is_sharded:
            from accelerate.utils import fsdp2_prepare_model

            # Every process has loaded all weights, since it samples with them: there is nothing to be sent around.
            self.accelerator.state.fsdp_plugin.cpu_ram_efficient_loading = False
            # The optimiser is made of the pieces. `accelerator.prepare` would exchange the weights of one that is made
            # before, and tell them by their address in memory, which is the same for all pieces that are empty.
            wrapped = fsdp2_prepare_model(self.accelerator, scorer)
            return wrapped, make_optimizer(wrapped)
        if self.has_zero:
            options = self.accelerator.state.deepspeed_plugin.deepspeed_config["zero_optimization"]
            made = make_optimizer(scorer)
            self._zero = ZeroOptimizer(scorer, made, options, max_grad_norm, self.gather, self.rank)
            return self._zero.engine, self._zero
        wrapped, prepared = self.accelerator.prepare(scorer, make_optimizer(scorer))
        return wrapped, prepared

    def cut_apart(self, module: torch.nn.Module) -> None:
        """In a sharded run, before `prepare`: cuts a module in pieces by itself, its type being another's."""
        if self.is_sharded:
            from torch.distributed.fsdp import fully_shard

            fully_shard(module)

    @contextmanager
    def accumulating(self, scorer: Any, *, is_last: bool) -> Iterator[None]:
        """Gradients add up inside, and are summed over processes after the last micro-batch alone."""
        if self._zero is not None:
            scorer.set_gradient_accumulation_boundary(is_last)
            yield
        elif is_last or self.world_size == 1:
            yield
        else:
            with self.accelerator.no_sync(scorer):
                yield

    def backward(self, loss: torch.Tensor) -> None:
        """The backward pass of this process's share of a loss; wrappers average gradients, and shares add up."""
        if self.world_size == 1:
            loss.backward()  # type: ignore[no-untyped-call]
        elif self._zero is not None:
            self._zero.backward(loss * self.world_size)
        else:
            self.accelerator.backward(loss * self.world_size)

    def step(
        self, optimizer: torch.optim.Optimizer, parameters: Sequence[torch.nn.Parameter], max_norm: float, loss: float
    ) -> float:
        """One step of the optimiser with gradients that are scaled down to a norm, where they and the loss are finite.

        Returns:
            The gradient's norm before; where it is not finite, no step was made.
        """
        if not math.isfinite(loss):
            optimizer.zero_grad(set_to_none=True)
            return math.nan
        if self._zero is not None:
            return self._zero.step()
        if self.world_size == 1:
            norm = float(torch.nn.utils.clip_grad_norm_(parameters, max_norm))
        else:
            norm = float(self.accelerator.clip_grad_norm_(parameters, max_norm))
        if math.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return norm

    def weights_were_loaded(self) -> None:
        """To be called after a checkpoint's weights went into a scorer that is prepared."""
        if self._zero is not None:
            self._zero.take_over_weights()

    def sum(self, numbers: Sequence[float]) -> list[float]:
        """Each number summed over the processes."""
        return self._reduced(numbers, torch.distributed.ReduceOp.SUM if self.world_size > 1 else None)

    def max(self, number: float) -> float:
        """The largest over the processes."""
        return self._reduced([number], torch.distributed.ReduceOp.MAX if self.world_size > 1 else None)[0]

    def _reduced(self, numbers: Sequence[float], how: Any) -> list[float]:
        if how is None:
            return list(numbers)
        held = torch.tensor(list(numbers), dtype=torch.float64, device=self._device)
        torch.distributed.all_reduce(held, how)
        return [float(each) for each in held]

    def gather(self, items: Sequence[Any]) -> list[Any]:
        """The items of all processes, in the order of their ranks."""
        if self.world_size == 1:
            return list(items)
        from accelerate.utils import gather_object

        return list(gather_object(list(items)))

    def wait(self) -> None:
        """Returns when every process has come here."""
        if self.world_size > 1:
            self.accelerator.wait_for_everyone()

    def start_tracking(self, project: str, settings: Mapping[str, Any]) -> None:
        """Begins a run in the trackers, with its settings; those that are no text, number or truth are written out."""
        if self.accelerator.log_with:
            plain = {k: v if isinstance(v, int | float | str | bool) else str(v) for k, v in settings.items()}
            self.accelerator.init_trackers(project, config=plain)

    def track(self, figures: Mapping[str, float], step: int) -> None:
        """Hands the figures of an update to the trackers; those that are not finite are left out."""
        if self.accelerator.trackers:
            self.accelerator.log({name: value for name, value in figures.items() if math.isfinite(value)}, step=step)

    def stop_tracking(self) -> None:
        """Ends the trackers' runs."""
        if self.accelerator.trackers:
            self.accelerator.end_training()


def check_wrapper(accelerator: Any) -> None:
    """Raises InvalidOption where the launch asks for a way to share out a model that is none of ours."""
    kind = str(accelerator.distributed_type.value)
    if kind == "FSDP" and not accelerator.is_fsdp2:
        raise InvalidOption("Sharded training is FSDP2; received a launch with version 1. Set fsdp_version: 2.")
    if kind == "DEEPSPEED":
        check_stage(accelerator.state.deepspeed_plugin.deepspeed_config["zero_optimization"])
    if kind == "MEGATRON_LM":
        raise InvalidOption("Training runs under DDP, FSDP2 or DeepSpeed; received a launch with Megatron-LM.")


def check_share(problems_per_update: int, processes: int) -> None:
    """Raises InvalidOption where an update's problems cannot be shared out evenly."""
    if problems_per_update % processes:
        raise InvalidOption(
            f"problems_per_update is shared out evenly, so it is a multiple of the {processes} processes; received "
            f"{problems_per_update}."
        )


def check_trackers(names: Sequence[str]) -> None:
    """Checks that every tracker is known, and installed.

    Raises:
        UnknownName: one that Accelerate does not have.
        InvalidOption: one whose package is missing.
    """
    if not names:
        return
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    available = {str(getattr(each, "value", each)) for each in get_available_trackers()}
    for name in names:
        if name not in LOGGER_TYPE_TO_CLASS:
            raise unknown_name("tracker", name, LOGGER_TYPE_TO_CLASS)
        if name not in available:
            raise InvalidOption(f"A tracker's package must be installed; {name} is not: pip install {name}.")
