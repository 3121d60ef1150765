"""The confidences of episodes by every source of `confidence.CONFIDENCES`: what rollouts write, evaluation compares.

Each source is found after the episode was sampled, and written into its records with `with_confidences`, which asks the
reward again; so any reward is paid on any source.

Axes: groups of G episodes, one group a problem.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from ..errors import InvalidInput, unknown_name
from ..evaluation.selective import answer_label
from ..rewards import RewardSpec, make_reward
from ..step_format import render_step
from ..types import Episode, StepContext, StepRecord, Verdict
from .batch import make_batch, micro_batches
from .comt.sft_data import TokenExample, collate
from .confidence import (
    CONFIDENCES,
    FALSE_WORD,
    TOKEN_CONFIDENCES,
    TRUE_WORD,
    computed_number_span,
    entropy_confidence,
    hybrid_confidence,
    mean_probability,
    p_true,
    p_true_question,
    self_consistency,
)
from .logprobs import response_logits, scored_logits, token_entropies, token_logprobs
from .policy import LLMAgent
from .rollout import TokenReader, token_at

Confidences = list[float | None]
"""One for each record of an episode; None where the source has none."""

TOKENS_AT_ONCE = 2048
"""Scored together, padding included: 2,048 rows of a vocabulary of 150,000 take 1.2 GB."""


def number_tokens(episode: Episode, number: int, reader: TokenReader) -> range | None:
    """The positions in `token_ids` of the number that a record computed; None where it has none, or no tokens."""
    record = episode.records[number]
    span = computed_number_span(record.step.text)
    if span is None or record.span is None or record.step.kind == "plan":
        return None
    first, end = record.span
    text, ends = reader.read(episode.token_ids[first:end])
    # Up to the number: the last bytes of a sign at the end may belong to the next record's span.
    start = text.find(record.step.text[: span[1]])
    if start < 0:  # text that the protocol's reader changed: malformed
        return None
    return range(first + token_at(ends, start + span[0]), first + token_at(ends, start + span[1] - 1) + 1)


@torch.no_grad()
def episode_entropies(
    agent: LLMAgent, episodes: Sequence[Episode], temperature: float = 1.0, tokens_at_once: int = TOKENS_AT_ONCE
) -> list[list[float]]:
    """Entropy in nats of the distribution that each token was drawn from; 0.0 where the policy sampled nothing.

    By one forward pass of the agent's own weights, for engines that return no entropies.

    Args:
        agent: who wrote the episodes; with other weights by now, these are the entropies of another policy.
        episodes: with tokens.
        temperature: at which they were sampled.
        tokens_at_once: bounds the memory, never the result.
    """
    entropies = [[0.0] * len(episode.token_ids) for episode in episodes]
    model = agent.model
    was_training = model.training
    model.eval()
    try:
        for indices in micro_batches(episodes, tokens_at_once):
            chosen = [episodes[index] for index in indices]
            batch = make_batch(chosen, [entropies[index] for index in indices], agent.tokenizer.pad_token_id)
            values = iter(token_entropies(response_logits(model, batch.to(model.device)), temperature).tolist())
            for index in indices:
                for place, sampled in enumerate(episodes[index].response_mask):
                    if sampled:
                        entropies[index][place] = next(values)
    finally:
        model.train(was_training)
    return entropies


def record_confidences(
    agent: LLMAgent, groups: Sequence[Sequence[Episode]], source: str, *, temperature: float = 1.0
) -> list[list[Confidences]]:
    """What each record of each episode is believed with, by one source; nothing is changed.

    Args:
        agent: who wrote the episodes.
        groups: the attempts at each problem; for "self_consistency" two or more of them.
        source: a key of `CONFIDENCES`.
        temperature: at which they were sampled, for "token_entropy".

    Raises:
        UnknownName: a source that is in no table.
        InvalidInput: "self_consistency" of single attempts, which would be 1 throughout.
    """
    if source not in CONFIDENCES:
        raise unknown_name("confidence source", source, CONFIDENCES)
    if source == "stated":
        return [[[record.step.confidence for record in episode.records] for episode in group] for group in groups]
    if source == "self_consistency":
        return [_agreeing(group) for group in groups]
    flat = [episode for group in groups for episode in group]
    if source == "hybrid":
        digits = digit_confidences(agent.tokenizer, flat)
        found = [
            [hybrid_confidence(record.step.confidence, own) for record, own in zip(episode.records, each, strict=True)]
            for episode, each in zip(flat, digits, strict=True)
        ]
    elif source == "p_true":
        found = _asked(agent, flat)
    else:
        found = _of_digits(agent, flat, _number_places(agent.tokenizer, flat), source, temperature)
    values = iter(found)
    return [[next(values) for _ in group] for group in groups]


def digit_confidences(tokenizer: Any, episodes: Sequence[Episode]) -> list[Confidences]:
    """For each record of each episode its `token_mean`: what "hybrid" averages a stated confidence with."""
    return [
        _measured(episode.sampler_logprobs, places, mean_probability)
        for episode, places in zip(episodes, _number_places(tokenizer, episodes), strict=True)
    ]


def _number_places(tokenizer: Any, episodes: Sequence[Episode]) -> list[list[range | None]]:
    """For each record of each episode where the number is that it computed."""
    reader = TokenReader(tokenizer)
    return [[number_tokens(episode, n, reader) for n in range(len(episode.records))] for episode in episodes]


def _measured(
    numbers: Sequence[float], places: Sequence[range | None], measure: Callable[[Sequence[float]], float]
) -> Confidences:
    return [None if tokens is None else measure([numbers[token] for token in tokens]) for tokens in places]


def _of_digits(
    agent: LLMAgent,
    episodes: Sequence[Episode],
    places: Sequence[Sequence[range | None]],
    source: str,
    temperature: float,
) -> list[Confidences]:
    """By the tokens of the number that each record computed."""
    if source == "token_entropy":
        size = agent.model.get_input_embeddings().weight.shape[0]
        numbers = episode_entropies(agent, episodes, temperature)

        def measure(values: Sequence[float]) -> float:
            return entropy_confidence(values, size)
    else:
        numbers = [list(episode.sampler_logprobs) for episode in episodes]
        measure = TOKEN_CONFIDENCES[source]  # type: ignore[assignment]
    return [_measured(own, each, measure) for own, each in zip(numbers, places, strict=True)]


def _agreeing(group: Sequence[Episode]) -> list[Confidences]:
    """The share of a group that gives each answer."""
    if len(group) < 2:
        raise InvalidInput(
            "Self-consistency compares several attempts at one problem; received "
            f"{len(group)}. Sample more with SamplingParams(samples_per_prompt=8)."
        )
    shares = self_consistency([answer_label(episode) for episode in group])
    return [_answer_alone(episode, share) for episode, share in zip(group, shares, strict=True)]


def _answer_alone(episode: Episode, confidence: float) -> Confidences:
    return [confidence if record.judgement.is_final else None for record in episode.records]


def _asked(agent: LLMAgent, episodes: Sequence[Episode]) -> list[Confidences]:
    """P(True) of each answer, with the steps before it shown and no stated confidence."""
    asked, finals = [], []
    for place, episode in enumerate(episodes):
        if (final := episode.final) is not None:
            finals.append(place)
            steps = [replace(record.step, confidence=None) for record in episode.records[:-1]]
            reasoning = "\n".join(map(render_step, steps))
            asked.append(p_true_question(episode.problem.question, final.step.text, reasoning))
    values = dict(zip(finals, ask_p_true(agent, asked), strict=True))
    return [
        _answer_alone(episode, values[place]) if place in values else [None] * len(episode.records)
        for place, episode in enumerate(episodes)
    ]


@torch.no_grad()
def ask_p_true(agent: LLMAgent, questions: Sequence[str], tokens_at_once: int = TOKENS_AT_ONCE) -> list[float]:
    """Asks whether each answer is true, and returns `p_true` of what the model would reply.

    The two replies are read in full, whatever tokens their words are cut into: what both begin with is the prompt.

    Args:
        agent: who is asked; through its chat template where it has one, with no system prompt.
        questions: texts of `p_true_question`.
        tokens_at_once: bounds the memory, never the result.
    """
    pairs = [_replies(agent.tokenizer, question) for question in questions]
    order = sorted(range(len(pairs)), key=lambda place: len(pairs[place][0].token_ids))
    values = [math.nan] * len(pairs)
    was_training = agent.model.training
    agent.model.eval()
    try:
        for places in _chunks(order, pairs, tokens_at_once):
            rows = [row for place in places for row in pairs[place]]
            sums = _completion_logprobs(agent, rows)
            for number, place in enumerate(places):
                values[place] = p_true(sums[2 * number], sums[2 * number + 1])
    finally:
        agent.model.train(was_training)
    return values


def _replies(tokenizer: Any, question: str) -> tuple[TokenExample, TokenExample]:
    """The question with either reply; scored from where the two part."""
    if getattr(tokenizer, "chat_template", None):
        chat = [{"role": "user", "content": question}]
        text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        rows = [tokenizer(text + word, add_special_tokens=False)["input_ids"] for word in (TRUE_WORD, FALSE_WORD)]
    else:
        rows = [tokenizer(f"{question} {word}")["input_ids"] for word in (TRUE_WORD, FALSE_WORD)]
        rows = [row[:-1] if row[-1] == tokenizer.eos_token_id else row for row in rows]
    shared = next(place for place, (a, b) in enumerate(zip(*rows, strict=False)) if a != b)
    yes, no = (TokenExample(tuple(row), (False,) * shared + (True,) * (len(row) - shared)) for row in rows)
    return yes, no


def _chunks(
    order: Sequence[int], pairs: Sequence[tuple[TokenExample, TokenExample]], tokens_at_once: int
) -> Iterator[list[int]]:
    """Runs of `order`, shortest first, of at most so many tokens with padding; a longer question goes alone."""
    chunk: list[int] = []
    for place in order:
        width = max(len(row.token_ids) for row in pairs[place])
        if chunk and 2 * width * (len(chunk) + 1) > tokens_at_once:
            yield chunk
            chunk = []
        chunk.append(place)
    if chunk:
        yield chunk


def _completion_logprobs(agent: LLMAgent, rows: Sequence[TokenExample]) -> list[float]:
    """The log-probability in nats of what is scored in each row."""
    input_ids, scored = collate(rows, agent.tokenizer.pad_token_id)
    input_ids, scored = input_ids.to(agent.model.device), scored.to(agent.model.device)
    logprobs = iter(token_logprobs(scored_logits(agent.model, input_ids, scored), input_ids[scored]).tolist())
    return [math.fsum(next(logprobs) for _ in range(sum(row.scored))) for row in rows]


def with_confidences(episode: Episode, confidences: Confidences, reward: RewardSpec) -> Episode:
    """The episode with these confidences in place of its own, paid again; plans and what is malformed keep none.

    Raises:
        InvalidInput: not one confidence for each record.
    """
    if len(confidences) != len(episode.records):
        raise InvalidInput(
            f"Each of {len(episode.records)} records has one confidence, or None; received {len(confidences)}."
        )
    pays = make_reward(reward)
    records: list[StepRecord] = []
    last = len(episode.records) - 1
    for number, (record, confidence) in enumerate(zip(episode.records, confidences, strict=True)):
        carries = record.step.kind != "plan" and not record.judgement.malformed
        step = replace(record.step, confidence=confidence) if carries else record.step
        context = StepContext(episode.problem, tuple(records), step, record.judgement, is_last=number == last)
        records.append(replace(record, step=step, reward=pays(context)))
    return replace(episode, records=tuple(records))


def apply_confidence(
    agent: LLMAgent,
    groups: Sequence[Sequence[Episode]],
    source: str,
    reward: RewardSpec,
    *,
    temperature: float = 1.0,
) -> list[list[Episode]]:
    """The groups with every confidence taken from `source`, and paid again: what a rollout with that source returns."""
    found = record_confidences(agent, groups, source, temperature=temperature)
    return [
        [with_confidences(episode, values, reward) for episode, values in zip(group, each, strict=True)]
        for group, each in zip(groups, found, strict=True)
    ]


def answer_confidences(
    agent: LLMAgent,
    groups: Sequence[Sequence[Episode]],
    sources: Sequence[str] = tuple(CONFIDENCES),
    *,
    temperature: float = 1.0,
) -> tuple[dict[str, Confidences], list[bool | None]]:
    """The confidence of every answer by each source, and whether it was right: what `compare_confidences` takes.

    Args:
        agent: who wrote the episodes.
        groups: the attempts at each problem; what ended without an answer is left out.
        sources: keys of `CONFIDENCES`.
        temperature: at which they were sampled.

    Returns:
        source -> N confidences, and N outcomes: True, False, or None where the answer could not be checked.
    """
    finals = [final for group in groups for episode in group if (final := episode.final) is not None]
    outcomes = [_outcome(final) for final in finals]
    scores: dict[str, Confidences] = {}
    for source in sources:
        found = record_confidences(agent, groups, source, temperature=temperature)
        scores[source] = [
            values[-1]
            for group, each in zip(groups, found, strict=True)
            for episode, values in zip(group, each, strict=True)
            if episode.final is not None
        ]
    return scores, outcomes


def _outcome(record: StepRecord) -> bool | None:
    verdict = record.judgement.verdict
    return None if verdict is Verdict.UNCHECKED else verdict is Verdict.CORRECT
