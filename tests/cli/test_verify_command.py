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
    }
    printed = capsys.readouterr().out
    assert "steps INCORRECT" in printed
    assert "eggs:2 step 0" in printed


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
    assert [item["id"] for item in found.incorrect] == [f"gsm8k:test:{number}" for number in (501, 598, 1024)]
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
