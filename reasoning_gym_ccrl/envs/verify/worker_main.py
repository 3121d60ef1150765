"""The worker's side of `worker`: a template process that forks one worker after the other.

    python -m reasoning_gym_ccrl.envs.verify.worker_main GROUP MODULE:TABLE      # standard input: a socket

Standard input is the only line to the parent: when it closes, however the parent ended, everything here ends.
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from .worker import MEMORY_BYTES, Task
from .worker_process import receive, send

Function = Callable[[dict[str, Any]], Any]

_SLACK_SECONDS = 1  # after the deadline the parent kills; where there is no parent any more, the kernel does
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def main(group: str, table: str) -> None:
    """Imports what the group's tasks need, then forks, kills and prepares as it is told until its input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    folder = tempfile.mkdtemp(prefix="ccrl-worker-")
    os.chdir(folder)
    children: dict[int, int] = {}
    try:
        tasks: dict[str, Task] = {name: task for name, task in _load(table).items() if task.group == group}
        functions: dict[str, Function] = {name: _load(task.function) for name, task in tasks.items()}
        gc.freeze()  # what is there now is shared with the workers, and need not be copied by a collection
        send(control, {"value": folder})
        while True:
            handles: list[int] = []
            message = receive(control, handles=handles)
            if message["do"] == "fork":
                _fork(message["number"], handles[0], control, functions, children)
            elif message["do"] == "end":
                _kill(children.pop(message["number"], 0))
            else:
                _prepare(message, control, tasks)
    except ConnectionError:
        pass
    except Exception as error:
        with suppress(OSError):
            send(control, _raised(error))
    finally:
        for pid in children.values():
            _kill(pid)
        os.chdir("/")
        with suppress(OSError):
            os.rmdir(folder)


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _prepare(message: Mapping[str, Any], control: socket.socket, tasks: Mapping[str, Task]) -> None:
    try:
        if message["function"] not in {task.prepare for task in tasks.values()}:
            raise ValueError("what prepares is named in the table of tasks")
        _load(message["function"])(message["arguments"])
    except Exception as error:
        send(control, _raised(error))
        return
    gc.freeze()
    send(control, {"value": "ready"})


def _raised(error: Exception) -> dict[str, str]:
    return {"raised": f"{type(error).__name__}: {error}"[:200]}


def _kill(pid: int) -> None:
    """Kills a worker and its process group, and takes it off the list of processes."""
    if pid <= 0:
        return
    for kill in (os.killpg, os.kill):  # the group is not there yet in a worker's first instant
        with suppress(OSError):
            kill(pid, signal.SIGKILL)
    with suppress(OSError):
        os.waitpid(pid, 0)


def _fork(
    number: int, handle: int, control: socket.socket, functions: Mapping[str, Function], children: dict[int, int]
) -> None:
    try:
        pid = os.fork()
    except OSError:  # the parent sees the connection close
        os.close(handle)
        return
    if pid:
        os.close(handle)
        children[number] = pid
        return
    try:  # nothing below may come back into the template's loop
        control.close()
        _confine()
        _serve(socket.socket(fileno=handle), functions)
    finally:
        os._exit(0)


def _confine() -> None:
    """Limits what this worker can use up, and has it die with the template."""
    os.setsid()
    template = os.getppid()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != template or template == 1:
        os._exit(0)
    sys.dont_write_bytecode = True
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (limit, limit))


def _serve(connection: socket.socket, functions: Mapping[str, Function]) -> None:
    send(connection, {"value": "ready"})
    while True:
        request = receive(connection)
        _limit_time(request["seconds"] + _SLACK_SECONDS)
        send(connection, _answer(functions, request))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit_time(seconds: float) -> None:
    """The kernel's own alarm and limit, for a worker that nobody is left to kill."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _answer(functions: Mapping[str, Function], request: Mapping[str, Any]) -> dict[str, Any]:
    """What a task returns, or the kind of what it raised: an error's text might take for ever to print."""
    try:
        return {"value": functions[request["task"]](request["arguments"])}
    except BaseException as error:  # a grader may raise anything, SystemExit too
        return {"raised": type(error).__name__}


if __name__ == "__main__":
    main(*sys.argv[1:3])
