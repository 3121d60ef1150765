"""Rollouts: the model writes whole episodes, and the environment's judge reads them step by step.

Sampled tokens are kept verbatim. Each judged step knows its half-open span of tokens, so that its reward can be put
where it was earned: every response token belongs to one span (white space to the step that follows it, the
end-of-sequence token and anything after the last step to the last one).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..envs.replay import Session, replay
from ..errors import InvalidOption
from ..evaluation.evaluate import summarise
from ..rewards import RewardSpec, make_reward
from ..step_format import Element, render_transcript, split_completion
from ..types import Episode, Problem, Step
from .confidence import (
    TOKEN_CONFIDENCES,
    check_confidence_source,
    computed_number_span,
    hybrid_confidence,
    is_found_while_playing,
)
from .engines.base import Generation, SamplingParams
from .policy import LLMAgent

MAX_STEPS = 32


def rollout(
    agent: LLMAgent,
    problems: Sequence[Problem],
    params: SamplingParams,
    reward: RewardSpec = "ccrl",
    *,
    confidence: str = "stated",
    max_steps: int = MAX_STEPS,
) -> list[list[Episode]]:
    """Plays every problem `params.samples_per_prompt` times.

    Args:
        agent: who plays.
        problems: what is asked.
        params: how to sample; `params.seed` reproduces the episodes.
        reward: what pays.
        confidence: where confidence comes from, a key of `confidence.CONFIDENCES`: "stated" as the model wrote it, or
            "token_mean" and its like, written into the steps' confidence; the reward is paid on it.
        max_steps: budget of actions in an episode.

    Returns:
        For each problem its group of episodes, in order.

    Raises:
        UnknownName: no such source of confidence.
        InvalidOption: self-consistency with a single sample of each prompt.
    """
    check_confidence_source(confidence, params.samples_per_prompt)
    pays = make_reward(reward)
    if not is_found_while_playing(confidence):
        from .confidence_sources import apply_confidence  # which plays nothing, but reads what was played here

        played = rollout(agent, problems, params, pays, max_steps=max_steps)
        return apply_confidence(agent, played, confidence, pays, temperature=params.temperature or 1.0)
    prompts = agent.encode_prompts([render_transcript(problem.question) for problem in problems])
    groups = agent.engine.generate(prompts, params)
    reader = TokenReader(agent.tokenizer)
    return [
        [
            play_back(problem, prompt, generation, reader, pays, confidence, max_steps, seed=params.seed)
            for generation in generations
        ]
        for problem, prompt, generations in zip(problems, prompts, groups, strict=True)
    ]


def play_back(
    problem: Problem,
    prompt: Sequence[int],
    generation: Generation,
    reader: TokenReader,
    reward: RewardSpec,
    confidence: str = "stated",
    max_steps: int = MAX_STEPS,
    *,
    seed: int | None = None,
) -> Episode:
    """Judges and pays one generation, and ties every step to its tokens."""
    finished = generation.stop_reason == "eos"
    if confidence != "stated" and not generation.logprobs:
        raise InvalidOption(
            f"confidence={confidence!r} is read off the sampler's log-probabilities; this engine tells none. Use "
            'confidence="stated", or an engine that does.'
        )
    text, ends = reader.read(generation.token_ids[: -1 if finished else None])
    elements = split_completion(text, finished=finished)
    if confidence != "stated":
        elements = [with_token_confidence(e, text, ends, generation.logprobs, confidence) for e in elements]
    session = replay(problem, elements, reward, max_steps=max_steps, finished=finished, text=text)
    judged = elements[: len(session.records)]
    tie(session, judged, ends, len(prompt), len(generation.token_ids))
    n_response = len(generation.token_ids)
    return session.episode(
        seed=seed,
        token_ids=(*prompt, *generation.token_ids),
        response_mask=(False,) * len(prompt) + (True,) * n_response,
        sampler_logprobs=(0.0,) * len(prompt) + generation.logprobs if generation.logprobs else (),
    )


def tie(session: Session, elements: Sequence[Element], ends: Sequence[int], offset: int, n_response: int) -> None:
    """Gives each record its span of tokens, and the span of the tokens that state its confidence.

    Args:
        session: with the records of these elements.
        elements: what was judged, in order.
        ends: for each sampled token the number of characters up to its end.
        offset: tokens before the first sampled one.
        n_response: number of sampled tokens; the last element owns what is left of them.
    """
    first = 0
    for index, element in enumerate(elements):
        last = n_response if index == len(elements) - 1 else token_at(ends, element.end - 1) + 1
        stated = None
        if element.confidence_start < element.confidence_end:
            low, high = token_at(ends, element.confidence_start), token_at(ends, element.confidence_end - 1)
            stated = (offset + low, offset + high + 1)
        session.records[index] = replace(
            session.records[index], span=(offset + first, offset + last), confidence_span=stated
        )
        first = last


def token_at(ends: Sequence[int], char: int) -> int:
    """The index of the token that holds a character: the first whose end lies beyond it (bisection)."""
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if ends[middle] > char:
            high = middle
        else:
            low = middle + 1
    return low


def with_token_confidence(
    element: Element, text: str, ends: Sequence[int], logprobs: Sequence[float], source: str
) -> Element:
    """The element with the probability of the number it computed in place of its stated confidence, or beside it."""
    if element.step is None or element.step.kind == "plan":
        return element
    span = computed_number_span(element.step.text)
    value = None
    if span is not None:
        start = text.index(element.step.text, element.start)
        tokens = range(token_at(ends, start + span[0]), token_at(ends, start + span[1] - 1) + 1)
        value = TOKEN_CONFIDENCES["token_mean" if source == "hybrid" else source]([logprobs[each] for each in tokens])
    if source == "hybrid":
        value = hybrid_confidence(element.step.confidence, value)
    return replace(element, step=Step(element.step.kind, element.step.text, value))


class TokenReader:
    """Decodes completions and says where in the text each token ends.

    Tokens are decoded one by one and remembered. Where the pieces do not add up to the whole text (characters of
    several byte tokens, tokenizers that move spaces), the ends are found by decoding ever longer prefixes.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._pieces: dict[int, str] = {}

    def read(self, token_ids: Sequence[int]) -> tuple[str, list[int]]:
        """The text, and for each token the number of characters up to its end."""
        text = self._decode(token_ids)
        ends, position = [], 0
        for token in token_ids:
            piece = self._pieces.get(token)
            if piece is None:
                piece = self._pieces[token] = self._decode([token])
            position += len(piece)
            ends.append(position)
        if position != len(text) or "\ufffd" in text:
            ends = [len(self._decode(token_ids[: index + 1])) for index in range(len(token_ids))]
            # Half a character may show as more signs than the whole one; ends never go back.
            for index in reversed(range(len(ends) - 1)):
                ends[index] = min(ends[index], ends[index + 1])
        return text, ends

    def _decode(self, token_ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=False))


def measure(
    agent: LLMAgent, problems: Sequence[Problem], params: SamplingParams, reward: RewardSpec = "ccrl", **options: Any
) -> tuple[dict[str, float | None], list[Episode]]:
    """Plays every problem once and returns the figures of `evaluation.summarise` and the episodes."""
    started = time.perf_counter()
    groups = rollout(agent, problems, replace(params, samples_per_prompt=1), reward, **options)
    episodes = [group[0] for group in groups]
    return summarise(episodes, seconds=time.perf_counter() - started), episodes
