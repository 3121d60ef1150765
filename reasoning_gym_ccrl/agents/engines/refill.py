"""Continuous refilling: rows that have ended make room for prompts that wait, so that no long completion holds them up.

Without it a batch is decoded until its longest completion ends, with ever fewer rows; here the places of ended rows are
filled again as soon as enough are free. All rows write into the same column of the cache at every step, wherever they
began: a new row's prompt is put into the columns just before it, and the mask hides what lies before the prompt.

Axes: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from .base import Generation, SamplingParams, StopReason, StopStrings, budget_of

if TYPE_CHECKING:
    from .transformers import TransformersEngine

Row = tuple[int, int]
"""(number of the prompt, number of the sample)."""

REFILL_AT = 0.7
"""Ended rows make room when this share or less is still running: each time costs a copy of the cache and a prefill."""


@dataclass
class _Rows:
    """What is being decoded.

    Attributes:
        rows: which completion each row is.
        logits: of its next token, [B, V].
        mask: of the filled columns of the cache, [B, T].
        positions: of its next token, [B].
        tokens, logprobs: of it so far.
        is_over: it has ended, and waits for its place to be taken.
        cache: keys and values, T columns filled.
    """

    rows: list[Row]
    logits: Tensor
    mask: Tensor
    positions: Tensor
    tokens: list[list[int]]
    logprobs: list[list[float]]
    is_over: list[bool]
    cache: Cache


def generate_refilled(
    engine: TransformersEngine,
    prompts: Sequence[Sequence[int]],
    params: SamplingParams,
    generator: torch.Generator,
    stops: StopStrings,
    sample: Callable[[Tensor, float, torch.Generator], tuple[Tensor, Tensor]],
) -> list[list[Generation]]:
    """For each prompt, `samples_per_prompt` completions, in order; `sample` draws a token for each row of logits."""
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    waiting = deque((prompt, number) for prompt in order for number in range(params.samples_per_prompt))
    budgets = [budget_of(prompt, params, engine.context_tokens) for prompt in prompts]
    ends = set(engine.eos_token_ids.tolist())
    results: list[list[Generation | None]] = [[None] * params.samples_per_prompt for _ in prompts]
    state = _admit(engine, prompts, params, waiting, engine.max_rows)
    while True:
        drawn, drawn_logprobs = sample(state.logits, params.temperature, generator)
        for place, (token, logprob) in enumerate(zip(drawn.tolist(), drawn_logprobs.tolist(), strict=True)):
            if state.is_over[place]:
                continue
            (prompt, number), ids = state.rows[place], state.tokens[place]
            ids.append(token)
            state.logprobs[place].append(logprob)
            reason = _reason(ids, budgets[prompt], ends, stops)
            if reason is not None:
                state.is_over[place] = True
                results[prompt][number] = Generation(tuple(ids), tuple(state.logprobs[place]), reason)
        running = [place for place, over in enumerate(state.is_over) if not over]
        if not running and not waiting:
            return [[each for each in group if each is not None] for group in results]
        makes_room = len(running) <= REFILL_AT * len(state.rows)
        if makes_room:
            state, drawn = _kept(state, running), drawn[running]
        if running:
            _read(engine, state, drawn)
        if makes_room and waiting:
            new = _admit(engine, prompts, params, waiting, engine.max_rows - len(running))
            state = _joined(state, new, params.max_new_tokens) if running else new


def _reason(ids: Sequence[int], budget: int, ends: set[int], stops: StopStrings) -> StopReason | None:
    if ids[-1] in ends:
        return "eos"
    if stops and stops.is_complete(ids):
        return "stop"
    return "length" if len(ids) >= budget else None


def _admit(
    engine: TransformersEngine,
    prompts: Sequence[Sequence[int]],
    params: SamplingParams,
    waiting: deque[Row],
    room: int,
) -> _Rows:
    """Takes up to `room` rows from the queue; reads each of their prompts once."""
    rows = [waiting.popleft() for _ in range(min(room, len(waiting)))]
    numbers = sorted({prompt for prompt, _ in rows})
    place = {number: index for index, number in enumerate(numbers)}
    of_row = torch.tensor([place[prompt] for prompt, _ in rows])
    logits, mask, cache = engine.prefill([prompts[number] for number in numbers], params.max_new_tokens, of_row)
    return _Rows(rows, logits, mask, mask.sum(1), [[] for _ in rows], [[] for _ in rows], [False] * len(rows), cache)


def _kept(state: _Rows, places: list[int]) -> _Rows:
    """The given rows alone. With none, the cache is left as it is, to be replaced."""
    chosen = torch.tensor(places, dtype=torch.long, device=state.mask.device)
    if places:
        for layer in state.cache.layers:
            layer.select(chosen)
    return _Rows(
        [state.rows[place] for place in places],
        state.logits[chosen],
        state.mask[chosen],
        state.positions[chosen],
        [state.tokens[place] for place in places],
        [state.logprobs[place] for place in places],
        [False] * len(places),
        state.cache,
    )


def _read(engine: TransformersEngine, state: _Rows, drawn: Tensor) -> None:
    """Reads the tokens that were drawn: new logits, one column more in mask and cache."""
    state.mask = torch.cat([state.mask, state.mask.new_ones(len(state.rows), 1)], dim=1)
    state.logits = engine.model(
        input_ids=drawn[:, None],
        attention_mask=state.mask,
        position_ids=state.positions[:, None],
        past_key_values=state.cache,
        use_cache=True,
        logits_to_keep=1,
    ).logits[:, -1]
    state.positions = state.positions + 1


def _joined(old: _Rows, new: _Rows, room_tokens: int) -> _Rows:
    """Both in one batch, their last columns side by side; columns that no row uses any more are dropped."""
    first_used = int(old.mask.any(0).nonzero()[0])
    widths = (old.mask.shape[1] - first_used, new.mask.shape[1])
    width, n_rows = max(widths), len(old.rows) + len(new.rows)
    mask = old.mask.new_zeros(n_rows, width)
    mask[: len(old.rows), width - widths[0] :] = old.mask[:, first_used:]
    mask[len(old.rows) :, width - widths[1] :] = new.mask
    for layer, added in zip(old.cache.layers, new.cache.layers, strict=True):
        layer.join(added, first_used, width, room_tokens)
    return _Rows(
        old.rows + new.rows,
        torch.cat([old.logits, new.logits]),
        mask,
        torch.cat([old.positions, new.positions]),
        old.tokens + new.tokens,
        old.logprobs + new.logprobs,
        old.is_over + new.is_over,
        old.cache,
    )
