"""`ccrl sft`: fine-tunes any model, writes what it says, and refuses what cannot work."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from reasoning_gym_ccrl.agents.chat_data import write_examples
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example
from reasoning_gym_ccrl.agents.comt.meta_thoughts import plan_of
from reasoning_gym_ccrl.agents.comt.plans_file import PlannedProblem, write_plans
from reasoning_gym_ccrl.agents.demo import DemoConfig
from reasoning_gym_ccrl.agents.metrics_log import MetricsLog
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.seeding import python_random

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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "cotton"], "Did you mean 'cot'"),
        (["--target", "cot", "--match", "token"], "Did you mean 'tokens'"),
        (["--patience", "-1"], "--patience is 0 or more"),
        (["--lora-rank", "-1"], "--lora-rank is 0 or more"),
        (["--plans", "a.jsonl", "--examples", "b.jsonl"], "takes no --examples beside"),
        (["--examples", "b.jsonl", "--families", "arithmetic"], "takes no --families beside"),
        (["--examples", "missing.jsonl"], "missing.jsonl"),
        (["--examples", "b.jsonl", "--replay-share", "0.1"], "a file has no such corpus"),
    ],
)
def test_what_does_not_go_together_is_one_line(options, message, tiny_model, tmp_path, capsys):
    assert sft(tiny_model, tmp_path / "run", *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run" / "model").exists()


def test_solutions_are_learned_too_and_matched_by_tokens(tiny_model, tmp_path, capsys):
    sizes = {}
    for match in ("examples", "tokens"):
        out = tmp_path / match
        options = ["--target", "cot", "--match", match, "--families", "arithmetic", "--updates", 2]
        assert sft(tiny_model, out, *options, "--batch-size", 16) == 0
        config = json.loads((out / "config.json").read_text())
        sizes[match] = config["resolved"]["batch_size"], config["replay_share"]
        rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        assert {row["stage"] for row in rows} == {"cot"}
        assert 0 <= rows[-1]["accuracy"] <= 1
        assert "accuracy, greedy" in capsys.readouterr().out
    replay = DemoConfig().replay_share
    assert sizes["examples"] == (16, replay)
    batch_size, share = sizes["tokens"]
    assert batch_size < 15
    assert batch_size * share == pytest.approx(16 * replay), "as much replay as beside the plans"


def weights(folder):
    return load_file(folder / "model" / "model.safetensors")


def rows_of(out):
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "tokens_per_second"} for row in rows]


def test_a_run_that_is_interrupted_goes_on_to_the_same_weights(tiny_model, tmp_path, monkeypatch, capsys):
    options = ["--updates", 6, "--checkpoint-every", 2, "--validate-every", 3, "--packing"]
    assert sft(tiny_model, tmp_path / "whole", *options) == 0
    write, written = MetricsLog.write, []

    def interrupting(self, stage, update, figures):
        write(self, stage, update, figures)
        written.append(update)
        if written == [0, 1, 2, 3, 4]:
            raise KeyboardInterrupt

    monkeypatch.setattr(MetricsLog, "write", interrupting)
    out = tmp_path / "broken"
    assert sft(tiny_model, out, *options) == 130
    assert "The same command goes on" in capsys.readouterr().err
    assert len(rows_of(out)) == 5
    assert sft(tiny_model, out, *options) == 0
    assert "holds 4 of 6 updates" in capsys.readouterr().out
    assert written == [0, 1, 2, 3, 4, 4, 5]
    assert rows_of(out) == rows_of(tmp_path / "whole")
    one, other = weights(out), weights(tmp_path / "whole")
    assert all(torch.equal(one[name], other[name]) for name in one)
    # A finished run has nothing left to do; another one is refused.
    assert sft(tiny_model, out, *options) == 0
    assert written[-1] == 5
    assert len(written) == 7
    assert sft(tiny_model, out, *options, "--seed", 1) == 2
    assert "has other seed" in capsys.readouterr().err


def test_an_adapter_alone_is_trained_and_saved_or_merged(foreign_model, tmp_path):
    pytest.importorskip("peft")
    options = ["--updates", 3, "--families", "arithmetic", "--lora-rank", 2, "--learning-rate", 0.01]
    assert sft(foreign_model, tmp_path / "adapter", *options) == 0
    assert sft(foreign_model, tmp_path / "merged", *options, "--merge") == 0
    assert not (tmp_path / "adapter" / "model" / "model.safetensors").exists()
    start = LLMAgent.from_pretrained(foreign_model).model
    adapted, merged = (LLMAgent.from_pretrained(tmp_path / name / "model") for name in ("adapter", "merged"))
    ids = torch.tensor([[5, 60, 7, 80]])
    with torch.no_grad():
        logits = [model(input_ids=ids).logits for model in (start, adapted.model, merged.model)]
    torch.testing.assert_close(logits[1], logits[2], rtol=0, atol=1e-4)
    assert float((logits[0] - logits[1]).abs().max()) > 1e-2


def test_a_run_ends_early_at_its_best_weights(tiny_model, tmp_path, capsys):
    # A learning rate that ruins the model: the first look is the best one.
    options = ["--updates", 30, "--validate-every", 1, "--patience", 2, "--learning-rate", 0.9]
    assert sft(tiny_model, tmp_path / "run", *options) == 0
    shown = capsys.readouterr().out
    rows = rows_of(tmp_path / "run")
    assert len(rows) < 30
    losses = [row["validation_loss"] for row in rows]
    best = losses.index(min(losses))
    assert len(rows) == best + 1 + 2
    assert f"lowest after update {best + 1}" in shown
    assert f"{min(losses):.3f}" in shown, "the table shows the weights that were kept"


def test_plans_and_examples_of_a_file(tiny_model, tmp_path):
    source = make_source("arithmetic")
    problems = [source.sample(python_random(0, "file", number)) for number in range(12)]
    write_plans(tmp_path / "plans.jsonl", [PlannedProblem(each, plan_of(each), "graph") for each in problems])
    write_examples(tmp_path / "chat.jsonl", [cot_example(each) for each in problems], "chat")
    for name, stage in (("plans", "comt"), ("examples", "sft")):
        out, file = tmp_path / name, {"plans": "plans.jsonl", "examples": "chat.jsonl"}[name]
        options = ["--updates", 8, f"--{name}", tmp_path / file, "--learning-rate", 0.02, "--validate-every", 4]
        assert sft(tiny_model, out, *options) == 0
        rows = rows_of(out)
        assert {row["stage"] for row in rows} == {stage}
        assert rows[-1]["validation_loss"] < rows[0]["loss"]
        assert json.loads((out / "config.json").read_text())["replay_share"] == 0


def test_a_card_lies_beside_the_model(tiny_model, tmp_path):
    assert sft(tiny_model, tmp_path / "run", "--updates", 1) == 0
    card = (tmp_path / "run" / "model" / "README.md").read_text()
    assert card.startswith("---\n")
    assert "plans with no numbers" in card
    assert '"updates": 1' in card
    assert "calibration was not measured" in card


def test_replay_is_for_the_model_whose_corpus_it_is(foreign_model, tmp_path, capsys):
    assert sft(foreign_model, tmp_path / "run", "--replay-share", "0.2") == 2
    assert "was not trained on it" in capsys.readouterr().err


def test_no_such_model(tmp_path, capsys):
    assert sft(str(tmp_path / "nothing"), tmp_path / "run") == 2
    assert "is neither" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
