"""Stopping early against loops that draw one sample, and write one step, at a time."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption, UnknownName
from reasoning_gym_ccrl.evaluation.selective import (
    ADAPTIVE_RULES,
    MODES,
    Solution,
    adaptive_curve,
    adaptive_sampling,
    running,
    samples_of,
    settled,
    stop_step,
    stopping_curve,
    vote,
    voted,
)
from reasoning_gym_ccrl.seeding import numpy_random

# -- adaptive sampling


def some_samples(seed, problems=60, n=8):
    random = numpy_random(seed, "stopping")
    q = np.round(random.random((problems, n)), 1)
    right = random.random((problems, n)) < 0.2 + 0.7 * q
    labels = [
        [None if u < 0.05 else "right" if y else f"wrong {int(40 * u) % 3}" for y, u in zip(ys, us, strict=True)]
        for ys, us in zip(right, random.random((problems, n)), strict=True)
    ]
    return labels, q, np.array([[label == "right" for label in row] for row in labels])


def settled_by_loop(labels, confidences, rule):
    if rule == "logit":
        return vote(labels, confidences, "logit").confidence  # held to a loop of its own in test_selective_voting
    ranked = [count for _, count in Counter(label for label in labels if label is not None).most_common(2)]
    if not ranked:
        return 0.0
    a, b = (*ranked, 0)[:2]
    return float(stats.beta.sf(0.5, a + 1, b + 1))


@pytest.mark.parametrize("rule", ADAPTIVE_RULES)
@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.8, 0.95, 1.0])
def test_adaptive_sampling_equals_a_loop_that_draws_one_at_a_time(rule, threshold):
    labels, q, outcomes = some_samples(3)
    found = adaptive_sampling(samples_of(labels, q, outcomes), threshold, rule)
    for row, (names, sure) in enumerate(zip(labels, q.tolist(), strict=True)):
        n = 1
        while n < len(names) and settled_by_loop(names[:n], sure[:n], rule) < threshold - 1e-12:
            n += 1
        last = vote(names[:n], sure[:n], rule)
        assert found.used[row] == n
        assert found.outcomes[row] == (last.label == "right")
    assert found.mean_samples == found.used.mean()
    assert found.accuracy == found.outcomes.mean()


def test_the_beta_rule_equals_scipys_beta_distribution():
    labels, q, outcomes = some_samples(4)
    figures = settled(samples_of(labels, q, outcomes))
    for row, names in enumerate(labels):
        for n in range(1, len(names) + 1):
            assert figures[row, n - 1] == pytest.approx(settled_by_loop(names[:n], [], "majority"), abs=1e-12)


def test_settled_by_hand():
    """Agreement of n: 1 - 2^-(n + 1). Sure and calibrated: q itself after one; 0.9 twice has odds of 81."""
    samples = samples_of([["a"] * 4], [[0.9] * 4], [[1] * 4])
    assert settled(samples).tolist() == [[0.75, 0.875, 0.9375, 0.96875]]
    assert settled(samples, "logit")[0, :2] == pytest.approx([0.9, 81 / 82])
    assert adaptive_sampling(samples, 0.95).used.tolist() == [4]
    assert adaptive_sampling(samples, 0.95, "logit").used.tolist() == [2]
    nobody = samples_of([[None, None]], [[0.9, 0.9]], [[0, 0]])
    assert settled(nobody).tolist() == settled(nobody, "logit").tolist() == [[0.0, 0.0]]
    assert adaptive_sampling(nobody, 0.5).outcomes.tolist() == [False]


def test_thresholds_of_nothing_and_of_everything():
    samples = samples_of(*some_samples(5))
    one, rest = adaptive_sampling(samples, 0.0), adaptive_sampling(samples, 1.0)
    assert one.mean_samples == 1.0
    assert np.array_equal(one.outcomes, voted(samples.take([0]))[1])
    assert rest.mean_samples == 8.0
    assert np.array_equal(rest.outcomes, voted(samples)[1])


def sure_and_unsure(seed, problems=3000, n=12, honest=True):
    """Each sample is right with chance 0.95 or 0.55, and its confidence says which, or is the other way about."""
    random = numpy_random(seed, "sure and unsure")
    chance = np.where(random.random((problems, n)) < 0.5, 0.95, 0.55)
    right = random.random((problems, n)) < chance
    return samples_of(np.where(right, "yes", "no").tolist(), chance if honest else 1.5 - chance, right)


def test_honest_confidence_saves_samples_and_dishonest_costs_accuracy():
    thresholds = [0.6, 0.9, 0.95, 0.99]
    by_count = adaptive_curve(sure_and_unsure(0), thresholds, orders=2)
    honest = adaptive_curve(sure_and_unsure(0), thresholds, "logit", orders=2)
    lying = adaptive_curve(sure_and_unsure(0, honest=False), thresholds, "logit", orders=2)
    assert honest.cost[3] < 0.5 * by_count.cost[3]
    assert honest.accuracy[3] > by_count.accuracy[3]
    assert lying.accuracy[3] < 0.75  # more confidence in a lie does not mend it
    for curve in (by_count, honest):
        assert (np.diff(curve.cost) >= 0).all()
        assert (curve.coverage == 1).all()


def test_a_curve_is_a_mean_over_orders_and_repeats():
    samples = samples_of(*some_samples(6))
    here, again = (adaptive_curve(samples, [0.8, 0.9], orders=5) for _ in range(2))
    assert np.array_equal(here.cost, again.cost)
    assert np.array_equal(here.accuracy, again.accuracy)
    assert not np.array_equal(here.cost, adaptive_curve(samples, [0.8, 0.9], orders=5, seed=1).cost)
    by_hand = [adaptive_sampling(samples_of(*shuffled(6, order)), 0.8).mean_samples for order in range(60)]
    assert adaptive_curve(samples, [0.8], orders=60).cost[0] == pytest.approx(np.mean(by_hand), abs=0.1)


def shuffled(seed, order):
    labels, q, outcomes = some_samples(seed)
    places = numpy_random(order, "orders").permutation(8)
    return [[row[place] for place in places] for row in labels], q[:, places], outcomes[:, places]


# -- steps


def stop_by_loop(confidences, threshold, mode):
    stated = []
    for place, q in enumerate(confidences):
        if q is not None:
            stated.append(q)
        figure = {"minimum": min, "product": math.prod, "mean": lambda s: sum(s) / len(s)}[mode](stated or [1.0])
        if figure < threshold:
            return place
    return None


def some_solutions(seed, count=80):
    random = numpy_random(seed, "solutions")
    found = []
    for _ in range(count):
        steps = int(random.integers(0, 6))
        q = [None if random.random() < 0.1 else round(float(random.random()), 2) for _ in range(steps)]
        ends = np.cumsum(random.integers(1, 9, steps)).tolist() if steps else []
        length = (ends[-1] if ends else 0) + int(random.integers(0, 5))
        right = bool(random.random() < np.prod([1.0 if each is None else each for each in q]) ** 0.5)
        found.append(Solution(tuple(q), tuple(ends), length, right))
    return found


@pytest.mark.parametrize("mode", MODES)
def test_stopping_equals_a_loop_that_writes_one_step_at_a_time(mode):
    solutions, thresholds = some_solutions(1), [0.0, 0.2, 0.5, 0.8, 1.0]
    curve = stopping_curve(solutions, thresholds, mode)
    for place, threshold in enumerate(thresholds):
        written = finished = kept = 0
        for each in solutions:
            stop = stop_by_loop(each.confidences, threshold, mode)
            assert stop_step(each.confidences, threshold, mode) == stop
            written += each.length if stop is None else each.ends[stop]
            finished += stop is None
            kept += stop is None and each.right
        assert curve.cost[place] == pytest.approx(written / sum(each.length for each in solutions))
        assert curve.coverage[place] == finished / len(solutions)
        assert curve.accuracy[place] == pytest.approx(kept / finished if finished else math.nan, nan_ok=True)
        assert curve.right_kept[place] == kept / sum(each.right for each in solutions)


def test_running_by_hand():
    q = [0.9, None, 0.5, 0.7]
    assert running(q).tolist() == [0.9, 0.9, 0.5, 0.5]
    assert running(q, "product") == pytest.approx([0.9, 0.9, 0.45, 0.315])
    assert running(q, "mean") == pytest.approx([0.9, 0.9, 0.7, 0.7])
    assert running([None, 0.4], "mean").tolist() == [1.0, 0.4]
    assert running([]).shape == (0,)
    assert stop_step(q, 0.5) is None  # at the threshold is not below it
    assert stop_step(q, 0.51) == 2
    assert stop_step([None, None], 1.0) is None  # what is not stated stops nothing


def test_steps_that_know_beat_steps_that_do_not():
    """Shuffled among the solutions, the same confidences throw away right and wrong ones alike."""
    random = numpy_random(2, "know")
    right = random.random(4000) < 0.6
    doubt = np.where(right, 0.9, 0.3)

    def solutions(first):
        return [Solution((float(q),), (5,), 20, bool(y)) for q, y in zip(first, right, strict=True)]

    knows = stopping_curve(solutions(doubt), [0.5])
    blind = stopping_curve(solutions(random.permutation(doubt)), [0.5])
    assert knows.accuracy[0] == knows.right_kept[0] == 1.0
    assert knows.cost[0] == blind.cost[0] == pytest.approx(1 - 0.75 * (~right).mean())
    assert blind.accuracy[0] == pytest.approx(0.6, abs=0.03)
    assert blind.right_kept[0] == pytest.approx(0.6, abs=0.03)


@given(st.lists(st.none() | st.floats(0.0, 1.0), max_size=8), st.floats(0.0, 1.0), st.sampled_from(MODES))
def test_stopping_never_happens_later_at_a_higher_threshold(confidences, threshold, mode):
    low, high = (stop_step(confidences, level, mode) for level in (threshold / 2, threshold))
    assert low is None or (high is not None and high <= low)
    assert stop_step(confidences, 0.0, mode) is None
    if mode == "product":  # lies below the minimum, so it stops no later
        least = stop_step(confidences, threshold, "minimum")
        assert least is None or (high is not None and high <= least)


# -- hostile input


def test_nothing_to_stop():
    curve = stopping_curve([], [0.5])
    assert all(math.isnan(column[0]) for column in (curve.cost, curve.accuracy, curve.coverage, curve.right_kept))
    wrong = stopping_curve([Solution((), (), 0, False)], [0.5])
    assert math.isnan(wrong.cost[0])
    assert math.isnan(wrong.right_kept[0])
    assert wrong.accuracy[0] == 0.0
    nothing = adaptive_sampling(samples_of([], [], []), 0.9)
    assert math.isnan(nothing.accuracy)
    assert math.isnan(nothing.mean_samples)
    with pytest.raises(InvalidInput, match="at least one sample"):
        adaptive_sampling(samples_of([[]], [[]], [[]]), 0.9)
    one = adaptive_sampling(samples_of([["a"]], [[0.2]], [[1]]), 0.9)
    assert (one.used.tolist(), one.outcomes.tolist()) == ([1], [True])


def test_options_that_cannot_be():
    samples = samples_of([["a"]], [[0.2]], [[1]])
    for threshold in (-0.1, 1.1, math.nan):
        with pytest.raises(InvalidOption, match="Thresholds are numbers from 0 to 1"):
            adaptive_sampling(samples, threshold)
        with pytest.raises(InvalidOption, match="Thresholds are numbers from 0 to 1"):
            stop_step([0.5], threshold)
    with pytest.raises(UnknownName, match="Unknown voting rule 'best'"):
        settled(samples, "best")
    with pytest.raises(UnknownName, match="Unknown mode"):
        running([0.5], "median")
    with pytest.raises(InvalidOption, match="orders is at least 1"):
        adaptive_curve(samples, [0.5], orders=0)


@pytest.mark.parametrize(
    ("confidences", "ends", "length"),
    [
        ((0.5,), (), 3),
        ((0.5, 0.5), (3, 2), 5),
        ((0.5,), (4,), 3),
        ((1.5,), (1,), 2),
        ((math.nan,), (1,), 2),
        ((), (), -1),
    ],
)
def test_solutions_that_cannot_be(confidences, ends, length):
    with pytest.raises(InvalidInput):
        Solution(confidences, ends, length, True)
