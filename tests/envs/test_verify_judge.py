"""The judge: verdicts, grounding, the gold path, and what counts."""

import pytest

from reasoning_gym_ccrl.envs.verify import EpisodeJudge, judge_steps
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

APPLES = Problem(
    "apples",
    "Tom has 12 apples. He buys 3 bags with 4 apples each. How many apples does Tom have now?",
    "24",
    (
        GoldStep("apples bought = 3 * 4 = 12", "3 * 4", "12", "apples bought = bags * apples per bag"),
        GoldStep("apples now = 12 + 12 = 24", "12 + 12", "24", "apples now = apples at first + apples bought"),
    ),
    metadata={"givens": {"apples at first": "12", "bags": "3", "apples per bag": "4"}, "answer_kind": "number"},
)


def judge_one(text, problem=APPLES, kind="step"):
    return EpisodeJudge(problem).judge(Step(kind, text))


@pytest.mark.parametrize(
    ("text", "verdict", "gold_index", "counts"),
    [
        ("3 * 4 = 12", "CORRECT", 0, True),
        ("apples bought = 3 * 4 = 12", "CORRECT", 0, True),
        ("4 × 3 = 12", "CORRECT", 0, True),
        ("12 + 3 * 4 = 24", "CORRECT", 1, True),
        ("apples bought = 12", "CORRECT", 0, True),
        ("bags = 3", "CORRECT", None, False),
        ("12 / 3 = 4", "CORRECT", None, False),
        ("apples bought = 13", "INCORRECT", None, True),
        ("bags = 4", "INCORRECT", None, True),
        ("apples now = 3 * 4 = 12", "INCORRECT", None, True),
        ("3 * 4 = 13", "INCORRECT", None, True),
        ("5 * 7 = 35", "UNCHECKED", None, False),
        ("Tom goes shopping.", "UNCHECKED", None, False),
    ],
)
def test_first_step(text, verdict, gold_index, counts):
    judgement = judge_one(text)
    assert (judgement.verdict, judgement.gold_index, judgement.counts) == (verdict, gold_index, counts)
    assert judgement.reason


def test_a_gold_node_counts_once_and_padding_never():
    steps = ["3 * 4 = 12", "3 * 4 = 12", "4 * 3 = 12", "12 + 0 = 12", "12 + 12 = 24", "bags = 3"]
    assert [j.counts for j in judge_steps(APPLES, steps)] == [True, False, False, False, True, False]


def test_without_a_gold_path_each_new_value_counts_once():
    problem = Problem("p", "3 bags hold 4 apples each, 12 fall out. How many?", "0")
    steps = ["3 * 4 = 12", "3 + 4 = 7", "4 + 3 = 7", "7 * 3 = 21", "21 = 21"]
    assert [j.counts for j in judge_steps(problem, steps)] == [False, True, False, True, False]


def test_what_rests_on_an_error_is_unchecked_not_wrong():
    first, second = judge_steps(APPLES, ["3 * 4 = 13", "13 + 12 = 25"])
    assert (first.verdict, second.verdict) == (Verdict.INCORRECT, Verdict.UNCHECKED)
    assert "13" in second.reason


@pytest.mark.parametrize(
    ("text", "verdict"), [("24", "CORRECT"), ("24 apples", "CORRECT"), ("12 + 12", "INCORRECT"), ("25", "INCORRECT")]
)
def test_answers(text, verdict):
    judgement = judge_one(text, kind="answer")
    assert judgement.is_final
    assert judgement.verdict == verdict
    assert judgement.counts


def test_plans():
    gold = "; ".join(step.meta_thought for step in APPLES.solution)
    assert judge_one(gold, kind="plan").verdict is Verdict.CORRECT
    own_names = "inside = apples per bag * bags\nall = inside + apples at first"
    assert judge_one(own_names, kind="plan").verdict is Verdict.CORRECT
    wrong = judge_one(gold.replace("*", "+"), kind="plan")
    assert (wrong.verdict, wrong.counts) == (Verdict.UNCHECKED, False)
    digits = judge_one("apples bought = 3 * 4", kind="plan")
    assert (digits.verdict, digits.malformed, digits.counts) == (Verdict.INCORRECT, True, True)


def test_malformed_is_incorrect_and_counts():
    judgement = EpisodeJudge(APPLES).malformed("Two elements.")
    assert (judgement.verdict, judgement.malformed, judgement.counts) == (Verdict.INCORRECT, True, True)
    assert judgement.reason == "Two elements."
