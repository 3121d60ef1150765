"""Trajectory equivalence: however an episode's text reaches the judge, the same judgements and payments come out.

Steps one by one through Gymnasium, a whole completion replayed, the same read back from a file, laid out with other
white space, or followed by chatter after the answer: each pair must be equal, to the last bit. References are never
stored; a road is compared with another road.
"""

from __future__ import annotations

import json
import random

import gymnasium as gym
import pytest

import reasoning_gym_ccrl  # noqa: F401 - registers the environments
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.rewards import REWARDS, make_reward
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import parse_step, render_step, render_transcript, split_completion
from reasoning_gym_ccrl.types import Episode, Problem, Step, StepRecord

SEEDS = range(40)
CONFIDENCES = (None, 0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0)


def make_env(reward: str = "ccrl") -> gym.Env:
    return gym.make("MathCCRL-v0", reward=reward, difficulty="medium")


def attempt(problem: Problem, rng: random.Random) -> list[Step]:
    """An attempt as a model in training makes it: some right, some wrong, repeated, off the path, and an answer."""
    steps = [Step("plan", "; ".join(gold.meta_thought for gold in problem.solution))] if rng.random() < 0.5 else []
    for gold in problem.solution:
        texts = [
            gold.text,
            f"{gold.expression} = {gold.value}",
            f"{gold.expression} = {gold.value}1",
            "2 + 2 = 4",
            "hm",
        ]
        steps += [Step("step", rng.choice(texts), rng.choice(CONFIDENCES)) for _ in range(rng.choice((1, 1, 2)))]
    answer = problem.answer if rng.random() < 0.6 else "1234567"
    return [*steps, Step("answer", answer, rng.choice(CONFIDENCES))]


def walk(env: gym.Env, seed: int) -> tuple[Problem, list[Step], list[StepRecord], str]:
    """One attempt through `env.step`; the last observation comes along."""
    observation, _ = env.reset(seed=seed)
    problem = env.unwrapped.problem
    steps = attempt(problem, python_random(seed, "attempt"))
    for step in steps:
        action = {"step": f"<{step.kind}>{step.text}</{step.kind}>", "confidence": step.confidence}
        observation, _, terminated, truncated, _ = env.step(action)
    assert terminated
    assert not truncated
    return problem, steps, list(env.unwrapped.records), observation


@pytest.mark.parametrize("reward", REWARDS)
def test_one_by_one_is_the_same_as_all_at_once(reward):
    env = make_env(reward)
    for seed in SEEDS:
        problem, steps, records, _ = walk(env, seed)
        assert replay(problem, steps, reward).records == records
        text = "\n".join(map(render_step, steps))
        assert replay(problem, split_completion(text), reward, text=text).records == records


def test_the_observation_reads_back_as_the_episode():
    """What the model is shown is what was done: its next prompt loses nothing."""
    env = make_env()
    for seed in SEEDS:
        problem, steps, records, observation = walk(env, seed)
        assert observation == render_transcript(problem.question, steps)
        shown = observation.removeprefix(problem.question + "\n")
        assert replay(problem, split_completion(shown)).records == records


def test_a_file_replays_to_the_same_episode():
    env = make_env()
    for seed in SEEDS:
        problem, steps, _, _ = walk(env, seed)
        episode = replay(problem, steps).episode(seed=seed)
        read = Episode.from_json(json.loads(json.dumps(episode.to_json())))
        assert read == episode
        assert replay(read.problem, [record.step for record in read.records]).records == list(episode.records)


@pytest.mark.parametrize("gap", ["", " ", "\n", "\n\n\n", " \n\t "])
def test_white_space_between_elements_means_nothing(gap):
    env = make_env()
    for seed in SEEDS:
        problem, steps, records, _ = walk(env, seed)
        assert replay(problem, split_completion(gap.join(map(render_step, steps)) + gap)).records == records


@pytest.mark.parametrize(
    "chatter", ["\nI hope this helps!", "<answer>7</answer>", "\n<step>1 + 1 = 3</step>", "\n<step>"]
)
@pytest.mark.parametrize("finished", [True, False])
def test_nothing_counts_after_the_answer(chatter, finished):
    env = make_env()
    for seed in SEEDS:
        problem, steps, records, _ = walk(env, seed)
        elements = split_completion("\n".join(map(render_step, steps)) + chatter, finished=finished)
        assert replay(problem, elements, finished=finished).records == records


def test_a_completion_cut_off_is_the_beginning_of_the_whole_one():
    """Where the budget of tokens falls changes what was said, never how what was said is judged."""
    env = make_env()
    for seed in SEEDS:
        problem, steps, records, _ = walk(env, seed)
        text = "\n".join(map(render_step, steps))
        for cut in python_random(seed, "cut").sample(range(len(text)), 10):
            elements = split_completion(text[:cut], finished=False)
            session = replay(problem, elements, finished=False)
            judged = [record.judgement for record in session.records]
            assert judged == [record.judgement for record in records[: len(judged)]]
            assert session.truncated != session.terminated


def test_a_made_reward_keeps_no_memory_of_other_episodes():
    """One reward object serves a whole batch, in any order."""
    env = make_env()
    walks = [walk(env, seed)[:3] for seed in SEEDS]
    for name in REWARDS:
        shared = make_reward(name)
        forwards = [replay(problem, steps, shared).records for problem, steps, _ in walks]
        backwards = [replay(problem, steps, shared).records for problem, steps, _ in reversed(walks)]
        assert forwards == backwards[::-1]


def test_payments_add_up_to_the_documented_reward():
    """R = 1[right] + 0.5 * mean of y - (c - y)^2 over what counts, worked out here from the judgements alone."""
    env = make_env()
    values = set()
    for seed in SEEDS:
        _, steps, records, _ = walk(env, seed)
        scores = []
        for record in records:
            if record.judgement.counts:
                right = float(record.judgement.verdict == "CORRECT")
                stated = record.step.confidence
                scores.append(0.0 if stated is None else right - (stated - right) ** 2)
        right = records[-1].judgement.verdict == "CORRECT"
        expected = right + 0.5 * sum(scores) / len(scores)
        assert sum(record.reward.total for record in records) == pytest.approx(expected, abs=1e-9)
        assert [parse_step(render_step(record.step)) for record in records] == steps
        values.add(round(expected, 6))
    assert len(values) > len(SEEDS) / 2  # the attempts differ, so that equality says something


def test_the_roads_are_told_apart():
    """The negative control: one digit or one confidence makes another episode."""
    env = make_env()
    problem, steps, records, _ = walk(env, 1)
    surer = [*steps[:-1], Step("answer", steps[-1].text, 0.123)]
    assert replay(problem, surer).records != records
    other = [Step("step", "1 + 1 = 3", 0.9), *steps]
    assert replay(problem, other).episode().total_reward < replay(problem, steps).episode().total_reward
