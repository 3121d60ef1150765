"""The family "algebra": solutions and steps by sympy, graphs, splits, words, and the judge on its gold paths."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
import sympy

from reasoning_gym_ccrl.envs.problems.algebra import KINDS, MAX_STEPS, AlgebraConfig
from reasoning_gym_ccrl.envs.problems.algebra_steps import LETTERS, PERSONS
from reasoning_gym_ccrl.envs.problems.algebra_stories import (
    CHAIN_STORIES,
    DISTRACTORS,
    EQUATION,
    PAIR_STORIES,
    PLANS,
    SYSTEM,
    THOUGHT_OF,
)
from reasoning_gym_ccrl.envs.problems.algebra_wording import PAIRS, TRIPLES
from reasoning_gym_ccrl.envs.problems.base import DIFFICULTIES, SPLITS, has_split
from reasoning_gym_ccrl.envs.problems.linear_chains import Chain, chain_shapes, draw_chain
from reasoning_gym_ccrl.envs.problems.linear_sides import Sides, Term, draw_sides, side_shapes
from reasoning_gym_ccrl.envs.problems.linear_systems import (
    SYSTEM_STEPS,
    Equation,
    arranged,
    count_steps,
    draw_system,
)
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
    samples,
    sides_of,
)

ALGEBRA = FAMILIES["algebra"]
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)
each_split = pytest.mark.parametrize("split", SPLITS)
TALES = {
    "thought of": THOUGHT_OF,
    "plans": PLANS,
    **{f"chain {shape}": wordings for shape, wordings in CHAIN_STORIES.items()},
    **{name: story.wordings for name, story in PAIR_STORIES.items()},
}
WORDINGS = {"equation": EQUATION, "system": SYSTEM, **TALES}


def is_worded(problem):
    return problem.metadata["equations"][0] not in problem.question


# -- the oracle: sympy solves what is asked ----------------------------------------------------------------------------


@each_difficulty
def test_the_answer_is_what_sympy_finds(difficulty):
    for problem in samples("algebra", difficulty, count=160):
        unknowns = [sympy.Symbol(name) for name in problem.metadata["unknowns"]]
        equations = []
        for text in problem.metadata["equations"]:
            left, right = sides_of(text)
            equations.append(sympy.Eq(read(left), read(right)))
        [found] = sympy.solve(equations, unknowns, dict=True)
        answer = {name: str(found[sympy.Symbol(name)]) for name in problem.metadata["unknowns"]}
        assert problem.metadata["assignment"] == answer
        if len(unknowns) == 1:
            assert problem.answer == answer[str(unknowns[0])]
            assert problem.metadata["answer_kind"] == "number"
        else:
            assert problem.answer == ", ".join(f"{name} = {value}" for name, value in sorted(answer.items()))
            assert problem.metadata["answer_kind"] == "assignment"


@each_difficulty
def test_every_step_holds_at_the_solution_and_says_something_new(difficulty):
    for problem in samples("algebra", difficulty, count=160):
        values = {name: read(value) for name, value in problem.metadata["assignment"].items()}
        stated = set()
        for step in problem.solution:
            sides = [read(side) for side in sides_of(step.text)]
            assert len(sides) > 1
            assert all(side.subs(values) == sides[0].subs(values) for side in sides), (problem.question, step.text)
            # What names the unknown nowhere but on one side is a calculation, which is true by itself.
            assert all(same(a, b) for a, b in pairwise(sides[1:]))
            assert step.value not in stated
            stated.add(step.value)
        last = problem.solution[-1].value
        assert last in {f"{name} = {value}" for name, value in problem.metadata["assignment"].items()}


def test_the_oracle_can_say_no():
    assert read("2x(x + 3)^2 - 4") == 2 * sympy.Symbol("x") * (sympy.Symbol("x") + 3) ** 2 - 4
    assert not same(read("3(x + 2)"), read("3x + 5"))
    assert read("3x/4 + 1").subs({"x": 4}) == 4 != read("3x/4 + 2").subs({"x": 4})


@each_difficulty
def test_names_plans_and_questions_are_whole(difficulty):
    for problem in samples("algebra", difficulty, count=300):
        hold_to_form(problem)
        assert problem.metadata["domain"] == "algebra"


@each_difficulty
def test_a_bare_question_says_its_equations_and_no_other_number(difficulty):
    for problem in samples("algebra", difficulty, count=200):
        if is_worded(problem):
            continue
        rest = problem.question
        for equation in problem.metadata["equations"]:
            assert rest.count(equation) == 1
            rest = rest.replace(equation, "")
        assert not numbers_in(rest)


def test_numbers_that_are_thought_of_lead_to_the_result():
    """The orders are carried out as they are written, by a reader of their words."""
    orders = re.compile(
        r"(multiply|divide) (?:it|the result) by (\d+)|(add|subtract) (\d+)|(subtract) (?:it|the result) from (\d+)"
    )
    seen = Counter()
    for seed, difficulty in enumerate(DIFFICULTIES):
        made = ALGEBRA.presets[difficulty]
        config = replace(made, kinds=("chain",), worded=1.0, distractors=0.0, max_steps=6)
        rng = random.Random(seed)
        for _ in range(300):
            problem = ALGEBRA.draft(rng, config).build()
            found = [tuple(filter(None, match.groups())) for match in orders.finditer(problem.question)]
            if not found:
                continue
            value = read(problem.answer)
            for match, (word, number) in zip(orders.finditer(problem.question), found, strict=True):
                number = int(number)
                match word:
                    case "multiply":
                        value *= number
                    case "divide":
                        value /= number
                    case "add":
                        value += number
                    case _:
                        value = number - value if match.group(5) else value - number
                seen[word] += 1
            assert str(value) in re.findall(r"-?\d+", problem.question)
            assert len(found) == len(problem.solution)
    assert min(seen.values()) > 20


# What each shape of a chain's story says, worked by hand from its sentences.
SAID = {
    "+": lambda x, a: x + a,
    "-": lambda x, a: x - a,
    "*": lambda x, a: a * x,
    "/": lambda x, a: x / sympy.Integer(a),
    "*+": lambda x, rate, start: start + rate * x,
    "*-": lambda x, rate, cost: rate * x - cost,
    "*r": lambda x, rate, start: start - rate * x,
    "+*": lambda x, extra, times: times * (x + extra),
    "-*": lambda x, less, times: times * (x - less),
}


def values_in(template, question):
    """What stands in a question where a template has its placeholders; None where it is another one's."""
    pattern = "".join(
        f"(?P<{part[1:-1]}>-?[\\w']+)"
        if part[0] == "{" and template.count(part) == 1
        else r"-?[\w' ]+?"
        if part[0] == "{"
        else re.escape(part)
        for part in re.findall(r"\{\w+\}|[^{]+", template.replace("|", " "))
    )
    match = re.fullmatch(pattern, question)
    return match and match.groupdict()


