"""The guard against collapsed confidences: its figures against a loop, and what it warns of and what not."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.evaluation.collapse import collapse_warnings, confidence_spread
from reasoning_gym_ccrl.rewards import REWARDS

HALF = [True, False] * 50


def by_a_loop(confidences):
    counts = Counter(f"{c:.2f}" for c in confidences)
    total = sum(counts.values())
    entropy = sum(n / total * math.log(total / n) for n in counts.values())
    return entropy, len(counts), (counts["0.00"] + counts["1.00"]) / total


@given(st.lists(st.sampled_from([0.0, 0.004, 0.1, 0.25, 0.5, 0.9, 0.99, 0.996, 1.0]), min_size=1, max_size=60))
def test_the_figures_equal_a_loop(confidences):
    spread = confidence_spread(confidences, [True] * len(confidences))
    entropy, distinct, ends = by_a_loop(confidences)
    assert spread["confidence_entropy"] == pytest.approx(entropy, abs=1e-12)
    assert spread["confidence_distinct"] == distinct
    assert spread["confidence_at_ends"] == pytest.approx(ends)
    assert spread["confidence_count"] == len(confidences)


def test_literals_by_hand():
    spread = confidence_spread([1.0, 1.0, 0.0, 0.9], [True, False, False, True])
    assert spread["confidence_entropy"] == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(4))
    assert spread == {**spread, "confidence_distinct": 3.0, "confidence_at_ends": 0.75, "confidence_right": 0.5}


def test_no_confidences_are_no_collapse():
    spread = confidence_spread([], [])
    assert math.isnan(spread["confidence_entropy"])
    assert math.isnan(spread["confidence_right"])
    assert collapse_warnings(spread) == []
    assert collapse_warnings({"loss": 0.1}) == []


@pytest.mark.parametrize(
    ("confidences", "said"),
    [
        ([0.9] * 100, ["one value"]),
        ([0.9] * 93 + [0.8] * 7, ["one value"]),
        ([0.0, 1.0] * 50, ["to the ends"]),
        ([1.0] * 100, ["one value", "to the ends"]),
        ([0.9] * 85 + [0.8] * 15, []),
        ([0.0, 1.0, 0.5, 0.9] * 25, []),
        ([0.1, 0.3, 0.5, 0.7, 0.9] * 20, []),
    ],
)
def test_what_is_warned_of_where_half_is_right(confidences, said):
    warnings = collapse_warnings(confidence_spread(confidences, HALF))
    assert len(warnings) == len(said)
    assert all(words in warning for words, warning in zip(said, warnings, strict=True))


def test_certainty_that_is_right_is_no_collapse():
    """The same confidences: knowledge where all is right, a collapse where half is."""
    assert collapse_warnings(confidence_spread([1.0] * 100, [True] * 98 + [False] * 2)) == []
    assert collapse_warnings(confidence_spread([0.0] * 100, [False] * 98 + [True] * 2)) == []
    assert len(collapse_warnings(confidence_spread([1.0] * 100, HALF))) == 2


def test_a_few_confidences_say_nothing():
    assert collapse_warnings(confidence_spread([1.0] * 29, [True, False] * 14 + [True])) == []
    assert collapse_warnings(confidence_spread([1.0] * 30, [True, False] * 15)) != []


def test_the_rewards_that_the_warning_names_exist():
    warning = collapse_warnings(confidence_spread([1.0] * 100, HALF))[1]
    assert "linear" in warning
    assert "ppo_c" in warning
    assert "ppo_c" in REWARDS


def test_silence_is_warned_of():
    spread = confidence_spread([0.1 * (number % 10) for number in range(40)], [True, False] * 20)
    assert collapse_warnings(spread | {"confidence_stated": 0.85}) == []
    [said] = collapse_warnings(spread | {"confidence_stated": 0.58})
    assert said.startswith("Confidence falls silent: 58% of answers state one.")
    rightly_sure = confidence_spread([0.9] * 40, [True] * 40)
    assert len(collapse_warnings(rightly_sure | {"confidence_stated": 0.58})) == 1, "whatever is right of the rest"
    few = confidence_spread([0.9] * 10, [True, False] * 5)
    assert collapse_warnings(few | {"confidence_stated": 0.1}) == []
