"""A family of problems that are drawn as sketches."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any

from ...errors import InvalidOption
from .base import Draft, shift_wording
from .sketch_words import word
from .sketches import Kind, Pools, plan_of, solve

_MAX_TRIES = 1000


class SketchFamily:
    """A family of kinds; a subclass gives the attributes.

    Attributes:
        name: the family's name.
        presets: difficulty -> config.
        kinds: its kinds of problems.
        pools: the names that wordings may use.
        growth: by how much numbers are larger in the split `larger_numbers`.
    """

    name: str
    presets: Mapping[str, Any]
    kinds: tuple[Kind, ...]
    pools: Pools
    growth: int = 10

    def draft(self, rng: random.Random, config: Any) -> Draft:
        """Draws a number of steps, a kind that can have so many, and its sketch."""
        choices = _choices(self.kinds, config.kinds, config.min_steps, config.max_steps)
        for _ in range(_MAX_TRIES):
            steps, kinds, cumulative = choices[int(rng.random() * len(choices))]
            kind = kinds[bisect(cumulative, rng.random() * cumulative[-1], 0, len(kinds) - 1)]
            sketch = kind.draw(rng, config, steps)
            if sketch is None:
                continue
            plan = plan_of(sketch.steps)
            if config.split and plan.held_out != (config.split == "unseen_compositions"):
                continue  # whatever its numbers, it would be of another split
            solved = solve(kind, sketch, plan)
            if solved is not None:
                build = partial(word, self.name, self.pools, solved, config, rng)
                return Draft(solved.canonical, build, len(plan.calculations), plan.composition)
        raise InvalidOption(f"No problem of family {self.name!r} fits the settings {config}; widen the numbers.")

    def shifted(self, config: Any, split: str) -> Any | None:
        """Every split, of those kinds for which it means something."""
        if split == "larger_numbers":
            larger = replace(config, low=config.high + 1, high=config.high * self.growth)
            return self._of(larger, lambda kind: kind.grows)
        shifted = shift_wording(config, split)
        match split:
            case "renamed":
                return self._of(shifted, lambda kind: kind.told)
            case "reordered":
                return self._of(shifted, lambda kind: kind.turns)
            case "distractors":
                return self._of(shifted, lambda kind: bool(kind.distractors))
            case "more_steps" | "unseen_compositions":
                return self._of(shifted, lambda kind: True)
        return shifted

    def _of(self, config: Any, wanted: Callable[[Kind], bool]) -> Any | None:
        """The config with its kinds narrowed to those that are wanted and can have its steps; None if none is left."""
        names = tuple(
            kind.name
            for kind in self.kinds
            if (not config.kinds or kind.name in config.kinds)
            and wanted(kind)
            and any(config.min_steps <= steps <= config.max_steps for steps in kind.steps)
        )
        return replace(config, kinds=names) if names else None


_Choice = tuple[int, tuple[Kind, ...], list[float]]


@lru_cache(maxsize=1_024)
def _choices(kinds: tuple[Kind, ...], names: tuple[str, ...], low: int, high: int) -> list[_Choice]:
    """Each number of steps that some kind can have, with these kinds and their weights summed up.

    Raises:
        InvalidOption: no kind can have so many steps.
    """
    found: list[_Choice] = []
    chosen = [kind for kind in kinds if not names or kind.name in names]
    for steps in range(low, min(high, max(steps for kind in kinds for steps in kind.steps)) + 1):
        able = tuple(kind for kind in chosen if steps in kind.steps)
        if able:
            found.append((steps, able, list(accumulate(kind.weight for kind in able))))
    if not found:
        raise InvalidOption(
            f"The kinds {', '.join(kind.name for kind in chosen)} have from {min(min(k.steps) for k in chosen)} to "
            f"{max(max(k.steps) for k in chosen)} steps; received min_steps={low}, max_steps={high}."
        )
    return found
