"""Each source of confidence by numbers worked by hand, its range, and how sources are compared."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.confidence import (
    CONFIDENCES,
    TOKEN_CONFIDENCES,
    check_confidence_source,
    compare_confidences,
    computed_number_span,
    entropy_confidence,
    hybrid_confidence,
    mean_probability,
    minimum_probability,
    p_true,
    p_true_question,
    product_probability,
    self_consistency,
)
from reasoning_gym_ccrl.errors import InvalidInput, UnknownName
from reasoning_gym_ccrl.evaluation.selective import vote

LOGS = [math.log(0.9), math.log(0.4)]


def test_literals():
    assert mean_probability(LOGS) == pytest.approx(0.6)
    assert product_probability(LOGS) == pytest.approx(0.36)
    assert minimum_probability(LOGS) == pytest.approx(0.4)


@pytest.mark.parametrize("name", TOKEN_CONFIDENCES)
def test_every_kind_is_a_probability_and_that_of_the_token_where_there_is_one(name):
    measure = TOKEN_CONFIDENCES[name]
    assert measure([math.log(0.3)]) == pytest.approx(0.3)
    assert measure([0.0, 0.0]) == 1.0
    assert 0 <= measure([-1000.0, -0.1]) <= 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cost = 3 * 4 = 12 dollars", "12"),
        ("12", "12"),
        ("cost = 3 * 4 =", None),  # nothing computed: the operands in front of the sign do not count
        ("x = 7 / 2 = 3.5", "3.5"),
        ("x = 1 - 1/3 = 2/3", "2/3"),
        ("total = 1,200", "1,200"),
        ("The answer is 12.", "12"),
        ("area = 3 * 4 = 12 m²", "12"),
        ("no number", None),
        ("", None),
    ],
)
def test_the_number_a_step_computes(text, number):
    span = computed_number_span(text)
    assert (None if span is None else text[span[0] : span[1]]) == number


def test_an_unknown_source_names_the_near_ones():
    assert check_confidence_source("stated") == "stated"
    with pytest.raises(UnknownName, match="token_mean"):
        check_confidence_source("token_meen")


def test_the_table_holds_the_sources_of_a_number_and_more():
    assert set(CONFIDENCES) == {
        *("stated", "hybrid", *TOKEN_CONFIDENCES),
        *("token_entropy", "self_consistency", "p_true"),
    }
    assert all(CONFIDENCES[name].costs == "nothing" for name in ("stated", "hybrid", *TOKEN_CONFIDENCES))


def test_the_hybrid_is_the_mean_of_what_there_is():
    assert hybrid_confidence(0.9, 0.6) == pytest.approx(0.75)
    assert hybrid_confidence(0.9, None) == 0.9
    assert hybrid_confidence(None, 0.6) == 0.6
    assert hybrid_confidence(0.0, 0.6) == 0.3  # a confidence of zero is one
    assert hybrid_confidence(None, None) is None


# --- entropy


def entropy_of(weights) -> float:
    """The definition, in bits, with exact shares, turned into nats: not how the code comes by it."""
    whole = sum(weights)
    shares = [Fraction(weight, whole) for weight in weights if weight]
    return math.log(2) * sum(float(share) * -math.log2(share) for share in shares)


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([[1, 0, 0, 0]], 1.0),
        ([[1, 1, 1, 1]], 0.0),
        ([[1, 1, 0, 0]], 0.5),  # one bit of two
        ([[1, 0, 0, 0], [1, 1, 1, 1]], 0.5),
        ([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], 0.875),
    ],
)
def test_entropy_by_hand(positions, expected):
    assert entropy_confidence([entropy_of(weights) for weights in positions], 4) == pytest.approx(expected, abs=1e-12)
    # The negative control: another base of the logarithm, as if nats were bits.
    if expected < 1:
        with pytest.raises(InvalidInput, match="nats"):
            entropy_confidence([entropy_of([1] * 4) / math.log(2)], 4)


@given(st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any), min_size=1, max_size=6))
def test_entropy_confidence_lies_in_its_range(positions):
    assert 0 <= entropy_confidence([entropy_of(weights) for weights in positions], 5) <= 1


@pytest.mark.parametrize(("entropies", "size"), [([], 10), ([0.1], 1), ([-0.1], 10), ([2.4], 10), ([math.nan], 10)])
def test_what_is_no_entropy_is_refused(entropies, size):
    with pytest.raises(InvalidInput):
        entropy_confidence(entropies, size)


# --- self-consistency


@given(st.lists(st.sampled_from(["12", "13", "14", None]), min_size=1, max_size=9))
def test_the_majority_is_believed_as_the_vote_has_it(answers):
    shares = self_consistency(answers)
    won = vote(answers, [0.5] * len(answers))
    if won.label is not None:
        assert shares[won.sample] == max(shares) == pytest.approx(won.confidence)
    # Each share by counting pairs, and what nobody said is believed by nobody.
    for place, answer in enumerate(answers):
        agreeing = sum(other == answer for other in answers) if answer is not None else 0
        assert shares[place] == agreeing / len(answers)
    assert sum({a: s for a, s in zip(answers, shares, strict=True) if a is not None}.values()) <= 1 + 1e-12


def test_no_answer_lowers_the_share_of_the_others():
    assert self_consistency(["a", "a", None, None]) == [0.5, 0.5, 0, 0]
    assert self_consistency([]) == []


# --- P(True)


def test_p_true_by_hand():
    assert p_true(math.log(0.6), math.log(0.2)) == pytest.approx(0.75)
    assert p_true(-5.0, -5.0) == 0.5
    assert p_true(-math.inf, -3.0) == 0.0
    assert p_true(-1000.0, -1001.0) == pytest.approx(1 / (1 + math.exp(-1)))  # far below the smallest float


@given(st.floats(-50, 0), st.floats(-50, 0))
def test_p_true_and_its_denial_add_up(yes, no):
    assert 0 <= p_true(yes, no) <= 1
    assert p_true(yes, no) + p_true(no, yes) == pytest.approx(1)
    assert p_true(yes, no) == pytest.approx(1 / (1 + math.exp(no - yes)))


@pytest.mark.parametrize(("yes", "no"), [(-math.inf, -math.inf), (0.7, -1.0), (-1.0, math.nan)])
def test_what_is_no_log_probability_is_refused(yes, no):
    with pytest.raises(InvalidInput):
        p_true(yes, no)


def test_the_question_shows_the_reasoning_where_there_is_some():
    with_steps = p_true_question("1 + 1?\n", "3", "<step>1 + 1 = 3</step>")
    assert with_steps.splitlines()[:4] == [
        "Question: 1 + 1?",
        "Reasoning:",
        "<step>1 + 1 = 3</step>",
        "Proposed answer: 3",
    ]
    assert "Reasoning" not in p_true_question("1 + 1?", "3", " \n")


# --- comparing sources


def figures_by_hand(q, y):
    """ECE in fifteen bins, Brier and AUROC by loops over pairs."""
    ece = 0.0
    for low in range(15):
        inside = [(a, b) for a, b in zip(q, y, strict=True) if low / 15 <= a < (low + 1) / 15]
        if inside:
            ece += abs(sum(a for a, _ in inside) - sum(b for _, b in inside)) / len(q)
    brier = sum((a - b) ** 2 for a, b in zip(q, y, strict=True)) / len(q)
    wins = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, right in zip(q, y, strict=True)
        if right
        for b, other in zip(q, y, strict=True)
        if not other
    ]
    return ece, brier, sum(wins) / len(wins)


def test_sources_are_compared_on_the_same_answers():
    rng = np.random.default_rng(3)
    outcomes = [bool(rng.random() < 0.6) for _ in range(60)]
    knows = [float(np.clip(0.25 + 0.5 * y + rng.normal(0, 0.2), 0.01, 0.99)) for y in outcomes]
    guesses = [float(rng.uniform(0.01, 0.99)) for _ in outcomes]
    silent = [q if place % 3 else None for place, q in enumerate(guesses)]
    compared = compare_confidences({"knows": knows, "guesses": guesses, "silent": silent}, outcomes)
    kept = [place for place in range(60) if place % 3]
    for name, values in (("knows", knows), ("guesses", guesses), ("silent", guesses)):
        ece, brier, auroc = figures_by_hand([values[i] for i in kept], [outcomes[i] for i in kept])
        assert compared[name]["brier"] == pytest.approx(brier)
        assert compared[name]["auroc"] == pytest.approx(auroc)
        assert compared[name]["ece"] == pytest.approx(ece)
        assert compared[name]["count"] == 40
        assert compared[name]["accuracy"] == pytest.approx(sum(outcomes[i] for i in kept) / 40)
    assert compared["silent"]["share"] == pytest.approx(40 / 60)
    assert compared["knows"]["share"] == 1
    assert compared["knows"]["auroc"] > 0.8 > compared["guesses"]["auroc"]
    alone = compare_confidences({"knows": knows, "silent": silent}, outcomes, common=False)
    assert (alone["knows"]["count"], alone["silent"]["count"]) == (60, 40)
    assert alone["knows"]["brier"] == pytest.approx(figures_by_hand(knows, outcomes)[1])
    # The negative control: the figures of a source depend on which outcomes belong to its answers.
    shuffled = compare_confidences({"knows": knows}, outcomes[::-1])
    assert shuffled["knows"]["brier"] != pytest.approx(compared["knows"]["brier"], rel=0.1)


def test_what_could_not_be_checked_is_in_no_figure():
    compared = compare_confidences({"a": [0.9, 0.1, 0.8]}, [True, None, False])["a"]
    assert (compared["count"], compared["share"]) == (2, 1.0)
    nothing = compare_confidences({"a": [None, None]}, [True, False])["a"]
    assert nothing["auroc"] is nothing["ece"] is nothing["brier"] is nothing["mean"] is None
    assert (nothing["count"], nothing["share"]) == (0, 0.0)
    one_class = compare_confidences({"a": [0.9, 0.1]}, [True, True])["a"]
    assert one_class["auroc"] is None
    assert one_class["brier"] == pytest.approx((0.01 + 0.81) / 2)


def test_sources_of_different_lengths_are_refused():
    with pytest.raises(InvalidInput, match="one confidence per answer"):
        compare_confidences({"a": [0.5], "b": [0.5, 0.5]}, [True])
