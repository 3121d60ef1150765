"""Rows of each known data set, made by hand in its layout, and the gold paths that their equations and code give."""

from __future__ import annotations

import ast
import contextlib
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.problems.data_code import read_code
from reasoning_gym_ccrl.envs.problems.data_equations import NoEquation, read_equation, read_infix, read_prefix, steps_of
from reasoning_gym_ccrl.envs.problems.data_fields import BadRow, decimal
from reasoning_gym_ccrl.envs.problems.data_rows import LAYOUTS, layout_of, problem_from_row
from reasoning_gym_ccrl.envs.problems.datasets import read_problems
from reasoning_gym_ccrl.envs.verify import answers_match, evaluate, judge_steps
from reasoning_gym_ccrl.types import Step, Verdict

from ..data_folder import data_file

CODE = '''def solution():
    """A farm has 16.5 hens, of which 3 are sold at $2."""
    hens = 16.5  # at first
    hens_sold = 3
    price = 2
    hens_left = hens - hens_sold
    money = hens_sold * price
    result = money
    return result
'''

ROWS = {
    "house": {"question": "2 and 3?", "answer": "5", "solution": "2 + 3 = 5"},
    "gsm8k": {"question": "2 and 3?", "answer": "It is 2 + 3 = <<2+3=5>>5.\n#### 5"},
    "svamp": {
        "ID": "s-1", "Body": "A jar holds 76 beans. Each week 25 are eaten", "Question": "How many are left?",
        "Equation": "( 76.0 - 25.0 )", "Answer": 51.0, "Type": "Subtraction",
    },
    "asdiv": {
        "body": "Seven beetles and two ants sit on a leaf.", "question": "How many insects are that?",
        "solution_type": "Addition", "answer": "27 (insects)", "formula": "(7+2)*3=27",
    },
    "mawps": {"iIndex": 1, "sQuestion": "7 cups and 2 cups?", "lEquations": ["X=(7.0+2.0)"], "lSolutions": [9.0]},
    "gsm_hard": {"input": "A farm has 16.5 hens, 3 are sold at $2. What is paid?", "code": CODE, "target": 6.0},
    "math": {
        "problem": "What is $\\frac{1}{2} + \\frac{1}{4}$?", "level": "Level 1", "type": "Prealgebra",
        "solution": "We have $\\frac{1}{2} + \\frac{1}{4} = \\boxed{\\frac{3}{4}}$.",
    },
    "prm800k": {
        "labeler": "x",
        "question": {"problem": "2 + 2 * 3?", "ground_truth_answer": "8", "ground_truth_solution": None},
        "label": {
            "finish_reason": "found_error",
            "steps": [
                {"completions": [{"text": "2 * 3 = 5", "rating": -1}, {"text": "2 * 3 = 6", "rating": 1}],
                 "human_completion": None, "chosen_completion": 1},
                {"completions": [{"text": "Hm.", "rating": 0}], "human_completion": None, "chosen_completion": 0},
                {"completions": [{"text": "2 + 6 = 9", "rating": -1}], "human_completion": None,
                 "chosen_completion": None},
            ],
        },
    },
    "processbench": {
        "id": "pb-1", "generator": "m", "problem": "2 + 2 * 3?", "steps": ["2 * 3 = 6", "2 + 6 = 9", "So 9."],
        "final_answer_correct": False, "label": 1,
    },
    "math_shepherd": {
        "input": "2 + 2 * 3? Step 1: 2 * 3 = 6 ки\nStep 2: 2 + 6 = 9. The answer is: 9 ки",
        "label": "2 + 2 * 3? Step 1: 2 * 3 = 6 +\nStep 2: 2 + 6 = 9. The answer is: 9 -", "task": "MATH",
    },
    "stepwise": {"prompt": "2 + 2 * 3?", "completions": ["2 * 3 = 6", "2 + 6 = 8"], "labels": [True, True]},
}  # fmt: skip

READ = {
    # layout -> answer, expressions and values of the gold path
    "house": ("5", [("2 + 3", "5")]),
    "gsm8k": ("5", [("2+3", "5")]),
    "svamp": ("51", [("76 - 25", "51")]),
    "asdiv": ("27", [("7 + 2", "9"), ("9 * 3", "27")]),
    "mawps": ("9", [("7 + 2", "9")]),
    "gsm_hard": ("6", [("(33/2) - 3", "27/2"), ("3 * 2", "6")]),
    "math": ("\\frac{3}{4}", None),
    "prm800k": ("8", []),
    "processbench": (None, []),
    "math_shepherd": (None, []),
    "stepwise": (None, []),
}
each_layout = pytest.mark.parametrize("layout", LAYOUTS)


