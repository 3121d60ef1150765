"""The language model as an agent, and how it is trained: rollouts, credit, losses, GRPO, CoMT."""
