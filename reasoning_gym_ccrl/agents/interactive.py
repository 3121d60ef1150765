"""Interactive rollouts: the model writes one step, hears what the environment says to it, and goes on.

`rollout.rollout` lets a model write a whole episode and judges it afterwards. Here it stops after every line, each
step is judged at once, and what `feedback` says of it is put into the model's context before the next. Its tokens are
in the episode and in no loss: they were not sampled.

What was sampled is kept verbatim, and never encoded again. Where the feedback is empty nothing is put in, and an
episode is that of a whole generation up to the line that ended it: equal records, equal rewards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from ..envs.replay import Session, replay
from ..errors import InvalidOption
from ..rewards import CheckedReward, RewardSpec, make_reward
from ..seeding import derive_seed
from ..step_format import Element, render_transcript, split_completion
from ..types import Episode, Problem, StepRecord, Verdict
from .confidence import check_confidence_source, is_found_while_playing
from .engines.base import Generate, Generation, SamplingParams, StopReason, session
from .policy import LLMAgent
from .rollout import MAX_STEPS, TokenReader, play_back, tie, with_token_confidence

Feedback = Callable[[StepRecord], str]
"""What the environment says to an action, ending in a newline; "" where it says nothing."""

LINE_END = "\n"


def say_verdict(record: StepRecord) -> str:
    """Feedback that tells whether a step was proven right or wrong, and nothing more.

    A chat model may be told the same in the words and turns of its template.
    """
    said = {Verdict.CORRECT: "(right)\n", Verdict.INCORRECT: "(wrong)\n"}
    return "" if record.step.kind == "plan" else said.get(record.judgement.verdict, "")


def interactive_rollout(
    agent: LLMAgent,
    problems: Sequence[Problem],
    params: SamplingParams,
    reward: RewardSpec = "ccrl",
    *,
    feedback: Feedback | None = None,
    confidence: str = "stated",
    max_steps: int = MAX_STEPS,
) -> list[list[Episode]]:
    """Plays every problem `params.samples_per_prompt` times, line by line, as many side by side as the engine decodes.

    With the engine `transformers` each turn reads what is new alone: the weights are not to change meanwhile.

    A line that leaves an element open does not end a turn. A confidence belongs on the line of its step: on a line of
    its own, after feedback, it is an action of its own, and malformed.

    Args:
        agent: who plays.
        problems: what is asked.
        params: how to sample; `max_new_tokens` bounds what is sampled in a whole episode, feedback not counted.
        reward: what pays.
        feedback: what is said to each action; None says nothing.
        confidence: as in `rollout`.
        max_steps: budget of actions in an episode.

    Returns:
        For each problem its group of episodes, in order.

    Raises:
        UnknownName: no such source of confidence.
        InvalidOption: stop strings of one's own, as a turn ends where a line does; a source of confidence that asks
            the model again.
    """
    if not is_found_while_playing(check_confidence_source(confidence)):
        raise InvalidOption(
            f"Interactive episodes take a confidence that is stated, or of the tokens; received {confidence!r}. Play "
            "whole episodes, or call apply_confidence on these."
        )
    if params.stop:
        raise InvalidOption(f"An interactive turn ends where a line does; received stop={params.stop!r}. Leave it out.")
    pays, reader = make_reward(reward), TokenReader(agent.tokenizer)
    prompts = agent.encode_prompts([render_transcript(problem.question) for problem in problems])
    plays = [
        _Play(problem, tuple(prompt), Session(problem, pays, max_steps))
        for problem, prompt in zip(problems, prompts, strict=True)
        for _ in range(params.samples_per_prompt)
    ]
    at_once = getattr(agent.engine, "max_rows", None) or max(len(plays), 1)
    for first in range(0, len(plays), at_once):
        with session(agent.engine) as generate:
            # A seed of its own: rows at the same place in two batches would draw the same.
            drawn = replace(params, seed=derive_seed(params.seed, "interactive", first))
            _play_out(plays[first : first + at_once], agent, generate, drawn, reader, feedback)
    episodes = [play.episode(reader, pays, confidence, max_steps, params.seed) for play in plays]
    n = params.samples_per_prompt
    return [episodes[first : first + n] for first in range(0, len(episodes), n)]


def _play_out(
    plays: Sequence[_Play],
    agent: LLMAgent,
    generate: Generate,
    params: SamplingParams,
    reader: TokenReader,
    feedback: Feedback | None,
) -> None:
    """Plays to the end, turn by turn."""
    context_tokens = getattr(agent.engine, "context_tokens", None) or math.inf
    turn = 0
    while running := [play for play in plays if not play.is_over]:
        for play, written in zip(running, _turn(generate, running, params, turn), strict=True):
            play.take(written, params.max_new_tokens, reader, feedback)
            if not play.is_over:
                play.put_in_feedback(agent.tokenizer)
                play.is_over = len(play.context) >= context_tokens
        turn += 1


def _turn(generate: Generate, running: Sequence[_Play], params: SamplingParams, turn: int) -> list[Generation]:
    """The next line of every play."""
    budget = max(params.max_new_tokens - len(play.sampled) for play in running)
    settings = SamplingParams(
        max_new_tokens=budget,
        temperature=params.temperature,
        seed=derive_seed(params.seed, "turn", turn),
        stop=(LINE_END,),
    )
    return [group[0] for group in generate([play.context for play in running], settings)]


@dataclass(eq=False)
class _Play:
    """One episode under way.

    Attributes:
        sampled, logprobs: what the model wrote, feedback left out.
        places: of each sampled token, its place in the response.
        response: sampled tokens and feedback, in order.
        breaks: where feedback was put in: the number of tokens that were sampled before it; 0 for the beginning.
        reason: why the model's last line ended.
    """

    problem: Problem
    prompt: tuple[int, ...]
    session: Session
    sampled: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    response: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=lambda: [0])
    reason: StopReason = "length"
    is_over: bool = False
    _judged: int = 0
    _said: str = ""
    _at_line_end: bool = False

    @property
    def context(self) -> list[int]:
        return [*self.prompt, *self.response]

    def take(self, written: Generation, budget: int, reader: TokenReader, feedback: Feedback | None) -> None:
        """Takes in a line, judges what it completes, and notes what is said to it."""
        room = budget - len(self.sampled)
        self.reason = written.stop_reason if len(written.token_ids) <= room else "length"
        self.places += range(len(self.response), len(self.response) + len(written.token_ids[:room]))
        self.response += written.token_ids[:room]
        self.sampled += written.token_ids[:room]
        self.logprobs += written.logprobs[:room]
        finished = self.reason == "eos"
        text, _ = reader.read(self.sampled[self.breaks[-1] : -1 if finished else None])
        for element in split_completion(text, finished=finished)[self._judged :]:
            if element.step is None:
                record = self.session.act(element.error, raw=text[element.start : element.end])
            else:
                record = self.session.act(element.step)
            self._judged += 1
            self._said += feedback(record) if feedback else ""
            if self.session.terminated or self.session.truncated:
                break
        # A token may go on after the line's end: feedback then waits, so as not to stand in the middle of a line.
        self._at_line_end = not text.rpartition(LINE_END)[2].strip()
        over = self.session.terminated or self.session.truncated
        self.is_over = over or self.reason != "stop" or len(self.sampled) >= budget

    def put_in_feedback(self, tokenizer: Any) -> None:
        """Adds what was said to the context."""
        if self._said and self._at_line_end:
            self.response += tokenizer(self._said, add_special_tokens=False)["input_ids"]
            self.breaks.append(len(self.sampled))
            self._judged, self._said = 0, ""

    def episode(
        self, reader: TokenReader, reward: CheckedReward, confidence: str, max_steps: int, seed: int
    ) -> Episode:
        """The episode: that of a whole generation where nothing was said."""
        generation = Generation(tuple(self.sampled), tuple(self.logprobs), self.reason)
        if len(self.breaks) == 1:
            return play_back(self.problem, self.prompt, generation, reader, reward, confidence, max_steps, seed=seed)
        finished = self.reason == "eos"
        text, ends, elements = self._read(reader, finished)
        if confidence != "stated":
            elements = [with_token_confidence(e, text, ends, self.logprobs, confidence) for e in elements]
        session = replay(self.problem, elements, reward, max_steps=max_steps, finished=finished, text=text)
        tie(session, elements[: len(session.records)], ends, 0, len(self.sampled))
        spans = self._without_gaps([record.span or (0, 0) for record in session.records])
        session.records[:] = [
            replace(record, span=self._placed(span), confidence_span=self._placed(record.confidence_span))
            for record, span in zip(session.records, spans, strict=True)
        ]
        places = set(self.places)
        sampled = [place in places for place in range(len(self.response))]
        logprobs = iter(self.logprobs)
        n = len(self.prompt)
        return session.episode(
            seed=seed,
            token_ids=tuple(self.context),
            response_mask=(*(False,) * n, *sampled),
            sampler_logprobs=(*(0.0,) * n, *(next(logprobs) if own else 0.0 for own in sampled)),
        )

    def _read(self, reader: TokenReader, finished: bool) -> tuple[str, list[int], list[Element]]:
        """All that was written between the feedback, one after the other: text, ends of tokens, elements."""
        text, ends, elements = "", [], []
        for first, last in pairwise([*self.breaks, len(self.sampled) - finished]):
            piece, piece_ends = reader.read(self.sampled[first:last])
            is_last = last == len(self.sampled) - finished
            elements += [_moved(e, len(text)) for e in split_completion(piece, finished=finished and is_last)]
            ends += [len(text) + end for end in piece_ends]
            text += piece
        return text, ends, elements

    def _without_gaps(self, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Spans that no feedback lies in: the end of a line before it goes to the step that wrote the line."""
        for gap in self.breaks[1:]:
            for index, (first, last) in enumerate(spans):
                if first < gap < last:
                    spans[index] = (gap, last)
                    if index:
                        spans[index - 1] = (spans[index - 1][0], gap)
        return spans

    def _placed(self, span: tuple[int, int] | None) -> tuple[int, int] | None:
        """A span of sampled tokens as a span of the episode's."""
        if span is None:
            return None
        first, last = self.places[span[0]], self.places[span[1] - 1]
        return len(self.prompt) + first, len(self.prompt) + last + 1


def _moved(element: Element, by: int) -> Element:
    return replace(
        element,
        start=element.start + by,
        end=element.end + by,
        confidence_start=element.confidence_start + by,
        confidence_end=element.confidence_end + by,
    )