def worded(seed=0, count=2000, **options):
    rng = random.Random(seed)
    config = replace(ALGEBRA.presets["easy"], worded=1.0, distractors=0.0, max_steps=8, many=30, **options)
    return [ALGEBRA.draft(rng, config).build() for _ in range(count)]


@pytest.mark.parametrize("templates", ["seen", "unseen"])
def test_each_story_says_its_numbers_where_they_belong(templates):
    found = Counter()
    for problem in worded(templates=templates):
        for shape, wordings in CHAIN_STORIES.items():
            for template in wordings.of(templates):
                said = values_in(template, problem.question)
                if said is None:
                    continue
                numbers = [int(said[f"n{index}"]) for index in range(len(shape))]
                assert SAID[shape](read(problem.answer), *numbers) == int(said["k"]), problem.question
                found[template] += 1
        for template in PLANS.of(templates):
            said = values_in(template, problem.question)
            if said is not None:
                a, b, c, d = (int(said[name]) for name in "abcd")
                assert c + a * int(problem.answer) == d + b * int(problem.answer)
                found[template] += 1
    assert min(found.values()) >= 3
    expected = sum(len(wordings.of(templates)) for wordings in (PLANS, *CHAIN_STORIES.values()))
    assert len(found) == expected


@pytest.mark.parametrize("templates", ["seen", "unseen"])
def test_each_story_of_two_unknowns_says_its_equations(templates):
    found = Counter()
    for problem in worded(kinds=("pair",), min_steps=4, templates=templates):
        for story in PAIR_STORIES.values():
            for template in story.wordings.of(templates):
                placeholders = set(re.findall(r"\{([a-f])\}", template))
                said = values_in(template, problem.question)
                if said is None:
                    continue
                numbers = {key: int(said[key]) for key in placeholders}
                x, y = story_values(problem, template)
                a, b, c = numbers.get("a", 1), numbers.get("b", 1), numbers["c"]
                d, e, f = numbers.get("d", 1), numbers.get("e", -1), numbers["f"]
                assert a * x + b * y == c, problem.question
                assert d * x + e * y == f, problem.question
                found[template] += 1
    assert len(found) == sum(len(story.wordings.of(templates)) for story in PAIR_STORIES.values())


