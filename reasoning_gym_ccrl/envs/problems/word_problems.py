"""Multi-step word problems: walks through the beats of a story, with exact integer arithmetic.

A problem is drawn in two stages. The draft chooses a story, a walk of the wanted number of calculations, and
numbers for which every result is a whole number in range; that fixes the computation graph, and with it the split.
Only then is it put into words. Numbers are drawn constructively (a divisor that divides, a loss that leaves
something), so that hardly a draft is thrown away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from ...errors import InvalidOption, unknown_name
from ...types import GoldStep, Problem
from .base import Draft, FamilyConfig, canonical_node, check_bounds, digest, shift_wording
from .stories import DISTRACTORS, NOUNS, PERSONS, STORIES, Beat, Story

Calculation = tuple[str, str, str, str]  # name, left, operator, right; still with {a}, {b}, {n} in the names

_CALCULATION = re.compile(r"(.+?) = (.+?) ([-+*/]) (.+)")
_MAX_TRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WordProblemConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive.

    Attributes:
        few: largest number in a small role (a factor, a divisor, a count of groups); the smallest is 2.
        many: largest number in a large role (an amount, a price); the smallest is 2.
        max_value: largest result of any calculation.
        stories: names of the stories to tell; empty for all.
    """

    few: int = 9
    many: int = 20
    max_value: int = 60
    stories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 2, "many": 2, "max_value": 2})
        known = [story.name for story in STORIES]
        for name in self.stories:
            if name not in known:
                raise unknown_name("story", name, known)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A beat with its numbers, its calculations spelled out, and their values."""

    beat: Beat
    numbers: tuple[int, ...]
    calculations: tuple[Calculation, ...]  # `$` replaced by the running quantity's name
    values: tuple[int, ...]


class WordProblems:
    """The family "word_problems"; see the module's docstring."""

    name = "word_problems"
    presets: Mapping[str, WordProblemConfig] = {
        "easy": WordProblemConfig(stories=("collection", "shopping", "baking", "orchard", "school")),
        "medium": WordProblemConfig(min_steps=2, max_steps=4, many=99, max_value=999, distractors=0.2),
        "hard": WordProblemConfig(min_steps=3, max_steps=5, few=19, many=499, max_value=9999, distractors=0.5),
    }

    def draft(self, rng: random.Random, config: WordProblemConfig) -> Draft:
        """Draws a story, a walk and its numbers."""
        stories = _stories(tuple(config.stories))
        for _ in range(_MAX_TRIES):
            story = rng.choice(stories)
            walk = _walk(story, rng.randint(config.min_steps, config.max_steps), rng)
            scenes = walk and _number(walk, config, rng)
            if scenes:
                canonical = _canonical(scenes)
                steps = sum(len(scene.values) for scene in scenes)
                return Draft(canonical, partial(_word, story, scenes, canonical, config, rng), steps)
        raise InvalidOption(f"No word problem fits the settings {config}; widen the numbers or the steps.")

    def shifted(self, config: WordProblemConfig, split: str) -> WordProblemConfig | None:
        """Every split; larger numbers are ten times as large."""
        if split == "larger_numbers":
            return replace(config, many=config.many * 10, max_value=config.max_value * 10)
        return shift_wording(config, split)


@cache
def _stories(names: tuple[str, ...]) -> tuple[Story, ...]:
    return tuple(story for story in STORIES if not names or story.name in names)


@cache
def calculations_of(beat: Beat) -> tuple[Calculation, ...]:
    """A beat's calculations, parsed: "cost = price * number" -> ("cost", "price", "*", "number")."""
    found = []
    for text in beat.steps:
        match = _CALCULATION.fullmatch(text)
        if match is None:
            raise ValueError(f'A calculation reads "name = left operator right"; received {text!r}.')
        found.append((match[1], match[2], match[3], match[4]))
    return tuple(found)


@cache
def _beats_from(story: Story, state: str) -> tuple[Beat, ...]:
    return tuple(beat for beat in story.beats if beat.source == state)


def _walk(story: Story, n_steps: int, rng: random.Random) -> list[Beat] | None:
    """A random walk of exactly `n_steps` calculations, no beat twice; None where it ran into a dead end."""
    walk = [rng.choice(_beats_from(story, "start"))]
    missing = n_steps - len(walk[0].steps)
    while missing > 0:
        onward = [b for b in _beats_from(story, walk[-1].target) if len(b.steps) <= missing and b not in walk]
        if not onward:
            return None
        walk.append(rng.choice(onward))
        missing -= len(walk[-1].steps)
    return walk if missing == 0 and walk[-1].asks else None


