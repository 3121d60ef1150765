"""Scores of single pairs, averaged: Brier's and its parts, and the negative log-likelihood."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InvalidOption
from .pairs import pairs, tidy


class BrierDecomposition(NamedTuple):
    """The three parts of a Brier score: score = reliability - resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


def brier_score(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """Mean squared distance between confidence and outcome, mean (q - y)^2; in [0, 1], 0 is best.

    A proper scoring rule: its expectation is least where q is the true probability. Always 0.5 scores 0.25.

    Source: Brier 1950.

    >>> brier_score([1.0, 0.5], [1, 0])
    0.125
    """
    q, y = pairs(confidences, outcomes)
    return float(np.mean((q - y) ** 2)) if q.size else math.nan


def brier_decomposition(confidences: ArrayLike, outcomes: ArrayLike) -> BrierDecomposition:
    """The Brier score as reliability - resolution + uncertainty, exact up to rounding.

    Groups are the distinct confidences k, each with n_k pairs and accuracy a_k, a being the overall accuracy:
    reliability = sum n_k/N (q_k - a_k)^2 (miscalibration, 0 is best), resolution = sum n_k/N (a_k - a)^2 (how
    far confidence tells right from wrong, larger is better), uncertainty = a (1 - a) (the task's own). With
    continuous confidences every pair is a group of its own and reliability says nothing: round them first.

    Source: Murphy 1973.

    >>> brier_decomposition([0.8, 0.8, 0.2, 0.2], [1, 1, 0, 1])
    BrierDecomposition(reliability=0.065, resolution=0.0625, uncertainty=0.1875)
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return BrierDecomposition(math.nan, math.nan, math.nan)
    values, index, counts = np.unique(q, return_inverse=True, return_counts=True)
    share = counts / q.size
    accuracy = np.bincount(index, y) / counts
    overall = float(np.mean(y))
    return BrierDecomposition(
        reliability=tidy(share @ (values - accuracy) ** 2),
        resolution=tidy(share @ (accuracy - overall) ** 2),
        uncertainty=tidy(overall * (1 - overall)),
    )


def negative_log_likelihood(confidences: ArrayLike, outcomes: ArrayLike, clip: float = 1e-6) -> float:
    """Mean of -ln(q where right, 1 - q where wrong), in nats; q is first clipped to [clip, 1 - clip].

    The clip sets the price of "certain and wrong": -ln(clip), 13.8 nats by default. State it with the figure.

    Raises:
        InvalidOption: clip outside (0, 0.5).

    Source: Good 1952.

    >>> round(negative_log_likelihood([0.5, 0.8], [1, 1]), 4)
    0.4581
    """
    if not 0.0 < clip < 0.5:
        raise InvalidOption(f"clip lies strictly between 0 and 0.5; received {clip!r}.")
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    q = np.clip(q, clip, 1.0 - clip)
    return float(-np.mean(np.where(y == 1.0, np.log(q), np.log1p(-q))))
