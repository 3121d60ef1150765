"""The language model as an agent, and how it is trained: engines, rollouts, credit, losses, GRPO, CoMT.

`ALGORITHMS` is the table that `ccrl train --algorithm` looks names up in: a name, and the module with its `train`.
`ENGINES` is that of `LLMAgent.from_pretrained(engine=...)`: a name, and the module with its `open_engine`. Modules
stand there by name, so that nothing heavy is imported.
"""

from __future__ import annotations

ALGORITHMS: dict[str, str] = {"grpo": "reasoning_gym_ccrl.agents.grpo"}

ENGINES: dict[str, str] = {
    "transformers": "reasoning_gym_ccrl.agents.engines.transformers",
    "vllm": "reasoning_gym_ccrl.agents.engines.vllm",
    "server": "reasoning_gym_ccrl.agents.engines.server",
    "scripted": "reasoning_gym_ccrl.agents.engines.scripted",
}
