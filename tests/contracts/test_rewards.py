"""What every reward in the table must keep: a new line in REWARDS is tested here with no further word."""

from __future__ import annotations

import inspect
import math
from itertools import pairwise, product
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.rewards import REWARDS, has_state, make_reward
from reasoning_gym_ccrl.types import Reward

from ..rewards.make_contexts import (
    ABSTAINED,
    MALFORMED,
    OPEN,
    RIGHT,
    WRONG,
    Fact,
    answer,
    answers,
    confidences,
    episodes,
    mean_return,
    pay,
    steps,
    total,
)
from ..timing import in_time

# Each reward as it comes, and with the options that change what it promises.
VARIANTS = [
    *((name, {}) for name in REWARDS),
    ("ccrl", {"scoring": "linear"}),
    ("ccrl", {"scoring": "log"}),
    ("ccrl", {"scoring": "spherical"}),
    ("ccrl", {"credit": "outcome"}),
    ("ccrl", {"credit": "outcome", "scoring": "linear"}),
    ("ccrl", {"weight": 3.0}),
    ("ccrl", {"weight": 3.0, "scoring": "log"}),
    ("brier", {"weight": 0.5}),
    ("brier", {"weight": 2.0}),
    ("brier", {"weight": 0.0}),
    ("log_score", {"bonus": 2.01}),
    ("log_score", {"bonus": 0.0}),
    ("spherical", {"weight": 0.5}),
    ("spherical", {"weight": 2.0}),
    ("ppo_c", {"weight": 1.0}),
    ("ppo_c", {"weight": 1.5}),
    ("ppo_c", {"form": "difference"}),
    ("ppo_c", {"form": "difference", "threshold": 0.2, "ema": 0.1}),
    ("ppo_c", {"form": "difference", "weight": 2.5, "threshold": 1.0}),
    ("abstain", {"cost": 9.0, "value": 0.5}),
    ("abstain", {"cost": 0.0, "value": 0.25}),
    ("abstain", {"cost": 2.0, "value": -1.0}),
]


def walk(keeps=lambda card: True):
    """The tests of every variant whose card promises it."""
    chosen = [(name, options) for name, options in VARIANTS if keeps(make_reward(name, **options).function.card)]
    ids = [" ".join([name, *(f"{option}={value}" for option, value in options.items())]) for name, options in chosen]
    return pytest.mark.parametrize(("name", "options"), chosen, ids=ids)


every_reward = walk()
every_judging_reward = walk(lambda card: card.pays_by_verdict)
GRID = [index / 20 for index in range(21)]
FINE = [index / 400 for index in range(401)]
few = settings(max_examples=25)


def card_of(reward):
    return reward.function.card


def best_confidence(reward, p):
    return max(GRID, key=lambda c: (round(mean_return(reward, c, p), 12), -abs(c - p)))


@every_reward
@few
@given(facts=episodes)
def test_finite_bounded_and_explained_by_its_terms(name, options, facts):
    reward = make_reward(name, **options)
    paid = pay(reward, facts)
    for one in paid:
        assert type(one.total) is float
        assert math.isfinite(one.total)
        assert sum(one.terms.values()) == pytest.approx(one.total, abs=1e-12)
        assert set(one.terms) == set(paid[0].terms)
    card = card_of(reward)
    assert card.low - 1e-9 <= sum(one.total for one in paid) <= card.high + 1e-9


EVERY_FACT = [
    Fact(*values)
    for values in product(
        ("step", "plan", "answer"),
        (RIGHT, WRONG, OPEN),
        (None, 0.0, 0.37, 1.0),
        (True, False),
        (True, False),
        (True, False),
    )
]


@every_reward
def test_finite_and_bounded_on_every_combination_of_facts(name, options):
    """Also on those that no verifier would make: an abstention that is right, a malformed step that is not wrong."""
    reward = make_reward(name, **options)
    card = card_of(reward)
    for before in ([], [Fact(confidence=0.4)], [MALFORMED], [Fact(verdict=OPEN)], [Fact(), Fact(verdict=WRONG)]):
        for fact in EVERY_FACT:
            paid = pay(reward, [*before, fact])
            assert all(math.isfinite(value) for one in paid for value in (one.total, *one.terms.values()))
            assert card.low - 1e-9 <= sum(one.total for one in paid) <= card.high + 1e-9


@every_reward
@few
@given(facts=episodes)
def test_a_payment_is_the_same_where_totals_are_kept_from_step_to_step(name, options, facts):
    reward = make_reward(name, **options)
    views = [one.total for one in pay(reward, facts, view=True)]
    assert views == pytest.approx([one.total for one in pay(reward, facts)], abs=1e-12)


@every_reward
def test_a_long_episode_takes_time_in_proportion(name, options):
    """6,000 steps; a reward that reads its whole history at each would read 18 million records."""
    reward = make_reward(name, **options)
    facts = [Fact(verdict=RIGHT if index % 3 else WRONG, confidence=0.5) for index in range(6_000)]
    paid = in_time(lambda: pay(reward, [*facts, answer(confidence=0.5)], view=True), 1.0)
    assert math.isfinite(sum(one.total for one in paid))


@every_judging_reward
@few
@given(facts=episodes, place=st.integers(0, 8), confidence=confidences)
def test_unchecked_is_neither_rewarded_nor_punished(name, options, facts, place, confidence):
    reward = make_reward(name, **options)
    place = min(place, len(facts) - 1)
    unchecked = Fact(verdict=OPEN, confidence=confidence)
    paid = pay(reward, [*facts[:place], unchecked, *facts[place:]])
    assert paid[place].total == 0.0
    without = [one.total for one in paid[:place] + paid[place + 1 :]]
    assert without == pytest.approx([one.total for one in pay(reward, facts)], abs=1e-12)


