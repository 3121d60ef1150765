"""The family "calculus": answers and steps by sympy, graphs, splits, words, and the judge on its gold paths."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy

from reasoning_gym_ccrl.envs.problems.algebra_steps import PERSONS
from reasoning_gym_ccrl.envs.problems.base import DIFFICULTIES, SPLITS, has_split
from reasoning_gym_ccrl.envs.problems.calculus import KINDS, CalculusConfig
from reasoning_gym_ccrl.envs.problems.calculus_draws import Task, draw_task, shapes
from reasoning_gym_ccrl.envs.problems.calculus_terms import Inside, Power, Times, Wave, slope_text, sum_text
from reasoning_gym_ccrl.envs.problems.calculus_wordings import DISTRACTORS, STORIES, WORDINGS
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName

from .symbolic_tools import (
    FAMILIES,
    digest_elsewhere,
    digest_of,
    duplicates,
    hold_to_form,
    hold_to_gold,
    hold_to_no_copying,
    hold_to_splits,
    numbers_in,
    pattern_of,
    read,
    same,
    same_roots,
    samples,
    sides_of,
)

CALCULUS = FAMILIES["calculus"]
HARD = CALCULUS.presets["hard"]
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)
each_split = pytest.mark.parametrize("split", SPLITS)


def function_of(problem):
    """The name, the variable and the expression of the function that a question is about."""
    [(name, text)] = problem.metadata["functions"].items()
    [letter] = problem.metadata["unknowns"]
    return name, sympy.Symbol(letter), read(text)


def points_of(problem):
    """The point, or both limits, that a question names."""
    givens = problem.metadata["givens"]
    names = ("point", "lower limit", "upper limit")
    return [int(givens[name]) for name in names if name in givens]


# -- the oracle: sympy differentiates, integrates, solves --------------------------------------------------------------


@each_difficulty
def test_the_answer_is_what_sympy_finds(difficulty):
    kinds = Counter()
    for problem in samples("calculus", difficulty, count=200):
        name, x, body = function_of(problem)
        kind, answer = problem.metadata["kind"], problem.answer
        kinds[kind] += 1
        assert f"{name}({x}) = {problem.metadata['functions'][name]}" in problem.question
        match kind:
            case "derivative":
                assert same(read(answer), sympy.diff(body, x))
            case "antiderivative":
                assert answer.endswith(" + C")
                assert same(sympy.diff(read(answer), x), body)
            case "slope":
                assert Fraction(answer) == Fraction(str(sympy.diff(body, x).subs(x, points_of(problem)[0])))
            case "integral":
                low, high = points_of(problem)
                assert low < high
                assert Fraction(answer) == Fraction(str(sympy.integrate(body, (x, low, high))))
            case "critical":
                assert answer == ", ".join(map(str, sorted(sympy.solve(sympy.diff(body, x), x))))
            case "extreme":
                [point] = sympy.solve(sympy.diff(body, x), x)
                assert Fraction(answer) == Fraction(str(body.subs(x, point)))
                is_low = sympy.diff(body, x, 2) > 0
                assert is_low == bool(re.search("smallest|small", problem.question))
                assert is_low != bool(re.search("largest|large", problem.question))
        usual = {"derivative": "expression", "antiderivative": "antiderivative", "critical": "set"}.get(kind, "number")
        assert problem.metadata["answer_kind"] == ("number" if kind == "critical" and "," not in answer else usual)
    assert set(kinds) == (set(KINDS) if difficulty != "easy" else set(KINDS[:3]))


@each_difficulty
def test_every_step_is_true(difficulty):
    for problem in samples("calculus", difficulty, count=200):
        name, x, body = function_of(problem)
        equations = [read(a) - read(b) for a, b in map(sides_of, problem.metadata["equations"])]
        assert len({step.text for step in problem.solution}) == len(problem.solution)
        for step in problem.solution:
            left, *_ = sides_of(step.text)
            if " or " in step.text or (equations and re.fullmatch(rf"\d*{x}", left)):
                assert same_roots(step.text, equations[0], x), (problem.question, step.text)
                continue
            sides = [meaning(side, name, x, body) for side in sides_of(step.text)]
            sides = [side for side in sides if side is not None]
            antiderivative = name.upper()
            is_value = re.match(rf"{antiderivative}\(-?\d", step.text)
            if step.text.startswith(("integral(", antiderivative)) and not is_value:
                sides = [sympy.diff(side, x) for side in sides]  # functions up to a constant
            assert len(sides) > 1
            assert all(same(a, b) for a, b in pairwise(sides)), (problem.question, step.text)


def meaning(text, name, x, body):
    """The value of a side by sympy; None for a name such as "change"."""
    if text == "change":
        return None
    if found := re.fullmatch(rf"d/d{x}\((.*)\)", text):
        return sympy.diff(read(found[1]), x)
    if found := re.fullmatch(r"integral\((.*)\)", text):
        return sympy.integrate(read(found[1]), x)
    if found := re.fullmatch(rf"([{name}{name.upper()}])('?)\((-?\d+|{x})\)", text):
        whole = sympy.integrate(body, x) if found[1] == name.upper() else body
        whole = sympy.diff(whole, x) if found[2] else whole
        return whole.subs(x, read(found[3]))
    return read(text)


def test_the_oracle_can_say_no():
    x = sympy.Symbol("x")
    assert meaning("d/dx(x^2 sin(x))", "f", x, x) == 2 * x * sympy.sin(x) + x**2 * sympy.cos(x)
    assert not same(meaning("d/dx(e^(2x))", "f", x, x), read("e^(2x)"))
    assert meaning("F(2)", "f", x, 3 * x**2) == 8 != meaning("F(3)", "f", x, 3 * x**2)


@each_difficulty
def test_names_plans_and_questions_are_whole(difficulty):
    for problem in samples("calculus", difficulty, count=300):
        hold_to_form(problem)
        assert problem.metadata["domain"] == "algebra"


def test_terms_by_hand():
    x = "x"
    assert slope_text((Times((0, 0, 1), Wave("ln", 1)),), x) == "x + 2x ln(x)"
    assert slope_text((Times((1, 2), Wave("exp", 1, 3)),), x) == "(6x + 5)e^(3x)"
    assert slope_text((Inside(2, (1, 0, 3), 4),), x) == "48x(3x^2 + 1)^3"
    assert slope_text((Inside(5, (7, 2), 0, "ln"), Power(4, 0)), x) == "10/(2x + 7)"
    assert slope_text((Inside(-3, (1, 2), 0, "cos"), Wave("cos", 2)), x) == "6 sin(2x + 1) - 2 sin(x)"
    assert sum_text((Power(3, 2), Power(-1, 1), Wave("sin", -1, 2), Wave("exp", 4)), x) == "3x^2 - x - sin(2x) + 4e^x"
    assert Wave("sin", 6, 3).integral(x) == "-2 cos(3x)"
    assert Times((-1, 1), Wave("cos", 1)).rule(x) == "cos(x) - (x - 1) sin(x)"


@each_difficulty
def test_written_functions_and_slopes_are_read_back_by_sympy(difficulty):
    rng, x = random.Random(9), sympy.Symbol("x")
    config = CALCULUS.presets[difficulty]
    for _ in range(120):
        steps = rng.randint(1, 8)
        if not shapes("derivative", steps, config.functions):
            continue
        task = draw_task("derivative", steps, config, rng)
        if task is not None:
            assert same(read(slope_text(task.terms, "x")), sympy.diff(read(sum_text(task.terms, "x")), x))


# -- graphs and splits -------------------------------------------------------------------------------------------------


def test_graphs_by_hand():
    task = Task("slope", (Power(3, 2), Power(-5, 1), Power(2, 0)), (4,))
    assert task.canonical == "slope(-5x+2+3x^2; 4)"
    assert task.composition == "slope(#+#x^2+-#x; #)"
    assert replace(task, points=(5,)).canonical != task.canonical
    assert replace(task, kind="critical", points=()).canonical == "critical(-5x+2+3x^2)"


def test_reordering_terms_keeps_the_graph():
    rng, seen = random.Random(0), 0
    for _ in range(300):
        steps = rng.randint(2, 9)
        task = draw_task("derivative", steps, HARD, rng)
        if task is None or len(task.terms) < 2:
            continue
        turned = replace(task, terms=tuple(rng.sample(task.terms, len(task.terms))))
        assert turned.canonical == task.canonical
        assert turned.composition == task.composition
        assert replace(task, terms=(*task.terms, Power(77, 9))).canonical != task.canonical
        seen += 1
    assert seen > 100


@each_difficulty
def test_splits_are_apart(difficulty):
    graphs, held_out = hold_to_splits("calculus", difficulty)
    assert set(graphs) == set(SPLITS)
    assert len(held_out) >= 16


@each_difficulty
def test_steps_are_counted_before_the_problem_is_built(difficulty):
    rng, config = random.Random(2), CALCULUS.presets[difficulty]
    lengths = Counter()
    for _ in range(400):
        draft = CALCULUS.draft(rng, config)
        assert draft.steps == len(draft.build().solution)
        lengths[draft.steps] += 1
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


@each_difficulty
def test_more_steps_larger_numbers_and_new_names(difficulty):
    config = CALCULUS.presets[difficulty]
    assert all(len(p.solution) > config.max_steps for p in samples("calculus", difficulty, "more_steps", 60))
    usual = samples("calculus", difficulty, count=300)
    for problem in usual:
        assert max(numbers_in(problem.question), default=0) <= config.max_number
    for problem in samples("calculus", difficulty, "larger_numbers", 120):
        assert max(numbers_in(problem.question)) > config.max_number
    for problem in samples("calculus", difficulty, "renamed", 100):
        assert set(problem.metadata["unknowns"]) <= set("uvwkp")
        assert set(problem.metadata["functions"]) <= set("qr")
        assert not set(re.findall(r"\w+", problem.question)) & set(PERSONS["seen"])
    assert not {letter for problem in usual for letter in problem.metadata["unknowns"]} & set("uvwkp")
    assert not {name for problem in usual for name in problem.metadata["functions"]} & set("qr")


@each_difficulty
def test_reordered_functions_are_written_in_another_order(difficulty):
    def written(problem):
        graph = problem.metadata["graph"]
        return problem.metadata["functions"].popitem()[1], graph

    shifted = CALCULUS.shifted(CALCULUS.presets[difficulty], "reordered")
    found = 0
    for seed in range(300):
        turned = CALCULUS.draft(random.Random(seed), shifted).build()
        usual = CALCULUS.draft(random.Random(seed), replace(shifted, order="usual")).build()
        (ours, graph), (theirs, other) = written(turned), written(usual)
        if graph != other:
            continue  # the usual order has terms alone too
        assert ours != theirs
        assert Counter(numbers_in(ours)) == Counter(numbers_in(theirs))
        found += 1
    assert found > 80


@each_difficulty
def test_distractors_are_one_fact_more_before_the_question(difficulty):
    patterns = [pattern_of(text) for text in DISTRACTORS]
    for problem in samples("calculus", difficulty, "distractors", 80):
        body = problem.metadata["functions"].copy().popitem()[1]
        [extra] = [s for s in re.split(r"(?<=[.?]) ", problem.question) if any(p.fullmatch(s) for p in patterns)]
        assert len(numbers_in(extra)) == 1
        rest = problem.question.replace(extra, "").replace(body, "")
        assert all(str(point) in rest for point in points_of(problem))
    assert not any(p.search(problem.question) for problem in samples("calculus", "easy", count=200) for p in patterns)


# -- wordings ----------------------------------------------------------------------------------------------------------


def test_each_kind_has_enough_wordings():
    assert set(WORDINGS) == set(KINDS)
    for wordings in (*WORDINGS.values(), *STORIES.values()):
        assert len(wordings.seen) >= 4
        assert len(wordings.unseen) >= 2
        assert not set(wordings.seen) & set(wordings.unseen)


@pytest.mark.parametrize("templates", ["seen", "unseen"])
def test_every_wording_is_drawn_and_no_other(templates):
    other = "unseen" if templates == "seen" else "seen"
    tables = (*WORDINGS.values(), *STORIES.values())
    config = replace(CALCULUS.presets["medium"], templates=templates, distractors=0.0, worded=0.4)
    rng, left = random.Random(3), {t: pattern_of(t) for w in tables for t in w.of(templates)}
    others = [pattern_of(t) for w in tables for t in w.of(other)]
    for index in range(2500):
        question = CALCULUS.draft(rng, config).build().question
        left = {t: pattern for t, pattern in left.items() if not pattern.fullmatch(question)}
        if index < 500:
            assert not any(pattern.fullmatch(question) for pattern in others), question
    assert not left


def test_words_are_about_short_functions_of_a_time():
    rng, config = random.Random(4), replace(HARD, worded=1.0)
    for _ in range(150):
        problem = CALCULUS.draft(rng, config).build()
        _, x, body = function_of(problem)
        assert sympy.degree(body, x) <= 4
        assert min(points_of(problem)) >= 0
        assert problem.question.count(f"{x} = ") == len(points_of(problem))


# -- settings, repetition, determinism ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_can_be_chosen(kind):
    rng, config = random.Random(4), replace(HARD, kinds=(kind,), worded=0.0)
    assert {CALCULUS.draft(rng, config).build().metadata["kind"] for _ in range(30)} == {kind}


def test_hard_functions_have_all_kinds_of_terms_and_others_have_powers_alone():
    def letters(difficulty):
        texts = [text for p in samples("calculus", difficulty, count=250) for text in p.metadata["functions"].values()]
        return {word for text in texts for word in re.findall(r"sin|cos|ln|e\^|\)\(|\)\^", text)}

    assert letters("easy") == letters("medium") == set()
    assert letters("hard") == {"sin", "cos", "ln", "e^", ")(", ")^"}


def test_antiderivatives_are_whole_where_no_fractions_are_allowed():
    for difficulty in DIFFICULTIES:
        found = [p.answer for p in samples("calculus", difficulty, count=300) if p.metadata["kind"] == "antiderivative"]
        assert any("/" in answer for answer in found) == CALCULUS.presets[difficulty].fractions


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": ("limit",)},
        {"kinds": ()},
        {"degree": 1},
        {"few": 2},
        {"least": 9},
        {"max_number": 10},
        {"worded": -0.1},
        {"min_steps": 11, "max_steps": 12},
        {"min_steps": 3, "max_steps": 2},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises((InvalidOption, UnknownName)):
        CalculusConfig(**wrong)


@pytest.mark.parametrize("worded", [0.0, 1.0])
def test_what_no_kind_can_do_is_said_at_once(worded):
    config = replace(CALCULUS.presets["easy"], kinds=("critical",), worded=worded)
    with pytest.raises(InvalidOption, match="widen"):
        CALCULUS.draft(random.Random(0), config)


def test_problems_hardly_repeat():
    assert duplicates("calculus", "medium") < 150
    assert duplicates("calculus", "hard") < 40


def test_problems_do_not_depend_on_the_process():
    assert digest_of("calculus") == digest_elsewhere("calculus", 1) == digest_elsewhere("calculus", 2)


@pytest.mark.parametrize("level", [0.0, 0.35, 0.7, 1.0])
def test_levels_between_the_presets_work_in_every_split(level):
    for split in SPLITS:
        assert has_split(CALCULUS, split)
        assert len(samples("calculus", level, split, 10)) == 10


# -- the judge ---------------------------------------------------------------------------------------------------------


@each_difficulty
def test_the_judge_accepts_gold_and_nothing_that_differs(difficulty):
    for problem in samples("calculus", difficulty, count=220):
        assert all(hold_to_gold(problem))
        hold_to_no_copying(problem)


@each_split
def test_the_judge_accepts_gold_in_every_split(split):
    for difficulty in DIFFICULTIES:
        for problem in samples("calculus", difficulty, split, count=25):
            assert all(hold_to_gold(problem))
            hold_to_no_copying(problem)
