"""How chances are put into words: what is done, what is hoped for, and its opposite.

Events are clauses, such as "the wheel stops on a red field"; `ask_for` makes questions of one or two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from . import chance_parts as parts
from .sketch_parts import Part, apart
from .sketches import Wording

CHANCE_DISTRACTORS = (
    "The game has been played {number} times today.",
    "Everything was bought {number} days ago.",
    "The rules of the game are {number} years old.",
)


@dataclass(frozen=True, slots=True)
class Chance:
    """A chance: how it is drawn, the steps it takes, what is done, the event, and the opposite event.

    Attributes:
        thing: what it is played with; two chances of a problem are played with different things.
        favourable, outcomes: the names of the favourable and of all outcomes, where they are givens.
        told: whether it names colours, which can be renamed.
    """

    draw: Callable[..., Part]
    steps: int
    thing: str
    facts: Wording
    event: Wording
    opposite: Wording
    favourable: str = "favourable"
    outcomes: str = "outcomes"
    told: bool = True


CHANCES: dict[str, Chance] = {
    "wheel": Chance(
        parts.spin,
        1,
        "wheel",
        Wording(
            seen=(
                "A wheel with {wins} {colour} and {others} {colour2} fields, all equally large, is spun.",
                "A wheel of fortune has {wins} {colour} fields and {others} {colour2} fields of the same size, and is "
                "spun.",
                "On a wheel {wins} fields are {colour} and {others} are {colour2}, all of one size, and the wheel is "
                "spun.",
                "The equal fields of a wheel, {wins} {colour} and {others} {colour2}, turn past a pointer until it "
                "stops.",
            ),
            unseen=(
                "A wheel is turned whose fields, {wins} {colour} and {others} {colour2}, are equally wide.",
                "Somebody spins a wheel that is divided into {wins} {colour} and {others} {colour2} fields of equal "
                "size.",
            ),
            turned=(
                "A wheel with {others} {colour2} and {wins} {colour} fields, all equally large, is spun.",
                "On a wheel {others} fields are {colour2} and {wins} are {colour}, all of one size, and the wheel is "
                "spun.",
            ),
        ),
        Wording(
            ("the wheel stops on a {colour} field", "the wheel comes to rest on {colour}"),
            ("the pointer of the wheel ends up on {colour}",),
        ),
        Wording(
            ("the wheel stops on a {colour2} field", "the wheel comes to rest on {colour2}"),
            ("the pointer of the wheel ends up on {colour2}",),
        ),
        favourable="wins",
    ),
    "same draw": Chance(
        parts.same_draw,
        3,
        "bag",
        Wording(
            seen=(
                "A bag holds {wins} {colour} and {others} {colour2} balls, and {drawn} of them are drawn at once.",
                "From a bag with {wins} {colour} and {others} {colour2} balls, {drawn} are drawn without putting any "
                "back.",
                "There are {wins} {colour} and {others} {colour2} balls in a bag, from which {drawn} are taken "
                "blindly.",
                "In a bag lie {wins} {colour} balls and {others} {colour2} balls; {drawn} balls are picked at random.",
            ),
            unseen=(
                "Somebody reaches into a bag of {wins} {colour} and {others} {colour2} balls and grabs {drawn} of "
                "them.",
                "Out of {wins} {colour} and {others} {colour2} balls in a bag, {drawn} come out at random, all "
                "together.",
            ),
            turned=(
                "Blindly, {drawn} balls are drawn at once from a bag with {wins} {colour} and {others} {colour2} "
                "balls.",
                "In a bag lie {others} {colour2} balls and {wins} {colour} balls; {drawn} balls are picked at random.",
            ),
        ),
        Wording(
            ("all balls that are drawn are {colour}", "only {colour} balls are drawn"),
            ("none but {colour} balls come out",),
        ),
        Wording(
            ("not all balls that are drawn are {colour}", "at least one of the balls that are drawn is {colour2}"),
            ("some {colour2} ball comes out",),
        ),
    ),
    "replaced draw": Chance(
        parts.replaced_draw,
        3,
        "box",
        Wording(
            seen=(
                "From a box with {wins} {colour} and {others} {colour2} marbles a marble is drawn and put back, "
                "{draws} times in all.",
                "A box holds {wins} {colour} and {others} {colour2} marbles; {draws} times a marble is drawn at random "
                "and put back.",
                "There are {wins} {colour} and {others} {colour2} marbles in a box. Somebody draws {draws} times and "
                "puts the marble back each time.",
                "In a box lie {wins} {colour} marbles and {others} {colour2} marbles, and a marble is drawn with "
                "replacement, {draws} times.",
            ),
            unseen=(
                "Out of a box of {wins} {colour} and {others} {colour2} marbles, marbles are taken singly, {draws} of "
                "them, each going back before the next.",
                "Somebody draws from {wins} {colour} and {others} {colour2} marbles in a box, returns the marble, and "
                "does so {draws} times.",
            ),
            turned=(
                "With replacement, {draws} times, a marble is drawn from a box with {wins} {colour} and {others} "
                "{colour2} marbles.",
                "A box holds {others} {colour2} and {wins} {colour} marbles; {draws} times a marble is drawn at random "
                "and put back.",
            ),
        ),
        Wording(
            ("every marble that is drawn is {colour}", "each draw gives a {colour} marble"),
            ("the marbles that are drawn are {colour} without exception",),
        ),
        Wording(
            ("not every marble that is drawn is {colour}", "at least one draw gives a {colour2} marble"),
            ("some draw gives a {colour2} marble",),
        ),
    ),
    "exact draw": Chance(
        parts.exact_draw,
        4,
        "urn",
        Wording(
            seen=(
                "An urn holds {wins} {colour} and {others} {colour2} tokens, and {drawn} are taken out without putting "
                "any back.",
                "From an urn with {wins} {colour} and {others} {colour2} tokens, {drawn} are drawn at once.",
                "There are {wins} {colour} and {others} {colour2} tokens in an urn; a hand takes out {drawn} at "
                "random.",
                "In an urn lie {wins} {colour} tokens and {others} {colour2} tokens, of which {drawn} are drawn "
                "blindly.",
            ),
            unseen=(
                "Somebody takes {wins} {colour} and {others} {colour2} tokens, mixes them in an urn and lifts out "
                "{drawn}.",
                "Out of an urn with {wins} {colour} and {others} {colour2} tokens a random handful of {drawn} is "
                "taken.",
            ),
            turned=(
                "An urn holds {others} {colour2} and {wins} {colour} tokens, and {drawn} are taken out without putting "
                "any back.",
                "Blindly, {drawn} tokens are drawn from an urn with {wins} {colour} and {others} {colour2} tokens.",
            ),
        ),
        Wording(
            ("exactly {hits} of the drawn tokens are {colour}", "the drawn tokens include exactly {hits} {colour} "
                                                                "tokens"),
            ("the number of {colour} tokens among those drawn is {hits}",),
        ),
        Wording(
            ("the number of {colour} tokens among those drawn is not {hits}",
             "the drawn tokens do not include exactly {hits} {colour} tokens"),
            ("the {colour} tokens that are drawn are more or fewer than {hits}",),
        ),
    ),
    "some draw": Chance(
        parts.some_draw,
        4,
        "jar",
        Wording(
            seen=(
                "A jar holds {wins} {colour} and {others} {colour2} sweets, and {drawn} are taken out at once.",
                "From a jar with {wins} {colour} and {others} {colour2} sweets, {drawn} are eaten, picked at random.",
                "There are {wins} {colour} and {others} {colour2} sweets in a jar; {drawn} of them are picked blindly.",
                "In a jar are {wins} {colour} sweets and {others} {colour2} sweets, and a child takes {drawn} without "
                "looking.",
            ),
            unseen=(
                "Somebody shakes {drawn} sweets out of a jar that had {wins} {colour} and {others} {colour2} sweets "
                "in it.",
                "A jar of {wins} {colour} and {others} {colour2} sweets loses {drawn} sweets to a hand that cannot "
                "see.",
            ),
            turned=(
                "A jar holds {others} {colour2} and {wins} {colour} sweets, and {drawn} are taken out at once.",
                "Blindly, {drawn} sweets are picked from a jar with {wins} {colour} and {others} {colour2} sweets.",
            ),
        ),
        Wording(
            ("at least one of the sweets taken is {colour}", "the sweets taken include a {colour} sweet or more"),
            ("some {colour} sweet is taken",),
        ),
        Wording(
            ("none of the sweets taken is {colour}", "all sweets taken are {colour2}"),
            ("no {colour} sweet is taken",),
        ),
    ),
    "roll": Chance(
        parts.roll,
        1,
        "die",
        Wording(
            seen=(
                "A fair die with {sides} sides, numbered from one up, is rolled.",
                "Somebody rolls a fair die whose {sides} sides bear the numbers from one up.",
                "A fair die has {sides} sides with the numbers from one up to the number of sides, and is rolled.",
                "A die with {sides} equally likely sides, numbered from one up, is thrown.",
            ),
            unseen=(
                "Someone throws a fair die of {sides} sides that are counted from one up.",
                "On the table rolls a fair die, its {sides} sides numbered from one up.",
            ),
        ),
        Wording(
            ("the die shows more than {limit}", "the number on the die is above {limit}"),
            ("the die comes up higher than {limit}",),
        ),
        Wording(
            ("the die shows {limit} or less", "the number on the die is at most {limit}"),
            ("the die comes up no higher than {limit}",),
        ),
        outcomes="sides",
        told=False,
    ),
    "rolls": Chance(
        parts.rolls,
        3,
        "die",
        Wording(
            seen=(
                "A fair die with {sides} sides, numbered from one up, is rolled {rolls} times.",
                "Somebody rolls a fair die, whose {sides} sides bear the numbers from one up, {rolls} times.",
                "A fair die has {sides} sides with the numbers from one up to the number of sides, and is rolled "
                "{rolls} times.",
                "A die with {sides} equally likely sides, numbered from one up, is thrown {rolls} times.",
            ),
            unseen=(
                "Someone throws a fair die of {sides} sides, counted from one up, and does so {rolls} times.",
                "On the table rolls a fair die, its {sides} sides numbered from one up, {rolls} times.",
            ),
            turned=(
                "There are {rolls} rolls of a fair die with {sides} sides, numbered from one up.",
                "Somebody rolls {rolls} times: a fair die whose {sides} sides bear the numbers from one up.",
            ),
        ),
        Wording(
            ("every roll is above {limit}", "the die shows more than {limit} each time"),
            ("no roll stays at {limit} or below",),
        ),
        Wording(
            ("at least one roll is {limit} or less", "not every roll is above {limit}"),
            ("some roll stays at {limit} or below",),
        ),
        told=False,
    ),
    "sum of rolls": Chance(
        parts.roll_sum,
        2,
        "die",
        Wording(
            seen=(
                "A fair die with {sides} sides, numbered from one up, is rolled twice.",
                "Somebody rolls a fair die twice, whose {sides} sides bear the numbers from one up.",
                "A red and a blue die, both fair and with {sides} sides that are numbered from one up, are rolled.",
                "A die with {sides} equally likely sides, numbered from one up, is thrown twice.",
            ),
            unseen=(
                "Someone throws a fair die of {sides} sides, counted from one up, and then throws it again.",
                "On the table roll a large and a small die, both fair, with {sides} sides numbered from one up.",
            ),
        ),
        Wording(
            ("the rolls add up to {total}", "the sum of the rolls is {total}"),
            ("both rolls together make {total}",),
        ),
        Wording(
            ("the rolls do not add up to {total}", "the sum of the rolls is not {total}"),
            ("both rolls together do not make {total}",),
        ),
        told=False,
    ),
    "coins": Chance(
        parts.coins,
        2,
        "coin",
        Wording(
            seen=(
                "A fair coin is tossed {tosses} times.",
                "Somebody tosses a fair coin {tosses} times in a row.",
                "There are {tosses} fair coins, and all of them are tossed.",
                "A coin for which heads and tails are equally likely is tossed {tosses} times.",
            ),
            unseen=("Someone flips a fair coin {tosses} times.", "From a hand {tosses} fair coins fall on the table."),
        ),
        Wording(
            ("exactly {heads} times heads comes up", "the number of heads is {heads}"),
            ("heads is seen {heads} times, no more and no less",),
        ),
        Wording(
            ("the number of heads is not {heads}", "heads does not come up exactly {heads} times"),
            ("heads is seen more or fewer than {heads} times",),
        ),
        told=False,
    ),
    "cards": Chance(
        parts.cards,
        3,
        "deck",
        Wording(
            seen=(
                "A deck has {suits} suits of {ranks} cards each, and {drawn} cards are drawn at once.",
                "From a shuffled deck of {suits} suits with {ranks} cards in each suit, {drawn} cards are dealt.",
                "A deck of cards with {suits} suits and {ranks} cards per suit is shuffled, and the top {drawn} cards "
                "are turned over.",
                "There are {suits} suits with {ranks} cards each in a deck, from which {drawn} cards are taken at "
                "random.",
            ),
            unseen=(
                "Somebody pulls cards from a deck of {suits} suits, each with {ranks} cards, until {drawn} are out.",
                "Out of {suits} suits of {ranks} cards, shuffled into a deck, a hand of {drawn} cards is dealt.",
            ),
            turned=(
                "At random {drawn} cards are drawn at once from a deck of {suits} suits with {ranks} cards each.",
                "From a deck with {ranks} cards in each of its {suits} suits, {drawn} cards are dealt after shuffling.",
            ),
        ),
        Wording(
            ("all drawn cards are of the same suit", "the drawn cards share their suit"),
            ("the drawn cards belong to a single suit",),
        ),
        Wording(
            ("the drawn cards are not all of the same suit", "at least two suits are among the drawn cards"),
            ("the drawn cards belong to more than a single suit",),
        ),
        told=False,
    ),
}  # fmt: skip

_ASKS = (
    "What is the probability that {}?",
    "Find the probability that {}.",
    "With which probability is it true that {}?",
    "How likely is it that {}? Give the probability as a fraction.",
)
_UNSEEN_ASKS = ("What is the chance that {}?", "Work out the probability, as a fraction, that {}.")


@cache
def ask_for(events: tuple[tuple[str, bool], ...]) -> Wording:
    """Asks for the probability that all of one or two events, (name of the chance, whether it happens), come true."""
    wordings = [
        apart(CHANCES[name].event if happens else CHANCES[name].opposite, index)
        for index, (name, happens) in enumerate(events)
    ]
    seen = tuple(
        ask.format(" and ".join(wording.seen[(place + index) % 2] for index, wording in enumerate(wordings)))
        for place, ask in enumerate(_ASKS)
    )
    unseen = tuple(ask.format(" and ".join(wording.unseen[0] for wording in wordings)) for ask in _UNSEEN_ASKS)
    return Wording(seen, unseen)