@each_layout
def test_each_layout_is_recognised_and_read(layout):
    assert set(ROWS) == set(READ) == set(LAYOUTS)
    assert layout_of(ROWS[layout]) == layout
    problem = problem_from_row(ROWS[layout], name="set", line=3)
    answer, path = READ[layout]
    assert problem.answer == answer
    assert json.loads(json.dumps(problem.to_json()))["id"] == problem.id
    if path is not None:
        assert [(step.expression, step.value) for step in problem.solution] == path
    assert problem_from_row(ROWS[layout], name="set", line=3, layout=layout) == problem
    if answer is not None:
        assert answers_match(answer, answer) is Verdict.CORRECT


@each_layout
def test_the_gold_path_of_each_layout_satisfies_the_judge(layout):
    problem = problem_from_row(ROWS[layout])
    judged = judge_steps(problem, [step.text for step in problem.solution])
    assert [j.verdict for j in judged] == [Verdict.CORRECT] * len(judged)
    assert [j.gold_index for j in judged] == list(range(len(judged)))
    for step in problem.solution:
        assert evaluate(step.expression) == evaluate(step.value)


@each_layout
def test_a_row_of_a_layout_without_what_it_needs_is_named(layout):
    for missing in ("question", "body", "sQuestion", "input", "problem", "label", "steps", "prompt", "completions"):
        row = next((key for key in ROWS[layout] if key.lower() == missing.lower()), None)
        if row is None or (layout, missing) in {("math_shepherd", "input")}:
            continue
        broken = {key: value for key, value in ROWS[layout].items() if key != row} | {row: ""}
        with pytest.raises(BadRow, match="should"):
            problem_from_row(broken, layout=layout)


def test_names_of_fields_are_read_in_small_and_large_letters():
    svamp = {key.lower(): value for key, value in ROWS["svamp"].items()}
    assert problem_from_row(svamp).solution == problem_from_row(ROWS["svamp"]).solution
    asdiv = {key.capitalize(): value for key, value in ROWS["asdiv"].items()}
    assert problem_from_row(asdiv).answer == "27"
    house = problem_from_row({"Question": "2 and 3?", "Answer": 5})
    assert (house.question, house.answer, house.metadata) == ("2 and 3?", "5", {"answer_kind": "number"})


def test_svamp():
    problem = problem_from_row(ROWS["svamp"])
    assert problem.question == "A jar holds 76 beans. Each week 25 are eaten. How many are left?"
    assert (problem.id, problem.metadata) == ("s-1", {"Type": "Subtraction", "answer_kind": "number"})
    wrong = problem_from_row({**ROWS["svamp"], "Answer": 50.0})
    assert (wrong.answer, wrong.solution) == ("50", ())  # an equation that comes to another number is no gold path


@pytest.mark.parametrize(
    ("answer", "read", "unit"),
    [
        ("9 (apples)", "9", "apples"),
        ("5", "5", None),
        ("8 (cookies); 3 (cakes)", "8, 3", "cookies; cakes"),
        ("8; 3", "8, 3", None),
        ("10:30 (AM)", "10:30", "AM"),
        ("yes", "yes", None),
    ],
)
def test_asdiv_answers_with_their_units(answer, read, unit):
    problem = problem_from_row({**ROWS["asdiv"], "answer": answer})
    assert (problem.answer, problem.metadata.get("unit")) == (read, unit)


def test_mawps_in_its_three_forms():
    placed = {"Question": "Kim has number1 cups and number0 pens ; how many more cups ?", "Numbers": "7.0 12.5",
              "Equation": "- number1 number0", "Answer": 5.5}  # fmt: skip
    problem = problem_from_row(placed)
    assert problem.question == "Kim has 12.5 cups and 7 pens ; how many more cups ?"
    assert (problem.answer, problem.solution[0].text) == ("5.5", "(25/2) - 7 = 11/2")
    assert problem_from_row({**placed, "Numbers": [7, 12.5]}).solution == problem.solution
    by_expression = {
        "question": "7 and 2?",
        "result": "9",
        "result_float": 9.0,
        "equation": "x = 7 + 2",
        "expression": "7 + 2",
    }
    assert problem_from_row(by_expression).solution[0].text == "7 + 2 = 9"
    for numbers in ("7.0", "", "7.0 x"):
        with pytest.raises(BadRow, match='"numbers" should hold'):
            problem_from_row({**placed, "Numbers": numbers})


