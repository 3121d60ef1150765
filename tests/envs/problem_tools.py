"""What the tests of arithmetic and word problems share: problems by name, and an oracle for written calculations.

The oracle is Python's own grammar on exact fractions, which shares no code with the package's parser.
"""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from fractions import Fraction

from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.verify.judge import EpisodeJudge
from reasoning_gym_ccrl.types import Step, Verdict

OPERATIONS = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: lambda left, right: left**right,
}
NUMBER = re.compile(r"\d+(?:/\d+|\.\d+)?%?")


def samples(family, difficulty="easy", split="train", count=150, seed=0):
    source, rng = make_source(family, difficulty, split), random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def evaluated(text, names=None):
    """The exact value of an expression of numbers and names; "20% of 80", "2^3" and "17 mod 5" are read too."""
    text = re.sub(r"(\d+)%", r"(\1/100)", text)
    for ours, pythons in ((" of ", " * "), ("mod", "%"), ("^", "**")):
        text = text.replace(ours, pythons)

    def value(node):
        match node:
            case ast.Constant():
                return Fraction(str(node.value))
            case ast.Name():
                return names[node.id]
            case ast.UnaryOp():
                return -value(node.operand)
            case ast.BinOp():
                right = value(node.right)
                if isinstance(node.op, ast.Pow):
                    right = int(right)
                return OPERATIONS[type(node.op)](value(node.left), right)
        raise AssertionError(ast.dump(node))

    return value(ast.parse(text.strip(), mode="eval").body)


def number(text):
    """The value of a number as it is written: "12", "-3/4", "2.5", "20%"."""
    return Fraction(text[:-1]) / 100 if text[-1] == "%" else Fraction(text)


def numbers_in(text):
    return Counter(NUMBER.findall(text))


def split_calculation(meta_thought):
    """("name", "left", "operator", "right") of "name = left operator right"."""
    name, _, right_side = meta_thought.partition(" = ")
    [(left, operator, right)] = re.findall(r"(.+?) ([-+*/^]|mod) (.+)", right_side)
    return name, left, operator, right


def raised_by_one(text):
    """Another number in the same notation: "3/4" -> "7/4", "2.5" -> "3.5"."""
    value = number(text) + 1
    return f"{float(value):.12g}" if "." in text else str(value)


def judge_gold(problem):
    """Holds the judge to the gold path: plan, steps and answer CORRECT in order, changed results INCORRECT."""
    judge = EpisodeJudge(problem)
    plan = "; ".join(step.meta_thought for step in problem.solution)
    assert judge.judge(Step("plan", plan)).verdict is Verdict.CORRECT, (problem.question, plan)
    for index, step in enumerate(problem.solution):
        wrong = f"{step.name} = {step.expression} = {raised_by_one(step.value)}"
        assert judge.judge(Step("step", wrong)).verdict is Verdict.INCORRECT, (problem.question, wrong)
        judgement = judge.judge(Step("step", step.text))
        assert judgement.verdict is Verdict.CORRECT, (problem.question, step.text, judgement.reason)
        assert judgement.gold_index == index
    assert judge.judge(Step("answer", raised_by_one(problem.answer))).verdict is Verdict.INCORRECT
    assert judge.judge(Step("answer", problem.answer)).verdict is Verdict.CORRECT
