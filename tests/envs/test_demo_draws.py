"""The problems that the demo's published figures were measured on."""

from __future__ import annotations

import hashlib
import json
import random

import pytest

from reasoning_gym_ccrl.envs.problems import make_source

BOTH = ("word_problems", "arithmetic")  # `TINY_FAMILIES`, spelled out so that no torch is loaded here

# The figures that docs/training.md states were measured on these draws, and the demo's models were trained on them: a
# change of one of these hashes makes every published figure of the demo a figure of something else.
EASY_DRAWS = {
    ("word_problems", "train"): "ffe4adbb6447982aef9a070fbe2a16abfde324d96e9617f664c5da97053b3c94",
    ("word_problems", "validation"): "cbe801c459be52c6dcdc89252590799616ce66eb7740d3ecf3522a7a7d183bad",
    ("word_problems", "test"): "0e31ad6513436761a40ba82f25883c3e875beb603e7251fb6b62b96ad967e075",
    ("arithmetic", "train"): "c7dcc4332a1fe04ed124d3b5d28e789f97890f14b8e53da6aa1a41752212f287",
    ("arithmetic", "validation"): "661ba77bdfdef9e3ed5edee31263154a3ee7e954ee44b3eb826ce1e1247ed4b3",
    ("arithmetic", "test"): "4f0469ba7d41b13f6a5663fc110ee9d9c5fa708cb6709b5e9d477537fe3ae557",
    (BOTH, "train"): "3c2462eb29e9943b3e8e3ef41f155437e49b63e2318bc7edde98ae04dbfb2d0e",
    (BOTH, "validation"): "2d13ded0846b43b0d1f378e3fcd2a92a2713e470e7ecfb48fc0da9068c99435e",
    (BOTH, "test"): "caa4424fa7fff9547cec34bfc4ecd08bed99b6f02438a2228675e769c7ad85b2",
}


@pytest.mark.parametrize(("families", "split"), EASY_DRAWS)
def test_the_problems_that_the_demo_was_measured_on_are_still_drawn(families, split):
    source, rng, seen = make_source(families, "easy", split), random.Random(2024), hashlib.sha256()
    for _ in range(2000):
        problem = source.sample(rng)
        steps = [step.to_json() for step in problem.solution]
        known = [problem.metadata["givens"], problem.metadata["graph"]]
        row = [problem.id, problem.question, problem.answer, problem.difficulty, steps, *known]
        seen.update(json.dumps(row, sort_keys=True).encode())
    seen.update(repr(rng.random()).encode())  # the generator stands where it stood, too
    assert seen.hexdigest() == EASY_DRAWS[families, split]
