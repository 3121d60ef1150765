"""The payments of an episode add up to each reward's formula, written out here a second time as a plain loop."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.rewards.registry import BUILT_IN

from .make_contexts import ABSTAINED, MALFORMED, OPEN, RIGHT, WRONG, Fact, answer, episodes, pay, total


def checked_answer(facts):
    """(y, c) of an answer that was found right or wrong; None where there is none."""
    last = facts[-1]
    if last.kind != "answer" or last.verdict is OPEN:
        return None
    return (1 if last.verdict is RIGHT else 0), last.confidence


def ccrl(facts, weight=0.5, scoring="brier", credit="step"):
    solved = facts[-1].kind == "answer" and facts[-1].verdict is RIGHT
    points = []
    for fact in facts:
        if not fact.counts or fact.verdict is OPEN:
            continue
        y = float(solved if credit == "outcome" else fact.verdict is RIGHT)
        c = fact.confidence
        if fact.malformed:
            points.append(-1.0)
        elif c is None:
            points.append(0.0)
        elif scoring == "brier":
            points.append(y - (c - y) ** 2)
        elif scoring == "linear":
            points.append(c if y else -c)
        elif scoring == "log":
            chance = min(max(c if y else 1 - c, 0.001), 0.999)
            points.append(y + math.log(chance / 0.999) / math.log(999))
        else:
            points.append(y - 1 + (c if y else 1 - c) / math.sqrt(c**2 + (1 - c) ** 2))
    if credit == "outcome" and facts[-1].kind == "answer" and facts[-1].verdict is OPEN:
        points = []
    return float(solved) + weight * (sum(points) / len(points) if points else 0.0)


def outcome(facts):
    return 1.0 if facts[-1].kind == "answer" and facts[-1].verdict is RIGHT else 0.0


def step_correctness(facts):
    verdicts = [f.verdict for f in facts if f.counts and f.kind != "answer" and f.verdict is not OPEN]
    return sum(verdict is RIGHT for verdict in verdicts) / len(verdicts) if verdicts else 0.0


def format_(facts):
    if facts[-1].kind != "answer":
        return 0.0
    for fact in facts:
        if fact.malformed or (fact.kind != "plan" and fact.confidence is None):
            return 0.0
    return 1.0


def brier(facts, weight=1.0):
    found = checked_answer(facts)
    if found is None or found[1] is None:
        return 0.0
    y, c = found
    return y - weight * (c - y) ** 2


def log_score(facts, bonus=0.25):
    """Rewarding Doubt's 10 [(S - m) / (M - m) + bonus y], divided by ten."""
    found = checked_answer(facts)
    if found is None or found[1] is None:
        return 0.0
    y, c = found
    c = min(max(c, 0.001), 0.999)
    score = y * math.log(c) + (1 - y) * math.log(1 - c)
    best, middle = math.log(0.999), 0.5 * math.log(0.001)
    return 10 * ((score - middle) / (best - middle) + bonus * y) / 10


def spherical(facts, weight=1.0):
    found = checked_answer(facts)
    if found is None or found[1] is None:
        return 0.0
    y, c = found
    chance = [1 - c, c]
    return y + weight * (chance[y] / math.sqrt(sum(value**2 for value in chance)) - 1)


def sayself(facts):
    found = checked_answer(facts)
    if found is None or found[1] is None:
        return 0.0
    return 2 * (0.5 - (found[0] - found[1]) ** 2)


def ppo_c(facts, weight=0.5, form="sign", threshold=0.5):
    found = checked_answer(facts)
    if found is None:
        return 0.0
    y, c = found
    c = 0.5 if c is None else c
    if form == "difference":
        return y + weight * (y - threshold) * (c - 0.5)
    return y + weight * (c - 0.5) if y else y - weight * (c - 0.5)


def confidence_margin(facts):
    sure = {RIGHT: [], WRONG: []}
    for fact in facts:
        if fact.counts and fact.verdict is not OPEN:
            sure[fact.verdict].append(1.0 if fact.malformed else fact.confidence or 0.0)
    means = {verdict: sum(found) / len(found) if found else 0.0 for verdict, found in sure.items()}
    return means[RIGHT] - means[WRONG]


def abstain(facts, cost=1.0, value=0.0):
    if facts[-1].kind != "answer":
        return -cost
    if facts[-1].abstained:
        return value
    return {RIGHT: 1.0, WRONG: -cost, OPEN: 0.0}[facts[-1].verdict]


def length(facts):
    return float(len(facts))


numbers = st.floats(0.0, 3.0)
ORACLES = {
    "ccrl": (
        ccrl,
        {
            "weight": numbers,
            "scoring": st.sampled_from(["brier", "linear", "log", "spherical"]),
            "credit": st.sampled_from(["step", "outcome"]),
        },
    ),
    "outcome": (outcome, {}),
    "step_correctness": (step_correctness, {}),
    "format": (format_, {}),
    "brier": (brier, {"weight": numbers}),
    "log_score": (log_score, {"bonus": numbers}),
    "spherical": (spherical, {"weight": numbers}),
    "sayself": (sayself, {}),
    "ppo_c": (
        ppo_c,
        {"weight": numbers, "form": st.sampled_from(["sign", "difference"]), "threshold": st.floats(0.0, 1.0)},
    ),
    "confidence_margin": (confidence_margin, {}),
    "abstain": (abstain, {"cost": numbers, "value": st.floats(0.0, 1.0)}),
    "length": (length, {}),
}


