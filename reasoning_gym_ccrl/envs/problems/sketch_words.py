"""Puts sketches into words: a wording for each thing said, names for its placeholders, and the gold steps."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Any, Literal

from ...types import Problem
from .base import hex_digest
from .calculations import PiMultiple
from .making import make_gold_step, make_problem
from .sketches import Pools, SketchConfig, Solved, Wording, between, pick

_IDLE = (11, 90)  # the number of a distractor, which may be an age or a distance
_FIELD = re.compile(r"\{([^{}]+)\}")


def word(family: str, pools: Pools, solved: Solved, config: SketchConfig, rng: random.Random) -> Problem:
    """The problem in words; all that is left to choose comes from `rng`."""
    sketch, values = solved.sketch, solved.values
    known = {**solved.plan.known, **sketch.found}
    question = " ".join(_sentences(pools, solved, config, rng))
    givens = {name: str(value) for name, value in sketch.givens.items()}
    solution = []
    for calculation in solved.plan.calculations:
        expression, value = calculation.expression(values), str(values[calculation.name])
        parents = calculation.parents
        if known:
            parents = tuple(name for name in parents if name not in known)
        text = f"{calculation.name} = {expression} = {value}"
        solution.append(make_gold_step(text, expression, value, calculation.meta_thought, parents))
    metadata: dict[str, Any] = {
        "givens": givens,
        "graph": solved.canonical,
        "answer_kind": "number",
        "kind": solved.kind.name,
    }
    if known:
        metadata["constants"] = {name: str(value) for name, value in known.items()}
    name, answer = f"{family}:{hex_digest(question)}", solution[-1].value
    return make_problem(name, question, answer, tuple(solution), family, config.difficulty, metadata)


def _sentences(pools: Pools, solved: Solved, config: SketchConfig, rng: random.Random) -> list[str]:
    """The question's sentences: facts, perhaps in another order or with one that does not matter, and what is asked."""
    said = solved.sketch.said
    templates = [_template(wording, config, rng) for wording, _ in said]
    distractor = ""
    if config.distractors and solved.kind.distractors and rng.random() < config.distractors:
        distractor = pick(rng, solved.kind.distractors)
    cast = _cast(pools, "".join((*templates, distractor)), config.names, rng)
    blocks = [
        [part.format_map({**cast, **words}) for part in template.split("|")]
        for template, (_, words) in zip(templates, said, strict=True)
    ]
    first, last = solved.sketch.leads, len(blocks) - 1
    if config.order == "shuffled" and last - first > 1:
        blocks[first:last] = _turned(blocks[first:last], rng)
    sentences = [sentence[0].upper() + sentence[1:] for block in blocks for sentence in block]
    if distractor:
        number = _idle_number(solved, rng)
        place = between(rng, min(1, len(sentences) - 1), len(sentences) - 1)
        sentences.insert(place, distractor.format_map({**cast, "number": number}))
    return sentences


def _template(wording: Wording, config: SketchConfig, rng: random.Random) -> str:
    if config.templates == "unseen":
        return str(pick(rng, wording.unseen))
    return str(pick(rng, wording.turned if config.order == "shuffled" and wording.turned else wording.seen))


def _turned(blocks: list[list[str]], rng: random.Random) -> list[list[str]]:
    """The facts in another order than they are in."""
    places = list(range(len(blocks)))
    usual = list(places)
    while places == usual:
        rng.shuffle(places)
    return [blocks[place] for place in places]


def _idle_number(solved: Solved, rng: random.Random) -> int:
    """A number that is none of the problem's, so that it cannot be its answer or stand for a given."""
    number = between(rng, *_IDLE)
    used = set(solved.values.values()) - {value for value in solved.values.values() if isinstance(value, PiMultiple)}
    while number in used:
        number += 1
    return number


def _cast(pools: Pools, templates: str, names: Literal["seen", "unseen"], rng: random.Random) -> dict[str, str]:
    """A name for each placeholder of the templates that has a pool: "{person}", and "{person2}" for another one."""
    cast: dict[str, str] = {}
    for pool, count in _pools_used(templates, tuple(pools)):
        names_of_pool = pools[pool][names == "unseen"]
        if count == 1:
            cast[pool] = pick(rng, names_of_pool)
        else:
            for index, name in enumerate(rng.sample(names_of_pool, count)):
                cast[pool if index == 0 else f"{pool}{index + 1}"] = name
    return cast


@lru_cache(maxsize=8_192)
def _pools_used(templates: str, pools: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for name in _FIELD.findall(templates):
        pool = name.rstrip("23456789")
        if pool in pools:
            counts[pool] = max(counts.get(pool, 0), int(name[len(pool) :] or 1))
    return tuple(sorted(counts.items()))
