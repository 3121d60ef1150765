"""Expressions as trees: their canonical form, their text with no more brackets than a reader needs, and their steps.

Operators are + - * / and, in some kinds of expression, ^ (a power), "mod" (a remainder) and "%" ("20% of 80": its
left operand is the percentage).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...types import GoldStep, Problem
from .base import HELD_OUT_STEPS, canonical_node, hex_digest
from .making import make_gold_step, make_problem

GIVEN_NAMES = "abcdefghij"
RESULT_NAMES = "pqrstuvwxyz"

PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "mod": 2, "%": 2, "^": 3}
_ALWAYS_IN_BRACKETS = ("mod", "%")  # "20% of 80 + 14" and "7 * 5 mod 3" would be read in two ways


@dataclass(frozen=True, slots=True)
class Node:
    """A number (operator "") or an operation on two nodes.

    Attributes:
        value: its exact value.
        text: how the value is written: "12", "-3", "5/6", "2.75", "20%".
        operator: "" for a number of the question.
        left, right: the operands.
    """

    value: int | Fraction
    text: str
    operator: str = ""
    left: Node | None = None
    right: Node | None = None


def canonical_of(node: Node) -> str:
    """The computation graph: operations and numbers, operands of + and * sorted."""
    if node.left is None or node.right is None:
        if node.text[-1] == "%":
            return canonical_node("/", int(node.text[:-1]), 100)
        if "/" in node.text:
            return canonical_node("/", *map(int, node.text.split("/")))
        return node.text
    operator = "*" if node.operator == "%" else node.operator
    return canonical_node(operator, canonical_of(node.left), canonical_of(node.right))


def composition_of_tree(node: Node) -> str:
    """The graph with each number of the question, whatever its kind, left out.

    >>> half = Node(Fraction(1, 2), "1/2")
    >>> composition_of_tree(Node(Fraction(3, 2), "3/2", "+", half, Node(1, "1")))
    '(#+#)'
    """
    if node.left is None or node.right is None:
        return "#"
    operator = "*" if node.operator == "%" else node.operator
    return canonical_node(operator, composition_of_tree(node.left), composition_of_tree(node.right))


def composition_for(node: Node, n_steps: int) -> str | None:
    """The composition, where graphs of so many steps are held out by it at all."""
    return composition_of_tree(node) if n_steps >= HELD_OUT_STEPS else None


def leaves_of(node: Node) -> list[Node]:
    """The numbers of the question, from left to right."""
    if node.left is None or node.right is None:
        return [node]
    return leaves_of(node.left) + leaves_of(node.right)


def render(node: Node) -> str:
    """The expression as text; brackets only where the usual order of operations, or a reader, needs them."""
    if node.left is None or node.right is None:
        return node.text
    left, right, operator = render(node.left), render(node.right), node.operator
    if node.left.operator:
        lower = PRECEDENCE[node.left.operator] < PRECEDENCE[operator]
        if lower or operator in ("^", "mod") or node.left.operator in _ALWAYS_IN_BRACKETS:
            left = f"({left})"
    else:
        left = _as_left(left, operator)
    if node.right.operator:
        binds_less = PRECEDENCE[node.right.operator] <= PRECEDENCE[operator]
        if binds_less or operator == "%" or right[0] == "-" or node.right.operator in _ALWAYS_IN_BRACKETS:
            right = f"({right})"
    else:
        right = _as_right(right, operator)
    return _join(left, operator, right)


def calculation(node: Node) -> str:
    """The one operation of a node, on the values of its operands: "5/6 * 2", "(-3)^2", "20% * 80"."""
    if node.left is None or node.right is None:
        return node.text
    operator = "*" if node.operator == "%" else node.operator
    return _join(_as_left(node.left.text, operator), operator, _as_right(node.right.text, operator))


def _join(left: str, operator: str, right: str) -> str:
    match operator:
        case "^":
            return f"{left}^{right}"
        case "%":
            return f"{left} of {right}"
    return f"{left} {operator} {right}"


def _as_left(text: str, operator: str) -> str:
    """A number as the left operand: 1/2 divided is (1/2) / 3, and -3 squared is (-3)^2."""
    needs = (operator in ("/", "^") and "/" in text) or (operator == "^" and text[0] == "-")
    return f"({text})" if needs else text


def _as_right(text: str, operator: str) -> str:
    """A number as the right operand: 5 - (-3), 3 / (1/2)."""
    needs = (operator == "/" and "/" in text) or text[0] == "-"
    return f"({text})" if needs else text


def word(tree: Node, canonical: str, kind: str, asks: Sequence[str], difficulty: str, rng: random.Random) -> Problem:
    """The problem in words, its numbers named a, b, ... and its results p, q, ... from left to right."""
    givens: dict[str, str] = dict(zip(GIVEN_NAMES, (leaf.text for leaf in leaves_of(tree)), strict=False))
    unread = iter(GIVEN_NAMES)
    solution: list[GoldStep] = []

    def solve(node: Node) -> str:
        if node.left is None or node.right is None:
            return next(unread)
        left, right = solve(node.left), solve(node.right)
        name = RESULT_NAMES[len(solution)]
        expression = calculation(node)
        operator = "*" if node.operator == "%" else node.operator
        solution.append(
            make_gold_step(
                text=f"{name} = {expression} = {node.text}",
                expression=expression,
                value=node.text,
                meta_thought=f"{name} = {left} {operator} {right}",
                parents=(left, right),
            )
        )
        return name

    solve(tree)
    question = _ask(tree, rng.choice(asks))
    return make_problem(
        id=f"arithmetic:{hex_digest(question)}",
        question=question,
        answer=tree.text,
        solution=tuple(solution),
        family="arithmetic",
        difficulty=difficulty,
        metadata={"givens": givens, "graph": canonical, "answer_kind": "number", "kind": kind},
    )


def _ask(tree: Node, ask: str) -> str:
    """Fills in the whole expression, or what is divided and by what where the wording asks for the two."""
    if "{left}" in ask and tree.left is not None and tree.right is not None:
        return ask.format(left=render(tree.left), right=render(tree.right))
    return ask.format(render(tree))
