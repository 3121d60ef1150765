"""A worked solution as prose: each written calculation replaced by its result, and what was calculated there.

"Natalia sold 48/2 = <<48/2=24>>24 clips in May." becomes "Natalia sold 24 clips in May.", with 48/2 at the 24.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ...envs.problems.data_equations import Node, NoEquation, read_infix
from .number_mentions import DIGITS

_ANNOTATION = re.compile(r"<<([^<>=]{1,400})=([^<>]{1,400})>>")
_RESULT = re.compile(rf"\s*[$£€]?\s*(?:{DIGITS})(?:\s?%)?")
_TOKEN = re.compile(
    rf"(?P<number>{DIGITS})|(?P<times>[xX](?![a-zA-Z]))|(?P<word>(?:/\s?)?[a-zA-Z][\w'’]*(?:[-/][a-zA-Z]\w*)*)"
    r"|(?P<operator>[-+*/×÷−–·])|(?P<open>[(\[])|(?P<close>[)\]])|(?P<money>[$£€])|(?P<percent>%)|(?P<equals>=)"
    r"|(?P<other>\S)"
)  # a unit such as "/cup" is one word
_MAX_UNIT_WORDS = 4  # between a number and the operator after it, "7 boxes of cookies * 2"


@dataclass(frozen=True, slots=True)
class Calculation:
    """One calculation of a solution.

    Attributes:
        start, end: where its result stands in the prose.
        tree: what is calculated; a bare number where nothing is.
        value: the result as it is written, which may be rounded.
        source: the calculation as the solution writes it, with its units.
    """

    start: int
    end: int
    tree: Node
    value: Fraction
    source: str


def read_prose(solution: str) -> tuple[str, list[Calculation]]:
    r"""The prose of a solution, a line for a line, and its calculations in order.

    Raises:
        NoEquation: an annotation holds what is no arithmetic.

    >>> prose, calculations = read_prose("She ate 3 eggs * 2 = <<3*2=6>>6 eggs.\nNow 9 - 6 = 3 are left.")
    >>> prose, [str(c.value) for c in calculations], prose[calculations[1].start :]
    ('She ate 6 eggs.\nNow 3 are left.', ['6', '3'], '3 are left.')
    """
    prose = ""
    calculations: list[Calculation] = []
    for line in solution.splitlines():
        at = 0
        for match in _ANNOTATION.finditer(line):
            prose = _with_plain(prose, line[at : match.start()], calculations, cut_run=True)
            source = line[at : match.start()]
            source = source[_run_start(source)[0] :]
            prose = prose.rstrip() + (" " if prose and not prose.endswith("\n") else "")
            value = _value(match.group(2))
            shown = _RESULT.match(line, match.end())
            at = shown.end() if shown else match.end()
            written = (line[match.end() : at] if shown else str(match.group(2))).strip()
            if source.rstrip().endswith("$") and not written.startswith("$"):
                written = f"${written}"
            calculations.append(
                Calculation(len(prose), len(prose) + len(written), read_infix(match.group(1)), value, source)
            )
            prose += written
        prose = _with_plain(prose, line[at:], calculations, cut_run=False) + "\n"
    return prose.rstrip("\n"), calculations


def _run_start(text: str) -> tuple[int, int]:
    """Where the calculation at the end of a text begins, and how many operators it has: 0 where there is none."""
    tokens = list(_TOKEN.finditer(text))
    index = len(tokens) - 1
    while index >= 0 and tokens[index].lastgroup in ("equals", "money"):
        index -= 1
    start, operators = len(text.rstrip("=$£€ \t")), -1
    while True:
        begun = _operand_start(tokens, index)
        if begun < 0:
            return start, max(operators, 0)
        start, operators = tokens[begun].start(), operators + 1
        if begun == 0 or tokens[begun - 1].lastgroup not in ("operator", "times"):
            return start, operators
        index = begun - 2


def _operand_start(tokens: list[re.Match[str]], index: int) -> int:
    """The first token of the operand that ends at a token: brackets, currency, number, unit; -1 if there is none."""
    words = 0
    while index >= 0 and tokens[index].lastgroup in ("close", "word", "percent", "money"):
        words += tokens[index].lastgroup == "word"
        index -= 1
    if index < 0 or tokens[index].lastgroup != "number" or words > _MAX_UNIT_WORDS:
        return -1
    while index > 0 and tokens[index - 1].lastgroup in ("money", "open"):
        index -= 1
    return index


def _with_plain(prose: str, text: str, calculations: list[Calculation], *, cut_run: bool) -> str:
    """`prose` and the text, calculations without an annotation worked in; without the one at its end if `cut_run`."""
    end = _run_start(text)[0] if cut_run else len(text)
    at = 0
    for sign in re.finditer("=", text[:end]):
        start, operators = _run_start(text[at : sign.start()])
        result = _RESULT.match(text, sign.end(), end)
        if not operators or result is None:
            continue
        source = text[at + start : sign.start()]
        try:
            tree, value = read_infix(_bare(source)), _value(result.group())
        except NoEquation:
            continue
        if tree.value != value:
            continue
        prose += text[at : at + start]
        at = result.end()
        written = result.group().strip()
        calculations.append(Calculation(len(prose), len(prose) + len(written), tree, value, source))
        prose += written
    return prose + text[at : max(at, end)]


def _bare(source: str) -> str:
    """A calculation without units and currencies, "3 cats x $2" -> "3 * 2"."""
    return re.sub(r"(?:/\s?)?\b[a-zA-Z][\w'’]*(?:/[a-zA-Z]\w*)?|[$£€°²]", "", re.sub(r"\b[xX]\b", "*", source))


def units_of(source: str, leaves: list[Fraction]) -> list[list[str]]:
    """The words after each number of a calculation as it is written; [] for each where it has other numbers.

    >>> units_of("2 loads * 9 minutes/load", [Fraction(2), Fraction(9)])
    [['loads'], ['minutes', 'load']]
    """
    values: list[Fraction] = []
    words: list[list[str]] = []
    for token in _TOKEN.finditer(source):
        if token.lastgroup == "number":
            values.append(Fraction(token.group().replace(",", "")))
            words.append([])
        elif token.lastgroup == "word" and words:
            words[-1] += re.split(r"[/-]", token.group())
    return words if values == leaves else [[] for _ in leaves]


def _value(text: str) -> Fraction:
    node = read_infix(text.replace("$", ""))
    return node.value
