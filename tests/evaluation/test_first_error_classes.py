"""benchmarks/first_error_classes.jsonl and what benchmarks/first_errors.py makes of it."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from reasoning_gym_ccrl.envs.problems.datasets import read_problems
from reasoning_gym_ccrl.evaluation.first_error import labelled_error

from ..data_folder import data_file

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def script():
    """benchmarks/first_errors.py as a module, with its neighbour `common`."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("first_errors", BENCHMARKS / "first_errors.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["first_errors"] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(BENCHMARKS))
        sys.modules.pop("first_errors", None)


@pytest.fixture(scope="module")
def entries():
    lines = (BENCHMARKS / "first_error_classes.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def problems(script):
    return {name: read_problems(data_file(file))[0] for name, file in script.SETS.items()}


def test_entries_are_well_formed(script, entries):
    assert len({entry["id"] for entry in entries}) == len(entries)
    for entry in entries:
        is_noise = entry["class"] == script.NOISE
        assert is_noise or entry["class"] in script.CLASSES
        assert set(entry) == {"id", "class", "note"} | ({"adjudicated_first_error"} if is_noise else set())
        assert 0 < len(entry["note"]) <= 160


def test_a_row_by_hand(script):
    Row = script.Row
    rows = [
        Row("found", 1, 1, "arithmetic", 1),
        Row("missed", 1, None, "arithmetic", 1),
        Row("wrong", 2, 2, "wrong operation", 2),
        Row("early, and right to be", 3, 1, "label noise", 1),
        Row("false alarm, and right to be", None, 0, "label noise", 0),
        Row("no error after all", 2, None, "label noise", None),
        Row("early", 2, 0, "misreading", 2),
        Row("clean", None, None, "", None),
    ]
    figures = script.report(rows)
    raw, adjudicated = figures["raw"]["first_error"], figures["adjudicated"]["first_error"]
    assert (raw["found"], raw["missed"], raw["early"], raw["false_alarms"], raw["rows_all_correct"]) == (2, 2, 2, 1, 2)
    assert (adjudicated["found"], adjudicated["missed"], adjudicated["early"]) == (4, 1, 1)
    assert (adjudicated["false_alarms"], adjudicated["rows_all_correct"]) == (0, 2)
    assert figures["calls_not_borne_out"] == ["early"]
    assert figures["labels_corrected"] == 3
    assert figures["by_class"]["arithmetic"] == {"rows": 2, "found": 1, "recall": 0.5}
    assert figures["by_class"]["wrong operation"] == {"rows": 1, "found": 1, "recall": 1.0}
    assert figures["by_class"]["(label corrected)"] == {"rows": 2, "found": 2, "recall": 1.0}
    assert figures["by_class"]["language"] == {"rows": 0, "found": 0, "recall": None}


def test_entries_speak_of_rows_that_exist_and_quote_none(script, entries, problems):
    rows = {problem.id: problem for listed in problems.values() for problem in listed}
    for entry in entries:
        problem = rows[entry["id"]]
        steps = problem.metadata["steps"]
        if entry["class"] == script.NOISE:
            adjudicated = entry["adjudicated_first_error"]
            assert adjudicated is None or 0 <= adjudicated < len(steps)
            assert adjudicated != labelled_error(problem), entry["id"]
        text = " ".join(
            [problem.question, problem.metadata.get("solution_text") or "", *(step["text"] for step in steps)]
        )
        words, said = (re.findall(r"\w+", part.lower()) for part in (text, entry["note"]))
        runs = {tuple(words[start : start + 7]) for start in range(len(words) - 6)}
        assert not any(tuple(said[start : start + 7]) in runs for start in range(len(said) - 6)), entry["id"]


def test_every_disagreement_was_read_and_the_figures_hold(script, entries, problems):
    """What the pages claim: adjudicated precision of 0.98 or more, and of wrong arithmetic nine in ten found."""
    classes = {entry["id"]: entry for entry in entries}
    rows = [script.judge_row(problem, classes) for listed in problems.values() for problem in listed]
    figures = script.report(rows)
    assert figures["rows"] == 1_892
    assert figures["not_read"] == []
    assert figures["adjudicated"]["precision"] >= 0.98
    assert figures["by_class"]["arithmetic"]["recall"] >= 0.9
    assert figures["by_class"]["wrong operation"]["found"] >= 30
    assert figures["raw"]["recall"] >= 0.24


def test_the_tables_name_each_set_and_class(script):
    rows = [script.Row("a", 1, 1, "arithmetic", 1), script.Row("b", None, 0, "label noise", 1)]
    about = {"command": "it", "commit": "abc", "machine": {"cpu": "a", "python": "3"}, "left_out": ["MR-GSM8K"]}
    text = script.table({"first": script.report(rows), "all": script.report(rows)}, about)
    lines = text.splitlines()
    assert sum(line.startswith("| first | ") for line in lines) == 2
    assert any(line.startswith("| arithmetic | 1 of 1 (100.0%) | 1 of 1 (100.0%) |") for line in lines)
    assert lines[-1] == "`it` at abc; a, Python 3. Left out, for want of the data: MR-GSM8K."
