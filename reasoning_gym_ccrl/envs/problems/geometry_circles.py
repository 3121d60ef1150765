"""Questions about one circle or a sector of it; the answers are multiples of pi."""

from __future__ import annotations

from dataclasses import dataclass

from .sketches import Wording


@dataclass(frozen=True, slots=True)
class Circle:
    """A question about one circle or a sector of it."""

    steps: tuple[str, ...]
    wording: Wording
    angled: bool = False


CIRCLES: dict[str, Circle] = {
    "circle": Circle(
        ("area = pi * square(radius)",),
        Wording(
            seen=(
                "What is the area, in square cm, of a circle with a radius of {radius} cm? Give a multiple of pi.",
                "A circle has a radius of {radius} cm.|Find its area in square cm. Give a multiple of pi.",
                "The radius of a circle is {radius} cm.|How many square cm does it have, as a multiple of pi?",
                "A round plate is {radius} cm in radius.|What is its area in square cm, as a multiple of pi?",
            ),
            unseen=(
                "Compasses are opened {radius} cm wide and draw a circle.|Work out its area in square cm, as a "
                "multiple of pi.",
                "How many square cm lie within {radius} cm of a point in the plane? Answer with a multiple of pi.",
            ),
        ),
    ),
    "circumference": Circle(
        ("diameter = radius + radius", "circumference = pi * diameter"),
        Wording(
            seen=(
                "What is the circumference, in cm, of a circle with a radius of {radius} cm? Give a multiple of pi.",
                "A circle has a radius of {radius} cm.|Find its circumference in cm. Give a multiple of pi.",
                "The radius of a circle is {radius} cm.|How many cm is it round the circle, as a multiple of pi?",
                "A wheel is {radius} cm in radius.|How many cm is its rim long, as a multiple of pi?",
            ),
            unseen=(
                "Compasses are opened {radius} cm wide and draw a circle.|Work out the length of its line in cm, as a "
                "multiple of pi.",
                "How many cm does a wheel of {radius} cm in radius roll in a full turn? Answer with a multiple of pi.",
            ),
        ),
    ),
    "sector": Circle(
        ("squared radius = square(radius)", "area = pi * squared radius * angle / full turn"),
        Wording(
            seen=(
                "A sector of a circle with a radius of {radius} cm has an angle of {angle} degrees.|What is its "
                "area in "
                "square cm? Give a multiple of pi.",
                "From a round cake with a radius of {radius} cm a piece of {angle} degrees is cut.|How many "
                "square cm does "
                "the top of the piece have? Give a multiple of pi.",
                "The radius of a sector is {radius} cm, its angle {angle} degrees.|Find its area in square cm, as a "
                "multiple of pi.",
                "A hand of {radius} cm turns through {angle} degrees.|How many square cm does it sweep over, as a "
                "multiple of pi?",
            ),
            unseen=(
                "A fan that is {radius} cm long opens to {angle} degrees.|Work out its area in square cm, as a "
                "multiple of pi.",
                "On a disc with a radius of {radius} cm a sector of {angle} degrees is red.|How many square cm are "
                "red? Answer with a multiple of pi.",
            ),
            turned=(
                "A sector with an angle of {angle} degrees belongs to a circle with a radius of {radius} "
                "cm.|What is its "
                "area in square cm? Give a multiple of pi.",
                "The angle of a sector is {angle} degrees, its radius {radius} cm.|Find its area in square cm, as a "
                "multiple of pi.",
            ),
        ),
        angled=True,
    ),
    "arc": Circle(
        ("diameter = radius + radius", "arc = pi * diameter * angle / full turn"),
        Wording(
            seen=(
                "An arc of a circle with a radius of {radius} cm has an angle of {angle} degrees.|How many cm is "
                "it long? "
                "Give a multiple of pi.",
                "The tip of a hand of {radius} cm turns through {angle} degrees.|How many cm does it travel? "
                "Give a multiple of pi.",
                "The radius of an arc is {radius} cm, its angle {angle} degrees.|Find its length in cm, as a multiple "
                "of pi.",
                "A pendulum of {radius} cm swings through {angle} degrees.|How long is the way of its end in cm, as a "
                "multiple of pi?",
            ),
            unseen=(
                "A fan that is {radius} cm long opens to {angle} degrees.|Work out the length of its curved edge in "
                "cm, as a multiple of pi.",
                "A rail bends along a circle, {radius} cm in radius, through {angle} degrees.|How many cm long is it? "
                "Answer with a multiple of pi.",
            ),
            turned=(
                "An arc with an angle of {angle} degrees belongs to a circle with a radius of {radius} cm.|How "
                "many cm is it "
                "long? Give a multiple of pi.",
                "The angle of an arc is {angle} degrees, its radius {radius} cm.|Find its length in cm, as a multiple "
                "of pi.",
            ),
        ),
        angled=True,
    ),
}
