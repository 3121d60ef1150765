"""Fine-tuning on plans against fine-tuning on solutions: what each buys, in the training distribution and out of it.

    python benchmarks/comt_and_cot.py --base runs/demo/base     # the base that `make demo` trains; minutes on two cores
    python benchmarks/comt_and_cot.py --base runs/demo/base --seeds 0 1 2

From one base, three arms by the settings of the demo's CoMT stage, with the same share of its corpus replayed, in as
many updates, on the same stream of problems:

- CoMT: the plan, with no number;
- CoT, examples: the solution with every number, of as many problems;
- CoT, tokens: the same of fewer problems, so that it learns from as many tokens as CoMT.

Each is sampled once at temperature 1 on the same problems of the split `test` and of every out-of-distribution split
that the two families have. Plans are judged by the verifier (right where they match the gold graph); a line is computed
right where its own equality holds, whatever it is of, which tells calculating apart from knowing what to calculate. To
see the arithmetic alone, each is also given the gold plan of the test problems and carries it out.

No reinforcement learning follows here, so this compares what the two kinds of fine-tuning leave behind, and not what
they are worth as a beginning of it. One tiny model; nothing of it need hold for a large one.

Written to benchmarks/results/comt_and_cot.json, and as tables into docs/sft.md.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks

from reasoning_gym_ccrl.agents.base_corpus import corpus, draw_confidence
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example, example_stream, matched, scored_tokens
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example, plan_of
from reasoning_gym_ccrl.agents.comt.sft import fine_tune
from reasoning_gym_ccrl.agents.demo import DemoConfig
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import TokenReader, play_back, rollout
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.cli.console import progress
from reasoning_gym_ccrl.envs.problems import FAMILIES, OOD_SPLITS, has_split, make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.evaluation.evaluate import summarise
from reasoning_gym_ccrl.evaluation.metrics import wilson_interval
from reasoning_gym_ccrl.seeding import derive_seed, python_random
from reasoning_gym_ccrl.step_format import render_transcript
from reasoning_gym_ccrl.types import Episode, Problem, Step, Verdict

MARKS = ("<!-- comt_and_cot.py: begin -->", "<!-- comt_and_cot.py: end -->")
ARMS: Mapping[str, tuple[str, str] | None] = {
    "base": None,
    "CoMT": ("comt", "examples"),
    "CoT, examples": ("cot", "examples"),
    "CoT, tokens": ("cot", "tokens"),
}
SPLITS = ("test", *(split for split in OOD_SPLITS if any(has_split(FAMILIES[name], split) for name in TINY_FAMILIES)))
COUNTED_ON = 512  # problems that the lengths of plans and solutions are compared on

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Options:
    """Compare fine-tuning on plans and on solutions."""

    base: Path = ROOT / "runs/demo/base"
    """The tiny base that `make demo` trains."""
    seeds: tuple[int, ...] = (0,)
    """Of problems, their order, replay and samples; one run each."""
    problems: int = 256
    """Measured on in each split."""
    updates: int = DemoConfig().comt.updates
    """Optimiser steps of each arm."""
    batch_size: int = int(DemoConfig().comt.batch_size)
    """Examples per update of the CoMT arm."""
    difficulty: str = "easy"
    """Of the problems."""
    max_new_tokens: int = 200
    """Budget of tokens for a solution."""
    results: Path = ROOT / "benchmarks/results/comt_and_cot.json"
    """Where the figures go."""
    page: Path = ROOT / "docs/sft.md"
    """Where the tables go."""


def problems_of(options: Options, seed: int) -> dict[str, list[Problem]]:
    """The problems of every split, the same for all arms."""
    return {
        split: draw_problems(
            make_source(TINY_FAMILIES, options.difficulty, split),
            options.problems,
            python_random(seed, "comt and cot", split),
        )
        for split in SPLITS
    }


def train_arm(agent: LLMAgent, target: str, match: str, options: Options, seed: int) -> dict[str, float]:
    """Fine-tunes in place; what it learned from and how long it took."""
    demo = DemoConfig()
    source = make_source(TINY_FAMILIES, options.difficulty, "train")
    counted = draw_problems(source, COUNTED_ON, python_random(seed, "comt and cot", "lengths"))
    arm = matched(target, match, options.batch_size, demo.replay_share, counted, agent.tokenizer)
    rng = python_random(seed, "comt and cot", "train")  # the same for all arms: the same problems in the same order
    replay = corpus(source, rng)
    stream = example_stream(target, source, replay, arm.replay_share, rng, draw_confidence)
    warmup = min(demo.comt.warmup_updates, max(1, options.updates // 10))
    config = replace(demo.comt, updates=options.updates, batch_size=arm.batch_size, warmup_updates=warmup)
    started = time.perf_counter()
    with progress(f"{target}, {match}", config.updates) as advance:
        result = fine_tune(
            agent.model,
            agent.tokenizer,
            stream,
            config,
            rng,
            on_update=lambda _, figures: advance(note=f"loss {figures['loss']:.3f}"),
        )
    taught = [(comt_example if target == "comt" else cot_example)(problem) for problem in counted]
    own = round(arm.batch_size * (1 - arm.replay_share) * result.updates)
    return {
        "batch_size": arm.batch_size,
        "replay_share": arm.replay_share,
        "own_examples": own,
        "own_scored_tokens": own * scored_tokens(taught, agent.tokenizer) / len(taught),
        "scored_tokens": result.scored_tokens,
        "training_seconds": time.perf_counter() - started,
    }


def figures_of(episodes: Sequence[Episode], seconds: float) -> Figures:
    """Accuracy, lengths, plans, and lines computed right."""
    plans = [next((r for r in episode.records if r.step.kind == "plan"), None) for episode in episodes]
    lines = [record.judgement.local for episode in episodes for record in episode.records if record.step.kind == "step"]
    checked = [local for local in lines if local is not Verdict.UNCHECKED]
    reached = [{r.judgement.gold_index for r in episode.records if r.step.kind == "step"} for episode in episodes]
    whole = [set(range(len(e.problem.solution))) <= nodes for e, nodes in zip(episodes, reached, strict=True)]
    count = len(episodes)
    return summarise(episodes, seconds=seconds) | {
        "plan_written": sum(plan is not None for plan in plans) / count,
        "plan_right": sum(plan is not None and plan.judgement.verdict is Verdict.CORRECT for plan in plans) / count,
        "path_whole": sum(whole) / count,
        "lines": float(len(checked)),
        "lines_right": sum(local is Verdict.CORRECT for local in checked) / len(checked) if checked else None,
    }


def carry_out(agent: LLMAgent, problems: Sequence[Problem], params: SamplingParams) -> list[Episode]:
    """Each problem with its gold plan in the prompt."""
    shown = [render_transcript(each.question, [Step("plan", plan_of(each))]) for each in problems]
    prompts = agent.encode_prompts(shown)
    reader = TokenReader(agent.tokenizer)
    return [
        play_back(problem, prompt, group[0], reader, "outcome")
        for problem, prompt, group in zip(problems, prompts, agent.engine.generate(prompts, params), strict=True)
    ]


def measure_arm(
    agent: LLMAgent, problems: Mapping[str, Sequence[Problem]], options: Options, seed: int
) -> dict[str, Any]:
    """The figures in every split, those with the plan given, and which problems were solved."""
    params = SamplingParams(options.max_new_tokens, 1.0, seed=derive_seed(seed, "comt and cot", "sampling"))
    splits: dict[str, Any] = {}
    with progress("Measuring", len(problems) + 1) as advance:
        for split, asked in problems.items():
            started = time.perf_counter()
            episodes = [group[0] for group in rollout(agent, asked, params, "outcome")]
            figures = figures_of(episodes, round(time.perf_counter() - started, 2))
            splits[split] = figures | {"solved": [int(episode.is_correct) for episode in episodes]}
            advance(note=f"{split}: {figures['accuracy']:.1%}")
        started = time.perf_counter()
        given = figures_of(carry_out(agent, problems["test"], params), round(time.perf_counter() - started, 2))
        advance()
    return {"splits": splits, "plan_given": given}


def run_seed(options: Options, seed: int) -> dict[str, Any]:
    """All arms of one seed."""
    problems = problems_of(options, seed)
    arms = {}
    for name, how in ARMS.items():
        agent = LLMAgent.from_pretrained(options.base)
        torch.manual_seed(derive_seed(seed, "comt and cot", "torch"))
        training = {} if how is None else train_arm(agent, *how, options, seed)
        arms[name] = training | measure_arm(agent, problems, options, seed)
    return {"seed": seed, "arms": arms}


# --- tables


def mean_of(runs: Sequence[Mapping[str, Any]], *keys: str) -> float | None:
    """The mean over seeds of the figure at this path."""
    values = []
    for run in runs:
        value: Any = run["arms"]
        for key in keys:
            value = value.get(key) if value is not None else None
        values.append(value)
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def difference(runs: Sequence[Mapping[str, Any]], split: str, one: str, other: str) -> tuple[float, float]:
    """Mean of the paired differences in problems solved, and half its 95% interval (normal, over problems)."""
    pairs = [
        a - b
        for run in runs
        for a, b in zip(*(run["arms"][arm]["splits"][split]["solved"] for arm in (one, other)), strict=True)
    ]
    return statistics.fmean(pairs), 1.96 * statistics.stdev(pairs) / len(pairs) ** 0.5


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def tables(runs: Sequence[Mapping[str, Any]]) -> str:
    """All that was measured, as Markdown."""
    names = list(ARMS)
    cost = [
        ("own examples learned", [number(mean_of(runs, name, "own_examples")) for name in names]),
        ("scored tokens of these", [number(mean_of(runs, name, "own_scored_tokens")) for name in names]),
        ("scored tokens, replay too", [number(mean_of(runs, name, "scored_tokens")) for name in names]),
        ("training, seconds", [number(mean_of(runs, name, "training_seconds")) for name in names]),
        ("lines right, test", [percent(mean_of(runs, name, "splits", "test", "lines_right")) for name in names]),
        ("lines right, plan given", [percent(mean_of(runs, name, "plan_given", "lines_right")) for name in names]),
        ("accuracy, plan given", [percent(mean_of(runs, name, "plan_given", "accuracy")) for name in names]),
    ]
    accuracy = []
    for split in SPLITS:
        row = [split, *(percent(mean_of(runs, name, "splits", split, "accuracy")) for name in names)]
        for other in ("CoT, examples", "CoT, tokens"):
            gap, half = difference(runs, split, "CoMT", other)
            row.append(f"{100 * gap:+.1f} ± {100 * half:.1f}")
        accuracy.append(row)
    detail = []
    for split in SPLITS:
        row = [split, percent(mean_of(runs, "CoMT", "splits", split, "plan_right"))]
        for key, write in (("path_whole", percent), ("lines_right", percent), ("mean_tokens", number)):
            row += [write(mean_of(runs, name, "splits", split, key)) for name in names[1:]]
        detail.append(row)
    arms = names[1:]
    return "\n\n".join(
        [
            "**What each arm learned from, and what became of the arithmetic:**",
            table(["", *names], [[label, *cells] for label, cells in cost]),
            "**Accuracy by split**, and the difference of CoMT, in points with a 95% interval over problems:",
            table(["split", *names, "CoMT − CoT, examples", "CoMT − CoT, tokens"], accuracy),
            "**How it was done:** share of problems whose plan matches the gold graph (CoMT alone writes plans); share "
            "in which every gold step was reached; share of computed lines that hold by themselves; tokens written.",
            table(
                ["split", "plan right", *(f"{what}: {arm}" for what in ("path", "lines", "tokens") for arm in arms)],
                detail,
            ),
        ]
    )


def page(result: Mapping[str, Any]) -> str:
    runs, where = result["runs"], result["machine"]
    seeds = ", ".join(str(run["seed"]) for run in runs)
    count = len(runs[0]["arms"]["base"]["splits"]["test"]["solved"])
    low, high = (float(bound) for bound in wilson_interval(count // 2, count))
    return (
        f"`{result['command']}`, commit {result['commit']}, {where['cpu']}, {where['cores']} cores, "
        f"{result['minutes']:.0f} minutes. Seeds: {seeds}. {count} problems a split: a share of 50% has the 95% "
        f"interval {low:.0%} to {high:.0%}, by problems alone; another seed of training moves it too.\n\n{tables(runs)}"
    )


def main(options: Options) -> None:
    started = time.perf_counter()
    runs = [run_seed(options, seed) for seed in options.seeds]
    seeds = " ".join(map(str, options.seeds))
    result = {
        "command": f"python benchmarks/comt_and_cot.py --base runs/demo/base --seeds {seeds}",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine(),
        "settings": {"updates": options.updates, "batch_size": options.batch_size, "difficulty": options.difficulty},
        "minutes": (time.perf_counter() - started) / 60,
        "runs": runs,
    }
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(result) + "\n", encoding="utf-8")
    write_between_marks(options.page, page(result), MARKS)
    print(tables(runs))


if __name__ == "__main__":
    main(tyro.cli(Options))
