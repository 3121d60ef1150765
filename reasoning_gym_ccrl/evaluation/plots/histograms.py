"""How often each confidence was stated, apart for what was right and for what was wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...types import Episode
from ..pairs import Stated, stated_answers, stated_steps
from .style import (
    GRID,
    MUTED,
    RIGHT_COLOUR,
    WRONG_COLOUR,
    house_style,
    save,
    say_empty,
    shorten,
    stage_label,
    stage_panels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TENTHS = 10


def plot_histograms(stages: Mapping[str, Sequence[Episode]], path: str | os.PathLike[str]) -> None:
    """Draws, for each stage, the confidences of answers and of steps: right ones upward, wrong ones downward.

    A triangle marks the mean confidence of either. A model that knows what it knows has its right ones far to the
    right and its wrong ones far to the left.

    Args:
        stages: stage name to its episodes; a stage may have none, or no stated confidence.
        path: the PNG to write, replaced in one move.
    """
    with house_style():
        figure, stacks, columns = stage_panels(len(stages), (1, 1), width=3.3, height=4.6)
        answers = [stated_answers(episodes) for episodes in stages.values()]
        steps = [stated_steps(episodes) for episodes in stages.values()]
        tops = [1.3 * max(map(_tallest, those), default=0.0) for those in (answers, steps)]  # one scale for all stages
        for place, (name, (upper, lower)) in enumerate(zip(stages, stacks, strict=True)):
            upper.set_title(shorten(stage_label(name)), fontweight="bold", fontsize=13)
            _draw(upper, answers[place], "answers", tops[0])
            _draw(lower, steps[place], "steps", tops[1])
            lower.set_xlabel("Stated confidence")
            if place % columns == 0:
                upper.set_ylabel("Answers: wrong | right")
                lower.set_ylabel("Steps: wrong | right")
        if not stages:
            figure.text(0.5, 0.5, "No episodes", ha="center", color=MUTED)
        save(figure, path)


def split_counts(stated: Stated) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(right, wrong): how many of each stated about 0, 0.1, ..., 1.0; 11 counts each.

    >>> right, wrong = split_counts(Stated([0.9, 1.0, 0.52], [True, False, True], ["a", "b", "c"], [0, 0, 0]))
    >>> right.tolist(), wrong.tolist()
    ([0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    """
    places = np.floor(np.asarray(stated.confidences, dtype=np.float64) * TENTHS + 0.5).astype(np.int64)
    outcomes = np.asarray(stated.outcomes, dtype=bool)
    return (
        np.bincount(places[outcomes], minlength=TENTHS + 1),
        np.bincount(places[~outcomes], minlength=TENTHS + 1),
    )


def _tallest(stated: Stated) -> float:
    """The height of the tallest bar, as a share of all."""
    return max(float(counts.max()) for counts in split_counts(stated)) / max(len(stated), 1)


def _draw(axes: Axes, stated: Stated, what: str, top: float) -> None:
    """One panel. The shares are of all, right and wrong together, so that the areas can be compared."""
    if not len(stated):
        say_empty(axes, f"no {what} with a confidence")
        return
    right, wrong = (counts / len(stated) for counts in split_counts(stated))
    tenths = np.arange(TENTHS + 1) / TENTHS
    axes.bar(tenths, right, width=0.085, color=RIGHT_COLOUR, alpha=0.85, linewidth=0, label="right")
    axes.bar(tenths, -wrong, width=0.085, color=WRONG_COLOUR, alpha=0.85, linewidth=0, label="wrong")
    axes.axhline(0, color=MUTED, linewidth=0.8)
    q, y = np.asarray(stated.confidences), np.asarray(stated.outcomes, dtype=bool)
    for those, side, colour, marker in ((q[y], 1, RIGHT_COLOUR, "v"), (q[~y], -1, WRONG_COLOUR, "^")):
        if those.size:
            axes.plot(those.mean(), 0.95 * side * top, marker=marker, color=colour, markersize=6, linestyle="none")
    axes.set(xlim=(-0.07, 1.07), ylim=(-top, top), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(100 * value):.3g}%")
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    for sign, count, colour, edge in (
        ("right", y.sum(), RIGHT_COLOUR, 0.97),
        ("wrong", (~y).sum(), WRONG_COLOUR, 0.03),
    ):
        axes.text(
            0.03, edge, f"{count} {sign}", transform=axes.transAxes, color=colour, fontsize=9,
            va="top" if edge > 0.5 else "bottom", bbox={"facecolor": "white", "linewidth": 0, "pad": 0.8},
        )  # fmt: skip
