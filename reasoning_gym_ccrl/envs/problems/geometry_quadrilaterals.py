"""Four-sided plots in words, with the steps to their areas and perimeters."""

from __future__ import annotations

from .geometry_shapes import (
    Shape,
    based_numbers,
    kite_numbers,
    leaning_numbers,
    rectangle_numbers,
    rhombus_numbers,
    trapezoid_numbers,
)
from .sketches import Wording

QUADRILATERALS: dict[str, Shape] = {
    "rectangle": Shape(
        rectangle_numbers,
        Wording(
            seen=(
                "A rectangular {place} is {length} m long and {width} m wide.",
                "A {place} has the shape of a rectangle with a length of {length} m and a width of {width} m.",
                "The length of a rectangular {place} is {length} m, its width is {width} m.",
                "A rectangular {place} measures {length} m by {width} m.",
            ),
            unseen=(
                "A {place} forms a rectangle that stretches {length} m one way and {width} m the other way.",
                "Somebody paces out a rectangular {place}: {length} m in length, {width} m in width.",
            ),
            turned=(
                "A rectangular {place} is {width} m wide and {length} m long.",
                "The width of a rectangular {place} is {width} m, its length is {length} m.",
            ),
        ),
        {"area": ("area = length * width",), "perimeter": ("perimeter = length + width + length + width",)},
    ),
    "square": Shape(
        lambda rng, config: {"side": config.main(rng, 3)},
        Wording(
            seen=(
                "A square {place} has sides of {side} m.",
                "Each side of a square {place} is {side} m long.",
                "A {place} has the shape of a square with a side of {side} m.",
                "The side of a square {place} is {side} m.",
            ),
            unseen=(
                "A {place} forms a square, {side} m from corner to corner along a side.",
                "Somebody paces out a square {place} and counts {side} m on each side.",
            ),
        ),
        {"area": ("area = square(side)",), "perimeter": ("perimeter = sides of a square * side",)},
    ),
    "parallelogram": Shape(
        based_numbers,
        Wording(
            seen=(
                "A {place} is a parallelogram with a base of {base} m and a height of {height} m.",
                "The base of a {place} in the shape of a parallelogram is {base} m, and the height on it is {height} "
                "m.",
                "A {place} has the shape of a parallelogram, {base} m along its base and {height} m high.",
                "A parallelogram with a side of {base} m and a height of {height} m on that side is the shape of a "
                "{place}.",
            ),
            unseen=(
                "A {place} forms a parallelogram; over a base of {base} m it has a height of {height} m.",
                "Somebody paces out a {place}, a parallelogram: base {base} m, height on it {height} m.",
            ),
            turned=(
                "A {place} is a parallelogram with a height of {height} m on a base of {base} m.",
                "The height of a {place} in the shape of a parallelogram is {height} m, and the base below it is "
                "{base} m.",
            ),
        ),
        {"area": ("area = base * height",)},
    ),
    "kite": Shape(
        kite_numbers,
        Wording(
            seen=(
                "A {place} has the shape of a kite with diagonals of {long diagonal} m and {short diagonal} m.",
                "The diagonals of a kite-shaped {place} are {long diagonal} m and {short diagonal} m long.",
                "A {place} is a kite whose diagonals measure {long diagonal} m and {short diagonal} m.",
                "A kite-shaped {place} is {long diagonal} m along one diagonal and {short diagonal} m along the other.",
            ),
            unseen=(
                "From corner to opposite corner a kite-shaped {place} is {long diagonal} m and {short diagonal} m "
                "across.",
                "Somebody paces out the diagonals of a {place}, a kite: {long diagonal} m and {short diagonal} m.",
            ),
            turned=(
                "A {place} has the shape of a kite with diagonals of {short diagonal} m and {long diagonal} m.",
                "The diagonals of a kite-shaped {place} are {short diagonal} m and {long diagonal} m long.",
            ),
        ),
        {"area": ("area = long diagonal * short diagonal / kite divisor",)},
    ),
    "trapezoid": Shape(
        trapezoid_numbers,
        Wording(
            seen=(
                "A {place} is a trapezoid with parallel sides of {long side} m and {short side} m, {height} m apart.",
                "The parallel sides of a trapezoidal {place} are {long side} m and {short side} m long, and its "
                "height is {height} m.",
                "A trapezoidal {place} has parallel sides of {long side} m and {short side} m and a height of "
                "{height} m.",
                "A {place} has the shape of a trapezoid: its parallel sides measure {long side} m and {short side} m, "
                "its height {height} m.",
            ),
            unseen=(
                "Two parallel edges of a four-sided {place}, {long side} m and {short side} m long, lie {height} m "
                "apart.",
                "Somebody paces out a {place}, a trapezoid: {long side} m and {short side} m for the parallel sides, "
                "{height} m from one to the other.",
            ),
            turned=(
                "A trapezoidal {place} has a height of {height} m and parallel sides of {long side} m and {short "
                "side} m.",
                "The parallel sides of a trapezoidal {place} are {short side} m and {long side} m long, and its "
                "height is {height} m.",
            ),
        ),
        {"area": ("parallel sides = long side + short side", "area = parallel sides * height / trapezoid divisor")},
    ),
    "rhombus": Shape(
        rhombus_numbers,
        Wording(
            seen=(
                "A {place} has the shape of a rhombus with diagonals of {diagonal} m and {other diagonal} m.",
                "The diagonals of a {place} that is a rhombus are {diagonal} m and {other diagonal} m long.",
                "A {place} is a rhombus whose diagonals measure {diagonal} m and {other diagonal} m.",
                "A rhombus with diagonals of {diagonal} m and {other diagonal} m is the shape of a {place}.",
            ),
            unseen=(
                "All sides of a four-sided {place} are equal, and its diagonals are {diagonal} m and {other diagonal} "
                "m.",
                "Somebody paces out the diagonals of a {place}, a rhombus: {diagonal} m and {other diagonal} m.",
            ),
            turned=(
                "A {place} has the shape of a rhombus with diagonals of {other diagonal} m and {diagonal} m.",
                "The diagonals of a {place} that is a rhombus are {other diagonal} m and {diagonal} m long.",
            ),
        ),
        {
            "area": ("area = diagonal * other diagonal / rhombus divisor",),
            "perimeter": (
                "semidiagonal = diagonal / semidiagonals",
                "other semidiagonal = other diagonal / semidiagonals",
                "side = sqrt(square(semidiagonal) + square(other semidiagonal))",
                "perimeter = sides of a rhombus * side",
            ),
        },
    ),
    "symmetric trapezoid": Shape(
        leaning_numbers,
        Wording(
            seen=(
                "A {place} is a symmetric trapezoid with parallel sides of {long side} m and {short side} m, {height} "
                "m apart.",
                "The parallel sides of a {place} in the shape of an isosceles trapezoid are {long side} m and {short "
                "side} m long, and its height is {height} m.",
                "A {place} has the shape of a trapezoid with equal legs: its parallel sides measure {long side} m and "
                "{short side} m, its height {height} m.",
                "An isosceles trapezoid with parallel sides of {long side} m and {short side} m and a height of "
                "{height} m is the shape of a {place}.",
            ),
            unseen=(
                "Parallel edges of a four-sided {place}, {long side} m and {short side} m long, lie {height} m apart, "
                "and its other edges are equally long and not parallel.",
                "Somebody paces out a {place}, a symmetric trapezoid: {long side} m and {short side} m for the "
                "parallel sides, {height} m from one to the other.",
            ),
            turned=(
                "A {place} is a symmetric trapezoid with a height of {height} m and parallel sides of {long side} m "
                "and {short side} m.",
                "The parallel sides of a {place} in the shape of an isosceles trapezoid are {short side} m and {long "
                "side} m long, and its height is {height} m.",
            ),
        ),
        {
            "area": ("parallel sides = long side + short side", "area = parallel sides * height / trapezoid divisor"),
            "perimeter": (
                "overhang = (long side - short side) / overhangs",
                "slope = sqrt(square(overhang) + square(height))",
                "perimeter = long side + slope + short side + slope",
            ),
        },
    ),
}
