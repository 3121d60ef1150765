"""Credit by group, by step and by batch, against loops and numbers worked by hand."""

from __future__ import annotations

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents import advantages

numbers = st.floats(-10, 10, allow_nan=False)


def test_returns_to_go_literals():
    assert advantages.returns_to_go([1, 0, 2]) == [3, 2, 2]
    assert advantages.returns_to_go([]) == []


@given(st.lists(numbers, max_size=8))
def test_returns_to_go_against_a_loop(payments):
    assert advantages.returns_to_go(payments) == pytest.approx([sum(payments[i:]) for i in range(len(payments))])


def test_group_advantage_literals():
    assert advantages.group_advantages([1, 0]) == [0.5, -0.5]
    assert advantages.group_advantages([3, 0, 0]) == [2, -1, -1]
    # Standard deviation of 1, 0 with Bessel's correction: sqrt(1/2).
    assert advantages.group_advantages([1, 0], "std") == pytest.approx(
        [0.5 / (0.5**0.5 + 1e-4), -0.5 / (0.5**0.5 + 1e-4)]
    )
    assert advantages.group_advantages([]) == []
    assert advantages.group_advantages([5.0]) == [0.0]
    assert advantages.group_advantages([5.0], "std") == [0.0]


@given(st.floats(-1e6, 1e6), st.integers(1, 9), st.sampled_from(["none", "std"]))
def test_equal_returns_give_exactly_zero(value, size, scale):
    assert advantages.group_advantages([value] * size, scale) == [0.0] * size


@given(st.lists(numbers, min_size=2, max_size=8))
def test_group_advantages_against_the_statistics_module(returns):
    mean = statistics.fmean(returns)
    assert advantages.group_advantages(returns) == pytest.approx([value - mean for value in returns], abs=1e-9)
    if len(set(returns)) > 1:
        spread = statistics.stdev(returns) + 1e-4
        expected = [(value - mean) / spread for value in returns]
        assert advantages.group_advantages(returns, "std") == pytest.approx(expected, abs=1e-6)


def test_step_advantage_literals():
    assert advantages.step_advantages([[0, 1], [0, 0]]) == [[0.5, 0.5], [-0.5, -0.5]]
    # First the slip, then the same end: the slip's step alone is to blame.
    assert advantages.step_advantages([[0, 1], [-1, 1]]) == [[0.5, 0.0], [-0.5, 0.0]]


def test_step_advantages_on_uneven_lengths():
    """Returns to go 3 2 2 | 1 0 | 2: means 2 at the first step, 1 at the second; the third step stands alone."""
    found = advantages.step_advantages([[1, 0, 2], [1, 0], [2]])
    assert found == [[1.0, 1.0, 1.0], [-1.0, -1.0], [0.0]]
    # The lone third step has the episode's own advantage: 3 - mean(3, 1, 2) = 1.
    assert found[0][2] == advantages.group_advantages([3, 1, 2])[0]


def test_step_advantages_with_an_episode_of_no_steps():
    assert advantages.step_advantages([[], [1.0]]) == [[], [0.5]]
    assert advantages.step_advantages([[], []]) == [[], []]
    assert advantages.step_advantages([]) == []


@given(st.lists(st.lists(numbers, max_size=5), min_size=1, max_size=5))
def test_step_advantages_against_a_loop(payments):
    found = advantages.step_advantages(payments)
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
    assert advantages.step_advantages([[0.1, 0.7, 0.2]] * 4, scale) == [[0.0] * 3] * 4


def test_steps_may_be_compared_another_way():
    """Returns to go 3 2 2 | 1 0 | 2, each against the mean of the others."""
    found = advantages.step_advantages([[1, 0, 2], [1, 0], [2]], against=advantages.leave_one_out_advantages)
    assert found == [pytest.approx([1.5, 2.0, 1.5]), pytest.approx([-1.5, -2.0]), pytest.approx([0.0])]
    assert found != advantages.step_advantages([[1, 0, 2], [1, 0], [2]])


def test_the_confidence_literals_of_the_docstring():
    found = advantages.confidence_advantages([0.99, 0.75, -0.81, -0.01], [True, True, False, False])
    assert found == pytest.approx([0.12, -0.12, -0.4, 0.4])
    assert advantages.confidence_advantages([], []) == []
    assert advantages.confidence_advantages([0.3], [True]) == [0.0]


@given(st.lists(st.tuples(numbers, st.booleans()), max_size=12))
def test_confidence_advantages_sum_to_zero_for_each_outcome(pairs):
    scores, outcomes = [score for score, _ in pairs], [outcome for _, outcome in pairs]
    found = advantages.confidence_advantages(scores, outcomes)
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
            found = advantages_of([score(CONFIDENCES[first]), score(CONFIDENCES[second])])
            total += p[first] * p[second] * (found[0] * grad_log(first) + found[1] * grad_log(second))
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
    found = expected_gradient(lambda scores: advantages.confidence_advantages(scores, [outcome] * 2), score)
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
    own = advantages.confidence_advantages(scores, outcomes)
    shared = advantages.group_advantages(scores)
    assert statistics.pvariance(own) < 0.5 * statistics.pvariance(shared)


