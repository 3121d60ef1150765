from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.rewards import SCORING_RULES, brier_score_reward, linear_score_reward

probabilities = st.floats(0.0, 1.0)
GRID = [index / 100 for index in range(101)]


def mean_score(rule, c, p):
    return p * rule(c, 1) + (1 - p) * rule(c, 0)


@pytest.mark.parametrize("rule", SCORING_RULES.values(), ids=SCORING_RULES)
def test_every_rule_agrees_on_the_corners(rule):
    assert rule(1.0, 1) == 1.0
    assert rule(1.0, 0) == -1.0
    assert rule(0.0, 0) == 0.0
    assert rule(0.0, 1) == 0.0


@pytest.mark.parametrize(
    ("c", "y", "expected"), [(0.9, 1, 0.99), (0.5, 1, 0.75), (0.5, 0, -0.25), (0.9, 0, -0.81), (0.3, 1, 0.51)]
)
def test_brier_by_hand(c, y, expected):
    assert brier_score_reward(c, y) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("c", "y", "expected"), [(0.9, 1, 0.9), (0.5, 0, -0.5), (0.3, 1, 0.3)])
def test_linear_by_hand(c, y, expected):
    assert linear_score_reward(c, y) == expected


@pytest.mark.parametrize("c", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("y", [0, 1])
def test_brier_is_scikit_learns_loss_turned_round(c, y):
    metrics = pytest.importorskip("sklearn.metrics")
    loss = metrics.brier_score_loss([y], [c], pos_label=1, labels=[0, 1])
    assert brier_score_reward(c, y) == pytest.approx(y - loss, abs=1e-12)


@given(p=probabilities, c=probabilities)
def test_brier_is_proper(p, c):
    assert mean_score(brier_score_reward, p, p) >= mean_score(brier_score_reward, c, p) - 1e-12


@pytest.mark.parametrize("p", GRID)
def test_brier_peaks_at_the_truth_on_a_grid(p):
    best = max(GRID, key=lambda c: mean_score(brier_score_reward, c, p))
    assert best == p


def test_an_honest_brier_mean_is_the_square_and_never_falls():
    means = [mean_score(brier_score_reward, p, p) for p in GRID]
    assert means == pytest.approx([p * p for p in GRID], abs=1e-12)
    assert means == sorted(means)


@pytest.mark.parametrize("p", [0.3, 0.6, 0.7, 0.9])
def test_linear_is_not_proper_it_pays_for_certainty(p):
    best = max(GRID, key=lambda c: mean_score(linear_score_reward, c, p))
    assert best == (1.0 if p > 0.5 else 0.0)
    assert mean_score(linear_score_reward, best, p) > mean_score(linear_score_reward, p, p) + 0.05
