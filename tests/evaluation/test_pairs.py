"""What the pictures and tables rest on, against loops over the records."""

import math

import pytest

from reasoning_gym_ccrl.evaluation.evaluate import answer_pairs, step_pairs
from reasoning_gym_ccrl.evaluation.pairs import Stated, by_place, problem_key, stated_answers, stated_steps
from reasoning_gym_ccrl.types import Problem

from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, record, word_problem


def test_the_pairs_are_those_of_the_figures_with_their_problem_and_place():
    episodes = make_episodes(60, seed=4)
    answers, steps = stated_answers(episodes), stated_steps(episodes)
    assert (answers.confidences, answers.outcomes) == answer_pairs(episodes)
    assert (steps.confidences, steps.outcomes) == step_pairs(episodes)
    assert answers.problems == [problem_key(each.problem) for each in episodes]
    assert set(answers.places) == {0}
    loop = []
    for each in episodes:
        place = 0
        for one in each.records:
            if one.step.kind != "step":
                continue
            place += 1
            if one.step.confidence is not None and one.judgement.verdict is not UNCHECKED:
                loop.append((one.step.confidence, one.judgement.verdict is RIGHT, problem_key(each.problem), place))
    assert list(zip(steps.confidences, steps.outcomes, steps.problems, steps.places, strict=True)) == loop
    assert {place for *_, place in loop} == {1, 2, 3}  # an unchecked step keeps its place and moves the next one on


def test_places_count_unchecked_steps_and_neither_plans_nor_answers():
    attempt = episode(
        record("plan", "first a, then b", None, RIGHT),
        record("step", "hm", 0.5, UNCHECKED),
        record("step", "1 + 1 = 2", None, RIGHT),
        record("step", "2 + 2 = 4", 0.75, RIGHT),
        record("answer", "4", 0.5, WRONG),
        problem=word_problem(3),
    )
    steps = stated_steps([attempt])
    assert steps == Stated([0.75], [True], [problem_key(attempt.problem)], [3])
    assert stated_answers([attempt]) == Stated([0.5], [False], [problem_key(attempt.problem)], [0])


def test_calibration_by_place_equals_a_loop():
    steps = stated_steps(make_episodes(300, seed=5, chance_right=lambda q: 0.8 * q))
    rows = by_place(steps)
    assert [row.place for row in rows] == sorted(set(steps.places))
    for row in rows:
        here = [i for i, place in enumerate(steps.places) if place == row.place]
        right = [steps.outcomes[i] for i in here]
        said = [steps.confidences[i] for i in here]
        assert row.count == len(here)
        assert row.accuracy == pytest.approx(sum(right) / len(here))
        assert row.confidence == pytest.approx(sum(said) / len(here))
        assert (row.low, row.high) == pytest.approx(wilson(sum(right), len(here)))
        bins = {}
        for q, y in zip(said, right, strict=True):
            bins.setdefault(min(int(q * 15 + 1e-9), 14), []).append(q - y)
        assert row.ece == pytest.approx(sum(abs(sum(gaps)) for gaps in bins.values()) / len(here))
    assert rows[0].confidence != pytest.approx(rows[1].confidence)  # places mixed up would be seen


def wilson(right, total, z=1.959963984540054):
    share = right / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def test_late_steps_are_counted_together_and_none_gives_no_rows():
    steps = Stated([0.5] * 30, [True] * 30, ["p"] * 30, list(range(1, 31)))
    assert [(row.place, row.count) for row in by_place(steps, most=4)] == [(1, 1), (2, 1), (3, 1), (4, 27)]
    assert by_place(Stated()) == []


def test_problems_of_one_id_with_other_questions_are_other_problems():
    one, other = Problem("1", "1 + 1?", "2"), Problem("1", "2 + 2?", "4")
    assert problem_key(one) != problem_key(other)
    assert problem_key(one) == problem_key(Problem("1", "1 + 1?", "2", family="arithmetic"))
    assert problem_key(Problem("1", "half a pair \ud800", "2"))