# --- Leave one out, over the batch, whitened


@given(st.lists(numbers, min_size=2, max_size=8))
def test_leave_one_out_against_a_loop(returns):
    expected = [value - statistics.fmean(returns[:index] + returns[index + 1 :]) for index, value in enumerate(returns)]
    assert advantages.leave_one_out_advantages(returns) == pytest.approx(expected, abs=1e-9)


def test_leave_one_out_is_not_the_groups_own_mean():
    assert advantages.leave_one_out_advantages([1, 0, 0]) == [1.0, -0.5, -0.5]
    assert advantages.leave_one_out_advantages([1, 0, 0]) != advantages.group_advantages([1, 0, 0])
    assert advantages.leave_one_out_advantages([3.0]) == [0.0]
    assert advantages.leave_one_out_advantages([]) == []


def test_leave_one_out_keeps_the_gradients_length():
    """The mean over all pairs of samples, enumerated: the whole gradient, of which the group's mean keeps one half."""

    def score(confidence):
        return 1 - (confidence - 1) ** 2

    plain = expected_gradient(lambda scores: scores, score)
    assert expected_gradient(advantages.leave_one_out_advantages, score) == pytest.approx(plain)
    assert expected_gradient(advantages.group_advantages, score) == pytest.approx(plain / 2)


def test_batch_advantages_by_hand():
    """Returns 1 0 | 1 1: the mean of each group off, the standard deviation of all four, 0.5 by Bessel, below."""
    scale = 0.5 + 1e-4
    found = advantages.batch_advantages([[1, 0], [1, 1]])
    assert found == [pytest.approx([0.5 / scale, -0.5 / scale]), [0.0, 0.0]]
    assert found[0] != pytest.approx(advantages.group_advantages([1, 0], "std"))
    assert advantages.batch_advantages([]) == []
    assert advantages.batch_advantages([[2.0]]) == [[0.0]]


@given(st.lists(st.lists(numbers, min_size=1, max_size=4), min_size=2, max_size=5))
def test_batch_advantages_against_the_statistics_module(groups):
    spread = statistics.stdev([value for group in groups for value in group]) + 1e-4
    for group, found in zip(groups, advantages.batch_advantages(groups), strict=True):
        expected = [(value - statistics.fmean(group)) / spread for value in group]
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.7, 1e6, -1e6 / 3, 1e-9])
def test_equal_rewards_give_exactly_zero_by_every_way(value):
    group = [value] * 7
    assert advantages.group_advantages(group, "std") == [0.0] * 7
    assert advantages.leave_one_out_advantages(group) == [0.0] * 7
    assert advantages.batch_advantages([group, group]) == [[0.0] * 7] * 2
    assert advantages.step_advantages([[value, value]] * 7, "std") == [[0.0, 0.0]] * 7
    assert advantages.whitened(group).tolist() == [0.0] * 7


def test_the_usual_formula_leaves_a_residue():
    """The negative control: single precision, mean and standard deviation, as elsewhere."""
    values = np.linspace(1e6, 2e6, 50, dtype=np.float32)
    groups = [np.full(7, value) for value in values]
    residues = [np.abs((group - group.mean()) / (group.std(ddof=1) + 1e-4)).max() for group in groups]
    assert max(residues) > 0.5
    assert all(advantages.group_advantages(group.tolist(), "std") == [0.0] * 7 for group in groups)


@given(st.lists(numbers, min_size=2, max_size=30))
def test_whitening_against_the_statistics_module(values):
    found = advantages.whitened(values)
    spread = statistics.stdev(values)
    if spread < 1e-6:
        return
    expected = [(value - statistics.fmean(values)) / (spread + 1e-8) for value in values]
    assert found.tolist() == pytest.approx(expected, abs=1e-6)
    kept = advantages.whitened(values, shift=False)
    assert kept.tolist() == pytest.approx([value / (spread + 1e-8) for value in values], abs=1e-6)


def test_whitening_of_nothing_and_of_equals():
    assert advantages.whitened([]).shape == (0,)
    assert advantages.whitened([2.0, 2.0]).tolist() == [0.0, 0.0]
    assert advantages.whitened([2.0, 2.0], shift=False).tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("returns", "informative"),
    [
        ([1, 0], True),
        ([1, 1, 1], False),
        ([0.1 + 0.2, 0.3], False),
        ([1e-9, 2e-9], True),
        ([1e6, 1e6], False),
        ([], False),
    ],
)
def test_a_group_is_informative_where_its_episodes_earned_differently(returns, informative):
    assert advantages.is_informative(returns) is informative
