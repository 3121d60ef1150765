r"""Training examples and problems in the ecosystem's forms: chat rows in JSON Lines, and Hugging Face `datasets`.

A row of examples is what TRL's SFTTrainer reads:

    form        a row
    text        {"prompt": "3 pens at 4?\n", "completion": "<plan>…</plan>\n"}, for a base model
    chat        the same, each side a list of messages, for a model with a chat template
    messages    {"messages": [system, user, assistant]}; TRL scores all of it, unless told assistant_only_loss=True

Each row also has "ends": whether the end of the sequence is learned after the completion. TRL has no such thing and
always adds it: a model that TRL trains on plans stops after the plan.

Both ways are exact: what is written is read back as it was, but that pieces of a completion become one. A completion of
which only parts are scored has no such form, and is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..envs.problems.data_fields import BadRow
from ..envs.problems.data_files import read_rows
from ..envs.problems.data_rows import check_layout, problem_from_row
from ..errors import DataError, InvalidInput, unknown_name
from ..evaluation.evaluate import write_lines
from ..step_format import shorten
from ..types import Problem
from .base_corpus import TextExample
from .prompts import SYSTEM_PROMPT

Form = Literal["text", "chat", "messages"]
Row = dict[str, Any]


def example_row(example: TextExample, form: Form = "text", system: str = SYSTEM_PROMPT) -> Row:
    """One example as a row.

    Args:
        example: all of whose completion is scored.
        form: see the module's docstring.
        system: what a chat begins with, "" for nothing. The default is what `LLMAgent` tells a chat model.

    Raises:
        InvalidInput: an example of which only parts are scored.
        UnknownName: a form that is in no table.

    >>> example_row(TextExample("1 + 1?", (("<answer>2</answer>", True),)))
    {'prompt': '1 + 1?', 'completion': '<answer>2</answer>', 'ends': True}
    """
    if form not in get_args(Form):
        raise unknown_name("form", form, get_args(Form))
    if not all(scored for _, scored in example.completion):
        raise InvalidInput(
            "A row says what is learned as a whole; received a completion of which only parts are scored: "
            f"{shorten(repr(example.completion))}. Leave such examples (replay, stated confidences) out."
        )
    completion = "".join(text for text, _ in example.completion)
    if form == "text":
        return {"prompt": example.prompt, "completion": completion, "ends": example.ends}
    told = [{"role": "system", "content": system}] if system else []
    asked = [*told, {"role": "user", "content": example.prompt}]
    said = [{"role": "assistant", "content": completion}]
    if form == "messages":
        return {"messages": asked + said, "ends": example.ends}
    return {"prompt": asked, "completion": said, "ends": example.ends}


def example_of(row: Mapping[str, Any]) -> TextExample:
    """The example of a row, in any form; "ends" is True where the row does not say.

    A system message is left out: what a chat model is told comes from the agent's own style.

    Raises:
        InvalidInput: a row of no form, or a chat that is not one question and one reply.

    >>> example_of({"prompt": "1 + 1?", "completion": "<answer>2</answer>"})
    TextExample(prompt='1 + 1?', completion=(('<answer>2</answer>', True),), ends=True)
    """
    if "messages" in row:
        asked, said = _turns(row["messages"], "user", "assistant")
    elif "prompt" in row and "completion" in row:
        asked, said = _side(row["prompt"], "user"), _side(row["completion"], "assistant")
    else:
        raise InvalidInput(
            'A row has "prompt" and "completion", or "messages"; received the fields '
            f"{', '.join(map(str, row)) or 'of an empty row'}."
        )
    ends = row.get("ends", True)
    if not isinstance(ends, bool):
        raise InvalidInput(f'"ends" is true or false; received {shorten(repr(ends))}.')
    return TextExample(asked, ((said, True),), ends)


def _side(value: Any, role: str) -> str:
    """One side of a row: a text, or a chat with one message of this role."""
    if isinstance(value, str):
        return value
    return _turns(value, role)[0]


def _turns(messages: Any, *roles: str) -> list[str]:
    """The contents of a chat's turns, which must be of these roles; a system message first is left out."""
    try:
        turns = [(message["role"], message["content"]) for message in messages]
    except (TypeError, KeyError):
        raise InvalidInput(f'A message has "role" and "content"; received {shorten(repr(messages))}.') from None
    turns = turns[1:] if turns and turns[0][0] == "system" else turns
    if [role for role, _ in turns] != list(roles) or not all(isinstance(content, str) for _, content in turns):
        raise InvalidInput(
            f"A chat is {' and '.join(roles)}, one message of text each, after a system message or none; received "
            f"{', '.join(str(role) for role, _ in turns) or 'no message'}."
        )
    return [content for _, content in turns]


