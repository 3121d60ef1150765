"""Generation with any Hugging Face causal language model, in this process, on CPU or CUDA.

A prompt is read once however many samples are drawn from it; the key-value cache is allocated once instead of being
copied at every token; finished rows leave the batch in bulk; the log-probability of each token comes from the very
logits it was sampled from, at the sampling temperature.

Axes: B rows (prompts times samples), T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from ...errors import InvalidInput
from ...seeding import derive_seed
from .base import Engine, Generation, SamplingParams, StopReason, StopStrings, budget_of, check_prompts
from .ends import end_token_ids
from .refill import generate_refilled
from .weights import weights_of

_REPACK_AT = 0.8
"""Ended rows leave the batch when this share or less is still running: repacking copies the whole cache."""


class _PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
    """A cache layer that writes into one buffer of fixed capacity and hands out views of the filled part."""

    is_initialized: bool
    keys: Tensor
    values: Tensor

    def __init__(self, capacity_tokens: int) -> None:
        super().__init__()
        self.capacity_tokens = capacity_tokens
        self.length = 0

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            rows, heads, _, width = key_states.shape
            self.key_buffer = key_states.new_empty(rows, heads, self.capacity_tokens, width)
            self.value_buffer = value_states.new_empty(rows, heads, self.capacity_tokens, value_states.shape[-1])
            self.dtype, self.device, self.is_initialized = key_states.dtype, key_states.device, True
        end = self.length + key_states.shape[-2]
        self.key_buffer[:, :, self.length : end] = key_states
        self.value_buffer[:, :, self.length : end] = value_states
        self.length = end
        self._view()
        return self.keys, self.values

    def select(self, rows: Tensor) -> None:
        """Keeps (or repeats) the given rows."""
        old_keys, old_values, filled = self.key_buffer, self.value_buffer, self.length
        self.key_buffer = old_keys.new_empty(len(rows), *old_keys.shape[1:])
        self.value_buffer = old_values.new_empty(len(rows), *old_values.shape[1:])
        self.key_buffer[:, :, :filled] = old_keys[rows, :, :filled]
        self.value_buffer[:, :, :filled] = old_values[rows, :, :filled]
        self._view()

    def join(self, other: _PreallocatedLayer, first: int, width: int, room_tokens: int) -> None:
        """Takes in the rows of another layer; columns before `first` are dropped, and both end at column `width`."""
        for name in ("key_buffer", "value_buffer"):
            parts = [getattr(self, name)[:, :, first : self.length], getattr(other, name)[:, :, : other.length]]
            rows, (_, heads, _, size) = sum(map(len, parts)), parts[0].shape
            # Zeros, because what the mask hides is multiplied all the same.
            joined = parts[0].new_zeros(rows, heads, width + room_tokens, size)
            joined[: len(parts[0]), :, width - parts[0].shape[2] : width] = parts[0]
            joined[len(parts[0]) :, :, width - parts[1].shape[2] : width] = parts[1]
            setattr(self, name, joined)
        self.length = width
        self._view()

    def _view(self) -> None:
        self.keys = self.key_buffer[:, :, : self.length]
        self.values = self.value_buffer[:, :, : self.length]


_RUNNING, _EOS, _STOP = 0, 1, 2
_REASONS: tuple[StopReason, ...] = ("length", "eos", "stop")


def open_engine(
    path: str, tokenizer: Any, load_model: Callable[[], Any], *, device: str, dtype: str, **options: Any
) -> Engine:
    """The engine on the model's own weights; `options` are those of TransformersEngine, such as `max_rows`."""
    model = load_model()
    return TransformersEngine(
        model, end_token_ids(model, tokenizer), tokenizer.pad_token_id, tokenizer=tokenizer, **options
    )


