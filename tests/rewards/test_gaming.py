"""Nothing is gained, in a real environment, by padding, by hedging with two confidences, or by odd numbers."""

from __future__ import annotations

import math

import gymnasium as gym
import pytest

import reasoning_gym_ccrl  # noqa: F401 (registers the environments)
from reasoning_gym_ccrl.rewards import REWARDS, make_reward
from reasoning_gym_ccrl.types import GoldStep, Problem

PROBLEM = Problem(
    "bill",
    "A ticket costs 6 and a meal 4. What do 3 of each cost?",
    "30",
    solution=(
        GoldStep("tickets = 3 * 6 = 18", "3 * 6", "18", "tickets = number * ticket price"),
        GoldStep("meals = 3 * 4 = 12", "3 * 4", "12", "meals = number * meal price"),
        GoldStep("total = 18 + 12 = 30", "18 + 12", "30", "total = tickets + meals", ("tickets", "meals")),
    ),
    metadata={"givens": {"number": "3", "ticket price": "6", "meal price": "4"}},
)
SOLUTION = ["3 * 6 = 18", "3 * 4 = 12", "18 + 12 = 30"]
RESISTING = [name for name in REWARDS if make_reward(name).function.card.resists_padding]


def play(reward, actions):
    """(sum of rewards, judgements) of an episode."""
    env = gym.make("MathCCRL-v0", problems=[PROBLEM], reward=reward)
    env.reset(seed=0)
    paid, judgements = 0.0, []
    for action in actions:
        _, reward_, terminated, truncated, info = env.step(action)
        paid += reward_
        judgements.append(info["judgement"])
        if terminated or truncated:
            break
    return paid, judgements


def said(steps, confidence):
    return [{"step": step, "confidence": confidence} for step in steps]


PADDING = {
    "repeated": ["3 * 6 = 18", "3 * 6 = 18"],
    "true and beside the point": ["3 + 4 = 7", "6 - 4 = 2", "6 * 4 = 24"],
    "saying nothing": ["Let me think.", "Once more."],
}


@pytest.mark.parametrize("padding", PADDING.values(), ids=PADDING)
@pytest.mark.parametrize("reward", RESISTING)
def test_padding_never_raises_a_return(reward, padding):
    """After a whole solution or a part of one, right or wrong at its end, with any confidence."""
    for steps, final in (
        (SOLUTION, "30"),
        (SOLUTION, "31"),
        (SOLUTION[:1], "30"),
        ([*SOLUTION[:1], "3 * 4 = 13"], "31"),
    ):
        end = said([f"<answer>{final}</answer>"], 0.7)
        plain, _ = play(reward, said(steps, 0.8) + end)
        for confidence in (None, 0.0, 0.8, 1.0):
            padded, judgements = play(reward, said(steps, 0.8) + said(padding, confidence) + end)
            assert not any(judgement.counts for judgement in judgements[len(steps) : -1])
            assert padded <= plain + 1e-12


def test_the_padding_test_can_fail():
    plain, _ = play("length", said(SOLUTION, 0.8))
    assert play("length", said(SOLUTION + SOLUTION, 0.8))[0] > plain


TWICE = "<step>3 * 6 = 18</step><confidence>0.9</confidence><confidence>0.1</confidence>"
MALFORMED = {
    "two confidences": {"step": TWICE, "confidence": 0.5},
    "one in the text and one beside it": {
        "step": "<step>3 * 6 = 18</step><confidence>0.9</confidence>",
        "confidence": 0.5,
    },
    "one inside the step": {"step": "3 * 6 = 18 <confidence>0.9</confidence>", "confidence": 0.5},
    "two steps": {"step": "<step>3 * 6 = 18</step><step>3 * 4 = 12</step>", "confidence": 0.5},
    "above one": {"step": "3 * 6 = 18", "confidence": 1.5},
    "below zero": {"step": "3 * 6 = 18", "confidence": -0.1},
    "nan": {"step": "3 * 6 = 18", "confidence": math.nan},
    "infinite": {"step": "3 * 6 = 18", "confidence": math.inf},
    "percent": {"step": "3 * 6 = 18", "confidence": "90%"},
}


@pytest.mark.parametrize("action", MALFORMED.values(), ids=MALFORMED)
def test_what_breaks_the_protocol_is_never_clipped_and_costs_like_a_certain_error(action):
    paid, (judgement,) = play("ccrl", [action])
    assert judgement.malformed
    assert paid == -0.5
    assert play("confidence_margin", [action])[0] == -1.0
    assert play("step_correctness", [action])[0] == 0.0


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("action", MALFORMED.values(), ids=MALFORMED)
def test_no_reward_gains_by_a_broken_action(reward, action):
    """But for the number of actions itself."""
    end = said(["<answer>30</answer>"], 0.7)
    plain, _ = play(reward, said(SOLUTION, 0.8) + end)
    broken, _ = play(reward, [*said(SOLUTION, 0.8), action, *end])
    assert math.isfinite(broken)
    assert broken <= plain + 1e-12 or reward == "length"


def test_one_confidence_in_its_place_is_read():
    """The control: the same step with one confidence is well formed."""
    _, (judgement,) = play("ccrl", [{"step": "3 * 6 = 18", "confidence": 0.9}])
    assert not judgement.malformed
    assert judgement.counts


def test_abstaining_is_paid_its_value_where_the_environment_allows_it():
    def last(action, **options):
        env = gym.make("MathCCRL-v0", problems=[PROBLEM], reward="abstain", **options)
        env.reset(seed=0)
        return env.step(action)

    options = {"reward_options": {"cost": 3.0, "value": 0.2}}
    dont_know = {"step": "<answer>I don't know</answer>", "confidence": 0.5}
    _, paid, terminated, _, info = last(dont_know, abstention=0.0, **options)
    assert (paid, terminated, info["outcome"]) == (0.2, True, "abstained")
    assert info["reward_terms"] == {"abstain": 0.2, "abstention": 0.0}
    assert last(dont_know, **options)[1] == -3.0  # elsewhere it is an answer like any other, and wrong
    assert last({"step": "<answer>30</answer>"}, abstention=0.0, **options)[1] == 1.0


def test_running_out_the_budget_is_no_way_to_abstain():
    env = gym.make("MathCCRL-v0", problems=[PROBLEM], reward="abstain", abstention=0.0, max_steps=2)
    env.reset(seed=0)
    assert env.step({"step": "3 * 6 = 18"})[1] == 0.0
    _, paid, _, truncated, _ = env.step({"step": "3 * 4 = 12"})
    assert truncated
    assert paid == -1.0
