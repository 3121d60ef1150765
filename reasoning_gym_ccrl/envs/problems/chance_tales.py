"""Longer chances: a second draw after a first, what is left to expect from a roll, who made it, and what it pays."""

from __future__ import annotations

import random

from .sketches import Sketch, SketchConfig, Wording, between

_NEXT_DRAW = Wording(
    seen=(
        "A bag holds {wins} {colour} and {others} {colour2} balls. The first {gone} balls drawn, none of them put "
        "back, are all {colour}.|What is the probability that the next ball drawn is {colour}, too?",
        "From {wins} {colour} and {others} {colour2} balls in a bag, {gone} {colour} balls have been drawn and kept "
        "out.|Find the probability that the next draw gives a {colour} ball again.",
        "There were {wins} {colour} and {others} {colour2} balls in a bag until {gone} of the {colour} balls were "
        "drawn.|How likely is it that the next ball drawn is {colour}? Give the probability as a fraction.",
        "A bag with {wins} {colour} and {others} {colour2} balls has already lost {gone} {colour} balls to earlier "
        "draws.|With which probability does the next draw give a {colour} ball?",
    ),
    unseen=(
        "Somebody has drawn {gone} balls, all {colour}, from a bag that held {wins} {colour} and {others} {colour2} "
        "balls, and has put none back.|What is the chance that the next ball is {colour} as well?",
        "After {gone} {colour} balls have left a bag of {wins} {colour} and {others} {colour2} balls, a ball is drawn."
        "|Work out the probability, as a fraction, that it is {colour}.",
    ),
    turned=(
        "The first {gone} balls drawn from a bag, none of them put back, are all {colour}; the bag held {wins} "
        "{colour} and {others} {colour2} balls.|What is the probability that the next ball drawn is {colour}, too?",
        "A bag with {others} {colour2} and {wins} {colour} balls has already lost {gone} {colour} balls to earlier "
        "draws.|With which probability does the next draw give a {colour} ball?",
    ),
)


