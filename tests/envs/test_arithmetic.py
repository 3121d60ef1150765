"""Arithmetic, kind by kind: values by Python's own grammar, notation, and what each split promises."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, FAMILIES, SPLITS, has_split, make_source, split_of
from reasoning_gym_ccrl.envs.problems.arithmetic import ALL_KINDS, ASKS, RICH_ASKS, UNSEEN_ASKS
from reasoning_gym_ccrl.envs.problems.arithmetic_trees import Node, composition_of_tree, render
from reasoning_gym_ccrl.envs.problems.base import canonical_node, composition_of, is_held_out

from .problem_tools import NUMBER, evaluated, judge_gold, number, samples, split_calculation

FAMILY = FAMILIES["arithmetic"]
OFFERED = [split for split in SPLITS if has_split(FAMILY, split)]
each_kind = pytest.mark.parametrize("kind", ALL_KINDS)
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)

EXPRESSION = re.compile(r"-?[\d(](?:of|mod|[-+*/^().%\d ])*[\d)]")
REMAINDER = re.compile(r"(?:when|divide|is) (.+?) (?:is divided by|by|modulo) (\d+)")


FILLED_IN = ("split", "difficulty")  # by the source


def of_kind(kind, difficulty="medium", split="train", count=120, seed=0, **options):
    preset = FAMILY.presets[difficulty]
    settings = {name: getattr(preset, name) for name in preset.__dataclass_fields__ if name not in FILLED_IN}
    source = make_source("arithmetic", {"arithmetic": settings | {"kinds": (kind,)} | options}, split)
    rng = random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def expression_of(problem):
    """The expression that a question asks for, remainders written with "mod"."""
    if (match := REMAINDER.search(problem.question)) is not None:
        return f"({match[1]}) mod {match[2]}"
    [expression] = EXPRESSION.findall(problem.question)
    return expression


@each_kind
@each_difficulty
def test_an_expressions_value_by_pythons_own_grammar(kind, difficulty):
    for problem in of_kind(kind, difficulty):
        expression = expression_of(problem)
        assert evaluated(expression) == number(problem.answer), problem.question
        found = NUMBER.findall(expression)
        # A sign belongs to a number where brackets or the start of the expression say so.
        stated = [text.lstrip("-") for text in problem.metadata["givens"].values()]
        assert stated == found  # in the order they are read
        assert problem.metadata["kind"] == kind


@each_kind
def test_gold_steps_satisfy_the_judge_and_changed_ones_do_not(kind):
    for difficulty in ("medium", "hard"):
        for problem in of_kind(kind, difficulty, count=40):
            judge_gold(problem)


@each_difficulty
def test_brackets_are_written_only_where_they_matter(difficulty):
    for kind in ("integers", "brackets", "chain"):
        for problem in of_kind(kind, difficulty):
            expression = expression_of(problem)
            for opening in re.finditer(r"\(", expression):
                without, depth = list(expression), 0
                without[opening.start()] = " "
                for index in range(opening.start() + 1, len(expression)):
                    depth += {"(": 1, ")": -1}.get(expression[index], 0)
                    if depth < 0:
                        without[index] = " "
                        break
                assert ast.dump(ast.parse("".join(without).strip())) != ast.dump(ast.parse(expression))


SIGNS = {
    "brackets": r"\(",
    "negatives": r"(^|\()-\d",
    "fractions": r"\d/\d",
    "decimals": r"\d\.\d",
    "powers": r"\^\d",
    "percentages": r"\d% of ",
    "modular": r"mod \d",
}


@pytest.mark.parametrize("kind", SIGNS)
def test_each_kind_shows_in_every_expression(kind):
    for problem in of_kind(kind, "hard"):
        assert re.search(SIGNS[kind], expression_of(problem)), problem.question
        assert len(problem.solution) >= 3


@pytest.mark.parametrize(("kind", "sign"), [("percentages", "% of "), ("modular", " mod ")])
def test_what_could_be_read_in_two_ways_stands_in_brackets(kind, sign):
    """Either it is the whole expression, or it is in brackets: "(20% of 80) + 14"."""
    inner = 0
    for problem in of_kind(kind, "hard"):
        expression = f"({expression_of(problem)})"
        for place in (match.start() for match in re.finditer(sign, expression)):
            start, end = brackets_around(expression, place)
            inner += start > 0
            depth, signs = 0, []
            for index in range(start + 1, end):
                depth += {"(": 1, ")": -1}.get(expression[index], 0)
                signs += [expression[index : index + len(sign)]] * (depth == 0)
            assert signs.count(sign) == 1
            assert not any(re.fullmatch(r" [-+*/] ", text[:3]) for text in signs), problem.question
    assert inner > 50


def brackets_around(expression, place):
    """Where the innermost brackets around a place open and close."""
    depth, start = 0, place
    while depth >= 0:
        start -= 1
        depth += {"(": -1, ")": 1}.get(expression[start], 0)
    depth, end = 0, place
    while depth >= 0:
        depth += {"(": 1, ")": -1}.get(expression[end], 0)
        end += 1
    return start, end - 1


def test_the_negative_control_integers_show_none_of_it():
    for problem in of_kind("integers", "hard"):
        found = [kind for kind, sign in SIGNS.items() if re.search(sign, expression_of(problem))]
        assert found in ([], ["brackets"])


@each_difficulty
def test_values_stay_in_range_and_in_their_notation(difficulty):
    config = FAMILY.presets[difficulty]
    for kind in ALL_KINDS:
        for problem in of_kind(kind, difficulty):
            for step in problem.solution:
                if kind != "chain":
                    assert abs(number(step.value)) <= config.max_value
                    assert kind == "negatives" or number(step.value) >= 0
                shape = {"fractions": r"\d+(/\d+)?", "decimals": r"\d+(\.\d{0,2}[1-9])?"}.get(kind, r"-?\d+")
                assert re.fullmatch(shape, step.value), (problem.question, step.text)
                if "/" in step.value:  # lowest terms
                    assert str(number(step.value)) == step.value


def test_kinds_come_equally_often_in_every_split():
    for split in ("train", "more_steps", "unseen_templates"):
        drawn = Counter(problem.metadata["kind"] for problem in samples("arithmetic", "hard", split, count=360))
        assert set(drawn) == set(ALL_KINDS)
        assert min(drawn.values()) > 15  # 40 expected
        assert max(drawn.values()) < 75


def test_operators_can_be_chosen():
    for kind in ALL_KINDS:
        for problem in of_kind(kind, "medium", count=60, operators="+-"):
            operators = {split_calculation(step.meta_thought)[2] for step in problem.solution}
            special = {"powers": {"^"}, "percentages": {"*"}, "modular": {"mod"}}.get(kind, set())
            assert operators <= {"+", "-"} | special


# -- chains ------------------------------------------------------------------------------------------------------------


@given(
    terms=st.integers(2, 9),
    digits=st.integers(1, 6),
    operators=st.sampled_from(["+-", "+", "-+*/", "-"]),
    seed=st.integers(0, 10**6),
)
def test_a_chain_has_the_terms_and_digits_asked_for(terms, digits, operators, seed):
    options = {
        "kinds": ["chain"],
        "operators": operators,
        "min_steps": terms - 1,
        "max_steps": terms - 1,
        "min_digits": digits,
        "max_digits": digits,
    }
    rng = random.Random(seed)
    problem = make_source("arithmetic", {"arithmetic": options}).sample(rng)
    expression = expression_of(problem)
    found = re.findall(r"\d+", expression)
    assert len(found) == terms
    assert all(len(text) == digits and int(text) >= 2 for text in found)
    assert set(re.findall(r"[-+*/]", expression)) <= set(operators) & set("+-")
    assert eval_chain(expression) == int(problem.answer)


def eval_chain(expression):
    """From left to right, a term at a time."""
    terms = expression.split()
    total = int(terms[0])
    for sign, term in zip(terms[1::2], terms[2::2], strict=True):
        total += int(term) if sign == "+" else -int(term)
    return total


def test_chains_draw_all_of_their_numbers_and_operators():
    """Numbers that change places until the split fits must not leave any corner of the range out."""
    found = of_kind("chain", "easy", count=6000, min_steps=1, max_steps=1, min_digits=1, max_digits=1)
    questions = Counter(expression_of(problem) for problem in found)
    every = {f"{a} {sign} {b}" for a in range(2, 10) for sign in "+-" for b in range(2, 10)}
    in_train = {text for text in every if split_of(canonical_of_pair(text)) == "train"}
    assert set(questions) == in_train
    expected = len(found) / len(in_train)
    assert all(expected / 3 < count < expected * 3 for count in questions.values())


def canonical_of_pair(text):
    left, sign, right = text.split()
    return canonical_node(sign, int(left), int(right))


@pytest.mark.parametrize("split", ["train", "test", "unseen_templates", "unseen_compositions"])
def test_chains_keep_to_their_split(split):
    for problem in of_kind("chain", "hard", split, count=150):
        graph = problem.metadata["graph"]
        assert split_of(graph, len(problem.solution)) == split
        shape = composition_of(graph)
        assert is_held_out(shape) == (split == "unseen_compositions")


# -- out-of-distribution splits ----------------------------------------------------------------------------------------


@each_difficulty
def test_it_offers_the_splits_that_mean_something_for_an_expression(difficulty):
    config = FAMILY.presets[difficulty]
    offered = [split for split in SPLITS[3:] if FAMILY.shifted(config, split) is not None]
    assert offered == ["larger_numbers", "more_steps", "unseen_templates", "unseen_compositions"]


@each_kind
@each_difficulty
def test_larger_numbers_are_beyond_the_range_of_the_difficulty(kind, difficulty):
    config = FAMILY.presets[difficulty]
    options = {"min_steps": 2, "max_steps": 3} if difficulty == "easy" else {}
    usual = of_kind(kind, difficulty, count=60, **options)
    larger = of_kind(kind, difficulty, "larger_numbers", count=30, **options)
    if kind == "fractions":
        largest = max(denominator_of(problem) for problem in usual)
        assert largest <= config.few < min(denominator_of(problem) for problem in larger)
    elif kind == "chain":
        longest = max(len(text) for problem in usual for text in problem.metadata["givens"].values())
        assert longest <= config.max_digits
        assert all(len(text) > config.max_digits for p in larger for text in p.metadata["givens"].values())
    else:
        assert max(largest_of(problem) for problem in usual) <= config.many
        assert min(largest_of(problem) for problem in larger) > config.many


def denominator_of(problem):
    return max(number(text).denominator for text in problem.metadata["givens"].values())


def largest_of(problem):
    return max(abs(number(text)) for text in problem.metadata["givens"].values() if text[-1] != "%")


@each_difficulty
def test_more_steps_are_more_than_the_difficulty_has(difficulty):
    most = FAMILY.presets[difficulty].max_steps
    lengths = Counter(len(problem.solution) for problem in samples("arithmetic", difficulty, "more_steps", count=60))
    assert set(lengths) == {most + 1, most + 2}


def wording_of(problem):
    if (match := REMAINDER.search(problem.question)) is not None:
        return problem.question.replace(match[1], "{left}", 1)[: -len(match[2]) - 1]
    return problem.question.replace(expression_of(problem), "{}")


@each_difficulty
def test_unseen_wordings_are_drawn_in_no_other_split(difficulty):
    seen = {
        wording_of(problem)
        for split in OFFERED
        if split != "unseen_templates"
        for problem in samples("arithmetic", difficulty, split, count=120)
    }
    unseen = {wording_of(problem) for problem in samples("arithmetic", difficulty, "unseen_templates", count=120)}
    assert not seen & unseen
    assert len(unseen) >= 3
    assert seen >= set(ASKS if difficulty == "easy" else RICH_ASKS)
    assert unseen >= set(UNSEEN_ASKS)


@pytest.mark.parametrize("level", [0.1, 0.35, 0.5, 0.9])
def test_difficulties_between_the_presets_work_in_every_split(level):
    for split in OFFERED:
        for problem in samples("arithmetic", level, split, count=10):
            judge_gold(problem)


def test_ten_thousand_medium_problems_hold_hardly_a_duplicate():
    """Of hard ones the contract tests ask that there is none."""
    source, rng = make_source("arithmetic", "medium"), random.Random(0)
    assert len({source.sample(rng).question for _ in range(10_000)}) >= 9_940


# -- trees -------------------------------------------------------------------------------------------------------------


def tree(text):
    """The tree of an expression by Python's grammar: the inverse of `render`, for whole numbers."""
    operators = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^", ast.Mod: "mod"}

    def node(parsed):
        match parsed:
            case ast.Constant():
                return Node(parsed.value, str(parsed.value))
            case ast.UnaryOp():
                return Node(-parsed.operand.value, f"-{parsed.operand.value}")
            case ast.BinOp():
                return Node(0, "0", operators[type(parsed.op)], node(parsed.left), node(parsed.right))
        raise AssertionError(ast.dump(parsed))

    return node(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("(1-2)-3", "1 - 2 - 3"),
        ("8/(4/2)", "8 / (4 / 2)"),
        ("8*(4/2)", "8 * (4 / 2)"),
        ("(2+3)**2*5", "(2 + 3)^2 * 5"),
        ("(2**3)**2", "(2^3)^2"),
        ("5-(-3)", "5 - (-3)"),
        ("(-3)**2", "(-3)^2"),
        ("-3*4", "-3 * 4"),
        ("5+(-3*4)", "5 + (-3 * 4)"),
        ("17*5%7", "(17 * 5) mod 7"),
        ("2*(17%5)", "2 * (17 mod 5)"),
        ("17%5+2", "(17 mod 5) + 2"),
    ],
)
def test_how_expressions_are_written(text, written):
    assert render(tree(text)) == written
    assert evaluated(written) == evaluated(text.replace("**", "^").replace("%", " mod "))


def test_a_trees_composition_is_that_of_its_graph():
    for text in ("1+2*3", "(5+2)*(4-1)", "8/(4/2)+1", "3*(9-2)", "(9-2)*3"):
        plain = composition_of_tree(tree(text))
        assert plain == composition_of(canonical_text(tree(text)))
    assert composition_of_tree(tree("3*(9-2)")) == composition_of_tree(tree("(9-2)*3"))


def canonical_text(node):
    if node.left is None:
        return node.text
    return canonical_node(node.operator, canonical_text(node.left), canonical_text(node.right))


def test_wordings_are_enough():
    assert len(RICH_ASKS) >= 4
    assert len(UNSEEN_ASKS) >= 2
    assert not set(RICH_ASKS) & set(UNSEEN_ASKS)
    assert replace(FAMILY.presets["easy"], kinds=("chain",)).wordings == "plain"
