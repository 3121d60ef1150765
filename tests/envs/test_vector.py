"""The vector environment against Gymnasium's own: the same episodes, rewards and infos, whatever the autoreset mode."""

from __future__ import annotations

import random

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from reasoning_gym_ccrl.envs.vector import StepVectorEnv
from reasoning_gym_ccrl.errors import InvalidAction, InvalidOption, ResetNeeded
from reasoning_gym_ccrl.types import Problem

N = 5
MODES = [mode.value for mode in AutoresetMode]


def ours(mode="NextStep", env_id="MathCCRL-v0", **options):
    return gym.make_vec(env_id, num_envs=N, autoreset_mode=mode, **options)


def gymnasiums(mode="NextStep", env_id="MathCCRL-v0", **options):
    return SyncVectorEnv([lambda: gym.make(env_id, **options).unwrapped for _ in range(N)], autoreset_mode=mode)


def random_actions(envs, rng):
    """For each environment the next gold step, the answer, a slip, or something malformed."""
    steps, confidences = [], []
    for problem, records in zip(envs.get_attr("problem"), envs.get_attr("records"), strict=True):
        said = len([record for record in records if record.judgement.gold_index is not None])
        gold = [step.text for step in problem.solution][said:] or [f"<answer>{problem.answer}</answer>"]
        steps.append(rng.choice([gold[0], gold[0], "1 + 1 = 3", "<answer>0</answer>", ""]))
        confidences.append(round(rng.random(), 3))
    return {"step": tuple(steps), "confidence": np.array(confidences, dtype=np.float32)}


def plain(value):
    """Infos as plain data, so that arrays can be compared."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def plays(envs, mode, seed=3, steps=40):
    rng = random.Random(0)
    seen = [envs.reset(seed=seed)]
    for _ in range(steps):
        result = envs.step(random_actions(envs, rng))
        seen.append(result)
        over = result[2] | result[3]
        if mode == "Disabled" and over.any():
            seen.append(envs.reset(options={"reset_mask": over}))
    return [tuple(plain(part) for part in one) for one in seen]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("env_id", ["MathCCRL-v0", "DatasetCCRL-v0"])
def test_it_plays_as_gymnasiums_vector_environment_does(mode, env_id):
    left, right = plays(ours(mode, env_id), mode), plays(gymnasiums(mode, env_id), mode)
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        assert one == other, f"call {index}"
    ends = sum(sum(one[2]) for one in left if len(one) == 5)
    assert ends > 20, "the control: episodes did end"


def test_the_comparison_can_fail():
    assert plays(ours(), "NextStep", seed=3) != plays(ours(), "NextStep", seed=4)
    assert plays(ours("SameStep"), "SameStep") != plays(ours(), "NextStep")


def test_make_vec_makes_it_by_itself_and_gymnasiums_modes_still_work():
    assert isinstance(gym.make_vec("MathCCRL-v0", num_envs=2).unwrapped, StepVectorEnv)
    assert isinstance(gym.make_vec("MathCCRL-v0", num_envs=2, vectorization_mode="sync"), SyncVectorEnv)
    envs = gym.make_vec("MathCCRL-v0", num_envs=3, reward="brier", difficulty="hard", split="test")
    _, infos = envs.reset(seed=0)
    assert set(infos["difficulty"]) == {"hard"}
    assert set(infos["split"]) == {"test"}
    assert {env.reward_function.name for env in envs.envs} == {"brier"}


def test_environments_share_what_is_costly_and_nothing_else():
    envs = ours()
    envs.reset(seed=0)
    assert len({id(env.source) for env in envs.envs}) == 1
    assert len({problem.id for problem in envs.get_attr("problem")}) > 1
    assert len({id(env.np_random) for env in envs.envs}) == N


def test_actions_as_a_list_and_without_confidence():
    envs = ours()
    envs.reset(seed=1)
    single = [{"step": "1 + 1 = 2"}] * N
    _, listed, *_ = envs.step(single)
    envs.reset(seed=1)
    _, batched, *_ = envs.step({"step": ["1 + 1 = 2"] * N})
    assert listed.tolist() == batched.tolist()
    envs.reset(seed=1)
    sampled = envs.action_space.sample()
    assert len(sampled["step"]) == N
    envs.step(sampled)


def test_an_action_that_is_ignored_may_be_anything_text():
    """In the mode NextStep the step after an end poses a problem, and its action is not read."""
    envs = ours(problems=[Problem("p", "1 + 1?", "2")])
    envs.reset(seed=0)
    _, rewards, terminated, _, infos = envs.step([{"step": "<answer>2</answer>", "confidence": 1.0}] * N)
    assert terminated.all()
    assert rewards.tolist() == [1.5] * N
    assert infos["outcome"].tolist() == ["correct"] * N
    assert infos["reward_terms"]["outcome"].tolist() == [1.0] * N
    observations, rewards, terminated, _, _ = envs.step([{"step": "", "confidence": 9}] * N)
    assert observations == ("1 + 1?\n",) * N
    assert rewards.tolist() == [0.0] * N
    assert not terminated.any()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda envs: envs.step({"step": ("a",), "confidence": [0.5]}), InvalidAction),
        (lambda envs: envs.step({"step": ("a",) * N, "confidence": [0.5]}), InvalidAction),
        (lambda envs: envs.step({"step": "a", "confidence": 0.5}), InvalidAction),
        (lambda envs: envs.step([{"step": "a"}] * (N - 1)), InvalidAction),
        (lambda envs: envs.step([{"text": "a"}] * N), InvalidAction),
        (lambda envs: envs.reset(seed=[1, 2]), InvalidOption),
        (lambda envs: envs.reset(options={"reset_mask": np.zeros(N, bool)}), InvalidOption),
        (lambda envs: envs.reset(options={"reset_mask": [1] * N}), InvalidOption),
    ],
)
def test_mistakes_are_said(act, error):
    envs = ours()
    envs.reset(seed=0)
    with pytest.raises(error):
        act(envs)


def test_wrong_settings_are_said():
    with pytest.raises(InvalidOption, match="NextStep"):
        ours("next")
    with pytest.raises(InvalidOption, match="at least 1"):
        StepVectorEnv(0)


def test_a_step_past_the_end_with_autoreset_disabled_is_refused_and_harms_nothing():
    envs = ours("Disabled", problems=[Problem("p", "1 + 1?", "2")])
    envs.reset(seed=0)
    answer = {"step": "<answer>2</answer>", "confidence": 1.0}
    envs.step([answer, *[{"step": "1 + 1 = 2"}] * (N - 1)])
    with pytest.raises(ResetNeeded, match="environments 0"):
        envs.step([answer] * N)
    envs.reset(options={"reset_mask": np.arange(N) == 0})
    assert [len(records) for records in envs.get_attr("records")] == [0, *[1] * (N - 1)]


def test_it_renders_and_closes():
    envs = ours(render_mode="ansi")
    envs.reset(seed=0)
    assert [text.splitlines()[0] for text in envs.render()] == [
        p.question.splitlines()[0] for p in envs.call("problem")
    ]
    envs.close()
    envs.close()
