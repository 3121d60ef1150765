"""Plans from annotated solutions: names out of sentences, and what the plans come to when the numbers are put back."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from reasoning_gym_ccrl.agents.comt.annotations import NoPlan, plan_from_annotations, read_annotations
from reasoning_gym_ccrl.agents.comt.asked_names import asked_for
from reasoning_gym_ccrl.agents.comt.filters import why_rejected
from reasoning_gym_ccrl.agents.comt.name_checks import says_something
from reasoning_gym_ccrl.agents.comt.number_mentions import mentions_in
from reasoning_gym_ccrl.agents.comt.quantity_names import name_of_mention
from reasoning_gym_ccrl.agents.comt.solution_prose import read_prose
from reasoning_gym_ccrl.envs.problems.data_equations import NoEquation
from reasoning_gym_ccrl.envs.problems.datasets import read_problems
from reasoning_gym_ccrl.envs.verify.plans import plan_matches
from reasoning_gym_ccrl.types import GoldStep, Problem

from ..data_folder import data_file


def problem_of(question, solution):
    return Problem("p", question, None, metadata={"solution_text": solution})


NATALIA = problem_of(
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did "
    "Natalia sell altogether in April and May?",
    "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n"
    "Natalia sold 48+24 = <<48+24=72>>72 clips altogether in April and May.",
)


@pytest.mark.parametrize(
    ("question", "solution", "plan"),
    [
        (
            "A jar holds 7 red marbles and 5 blue marbles. Ann takes 4 marbles. How many are left?",
            "The jar holds 7+5 = <<7+5=12>>12 marbles.\nThere are 12-4 = <<12-4=8>>8 marbles left.",
            "marbles the jar holds = red marbles a jar holds + blue marbles; "
            "marbles left = marbles the jar holds - marbles Ann takes",
        ),
        (
            "Each ticket costs $6. Bo buys 3 tickets. How much does he pay?",
            "The total cost of the tickets is 6*3 = $<<6*3=18>>18.",
            "total cost of the tickets = price of ticket * tickets Bo buys",
        ),
        (
            "A coat was $80 and is now 20% off. How much is it now?",
            "The discount is 80*20/100 = $<<80*20/100=16>>16.\nThe sale price is 80-16 = $<<80-16=64>>64.",
            "discount = price of coat * percentage off; sale price = price of coat - discount",
        ),
        (
            "A cup of tea takes 4 minutes. Bo makes 30 cups. How many hours does he need?",
            "The cups take 4*30 = <<4*30=120>>120 minutes.\nThat is 120/60 = <<120/60=2>>2 hours.",
            "minutes the cups take = minutes a cup of tea takes * cups Bo makes; "
            "hours = minutes the cups take / minutes per hour",
        ),
        (
            "A worm is 3 inches long. A snake is 4 times as long as the worm. How long is it?",
            "First find the length of the snake: 3 inches * 4 = <<3*4=12>>12 inches",
            "length of the snake = inches a worm is long * times as long as the worm",
        ),
    ],
    ids=["marbles", "tickets", "percent", "unit", "announced"],
)
def test_plans_of_small_stories(question, solution, plan):
    assert plan_from_annotations(problem_of(question, solution)) == plan


def test_a_half_that_divides_is_a_number_of_parts():
    first, second = plan_from_annotations(NATALIA).split("; ")
    assert first.startswith("clips Natalia sold in May = ")
    assert first.endswith(" / number of equal parts")
    assert second.startswith("clips Natalia sold altogether in April and May = ")
    assert second.endswith(" + clips Natalia sold in May")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mary had 89 stickers in May.", ["stickers Mary had in May"]),
        ("Each cookie costs $1.25.", ["price of cookie"]),
        ("He bought 4 shirts at $15 each.", ["shirts he bought", "price of each shirt"]),
        ("The total cost of the toys is $5.", ["total cost of the toys"]),
        ("He gave 20% of his money to Bo.", ["percentage of his money he gave to Bo"]),
        ("She is now 30 years old.", ["her age"]),
        ("There were 50 children at the party.", ["children at the party"]),
        ("So that means she needs 7 boxes.", ["boxes she needs"]),
        ("A goat has three times as many fleas as a cat.", ["times as many fleas as a cat"]),
        ("The pot costs $20 more than the plant.", ["dollars the pot costs more than the plant"]),
        ("Twice the width is 8 meters.", ["times the width", "multiple of the width"]),
        ("A box weighs 12 pounds.", ["weight of a box"]),
        ("He got a $5 discount.", ["discount he got"]),
        ("He had a $3 salad.", ["value of salad he had"]),
        ("The large size tent is $9.", ["price of large size tent"]),
        ("Before that, Jade and Julia had 57 hats.", ["hats Jade and Julia had"]),
        ("Ann bought a hat and the tent was $9.", ["price of tent"]),
        ("Ann fed the cat and Bo had 9 hats.", ["hats Bo had"]),
        ("The total amount he pays for the rent and food is $9.", ["total amount he pays for the rent and food"]),
        ("The store Mr. Harris walked to has 9 doors.", ["doors the store Mr Harris walked to has"]),
        ("200 people buy tickets.", ["people that buy tickets"]),
        ("Now 12.", [""]),
        ("She paid $5.", ["dollars she paid"]),
        ("It is $5.", [""]),
    ],
)
def test_names_by_the_words_around(text, names):
    mentions = mentions_in(text)
    assert [name_of_mention(text, mention, mentions) for mention in mentions] == names


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,200 eggs, 3.50 and .5", ["1200", "7/2", "1/2"]),
        ("half, two-thirds, 3/4, 2 1/2 and 2/3rds", ["1/2", "2/3", "3/4", "5/2", "2/3"]),
        ("twice, three times, triple", ["2", "3", "3"]),
        ("20%, 5 percent, $3", ["1/5", "1/20", "3"]),
        ("twenty-five, two hundred, a dozen, 3 dozen", ["25", "200", "12", "36"]),
        ("the third day of the fourth week", []),
        ("someone often halved a tenth-grader's stone", []),
        ("1/0 of it", []),
    ],
)
def test_numbers_are_found_in_digits_and_words(text, values):
    assert [str(mention.value) for mention in mentions_in(text)] == values


def test_prose_keeps_the_results_and_drops_the_calculations():
    prose, calculations = read_prose(
        "She pays 2 cups * $3/cup = $<<2*3=6>>6 a day.\nWith 7 days that is 6 x 7 = $42.\n"
        "So 5=5 and (2+1)*2 = <<(2+1)*2=6>>6."
    )
    assert prose == "She pays $6 a day.\nWith 7 days that is $42.\nSo 5=5 and 6."
    assert [prose[c.start : c.end] for c in calculations] == ["$6", "$42", "6"]
    assert [c.value for c in calculations] == [6, 42, 6]
    assert calculations[0].source == "2 cups * $3/cup = $"


def test_an_annotation_that_is_no_arithmetic():
    with pytest.raises(NoEquation):
        read_prose("It is <<x*2=4>>4.")
    with pytest.raises(NoPlan, match="no arithmetic"):
        plan_from_annotations(problem_of("What?", "It is <<x*2=4>>4."))


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How many miles will Ann run in May?", "miles Ann will run in May"),
        ("What is the total weight of the boxes?", "total weight of the boxes"),
        ("How much do the shoes cost?", "cost of the shoes"),
        ("How old is Tim now?", "age of Tim"),
        ("Why?", ""),
    ],
)
def test_what_is_asked_for(question, name):
    assert asked_for(question) == name


@pytest.mark.parametrize(
    ("question", "solution", "reason"),
    [
        ("How many?", "There are 5.", "no calculation"),
        ("Ann has some. How many?", "x = <<21=21>>21", "a value that nothing is said to give"),
        ("Ann has 3 eggs. How many?", "She has 3*17 = <<3*17=51>>51 eggs.", "a number without a name"),
        (
            "Ann has 3 red hats and Bo has 3 red hats. How many?",
            "It is 3*4 = <<3*4=12>>12.",
            "a number that may be either of two",
        ),
    ],
)
def test_what_gives_no_plan_says_why(question, solution, reason):
    with pytest.raises(NoPlan, match=f"^{reason}$"):
        plan_from_annotations(problem_of(question, solution))


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("bills they found", "s they"),
        ("percentage of the money he already has", "percentage of the money he he already has"),
        ("percentage of the case", "percentage of the a case"),
        ("turtles for sale", "turtles for"),
        ("minutes he has to wait for", "minutes for"),
        ("remaining eggs", "remain"),
        ("price of coffee after tax", "price of after tax"),
        ("value of salad", "value of respectively"),
        ("value of the bill", "value of remained is on Monday"),
        ("fraction of the eggs", "part of the eggs"),
        ("cookies Paul bought", "cookies who bought"),
        ("students that like English", "like English"),
        ("cars Jaden had", "cars Vinnie a few cars Jaden had"),
        ("more hats she has than hats he has", "hats she has hats"),
        ("pencils he has that he is given", "pencils he is given he now has"),
    ],
)
def test_names_that_say_something_and_names_that_do_not(name, broken):
    assert says_something(name)
    assert not says_something(broken)


@pytest.mark.parametrize(
    ("question", "solution", "reason"),
    [
        (  # the price is unnamed but for its value, and the other 2 is no price
            "Ann buys a bag for $7 and has 2 cats. How much is left?",
            "A cat costs $2.\nThere are 7-2 = $<<7-2=5>>5 dollars left.",
            "a number that may be either of two",
        ),
        (
            "A road is 140 km long. A van goes 70 km. How far?",
            "It needs 140/70 = <<140/70=2>>2 km of road.",
            "a result without a name",
        ),
        (
            "Ann has 4 bags of nuts. Bo has 2 bags of nuts. They eat 3 nuts a bag. Each keeps some.",
            "Bo eats 2*3 = <<2*3=6>>6 nuts from the bags.\nThey keep 6*2 = <<6*2=12>>12 nuts.",
            "a number without a name",
        ),
    ],
    ids=["money-and-things", "km-by-km", "a-given-of-another-line"],
)
def test_a_number_is_not_named_by_its_value_alone(question, solution, reason):
    with pytest.raises(NoPlan, match=f"^{reason}$"):
        plan_from_annotations(problem_of(question, solution))


def test_and_is_where_the_words_fit():
    """Negative controls: the same sums of like things, a length by another unit, a given that its line speaks of."""
    for question, solution in (
        ("Ann has $7 and pays $2 for tea.", "There are 7-2 = $<<7-2=5>>5 left."),
        ("A road is 140 km long. A van goes 70 km a day.", "It needs 140/70 = <<140/70=2>>2 days."),
        ("Bo has 2 bags of nuts. They eat 3 nuts a bag.", "Bo eats 2*3 = <<2*3=6>>6 nuts from the bags."),
    ):
        assert plan_from_annotations(problem_of(question, solution))


def test_a_plan_leads_to_the_answer():
    assert plan_from_annotations(replace(NATALIA, answer="72"))
    with pytest.raises(NoPlan, match="stop before the answer"):
        plan_from_annotations(replace(NATALIA, answer="73"))


def test_a_problem_without_a_solution_text():
    with pytest.raises(NoPlan, match="no solution text"):
        plan_from_annotations(Problem("p", "3 + 4?", "7"))


# -- real solutions ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def problems():
    return read_problems(data_file("gsm8k.train.jsonl"), limit=2000)[0]


@pytest.fixture(scope="module")
def kept(problems):
    """(problem, plan) of those of 300 GSM8K problems that pass the filters."""
    result = []
    for problem in random.Random(0).sample(problems, 300):
        try:
            plan = read_annotations(problem)
        except NoPlan:
            continue
        if why_rejected(problem, "; ".join(plan.lines)) is None:
            result.append((problem, plan))
    return result


def value_of(calculation, values):
    """The calculation with its names replaced, the longest first, by numbers: an evaluation of its own."""
    for name in sorted(values, key=len, reverse=True):
        calculation = re.sub(rf"(?<![\w'-]){re.escape(name)}(?![\w'-])", f"Fraction('{values[name]}')", calculation)
    assert re.fullmatch(r"(?:Fraction\('[-\d/]+'\)|[-+*/() ])+", calculation), calculation
    return eval(calculation, {"Fraction": Fraction})


def test_about_a_third_of_gsm8k_gives_a_plan(kept):
    assert 0.28 < len(kept) / 300 < 0.45


def test_no_plan_has_a_number(kept):
    for _, plan in kept:
        assert not any(char.isnumeric() for line in plan.lines for char in line)


def test_each_line_comes_to_the_value_of_its_name(kept):
    """With the numbers put back, the right side is the left: to a cent, as solutions round."""
    lines = 0
    for problem, plan in kept:
        for line in plan.lines:
            name, calculation = line.split(" = ", 1)
            difference = value_of(calculation, plan.values) - plan.values[name]
            assert abs(difference) <= Fraction(1, 100) * max(1, abs(plan.values[name])), (problem.id, line)
            lines += 1
    assert lines > 300


def test_names_are_told_apart(kept):
    """Each line defines a name of its own, and uses none that a later line defines."""
    for _, plan in kept:
        names = [line.split(" = ", 1)[0] for line in plan.lines]
        assert len({name.lower() for name in names}) == len(names)
        assert all(0 < len(name.split()) <= 15 for name in names)


def test_every_gold_value_is_in_the_plan(kept):
    for problem, plan in kept:
        for step in problem.solution:
            assert Fraction(step.value) in plan.values.values(), problem.id


def test_the_verifier_reads_the_plans(kept):
    """As a plan of its own meta-thoughts each plan is right; with its last line's operands changed it is not."""
    read = 0
    for problem, plan in kept:
        gold = tuple(GoldStep("", "1 + 1", "2", line) for line in plan.lines)
        told = "; ".join(plan.lines)
        assert plan_matches(told, replace(problem, solution=gold).solution), problem.id
        assert not plan_matches(f"{told} + something else", gold), problem.id
        read += 1
    assert read > 100


# -- the page ----------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parent.parent.parent / "docs" / "comt.md"


def shown():
    """(question, plan) of the examples on the page."""
    block = re.search(r"<!-- examples -->\n```text\n(.*?)\n```", PAGE.read_text(), re.DOTALL)[1]
    for example in block.split("\n\n"):
        question, *lines = example.split("\n")
        assert all(line.startswith("  ") for line in lines)
        yield question, "; ".join(line.strip() for line in lines)


def test_thirty_examples_are_shown_none_with_a_digit():
    plans = [plan for _, plan in shown()]
    assert len(plans) == 30
    assert not any(char.isnumeric() for plan in plans for char in plan)


def test_the_examples_are_what_the_code_makes(problems):
    by_question = {problem.question.strip(): problem for problem in problems}
    known = [(by_question[question], plan) for question, plan in shown() if question in by_question]
    assert len(known) >= 3
    for problem, plan in known:
        assert plan_from_annotations(problem) == plan
