"""A small client for any OpenAI-compatible server: vLLM, llama.cpp, and others; the standard library alone.

It sends chat completions and completions, many at once, and tries again, a limited number of times, where trying again
can help: no connection, a time-out, a reply that broke off, HTTP 408, 425, 429 and 5xx. All else is an EngineError that
says what is wrong.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ...errors import EngineError
from .http_json import Lost, ServerOptions, ask_once, excerpt
from .parallel import in_parallel

__all__ = ["Choice", "Endpoint", "OpenAIClient", "Reply", "Request", "ServerOptions", "Usage", "chat", "complete"]

Endpoint = Literal["chat/completions", "completions"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used: requests sent (each attempt is one), tokens read and tokens written, as the server counts them."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion: its text ("" where the server sent null), why it ended, and all that the server said of it."""

    text: str
    finish_reason: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply: at least one choice, in the order of their index; what it used; and the whole of it."""

    choices: tuple[Choice, ...]
    usage: Usage
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: the endpoint under the base address, and what is sent, without the model."""

    endpoint: Endpoint
    body: Mapping[str, Any]


def chat(messages: Sequence[Mapping[str, str]], **settings: Any) -> Request:
    """A request for the next message of a chat; `settings` are the API's own: temperature, max_tokens, seed, n, ..."""
    return Request("chat/completions", {"messages": [dict(message) for message in messages], **settings})


def complete(prompt: str | Sequence[int], **settings: Any) -> Request:
    """A request for what follows a text, or token ids."""
    return Request("completions", {"prompt": prompt if isinstance(prompt, str) else list(prompt), **settings})


@dataclass(slots=True)
class OpenAIClient:
    """Sends requests to one model of one server; safe to share between threads.

    Attributes:
        options: how the server is reached.
        usage: of all requests so far, lost and refused ones included.
    """

    options: ServerOptions
    usage: Usage = Usage()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, request: Request, *, stop: threading.Event | None = None) -> Reply:
        """The reply to one request.

        Args:
            request: made by `chat` or `complete`.
            stop: when set, no further attempt is made.

        Raises:
            EngineError: no attempt brought a usable reply, or trying again cannot help.
        """
        body = {"model": self.options.model, **request.body}
        raw = self.ask(request.endpoint, json.dumps(body).encode(), stop or threading.Event())
        usage = _usage_of(raw)
        self._count(usage)
        return Reply(_choices_of(raw, request.endpoint), usage, raw)

    def send_all(self, requests: Iterable[Request]) -> Iterator[tuple[int, Reply | EngineError]]:
        """(place, reply or what went wrong) of each request, as they come; `requests` is read only as far as needed.

        When the iteration is left, nothing more is sent, and replies that are still on their way are dropped.
        """

        def outcome(request: Request, stop: threading.Event) -> Reply | EngineError:
            try:
                return self.send(request, stop=stop)
            except EngineError as error:
                return error

        yield from in_parallel(outcome, requests, self.options.max_parallel)

    def models(self) -> list[str]:
        """The names of the models that the server has.

        Raises:
            EngineError: it is down, or does not say.
        """
        return [str(card["id"]) for card in self.model_cards()]

    def model_cards(self) -> list[dict[str, Any]]:
        """What the server says of each of its models: "id" at least; vLLM also says "max_model_len".

        Raises:
            EngineError: it is down, or does not say.
        """
        raw = self.ask("models", None, threading.Event())
        data = raw.get("data")
        if not isinstance(data, list) or not all(isinstance(m, dict) and isinstance(m.get("id"), str) for m in data):
            raise EngineError(f"{self.options.base_url}/models should list models; received {excerpt(raw)}.")
        return data

    def ask(self, path: str, body: bytes | None, stop: threading.Event) -> dict[str, Any]:
        """The object that the server answers with at a path under its address, after as many attempts as it takes.

        Args:
            path: under the base address.
            body: what is sent by POST; None is a GET.
            stop: when set, no further attempt is made.

        Raises:
            EngineError: no attempt brought one, or trying again cannot help.
        """
        for attempt in range(1, self.options.max_attempts + 1):
            self._count(Usage(requests=1))
            try:
                return ask_once(self.options, path, body)
            except Lost as lost:
                if attempt == self.options.max_attempts or stop.is_set():
                    raise EngineError(f"{lost} {self._remedy(lost, attempt)}", lost.status) from lost.__cause__
                stop.wait(self._wait(attempt, lost.retry_after, zlib.crc32(body or b"")))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _remedy(self, lost: Lost, attempts: int) -> str:
        times = "once" if attempts == 1 else f"{attempts} times"
        if lost.status is None:
            return f"Tried {times}. Is the server running, and its address right?"
        return f"Tried {times}. Wait, or ask for fewer at once (max_parallel is {self.options.max_parallel})."

    def _wait(self, attempt: int, retry_after: float | None, request: int) -> float:
        """Seconds before the next attempt; `request` spreads them, lest what failed together come back together."""
        doubled = self.options.first_wait_s * 2.0 ** min(attempt - 1, 30) * (0.5 + request % 1000 / 1000)
        return min(max(doubled, retry_after or 0.0), self.options.max_wait_s)

    def _count(self, usage: Usage) -> None:
        with self._lock:
            self.usage += usage


def _choices_of(raw: Mapping[str, Any], endpoint: Endpoint) -> tuple[Choice, ...]:
    """Raises EngineError where the reply has no choices, or they have no text."""
    found = raw.get("choices")
    if not isinstance(found, list) or not found or not all(isinstance(choice, dict) for choice in found):
        raise EngineError(f"A reply should hold choices; received {excerpt(raw)}.")
    choices = []
    for choice in sorted(found, key=lambda choice: _int(choice.get("index"))):
        message = choice.get("message")
        holder, name = (message, "content") if endpoint == "chat/completions" else (choice, "text")
        if not isinstance(holder, dict) or not isinstance(holder.get(name), str | None):
            raise EngineError(f"A choice should hold a text; received {excerpt(choice)}.")
        choices.append(Choice(holder.get(name) or "", str(choice.get("finish_reason") or ""), choice))
    return tuple(choices)


def _usage_of(raw: Mapping[str, Any]) -> Usage:
    used = raw.get("usage")
    used = used if isinstance(used, dict) else {}
    return Usage(0, _int(used.get("prompt_tokens")), _int(used.get("completion_tokens")))


def _int(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
