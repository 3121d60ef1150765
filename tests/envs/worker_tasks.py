"""Tasks for the tests of the worker pool: what well-behaved and hostile graders do. Workers import this by name."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

from reasoning_gym_ccrl.envs.verify.worker import Task

_seen: list[str] = []
_prepared: list[str] = []


def echo(arguments):
    return arguments


def sleep(arguments):
    time.sleep(arguments["seconds"])
    return arguments.get("back")


def process(arguments):
    return {"pid": os.getpid(), "template": os.getppid(), "group": os.getpgid(0), "folder": os.getcwd()}


def power(arguments):
    """Holds the interpreter's lock in one long operation of C: no thread or signal handler of Python's gets in."""
    return (9**9**9) % 10


def spin(arguments):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(arguments["pid_to"], "r+b", buffering=0) as pipe:
        pipe.write(f"{os.getpid()}\n".encode())
    while True:
        pass


def quit_at_once(arguments):
    os._exit(3)


def kill_itself(arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def read_no_memory(arguments):
    return ctypes.string_at(0)


def leave(arguments):
    sys.exit("a grader that ends the program")


def fail(arguments):
    raise LookupError("with a text that may hold anything")


def recurse(arguments):
    return recurse(arguments)


def take_memory(arguments):
    return len(bytearray(6 << 30))


def answer_too_much(arguments):
    return "x" * (4 << 20)


def answer_no_json(arguments):
    return {1, 2}


def make_noise(arguments):
    print("noise from print", flush=True)
    os.write(1, b"\x00\x00\x00\x02{}")  # what would pass for a message
    os.write(2, b"noise")
    os.system("echo noise")
    return {"read": sys.stdin.read(), "done": True}


def write_file(arguments):
    with open(arguments["path"], "w") as file:
        file.write("x")


def environment(arguments):
    return dict(os.environ)


def remember(arguments):
    _seen.append(arguments["what"])
    return list(_seen)


def start_child(arguments):
    """Leaves a process of its own behind, as a hostile answer might."""
    pid = os.fork()
    if not pid:
        time.sleep(60)
        os._exit(0)
    return pid


def prepare(arguments):
    if arguments["key"] == "bad":
        raise LookupError("no such key")
    _prepared.append(arguments["key"])


def prepared(arguments):
    return list(_prepared)


TASKS = {
    function.__name__: Task(f"{__name__}:{function.__name__}", group="test")
    for function in (
        *(echo, sleep, process, power, spin, quit_at_once, kill_itself, read_no_memory, leave, fail, recurse),
        *(take_memory, answer_too_much, answer_no_json, make_noise, write_file, environment, remember, start_child),
    )
} | {
    "remember_alone": Task(f"{__name__}:remember", group="test", runs_foreign_code=True),
    "prepared": Task(f"{__name__}:prepared", group="test", prepare=f"{__name__}:prepare", prepare_by=("key",)),
}
