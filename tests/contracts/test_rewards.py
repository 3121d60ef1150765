"""What every reward in the table must keep: a new line in REWARDS is tested here with no further word."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.rewards import REWARDS, make_reward
from reasoning_gym_ccrl.types import Reward

from ..rewards.make_contexts import OPEN, RIGHT, WRONG, Fact, answer, episodes, pay, total

# Each reward as it comes, and with the options that change what it promises.
VARIANTS = [
    *((name, {}) for name in REWARDS),
    ("ccrl", {"scoring": "linear"}),
    ("ccrl", {"credit": "outcome"}),
    ("ccrl", {"credit": "outcome", "scoring": "linear"}),
    ("ccrl", {"weight": 3.0}),
]


def walk(keeps=lambda card: True):
    """The tests of every variant whose card promises it."""
    chosen = [(name, options) for name, options in VARIANTS if keeps(make_reward(name, **options).function.card)]
    ids = [" ".join([name, *map(str, options.values())]) for name, options in chosen]
    return pytest.mark.parametrize(("name", "options"), chosen, ids=ids)


every_reward = walk()
every_judging_reward = walk(lambda card: card.pays_by_verdict)
GRID = [index / 20 for index in range(21)]
few = settings(max_examples=60)


def card_of(reward):
    return reward.function.card


def mean_return(reward, c, p):
    """The mean return of an answer said with confidence c that is right with chance p."""
    return p * total(reward, [answer(RIGHT, c)]) + (1 - p) * total(reward, [answer(WRONG, c)])


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


@every_judging_reward
@few
@given(facts=episodes, place=st.integers(0, 8), confidence=st.none() | st.floats(0.0, 1.0))
def test_unchecked_is_neither_rewarded_nor_punished(name, options, facts, place, confidence):
    reward = make_reward(name, **options)
    place = min(place, len(facts) - 1)
    unchecked = Fact(verdict=OPEN, confidence=confidence)
    paid = pay(reward, [*facts[:place], unchecked, *facts[place:]])
    assert paid[place].total == 0.0
    without = [one.total for one in paid[:place] + paid[place + 1 :]]
    assert without == pytest.approx([one.total for one in pay(reward, facts)], abs=1e-12)


@every_judging_reward
def test_an_unchecked_answer_earns_nothing(name, options):
    assert total(make_reward(name, **options), [answer(OPEN, 0.9)]) == 0.0


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


@walk(lambda card: card.accuracy_compatible)
def test_a_likelier_answer_never_pays_less_where_its_card_says_so(name, options):
    reward = make_reward(name, **options)
    means = [mean_return(reward, best_confidence(reward, p), p) for p in GRID]
    assert means == pytest.approx(sorted(means), abs=1e-12)


@every_reward
def test_its_docstring_holds_the_facts(name, options):
    text = REWARDS[name].__doc__
    for word in ("R =", "ange", "Known failure:", "Source:", "Worked:", "accuracy"):
        assert word in text, f"the docstring of {name} says nothing about {word!r}"
    assert any(words in text for words in ("roper", "Looks at no confidence", "Looks at whether a confidence"))


def test_the_checks_see_an_unbounded_an_unexplained_and_a_dishonest_reward():
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
