"""A family of one's own: registered in one call, and drawn from like any other."""

from __future__ import annotations

import random

import gymnasium as gym
import pytest

from reasoning_gym_ccrl.envs.problems import FAMILIES, FunctionFamily, make_source, register_family, split_of
from reasoning_gym_ccrl.envs.problems.arithmetic import Arithmetic
from reasoning_gym_ccrl.errors import InvalidOption, InvalidProblem, UnknownName
from reasoning_gym_ccrl.types import GoldStep, Problem

MOST = {"easy": 99, "medium": 999, "hard": 99_999}


def doubling(rng, difficulty):
    n = rng.randint(2, MOST[difficulty])
    step = GoldStep(f"double = 2 * {n} = {2 * n}", f"2 * {n}", str(2 * n), "double = two * number")
    return Problem("", f"What is twice {n}?", str(2 * n), (step,), metadata={"answer_kind": "number"})


@pytest.fixture
def registered():
    register_family("doubling", doubling)
    yield
    del FAMILIES["doubling"]


@pytest.mark.usefixtures("registered")
def test_it_is_drawn_from_by_name_and_its_gold_solution_is_paid_in_full():
    env = gym.make("MathCCRL-v0", families="doubling", difficulty="hard")
    for seed in range(50):
        env.reset(seed=seed)
        problem = env.unwrapped.problem
        assert (problem.family, problem.difficulty) == ("doubling", "hard")
        assert problem.id.startswith("doubling:")
        env.step({"step": problem.solution[0].text, "confidence": 1.0})
        env.step({"step": f"<answer>{problem.answer}</answer>", "confidence": 1.0})
        assert env.unwrapped.episode().total_reward == pytest.approx(1.5)


@pytest.mark.usefixtures("registered")
def test_it_mixes_with_others_and_its_splits_are_apart():
    rng = random.Random(0)
    mixed = make_source({"doubling": 1.0, "arithmetic": 1.0})
    assert {mixed.sample(rng).family for _ in range(50)} == {"doubling", "arithmetic"}
    drawn = {
        split: {make_source("doubling", "easy", split).sample(rng).question for _ in range(300)}
        for split in ("train", "validation", "test")
    }
    assert not drawn["train"] & drawn["test"]
    assert not drawn["train"] & drawn["validation"]
    assert all(split_of(question) == split for split, questions in drawn.items() for question in questions)
    with pytest.raises(InvalidOption, match="renamed"):
        make_source("doubling", "easy", "renamed")


def test_it_does_not_join_the_mixture_by_itself(registered):
    rng = random.Random(0)
    source = make_source()
    assert "doubling" not in {source.sample(rng).family for _ in range(300)}


def test_a_whole_family_object_is_taken_as_it_is():
    class Sums(Arithmetic):
        name = "sums"

    family = register_family("sums", Sums())
    try:
        assert make_source("sums").families == ("sums",)
        assert FAMILIES["sums"] is family
    finally:
        del FAMILIES["sums"]


@pytest.mark.parametrize(
    ("name", "family", "said"),
    [
        ("arithmetic", doubling, "already"),
        ("Double", doubling, "small letters"),
        ("two words", doubling, "small letters"),
        ("other", Arithmetic(), "its name"),
        ("doubling", FunctionFamily("doubling", doubling, presets={}), "preset"),
    ],
)
def test_a_family_that_cannot_be_registered_says_why(name, family, said):
    with pytest.raises(InvalidOption, match=said):
        register_family(name, family)
    assert name == "arithmetic" or name not in FAMILIES


@pytest.mark.usefixtures("registered")
def test_a_notebooks_cell_may_run_again():
    with pytest.raises(InvalidOption, match="replace=True"):
        register_family("doubling", doubling)
    again = register_family("doubling", doubling, replace=True)
    assert FAMILIES["doubling"] is again
    with pytest.raises(InvalidOption, match="already"):
        register_family("arithmetic", doubling, replace=True)


def test_a_function_that_returns_no_problem_is_named():
    family = FunctionFamily("broken", lambda rng, difficulty: "2 + 2?")
    with pytest.raises(InvalidProblem, match="'broken' returns a Problem; received str"):
        family.draft(random.Random(0), family.presets["easy"])
    with pytest.raises(UnknownName, match="arithmetic"):
        make_source("broken")
    empty = FunctionFamily("empty", lambda rng, difficulty: Problem("", " ", "2"))
    with pytest.raises(InvalidProblem, match="1 to"):
        empty.draft(random.Random(0), empty.presets["easy"])
