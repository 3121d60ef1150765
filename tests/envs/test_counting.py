"""Counting and probability: every answer by counting one by one, or draw by draw, from what the question says."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations, permutations, product

import pytest
from sympy.utilities.iterables import multiset_permutations

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES
from reasoning_gym_ccrl.envs.problems import chance_tales as tales
from reasoning_gym_ccrl.envs.problems.chance_wordings import CHANCES, ask_for
from reasoning_gym_ccrl.envs.problems.counting import CHOICES
from reasoning_gym_ccrl.envs.problems.counting_wordings import ALL_WAYS, EITHER_WAY

from .sketch_tools import FAMILIES, facts_of, plain, read_back

each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


# -- choices -----------------------------------------------------------------------------------------------------------


@cache
def subsets(n, k):
    """How many sets of k among n: those with the last one and those without."""
    return 1 if k in (0, n) else subsets(n - 1, k - 1) + subsets(n - 1, k)


def falling(n, k):
    """How many rows of k among n, place by place."""
    ways = 1
    for place in range(k):
        ways *= n - place
    return ways


@cache
def paths(right, up):
    """Shortest paths in a grid, by the last step."""
    return 1 if right == 0 or up == 0 else paths(right - 1, up) + paths(right, up - 1)


def in_one_block(people, friends):
    """Rows in which the friends stand together: where the block begins, then who is where."""
    return (people - friends + 1) * falling(friends, friends) * falling(people - friends, people - friends)


WAYS = {
    "choose": lambda said: subsets(said["pool"], said["chosen"]),
    "rank": lambda said: falling(said["pool"], said["places"]),
    "queue": lambda said: falling(said["pool"], said["pool"]),
    "table": lambda said: falling(said["people"], said["people"]) // said["people"],
    "beads": lambda said: paths(said["first kind"], said["second kind"]),
    "code": lambda said: again(said["length"], said["symbols"]),
    "plate": lambda said: again(said["letter places"], said["letters"]) * again(said["sign places"], said["signs"]),
    "outfit": lambda said: sum(said["hats"] for _ in product(range(said["shirts"]), range(said["trousers"]))),
    "grid": lambda said: paths(said["moves right"], said["moves up"]),
    "detour": lambda said: (
        paths(said["right to the shop"], said["up to the shop"])
        * paths(said["right from the shop"], said["up from the shop"])
    ),
    "pairs": lambda said: sum(range(said["people"])),
    "committee": lambda said: subsets(said["women"], said["women needed"]) * subsets(said["men"], said["men needed"]),
    "mixed committee": lambda said: sum(
        subsets(said["women"], women) * subsets(said["men"], said["members"] - women)
        for women in range(1, min(said["women"], said["members"]) + 1)
    ),
    "together": lambda said: in_one_block(said["people"], said["friends"]),
    "not together": lambda said: (
        falling(said["people"], said["people"]) - in_one_block(said["people"], said["friends"])
    ),
}


def block(row, friends):
    places = [place for place, person in enumerate(row) if person < friends]
    return max(places) - min(places) == friends - 1


def turned_to_start(ring):
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]


def lattice(right, up):
    return set(map(tuple, multiset_permutations("r" * right + "u" * up)))


# The same, by listing every single outcome; for small numbers.
LISTS = {
    "choose": lambda said: set(combinations(range(said["pool"]), said["chosen"])),
    "rank": lambda said: set(permutations(range(said["pool"]), said["places"])),
    "queue": lambda said: set(permutations(range(said["pool"]))),
    "table": lambda said: {turned_to_start(ring) for ring in permutations(range(said["people"]))},
    "beads": lambda said: lattice(said["first kind"], said["second kind"]),
    "code": lambda said: set(product(range(said["symbols"]), repeat=said["length"])),
    "plate": lambda said: set(
        product(
            product(range(said["letters"]), repeat=said["letter places"]),
            product(range(said["signs"]), repeat=said["sign places"]),
        )
    ),
    "outfit": lambda said: set(product(range(said["shirts"]), range(said["trousers"]), range(said["hats"]))),
    "grid": lambda said: lattice(said["moves right"], said["moves up"]),
    "detour": lambda said: set(
        product(
            lattice(said["right to the shop"], said["up to the shop"]),
            lattice(said["right from the shop"], said["up from the shop"]),
        )
    ),
    "pairs": lambda said: set(combinations(range(said["people"]), 2)),
    "committee": lambda said: set(
        product(
            combinations(range(said["women"]), said["women needed"]),
            combinations(range(said["men"]), said["men needed"]),
        )
    ),
    "mixed committee": lambda said: {
        members
        for members in combinations(range(said["women"] + said["men"]), said["members"])
        if min(members) < said["women"]
    },
    "together": lambda said: {row for row in permutations(range(said["people"])) if block(row, said["friends"])},
    "not together": lambda said: {
        row for row in permutations(range(said["people"])) if not block(row, said["friends"])
    },
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_has_as_many_ways_as_can_be_listed(name):
    made, listed = FAMILIES["counting"], 0
    config = replace(made.presets["easy"], kinds=(name,), min_steps=1, max_steps=8, high=8)
    for seed in range(60):
        problem = made.draft(random.Random(seed), config).build()
        choice = CHOICES[name]
        (_, said), _ = read_back(problem.question, {name: choice.facts}, {"ask": choice.ask})
        answer = int(problem.answer)
        assert answer == WAYS[name](said), problem.question
        if answer <= 20_000 and said.get("people", said.get("pool", 0)) <= 8:
            assert answer == len(LISTS[name](said)), problem.question
            listed += 1
    assert listed >= 5


# -- chances -----------------------------------------------------------------------------------------------------------


def hits_in_draws(wins, others, drawn):
    """The distribution of the number of hits, draw by draw without replacement."""
    chances = {0: Fraction(1)}
    for done in range(drawn):
        after = {}
        for hits, chance in chances.items():
            left, total = wins - hits, wins + others - done
            after[hits + 1] = after.get(hits + 1, 0) + chance * Fraction(left, total)
            after[hits] = after.get(hits, 0) + chance * Fraction(total - left, total)
        chances = after
    return chances


def share(outcomes, wanted):
    outcomes = list(outcomes)
    return Fraction(sum(map(wanted, outcomes)), len(outcomes))


def again(times, chance):
    """The same chance, so many times over."""
    result = Fraction(1)
    for _ in range(times):
        result *= chance
    return result


def same_suit(said):
    """Card by card: each must be of the suit of the first."""
    chance = Fraction(1)
    for gone in range(1, said["drawn"]):
        chance *= Fraction(said["ranks"] - gone, said["suits"] * said["ranks"] - gone)
    return chance


PROBABILITIES = {
    "wheel": lambda said: share(range(said["wins"] + said["others"]), lambda field: field < said["wins"]),
    "same draw": lambda said: hits_in_draws(said["wins"], said["others"], said["drawn"])[said["drawn"]],
    "replaced draw": lambda said: again(
        said["draws"], share(range(said["wins"] + said["others"]), lambda ball: ball < said["wins"])
    ),
    "exact draw": lambda said: hits_in_draws(said["wins"], said["others"], said["drawn"])[said["hits"]],
    "some draw": lambda said: 1 - hits_in_draws(said["wins"], said["others"], said["drawn"])[0],
    "roll": lambda said: share(range(1, said["sides"] + 1), lambda roll: roll > said["limit"]),
    "rolls": lambda said: again(said["rolls"], share(range(1, said["sides"] + 1), lambda roll: roll > said["limit"])),
    "sum of rolls": lambda said: share(
        product(range(1, said["sides"] + 1), repeat=2), lambda rolls: sum(rolls) == said["total"]
    ),
    "coins": lambda said: share(product((0, 1), repeat=said["tosses"]), lambda coins: sum(coins) == said["heads"]),
    "cards": same_suit,
}


def test_draw_by_draw_agrees_with_listing_all_hands():
    for wins, others, drawn in ((3, 4, 2), (4, 4, 4), (5, 2, 3)):
        hands = list(combinations(range(wins + others), drawn))
        for hits, chance in hits_in_draws(wins, others, drawn).items():
            assert chance == share(hands, lambda hand, k=hits, w=wins: sum(card < w for card in hand) == k)
    cards = combinations([(suit, rank) for suit in range(3) for rank in range(4)], 3)
    assert same_suit({"suits": 3, "ranks": 4, "drawn": 3}) == share(cards, lambda hand: len({s for s, _ in hand}) == 1)


def next_draw(said):
    left = ["win"] * (said["wins"] - said["gone"]) + ["other"] * said["others"]
    return share(left, lambda ball: ball == "win")


def narrowed_roll(said):
    return share(range(said["known"] + 1, said["sides"] + 1), lambda roll: roll > said["limit"])


def machines(said):
    faulty = [place for place in range(1, said["made"] + 1) if place % said["rate"] == 0]
    elsewhere = [place for place in range(1, said["made elsewhere"] + 1) if place % said["rate elsewhere"] == 0]
    return Fraction(len(faulty), len(faulty) + len(elsewhere))


def pay(said, spins=1):
    fields = [said["prize"]] * said["wins"] + [said["small prize"]] * said["others"] + [0] * said["blanks"]
    return spins * Fraction(sum(fields), len(fields))


TALES = {
    "next draw": (tales._NEXT_DRAW, next_draw),
    "narrowed roll": (tales._NARROWED_ROLL, narrowed_roll),
    "machines": (tales._MACHINES, machines),
}


def own_part(asked, index):
    """What is asked about one of two chances, whose placeholders are numbered on from the third."""
    plain_names = {"colour3": "colour", "colour4": "colour2"}
    if index == 0:
        return {name: value for name, value in asked.items() if name[-1] not in "34"}
    return {plain_names.get(name, name[:-1]): value for name, value in asked.items() if name[-1] in "34"}


def of_that_colour(said, asked):
    """What is said, turned round where the colour that is asked for was said last."""
    numbers = {name: value for name, value in (said | asked).items() if not name.startswith("colour")}
    if asked.get("colour") == said.get("colour2", "") or asked.get("colour2") == said.get("colour", ""):
        numbers["wins"], numbers["others"] = numbers["others"], numbers["wins"]
    return numbers


def chance_of(question):
    """The probability that a question about one or two chances asks for."""
    facts, ask = facts_of(question, {name: chance.facts for name, chance in CHANCES.items()})
    for order, happens in product(permutations(facts), product((True, False), repeat=len(facts))):
        events = tuple((name, happen) for (name, _), happen in zip(order, happens, strict=True))
        found = read_back(ask, {}, {"ask": ask_for(events)})
        if found is None:
            continue
        chance, asked = Fraction(1), found[0][1]
        for index, ((name, said), happen) in enumerate(zip(order, happens, strict=True)):
            one = PROBABILITIES[name](of_that_colour(said, own_part(asked, index)))
            chance *= one if happen else 1 - one
        return chance
    return None


def answer_of(problem):
    """The answer, from the question alone."""
    kind, question = problem.metadata["kind"], problem.question
    if kind in CHOICES:
        (_, said), _ = read_back(question, {kind: CHOICES[kind].facts}, {"ask": CHOICES[kind].ask})
        return WAYS[kind](said)
    if kind in ("all", "either"):
        facts = {name: choice.facts for name, choice in CHOICES.items()}
        *parts, _ = read_back(question, facts, {"ask": ALL_WAYS if kind == "all" else EITHER_WAY})
        ways = [WAYS[name](said) for name, said in parts]
        total = 1
        for one in ways:
            total *= one
        return total if kind == "all" else sum(ways)
    if kind in TALES:
        wording, oracle = TALES[kind]
        [(_, said)] = read_back(question, {}, {kind: wording})
        return oracle(said)
    if kind == "expected":
        asks = {"one": tales._PAY, "several": tales._PAY_OF_SPINS}
        (_, said), (_, asked) = read_back(question, {"wheel": tales._EXPECTED}, asks)
        return pay(said, asked.get("spins", 1))
    return chance_of(question)


@each_difficulty
def test_every_answer_by_counting(difficulty):
    kinds = set()
    for problem in plain("counting", difficulty, 200):
        assert Fraction(problem.answer) == answer_of(problem), problem.question
        kinds.add(problem.metadata["kind"])
    assert len(kinds) >= 14


@pytest.mark.parametrize("options", [{"templates": "unseen"}, {"order": "shuffled"}, {"names": "unseen"}])
def test_every_answer_in_other_words(options):
    for problem in plain("counting", "medium", 100, seed=1, **options):
        assert Fraction(problem.answer) == answer_of(problem), problem.question


def test_the_opposite_of_an_event_has_the_rest_of_the_probability():
    made = FAMILIES["counting"]
    for name, chance in CHANCES.items():
        for seed in range(10):
            both = []
            for steps in (chance.steps + 1, chance.steps + 2):
                config = replace(made.presets["hard"], kinds=(name,), min_steps=steps, max_steps=steps, low=7)
                both.append(made.draft(random.Random(seed), config).build())
            if both[0].metadata["givens"] == both[1].metadata["givens"]:  # neither answer was one of the numbers
                assert Fraction(both[0].answer) + Fraction(both[1].answer) == 1
                assert 0 < Fraction(both[0].answer) < 1


def test_the_oracle_sees_a_changed_question():
    changed = 0
    for problem in plain("counting", "medium", 40):
        number = max(re.findall(r"\d+", problem.question), key=int)
        other = replace(problem, question=problem.question.replace(number, str(int(number) + 1)))
        changed += Fraction(problem.answer) != answer_of(other)
    assert changed > 30


def test_probabilities_are_fractions_in_lowest_terms():
    found = 0
    for problem in plain("counting", "hard", 200):
        if "/" in problem.answer:
            found += 1
            assert str(Fraction(problem.answer)) == problem.answer
    assert found > 40
