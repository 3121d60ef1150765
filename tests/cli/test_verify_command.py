"""`ccrl verify`: what it finds, prints and writes; on real problems too."""

from __future__ import annotations

import json

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.cli.verify import solution_steps, verify
from reasoning_gym_ccrl.envs.problems.datasets import read_problems

from ..data_folder import data_file

ROWS = [
    {"question": "16 eggs less 3?", "answer": "They are 16 - 3 = <<16-3=13>>13 eggs.\n#### 13"},
    {"question": "16 eggs less 3?", "answer": "They are 16 - 3 = <<16-3=14>>14 eggs.\n#### 13"},
    {"question": "5 bags of 4?", "answer": "20", "solution": "( 5.0 * 4.0 )"},
    {"question": "5 bags of 4?", "answer": "20", "solution": "5 * 4 = 20", "steps": ["5 * 4 = 21", "#### 21"]},
]


@pytest.fixture
def eggs(tmp_path):
    path = tmp_path / "eggs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "broken\n")
    return path


def test_findings(eggs, tmp_path, capsys):
    out = tmp_path / "verdicts.json"
    assert main(["verify", "--data", str(eggs), "--out", str(out), "--skip-bad"]) == 0
    found = json.loads(out.read_text())
    assert found.pop("seconds") >= 0
    wrong = "They are 16 - 3 = <<16-3=14>>14 eggs."
    assert found.pop("incorrect") == [
        {
            "id": "eggs:2",
            "step": 0,
            "text": wrong,
            "reason": "16 - 3 = 14 does not hold: the left side is 13, the right side 14.",
        },
        {
            "id": "eggs:4",
            "step": 0,
            "text": "5 * 4 = 21",
            "reason": "5 * 4 = 21 does not hold: the left side is 20, the right side 21.",
        },
    ]
    assert found == {
        "rows": 4,
        "answers_accepted": 4,
        "answers_derived_equal": 2,
        "steps": {"CORRECT": 2, "INCORRECT": 2, "UNCHECKED": 1},
        "derived_differs": [
            {"id": "eggs:2", "answer": "13", "derived": "14"},
            {"id": "eggs:4", "answer": "20", "derived": "21"},
        ],
        "bad_lines": 1,
        "first_error": None,
        "precision": None,
        "recall": None,
        "f1": None,
        "processbench_f1": None,
        "disagreements": [],
    }
    printed = capsys.readouterr().out
    assert "steps INCORRECT" in printed
    assert "eggs:2 step 0" in printed
    assert "labelled" not in printed


def labelled(identity, steps, first_error):
    """A row whose steps say which of them is the first wrong one; a step is a text, and "" is left out."""
    labels = [first_error is None or index < first_error for index in range(len(steps))]
    marked = [{"text": text, "label": label} for text, label in zip(steps, labels, strict=True)]
    meta = {"first_error": first_error, "all_steps_correct": first_error is None}
    return {"id": identity, "question": "5 bags of 4 less 3?", "answer": "17", "steps": marked, "meta": meta}


LABELLED = [
    labelled("found", ["5 * 4 = 20", "20 - 3 = 16"], 1),
    labelled("after a blank", ["5 * 4 = 20", "", "20 - 3 = 16"], 2),
    labelled("silent", ["5 + 4 = 9", "9 - 3 = 6"], 0),
    labelled("late", ["5 + 4 = 9", "9 - 3 = 7"], 0),
    labelled("early", ["5 * 4 = 24", "24 + 3 = 27"], 1),
    labelled("clean", ["5 * 4 = 20", "20 - 3 = 17"], None),
    labelled("also clean", ["5 * 4 = 20 bags", "20 - 3 = 17"], None),
    labelled("false alarm", ["5 * 4 = 21", "21 - 3 = 18"], None),
    {"question": "5 bags of 4?", "answer": "20", "steps": [{"text": "5 * 4 = 21", "label": None}]},
]


