"""The two pictures of a run: reliability diagrams of its stages, and its training curves.

matplotlib is imported inside the functions, so that measuring works without it. Figures are drawn on a canvas
of their own and never touch pyplot's global state or the user's backend.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..types import Episode
from .evaluate import answer_pairs, finite, summarise
from .metrics import Floats, ReliabilityBins, reliability_bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which stay apart for every kind of colour blindness.
INK, MUTED, GRID = "#22262b", "#6b737c", "#e6e8eb"
STAGE_COLOURS = {"base": "#8a929b", "comt": "#d98200", "ccrl": "#0072b2", "grpo": "#0072b2", "ppo": "#0072b2"}
MORE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
STAGE_LABELS = {"base": "Base", "comt": "CoMT", "ccrl": "CCRL", "grpo": "GRPO", "ppo": "PPO", "sft": "SFT"}

STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10.0,
    "text.parse_math": False,  # a stage may be called "$x^$"
    "text.color": INK,
    "axes.edgecolor": "#b4bac1",
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11.0,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
}
BINS = 10


def stage_label(name: str) -> str:
    """The name of a stage as readers see it: "comt" -> "CoMT"."""
    return STAGE_LABELS.get(name, name)


def stage_colour(name: str, place: int = 0) -> str:
    """The stage's own colour, else one of the palette by its place."""
    return STAGE_COLOURS.get(name, MORE_COLOURS[place % len(MORE_COLOURS)])


def plot_reliability(stages: Mapping[str, Sequence[Episode]], path: str | os.PathLike[str]) -> None:
    """Draws a reliability diagram per stage, side by side: accuracy over stated confidence, in ten bins.

    Dots are bins with their 95% Wilson intervals, the area of a dot growing with its answers; the shade is the
    gap to the diagonal, on which confidence and accuracy agree. Below, how often each confidence was stated.

    Args:
        stages: stage name to its episodes; a stage may have none, or no stated confidence.
        path: the PNG to write, replaced in one move.
    """
    with _house_style():
        figure = _figure(width=max(3.3 * max(len(stages), 1) + 0.6, 5.0), height=4.5)
        columns = max(len(stages), 1)
        grid = figure.add_gridspec(2, columns, height_ratios=(4, 1), hspace=0.08, wspace=0.16)
        pairs = {name: answer_pairs(episodes) for name, episodes in stages.items()}
        tallest = max((stated_shares(confidences).max() for confidences, _ in pairs.values()), default=0.0)
        for column, (name, episodes) in enumerate(stages.items()):
            upper, lower = (figure.add_subplot(grid[row, column]) for row in (0, 1))
            colour = stage_colour(name, column)
            _draw_bins(upper, reliability_bins(*pairs[name], bins=BINS), colour)
            _draw_shares(lower, stated_shares(pairs[name][0]), colour, tallest)
            _title_stage(upper, stage_label(name), episodes)
            for axes in (upper, lower):
                axes.label_outer()
            if column == 0:
                upper.set_ylabel("Share that is right")
                upper.text(0.02, 0.96, "too modest", color="#9aa2ab", fontsize=8.5, style="italic")
                upper.text(1.02, -0.01, "too sure", color="#9aa2ab", fontsize=8.5, style="italic", ha="right")
                lower.set_ylabel("Answers")
            lower.set_xlabel("Stated confidence")
        if not stages:
            figure.text(0.5, 0.5, "No episodes", ha="center", color=MUTED)
        _save(figure, path)


