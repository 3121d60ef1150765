r"""Problems from data files: JSON lines in the house format, and GSM8K's original ones.

House format, one object a line; only `question` must be there:

    {"id": "eggs:1", "question": "…", "answer": "18", "solution": "16 - 3 = <<16-3=13>>13 eggs.\n…", "steps": []}

`solution` is gold text, from which the gold path is derived: by its `<<expression=value>>` annotations where it
has any, else by the equations in its lines; or it is a bare expression as SVAMP has it, or a list of gold steps
in the JSON form of `GoldStep`. `steps` are a model's steps, texts or `{"text", "label"}`; they never feed the
gold path. `answer`, `solution` and labels may be null. GSM8K's own files, `{"question", "answer"}` with the answer
after `####`, are detected by themselves.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from ...errors import DataError
from ...step_format import shorten
from ...types import GoldStep, Problem
from ..verify.equations import read_chains
from ..verify.expression import parse_number, parse_side
from ..verify.quantities import given_in
from ..verify.tokens import ExpressionError, canonical, read_number, tokenize

OWN_PROBLEMS = Path(__file__).with_name("own_problems.jsonl")

_ANNOTATION = re.compile(r"<<([^<>=]{1,400})=([^<>]{1,400})>>")
_FINAL = re.compile(r"####\s*(.+)")
_KNOWN_KEYS = frozenset({"id", "question", "answer", "solution", "steps", "metadata", "difficulty", "family"})


class DatasetProblems(Sequence[Problem]):
    """The problems of a data file, or, with no file, 20 of our own.

    Attributes:
        problems: in the order of the file.
        skipped: the number of broken lines that were left out.

    >>> len(DatasetProblems())
    20
    """

    def __init__(self, data: str | Path | None = None, *, skip_bad: bool = False, limit: int | None = None):
        self.problems, self.skipped = read_problems(data or OWN_PROBLEMS, skip_bad=skip_bad, limit=limit)

    def sample(self, rng: random.Random) -> Problem:
        return rng.choice(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | Sequence[Problem]:
        return self.problems[index]


def read_problems(path: str | Path, *, skip_bad: bool = False, limit: int | None = None) -> tuple[list[Problem], int]:
    """The problems of a file, and the number of broken lines that were left out.

    Args:
        path: a file of JSON lines; blank lines are ignored.
        skip_bad: leave broken lines out and count them.
        limit: read this many problems at most.

    Raises:
        DataError: the file cannot be read or holds no problem; or, unless `skip_bad`, a line is broken. The message
            names the file and the line.
    """
    path = Path(path)
    problems: list[Problem] = []
    skipped = 0
    for number, line in _lines(path):
        if limit is not None and len(problems) >= limit:
            break
        try:
            problems.append(problem_from_row(_row(line), name=_stem(path), line=number))
        except _BadLine as error:
            if not skip_bad:
                remedy = "Mend the line, or leave broken lines out with --skip-bad (skip_bad=True)."
                raise DataError(f"{path}, line {number}: {error} {remedy}") from None
            skipped += 1
    if not problems:
        found = f"{skipped} broken lines and nothing else" if skipped else "no line"
        raise DataError(f"{path} should hold one problem a line, as JSON; it holds {found}.")
    return problems, skipped


def problem_from_row(row: dict[str, Any], *, name: str = "data", line: int = 1) -> Problem:
    r"""The problem of one row, in the house format or GSM8K's.

    Raises:
        ValueError: a field is missing or of the wrong kind.

    >>> row = {"question": "2 eggs and 3 eggs?", "answer": "2 + 3 = <<2+3=5>>5 eggs.\n#### 5"}
    >>> problem_from_row(row).answer, problem_from_row(row).solution[0].expression
    ('5', '2+3')
    """
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise _BadLine(f'"question" should be a text that is not empty; received {_shown(question)}.')
    answer, solution = _answer(row), row.get("solution")
    if "solution" not in row and answer is not None and (final := _FINAL.search(answer)):
        answer, solution = final.group(1).strip(), answer[: final.start()].strip()
    if solution is not None and not isinstance(solution, str | list):
        raise _BadLine(f'"solution" should be a text, a list of gold steps, or null; received {_shown(solution)}.')
    own_metadata = row.get("metadata") or {}
    if not isinstance(own_metadata, dict):
        raise _BadLine(f'"metadata" should be an object; received {_shown(own_metadata)}.')
    metadata = {key: value for key, value in row.items() if key not in _KNOWN_KEYS} | own_metadata
    if isinstance(solution, str):
        metadata["solution_text"] = solution
    if steps := _steps(row):
        metadata["steps"] = steps
    if answer is not None and parse_number(answer) is not None:
        metadata["answer_kind"] = "number"
    return Problem(
        id=str(row.get("id") or f"{name}:{line}"),
        question=question,
        answer=answer,
        solution=_gold_path(solution, question),
        family=str(row.get("family") or name),
        difficulty=str(row.get("difficulty") or ""),
        metadata=metadata,
    )


def gold_path(solution: str, question: str = "") -> tuple[GoldStep, ...]:
    r"""The gold path that a solution's text writes down.

    A rounded or wrong annotation keeps the value that is written, since later steps go on with it.

    >>> [(step.expression, step.value) for step in gold_path("4 * 2 = <<4*2=8>>8 legs\n8 + 2 = <<8+2=10>>10")]
    [('4*2', '8'), ('8+2', '10')]
    """
    steps = list(_annotated(solution)) or list(_equations(solution)) or list(_bare_expression(solution))
    given = given_in(question)
    named: dict[str, str] = {}
    result = []
    for index, (text, expression, value) in enumerate(steps, start=1):
        result.append(GoldStep(text, expression, value, parents=_parents(expression, named, given)))
        named[value] = f"step {index}"
    return tuple(result)


def final_value(text: str) -> str | None:
    r"""The answer that a solution's own text comes to: after `####`, else the result of its last equation.

    None where the text holds neither.

    >>> final_value("She has 3 + 4 = <<3+4=7>>7 eggs.\nThat is all.")
    '7'
    """
    finals = _FINAL.findall(text)
    if finals:
        return str(finals[-1]).strip()
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and (value := parse_number(lines[0])) is not None:
        return canonical(value)
    for end in range(len(lines), 0, -1):
        if (result := _last_result(lines[:end])) is not None:
            return result
    return None


def _last_result(lines: list[str]) -> str | None:
    """The number after the last "=" of the last line; with none, the last result that it repeats, or its last number.

    A percent sign or a unit is left off: what is asked is a number.
    """
    line = _plain(lines[-1])
    try:
        tokens = tokenize(line)
    except ExpressionError:
        return None
    signs = [index for index, token in enumerate(tokens) if token.kind in ("equals", "approx")]
    if signs and (side := parse_side(tokens, signs[-1] + 1)) is not None:
        written = [token.text for token in tokens[side.start : side.end] if token.kind == "number"]
        return canonical(side.value if side.operators or not written else read_number(written[0])[0])
    numbers = [read_number(token.text)[0] for token in tokens if token.kind == "number"]
    if annotated := _ANNOTATION.findall(lines[-1]):
        return str(annotated[-1][1]).strip()
    results = [chain.sides[-1].value for line in lines[-4:-1] for chain in read_chains(line).chains]
    if not signs and results and abs(results[-1]) in numbers:
        return canonical(results[-1])
    return canonical(numbers[-1]) if numbers else None


def _plain(line: str) -> str:
    """The line without annotations: "16 - 3 = <<16-3=13>>13 eggs" -> "16 - 3 = 13 eggs"."""
    return re.sub(r"<<[^<>]*>>", "", line)


class _BadLine(ValueError):
    """What is wrong with one line; the reader adds the file and the number."""


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank, as bytes, so that bad UTF-8 is the fault of one line alone."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise DataError(f"{path} should be a file of problems, one JSON object a line; {error.strerror}.") from error


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _BadLine("A line should be UTF-8 text; these bytes are not.") from None
    except RecursionError:
        raise _BadLine("A line should hold one flat JSON object; this one nests too deep.") from None
    except ValueError as error:
        raise _BadLine(f"A line should be one JSON object; {shorten(str(error), 120)}.") from None
    if not isinstance(row, dict):
        raise _BadLine(f"A line should be one JSON object; received {_shown(row)}.")
    return row


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _answer(row: dict[str, Any]) -> str | None:
    answer = row.get("answer")
    if answer is None:
        return None
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        raise _BadLine(f'"answer" should be a text, a number or null; received {_shown(answer)}.')
    return str(answer).strip()


def _steps(row: dict[str, Any]) -> list[dict[str, Any]]:
    steps = row.get("steps") or []
    if not isinstance(steps, list):
        raise _BadLine(f'"steps" should be a list; received {_shown(steps)}.')
    result = []
    for step in steps:
        if isinstance(step, str):
            step = {"text": step, "label": None}
        if not isinstance(step, dict) or not isinstance(step.get("text"), str):
            raise _BadLine(f'Each of "steps" should be a text, or an object with a "text"; received {_shown(step)}.')
        result.append(step)
    return result


def _gold_path(solution: str | list[Any] | None, question: str) -> tuple[GoldStep, ...]:
    if solution is None:
        return ()
    if isinstance(solution, str):
        return gold_path(solution, question)
    try:
        return tuple(GoldStep.from_json(step) for step in solution)
    except (KeyError, TypeError, ValueError, AttributeError):
        rule = 'A gold step is an object with the texts "text", "expression" and "value"'
        raise _BadLine(f"{rule}; received {_shown(solution)}.") from None


def _annotated(solution: str) -> Iterator[tuple[str, str, str]]:
    """(text, expression, value) of each annotation."""
    for line in solution.splitlines():
        for expression, value in _ANNOTATION.findall(line):
            number = parse_number(value)
            if number is not None:
                yield _plain(line).strip(), expression.strip(), canonical(number)


def _equations(solution: str) -> Iterator[tuple[str, str, str]]:
    """(text, expression, value) of each calculation that the lines write out, where it holds."""
    for line in solution.splitlines():
        for chain in read_chains(line).chains:
            worked = next((side for side in chain.sides if side.operators), None)
            if worked is None or any(side.value != worked.value for side in chain.sides):
                continue
            source = line[chain.tokens[worked.start].start : chain.tokens[worked.end - 1].end] if chain.tokens else ""
            expression = source or line.rpartition("=")[0].rpartition("=")[2]
            yield line.strip(), expression.strip(), canonical(worked.value)


def _bare_expression(solution: str) -> Iterator[tuple[str, str, str]]:
    """(text, expression, value) of a solution that is one expression, "( 76.0 - 25.0 )"."""
    value = parse_number(solution)
    if value is not None:
        expression = solution.strip()
        yield f"{expression} = {canonical(value)}", expression, canonical(value)


def _parents(expression: str, named: dict[str, str], given: frozenset[Any]) -> tuple[str, ...]:
    """What an expression rests on: "step 2" for the result of an earlier step, a number of the question as it is."""
    parents: list[str] = []
    for digits in re.findall(r"\d[\d,]*(?:\.\d+)?|\.\d+", expression):
        value = parse_number(digits.rstrip(","))
        if value is None:
            continue
        name = named.get(canonical(value)) or (canonical(value) if value in given else "")
        if name and name not in parents:
            parents.append(name)
    return tuple(parents)


def _stem(path: Path) -> str:
    return path.name.removesuffix(".jsonl").removesuffix(".json")


def _shown(value: object) -> str:
    return "nothing" if value is None else shorten(repr(value), 80)


__all__ = ["OWN_PROBLEMS", "DatasetProblems", "final_value", "gold_path", "problem_from_row", "read_problems"]
