"""A reward of your own in ten lines, registered by one call; from then on its name works like any other.

    python examples/02_custom_reward.py
    python examples/02_custom_reward.py --reward brier            # one more to compare with
    python examples/02_custom_reward.py --model runs/demo/ccrl    # what a model earns under each

To train with it, put the ten lines into a file of your own, my_module.py, and name them by their path:

    ccrl train --model runs/demo/comt --reward my_module:my_reward
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import gymnasium as gym
import tyro

from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.rewards import confidence_profile, make_reward, register_reward
from reasoning_gym_ccrl.types import Problem, Step, StepContext, Verdict


@register_reward("cautious")
def cautious(context: StepContext) -> float:
    """Pays 1 for a right answer, and takes 0.5 for each error that was said with more than 0.9."""
    judgement, confidence = context.judgement, context.step.confidence or 0.0
    if judgement.verdict is Verdict.INCORRECT and confidence > 0.9:
        return -0.5
    if judgement.verdict is Verdict.CORRECT and judgement.is_final:
        return 1.0
    return 0.0  # UNCHECKED too: "could not check" is not "wrong"


@dataclass(frozen=True)
class Options:
    """Show a reward by its name, say what it teaches, and compare it with others on the same episodes."""

    reward: str | None = None
    """One more to compare: a name, package.module:function, or a sum such as ccrl=1,length=-0.01."""
    problems: int = 200
    """How many problems."""
    model: str | None = None
    """A model whose episodes are paid too: a path or a Hugging Face id."""


def main(options: Options) -> None:
    show_by_name()
    show_what_it_teaches()
    compare(options)


def show_by_name() -> None:
    """One step of an environment, paid by the own reward alone, and by a sum with another."""
    for reward in ("cautious", {"ccrl": 1.0, "cautious": 0.5}):
        env = gym.make("reasoning_gym_ccrl:MathCCRL-v0", reward=reward)
        env.reset(seed=0)
        *_, info = env.step({"step": "<answer>-1</answer>", "confidence": 0.95})
        print(f"reward={reward!r}: a wrong answer, said with 0.95, shows {info['reward_terms']}")


def show_what_it_teaches() -> None:
    """Which confidence pays best, found by asking the function; no training needed."""
    for name in ("cautious", "brier"):
        found = confidence_profile(make_reward(name), points=11)
        print(f"\n{name}: proper {found.is_proper}, pays for accuracy {found.pays_for_accuracy}")
        for p in (0.2, 0.5, 0.8):
            low, high = found.best_confidence[round(10 * p)]
            best = f"{low:.1f}" if low == high else f"any from {low:.1f} to {high:.1f}"
            print(f"  at a chance of {p:.1f} to be right, the confidence that pays best is {best}")


def compare(options: Options) -> None:
    """The mean return of the same solvers under several rewards."""
    rewards = {name: make_reward(name) for name in ("cautious", "ccrl", "brier", "outcome", "ccrl=1,cautious=0.5")}
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
    print(f"\n{'mean return of':<28}" + "".join(f"{name:>10}" for name in attempts))
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


def solver(problem: Problem, rng: random.Random, *, boasts: bool) -> list[Step]:
    """Right three times in four; says so, or claims to be certain."""
    confidence = 1.0 if boasts else 0.75
    steps = []
    for gold in problem.solution:
        slip = "" if rng.random() < 0.75 else "1"
        steps.append(Step("step", f"{gold.expression} = {gold.value}{slip}", confidence))
    slip = "" if rng.random() < 0.75 else "1"
    return [*steps, Step("answer", f"{problem.answer}{slip}", confidence)]


def model_steps(path: str, problems: list[Problem]) -> list[list[Step]]:
    """The steps that a model writes for each problem, sampled at temperature 1."""
    from reasoning_gym_ccrl.agents.engines.base import SamplingParams
    from reasoning_gym_ccrl.agents.policy import LLMAgent
    from reasoning_gym_ccrl.agents.rollout import rollout

    groups = rollout(LLMAgent.from_pretrained(path), problems, SamplingParams())
    return [[record.step for record in group[0].records] for group in groups]


if __name__ == "__main__":
    main(tyro.cli(Options))
