"""Wordings of the family "calculus".

{f} is the function's letter, {F} the same as a capital, {x} its variable, {e} what it is, {p} a point or the lower
limit and {q} the upper one. "|" stands between the sentences of a story, the question last.
"""

from __future__ import annotations

from collections.abc import Mapping

from .algebra_steps import Wordings

WORDINGS: Mapping[str, Wordings] = {
    "derivative": Wordings(
        (
            "Find the derivative of {f}({x}) = {e}.",
            "Differentiate {f}({x}) = {e}.",
            "What is {f}'({x}) if {f}({x}) = {e}?",
            "Let {f}({x}) = {e}. Find {f}'({x}).",
        ),
        ("Given {f}({x}) = {e}, determine {f}'({x}).", "Which function is the derivative of {f}({x}) = {e}?"),
    ),
    "slope": Wordings(
        (
            "Let {f}({x}) = {e}. What is {f}'({p})?",
            "Find {f}'({p}) if {f}({x}) = {e}.",
            "What is the slope of the tangent to the graph of {f}({x}) = {e} at {x} = {p}?",
            "Find the derivative of {f}({x}) = {e} at {x} = {p}.",
        ),
        (
            "How steep is the graph of {f}({x}) = {e} at {x} = {p}? Give its slope there.",
            "At which rate does {f}({x}) = {e} change at {x} = {p}?",
        ),
    ),
    "antiderivative": Wordings(
        (
            "Find an antiderivative of {f}({x}) = {e}.",
            "Integrate {f}({x}) = {e}.",
            "What is the indefinite integral of {f}({x}) = {e}?",
            "Let {f}({x}) = {e}. Find its antiderivative {F}({x}).",
        ),
        (
            "Which functions {F} have the derivative {f}({x}) = {e}?",
            "Given {f}({x}) = {e}, determine the integral of {f}({x}) with respect to {x}.",
        ),
    ),
    "integral": Wordings(
        (
            "Find the integral of {f}({x}) = {e} from {p} to {q}.",
            "Let {f}({x}) = {e}. Integrate {f}({x}) from {x} = {p} to {x} = {q}.",
            "What is the definite integral of {f}({x}) = {e} from {x} = {p} to {x} = {q}?",
            "Calculate the integral from {p} to {q} of {f}({x}) = {e}.",
        ),
        (
            "Between the limits {p} and {q}, what is the integral of {f}({x}) = {e}?",
            "Given {f}({x}) = {e} and an antiderivative {F}, determine {F}({q}) - {F}({p}).",
        ),
    ),
    "critical": Wordings(
        (
            "For which values of {x} is the derivative of {f}({x}) = {e} zero?",
            "Find all critical points {x} of {f}({x}) = {e}.",
            "Let {f}({x}) = {e}. Where is {f}'({x}) = 0?",
            "At which {x} does the graph of {f}({x}) = {e} have a horizontal tangent?",
        ),
        (
            "Determine every {x} at which {f}({x}) = {e} neither rises nor falls.",
            "Given {f}({x}) = {e}, name all {x} with {f}'({x}) = 0.",
        ),
    ),
    "extreme": Wordings(
        (
            "What is the {extreme} value of {f}({x}) = {e}?",
            "Find the {extreme} value that {f}({x}) = {e} takes.",
            "Let {f}({x}) = {e}. What is its {extreme} value?",
            "How {large} can {f}({x}) = {e} get?",
        ),
        (
            "Determine the {extreme} of all values of {f}({x}) = {e}.",
            "Given {f}({x}) = {e}, which value is its {extreme}?",
        ),
    ),
}

STORIES: Mapping[str, Wordings] = {
    "slope": Wordings(
        (
            "After {x} seconds a cart on a track is at position {f}({x}) = {e}, in metres.|"
            "What is its velocity, in metres "
            "per second, at {x} = {p}?",
            "The height of a balloon after {x} minutes is {f}({x}) = {e}, in metres.|"
            "How many metres per minute does it "
            "rise at {x} = {p}? Count falling as negative.",
            "After {x} hours a tank holds {f}({x}) = {e} litres more than it held at first.|"
            "At which rate, in litres per "
            "hour, does that change at {x} = {p}?",
            "A drone's place along a road after {x} seconds is {f}({x}) = {e}, in metres.|"
            "How fast, in metres per second, "
            "does its place change at {x} = {p}?",
        ),
        (
            "On day {x} a firm's balance stands at {f}({x}) = {e}, in thousand dollars.|"
            "By how many thousand dollars a day "
            "does it change at {x} = {p}?",
            "A diver's level after {x} seconds is {f}({x}) = {e}, in metres from the surface.|"
            "Which velocity, in metres "
            "per second, does that make at {x} = {p}?",
        ),
    ),
    "integral": Wordings(
        (
            "The velocity of a cart on a track after {x} seconds is {f}({x}) = {e}, in metres per second.|By how many "
            "metres does its position change from {x} = {p} to {x} = {q}?",
            "After {x} minutes a balloon rises at {f}({x}) = {e} metres per minute, where falling is negative.|"
            "By how many "
            "metres does its height change from {x} = {p} to {x} = {q}?",
            "Water flows into a tank at {f}({x}) = {e} litres per hour after {x} hours, and out where that is "
            "negative.|By "
            "how many litres does its content change from {x} = {p} to {x} = {q}?",
            "A drone flies along a road at {f}({x}) = {e} metres per second after {x} seconds, backwards where that is "
            "negative.|How many metres forward does it get from {x} = {p} to {x} = {q}?",
        ),
        (
            "On day {x} a firm's balance grows at {f}({x}) = {e} thousand dollars a day.|"
            "By how many thousand dollars does "
            "it change from {x} = {p} to {x} = {q}?",
            "A diver moves up and down at {f}({x}) = {e} metres per second after {x} seconds, upwards being positive.|"
            "How "
            "many metres further up is the diver at {x} = {q} than at {x} = {p}?",
        ),
    ),
}

DISTRACTORS = (
    "{person}, who is watching, is {number} years old.",
    "{person} has paid {number} dollars to see it.",
    "{person} wrote that down on page {number} of a notebook.",
    "The log of all this is {number} pages long.",
)
