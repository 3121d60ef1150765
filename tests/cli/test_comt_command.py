"""`ccrl comt`: plans from each source, checked again, with counts, and what stops it."""

from __future__ import annotations

import json

import pytest

from reasoning_gym_ccrl import cli
from reasoning_gym_ccrl.agents.comt.filters import why_rejected
from reasoning_gym_ccrl.agents.comt.plans_file import read_plans
from reasoning_gym_ccrl.cli.comt import Options, run
from reasoning_gym_ccrl.errors import DataError, EngineError, InvalidOption

from ..agents.fake_server import Answer, completion, serving

ROWS = [
    {
        "question": "Natalia sold clips to 48 of her friends in April, and half as many clips in May. How many in all?",
        "answer": "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n"
        "Natalia sold 48+24 = <<48+24=72>>72 clips altogether in April and May.\n#### 72",
    },
    {"question": "What is 3 and 4?", "answer": "It is <<7=7>>7.\n#### 7"},
]


@pytest.fixture
def clips(tmp_path):
    path = tmp_path / "clips.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_the_command_line_is_read(monkeypatch):
    monkeypatch.setitem(cli.COMMANDS, "comt", cli.Command("", ""))
    seen = []
    monkeypatch.setattr("reasoning_gym_ccrl.cli.comt.run", lambda options: seen.append(options) or 0)
    assert cli.main(["comt", "make", "--source", "teacher", "--price", "0.5", "2", "--no-chat"]) == 0
    assert seen == [Options("make", source="teacher", price=(0.5, 2.0), chat=False)]
    with pytest.raises(SystemExit):
        cli.main(["comt", "mend"])


def test_plans_from_graphs_are_made_and_pass(tmp_path, capsys):
    out = tmp_path / "new" / "plans.jsonl"
    make = Options("make", out=out, families=("word_problems", "arithmetic"), limit=30, examples=1)
    assert run(make) == 0
    assert "wrote 30 plans" in capsys.readouterr().out
    planned = read_plans(out)
    assert len({entry.problem.id for entry in planned}) == 30
    assert all(why_rejected(entry.problem, entry.plan) is None for entry in planned)
    assert {entry.source for entry in planned} == {"graph"}
    first = out.read_bytes()
    run(make)
    assert out.read_bytes() == first
    assert run(Options("check", plans=out)) == 0


def test_plans_from_annotations(clips, tmp_path, capsys):
    out = tmp_path / "plans.jsonl"
    assert run(Options("make", source="annotations", data=clips, out=out)) == 0
    (entry,) = read_plans(out)
    assert entry.plan.count("; ") == 1
    assert not any(char.isdigit() for char in entry.plan)
    shown = capsys.readouterr().out
    assert "rejected: " in shown
    assert "wrote 1 plans" in shown


def test_plans_from_a_teacher_then_from_its_cache(clips, tmp_path, capsys):
    def decide(path, body):
        if path.endswith("/models"):
            return Answer({"data": [{"id": "big"}]})
        assert body["model"] == "big"
        text = body["messages"][0]["content"]
        return Answer(completion("May = April / parts\nall = April + May" if "Natalia" in text else "3 + 4"))

    out = tmp_path / "plans.jsonl"
    with serving(decide) as fake:
        options = Options(
            "make",
            source="teacher",
            data=clips,
            out=out,
            server=fake.url,
            cache=tmp_path / "cache.jsonl",
            attempts=2,
            price=(1.0, 1.0),
        )
        assert run(options) == 0
        shown = capsys.readouterr().out
        assert "3 replies asked for in 3 requests" in shown
        assert "0.0000 by --price" in shown
        assert "a number 2" in shown
        assert run(options) == 0
        assert "0 replies asked for in 0 requests, 3 from the cache" in capsys.readouterr().out
    assert [entry.plan for entry in read_plans(out)] == ["May = April / parts; all = April + May"]


def test_check_names_what_is_wrong(clips, tmp_path, capsys):
    out = tmp_path / "plans.jsonl"
    run(Options("make", out=out, families=("word_problems",), limit=5))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    rows[0]["plan"], rows[1]["plan"], rows[2]["plan"] = "total = 3 * 4", "", "I'm sorry, I can't."
    out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    capsys.readouterr()
    assert run(Options("check", plans=out)) == 1
    shown = capsys.readouterr().out
    for reason in ("a number", "empty", "a refusal"):
        assert f"rejected: {reason}" in shown
    assert run(Options("check", plans=out, data=clips)) == 1
    assert "no such problem in --data" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"limit": 0}, InvalidOption, "--limit"),
        ({"examples": -1}, InvalidOption, "--examples"),
        ({"source": "annotations"}, InvalidOption, "name it with --data"),
        ({"source": "graph", "data": True}, InvalidOption, "no computation graphs"),
        ({"source": "teacher", "data": True, "families": ("algebra",)}, InvalidOption, "one of the two"),
        ({"source": "teacher", "data": True, "api_key_env": "NO_SUCH_VARIABLE"}, InvalidOption, "it is not set"),
        ({"action": "check"}, DataError, "plans.jsonl"),
        ({"action": "check", "plans": True}, DataError, 'line 1: A line of plans has "problem"'),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else None,
)
def test_what_cannot_work_is_said(options, error, message, clips, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {name: clips if value is True else value for name, value in options.items()}
    with pytest.raises(error, match=message):
        run(Options(**{"action": "make"} | options))
    assert not (tmp_path / "plans.jsonl").exists()


def test_a_server_with_several_models_wants_a_name(clips, tmp_path):
    with serving(lambda path, body: Answer({"data": [{"id": "a"}, {"id": "b"}]})) as fake:
        options = Options("make", source="teacher", data=clips, server=fake.url, cache=tmp_path / "c")
        with pytest.raises(InvalidOption, match="models a, b; name one"):
            run(options)


def test_a_server_that_is_no_server(clips, tmp_path):
    with serving(lambda path, body: Answer(b"hello")) as fake, pytest.raises(EngineError, match="one JSON object"):
        run(Options("make", source="teacher", data=clips, server=fake.url, cache=tmp_path / "c"))
