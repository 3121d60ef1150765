"""Polynomials: collecting like terms, expanding, factoring, roots of equations, values, discriminants."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import isqrt

from ...errors import InvalidOption, unknown_name
from ...types import GoldStep, Problem
from .algebra_steps import LETTERS, Wordings, symbolic_problem
from .base import Draft, FamilyConfig, check_bounds, shift_wording
from .polynomial_factors import FACTOR_STEPS, FactorPath, Product, draw_product
from .polynomial_roots import FORMULA_CONSTANTS, ROOT_STEPS, RootEquation, draw_roots, root_steps
from .polynomial_sums import (
    MAX_SUM_STEPS,
    Sum,
    collection_steps,
    collection_text,
    draw_collection,
    draw_sum,
    sum_shapes,
    sum_steps,
)
from .polynomial_text import Coefficients, hidden, joined, polynomial, terms_of
from .polynomial_values import (
    DISCRIMINANT_STEPS,
    MAX_VALUE_STEPS,
    Evaluation,
    discriminant_steps,
    draw_quadratic,
    draw_value,
    value_shapes,
    value_steps,
)
from .sketches import pick

KINDS = ("collect", "expand", "factor", "roots", "value", "discriminant")
MAX_STEPS = MAX_SUM_STEPS

_MAX_TRIES = 1000
_FUNCTIONS = {"seen": ("f", "g", "h"), "unseen": ("q", "r")}

WORDINGS: Mapping[str, Wordings] = {
    "collect": Wordings(
        (
            "Simplify {e}.",
            "Collect like terms: {e}.",
            "Write {e} as a single polynomial.",
            "What is {e} in its simplest form?",
        ),
        ("Bring {e} down to as few terms as possible.", "Which polynomial in {x} is equal to {e}?"),
    ),
    "expand": Wordings(
        (
            "Expand {e}.",
            "Multiply out and simplify: {e}.",
            "Expand {e} and collect like terms.",
            "What is {e} as a polynomial without brackets?",
        ),
        ("Get rid of all brackets in {e} and simplify.", "Write {e} as a sum of unlike powers of {x}."),
    ),
    "factor": Wordings(
        (
            "Factor {e}.",
            "Factor {e} completely.",
            "Write {e} as a product of factors that cannot be factored any further.",
            "Give {e} in factored form.",
        ),
        ("Take {e} apart into a product that goes no further.", "Which product of the simplest factors equals {e}?"),
    ),
    "roots": Wordings(
        (
            "Solve {equation} for {x}.",
            "Find all solutions of {equation}.",
            "For which values of {x} is {equation}?",
            "Find every {x} with {equation}.",
        ),
        ("Which numbers {x} fulfil {equation}? Name them all.", "Determine the solution set of {equation}."),
    ),
    "value": Wordings(
        (
            "Let {f}({x}) = {e}. What is {f}({point})?",
            "Find {f}({point}) if {f}({x}) = {e}.",
            "Given {f}({x}) = {e}, calculate {f}({point}).",
            "Evaluate {f}({x}) = {e} at {x} = {point}.",
        ),
        (
            "Which value does {f}({x}) = {e} take at {x} = {point}?",
            "The rule {f}({x}) = {e} sends {point} to which number?",
        ),
    ),
    "discriminant": Wordings(
        (
            "What is the discriminant of {e}?",
            "Find the discriminant of {equation}.",
            "Calculate the discriminant of the quadratic {e}.",
            "Work out the discriminant of the equation {equation}.",
        ),
        (
            "Under the square root of the quadratic formula for {equation} stands which number?",
            "The number of real roots of {e} depends on its discriminant. How large is it?",
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolynomialConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive, and coefficients have either sign.

    Attributes:
        kinds: which kinds of problems occur, some of `KINDS`.
        few: largest coefficient of a power and largest multiplier.
        least, many: range of the constants.
        least_root, most_root: range of the constants in factors that are to be found.
        max_number: largest number of a polynomial that is to be factored.
    """

    kinds: tuple[str, ...] = KINDS
    max_steps: int = 3
    few: int = 6
    least: int = 1
    many: int = 12
    least_root: int = 1
    most_root: int = 9
    max_number: int = 120

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 3, "least": 1, "many": 3, "least_root": 1, "most_root": 4, "max_number": 20})
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind", kind, KINDS)
        if not self.kinds or self.least >= self.many or self.least_root >= self.most_root:
            raise InvalidOption(
                f"There is at least one kind, least < many and least_root < most_root; received {self}."
            )
        if self.min_steps > MAX_STEPS:
            raise InvalidOption(f"A problem has at most {MAX_STEPS} steps; received min_steps={self.min_steps}.")


