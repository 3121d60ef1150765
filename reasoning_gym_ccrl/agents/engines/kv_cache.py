"""The cache of keys and values: allocated once, and kept from call to call where a session asks for that.

All rows end at the same column, so padding is on the left alone and the tokens of a row lie side by side: windows of
attention, which count columns, see what they would see without neighbours.

Axes: B rows, H heads, T columns, D width of a head.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

TokenIds = Sequence[int]


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
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

    def join(self, other: PreallocatedLayer, first: int, width: int, room_tokens: int) -> None:
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


def new_cache(model: Any, capacity_tokens: int) -> Cache:
    """An empty cache for a model's layers."""
    n_layers = model.config.get_text_config().num_hidden_layers
    return Cache(layers=[PreallocatedLayer(capacity_tokens) for _ in range(n_layers)])


def select_rows(cache: Cache, rows: Tensor) -> None:
    """Keeps (or repeats) the given rows."""
    for layer in cache.layers:
        layer.select(rows)


@dataclass(frozen=True)
class _Block:
    """Rows that left a batch together: keys and values [B, H, T, D] of each layer; a row begins at its first column."""

    layers: list[tuple[Tensor, Tensor]]
    first_columns: list[int]


@dataclass(frozen=True)
class _Row:
    """What was read of one row, and where its keys and values are."""

    token_ids: tuple[int, ...]
    block: _Block
    place: int


class PrefixCache:
    """What the last call read, for a next call whose prompts begin in the same way.

    Valid while the weights stay as they are: whoever makes one closes it before they change. Should they change
    nevertheless, in place as an optimiser changes them or by others in their stead, all is forgotten.

    Args:
        model: whose keys and values they are.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._rows: list[_Row] = []
        self._prompts: list[TokenIds] = []
        self._weights = _state(model)
        self._is_open = True

    def start(self, prompts: Sequence[TokenIds], room_tokens: int, rows: Sequence[int]) -> tuple[int, Cache]:
        """(how many last tokens of every prompt are still to be read, a cache that holds what comes before them).

        That number is the greatest that any prompt needs: the others, which would be padded to it, read some tokens
        again instead.

        Args:
            prompts: token ids.
            room_tokens: that the cache holds beyond them.
            rows: of each row of the batch that is decoded, the number of its prompt.
        """
        if (weights := _state(self._model)) != self._weights:
            self._weights, self._rows = weights, []
        width = max(map(len, prompts))
        found = [self._longest(prompt) for prompt in prompts]
        n_new = max(len(prompt) - length for prompt, (_, length) in zip(prompts, found, strict=True))
        cache = new_cache(self._model, width + room_tokens)
        if n_new < width:
            # A prompt no longer than the part that is read anew takes nothing from the cache.
            taken = [(row, max(len(prompt) - n_new, 0)) for prompt, (row, _) in zip(prompts, found, strict=True)]
            _fill(cache, [(row if n else None, n) for row, n in taken], width - n_new)
        self._rows = []
        self._prompts = [prompts[row] for row in rows]
        self._width = width
        return n_new, cache

    def keep(self, cache: Cache, places: Tensor, rows: Sequence[int], sampled: Sequence[TokenIds]) -> None:
        """Keeps rows that leave the batch.

        Args:
            cache: of the batch.
            places: of these rows in it.
            rows: their numbers when the batch began.
            sampled: the tokens of each; the last was never read.
        """
        if not self._is_open or not rows:
            return
        block = _Block(
            [(layer.keys[places], layer.values[places]) for layer in cache.layers],
            [self._width - len(self._prompts[row]) for row in rows],
        )
        self._rows += [
            _Row((*self._prompts[row], *ids[:-1]), block, place)
            for place, (row, ids) in enumerate(zip(rows, sampled, strict=True))
        ]
        self._rows.sort(key=lambda row: row.token_ids)

    def clear(self) -> None:
        """Forgets all."""
        self._rows = []

    def close(self) -> None:
        """Forgets all, and keeps nothing from now on."""
        self._is_open, self._rows = False, []

    def _longest(self, prompt: TokenIds) -> tuple[_Row | None, int]:
        """The row that shares the longest beginning with a prompt, and its length; one token at least is left to read.

        In the order of a dictionary it is a neighbour of the prompt.
        """
        key = tuple(prompt)
        place = bisect_left(self._rows, key, key=lambda row: row.token_ids)
        best: tuple[_Row | None, int] = (None, 0)
        for row in self._rows[max(place - 1, 0) : place + 1]:
            length = min(_shared(row.token_ids, key), len(key) - 1)
            if length > best[1]:
                best = row, length
        return best


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many first tokens are the same."""
    shortest = min(len(one), len(other))
    if one[:shortest] == other[:shortest]:
        return shortest
    return next(place for place in range(shortest) if one[place] != other[place])


def _fill(cache: Cache, taken: Sequence[tuple[_Row | None, int]], width: int) -> None:
    """Fills the first `width` columns: of each row the beginning of what was kept, so long, its end at the last."""
    of_block: dict[int, list[int]] = {}
    for number, (row, _) in enumerate(taken):
        if row is not None:
            of_block.setdefault(id(row.block), []).append(number)
    sources = []
    for numbers in of_block.values():
        rows = [(row, n) for row, n in (taken[number] for number in numbers) if row is not None]
        block = rows[0][0].block
        device = block.layers[0][0].device
        first = torch.tensor([block.first_columns[row.place] - (width - n) for row, n in rows], device=device)
        places = torch.tensor([row.place for row, _ in rows], device=device)
        # Columns before a row's own are hidden by the mask: whatever was written there does.
        columns = (first[:, None] + torch.arange(width, device=device)).clamp(0, block.layers[0][0].shape[2] - 1)
        sources.append((block, torch.tensor(numbers, device=device), places, columns))
    for index, layer in enumerate(cache.layers):
        filled = []
        for kind in (0, 1):
            like = sources[0][0].layers[index][kind]
            # Zeros, because what the mask hides is multiplied all the same.
            whole = like.new_zeros(len(taken), like.shape[1], width, like.shape[3])
            heads = torch.arange(like.shape[1], device=like.device)
            for block, numbers_, places, columns in sources:
                part = block.layers[index][kind]
                whole[numbers_] = part[places[:, None, None], heads[None, :, None], columns[:, None, :]]
            filled.append(whole)
        layer.update(*filled)


def _state(model: Any) -> tuple[tuple[int, int], ...]:
    """What changes when a weight does: where it lies, and how often it was written to in place."""
    return tuple((weight.data_ptr(), 0 if weight.is_inference() else weight._version) for weight in model.parameters())
