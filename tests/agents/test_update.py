"""A whole update, its steps and minibatches included, is that of a loop over episodes and tokens in plain torch."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace

import pytest
import torch

from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.experience import Reference, make_experience
from reasoning_gym_ccrl.agents.optimizers import Muon
from reasoning_gym_ccrl.agents.update import Learner, minibatches
from reasoning_gym_ccrl.rewards import make_reward

from .models import gpt2, llama, token_episode
from .oracle import VOCABULARY, Oracle, groups_of


class _Tokenizer:
    pad_token_id = eos_token_id = 1


RATE = 0.05
PPO = TrainConfig(
    algorithm="ppo",
    epochs=2,
    minibatches=1,
    value_trunk="shared",
    gae_lambda=0.8,
    discount=0.95,
    temperature=0.7,
    confidence_credit="return",
    max_grad_norm=1e9,
    learning_rate=RATE,
    warmup_updates=0,
    max_new_tokens=10,
)
GRPO = replace(PPO, algorithm="reinforce++", advantage="batch")

# Settings, and others under which the update must be another one.
CASES = {
    "ppo": (PPO, {"gae_lambda": 0.7}),
    "an own trunk": (replace(PPO, value_trunk="own"), {"value_coefficient": 1.0}),
    "discount": (PPO, {"discount": 0.9}),
    "the value's clip": (replace(PPO, value_clip=0.01), {"value_clip": None}),
    "no clip of the value": (replace(PPO, value_clip=None), {"value_clip": 0.01}),
    "advantages as they are": (replace(PPO, scale="none"), {"scale": "std"}),
    "paid at the end": (replace(PPO, credit="episode"), {"credit": "step"}),
    "entropy": (replace(PPO, entropy_coefficient=0.1), {"entropy_coefficient": 0.0}),
    "k3 in the loss": (
        replace(PPO, kl_coefficient=0.3, kl_in="loss", kl_estimator="k3"),
        {"kl_estimator": "k2"},
    ),
    "k1 in the reward": (replace(PPO, kl_coefficient=0.3), {"kl_coefficient": 0.1}),
    "a clip that is higher above": (replace(PPO, epsilon_high=1.5), {"epsilon_high": 0.2}),
    "a second clip": (replace(PPO, two_sided_clip=1.5), {"two_sided_clip": None}),
    "by episode": (replace(PPO, loss_aggregation="episode"), {"loss_aggregation": "token"}),
    "by a constant": (replace(PPO, loss_aggregation="constant"), {"loss_aggregation": "token"}),
    "two minibatches": (replace(PPO, minibatches=2), {"minibatches": 1}),
    "a small norm": (replace(PPO, max_grad_norm=0.05), {"max_grad_norm": 1e9}),
    "tokens' importance, truncated": (
        replace(PPO, importance_correction="token_truncate", importance_cap=1.2),
        {"importance_cap": 2.0},
    ),
    "tokens' importance, masked": (
        replace(PPO, importance_correction="token_mask", importance_cap=1.5),
        {"importance_correction": "token_truncate"},
    ),
    "episodes' importance, truncated": (
        replace(PPO, importance_correction="sequence_truncate", importance_cap=1.5),
        {"importance_correction": "none"},
    ),
    "no critic": (GRPO, {"scale": "none"}),
    "cispo": (replace(GRPO, policy_loss="cispo", epsilon_high=0.5), {"epsilon_high": 4.0}),
    "leave one out": (
        replace(GRPO, advantage="leave_one_out", credit="episode", scale="none", kl_coefficient=0.3),
        {"kl_coefficient": 0.0},
    ),
    "reinforce": (replace(GRPO, policy_loss="reinforce", epochs=1), {"policy_loss": "clip"}),
}


def learner_of(config, make=llama):
    """A learner in double precision, rounding out of the way, with a value head that has something to say."""
    model = make(VOCABULARY).double()
    learner = Learner(model, config, 1)
    if learner.value is not None:
        torch.manual_seed(3)
        torch.nn.init.normal_(learner.value.head.weight, std=0.3)
    learner.optimizer = torch.optim.SGD(learner.scorer.parameters(), lr=RATE)
    return learner


def oracle_of(learner, config, reference):
    head, trunk = (None, None) if learner.value is None else (learner.value.head, learner.value.trunk)
    policy = learner.scorer.policy
    episodes = [episode for group in groups_of(policy, config.temperature) for episode in group]
    return Oracle(policy, head, trunk, episodes, config, reference)


def nearby(model):
    """A reference not far from the policy."""
    other = copy.deepcopy(model)
    torch.manual_seed(4)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return other


def flat(parameters):
    return torch.cat([parameter.detach().double().flatten() for parameter in parameters])


def by_hand(learner, config, reference):
    """How far the oracle moves from where the learner stands, and its steps' losses and norms."""
    oracle = oracle_of(learner, config, reference)
    before, shown = flat(oracle.parameters()), []
    for epoch in range(config.epochs):
        for numbers in minibatches(oracle.episodes, config, 0, epoch):
            shown.append(oracle.step(numbers, RATE))
    return flat(oracle.parameters()) - before, shown


