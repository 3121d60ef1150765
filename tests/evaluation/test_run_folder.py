import json
import re

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.errors import DataError
from reasoning_gym_ccrl.evaluation import detail
from reasoning_gym_ccrl.evaluation import run_folder as run_folder_module
from reasoning_gym_ccrl.evaluation.detail import intervals
from reasoning_gym_ccrl.evaluation.evaluate import summarise, write_episodes
from reasoning_gym_ccrl.evaluation.pairs import stated_answers
from reasoning_gym_ccrl.evaluation.plots import style
from reasoning_gym_ccrl.evaluation.run_folder import build_report, read_run

from ..timing import in_time
from .make_episodes import make_episodes

MEASURED = ["reliability.png", "histograms.png", "risk_coverage.png", "steps.png"]
MADE = {*MEASURED, "curves.png", "report.html"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few draws and small pictures, for tests that look at neither."""
    monkeypatch.setattr(detail, "RESAMPLES", 20)
    monkeypatch.setattr(style, "DPI", 30)


@pytest.fixture
def run_folder(tmp_path):
    stages = {"base": make_episodes(30, seed=1), "comt": make_episodes(30, seed=2), "ccrl": make_episodes(30, seed=3)}
    for name, episodes in stages.items():
        write_episodes(tmp_path / "run" / "episodes" / f"{name}.jsonl", episodes)
    figures = {name: summarise(episodes, seconds=1.0) for name, episodes in stages.items()}
    summary = {"seed": 0, "env": "MathCCRL-v0", "seconds_total": 9.0, "stages": figures}
    (tmp_path / "run" / "summary.json").write_text(json.dumps(summary))
    rows = [{"stage": "grpo", "update": k, "reward_mean": 0.1 * k} for k in range(5)]
    (tmp_path / "run" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "run"


def test_the_command_makes_the_pictures_and_the_page(run_folder, capsys):
    assert main(["report", str(run_folder), "--title", "My run"]) == 0
    assert {path.name for path in run_folder.iterdir()} >= MADE
    assert capsys.readouterr().out.count("wrote ") == 6
    text = (run_folder / "report.html").read_text()
    assert "<h1>My run</h1>" in text
    assert text.count("data:image/png;base64,") == 5
    assert text.index("Base</th>") < text.index("CoMT</th>") < text.index("CCRL</th>")


def test_what_can_be_made_is_made(run_folder):
    (run_folder / "summary.json").unlink()
    run = read_run(run_folder)
    assert list(run.summary["stages"]) == ["base", "comt", "ccrl"]
    assert run.summary["stages"]["ccrl"] == summarise(run.stages["ccrl"], seconds=0.0) | {"seconds": None}
    (run_folder / "metrics.jsonl").unlink()
    assert [path.name for path in build_report(run_folder)] == [*MEASURED, "report.html"]
    for path in (run_folder / "episodes").iterdir():
        path.unlink()
    (run_folder / "summary.json").write_text('{"stages": {"b": {"ece": 0.1}, "a": {"ece": 0.2}}}')
    assert [path.name for path in build_report(run_folder)] == ["report.html"]
    assert list(read_run(run_folder).summary["stages"]) == ["b", "a"]  # as the summary lists them


def test_warnings_of_the_training_and_its_terms_are_on_the_page(run_folder):
    with open(run_folder / "metrics.jsonl", "a") as file:
        for update in range(5, 60):
            row = {"stage": "grpo", "update": update, "reward_mean": 0.5, "reward/<i>mine</i>": 0.25}
            row |= {"confidence_entropy": 0.1, "warnings": [f"Confidence <b>collapsed</b> to {update} of it."]}
            file.write(json.dumps(row) + "\n")
    assert [path.name for path in build_report(run_folder)] == [
        *MEASURED, "curves.png", "reward_terms.png", "confidence.png", "report.html",
    ]  # fmt: skip
    text = (run_folder / "report.html").read_text()
    notice = text.index("At update 5, and at 54 later updates, the last of them 59: Confidence &lt;b&gt;collapsed")
    assert notice < text.index("<h2>Figures</h2>")
    assert text.count("collapsed&lt;/b&gt; to") == 1


def test_the_detail_tables_and_the_differences_are_on_the_page(run_folder, monkeypatch):
    build_report(run_folder)
    text = (run_folder / "report.html").read_text()
    headings = re.findall(r"<h2>(.*?)</h2>", text)
    assert headings == [
        "Figures", "Differences from CoMT", "Calibration", "Answers in detail", "Steps in detail", "Reward by terms",
        "Training", "Transcripts",
    ]  # fmt: skip
    assert re.findall(r'<a href="#(section-\d)">(.*?)</a>', text) == [
        (f"section-{k}", heading) for k, heading in enumerate(headings)
    ]
    assert "Warnings of the training" not in text  # there were none
    run = read_run(run_folder)
    brier = intervals(stated_answers(run.stages["ccrl"]))["brier"]
    assert f"<td>{brier.value:.3f} [{brier.low:.3f}, {brier.high:.3f}]</td>" in text
    (run_folder / "metrics.jsonl").unlink()
    monkeypatch.setattr(run_folder_module, "draw_stages", lambda stages, place: {})
    build_report(run_folder)  # models that were evaluated side by side: all against the first
    assert "Differences from Base" in (run_folder / "report.html").read_text()


def test_five_thousand_episodes_make_a_page_of_bounded_size_in_bounded_time(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder_module, "draw_stages", lambda stages, place: {})  # a picture takes as long of fifty
    write_episodes(tmp_path / "run" / "episodes" / "many.jsonl", make_episodes(5_000))
    in_time(lambda: build_report(tmp_path / "run"), 8.0)
    small = len((tmp_path / "run" / "report.html").read_bytes())
    assert small < 200_000


def test_no_transcripts_where_none_are_asked_for(run_folder):
    build_report(run_folder, transcripts=0)
    assert "<h2>Transcripts</h2>" not in (run_folder / "report.html").read_text()


def test_a_row_cut_off_by_a_kill_is_left_out(run_folder):
    with open(run_folder / "metrics.jsonl", "a") as file:
        file.write('{"stage": "grpo", "upd')
    assert len(read_run(run_folder).rows) == 5
    assert build_report(run_folder)[-1].name == "report.html"


@pytest.mark.parametrize("text", ["{", "[]", "\x00", '{"reward": "ccrl"}'])
def test_settings_are_read_where_they_can_be(run_folder, text):
    (run_folder / "config.json").write_text(text)
    assert read_run(run_folder).settings in ({}, {"reward": "ccrl"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("metrics.jsonl", '{"update": 1}\n{broken\n{"update": 3}\n', "metrics.jsonl, line 2"),
        ("metrics.jsonl", "[1]\n", "received list"),
        ("summary.json", "{", "summary.json is the JSON"),
        ("summary.json", "[]", 'an object with "stages"'),
        ("summary.json", '{"stages": {"a": 1}}', 'an object with "stages"'),
        ("episodes/base.jsonl", "{}\n", "base.jsonl, line 1"),
    ],
)
def test_broken_files_are_named(run_folder, capsys, name, text, said):
    (run_folder / name).write_text(text)
    with pytest.raises(DataError, match=said):
        build_report(run_folder)
    assert main(["report", str(run_folder)]) == 2
    assert not {path.name for path in run_folder.iterdir()} & MADE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_is_no_run_is_named(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert "has none of them" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err
