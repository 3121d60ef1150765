"""The wind tunnel's committed figures: ten rewards and a control, three seeds, by the example's own command.

    python benchmarks/wind_tunnel.py                  # within ten minutes on two cores
    python benchmarks/wind_tunnel.py --from-results   # writes the page again from the figures that are there

Runs examples/03_reward_wind_tunnel_sb3.py and puts its figures, with commit and machine, into
benchmarks/results/wind_tunnel.json, its picture into docs/img, and the table between the marks in docs/rewards.md. What
is said about the table there is written by hand, between the marks of its own, and stays.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import tyro
from common import ROOT, commit, machine, write_between_marks

EXAMPLE = "examples/03_reward_wind_tunnel_sb3.py"
REWARDS = (
    "outcome", "brier", "ccrl", "ccrl-linear", "log_score", "spherical", "sayself", "ppo_c", "confidence_margin",
    "random-labels",
)  # fmt: skip
RESULTS = ROOT / "benchmarks/results/wind_tunnel.json"
PICTURE = ROOT / "docs/img/wind_tunnel.png"
MARKS = ("<!-- wind-tunnel-table -->", "<!-- /wind-tunnel-table -->")
COLUMNS = {
    "answers right": "answers_right",
    "steps right": "steps_right",
    "ECE, answers": "answer_ece",
    "ECE, steps": "step_ece",
    "Brier, answers": "brier",
    "wrong at ≥ 0.9": "overconfident",
    "AUROC": "auroc",
    "mean confidence": "confidence",
}


@dataclass(frozen=True)
class Options:
    """Measure what each reward does to accuracy and confidence."""

    seeds: int = 3
    """Policies per reward."""
    steps: int = 60_000
    """Environment steps of each training."""
    from_results: bool = False
    """Run nothing; write the table again."""
    docs: Path = ROOT / "docs/rewards.md"
    """Where the table goes."""


def measure(options: Options) -> dict[str, Any]:
    """Runs the example; returns its figures with what they depend on."""
    import stable_baselines3
    import torch

    at = commit()  # before the picture is written
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--rewards", ",".join(REWARDS), "--seeds", str(options.seeds), "--steps", str(options.steps)]
        started = time.monotonic()
        subprocess.run([sys.executable, EXAMPLE, *arguments, "--out", folder], cwd=ROOT, check=True)
        seconds = time.monotonic() - started
        rows = json.loads((Path(folder) / "figures.json").read_text())
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(folder) / "picture.png", PICTURE)
    return {
        "command": f"python benchmarks/wind_tunnel.py --seeds {options.seeds} --steps {options.steps}",
        "example": " ".join(["python", EXAMPLE, *arguments]),
        "commit": at,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {**machine(), "torch": torch.__version__, "stable-baselines3": stable_baselines3.__version__},
        "seconds": round(seconds),
        "rows": rows,
    }


def cell(values: Sequence[float]) -> str:
    """Mean ± standard deviation between seeds, with as many places as tell them apart.

    >>> cell([0.5, 0.52, 0.54]), cell([0.25])
    ('0.520 ± 0.020', '0.250')
    """
    finite = [value for value in values if not math.isnan(value)]
    if not finite:
        return "–"
    spread = f" ± {stdev(finite):.3f}" if len(finite) > 1 else ""
    return f"{mean(finite):.3f}{spread}"


def page(results: dict[str, Any]) -> str:
    """The table in Markdown, and where it comes from."""
    rows = results["rows"]
    lines = [
        f"| paid by | {' | '.join(COLUMNS)} |",
        f"|---|{'---:|' * len(COLUMNS)}",
    ]
    for name in dict.fromkeys(row["reward"] for row in rows):
        seeds = [row for row in rows if row["reward"] == name]
        cells = [cell([row[key] for row in seeds]) for key in COLUMNS.values()]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    seeds = len({row["seed"] for row in rows})
    versions = ", ".join(f"{name} {results['machine'][name]}" for name in ("python", "torch", "stable-baselines3"))
    lines += [
        "",
        f"`{results['command']}`, {seeds} seed{'s' if seeds > 1 else ''}, mean ± standard deviation between them; "
        f"commit {results['commit']}, {results['date']}, {results['seconds'] / 60:.0f} minutes on "
        f"{results['machine']['cpu']} ({results['machine']['cores']} cores), {versions}. All figures of all seeds: "
        "[wind_tunnel.json](../benchmarks/results/wind_tunnel.json).",
        "",
        "![Reliability by reward, and accuracy against calibration error](img/wind_tunnel.png)",
    ]
    return "\n".join(lines)


def main(options: Options) -> None:
    if options.from_results:
        results = json.loads(RESULTS.read_text())
    else:
        results = measure(options)
        RESULTS.write_text(json.dumps(results) + "\n")
    write_between_marks(options.docs, page(results), MARKS)
    print(page(results))


if __name__ == "__main__":
    main(tyro.cli(Options))
