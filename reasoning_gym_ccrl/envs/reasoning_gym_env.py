"""`ReasoningGymCCRL-v0`: any task of the library reasoning-gym, solved one step at a time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidOption
from .base import StepReasoningEnv
from .problems.reasoning_gym import DEFAULT_TASK, ReasoningGymProblems
from .vector import StepVectorEnv

# What an environment decides about generated problems, here the task decides.
_OF_FAMILIES = frozenset({"self", "problems", "families", "difficulty", "split", "order"})
_SHARED = frozenset(inspect.signature(StepReasoningEnv.__init__).parameters) - _OF_FAMILIES


class ReasoningGymEnv(StepReasoningEnv):
    """`StepReasoningEnv` over a task of reasoning-gym, which the extra `reasoning-gym-ccrl[reasoning-gym]` installs.

    Answers are judged by the task's own grader, in a worker process (see `verify.graders`), and steps as ever: false
    equations are INCORRECT, true ones on known numbers CORRECT. There is no gold path.

    Args:
        task: the task's name in reasoning-gym, such as "chain_sum".
        split: "train", "validation" or "test", disjoint by the question's text.
        task_options: the task's own options; those whose name no environment has may also be given by themselves.
        options: the task's, and those of `StepReasoningEnv` that are not about generated problems.

    Raises:
        ModuleNotFoundError: reasoning-gym is not installed.
        UnknownName: a task, split or option that does not exist.
        InvalidOption: options that the task refuses, or a task with no gold answer in text.
    """

    def __init__(
        self,
        task: str = DEFAULT_TASK,
        *,
        split: str = "train",
        task_options: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        for name in ("problems", "families", "order"):
            if name in options:
                raise InvalidOption(f"A task of reasoning-gym has no {name!r}; that option is for other environments.")
        shared = {name: value for name, value in options.items() if name in _SHARED}
        own = {name: value for name, value in options.items() if name not in _SHARED}
        super().__init__(ReasoningGymProblems(task, split=split, **own, **(task_options or {})), **shared)


class ReasoningGymVectorEnv(StepVectorEnv):
    """`StepVectorEnv` over a task of reasoning-gym."""

    entry_point = "reasoning_gym_ccrl.envs.reasoning_gym_env:ReasoningGymEnv"
