import math

import numpy as np
import pytest

from reasoning_gym_ccrl.errors import InvalidOption
from reasoning_gym_ccrl.evaluation import metrics

from .make_pairs import in_between, sample


def direct(q, y, sigma, points, images=6):
    """The definition, pair by pair and image by image: the sum of all mirror images of each residual's kernel."""
    t = np.linspace(0, 1, points)
    smoothed = np.zeros(points)
    for confidence, outcome in zip(q, y, strict=True):
        for image in range(-images, images + 1):
            for centre in (2 * image + confidence, 2 * image - confidence):
                smoothed += (float(outcome) - confidence) * np.exp(-(((t - centre) / sigma) ** 2) / 2)
    smoothed = np.abs(smoothed) / (math.sqrt(2 * math.pi) * sigma * len(q))
    return float((smoothed[1:] + smoothed[:-1]).sum() / 2 / (points - 1))


@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize(("sigma", "points"), [(0.001, 40_001), (0.01, 4001), (0.05, 1001), (0.3, 1001), (1.0, 1001)])
def test_a_fixed_width_equals_the_direct_sum(sigma, points, decimals):
    """Rounded to tenths there are pairs at 0 and at 1, where the mirror image lies on the pair itself."""
    q, y = sample(3, size=40, decimals=decimals)
    images = 1 if sigma < 0.1 else 6
    found = metrics.smooth_ece(q, y, sigma)
    assert found == pytest.approx(direct(q, y, sigma, points, images), abs=1e-5)
    if 0.05 <= sigma <= 0.3:  # a wrong width is seen, where it is neither as wide as [0, 1] nor far below the gaps
        assert found != pytest.approx(direct(q, y, 2 * sigma, points, images), abs=1e-3)


def test_without_reflection_the_sum_would_be_another():
    q, y = sample(3, size=40, decimals=1)
    unreflected = direct(q, y, 0.3, 1001, images=0)
    assert abs(metrics.smooth_ece(q, y, 0.3) - unreflected) > 1e-3


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0])
def test_the_value_is_a_fixed_point(seed, scale):
    q, y = in_between(seed, scale=scale)
    value = metrics.smooth_ece(q, y)
    assert metrics.smooth_ece(q, y, sigma=value) == pytest.approx(value, abs=1e-7)
    assert metrics.smooth_ece(q, y, sigma=value * 1.1) <= value + 1e-9


@pytest.mark.parametrize(
    ("q", "y"),
    [
        sample(1),
        sample(2, size=5000),
        (sample(3)[0], sample(4)[1]),
        (sample(5)[0], sample(5)[0] > 0.7),
        in_between(6, levels=10),
        in_between(7, levels=50, scale=0.5),
    ],
    ids=["calibrated", "more", "noise", "sharp", "levels", "overconfident"],
)
def test_equals_relplot(q, y, monkeypatch):
    """Within 4e-3 of relplot as it ships, within 2e-3 with more points, within 5e-4 at one width.

    relplot bisects ten times (1 / 1024), sums over 200 points with both ends whole, and cuts kernels at a distance of
    0.5, which wide ones feel. It does not double the mass at 0 and at 1, where the mirror image falls onto the pair
    itself, so no pair lies there; the direct sum above has such pairs.
    """
    relplot = pytest.importorskip("relplot", reason="relplot is not installed (make extras)")
    q, outcomes = np.clip(q, 0.003, 0.997), y.astype(float)
    assert metrics.smooth_ece(q, y) == pytest.approx(relplot.smECE(q, outcomes), abs=4e-3)
    assert metrics.smooth_ece(q, ~y) != pytest.approx(relplot.smECE(q, outcomes), abs=4e-3)
    monkeypatch.setattr(relplot.config, "smECE_mesh_pts", 4001)
    assert metrics.smooth_ece(q, y) == pytest.approx(relplot.smECE(q, outcomes), abs=2e-3)
    for sigma in (0.02, 0.05, 0.1):
        assert metrics.smooth_ece(q, y, sigma) == pytest.approx(relplot.smECE_sigma(q, outcomes, sigma), abs=5e-4)


def test_by_hand():
    # One level: the kernel's mass is 1 whatever its width, so what is left is |accuracy - confidence|.
    assert metrics.smooth_ece([0.8] * 4, [1, 1, 0, 0]) == 0.3
    assert metrics.smooth_ece([1.0], [0]) == 1.0
    assert metrics.smooth_ece([0.0, 1.0], [0, 1]) == 0.0
    # +0.3 at 0.7 and -0.3 at 0.3: far apart at a small width (0.3 all in all), gone in a wide one.
    q, y = [0.7, 0.3], [1, 0]
    assert metrics.smooth_ece(q, y, 0.01) == pytest.approx(0.3, abs=1e-9)
    assert metrics.smooth_ece(q, y, 1.0) < 0.01


def test_small_changes_of_confidence_change_little_where_a_bin_jumps():
    """What bins do wrong: 0.4999 and 0.5 fall into two bins, and errors that cancelled no longer do."""
    y = np.array([0, 1] * 50)
    below, at = np.full(100, 0.5), np.where(y == 0, 0.5, 0.5 - 1e-9)
    assert metrics.expected_calibration_error(below, y, 10) == 0.0
    assert metrics.expected_calibration_error(at, y, 10) == pytest.approx(0.5)
    assert metrics.smooth_ece(at, y) == pytest.approx(metrics.smooth_ece(below, y), abs=1e-6)


def test_below_the_narrowest_kernel_it_is_off_by_at_most_a_thousandth():
    q, y = np.array([0.25, 0.75]).repeat(4000), np.array([1, 0, 0, 0] * 1000 + [1, 1, 1, 0] * 1000)
    assert metrics.smooth_ece(q, y) == 0.0
    y[0] = 0  # an eighth of a thousandth
    assert metrics.smooth_ece(q, y) == pytest.approx(1 / 8000, abs=1e-9)


def test_sigma_is_checked():
    for sigma in (0.0, 1e-4, 1.5, math.nan):
        with pytest.raises(InvalidOption, match="sigma is a width"):
            metrics.smooth_ece([0.5], [1], sigma)


def test_a_confidence_of_1_counts_whole_where_relplot_counts_half():
    """Residuals -1 at 1.0 and 0.5 at 0.5, far apart: (1 + 0.5) / 2, and with the first one half (0.5 + 0.5) / 1.5."""
    relplot = pytest.importorskip("relplot", reason="relplot is not installed (make extras)")
    q, y = np.array([1.0, 0.5]), np.array([0.0, 1.0])
    assert metrics.smooth_ece(q, y, 0.02) == pytest.approx(0.75)
    assert direct(q, y, 0.02, 1001) == pytest.approx(0.75)
    assert relplot.smECE_sigma(q, y, 0.02) == pytest.approx(2 / 3, abs=0.01)
