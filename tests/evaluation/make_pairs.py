"""Pairs and the list of metrics that the tests of evaluation/metrics share."""

import numpy as np

from reasoning_gym_ccrl.evaluation import metrics

BINNED = (
    metrics.expected_calibration_error,
    metrics.maximum_calibration_error,
    metrics.positive_calibration_error,
    metrics.debiased_calibration_error,
)


def coverage_at_a_tenth(confidences, outcomes):
    return metrics.coverage_at_risk(confidences, outcomes, 0.1)


# Every figure that is one number from 0 to 1 (the likelihood: from 0), and the two that may be any number.
BOUNDED = (
    *BINNED,
    metrics.smooth_ece,
    metrics.brier_score,
    metrics.negative_log_likelihood,
    metrics.auroc,
    metrics.auprc_error,
    metrics.aurc,
    metrics.excess_aurc,
    metrics.overconfident_error_rate,
    coverage_at_a_tenth,
)
EVERY = (*BOUNDED, metrics.calibration_slope, metrics.calibration_intercept)


def sample(seed, size=500, decimals=None):
    """Calibrated pairs; rounding makes ties."""
    random = np.random.default_rng(seed)
    q = random.random(size)
    y = random.random(size) < q
    return (q if decimals is None else np.round(q, decimals)), y


def in_between(seed, size=600, levels=50, scale=0.8):
    """Overconfident pairs on a few levels, none of them at 0, at 1 or at an edge of 10, 15 or 25 bins."""
    random = np.random.default_rng(seed)
    q = (random.integers(levels, size=size) + 0.5) / levels
    return q, random.random(size) < q * scale
