"""Plausible errors: wrong to the judge without exception, well formed, different; and what a wrong value becomes."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from reasoning_gym_ccrl.envs.candidate import CANDIDATE_FAMILIES
from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, make_source
from reasoning_gym_ccrl.envs.problems.mistakes import KINDS, plausible_errors, right_step, step_and_errors
from reasoning_gym_ccrl.envs.problems.plain_steps import carry, plain_steps
from reasoning_gym_ccrl.envs.verify.domains import make_judge
from reasoning_gym_ccrl.errors import InvalidOption, InvalidProblem
from reasoning_gym_ccrl.step_format import parse_step
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

BAGS = Problem(
    "bags",
    "Tom has 52 apples and buys 3 bags with 14 apples each. How many are there in all?",
    "94",
    (
        GoldStep("bought = 3 * 14 = 42", "3 * 14", "42", "bought = bags * each", ("bags", "each")),
        GoldStep("in all = 52 + 42 = 94", "52 + 42", "94", "in all = at first + bought", ("at first", "bought")),
    ),
    metadata={"answer_kind": "number", "givens": {"bags": "3", "each": "14", "at first": "52"}},
)


def stepped(text):
    """A candidate's text as the protocol reads it; raises where it is malformed."""
    step = parse_step(text if text.startswith("<") else f"<step>{text}</step>")
    return Step(step.kind, step.text, 0.5)


def problems(family, difficulty, count):
    """Problems of the family with plain steps."""
    source, rng, found = make_source(family, difficulty), random.Random(5), []
    while len(found) < count:
        problem = source.sample(rng)
        if plain_steps(problem) is not None:
            found.append(problem)
    return found


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("family", CANDIDATE_FAMILIES)
def test_the_judge_proves_every_mistake_wrong_and_the_gold_step_right(family, difficulty):
    rng = random.Random(1)
    for problem in problems(family, difficulty, 20):
        judge = make_judge(problem)
        for index in range(len(problem.solution) + 1):
            right, errors = step_and_errors(problem, index, rng, 5)
            texts = [right.text, *(error.text for error in errors)]
            assert len(set(texts)) == 6
            assert len({right.value, *(error.value for error in errors)}) == 6
            for error in errors:
                assert error.kind in KINDS
                answering = make_judge(problem) if index == len(problem.solution) else judge
                verdict = answering.judge(stepped(error.text)).verdict
                assert verdict is Verdict.INCORRECT, (problem, error)
            assert judge.judge(stepped(right.text)).verdict is Verdict.CORRECT, (problem, right)


def test_the_right_step_is_the_gold_one():
    for problem in problems("word_problems", "hard", 20):
        gold = [right_step(problem, index).text for index in range(len(problem.solution) + 1)]
        assert gold == [*(step.text for step in problem.solution), f"<answer>{problem.answer}</answer>"]


def all_kinds(problem, index):
    """Every mistake that many draws make: text -> kind."""
    rng, found = random.Random(0), {}
    for _ in range(400):
        found |= {error.text: error.kind for error in plausible_errors(problem, index, rng, 3)}
    return found


def test_each_kind_by_hand():
    found = all_kinds(BAGS, 1)
    assert found["in all = 52 + 42 = 93"] == found["in all = 52 + 42 = 95"] == "off by one"
    assert found["in all = 52 + 42 = 84"] == found["in all = 52 + 42 = 104"] == "off by ten"
    assert found["in all = 52 + 42 = 49"] == "swapped digits"
    assert found["in all = 52 + 42 = 940"] == "misplaced zero"
    assert found["in all = 52 - 42 = 10"] == found["in all = 52 * 42 = 2184"] == "wrong operation"
    assert found["in all = 14 + 42 = 56"] == found["in all = 52 + 14 = 66"] == "wrong operand"
    answers = all_kinds(BAGS, 2)
    assert answers["<answer>42</answer>"] == answers["<answer>52</answer>"] == "wrong quantity"
    assert answers["<answer>95</answer>"] == "off by one"
    assert set(found.values()) | set(answers.values()) == set(KINDS) - {"off by a few"}


def test_the_sorts_take_turns():
    for seed in range(50):
        kinds = {error.kind for error in plausible_errors(BAGS, 1, random.Random(seed), 3)}
        assert {"wrong operation", "wrong operand"} < kinds


def test_many_are_found_where_many_are_asked_for():
    errors = plausible_errors(BAGS, 0, random.Random(0), 60)
    assert len({error.value for error in errors}) == 60
    assert "off by a few" in {error.kind for error in errors}


def test_two_equal_generators_make_equal_mistakes_and_others_make_others():
    one, same, other = (plausible_errors(BAGS, 0, random.Random(seed), 3) for seed in (3, 3, 4))
    assert one == same != other


def test_a_wrong_value_is_carried_on():
    """43 apples bought, not 42: what follows is a right calculation with the wrong number, and the judge sees it."""
    step = right_step(BAGS, 1, [43])
    assert step == ("in all = 52 + 43 = 95", 95)
    judge = make_judge(BAGS)
    assert judge.judge(stepped("bought = 3 * 14 = 43")).verdict is Verdict.INCORRECT
    assert judge.judge(stepped(step.text)).verdict is Verdict.INCORRECT
    assert right_step(BAGS, 2, [43, 95]).text == "<answer>95</answer>"
    errors = plausible_errors(BAGS, 1, random.Random(0), 8, [43])
    assert 94 not in {error.value for error in errors}, "no mistake leads back to the right value"
    assert any("52 - 43" in error.text for error in errors)


