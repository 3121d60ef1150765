"""A local OpenAI-compatible server whose replies a test decides, and which notes what it was asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server does: a status with a body (an object is sent as JSON) and headers, or it breaks off."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False  # the connection is reset in the middle of the body
    waits: threading.Event | None = None  # nothing is sent before it is set


def completion(*texts: str | None, prompt_tokens: int = 7, completion_tokens: int = 3) -> dict[str, Any]:
    """The body of a reply to a completion or a chat, which read different fields of it."""
    choices = [
        {"index": index, "text": text, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for index, text in enumerate(texts)
    ]
    return {"choices": choices, "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}}


@dataclass
class FakeServer:
    """`decide` gets the path and the body that was sent; `asked` is what came, in order; `busiest` how much at once."""

    decide: Callable[[str, dict[str, Any]], Answer]
    url: str = ""
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body, _ in self.asked]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer

    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _reply(self, body: dict[str, Any]) -> None:
        fake = self.fake
        with fake.lock:
            fake.asked.append((self.path, body, dict(self.headers)))
            fake.busy += 1
            fake.busiest = max(fake.busiest, fake.busy)
        try:
            answer = fake.decide(self.path, body)
            if answer.waits is not None:
                answer.waits.wait(20)
        finally:
            with fake.lock:
                fake.busy -= 1
        try:
            self._send(answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has gone: what some tests are about

    def _send(self, answer: Answer) -> None:
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if answer.breaks_off:
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)  # close sends a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@contextmanager
def serving(decide: Callable[[str, dict[str, Any]], Answer], port: int = 0) -> Iterator[FakeServer]:
    """Serves on this machine until the block ends."""
    fake = FakeServer(decide)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
