"""Calculus: derivatives and antiderivatives, slopes, definite integrals, critical points and extreme values.

Easy and medium functions are polynomials; hard ones also have sines, cosines, powers of e, logarithms, products and
functions inside others. Slopes and definite integrals may be dressed in words about motion.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from ...errors import InvalidOption, unknown_name
from ...types import Problem
from .algebra_steps import LETTERS, PERSONS, symbolic_problem
from .base import Draft, FamilyConfig, check_bounds, shift_wording
from .calculus_draws import MAX_STEPS, Task, draw_task, shapes
from .calculus_steps import (
    Path,
    critical_steps,
    extreme_steps,
    integral_steps,
    slope_coefficients,
    slope_steps,
)
from .calculus_terms import Times, sum_text
from .calculus_wordings import DISTRACTORS, STORIES, WORDINGS
from .polynomial_text import polynomial
from .sketches import between, pick

KINDS = ("derivative", "slope", "antiderivative", "integral", "critical", "extreme")

_MAX_TRIES = 1000
_FUNCTIONS = {"seen": ("f", "g", "h"), "unseen": ("q", "r")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculusConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive, and coefficients have either sign.

    Attributes:
        kinds: which kinds of problems occur, some of `KINDS`.
        degree: highest power of a function, where it has not more terms than that.
        few: largest coefficient, where it is not the multiple of a power that makes an integral whole.
        least: smallest size of coefficients and constants.
        many: largest constant.
        max_number: largest coefficient or constant of a function.
        negative: whether points and limits may be negative.
        fractions: whether antiderivatives may have fractions.
        functions: whether there are sines, cosines, powers of e, logarithms, products and functions inside others.
        worded: probability that a slope or a definite integral is dressed in words.
    """

    kinds: tuple[str, ...] = KINDS
    max_steps: int = 3
    degree: int = 5
    few: int = 9
    least: int = 1
    many: int = 12
    max_number: int = 60
    negative: bool = False
    fractions: bool = False
    functions: bool = False
    worded: float = 0.2

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"degree": 2, "few": 3, "least": 1, "many": 3, "max_number": 20})
        for kind in self.kinds:
            if kind not in KINDS:
                raise unknown_name("kind", kind, KINDS)
        if not self.kinds or self.least >= self.few or self.least >= self.many:
            raise InvalidOption(f"There is at least one kind, and least is below few and many; received {self}.")
        if not 0 <= self.worded <= 1:
            raise InvalidOption(f"worded is a probability; received {self.worded!r}.")
        if self.min_steps > MAX_STEPS:
            raise InvalidOption(f"A problem has at most {MAX_STEPS} steps; received min_steps={self.min_steps}.")


class Calculus:
    """The family "calculus"; see the module's docstring."""

    name = "calculus"
    presets: Mapping[str, CalculusConfig] = {
        "easy": CalculusConfig(),
        "medium": CalculusConfig(
            min_steps=2, max_steps=6, degree=6, few=12, many=40, max_number=300, negative=True, distractors=0.2
        ),
        "hard": CalculusConfig(
            min_steps=4,
            max_steps=8,
            degree=6,
            few=15,
            many=60,
            max_number=2000,
            negative=True,
            fractions=True,
            functions=True,
            distractors=0.4,
        ),
    }

    def draft(self, rng: random.Random, config: CalculusConfig) -> Draft:
        """Draws a number of steps, a kind that can have so many, and its function."""
        for _ in range(_MAX_TRIES):
            worded = rng.random() < config.worded
            choices = _choices(config.kinds, config.min_steps, config.max_steps, config.functions, worded)
            if not choices:
                if config.worded in (0, 1):
                    break
                continue
            steps, kinds = pick(rng, choices)
            task = draw_task(pick(rng, kinds), steps, config, rng, worded=worded)
            if task is not None:
                canonical = task.canonical
                build = partial(_word, task, canonical, config, rng, worded=worded)
                return Draft(canonical, build, steps, task.composition)
        raise InvalidOption(f"No function fits the settings {config}; widen the numbers, the kinds or the steps.")

    def shifted(self, config: CalculusConfig, split: str) -> CalculusConfig | None:
        """Every split; only words have room for a fact that does not matter."""
        match split:
            case "larger_numbers":
                largest = config.max_number
                return replace(
                    config, least=largest + 1, few=largest * 10, many=largest * 10, max_number=largest**3 * 1000
                )
            case "distractors":
                return replace(config, distractors=1.0, worded=1.0)
            case "reordered":
                return replace(config, order="shuffled", worded=0.0)
        return shift_wording(config, split)


