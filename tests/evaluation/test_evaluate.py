import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from reasoning_gym_ccrl.errors import DataError
from reasoning_gym_ccrl.evaluation.evaluate import (
    FIGURES,
    mean_reward_terms,
    read_episodes,
    stated_pairs,
    summarise,
    write_episodes,
)
from reasoning_gym_ccrl.types import Episode, Judgement, Problem, Reward, Step, StepRecord, Verdict

from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, overconfident, record, word_problem

KEYS = [
    *("accuracy", "step_accuracy", "steps_checked", "confidence_stated", "ece", "step_ece", "brier", "auroc"),
    *("overconfident_error_rate", "mean_tokens", "episodes", "seconds"),
]


def test_figures_by_hand():
    plan = record("plan", "a = b", None, RIGHT)
    episodes = [
        episode(plan, record("step", "1 + 1 = 2", 0.8, RIGHT), record("answer", "2", 1.0, RIGHT), tokens=10),
        episode(record("step", "1 + 1 = 3", 0.6, WRONG), record("answer", "3", 0.9, WRONG), tokens=20),
        episode(record("step", "hm", 0.4, UNCHECKED), record("answer", "4", None, WRONG), tokens=30),
        episode(record("step", "2 + 2 = 4", None, RIGHT), tokens=40),  # out of budget: no answer is wrong
    ]
    figures = summarise(episodes, seconds=1.5)
    assert list(figures) == KEYS == [figure.key for figure in FIGURES]
    assert figures == pytest.approx(
        {
            "accuracy": 1 / 4,
            "step_accuracy": 2 / 3,
            "steps_checked": 3 / 4,
            "confidence_stated": 2 / 3,
            "ece": (0.0 + 0.9) / 2,  # 15 bins: 0.9 and 1.0 are in different ones
            "step_ece": (0.2 + 0.6) / 2,
            "brier": 0.81 / 2,
            "auroc": 1.0,
            "overconfident_error_rate": 1 / 4,
            "mean_tokens": 25.0,
            "episodes": 4.0,
            "seconds": 1.5,
        }
    )


def test_nothing_is_null_not_zero():
    figures = summarise([], seconds=0.0)
    assert figures == {key: None for key in KEYS} | {"episodes": 0.0, "seconds": 0.0}
    json.dumps(figures, allow_nan=False)
    for figure in FIGURES:
        assert figure.write(None) == "–"


def test_silence_is_no_calibration():
    """Stating a confidence only where it is right: ECE cannot see it, the share stated can."""
    silent = [episode(record("answer", "24", 1.0, RIGHT)), episode(record("answer", "1", None, WRONG))]
    figures = summarise(silent, seconds=0.0)
    assert figures["ece"] == 0.0
    assert figures["confidence_stated"] == 0.5
    assert figures["mean_tokens"] is None  # no model wrote these


def test_could_not_check_is_not_wrong():
    unchecked = episode(record("answer", "sin(x)", 0.95, UNCHECKED))
    known = [episode(record("answer", "24", 0.9, RIGHT)), episode(record("answer", "1", 0.2, WRONG))]
    figures, without = summarise([*known, unchecked], seconds=0.0), summarise(known, seconds=0.0)
    for name in ("ece", "brier", "auroc"):
        assert figures[name] == without[name]
    assert figures["overconfident_error_rate"] == 0.0
    assert figures["accuracy"] == pytest.approx(1 / 3)
    nobody_knows = episode(record("answer", "7", 0.9, UNCHECKED), problem=Problem("x:1", "Why?", None))
    assert summarise([nobody_knows], seconds=0.0)["accuracy"] is None
    assert summarise([*known, nobody_knows], seconds=0.0)["accuracy"] == 0.5


def test_overconfident_models_show_and_calibrated_ones_do_not():
    calibrated = summarise(make_episodes(3000, seed=1), seconds=0.0)
    boaster = summarise(make_episodes(3000, seed=1, chance_right=overconfident, skill=0.6), seconds=0.0)
    assert calibrated["ece"] < 0.03
    assert boaster["ece"] > 0.25
    assert boaster["overconfident_error_rate"] > 3 * calibrated["overconfident_error_rate"]
    assert calibrated["auroc"] > 0.75
    assert 0.5 < boaster["steps_checked"] < 1.0


def test_figures_write_themselves():
    written = {figure.key: figure.write(0.25) for figure in FIGURES}
    assert written["accuracy"] == "25.0%"
    assert written["ece"] == "0.250"
    assert written["seconds"] == "0.2 s"
    assert FIGURES[-2].write(512.0) == "512"
    assert FIGURES[0].write(float("nan")) == "–"


def test_episodes_go_to_a_file_and_back(tmp_path):
    episodes = make_episodes(20, seed=2)
    path = tmp_path / "deep" / "folder" / "episodes.jsonl"
    write_episodes(path, episodes)
    back = read_episodes(path)
    assert [e.to_json() for e in back] == [e.to_json() for e in episodes]
    assert summarise(back, seconds=1.0) == summarise(episodes, seconds=1.0)
    assert [e.problem for e in back] == [e.problem for e in episodes]
    assert [e.records for e in back] == [e.records for e in episodes]  # these have no spans
    assert os.listdir(path.parent) == ["episodes.jsonl"]


