"""Reliability diagrams: what was said against how often it was right."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...types import Episode
from ..evaluate import answer_pairs, summarise
from ..metrics import Floats, ReliabilityBins, reliability_bins
from .style import DASHED, FAINT, GRID, MUTED, house_style, save, shorten, stage_colours, stage_label, stage_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 10


def plot_reliability(stages: Mapping[str, Sequence[Episode]], path: str | os.PathLike[str]) -> None:
    """Draws a reliability diagram per stage, side by side: accuracy over stated confidence, in ten bins.

    Dots are bins with their 95% Wilson intervals, the area of a dot growing with its answers; the shade is the
    gap to the diagonal, on which confidence and accuracy agree. Below, how often each confidence was stated.

    Args:
        stages: stage name to its episodes; a stage may have none, or no stated confidence.
        path: the PNG to write, replaced in one move.
    """
    colours = stage_colours(stages)
    with house_style():
        figure, stacks, columns = stage_panels(len(stages), (4, 1), width=3.3, height=4.5)
        pairs = {name: answer_pairs(episodes) for name, episodes in stages.items()}
        tallest = max((stated_shares(confidences).max() for confidences, _ in pairs.values()), default=0.0)
        for place, ((name, episodes), (upper, lower)) in enumerate(zip(stages.items(), stacks, strict=True)):
            _draw_bins(upper, reliability_bins(*pairs[name], bins=BINS), colours[name])
            _draw_shares(lower, stated_shares(pairs[name][0]), colours[name], tallest)
            _title_stage(upper, stage_label(name), episodes, len(pairs[name][0]))
            if place % columns == 0:
                upper.set_ylabel("Share that is right")
                upper.text(0.02, 0.96, "too modest", color=FAINT, fontsize=8.5, style="italic")
                upper.text(1.02, -0.01, "too sure", color=FAINT, fontsize=8.5, style="italic", ha="right")
                lower.set_ylabel("Answers")
            lower.set_xlabel("Stated confidence")
        if not stages:
            figure.text(0.5, 0.5, "No episodes", ha="center", color=MUTED)
        save(figure, path)


def _draw_bins(axes: Axes, table: ReliabilityBins, colour: str) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1.0, linestyle=DASHED, zorder=1)
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


def _title_stage(axes: Axes, label: str, episodes: Sequence[Episode], count: int) -> None:
    figures = summarise(episodes, seconds=0.0)
    accuracy = "–" if figures["accuracy"] is None else f"{100 * figures['accuracy']:.0f}%"
    ece = "–" if figures["ece"] is None else f"{figures['ece']:.3f}"
    axes.set_title(shorten(label), fontweight="bold", fontsize=13, pad=22)
    facts = f"ECE {ece}   accuracy {accuracy}   n = {count}"
    axes.text(0, 1.045, facts, transform=axes.transAxes, color=MUTED, fontsize=10)
