"""Pictures of a run, as PNG files. matplotlib is loaded when the first of them is drawn."""

from .curves import plot_curves, running_mean
from .histograms import plot_histograms, split_counts
from .reliability import BINS, plot_reliability, stated_shares
from .risk_coverage import plot_risk_coverage
from .steps import plot_steps
from .style import (
    GRID,
    INK,
    MORE_COLOURS,
    MUTED,
    STAGE_COLOURS,
    STAGE_LABELS,
    STYLE,
    figure_of,
    house_style,
    save,
    stage_colour,
    stage_colours,
    stage_label,
)
from .training import plot_confidence, plot_reward_terms, plot_runs, reward_term_names

__all__ = [
    "BINS",
    "GRID",
    "INK",
    "MORE_COLOURS",
    "MUTED",
    "STAGE_COLOURS",
    "STAGE_LABELS",
    "STYLE",
    "figure_of",
    "house_style",
    "plot_confidence",
    "plot_curves",
    "plot_histograms",
    "plot_reliability",
    "plot_reward_terms",
    "plot_risk_coverage",
    "plot_runs",
    "plot_steps",
    "reward_term_names",
    "running_mean",
    "save",
    "split_counts",
    "stage_colour",
    "stage_colours",
    "stage_label",
    "stated_shares",
]
