"""Meta-thoughts from a teacher, a language model behind an OpenAI-compatible server.

Each problem is asked with the paper's instruction, greedily first. A reply that the filters reject is asked again at
temperature 0.7 with another seed, a limited number of times. All replies, also the rejected ones, are kept in a cache
on disk, so that a run that is killed goes on where it was.

Source: the instruction is that of CoMT, arXiv 2601.21909.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import EngineError, InvalidOption
from ...types import Problem
from ..engines.openai_client import OpenAIClient, Reply, Request, chat, complete
from .filters import Counts, why_rejected
from .reply_cache import CachedReply, ReplyCache, request_key

INSTRUCTION = (
    "Solve this problem by describing the REASONING STEPS in natural language using only variable names. "
    "Do NOT calculate any specific numbers."
)
CUT_OFF, NO_REPLY = "cut off", "no reply"
_HOPELESS = frozenset({401, 403, 404})
_LOST_IN_A_ROW = 8  # requests without a single reply after which the server counts as down
_LEAD = re.compile(
    r"^\s*(?:#+\s*|>\s*|[-*•]\s+|(?:\*\*)?(?:step|line)?\s*\d{1,2}\s*(?:[.):]|\*\*)+\s*)+", re.IGNORECASE
)
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TeacherOptions:
    """How a teacher is asked.

    Attributes:
        attempts: how often a problem is asked at most, where replies are rejected.
        max_tokens: of a reply.
        temperature: of all attempts but the first, which is greedy.
        chat: as a message, which instruction-tuned models need; else as plain text to be continued.
        instruction: what stands before the problem.

    Raises:
        InvalidOption: a value that cannot work.
    """

    attempts: int = 3
    max_tokens: int = 512
    temperature: float = 0.7
    chat: bool = True
    instruction: str = INSTRUCTION

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.max_tokens < 1 or not 0 <= self.temperature <= 2:
            raise InvalidOption(
                "A teacher is asked with attempts and max_tokens >= 1 and a temperature from 0 to 2; received "
                f"{self.attempts}, {self.max_tokens} and {self.temperature}."
            )


@dataclass(slots=True)
class Lessons:
    """What a teacher's replies came to.

    Attributes:
        plans: the plans that were kept, by the problem's place.
        counts: of problems: kept, or the reason of the last reply that was rejected.
        replies: of replies, retries included: how many were rejected, by reason.
        cached, asked: replies that were in the cache, and those that were not.
        prompt_tokens, completion_tokens: of the replies that were not, as the server counts them.
        errors: what went wrong with single requests, the first few.
    """

    plans: dict[int, str] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    replies: Counter[str] = field(default_factory=Counter)
    cached: int = 0
    asked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    errors: list[str] = field(default_factory=list)

    def cost(self, prompt_price: float, completion_price: float) -> float:
        """What the replies of this run cost, by prices for a million tokens.

        >>> Lessons(prompt_tokens=2_000_000, completion_tokens=500_000).cost(0.5, 2.0)
        2.0
        """
        return (self.prompt_tokens * prompt_price + self.completion_tokens * completion_price) / 1_000_000


def ask(problem: Problem, attempt: int, options: TeacherOptions) -> Request:
    """The request for a problem's plan; attempts from 0, each with its own seed, the first greedy."""
    settings: dict[str, Any] = {
        "max_tokens": options.max_tokens,
        "temperature": options.temperature if attempt else 0.0,
        "seed": attempt,
    }
    text = f"{options.instruction}\n\n{problem.question.strip()}"
    if options.chat:
        return chat([{"role": "user", "content": text}], **settings)
    return complete(f"{text}\n\n", **settings)


def plan_of_reply(text: str) -> str:
    r"""The plan in a reply: a step for each line, without numbering, list marks, emphasis and what only announces it.

    >>> plan_of_reply("Here are the steps:\n\n1. **Add** the apples.\n2. total = apples * price")
    'Add the apples; total = apples * price'
    """
    lines = []
    for line in _THINKING.sub("", text).splitlines():
        line = _LEAD.sub("", line).replace("**", "").replace("`", "").strip().rstrip(".;").strip()
        if line and not line.endswith(":"):
            lines.append(line)
    return "; ".join(lines)


