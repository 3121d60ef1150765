"""Number theory: every answer against sympy or a search, from numbers that are read back from the question."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
import sympy

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES
from reasoning_gym_ccrl.envs.problems import number_wordings as words
from reasoning_gym_ccrl.envs.problems.number_parts import exponents_of, primes_below
from reasoning_gym_ccrl.envs.problems.number_tales import TALES

from .sketch_tools import evaluated, plain, read_back

each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


def common_divisor(first, second):
    """The largest number that divides both, by trying all."""
    return max(d for d in range(1, min(first, second) + 1) if first % d == second % d == 0)


def common_multiple(first, second):
    """The first multiple of one that the other divides, by walking on."""
    multiple = first
    while multiple % second:
        multiple += first
    return multiple


def remainder(said):
    return evaluated(said.get("expression", said.get("bracketed"))) % said["modulus"]


def numbers_of(said):
    return [int(text) for text in re.findall(r"\d+", str(said.get("numbers", said.get("turned"))))]


def congruence(said):
    return next(x for x in range(1, said["modulus"]) if said["number"] * x % said["modulus"] == said["target"])


def divisors(said):
    return sympy.divisor_count(evaluated(said.get("expression", said.get("turned"))))


def inverse(said):
    return next(x for x in range(1, said["modulus"]) if said["number"] * x % said["modulus"] == 1)


def lowest_terms(said):
    reduced = Fraction(said["smaller"], said["larger"])
    return {"numerator": reduced.numerator, "denominator": reduced.denominator}[said["part"]]


def power(said):
    left = 1
    for _ in range(said["exponent"]):
        left = left * said["base"] % said["modulus"]
    return left


def largest_prime(said):
    return max(sympy.factorint(said["number"]))


ORACLES = {
    "gcd": (words.GCD, lambda said: common_divisor(said["larger"], said["smaller"])),
    "lcm": (words.LCM, lambda said: common_multiple(said["larger"], said["smaller"])),
    "gcd of several": (words.SEVERAL["gcd"], lambda said: math.gcd(*numbers_of(said))),
    "lcm of several": (words.SEVERAL["lcm"], lambda said: math.lcm(*numbers_of(said))),
    "remainder": (words.REMAINDER, remainder),
    "power": (words.POWER, power),
    "inverse": (words.INVERSE, inverse),
    "congruence": (words.CONGRUENCE, congruence),
    "largest prime": (words.LARGEST_PRIME, largest_prime),
    "divisors": (words.DIVISORS, divisors),
    "lowest terms": (words.LOWEST_TERMS, lowest_terms),
}
SOURCES = {name: ORACLES[name][1] for name in words.SOURCES}


def told(kind, place, said):
    """What a tale's question asks, worked out as a child would."""
    larger, smaller = said["larger"], said["smaller"]
    if kind == "departures":
        return next(t for t in range(1, larger * smaller + 1) if t % larger == t % smaller == 0)
    if kind == "packs":
        bought = common_multiple(larger, smaller)
        return (bought, bought // larger, bought // larger + bought // smaller)[place]
    share = common_divisor(larger, smaller)
    if kind == "tiles":
        corners = {(x, y) for x in range(0, larger, share) for y in range(0, smaller, share)}
        return (share, len(corners))[place]
    if kind == "strips":
        return (share, len(range(0, larger, share)) + len(range(0, smaller, share)), (larger - smaller) // share)[place]
    return (share, larger // share, (larger + smaller) // share, (larger - smaller) // share)[place]


def answer_of(problem):
    """The answer, from the question alone."""
    kind = problem.metadata["kind"]
    if kind in ORACLES:
        wording, oracle = ORACLES[kind]
        [(_, said)] = read_back(problem.question, {}, {kind: wording})
        return oracle(said)
    if kind in TALES:
        tale = TALES[kind]
        asks = {place: ask.wording for place, ask in enumerate(tale.asks)}
        (_, said), (place, _) = read_back(problem.question, {"facts": tale.facts}, asks, ("fruit", "fruit2"))
        return told(kind, place, said)
    *facts, (_, asked) = read_back(problem.question, words.SOURCES, {"formula": words.FORMULA})
    formula = asked["formula"]
    for name, said in facts:
        formula = re.sub(rf"\b{said['letter']}\b", f"({SOURCES[name](said)})", formula)
    return evaluated(formula)


@each_difficulty
def test_every_answer_by_another_way(difficulty):
    kinds = set()
    for problem in plain("number_theory", difficulty, 250):
        assert evaluated(problem.answer) == answer_of(problem), problem.question
        kinds.add(problem.metadata["kind"])
    assert len(kinds) >= 14


@pytest.mark.parametrize("options", [{"templates": "unseen"}, {"order": "shuffled"}, {"names": "unseen"}])
def test_every_answer_in_other_words(options):
    for problem in plain("number_theory", "medium", 150, seed=1, **options):
        assert evaluated(problem.answer) == answer_of(problem), problem.question


def test_the_oracle_sees_a_changed_question():
    changed = 0
    for problem in plain("number_theory", "medium", 40):
        number = max(re.findall(r"\d+", problem.question), key=int)
        other = problem.question.replace(number, str(int(number) + 1))
        try:
            answer = answer_of(type(problem)("x", other, None, metadata=problem.metadata))
        except (ValueError, StopIteration):
            continue  # no inverse any more
        changed += evaluated(problem.answer) != answer
    assert changed > 20


@each_difficulty
def test_euclids_steps_are_the_divisions_and_no_more(difficulty):
    seen = 0
    for problem in plain("number_theory", difficulty, 300):
        if problem.metadata["kind"] != "gcd" or len(problem.solution) == 1:
            continue
        larger, smaller = (int(problem.metadata["givens"][name]) for name in ("larger", "smaller"))
        expected = []
        while smaller:
            expected.append(f"{larger} mod {smaller}")
            larger, smaller = smaller, larger % smaller
        assert [step.expression for step in problem.solution[:-1]] == expected
        seen += 1
    assert seen >= 5


def test_exponents_need_as_many_products_as_they_say():
    for steps in range(2, 8):
        for exponent in exponents_of(steps):
            digits = bin(exponent)[2:]
            assert len(digits) - 1 + digits.count("1") - 1 == steps
    assert len({e for steps in range(2, 8) for e in exponents_of(steps)}) == sum(
        len(exponents_of(n)) for n in range(2, 8)
    )


def test_primes_are_those_of_sympy():
    assert list(primes_below(1000)) == list(sympy.primerange(1000))
