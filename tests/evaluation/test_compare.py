"""Several runs on one page: which stages, under which names, with which numbers; and what is refused."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.errors import DataError, InvalidOption, UnknownName
from reasoning_gym_ccrl.evaluation import detail
from reasoning_gym_ccrl.evaluation.compare import compare_runs, read_comparison, run_names, settings_table
from reasoning_gym_ccrl.evaluation.evaluate import summarise, write_episodes
from reasoning_gym_ccrl.evaluation.plots import style

from .make_episodes import RIGHT, episode, make_episodes, overconfident, record, word_problem


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few draws and small pictures, for tests that look at neither."""
    monkeypatch.setattr(detail, "RESAMPLES", 20)
    monkeypatch.setattr(style, "DPI", 30)


def make_run(folder, stages, *, settings=None, rows=2, env="MathCCRL-v0"):
    for name, episodes in stages.items():
        write_episodes(folder / "episodes" / f"{name}.jsonl", episodes)
    figures = {name: summarise(episodes, seconds=1.0) for name, episodes in stages.items()}
    (folder / "summary.json").write_text(json.dumps({"env": env, "seed": 0, "stages": figures}))
    lines = [{"stage": "grpo", "update": k, "reward_mean": 0.1 * k, "reward/mine": 0.1} for k in range(rows)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if settings:
        (folder / "config.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture
def runs(tmp_path):
    before = make_episodes(30, seed=1, chance_right=overconfident)
    mine = make_run(
        tmp_path / "mine",
        {"before": before, "after": make_episodes(30, seed=2)},
        settings={"reward": "ccrl", "seed": 0},
    )
    yours = make_run(
        tmp_path / "yours",
        {"before": before, "after": make_episodes(30, seed=3)},
        settings={"reward": "brier", "seed": 0},
    )
    return mine, yours


def test_the_last_stage_of_each_run_by_default_and_others_by_name(runs):
    assert list(read_comparison(runs).stages) == ["mine/after", "yours/after"]
    assert list(read_comparison(runs, ["before"]).stages) == ["mine/before", "yours/before"]
    assert list(read_comparison(runs, ["after", "mine/before"]).figures) == ["mine/before", "mine/after", "yours/after"]
    with pytest.raises(UnknownName, match=r"Unknown stage of these runs 'aftre'. Did you mean 'after'"):
        read_comparison(runs, ["aftre"])
    assert read_comparison(runs).stages["yours/after"] == [
        *read_comparison(runs, ["yours/after"]).stages["yours/after"]
    ]


def test_runs_of_one_name_are_told_apart(tmp_path):
    paths = [tmp_path / "a" / "demo", tmp_path / "b" / "demo", tmp_path / "b" / "other"]
    assert run_names(paths) == ["a/demo", "b/demo", "other"]
    assert run_names([Path("/x/y/run"), Path("/z/y/run")]) == ["x/y/run", "z/y/run"]
    assert run_names([tmp_path / "run" / "..", tmp_path / "run"]) == [tmp_path.name, "run"]
    with pytest.raises(InvalidOption, match="given twice"):
        run_names([tmp_path / "a", tmp_path / "b" / ".." / "a"])


def test_the_page_holds_both_runs_their_differences_and_their_settings(runs, tmp_path):
    written = compare_runs(runs, tmp_path / "out")
    assert [path.name for path in written] == [
        "reliability.png", "histograms.png", "risk_coverage.png", "steps.png", "runs.png", "reward_terms.png",
        "report.html",
    ]  # fmt: skip
    text = unescape((tmp_path / "out" / "report.html").read_text())
    assert "<h1>Comparison of mine, yours</h1>" in text
    assert "Differences from mine/after" in text
    mine, yours = (read_comparison(runs).stages[f"{name}/after"] for name in ("mine", "yours"))
    gap = sum(e.is_correct for e in yours) / 30 - sum(e.is_correct for e in mine) / 30
    assert f"{'−' if gap < 0 else '+'}{100 * abs(gap):.1f} pp [" in text
    assert re.search(r"Settings that differ.*reward.*<td>ccrl</td><td>brier</td>", text, re.DOTALL)
    assert "All of them tried the same 30 problems." in text
    # The same problem, side by side: both runs' attempts stand in one article.
    article = re.search(r"<article.*?</article>", text, re.DOTALL).group(0)
    assert article.index('data-stage="mine/after"') < article.index('data-stage="yours/after"')


def test_other_problems_and_other_environments_are_said(tmp_path):
    half = [episode(record("answer", "1", 0.5, RIGHT), problem=word_problem(k)) for k in range(15, 30)]
    one = make_run(tmp_path / "one", {"a": make_episodes(20)}, env="MathCCRL-v0")
    other = make_run(tmp_path / "other", {"a": half}, env="DatasetCCRL-v0")
    compare_runs([one, other], tmp_path / "out", notes=["A note of mine."])
    text = unescape((tmp_path / "out" / "report.html").read_text())
    assert "5 of 30 problems were tried by all of them" in text
    assert "other environments (one: MathCCRL-v0; other: DatasetCCRL-v0)" in text
    assert "A note of mine." in text


def test_a_run_with_training_alone_takes_part(runs, tmp_path):
    (tmp_path / "young").mkdir()
    (tmp_path / "young" / "metrics.jsonl").write_text('{"update": 0, "reward_mean": 1.0}\n{"update": 1, "rew')
    compared = read_comparison([*runs, tmp_path / "young"])
    assert list(compared.stages) == ["mine/after", "yours/after"]
    assert len(compared.rows["young"]) == 1
    assert compare_runs([tmp_path / "young", runs[0]], tmp_path / "out")[-1].is_file()


def test_settings_that_differ_among_those_that_say():
    table = settings_table(
        {
            "a": {"seed": 0, "families": ["x", "y"], "out": "a", "resolved": {"deep": 1}, "reward": None},
            "b": {"seed": 1, "families": ["x", "y"], "out": "b", "model": "<b>" + "m" * 100},
            "c": {"seed": 0},
        }
    )
    assert [(row.label, row.cells) for row in table.rows] == [("seed", ["0", "1", "0"])]
    assert settings_table({"a": {"seed": 0}, "b": {"seed": 0}, "c": {}}) is None


def test_the_command_compares_and_refuses(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    both = list(map(str, runs))
    assert main(["report", *both, "--title", "Both", "--transcripts", "3"]) == 0
    text = (tmp_path / "runs" / "compare" / "report.html").read_text()
    assert "<h1>Both</h1>" in text
    assert text.count('<article class="problem">') == 3
    assert capsys.readouterr().out.count("wrote ") == 7
    assert not (runs[0] / "report.html").exists()
    for arguments, said in [
        ([*both, "--out", both[0]], "whose own report it would replace"),
        ([both[0], both[0]], "given twice"),
        ([*both, "--stages", "nowhere"], "Known: after, before, mine/after"),
        ([both[0], str(tmp_path / "none")], "is no folder"),
        ([both[0], "--stages", "nowhere"], "Unknown stage of the run"),
        ([both[0], "--transcripts", "-1"], "--transcripts is 0 or more"),
        ([], "none is given"),
    ]:
        assert main(["report", *arguments]) == 2, arguments
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


def test_one_run_elsewhere_and_in_part(runs, tmp_path):
    assert main(["report", str(runs[0]), "--out", str(tmp_path / "there"), "--stages", "after"]) == 0
    assert not (runs[0] / "report.html").exists()
    text = (tmp_path / "there" / "report.html").read_text()
    assert 'data-stage="after"' in text
    assert 'data-stage="before"' not in text
    assert "Differences" not in text


def test_a_broken_file_of_any_run_is_named(runs, tmp_path):
    (runs[1] / "summary.json").write_text("{")
    with pytest.raises(DataError, match=r"yours/summary\.json"):
        compare_runs(runs, tmp_path / "out")
    assert not (tmp_path / "out").exists()