def test_every_field_of_a_record_survives():
    judgement = Judgement(
        Verdict.INCORRECT, False, Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED, "why", True, 3, "7/2", True
    )
    full = StepRecord(Step("step", "a = 7/2", 0.25), judgement, Reward(-0.5, {"ccrl": -0.4, "length": -0.1}))
    attempt = Episode(word_problem(3), (full,), False, True, seed=9, counted_tokens=31)
    assert Episode.from_json(json.loads(json.dumps(attempt.to_json()))) == attempt
    assert StepRecord.from_json(StepRecord(full.step, judgement, full.reward, (2, 5)).to_json()).span is None


@pytest.mark.parametrize(
    "text", ["× ÷ − ½", "<script>alert(1)</script>", "half a pair \ud800", "line\nbreak\u2028\x00"]
)
def test_any_text_of_a_model_survives_a_file(tmp_path, text):
    write_episodes(tmp_path / "e.jsonl", [episode(record("step", text, 0.5, WRONG))])
    assert read_episodes(tmp_path / "e.jsonl")[0].records[0].step.text == text


def test_numpy_numbers_are_written(tmp_path):
    paid = StepRecord(Step("answer", "1", np.float32(0.5)), Judgement(RIGHT, True), Reward(np.float32(0.25)))
    write_episodes(tmp_path / "e.jsonl", [episode(paid)])
    assert read_episodes(tmp_path / "e.jsonl")[0].final.step.confidence == 0.5


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "e.jsonl"
    write_episodes(path, [episode(record("answer", "1", 0.5, RIGHT))])
    before = path.read_bytes()
    bad = episode(record("answer", "1", 0.5, RIGHT, reward=float("nan")))
    with pytest.raises(DataError, match="'test:1' does not"):
        write_episodes(path, [episode(), bad])
    odd = episode(problem=Problem("odd:1", "?", "1", metadata={"set": {1, 2}}))
    with pytest.raises(DataError, match="set is not JSON"):
        write_episodes(path, [odd])
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["e.jsonl"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2"),
        ("[1, 2]", "line 2"),
        ('"text"', "line 2"),
        ('{"problem": {}}', "no 'id'"),
        ('{"problem": {"id": "a", "question": "b", "answer": "c"}}', "no 'records'"),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, said):
    path = tmp_path / "e.jsonl"
    write_episodes(path, [episode()])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DataError, match=said) as caught:
        read_episodes(path)
    assert "e.jsonl, line 2" in str(caught.value)


def test_an_unknown_verdict_or_a_missing_file_is_named(tmp_path):
    path = tmp_path / "e.jsonl"
    data = episode(record("answer", "1", 0.5, RIGHT)).to_json()
    data["records"][0]["judgement"]["verdict"] = "MAYBE"
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match="MAYBE"):
        read_episodes(path)
    with pytest.raises(DataError, match="cannot be opened"):
        read_episodes(tmp_path / "none.jsonl")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="UTF-8"):
        read_episodes(path)


def test_measuring_loads_nothing_heavy():
    code = (
        "import sys, reasoning_gym_ccrl.evaluation.evaluate, reasoning_gym_ccrl.evaluation.metrics\n"
        "heavy = {'torch', 'transformers', 'sympy', 'matplotlib', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def paid(terms, kind="step", confidence=0.5, verdict=RIGHT):
    made = record(kind, "1 + 1 = 2", confidence, verdict)
    return replace(made, reward=Reward(sum(terms.values()), terms))


def test_mean_reward_terms_add_up_to_the_mean_return():
    episodes = [
        episode(paid({"calibration": 0.2, "outcome": 0.0}), paid({"outcome": 1.0, "calibration": 0.3}, "answer")),
        episode(paid({"a fine": -0.5})),
        episode(),
    ]
    terms = mean_reward_terms(episodes)
    assert list(terms) == ["calibration", "outcome", "a fine"]
    assert terms == pytest.approx({"calibration": 0.5 / 3, "outcome": 1 / 3, "a fine": -0.5 / 3})
    assert sum(terms.values()) == pytest.approx(sum(e.total_reward for e in episodes) / 3)
    assert mean_reward_terms([]) == {}


def test_stated_pairs_are_of_steps_and_answers_that_were_checked():
    episodes = [
        episode(
            record("plan", "a = b", None, RIGHT),
            record("step", "1 + 1 = 2", 0.9, RIGHT),
            record("step", "1 + 1 = 3", 0.8, WRONG),
            record("step", "so it is", 0.7, UNCHECKED),
            record("step", "1 + 1 = 2", None, RIGHT),
            record("answer", "2", 0.6, RIGHT),
        )
    ]
    assert stated_pairs(episodes) == ([0.9, 0.8, 0.6], [True, False, True])