class Polynomials:
    """The family "polynomials"; see the module's docstring."""

    name = "polynomials"
    presets: Mapping[str, PolynomialConfig] = {
        "easy": PolynomialConfig(),
        "medium": PolynomialConfig(min_steps=2, max_steps=5, few=9, many=30, most_root=25, max_number=900),
        "hard": PolynomialConfig(min_steps=4, max_steps=8, few=12, many=60, most_root=30, max_number=5000),
    }

    def draft(self, rng: random.Random, config: PolynomialConfig) -> Draft:
        """Draws a number of steps, a kind that can have so many, and its numbers."""
        choices = _choices(config.kinds, config.min_steps, config.max_steps)
        for _ in range(_MAX_TRIES if choices else 0):
            steps, kinds = pick(rng, choices)
            draft = _draft_kind(pick(rng, kinds), steps, config, rng)
            if draft is not None:
                return draft
        raise InvalidOption(f"No polynomial fits the settings {config}; widen the numbers, the kinds or the steps.")

    def shifted(self, config: PolynomialConfig, split: str) -> PolynomialConfig | None:
        """Every split but distractors: a bare polynomial has no room for a fact that does not matter."""
        if split == "larger_numbers":
            largest = max(config.max_number, config.many)
            root = isqrt(largest) + 1
            return replace(
                config,
                least=largest + 1,
                many=largest * 10,
                least_root=root,
                most_root=root * 4,
                max_number=largest**2 * 10_000,
            )
        return None if split == "distractors" else shift_wording(config, split)


