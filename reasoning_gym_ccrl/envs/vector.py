"""Many environments at once: what `gym.make_vec("MathCCRL-v0", num_envs=32)` makes. One process, no copies of text.

The same episodes, rewards and infos as Gymnasium's `SyncVectorEnv` over the same environments and seeds, which a test
holds it to, at less cost: one source and one reward function for all, infos written where they belong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, cast

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ..errors import InvalidAction, InvalidOption, ResetNeeded
from .base import StepReasoningEnv

Actions = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Infos = dict[str, Any]
Result = tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]


class StepVectorEnv(gym.vector.VectorEnv[tuple[str, ...], Actions, NDArray[Any]]):
    """`num_envs` environments of one kind, stepped together.

    Actions are `{"step": texts, "confidence": numbers}`, each of length N, or a sequence of N single actions; a
    confidence may be None. Observations are a tuple of N texts.

    Args:
        num_envs: how many, N, at least 1.
        autoreset_mode: "NextStep" (Gymnasium's default: the step after an episode's end poses the next problem and
            takes no action), "SameStep" (the end's own step does, and the end's observation and info are in
            `infos["final_obs"]` and `infos["final_info"]`), or "Disabled" (`reset(options={"reset_mask": …})` does).
        options: those of the single environment.

    Raises:
        InvalidOption: no environments, or no such autoreset mode.
    """

    entry_point = "reasoning_gym_ccrl.envs.base:StepReasoningEnv"

    def __init__(
        self, num_envs: int = 1, *, autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP, **options: Any
    ) -> None:
        if num_envs < 1:
            raise InvalidOption(f"num_envs is at least 1; received {num_envs}.")
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        module, _, name = self.entry_point.partition(":")
        make = cast(type[StepReasoningEnv], getattr(import_module(module), name))
        first = make(**options)
        self.envs = [first, *(first.sibling() for _ in range(num_envs - 1))]
        self.num_envs = num_envs
        self.metadata = {**first.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = first.render_mode
        self.single_action_space, self.single_observation_space = first.action_space, first.observation_space
        self.action_space = batch_space(first.action_space, num_envs)
        self.observation_space = batch_space(first.observation_space, num_envs)
        self._observations = [""] * num_envs
        self._over = np.zeros(num_envs, dtype=np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[tuple[str, ...], Infos]:
        """Poses a problem in each environment, or in those of `options["reset_mask"]`.

        Args:
            seed: one for each environment; or one number, of which environment i gets seed + i as in Gymnasium (their
                problems are no more alike for it); or None to go on.
            options: those of the single environment, and `"reset_mask"`, N booleans.
        """
        seeds = self._seeds(seed)
        options = dict(options or {})
        chosen = self._chosen(options.pop("reset_mask", None))
        infos: dict[int, Infos] = {}
        for index, (env, one) in enumerate(zip(self.envs, seeds, strict=True)):
            if chosen[index]:
                self._observations[index], infos[index] = env.reset(seed=one, options=options or None)
        self._over[chosen] = False
        return tuple(self._observations), self._gathered(_by_key(infos))

    def step(self, actions: Actions) -> Result:
        """Judges and pays one action in each environment.

        Returns:
            Observations (N texts), rewards (float64, N), terminated and truncated (bool, N), infos.

        Raises:
            InvalidAction: not N actions.
            ResetNeeded: with autoreset disabled, an episode is over.
        """
        rewards = np.zeros(self.num_envs)
        terminated = np.zeros(self.num_envs, dtype=np.bool_)
        truncated = np.zeros(self.num_envs, dtype=np.bool_)
        infos: dict[int, Infos] = {}
        if self.autoreset_mode is AutoresetMode.DISABLED and self._over.any():
            which = ", ".join(map(str, np.flatnonzero(self._over)))
            raise ResetNeeded(
                f"With autoreset disabled, reset what is over before the next step; over are environments {which}: "
                'reset(options={"reset_mask": terminated | truncated}).'
            )
        for index, (env, action) in enumerate(zip(self.envs, self._each(actions), strict=True)):
            if self._over[index]:  # in the mode NextStep alone
                self._observations[index], info = env.reset()
            else:
                observation, rewards[index], terminated[index], truncated[index], info = env.step(action)
                if self.autoreset_mode is AutoresetMode.SAME_STEP and (terminated[index] or truncated[index]):
                    end = {"final_obs": observation, "final_info": info}
                    observation, info = env.reset()
                    info = end | info
                self._observations[index] = observation
            infos[index] = info
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._over = terminated | truncated
        return tuple(self._observations), rewards, terminated, truncated, self._gathered(_by_key(infos))

    def render(self) -> tuple[str | None, ...]:  # type: ignore[override]  # text, no frames
        """What each environment shows of its episode."""
        return tuple(env.render() for env in self.envs)

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Calls a method of each environment, or reads an attribute of each, as Gymnasium's vector environments do."""
        found = [getattr(env, name) for env in self.envs]
        return tuple(one(*args, **kwargs) if callable(one) else one for one in found)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """An attribute of each environment: `get_attr("problem")`."""
        return self.call(name)

    def close_extras(self, **kwargs: Any) -> None:
        for env in self.envs:
            env.close()

    def _seeds(self, seed: int | Sequence[int | None] | None) -> Sequence[int | None]:
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int):
            return [seed + index for index in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise InvalidOption(f"There is one seed for each of {self.num_envs} environments; received {len(seed)}.")
        return seed

    def _chosen(self, mask: Any) -> NDArray[np.bool_]:
        if mask is None:
            return np.ones(self.num_envs, dtype=np.bool_)
        chosen = np.asarray(mask)
        if chosen.dtype != np.bool_ or chosen.shape != (self.num_envs,) or not chosen.any():
            raise InvalidOption(
                f'"reset_mask" is an array of {self.num_envs} booleans, one of them True at least; received {mask!r}.'
            )
        return chosen

    def _each(self, actions: Actions) -> list[Mapping[str, Any]]:
        if not isinstance(actions, Mapping):
            each = list(actions)
        elif "step" in actions and not isinstance(actions["step"], str):
            texts = list(actions["step"])
            confidences = actions.get("confidence")
            given = [None] * len(texts) if confidences is None else list(confidences)
            if len(given) != len(texts):
                raise InvalidAction(
                    f"There is a confidence for each step; received {len(given)} for {len(texts)} steps."
                )
            each = [{"step": text, "confidence": one} for text, one in zip(texts, given, strict=True)]
        else:
            each = []
        if len(each) != self.num_envs:
            raise InvalidAction(
                f'Actions of {self.num_envs} environments are {{"step": texts, "confidence": numbers}} of that length, '
                f"or as many single actions; received {len(each)}."
            )
        return each

    def _gathered(self, infos: Mapping[str, Mapping[int, Any]]) -> Infos:
        """The infos of single environments in Gymnasium's form: for each key an array, and a mask "_key" of who has it.

        Args:
            infos: key -> index of an environment -> its value.
        """
        gathered: Infos = {}
        for key, values in infos.items():
            first = next(iter(values.values()))
            places = list(values)
            if isinstance(first, dict):
                gathered[key] = self._gathered(_by_key(values))
            else:
                # A number of one environment may be no number in the next: text, None and the like are objects.
                kind = type(first) if type(first) in (int, float, bool) else object
                array = np.full(self.num_envs, None if kind is object else 0, dtype=kind)
                if kind is object:
                    for place, value in values.items():
                        array[place] = value
                else:
                    array[places] = list(values.values())
                gathered[key] = array
            mask = np.zeros(self.num_envs, dtype=np.bool_)
            mask[places] = True
            gathered[f"_{key}"] = mask
        return gathered


def _by_key(infos: Mapping[int, Mapping[str, Any]]) -> dict[str, dict[int, Any]]:
    """Index -> key -> value, turned round: key -> index -> value."""
    turned: dict[str, dict[int, Any]] = {}
    for index, info in infos.items():
        for key, value in info.items():
            turned.setdefault(key, {})[index] = value
    return turned


class DatasetVectorEnv(StepVectorEnv):
    """`StepVectorEnv` over a data file."""

    entry_point = "reasoning_gym_ccrl.envs.base:DatasetEnv"


def _autoreset_mode(mode: str | AutoresetMode) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        known = ", ".join(repr(one.value) for one in AutoresetMode)
        raise InvalidOption(f"autoreset_mode is one of {known}; received {mode!r}.") from None
