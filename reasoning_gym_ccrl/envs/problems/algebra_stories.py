"""Wordings of the family "algebra": bare equations and systems, numbers that are thought of, and small stories.

"|" stands between the sentences of a story, the question last; a fact that does not matter may go before it. {x} and
{y} are the unknowns' letters, {k} a result, {n0}, {n1}, … the numbers of a chain from the inside out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .algebra_steps import Wordings

EQUATION = Wordings(
    (
        "Solve for {x}: {equation}.",
        "Solve the equation {equation} for {x}.",
        "What is {x} if {equation}?",
        "Find the value of {x} for which {equation}.",
        "Which number is {x} when {equation}?",
    ),
    (
        "The equation {equation} holds for exactly one {x}. Find it.",
        "Given that {equation}, determine {x}.",
    ),
)

SYSTEM = Wordings(
    (
        "Solve the system {equations} for {unknowns}.",
        "Find {unknowns} if {equations}.",
        "What are {unknowns} if {equations}?",
        "Solve for {unknowns}: {equations}.",
        "Find the values of {unknowns} for which {equations}.",
    ),
    (
        "All of these equations hold: {equations}. Determine {unknowns}.",
        "Given that {equations}, work out {unknowns}.",
    ),
)

THOUGHT_OF = Wordings(
    (
        "I think of a number {x}.|I {orders}.|The result is {k}.|What is {x}?",
        "Take a number {x}, {orders}, and you get {k}.|What is {x}?",
        "Start with a number {x}.|Now {orders}.|You end with {k}.|Find {x}.",
        "If you take a number {x}, {orders}, the result is {k}.|Which number is {x}?",
    ),
    (
        "A machine is fed with a number {x}.|Its orders are: {orders}.|Out comes {k}.|Which number was {x}?",
        "Someone gives me a number {x}.|I {orders}.|That leaves me with {k}.|Which number was {x}?",
    ),
)

FIRST_ORDERS: Mapping[str, str] = {
    "*": "multiply it by {}",
    "/": "divide it by {}",
    "+": "add {} to it",
    "-": "subtract {} from it",
    "r": "subtract it from {}",
}
LATER_ORDERS: Mapping[str, str] = {
    "*": "multiply the result by {}",
    "/": "divide the result by {}",
    "+": "add {}",
    "-": "subtract {}",
    "r": "subtract the result from {}",
}

CHAIN_STORIES: Mapping[str, Wordings] = {
    "+": Wordings(
        (
            "{person} has {x} stamps and gets {n0} more.|Now there are {k} stamps.|What is {x}?",
            "There are {x} people on a bus.|At a stop {n0} people get on, and nobody gets off.|"
            "Then {k} people are on the bus.|Find {x}.",
        ),
        ("A parcel weighs {x} grams.|With {n0} grams of packing it weighs {k} grams.|What is {x}?",),
    ),
    "-": Wordings(
        (
            "{person} has {x} dollars and spends {n0} of them.|Then {k} dollars are left.|What is {x}?",
            "Of {x} eggs, {n0} break and {k} stay whole.|Find {x}.",
        ),
        ("A rope is {x} metres long.|Once {n0} metres are cut off, {k} metres are left.|What is {x}?",),
    ),
    "*": Wordings(
        (
            "{person} fills {n0} boxes with {x} pens each.|That takes {k} pens.|What is {x}?",
            "A ticket costs {x} dollars, and {n0} tickets cost {k} dollars.|Find {x}.",
        ),
        ("On each of {n0} days {person} reads {x} pages, {k} pages in all.|What is {x}?",),
    ),
    "/": Wordings(
        (
            "{person} shares {x} plums equally among {n0} friends.|Each of them gets {k} plums.|What is {x}?",
            "A string of {x} cm is cut into {n0} equal pieces.|Each piece is {k} cm long.|Find {x}.",
        ),
        ("A class of {x} pupils splits into {n0} equal teams with {k} pupils each.|What is {x}?",),
    ),
    "*+": Wordings(
        (
            "A taxi costs {n1} dollars to begin with and {n0} dollars for each mile.|"
            "A ride of {x} miles costs {k} dollars.|Find {x}.",
            "{person} has {n1} dollars and saves {n0} dollars a week.|"
            "After {x} weeks {person} has {k} dollars.|What is {x}?",
            "A plant is {n1} cm tall and grows {n0} cm a week.|After {x} weeks it is {k} cm tall.|What is {x}?",
        ),
        (
            "A club takes {n1} dollars for joining and {n0} dollars for each visit.|"
            "Joining and {x} visits cost {k} dollars.|What is {x}?",
            "A pool holds {n1} litres, and a tap adds {n0} litres a minute.|"
            "After {x} minutes it holds {k} litres.|Find {x}.",
        ),
    ),
    "*-": Wordings(
        (
            "{person} earns {n0} dollars an hour and pays {n1} dollars for the train.|"
            "Of the pay for {x} hours, {k} dollars are left.|What is {x}?",
            "{person} sells {x} cakes at {n0} dollars each.|The stall costs {n1} dollars, so {k} dollars remain.|"
            "Find {x}.",
        ),
        ("From {x} rolls of {n0} metres each, {n1} metres of tape are used.|There are {k} metres left.|What is {x}?",),
    ),
    "*r": Wordings(
        (
            "A candle is {n1} mm tall and burns down by {n0} mm a minute.|After {x} minutes it is {k} mm tall.|"
            "Find {x}.",
            "A tank holds {n1} litres and loses {n0} litres an hour.|After {x} hours it holds {k} litres.|What is {x}?",
        ),
        ("Of {n1} pages {person} reads {n0} a day.|After {x} days {k} pages are left.|What is {x}?",),
    ),
    "+*": Wordings(
        (
            "Each of {n1} bags holds {x} apples and {n0} pears.|That is {k} pieces of fruit in all.|Find {x}.",
            "A meal costs {x} dollars and a drink {n0} dollars.|For {n1} people, with a meal and a drink each, "
            "that is {k} dollars.|What is {x}?",
        ),
        (
            "Each of {n1} parcels holds a vase of {x} grams in {n0} grams of packing.|Together they weigh {k} grams.|"
            "What is {x}?",
        ),
    ),
    "-*": Wordings(
        (
            "A shirt costs {x} dollars, but {n0} dollars are taken off each.|Now {n1} shirts cost {k} dollars.|"
            "Find {x}.",
            "{person} packs {n1} crates with {x} jars each, but finds {n0} broken jars in every crate.|"
            "The crates hold {k} whole jars.|What is {x}?",
        ),
        (
            "Each of {n1} workers is paid {x} dollars, of which {n0} dollars go to tax.|"
            "Together they keep {k} dollars.|What is {x}?",
        ),
    ),
}

PLANS = Wordings(
    (
        "{person} has {c} dollars and saves {a} dollars a week.|{other} has {d} dollars and saves {b} dollars a week.|"
        "After {x} weeks both have the same amount.|What is {x}?",
        "One tank holds {c} litres and gains {a} litres a minute.|Another holds {d} litres and gains {b} litres a "
        "minute.|After {x} minutes they hold the same amount.|Find {x}.",
        "One gym costs {c} dollars to join and {a} dollars a month.|"
        "Another costs {d} dollars to join and {b} dollars a "
        "month.|For {x} months both cost the same.|What is {x}?",
        "A bamboo is {c} cm tall and grows {a} cm a day.|A vine is {d} cm tall and grows {b} cm a day.|"
        "After {x} days they are equally tall.|Find {x}.",
    ),
    (
        "A cyclist is {c} km from home and rides {a} km further away each hour.|A driver is {d} km from home and gets "
        "{b} km further away each hour.|After {x} hours both are equally far from home.|What is {x}?",
        "A hall can be rented for {c} dollars plus {a} dollars a guest, or for {d} dollars plus {b} dollars a guest.|"
        "With {x} guests it makes no difference.|Find {x}.",
    ),
)


@dataclass(frozen=True, slots=True)
class PairStory:
    """A story of two unknowns.

    Attributes:
        givens: names of its numbers: for each equation the coefficients that are said, then the constant.
        wordings: with {a}, {b}, {c} for coefficients and constant of the first equation, {d}, {e}, {f} of the second.
        things: pairs of things, one and many, for {one}, {many}, {one2}, {many2}; empty where there are none.
    """

    givens: tuple[tuple[str, ...], tuple[str, ...]]
    wordings: Wordings
    things: tuple[tuple[str, str, str, str], ...] = ()


_GOODS = (
    ("pen", "pens", "ruler", "rulers"),
    ("plum", "plums", "melon", "melons"),
    ("card", "cards", "stamp", "stamps"),
    ("bun", "buns", "cake", "cakes"),
    ("cup", "cups", "plate", "plates"),
)

PAIR_STORIES: Mapping[str, PairStory] = {
    "sum and difference": PairStory(
        (("sum",), ("difference",)),
        Wordings(
            (
                "The numbers {x} and {y} add up to {c}.|The first, {x}, is {f} more than {y}.|Find {x} and {y}.",
                "{person} and {other} own {c} books together.|{person} owns {x} and {other} {y}, which is {f} fewer.|"
                "What are {x} and {y}?",
                "A board of {c} cm is cut in two.|The longer piece has {x} cm, the shorter {y} cm, and the difference "
                "is "
                "{f} cm.|Find {x} and {y}.",
                "At a school vote {c} pupils say yes or no.|There are {x} for yes and {y} for no, so yes wins by {f} "
                "votes.|What are {x} and {y}?",
            ),
            (
                "Two jars hold {c} beads in all, one {x} and the other {y}.|The first has {f} beads more than the "
                "second.|Determine {x} and {y}.",
                "{person} is {x} years old, {other} {y}.|Their ages make {c} together, and {person} is {f} years "
                "older.|Work out {x} and {y}.",
            ),
        ),
    ),
    "prices": PairStory(
        (("count",), ("price A", "price B", "cost")),
        Wordings(
            (
                "{person} buys {x} {many} and {y} {many2}, {c} things in all.|"
                "A {one} costs {d} dollars and a {one2} {e} "
                "dollars.|{person} pays {f} dollars.|Find {x} and {y}.",
                "A shop sells {x} {many} at {d} dollars each and {y} {many2} at {e} dollars each.|"
                "That is {c} things for "
                "{f} dollars.|What are {x} and {y}?",
                "In a box are {c} things: {x} {many} and {y} {many2}.|"
                "A {one} weighs {d} grams, a {one2} {e} grams, and "
                "all together {f} grams.|Find {x} and {y}.",
                "For a fair {person} brings {x} {many} and {y} {many2}, which makes {c} things.|At {d} dollars a {one} "
                "and {e} dollars a {one2} they bring in {f} dollars.|What are {x} and {y}?",
            ),
            (
                "A quiz has {c} questions.|{person} gets {d} points for each of {x} easy ones and {e} points for each "
                "of "
                "{y} hard ones, {f} points in all.|All questions are answered.|Determine {x} and {y}.",
                "In a car park stand {c} vehicles.|Each of {x} has {d} wheels, each of the other {y} has {e} wheels, "
                "and "
                "there are {f} wheels in all.|Work out {x} and {y}.",
            ),
        ),
        _GOODS,
    ),
    "two purchases": PairStory(
        (("amount A", "amount B", "cost A"), ("amount C", "amount D", "cost B")),
        Wordings(
            (
                "A {one} costs {x} dollars and a {one2} {y} dollars.|{person} pays {c} dollars for {a} {many} and {b} "
                "{many2}.|{other} pays {f} dollars for {d} {many} and {e} {many2}.|Find {x} and {y}.",
                "The cost of {a} {many} and {b} {many2} is {c} dollars.|That of {d} {many} and {e} {many2} is {f} "
                "dollars.|A {one} costs {x} dollars, a {one2} {y} dollars.|What are {x} and {y}?",
                "A {one} weighs {x} grams and a {one2} {y} grams.|With {a} {many} and {b} {many2} a scale shows {c} "
                "grams.|With {d} {many} and {e} {many2} it shows {f} grams.|Find {x} and {y}.",
                "One bag with {a} {many} and {b} {many2} costs {c} dollars.|Another, with {d} {many} and {e} {many2}, "
                "costs {f} dollars.|What are the prices {x} of a {one} and {y} of a {one2} in dollars?",
            ),
            (
                "Let a {one} cost {x} dollars and a {one2} {y} dollars.|"
                "The bill for {a} {many} and {b} {many2} says {c} "
                "dollars, that for {d} {many} and {e} {many2} says {f} dollars.|Determine {x} and {y}.",
                "On a shelf {a} {many} and {b} {many2} take up {c} cm.|On the next, {d} {many} and {e} {many2} take up "
                "{f} cm.|A {one} takes up {x} cm and a {one2} {y} cm.|Work out {x} and {y}.",
            ),
        ),
        _GOODS,
    ),
}

DISTRACTORS = (
    "{friend} is {number} years old.",
    "{friend} solved a puzzle like this in {number} minutes.",
    "The page with this puzzle has the number {number}.",
    "There are {number} such puzzles in the book.",
    "{friend} has read this puzzle {number} times.",
)
