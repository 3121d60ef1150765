"""The metrics beside scikit-learn, netcal and uncertainty-calibration, on inputs where the conventions agree.

Where they part, and why, is said at the test. relplot stands in test_metrics_smooth.py.
"""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from reasoning_gym_ccrl.evaluation import metrics

from .make_pairs import in_between, sample


def many():
    """Continuous pairs, continuous with 20 certain ones, and pairs on 50 levels away from every edge."""
    yield sample(1, size=600)
    q, y = sample(2, size=600)
    q[:20] = 1.0
    yield q, y
    yield in_between(3)


# -- netcal: bins [lower, upper), the last one closed. Its inner edges are linspace(0, 1, B + 1), which puts 0.3 below
#    its own edge 0.30000000000000004; ours are k / B. So no pair here lies on an inner edge.


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 25])
def test_ece_and_mce_equal_netcal(bins):
    netcal = pytest.importorskip("netcal.metrics", reason="netcal is not installed (make extras)")
    for q, y in many():
        assert metrics.expected_calibration_error(q, y, bins) == pytest.approx(
            netcal.ECE(bins).measure(q, y.astype(int)), abs=1e-12
        )
        assert metrics.maximum_calibration_error(q, y, bins) == pytest.approx(
            netcal.MCE(bins).measure(q, y.astype(int)), abs=1e-12
        )


def test_netcal_would_see_another_number_of_bins():
    netcal = pytest.importorskip("netcal.metrics", reason="netcal is not installed (make extras)")
    q, y = sample(1, size=600)
    assert metrics.expected_calibration_error(q, y, 11) != pytest.approx(
        netcal.ECE(10).measure(q, y.astype(int)), abs=1e-4
    )


def test_on_an_inner_edge_netcal_is_a_rounding_away():
    """0.3 is the edge 3/10: ours belongs to the bin above it, netcal's to the one below."""
    netcal = pytest.importorskip("netcal.metrics", reason="netcal is not installed (make extras)")
    q, y = np.array([0.25, 0.3]), np.array([0, 1])
    assert metrics.reliability_bins(q, y, 10).counts.tolist() == [0, 0, 1, 1] + [0] * 6
    assert metrics.expected_calibration_error(q, y, 10) == pytest.approx((0.25 + 0.7) / 2)
    assert netcal.ECE(10).measure(q, y) == pytest.approx(abs(0.275 - 0.5))


# -- uncertainty-calibration: bins (lower, upper] of equal width; bins of equal mass by cutting the sorted pairs, the
#    first N % B bins one pair larger, so equal to ours where B divides N and no confidence is repeated.


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 25])
def test_ece_and_debiased_error_equal_uncertainty_calibration(bins):
    calibration = pytest.importorskip("calibration", reason="uncertainty-calibration is not installed (make extras)")
    for q, y in many():
        labels = y.astype(int)
        ece = calibration.get_ece(q, labels, num_bins=bins)
        assert metrics.expected_calibration_error(q, y, bins) == pytest.approx(ece, abs=1e-12)
        width = calibration.utils.get_equal_prob_bins
        debiased = calibration.lower_bound_scaling_ce(q, labels, num_bins=bins, binning_scheme=width)
        assert metrics.debiased_calibration_error(q, y, bins) == pytest.approx(debiased, abs=1e-9)


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 300])
def test_equal_mass_equals_uncertainty_calibration(bins):
    calibration = pytest.importorskip("calibration", reason="uncertainty-calibration is not installed (make extras)")
    q, y = sample(4, size=600)
    labels = y.astype(int)
    ece = calibration.get_ece_em(q, labels, num_bins=bins)
    assert metrics.expected_calibration_error(q, y, bins, "mass") == pytest.approx(ece, abs=1e-12)
    debiased = calibration.lower_bound_scaling_ce(q, labels, num_bins=bins)
    assert metrics.debiased_calibration_error(q, y, bins, "mass") == pytest.approx(debiased, abs=1e-9)


def test_a_bin_for_each_level_equals_uncertainty_calibration():
    calibration = pytest.importorskip("calibration", reason="uncertainty-calibration is not installed (make extras)")
    q, y = in_between(5)
    ours = metrics.debiased_calibration_error(q, y, bins=50)
    assert ours == pytest.approx(calibration.get_binning_ce(q, y.astype(int)), abs=1e-9)
    biased = calibration.get_binning_ce(q, y.astype(int), debias=False)
    assert ours < biased - 0.01  # the estimate with its noise left in would not pass


# -- scikit-learn


@pytest.mark.parametrize("decimals", [None, 1, 2])
def test_auprc_equals_scikit_learn(decimals):
    q, y = sample(7, decimals=decimals)
    errors = ~y
    assert metrics.auprc_error(q, y) == pytest.approx(average_precision_score(errors, 1 - q), abs=1e-12)
    assert metrics.auprc_error(q, ~y) == pytest.approx(average_precision_score(y, 1 - q), abs=1e-12)


def test_auprc_finds_errors_not_right_answers():
    """The negative control: the other class, or the other direction, is another figure."""
    q, y = sample(7, decimals=1)
    other_class, other_direction = average_precision_score(y, q), average_precision_score(~y, q)
    for other in (other_class, other_direction):
        assert metrics.auprc_error(q, y) != pytest.approx(other, abs=1e-3)
