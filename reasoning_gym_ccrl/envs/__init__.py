"""The environments. One `register` line for each id; the entry points are names, so nothing heavy is imported.

`ENVS` is the table that `ccrl envs` prints and that the contract tests walk. To add an environment: a family in
`problems/`, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from ..errors import InvalidOption


@dataclass(frozen=True)
class EnvEntry:
    """One registered environment: what it holds in a line, what makes it, and the options it has beside the shared."""

    summary: str
    entry_point: str = "reasoning_gym_ccrl.envs.base:StepReasoningEnv"
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    vector_entry_point: str | None = "reasoning_gym_ccrl.envs.vector:StepVectorEnv"
    options: str = ""

    @property
    def is_generated(self) -> bool:
        """Whether families generate its problems, so that it has difficulties."""
        return self.entry_point.endswith((":StepReasoningEnv", ":CandidateEnv"))

    @property
    def is_text(self) -> bool:
        """Whether one acts by writing, as a language model or a person does; else by numbers."""
        return not self.entry_point.endswith(":CandidateEnv")

    @property
    def has_data(self) -> bool:
        """Whether it reads its problems from a file."""
        return self.entry_point.endswith(":DatasetEnv")

    def require_text(self, env_id: str) -> None:
        """Raises InvalidOption where one acts by numbers: nothing that writes, a model or a person, can act there."""
        if not self.is_text:
            raise InvalidOption(
                f"In {env_id} one acts by numbers, as Stable-Baselines3 does; who writes steps needs an environment of "
                "text, such as MathCCRL-v0."
            )

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


def _family(name: str, summary: str) -> EnvEntry:
    return EnvEntry(summary, kwargs={"families": name})


ENVS: dict[str, EnvEntry] = {
    "MathCCRL-v0": EnvEntry("All the families below, mixed by weight."),
    "WordProblemCCRL-v0": _family(
        "word_problems", "Stories in numbers: purchases, rates, ages, percentages, mixtures."
    ),
    "ArithmeticCCRL-v0": _family("arithmetic", "Integers, brackets, fractions, decimals, powers, remainders."),
    "AlgebraCCRL-v0": _family("algebra", "Linear equations, and systems of them."),
    "PolynomialCCRL-v0": _family("polynomials", "Expanding, factoring, roots."),
    "CalculusCCRL-v0": _family("calculus", "Derivatives and integrals."),
    "NumberTheoryCCRL-v0": _family("number_theory", "Euclid's steps, factorisation, modular powers and inverses."),
    "CountingCCRL-v0": _family("counting", "Counting and exact probabilities."),
    "GeometryCCRL-v0": _family("geometry", "Lengths, angles, areas and volumes."),
    "SequenceCCRL-v0": _family("sequences", "Terms and sums of sequences."),
    "LogicCCRL-v0": _family("logic", "Propositional deduction, with no numbers."),
    "DatasetCCRL-v0": EnvEntry(
        "Your own file of problems (GSM8K and others); twenty of ours without one.",
        entry_point="reasoning_gym_ccrl.envs.base:DatasetEnv",
        vector_entry_point="reasoning_gym_ccrl.envs.vector:DatasetVectorEnv",
        options="data=FILE  skip_bad=False  limit=N  order=random|sequential",
    ),
    "ReasoningGymCCRL-v0": EnvEntry(
        "Any task of the library reasoning-gym, judged by its own grader in a process apart.",
        entry_point="reasoning_gym_ccrl.envs.reasoning_gym_env:ReasoningGymEnv",
        vector_entry_point="reasoning_gym_ccrl.envs.reasoning_gym_env:ReasoningGymVectorEnv",
        options="task=chain_sum  split=train|validation|test  and the task's own",
    ),
    "CandidateCCRL-v0": EnvEntry(
        "The same problems in numbers, for agents such as SB3's: choose the next step among candidates.",
        entry_point="reasoning_gym_ccrl.envs.candidate:CandidateEnv",
        vector_entry_point=None,  # Gymnasium's own
        options="candidates=4  confidence_levels=11  action=discrete|box  feature_noise=0.0",
    ),
}

for _id, _entry in ENVS.items():
    _entry.register(_id)
