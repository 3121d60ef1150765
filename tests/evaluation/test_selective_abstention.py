"""Abstention: exact p-values, and the promise kept over five hundred calibration sets; and where it is not made."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption
from reasoning_gym_ccrl.evaluation import selective
from reasoning_gym_ccrl.evaluation.metrics import coverage_at_risk
from reasoning_gym_ccrl.evaluation.selective import GRID, Selection, binomial_tail, certify_abstention, select
from reasoning_gym_ccrl.seeding import numpy_random

RISK, DELTA, DRAWS = 0.1, 0.1, 500
MARGIN = int(stats.binom.ppf(0.999, DRAWS, DELTA))  # 72: what 500 draws at exactly delta exceed once in a thousand

# -- the binomial tail


@pytest.mark.parametrize("trials", [0, 1, 2, 7, 50, 1_000, 20_000])
@pytest.mark.parametrize("chance", [0.0, 1e-6, 0.05, 0.1, 0.5, 0.93, 1.0])
def test_the_binomial_tail_equals_scipy(trials, chance):
    for successes in sorted({0, 1, trials // 10, trials // 2, trials - 1, trials} & set(range(trials + 1))):
        expected = stats.binom.cdf(successes, trials, chance)
        assert binomial_tail(successes, trials, chance) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_binomial_tail_of_a_million_trials():
    for successes in (49_000, 49_900, 50_000, 50_300):
        expected = stats.binom.cdf(successes, 10**6, 0.05)
        assert binomial_tail(successes, 10**6, 0.05) == pytest.approx(expected, rel=1e-8)


def test_the_binomial_tail_in_exact_fractions():
    chance = Fraction(1, 10)
    exact = sum(math.comb(30, i) * chance**i * (1 - chance) ** (30 - i) for i in range(3))
    assert binomial_tail(2, 30, 0.1) == pytest.approx(float(exact), rel=1e-13)
    assert binomial_tail(0, 22, 0.1) == pytest.approx(0.9**22, rel=1e-13)


@given(st.integers(1, 300), st.data())
def test_the_binomial_tail_is_a_distribution_function(trials, data):
    successes = data.draw(st.integers(0, trials - 1))
    chance = data.draw(st.floats(0.0, 1.0))
    here = binomial_tail(successes, trials, chance)
    assert 0.0 <= here <= binomial_tail(successes + 1, trials, chance) + 1e-12 <= 1.0 + 2e-12
    assert binomial_tail(successes, trials, min(1.0, chance + 0.05)) <= here + 1e-12  # more chance, fewer so lucky
    complement = binomial_tail(trials - successes - 1, trials, 1.0 - chance)  # the same event, failures counted
    assert here + complement == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("arguments", [(3, 2, 0.5), (-1, 2, 0.5), (0, -1, 0.5), (1, 2, 1.1), (1, 2, math.nan)])
def test_counts_that_cannot_be(arguments):
    with pytest.raises(InvalidInput, match="binomial tail takes"):
        binomial_tail(*arguments)


# -- the certificate against a loop over thresholds


def certify_by_loop(q, y, risk, delta, grid, starts):
    """The lowest certified threshold: every start walks down on what it has, scipy's p-values, one pair at a time."""
    first = [start * len(grid) // starts for start in range(starts)]
    threshold, carried = None, 0.0
    for place, t in enumerate(grid):
        chosen = [right for confidence, right in zip(q, y, strict=True) if confidence >= t]
        p_value = stats.binom.cdf(sum(not right for right in chosen), len(chosen), risk)
        carried += delta / starts * (place in first)
        if p_value > carried or carried == 0:
            carried = 0.0
        else:
            threshold = t
    return threshold


@pytest.mark.parametrize("starts", [1, 2, 5, 21])
@pytest.mark.parametrize("decimals", [1, 2, 16])
def test_certificates_equal_a_loop(starts, decimals):
    found = []
    for seed in range(12):
        random = numpy_random(seed, "certificates", starts, decimals)
        q = np.round(random.random(150 + 20 * seed), decimals)
        y = random.random(q.size) < 1 - 0.6 * (1 - q) ** 1.5
        found.append(certify_abstention(q, y, 0.15, 0.1, starts=starts).threshold)
        assert found[-1] == certify_by_loop(q, y, 0.15, 0.1, GRID, starts)
    if starts > 1 or decimals == 1:
        assert len(set(found)) > 1  # else nothing was compared


def test_a_certificate_by_hand():
    """Thirty at 0.9, none wrong: 0.9^30 = 0.042; with thirty at 0.5, six wrong, P(Bin(60, 0.1) <= 6) = 0.61."""
    q, y = [0.9] * 30 + [0.5] * 30, [1] * 30 + [1] * 24 + [0] * 6
    found = certify_abstention(q, y, risk=0.1, delta=0.05, grid=(0.9, 0.7, 0.5), starts=1)
    assert found.threshold == 0.7
    assert found.calibration == Selection(60, 30, 0)
    assert found.calibration.coverage == 0.5
    assert found.p_values == pytest.approx((0.0424, 0.0424, 0.6065), abs=1e-4)
    assert found.levels == (0.05, 0.05, 0.05)
    assert "0 of 30 wrong" in found.reason
    assert found.answers([0.69, 0.7, 1.0]).tolist() == [False, True, True]
    assert found.apply([0.8, 0.8, 0.2], [1, 0, 1]) == Selection(3, 2, 1)
    assert certify_abstention(q, y, risk=0.1, delta=0.04, grid=(0.9, 0.7, 0.5), starts=1).threshold is None


def test_a_sequence_ends_at_the_first_threshold_that_is_not_rejected():
    """At 0.9 nothing is proven, though 0.5 would pass by itself: with one start it is never looked at."""
    q, y = [0.9] * 5 + [0.5] * 95, [1] * 100
    assert certify_abstention(q, y, 0.1, grid=(0.9, 0.5), starts=1).threshold is None
    assert certify_abstention(q, y, 0.1, grid=(0.9, 0.5), starts=1).levels == (0.1, 0.0)
    assert certify_abstention(q, y, 0.1, grid=(0.9, 0.5), starts=2).threshold == 0.5


def test_a_rejected_threshold_hands_its_level_on():
    q, y = [0.9] * 60 + [0.5] * 60, [1] * 120
    assert certify_abstention(q, y, 0.1, 0.1, grid=(0.9, 0.7, 0.5), starts=3).levels == pytest.approx(
        (0.1 / 3, 0.2 / 3, 0.1)
    )


# -- the promise


class Levels:
    """A population with a known chance of being right at each of a few confidences."""

    def __init__(self, shares, right):
        self.q = np.array(sorted(shares))
        self.share = np.array([shares[q] for q in sorted(shares)])
        self.right = np.array([right[q] for q in sorted(right)])

    def draw(self, random, n):
        cell = random.choice(self.q.size, n, p=self.share)
        return self.q[cell], random.random(n) < self.right[cell]

    def risk(self, threshold):
        kept = self.q >= threshold
        return float(self.share[kept] @ (1 - self.right[kept]) / self.share[kept].sum())


class Smooth:
    """Uniform confidences, right with chance 1 - (1 - q)^2 / 2: R(t) = (1 - t)^2 / 6, 0.1 at t = 0.225."""

    def draw(self, random, n):
        q = random.random(n)
        return q, random.random(n) < 1 - (1 - q) ** 2 / 2

    def risk(self, threshold):
        return (1 - threshold) ** 2 / 6


TENTHS = Levels(
    {1.0: 0.25, 0.9: 0.2, 0.8: 0.15, 0.6: 0.2, 0.3: 0.2}, {1.0: 0.98, 0.9: 0.92, 0.8: 0.8, 0.6: 0.83, 0.3: 0.3}
)
UPSIDE_DOWN = Levels({1.0: 0.2, 0.9: 0.4, 0.5: 0.4}, {1.0: 0.85, 0.9: 0.91, 0.5: 0.6})  # sure is worse than nearly sure
JUST_ABOVE = Levels({1.0: 0.4, 0.6: 0.3, 0.2: 0.3}, {1.0: 0.899, 0.6: 0.899, 0.2: 0.899})  # all nulls, all barely
POPULATIONS = {"smooth": Smooth(), "tenths": TENTHS, "upside down": UPSIDE_DOWN, "just above": JUST_ABOVE}


def broken_promises(population, pick, *, n=300, label="promise"):
    """In how many of 500 calibration sets the threshold that is picked is truly too risky; and how many have one."""
    broken = given_any = 0
    for draw in range(DRAWS):
        threshold = pick(*population.draw(numpy_random(draw, label), n))
        given_any += threshold is not None
        broken += threshold is not None and population.risk(threshold) > RISK + 1e-12
    return broken, given_any


def certified(starts):
    return lambda q, y: certify_abstention(q, y, RISK, DELTA, starts=starts).threshold


@pytest.mark.parametrize("starts", [1, 5])
@pytest.mark.parametrize("name", POPULATIONS)
def test_the_promise_holds_over_five_hundred_calibration_sets(name, starts):
    broken, found = broken_promises(POPULATIONS[name], certified(starts))
    assert broken <= MARGIN
    if name == "tenths":
        assert found > 350  # else it would be kept by never answering
    if name == "smooth" and starts == 1:
        assert found == 0  # nobody says 1.0: why there is more than one start
    if name == "smooth" and starts == 5:
        assert found > 450


def test_the_promise_is_not_idle():
    """Where all thresholds are barely too risky, the chance of a wrong certificate comes near to delta."""
    broken, _ = broken_promises(JUST_ABOVE, certified(1), n=1000)
    assert 0.4 * DELTA * DRAWS < broken <= MARGIN


@pytest.mark.parametrize("name", ["smooth", "tenths", "just above"])
def test_a_threshold_that_merely_looks_good_breaks_the_promise(name):
    """The negative control: the same grid and the same draws, the error rate at most the level, no test."""
    broken, _ = broken_promises(
        POPULATIONS[name], lambda q, y: selective.plug_in_threshold(q, y, RISK), n=300, label="promise"
    )
    assert broken > 0.25 * DRAWS > 1.7 * MARGIN


def test_testing_each_threshold_at_delta_breaks_the_promise():
    """The other control: exact p-values, and no account of how many thresholds are tried."""

    def pick(q, y):
        found = [select(q, y, t) for t in GRID]
        passed = [
            t for t, each in zip(GRID, found, strict=True) if binomial_tail(each.errors, each.selected, RISK) <= DELTA
        ]
        return min(passed, default=None)

    many = Levels(
        {round(q, 2): 0.05 for q in np.linspace(0.05, 1.0, 20)}, {round(q, 2): 0.899 for q in np.linspace(0.05, 1, 20)}
    )
    broken, _ = broken_promises(many, pick, n=600)
    kept, _ = broken_promises(many, certified(5), n=600)
    assert kept <= MARGIN < broken


@pytest.mark.parametrize("decimals", [1, 6])
def test_the_promise_holds_over_resplits_of_a_finite_set(decimals):
    """Half of 1,000 known pairs calibrate, 500 times; the true risk is that of all of them."""
    random = numpy_random(0, "finite", decimals)
    q = np.round(random.random(1000), decimals)
    y = random.random(1000) < 1 - (1 - q) ** 2 / 2
    broken, tempted = 0, 0
    for split in range(DRAWS):
        half = numpy_random(split, "resplit").permutation(1000)[:500]
        for count, threshold in (
            ("certified", certify_abstention(q[half], y[half], RISK, DELTA).threshold),
            ("plug-in", selective.plug_in_threshold(q[half], y[half], RISK)),
        ):
            over = threshold is not None and select(q, y, threshold).risk > RISK
            broken, tempted = broken + (over and count == "certified"), tempted + (over and count == "plug-in")
    assert broken <= MARGIN < tempted


def test_outside_its_promise_a_shifted_set_breaks_it():
    """The same confidences, right less often, as on harder problems: the certificate is worth nothing there."""
    harder = Levels(
        dict(zip(TENTHS.q, TENTHS.share, strict=True)), dict(zip(TENTHS.q, TENTHS.right - 0.2, strict=True))
    )
    found = [
        certify_abstention(*TENTHS.draw(numpy_random(draw, "shift"), 300), RISK, DELTA).threshold
        for draw in range(DRAWS)
    ]
    thresholds = [threshold for threshold in found if threshold is not None]
    assert len(thresholds) > 350
    assert sum(TENTHS.risk(threshold) > RISK for threshold in thresholds) <= MARGIN
    assert all(harder.risk(threshold) > 2 * RISK for threshold in thresholds)


def test_more_pairs_certify_more():
    coverages = []
    for n in (30, 100, 400, 3000):
        found = [certify_abstention(*TENTHS.draw(numpy_random(d, "n", n), n), RISK, DELTA) for d in range(40)]
        coverages.append(np.mean([each.calibration.coverage for each in found]))
    assert coverages == sorted(coverages)
    assert coverages[0] < 0.1 < 0.4 < coverages[-1]


# -- what cannot be done


def test_too_high_an_error_rate_is_said():
    q, y = [0.9] * 200, [1] * 150 + [0] * 50
    found = certify_abstention(q, y, risk=0.05)
    assert found.threshold is None
    assert "No threshold can be certified for a risk of 0.05" in found.reason
    assert "50 of 200 wrong" in found.reason
    assert found.answers([1.0, 1.0]).tolist() == [False, False]
    assert found.apply([1.0, 0.2], [1, 0]) == Selection(2, 0, 0)
    assert math.isnan(found.apply([1.0], [1]).risk)


def test_too_few_pairs_are_said():
    found = certify_abstention([1.0] * 10, [1] * 10, risk=0.1, delta=0.1, starts=1)
    assert found.threshold is None
    assert "needs 22 pairs" in found.reason
    assert certify_abstention([1.0] * 22, [1] * 22, risk=0.1, delta=0.1, starts=1).threshold == 0.0
    assert certify_abstention([1.0] * 21, [1] * 21, risk=0.1, delta=0.1, starts=1).threshold is None


def test_no_pairs_one_pair_and_one_class():
    nothing = certify_abstention([], [], risk=0.1)
    assert nothing.threshold is None
    assert "no calibration pairs" in nothing.reason
    assert math.isnan(nothing.calibration.coverage)
    assert certify_abstention([1.0], [1], risk=0.1).threshold is None
    assert certify_abstention([1.0], [1], risk=0.95, delta=0.5, starts=1).threshold == 0.0  # 0.05 <= 0.5
    assert certify_abstention([0.7] * 500, [0] * 500, risk=0.1).threshold is None


def test_the_least_abstention_is_what_a_perfect_order_needs():
    """A perfect confidence on 1,000 pairs with 400 wrong: the largest coverage at a risk of 0.1, by search."""
    y = np.array([1] * 600 + [0] * 400)
    best = max(k / 1000 for k in range(1, 1001) if max(0, k - 600) / k <= 0.1)
    assert 1 - best == pytest.approx(selective.least_abstention(0.4, 0.1), abs=1e-3)
    confidences = np.linspace(1, 0, 1000)
    assert coverage_at_risk(confidences, y, 0.1) == best
    assert selective.least_abstention(0.1, 0.1) == 0.0
    assert selective.least_abstention(1.0, 0.2) == 1.0


@pytest.mark.parametrize(("risk", "level"), [(0.1, 0.1), (0.05, 0.02), (0.5, 0.9), (0.001, 0.01)])
def test_pairs_needed_is_the_least_number(risk, level):
    n = selective.pairs_needed(risk, level)
    assert (1 - risk) ** n <= level * (1 + 1e-9)
    assert n == 1 or (1 - risk) ** (n - 1) > level


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"risk": 0.0}, "risk lies strictly"),
        ({"risk": math.nan}, "risk lies strictly"),
        ({"delta": 1.0}, "delta lies strictly"),
        ({"grid": ()}, "A grid holds"),
        ({"grid": (0.5, 0.9)}, "falling order"),
        ({"grid": (0.9, 0.9)}, "none twice"),
        ({"grid": (1.2, 0.9)}, "from 0 to 1"),
        ({"starts": 0}, "starts is a whole number"),
        ({"starts": 22}, "starts is a whole number"),
        ({"starts": True}, "starts is a whole number"),
    ],
)
def test_options_that_cannot_be(options, says):
    with pytest.raises(InvalidOption, match=says):
        certify_abstention([0.5], [1], **({"risk": 0.1} | options))


