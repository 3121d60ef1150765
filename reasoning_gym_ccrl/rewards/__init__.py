"""Rewards by name, by function, by import path, or as a weighted sum of any of these.

    make_reward("ccrl", scoring="linear")
    make_reward(my_function)
    make_reward("my_package.my_module:my_function")
    make_reward({"ccrl": 1.0, "length": -0.01})     # on a command line "ccrl=1,length=-0.01"
    make_reward({"name": "ccrl", "scoring": "linear"})

A reward function takes one `StepContext` and returns a float or a `Reward`. `register_reward` gives one of your own
a name; `state.py` says what a reward may remember.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..errors import InvalidOption, RewardError, unknown_name
from ..step_format import shorten
from .card import Card
from .combine import CheckedReward, RewardFunction, WeightedSum, finite_number
from .profile import ConfidenceProfile, confidence_profile
from .registry import REWARDS, imported, register_reward
from .scoring import RULES, SCORING_RULES, brier_score_reward, expected_score, linear_score_reward
from .specs import SPEC_FORMS, check_config, parse_reward_spec, reward_options
from .state import StatefulReward, has_state, load_reward_state, observe_episodes, reward_state

__all__ = [
    "REWARDS",
    "RULES",
    "SCORING_RULES",
    "Card",
    "CheckedReward",
    "ConfidenceProfile",
    "RewardFunction",
    "RewardSpec",
    "StatefulReward",
    "WeightedSum",
    "brier_score_reward",
    "confidence_profile",
    "expected_score",
    "finite_number",
    "has_state",
    "linear_score_reward",
    "load_reward_state",
    "make_reward",
    "observe_episodes",
    "parse_reward_spec",
    "register_reward",
    "reward_from_config",
    "reward_state",
]

RewardSpec = str | RewardFunction | Mapping[str, Any]


def make_reward(spec: RewardSpec = "ccrl", /, **options: Any) -> CheckedReward:
    """The reward function that `spec` describes, its results checked.

    Args:
        spec: a name of `REWARDS`; a function or a class of functions; "package.module:name" of one; a mapping of
            names and import paths to weights, or the same as text, "ccrl=1,length=-0.01"; or a mapping of "name" to
            any of these and of options to their values.
        options: arguments of the reward. For a weighted sum, the name of a part -> the arguments of that part.

    Raises:
        UnknownName: the name is in no table; the message lists the near ones.
        InvalidOption: an option that the reward does not have, a weight that is no finite number, no parts.
        RewardError: the import path leads nowhere, or the specification is none of the above.

    >>> make_reward("ccrl", weight=0.25).function
    CCRL(weight=0.25, scoring='brier', credit='step')
    >>> make_reward({"name": "brier", "weight": 0.5}).function
    Brier(weight=0.5)
    """
    if isinstance(spec, CheckedReward):
        if options:
            raise InvalidOption(f"This reward is made already and takes no more options; received {sorted(options)}.")
        return spec
    if isinstance(spec, str):
        spec = parse_reward_spec(spec)
    if isinstance(spec, Mapping):
        if (named := reward_options(spec)) is not None:
            return make_reward(named[0], **(named[1] | options))
        return _weighted_sum(spec, options)
    if isinstance(spec, str):
        factory: Callable[..., Any] | None = imported(spec) if ":" in spec else REWARDS.get(spec)
        if factory is None:
            raise unknown_name("reward", spec, REWARDS)
        return CheckedReward(spec, _with_options(spec, factory, options))
    if callable(spec):
        name = _name_of(spec)
        return CheckedReward(name, _with_options(name, spec, options))
    raise RewardError(f"A reward is {SPEC_FORMS}; or a function of StepContext. Received {shorten(repr(spec))}.")


def reward_from_config(value: object) -> CheckedReward:
    """The reward that a configuration file describes: text, or a mapping of plain data.

    Raises:
        As `make_reward`; RewardError where the value is neither.

    >>> reward_from_config({"ccrl": 1.0, "length": -0.01}).name
    'ccrl + length'
    """
    check_config(value)
    return make_reward(cast(RewardSpec, value))


def _with_options(name: str, factory: Callable[..., Any], options: Mapping[str, Any]) -> RewardFunction:
    """A class becomes an instance; a function keeps its place, its options bound."""
    if not inspect.isclass(factory):
        if options:
            return functools.partial(factory, **options)
        return factory
    try:
        function = cast(RewardFunction, factory(**options))
    except TypeError as error:
        known = [p for p in inspect.signature(factory).parameters if not p.startswith("_")]
        raise InvalidOption(
            f"Reward {name!r} has the options {known or 'none'}; received {dict(options)} ({error})."
        ) from error
    return function


def _weighted_sum(spec: Mapping[str, Any], options: Mapping[str, Any]) -> CheckedReward:
    if not spec:
        raise InvalidOption(
            'A weighted reward has at least one part, such as {"ccrl": 1.0}; received an empty mapping.'
        )
    if strangers := sorted(set(options) - set(spec)):
        raise InvalidOption(
            f"The options of a weighted reward go by part, reward_options={{{next(iter(spec))!r}: {{…}}}}; received "
            f"{strangers}, and the parts are {sorted(spec)}."
        )
    parts: dict[str, tuple[float, CheckedReward]] = {}
    for name, given in spec.items():
        weight = finite_number(given)
        if weight is None:
            raise InvalidOption(f"The weight of reward {name!r} is a finite number; received {shorten(repr(given))}.")
        parts[name] = (weight, make_reward(name, **options.get(name, {})))
    return CheckedReward(" + ".join(parts), WeightedSum(parts))


def _name_of(function: Callable[..., Any]) -> str:
    if isinstance(function, functools.partial):
        return _name_of(function.func)
    return getattr(function, "__name__", None) or type(function).__name__
