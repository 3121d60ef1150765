"""The order of confidences, whatever their level: do right ones carry more of it than wrong ones?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .pairs import groups_of_ties, mid_ranks, pairs, tidy


def auroc(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """The chance that a right one carries more confidence than a wrong one, ties counting half; in [0, 1].

    0.5 is what any constant confidence gets. nan where all are right or all are wrong. It looks at the order
    alone: confidences of 0.99 and 0.98 separate right from wrong as well as 0.9 and 0.1.

    Source: Mann and Whitney 1947; Hanley and McNeil 1982.

    >>> auroc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    0.875
    """
    q, y = pairs(confidences, outcomes)
    right = float(y.sum())
    wrong = q.size - right
    if right == 0 or wrong == 0:
        return math.nan
    # Ranks count from 0, so k right ones below all wrong ones have a rank sum of k (k - 1) / 2.
    return tidy((mid_ranks(q) @ y - right * (right - 1) / 2) / (right * wrong))


def auprc_error(confidences: ArrayLike, outcomes: ArrayLike) -> float:
    """Average precision of finding errors by low confidence (score 1 - q); in (0, 1], 1 is best.

    AP = sum over distinct confidences, from the least up, of (share of the errors found there) * (share of errors
    among all so far): scikit-learn's step-wise definition, equal confidences taken together. A constant confidence
    gets the error rate, which is the level to compare with. nan where nothing is wrong; 1 where all are. The order of
    q is used as it is: 1 - q, rounded, would tie confidences below 1e-16.

    Source: Davis and Goadrich 2006; errors as the positive class: Hendrycks and Gimpel 2017 (arXiv 1610.02136).

    >>> round(auprc_error([0.9, 0.6, 0.4, 0.1], [1, 0, 1, 0]), 4)  # (1/1 + 2/3) / 2
    0.8333
    """
    q, y = pairs(confidences, outcomes)
    counts, right = groups_of_ties(q, y)
    errors = counts - right
    found = np.cumsum(errors)
    if not q.size or found[-1] == 0:
        return math.nan
    return tidy(errors @ (found / np.cumsum(counts)) / found[-1])
