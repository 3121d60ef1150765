import json
import math
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression

from reasoning_gym_ccrl.errors import InvalidInput, UnknownName
from reasoning_gym_ccrl.evaluation import metrics
from reasoning_gym_ccrl.evaluation.posthoc import FIGURES, METHODS, Rescaling, fit_posthoc, posthoc_table

from .make_pairs import sample


def logit(q):
    q = np.clip(np.asarray(q, dtype=float), 1e-6, 1 - 1e-6)
    return np.log(q / (1 - q))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def distorted(seed, size, slope, intercept=0.0):
    """Confidences whose calibrated form is sigmoid(intercept + slope logit q)."""
    random = np.random.default_rng(seed)
    chance = random.beta(2, 1.5, size)
    return sigmoid((logit(chance) - intercept) / slope), random.random(size) < chance


def nll(q, y):
    return float(-np.mean(np.where(y, np.log(q), np.log(1 - q))))


# -- What is fitted


def test_temperature_and_platt_find_what_was_put_in():
    q, y = distorted(1, 100_000, slope=0.4)
    assert fit_posthoc("temperature", q, y).parameters["slope"][0] == pytest.approx(0.4, abs=0.01)
    q, y = distorted(2, 100_000, slope=0.4, intercept=-0.8)
    found = fit_posthoc("platt", q, y)
    assert found.parameters["slope"][0] == pytest.approx(0.4, abs=0.01)
    assert found.parameters["intercept"][0] == pytest.approx(-0.8, abs=0.02)
    assert found([0.9]) == pytest.approx(sigmoid(-0.8 + 0.4 * math.log(9)), abs=0.01)


def test_they_are_the_likeliest():
    """No neighbour fits better: the penalty that scikit-learn sets by default would fail this."""
    q, y = distorted(3, 60, slope=0.5, intercept=0.4)
    b = fit_posthoc("temperature", q, y).parameters["slope"][0]
    best = nll(sigmoid(b * logit(q)), y)
    assert all(best < nll(sigmoid((b + step) * logit(q)), y) for step in (-0.01, 0.01))
    platt = fit_posthoc("platt", q, y).parameters
    a, b = platt["intercept"][0], platt["slope"][0]
    best = nll(sigmoid(a + b * logit(q)), y)
    for step_a, step_b in [(-0.01, 0), (0.01, 0), (0, -0.01), (0, 0.01)]:
        assert best < nll(sigmoid(a + step_a + (b + step_b) * logit(q)), y)
    assert (metrics.calibration_intercept(q, y), metrics.calibration_slope(q, y)) == pytest.approx((a, b), abs=1e-6)


