from __future__ import annotations

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents import credit

numbers = st.floats(-10, 10, allow_nan=False)


def test_returns_to_go_literals():
    assert credit.returns_to_go([1, 0, 2]) == [3, 2, 2]
    assert credit.returns_to_go([]) == []


@given(st.lists(numbers, max_size=8))
def test_returns_to_go_against_a_loop(payments):
    assert credit.returns_to_go(payments) == pytest.approx([sum(payments[i:]) for i in range(len(payments))])


def test_group_advantage_literals():
    assert credit.group_advantages([1, 0]) == [0.5, -0.5]
    assert credit.group_advantages([3, 0, 0]) == [2, -1, -1]
    # Standard deviation of 1, 0 with Bessel's correction: sqrt(1/2).
    assert credit.group_advantages([1, 0], "std") == pytest.approx([0.5 / (0.5**0.5 + 1e-4), -0.5 / (0.5**0.5 + 1e-4)])
    assert credit.group_advantages([]) == []
    assert credit.group_advantages([5.0]) == [0.0]
    assert credit.group_advantages([5.0], "std") == [0.0]


@given(st.floats(-1e6, 1e6), st.integers(1, 9), st.sampled_from(["none", "std"]))
def test_equal_returns_give_exactly_zero(value, size, scale):
    assert credit.group_advantages([value] * size, scale) == [0.0] * size


@given(st.lists(numbers, min_size=2, max_size=8))
def test_group_advantages_against_the_statistics_module(returns):
    mean = statistics.fmean(returns)
    assert credit.group_advantages(returns) == pytest.approx([value - mean for value in returns], abs=1e-9)
    if len(set(returns)) > 1:
        spread = statistics.stdev(returns) + 1e-4
        expected = [(value - mean) / spread for value in returns]
        assert credit.group_advantages(returns, "std") == pytest.approx(expected, abs=1e-6)


def test_step_advantage_literals():
    assert credit.step_advantages([[0, 1], [0, 0]]) == [[0.5, 0.5], [-0.5, -0.5]]
    # First the slip, then the same end: the slip's step alone is to blame.
    assert credit.step_advantages([[0, 1], [-1, 1]]) == [[0.5, 0.0], [-0.5, 0.0]]


def test_step_advantages_on_uneven_lengths():
    """Returns to go 3 2 2 | 1 0 | 2: means 2 at the first step, 1 at the second; the third step stands alone."""
    found = credit.step_advantages([[1, 0, 2], [1, 0], [2]])
    assert found == [[1.0, 1.0, 1.0], [-1.0, -1.0], [0.0]]
    # The lone third step has the episode's own advantage: 3 - mean(3, 1, 2) = 1.
    assert found[0][2] == credit.group_advantages([3, 1, 2])[0]


def test_step_advantages_with_an_episode_of_no_steps():
    assert credit.step_advantages([[], [1.0]]) == [[], [0.5]]
    assert credit.step_advantages([[], []]) == [[], []]
    assert credit.step_advantages([]) == []


@given(st.lists(st.lists(numbers, max_size=5), min_size=1, max_size=5))
def test_step_advantages_against_a_loop(payments):
    found = credit.step_advantages(payments)
    totals = [sum(row) for row in payments]
    for episode, row in enumerate(payments):
        assert len(found[episode]) == len(row)
        for step in range(len(row)):
            peers = [sum(other[step:]) for other in payments if len(other) > step]
            alone = totals[episode] - sum(totals) / len(totals)
            expected = sum(row[step:]) - sum(peers) / len(peers) if len(peers) > 1 else alone
            assert found[episode][step] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("scale", ["none", "std"])
def test_equal_payments_give_exactly_zero_at_every_step(scale):
    assert credit.step_advantages([[0.1, 0.7, 0.2]] * 4, scale) == [[0.0] * 3] * 4


def test_the_confidence_literals_of_the_docstring():
    found = credit.confidence_advantages([0.99, 0.75, -0.81, -0.01], [True, True, False, False])
    assert found == pytest.approx([0.12, -0.12, -0.4, 0.4])
    assert credit.confidence_advantages([], []) == []
    assert credit.confidence_advantages([0.3], [True]) == [0.0]


@given(st.lists(st.tuples(numbers, st.booleans()), max_size=12))
def test_confidence_advantages_sum_to_zero_for_each_outcome(pairs):
    scores, outcomes = [score for score, _ in pairs], [outcome for _, outcome in pairs]
    found = credit.confidence_advantages(scores, outcomes)
    for wanted in (True, False):
        assert sum(a for a, outcome in zip(found, outcomes, strict=True) if outcome is wanted) == pytest.approx(
            0, abs=1e-6
        )


# A softmax over three confidences, of which two are sampled about steps of one outcome.
CONFIDENCES = np.array([0.1, 0.5, 0.9])
LOGITS = np.array([0.2, -0.4, 1.0])


def softmax(logits):
    weights = np.exp(logits)
    return weights / weights.sum()


def grad_log(action):
    """d log p(action) / d logits."""
    return np.eye(3)[action] - softmax(LOGITS)


def expected_gradient(advantages_of, score):
    """The mean over every pair of samples of the sum of advantage times grad log p, by enumeration."""
    p, total = softmax(LOGITS), np.zeros(3)
    for first in range(3):
        for second in range(3):
            advantages = advantages_of([score(CONFIDENCES[first]), score(CONFIDENCES[second])])
            total += p[first] * p[second] * (advantages[0] * grad_log(first) + advantages[1] * grad_log(second))
    return total


@pytest.mark.parametrize("outcome", [True, False])
def test_the_baseline_of_confidences_leaves_the_direction_of_the_expected_gradient(outcome):
    def score(confidence):
        return outcome - (confidence - outcome) ** 2

    plain = expected_gradient(lambda scores: scores, score)
    p = softmax(LOGITS)
    true_gradient = sum(2 * p[a] * score(CONFIDENCES[a]) * grad_log(a) for a in range(3))
    assert plain == pytest.approx(true_gradient)
    # The mean holds the sample's own score, so of n = 2 samples the gradient keeps (n - 1) / n = one half.
    found = expected_gradient(lambda scores: credit.confidence_advantages(scores, [outcome] * 2), score)
    assert found == pytest.approx(plain / 2)
    assert np.abs(plain).max() > 0.01
    # The negative control: a "baseline" that looks at the confidence itself does bend the gradient.
    bent = expected_gradient(lambda scores: [s - round(s) for s in scores], score)
    cosine = bent @ plain / np.linalg.norm(bent) / np.linalg.norm(plain)
    assert cosine < 0.99


def test_a_baseline_of_each_outcome_has_less_noise_than_one_for_both():
    rng = random.Random(0)
    outcomes = [rng.random() < 0.5 for _ in range(400)]
    scores = [y - (rng.choice(CONFIDENCES) - y) ** 2 for y in outcomes]
    own = credit.confidence_advantages(scores, outcomes)
    shared = credit.group_advantages(scores)
    assert statistics.pvariance(own) < 0.5 * statistics.pvariance(shared)
