"""Equations within prose: what is read, what is proven, and what stays open."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import EpisodeJudge
from reasoning_gym_ccrl.envs.verify.equations import read_chains
from reasoning_gym_ccrl.types import Problem, Step

NOTHING = Problem("p", "No numbers here.", None)


def local(text):
    return str(EpisodeJudge(NOTHING).judge(Step("step", text)).local)


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 = 12",
        "12 = 3 * 4",
        "3 × 4 = 12 and 12 ÷ 3 = 4",
        "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 duck eggs a day.",
        "She makes 9 * 2 = $<<9*2=18>>18 every day.",
        "So, (3 + 4) * 2 = 7 * 2 = 14.",
        "3 apples + 4 apples = 7 apples",
        "Step 1: 3 + 4 = 7",
        "* 3 + 4 = 7",
        "1. 3 + 4 = 7",
        "The total is **3 + 4 = 7** eggs.",
        r"\frac{12}{3} = 4",
        "20% of 50 = 10",
        "1/2 of 10 = 5",
        "He pays $40 * 20% = $8.",
        "100% - 20% = 80%",
        "12 / 48 * 100 = 25%",
        "50 + 20% = 60",
        "10 / 3 = 3.33",
        "2 / 3 = 0.66",
        "2 / 3 = 0.666...",
        "10 / 3 ≈ 3.3",
        "7 / 2 = 4",
        "3 dozen = 36",
        "3 dozen * 12 = 36",
        "3 hours = 180 minutes",
        "1 hour + 30 minutes = 90 minutes",
        "25 x 4 = 100 cents = $1",
        "2 / 1/5 = 10",
        "3 times 4 equals 12",
        "83 plus 91 equals 174",
        "12 divided by 4 = 3",
        "$1500/month * 12 months/year = $18,000/year",
        "5 hours for a total of 5*2 = 10 hours",
        "8 batches = 5.5 * 8 = 44 cups",
        "There were 30-20=10 in the already-stamped pile.",
        "total cost = unit price * number = 3 * 4 = 12",
        "½ of 12 = 6",
        "5² = 25",
    ],
)
def test_true(text):
    assert local(text) == "CORRECT"


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 = 13",
        "13 = 3 * 4",
        "3 × 4 = 13",
        "3 + 4 = 7 and 7 + 1 = 9",
        "Janet sells 16 - 3 - 4 = <<16-3-4=9>>8 duck eggs a day.",
        "Janet sells 16 - 3 - 4 = <<16-3-4=8>>9 duck eggs a day.",
        "So (3 + 4) * 2 = 8 * 2 = 14.",
        "3 apples + 4 apples = 8 apples",
        "20% of 50 = 11",
        "10 / 3 = 3.34",
        "10 / 3 = 3.43",
        "2 / 3 = 0.68",
        "1 / 3 = 0",
        "20 / 100 = 20",
        "$32 - $20 = $300 left",
        "for a total of 2+1+1+.50 = $4.60",
        "3 hours = 170 minutes",
        "3 times 4 equals 13",
        "$5 per hour * 3 hours = $16",
    ],
)
def test_false_is_proven(text):
    assert local(text) == "INCORRECT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He goes home.",
        "2x + 3 = 13",
        "3A = 12",
        "x + 5 = 12",
        "3x + 4 - 4 = 28 - 4",
        "100/5 = 5A/5",
        "f(3) = 9",
        "half of 12 + 2 = 8",
        "twice 3 + 4 = 10",
        "10 - 3 = 7 - 2 = 5",
        "5 * 4 = 21 - which is odd",
        "3 packs = 36 cans",
        "1/2 a cup = 4 ounces",
        "0900 - 0130 = 0730",
        "14, 400 / 80 = 180",
        "12 x 1 and 1/4 = 15",
        "1 + (Ann's age - 1) x 2 = 15 then Ann's age = 8",
        "25 classmates + his 1 teacher + 1 himself = 27 people",
        "Weeks 3-4 from weeks 1-2 = 96",
        "50 stickers / 3 friends = 16 each, with 2 left",
        "120 = 5!",
        "10 / 3 * 3 = 3.33 * 3",
        "3 + 4 ≈ 8",
        "12 / 0 = 3",
        "3 + 4 =",
        "= 7",
        "= = =",
    ],
)
def test_what_proves_nothing_stays_open(text):
    assert local(text) == "UNCHECKED"


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from("+-*/"), st.integers(1, 9), st.booleans())
def test_a_changed_result_is_proven_wrong(a, b, sign, off, prose):
    """Negative control: the true equality is CORRECT, the same with another whole result INCORRECT."""
    value = {"+": a + b, "-": a - b, "*": a * b, "/": Fraction(a, b)}[sign]
    if value.denominator > 1:
        a, value = a * b, Fraction(a)
    frame = "So she has {} marbles in all." if prose else "{}"
    assert local(frame.format(f"{a} {sign} {b} = {value}")) == "CORRECT"
    assert local(frame.format(f"{a} {sign} {b} = {value + off}")) == "INCORRECT"


@given(st.integers(-999, 999), st.integers(1, 999), st.integers(1, 6))
def test_rounding_is_forgiven_to_the_digits_written(numerator, denominator, digits):
    exact = Fraction(numerator, denominator)
    scaled = round(exact * 10**digits)
    unit = Fraction(1, 10**digits)
    if scaled == 0 or exact == Fraction(scaled, 10**digits):
        return
    written = f"{scaled / 10**digits:.{digits}f}"
    assert local(f"({numerator}) / {denominator} = {written}") == "CORRECT"
    off = Fraction(scaled, 10**digits) + (2 * unit if scaled > 0 else -2 * unit)
    assert local(f"({numerator}) / {denominator} = {float(off):.{digits}f}") == "INCORRECT"


def test_fast_and_slow_path_agree():
    """A trailing full stop sends the same equation down the general road."""
    rng = random.Random(0)
    for _ in range(300):
        numbers = [rng.randint(0, 30) for _ in range(rng.randint(2, 5))]
        text = str(numbers[0])
        for number in numbers[1:]:
            text += f" {rng.choice('+-*/')} {number}"
        text = f"eggs left = {text} = {rng.randint(-30, 60)}"
        fast, slow = read_chains(text).chains, read_chains(text + ".").chains
        assert [[s.value for s in c.sides] for c in fast] == [[s.value for s in c.sides] for c in slow]
        assert [c.name.strip() for c in fast] == [c.name.strip() for c in slow]
        assert local(text) == local(text + ".")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("- 2 magnets x 4 sets = 8 magnets", "not INCORRECT"),  # a bullet
        ("price x 1.5 + 3 = 15", "not INCORRECT"),  # a name is multiplied
        ("360 = 3 x width", "not INCORRECT"),
        ("900 - 100 = $8", "not INCORRECT"),  # cents, and then dollars
        ("The height after 6 days would be -25000 + 3000 = -22000.", "not INCORRECT"),
        ("2 x 1.5 + 3 = 15", "INCORRECT"),
        ("360 = 3 x 4", "INCORRECT"),
        ("900 - 100 = $80", "INCORRECT"),
        ("So we can write: $180000 = $330000.", "INCORRECT"),
        ("Total for day: 2 = 5 - 3", "not INCORRECT"),
        ("It would be -25000 + 3000 = -28000.", "INCORRECT"),
    ],
)
def test_readings_that_people_who_marked_steps_brought_to_light(text, verdict):
    assert (local(text) == "INCORRECT") == (verdict == "INCORRECT")
