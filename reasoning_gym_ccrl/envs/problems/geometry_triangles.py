"""Triangular and many-sided plots, and rectangles known by a diagonal, perimeter or area, in words."""

from __future__ import annotations

from .geometry_shapes import (
    Shape,
    based_numbers,
    by_area_numbers,
    by_diagonal_numbers,
    by_hypotenuse_numbers,
    by_perimeter_numbers,
    isosceles_numbers,
    ngon_numbers,
    right_triangle_numbers,
    three_sides_numbers,
)
from .sketches import Wording

TRIANGLES: dict[str, Shape] = {
    "triangle": Shape(
        based_numbers,
        Wording(
            seen=(
                "A triangular {place} has a base of {base} m and a height of {height} m.",
                "The base of a triangular {place} is {base} m, and the height on it is {height} m.",
                "A {place} has the shape of a triangle with a base of {base} m and a height of {height} m.",
                "One side of a triangular {place} is {base} m long, and the height on that side is {height} m.",
            ),
            unseen=(
                "A {place} forms a triangle; over a base of {base} m it has a height of {height} m.",
                "Somebody paces out a triangular {place}: base {base} m, height on it {height} m.",
            ),
            turned=(
                "A triangular {place} has a height of {height} m on a base of {base} m.",
                "The height of a triangular {place} is {height} m, and the base below it is {base} m.",
            ),
        ),
        {"area": ("area = base * height / triangle divisor",)},
    ),
    "right triangle": Shape(
        right_triangle_numbers,
        Wording(
            seen=(
                "A {place} is a right triangle with legs of {leg} m and {other leg} m.",
                "The sides at the right angle of a triangular {place} are {leg} m and {other leg} m long.",
                "A triangular {place} has a right angle between sides of {leg} m and {other leg} m.",
                "A {place} has the shape of a right triangle, whose legs measure {leg} m and {other leg} m.",
            ),
            unseen=(
                "From a square corner the edges of a three-sided {place} run {leg} m and {other leg} m.",
                "Somebody paces out the legs of a {place}, a right triangle: {leg} m and {other leg} m.",
            ),
            turned=(
                "A {place} is a right triangle with legs of {other leg} m and {leg} m.",
                "A triangular {place} has a right angle between sides of {other leg} m and {leg} m.",
            ),
        ),
        {
            "area": ("area = leg * other leg / triangle divisor",),
            "perimeter": (
                "hypotenuse = sqrt(square(leg) + square(other leg))",
                "perimeter = leg + other leg + hypotenuse",
            ),
            "hypotenuse": ("hypotenuse = sqrt(square(leg) + square(other leg))",),
        },
    ),
    "right triangle by hypotenuse": Shape(
        by_hypotenuse_numbers,
        Wording(
            seen=(
                "A {place} is a right triangle with a hypotenuse of {hypotenuse} m and a leg of {leg} m.",
                "The longest side of a {place} that is a right triangle is {hypotenuse} m, and another side is {leg} "
                "m.",
                "A triangular {place} with a right angle has a hypotenuse of {hypotenuse} m; a leg of it is {leg} m "
                "long.",
                "The hypotenuse of a {place} in the shape of a right triangle is {hypotenuse} m, one leg is {leg} m.",
            ),
            unseen=(
                "Opposite the square corner of a three-sided {place} lies an edge of {hypotenuse} m; another edge is "
                "{leg} m.",
                "Somebody paces out a {place}, a right triangle: {hypotenuse} m for the hypotenuse and {leg} m for a "
                "leg.",
            ),
            turned=(
                "A {place} is a right triangle with a leg of {leg} m and a hypotenuse of {hypotenuse} m.",
                "A side of a {place} that is a right triangle is {leg} m, and its longest side is {hypotenuse} m.",
            ),
        ),
        {
            "area": (
                "other leg = sqrt(square(hypotenuse) - square(leg))",
                "area = leg * other leg / triangle divisor",
            ),
            "perimeter": (
                "other leg = sqrt(square(hypotenuse) - square(leg))",
                "perimeter = leg + other leg + hypotenuse",
            ),
            "other leg": ("other leg = sqrt(square(hypotenuse) - square(leg))",),
        },
    ),
    "rectangle by diagonal": Shape(
        by_diagonal_numbers,
        Wording(
            seen=(
                "A rectangular {place} has a diagonal of {diagonal} m and a side of {length} m.",
                "The diagonal of a rectangular {place} is {diagonal} m, and a side of it is {length} m long.",
                "From corner to opposite corner a rectangular {place} measures {diagonal} m, along a side {length} m.",
                "A {place} is a rectangle with a diagonal of {diagonal} m; a side of it measures {length} m.",
            ),
            unseen=(
                "A straight path of {diagonal} m joins opposite corners of a rectangular {place}, an edge of which is "
                "{length} m.",
                "Somebody paces out a rectangular {place}: {diagonal} m across its corners, {length} m along an edge.",
            ),
            turned=(
                "A rectangular {place} has a side of {length} m and a diagonal of {diagonal} m.",
                "A {place} is a rectangle with a side of {length} m; its diagonal measures {diagonal} m.",
            ),
        ),
        {
            "area": (
                "width = sqrt(square(diagonal) - square(length))",
                "area = length * width",
            ),
            "perimeter": (
                "width = sqrt(square(diagonal) - square(length))",
                "perimeter = length + width + length + width",
            ),
        },
    ),
    "rectangle by perimeter": Shape(
        by_perimeter_numbers,
        Wording(
            seen=(
                "A rectangular {place} has a perimeter of {perimeter} m and a side of {length} m.",
                "The perimeter of a rectangular {place} is {perimeter} m, and a side of it is {length} m long.",
                "All the way round, a rectangular {place} measures {perimeter} m, along a side {length} m.",
                "A {place} is a rectangle with a perimeter of {perimeter} m; a side of it measures {length} m.",
            ),
            unseen=(
                "A fence of {perimeter} m surrounds a rectangular {place}, an edge of which is {length} m.",
                "Somebody paces out a rectangular {place}: {perimeter} m round it, {length} m along an edge.",
            ),
            turned=(
                "A rectangular {place} has a side of {length} m and a perimeter of {perimeter} m.",
                "A {place} is a rectangle with a side of {length} m; its perimeter measures {perimeter} m.",
            ),
        ),
        {
            "area": (
                "side pair = perimeter / pairs of sides",
                "width = side pair - length",
                "area = length * width",
            )
        },
    ),
    "rectangle by area": Shape(
        by_area_numbers,
        Wording(
            seen=(
                "A rectangular {place} has an area of {surface} square metres and a side of {length} m.",
                "The area of a rectangular {place} is {surface} square metres, and a side of it is {length} m long.",
                "A rectangular {place} covers {surface} square metres and measures {length} m along a side.",
                "A {place} is a rectangle with an area of {surface} square metres; a side of it measures {length} m.",
            ),
            unseen=(
                "A rectangular {place} takes up {surface} square metres, and an edge of it is {length} m.",
                "Turf of {surface} square metres exactly covers a rectangular {place} with an edge of {length} m.",
            ),
            turned=(
                "A rectangular {place} has a side of {length} m and an area of {surface} square metres.",
                "A {place} is a rectangle with a side of {length} m; its area is {surface} square metres.",
            ),
        ),
        {"perimeter": ("width = surface / length", "perimeter = length + width + length + width")},
    ),
    "isosceles triangle": Shape(
        isosceles_numbers,
        Wording(
            seen=(
                "A triangular {place} has a base of {base} m and, beside it, equal sides of {side} m each.",
                "A {place} is an isosceles triangle with a base of {base} m and equal sides of {side} m.",
                "The base of a {place} in the shape of an isosceles triangle is {base} m, each of its equal sides "
                "{side} m.",
                "A {place} has the shape of a triangle with a base of {base} m whose other sides are both {side} m "
                "long.",
            ),
            unseen=(
                "On a base of {base} m a symmetric triangular {place} has sides of {side} m left and right.",
                "Somebody paces out a {place}, a triangle: {base} m for the base, {side} m for each of the other "
                "sides.",
            ),
            turned=(
                "A triangular {place} has equal sides of {side} m each and a base of {base} m.",
                "A {place} is an isosceles triangle whose equal sides are {side} m and whose base is {base} m.",
            ),
        ),
        {
            "area": (
                "base part = base / base parts",
                "height = sqrt(square(side) - square(base part))",
                "area = base part * height",
            ),
            "perimeter": ("perimeter = base + side + side",),
        },
    ),
    "scalene triangle": Shape(
        three_sides_numbers,
        Wording(
            seen=(
                "A triangular {place} has sides of {side a} m, {side b} m and {side c} m.",
                "The sides of a triangular {place} are {side a} m, {side b} m and {side c} m long.",
                "A {place} has the shape of a triangle with sides of {side a} m, {side b} m and {side c} m.",
                "A {place} is a triangle whose sides measure {side a} m, {side b} m and {side c} m.",
            ),
            unseen=(
                "Edges of {side a} m, {side b} m and {side c} m bound a three-sided {place}.",
                "Somebody paces out the sides of a triangular {place}: {side a} m, {side b} m and {side c} m.",
            ),
            turned=(
                "A triangular {place} has sides of {side c} m, {side b} m and {side a} m.",
                "The sides of a triangular {place} are {side b} m, {side c} m and {side a} m long.",
            ),
        ),
        {"perimeter": ("perimeter = side a + side b + side c",)},
    ),
    "regular polygon": Shape(
        ngon_numbers,
        Wording(
            seen=(
                "A {place} is a regular polygon with {number of sides} sides of {side} m each.",
                "A {place} has {number of sides} equal sides, each of them {side} m long.",
                "The shape of a {place} is a regular polygon; it has {number of sides} sides, and a side is {side} m "
                "long.",
                "Each of the {number of sides} sides of a {place} in the shape of a regular polygon is {side} m long.",
            ),
            unseen=(
                "Some {number of sides} straight edges, {side} m each, bound a {place}.",
                "Somebody paces along all {number of sides} equal edges of a {place} and counts {side} m on each.",
            ),
            turned=(
                "With sides of {side} m each, a {place} is a regular polygon of {number of sides} sides.",
                "The sides of a {place}, all {side} m long, are {number of sides} in number.",
            ),
        ),
        {"perimeter": ("perimeter = number of sides * side",)},
    ),
}