def _draw_bins(axes: Axes, table: ReliabilityBins, colour: str) -> None:
    axes.plot([0, 1], [0, 1], color="#9aa2ab", linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    filled = table.counts > 0
    x, y, counts = table.confidence[filled], table.accuracy[filled], table.counts[filled]
    if x.size:
        axes.vlines(x, y, x, color=colour, alpha=0.22, linewidth=9.0, zorder=2)  # the gap
        axes.errorbar(
            x, y, yerr=(y - table.low[filled], table.high[filled] - y),
            fmt="none", ecolor=colour, elinewidth=1.3, capsize=2.5, zorder=3,
        )  # fmt: skip
        axes.scatter(
            x, y, s=22 + 90 * counts / counts.max(), color=colour, edgecolors="white", linewidths=0.9, zorder=4
        )
    else:
        axes.text(0.5, 0.5, "no stated confidence", ha="center", va="center", color=MUTED, backgroundcolor="white")
    axes.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), aspect="equal", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    axes.set_yticklabels(["0", "50%", "100%"])
    axes.grid(color=GRID, linewidth=0.8)


def _draw_shares(axes: Axes, shares: Floats, colour: str, tallest: float) -> None:
    tenths = np.arange(shares.size) / BINS
    axes.bar(tenths, shares, width=0.85 / BINS, color=colour, alpha=0.85, linewidth=0)
    axes.set(xlim=(-0.05, 1.05), ylim=(0, 1.15 * tallest or 1.0), xticks=[0, 0.5, 1], yticks=[0, tallest or 1.0])
    axes.set_yticklabels(["0", f"{100 * tallest:.0f}%"] if tallest else ["0", ""])
    axes.set_xticklabels(["0", "0.5", "1"])


def stated_shares(confidences: Sequence[float]) -> Floats:
    """The share of answers stating about 0, 0.1, ..., 1.0, so that 0.9 and "certain" are told apart; 11 numbers.

    >>> stated_shares([0.9, 1.0, 1.0, 0.52]).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.25, 0.5]
    """
    places = np.floor(np.asarray(confidences, dtype=np.float64) * BINS + 0.5).astype(np.int64)
    counts = np.bincount(places, minlength=BINS + 1)
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)


def _title_stage(axes: Axes, label: str, episodes: Sequence[Episode]) -> None:
    figures = summarise(episodes, seconds=0.0)
    accuracy = "–" if figures["accuracy"] is None else f"{100 * figures['accuracy']:.0f}%"
    ece = "–" if figures["ece"] is None else f"{figures['ece']:.3f}"
    axes.set_title(label, fontweight="bold", fontsize=13, pad=22)
    axes.text(0, 1.045, f"ECE {ece}   accuracy {accuracy}", transform=axes.transAxes, color=MUTED, fontsize=10)


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
    with _house_style():
        figure = _figure(width=10.6, height=5.6)
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
            panel.set_xlabel("update")
        _save(figure, path)


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
    drawn = sum(_line(axes, rows, key, label, colour) for key, (label, colour) in series.items())
    if not drawn:
        _say_empty(axes)
        return
    if floor is not None:
        axes.set_ylim(bottom=floor, top=max(axes.get_ylim()[1], floor + 1e-3))
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
    if len(series) > 1:
        axes.legend(loc="best")


def _loss(axes: Axes, taught: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The supervised stages' losses, each over its own share of updates done, since their lengths differ."""
    axes.set_title("Loss of supervised stages", fontweight="bold")
    axes.set_ylabel("nats per token")
    drawn = 0
    for place, (name, rows) in enumerate(taught.items()):
        label, colour = stage_label(name), stage_colour(name, place)
        drawn += _line(axes, rows, "loss", label, colour, window=40, relative=True)
        _validation(axes, rows, colour)
    if not drawn:
        _say_empty(axes)
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


def _line(
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


def _say_empty(axes: Axes) -> None:
    axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set(xticks=[], yticks=[])


@contextmanager
def _house_style() -> Iterator[None]:
    from matplotlib import rc_context

    with rc_context(STYLE):
        yield


def _figure(*, width: float, height: float) -> Figure:
    """A figure with a canvas of its own, so that pyplot never holds on to it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes the PNG beside its place, then moves it there; the same data gives the same bytes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / "picture.png"
        figure.savefig(part, bbox_inches="tight", pad_inches=0.18, metadata={"Software": None})
        os.replace(part, path)
