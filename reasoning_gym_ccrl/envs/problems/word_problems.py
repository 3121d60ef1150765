"""Multi-step word problems: walks through the beats of a story, with exact arithmetic.

A problem is drawn in two stages. The draft chooses a story, a walk of the wanted number of calculations, and
numbers for which every result is a whole number in range; that fixes the computation graph, and with it the split.
Only then is it put into words.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Literal

from ...errors import InvalidOption, unknown_name
from .base import HELD_OUT_STEPS, Draft, FamilyConfig, check_bounds, shift_wording
from .stories import STORIES
from .story_parts import Story
from .story_telling import can_be_told, graph_of, tell
from .story_walks import draw_numbers, draw_walk, longest_walk

_MAX_TRIES = 1000
_LARGER = 10  # the split larger_numbers goes up to so many times the usual numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class WordProblemConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive.

    Attributes:
        few: largest number in a small role (a factor, a divisor, a count of groups); the smallest is 2.
        many: largest number in a large role (an amount, a price).
        many_from: smallest number in a large role that is drawn freely; above 2, at least one number is that large.
        max_value: largest result of any calculation.
        max_distractors: how many facts that do not matter there may be; a further one is half as likely as the first.
        wordings: "plain" for few and simple ways to say things, "rich" for more and more natural ones.
        stories: names of the stories to tell; empty for all.
    """

    few: int = 9
    many: int = 20
    many_from: int = 2
    max_value: int = 60
    max_distractors: int = 1
    wordings: Literal["plain", "rich"] = "plain"
    stories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"few": 2, "many": 2, "many_from": 2, "max_value": 2, "max_distractors": 1})
        if self.many_from > self.many:
            raise InvalidOption(f"many_from is at most many; received many_from={self.many_from}, many={self.many}.")
        if self.max_distractors > _MAX_DISTRACTORS:
            raise InvalidOption(f"max_distractors is at most {_MAX_DISTRACTORS}; received {self.max_distractors}.")
        if self.wordings not in _WORDINGS:
            raise unknown_name("wordings", self.wordings, _WORDINGS)
        known = [story.name for story in STORIES]
        for name in self.stories:
            if name not in known:
                raise unknown_name("story", name, known)


_WORDINGS = ("plain", "rich")
_MAX_DISTRACTORS = 3  # as many as every story has sentences for


class WordProblems:
    """The family "word_problems"; see the module's docstring."""

    name = "word_problems"
    presets: Mapping[str, WordProblemConfig] = {
        "easy": WordProblemConfig(stories=("collection", "shopping", "baking", "orchard", "school")),
        "medium": WordProblemConfig(min_steps=2, max_steps=4, many=99, max_value=999, distractors=0.2, wordings="rich"),
        "hard": WordProblemConfig(
            min_steps=3,
            max_steps=5,
            few=19,
            many=499,
            max_value=9999,
            distractors=0.5,
            max_distractors=2,
            wordings="rich",
        ),
    }

    def draft(self, rng: random.Random, config: WordProblemConfig) -> Draft:
        """Draws a story, a walk and its numbers."""
        stories = _stories(tuple(config.stories), config.min_steps)
        for _ in range(_MAX_TRIES):
            story = rng.choice(stories)
            walk = draw_walk(story, rng.randint(config.min_steps, config.max_steps), rng)
            scenes = draw_numbers(walk, config, rng) if walk and can_be_told(walk, config) else None
            if scenes:
                canonical = graph_of(scenes)
                steps = sum(len(scene.values) for scene in scenes)
                composition = graph_of(scenes, numbers=False) if steps >= HELD_OUT_STEPS else None
                return Draft(canonical, partial(tell, story, scenes, canonical, config, rng), steps, composition)
        raise InvalidOption(f"No word problem fits the settings {config}; widen the numbers or the steps.")

    def shifted(self, config: WordProblemConfig, split: str) -> WordProblemConfig | None:
        """Every split. Larger numbers start where the usual ones end; distractors are one or two."""
        match split:
            case "larger_numbers":
                return replace(
                    config, many_from=config.many + 1, many=config.many * _LARGER, max_value=config.max_value * _LARGER
                )
            case "distractors":
                return replace(config, distractors=1.0, max_distractors=max(2, config.max_distractors))
        return shift_wording(config, split)


@cache
def _stories(names: tuple[str, ...], n_steps: int) -> tuple[Story, ...]:
    """The stories of these names that can be long enough.

    Raises:
        InvalidOption: none of them can.
    """
    named = [story for story in STORIES if not names or story.name in names]
    fitting = tuple(story for story in named if longest_walk(story) >= n_steps)
    if not fitting:
        raise InvalidOption(
            f"The longest of these stories takes {max(longest_walk(story) for story in named)} steps; received "
            f"min_steps={n_steps}."
        )
    return fitting
