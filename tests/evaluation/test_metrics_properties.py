"""What holds for every metric on any pairs, and what each new one does at its edges."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption
from reasoning_gym_ccrl.evaluation import metrics

from .make_pairs import BINNED, BOUNDED, EVERY, in_between, sample

tenths = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=40)
any_pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def split(pairs):
    return [q for q, _ in pairs], [right for _, right in pairs]


def in_tenths(pairs):
    return [k / 10 for k, _ in pairs], [right for _, right in pairs]


def same(one, other):
    return one == pytest.approx(other, abs=1e-9, nan_ok=True)


@given(any_pairs, st.randoms(use_true_random=False))
def test_the_order_of_pairs_never_matters(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for metric in [*EVERY, *(partial(each, scheme="mass") for each in BINNED)]:
        if metric in (metrics.calibration_slope, metrics.calibration_intercept):
            continue  # a sum in another order ends Newton's method elsewhere in the last digits; see below
        assert same(metric(*split(pairs)), metric(*split(shuffled)))


@given(tenths, st.randoms(use_true_random=False))
def test_nor_for_the_slope(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for metric in (metrics.calibration_slope, metrics.calibration_intercept):
        one, other = metric(*in_tenths(pairs)), metric(*in_tenths(shuffled))
        assert one == pytest.approx(other, rel=1e-6, abs=1e-6, nan_ok=True)


@given(any_pairs)
def test_every_figure_is_a_float_in_its_range(pairs):
    q, y = split(pairs)
    for metric in BOUNDED:
        value = metric(q, y)
        assert type(value) is float
        highest = 14.0 if metric is metrics.negative_log_likelihood else 1.0
        assert math.isnan(value) or 0.0 <= value <= highest


@given(any_pairs)
def test_undefined_exactly_where_documented(pairs):
    q, y = split(pairs)
    assert math.isnan(metrics.auroc(q, y)) == (len(set(y)) == 1)
    assert math.isnan(metrics.auprc_error(q, y)) == all(y)
    assert math.isnan(metrics.overconfident_error_rate(q, y, given_wrong=True)) == all(y)
    others = {metrics.auroc, metrics.auprc_error}
    assert not any(math.isnan(metric(q, y)) for metric in BOUNDED if metric not in others)


@given(tenths)
def test_the_other_way_round(pairs):
    """Of the confidence in being wrong: the order turns, the distances stay."""
    q, y = in_tenths(pairs)
    turned, wrong = [(10 - k) / 10 for k, _ in pairs], [not right for right in y]
    assert same(metrics.auroc(turned, y), 1 - metrics.auroc(q, y))
    for metric in (metrics.auroc, metrics.brier_score, metrics.negative_log_likelihood, metrics.smooth_ece):
        assert same(metric(turned, wrong), metric(q, y))
    assert metrics.calibration_slope(turned, wrong) == pytest.approx(
        metrics.calibration_slope(q, y), abs=1e-6, nan_ok=True
    )


@given(any_pairs, st.integers(1, 20), st.sampled_from(["width", "mass"]))
def test_binned_errors_among_each_other(pairs, bins, scheme):
    q, y = split(pairs)
    ece = metrics.expected_calibration_error(q, y, bins, scheme)
    over = metrics.positive_calibration_error(q, y, bins, scheme)
    # The mean gap is what overconfidence exceeds underconfidence by, whatever the bins.
    assert over - (ece - over) == pytest.approx(float(np.mean(q) - np.mean(y)), abs=1e-9)
    assert 0 <= over <= ece <= metrics.maximum_calibration_error(q, y, bins, scheme) + 1e-12
    table = metrics.reliability_bins(q, y, bins, scheme)
    squares = np.nansum(table.counts * (table.confidence - table.accuracy) ** 2) / len(q)
    debiased = metrics.debiased_calibration_error(q, y, bins, scheme, squared=True)
    assert debiased <= squares + 1e-12
    assert metrics.debiased_calibration_error(q, y, bins, scheme) == pytest.approx(
        math.sqrt(max(debiased, 0)), abs=1e-7
    )


@given(tenths)
def test_brier_parts_sum_to_the_score(pairs):
    q, y = in_tenths(pairs)
    parts = metrics.brier_decomposition(q, y)
    assert abs(parts.reliability - parts.resolution + parts.uncertainty - metrics.brier_score(q, y)) < 1e-9


# -- The debiased error


def test_debiased_error_by_hand():
    """Bins of width 0.5: two pairs at 0.2, one right; four at 0.9, two right."""
    q, y = [0.2, 0.2, 0.9, 0.9, 0.9, 0.9], [0, 1, 1, 1, 0, 0]
    first, second = 0.3**2 - 0.25 / 1, 0.4**2 - 0.25 / 3
    squared = (2 * first + 4 * second) / 6
    assert metrics.debiased_calibration_error(q, y, 2, squared=True) == pytest.approx(squared)
    assert squared < 0
    assert metrics.debiased_calibration_error(q, y, 2) == 0.0
    assert metrics.debiased_calibration_error(q[2:], y[2:], 2) == pytest.approx(math.sqrt(second))
    # A lone pair adds nothing, and is counted among the N.
    assert metrics.debiased_calibration_error([*q[2:], 0.1], [*y[2:], 1], 2, squared=True) == pytest.approx(
        4 / 5 * second
    )


def test_debiased_error_has_no_bias_where_the_plain_one_has():
    """Calibrated pairs on five levels, 40 at a time: the true error is 0."""
    debiased, plain = [], []
    for seed in range(2000):
        random = np.random.default_rng(seed)
        q = (random.integers(5, size=40) + 0.5) / 5
        y = random.random(40) < q
        debiased.append(metrics.debiased_calibration_error(q, y, 5, squared=True))
        table = metrics.reliability_bins(q, y, 5)
        plain.append(np.nansum(table.counts * (table.confidence - table.accuracy) ** 2) / 40)
    error = np.std(debiased) / math.sqrt(2000)
    assert abs(np.mean(debiased)) < 4 * error
    assert np.mean(plain) > 10 * error


# -- The positive part


def test_positive_calibration_error_by_hand():
    # Bins of 0.8 (half right: 0.3 too sure, two pairs) and of 0.3 (right: 0.7 too modest, one pair).
    assert metrics.positive_calibration_error([0.8, 0.8, 0.3], [1, 0, 1]) == pytest.approx(2 * 0.3 / 3)
    assert metrics.positive_calibration_error([0.0, 0.0], [1, 1]) == 0.0
    assert metrics.positive_calibration_error([1.0, 1.0], [0, 0]) == 1.0


# -- AUPRC of errors


def test_auprc_error_by_hand():
    # From the least confident: 0.1 wrong (1/1), 0.4 right, then the tie of one wrong and one right (2/4).
    assert metrics.auprc_error([0.6, 0.6, 0.4, 0.1], [1, 0, 1, 0]) == pytest.approx((1 + 2 / 4) / 2)
    assert metrics.auprc_error([0.7] * 4, [1, 1, 1, 0]) == 0.25
    assert metrics.auprc_error([0.2, 0.9], [0, 0]) == 1.0
    assert math.isnan(metrics.auprc_error([0.2, 0.9], [1, 1]))


def test_auprc_error_tells_tiny_confidences_apart():
    """1 - 1e-20 is 1.0, so a score of 1 - q would tie these two."""
    assert metrics.auprc_error([1e-20, 1e-19], [0, 1]) == 1.0


# -- By group


def test_by_group_is_each_group_by_itself():
    q, y = in_between(1, size=300)
    steps = np.random.default_rng(2).integers(1, 5, size=300)
    found = metrics.by_group(metrics.expected_calibration_error, q, y, steps)
    assert list(found) == [1, 2, 3, 4]
    assert sum(figure.pairs for figure in found.values()) == 300
    for step, (value, pairs) in found.items():
        mine = [(a, b) for a, b, s in zip(q, y, steps, strict=True) if s == step]
        assert pairs == len(mine)
        assert value == metrics.expected_calibration_error(*split(mine))
    assert found != metrics.by_group(metrics.expected_calibration_error, q, y, np.roll(steps, 1))


def test_by_group_takes_names_and_options_and_undefined_figures():
    metric = partial(metrics.overconfident_error_rate, threshold=0.5)
    found = metrics.by_group(metric, [0.6, 0.4, 0.6], [0, 0, 1], ["b", "a", "b"])
    assert found == {"a": (0.0, 1), "b": (0.5, 2)}
    assert list(found) == ["a", "b"]
    assert math.isnan(metrics.by_group(metrics.auroc, [0.6], [1], [0])[0].value)
    assert metrics.by_group(metrics.auroc, [], [], []) == {}


def test_groups_are_checked():
    with pytest.raises(InvalidInput, match=r"groups holds one label per pair: shape \(2,\); received \(1,\)"):
        metrics.by_group(metrics.auroc, [0.5, 0.5], [0, 1], [1])
    with pytest.raises(InvalidInput, match="groups holds labels of one sortable type"):
        metrics.by_group(metrics.auroc, [0.5, 0.5], [0, 1], np.array([None, 3], dtype=object))


# -- The difference of two models


def accuracy(q, y):
    return float(np.mean(y))


def test_a_paired_difference_is_narrower_than_an_unpaired_one():
    """Two models that fail on nearly the same problems."""
    random = np.random.default_rng(3)
    hard = random.random(400)
    first, second = hard < 0.6, hard < 0.56
    q = np.full(400, 0.5)
    paired = metrics.bootstrap_difference(accuracy, (q, first), (q, second))
    assert paired.value == pytest.approx(first.mean() - second.mean())
    assert 0 < paired.low <= paired.value <= paired.high
    other = random.permutation(400)
    unpaired = metrics.bootstrap_difference(accuracy, (q, first), (q[other], second[other]))
    assert unpaired.value == pytest.approx(paired.value)
    assert unpaired.high - unpaired.low > 2 * (paired.high - paired.low)
    named = (np.arange(400), other)  # told which problem is which, the order of pairs does not matter
    again = metrics.bootstrap_difference(accuracy, (q, first), (q[other], second[other]), named)
    assert again == pytest.approx(paired)


def test_a_paired_difference_covers_the_truth_at_its_level():
    hits = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        hard = random.random((2, 150)) * 0.5 + random.random(150) * 0.5
        first, second = hard < [[0.55], [0.45]]
        q = np.full(150, 0.5)
        truth = 0.0
        for threshold, sign in ((0.55, 1), (0.45, -1)):  # the sum of two uniforms: a triangle
            truth += sign * (2 * threshold**2 if threshold < 0.5 else 1 - 2 * (1 - threshold) ** 2)
        interval = metrics.bootstrap_difference(accuracy, (q, first), (q, second), resamples=200, level=0.9, seed=seed)
        hits += interval.low <= truth <= interval.high
    assert 82 <= hits <= 97


def test_a_difference_by_clusters_of_different_sizes():
    """Model one has two steps on problem b and none on c; model two one step each on a and c."""
    one, two = ([0.5] * 3, [1, 1, 0]), ([0.5] * 2, [0, 1])
    interval = metrics.bootstrap_difference(accuracy, one, two, (["a", "b", "b"], ["a", "c"]), resamples=200)
    assert interval.value == pytest.approx(2 / 3 - 1 / 2)
    assert -1 <= interval.low <= interval.value <= interval.high <= 1


def test_differences_are_checked():
    two, three = ([0.5] * 2, [0, 1]), ([0.5] * 3, [0, 1, 1])
    with pytest.raises(InvalidInput, match="received 2 and 3"):
        metrics.bootstrap_difference(accuracy, two, three)
    with pytest.raises(InvalidInput, match="one label per pair"):
        metrics.bootstrap_difference(accuracy, two, three, (["a", "b"], ["a", "b"]))
    with pytest.raises(InvalidOption, match="resamples"):
        metrics.bootstrap_difference(accuracy, two, two, resamples=0)
    assert all(map(math.isnan, metrics.bootstrap_difference(accuracy, ([], []), ([], []))))
    q, y = sample(5, size=60)
    same_seed = [metrics.bootstrap_difference(accuracy, (q, y), (q, ~y), resamples=20, seed=1) for _ in range(2)]
    assert same_seed[0] == same_seed[1]
