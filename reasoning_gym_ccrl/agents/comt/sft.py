"""Supervised fine-tuning on completions: the loss is taken on what follows the prompt, and on nothing else.

Examples are sorted by length within a pool and padded on the right per batch, or packed (`packing`); the loss is the
mean over the scored tokens of the update, so that it does not depend on the padding.

Axes: B examples, T tokens.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import InvalidOption, TrainingDiverged
from ..base_corpus import TextExample
from ..config import Optimizer
from ..logprobs import scored_logits
from ..optimizers import make_optimizer, set_learning_rate
from ..precision import Precision, mixed_precision
from .packing import PackedBatch, collate_packed, packed_attention
from .sft_checkpoint import Progress, load_progress, save_progress, skip_to
from .sft_data import TokenExample, batches, collate, tokenize

__all__ = [
    "SFTConfig",
    "SFTResult",
    "TokenExample",
    "batches",
    "collate",
    "completion_loss",
    "fine_tune",
    "learning_rate_at",
    "packed_loss",
    "tokenize",
]

_MULTIPLE = 8  # of a batch's width, in tokens


@dataclass(frozen=True, slots=True)
class SFTConfig:
    """Settings of one fine-tuning run.

    Attributes:
        updates: optimiser steps; fixed, never by the clock.
        batch_size: examples per update; a fraction is met on average.
        learning_rate: peak of the schedule (linear warm-up, then cosine down to a tenth).
        warmup_updates: length of the warm-up.
        weight_decay: AdamW's, on matrices only.
        max_grad_norm: gradients are scaled down to this norm.
        pool_batches: batches that are sorted by length together; more means less padding.
        max_length_tokens: longer examples are left out.
        optimizer: "adamw", or "muon" for the matrices inside the layers: twice as fast from random weights.
        precision: of the matrix products: "float32", "bfloat16", or "auto", which takes what is faster.
        packing: several examples share a row, none sees another; the same loss and gradients.
        row_tokens: length of a packed row; 0 takes that of the longest example of the update.
        checkpoint_every: updates between checkpoints; 0 writes none but the last.
        validate_every: updates between two looks at the validation data; 0 looks at the end alone.
        patience: looks without a lower validation loss after which the run ends; 0 never ends it early.

    Raises:
        InvalidOption: a count below its least value, or patience without looks.
    """

    updates: int = 1000
    batch_size: float = 64
    learning_rate: float = 2e-3
    warmup_updates: int = 50
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    pool_batches: int = 16
    max_length_tokens: int = 512
    optimizer: Optimizer = "adamw"
    precision: Precision = "auto"
    packing: bool = False
    row_tokens: int = 0
    checkpoint_every: int = 0
    validate_every: int = 0
    patience: int = 0

    def __post_init__(self) -> None:
        least = {"batch_size": 1, "pool_batches": 1, "max_length_tokens": 2}
        least |= dict.fromkeys(("row_tokens", "checkpoint_every", "validate_every", "patience"), 0)
        for name, bound in least.items():
            if not bound <= getattr(self, name) < math.inf:
                raise InvalidOption(f"{name} is at least {bound}; received {getattr(self, name)}.")
        if self.patience and not self.validate_every:
            raise InvalidOption(
                f"patience counts looks at the validation data; received patience={self.patience} with "
                "validate_every=0. Set validate_every."
            )


@dataclass(frozen=True, slots=True)
class SFTResult:
    """What a run came to.

    Attributes:
        updates: made in all, by earlier parts of the run too.
        scored_tokens: that the loss was taken on.
        best_update: updates made when the validation loss was lowest; 0 without validation.
        best_loss: that loss, or None.
        stopped_early: patience ended the run, and the model has the weights of `best_update`.
    """

    updates: int
    scored_tokens: int
    best_update: int
    best_loss: float | None
    stopped_early: bool


def completion_loss(model: Any, input_ids: Tensor, scored: Tensor) -> Tensor:
    """Mean negative log-likelihood in nats per scored token; a uniform guess among 920 tokens gives 6.82."""
    logits = scored_logits(model, input_ids, scored)
    return torch.nn.functional.cross_entropy(logits.float(), input_ids[scored])


def packed_loss(model: Any, batch: PackedBatch) -> Tensor:
    """`completion_loss` of examples that share rows: the same number, and the same gradients.

    Raises:
        InvalidOption: a model whose examples cannot be told apart in a row; see `packing.check_packable`.
    """
    mask = packed_attention(model, batch.segments)
    logits = scored_logits(model, batch.input_ids, batch.scored, mask, batch.position_ids)
    return torch.nn.functional.cross_entropy(logits.float(), batch.input_ids[batch.scored])


def learning_rate_at(update: int, config: SFTConfig) -> float:
    """Linear warm-up to the peak, then a cosine down to a tenth of it when the updates are over.

    With 100 updates, 10 of them to warm up, and a peak of 1: 0.1 at update 0, 1 at 9 and 10, 0.55 at 55.
    """
    if update < config.warmup_updates:
        return config.learning_rate * (update + 1) / config.warmup_updates
    progress = (update - config.warmup_updates) / max(1, config.updates - config.warmup_updates)
    return config.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * progress)))


def fine_tune(
    model: Any,
    tokenizer: Any,
    examples: Iterator[TextExample],
    config: SFTConfig,
    rng: random.Random,
    *,
    on_update: Callable[[int, dict[str, float]], None] | None = None,
    validate: Callable[[], Mapping[str, float]] | None = None,
    folder: Path | None = None,
) -> SFTResult:
    """Trains the model in place for `config.updates` updates, or until the examples run out, or patience does.

    Args:
        model: a Hugging Face causal language model; with an adapter (`agents.lora`) the adapter alone is trained.
        tokenizer: its tokenizer.
        examples: what to learn; cycle or repeat it outside to see examples again.
        config: the settings.
        rng: orders the batches.
        on_update: called after each update with its number from 0 and {"loss", "learning_rate", "grad_norm", …}.
        validate: measures the model; its figures join those of the update after which it is called. Patience watches
            "validation_loss".
        folder: where checkpoints go. A run that was killed goes on from there to the same weights, if model, examples
            and rng are made as they were at its beginning. None keeps none.

    Raises:
        TrainingDiverged: when loss or gradient are no longer finite; the update is not made.
        InvalidOption: the folder holds a checkpoint of other settings or data; patience without `validate`.
        DataError: the folder holds something that is no checkpoint, or one of another model.
    """
    if config.patience and validate is None:
        raise InvalidOption("patience watches the validation loss; pass validate=, or patience=0.")
    optimizer = make_optimizer(model, config.learning_rate, config.weight_decay, config.optimizer)
    progress = load_progress(folder, model, optimizer, config)
    stream = batches(examples, tokenizer, config, rng)
    if progress.update and not progress.stopped:
        skip_to(stream, progress)
    model.train()
    saved = progress.update
    for batch in islice(stream, 0 if progress.stopped else max(0, config.updates - progress.update)):
        update = progress.update
        figures = _learn(model, tokenizer, batch, config, optimizer, update)
        progress.learned_from(batch)
        last = update + 1 == config.updates
        if validate is not None and (last or (config.validate_every and (update + 1) % config.validate_every == 0)):
            figures = figures | dict(validate())
            progress.looked(model, figures.get("validation_loss", math.inf), config.patience)
        if on_update is not None:
            on_update(update, figures)
        due = config.checkpoint_every and (update + 1) % config.checkpoint_every == 0
        if folder is not None and (last or due or progress.stopped):
            save_progress(folder, model, tokenizer, optimizer, config, progress)
            saved = progress.update
        if progress.stopped:
            break
    if folder is not None and saved != progress.update:  # the examples ran out
        save_progress(folder, model, tokenizer, optimizer, config, progress)
    progress.restore_best(model)
    model.eval()
    return _result(progress)


def _result(progress: Progress) -> SFTResult:
    best_loss = progress.best_loss if math.isfinite(progress.best_loss) else None
    return SFTResult(progress.update, progress.scored_tokens, progress.best_update, best_loss, progress.stopped)


def _learn(
    model: Any,
    tokenizer: Any,
    batch: Sequence[TokenExample],
    config: SFTConfig,
    optimizer: torch.optim.Optimizer,
    update: int,
) -> dict[str, float]:
    """One optimiser step on the batch; returns its figures."""
    started = time.perf_counter()
    rate = learning_rate_at(update, config)
    set_learning_rate(optimizer, rate)
    loss = _loss(model, batch, tokenizer.pad_token_id, config)
    loss.backward()  # type: ignore[no-untyped-call]
    grad_norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_grad_norm))
    if not math.isfinite(grad_norm):
        raise TrainingDiverged(
            f"Loss and gradients must be finite; update {update} has loss {loss.item():.4g} and gradient norm "
            f"{grad_norm:.4g}. Lower the learning rate (it is {rate:.2g}); the weights before it are intact."
        )
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    seconds = time.perf_counter() - started
    return {
        "loss": loss.item(),
        "learning_rate": rate,
        "grad_norm": grad_norm,
        "tokens_per_second": sum(len(e.token_ids) for e in batch) / seconds,
    }


def _loss(model: Any, batch: Sequence[TokenExample], pad_id: int, config: SFTConfig) -> Tensor:
    if config.packing:
        longest = max(len(example.token_ids) for example in batch)
        packed = collate_packed(batch, pad_id, config.row_tokens or longest, multiple=_MULTIPLE).to(model.device)
        with mixed_precision(model, config.precision):
            return packed_loss(model, packed)
    input_ids, scored = collate(batch, pad_id, multiple=_MULTIPLE)
    input_ids, scored = input_ids.to(model.device), scored.to(model.device)
    with mixed_precision(model, config.precision):
        return completion_loss(model, input_ids, scored)
