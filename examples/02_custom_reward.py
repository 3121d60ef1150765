"""A reward of your own, in ten lines: a function of one `StepContext` that returns a float, or a `Reward` with terms.

    python examples/02_custom_reward.py
    python examples/02_custom_reward.py --reward brier
    python examples/02_custom_reward.py --reward my_package.my_module:my_reward
    python examples/02_custom_reward.py --model runs/demo/ccrl    # what a model earns under each

Prints what the same solvers earn under several rewards: one that is honest about its errors, and one that boasts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import tyro

from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.types import Problem, Reward, Step, StepContext, Verdict


def cautious(context: StepContext) -> Reward:
    """Pays for a right answer, and fines every wrong step that was said with more than 0.9."""
    right = context.judgement.is_final and context.judgement.verdict is Verdict.CORRECT
    wrong = context.judgement.verdict is Verdict.INCORRECT
    sure = (context.step.confidence or 0.0) > 0.9
    terms = {"right": float(right), "fine": -0.5 if wrong and sure else 0.0}
    return Reward(sum(terms.values()), terms)


class FirstTry:
    """A reward may keep options: pays `bonus` for a correct step with nothing wrong before it."""

    def __init__(self, bonus: float = 0.1) -> None:
        self.bonus = bonus

    def __call__(self, context: StepContext) -> float:
        verdicts = [record.judgement.verdict for record in context.history] + [context.judgement.verdict]
        return self.bonus if context.judgement.counts and Verdict.INCORRECT not in verdicts else 0.0


@dataclass(frozen=True)
class Options:
    """Compare rewards on the same episodes."""

    reward: str | None = None
    """One more to compare: a name, or package.module:function."""
    problems: int = 200
    """How many problems."""
    model: str | None = None
    """A model whose episodes are paid too: a path or a Hugging Face id."""


def solver(problem: Problem, rng: random.Random, *, boasts: bool) -> list[Step]:
    """Right three times in four; says so, or claims to be certain."""
    confidence = 1.0 if boasts else 0.75
    steps = []
    for gold in problem.solution:
        slip = "" if rng.random() < 0.75 else "1"
        steps.append(Step("step", f"{gold.expression} = {gold.value}{slip}", confidence))
    slip = "" if rng.random() < 0.75 else "1"
    return [*steps, Step("answer", f"{problem.answer}{slip}", confidence)]


def main(options: Options) -> None:
    rewards = {
        "ccrl": make_reward("ccrl"),
        "ccrl, linear": make_reward("ccrl", scoring="linear"),
        "outcome": make_reward("outcome"),
        "cautious (own function)": make_reward(cautious),
        "FirstTry (own class)": make_reward(FirstTry, bonus=0.2),
        "ccrl - 0.01 length (a sum)": make_reward({"ccrl": 1.0, "length": -0.01}),
    }
    if options.reward:
        rewards[options.reward] = make_reward(options.reward)
    source, rng = make_source(difficulty="medium"), random.Random(0)
    problems = [source.sample(rng) for _ in range(options.problems)]
    attempts = {
        "honest": [solver(problem, random.Random(index), boasts=False) for index, problem in enumerate(problems)],
        "boastful": [solver(problem, random.Random(index), boasts=True) for index, problem in enumerate(problems)],
    }
    if options.model:
        attempts["model"] = model_steps(options.model, problems)
    print(f"{'mean return of':<28}" + "".join(f"{name:>10}" for name in attempts))
    for name, reward in rewards.items():
        means = [
            sum(
                replay(problem, steps, reward).episode().total_reward
                for problem, steps in zip(problems, made, strict=True)
            )
            / len(problems)
            for made in attempts.values()
        ]
        print(f"{name:<28}" + "".join(f"{mean:>10.3f}" for mean in means))
    last = replay(problems[0], attempts["honest"][0], rewards["cautious (own function)"]).records[-1]
    print(f"\nAn own reward's terms show by name: {last.reward.terms}")


def model_steps(path: str, problems: list[Problem]) -> list[list[Step]]:
    """The steps that a model writes for each problem, sampled at temperature 1."""
    from reasoning_gym_ccrl.agents.engines.base import SamplingParams
    from reasoning_gym_ccrl.agents.policy import LLMAgent
    from reasoning_gym_ccrl.agents.rollout import rollout

    groups = rollout(LLMAgent.from_pretrained(path), problems, SamplingParams())
    return [[record.step for record in group[0].records] for group in groups]


if __name__ == "__main__":
    main(tyro.cli(Options))
