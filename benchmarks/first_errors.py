"""The verifier against people who marked the first wrong step, and what its misses are.

    python benchmarks/first_errors.py --data FOLDER     # the folder of the labelled sets; what is absent is left out

A row counts as found where the first step called INCORRECT is the labelled one, as early where it is before it, and as
missed where no step up to the labelled one is called; "late" are those of the missed where a later one is.

Every row on which verifier and label disagree was read, and is classed in benchmarks/first_error_classes.jsonl by what
is wrong with the labelled step: ids, classes and notes in words of our own, none of the data's text. Where the label
itself is wrong, an earlier step being provably wrong or the labelled one right, the class is "label noise" and
`adjudicated_first_error` says which step is (null: none). Figures are given with the labels as they are and with those
corrected. Rows on which both agree were not read again, so an error that both made stays.

Written to benchmarks/results/first_errors.json, and as tables into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tyro
from common import ROOT, commit, machine, write_between_marks

import reasoning_gym_ccrl
from reasoning_gym_ccrl.envs.problems.datasets import read_problems
from reasoning_gym_ccrl.envs.verify import judge_steps
from reasoning_gym_ccrl.evaluation.first_error import (
    Finding,
    count,
    finding,
    first_incorrect,
    labelled_error,
)
from reasoning_gym_ccrl.types import Problem

MARKS = ("<!-- first_errors.py: begin -->", "<!-- first_errors.py: end -->")
SETS = {
    "BIG-Bench Mistake, arithmetic": "big_bench_mistake.multistep_arithmetic.jsonl",
    "MR-GSM8K": "mr_gsm8k.partial.jsonl",
    "verify-then-generate": "verify_then_generate.all.jsonl",
}
CLASSES = ("arithmetic", "wrong operation", "ungrounded number", "misreading", "language")
NOISE = "label noise"
UNREAD = "not read"


@dataclass(frozen=True)
class Options:
    """Hold the verifier against labelled first errors."""

    data: Path = Path(os.environ.get("REASONING_GYM_CCRL_DATA") or ROOT.parent / "shared/data")
    """The folder of the labelled sets."""
    classes: Path = ROOT / "benchmarks/first_error_classes.jsonl"
    """What was read in each row where verifier and label disagree."""
    out: Path = ROOT / "benchmarks/results/first_errors.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the tables go, between their two marks."""


@dataclass(frozen=True)
class Row:
    """One labelled row.

    Attributes:
        labelled: the first wrong step by the label, 0-based, None where all are right.
        called: the first step that the verifier called INCORRECT.
        kind: the class of the error; that of a row that is found and was not read is "arithmetic", for what is called
            there is a false equality.
        adjudicated: the first wrong step after reading.
    """

    id: str
    labelled: int | None
    called: int | None
    kind: str
    adjudicated: int | None

    @property
    def raw(self) -> Finding:
        return finding(self.labelled, self.called)

    @property
    def corrected(self) -> Finding:
        return finding(self.adjudicated, self.called)


def read_classes(path: Path) -> dict[str, dict[str, Any]]:
    """Row id -> what was read there."""
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {entry["id"]: entry for entry in entries}


def judge_row(problem: Problem, classes: dict[str, dict[str, Any]]) -> Row:
    texts = [step["text"] for step in problem.metadata["steps"]]
    called = first_incorrect([judgement.verdict for judgement in judge_steps(problem, texts)])
    labelled = labelled_error(problem)
    entry = classes.get(problem.id)
    if entry is None:
        agreed = finding(labelled, called) in (Finding.FOUND, Finding.CLEAN)
        kind = ("" if labelled is None else "arithmetic") if agreed else UNREAD
        return Row(problem.id, labelled, called, kind, labelled)
    adjudicated = entry["adjudicated_first_error"] if entry["class"] == NOISE else labelled
    return Row(problem.id, labelled, called, entry["class"], adjudicated)


