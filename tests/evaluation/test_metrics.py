import math
import time
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption
from reasoning_gym_ccrl.evaluation import metrics

from ..timing import in_time
from .make_pairs import BINNED, EVERY, sample

# -- Oracles: one pair at a time, exact fractions, nothing shared with the code under test.


def bins_by_loop(confidences, outcomes, bins):
    """Pairs by bin, in exact arithmetic on the decimal that a double was written as."""
    groups = [[] for _ in range(bins)]
    for q, y in zip(confidences, outcomes, strict=True):
        exact = Fraction(repr(float(q)))
        groups[min(int(exact * bins), bins - 1)].append((exact, int(y)))
    return groups


def gaps_by_loop(groups):
    gaps = []
    for group in groups:
        if group:
            confidence = sum(q for q, _ in group) / len(group)
            accuracy = Fraction(sum(y for _, y in group), len(group))
            gaps.append((len(group), abs(confidence - accuracy)))
    return gaps


def ece_by_loop(confidences, outcomes, bins):
    return float(sum(n * gap for n, gap in gaps_by_loop(bins_by_loop(confidences, outcomes, bins))) / len(confidences))


def mass_groups_by_loop(confidences, outcomes, bins):
    """Equal-mass bins for distinct confidences: place i of N goes to bin floor(bins * i / N)."""
    ordered = sorted(zip(confidences, outcomes, strict=True))
    groups = [[] for _ in range(bins)]
    for place, (q, y) in enumerate(ordered):
        groups[place * bins // len(ordered)].append((Fraction(float(q)), int(y)))
    return groups


def auroc_by_loop(confidences, outcomes):
    right = [q for q, y in zip(confidences, outcomes, strict=True) if y]
    wrong = [q for q, y in zip(confidences, outcomes, strict=True) if not y]
    return sum((r > w) + 0.5 * (r == w) for r in right for w in wrong) / (len(right) * len(wrong))


# -- ECE and MCE


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 100])
@pytest.mark.parametrize("decimals", [None, 1, 2])
def test_binned_errors_equal_a_loop_in_exact_fractions(bins, decimals):
    q, y = sample(bins, decimals=decimals)
    assert metrics.expected_calibration_error(q, y, bins) == pytest.approx(ece_by_loop(q, y, bins), abs=1e-12)
    largest = max(gap for _, gap in gaps_by_loop(bins_by_loop(q, y, bins)))
    assert metrics.maximum_calibration_error(q, y, bins) == pytest.approx(float(largest), abs=1e-12)


@pytest.mark.parametrize("bins", [1, 4, 15])
def test_equal_mass_equals_a_loop_over_sorted_pairs(bins):
    q, y = sample(bins, size=203)
    gaps = gaps_by_loop(mass_groups_by_loop(q, y, bins))
    expected = float(sum(n * gap for n, gap in gaps) / len(q))
    assert metrics.expected_calibration_error(q, y, bins, scheme="mass") == pytest.approx(expected, abs=1e-12)
    counts = metrics.reliability_bins(q, y, bins, scheme="mass").counts
    assert counts.sum() == 203
    assert np.ptp(counts) <= 1


def test_equal_mass_keeps_ties_together_and_ignores_the_order_of_pairs():
    q, y = sample(3, size=300, decimals=1)
    shuffled = np.random.default_rng(0).permutation(300)
    for function in BINNED:
        assert function(q, y, 7, "mass") == function(q[shuffled], y[shuffled], 7, "mass")
    table = metrics.reliability_bins(q, y, 7, scheme="mass")
    filled = table.counts > 0
    assert (table.lower[filled][1:] > table.upper[filled][:-1]).all()


def test_expected_calibration_error_by_hand():
    # Bins of width 0.5: [0.2, 0.4] mean 0.3, half right, gap 0.2; [0.5, 0.9, 1.0] mean 0.8, 2/3 right, gap 2/15.
    q, y = [0.2, 0.4, 0.5, 0.9, 1.0], [0, 1, 0, 1, 1]
    assert metrics.expected_calibration_error(q, y, 2) == pytest.approx((2 * 0.2 + 3 * 2 / 15) / 5, abs=1e-15)
    assert metrics.maximum_calibration_error(q, y, 2) == pytest.approx(0.2, abs=1e-15)


