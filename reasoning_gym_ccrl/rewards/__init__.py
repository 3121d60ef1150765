"""Rewards by name, by function, by import path, or as a weighted sum of any of these.

    make_reward("ccrl", scoring="linear")
    make_reward(my_function)
    make_reward("my_package.my_module:my_function")
    make_reward({"ccrl": 1.0, "length": -0.01})

A reward function takes one `StepContext` and returns a float or a `Reward`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

from ..errors import InvalidOption, RewardError, unknown_name
from ..step_format import shorten
from .combine import CheckedReward, RewardFunction, WeightedSum, finite_number
from .scoring import SCORING_RULES, brier_score_reward, linear_score_reward
from .step import CCRL, Brier, Card, Format, Length, Outcome, StepCorrectness

__all__ = [
    "REWARDS",
    "SCORING_RULES",
    "Card",
    "CheckedReward",
    "RewardFunction",
    "RewardSpec",
    "WeightedSum",
    "brier_score_reward",
    "finite_number",
    "linear_score_reward",
    "make_reward",
]

RewardSpec = str | RewardFunction | Mapping[str, float]

# One line for each reward.
REWARDS: dict[str, Callable[..., RewardFunction]] = {
    "ccrl": CCRL,
    "outcome": Outcome,
    "step_correctness": StepCorrectness,
    "format": Format,
    "brier": Brier,
    "length": Length,
}


def make_reward(spec: RewardSpec = "ccrl", **options: Any) -> CheckedReward:
    """The reward function that `spec` describes, its results checked.

    Args:
        spec: a name of `REWARDS`; a function or a class of functions; "package.module:name" of one; or a mapping of
            names and import paths to weights.
        options: arguments of the reward. For a mapping, the name of a part -> the arguments of that part.

    Raises:
        UnknownName: the name is in no table; the message lists the near ones.
        InvalidOption: an option that the reward does not have, a weight that is no finite number, no parts.
        RewardError: the import path leads nowhere, or the specification is none of the above.

    >>> make_reward("ccrl", weight=0.25).function
    CCRL(weight=0.25, scoring='brier', credit='step')
    """
    if isinstance(spec, CheckedReward):
        if options:
            raise InvalidOption(f"This reward is made already and takes no more options; received {sorted(options)}.")
        return spec
    if isinstance(spec, Mapping):
        return _weighted_sum(spec, options)
    if isinstance(spec, str):
        factory: Callable[..., Any] | None = _imported(spec) if ":" in spec else REWARDS.get(spec)
        if factory is None:
            raise unknown_name("reward", spec, REWARDS)
        return CheckedReward(spec, _with_options(spec, factory, options))
    if callable(spec):
        name = _name_of(spec)
        return CheckedReward(name, _with_options(name, spec, options))
    raise RewardError(
        'A reward is a name ("ccrl"), a function of StepContext, "package.module:function", or a mapping of these to '
        f"weights; received {shorten(repr(spec))}."
    )


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


def _weighted_sum(spec: Mapping[str, float], options: Mapping[str, Any]) -> CheckedReward:
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


def _imported(path: str) -> Callable[..., Any]:
    module_name, _, attribute = path.partition(":")
    try:
        target: Any = functools.reduce(getattr, attribute.split("."), import_module(module_name))
    except (ImportError, AttributeError, ValueError) as error:
        raise RewardError(
            'The import path of a reward is "package.module:function" of something that Python can import from here; '
            f"received {path!r}: {error}."
        ) from error
    if not callable(target):
        raise RewardError(f"The import path of a reward leads to a function; {path!r} is {shorten(repr(target))}.")
    function: Callable[..., Any] = target
    return function


def _name_of(function: Callable[..., Any]) -> str:
    if isinstance(function, functools.partial):
        return _name_of(function.func)
    return getattr(function, "__name__", None) or type(function).__name__
