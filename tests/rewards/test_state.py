"""A reward's state moves in `observe` alone, gets into a checkpoint and out of it, and no question changes it."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from reasoning_gym_ccrl.errors import InvalidOption, RewardError, UnknownName
from reasoning_gym_ccrl.rewards import (
    StatefulReward,
    has_state,
    load_reward_state,
    make_reward,
    observe_episodes,
    reward_state,
)

from .make_contexts import ABSTAINED, OPEN, RIGHT, WRONG, Fact, answer, episode, pay, total

EMA = {"form": "difference", "ema": 0.1}


def moving():
    return make_reward("ppo_c", **EMA)


def batch(reward, *endings):
    return [episode(reward, [Fact(confidence=0.5), ending]) for ending in endings]


def test_the_threshold_follows_the_share_of_right_answers():
    reward = moving()
    episodes = batch(reward, answer(RIGHT), answer(RIGHT), answer(RIGHT), answer(WRONG))
    observe_episodes(reward, episodes)
    assert reward_state(reward) == pytest.approx({"threshold": 0.525})  # 0.5 + 0.1 (0.75 - 0.5)
    observe_episodes(reward, episodes)
    assert reward_state(reward) == pytest.approx({"threshold": 0.5475})
    # right at 0.9: 1 + 0.5 (1 - 0.5475) 0.4; wrong: -0.5 * 0.5475 * 0.4
    assert total(reward, [answer(RIGHT, 0.9)]) == pytest.approx(1.0905)
    assert total(reward, [answer(WRONG, 0.9)]) == pytest.approx(-0.1095)


def test_what_could_not_be_checked_moves_it_nowhere_and_no_answer_is_not_right():
    reward = moving()
    observe_episodes(reward, batch(reward, answer(OPEN), ABSTAINED))
    observe_episodes(reward, [])
    assert reward_state(reward) == {"threshold": 0.5}
    observe_episodes(reward, [episode(reward, [Fact()])])
    assert reward_state(reward) == pytest.approx({"threshold": 0.45})


@pytest.mark.parametrize("options", [{}, {"form": "difference"}])
def test_a_fixed_threshold_stays(options):
    reward = make_reward("ppo_c", **options)
    observe_episodes(reward, batch(reward, answer(RIGHT), answer(RIGHT)))
    assert reward_state(reward) == {"threshold": 0.5}


def test_the_threshold_converges_to_a_steady_accuracy():
    reward = moving()
    episodes = batch(reward, answer(RIGHT), answer(WRONG), answer(WRONG), answer(WRONG))
    for _ in range(200):
        observe_episodes(reward, episodes)
    assert reward_state(reward) == pytest.approx({"threshold": 0.25})


def test_state_goes_through_json_into_another_process_reward():
    reward = moving()
    observe_episodes(reward, batch(reward, answer(RIGHT)))
    again = moving()
    assert pay(again, [answer(RIGHT, 0.9)]) != pay(reward, [answer(RIGHT, 0.9)])
    load_reward_state(again, json.loads(json.dumps(reward_state(reward))))
    assert pay(again, [answer(RIGHT, 0.9)]) == pay(reward, [answer(RIGHT, 0.9)])
    assert reward_state(pickle.loads(pickle.dumps(reward))) == reward_state(reward)


def test_state_is_no_setting_so_a_run_that_goes_on_is_the_same_run():
    reward = moving()
    before = repr(reward)
    observe_episodes(reward, batch(reward, answer(RIGHT)))
    assert repr(reward) == before == "PPOC(weight=0.5, form='difference', threshold=0.5, ema=0.1)"


def test_parts_of_a_sum_keep_their_states_apart():
    reward = make_reward({"ppo_c": 1.0, "length": -0.01, f"{__name__}:Counter": 1.0}, ppo_c=EMA)
    observe_episodes(reward, batch(reward, answer(RIGHT), answer(RIGHT)))
    assert reward_state(reward) == {"ppo_c": {"threshold": 0.55}, f"{__name__}:Counter": {"seen": 2}}
    again = make_reward({"ppo_c": 1.0, "length": -0.01, f"{__name__}:Counter": 1.0}, ppo_c=EMA)
    load_reward_state(again, reward_state(reward))
    assert reward_state(again) == reward_state(reward)


class Counter:
    """A user's own: how many episodes it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, context) -> float:
        return float(self.seen)

    def observe(self, episodes) -> None:
        self.seen += len(episodes)

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, state) -> None:
        self.seen = state["seen"]


