"""A figure for each part of the pairs: by step index, family, split or number of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .intervals import label_index
from .pairs import Floats, pairs


class GroupFigure(NamedTuple):
    """A figure and the number of pairs that it rests on."""

    value: float
    pairs: int


def by_group(
    metric: Callable[[Floats, Floats], float], confidences: ArrayLike, outcomes: ArrayLike, groups: ArrayLike
) -> dict[Any, GroupFigure]:
    """The figure of each group of pairs and how many they are, in the order of the labels.

    Calibration by step index is `by_group(expected_calibration_error, q, y, step_index)`. Read the numbers: late steps
    exist in long solutions only, so they are few and of other problems than the first ones.

    Args:
        metric: a function of (confidences, outcomes); set options with functools.partial.
        confidences: N confidences.
        outcomes: N outcomes.
        groups: N labels of one sortable type: step indexes, names.

    Raises:
        InvalidInput: no label for each pair, or labels that have no order.

    >>> from reasoning_gym_ccrl.evaluation.metrics import brier_score
    >>> by_group(brier_score, [1.0, 0.5, 0.5], [1, 1, 0], groups=[0, 1, 1])
    {0: GroupFigure(value=0.0, pairs=1), 1: GroupFigure(value=0.25, pairs=2)}
    """
    q, y = pairs(confidences, outcomes)
    labels, index, counts = label_index("groups", groups, q.size)
    rows = np.split(np.argsort(index, kind="stable"), np.cumsum(counts)[:-1]) if q.size else []
    return {
        label: GroupFigure(float(metric(q[members], y[members])), members.size)
        for label, members in zip(labels.tolist(), rows, strict=True)
    }
