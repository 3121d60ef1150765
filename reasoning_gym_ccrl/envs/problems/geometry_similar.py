"""Similar figures: scales, shadows and plans, in words and steps."""

from __future__ import annotations

import random
from collections.abc import Mapping

from .geometry_shapes import Figure
from .sketches import SketchConfig, Wording, between


def _similar(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    scale, side = between(rng, 2, 9), between(rng, 2, 12)
    return {"side": side, "image side": scale * side, "other side": config.main(rng, 3)}


def _similar_sides(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    longest = config.main(rng, 6)
    middle = between(rng, longest // 2 + 1, longest)
    shortest = between(rng, longest - middle + 1, longest)
    numbers = {"side": longest, "other side": middle, "last side": shortest}
    return {**numbers, "image side": longest * between(rng, 2, 9)}


def _similar_size(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    scale, side = between(rng, 2, 7), between(rng, 2, 12)
    return {"size": config.main(rng, 5), "side": side, "image side": scale * side}


def _shadow(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    ratio, height = between(rng, 2, 5), between(rng, 2, 9)
    return {"height": height, "shadow": ratio * height, "long shadow": ratio * config.main(rng, 10)}


def _plan(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    return {"scale": between(rng, 2, 25), "length": config.main(rng, 3), "width": between(rng, 2, config.high)}


SIMILAR: dict[str, Figure] = {
    "similar side": Figure(
        _similar,
        ("scale = image side / side", "other image side = other side * scale"),
        Wording(
            seen=(
                "Triangles ABC and DEF are similar, A corresponding to D, B to E and C to F. AB is {side} cm, DE is "
                "{image side} cm and BC is {other side} cm long.|How long is EF in cm?",
                "A figure is enlarged so that a side of {side} cm becomes {image side} cm long.|How many cm long does "
                "a side of {other side} cm become?",
                "In similar rectangles a side of {side} cm corresponds to a side of {image side} cm.|Which length in "
                "cm corresponds to {other side} cm?",
                "On a copy of a picture a line of {side} cm has grown to {image side} cm.|How many cm long is a line "
                "of {other side} cm on that copy?",
            ),
            unseen=(
                "A projector turns {side} cm of a slide into {image side} cm on the wall.|Work out how many cm it "
                "makes of {other side} cm.",
                "Triangle PQR is enlarged to triangle STU; PQ, which is {side} cm, becomes ST, which is {image side} "
                "cm.|If QR is {other side} cm, how many cm does TU have?",
            ),
            turned=(
                "How many cm long does a side of {other side} cm become if a figure is enlarged so that a side of "
                "{side} cm becomes {image side} cm long?",
                "Which length in cm corresponds to {other side} cm in similar rectangles, where a side of {side} cm "
                "corresponds to a side of {image side} cm?",
            ),
        ),
    ),
    "similar perimeter": Figure(
        _similar_sides,
        (
            "perimeter = side + other side + last side",
            "scale = image side / side",
            "image perimeter = perimeter * scale",
        ),
        Wording(
            seen=(
                "A triangle has sides of {side} cm, {other side} cm and {last side} cm. In a similar triangle the "
                "side that corresponds to the longest side of the first is {image side} cm long.|What is its "
                "perimeter in cm?",
                "The sides of a triangle are {side} cm, {other side} cm and {last side} cm. It is enlarged until its "
                "longest side is {image side} cm.|Find the new perimeter in cm.",
                "A triangle with sides of {side} cm, {other side} cm and {last side} cm, of which none is longer than "
                "the first, is copied in a larger size; the first side becomes {image side} cm.|How many cm is the "
                "perimeter of the copy?",
                "Triangle ABC has sides AB of {side} cm, BC of {other side} cm and CA of {last side} cm. In a similar "
                "triangle DEF, DE corresponds to AB and is {image side} cm long.|What is the perimeter of DEF in cm?",
            ),
            unseen=(
                "A sail has edges of {side} cm, {other side} cm and {last side} cm; on a larger sail of the same form "
                "the edge that answers to the first is {image side} cm.|Work out the length of its whole rim in cm.",
                "Triangle PQR with PQ of {side} cm, QR of {other side} cm and RP of {last side} cm grows to a similar "
                "triangle whose side for PQ is {image side} cm.|How many cm do the sides of the large triangle add up "
                "to?",
            ),
            turned=(
                "In a triangle DEF, DE is {image side} cm long and corresponds to AB in a similar triangle ABC, whose "
                "sides are AB of {side} cm, BC of {other side} cm and CA of {last side} cm.|What is the perimeter of "
                "DEF in cm?",
                "A triangle is enlarged until its longest side is {image side} cm; before, its sides were {side} cm, "
                "{other side} cm and {last side} cm.|Find the new perimeter in cm.",
            ),
        ),
    ),
    "similar area": Figure(
        _similar_size,
        (
            "scale = image side / side",
            "area scale = square(scale)",
            "image area = size * area scale",
        ),
        Wording(
            seen=(
                "A figure has an area of {size} square cm. It is enlarged so that a side of {side} cm becomes {image "
                "side} cm long.|What is its new area in square cm?",
                "The area of a triangle is {size} square cm and a side of it {side} cm. In a similar triangle the "
                "corresponding side is {image side} cm long.|Find the area of that triangle in square cm.",
                "A picture covers {size} square cm. On an enlarged copy a line of {side} cm has grown to {image side} "
                "cm.|How many square cm does the copy cover?",
                "A pattern of {size} square cm is drawn larger, so that {side} cm of it turn into {image side} "
                "cm.|How large is its area then, in square cm?",
            ),
            unseen=(
                "A projector makes a slide of {size} square cm larger: {side} cm turn into {image side} cm on the "
                "wall.|Work out the area on the wall in square cm.",
                "A leaf of {size} square cm grows without changing its form, and its stalk grows from {side} cm to "
                "{image side} cm.|How many square cm does it have then?",
            ),
            turned=(
                "A figure is enlarged so that a side of {side} cm becomes {image side} cm long; its area was {size} "
                "square cm.|What is its new area in square cm?",
                "On an enlarged copy of a picture a line of {side} cm has grown to {image side} cm. The picture "
                "covers {size} square cm.|How many square cm does the copy cover?",
            ),
        ),
    ),
    "similar volume": Figure(
        _similar_size,
        (
            "scale = image side / side",
            "volume scale = scale * scale * scale",
            "image volume = size * volume scale",
        ),
        Wording(
            seen=(
                "A solid has a volume of {size} cubic cm. It is enlarged so that an edge of {side} cm becomes {image "
                "side} cm long.|What is its new volume in cubic cm?",
                "The volume of a pyramid is {size} cubic cm and an edge of it {side} cm. In a similar pyramid the "
                "corresponding edge is {image side} cm long.|Find the volume of that pyramid in cubic cm.",
                "A figurine has a volume of {size} cubic cm and a height of {side} cm. A larger one of the same form "
                "is {image side} cm high.|How many cubic cm does it have?",
                "A model of {size} cubic cm is built again in a larger size, so that {side} cm of it turn into {image "
                "side} cm.|How large is its volume then, in cubic cm?",
            ),
            unseen=(
                "A printer makes a solid of {size} cubic cm larger: {side} cm turn into {image side} cm.|Work out the "
                "larger volume in cubic cm.",
                "A pear of {size} cubic cm grows without changing its form, from a length of {side} cm to a length of "
                "{image side} cm.|How many cubic cm does it have then?",
            ),
            turned=(
                "A solid is enlarged so that an edge of {side} cm becomes {image side} cm long; its volume was {size} "
                "cubic cm.|What is its new volume in cubic cm?",
                "A figurine is {side} cm high, a larger one of the same form {image side} cm. The small one has a "
                "volume of {size} cubic cm.|How many cubic cm does the large one have?",
            ),
        ),
    ),
    "shadow": Figure(
        _shadow,
        ("stretch = shadow / height", "tall height = long shadow / stretch"),
        Wording(
            seen=(
                "A pole {height} m high casts a shadow of {shadow} m. At the same time a {tall} has a shadow of {long "
                "shadow} m.|How many m high is the {tall}?",
                "While a fence post of {height} m has a shadow of {shadow} m, the shadow of a {tall} is {long shadow} "
                "m long.|What is the height of the {tall} in m?",
                "A lamp post of {height} m throws a shadow of {shadow} m, and a {tall} beside it throws a shadow of "
                "{long shadow} m.|Find the height of the {tall} in m.",
                "In the evening sun a hut {height} m high has a shadow of {shadow} m and a {tall} a shadow of {long "
                "shadow} m.|How tall is the {tall} in m?",
            ),
            unseen=(
                "A flagpole measures {height} m, its shadow {shadow} m. The shadow of a {tall} measures {long shadow} "
                "m at that hour.|Work out how many m the {tall} rises.",
                "Where a stick of {height} m has a shadow of {shadow} m, a {tall} has one of {long shadow} m.|How "
                "many m high must the {tall} be?",
            ),
            turned=(
                "A {tall} has a shadow of {long shadow} m. At the same time a pole {height} m high casts a shadow of "
                "{shadow} m.|How many m high is the {tall}?",
                "The shadow of a {tall} is {long shadow} m long while a fence post of {height} m has a shadow of "
                "{shadow} m.|What is the height of the {tall} in m?",
            ),
        ),
        told=True,
    ),
    "plan": Figure(
        _plan,
        ("real length = length * scale", "real width = width * scale", "area = real length * real width"),
        Wording(
            seen=(
                "On a plan each cm stands for {scale} m, and a rectangular {place} is {length} cm long and {width} cm "
                "wide.|What is its real area in square metres?",
                "A map shows {scale} m as a single cm. On it a rectangular {place} measures {length} cm by {width} "
                "cm.|How many square metres does the {place} have?",
                "For every {scale} m in reality there is a cm on a drawing, where a rectangular {place} is {length} "
                "cm long and {width} cm wide.|Find the area of the {place} in square metres.",
                "A model is built so that a cm of it is {scale} m in reality; a rectangular {place} of the model is "
                "{length} cm by {width} cm.|How large is the real {place} in square metres?",
            ),
            unseen=(
                "An architect draws every {scale} m as a cm and gives a rectangular {place} {length} cm in length and "
                "{width} cm in width.|Work out the area of the real {place} in square metres.",
                "With {scale} m to the cm, a rectangular {place} takes up {length} cm by {width} cm on paper.|How "
                "many square metres is that in reality?",
            ),
            turned=(
                "On a plan a rectangular {place} is {width} cm wide and {length} cm long, and each cm stands for "
                "{scale} m.|What is its real area in square metres?",
                "On a map a rectangular {place} measures {length} cm by {width} cm; the map shows {scale} m as a "
                "single cm.|How many square metres does the {place} have?",
            ),
        ),
        told=True,
    ),
}
