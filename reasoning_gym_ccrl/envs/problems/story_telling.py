"""Puts the scenes of a story into words: sentences, what is of no use, the question, and the gold steps."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from ...types import GoldStep, Problem
from .base import canonical_node, composition_of, hex_digest
from .making import make_gold_step, make_problem
from .stories import DISTRACTORS
from .story_parts import NOUNS, PERSONS, UNSEEN_NOUNS, UNSEEN_PERSONS, Beat, Story, Wordings
from .story_walks import Given, Scene

if TYPE_CHECKING:
    from .word_problems import WordProblemConfig

_SHARE = composition_of(canonical_node("/", 1, 2))  # a percentage or a fraction, as a composition has it

# A story told in another order numbers its sentences, as many of them rest on the one before.
_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
_QUESTION_LAST = (
    "The parts of this story are out of order. {parts} {ask}",
    "Put these parts of a story in order. {parts} {ask}",
    "A story is told in a mixed order here. {parts} {ask}",
)
_QUESTION_FIRST = (
    "{ask} The parts of the story come in a mixed order. {parts}",
    "{ask} This is what is known, told out of order. {parts}",
    "{ask} Put the parts of the story in order first. {parts}",
)
_LARGEST_USELESS = 99  # a chair more or less: what such a number counts is seldom beyond


def tell(
    story: Story, scenes: Sequence[Scene], canonical: str, config: WordProblemConfig, rng: random.Random
) -> Problem:
    """The problem in words; all randomness comes from `rng`."""
    person, other = rng.sample(UNSEEN_PERSONS if config.names == "unseen" else PERSONS, 2)
    cast = {"a": person, "b": other, "n": rng.choice(UNSEEN_NOUNS if config.names == "unseen" else NOUNS)}
    pool = (config.templates, config.wordings, config.names)
    givens = {
        name.format_map(cast): given.text
        for scene in scenes
        for (name, _), given in zip(scene.beat.givens, scene.givens, strict=True)
    }
    sentences = [_fill(rng.choice(_choices(scene.beat.texts, *pool)), scene.givens, cast) for scene in scenes]
    solution = _solve(scenes, cast)
    useless = _add_distractors(sentences, story, {*givens.values()}, cast, config, rng)
    ask = rng.choice(_choices(scenes[-1].beat.asks, *pool)).format_map(cast)
    opening = [story.opening] if story.opening and pool[:2] == ("seen", "rich") else []
    if config.order == "shuffled":
        question = " ".join([*opening, _reorder(sentences, ask, rng)])
    else:
        question = " ".join([*opening, *sentences, ask])
    metadata = {"givens": givens, "graph": canonical, "answer_kind": "number", "story": story.name}
    if useless:
        metadata["distractors"] = useless
    return make_problem(
        id=f"word_problems:{hex_digest(question)}",
        question=question,
        answer=solution[-1].value,
        solution=solution,
        family="word_problems",
        difficulty=config.difficulty,
        metadata=metadata,
    )


def _solve(scenes: Sequence[Scene], cast: dict[str, str]) -> tuple[GoldStep, ...]:
    texts: dict[str, str] = {}
    solution: list[GoldStep] = []
    for scene in scenes:
        for (name, _), given in zip(scene.beat.givens, scene.givens, strict=True):
            texts[name.format_map(cast)] = given.text
        for calculation, value in zip(scene.calculations, scene.values, strict=True):
            name, left, operator, right = (part.format_map(cast) for part in calculation)
            texts[name] = result = str(value)
            expression = f"{texts[left]} {operator} {texts[right]}"
            solution.append(
                make_gold_step(
                    text=f"{name} = {expression} = {result}",
                    expression=expression,
                    value=result,
                    meta_thought=f"{name} = {left} {operator} {right}",
                    parents=(left, right),
                )
            )
    return tuple(solution)


def graph_of(scenes: Sequence[Scene], *, numbers: bool = True) -> str:
    """The computation graph of the last result, names removed; without numbers, its composition."""
    forms: dict[str, str] = {}
    last = ""
    for scene in scenes:
        for (name, _), given in zip(scene.beat.givens, scene.givens, strict=True):
            forms[name] = given.form if numbers else "#" if isinstance(given.value, int) else _SHARE
        for name, left, operator, right in scene.calculations:
            last = forms[name] = canonical_node(operator, forms[left], forms[right])
    return last


def can_be_told(walk: Sequence[Beat], config: WordProblemConfig) -> bool:
    """Whether a walk has what the config asks for: two sentences to put in another order, a name to be renamed."""
    if config.order == "shuffled" and len(walk) < 2:
        return False
    if config.names == "seen":
        return True
    pool = (config.templates, config.wordings)
    return any("{" in text for said in (*(b.texts for b in walk), walk[-1].asks) for text in said.pool(*pool))


@cache
def _choices(said: Wordings, templates: str, wordings: str, names: str) -> tuple[str, ...]:
    """The wordings to draw from; for unseen names those that name someone or something, where there are any."""
    pool = said.pool(templates, wordings)
    return tuple(text for text in pool if names == "seen" or "{" in text) or pool


def _add_distractors(
    sentences: list[str],
    story: Story,
    taken: set[str],
    cast: dict[str, str],
    config: WordProblemConfig,
    rng: random.Random,
) -> list[str]:
    """Inserts up to `max_distractors` sentences of no use after the first; a further one half as often as the first.

    Their numbers differ from all givens, so that a step that uses one can be told.

    Returns:
        The numbers, as they are written.
    """
    pool = DISTRACTORS if config.wordings == "plain" else story.asides
    share, useless = config.distractors, list[str]()
    while len(useless) < config.max_distractors and share and rng.random() < share:
        number, place = rng.randint(2, min(config.many, _LARGEST_USELESS)), rng.randint(1, len(sentences))
        text = rng.choice(pool)
        while str(number) in taken:
            number += 1
        useless.append(str(number))
        taken.add(str(number))
        sentences.insert(place, _fill(text, (Given(number, str(number), ""),), cast))
        pool = tuple(other for other in pool if other != text)
        share = config.distractors / 2
    return useless


def _reorder(sentences: list[str], ask: str, rng: random.Random) -> str:
    """The sentences in another order than that of the story, each with its place in it."""
    order = list(range(len(sentences)))
    rng.shuffle(order)
    if order == sorted(order):
        order.append(order.pop(0))
    parts = " ".join(f"{_ORDINALS[index]}: {sentences[index]}" for index in order)
    return rng.choice(_QUESTION_LAST + _QUESTION_FIRST).format(parts=parts, ask=ask)


def _fill(text: str, givens: Sequence[Given], cast: dict[str, str]) -> str:
    for index, given in enumerate(givens):
        text = text.replace(f"[{index}]", given.text)
    return text.format_map(cast)