@lru_cache(maxsize=256)
def _choices(
    kinds: tuple[str, ...], low: int, high: int, functions: bool, worded: bool
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Each number of steps that is wanted and can be had, with the kinds that have it."""
    found = []
    for steps in range(low, min(high, MAX_STEPS) + 1):
        able = tuple(kind for kind in kinds if shapes(kind, steps, functions, worded))
        if able:
            found.append((steps, able))
    return tuple(found)


# -- wording -----------------------------------------------------------------------------------------------------------


def _word(task: Task, graph: str, config: CalculusConfig, rng: random.Random, *, worded: bool) -> Problem:
    letter, name = pick(rng, LETTERS[config.names]), pick(rng, _FUNCTIONS[config.names])
    path = Path(task.terms, name, letter)
    text = _written(task, letter, config, rng)
    answer, answer_kind, equations = _solve(task, path)
    words = {"x": letter, "f": name, "F": name.upper(), "e": text}
    words |= dict(zip("pq", map(str, task.points), strict=False))
    if task.kind == "extreme":
        is_low = slope_coefficients(task.terms)[-1] > 0
        words |= {"extreme": "smallest" if is_low else "largest", "large": "small" if is_low else "large"}
    question = _question(task, words, config, rng, worded=worded)
    return symbolic_problem(
        "calculus",
        question,
        answer,
        answer_kind,
        path.steps,
        path.givens,
        graph,
        config.difficulty,
        kind=task.kind,
        unknowns=[letter],
        functions={name: text},
        equations=equations,
    )


def _written(task: Task, letter: str, config: CalculusConfig, rng: random.Random) -> str:
    """The function, its terms in the usual or in another order."""
    terms = list(task.terms)
    if config.order == "shuffled":
        first = terms[0]
        if len(terms) == 1 and isinstance(first, Times):
            return _swapped(first, letter)
        while tuple(terms) == task.terms:
            rng.shuffle(terms)
    return sum_text(tuple(terms), letter)


def _swapped(product: Times, letter: str) -> str:
    """A product of two polynomials with its factors the other way round."""
    return f"({product.right_text(letter)})({polynomial(product.left, letter)})"


def _solve(task: Task, path: Path) -> tuple[str, str, list[str]]:
    """The answer, its kind, and the equation that it fulfils where there is one; the path gets its steps."""
    match task.kind:
        case "derivative":
            return path.differentiate(), "expression", []
        case "antiderivative":
            return path.integrate(constant=True), "antiderivative", []
        case "slope":
            return str(slope_steps(path, task.points[0])), "number", []
        case "integral":
            return str(integral_steps(path, *task.points)), "number", []
    equations = [f"{polynomial(slope_coefficients(task.terms), path.letter)} = 0"]
    if task.kind == "extreme":
        return str(extreme_steps(path)), "number", equations
    roots = critical_steps(path)
    return ", ".join(map(str, roots)), "number" if len(roots) == 1 else "set", equations


def _question(task: Task, words: dict[str, str], config: CalculusConfig, rng: random.Random, *, worded: bool) -> str:
    wordings = (STORIES if worded else WORDINGS)[task.kind]
    sentences = pick(rng, wordings.of(config.templates)).split("|")
    if worded and config.distractors and rng.random() < config.distractors:
        sentences.insert(-1, pick(rng, DISTRACTORS))
        words |= {"person": pick(rng, PERSONS[config.names]), "number": str(between(rng, 2, 60))}
    return " ".join(sentences).format_map(words)
