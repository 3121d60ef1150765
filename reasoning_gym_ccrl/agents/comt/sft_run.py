"""What a run of fine-tuning learns and is measured on, where that is more than plans: solutions, examples of a file."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import torch

from ...types import Problem
from ..base_corpus import TextExample
from ..engines.base import SamplingParams
from ..policy import LLMAgent
from ..rollout import rollout
from .cot_examples import cot_example
from .sft import completion_loss
from .sft_data import TokenExample, collate, tokenize

Item = TypeVar("Item")

ROWS_AT_ONCE = 16
"""Examples of the validation that are read together, so that a large vocabulary's logits fit."""


def repeated(examples: Sequence[TextExample], rng: random.Random) -> Iterator[TextExample]:
    """The examples over and over, in a new order each time."""
    order = list(examples)
    while True:
        rng.shuffle(order)
        yield from order


def held_out(items: Sequence[Item], count: int, rng: random.Random) -> tuple[list[Item], list[Item]]:
    """(what to learn, what to measure on): up to a fifth is kept from learning, at least one where there are two.

    >>> [len(part) for part in held_out(range(100), 30, random.Random(0))]
    [80, 20]
    """
    n_kept = min(count, max(len(items) // 5, 1 if len(items) > 1 else 0))
    kept = set(rng.sample(range(len(items)), n_kept))
    learned = [item for place, item in enumerate(items) if place not in kept]
    return learned, [items[place] for place in sorted(kept)]


@torch.no_grad()
def mean_loss(agent: LLMAgent, examples: Sequence[TextExample], max_length_tokens: int = 1_000_000) -> float:
    """Mean negative log-likelihood in nats per scored token, over all examples that are short enough; nan for none."""
    kept = [each for each in tokenize(examples, agent.tokenizer) if len(each.token_ids) <= max_length_tokens]
    kept.sort(key=lambda example: len(example.token_ids))
    model = agent.model
    was_training = model.training
    model.eval()
    total = 0.0
    try:
        for first in range(0, len(kept), ROWS_AT_ONCE):
            part = kept[first : first + ROWS_AT_ONCE]
            input_ids, scored = (each.to(model.device) for each in collate(part, agent.tokenizer.pad_token_id))
            total += completion_loss(model, input_ids, scored).item() * _n_scored(part)
    finally:
        model.train(was_training)
    return total / _n_scored(kept) if kept else float("nan")


def _n_scored(examples: Sequence[TokenExample]) -> int:
    return sum(sum(example.scored) for example in examples)


def solution_validation(agent: LLMAgent, problems: Sequence[Problem]) -> dict[str, float]:
    """Loss on the gold solutions of these problems, and the share of answers that greedy decoding gets right.

    A solution may take twice as many tokens as the longest gold one, so that stated confidences have room.
    """
    examples = [cot_example(problem) for problem in problems]
    longest = max(_n_scored([each]) for each in tokenize(examples, agent.tokenizer))
    params = SamplingParams(max_new_tokens=2 * longest, temperature=0.0)
    right = 0
    for first in range(0, len(problems), ROWS_AT_ONCE):
        groups: Any = rollout(agent, problems[first : first + ROWS_AT_ONCE], params, "outcome")
        right += sum(group[0].is_correct for group in groups)
    return {"validation_loss": mean_loss(agent, examples), "accuracy": right / len(problems)}
