"""Payments of steps become advantages of tokens: where they lie, what they are against, what a budget's end means."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from reasoning_gym_ccrl.agents import credit
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.types import Judgement, Reward, Step, StepRecord, Verdict

from .models import token_episode

PPO = TrainConfig(algorithm="ppo", discount=0.9, gae_lambda=0.5)


def record(paid, span):
    return StepRecord(Step("step", "x"), Judgement(Verdict.UNCHECKED), Reward(paid, {"paid": paid}), span)


def episode_of(payments, lengths=None, prompt=2, truncated=False):
    """An episode whose steps are paid these amounts, each step of so many tokens."""
    lengths = lengths or [2] * len(payments)
    records, first = [], prompt
    for paid, length in zip(payments, lengths, strict=True):
        records.append(record(paid, (first, first + length)))
        first += length
    made = token_episode([5] * prompt, [7] * (first - prompt), None, records)
    return replace(made, truncated=truncated, terminated=not truncated)


def talked():
    """Two steps of two tokens, and two tokens of the environment's in between: A A O O A A."""
    made = episode_of([0.5, 1.0], [2, 2])
    ids, mask = made.token_ids, made.response_mask
    return replace(
        made,
        token_ids=(*ids[:4], 9, 9, *ids[4:]),
        response_mask=(*mask[:4], False, False, *mask[4:]),
        sampler_logprobs=(0.0,) * 8,
        records=(made.records[0], replace(made.records[1], span=(6, 8))),
    )


def test_a_steps_payment_is_on_its_last_token():
    free = [0.0] * 7
    episode = episode_of([1.0, -0.5], [2, 3])
    assert credit.token_rewards(episode, PPO, free) == [0, 1.0, 0, 0, -0.5]
    assert credit.token_rewards(episode, replace(PPO, credit="episode"), free) == [0, 0, 0, 0, 0.5]
    # What each token pays for its divergence is its own; the prompt's numbers are not looked at.
    kl = [9.0, 9.0, -0.1, -0.2, -0.3, -0.4, -0.5]
    assert credit.token_rewards(episode, PPO, kl) == [-0.1, 0.8, -0.3, -0.4, -1.0]


def test_what_the_environment_said_has_no_reward_and_no_place():
    assert credit.token_rewards(talked(), PPO, [0.0] * 8) == [0, 0.5, 0, 1.0]
    # A step that ends in the environment's words is paid on the last token that was sampled of it.
    late = replace(talked(), records=(record(0.5, (2, 6)), record(1.0, (6, 8))))
    assert credit.token_rewards(late, PPO, [0.0] * 8) == [0, 0.5, 0, 1.0]


def by_hand(rewards, values, bootstrap, gamma=0.9, lam=0.5):
    """The definition: the sum of (gamma lambda)^k times the temporal differences from each token on."""
    following = [*values[1:], bootstrap]
    deltas = [r + gamma * after - v for r, after, v in zip(rewards, following, values, strict=True)]
    return [sum((gamma * lam) ** (k - t) * deltas[k] for k in range(t, len(deltas))) for t in range(len(deltas))]


@pytest.mark.parametrize("truncated", [False, True])
def test_values_go_on_where_a_budget_ended_and_nowhere_else(truncated):
    episode = episode_of([1.0, 0.5], truncated=truncated)
    values = [[0.0, 0.0, 0.1, 0.2, 0.3, 0.4]]
    rows, targets = credit.value_advantages([episode], [[0.0] * 6], values, [10.0], PPO)
    expected = by_hand([0, 1.0, 0, 0.5], values[0][2:], 10.0 if truncated else 0.0)
    other = by_hand([0, 1.0, 0, 0.5], values[0][2:], 0.0 if truncated else 10.0)
    assert rows[0] == pytest.approx([0, 0, *expected])
    assert targets[0] == pytest.approx([0, 0, *(a + v for a, v in zip(expected, values[0][2:], strict=True))])
    assert rows[0] != pytest.approx([0, 0, *other], abs=0.1)


def test_values_at_the_environments_words_are_not_looked_at():
    values = [[0.0, 0.0, 0.1, 0.2, 77.0, -77.0, 0.3, 0.4]]
    rows, _ = credit.value_advantages([talked()], [[0.0] * 8], values, [0.0], PPO)
    expected = by_hand([0, 0.5, 0, 1.0], [0.1, 0.2, 0.3, 0.4], 0.0)
    assert rows[0] == pytest.approx([0, 0, *expected[:2], 0, 0, *expected[2:]])


