"""The problem families: every number against an independent reading, every split apart from the others."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, FAMILIES, SPLITS, make_source, split_of
from reasoning_gym_ccrl.envs.problems.base import canonical_node, digest
from reasoning_gym_ccrl.envs.problems.stories import DISTRACTORS, STORIES
from reasoning_gym_ccrl.envs.problems.word_problems import calculations_of
from reasoning_gym_ccrl.envs.verify.judge import EpisodeJudge
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.types import Step, Verdict

OPERATIONS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
each_family = pytest.mark.parametrize("family", FAMILIES)
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


def samples(family, difficulty="easy", split="train", count=150, seed=0):
    source, rng = make_source(family, difficulty, split), random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def evaluated(text, names=None):
    """The exact value of an expression of numbers and names, by Python's grammar and Fraction."""

    def value(node):
        match node:
            case ast.Constant():
                return Fraction(node.value)
            case ast.Name():
                return names[node.id]
            case ast.BinOp():
                left, right = value(node.left), value(node.right)
                match OPERATIONS[type(node.op)]:
                    case "+":
                        return left + right
                    case "-":
                        return left - right
                    case "*":
                        return left * right
                    case _:
                        return left / right
        raise AssertionError(ast.dump(node))

    return value(ast.parse(text, mode="eval").body)


def numbers_in(text):
    return Counter(re.findall(r"\d+", text))


def split_calculation(meta_thought):
    """("name", "left", "operator", "right") of "name = left operator right"."""
    name, _, right_side = meta_thought.partition(" = ")
    [(left, operator, right)] = re.findall(r"(.+?) ([-+*/]) (.+)", right_side)
    return name, left, operator, right


@each_family
@each_difficulty
def test_every_step_is_exact_and_follows_from_its_parents(family, difficulty):
    for problem in samples(family, difficulty):
        known = {name: Fraction(value) for name, value in problem.metadata["givens"].items()}
        for step in problem.solution:
            name, left, operator, right = split_calculation(step.meta_thought)
            assert step.parents == (left, right)
            assert name == step.name
            assert name not in known
            exact = evaluated(f"x {operator} y", {"x": known[left], "y": known[right]})
            assert exact == Fraction(step.value) == evaluated(step.expression)
            assert step.expression == f"{known[left]} {operator} {known[right]}"
            assert step.text == f"{name} = {step.expression} = {step.value}"
            known[name] = exact
        assert problem.answer == problem.solution[-1].value
        assert problem.metadata["answer_kind"] == "number"


@each_difficulty
def test_an_expressions_value_by_pythons_own_grammar(difficulty):
    for problem in samples("arithmetic", difficulty):
        [expression] = re.findall(r"[\d(][-+*/() \d]*", problem.question)
        assert evaluated(expression) == Fraction(problem.answer)
        givens = problem.metadata["givens"]
        assert list(givens.values()) == re.findall(r"\d+", expression)  # in the order they are read
        # Taking the brackets away must matter whenever they are written.
        for opening in re.finditer(r"\(", expression):
            without, depth = list(expression), 0
            without[opening.start()] = " "
            for index in range(opening.start() + 1, len(expression)):
                depth += {"(": 1, ")": -1}.get(expression[index], 0)
                if depth < 0:
                    without[index] = " "
                    break
            assert ast.dump(ast.parse("".join(without).strip())) != ast.dump(ast.parse(expression))


@each_family
@each_difficulty
def test_the_question_holds_every_given_and_every_given_is_needed(family, difficulty):
    for problem in samples(family, difficulty):
        stated, givens = numbers_in(problem.question), Counter(problem.metadata["givens"].values())
        assert not givens - stated
        extra = sum((stated - givens).values())
        assert extra <= (family == "word_problems" and difficulty != "easy")  # one distractor at the most
        used = {parent for step in problem.solution for parent in step.parents}
        assert set(problem.metadata["givens"]) <= used
        # Every step but the last is needed by a later one.
        assert {step.name for step in problem.solution[:-1]} <= used


@each_family
@each_difficulty
def test_meta_thoughts_hold_no_digit_and_questions_no_hole(family, difficulty):
    for problem in samples(family, difficulty):
        for step in problem.solution:
            assert not any(char.isnumeric() for char in step.meta_thought)
        assert not any(char.isnumeric() for name in problem.metadata["givens"] for char in name)
        assert not set("{}[]$") & set(problem.question)
        assert "  " not in problem.question
        assert problem.question[-1] in ".?"


