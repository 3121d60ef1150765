"""The errors that do harm: wrong, and sure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InvalidOption
from .pairs import pairs

OVERCONFIDENT = 0.9


def overconfident_error_rate(
    confidences: ArrayLike, outcomes: ArrayLike, threshold: float = OVERCONFIDENT, *, given_wrong: bool = False
) -> float:
    """The share of pairs that are wrong with a confidence of at least `threshold`; in [0, 1], 0 is best.

    With `given_wrong` the share among the wrong ones alone: P(q >= threshold | wrong), nan where none is wrong.

    Raises:
        InvalidOption: threshold outside [0, 1].

    >>> overconfident_error_rate([0.95, 0.9, 0.3, 0.2], [1, 0, 0, 1])
    0.25
    >>> overconfident_error_rate([0.95, 0.9, 0.3, 0.2], [1, 0, 0, 1], given_wrong=True)
    0.5
    """
    if not 0.0 <= threshold <= 1.0:
        raise InvalidOption(f"threshold is a confidence from 0 to 1; received {threshold!r}.")
    q, y = pairs(confidences, outcomes)
    total = int(np.count_nonzero(y == 0)) if given_wrong else q.size
    return int(np.count_nonzero((q >= threshold) & (y == 0))) / total if total else math.nan
