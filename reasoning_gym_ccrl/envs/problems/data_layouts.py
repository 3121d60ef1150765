"""Layouts of data sets of word problems: SVAMP, ASDiv, MAWPS, GSM-Hard and MATH."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from ...types import GoldStep
from ..verify.expression import parse_number
from .data_code import read_code
from .data_equations import NoEquation, read_equation, steps_of
from .data_fields import BadRow, Parts, Row, answer_text, decimal, get, has, number_text, received, text_of
from .data_solutions import gold_path

_BARE = re.compile(r"[^\s$.,{}]+")
_MAX_BOXES = 10
_FORMULA_MARK = re.compile(r"(?<!\\)\$|\\[()\[\]]")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*")


def svamp(row: Row) -> Parts:
    """SVAMP: a body, a question, and the equation of the answer."""
    question = _two_sentences(text_of(row, "body"), text_of(row, "question"))
    answer = number_text(get(row, "answer"))
    solution = _equation_path(get(row, "equation"), answer)
    return Parts(question, answer, solution, ("body", "question", "equation", "answer"))


def asdiv(row: Row) -> Parts:
    """ASDiv: a body, a question, the answer with its unit, "9 (apples)", and a formula, "7+2=9"."""
    question = _two_sentences(text_of(row, "body"), text_of(row, "question"))
    stated = answer_text(get(row, "answer")) or ""
    units = re.findall(r"\(([^()]*)\)", stated)
    values = [part.strip() for part in re.sub(r"\([^()]*\)", "", stated).split(";")]
    answer = ", ".join(value for value in values if value) or None
    metadata = {"unit": "; ".join(units)} if units else {}
    solution = _equation_path(get(row, "formula"), answer)
    return Parts(question, answer, solution, ("body", "question", "formula", "answer"), metadata)


def mawps(row: Row) -> Parts:
    """MAWPS: its own files, those with numbers put as number0, number1, …, and those with an expression."""
    if has(row, "squestion"):
        solutions = get(row, "lsolutions")
        equations = get(row, "lequations")
        answer = number_text(solutions[0] if isinstance(solutions, list) and len(solutions) == 1 else solutions)
        equation = equations[0] if isinstance(equations, list) and len(equations) == 1 else None
        used: tuple[str, ...] = ("squestion", "lequations", "lsolutions")
        return Parts(text_of(row, "squestion"), answer, _equation_path(equation, answer), used)
    question = text_of(row, "question")
    if has(row, "numbers"):
        numbers = _numbers(get(row, "numbers"))
        question = re.sub(r"\bnumber(\d+)\b", lambda match: _placed(match, numbers), question)
        answer = number_text(get(row, "answer"))
        used = ("question", "numbers", "equation", "answer")
        return Parts(question, answer, _equation_path(get(row, "equation"), answer, numbers), used)
    answer = number_text(get(row, "result"))
    return Parts(question, answer, _equation_path(get(row, "expression"), answer), ("question", "expression", "result"))


def _placed(match: re.Match[str], numbers: Sequence[Fraction]) -> str:
    index = int(match.group(1)) if len(match.group(1)) < 4 else len(numbers)
    if index >= len(numbers):
        raise BadRow(f'"numbers" should hold the number of {match.group()[:40]!r}; it holds {len(numbers)}.')
    return decimal(numbers[index])


def _numbers(stated: object) -> list[Fraction]:
    pieces = stated if isinstance(stated, list) else re.split(r"[\s,;\[\]]+", str(stated or ""))
    found = [parse_number(str(piece)) for piece in pieces if str(piece).strip()]
    if any(number is None for number in found):
        raise BadRow(f'"numbers" should hold numbers; received {received(stated)}.')
    return [Fraction(number) for number in found if number is not None]


def gsm_hard(row: Row) -> Parts:
    """GSM-Hard: the answer, and code from which the gold path is read where it is assignments alone."""
    question, target = text_of(row, "input"), number_text(get(row, "target"))
    parts = Parts(question, target, (), ("input", "target"))
    code = get(row, "code")
    try:
        graph = read_code(code if isinstance(code, str) else "")
    except NoEquation:
        return parts
    stated = parse_number(target or "")
    # The target was calculated with floats: the exact value is the answer where they agree.
    if stated is not None and abs(Fraction(stated) - graph.value) <= Fraction(1, 10**9) * max(
        Fraction(1), abs(graph.value)
    ):
        parts.answer, parts.solution = decimal(graph.value), graph.steps
        parts.metadata["givens"] = dict(graph.givens)
    return parts


def math(row: Row) -> Parts:
    r"""MATH: a problem, and a solution with the answer in its last \boxed{}; or with an answer beside it."""
    question = text_of(row, "problem")
    text = get(row, "solution")
    solution = "" if text is None else text_of(row, "solution")
    answer = answer_text(get(row, "answer"))
    if answer is None:
        answer = boxed(solution)
    metadata = {"solution_text": solution} if solution else {}
    return Parts(
        question,
        answer,
        path_to(solution, question, answer),
        ("problem", "solution", "answer"),
        metadata,
        str(row.get("unique_id") or ""),
    )


def _two_sentences(body: str, question: str) -> str:
    return f"{body if body[-1] in '.?!' else body + '.'} {question}"


def _equation_path(equation: object, answer: str | None, numbers: Sequence[Fraction] = ()) -> tuple[GoldStep, ...]:
    """The steps of an equation; none where it is not read or does not come to the answer."""
    value = None if answer is None else parse_number(answer)
    if not isinstance(equation, str) or value is None:
        return ()
    try:
        node = read_equation(equation, numbers)
    except NoEquation:
        return ()
    return steps_of(node) if node.value == value else ()


def path_to(solution: str, question: str, answer: str | None) -> tuple[GoldStep, ...]:
    """The gold path of a solution in prose; none where its equations do not lead to the answer."""
    value = None if answer is None else parse_number(answer)
    path = gold_path(_without_marks(solution), question) if solution and value is not None else ()
    return path if path and parse_number(path[-1].value) == value else ()


def boxed(solution: str) -> str | None:
    r"""The inside of the last \boxed{} of a solution, None where there is none.

    >>> boxed(r"So it is $\boxed{\frac{1}{2}}$."), boxed(r"\boxed 7"), boxed("no box")
    ('\\frac{1}{2}', '7', None)
    """
    found = _last_box(solution)
    return None if found is None else found[2].strip() or None


def _last_box(text: str) -> tuple[int, int, str] | None:
    """Where the last box of a text begins and ends, and what is in it; None where none is, or it is not closed."""
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    begin, inside = boxes[-1].span()
    if text[inside : inside + 1] != "{":
        piece = _BARE.match(text, inside)
        return None if piece is None else (begin, piece.end(), piece.group())
    depth = 0
    for place in range(inside, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return begin, place + 1, text[inside + 1 : place]
    return None


def _without_marks(text: str) -> str:
    """The text without the signs around formulas, and with what is in boxes out of them."""
    for _ in range(_MAX_BOXES):
        found = _last_box(text)
        if found is None:
            break
        begin, end, inside = found
        text = f"{text[:begin]}{inside}{text[end:]}"
    return _FORMULA_MARK.sub("", text)
