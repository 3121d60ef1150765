"""Geometry: areas, perimeters, volumes, circles, angles, points on a grid and similar figures, with whole lengths.

A problem is one figure, or several plots or solids whose sizes are added (or taken away), and perhaps a price.
Whatever is round has an answer such as "9 * pi".
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations, product

from .geometry_angles import ANGLES, Angle
from .geometry_circles import CIRCLES, Circle
from .geometry_grid import POINTS
from .geometry_quadrilaterals import QUADRILATERALS
from .geometry_shapes import Figure, Shape
from .geometry_similar import SIMILAR
from .geometry_solids import ROUND, SOLIDS
from .geometry_triangles import TRIANGLES
from .geometry_wordings import (
    CUTS,
    GEOMETRY_DISTRACTORS,
    MEASURES,
    POOLS,
    REMAINING,
    Measure,
)
from .sketch_family import SketchFamily
from .sketch_parts import LETTERS, apart, apart_words, suffixed
from .sketches import Kind, Said, Sketch, SketchConfig, between, check_kinds, pick

PLOTS: Mapping[str, Shape] = QUADRILATERALS | TRIANGLES


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometryConfig(SketchConfig):
    """Settings of the family; see `SketchConfig`. `low` and `high` bound lengths; `kinds` are names of `KINDS`."""

    def __post_init__(self) -> None:
        SketchConfig.__post_init__(self)
        check_kinds(self, KINDS)


# -- several figures ---------------------------------------------------------------------------------------------------

_MAX_STEPS = 8
_COUNTS = tuple(permutations((1, 2, 3)))  # numbers of shapes, in the order in which they are tried
_Able = Mapping[int, tuple[Shape, ...]]  # number of steps -> the shapes that take so many


def _able(shapes: Mapping[str, Shape], way: str) -> _Able:
    found: dict[int, tuple[Shape, ...]] = {}
    for shape in shapes.values():
        if way in shape.ways:
            steps = len(shape.ways[way])
            found[steps] = (*found.get(steps, ()), shape)
    return found


def _shares(rng: random.Random, steps: int, able: _Able, extra: int) -> list[int] | None:
    """Steps shared out among one, two or three shapes, with one left to add them up; None where this draw fails.

    `extra` steps are needed in any case.
    """
    for count in pick(rng, _COUNTS):
        left = steps - extra - (count > 1)
        shares = []
        for _ in range(count - 1):
            shares.append(pick(rng, tuple(able)))
        last = left - sum(shares)
        if last in able:
            return [*shares, last]
    return None


def _several(measure: Measure, able: _Able, rng: random.Random, config: SketchConfig, steps: int) -> Sketch | None:
    """The area, perimeter or volume of some shapes, and perhaps what so much of something costs."""
    priced = measure.price is not None and rng.random() < 0.4
    shares = _shares(rng, steps, able, priced + bool(measure.last))
    if shares is None:
        return None
    shapes = [pick(rng, able[share]) for share in shares]
    if len(shapes) == 1 and not priced and config.order == "shuffled" and not shapes[0].facts.turned:
        return None
    givens: dict[str, int] = {}
    lines: list[str] = []
    said: list[Said] = []
    for index, shape in enumerate(shapes):
        numbers = shape.draw(rng, config)
        suffix = f" in {measure.thing} {LETTERS[index]}" if len(shapes) > 1 else ""
        result = f"{measure.part} {LETTERS[index]}" if len(shapes) > 1 else measure.part
        givens |= {name + suffix: number for name, number in numbers.items()}
        lines += suffixed(shape.ways[measure.way], suffix, result)
        said.append((apart(shape.facts, index), apart_words(numbers, index)))
    if len(shapes) > 1:
        parts = " + ".join(f"{measure.part} {letter}" for letter in LETTERS[: len(shapes)])
        lines.append(f"total {measure.part} = {parts}")
    found = f"total {measure.part}" if len(shapes) > 1 else measure.part
    if measure.last:
        lines.append(measure.last.format(found))
    if priced and measure.price is not None:
        givens[measure.price.name] = between(rng, 2, 12)
        lines.append(f"{measure.price.result} = {found} * {measure.price.name}")
        said += [(measure.price.facts, givens), (measure.price.ask, {})]
    else:
        said.append((measure.ask_all if len(shapes) > 1 else measure.ask, {}))
    return Sketch(givens, tuple(lines), tuple(said))


def _cut_out(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """A rectangle without one or two parts that lie in it, side by side."""
    count = pick(rng, [n for n in (1, 2) if n in (steps - 2, steps - 3)])
    priced = steps - 2 - count
    length = config.main(rng, 8 * count)
    width = between(rng, 7, max(7, min(length, config.high)))
    givens = {"length": length, "width": width}
    lines = ["whole area = length * width"]
    said: list[Said] = [(PLOTS["rectangle"].facts, dict(givens))]
    names = []
    for index, cut in enumerate(rng.sample(CUTS, count)):
        letter = LETTERS[index]
        across, along = between(rng, 2, (length - 2) // count), 2 * between(rng, 1, (width - 2) // 2)
        numbers = {"across": min(across, width - 2)} if cut.equal else {"across": across, "along": along}
        givens |= {f"{name} in cut {letter}": number for name, number in numbers.items()}
        lines += suffixed((cut.step,), f" in cut {letter}", f"cut {letter}")
        said.append((apart(cut.facts, index, ("place",)), apart_words(numbers, index)))
        names.append(f"cut {letter}")
    lines.append(f"area = whole area - {' - '.join(names)}")
    if priced and REMAINING.price is not None:
        givens[REMAINING.price.name] = between(rng, 2, 12)
        lines.append(f"{REMAINING.price.result} = area * {REMAINING.price.name}")
        said += [(REMAINING.price.facts, givens), (REMAINING.price.ask, {})]
    else:
        said.append((REMAINING.ask, {}))
    return Sketch(givens, tuple(lines), tuple(said), leads=1)


# -- one figure --------------------------------------------------------------------------------------------------------


def _figure(figure: Figure, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    numbers = figure.draw(rng, config)
    return Sketch(numbers, figure.steps, ((figure.wording, numbers),))


def _angle(angle: Angle, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    numbers = angle.draw(rng)
    return Sketch(numbers, angle.steps, ((angle.wording, numbers),))


def _circle(circle: Circle, rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    numbers = {"radius": config.main(rng, 2)}
    if circle.angled:
        numbers["angle"] = 5 * between(rng, 2, 70)
    return Sketch(numbers, circle.steps, ((circle.wording, numbers),))


def _measured(name: str, measure: Measure, shapes: Mapping[str, Shape], weight: float) -> Kind:
    able = _able(shapes, measure.way)
    steps = {
        sum(shares) + (count > 1) + bool(measure.last) + priced
        for count in (1, 2, 3)
        for shares in product(able, repeat=count)
        for priced in {False, measure.price is not None}
    }
    draw = partial(_several, measure, able)
    few = tuple(n for n in sorted(steps) if n <= _MAX_STEPS)
    return Kind(name, draw, few, weight, told=True, distractors=GEOMETRY_DISTRACTORS)


KINDS: tuple[Kind, ...] = (
    _measured("area", MEASURES["area"], PLOTS, 3.0),
    _measured("perimeter", MEASURES["perimeter"], PLOTS, 2.0),
    _measured("volume", MEASURES["volume"], SOLIDS, 2.0),
    _measured("surface", MEASURES["surface"], SOLIDS, 0.7),
    _measured("round area", MEASURES["round area"], ROUND, 1.0),
    _measured("round volume", MEASURES["round volume"], ROUND, 1.0),
    Kind("cut-out", _cut_out, (3, 4, 5), 1.5, told=True, distractors=GEOMETRY_DISTRACTORS),
    *(
        Kind(
            name,
            partial(_circle, circle),
            (len(circle.steps),),
            0.5,
            turns=bool(circle.wording.turned),
            many=circle.angled,
            distractors=GEOMETRY_DISTRACTORS,
        )
        for name, circle in CIRCLES.items()
    ),
    *(
        Kind(
            name,
            partial(_angle, angle),
            (len(angle.steps),),
            0.5,
            turns=bool(angle.wording.turned),
            grows=False,
            many=angle.many,
            distractors=GEOMETRY_DISTRACTORS,
        )
        for name, angle in ANGLES.items()
    ),
    *(
        Kind(name, partial(_figure, figure), (len(figure.steps),), 0.5, figure.told, distractors=GEOMETRY_DISTRACTORS)
        for name, figure in (POINTS | SIMILAR).items()
    ),
)
_MANY = tuple(kind.name for kind in KINDS if kind.many)


class Geometry(SketchFamily):
    """The family "geometry"; see the module's docstring."""

    name = "geometry"
    presets: Mapping[str, GeometryConfig] = {
        "easy": GeometryConfig(max_steps=3),
        "medium": GeometryConfig(min_steps=2, max_steps=5, high=99, kinds=_MANY),
        "hard": GeometryConfig(min_steps=3, max_steps=6, high=250, kinds=_MANY, distractors=0.2),
    }
    kinds = KINDS
    pools = POOLS
