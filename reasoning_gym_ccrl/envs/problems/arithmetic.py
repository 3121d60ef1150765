"""Arithmetic: an expression, worked out one operation at a time in exact numbers.

The numbers of the expression are named a, b, c, … from left to right and the results p, q, r, …, so that the plan
of a solution needs no digits: "p = a + b; q = p * c".
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from ...errors import InvalidOption, unknown_name
from .arithmetic_chains import CHAIN_OPERATORS, MAX_DIGITS, draft_chain
from .arithmetic_kinds import KINDS, draw_tree
from .arithmetic_trees import GIVEN_NAMES, Node, canonical_of, composition_for, leaves_of, word
from .base import Draft, FamilyConfig, check_bounds, shift_wording, split_of

ASKS = ("Calculate {}.", "What is {}?", "Find the value of {}.")
RICH_ASKS = (*ASKS, "Work out {}.", "How much is {}?", "Compute {}.")
UNSEEN_ASKS = ("Evaluate {}.", "What number do you get for {}?", "Give the exact value of {}.")
_REMAINDER_ASKS = ("Find the remainder when {left} is divided by {right}.", "What is {left} modulo {right}?")
_UNSEEN_REMAINDER_ASKS = ("If you divide {left} by {right}, which remainder is left?",)

_OPERATORS = "+-*/"
_MAX_TRIES = 1000
_LARGER = 10  # the split larger_numbers goes up to so many times the usual numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ArithmeticConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive.

    Attributes:
        few: largest factor, divisor, modulus, base or denominator; the smallest is 2.
        many: largest number next to a + or -.
        many_from: smallest such number; above 2, each expression has one, and denominators are beyond `few`.
        max_value: largest result of any operation. Results are not negative, but in the kinds negatives and chain.
        operators: which of + - * / occur.
        kinds: which expressions are drawn, each equally often: "integers" (grown on the left or right, whole
            numbers), "brackets" (nested on both sides), "negatives", "fractions" (in lowest terms), "decimals",
            "powers", "percentages", "modular" (remainders), "chain" (numbers of min_digits to max_digits digits with
            + and - between them; few, many and max_value do not matter).
        min_digits, max_digits: digits of each number of a chain; all have equally many.
        wordings: "plain" for few ways to ask, "rich" for more.
    """

    few: int = 9
    many: int = 20
    many_from: int = 2
    max_value: int = 60
    operators: str = _OPERATORS
    kinds: tuple[str, ...] = ("integers",)
    min_digits: int = 1
    max_digits: int = 2
    wordings: Literal["plain", "rich"] = "plain"

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 2, "many": 2, "many_from": 2, "max_value": 2, "min_digits": 1})
        if self.many_from > self.many:
            raise InvalidOption(f"many_from is at most many; received many_from={self.many_from}, many={self.many}.")
        if not self.operators or not set(self.operators) <= set(_OPERATORS):
            raise InvalidOption(f"operators are some of {_OPERATORS}; received {self.operators!r}.")
        if self.max_steps >= len(GIVEN_NAMES):
            raise InvalidOption(
                f"An expression has at most {len(GIVEN_NAMES) - 1} operations, as its numbers are named "
                f"{GIVEN_NAMES[0]} to {GIVEN_NAMES[-1]}; received max_steps={self.max_steps}."
            )
        if not self.min_digits <= self.max_digits <= MAX_DIGITS:
            raise InvalidOption(
                f"max_digits is from min_digits to {MAX_DIGITS}; received min_digits={self.min_digits}, "
                f"max_digits={self.max_digits}."
            )
        for kind in self.kinds:
            if kind not in ALL_KINDS:
                raise unknown_name("kind", kind, ALL_KINDS)
        if not self.kinds:
            raise InvalidOption(f"kinds are some of {', '.join(ALL_KINDS)}; received none.")
        if "chain" in self.kinds and not set(CHAIN_OPERATORS) & set(self.operators):
            raise InvalidOption(f"A chain is made of + and -; received operators={self.operators!r}.")
        if self.wordings not in _WORDINGS:
            raise unknown_name("wordings", self.wordings, _WORDINGS)


ALL_KINDS = ("integers", *KINDS, "chain")
_WORDINGS = ("plain", "rich")


