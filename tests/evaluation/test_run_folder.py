import json

import pytest

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.errors import DataError
from reasoning_gym_ccrl.evaluation.evaluate import summarise, write_episodes
from reasoning_gym_ccrl.evaluation.run_folder import build_report, read_run

from .make_episodes import make_episodes

MADE = {"reliability.png", "curves.png", "report.html"}


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
    assert capsys.readouterr().out.count("wrote ") == 3
    text = (run_folder / "report.html").read_text()
    assert "<h1>My run</h1>" in text
    assert text.count("data:image/png;base64,") == 2
    assert text.index("Base</th>") < text.index("CoMT</th>") < text.index("CCRL</th>")


def test_what_can_be_made_is_made(run_folder):
    (run_folder / "summary.json").unlink()
    run = read_run(run_folder)
    assert list(run.summary["stages"]) == ["base", "comt", "ccrl"]
    assert run.summary["stages"]["ccrl"] == summarise(run.stages["ccrl"], seconds=0.0) | {"seconds": None}
    (run_folder / "metrics.jsonl").unlink()
    assert [path.name for path in build_report(run_folder)] == ["reliability.png", "report.html"]
    for path in (run_folder / "episodes").iterdir():
        path.unlink()
    (run_folder / "summary.json").write_text('{"stages": {"b": {"ece": 0.1}, "a": {"ece": 0.2}}}')
    assert [path.name for path in build_report(run_folder)] == ["report.html"]
    assert list(read_run(run_folder).summary["stages"]) == ["b", "a"]  # as the summary lists them


def test_a_row_cut_off_by_a_kill_is_left_out(run_folder):
    with open(run_folder / "metrics.jsonl", "a") as file:
        file.write('{"stage": "grpo", "upd')
    assert len(read_run(run_folder).rows) == 5


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
