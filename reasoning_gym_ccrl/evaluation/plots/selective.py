"""What confidence buys, one picture each: voting, abstention with a certified risk, stopping early."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..metrics import risk_coverage, wilson_interval
from ..selective import Certificate, Selection
from .style import DASHED, FAINT, GRID, INK, MORE_COLOURS, MUTED, as_percent, figure_of, house_style, save, say_empty

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of a picture.

    Attributes:
        x, y: its points; nan is left out.
        error: half the width of a band around it, or None.
        reference: whether it stands for comparison alone, and is drawn grey and dashed.
    """

    x: ArrayLike
    y: ArrayLike
    error: ArrayLike | None = None
    reference: bool = False


def plot_voting(lines: Mapping[str, Line], path: str | os.PathLike[str]) -> None:
    """Draws accuracy over the number of samples that vote, a line for each rule.

    Args:
        lines: label to line, x being numbers of samples; the axis counts in doublings.
        path: the PNG to write, replaced in one move.
    """
    with house_style():
        figure = figure_of(width=6.4, height=4.2)
        axes = figure.subplots()
        _draw(axes, lines)
        if lines:
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.minorticks_off()
        _dress(axes, "Voting", "samples of each problem", "accuracy")
        save(figure, path)


def plot_stopping(samples: Mapping[str, Line], steps: Mapping[str, Line], path: str | os.PathLike[str]) -> None:
    """Draws what stopping early saves: accuracy over mean samples, and right answers kept over tokens written.

    Args:
        samples: label to line of adaptive sampling, x being mean samples of a problem.
        steps: label to line of stopping within solutions, x being the share of tokens that is written.
        path: the PNG to write, replaced in one move.
    """
    with house_style():
        figure = figure_of(width=10.6, height=4.2)
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(wspace=0.26)
        _draw(left, samples)
        _dress(left, "No further sample", "mean samples of a problem", "accuracy")
        _draw(right, steps)
        _dress(right, "No further step", "tokens written, of a full solution's", "right answers kept")
        if steps:
            right.xaxis.set_major_formatter(as_percent)
        save(figure, path)


def plot_abstention(
    certificate: Certificate,
    sets: Mapping[str, tuple[ArrayLike, ArrayLike]],
    path: str | os.PathLike[str],
    shifted: Sequence[str] = (),
) -> None:
    """Draws risk over coverage on each set with the certified threshold as a dot, and the risk there with its interval.

    Args:
        certificate: what was certified, on the first of the sets.
        sets: label to (confidences, outcomes): calibration, test, shifted ones.
        path: the PNG to write, replaced in one move.
        shifted: the labels of sets for which nothing is promised; they are drawn dashed.
    """
    colours = {name: MORE_COLOURS[place % len(MORE_COLOURS)] for place, name in enumerate(sets)}
    with house_style():
        figure = figure_of(width=10.6, height=4.2)
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        figure.subplots_adjust(wspace=0.5)
        for name, (confidences, outcomes) in sets.items():
            coverage, risk = risk_coverage(confidences, outcomes)
            style = DASHED if name in shifted else "solid"
            left.plot(coverage, risk, color=colours[name], linewidth=1.8, linestyle=style, label=name)
            found = certificate.apply(confidences, outcomes)
            if found.selected:
                left.plot(found.coverage, found.risk, "o", color=colours[name], markersize=7, markeredgecolor="white")
        left.axhline(certificate.risk, color=INK, linewidth=1.0, linestyle=DASHED)
        left.text(0.0, certificate.risk, " certified level ", color=INK, fontsize=8.5, va="bottom")
        left.set_xlim(0, 1.02)
        left.set_ylim(bottom=-0.01)
        _dress(left, "Risk over coverage", "share answered", "share of the answered that is wrong")
        left.xaxis.set_major_formatter(as_percent)
        found_by = {name: certificate.apply(*pairs) for name, pairs in sets.items()}
        _draw_risks(right, certificate, found_by, colours)
        save(figure, path)


def _draw_risks(
    axes: Axes, certificate: Certificate, found: Mapping[str, Selection], colours: Mapping[str, str]
) -> None:
    """The risk at the certified threshold in each set, with its 95% Wilson interval and the coverage."""
    threshold = certificate.threshold
    if threshold is None or not found:
        axes.set_title("At the certified threshold", fontweight="bold")
        say_empty(axes, "nothing certified: abstain always" if found else "not measured")
        return
    axes.set_title(f"At the certified threshold, {threshold:g}", fontweight="bold")
    places = np.arange(len(found))[::-1]
    for place, (name, each) in zip(places, found.items(), strict=True):
        if not each.selected:
            axes.text(0.02, place, "nothing answered", color=MUTED, fontsize=9, va="center")
            continue
        low, high = (float(end) for end in wilson_interval(each.errors, each.selected))
        axes.hlines(place, low, high, color=colours[name], linewidth=1.6)
        broken = low > certificate.risk
        axes.plot(each.risk, place, "X" if broken else "o", color=colours[name], markersize=8, markeredgecolor="white")
        axes.text(
            1.03, place, f"{as_percent(round(each.coverage, 3))} answered", color=MUTED, fontsize=9, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.axvline(certificate.risk, color=INK, linewidth=1.0, linestyle=DASHED)
    axes.set_yticks(places, list(found))
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("share of the answered that is wrong (✕: the level is broken)")
    axes.xaxis.set_major_formatter(as_percent)
    axes.grid(axis="x", color=GRID, linewidth=0.8)


def _draw(axes: Axes, lines: Mapping[str, Line]) -> None:
    place = 0
    for label, line in lines.items():
        x, y = np.asarray(line.x, dtype=np.float64), np.asarray(line.y, dtype=np.float64)
        shown = np.isfinite(x) & np.isfinite(y)
        if line.reference:
            axes.plot(x[shown], y[shown], color=FAINT, linewidth=1.4, linestyle=DASHED, label=label)
            continue
        colour = MORE_COLOURS[place % len(MORE_COLOURS)]
        place += 1
        axes.plot(x[shown], y[shown], color=colour, linewidth=1.9, marker="o", markersize=4, label=label)
        if line.error is not None:
            error = np.asarray(line.error, dtype=np.float64)[shown]
            axes.fill_between(x[shown], y[shown] - error, y[shown] + error, color=colour, alpha=0.12, linewidth=0)


def _dress(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontweight="bold")
    if not axes.get_legend_handles_labels()[0]:
        say_empty(axes)
        return
    axes.set(xlabel=x, ylabel=y)
    axes.yaxis.set_major_formatter(as_percent)
    axes.grid(color=GRID, linewidth=0.8)
    axes.legend(loc="best")
