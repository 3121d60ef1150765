"""Problem families: what word problems and arithmetic have in common, and what every family must keep."""

from __future__ import annotations

import json
import pickle
import random
from collections import Counter
from dataclasses import fields, is_dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.comt.meta_thoughts import plan_of, why_rejected
from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, FAMILIES, SPLITS, has_split, make_source, split_of
from reasoning_gym_ccrl.envs.problems.base import (
    Draft,
    FamilyConfig,
    ProblemSource,
    canonical_node,
    composition_of,
    digest,
    hex_digest,
    is_held_out,
)
from reasoning_gym_ccrl.envs.problems.making import make_gold_step, make_problem
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.types import GoldStep, Problem

from .problem_tools import evaluated, judge_gold, number, samples, split_calculation

OURS = ("word_problems", "arithmetic")  # every step of theirs is one operation on two named quantities
each_of_ours = pytest.mark.parametrize("family", OURS)
each_family = pytest.mark.parametrize("family", FAMILIES)
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


# -- word problems and arithmetic --------------------------------------------------------------------------------------


@each_of_ours
@each_difficulty
def test_every_step_is_exact_and_follows_from_its_parents(family, difficulty):
    for problem in samples(family, difficulty):
        known = dict(problem.metadata["givens"])
        for step in problem.solution:
            name, left, operator, right = split_calculation(step.meta_thought)
            assert step.parents == (left, right)
            assert name == step.name
            assert name not in known
            exact = evaluated(f"x {operator} y", {"x": number(known[left]), "y": number(known[right])})
            assert exact == number(step.value) == evaluated(step.expression)
            written = f"{known[left]} {operator} {known[right]}"
            assert step.expression.replace("(", "").replace(")", "") == written.replace(" ^ ", "^")
            assert step.text == f"{name} = {step.expression} = {step.value}"
            known[name] = step.value
        assert problem.answer == problem.solution[-1].value
        assert problem.metadata["answer_kind"] == "number"


def test_the_oracle_reads_as_python_does_and_no_other_way():
    assert evaluated("(20% of 80) + 2^3 * (17 mod 5)") == 16 + 8 * 2
    assert evaluated("1/2 + 1/3") == Fraction(5, 6)
    assert evaluated("2.5 * 3 - (-1)") == Fraction(17, 2)
    assert evaluated("20 - 8 - 2") != 14


@each_of_ours
@each_difficulty
def test_every_given_and_every_step_but_the_last_is_needed(family, difficulty):
    for problem in samples(family, difficulty):
        used = {parent for step in problem.solution for parent in step.parents}
        names = {step.name for step in problem.solution}
        assert set(problem.metadata["givens"]) <= used
        assert {step.name for step in problem.solution[:-1]} <= used
        assert used <= {*problem.metadata["givens"], *names}


@each_of_ours
@each_difficulty
def test_meta_thoughts_hold_no_number_and_questions_no_hole(family, difficulty):
    for problem in samples(family, difficulty, count=300):
        assert why_rejected(problem, plan_of(problem)) is None  # neither digits nor words such as "half"
        assert not any(char.isnumeric() for name in problem.metadata["givens"] for char in name)
        assert not set("{}[]$#") & set(problem.question)
        assert "  " not in problem.question
        assert problem.question == problem.question.strip()
        assert problem.question[0].isupper()
        assert problem.question[-1] in ".?"


@each_of_ours
@each_difficulty
def test_the_numbers_of_steps_are_those_of_the_difficulty(family, difficulty):
    config = FAMILIES[family].presets[difficulty]
    lengths = Counter(len(problem.solution) for problem in samples(family, difficulty, count=300))
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


OFFERED = [(family, split) for family in OURS for split in SPLITS if has_split(FAMILIES[family], split)]


@each_difficulty
@pytest.mark.parametrize(("family", "split"), OFFERED)
def test_gold_steps_and_plan_satisfy_the_judge_and_a_changed_result_does_not(family, difficulty, split):
    for problem in samples(family, difficulty, split, count=15):
        judge_gold(problem)


