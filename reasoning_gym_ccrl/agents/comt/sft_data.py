"""Examples as token ids, with the exact mask of what is scored; and batches of them.

Prompt and completion (and, in it, what is scored and what is not) are tokenised apart and joined as token ids, so
the borders of the mask are exact whatever the tokenizer does with white space.

Axes: B examples, T tokens.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Protocol

import torch
from torch import Tensor

from ...errors import InvalidInput
from ..base_corpus import TextExample
from ..policy import encode_prompts


@dataclass(frozen=True, slots=True)
class TokenExample:
    """Token ids of a whole example, and which of them are scored."""

    token_ids: tuple[int, ...]
    scored: tuple[bool, ...]


class Batching(Protocol):
    """The settings of `batches`, as `SFTConfig` has them."""

    @property
    def batch_size(self) -> float: ...
    @property
    def pool_batches(self) -> int: ...
    @property
    def max_length_tokens(self) -> int: ...


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
    encoded = iter(encode_pieces(tokenizer, pieces))
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


_ANCHORS = ("\n", ".", "a")


def encode_pieces(tokenizer: Any, pieces: Sequence[str]) -> list[list[int]]:
    """Token ids of texts that go on from another one: joined to its ids they decode to both texts, joined.

    Tokenizers of the sentencepiece kind put a space before every text, as if it began. There a piece is read behind an
    anchor, and the anchor's tokens are taken off again; the first anchor that does not melt into the piece is used.
    """
    if not pieces:
        return []
    plain: list[list[int]] = tokenizer(list(pieces), add_special_tokens=False)["input_ids"]
    if not _adds_a_space(tokenizer):
        return plain
    return [_behind_an_anchor(tokenizer, piece) or ids for piece, ids in zip(pieces, plain, strict=True)]


def _adds_a_space(tokenizer: Any) -> bool:
    one, other = tokenizer(["a", "b"], add_special_tokens=False)["input_ids"]
    return bool(tokenizer.decode([*one, *other]) != "ab")


def _behind_an_anchor(tokenizer: Any, piece: str) -> list[int] | None:
    for anchor in _ANCHORS:
        before, both = tokenizer([anchor, anchor + piece], add_special_tokens=False)["input_ids"]
        if both[: len(before)] == before:
            return list(both[len(before) :])
    return None


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


def batches(
    examples: Iterator[TextExample], tokenizer: Any, config: Batching, rng: random.Random
) -> Iterator[list[TokenExample]]:
    """Batches of examples of similar length, in random order.

    A `batch_size` that is no whole number is met on average: 33.4 gives batches of 33 and 34.
    """
    size = config.batch_size
    while pool := tokenize(list(islice(examples, round(size * config.pool_batches))), tokenizer):
        pool = [e for e in pool if len(e.token_ids) <= config.max_length_tokens]
        pool.sort(key=lambda example: len(example.token_ids))
        cuts = [round(number * size) for number in range(math.ceil(len(pool) / size) + 1)]
        groups = [pool[start:end] for start, end in pairwise(cuts) if start < len(pool)]
        rng.shuffle(groups)
        yield from groups