class Arithmetic:
    """The family "arithmetic"; see the module's docstring."""

    name = "arithmetic"
    presets: Mapping[str, ArithmeticConfig] = {
        "easy": ArithmeticConfig(),
        "medium": ArithmeticConfig(
            min_steps=2, max_steps=4, many=99, max_value=999,
            kinds=ALL_KINDS, min_digits=2, max_digits=3, wordings="rich",
        ),
        "hard": ArithmeticConfig(
            min_steps=3, max_steps=6, few=19, many=499, max_value=9999,
            kinds=ALL_KINDS, min_digits=2, max_digits=4, wordings="rich",
        ),
    }  # fmt: skip

    def draft(self, rng: random.Random, config: ArithmeticConfig) -> Draft:
        """Draws an expression of one of the config's kinds.

        Of several kinds each comes equally often, so the kind stays until a graph of the wanted split is drawn.
        """
        kinds = config.kinds
        kind = kinds[0] if len(kinds) == 1 else rng.choice(kinds)
        if kind == "chain":
            return draft_chain(rng, config, _asks(config))
        draft: Draft | None = None
        for _ in range(_MAX_TRIES):
            tree, steps = _draw_integers(rng, config) if kind == "integers" else _draw_kind(kind, rng, config)
            if tree is None or not _goes_beyond(tree, config):
                continue
            draft = _drafted(tree, steps, kind, config, rng)
            if len(kinds) == 1 or not config.split or draft.split == config.split:
                return draft
        if draft is None:
            raise InvalidOption(f"No expression of the kind {kind!r} fits the settings {config}; widen the numbers.")
        return draft

    def shifted(self, config: ArithmeticConfig, split: str) -> ArithmeticConfig | None:
        """Bare expressions have nothing to rename or to put in another order, and no facts that do not matter."""
        if split == "larger_numbers":
            return replace(
                config,
                many_from=config.many + 1,
                many=config.many * _LARGER,
                max_value=config.max_value * _LARGER,
                min_digits=min(config.max_digits + 1, MAX_DIGITS),
                max_digits=min(config.max_digits + 2, MAX_DIGITS),
            )
        known = ("more_steps", "unseen_templates", "unseen_compositions")
        return shift_wording(config, split) if split in known else None


def _drafted(tree: Node, steps: int, kind: str, config: ArithmeticConfig, rng: random.Random) -> Draft:
    canonical, composition = canonical_of(tree), composition_for(tree, steps)
    build = partial(word, tree, canonical, kind, _asks(config, tree), config.difficulty, rng)
    return Draft(canonical, build, steps, composition, split_of(canonical, steps, composition))


def _asks(config: ArithmeticConfig, tree: Node | None = None) -> tuple[str, ...]:
    """The wordings to draw from; a remainder has some of its own."""
    is_remainder = tree is not None and tree.operator == "mod"
    if config.templates == "unseen":
        return UNSEEN_ASKS + _UNSEEN_REMAINDER_ASKS if is_remainder else UNSEEN_ASKS
    if config.wordings == "plain":
        return ASKS
    return RICH_ASKS + _REMAINDER_ASKS if is_remainder else RICH_ASKS


def _goes_beyond(tree: Node, config: ArithmeticConfig) -> bool:
    """Whether some number is as large as `many_from` asks for; a fraction's denominator counts."""
    if config.many_from == 2:
        return True
    for leaf in leaves_of(tree):
        if "/" in leaf.text:
            if leaf.value.denominator > config.few:
                return True
        elif not -config.many_from < leaf.value < config.many_from:
            return True
    return False


def _draw_kind(kind: str, rng: random.Random, config: ArithmeticConfig) -> tuple[Node | None, int]:
    steps = rng.randint(config.min_steps, config.max_steps)
    return draw_tree(KINDS[kind], steps, config, rng), steps


def _draw_integers(rng: random.Random, config: ArithmeticConfig) -> tuple[Node | None, int]:
    """Grows an expression from one number, on the left or on the right."""
    number = rng.randint(config.many_from, config.many)
    node: Node | None = Node(number, str(number))
    steps = rng.randint(config.min_steps, config.max_steps)
    for _ in range(steps):
        node = node and _grow(node, config, rng)
    return node, steps


def _grow(node: Node, config: ArithmeticConfig, rng: random.Random) -> Node | None:
    """One operation more on top of `node`, or None where this draw has no exact result in range."""
    operator = rng.choice(config.operators)
    swapped = rng.random() < 0.35
    value = int(node.value)
    if operator in "+-":
        number = rng.randint(config.many_from, config.many)
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
    leaf = Node(number, str(number))
    return (
        Node(result, str(result), operator, leaf, node) if swapped else Node(result, str(result), operator, node, leaf)
    )