def test_gsm_hard_code_is_read_and_never_run(tmp_path):
    problem = problem_from_row(ROWS["gsm_hard"])
    assert problem.metadata["givens"] == {"hens": "33/2", "hens sold": "3", "price": "2"}
    assert problem.solution[1].meta_thought == "money = hens sold * price"
    assert problem.solution[1].parents == ("hens sold", "price")
    plan = "; ".join(step.meta_thought for step in problem.solution)
    assert judge_steps(problem, [Step("plan", plan)])[0].verdict is Verdict.CORRECT
    trap = tmp_path / "trap"
    hostile = f"def solution():\n    x = __import__('pathlib').Path({str(trap)!r}).touch()\n    return 6\n"
    for code in (
        hostile,
        "import os\nx = 1\nreturn x",
        "x = 2 ** 9\nreturn x",
        "for i in y:\n    x = 1\nreturn x",
        None,
        7,
    ):
        assert problem_from_row({**ROWS["gsm_hard"], "code": code}).solution == ()
    assert not trap.exists()
    assert problem_from_row({**ROWS["gsm_hard"], "target": 7.0}).solution == ()  # the code comes to another number


def test_the_answer_of_gsm_hard_is_exact_where_its_code_is_read():
    code = "def solution():\n    a = 10\n    b = a / 3\n    return b\n"
    problem = problem_from_row({"input": "10 in three?", "code": code, "target": 3.3333333333333335})
    assert problem.answer == "10/3"
    large = problem_from_row({"input": "Much?", "code": "", "target": 1.5e16})
    assert large.answer == "15000000000000000"


def test_math():
    problem = problem_from_row(ROWS["math"])
    assert (problem.difficulty, problem.metadata["type"], problem.metadata["level"]) == (
        "Level 1",
        "Prealgebra",
        "Level 1",
    )
    assert answers_match(problem.answer, "0.75") is Verdict.CORRECT
    beside = problem_from_row({"problem": "1 + 1?", "answer": "2", "solution": "…", "unique_id": "test/a/1.json"})
    assert (beside.answer, beside.id) == ("2", "test/a/1.json")
    path = problem_from_row({"problem": "2 pens at 3 dollars?", "solution": "That is 2 * 3 = 6.\nSo \\boxed{6}."})
    assert [step.value for step in path.solution] == ["6"]
    other = problem_from_row({"problem": "2 pens at 3 dollars?", "solution": "As 2 * 3 = 6, it is \\boxed{7}."})
    assert other.solution == ()  # equations that do not lead to the answer are no path to it


def test_prm800k_follows_the_chosen_completions():
    problem = problem_from_row(ROWS["prm800k"])
    assert problem.question == "2 + 2 * 3?"
    assert problem.metadata["steps"] == [
        {"text": "2 * 3 = 6", "label": True}, {"text": "Hm.", "label": None}, {"text": "2 + 6 = 9", "label": False},
    ]  # fmt: skip
    assert problem.metadata["meta"] == {"first_error": 2, "all_steps_correct": False}
    assert problem.metadata["labeler"] == "x"
    label = {
        "finish_reason": "solution",
        "steps": [{"completions": [], "human_completion": {"text": "2 * 3 = 6", "rating": 1}}],
    }
    written = problem_from_row({**ROWS["prm800k"], "label": label})
    assert written.metadata["meta"] == {"first_error": None, "all_steps_correct": True}
    for steps in ("x", ["x"], [{"completions": [{"rating": 1}]}], [{"completions": []}]):
        with pytest.raises(BadRow, match="should"):
            problem_from_row({**ROWS["prm800k"], "label": {"steps": steps}})


