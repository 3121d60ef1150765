"""From episodes to arrays: what is one answer, what is no answer, what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.errors import InvalidInput, UnknownName
from reasoning_gym_ccrl.evaluation.evaluate import read_episodes, write_episodes
from reasoning_gym_ccrl.evaluation.selective import attempts_of, solution_of, vote, voted
from reasoning_gym_ccrl.step_format import split_completion
from reasoning_gym_ccrl.types import Judgement, Problem, Verdict

from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, record

PROBLEM = Problem("bags", "3 bags hold 4 apples each. How many apples?", "12", metadata={"answer_kind": "number"})


def attempt(text, problem=PROBLEM):
    """As the environment judges it."""
    return replay(problem, split_completion(text), "ccrl", finished=True, text=text).episode()


def answered(text, confidence=None, problem=PROBLEM):
    stated = "" if confidence is None else f"<confidence>{confidence}</confidence>"
    return attempt(f"<answer>{text}</answer>{stated}", problem)


def test_equal_answers_are_one_label_as_the_verifier_reads_them():
    texts = ["12", "12.0", " 12 apples ", "$12", "13", "26/2", "too many", " Too  many"]
    found = attempts_of([answered(text, 0.5) for text in texts])
    assert found.problem_ids == ("bags",)
    assert found.labels[0] == ("12", "12", "12", "12", "13", "13", "too many", "too many")
    assert found.samples.answers.tolist() == [[0, 0, 0, 0, 1, 1, 2, 2]]


def test_being_right_is_no_part_of_a_label():
    """Two right answers in different words stay two, or the vote would be told which answer is right."""
    problem = Problem("p", "Expand x (x + 1).", "x^2 + x", metadata={"answer_kind": "expression"})
    attempts = [answered(text, 0.5, problem) for text in ("x^2 + x", "x + x^2", "x^2")]
    assert [each.is_correct for each in attempts] == [True, True, False]
    assert len(set(attempts_of(attempts).labels[0])) == 3


def test_no_answer_no_confidence_and_what_could_not_be_checked():
    silent = attempt("<step>3 * 4 = 12</step><confidence>0.9</confidence>")
    abstained = replace(
        answered("I don't know", 0.8),
        records=(
            replace(
                answered("I don't know", 0.8).records[-1],
                judgement=Judgement(Verdict.UNCHECKED, is_final=True, abstained=True),
            ),
        ),
    )
    unchecked = episode(record("answer", "perhaps", 0.7, UNCHECKED), problem=PROBLEM)
    found = attempts_of([silent, abstained, unchecked, answered("12"), answered("12", 0.6)])
    assert found.labels[0] == (None, None, "perhaps", "12", "12")
    assert found.samples.confidences.tolist() == [[0.0, 0.0, 0.7, 0.0, 0.6]]
    assert found.samples.outcomes.tolist() == [[False, False, False, True, True]]
    assert attempts_of([silent, answered("12")], unstated=0.5).samples.confidences.tolist() == [[0.5, 0.5]]
    assert vote(found.labels[0], found.samples.confidences[0]).label == "12"


def test_the_confidence_may_be_that_of_the_steps():
    two = attempt(
        "<step>3 * 4 = 12</step><confidence>0.9</confidence><step>12 + 0 = 12</step><confidence>0.5</confidence>"
        "<answer>12</answer><confidence>0.7</confidence>"
    )
    for steps, expected in ((None, 0.7), ("minimum", 0.5), ("product", 0.45), ("mean", 0.7)):
        confidences = attempts_of([two, answered("12", 0.8)], steps=steps).samples.confidences
        assert confidences[0].tolist() == pytest.approx([expected, 0.8 if steps is None else 0.0])
    with pytest.raises(UnknownName, match="Unknown mode"):
        attempts_of([two], steps="median")


def test_attempts_are_grouped_by_problem_in_any_order():
    one, two = make_episodes(2, seed=1), make_episodes(2, seed=2)
    found = attempts_of([one[0], one[1], two[1], two[0]])
    assert found.problem_ids == (one[0].problem.id, one[1].problem.id)
    assert found.samples.answers.shape == (2, 2)
    for row, group in enumerate(((one[0], two[0]), (one[1], two[1]))):
        assert found.samples.outcomes[row].tolist() == [each.is_correct for each in group]
        assert found.samples.confidences[row].tolist() == [each.final.step.confidence for each in group]
    confidences, outcomes = found.first()
    assert confidences.tolist() == [each.final.step.confidence for each in one]
    assert outcomes.tolist() == [each.is_correct for each in one]
    assert [each.right for each in found.flat()] == found.samples.outcomes.ravel().tolist()


def test_unequal_numbers_of_attempts_are_refused_and_unknown_answers_left_out():
    episodes = make_episodes(2)
    with pytest.raises(InvalidInput, match=r"received 2 problems with \[1, 2\] attempts"):
        attempts_of([*episodes, episodes[0]])
    with pytest.raises(InvalidInput, match="received 0 problems"):
        attempts_of([])
    nobody_knows = episode(record("answer", "7", 0.9, UNCHECKED), problem=Problem("open", "?", None))
    assert attempts_of([*episodes, nobody_knows]).problem_ids == tuple(each.problem.id for each in episodes)


def test_a_solution_counts_tokens_where_spans_are_known_and_elements_elsewhere(tmp_path):
    records = [
        replace(record("plan", "total = bags * each", None, RIGHT), span=(10, 16)),
        replace(record("step", "3 * 4 = 13", 0.4, WRONG), span=(16, 25)),
        replace(record("step", "13 is odd", None, UNCHECKED), span=(25, 31)),
        replace(record("answer", "13", 0.3, WRONG), span=(31, 36)),
    ]
    whole = episode(*records, problem=PROBLEM)
    found = solution_of(whole)
    assert (found.confidences, found.ends, found.length, found.right) == ((0.4, None), (15, 21), 26, False)
    write_episodes(tmp_path / "one.jsonl", [whole])
    (read,) = read_episodes(tmp_path / "one.jsonl")
    assert (solution_of(read).ends, solution_of(read).length) == ((2, 3), 4)
    assert (solution_of(episode(problem=PROBLEM)).ends, solution_of(episode(problem=PROBLEM)).length) == ((), 0)


def test_votes_of_judged_episodes_are_right_as_often_as_their_answers_are_gold():
    found = attempts_of([each for seed in range(5) for each in make_episodes(40, seed=seed)])
    golds = {each.problem.id: each.problem.answer for each in make_episodes(40)}
    _, right = voted(found.samples, "weighted")
    for row, (name, labels) in enumerate(zip(found.problem_ids, found.labels, strict=True)):
        assert right[row] == (vote(labels, found.samples.confidences[row], "weighted").label == golds[name])
