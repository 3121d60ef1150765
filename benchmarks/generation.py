"""Tokens per second of generation: our transformers engine, `model.generate`, and vLLM, on one model and one machine.

    python benchmarks/generation.py                    # vLLM too, where it is installed; 8 minutes on 2 cores
    python benchmarks/generation.py --quick            # a minute: one length

Randomly initialised models write 8 completions for each prompt. Their lengths have a long tail, as those of real
policies: so many tokens of the vocabulary end a completion that each does with a chance of one in the wanted mean.
`model.generate` gets every advantage: its own batch of copies, and no log-probabilities asked for; ours and vLLM return
those of every token. Rounds of ours and of `generate` take turns; few completions take more rounds, since one long one
decides how long such a round takes; no round of a load is begun after `--seconds`. Before, each reads the prompts and
writes a few tokens. Memory is by how much a process grew, at its largest, in a first round beyond what it held with the
model and a warm-up: of ours and of `generate` in a new process for each figure. vLLM's is by how much its process grew
since vLLM was imported: weights, and the cache that it reserves whatever is asked (1 GB here).
Written to benchmarks/results/generation.json, and as a table into docs/benchmarks.md.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from common import ROOT, commit, machine, write_between_marks
from transformers import LlamaConfig, LlamaForCausalLM

import reasoning_gym_ccrl
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.agents.engines.vllm import import_vllm
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_tokenizer
from reasoning_gym_ccrl.seeding import derive_seed, python_random

MARKS = ("<!-- generation.py: begin -->", "<!-- generation.py: end -->")
GROUP = 8
ENGINES = ("ours", "generate", "vLLM")
PRELOAD = ["torch", "transformers.models.llama.modeling_llama", "reasoning_gym_ccrl.agents.policy"]
WARM_UP_TOKENS = 8
Run = Callable[..., int]
"""A round of generation from a seed, `max_tokens` of it where given; returns the number of tokens that were written."""


@dataclass(frozen=True)
class Options:
    """Compare tokens per second."""

    rounds: int = 2
    """Timed rounds of each, with 64 completions or more; with 8, eight times as many."""
    seconds: float = 10.0
    """Of a load's timed rounds, after which none is begun."""
    quick: bool = False
    """One length alone."""
    vllm: bool = True
    """Measure vLLM, where it is installed."""
    threads: int = torch.get_num_threads()
    """Of each engine."""
    out: Path = ROOT / "benchmarks/results/generation.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the table goes, between its two marks."""


@dataclass(frozen=True)
class Size:
    """A model to measure with."""

    name: str
    hidden: int
    layers: int
    vocabulary: int


@dataclass(frozen=True)
class Load:
    """What is asked for: prompts (each 8 times), tokens in each, mean and greatest length of a completion."""

    prompts: int
    prompt_tokens: int
    mean_tokens: int
    max_tokens: int


SIZES = (Size("1M", 128, 4, 974), Size("21M", 256, 6, 32_000))
LENGTHS = ((64, 24, 96), (64, 96, 384), (256, 24, 96))
PROMPTS = {"1M": (1, 8, 32), "21M": (1, 8)}


def build(size: Size) -> LlamaForCausalLM:
    torch.manual_seed(derive_seed(0, "benchmark", size.name))
    config = LlamaConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=3 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.hidden // 32,
        num_key_value_heads=size.hidden // 32,
        max_position_embeddings=1024,
        initializer_range=0.02,  # so narrow that all tokens are about as likely
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config).eval()


def prompts_of(size: Size, load: Load) -> list[list[int]]:
    rng = python_random(0, "benchmark", "prompts")
    return [[rng.randrange(2, size.vocabulary) for _ in range(load.prompt_tokens)] for _ in range(load.prompts)]


def ends_of(size: Size, load: Load) -> list[int]:
    """Tokens that end a completion, spread over the vocabulary: one in `mean_tokens` of it."""
    return list(range(1, size.vocabulary, load.mean_tokens))


def ours(model: Any, size: Size, load: Load) -> Run:
    engine = TransformersEngine(model, ends_of(size, load), 0)
    prompts = prompts_of(size, load)

    def run(seed: int, max_tokens: int = load.max_tokens) -> int:
        groups = engine.generate(prompts, SamplingParams(max_tokens, samples_per_prompt=GROUP, seed=seed))
        return sum(len(each.token_ids) for group in groups for each in group)

    return run


def generate(model: Any, size: Size, load: Load) -> Run:
    prompts, ends = torch.tensor(prompts_of(size, load)), ends_of(size, load)
    is_end = torch.zeros(size.vocabulary, dtype=torch.bool)
    is_end[ends] = True

    @torch.no_grad()
    def run(seed: int, max_tokens: int = load.max_tokens) -> int:
        torch.manual_seed(seed)
        written = model.generate(
            input_ids=prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=True,
            top_k=0,
            num_return_sequences=GROUP,
            max_new_tokens=max_tokens,
            eos_token_id=ends,
            pad_token_id=0,
        )[:, prompts.shape[1] :]
        before_end = is_end[written].cumsum(1) - is_end[written].long() == 0
        return int(before_end.sum())

    return run


def with_vllm(engine: Any, size: Size, load: Load) -> Run:
    engine.eos_token_ids = frozenset(ends_of(size, load))
    prompts = prompts_of(size, load)

    def run(seed: int, max_tokens: int = load.max_tokens) -> int:
        groups = engine.generate(prompts, SamplingParams(max_tokens, samples_per_prompt=GROUP, seed=seed))
        return sum(len(each.token_ids) for group in groups for each in group)

    return run