def test_processbench_and_the_step_that_is_wrong():
    problem = problem_from_row(ROWS["processbench"])
    assert (problem.id, problem.answer) == ("pb-1", None)
    assert [step["label"] for step in problem.metadata["steps"]] == [True, False, None]
    assert problem.metadata["meta"] == {"first_error": 1, "all_steps_correct": False, "final_answer_correct": False}
    right = problem_from_row({**ROWS["processbench"], "label": -1})
    assert [step["label"] for step in right.metadata["steps"]] == [True, True, True]
    assert right.metadata["meta"]["all_steps_correct"]
    for label in (3, -2, None, True, "1"):
        with pytest.raises(BadRow, match='"label" should be the place of a step, or -1'):
            problem_from_row({**ROWS["processbench"], "label": label}, layout="processbench")


def test_math_shepherd_and_stepwise():
    problem = problem_from_row(ROWS["math_shepherd"])
    assert problem.question.strip() == "2 + 2 * 3?"
    assert problem.metadata["steps"] == [
        {"text": "2 * 3 = 6", "label": True}, {"text": "2 + 6 = 9. The answer is: 9", "label": False},
    ]  # fmt: skip
    assert problem.metadata["meta"]["first_error"] == 1
    stepwise = problem_from_row(ROWS["stepwise"])
    assert stepwise.metadata["meta"] == {"first_error": None, "all_steps_correct": True}
    with pytest.raises(BadRow, match="lists of one length"):
        problem_from_row({**ROWS["stepwise"], "labels": [True]})


def test_fields_by_option():
    row = {
        "task": {"problem": "2 and 3?"},
        "target": 5,
        "rationale": "2 + 3 = <<2+3=5>>5",
        "trace": ["2 + 3 = 6"],
        "n": 1,
    }
    fields = {"question": "task.problem", "answer": "target", "solution": "rationale", "steps": "trace"}
    problem = problem_from_row(row, fields=fields)
    assert (problem.question, problem.answer, problem.solution[0].value) == ("2 and 3?", "5", "5")
    assert problem.metadata["steps"] == [{"text": "2 + 3 = 6", "label": None}]
    assert problem.metadata["n"] == 1
    assert "target" not in problem.metadata
    dotted = problem_from_row({"a.b": "2 and 3?"}, fields={"question": "a.b"})
    assert (dotted.question, dotted.metadata) == ("2 and 3?", {})


# -- equations and code ------------------------------------------------------------------------------------------

expressions = st.recursive(
    st.integers(0, 60).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=7,
)


def exact_value(tree):
    """The oracle: the value by Python's own grammar and Fraction, None where it divides by zero."""
    match tree:
        case ast.Expression():
            return exact_value(tree.body)
        case ast.Constant():
            return Fraction(tree.value)
        case ast.UnaryOp():
            value = exact_value(tree.operand)
            return None if value is None else -value
        case ast.BinOp():
            left, right = exact_value(tree.left), exact_value(tree.right)
            if left is None or right is None:
                return None
            match tree.op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.Div():
                    return left / right if right else None
    raise AssertionError(ast.dump(tree))


@given(expressions)
def test_expressions_by_pythons_own_grammar(text):
    exact = exact_value(ast.parse(text, mode="eval"))
    if exact is None:
        with pytest.raises(NoEquation, match="divides by zero"):
            read_infix(text)
        return
    node = read_infix(text)
    assert node.value == exact
    steps = steps_of(node)
    assert not steps or Fraction(steps[-1].value) == exact
    for step in steps:
        assert exact_value(ast.parse(step.expression, mode="eval")) == Fraction(step.value)


@given(expressions, expressions, st.sampled_from("+-*/"))
def test_prefix_and_infix_mean_the_same(first, second, operator):
    left, right = (exact_value(ast.parse(text, mode="eval")) for text in (first, second))
    if left is None or right is None or (operator == "/" and not right):
        return
    read = read_prefix(f"{operator} number0 number1", [left, right])
    assert read.value == exact_value(ast.parse(f"({first}) {operator} ({second})", mode="eval"))


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("7+2=9", ["7 + 2 = 9"]),
        ("9 = 7+2", ["7 + 2 = 9"]),
        ("x = 7 + 2", ["7 + 2 = 9"]),
        ("(7+2) = X", ["7 + 2 = 9"]),
        ("( ( 4.0 * 3.0 ) + 2.0 )", ["4 * 3 = 12", "12 + 2 = 14"]),
        ("+ 4 number0", ["4 + 5 = 9"]),
        ("- * number0 number1 4.0", ["5 * 6 = 30", "30 - 4 = 26"]),
        ("X = number1 / number0", ["6 / 5 = 6/5"]),
        ("3 - 8 = -5", ["3 - 8 = -5"]),
        ("(3 - 8) * 2", ["3 - 8 = -5", "(-5) * 2 = -10"]),
        ("1/2 * 1/4", ["1 / 2 = 1/2", "(1/2) * 1 = 1/2", "(1/2) / 4 = 1/8"]),
        ("25%*80=20", ["(1/4) * 80 = 20"]),
        ("1,000 × 3", ["1000 * 3 = 3000"]),
        ("5", []),
    ],
)
def test_equations(text, texts):
    steps = steps_of(read_equation(text, [Fraction(5), Fraction(6)]))
    assert [step.text for step in steps] == texts
    for step in steps:
        assert evaluate(step.expression) == evaluate(step.value)


