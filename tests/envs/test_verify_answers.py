"""Is an answer the gold answer?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import EpisodeJudge, answers_match
from reasoning_gym_ccrl.types import Problem, Step


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("18", "18"),
        ("18", " 18. "),
        ("18", "18.0"),
        ("18", "$18.00"),
        ("18", "18 eggs"),
        ("18", "She makes $18 every day"),
        ("18", "**18** eggs"),
        ("18", r"\boxed{18}"),
        ("18", r"so $\boxed{\$18}$."),
        ("18", "#### 18"),
        ("18", "The answer is 18."),
        ("18", "Answer: 18"),
        ("18", "x = 18"),
        ("18", "9 * 2 = 18"),
        ("18", "eighteen"),
        ("1000", "1,000"),
        ("1,000", "1000"),
        ("118000", "$118 000"),
        ("7/2", "3.5"),
        ("7/2", "3 1/2"),
        ("7/2", "3½"),
        ("7/2", "7/2"),
        ("7/2", r"\frac{7}{2}"),
        ("-3", "−3"),
        ("1/4", "25%"),
        ("25%", "0.25"),
        ("5 hours", "5 hours"),
        ("5 hours", "5 hrs"),
        ("yes", "Yes."),
        ("x + 1", "x+1"),
        ("1331 and 1728", "1331 and 1728"),
        ("1331 and 1728", "1728 and 1331"),
        (r"\boxed{3}", "3"),
        ("5 hours", "300 minutes"),
        ("$5", "5 dollars"),
    ],
)
def test_right(gold, answer):
    assert answers_match(gold, answer) == "CORRECT"
    assert answers_match(gold, answer, evaluated=True) == "CORRECT"


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("18", "19"),
        ("18", "-18"),
        ("18", "1.8"),
        ("18", "18.01"),
        ("18", "18%"),
        ("18", "180"),
        ("18", "I don't know"),
        ("18", ""),
        ("18", "19 or 20"),
        ("18", "17 or 18"),
        ("18", "9 * 3 = 18"),
        ("1/3", "0.333"),
        ("2/3", "0.67"),
        ("2", "2 2/3"),
        ("yes", "no"),
        ("True", "false"),
        ("1331 and 1728", "1331 and 1729"),
    ],
)
def test_wrong(gold, answer):
    assert answers_match(gold, answer) == "INCORRECT"
    assert answers_match(gold, answer, evaluated=True) == "INCORRECT"


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("18", "1" * 3000),
        ("18", "either 17 or 18"),
        ("18", "18 of the 24 eggs"),
        ("5 hours", "5"),
        ("Tuesday", "Tue"),
    ],
)
def test_open(gold, answer):
    assert answers_match(gold, answer) == "UNCHECKED"


@pytest.mark.parametrize(
    "answer",
    [
        "half of 18",
        "twice 18",
        "18 squared",
        "18 thirds",
        "18 and a half",
        "18 minus two",
        "the square root of 18",
        "not 18",
        "more than 18",
        "x ≠ 18",
        "x > 18",
        "18!",
        "18/",
        "18x",
        "18‰",
        "18 k",
        "18 million",
        "±18",
        "12, 18",
        "{17, 18}",
        "(18, 1)",
        r"\boxed{17} or \boxed{18}",
    ],
)
def test_what_changes_a_number_is_never_taken_for_it(answer):
    assert answers_match("18", answer) != "CORRECT"
    assert answers_match("18", answer, evaluated=True) != "CORRECT"


@pytest.mark.parametrize("answer", ["9 * 2", "9 + 9", "36/2", "18/1", "20 - 2", "(18 + 0)", "2 * 3^2", "2(9)"])
def test_evaluated_form_is_asked_where_the_environment_asks_it(answer):
    assert answers_match("18", answer) == "CORRECT"
    assert answers_match("18", answer, evaluated=True) == "INCORRECT"


@pytest.mark.parametrize(
    ("gold", "answer"), [("18", r"\sqrt{324}"), ("x + 1", "1 + x"), ("9π", "3^2 * pi"), ("7", "|-7|"), ("120", "5!")]
)
def test_formulas_are_equal_and_may_have_to_be_worked_out(gold, answer):
    assert answers_match(gold, answer) == "CORRECT"
    expected = "CORRECT" if gold == "x + 1" else "INCORRECT"
    assert answers_match(gold, answer, evaluated=True) == expected


def test_a_fraction_that_is_not_in_lowest_terms_is_not_worked_out():
    assert answers_match("7/2", "14/4") == "CORRECT"
    assert answers_match("7/2", "14/4", evaluated=True) == "INCORRECT"


def test_restating_the_question_scores_nothing():
    question = "Tom has 12 apples. He buys 3 bags with 4 apples each. How many apples does Tom have now?"
    problem = Problem("p", question, "24", metadata={"answer_kind": "number"})
    assert EpisodeJudge(problem).judge(Step("answer", question)).verdict != "CORRECT"
    sums = Problem("p", "What is 3 * 4 + 2?", "14", metadata={"answer_kind": "number"})
    for text in (sums.question, "3 * 4 + 2", "3 * 4 + 2 ="):
        assert EpisodeJudge(sums).judge(Step("answer", text)).verdict != "CORRECT"


def test_where_nobody_knows_the_answer_nothing_is_judged_and_nothing_counts():
    judgement = EpisodeJudge(Problem("p", "Why?", None)).judge(Step("answer", "42"))
    assert (judgement.verdict, judgement.is_final, judgement.counts) == ("UNCHECKED", True, False)


@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_exact_values_decide(first, second):
    """Oracle: equality of fractions, in three notations."""
    expected = "CORRECT" if first == second else "INCORRECT"
    for text in (str(second), rf"\boxed{{{second}}}", f"The answer is {second}."):
        assert answers_match(str(first), text, evaluated=True) == expected
    assert answers_match(str(first), str(first), evaluated=True) == "CORRECT"


@given(st.integers(-(10**9), 10**9), st.integers(1, 999))
def test_a_changed_answer_is_wrong(value, off):
    for frame in ("{}", "{} eggs", "${}", "x = {}", "{}.0"):
        assert answers_match(str(value), frame.format(value)) == "CORRECT"
        assert answers_match(str(value), frame.format(value + off)) == "INCORRECT"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999))
def test_decimals_are_exact(number):
    assert answers_match(str(Fraction(number)), f"{number:f}") == "CORRECT"
