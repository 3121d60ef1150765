"""The table of rewards by name, and adding one's own to it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar, overload

from ..errors import InvalidOption, RewardError
from ..step_format import shorten
from .answer import Abstain, Brier, LogScore, Outcome, SaySelf, Spherical
from .card import Card
from .ccrl import CCRL
from .combine import RewardFunction
from .ppo_c import PPOC
from .step import ConfidenceMargin, Format, Length, StepCorrectness

# One line for each reward.
REWARDS: dict[str, Callable[..., Any]] = {
    "ccrl": CCRL,
    "outcome": Outcome,
    "step_correctness": StepCorrectness,
    "format": Format,
    "brier": Brier,
    "log_score": LogScore,
    "spherical": Spherical,
    "sayself": SaySelf,
    "ppo_c": PPOC,
    "confidence_margin": ConfidenceMargin,
    "abstain": Abstain,
    "length": Length,
}

BUILT_IN = frozenset(REWARDS)
RESERVED = frozenset({"name"})  # the key of a configuration under which a reward's name stands

Registered = TypeVar("Registered", bound=Callable[..., Any])


@overload
def register_reward(name: str, reward: Registered, *, replace: bool = False) -> Registered: ...
@overload
def register_reward(name: str, reward: str, *, replace: bool = False) -> RewardFunction: ...
@overload
def register_reward(name: str, *, replace: bool = False) -> Callable[[Registered], Registered]: ...
def register_reward(name: str, reward: Any = None, *, replace: bool = False) -> Any:
    """Adds a reward of one's own to REWARDS: then its name works wherever a reward's name does.

    As a call, or over a definition:

        register_reward("mine", my_function)

        @register_reward("mine")
        def my_function(context): ...

    Args:
        name: what it is called, a word of small letters, digits and "_" that no reward has yet.
        reward: a function of `StepContext`; a class of such functions, whose arguments become the reward's options;
            an instance, which all environments then share, its state included; or "package.module:name" of one. A
            `card` that it carries is a `Card`: what it promises.
        replace: take the place of a reward of one's own that has the name, as when a notebook's cell runs again.

    Returns:
        What was registered, so that a definition keeps its name; without `reward`, what takes it.

    Raises:
        InvalidOption: the name is taken or no such word; the reward cannot be called with a context; its card is none.
        RewardError: an import path that leads nowhere.

    >>> @register_reward("half_right")
    ... def half_right(context):
    ...     return 0.5 if context.judgement.is_final else 0.0
    >>> "half_right" in REWARDS
    True
    >>> del REWARDS["half_right"]
    """
    if not isinstance(name, str) or not name.isidentifier() or name != name.lower() or name in RESERVED:
        raise InvalidOption(
            f"A reward's name is a word of small letters, digits and _, and not 'name'; received {shorten(repr(name))}."
        )
    if name in BUILT_IN or (name in REWARDS and not replace):
        remedy = "" if name in BUILT_IN else ", or replace=True to take its place"
        raise InvalidOption(f"There is a reward {name!r} already; give yours another name{remedy}.")
    if reward is None:
        return functools.partial(register_reward, name, replace=replace)
    made = imported(reward) if isinstance(reward, str) else reward
    _check_reward(name, made)
    REWARDS[name] = made
    return made


def _check_reward(name: str, reward: Any) -> None:
    if not callable(reward):
        raise InvalidOption(
            f'Reward {name!r} is a function of StepContext, a class of them or "package.module:function"; received '
            f"{shorten(repr(reward))}."
        )
    if not inspect.isclass(reward) and not _takes_one(reward):
        raise InvalidOption(
            f"Reward {name!r} is called with one StepContext; received a function of {inspect.signature(reward)}. Give "
            "what else it takes a default."
        )
    card = getattr(reward, "card", None)
    # A class may have a property there, which its instances answer.
    if card is not None and not isinstance(card, Card | property | functools.cached_property):
        raise InvalidOption(f"The card of reward {name!r} is a rewards.Card; received {shorten(repr(card))}.")


def _takes_one(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return False
    except ValueError:  # built in C, with no signature to read
        return True
    return True


def imported(path: str) -> Callable[..., Any]:
    """What "package.module:name" leads to.

    Raises:
        RewardError: nowhere, or to what cannot be called.
    """
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
