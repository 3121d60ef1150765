"""Supervised fine-tuning on completions: the loss is taken on what follows the prompt, and on nothing else.

Prompt and completion (and, in it, what is scored and what is not) are tokenised apart and joined as token ids, so
the borders of the mask are exact whatever the tokenizer does with white space. Examples are sorted by length within a
pool and padded on the right per batch; the loss is the mean over the scored tokens of the update, so that it does not
depend on the padding.

Axes: B examples, T tokens.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ...errors import InvalidInput, TrainingDiverged
from ..base_corpus import TextExample
from ..logprobs import scored_logits
from ..optimizers import Optimizer, make_optimizer, set_learning_rate
from ..policy import encode_prompts
from ..precision import Precision, mixed_precision


@dataclass(frozen=True, slots=True)
class SFTConfig:
    """Settings of one fine-tuning run.

    Attributes:
        updates: optimiser steps; fixed, never by the clock.
        batch_size: examples per update.
        learning_rate: peak of the schedule (linear warm-up, then cosine down to a tenth).
        warmup_updates: length of the warm-up.
        weight_decay: AdamW's, on matrices only.
        max_grad_norm: gradients are scaled down to this norm.
        pool_batches: batches that are sorted by length together; more means less padding.
        max_length_tokens: longer examples are left out.
        optimizer: "adamw", or "muon" for the matrices inside the layers: twice as fast from random weights.
        precision: of the matrix products: "float32", "bfloat16", or "auto", which takes what is faster.
    """

    updates: int = 1000
    batch_size: int = 64
    learning_rate: float = 2e-3
    warmup_updates: int = 50
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    pool_batches: int = 16
    max_length_tokens: int = 512
    optimizer: Optimizer = "adamw"
    precision: Precision = "auto"


@dataclass(frozen=True, slots=True)
class TokenExample:
    """Token ids of a whole example, and which of them are scored."""

    token_ids: tuple[int, ...]
    scored: tuple[bool, ...]


def tokenize(examples: Sequence[TextExample], tokenizer: Any) -> list[TokenExample]:
    """Tokenises prompt and pieces apart; `ends` adds the end-of-sequence token, scored.

    Raises:
        InvalidInput: an example with no prompt, which leaves nothing to predict its first token from; or one in which
            nothing is scored.
    """
    if any(not example.prompt for example in examples):
        raise InvalidInput("An example needs a prompt of at least one token; received an empty one.")
    prompts = encode_prompts(tokenizer, [example.prompt for example in examples])
    pieces = [text for example in examples for text, _ in example.completion]
    encoded = iter(tokenizer(pieces, add_special_tokens=False)["input_ids"] if pieces else ())
    result = []
    for example, prompt in zip(examples, prompts, strict=True):
        token_ids, scored = list(prompt), [False] * len(prompt)
        for _, is_scored in example.completion:
            ids = next(encoded)
            token_ids += ids
            scored += [is_scored] * len(ids)
        if example.ends:
            token_ids.append(tokenizer.eos_token_id)
            scored.append(True)
        if not any(scored):
            raise InvalidInput(f"An example needs a token to learn; nothing is scored in {example.completion!r}.")
        result.append(TokenExample(tuple(token_ids), tuple(scored)))
    return result


def collate(examples: Sequence[TokenExample], pad_id: int, multiple: int = 1) -> tuple[Tensor, Tensor]:
    """Right-padded token ids [B, T] and the mask of scored tokens [B, T]; masks go by length, never by token id.

    T is rounded up to a `multiple`: kernels that are compiled for each shape then meet only a few.

    >>> examples = [TokenExample((5, 6, 7), (False, False, True)), TokenExample((8, 9), (False, True))]
    >>> ids, scored = collate(examples, pad_id=0)
    >>> ids.tolist(), scored.tolist()
    ([[5, 6, 7], [8, 9, 0]], [[False, False, True], [False, True, False]])
    """
    width = -(-max(len(example.token_ids) for example in examples) // multiple) * multiple
    input_ids = torch.full((len(examples), width), pad_id)
    scored = torch.zeros((len(examples), width), dtype=torch.bool)
    for row, example in enumerate(examples):
        length = len(example.token_ids)
        input_ids[row, :length] = torch.tensor(example.token_ids)
        scored[row, :length] = torch.tensor(example.scored)
    return input_ids, scored


def completion_loss(model: Any, input_ids: Tensor, scored: Tensor) -> Tensor:
    """Mean negative log-likelihood in nats per scored token; a uniform guess among 920 tokens gives 6.82."""
    logits = scored_logits(model, input_ids, scored)
    return torch.nn.functional.cross_entropy(logits.float(), input_ids[scored])


def learning_rate_at(update: int, config: SFTConfig) -> float:
    """Linear warm-up to the peak, then a cosine down to a tenth of it when the updates are over.

    With 100 updates, 10 of them to warm up, and a peak of 1: 0.1 at update 0, 1 at 9 and 10, 0.55 at 55.
    """
    if update < config.warmup_updates:
        return config.learning_rate * (update + 1) / config.warmup_updates
    progress = (update - config.warmup_updates) / max(1, config.updates - config.warmup_updates)
    return config.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * progress)))


def batches(
    examples: Iterator[TextExample], tokenizer: Any, config: SFTConfig, rng: random.Random
) -> Iterator[list[TokenExample]]:
    """Batches of examples of similar length, in random order."""
    size = config.batch_size
    while pool := tokenize(list(islice(examples, size * config.pool_batches)), tokenizer):
        pool = [e for e in pool if len(e.token_ids) <= config.max_length_tokens]
        pool.sort(key=lambda example: len(example.token_ids))
        groups = [pool[start : start + size] for start in range(0, len(pool), size)]
        rng.shuffle(groups)
        yield from groups


def fine_tune(
    model: Any,
    tokenizer: Any,
    examples: Iterator[TextExample],
    config: SFTConfig,
    rng: random.Random,
    *,
    on_update: Callable[[int, dict[str, float]], None] | None = None,
) -> None:
    """Trains the model in place for `config.updates` updates, or until the examples run out.

    Args:
        model: a Hugging Face causal language model.
        tokenizer: its tokenizer.
        examples: what to learn; cycle or repeat it outside to see examples again.
        config: the settings.
        rng: orders the batches.
        on_update: called after each update with its number from 0 and {"loss", "learning_rate", "grad_norm", …}.

    Raises:
        TrainingDiverged: when loss or gradient are no longer finite; the update is not made.
    """
    optimizer = make_optimizer(model, config.learning_rate, config.weight_decay, config.optimizer)
    model.train()
    for update, batch in enumerate(islice(batches(examples, tokenizer, config, rng), config.updates)):
        started = time.perf_counter()
        rate = learning_rate_at(update, config)
        set_learning_rate(optimizer, rate)
        input_ids, scored = collate(batch, tokenizer.pad_token_id, multiple=8)
        input_ids, scored = input_ids.to(model.device), scored.to(model.device)
        with mixed_precision(model, config.precision):
            loss = completion_loss(model, input_ids, scored)
        loss.backward()  # type: ignore[no-untyped-call]
        grad_norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_grad_norm))
        if not math.isfinite(grad_norm):
            raise TrainingDiverged(
                f"Loss and gradients must be finite; update {update} has loss {loss.item():.4g} and gradient norm "
                f"{grad_norm:.4g}. Lower the learning rate (it is {rate:.2g}); the weights before it are intact."
            )
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if on_update is not None:
            seconds = time.perf_counter() - started
            on_update(
                update,
                {
                    "loss": loss.item(),
                    "learning_rate": rate,
                    "grad_norm": grad_norm,
                    "tokens_per_second": sum(len(e.token_ids) for e in batch) / seconds,
                },
            )
    model.eval()
