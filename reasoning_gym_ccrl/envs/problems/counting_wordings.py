"""How choices are put into words: who takes part, and what is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .sketch_parts import Part
from .sketches import Pools, Wording

POOLS: Pools = {
    "person": (
        ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida"),
        ("Noor", "Otto", "Yuki", "Pavel", "Carmen", "Hugo", "Selma", "Kofi"),
    ),
    "thing": (
        ("books", "films", "songs", "games", "cards", "photos", "stamps", "shells"),
        ("comics", "puzzles", "badges", "posters", "maps", "masks"),
    ),
    "colour": (
        ("red", "blue", "green", "white", "black", "yellow"),
        ("purple", "violet", "pink", "brown", "grey", "silver"),
    ),
}

CHOICE_DISTRACTORS = (
    "{person} has lived in this town for {number} years.",
    "The house of {person} has the number {number}.",
    "A cousin of {person} is {number} years old.",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice: how it is drawn, the steps it takes, what is said, and what is asked when it stands alone."""

    draw: Callable[..., Part]
    steps: tuple[int, ...]
    facts: Wording
    ask: Wording
    joins: bool = True  # whether it can be one of several choices


WAYS = Wording(
    seen=(
        "In how many ways can this be done?",
        "How many ways are there to do this?",
        "How many possibilities are there?",
        "In how many different ways is that possible?",
    ),
    unseen=("How many different results can this have?", "Count the ways in which this can go."),
)
ALL_WAYS = Wording(
    seen=(
        "In how many ways can all of this be done?",
        "How many ways are there to do all of this?",
        "All of this is done, each thing independently of the others. How many possibilities are there?",
        "How many different outcomes does all of this have together?",
    ),
    unseen=(
        "Everything mentioned takes place. How many combined outcomes are possible?",
        "Count the ways in which all of these things can happen together.",
    ),
)
EITHER_WAY = Wording(
    seen=(
        "Only one of these things is going to be done. How many possibilities are there in all?",
        "If exactly one of these things is done, in how many ways can that be?",
        "Just one of these things will happen, and it is not known which. How many possible outcomes are there?",
        "Exactly one of these things is done, and nothing else is. In how many ways is that possible?",
    ),
    unseen=(
        "A single one of these plans is carried out. How many outcomes are there in total?",
        "One plan, and no more, becomes real. Count all the ways in which that can go.",
    ),
)
CODES = Wording(
    seen=("How many different codes are possible?", "How many codes are there?", "In how many ways can this be done?"),
    unseen=("What is the number of possible codes?", "Count the codes that are possible."),
)
PATHS = Wording(
    seen=(
        "How many different ways can {person} take?",
        "How many such ways are there?",
        "How many routes are possible?",
    ),
    unseen=("What is the number of possible routes?", "Count the routes that {person} can take."),
)
HANDSHAKES = Wording(
    seen=("How many handshakes is that?", "How many handshakes are there in all?", "How often are hands shaken?"),
    unseen=("What is the total number of handshakes?", "Count the handshakes."),
)
COMMITTEES = Wording(
    seen=(
        "How many different choices are possible?",
        "In how many ways can this be done?",
        "How many ways are there to do this?",
    ),
    unseen=("What is the number of possible choices?", "Count the choices that {person} has."),
)
