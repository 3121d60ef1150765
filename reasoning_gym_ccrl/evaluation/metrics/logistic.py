"""How far confidence must be stretched and shifted to be calibrated: a logistic regression on its logit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InvalidOption
from .pairs import Floats, pairs

CLIP = 1e-6


def calibration_slope(confidences: ArrayLike, outcomes: ArrayLike, clip: float = CLIP) -> float:
    """The slope b of the logistic regression P(right) = sigmoid(a + b logit q); 1 is best, any real number.

    Below 1 confidences are too extreme (overconfident on both sides), above 1 too timid, below 0 reversed. q is
    first clipped to [clip, 1 - clip], since the logit of 0 and of 1 is infinite. Fitted without a penalty, by Newton's
    method to 1e-10. nan where no finite slope is likeliest: no pairs, one class, one distinct confidence, or a
    threshold that separates right from wrong (ties across it included).

    Raises:
        InvalidOption: clip outside (0, 0.5).

    Source: Cox 1958; Miller, Hui and Tierney 1991.

    >>> round(calibration_slope([0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [1, 1, 0, 0, 0, 1]), 4)  # ln 2 / ln 9
    0.3155
    """
    return _fit(confidences, outcomes, clip)[1]


def calibration_intercept(confidences: ArrayLike, outcomes: ArrayLike, clip: float = CLIP) -> float:
    """The intercept a of the same regression as `calibration_slope`; 0 is best, any real number.

    Below 0 confidence is too high where q is 0.5, above 0 too low. It is that of the joint fit; "calibration in the
    large", which holds b at 1, is another figure. Clip, nan and errors as there.

    Source: Cox 1958.

    >>> round(calibration_intercept([0.5, 0.5, 0.5, 0.2, 0.2], [1, 0, 0, 1, 0]), 4)  # ln 1/2
    -0.6931
    """
    return _fit(confidences, outcomes, clip)[0]


def _fit(confidences: ArrayLike, outcomes: ArrayLike, clip: float) -> tuple[float, float]:
    """Intercept and slope, nan where none is likeliest."""
    if not 0.0 < clip < 0.5:
        raise InvalidOption(f"clip lies strictly between 0 and 0.5; received {clip!r}.")
    q, y = pairs(confidences, outcomes)
    q = np.clip(q, clip, 1.0 - clip)  # before the check: what is tied after the clip is tied for the fit
    right, wrong = q[y == 1.0], q[y == 0.0]
    if not right.size or not wrong.size or right.min() >= wrong.max() or right.max() <= wrong.min():
        return math.nan, math.nan
    return _newton(logit(q, clip), y)


def _newton(x: Floats, y: Floats) -> tuple[float, float]:
    """The maximum of a likelihood that is known to have one; a step is halved until it does not lower it."""
    weights = np.zeros(2)
    loss = _loss(weights, x, y)
    for _ in range(100):
        chance = sigmoid(weights[0] + weights[1] * x)
        gradient = np.array([np.mean(chance - y), np.mean((chance - y) * x)])
        spread = chance * (1.0 - chance)
        cross = np.mean(spread * x)
        step = np.linalg.solve([[np.mean(spread), cross], [cross, np.mean(spread * x * x)]], gradient)
        for _ in range(30):
            tried = _loss(weights - step, x, y)
            if tried <= loss + 1e-15:
                break
            step = step / 2
        weights, loss = weights - step, tried
        if np.abs(step).max() < 1e-10:
            break
    return float(weights[0]), float(weights[1])


def logit(q: Floats, clip: float = CLIP) -> Floats:
    """ln(q / (1 - q)) of q clipped to [clip, 1 - clip]."""
    q = np.clip(q, clip, 1.0 - clip)
    return np.asarray(np.log(q) - np.log1p(-q))


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), with no overflow, and exact to the last digits near 0."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -z)))


def _loss(weights: Floats, x: Floats, y: Floats) -> float:
    """Mean negative log-likelihood, ln(1 + e^z) - y z, without overflow."""
    z = weights[0] + weights[1] * x
    return float(np.mean(np.logaddexp(0.0, z) - y * z))
