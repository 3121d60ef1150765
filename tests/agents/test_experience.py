"""What an update learns from: the reference, dynamic sampling, and all that a resumed run must have again."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from reasoning_gym_ccrl.agents import trainer
from reasoning_gym_ccrl.agents.checkpoint import earlier_checkpoints, read_tensors
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.credit import overlong_fine
from reasoning_gym_ccrl.agents.experience import Reference, make_experience, score_episodes
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.agents.update import Learner
from reasoning_gym_ccrl.errors import InvalidOption
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.types import Problem, Reward

from .bandit import ANSWERS, PPO, STATED, Lottery, bandit_agent
from .models import gpt2, llama
from .oracle import VOCABULARY, groups_of


class _Tokenizer:
    pad_token_id = eos_token_id = 1


class Killed(BaseException):
    """What no code under test may catch."""


def flat(module):
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


# -- the reference ----------------------------------------------------------------------------------------------------


def with_lora(vocabulary):
    pytest.importorskip("peft")
    from reasoning_gym_ccrl.agents.adapters import with_adapter

    torch.manual_seed(5)
    return with_adapter(llama(vocabulary), {"r": 2, "lora_alpha": 4})


def kl_at_the_start(model, reference_of=None):
    """The divergence that an update reports before anything was learned."""
    config = TrainConfig(kl_coefficient=0.1, confidence_credit="return", temperature=0.7)
    learner = Learner(model, config, 1)
    reference = Reference(reference_of or model)
    groups = groups_of(model, config.temperature)
    given = (groups, config, make_reward("ccrl"), learner.scorer, reference, _Tokenizer(), learner.runtime)
    return learner.learn(make_experience(*given), 0)["kl"]


@pytest.mark.parametrize("make", [llama, gpt2, with_lora])
def test_the_reference_is_the_model_in_memory_also_where_that_was_changed_since_it_was_loaded(make, tmp_path):
    model = make(VOCABULARY)
    before = make(VOCABULARY)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" not in name:
                parameter.mul_(1.1)
    assert kl_at_the_start(model) == pytest.approx(0.0, abs=1e-7)
    # The negative control: as it came from where it was loaded, it is another one.
    if make is not with_lora:
        model = make(VOCABULARY)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1.1)
        assert kl_at_the_start(model, reference_of=before) > 1e-3


def test_the_reference_of_an_adapter_is_the_base_and_does_not_move_with_it():
    model = with_lora(VOCABULARY)
    config = TrainConfig(kl_coefficient=0.1)
    learner = Learner(model, config, 1)
    reference = Reference(model)
    episodes = [episode for group in groups_of(model, 1.0) for episode in group]
    with reference.scorer(learner.scorer) as frozen:
        first = score_episodes(frozen, episodes, config, 1, learner.runtime)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter)
    with reference.scorer(learner.scorer) as frozen:
        assert score_episodes(frozen, episodes, config, 1, learner.runtime) == first
    assert score_episodes(learner.scorer, episodes, config, 1, learner.runtime) != first, (
        "outside, the adapter is at work again"
    )


def test_a_resumed_run_has_the_reference_that_it_began_with(tmp_path):
    config = replace(PPO, kl_coefficient=0.3, updates=4)
    unbroken, rows = Run(config), {}
    with pytest.raises(Killed):
        Run(config, tmp_path / "run", kill_after=2)
    resumed = Run(config, tmp_path / "run", rows=rows)
    assert torch.equal(resumed.weights, unbroken.weights)
    assert set(rows) == {2, 3}
    assert abs(rows[2]["kl"]) > 1e-5


# -- dynamic sampling -------------------------------------------------------------------------------------------------


class Run:
    """A run of the bandit, killed in the middle of an update where asked."""

    def __init__(self, config, folder=None, kill_after=None, rows=None, reward="ccrl", problems=None, held_out=()):
        agent = bandit_agent(0, (*ANSWERS, *STATED))
        seen = {} if rows is None else rows

        def on_update(update, figures, episodes):
            if update == kill_after:
                raise Killed
            seen[update] = figures | {"n": len(episodes)}
            self.episodes = episodes

        train(agent, problems or Lottery(0.5), config, reward, folder=folder, on_update=on_update, held_out=held_out)
        self.weights = flat(agent.model)


DYNAMIC = TrainConfig(
    algorithm="dapo",
    updates=1,
    problems_per_update=4,
    group_size=4,
    learning_rate=1e-2,
    max_new_tokens=2,
    overlong_buffer=0.0,
    dynamic_sampling_rounds=6,
)


class Mixed:
    """Every other problem pays the same whatever is answered."""

    def __init__(self):
        self.drawn = 0

    def sample(self, rng):
        self.drawn += 1
        return Problem(f"{'flat' if self.drawn % 2 else 'open'}:{self.drawn}", "Q?", "1")


def coin_flips(context):
    """Alternates between 0 and 1 where a problem is open."""
    coin_flips.calls += 1
    return 0.0 if context.problem.id.startswith("flat") else float(coin_flips.calls % 2)


def test_groups_with_nothing_to_compare_are_sampled_anew_from_other_problems():
    rows, problems = {}, Mixed()
    coin_flips.calls = 0
    run = Run(DYNAMIC, rows=rows, problems=problems, reward=coin_flips)
    assert rows[0]["n"] == 16, "it is filled up again"
    assert not any(episode.problem.id.startswith("flat") for episode in run.episodes)
    assert rows[0]["sampling_rounds"] > 1
    assert problems.drawn == 4 * rows[0]["sampling_rounds"]
    assert 0 < rows[0]["informative"] < 1
    # The negative control: without, they are among what is learned from.
    coin_flips.calls = 0
    run = Run(replace(DYNAMIC, dynamic_sampling=False), rows=rows, problems=Mixed(), reward=coin_flips)
    assert any(episode.problem.id.startswith("flat") for episode in run.episodes)
    assert "sampling_rounds" not in rows[0]


def test_dynamic_sampling_stops_at_its_limit_and_then_learns_nothing():
    rows, problems = {}, Mixed()
    before = flat(bandit_agent(0, (*ANSWERS, *STATED)).model)
    config = replace(DYNAMIC, dynamic_sampling_rounds=3, confidence_credit="return")
    run = Run(config, rows=rows, problems=problems, reward=lambda context: 0.0)
    assert problems.drawn == 12
    assert rows[0]["sampling_rounds"] == 3
    assert rows[0]["informative"] == 0.0
    assert rows[0]["n"] == 4, "one group keeps the process in step"
    assert torch.equal(run.weights, before)


def test_a_fine_for_length_makes_a_group_worth_comparing_and_lies_within_its_bounds():
    config = replace(DYNAMIC, overlong_buffer=0.5, max_new_tokens=10)
    episodes = [episode for group in groups_of(llama(VOCABULARY), 1.0) for episode in group]
    assert [overlong_fine(episode, config) for episode in episodes] == [0.0, 0.0, pytest.approx(-0.4), 0.0]


# -- a resumed run has again what it had ------------------------------------------------------------------------------


def lucky(context):
    drawn = random.random() + float(np.random.random()) + float(torch.rand(()))  # noqa: NPY002
    return Reward(drawn, {"drawn": drawn})


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


@pytest.fixture
def generators():
    """Global generators as they were, after a test that seeds them."""
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    yield
    random.setstate(kept[0])
    np.random.set_state(kept[1])  # noqa: NPY002
    torch.set_rng_state(kept[2])


@pytest.mark.parametrize("kill_after", [1, 4])
def test_a_reward_that_draws_from_global_generators_is_paid_the_same_after_a_kill(tmp_path, generators, kill_after):
    def run(folder, kill=None, seed=0):
        agent = bandit_agent(0, (*ANSWERS, *STATED))
        seed_all(seed)

        def on_update(update, figures, episodes):
            if update == kill:
                raise Killed

        train(agent, Lottery(0.5), PPO, lucky, folder=folder, on_update=on_update)
        return flat(agent.model)

    unbroken = run(tmp_path / "a" / "run")
    with pytest.raises(Killed):
        run(tmp_path / "b" / "run", kill=kill_after)
    assert torch.equal(run(tmp_path / "b" / "run", seed=99), unbroken)
    assert not torch.equal(run(None, seed=99), unbroken), "the negative control"
    one, other = (read_tensors(tmp_path / each / "run" / "generators.pt") for each in "ab")
    assert str(one) == str(other)


@pytest.mark.parametrize("lost", ["value.pt", "optimizer.pt"])
def test_value_head_and_moments_come_back_to_the_bit_and_without_them_it_is_another_run(tmp_path, monkeypatch, lost):
    unbroken = Run(PPO, tmp_path / "a" / "run")
    for name in ("b", "c"):
        with pytest.raises(Killed):
            Run(PPO, tmp_path / name / "run", kill_after=3)
    resumed = Run(PPO, tmp_path / "b" / "run")
    assert torch.equal(resumed.weights, unbroken.weights)
    one, other = (read_tensors(tmp_path / each / "run" / "value.pt") for each in "ab")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert any(each.any() for each in one.values())
    # The negative control: their beginning in their place.
    held = read_tensors(tmp_path / "c" / "run" / lost)
    if lost == "value.pt":
        held = {key: torch.zeros_like(each) for key, each in held.items()}
    else:
        held["state"] = {}
    torch.save(held, tmp_path / "c" / "run" / lost)
    assert not torch.equal(Run(PPO, tmp_path / "c" / "run").weights, unbroken.weights)


def test_so_many_earlier_checkpoints_stay_and_a_run_can_go_on_from_each(tmp_path):
    for keep in (0, 2):
        folder = tmp_path / str(keep) / "run"
        Run(replace(PPO, keep_checkpoints=keep), folder)
        kept = [path.name for path in earlier_checkpoints(folder)]
        assert kept == ["run-000003", "run-000004"][:keep]
        assert sorted(path.name for path in folder.parent.iterdir()) == ["run", *kept]
    whole = Run(replace(PPO, keep_checkpoints=2))
    assert torch.equal(Run(replace(PPO, keep_checkpoints=2), tmp_path / "2" / "run-000003").weights, whole.weights)


def test_a_checkpoint_of_another_number_of_processes_is_refused(tmp_path):
    folder = tmp_path / "run"
    Run(replace(PPO, updates=1), folder)
    generators = read_tensors(folder / "generators.pt")
    assert len(generators) == 1
    torch.save(generators * 2, folder / "generators.pt")
    with pytest.raises(InvalidOption, match=r"as many processes as it began with.*is of 2, and these are 1"):
        Run(PPO, folder)


# -- measured on the way ----------------------------------------------------------------------------------------------


def scripted(monkeypatch, accuracies):
    """Held-out figures as told, one after the other."""
    real, rest = trainer.summarise, iter(accuracies)

    def summarise(episodes, seconds):
        figures = real(episodes, seconds=seconds)
        return figures | {"accuracy": next(rest)} if seconds == 0.0 else figures

    monkeypatch.setattr(trainer, "summarise", summarise)


def saved_at(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_best_weights_on_held_out_problems_are_kept_also_over_a_kill(tmp_path, monkeypatch):
    held_out = [Problem(f"held out:{k}", "Q?", "1") for k in range(4)]
    config = replace(PPO, eval_every=1, keep_checkpoints=9)
    for name, kill_after in (("whole", None), ("killed", 3)):
        folder, rows = tmp_path / name / "run", {}
        with monkeypatch.context() as patch:
            scripted(patch, [0.2, 0.6, 0.6, 0.5, 0.4])
            if kill_after is None:
                Run(config, folder, rows=rows, held_out=held_out)
            else:
                with pytest.raises(Killed):
                    Run(config, folder, kill_after=kill_after, rows=rows, held_out=held_out)
        if kill_after is not None:
            with monkeypatch.context() as patch:
                scripted(patch, [0.5, 0.4])  # less than before it was killed: the best stays
                Run(config, folder, rows=rows, held_out=held_out)
        assert [rows[update]["eval/accuracy"] for update in range(5)] == [0.2, 0.6, 0.6, 0.5, 0.4]
        best = saved_at(folder.parent / "best")
        assert same(best, saved_at(folder.with_name("run-000002"))), "the first of two that are equal"
        assert not same(best, saved_at(folder))
        assert json.loads((folder / "state.json").read_text())["best"] == 0.6


def test_held_out_figures_are_told_when_they_are_due_and_take_no_part_in_the_run(tmp_path):
    held_out, rows = [Problem(f"held out:{k}", "Q?", "1") for k in range(4)], {}
    measured = Run(replace(PPO, eval_every=2), tmp_path / "run", rows=rows, held_out=held_out)
    told = [update for update, row in rows.items() if "eval/accuracy" in row]
    assert told == [1, 3]
    assert {"eval/accuracy", "eval/reward_mean", "eval/overconfident_error_rate"} <= set(rows[1])
    assert all(0 <= rows[update]["eval/accuracy"] <= 1 for update in told)
    assert torch.equal(measured.weights, Run(PPO).weights)
