"""What the tests of number theory, counting, geometry and sequences share.

The numbers of a problem are read back from its question, by the templates it may have been worded with, and a step is
worked out by Python's own grammar with sympy's functions: neither shares code with the notation of the steps.
"""

from __future__ import annotations

import ast
import random
import re
from dataclasses import replace
from functools import cache

import sympy

from reasoning_gym_ccrl.envs.problems.base import ProblemSource
from reasoning_gym_ccrl.envs.problems.counting import Counting
from reasoning_gym_ccrl.envs.problems.geometry import Geometry
from reasoning_gym_ccrl.envs.problems.number_theory import NumberTheory
from reasoning_gym_ccrl.envs.problems.sequences import Sequences

FAMILIES = {family.name: family for family in (NumberTheory(), Counting(), Geometry(), Sequences())}


def samples(family, difficulty="easy", split="train", count=150, seed=0):
    source, rng = ProblemSource({family: 1.0}, FAMILIES, difficulty, split), random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def plain(family, difficulty, count=150, seed=0, **options):
    """Problems of no split in particular and without distractors, so that their questions can be read back."""
    config = replace(FAMILIES[family].presets[difficulty], distractors=0.0, **options)
    rng = random.Random(seed)
    return [FAMILIES[family].draft(rng, config).build() for _ in range(count)]


# -- reading a question back -------------------------------------------------------------------------------------------

POOLS = {}
for family in FAMILIES.values():
    for pool, names in family.pools.items():
        POOLS[pool] = POOLS.get(pool, ()) + names[0] + names[1]
# What a placeholder may stand for, where it is no number.
TEXTS = {
    "formula": r"[a-k](?: [+*] [a-k])+",
    "letter": r"[a-k]",
    "part": r"numerator|denominator",
    "numbers": r"\d+(?:, \d+)* and \d+",
    "expression": r"[-+*()^ \d]+",
    "bracketed": r"\([-+*() \d]+\)|\d+",
}
TEXTS["turned"] = f"{TEXTS['numbers']}|{TEXTS['expression']}"


def stands_for(name):
    """What may stand for a placeholder; "{place}" is a garden in one family and a number in another."""
    plain_name = name.rstrip("0123456789")
    number = r"-?\d+(?:st|nd|rd|th)?"
    if plain_name in POOLS:
        return "|".join([*sorted(map(re.escape, POOLS[plain_name]), key=len, reverse=True), number])
    return TEXTS.get(plain_name, number)


@cache
def patterns(wording):
    """(regular expression, names of its groups) for each way to say something."""
    found = []
    for template in wording.texts:
        pieces = re.split(r"\{([^{}]+)\}", template.replace("|", " "))
        text = "".join(
            re.escape(piece) if index % 2 == 0 else f"({stands_for(piece)})" for index, piece in enumerate(pieces)
        )
        found.append((re.compile(text, re.IGNORECASE), tuple(pieces[1::2])))
    return found


def fields_of(match, names):
    """Placeholder -> what stands there, "12" and "12th" being the number 12; None where one stands for two things."""
    fields = {}
    for name, text in zip(names, match.groups(), strict=True):
        number = re.fullmatch(r"(-?\d+)(?:st|nd|rd|th)?", text)
        value = int(number[1]) if number else text.lower()
        if fields.setdefault(name.removesuffix(" th"), value) != value:
            return None
    return fields


def readings(question, facts, asks):
    """All that a question may say by these wordings: [(label, fields), …], the ask last."""
    for label, wording in asks.items():
        for pattern, names in patterns(wording):
            match = pattern.fullmatch(question)
            if match is not None and (fields := fields_of(match, names)) is not None:
                yield [(label, fields)]
    for label, wording in facts.items():
        for pattern, names in patterns(wording):
            match = pattern.match(question)
            if match is None or question[match.end() : match.end() + 1] != " ":
                continue
            if (fields := fields_of(match, names)) is not None:
                for rest in readings(question[match.end() + 1 :], facts, asks):
                    yield [(label, fields), *rest]


def read_back(question, facts, asks, alike=()):
    """What a question says, [(label, fields), …], the ask last; None where these wordings do not give it.

    Args:
        question: the question.
        facts, asks: label -> wording, of what may be said before and of what may be asked.
        alike: placeholders that stand for the same thing wherever they are.
    """
    for reading in readings(question, facts, asks):
        if all(len({fields[name] for _, fields in reading if name in fields}) <= 1 for name in alike):
            return reading
    return None


def facts_of(question, facts):
    """The facts that a question starts with, [(label, fields), …], and what is left of it."""
    found = []
    while True:
        matches = [
            (match.end(), label, fields)
            for label, wording in facts.items()
            for pattern, names in patterns(wording)
            if (match := pattern.match(question)) and question[match.end() : match.end() + 1] == " "
            if (fields := fields_of(match, names)) is not None
        ]
        if not matches:
            return found, question
        end, label, fields = max(matches, key=lambda match: match[0])
        found.append((label, fields))
        question = question[end + 1 :]


# -- working out steps -------------------------------------------------------------------------------------------------

OPERATIONS = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: lambda left, right: left**right,
}
FUNCTIONS = {
    "gcd": sympy.gcd,
    "lcm": sympy.lcm,
    "inverse": sympy.mod_inverse,
    "C": sympy.binomial,
    "P": lambda n, k: sympy.ff(n, k),
    "sqrt": sympy.sqrt,
    "floor": sympy.floor,
    "factorial": sympy.factorial,
    "square": lambda value: value**2,
    "power": lambda base, exponent: base**exponent,
}


def evaluated(expression):
    """The exact value of a step's expression, "8! / (3! * 5!)", or of a meta-thought with numbers in place of names."""
    text = re.sub(r"(\d+)!", r"factorial(\1)", str(expression)).replace(" mod ", " % ").replace("^", "**")

    def value(node):
        match node:
            case ast.Constant():
                return sympy.Integer(node.value)
            case ast.Name(id="pi"):
                return sympy.pi
            case ast.UnaryOp(op=ast.USub()):
                return -value(node.operand)
            case ast.BinOp():
                return OPERATIONS[type(node.op)](value(node.left), value(node.right))
            case ast.Call():
                return FUNCTIONS[node.func.id](*map(value, node.args))
        raise AssertionError(ast.dump(node))

    return value(ast.parse(text, mode="eval").body)


def filled_in(calculation, known):
    """A calculation over names with numbers in place of the names, longest names first."""
    for name in sorted(known, key=len, reverse=True):
        calculation = re.sub(rf"\b{re.escape(name)}\b(?![\w(])", lambda _, n=name: f"({known[n]})", calculation)
    return calculation


def exact(text):
    """A gold value: a number, or a multiple of pi."""
    return evaluated(text)


def numbers_in(question):
    """All numbers that a question holds, written in digits."""
    return [int(text) for text in re.findall(r"(?<![\d.])-?\d+", question)]
