"""What judging costs in a rollout: the share of its time that the model takes, and what the verifier takes.

    python benchmarks/rollout.py                     # the demo's model, runs/demo/ccrl, or an untrained one
    python benchmarks/rollout.py --model PATH_OR_ID

The same episodes are read twice from what the model wrote: whole (text, judge, reward, spans of tokens), and up to
the point where judging begins; the difference is the judge and the reward. The tiny model is the worst case: the
faster a model writes, the larger the share of whoever reads it. Written to benchmarks/results/rollout.json, and as a
table into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks

import reasoning_gym_ccrl
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import TokenReader, play_back
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES, build_model, build_tokenizer
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import render_transcript, split_completion

MARKS = ("<!-- rollout.py: begin -->", "<!-- rollout.py: end -->")


@dataclass(frozen=True)
class Options:
    """Measure what judging costs in a rollout."""

    model: str | None = None
    """A path or a Hugging Face id; by default runs/demo/ccrl, or an untrained tiny model where there is none."""
    problems: int = 24
    """Problems in a rollout, as in an update of the demo."""
    group_size: int = 8
    """Attempts at each."""
    max_new_tokens: int = 96
    """Budget of tokens for an attempt."""
    rounds: int = 10
    """Rollouts, each of fresh problems; sums count."""
    out: Path = ROOT / "benchmarks/results/rollout.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the table goes, between its two marks."""


def load(options: Options) -> tuple[LLMAgent, str]:
    path = options.model or ("runs/demo/ccrl" if (ROOT / "runs/demo/ccrl/config.json").is_file() else None)
    if path:
        return LLMAgent.from_pretrained(path if options.model else ROOT / path), path
    tokenizer = build_tokenizer()
    return LLMAgent(build_model(tokenizer), tokenizer), "untrained tiny model"


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    found = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return found, time.perf_counter() - started


def measure(agent: LLMAgent, options: Options) -> dict[str, float]:
    """Seconds of sampling, of reading what was written, and of judging it, over all rounds, and what was done."""
    source, rng = make_source(TINY_FAMILIES), python_random(0, "benchmark", "rollout")
    pays, reader = make_reward("ccrl"), TokenReader(agent.tokenizer)
    seconds = {"sampling": 0.0, "reading": 0.0, "judging": 0.0}
    steps = tokens = 0
    for round_ in range(-1, options.rounds):
        problems = draw_problems(source, options.problems, rng)
        prompts = agent.encode_prompts([render_transcript(problem.question) for problem in problems])
        params = SamplingParams(
            max_new_tokens=options.max_new_tokens, samples_per_prompt=options.group_size, seed=round_ + 1
        )
        groups, sampling = timed(lambda prompts=prompts, params=params: agent.engine.generate(prompts, params))
        written = [
            (*material, generation)
            for *material, generations in zip(problems, prompts, groups, strict=True)
            for generation in generations
        ]

        def read(written: list[Any] = written) -> None:
            for _, _, generation in written:
                finished = generation.stop_reason == "eos"
                split_completion(reader.read(generation.token_ids[: -1 if finished else None])[0], finished=finished)

        def judge(written: list[Any] = written) -> list[Any]:
            return [play_back(problem, prompt, generation, reader, pays) for problem, prompt, generation in written]

        _, reading = timed(read)
        episodes, whole = timed(judge)
        if round_ < 0:
            continue  # the first rollout warms everything up
        seconds["sampling"] += sampling
        seconds["reading"] += reading
        seconds["judging"] += whole - reading
        steps += sum(len(episode.records) for episode in episodes)
        tokens += sum(len(generation.token_ids) for *_, generation in written)
    return seconds | {"steps": steps, "tokens": tokens}


def table(figures: dict[str, float], about: dict[str, Any]) -> str:
    total = sum(figures[name] for name in ("sampling", "reading", "judging"))
    rows = {
        "sampling": "the model writes",
        "reading": "tokens become text, and text the elements of the protocol",
        "judging": "judge, reward, spans of tokens",
    }
    lines = ["| part of a rollout | seconds | share |", "|---|---:|---:|"]
    lines += [f"| {what} | {figures[name]:.2f} | {figures[name] / total:.1%} |" for name, what in rows.items()]
    of = about["machine"]
    return "\n".join(
        [
            *lines,
            "",
            f"{about['model']}, {figures['steps']:,.0f} steps and {figures['tokens']:,.0f} tokens. "
            f"`{about['command']}` at {about['commit']}; {about['device']}, {of['cpu']}, Python {of['python']}.",
        ]
    )


def main(options: Options) -> None:
    agent, name = load(options)
    about = {
        "command": "python benchmarks/rollout.py" + (f" --model {options.model}" if options.model else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "device": str(agent.model.device),
        "model": name,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    figures = measure(agent, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | figures, indent=2) + "\n")
    text = table(figures, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
