"""Loss and backward pass beside TRL's GRPO: seconds and memory, one model, one batch, one run; and a whole update.

    python benchmarks/trainer.py                    # about 8 minutes on 2 cores; needs trl
    python benchmarks/trainer.py --quick            # two minutes: short prompts, one repeat

Randomly initialised Qwen3 models learn from groups of 8 completions with long-tailed lengths. TRL gets the batch as its
own trainer makes it (prompts padded on the left, completions on the right) and runs its `_compute_loss` and `backward`;
ours gets episodes, cuts them into micro-batches, collates them, and runs trunk, head, loss and backward on each. The
same sampler's log-probabilities and advantages on both sides; the loss ("dapo", no reference model) and every gradient
have to agree to 1e-5, or there is no table. Turns alternate, and the first is not counted. Memory is by how much a new
process grew, at its largest, in one such turn beyond what it held with weights, gradients and a small first turn.
A process that would take more than `--limit-gb` is stopped, and the table says so.
Written to benchmarks/results/trainer.json, and as tables into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks
from trainer_tasks import GROUP, SIDES, TASKS, UPDATE, Cell

import reasoning_gym_ccrl

PRELOAD = ["trainer_tasks", "transformers.models.qwen3.modeling_qwen3", "datasets", "trl.trainer.grpo_trainer"]
MARKS = ("<!-- trainer.py: begin -->", "<!-- trainer.py: end -->")


@dataclass(frozen=True)
class Options:
    """Compare with TRL."""

    repeats: int = 3
    """Turns of each side, of which the median counts; two of the largest vocabulary."""
    quick: bool = False
    """Short prompts alone, one turn."""
    threads: int = torch.get_num_threads()
    """Of both sides."""
    limit_gb: float = 14.0
    """Data that a process may hold."""
    out: Path = ROOT / "benchmarks/results/trainer.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the tables go, between their two marks."""


CELLS = (
    Cell(256, 64, 4, 64, 128, 4),
    Cell(256, 256, 4, 128, 128, 4),
    Cell(256, 512, 4, 128, 128, 4),
    Cell(32_768, 64, 4, 128, 128, 4),
    Cell(32_768, 128, 4, 128, 256, 6),
    Cell(32_768, 512, 2, 128, 128, 4),
    Cell(152_064, 64, 1, 128, 128, 4),
    Cell(152_064, 512, 1, 128, 128, 4),
)
# Of the head alone: tokens at one vocabulary, then vocabularies at one number of tokens.
HEADS = ((512, 32_768), (1024, 32_768), (2048, 32_768), (4096, 32_768), (1024, 8192), (1024, 152_064))


