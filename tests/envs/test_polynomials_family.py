"""The family "polynomials": answers and steps by sympy, graphs, splits, wordings, and the judge on its gold paths."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
import sympy

from reasoning_gym_ccrl.envs.problems.base import DIFFICULTIES, SPLITS, has_split
from reasoning_gym_ccrl.envs.problems.polynomial_factors import FACTOR_STEPS, Product, draw_product
from reasoning_gym_ccrl.envs.problems.polynomial_roots import ROOT_STEPS, draw_roots, root_steps
from reasoning_gym_ccrl.envs.problems.polynomial_sums import (
    MAX_SUM_STEPS,
    Sum,
    Summand,
    draw_sum,
    sum_shapes,
    sum_steps,
    summand_steps,
)
from reasoning_gym_ccrl.envs.problems.polynomial_values import MAX_VALUE_STEPS, value_shapes
from reasoning_gym_ccrl.envs.problems.polynomials import KINDS, WORDINGS, PolynomialConfig
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

POLYNOMIALS = FAMILIES["polynomials"]
HARD = POLYNOMIALS.presets["hard"]
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)
OFFERED = [split for split in SPLITS if has_split(POLYNOMIALS, split)]


def variable_of(problem):
    return sympy.Symbol(problem.metadata["unknowns"][0])


# -- the oracle --------------------------------------------------------------------------------------------------------


@each_difficulty
def test_the_answer_is_what_sympy_finds(difficulty):
    kinds = Counter()
    for problem in samples("polynomials", difficulty, count=220):
        metadata, x = problem.metadata, variable_of(problem)
        kinds[metadata["kind"]] += 1
        match metadata["kind"]:
            case "collect" | "expand":
                [text] = metadata["expressions"]
                assert metadata["answer_kind"] == "expanded"
                # Written as sympy has it, term by term from the highest power down.
                poly = sympy.Poly(sympy.expand(read(text)), x)
                assert [read(part) for part in terms_of(problem.answer)] == [c * x**n for (n,), c in poly.terms()]
            case "factor":
                [text] = metadata["expressions"]
                constant, factors = sympy.factor_list(read(text))
                assert same(read(problem.answer), read(text))
                assert metadata["answer_kind"] == "factored"
                assert factors_of(problem.answer, x) == Counter(
                    {f: n for f, n in factors} | ({constant: 1} if constant != 1 else {})
                )
            case "roots":
                [equation] = metadata["equations"]
                left, right = map(read, sides_of(equation))
                roots = sorted(sympy.roots(sympy.Poly(left - right, x)))
                assert problem.answer == ", ".join(map(str, roots))
                assert metadata["answer_kind"] == "set"
            case "value":
                [(name, text)] = metadata["functions"].items()
                assert f"{name}({x}) = {text}" in problem.question
                assert int(problem.answer) == read(text).subs(x, int(metadata["givens"]["point"]))
            case "discriminant":
                [text] = metadata["expressions"]
                assert int(problem.answer) == sympy.discriminant(read(text), x)
    assert set(kinds) == set(KINDS) - ({"discriminant"} if difficulty == "hard" else set())
    assert min(kinds.values()) > 5


def terms_of(text):
    """The terms of a sum of monomials, with their signs."""
    return re.sub(r" ([-+]) ", r" \1", text).replace("+", "").split()


def factors_of(text, x):
    """The factors of a product as it is written: "3x(x - 2)^2" -> 3, x, x - 2 twice."""
    front, found = text.partition("(")[0], Counter()
    for inside, power in re.findall(r"\(([^()]*)\)(?:\^(\d))?", text):
        found[read(inside)] += int(power or 1)
    constant, power = re.fullmatch(rf"(\d*)((?:{x}(?:\^\d)?)?)", front).groups()
    if constant:
        found[sympy.Integer(constant)] += 1
    if power:
        found[x] += int(power.partition("^")[2] or 1)
    return found


@each_difficulty
def test_every_step_is_true(difficulty):
    for problem in samples("polynomials", difficulty, count=220):
        x = variable_of(problem)
        functions = {name: read(text) for name, text in problem.metadata.get("functions", {}).items()}
        equations = [read(a) - read(b) for a, b in map(sides_of, problem.metadata.get("equations", ()))]
        assert len({step.text for step in problem.solution}) == len(problem.solution)
        for step in problem.solution:
            if " or " in step.text or is_condition(step.text, x, equations):
                assert same_roots(step.text, equations[0], x), (problem.question, step.text)
                continue
            sides = [side_value(side, functions, x) for side in sides_of(step.text)]
            sides = [side for side in sides if side is not None]
            assert len(sides) > 1
            assert all(same(a, b) for a, b in pairwise(sides)), (problem.question, step.text)


def is_condition(text, x, equations):
    """Whether a step states an equation for the unknown, and no identity."""
    left, *_, right = sides_of(text)
    if not equations or re.match("[a-z]{2}", left):
        return False
    return not same(read(left), read(right)) and x in (read(left) - read(right)).free_symbols


def side_value(text, functions, x):
    """The value of a side; None for a name."""
    call = re.fullmatch(r"([a-z])\((-?\d+)\)", text)
    if call:
        return functions[call[1]].subs(x, int(call[2]))
    return None if re.fullmatch(r"[a-z]{2,}( [a-z]+)*", text) else read(text)


def test_the_oracle_can_say_no():
    x = sympy.Symbol("x")
    assert factors_of("3x(x - 2)^2", x) == Counter({sympy.Integer(3): 1, x: 1, x - 2: 2}) != factors_of("3x(x - 2)", x)
    assert terms_of("3x^2 - 5x + 6") == ["3x^2", "-5x", "6"]
    assert same_roots("x = 2 or x = 3", x**2 - 5 * x + 6, x)
    assert not same_roots("x = 2", x**2 - 5 * x + 6, x)
    assert not same_roots("x = 2 or x = 3 or x = 4", x**2 - 5 * x + 6, x)


@each_difficulty
def test_names_plans_and_questions_are_whole(difficulty):
    for problem in samples("polynomials", difficulty, count=300):
        hold_to_form(problem)
        assert problem.metadata["domain"] == "algebra"
        last = problem.solution[-1].value
        answers = {
            problem.answer,
            " or ".join(f"{variable_of(problem)} = {root}" for root in problem.answer.split(", ")),
        }
        assert last in answers


@each_difficulty
def test_a_question_says_what_is_given_and_no_other_number(difficulty):
    for problem in samples("polynomials", difficulty, count=200):
        metadata = problem.metadata
        rest = problem.question
        for text in (
            *metadata.get("equations", ()),
            *metadata.get("functions", {}).values(),
            *metadata.get("expressions", ()),
        ):
            assert rest.count(text) == 1
            rest = rest.replace(text, "")
        if metadata["kind"] == "value":
            point = metadata["givens"]["point"]
            assert rest.count(point) == 1
            rest = rest.replace(point, "")
        assert numbers_in(rest) in ([], [0])  # the 0 of an equation of which the discriminant is asked


# -- graphs and splits -------------------------------------------------------------------------------------------------


def test_graphs_by_hand():
    summands = (Summand(1, ((2, 1), (3, 1))), Summand(-1, ((4,), (-1, 1))))
    assert Sum.of(summands).canonical == "expand(+(x+2)*(x+3)-(4)*(x-1))"
    assert Sum.of(summands).composition == "expand(+(x+#)*(x+#)-(#)*(x-#))"
    assert Product("q", 1, 0, ((-2, 1), (-3, 1))).expanded == (6, -5, 1)
    assert Product("c", 3, 1, ((-2, 1), (-2, 1), (5, 2))).text("y") == "3y(y - 2)^2(2y + 5)"


def test_reordering_summands_and_factors_keeps_the_graph():
    rng = random.Random(0)
    for _ in range(200):
        found = draw_sum(rng.randint(1, MAX_SUM_STEPS), HARD, rng)
        if found is None:
            continue
        summands = [replace(s, factors=tuple(rng.sample(s.factors, len(s.factors)))) for s in found.summands]
        rng.shuffle(summands)
        assert Sum.of(summands).canonical == found.canonical
        assert Sum.of(summands).composition == found.composition
        first = summands[0]
        other = replace(first, factors=((first.factors[0][0] + 1, *first.factors[0][1:]), *first.factors[1:]))
        assert Sum.of([other, *summands[1:]]).canonical != found.canonical


@each_difficulty
def test_the_graph_is_that_of_the_question_whatever_its_letter_and_order(difficulty):
    for split in ("train", "renamed", "reordered"):
        for problem in samples("polynomials", difficulty, split, 60):
            graph, x = problem.metadata["graph"], variable_of(problem)
            if problem.metadata["kind"] in ("factor", "discriminant"):
                inside = re.fullmatch(r"\w+\((.*)\)", graph)[1]
                assert same(read(inside).subs("x", x), read(problem.metadata["expressions"][0]))
            if problem.metadata["kind"] == "roots":
                sides = [read(side).subs("x", x) for side in re.fullmatch(r"roots\((.*)\)", graph)[1].split("=")]
                theirs = [read(side) for side in sides_of(problem.metadata["equations"][0])]
                assert sides in (theirs, theirs[::-1]) or {sympy.expand(s) for s in sides} == {
                    sympy.expand(s) for s in theirs
                }


@each_difficulty
def test_splits_are_apart(difficulty):
    graphs, held_out = hold_to_splits("polynomials", difficulty)
    assert set(graphs) == set(OFFERED) == set(SPLITS) - {"distractors"}
    assert len(held_out) >= 16


@each_difficulty
def test_steps_are_counted_before_the_problem_is_built(difficulty):
    rng, config = random.Random(2), POLYNOMIALS.presets[difficulty]
    lengths = Counter()
    for _ in range(400):
        draft = POLYNOMIALS.draft(rng, config)
        assert draft.steps == len(draft.build().solution)
        lengths[draft.steps] += 1
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


@each_difficulty
def test_more_steps_larger_numbers_and_new_names(difficulty):
    config = POLYNOMIALS.presets[difficulty]
    assert all(len(p.solution) > config.max_steps for p in samples("polynomials", difficulty, "more_steps", 60))
    usual = samples("polynomials", difficulty, count=300)
    assert max(max(numbers_in(p.question)) for p in usual) <= config.max_number
    for problem in samples("polynomials", difficulty, "larger_numbers", 150):
        assert max(numbers_in(problem.question)) > config.max_number, problem.question
    for problem in samples("polynomials", difficulty, "renamed", 100):
        assert set(problem.metadata["unknowns"]) <= set("uvwkp")
        assert set(problem.metadata.get("functions", {})) <= set("qr")
    assert not {str(variable_of(problem)) for problem in usual} & set("uvwkp")
    assert not {name for problem in usual for name in problem.metadata.get("functions", {})} & set("qr")


def is_falling(text, x):
    """Whether each bracket of a text, or each side of one without brackets, goes from high powers to low ones."""
    for part in re.findall(r"\(([^()]*)\)", text) or sides_of(text):
        terms = [read(term) for term in terms_of(part)]
        degrees = [sympy.degree(term, x) if term.free_symbols else 0 for term in terms]
        if any(a < b for a, b in pairwise(degrees)):
            return False
    return True


@each_difficulty
def test_reordered_problems_are_written_in_another_order(difficulty):
    def is_usual(problem):
        metadata, x = problem.metadata, variable_of(problem)
        given = [
            *metadata.get("equations", ()),
            *metadata.get("functions", {}).values(),
            *metadata.get("expressions", ()),
        ]
        return all(is_falling(text, x) and not text.startswith("0 =") for text in given)

    assert not any(is_usual(problem) for problem in samples("polynomials", difficulty, "reordered", 100))
    assert all(is_usual(problem) for problem in samples("polynomials", difficulty, count=100))


# -- wordings ----------------------------------------------------------------------------------------------------------


def test_each_kind_has_enough_wordings():
    assert set(WORDINGS) == set(KINDS)
    for wordings in WORDINGS.values():
        assert len(wordings.seen) >= 4
        assert len(wordings.unseen) >= 2
        assert not set(wordings.seen) & set(wordings.unseen)


@pytest.mark.parametrize("templates", ["seen", "unseen"])
def test_every_wording_is_drawn_and_no_other(templates):
    other = "unseen" if templates == "seen" else "seen"
    config = replace(POLYNOMIALS.presets["medium"], templates=templates)
    rng, left = random.Random(3), {t: pattern_of(t) for w in WORDINGS.values() for t in w.of(templates)}
    others = [pattern_of(t) for w in WORDINGS.values() for t in w.of(other)]
    for index in range(1500):
        question = POLYNOMIALS.draft(rng, config).build().question
        left = {t: pattern for t, pattern in left.items() if not pattern.fullmatch(question)}
        if index < 500:
            assert not any(pattern.fullmatch(question) for pattern in others), question
    assert not left


# -- settings, repetition, determinism ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_can_be_chosen(kind):
    rng, config = random.Random(4), replace(POLYNOMIALS.presets["medium"], kinds=(kind,))
    assert {POLYNOMIALS.draft(rng, config).build().metadata["kind"] for _ in range(30)} == {kind}


def test_every_pattern_can_be_drawn_with_the_steps_that_it_is_said_to_have():
    rng = random.Random(5)
    for pattern, steps in FACTOR_STEPS.items():
        assert any(draw_product(pattern, HARD, rng) for _ in range(100)), pattern
        assert steps > 1
    for pattern, steps in ROOT_STEPS.items():
        found = [equation for _ in range(100) if (equation := draw_roots(pattern, HARD, rng))]
        assert found, pattern
        assert all(len(root_steps(equation, "x")[1]) == steps for equation in found)


def test_an_expansion_has_the_steps_of_its_shape():
    assert [summand_steps(kinds) for kinds in ("b", "nb", "bb", "bt", "tt", "mbb", "bbb")] == [0, 1, 3, 3, 4, 4, 6]
    rng = random.Random(6)
    for steps in range(1, MAX_SUM_STEPS + 1):
        assert sum_shapes(steps)
        for _ in range(20):
            found = draw_sum(steps, HARD, rng)
            assert found is None or len(sum_steps(found, "x")[1]) == steps


def test_values_of_three_or_more_steps_have_numbers_of_their_own():
    for steps in range(1, MAX_VALUE_STEPS + 1):
        shapes = value_shapes(steps)
        assert shapes
        assert all(shape.count(2) >= (2 if steps > 2 else 1) for shape in shapes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": ("integrate",)},
        {"kinds": ()},
        {"few": 2},
        {"least": 12},
        {"least_root": 9},
        {"max_number": 10},
        {"min_steps": 11, "max_steps": 12},
        {"min_steps": 3, "max_steps": 2},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises((InvalidOption, UnknownName)):
        PolynomialConfig(**wrong)


def test_what_no_kind_can_do_is_said_at_once():
    config = replace(POLYNOMIALS.presets["easy"], kinds=("discriminant",), max_steps=2)
    with pytest.raises(InvalidOption, match="widen"):
        POLYNOMIALS.draft(random.Random(0), config)
    assert POLYNOMIALS.shifted(config, "distractors") is None


def test_problems_hardly_repeat():
    assert duplicates("polynomials", "medium") < 100
    assert duplicates("polynomials", "hard") < 40


def test_problems_do_not_depend_on_the_process():
    assert digest_of("polynomials") == digest_elsewhere("polynomials", 1) == digest_elsewhere("polynomials", 2)


@pytest.mark.parametrize("level", [0.0, 0.35, 0.7, 1.0])
def test_levels_between_the_presets_work_in_every_split(level):
    for split in OFFERED:
        assert len(samples("polynomials", level, split, 10)) == 10


# -- the judge ---------------------------------------------------------------------------------------------------------


@each_difficulty
def test_the_judge_accepts_gold_and_nothing_that_differs(difficulty):
    refuted = []
    for problem in samples("polynomials", difficulty, count=220):
        refuted += hold_to_gold(problem)
        hold_to_no_copying(problem)
    assert sum(refuted) > 0.95 * len(refuted)


@pytest.mark.parametrize("split", OFFERED)
def test_the_judge_accepts_gold_in_every_split(split):
    for difficulty in DIFFICULTIES:
        for problem in samples("polynomials", difficulty, split, count=25):
            hold_to_gold(problem)
            hold_to_no_copying(problem)
