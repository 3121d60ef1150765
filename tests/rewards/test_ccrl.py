"""The default reward by numbers worked by hand, at its corners, and against the ways to game it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.rewards import RULES, SCORING_RULES, make_reward

from .make_contexts import MALFORMED, OPEN, RIGHT, WRONG, Fact, answer, answers, confidences, pay, steps, total


def test_ccrl_worked_number():
    facts = [Fact(confidence=0.9), Fact(confidence=0.9), answer(confidence=0.8)]
    assert total(make_reward("ccrl"), facts) == pytest.approx(1.49)


def test_ccrl_pays_each_change_of_the_mean():
    facts = [Fact(confidence=1.0), Fact(verdict=WRONG, confidence=1.0), answer(WRONG, 0.5)]
    paid = [reward.total for reward in pay(make_reward("ccrl"), facts)]
    # m goes 0 -> 1 -> 0 -> (1 - 1 - 0.25) / 3
    assert paid == pytest.approx([0.5, -0.5, -0.125 / 3])


@pytest.mark.parametrize("scoring", SCORING_RULES)
def test_ccrl_corners(scoring):
    reward = make_reward("ccrl", scoring=scoring)
    assert total(reward, [answer(RIGHT, 1.0)]) == 1.5
    assert total(reward, [answer(WRONG, 1.0)]) == -0.5
    assert total(reward, [answer(WRONG, 0.0)]) == 0.0
    assert total(reward, [answer(RIGHT, 0.0)]) == 1.0
    assert total(reward, [answer(RIGHT, None)]) == 1.0
    assert total(reward, [answer(WRONG, None)]) == 0.0
    assert total(reward, [MALFORMED]) == -0.5


@given(facts=steps, last=answers, place=st.integers(0, 8), fillers=st.lists(confidences, min_size=1, max_size=5))
def test_what_counts_nothing_changes_no_return(facts, last, place, fillers):
    """Unchecked, repeated and off-path steps, anywhere, with any confidence."""
    padding = [Fact(verdict=verdict, confidence=c, counts=False) for c in fillers for verdict in (RIGHT, OPEN)]
    plain = [*facts, last]
    padded = [*facts[:place], *padding, *facts[place:], last]
    for credit in ("step", "outcome"):
        reward = make_reward("ccrl", credit=credit)
        assert total(reward, padded) == pytest.approx(total(reward, plain), abs=1e-12)


@pytest.mark.parametrize("scoring", SCORING_RULES)
@given(facts=steps, last=answers, c=st.floats(0.0, 1.0))
def test_a_wrong_step_never_raises_a_return_whose_calibration_is_not_negative(scoring, facts, last, c):
    plain = [*facts, last]
    reward = make_reward("ccrl", scoring=scoring)
    if total(reward, plain) - float(last.verdict is RIGHT) >= 0:
        padded = [Fact(verdict=WRONG, confidence=c), *plain]
        assert total(reward, padded) <= total(reward, plain) + 1e-12


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule.credited])
def test_with_a_plain_score_an_error_at_confidence_0_would_raise_the_mean(name):
    """Why `scoring` does not take them: a solution said with 0.8, then with an error that is admitted."""
    score = RULES[name].score
    plain, padded = [score(0.8, 1)], [score(0.8, 1), score(0.0, 0)]
    assert sum(padded) / 2 > plain[0]
    with pytest.raises(UnknownName, match="Unknown scoring"):
        make_reward("ccrl", scoring=name)


def test_credit_by_outcome_pays_at_the_end_alone():
    facts = [Fact(confidence=0.9), Fact(verdict=WRONG, confidence=0.2), answer(RIGHT, 0.8)]
    paid = pay(make_reward("ccrl", credit="outcome"), facts)
    assert [reward.total for reward in paid[:2]] == [0.0, 0.0]
    assert paid[2].total == pytest.approx(1 + 0.5 * (0.99 + 0.36 + 0.96) / 3)


def test_credit_by_outcome_takes_no_answer_for_wrong():
    assert total(make_reward("ccrl", credit="outcome"), [Fact(confidence=0.8)]) == pytest.approx(-0.32)


def test_ccrl_refuses_options_that_cannot_work():
    with pytest.raises(UnknownName, match="Did you mean 'brier'"):
        make_reward("ccrl", scoring="briar")
    with pytest.raises(UnknownName, match="step"):
        make_reward("ccrl", credit="steps")
    for weight in (-0.1, float("inf"), float("nan")):
        with pytest.raises(InvalidOption, match="at least 0"):
            make_reward("ccrl", weight=weight)


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("scoring", SCORING_RULES)
def test_ccrl_never_pays_less_for_a_likelier_answer(weight, scoring):
    """At the best confidence for each chance p of being right, the mean return rises with p."""
    reward = make_reward("ccrl", weight=weight, scoring=scoring)
    grid = [index / 20 for index in range(21)]

    def best_mean(p):
        return max(p * total(reward, [answer(RIGHT, c)]) + (1 - p) * total(reward, [answer(WRONG, c)]) for c in grid)

    means = [best_mean(p) for p in grid]
    assert all(after > before for before, after in pairwise(means))


def test_without_the_outcome_in_the_score_a_heavy_weight_pays_for_being_surely_wrong():
    """The control: y - weight * (c - y)^2 at the honest c, p - weight * p * (1 - p), dips for a weight above 1."""
    dips = [p / 100 - 2.0 * (p / 100) * (1 - p / 100) for p in range(101)]
    assert min(dips) < dips[0]


def test_two_of_them_in_a_sum_keep_their_totals_apart():
    """An episode's running totals are kept by name; those of two scores are two."""
    path = "reasoning_gym_ccrl.rewards.ccrl:CCRL"
    reward = make_reward({"ccrl": 1.0, path: 1.0}, **{path: {"scoring": "linear"}})
    facts = [Fact(confidence=0.5), Fact(verdict=WRONG, confidence=0.5), answer(confidence=0.5)]
    views = [paid.total for paid in pay(reward, facts, view=True)]
    assert views == pytest.approx([paid.total for paid in pay(reward, facts)])
    # brier: 0.75, then (0.75 - 0.25) / 2, then (0.75 - 0.25 + 0.75) / 3; linear: 0.5, 0, 0.5 / 3
    assert sum(views) == pytest.approx(2.0 + 0.5 * (1.25 / 3 + 0.5 / 3))