@each_family
@each_difficulty
def test_the_settings_of_a_difficulty_are_kept(family, difficulty):
    config = FAMILIES[family].presets[difficulty]
    lengths = Counter()
    for problem in samples(family, difficulty, count=300):
        lengths[len(problem.solution)] += 1
        assert all(0 <= int(step.value) <= config.max_value for step in problem.solution)
        assert all(2 <= int(value) <= config.max_value for value in problem.metadata["givens"].values())
        assert problem.family == family
        assert problem.difficulty == difficulty
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


@given(
    steps=st.integers(1, 4),
    few=st.integers(2, 12),
    many=st.integers(5, 60),
    max_value=st.integers(60, 500),
    seed=st.integers(0, 10**6),
)
def test_own_settings_are_kept(steps, few, many, max_value, seed):
    options = {"min_steps": steps, "max_steps": steps, "few": few, "many": many, "max_value": max_value}
    for family in FAMILIES:
        source = make_source(family, {family: options}, "train")
        problem = source.sample(random.Random(seed))
        assert len(problem.solution) == steps
        assert all(int(step.value) <= max_value for step in problem.solution)
        assert problem.difficulty == "custom"
        for step in problem.solution:
            for parent in step.parents:
                value = int(problem.metadata["givens"].get(parent, 0))
                assert value <= max_value if family == "word_problems" else value <= max(few, many)


def test_operators_and_stories_can_be_chosen():
    source = make_source("arithmetic", {"arithmetic": {"operators": "+*"}})
    rng = random.Random(0)
    assert all(not set("-/") & set(source.sample(rng).question) for _ in range(100))
    told = make_source("word_problems", {"word_problems": {"stories": ["ages", "school"]}})
    assert {told.sample(rng).metadata["story"] for _ in range(60)} == {"ages", "school"}
    everything = make_source("word_problems", "hard")
    assert {everything.sample(rng).metadata["story"] for _ in range(400)} == {story.name for story in STORIES}


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 0.4, 0.6), (1.0, 1, 1)])
def test_distractors_occur_as_often_as_asked_and_are_in_no_calculation(share, low, high):
    source, rng = make_source("word_problems", {"word_problems": {"distractors": share}}), random.Random(1)
    patterns = [
        re.compile(re.sub(r"\\{.\\}", r"\\w+", re.escape(text)).replace(r"\[0\]", r"(\d+)")) for text in DISTRACTORS
    ]
    found = 0
    for _ in range(400):
        problem = source.sample(rng)
        seen = [match for pattern in patterns for match in pattern.finditer(problem.question)]
        assert len(seen) <= 1
        found += len(seen)
        extra = numbers_in(problem.question) - Counter(problem.metadata["givens"].values())
        assert list(extra.elements()) == [match[1] for match in seen]
        assert problem.question.endswith("?")  # the question itself stays last
    assert low <= found / 400 <= high


@each_family
def test_gold_steps_and_plan_satisfy_the_judge_and_a_changed_result_does_not(family):
    for problem in samples(family, "medium", count=60):
        judge = EpisodeJudge(problem)
        plan = "; ".join(step.meta_thought for step in problem.solution)
        assert judge.judge(Step("plan", plan)).verdict is Verdict.CORRECT
        for index, step in enumerate(problem.solution):
            wrong = Step("step", f"{step.name} = {step.expression} = {int(step.value) + 1}")
            assert judge.judge(wrong).verdict is Verdict.INCORRECT
            judgement = judge.judge(Step("step", step.text))
            assert judgement.verdict is Verdict.CORRECT
            assert judgement.gold_index == index
        assert judge.judge(Step("answer", problem.answer)).verdict is Verdict.CORRECT


# -- splits and canonical forms ----------------------------------------------------------------------------------------


def graph_of(problem, swap=lambda: False):
    """The canonical form, built here from the solution alone; `swap` turns commutative operands around."""
    forms = dict(problem.metadata["givens"])
    for step in problem.solution:
        name, left, operator, right = split_calculation(step.meta_thought)
        if operator in "+*" and swap():
            left, right = right, left
        forms[name] = canonical_node(operator, forms[left], forms[right])
    return forms[name]


@each_family
def test_the_graph_is_that_of_the_solution_and_commuting_changes_nothing(family):
    rng = random.Random(0)
    turned = 0
    for problem in samples(family, "medium"):
        graph = problem.metadata["graph"]
        assert graph == graph_of(problem) == graph_of(problem, lambda: rng.random() < 0.5)
        turned += any(step.meta_thought.split(" = ")[1].count("+") for step in problem.solution)
        # The form is an expression with the problem's own value.
        assert evaluated(graph) == Fraction(problem.answer)
    assert turned > 20


def test_operands_that_do_not_commute_stay_where_they_are():
    assert canonical_node("-", 3, 4) != canonical_node("-", 4, 3)
    assert canonical_node("/", 8, 4) != canonical_node("/", 4, 8)
    assert canonical_node("+", 3, 4) == canonical_node("+", 4, 3) == "(3+4)"
    assert canonical_node("*", "(1+2)", 4) == canonical_node("*", 4, "(2+1)".replace("2+1", "1+2"))
    assert canonical_node("+", 1, 23) != canonical_node("+", 12, 3)


