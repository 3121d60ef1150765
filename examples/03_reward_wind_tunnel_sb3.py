"""A wind tunnel for rewards: what each does to accuracy and confidence, seen in minutes on a CPU, with SB3's PPO.

    python examples/03_reward_wind_tunnel_sb3.py
    python examples/03_reward_wind_tunnel_sb3.py --quick                      # half a minute, to see that it runs
    python examples/03_reward_wind_tunnel_sb3.py --rewards ccrl,brier,my_module:my_reward --seeds 3
    python examples/03_reward_wind_tunnel_sb3.py --model runs/wind-tunnel/ccrl-0.zip     # measured again, not trained

Trains one small network per reward and seed in `CandidateCCRL-v0`, where a step is chosen among four candidates and
said with a confidence, and measures all of them on held-out problems: a table, and in a folder the figures of all
seeds, a picture (extra `report`) and the policies. `untrained` is where all begin. `random-labels` is a control: paid
by coin flips in place of verdicts, it must stay as often right as it was, and say what share of flips is heads. Needs
the extra `sb3`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # networks this small are slower on several threads

import gymnasium as gym
import numpy as np
import torch
import tyro
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import DummyVecEnv

import reasoning_gym_ccrl  # registers the environments
from reasoning_gym_ccrl.evaluation import metrics
from reasoning_gym_ccrl.rewards import RewardSpec, make_reward
from reasoning_gym_ccrl.seeding import derive_seed
from reasoning_gym_ccrl.types import Reward, StepContext, StepRecord, Verdict

# Names of this script for a reward and its options; any other name is one of the package, or package.module:function.
WITH_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {"ccrl-linear": ("ccrl", {"scoring": "linear"})}
CONTROL, UNTRAINED = "random-labels", "untrained"
FIGURES = ("answers_right", "steps_right", "answer_ece", "step_ece", "brier", "overconfident", "auroc", "confidence")
LEVELS = 11  # confidences 0, 0.1, …, 1


@dataclass(frozen=True)
class Options:
    """Train a policy per reward, and draw them side by side."""

    rewards: str = f"outcome,brier,ccrl,ccrl-linear,{CONTROL}"
    """Comma-separated: names of rewards, ccrl-linear, package.module:function, random-labels."""
    seeds: int = 1
    """Policies per reward."""
    steps: int = 40_000
    """Environment steps of each training."""
    families: str = "word_problems,arithmetic"
    """Families of problems, comma-separated."""
    difficulty: str = "easy"
    """easy, medium or hard."""
    test_problems: int = 2_000
    """Held-out problems of the split "test" to measure on."""
    deterministic: bool = False
    """Measure the likeliest actions; by default actions are sampled, as in training."""
    processes: int = 2
    """Trainings at a time, one core each."""
    quick: bool = False
    """A tenth of the steps and of the problems: figures of no meaning, to see that a reward runs."""
    model: Path | None = None
    """A policy of an earlier run, to be measured; nothing is trained."""
    out: Path = Path("runs/wind-tunnel")
    """The folder for figures.json, picture.png and the policies."""


class CoinFlips:
    """The control: a reward that sees verdicts drawn by a coin, CORRECT three times in four, whatever was chosen.

    The coin of a step depends on seed, problem and step number alone, so that no choice can change it.
    """

    def __init__(self, reward: RewardSpec = "ccrl", seed: int = 0) -> None:
        self.reward, self.seed = make_reward(reward), seed

    def __call__(self, context: StepContext) -> Reward:
        history = [self._flipped(context, at, record) for at, record in enumerate(context.history)]
        now = self._flipped(context, len(history), StepRecord(context.step, context.judgement, Reward(0.0)))
        return self.reward(replace(context, history=tuple(history), judgement=now.judgement))

    def _flipped(self, context: StepContext, at: int, record: StepRecord) -> StepRecord:
        heads = derive_seed(self.seed, context.problem.id, at) % 4 < 3
        verdict = Verdict.CORRECT if heads else Verdict.INCORRECT
        return replace(record, judgement=replace(record.judgement, verdict=verdict, counts=True))


class WithoutInfos(gym.Wrapper[Any, Any, Any, Any]):
    """SB3 makes a deep copy of every info; training needs none of them."""

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        return (*self.env.step(action)[:4], {})

    def reset(self, **options: Any) -> tuple[Any, dict[str, Any]]:
        return self.env.reset(**options)[0], {}


class EachAlike(BaseFeaturesExtractor):
    """Reads every candidate's features by the same small network, whatever its place."""

    def __init__(self, observation_space: gym.spaces.Box, candidates: int = 4, width: int = 16) -> None:
        super().__init__(observation_space, candidates * width)
        self.candidates = candidates
        inputs = int(observation_space.shape[0]) // candidates
        self.network = torch.nn.Sequential(
            torch.nn.Linear(inputs, 64), torch.nn.Tanh(), torch.nn.Linear(64, width), torch.nn.Tanh()
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        return self.network(observations.view(len(observations), self.candidates, -1)).flatten(1)


class LessExploration(BaseCallback):
    """The entropy bonus falls to zero over the training."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.start = start

    def _on_step(self) -> bool:
        self.model.ent_coef = self.start * max(self.model._current_progress_remaining, 0.0)
        return True


def make_env(options: Options, split: str, reward: RewardSpec = "ccrl", **reward_options: Any) -> gym.Env[Any, Any]:
    return gym.make(
        "CandidateCCRL-v0",
        disable_env_checker=True,
        confidence_levels=LEVELS,
        families=options.families.split(","),
        difficulty=options.difficulty,
        split=split,
        reward=reward,
        reward_options=reward_options,
    )


def train(name: str, seed: int, options: Options) -> PPO:
    """A policy trained under the reward; the untrained one where `name` says so."""
    torch.set_num_threads(1)
    spec, reward_options = WITH_OPTIONS.get(name, (name, {}))
    reward = CoinFlips(seed=seed) if name == CONTROL else "outcome" if name == UNTRAINED else spec
    envs = DummyVecEnv([lambda: WithoutInfos(make_env(options, "train", reward, **reward_options))] * 64)
    model = PPO(
        "MlpPolicy",
        envs,
        learning_rate=lambda remaining: 3e-3 * max(remaining, 0.02),
        n_steps=32,
        batch_size=256,
        n_epochs=8,
        gamma=1.0,
        gae_lambda=0.95,
        policy_kwargs={"net_arch": [64, 64], "features_extractor_class": EachAlike},
        seed=derive_seed(seed, "wind tunnel") % 2**31,
        device="cpu",
    )
    if name != UNTRAINED:
        model.learn(options.steps, callback=LessExploration(0.03))
    return model


def measure(model: PPO, options: Options, seed: int = 0) -> dict[str, list[tuple[float, int]]]:
    """(stated confidence, 1 if right) of every answer and of every step, on held-out problems."""
    torch.set_num_threads(1)
    torch.manual_seed(derive_seed(seed, "measure"))
    envs = [make_env(options, "test").unwrapped for _ in range(64)]
    observations = [env.reset(seed=derive_seed(seed, "test", place) % 2**31)[0] for place, env in enumerate(envs)]
    said: dict[str, list[tuple[float, int]]] = {"answers": [], "steps": []}
    ends = 0
    # Whole episodes in order of their start, as many from each environment: short ones are not measured more often.
    left = [options.test_problems // 64 + (place < options.test_problems % 64) for place in range(64)]
    while ends < options.test_problems:
        actions, _ = model.predict(np.stack(observations), deterministic=options.deterministic)
        for place, env in enumerate(envs):
            if not left[place]:
                continue
            observations[place], _, terminated, _, info = env.step(actions[place])
            right = int(info["judgement"].verdict is Verdict.CORRECT)
            said["answers" if terminated else "steps"].append((actions[place][1] / (LEVELS - 1), right))
            if terminated:
                ends, left[place] = ends + 1, left[place] - 1
                observations[place], _ = env.reset()
    return said


def figures(said: dict[str, list[tuple[float, int]]]) -> dict[str, float]:
    """The table's figures; ECE of 15 bins of equal width, the rest of answers unless it says steps."""
    (q, y), (step_q, step_y) = (np.array(said[kind], dtype=float).T for kind in ("answers", "steps"))
    return {
        "answers_right": float(y.mean()),
        "steps_right": float(step_y.mean()),
        "answer_ece": metrics.expected_calibration_error(q, y),
        "step_ece": metrics.expected_calibration_error(step_q, step_y),
        "brier": metrics.brier_score(q, y),
        "overconfident": metrics.overconfident_error_rate(q, y, threshold=0.9),
        "auroc": metrics.auroc(q, y) if 0 < y.sum() < len(y) else float("nan"),
        "confidence": float(q.mean()),
    }


def run(job: tuple[str, int, Options]) -> dict[str, Any]:
    """One reward and one seed, from start to figures."""
    name, seed, options = job
    find_modules_here()
    started = time.monotonic()
    model = train(name, seed, options)
    seconds = time.monotonic() - started
    model.save(options.out / f"{name.replace(':', '.')}-{seed}.zip")
    said = measure(model, options, seed)
    levels = {kind: by_level(pairs) for kind, pairs in said.items()}
    return {"reward": name, "seed": seed, "seconds": round(seconds, 1), **figures(said), "levels": levels}


def by_level(pairs: Sequence[tuple[float, int]]) -> list[tuple[float, int, int]]:
    """(confidence, how often it was stated, how often it was right), for the picture."""
    counted: dict[float, list[int]] = {}
    for confidence, right in pairs:
        count = counted.setdefault(confidence, [0, 0])
        count[0], count[1] = count[0] + 1, count[1] + right
    return [(confidence, *counted[confidence]) for confidence in sorted(counted)]  # type: ignore[misc]


def find_modules_here() -> None:
    """Lets "my_module:my_reward" be a file of the folder that one is in."""
    if "" not in sys.path:
        sys.path.insert(0, "")


def run_all(options: Options) -> list[dict[str, Any]]:
    """All rewards and seeds, a few at a time, in the order of the rewards."""
    find_modules_here()
    names = [UNTRAINED, *(name.strip() for name in options.rewards.split(","))]
    for name in names:
        if name not in (UNTRAINED, CONTROL):
            spec, own = WITH_OPTIONS.get(name, (name, {}))
            make_reward(spec, **own)  # a name that does not exist is told before anything is trained
    options.out.mkdir(parents=True, exist_ok=True)
    jobs = [(name, seed, options) for name in names for seed in range(options.seeds)]
    rows = []
    if options.processes == 1:
        results = map(run, jobs)
        rows = [_told(row) for row in results]
    else:
        with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
            rows = [_told(row) for row in pool.map(run, jobs)]
    return rows


def _told(row: dict[str, Any]) -> dict[str, Any]:
    print(f"{row['reward']} {row['seed']}: {row['seconds']} s, {row['answers_right']:.1%} right", file=sys.stderr)
    return row


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Mean over seeds, and the standard deviation between them where there are several."""
    lines = [f"{'reward':<28}" + "".join(f"{name:>17}" for name in FIGURES)]
    for name in dict.fromkeys(row["reward"] for row in rows):
        cells = [f"{name:<28}"]
        for figure in FIGURES:
            values = np.array([row[figure] for row in rows if row["reward"] == name])
            spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
            cells.append(f"{f'{values.mean():.3f}{spread}':>17}")
        lines.append("".join(cells))
    return "\n".join(lines)


def main(options: Options) -> None:
    if options.quick:
        options = replace(options, steps=options.steps // 10, test_problems=max(options.test_problems // 10, 64))
    if options.model is not None:
        model = PPO.load(options.model, device="cpu")
        print(table([{"reward": options.model.stem, **figures(measure(model, options))}]))
        return
    rows = run_all(options)
    print(table(rows))
    (options.out / "figures.json").write_text(json.dumps(rows) + "\n")
    try:
        from wind_tunnel_picture import draw
    except ModuleNotFoundError as error:
        print(f"No picture, as {error.name} is not installed.")
    else:
        draw(rows, options.out / "picture.png")
    print(f"wrote {options.out}")


if __name__ == "__main__":
    print(f"reasoning_gym_ccrl {reasoning_gym_ccrl.__version__}")
    main(tyro.cli(Options))
