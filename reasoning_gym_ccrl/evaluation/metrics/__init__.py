"""Calibration metrics: is what was believed with confidence q right in a share q of the cases?

Pure functions of two arrays of N pairs: `confidences` in [0, 1] and `outcomes`, True or 1 where it was right.
Each returns a Python float, nan where the figure is undefined (no pairs; one class only for `auroc`). Pairs
with no stated confidence are the caller's to leave out and to count; a None or nan is an error here.
docs/calibration.md says what each figure tells and what it hides.
"""

from __future__ import annotations

from .bins import (
    BINS,
    ReliabilityBins,
    Scheme,
    debiased_calibration_error,
    expected_calibration_error,
    maximum_calibration_error,
    positive_calibration_error,
    reliability_bins,
)
from .groups import GroupFigure, by_group
from .intervals import Interval, bootstrap, bootstrap_difference, wilson_interval
from .logistic import calibration_intercept, calibration_slope
from .overconfident import OVERCONFIDENT, overconfident_error_rate
from .pairs import Floats, Ints, Metric
from .ranking import auprc_error, auroc
from .risk import aurc, coverage_at_risk, excess_aurc, risk_coverage
from .scores import BrierDecomposition, brier_decomposition, brier_score, negative_log_likelihood
from .smooth import smooth_ece

__all__ = [
    "BINS",
    "OVERCONFIDENT",
    "BrierDecomposition",
    "Floats",
    "GroupFigure",
    "Interval",
    "Ints",
    "Metric",
    "ReliabilityBins",
    "Scheme",
    "auprc_error",
    "aurc",
    "auroc",
    "bootstrap",
    "bootstrap_difference",
    "brier_decomposition",
    "brier_score",
    "by_group",
    "calibration_intercept",
    "calibration_slope",
    "coverage_at_risk",
    "debiased_calibration_error",
    "excess_aurc",
    "expected_calibration_error",
    "maximum_calibration_error",
    "negative_log_likelihood",
    "overconfident_error_rate",
    "positive_calibration_error",
    "reliability_bins",
    "risk_coverage",
    "smooth_ece",
    "wilson_interval",
]
