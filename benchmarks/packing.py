"""What packing saves: tokens a second of forward and backward pass, padded and packed, by how lengths are spread.

    python benchmarks/packing.py

One core and its CPU time, so that other work on the machine matters little; the best of several rounds in turn. Random
tokens in a model of the demo's size; nothing is learned. Written into docs/sft.md.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks

from reasoning_gym_ccrl.agents.comt.packing import collate_packed
from reasoning_gym_ccrl.agents.comt.sft import TokenExample, collate, completion_loss, packed_loss
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer

MARKS = ("<!-- packing.py: begin -->", "<!-- packing.py: end -->")
LENGTHS: dict[str, Callable[[random.Random], int]] = {
    "40 to 60 tokens": lambda rng: rng.randint(40, 60),
    "10 to 200 tokens": lambda rng: rng.randint(10, 200),
    "long-tailed, median 37": lambda rng: min(480, max(8, int(rng.lognormvariate(3.6, 0.9)))),
}
WAYS = ("padded", "padded, sorted by length", "packed, rows of the longest", "packed, rows of 256")


@dataclass(frozen=True)
class Options:
    """Time padded and packed batches."""

    batch_size: int = 32
    """Examples per update."""
    batches: int = 3
    """Updates that are timed together."""
    rounds: int = 3
    """The best of so many."""
    page: Path = ROOT / "docs/sft.md"
    """Where the table goes."""


def examples_of(lengths: Callable[[random.Random], int], count: int) -> list[TokenExample]:
    rng = random.Random(0)
    sizes = [lengths(rng) for _ in range(count)]
    return [
        TokenExample(tuple(rng.randrange(900) for _ in range(n)), (False,) * (n // 2) + (True,) * (n - n // 2))
        for n in sizes
    ]


def loss_of(model: torch.nn.Module, batch: Sequence[TokenExample], way: str) -> torch.Tensor:
    if way.startswith("padded"):
        return completion_loss(model, *collate(batch, pad_id=0, multiple=8))
    row = 256 if way.endswith("256") else max(len(example.token_ids) for example in batch)
    return packed_loss(model, collate_packed(batch, 0, row, multiple=8))


def seconds_of(model: torch.nn.Module, examples: Sequence[TokenExample], way: str, size: int) -> float:
    """CPU seconds of forward and backward pass over all batches."""
    ordered = sorted(examples, key=lambda e: len(e.token_ids)) if way.endswith("length") else examples
    started = time.process_time()
    for first in range(0, len(ordered), size):
        loss_of(model, ordered[first : first + size], way).backward()
        model.zero_grad(set_to_none=True)
    return time.process_time() - started


def main(options: Options) -> None:
    torch.set_num_threads(1)
    model = build_model(build_tokenizer())
    rows = []
    for name, lengths in LENGTHS.items():
        examples = examples_of(lengths, options.batch_size * options.batches)
        tokens = sum(len(example.token_ids) for example in examples)
        times = [[seconds_of(model, examples, way, options.batch_size) for way in WAYS] for _ in range(options.rounds)]
        rates = [tokens / min(each) for each in zip(*times, strict=True)]
        rows.append(f"| {name} | {' | '.join(f'{rate:,.0f}' for rate in rates)} |")
    head = f"| lengths | {' | '.join(WAYS)} |\n|---|{'---:|' * len(WAYS)}"
    where = machine()
    said = (
        f"Tokens a second of CPU time, one core, `python benchmarks/packing.py`, commit {commit()}, {where['cpu']}, "
        f"torch {torch.__version__}:"
    )
    text = "\n".join([said, "", head, *rows])
    write_between_marks(options.page, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