def graph_of(problem, swap=lambda: False):
    """The canonical form, built here from the solution alone; `swap` turns commutative operands around."""

    def form(text):
        if text[-1] == "%":
            return canonical_node("/", int(text[:-1]), 100)
        return canonical_node("/", *map(int, text.split("/"))) if "/" in text else text

    forms = {name: form(text) for name, text in problem.metadata["givens"].items()}
    for step in problem.solution:
        name, left, operator, right = split_calculation(step.meta_thought)
        if operator in "+*" and swap():
            left, right = right, left
        forms[name] = canonical_node(operator, forms[left], forms[right])
    return forms[name]


@each_of_ours
@each_difficulty
def test_the_graph_is_that_of_the_solution_and_commuting_changes_nothing(family, difficulty):
    rng = random.Random(0)
    turned = 0
    for problem in samples(family, difficulty):
        graph = problem.metadata["graph"]
        assert graph == graph_of(problem) == graph_of(problem, lambda: rng.random() < 0.5)
        turned += any(step.meta_thought.split(" = ")[1].count("+") for step in problem.solution)
        # The form is an expression with the problem's own value.
        assert evaluated(graph) == number(problem.answer)
    assert turned > 20


@given(steps=st.integers(1, 4), few=st.integers(2, 12), many=st.integers(5, 60), seed=st.integers(0, 10**6))
def test_own_settings_are_kept(steps, few, many, seed):
    options = {"min_steps": steps, "max_steps": steps, "few": few, "many": many, "max_value": 500}
    for family in OURS:
        problem = make_source(family, {family: options}, "train").sample(random.Random(seed))
        assert len(problem.solution) == steps
        assert all(int(step.value) <= 500 for step in problem.solution)
        assert problem.difficulty == "custom"
        values = [int(text) for text in problem.metadata["givens"].values()]
        assert max(values) <= (500 if family == "word_problems" else max(few, many))


@each_of_ours
def test_unseen_compositions_occur_in_no_other_split(family):
    def compositions(split):
        found = (p for p in samples(family, "hard", split, 160) if len(p.solution) >= 3)
        return {composition_of(graph_of(p)) if family == "word_problems" else shape_of(p) for p in found}

    def shape_of(problem):
        forms = dict.fromkeys(problem.metadata["givens"], "#")
        for step in problem.solution:
            name, left, operator, right = split_calculation(step.meta_thought)
            forms[name] = canonical_node(operator, forms[left], forms[right])
        return forms[name]

    held_out = compositions("unseen_compositions")
    assert len(held_out) >= 16
    assert all(is_held_out(shape) for shape in held_out)
    for split in ("train", "test", "larger_numbers", "more_steps"):
        others = compositions(split)
        assert len(others) >= 16
        assert not held_out & others


# -- splits and canonical forms ----------------------------------------------------------------------------------------


def test_operands_that_do_not_commute_stay_where_they_are():
    assert canonical_node("-", 3, 4) != canonical_node("-", 4, 3)
    assert canonical_node("/", 8, 4) != canonical_node("/", 4, 8)
    assert canonical_node("mod", 8, 4) != canonical_node("mod", 4, 8)
    assert canonical_node("+", 3, 4) == canonical_node("+", 4, 3) == "(3+4)"
    assert canonical_node("*", "(1+2)", 4) == canonical_node("*", 4, "(1+2)")
    assert canonical_node("+", 1, 23) != canonical_node("+", 12, 3)


def test_a_composition_does_not_depend_on_the_numbers_that_sorted_it():
    assert composition_of("((1+2)*(30*4))") == composition_of("((3*4)*(10+20))") == "((#*#)*(#+#))"
    assert composition_of("((7-2)+5)") == composition_of("(15+(9-3))") == "(#+(#-#))"
    assert composition_of("((7-2)-5)") != composition_of("(15-(9-3))")
    # Nodes on both sides, and within them on both sides again.
    assert composition_of("((7-2)-((3*4)+(9/3)))") == "((#-#)-((#*#)+(#/#)))"
    assert composition_of("((9-((3+4)*(8-1)))-((1*2)+3))") == "((#-((#+#)*(#-#)))-(#+(#*#)))"
    # What is no such form keeps its text, nodes within it are sorted all the same.
    assert composition_of("gcd(((2-1)+3),12)") == "gcd((#+(#-#)),#)"
    assert composition_of("a \ue000 sign (1+2)") == "a \ue000 sign (#+#)"


