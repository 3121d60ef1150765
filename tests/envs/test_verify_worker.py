"""The pool of workers: what is asked comes back right or not at all, in time, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reasoning_gym_ccrl.envs.verify import worker, worker_process
from reasoning_gym_ccrl.envs.verify.worker import Outcome, Pool
from reasoning_gym_ccrl.errors import InvalidOption

FOLDER = Path(__file__).parent
MARGIN_SECONDS = 0.2  # of a busy machine, over a deadline
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@pytest.fixture(scope="module")
def tasks():
    sys.path.insert(0, str(FOLDER))  # where a worker, which looks where its parent looks, finds it too
    import worker_tasks

    yield worker_tasks.TASKS
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def pool(tasks):
    made = Pool("test", "worker_tasks:TASKS")
    yield made
    made.close()


@pytest.fixture
def ask(pool, tasks):
    def asked(name, deadline=5.0, **arguments):
        return pool.call(name, tasks[name], arguments, deadline)

    return asked


def stat_of(pid):
    """(state, parent) of a process, or None where there is none."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], int(fields[1])


def children_of(pid):
    found = {int(entry): stat_of(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    return [child for child, stat in found.items() if stat and stat[1] == pid]


def is_gone(pid):
    stat = stat_of(pid)
    return stat is None or (stat[0] == "Z" and stat[1] == 1)  # what the system's first process has yet to collect


def soon(condition, seconds=8.0):
    """Whether something comes about within some seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


# -- what is asked comes back -----------------------------------------------------------------------------------------


def test_values_come_back_as_they_were(ask):
    value = {"text": "∑ ½ \x00 \U0001f600", "list": [1, -2.5, None, True, [[]]], "long": "x" * 300_000}
    assert ask("echo", **value) == Outcome("done", value)


def test_a_worker_is_used_again(ask):
    assert len({ask("process").value["pid"] for _ in range(5)}) == 1


def test_a_time_out_is_a_value_of_its_own_and_the_next_call_is_right_at_once(ask):
    before = ask("process").value["pid"]
    for _ in range(3):
        started = time.monotonic()
        assert ask("sleep", 0.25, seconds=60).status == "timeout"
        assert time.monotonic() - started < 0.25 + MARGIN_SECONDS
        started = time.monotonic()
        assert ask("echo", 0.25, x=1) == Outcome("done", {"x": 1})
        assert time.monotonic() - started < MARGIN_SECONDS
    assert ask("process").value["pid"] != before


def test_what_holds_the_interpreter_is_killed_too(ask):
    started = time.monotonic()
    assert ask("power", 0.25).status == "timeout"
    assert time.monotonic() - started < 0.25 + MARGIN_SECONDS
    assert ask("echo", 0.25) == Outcome("done", {})


@pytest.mark.parametrize("name", ["quit_at_once", "kill_itself", "read_no_memory", "answer_too_much", "answer_no_json"])
def test_a_crash_is_told_and_the_next_call_is_right(ask, name):
    assert ask(name).status == "crashed"
    assert ask("echo", x=2) == Outcome("done", {"x": 2})


@pytest.mark.parametrize(
    ("name", "kind"),
    [("leave", "SystemExit"), ("fail", "LookupError"), ("recurse", "RecursionError"), ("take_memory", "MemoryError")],
)
def test_what_a_task_raises_is_named_and_its_text_is_not_shown(ask, name, kind):
    assert ask(name) == Outcome("crashed", f"The worker raised {kind}.")


def test_noise_on_the_standard_streams_is_no_message(ask):
    assert ask("make_noise") == Outcome("done", {"read": "", "done": True})
    assert ask("echo", x=3) == Outcome("done", {"x": 3})


# -- what a worker cannot do ------------------------------------------------------------------------------------------


def test_a_worker_writes_into_no_file(ask, tmp_path):
    path = tmp_path / "written"
    assert ask("write_file", path=str(path)).status == "crashed"
    assert not path.exists() or not path.read_text()


def test_a_worker_sees_no_key_of_its_parent(ask, monkeypatch, tasks):
    monkeypatch.setenv("SOME_TOKEN", "secret")
    other = Pool("test", "worker_tasks:TASKS")
    found = other.call("environment", tasks["environment"], {}, 5.0).value
    other.close()
    assert "SOME_TOKEN" not in found
    assert "secret" not in str(found)


def test_a_worker_stands_in_an_empty_folder_of_its_own(ask):
    where = Path(ask("process").value["folder"])
    assert where != Path.cwd()
    assert list(where.iterdir()) == []


def test_what_foreign_code_changes_does_not_outlive_its_call(ask):
    assert ask("remember_alone", what="a").value == ["a"]
    assert ask("remember_alone", what="b").value == ["b"]
    # The control: in a worker that is used again it would.
    assert ask("remember", what="a").value == ["a"]
    assert ask("remember", what="b").value == ["a", "b"]


@needs_proc
def test_a_killed_worker_takes_its_own_children_along(ask, pool, tasks):
    child = ask("start_child").value
    if child is None:
        pytest.skip("this user's workers may start no process at all")
    assert not is_gone(child)
    ask("sleep", 0.05, seconds=60)  # the same worker, which is killed now
    assert soon(lambda: is_gone(child))


# -- what cannot be asked ---------------------------------------------------------------------------------------------


def test_unknown_tasks_and_arguments_that_are_no_json_are_refused():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for arguments in ({"x": object()}, {"x": float}, {"x": deep}, {"x": "1" * (2 << 20)}):
        assert worker.call("compare", arguments).status == "refused"
    assert worker.call("os:system", {"command": "true"}).status == "refused"


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_deadline_is_a_positive_number(seconds):
    with pytest.raises(InvalidOption, match="positive number of seconds"):
        worker.call("compare", {}, seconds)


def test_a_worker_knows_no_task_but_those_of_its_group(pool, tasks):
    assert pool.call("os:system", tasks["echo"], {}, 1.0) == Outcome("crashed", "The worker raised KeyError.")


def test_what_cannot_be_started_says_why_and_is_not_tried_over_and_over(tasks):
    broken = Pool("test", "no_such_module:TASKS")
    first = broken.call("echo", tasks["echo"], {}, 0.25)
    assert first.status == "crashed"
    assert "No module named 'no_such_module'" in first.value
    started = time.monotonic()
    assert broken.call("echo", tasks["echo"], {}, 0.25) == first
    assert time.monotonic() - started < 0.05


def test_a_preparation_that_fails_hurts_no_other(ask):
    assert ask("prepared", key="good").value == ["good"]
    failed = ask("prepared", key="bad")
    assert failed.status == "crashed"
    assert "no such key" in failed.value
    assert ask("prepared", key="good").value == ["good"]
    assert ask("prepared", key="other").value == ["good", "other"]
    assert ask("echo", x=1).value == {"x": 1}


# -- threads ----------------------------------------------------------------------------------------------------------


def test_many_threads_get_their_own_answers(ask):
    def one(number):
        if number % 5 == 0:
            return ask("sleep", 0.05, seconds=60).status == "timeout"
        return ask("sleep", seconds=0.002, back=number).value == number

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(one, range(60)))


def test_who_waits_too_long_for_a_worker_is_refused(pool, ask, monkeypatch):
    monkeypatch.setattr(worker, "WAIT_SECONDS", 0.1)
    holders = [
        threading.Thread(target=ask, args=("sleep",), kwargs={"seconds": 1.0})
        for _ in range(worker.MAX_WORKERS + 1)  # the one in reserve serves too
    ]
    for holder in holders:
        holder.start()
    assert soon(lambda: len(pool._workers) > worker.MAX_WORKERS and not pool._idle)
    refused = ask("echo")
    for holder in holders:
        holder.join()
    assert refused == Outcome("refused", "All workers were busy for 0.1 seconds.")
    assert ask("echo", x=1).value == {"x": 1}


# -- nothing is left behind -------------------------------------------------------------------------------------------


@needs_proc
def test_killed_workers_are_collected(ask, pool):
    template = ask("process").value["template"]
    for _ in range(5):
        ask("sleep", 0.02, seconds=60)
    assert soon(lambda: all(stat_of(child)[0] != "Z" for child in children_of(template) if stat_of(child)))
    assert soon(lambda: len(children_of(template)) <= worker.MAX_WORKERS + 1)


@needs_proc
def test_the_pool_recovers_from_the_loss_of_its_template(ask):
    ask("echo")
    template = ask("process").value["template"]
    os.kill(template, signal.SIGKILL)
    assert soon(lambda: stat_of(template)[0] == "Z")
    outcomes = [ask("process") for _ in range(4)]
    assert [outcome.status for outcome in outcomes[2:]] == ["done", "done"]
    assert outcomes[-1].value["template"] != template


PROGRAM = f"""
import os, signal, sys, threading, time
sys.path.insert(0, {str(FOLDER)!r})
import worker_tasks
from reasoning_gym_ccrl.envs.verify.worker import Pool, _pools
pool = _pools["test"] = Pool("test", "worker_tasks:TASKS")
def ask(name, deadline=5.0, **arguments):
    return pool.call(name, worker_tasks.TASKS[name], arguments, deadline)
"""


def run_program(body):
    command = [sys.executable, "-W", "error", "-c", PROGRAM + body]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@needs_proc
@pytest.mark.parametrize(
    "ending",
    [
        "",
        "raise SystemExit(0)",
        "threading.Thread(target=lambda: ask('sleep', 60.0, seconds=60), daemon=True).start(); time.sleep(0.2)",
        "os._exit(0)",
        "raise ValueError",
        "os.abort()",
    ],
    ids=["end", "exit", "in a call", "_exit", "exception", "abort"],
)
def test_however_a_program_ends_its_workers_end(ending):
    run = run_program(f"print(*ask('process').value.values(), flush=True)\n{ending}")
    pid, template, _, folder = run.stdout.split()
    assert soon(lambda: is_gone(pid) and is_gone(template)), run.stderr
    assert soon(lambda: not os.path.exists(folder)), "the empty folder is left behind"


@needs_proc
@pytest.mark.parametrize("signal_to_parent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_worker_that_spins_ends_also_where_nobody_is_left_to_kill_it(tmp_path, signal_to_parent):
    """A killed parent's line closes; of one that is stopped, the kernel's own alarm ends the worker."""
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    program = subprocess.Popen([sys.executable, "-c", f"{PROGRAM}\nask('spin', 1.0, pid_to={str(pipe)!r})"])
    try:
        with open(pipe) as lines:
            spinning = int(lines.readline())
        assert not is_gone(spinning)
        program.send_signal(signal_to_parent)
        assert soon(lambda: (stat_of(spinning) or "Z")[0] == "Z" or is_gone(spinning))
    finally:
        program.kill()
        program.wait()


@needs_proc
def test_an_interrupt_in_the_middle_of_a_call_comes_through_and_leaves_a_pool_that_works():
    run = run_program(
        """
ask("echo")
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    ask("sleep", 30.0, seconds=30)
except KeyboardInterrupt:
    print("interrupted")
print(ask("echo", x=1).value, *ask("process").value.values(), flush=True)
"""
    )
    first, *rest = run.stdout.splitlines()
    assert first == "interrupted", run.stderr
    assert rest[0].startswith("{'x': 1}")
    assert soon(lambda: all(is_gone(pid) for pid in rest[0].split()[2:4]))


# -- forks, and places to run from ------------------------------------------------------------------------------------


@needs_proc
def test_a_forked_child_has_workers_of_its_own():
    run = run_program(
        """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of a fork beside threads; there are none of ours
mine = ask("process").value["template"]
child = os.fork()
if not child:
    theirs = ask("process").value["template"]
    print("child", theirs != mine, ask("sleep", 0.05, seconds=9).status, ask("echo", x=1).value, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent", ask("process").value["template"] == mine, ask("echo", x=2).value, flush=True)
import multiprocessing
for method in ("fork", "spawn", "forkserver"):
    with multiprocessing.get_context(method).Pool(2) as processes:
        print(method, processes.map(abs, [-1]), ask("echo", x=3).value, flush=True)
"""
    )
    assert run.stdout.splitlines() == [
        "child True timeout {'x': 1}",
        "parent True {'x': 2}",
        "fork [1] {'x': 3}",
        "spawn [1] {'x': 3}",
        "forkserver [1] {'x': 3}",
    ], run.stderr
    assert run.stderr == ""


SYMBOLIC = """
from reasoning_gym_ccrl.envs.verify.symbolic import equal
def decide():
    print(*(str(equal(left, "1", 5.0)) for left in ("sin(x)^2 + cos(x)^2", "sin(x) + cos(x)")), flush=True)
"""


def test_it_works_from_anywhere(tmp_path):
    """From a script without a main guard, `python -`, a thread, a console as notebooks have it, with no environment."""
    plain = SYMBOLIC + "decide()\n"
    threaded = SYMBOLIC + "import threading\nt = threading.Thread(target=decide)\nt.start()\nt.join()\n"
    console = f"""
import code
console = code.InteractiveInterpreter()
for cell in {(SYMBOLIC, "decide()")!r}:
    console.runcode(compile(cell, "<cell>", "exec"))
"""
    bare = {"PYTHONPATH": str(Path(worker.__file__).parents[3])}  # what finds the package where it is not installed
    scripts = {"script": plain, "thread": threaded, "console": console, "bare environment": plain}
    runs = {}
    for place, program in scripts.items():
        path = tmp_path / f"{place}.py"
        path.write_text(program)
        runs[place] = start([str(path)], env=bare if place == "bare environment" else None)
    runs["standard input"] = start(["-"])
    for place, run in runs.items():
        output, errors = run.communicate(plain if place == "standard input" else None, timeout=60)
        assert output.split() == ["CORRECT", "INCORRECT"], (place, errors)


def start(arguments, **options):
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@needs_proc
def test_importing_starts_nothing():
    code = "import os, reasoning_gym_ccrl.envs.verify.symbolic, sys\n"
    code += f"sys.path.insert(0, {str(FOLDER)!r})\nimport test_verify_worker\n"
    code += "print(test_verify_worker.children_of(os.getpid()), 'sympy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == "[] False\n", run.stderr


def test_a_pool_that_is_closed_starts_anew(tasks):
    other = Pool("test", "worker_tasks:TASKS")
    other.warm_up(tasks["echo"], {})
    first = other.call("process", tasks["process"], {}, 5.0).value["pid"]
    other.close()
    assert other.call("process", tasks["process"], {}, 5.0).value["pid"] != first
    other.close()


def test_a_message_too_long_or_no_json_is_an_error_of_the_connection():
    import socket

    for data in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x02{{", b"\x00\x00"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(ConnectionError):
                worker_process.receive(ours, time.monotonic() + 1.0)