class TransformersEngine:
    """Samples from a model that lives in this process; training changes its weights and it sees them at once.

    Args:
        model: a Hugging Face causal language model.
        eos_token_ids: any of these ends a completion.
        pad_token_id: fills shorter prompts on the left; attention never sees it.
        max_rows: prompts times samples that are decoded together.
        tokenizer: needed for stop strings alone.
        refill: rows that have ended make room for waiting prompts; for more rows than `max_rows`, of very uneven
            lengths. Equal seeds give equal samples, but not those that they give without it.
    """

    def __init__(
        self,
        model: Any,
        eos_token_ids: Sequence[int],
        pad_token_id: int,
        max_rows: int = 256,
        *,
        tokenizer: Any = None,
        refill: bool = False,
    ) -> None:
        self.refill = refill
        self.model = model
        self.eos_token_ids = torch.tensor(sorted(set(eos_token_ids)), dtype=torch.long)
        self.pad_token_id = pad_token_id
        self.max_rows = max_rows
        self.tokenizer = tokenizer

    @property
    def context_tokens(self) -> int | None:
        """How many tokens the model was made for; None where its config does not say."""
        found = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return int(found) if found else None

    def load_weights(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Copies new values into the model's own parameters.

        Raises:
            InvalidInput: a name that the model does not have, or a tensor of another shape.
        """
        own = dict(self.model.state_dict(keep_vars=True))
        with torch.no_grad():
            for name, value in weights:
                if name not in own or own[name].shape != value.shape:
                    has = "no such weight" if name not in own else f"one of shape {tuple(own[name].shape)}"
                    raise InvalidInput(
                        f"Weights are named and shaped as in the model's state dict; received {name!r} of shape "
                        f"{tuple(value.shape)}, and the model has {has}."
                    )
                own[name].copy_(value)

    def sync(self, model: Any) -> None:
        """Takes over this model's weights; nothing to do where it is the engine's own."""
        if model is not self.model:
            self.load_weights(weights_of(model))

    @torch.no_grad()
    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order.

        Prompts are decoded in batches of similar length. The model is put into evaluation mode meanwhile: dropout
        while sampling would make the log-probabilities those of another policy.

        Raises:
            InvalidInput: an empty prompt, which leaves nothing to predict from, or one that fills the model's context.
            InvalidOption: stop strings, and no tokenizer.
        """
        check_prompts(prompts, self.context_tokens)
        was_training = self.model.training
        self.model.eval()
        try:
            return self._generate_in_batches(prompts, params)
        finally:
            self.model.train(was_training)

    def _generate_in_batches(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        per_batch = max(1, self.max_rows // params.samples_per_prompt)
        results: list[list[Generation]] = [[] for _ in prompts]
        stops = StopStrings(self.tokenizer, params.stop)
        if self.refill and len(prompts) > per_batch:
            generator = torch.Generator(self.model.device).manual_seed(derive_seed(params.seed, "generate", "refill"))
            return generate_refilled(self, prompts, params, generator, stops, _sample)
        for start in range(0, len(order), per_batch):
            chosen = order[start : start + per_batch]
            generator = torch.Generator(self.model.device).manual_seed(derive_seed(params.seed, "generate", start))
            rows = self._generate_batch([prompts[index] for index in chosen], params, generator, stops)
            for position, index in enumerate(chosen):
                first = position * params.samples_per_prompt
                results[index] = rows[first : first + params.samples_per_prompt]
        return results

    def prefill(self, prompts: Sequence[Sequence[int]], room_tokens: int, rows: Tensor) -> tuple[Tensor, Tensor, Cache]:
        """Reads each prompt once: next-token logits [B, V], the attention mask [B, T], and the cache.

        Args:
            prompts: token ids.
            room_tokens: that the cache holds beyond them.
            rows: [B], of each row the number of its prompt.
        """
        device, width = self.model.device, max(map(len, prompts))
        input_ids = torch.full((len(prompts), width), self.pad_token_id)
        mask = torch.zeros((len(prompts), width), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            input_ids[row, width - len(prompt) :] = torch.tensor(prompt)
            mask[row, width - len(prompt) :] = 1
        input_ids, mask = input_ids.to(device), mask.to(device)
        n_layers = self.model.config.get_text_config().num_hidden_layers
        cache = Cache(layers=[_PreallocatedLayer(width + room_tokens) for _ in range(n_layers)])
        output = self.model(
            input_ids=input_ids,
            attention_mask=mask,
            # Counted from the first real token: models with learned positions must not see the padding.
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        rows = rows.to(device)
        _select(cache, rows)
        return output.logits[rows, -1], mask[rows], cache

    def _generate_batch(
        self, prompts: Sequence[Sequence[int]], params: SamplingParams, generator: torch.Generator, stops: StopStrings
    ) -> list[Generation]:
        of_row = torch.arange(len(prompts)).repeat_interleave(params.samples_per_prompt)
        logits, mask, cache = self.prefill(prompts, params.max_new_tokens, of_row)
        n_rows, width = mask.shape
        device = mask.device
        tokens = torch.full((n_rows, params.max_new_tokens), self.pad_token_id, device=device)
        logprobs = torch.zeros((n_rows, params.max_new_tokens), device=device)
        lengths = torch.zeros(n_rows, dtype=torch.long, device=device)
        reasons = torch.zeros(n_rows, dtype=torch.long, device=device)
        eos = self.eos_token_ids.to(device)
        positions = mask.sum(1)
        limits = self._limits(prompts, params).to(device)
        steps = int(limits.max())
        mask = torch.cat([mask, mask.new_ones(n_rows, params.max_new_tokens)], dim=1)
        alive = torch.arange(n_rows, device=device)  # rows still in the batch; `running`: those that have not ended
        running = torch.ones(n_rows, dtype=torch.bool, device=device)
        for step in range(steps):
            sampled, sampled_logprobs = _sample(logits, params.temperature, generator)
            tokens[alive, step] = sampled
            logprobs[alive, step] = sampled_logprobs
            lengths[alive] += running
            ended = torch.isin(sampled, eos)
            reasons[alive[ended & running]] = _EOS
            running &= ~ended
            if stops:
                _stop_rows(tokens, alive, running, reasons, step, stops)
            running &= limits[alive] > step + 1
            n_running = int(running.sum())
            if n_running == 0 or step + 1 == steps:
                break
            if n_running <= _REPACK_AT * len(alive):
                keep = running.nonzero().squeeze(1)
                _select(cache, keep)
                alive, mask, positions, sampled = alive[keep], mask[keep], positions[keep], sampled[keep]
                running = running[keep]
            logits = self.model(
                input_ids=sampled[:, None],
                attention_mask=mask[:, : width + step + 1],
                position_ids=positions[:, None],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
            positions = positions + 1
        return _collect(tokens, logprobs, lengths, reasons)

    def _limits(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> Tensor:
        """The budget of every row: shorter where the model's context ends before."""
        budgets = [budget_of(prompt, params, self.context_tokens) for prompt in prompts]
        return torch.tensor(budgets).repeat_interleave(params.samples_per_prompt)


def _stop_rows(tokens: Tensor, alive: Tensor, running: Tensor, reasons: Tensor, step: int, stops: StopStrings) -> None:
    """Ends the running rows in which a stop string is now complete: changes `running` and `reasons`."""
    rows = alive[running]
    for place, row, ids in zip(
        running.nonzero().squeeze(1).tolist(), rows.tolist(), tokens[rows, : step + 1].tolist(), strict=True
    ):
        if stops.is_complete(ids):
            reasons[row] = _STOP
            running[place] = False


def _select(cache: Cache, rows: Tensor) -> None:
    for layer in cache.layers:
        layer.select(rows)


def _sample(logits: Tensor, temperature: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A token per row and its log-probability in nats: [B, V] -> [B], [B]."""
    logs = (logits.float() / (temperature or 1.0)).log_softmax(-1)
    if temperature == 0:
        chosen = logs.argmax(-1)
    else:
        # Exponential races: argmax of p / e with e ~ Exp(1) is a draw from p.
        noise = torch.empty_like(logs).exponential_(generator=generator)
        chosen = (logs - noise.log()).argmax(-1)
    return chosen, logs.gather(1, chosen[:, None]).squeeze(1)


def _collect(tokens: Tensor, logprobs: Tensor, lengths: Tensor, reasons: Tensor) -> list[Generation]:
    rows = zip(tokens.tolist(), logprobs.tolist(), lengths.tolist(), reasons.tolist(), strict=True)
    return [
        Generation(tuple(ids[:length]), tuple(logs[:length]), _REASONS[reason]) for ids, logs, length, reason in rows
    ]
