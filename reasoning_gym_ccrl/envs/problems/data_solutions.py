"""The gold path that a solution's text writes down, and the answer that it comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...types import GoldStep
from ..verify.equations import read_chains
from ..verify.expression import parse_number, parse_side
from ..verify.quantities import given_in
from ..verify.tokens import ExpressionError, canonical, read_number, tokenize

FINAL = re.compile(r"####\s*(.+)")
_ANNOTATION = re.compile(r"<<([^<>=]{1,400})=([^<>]{1,400})>>")


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
        result.append(GoldStep(text, expression, value, parents=parents_of(expression, named, given)))
        named[value] = f"step {index}"
    return tuple(result)


def final_value(text: str) -> str | None:
    r"""The answer that a solution's own text comes to: after `####`, else the result of its last equation.

    None where the text holds neither.

    >>> final_value("She has 3 + 4 = <<3+4=7>>7 eggs.\nThat is all.")
    '7'
    """
    finals = FINAL.findall(text)
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


def parents_of(expression: str, named: dict[str, str], given: frozenset[Any]) -> tuple[str, ...]:
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
