"""A small client for any OpenAI-compatible server: vLLM, llama.cpp, and others; the standard library alone.

It sends chat completions and completions, many at once, and tries again, a limited number of times, where trying again
can help: no connection, a time-out, a reply that broke off, HTTP 408, 425, 429 and 5xx. All else is an EngineError that
says what is wrong. The key is read from an environment variable whenever a request is sent; no message holds it.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from ...errors import EngineError, InvalidOption
from ...step_format import shorten
from .parallel import in_parallel

Endpoint = Literal["chat/completions", "completions"]

MAX_REPLY_BYTES = 256 * 1024 * 1024
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How a server is reached.

    Attributes:
        base_url: up to and with the version, "http://127.0.0.1:8000/v1".
        model: the name that the server has for the model.
        api_key_env: the environment variable that holds the key; None where the server asks for none.
        timeout_s: seconds without a byte from the server after which a request counts as lost.
        max_attempts: how often a request is sent at most.
        first_wait_s: before the second attempt, give or take a half; doubled for each further one.
        max_wait_s: of any wait, also of one that the server asks for by Retry-After.
        max_parallel: requests under way at once.

    Raises:
        InvalidOption: a value that cannot work, or a key inside the address.
    """

    base_url: str
    model: str
    api_key_env: str | None = None
    timeout_s: float = 120.0
    max_attempts: int = 5
    first_wait_s: float = 0.5
    max_wait_s: float = 30.0
    max_parallel: int = 16

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidOption(
                f"A server's address is like http://127.0.0.1:8000/v1; received {shorten(self.base_url)!r}."
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise InvalidOption(
                "A server's address holds no user, key or query; put the key into an environment variable and name it."
            )
        if min(self.max_attempts, self.max_parallel) < 1 or not (self.timeout_s > 0 and self.first_wait_s >= 0):
            raise InvalidOption(
                "A server needs max_attempts and max_parallel >= 1, timeout_s > 0 and first_wait_s >= 0; "
                f"received {self.max_attempts}, {self.max_parallel}, {self.timeout_s} and {self.first_wait_s}."
            )
        if self.api_key_env is not None and not os.environ.get(self.api_key_env):
            raise InvalidOption(f"The environment variable {self.api_key_env} should hold the key; it is not set.")


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
        raw = self._with_attempts(request.endpoint, json.dumps(body).encode(), stop or threading.Event())
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
        raw = self._with_attempts("models", None, threading.Event())
        data = raw.get("data")
        if not isinstance(data, list) or not all(isinstance(m, dict) and isinstance(m.get("id"), str) for m in data):
            raise EngineError(f"{self.options.base_url}/models should list models; received {_excerpt(raw)}.")
        return data

    def _with_attempts(self, path: str, body: bytes | None, stop: threading.Event) -> dict[str, Any]:
        for attempt in range(1, self.options.max_attempts + 1):
            self._count(Usage(requests=1))
            try:
                return self._once(path, body)
            except _Lost as lost:
                if attempt == self.options.max_attempts or stop.is_set():
                    raise EngineError(f"{lost} {self._remedy(lost, attempt)}", lost.status) from lost.__cause__
                stop.wait(self._wait(attempt, lost.retry_after, zlib.crc32(body or b"")))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, path: str, body: bytes | None) -> dict[str, Any]:
        """One attempt. Raises _Lost where another may help, EngineError where none can."""
        url = f"{self.options.base_url.rstrip('/')}/{path}"
        try:
            request = urllib.request.Request(url, body, self._headers(), method="GET" if body is None else "POST")
            with _opener(url).open(request, timeout=self.options.timeout_s) as response:
                text = response.read(MAX_REPLY_BYTES + 1)
                missing = response.length  # what was announced and did not come; None or 0 where all did
        except urllib.error.HTTPError as error:
            raise self._refused(error, url) from None
        except TimeoutError as error:
            raise _Lost(f"{url} sent nothing for {self.options.timeout_s:g} s.") from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise _Lost(f"{url} could not be reached in {self.options.timeout_s:g} s.") from error
            raise _Lost(f"{url} cannot be reached: {self._safe(str(error.reason))}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise _Lost(f"{url} broke off its reply: {self._safe(str(error)) or type(error).__name__}.") from error
        if len(text) > MAX_REPLY_BYTES:
            raise EngineError(f"A reply has at most {MAX_REPLY_BYTES:,} bytes; {url} sent more. Ask for less at once.")
        if missing:
            raise _Lost(f"{url} broke off its reply, {missing:,} bytes before its end.")
        return self._parsed(text, url)

    def _parsed(self, text: bytes, url: str) -> dict[str, Any]:
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            raise EngineError(
                f"A reply should be one JSON object; {url} sent {self._safe(_excerpt(text))}. Is this the address of "
                "an OpenAI-compatible server, with /v1 at its end?"
            )
        return raw

    def _refused(self, error: urllib.error.HTTPError, url: str) -> Exception:
        """What a status other than 200 means: _Lost where another attempt may help, else EngineError."""
        with error:
            try:
                said = self._safe(_excerpt(error.read(10_000)))
            except (OSError, http.client.HTTPException):
                said = "nothing"
        message = f"{url} answered {error.code}: {said}."
        if error.code in _TRY_AGAIN:
            return _Lost(message, error.code, _seconds(error.headers.get("Retry-After")))
        return EngineError(f"{message} {self._advice(error.code)}".rstrip(), error.code)

    def _advice(self, status: int) -> str:
        if status in (401, 403):
            named = self.options.api_key_env
            return f"Is the key in {named} right?" if named else "Name the environment variable that holds the key."
        if status == 404:
            return (
                f"Either the server has no model {self.options.model!r} (its /models lists what it has), or the "
                "address lacks /v1 at its end."
            )
        if 300 <= status < 400:
            return "Redirects are not followed, lest the key go elsewhere; use the final address."
        return ""

    def _remedy(self, lost: _Lost, attempts: int) -> str:
        times = "once" if attempts == 1 else f"{attempts} times"
        if lost.status is None:
            return f"Tried {times}. Is the server running, and its address right?"
        return f"Tried {times}. Wait, or ask for fewer at once (max_parallel is {self.options.max_parallel})."

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key := self._key():
            headers["Authorization"] = f"Bearer {key}"
        return headers

    def _key(self) -> str:
        return os.environ.get(self.options.api_key_env, "") if self.options.api_key_env else ""

    def _safe(self, text: str) -> str:
        """The text without the key, should a server repeat it."""
        key = self._key()
        return text.replace(key, "***") if key else text

    def _wait(self, attempt: int, retry_after: float | None, request: int) -> float:
        """Seconds before the next attempt; `request` spreads them, lest what failed together come back together."""
        doubled = self.options.first_wait_s * 2.0 ** min(attempt - 1, 30) * (0.5 + request % 1000 / 1000)
        return min(max(doubled, retry_after or 0.0), self.options.max_wait_s)

    def _count(self, usage: Usage) -> None:
        with self._lock:
            self.usage += usage


class _Lost(Exception):
    """An attempt that failed in a way that may pass."""

    def __init__(self, message: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to wherever the server says."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener(url: str) -> urllib.request.OpenerDirector:
    """By the proxies of the environment, but for this machine's own servers."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if urlsplit(url).hostname in _LOCAL:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _choices_of(raw: Mapping[str, Any], endpoint: Endpoint) -> tuple[Choice, ...]:
    """Raises EngineError where the reply has no choices, or they have no text."""
    found = raw.get("choices")
    if not isinstance(found, list) or not found or not all(isinstance(choice, dict) for choice in found):
        raise EngineError(f"A reply should hold choices; received {_excerpt(raw)}.")
    choices = []
    for choice in sorted(found, key=lambda choice: _int(choice.get("index"))):
        message = choice.get("message")
        holder, name = (message, "content") if endpoint == "chat/completions" else (choice, "text")
        if not isinstance(holder, dict) or not isinstance(holder.get(name), str | None):
            raise EngineError(f"A choice should hold a text; received {_excerpt(choice)}.")
        choices.append(Choice(holder.get(name) or "", str(choice.get("finish_reason") or ""), choice))
    return tuple(choices)


def _usage_of(raw: Mapping[str, Any]) -> Usage:
    used = raw.get("usage")
    used = used if isinstance(used, dict) else {}
    return Usage(0, _int(used.get("prompt_tokens")), _int(used.get("completion_tokens")))


def _int(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After; None where it is missing or a date, for which the doubling wait does as well."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _excerpt(value: object) -> str:
    """A reply on one short line, for a message."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
    return shorten(" ".join(text.split()), 200) or "nothing"