def test_labelled_rows(tmp_path, capsys):
    data, out = tmp_path / "labelled.jsonl", tmp_path / "verdicts.json"
    data.write_text("".join(json.dumps(row) + "\n" for row in LABELLED))
    assert main(["verify", "--data", str(data), "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["rows"] == 9
    assert found["first_error"] == {
        "found": 2,
        "missed": 2,
        "early": 1,
        "late": 1,
        "rows_with_error": 5,
        "rows_all_correct": 3,
        "false_alarms": 1,
    }
    figures = {name: found[name] for name in ("precision", "recall", "f1", "processbench_f1")}
    # 2 of 4 calls; 2 of 5 rows; 2 * 2 / (4 + 5); the harmonic mean of 2/5 and 2/3.
    assert figures == pytest.approx({"precision": 0.5, "recall": 0.4, "f1": 4 / 9, "processbench_f1": 0.5})
    assert found["disagreements"] == [
        {"id": "silent", "finding": "silent", "labelled": 0, "called": None},
        {"id": "late", "finding": "late", "labelled": 0, "called": 1},
        {"id": "early", "finding": "early", "labelled": 1, "called": 0},
        {"id": "false alarm", "finding": "false_alarm", "labelled": None, "called": 0},
    ]
    assert [item["step"] for item in found["incorrect"] if item["id"] == "after a blank"] == [2]
    printed = capsys.readouterr().out
    rows = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in printed.splitlines() if "│" in line}
    assert rows["first wrong step found"] == "2"
    assert rows["of them, false alarms"] == "1"
    assert rows["ProcessBench F1"] == "0.500"


def test_a_figure_that_means_nothing_is_shown_as_a_dash(tmp_path, capsys):
    data, out = tmp_path / "wrong.jsonl", tmp_path / "verdicts.json"
    data.write_text(json.dumps(LABELLED[0]) + "\n")
    assert main(["verify", "--data", str(data), "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert (found["precision"], found["recall"], found["processbench_f1"]) == (1, 1, None)
    line = next(line for line in capsys.readouterr().out.splitlines() if "ProcessBench" in line)
    assert line.split("│")[2].strip() == "-"


def test_a_label_that_is_no_step_is_told_in_one_line(tmp_path, capsys):
    data = tmp_path / "bad.jsonl"
    row = LABELLED[0] | {"steps": ["5 * 4 = 20"], "meta": {"first_error": 7}}
    data.write_text(json.dumps(row) + "\n")
    assert main(["verify", "--data", str(data)]) == 2
    error = capsys.readouterr().err
    assert "meta.first_error" in error
    assert "Traceback" not in error


def test_errors_are_one_line(eggs, tmp_path, capsys):
    assert main(["verify", "--data", str(eggs)]) == 2
    error = capsys.readouterr().err
    assert "eggs.jsonl, line 5:" in error.replace("\n", "")
    assert "Traceback" not in error
    assert main(["verify", "--data", str(tmp_path / "none.jsonl")]) == 2
    assert main(["verify", "--data", str(eggs), "--limit", "0"]) == 2
    assert main(["verify", "--data", str(eggs), "--limit", "1", "--out", str(tmp_path / "no" / "x.json")]) == 2
    assert main(["verify", "--data", str(eggs), "--limit", "1"]) == 0


def test_gsm8k_test_rows():
    """Each step proven wrong is an error of the data set: docs/verification.md lists them."""
    problems, _ = read_problems(data_file("gsm8k.test.jsonl"))
    found = verify(problems)
    assert (found.rows, found.answers_accepted) == (1_319, 1_319)
    assert [item["id"] for item in found.incorrect] == [f"gsm8k:test:{number}" for number in (501, 598, 802, 931, 1024)]
    differs = [226, 493, 593, 607, 635, 1038, 1176, 1243]
    assert [item["id"] for item in found.derived_differs] == [f"gsm8k:test:{number}" for number in differs]
    assert found.steps["CORRECT"] > 0.9 * found.steps.total()


def test_svamp_rows():
    problems, _ = read_problems(data_file("svamp.test.jsonl"), limit=300)
    found = verify(problems)
    assert found.answers_accepted == found.answers_derived_equal == found.steps["CORRECT"] == 300


def test_one_changed_digit_in_gsm8k_is_found():
    """Negative control: of true annotated results, made wrong by one, nearly all are proven wrong."""
    problems, _ = read_problems(data_file("gsm8k.test.jsonl"), limit=150)
    from reasoning_gym_ccrl.envs.verify import judge_steps

    found = total = 0
    for problem in problems:
        for text in solution_steps(problem):
            head, sign, tail = text.rpartition("=")
            digits = tail.partition(">>")[0]
            if sign and "<<" in head and digits.isdecimal() and any(c in head.rpartition("<<")[2] for c in "+-*/"):
                total += 1
                changed = f"{head}={int(digits) + 1}{tail[len(digits) :]}"
                found += judge_steps(problem, [changed])[0].verdict == "INCORRECT"
    assert total > 200
    assert found / total > 0.95