@lru_cache(maxsize=256)
def _choices(kinds: tuple[str, ...], low: int, high: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Each number of steps that is wanted and can be had, with the kinds that have it."""
    found = []
    for steps in range(low, min(high, MAX_STEPS) + 1):
        able = tuple(kind for kind in kinds if _can_have(kind, steps))
        if able:
            found.append((steps, able))
    return tuple(found)


def _can_have(kind: str, steps: int) -> bool:
    match kind:
        case "collect":
            return 2 <= steps <= 7
        case "expand":
            return bool(sum_shapes(steps))
        case "factor":
            return steps in FACTOR_STEPS.values()
        case "roots":
            return steps in ROOT_STEPS.values()
        case "value":
            return steps <= MAX_VALUE_STEPS and bool(value_shapes(steps))
    return steps == DISCRIMINANT_STEPS


@lru_cache(maxsize=64)
def _patterns(kind: str, steps: int) -> tuple[str, ...]:
    """The patterns with so many steps; x^2 - 49 seldom, as there are only so few of it."""
    table = FACTOR_STEPS if kind == "factor" else ROOT_STEPS
    return tuple(p for p, count in table.items() if count == steps for _ in range(1 if p == "d" else 10))


def _draft_kind(kind: str, steps: int, config: PolynomialConfig, rng: random.Random) -> Draft | None:
    match kind:
        case "collect" | "expand":
            found = (draw_collection if kind == "collect" else draw_sum)(steps, config, rng)
            if found is None:
                return None
            return Draft(found.canonical, partial(_word_sum, kind, found, config, rng), steps, found.composition)
        case "factor":
            product = draw_product(pick(rng, _patterns(kind, steps)), config, rng)
            if product is None:
                return None
            canonical = f"factor({polynomial(product.expanded)})".replace(" ", "")
            return Draft(canonical, partial(_word_factor, product, canonical, config, rng), steps, hidden(canonical))
        case "roots":
            equation = draw_roots(pick(rng, _patterns(kind, steps)), config, rng)
            if equation is None:
                return None
            canonical = equation.canonical
            return Draft(canonical, partial(_word_roots, equation, canonical, config, rng), steps, equation.composition)
        case "value":
            evaluation = draw_value(steps, config, rng)
            if evaluation is None:
                return None
            build = partial(_word_value, evaluation, config, rng)
            return Draft(evaluation.canonical, build, steps, evaluation.composition)
    quadratic = draw_quadratic(config, rng)
    canonical = f"discriminant({polynomial(quadratic)})".replace(" ", "")
    return Draft(canonical, partial(_word_discriminant, quadratic, canonical, config, rng), steps, hidden(canonical))


# -- wording -----------------------------------------------------------------------------------------------------------


def _problem(
    kind: str,
    words: dict[str, str],
    answer: str,
    answer_kind: str,
    found: tuple[dict[str, str], list[GoldStep]],
    graph: str,
    config: PolynomialConfig,
    rng: random.Random,
    **symbols: object,
) -> Problem:
    question = pick(rng, WORDINGS[kind].of(config.templates)).format_map(words)
    givens, steps = found
    symbols["unknowns"] = [words["x"]]
    return symbolic_problem(
        "polynomials", question, answer, answer_kind, steps, givens, graph, config.difficulty, kind=kind, **symbols
    )


def _written(coefficients: Coefficients, letter: str, config: PolynomialConfig, rng: random.Random) -> str:
    """The polynomial from its highest power down, or where order is shuffled in any other order of its terms."""
    terms = terms_of(coefficients, letter)
    if config.order == "shuffled" and len(terms) > 1:
        usual = list(terms)
        while terms == usual:
            rng.shuffle(terms)
    return joined(terms)


def _word_sum(kind: str, found: Sum, config: PolynomialConfig, rng: random.Random) -> Problem:
    letter = pick(rng, LETTERS[config.names])
    turned = config.order == "shuffled"
    if kind == "collect":
        text = collection_text(found, letter, turned=turned)
        givens, steps, answer = collection_steps(found, letter)
    else:
        text = found.text(letter, turned=turned)
        givens, steps, answer = sum_steps(found, letter)
    words = {"x": letter, "e": text}
    expressions = [text]
    return _problem(
        kind, words, answer, "expanded", (givens, steps), found.canonical, config, rng, expressions=expressions
    )


def _word_factor(product: Product, graph: str, config: PolynomialConfig, rng: random.Random) -> Problem:
    letter = pick(rng, LETTERS[config.names])
    text = _written(product.expanded, letter, config, rng)
    steps = FactorPath(product, letter, "polynomial").factor()
    found = {"polynomial": text}, steps
    words = {"x": letter, "e": text}
    return _problem("factor", words, product.text(letter), "factored", found, graph, config, rng, expressions=[text])


def _word_roots(equation: RootEquation, graph: str, config: PolynomialConfig, rng: random.Random) -> Problem:
    letter = pick(rng, LETTERS[config.names])
    turned = config.order == "shuffled"
    left, right = equation.sides(letter, turned=turned)
    if turned and (rng.random() < 0.5 or (left, right) == equation.sides(letter)):
        left, right = right, left
    text = f"{left} = {right}"
    answer = ", ".join(str(root) for root in equation.roots)
    symbols: dict[str, object] = {"equations": [text]}
    if equation.pattern == "formula":
        symbols["constants"] = FORMULA_CONSTANTS
    words = {"x": letter, "equation": text}
    return _problem("roots", words, answer, "set", root_steps(equation, letter), graph, config, rng, **symbols)


def _word_value(evaluation: Evaluation, config: PolynomialConfig, rng: random.Random) -> Problem:
    letter = pick(rng, LETTERS[config.names])
    function = pick(rng, _FUNCTIONS[config.names])
    text = _written(evaluation.coefficients, letter, config, rng)
    words = {"x": letter, "e": text, "f": function, "point": str(evaluation.point)}
    givens, steps, value = value_steps(evaluation, function)
    functions = {function: text}
    graph = evaluation.canonical
    return _problem("value", words, str(value), "number", (givens, steps), graph, config, rng, functions=functions)


def _word_discriminant(quadratic: Coefficients, graph: str, config: PolynomialConfig, rng: random.Random) -> Problem:
    letter = pick(rng, LETTERS[config.names])
    text = _written(quadratic, letter, config, rng)
    givens, steps, value = discriminant_steps(quadratic)
    words = {"x": letter, "e": text, "equation": f"{text} = 0"}
    constants = {"discriminant factor": FORMULA_CONSTANTS["discriminant factor"]}
    return _problem(
        "discriminant",
        words,
        str(value),
        "number",
        (givens, steps),
        graph,
        config,
        rng,
        expressions=[text],
        constants=constants,
    )
