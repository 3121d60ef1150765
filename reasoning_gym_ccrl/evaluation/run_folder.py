"""A run's folder, and its pictures and report made from it.

    summary.json             the figures of each stage: {"env", "seed", "seconds_total", "stages": {name: figures}}
    metrics.jsonl            one row per update: {"stage", "update", ...}
    config.json              the options of the command that made it
    episodes/<stage>.jsonl   the evaluated episodes of each stage
    report.html, reliability.png, curves.png and other pictures

Any of the first four may be missing: what can be made from the others is made.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import DataError, unknown_name
from ..types import Episode
from .detail import detail_tables, differences_table
from .evaluate import read_episodes, summarise
from .notices import training_notices
from .pairs import stated_steps
from .plots import (
    plot_confidence,
    plot_curves,
    plot_histograms,
    plot_reliability,
    plot_reward_terms,
    plot_risk_coverage,
    plot_steps,
)
from .plots.training import has_confidence_figures, reward_term_names
from .report import Page, write_report
from .reward_terms import terms_table
from .tables import Table
from .transcripts import LIMIT

FIRST_STAGES = ("base", "comt", "ccrl")
LAYOUT = "summary.json, metrics.jsonl or episodes/<stage>.jsonl"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run's folder holds; a stage's figures are in `summary["stages"]`, in the order of training.

    `settings` is what config.json holds, the options of the command that made the run; {} where there is none.
    """

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    stages: dict[str, list[Episode]]
    settings: dict[str, Any] = field(default_factory=dict)

    def only(self, names: Sequence[str]) -> Run:
        """The run with these stages alone, in their own order; all of them where `names` is empty.

        Raises:
            UnknownName: a stage that the run has not.
        """
        figures = self.summary["stages"]
        for name in names:
            if name not in figures:
                raise unknown_name("stage of the run", name, figures)
        kept = {name: figures[name] for name in figures if not names or name in names}
        stages = {name: episodes for name, episodes in self.stages.items() if name in kept}
        return replace(self, summary={**self.summary, "stages": kept}, stages=stages)


def build_report(
    folder: str | os.PathLike[str],
    *,
    title: str = "",
    notes: Sequence[str] = (),
    out: str | os.PathLike[str] | None = None,
    stages: Sequence[str] = (),
    transcripts: int = LIMIT,
) -> list[Path]:
    """Makes the pictures and report.html of a run anew; returns the files written.

    Args:
        folder: the run's folder.
        title: the report's heading; the folder's name by default.
        notes: paragraphs of plain text for the report.
        out: where to write; the run's folder by default.
        stages: which stages to show; all by default.
        transcripts: how many of each stage the page shows.

    Raises:
        DataError: no run's folder, or a file in it that cannot be read; names the file and the line.
        UnknownName: a stage that the run has not.
    """
    folder = Path(folder)
    run = read_run(folder).only(stages)
    place = folder if out is None else Path(out)
    pictures = draw_stages(run.stages, place)
    if run.rows:
        pictures["curves"] = place / "curves.png"
        plot_curves(run.rows, pictures["curves"])
    pictures |= draw_training({folder.resolve().name: run.rows}, place)
    # A training run is told from its last two stages; models that were measured side by side, from the first of them.
    compared = dict(list(run.stages.items())[-2:]) if run.rows else run.stages
    page = Page(
        title=title or folder.resolve().name,
        summary=run.summary,
        stages=run.stages,
        pictures=pictures,
        notes=notes,
        notices=training_notices(run.rows),
        differences=differences_table(compared),
        tables=stage_tables(run.stages),
        transcripts=transcripts,
    )
    write_report(place / "report.html", page)
    return [*pictures.values(), place / "report.html"]


def stage_tables(stages: Mapping[str, Sequence[Episode]]) -> list[Table]:
    """The tables of the measured episodes: answers and steps in detail, and reward terms."""
    terms = terms_table(stages)
    return [*detail_tables(stages), *([terms] if terms else [])]


def draw_stages(stages: Mapping[str, Sequence[Episode]], place: Path) -> dict[str, Path]:
    """Draws the pictures of measured episodes; {} where there are none, and no steps where none states a confidence."""
    if not any(stages.values()):
        return {}
    drawn: dict[str, Callable[[Mapping[str, Sequence[Episode]], Path], None]] = {
        "reliability": plot_reliability,
        "histograms": plot_histograms,
        "risk_coverage": plot_risk_coverage,
    }
    if any(len(stated_steps(episodes)) for episodes in stages.values()):
        drawn["steps"] = plot_steps
    pictures = {name: place / f"{name}.png" for name in drawn}
    for name, draw in drawn.items():
        draw(stages, pictures[name])
    return pictures


def draw_training(runs: Mapping[str, Sequence[Mapping[str, Any]]], place: Path) -> dict[str, Path]:
    """Draws reward terms and the spread of confidence over updates, where a training log holds them."""
    pictures = {}
    if any(reward_term_names(rows) for rows in runs.values()):
        pictures["reward_terms"] = place / "reward_terms.png"
        plot_reward_terms(runs, pictures["reward_terms"])
    if any(has_confidence_figures(rows) for rows in runs.values()):
        pictures["confidence"] = place / "confidence.png"
        plot_confidence(runs, pictures["confidence"])
    return pictures


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
        rows=read_rows(metrics_file) if metrics_file.exists() else [],
        stages={name: episodes[name] for name in names if name in episodes},
        settings=_read_settings(folder / "config.json"),
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


def _read_settings(path: Path) -> dict[str, Any]:
    """config.json, which a page can do without: {} where it is missing or is no object."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a metrics.jsonl; a last line that a killed run was writing is left out.

    Raises:
        DataError: a file that cannot be read, or a line that is no JSON object; names the line.
    """
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