def story_values(problem, template):
    """The values of {x} and {y}, by the order in which their letters come first in template and question."""
    order = sorted("xy", key=lambda name: template.index(f"{{{name}}}"))
    letters = sorted(
        problem.metadata["unknowns"], key=lambda letter: re.search(rf"\b{letter}\b", problem.question).start()
    )
    values = {name: int(problem.metadata["assignment"][letter]) for name, letter in zip(order, letters, strict=True)}
    return values["x"], values["y"]


# -- graphs and splits -------------------------------------------------------------------------------------------------

EASY, HARD = ALGEBRA.presets["easy"], ALGEBRA.presets["hard"]


def test_the_graph_of_a_chain_is_its_operations():
    chain = Chain("*+/", (3, 5, 4), (9, 14, 7), 3)
    assert chain.canonical == "solve(x*3+5/4=7)" != Chain("*+/", (3, 5, 2), (9, 14, 7), 3).canonical
    assert chain.composition == "solve(x*+/)"


def test_swapping_sides_and_reordering_terms_keeps_the_graph():
    rng = random.Random(0)
    seen = 0
    for steps in range(2, 11):
        for _ in range(30):
            sides = draw_sides(rng.choice(side_shapes(steps)), HARD, rng)
            if sides is None:
                continue
            left, right = list(sides.left), list(sides.right)
            rng.shuffle(left)
            rng.shuffle(right)
            turned = Sides(tuple(right), tuple(left), sides.solution)
            assert turned.canonical == sides.canonical
            assert turned.composition == sides.composition
            other = Sides((replace(left[0], sign=-left[0].sign), *left[1:]), tuple(right), sides.solution)
            assert other.canonical != sides.canonical
            seen += 1
    assert seen > 150


def test_renaming_unknowns_and_reordering_equations_keeps_graph_and_steps():
    rng = random.Random(1)
    seen = Counter()
    for kind, steps in SYSTEM_STEPS.items():
        for _ in range(80):
            system = draw_system(kind, rng.choice(steps), HARD, rng)
            if system is None:
                continue
            count = count_steps(system)
            size = len(system.solution)
            for order in permutations(range(size)):
                equations = [permuted(equation, order) for equation in system.equations]
                rng.shuffle(equations)
                other = arranged(tuple(equations), tuple(system.solution[index] for index in order))
                assert other.canonical == system.canonical
                assert other.composition == system.composition
                assert count_steps(other) == count
            changed = (replace(system.equations[0], constant=9999), *system.equations[1:])
            assert arranged(changed, system.solution).canonical != system.canonical
            seen[kind] += 1
    assert min(seen.values()) > 20


def permuted(equation, order):
    solved = None if equation.solved is None else order.index(equation.solved)
    return Equation(tuple(equation.coefficients[index] for index in order), equation.constant, solved)


def test_graphs_by_hand():
    sides = Sides((Term("b", 1, 2, 1, 3), Term("u", 1, 1)), (Term("c", 1, 1, 0, 15),), 3)
    assert sides.canonical == "solve(15=2(x+3)+x)"
    assert sides.composition == "solve(#=#(x+#)+x)"
    system = arranged((Equation((1, -1), 4), Equation((1, 1), 12)), (8, 4))
    assert system.canonical == "solve(-x+y=4; 12=x+y)"  # "-" comes before digits and letters


