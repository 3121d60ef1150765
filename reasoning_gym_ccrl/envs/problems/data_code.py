"""Code that is arithmetic by names, read as a gold path: GSM-Hard has such. It is never executed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ...types import GoldStep
from .data_equations import MAX_CHARS, Node, NoEquation, read_infix, shown, written


@dataclass(frozen=True, slots=True)
class CodeGraph:
    """What simple code says: its constants by name, its calculations, and the value that it returns."""

    givens: Mapping[str, str]
    steps: tuple[GoldStep, ...]
    value: Fraction


_ASSIGNMENT = re.compile(r"([A-Za-z_]\w{0,80})\s*=\s*([^=].*)")
_OTHER_MEANING = re.compile(r"[\[\]{}%,]")  # brackets, percent and thousands in an equation, but not in code
_RETURN = re.compile(r"return\s+([A-Za-z_]\w{0,80})")
_SKIPPED = re.compile(r"(?:def\s+\w+\s*\([^()]*\)\s*(?:->\s*\w+\s*)?:|import\s+math|#.*)?")
_QUOTED = re.compile(r'"""(?:(?!""").)*"""|\'\'\'(?:(?!\'\'\').)*\'\'\'', re.DOTALL)


def read_code(code: str) -> CodeGraph:
    r"""The calculation of a function whose lines are assignments of arithmetic and one return; read, never run.

    Raises:
        NoEquation: it holds any other statement, an unknown name, or nothing to return.

    >>> graph = read_code("def f():\n    eggs = 16\n    eaten = 3\n    eggs_left = eggs - eaten\n    return eggs_left")
    >>> graph.steps[0].text, graph.steps[0].meta_thought, graph.givens
    ('eggs left = 16 - 3 = 13', 'eggs left = eggs - eaten', {'eggs': '16', 'eaten': '3'})
    """
    if len(code) > MAX_CHARS:
        raise NoEquation(f"At most {MAX_CHARS} characters are read.")
    values: dict[str, Fraction] = {}
    called: dict[str, str] = {}  # what a name is called in words; that of another, where it only repeats it
    givens: dict[str, str] = {}
    steps: list[GoldStep] = []
    for line in _QUOTED.sub("", code).splitlines():
        statement = line.partition("#")[0].strip()
        if (returned := _RETURN.fullmatch(statement)) is not None and returned.group(1) in values:
            return CodeGraph(givens, tuple(steps), values[returned.group(1)])
        assignment = _ASSIGNMENT.fullmatch(statement)
        if assignment is None:
            if not _SKIPPED.fullmatch(statement):
                raise NoEquation(f"{statement[:60]!r} is no assignment of arithmetic.")
            continue
        name, expression = assignment.groups()
        if _OTHER_MEANING.search(expression):
            raise NoEquation(f"{expression[:60]!r} is no arithmetic.")
        if name in values:
            raise NoEquation(f"{name} has two values, so its name says no more which is meant.")
        node = read_infix(expression, values)
        values[name] = node.value
        called[name] = name.strip("_").replace("_", " ")
        if node.operator:
            steps.append(_named_step(called[name], node, called))
        elif node.name:
            called[name] = called.get(node.name, called[name])
        else:
            givens[called[name]] = shown(node.value)
    raise NoEquation("The code returns nothing that it has worked out.")


def _named_step(name: str, node: Node, called: Mapping[str, str]) -> GoldStep:
    expression = written(node)
    leaves = list(_leaves(node))
    thought = ""
    if all(leaf.name for leaf in leaves):
        thought = f"{name} = {written(_in_words(node, called), by_name=True)}"
    return GoldStep(
        text=f"{name} = {expression} = {shown(node.value)}",
        expression=expression,
        value=shown(node.value),
        meta_thought="" if any(char.isnumeric() for char in thought) else thought,
        parents=tuple(dict.fromkeys(called.get(leaf.name, shown(leaf.value)) for leaf in leaves)),
    )


def _in_words(node: Node, called: Mapping[str, str]) -> Node:
    return Node(
        node.value, node.operator, tuple(_in_words(part, called) for part in node.operands), called.get(node.name, "")
    )


def _leaves(node: Node) -> list[Node]:
    return [node] if not node.operator else [leaf for part in node.operands for leaf in _leaves(part)]
