"""The judge of algebra: gold-like transcripts of each form, perturbations, what follows and what does not, padding."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import judge_steps, make_judge
from reasoning_gym_ccrl.envs.verify.algebra import AlgebraJudge
from reasoning_gym_ccrl.envs.verify.knowledge import Knowledge, Span
from reasoning_gym_ccrl.envs.verify.polynomials import Polynomial, Quotient, read, read_polynomial
from reasoning_gym_ccrl.envs.verify.statements import Vocabulary, read_claims
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from ..timing import in_time


def problem(question, answer, steps, **metadata):
    solution = tuple(GoldStep(text, text.partition(" = ")[0], value, meta) for text, value, meta in steps)
    return Problem("p", question, answer, solution, metadata={"domain": "algebra", **metadata})


LINEAR = problem(
    "Solve 3x + 5 = 17.",
    "x = 4",
    [
        ("3x = 17 - 5 = 12", "3x = 12", "isolated = result - addend"),
        ("x = 12 / 3 = 4", "x = 4", "x = isolated / factor"),
    ],
    unknowns=["x"],
    equations=["3x + 5 = 17"],
    assignment={"x": "4"},
)
BRACKETS = problem(
    "Solve 2(x + 3) = 14 - 2x.",
    "x = 2",
    [
        ("2(x + 3) = 2x + 6", "2x + 6", "expansion = expand(left side)"),
        ("2x + 6 = 14 - 2x", "2x + 6 = 14 - 2x", "expanded = put in"),
        ("4x + 6 = 14", "4x + 6 = 14", "gathered = gather"),
        ("4x = 14 - 6 = 8", "4x = 8", "isolated = isolate"),
        ("x = 8 / 4 = 2", "x = 2", "unknown = divide"),
    ],
    unknowns=["x"],
    equations=["2(x + 3) = 14 - 2x"],
    assignment={"x": "2"},
)
FRACTIONS = problem(
    "Solve x/3 + (x + 1)/4 = 2.",
    "x = 3",
    [
        ("lcm(3, 4) = 12", "12", "common denominator = lcm(first denominator, second denominator)"),
        ("12 * x/3 = 4x", "4x", "first multiple = common denominator * first fraction"),
        ("12 * (x + 1)/4 = 3x + 3", "3x + 3", "second multiple = common denominator * second fraction"),
        ("7x + 3 = 24", "7x + 3 = 24", "cleared = clear"),
        ("7x = 24 - 3 = 21", "7x = 21", "isolated = isolate"),
        ("x = 21 / 7 = 3", "x = 3", "unknown = divide"),
    ],
    unknowns=["x"],
    equations=["x/3 + (x + 1)/4 = 2"],
    assignment={"x": "3"},
)
SYSTEM = problem(
    "Solve y = 2x + 1 and 3x + 2y = 16.",
    "x = 2, y = 5",
    [
        ("3x + 2(2x + 1) = 16", "3x + 2(2x + 1) = 16", "substituted = put in"),
        ("7x + 2 = 16", "7x + 2 = 16", "gathered = gather"),
        ("7x = 16 - 2 = 14", "7x = 14", "isolated = isolate"),
        ("x = 14 / 7 = 2", "x = 2", "first = divide"),
        ("y = 2 * 2 + 1 = 5", "y = 5", "second = put back"),
    ],
    unknowns=["x", "y"],
    equations=["y = 2x + 1", "3x + 2y = 16"],
    assignment={"x": "2", "y": "5"},
)
EXPANSION = problem(
    "Expand (x + 2)(x + 3).",
    "x^2 + 5x + 6",
    [
        ("(x + 2)(x + 3) = x^2 + 3x + 2x + 6", "x^2 + 3x + 2x + 6", "products = multiply each term"),
        ("x^2 + 3x + 2x + 6 = x^2 + 5x + 6", "x^2 + 5x + 6", "sum = collect like terms"),
    ],
    unknowns=["x"],
    expressions=["(x + 2)(x + 3)"],
)
FACTORS = problem(
    "Factor 2x^2 - 10x + 12.",
    "2(x - 2)(x - 3)",
    [
        ("2x^2 - 10x + 12 = 2(x^2 - 5x + 6)", "2(x^2 - 5x + 6)", "common factor = take out"),
        ("x^2 - 5x + 6 = (x - 2)(x - 3)", "(x - 2)(x - 3)", "factored = split"),
        ("2(x^2 - 5x + 6) = 2(x - 2)(x - 3)", "2(x - 2)(x - 3)", "result = put together"),
    ],
    unknowns=["x"],
    expressions=["2x^2 - 10x + 12"],
)
ROOTS = problem(
    "Solve x^2 - 5x + 6 = 0.",
    "2, 3",
    [
        ("discriminant = 5 * 5 - 4 * 6 = 1", "1", "discriminant = square of sum - four products"),
        ("x^2 - 5x + 6 = (x - 2)(x - 3)", "(x - 2)(x - 3)", "factored = split"),
        ("x - 2 = 0 or x - 3 = 0", "x - 2 = 0 or x - 3 = 0", "cases = each factor"),
        ("x = 2 or x = 3", "x = 2 or x = 3", "roots = solve each case"),
    ],
    unknowns=["x"],
    equations=["x^2 - 5x + 6 = 0"],
)
DERIVATIVE = problem(
    "Let f(x) = 3x^2 + 2x. Find the slope at x = 2.",
    "14",
    [
        ("d/dx(3x^2) = 6x", "6x", "first slope = derive the first term"),
        ("d/dx(2x) = 2", "2", "second slope = derive the second term"),
        ("f'(x) = 6x + 2", "6x + 2", "derivative = first slope + second slope"),
        ("f'(2) = 6 * 2 + 2 = 14", "14", "slope = put in the point"),
    ],
    unknowns=["x"],
    functions={"f": "3x^2 + 2x"},
)
INTEGRAL = problem(
    "Let f(x) = 3x^2 + 2x. Find the area from 1 to 2.",
    "10",
    [
        ("integral(3x^2) = x^3 + C", "x^3 + C", "first part = integrate the first term"),
        ("F(x) = x^3 + x^2 + C", "x^3 + x^2 + C", "antiderivative = put together"),
        ("F(2) = 8 + 4 = 12", "12", "upper = put in the upper bound"),
        ("F(1) = 1 + 1 = 2", "2", "lower = put in the lower bound"),
        ("F(2) - F(1) = 12 - 2 = 10", "10", "area = upper - lower"),
    ],
    unknowns=["x"],
    functions={"f": "3x^2 + 2x"},
)
WAVES = problem(
    "Let f(x) = x^2 sin(x) + e^(2x). Find the derivative.",
    "2x sin(x) + x^2 cos(x) + 2e^(2x)",
    [
        ("d/dx(x^2 sin(x)) = 2x sin(x) + x^2 cos(x)", "2x sin(x) + x^2 cos(x)", "first = product rule"),
        ("d/dx(e^(2x)) = 2e^(2x)", "2e^(2x)", "second = chain rule"),
        ("f'(x) = 2x sin(x) + x^2 cos(x) + 2e^(2x)", "2x sin(x) + x^2 cos(x) + 2e^(2x)", "derivative = first + second"),
    ],
    unknowns=["x"],
    functions={"f": "x^2 sin(x) + e^(2x)"},
)
ALL = {
    "linear": LINEAR,
    "brackets": BRACKETS,
    "fractions": FRACTIONS,
    "system": SYSTEM,
    "expansion": EXPANSION,
    "factors": FACTORS,
    "roots": ROOTS,
    "derivative": DERIVATIVE,
    "integral": INTEGRAL,
    "waves": WAVES,
}


def one(text, problem=LINEAR):
    return make_judge(problem).judge(Step("step", text))


# -- the gold path -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ALL.values(), ids=ALL)
def test_each_gold_step_is_correct_and_reaches_its_node_once(problem):
    texts = [step.text for step in problem.solution]
    found = judge_steps(problem, texts)
    assert [(str(j.verdict), j.gold_index, j.counts) for j in found] == [
        ("CORRECT", i, True) for i in range(len(texts))
    ]
    judge = make_judge(problem)
    for text in texts:
        judge.judge(Step("step", text))
    again = [judge.judge(Step("step", text)) for text in texts]
    assert not any(j.counts for j in again)
    assert all(j.verdict is Verdict.CORRECT for j in again)


@pytest.mark.parametrize("problem", ALL.values(), ids=ALL)
def test_a_changed_number_in_the_last_side_is_proven_wrong(problem):
    """Negative control of all forms at once: one more in the last number of each gold step."""
    judge = make_judge(problem)
    for step in problem.solution:
        head, _, last = step.text.rpartition(" = ")
        digits = [i for i, char in enumerate(last) if char.isdigit() and last[i - 1 : i] != "^"]
        if digits and " or " not in step.text:
            place = digits[-1]
            wrong = f"{head} = {last[:place]}{int(last[place]) + 1}{last[place + 1 :]}"
            judgement = judge.judge(Step("step", wrong))
            assert judgement.verdict is Verdict.INCORRECT, wrong
            assert judgement.counts
            assert "not" in judgement.reason or "wrong" in judgement.reason
        judge.judge(Step("step", step.text))


@pytest.mark.parametrize(
    ("asked", "text", "verdict"),
    [
        ("linear", "If x = 5, then 3x + 5 = 20.", "UNCHECKED"),  # nobody says that x is 5
        ("linear", "If x = 5, then 3x + 5 = 20. So x = 6.", "INCORRECT"),
        ("linear", "Divide both sides by 3: 3x/3 = 12/3", "CORRECT"),
        ("linear", "3x = 12 => x = 4", "CORRECT"),
        ("linear", "3x = 12 -> x = 5", "INCORRECT"),
        ("linear", "3x + 5 == 17", "CORRECT"),
        ("linear", "x >= 5", "UNCHECKED"),
        ("linear", "x != 5", "UNCHECKED"),
        ("linear", "x = 5 > 4", "UNCHECKED"),
        ("linear", "**x = 4** ✓", "CORRECT"),
        ("linear", "x = 5! = 120", "UNCHECKED"),
        ("linear", "x = C(5, 2) = 11", "INCORRECT"),
        ("linear", "x = 4!", "CORRECT"),
        ("linear", "x = 5!", "UNCHECKED"),
        ("linear", "(so x = 4)", "CORRECT"),
        ("linear", "Half of x = 2", "UNCHECKED"),
        ("linear", "x = 2 times 2", "UNCHECKED"),
        ("linear", "Let's say x = 7", "UNCHECKED"),
        ("linear", r"\begin{align} 3x &= 12 \\ x &= 4 \end{align}", "CORRECT"),
        ("linear", r"\begin{align} 3x &= 12 \\ x &= 5 \end{align}", "INCORRECT"),
        ("system", "(1) y = 2x + 1", "CORRECT"),
        ("system", "(2) 3x + 2y = 16", "CORRECT"),
        ("system", "2) 3x + 2y = 16", "CORRECT"),
        ("system", "3x + 2y = 16 (2)", "CORRECT"),
        ("system", "3x + 2y = 17 (2)", "INCORRECT"),
        ("system", "From (1) we have y = 2x + 1 and therefore 3x + 2(2x + 1) = 16.", "CORRECT"),
        ("roots", "x^2 - 5x + 6 = (x - 2)(x - 3) = 0", "CORRECT"),
        ("roots", "x^2 - 5x + 6 = (x - 2)(x - 4)", "INCORRECT"),
        ("roots", "2(x - 2)(x - 3) = x^2 - 5x + 6", "UNCHECKED"),  # zero both, yet not the same
        ("roots", "If x = 2 then 4 - 10 + 6 = 0", "UNCHECKED"),
        ("derivative", "f'(x) = 0", "UNCHECKED"),
        ("derivative", "f'(x) = 6x + 2 = 0", "UNCHECKED"),
        ("derivative", "f(x) = 3x^2 + 2x, so f'(x) = 6x + 2.", "CORRECT"),
        ("expansion", "x^2 + 5x + 6 = 0", "UNCHECKED"),
        ("expansion", "x = x + 3x", "INCORRECT"),
    ],
)
def test_prose_around_it(asked, text, verdict):
    assert str(one(text, ALL[asked]).verdict) == verdict


@pytest.mark.parametrize("problem", ALL.values(), ids=ALL)
def test_copying_what_is_given_and_padding_pay_nothing(problem):
    metadata = problem.metadata
    texts = [*metadata.get("equations", ()), problem.question]
    texts += [f"{name}(x) = {body}" for name, body in metadata.get("functions", {}).items()]
    texts += [f"{text} = {text}" for text in metadata.get("expressions", ())]
    texts += ["x = x", "x + x = 2x", "0 = 0", "x - x = 0", "x + 1 = 1 + x", "2x = x * 2", "0 * x = 0"]
    assert [j.counts for j in judge_steps(problem, texts)] == [False] * len(texts)


# -- a. equations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict", "index"),
    [
        ("3x + 5 = 17", "CORRECT", None),
        ("17 = 3x + 5", "CORRECT", None),
        ("3x = 12", "CORRECT", 0),
        ("12 = 3x", "CORRECT", 0),
        ("3x = 17 - 5", "CORRECT", 0),
        ("We subtract 5 from both sides and get 3x = 17 - 5 = 12.", "CORRECT", 0),
        ("6x = 24", "CORRECT", None),
        ("x = 4", "CORRECT", 1),
        ("So $x = \\frac{12}{3} = \\boxed{4}$.", "CORRECT", 1),
        ("3x = 12, so x = 4", "CORRECT", 0),
        ("x^2 = 16", "CORRECT", None),
        ("x = 4.0", "CORRECT", 1),
        ("3x = 13", "INCORRECT", None),
        ("3x = 17 - 5 = 13", "INCORRECT", None),
        ("4x = 12", "INCORRECT", None),
        ("x = 5", "INCORRECT", None),
        ("x = 4, 3x = 13", "INCORRECT", None),
        ("x = 4 or x = 5", "INCORRECT", None),
        ("17 - 5 = 13", "INCORRECT", None),
        ("17 - 5 = 12", "CORRECT", None),
        ("y = 7", "UNCHECKED", None),
        ("x = 48 mod 18", "UNCHECKED", None),
        ("half of x = 2 + 1", "UNCHECKED", None),
        ("x is found.", "UNCHECKED", None),
        ("x = ", "UNCHECKED", None),
        ("x > 3", "UNCHECKED", None),
    ],
)
def test_equations(text, verdict, index):
    judgement = one(text)
    assert (str(judgement.verdict), judgement.gold_index) == (verdict, index)
    assert judgement.reason


def test_reasons_say_why():
    assert one("3x = 13").reason == "3x = 13 does not hold: for x = 4 the left side is 12, the right side 13."
    assert one("2(x + 3) = 2x + 5", BRACKETS).reason == (
        "2(x + 3) = 2x + 5 does not hold: the left side is 2x + 6, the right side 2x + 5."
    )
    assert "no solution of x^2 - 5x + 6 = 0" in one("x = 4", ROOTS).reason
    assert "some of the solutions" in one("x = 2", ROOTS).reason
    assert "derivative" in one("F(x) = x^3 + C", INTEGRAL).reason


def test_an_equation_in_the_givens_form_reaches_the_next_node_only_when_it_is_written_so():
    """Two nodes with the same sides as polynomials are told apart by their form."""
    texts = ["2(x + 3) = 14 - 2x", "2x + 6 = 14 - 2x"]
    assert [j.gold_index for j in judge_steps(BRACKETS, texts)] == [None, 1]


def test_solutions_are_found_where_no_assignment_is_stated():
    bare = problem("Solve.", None, [], unknowns=["x", "y"], equations=["x + y = 7", "x - y = 1"])
    verdicts = [str(one(text, bare).verdict) for text in ("x = 4", "y = 3", "x = 3", "2x + y = 11", "2x + y = 12")]
    assert verdicts == ["CORRECT", "CORRECT", "INCORRECT", "CORRECT", "INCORRECT"]


def test_without_a_gold_path_each_value_counts_once():
    bare = problem("Solve.", None, [], unknowns=["x"], equations=["3x + 5 = 17"])
    steps = ["3x = 12", "6x = 24", "x = 4", "x = 4", "x = 8/2"]
    assert [j.counts for j in judge_steps(bare, steps)][:4] == [False, False, True, False]


def test_evaluation_at_a_given_value():
    asked = problem(
        "Evaluate 2x + 3 at x = 4.",
        "11",
        [("2x + 3 = 2 * 4 + 3 = 11", "11", "value = put in")],
        unknowns=["x"],
        expressions=["2x + 3"],
        assignment={"x": "4"},
    )
    assert one("2x + 3 = 2 * 4 + 3 = 11", asked).counts
    assert one("2x + 3 = 12", asked).verdict is Verdict.INCORRECT


@settings(max_examples=60)
@given(st.integers(-9, 9).filter(bool), st.integers(-20, 20), st.integers(-9, 9), st.integers(1, 9), st.integers(1, 5))
def test_multiples_follow_and_others_are_false(a, b, root, factor, off):
    given_equation = f"{a}x + ({b}) = {a * root + b}"
    bare = problem("Solve.", None, [], unknowns=["x"], equations=[given_equation])
    scaled = f"{factor * a}x = {factor * a * root}"
    assert one(scaled, bare).verdict is Verdict.CORRECT
    assert one(f"{factor * a}x = {factor * a * root + off}", bare).verdict is Verdict.INCORRECT
    assert one(f"x = {root}", bare).verdict is Verdict.CORRECT
    assert one(f"x = {root + off}", bare).verdict is Verdict.INCORRECT


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-4, 4), min_size=4, max_size=4), min_size=1, max_size=4), st.data())
def test_the_span_is_that_of_sympys_row_space(rows, data):
    names = ("x", "y", "z")

    def polynomial(row):
        return sum((c * Polynomial.variable(n) for c, n in zip(row, names, strict=False)), Polynomial.constant(row[3]))

    span = Span(polynomial(row) for row in rows)
    candidate = data.draw(st.lists(st.integers(-4, 4), min_size=4, max_size=4))
    combination = [sum(f * row[i] for f, row in zip((2, -3, 1, 5), rows, strict=False)) for i in range(4)]
    assert polynomial(combination) in span
    rank = sympy.Matrix(rows).rank()
    assert (polynomial(candidate) in span) == (sympy.Matrix([*rows, candidate]).rank() == rank)


# -- b. identities -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict", "index"),
    [
        ("(x + 2)(x + 3) = x^2 + 3x + 2x + 6 = x^2 + 5x + 6", "CORRECT", 1),
        ("(x + 2)(x + 3) = 6 + 5x + x^2", "CORRECT", 1),
        (r"$(x+2)(x+3) = x^{2} + 5x + 6$", "CORRECT", 1),
        ("(x + 2)(x + 3) = (x + 3)(x + 2)", "CORRECT", None),
        ("x^2 + 5x + 6 = 6 + 5x + x^2", "CORRECT", None),
        ("x * x = x^2", "CORRECT", None),
        ("3x + 2x = 5x", "CORRECT", None),
        ("17x + 4x = 21x", "UNCHECKED", None),
        ("(x + 2)(x + 3) = x^2 + 5x + 5", "INCORRECT", None),
        ("3x + 2x = 6x", "INCORRECT", None),
        ("x * x = x^3", "INCORRECT", None),
        ("x^2 + 5x + 6 = 0", "UNCHECKED", None),
        ("x^2 = 5x - 6", "UNCHECKED", None),
    ],
)
def test_identities(text, verdict, index):
    judgement = one(text, EXPANSION)
    assert (str(judgement.verdict), judgement.gold_index) == (verdict, index)


@settings(max_examples=60)
@given(st.lists(st.integers(-9, 9), min_size=2, max_size=4), st.integers(-9, 9), st.data())
def test_a_perturbed_coefficient_is_proven_wrong(values, root, data):
    first = Polynomial.from_coefficients(values)
    product = first * (Polynomial.variable("x") - root)
    if first.degree() < 1:
        return
    text = f"({first})(x - {root})" if root >= 0 else f"({first})(x + {-root})"
    asked = problem("Expand.", str(product), [], unknowns=["x"], expressions=[text])
    assert one(f"{text} = {product}", asked).verdict is Verdict.CORRECT
    power = data.draw(st.integers(0, product.degree()))
    changed = product + Polynomial.variable("x", power) * data.draw(st.sampled_from([-2, -1, 1, 2]))
    if "x" in changed.generators:
        assert one(f"{text} = {changed}", asked).verdict is Verdict.INCORRECT


# -- d. calculus ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict", "index"),
    [
        ("f'(x) = 2 + 6x", "CORRECT", 2),
        ("f'(x) = 3 * 2x + 2", "CORRECT", 2),
        ("f′(x) = 6x + 2", "CORRECT", 2),
        ("f' = 6x + 2", "CORRECT", None),
        (r"\frac{d}{dx}(3x^2) = 6x", "CORRECT", 0),
        ("d/dx 3x^2 = 6x", "CORRECT", 0),
        ("f(2) = 16", "CORRECT", None),
        ("f(2) = 17", "INCORRECT", None),
        ("f'(2) = 14", "CORRECT", 3),
        ("f'(2) = 15", "INCORRECT", None),
        ("f''(x) = 6", "CORRECT", None),
        ("f'(x) = 6x", "INCORRECT", None),
        ("d/dx(3x^2) = 6x^2", "INCORRECT", None),
        ("d/dx(3x^2)(x) = 6x", "UNCHECKED", None),
        ("3x + 3x + 2 = 6x + 2", "CORRECT", None),
        ("slope = 14", "CORRECT", 3),
        ("slope = 15", "INCORRECT", None),
        ("derivative = 6x + 2", "CORRECT", 2),
        ("derivative = 6x + 3", "INCORRECT", None),
    ],
)
def test_derivatives(text, verdict, index):
    judgement = one(text, DERIVATIVE)
    assert str(judgement.verdict) == verdict
    assert judgement.gold_index == index or index is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("F(x) = x^3 + x^2", "CORRECT"),
        ("F(x) = x^3 + x^2 + 7", "CORRECT"),
        ("F(x) = x^3 + 2x^2 + C", "INCORRECT"),
        ("integral(3x^2 + 2x) = x^3 + x^2 + C", "CORRECT"),
        (r"\int (3x^2 + 2x) \, dx = x^3 + x^2 + C", "CORRECT"),
        (r"\int (3x^2 + 2x) \, dx = x^3 + x + C", "INCORRECT"),
        ("∫ 3x² dx = x³", "CORRECT"),
        ("integral(2) = 2x + C", "CORRECT"),
        ("integral(2) = 3x + C", "INCORRECT"),
        (r"\int_1^2 (3x^2 + 2x) dx = 10", "CORRECT"),
        (r"\int_1^2 (3x^2 + 2x) dx = 11", "INCORRECT"),
        ("F(2) = 12", "CORRECT"),
        ("F(2) = 13", "INCORRECT"),
        ("F(3) = 37", "UNCHECKED"),  # with C = 1
        ("F(3) - F(2) = 24", "CORRECT"),
        ("F(3) - F(2) = 25", "INCORRECT"),
        ("F(2) - F(1) = 12 - 2 = 10", "CORRECT"),
    ],
)
def test_antiderivatives(text, verdict):
    assert str(one(text, INTEGRAL).verdict) == verdict


def test_functions_of_every_kind():
    assert one("f'(x) = x(2sin(x) + x cos(x)) + 2e^(2x)", WAVES).gold_index == 2
    assert one("f'(x) = 2x cos(x) + 2e^(2x)", WAVES).verdict is Verdict.INCORRECT
    waves = problem("Integrate.", None, [], unknowns=["x"], functions={"f": "e^x sin(x)"})
    assert one("F(x) = e^x(sin(x) - cos(x))/2 + C", waves).verdict is Verdict.CORRECT
    assert one("F(x) = e^x(sin(x) + cos(x))/2 + C", waves).verdict is Verdict.INCORRECT


# -- e. sets of solutions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict", "index"),
    [
        ("x = 2, x = 3", "CORRECT", 3),
        ("x = 3 and x = 2", "CORRECT", 3),
        ("x = 2 or 3", "CORRECT", 3),
        ("x_1 = 2, x_2 = 3", "CORRECT", 3),
        ("x = (5 ± 1)/2", "CORRECT", None),
        ("x = (5 + 1)/2 = 3 or x = (5 - 1)/2 = 2", "CORRECT", 3),
        ("(x - 2)(x - 3) = 0, so x = 2 or x = 3", "CORRECT", None),
        ("x - 3 = 0 or x - 2 = 0", "CORRECT", 2),
        ("x = 2", "UNCHECKED", None),
        ("x = 4", "INCORRECT", None),
        ("x = 2 or x = 4", "INCORRECT", None),
        ("x = 2 or x = 3 or x = 4", "INCORRECT", None),
        ("x = 2 or x = 2", "INCORRECT", None),
        ("x = (5 ± 3)/2", "INCORRECT", None),
        ("x^2 = 5x - 6", "CORRECT", None),
        ("x(x - 5) = -6", "CORRECT", None),
        ("(x - 1)(x - 6) = 0", "INCORRECT", None),
        ("x^2 - 5x + 6 = (x + 2)(x + 3)", "INCORRECT", None),
        ("discriminant = 2", "INCORRECT", None),
    ],
)
def test_sets_of_solutions(text, verdict, index):
    judgement = one(text, ROOTS)
    assert (str(judgement.verdict)) == verdict
    assert judgement.gold_index == index or index is None


@settings(max_examples=50)
@given(st.lists(st.fractions(-6, 6, max_denominator=3), min_size=2, max_size=4, unique=True), st.data())
def test_all_and_only_the_roots(roots, data):
    product = Polynomial.constant(1)
    for root in roots:
        product = product * (Polynomial.variable("x") * root.denominator - root.numerator)
    asked = problem("Solve.", None, [], unknowns=["x"], equations=[f"{product} = 0"])
    said = data.draw(st.permutations(roots))
    assert one(" or ".join(f"x = {root}" for root in said), asked).verdict is Verdict.CORRECT
    if len(roots) > 2:
        assert one(" or ".join(f"x = {root}" for root in said[1:]), asked).verdict is Verdict.INCORRECT
    wrong = [*said[1:], said[0] + Fraction(1, 7)]
    assert one(" or ".join(f"x = {root}" for root in wrong), asked).verdict is Verdict.INCORRECT


def test_two_values_of_one_thing_do_not_refute_each_other():
    each = [("x = (5 - 1) / 2 = 2", "2", "smaller = first root"), ("x = (5 + 1) / 2 = 3", "3", "larger = second root")]
    asked = problem("Solve.", "2, 3", each, unknowns=["x"], equations=["x^2 - 5x + 6 = 0"])
    assert [str(j.verdict) for j in judge_steps(asked, ["x = 3", "x = 2", "x = 4"])] == ["UNCHECKED"] * 2 + [
        "INCORRECT"
    ]


def test_irrational_and_missing_roots():
    asked = problem("Solve.", None, [], unknowns=["x"], equations=["x^2 = 8"])
    assert one("x = 2sqrt(2) or x = -2sqrt(2)", asked).verdict is Verdict.CORRECT
    assert one("x = ±√8", asked).verdict is Verdict.CORRECT
    assert one("x = 2sqrt(2) or x = -sqrt(2)", asked).verdict is Verdict.INCORRECT
    cubic = problem("Solve.", None, [], unknowns=["x"], equations=["x^3 = 8"])
    assert one("x = 2", cubic).verdict is not Verdict.INCORRECT  # the other two are not real
    assert Knowledge([read("x^3 - 8")], {}).solution_set("x", [read("x - 2")])[0] is Verdict.CORRECT


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("3x = 12", [["3x = 12"]]),
        ("Then 3x = 12, so x = 4.", [["3x = 12"], ["x = 4"]]),
        ("x = 2 or x = 3", [["x = 2", "x = 3"]]),
        ("x = 2, y = 3", [["x = 2"], ["y = 3"]]),
        ("x = 2, x = 2", [["x = 2"], ["x = 2"]]),
        ("x = 2 or 3 or 4", [["x = 2", "x = 3", "x = 4"]]),
        ("discriminant = 25 - 24 = 1", [["discriminant = 25 - 24 = 1"]]),
        ("root 1 = 2", [["root 1 = 2"]]),
        ("xy = 12 (since x = 3)", [["xy = 12"], ["x = 3"]]),
        ("x: 3x = 12\nx = 4", [["3x = 12"], ["x = 4"]]),
        ("nothing to see", []),
    ],
)
def test_claims(text, claims):
    found = read_claims(text, Vocabulary(frozenset("xy"))).claims
    assert [[chain.text for chain in claim.chains] for claim in found] == claims


def test_a_letter_that_the_problem_uses_is_no_constant_of_integration():
    asked = problem("Solve C + 2 = 5.", "C = 3", [], unknowns=["C"], equations=["C + 2 = 5"])
    assert one("C = 3", asked).verdict is Verdict.CORRECT
    assert one("C = 4", asked).verdict is Verdict.INCORRECT


def test_metadata_that_nobody_can_read_is_left_out():
    odd = Problem(
        "p",
        "?",
        "1",
        (GoldStep("?", "?", "?", "?"),),
        metadata={
            "domain": "algebra",
            "unknowns": 3,
            "equations": ["x = = 2", "(((", 7],
            "functions": {"f": "))"},
            "assignment": {"x": "?"},
            "expressions": "x",
        },
    )
    assert judge_steps(odd, ["x = 2", "f(x) = 2", "1 + 1 = 2", "1 + 1 = 3"])[-1].verdict is Verdict.INCORRECT


def test_answers_plans_and_malformed_actions_are_as_everywhere():
    judge = make_judge(LINEAR)
    assert isinstance(judge, AlgebraJudge)
    assert judge.judge(Step("plan", "isolated = result - addend; x = isolated / factor")).verdict is Verdict.CORRECT
    assert judge.malformed("Two elements.").malformed
    assert judge.judge(Step("answer", "x = 4")).is_final


# -- hostile text --------------------------------------------------------------------------------------------------

HOSTILE = [
    "x = " * 480 + "1",
    "x = 1 or " * 210 + "x = 2",
    "x = 1, " * 280,
    "(x+1)" * 390 + " = 1",
    "x^60 = " * 270 + "1",
    "(x+y+z)^18 = 1",
    "x = " + "9^200*" * 300 + "1",
    "x/" * 900 + "1 = 1",
    "f(" * 900 + "x = 1",
    "f'" * 900 + "(x) = 1",
    "F(x) = " * 270 + "x",
    "d/dx(" * 380 + "x = 1",
    "integral(" * 200 + "x" + ")" * 10 + " = 1",
    "∫ x dx = " * 200 + "1",
    "∫" * 1_900 + " = 1",
    "x = ±" + "±" * 1_800 + "1",
    "x = ±1 ± 2 ± 3 ± 4 ± 5 ± 6 ± 7 ± 8",
    "x" * 1_900 + " = 1",
    "x^x^x^x = 1",
    "x = 1/(x-x)",
    "1/(x+1) = " * 180 + "1",
    "e^(e^(e^x)) = 1",
    "sin(x)" * 320 + " = 1",
    "x_1 = " * 300 + "1",
    "x = 1 " * 320,
    "so x " * 380 + "= 1",
    "\\boxed{" * 270 + "x = 1",
    "\\frac{x}{" * 200 + "1 = 1",
    "x = 1\n" * 320,
    "x = " + "(" * 900 + "1",
    "x == 1",
    "= = =",
    "|x" * 900 + " = 1",
    "x" + "'" * 1_800 + " = 1",
    "x = 1" + "!" * 1_800,
    "x = __import__('os').system('true')",
    "x = \x00",
    "x² + ½ = \u202e1",
    "x^59 + 1/3 = (x+1/7)^59",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("asked", [LINEAR, ROOTS, INTEGRAL], ids=["linear", "roots", "integral"])
def test_hostile_text_is_judged_in_time(text, asked):
    def judged():
        judge = make_judge(asked)
        judge.judge(Step("step", asked.solution[0].text))
        return judge.judge(Step("step", text))

    judgement = in_time(judged, 0.25)
    assert judgement.reason
    assert len(judgement.reason) < 400


PIECES = [
    *"xyfFC0123",
    "+",
    "-",
    "*",
    "/",
    "^",
    "=",
    " = ",
    "(",
    ")",
    "'",
    ",",
    ".",
    " or ",
    " and ",
    " so ",
    "d/dx(",
    "integral(",
    "sin",
    "sqrt",
    "2x",
    "x^2",
    "±",
    "e^",
    "\n",
    "½",
    "²",
    "\\frac{",
    "{",
    "}",
    "|",
    "f(x)",
    "F(2)",
    "mod",
    "%",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(list(ALL)))
def test_nothing_raises_on_mathematical_noise(pieces, name):
    judgement = one("".join(pieces), ALL[name])
    assert judgement.verdict in tuple(Verdict)
    assert judgement.reason


def test_random_true_equations_are_never_called_wrong():
    """Sums of multiples of the given equations, written in several ways, hold at the solution."""
    rng = random.Random(7)
    first, second = (read_polynomial(text) for text in ("y - 2x - 1", "3x + 2y - 16"))
    for _ in range(80):
        total = first * rng.randint(-4, 4) + second * rng.randint(-4, 4)
        moved = Polynomial.from_coefficients([rng.randint(-9, 9), rng.randint(-3, 3)]) + rng.randint(
            -3, 3
        ) * Polynomial.variable("y")
        if total.is_zero:
            continue
        judgement = one(f"{total + moved} = {moved}", SYSTEM)
        assert judgement.verdict is Verdict.CORRECT, judgement
        wrong = one(f"{total + moved + rng.choice((-1, 1))} = {moved}", SYSTEM)
        assert wrong.verdict is Verdict.INCORRECT


def test_knowledge_learns_from_correct_steps_alone():
    known = Knowledge([read("x^2 - 5x + 6")], {})
    assert not known.follows(read("x - 2"))
    known.add(read("x - 2"))
    assert known.follows(read("x - 2"))
    assert known.refutes(Quotient.variable("x"), read("3"))


def test_what_exact_arithmetic_leaves_open_is_asked_of_sympy_twice_a_step_at_most(monkeypatch):
    from reasoning_gym_ccrl.envs.verify import symbolic

    asked = []

    def equal(left, right):
        asked.append((left, right))
        return Verdict.CORRECT

    monkeypatch.setattr(symbolic, "equal", equal)
    waves = problem("Simplify.", None, [], unknowns=["x"], expressions=["sin(2x)"])
    assert one("sin(2x) = 2sin(x)cos(x)", waves).verdict is Verdict.CORRECT
    assert len(asked) == 1
    assert one("sin(2x) = 2sin(x)", waves).verdict is Verdict.INCORRECT
    assert len(asked) == 1  # a point decides that the sides differ
    many = " = ".join(["sin(2x)", "2sin(x)cos(x)"] * 4)
    assert one(many, waves).verdict is Verdict.UNCHECKED
    assert len(asked) == 3


def test_sympy_in_its_worker_confirms_an_identity():
    waves = problem("Simplify.", None, [], unknowns=["x"], expressions=["sin(2x)"])
    assert one("sin(2x) = 2sin(x)cos(x)", waves).verdict is Verdict.CORRECT