@each_difficulty
def test_splits_are_apart(difficulty):
    graphs, held_out = hold_to_splits("algebra", difficulty)
    assert set(graphs) == set(SPLITS)
    assert len(held_out) >= (8 if difficulty == "easy" else 16)


@each_difficulty
def test_steps_are_counted_before_the_problem_is_built(difficulty):
    rng, config = random.Random(2), ALGEBRA.presets[difficulty]
    lengths = Counter()
    for _ in range(400):
        draft = ALGEBRA.draft(rng, config)
        assert draft.steps == len(draft.build().solution)
        lengths[draft.steps] += 1
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


def test_a_graph_has_as_many_steps_in_words_up_to_what_is_held_out():
    """A wording that adds steps must not carry a graph over the line from which compositions are held out."""
    for problem in worded(count=300):
        bare = len(problem.solution) - sum(step.text in problem.metadata["equations"] for step in problem.solution)
        assert (bare >= 3) == (len(problem.solution) >= 3)


@each_difficulty
def test_more_steps_larger_numbers_and_new_names(difficulty):
    config = ALGEBRA.presets[difficulty]
    assert all(len(p.solution) > config.max_steps for p in samples("algebra", difficulty, "more_steps", 60))
    usual = samples("algebra", difficulty, count=200)
    assert max(max(numbers_in(p.question)) for p in usual) <= config.max_number
    for problem in samples("algebra", difficulty, "larger_numbers", 120):
        assert max(numbers_in(" ".join(problem.metadata["equations"]))) > config.max_number
        assert max(numbers_in(problem.question)) > config.max_number
    for problem in samples("algebra", difficulty, "renamed", 120):
        assert set(problem.metadata["unknowns"]) <= set("uvwkp")
        assert not set(re.findall(r"\w+", problem.question)) & set(PERSONS["seen"])
    letters = {letter for problem in usual for letter in problem.metadata["unknowns"]}
    assert not letters & set("uvwkp")


def test_seen_and_unseen_names_are_apart():
    assert not set(PERSONS["seen"]) & set(PERSONS["unseen"])
    for pool in (LETTERS, PAIRS, TRIPLES):
        assert not set("".join(pool["seen"])) & set("".join(pool["unseen"]))


@each_difficulty
def test_reordered_problems_are_written_in_another_order(difficulty):
    shifted = ALGEBRA.shifted(ALGEBRA.presets[difficulty], "reordered")
    for seed in range(150):
        turned = ALGEBRA.draft(random.Random(seed), shifted).build()
        usual = ALGEBRA.draft(random.Random(seed), replace(shifted, order="usual")).build()
        assert turned.metadata["graph"] == usual.metadata["graph"]
        assert turned.answer == usual.answer
        for ours, theirs in zip(turned.metadata["equations"], usual.metadata["equations"], strict=True):
            assert ours != theirs
            assert Counter(numbers_in(ours)) == Counter(numbers_in(theirs))


@each_difficulty
def test_distractors_are_one_fact_more(difficulty):
    patterns = [pattern_of(text) for text in DISTRACTORS]
    for problem in samples("algebra", difficulty, "distractors", 100):
        sentences = re.split(r"(?<=[.?]) ", problem.question)
        [extra] = [s for s in sentences if any(pattern.fullmatch(s) for pattern in patterns)]
        assert sentences.index(extra) in (0, len(sentences) - 2)  # never between a "number" and its "it"
        assert len(numbers_in(extra)) == 1
        assert is_worded(problem)
    assert not any(
        pattern.search(problem.question) for problem in samples("algebra", "easy", count=200) for pattern in patterns
    )


# -- wordings ----------------------------------------------------------------------------------------------------------


def test_each_kind_has_enough_wordings():
    for name, wordings in WORDINGS.items():
        assert not set(wordings.seen) & set(wordings.unseen)
        if not name.startswith("chain"):  # those share the wordings of numbers that are thought of
            assert len(wordings.seen) >= 4
            assert len(wordings.unseen) >= 2


