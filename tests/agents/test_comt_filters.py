"""What is no meta-thought: each filter on plans that must pass and plans that must not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from reasoning_gym_ccrl.agents.comt.filters import REASONS, Counts, count_plans, why_rejected
from reasoning_gym_ccrl.agents.comt.meta_thoughts import plan_of
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.types import GoldStep, Problem

QUESTION = "Tom has some apples at first and buys bags with the same number of apples in each. How many has he now?"
TOM = Problem(
    "tom",
    QUESTION,
    "24",
    (GoldStep("", "3 * 4", "12", "bought = bags * per bag"), GoldStep("", "12 + 12", "24", "now = first + bought")),
)
GOOD = "bought = bags * apples per bag; now = apples at first + bought"


@pytest.mark.parametrize(
    "plan",
    [
        GOOD,
        "Multiply the bags by the apples in each.\nAdd the apples at first.",
        "number of seconds = minutes * seconds per minute; both = first * second",
        "tenth-grader count = a; b = c",  # no word that stands alone
        "often = weight * height; phone bill = tone + stone",  # words within words carry no value
    ],
)
def test_meta_thoughts_are_kept(plan):
    assert why_rejected(TOM, plan) is None


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ("", "empty"),
        (" ; \n ;", "empty"),
        ("I'm sorry, but I can't help; with that.", "a refusal"),
        ("I’m unable to do that; really", "a refusal"),
        ("As an AI, I have no apples; none", "a refusal"),
        ("bought = 3 * 4; now = first + bought", "a number"),
        ("bought = three times bags; now = a", "a number"),
        ("twice the bags; and the rest", "a number"),
        ("bought = ½ bags; now = a", "a number"),
        ("bought = x² * y; now = a", "a number"),
        ("a dozen bags; and more", "a number"),
        ("Ninety percent; and more", "a number"),
        (QUESTION, "a copy of the question"),
        (f"We know that {QUESTION}; add", "a copy of the question"),
        ("bought = bags * apples per bag", "incomplete"),
    ],
)
def test_what_is_none_is_named(plan, reason):
    assert reason in REASONS
    assert why_rejected(TOM, plan) == reason


def test_an_answer_in_words_may_not_stand_in_the_plan():
    sam = replace(TOM, answer="Tuesday", question="On which day do they meet?", solution=())
    assert why_rejected(sam, "count the days; the day is tuesday") == "the answer"
    assert why_rejected(sam, "count the days; the day is on some tuesdayish day") is None
    offered = replace(sam, question="Is it Monday or Tuesday?")
    assert why_rejected(offered, "compare Monday with Tuesday; choose") is None


def test_names_of_quantities_are_no_copy():
    plan = "apples Tom has now = bags with the same number of apples in each; now = apples at first + apples"
    assert why_rejected(TOM, plan) is None


def test_a_gold_step_that_only_repeats_a_number_is_no_operation():
    steps = (GoldStep("", "21", "21"), GoldStep("", "21 - 5", "16"))
    assert why_rejected(replace(TOM, solution=steps), "rest = all - taken") is None
    assert why_rejected(replace(TOM, solution=(steps[1], steps[1])), "rest = all - taken") == "incomplete"


def test_plans_from_graphs_pass():
    """The gold plans of every family are meta-thoughts, or the filters would starve the training."""
    source = make_source(None, "hard", "train")
    rng = random.Random(0)
    problems = [source.sample(rng) for _ in range(150)]
    assert {why_rejected(problem, plan_of(problem)) for problem in problems if all_named(problem)} == {None}


def all_named(problem):
    return bool(problem.solution) and all(step.meta_thought for step in problem.solution)


def test_counts():
    counts = count_plans([(TOM, GOOD), (TOM, ""), (TOM, "a; 3"), (TOM, "4")])
    assert counts == Counts(1, {"empty": 1, "a number": 2})
    assert counts.to_json() == {"total": 4, "kept": 1, "rejected": {"a number": 2, "empty": 1}}
