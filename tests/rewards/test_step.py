"""Each reward against its formula, written out a second time here, and against numbers by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.rewards import make_reward

from .make_contexts import (
    MALFORMED,
    OPEN,
    RIGHT,
    WRONG,
    Fact,
    answer,
    answers,
    confidences,
    episodes,
    pay,
    steps,
    total,
)

weights = st.floats(0.0, 1.0)


def by_hand(facts, weight, scoring, credit):
    """R = 1[answer correct] + weight * m, with no regard to how it is paid out."""
    final = facts[-1] if facts[-1].kind == "answer" else None
    solved = final is not None and final.verdict is RIGHT
    points = []
    for fact in facts:
        if not fact.counts or fact.verdict is OPEN:
            continue
        y = solved if credit == "outcome" else fact.verdict is RIGHT
        if fact.malformed:
            points.append(-1.0)
        elif fact.confidence is None:
            points.append(0.0)
        elif scoring == "brier":
            points.append(float(y) - (fact.confidence - float(y)) ** 2)
        else:
            points.append(fact.confidence if y else -fact.confidence)
    if credit == "outcome" and final is not None and final.verdict is OPEN:
        points = []
    return float(solved) + weight * (sum(points) / len(points) if points else 0.0)


@given(
    facts=episodes,
    weight=weights,
    scoring=st.sampled_from(["brier", "linear"]),
    credit=st.sampled_from(["step", "outcome"]),
)
def test_ccrl_payments_add_up_to_the_formula(facts, weight, scoring, credit):
    reward = make_reward("ccrl", weight=weight, scoring=scoring, credit=credit)
    assert total(reward, facts) == pytest.approx(by_hand(facts, weight, scoring, credit), abs=1e-12)


def test_ccrl_worked_number():
    facts = [Fact(confidence=0.9), Fact(confidence=0.9), answer(confidence=0.8)]
    assert total(make_reward("ccrl"), facts) == pytest.approx(1.49)


def test_ccrl_pays_each_change_of_the_mean():
    facts = [Fact(confidence=1.0), Fact(verdict=WRONG, confidence=1.0), answer(WRONG, 0.5)]
    paid = [reward.total for reward in pay(make_reward("ccrl"), facts)]
    # m goes 0 -> 1 -> 0 -> (1 - 1 - 0.25) / 3
    assert paid == pytest.approx([0.5, -0.5, -0.125 / 3])


@pytest.mark.parametrize("scoring", ["brier", "linear"])
def test_ccrl_corners(scoring):
    reward = make_reward("ccrl", scoring=scoring)
    assert total(reward, [answer(RIGHT, 1.0)]) == 1.5
    assert total(reward, [answer(WRONG, 1.0)]) == -0.5
    assert total(reward, [answer(WRONG, 0.0)]) == 0.0
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


@given(facts=steps, last=answers, c=st.floats(0.0, 1.0))
def test_a_wrong_step_never_raises_a_return_whose_calibration_is_not_negative(facts, last, c):
    plain = [*facts, last]
    reward = make_reward("ccrl")
    if by_hand(plain, 1.0, "brier", "step") - float(last.verdict is RIGHT) >= 0:
        padded = [Fact(verdict=WRONG, confidence=c), *plain]
        assert total(reward, padded) <= total(reward, plain) + 1e-12


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
@pytest.mark.parametrize("scoring", ["brier", "linear"])
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


def test_outcome():
    reward = make_reward("outcome")
    assert total(reward, [Fact(), answer(RIGHT, 0.1)]) == 1.0
    assert total(reward, [Fact(), answer(WRONG, 0.9)]) == 0.0
    assert total(reward, [Fact(), answer(OPEN, 0.9)]) == 0.0


@given(facts=episodes)
def test_step_correctness_is_the_share_of_right_steps(facts):
    verdicts = [fact.verdict for fact in facts if fact.counts and fact.kind != "answer" and fact.verdict is not OPEN]
    share = sum(verdict is RIGHT for verdict in verdicts) / len(verdicts) if verdicts else 0.0
    assert total(make_reward("step_correctness"), facts) == pytest.approx(share, abs=1e-12)


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