@pytest.mark.parametrize("templates", ["seen", "unseen"])
def test_every_wording_is_drawn_and_no_other(templates):
    other = "unseen" if templates == "seen" else "seen"
    config = replace(EASY, templates=templates, max_steps=8, many=30, worded=0.7)
    rng, left = random.Random(3), {t: pattern_of(t) for w in WORDINGS.values() for t in w.of(templates)}
    others = [pattern_of(t) for w in WORDINGS.values() for t in w.of(other)]
    for index in range(3000):
        question = ALGEBRA.draft(rng, config).build().question
        left = {t: pattern for t, pattern in left.items() if not pattern.fullmatch(question)}
        if index < 500:
            assert not any(pattern.fullmatch(question) for pattern in others), question
    assert not left


# -- settings, repetition, determinism ---------------------------------------------------------------------------------


@each_difficulty
def test_numbers_stay_in_range(difficulty):
    config = ALGEBRA.presets[difficulty]
    for problem in samples("algebra", difficulty, count=300):
        values = [read(value) for value in problem.metadata["assignment"].values()]
        assert all(value.q <= config.max_denominator for value in values)
        assert config.negative or min(values) > 0
    values = [read(problem.answer) for problem in samples("algebra", "hard", count=300) if "=" not in problem.answer]
    assert any(value.q > 1 for value in values)
    assert any(value < 0 for value in values)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_can_be_chosen(kind):
    rng, config = random.Random(4), replace(HARD, kinds=(kind,), worded=0.0)
    sizes = {len(ALGEBRA.draft(rng, config).build().metadata["unknowns"]) for _ in range(40)}
    assert sizes == {{"pair": 2, "substitution": 2, "triple": 3}.get(kind, 1)}


def test_every_shape_of_every_length_can_be_drawn():
    rng = random.Random(5)
    for steps in range(1, MAX_STEPS + 1):
        for shape in chain_shapes(steps):
            assert any(draw_chain(shape, HARD, rng) for _ in range(60)), shape
        for shape in side_shapes(steps):
            assert any(draw_sides(shape, HARD, rng) for _ in range(60)), shape


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": ("quadratic",)},
        {"kinds": ()},
        {"few": 2},
        {"least": 12},
        {"many": 500},
        {"max_number": 10},
        {"worded": 1.5},
        {"min_steps": 11, "max_steps": 12},
        {"min_steps": 3, "max_steps": 2},
        {"max_denominator": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises((InvalidOption, UnknownName)):
        AlgebraConfig(**wrong)


def test_what_no_kind_can_do_is_said_at_once():
    with pytest.raises(InvalidOption, match="widen"):
        ALGEBRA.draft(random.Random(0), replace(EASY, kinds=("substitution",), worded=0.0))
    with pytest.raises(InvalidOption, match="widen"):
        ALGEBRA.draft(random.Random(0), replace(HARD, kinds=("triple",), worded=1.0))


def test_problems_hardly_repeat():
    assert duplicates("algebra", "medium") < 100
    assert duplicates("algebra", "hard") < 20


def test_problems_do_not_depend_on_the_process():
    assert digest_of("algebra") == digest_elsewhere("algebra", 1) == digest_elsewhere("algebra", 2)


@pytest.mark.parametrize("level", [0.0, 0.35, 0.7, 1.0])
def test_levels_between_the_presets_work_in_every_split(level):
    for split in SPLITS:
        assert has_split(ALGEBRA, split)
        assert len(samples("algebra", level, split, 10)) == 10


# -- the judge ---------------------------------------------------------------------------------------------------------


@each_difficulty
def test_the_judge_accepts_gold_and_nothing_that_differs(difficulty):
    for problem in samples("algebra", difficulty, count=220):
        assert all(hold_to_gold(problem))
        hold_to_no_copying(problem)


@each_split
def test_the_judge_accepts_gold_in_every_split(split):
    for difficulty in DIFFICULTIES:
        for problem in samples("algebra", difficulty, split, count=25):
            assert all(hold_to_gold(problem))
            hold_to_no_copying(problem)
