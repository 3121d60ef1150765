"""Combining with accuracy: which weights keep "a likelier answer never earns less", and where the others break it.

V(p) is what an answer with the chance p of being right earns with an honest confidence; a policy that can lower its p
gains by it wherever V falls.
"""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from reasoning_gym_ccrl.rewards import make_reward

from .make_contexts import mean_return

FINE = [index / 2000 for index in range(2001)]
MM = math.log(0.999) - 0.5 * math.log(0.001)  # Rewarding Doubt's M - m, in nats


def honest_values(spec):
    reward = make_reward(spec)
    return [mean_return(reward, p, p) for p in FINE]


def dip(spec):
    """The p at which V is lowest, and how far it falls from V(0) to there."""
    values = honest_values(spec)
    lowest = min(range(len(FINE)), key=values.__getitem__)
    return FINE[lowest], values[0] - values[lowest]


def never_falls(spec):
    return all(after >= before - 1e-12 for before, after in pairwise(honest_values(spec)))


# Each combination with an outcome term, at the heaviest weight that is compatible, and 2% above.
LIMITS = {
    "brier": lambda w: {"name": "brier", "weight": w},
    "spherical": lambda w: {"name": "spherical", "weight": w},
    "outcome + brier": lambda w: {"outcome": 1.0, "brier": w},
    "outcome + spherical": lambda w: {"outcome": 1.0, "spherical": w},
    "outcome + sayself": lambda w: {"outcome": 1.0, "sayself": w},
    "outcome + log_score": lambda w: {"outcome": 1.0, "log_score": w},
    "outcome + ppo_c": lambda w: {"outcome": 1.0, "ppo_c": w},
    "outcome + confidence_margin, honest": lambda w: {"outcome": 1.0, "confidence_margin": w},
    "1 / bonus of log_score": lambda w: {"name": "log_score", "bonus": 1 / w},
}
HEAVIEST = {
    "brier": 1.0,
    "spherical": 1.0,
    "outcome + brier": math.inf,  # it has its own y: p (1 + w) - w p (1 - p) grows at every weight
    "outcome + spherical": math.inf,
    "outcome + sayself": 0.5,  # V' = 1 - 2 w (1 - 2p)
    # V' = 1 + w / 4 - w ln((1 - p) / p) / (M - m), lowest where the clip begins: ln 999.
    "outcome + log_score": 1 / (math.log(999) / MM - 0.25),
    "outcome + ppo_c": math.inf,
    "outcome + confidence_margin, honest": 1.0,  # V = p + w (2p^2 - p)
    "1 / bonus of log_score": MM / math.log(999),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_heaviest_weight_at_which_being_right_always_pays(name):
    make, heaviest = LIMITS[name], HEAVIEST[name]
    if math.isinf(heaviest):
        assert all(never_falls(make(weight)) for weight in (0.5, 1.0, 5.0, 50.0))
    else:
        assert never_falls(make(0.999 * heaviest))
        assert not never_falls(make(1.02 * heaviest))


def test_the_numbers_that_the_page_on_rewards_names():
    assert HEAVIEST["outcome + log_score"] == pytest.approx(0.5713, abs=1e-4)
    assert 1 / HEAVIEST["1 / bonus of log_score"] == pytest.approx(2.0003, abs=1e-4)


@pytest.mark.parametrize(
    ("weight", "place", "depth"),
    [
        (0.5, 0.0, 0.0),
        (1.0, 0.0, 0.0),
        (2.0, 0.25, 0.125),  # V = p - 2 p (1 - p) = 2 p^2 - p
        (4.0, 0.375, 0.5625),  # V = 4 p^2 - 3 p
    ],
)
def test_the_brier_penaltys_dip(weight, place, depth):
    assert dip({"name": "brier", "weight": weight}) == pytest.approx((place, depth), abs=1e-9)


@pytest.mark.parametrize(
    ("bonus", "place"),
    [
        (1 / MM, 1 / (1 + math.e)),  # R = y + ln(...), a log score at the weight of one nat: 0.269
        (0.25, 0.2967),  # Rewarding Doubt
        (0.0, 0.5),  # no outcome term: the least certain earns least
        (2.01, 0.0),  # compatible
    ],
)
def test_the_log_scores_dip(bonus, place):
    """V' = bonus - ln((1 - p) / p) / (M - m) is 0 at p = 1 / (1 + exp(bonus (M - m)))."""
    found, depth = dip({"name": "log_score", "bonus": bonus})
    assert found == pytest.approx(place, abs=5e-4)
    assert (depth > 0.05) is (place > 0)


def test_sayself_alone_pays_a_deliberate_error_like_knowledge():
    values = honest_values("sayself")
    assert values[0] == values[-1] == 1.0
    assert dip("sayself") == (0.5, 0.5)


def test_ppo_c_is_compatible_at_the_confidence_it_asks_for_and_honest_confidence_is_not_that_one():
    reward = make_reward("ppo_c")
    best = [max(mean_return(reward, c, p) for c in (0.0, 0.5, 1.0)) for p in FINE]
    assert all(after >= before for before, after in pairwise(best))
    assert all(
        mean_return(reward, p, p) < value - 1e-9 for p, value in zip(FINE, best, strict=True) if 0 < p < 1 != 2 * p
    )
    # p + w |p - 1/2|: the slope below one half is 1 - w
    heavy = make_reward("ppo_c", weight=1.5)
    assert max(mean_return(heavy, c, 0.0) for c in (0.0, 1.0)) > max(mean_return(heavy, c, 0.5) for c in (0.0, 1.0))


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_second_form_of_ppo_c_turns_at_its_threshold(threshold):
    reward = make_reward("ppo_c", form="difference", threshold=threshold)
    for p in (0.1, threshold - 0.05, threshold + 0.05, 0.95):
        best = max((0.0, 0.25, 0.5, 0.75, 1.0), key=lambda c: mean_return(reward, c, p))
        assert best == (1.0 if p > threshold else 0.0)


def test_ppo_c_as_it_stands_would_ask_for_certainty_always_where_the_reward_is_verified():
    """Why we depart from r +- w |r| (c - 1/2): at r = 0 it says nothing, so that c = 1 is best at every p."""

    def as_published(c, p, weight=0.5):
        return p * (1 + weight * (c - 0.5)) + (1 - p) * (0 - weight * 0 * (c - 0.5))

    assert all(as_published(1.0, p) > as_published(c, p) for p in (0.01, 0.3, 0.9) for c in (0.0, 0.5, 0.99))
    reward = make_reward("ppo_c")
    assert mean_return(reward, 0.0, 0.3) > mean_return(reward, 1.0, 0.3)


@pytest.mark.parametrize(("cost", "value"), [(1.0, 0.0), (9.0, 0.0), (3.0, 0.2), (0.0, 0.3), (2.0, -1.0)])
def test_abstaining_pays_below_chows_threshold(cost, value):
    reward = make_reward("abstain", cost=cost, value=value)
    threshold = reward.function.threshold
    assert threshold == pytest.approx((value + cost) / (1 + cost))
    for p in (index / 100 for index in range(101)):
        if abs(p - threshold) > 1e-9:
            assert (mean_return(reward, 0.5, p) < value) is (p < threshold)


def test_the_published_training_code_of_rlcr_has_the_same_optimum_and_compatibility():
    """0.5 * format + 0.5 y + 0.5 (1 - (c - y)^2) is half of y - (c - y)^2, and a constant for a kept format."""
    reward = make_reward({"brier": 0.5, "format": 0.5})
    for c in (0.1, 0.5, 0.9):
        for p in (0.2, 0.7):
            code = 0.5 + sum(chance * (0.5 * y + 0.5 * (1 - (c - y) ** 2)) for y, chance in ((1, p), (0, 1 - p)))
            assert mean_return(reward, c, p) + 0.5 == pytest.approx(code)