def run_task(name: str, arguments: dict[str, Any], threads: int, limit_gb: float) -> dict[str, Any]:
    """What a process of its own does."""
    torch.set_num_threads(threads)
    limit = int(limit_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    warnings.filterwarnings("ignore")
    return TASKS[name](**arguments)


def in_process(options: Options, name: str, **arguments: Any) -> dict[str, Any] | None:
    """The figures of a task in a process of its own; None where its memory did not suffice."""
    context = multiprocessing.get_context("forkserver")  # its processes begin with everything imported, and no more
    context.set_forkserver_preload(PRELOAD)
    figures: dict[str, Any] | None = None
    try:
        with ProcessPoolExecutor(1, context) as pool:
            figures = pool.submit(run_task, name, arguments, options.threads, options.limit_gb).result()
    except (MemoryError, BrokenProcessPool):
        pass
    except RuntimeError as error:  # torch's, of memory
        if not any(sign in str(error) for sign in ("allocate memory", "bad_alloc")):
            raise
    print(name, arguments, figures or "did not fit", flush=True)
    return figures


def measure(cell: Cell, options: Options) -> dict[str, Any]:
    few = 1 if options.quick else min(options.repeats, 2) if cell.vocabulary > 100_000 else options.repeats
    figures = in_process(options, "time", cell=cell, repeats=few)
    row: dict[str, Any] = asdict(cell) | (figures or {})
    for side in SIDES:
        row.setdefault("megabytes", {})[side] = (in_process(options, "memory", cell=cell, side=side) or {}).get(
            "megabytes"
        )
    for name in ("loss_difference", "gradient_difference"):
        if row.get(name, 0) > 1e-5:
            raise RuntimeError(f"Both sides have to compute the same; {name} is {row[name]} in {row}.")
    return row


def main(options: Options) -> None:
    about = {
        "command": "python benchmarks/trainer.py" + (" --quick" if options.quick else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "threads": options.threads,
        "torch": torch.__version__,
        "trl": version("trl"),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    started = time.perf_counter()
    cells = [cell for cell in CELLS if cell.prompt_tokens == 64] if options.quick else CELLS
    rows = [measure(cell, options) for cell in cells]
    repeats = 2 if options.quick else 2 * options.repeats
    updates = {side: in_process(options, "update", side=side, repeats=repeats) for side in SIDES}
    heads = [
        {"tokens": n_tokens, "vocabulary": vocabulary}
        | (in_process(options, "head", n_tokens=n_tokens, vocabulary=vocabulary) or {})
        for n_tokens, vocabulary in HEADS
    ]
    about["minutes"] = round((time.perf_counter() - started) / 60, 1)
    record = about | {"rows": rows, "update": updates, "heads": heads}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(record, indent=2) + "\n")
    text = tables(record)
    write_between_marks(options.docs, text, MARKS)
    print(text)


def tables(record: dict[str, Any]) -> str:
    lines = [
        "| vocabulary | parameters | completions (tokens) | prompt | s, TRL | s, ours | TRL : ours | MB, TRL "
        + "| MB, ours | ours : TRL | gradients differ by |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *map(_row, record["rows"]),
        "",
    ]
    both = [(record["update"][side] or {}).get("seconds", float("nan")) for side in SIDES]
    lines += [
        f"A whole update of the model of {UPDATE.vocabulary} words, with generation ({UPDATE.prompts * GROUP} "
        f"completions of up to {UPDATE.max_tokens} tokens), rewards and optimiser: TRL {both[0]:.2f} s, ours "
        f"{both[1]:.2f} s ({both[0] / both[1]:.1f} times).",
        "",
        "The head alone (`score_tokens` and its backward pass, 128 wide): time per logit stays, and memory beyond the "
        "gradients themselves is flat in the vocabulary.",
        "",
        "| tokens | vocabulary | s | ns per logit | MB | MB, the logits |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for head in record["heads"]:
        logits = head["tokens"] * head["vocabulary"]
        lines.append(
            f"| {head['tokens']:,} | {head['vocabulary']:,} | {head['seconds']:.2f} "
            f"| {head['seconds'] / logits * 1e9:.1f} | {head['megabytes']:,.0f} | {logits * 4 / 2**20:,.0f} |"
        )
    of = record["machine"]
    note = (
        f"float32, threads: {record['threads']}, {record['minutes']} minutes. `{record['command']}` at "
        f"{record['commit']}; {of['cpu']}, {of['cores']} cores, Python {of['python']}, torch {record['torch']}, "
        f"TRL {record['trl']}."
    )
    return "\n".join([*lines, "", note])


def _row(row: dict[str, Any]) -> str:
    memory, seconds = row["megabytes"], row.get("seconds")
    speed = ["does not fit", "–", "–"]
    if seconds:
        speed = [f"{seconds['TRL']:.3f}", f"{seconds['ours']:.3f}", f"**{seconds['TRL'] / seconds['ours']:.1f}**"]
    sizes = ["does not fit" if memory[side] is None else f"{memory[side]:,.0f}" for side in SIDES]
    share = f"{memory['ours'] / memory['TRL']:.2f}" if all(memory.values()) else "–"
    cells = [
        f"{row['vocabulary']:,}",
        f"{row.get('parameters', 0) / 1e6:.1f}M",
        f"{row['prompts'] * GROUP} ({row.get('tokens', 0):,})",
        str(row["prompt_tokens"]),
        *speed,
        *sizes,
        share,
        f"{row.get('gradient_difference', float('nan')):.0e}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(tyro.cli(Options))