class Stated(ClassifierMixin, BaseEstimator):
    """A classifier that states the confidences it is given, so that scikit-learn's own calibrator can be asked."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, x):
        return np.column_stack([1 - x[:, 0], x[:, 0]])

    def predict(self, x):
        return self.classes_[(x[:, 0] > 0.5).astype(int)]


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8), reason="scikit-learn scales temperatures from 1.8 on"
)
def test_temperature_equals_scikit_learns_calibrator():
    """Its calibrator scales the logits of both classes, so of their difference: the same curve."""
    q, y = distorted(4, 400, slope=0.5)
    x, labels = q[:, None], y.astype(int)
    stated = FrozenEstimator(Stated().fit(x, labels))
    peer = CalibratedClassifierCV(stated, method="temperature").fit(x, labels)
    grid = np.linspace(0.01, 0.99, 99)
    expected = peer.predict_proba(grid[:, None])[:, 1]
    assert fit_posthoc("temperature", q, y)(grid) == pytest.approx(expected, abs=1e-5)
    assert fit_posthoc("platt", q, y)(grid) != pytest.approx(expected, abs=1e-5)


def test_isotonic_equals_scikit_learn_beyond_the_ends_too():
    q, y = sample(5, size=200, decimals=2)
    q = 0.2 + 0.6 * q
    peer = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(q, y)
    grid = np.linspace(0, 1, 101)
    assert fit_posthoc("isotonic", q, y)(grid) == pytest.approx(peer.predict(grid), abs=1e-12)


def test_isotonic_by_hand():
    """0.6 is more often right than 0.8, so both get the share of all eight: 5 of 8."""
    q = [0.2] * 4 + [0.6] * 4 + [0.8] * 4
    y = [0, 0, 0, 1, *[1, 1, 1, 0], *[1, 1, 0, 0]]
    assert fit_posthoc("isotonic", q, y)([0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 1.0]).tolist() == pytest.approx(
        [0.25, 0.25, (0.25 + 0.625) / 2, 0.625, 0.625, 0.625, 0.625]
    )


# -- What it does to the figures


@pytest.mark.parametrize("method", METHODS)
def test_overconfidence_is_mended_on_new_pairs(method):
    fitted = fit_posthoc(method, *distorted(6, 5000, slope=0.4, intercept=-0.5))
    q, y = distorted(7, 5000, slope=0.4, intercept=-0.5)
    before, after = metrics.smooth_ece(q, y), metrics.smooth_ece(fitted(q), y)
    assert before > 0.1
    assert after < (before if method == "temperature" else 0.03)  # a temperature cannot shift
    assert metrics.brier_score(fitted(q), y) < metrics.brier_score(q, y)


@pytest.mark.parametrize("method", METHODS)
def test_what_was_fitted_on_noise_mends_nothing(method):
    """The negative control: outcomes shuffled, the fitted curve knows the share right and nothing else."""
    q, y = distorted(6, 5000, slope=0.4)
    fitted = fit_posthoc(method, q, np.random.default_rng(0).permutation(y))
    new_q, new_y = distorted(7, 5000, slope=0.4)
    honest = fit_posthoc(method, q, y)
    assert metrics.brier_score(fitted(new_q), new_y) > metrics.brier_score(honest(new_q), new_y) + 0.01


def test_a_rising_curve_keeps_the_order():
    q, y = distorted(8, 2000, slope=0.4, intercept=-0.5)
    q = np.clip(q, 1e-5, 1 - 1e-5)
    before = metrics.auroc(q, y)
    for method in ("temperature", "platt"):
        fitted = fit_posthoc(method, q, y)
        assert fitted.parameters["slope"][0] > 0
        assert metrics.auroc(fitted(q), y) == before
        assert metrics.aurc(fitted(q), y) == metrics.aurc(q, y)
    isotonic = fit_posthoc("isotonic", q, y)(q)
    assert np.unique(isotonic).size < np.unique(q).size  # it ties
    assert (np.diff(isotonic[np.argsort(q)]) >= 0).all()


def test_reversed_confidence():
    """A temperature cannot turn the order, and gives up: 0.5 for all. Platt turns it."""
    q, y = sample(9, size=400)
    temperature, platt = fit_posthoc("temperature", 1 - q, y), fit_posthoc("platt", 1 - q, y)
    assert temperature.parameters["slope"] == (0.0,)
    assert temperature([0.1, 0.9]).tolist() == [0.5, 0.5]
    assert platt.parameters["slope"][0] < 0
    assert metrics.auroc(platt(1 - q), y) == pytest.approx(metrics.auroc(q, y))
    wholly = fit_posthoc("temperature", [0.9] * 5 + [0.1] * 5, [0] * 5 + [1] * 5)
    assert wholly([0.9]).tolist() == [0.5]


def test_a_constant_confidence_becomes_the_share_right():
    y = [1] * 14 + [0] * 6
    for method in METHODS:
        assert fit_posthoc(method, [0.95] * 20, y)([0.95])[0] == pytest.approx(0.7, abs=1e-6)
    assert fit_posthoc("platt", [0.95] * 20, y)([0.1])[0] == pytest.approx(0.7)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=10, max_size=30), st.lists(st.floats(0, 1)))
def test_output_is_a_confidence_and_never_falls(pairs, new):
    q, y = [q for q, _ in pairs], [right for _, right in pairs]
    for method in METHODS:
        try:
            fitted = fit_posthoc(method, q, y)
        except InvalidInput:
            continue  # one class, or separated
        out = fitted(sorted(new))
        assert out.shape == (len(new),)
        assert ((out >= 0) & (out <= 1)).all()
        if fitted.parameters.get("slope", (1.0,))[0] >= 0:
            assert (np.diff(out) >= -1e-12).all()


def test_the_table():
    validation, test = distorted(10, 2000, slope=0.4), distorted(11, 2000, slope=0.4)
    table = posthoc_table(validation, test)
    assert list(table) == ["none", "temperature", "platt", "isotonic"]
    assert all(list(row) == list(FIGURES) for row in table.values())
    for method, row in table.items():
        q = test[0] if method == "none" else fit_posthoc(method, *validation)(test[0])
        assert row["ece"] == metrics.expected_calibration_error(q, test[1])
        assert row["smooth_ece"] == metrics.smooth_ece(q, test[1])
        assert row["brier"] == metrics.brier_score(q, test[1])
        assert row["nll"] == metrics.negative_log_likelihood(q, test[1])
        assert row["auroc"] == metrics.auroc(q, test[1])
    assert table["temperature"]["auroc"] == pytest.approx(table["none"]["auroc"], abs=1e-12)
    # Fitted on validation alone: what the test set's outcomes are changes no curve.
    turned = posthoc_table(validation, (test[0], ~test[1]))
    assert turned["platt"]["auroc"] == pytest.approx(1 - table["platt"]["auroc"])


# -- A curve as a thing


@pytest.mark.parametrize("method", METHODS)
def test_a_curve_goes_through_json(method):
    q, y = sample(12, size=100, decimals=1)
    fitted = fit_posthoc(method, q, y)
    again = Rescaling.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    assert (again(q) == fitted(q)).all()
    assert again != fit_posthoc(method, q[:50], y[:50])
    assert f"method='{method}'" in repr(fitted)
    with pytest.raises(AttributeError):
        fitted.method = "other"


def test_what_is_wrong_is_named():
    q, y = sample(13, size=100)
    with pytest.raises(UnknownName, match="Did you mean 'isotonic'"):
        fit_posthoc("isotonik", q, y)
    for method in METHODS:
        with pytest.raises(InvalidInput, match="at least 10 validation pairs; received 9"):
            fit_posthoc(method, q[:9], y[:9])
        with pytest.raises(InvalidInput, match="all 20 received are right"):
            fit_posthoc(method, q[:20], [1] * 20)
        with pytest.raises(InvalidInput, match="all 20 received are wrong"):
            fit_posthoc(method, q[:20], [0] * 20)
        with pytest.raises(InvalidInput, match="received nan"):
            fit_posthoc(method, [math.nan] * 20, [0] * 20)
        with pytest.raises(InvalidInput, match=r"received 1\.5"):
            fit_posthoc(method, q, y)([1.5])
    for method in ("temperature", "platt"):
        with pytest.raises(InvalidInput, match="overlap in confidence"):
            fit_posthoc(method, q, q > 0.5)
    assert fit_posthoc("isotonic", q, q > 0.5)([0.0, 1.0]).tolist() == [0.0, 1.0]


def test_without_scikit_learn_the_extra_is_named():
    source = (
        "import sys\nsys.modules['sklearn'] = None\n"
        "from reasoning_gym_ccrl.evaluation.posthoc import Rescaling, fit_posthoc\n"
        "print(Rescaling('platt', {'slope': (1.0,), 'intercept': (0.0,)})([0.25]))\n"
        "try:\n    fit_posthoc('platt', [0.1, 0.9] * 10, [0, 1, 1, 0] * 5)\n"
        "except ModuleNotFoundError as error:\n    print(error, error.name)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "[0.25]" in done.stdout
    assert "scikit-learn: pip install 'reasoning-gym-ccrl[report]' sklearn" in done.stdout