def test_returns_without_a_baseline():
    config = TrainConfig(algorithm="reinforce++", discount=0.5)
    rows = credit.return_advantages([episode_of([1.0, 0.5])], [[0.0] * 6], config)
    assert rows == [[0, 0, 0.5 * (1 + 0.25 * 0.5), 1 + 0.25 * 0.5, 0.25, 0.5]]


def test_leaving_oneself_out_is_the_mean_stretched():
    """r - mean of the others = n / (n - 1) (r - mean): for a whole episode, and at every step."""
    group = [episode_of([1.0, 0.0]), episode_of([0.0, 0.5]), episode_of([0.25, 0.25])]
    for how in ("step", "episode"):
        ours = credit.group_token_advantages(group, TrainConfig(credit=how))
        others = credit.group_token_advantages(group, TrainConfig(algorithm="rloo", credit=how))
        for one, other in zip(ours, others, strict=True):
            assert other == pytest.approx([1.5 * value for value in one])
        assert any(abs(value) > 0.1 for row in ours for value in row)


def test_the_divergence_of_a_whole_episode_is_paid_with_it():
    group = [episode_of([1.0]), episode_of([1.0])]
    config = TrainConfig(algorithm="rloo", credit="episode", kl_coefficient=0.1)
    rows = credit.group_advantages([group], [[0, 0, -0.1, -0.1], [0, 0, 0.0, 0.0]], config)
    assert rows[0] == pytest.approx([0, 0, -0.2, -0.2])
    assert rows[1] == pytest.approx([0, 0, 0.2, 0.2])


def test_length_is_fined_in_the_last_part_of_the_budget():
    config = TrainConfig(algorithm="dapo", max_new_tokens=10, overlong_buffer=0.4, scale="none")
    short, long, cut = (episode_of([1.0], [length]) for length in (6, 8, 10))
    assert [credit.overlong_fine(each, config) for each in (short, long, cut)] == [0, -0.5, -1.0]
    assert credit.overlong_fine(cut, replace(config, overlong_buffer=0.0)) == 0.0
    rows = credit.group_token_advantages(
        [short, long], config, [credit.overlong_fine(e, config) for e in (short, long)]
    )
    assert rows[0][-1] == pytest.approx(0.25)
    assert rows[1][-1] == pytest.approx(-0.25)
    # Equal rewards, unequal lengths: there is something to compare after all.
    assert credit.is_informative([short, long], config)
    assert not credit.is_informative([short, long], replace(config, overlong_buffer=0.0))


def test_dividing_by_the_spread_of_the_update():
    config = TrainConfig(scale="batch")
    groups = [[episode_of([1.0]), episode_of([0.0])], [episode_of([1.0]), episode_of([1.0])]]
    episodes = [episode for group in groups for episode in group]
    rows = credit.group_advantages(groups, [[0.0] * 4] * 4, config)
    credit.divide_by_spread(episodes, rows, config, lambda own: [*own, 3.0, -2.0])
    spread = statistics.stdev([1.0, 0.0, 1.0, 1.0, 3.0, -2.0]) + 1e-4
    assert rows[0] == pytest.approx([0, 0, 0.5 / spread, 0.5 / spread])
    assert rows[1][2:] == pytest.approx([-0.5 / spread] * 2)
    assert rows[2] == rows[3] == [0.0] * 4


def test_whitening_is_over_all_tokens_of_all_processes():
    episodes = [episode_of([1.0]), episode_of([0.0], [3])]
    rows = [[0, 0, 1.0, 2.0], [0, 0, 5.0, 0.0, -1.0]]
    others = [7.0, 8.0]
    credit.whiten(episodes, rows, lambda own: [others, *own], rank=1)
    everything = [*others, 1.0, 2.0, 5.0, 0.0, -1.0]
    mean, std = statistics.fmean(everything), statistics.stdev(everything)
    assert [rows[0][2], rows[0][3], *rows[1][2:]] == pytest.approx([(x - mean) / std for x in everything[2:]])
    assert rows[0][:2] == [0, 0]
    alone = [[0, 0, 1.0, 2.0], [0, 0, 5.0, 0.0, -1.0]]
    credit.whiten(episodes, alone, lambda own: list(own), rank=0)
    assert alone[0] != pytest.approx(rows[0], abs=0.1)


def test_equal_advantages_are_whitened_to_exactly_nothing():
    rows = [[0, 0, 0.1, 0.1]]
    credit.whiten([episode_of([1.0])], rows, lambda own: list(own), rank=0)
    assert rows == [[0, 0, 0.0, 0.0]]
