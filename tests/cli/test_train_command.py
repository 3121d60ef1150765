"""`ccrl train`: trains, measures, resumes to the same numbers, and refuses what cannot work."""

from __future__ import annotations

import json
import sys

import pytest
from safetensors.torch import load_file

from reasoning_gym_ccrl.agents.metrics_log import MetricsLog
from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.cli.train import progress_note
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, read_episodes

SHORT = {
    "group-size": 2,
    "problems-per-update": 2,
    "max-new-tokens": 12,
    "eval-episodes": 8,
    "checkpoint-every": 2,
    "learning-rate": 0.01,
}


def train(model, out, **options) -> int:
    chosen = SHORT | {name.replace("_", "-"): value for name, value in options.items()}
    return main(
        ["train", "--model", model, "--out", str(out), *(str(x) for k, v in chosen.items() for x in (f"--{k}", v))]
    )


def rows_of(out) -> list[dict]:
    return [json.loads(line, parse_constant=pytest.fail) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def whole(tiny_model, tmp_path_factory):
    """A run of five updates that nothing interrupts."""
    out = tmp_path_factory.mktemp("train") / "whole"
    assert train(tiny_model, out, updates=5) == 0
    return out


def test_what_it_writes(whole):
    assert {path.name for path in whole.iterdir()} == {
        *("model", "checkpoint", "episodes", "metrics.jsonl", "summary.json", "config.json")
    }
    rows = rows_of(whole)
    assert [row["update"] for row in rows] == list(range(5))
    assert {row["stage"] for row in rows} == {"grpo"}
    summary = json.loads((whole / "summary.json").read_text(), parse_constant=pytest.fail)
    assert set(summary) == {"seed", "env", "seconds_total", "stages"}
    assert list(summary["stages"]) == ["before", "after"]
    for figures in summary["stages"].values():
        assert set(figures) == {figure.key for figure in FIGURES}
        assert figures["episodes"] == 8
    episodes = {stage: read_episodes(whole / "episodes" / f"{stage}.jsonl") for stage in ("before", "after")}
    assert [e.problem.id for e in episodes["before"]] == [e.problem.id for e in episodes["after"]]
    config = json.loads((whole / "config.json").read_text())
    assert config["resolved"]["confidence_credit"] == "own"
    card = (whole / "model" / "README.md").read_text()
    assert "GRPO for 5 updates in MathCCRL-v0, reward ccrl." in card
    assert "| Accuracy" in card
    assert main(["report", str(whole)]) == 0


def test_interrupted_and_resumed_it_comes_to_the_same(whole, tiny_model, tmp_path, capsys, monkeypatch):
    out, write = tmp_path / "run", MetricsLog.write

    def interrupt_at_3(log, stage, update, figures):
        write(log, stage, update, figures)
        if update == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MetricsLog, "write", interrupt_at_3)
        assert train(tiny_model, out, updates=5) == 130
    error = capsys.readouterr().err.splitlines()[-1]
    # Update 3, counted from 0, is the fourth: it is logged before it is saved, so that no row is ever lost.
    assert error == f"error: Interrupted. The same command goes on after update 2, from {out / 'checkpoint'}."
    assert train(tiny_model, out, updates=5) == 0
    assert "goes on with 3" in capsys.readouterr().out
    assert_same(out, whole)


def test_rows_beyond_the_checkpoint_are_made_again(whole, tiny_model, tmp_path, capsys, monkeypatch):
    out, write = tmp_path / "run", MetricsLog.write

    def interrupt_at_2(log, stage, update, figures):
        write(log, stage, update, figures)
        if update == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MetricsLog, "write", interrupt_at_2)
        assert train(tiny_model, out, updates=5) == 130
    assert len(rows_of(out)) == 3
    assert "after update 2" in capsys.readouterr().err
    with (out / "metrics.jsonl").open("a") as file:
        file.write('{"stage": "grpo", "upd')  # what a kill in mid-write leaves
    assert train(tiny_model, out, updates=5) == 0
    assert_same(out, whole)


def assert_same(out, whole) -> None:
    timed = {"sampling_seconds", "training_seconds", "tokens_per_second"}
    plain = [[{k: v for k, v in row.items() if k not in timed} for row in rows_of(run)] for run in (out, whole)]
    assert plain[0] == plain[1]
    weights, expected = (load_file(run / "model" / "model.safetensors") for run in (out, whole))
    assert all(weights[name].equal(expected[name]) for name in expected)


