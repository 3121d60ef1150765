"""What benchmarks/trainer.py measures, each in a process of its own: a turn's time and memory, the head, an update."""

from __future__ import annotations

import ctypes
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from reasoning_gym_ccrl.agents.batch import make_batch, micro_batches
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.agents.logprobs import evaluating, response_hidden, score_tokens
from reasoning_gym_ccrl.agents.losses import clip_loss
from reasoning_gym_ccrl.agents.tiny import build_tokenizer
from reasoning_gym_ccrl.seeding import derive_seed, numpy_random
from reasoning_gym_ccrl.types import Episode, Problem

SIDES = ("TRL", "ours")
GROUP = 8
MICRO_BATCH_TOKENS = 4096
PROBLEM = Problem("benchmark", "-", "0")
Loss = Callable[[], float]
"""A turn: leaves gradients in the model and returns the loss."""


@dataclass(frozen=True)
class Cell:
    """A row of the table."""

    vocabulary: int
    prompt_tokens: int
    prompts: int
    max_tokens: int
    hidden: int
    layers: int


UPDATE = Cell(974, 64, 4, 64, 128, 4)


def build(cell: Cell) -> Qwen3ForCausalLM:
    torch.manual_seed(derive_seed(0, "benchmark", str(cell.vocabulary)))
    config = Qwen3Config(
        vocab_size=cell.vocabulary,
        hidden_size=cell.hidden,
        intermediate_size=3 * cell.hidden,
        num_hidden_layers=cell.layers,
        num_attention_heads=cell.hidden // 32,
        num_key_value_heads=cell.hidden // 32,
        head_dim=32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    return Qwen3ForCausalLM(config)


@dataclass(frozen=True)
class Data:
    """Prompts, each for a group; completions, log-probabilities under a slightly older policy, and advantages."""

    prompts: list[list[int]]
    completions: list[list[int]]
    old_logprobs: list[list[float]]
    advantages: list[float]

    @property
    def n_tokens(self) -> int:
        return sum(map(len, self.completions))

    def episodes(self) -> list[Episode]:
        return [
            episode(self.prompts[row // GROUP], completion, old)
            for row, (completion, old) in enumerate(zip(self.completions, self.old_logprobs, strict=True))
        ]


def episode(prompt: list[int], completion: list[int], logprobs: list[float]) -> Episode:
    return Episode(
        PROBLEM,
        (),
        terminated=True,
        truncated=False,
        token_ids=(*prompt, *completion),
        response_mask=(False,) * len(prompt) + (True,) * len(completion),
        sampler_logprobs=(*[0.0] * len(prompt), *logprobs),
    )


def data_of(cell: Cell, model: Any) -> Data:
    """Lengths are geometric with a mean of a third of the most; prompts are from half as long as the most."""
    rng = numpy_random(0, "benchmark", str(cell.vocabulary), str(cell.prompt_tokens))
    lengths = rng.geometric(3 / cell.max_tokens, cell.prompts * GROUP).clip(4, cell.max_tokens)
    sizes = [cell.prompt_tokens - index * cell.prompt_tokens // (2 * cell.prompts) for index in range(cell.prompts)]
    prompts = [rng.integers(2, cell.vocabulary, size).tolist() for size in sizes]
    completions = [rng.integers(2, cell.vocabulary, int(length)).tolist() for length in lengths]
    plain = Data(
        prompts, completions, [[0.0] * len(each) for each in completions], rng.normal(size=len(lengths)).tolist()
    )
    with torch.no_grad(), evaluating(model):
        batch = make_batch(plain.episodes(), [[0.0] * len(each.token_ids) for each in plain.episodes()], 0)
        batch = batch.to(model.device)
        flat = score_tokens(model, response_hidden(model, batch), batch.targets, entropy=False)[0].cpu()
    noisy = [
        each + torch.from_numpy(rng.normal(0, 0.1, len(each))).float()
        for each in flat.split(list(map(len, completions)))
    ]
    return Data(prompts, completions, [each.tolist() for each in noisy], plain.advantages)


def ours(model: Any, data: Data) -> Loss:
    """As our trainer does it, from episodes on."""
    episodes = data.episodes()
    model.eval()

    def turn() -> float:
        total = 0.0
        per_token = [[each] * len(of.token_ids) for each, of in zip(data.advantages, episodes, strict=True)]
        for rows in micro_batches(episodes, MICRO_BATCH_TOKENS):
            batch = make_batch([episodes[row] for row in rows], [per_token[row] for row in rows], 0).to(model.device)
            hidden = response_hidden(model, batch)
            # With the entropies, since TRL computes them as well.
            logprobs, _ = score_tokens(model, hidden, batch.targets, entropy_gradient=False)
            mask = batch.response_mask
            loss = clip_loss(logprobs, batch.old_logprobs[mask], batch.advantages[mask]).sum() / data.n_tokens
            loss.backward()
            total += loss.item()
        return total

    return turn


def trl_trainer(model: Any, cell: Cell, folder: str, **options: Any) -> Any:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    n_rows = cell.prompts * GROUP
    settings = GRPOConfig(
        output_dir=folder,
        per_device_train_batch_size=n_rows,
        num_generations=GROUP,
        max_completion_length=cell.max_tokens,
        bf16=False,
        gradient_checkpointing=False,
        use_cpu=model.device.type == "cpu",
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
        **options,
    )
    tokenizer = build_tokenizer()
    return GRPOTrainer(
        model=model,
        args=settings,
        reward_funcs=lambda completion_ids, **_: [float(sum(each) % 7) for each in completion_ids],
        train_dataset=Dataset.from_list([{"prompt": update_prompt(tokenizer, index)} for index in range(4 * n_rows)]),
        processing_class=tokenizer,
    )


def update_prompt(tokenizer: Any, index: int) -> str:
    """Text of as many tokens as the update's prompts have."""
    rng = numpy_random(0, "benchmark", "update", str(index))
    return str(tokenizer.decode([int(each) for each in rng.integers(20, 30, UPDATE.prompt_tokens)]))


def theirs(model: Any, data: Data, cell: Cell, folder: str) -> Loss:
    trainer = trl_trainer(model, cell, folder)
    trainer.current_gradient_accumulation_steps = 1
    longest = [max(map(len, rows)) for rows in (data.prompts, data.completions)]
    of_row = [data.prompts[row // GROUP] for row in range(len(data.completions))]

    def padded(rows: list[list[Any]], width: int, left: bool, dtype: torch.dtype) -> torch.Tensor:
        filled = [
            [0] * (width - len(row)) + list(row) if left else list(row) + [0] * (width - len(row)) for row in rows
        ]
        return torch.tensor(filled, dtype=dtype, device=model.device)

    inputs = {
        "prompt_ids": padded(of_row, longest[0], True, torch.long),
        "prompt_mask": padded([[1] * len(row) for row in of_row], longest[0], True, torch.long),
        "completion_ids": padded(data.completions, longest[1], False, torch.long),
        "completion_mask": padded([[1] * len(row) for row in data.completions], longest[1], False, torch.long),
        "advantages": torch.tensor(data.advantages, device=model.device),
        "old_per_token_logps": padded(data.old_logprobs, longest[1], False, torch.float32),
        "num_items_in_batch": torch.tensor(data.n_tokens, device=model.device),
    }

    def turn() -> float:
        model.train()
        loss = trainer._compute_loss(trainer.model, inputs)
        loss.backward()
        return float(loss.detach())

    return turn


def turn_of(side: str, model: Any, data: Data, cell: Cell, folder: str) -> Loss:
    return ours(model, data) if side == "ours" else theirs(model, data, cell, folder)


def grown(work: Callable[[], Any]) -> float:
    """By how many MB the process was larger meanwhile, at its largest; nan off Linux."""
    reset = Path("/proc/self/clear_refs")
    gc.collect()
    if not reset.exists():
        work()
        return float("nan")
    ctypes.CDLL(None).malloc_trim(0)
    reset.write_text("5")
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def memory_task(cell: Cell, side: str) -> dict[str, float]:
    model = build(cell)
    data = data_of(cell, model)
    short = Data(data.prompts[:1], [[3, 4]] * GROUP, [[-1.0, -1.0]] * GROUP, data.advantages[:GROUP])
    with tempfile.TemporaryDirectory() as folder:
        turn_of(side, model, short, cell, folder)()  # libraries start, gradients are there
        model.zero_grad(set_to_none=False)
        return {"megabytes": grown(turn_of(side, model, data, cell, folder))}


def time_task(cell: Cell, repeats: int) -> dict[str, Any]:
    model = build(cell)
    data = data_of(cell, model)
    seconds: dict[str, list[float]] = {side: [] for side in SIDES}
    found: dict[str, tuple[float, torch.Tensor]] = {}
    with tempfile.TemporaryDirectory() as folder:
        turns = {side: turn_of(side, model, data, cell, folder) for side in SIDES}
        for repeat in range(repeats + 1):
            for side, turn in turns.items():
                model.zero_grad(set_to_none=True)
                started = time.perf_counter()
                loss = turn()
                if repeat:
                    seconds[side].append(time.perf_counter() - started)
                else:
                    found[side] = loss, torch.cat([each.grad.flatten() for each in model.parameters()])
    (loss, gradient), (other, other_gradient) = found["TRL"], found["ours"]
    return {
        "seconds": {side: statistics.median(each) for side, each in seconds.items()},
        "loss": loss,
        "loss_difference": abs(loss - other),
        "gradient_difference": float((gradient - other_gradient).norm() / gradient.norm()),
        "tokens": data.n_tokens,
        "parameters": sum(each.numel() for each in model.parameters()),
    }


def head_task(n_tokens: int, vocabulary: int) -> dict[str, float]:
    """Scores and their backward pass alone, beyond the gradients themselves."""
    cell = Cell(vocabulary, 64, 1, 64, 128, 1)
    model = build(cell)
    hidden = torch.randn(n_tokens, cell.hidden, requires_grad=True)
    targets = torch.randint(0, vocabulary, (n_tokens,))

    def turn(rows: int = n_tokens) -> None:
        model.zero_grad(set_to_none=False)
        score_tokens(model, hidden[:rows], targets[:rows], entropy_gradient=False)[0].sum().backward()

    turn(8)
    made = 4 * cell.hidden * (vocabulary + n_tokens) / 2**20  # the gradients: new ones, before they are added up
    peak = grown(turn) - made
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        turn()
        seconds.append(time.perf_counter() - started)
    return {"seconds": statistics.median(seconds), "megabytes": peak}


def update_task(side: str, repeats: int) -> dict[str, float]:
    """Seconds of whole updates: generation, rewards, loss, backward and optimiser."""
    model = build(UPDATE)
    return {"seconds": (our_updates if side == "ours" else their_updates)(model, repeats)}


def our_updates(model: Any, repeats: int) -> float:
    tokenizer = build_tokenizer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    seconds = []
    for update in range(repeats + 1):
        started = time.perf_counter()
        texts = [update_prompt(tokenizer, UPDATE.prompts * update + index) for index in range(UPDATE.prompts)]
        prompts = [tokenizer(text)["input_ids"] for text in texts]
        params = SamplingParams(UPDATE.max_tokens, samples_per_prompt=GROUP, seed=update)
        groups = TransformersEngine(model, [1], 0).generate(prompts, params)
        completions = [list(each.token_ids) for group in groups for each in group]
        old = [list(each.logprobs) for group in groups for each in group]
        tokenizer.batch_decode(completions)  # what a reward would read
        rewards = torch.tensor([float(sum(each) % 7) for each in completions]).view(-1, GROUP)
        advantages = (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)
        ours(model, Data(prompts, completions, old, advantages.flatten().tolist()))()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def their_updates(model: Any, repeats: int) -> float:
    from transformers import TrainerCallback

    ends: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ends.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        trainer = trl_trainer(model, UPDATE, folder, max_steps=repeats + 1, logging_strategy="no")
        trainer.add_callback(Clock())
        trainer.train()
    return statistics.median(later - earlier for earlier, later in pairwise(ends))


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "time": time_task,
    "memory": memory_task,
    "head": head_task,
    "update": update_task,
}
