"""A reward of one's own gets a name by one call, and the name works wherever a built-in one does."""

from __future__ import annotations

import gymnasium as gym
import pytest

import reasoning_gym_ccrl  # noqa: F401 (registers the environments)
from reasoning_gym_ccrl.errors import InvalidOption, RewardError, UnknownName
from reasoning_gym_ccrl.rewards import REWARDS, Card, make_reward, register_reward
from reasoning_gym_ccrl.types import Problem, Reward, StepContext

from .make_contexts import Fact, answer, pay

PROBLEM = Problem("p", "What is 18 - 4?", "14")


def flat(context: StepContext) -> float:
    return 0.25


class Bonus:
    card = Card(0.0, 1.0, proper=None, accuracy_compatible=True)

    def __init__(self, size: float = 0.1) -> None:
        self.size = size

    def __call__(self, context: StepContext) -> Reward:
        return Reward(self.size, {"size": self.size, "nothing": 0.0})


def play(**options):
    """The info of one answer in an environment made with these options."""
    env = gym.make("MathCCRL-v0", problems=[PROBLEM], **options)
    env.reset(seed=0)
    *_, info = env.step({"step": "<answer>14</answer>", "confidence": 1.0})
    return info


def test_by_a_call_and_by_name_in_gym_make():
    assert register_reward("flat_fee", flat) is flat
    assert play(reward="flat_fee")["reward_terms"] == {"flat_fee": 0.25}


def test_by_a_decorator():
    @register_reward("half")
    def half(context: StepContext) -> float:
        return 0.5

    assert half.__name__ == "half"
    assert play(reward="half")["reward_terms"] == {"half": 0.5}


def test_a_class_keeps_its_options_and_its_card():
    register_reward("bonus", Bonus)
    assert play(reward="bonus", reward_options={"size": 2.0})["reward_terms"] == {"size": 2.0, "nothing": 0.0}
    assert make_reward({"name": "bonus", "size": 3.0}).function.size == 3.0
    assert make_reward("bonus").function.card.high == 1.0
    with pytest.raises(InvalidOption, match=r"'bonus' has the options \['size'\]"):
        make_reward("bonus", sise=2.0)


def test_an_instance_and_an_import_path():
    mine = register_reward("mine", Bonus(4.0))
    assert make_reward("mine").function is mine
    assert register_reward("by_path", f"{__name__}:flat") is flat
    assert play(reward="by_path")["reward_terms"] == {"by_path": 0.25}


def test_in_a_weighted_sum_and_as_text():
    register_reward("flat_fee", flat)
    for spec in ({"ccrl": 1.0, "flat_fee": -2.0}, "ccrl=1,flat_fee=-2"):
        terms = play(reward=spec)["reward_terms"]
        assert terms == {"ccrl/outcome": 1.0, "ccrl/calibration": 0.5, "flat_fee": -0.5}


@pytest.mark.parametrize("name", ["", "Mine", "my reward", "my-reward", "a:b", "1st", "a/b", "name", None, 3])
def test_bad_names(name):
    with pytest.raises(InvalidOption, match="A reward's name is a word of small letters"):
        register_reward(name, flat)
    assert name not in REWARDS


@pytest.mark.parametrize("name", ["ccrl", "brier", "length"])
def test_a_built_in_name_is_refused_even_with_replace(name):
    before = REWARDS[name]
    for replace in (False, True):
        with pytest.raises(InvalidOption, match=f"There is a reward '{name}' already; give yours another name.$"):
            register_reward(name, flat, replace=replace)
    assert REWARDS[name] is before


def test_an_own_name_is_replaced_only_when_asked():
    register_reward("mine", flat)
    with pytest.raises(InvalidOption, match="or replace=True to take its place"):
        register_reward("mine", Bonus)
    register_reward("mine", Bonus, replace=True)
    assert REWARDS["mine"] is Bonus

    @register_reward("mine", replace=True)
    def again(context: StepContext) -> float:
        return 0.0

    assert REWARDS["mine"] is again


def two_arguments(context: StepContext, scale: float) -> float:
    return scale


class BadCard:
    card = "[0, 1]"

    def __call__(self, context: StepContext) -> float:
        return 0.0


@pytest.mark.parametrize(
    ("reward", "error", "said"),
    [
        (3, InvalidOption, "is a function of StepContext, a class of them or .*received 3"),
        (lambda: 0.0, InvalidOption, r"is called with one StepContext; received a function of \(\)"),
        (two_arguments, InvalidOption, "Give what else it takes a default"),
        (BadCard, InvalidOption, r"card of reward 'mine' is a rewards.Card; received '\[0, 1\]'"),
        ("no_such_module_at_all:f", RewardError, "No module named"),
        ("math:pi", RewardError, "leads to a function"),
    ],
    ids=["number", "no argument", "two arguments", "card", "path", "path to a number"],
)
def test_what_is_no_reward(reward, error, said):
    with pytest.raises(error, match=said):
        register_reward("mine", reward)
    assert "mine" not in REWARDS


def test_a_name_that_nobody_registered():
    with pytest.raises(UnknownName, match="Unknown reward 'flat_fees'"):
        make_reward("flat_fees")


BAD = {
    "nan": lambda context: float("nan"),
    "text": lambda context: "0.5",
    "nothing": lambda context: None,
    "wrong sum": lambda context: Reward(1.0, {"a": 0.4}),
    "raises": lambda context: context.problem.solution[99],
}


@pytest.mark.parametrize("kind", BAD)
def test_a_registered_reward_that_fails_is_named_with_the_step(kind):
    """In an environment; and the episode stands as it was before the step."""

    @register_reward("careless")
    def careless(context: StepContext) -> float:
        return BAD[kind](context) if context.history else 0.0

    env = gym.make("MathCCRL-v0", problems=[PROBLEM], reward="careless")
    env.reset(seed=0)
    env.step({"step": "18 - 4 = 14", "confidence": 0.9})
    with pytest.raises(RewardError, match=r"Reward 'careless' did not at step 2 \('14'\) of problem 'p'"):
        env.step({"step": "<answer>14</answer>", "confidence": 0.9})
    assert len(env.unwrapped.records) == 1


def test_the_same_in_a_sum_of_rewards():
    register_reward("careless", BAD["nan"])
    with pytest.raises(RewardError, match="Reward 'careless' did not at step 1"):
        pay(make_reward("ccrl=1,careless=0.1"), [Fact(), answer()])


def test_text_tells_rewards_apart_and_holds_no_place_in_memory():
    """Checkpoints compare rewards by it."""
    register_reward("flat_fee", flat)
    register_reward("bonus", Bonus)
    assert repr(make_reward("flat_fee")) == "flat_fee"
    assert repr(make_reward("flat_fee", scale=2)) == "flat_fee(scale=2)"
    assert repr(make_reward("brier", weight=0.5)) == "Brier(weight=0.5)"
    assert "0x" not in repr(make_reward({"flat_fee": 1.0, "bonus": 1.0, "ccrl": 1.0}))
