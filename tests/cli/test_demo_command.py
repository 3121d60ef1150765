"""`ccrl demo` at its smallest: every stage, every file, one table."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.cli.demo import _StageBars, smoke_config
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, read_episodes

STAGE_KEYS = {
    "accuracy",
    "step_accuracy",
    "steps_checked",
    "confidence_stated",
    "ece",
    "step_ece",
    "brier",
    "auroc",
    "overconfident_error_rate",
    "mean_tokens",
    "episodes",
    "seconds",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "run"


@pytest.fixture(scope="module")
def printed(folder):
    import io
    from contextlib import redirect_stderr, redirect_stdout

    from reasoning_gym_ccrl.cli import console

    console.output.cache_clear()
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert main(["demo", "--smoke", "--seed", "3", "--out", str(folder)]) == 0
    console.output.cache_clear()
    return out.getvalue(), err.getvalue()


def test_one_table_that_says_it_means_nothing(printed):
    out, err = printed
    assert out.count("┏") == 1
    assert "figures mean nothing" in out
    for label in ("Base", "CoMT", "CCRL", *(figure.label for figure in FIGURES)):
        assert label in out
    assert "report.html" in out
    assert "Next:" in out
    for line in ("1/3 Base", "2/3 CoMT", "3/3 CCRL"):
        assert line in err


def test_the_summary_has_exactly_its_keys(folder, printed):
    summary = json.loads((folder / "summary.json").read_text(), parse_constant=pytest.fail)
    assert set(summary) == {"seed", "env", "families", "seconds_total", "stages"}
    assert summary["seed"] == 3
    assert summary["env"] == "MathCCRL-v0"
    assert list(summary["stages"]) == ["base", "comt", "ccrl"]
    for figures in summary["stages"].values():
        assert set(figures) == STAGE_KEYS
        assert figures["episodes"] == 16


def test_every_file_is_there(folder, printed):
    held = {path.name for path in folder.iterdir()}
    assert {name for name in held if not name.endswith(".png")} == {
        *("summary.json", "metrics.jsonl", "episodes", "report.html"),
        *("base", "comt", "ccrl"),
    }
    assert held >= {"reliability.png", "curves.png", "reward_terms.png", "confidence.png"}
    stages = ("base", "comt", "ccrl")
    problems = [[e.problem.id for e in read_episodes(folder / "episodes" / f"{stage}.jsonl")] for stage in stages]
    assert problems[0] == problems[1] == problems[2]
    rows = [
        json.loads(line, parse_constant=pytest.fail) for line in (folder / "metrics.jsonl").read_text().splitlines()
    ]
    assert {row["stage"] for row in rows} == {"base", "comt", "grpo"}
    assert "mean nothing" in (folder / "report.html").read_text()
    assert all((folder / stage / "model.safetensors").is_file() for stage in stages)


@pytest.mark.parametrize("number", range(3))
def test_each_model_has_a_card_with_its_own_calibration(folder, printed, number):
    stages = ["base", "comt", "ccrl"]
    text = (folder / stages[number] / "README.md").read_text()
    assert text.startswith("---\n")
    assert "The figures mean nothing." in text
    summary = json.loads((folder / "summary.json").read_text())
    header = f"| | {' | '.join(stages[: number + 1])} | |"
    assert header in text, "the stages up to this one, and none after it"
    assert f"| Accuracy | {summary['stages'][stages[0]]['accuracy']:.1%} |" in text
    answers = [e.final for e in read_episodes(folder / "episodes" / f"{stages[number]}.jsonl") if e.final is not None]
    stated = sum(answer.step.confidence is not None for answer in answers)
    assert (f"({stated} answers;" in text) == (stated > 0)
    assert ("Trained from `" in text) == (number > 0)


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["demo", "--smoke", "--out", str(tmp_path)]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_bar_for_each_stage_from_its_own_beginning(capsys):
    with ExitStack() as stack:
        bars = _StageBars(stack, smoke_config(0))
        for done in (1, 2, 3):
            bars("base", done, 3, f"loss {done}")
        bars("comt", 1, 2, "loss 9")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" in ")[0] for line in lines] == [
        "1/3 Base: reading and calculating 3/3",
        "2/3 CoMT: plans without numbers 1/2",
    ]
    assert "now measuring on 16 problems" in lines[0]