def test_the_last_bin_is_closed():
    """A certain and wrong answer must be seen, and in the top bin, not in one of its own."""
    assert metrics.expected_calibration_error([1.0], [0]) == 1.0
    table = metrics.reliability_bins([0.95, 1.0], [1, 0], 10)
    assert table.counts.tolist() == [0] * 9 + [2]
    assert metrics.expected_calibration_error([0.95, 1.0], [1, 0], 10) == pytest.approx(0.475)
    alone = (0.05 + 1.0) / 2  # what a bin of its own for 1.0 would give
    assert metrics.expected_calibration_error([0.95, 1.0], [1, 0], 10) != pytest.approx(alone)


def test_inner_edges_belong_to_the_bin_above_without_rounding_slips():
    for bins in (10, 15, 100):
        table = metrics.reliability_bins([k / bins for k in range(bins)], [True] * bins, bins)
        assert table.counts.tolist() == [1] * bins
    assert int(0.29 * 100) == 28  # the slip that a multiplication would make


def test_calibrated_pairs_have_small_ece_and_overconfident_ones_their_gap():
    random = np.random.default_rng(5)
    q = random.random(100_000)
    calibrated, shifted = random.random(q.size) < q, random.random(q.size) < q / 2
    assert metrics.expected_calibration_error(q, calibrated) < 0.02
    assert metrics.expected_calibration_error(q, shifted) == pytest.approx(0.25, abs=0.01)  # the mean of q / 2


def test_ece_is_blind_to_the_order_and_auroc_to_the_level():
    """What docs/calibration.md says each figure hides."""
    y = np.array([1, 0] * 50)
    constant = np.full(100, 0.5)
    assert metrics.expected_calibration_error(constant, y) == 0.0
    assert metrics.auroc(constant, y) == 0.5
    sure = np.where(y == 1, 0.99, 0.98)
    assert metrics.auroc(sure, y) == 1.0
    assert metrics.expected_calibration_error(sure, y) == pytest.approx(0.485, abs=0.001)


# -- Against scikit-learn


@pytest.mark.parametrize("decimals", [None, 1])
def test_scores_equal_scikit_learn(decimals):
    q, y = sample(7, decimals=decimals)
    assert metrics.brier_score(q, y) == pytest.approx(brier_score_loss(y, q), abs=1e-12)
    assert metrics.auroc(q, y) == pytest.approx(roc_auc_score(y, q), abs=1e-12)
    clipped = np.clip(q, 1e-6, 1 - 1e-6)
    assert metrics.negative_log_likelihood(q, y) == pytest.approx(log_loss(y, clipped), abs=1e-12)


def test_reliability_bins_equal_scikit_learn():
    q, y = sample(11, decimals=None)
    accuracy, confidence = calibration_curve(y, q, n_bins=10)
    table = metrics.reliability_bins(q, y, 10)
    filled = table.counts > 0
    np.testing.assert_allclose(table.accuracy[filled], accuracy, atol=1e-12)
    np.testing.assert_allclose(table.confidence[filled], confidence, atol=1e-12)


def test_auroc_equals_a_loop_over_all_couples():
    q, y = sample(13, size=120, decimals=1)
    assert metrics.auroc(q, y) == pytest.approx(auroc_by_loop(q, y), abs=1e-12)
    assert metrics.auroc(q, ~y) == pytest.approx(1 - auroc_by_loop(q, y), abs=1e-12)


def test_scores_by_hand():
    assert metrics.auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == 0.75
    assert metrics.brier_score([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)
    assert metrics.negative_log_likelihood([0.25], [1]) == pytest.approx(math.log(4))
    assert metrics.negative_log_likelihood([1.0], [0]) == pytest.approx(-math.log(1e-6))
    assert metrics.negative_log_likelihood([1.0], [0], clip=1e-3) == pytest.approx(-math.log(1e-3))


def test_noise_has_no_auroc():
    random = np.random.default_rng(17)
    assert metrics.auroc(random.random(20_000), random.random(20_000) < 0.5) == pytest.approx(0.5, abs=0.02)


# -- Brier's parts


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=60))
def test_brier_decomposition_is_exact_and_agrees_with_fractions(pairs):
    q, y = [k / 10 for k, _ in pairs], [right for _, right in pairs]
    parts = metrics.brier_decomposition(q, y)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(
        metrics.brier_score(q, y), abs=1e-9
    )
    n, overall = len(pairs), Fraction(sum(y), len(pairs))
    reliability = resolution = Fraction(0)
    for level in {k for k, _ in pairs}:
        group = [right for k, right in pairs if k == level]
        accuracy = Fraction(sum(group), len(group))
        reliability += Fraction(len(group), n) * (Fraction(level, 10) - accuracy) ** 2
        resolution += Fraction(len(group), n) * (accuracy - overall) ** 2
    assert parts == pytest.approx((float(reliability), float(resolution), float(overall * (1 - overall))), abs=1e-12)


