"""Several runs on one page: their stages side by side, their differences, and their answers to the same problems."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import InvalidOption, unknown_name
from ..types import Episode
from .detail import differences_table
from .notices import training_notices
from .pairs import problem_key
from .plots import plot_runs
from .report import Page, write_report
from .run_folder import Run, draw_stages, draw_training, read_run, stage_tables
from .tables import Row, Table
from .transcripts import LIMIT

PLACES = ("out", "device", "command")  # settings that make no difference to what was measured
MOST_CHARACTERS = 60


@dataclass(slots=True)
class Comparison:
    """Several runs as one: stages are called "run/stage".

    Attributes:
        figures: of each stage, as summary.json holds them.
        stages: the episodes of each stage, where there are any.
        rows: run name to its rows of metrics.jsonl.
        settings: run name to the options of the command that made it, and the env and seed that its summary names.
    """

    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    stages: dict[str, list[Episode]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


def compare_runs(
    folders: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    title: str = "",
    notes: Sequence[str] = (),
    stages: Sequence[str] = (),
    transcripts: int = LIMIT,
) -> list[Path]:
    """Makes one page that compares runs, and its pictures; returns the files written.

    Args:
        folders: the runs' folders; differences are taken from the first.
        out: where to write.
        title: the page's heading; the runs' names by default.
        notes: paragraphs of plain text.
        stages: which stages, "stage" of every run that has it or "run/stage" of one; each run's last by default.
        transcripts: how many of each stage the page shows.

    Raises:
        DataError: no run's folder, or a file in it that cannot be read; names the file and the line.
        InvalidOption: a folder given twice, or `out` is one of the runs' folders.
        UnknownName: a stage that no run has.
    """
    place = Path(out)
    if any(place.resolve() == Path(folder).resolve() for folder in folders):
        raise InvalidOption(
            f"A comparison is written beside no run, whose own report it would replace; {place} is one."
        )
    compared = read_comparison(folders, stages)
    pictures = draw_stages(compared.stages, place)
    trained = {name: rows for name, rows in compared.rows.items() if rows}
    if trained:
        pictures["runs"] = place / "runs.png"
        plot_runs(trained, pictures["runs"])
    pictures |= draw_training(trained, place)
    differences, cautions = differences_table(compared.stages), _cautions(compared)
    if differences is not None:  # what must be known before they are read stands with them
        differences = replace(differences, hint=" ".join([differences.hint, *cautions]))
        cautions = []
    page = Page(
        title=title or "Comparison of " + ", ".join(compared.rows),
        summary={"stages": compared.figures},
        stages=compared.stages,
        pictures=pictures,
        notes=[*cautions, *notes],
        notices=[f"{name}: {notice}" for name, rows in trained.items() for notice in training_notices(rows)],
        differences=differences,
        settings=settings_table(compared.settings),
        tables=stage_tables(compared.stages),
        tiles=False,
        transcripts=transcripts,
    )
    write_report(place / "report.html", page)
    return [*pictures.values(), place / "report.html"]


def read_comparison(folders: Sequence[str | os.PathLike[str]], stages: Sequence[str] = ()) -> Comparison:
    """Reads several runs as one; see `compare_runs` for `stages` and the errors."""
    names = run_names([Path(folder) for folder in folders])
    runs = dict(zip(names, map(read_run, folders), strict=True))
    known = {name: list(run.summary["stages"]) for name, run in runs.items()}
    choices = dict.fromkeys(stage for every in known.values() for stage in every) | dict.fromkeys(
        f"{name}/{stage}" for name, every in known.items() for stage in every
    )
    for stage in stages:
        if stage not in choices:
            raise unknown_name("stage of these runs", stage, choices)
    compared = Comparison()
    for name, run in runs.items():
        compared.rows[name] = run.rows
        named = {key: run.summary[key] for key in ("env", "families", "seed") if run.summary.get(key) is not None}
        compared.settings[name] = run.settings | named
        for stage in _chosen(name, run, stages):
            compared.figures[f"{name}/{stage}"] = run.summary["stages"][stage]
            if stage in run.stages:
                compared.stages[f"{name}/{stage}"] = run.stages[stage]
    return compared


def _chosen(name: str, run: Run, stages: Sequence[str]) -> list[str]:
    known = list(run.summary["stages"])
    if not stages:
        return known[-1:]
    return [stage for stage in known if stage in stages or f"{name}/{stage}" in stages]


def run_names(folders: Sequence[Path]) -> list[str]:
    """A short name for each run's folder, with as much of its path as tells them apart.

    Raises:
        InvalidOption: a folder that is given twice.

    >>> run_names([Path("/a/demo"), Path("/b/demo"), Path("/b/mine")])
    ['a/demo', 'b/demo', 'mine']
    """
    paths = [folder.resolve() for folder in folders]
    for place, path in enumerate(paths):
        if path in paths[:place]:
            raise InvalidOption(f"Each run is compared once; {folders[place]} is given twice.")
    parts = [[part for part in path.parts if part != path.anchor] or [str(path)] for path in paths]
    lengths = [1] * len(paths)
    while True:
        names = ["/".join(part[-length:]) for part, length in zip(parts, lengths, strict=True)]
        alike = [name for name in names if names.count(name) > 1]
        if not alike:
            return names
        lengths = [length + (name in alike) for length, name in zip(lengths, names, strict=True)]


def settings_table(settings: Mapping[str, Mapping[str, Any]]) -> Table | None:
    """The settings in which runs differ, a row each; None where there are none.

    A run that says nothing of a setting differs in it from no other.

    >>> table = settings_table({"a": {"seed": 0, "reward": "ccrl"}, "b": {"seed": 0, "reward": "brier"}})
    >>> [(row.label, row.cells) for row in table.rows]
    [('reward', ['ccrl', 'brier'])]
    """
    plain = {
        name: {key: _write(value) for key, value in known.items() if not isinstance(value, Mapping)}
        for name, known in settings.items()
    }
    keys = dict.fromkeys(key for known in plain.values() for key in known if key not in PLACES)
    cells = {key: [known.get(key, "–") for known in plain.values()] for key in keys}
    differ = {key for key in keys if len({known[key] for known in plain.values() if key in known}) > 1}
    rows = [Row(key, values) for key, values in cells.items() if key in differ]
    return Table("Settings that differ", list(settings), rows) if rows else None


def _write(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "–" if value is None or text == "" else text[:MOST_CHARACTERS]


def _cautions(compared: Comparison) -> list[str]:
    """What a reader must know before calling a difference one of the models: other problems, other environments."""
    said = []
    for key, what in (("env", "environments"), ("families", "families of problems"), ("split", "splits")):
        values = {name: known[key] for name, known in compared.settings.items() if known.get(key) is not None}
        if len({str(value) for value in values.values()}) > 1:
            listed = "; ".join(f"{name}: {value}" for name, value in values.items())
            said.append(f"The runs were measured in other {what} ({listed}).")
    if len(compared.stages) > 1:
        problems = {name: {problem_key(e.problem) for e in episodes} for name, episodes in compared.stages.items()}
        shared = set.intersection(*problems.values())
        every = set.union(*problems.values())
        if shared != every:
            said.append(
                f"{len(shared)} of {len(every)} problems were tried by all of them; what differs elsewhere may be the "
                "problems and not the models."
            )
        else:
            said.append(f"All of them tried the same {len(every)} problems.")
    return said
