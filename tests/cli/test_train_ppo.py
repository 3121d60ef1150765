"""`ccrl train --algorithm ppo` from a file of options: trackers, adapters, what is kept, and what is written down."""

from __future__ import annotations

import json
import tomllib

import pytest
import torch
from safetensors.torch import load_file

from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.cli import main

from ..agents.bandit import ANSWERS, STATED, bandit_agent

OPTIONS = """
model = "model"
env = "DatasetCCRL-v0"
data = "problems.jsonl"
algorithm = "ppo"
updates = 4
problems_per_update = 2
group_size = 4
epochs = 2
minibatches = 2
max_new_tokens = 3
learning_rate = 0.01
eval_episodes = 2
eval_every = 2
checkpoint_every = 1
keep_checkpoints = 2
value_clip = 0.5
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a model, problems and options."""
    folder = tmp_path_factory.mktemp("ppo")
    bandit_agent(0, (*ANSWERS, *STATED)).save_pretrained(folder / "model")
    problems = [{"question": "Q " * k + "Q?", "answer": str(1 + k % 2)} for k in range(12)]
    (folder / "problems.jsonl").write_text("".join(json.dumps(each) + "\n" for each in problems))
    (folder / "options.toml").write_text(OPTIONS)
    return folder


@pytest.fixture
def command(home, monkeypatch):
    monkeypatch.chdir(home)
    return lambda out, *more: main(["train", "--config", "options.toml", "--out", out, *more])


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_file_of_options_with_overrides_trains_measures_and_writes_down_what_it_came_to(command, home):
    assert command("run", "--gae-lambda", "0.9", "--value-trunk", "own") == 0
    run = home / "run"
    resolved = json.loads((run / "config.json").read_text())["resolved"]
    for name, value in tomllib.loads(OPTIONS).items():
        assert resolved.get(name, value) == value, name
    assert (resolved["gae_lambda"], resolved["value_trunk"], resolved["advantage"]) == (0.9, "own", "gae")
    logged = rows(run)
    assert [row["update"] for row in logged] == [0, 1, 2, 3]
    assert {"value_loss", "explained_variance", "value_mean", "ratio_max", "grad_norm"} <= set(logged[0])
    assert [row["update"] for row in logged if "eval/accuracy" in row] == [1, 3]
    kept = {path.name for path in run.iterdir() if path.is_dir()}
    assert kept == {"model", "best", "checkpoint", "checkpoint-000002", "checkpoint-000003", "episodes"}
    weights, start = (load_file(path / "model.safetensors") for path in (run / "model", home / "model"))
    assert not all(weights[name].equal(start[name]) for name in start)
    assert main(["report", str(run)]) == 0


def test_tensorboard_gets_the_figures_of_every_update(command, home):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert command("tracked", "--track", "tensorboard") == 0
    (events,) = (home / "tracked" / "tracked").glob("events.out.tfevents.*")  # the settings have a folder beneath it
    seen = EventAccumulator(str(events.parent))
    seen.Reload()
    values = {event.step: event.value for event in seen.Scalars("value_loss")}
    assert values == {row["update"]: pytest.approx(row["value_loss"]) for row in rows(home / "tracked")}


def test_an_adapter_is_trained_goes_on_where_it_was_and_can_be_added_in(command, home, capsys):
    pytest.importorskip("peft")
    adapter = ("--lora-rank", "4", "--kl-coefficient", "0.01")
    assert command("whole", *adapter) == 0
    assert command("parts", *adapter, "--updates", "2") == 0
    assert (home / "parts" / "checkpoint" / "adapter_model.safetensors").is_file()
    assert not (home / "parts" / "checkpoint" / "model.safetensors").exists()
    capsys.readouterr()
    assert command("parts", *adapter) == 0
    assert "goes on with 3" in capsys.readouterr().out
    one, other = (load_file(home / name / "checkpoint" / "adapter_model.safetensors") for name in ("whole", "parts"))
    assert all(one[name].equal(other[name]) for name in one)
    assert any(one[name].any() for name in one if "lora_B" in name)
    assert command("other", *adapter, "--seed", "1", "--updates", "1") == 0
    drawn = load_file(home / "other" / "checkpoint" / "adapter_model.safetensors")
    assert not any(one[name].equal(drawn[name]) for name in one), "the adapter's first weights come from the seed"
    assert [row["update"] for row in rows(home / "parts")] == [0, 1, 2, 3]
    agent = LLMAgent.from_pretrained(str(home / "whole" / "model"))
    agent.save_pretrained(home / "merged", merge=True)
    merged, start = LLMAgent.from_pretrained(str(home / "merged")), LLMAgent.from_pretrained(str(home / "model"))
    ids = torch.tensor([agent.encode_prompts(["Q Q?"])[0]])
    with torch.no_grad():
        ours, added, first = (each.model(input_ids=ids).logits for each in (agent, merged, start))
    torch.testing.assert_close(added, ours, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(first, ours, rtol=1e-3, atol=1e-4)


def test_other_settings_of_a_run_that_has_begun_are_refused_by_name(command, home, capsys):
    assert command("begun", "--updates", "1") == 0
    assert command("begun", "--gae-lambda", "0.5") == 2
    assert "other gae_lambda" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--value-trunk", "shard"), "Did you mean 'shared'"),
        (("--track", "tensorbord"), "Did you mean 'tensorboard'"),
        (("--dynamic-sampling", "True", "--group-size", "1"), "dynamic_sampling leaves out"),
        (("--kl-coefficient", "0.1", "--reference", "none"), "against a reference"),
        (("--two-sided-clip", "1.1"), "two_sided_clip"),
    ],
)
def test_what_cannot_work_is_one_line_before_anything_is_made(command, home, capsys, wrong, said):
    assert command("wrong", *wrong) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (home / "wrong").exists()