def test_brier_decomposition_of_continuous_confidences_says_nothing():
    q, y = sample(19)
    assert metrics.brier_decomposition(q, y).resolution == pytest.approx(float(np.mean(y) * (1 - np.mean(y))))


# -- Overconfident errors


def test_overconfident_error_rate_by_hand():
    q, y = [0.9, 0.95, 1.0, 0.89, 0.2], [0, 1, 0, 0, 0]
    assert metrics.overconfident_error_rate(q, y) == 0.4
    assert metrics.overconfident_error_rate(q, y, given_wrong=True) == 0.5
    assert metrics.overconfident_error_rate(q, y, threshold=0.5) == 0.6
    assert metrics.overconfident_error_rate(q, y, 0.0) == 0.8
    assert math.isnan(metrics.overconfident_error_rate([0.9], [1], given_wrong=True))
    assert metrics.overconfident_error_rate([0.9], [1]) == 0.0


def test_a_single_precision_0_9_is_0_9():
    q = np.array([0.9], dtype=np.float32)
    assert float(q[0]) < 0.9
    assert metrics.overconfident_error_rate(q, [0]) == 1.0


# -- Reliability bins and intervals


def test_reliability_bins_by_hand():
    table = metrics.reliability_bins([0.1, 0.3, 0.9, 1.0], [0, 1, 1, 1], 4)
    assert table.lower.tolist() == [0.0, 0.25, 0.5, 0.75]
    assert table.upper.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert table.counts.tolist() == [1, 1, 0, 2]
    np.testing.assert_allclose(table.confidence, [0.1, 0.3, np.nan, 0.95])
    np.testing.assert_allclose(table.accuracy, [0.0, 1.0, np.nan, 1.0])
    assert np.isnan(table.low[2])
    assert np.isnan(table.high[2])


def test_wilson_interval_equals_published_values_and_solves_its_equation():
    # Newcombe 1998, table I, method 3: 81/263 and 15/148.
    for right, total, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]:
        found = metrics.wilson_interval(right, total)
        assert [round(float(end), 4) for end in found] == [low, high]
    low, high = metrics.wilson_interval(30, 80)
    for end in (low, high):  # the ends are where the score test is exactly at z
        assert abs(30 / 80 - end) / math.sqrt(end * (1 - end) / 80) == pytest.approx(1.959963984540054)


def test_wilson_interval_holds_its_figure_and_stays_in_range():
    total = np.repeat(np.arange(1, 40), 40)
    right = np.minimum(np.tile(np.arange(40), 39), total)
    low, high = metrics.wilson_interval(right, total)
    assert (low >= 0).all()
    assert (low <= right / total).all()
    assert (right / total <= high).all()
    assert (high <= 1).all()


# -- Bootstrap


def test_bootstrap_covers_the_truth_at_its_level():
    """Accuracy at 0.5 with 200 pairs: about 90 of 100 intervals at level 0.9 hold it."""
    hits = 0
    for seed in range(100):
        y = np.random.default_rng(seed).random(200) < 0.5
        interval = metrics.bootstrap(
            lambda q, y: float(y.mean()), np.zeros(200), y, resamples=200, level=0.9, seed=seed
        )
        hits += interval.low <= 0.5 <= interval.high
    assert 82 <= hits <= 97


def test_bootstrap_by_clusters_is_wider_where_clusters_agree():
    random = np.random.default_rng(23)
    labels = np.repeat(np.arange(40), 25)
    y = np.repeat(random.random(40) < 0.5, 25)
    q = np.full(1000, 0.5)
    mean = lambda q, y: float(y.mean())  # noqa: E731
    single, clustered = metrics.bootstrap(mean, q, y), metrics.bootstrap(mean, q, y, labels.astype(str))
    assert single.value == clustered.value == y.mean()
    ratio = (clustered.high - clustered.low) / (single.high - single.low)
    assert ratio == pytest.approx(5.0, rel=0.2)  # the square root of 25: each cluster is one draw
    shuffled = metrics.bootstrap(mean, q, y, random.permutation(labels))
    assert (shuffled.high - shuffled.low) / (single.high - single.low) == pytest.approx(1.0, rel=0.2)