def teach(
    problems: Sequence[Problem],
    client: OpenAIClient,
    cache: ReplyCache,
    options: TeacherOptions = TeacherOptions(),
    *,
    on_reply: Callable[[Lessons], None] | None = None,
) -> Lessons:
    """Asks a teacher for the plans of problems; what the cache holds is not asked again.

    Args:
        problems: what to ask.
        client: the teacher's server.
        cache: an open cache.
        options: how to ask.
        on_reply: called after each reply, cached or not, with what there is so far.

    Raises:
        EngineError: the server is down, or does not know the model or the key. What it answered before is in the cache.
        DataError: the cache cannot be written.
    """
    lessons = Lessons()
    reasons: dict[int, str] = {}
    open_places = list(range(len(problems)))
    for attempt in range(options.attempts):
        rejected: list[int] = []
        for place, reply in _replies(problems, open_places, attempt, client, cache, options, lessons):
            reason = _judge(problems[place], reply, place, lessons)
            if reason is not None:
                reasons[place] = reason
                lessons.replies[reason] += 1
                if reason != NO_REPLY:
                    rejected.append(place)
            if on_reply is not None:
                on_reply(lessons)
        open_places = sorted(rejected)
    for place in range(len(problems)):
        lessons.counts.add(None if place in lessons.plans else reasons[place])
    return lessons


def _judge(problem: Problem, reply: CachedReply | None, place: int, lessons: Lessons) -> str | None:
    """Keeps the plan of a reply, or says why not."""
    if reply is None:
        return NO_REPLY
    if reply.finish_reason == "length":
        return CUT_OFF
    plan = plan_of_reply(reply.text)
    reason = why_rejected(problem, plan)
    if reason is None:
        lessons.plans[place] = plan
    return reason


def _replies(
    problems: Sequence[Problem],
    places: Sequence[int],
    attempt: int,
    client: OpenAIClient,
    cache: ReplyCache,
    options: TeacherOptions,
    lessons: Lessons,
) -> Iterator[tuple[int, CachedReply | None]]:
    """The reply to each problem, None where there is none; those in the cache first, equal requests sent once."""
    unknown: dict[str, list[int]] = {}
    requests: dict[str, Request] = {}
    for place in places:
        request = ask(problems[place], attempt, options)
        key = request_key(request.endpoint, {"model": client.options.model, **request.body})
        known = cache.get(key)
        if known is not None:
            lessons.cached += 1
            yield place, known
        else:
            unknown.setdefault(key, []).append(place)
            requests[key] = request
    keys = list(unknown)
    lost = 0
    for index, outcome in client.send_all(requests[key] for key in keys):
        reply: CachedReply | None = None
        if isinstance(outcome, Reply):
            lost = 0
            reply = _kept(keys[index], outcome, cache, lessons)
        else:
            lost += outcome.status is None or outcome.status >= 429  # others say what is wrong with one request
            nothing_yet = lost == len(keys) and not (lessons.asked or lessons.cached)
            if outcome.status in _HOPELESS or lost >= _LOST_IN_A_ROW or nothing_yet:
                raise EngineError(
                    f"{outcome} {len(cache.replies):,} replies are kept in {cache.path}; the same command goes on from "
                    "there.",
                    outcome.status,
                ) from outcome
            if len(lessons.errors) < 5:
                lessons.errors.append(str(outcome))
        for place in unknown[keys[index]]:
            yield place, reply


def _kept(key: str, reply: Reply, cache: ReplyCache, lessons: Lessons) -> CachedReply:
    choice = reply.choices[0]
    kept = CachedReply(choice.text, choice.finish_reason, reply.usage.prompt_tokens, reply.usage.completion_tokens)
    cache.put(key, kept)
    lessons.asked += 1
    lessons.prompt_tokens += kept.prompt_tokens
    lessons.completion_tokens += kept.completion_tokens
    return kept