def test_a_finished_run_says_so_and_trains_on_when_asked(tiny_model, tmp_path, capsys):
    out = tmp_path / "run"
    assert train(tiny_model, out, updates=1) == 0
    first = json.loads((out / "summary.json").read_text())
    assert train(tiny_model, out, updates=1) == 0
    assert "there is nothing left to do" in capsys.readouterr().out
    assert json.loads((out / "summary.json").read_text()) == first
    assert train(tiny_model, out, updates=2) == 0
    assert len(rows_of(out)) == 2
    assert train(tiny_model, out, updates=2, seed=1) == 2
    assert "other seed" in capsys.readouterr().err


def test_before_the_first_checkpoint_the_run_begins_anew(tiny_model, tmp_path, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(MetricsLog, "write", interrupt)
        assert train(tiny_model, tmp_path / "run", updates=3) == 130
    assert "begins anew" in capsys.readouterr().err
    assert train(tiny_model, tmp_path / "run", updates=1, seed=5) == 0, "other settings are welcome: nothing was made"


def test_an_own_reward_from_the_folder_of_the_call(tiny_model, tmp_path, monkeypatch):
    (tmp_path / "my_reward_module.py").write_text("def flat(context):\n    return 0.25\n")
    monkeypatch.chdir(tmp_path)
    assert train(tiny_model, "run", updates=1, reward="my_reward_module:flat", eval_episodes=0) == 0
    row = rows_of(tmp_path / "run")[0]
    assert row["reward_mean"] % 0.25 == 0
    assert not (tmp_path / "run" / "summary.json").exists()


def test_reward_terms_are_in_the_log_by_name(whole, tiny_model, tmp_path, monkeypatch):
    seen = set()
    for row in rows_of(whole):
        terms = {name: value for name, value in row.items() if name.startswith("reward/")}
        assert sum(terms.values()) == pytest.approx(row["reward_mean"])
        seen |= set(terms)
    assert seen == {"reward/outcome", "reward/calibration"}, "nothing was said in some updates, and so nothing paid"
    (tmp_path / "my_terms.py").write_text(
        "from reasoning_gym_ccrl.types import Reward\n\n"
        "def mine(context):\n    return Reward(0.75, {'kept': 1.0, 'a fine': -0.25})\n"
    )
    monkeypatch.chdir(tmp_path)
    assert train(tiny_model, "run", updates=3, reward="my_terms:mine", eval_episodes=0, group_size=16) == 0
    row = next(row for row in rows_of(tmp_path / "run") if row["reward_mean"])
    assert row["reward/kept"] == pytest.approx(-4 * row["reward/a fine"])
    assert row["reward/kept"] + row["reward/a fine"] == pytest.approx(row["reward_mean"])


def test_a_config_file_with_a_weighted_reward(tiny_model, tmp_path, capsys):
    file = tmp_path / "options.toml"
    file.write_text(
        f"model = {json.dumps(tiny_model)}\nupdates = 9\neval_episodes = 0\nproblems_per_update = 4\n"
        "group_size = 8\nmax_new_tokens = 12\n\n[reward]\nccrl = 1.0\nlength = -0.01\n"
    )
    out = tmp_path / "run"
    assert main(["train", "--config", str(file), "--updates", "2", "--out", str(out)]) == 0
    rows = rows_of(out)
    assert len(rows) == 2, "the command line goes before the file"
    terms = {name for row in rows for name in row if name.startswith("reward/")}
    assert terms == {"reward/ccrl/outcome", "reward/ccrl/calibration", "reward/length"}
    assert json.loads(json.loads((out / "config.json").read_text())["reward"]) == {"ccrl": 1.0, "length": -0.01}
    assert main(["train", "--model", tiny_model, "--out", str(tmp_path / "b"), "--reward", "ccrl=1,lenght=-1"]) == 2
    assert "Did you mean 'length'" in capsys.readouterr().err


FAILING = """
calls = 0

def {name}(context):
    global calls
    calls += 1
    if calls > {calls}:
        {fails}
    return 0.5
"""


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("raise ZeroDivisionError('no luck')", "raised ZeroDivisionError: no luck"),
        ("return float('nan')", "returned nan"),
        ("return 'much'", "returned 'much'"),
    ],
    ids=["raises", "nan", "text"],
)
def test_a_reward_that_fails_is_named_and_the_run_is_whole(tiny_model, tmp_path, monkeypatch, capsys, fails, said):
    name = "failing_" + "".join(filter(str.isalpha, said.split()[1])).lower()
    (tmp_path / f"{name}.py").write_text(FAILING.format(name=name, fails=fails, calls=20))
    monkeypatch.chdir(tmp_path)
    assert train(tiny_model, "run", updates=50, reward=f"{name}:{name}", eval_episodes=0, checkpoint_every=1) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"{name}:{name}" in error
    assert " at step " in error
    assert said in error
    rows = rows_of(tmp_path / "run")  # every line is whole
    done = json.loads((tmp_path / "run" / "checkpoint" / "state.json").read_text())["update"]
    assert 0 < len(rows) == done < 50
    assert main(["report", "run"]) == 0
    # The function mended, the same command goes on from there.
    (tmp_path / f"{name}.py").write_text(FAILING.format(name=name, fails=fails, calls=10**9))
    monkeypatch.delitem(sys.modules, name)
    assert train(tiny_model, "run", updates=50, reward=f"{name}:{name}", eval_episodes=0, checkpoint_every=1) == 0
    assert len(rows_of(tmp_path / "run")) == 50


