"""Points on a grid: distances, slopes, areas and lines, in words and steps."""

from __future__ import annotations

import random
from collections.abc import Mapping

from .geometry_shapes import Figure, triple
from .sketches import SketchConfig, Wording, between


def _corners(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    right, top = config.main(rng, 4), between(rng, 3, config.high)
    return {"left": between(rng, 1, right - 2), "bottom": between(rng, 1, top - 2), "right": right, "top": top}


def _triple_corners(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    a, b, _ = triple(rng, config, lambda a, b, c: max(a, b))
    left, bottom = between(rng, 0, max(0, config.high - a)), between(rng, 0, max(0, config.high - b))
    return {"left": left, "bottom": bottom, "right": left + a, "top": bottom + b}


def _sloping(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    numbers = dict(_corners(rng, config))
    if rng.random() < 0.3:
        numbers["bottom"], numbers["top"] = numbers["top"], numbers["bottom"]
    return numbers


def _even_corners(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    right, top = config.main(rng, 6), between(rng, 5, config.high)
    left, bottom = between(rng, 1, (right - 2) // 2), between(rng, 1, (top - 2) // 2)
    return {"left": right - 2 * left, "bottom": top - 2 * bottom, "right": right, "top": top}


def _line(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Two points of a line whose slope and ordinate at 0 are whole."""
    slope, left, run = between(rng, 2, 6), between(rng, 1, 8), between(rng, 1, 8)
    bottom = config.main(rng, slope * left + 1)
    return {"left": left, "bottom": bottom, "right": left + run, "top": bottom + slope * run}


def _longer_line(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    numbers = _line(rng, config)
    return {**numbers, "abscissa": numbers["right"] + between(rng, 2, 30)}


def _trip(rng: random.Random, config: SketchConfig) -> Mapping[str, int]:
    """Three points, from each of which the next is up and to the right."""
    first = _triple_corners(rng, config)
    a, b, _ = triple(rng, SketchConfig(high=max(8, config.high // 2)), lambda a, b, c: max(a, b))
    return {**first, "far right": first["right"] + a, "far top": first["top"] + b}


_RUN_AND_RISE = ("run = right - left", "rise = top - bottom")
_DISTANCE = "distance = sqrt(square(run) + square(rise))"

POINTS: dict[str, Figure] = {
    "distance": Figure(
        _triple_corners,
        (*_RUN_AND_RISE, _DISTANCE),
        Wording(
            seen=(
                "What is the distance from A({left}, {bottom}) to B({right}, {top})?",
                "Find the length of the segment between the points ({left}, {bottom}) and ({right}, {top}).",
                "On a grid lie the points A({left}, {bottom}) and B({right}, {top}).|How far apart are they?",
                "How long is the straight line from ({left}, {bottom}) to ({right}, {top})?",
            ),
            unseen=(
                "A fly goes straight from the point P({left}, {bottom}) to the point Q({right}, {top}).|How far does "
                "it fly?",
                "Work out how far the point ({right}, {top}) is from the point ({left}, {bottom}).",
            ),
            turned=(
                "What is the distance from B({right}, {top}) to A({left}, {bottom})?",
                "On a grid lie the points B({right}, {top}) and A({left}, {bottom}).|How far apart are they?",
            ),
        ),
    ),
    "slope": Figure(
        _sloping,
        (*_RUN_AND_RISE, "slope = rise / run"),
        Wording(
            seen=(
                "What is the slope of the line through A({left}, {bottom}) and B({right}, {top})?",
                "Find the slope of the line that joins ({left}, {bottom}) and ({right}, {top}).",
                "A line goes through the points ({left}, {bottom}) and ({right}, {top}).|What is its slope, as a "
                "whole number or a fraction?",
                "How steep is the line from ({left}, {bottom}) to ({right}, {top})? Give its slope.",
            ),
            unseen=(
                "The points P({left}, {bottom}) and Q({right}, {top}) lie on a line.|Work out its gradient.",
                "How much does a line rise for each unit to the right if it passes ({left}, {bottom}) and ({right}, "
                "{top})?",
            ),
            turned=(
                "What is the slope of the line through B({right}, {top}) and A({left}, {bottom})?",
                "A line goes through the points ({right}, {top}) and ({left}, {bottom}).|What is its slope, as a "
                "whole number or a fraction?",
            ),
        ),
    ),
    "midpoint": Figure(
        _even_corners,
        (
            "across = (left + right) / number of ends",
            "up = (bottom + top) / number of ends",
            "coordinate sum = across + up",
        ),
        Wording(
            seen=(
                "M is the midpoint of A({left}, {bottom}) and B({right}, {top}).|What is the sum of the coordinates "
                "of M?",
                "Find the midpoint of ({left}, {bottom}) and ({right}, {top}) and add up its coordinates.|What is "
                "their sum?",
                "Halfway between the points ({left}, {bottom}) and ({right}, {top}) lies M.|What do the coordinates "
                "of M add up to?",
                "What is the sum of the coordinates of the midpoint of the segment from ({left}, {bottom}) to "
                "({right}, {top})?",
            ),
            unseen=(
                "The segment from P({left}, {bottom}) to Q({right}, {top}) is halved at M.|Work out the sum of the "
                "coordinates of M.",
                "Add the coordinates of the point that lies in the middle of ({left}, {bottom}) and ({right}, {top}).",
            ),
            turned=(
                "M is the midpoint of B({right}, {top}) and A({left}, {bottom}).|What is the sum of the coordinates "
                "of M?",
                "Halfway between the points ({right}, {top}) and ({left}, {bottom}) lies M.|What do the coordinates "
                "of M add up to?",
            ),
        ),
    ),
    "grid rectangle": Figure(
        _corners,
        (*_RUN_AND_RISE, "area = run * rise"),
        Wording(
            seen=(
                "A rectangle with sides parallel to the axes has opposite corners at ({left}, {bottom}) and ({right}, "
                "{top}).|What is its area?",
                "The sides of a rectangle are parallel to the axes, and a diagonal of it runs from ({left}, {bottom}) "
                "to ({right}, {top}).|Find its area.",
                "On a grid a rectangle, its sides along the grid lines, reaches from ({left}, {bottom}) to ({right}, "
                "{top}).|How large is its area?",
                "The points ({left}, {bottom}) and ({right}, {top}) are opposite corners of a rectangle whose sides "
                "are parallel to the axes.|How many unit squares does it cover?",
            ),
            unseen=(
                "A rectangle, not tilted, fills the grid between its lower left corner ({left}, {bottom}) and its "
                "upper right corner ({right}, {top}).|Work out its area.",
                "With sides parallel to the axes a rectangle spans from P({left}, {bottom}) to R({right}, {top}), "
                "corner to opposite corner.|How much area does it have?",
            ),
            turned=(
                "A rectangle with sides parallel to the axes has opposite corners at ({right}, {top}) and ({left}, "
                "{bottom}).|What is its area?",
                "On a grid a rectangle, its sides along the grid lines, reaches from ({right}, {top}) to ({left}, "
                "{bottom}).|How large is its area?",
            ),
        ),
    ),
    "grid triangle": Figure(
        _triple_corners,
        (*_RUN_AND_RISE, _DISTANCE, "perimeter = run + rise + distance"),
        Wording(
            seen=(
                "A triangle has its corners at A({left}, {bottom}), B({right}, {bottom}) and C({right}, {top}).|What "
                "is its perimeter?",
                "Find the perimeter of the triangle with the corners ({left}, {bottom}), ({right}, {bottom}) and "
                "({right}, {top}).",
                "On a grid lies a triangle with corners at ({left}, {bottom}), ({right}, {bottom}) and ({right}, "
                "{top}).|How long is the way round it?",
                "The points A({left}, {bottom}), B({right}, {bottom}) and C({right}, {top}) are joined to a "
                "triangle.|How long are its sides together?",
            ),
            unseen=(
                "An ant walks along straight lines from ({left}, {bottom}) to ({right}, {bottom}), on to ({right}, "
                "{top}) and back to its start.|How far does it walk?",
                "The corners of a right triangle are P({left}, {bottom}), Q({right}, {bottom}) and R({right}, "
                "{top}).|Work out the length of its rim.",
            ),
            turned=(
                "A triangle has its corners at C({right}, {top}), B({right}, {bottom}) and A({left}, {bottom}).|What "
                "is its perimeter?",
                "Find the perimeter of the triangle with the corners ({right}, {top}), ({right}, {bottom}) and "
                "({left}, {bottom}).",
            ),
        ),
    ),
    "ordinate": Figure(
        _line,
        (
            *_RUN_AND_RISE,
            "slope = rise / run",
            "climb = slope * left",
            "crossing = bottom - climb",
        ),
        Wording(
            seen=(
                "A line goes through ({left}, {bottom}) and ({right}, {top}).|At which value of y does it meet the "
                "y-axis?",
                "Find the value of y where the line through A({left}, {bottom}) and B({right}, {top}) crosses the "
                "y-axis.",
                "The points ({left}, {bottom}) and ({right}, {top}) lie on a line y = mx + n.|What is n?",
                "A straight line passes through the points A({left}, {bottom}) and B({right}, {top}).|What is its "
                "y-intercept?",
            ),
            unseen=(
                "The line through P({left}, {bottom}) and Q({right}, {top}) is drawn on to the y-axis.|Work out y "
                "there.",
                "On a straight line lie the points ({left}, {bottom}) and ({right}, {top}).|How high is it where x is "
                "zero?",
            ),
            turned=(
                "A line goes through ({right}, {top}) and ({left}, {bottom}).|At which value of y does it meet the "
                "y-axis?",
                "The points ({right}, {top}) and ({left}, {bottom}) lie on a line y = mx + n.|What is n?",
            ),
        ),
    ),
    "longer line": Figure(
        _longer_line,
        (
            *_RUN_AND_RISE,
            "slope = rise / run",
            "way = abscissa - left",
            "climb = slope * way",
            "height = bottom + climb",
        ),
        Wording(
            seen=(
                "A line goes through ({left}, {bottom}) and ({right}, {top}).|Which value has y on it where x is "
                "{abscissa}?",
                "The points ({left}, {bottom}), ({right}, {top}) and ({abscissa}, y) lie on a straight line.|What is "
                "y?",
                "On the line through A({left}, {bottom}) and B({right}, {top}) lies a point whose x-coordinate is "
                "{abscissa}.|Find its y-coordinate.",
                "A straight line passes through ({left}, {bottom}), ({right}, {top}) and a point C with x equal to "
                "{abscissa}.|What is the y-coordinate of C?",
            ),
            unseen=(
                "The line through P({left}, {bottom}) and Q({right}, {top}) is followed until x is {abscissa}.|Work "
                "out y there.",
                "How high is the straight line through ({left}, {bottom}) and ({right}, {top}) above the point of the "
                "x-axis with x equal to {abscissa}?",
            ),
            turned=(
                "Where x is {abscissa}, which value has y on the line through ({left}, {bottom}) and ({right}, {top})?",
                "The points ({abscissa}, y), ({right}, {top}) and ({left}, {bottom}) lie on a straight line.|What is "
                "y?",
            ),
        ),
    ),
    "trip": Figure(
        _trip,
        (
            *_RUN_AND_RISE,
            _DISTANCE,
            "far run = far right - right",
            "far rise = far top - top",
            "far distance = sqrt(square(far run) + square(far rise))",
            "trip = distance + far distance",
        ),
        Wording(
            seen=(
                "A path goes straight from ({left}, {bottom}) to ({right}, {top}) and straight on to ({far right}, "
                "{far top}).|How long is it?",
                "What is the length of the path from A({left}, {bottom}) by way of B({right}, {top}) to C({far "
                "right}, {far top}), along straight lines?",
                "Somebody joins ({left}, {bottom}) with ({right}, {top}), and ({right}, {top}) with ({far right}, "
                "{far top}).|Find the total length of these segments.",
                "On a grid a pen draws a straight line from ({left}, {bottom}) to ({right}, {top}) and another from "
                "there to ({far right}, {far top}).|How long is the drawing?",
            ),
            unseen=(
                "A drone flies straight from P({left}, {bottom}) to Q({right}, {top}) and straight from Q to R({far "
                "right}, {far top}).|Work out how far it flies.",
                "An ant walks from ({left}, {bottom}) to ({right}, {top}) and from there to ({far right}, {far top}), "
                "always straight.|How far does it walk?",
            ),
            turned=(
                "A path goes straight from ({far right}, {far top}) to ({right}, {top}) and straight on to ({left}, "
                "{bottom}).|How long is it?",
                "What is the length of the path from C({far right}, {far top}) by way of B({right}, {top}) to "
                "A({left}, {bottom}), along straight lines?",
            ),
        ),
    ),
}
