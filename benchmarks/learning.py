"""What reinforcement learning adds, by which algorithm and for what payment: in the training distribution and out.

    python benchmarks/learning.py --base runs/demo/base              # the base that `make demo` trains; half an hour
    python benchmarks/learning.py --base runs/demo/base --seeds 0 1 2

From one base, each arm by the settings of the demo, on the same problems in the same order, as many updates:

- fine-tuned on plans (CoMT) or on solutions (CoT, of as many tokens);
- then GRPO, paid for the right answer alone ("RL": no word of confidence is paid for, its tokens learn like any other)
  or by the `ccrl` reward ("CCRL"); and once PPO with the `ccrl` reward.

Each is sampled once at temperature 1 on the same problems of the split `test` and of every out-of-distribution split
that the two families have.

Written to benchmarks/results/learning.json, and as tables and a picture of the curves into docs/training.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks
from comt_and_cot import SPLITS, number, percent, problems_of, table, train_arm
from comt_and_cot import Options as TuningOptions

from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.demo import DemoConfig
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import measure
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.rewards import RewardSpec
from reasoning_gym_ccrl.seeding import derive_seed
from reasoning_gym_ccrl.types import Problem

MARKS = ("<!-- learning.py: begin -->", "<!-- learning.py: end -->")
CURVES = ("reward_mean", "accuracy", "ece", "overconfident_error_rate", "confidence_stated", "entropy", "approx_kl")
PICTURE = ROOT / "docs/img/learning.png"


@dataclass(frozen=True)
class Arm:
    """How a model came about."""

    fine_tuned: str = ""
    """"comt" or "cot"; "" leaves the base as it is."""
    reward: RewardSpec = ""
    """What pays in reinforcement learning; "" for none of it."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the demo's settings."""


RIGHT_ALONE = {"confidence_credit": "return"}
PPO = {
    "algorithm": "ppo",
    "learning_rate": 2e-4,
    "value_learning_rate": 1e-3,
    "value_warmup_updates": 4,
    "minibatches": 2,
    "gae_lambda": 0.98,
}
CCRL = DemoConfig().reward
ARMS: Mapping[str, Arm] = {
    "base": Arm(),
    "CoMT": Arm("comt"),
    "CoT+RL": Arm("cot", "outcome", RIGHT_ALONE),
    "CoT+CCRL": Arm("cot", CCRL),
    "CoMT+RL": Arm("comt", "outcome", RIGHT_ALONE),
    "CoMT+CCRL": Arm("comt", CCRL),
    "CoMT+CCRL, PPO": Arm("comt", CCRL, PPO),
}


@dataclass(frozen=True)
class Options:
    """Compare what reinforcement learning adds."""

    base: Path = ROOT / "runs/demo/base"
    """The tiny base that `make demo` trains."""
    seeds: tuple[int, ...] = (0,)
    """Of problems, their order, replay and samples; one run each."""
    arms: tuple[str, ...] = tuple(ARMS)
    """Which to run."""
    updates: int = DemoConfig().ccrl.updates
    """Of reinforcement learning."""
    problems: int = 256
    """Measured on in each split."""
    results: Path = ROOT / "benchmarks/results/learning.json"
    """Where the figures go; an arm that is there already, with the same settings, is not run again."""
    page: Path = ROOT / "docs/training.md"
    """Where the tables go."""


def config_of(arm: Arm, options: Options, seed: int) -> TrainConfig:
    """The demo's settings, with what the arm changes."""
    demo = DemoConfig().ccrl
    given = {name: getattr(demo, name) for name in ("problems_per_update", "learning_rate", "confidence_coefficient")}
    given |= {"tokens_per_micro_batch": demo.tokens_per_micro_batch, "group_size": demo.group_size}
    return TrainConfig(
        **given | dict(arm.settings) | {"updates": options.updates, "seed": derive_seed(seed, "learning")}
    )


def run_arm(name: str, options: Options, seed: int, problems: Mapping[str, Sequence[Problem]]) -> dict[str, Any]:
    """Fine-tunes, trains and measures one arm."""
    arm, demo = ARMS[name], DemoConfig()
    agent = LLMAgent.from_pretrained(options.base)
    torch.manual_seed(derive_seed(seed, "learning", "torch"))
    if arm.fine_tuned:
        match = "tokens" if arm.fine_tuned == "cot" else "examples"
        train_arm(agent, arm.fine_tuned, match, TuningOptions(base=options.base), seed)
    rows: list[dict[str, float]] = []
    if arm.reward:
        config = config_of(arm, options, seed)
        source = make_source(TINY_FAMILIES, demo.difficulty, "train")
        with progress(name, config.updates) as advance:

            def on_update(update: int, figures: dict[str, float], _: Any) -> None:
                rows.append({key: round(figures[key], 5) for key in CURVES})
                advance(note=f"accuracy {figures['accuracy']:.2f}, ECE {figures['ece']:.2f}")

            train(agent, source, config, arm.reward, on_update=on_update)
    params = SamplingParams(demo.sampling.max_new_tokens, 1.0, seed=derive_seed(seed, "learning", "sampling"))
    splits = {split: measure(agent, asked, params)[0] for split, asked in problems.items()}
    return {"commit": commit(), "settings": settings_of(arm, options, seed), "splits": splits, "rows": rows}


