"""Scoring rules: pure functions of a stated confidence and an outcome. No NumPy, no state.

c in [0, 1] is the confidence, y the outcome (1 right, 0 wrong), p the chance of being right. A rule is *proper*
when nobody earns more, on average, than by saying the p they believe: `expected_score(rule, c, p)` is highest at
c = p.

Two kinds. A *plain* score judges the confidence alone, so that "surely wrong" and wrong is as good as "surely right"
and right: of itself it pays for deliberate errors. A *credited* score has the outcome added in such a measure that a
likelier answer never earns less; all credited scores agree on the corners (+1 right and certain, -1 wrong and
certain, 0 at confidence 0), and those are what `ccrl` takes for its steps.

    plain                                      credited, y + (plain - its best) at a weight that keeps the promise
    brier_penalty    -(c - y)^2                brier_score_reward       y - (c - y)^2
    log_score        ln P(what happened)       log_score_reward         y + log_score scaled to [-1, 0]
    spherical_score  P / sqrt(c^2 + (1 - c)^2) spherical_score_reward   y + spherical_score - 1
    sayself_score    2 (1/2 - (c - y)^2)       linear_score_reward      +c or -c; improper
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

ScoringRule = Callable[[float, int], float]

NOT_STATED = 0.0
"""The score where no confidence is stated: neither bold nor modest."""

MALFORMED = -1.0
"""The score of an action that breaks the protocol: as bad as certain and wrong, so that there is no refuge in it."""

LOG_CLIP = 0.001
"""Confidences are clipped to [LOG_CLIP, 1 - LOG_CLIP] before a logarithm: 0 and 1 would cost infinity."""

LOG_SPREAD_NATS = math.log(1 - LOG_CLIP) - math.log(LOG_CLIP)
"""The best log score less the worst, ln 999 = 6.907 nats. 1 over this is the heaviest weight of the log score at
which being right still pays for every p; see `log_score_reward`."""


def expected_score(rule: ScoringRule, c: float, p: float) -> float:
    """The mean score of saying c where the chance of being right is p: p rule(c, 1) + (1 - p) rule(c, 0).

    >>> round(expected_score(brier_score_reward, 0.7, 0.7), 12)
    0.49
    """
    return p * rule(c, 1) + (1 - p) * rule(c, 0)


# -- plain scores ----------------------------------------------------------------------------------------------------


def brier_penalty(c: float, y: int) -> float:
    """The quadratic (Brier) score, -(c - y)^2, in [-1, 0].

    Strictly proper: the mean -p (1 - c)^2 - (1 - p) c^2 is highest at c = p, where it is -p (1 - p). That is 0 at
    p = 0 and at p = 1: alone it is earned as well by deliberate errors said with confidence 0.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability".

    >>> round(brier_penalty(0.8, 1), 12), round(brier_penalty(0.8, 0), 12)
    (-0.04, -0.64)
    """
    return -(c - y) * (c - y)


def log_score(c: float, y: int) -> float:
    """The logarithm of the probability given to what happened, in nats, c clipped to [0.001, 0.999].

    In [ln 0.001, ln 0.999] = [-6.908, -0.001]. Strictly proper inside the clip, where the honest mean is minus the
    entropy of p; outside it the end of the clip is best, and all confidences beyond it are paid alike.

    Source: Good (1952), "Rational decisions"; the clip of Rewarding Doubt.

    >>> round(log_score(0.8, 1), 4), round(log_score(0.8, 0), 4), round(log_score(1.0, 0), 4)
    (-0.2231, -1.6094, -6.9078)
    """
    return math.log(min(max(c if y else 1 - c, LOG_CLIP), 1 - LOG_CLIP))


def spherical_score(c: float, y: int) -> float:
    """The probability given to what happened, over the length of (c, 1 - c): in [0, 1].

    Strictly proper: the honest mean is sqrt(p^2 + (1 - p)^2), from 1 at p = 0 through 0.707 at 1/2 to 1 at p = 1.

    Source: Roby (1965), "Belief states and the uses of evidence"; Gneiting and Raftery (2007), section 4.

    >>> round(spherical_score(0.8, 1), 4), round(spherical_score(0.8, 0), 4)
    (0.9701, 0.2425)
    """
    return (c if y else 1 - c) / math.hypot(c, 1 - c)


def sayself_score(c: float, y: int) -> float:
    """SaySelf's score, 2 (1/2 - (c - y)^2), in [-1, 1]: the Brier score, stretched and shifted.

    Strictly proper; the honest mean is 1 - 2 p (1 - p), 1 at p = 0 and at p = 1, 1/2 between.

    Source: Xu et al. (2024), SaySelf, arXiv 2405.20974, as in the authors' code.

    >>> round(sayself_score(0.8, 1), 12), round(sayself_score(0.8, 0), 12)
    (0.92, -0.28)
    """
    return 2 * (0.5 - (c - y) * (c - y))


# -- credited with the outcome ---------------------------------------------------------------------------------------


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


def log_score_reward(c: float, y: int) -> float:
    """The log score, credited with the outcome: y + (log_score - ln 0.999) / ln 999, in [-1, 1].

    The division is not taste: y + w log_score has the honest mean p - w H(p), with the slope 1 - w ln((1 - p) / p).
    Down to the clip at p = 0.001 that is negative nowhere only up to w = 1 / ln 999 = 0.145. A heavier weight pays
    more for a confident error than for a better chance (at w = 1 below p = 1 / (1 + e) = 0.27).

    Strictly proper inside the clip. So light a weight makes it flat in the middle: at p = 1/2, saying 0.6 costs
    0.003 against the Brier's 0.01; from p = 0.92 up, and 0.08 down, it is the steeper of the two.

    Source: our scaling of `log_score`; the idea of a clipped log score as a reward is Rewarding Doubt's
    (Stangel et al., 2025, arXiv 2503.02623).

    >>> log_score_reward(1.0, 1), round(log_score_reward(1.0, 0), 12), round(log_score_reward(0.5, 1), 4)
    (1.0, -1.0, 0.8998)
    """
    return y + (log_score(c, y) - math.log(1 - LOG_CLIP)) / LOG_SPREAD_NATS


def spherical_score_reward(c: float, y: int) -> float:
    """The spherical score, credited with the outcome: y + spherical_score - 1, in [-1, 1].

    Strictly proper; the honest mean p + sqrt(p^2 + (1 - p)^2) - 1 grows with p (its slope is 0 at p = 0 alone).

    Source: as `spherical_score`; the outcome added in the manner of RLCR.

    >>> round(spherical_score_reward(0.8, 1), 4), round(spherical_score_reward(0.8, 0), 4)
    (0.9701, -0.7575)
    """
    return y + spherical_score(c, y) - 1


def linear_score_reward(c: float, y: int) -> float:
    """The signed confidence: +c where right, -c where wrong, in [-1, 1].

    Improper: its mean c (2p - 1) is highest at c = 1 for every p above one half and at c = 0 below, so it teaches
    certainty and not calibration. It is the idea of CCRL as far as that is published.

    Source: our reading of arXiv 2601.21909; the paper's own equation could not be seen.

    >>> linear_score_reward(0.9, 1), linear_score_reward(0.9, 0)
    (0.9, -0.9)
    """
    return c if y else -c


@dataclass(frozen=True, slots=True)
class Rule:
    """A scoring rule and what it promises; tests hold every rule to it.

    Attributes:
        score: the function of (c, y).
        low, high: its bounds.
        proper: whether the mean is highest at c = p (of the log scores: for p inside the clip).
        credited: whether the honest mean never falls as p grows, so that being right always pays.
    """

    score: ScoringRule
    low: float
    high: float
    proper: bool
    credited: bool


RULES: dict[str, Rule] = {
    "brier": Rule(brier_score_reward, -1.0, 1.0, proper=True, credited=True),
    "log": Rule(log_score_reward, -1.0, 1.0, proper=True, credited=True),
    "spherical": Rule(spherical_score_reward, -1.0, 1.0, proper=True, credited=True),
    "linear": Rule(linear_score_reward, -1.0, 1.0, proper=False, credited=True),
    "brier_penalty": Rule(brier_penalty, -1.0, 0.0, proper=True, credited=False),
    "log_score": Rule(log_score, math.log(LOG_CLIP), math.log(1 - LOG_CLIP), proper=True, credited=False),
    "spherical_score": Rule(spherical_score, 0.0, 1.0, proper=True, credited=False),
    "sayself": Rule(sayself_score, -1.0, 1.0, proper=True, credited=False),
}
"""Every rule by name. To add one: a function above and its line here."""

SCORING_RULES: dict[str, ScoringRule] = {name: rule.score for name, rule in RULES.items() if rule.credited}
"""Name -> rule, for the option `scoring` of `ccrl`: the credited ones. A plain score would pay for each deliberate
error that is said with confidence 0 as for a right step, and so for padding a solution with errors."""
