r"""Rows of data sets as problems: each known layout is one function in `LAYOUTS`.

House format, of which only `question` must be there:

    {"id": "eggs:1", "question": "…", "answer": "18", "solution": "16 - 3 = <<16-3=13>>13 eggs.\n…", "steps": []}

`solution` is gold text, from which the gold path is derived: by its `<<expression=value>>` annotations where it
has any, else by the equations in its lines; or it is a bare expression as SVAMP has it, or a list of gold steps
in the JSON form of `GoldStep`. `steps` are a model's steps, texts or `{"text", "label"}`; they never feed the
gold path. `answer`, `solution` and labels may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...errors import InvalidOption, unknown_name
from ...types import GoldStep, Problem
from ..verify.expression import parse_number
from .data_fields import (
    BadRow,
    Parts,
    Row,
    answer_text,
    get,
    has,
    names_of,
    question_text,
    received,
    step_list,
    text_of,
)
from .data_labelled import math_shepherd, prm800k, processbench, stepwise
from .data_layouts import asdiv, gsm_hard, math, mawps, svamp
from .data_solutions import FINAL, gold_path

FIELDS = ("id", "question", "answer", "solution", "steps")
"""What `fields` may name: the house format's fields."""


def problem_from_row(
    row: dict[str, Any],
    *,
    name: str = "data",
    line: int = 1,
    layout: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Problem:
    r"""The problem of one row.

    Args:
        row: its fields.
        name: of the data set; the family of the problem and part of its id.
        line: where the row stands, part of its id.
        layout: one of `LAYOUTS`; None to recognise it by the fields.
        fields: one of `FIELDS` -> the row's name for it, "question.problem" for a field within another.

    Raises:
        ValueError: a field is missing or of the wrong kind.
        UnknownName, InvalidOption: no such layout, or fields that cannot be named.

    >>> row = {"question": "2 eggs and 3 eggs?", "answer": "2 + 3 = <<2+3=5>>5 eggs.\n#### 5"}
    >>> problem_from_row(row).answer, problem_from_row(row).solution[0].expression
    ('5', '2+3')
    """
    check_layout(layout, fields)
    if fields:
        row = _renamed(row, fields)
    parts = LAYOUTS[layout or ("house" if fields else layout_of(row))](row)
    used = {key.lower() for key in (*parts.used, "id", "metadata", "difficulty", "family")}
    own = row.get("metadata") or {}
    if not isinstance(own, dict):
        raise BadRow(f'"metadata" should be an object; received {received(own)}.')
    metadata = {key: value for key, value in row.items() if key.lower() not in used} | own | parts.metadata
    if parts.answer is not None and parse_number(parts.answer) is not None:
        metadata.setdefault("answer_kind", "number")
    return Problem(
        id=str(get(row, "id") or parts.id or f"{name}:{line}"),
        question=parts.question,
        answer=parts.answer,
        solution=parts.solution,
        family=str(row.get("family") or name),
        difficulty=str(row.get("difficulty") or row.get("level") or ""),
        metadata=metadata,
    )


def check_layout(layout: str | None, fields: Mapping[str, str] | None) -> None:
    """Raises UnknownName or InvalidOption where a layout and names of fields cannot work."""
    if layout is not None and layout not in LAYOUTS:
        raise unknown_name("layout", layout, LAYOUTS)
    for key in fields or ():
        if key not in FIELDS:
            raise unknown_name("field", key, FIELDS)
    if fields and layout not in (None, "house"):
        raise InvalidOption(f"`fields` names the fields of the house layout; received layout={layout!r} as well.")


def layout_of(row: Row) -> str:
    """The layout of a row, by its fields.

    Raises:
        BadRow: none of those that are known.

    >>> layout_of({"Body": "…", "Question": "…", "Equation": "…", "Answer": 9.0})
    'svamp'
    """
    keys = {key.lower() for key in row}
    question = row.get("question")
    if isinstance(question, Mapping) and "label" in keys:
        return "prm800k"
    for needed, layout in _BY_FIELDS:
        if needed <= keys:
            return layout
    if "question" not in keys:
        raise BadRow(
            f"A row should be of one of the layouts {', '.join(LAYOUTS)}; received the fields {names_of(row)}. "
            'Say which field is what: fields={"question": "…", "answer": "…"}.'
        )
    answer = get(row, "answer")
    is_gsm8k = isinstance(answer, str) and "solution" not in keys and FINAL.search(answer)
    return "gsm8k" if is_gsm8k else "house"


def _renamed(row: Row, fields: Mapping[str, str]) -> dict[str, Any]:
    """The row in the house's names."""
    found: dict[str, Any] = {}
    for key, path in fields.items():
        value: Any = row
        for part in [path] if path in row else path.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise BadRow(f'`fields` says that "{key}" is {path!r}; this row has the fields {names_of(row)}.')
            value = value[part]
        found[key] = value
    taken = {path.partition(".")[0] if path not in row else path for path in fields.values()}
    return {key: value for key, value in row.items() if key not in taken and key not in found} | found


def house(row: Row) -> Parts:
    """The house format, and GSM8K's answer with the solution before it."""
    question = question_text(get(row, "question"))
    answer, solution = answer_text(get(row, "answer")), get(row, "solution")
    if solution is None and not has(row, "solution") and answer is not None and (final := FINAL.search(answer)):
        answer, solution = final.group(1).strip(), answer[: final.start()].strip()
    if solution is not None and not isinstance(solution, str | list):
        raise BadRow(f'"solution" should be a text, a list of gold steps, or null; received {received(solution)}.')
    metadata: dict[str, Any] = {}
    if isinstance(solution, str):
        metadata["solution_text"] = solution
    if steps := step_list(get(row, "steps")):
        metadata["steps"] = steps
    return Parts(question, answer, _gold(solution, question), ("question", "answer", "solution", "steps"), metadata)


def _gold(solution: str | list[Any] | None, question: str) -> tuple[GoldStep, ...]:
    if solution is None:
        return ()
    if isinstance(solution, str):
        return gold_path(solution, question)
    try:
        return tuple(GoldStep.from_json(step) for step in solution)
    except (KeyError, TypeError, ValueError, AttributeError):
        rule = 'A gold step is an object with the texts "text", "expression" and "value"'
        raise BadRow(f"{rule}; received {received(solution)}.") from None


def gsm8k(row: Row) -> Parts:
    """GSM8K's own files: the solution and, after "####", the answer."""
    answer = text_of(row, "answer")
    if FINAL.search(answer) is None:
        raise BadRow(f'"answer" should end in "#### " and the answer; received {received(answer)}.')
    return house({"question": get(row, "question"), "answer": answer})


LAYOUTS: Mapping[str, Callable[[Row], Parts]] = {
    "house": house,
    "gsm8k": gsm8k,
    "svamp": svamp,
    "asdiv": asdiv,
    "mawps": mawps,
    "gsm_hard": gsm_hard,
    "math": math,
    "prm800k": prm800k,
    "processbench": processbench,
    "math_shepherd": math_shepherd,
    "stepwise": stepwise,
}
"""The layouts that are known, by name."""

# Fields in small letters -> layout; the first that a row has all of.
_BY_FIELDS: Sequence[tuple[frozenset[str], str]] = [
    (frozenset(fields.split()), layout)
    for fields, layout in (
        ("problem steps label", "processbench"),
        ("prompt completions labels", "stepwise"),
        ("input code target", "gsm_hard"),
        ("input label task", "math_shepherd"),
        ("squestion lequations lsolutions", "mawps"),
        ("question numbers equation", "mawps"),
        ("question expression result", "mawps"),
        ("body question formula answer", "asdiv"),
        ("body question equation answer", "svamp"),
        ("problem solution", "math"),
        ("problem answer", "math"),
        ("input label", "math_shepherd"),
    )
]

__all__ = ["FIELDS", "LAYOUTS", "BadRow", "check_layout", "layout_of", "problem_from_row"]
