"""Draws what examples/03_reward_wind_tunnel_sb3.py measured: how calibrated each policy is, and how often right.

python examples/wind_tunnel_picture.py runs/wind-tunnel/figures.json picture.png
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib  # noqa: F401 (a missing one is told here, before anything is drawn)
import numpy as np

from reasoning_gym_ccrl.evaluation.plots.style import (
    DASHED,
    FAINT,
    GRID,
    INK,
    MORE_COLOURS,
    MUTED,
    as_percent,
    figure_of,
    house_style,
    save,
)

COLUMNS = 4
KINDS = {"answers": MORE_COLOURS[0], "steps": MORE_COLOURS[1]}
_LEAST_SHARE = 0.01  # confidences that are stated less often are not drawn: their share of right ones is an accident


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """One panel per reward, confidence against the share that was right, and one of accuracy against ECE.

    The larger a point of a panel, the more often the confidence was stated.
    """
    names = list(dict.fromkeys(row["reward"] for row in rows))
    height = ceil(len(names) / COLUMNS)
    with house_style():
        figure = figure_of(width=13.0, height=0.9 + 2.25 * height)
        outer = figure.add_gridspec(1, 2, width_ratios=(2.35, 1.0), wspace=0.14, left=0.045, right=0.985)
        panels = outer[0].subgridspec(height, COLUMNS, hspace=0.38, wspace=0.12)
        for place, name in enumerate(names):
            axes = figure.add_subplot(panels[place // COLUMNS, place % COLUMNS])
            _draw_panel(axes, name, [row for row in rows if row["reward"] == name])
            axes.tick_params(labelleft=place % COLUMNS == 0, labelbottom=place + COLUMNS >= len(names))
            if place == 0:
                axes.set_ylabel("share that is right")
                axes.legend(loc="upper left", handletextpad=0.3, borderaxespad=0.1)
            if place + COLUMNS >= len(names):
                axes.set_xlabel("stated confidence")
        _draw_trade(figure.add_subplot(outer[1]), names, rows)
        save(figure, path)


def _draw_panel(axes: Any, name: str, rows: Sequence[dict[str, Any]]) -> None:
    axes.set_title(name, fontweight="bold", fontsize=10)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=DASHED, zorder=1)
    for kind, colour in KINDS.items():
        said = np.array([level for row in rows for level in row["levels"][kind]], dtype=float)
        levels, index = np.unique(said[:, 0].round(6), return_inverse=True)
        counts = np.bincount(index, weights=said[:, 1])
        right = np.bincount(index, weights=said[:, 2]) / counts
        shown = counts >= _LEAST_SHARE * counts.sum()
        sizes = 8 + 160 * counts[shown] / counts.sum()
        axes.plot(levels[shown], right[shown], color=colour, linewidth=1.0, alpha=0.5, zorder=2)
        axes.scatter(levels[shown], right[shown], s=sizes, color=colour, alpha=0.85, linewidth=0, label=kind, zorder=3)
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.06, 1.06)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
    axes.grid(color=GRID, linewidth=0.6)


def _draw_trade(axes: Any, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Accuracy against calibration error of the answers: small points are seeds, a large one their mean."""
    axes.set_title("Accuracy and calibration error of answers", fontweight="bold", fontsize=10)
    means = []
    for name in names:
        colour = FAINT if name in ("untrained", "random-labels") else INK
        points = np.array([(row["answers_right"], row["answer_ece"]) for row in rows if row["reward"] == name])
        axes.scatter(*points.T, s=12, color=colour, alpha=0.6, linewidth=0, zorder=2)
        mean = points.mean(axis=0)
        axes.scatter(*mean, s=55, color=colour, linewidth=0, zorder=3)
        means.append((mean, name))
    axes.set_xlabel("answers that are right")
    axes.set_ylabel("ECE of answers (lower is better)")
    axes.xaxis.set_major_formatter(as_percent)
    axes.set_xlim(left=-0.012)
    axes.set_ylim(bottom=-0.012)
    axes.grid(color=GRID, linewidth=0.6)
    _label(axes, means)


def _label(axes: Any, means: Sequence[tuple[Any, str]]) -> None:
    """Names beside the points, to the left of those in the right half, moved apart where they would overlap."""
    middle, top = axes.get_xlim()[1] * 0.5, axes.get_ylim()[1]
    gap, last = 0.034 * top, {True: -1.0, False: -1.0}
    for (x, y), name in sorted(means, key=lambda one: one[0][1]):
        left = bool(x > middle)
        at = max(y, last[left] + gap)
        last[left] = at
        axes.annotate(
            name,
            (x, y),
            xytext=(x + (-0.055 if left else 0.03) * axes.get_xlim()[1], at),
            ha="right" if left else "left",
            va="center",
            fontsize=8.5,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.4, "shrinkB": 4},
        )


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