def write_examples(
    path: str | os.PathLike[str], examples: Iterable[TextExample], form: Form = "text", system: str = SYSTEM_PROMPT
) -> int:
    """Writes examples as JSON Lines, whole or not at all; returns how many.

    Raises:
        InvalidInput: an example of which only parts are scored.
        DataError: the file cannot be written.
    """
    lines = [json.dumps(example_row(example, form, system), ensure_ascii=False) for example in examples]
    try:
        write_lines(path, lines)
    except OSError as error:
        raise DataError(f"{path} could not be written: {error.strerror or error}.") from error
    return len(lines)


def read_examples(path: str | os.PathLike[str]) -> list[TextExample]:
    """The examples of a file of rows (JSON Lines, JSON, CSV or parquet), in any form.

    Raises:
        DataError: it cannot be read, holds nothing, or a row is none; the message names the line.
    """
    examples = []
    for number, row in read_rows(Path(path)):
        try:
            if isinstance(row, BadRow):
                raise row
            examples.append(example_of(row))
        except (BadRow, InvalidInput) as error:
            raise DataError(f"{path}, line {number}: {error}") from None
    if not examples:
        raise DataError(f"{path} should hold one example a line, as JSON; it holds none.")
    return examples


def examples_to_dataset(examples: Iterable[TextExample], form: Form = "text", system: str = SYSTEM_PROMPT) -> Any:
    """A `datasets.Dataset` of the rows, to give to a trainer or to push to the hub.

    Raises:
        ModuleNotFoundError: datasets is not installed; names the extra.
    """
    rows = [example_row(example, form, system) for example in examples]
    return import_datasets().Dataset.from_list(rows)


def examples_from_dataset(rows: Iterable[Mapping[str, Any]]) -> list[TextExample]:
    """The examples of a `datasets.Dataset`, as `load_dataset(…, split=…)` returns it, or of any rows.

    Raises:
        DataError: a row is of no form; the message names it.
    """
    examples = []
    for number, row in enumerate(_rows_of(rows)):
        try:
            examples.append(example_of(row))
        except InvalidInput as error:
            raise DataError(f"Row {number} of the data set: {error}") from None
    return examples


def problems_to_dataset(problems: Iterable[Problem]) -> Any:
    """A `datasets.Dataset` of problems; metadata, whose keys differ from problem to problem, as a text of JSON.

    Raises:
        ModuleNotFoundError: datasets is not installed; names the extra.
    """
    rows = [problem.to_json() for problem in problems]
    for row in rows:
        row["metadata"] = json.dumps(row["metadata"], ensure_ascii=False)
    return import_datasets().Dataset.from_list(rows)


def problems_from_dataset(
    rows: Iterable[Mapping[str, Any]],
    *,
    name: str = "data",
    layout: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> list[Problem]:
    """The problems of a `datasets.Dataset`: what `problems_to_dataset` made, GSM8K and the other known layouts.

    Args:
        rows: a data set, or any rows.
        name: of the data set; part of the problems' ids.
        layout: one of `envs.problems.data_rows.LAYOUTS`; None to recognise each row's.
        fields: "question", "answer", … -> what the rows call it.

    Raises:
        DataError: a row is no problem; the message names it.
    """
    check_layout(layout, fields)
    problems = []
    for number, row in enumerate(_rows_of(rows)):
        try:
            problems.append(_problem(row, name, number, layout, fields))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"Row {number} of the data set: {error}") from None
    return problems


def _problem(row: Row, name: str, number: int, layout: str | None, fields: Mapping[str, str] | None) -> Problem:
    ours = {"id", "question", "answer", "solution", "family", "difficulty", "metadata"}
    if layout is None and not fields and set(row) == ours and isinstance(row["metadata"], str):
        return Problem.from_json({**row, "metadata": json.loads(row["metadata"])})
    return problem_from_row(row, name=name, line=number, layout=layout, fields=fields)


def _rows_of(rows: Any) -> Iterator[Row]:
    """The rows as mappings; a dictionary of splits is a common slip."""
    if isinstance(rows, Mapping):
        raise DataError(
            f"A data set is a list of rows; received splits: {', '.join(map(str, rows))}. Take one: "
            f"data[{next(iter(map(str, rows)), 'train')!r}]."
        )
    for row in rows:
        if not isinstance(row, Mapping):
            raise DataError(f"A row is a mapping of fields; received {shorten(repr(row))}.")
        yield dict(row)


def import_datasets() -> Any:
    """The datasets package.

    Raises:
        ModuleNotFoundError: it is not installed; names the extra.
    """
    try:
        import datasets
    except ModuleNotFoundError as error:
        if error.name != "datasets":
            raise
        raise ModuleNotFoundError(
            "Hugging Face data sets need datasets: pip install 'reasoning-gym-ccrl[data]'", name="datasets"
        ) from error
    return datasets


def plan_examples(pairs: Sequence[tuple[Problem, str]]) -> list[TextExample]:
    """The CoMT examples of problems and plans, as a file of `ccrl comt make` holds them."""
    from ..step_format import render_step, render_transcript
    from ..types import Step

    return [
        TextExample(render_transcript(problem.question), ((f"{render_step(Step('plan', plan))}\n", True),), ends=False)
        for problem, plan in pairs
    ]
