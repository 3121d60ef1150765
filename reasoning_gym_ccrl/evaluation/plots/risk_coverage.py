"""Risk-coverage curves: the error rate among what is answered, where only the most confident is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...types import Episode
from ..metrics import aurc, risk_coverage
from ..pairs import Stated, stated_answers, stated_steps
from .style import (
    DASHED,
    GRID,
    as_percent,
    figure_of,
    house_style,
    save,
    say_empty,
    shorten,
    stage_colours,
    stage_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LINES = 10  # more could not be told apart; their figures stand in the table


def plot_risk_coverage(stages: Mapping[str, Sequence[Episode]], path: str | os.PathLike[str]) -> None:
    """Draws the risk-coverage curves of all stages over one another, of answers and of steps.

    From the right end, where everything is answered, to the left, where only the most confident is: a curve that
    falls to the left belongs to a confidence worth asking for; a flat one, dashed, to a blind one.

    Args:
        stages: stage name to its episodes; at most ten are drawn.
        path: the PNG to write, replaced in one move.
    """
    with house_style():
        figure = figure_of(width=10.2, height=4.2)
        left, right = figure.subplots(1, 2)
        figure.subplots_adjust(wspace=0.24)
        _draw(left, stages, stated_answers, "Answers")
        _draw(right, stages, stated_steps, "Steps")
        left.set_ylabel("Share of those that is wrong")
        save(figure, path)


def _draw(
    axes: Axes,
    stages: Mapping[str, Sequence[Episode]],
    stated_of: Callable[[Iterable[Episode]], Stated],
    title: str,
) -> None:
    axes.set_title(title, fontweight="bold")
    drawn = 0
    for name, colour in list(stage_colours(stages).items())[:MOST_LINES]:
        stated = stated_of(stages[name])
        if not len(stated):
            continue
        coverage, risk = risk_coverage(stated.confidences, stated.outcomes)
        area = aurc(stated.confidences, stated.outcomes)
        axes.plot(coverage, risk, color=colour, linewidth=1.8, label=f"{shorten(stage_label(name))}, AURC {area:.3f}")
        axes.plot([0, 1], [risk[-1]] * 2, color=colour, linewidth=0.9, linestyle=DASHED, alpha=0.7)
        axes.plot(1, risk[-1], color=colour, marker="o", markersize=5, linestyle="none")
        drawn += 1
    if not drawn:
        say_empty(axes, "no stated confidence")
        return
    axes.set(xlim=(0, 1.02), xticks=np.linspace(0, 1, 5))
    axes.set_ylim(bottom=0, top=max(1.2 * axes.get_ylim()[1], 0.05))
    axes.set_xlabel("Share kept, the most confident first")
    axes.xaxis.set_major_formatter(as_percent)
    axes.yaxis.set_major_formatter(as_percent)
    axes.grid(color=GRID, linewidth=0.8)
    axes.legend(loc="upper left")
