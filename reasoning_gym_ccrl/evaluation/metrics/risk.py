"""Answering only where confidence is high: the error rate among the most confident, at every coverage.

Ties: a group of equal confidences has no order of its own, and none may be read off the order of the pairs. Among
the k most confident, a group that is taken in part counts its share of its errors, which is the mean over all
orders of the group. So every figure here is the same for any order of the pairs.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InvalidOption
from .pairs import Floats, groups_of_ties, pairs, tidy


def risk_coverage(confidences: ArrayLike, outcomes: ArrayLike) -> tuple[Floats, Floats]:
    """The error rate among the k most confident, for k = 1 to N: the risk-coverage curve.

    Returns:
        coverage: k / N, ascending.
        risk: the error rate among the k most confident; where k cuts through equal confidences, its mean over
            all orders of them. Both are empty without pairs; the last risk is the overall error rate.

    Source: El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017 (arXiv 1705.08500).

    >>> coverage, risk = risk_coverage([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])
    >>> coverage.tolist(), risk.tolist()
    ([0.25, 0.5, 0.75, 1.0], [0.0, 0.25, 0.3333333333333333, 0.5])
    """
    q, y = pairs(confidences, outcomes)
    taken = np.arange(1, q.size + 1)
    return taken / max(q.size, 1), _errors_among_first(q, y) / taken


def aurc(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """The area under the risk-coverage curve, the mean of its N risks; in [0, 1], 0 is best.

    AURC = 1/N sum_k (errors among the k most confident) / k, ties by their mean over all orders. It is low for a
    model that is seldom wrong, and for one that knows when it is; `excess_aurc` takes the first away. nan without
    pairs; 0 where all are right, 1 where all are wrong; a constant confidence gets the error rate.

    Source: Geifman, Uziel and El-Yaniv 2019 (arXiv 1805.08206).

    >>> round(aurc([0.9, 0.5, 0.1], [1, 0, 1]), 4)
    0.2778
    """
    q, y = pairs(confidences, outcomes)
    return tidy(np.mean(_errors_among_first(q, y) / np.arange(1, q.size + 1))) if q.size else math.nan


def excess_aurc(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """AURC above that of the best order of the same outcomes, all right ones first; in [0, 1), 0 is best.

    The best order's area is exact, 1/N sum over k of max(0, k - right) / k, not its approximation
    r + (1 - r) ln(1 - r). 0 where all are right or all are wrong: no order is better than another. nan without pairs.

    Source: Geifman, Uziel and El-Yaniv 2019 (arXiv 1805.08206), where it is E-AURC.

    >>> excess_aurc([0.9, 0.5, 0.1], [1, 0, 1]), excess_aurc([0.9, 0.5, 0.1], [1, 1, 0])
    (0.166666666666667, 0.0)
    """
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    taken = np.arange(1, q.size + 1)
    least = np.maximum(taken - y.sum(), 0.0)
    return tidy(np.mean((_errors_among_first(q, y) - least) / taken))


def coverage_at_risk(confidences: ArrayLike, outcomes: ArrayLike, risk: float) -> float:
    """The largest share that can be answered, by a threshold on confidence, with an error rate of at most `risk`.

    A threshold takes equal confidences together or not at all, so coverage ends at the edge of a group of ties. 0
    where no threshold keeps to the risk; nan without pairs. It is what these pairs allow, found with their outcomes
    in hand, and no promise for others: for a promise see evaluation/selective.

    Raises:
        InvalidOption: risk outside [0, 1].

    Source: Geifman and El-Yaniv 2017 (arXiv 1705.08500).

    >>> coverage_at_risk([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0], risk=0.35)
    0.75
    """
    if not 0.0 <= risk <= 1.0:
        raise InvalidOption(f"risk is an error rate from 0 to 1; received {risk!r}.")
    q, y = pairs(confidences, outcomes)
    if not q.size:
        return math.nan
    counts, right = groups_of_ties(q, y)
    taken = np.cumsum(counts[::-1])
    errors = taken - np.cumsum(right[::-1])
    kept = taken[errors / taken <= risk]
    return int(kept[-1]) / q.size if kept.size else 0.0


def _errors_among_first(q: Floats, y: Floats) -> Floats:
    """The expected number of wrong ones among the k most confident, k = 1 to N; whole at the edges of ties."""
    counts, right = groups_of_ties(q, y)
    taken = np.cumsum(counts[::-1])
    errors = taken - np.cumsum(right[::-1])
    # Linear between the edges of a group: each of its members carries the same share of its errors.
    return np.asarray(np.interp(np.arange(1, q.size + 1), np.append(0, taken), np.append(0.0, errors)))
