"""What benchmarks/gpu.py measures: one function a part, each run in a process of its own.

A part gets a `Setting` and a function that saves what it has so far, and returns its figures.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from common import ROOT
from gpu_training import training

from reasoning_gym_ccrl.agents import chunked_head

Figures = dict[str, Any]
Save = Callable[[Any], None]


@dataclass(frozen=True)
class Setting:
    """Where and how large.

    Attributes:
        device: "cuda", or "cpu" to see that everything runs.
        smoke: sizes for a test.
        minutes: of the training run.
        peaks: what the part of that name found; empty where it failed.
        trl: compare with TRL where it is installed.
    """

    device: str
    smoke: bool
    minutes: float
    peaks: Figures = field(default_factory=dict)
    trl: bool = True

    @property
    def on_cuda(self) -> bool:
        return self.device.startswith("cuda")


def synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def seconds_of(work: Callable[[], Any], device: str, repeats: int = 5) -> float:
    """The median over the repeats; a first one is not counted."""
    work()
    taken = []
    for _ in range(repeats):
        synchronise(device)
        started = time.perf_counter()
        work()
        synchronise(device)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def megabytes_of(work: Callable[[], Any], device: str) -> float | None:
    """How much more is allocated meanwhile, at most; None but on CUDA."""
    if not device.startswith("cuda"):
        work()
        return None
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    work()
    synchronise(device)
    return (torch.cuda.max_memory_allocated() - before) / 2**20


# -- the tests, and what the card can do -------------------------------------------------------------------------------


def cuda_tests(of: Setting, save: Save) -> Figures:
    """tests/cuda, by pytest, without the settings and fixtures of the other tests, which need more packages."""
    import pytest

    os.environ["CCRL_TEST_DEVICE"] = of.device
    folder = ROOT / "tests" / "cuda"
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.xml"
        pytest.main(
            [
                *("-q", "-c", os.devnull, "--rootdir", str(ROOT), "--confcutdir", str(folder), f"--junitxml={report}"),
                *("-p", "no:cacheprovider", "--import-mode=importlib", str(folder)),
            ]
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    outcome = {case.attrib["name"]: {child.tag for child in case} for case in cases}
    failed = sorted(name for name, found in outcome.items() if found & {"failure", "error"})
    skipped = sum("skipped" in found for found in outcome.values())
    return {"passed": len(outcome) - len(failed) - skipped, "skipped": skipped, "failed": failed}


def peaks(of: Setting, save: Save) -> Figures:
    """Operations per second of a large matrix product, and bytes per second of a large copy: here, not by the book."""
    n = 256 if of.smoke else 8192
    result: Figures = {}
    before = torch.get_float32_matmul_precision()
    for name, dtype, precision in (
        ("float32", torch.float32, "highest"),
        ("tf32", torch.float32, "high"),
        ("bfloat16", torch.bfloat16, "highest"),
    ):
        torch.set_float32_matmul_precision(precision)
        one, other = (torch.randn(n, n, device=of.device, dtype=dtype) for _ in range(2))
        out = torch.empty_like(one)
        multiply = lambda one=one, other=other, out=out: torch.mm(one, other, out=out)  # noqa: E731
        result[f"{name}_flops"] = 2 * n**3 / seconds_of(multiply, of.device, 10)
    torch.set_float32_matmul_precision(before)
    size = 2**20 if of.smoke else 2**30
    source = torch.zeros(size, dtype=torch.uint8, device=of.device)
    target = torch.empty_like(source)
    result["bytes_per_second"] = 2 * size / seconds_of(lambda: target.copy_(source), of.device, 10)
    return result


# -- the head ----------------------------------------------------------------------------------------------------------


def head_counts(n_tokens: int, width: int, n_words: int, device: str, item_bytes: int) -> Figures:
    """Operations and bytes of `linear_scores` with entropies, forward and backward, the gradient of log p alone.

    With S tokens, width H and V words: a product of [S, H] and [H, V] takes 2 S H V operations. One makes the logits,
    two the gradients: 6 S H V are useful. In blocks the logits are made twice: 8 S H V are done.

    Bytes, if no cache held a block between two passes over it. In blocks, forward: the product writes the logits (1);
    the maximum reads them (1), which is taken off (2); exp (2), their product (3) and both sums (2) follow: 11.
    Backward: the product (1), minus the normaliser (2), exp (2), times the gradient (2), two products read it (2): 9.
    So 20 S V numbers. Kept whole: product (1), log_softmax (2), exp (2), product (3), sum (1): 9; then exp (2), times
    the gradient (2), two products (2): 15 S V. The weights are read twice (once, kept whole) and their gradient is
    written.
    """
    rows, columns = chunked_head.block_shape(n_tokens, n_words, device.partition(":")[0])
    whole = n_tokens * n_words <= chunked_head._KEPT_BLOCKS * rows * columns
    product = 2 * n_tokens * width * n_words
    return {
        "useful_flops": 3 * product,
        "done_flops": (3 if whole else 4) * product,
        "bytes": 4 * (15 if whole else 20) * n_tokens * n_words + (2 if whole else 3) * n_words * width * item_bytes,
    }


def head(of: Setting, save: Save) -> list[Figures]:
    """Scores and gradients of the head in blocks, and through plain logits: time, memory, shares of the peaks."""
    sizes = [(4096, 1024, 1000), (4096, 1024, 32_768), (4096, 1024, 151_936), (16_384, 1024, 151_936)]
    sizes = [(64, 16, 1000), (4096, 8, 1500)] if of.smoke else [*sizes, (8192, 4096, 151_936)]
    rows = []
    for n_tokens, width, n_words in sizes:
        for dtype in (torch.float32, torch.bfloat16):
            row: Figures = {"tokens": n_tokens, "width": width, "words": n_words, "dtype": str(dtype)[6:]}
            row |= _head_row(of, n_tokens, width, n_words, dtype)
            rows.append(row)
            save(rows)
    return rows


def _head_row(of: Setting, n_tokens: int, width: int, n_words: int, dtype: torch.dtype) -> Figures:
    generator = torch.Generator(of.device).manual_seed(0)
    hidden, weight = (
        torch.randn(n, width, generator=generator, device=of.device).to(dtype).requires_grad_()
        for n in (n_tokens, n_words)
    )
    targets = torch.randint(0, n_words, (n_tokens,), generator=generator, device=of.device)

    def blocks() -> None:
        hidden.grad = weight.grad = None
        chunked_head.linear_scores(hidden, weight, None, targets)[0].sum().backward()

    def plain() -> None:
        hidden.grad = weight.grad = None
        logs = torch.nn.functional.linear(hidden, weight).float().log_softmax(1)
        with torch.no_grad():
            -(logs.exp() * logs).sum(1)
        logs.gather(1, targets[:, None]).sum().backward()

    counts = head_counts(n_tokens, width, n_words, of.device, weight.element_size())
    seconds, repeats = {}, 1 if of.smoke else 5
    row: Figures = dict(counts)
    for name, work in (("blocks", blocks), ("plain", plain)):
        try:
            seconds[name] = seconds_of(work, of.device, repeats)
            row[f"{name}_megabytes"] = megabytes_of(work, of.device)
        except torch.OutOfMemoryError:
            row[f"{name}_does_not_fit"] = True
            hidden.grad = weight.grad = None
            torch.cuda.empty_cache()
    row |= {f"{name}_seconds": taken for name, taken in seconds.items()}
    if of.peaks and "blocks" in seconds:
        taken = seconds["blocks"]
        row["share_of_float32_flops"] = counts["done_flops"] / taken / of.peaks["float32_flops"]
        row["share_of_bfloat16_flops"] = counts["useful_flops"] / taken / of.peaks["bfloat16_flops"]
        row["share_of_bandwidth"] = counts["bytes"] / taken / of.peaks["bytes_per_second"]
    return row


# -- beside TRL, and beside model.generate -----------------------------------------------------------------------------


def trainer(of: Setting, save: Save) -> Figures:
    """Loss and backward pass of benchmarks/trainer.py, and its whole update, with TRL where it is installed."""
    import trainer_tasks as tasks

    sides = ("TRL", "ours") if of.trl and find_spec("trl") is not None else ("ours",)
    result: Figures = {"sides": list(sides), "rows": []}
    if of.smoke:
        cells = [tasks.Cell(256, 16, 1, 8, 32, 1)]
    else:
        cells = [tasks.Cell(256, prompt, 8, 128, 256, 6) for prompt in (64, 512)]
        cells += [tasks.Cell(32_768, prompt, 8, 256, 1024, 12) for prompt in (64, 512)]
        cells += [tasks.Cell(152_064, prompt, 8, 256, 1024, 12) for prompt in (64, 512)]
    for cell in cells:
        for autocast in (False, True) if of.on_cuda else (False,):
            row = {"vocabulary": cell.vocabulary, "prompt_tokens": cell.prompt_tokens, "autocast": autocast}
            result["rows"].append(row | _turns(of, cell, sides, autocast))
            save(result)
    result["update_seconds"] = {}
    for side in sides:
        model = tasks.build(tasks.UPDATE).to(of.device)
        updates = tasks.our_updates if side == "ours" else tasks.their_updates
        result["update_seconds"][side] = updates(model, 1 if of.smoke else 6)
        save(result)
    return result


def _turns(of: Setting, cell: Any, sides: Sequence[str], autocast: bool) -> Figures:
    """Median seconds and peak memory of each side's turn, and how far apart their gradients are."""
    import trainer_tasks as tasks

    model = tasks.build(cell).to(of.device)
    data = tasks.data_of(cell, model)
    row: Figures = {"tokens": data.n_tokens, "parameters": sum(each.numel() for each in model.parameters())}
    gradients = {}
    with tempfile.TemporaryDirectory() as folder:
        for side in sides:
            turn = tasks.turn_of(side, model, data, cell, folder)

            def run(turn: Callable[[], float] = turn) -> float:
                model.zero_grad(set_to_none=True)
                with torch.autocast(of.device.partition(":")[0], torch.bfloat16, enabled=autocast):
                    return turn()

            try:
                row[f"{side}_loss"] = run()
                gradients[side] = torch.cat([each.grad.flatten() for each in model.parameters()]).cpu()
                row[f"{side}_seconds"] = seconds_of(run, of.device, 1 if of.smoke else 5)
                row[f"{side}_megabytes"] = megabytes_of(run, of.device)
            except torch.OutOfMemoryError:
                row[f"{side}_does_not_fit"] = True
                torch.cuda.empty_cache()
            model.zero_grad(set_to_none=True)
    if len(gradients) == 2:
        one, other = gradients.values()
        row["gradients_differ_by"] = float((one - other).norm() / one.norm())
    return row