@each_difficulty
def test_no_graph_is_in_two_splits(difficulty):
    graphs = {
        split: {problem.metadata["graph"] for family in FAMILIES for problem in samples(family, difficulty, split, 250)}
        for split in SPLITS
    }
    for split, found in graphs.items():
        assert {split_of(graph) for graph in found} == {split}
        for other in SPLITS:
            assert split == other or not found & graphs[other]


def test_splits_do_not_depend_on_the_process():
    assert digest("(3+4)") == 4786029633218194340
    assert sorted({bucket for buckets in SPLITS.values() for bucket in buckets}) == list(range(12))
    assert split_of("(3+4)") in (*SPLITS, "reserved")


def test_a_quarter_of_all_graphs_is_kept_for_other_splits():
    shares = Counter(split_of(f"({a}+{b})") for a in range(2, 90) for b in range(a, 90))
    total = sum(shares.values())
    for name, share in (("train", 8 / 16), ("validation", 2 / 16), ("test", 2 / 16), ("reserved", 4 / 16)):
        assert shares[name] / total == pytest.approx(share, abs=0.03)


@each_family
def test_equal_generators_draw_equal_problems_and_others_do_not(family):
    assert samples(family, seed=3) == samples(family, seed=3)
    same = {p.question for p in samples(family, seed=3)} & {p.question for p in samples(family, seed=4)}
    assert len(same) < 75  # one-step problems meet by chance


@each_family
def test_an_id_names_one_question(family):
    found = samples(family, count=500)
    assert len({p.id for p in found}) == len({p.question for p in found})
    assert all(p.id.startswith(f"{family}:") for p in found)


@each_family
def test_a_draft_is_worded_alike_however_late(family):
    """Drafts that were drawn in a loop keep their own graph: nothing is shared between them."""
    rng, config = random.Random(5), FAMILIES[family].presets["easy"]
    drafts = [FAMILIES[family].draft(rng, config) for _ in range(20)]
    assert [draft.build().metadata["graph"] for draft in drafts] == [draft.canonical for draft in drafts]


# -- stories and errors ------------------------------------------------------------------------------------------------


def test_every_beat_says_all_its_numbers_and_uses_them():
    for story in STORIES:
        for beat in story.beats:
            for text in beat.texts:
                assert sorted(re.findall(r"\[(\d)\]", text)) == [str(index) for index in range(len(beat.givens))]
            operands = {operand for _, left, _, right in calculations_of(beat) for operand in (left, right)}
            names = {name for name, _ in beat.givens}
            assert not beat.steps or names <= operands
            assert bool(beat.asks) == bool(beat.steps)
            assert not any(char.isdigit() for step in beat.steps for char in step)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"families": "word_problem"}, UnknownName, "word_problems"),
        ({"difficulty": "esy"}, UnknownName, "easy"),
        ({"split": "tests"}, UnknownName, "test"),
        ({"difficulty": {"arithmetic": {"max_step": 3}}}, UnknownName, "max_steps"),
        ({"families": []}, InvalidOption, "at least one"),
        ({"families": {"arithmetic": 0.0}}, InvalidOption, "weights"),
        ({"families": {"arithmetic": -1.0, "word_problems": 2.0}}, InvalidOption, "weights"),
    ],
)
def test_wrong_settings_name_what_would_be_right(wrong, error, said):
    with pytest.raises(error, match=said):
        make_source(**wrong)


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("arithmetic", {"min_steps": 3, "max_steps": 1}),
        ("word_problems", {"min_steps": 3, "max_steps": 1}),
        ("arithmetic", {"few": 1}),
        ("arithmetic", {"many": 1}),
        ("arithmetic", {"operators": "+%"}),
        ("arithmetic", {"operators": ""}),
        ("arithmetic", {"min_steps": 0}),
        ("arithmetic", {"min_steps": 12, "max_steps": 12}),
        ("word_problems", {"distractors": 1.5}),
        ("word_problems", {"stories": ("no such story",)}),
        ("word_problems", {"min_steps": 40, "max_steps": 40}),
    ],
)
def test_settings_that_cannot_work_are_an_error_of_ours(family, options):
    with pytest.raises((InvalidOption, UnknownName)):
        make_source(family, {family: options}).sample(random.Random(0))


def test_options_of_a_family_that_is_not_drawn_from_are_refused():
    with pytest.raises((InvalidOption, UnknownName)):
        make_source("arithmetic", {"algebra": {"max_steps": 2}})