@pytest.mark.parametrize("name", CASES)
def test_an_update_is_that_of_a_loop_over_episodes_and_tokens(name):
    config, wrong = CASES[name]
    learner = learner_of(config)
    reference = nearby(learner.scorer.policy)
    expected, shown = by_hand(learner, config, reference)
    control, _ = by_hand(learner, replace(config, **wrong), reference)
    value = learner.value
    own = [part for part in (learner.scorer.policy, value and value.head, value and value.trunk) if part is not None]
    parameters = [parameter for part in own for parameter in part.parameters()]
    before = flat(parameters)
    held = Reference(reference) if config.kl_coefficient else None
    groups = groups_of(learner.scorer.policy, config.temperature)
    experience = make_experience(
        groups, config, make_reward("ccrl"), learner.scorer, held, _Tokenizer(), learner.runtime
    )
    figures = learner.learn(experience, 0)
    moved = flat(parameters) - before
    assert (moved - expected).norm() < 3e-5 * expected.norm()
    assert (moved - control).norm() > 1e-2 * expected.norm()
    assert figures["loss"] == pytest.approx(sum(loss for loss, _ in shown) / len(shown), rel=1e-4)
    assert figures["grad_norm"] == pytest.approx(sum(norm for _, norm in shown) / len(shown), rel=1e-4)


# -- what has no part in the gradient, and what has -------------------------------------------------------------------


def experience_of(learner, config, groups=None, reference=None):
    groups = groups or groups_of(learner.scorer.policy, config.temperature)
    held = None if reference is None else Reference(reference)
    return make_experience(groups, config, make_reward("ccrl"), learner.scorer, held, _Tokenizer(), learner.runtime)


def moved_by(config, groups=None, make=llama):
    """How far an update moves the policy, and the value head with its trunk."""
    learner = learner_of(config, make)
    parts = [list(learner.scorer.policy.parameters()), list(learner.value.parameters())]
    before = [flat(part) for part in parts]
    learner.learn(experience_of(learner, config, groups), 0)
    return [flat(part) - old for part, old in zip(parts, before, strict=True)]


def test_the_value_loss_reaches_a_shared_trunk_and_never_the_policy_beside_an_own_one():
    """Values enter the advantages as numbers: the policy's gradient is the same whatever the value loss weighs."""
    for trunk, is_shared in (("shared", True), ("own", False)):
        config = replace(PPO, value_trunk=trunk, epochs=1)
        (policy, value), (heavy, heavy_value) = moved_by(config), moved_by(replace(config, value_coefficient=2.0))
        assert torch.equal(policy, heavy) is not is_shared
        torch.testing.assert_close(heavy_value, 4 * value, rtol=1e-4, atol=1e-6)
        assert value.abs().max() > 1e-3
        assert policy.abs().max() > 1e-3


def test_while_the_value_head_warms_up_the_policy_stays():
    config = replace(PPO, value_warmup_updates=1)
    for trunk in ("shared", "own"):
        policy, value = moved_by(replace(config, value_trunk=trunk))
        assert not policy.any()
        assert value.abs().max() > 1e-3
    learner = learner_of(config)
    before = flat(learner.scorer.policy.parameters())
    learner.learn(experience_of(learner, config), 1)
    assert not torch.equal(flat(learner.scorer.policy.parameters()), before)


def test_the_value_head_starts_at_zero_and_its_first_advantages_are_the_returns():
    config = replace(PPO, scale="none", discount=1.0, gae_lambda=1.0)
    learner = Learner(llama(VOCABULARY), config, 1)
    assert not any(parameter.any() for parameter in learner.value.head.parameters())
    experience = experience_of(learner, config)
    assert not any(map(any, experience.extra["values"]))
    # Two steps of 3 and 2 tokens, paid 0.5 and 1: what is still to come.
    assert experience.advantages[0] == [0.0] * 3 + [1.5] * 3 + [1.0] * 2
    assert experience.extra["returns"] == experience.advantages


def test_an_update_in_which_every_episode_was_cut_off_teaches_nothing_and_breaks_nothing():
    for config in (replace(PPO, minibatches=2), replace(PPO, advantage="batch")):
        config = replace(config, mask_truncated=True)
        learner = learner_of(config)
        learner.optimizer = torch.optim.AdamW(learner.scorer.parameters(), lr=0.1)
        groups = [
            [replace(episode, truncated=True, terminated=False) for episode in group]
            for group in groups_of(learner.scorer.policy, config.temperature)
        ]
        before = flat(learner.scorer.parameters())
        figures = learner.learn(experience_of(learner, config, groups), 0)
        assert figures["loss"] == figures["grad_norm"] == figures["entropy"] == 0.0
        assert torch.equal(flat(learner.scorer.parameters()), before)
        assert not learner.optimizer.state
        # The negative control: one that ended is learned from, and only that one.
        groups[0][0] = replace(groups[0][0], truncated=False, terminated=True)
        assert learner.learn(experience_of(learner, config, groups), 0)["grad_norm"] > 0
        assert not torch.equal(flat(learner.scorer.parameters()), before)


