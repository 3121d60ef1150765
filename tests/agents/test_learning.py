"""Every algorithm learns what is paid for, in a stated number of updates, and learns nothing from shuffled payments."""

from __future__ import annotations

import copy
import random

import pytest

from reasoning_gym_ccrl.agents.algorithms import ALGORITHMS
from reasoning_gym_ccrl.agents.base_corpus import CONFIDENCE_LEVELS, TextExample
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import measure
from reasoning_gym_ccrl.agents.tiny import build_model
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import ProblemList
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.step_format import render_step, render_transcript
from reasoning_gym_ccrl.types import Step

from .bandit import ANSWERS, Lottery, bandit_agent, next_probabilities

UPDATES = {name: 24 for name in ALGORITHMS} | {"ppo": 8}  # ppo makes eight steps of each, gspo and cispo four


def bandit_config(algorithm, seed):
    return TrainConfig(
        algorithm=algorithm,
        updates=UPDATES[algorithm],
        problems_per_update=4,
        group_size=8,
        learning_rate=1e-2,
        warmup_updates=1,
        max_new_tokens=1,
        seed=seed,
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_two_token_bandit_is_solved_in_24_updates(algorithm, seed):
    agent = bandit_agent(seed, ANSWERS)
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] < 0.3
    train(agent, Lottery(p_one=0.0), bandit_config(algorithm, seed), "outcome")
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] > 0.95


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_shuffled_payments_do_not_solve_it(algorithm, seed):
    agent, coin = bandit_agent(seed, ANSWERS), random.Random(seed)

    def shuffled(context):
        return coin.choice((-1.0, 1.0))  # on average what saying nothing pays

    train(agent, Lottery(p_one=0.0), bandit_config(algorithm, seed), shuffled)
    assert next_probabilities(agent, "Q?\n")[ANSWERS[1]] < 0.9


# -- MathCCRL ---------------------------------------------------------------------------------------------------------

REWARD = {"ccrl": 1.0, "format": 0.25}
STEPS = {name: 32 for name in ALGORITHMS} | {"ppo": 16}


class Shuffled:
    """Pays what some earlier step earned in place of what this one does."""

    def __init__(self, seed):
        self.reward, self.rng, self.earned = make_reward(REWARD), random.Random(seed), []

    def __call__(self, context):
        self.earned = [*self.earned[-199:], self.reward(context).total]
        return self.rng.choice(self.earned)


@pytest.fixture(scope="module")
def guesser(tokenizer):
    """Eight problems of the arithmetic family, and a maker of agents that were shown right answers to 4 in 10 of them.

    The others' answers are there in place of the right ones, and any confidence.
    """
    rng, source = random.Random(0), make_source(["arithmetic"])
    problems = {problem.answer: problem for problem in (source.sample(rng) for _ in range(20))}
    problems = list(problems.values())[:8]

    def examples():
        while True:
            problem = rng.choice(problems)
            answer = (problem if rng.random() < 0.4 else rng.choice(problems)).answer
            said = render_step(Step("answer", str(answer), rng.choice(CONFIDENCE_LEVELS)))
            yield TextExample(render_transcript(problem.question), ((said, True),))

    model = build_model(tokenizer, hidden_size=32, layers=1, heads=2, intermediate_size=64)
    taught = SFTConfig(updates=200, batch_size=32, learning_rate=1e-2, optimizer="muon", precision="float32")
    fine_tune(model, tokenizer, examples(), taught, rng)
    return problems, lambda: LLMAgent(copy.deepcopy(model), tokenizer)


def figures_of(agent, problems):
    """Accuracy, and the mean reward, over 16 answers to each problem."""
    figures, episodes = measure(agent, problems * 16, SamplingParams(12, seed=3), REWARD)
    return figures["accuracy"], sum(episode.total_reward for episode in episodes) / len(episodes)


def learn(algorithm, seed, guesser, reward):
    problems, make = guesser
    agent = make()
    config = TrainConfig(
        algorithm=algorithm,
        updates=STEPS[algorithm],
        problems_per_update=8,
        group_size=8,
        learning_rate=3e-3,
        warmup_updates=1,
        max_new_tokens=12,
        minibatches=2 if algorithm == "ppo" else 1,
        seed=seed,
    )
    train(agent, ProblemList(problems), config, reward)
    return figures_of(agent, problems)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("algorithm", STEPS)
def test_accuracy_and_reward_rise_on_mathccrl_problems_in_32_updates_and_16_of_ppo(guesser, algorithm, seed):
    problems, make = guesser
    accuracy, reward = figures_of(make(), problems)
    assert 0.3 < accuracy < 0.6
    after, paid = learn(algorithm, seed, guesser, REWARD)
    assert after > 0.7
    assert paid > reward + 0.4


@pytest.mark.parametrize("algorithm", STEPS)
def test_with_shuffled_payments_they_do_not(guesser, algorithm):
    problems, make = guesser
    accuracy, reward = figures_of(make(), problems)
    after, paid = learn(algorithm, 0, guesser, Shuffled(0))
    assert after < accuracy + 0.1
    assert paid < reward + 0.2
