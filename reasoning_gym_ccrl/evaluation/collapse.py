"""Has confidence collapsed? Three figures of the confidences stated in one update, and what to say of them.

A reward that is not proper drives confidences to 0 and 1; a weak one leaves them all at one value. Both show long
before a calibration error does, since a constant confidence may be calibrated on average and tell nothing apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

LEAST_COUNT = 30
"""Fewer confidences than this say nothing about their spread."""

LEAST_ENTROPY_NATS = 0.33
"""About the entropy of two values of which one is said nine times in ten (0.325 nats)."""

MOST_AT_ENDS = 0.9
"""The largest share of confidences at 0 or 1 that is not yet a collapse."""

LEAST_STATED = 0.8
"""The smallest share of answers that state a confidence which is not yet a retreat into silence."""

SETTLED = 0.05
"""Where no more than this share of what was said is wrong, or right, certainty is knowledge and no collapse."""


FIGURES_OF_SPREAD = (
    "confidence_entropy",
    "confidence_distinct",
    "confidence_at_ends",
    "confidence_right",
    "confidence_count",
)


def confidence_spread(confidences: Sequence[float], outcomes: Sequence[bool]) -> dict[str, float]:
    """The entropy, the number of distinct values and the share at the ends of confidences in hundredths.

    Args:
        confidences: N stated confidences in [0, 1], rounded to hundredths here, so that token probabilities count too.
        outcomes: N, whether what was said with each was right.

    Returns:
        `confidence_entropy` in nats, from 0 (one value) to ln 101; `confidence_distinct`; `confidence_at_ends`, the
        share that is 0 or 1; `confidence_right`, the share of True outcomes; `confidence_count`, N. nan for a share
        of nothing.

    Worked: 1.0, 1.0, 0.0 and 0.9 have an entropy of 1/2 ln 2 + 2 * 1/4 ln 4 = 1.04 nats, and 3/4 lie at the ends.

    >>> confidence_spread([1.0, 1.0, 0.0, 0.9], [True, False, False, True])["confidence_at_ends"]
    0.75
    """
    count = len(confidences)
    cells = np.rint(100 * np.asarray(confidences, dtype=np.float64)).astype(np.int64)
    shares = np.bincount(cells, minlength=101) / max(count, 1)
    said = shares[shares > 0]
    return {
        "confidence_entropy": max(0.0, -float(said @ np.log(said))) if count else math.nan,
        "confidence_distinct": float(said.size),
        "confidence_at_ends": float(shares[0] + shares[100]) if count else math.nan,
        "confidence_right": sum(outcomes) / count if count else math.nan,
        "confidence_count": float(count),
    }


def collapse_warnings(figures: Mapping[str, float]) -> list[str]:
    """What a person who watches the training should know: [] while confidences are spread, or rightly certain.

    Args:
        figures: those of an update, with the keys of FIGURES_OF_SPREAD; without them nothing is said. Of silence it is
            where "confidence_stated" is among them.

    >>> spread = confidence_spread([0.9] * 40, [True, False] * 20)
    >>> print(*collapse_warnings(spread))
    Confidence has collapsed to one value: 1 distinct among 40 stated (entropy 0.00 nats), while 50% of it is right. ...
    """
    if not set(FIGURES_OF_SPREAD) <= set(figures):
        return []
    count, right = figures["confidence_count"], figures["confidence_right"]
    if count < LEAST_COUNT:
        return []
    warnings = []
    if (stated := figures.get("confidence_stated", 1.0)) < LEAST_STATED:
        warnings.append(
            f"Confidence falls silent: {stated:.0%} of answers state one. Where none is stated none is scored, which "
            "pays better than a confidence that is far off: give `format` more weight, or fine-tune on stated ones."
        )
    if not SETTLED < right < 1.0 - SETTLED:
        return warnings
    entropy, distinct = figures["confidence_entropy"], figures["confidence_distinct"]
    ends = figures["confidence_at_ends"]
    if entropy < LEAST_ENTROPY_NATS:
        warnings.append(
            f"Confidence has collapsed to one value: {distinct:.0f} distinct among {count:.0f} stated (entropy "
            f"{entropy:.2f} nats), while {right:.0%} of it is right. Show varied confidences in fine-tuning, or weigh "
            "the confidence tokens more."
        )
    if ends > MOST_AT_ENDS:
        warnings.append(
            f"Confidence has gone to the ends: {ends:.0%} of {count:.0f} stated are 0 or 1, while {right:.0%} of it is "
            "right. Rules that are not proper (linear, ppo_c) do this; use a proper one."
        )
    return warnings
