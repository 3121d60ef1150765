"""`ccrl eval`: honest figures, on generated problems and on files; and models side by side."""

from __future__ import annotations

import importlib.util
import json
import shutil
from dataclasses import replace

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.cli.common import model_name, remarks
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, read_episodes
from reasoning_gym_ccrl.evaluation.selective import RULES

from ..data_folder import data_file
from ..evaluation.make_episodes import make_episodes


def evaluate(model, *options) -> int:
    return main(["eval", "--model", model, "--max-new-tokens", "12", *map(str, options)])


def test_generated_problems_are_of_the_test_split_and_all_different(tiny_model, tmp_path, capsys):
    out = tmp_path / "run"
    assert evaluate(tiny_model, "--episodes", 20, "--out", out, "--seed", 4) == 0
    shown = capsys.readouterr().out
    assert "little: MathCCRL-v0, n = 20" in shown
    for figure in FIGURES:
        assert figure.label in shown
        assert figure.meaning.split()[0] in shown
    summary = json.loads((out / "summary.json").read_text(), parse_constant=pytest.fail)
    assert set(summary) == {"seed", "env", "seconds_total", "stages"}
    assert (summary["seed"], summary["env"]) == (4, "MathCCRL-v0")
    assert list(summary["stages"]) == ["little"]
    assert set(summary["stages"]["little"]) == {figure.key for figure in FIGURES}
    episodes = read_episodes(out / "episodes" / "little.jsonl")
    assert len({episode.problem.question for episode in episodes}) == 20


def test_models_measured_alike_share_a_folder(tiny_model, tmp_path, capsys):
    out, other = tmp_path / "run", tmp_path / "other"
    shutil.copytree(tiny_model, other)
    assert evaluate(tiny_model, "--episodes", 6, "--out", out) == 0
    assert evaluate(str(other), "--episodes", 6, "--out", out) == 0
    assert list(json.loads((out / "summary.json").read_text())["stages"]) == ["little", "other"]
    little, other_ = (read_episodes(out / "episodes" / f"{name}.jsonl") for name in ("little", "other"))
    assert little == other_, "the same weights and seed give the same episodes"
    assert evaluate(str(other), "--episodes", 6, "--out", out, "--temperature", 0.5) == 2
    assert "had another temperature" in capsys.readouterr().err
    assert main(["report", str(out)]) == 0


@pytest.mark.parametrize("env", ["WordProblemCCRL-v0", "ArithmeticCCRL-v0", "DatasetCCRL-v0"])
def test_every_environment_with_its_defaults(env, tiny_model, capsys):
    assert evaluate(tiny_model, "--env", env, "--episodes", 3, "--reward", "brier") == 0
    shown = capsys.readouterr().out
    assert f"{env}, n = 3" in shown
    assert "No answer was right: 0 of 3 problems." in shown
    assert "Mean reward (brier)" in shown


def test_real_problems(tiny_model, tmp_path, capsys):
    data = data_file("gsm8k.test.jsonl")
    assert (
        evaluate(tiny_model, "--env", "DatasetCCRL-v0", "--data", data, "--episodes", 3, "--out", tmp_path / "r") == 0
    )
    assert "No answer was right: 0 of 3 problems." in capsys.readouterr().out


