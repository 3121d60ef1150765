"""The profile says of any reward what the closed forms say of the known ones."""

from __future__ import annotations

import math

import pytest

from reasoning_gym_ccrl.rewards import REWARDS, confidence_profile, make_reward


@pytest.mark.parametrize("name", REWARDS)
def test_it_agrees_with_the_card(name):
    reward = make_reward(name)
    found = confidence_profile(reward, 41)
    card = reward.function.card
    assert found.looks_at_confidence is (card.proper is not None)
    assert found.is_proper is bool(card.proper)
    if name != "length":
        assert found.pays_for_accuracy is card.accuracy_compatible


@pytest.mark.parametrize(
    ("spec", "until"),
    [
        ("brier", None),
        ({"name": "brier", "weight": 2.0}, 0.25),
        ("log_score", 0.3),  # 0.2967, and the grid has hundredths
        ({"name": "log_score", "bonus": 2.1}, None),
        ("sayself", 0.5),
        ({"outcome": 1.0, "sayself": 0.5}, None),
        ({"outcome": 1.0, "sayself": 1.0}, 0.25),  # V' = 1 - 2 (1 - 2p)
        ({"outcome": -1.0}, 1.0),
    ],
    ids=str,
)
def test_where_a_worse_chance_earns_more(spec, until):
    assert confidence_profile(make_reward(spec)).falls_until == until


def test_values_by_hand():
    found = confidence_profile(make_reward("ppo_c"), 5)
    assert found.chances == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert found.best_confidence == ((0.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 1.0))
    assert found.best_value == pytest.approx((0.25, 0.375, 0.5, 0.875, 1.25))  # p + |p - 1/2| / 2
    assert found.honest_value == pytest.approx((0.25, 0.3125, 0.5, 0.8125, 1.25))  # p + (p - 1/2)^2
    assert not found.is_proper


def test_an_own_function_and_one_that_is_flat():
    def overpaid(context):
        sure = context.step.confidence
        return math.sqrt(sure) if context.judgement.verdict == "CORRECT" else -sure

    found = confidence_profile(make_reward(overpaid))
    assert not found.is_proper
    # p / (2 sqrt c) = 1 - p: c = (p / (2 (1 - p)))^2
    assert found.best_confidence[50] == (0.25, 0.25)
    assert found.looks_at_confidence
    flat = confidence_profile(make_reward(lambda context: 1.0))
    assert not flat.looks_at_confidence
    assert flat.pays_for_accuracy


def test_a_reward_under_which_others_are_as_good_as_the_honest_confidence_is_not_proper():
    """Below a threshold nothing is fined, so that all confidences there are alike."""

    def cautious(context):
        wrong = context.judgement.verdict == "INCORRECT"
        return -0.5 if wrong and context.step.confidence > 0.9 else float(not wrong)

    found = confidence_profile(make_reward(cautious), 11)
    assert found.best_confidence == (*[(0.0, 0.9)] * 10, (0.0, 1.0))
    assert not found.is_proper
    assert found.looks_at_confidence
    assert found.pays_for_accuracy
