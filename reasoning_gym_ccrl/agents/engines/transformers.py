"""Generation with any Hugging Face causal language model, in this process, on CPU or CUDA.

A prompt is read once however many samples are drawn from it; the key-value cache is allocated once instead of being
copied at every token; finished rows leave the batch in bulk; the log-probability of each token comes from the very
logits it was sampled from, at the sampling temperature.

Axes: B rows (prompts times samples), T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from ...errors import InvalidInput
from ...seeding import derive_seed
from .base import Engine, Generate, Generation, SamplingParams, StopReason, StopStrings, budget_of, check_prompts
from .ends import end_token_ids
from .kv_cache import PrefixCache, new_cache, select_rows
from .refill import generate_refilled
from .weights import weights_of

_REPACK_AT = 0.8
"""Ended rows leave the batch when this share or less is still running: repacking copies the whole cache."""


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

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order.

        Prompts are decoded in batches of similar length. The model is put into evaluation mode meanwhile: dropout
        while sampling would make the log-probabilities those of another policy.

        Raises:
            InvalidInput: an empty prompt, which leaves nothing to predict from, or one that fills the model's context.
            InvalidOption: stop strings, and no tokenizer.
        """
        return self._generate(prompts, params, None)

    @contextmanager
    def session(self) -> Iterator[Generate]:
        """`generate` for turns of conversations: what the last call read or wrote is not read again by the next.

        It gives what `generate` gives, to rounding. While the block runs, keys and values of the last call's rows are
        kept; where they are more than `max_rows`, none are. Weights are not to change inside: changes in place, as by
        an optimiser, `sync` or `load_weights`, are noticed, and all is read again; a write to a parameter's `.data` or
        an adapter that is switched off is not.
        """
        prefixes = PrefixCache(self.model)
        try:
            yield partial(self._generate, prefixes=prefixes)
        finally:
            prefixes.close()

    @torch.no_grad()
    def _generate(
        self, prompts: Sequence[Sequence[int]], params: SamplingParams, prefixes: PrefixCache | None
    ) -> list[list[Generation]]:
        check_prompts(prompts, self.context_tokens)
        was_training = self.model.training
        self.model.eval()
        try:
            return self._generate_in_batches(prompts, params, prefixes)
        finally:
            self.model.train(was_training)

    def _generate_in_batches(
        self, prompts: Sequence[Sequence[int]], params: SamplingParams, prefixes: PrefixCache | None
    ) -> list[list[Generation]]:
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        per_batch = max(1, self.max_rows // params.samples_per_prompt)
        results: list[list[Generation]] = [[] for _ in prompts]
        stops = StopStrings(self.tokenizer, params.stop)
        if prefixes is not None and len(prompts) > per_batch:
            prefixes.clear()
            prefixes = None
        if self.refill and len(prompts) > per_batch:
            generator = torch.Generator(self.model.device).manual_seed(derive_seed(params.seed, "generate", "refill"))
            return generate_refilled(self, prompts, params, generator, stops, _sample)
        for start in range(0, len(order), per_batch):
            chosen = order[start : start + per_batch]
            generator = torch.Generator(self.model.device).manual_seed(derive_seed(params.seed, "generate", start))
            rows = self._generate_batch([prompts[index] for index in chosen], params, generator, stops, prefixes)
            for position, index in enumerate(chosen):
                first = position * params.samples_per_prompt
                results[index] = rows[first : first + params.samples_per_prompt]
        return results

    def prefill(
        self,
        prompts: Sequence[Sequence[int]],
        room_tokens: int,
        rows: Tensor,
        prefixes: PrefixCache | None = None,
    ) -> tuple[Tensor, Tensor, Cache]:
        """Reads each prompt once: next-token logits [B, V], the attention mask [B, T], and the cache.

        Args:
            prompts: token ids.
            room_tokens: that the cache holds beyond them.
            rows: [B], of each row the number of its prompt.
            prefixes: what need not be read again.
        """
        device, width = self.model.device, max(map(len, prompts))
        if prefixes is None:
            n_new, cache = width, new_cache(self.model, width + room_tokens)
        else:
            n_new, cache = prefixes.start(prompts, room_tokens, rows.tolist())
        input_ids = torch.full((len(prompts), n_new), self.pad_token_id)
        mask = torch.zeros((len(prompts), width), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            last = prompt[-n_new:]
            input_ids[row, n_new - len(last) :] = torch.tensor(last)
            mask[row, width - len(prompt) :] = 1
        input_ids, mask = input_ids.to(device), mask.to(device)
        output = self.model(
            input_ids=input_ids,
            attention_mask=_padding(mask),
            # Counted from the first real token: models with learned positions must not see the padding.
            position_ids=(mask.cumsum(1) - 1).clamp(min=0)[:, width - n_new :],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        rows = rows.to(device)
        select_rows(cache, rows)
        return output.logits[rows, -1], mask[rows], cache

    def _generate_batch(
        self,
        prompts: Sequence[Sequence[int]],
        params: SamplingParams,
        generator: torch.Generator,
        stops: StopStrings,
        prefixes: PrefixCache | None,
    ) -> list[Generation]:
        of_row = torch.arange(len(prompts)).repeat_interleave(params.samples_per_prompt)
        limits = self._limits(prompts, params)
        if prefixes is not None:
            prompts, of_row = _distinct(prompts, of_row)
        logits, mask, cache = self.prefill(prompts, params.max_new_tokens, of_row, prefixes)
        n_rows, width = mask.shape
        device = mask.device
        tokens = torch.full((n_rows, params.max_new_tokens), self.pad_token_id, device=device)
        logprobs = torch.zeros((n_rows, params.max_new_tokens), device=device)
        lengths = torch.zeros(n_rows, dtype=torch.long, device=device)
        reasons = torch.zeros(n_rows, dtype=torch.long, device=device)
        is_eos = torch.zeros(logits.shape[-1], dtype=torch.bool, device=device)
        is_eos[self.eos_token_ids[self.eos_token_ids < len(is_eos)].to(device)] = True
        positions = mask.sum(1)
        limits = limits.to(device)
        steps = int(limits.max())
        is_padded = _padding(mask) is not None
        mask = torch.cat([mask, mask.new_ones(n_rows, params.max_new_tokens)], dim=1)
        alive = torch.arange(n_rows, device=device)  # rows still in the batch; `running`: those that have not ended
        running = torch.ones(n_rows, dtype=torch.bool, device=device)
        for step in range(steps):
            sampled, sampled_logprobs = _sample(logits, params.temperature, generator)
            tokens[alive, step] = sampled
            logprobs[alive, step] = sampled_logprobs
            lengths[alive] += running
            ended = is_eos[sampled]
            reasons[alive[ended & running]] = _EOS
            running &= ~ended
            if stops:
                _stop_rows(tokens, alive, running, reasons, step, stops)
            running &= limits[alive] > step + 1
            n_running = int(running.sum())
            if n_running == 0 or step + 1 == steps:
                break
            if n_running <= _REPACK_AT * len(alive):
                _keep(prefixes, cache, ~running, alive, tokens, lengths)
                keep = running.nonzero().squeeze(1)
                select_rows(cache, keep)
                alive, mask, positions, sampled = alive[keep], mask[keep], positions[keep], sampled[keep]
                running = running[keep]
            logits = self.model(
                input_ids=sampled[:, None],
                attention_mask=mask[:, : width + step + 1] if is_padded else None,
                position_ids=positions[:, None],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
            positions = positions + 1
        _keep(prefixes, cache, torch.ones_like(running), alive, tokens, lengths)
        return _collect(tokens, logprobs, lengths, reasons)

    def _limits(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> Tensor:
        """The budget of every row: shorter where the model's context ends before."""
        budgets = [budget_of(prompt, params, self.context_tokens) for prompt in prompts]
        return torch.tensor(budgets).repeat_interleave(params.samples_per_prompt)


def _padding(mask: Tensor) -> Tensor | None:
    """The mask, or None where it hides nothing: attention without one is faster."""
    return None if bool(mask.all()) else mask


def _stop_rows(tokens: Tensor, alive: Tensor, running: Tensor, reasons: Tensor, step: int, stops: StopStrings) -> None:
    """Ends the running rows in which a stop string is now complete: changes `running` and `reasons`."""
    rows = alive[running]
    for place, row, ids in zip(
        running.nonzero().squeeze(1).tolist(), rows.tolist(), tokens[rows, : step + 1].tolist(), strict=True
    ):
        if stops.is_complete(ids):
            reasons[row] = _STOP
            running[place] = False


def _distinct(prompts: Sequence[Sequence[int]], of_row: Tensor) -> tuple[list[Sequence[int]], Tensor]:
    """Each prompt once, and of each row the number that its prompt has now."""
    numbers: dict[tuple[int, ...], int] = {}
    of_prompt = torch.tensor([numbers.setdefault(tuple(prompt), len(numbers)) for prompt in prompts])
    return list(numbers), of_prompt[of_row]


def _keep(
    prefixes: PrefixCache | None, cache: Cache, leaving: Tensor, alive: Tensor, tokens: Tensor, lengths: Tensor
) -> None:
    """Keeps what was read of the rows that leave the batch, where a session asks for it."""
    if prefixes is None:
        return
    places = leaving.nonzero().squeeze(1)
    rows = alive[places]
    ids = zip(tokens[rows].tolist(), lengths[rows].tolist(), strict=True)
    prefixes.keep(cache, places, rows.tolist(), [row[:length] for row, length in ids])


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
