"""Angles in degrees: triangles, quadrilaterals, polygons, and what lines add to them.

A straight angle (180) and a full turn (360) are known to whoever solves such problems, and are not said.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .sketches import Wording, between


@dataclass(frozen=True, slots=True)
class Angle:
    """A kind of angle problem: its numbers, its steps, its wording; `many` as for a `Kind`."""

    draw: Callable[[random.Random], Mapping[str, int]]
    steps: tuple[str, ...]
    wording: Wording
    many: bool = True


def _two(rng: random.Random) -> Mapping[str, int]:
    first = between(rng, 12, 130)
    return {"first angle": first, "second angle": between(rng, 10, 168 - first)}


def _three(rng: random.Random) -> Mapping[str, int]:
    """Three angles of a convex quadrilateral; the fourth is between 10 and 175 degrees."""
    first, second = between(rng, 40, 150), between(rng, 40, 150)
    low, high = max(20, 185 - first - second), min(170, 350 - first - second)
    return {"first angle": first, "second angle": second, "other angle": between(rng, low, high)}


def _outside(rng: random.Random) -> Mapping[str, int]:
    outer = between(rng, 40, 168)
    return {"outer angle": outer, "second angle": between(rng, 10, outer - 10)}


def _bisected(rng: random.Random) -> Mapping[str, int]:
    half = between(rng, 6, 60)
    return {"first angle": 2 * half, "second angle": between(rng, 10, 170 - 2 * half)}


def _split(rng: random.Random) -> Mapping[str, int]:
    """The apex of an isosceles triangle, and an angle below its base angles."""
    half_apex = between(rng, 10, 70)
    return {"apex angle": 2 * half_apex, "second angle": between(rng, 5, 90 - half_apex - 5)}


ANGLES: dict[str, Angle] = {
    "third angle": Angle(
        _two,
        ("known angles = first angle + second angle", "last angle = straight angle - known angles"),
        Wording(
            seen=(
                "Of the angles of a triangle, some are known: {first angle} degrees and {second angle} degrees.|How "
                "large is the remaining angle in degrees?",
                "In triangle ABC the angle at A is {first angle} degrees and the angle at B is {second angle} degrees."
                "|What is the angle at C in degrees?",
                "A triangle has an angle of {first angle} degrees and an angle of {second angle} degrees.|Find its "
                "third angle in degrees.",
                "A triangle ABC has angles of {first angle} degrees at A and {second angle} degrees at B.|How many "
                "degrees does the angle at C have?",
            ),
            unseen=(
                "At the corners P and Q of a triangle PQR there are angles of {first angle} degrees and {second angle} "
                "degrees.|Work out the angle at R in degrees.",
                "In a triangular sail the lower corners have angles of {first angle} degrees and {second angle} "
                "degrees.|How many degrees are left for the angle at the top?",
            ),
            turned=(
                "In triangle ABC the angle at B is {second angle} degrees and the angle at A is {first angle} degrees."
                "|What is the angle at C in degrees?",
                "What is the third angle, in degrees, of a triangle with an angle of {second angle} degrees and an "
                "angle of {first angle} degrees?",
            ),
        ),
    ),
    "base angle": Angle(
        lambda rng: {"apex angle": 2 * between(rng, 5, 84)},
        ("rest = straight angle - apex angle", "base angle = rest / equal angles"),
        Wording(
            seen=(
                "In an isosceles triangle the angle between the equal sides is {apex angle} degrees.|How large is "
                "each of the other angles in degrees?",
                "An isosceles triangle has an angle of {apex angle} degrees at its apex.|What is a base angle in "
                "degrees?",
                "The equal sides of an isosceles triangle meet at {apex angle} degrees.|Find a base angle in degrees.",
                "The apex angle of an isosceles triangle is {apex angle} degrees.|How many degrees does each base "
                "angle have?",
            ),
            unseen=(
                "The top of a symmetric gable has an angle of {apex angle} degrees.|Work out, in degrees, the equal "
                "angles at the foot of the triangular gable.",
                "Sides of equal length enclose {apex angle} degrees in a triangle.|How many degrees are left for each "
                "of the other corners?",
            ),
        ),
        many=False,
    ),
    "apex angle": Angle(
        lambda rng: {"base angle": between(rng, 6, 84)},
        ("base angles = base angle + base angle", "apex angle = straight angle - base angles"),
        Wording(
            seen=(
                "In an isosceles triangle each of the equal angles is {base angle} degrees.|How large is the other "
                "angle in degrees?",
                "An isosceles triangle has base angles of {base angle} degrees.|What is its apex angle in degrees?",
                "A base angle of an isosceles triangle is {base angle} degrees.|Find the angle between its equal "
                "sides in degrees.",
                "The base angles of an isosceles triangle are {base angle} degrees each.|How many degrees does the "
                "angle at its apex have?",
            ),
            unseen=(
                "At the foot of a symmetric triangular gable both angles are {base angle} degrees.|Work out the angle "
                "at the top in degrees.",
                "The sides of equal length of a triangle both make {base angle} degrees with its base.|How many "
                "degrees lie between them?",
            ),
        ),
        many=False,
    ),
    "fourth angle": Angle(
        _three,
        ("known angles = first angle + second angle + other angle", "last angle = full turn - known angles"),
        Wording(
            seen=(
                "A quadrilateral has angles of {first angle}, {second angle} and {other angle} degrees.|How large is "
                "its remaining angle in degrees?",
                "In quadrilateral ABCD the angles at A, B and C are {first angle}, {second angle} and {other angle} "
                "degrees.|What is the angle at D in degrees?",
                "The known angles of a quadrilateral are {first angle} degrees, {second angle} degrees and {other "
                "angle} degrees.|Find the fourth angle in degrees.",
                "A quadrilateral ABCD has {first angle} degrees at A, {second angle} degrees at B and {other angle} "
                "degrees at C.|How many degrees does it have at D?",
            ),
            unseen=(
                "The corners P, Q and R of a quadrilateral PQRS have {first angle}, {second angle} and {other angle} "
                "degrees.|Work out the angle at S in degrees.",
                "A four-sided window pane has corners of {first angle}, {second angle} and {other angle} degrees.|How "
                "many degrees are left for the last corner?",
            ),
            turned=(
                "In quadrilateral ABCD the angles at C, B and A are {other angle}, {second angle} and {first angle} "
                "degrees.|What is the angle at D in degrees?",
                "What is the fourth angle, in degrees, of a quadrilateral with angles of {second angle}, {other "
                "angle} and {first angle} degrees?",
            ),
        ),
    ),
    "polygon angles": Angle(
        lambda rng: {"sides": between(rng, 5, 40)},
        ("triangles = sides - ends of a side", "angle sum = triangles * straight angle"),
        Wording(
            seen=(
                "A polygon has {sides} sides.|What is the sum of its interior angles in degrees?",
                "A convex polygon has {sides} corners.|How many degrees do its interior angles add up to?",
                "Somebody draws a polygon with {sides} sides.|Find the sum of its interior angles in degrees.",
                "The interior angles of a polygon with {sides} sides are added.|How many degrees is that?",
            ),
            unseen=(
                "A stamp has the shape of a polygon with {sides} edges.|Work out, in degrees, the sum of all its "
                "interior angles.",
                "Someone walks the rim of a polygon of {sides} sides and adds up its interior angles.|How many "
                "degrees is the total?",
            ),
        ),
        many=False,
    ),
    "remote angle": Angle(
        _outside,
        (
            "inner angle = straight angle - outer angle",
            "known angles = inner angle + second angle",
            "last angle = straight angle - known angles",
        ),
        Wording(
            seen=(
                "A triangle has an exterior angle of {outer angle} degrees at A and an interior angle of {second "
                "angle} degrees at B.|What is its interior angle at C in degrees?",
                "At corner A of a triangle ABC the exterior angle is {outer angle} degrees; the interior angle at B is "
                "{second angle} degrees.|How large is the interior angle at C in degrees?",
                "The exterior angle at A of a triangle ABC is {outer angle} degrees, and its interior angle at B is "
                "{second angle} degrees.|Find the interior angle at C in degrees.",
                "Next to the interior angle at A of a triangle ABC, on a straight line, lies an angle of {outer angle} "
                "degrees; the angle of the triangle at B is {second angle} degrees.|How many degrees does its angle "
                "at C have?",
            ),
            unseen=(
                "A side of triangle PQR, made longer beyond P, makes {outer angle} degrees with the other side at P; "
                "at Q the triangle has {second angle} degrees.|Work out its angle at R in degrees.",
                "Outside a triangle PQR the angle at P is {outer angle} degrees, inside it the angle at Q is {second "
                "angle} degrees.|How many degrees does it have inside at R?",
            ),
            turned=(
                "The interior angle at B of a triangle ABC is {second angle} degrees, and its exterior angle at A is "
                "{outer angle} degrees.|Find the interior angle at C in degrees.",
                "A triangle has an interior angle of {second angle} degrees at B and an exterior angle of {outer "
                "angle} degrees at A.|What is its interior angle at C in degrees?",
            ),
        ),
    ),
    "bisector": Angle(
        _bisected,
        (
            "angle part = first angle / equal parts",
            "known angles = angle part + second angle",
            "angle at the foot = straight angle - known angles",
        ),
        Wording(
            seen=(
                "In triangle ABC the angle at A is {first angle} degrees and the angle at B is {second angle} "
                "degrees. The bisector of the angle at A meets BC in D.|How large is the angle ADB in degrees?",
                "A triangle ABC has angles of {first angle} degrees at A and {second angle} degrees at B, and D is the "
                "point of BC on the bisector of the angle at A.|What is the angle ADB in degrees?",
                "In triangle ABC, with {first angle} degrees at A and {second angle} degrees at B, the line that "
                "halves the angle at A meets the side BC in D.|Find the angle ADB in degrees.",
                "The angle at A of triangle ABC is {first angle} degrees, that at B is {second angle} degrees. From A "
                "a line to D on BC cuts the angle at A into equal halves.|How many degrees does the angle ADB have?",
            ),
            unseen=(
                "A line from P halves the angle at P of a triangle PQR and meets QR in S; the angles at P and Q were "
                "{first angle} and {second angle} degrees.|Work out the angle PSQ in degrees.",
                "In triangle PQR the angles at P and Q are {first angle} and {second angle} degrees, and S is where "
                "the bisector from P reaches QR.|How many degrees does the angle PSQ have?",
            ),
            turned=(
                "In triangle ABC the angle at B is {second angle} degrees and the angle at A is {first angle} "
                "degrees. The bisector of the angle at A meets BC in D.|How large is the angle ADB in degrees?",
                "A triangle ABC has angles of {second angle} degrees at B and {first angle} degrees at A, and D is the "
                "point of BC on the bisector of the angle at A.|What is the angle ADB in degrees?",
            ),
        ),
    ),
    "joined triangles": Angle(
        _split,
        (
            "rest = straight angle - apex angle",
            "base angle = rest / equal angles",
            "outer angle = straight angle - base angle",
            "known angles = outer angle + second angle",
            "last angle = straight angle - known angles",
        ),
        Wording(
            seen=(
                "Triangle ABC is isosceles with AB equal to AC and an angle of {apex angle} degrees at A. The side BC "
                "is made longer beyond C to D, and the angle CAD is {second angle} degrees.|What is the angle ADC in "
                "degrees?",
                "In triangle ABC the sides AB and AC are equal and the angle at A is {apex angle} degrees. D lies on "
                "BC made longer beyond C, and the angle CAD is {second angle} degrees.|How large is the angle ADC in "
                "degrees?",
                "An isosceles triangle ABC has an angle of {apex angle} degrees between its equal sides AB and AC. D "
                "is on the ray from B through C, beyond C, with an angle CAD of {second angle} degrees.|Find the "
                "angle ADC in degrees.",
                "The equal sides AB and AC of a triangle enclose {apex angle} degrees. On the line BC, beyond C, lies "
                "D, and the angle CAD is {second angle} degrees.|How many degrees does the angle ADC have?",
            ),
            unseen=(
                "The sides PQ and PR of triangle PQR are equal and enclose {apex angle} degrees. Beyond R on the line "
                "QR lies S, with {second angle} degrees for the angle RPS.|Work out the angle PSR in degrees.",
                "In triangle PQR, PQ and PR are of the same length and the angle at P is {apex angle} degrees; S is "
                "on QR made longer beyond R, and the angle RPS is {second angle} degrees.|How many degrees does the "
                "angle PSR have?",
            ),
            turned=(
                "D lies on the side BC of triangle ABC, made longer beyond C, and the angle CAD is {second angle} "
                "degrees. The sides AB and AC are equal, and the angle at A of triangle ABC is {apex angle} "
                "degrees.|How large is the angle ADC in degrees?",
                "The angle CAD is {second angle} degrees, where D is on the ray from B through C, beyond C; triangle "
                "ABC is isosceles with AB equal to AC and {apex angle} degrees between them.|Find the angle ADC in "
                "degrees.",
            ),
        ),
    ),
    "mean angle": Angle(
        lambda rng: {"sides": between(rng, 3, 60)},
        (
            "triangles = sides - ends of a side",
            "angle sum = triangles * straight angle",
            "angle = angle sum / sides",
        ),
        Wording(
            seen=(
                "A regular polygon has {sides} sides.|How large is each of its interior angles in degrees, as a whole "
                "number or a fraction?",
                "All sides and all angles of a polygon with {sides} corners are equal.|What is one interior angle in "
                "degrees, as a whole number or a fraction?",
                "Somebody draws a regular polygon with {sides} sides.|Find an interior angle of it in degrees, as a "
                "whole number or a fraction.",
                "The interior angles of a regular polygon with {sides} sides are all equal.|How many degrees does "
                "each have? Give a whole number or a fraction.",
            ),
            unseen=(
                "A stamp has the shape of a regular polygon with {sides} edges.|Work out, in degrees, the angle "
                "inside one of its corners, as a whole number or a fraction.",
                "A regular polygon is cut from paper and has {sides} sides.|How many degrees lie inside at each "
                "corner? Give a whole number or a fraction.",
            ),
        ),
        many=False,
    ),
}  # fmt: skip
