"""The wind tunnel: its control does not learn, the same training with true verdicts does, and its figures add up."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.types import Judgement, Problem, Reward, Step, StepContext, StepRecord, Verdict

pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed: make extras")

ROOT = Path(__file__).parent.parent
OPTIONS = {"test_problems": 640, "processes": 1}


@pytest.fixture(scope="module")
def tunnel():
    """The example as a module, its number left out of the name."""
    sys.path.insert(0, str(ROOT / "examples"))
    spec = importlib.util.spec_from_file_location("wind_tunnel_sb3", ROOT / "examples/03_reward_wind_tunnel_sb3.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["wind_tunnel_sb3"] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["wind_tunnel_sb3"]
        sys.path.remove(str(ROOT / "examples"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_true_verdicts_are_learned_and_coin_flips_are_not(tunnel):
    """An untrained policy is right in some 4% of the problems. The coin shows heads three times in four."""
    found = {}
    for name in (tunnel.UNTRAINED, "ccrl", tunnel.CONTROL):
        options = tunnel.Options(steps=12 * 2048, **OPTIONS)
        found[name] = tunnel.figures(tunnel.measure(tunnel.train(name, 0, options), options))
    before, learned, control = (found[name] for name in (tunnel.UNTRAINED, "ccrl", tunnel.CONTROL))
    assert before["answers_right"] < 0.1
    assert learned["answers_right"] > 0.2, "the positive control: the same training with true verdicts learns"
    assert learned["answer_ece"] < before["answer_ece"] - 0.1
    assert control["answers_right"] < 0.1
    assert abs(control["steps_right"] - before["steps_right"]) < 0.1
    assert abs(before["confidence"] - 0.5) < 0.05
    assert 0.58 < control["confidence"] < 0.85, "on its way to the share of heads, which is all there is to know"
    assert learned["confidence"] < 0.45, "on its way to the share that is right"


def context(choice="a", verdict=Verdict.CORRECT, history=(), problem="p"):
    return StepContext(Problem(problem, "?", "1"), history, Step("answer", choice, 0.9), Judgement(verdict, True), True)


def test_no_choice_changes_the_coin(tunnel):
    for number in range(50):
        paid = {
            tunnel.CoinFlips("outcome", seed=1)(context(choice, verdict, problem=f"p{number}")).total
            for choice in "abc"
            for verdict in Verdict
        }
        assert len(paid) == 1


def test_the_coin_is_fair_to_its_share_and_moves_with_seed_problem_and_step(tunnel):
    flips = [tunnel.CoinFlips("outcome", seed=0)(context(problem=f"p{number}")).total for number in range(2000)]
    assert abs(np.mean(flips) - 0.75) < 4 * (0.75 * 0.25 / 2000) ** 0.5
    other = [tunnel.CoinFlips("outcome", seed=1)(context(problem=f"p{number}")).total for number in range(2000)]
    assert abs(np.corrcoef(flips, other)[0, 1]) < 0.1
    record = StepRecord(Step("step", "x", 0.5), Judgement(Verdict.CORRECT), Reward(0.0))
    later = [
        tunnel.CoinFlips("outcome", seed=0)(context(problem=f"p{number}", history=(record,))).total
        for number in range(2000)
    ]
    assert abs(np.corrcoef(flips, later)[0, 1]) < 0.1


def test_the_control_pays_as_its_reward_would_for_those_verdicts(tunnel):
    flipped, honest = tunnel.CoinFlips("ccrl", seed=3), make_reward("ccrl")
    for number in range(20):
        paid = flipped(context(problem=f"p{number}")).total
        right = StepContext(
            Problem("x", "?", "1"), (), Step("answer", "a", 0.9), Judgement(Verdict.CORRECT, True, counts=True), True
        )
        wrong = StepContext(
            Problem("x", "?", "1"), (), Step("answer", "a", 0.9), Judgement(Verdict.INCORRECT, True, counts=True), True
        )
        assert paid in (honest(right).total, honest(wrong).total)


def test_figures_by_hand(tunnel):
    said = {"answers": [(1.0, 1), (1.0, 0), (0.0, 0), (0.0, 0)], "steps": [(0.5, 1), (0.5, 0)]}
    assert tunnel.figures(said) == {
        "answers_right": 0.25,
        "steps_right": 0.5,
        "answer_ece": 0.25,
        "step_ece": 0.0,
        "brier": 0.25,
        "overconfident": 0.25,
        "auroc": pytest.approx(5 / 6),
        "confidence": 0.5,
    }
    assert tunnel.by_level(said["answers"]) == [(0.0, 2, 0), (1.0, 2, 1)]
    rows = [{"reward": "ccrl", **tunnel.figures(said)}, {"reward": "ccrl", **tunnel.figures(said)}]
    assert "0.250 ± 0.000" in tunnel.table(rows).splitlines()[1]


def test_each_environment_is_measured_on_as_many_whole_episodes(tunnel):
    options = tunnel.Options(steps=0, test_problems=100)
    said = tunnel.measure(tunnel.train(tunnel.UNTRAINED, 0, options), options)
    assert len(said["answers"]) == 100
    assert len(said["steps"]) >= 100


def test_a_reward_that_does_not_exist_is_told_before_anything_is_trained(tunnel, tmp_path):
    with pytest.raises(ValueError, match="briar"):
        tunnel.run_all(tunnel.Options(rewards="ccrl,briar", out=tmp_path))
    assert not list(tmp_path.iterdir())
