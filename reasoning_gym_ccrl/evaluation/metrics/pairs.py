"""What every metric starts from: N confidences and N outcomes, checked; and small shared arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InvalidInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Metric = Callable[[Floats, Floats], float]


def pairs(confidences: ArrayLike, outcomes: ArrayLike) -> tuple[Floats, Floats]:
    """Both arrays, checked, as float64; single precision is read to its own digits, so that its 0.9 is 0.9."""
    q, y = _floats("confidences", confidences), _floats("outcomes", outcomes)
    if q.ndim != 1 or q.shape != y.shape:
        raise InvalidInput(
            "A metric takes N confidences and N outcomes, two flat arrays of one length; "
            f"received shapes {q.shape} and {y.shape}."
        )
    inside = (q >= 0.0) & (q <= 1.0)  # False for nan too
    if not inside.all():
        raise InvalidInput(
            f"A confidence is a number from 0 to 1; received {q[~inside][0]} at position {int(np.argmin(inside))}. "
            "Leave pairs with no stated confidence out, and report their share."
        )
    binary = (y == 0.0) | (y == 1.0)
    if not binary.all():
        raise InvalidInput(
            f"An outcome is True or 1 for right, False or 0 for wrong; received {y[~binary][0]} at position "
            f"{int(np.argmin(binary))}. Leave what could not be checked out; a reward is not an outcome."
        )
    return q, y


def _floats(name: str, values: ArrayLike) -> Floats:
    try:
        array: NDArray[Any] = np.asarray(values)
        if array.dtype.kind == "f" and array.dtype.itemsize < 8:
            return np.asarray(np.round(array.astype(np.float64), np.finfo(array.dtype).precision))
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} is a flat array of numbers; received one that NumPy cannot read: {error}."
        ) from None


def mid_ranks(values: Floats) -> Floats:
    """Ranks from 0, equal values sharing the mean of theirs: [5, 7, 7] -> [0, 1.5, 1.5]."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    first = np.cumsum(counts) - counts
    return np.asarray((first + (counts - 1) / 2)[index], dtype=np.float64)


def divide(numerator: Any, denominator: Any) -> Floats:
    """The quotient, nan where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(denominator) > 0, np.asarray(numerator) / np.asarray(denominator), math.nan)


def tidy(value: Any) -> float:
    """A float cut to 15 decimals: sums of ten thousand terms are good to no more, and 0.3 prints as 0.3."""
    return round(float(value), 15)


def groups_of_ties(q: Floats, y: Floats) -> tuple[Ints, Floats]:
    """Pairs and right ones at each distinct confidence, from the least confident up."""
    _, index, counts = np.unique(q, return_inverse=True, return_counts=True)
    return counts, np.asarray(np.bincount(index, y, minlength=counts.size), dtype=np.float64)
