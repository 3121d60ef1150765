"""Run by `torchrun` in test_processes.py: one update, or a short run, shared out over the processes.

    torchrun --nproc_per_node 2 two_processes.py FOLDER CASE

Writes FOLDER/CASE.pt: the weights that every process came to, and the figures.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.experience import Reference, make_experience
from reasoning_gym_ccrl.agents.runtime import Runtime
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.agents.update import Learner
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.types import Judgement, Reward, Step, StepRecord, Verdict

if __package__:
    from .bandit import ANSWERS, STATED, Lottery, bandit_agent
    from .models import gpt2, llama, token_episode
else:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.agents.bandit import ANSWERS, STATED, Lottery, bandit_agent
    from tests.agents.models import gpt2, llama, token_episode

UPDATE = TrainConfig(
    max_grad_norm=1e9, confidence_credit="return", learning_rate=1.0, warmup_updates=0, kl_coefficient=0.05
)
CASES = {
    "grpo": UPDATE,
    "dr_grpo": replace(UPDATE, loss_aggregation="constant", tokens_per_micro_batch=14),
    "episode": replace(UPDATE, loss_aggregation="episode", tokens_per_micro_batch=1),
    "gspo": replace(UPDATE, policy_loss="gspo", scale="std"),
    "reinforce++": replace(UPDATE, advantage="batch", scale="std", entropy_coefficient=0.01),
    "ppo": replace(UPDATE, advantage="gae", scale="std", kl_in="reward", kl_estimator="k1", tokens_per_micro_batch=20),
    "importance": replace(UPDATE, importance_correction="sequence_truncate", importance_cap=1.5, credit="episode"),
    "idle": replace(UPDATE, mask_truncated=True, tokens_per_micro_batch=1),
}
RUN = TrainConfig(
    algorithm="ppo",
    updates=4,
    problems_per_update=4,
    group_size=4,
    learning_rate=1e-2,
    max_new_tokens=3,
    checkpoint_every=1,
)


def uneven_groups():
    """Four groups of two episodes whose lengths, prompts and payments differ; two episodes are cut off."""
    groups = []
    for number, (prompt, lengths) in enumerate(
        (([5, 6, 7], (7, 1)), ([5], (2, 9)), ([3, 3, 4, 9], (3, 3)), ([2], (1, 12)))
    ):
        group = []
        for place, length in enumerate(lengths):
            response = [(7 * number + 3 * place + k) % 28 + 1 for k in range(length)]
            paid = (1.0, -0.5, 0.25)[(number + place) % 3]
            span = (len(prompt), len(prompt) + length)
            record = StepRecord(Step("step", "x"), Judgement(Verdict.UNCHECKED), Reward(paid, {"paid": paid}), span)
            episode = token_episode(prompt, response, [-2.0 - 0.1 * k for k in range(length)], [record])
            cut = number == 1 or length == 12  # all of a process's share among them
            group.append(replace(episode, truncated=cut, terminated=not cut))
        groups.append(group)
    return groups


class _Tokenizer:
    pad_token_id = eos_token_id = 1


def one_update(config: TrainConfig, runtime: Runtime) -> tuple[torch.Tensor, dict[str, float]]:
    """The gradient of an update on this process's share of the groups, read off a step of plain gradient descent."""
    torch.manual_seed(0)
    model = (gpt2 if config.policy_loss == "gspo" else llama)(30).double()  # rounding would hide small mistakes
    learner = Learner(model, config, 1, runtime)
    if learner.value is not None:
        torch.nn.init.normal_(learner.value.head.weight)
    before = torch.cat([p.detach().flatten() for p in learner.scorer.parameters()])
    learner.optimizer = torch.optim.SGD(learner.wrapped.parameters(), lr=1.0)
    groups = runtime.share(uneven_groups())
    reference = Reference((gpt2 if config.policy_loss == "gspo" else llama)(30, seed=1).double())
    experience = make_experience(groups, config, make_reward("ccrl"), learner.scorer, reference, _Tokenizer(), runtime)
    figures = learner.learn(experience, 0) | experience.figures
    return before - torch.cat([p.detach().flatten() for p in learner.scorer.parameters()]), figures


def one_run(folder: Path, runtime: Runtime) -> tuple[torch.Tensor, dict[str, float]]:
    """The weights after a short run, which goes on from the folder's checkpoint where there is one."""
    agent = bandit_agent(0, (*ANSWERS, *STATED))
    rows = []
    train(
        agent,
        Lottery(0.5),
        RUN,
        folder=folder / "checkpoint",
        on_update=lambda _, figures, episodes: rows.append(figures | {"episodes": float(len(episodes))}),
        runtime=runtime,
    )
    return torch.cat([p.detach().flatten() for p in agent.model.parameters()]), rows[-1] if rows else {}


def main(folder: Path, case: str) -> None:
    runtime = Runtime(torch.device("cpu"))
    weights, figures = one_run(folder, runtime) if case in ("run", "again") else one_update(CASES[case], runtime)
    everybodys = runtime.gather([weights])
    if runtime.is_main:
        torch.save(everybodys, folder / f"{case}.pt")
        (folder / f"{case}.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[2:]:
        main(Path(sys.argv[1]), each)
