"""Risk and coverage against all orders of the ties, in exact fractions."""

import math
from fractions import Fraction
from itertools import groupby, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidOption
from reasoning_gym_ccrl.evaluation import metrics

from .make_pairs import sample

few_pairs = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=7)


def risks_in_order(outcomes):
    """The error rate among the first k, one pair at a time."""
    errors, risks = 0, []
    for k, right in enumerate(outcomes, start=1):
        errors += not right
        risks.append(Fraction(errors, k))
    return risks


def risks_over_all_orders(pairs):
    """The mean over every order of every group of ties of the risk at each k."""
    groups = []
    for _, members in groupby(sorted(pairs, key=lambda pair: -pair[0]), key=lambda pair: pair[0]):
        groups.append(list(permutations([right for _, right in members])))
    curves = [risks_in_order([right for part in order for right in part]) for order in product(*groups)]
    return [sum(at_k) / len(curves) for at_k in zip(*curves, strict=True)]


def split(pairs):
    return [level / 4 for level, _ in pairs], [right for _, right in pairs]


@given(few_pairs)
@settings(deadline=None)
def test_ties_count_by_their_mean_over_all_orders(pairs):
    q, y = split(pairs)
    expected = risks_over_all_orders(pairs)
    coverage, risk = metrics.risk_coverage(q, y)
    assert coverage.tolist() == pytest.approx([k / len(pairs) for k in range(1, len(pairs) + 1)])
    assert risk.tolist() == pytest.approx([float(each) for each in expected], abs=1e-12)
    area = sum(expected) / len(expected)
    assert metrics.aurc(q, y) == pytest.approx(float(area), abs=1e-12)
    best = risks_in_order(sorted(y, reverse=True))
    assert metrics.excess_aurc(q, y) == pytest.approx(float(area - sum(best) / len(best)), abs=1e-12)


def test_other_tie_rules_are_other_figures():
    """The negative control: as the pairs come, all right ones first, all wrong ones first."""
    pairs = [(2, True), (1, False), (1, True), (1, False), (0, True), (0, False)]
    q, y = split(pairs)
    found = metrics.aurc(q, y)
    as_they_come = risks_in_order([right for _, right in pairs])
    kind = risks_in_order([right for _, right in sorted(pairs, reverse=True)])
    harsh = risks_in_order([right for _, right in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))])
    others = [float(sum(risks) / len(risks)) for risks in (as_they_come, kind, harsh)]
    assert others[1] < found < others[2]
    assert all(abs(found - other) > 1e-3 for other in others)


@pytest.mark.parametrize("decimals", [None, 1, 2])
def test_a_long_curve_equals_a_loop_and_no_order_of_pairs_matters(decimals):
    q, y = sample(41, size=700, decimals=decimals)
    if decimals is None:
        expected = risks_in_order([right for _, right in sorted(zip(q, y, strict=True), reverse=True)])
        assert metrics.risk_coverage(q, y)[1] == pytest.approx([float(each) for each in expected], abs=1e-12)
    shuffled = np.random.default_rng(0).permutation(700)
    for figure in (metrics.aurc, metrics.excess_aurc):
        assert figure(q, y) == figure(q[shuffled], y[shuffled])
    assert (metrics.risk_coverage(q, y)[1] == metrics.risk_coverage(q[shuffled], y[shuffled])[1]).all()


def test_a_shuffled_draw_of_ties_comes_near_the_mean():
    q, y = sample(43, size=400, decimals=1)
    random = np.random.default_rng(1)
    areas = []
    for _ in range(300):
        order = np.lexsort((random.random(q.size), -q))
        areas.append(np.mean(np.cumsum(~y[order]) / np.arange(1, q.size + 1)))
    assert metrics.aurc(q, y) == pytest.approx(np.mean(areas), abs=4 * np.std(areas) / math.sqrt(300))


def test_by_hand():
    coverage, risk = metrics.risk_coverage([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 0.5 / 2, 1 / 3, 2 / 4])
    assert metrics.aurc([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]) == pytest.approx((1 / 4 + 1 / 3 + 1 / 2) / 4)
    # The best order has its two errors last: risks 0, 0, 1/3, 1/2.
    assert metrics.excess_aurc([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]) == pytest.approx(1 / 4 / 4)


def test_the_best_and_the_worst_order():
    y = [True] * 6 + [False] * 4
    best, worst = [1 - i / 10 for i in range(10)], [i / 10 for i in range(10)]
    assert metrics.excess_aurc(best, y) == 0.0
    assert metrics.aurc(best, y) == pytest.approx(sum(max(0, k - 6) / k for k in range(1, 11)) / 10)
    assert metrics.aurc(worst, y) == pytest.approx(sum(min(k, 4) / k for k in range(1, 11)) / 10)
    assert metrics.aurc([0.7] * 10, y) == pytest.approx(0.4)  # a constant confidence gets the error rate
    # The approximation that is often printed, r + (1 - r) ln(1 - r), is not what is subtracted.
    approximate = metrics.aurc(best, y) - (0.4 + 0.6 * math.log(0.6))
    assert abs(approximate) > 1e-3


def test_one_class_and_one_pair():
    assert metrics.aurc([0.2, 0.9], [1, 1]) == metrics.excess_aurc([0.2, 0.9], [1, 1]) == 0.0
    assert metrics.aurc([0.2, 0.9], [0, 0]) == 1.0
    assert metrics.excess_aurc([0.2, 0.9], [0, 0]) == 0.0
    assert metrics.aurc([0.2], [0]) == 1.0
    coverage, risk = metrics.risk_coverage([], [])
    assert coverage.size == risk.size == 0


# -- Coverage at a risk


def coverage_by_loop(q, y, risk):
    """Every threshold in turn."""
    best = 0
    for threshold in q:
        kept = [right for confidence, right in zip(q, y, strict=True) if confidence >= threshold]
        if Fraction(kept.count(False), len(kept)) <= risk:
            best = max(best, len(kept))
    return best / len(q)


@given(few_pairs, st.fractions(0, 1, max_denominator=12))
def test_coverage_at_risk_tries_every_threshold(pairs, risk):
    q, y = split(pairs)
    assert metrics.coverage_at_risk(q, y, float(risk)) == pytest.approx(coverage_by_loop(q, y, risk))


def test_coverage_at_risk_by_hand():
    q, y = [0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0]  # risks 0, 1/2, 1/3, 1/4, 2/5
    assert [metrics.coverage_at_risk(q, y, risk) for risk in (0.0, 0.1, 0.25, 0.4, 1.0)] == [0.2, 0.2, 0.8, 1.0, 1.0]
    assert metrics.coverage_at_risk([0.9, 0.1], [0, 1], 0.4) == 0.0
    # A threshold takes ties together: 1 of 3 is in reach of risk 0, half of the tied pair is not.
    assert metrics.coverage_at_risk([0.9, 0.5, 0.5], [1, 1, 0], 0.0) == pytest.approx(1 / 3)
    assert math.isnan(metrics.coverage_at_risk([], [], 0.1))
    for risk in (-0.1, 1.1, math.nan):
        with pytest.raises(InvalidOption, match="risk is an error rate"):
            metrics.coverage_at_risk(q, y, risk)
