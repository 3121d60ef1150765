"""The look that all pictures share: colours, labels, a figure on a canvas of its own, and how it becomes a file.

matplotlib is imported inside the functions, so that measuring works without it; pyplot's global state and the
user's settings are never touched.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which stay apart for every kind of colour blindness.
INK, MUTED, FAINT, GRID = "#22262b", "#6b737c", "#9aa2ab", "#e6e8eb"
STAGE_COLOURS = {"base": "#8a929b", "comt": "#d98200", "ccrl": "#0072b2", "grpo": "#0072b2", "ppo": "#0072b2"}
MORE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
STAGE_LABELS = {"base": "Base", "comt": "CoMT", "ccrl": "CCRL", "grpo": "GRPO", "ppo": "PPO", "sft": "SFT"}
RIGHT_COLOUR, WRONG_COLOUR = "#0072b2", "#d55e00"
DASHED = (0, (4, 3))
DPI = 160

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


def stage_label(name: str) -> str:
    """The name of a stage as readers see it: "comt" -> "CoMT"."""
    return STAGE_LABELS.get(name, name)


def stage_colour(name: str, place: int = 0) -> str:
    """The stage's own colour, else one of the palette by its place."""
    return STAGE_COLOURS.get(name, MORE_COLOURS[place % len(MORE_COLOURS)])


@contextmanager
def house_style() -> Iterator[None]:
    """The house style inside the `with`, and the user's own settings again after it."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        yield


def figure_of(*, width: float, height: float) -> Figure:
    """A figure of so many inches with a canvas of its own, so that pyplot never holds on to it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes the PNG beside its place, then moves it there; the same data gives the same bytes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / "picture.png"
        figure.savefig(part, bbox_inches="tight", pad_inches=0.18, metadata={"Software": None})
        os.replace(part, path)


def say_empty(axes: Axes, text: str = "not measured") -> None:
    """Says in the middle of a panel why there is nothing in it."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set(xticks=[], yticks=[])


def count_updates(axes: Axes) -> None:
    """Makes the horizontal axis one of updates, which are whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("update")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def as_percent(value: float, _: object = None) -> str:
    """A share as an axis writes it, to be given to `set_major_formatter`.

    >>> as_percent(0.125)
    '12.5%'
    """
    return f"{100 * value:.3g}%"


def stage_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each stage, its own where it has one, no two alike while the palette lasts.

    >>> stage_colours(["ccrl", "ppo"])
    {'ccrl': '#0072b2', 'ppo': '#d55e00'}
    """
    colours: dict[str, str] = {}
    for place, name in enumerate(names):
        own = STAGE_COLOURS.get(name)
        free = [colour for colour in (own, *MORE_COLOURS) if colour is not None and colour not in colours.values()]
        colours[name] = free[0] if free else stage_colour(name, place)
    return colours


def shorten(text: str, most: int = 26) -> str:
    """The text, or its two ends where it is longer than `most` characters; on one line.

    >>> shorten("a run with quite a long name/ccrl", 16)
    'a run w… me/ccrl'
    """
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if len(text) <= most:
        return text
    half = (most - 2) // 2
    return f"{text[:half]}… {text[-(most - 2 - half) :]}"


def stage_panels(
    count: int, heights: Sequence[float], *, width: float, height: float, most: int = 4
) -> tuple[Figure, list[list[Axes]], int]:
    """A figure with a stack of panels for each stage, side by side, in rows of at most `most`.

    Args:
        count: of the stages.
        heights: of the panels in a stack, as shares.
        width: of a stack, in inches.
        height: of a stack, in inches.
        most: stacks in a row.

    Returns:
        The figure, the stacks in order, and how many stand in a row.
    """
    rows = max(1, math.ceil(count / most))
    columns = max(1, math.ceil(count / rows))
    figure = figure_of(width=max(width * columns + 0.6, 5.0), height=height * rows)
    outer = figure.add_gridspec(rows, columns, hspace=0.42, wspace=0.16)
    stacks = []
    for place in range(count):
        inner = outer[place // columns, place % columns].subgridspec(len(heights), 1, height_ratios=heights, hspace=0.1)
        stack = [figure.add_subplot(inner[row, 0]) for row in range(len(heights))]
        for axes in stack:
            axes.tick_params(labelleft=place % columns == 0, labelbottom=axes is stack[-1])
        stacks.append(stack)
    return figure, stacks, columns
