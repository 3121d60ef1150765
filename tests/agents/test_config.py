"""Settings are what the algorithm says where nobody says otherwise, and what cannot work is refused when it is made."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from itertools import pairwise

import pytest

from reasoning_gym_ccrl.agents.algorithms import ALGORITHMS, SHARED
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.cli.train_options import Options
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_sets_what_it_names_and_the_user_goes_before_it(name):
    said = dict(SHARED) | dict(ALGORITHMS[name].defaults)
    config = TrainConfig(algorithm=name)
    assert {key: getattr(config, key) for key in said} == said
    assert TrainConfig(algorithm=name, epsilon_low=0.11).epsilon_low == 0.11
    assert ALGORITHMS[name].paper.startswith("arXiv ")
    assert ALGORITHMS[name].departs


def test_every_setting_is_an_option_of_the_command():
    options = {each.name: each.default for each in fields(Options)}
    for each in fields(TrainConfig):
        assert each.name in options, each.name
        if each.name not in ("learning_rate", "confidence_credit", "confidence_coefficient"):
            assert options[each.name] == each.default, each.name


def test_a_wrong_key_is_named_with_the_near_ones():
    assert TrainConfig.from_mapping({"algorithm": "ppo", "gae_lambda": 0.9}).gae_lambda == 0.9
    with pytest.raises(UnknownName, match=r"Unknown setting 'learning_rat'\. Did you mean 'learning_rate'"):
        TrainConfig.from_mapping({"learning_rat": 1e-3})


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"algorithm": "pp"}, UnknownName, "ppo"),
        ({"group_size": 1, "dynamic_sampling": True}, InvalidOption, "at least 2; received 1"),
        ({"algorithm": "ppo", "group_size": 1, "dynamic_sampling": True}, InvalidOption, "dynamic_sampling leaves out"),
        ({"algorithm": "ppo", "group_size": 4, "dynamic_sampling": True}, InvalidOption, "an advantage by group"),
        ({"top_k": 50}, InvalidOption, "whole distribution.*received top_k=50"),
        ({"top_p": 0.9}, InvalidOption, "whole distribution.*top_p=0.9"),
        ({"kl_coefficient": 0.1, "reference": "none"}, InvalidOption, "against a reference"),
        ({"kl_coefficient": 0.1, "kl_estimator": "k1"}, InvalidOption, "zero on average"),
        ({"kl_coefficient": 0.1, "kl_in": "reward"}, InvalidOption, 'credit="episode"'),
        ({"algorithm": "ppo", "kl_coefficient": 0.1, "kl_estimator": "k3"}, InvalidOption, "its k1"),
        ({"algorithm": "rloo", "epochs": 2}, InvalidOption, "no ratio"),
        ({"kl_coefficient": -0.1}, InvalidOption, "kl_coefficient is a number, 0 or more; received -0.1"),
        ({"gae_lambda": 1.5}, InvalidOption, "gae_lambda lies between 0 and 1"),
        ({"value_clip": 0.0}, InvalidOption, "value_clip is a positive number"),
        ({"dynamic_sampling_rounds": 2.5}, InvalidOption, "dynamic_sampling_rounds is a whole number"),
        ({"updates": 1.5}, InvalidOption, "updates is a whole number"),
        ({"overlong_buffer": 20}, InvalidOption, "a share of max_new_tokens"),
        ({"two_sided_clip": 1.1}, InvalidOption, r"more than 1 \+ epsilon_high = 1\.2; received 1\.1"),
        ({"epsilon_low": 1.5}, InvalidOption, "epsilon_low is at most 1"),
        ({"importance_cap": 1.0}, InvalidOption, "importance_cap is more than 1"),
        ({"algorithm": "ppo", "scale": "batch"}, InvalidOption, "by group"),
        ({"policy_loss": "clipp"}, UnknownName, "clip"),
        ({"schedule": "cosin"}, UnknownName, "cosine"),
        ({"confidence": "self_consistency", "group_size": 1, "algorithm": "ppo"}, InvalidOption, "at least 2"),
    ],
)
def test_what_cannot_work_is_refused(wrong, error, said):
    with pytest.raises(error, match=said):
        TrainConfig(**wrong)


def test_what_can_work_is_not():
    assert TrainConfig(algorithm="ppo", group_size=1).advantage == "gae"
    assert TrainConfig(algorithm="reinforce++", group_size=1, kl_coefficient=0.1).kl_in == "reward"
    assert TrainConfig(algorithm="rloo", credit="episode", kl_coefficient=0.1).kl_estimator == "k1"
    assert TrainConfig(algorithm="ppo", kl_coefficient=0.1, kl_in="loss", kl_estimator="k3").kl_in == "loss"


@pytest.mark.parametrize(("schedule", "last"), [("constant", 1.0), ("linear", 0.1), ("cosine", 0.1)])
def test_the_learning_rate_rises_and_then_follows_its_schedule(schedule, last):
    config = TrainConfig(learning_rate=1.0, warmup_updates=4, updates=24, schedule=schedule)
    rates = [config.learning_rate_at(update) for update in range(24)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[-1] == pytest.approx(last)
    assert rates[13] == pytest.approx((1.0 + last) / 2)  # half-way between, linear and cosine alike
    assert all(a >= b for a, b in pairwise(rates[3:]))
    assert TrainConfig(learning_rate=1.0, warmup_updates=0, schedule=schedule).learning_rate_at(0) > 0.98


def test_settings_load_no_torch():
    code = "import sys; from reasoning_gym_ccrl.agents import TrainConfig; TrainConfig(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
