"""Everything that needs a GPU, in one command: tests, speed, memory, and a run of training. Under ten minutes.

    python benchmarks/gpu.py                        # on CUDA
    python benchmarks/gpu.py --only tests,head
    python benchmarks/gpu.py --smoke --device cpu   # that the script runs at all: half a minute, no figures to keep

Needs torch, transformers and pytest beside the package and its dependencies (tyro may be missing); no network. TRL is
compared with where it is installed. The parts: `tests` (tests/cuda), `peaks` (a large matrix product and a large copy,
which the shares below are of), `head` (log-probabilities over a vocabulary, in blocks and through plain logits),
`trainer` (loss and backward pass beside TRL, and a whole update), `generation` (our engine and `model.generate`), and
`training` (50 million parameters from nothing: fine-tuning, then GRPO). Each runs in a process of its own under a limit
of time; what fails is recorded, and the rest goes on. Written after every part to
benchmarks/results/<name of the GPU>.json, and as tables to .md beside it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (str(ROOT), str(ROOT / "benchmarks"))
sys.path[:0] = [folder for folder in FOLDERS if folder not in sys.path]
PRELOAD = ("gpu_parts", "pytest", "reasoning_gym_ccrl.agents.trainer")
NEEDED = ("torch", "transformers", "accelerate", "jaxtyping", "gymnasium", "sympy", "rich", "pytest")


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, or cpu")
    parser.add_argument("--minutes", type=float, default=3.0, help="of the training run")
    parser.add_argument("--only", default="", help="parts, with commas between; default: all")
    parser.add_argument("--no-trl", action="store_true", help="ours alone, where TRL is installed too")
    parser.add_argument("--smoke", action="store_true", help="sizes for a test; written to runs/ by default")
    parser.add_argument("--out", type=Path, help="the folder to write to; default: benchmarks/results")
    return parser.parse_args(arguments)


def main(options: argparse.Namespace) -> int:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f"This needs {', '.join(NEEDED)}; not found: {', '.join(missing)}.", file=sys.stderr)
        return 2
    import torch
    from gpu_parts import PARTS, Setting

    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print("There is no CUDA here; --smoke --device cpu shows that the script runs.", file=sys.stderr)
        return 2
    chosen = [name for name in options.only.split(",") if name] or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        print(f"Parts are {', '.join(PARTS)}; received {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    record = about(options)
    folder = options.out or ROOT / ("runs" if options.smoke else "benchmarks/results")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug(record['device']['name'])}.json"
    started = time.perf_counter()
    for name in chosen:
        print(f"== {name}", flush=True)
        found = record["parts"].get("peaks", {}).get("figures", {})
        setting = Setting(options.device, options.smoke, options.minutes, found, not options.no_trl)
        limit = PARTS[name][1] + (60 * options.minutes if name == "training" else 0)
        record["parts"][name] = in_process(name, setting, limit)
        record["seconds"] = round(time.perf_counter() - started, 1)
        path.write_text(json.dumps(record, indent=1) + "\n")
        path.with_suffix(".md").write_text(page(record))
    print(page(record))
    print(f"wrote {path} and {path.with_suffix('.md')}")
    failed = [name for name, part in record["parts"].items() if "error" in part]
    return 1 if failed or record["parts"].get("tests", {}).get("figures", {}).get("failed") else 0


def slug(name: str) -> str:
    """NVIDIA H100 80GB HBM3 -> nvidia-h100-80gb-hbm3."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def about(options: argparse.Namespace) -> dict[str, Any]:
    import torch
    import transformers
    from common import commit, machine

    where = machine()
    device: dict[str, Any] = {"name": f"{where['cpu']} smoke" if options.smoke else where["cpu"]}
    if options.device.startswith("cuda"):
        of = torch.cuda.get_device_properties(options.device)
        device = {"name": of.name, "gigabytes": round(of.total_memory / 2**30, 1), "cuda": torch.version.cuda}
    return {
        "command": " ".join(["python", "benchmarks/gpu.py", *sys.argv[1:]]),
        "commit": commit(),
        "device": device,
        "machine": where,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "parts": {},
    }