@every_judging_reward
@pytest.mark.parametrize("confidence", [None, 0.0, 0.9, 1.0])
def test_an_unchecked_answer_earns_nothing(name, options, confidence):
    assert total(make_reward(name, **options), [answer(OPEN, confidence)]) == 0.0


@walk(lambda card: card.resists_padding)
@few
@given(facts=steps, last=answers, place=st.integers(0, 8), fillers=st.lists(confidences, min_size=1, max_size=4))
def test_steps_that_are_repeated_or_beside_the_point_never_raise_a_return(name, options, facts, last, place, fillers):
    """Anywhere, with any confidence: true, so CORRECT, but counting nothing. And unchecked ones."""
    reward = make_reward(name, **options)
    padding = [Fact(verdict=verdict, confidence=c, counts=False) for c in fillers for verdict in (RIGHT, OPEN)]
    padded = total(reward, [*facts[:place], *padding, *facts[place:], last])
    assert padded <= total(reward, [*facts, last]) + 1e-12


def test_the_card_that_does_not_promise_it_is_right_not_to():
    assert not card_of(make_reward("length")).resists_padding
    assert total(make_reward("length"), [Fact(counts=False), answer()]) > total(make_reward("length"), [answer()])


@every_reward
def test_it_is_proper_exactly_where_its_card_says_so(name, options):
    reward = make_reward(name, **options)
    best = {p: best_confidence(reward, p) for p in GRID}
    honest = all(best[p] == p for p in GRID)
    if card_of(reward).proper is None:
        assert all(mean_return(reward, c, 0.7) == mean_return(reward, 0.5, 0.7) for c in GRID)
    elif card_of(reward).proper:
        assert honest
    else:
        assert best[0.7] != 0.7
        assert mean_return(reward, best[0.7], 0.7) > mean_return(reward, 0.7, 0.7) + 0.01


@walk(lambda card: card.proper)
@few
@given(p=st.floats(0.001, 0.999), c=st.floats(0.001, 0.999))
def test_a_proper_reward_is_strictly_so(name, options, p, c):
    """Saying anything but p, by a hundredth or more, costs something (of the log scores, inside their clip)."""
    assume(abs(c - p) >= 0.01)
    reward = make_reward(name, **options)
    assert mean_return(reward, p, p) > mean_return(reward, c, p) + 1e-7


@walk(lambda card: card.proper)
@few
@given(p=st.floats(0.0, 1.0))
def test_an_honest_confidence_is_never_worse_than_none(name, options, p):
    """Where being right always pays. Else silence has its p: Brier's at weight 2 is above honesty below p = 1/2."""
    reward = make_reward(name, **options)
    if card_of(reward).accuracy_compatible:
        assert mean_return(reward, p, p) >= mean_return(reward, None, p) - 1e-9


@every_reward
def test_a_likelier_answer_never_pays_less_exactly_where_its_card_says_so(name, options):
    """The compatibility with accuracy, at the confidence that pays best (for a proper reward, the honest one)."""
    reward = make_reward(name, **options)
    confidence = {c: (total(reward, [answer(RIGHT, c)]), total(reward, [answer(WRONG, c)])) for c in GRID}
    means = []
    for p in FINE:
        if card_of(reward).proper:
            means.append(mean_return(reward, p, p))
        else:
            means.append(max(p * right + (1 - p) * wrong for right, wrong in confidence.values()))
    falls = any(after < before - 1e-12 for before, after in pairwise(means))
    if card_of(reward).accuracy_compatible:
        assert not falls
    elif name != "length":  # which is paid, or costs, the same for every answer, and so makes it best to be short
        assert falls


@every_reward
@few
@given(facts=episodes)
def test_a_call_moves_no_state(name, options, facts):
    """The same questions get the same answers, in whatever order, how often they are asked."""
    reward = make_reward(name, **options)
    first = pay(reward, facts)
    pay(reward, [answer(WRONG, 1.0)])
    pay(reward, [ABSTAINED])
    assert pay(reward, facts) == first


def test_a_state_is_told_from_none():
    assert has_state(make_reward("ppo_c"))
    assert not has_state(make_reward("ccrl"))


@every_reward
def test_its_docstring_holds_the_facts(name, options):
    text = inspect.getdoc(REWARDS[name])
    for word in ("R =", "ange", "Known failure:", "Source:", "Worked:", "accuracy"):
        assert word in text, f"the docstring of {name} says nothing about {word!r}"
    assert any(words in text for words in ("roper", "Looks at no confidence", "Looks at whether a confidence"))


def test_the_checks_see_what_breaks_them():
    """Negative controls: each check above fails on a reward that breaks it."""

    def pays_unchecked(context):
        return Reward(0.1 * (context.judgement.verdict is OPEN), {})

    assert total(pays_unchecked, [Fact(verdict=OPEN)]) != 0.0

    def boastful(context):
        return Reward(context.step.confidence or 0.0, {})

    assert best_confidence(boastful, 0.3) == 1.0

    def unexplained(context):
        return Reward(1.0, {"a": 0.5})

    assert sum(pay(unexplained, [Fact()])[0].terms.values()) != pytest.approx(1.0)

    def paid_by_the_step(context):
        return Reward(float(context.judgement.verdict is RIGHT), {})

    assert total(paid_by_the_step, [Fact(counts=False), answer()]) > total(paid_by_the_step, [answer()])

    seen = SimpleNamespace(calls=0)

    def counts_its_calls(context):
        seen.calls += 1
        return Reward(float(seen.calls), {})

    assert pay(counts_its_calls, [Fact()]) != pay(counts_its_calls, [Fact()])
