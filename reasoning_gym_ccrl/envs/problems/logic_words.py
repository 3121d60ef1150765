"""What the facts of the family "logic" are about, and how statements and questions are worded."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["seen", "unseen"]


@dataclass(frozen=True, slots=True)
class Theme:
    """Subjects that have something in common, and what can be said of each of them.

    No two predicates of a theme exclude or imply each other, so that all that is known is what the question says.
    """

    subjects: Sequence[str]
    predicates: Sequence[str]


_PEOPLE = {
    "seen": Theme(
        ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jon", "Kira", "Leo", "Maya", "Nils",
         "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Vera", "Yusuf", "Zoe"),
        ("tall", "kind", "hungry", "brave", "clever", "cheerful", "patient", "busy", "curious", "rich", "polite",
         "tired", "thirsty", "honest", "punctual", "famous"),
    ),
    "unseen": Theme(
        ("Aldo", "Bao", "Carmen", "Dora", "Emil", "Farah", "Greta", "Hana", "Ivo", "Juno", "Lars", "Mina"),
        ("generous", "sleepy", "stubborn", "modest", "careful", "lucky", "musical", "talkative", "nervous", "witty"),
    ),
}  # fmt: skip
_THINGS = {
    "seen": Theme(
        ("the lamp", "the pump", "the oven", "the radio", "the fan", "the printer", "the heater", "the camera",
         "the scanner", "the engine", "the fountain", "the drill"),
        ("clean", "in use", "connected", "insured", "new", "for sale", "heavy", "red", "on loan"),
    ),
    "unseen": Theme(
        ("the kettle", "the mixer", "the tractor", "the boiler", "the crane", "the projector", "the saw", "the loom"),
        ("rented", "labelled", "blue", "under repair", "Swedish", "fragile", "locked", "waterproof"),
    ),
}  # fmt: skip
_MADE_UP = {
    "seen": Theme(
        ("Blik", "Drumo", "Fenka", "Gorv", "Hisp", "Jalo", "Krem", "Luvo", "Mibb", "Norp", "Plen", "Quib"),
        ("zorpy", "vumpish", "frandic", "tolvish", "quorny", "splim", "drevish", "molky", "gruntic", "wibbly"),
    ),
    "unseen": Theme(
        ("Tazz", "Ulbo", "Vonk", "Wimpa", "Xeru", "Yobb", "Zilt", "Orfu"),
        ("kerfic", "narply", "ombish", "plundy", "rastic", "sproy", "yendic", "blorm"),
    ),
}  # fmt: skip
# People twice, as there are most of them.
THEMES: Mapping[str, Sequence[Theme]] = {
    kind: (_PEOPLE[kind], _PEOPLE[kind], _THINGS[kind], _MADE_UP[kind]) for kind in ("seen", "unseen")
}

# Connective -> wordings; {x} and {y} are the operands in words, {X} has a capital. "if both" has a condition of two
# parts, which must not be torn apart.
WORDINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "seen": {
        "fact": ("{X}.",),
        "if": ("If {x}, then {y}.", "If {x}, {y}.", "{Y} if {x}.", "Whenever {x}, {y}."),
        "if both": ("If {x}, then {y}.", "If {x}, {y}.", "{Y} if {x}.", "Whenever {x}, {y}."),
        "or": ("{X} or {y}, or both.", "Either {x} or {y}, or both."),
        "and": ("{X} and {y}.", "Both {x} and {y}."),
        "iff": ("{X} if and only if {y}.", "{X} exactly when {y}."),
        "xor": ("Either {x} or {y}, but not both.", "{X} or {y}, but not both."),
    },
    "unseen": {
        "fact": ("It is true that {x}.", "It is known that {x}."),
        "if": ("{X} only if {y}.", "Provided that {x}, {y}.", "That {x} implies that {y}."),
        "if both": ("Provided that {x}, {y}.", "{Y} provided that {x}."),
        "or": ("At least one of these is true: {x}; {y}.", "At least one of the following holds: {x}, {y}."),
        "and": ("It is true that {x} and that {y}.", "{X}, but also {y}."),
        "iff": ("If {x}, then {y}, and vice versa.", "If {x}, then {y}, and the other way round."),
        "xor": ("Exactly one of these is true: {x}; {y}.", "Exactly one of the following holds: {x}, {y}."),
    },
}

# {facts}; {ask} is the question, {Ask} with a capital; what may be answered is said after it.
FRAMES: Mapping[str, Sequence[str]] = {
    "seen": (
        "{facts} {Ask}",
        "Here is what is known. {facts} {Ask}",
        "All of the following is true. {facts} {Ask}",
        "Read these statements. {facts} Going by them alone, {ask}",
        "{facts} Given all this, {ask}",
    ),
    "unseen": (
        "A note in a logbook says this. {facts} From that alone, {ask}",
        "This is a puzzle of logic. {facts} Now decide: {ask}",
    ),
}
ASKS: Mapping[str, Sequence[str]] = {
    "seen": ("is {subject} {predicate}?", "is it true that {subject} is {predicate}?"),
    "unseen": ("does it hold that {subject} is {predicate}?", "is it the case that {subject} is {predicate}?"),
}
YES_OR_NO = "Answer yes or no."
OR_UNKNOWN = "Answer yes, no, or unknown where neither follows."


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def draw_atoms(rng: random.Random, kind: Kind, count: int) -> list[tuple[str, str]]:
    """Different (subject, predicate) pairs of one theme, about few subjects, so that they are entwined."""
    themes = THEMES[kind]
    theme = themes[int(rng.random() * len(themes))]
    wide = 2 + int(rng.random() * 3)  # subjects
    while wide * len(theme.predicates) < count:
        wide += 1
    subjects, predicates = rng.sample(theme.subjects, wide), theme.predicates
    pairs = rng.sample(range(wide * len(predicates)), count)
    return [(subjects[pair % wide], predicates[pair // wide]) for pair in pairs]
