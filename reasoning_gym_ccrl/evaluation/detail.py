"""Calibration figures with their intervals, and the differences between stages or runs, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ..types import Episode
from . import metrics
from .evaluate import Figure
from .metrics import Floats, Interval, Metric
from .pairs import Stated, problem_key, stated_answers, stated_steps
from .tables import Row, Table, stage_columns

RESAMPLES = 200
MANY_PAIRS = 4_000
RESAMPLES_OF_MANY = 100

Stages = Mapping[str, Sequence[Episode]]


@dataclass(frozen=True, slots=True)
class Detail:
    """A figure of the detail tables, and the function that gives it."""

    figure: Figure
    metric: Metric


def _accuracy(_: Floats, outcomes: Floats) -> float:
    return float(outcomes.mean()) if outcomes.size else math.nan


OVERCONFIDENT_GIVEN_WRONG = partial(metrics.overconfident_error_rate, given_wrong=True)

DETAILS: tuple[Detail, ...] = (
    Detail(
        Figure("right", "Right", "high", "percent", "Share that is right, of those that state a confidence."),
        _accuracy,
    ),
    Detail(
        Figure("ece", "ECE", "low", "number", "Expected calibration error, 15 bins of equal width."),
        metrics.expected_calibration_error,
    ),
    Detail(
        Figure("smooth_ece", "Smooth ECE", "low", "number", "Calibration error without bins."),
        metrics.smooth_ece,
    ),
    Detail(
        Figure("brier", "Brier", "low", "number", "Mean squared gap between confidence and outcome."),
        metrics.brier_score,
    ),
    Detail(
        Figure("nll", "NLL", "low", "number", "Mean surprise in nats, confidences clipped to within 1e-6 of 0 and 1."),
        metrics.negative_log_likelihood,
    ),
    Detail(
        Figure("auroc", "AUROC", "high", "number", "Chance that a right one is more confident than a wrong one."),
        metrics.auroc,
    ),
    Detail(
        Figure("aurc", "AURC", "low", "number", "Mean error rate over all shares kept, the most confident first."),
        metrics.aurc,
    ),
    Detail(
        Figure("overconfident", "Overconfident errors", "low", "percent", "Share that is wrong at 0.9 or more."),
        metrics.overconfident_error_rate,
    ),
    Detail(
        Figure(
            "overconfident_given_wrong", "… of the wrong", "low", "percent", "Share of the wrong ones at 0.9 or more."
        ),
        OVERCONFIDENT_GIVEN_WRONG,
    ),
    Detail(
        Figure("slope", "Calibration slope", "", "number", "Of outcome on logit confidence: 1 is best, less too sure."),
        metrics.calibration_slope,
    ),
)

DIFFERENCES = ("right", "ece", "brier", "auroc", "aurc", "overconfident")

ANSWERS_HINT = (
    "Of the checked answers that state a confidence, with 95% bootstrap intervals in brackets (whole problems are "
    "drawn). Where the figures above count over all problems, these do not."
)
STEPS_HINT = (
    "Of the checked steps that state a confidence, with 95% bootstrap intervals in brackets (whole problems are drawn, "
    "since the steps of one rise and fall together)."
)


def intervals(stated: Stated, *, seed: int = 0) -> dict[str, Interval]:
    """Every figure of `DETAILS` with its 95% interval, problems drawn as a whole; nan where it is undefined.

    The draws of all figures are the same. The smooth ECE of a draw is taken at the kernel width of the whole sample,
    since finding a width of its own for each would take thirty times as long.
    """
    resamples = RESAMPLES if len(stated) <= MANY_PAIRS else RESAMPLES_OF_MANY
    found = {}
    for detail in DETAILS:
        metric = _at_one_width(stated) if detail.figure.key == "smooth_ece" else detail.metric
        found[detail.figure.key] = metrics.bootstrap(
            metric, stated.confidences, stated.outcomes, stated.problems, resamples=resamples, seed=seed
        )
    return found


def _at_one_width(stated: Stated) -> Metric:
    """The smooth ECE at its own width on all pairs: the same value there, and quick on a draw of them."""
    width = metrics.smooth_ece(stated.confidences, stated.outcomes)
    return partial(metrics.smooth_ece, sigma=min(max(width, 1e-3), 1.0))


def detail_tables(stages: Stages) -> list[Table]:
    """A table for the answers and one for the steps, each left out where no stage has any pairs."""
    kinds: list[tuple[str, str, Callable[[Iterable[Episode]], Stated]]] = [
        ("Answers in detail", ANSWERS_HINT, stated_answers),
        ("Steps in detail", STEPS_HINT, stated_steps),
    ]
    tables = []
    for heading, hint, stated_of in kinds:
        stated = {name: stated_of(episodes) for name, episodes in stages.items()}
        if any(map(len, stated.values())):
            tables.append(_detail_table(heading, hint, stated))
    return tables


def _detail_table(heading: str, hint: str, stated: Mapping[str, Stated]) -> Table:
    labels, colours = stage_columns(list(stated))
    found = [intervals(pairs) for pairs in stated.values()]
    rows = [Row("Number", [str(len(pairs)) for pairs in stated.values()], "How many there are.")]
    for detail in DETAILS:
        figure = detail.figure
        cells = [write_interval(figure, column[figure.key]) for column in found]
        rows.append(Row(figure.label, cells, figure.meaning, figure.better))
    return Table(heading, labels, rows, hint=hint, colours=colours)


def write_interval(figure: Figure, interval: Interval) -> str:
    """A figure with its interval: "0.120 [0.080, 0.170]"; "–" where it is undefined.

    >>> write_interval(DETAILS[1].figure, Interval(0.12, 0.08, 0.17))
    '0.120 [0.080, 0.170]'
    """
    if math.isnan(interval.value):
        return "–"
    if math.isnan(interval.low):
        return figure.write(interval.value)
    value, low, high = (figure.write(number).replace("-", "−") for number in interval)
    return f"{value} [{low}, {high}]"


def differences_table(stages: Stages, against: str | None = None) -> Table | None:
    """How each stage differs from `against`, the first by default, with paired 95% intervals; None for fewer than two.

    Each draw takes the same problems from both, so an interval without 0 is a difference that the choice of problems
    does not explain; those cells are bold. Accuracy is over all problems with a known answer.
    """
    if len(stages) < 2:
        return None
    first = next(iter(stages)) if against is None else against
    others = [name for name in stages if name != first]
    known = {name: _known_outcomes(episodes) for name, episodes in stages.items()}
    answers = {name: stated_answers(episodes) for name, episodes in stages.items()}
    rows = []
    for detail in (_ACCURACY, *(detail for detail in DETAILS[1:] if detail.figure.key in DIFFERENCES)):
        pairs = known if detail is _ACCURACY else answers
        found = [_difference(detail.metric, pairs[name], pairs[first]) for name in others]
        rows.append(
            Row(
                detail.figure.label,
                [write_difference(detail.figure, interval) for interval in found],
                detail.figure.meaning,
                detail.figure.better,
                frozenset(place for place, interval in enumerate(found) if interval.low > 0 or interval.high < 0),
            )
        )
    labels, colours = stage_columns(list(stages))
    columns = [(label, colour) for name, label, colour in zip(stages, labels, colours, strict=True) if name != first]
    label = labels[list(stages).index(first)]
    return Table(
        f"Differences from {label}",
        [f"{name} − {label}" if len(columns) == 1 else name for name, _ in columns],
        rows,
        hint="With paired 95% bootstrap intervals in brackets: each draw takes the same problems from both. "
        "Bold: the interval does not hold 0. pp: percentage points.",
        colours=[colour for _, colour in columns],
    )


_ACCURACY = Detail(
    Figure("accuracy", "Accuracy", "high", "percent", "Share of problems answered right; no answer is wrong."),
    _accuracy,
)


def _known_outcomes(episodes: Iterable[Episode]) -> Stated:
    """Right or not, of every problem with a known answer; the confidences mean nothing."""
    known = [episode for episode in episodes if episode.problem.answer is not None]
    return Stated(
        [0.5] * len(known), [e.is_correct for e in known], [problem_key(e.problem) for e in known], [0] * len(known)
    )  # fmt: skip


def _difference(metric: Metric, one: Stated, other: Stated) -> Interval:
    return metrics.bootstrap_difference(
        metric,
        (one.confidences, one.outcomes),
        (other.confidences, other.outcomes),
        (one.problems, other.problems),
        resamples=RESAMPLES if max(len(one), len(other)) <= MANY_PAIRS else RESAMPLES_OF_MANY,
    )


def write_difference(figure: Figure, interval: Interval) -> str:
    """With its sign, shares in percentage points: "+1.2 pp [−0.3 pp, +2.5 pp]"; "–" where it is undefined.

    >>> write_difference(DETAILS[0].figure, Interval(0.012, -0.003, 0.025))
    '+1.2 pp [−0.3 pp, +2.5 pp]'
    """
    if math.isnan(interval.value) or math.isnan(interval.low):
        return "–" if math.isnan(interval.value) else _signed(figure, interval.value)
    value, low, high = (_signed(figure, number) for number in interval)
    return f"{value} [{low}, {high}]"


def _signed(figure: Figure, number: float) -> str:
    return ("−" if number < 0 else "+") + figure.write(abs(number)).replace("%", " pp")