def measure(runs: Mapping[str, Run], rounds: int, seconds: float = float("inf")) -> dict[str, dict[str, float]]:
    """For each: tokens per second over all rounds, at least one, and the mean tokens of a round."""
    spent, tokens = dict.fromkeys(runs, 0.0), dict.fromkeys(runs, 0)
    for run in runs.values():
        run(0, WARM_UP_TOKENS)
    done = 0
    while done == 0 or (done < rounds and sum(spent.values()) < seconds):
        done += 1
        for name, run in runs.items():
            started = time.perf_counter()
            tokens[name] += run(done)
            spent[name] += time.perf_counter() - started
    return {
        name: {"tokens_per_second": tokens[name] / spent[name], "tokens": tokens[name] / done, "rounds": done}
        for name in runs
    }


def rounds_of(load: Load, options: Options) -> int:
    return options.rounds * max(1, 8 // load.prompts)


def megabytes_in_a_new_process(name: str, size: Size, load: Load, threads: int) -> float:
    """By how many MB a process grows in a round of "ours" or "generate"; nan off Linux."""
    context = multiprocessing.get_context("forkserver")  # its processes begin with everything imported, and no more
    context.set_forkserver_preload(PRELOAD)
    with context.Pool(1) as pool:
        return pool.apply(_megabytes, (name, size, load, threads))


def _megabytes(name: str, size: Size, load: Load, threads: int) -> float:
    torch.set_num_threads(threads)
    model, make = build(size), {"ours": ours, "generate": generate}[name]
    make(model, size, Load(1, 8, 4, 8))(0)  # what is allocated once: threads, code that is loaded when first used
    run = make(model, size, load)
    watch = PeakMemory()
    run(0)
    return watch.megabytes()


class PeakMemory:
    """Says by how many MB this process was larger at its largest than when the watch was made; nan off Linux."""

    def __init__(self) -> None:
        gc.collect()
        self.reset = Path("/proc/self/clear_refs")
        if self.reset.exists():
            ctypes.CDLL(None).malloc_trim(0)
            self.reset.write_text("5")  # the peak is the present, from now on
            self.before = self._status("VmRSS")

    def megabytes(self) -> float:
        return (self._status("VmHWM") - self.before) / 1024 if self.reset.exists() else float("nan")

    @staticmethod
    def _status(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def loads(size: Size, options: Options) -> list[Load]:
    lengths = LENGTHS[:1] if options.quick else LENGTHS
    return [Load(prompts, *each) for each in lengths for prompts in PROMPTS[size.name]]


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    rows: list[dict[str, Any]] = []
    started = time.perf_counter()
    for size in SIZES:
        model = build(size)
        for load in loads(size, options):
            runs = {"ours": ours(model, size, load), "generate": generate(model, size, load)}
            figures = measure(runs, rounds_of(load, options), options.seconds)
            for name in runs:
                figures[name]["megabytes"] = megabytes_in_a_new_process(name, size, load, options.threads)
            rows.append({"model": size.name, **vars(load), **figures})
            print(rows[-1], flush=True)
    found = importlib.util.find_spec("vllm") is not None and options.vllm
    if found:  # last: it binds threads to cores, for the whole process
        for size in SIZES:
            add_vllm(size, [row for row in rows if row["model"] == size.name], options)
    about = {
        "minutes": round((time.perf_counter() - started) / 60, 1),
        "command": "python benchmarks/generation.py" + (" --quick" if options.quick else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "threads": options.threads,
        "torch": torch.__version__,
        "vllm": found,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"rows": rows}, indent=2) + "\n")
    text = table(rows, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


def add_vllm(size: Size, rows: Sequence[dict[str, Any]], options: Options) -> None:
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    tokenizer = build_tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        LLMAgent(build(size), tokenizer).save_pretrained(folder)
        import_vllm()
        watch = PeakMemory()
        agent = LLMAgent.from_pretrained(folder, engine="vllm", dtype="float32", max_model_len=1024)
        for row in rows:
            load = Load(*(row[name] for name in ("prompts", "prompt_tokens", "mean_tokens", "max_tokens")))
            row |= measure({"vLLM": with_vllm(agent.engine, size, load)}, rounds_of(load, options), options.seconds)
            row["vLLM"]["megabytes"] = watch.megabytes()
            print(size.name, load, "vLLM", row["vLLM"], flush=True)


def table(rows: Sequence[dict[str, Any]], about: dict[str, Any]) -> str:
    lines = [
        "| model | completions | prompt | length, mean (most) | `generate` | ours | vLLM | ours : `generate` "
        "| MB, `generate` : ours : vLLM |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        speed = {name: row[name]["tokens_per_second"] for name in ENGINES if name in row}
        memory = [f"{row[name]['megabytes']:,.0f}" for name in ("generate", "ours", "vLLM") if name in row]
        vllm = f"{speed['vLLM']:,.0f}" if "vLLM" in speed else "–"
        lines.append(
            f"| {row['model']} | {row['prompts'] * GROUP} | {row['prompt_tokens']} | {row['mean_tokens']} "
            f"({row['max_tokens']}) | {speed['generate']:,.0f} | {speed['ours']:,.0f} | {vllm} "
            f"| {speed['ours'] / speed['generate']:.2f} | {' : '.join(memory)} |"
        )
    of = about["machine"]
    note = (
        f"Tokens per second, {GROUP} completions a prompt, float32, threads: {about['threads']}, "
        f"{about['minutes']} minutes. `{about['command']}` at {about['commit']}; {of['cpu']}, {of['cores']} cores, "
        f"Python {of['python']}, torch {about['torch']}."
    )
    return "\n".join([*lines, "", note])


if __name__ == "__main__":  # vLLM may start this file again in a process of its own
    import tyro  # here, because benchmarks/gpu.py imports what is above where tyro may be missing

    main(tyro.cli(Options))
