"""Rewards written as text, and as plain data in a configuration file."""

from __future__ import annotations

import json
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import CCRLError, InvalidOption, RewardError, UnknownName
from reasoning_gym_ccrl.rewards import REWARDS, make_reward, parse_reward_spec, reward_from_config

from .make_contexts import Fact, answer, pay

FACTS = [Fact(confidence=0.7), answer(confidence=0.4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ccrl", "ccrl"),
        ("  brier ", "brier"),
        ("my_package.my_module:function", "my_package.my_module:function"),
        ("ccrl=1", {"ccrl": 1.0}),
        ("ccrl=1,length=-0.01", {"ccrl": 1.0, "length": -0.01}),
        (" ccrl = 1e0 , length = -1e-2 ", {"ccrl": 1.0, "length": -0.01}),
        ("my_package.my_module:function=0.5,ccrl=1", {"my_package.my_module:function": 0.5, "ccrl": 1.0}),
        ('{"name": "ccrl", "scoring": "linear"}', {"name": "ccrl", "scoring": "linear"}),
    ],
)
def test_reading(text, expected):
    assert parse_reward_spec(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "received nothing"),
        ("   ", "received nothing"),
        ("ccrl,length", "name=weight between commas.*received 'ccrl'"),
        ("ccrl=1,length", "received 'length'"),
        ("ccrl=1,", "received ''"),
        ("=1", "received '=1'"),
        ("ccrl=", "The weight of reward 'ccrl' is a finite number; received ''"),
        ("ccrl=one", "received 'one'"),
        ("ccrl=nan", "received 'nan'"),
        ("ccrl=inf,length=1", "received 'inf'"),
        ("ccrl=1=2", "received '1=2'"),
        ("ccrl=1,ccrl=2", "received 'ccrl' twice"),
        ('{"ccrl": 1', "is JSON, such as"),
    ],
)
def test_what_cannot_be_read_says_what_can(text, said):
    with pytest.raises(InvalidOption, match=said):
        parse_reward_spec(text)
    with pytest.raises(InvalidOption, match=said):
        make_reward(text)


@given(
    st.dictionaries(st.sampled_from([*REWARDS, "a.b:c"]), st.floats(allow_nan=False, allow_infinity=False), min_size=1)
)
def test_a_sum_survives_being_written_down(parts):
    assert parse_reward_spec(",".join(f"{name}={weight!r}" for name, weight in parts.items())) == parts
    assert parse_reward_spec(json.dumps(parts)) == parts


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_in_words(text):
    said = ""
    try:
        make_reward(text)
    except CCRLError as error:
        said = str(error)
    assert said == "" or "received" in said or "Unknown reward" in said


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("brier", lambda: make_reward("brier")),
        ("ccrl=1,length=-0.01", lambda: make_reward({"ccrl": 1.0, "length": -0.01})),
        ({"ccrl": 1.0, "length": -0.01}, lambda: make_reward({"ccrl": 1.0, "length": -0.01})),
        ({"name": "ccrl", "scoring": "linear"}, lambda: make_reward("ccrl", scoring="linear")),
        ({"name": "ppo_c", "form": "difference", "ema": 0.1}, lambda: make_reward("ppo_c", form="difference", ema=0.1)),
        (
            {"name": {"ccrl": 1.0, "length": -0.01}, "ccrl": {"scoring": "linear"}},
            lambda: make_reward({"ccrl": 1.0, "length": -0.01}, ccrl={"scoring": "linear"}),
        ),
        (OrderedDict(name="brier", weight=0.5), lambda: make_reward("brier", weight=0.5)),
    ],
)
def test_a_configurations_value_makes_the_same_reward(value, made):
    """Which also pays the same, through JSON and back."""
    found, expected = reward_from_config(json.loads(json.dumps(value))), made()
    assert repr(found) == repr(expected)
    assert pay(found, FACTS) == pay(expected, FACTS)


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (None, RewardError, "A reward in a configuration is a name"),
        (3, RewardError, "received 3"),
        (["ccrl"], RewardError, r"received \['ccrl'\]"),
        ({}, InvalidOption, "at least one part"),
        ({"name": "briar"}, UnknownName, "Did you mean 'brier'"),
        ({"name": "ccrl", "scorin": "linear"}, InvalidOption, "'ccrl' has the options"),
        ({"name": "ccrl", "scoring": "sayself"}, UnknownName, "Unknown scoring 'sayself'"),
        ({"ccrl": "1.0"}, InvalidOption, "weight of reward 'ccrl' is a finite number; received '1.0'"),
        ({"ccrl": 1.0, "scoring": "linear"}, InvalidOption, "weight of reward 'scoring'"),
        ({"name": {"ccrl": 1.0}, "brier": {}}, InvalidOption, "the parts are"),
        ({"name": None}, RewardError, "A reward is a name"),
        ({"name": "ccrl", 3: 1}, InvalidOption, r"named by a string; received \[3\]"),
        ({"name": "ccrl", "spec": 1}, InvalidOption, "'ccrl' has the options"),
    ],
    ids=str,
)
def test_a_value_that_is_none(value, error, said):
    with pytest.raises(error, match=said):
        reward_from_config(value)


def test_options_given_beside_those_of_the_mapping_win():
    assert make_reward({"name": "brier", "weight": 0.5}, weight=0.25).function.weight == 0.25