def generation(of: Setting, save: Save) -> list[Figures]:
    """Tokens per second of our engine and of `model.generate`, on the loads of benchmarks/generation.py."""
    import generation as tasks

    small, large = tasks.Size("21M", 256, 6, 32_000), tasks.Size("110M", 768, 12, 32_000)
    models = [(small, torch.float32), (large, torch.float32), (large, torch.bfloat16)]
    loads = [tasks.Load(prompts, 64, 32, 128) for prompts in (1, 16, 128)]
    if of.smoke:
        models, loads = [(tasks.Size("tiny", 32, 1, 100), torch.float32)], [tasks.Load(2, 8, 4, 8)]
    rows = []
    for size, dtype in models:
        model = tasks.build(size).to(of.device, dtype)
        for load in loads:
            runs = {
                "ours": tasks.ours(model, size, load),
                "generate": _on(of.device, tasks.generate, model, size, load),
            }
            found = tasks.measure(runs, 1)
            row = {"model": size.name, "dtype": str(dtype)[6:], "completions": tasks.GROUP * load.prompts}
            rows.append(row | {name: each["tokens_per_second"] for name, each in found.items()})
            save(rows)
    return rows


def _on(device: str, make: Callable[..., Callable[..., int]], *arguments: Any) -> Callable[..., int]:
    """A round of generation whose own tensors are made there."""
    with torch.device(device):
        run = make(*arguments)

    def inside(*given: int) -> int:
        with torch.device(device):
            return run(*given)

    return inside


PARTS: dict[str, tuple[Callable[[Setting, Save], Any], float]] = {
    "tests": (cuda_tests, 150),
    "peaks": (peaks, 60),
    "head": (head, 90),
    "trainer": (trainer, 150),
    "generation": (generation, 120),
    "training": (training, 120),
}
"""Name -> what measures it, and the seconds it may take; the last one's minutes come on top."""
