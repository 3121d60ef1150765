"""Credit over tokens: returns, generalised advantages, the price of length; against Stable-Baselines3 and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents import advantages
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

numbers = st.floats(-10, 10, allow_nan=False)


def test_token_returns_by_hand():
    assert advantages.token_returns([0.0, 1.0, 2.0], 0.5).tolist() == [1.0, 2.0, 2.0]
    assert advantages.token_returns([0.0, 1.0, 2.0]).tolist() == [3.0, 3.0, 2.0]
    assert advantages.token_returns([]).shape == (0,)


@given(st.lists(numbers, max_size=8), st.floats(0, 1))
def test_token_returns_against_a_double_loop(rewards, gamma):
    expected = [
        sum(gamma ** (later - now) * rewards[later] for later in range(now, len(rewards)))
        for now in range(len(rewards))
    ]
    assert advantages.token_returns(rewards, gamma).tolist() == pytest.approx(expected, abs=1e-9)


# A A O O A A: two tokens of the policy, two that the environment wrote, two of the policy.
REWARDS, VALUES = [0, 0.5, 0, 1], [0.1, 0.2, 0.3, 0.4]
FEEDBACK_VALUES = [1.1, 1.4]  # what a critic says of tokens that it was never trained on
GAMMA, LAMBDA = 0.99, 0.95


def naive_gae(rewards, values, gamma, lam, bootstrap=0.0):
    """The definition: the sum over later tokens of (gamma lambda)^k delta, quadratic in the length."""
    following = [*values, bootstrap][1:]
    deltas = [r + gamma * after - v for r, v, after in zip(rewards, values, following, strict=True)]
    return [
        sum((gamma * lam) ** (later - now) * deltas[later] for later in range(now, len(deltas)))
        for now in range(len(deltas))
    ]


def test_gae_across_feedback_is_gae_on_the_sampled_tokens():
    found, targets = advantages.gae(REWARDS, VALUES, 0.0, GAMMA, LAMBDA)
    assert found.tolist() == pytest.approx([1.2435, 1.2180, 0.6603, 0.6000], abs=5e-5)
    assert found.tolist() == pytest.approx(naive_gae(REWARDS, VALUES, GAMMA, LAMBDA))
    assert targets.tolist() == pytest.approx([1.3435, 1.4180, 0.9603, 1.0], abs=5e-5)


@pytest.mark.parametrize(("feedback", "first"), [([0.0, 0.0], 1.1439), (FEEDBACK_VALUES, 1.2564)])
def test_recursions_that_run_over_the_feedback_are_wrong(feedback, first):
    """The negative control: two frameworks' recursions, values of feedback masked to zero or read from the critic."""
    rewards, values = [*REWARDS[:2], 0, 0, *REWARDS[2:]], [*VALUES[:2], *feedback, *VALUES[2:]]
    wrong = naive_gae(rewards, values, GAMMA, LAMBDA)
    assert wrong[0] == pytest.approx(first, abs=5e-5)
    assert abs(wrong[0] - advantages.gae(REWARDS, VALUES, 0.0, GAMMA, LAMBDA)[0][0]) > 0.01


def test_a_truncated_episode_bootstraps_and_a_terminated_one_does_not():
    """Two steps, V = 0.5, 0.8, rewards 0, 1, gamma 0.9, lambda 0.5; the value after the last is 2.

    Terminated: 1 - 0.8 = 0.2; 0.9 * 0.8 - 0.5 + 0.45 * 0.2 = 0.31.
    Truncated: 1 + 0.9 * 2 - 0.8 = 2; 0.9 * 0.8 - 0.5 + 0.45 * 2 = 1.12.
    """
    terminated, _ = advantages.gae([0, 1], [0.5, 0.8], 0.0, 0.9, 0.5)
    truncated, targets = advantages.gae([0, 1], [0.5, 0.8], 2.0, 0.9, 0.5)
    assert terminated.tolist() == pytest.approx([0.31, 0.2])
    assert truncated.tolist() == pytest.approx([1.12, 2.0])
    assert targets.tolist() == pytest.approx([1.62, 2.8])