def settings_of(arm: Arm, options: Options, seed: int) -> dict[str, Any]:
    """All that an arm's figures depend on, but for the code."""
    trained = asdict(config_of(arm, options, seed)) if arm.reward else {}
    return json.loads(json.dumps({**asdict(arm), "train": trained, "problems": options.problems}))


def run_all(options: Options) -> dict[str, Any]:
    """All arms of all seeds, written as each is done."""
    seeds = " ".join(map(str, options.seeds))
    known = json.loads(options.results.read_text(encoding="utf-8"))["runs"] if options.results.is_file() else {}
    runs: dict[str, dict[str, Any]] = {}
    result = {
        "command": f"python benchmarks/learning.py --base runs/demo/base --seeds {seeds}",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "updates": options.updates,
        "problems": options.problems,
        "runs": runs,
    }
    for seed in options.seeds:
        problems = problems_of(TuningOptions(base=options.base, problems=options.problems), seed)
        arms = runs[str(seed)] = {}
        for name in options.arms:
            before = known.get(str(seed), {}).get(name, {})
            is_same = before.get("settings") == settings_of(ARMS[name], options, seed)
            arms[name] = before if is_same else run_arm(name, options, seed, problems)
            options.results.write_text(json.dumps(result) + "\n", encoding="utf-8")
    return result


def mean_of(runs: Mapping[str, Any], arm: str, split: str, figure: str) -> float | None:
    """The mean of a figure over the seeds that an arm was run with; None where it is undefined in one."""
    values = [run[arm]["splits"][split][figure] for run in runs.values() if arm in run]
    return None if any(value is None for value in values) else sum(values) / len(values)


def tables(runs: Mapping[str, Any], names: Sequence[str]) -> str:
    """All that was measured, as Markdown."""
    kinds = [
        ("Accuracy by split", "accuracy", percent),
        ("Overconfident errors by split: share of problems answered wrong at a confidence of 0.9 or more",
         "overconfident_error_rate", percent),
        ("Expected calibration error of the answers, by split", "ece", lambda value: number(value, 2)),
        ("AUROC: how well confidence tells right answers from wrong ones", "auroc", lambda value: number(value, 2)),
        ("Answers that state a confidence", "confidence_stated", percent),
    ]  # fmt: skip
    parts = []
    for title, figure, write in kinds:
        rows = [[split, *(write(mean_of(runs, name, split, figure)) for name in names)] for split in SPLITS]
        parts += [f"**{title}.**", table(["split", *names], rows)]
    if len(runs) > 1:
        rows = [
            [
                f"{title}, seed {seed}",
                *(write(run[name]["splits"]["test"][figure] if name in run else None) for name in names),
            ]
            for title, figure, write in (
                ("accuracy", "accuracy", percent),
                ("overconfident errors", "overconfident_error_rate", percent),
                ("ECE", "ece", lambda value: number(value, 2)),
                ("confidence stated", "confidence_stated", percent),
            )
            for seed, run in runs.items()
        ]
        parts += ["**Seed by seed, in the split `test`.**", table(["figure", *names], rows)]
    return "\n\n".join(parts)


def draw(runs: Mapping[str, Any], names: Sequence[str], path: Path) -> None:
    """The curves of every trained arm, seeds averaged, smoothed over ten updates."""
    import matplotlib.pyplot as plt
    import numpy as np

    shown = [("accuracy", "Accuracy"), ("overconfident_error_rate", "Overconfident errors"), ("ece", "ECE")]
    figure, axes = plt.subplots(1, len(shown), figsize=(12, 3.6), constrained_layout=True)
    for axis, (key, title) in zip(axes, shown, strict=True):
        for name in names:
            curves = [[row[key] for row in run[name]["rows"]] for run in runs.values() if name in run]
            if not curves[0]:
                continue
            values = np.mean(curves, axis=0)
            smooth = np.convolve(values, np.ones(10) / 10, mode="valid")
            axis.plot(np.arange(len(smooth)) + 10, smooth, label=name, linewidth=1.6)
        axis.set_title(title)
        axis.set_xlabel("update")
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(options: Options) -> None:
    result = run_all(options)
    names = [name for name in ARMS if any(name in run for run in result["runs"].values())]
    draw(result["runs"], names, PICTURE)
    where = result["machine"]
    commits = sorted({run[name]["commit"] for run in result["runs"].values() for name in run})
    text = (
        f"`{result['command']}`, commit {', '.join(commits)}, {where['cpu']}, {where['cores']} cores. Seeds: "
        f"{', '.join(result['runs'])}{' (means)' if len(result['runs']) > 1 else ''}; {result['updates']} updates; "
        f"{result['problems']} problems a split and seed, so that a share near 50% has a 95% interval of about "
        f"±{98 / (options.problems * len(result['runs'])) ** 0.5:.0f} points by problems alone.\n\n"
        "![Training curves of every arm](img/learning.png)\n\n" + tables(result["runs"], names)
    )
    write_between_marks(options.page, text, MARKS)
    print(tables(result["runs"], names))


if __name__ == "__main__":
    main(tyro.cli(Options))
