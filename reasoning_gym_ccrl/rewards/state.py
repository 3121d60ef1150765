"""Rewards with a state: when it moves, and how it gets into a checkpoint and out again.

A call answers a question and changes nothing. The same step is asked about more than once: in the episode, again when
an episode is replayed, and again for confidences that nobody stated (`agents/confidence_credit.py` asks what each
level would have earned). If calls moved the state, those questions would, and the answer to one would depend on how
many were asked before it. So:

- `reward(context)` reads the state and leaves it as it is;
- `observe(episodes)` moves it. A trainer calls `observe_episodes(reward, episodes)` once for each update, after the
  update's episodes were paid and credited and before the next ones are sampled, in the order of the batch;
- a trainer writes `reward_state(reward)` into its checkpoint, and calls `load_reward_state` when it goes on.

Nobody calls `observe` for an environment that is stepped by hand: do it yourself, after an episode or a batch. Each
process of a vector environment holds a reward, and a state, of its own.

    >>> from reasoning_gym_ccrl.rewards import make_reward
    >>> reward = make_reward("ppo_c", form="difference", ema=0.1)
    >>> reward_state(reward)
    {'threshold': 0.5}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ..errors import RewardError
from ..step_format import shorten
from ..types import Episode, Reward, StepContext
from .combine import CheckedReward, WeightedSum


@runtime_checkable
class StatefulReward(Protocol):
    """A reward function that learns from finished episodes. A call must not change what `state_dict` returns."""

    def __call__(self, context: StepContext, /) -> float | Reward: ...

    def observe(self, episodes: Sequence[Episode], /) -> None:
        """Moves the state by the episodes of one update."""

    def state_dict(self) -> Mapping[str, Any]:
        """The state as plain JSON."""

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """The inverse of `state_dict`."""


def _stateful_parts(reward: Callable[..., Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, StatefulReward]]:
    """(name, reward) of everything in a reward that has a state; "" where the reward itself has it."""
    if isinstance(reward, CheckedReward):
        yield from _stateful_parts(reward.function, path)
    elif isinstance(reward, WeightedSum):
        for name, (_, part) in reward.parts.items():
            yield from _stateful_parts(part, (*path, name))
    elif isinstance(reward, StatefulReward):
        yield "/".join(path), reward


def has_state(reward: CheckedReward) -> bool:
    """Whether anything in the reward keeps a state; where not, the functions below do nothing."""
    return any(True for _ in _stateful_parts(reward))


def observe_episodes(reward: CheckedReward, episodes: Sequence[Episode]) -> None:
    """Lets every part that has a state move it by the episodes of one update.

    Raises:
        RewardError: a part's `observe` raised.
    """
    for name, part in _stateful_parts(reward):
        try:
            part.observe(episodes)
        except RewardError:
            raise
        except Exception as error:
            raise RewardError(
                f"observe(episodes) of a reward takes what one update sampled. Reward {name or reward.name!r} raised "
                f"{type(error).__name__}: {shorten(str(error), 200)}. Mend the function; nothing was lost."
            ) from error


def reward_state(reward: CheckedReward) -> dict[str, Any]:
    """The state for a checkpoint, plain JSON: {} where there is none, of a sum {part: state}.

    Raises:
        RewardError: a state that is no JSON, or would not be read back as it is.
    """
    states: dict[str, Any] = {}
    for name, part in _stateful_parts(reward):
        state = dict(part.state_dict())
        try:
            same = json.loads(json.dumps(state, allow_nan=False)) == state
        except (TypeError, ValueError):
            same = False
        if not same:
            raise RewardError(
                "The state of a reward maps strings to numbers, strings, lists and mappings, as JSON gives them back "
                f"unchanged. That of {name or reward.name!r} is {shorten(repr(state), 200)}; make its keys strings, "
                "its tuples lists and its arrays numbers."
            )
        if not name:
            return state
        states[name] = state
    return states


def load_reward_state(reward: CheckedReward, state: Mapping[str, Any]) -> None:
    """The inverse of `reward_state`: goes on with the state of a checkpoint.

    Raises:
        RewardError: the state is that of another reward, or a part refused it.
    """
    parts = dict(_stateful_parts(reward))
    given = {"": state} if "" in parts and state else dict(state)
    if set(given) != set(parts):
        raise RewardError(
            f"A checkpoint's state goes to the reward that it came from. {reward.name!r} keeps a state of "
            f"{_names(parts)}; received one of {_names(given)}. Use the reward of the run, or begin a new one."
        )
    for name, part in parts.items():
        try:
            part.load_state_dict(given[name])
        except RewardError:
            raise
        except Exception as error:
            raise RewardError(
                f"load_state_dict of a reward takes what its state_dict gave. Reward {name or reward.name!r} raised "
                f"{type(error).__name__}: {shorten(str(error), 200)}; received {shorten(repr(given[name]), 200)}."
            ) from error


def _names(parts: Mapping[str, Any]) -> str:
    return ", ".join(repr(name) if name else "its own" for name in sorted(parts)) or "nothing"
