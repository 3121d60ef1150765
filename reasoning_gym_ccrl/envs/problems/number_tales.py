"""Tales about common divisors and multiples: strips cut up, bags filled, floors tiled, departures, packs."""

from __future__ import annotations

from dataclasses import dataclass

from .sketches import Wording


@dataclass(frozen=True, slots=True)
class Ask:
    """What a tale asks, and the calculations it takes from the common divisor or multiple on."""

    steps: tuple[str, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class Tale:
    """A story about the common divisor ("gcd") or multiple ("lcm") of "larger" and "smaller".

    Attributes:
        function: "gcd" or "lcm".
        result: what the divisor or multiple is in the story.
        facts: what is told.
        asks: what can be asked.
    """

    function: str
    result: str
    facts: Wording
    asks: tuple[Ask, ...]


TALES = {
    "strips": Tale(
        "gcd",
        "piece length",
        Wording(
            seen=(
                "{person} has a {strip} of {larger} cm and a {strip} of {smaller} cm and cuts both into equal pieces, "
                "as long as possible, so that nothing is left.",
                "A {strip} of {larger} cm and another of {smaller} cm are cut by {person} into pieces that are all "
                "equally long and as long as possible, with no waste.",
                "{person} cuts a {strip} of {larger} cm and a {strip} of {smaller} cm without waste, all pieces being "
                "equal and as long as possible.",
                "Of a {strip} that is {larger} cm long and one that is {smaller} cm long, {person} makes equal "
                "pieces, as long as possible, and nothing is left.",
            ),
            unseen=(
                "A {strip} measures {larger} cm, a second {strip} {smaller} cm; {person} saws both into pieces of a "
                "single length, the greatest that leaves no rest.",
                "Using up a {strip} of {larger} cm and a {strip} of {smaller} cm completely, {person} makes equal "
                "pieces that are as long as they can be.",
            ),
            turned=(
                "{person} has a {strip} of {smaller} cm and a {strip} of {larger} cm and cuts both into equal pieces, "
                "as long as possible, so that nothing is left.",
                "Of a {strip} that is {smaller} cm long and one that is {larger} cm long, {person} makes equal "
                "pieces, as long as possible, and nothing is left.",
            ),
        ),
        (
            Ask((), Wording(("How many cm long is each piece?", "What is the length of a piece in cm?"),
                            ("Give the length of each piece in cm.",))),
            Ask(("total length = larger + smaller", "pieces = total length / piece length"),
                Wording(("How many pieces are there in all?", "Into how many pieces are they cut altogether?"),
                        ("What is the total number of pieces?",))),
            Ask(("long pieces = larger / piece length", "short pieces = smaller / piece length",
                 "surplus = long pieces - short pieces"),
                Wording(("How many more pieces come from the longer {strip} than from the shorter {strip}?",
                         "By how many pieces does the longer {strip} give more than the shorter {strip}?"),
                        ("The longer {strip} gives more pieces than the shorter {strip}. How many more?",))),
        ),
    ),
    "bags": Tale(
        "gcd",
        "bags",
        Wording(
            seen=(
                "{person} puts {larger} {fruit} and {smaller} {fruit2} into bags that are all filled alike, as many "
                "bags as possible, and nothing is left.",
                "With {larger} {fruit} and {smaller} {fruit2}, {person} fills as many bags as possible, all with the "
                "same contents, and uses everything.",
                "{larger} {fruit} and {smaller} {fruit2} are shared out by {person} among as many bags as possible; "
                "all bags hold the same and no fruit is left.",
                "{person} has {larger} {fruit} and {smaller} {fruit2} and makes as many identical bags as possible, "
                "using all of the fruit.",
            ),
            unseen=(
                "From {larger} {fruit} and {smaller} {fruit2}, {person} packs the greatest possible number of bags "
                "with the same contents, without anything left over.",
                "All of the {larger} {fruit} and {smaller} {fruit2} that {person} picked go into bags, each filled "
                "like every other, and the number of bags is as large as it can be.",
            ),
            turned=(
                "{person} puts {smaller} {fruit2} and {larger} {fruit} into bags that are all filled alike, as many "
                "bags as possible, and nothing is left.",
                "With {smaller} {fruit2} and {larger} {fruit}, {person} fills as many bags as possible, all with the "
                "same contents, and uses everything.",
            ),
        ),
        (
            Ask((), Wording(("How many bags are there?", "How many bags does {person} fill?"),
                            ("What is the number of bags?",))),
            Ask(("share = larger / bags",),
                Wording(("How many {fruit} are in each bag?", "How many {fruit} does a bag hold?"),
                        ("What is the number of {fruit} in a single bag?",))),
            Ask(("fruit = larger + smaller", "contents = fruit / bags"),
                Wording(("How many pieces of fruit are in each bag?", "How many pieces of fruit does a bag hold?"),
                        ("What is the number of pieces of fruit in a single bag?",))),
            Ask(("share = larger / bags", "other share = smaller / bags", "surplus = share - other share"),
                Wording(("How many more {fruit} than {fruit2} are in each bag?",
                         "In a bag, by how many do the {fruit} outnumber the {fruit2}?"),
                        ("Each bag holds more {fruit} than {fruit2}. How many more?",))),
        ),
    ),
    "tiles": Tale(
        "gcd",
        "tile side",
        Wording(
            seen=(
                "The floor of a {room} is {larger} dm long and {smaller} dm wide and is covered with equal square "
                "tiles, as large as possible, none of them cut.",
                "A {room} of {larger} dm by {smaller} dm is tiled with whole square tiles of the same size, as large "
                "as possible.",
                "{person} tiles a {room} that is {larger} dm long and {smaller} dm wide with square tiles, all equal, "
                "as large as possible, and cuts none.",
                "Square tiles, all alike and as large as possible, cover a {room} floor of {larger} dm by {smaller} dm "
                "without any being cut.",
            ),
            unseen=(
                "A {room} measures {larger} dm in length and {smaller} dm in width; its floor is laid out exactly with "
                "the largest square tiles that fit.",
                "For a {room} floor with sides of {larger} dm and {smaller} dm, {person} picks the largest square "
                "tiles that cover it exactly.",
            ),
            turned=(
                "The floor of a {room} is {smaller} dm wide and {larger} dm long and is covered with equal square "
                "tiles, as large as possible, none of them cut.",
                "A {room} of {smaller} dm by {larger} dm is tiled with whole square tiles of the same size, as large "
                "as possible.",
            ),
        ),
        (
            Ask((), Wording(("How many dm long is the side of a tile?", "What is the side of a tile in dm?"),
                            ("Give the side length of a tile in dm.",))),
            Ask(("tiles in a row = larger / tile side", "rows = smaller / tile side", "tiles = tiles in a row * rows"),
                Wording(("How many tiles are needed?", "How many tiles cover the floor?"),
                        ("What is the number of tiles?",))),
        ),
    ),
    "departures": Tale(
        "lcm",
        "minutes",
        Wording(
            seen=(
                "At a stop a {vehicle} of one line leaves every {larger} minutes and a {vehicle} of another line every "
                "{smaller} minutes, and just now both leave together.",
                "A red {vehicle} leaves every {larger} minutes and a blue {vehicle} every {smaller} minutes; at noon "
                "they leave at the same time.",
                "Of the {vehicle} lines at a station, one departs every {larger} minutes and the other every {smaller} "
                "minutes, and at this moment both depart.",
                "A {vehicle} that goes every {larger} minutes and a {vehicle} that goes every {smaller} minutes have "
                "just left together.",
            ),
            unseen=(
                "The first {vehicle} line runs every {larger} minutes, the other line every {smaller} minutes, and a "
                "{vehicle} of each line has just set out.",
                "{person} sees a {vehicle} of a line that goes every {larger} minutes and a {vehicle} of a line that "
                "goes every {smaller} minutes start at the same moment.",
            ),
            turned=(
                "At a stop a {vehicle} of one line leaves every {smaller} minutes and a {vehicle} of another line "
                "every {larger} minutes, and just now both leave together.",
                "A blue {vehicle} leaves every {smaller} minutes and a red {vehicle} every {larger} minutes; at noon "
                "they leave at the same time.",
            ),
        ),
        (
            Ask((), Wording(("After how many minutes do both leave together again for the first time?",
                             "How many minutes pass until both leave at the same time again?"),
                            ("In how many minutes will that happen again for the first time?",))),
        ),
    ),
    "packs": Tale(
        "lcm",
        "pieces",
        Wording(
            seen=(
                "{fruit} come in packs of {larger} and {fruit2} in packs of {smaller}; {person} wants exactly as many "
                "{fruit} as {fruit2}, and as few as possible.",
                "A shop sells {fruit} in packs of {larger} and {fruit2} in packs of {smaller}, and {person} buys the "
                "same number of each, as small as possible.",
                "{person} buys {fruit} in packs of {larger} and {fruit2} in packs of {smaller}, the same number of "
                "{fruit} as of {fruit2} and no more than necessary.",
                "In a market a pack of {fruit} holds {larger} and a pack of {fruit2} holds {smaller}; {person} takes "
                "as many {fruit} as {fruit2}, with as few packs as possible.",
            ),
            unseen=(
                "Each pack of {fruit} has {larger} pieces and each pack of {fruit2} has {smaller}; {person} needs "
                "equally many of both and buys the smallest such amount.",
                "{person} can get {fruit} by the {larger} and {fruit2} by the {smaller} only, and gets equal numbers "
                "of both, the smallest possible.",
            ),
            turned=(
                "A shop sells {fruit2} in packs of {smaller} and {fruit} in packs of {larger}, and {person} buys the "
                "same number of each, as small as possible.",
                "{person} buys {fruit2} in packs of {smaller} and {fruit} in packs of {larger}, the same number of "
                "{fruit} as of {fruit2} and no more than necessary.",
            ),
        ),
        (
            Ask((), Wording(("How many {fruit} does {person} buy?", "How many {fruit} is that?"),
                            ("What is the number of {fruit}?",))),
            Ask(("packs = pieces / larger",),
                Wording(("How many packs of {fruit} does {person} buy?", "How many packs of {fruit} is that?"),
                        ("What is the number of packs of {fruit}?",))),
            Ask(("packs = pieces / larger", "other packs = pieces / smaller", "all packs = packs + other packs"),
                Wording(("How many packs does {person} buy in all?", "How many packs is that in all?"),
                        ("What is the total number of packs?",))),
        ),
    ),
}  # fmt: skip