def in_process(name: str, setting: Any, limit_seconds: float) -> dict[str, Any]:
    """A part's figures, or what it had when it failed, was killed or ran out of time."""
    import tempfile

    # A server that has imported everything and touched no GPU makes the processes: an error of CUDA, which ends all
    # work in its process, ends no other part.
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join([*FOLDERS, *(each for each in known if each and each not in FOLDERS)])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOAD))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "part.json"
        process = context.Process(target=run_part, args=(name, setting, str(file)))
        started = time.perf_counter()
        process.start()
        process.join(limit_seconds)
        late = process.is_alive()
        if late:
            process.kill()
            process.join()
        result: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        result["seconds"] = round(time.perf_counter() - started, 1)
        if late:
            result["error"] = f"stopped: it may take {limit_seconds:.0f} seconds"
        elif process.exitcode and "error" not in result:
            result["error"] = f"its process ended with {process.exitcode}"
    if "error" in result:
        print(f"{name} failed: {result['error']}", flush=True)
    return result


def run_part(name: str, setting: Any, file: str) -> None:
    """Inside the process: writes {"figures"} as they come, {"error"} beside them where it fails."""
    from gpu_parts import PARTS

    latest: dict[str, Any] = {}

    def write(**entries: Any) -> None:
        latest.update(entries)
        fresh = Path(file).with_suffix(".new")
        fresh.write_text(json.dumps(latest))
        fresh.replace(file)

    try:
        if setting is not None and ":" in setting.device:
            import torch

            torch.cuda.set_device(setting.device)
        write(figures=PARTS[name][0](setting, lambda figures: write(figures=figures)))
    except Exception as error:
        traceback.print_exc()
        write(error=f"{type(error).__name__}: {error}"[:2000])


# -- the page ---------------------------------------------------------------------------------------------------------


def page(record: dict[str, Any]) -> str:
    """The figures as Markdown."""
    device = record["device"]
    lines = [f"# {device['name']}", ""]
    lines.append(
        f"`{record['command']}` at {record['commit']}, {record['seconds']:.0f} s; torch {record['torch']}, "
        f"transformers {record['transformers']}, {record['machine']['cpu']}, {record['machine']['cores']} cores."
    )
    for name, part in record["parts"].items():
        lines += ["", f"## {name.capitalize()}", ""]
        if "error" in part:
            lines += [f"**Failed** after {part['seconds']:.0f} s: {part['error'].splitlines()[0]}", ""]
        if part.get("figures"):
            lines += TABLES[name](part["figures"])
    return "\n".join([*lines, ""])


def table(header: str, rows: list[list[Any]]) -> list[str]:
    return [header, "|" + "---:|" * header.count(" | ") + "---:|", *(f"| {' | '.join(map(text, r))} |" for r in rows)]


def text(value: Any) -> str:
    """A cell: three digits, thousands with commas, a dash for what is not there."""
    if value is None:
        return "–"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"


def tests_table(figures: dict[str, Any]) -> list[str]:
    counts = f"{figures['passed']} passed, {figures['skipped']} skipped, {len(figures['failed'])} failed"
    return [counts + ("." if not figures["failed"] else ": " + ", ".join(figures["failed"]) + ".")]


def peaks_table(figures: dict[str, Any]) -> list[str]:
    return table(
        "| float32, TFLOP/s | TF32 | bfloat16 | copy, GB/s |",
        [
            [
                *(figures[f"{name}_flops"] / 1e12 for name in ("float32", "tf32", "bfloat16")),
                figures["bytes_per_second"] / 1e9,
            ]
        ],
    )


