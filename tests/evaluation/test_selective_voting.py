"""Voting against loops over one problem at a time, numbers by hand, and what must hold for every input."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption, UnknownName
from reasoning_gym_ccrl.evaluation import metrics
from reasoning_gym_ccrl.evaluation.selective import (
    RULES,
    any_right,
    expected_accuracy,
    samples_of,
    vote,
    voted,
    winners,
)
from reasoning_gym_ccrl.seeding import numpy_random

from ..timing import in_time

# -- oracles: one problem, plain loops, nothing shared with the code under test


def log_odds(q):
    q = min(max(q, 0.01), 0.99)
    return math.log(q / (1 - q))


def vote_by_loop(labels, confidences, rule):
    """(place of the sample that stands for the vote, its confidence)."""
    n = len(labels)
    given = [place for place in range(n) if labels[place] is not None]
    if not given:
        return 0, 0.0

    def total(label, weight):
        return round(math.fsum(weight(confidences[p]) for p in given if labels[p] == label), 12)

    def score(place):
        if rule == "best":
            return confidences[place]
        weight = {"majority": lambda q: 1.0, "weighted": lambda q: q, "logit": log_odds}[rule]
        return total(labels[place], weight)

    best = min(given, key=lambda p: (-score(p), -total(labels[p], lambda q: q), p))
    if rule == "logit":
        distinct = {labels[p] for p in given}
        odds = {label: math.exp(total(label, log_odds)) for label in distinct}
        return best, odds[labels[best]] / (1 + sum(odds.values()))
    return best, score(best) / (1 if rule == "best" else n)


def random_samples(seed, problems=60, n=7, answers=4, decimals=1):
    """Few answers and confidences in tenths, so that ties of every kind occur; some samples have no answer."""
    random = numpy_random(seed, "samples")
    labels = [[None if a == 0 else f"a{a}" for a in row] for row in random.integers(0, answers, (problems, n))]
    q = np.round(random.random((problems, n)), decimals)
    right = [f"a{a}" for a in random.integers(1, answers, problems)]
    outcomes = [[label == gold for label in row] for row, gold in zip(labels, right, strict=True)]
    return labels, q, np.array(outcomes).reshape(problems, n)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_votes_equal_a_loop(rule, n):
    labels, q, outcomes = random_samples(n, problems=150, n=n)
    samples = samples_of(labels, q, outcomes)
    index, confidence = winners(samples, rule)
    vote_confidence, right = voted(samples, rule)
    for row, (names, sure) in enumerate(zip(labels, q.tolist(), strict=True)):
        place, expected = vote_by_loop(names, sure, rule)
        assert index[row] == place
        assert confidence[row] == vote_confidence[row] == pytest.approx(expected, abs=1e-9)
        assert right[row] == (outcomes[row][place] and names[place] is not None)
        one = vote(names, sure, rule)
        assert (one.sample, one.label) == (place, names[place])
        assert one.confidence == pytest.approx(expected, abs=1e-9)


def test_the_rules_differ():
    """Else the loop above could not tell one from another."""
    labels, q = ["a", "b", "b", "c", "c", "c"], [1.0, 0.8, 0.7, 0.4, 0.4, 0.4]
    assert [vote(labels, q, rule).label for rule in RULES] == ["c", "b", "a", "a"]
    assert vote(["a", "b", "b"], [0.95, 0.85, 0.85], "logit").label == "b"


def test_votes_by_hand():
    labels, q = ["12", "13", "13", None], [0.9, 0.6, 0.2, 0.0]
    assert vote(labels, q) == (1, "13", 0.5)
    assert vote(labels, q, "weighted") == (0, "12", pytest.approx(0.225))
    assert vote(labels, q, "best") == (0, "12", 0.9)
    # Odds 9 for "12"; 1.5 * 0.25 = 0.375 for "13"; 1 for neither: 9 / 10.375.
    assert vote(labels, q, "logit") == (0, "12", pytest.approx(9 / 10.375))


def test_ties_go_to_the_more_confident_then_to_the_first():
    assert vote(["a", "b"], [0.4, 0.7]).label == "b"
    assert vote(["a", "b"], [0.7, 0.7]).label == "a"
    assert vote(["b", "a"], [0.7, 0.7]).label == "b"
    assert vote(["a", "b", "b"], [0.3, 0.1, 0.2], "weighted").label == "a"  # 0.1 + 0.2 is 0.3 here
    assert vote(["a", "b", "b"], [0.9, 0.9, 0.3], "best").label == "b"  # the better supported of two at 0.9
    assert vote(["a", "b", "b"], [0.9, 0.2, 0.9], "best").sample == 2  # its confident sample stands for it


def test_no_answer_wins_only_alone():
    assert vote([None, None, "a"], [0.0, 0.0, 0.1]).label == "a"
    for rule in RULES:
        assert vote([None, None, "a"], [1.0, 1.0, 0.0], rule).label == "a"  # even where an answer counts against itself
        assert vote([None, None], [0.9, 0.1], rule) == (0, None, 0.0)
        assert vote([], [], rule) == (None, None, 0.0)


@pytest.mark.parametrize("rule", ["weighted", "logit", "best"])
def test_a_vote_of_one_is_as_sure_as_its_sample(rule):
    for q in (0.0, 0.013, 0.5, 0.87, 0.99):
        assert vote(["a"], [q], rule).confidence == pytest.approx(max(q, 0.01) if rule == "logit" else q)
    assert vote(["a"], [1.0], "logit").confidence == pytest.approx(0.99)  # the clip
    assert vote(["a"], [1.0], "logit", clip=1e-4).confidence == pytest.approx(0.9999)


def test_logits_of_a_thousand_sure_samples_do_not_overflow():
    assert vote(["a"] * 1000, [1.0] * 1000, "logit").confidence == 1.0
    assert vote(["a"] * 1000, [0.0] * 1000, "logit").confidence == 0.0


def test_calibrated_independent_witnesses_make_the_logit_vote_the_best_and_calibrated():
    """Two answers, witnesses that are independent and right with chance q each: naive Bayes is then exact."""
    random = numpy_random(0, "witnesses")
    q = np.round(0.5 + 0.5 * random.random((20_000, 5)), 2)
    right = random.random(q.shape) < q
    samples = samples_of(np.where(right, "yes", "no").tolist(), q, right)
    share = {rule: voted(samples, rule)[1].mean() for rule in RULES}
    assert share["logit"] > share["weighted"] > share["majority"] > share["best"] - 0.05
    labelled, outcome = voted(samples, "logit")
    assert metrics.auroc(labelled, outcome) > metrics.auroc(*voted(samples, "majority"))


def test_confidence_without_meaning_buys_nothing():
    """The negative control: confidences drawn without a look at the outcome make no rule better than counting."""
    random = numpy_random(1, "noise")
    right = random.random((20_000, 5)) < 0.6
    samples = samples_of(np.where(right, "yes", "no").tolist(), random.random(right.shape), right)
    share = {rule: voted(samples, rule)[1].mean() for rule in RULES}
    assert share["majority"] > share["weighted"] + 0.01
    assert share["best"] == pytest.approx(0.6, abs=0.01)


# -- accuracy with k of N samples


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_expected_accuracy_equals_all_subsets_by_loop(rule, k):
    labels, q, outcomes = random_samples(7, problems=25, n=6)
    found = expected_accuracy(samples_of(labels, q, outcomes), k, rule)
    for row, (names, sure) in enumerate(zip(labels, q.tolist(), strict=True)):
        hits = []
        for chosen in combinations(range(6), k):
            place, _ = vote_by_loop([names[i] for i in chosen], [sure[i] for i in chosen], rule)
            hits.append(outcomes[row][chosen[place]] and names[chosen[place]] is not None)
        assert found[row] == pytest.approx(np.mean(hits), abs=1e-12)


def test_drawn_subsets_agree_with_all_of_them():
    samples = samples_of(*random_samples(8, problems=80, n=10))
    exact = expected_accuracy(samples, 5, subsets=252)  # C(10, 5)
    drawn = expected_accuracy(samples, 5, subsets=251)
    assert not np.array_equal(exact, drawn)
    assert drawn.mean() == pytest.approx(exact.mean(), abs=0.01)
    assert np.array_equal(drawn, expected_accuracy(samples, 5, subsets=251))  # a function of the seed
    assert not np.array_equal(drawn, expected_accuracy(samples, 5, subsets=251, seed=1))


def majority_of_three(p):
    return p**3 + 3 * p**2 * (1 - p)


def test_it_is_unbiased_for_fresh_samples_and_resampling_with_replacement_is_not():
    """Right with chance 0.7: three fresh votes are right with chance 0.784, whatever N they are drawn from."""
    random = numpy_random(2, "unbiased")
    right = random.random((20_000, 6)) < 0.7
    samples = samples_of(np.where(right, "yes", "no").tolist(), np.full(right.shape, 0.5), right)
    for subsets in (20, 19):  # all of them, and drawn ones
        found = expected_accuracy(samples, 3, subsets=subsets).mean()
        assert found == pytest.approx(majority_of_three(0.7), abs=0.006)
    twins = samples.take(random.integers(0, 6, (20_000, 3)))
    assert voted(twins)[1].mean() < majority_of_three(0.7) - 0.015


def test_any_right_equals_all_subsets():
    labels, q, outcomes = random_samples(9, problems=30, n=6)
    samples = samples_of(labels, q, outcomes)
    for k in range(1, 7):
        expected = [np.mean([any(row[list(c)]) for c in combinations(range(6), k)]) for row in outcomes]
        assert any_right(samples, k) == pytest.approx(expected, abs=1e-12)
        for rule in RULES:
            assert (expected_accuracy(samples, k, rule) <= any_right(samples, k) + 1e-12).all()


def test_a_curve_of_four_hundred_problems_is_quick():
    samples = samples_of(*random_samples(10, problems=400, n=16))
    in_time(lambda: [expected_accuracy(samples, k, "logit") for k in (1, 2, 4, 8, 16)], 3.0)


# -- what must hold for every input

rows = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 10).map(lambda tenth: tenth / 10)),
    min_size=1,
    max_size=9,
)


@given(rows, st.sampled_from(RULES))
def test_any_vote_equals_the_loop_and_lies_in_range(row, rule):
    labels, q = [label for label, _ in row], [sure for _, sure in row]
    found = vote(labels, q, rule)
    place, confidence = vote_by_loop(labels, q, rule)
    assert (found.sample, found.label) == (place, labels[place])
    assert 0.0 <= found.confidence <= 1.0
    assert found.confidence == pytest.approx(confidence, abs=1e-9)


@given(rows, st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_the_order_of_samples_matters_only_in_full_ties(row, rule, random):
    shuffled = list(row)
    random.shuffle(shuffled)
    here, there = (vote([label for label, _ in r], [q for _, q in r], rule) for r in (row, shuffled))
    assert here.confidence == pytest.approx(there.confidence, abs=1e-12)
    if here.label != there.label:

        def figures(label):
            sure = sorted(q for name, q in row if name == label)
            return (round(sum(sure), 9), max(sure) if rule == "best" else len(sure) if rule == "majority" else 0)

        assert figures(here.label) == figures(there.label)


@given(rows, st.sampled_from(RULES))
def test_names_do_not_matter(row, rule):
    renamed = {"a": (1, "x"), "b": 17, "c": "a", None: None}
    q = [sure for _, sure in row]
    here, there = vote([label for label, _ in row], q, rule), vote([renamed[label] for label, _ in row], q, rule)
    assert there == (here.sample, renamed[here.label], here.confidence)


# -- hostile input


def test_input_that_does_not_fit():
    with pytest.raises(InvalidInput, match="same number N"):
        samples_of([["a"], ["a", "b"]], [[0.5], [0.5, 0.5]], [[1], [1, 1]])
    with pytest.raises(InvalidInput, match="same number N"):
        samples_of([["a"]], [[0.5], [0.5]], [[1]])
    with pytest.raises(InvalidInput, match="A confidence is a number from 0 to 1"):
        vote(["a"], [1.5])
    with pytest.raises(InvalidInput, match="A confidence is a number from 0 to 1"):
        vote(["a"], [math.nan])
    with pytest.raises(InvalidInput):
        vote(["a"], [None])
    with pytest.raises(UnknownName, match="Did you mean 'majority'"):
        vote(["a"], [0.5], "majorty")
    with pytest.raises(InvalidOption, match="clip lies strictly"):
        vote(["a"], [0.5], "logit", clip=0.5)


def test_no_problems_and_no_samples():
    nothing = samples_of([], [], [])
    assert voted(nothing)[0].shape == (0,)
    empty = samples_of([[], []], [[], []], [[], []])
    assert voted(empty)[1].tolist() == [False, False]
    assert winners(empty)[0].tolist() == [-1, -1]
    for k in (0, 2, True):
        with pytest.raises(InvalidOption, match="k lies from 1"):
            expected_accuracy(samples_of([["a"]], [[0.5]], [[1]]), k)
    with pytest.raises(InvalidOption, match="k lies from 1"):
        any_right(empty, 1)


def test_single_precision_is_read_to_its_own_digits():
    assert vote(["a"], np.array([0.9], dtype=np.float32), "best").confidence == 0.9