def test_a_short_file_is_played_whole_and_said_to_be_short(tiny_model, tmp_path, capsys):
    data = tmp_path / "sums.jsonl"
    data.write_text('{"question": "1 + 1?", "answer": "2"}\nbroken\n{"question": "1 + 2?", "answer": null}\n')
    options = ("--env", "DatasetCCRL-v0", "--data", data, "--episodes", 50)
    assert evaluate(tiny_model, *options) == 2
    assert "sums.jsonl, line 2" in capsys.readouterr().err
    assert evaluate(tiny_model, *options, "--skip-bad") == 0
    shown = capsys.readouterr().out
    assert "50 problems were asked for; there are 2 different ones." in shown
    assert "1 of 2 problems have no known answer" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--env", "MathCRL-v0"], "Did you mean 'MathCCRL-v0'"),
        (["--env", "DatasetCCRL-v0", "--data", "no/such.jsonl"], "no/such.jsonl"),
        (["--env", "DatasetCCRL-v0", "--difficulty", "easy"], "are for generated problems"),
        (["--data", "x.jsonl"], "--data is for DatasetCCRL-v0"),
        (["--split", "tset"], "Did you mean 'test'"),
        (["--reward", "ccrll"], "Did you mean 'ccrl'"),
        (["--confidence", "states"], "Did you mean 'stated'"),
        (["--episodes", "0"], "at least 1; received 0"),
        (["--temperature", "-1"], "temperature >= 0"),
    ],
)
def test_what_cannot_work_is_one_line(options, message, tiny_model, capsys):
    assert evaluate(tiny_model, *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("model", ["no/such/model", "no-such-model-anywhere"])
def test_no_such_model(model, capsys):
    assert evaluate(model, "--episodes", 1) == 2
    error = capsys.readouterr().err
    assert model in error
    assert error.count("\n") == 1


def test_a_run_stands_for_its_model(tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    assert model_name(str(tmp_path / "mine" / "model")) == "mine"
    assert model_name(str(tmp_path / "mine")) == "mine"
    assert model_name("Qwen/Qwen3-0.6B") == "Qwen3-0.6B"


def test_remarks_say_what_the_figures_rest_on():
    episodes = make_episodes(200, seed=1)
    right = sum(episode.is_correct for episode in episodes)
    assert remarks(episodes)[0].startswith(f"{right} of 200 problems answered right; 95% interval ")
    few = remarks(episodes[:5])
    assert any("that is few" in remark for remark in few)
    silent = [replace(episode, records=()) for episode in episodes]
    assert remarks(silent) == [
        "No answer was right: 0 of 200 problems.",
        "200 of 200 episodes ended without an answer; they count as wrong.",
        "No answer states a confidence, so there is nothing to calibrate.",
    ]


def test_every_environment_opens_for_the_commands():
    from reasoning_gym_ccrl.cli import play
    from reasoning_gym_ccrl.cli.common import open_env
    from reasoning_gym_ccrl.envs import ENVS
    from reasoning_gym_ccrl.errors import InvalidOption

    for env_id in ENVS:
        if env_id == "ReasoningGymCCRL-v0" and importlib.util.find_spec("reasoning_gym") is None:
            continue
        if not ENVS[env_id].is_text:
            with pytest.raises(InvalidOption, match="one acts by numbers"):
                open_env(env_id)
            with pytest.raises(InvalidOption, match="one acts by numbers"):
                play._make(play.Options(env=env_id))
            continue
        assert open_env(env_id).reset(seed=0)[0]
        assert play._make(play.Options(env=env_id)).reset(seed=0)[0]
        if not ENVS[env_id].is_generated:
            with pytest.raises(InvalidOption, match="--difficulty"):
                open_env(env_id, difficulty="hard")


def test_several_attempts_are_voted_on(tiny_model, tmp_path, capsys):
    out = tmp_path / "run"
    assert evaluate(tiny_model, "--episodes", 5, "--attempts", 3, "--out", out) == 0
    shown = capsys.readouterr().out
    assert "n = 15" in shown
    assert "different ones" not in shown
    for name in (*RULES, "any"):
        assert f"  {name:<10}" in shown
    episodes = read_episodes(out / "episodes" / "little.jsonl")
    assert len(episodes) == 15
    assert len({episode.problem.id for episode in episodes}) == 5
    assert main(["report", str(out)]) == 0
    assert evaluate(tiny_model, "--episodes", 5, "--attempts", 3, "--temperature", 0) == 2
    assert "all attempts are the same" in capsys.readouterr().err


def test_remarks_on_several_attempts_count_problems():
    episodes = make_episodes(12)
    assert any("95% interval" in remark for remark in remarks(episodes))
    twice = remarks([*episodes, *episodes])
    assert any(f"of {2 * len(episodes)} attempts at {len(episodes)} problems" in remark for remark in twice)
    assert not any("95% interval" in remark for remark in twice), "attempts at one problem are not independent"
