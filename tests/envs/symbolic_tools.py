"""What the tests of algebra, polynomials and calculus share: problems, sympy as the oracle, the judge on gold paths.

The oracle writes each text out for sympy (signs of multiplication, powers) and lets sympy read it: no code of the
package takes part. Only texts of our own families are read so.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import sympy

from reasoning_gym_ccrl.agents.comt.meta_thoughts import plan_of, why_rejected
from reasoning_gym_ccrl.envs.problems.algebra import Algebra
from reasoning_gym_ccrl.envs.problems.base import DIFFICULTIES, SPLITS, ProblemSource, has_split, is_held_out, split_of
from reasoning_gym_ccrl.envs.problems.calculus import Calculus
from reasoning_gym_ccrl.envs.problems.polynomials import Polynomials
from reasoning_gym_ccrl.envs.verify import make_judge
from reasoning_gym_ccrl.types import Step, Verdict

FAMILIES = {family.name: family for family in (Algebra(), Polynomials(), Calculus())}
FUNCTIONS = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "ln": sympy.log,
    "sqrt": sympy.sqrt,
    "gcd": sympy.gcd,
    "lcm": sympy.lcm,
}
_TOKEN = re.compile(r"\d+|[A-Za-z]+|\*\*|[-+*/^(),]")


def samples(family, difficulty="easy", split="train", count=150, seed=0):
    source, rng = ProblemSource({family: 1.0}, FAMILIES, difficulty, split), random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def read(text):
    """A text as sympy has it: "2x(x + 3)^2", "e^(2x)", "6x cos(x)", "gcd(12, 18)"."""
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == text.replace(" ", ""), text
    written, names = "", {"e": sympy.E}
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        ends = before == ")" or before.isdigit() or (before.isalpha() and before not in FUNCTIONS)
        if ends and (token == "(" or token.isalnum()):
            written += "*"
        written += {"^": "**"}.get(token, token)
        if token.isalpha() and token not in FUNCTIONS and token != "e":
            names[token] = sympy.Symbol(token)
    exact = re.sub(r"\d+", r"Integer(\g<0>)", written)
    return sympy.sympify(exact, locals={**FUNCTIONS, **names, "Integer": sympy.Integer})


def same(first, second):
    """Whether two expressions are equal."""
    return sympy.simplify(sympy.expand(first - second)) == 0


def sides_of(text):
    return text.split(" = ")


def same_roots(text, equation, x):
    """Whether alternatives, or one equation, have the roots of the given equation."""
    found = set()
    for part in text.split(" or "):
        sides = sides_of(part)
        found |= set(sympy.roots(sympy.Poly(read(sides[0]) - read(sides[-1]), x)))
        assert all(same(read(a), read(b)) for a, b in pairwise(sides[1:]))
    return found == set(sympy.roots(sympy.Poly(equation, x)))


def numbers_in(text):
    return [int(digits) for digits in re.findall(r"\d+", text)]


def changed(text):
    """The text with the last number of its last side raised by one, exponents apart; None where there is none."""
    start = text.rfind(" = ") + 3
    found = list(re.finditer(r"(?<![\^\d])\d+", text[start:]))
    if not found:
        return None
    match = found[-1]
    return f"{text[: start + match.start()]}{int(match.group()) + 1}{text[start + match.end() :]}"


def hold_to_gold(problem):
    """Holds the judge to a gold path: plan, steps and answer are right, what has another number never is.

    Returns whether each changed step was proven wrong. Where an equation is given, or x has no value, the text of a
    false identity may also be meant as an equation that holds for some x, and stays unchecked.
    """
    refuted = []
    judge = make_judge(problem)
    plan = judge.judge(Step("plan", plan_of(problem)))
    assert plan.verdict is Verdict.CORRECT, (problem.question, plan.reason)
    for index, step in enumerate(problem.solution):
        wrong = changed(step.text)
        if wrong is not None:
            judged = judge.judge(Step("step", wrong))
            assert judged.verdict is not Verdict.CORRECT, (problem.question, wrong)
            assert judged.gold_index is None
            refuted.append(judged.verdict is Verdict.INCORRECT)
        judged = judge.judge(Step("step", step.text))
        assert judged.verdict is Verdict.CORRECT, (problem.question, step.text, judged.reason)
        assert judged.gold_index == index, (problem.question, step.text, judged.gold_index)
        assert judged.counts
    judged = judge.judge(Step("answer", problem.answer))
    assert judged.verdict is Verdict.CORRECT, (problem.question, problem.answer, judged.reason)
    return refuted


def hold_to_no_copying(problem):
    """What stands in the question already counts for nothing."""
    judge = make_judge(problem)
    metadata = problem.metadata
    for text in (*metadata.get("equations", ()), *metadata.get("expressions", ()), problem.question):
        if text in (step.text for step in problem.solution):
            continue  # a story's equations are for the solver to find
        judged = judge.judge(Step("step", text))
        assert not (judged.counts and judged.verdict is Verdict.CORRECT), (problem.question, text)


def hold_to_form(problem):
    """Names, parents and texts are whole: each given is used, each step but the last needed, no plan has a number."""
    assert why_rejected(problem, plan_of(problem)) is None
    givens = problem.metadata["givens"]
    names = [step.name for step in problem.solution]
    assert len({*names, *givens}) == len(names) + len(givens)
    known = set(givens)
    for step in problem.solution:
        assert step.parents
        assert set(step.parents) <= known, step
        assert all(parent in step.meta_thought for parent in step.parents)
        assert step.text.endswith(step.value.rpartition(" = ")[2])
        known.add(step.name)
    used = {parent for step in problem.solution for parent in step.parents}
    assert set(givens) <= used
    assert set(names[:-1]) <= used
    assert not set("{}[]|#$") & set(problem.question)
    assert "  " not in problem.question
    assert problem.question[0].isupper()
    assert problem.question[-1] in ".?"


def hold_to_splits(family, difficulty, count=60):
    """Every split has problems of its own and no graph is in two; compositions held out occur nowhere else."""
    made = FAMILIES[family]
    graphs, shapes = {}, {}
    for split in filter(lambda split: has_split(made, split), SPLITS):
        config = made.presets[difficulty] if split in SPLITS[:3] else made.shifted(made.presets[difficulty], split)
        rng, found = random.Random(7), []
        while len(found) < count:
            draft = made.draft(rng, config)
            if split_of(draft.canonical, draft.steps, draft.composition) == split:
                found.append(draft)
        graphs[split] = {draft.canonical for draft in found}
        shapes[split] = {draft.composition for draft in found if draft.steps >= 3}
    held_out = shapes.pop("unseen_compositions")
    assert all(map(is_held_out, held_out))
    for split, found in graphs.items():
        assert all(split == other or not found & graphs[other] for other in graphs)
        assert not held_out & shapes.get(split, set())
    return graphs, held_out


def pattern_of(template, extra=""):
    """What a template's questions look like; `extra` is what may stand between its sentences."""
    parts = [re.sub(r"\\{\w+\\}", r".+?", re.escape(part)) for part in template.split("|")]
    return re.compile(f"{extra}{f' {extra}'.join(parts)}")


def duplicates(family, difficulty, count=10_000):
    """How many of so many questions were there before, and the kinds of those."""
    questions = Counter(problem.question for problem in samples(family, difficulty, count=count, seed=11))
    return count - len(questions)


_DIGEST = """
import sys
sys.path.insert(0, {folder!r})
from symbolic_tools import digest_of
print(digest_of({family!r}))
"""


def digest_of(family):
    """A digest of problems of all difficulties, with all that belongs to them."""
    found = hashlib.sha256()
    for difficulty in DIFFICULTIES:
        for problem in samples(family, difficulty, count=25, seed=5):
            found.update(repr(problem.to_json()).encode())
    return found.hexdigest()


def digest_elsewhere(family, hash_seed):
    """The same in a new process with another seed of Python's hashes."""
    code = _DIGEST.format(folder=os.path.dirname(__file__), family=family)
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