def head_table(rows: list[dict[str, Any]]) -> list[str]:
    header = "| tokens | width | words | dtype | ms, plain | ms, blocks | MB, plain | MB, blocks "
    header += "| of float32 rate | of bfloat16 rate | of bandwidth |"
    cells = [
        [
            *(row[name] for name in ("tokens", "width", "words", "dtype")),
            *(
                "does not fit" if row.get(f"{name}_does_not_fit") else 1e3 * row[f"{name}_seconds"]
                for name in ("plain", "blocks")
            ),
            *(row.get(f"{name}_megabytes") for name in ("plain", "blocks")),
            *(percent(row.get(f"share_of_{name}")) for name in ("float32_flops", "bfloat16_flops", "bandwidth")),
        ]
        for row in rows
    ]
    note = "Forward and backward. Rates: float32 of what is done, bfloat16 of what is useful; counted by "
    return [*table(header, cells), "", note + "`gpu_parts.head_counts`, which says how."]


def trainer_table(figures: dict[str, Any]) -> list[str]:
    header = "| vocabulary | prompt | tokens | parameters | autocast | ms, TRL | ms, ours | MB, TRL | MB, ours "
    header += "| gradients differ by |"
    cells = []
    for row in figures["rows"]:
        times = [
            "does not fit" if row.get(f"{side}_does_not_fit") else _milliseconds(row.get(f"{side}_seconds"))
            for side in ("TRL", "ours")
        ]
        sizes = [row.get(f"{side}_megabytes") for side in ("TRL", "ours")]
        of = [row[name] for name in ("vocabulary", "prompt_tokens", "tokens", "parameters")]
        kind = "bfloat16" if row["autocast"] else "–"
        cells.append([*of, kind, *times, *sizes, row.get("gradients_differ_by")])
    updates = "; ".join(f"{side} {seconds:.2f} s" for side, seconds in figures.get("update_seconds", {}).items())
    return [*table(header, cells), "", f"A whole update of a small model, with generation: {updates or 'not reached'}."]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1e3 * seconds


def generation_table(rows: list[dict[str, Any]]) -> list[str]:
    header = "| model | dtype | completions | `generate`, tokens/s | ours, tokens/s | ours : `generate` |"
    return table(
        header,
        [
            [
                row["model"],
                row["dtype"],
                row["completions"],
                row["generate"],
                row["ours"],
                row["ours"] / row["generate"],
            ]
            for row in rows
        ],
    )


def training_table(figures: dict[str, Any]) -> list[str]:
    base = figures["base"]
    lines = [
        f"{figures['parameters']:,} parameters from random weights. Fine-tuning: {base['updates']} updates in "
        f"{base['seconds']:.0f} s, {base['tokens_per_second']:,.0f} tokens/s "
        f"({percent(base.get('share_of_bfloat16_flops'))} of the bfloat16 rate: 6 operations a token and parameter), "
        f"loss {base['first_loss']:.2f} to {base['last_loss']:.2f}.",
        "",
    ]
    grpo = figures.get("grpo", {})
    if not grpo.get("updates"):
        return lines
    last = grpo["updates"][-1]
    lines += [
        f"GRPO: {len(grpo['updates'])} updates; in the last one sampling took {last['sampling_seconds']:.2f} s and "
        f"learning {last['training_seconds']:.2f} s, {last['tokens_per_second']:,.0f} sampled tokens/s, largest ratio "
        f"{max(row['ratio_max'] for row in grpo['updates']):.3f}.",
        "",
    ]
    names = list(grpo["before"])
    rows = [[when, *(grpo[when][name] for name in names)] for when in ("before", "after") if when in grpo]
    return lines + table(f"| held out | {' | '.join(names)} |", rows)


TABLES = {
    "tests": tests_table,
    "peaks": peaks_table,
    "head": head_table,
    "trainer": trainer_table,
    "generation": generation_table,
    "training": training_table,
}

if __name__ == "__main__":
    sys.exit(main(options_of()))
