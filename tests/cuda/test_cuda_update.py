"""An update on CUDA is the update that the CPU makes; and a run there trains, is saved, and goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.experience import Reference, make_experience
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_tokenizer
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.agents.update import Learner
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.seeding import python_random

from ..agents.bandit import ANSWERS, STATED, Lottery, bandit_agent, next_probabilities
from ..agents.models import gpt2, llama, small
from ..agents.two_processes import uneven_groups

UPDATE = TrainConfig(
    max_grad_norm=1e9, confidence_credit="return", learning_rate=1.0, warmup_updates=0, kl_coefficient=0.05
)
CASES = {
    "grpo": UPDATE,
    "dapo": replace(UPDATE, scale="std", epsilon_high=0.28, entropy_coefficient=0.01, tokens_per_micro_batch=14),
    "gspo": replace(UPDATE, policy_loss="gspo", loss_aggregation="episode", scale="std"),
    "ppo": replace(UPDATE, advantage="gae", scale="std", kl_in="reward", kl_estimator="k1", tokens_per_micro_batch=20),
    "ppo, own trunk": replace(
        UPDATE, advantage="gae", scale="std", kl_in="reward", kl_estimator="k1", value_trunk="own"
    ),
    "checkpointing": replace(UPDATE, gradient_checkpointing=True),
}


class _Tokenizer:
    pad_token_id = eos_token_id = 1


def one_update(make, config, device, dtype=torch.float32):
    """The update's gradient, read off a step of plain gradient descent, and its figures."""
    model = make(30).to(device, dtype)
    learner = Learner(model, config, 1)
    if learner.value is not None:
        learner.value.head.weight.data.copy_(torch.linspace(-1, 1, 32)[None])
    before = torch.cat([p.detach().flatten() for p in learner.scorer.parameters()])
    learner.optimizer = torch.optim.SGD(learner.wrapped.parameters(), lr=1.0)
    reference = Reference(make(30, seed=1).to(device, dtype))
    experience = make_experience(
        uneven_groups(), config, make_reward("ccrl"), learner.scorer, reference, _Tokenizer(), learner.runtime
    )
    figures = learner.learn(experience, 0) | experience.figures
    after = torch.cat([p.detach().flatten() for p in learner.scorer.parameters()])
    return (before - after).double().cpu(), figures


def distance(one, other):
    return ((one - other).norm() / one.norm()).item()


@pytest.mark.parametrize("make", [llama, gpt2])
@pytest.mark.parametrize("case", list(CASES))
def test_an_updates_gradient_is_that_of_the_cpu(device, case, make):
    config = CASES[case]
    expected, figures = one_update(make, config, torch.device("cpu"))
    found, reported = one_update(make, config, device)
    assert distance(expected, found) < 1e-3
    for name, value in figures.items():
        assert reported[name] == pytest.approx(value, rel=1e-3, abs=1e-4), name
    # The negative control: another denominator.
    assert distance(expected, one_update(make, replace(config, loss_aggregation="constant"), device)[0]) > 1e-2


@pytest.mark.parametrize("case", ["grpo", "ppo"])
def test_mixed_precision_points_the_same_way(device, case):
    """Products in bfloat16 change a gradient, not its direction; the log-probabilities' sums stay in float32."""
    expected, _ = one_update(llama, CASES[case], torch.device("cpu"))
    found, _ = one_update(llama, replace(CASES[case], precision="bfloat16"), device)
    assert torch.nn.functional.cosine_similarity(expected, found, dim=0) > 0.99
    assert distance(expected, found) > 1e-6  # it was not silently in float32


def on(device, agent):
    """The agent, moved there."""
    return LLMAgent(agent.model.to(device), agent.tokenizer)


@pytest.mark.parametrize("algorithm", ["grpo", "ppo"])
def test_a_bandit_is_solved(device, algorithm):
    agent = on(device, bandit_agent(0, ANSWERS))
    config = TrainConfig(
        algorithm=algorithm,
        updates=40 if algorithm == "grpo" else 20,
        problems_per_update=4,
        group_size=8,
        learning_rate=1e-2,
        warmup_updates=1,
        max_new_tokens=1,
    )
    train(agent, Lottery(p_one=0.0), config, "outcome")
    agent.model.cpu()
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] > 0.9


def test_confidences_are_credited_and_a_run_goes_on_from_its_checkpoint(device, tmp_path):
    """Its weights are those of a run in one piece, to the rounding of sums whose order CUDA does not promise."""
    config = TrainConfig(
        algorithm="ppo", updates=4, problems_per_update=2, group_size=4, learning_rate=1e-3, max_new_tokens=3
    )

    def run(updates, folder):
        agent = on(device, bandit_agent(0, (*ANSWERS, *STATED)))
        train(agent, Lottery(0.5), replace(config, updates=updates), "ccrl", folder=folder)
        return torch.cat([p.detach().flatten() for p in agent.model.parameters()]).cpu()

    run(2, tmp_path / "checkpoint")
    resumed, whole = run(4, tmp_path / "checkpoint"), run(4, tmp_path / "whole")
    start = torch.cat([p.detach().flatten() for p in bandit_agent(0, (*ANSWERS, *STATED)).model.parameters()])
    assert (resumed - whole).norm() < 1e-2 * (whole - start).norm()


def test_a_model_learns_to_write_arithmetic_there(device):
    """Fine-tuning, in the precision that it takes by itself, lowers the loss as it does anywhere."""
    from reasoning_gym_ccrl.agents.base_corpus import corpus

    tokenizer = build_tokenizer()
    model = small(tokenizer).to(device)
    rng, seen = python_random(0, "test", "cuda"), []
    fine_tune(
        model,
        tokenizer,
        corpus(make_source("arithmetic"), rng),
        SFTConfig(updates=12, batch_size=16, warmup_updates=1, learning_rate=4e-3, optimizer="muon"),
        rng,
        on_update=lambda update, figures: seen.append(figures["loss"]),
    )
    assert seen[-1] < 0.9 * seen[0]