def test_bootstrap_repeats_by_seed_and_takes_options():
    q, y = sample(29)
    metric = partial(metrics.expected_calibration_error, bins=5)
    first = metrics.bootstrap(metric, q, y, resamples=50, seed=1)
    assert first == metrics.bootstrap(metric, q, y, resamples=50, seed=1)
    assert first != metrics.bootstrap(metric, q, y, resamples=50, seed=2)
    assert first.value == metric(q, y)


def test_bootstrap_leaves_undefined_resamples_out():
    interval = metrics.bootstrap(metrics.auroc, [0.9, 0.1, 0.2], [1, 0, 0], resamples=200)
    assert interval == (1.0, 1.0, 1.0)
    assert all(map(math.isnan, metrics.bootstrap(metrics.auroc, [0.9], [1], resamples=20)))


# -- Edges and bad input


@pytest.mark.parametrize("metric", EVERY)
def test_no_pairs_are_undefined(metric):
    assert math.isnan(metric([], []))


def test_no_pairs_elsewhere():
    assert all(map(math.isnan, metrics.brier_decomposition([], [])))
    assert all(map(math.isnan, metrics.bootstrap(metrics.brier_score, [], [])))
    assert metrics.reliability_bins([], [], 3).counts.tolist() == [0, 0, 0]
    assert metrics.reliability_bins([], [], 3, "mass").counts.tolist() == [0, 0, 0]


def test_one_class_and_one_pair():
    assert math.isnan(metrics.auroc([0.2, 0.9], [1, 1]))
    assert math.isnan(metrics.auroc([0.2, 0.9], [0, 0]))
    assert metrics.expected_calibration_error([0.7], [1]) == pytest.approx(0.3)
    assert metrics.expected_calibration_error([0.7], [1], scheme="mass") == pytest.approx(0.3)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize(
    ("confidences", "outcomes", "said"),
    [
        ([0.5, 0.5], [1], "one length"),
        ([[0.5]], [[1]], "flat"),
        (0.5, 1, "flat"),
        ([0.5, 1.5], [1, 0], "received 1.5 at position 1"),
        ([-0.1], [1], "received -0.1"),
        ([0.2, math.nan], [1, 0], "received nan at position 1"),
        ([0.2, None], [1, 0], "no stated confidence"),
        ([0.2, math.inf], [1, 0], "received inf"),
        ([0.5], [0.5], "a reward is not an outcome"),
        ([0.5], [-1], "received -1.0"),
        (["high"], [1], "NumPy cannot read"),
    ],
)
def test_bad_pairs_are_named(metric, confidences, outcomes, said):
    with pytest.raises(InvalidInput, match=said):
        metric(confidences, outcomes)


def test_bad_options_are_named():
    for bins in (0, -1, 2.5, True, "10"):
        with pytest.raises(InvalidOption, match="bins is a whole number"):
            metrics.expected_calibration_error([0.5], [1], bins)
    with pytest.raises(InvalidOption, match="received 'quantile'"):
        metrics.expected_calibration_error([0.5], [1], scheme="quantile")
    with pytest.raises(InvalidOption, match="threshold"):
        metrics.overconfident_error_rate([0.5], [1], threshold=90)
    with pytest.raises(InvalidOption, match="clip"):
        metrics.negative_log_likelihood([0.5], [1], clip=0.0)
    with pytest.raises(InvalidOption, match="resamples"):
        metrics.bootstrap(metrics.brier_score, [0.5], [1], resamples=0)
    with pytest.raises(InvalidInput, match="one label per pair"):
        metrics.bootstrap(metrics.brier_score, [0.5], [1], clusters=["a", "b"])


def test_inputs_are_left_as_they_were():
    q, y = sample(31, decimals=1)
    before = q.copy(), y.copy()
    for metric in EVERY:
        metric(q, y)
    assert (q == before[0]).all()
    assert (y == before[1]).all()


def test_a_million_pairs_take_under_two_seconds_each():
    q, y = sample(37, size=1_000_000)
    everything = [*EVERY, *(partial(metric, scheme="mass") for metric in BINNED), metrics.brier_decomposition]
    for metric in everything:
        in_time(partial(metric, q, y), 2.0, clock=time.process_time)
