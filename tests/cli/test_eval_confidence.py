"""`ccrl eval --compare-confidence`: every source of confidence on the same answers, against figures by hand."""

from __future__ import annotations

import json
import math

import pytest

from reasoning_gym_ccrl.agents.confidence import CONFIDENCES
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer
from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.evaluation.evaluate import read_episodes

ANSWERS = ("2", "2", "4")
STATED = {"1 + 1?": (0.9, 0.8, 0.2), "2 + 2?": (0.6, 0.3, 0.7)}


def said(prompt, sample):
    confidence = next(values for question, values in STATED.items() if question in prompt)[sample]
    return f"<answer>{ANSWERS[sample]}</answer><confidence>{confidence}</confidence>"


@pytest.fixture(scope="module")
def little():
    tokenizer = build_tokenizer()
    return build_model(tokenizer, hidden_size=32, layers=1, heads=2, intermediate_size=32), tokenizer


@pytest.fixture
def evaluate(tmp_path, monkeypatch, little):
    """`ccrl eval` on two problems, by an agent that says what a script says; with the folder it writes to."""
    data = tmp_path / "sums.jsonl"
    data.write_text('{"question": "1 + 1?", "answer": "2"}\n{"question": "2 + 2?", "answer": "4"}\n')
    model, tokenizer = little

    def call(*options, script=said, name="scripted"):
        agent = LLMAgent(model, tokenizer, ScriptedEngine(tokenizer, script))
        monkeypatch.setattr("reasoning_gym_ccrl.cli.eval.load_agent", lambda *_, **__: agent)
        words = ["eval", "--model", name, "--env", "DatasetCCRL-v0", "--data", data, "--out", tmp_path / "run"]
        return main([*map(str, [*words, *options])])

    return call


def compared(tmp_path):
    return json.loads((tmp_path / "run" / "confidences.json").read_text(), parse_constant=pytest.fail)


def test_every_source_on_the_same_answers(evaluate, tmp_path, capsys):
    assert evaluate("--attempts", 3, "--compare-confidence") == 0
    figures = compared(tmp_path)["scripted"]
    assert list(figures) == list(CONFIDENCES)
    assert all(row["count"] == 6 and row["accuracy"] == 0.5 and row["share"] == 1.0 for row in figures.values())
    # Right are 0.9, 0.8 and 0.7, wrong 0.2, 0.6 and 0.3: told apart without a mistake.
    # ECE: each in a bin of its own, (0.1 + 0.2 + 0.3 + 0.2 + 0.6 + 0.3) / 6.
    assert figures["stated"]["auroc"] == 1.0
    assert figures["stated"]["brier"] == pytest.approx((0.01 + 0.04 + 0.04 + 0.36 + 0.09 + 0.09) / 6)
    # Two of three say 2, which is right once and wrong once: the vote knows nothing.
    assert figures["self_consistency"]["auroc"] == 0.5
    assert figures["self_consistency"]["brier"] == pytest.approx((3 / 9 + 3 * 4 / 9) / 6)
    sure = math.exp(-1)  # the script's log-probability of each token
    assert figures["token_mean"]["mean"] == pytest.approx(sure)
    assert figures["token_mean"]["brier"] == pytest.approx((sure**2 + (1 - sure) ** 2) / 2)
    shown = capsys.readouterr().out
    rows = {line.split("│")[1].strip(): line for line in shown.splitlines() if line.count("│") > 6}
    assert set(CONFIDENCES) <= set(rows)
    assert [cell.strip() for cell in rows["stated"].split("│")[2:7]] == ["0.283", "0.105", "1.000", "0.583", "100.0%"]
    assert "6 answers of which 50.0% are right" in shown
    # The episodes that are written are those of a plain run: nothing was changed by asking.
    plain = read_episodes(tmp_path / "run" / "episodes" / "scripted.jsonl")
    assert sorted(e.final.step.confidence for e in plain) == [0.2, 0.3, 0.6, 0.7, 0.8, 0.9]


def test_single_attempts_leave_self_consistency_out_and_say_so(evaluate, tmp_path, capsys):
    assert evaluate("--compare-confidence") == 0
    assert list(compared(tmp_path)["scripted"]) == [name for name in CONFIDENCES if name != "self_consistency"]
    assert "self_consistency needs more than one attempt" in capsys.readouterr().out


def test_a_source_that_is_always_silent_does_not_empty_the_others(evaluate, tmp_path, capsys):
    assert evaluate("--attempts", 3, "--compare-confidence", script=lambda p, n: f"<answer>{ANSWERS[n]}</answer>") == 0
    figures = compared(tmp_path)["scripted"]
    assert figures["stated"] == {"share": 0.0}
    assert figures["token_mean"]["count"] == 6
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│ stated")]
    assert [cell.strip() for cell in row.split("│")[2:7]] == ["–", "–", "–", "–", "0.0%"]


def test_a_model_that_never_answers(evaluate, capsys):
    assert evaluate("--compare-confidence", script=lambda prompt, sample: "<step>1 + 1 = 2</step>") == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_models_share_the_file(evaluate, tmp_path):
    assert evaluate("--attempts", 3) == 0
    assert not (tmp_path / "run" / "confidences.json").exists(), "only where asked for"
    assert evaluate("--attempts", 3, "--compare-confidence") == 0
    assert evaluate("--attempts", 3, "--compare-confidence", name="other") == 0
    both = compared(tmp_path)
    assert list(both) == ["scripted", "other"]
    assert both["scripted"] == both["other"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--confidence", "p_true"], "measures every source, p_true among them"),
        (["--confidence", "p_treu"], "Did you mean 'p_true'"),
        (["--attempts", "3", "--temperature", "0"], "all attempts are the same"),
    ],
)
def test_what_cannot_work_is_said_before_a_model_is_loaded(options, message, capsys):
    assert main(["eval", "--model", "no/such/model", "--compare-confidence", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_problems_without_answers_cannot_be_compared_on(tmp_path, capsys):
    data = tmp_path / "open.jsonl"
    data.write_text('{"question": "What is best?", "answer": null}\n')
    words = ["eval", "--model", "no/such/model", "--env", "DatasetCCRL-v0", "--data", str(data)]
    assert main([*words, "--compare-confidence"]) == 2
    assert "none of these 1 problems has a known answer" in capsys.readouterr().err