@each_of_ours
@each_difficulty
def test_no_graph_is_in_two_splits(family, difficulty):
    graphs = {
        split: {problem.metadata["graph"] for problem in samples(family, difficulty, split, 60)}
        for split in SPLITS
        if has_split(FAMILIES[family], split)
    }
    assert len(graphs) >= 7
    for split, found in graphs.items():
        assert {split_of(graph) for graph in found} == {split} or split == "unseen_compositions"
        for other in graphs:
            assert split == other or not found & graphs[other]


def test_splits_do_not_depend_on_the_process():
    assert digest("(3+4)") == 4786029633218194340
    assert hex_digest("(3+4)") == "426b64980c76aba4"
    splits = ["larger_numbers", "train", "train", "train", "train", "renamed", "train"]
    assert [split_of(f"({a}+4)") for a in range(2, 9)] == splits
    assert [split_of("(((2+3)+4)+5)", steps) for steps in (2, 3)] == ["train", "unseen_compositions"]
    assert split_of("(((2+3)+4)+5)", 3, composition="(#*(#-#))") == "train"
    assert is_held_out("(#+(#+(#+#)))")
    assert not is_held_out("(#*(#-#))")


def test_a_quarter_of_all_graphs_is_kept_for_other_splits():
    shares = Counter(split_of(f"({a}+{b})") for a in range(2, 90) for b in range(a, 90))
    total = sum(shares.values())
    for name, share in (("train", 8 / 16), ("validation", 2 / 16), ("test", 2 / 16)):
        assert shares[name] / total == pytest.approx(share, abs=0.03)
    others = [shares[name] / total for name in SPLITS[3:] if name != "unseen_compositions"]
    assert all(share == pytest.approx(4 / 16 / 6, abs=0.02) for share in others)


@pytest.mark.parametrize("weights", [{"arithmetic": 1.0}, {"word_problems": 2.0, "arithmetic": 1.0}])
def test_a_family_is_picked_as_rng_choices_picks(weights):
    """The source does by hand what `random.choices` does; were it to differ, every recorded seed would change."""
    source, ours, its = make_source(weights), random.Random(3), random.Random(3)
    for _ in range(300):
        [expected] = its.choices(list(weights), list(weights.values()))
        problem = source.sample(ours)
        assert problem.family == expected
        its.setstate(ours.getstate())


# -- every family ------------------------------------------------------------------------------------------------------


@each_family
def test_equal_generators_draw_equal_problems_and_others_do_not(family):
    assert samples(family, "medium", seed=3) == samples(family, "medium", seed=3)
    same = {p.question for p in samples(family, "medium", seed=3)} & {p.question for p in samples(family, "medium")}
    assert len(same) < 75  # short problems meet by chance


@each_family
def test_an_id_names_one_question(family):
    found = samples(family, count=500)
    assert len({p.id for p in found}) == len({p.question for p in found})
    assert all(p.id.startswith(f"{family}:") for p in found)
    assert all(p.family == family and p.difficulty == "easy" for p in found)


@each_family
def test_a_draft_is_worded_alike_however_late(family):
    """Drafts that were drawn in a loop keep their own graph: nothing is shared between them."""
    rng, config = random.Random(5), FAMILIES[family].presets["easy"]
    drafts = [FAMILIES[family].draft(rng, config) for _ in range(20)]
    assert [draft.build().metadata["graph"] for draft in drafts] == [draft.canonical for draft in drafts]


@each_family
def test_what_a_family_says_of_its_split_is_what_the_graph_says(family):
    rng = random.Random(5)
    for difficulty in DIFFICULTIES:
        config = FAMILIES[family].presets[difficulty]
        for _ in range(40):
            draft = FAMILIES[family].draft(rng, config)
            assert draft.split in (None, split_of(draft.canonical, draft.steps, draft.composition))
            assert draft.steps == len(draft.build().solution)


@each_of_ours
def test_problems_survive_pickle_and_json(family):
    for problem in samples(family, "hard", count=60):
        assert pickle.loads(pickle.dumps(problem)) == problem
        assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


