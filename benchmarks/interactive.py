"""Interactive generation with and without a session: what it saves not to read a conversation again at every turn.

    python benchmarks/interactive.py

A randomly initialised model of 21 million parameters holds 16 conversations: each turn it writes until one of so many
tokens ends it that a turn has 24 on average (96 at most), and 8 tokens of feedback are put in before the next. Both
ways write the same tokens, which is checked. Written to benchmarks/results/interactive.json, and as a table into
docs/engines.md.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import tyro
from common import ROOT, commit, machine, write_between_marks
from generation import SIZES, Load, build, ends_of, prompts_of

import reasoning_gym_ccrl
from reasoning_gym_ccrl.agents.engines.base import Generate, SamplingParams
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.seeding import python_random

MARKS = ("<!-- interactive.py: begin -->", "<!-- interactive.py: end -->")
FEEDBACK_TOKENS = 8


@dataclass(frozen=True)
class Options:
    """Compare the processor seconds of whole conversations."""

    turns: tuple[int, ...] = (4, 8, 16)
    """Lengths of conversations."""
    rows: int = 16
    """Conversations side by side."""
    rounds: int = 2
    """Of each way, taking turns; the quickest counts."""
    threads: int = 1
    """Of the model."""
    out: Path = ROOT / "benchmarks/results/interactive.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/engines.md"
    """Where the table goes, between its two marks."""


def converse(generate: Generate, prompts: list[list[int]], turns: int, vocabulary: int) -> list[list[int]]:
    contexts, rng = [list(prompt) for prompt in prompts], python_random(0, "benchmark", "feedback")
    for turn in range(turns):
        found = generate(contexts, SamplingParams(96, seed=turn))
        for context, [each] in zip(contexts, found, strict=True):
            context += [*each.token_ids, *(rng.randrange(2, vocabulary) for _ in range(FEEDBACK_TOKENS))]
    return contexts


def measure(engine: Any, prompts: list[list[int]], turns: int, options: Options) -> dict[str, float]:
    vocabulary, read = engine.model.config.vocab_size, [0]

    def count(model: Any, args: Any, kwargs: Any) -> None:
        read[0] += kwargs["input_ids"].numel()

    hook = engine.model.register_forward_pre_hook(count, with_kwargs=True)
    seconds: dict[str, list[float]] = {"without": [], "with": []}
    tokens: dict[str, int] = {}
    written = []
    for _ in range(options.rounds):
        for name in seconds:
            read[0], started = 0, time.process_time()
            if name == "without":
                written.append(converse(engine.generate, prompts, turns, vocabulary))
            else:
                with engine.session() as generate:
                    written.append(converse(generate, prompts, turns, vocabulary))
            seconds[name].append(time.process_time() - started)
            tokens[name] = read[0]
    hook.remove()
    if any(each != written[0] for each in written):
        raise SystemExit("With and without a session, other tokens were written.")
    return {"turns": turns, "context_tokens": sum(map(len, written[0])) / len(prompts)} | {
        f"{what}_{name}": value
        for name in seconds
        for what, value in (("seconds", min(seconds[name])), ("tokens_read", tokens[name]))
    }


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    size, load = SIZES[-1], Load(options.rows, 64, 24, 96)
    engine = TransformersEngine(build(size), ends_of(size, load), 0)
    rows = []
    for turns in options.turns:
        rows.append(measure(engine, prompts_of(size, load), turns, options))
        print(rows[-1], flush=True)
    about = {
        "command": " ".join(["python benchmarks/interactive.py", *sys.argv[1:]]),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "threads": options.threads,
        "torch": torch.__version__,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"rows": rows}, indent=2) + "\n")
    write_between_marks(options.docs, table(rows, about), MARKS)
    print(table(rows, about))


def table(rows: list[dict[str, float]], about: dict[str, Any]) -> str:
    lines = [
        "| turns | context at the end | tokens read, without : with | processor seconds, without : with | ratio |",
        "|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            f"| {row['turns']} | {row['context_tokens']:.0f} | {row['tokens_read_without']:,} : "
            f"{row['tokens_read_with']:,} | {row['seconds_without']:.1f} : {row['seconds_with']:.1f} "
            f"| {row['seconds_without'] / row['seconds_with']:.2f} |"
        )
    of = about["machine"]
    note = (
        f"Threads: {about['threads']}. `{about['command']}` at {about['commit']}; {of['cpu']}, {of['cores']} cores, "
        f"Python {of['python']}, torch {about['torch']}."
    )
    return "\n".join([*lines, "", note])


if __name__ == "__main__":
    main(tyro.cli(Options))
