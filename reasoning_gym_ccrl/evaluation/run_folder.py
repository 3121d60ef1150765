"""A run's folder, and its pictures and report made from it.

    summary.json             the figures of each stage: {"env", "seed", "seconds_total", "stages": {name: figures}}
    metrics.jsonl            one row per update: {"stage", "update", ...}
    episodes/<stage>.jsonl   the evaluated episodes of each stage
    reliability.png, curves.png, report.html

Any of the first three may be missing: what can be made from the others is made.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..types import Episode
from .evaluate import read_episodes, summarise
from .plots import plot_curves, plot_reliability
from .report import write_report

FIRST_STAGES = ("base", "comt", "ccrl")
LAYOUT = "summary.json, metrics.jsonl or episodes/<stage>.jsonl"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run's folder holds; a stage's figures are in `summary["stages"]`, in the order of training."""

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    stages: dict[str, list[Episode]]


def build_report(folder: str | os.PathLike[str], *, title: str = "", notes: Sequence[str] = ()) -> list[Path]:
    """Makes the pictures and report.html of a run anew; returns the files written.

    Args:
        folder: the run's folder.
        title: the report's heading; the folder's name by default.
        notes: paragraphs of plain text for the report.

    Raises:
        DataError: no run's folder, or a file in it that cannot be read; names the file and the line.
    """
    folder = Path(folder)
    run = read_run(folder)
    pictures: dict[str, Path] = {}
    if any(run.stages.values()):
        pictures["reliability"] = folder / "reliability.png"
        plot_reliability(run.stages, pictures["reliability"])
    if run.rows:
        pictures["curves"] = folder / "curves.png"
        plot_curves(run.rows, pictures["curves"])
    page = folder / "report.html"
    write_report(
        page,
        title=title or folder.resolve().name,
        summary=run.summary,
        stages=run.stages,
        pictures=pictures,
        notes=notes,
    )
    return [*pictures.values(), page]


def read_run(folder: str | os.PathLike[str]) -> Run:
    """Reads a run's folder; figures of a stage that summary.json lacks are computed from its episodes.

    Raises:
        DataError: as `build_report`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"A report is made from a run's folder; {folder} is no folder.")
    episode_files = {path.stem: path for path in sorted((folder / "episodes").glob("*.jsonl"))}
    summary_file, metrics_file = folder / "summary.json", folder / "metrics.jsonl"
    if not (episode_files or summary_file.exists() or metrics_file.exists()):
        raise DataError(
            f"A run's folder holds {LAYOUT}; {folder} has none of them. `ccrl demo` and `ccrl eval` make one."
        )
    summary = _read_summary(summary_file) if summary_file.exists() else {}
    figures: dict[str, Any] = dict(summary.get("stages") or {})
    episodes = {name: read_episodes(path) for name, path in episode_files.items()}
    for name, stage in episodes.items():
        if name not in figures:
            figures[name] = summarise(stage, seconds=math.nan)  # nobody took the time
    names = sorted(figures, key=lambda name: _place(name, list(summary.get("stages") or {})))
    return Run(
        summary={**summary, "stages": {name: figures[name] for name in names}},
        rows=_read_rows(metrics_file) if metrics_file.exists() else [],
        stages={name: episodes[name] for name in names if name in episodes},
    )


def _place(name: str, listed: Sequence[str]) -> tuple[int, int, str]:
    """Stages as summary.json lists them, then the usual ones in the order of training, then by name."""
    if name in listed:
        return 0, listed.index(name), name
    return 1, FIRST_STAGES.index(name) if name in FIRST_STAGES else len(FIRST_STAGES), name


def _read_summary(path: Path) -> dict[str, Any]:
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is the JSON that a run writes; it cannot be read: {error}.") from None
    stages = summary.get("stages", {}) if isinstance(summary, Mapping) else None
    if not isinstance(stages, Mapping) or not all(isinstance(figures, Mapping) for figures in stages.values()):
        raise DataError(f'{path} holds an object with "stages", a mapping of names to figures; this one does not.')
    return dict(summary)


def _read_rows(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is the JSONL that a run writes; it cannot be read: {error}.") from None
    rows = []
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                break  # no newline after it: a run that was killed, or still runs, was writing this row
            raise DataError(f"{path}, line {number}: each line is one JSON object; received: {error}.") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {number}: each line is one JSON object; received {type(row).__name__}.")
        rows.append(row)
    return rows