@given(
    st.lists(st.tuples(numbers, numbers), max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
    numbers,
)
def test_gae_against_its_definition(pairs, gamma, lam, bootstrap):
    rewards, values = [reward for reward, _ in pairs], [value for _, value in pairs]
    found, targets = advantages.gae(rewards, values, bootstrap, gamma, lam)
    expected = naive_gae(rewards, values, gamma, lam, bootstrap)
    assert found.tolist() == pytest.approx(expected, abs=1e-8)
    assert targets.tolist() == pytest.approx([a + v for a, v in zip(expected, values, strict=True)], abs=1e-8)


def test_with_lambda_one_and_no_values_it_is_the_return():
    rewards = [0.2, 0.0, -1.0, 3.0]
    found, targets = advantages.gae(rewards, [0.0] * 4, 0.0, 0.9, 1.0)
    assert found.tolist() == pytest.approx(advantages.token_returns(rewards, 0.9).tolist())
    assert targets.tolist() == found.tolist()


def test_gae_against_stable_baselines3():
    """Its rollout buffer, filled with three episodes of which the last is cut off and bootstraps."""
    buffers = pytest.importorskip("stable_baselines3.common.buffers", reason="pip install stable-baselines3")
    torch = pytest.importorskip("torch")
    from gymnasium import spaces

    rng = np.random.default_rng(0)
    lengths = [4, 1, 6]
    rewards, values = rng.normal(size=11), rng.normal(size=11)
    starts = np.zeros(11)
    starts[[0, 4, 5]] = 1
    space = spaces.Box(-1, 1, (1,))
    buffer = buffers.RolloutBuffer(11, space, space, gae_lambda=LAMBDA, gamma=GAMMA, n_envs=1, device="cpu")
    for reward, value, start in zip(rewards, values, starts, strict=True):
        zero = np.zeros((1, 1))
        value_tensor = torch.tensor([[value]], dtype=torch.float32)
        buffer.add(zero, zero, np.array([reward]), np.array([start]), value_tensor, torch.zeros(1))
    buffer.compute_returns_and_advantage(torch.tensor([[0.7]]), np.array([False]))
    bootstraps, found, targets = [0.0, 0.0, 0.7], [], []
    for start, length, bootstrap in zip([0, 4, 5], lengths, bootstraps, strict=True):
        part = slice(start, start + length)
        each, target = advantages.gae(rewards[part], values[part], bootstrap, GAMMA, LAMBDA)
        found += each.tolist()
        targets += target.tolist()
    assert found == pytest.approx(buffer.advantages[:, 0].tolist(), abs=1e-5)
    assert targets == pytest.approx(buffer.returns[:, 0].tolist(), abs=1e-5)
    # The negative control: taken for terminated, the last episode differs, and the others do not.
    ended, _ = advantages.gae(rewards[5:], values[5:], 0.0, GAMMA, LAMBDA)
    assert np.abs(ended - buffer.advantages[5:, 0]).max() > 0.1


def test_gae_refuses_what_cannot_be():
    with pytest.raises(InvalidInput, match="2 and 1"):
        advantages.gae([0.0, 1.0], [0.0])
    with pytest.raises(InvalidOption, match="gamma"):
        advantages.gae([0.0], [0.0], 0.0, 1.5)
    with pytest.raises(InvalidOption, match="lambda"):
        advantages.gae([0.0], [0.0], 0.0, 1.0, -0.1)
    with pytest.raises(InvalidOption, match="gamma"):
        advantages.token_returns([0.0], 2.0)


@pytest.mark.parametrize(
    ("length", "penalty"), [(1, 0.0), (80, 0.0), (81, -0.05), (85, -0.25), (99, -0.95), (100, -1.0), (101, -1.0)]
)
def test_overlong_literals(length, penalty):
    assert advantages.soft_overlong_penalty(length, 100, 20) == pytest.approx(penalty)


def test_with_no_buffer_nothing_is_punished_within_the_budget():
    assert advantages.soft_overlong_penalty(100, 100, 0) == 0.0
    assert advantages.soft_overlong_penalty(101, 100, 0) == -1.0
    with pytest.raises(InvalidOption, match="received 101"):
        advantages.soft_overlong_penalty(3, 100, 101)
