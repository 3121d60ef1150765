"""Solids and round things in words, with the steps to their volumes, surfaces, and multiples of pi.

For round things the steps find whole numbers, such as the square of a radius; pi comes in at the very end.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from .geometry_shapes import Shape
from .sketches import SketchConfig, Wording, between


def _box(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    return {
        "length": config.main(rng, 3),
        "width": between(rng, 2, config.high),
        "height": between(rng, 2, config.high),
    }


def _prism(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    base, height = config.main(rng, 3), between(rng, 3, config.high)
    return {"base": base, "height": height - (base % 2 and height % 2), "length": between(rng, 2, config.high)}


def _pyramid(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    height = 3 * between(rng, 1, config.high // 3)
    return {"side": config.main(rng, 3), "height": height}


def _radius_and_height(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    return {"radius": config.main(rng, 2), "height": between(rng, 2, config.high)}


def _cone(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    return {"radius": config.main(rng, 2), "height": 3 * between(rng, 1, config.high // 3)}


def _ring(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    outer = config.main(rng, 4)
    return {"outer radius": outer, "inner radius": between(rng, 2, outer - 1)}


SOLIDS: dict[str, Shape] = {
    "box": Shape(
        _box,
        Wording(
            seen=(
                "A {solid} has the form of a box, {length} cm long, {width} cm wide and {height} cm high.",
                "A rectangular {solid} is {length} cm long, {width} cm wide and {height} cm high.",
                "A box-shaped {solid} measures {length} cm by {width} cm by {height} cm.",
                "The edges of a rectangular {solid} are {length} cm, {width} cm and {height} cm long.",
            ),
            unseen=(
                "A {solid} with only right angles is {length} cm in length, {width} cm in width and {height} cm in "
                "height.",
                "Somebody measures a box-shaped {solid}: {length} cm, {width} cm and {height} cm along its edges.",
            ),
            turned=(
                "A rectangular {solid} is {height} cm high, {width} cm wide and {length} cm long.",
                "A {solid} has the form of a box, {width} cm wide, {length} cm long and {height} cm high.",
            ),
        ),
        {
            "volume": ("volume = length * width * height",),
            "surface": (
                "front = length * height",
                "flank = width * height",
                "top = length * width",
                "face sum = front + flank + top",
                "surface = face sum + face sum",
            ),
        },
    ),
    "cube": Shape(
        lambda rng, config: {"edge": config.main(rng, 2)},
        Wording(
            seen=(
                "A {solid} is a cube with edges of {edge} cm.",
                "Each edge of a cubic {solid} is {edge} cm long.",
                "A {solid} has the form of a cube, {edge} cm along each edge.",
                "The edge of a cube-shaped {solid} is {edge} cm.",
            ),
            unseen=(
                "A {solid} is as long as it is wide and high, {edge} cm, with only right angles.",
                "Somebody measures a cube-shaped {solid} and finds {edge} cm along every edge.",
            ),
        ),
        {
            "volume": ("volume = edge * edge * edge",),
            "surface": ("face = square(edge)", "surface = faces of a cube * face"),
        },
    ),
    "prism": Shape(
        _prism,
        Wording(
            seen=(
                "A {solid} is a prism, {length} cm long; its ends are triangles with a base of {base} cm and a height "
                "of {height} cm.",
                "A prism-shaped {solid} is {length} cm long and has triangular ends, {base} cm along the base and "
                "{height} cm high.",
                "A {solid} has the form of a triangular prism with a length of {length} cm; the triangles have a base "
                "of {base} cm and a height of {height} cm.",
                "The length of a {solid} in the form of a prism is {length} cm, and its ends are triangles with a "
                "base of {base} cm and a height of {height} cm.",
            ),
            unseen=(
                "Along {length} cm a {solid} has the same triangular cross-section, with a base of {base} cm and a "
                "height of {height} cm.",
                "Somebody measures a {solid}, a prism {length} cm in length, whose triangular ends are {base} cm wide "
                "at the base and {height} cm high.",
            ),
            turned=(
                "A {solid} is a prism whose ends are triangles with a base of {base} cm and a height of {height} cm; "
                "it is {length} cm long.",
                "Triangles with a height of {height} cm on a base of {base} cm are the ends of a prism-shaped {solid} "
                "that is {length} cm long.",
            ),
        ),
        {"volume": ("end area = base * height / triangle divisor", "volume = end area * length")},
    ),
    "pyramid": Shape(
        _pyramid,
        Wording(
            seen=(
                "A {solid} is a pyramid with a square base of side {side} cm and a height of {height} cm.",
                "The base of a {solid} in the form of a pyramid is a square with sides of {side} cm, and the height is "
                "{height} cm.",
                "A pyramid-shaped {solid} stands on a square with a side of {side} cm and is {height} cm high.",
                "A {solid} has the form of a pyramid: its base is a square with sides of {side} cm, its height "
                "{height} cm.",
            ),
            unseen=(
                "From a square of {side} cm by the same length a pyramid-shaped {solid} rises {height} cm to its tip.",
                "Somebody measures a {solid}, a pyramid: its square base has sides of {side} cm, its tip is {height} "
                "cm above the base.",
            ),
            turned=(
                "A {solid} is a pyramid with a height of {height} cm on a square base of side {side} cm.",
                "A pyramid-shaped {solid} is {height} cm high and stands on a square with a side of {side} cm.",
            ),
        ),
        {"volume": ("base area = square(side)", "volume = base area * height / pyramid divisor")},
    ),
}

_PLACE_ROUND = Wording(
    seen=(
        "A circular {place} has a radius of {radius} m.",
        "The radius of a round {place} is {radius} m.",
        "A {place} has the shape of a circle with a radius of {radius} m.",
        "From its centre to its edge a circular {place} measures {radius} m.",
    ),
    unseen=(
        "A rope of {radius} m, turned about a peg, marks the edge of a circular {place}.",
        "Somebody measures {radius} m from the middle of a round {place} to its edge.",
    ),
)
_PLACE_ACROSS = Wording(
    seen=(
        "A circular {place} has a diameter of {diameter} m.",
        "The diameter of a round {place} is {diameter} m.",
        "A {place} has the shape of a circle with a diameter of {diameter} m.",
        "Across its centre a circular {place} measures {diameter} m.",
    ),
    unseen=(
        "The longest straight path across a circular {place} is {diameter} m long.",
        "Somebody measures {diameter} m from edge to edge through the middle of a round {place}.",
    ),
)

ROUND: dict[str, Shape] = {
    "disc": Shape(
        lambda rng, config: {"radius": config.main(rng, 2)},
        _PLACE_ROUND,
        {"area": ("squared radius = square(radius)",), "circumference": ("diameter = radius + radius",)},
    ),
    "disc by diameter": Shape(
        lambda rng, config: {"diameter": -(-config.main(rng, 3, config.high - 5) // 2) * 2},
        _PLACE_ACROSS,
        {"area": ("radius = diameter / radii", "squared radius = square(radius)")},
    ),
    "ring": Shape(
        _ring,
        Wording(
            seen=(
                "A ring-shaped {place} has an outer radius of {outer radius} m and an inner radius of {inner radius} "
                "m.",
                "A {place} is a ring between circles about the same centre, with radii of {outer radius} m and {inner "
                "radius} m.",
                "The outer radius of a {place} in the shape of a ring is {outer radius} m, its inner radius {inner "
                "radius} m.",
                "A {place} has the shape of a circle with a radius of {outer radius} m from which a circle about the "
                "same centre, with a radius of {inner radius} m, is left out.",
            ),
            unseen=(
                "A {place} lies between a circle {outer radius} m and a circle {inner radius} m in radius, both about "
                "the same centre.",
                "Somebody measures a ring-shaped {place}: from the centre it is {outer radius} m to the outer edge and "
                "{inner radius} m to the inner edge.",
            ),
            turned=(
                "A ring-shaped {place} has an inner radius of {inner radius} m and an outer radius of {outer radius} "
                "m.",
                "The inner radius of a {place} in the shape of a ring is {inner radius} m, its outer radius {outer "
                "radius} m.",
            ),
        ),
        {
            "area": (
                "outer square = square(outer radius)",
                "inner square = square(inner radius)",
                "difference = outer square - inner square",
            )
        },
    ),
    "half disc": Shape(
        lambda rng, config: {"radius": -(-config.main(rng, 3, config.high - 5) // 2) * 2},
        Wording(
            seen=(
                "A semicircular {place} has a radius of {radius} m.",
                "The radius of a {place} in the shape of a half circle is {radius} m.",
                "A {place} has the shape of a semicircle with a radius of {radius} m.",
                "A {place} is half a circle, with a radius of {radius} m.",
            ),
            unseen=(
                "Half of a circle that is {radius} m in radius is the shape of a {place}.",
                "Somebody measures {radius} m from the middle of the straight edge of a semicircular {place} to its "
                "curved edge.",
            ),
        ),
        {"area": ("squared radius = square(radius)", "share = squared radius / semicircles")},
    ),
    "cylinder": Shape(
        _radius_and_height,
        Wording(
            seen=(
                "A {solid} is a cylinder with a radius of {radius} cm and a height of {height} cm.",
                "The radius of a cylindrical {solid} is {radius} cm, and its height is {height} cm.",
                "A {solid} has the form of a cylinder, {radius} cm in radius and {height} cm high.",
                "A cylindrical {solid} measures {radius} cm in radius and {height} cm in height.",
            ),
            unseen=(
                "On a circle with a radius of {radius} cm a cylindrical {solid} stands {height} cm high.",
                "Somebody measures a {solid}, a cylinder: its radius is {radius} cm, its height {height} cm.",
            ),
            turned=(
                "A {solid} is a cylinder with a height of {height} cm and a radius of {radius} cm.",
                "The height of a cylindrical {solid} is {height} cm, and its radius is {radius} cm.",
            ),
        ),
        {"volume": ("squared radius = square(radius)", "cylinder part = squared radius * height")},
    ),
    "cone": Shape(
        _cone,
        Wording(
            seen=(
                "A {solid} is a cone whose base has a radius of {radius} cm and whose height is {height} cm.",
                "The base of a conical {solid} has a radius of {radius} cm, and its height is {height} cm.",
                "A {solid} has the form of a cone, {radius} cm in radius at the base and {height} cm high.",
                "A conical {solid} measures {radius} cm in radius at the base and {height} cm in height.",
            ),
            unseen=(
                "On a circle with a radius of {radius} cm a conical {solid} rises {height} cm to its tip.",
                "Somebody measures a {solid}, a cone: its base is {radius} cm in radius, its tip {height} cm above it.",
            ),
            turned=(
                "A {solid} is a cone with a height of {height} cm on a base with a radius of {radius} cm.",
                "The height of a conical {solid} is {height} cm, and its base has a radius of {radius} cm.",
            ),
        ),
        {"volume": ("squared radius = square(radius)", "cone part = squared radius * height / cone divisor")},
    ),
}