def test_pairs_that_are_none():
    with pytest.raises(InvalidInput, match="A confidence is a number"):
        certify_abstention([1.5], [1], 0.1)
    with pytest.raises(InvalidInput, match="An outcome is"):
        certify_abstention([0.5], [0.5], 0.1)
    with pytest.raises(InvalidInput, match="two flat arrays"):
        certify_abstention([0.5, 0.5], [1], 0.1)
    with pytest.raises(InvalidOption, match="An error rate"):
        selective.least_abstention(0.5, 1.0)


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=200), st.integers(1, 9), st.integers(1, 21))
def test_a_certificate_is_the_same_in_any_order_and_never_looser_than_its_data(rows, tenths, starts):
    q, y = [a / 10 for a, _ in rows], [b for _, b in rows]
    found = certify_abstention(q, y, tenths / 10, 0.1, starts=starts)
    assert found == certify_abstention(q[::-1], y[::-1], tenths / 10, 0.1, starts=starts)
    assert max(found.levels) <= 0.1 + 1e-12
    if found.threshold is not None:
        assert found.calibration.risk <= tenths / 10
        assert found.calibration == found.apply(q, y)
        plain = selective.plug_in_threshold(q, y, tenths / 10)
        assert plain is not None
        assert plain <= found.threshold
