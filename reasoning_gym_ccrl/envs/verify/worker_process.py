"""A template process and the workers forked off it, seen from the parent; and the messages that pass between them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

START_SECONDS = 20.0
"""Longest start of a template, or preparation of a task; neither counts against a call's deadline."""

MAX_MESSAGE_BYTES = 1 << 20
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)  # a peer that is gone raises, also where SIGPIPE would kill

# All that a worker's environment holds of ours; whoever executes code there finds no keys in it.
_KEPT_VARIABLES = ("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME")
_OWN_VARIABLES = {"PYTHONHASHSEED": "0", "MPLBACKEND": "Agg"} | dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)

Status = Literal["done", "timeout", "crashed", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: `value` is the result where `status` is "done", else the reason in words."""

    status: Status
    value: Any = None


class WorkerError(RuntimeError):
    """Raised inside this module where no worker can be had; says why. `call` makes an `Outcome` of it."""


class PreparationError(WorkerError):
    """Raised where a template lives but could not prepare what a task asked for."""


# -- messages: four bytes of length, then JSON ---------------------------------------------------------------------


def send(connection: socket.socket, message: Mapping[str, Any], handles: tuple[int, ...] = ()) -> None:
    """Sends a message, and with it open files, within the connection's time-out.

    Raises:
        OSError: the other side is gone or does not read.
    """
    body = json.dumps(message).encode()
    data = len(body).to_bytes(4) + body
    sent = socket.send_fds(connection, [data], list(handles), _NO_SIGNAL) if handles else 0
    connection.sendall(data[sent:], _NO_SIGNAL)


def receive(connection: socket.socket, ends: float | None = None, handles: list[int] | None = None) -> dict[str, Any]:
    """The next message.

    Args:
        connection: where from.
        ends: `time.monotonic()` at which to give up; None waits.
        handles: open files that come with the message are added here; None takes none.

    Raises:
        TimeoutError: nothing whole until then.
        ConnectionError: the other side is gone, or sends what is no message.
    """
    length = int.from_bytes(_read(connection, 4, ends, handles))
    if length > MAX_MESSAGE_BYTES:
        raise ConnectionError("A message is too long.")
    try:
        message = json.loads(_read(connection, length, ends, None))
    except (ValueError, RecursionError) as error:
        raise ConnectionError("A message is no JSON.") from error
    if not isinstance(message, dict):
        raise ConnectionError("A message is no JSON object.")
    return message


def _read(connection: socket.socket, count: int, ends: float | None, handles: list[int] | None) -> bytes:
    data = b""
    while len(data) < count:
        if ends is not None:
            connection.settimeout(max(ends - time.monotonic(), 1e-6))
        if handles is None:
            piece = connection.recv(count - len(data))
        else:
            piece, found, _, _ = socket.recv_fds(connection, count - len(data), 1)
            handles += found
        if not piece:
            raise ConnectionError("The other side is gone.")
        data += piece
    return data


# -- a template and its workers --------------------------------------------------------------------------------------


class Worker:
    """One forked process, seen from outside: its number, and the only connection to it."""

    __slots__ = ("calls", "connection", "is_ready", "number", "template")

    def __init__(self, number: int, connection: socket.socket, template: Template) -> None:
        self.number = number
        self.connection = connection
        self.template = template
        self.calls = 0
        self.is_ready = False

    def ask(self, name: str, arguments: Mapping[str, Any], deadline_seconds: float) -> Outcome:
        """Asks one thing and waits until the deadline; what is not "done" leaves the worker unusable."""
        try:
            if not self.is_ready:
                receive(self.connection, time.monotonic() + START_SECONDS)
                self.is_ready = True
        except OSError:
            return Outcome("crashed", "The worker did not start.")
        self.calls += 1
        ends = time.monotonic() + deadline_seconds
        try:
            self.connection.settimeout(deadline_seconds)
            send(self.connection, {"task": name, "arguments": arguments, "seconds": deadline_seconds})
            reply = receive(self.connection, ends)
        except TimeoutError:
            return Outcome("timeout", f"Not decided within {deadline_seconds:g} seconds.")
        except OSError:
            return Outcome("crashed", "The worker died.")
        if "value" in reply:
            return Outcome("done", reply["value"])
        return Outcome("crashed", f"The worker raised {str(reply.get('raised'))[:60]}.")


class Template:
    """The process that workers are forked off."""

    def __init__(self, group: str, table: str) -> None:
        if not hasattr(os, "fork"):
            raise WorkerError("Worker processes need os.fork, which this system does not have.")
        if not sys.executable:
            raise WorkerError("No Python interpreter is known that could be started (sys.executable is empty).")
        self.prepared: set[str] = set()
        self._number = 0
        self._folder = ""
        self._control, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "reasoning_gym_ccrl.envs.verify.worker_main", group, table],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            self._control.close()
            raise WorkerError(f"{sys.executable} could not be started: {error.strerror}.") from error
        finally:
            theirs.close()
        try:
            self._folder = str(self._await_word("started"))
        except BaseException:
            self.close()
            raise

    def fork(self) -> Worker:
        """A new worker, which may still be on its way."""
        ours, theirs = socket.socketpair()
        self._number += 1
        try:
            self._tell({"do": "fork", "number": self._number}, (theirs.fileno(),))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(self._number, ours, self)

    def end(self, worker: Worker) -> None:
        """Kills a worker and whatever it has started."""
        worker.connection.close()
        with suppress(WorkerError):
            self._tell({"do": "end", "number": worker.number})

    def prepare(self, function: str, arguments: Mapping[str, Any]) -> None:
        """Has the template load what later workers need.

        Raises:
            PreparationError: that failed, and the template goes on.
            WorkerError: the template is of no more use.
        """
        self._tell({"do": "prepare", "function": function, "arguments": arguments})
        self._await_word("prepared", PreparationError)

    def close(self) -> None:
        """Ends the template; its workers die with it."""
        self._control.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with suppress(OSError):  # where it could not do so itself
            os.rmdir(self._folder)

    def forget(self) -> None:
        """Lets go of a template that belongs to the process which this one was forked off."""
        self._control.close()
        self._process.returncode = 0  # no child of ours, so there is nothing to wait for or to warn of

    def _tell(self, message: Mapping[str, Any], handles: tuple[int, ...] = ()) -> None:
        try:
            self._control.settimeout(START_SECONDS)
            send(self._control, message, handles)
        except OSError as error:
            raise WorkerError("The worker processes are gone.") from error

    def _await_word(self, what: str, failure: type[WorkerError] = WorkerError) -> Any:
        try:
            reply = receive(self._control, time.monotonic() + START_SECONDS)
        except TimeoutError as error:
            raise WorkerError(f"A worker was not {what} within {START_SECONDS:g} seconds.") from error
        except OSError as error:
            raise WorkerError(f"A worker could not be {what}.") from error
        if "raised" in reply:
            raise failure(f"A worker could not be {what}: {str(reply['raised'])[:200]}")
        return reply.get("value")


def _environment() -> dict[str, str]:
    """What a worker finds in its environment: how to find what its parent finds, in the same order, and no more."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    path = [entry for entry in sys.path if os.path.isabs(entry) and os.pathsep not in entry]
    return kept | _OWN_VARIABLES | {"PYTHONPATH": os.pathsep.join(path)}
