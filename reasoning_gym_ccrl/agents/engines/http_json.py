"""One HTTP request to a server that talks JSON, and what is wrong where it fails; the standard library alone.

The key is read from an environment variable whenever a request is sent; no message holds it.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ...errors import EngineError, InvalidOption
from ...step_format import shorten

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


class Lost(Exception):
    """An attempt that failed in a way that may pass."""

    def __init__(self, message: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


def ask_once(options: ServerOptions, path: str, body: bytes | None) -> dict[str, Any]:
    """One attempt: the JSON object that the server answers with, to a POST of `body`, or to a GET where there is none.

    Raises:
        Lost: it failed in a way that may pass.
        EngineError: another attempt cannot help.
    """
    url = f"{options.base_url.rstrip('/')}/{path}"
    try:
        request = urllib.request.Request(url, body, _headers(options), method="GET" if body is None else "POST")
        with _opener(url).open(request, timeout=options.timeout_s) as response:
            text = response.read(MAX_REPLY_BYTES + 1)
            missing = response.length  # what was announced and did not come; None or 0 where all did
    except urllib.error.HTTPError as error:
        raise _refused(options, error, url) from None
    except TimeoutError as error:
        raise Lost(f"{url} sent nothing for {options.timeout_s:g} s.") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise Lost(f"{url} could not be reached in {options.timeout_s:g} s.") from error
        raise Lost(f"{url} cannot be reached: {_safe(options, str(error.reason))}.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Lost(f"{url} broke off its reply: {_safe(options, str(error)) or type(error).__name__}.") from error
    if len(text) > MAX_REPLY_BYTES:
        raise EngineError(f"A reply has at most {MAX_REPLY_BYTES:,} bytes; {url} sent more. Ask for less at once.")
    if missing:
        raise Lost(f"{url} broke off its reply, {missing:,} bytes before its end.")
    return _parsed(options, text, url)


def _parsed(options: ServerOptions, text: bytes, url: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise EngineError(
            f"A reply should be one JSON object; {url} sent {_safe(options, excerpt(text))}. Is this the address of "
            "an OpenAI-compatible server, with /v1 at its end?"
        )
    return raw


def _refused(options: ServerOptions, error: urllib.error.HTTPError, url: str) -> Exception:
    """What a status other than 200 means: Lost where another attempt may help, else EngineError."""
    with error:
        try:
            said = _safe(options, excerpt(error.read(10_000)))
        except (OSError, http.client.HTTPException):
            said = "nothing"
    message = f"{url} answered {error.code}: {said}."
    if error.code in _TRY_AGAIN:
        return Lost(message, error.code, _seconds(error.headers.get("Retry-After")))
    return EngineError(f"{message} {_advice(options, error.code)}".rstrip(), error.code)


def _advice(options: ServerOptions, status: int) -> str:
    if status in (401, 403):
        named = options.api_key_env
        return f"Is the key in {named} right?" if named else "Name the environment variable that holds the key."
    if status == 404:
        return (
            f"Either the server has no model {options.model!r} (its /models lists what it has), or the "
            "address lacks /v1 at its end."
        )
    if 300 <= status < 400:
        return "Redirects are not followed, lest the key go elsewhere; use the final address."
    return ""


def _headers(options: ServerOptions) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key := _key(options):
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _key(options: ServerOptions) -> str:
    return os.environ.get(options.api_key_env, "") if options.api_key_env else ""


def _safe(options: ServerOptions, text: str) -> str:
    """The text without the key, should a server repeat it."""
    key = _key(options)
    return text.replace(key, "***") if key else text


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


def _seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After; None where it is missing or a date, for which the doubling wait does as well."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def excerpt(value: object) -> str:
    """A reply on one short line, for a message."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
    return shorten(" ".join(text.split()), 200) or "nothing"