# -- minibatches ------------------------------------------------------------------------------------------------------


def many_episodes(lengths, attempts=4):
    return [
        token_episode([2 + index // attempts, 3], list(range(2, 2 + length))) for index, length in enumerate(lengths)
    ]


def test_minibatches_hold_every_episode_once_an_epoch_in_parts_of_as_many_tokens():
    lengths = [1 + (7 * k) % 19 for k in range(48)]
    episodes, config = many_episodes(lengths), replace(PPO, minibatches=4)
    plans = [minibatches(episodes, config, update, epoch) for update in range(3) for epoch in range(2)]
    for parts in plans:
        assert len(parts) == 4
        assert Counter(index for part in parts for index in part) == Counter(range(48))
        sizes = [sum(lengths[index] for index in part) for part in parts]
        assert max(sizes) - min(sizes) <= 2 * max(lengths)
        # The attempts at a problem are together, but where a part ends.
        assert sum(len({index // 4 for index in part}) for part in parts) <= 12 + 3
    assert len({str(parts) for parts in plans}) == len(plans), "each epoch shuffles anew"
    assert minibatches(episodes, config, 0, 0) == plans[0]
    assert minibatches(episodes, config, 0, 0, rank=1) != plans[0]


def test_few_episodes_leave_minibatches_empty_and_those_change_nothing():
    episodes = many_episodes([3, 1], attempts=2)
    assert sorted(map(len, minibatches(episodes, replace(PPO, minibatches=4), 0, 0))) == [0, 0, 1, 1]


def test_all_steps_of_an_update_are_made_and_figures_are_their_means():
    config = replace(PPO, epochs=3, minibatches=2)
    learner, steps = learner_of(config), []
    step = learner.optimizer.step
    learner.optimizer.step = lambda: (steps.append(1), step())[1]
    figures = learner.learn(experience_of(learner, config), 0)
    assert len(steps) == 6 == config.steps_per_update
    assert figures["ratio_max"] > 1.0
    assert {"value_loss", "explained_variance"} - set(figures) == {"explained_variance"}


# -- models and optimisers --------------------------------------------------------------------------------------------


def test_a_model_left_in_training_mode_has_no_dropout_in_its_values_either():
    for trunk in ("shared", "own"):
        config = replace(PPO, value_trunk=trunk)
        model = gpt2(VOCABULARY)
        model.train()
        learner = Learner(model, config, 1)
        torch.nn.init.normal_(learner.value.head.weight)
        groups = groups_of(model.train(), config.temperature)
        first = experience_of(learner, config, groups)
        model.train()
        again = experience_of(learner, config, groups)
        assert first.extra["values"] == again.extra["values"]


def test_muon_takes_the_matrices_inside_the_layers_and_nothing_else():
    for make in (llama, gpt2):
        model = make(VOCABULARY)
        learner = Learner(model, replace(PPO, optimizer="muon"), 1)
        taken = {id(p) for p in muon_parameters(learner.optimizer)}
        outer = [*model.get_input_embeddings().parameters(), *model.get_output_embeddings().parameters()]
        outer += learner.value.parameters()
        tables = [module.weight for module in model.modules() if isinstance(module, torch.nn.Embedding)]
        assert taken == {id(p) for p in model.parameters() if p.ndim == 2} - set(map(id, [*outer, *tables]))


def muon_parameters(pair):
    (muon,) = [each for each in pair.parts if isinstance(each, Muon)]
    return [parameter for group in muon.param_groups for parameter in group["params"]]


def test_an_episode_may_fill_the_models_context():
    """The value after its last token is read although no further token would fit."""
    model = gpt2(VOCABULARY)
    room = model.config.n_positions - 4
    full = token_episode([2, 3, 4, 5], [2 + k % 20 for k in range(room)])
    full = replace(full, truncated=True, terminated=False)
    for share in (True, False):
        config = replace(PPO, share_prompts=share)
        learner = Learner(model, config, 1)
        torch.nn.init.normal_(learner.value.head.weight)
        experience = experience_of(learner, config, [[full, full]])
        state = model(input_ids=torch.tensor([full.token_ids]), output_hidden_states=True).hidden_states[-1][0, -1]
        after = float(learner.value.head(state).detach())
        last = config.discount * after  # nothing is paid, so the last token's target is what is expected after it
        assert experience.extra["returns"][0][-1] == pytest.approx(last, rel=1e-4)
