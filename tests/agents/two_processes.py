"""Run by `torchrun` in test_processes.py: one update, or a short run, shared out over the processes.

    torchrun --nproc_per_node 2 two_processes.py FOLDER ddp|fsdp2|zero CASE

Writes FOLDER/CASE.pt: the weights that every process came to, and the figures.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from accelerate import DeepSpeedPlugin, DistributedType, FullyShardedDataParallelPlugin, PartialState

from reasoning_gym_ccrl.agents import update
from reasoning_gym_ccrl.agents.adapters import import_peft
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.experience import Reference, make_experience
from reasoning_gym_ccrl.agents.runtime import Runtime
from reasoning_gym_ccrl.agents.sharding import load_whole, whole
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
LORA = replace(UPDATE, tokens_per_micro_batch=30)  # of an adapter; the reference is the model without
RUN = TrainConfig(
    algorithm="ppo",
    updates=4,
    problems_per_update=4,
    group_size=4,
    learning_rate=1e-2,
    max_new_tokens=3,
    checkpoint_every=1,
)


RUNS = {"run": ("checkpoint", 4), "again": ("checkpoint", 4), "half": ("halves", 2), "rest": ("halves", 4)}
"""Name -> where its checkpoints are, and how many updates it makes, with those that are made."""


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
    kind = gpt2 if config.policy_loss == "gspo" else llama
    model, other = kind(30).double(), kind(30, seed=1).double()  # rounding would hide small mistakes
    if config is LORA:
        model = other = adapted(model)
    reference = Reference(other)
    with patch.object(update, "make_optimizer", plain_descent):
        learner = Learner(model, config, 1, runtime)
    if runtime.is_sharded:  # or this would be a test of something else
        held = sum(each.to_local().numel() for each in learner.scorer.parameters())
        assert held < 0.6 * sum(each.numel() for each in learner.scorer.parameters())
    if learner.value is not None:
        weight = torch.randn(learner.value.head.weight.shape, generator=torch.Generator().manual_seed(0))
        load_whole(learner.value.head, {"weight": weight, "bias": torch.zeros(1)})
        runtime.weights_were_loaded()
    before = flat(learner.scorer)
    groups = runtime.share(uneven_groups())
    experience = make_experience(groups, config, make_reward("ccrl"), learner.scorer, reference, _Tokenizer(), runtime)
    figures = learner.learn(experience, 0) | experience.figures
    return before - flat(learner.scorer), figures


def plain_descent(module: torch.nn.Module, *_: Any, **__: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD([each for each in module.parameters() if each.requires_grad], lr=1.0)


def adapted(model: Any) -> Any:
    """The model with an adapter that does something."""
    torch.manual_seed(2)
    found = import_peft().get_peft_model(model, import_peft().LoraConfig(r=2, target_modules=["q_proj", "up_proj"]))
    for name, parameter in found.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return found.double()


def flat(module: torch.nn.Module) -> torch.Tensor:
    """All weights in a row, put together where they are in pieces."""
    return torch.cat([whole(p.detach()).flatten() for p in module.parameters()])


def one_run(folder: Path, runtime: Runtime, updates: int) -> tuple[torch.Tensor, dict[str, float]]:
    """The weights after a short run, which goes on from the checkpoint in the folder where there is one."""
    agent = bandit_agent(0, (*ANSWERS, *STATED))
    rows = []
    train(
        agent,
        Lottery(0.5),
        replace(RUN, updates=updates),
        folder=folder,
        on_update=lambda _, figures, episodes: rows.append(figures | {"episodes": float(len(episodes))}),
        runtime=runtime,
    )
    return flat(agent.model), rows[-1] if rows else {}


def sharded(runtime: Runtime) -> Runtime:
    """As `accelerate launch --use_fsdp --fsdp_version 2` has it on GPUs; on CPUs Accelerate has no such option."""
    state = runtime.accelerator.state
    state.distributed_type = PartialState._shared_state["distributed_type"] = DistributedType.FSDP
    state.fsdp_plugin = FullyShardedDataParallelPlugin(
        fsdp_version=2, auto_wrap_policy="transformer_based_wrap", reshard_after_forward=True
    )
    assert runtime.is_sharded
    return runtime


def zero(runtime: Runtime) -> Runtime:
    """The same for `accelerate launch --use_deepspeed --zero_stage 2`."""
    communication = importlib.import_module("deepspeed.comm.torch")
    communication.build_shm_op = lambda: None  # a minute of compiling, for processes on one CPU
    state = runtime.accelerator.state
    state.distributed_type = PartialState._shared_state["distributed_type"] = DistributedType.DEEPSPEED
    state.deepspeed_plugins = DeepSpeedPlugin(zero_stage=2)
    state.deepspeed_plugins.select(_from_accelerator_state=True)
    assert runtime.has_zero
    return runtime


def main(folder: Path, kind: str, case: str) -> None:
    runtime = Runtime(torch.device("cpu"))
    if kind == "fsdp2":
        sharded(runtime)
    if kind == "zero":
        zero(runtime)
    if case in RUNS:
        name, updates = RUNS[case]
        weights, figures = one_run(folder / name, runtime, updates)
    else:
        weights, figures = one_update(LORA if case == "lora" else CASES[case], runtime)
    everybodys = runtime.gather([weights])
    if runtime.is_main:
        torch.save(everybodys, folder / f"{case}.pt")
        (folder / f"{case}.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[3:]:
        main(Path(sys.argv[1]), sys.argv[2], each)