def test_what_has_a_state():
    assert isinstance(Counter(), StatefulReward)
    assert has_state(make_reward(Counter))
    assert has_state(moving())
    assert has_state(make_reward({"ccrl": 1.0, "ppo_c": 0.1}))
    assert not has_state(make_reward({"ccrl": 1.0, "length": 0.1}))


def test_without_a_state_nothing_happens():
    reward = make_reward({"ccrl": 1.0, "length": -0.01})
    observe_episodes(reward, batch(reward, answer()))
    assert reward_state(reward) == {}
    load_reward_state(reward, {})


@pytest.mark.parametrize(
    ("spec", "state", "said"),
    [
        ("ccrl", {"threshold": 0.5}, "'ccrl' keeps a state of nothing; received one of 'threshold'"),
        ("ppo_c", {}, "'ppo_c' keeps a state of its own; received one of nothing"),
        ({"ppo_c": 1.0, "ccrl": 1.0}, {"threshold": 0.5}, "of 'ppo_c'; received one of 'threshold'"),
        ("ppo_c", {"threshold": 2.0}, "The state of ppo_c is .*received {'threshold': 2.0}"),
        ("ppo_c", {"seen": 2}, "The state of ppo_c is"),
        (Counter, {"count": 2}, "Reward 'Counter' raised KeyError: 'seen'; received {'count': 2}"),
    ],
)
def test_a_state_of_another_reward(spec, state, said):
    with pytest.raises(RewardError, match=said):
        load_reward_state(make_reward(spec), state)


@pytest.mark.parametrize(
    "kept",
    [{"seen": np.zeros(2)}, {"seen": {1: 2}}, {"seen": (1, 2)}, {"seen": float("nan")}],
    ids=["array", "key", "tuple", "nan"],
)
def test_a_state_that_json_would_not_give_back(kept):
    class Odd(Counter):
        def state_dict(self):
            return kept

    with pytest.raises(RewardError, match=r"That of 'Odd' is .*make its keys strings"):
        reward_state(make_reward(Odd))


def test_an_observe_that_raises_is_named():
    class Careless(Counter):
        def observe(self, episodes) -> None:
            raise ZeroDivisionError("no episodes")

    with pytest.raises(RewardError, match="Reward 'Careless' raised ZeroDivisionError: no episodes") as caught:
        observe_episodes(make_reward(Careless), [])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"form": "signs"}, UnknownName, "Did you mean 'sign'"),
        ({"weight": -1.0}, InvalidOption, "weight of ppo_c"),
        ({"threshold": 1.5}, InvalidOption, "threshold of ppo_c lies between 0 and 1"),
        ({"form": "difference", "ema": float("nan")}, InvalidOption, "ema of ppo_c lies between"),
        ({"ema": 0.1}, InvalidOption, 'form="sign" has not'),
    ],
)
def test_options_of_ppo_c(options, error, said):
    with pytest.raises(error, match=said):
        make_reward("ppo_c", **options)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("brier", {"weight": -0.1}, "weight of brier"),
        ("spherical", {"weight": float("inf")}, "weight of spherical"),
        ("log_score", {"bonus": float("nan")}, "bonus of log_score"),
        ("abstain", {"cost": -1.0}, "cost of abstain"),
        ("abstain", {"value": 1.1}, "no more than a right one"),
        ("abstain", {"cost": 0.5, "value": -0.6}, r"no less than a wrong answer \(-0.5\)"),
        ("abstain", {"value": float("nan")}, "received the value nan"),
    ],
)
def test_options_of_the_rewards_for_answers(name, options, said):
    with pytest.raises(InvalidOption, match=said):
        make_reward(name, **options)


def test_questions_about_other_confidences_move_no_state():
    """What GRPO asks for the tokens that state a confidence, from the trainer's own functions."""
    pytest.importorskip("torch")
    from reasoning_gym_ccrl.agents.confidence_credit import confidence_effect, reward_if

    reward = moving()
    made = episode(reward, [Fact(confidence=0.5), answer(RIGHT, 0.9)])
    effects = [confidence_effect(made, 1, reward) for _ in range(3)]
    assert effects == pytest.approx([0.1] * 3)  # 0.5 (1 - 0.5) (0.9 - 0.5), against none stated
    assert reward_if(made, 1, 0.1, reward) == pytest.approx(0.9)
    assert reward_state(reward) == {"threshold": 0.5}

    class CountsCalls(Counter):
        """The control: what such a reward would be paid depends on how often it was asked."""

        def __call__(self, context) -> float:
            self.seen += 1
            return float(self.seen)

    careless = make_reward(CountsCalls)
    made = episode(careless, [answer(RIGHT, 0.9)])
    before = reward_state(careless)
    confidence_effect(made, 0, careless)
    assert reward_state(careless) != before
