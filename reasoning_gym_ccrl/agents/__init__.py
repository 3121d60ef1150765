"""The language model as an agent, and how it is trained: engines, rollouts, credit, losses, PPO and GRPO, CoMT.

`ALGORITHMS` is the table that `ccrl train --algorithm` looks names up in, with what each one sets. `ENGINES` is that of
`LLMAgent.from_pretrained(engine=...)`: a name, and the module with its `open_engine`. Modules stand there by name, so
that nothing heavy is imported; `TrainConfig` is light as well, and `train` imports what it needs when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .algorithms import ALGORITHMS
from .config import TrainConfig

if TYPE_CHECKING:
    from ..envs.sources import Problems
    from ..rewards import RewardSpec
    from .policy import LLMAgent

__all__ = ["ALGORITHMS", "ENGINES", "TrainConfig", "train"]

ENGINES: dict[str, str] = {
    "transformers": "reasoning_gym_ccrl.agents.engines.transformers",
    "vllm": "reasoning_gym_ccrl.agents.engines.vllm",
    "server": "reasoning_gym_ccrl.agents.engines.server",
    "scripted": "reasoning_gym_ccrl.agents.engines.scripted",
}


def train(
    agent: LLMAgent, problems: Problems, config: TrainConfig, reward: RewardSpec = "ccrl", **options: Any
) -> None:
    """Trains an agent in place, by any algorithm: see `trainer.train`."""
    from .trainer import train as run

    run(agent, problems, config, reward, **options)
