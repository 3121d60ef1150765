import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from reasoning_gym_ccrl.errors import InvalidOption
from reasoning_gym_ccrl.evaluation import metrics

from .make_pairs import in_between, sample


def regression(q, y, clip=1e-6):
    """scikit-learn's, without a penalty."""
    q = np.clip(q, clip, 1 - clip)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(np.log(q / (1 - q))[:, None], y)
    return model.intercept_[0], model.coef_[0, 0]


@pytest.mark.parametrize(
    ("q", "y"),
    [
        sample(1),
        sample(2, decimals=1),
        in_between(3, scale=0.5),
        (1 - sample(4)[0], sample(4)[1]),
        (sample(5)[0] ** 8, sample(5)[1]),
    ],
    ids=["calibrated", "tenths", "overconfident", "reversed", "near 0"],
)
def test_equal_scikit_learn(q, y):
    intercept, slope = regression(q, y)
    assert metrics.calibration_intercept(q, y) == pytest.approx(intercept, abs=1e-6)
    assert metrics.calibration_slope(q, y) == pytest.approx(slope, abs=1e-6)
    penalised = LogisticRegression(C=0.1).fit(
        np.log(np.clip(q, 1e-6, 1 - 1e-6) / (1 - np.clip(q, 1e-6, 1 - 1e-6)))[:, None], y
    )
    assert metrics.calibration_slope(q, y) != pytest.approx(penalised.coef_[0, 0], abs=1e-6)


def test_by_hand():
    """Two levels fit exactly: of 8 at 0.8 a share 3/4 is right, of 8 at 0.2 a share 1/2."""
    q, y = [0.8] * 8 + [0.2] * 8, [1] * 6 + [0] * 2 + [1, 0] * 4
    # a + b ln 4 = ln 3 and a - b ln 4 = 0.
    assert metrics.calibration_intercept(q, y) == pytest.approx(math.log(3) / 2)
    assert metrics.calibration_slope(q, y) == pytest.approx(math.log(3) / 2 / math.log(4))


@pytest.mark.parametrize(("true_slope", "true_intercept"), [(1.0, 0.0), (0.5, -0.7), (2.0, 0.3), (-1.0, 0.0)])
def test_what_was_put_in_is_found(true_slope, true_intercept):
    random = np.random.default_rng(11)
    q = random.random(200_000)
    chance = 1 / (1 + np.exp(-(true_intercept + true_slope * np.log(q / (1 - q)))))
    y = random.random(q.size) < chance
    assert metrics.calibration_slope(q, y) == pytest.approx(true_slope, abs=0.02)
    assert metrics.calibration_intercept(q, y) == pytest.approx(true_intercept, abs=0.02)


def test_the_clip_is_part_of_the_figure():
    q, y = np.array([1.0] * 10 + [0.5] * 10), np.array([1] * 9 + [0] + [1, 0] * 5)
    # At 0.5 the logit is 0 and half are right: a = 0. At 1, clipped, 9 of 10: b logit(1 - clip) = ln 9.
    for clip in (1e-6, 1e-3):
        assert metrics.calibration_slope(q, y, clip) == pytest.approx(math.log(9) / math.log((1 - clip) / clip))


@pytest.mark.parametrize(
    ("q", "y"),
    [
        ([], []),
        ([0.4], [1]),
        ([0.4, 0.6], [1, 1]),
        ([0.4, 0.6], [0, 0]),
        ([0.4, 0.6], [0, 1]),
        ([0.4, 0.6], [1, 0]),
        ([0.4, 0.4], [0, 1]),
        ([0.4, 0.5, 0.5, 0.6], [0, 0, 1, 1]),
        ([0.4, 0.5, 0.5, 0.6], [1, 0, 1, 0]),
        ([1.0, 0.9999999], [0, 1]),
    ],
    ids=[
        "no pairs", "one", "all right", "all wrong", "separated", "separated the other way", "constant",
        "separated but for ties", "the other way but for ties", "one confidence after the clip",
    ],
)  # fmt: skip
def test_undefined_where_no_finite_slope_is_likeliest(q, y):
    assert math.isnan(metrics.calibration_slope(q, y))
    assert math.isnan(metrics.calibration_intercept(q, y))


def test_nearly_separated_pairs_have_a_finite_slope():
    q = np.repeat([1.0, 0.0], 1000)
    y = q.copy()
    y[[0, -1]] = 1 - y[[0, -1]]
    logit = math.log((1 - 1e-6) / 1e-6)
    assert metrics.calibration_slope(q, y) == pytest.approx(math.log(999) / logit)
    assert metrics.calibration_intercept(q, y) == pytest.approx(0.0, abs=1e-9)


def test_the_clip_is_checked():
    for clip in (0.0, 0.5, math.nan):
        with pytest.raises(InvalidOption, match="clip"):
            metrics.calibration_slope([0.5], [1], clip)
