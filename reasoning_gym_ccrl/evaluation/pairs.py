"""What was said and how it came out, as arrays for the metrics: of answers, of steps, and by a step's place."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..types import Episode, Problem, StepRecord
from .evaluate import scored_pair
from .metrics import expected_calibration_error, wilson_interval

MOST_PLACES = 12
"""Places of steps told apart; what comes later is counted with the last of them."""


def problem_key(problem: Problem) -> str:
    """What tells problems apart: the id, and a checksum of the question, since two files may both hold a problem "1".

    >>> problem_key(Problem("1", "How many?", "2"))
    '1#4c01c607'
    """
    return f"{problem.id}#{zlib.crc32(problem.question.encode('utf-8', 'replace')):08x}"


@dataclass(slots=True)
class Stated:
    """N stated confidences with what became of them. UNCHECKED is left out: "could not check" is not "wrong".

    Attributes:
        confidences: in [0, 1].
        outcomes: True where right.
        problems: the `problem_key` of each, for a bootstrap that draws whole problems.
        places: the step's place among the steps of its episode, from 1; 0 for an answer.
    """

    confidences: list[float] = field(default_factory=list)
    outcomes: list[bool] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.confidences)

    def _add(self, record: StepRecord, problem: str, place: int) -> None:
        if (pair := scored_pair(record)) is not None:
            self.confidences.append(pair[0])
            self.outcomes.append(pair[1])
            self.problems.append(problem)
            self.places.append(place)


def stated_answers(episodes: Iterable[Episode]) -> Stated:
    """The checked answers that state a confidence; the pairs are those of `answer_pairs`, in its order."""
    stated = Stated()
    for episode in episodes:
        if episode.final is not None:
            stated._add(episode.final, problem_key(episode.problem), 0)
    return stated


def stated_steps(episodes: Iterable[Episode]) -> Stated:
    """The checked steps that state a confidence; the pairs are those of `step_pairs`, in its order.

    A step's place counts every step before it, checked or not; plans and answers are no steps.
    """
    stated = Stated()
    for episode in episodes:
        key = problem_key(episode.problem)
        steps = (record for record in episode.records if record.step.kind == "step")
        for place, record in enumerate(steps, start=1):
            stated._add(record, key, place)
    return stated


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Calibration of the steps at one place: `accuracy` in a 95% Wilson interval from `low` to `high`."""

    place: int
    count: int
    accuracy: float
    low: float
    high: float
    confidence: float
    ece: float


def by_place(steps: Stated, most: int = MOST_PLACES) -> list[PlaceFigures]:
    """Accuracy, mean confidence and ECE of steps by their place in the solution, in order, empty places left out.

    Args:
        steps: of `stated_steps`.
        most: the last place told apart; steps beyond it count as being there.

    >>> steps = Stated([0.9, 0.5, 0.7], [True, True, False], ["a", "b", "a"], [1, 1, 2])
    >>> [(row.place, row.count, row.accuracy, round(row.confidence, 3), row.ece) for row in by_place(steps)]
    [(1, 2, 1.0, 0.7, 0.3), (2, 1, 0.0, 0.7, 0.7)]
    """
    places = np.minimum(np.asarray(steps.places, dtype=np.int64), most)
    q, y = np.asarray(steps.confidences, dtype=np.float64), np.asarray(steps.outcomes, dtype=np.float64)
    rows = []
    for place in np.unique(places):
        here = places == place
        low, high = wilson_interval(int(y[here].sum()), int(here.sum()))
        rows.append(
            PlaceFigures(
                place=int(place),
                count=int(here.sum()),
                accuracy=float(y[here].mean()),
                low=float(low),
                high=float(high),
                confidence=float(q[here].mean()),
                ece=expected_calibration_error(q[here], y[here]),
            )
        )
    return rows