def test_collapsed_confidence_is_in_the_log_and_said_at_the_end(tiny_model, tmp_path, capsys, monkeypatch):
    collapsed = {"confidence_entropy": 0.0, "confidence_distinct": 1.0, "confidence_at_ends": 1.0}
    spread = collapsed | {"confidence_right": 0.5, "confidence_count": 64.0}
    monkeypatch.setattr("reasoning_gym_ccrl.agents.trainer.confidence_spread", lambda *_: spread)
    assert train(tiny_model, tmp_path / "run", updates=3, eval_episodes=0) == 0
    assert all(len(row["warnings"]) == 2 for row in rows_of(tmp_path / "run"))
    said = capsys.readouterr().err
    assert "in 3 of 3 updates, last in 3: Confidence has collapsed to one value" in " ".join(said.split())
    assert "in 3 of 3 updates, last in 3: Confidence has gone to the ends" in " ".join(said.split())


def test_a_data_file_keeps_problems_out_of_training(foreign_model, tmp_path):
    data = tmp_path / "sums.jsonl"
    data.write_text("".join(json.dumps({"question": f"{k} + 1?", "answer": str(k + 1)}) + "\n" for k in range(12)))
    out = tmp_path / "run"
    assert train(foreign_model, out, updates=1, env="DatasetCCRL-v0", data=data, confidence="token_mean") == 0
    assert len(read_episodes(out / "episodes" / "before.jsonl")) == 2  # a fifth of 12, although 8 were asked for
    assert json.loads((out / "config.json").read_text())["resolved"]["confidence_credit"] == "return"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"algorithm": "grop"}, "Unknown algorithm 'grop'. Did you mean 'grpo'"),
        ({"reward": "briar"}, "Unknown reward 'briar'. Did you mean 'brier'"),
        ({"reward": "no_such_module_here:f"}, "no_such_module_here"),
        ({"env": "MathCCRL"}, "Did you mean 'MathCCRL-v0'"),
        ({"credit": "steps"}, "Did you mean 'step'"),
        ({"confidence": "token_men"}, "Did you mean 'token_mean'"),
        ({"difficulty": "harder"}, "Did you mean 'hard'"),
        ({"group_size": 1}, "group_size is at least 2; received 1"),
        ({"updates": -1}, "updates is a whole number, at least 0; received -1"),
        ({"env": "DatasetCCRL-v0", "data": "no/such.jsonl"}, "no/such.jsonl"),
        ({"data": "sums.jsonl"}, "--data is for DatasetCCRL-v0"),
        ({"seed": -1}, "A seed is a whole number from 0"),
        ({"engine": "server", "base_url": "http://127.0.0.1:1/v1"}, "--engine server needs --weights-folder"),
        ({"engine": "server", "weights_folder": "w"}, "--engine server needs --base-url"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "--base-url is of --engine server; received --engine transformers"),
    ],
)
def test_what_cannot_work_is_one_line_and_makes_nothing(options, message, tiny_model, tmp_path, capsys):
    assert train(tiny_model, tmp_path / "run", **options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_no_such_model(tmp_path, capsys):
    assert train(str(tmp_path / "nothing"), tmp_path / "run") == 2
    error = capsys.readouterr().err
    assert "A model is a folder in Hugging Face format" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_the_progress_bar_tells_what_is_watched_in_training():
    figures = {
        "reward_mean": 0.831,
        "accuracy": 0.5,
        "ece": 0.204,
        "approx_kl": 0.00123,
        "entropy": 0.311,
        "clip_fraction": 0.021,
        "tokens_per_second": 4213.7,
        "confidence_std": 0.2,
    }
    note = progress_note(figures)
    assert note == "reward 0.83, accuracy 0.50, ECE 0.20, KL 0.0012, entropy 0.31, clipped 2.1%, 4,214 tokens/s"
    assert "KL 0.05" in progress_note(figures | {"kl": 0.05})  # from a reference, where there is one