def _number(walk: list[Beat], config: WordProblemConfig, rng: random.Random) -> list[_Scene] | None:
    """Numbers for every beat such that each result is a whole number from 1 to `max_value`, or None."""
    scenes: list[_Scene] = []
    running_name, running = "", 0
    for beat in walk:
        numbers = _draw(beat, running, config, rng)
        if numbers is None:
            return None
        known = {name: number for (name, _), number in zip(beat.givens, numbers, strict=True)}
        known["$"] = running
        calculations, values = [], []
        for name, left, operator, right in calculations_of(beat):
            value = _apply(operator, known[left], known[right])
            if value is None or not 1 <= value <= config.max_value:
                return None
            known[name] = value
            calculations.append((name, _named(left, running_name), operator, _named(right, running_name)))
            values.append(value)
        scenes.append(_Scene(beat, numbers, tuple(calculations), tuple(values)))
        running_name = calculations[-1][0] if calculations else beat.givens[-1][0]
        running = values[-1] if values else numbers[-1]
    return scenes


def _named(operand: str, running_name: str) -> str:
    return running_name if operand == "$" else operand


def _draw(beat: Beat, running: int, config: WordProblemConfig, rng: random.Random) -> tuple[int, ...] | None:
    """The beat's numbers; one that meets the running quantity is drawn from those that can."""
    meets = {}
    for _, left, operator, right in calculations_of(beat):
        if "$" in (left, right):
            meets[right if left == "$" else left] = operator if left == "$" else operator + "$"
    numbers = []
    for name, role in beat.givens:
        low, high = 2, {"few": config.few, "many": config.many, "lots": config.max_value}[role]
        match meets.get(name):
            case "/":
                divisors = [d for d in range(low, min(high, running) + 1) if running % d == 0 and d < running]
                if not divisors:
                    return None
                numbers.append(rng.choice(divisors))
                continue
            case "-":
                high = min(high, running - 1)
            case "-$":
                low = running + 1
            case "*":
                high = min(high, config.max_value // running)
            case "+":
                high = min(high, config.max_value - running)
        if low > high:
            return None
        numbers.append(low + int(rng.random() * (high - low + 1)))
    return tuple(numbers)


def _apply(operator: str, left: int, right: int) -> int | None:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left // right if right and left % right == 0 else None


def _canonical(scenes: list[_Scene]) -> str:
    forms: dict[str, str] = {}
    last = ""
    for scene in scenes:
        for (name, _), number in zip(scene.beat.givens, scene.numbers, strict=True):
            forms[name] = str(number)
        for name, left, operator, right in scene.calculations:
            last = forms[name] = canonical_node(operator, forms[left], forms[right])
    return last


def _word(story: Story, scenes: list[_Scene], canonical: str, config: WordProblemConfig, rng: random.Random) -> Problem:
    person, other = rng.sample(PERSONS, 2)
    cast = {"a": person, "b": other, "n": rng.choice(NOUNS)}
    givens: dict[str, str] = {}
    values: dict[str, int] = {}
    sentences: list[str] = []
    solution: list[GoldStep] = []
    for scene in scenes:
        sentences.append(_sentence(rng.choice(scene.beat.texts), scene.numbers, cast))
        for (name, _), number in zip(scene.beat.givens, scene.numbers, strict=True):
            name = name.format_map(cast)
            givens[name], values[name] = str(number), number
        for calculation, value in zip(scene.calculations, scene.values, strict=True):
            name, left, operator, right = (part.format_map(cast) for part in calculation)
            values[name] = value
            expression = f"{values[left]} {operator} {values[right]}"
            solution.append(
                GoldStep(
                    text=f"{name} = {expression} = {value}",
                    expression=expression,
                    value=str(value),
                    meta_thought=f"{name} = {left} {operator} {right}",
                    parents=(left, right),
                )
            )
    if config.distractors and rng.random() < config.distractors:
        number = rng.randint(2, config.many)
        sentences.insert(rng.randint(1, len(sentences)), _sentence(rng.choice(DISTRACTORS), (number,), cast))
    sentences.append(rng.choice(scenes[-1].beat.asks).format_map(cast))
    question = " ".join(sentences)
    return Problem(
        id=f"word_problems:{digest(question):016x}",
        question=question,
        answer=solution[-1].value,
        solution=tuple(solution),
        family="word_problems",
        metadata={"givens": givens, "graph": canonical, "answer_kind": "number", "story": story.name},
    )


def _sentence(text: str, numbers: tuple[int, ...], cast: dict[str, str]) -> str:
    for index, number in enumerate(numbers):
        text = text.replace(f"[{index}]", str(number))
    return text.format_map(cast)