def test_what_is_made_fast_is_what_the_classes_make():
    step = ("p = 1 + 2 = 3", "1 + 2", "3", "p = a + b", ("a", "b"))
    assert make_gold_step(*step) == GoldStep(*step)
    whole = ("arithmetic:1", "What is 1 + 2?", "3", (GoldStep(*step),), "arithmetic", "easy", {"givens": {"a": "1"}})
    made = make_problem(*whole)
    assert made == Problem(*whole)
    assert is_dataclass(made)
    # A field that is added to a class has to be added there.
    assert [field.name for field in fields(GoldStep)] == ["text", "expression", "value", "meta_thought", "parents"]
    assert len(fields(Problem)) == len(whole)
    with pytest.raises(AttributeError):
        made.answer = "4"


class OddDifficulty:
    """A family whose config is no FamilyConfig and whose problems bring a difficulty of their own."""

    name = "odd"
    presets = dict.fromkeys(DIFFICULTIES, object())

    def draft(self, rng, config):
        assert config is self.presets["easy"]
        question = f"What is {rng.randint(0, 10**6)} + 1?"
        return Draft(question, lambda: Problem("odd:1", question, None, difficulty="its own"))

    def shifted(self, config, split):
        return None


def test_the_source_writes_the_difficulty_and_asks_little_of_a_config():
    source = ProblemSource(["odd"], {"odd": OddDifficulty()})
    assert source.sample(random.Random(0)).difficulty == "easy"


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"families": "word_problem"}, UnknownName, "word_problems"),
        ({"difficulty": "esy"}, UnknownName, "easy"),
        ({"split": "tests"}, UnknownName, "test"),
        ({"difficulty": {"arithmetic": {"max_step": 3}}}, UnknownName, "max_steps"),
        ({"difficulty": {"arithmetic": {"split": "test"}}}, UnknownName, "split"),  # the source's business
        ({"difficulty": {"arithmetic": {"difficulty": "hard"}}}, UnknownName, "difficulty"),
        ({"families": []}, InvalidOption, "at least one"),
        ({"families": {"arithmetic": 0.0}}, InvalidOption, "weights"),
        ({"families": {"arithmetic": -1.0, "word_problems": 2.0}}, InvalidOption, "weights"),
        ({"families": "arithmetic", "split": "renamed"}, InvalidOption, "renamed"),
        ({"families": "arithmetic", "difficulty": 1.5}, InvalidOption, "from 0 to 1"),
    ],
)
def test_wrong_settings_name_what_would_be_right(wrong, error, said):
    with pytest.raises(error, match=said):
        make_source(**wrong)


@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("arithmetic", {"min_steps": 3, "max_steps": 1}),
        ("arithmetic", {"few": 1}),
        ("arithmetic", {"many": 1}),
        ("arithmetic", {"many_from": 30}),
        ("arithmetic", {"operators": "+%"}),
        ("arithmetic", {"operators": ""}),
        ("arithmetic", {"min_steps": 0}),
        ("arithmetic", {"min_steps": 12, "max_steps": 12}),
        ("arithmetic", {"kinds": ("roman",)}),
        ("arithmetic", {"kinds": "chain"}),
        ("arithmetic", {"kinds": ()}),
        ("arithmetic", {"kinds": ("chain",), "operators": "*"}),
        ("arithmetic", {"kinds": ("chain",), "min_digits": 3}),
        ("arithmetic", {"kinds": ("chain",), "max_digits": 40}),
        ("arithmetic", {"wordings": "many"}),
        ("arithmetic", {"operators": "/", "min_steps": 9, "max_steps": 9}),
        ("word_problems", {"min_steps": 3, "max_steps": 1}),
        ("word_problems", {"many_from": 30}),
        ("word_problems", {"distractors": 1.5}),
        ("word_problems", {"max_distractors": 9}),
        ("word_problems", {"max_distractors": 0}),
        ("word_problems", {"wordings": "many"}),
        ("word_problems", {"stories": ("no such story",)}),
        ("word_problems", {"min_steps": 40, "max_steps": 40}),
    ],
)
def test_settings_that_cannot_work_are_an_error_of_ours(family, options):
    with pytest.raises((InvalidOption, UnknownName)):
        make_source(family, {family: options}).sample(random.Random(0))


def test_options_of_a_family_that_is_not_drawn_from_are_refused():
    with pytest.raises((InvalidOption, UnknownName)):
        make_source("arithmetic", {"no_such_family": {"max_steps": 2}})


def test_the_shared_settings_are_checked():
    for wrong in ({"names": "new"}, {"templates": "old"}, {"order": "none"}):
        with pytest.raises(UnknownName):
            FamilyConfig(**wrong)
