"""The environments. One `register` line for each id; the entry points are names, so nothing heavy is imported.

`ENVS` is the table that `ccrl envs` prints and that the contract tests walk. To add an environment: a family in
`problems/`, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym


@dataclass(frozen=True)
class EnvEntry:
    """One registered environment: what it holds in a line, what makes it, and the options it has beside the shared."""

    summary: str
    entry_point: str = "reasoning_gym_ccrl.envs.base:StepReasoningEnv"
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    vector_entry_point: str = "reasoning_gym_ccrl.envs.vector:StepVectorEnv"
    options: str = ""

    def register(self, env_id: str) -> None:
        """Makes the id known to `gym.make` and `gym.make_vec`."""
        gym.register(
            id=env_id,
            entry_point=self.entry_point,
            vector_entry_point=self.vector_entry_point,
            # The environment itself raises ResetNeeded, so Gymnasium's order-enforcing wrapper would only cost time.
            order_enforce=False,
            kwargs=dict(self.kwargs),
        )


ENVS: dict[str, EnvEntry] = {
    "MathCCRL-v0": EnvEntry("All families mixed: multi-step word problems and arithmetic."),
    "WordProblemCCRL-v0": EnvEntry("Multi-step word problems.", kwargs={"families": "word_problems"}),
    "ArithmeticCCRL-v0": EnvEntry("Chains of exact arithmetic.", kwargs={"families": "arithmetic"}),
    "DatasetCCRL-v0": EnvEntry(
        "Your own file of problems (GSM8K and others); twenty of ours without one.",
        entry_point="reasoning_gym_ccrl.envs.base:DatasetEnv",
        vector_entry_point="reasoning_gym_ccrl.envs.vector:DatasetVectorEnv",
        options="data=FILE  skip_bad=False  limit=N  order=random|sequential",
    ),
}

for _id, _entry in ENVS.items():
    _entry.register(_id)
