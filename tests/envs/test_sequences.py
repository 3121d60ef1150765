"""Sequences: every answer by writing the sequence down, term by term, from what the question says."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES
from reasoning_gym_ccrl.envs.problems import sequence_wordings as words
from reasoning_gym_ccrl.envs.problems.sequence_parts import ordinal
from reasoning_gym_ccrl.envs.problems.sequences import PROGRESSIONS

from .sketch_tools import FAMILIES, evaluated, plain, read_back

each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


# -- sequences without end ---------------------------------------------------------------------------------------------


def adding(first, difference):
    while True:
        yield first
        first += difference


def multiplying(first, ratio):
    while True:
        yield first
        first *= ratio


def growing(first, step, growth):
    while True:
        yield first
        first, step = first + step, step + growth


def by_rule(rule, *start):
    """The first terms, and then what the rule makes of the last ones."""
    row = list(start)
    while True:
        yield row[0]
        row = [*row[1:], rule(*row)]


def nth(terms, place):
    return next(islice(terms, place - 1, None))


def total(terms, count):
    return sum(islice(terms, count))


def place_of(terms, wanted):
    return next(place for place, term in enumerate(islice(terms, 100_000), start=1) if term == wanted)


def arithmetic(said):
    """The sequence that is meant, from a first term and a difference or a second term."""
    return adding(said["first term"], said.get("difference", said.get("second term", 0) - said["first term"]))


def geometric(said):
    return multiplying(said["first term"], said.get("ratio", said.get("second term", 0) // said["first term"]))


def through(said):
    """The arithmetic sequence with these terms at two places: the one among all differences that fits."""
    for difference in range(1, said["later term"]):
        first = said["earlier term"] - difference * (said["earlier place"] - 1)
        if nth(adding(first, difference), said["later place"]) == said["later term"]:
            return first, difference
    raise AssertionError(said)


def quadratic(said):
    first, second, following = said["first term"], said["second term"], said["term c"]
    return nth(growing(first, second - first, following - 2 * second + first), said["asked"])


ORACLES = {
    "missing term": lambda s: nth(adding(s["earlier term"], (s["later term"] - s["earlier term"]) // 2), 2),
    "following term": lambda s: nth(arithmetic(s), 3),
    "term": lambda s: nth(arithmetic(s), s["place"]),
    "listed term": lambda s: nth(arithmetic(s), s["place"]),
    "sum": lambda s: total(arithmetic(s), s["count"]),
    "listed sum": lambda s: total(arithmetic(s), s["count"]),
    "place": lambda s: place_of(arithmetic(s), s["term"]),
    "listed place": lambda s: place_of(arithmetic(s), s["term"]),
    "common difference": lambda s: through(s)[1],
    "first from two": lambda s: through(s)[0],
    "term from two": lambda s: nth(adding(*through(s)), s["place"]),
    "common ratio": lambda s: next(r for r in range(1, 100) if s["first term"] * r == s["second term"]),
    "power term": lambda s: nth(geometric(s), s["place"]),
    "listed power term": lambda s: nth(geometric(s), s["place"]),
    "power sum": lambda s: total(geometric(s), s["count"]),
    "listed power sum": lambda s: total(geometric(s), s["count"]),
    "missing factor": lambda s: next(
        x for x in range(1, s["later term"]) if x * x == s["earlier term"] * s["later term"]
    ),
    "quadratic": quadratic,
    "growing": lambda s: nth(growing(s["first term"], s["first step"], s["growth"]), s["asked"]),
    "formula": lambda s: sum(
        (s["constant"], *(s["linear factor"] for _ in range(s["place"])), s["quadratic factor"] * s["place"] ** 2)
    ),
    "two terms": lambda s: nth(by_rule(lambda a, b: a + b, s["first term"], s["second term"]), s["place"]),
    "weighted": lambda s: nth(by_rule(lambda a, b: s["factor"] * b + a, s["first term"], s["second term"]), s["place"]),
    "one term": lambda s: nth(by_rule(lambda a: s["factor"] * a + s["addend"], s["first term"]), s["place"]),
    "row of seats": lambda s: nth(arithmetic(s), s["place"]),
    "all seats": lambda s: total(arithmetic(s), s["count"]),
    "savings": lambda s: total(arithmetic(s), s["count"]),
    "training": lambda s: place_of(arithmetic(s), s["term"]),
    "steady rise": lambda s: through(s)[1],
    "steady rise ahead": lambda s: nth(adding(*through(s)), s["place"]),
    "growth": lambda s: nth(multiplying(s["start"], s["factor"]), s["hours"] + 1),
    "spread": lambda s: total(geometric(s), s["count"]),
    "pond": lambda s: nth(by_rule(lambda a: s["factor"] * a - s["catch"], s["number at first"]), s["place"] + 1),
}


def answer_of(problem):
    """The answer, from the question alone."""
    kind = problem.metadata["kind"]
    if kind in ORACLES:
        [(_, said)] = read_back(problem.question, {}, {kind: PROGRESSIONS[kind].alone})
        return ORACLES[kind](said)
    facts = {name: progression.letter for name, progression in PROGRESSIONS.items() if progression.letter}
    *parts, (_, asked) = read_back(problem.question, facts, {"formula": words.FORMULA})
    formula = asked["formula"]
    for name, said in parts:
        formula = re.sub(rf"\b{said['letter']}\b", f"({ORACLES[name](said)})", formula)
    return evaluated(formula)


def test_there_is_an_oracle_for_each_kind():
    assert set(ORACLES) == set(PROGRESSIONS)


@each_difficulty
def test_every_answer_by_writing_it_down(difficulty):
    kinds = set()
    for problem in plain("sequences", difficulty, 250):
        assert Fraction(problem.answer) == answer_of(problem), problem.question
        kinds.add(problem.metadata["kind"])
    assert len(kinds) >= 14


@pytest.mark.parametrize("options", [{"templates": "unseen"}, {"order": "shuffled"}, {"names": "unseen"}])
def test_every_answer_in_other_words(options):
    for problem in plain("sequences", "medium", 150, seed=1, **options):
        assert Fraction(problem.answer) == answer_of(problem), problem.question


@pytest.mark.parametrize("kind", PROGRESSIONS)
def test_every_kind(kind):
    made = FAMILIES["sequences"]
    config = replace(made.presets["medium"], kinds=(kind,), min_steps=1, max_steps=8)
    for seed in range(40):
        problem = made.draft(random.Random(seed), config).build()
        assert Fraction(problem.answer) == answer_of(problem), problem.question


def test_the_oracle_sees_a_changed_question():
    changed = 0
    for problem in plain("sequences", "medium", 60):
        number = max(re.findall(r"\d+(?= |\.|,)", problem.question), key=int)
        other = replace(problem, question=problem.question.replace(number, str(int(number) + 1)))
        try:
            changed += Fraction(problem.answer) != answer_of(other)
        except (AssertionError, StopIteration, TypeError):
            continue  # no such sequence of whole numbers any more
    assert changed > 30


def test_sequences_go_down_too():
    answers = [Fraction(problem.answer) for problem in plain("sequences", "medium", 400)]
    assert any(answer < 0 for answer in answers)
    assert sum(answer < 0 for answer in answers) < 60


def test_numbers_in_a_row_have_the_right_endings():
    expected = "1st 2nd 3rd 4th 10th 11th 12th 13th 20th 21st 22nd 23rd 101st 111th 112th 121st"
    assert [ordinal(int(re.match(r"\d+", text)[0])) for text in expected.split()] == expected.split()