def next_draw(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """A draw after some have gone."""
    wins = config.main(rng, 5)
    givens = {"wins": wins, "others": between(rng, 2, config.high), "gone": between(rng, 2, wins - 2)}
    lines = (
        "balls = wins + others",
        "balls left = balls - gone",
        "wins left = wins - gone",
        "probability = wins left / balls left",
    )
    return Sketch(givens, lines, ((_NEXT_DRAW, givens),))


_NARROWED_ROLL = Wording(
    seen=(
        "A fair die with {sides} sides, numbered from one up, shows more than {known}.|What is the probability that it "
        "shows more than {limit}?",
        "Somebody rolls a fair die whose {sides} sides are numbered from one up and tells that the result is above "
        "{known}.|Find the probability that it is above {limit}.",
        "A fair die has {sides} sides, numbered from one up. After a roll it is known that the number is greater than "
        "{known}.|How likely is it that the number is greater than {limit}? Give the probability as a fraction.",
        "A die with {sides} equally likely sides, numbered from one up, is thrown and comes up higher than "
        "{known}.|With which probability does it come up higher than {limit}?",
    ),
    unseen=(
        "Under a cup lies a fair die of {sides} sides, counted from one up; all that is betrayed is that it shows over "
        "{known}.|What is the chance that it shows over {limit}?",
        "Of a roll of a fair die with {sides} sides, counted from one up, it is certain that it is more than "
        "{known}.|Work out the probability, as a fraction, that it is more than {limit}.",
    ),
    turned=(
        "A roll is known to be above {known}; the die is fair and has {sides} sides, numbered from one up.|What is the "
        "probability that the roll is above {limit}?",
        "It is certain that a roll of a die is more than {known}. The die has {sides} equally likely sides, numbered "
        "from one up.|Find the probability that the roll is more than {limit}.",
    ),
)


def narrowed_roll(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """A conditional probability: of the sides above one limit, those above a higher one."""
    sides = config.main(rng, 6)
    known = between(rng, 2, sides - 3)
    givens = {"sides": sides, "known": known, "limit": between(rng, known + 1, sides - 1)}
    lines = (
        "possible sides = sides - known",
        "high sides = sides - limit",
        "probability = high sides / possible sides",
    )
    return Sketch(givens, lines, ((_NARROWED_ROLL, givens),))


_MACHINES = Wording(
    seen=(
        "In a day {person} makes {made} {thing} and {person2} makes {made elsewhere} {thing}. Of those by {person} "
        "every {rate}th is faulty, of those by {person2} every {rate elsewhere}th.|A faulty one of all these {thing} "
        "is picked at random. What is the probability that {person} made it?",
        "A shop gets {made} {thing} from {person} and {made elsewhere} {thing} from {person2}; out of every {rate} "
        "from {person} and out of every {rate elsewhere} from {person2} exactly one is damaged.|Find the probability "
        "that a damaged one, picked at random, came from {person}.",
        "{person} has printed {made} {thing}, and every {rate}th of them has a spot; {person2} has printed {made "
        "elsewhere} {thing}, and every {rate elsewhere}th of them has a spot.|From all those with a spot one is drawn. "
        "With which probability is it from {person}?",
        "Of {made} {thing} packed by {person} and {made elsewhere} {thing} packed by {person2}, every {rate}th of the "
        "former and every {rate elsewhere}th of the latter is broken.|How likely is it that a broken one, taken at "
        "random, was packed by {person}? Give the probability as a fraction.",
    ),
    unseen=(
        "{person} checks {made} {thing} and misses a flaw in every {rate}th, {person2} checks {made elsewhere} "
        "{thing} and misses a flaw in every {rate elsewhere}th.|Someone finds a missed flaw, all being equally easy "
        "to find. What is the chance that {person} missed it?",
        "Among {made} {thing} of {person} every {rate}th is a prize, among {made elsewhere} {thing} of {person2} every "
        "{rate elsewhere}th.|A prize is drawn blindly from all prizes. Work out the probability, as a fraction, that "
        "it is of {person}.",
    ),
    turned=(
        "Every {rate}th of the {thing} that {person} makes is faulty, and every {rate elsewhere}th of those that "
        "{person2} makes. In a day {person} makes {made} and {person2} {made elsewhere}.|A faulty one of all these is "
        "picked at random. What is the probability that {person} made it?",
        "{person2} has printed {made elsewhere} {thing}, and every {rate elsewhere}th of them has a spot; {person} has "
        "printed {made} {thing}, and every {rate}th of them has a spot.|From all those with a spot one is drawn. With "
        "which probability is it from {person}?",
    ),
)


def machines(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """Bayes' rule in whole numbers: of all that is faulty, how much comes from one maker?"""
    # Rates from 4 on to 20 without 11 to 13 read "every 4th", "every 17th".
    rate, other_rate = (rng.choice((4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 18, 20)) for _ in range(2))
    givens = {
        "made": rate * config.main(rng, 3),
        "made elsewhere": other_rate * between(rng, 2, config.high),
        "rate": rate,
        "rate elsewhere": other_rate,
    }
    lines = (
        "faulty = made / rate",
        "faulty elsewhere = made elsewhere / rate elsewhere",
        "all faulty = faulty + faulty elsewhere",
        "probability = faulty / all faulty",
    )
    return Sketch(givens, lines, ((_MACHINES, givens),))


_EXPECTED = Wording(
    seen=(
        "A wheel of equal fields has {wins} {colour} fields that pay {prize} coins each, {others} {colour2} fields "
        "that pay {small prize} coins each and {blanks} {colour3} fields that pay nothing.",
        "On a wheel of equal fields, {wins} {colour} fields are worth {prize} coins, {others} {colour2} fields are "
        "worth {small prize} coins, and {blanks} {colour3} fields are worth nothing.",
        "A wheel has {wins} {colour}, each worth {prize} coins, {others} {colour2}, each worth {small prize} coins, "
        "and {blanks} {colour3} fields, worth nothing; all fields are of one size.",
        "Of the equal fields of a wheel {wins} are {colour} and bring {prize} coins, {others} are {colour2} and bring "
        "{small prize} coins, and {blanks} are {colour3} and bring nothing.",
    ),
    unseen=(
        "A wheel is split evenly into {wins} {colour} fields with a prize of {prize} coins, {others} {colour2} fields "
        "with a prize of {small prize} coins and {blanks} {colour3} fields without a prize.",
        "Spinning a wheel wins {prize} coins on any of {wins} {colour} fields, {small prize} coins on any of {others} "
        "{colour2} fields and nothing on any of {blanks} {colour3} fields, all fields being equal.",
    ),
    turned=(
        "A wheel of equal fields has {blanks} {colour3} fields that pay nothing, {others} {colour2} fields that pay "
        "{small prize} coins each and {wins} {colour} fields that pay {prize} coins each.",
        "Of the equal fields of a wheel {others} are {colour2} and bring {small prize} coins, {wins} are {colour} and "
        "bring {prize} coins, and {blanks} are {colour3} and bring nothing.",
    ),
)
_PAY = Wording(
    seen=(
        "How many coins does a spin pay on average? Give a whole number or a fraction.",
        "What is the expected payment of a spin in coins, as a whole number or a fraction?",
    ),
    unseen=("Work out the expected value, in coins, of a spin as a whole number or a fraction.",),
)
_PAY_OF_SPINS = Wording(
    seen=(
        "How many coins are {spins} spins expected to pay in all? Give a whole number or a fraction.",
        "What is the expected total payment of {spins} spins in coins, as a whole number or a fraction?",
    ),
    unseen=("Work out the expected total, in coins, of {spins} spins as a whole number or a fraction.",),
)


def expected(rng: random.Random, config: SketchConfig, steps: int) -> Sketch:
    """The expected payment of a spin (3 or 5 steps), or of several spins (4 or 6)."""
    givens = {
        "wins": between(rng, 2, 6),
        "prize": config.main(rng, 4),
        "others": between(rng, 2, 8),
        "small prize": between(rng, 2, 6),
        "blanks": between(rng, 2, 12),
    }
    lines = ["fields = wins + others + blanks"]
    if steps >= 5:
        lines += ["large payments = wins * prize", "small payments = others * small prize"]
        lines.append("payments = large payments + small payments")
    else:
        lines.append("payments = wins * prize + others * small prize")
    if steps % 2:
        return Sketch(givens, (*lines, "expected payment = payments / fields"), ((_EXPECTED, givens), (_PAY, {})))
    givens["spins"] = between(rng, 2, config.high)
    lines += ["spun payments = spins * payments", "expected payment = spun payments / fields"]
    return Sketch(givens, tuple(lines), ((_EXPECTED, givens), (_PAY_OF_SPINS, givens)))