def recall_by_class(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Of the rows of each class, how many are found; rows whose label was corrected are in none of the classes."""
    rows_of, found = Counter(row.kind for row in rows), Counter(row.kind for row in rows if row.raw is Finding.FOUND)
    noisy = [row for row in rows if row.kind == NOISE and row.adjudicated is not None]
    result = {name: _recall(rows_of[name], found[name]) for name in CLASSES}
    result["(label corrected)"] = _recall(len(noisy), sum(row.corrected is Finding.FOUND for row in noisy))
    return result


def _recall(rows: int, found: int) -> dict[str, Any]:
    return {"rows": rows, "found": found, "recall": found / rows if rows else None}


def report(rows: Sequence[Row]) -> dict[str, Any]:
    """The figures of a set: raw, adjudicated, by class, and the calls that reading did not bear out."""
    wrong = (Finding.EARLY, Finding.FALSE_ALARM)
    return {
        "rows": len(rows),
        "raw": count(row.raw for row in rows).to_json(),
        "adjudicated": count(row.corrected for row in rows).to_json(),
        "labels_corrected": sum(row.kind == NOISE for row in rows),
        "not_read": [row.id for row in rows if row.kind == UNREAD],
        "calls_not_borne_out": [row.id for row in rows if row.corrected in wrong],
        "by_class": recall_by_class(rows),
    }


# -- the report -------------------------------------------------------------------------------------------------------


def table(sets: dict[str, dict[str, Any]], about: dict[str, Any]) -> str:
    lines = [
        "| set | labels | wrong rows | found | missed (late) | early | right rows | false alarms "
        "| precision | recall | F1 | ProcessBench F1 |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, figures in sets.items():
        for labels in ("raw", "adjudicated"):
            lines.append(_line(name, labels, figures[labels]))
    names = list(sets)
    lines += ["", f"| what is wrong at the step | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for kind in next(iter(sets.values()))["by_class"]:
        cells = [sets[name]["by_class"][kind] for name in names]
        shown = [f"{c['found']:,} of {c['rows']:,}" + _percent(c["recall"]) if c["rows"] else "-" for c in cells]
        lines.append(f"| {kind} | {' | '.join(shown)} |")
    of = about["machine"]
    lines += ["", f"`{about['command']}` at {about['commit']}; {of['cpu']}, Python {of['python']}."]
    if about["left_out"]:
        lines[-1] += f" Left out, for want of the data: {', '.join(about['left_out'])}."
    return "\n".join(lines)


def _line(name: str, labels: str, figures: dict[str, Any]) -> str:
    counts = figures["first_error"]
    shown = [figures[key] for key in ("precision", "recall", "f1", "processbench_f1")]
    rates = ["-" if value is None else f"{value:.3f}" for value in shown]
    numbers = [
        f"{counts['rows_with_error']:,}",
        f"{counts['found']:,}",
        f"{counts['missed']:,} ({counts['late']:,})",
        f"{counts['early']:,}",
        f"{counts['rows_all_correct']:,}",
        f"{counts['false_alarms']:,}",
    ]
    return f"| {' | '.join([name, labels, *numbers, *rates])} |"


def _percent(share: float | None) -> str:
    return "" if share is None else f" ({100 * share:.1f}%)"


def main(options: Options) -> None:
    classes = read_classes(options.classes)
    rows: dict[str, list[Row]] = {}
    left_out = []
    for name, file in SETS.items():
        if not (options.data / file).is_file():
            print(f"{name} is left out: there is no {options.data / file}; see --data.", file=sys.stderr)
            left_out.append(name)
            continue
        problems, _ = read_problems(options.data / file)
        rows[name] = [judge_row(problem, classes) for problem in problems]
    if not rows:
        sys.exit("Nothing was measured: --data names the folder of the labelled sets.")
    about = {
        "command": "python benchmarks/first_errors.py",
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "left_out": left_out,
    }
    everything = [row for listed in rows.values() for row in listed]
    sets = {name: report(listed) for name, listed in rows.items()} | {"all": report(everything)}
    for row in everything:
        if row.kind == UNREAD:
            print(f"{row.id}: label {row.labelled}, called {row.called}, not read yet", file=sys.stderr)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"sets": sets}, indent=2) + "\n")
    text = table(sets, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