@pytest.mark.parametrize(
    "text",
    ["", "x", "x + 3 = 7", "7 + 2 = 8", "7 + 2 = 9 = 10", "5 / 0", "lcm(4, 6)", "7 r 1", "2 ** 9", "2 ^ 9", "7 // 2",
     "+ 1 2 3", "number9 + 1", "(1", "1)", "(" * 60 + "1" + ")" * 60, "1" * 70, "1+" * 300 + "1", "9" * 5_000,
     "1 2",      "*".join(["9" * 50] * 20), "__import__('os')", "1e99999"],
)  # fmt: skip
def test_what_is_no_equation(text):
    with pytest.raises(NoEquation):
        read_equation(text, [Fraction(5)])


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text):
    for read in (read_equation, read_infix, read_prefix, read_code):
        with contextlib.suppress(NoEquation):
            read(text)


def test_code_step_by_step():
    graph = read_code(CODE)
    assert [step.text for step in graph.steps] == ["hens left = (33/2) - 3 = 27/2", "money = 3 * 2 = 6"]
    assert graph.value == 6
    mixed = read_code("a = 4\nb2 = (a + 3) * 2\nreturn b2")
    assert [(step.text, step.meta_thought) for step in mixed.steps] == [("b2 = (4 + 3) * 2 = 14", "")]


@pytest.mark.parametrize(
    "code",
    ["", "return 6", "a = 1", "a = 1\na = a + 1\nreturn a", "a = b\nreturn a", "a = 1\nreturn b", "a == 1\nreturn a",
     "a = 1\nif a:\n    b = 2\nreturn a", "a = f(1)\nreturn a", "a, b = 1, 2\nreturn a", "a = 1; b = 2\nreturn a",
     "a = 1\nprint(a)\nreturn a", "a = [1]\nreturn a", "a = 7 // 2\nreturn a", "a = 7 % 2\nreturn a",
     "a = 1 / 0\nreturn a",
     "a = 1\n" * 2_000],
)  # fmt: skip
def test_code_that_is_more_than_arithmetic_is_not_read(code):
    with pytest.raises(NoEquation):
        read_code(code)


@pytest.mark.parametrize("value", ["12", "12.5", "-0.25", "1000", "0", "-3", "0.001", "123456789.5"])
def test_decimals(value):
    assert decimal(Fraction(value)) == value


def test_a_number_without_an_end_is_a_fraction():
    assert decimal(Fraction(-1, 3)) == "-1/3"


# -- the real data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "share"), [("gsm8k.test.jsonl", 0.99), ("svamp.test.jsonl", 1.0), ("mr_gsm8k.partial.jsonl", 0.8)]
)
def test_the_real_files_are_read_whole_and_most_have_a_gold_path(name, share):
    problems, skipped = read_problems(data_file(name))
    assert skipped == 0
    assert all(answers_match(problem.answer, problem.answer) is Verdict.CORRECT for problem in problems[:200])
    assert sum(bool(problem.solution) for problem in problems) >= share * len(problems)


def test_svamps_equations_lead_to_its_answers():
    """In SVAMP's own layout, made of the real rows: one equation is wrong, and one a bare number."""
    without_path = []
    for problem in read_problems(data_file("svamp.test.jsonl"))[0]:
        equation, answer = problem.metadata["solution_text"], problem.answer
        row = {"Body": "…", "Question": problem.question, "Equation": equation, "Answer": answer}
        if not problem_from_row(row).solution:
            without_path.append(problem.id)
    assert without_path == ["svamp:test:chal-555", "svamp:test:chal-680"]