def test_of_two_equal_numbers_the_earlier_result_alone_is_carried():
    problem = Problem(
        "fives",
        "What is 15 / 3 / 5?",
        "1",
        (
            GoldStep("p = 15 / 3 = 5", "15 / 3", "5", "p = a / b", ("a", "b")),
            GoldStep("q = 5 / 5 = 1", "5 / 5", "1", "q = p / c", ("p", "c")),
        ),
    )
    assert right_step(problem, 1, [45]).text == "q = 45 / 5 = 9"


@pytest.mark.parametrize(
    ("expression", "value", "wrong", "carried"),
    [
        ("50 - 5", 45, Fraction(7, 2), "50 - (7/2) = 93/2"),
        ("5 - 3", 2, -4, "-4 - 3 = -7"),
        ("3 * 5", 15, -4, "3 * (-4) = -12"),
        ("5^2", 25, -4, "-4^2 = -16"),
        ("sqrt(5 * 5)", 5, 6, "sqrt(6 * 6) = 6"),
    ],
)
def test_a_carried_value_is_written_as_the_judge_reads_it(expression, value, wrong, carried):
    first = GoldStep("p = 2 + 3 = 5", "2 + 3", "5", "p = a + b", ("a", "b"))
    second = GoldStep(f"q = {expression} = {value}", expression, str(value), "q = f(p)", ("p",))
    problem = Problem("x", "Given 2, 3 and 50.", str(value), (first, second))
    assert right_step(problem, 1, [wrong]).text == f"q = {carried}"


def test_what_cannot_be_calculated_is_guessed_wrong():
    first = GoldStep("p = 2 + 7 = 9", "2 + 7", "9", "p = a + b", ("a", "b"))
    second = GoldStep("q = sqrt(9) = 3", "sqrt(9)", "3", "q = sqrt(p)", ("p",))
    problem = Problem("x", "Find the root of 2 + 7.", "3", (first, second))
    step = right_step(problem, 1, [10])
    assert step == ("q = sqrt(10) = 4", 4)
    assert not carry(plain_steps(problem)[1], [10]).possible
    assert make_judge(problem).judge(stepped(step.text)).verdict is not Verdict.CORRECT


@pytest.mark.parametrize("family", CANDIDATE_FAMILIES)
def test_after_a_mistake_the_right_answer_is_out_of_reach(family):
    """Whatever is done right afterwards; number theory forgets some values, as gcd(7, 3) = gcd(8, 3)."""
    rng, lucky, paths = random.Random(2), 0, 0
    for problem in problems(family, "easy", 100):
        steps = plain_steps(problem)
        wrong = rng.randrange(len(steps))
        found = [step.value for step in steps[:wrong]]
        found.append(plausible_errors(problem, wrong, rng, 1)[0].value)
        for index in range(wrong + 1, len(steps)):
            found.append(right_step(problem, index, found).value)
        answer = stepped(right_step(problem, len(steps), found).text)
        lucky += make_judge(problem).judge(answer).verdict is Verdict.CORRECT
        paths += 1
    assert lucky <= paths * (0.1 if family == "number_theory" else 0.02), f"{lucky} of {paths}"
    if family in ("word_problems", "arithmetic"):
        assert lucky == 0


def test_a_whole_number_near_a_fraction_is_no_mistake():
    """A judge takes 13/4 = 3 for a rounding, so that nobody is told it is wrong."""
    step = GoldStep("mean = 13 / 4 = 13/4", "13 / 4", "13/4", "mean = total / count", ("total", "count"))
    problem = Problem("x", "Share 13 among 4.", "13/4", (step,), metadata={"givens": {"total": "13", "count": "4"}})
    values = {error.value for seed in range(50) for error in plausible_errors(problem, 0, random.Random(seed), 6)}
    assert not values & {3, 4}


@pytest.mark.parametrize(
    "solution",
    [
        (),
        (GoldStep("The cat is black.", "a -> b", "the cat is black"),),
        (GoldStep("2x + 4 = 10", "2x + 4", "2x + 4 = 10"),),
        (GoldStep("p = 2 + 3 = 6", "2 + 3", "6"),),
        (GoldStep("p = 2 + 3 = 5", "2 + 3", "5"),),  # not the answer
        (GoldStep("area = pi * 4 = 4 * pi", "pi * 4", "4 * pi"),),
    ],
)
def test_other_steps_are_refused(solution):
    problem = Problem("x", "What?", "6", solution)
    assert plain_steps(problem) is None
    for make in (lambda: right_step(problem, 0), lambda: plausible_errors(problem, 0, random.Random(0))):
        with pytest.raises(InvalidProblem, match="'x'"):
            make()


@pytest.mark.parametrize(("index", "k"), [(-1, 3), (3, 3), (0, 0)])
def test_no_such_step(index, k):
    with pytest.raises(InvalidOption, match="received"):
        plausible_errors(BAGS, index, random.Random(0), k)
    if k:
        with pytest.raises(InvalidOption, match="received"):
            right_step(BAGS, index)
