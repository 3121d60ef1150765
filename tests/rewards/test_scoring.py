"""Scoring rules against numbers by hand, peers and the definition of "proper", searched for the best confidence."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reasoning_gym_ccrl.rewards.scoring import (
    LOG_CLIP,
    RULES,
    SCORING_RULES,
    Rule,
    brier_penalty,
    brier_score_reward,
    expected_score,
    linear_score_reward,
    log_score,
    log_score_reward,
    sayself_score,
    spherical_score,
    spherical_score_reward,
)

probabilities = st.floats(0.0, 1.0)
GRID = [index / 100 for index in range(101)]
FINE = [index / 2000 for index in range(2001)]
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
every_proper_rule = pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.proper], ids=[name for name, rule in RULES.items() if rule.proper]
)


def mean_score(rule, c, p):
    return p * rule(c, 1) + (1 - p) * rule(c, 0)


def best_on_grid(score, p):
    return max(GRID, key=lambda c: mean_score(score, c, p))


def falls(values):
    return any(after < before - 1e-12 for before, after in pairwise(values))


@pytest.mark.parametrize(
    ("score", "c", "right", "wrong"),
    [
        (brier_score_reward, 0.9, 0.99, -0.81),
        (brier_score_reward, 0.5, 0.75, -0.25),
        (brier_score_reward, 0.3, 0.51, -0.09),
        (linear_score_reward, 0.9, 0.9, -0.9),
        (linear_score_reward, 0.3, 0.3, -0.3),
        (brier_penalty, 0.9, -0.01, -0.81),
        (sayself_score, 0.9, 0.98, -0.62),
        (sayself_score, 0.5, 0.5, 0.5),
        # c = 0.6 and 0.8 are the sides of a triangle with the hypotenuse 1, so c / sqrt(c^2 + (1 - c)^2) is known
        # at 3 / 7: (3/7) / (5/7) = 0.6 and (4/7) / (5/7) = 0.8.
        (spherical_score, 3 / 7, 0.6, 0.8),
        (spherical_score_reward, 3 / 7, 0.6, -0.2),
        (log_score, 0.5, -0.693147180560, -0.693147180560),
        (log_score, 0.25, -1.386294361120, -0.287682072452),
        (log_score, 0.0, -6.907755278982, -0.001000500334),
        # 1 + (ln 0.5 - ln 0.999) / ln 999 and so on, from a calculator of arbitrary precision.
        (log_score_reward, 0.5, 0.899786990793, -0.100213009207),
        (log_score_reward, 0.9, 0.984890151935, -0.333236761174),
    ],
)
def test_by_hand(score, c, right, wrong):
    assert score(c, 1) == pytest.approx(right, abs=1e-9)
    assert score(c, 0) == pytest.approx(wrong, abs=1e-9)


@pytest.mark.parametrize("rule", SCORING_RULES.values(), ids=SCORING_RULES)
def test_every_rule_for_steps_agrees_on_the_corners(rule):
    assert rule(1.0, 1) == pytest.approx(1.0, abs=1e-15)
    assert rule(1.0, 0) == pytest.approx(-1.0, abs=1e-15)
    assert rule(0.0, 0) == pytest.approx(0.0, abs=1e-15)
    assert rule(0.0, 1) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("c", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("y", [0, 1])
def test_brier_and_log_are_scikit_learns_losses_turned_round(c, y):
    metrics = pytest.importorskip("sklearn.metrics")
    loss = metrics.brier_score_loss([y], [c], pos_label=1, labels=[0, 1])
    assert brier_penalty(c, y) == pytest.approx(-loss, abs=1e-12)
    clipped = min(max(c, 0.001), 0.999)
    assert log_score(c, y) == pytest.approx(-metrics.log_loss([y], [clipped], labels=[0, 1]), abs=1e-12)


@every_rule
@given(c=probabilities, y=st.sampled_from([0, 1]))
def test_a_rule_stays_in_its_bounds_and_reaches_them(rule: Rule, c, y):
    assert rule.low - 1e-12 <= rule.score(c, y) <= rule.high + 1e-12
    corners = [rule.score(corner, outcome) for corner in (0.0, 1.0) for outcome in (0, 1)]
    assert (min(corners), max(corners)) == pytest.approx((rule.low, rule.high), abs=1e-12)


@every_rule
@given(c=probabilities, p=probabilities)
def test_the_expected_score_is_the_mean_over_the_outcomes(rule: Rule, c, p):
    assert expected_score(rule.score, c, p) == pytest.approx(mean_score(rule.score, c, p), abs=1e-12)


@every_proper_rule
def test_a_proper_rule_peaks_at_the_truth_on_a_grid(rule: Rule):
    assert [best_on_grid(rule.score, p) for p in GRID] == GRID


@every_proper_rule
@given(p=st.floats(LOG_CLIP, 1 - LOG_CLIP), c=st.floats(LOG_CLIP, 1 - LOG_CLIP))
def test_a_proper_rule_is_strictly_so(rule: Rule, p, c):
    """Off by a hundredth or more costs something, everywhere inside the clip."""
    assume(abs(c - p) >= 0.01)
    assert mean_score(rule.score, p, p) > mean_score(rule.score, c, p) + 1e-6


@given(p=probabilities)
def test_beyond_the_clip_the_log_score_pays_all_confidences_alike(p):
    """So the promise of the log scores ends there: at p = 0, 0.0005 is as good as 0."""
    for score in (log_score, log_score_reward):
        assert mean_score(score, 0.0, p) == mean_score(score, LOG_CLIP / 2, p)
        assert mean_score(score, 1.0, p) == mean_score(score, 1 - LOG_CLIP / 2, p)


@pytest.mark.parametrize("p", [0.3, 0.6, 0.7, 0.9])
def test_the_improper_rule_pays_for_certainty(p):
    assert [name for name, rule in RULES.items() if not rule.proper] == ["linear"]
    best = best_on_grid(linear_score_reward, p)
    assert best == (1.0 if p > 0.5 else 0.0)
    assert mean_score(linear_score_reward, best, p) > mean_score(linear_score_reward, p, p) + 0.05


@pytest.mark.parametrize(
    ("score", "honest"),
    [
        (brier_score_reward, lambda p: p * p),
        (brier_penalty, lambda p: -p * (1 - p)),
        (sayself_score, lambda p: 1 - 2 * p * (1 - p)),
        (spherical_score, lambda p: math.sqrt(p * p + (1 - p) * (1 - p))),
        (spherical_score_reward, lambda p: p + math.sqrt(p * p + (1 - p) * (1 - p)) - 1),
        (log_score, lambda p: p * math.log(p) + (1 - p) * math.log(1 - p)),
        (linear_score_reward, lambda p: 2 * p * p - p),
    ],
)
def test_the_honest_mean_is_what_the_docstring_says(score, honest):
    inside = [p for p in GRID if LOG_CLIP < p < 1 - LOG_CLIP]
    assert [mean_score(score, p, p) for p in inside] == pytest.approx([honest(p) for p in inside], abs=1e-12)


@every_rule
def test_credited_rules_never_pay_a_likelier_answer_less_and_plain_ones_do(rule: Rule):
    """At the best confidence for each p; of a proper rule that is p itself."""
    best = [max(mean_score(rule.score, c, p) for c in ([p] if rule.proper else GRID)) for p in FINE]
    assert falls(best) is not rule.credited
    if rule.credited:
        assert min(best) >= -1e-12


def test_the_log_scores_weight_is_the_heaviest_that_keeps_the_promise():
    """The honest mean falls somewhere for a weight 1% above 1 / ln 999; of the Brier and spherical ones, above 1."""
    nats = 1 / math.log(999)

    def honest(weight, score):
        return [p + weight * mean_score(score, p, p) for p in (index / 20_000 for index in range(20_001))]

    assert not falls(honest(nats, log_score))
    assert falls(honest(1.01 * nats, log_score))
    for score in (brier_penalty, spherical_score):
        assert not falls(honest(1.0, score))
        assert falls(honest(1.01, score))


def regret(score, c, p):
    """What saying c costs on average."""
    return mean_score(score, p, p) - mean_score(score, c, p)


def test_where_the_spherical_score_is_steeper_than_the_brier_score():
    assert regret(spherical_score, 0.501, 0.5) == pytest.approx(2**0.5 * regret(brier_penalty, 0.501, 0.5), rel=1e-3)
    for p in (0.0, 1.0):
        c = abs(p - 0.001)
        assert regret(spherical_score, c, p) == pytest.approx(0.5 * regret(brier_penalty, c, p), rel=3e-3)


def test_where_the_log_reward_is_flatter_than_the_brier_reward():
    """Saying 0.6 at p = 1/2 costs 0.003 against 0.01; and from p = 0.92 up the log score is the steeper."""
    assert regret(log_score_reward, 0.6, 0.5) == pytest.approx(0.003, abs=1e-4)
    assert regret(brier_score_reward, 0.6, 0.5) == pytest.approx(0.01)
    for p, steeper in ((0.9, False), (0.94, True), (0.06, True), (0.1, False)):
        assert (regret(log_score_reward, p + 1e-3, p) > regret(brier_score_reward, p + 1e-3, p)) is steeper
