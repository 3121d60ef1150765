"""Examples and problems as rows and data sets, and back to what they were."""

from __future__ import annotations

import builtins
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.chat_data import (
    example_of,
    example_row,
    examples_from_dataset,
    examples_to_dataset,
    plan_examples,
    problems_from_dataset,
    problems_to_dataset,
    read_examples,
    write_examples,
)
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example, plan_of
from reasoning_gym_ccrl.agents.comt.sft import tokenize
from reasoning_gym_ccrl.agents.prompts import SYSTEM_PROMPT
from reasoning_gym_ccrl.envs.problems import FAMILIES, make_source
from reasoning_gym_ccrl.errors import DataError, InvalidInput, UnknownName
from reasoning_gym_ccrl.seeding import python_random

FORMS = ("text", "chat", "messages")
PROBLEMS = [make_source(family).sample(python_random(0, family)) for family in FAMILIES]
EXAMPLES = [make(problem) for problem in PROBLEMS for make in (comt_example, cot_example)]


def joined(example: TextExample) -> TextExample:
    return TextExample(example.prompt, (("".join(text for text, _ in example.completion), True),), example.ends)


def test_a_row_of_every_form_by_hand():
    example = TextExample("3 * 4?\n", (("<step>3 * 4 = 12</step>", True), ("\n", True)), ends=False)
    user, reply = {"role": "user", "content": "3 * 4?\n"}, {"role": "assistant", "content": "<step>3 * 4 = 12</step>\n"}
    assert example_row(example) == {"prompt": "3 * 4?\n", "completion": "<step>3 * 4 = 12</step>\n", "ends": False}
    assert example_row(example, "chat", "") == {"prompt": [user], "completion": [reply], "ends": False}
    told = {"role": "system", "content": SYSTEM_PROMPT}
    assert example_row(example, "chat") == {"prompt": [told, user], "completion": [reply], "ends": False}
    assert example_row(example, "messages", "Be brief.") == {
        "messages": [{"role": "system", "content": "Be brief."}, user, reply],
        "ends": False,
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read_back(form, tmp_path):
    path = tmp_path / "deep" / "train.jsonl"
    assert write_examples(path, EXAMPLES, form) == len(EXAMPLES)
    assert read_examples(path) == [joined(example) for example in EXAMPLES]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows == [example_row(example, form) for example in EXAMPLES]


@pytest.mark.parametrize("form", FORMS)
@given(st.text(min_size=1), st.text(min_size=1), st.booleans())
def test_any_text_survives(form, prompt, completion, ends):
    example = TextExample(prompt, ((completion, True),), ends)
    assert example_of(json.loads(json.dumps(example_row(example, form)))) == example


def test_what_is_read_is_tokenised_as_what_was_written(tmp_path, tokenizer):
    write_examples(tmp_path / "a.jsonl", EXAMPLES[:6], "chat")
    # For this tokenizer: where a token may reach over the border of two pieces, joining them gives other tokens.
    assert tokenize(read_examples(tmp_path / "a.jsonl"), tokenizer) == tokenize(EXAMPLES[:6], tokenizer)


def test_a_completion_scored_in_part_is_refused():
    with pytest.raises(InvalidInput, match="only parts are scored"):
        example_row(TextExample("a", (("b", True), ("c", False))))
    with pytest.raises(UnknownName, match="chat"):
        example_row(EXAMPLES[0], "chatty")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "empty row"),
        ({"prompt": "a"}, "prompt"),
        ({"text": "a"}, "received the fields text"),
        ({"messages": "hello"}, '"role" and "content"'),
        ({"messages": [{"role": "user"}]}, '"role" and "content"'),
        ({"messages": [{"role": "user", "content": "a"}]}, "user and assistant"),
        (
            {"messages": [{"role": r, "content": "a"} for r in ("user", "assistant", "user", "assistant")]},
            "one message",
        ),
        ({"prompt": [{"role": "assistant", "content": "a"}], "completion": "b"}, "received assistant"),
        ({"prompt": [], "completion": "b"}, "no message"),
        ({"prompt": [{"role": "user", "content": 3}], "completion": "b"}, "text"),
        ({"prompt": "a", "completion": 3}, '"role" and "content"'),
        ({"prompt": "a", "completion": "b", "ends": "no"}, "ends"),
    ],
)
def test_a_row_of_no_form_is_named(row, message, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(example_row(EXAMPLES[0])) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DataError, match=r"line 2") as caught:
        read_examples(path)
    assert message in str(caught.value)
    with pytest.raises(DataError, match="Row 1"):
        examples_from_dataset([example_row(EXAMPLES[0]), row])


def test_a_file_with_nothing_in_it(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataError, match="holds none"):
        read_examples(tmp_path / "empty.jsonl")
    with pytest.raises(DataError):
        read_examples(tmp_path / "missing.jsonl")


@pytest.mark.parametrize("form", FORMS)
def test_a_data_set_of_examples(form):
    pytest.importorskip("datasets")
    made = examples_to_dataset(EXAMPLES, form)
    assert len(made) == len(EXAMPLES)
    assert made[0] == example_row(EXAMPLES[0], form)
    assert examples_from_dataset(made) == [joined(example) for example in EXAMPLES]


def test_a_data_set_of_problems_and_back():
    pytest.importorskip("datasets")
    assert problems_from_dataset(problems_to_dataset(PROBLEMS)) == PROBLEMS


def test_a_data_set_of_others():
    datasets = pytest.importorskip("datasets")
    gsm8k = {"question": ["Ann has 3 pens and buys 4. How many?"], "answer": ["3 + 4 = <<3+4=7>>7\n#### 7"]}
    [problem] = problems_from_dataset(datasets.Dataset.from_dict(gsm8k), name="gsm8k")
    assert (problem.answer, problem.family, [step.value for step in problem.solution]) == ("7", "gsm8k", ["7"])
    named = datasets.Dataset.from_dict({"q": ["1 + 1?"], "a": ["2"]})
    [problem] = problems_from_dataset(named, fields={"question": "q", "answer": "a"})
    assert (problem.question, problem.answer) == ("1 + 1?", "2")
    with pytest.raises(DataError, match="Row 0"):
        problems_from_dataset(named)
    with pytest.raises(DataError, match=r"data\['train'\]"):
        problems_from_dataset(datasets.DatasetDict({"train": named}))
    with pytest.raises(DataError, match="mapping"):
        problems_from_dataset(["a row"])


def test_without_datasets_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name == "datasets":
            raise ModuleNotFoundError("No module named 'datasets'", name="datasets")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"reasoning-gym-ccrl\[data\]"):
        examples_to_dataset(EXAMPLES)


def test_plans_that_were_made_elsewhere_are_examples_of_comt():
    pairs = [(problem, plan_of(problem)) for problem in PROBLEMS]
    assert plan_examples(pairs) == [comt_example(problem) for problem in PROBLEMS]
