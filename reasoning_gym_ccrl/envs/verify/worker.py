"""Killable worker processes for what cannot be decided in the process: sympy, and other people's graders.

    call("compare", {...}, deadline_seconds=0.25) -> Outcome("done" | "timeout" | "crashed" | "refused", value)

The first call starts a *template*: `python -m reasoning_gym_ccrl.envs.verify.worker_main`, which imports the heavy
libraries once and never sees untrusted text. Workers are forked off it within milliseconds, one of them always in
reserve, so that the call after a killed one pays no start-up. A call that is not back at its deadline is killed from
outside and is a "timeout", which is never "wrong". Importing this module starts nothing.

What is bounded: wall-clock time (the deadline), processor time, memory (`MEMORY_BYTES`), files (a worker can write
nothing into one), the environment (no tokens or keys), and what can be asked (the names of `TASKS`, arguments in JSON).
Tasks that run other people's code get a worker of their own for each call, so that nothing that a hostile text
changes there outlives it. Workers have a process group of their own, and die with their template, which dies with its
parent.

What this does not protect from: a third-party grader that executes text executes it with the user's rights. It can
read the user's files, open connections, send signals to the user's processes, and forge its own score. Where that
matters, train in a container, or keep to tasks whose graders execute nothing.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import InvalidOption
from .worker_process import MAX_MESSAGE_BYTES, Outcome, PreparationError, Template, Worker, WorkerError

WAIT_SECONDS = 20.0
"""Longest wait for a free worker, which does not count against the deadline either."""

MEMORY_BYTES = 2 << 30
"""Largest address space of a worker."""

MAX_WORKERS = max(2, min(8, os.cpu_count() or 1))
_CALLS_PER_WORKER = 2_000  # sympy's caches only ever grow
_RETRY_SECONDS = 60.0  # after a start that failed


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker may be asked.

    Attributes:
        function: "module:function", called with the arguments, a dictionary.
        group: tasks of one group share a template.
        prepare: "module:function" that the template calls before it forks workers for new values of `prepare_by`; it
            sees nothing untrusted.
        prepare_by: the arguments that `prepare` depends on.
        runs_foreign_code: each call gets a worker of its own.
    """

    function: str
    group: str
    prepare: str = ""
    prepare_by: tuple[str, ...] = ()
    runs_foreign_code: bool = False


TASKS: dict[str, Task] = {
    "compare": Task(
        "reasoning_gym_ccrl.envs.verify.symbolic:work",
        group="symbolic",
        prepare="reasoning_gym_ccrl.envs.verify.symbolic:warm_up",
    ),
    "reasoning_gym": Task(
        "reasoning_gym_ccrl.envs.problems.reasoning_gym:score",
        group="reasoning_gym",
        prepare="reasoning_gym_ccrl.envs.problems.reasoning_gym:prepare",
        prepare_by=("task", "options"),
        runs_foreign_code=True,
    ),
}

OWN_TABLE = f"{__name__}:TASKS"


