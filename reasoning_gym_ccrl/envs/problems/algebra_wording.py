"""Puts drafts of the family "algebra" into words, with their gold paths."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...types import GoldStep, Problem
from .algebra_steps import LETTERS, PERSONS, gold, labelled, symbolic_problem
from .algebra_stories import (
    CHAIN_STORIES,
    DISTRACTORS,
    EQUATION,
    FIRST_ORDERS,
    LATER_ORDERS,
    PAIR_STORIES,
    PLANS,
    SYSTEM,
    THOUGHT_OF,
)
from .linear_chains import Chain, chain_steps, levels_of
from .linear_sides import Sides, side_steps, side_text
from .linear_system_steps import system_steps
from .linear_systems import System
from .sketches import between, pick

if TYPE_CHECKING:
    from .algebra import AlgebraConfig

PAIRS = {"seen": ("xy", "mn", "st", "yz", "bc"), "unseen": ("uv", "vw", "kp", "pw")}
TRIPLES = {"seen": ("xyz", "mnt", "bcd"), "unseen": ("uvw", "kpv")}


def word_chain(chain: Chain, graph: str, config: AlgebraConfig, rng: random.Random, *, worded: bool) -> Problem:
    """A chain as a bare equation, as a number that is thought of, or as a story where its numbers allow one."""
    letter = pick(rng, LETTERS[config.names])
    turned = config.order == "shuffled"
    levels = levels_of(chain, letter, turned=turned and not worded)
    left, right = levels[-1], str(chain.results[-1])
    if turned and (left == levels_of(chain, letter, turned=False)[-1] or rng.random() < 0.5):
        left, right = right, left
    equation = f"{left} = {right}"
    if worded:
        question = _words(_chain_text(chain, letter, config, rng), config, rng)
    else:
        question = pick(rng, EQUATION.of(config.templates)).format(x=letter, equation=equation)
    givens, steps = chain_steps(chain, levels)
    return _one_unknown(question, equation, letter, str(chain.solution), givens, steps, graph, config)


def _chain_text(chain: Chain, letter: str, config: AlgebraConfig, rng: random.Random) -> str:
    """The words of a chain but for the people in it."""
    options = THOUGHT_OF.of(config.templates)
    story = CHAIN_STORIES.get(chain.shape)
    numbers = (*chain.numbers, *chain.results)
    if story and min(numbers) > 1 and isinstance(chain.solution, int) and chain.solution > 1:
        # As many as there are of the others, so that no kind of words is rare.
        options = (*options, *story.of(config.templates) * 2)
    orders = [FIRST_ORDERS[chain.shape[0]], *(LATER_ORDERS[operation] for operation in chain.shape[1:])]
    said = ", then ".join(order.format(number) for order, number in zip(orders, chain.numbers, strict=True))
    words = {f"n{index}": str(number) for index, number in enumerate(chain.numbers)}
    words |= {"x": letter, "k": str(chain.results[-1]), "orders": said}
    return _filled(pick(rng, options), words)


def word_sides(sides: Sides, graph: str, config: AlgebraConfig, rng: random.Random) -> Problem:
    """A bare equation with several unknown terms."""
    letter = pick(rng, LETTERS[config.names])
    turned = config.order == "shuffled"
    left, right = (side_text(side, letter, turned=turned) for side in (sides.left, sides.right))
    givens, steps = side_steps(sides, left, right, letter)
    if turned and rng.random() < 0.5:
        left, right = right, left
    equation = f"{left} = {right}"
    question = pick(rng, EQUATION.of(config.templates)).format(x=letter, equation=equation)
    return _one_unknown(question, equation, letter, str(sides.solution), givens, steps, graph, config)


def word_plans(sides: Sides, graph: str, config: AlgebraConfig, rng: random.Random) -> Problem:
    """A story of two amounts that grow; its path begins with the equation."""
    letter = pick(rng, LETTERS[config.names])
    left, right = side_text(sides.left, letter), side_text(sides.right, letter)
    equation = f"{left} = {right}"
    (more, ahead), (fewer, behind) = sides.left, sides.right
    words = {"x": letter, "a": more.factor, "c": ahead.constant, "b": fewer.factor, "d": behind.constant}
    text = _filled(pick(rng, PLANS.of(config.templates)), {name: str(word) for name, word in words.items()})
    names = ("rate A", "start A", "rate B", "start B")
    givens = dict(zip(names, (words["a"], words["c"], words["b"], words["d"]), strict=True))
    setup = gold("equation", f"equate({', '.join(names)})", equation, equation, names, equation)
    _, steps = side_steps(sides, left, right, letter, sources=("equation",))
    question = _words(text, config, rng)
    given = {name: str(number) for name, number in givens.items()}
    return _one_unknown(question, equation, letter, str(sides.solution), given, [setup, *steps], graph, config)


def _one_unknown(
    question: str,
    equation: str,
    letter: str,
    solution: str,
    givens: dict[str, str],
    steps: Sequence[GoldStep],
    graph: str,
    config: AlgebraConfig,
) -> Problem:
    symbols = {"unknowns": [letter], "equations": [equation], "assignment": {letter: solution}}
    return symbolic_problem("algebra", question, solution, "number", steps, givens, graph, config.difficulty, **symbols)


# -- systems -----------------------------------------------------------------------------------------------------------


def word_system(system: System, config: AlgebraConfig, rng: random.Random) -> Problem:
    """A bare system, its unknowns in either order."""
    letters = list(pick(rng, (PAIRS if len(system.solution) == 2 else TRIPLES)[config.names]))
    rng.shuffle(letters)
    turned = config.order == "shuffled"
    equations = []
    for equation in system.equations:
        left, right = equation.sides(tuple(letters), turned=turned)
        if turned and rng.random() < 0.5:
            left, right = right, left
        equations.append(f"{left} = {right}")
    words = {"equations": _listed(equations), "unknowns": _listed(sorted(letters))}
    question = pick(rng, SYSTEM.of(config.templates)).format_map(words)
    givens = {labelled("equation", index): text for index, text in enumerate(equations)}
    return _several_unknowns(question, equations, letters, givens, system, system_steps(system, letters), config)


def word_story(kind: str, system: System, config: AlgebraConfig, rng: random.Random) -> Problem:
    """A story of two unknowns; its path begins with its equations."""
    story = PAIR_STORIES[kind]
    letters = list(pick(rng, PAIRS[config.names]))
    first, second = system.equations
    numbers = [*first.coefficients, first.constant, *second.coefficients, second.constant]
    words = {name: str(number) for name, number in zip("abcdef", numbers, strict=True)}
    words |= dict(zip("xy", letters, strict=True))
    if story.things:
        words |= dict(zip(("one", "many", "one2", "many2"), pick(rng, story.things), strict=True))
    question = _words(_filled(pick(rng, story.wordings.of(config.templates)), words), config, rng)
    equations = [" = ".join(equation.sides(tuple(letters))) for equation in system.equations]
    givens: dict[str, str] = {}
    setup = []
    for index, (equation, names) in enumerate(zip(system.equations, story.givens, strict=True)):
        said = [*equation.coefficients, equation.constant][-len(names) :]
        givens |= {name: str(number) for name, number in zip(names, said, strict=True)}
        text = equations[index]
        setup.append(gold(labelled("equation", index), f"relate({', '.join(names)})", text, text, names, text))
    steps = [*setup, *system_steps(system, letters)]
    return _several_unknowns(question, equations, letters, givens, system, steps, config)


def _several_unknowns(
    question: str,
    equations: list[str],
    letters: list[str],
    givens: dict[str, str],
    system: System,
    steps: Sequence[GoldStep],
    config: AlgebraConfig,
) -> Problem:
    assignment = {letter: str(value) for letter, value in sorted(zip(letters, system.solution, strict=True))}
    answer = ", ".join(f"{letter} = {value}" for letter, value in assignment.items())
    symbols = {"unknowns": sorted(letters), "equations": equations, "assignment": assignment}
    return symbolic_problem(
        "algebra", question, answer, "assignment", steps, givens, system.canonical, config.difficulty, **symbols
    )


def _listed(texts: Sequence[str]) -> str:
    """One and another: "a, b and c"."""
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


# -- people and facts that do not matter -------------------------------------------------------------------------------


def _filled(text: str, words: dict[str, str]) -> str:
    """The text with these placeholders filled in and the others kept."""
    return text.format_map(_Kept(words))


class _Kept(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _words(text: str, config: AlgebraConfig, rng: random.Random) -> str:
    """The sentences of a story with its people, and perhaps a fact that does not matter, where no "it" is cut off."""
    person, other, friend = rng.sample(PERSONS[config.names], 3)
    sentences = text.split("|")
    if config.distractors and rng.random() < config.distractors:
        sentences.insert(0 if rng.random() < 0.5 else len(sentences) - 1, pick(rng, DISTRACTORS))
    words = {"person": person, "other": other, "friend": friend, "number": str(between(rng, 2, max(20, config.many)))}
    return " ".join(sentences).format_map(words)
