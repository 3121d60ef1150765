"""What geometry asks for: sizes, prices, circles, and what is left of a plot."""

from __future__ import annotations

from dataclasses import dataclass

from .sketches import Pools, Wording

POOLS: Pools = {
    "place": (
        ("garden", "meadow", "courtyard", "field", "playground", "park"),
        ("lawn", "vineyard", "deck", "campsite", "pasture", "sports ground"),
    ),
    "solid": (
        ("block", "weight", "stone", "brick", "candle", "pedestal"),
        ("paperweight", "casting", "plinth", "wedge", "slab", "chunk"),
    ),
    "tall": (("tree", "tower", "church", "crane"), ("lighthouse", "chimney", "mast", "windmill")),
    "person": (
        ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida"),
        ("Noor", "Otto", "Yuki", "Pavel", "Carmen", "Hugo", "Selma", "Kofi"),
    ),
}

GEOMETRY_DISTRACTORS = (
    "{person} measured all this within {number} minutes.",
    "It took {person} {number} minutes to draw this.",
    "{person} has {number} more tasks like this to do.",
)


@dataclass(frozen=True, slots=True)
class Price:
    """What each unit of a measure costs or weighs: its name, the result's name, what is said, what is asked."""

    name: str
    result: str
    facts: Wording
    ask: Wording


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that shapes have.

    Attributes:
        way: the key of `Shape.ways`.
        part: what it is called in the steps.
        thing: what a shape is called in the steps.
        ask, ask_all: the question about one shape, and about several.
        last: a last step, with a placeholder for what was found before.
        price: what a unit of it costs, where that can be asked.
    """

    way: str
    part: str
    thing: str
    ask: Wording
    ask_all: Wording
    last: str = ""
    price: Price | None = None


_TURF = Price(
    "turf price",
    "cost",
    Wording(
        seen=(
            "Turf costs {turf price} euros per square metre.",
            "A square metre of turf costs {turf price} euros.",
            "For each square metre of turf {person} pays {turf price} euros.",
            "The price of turf is {turf price} euros per square metre.",
        ),
        unseen=(
            "Whoever buys turf pays {turf price} euros for a square metre.",
            "Turf is sold to {person} at {turf price} euros a square metre.",
        ),
    ),
    Wording(
        seen=(
            "How many euros does turf for all of that cost?",
            "What does it cost, in euros, to cover all of that with turf?",
        ),
        unseen=("Work out the cost, in euros, of the turf that covers it all.",),
    ),
)
_LEFT_TURF = Price(
    "turf price",
    "cost",
    _TURF.facts,
    Wording(
        seen=(
            "How many euros does turf for the rest of the {place} cost?",
            "What does it cost, in euros, to cover what remains of the {place} with turf?",
        ),
        unseen=("Work out the cost, in euros, of the turf for the rest of the {place}.",),
    ),
)
_FENCE = Price(
    "fence price",
    "cost",
    Wording(
        seen=(
            "Fence costs {fence price} euros per metre.",
            "A metre of fence costs {fence price} euros.",
            "For each metre of fence {person} pays {fence price} euros.",
            "The price of fence is {fence price} euros per metre.",
        ),
        unseen=(
            "Whoever buys fence pays {fence price} euros for a metre.",
            "Fence is sold to {person} at {fence price} euros a metre.",
        ),
    ),
    Wording(
        seen=(
            "How many euros does it cost to fence all of that in?",
            "What does it cost, in euros, to put a fence round all of that?",
        ),
        unseen=("Work out the cost, in euros, of fencing it all in.",),
    ),
)
_MASS = Price(
    "density",
    "mass",
    Wording(
        seen=(
            "A cubic cm of the material has a mass of {density} grams.",
            "The material has a density of {density} grams per cubic cm.",
            "Everything is made of a material of {density} grams per cubic cm, without any hollow inside.",
            "Each cubic cm of the material weighs {density} grams.",
        ),
        unseen=(
            "The material, which fills everything, weighs {density} grams for a cubic cm.",
            "It is all solid, of a material with {density} grams to the cubic cm.",
        ),
    ),
    Wording(
        seen=(
            "How many grams does all of that weigh?",
            "What is the mass of all of that in grams?",
        ),
        unseen=("Work out the weight of it all in grams.",),
    ),
)

_AREA = Wording(
    seen=("What is the area of the {place} in square metres?", "How many square metres does the {place} have?"),
    unseen=("Work out, in square metres, how large the {place} is.",),
)
_PI = "Give a multiple of pi."

MEASURES: dict[str, Measure] = {
    "area": Measure(
        "area",
        "area",
        "plot",
        _AREA,
        Wording(
            seen=("What is their total area in square metres?", "How many square metres do they have together?"),
            unseen=("Work out, in square metres, how large they are together.",),
        ),
        price=_TURF,
    ),
    "perimeter": Measure(
        "perimeter",
        "perimeter",
        "plot",
        Wording(
            seen=("What is the perimeter of the {place} in metres?", "How many metres is it all the way round the "
                                                                     "{place}?"),
            unseen=("Work out, in metres, how long the rim of the {place} is.",),
        ),
        Wording(
            seen=("How many metres do their perimeters add up to?", "What is the sum of their perimeters in metres?"),
            unseen=("Work out, in metres, how long all their rims are together.",),
        ),
        price=_FENCE,
    ),
    "volume": Measure(
        "volume",
        "volume",
        "solid",
        Wording(
            seen=("What is the volume of the {solid} in cubic cm?", "How many cubic cm does the {solid} fill?"),
            unseen=("Work out, in cubic cm, how much space the {solid} takes up.",),
        ),
        Wording(
            seen=("What is their total volume in cubic cm?", "How many cubic cm do they fill together?"),
            unseen=("Work out, in cubic cm, how much space they take up together.",),
        ),
        price=_MASS,
    ),
    "surface": Measure(
        "surface",
        "surface",
        "solid",
        Wording(
            seen=("What is the area of the whole surface of the {solid} in square cm?",
                  "How many square cm does the surface of the {solid} have, all faces included?"),
            unseen=("Work out, in square cm, how large all faces of the {solid} are together.",),
        ),
        Wording(
            seen=("What is the total area of their surfaces in square cm?",
                  "How many square cm do their surfaces have together, all faces included?"),
            unseen=("Work out, in square cm, how large all their faces are together.",),
        ),
    ),
    "round area": Measure(
        "area",
        "square",
        "plot",
        Wording(
            seen=(f"What is the area of the {{place}} in square metres? {_PI}",
                  f"How many square metres does the {{place}} have? {_PI}"),
            unseen=("Work out, as a multiple of pi, how many square metres the {place} has.",),
        ),
        Wording(
            seen=(f"What is their total area in square metres? {_PI}",
                  f"How many square metres do they have together? {_PI}"),
            unseen=("Work out, as a multiple of pi, how many square metres they have together.",),
        ),
        last="area = pi * {}",
    ),
    "round volume": Measure(
        "volume",
        "part",
        "solid",
        Wording(
            seen=(f"What is the volume of the {{solid}} in cubic cm? {_PI}",
                  f"How many cubic cm does the {{solid}} fill? {_PI}"),
            unseen=("Work out, as a multiple of pi, how many cubic cm the {solid} takes up.",),
        ),
        Wording(
            seen=(f"What is their total volume in cubic cm? {_PI}",
                  f"How many cubic cm do they fill together? {_PI}"),
            unseen=("Work out, as a multiple of pi, how many cubic cm they take up together.",),
        ),
        last="volume = pi * {}",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cut:
    """A part that lies in a rectangle and is left out; `equal` where both its sides are "across"."""

    step: str
    facts: Wording
    equal: bool = False


CUTS = (
    Cut(
        "cut = across * along",
        Wording(
            seen=(
                "In the {place} lies a rectangular pond of {across} m by {along} m.",
                "A rectangular pond, {across} m long and {along} m wide, takes up a part of the {place}.",
            ),
            unseen=("Some of the {place} is under water: a rectangular pond of {across} m by {along} m.",),
        ),
    ),
    Cut(
        "cut = square(across)",
        Wording(
            seen=(
                "In the {place} stands a square building with sides of {across} m.",
                "A square building, {across} m along each side, takes up a part of the {place}.",
            ),
            unseen=("Some of the {place} is built over by a square building with sides of {across} m.",),
        ),
        equal=True,
    ),
    Cut(
        "cut = across * along / triangle divisor",
        Wording(
            seen=(
                "In the {place} is a triangular flower bed with a base of {across} m and a height of {along} m.",
                "A triangular flower bed, {across} m along its base and {along} m high, takes up a part of the "
                "{place}.",
            ),
            unseen=(
                "Some of the {place} is a flower bed, a triangle with a base of {across} m and a height of {along} m.",
            ),
        ),
    ),
)
REMAINING = Measure(
    "area",
    "area",
    "plot",
    Wording(
        seen=(
            "What is the area of the rest of the {place} in square metres?",
            "How many square metres of the {place} remain?",
        ),
        unseen=("Work out, in square metres, how large the rest of the {place} is.",),
    ),
    Wording(("",), ("",)),
    price=_LEFT_TURF,
)