class Pool:
    """The workers of one group of tasks. Any number of threads may call; each gets a worker, or waits for one.

    Args:
        group: which tasks.
        table: "module:name" of the table of tasks; a worker answers to nothing else.
    """

    def __init__(self, group: str, table: str = OWN_TABLE) -> None:
        self.group = group
        self.table = table
        self._begin()

    def _begin(self) -> None:
        self._template: Template | None = None
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._failures: dict[str, tuple[float, str]] = {}  # what failed -> until when it is not tried again, and why
        self._changed = threading.Condition()

    def call(self, name: str, task: Task, arguments: Mapping[str, Any], deadline_seconds: float) -> Outcome:
        """Has one worker do one task."""
        try:
            worker = self._take(task, arguments)
        except WorkerError as error:
            return Outcome("crashed", str(error))
        except TimeoutError:
            return Outcome("refused", f"All workers were busy for {WAIT_SECONDS:g} seconds.")
        reusable = False
        try:
            outcome = worker.ask(name, arguments, deadline_seconds)
            reusable = outcome.status == "done" and not task.runs_foreign_code and worker.calls < _CALLS_PER_WORKER
        finally:  # also after a KeyboardInterrupt in the middle
            self._give_back(worker, reusable)
        return outcome

    def warm_up(self, task: Task, arguments: Mapping[str, Any]) -> None:
        """Starts what a call would start.

        Raises:
            WorkerError: it cannot be started.
        """
        with self._changed:
            self._make_ready(task, arguments)

    def close(self) -> None:
        """Ends all workers; a later call starts anew."""
        with self._changed:
            self._drop_template()

    def forget(self) -> None:
        """What a forked child does with its parent's pool: nothing of it is its own."""
        for worker in self._workers:
            worker.connection.close()
        if self._template is not None:
            self._template.forget()
        self._begin()

    def _take(self, task: Task, arguments: Mapping[str, Any]) -> Worker:
        ends = time.monotonic() + WAIT_SECONDS
        with self._changed:
            template = self._make_ready(task, arguments)
            while not self._idle and len(self._workers) >= MAX_WORKERS:
                if not self._changed.wait(max(ends - time.monotonic(), 0.0)):
                    raise TimeoutError
                template = self._make_ready(task, arguments)  # it may have gone meanwhile
            worker = self._idle.pop() if self._idle else self._fork(template)
            self._keep_one_in_reserve()
            return worker

    def _give_back(self, worker: Worker, reusable: bool) -> None:
        with self._changed:
            if worker in self._workers and reusable:
                self._idle.append(worker)
            elif worker in self._workers:
                self._workers.discard(worker)
                self._keep_one_in_reserve()  # first the new one, which is wanted sooner
                worker.template.end(worker)
            else:
                worker.connection.close()
            self._changed.notify()

    def _make_ready(self, task: Task, arguments: Mapping[str, Any]) -> Template:
        if _is_closing:
            raise WorkerError("The interpreter is shutting down.")
        by = {key: arguments.get(key) for key in task.prepare_by}
        key = json.dumps([task.prepare, by])
        if key in self._failures and time.monotonic() < self._failures[key][0]:
            raise WorkerError(self._failures[key][1])
        try:
            if self._template is None:
                self._template = Template(self.group, self.table)
            if task.prepare and key not in self._template.prepared:
                self._prepare(self._template, task.prepare, by)
                self._template.prepared.add(key)
        except WorkerError as error:
            self._failures[key] = (time.monotonic() + _RETRY_SECONDS, str(error))
            if not isinstance(error, PreparationError):
                self._drop_template()
            raise
        except BaseException:
            self._drop_template()
            raise
        return self._template

    def _prepare(self, template: Template, function: str, by: Mapping[str, Any]) -> None:
        template.prepare(function, by)
        while self._idle:  # forked off before, and so not prepared
            worker = self._idle.pop()
            self._workers.discard(worker)
            template.end(worker)

    def _fork(self, template: Template) -> Worker:
        try:
            worker = template.fork()
        except WorkerError:
            self._drop_template()
            raise
        self._workers.add(worker)
        return worker

    def _keep_one_in_reserve(self) -> None:
        if self._template is not None and not self._idle and len(self._workers) <= MAX_WORKERS:
            with suppress(WorkerError):
                self._idle.append(self._fork(self._template))

    def _drop_template(self) -> None:
        for worker in self._idle:
            worker.connection.close()
        self._idle, self._workers = [], set()
        template, self._template = self._template, None
        if template is not None:
            template.close()


_pools: dict[str, Pool] = {}
_pools_lock = threading.Lock()
_is_closing = False


def pool_of(group: str) -> Pool:
    """This process's pool of a group; nothing is started yet."""
    with _pools_lock:
        if group not in _pools:
            _pools[group] = Pool(group)
        return _pools[group]


def call(task: str, arguments: Mapping[str, Any], deadline_seconds: float = 0.25) -> Outcome:
    """Has a worker process do a task of `TASKS`; never raises on what a text makes of it.

    Args:
        task: its name.
        arguments: what it is given, in JSON, of at most `MAX_MESSAGE_BYTES`.
        deadline_seconds: counted from when a worker begins. Start-up and waiting have caps of their own.

    Raises:
        InvalidOption: a deadline that is no positive number of seconds.

    >>> call("no such task", {})
    Outcome(status='refused', value="Workers do 'compare' and 'reasoning_gym'; asked was 'no such task'.")
    """
    if not 0 < deadline_seconds < math.inf:
        raise InvalidOption(f"A deadline is a positive number of seconds; received {deadline_seconds!r}.")
    found = TASKS.get(task)
    if found is None:
        return Outcome("refused", f"Workers do {' and '.join(map(repr, TASKS))}; asked was {task[:40]!r}.")
    try:
        if len(json.dumps(arguments)) > MAX_MESSAGE_BYTES - 1_000:
            return Outcome("refused", f"A task's arguments are at most {MAX_MESSAGE_BYTES} bytes.")
    except (TypeError, ValueError, RecursionError):
        return Outcome("refused", "A task's arguments are plain JSON, not nested too deep.")
    return pool_of(found.group).call(task, found, arguments, deadline_seconds)


def warm_up(task: str, arguments: Mapping[str, Any] | None = None) -> None:
    """Starts the workers of a task before they are needed, which takes about a second.

    Raises:
        WorkerError: they cannot be started; says why.
    """
    pool_of(TASKS[task].group).warm_up(TASKS[task], arguments or {})


def shut_down() -> None:
    """Ends all worker processes of this process; a later call starts new ones. Done by itself at exit."""
    for pool in list(_pools.values()):
        pool.close()


def _at_exit() -> None:
    global _is_closing
    _is_closing = True
    shut_down()


def _after_fork() -> None:
    global _pools_lock
    _pools_lock = threading.Lock()
    for pool in _pools.values():
        pool.forget()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
