"""Training curves from the rows of a run's metrics.jsonl."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluate import finite
from ..metrics import Floats
from .style import (
    GRID,
    as_percent,
    count_updates,
    figure_of,
    house_style,
    save,
    say_empty,
    shorten,
    stage_colour,
    stage_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_curves(rows: Sequence[Mapping[str, Any]], path: str | os.PathLike[str]) -> None:
    """Draws the training curves of a run from the rows of its metrics.jsonl.

    Reinforcement learning: reward, accuracy, calibration error, overconfident errors, entropy and KL. Before
    it: the loss of the supervised stages. The thin line is what was measured, the thick one a running mean.

    Args:
        rows: any subset of stages and figures; what is missing, null or not finite is left out.
        path: the PNG to write, replaced in one move.
    """
    learned = [row for row in rows if finite(row.get("reward_mean")) is not None]
    taught: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if "reward_mean" not in row and finite(row.get("loss")) is not None:
            taught.setdefault(str(row.get("stage", "")), []).append(row)
    with house_style():
        figure = figure_of(width=10.6, height=5.6)
        axes = figure.subplots(2, 3)
        figure.subplots_adjust(hspace=0.5, wspace=0.3)
        main = stage_colour("ccrl")
        _curve(axes[0, 0], "Reward", learned, {"reward_mean": ("", main)})
        _curve(axes[0, 1], "Accuracy", learned, {"accuracy": ("", main)}, percent=True)
        _curve(axes[0, 2], "Calibration error (ECE)", learned, {"ece": ("", main)}, floor=0.0)
        errors = {"overconfident_error_rate": ("", main)}
        _curve(axes[1, 0], "Overconfident errors", learned, errors, percent=True, floor=0.0)
        spread = {"entropy": ("entropy", main), "kl": ("KL from the start", "#d55e00")}
        _curve(axes[1, 1], "Entropy and KL", learned, spread, floor=0.0)
        axes[1, 1].set_ylabel("nats per token")
        _loss(axes[1, 2], taught)
        for panel in axes.flat:
            panel.grid(axis="y", color=GRID, linewidth=0.8)
        for panel in (*axes[0], axes[1, 0], axes[1, 1]):
            if panel.lines:
                count_updates(panel)
        save(figure, path)


def _curve(
    axes: Axes,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    series: Mapping[str, tuple[str, str]],
    *,
    percent: bool = False,
    floor: float | None = None,
) -> None:
    """A panel with the named figures over updates: name -> (label, colour)."""
    axes.set_title(title, fontweight="bold")
    drawn = sum(draw_line(axes, rows, key, label, colour) for key, (label, colour) in series.items())
    if not drawn:
        say_empty(axes)
        return
    if floor is not None:
        axes.set_ylim(bottom=floor, top=max(axes.get_ylim()[1], floor + 1e-3))
    if percent:
        axes.yaxis.set_major_formatter(as_percent)
    if len(series) > 1:
        axes.legend(loc="best")


def _loss(axes: Axes, taught: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The supervised stages' losses, each over its own share of updates done, since their lengths differ."""
    axes.set_title("Loss of supervised stages", fontweight="bold")
    axes.set_ylabel("nats per token")
    drawn = 0
    for place, (name, rows) in enumerate(taught.items()):
        label, colour = shorten(stage_label(name)), stage_colour(name, place)
        drawn += draw_line(axes, rows, "loss", label, colour, window=40, relative=True)
        _validation(axes, rows, colour)
    if not drawn:
        say_empty(axes)
        return
    axes.set_xlabel("share of the stage's updates")
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    low, high = axes.get_ylim()
    if low > 0 and high / low > 20:
        axes.set_yscale("log")
    axes.legend(loc="upper right")


def _validation(axes: Axes, rows: Sequence[Mapping[str, Any]], colour: str) -> None:
    x, y = _points(rows, "validation_loss")
    if x.size:
        ring: dict[str, Any] = {
            "markersize": 4,
            "markerfacecolor": "white",
            "markeredgecolor": colour,
            "linestyle": "none",
        }
        axes.plot(_relative(x, rows), y, marker="o", label="on validation", zorder=5, **ring)


def draw_line(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    key: str,
    label: str,
    colour: str,
    *,
    window: int = 15,
    relative: bool = False,
) -> bool:
    """Draws one figure, thin as measured and thick as a mean over 1/window of it; returns whether there was any."""
    x, y = _points(rows, key)
    if not x.size:
        return False
    if relative:
        x = _relative(x, rows)
    if x.size < 8:
        axes.plot(x, y, color=colour, linewidth=1.8, marker="o", markersize=4, label=label)
        return True
    axes.plot(x, y, color=colour, linewidth=0.9, alpha=0.35)
    axes.plot(x, running_mean(y, max(2, x.size // window)), color=colour, linewidth=2.0, label=label)
    return True


def running_mean(values: Floats, window: int) -> Floats:
    """The mean of up to `window` values on each side and the value itself; shorter at the ends, never shifted.

    >>> running_mean(np.array([0.0, 3.0, 6.0, 3.0]), 1).tolist()
    [1.5, 3.0, 4.0, 4.5]
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(places - window, 0), np.minimum(places + window + 1, len(values))
    return np.asarray((sums[last] - sums[first]) / (last - first), dtype=np.float64)


def _points(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[Floats, Floats]:
    """(updates, values) of the rows where both are finite numbers, in the order of updates."""
    pairs = [(finite(row.get("update", place)), finite(row.get(key))) for place, row in enumerate(rows)]
    kept = sorted((x, y) for x, y in pairs if x is not None and y is not None)
    return np.array([x for x, _ in kept]), np.array([y for _, y in kept])


def _relative(x: Floats, rows: Sequence[Mapping[str, Any]]) -> Floats:
    end = max((value for row in rows if (value := finite(row.get("update"))) is not None), default=0.0)
    return x / end if end > 0 else x
