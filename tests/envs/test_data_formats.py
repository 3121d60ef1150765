"""Data sets in all their formats: small files made by hand, broken ones, folders, and names of the hub."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import types
from fractions import Fraction

import gymnasium as gym
import pytest

from reasoning_gym_ccrl.envs.problems.data_files import plain
from reasoning_gym_ccrl.envs.problems.data_hub import choose_files, is_hub_name
from reasoning_gym_ccrl.envs.problems.datasets import DatasetProblems, read_problems
from reasoning_gym_ccrl.errors import DataError, InvalidOption, UnknownName

SUM = {"question": "2 and 3?", "answer": "5", "solution": "2 + 3 = 5"}
MATH = {"problem": "What is one third?", "solution": "It is \\boxed{\\frac{1}{3}}.", "level": "Level 1"}
LABELLED = {"id": "pb-1", "problem": "2 + 2 * 3?", "steps": ["2 * 3 = 6", "2 + 6 = 9"], "label": 1}

# -- naming fields and layouts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"layout": "svam"}, UnknownName, "Did you mean 'svamp'"),
        ({"fields": {"questions": "q"}}, UnknownName, "Did you mean 'question'"),
        ({"fields": {"question": "q"}, "layout": "math"}, InvalidOption, "the house layout"),
        ({"config": "main"}, InvalidOption, "`config` is for a folder or the name of a data set"),
        ({"split": "test"}, InvalidOption, "`split` is for a folder or the name of a data set"),
        (
            {"fields": {"question": "q"}},
            DataError,
            r"line 1: `fields` says that \"question\" is 'q'; .*question, answer",
        ),
        ({"layout": "asdiv"}, DataError, r'line 1: "body" should be a text that is not empty; received nothing'),
    ],
)
def test_options_that_do_not_fit(tmp_path, options, error, message):
    path = write_jsonl(tmp_path / "a.jsonl", [SUM])
    with pytest.raises(error, match=message):
        read_problems(path, **options)


def test_a_layout_that_nobody_knows_is_explained(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"query": "2 and 3?", "reply": "5"}])
    with pytest.raises(
        DataError, match=r'one of the layouts house, gsm8k.*the fields query, reply.*fields=\{"question"'
    ):
        read_problems(path)


# -- files -------------------------------------------------------------------------------------------------------


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_table(path, rows, delimiter=","):
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.DictWriter(text, names, delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


QUESTIONS = [{"id": f"q{n}", "question": f"What is {n} + 1?\nSay it.", "answer": str(n + 1)} for n in range(5)]


def write_as(path, rows):
    """The same rows in whatever format a name asks for."""
    name = path.name
    if ".csv" in name or ".tsv" in name:
        return write_table(path, rows, "\t" if ".tsv" in name else ",")
    if name.endswith(".parquet"):
        pyarrow = need_pyarrow()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        return path
    lines = [json.dumps(row) for row in rows]
    text = {"list.json": json.dumps(rows, indent=1), "nested.json": json.dumps({"Instances": rows})}.get(name)
    content = ("\n".join(lines) if text is None else text).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def need_pyarrow():
    pyarrow = pytest.importorskip("pyarrow", reason="parquet needs pyarrow, which the extra `data` brings")
    __import__("pyarrow.parquet")
    return pyarrow


NAMES = [
    "a.jsonl", "a.ndjson", "a.jsonl.gz", "a.txt", "list.json", "nested.json", "lines.json", "a.csv", "a.tsv",
    "a.csv.gz", "a.parquet",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_the_same_problems(tmp_path, name):
    problems, skipped = read_problems(write_as(tmp_path / name, QUESTIONS))
    assert skipped == 0
    assert [(p.id, p.question, p.answer) for p in problems] == [
        (q["id"], q["question"], q["answer"]) for q in QUESTIONS
    ]
    assert {p.family for p in problems} == {name.partition(".")[0] if name != "a.txt" else "a.txt"}
    first, _ = read_problems(tmp_path / name, limit=2)
    assert first == problems[:2]


@pytest.mark.parametrize("name", NAMES)
def test_the_place_of_a_broken_row_is_named_in_every_format(tmp_path, name):
    rows = [QUESTIONS[0], {**QUESTIONS[1], "question": " "}, QUESTIONS[2]]
    path = write_as(tmp_path / name, rows)
    word = "row" if name.endswith((".parquet", "list.json", "nested.json")) else "line"
    # A question in a table has two lines, and the fields' names one.
    number = 4 if "sv" in name else 2
    if name == "lines.json":
        word = "row"
    with pytest.raises(DataError, match=rf'{word} {number}: "question" should be a text .*--skip-bad'):
        read_problems(path)
    problems, skipped = read_problems(path, skip_bad=True)
    assert (len(problems), skipped) == (2, 1)


def test_one_object_in_a_file_is_one_problem(tmp_path):
    path = tmp_path / "1.json"
    path.write_text(json.dumps(MATH, indent=2))
    assert read_problems(path)[0][0].answer == "\\frac{1}{3}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"[1, 2", "a.json cannot be read: A .json file should be JSON"),
        ("a.json", b"3", "should hold an array of objects; received 3"),
        ("a.json", b"[" * 100_000, "nests too deep"),
        ("a.json", b'["\xff"]', "UTF-8"),
        ("a.json", b"[]", "it holds no line"),
        ("a.json", b"[3]", "row 1: A row should be an object; received 3"),
        ("a.csv", b"", "names its fields"),
        ("a.csv", b"question,question\na,b\n", "names its fields, each once"),
        ("a.csv", b'"question\n', "line 1: The first line of a table names its fields"),
        ("a.csv", b"question,answer\na\n", r"line 2: A row should have 2 cells, one for each field; this one has 1"),
        ("a.csv", b"question\na,b\n", "should have 1 cells"),
        ("a.csv", b'question\n"a"b\n', "line 2: A row should be a line of cells"),
        ("a.csv", b"question\n\xff\n", "line 2: A row should be UTF-8 text"),
        ("a.csv", b"question\n" + b"a" * 200_000 + b"\n", "line 2: A row should be a line of cells"),
        ("a.csv", b"question,steps\na,[3]\n", 'Each of "steps" should be a text'),
        ("a.jsonl.gz", b"no gzip", "should be a whole gzip file"),
        ("a.jsonl.gz", gzip.compress(b'{"question": "a"}\n' * 999, mtime=0)[:-20], "should be a whole gzip file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_problems(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 600


def test_lists_in_a_table_are_json(tmp_path):
    steps = json.dumps([{"text": "1 + 1 = 3", "label": False}])
    path = write_table(tmp_path / "a.csv", [{"question": "[1] and 1?", "answer": "", "steps": steps}])
    [problem] = read_problems(path)[0]
    assert (problem.question, problem.answer) == ("[1] and 1?", None)
    assert problem.metadata["steps"] == [{"text": "1 + 1 = 3", "label": False}]


def test_reading_does_not_change_how_others_read_tables(tmp_path):
    before = csv.field_size_limit()
    read_problems(write_table(tmp_path / "a.csv", QUESTIONS))
    assert csv.field_size_limit() == before


def test_parquet_with_lists_and_what_json_does_not_have(tmp_path):
    pyarrow = need_pyarrow()
    rows = [{**LABELLED, "when": b"x", "odd": float("nan")}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    [problem] = read_problems(tmp_path / "a.parquet")[0]
    assert problem.metadata["meta"]["first_error"] == 1
    assert (problem.metadata["when"], problem.metadata["odd"]) == ("b'x'", None)


def test_a_file_that_only_says_it_is_parquet(tmp_path):
    need_pyarrow()
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(DataError, match=r"a\.parquet should be a parquet file"):
        read_problems(tmp_path / "a.parquet")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"needs pyarrow: pip install 'reasoning-gym-ccrl\[data\]'"):
        read_problems(tmp_path / "a.parquet")


def test_what_parquet_holds_and_json_does_not():
    assert plain({1: (float("inf"), 2.5, True, None), "a": {"b": Fraction(1, 2)}}) == {
        "1": [None, 2.5, True, None],
        "a": {"b": "1/2"},
    }


# -- folders and names -------------------------------------------------------------------------------------------


def make_folder(folder):
    for name in (
        "main/train-00000-of-00001.jsonl",
        "main/test-00000-of-00001.jsonl",
        "socratic/test.jsonl",
        ".cache/x.jsonl",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(path, [{"question": f"{name}: 1 + 1?", "answer": "2"}])
    (folder / "README.md").write_text("no data")
    (folder / "dataset_infos.json").write_text("{}")
    return folder


def test_a_folder_that_holds_a_data_set(tmp_path):
    folder = make_folder(tmp_path / "sums")
    problems = DatasetProblems(folder, config="main", split="test")
    assert [problem.question for problem in problems] == ["main/test-00000-of-00001.jsonl: 1 + 1?"]
    assert (problems.split, problems[0].family, problems[0].id) == ("test", "sums", "sums:1")
    for options, message in [
        ({}, "has the splits test, train; name one, split='test'"),
        ({"split": "validation"}, "has the splits test, train; received split='validation'"),
        ({"split": "test"}, "has the configs main, socratic; name one, config='main'"),
        ({"split": "test", "config": "other"}, "has the configs main, socratic; received config='other'"),
    ]:
        with pytest.raises(InvalidOption, match=message):
            read_problems(folder, **options)


def test_a_folder_of_one_problem_a_file_as_math_has_it(tmp_path):
    for number in range(3):
        path = tmp_path / "MATH" / "train" / "algebra" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**MATH, "problem": f"{number}?"}))
    problems, _ = read_problems(tmp_path / "MATH", split="train")
    assert [problem.id for problem in problems] == ["MATH:1", "MATH:2", "MATH:3"]
    path.write_text("broken")
    with pytest.raises(DataError, match=r"2\.json cannot be read"):
        read_problems(tmp_path / "MATH")


def test_an_empty_folder(tmp_path):
    with pytest.raises(DataError, match="should hold data files, ending in"):
        read_problems(tmp_path)


def test_names_of_splits_and_configs(tmp_path, monkeypatch):
    names = ["data/valid.csv", "data/test.csv", "data/train.csv.gz"]
    assert choose_files(names, None, "dev", what="x") == ["data/valid.csv"]
    assert choose_files(["a.parquet"], None, None, what="x") == ["a.parquet"]
    assert choose_files(["gsm8k.json", "math.json", "math-2.json"], None, "math", what="x") == [
        "math.json",
        "math-2.json",
    ]
    assert is_hub_name("a/b")
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_hub_name("a/b"), "there is a folder of that name"
    assert not any(map(is_hub_name, ("b", "a/b/c", "/a/b", "a/b.jsonl", "a/b.csv.gz", "../b")))


def fake_hub(monkeypatch, folder):
    """A hub of one data set, as `huggingface_hub` shows it."""

    class HfApi:
        def list_repo_files(self, name, repo_type):
            if (name, repo_type) != ("school/sums", "dataset"):
                raise OSError("404: no such data set\nat all")
            return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]

    hub = types.ModuleType("huggingface_hub")
    hub.HfApi = HfApi
    hub.hf_hub_download = lambda name, file, repo_type: str(folder / file)
    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)


def test_a_data_set_by_name_from_the_hub(tmp_path, monkeypatch):
    fake_hub(monkeypatch, make_folder(tmp_path / "elsewhere"))
    problems, _ = read_problems("school/sums", config="main", split="train")
    assert [(p.id, p.family) for p in problems] == [("sums:1", "sums")]
    with pytest.raises(InvalidOption, match="school/sums has the splits"):
        read_problems("school/sums")
    with pytest.raises(
        DataError, match=r"'school/other' is no file here.*404: no such data set at all.*or give a file"
    ):
        read_problems("school/other")


def test_a_data_set_by_name_through_datasets(monkeypatch):
    rows = [{"question": "1 + 1?", "answer": "#### 2"}, {"question": "", "answer": "#### 2"}]

    def load_dataset(name, config, split):
        if name != "school/sums":
            raise FileNotFoundError("no such data set")
        return rows if split else {"train": rows, "test": rows}

    library = types.ModuleType("datasets")
    library.load_dataset = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", library)
    problems, skipped = read_problems("school/sums", split="test", skip_bad=True)
    assert ([problem.answer for problem in problems], skipped) == (["2"], 1)
    with pytest.raises(DataError, match=r"school/sums, row 2: \"question\" should be a text"):
        read_problems("school/sums", split="test")
    with pytest.raises(InvalidOption, match="has the splits test, train; name one"):
        read_problems("school/sums")
    with pytest.raises(DataError, match="'school/none' is no file here"):
        read_problems("school/none")


def test_a_name_where_no_hub_can_be_reached(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(DataError, match=r"'openai/gsm8k' is no file here.*pip install 'reasoning-gym-ccrl\[data\]'"):
        read_problems("openai/gsm8k", split="test")


def test_the_environment_takes_these_options(tmp_path):
    folder = make_folder(tmp_path / "sums")
    env = gym.make("DatasetCCRL-v0", data=str(folder), config="main", split="test")
    _, info = env.reset(seed=0)
    assert (info["split"], info["family"]) == ("test", "sums")
    path = write_jsonl(tmp_path / "own.jsonl", [{"problem": "2 and 3?", "target": 5}])
    env = gym.make("DatasetCCRL-v0", data=str(path), fields={"question": "problem", "answer": "target"})
    env.reset(seed=0)
    assert env.step({"step": "<answer>5</answer>", "confidence": 1.0})[1] == 1.5
    with pytest.raises(InvalidOption, match="`split` is for a folder"):
        gym.make("DatasetCCRL-v0", data=str(path), split="test")
    with pytest.raises(InvalidOption, match="has no 'difficulty'"):
        gym.make("DatasetCCRL-v0", difficulty="easy")
