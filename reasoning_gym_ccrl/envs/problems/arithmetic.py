"""Arithmetic: an expression with brackets, worked out one operation at a time in exact whole numbers.

The numbers of the expression are named a, b, c, … from left to right and the results p, q, r, …, so that the plan
of a solution needs no digits: "p = a + b; q = p * c".
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from ...errors import InvalidOption
from ...types import GoldStep, Problem
from .base import Draft, FamilyConfig, canonical_node, check_bounds, digest, shift_wording

GIVEN_NAMES = "abcdefghij"
RESULT_NAMES = "pqrstuvwxyz"
ASKS = ("Calculate {}.", "What is {}?", "Find the value of {}.")

_MAX_TRIES = 1000
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArithmeticConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive.

    Attributes:
        few: largest factor or divisor next to a * or /; the smallest is 2.
        many: largest number next to a + or -; the smallest is 2.
        max_value: largest result of any operation; results are whole and not negative.
        operators: which operations occur.
    """

    few: int = 9
    many: int = 20
    max_value: int = 60
    operators: str = "+-*/"

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 2, "many": 2, "max_value": 2})
        if not self.operators or not set(self.operators) <= set(_PRECEDENCE):
            raise InvalidOption(f"operators are some of {''.join(_PRECEDENCE)}; received {self.operators!r}.")
        if self.max_steps >= len(GIVEN_NAMES):
            raise InvalidOption(
                f"An expression has at most {len(GIVEN_NAMES) - 1} operations, as its numbers are named "
                f"{GIVEN_NAMES[0]} to {GIVEN_NAMES[-1]}; received max_steps={self.max_steps}."
            )


@dataclass(frozen=True, slots=True)
class _Node:
    """A number (operator "") or an operation on two nodes, with its value."""

    value: int
    operator: str = ""
    left: _Node | None = None
    right: _Node | None = None


class Arithmetic:
    """The family "arithmetic"; see the module's docstring."""

    name = "arithmetic"
    presets: Mapping[str, ArithmeticConfig] = {
        "easy": ArithmeticConfig(),
        "medium": ArithmeticConfig(min_steps=2, max_steps=4, many=99, max_value=999),
        "hard": ArithmeticConfig(min_steps=3, max_steps=6, few=19, many=499, max_value=9999),
    }

    def draft(self, rng: random.Random, config: ArithmeticConfig) -> Draft:
        """Draws an expression by growing it from one number, on the left or on the right."""
        for _ in range(_MAX_TRIES):
            node: _Node | None = _Node(rng.randint(2, config.many))
            steps = rng.randint(config.min_steps, config.max_steps)
            for _ in range(steps):
                node = node and _grow(node, config, rng)
            if node is not None:
                canonical = _canonical(node)
                return Draft(canonical, partial(_word, node, canonical, rng), steps)
        raise InvalidOption(f"No expression fits the settings {config}; widen the numbers or the operators.")

    def shifted(self, config: ArithmeticConfig, split: str) -> ArithmeticConfig | None:
        """Bare expressions have other numbers, more steps and other compositions; nothing to rename or reorder."""
        if split == "larger_numbers":
            return replace(config, many=config.many * 10, max_value=config.max_value * 10)
        return shift_wording(config, split) if split in ("more_steps", "unseen_compositions") else None


def _grow(node: _Node, config: ArithmeticConfig, rng: random.Random) -> _Node | None:
    """One operation more on top of `node`, or None where this draw has no exact result in range."""
    operator = rng.choice(config.operators)
    swapped = rng.random() < 0.35
    value = node.value
    if operator in "+-":
        number = rng.randint(2, config.many)
        left, right = (number, value) if swapped else (value, number)
        result = left + right if operator == "+" else left - right
    elif operator == "*":
        number = rng.randint(2, config.few)
        result = value * number
    else:
        swapped = False
        divisors = [d for d in range(2, min(config.few, value) + 1) if value % d == 0]
        if not divisors:
            return None
        number = rng.choice(divisors)
        result = value // number
    if not 0 <= result <= config.max_value:
        return None
    leaf = _Node(number)
    return _Node(result, operator, leaf, node) if swapped else _Node(result, operator, node, leaf)


def _canonical(node: _Node) -> str:
    if node.left is None or node.right is None:
        return str(node.value)
    return canonical_node(node.operator, _canonical(node.left), _canonical(node.right))


def _render(node: _Node) -> str:
    """The expression with no more brackets than precedence and left-to-right order ask for."""
    if node.left is None or node.right is None:
        return str(node.value)
    left, right = _render(node.left), _render(node.right)
    if node.left.operator and _PRECEDENCE[node.left.operator] < _PRECEDENCE[node.operator]:
        left = f"({left})"
    if node.right.operator and _PRECEDENCE[node.right.operator] <= _PRECEDENCE[node.operator]:
        right = f"({right})"
    return f"{left} {node.operator} {right}"


def _word(tree: _Node, canonical: str, rng: random.Random) -> Problem:
    givens: dict[str, str] = {}
    solution: list[GoldStep] = []

    def name_givens(node: _Node) -> None:
        if node.left is None or node.right is None:
            givens[GIVEN_NAMES[len(givens)]] = str(node.value)
        else:
            name_givens(node.left)
            name_givens(node.right)

    unread = iter(GIVEN_NAMES)

    def solve(node: _Node) -> str:
        if node.left is None or node.right is None:
            return next(unread)
        left, right = solve(node.left), solve(node.right)
        name = RESULT_NAMES[len(solution)]
        expression = f"{node.left.value} {node.operator} {node.right.value}"
        solution.append(
            GoldStep(
                text=f"{name} = {expression} = {node.value}",
                expression=expression,
                value=str(node.value),
                meta_thought=f"{name} = {left} {node.operator} {right}",
                parents=(left, right),
            )
        )
        return name

    name_givens(tree)
    solve(tree)
    question = rng.choice(ASKS).format(_render(tree))
    return Problem(
        id=f"arithmetic:{digest(question):016x}",
        question=question,
        answer=str(tree.value),
        solution=tuple(solution),
        family="arithmetic",
        metadata={"givens": givens, "graph": canonical, "answer_kind": "number"},
    )
