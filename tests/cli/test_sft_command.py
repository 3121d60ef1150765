"""`ccrl sft`: fine-tunes any model, writes what it says, and refuses what cannot work."""

from __future__ import annotations

import json

import pytest

from reasoning_gym_ccrl.agents.demo import DemoConfig
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.cli import main

SHORT = ["--batch-size", "4", "--validation-problems", "20"]


def sft(model, out, *options) -> int:
    return main(["sft", "--model", model, "--out", str(out), *SHORT, *map(str, options)])


def test_it_learns_and_writes(tiny_model, tmp_path, capsys):
    out = tmp_path / "run"
    assert sft(tiny_model, out, "--updates", 12, "--validate-every", 5, "--learning-rate", 0.02, "--seed", 1) == 0
    rows = [json.loads(line, parse_constant=pytest.fail) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [row["update"] for row in rows] == list(range(12))
    assert {row["stage"] for row in rows} == {"comt"}
    measured = [row["update"] for row in rows if "plan_match" in row]
    assert measured == [4, 9, 11]
    assert rows[11]["validation_loss"] < rows[0]["loss"] - 1
    config = json.loads((out / "config.json").read_text())
    assert config["learning_rate"] == 0.02
    assert config["replay_share"] == DemoConfig().replay_share, "the tiny model's own corpus is replayed by default"
    shown = capsys.readouterr().out
    assert f"{rows[11]['validation_loss']:.3f}" in shown
    assert "plan match" in shown
    LLMAgent.from_pretrained(out / "model")


def test_a_model_of_another_kind(foreign_model, tmp_path):
    out = tmp_path / "run"
    assert sft(foreign_model, out, "--updates", 1, "--families", "arithmetic") == 0
    config = json.loads((out / "config.json").read_text())
    assert (config["replay_share"], config["learning_rate"]) == (0.0, 1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--families", "arithmetik"], "Did you mean 'arithmetic'"),
        (["--difficulty", "esy"], "Did you mean 'easy'"),
        (["--updates", "0"], "--updates is at least 1; received 0"),
        (["--replay-share", "1.0"], "--replay-share"),
        (["--learning-rate", "-1"], "--learning-rate"),
    ],
)
def test_what_cannot_work_is_one_line(options, message, tiny_model, tmp_path, capsys):
    assert sft(tiny_model, tmp_path / "run", *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_replay_is_for_the_model_whose_corpus_it_is(foreign_model, tmp_path, capsys):
    assert sft(foreign_model, tmp_path / "run", "--replay-share", "0.2") == 2
    assert "was not trained on it" in capsys.readouterr().err


def test_no_such_model(tmp_path, capsys):
    assert sft(str(tmp_path / "nothing"), tmp_path / "run") == 2
    assert "is neither" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
