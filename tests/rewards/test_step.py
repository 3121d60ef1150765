"""Rewards for steps, the protocol and the answer, case by case; `test_formulas.py` has the formulas."""

from __future__ import annotations

import pytest

from reasoning_gym_ccrl.rewards import make_reward

from .make_contexts import MALFORMED, OPEN, RIGHT, WRONG, Fact, answer, pay, total


def test_outcome():
    reward = make_reward("outcome")
    assert total(reward, [Fact(), answer(RIGHT, 0.1)]) == 1.0
    assert total(reward, [Fact(), answer(WRONG, 0.9)]) == 0.0
    assert total(reward, [Fact(), answer(OPEN, 0.9)]) == 0.0


def test_step_correctness_worked_number():
    facts = [Fact(), Fact(), Fact(verdict=WRONG)]
    paid = [reward.total for reward in pay(make_reward("step_correctness"), facts)]
    assert paid == pytest.approx([1.0, 0.0, -1 / 3])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([Fact("plan", OPEN, None), Fact(), answer()], 1.0),
        ([Fact(), answer(WRONG, 0.0)], 1.0),
        ([Fact(confidence=None), answer()], 0.0),
        ([MALFORMED, answer()], 0.0),
        ([Fact()], 0.0),
        ([answer(RIGHT, None)], 0.0),
    ],
)
def test_format(facts, expected):
    assert total(make_reward("format"), facts) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (answer(RIGHT, 0.8), 0.96),
        (answer(WRONG, 0.8), -0.64),
        (answer(RIGHT, None), 0.0),
        (answer(OPEN, 0.8), 0.0),
        (answer(WRONG, 0.0), 0.0),
    ],
)
def test_brier_is_rlcr(last, expected):
    assert total(make_reward("brier"), [Fact(confidence=0.3), last]) == pytest.approx(expected)


def test_length_counts_actions():
    assert total(make_reward("length"), [Fact("plan", OPEN, None), Fact(), MALFORMED, answer()]) == 4.0


def test_the_margin_takes_each_class_by_itself():
    """Nine right steps at 0.8 and one error at 0.8 leave nothing: the error weighs as much as all of them."""
    facts = [Fact(confidence=0.8)] * 9 + [Fact(verdict=WRONG, confidence=0.8)]
    assert total(make_reward("confidence_margin"), facts) == pytest.approx(0.0)
    assert total(make_reward("ccrl", scoring="linear"), facts) == pytest.approx(0.5 * 0.64)


def test_an_admitted_error_after_a_sure_one_mends_a_margin_and_never_improves_on_none():
    reward = make_reward("confidence_margin")
    right, sure, admitted = (
        Fact(confidence=0.9),
        Fact(verdict=WRONG, confidence=1.0),
        Fact(verdict=WRONG, confidence=0.0),
    )
    assert total(reward, [right, sure]) == pytest.approx(-0.1)
    assert total(reward, [right, sure, admitted]) == pytest.approx(0.4)
    assert total(reward, [right, admitted]) == total(reward, [right]) == 0.9


@pytest.mark.parametrize("last", [answer(OPEN, 0.5), Fact(verdict=OPEN)])
def test_nothing_that_counts_is_a_margin_of_nothing(last):
    assert total(make_reward("confidence_margin"), [last]) == 0.0
