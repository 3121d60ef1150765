"""The README beside a model says what was measured, in Markdown that the hub reads."""

from __future__ import annotations

import re

import pytest

from reasoning_gym_ccrl.agents.model_card import Card, card_of_run, render_card, write_card
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, summarise
from reasoning_gym_ccrl.types import Episode, Judgement, Problem, Reward, Step, StepRecord, Verdict

yaml = pytest.importorskip("yaml")

STATED = [0.05, 0.95, 0.95, 0.95, 0.55, 0.55]
RIGHT = [False, True, True, False, True, False]
CARD = Card(
    name="runs/mine/model",
    base_model="Qwen/Qwen3-0.6B",
    method="Fine-tuned on plans.",
    stages={"before": {"accuracy": 0.5, "ece": None}, "after": {"accuracy": 0.625, "ece": 0.1}},
    measured="512 problems of the split test.",
    confidences=STATED,
    outcomes=RIGHT,
    settings={"updates": 3, "families": ("a", "b")},
    tags=("comt",),
)


def header_of(text):
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n")[1])


def rows_of(text, heading):
    """The cells of the table below a heading."""
    part = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_header_is_yaml_that_the_hub_knows():
    assert header_of(render_card(CARD)) == {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["reasoning-gym-ccrl", "calibration", "comt"],
        "base_model": "Qwen/Qwen3-0.6B",
    }


@pytest.mark.parametrize("path", ["runs/demo", "/data/models/a", "./a/b", "base", ""])
def test_a_path_is_no_base_model_of_the_hub(path):
    text = render_card(Card("m", base_model=path))
    assert "base_model" not in header_of(text)
    assert (f"Trained from `{path}`." in text) == bool(path)


def test_the_hub_itself_reads_it():
    huggingface_hub = pytest.importorskip("huggingface_hub")
    data = huggingface_hub.ModelCard(render_card(CARD)).data
    assert (data.library_name, data.base_model) == ("transformers", "Qwen/Qwen3-0.6B")


def test_the_figures_of_every_stage_stand_beside_each_other():
    table = rows_of(render_card(CARD), "What it does")
    meanings = {figure.label: figure.meaning for figure in FIGURES}
    assert table == [
        ["", "before", "after", ""],
        ["---", "---:", "---:", "---"],
        ["Accuracy", "50.0%", "62.5%", meanings["Accuracy"]],
        ["ECE", "–", "0.100", meanings["ECE"]],
    ]
    assert "512 problems of the split test." in render_card(CARD)


def test_the_calibration_table_by_hand():
    table = rows_of(render_card(CARD), "Calibration")
    assert [row[:4] for row in table[2:]] == [
        ["0.0 to 0.1", "1", "0.05", "0%"],
        ["0.5 to 0.6", "2", "0.55", "50%"],
        ["0.9 to 1.0", "3", "0.95", "67%"],
    ]
    # Wilson's interval of 2 right of 3, worked by hand: centre (2/3 + z²/6) / (1 + z²/3), z = 1.96.
    z2 = 1.959964**2
    centre = (2 / 3 + z2 / 6) / (1 + z2 / 3)
    half = (z2 * (2 / 9 + z2 / 12) / 3) ** 0.5 / (1 + z2 / 3)
    assert table[-1][4] == f"{centre - half:.0%} to {centre + half:.0%}"
    assert "6 answers" in render_card(CARD)


def test_what_was_not_measured_is_not_there():
    text = render_card(Card("m"))
    assert "## Calibration" not in text
    assert "## What it does" not in text
    assert "## Settings" not in text
    assert "None" not in text
    assert not re.search(r"\n\n\n", text)


def test_it_lies_beside_the_weights(tmp_path):
    assert write_card(tmp_path, CARD).read_text() == render_card(CARD)
    assert (tmp_path / "README.md").is_file()
    code = render_card(CARD).split("```python\n")[1].split("```")[0]
    compile(code, "README.md", "exec")


def answered(confidence, verdict):
    judged = Judgement(verdict, is_final=True)
    record = StepRecord(Step("answer", "2", confidence), judged, Reward(0.0))
    return Episode(Problem("p", "1 + 1?", "2"), (record,), terminated=True, truncated=False)


def test_the_card_of_a_run_from_its_summary_and_episodes():
    episodes = [answered(0.95, Verdict.CORRECT), answered(0.95, Verdict.INCORRECT), answered(None, Verdict.CORRECT)]
    summary = {"env": "MathCCRL-v0", "stages": {"after": summarise(episodes, seconds=1.0)}}
    card = card_of_run("mine", "runs/demo/comt", "Trained.", summary, episodes, {"updates": 3})
    assert (list(card.confidences), list(card.outcomes)) == ([0.95, 0.95], [True, False])
    text = render_card(card)
    assert "3 held-out problems of MathCCRL-v0" in text
    assert rows_of(text, "Calibration")[2][:4] == ["0.9 to 1.0", "2", "0.95", "50%"]
    assert rows_of(text, "What it does")[2][:2] == ["Accuracy", "66.7%"]
