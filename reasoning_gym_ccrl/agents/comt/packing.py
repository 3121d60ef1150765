"""Packing: several examples in one row, each seeing itself and nothing else.

An example that follows another in its row starts at position 0 again, and attention is block-diagonal: what a token
sees is its own example up to itself. So the logits are those of the examples one by one, and packing changes the time
that an update takes and nothing else. The mask is a 4-D one of booleans, as SDPA has it on a CPU and on CUDA.

Axes: R rows, T tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...errors import InvalidInput, InvalidOption
from .sft_data import TokenExample


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """Examples in rows.

    Attributes:
        input_ids: [R, T] token ids; padding at the end of a row.
        scored: [R, T] True where the loss is taken; never on the first token of an example.
        position_ids: [R, T] counted from the start of each example.
        segments: [R, T] the number of the example in its row, from 0; padding is one more, and sees itself alone.
    """

    input_ids: Tensor
    scored: Tensor
    position_ids: Tensor
    segments: Tensor

    def to(self, device: torch.device) -> PackedBatch:
        """The batch on another device."""
        return PackedBatch(*(getattr(self, name).to(device) for name in self.__slots__))


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Which examples share a row of `capacity` tokens: best fit, longest first.

    Each example goes into the fullest row that still has room. That takes at most 11/9 of the fewest rows possible, and
    four more.

    Args:
        lengths: of the examples, in tokens.
        capacity: of a row; a longer example has a row to itself.

    Returns:
        Rows of indices into `lengths`; every index once.

    Source: best-fit decreasing, Johnson 1973.

    >>> pack([3, 7, 5, 4], capacity=10)
    [[1, 0], [2, 3]]
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        fitting = [row for row, left in enumerate(room) if left >= lengths[index]]
        if fitting:
            row = min(fitting, key=lambda place: room[place])
        else:
            row = len(rows)
            rows.append([])
            room.append(max(capacity, lengths[index]))
        rows[row].append(index)
        room[row] -= lengths[index]
    return rows


def collate_packed(examples: Sequence[TokenExample], pad_id: int, capacity: int, *, multiple: int = 1) -> PackedBatch:
    """Packs examples into rows of at most `capacity` tokens (one that is longer has a row of its own).

    Args:
        examples: at least one.
        pad_id: fills up the rows.
        capacity: of a row, in tokens.
        multiple: the width of the batch is rounded up to one of this.

    Raises:
        InvalidInput: an example whose first token is scored: nothing in it predicts that one.

    >>> examples = [TokenExample((5, 6, 7), (False, False, True)), TokenExample((8, 9), (False, True))]
    >>> batch = collate_packed(examples, pad_id=0, capacity=6)
    >>> batch.input_ids.tolist(), batch.position_ids.tolist(), batch.segments.tolist()
    ([[5, 6, 7, 8, 9]], [[0, 1, 2, 0, 1]], [[0, 0, 0, 1, 1]])
    """
    if any(example.scored[0] for example in examples):
        raise InvalidInput("The first token of an example has no prediction to score; received a mask that marks it.")
    rows = pack([len(example.token_ids) for example in examples], capacity)
    filled = [sum(len(examples[index].token_ids) for index in row) for row in rows]
    shape = (len(rows), -(-max(filled) // multiple) * multiple)
    input_ids = torch.full(shape, pad_id)
    scored = torch.zeros(shape, dtype=torch.bool)
    position_ids = torch.zeros(shape, dtype=torch.long)
    segments = torch.zeros(shape, dtype=torch.long)
    for number, row in enumerate(rows):
        start = 0
        for segment, index in enumerate(row):
            end = start + len(examples[index].token_ids)
            input_ids[number, start:end] = torch.tensor(examples[index].token_ids)
            scored[number, start:end] = torch.tensor(examples[index].scored)
            position_ids[number, start:end] = torch.arange(end - start)
            segments[number, start:end] = segment
            start = end
        segments[number, start:] = len(row)
    return PackedBatch(input_ids, scored, position_ids, segments)


def block_diagonal_mask(segments: Tensor) -> Tensor:
    """Who sees whom: [R, T] -> [R, 1, T, T] bool, True where token t may look at token s of its own example, s <= t.

    A row of padding sees itself, since a softmax over nothing is no number.

    >>> block_diagonal_mask(torch.tensor([[0, 0, 1]]))[0, 0].int().tolist()
    [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    """
    same = segments[:, :, None] == segments[:, None, :]
    return same.tril()[:, None]


def packed_attention(model: Any, segments: Tensor) -> Tensor:
    """The mask in the form that the model's attention adds or applies.

    Raises:
        InvalidOption: an attention that takes no mask of ours, or layers that would leak across examples.
    """
    check_packable(model, segments.shape[1])
    mask = block_diagonal_mask(segments)
    if model.config._attn_implementation == "eager":  # it adds its mask to the scores
        lowest = torch.finfo(model.dtype).min
        return torch.zeros(mask.shape, dtype=model.dtype, device=mask.device).masked_fill(~mask, lowest)
    return mask


_MASKED = ("sdpa", "sdpa_float32", "eager")


def check_packable(model: Any, length_tokens: int) -> None:
    """Raises InvalidOption where a model's rows cannot be told apart by a mask: then `packing=False` is right.

    That is so for attention kernels that take no mask, for layers that are no attention (state spaces, linear
    attention), and for a sliding window shorter than the row, whose mask ours would take the place of.
    """
    config = model.config.get_text_config()
    kind = model.config._attn_implementation
    if kind not in _MASKED:
        raise InvalidOption(
            f"packing needs an attention that takes a mask, sdpa or eager; this model has {kind!r}. Load it with "
            'attn_implementation="sdpa", or set packing=False.'
        )
    layers = set(getattr(config, "layer_types", None) or ())
    window = getattr(config, "sliding_window", None)
    slides = "sliding_attention" in layers or (not layers and window is not None)
    if slides and window is not None and window < length_tokens:
        raise InvalidOption(
            f"packing writes the attention mask, and this model's layers slide over {window} tokens, fewer than the "
            f"{length_tokens} of a row. Set packing=False, or rows of at most {window} tokens."
        )
    others = layers - {"full_attention", "sliding_attention"}
    if others or not getattr(model, "_supports_sdpa", True):
        raise InvalidOption(
            f"packing needs layers of attention; this model has {', '.join(sorted(others)) or 'others'}, in which one "
            "example would run into the next. Set packing=False."
        )
