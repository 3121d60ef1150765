"""What over 2,000 hostile strings do to this package, to reasoning-gym's graders and to Math-Verify, side by side.

    python benchmarks/hostile.py                                    # ours alone
    python benchmarks/hostile.py --reasoning-gym-python venv-rg/bin/python --math-verify-python venv-mv/bin/python

Each library judges every string in a child process with a limit, in an interpreter that has it (hostile_harness.py).
The payloads are harmless: one that is executed creates an empty file in a temporary folder. The peers run side by
side, ours first and alone. Written to benchmarks/results/hostile.json, and as a table into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tyro
from common import ROOT, commit, machine, write_between_marks

import reasoning_gym_ccrl

HARNESS = ROOT / "benchmarks/hostile_harness.py"
MARKS = ("<!-- hostile.py: begin -->", "<!-- hostile.py: end -->")
COLUMNS = {
    "executed": "executed",
    "hung": "not back",
    "over 1 s": "over 1 s",
    "died": "died",
    "raised": "raised",
    "right": "called right",
}


@dataclass(frozen=True)
class Options:
    """Hostile strings, side by side."""

    reasoning_gym_python: Path | None = None
    """An interpreter that can import reasoning_gym; its row is left out without one."""
    math_verify_python: Path | None = None
    """An interpreter that can import math_verify; its row is left out without one."""
    limit_seconds: float = 2.0
    """What is not back then is killed and counted."""
    out: Path = ROOT / "benchmarks/results/hostile.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the table goes, between its two marks."""


def start(python: Path | str, library: str, limit: float) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # reasoning-gym's interpreter need not have this package
    command = [str(python), "-W", "ignore", str(HARNESS), library, str(limit)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def finish(who: str, run: subprocess.Popen[str], started: float) -> dict[str, Any] | None:
    output, errors = run.communicate()
    if run.returncode:
        print(f"{who} is left out: {(errors.strip().splitlines() or ['no output'])[-1]}", file=sys.stderr)
        return None
    seconds = round(time.perf_counter() - started, 1)
    return {"who": who, "seconds": seconds, **json.loads(output.splitlines()[-1])}


def version(python: Path, distribution: str) -> str:
    code = f"from importlib.metadata import version; print(version({distribution!r}))"
    run = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return run.stdout.strip() or "unknown"


def measure(options: Options) -> list[dict[str, Any]]:
    """Ours alone, then the peers beside each other; one of the two cores for each."""
    limit = options.limit_seconds
    rg, mv = options.reasoning_gym_python, options.math_verify_python
    rounds: list[list[tuple[str, Path | str, str]]] = [[("ours", sys.executable, "ours")]]
    if rg is not None:
        rounds.append([("ours, asking reasoning-gym's graders in a worker", rg, "behind")])
    peers: list[tuple[str, Path | str, str]] = []
    if rg is not None:
        peers.append((f"reasoning-gym {version(rg, 'reasoning-gym')}", rg, "reasoning-gym"))
    if mv is not None:
        peers.append((f"Math-Verify {version(mv, 'math-verify')}", mv, "math-verify"))
    rows = []
    for together in [*rounds, peers]:
        started = time.perf_counter()
        runs = [(who, start(python, library, limit)) for who, python, library in together]
        rows += [row for who, run in runs if (row := finish(who, run, started)) is not None]
    return rows


def table(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    lines = [f"| who | calls for each string | {' | '.join(COLUMNS.values())} | slowest |"]
    lines += ["|---|" + "---:|" * (len(COLUMNS) + 2)]
    for row in rows:
        counts = " | ".join(f"{row[column]:,}" for column in COLUMNS)
        slowest = f"{row['slowest_seconds']:.2f} s" if not row["hung"] else "killed"
        lines.append(f"| {row['who']} | {row['calls_for_each']} | {counts} | {slowest} |")
    of = about["machine"]
    lines += [
        "",
        f"{rows[0]['strings']:,} strings, each counted once in a column. Not back: killed after "
        f"{about['limit_seconds']:g} seconds. `{about['command']}` at {about['commit']}; {of['cpu']}, Python "
        f"{of['python']}.",
    ]
    return "\n".join(lines)


def main(options: Options) -> None:
    given = {"--reasoning-gym-python": options.reasoning_gym_python, "--math-verify-python": options.math_verify_python}
    command = " ".join(["python benchmarks/hostile.py", *(f"{name} PEER" for name, python in given.items() if python)])
    about = {
        "command": command,
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "limit_seconds": options.limit_seconds,
    }
    rows = measure(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"rows": rows}, indent=2) + "\n")
    text = table(rows, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
