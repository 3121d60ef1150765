"""Calibration of steps by their place in the solution."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...types import Episode
from ..pairs import MOST_PLACES, PlaceFigures, by_place, stated_steps
from .style import (
    GRID,
    INK,
    MUTED,
    as_percent,
    house_style,
    save,
    say_empty,
    shorten,
    stage_colours,
    stage_label,
    stage_panels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_steps(stages: Mapping[str, Sequence[Episode]], path: str | os.PathLike[str]) -> None:
    """Draws, for each stage, accuracy and mean confidence of the first step, the second, and so on.

    Accuracy has its 95% Wilson interval; below stand the ECE of each place and the number of steps it rests on.

    Args:
        stages: stage name to its episodes; a stage may have none, or no step that states a confidence.
        path: the PNG to write, replaced in one move.
    """
    colours = stage_colours(stages)
    tables = {name: by_place(stated_steps(episodes)) for name, episodes in stages.items()}
    every = [row for rows in tables.values() for row in rows]
    worst = max((row.ece for row in every), default=1.0) or 1.0
    most = max((row.count for row in every), default=1)
    last = max((row.place for row in every), default=1)
    with house_style():
        figure, stacks, columns = stage_panels(len(stages), (3.2, 1, 1), width=3.3, height=5.0)
        for place, (name, (upper, middle, lower)) in enumerate(zip(stages, stacks, strict=True)):
            upper.set_title(shorten(stage_label(name)), fontweight="bold", fontsize=13)
            _draw(upper, middle, lower, tables[name], colours[name])
            for axes in (upper, middle, lower):
                axes.set_xlim(0.4, last + 0.6)
                _number_places(axes, last)
            upper.set_ylim(-0.03, 1.03)
            middle.set_ylim(0, 1.2 * worst)
            lower.set_ylim(0, 1.2 * most)
            lower.set_xlabel("Step of the solution")
            if place % columns == 0:
                upper.set_ylabel("Share")
                middle.set_ylabel("ECE")
                lower.set_ylabel("Steps")
        if every:
            handles, labels = next(stack[0] for stack in stacks if stack[0].lines).get_legend_handles_labels()
            figure.legend(handles, labels, loc="upper center", ncols=2, bbox_to_anchor=(0.5, 0.0))
        if not stages:
            figure.text(0.5, 0.5, "No episodes", ha="center", color=MUTED)
        save(figure, path)


def _draw(upper: Axes, middle: Axes, lower: Axes, rows: Sequence[PlaceFigures], colour: str) -> None:
    upper.yaxis.set_major_formatter(as_percent)
    for axes in (upper, middle, lower):
        axes.grid(axis="y", color=GRID, linewidth=0.8)
    if not rows:
        say_empty(upper, "no steps with a confidence")
        return
    x = [row.place for row in rows]
    upper.errorbar(
        x, [row.accuracy for row in rows],
        yerr=([row.accuracy - row.low for row in rows], [row.high - row.accuracy for row in rows]),
        fmt="none", ecolor=colour, elinewidth=1.2, capsize=2.5, zorder=2,
    )  # fmt: skip
    by_place = {row.place: row for row in rows}
    every = range(1, x[-1] + 1)  # a place that no step stands at breaks the lines
    right = [by_place[place].accuracy if place in by_place else math.nan for place in every]
    said = [by_place[place].confidence if place in by_place else math.nan for place in every]
    upper.plot(every, right, color=colour, linewidth=1.6, marker="o", markersize=5, zorder=3, label="right")
    upper.plot(
        every, said, color=INK, linewidth=1.2, linestyle=(0, (3, 2)), marker="D", markersize=4,
        markerfacecolor="white", zorder=4, label="mean confidence",
    )  # fmt: skip
    middle.bar(x, [row.ece for row in rows], width=0.6, color=colour, alpha=0.85, linewidth=0)
    lower.bar(x, [row.count for row in rows], width=0.6, color=MUTED, alpha=0.6, linewidth=0)


def _number_places(axes: Axes, last: int) -> None:
    ticks = list(range(1, last + 1))
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{tick}+" if tick == MOST_PLACES else str(tick) for tick in ticks])
