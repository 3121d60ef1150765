"""Refuters: each proves what it says and no more; by hand, against oracles of their own, and on real solutions."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.cli.verify import solution_steps
from reasoning_gym_ccrl.envs.problems.datasets import read_problems
from reasoning_gym_ccrl.envs.verify import judge_steps
from reasoning_gym_ccrl.envs.verify.gold_wording import refute_by_gold_wording
from reasoning_gym_ccrl.envs.verify.letter_chains import letter_chains
from reasoning_gym_ccrl.envs.verify.refute import Refuter, refute_conversion
from reasoning_gym_ccrl.envs.verify.unit_sums import refute_unit_sum
from reasoning_gym_ccrl.types import Problem, Verdict

from ..data_folder import data_file
from ..timing import in_time

PLAIN = Problem("p", "Ann has some apples. How many?", "4")
ASKED = Problem("p", "Ann has x bags of 3 and 5 more, 17 in all. What is the value of unknown variable x?", "4")
PERCENT = Problem("p", "Of 80 apples x% are red, which is 16. What is the value of the unknown variable 'x'?", "20")


def first_refuted(problem, steps):
    """The index of the first step that is refuted, or None."""
    refuter = Refuter(problem)
    return next((index for index, text in enumerate(steps) if refuter.refute(text) is not None), None)


# -- equations with letters ------------------------------------------------------------------------------------------

WRONG = [
    # The letters cancel.
    (PLAIN, ["5 + 12x + 24 + 48 + 15 = 96 + 12x"]),
    (PLAIN, ["The total is 64 + 32 + 23 - 0.32x = 129 - 0.32x."]),
    (PLAIN, ["According to this, x + 3 = 2(x/2)."]),
    # Two forms of one expression.
    (PLAIN, ["packs = 4 * x / 15 = (4/15) * x = (8/15) * x"]),
    (PLAIN, ["The sum is (1/4)*x + (1/3)*x = (5/12)*x apples"]),
    (PLAIN, ["one half is (1/4)(4x) = x/2 seats"]),
    (PLAIN, ["He earned 1.5(2/3x) = 3x/2 dollars."]),
    (PLAIN, ["so it is 0.79 * 0.79x = 0.6161x."]),
    # Numbers in a chain that has a letter.
    (PLAIN, ["we subtract both: 9x = $157 - $55 - $75 = $17."]),
    # Against what was stated before.
    (PLAIN, ["We get 26 + 2x = 46", "which gives x = 20."]),
    (PLAIN, ["2(2x + 4) = 188", "Simplifying, we get 4x + 8 = 94."]),
    (PLAIN, ["(6/4) = (x/8)", "Cross multiplying, we get 2x = 12"]),
    (PLAIN, ["Let y be the hours: 30 + 4y = 54", "Solving for y, we get: y = 5."]),
    (PLAIN, ["A = 2 - 14 = -12", "B = 4 + 4 = 8", "So A - B = -12 + 8 = -4"]),
    (PLAIN, ["x^2 + 3 = 28", "x = 4"]),
    # At the value that is asked for.
    (ASKED, ["3x + 5 = 18"]),
    (ASKED, ["17 = 5x + 3"]),
    (ASKED, ["x = (17 - 2) / 3"]),
    (ASKED, ["3x + 5 = 17", "3x = 12", "x = 6"]),
    (ASKED, ["Therefore, the value of the unknown variable x is 5."]),
    (ASKED, ["$3x = $17 - $6"]),
    (ASKED, ["40 bags / (x * 2) = 4 bags are left"]),
    (PERCENT, ["80 * x/100 = 18"]),
]

RIGHT = [
    (PLAIN, ["5 + 12x + 24 + 48 + 15 = 92 + 12x"]),
    (PLAIN, ["(1/4)*x + (1/3)*x = (7/12)*x", "(7/12)*x = 14", "x = 24"]),
    (PLAIN, ["packs = 4 * x / 15 = (4/15) * x"]),
    (PLAIN, ["26 + 2x = 46", "2x = 20", "x = 10"]),
    (PLAIN, ["2(2x + 4) = 188", "4x + 8 = 188", "4x = 180", "x = 45"]),
    (PLAIN, ["A = 2 - 14 = -12", "B = 4 + 4 = 8", "So A - B = -12 - 8 = -20"]),
    (PLAIN, ["x = 2 or x = 3", "(x - 2)(x - 3) = x^2 - 5x + 6"]),
    (PLAIN, ["x^2 + 3 = 28", "x = 5"]),
    (PLAIN, ["100x / 3 = 33x", "0.333x * 3 = x"]),  # rounded
    (PLAIN, ["24x = 20x + 8"]),
    (PLAIN, ["7x = 120", "x = 17"]),  # the whole number of them
    (PLAIN, ["3x = 1 hour", "so 3x = 60 minutes", "x = 20"]),
    (PLAIN, ["6x = 20 + 4 = 24 / 6 = 4"]),  # "and then"
    (PLAIN, ["If 3x = 12, then x = 4", "Suppose 3x = 15"]),
    (PLAIN, ["Let x be the boys: 2x = 10", "x = 5", "Now let x be the girls: 2x = 14", "x = 7"]),
    (PLAIN, ["3 x 4 = 12 and 2 x 5 = 10", "b x 1.5 + 3 = 15", "f(3) = 5", "x0 = 3"]),
    (PLAIN, ["He is twice 3x = 12 years older", "half of 4x = 2x"]),
    (ASKED, ["3x + 5 = 17", "3x = 17 - 5 = 12", "x = 12/3 = 4", "The value of x is 4."]),
    (ASKED, ["Let x be the number of apples", "x = 17"]),  # a letter of the solver's own
    (ASKED, ["If x = 5, then 3x + 5 = 20", "For x = 3 that is 14", "x < 6 = 2 * 3"]),
    (PERCENT, ["80 * x% = 16", "80 * x/100 = 16", "x = 20", "so x = 0.2"]),
    (Problem("p", "The ratio is 5:9. What is the value of unknown variable x?", "20"), ["5x + 9x = 84", "x = 6"]),
]


@pytest.mark.parametrize(("problem", "steps"), WRONG)
def test_what_cannot_be_true_is_refuted_at_its_step(problem, steps):
    assert first_refuted(problem, steps) == len(steps) - 1


@pytest.mark.parametrize(("problem", "steps"), RIGHT)
def test_what_may_be_true_is_left_alone(problem, steps):
    assert first_refuted(problem, steps) is None


def test_reasons_say_what_is_wrong():
    assert Refuter(PLAIN).refute("5 + 12x + 90 = 96 + 12x") == (
        "5 + 12x + 90 = 96 + 12x holds for no x: the letters cancel, the numbers do not."
    )
    assert Refuter(ASKED).refute("So we can write: $3x + $5 = $18.") == (
        "$3x + $5 = $18 is false for the x that is asked for."
    )
    refuter = Refuter(PLAIN)
    assert refuter.refute("26 + 2x = 46") is None
    assert refuter.refute("x = 20") == "x = 20 contradicts 26 + 2x = 46, which was stated before."
    assert refuter.refute("x = 10") is None  # what was refuted is not remembered


def test_what_rests_on_an_error_is_not_refuted_a_second_time():
    refuter = Refuter(ASKED)
    assert refuter.refute("3x + 5 = 20") is not None
    assert refuter.refute("3x = 20 - 5") is None
    assert refuter.refute("x = 5") is None
    assert refuter.refute("The value of x is 5.") is None
    assert refuter.refute("x = 6") == "x = 6 is false for the x that is asked for."  # another error
    assert refuter.refute("x = 4") is None


def test_the_asked_letter_against_plain_arithmetic():
    """a*x + b = c is refuted just where the integers say so."""
    rng = random.Random(0)
    outcomes = set()
    for _ in range(400):
        root, a, b, off = (
            rng.randint(2, 30),
            rng.randint(2, 9),
            rng.randint(1, 60),
            rng.choice([0, 0, rng.randint(1, 9)]),
        )
        question = f"What is the value of unknown variable x? ({a}, {b})"
        c = a * root + b + off
        text = rng.choice(
            ["{a}x + {b} = {c}", "{c} = {b} + {a} * x", "so we get ${c} - ${b} = ${a}x", "({c} - {b})/{a} = x"]
        )
        reason = Refuter(Problem("p", question, str(root))).refute(text.format(a=a, b=b, c=c))
        is_rounding = text.endswith("= x") and 0 < off < a  # a letter alone may be rounded to the whole number
        assert (reason is not None) == (off != 0 and not is_rounding), (text, a, b, c, root)
        outcomes.add(reason is not None)
    assert outcomes == {True, False}


def test_forms_of_one_expression_against_values_at_points():
    """(p/q)x + r*x - t*x = (u/v)x is refuted just where the two sides differ at a point, worked out by fractions."""
    rng = random.Random(1)
    outcomes = set()
    for _ in range(400):
        p, q, r, t = (rng.randint(1, 9) for _ in range(4))
        total = Fraction(p, q) + r - t
        if total <= 0:
            continue
        wrong = rng.choice([0, 0, Fraction(rng.randint(1, 5), rng.randint(1, 4))])
        stated = total + wrong
        text = f"({p}/{q})x + {r}*x - {t}*x = ({stated.numerator}/{stated.denominator})x"
        point = Fraction(rng.randint(1, 50))
        differs = (Fraction(p, q) + r - t) * point != stated * point
        is_whole_part = stated.denominator == 1 < total.denominator and stated > 1 and abs(wrong) < 1
        reason = Refuter(PLAIN).refute(text)
        assert (reason is not None) == (differs and not is_whole_part), text
        outcomes.add(reason is not None)
    assert outcomes == {True, False}


def test_sides_agree_with_sympy():
    sympy = pytest.importorskip("sympy")
    cases = {
        "2(x + 3) - x/4 = 1": "2*(x + 3) - x/4",
        "(x - 1)(x + 2)x = 1": "(x - 1)*(x + 2)*x",
        "-3x^2 + 2x * 4 = 1": "-3*x**2 + 8*x",
        "$5x + 20% of x = 1": "5*x + x/5",
        "7 - (2 - x)² = 1": "7 - (2 - x)**2",
        "1/(x + 1) + 2 = 1": "1/(x + 1) + 2",
        "3 x 4 + x = 1": "12 + x",
    }
    for text, written in cases.items():
        value = letter_chains(text, frozenset("x"))[0].sides[0].value
        expected = sympy.sympify(written)
        for point in (2, 5, -7, sympy.Rational(3, 4)):
            number = Fraction(int(sympy.numer(point)), int(sympy.denom(point)))
            above, below = (part.substitute({"x": number}).value for part in (value.numerator, value.denominator))
            assert sympy.Rational(above.numerator, above.denominator) / sympy.Rational(
                below.numerator, below.denominator
            ) == expected.subs("x", point)


# -- units, conversions, the gold solution's words -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "4 feet - 40 inches = 12 inches",
        "20 minutes to make it + 30 minutes to bake it + 2 hours to cool + 10 minutes to frost = 80 minutes.",
        "50km/hr * 3 days = 150 km",
        "a distance of 50 km/hr x 3 days = <<50*3=150>>150 km.",
        "11 hours 20 minutes - 8.34 hours = 2 hours 46 minutes",
        "3 miles / 440 feet per minute = 0.0687 hours",
        "$12 per hour * 30 minutes = $360",
    ],
)
def test_units_are_worked_out(text):
    assert refute_unit_sum(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "4 feet - 40 inches = 8 inches",
        "20 minutes + 30 minutes + 2 hours + 10 minutes = 3 hours",
        "50km/hr * 3 days = 3600 km",
        "5 hours per day * 7 days = 35 hours",
        "2 hours * 60 = 120 minutes",  # a number with no unit may convert
        "3 days * 24 hours/day = 72 hours",
        "30 minutes * 5 days = 150 minutes",  # each day is meant
        "11 hours 20 minutes - 8.33 hours = 3 hours",
        "7 minutes x 60 seconds per minute = 420 seconds + 23 seconds = 443 seconds",
        "half of 4 feet - 40 inches = 12 inches",
        "4 feet 3 inches = 51 inches tall",
        "3 miles at 60 miles per hour = 3 minutes",
        "$5 + 50 cents = $5.50",
    ],
)
def test_units_that_hold_or_are_open_are_left_alone(text):
    assert refute_unit_sum(text) is None


def test_sums_of_hours_and_minutes_against_integers():
    rng = random.Random(2)
    outcomes = set()
    for _ in range(300):
        parts = [(rng.randint(1, 5), rng.randint(1, 59)) for _ in range(rng.randint(2, 4))]
        off = rng.choice([0, 0, rng.randint(1, 300)])
        total = sum(60 * hours + minutes for hours, minutes in parts) + off
        text = " + ".join(f"{hours} hours {minutes} minutes" for hours, minutes in parts)
        reason = refute_unit_sum(f"It takes {text} = {total} minutes in all.")
        assert (reason is not None) == (off != 0)
        outcomes.add(reason is not None)
    assert outcomes == {True, False}


def test_conversions_in_words():
    assert (
        refute_conversion("There are 30 days in the month of May, so it is 90.") == "There are 31 days in May, not 30."
    )
    assert (
        refute_conversion("Since there are 14 inches in a foot, it is 28.") == "There are 12 inches in a foot, not 14."
    )
    assert refute_conversion("there are 50 minutes in an hour.") is not None
    for text in (
        "There are 31 days in May.",
        "There are 12 inches in a foot, so it is 24.",
        "there are 5 days in a week, so",  # that are worked
        "There are 8 hours in a day, and",
        "there are 4 sets of 15 minutes in an hour.",
        "There are 30 minutes in an hour left.",
        "there are 20 apples in a box.",
    ):
        assert refute_conversion(text) is None


def test_the_words_of_the_gold_solution():
    solution = (
        "Together, Jam and Meg have 26 + 46 = <<26+46=72>>72 pencils.\n"
        "Meg sells 72 / 2 = 36 of their pencils.\nIn three years he will be 40 + 3 = 43 years old.\n"
        "In three years he will be 10 + 3 = 13 years old."
    )
    problem = Problem("p", "How many?", "72", metadata={"solution_text": solution})
    assert refute_by_gold_wording(problem, "Step 2: So, Jam and Meg have 24 + 46 = 70 pencils in total.") is not None
    for text in (
        "Together, Jam and Meg have 26 + 46 = 72 pencils.",
        "So, Jam and Meg have 72 / 2 = 36 pencils.",  # another value of the gold solution: of another time, perhaps
        "So, Jam has 24 + 46 = 70 pencils.",
        "So, Jam and Meg have 24 + 46 = 70 red pencils.",
        "So, Jam and Meg do not have 24 + 46 = 70 pencils.",
        "So, Jam and Meg have 24 + 46 = $70 pencils.",
        "In three years he will be 20 + 3 = 23 years old.",  # said of two values
        "Together, Jam and Meg have 70 pencils.",
    ):
        assert refute_by_gold_wording(problem, text) is None, text
    assert refute_by_gold_wording(PLAIN, "So, Jam and Meg have 24 + 46 = 70 pencils.") is None


# -- in the judge, on real solutions, on hostile text ----------------------------------------------------------------


def test_the_judge_asks_the_refuters():
    steps = ["We can write 3x + 5 = 17.", "Solving for x, we get x = 6.", "4 feet - 40 inches = 12 inches"]
    assert [judgement.verdict for judgement in judge_steps(ASKED, steps)] == [
        Verdict.UNCHECKED,
        Verdict.INCORRECT,
        Verdict.INCORRECT,
    ]
    judgement = judge_steps(ASKED, steps)[1]
    assert judgement.local is Verdict.INCORRECT
    assert judgement.counts
    assert judgement.reason == "x = 6 is false for the x that is asked for."
    right = ["3x + 5 = 17", "x = 4", "4 feet - 40 inches = 8 inches", "There are 12 inches in a foot."]
    assert all(judgement.verdict is not Verdict.INCORRECT for judgement in judge_steps(ASKED, right))


# Rows of GSM8K in which a step is refuted that equations of numbers alone do not refute. Each is a slip of the data:
# 4.2 is written 0.42; a term x + 1 is meant to be x + 10; a speed is of minutes, and the time is written in hours.
SLIPS = {"gsm8k:test:802", "gsm8k:test:931", "gsm8k:train:2944"}


def refuted_rows(problems):
    found = set()
    for problem in problems:
        refuter = Refuter(problem)
        if any(refuter.refute(text) for text in solution_steps(problem)):
            found.add(problem.id)
    return found


def test_gold_solutions_are_not_refuted():
    problems, _ = read_problems(data_file("gsm8k.test.jsonl"))
    assert refuted_rows(problems) == {row for row in SLIPS if ":test:" in row}
    problems, _ = read_problems(data_file("svamp.test.jsonl"))
    assert not refuted_rows(problems)


@pytest.mark.slow
def test_gold_solutions_of_the_training_rows_are_not_refuted():
    problems, _ = read_problems(data_file("gsm8k.train.jsonl"))
    assert refuted_rows(problems) == {row for row in SLIPS if ":train:" in row}


HOSTILE = {
    "powers of sums": "(x + y + z + 1)^6" * 100 + " = x",
    "products of sums": "(x + y)(y + z)(z + 1)" * 90 + " = x",
    "deep brackets": "(" * 900 + "x" + ")" * 900 + " = x",
    "chain": "x = " * 490 + "x",
    "starts": "x + " * 400 + "= x = " + "y + " * 80,
    "signs": "-" * 1_900 + "x = 1",
    "equations": "x = 1, y = 2, " * 140,
    "lines": "x + 2 = 3\n" * 200,
    "big numbers": f"x = {'9' * 59} * {'9' * 59}^6",
    "quotients": "x / (x + 1) / (x + 2)" * 60 + " = 1",
    "units": "5 feet + 3 inches " * 100 + "= 2 feet",
    "rates": "5 miles per hour * " * 100 + "2 = 1 mile = 2 feet",
    "letters": "let x be y, let z be x, " * 80,
    "annotations": "<<x=1>>" * 250,
    "conversions": "there are 3 feet in a " * 90,
    "not text": "\x00\ud800 x = \u202e1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_quick_and_raises_nothing(name):
    in_time(lambda: Refuter(ASKED).refute(HOSTILE[name]), 0.5)
    assert Refuter(PLAIN).refute("2x + 3 = 2x + 4") is not None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="x yzA0123456789+-*/=()$%.,<>\n:²½feetinches ", max_size=120))
def test_no_text_raises(text):
    refuter = Refuter(ASKED)
    for _ in range(2):
        reason = refuter.refute(text)
        assert reason is None or isinstance(reason, str)


@pytest.mark.parametrize(
    "text",
    [
        "p = p + 2 = 19",
        "q = 6 * q = 30",
        "total so far: p = p - 4",
        "p = 20 - 5 = 15 p = 20 - 5 = 15",
        "q = 24 / 6 = 4 p = 3 + 4 = 7",
    ],
)
def test_updates_and_equations_run_together_are_no_proof(text):
    """A letter's new value by its old one, and "15 p" where one equation ends and the next begins."""
    assert Refuter(ASKED).refute(text) is None


def test_the_same_letters_without_that_excuse_are_proof():
    assert "cancel" in Refuter(ASKED).refute("x + 3 = x + 5")
    assert "cancel" in Refuter(ASKED).refute("15x - 5 = 15x")
