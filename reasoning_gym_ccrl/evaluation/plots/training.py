"""Small panels over updates: reward terms by name, the spread of confidence, and several runs over one another."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..evaluate import finite
from .curves import draw_line
from .style import (
    GRID,
    MUTED,
    WRONG_COLOUR,
    as_percent,
    count_updates,
    figure_of,
    house_style,
    save,
    say_empty,
    shorten,
    stage_colour,
    stage_colours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Rows = Sequence[Mapping[str, Any]]
PREFIX = "reward/"
MOST_PANELS = 12


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure over updates: its key in the rows, a title, and how its axis is written."""

    key: str
    title: str
    percent: bool = False
    floor: float | None = None


CONFIDENCE = (
    Panel("confidence_mean", "Mean confidence", percent=True),
    Panel("confidence_stated", "Answers that state one", percent=True, floor=0.0),
    Panel("confidence_entropy", "Entropy (nats)", floor=0.0),
    Panel("confidence_distinct", "Distinct values", floor=0.0),
    Panel("confidence_at_ends", "Share at 0 or 1", percent=True, floor=0.0),
    Panel("confidence_std", "Standard deviation", floor=0.0),
)
SEVERAL = (
    Panel("reward_mean", "Reward"),
    Panel("accuracy", "Accuracy", percent=True),
    Panel("ece", "Calibration error (ECE)", floor=0.0),
    Panel("overconfident_error_rate", "Overconfident errors", percent=True, floor=0.0),
    Panel("entropy", "Entropy (nats per token)", floor=0.0),
    Panel("confidence_mean", "Mean confidence", percent=True),
)


def reward_term_names(rows: Rows) -> list[str]:
    """The reward terms that a training log holds, in the order in which they first occur.

    >>> reward_term_names([{"reward/outcome": 1.0, "reward_mean": 1.0}, {"reward/mine": None}])
    ['outcome', 'mine']
    """
    names = (key.removeprefix(PREFIX) for row in rows for key in row if key.startswith(PREFIX) and key != PREFIX)
    return list(dict.fromkeys(names))


def has_confidence_figures(rows: Rows) -> bool:
    """Whether any of the figures that `plot_confidence` draws was measured."""
    return any(finite(row.get(panel.key)) is not None for row in _learned(rows) for panel in CONFIDENCE)


def plot_reward_terms(runs: Mapping[str, Rows], path: str | os.PathLike[str]) -> None:
    """Draws every reward term by its name, the mean per episode of each update: one panel a term, one line a run.

    Args:
        runs: run name to its rows of metrics.jsonl; a term called x is the key "reward/x".
        path: the PNG to write, replaced in one move.
    """
    names = list(dict.fromkeys(name for rows in runs.values() for name in reward_term_names(rows)))
    panels = [Panel(PREFIX + name, shorten(name, 34)) for name in names]
    rest = [shorten(name) for name in names[MOST_PANELS:]]
    note = f"and {len(rest)} more: {shorten(', '.join(rest), 110)}" if rest else ""
    _plot(panels[:MOST_PANELS], runs, path, note=note)


def plot_confidence(runs: Mapping[str, Rows], path: str | os.PathLike[str]) -> None:
    """Draws how spread the stated confidences were, update by update; a rug marks the updates that were warned of.

    Args:
        runs: run name to its rows of metrics.jsonl.
        path: the PNG to write, replaced in one move.
    """
    learned = {name: _learned(rows) for name, rows in runs.items()}
    measured = [
        panel
        for panel in CONFIDENCE
        if any(finite(row.get(panel.key)) is not None for rows in learned.values() for row in rows)
    ]
    _plot(measured, learned, path, warned=True)


def plot_runs(runs: Mapping[str, Rows], path: str | os.PathLike[str]) -> None:
    """Draws the training curves of several runs over one another.

    Args:
        runs: run name to its rows of metrics.jsonl; the supervised stages' rows are left out.
        path: the PNG to write, replaced in one move.
    """
    _plot(SEVERAL, {name: _learned(rows) for name, rows in runs.items()}, path)


def _learned(rows: Rows) -> Rows:
    """The rows of reinforcement learning."""
    return [row for row in rows if finite(row.get("reward_mean")) is not None]


def _plot(
    panels: Sequence[Panel],
    runs: Mapping[str, Rows],
    path: str | os.PathLike[str],
    *,
    note: str = "",
    warned: bool = False,
) -> None:
    """At most three panels in a row, a line for each run; `warned` marks the updates whose row holds warnings."""
    columns = min(3, max(1, len(panels)))
    rows_of_panels = max(1, math.ceil(len(panels) / columns))
    colours = stage_colours(runs) if len(runs) > 1 else dict.fromkeys(runs, stage_colour("ccrl"))
    with house_style():
        figure = figure_of(width=10.6 * columns / 3, height=2.8 * rows_of_panels + (0.4 if len(runs) > 1 else 0))
        grid = figure.subplots(rows_of_panels, columns, squeeze=False)
        figure.subplots_adjust(hspace=0.55, wspace=0.3)
        places = list(grid.flat)
        for axes, panel in zip(places, panels, strict=False):
            _draw(axes, panel, runs, colours, warned)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        if len(runs) > 1 and panels:
            handles, labels = _legend(places, colours)
            figure.legend(handles, labels, loc="upper center", ncols=columns + 1, bbox_to_anchor=(0.5, 0.02))
        if not panels:
            figure.text(0.5, 0.5, "not measured", ha="center", color=MUTED)
        if note:
            figure.text(0.5, 0.04, note, ha="center", color=MUTED, fontsize=9)
        save(figure, path)


def _draw(axes: Axes, panel: Panel, runs: Mapping[str, Rows], colours: Mapping[str, str], warned: bool) -> None:
    axes.set_title(panel.title, fontweight="bold")
    if not sum(draw_line(axes, rows, panel.key, shorten(name), colours[name]) for name, rows in runs.items()):
        say_empty(axes)
        return
    low, high = axes.get_ylim()
    if panel.floor is not None:
        axes.set_ylim(bottom=panel.floor, top=max(high, panel.floor + 1e-3))
    elif high - low < 1e-6:
        axes.set_ylim(low - 0.05, high + 0.05)  # a constant: no axis of 1e-17
    if panel.percent:
        axes.yaxis.set_major_formatter(as_percent)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    count_updates(axes)
    if warned:
        _mark_warned(axes, [row for rows in runs.values() for row in rows])


def _mark_warned(axes: Axes, rows: Rows) -> None:
    """A short red stroke at the foot of each update whose row holds a warning."""
    places = [finite(row.get("update")) for row in rows if row.get("warnings")]
    x = [place for place in places if place is not None]
    if x:
        axes.vlines(x, 0, 0.05, transform=axes.get_xaxis_transform(), color=WRONG_COLOUR, linewidth=1.6, zorder=5)


def _legend(places: Sequence[Axes], colours: Mapping[str, str]) -> tuple[list[Any], list[str]]:
    """A line of its colour for each run that is drawn in any panel."""
    drawn = {label: handle for axes in places for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    labels = [shorten(name) for name in colours if shorten(name) in drawn]
    return [drawn[label] for label in labels], labels
