"""The language model as an agent, and how it is trained: rollouts, credit, losses, GRPO, CoMT.

`ALGORITHMS` is the table that `ccrl train --algorithm` looks names up in: a name, and the module with its `train`.
Modules stand there by name, so that nothing heavy is imported.
"""

from __future__ import annotations

ALGORITHMS: dict[str, str] = {"grpo": "reasoning_gym_ccrl.agents.grpo"}
