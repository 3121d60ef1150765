"""Training learns what is paid and nothing else, however it is cut up, and a killed run goes on to the same bits."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import replace
from typing import get_args

import pytest
import torch

from reasoning_gym_ccrl.agents import trainer
from reasoning_gym_ccrl.agents.advantages import confidence_advantages
from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.confidence_credit import confidence_effect, confidence_levels, credit_confidences
from reasoning_gym_ccrl.agents.confidence_sources import digit_confidences, with_confidences
from reasoning_gym_ccrl.agents.config import ConfidenceCredit, TrainConfig
from reasoning_gym_ccrl.agents.credit import group_token_advantages
from reasoning_gym_ccrl.agents.engines.base import Generation, SamplingParams
from reasoning_gym_ccrl.agents.experience import Reference, make_experience
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import TokenReader, play_back, rollout
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.agents.update import Learner
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.errors import DataError, InvalidOption, RewardError, TrainingDiverged, UnknownName
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.rewards.state import reward_state
from reasoning_gym_ccrl.types import Judgement, Reward, Step, StepRecord, Verdict

from .bandit import ANSWERS, LEVELS, STATED, Lottery, bandit_agent, next_probabilities
from .models import PROBLEM, gpt2, llama, plain_logprobs, token_episode

BANDIT = TrainConfig(
    updates=40, problems_per_update=4, group_size=8, learning_rate=1e-2, warmup_updates=1, max_new_tokens=1
)
CCRL = make_reward("ccrl")


# -- learning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("credit", ["step", "episode"])
def test_a_two_token_bandit_is_solved_in_forty_updates(seed, credit):
    agent = bandit_agent(seed, ANSWERS)
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] < 0.3
    curve = []
    train(
        agent,
        Lottery(p_one=0.0),
        replace(BANDIT, seed=seed, credit=credit),
        "outcome",
        on_update=lambda update, figures, episodes: curve.append(figures["accuracy"]),
    )
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] > 0.95
    assert len(curve) == 40
    assert sum(curve[-5:]) / 5 > 0.9 > 0.5 > curve[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shuffled_rewards_teach_nothing(seed):
    agent, coin = bandit_agent(seed, ANSWERS), random.Random(seed)

    def shuffled(context):
        return coin.choice((-1.0, 1.0))  # on average what saying nothing pays

    train(agent, Lottery(p_one=0.0), replace(BANDIT, seed=seed), shuffled)
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] < 0.9


def test_equal_rewards_leave_the_weights_to_the_bit():
    agent = bandit_agent(0, ANSWERS)
    before = [parameter.clone() for parameter in agent.model.parameters()]
    train(agent, Lottery(p_one=0.0), replace(BANDIT, updates=3), lambda context: 0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, agent.model.parameters(), strict=True))


def stated_distribution(agent):
    found = next_probabilities(agent, "Q?\n" + ANSWERS[0])
    total = sum(found[stated] for stated in STATED)
    return [found[stated] / total for stated in STATED]


TALKER = replace(BANDIT, updates=50, problems_per_update=16, group_size=4, max_new_tokens=2)


def talker(seed):
    """An agent that has learned to give the answer and to state any confidence with it."""
    agent, rng = bandit_agent(seed, (ANSWERS[0], *STATED)), random.Random(seed)
    examples = (TextExample("Q?\n", ((ANSWERS[0] + rng.choice(STATED), True),)) for _ in range(960))
    config = SFTConfig(updates=60, batch_size=16, learning_rate=1e-2, warmup_updates=1, precision="float32")
    fine_tune(agent.model, agent.tokenizer, examples, config, rng)
    return agent


@pytest.mark.parametrize("confidence_credit", [name for name in get_args(ConfidenceCredit) if name != "return"])
@pytest.mark.parametrize(("scoring", "level"), [("brier", 0.6), ("linear", 0.9)])
def test_stated_confidence_moves_to_what_the_score_is_best_at(scoring, level, confidence_credit):
    """Right with probability 0.6, which nobody can raise: the Brier score is best at 0.6, the linear one at an end."""
    agent = talker(seed=0)
    assert max(stated_distribution(agent)) < 0.4
    config = replace(TALKER, confidence_credit=confidence_credit)
    train(agent, Lottery(0.6), config, make_reward("ccrl", scoring=scoring))
    found = stated_distribution(agent)
    assert found[LEVELS.index(level)] > 0.8


@pytest.mark.parametrize(("source", "level"), [("hybrid", 0.3), ("stated", 0.6)])
def test_under_the_hybrid_what_is_stated_makes_up_for_the_digits(source, level):
    """The digits of the one answer have a probability of 1: with 0.3 stated the mean is the chance of 0.65."""
    agent = talker(seed=1)
    # Half of the confidence moves the Brier score by a quarter.
    config = replace(TALKER, confidence_credit="expected", confidence=source, confidence_coefficient=4.0)
    train(agent, Lottery(0.65), config, make_reward("ccrl", scoring="brier"))
    assert stated_distribution(agent)[LEVELS.index(level)] > 0.8


def test_the_hybrids_effects_are_those_of_episodes_played_so(tokenizer):
    """Each level's reward, and that of none, by judging the episode again with the mean written into it."""
    text = "<step>3 * 4 = 12</step><confidence>0.9</confidence>\n<answer>17</answer><confidence>0.3</confidence>"
    ids = (*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
    logprobs = tuple(-0.05 * (1 + place % 4) for place in range(len(ids)))
    reader, reward = TokenReader(tokenizer), make_reward("ccrl", scoring="brier")
    episode = play_back(PROBLEM, (5, 6), Generation(ids, logprobs, "eos"), reader, reward, "hybrid")
    [digits] = digit_confidences(tokenizer, [episode])
    assert all(0.7 < each < 1 for each in digits)
    levels = confidence_levels(tokenizer)
    assert len(levels) > 5

    def paid(number, confidence):
        values = [record.step.confidence for record in episode.records]
        values[number] = confidence
        return sum(record.reward.total for record in with_confidences(episode, values, reward).records[number:])

    [choices] = credit_confidences([episode], [[0.0] * len(episode.token_ids)], reward, 2.0, levels, [digits])
    starts = [record.confidence_span[0] for record in episode.records]
    assert sorted(choices) == starts
    for number, start in enumerate(starts):
        expected = [2.0 * paid(number, (level + digits[number]) / 2) for level in levels.values()]
        assert choices[start] == pytest.approx(expected)
    advantages = [[0.0] * len(episode.token_ids)]
    credit_confidences([episode], advantages, reward, 1.0, {}, [digits])
    effects = [
        paid(number, record.step.confidence) - paid(number, digits[number])
        for number, record in enumerate(episode.records)
    ]
    expected = confidence_advantages(effects, [True, True])
    assert abs(expected[0]) > 0.01
    assert [advantages[0][start] for start in starts] == pytest.approx(expected)
    # The negative control: without the digits it would be another reward.
    [wrong] = credit_confidences([episode], [[0.0] * len(episode.token_ids)], reward, 2.0, levels)
    assert wrong[starts[0]] != pytest.approx(choices[starts[0]])


# -- advantages ------------------------------------------------------------------------------------------------------


def played(text, tokenizer, reward=CCRL, problem=PROBLEM):
    ids = (*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
    generation = Generation(ids, (-1.0,) * len(ids), "eos")
    return play_back(problem, (5, 6), generation, TokenReader(tokenizer), reward)


def token_advantages(group, **options):
    config = TrainConfig(**{"confidence_credit": "own", **options})
    advantages = group_token_advantages(group, config)
    if config.confidence_credit == "own":
        credit_confidences(group, advantages, CCRL, config.confidence_coefficient, levels={})
    return advantages


def test_a_steps_advantage_lies_on_its_tokens_and_none_on_the_prompt(byte_level):
    right = played("<step>3 * 4 = 12</step>\n<answer>17</answer>", byte_level)
    wrong = played("<step>3 * 4 = 12</step>\n<answer>16</answer>", byte_level)
    for row, advantage in zip(token_advantages([right, wrong], confidence_credit="return"), (0.5, -0.5), strict=True):
        assert row[:2] == [0.0, 0.0]
        assert row[2:] == [advantage] * (len(row) - 2)


def test_an_early_slip_is_blamed_and_what_follows_it_is_not(byte_level):
    slip = played("<step>3 * 4 = 13</step><confidence>1.0</confidence>\n<answer>17</answer>", byte_level)
    clean = played("<step>3 * 4 = 12</step><confidence>1.0</confidence>\n<answer>17</answer>", byte_level)
    rows = token_advantages([slip, clean], confidence_credit="return")
    border = slip.records[0].span[1]
    assert rows[0][2] < 0 < rows[1][2]
    assert rows[0][border:] == [rows[0][-1]] * (len(rows[0]) - border)
    assert rows[0][-1] > 0  # it makes good what the slip lost
    whole = token_advantages([slip, clean], confidence_credit="return", credit="episode")
    assert whole[0][2:] == [whole[0][2]] * (len(rows[0]) - 2)


def test_a_completion_that_says_nothing_is_paid_too(byte_level):
    """No step, no payment: below what its group earns, and its tokens must hear of it."""
    silent, right = played("", byte_level), played("<answer>17</answer>", byte_level)
    for credit in ("step", "episode"):
        rows = token_advantages([silent, right], credit=credit)
        assert rows[0] == [0.0, 0.0, -0.5]
        assert rows[1][2:] == [0.5] * (len(rows[1]) - 2)


def test_own_credit_is_on_the_stated_digits_alone(byte_level):
    texts = [f"<answer>17</answer><confidence>{level}</confidence>" for level in (0.9, 0.5)]
    group = [played(text, byte_level) for text in texts]
    returned = token_advantages(group, confidence_credit="return")
    own = token_advantages(group, confidence_credit="own")
    doubled = token_advantages(group, confidence_coefficient=2.0)
    scores = [0.5 * (1 - (1 - level) ** 2) for level in (0.9, 0.5)]
    for episode, before, after, twice, score in zip(group, returned, own, doubled, scores, strict=True):
        start, end = episode.records[0].confidence_span
        assert after[start:end] == pytest.approx([score - sum(scores) / 2] * (end - start))
        assert twice[start:end] == pytest.approx([2 * value for value in after[start:end]])
        assert after[:start] == before[:start]
        assert after[end:] == before[end:]


@pytest.mark.parametrize("p_right", [0.3, 0.8])
def test_the_mean_advantage_of_a_confidence_is_its_score_at_the_true_probability(p_right, byte_level):
    """Ten episodes a level, of which the same share is right: advantages differ as expected Brier scores do."""
    levels = [k / 10 for k in range(11)]
    episodes, stated = [], []
    for level in levels:
        for number in range(10):
            answer = 17 if number < round(10 * p_right) else 16
            episodes.append(played(f"<answer>{answer}</answer><confidence>{level}</confidence>", byte_level))
            stated.append(level)
    rows = token_advantages(episodes)
    at = {level: 0.0 for level in levels}
    for episode, level, row in zip(episodes, stated, rows, strict=True):
        at[level] += row[episode.records[0].confidence_span[0]] / 10
    assert max(at, key=at.get) == p_right
    expected = {c: -0.5 * (p_right * (1 - c) ** 2 + (1 - p_right) * c**2) for c in levels}
    shift = at[0.0] - expected[0.0]
    assert all(at[c] == pytest.approx(expected[c] + shift) for c in levels)


def test_what_a_confidence_changed_is_its_own_score(byte_level):
    text = (
        "<step>3 * 4 = 12</step><confidence>0.9</confidence>\n<step>5 + 5 = 11</step><confidence>0.6</confidence>\n"
        "<answer>17</answer><confidence>0.2</confidence>"
    )
    episode = played(text, byte_level)
    n = sum(record.judgement.counts for record in episode.records)
    silent = make_reward("outcome")
    assert [confidence_effect(played(text, byte_level, silent), number, silent) for number in range(3)] == [0.0] * 3
    for number, record in enumerate(episode.records):
        y = record.judgement.verdict is Verdict.CORRECT
        score = y - (record.step.confidence - y) ** 2 if record.judgement.counts else 0.0
        assert confidence_effect(episode, number, CCRL) == pytest.approx(0.5 * score / n)


# -- the loss of an update --------------------------------------------------------------------------------------------

RESPONSES = [([5, 6, 7], [8, 1, 9, 1]), ([5], [9]), ([3, 3, 4, 4, 4, 9], [20, 21, 22]), ([2, 2], [1])]
CONFIG = TrainConfig(
    max_grad_norm=1e9,
    temperature=0.7,
    confidence_credit="return",
    credit="episode",
    learning_rate=1.0,
    warmup_updates=0,
)


def record_of(total, span):
    return StepRecord(Step("step", "x"), Judgement(Verdict.UNCHECKED), Reward(total, {"t": total}), span)


def groups_of(model, temperature=0.7, shift=0.0):
    """Two groups of two episodes of uneven lengths, with payments 1, 0 and 0.25, -1."""
    episodes = []
    for (prompt, response), total in zip(RESPONSES, (1.0, 0.0, 0.25, -1.0), strict=True):
        logs = [x + shift for x in plain_logprobs(model, [*prompt, *response], temperature)[len(prompt) - 1 :]]
        span = (len(prompt), len(prompt) + len(response))
        episodes.append(token_episode(prompt, response, logs, [record_of(total, span)]))
    return [episodes[:2], episodes[2:]]


class _Tokenizer:
    pad_token_id, eos_token_id = 1, 1  # the end pads as well


def learn(model, tokenizer, groups, config, reference=None, optimizer=None):
    """One update on these episodes; its figures."""
    learner = Learner(model, config, tokenizer.pad_token_id)
    learner.optimizer = optimizer or learner.optimizer
    reference = None if reference is None else Reference(reference)
    experience = make_experience(groups, config, CCRL, learner.scorer, reference, tokenizer, learner.runtime)
    return learner.learn(experience, 0)


def sample(agent, config, problems):
    """An update's episodes."""
    rng = random.Random(0)
    asked = [problems.sample(rng) for _ in range(config.problems_per_update)]
    params = SamplingParams(config.max_new_tokens, config.temperature, config.group_size)
    return rollout(agent, asked, params, CCRL)


def gradient_of(model, groups, config=CONFIG, reference=None):
    """The update's gradient, read off one step of plain gradient descent, and its figures."""
    twin = type(model)(model.config).eval()
    twin.load_state_dict(model.state_dict())
    figures = learn(twin, _Tokenizer(), groups, config, reference, torch.optim.SGD(twin.parameters(), lr=1.0))
    moved = zip(model.parameters(), twin.parameters(), strict=True)
    return torch.cat([(before - after).detach().flatten() for before, after in moved]), figures


ADVANTAGES = (0.5, -0.5, 0.625, -0.625)


def oracle_gradient(model, denominator=9):
    """- sum of A log p over the sampled tokens, over their number; each row alone, by the plain forward pass."""
    model.eval()
    model.zero_grad()
    total = torch.zeros(())
    for (prompt, response), advantage in zip(RESPONSES, ADVANTAGES, strict=True):
        ids = [*prompt, *response]
        logs = (model(input_ids=torch.tensor([ids])).logits[0] / 0.7).log_softmax(-1)
        for position in range(len(prompt), len(ids)):
            total = total - advantage * logs[position - 1, ids[position]]
    (total / denominator).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("make", [llama, gpt2])
def test_an_updates_gradient_is_that_of_a_loop_over_rows_and_tokens(make):
    model = make(vocab_size=30)
    found, _ = gradient_of(model, groups_of(model))
    torch.testing.assert_close(found, oracle_gradient(model), rtol=1e-4, atol=2e-6)
    # The negative control: one token less in the denominator is another gradient.
    assert not torch.allclose(found, oracle_gradient(model, denominator=8), rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("make", [llama, gpt2])
def test_micro_batches_and_the_padding_they_bring_change_nothing(make):
    model = make(vocab_size=30)
    groups = groups_of(model, shift=0.05)
    config = replace(CONFIG, kl_coefficient=0.1)
    reference = make(vocab_size=30, seed=1)
    whole, reported = gradient_of(model, groups, config, reference)
    for options in ({"tokens_per_micro_batch": 1}, {"tokens_per_micro_batch": 12}, {"share_prompts": False}):
        gradient, figures = gradient_of(model, groups, replace(config, **options), reference)
        assert (gradient - whole).norm() < 1e-5 * whole.norm()
        for name, value in figures.items():
            assert value == pytest.approx(reported[name], rel=1e-4, abs=1e-6), name
    assert whole.abs().max() > 1e-3


def test_numbers_on_the_prompt_have_no_part_in_the_loss():
    model = llama(30)
    groups = groups_of(model)
    loud = [
        [
            replace(
                episode,
                sampler_logprobs=tuple(
                    logprob if sampled else -7.0
                    for logprob, sampled in zip(episode.sampler_logprobs, episode.response_mask, strict=True)
                ),
            )
            for episode in group
        ]
        for group in groups
    ]
    assert torch.equal(gradient_of(model, groups)[0], gradient_of(model, loud)[0])


@pytest.mark.parametrize("make", [llama, gpt2])
def test_with_unchanged_weights_the_ratio_is_one_also_for_a_model_with_dropout(make, tokenizer):
    model = make(vocab_size=len(tokenizer))
    model.train()  # as fine-tuning may leave it
    agent = LLMAgent(model, tokenizer)
    config = TrainConfig(problems_per_update=2, group_size=2, max_new_tokens=16, temperature=0.7)
    groups = sample(agent, config, make_source(TINY_FAMILIES))
    figures = learn(model, tokenizer, groups, config)
    assert figures["ratio_max"] == pytest.approx(1.0, abs=1e-4)
    assert figures["clip_fraction"] == 0.0


def test_the_ratio_would_not_be_one_under_dropout(monkeypatch, tokenizer):
    model = gpt2(len(tokenizer))
    agent = LLMAgent(model, tokenizer)
    config = TrainConfig(problems_per_update=2, group_size=2, max_new_tokens=16)
    groups = sample(agent, config, make_source(TINY_FAMILIES))
    monkeypatch.setattr("reasoning_gym_ccrl.agents.scorer.evaluating", lambda *_: nullcontext(model.train()))
    figures = learn(model, tokenizer, groups, config)
    assert figures["ratio_max"] > 1.05


def test_the_figures_of_an_update_by_hand():
    model = llama(30)
    figures = gradient_of(model, groups_of(model))[1]
    # All ratios are one: the loss is minus the mean advantage over the tokens.
    sizes = [len(response) for _, response in RESPONSES]
    mean = sum(a * n for a, n in zip(ADVANTAGES, sizes, strict=True)) / sum(sizes)
    assert figures["loss"] == pytest.approx(-mean, abs=1e-6)
    assert figures["kl"] == 0.0
    shifted = gradient_of(model, groups_of(model, shift=1.0))[1]
    assert shifted["ratio_max"] == pytest.approx(2.71828, rel=1e-3)  # the ratio is 1/e: the distance counts
    assert shifted["clip_fraction"] == pytest.approx(
        sum(n for a, n in zip(ADVANTAGES, sizes, strict=True) if a < 0) / 9
    )


def test_the_reference_is_the_weights_at_the_start():
    agent = bandit_agent(0, ANSWERS)
    figures = []
    config = replace(BANDIT, updates=4, kl_coefficient=0.05)
    train(agent, Lottery(0.0), config, "outcome", on_update=lambda _, each, __: figures.append(each["kl"]))
    assert figures[0] == pytest.approx(0.0, abs=1e-7)
    assert figures[-1] > 1e-5


def test_a_strong_pull_to_the_reference_holds_the_policy():
    held, free = bandit_agent(0, ANSWERS), bandit_agent(0, ANSWERS)
    for agent, weight in ((held, 5.0), (free, 0.0)):
        train(agent, Lottery(0.0), replace(BANDIT, kl_coefficient=weight), "outcome")
    assert next_probabilities(held, "Q?\n")[ANSWERS[1]] < 0.6 < next_probabilities(free, "Q?\n")[ANSWERS[1]]


# -- runs that end early ----------------------------------------------------------------------------------------------

SHORT = TrainConfig(
    updates=5, problems_per_update=2, group_size=4, learning_rate=1e-2, max_new_tokens=3, checkpoint_every=2
)


class Killed(BaseException):
    """What no code under test may catch."""


def weights(agent):
    return torch.cat([parameter.detach().flatten() for parameter in agent.model.parameters()])


def starting():
    return bandit_agent(0, (*ANSWERS, *STATED))


def run(folder=None, config=SHORT, kill_after=None, seen=None, reward="ccrl"):
    agent = starting()

    def on_update(update, figures, episodes):
        if seen is not None:
            seen.append(update)
        if update == kill_after:
            raise Killed

    train(agent, Lottery(0.5), config, reward, folder=folder, on_update=on_update)
    return agent


@pytest.mark.parametrize(("kill_after", "kl_coefficient"), [(0, 0.1), (1, 0.0), (2, 0.1), (3, 0.0)])
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, kill_after, kl_coefficient):
    config = replace(SHORT, kl_coefficient=kl_coefficient)
    unbroken = weights(run(config=config))
    with pytest.raises(Killed):
        run(tmp_path / "run", config, kill_after=kill_after)
    seen = []
    resumed = run(tmp_path / "run", config, seen=seen)
    # It was killed before that update was saved, so it is told of again.
    assert seen == list(range(kill_after // 2 * 2, 5))
    assert torch.equal(weights(resumed), unbroken)
    assert not torch.equal(unbroken, weights(starting()))
    other = weights(run(config=replace(config, seed=1)))
    assert not torch.equal(other, unbroken)


def test_a_finished_run_is_not_trained_again_but_may_be_made_longer(tmp_path):
    done, seen = run(tmp_path / "run"), []
    again = run(tmp_path / "run", seen=seen)
    assert seen == []
    assert torch.equal(weights(again), weights(done))
    run(tmp_path / "run", replace(SHORT, updates=6), seen=seen)
    assert seen == [5]


def test_a_run_with_other_settings_is_refused(tmp_path):
    run(tmp_path / "run")
    with pytest.raises(InvalidOption, match="learning_rate, seed"):
        run(tmp_path / "run", replace(SHORT, learning_rate=2e-2, seed=9))
    for other in ("outcome", make_reward("ccrl", scoring="linear")):
        with pytest.raises(InvalidOption, match="differs in reward"):
            run(tmp_path / "run", reward=other)


def test_a_folder_that_holds_something_else_is_refused_before_training(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    seen = []
    with pytest.raises(DataError, match="no checkpoint"):
        run(tmp_path, seen=seen)
    assert seen == []
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kill_after", [1, 2, 3])
def test_the_state_of_a_reward_goes_on_too(tmp_path, kill_after):
    """PPO-C's threshold follows the share of right answers; a run that lost it would be paid otherwise."""

    def stateful():
        return make_reward("ppo_c", form="difference", threshold=0.9, ema=0.5)

    unbroken = stateful()
    expected = weights(run(reward=unbroken))
    with pytest.raises(Killed):
        run(tmp_path / "run", kill_after=kill_after, reward=stateful())
    reward = stateful()
    assert torch.equal(weights(run(tmp_path / "run", reward=reward)), expected)
    assert reward_state(reward) == reward_state(unbroken) != reward_state(stateful())


def test_without_its_state_the_reward_would_pay_otherwise(tmp_path, monkeypatch):
    def stateful():
        return make_reward("ppo_c", form="difference", threshold=0.9, ema=0.5)

    expected = weights(run(reward=stateful()))
    with pytest.raises(Killed):
        run(tmp_path / "run", kill_after=2, reward=stateful())
    monkeypatch.setattr(trainer, "load_reward_state", lambda *_: None)
    assert not torch.equal(weights(run(tmp_path / "run", reward=stateful())), expected)


def test_a_reward_that_raises_leaves_the_last_checkpoint(tmp_path):
    calls = iter(range(10**9))

    def failing(context):
        if next(calls) > failing.after:
            raise ZeroDivisionError("by the reward")
        return float(context.step.text == "1")

    failing.after = 10**9
    with pytest.raises(Killed):
        run(tmp_path / "run", kill_after=2, reward=failing)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    failing.after = next(calls) + 3
    with pytest.raises(RewardError, match="by the reward"):
        run(tmp_path / "run", reward=failing)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    failing.after = 10**9
    resumed = run(tmp_path / "run", reward=failing)
    assert torch.equal(weights(resumed), weights(run(reward=failing)))


def test_a_gradient_that_is_no_number_stops_before_the_update():
    agent = starting()
    groups = sample(agent, SHORT, Lottery(0.5))
    with torch.no_grad():
        agent.model.model.norm.weight[0] = float("inf")
    before = weights(agent)
    with pytest.raises(TrainingDiverged, match="learning rate"):
        learn(agent.model, agent.tokenizer, groups, SHORT)
    assert torch.equal(weights(agent), before)
    assert all(parameter.grad is None for parameter in agent.model.parameters())


# -- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"group_size": 1}, InvalidOption, "at least 2; received 1"),
        ({"temperature": 0.0}, InvalidOption, "temperature > 0"),
        ({"temperature": float("nan")}, InvalidOption, "temperature > 0"),
        ({"confidence": "token_mean"}, InvalidOption, 'confidence_credit="return"'),
        ({"confidence": "token_meen", "confidence_credit": "return"}, UnknownName, "token_mean"),
        ({"credit": "steps"}, UnknownName, "'step'"),
        ({"scale": "standard"}, UnknownName, "std"),
        ({"confidence_credit": "mine"}, UnknownName, "own"),
        ({"learning_rate": 0.0}, InvalidOption, "learning_rate"),
        ({"learning_rate": float("nan")}, InvalidOption, "learning_rate"),
        ({"problems_per_update": 0}, InvalidOption, "problems_per_update"),
        ({"max_new_tokens": 0}, InvalidOption, "max_new_tokens"),
    ],
)
def test_settings_that_cannot_work_are_refused_when_they_are_made(wrong, error, said):
    with pytest.raises(error, match=said):
        TrainConfig(**wrong)


def test_the_learning_rate_warms_up_and_stays():
    config = TrainConfig(learning_rate=1.0, warmup_updates=4)
    assert [config.learning_rate_at(update) for update in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert replace(config, warmup_updates=0).learning_rate_at(0) == 1.0


def test_a_tokenizer_without_a_pad_token_trains(byte_level):
    """Its end-of-sequence token pads, and the gradient still reaches the ends that were sampled."""
    model = llama(len(byte_level))
    agent = LLMAgent(model, byte_level)
    config = TrainConfig(problems_per_update=2, group_size=2, max_new_tokens=4)
    groups = sample(agent, config, Lottery(0.0))
    figures = learn(model, byte_level, groups, config)
    assert figures["ratio_max"] == pytest.approx(1.0, abs=1e-4)
