"""Scoring rules: what a stated confidence earns, given whether it was right. Pure functions of two numbers.

Throughout, `c` in [0, 1] is the confidence and `y` in {0, 1} says whether what was claimed is right. A rule is
*proper* where nobody can earn more, on average, than by saying the probability they believe.
"""

from __future__ import annotations

from collections.abc import Callable

ScoringRule = Callable[[float, int], float]

NOT_STATED = 0.0
"""The score where no confidence is stated: neither bold nor modest."""

MALFORMED = -1.0
"""The score of an action that breaks the protocol: as bad as certain and wrong, so that there is no refuge in it."""


def brier_score_reward(c: float, y: int) -> float:
    """The quadratic (Brier) score, credited with the outcome: y - (c - y)^2, in [-1, 1].

    Proper: with P(y = 1) = p its mean is p - p (c - 1)^2 - (1 - p) c^2, highest at c = p, where it is p^2 and so
    never falls as p grows. +1 for certain and right, -1 for certain and wrong, 0 for "surely wrong" and wrong.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability"; with the outcome added as
    in RLCR (Damani et al., 2025, arXiv 2507.16806).

    >>> brier_score_reward(0.9, 1), brier_score_reward(0.5, 0)
    (0.99, -0.25)
    """
    return y - (c - y) * (c - y)


def linear_score_reward(c: float, y: int) -> float:
    """The signed confidence: +c where right, -c where wrong, in [-1, 1].

    Improper: its mean c (2p - 1) is highest at c = 1 for every p above one half and at c = 0 below, so it teaches
    certainty and not calibration. It is the idea of CCRL as far as that is published.

    Source: our reading of arXiv 2601.21909; the paper's own equation could not be seen.

    >>> linear_score_reward(0.9, 1), linear_score_reward(0.9, 0)
    (0.9, -0.9)
    """
    return c if y else -c


SCORING_RULES: dict[str, ScoringRule] = {"brier": brier_score_reward, "linear": linear_score_reward}
"""Name -> rule, for the option `scoring` of `ccrl`."""