def test_every_reward_of_the_table_has_its_formula_here():
    assert set(ORACLES) == BUILT_IN, "write the formula of the new reward a second time, as a loop over facts"


@pytest.mark.parametrize("name", ORACLES)
@given(data=st.data(), facts=episodes)
def test_payments_add_up_to_the_formula(name, data, facts):
    by_hand, options = ORACLES[name]
    chosen = data.draw(st.fixed_dictionaries({}, optional=options))
    assert total(make_reward(name, **chosen), facts) == pytest.approx(by_hand(facts, **chosen), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ccrl", lambda facts: ccrl(facts, weight=0.4)),
        ("brier", lambda facts: sayself(facts)),
        ("confidence_margin", lambda facts: ccrl(facts, scoring="linear")),
        ("ppo_c", lambda facts: ppo_c(facts, form="difference")),
        ("abstain", lambda facts: abstain(facts, cost=2.0)),
    ],
)
def test_another_formula_does_not_fit(name, wrong):
    """The control: the comparison above can fail."""
    facts = [Fact(confidence=0.6), Fact(verdict=WRONG, confidence=0.3), answer(WRONG, 0.8)]
    assert total(make_reward(name), facts) != pytest.approx(wrong(facts), abs=1e-3)


WORKED = [
    ("ccrl", {}, [Fact(confidence=0.9), Fact(confidence=0.9), answer(confidence=0.8)], [0.495, 0.0, 0.995]),
    ("ccrl", {"scoring": "log"}, [answer(WRONG, 0.9)], [-0.166618]),
    ("ccrl", {"scoring": "spherical"}, [answer(WRONG, 0.8)], [-0.378732]),
    ("brier", {}, [Fact(), answer(RIGHT, 0.8)], [0.0, 0.96]),
    ("brier", {}, [answer(WRONG, 0.8)], [-0.64]),
    ("brier", {"weight": 2.0}, [answer(RIGHT, 0.8)], [0.92]),
    ("log_score", {}, [answer(RIGHT, 0.8)], [1.185664]),
    ("log_score", {}, [answer(WRONG, 0.8)], [0.534175]),
    ("log_score", {}, [answer(WRONG, 1.0)], [-1.000290]),
    ("log_score", {}, [answer(RIGHT, 1.0)], [1.25]),
    ("spherical", {}, [answer(RIGHT, 0.8)], [0.970143]),
    ("spherical", {}, [answer(WRONG, 0.8)], [-0.757464]),
    ("sayself", {}, [answer(RIGHT, 0.8)], [0.92]),
    ("sayself", {}, [answer(WRONG, 0.8)], [-0.28]),
    ("sayself", {}, [answer(WRONG, 0.0)], [1.0]),
    ("ppo_c", {}, [answer(RIGHT, 0.9)], [1.2]),
    ("ppo_c", {}, [answer(WRONG, 0.9)], [-0.2]),
    ("ppo_c", {}, [answer(WRONG, 0.1)], [0.2]),
    ("ppo_c", {}, [answer(RIGHT, None)], [1.0]),
    ("ppo_c", {"form": "difference", "threshold": 0.8}, [answer(RIGHT, 0.9)], [1.04]),
    ("ppo_c", {"form": "difference", "threshold": 0.8}, [answer(WRONG, 0.9)], [-0.16]),
    (
        "confidence_margin",
        {},
        [Fact(confidence=0.9), Fact(verdict=WRONG, confidence=0.3), Fact(confidence=0.7)],
        [0.9, -0.3, -0.1],
    ),
    ("confidence_margin", {}, [Fact(confidence=0.9), MALFORMED], [0.9, -1.0]),
    ("abstain", {}, [Fact(), ABSTAINED], [0.0, 0.0]),
    ("abstain", {"cost": 3.0, "value": 0.2}, [ABSTAINED], [0.2]),
    ("abstain", {"cost": 3.0}, [answer(WRONG, 0.1)], [-3.0]),
    ("abstain", {"cost": 3.0}, [answer(RIGHT, 0.1)], [1.0]),
    ("abstain", {"cost": 3.0}, [Fact(), Fact()], [0.0, -3.0]),
]


@pytest.mark.parametrize(("name", "options", "facts", "expected"), WORKED)
def test_worked_numbers(name, options, facts, expected):
    """By hand, or with a calculator where a root or a logarithm is in it; those of the docstrings are among them."""
    paid = [reward.total for reward in pay(make_reward(name, **options), facts)]
    assert paid == pytest.approx(expected, abs=1e-6)
