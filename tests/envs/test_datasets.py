"""Problems from files: the formats, the gold path they give, broken lines."""

from __future__ import annotations

import json
import random

import pytest

from reasoning_gym_ccrl.envs.problems.datasets import (
    DatasetProblems,
    final_value,
    gold_path,
    problem_from_row,
    read_problems,
)
from reasoning_gym_ccrl.envs.verify import evaluate, judge_steps
from reasoning_gym_ccrl.errors import DataError, InvalidOption
from reasoning_gym_ccrl.types import Step, Verdict

GSM8K = {
    "question": "Ann has 16 eggs, eats 3, and sells the rest at $2 each. How much does she make?",
    "answer": "She sells 16 - 3 = <<16-3=13>>13 eggs.\nShe makes 13 * 2 = $<<13*2=26>>26.\n#### 26",
}
HOUSE = {"id": "eggs:1", "question": GSM8K["question"], "answer": "26", "solution": GSM8K["answer"].rpartition("\n")[0]}


def write(path, *rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_gsm8k_and_the_house_format_give_the_same_problem(tmp_path):
    problems, skipped = read_problems(write(tmp_path / "eggs.jsonl", GSM8K, "", HOUSE))
    original, house = problems
    assert skipped == 0
    assert (original.id, house.id) == ("eggs:1", "eggs:1")
    assert original.answer == house.answer == "26"
    assert original.solution == house.solution
    assert original.family == "eggs"
    assert [(step.expression, step.value, step.parents) for step in original.solution] == [
        ("16-3", "13", ("16", "3")),
        ("13*2", "26", ("step 1", "2")),
    ]
    assert original.solution[0].text == "She sells 16 - 3 = 13 eggs."
    assert original.metadata["answer_kind"] == "number"


def test_svamp_equations_and_lines_with_no_annotation_give_a_gold_path():
    svamp = problem_from_row({"question": "76 less 25?", "answer": "51", "solution": "( 76.0 - 25.0 )"})
    assert [(step.expression, step.value) for step in svamp.solution] == [("( 76.0 - 25.0 )", "51")]
    plain = gold_path("He has 8 tires because 2 x 4 = 8\nThere are 24-1-3 = 20 wheels\nSo he is done.")
    assert [(step.expression, step.value) for step in plain] == [("2 x 4", "8"), ("24-1-3", "20")]
    assert gold_path("He has 2 x 4 = 9 tires") == ()


def test_what_is_unknown_may_be_null():
    problem = problem_from_row({"question": "Why?", "answer": None, "solution": None, "steps": None, "meta": {"a": 1}})
    assert (problem.answer, problem.solution, problem.metadata) == (None, (), {"meta": {"a": 1}})


def test_a_models_steps_never_feed_the_gold_path():
    row = {"question": "3 and 4?", "answer": 7, "solution": None, "steps": [{"text": "3 + 4 = 8", "label": False}, "x"]}
    problem = problem_from_row(row)
    assert problem.answer == "7"
    assert problem.solution == ()
    assert problem.metadata["steps"] == [{"text": "3 + 4 = 8", "label": False}, {"text": "x", "label": None}]


BROKEN = {
    "no JSON": '{"question": "a"',
    "no object": "[1, 2]",
    "no question": '{"answer": "1"}',
    "empty question": '{"question": " "}',
    "question is no text": '{"question": 3}',
    "answer is a list": '{"question": "a", "answer": [1]}',
    "answer is a truth value": '{"question": "a", "answer": true}',
    "answer is not a number": '{"question": "a", "answer": NaN}',
    "solution is a number": '{"question": "a", "solution": 3}',
    "gold step without value": '{"question": "a", "solution": [{"text": "b", "expression": "c"}]}',
    "gold step is a number": '{"question": "a", "solution": [3]}',
    "steps are a text": '{"question": "a", "steps": "b"}',
    "step without text": '{"question": "a", "steps": [{"label": true}]}',
    "metadata is a list": '{"question": "a", "metadata": [1]}',
    "nests too deep": '{"question": ' + "[" * 100_000,
    "a number of 5,000 digits": '{"question": "a", "answer": ' + "9" * 5_000 + "}",
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_named_or_counted(tmp_path, line):
    path = write(tmp_path / "eggs.jsonl", GSM8K, line, GSM8K)
    with pytest.raises(DataError, match=r"eggs\.jsonl, line 2: .*--skip-bad") as caught:
        read_problems(path)
    assert len(str(caught.value)) < 600
    problems, skipped = read_problems(path, skip_bad=True)
    assert (len(problems), skipped) == (2, 1)


def test_bytes_that_are_no_text_are_the_fault_of_their_line(tmp_path):
    path = tmp_path / "eggs.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GSM8K).encode() + b"\r\n" + b'{"question": "\xff"}\n')
    with pytest.raises(DataError, match=r"line 2: .*UTF-8"):
        read_problems(path)
    assert DatasetProblems(path, skip_bad=True).skipped == 1


@pytest.mark.parametrize("content", ["", "\n\n", "no\nno\n"])
def test_a_file_without_a_problem(tmp_path, content):
    path = tmp_path / "none.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match=r"none\.jsonl should hold one problem a line"):
        read_problems(path, skip_bad=True)


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.csv.gz", "missing.parquet", "no/such/folder"])
def test_no_such_file(tmp_path, name):
    with pytest.raises(DataError, match="should be a file of problems"):
        read_problems(tmp_path / name)


def test_limit_reads_no_further(tmp_path):
    problems, skipped = read_problems(write(tmp_path / "eggs.jsonl", GSM8K, GSM8K, "broken"), limit=2)
    assert (len(problems), skipped) == (2, 0)
    with pytest.raises(InvalidOption, match="1 or more; received 0"):
        read_problems(tmp_path / "eggs.jsonl", limit=0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 + 4 = <<3+4=7>>7 eggs", "7"),
        ("3 + 4 = 7\n#### 8", "8"),
        ("It is 12/20 x 100% = 60% of them", "60"),
        ("That is 84/12 = <<84/12=7>>7 dozen eggs", "7"),
        ("( 76.0 - 25.0 )", "51"),
        ("-30/3 = -10\nThe average is -10 degrees.", "-10"),
        ("He must buy 7 packs.", "7"),
        ("3 + 4 = 7\nThat is all.", "7"),
        ("Nothing.", None),
        ("", None),
    ],
)
def test_final_value(text, value):
    assert final_value(text) == value


def test_own_problems_are_exact_and_score_in_full():
    problems = DatasetProblems()
    assert len(problems) == 20
    assert len({problem.id for problem in problems}) == 20
    assert len({problem.question for problem in problems}) == 20
    for problem in problems:
        assert len(problem.solution) >= 2
        assert problem.solution[-1].value == problem.answer
        assert all(evaluate(step.expression) == evaluate(step.value) for step in problem.solution)
        plan = "; ".join(step.meta_thought for step in problem.solution)
        steps = [Step("plan", plan), *[step.text for step in problem.solution], Step("answer", problem.answer)]
        judged = judge_steps(problem, steps)
        assert [j.verdict for j in judged] == [Verdict.CORRECT] * len(judged)
        assert [j.counts for j in judged] == [False] + [True] * (len(judged) - 1)
        assert [j.gold_index for j in judged[1:-1]] == list(range(len(problem.solution)))


def test_sampling_repeats_and_indexing_works():
    problems = DatasetProblems()
    first = [problems.sample(random.Random(3)).id for _ in range(5)]
    assert first == [problems.sample(random.Random(3)).id for _ in range(5)]
    assert problems[0] is problems.problems[0]
    assert list(problems[1:3]) == problems.problems[1:3]
