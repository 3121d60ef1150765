"""Trains the bandit in processes of its own, which are killed and interrupted by signals; see test_killed_runs.

    python killed_run.py FOLDER KILLS

Prints one line of JSON: digests of what is left of runs that were killed KILLS times at random moments, and of unbroken
ones; and what became of `ccrl train` after one Ctrl-C, and after two. All processes are forked from this one, which has
loaded torch already.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from killed_sft import child, updates_in

from reasoning_gym_ccrl.agents.checkpoint import find_checkpoint
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.cli import main as ccrl
from reasoning_gym_ccrl.types import Reward
from tests.agents.bandit import ANSWERS, STATED, Lottery, bandit_agent

UPDATES = 8
SIZE = {"problems_per_update": 4, "group_size": 4, "max_new_tokens": 3, "checkpoint_every": 1, "learning_rate": 1e-2}
PPO = {"epochs": 2, "minibatches": 2}
CONFIGS = {
    "ppo": TrainConfig(algorithm="ppo", updates=UPDATES, kl_coefficient=0.05, **SIZE, **PPO),
    "grpo": TrainConfig(algorithm="grpo", updates=UPDATES, kl_coefficient=0.05, keep_checkpoints=2, **SIZE),
}
PATIENCE = 60.0  # seconds for a process to come to where it is waited for


def hash_of(value, made=None) -> str:
    """A digest of tensors, numbers and what holds them, to the bit."""
    made = made or hashlib.sha256()
    if isinstance(value, torch.Tensor):
        made.update(str(value.dtype).encode() + value.detach().contiguous().numpy().tobytes())
    elif isinstance(value, dict):
        for key, inner in value.items():
            made.update(repr(key).encode())
            hash_of(inner, made)
    elif isinstance(value, list | tuple):
        for inner in value:
            hash_of(inner, made)
    else:
        made.update(repr(value).encode())
    return made.hexdigest()


def left_in(folder: Path) -> dict[str, str]:
    """A digest of every file of a checkpoint that holds weights, moments, generators or counters."""
    found = {"model": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()}
    for path in sorted(folder.glob("*.pt")):
        found[path.stem] = hash_of(torch.load(path, weights_only=True))
    return found | {"state": hash_of(json.loads((folder / "state.json").read_text()))}


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.005)


# -- killed at any moment ---------------------------------------------------------------------------------------------


def lucky(context) -> Reward:
    """Pays for the answer 1, and with a draw from every generator that a program holds for all."""
    drawn = random.random() + float(np.random.random()) + float(torch.rand(()))  # noqa: NPY002
    return Reward(drawn + (context.step.text == "1"), {"drawn": drawn, "right": float(context.step.text == "1")})


def learn(name: str, folder: Path | None, begun: int | None = None, first_seed: int = 0, **changes) -> None:
    agent = bandit_agent(0, (*ANSWERS, *STATED))
    # A run does not seed them, so that two alike begin alike; what goes on has others until they are restored.
    seed = first_seed if folder is None or find_checkpoint(folder) is None else 99
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    if begun is not None:
        os.write(begun, b"x")
    train(agent, Lottery(0.5), replace(CONFIGS[name], **changes), lucky, folder=folder)


def killed_after(seconds: float, name: str, folder: Path) -> bool:
    """Whether a run was killed, so many seconds after it began to train; False where it was done before."""
    read, write = os.pipe()
    pid = child(lambda: learn(name, folder, write))
    os.read(read, 1)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(read)
    os.close(write)
    return os.WIFSIGNALED(status)


def finish(name: str, folder: Path, first_seed: int = 0) -> dict[str, str]:
    """Digests of what a run leaves that begins or goes on in the folder."""
    _, status = os.waitpid(child(lambda: learn(name, folder, first_seed=first_seed)), 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the run in {folder} failed")
    return left_in(folder)


def kills(folder: Path, name: str, count: int) -> dict[str, object]:
    """Runs that were killed at moments drawn evenly from how long an unbroken one takes, and finished after that."""
    chance = random.Random(f"kill {name}")
    learn(name, None, updates=1)  # loads here, and not in every process, what is loaded late
    started = time.monotonic()
    unbroken = finish(name, folder / name / "unbroken" / "checkpoint")
    duration = time.monotonic() - started
    moments, reached, resumed = [], [], []
    for number in range(count):
        for attempt in range(9):  # a moment after the end is drawn anew
            place = folder / name / f"{number}-{attempt}" / "checkpoint"
            moment = chance.random() * duration
            if killed_after(moment, name, place):
                break
        else:
            raise RuntimeError(f"no run was killed before its end; they take {duration:.2f} s")
        moments.append(moment / duration)
        reached.append(updates_in(place))
        resumed.append(finish(name, place))
    control = finish(name, folder / name / "control" / "checkpoint", first_seed=1)
    return {"moments": moments, "reached": reached, "resumed": resumed, "unbroken": unbroken, "control": control}


# -- interrupted ------------------------------------------------------------------------------------------------------


def gated(context) -> float:
    """Pays for the answer 1; while the file HOLD is there, it waits, and says so in the file HELD."""
    hold = Path(os.environ["HOLD"])
    while hold.exists():
        hold.with_name("held").touch()
        time.sleep(0.01)
    return float(context.step.text == "1")


def command(folder: Path) -> None:
    """`ccrl train`, its output in files; the process ends with its exit code."""
    with open(folder / "output", "a") as output, open(folder / "errors", "a") as errors:
        os.dup2(output.fileno(), 1)
        os.dup2(errors.fileno(), 2)
    options = ["--model", "model", "--out", str(folder / "run"), "--env", "DatasetCCRL-v0", "--data", "problems.jsonl"]
    options += ["--algorithm", "ppo", "--updates", str(UPDATES), "--reward", "killed_run:gated", "--eval-episodes", "0"]
    for name, value in (SIZE | PPO).items():
        options += [f"--{name.replace('_', '-')}", str(value)]
    code = ccrl(["train", *options])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def interrupted(folder: Path, signals: int) -> dict[str, object]:
    """What Ctrl-C, pressed so many times in the middle of an update, left; and the same command after it."""
    folder.mkdir()
    hold, held, checkpoint = folder / "hold", folder / "held", folder / "run" / "checkpoint"
    os.environ["HOLD"] = str(hold)
    pid = child(lambda: command(folder))
    wait_for(lambda: updates_in(checkpoint) >= 2)
    hold.touch()
    wait_for(held.exists)
    done = updates_in(checkpoint)
    for number in range(signals):
        os.kill(pid, signal.SIGINT)
        time.sleep(0.2)
        if number == 0:
            waits = os.waitpid(pid, os.WNOHANG) == (0, 0)  # for the update under way
    if signals == 1:
        hold.unlink()
    _, status = os.waitpid(pid, 0)  # after a second one in spite of the hold
    hold.unlink(missing_ok=True)
    found = {"exit": os.waitstatus_to_exitcode(status), "waits": waits, "done": done, "saved": updates_in(checkpoint)}
    found["said"] = (folder / "errors").read_text().splitlines()[-1]
    found["folder"] = str(checkpoint)
    found["whole"] = sorted(left_in(checkpoint))
    _, status = os.waitpid(child(lambda: command(folder)), 0)
    return found | {"again": os.waitstatus_to_exitcode(status), "resumed": left_in(checkpoint), "rows": rows(folder)}


def rows(folder: Path) -> list[dict]:
    """What was logged, but for what a clock measured."""
    timed = {"sampling_seconds", "training_seconds", "tokens_per_second"}
    lines = (folder / "run" / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in timed} for line in lines]


def interrupts(folder: Path) -> dict[str, object]:
    os.chdir(folder)
    bandit_agent(0, (*ANSWERS, *STATED)).save_pretrained(folder / "model")
    problems = [{"question": "Q " * k + "Q?", "answer": str(1 + k % 2)} for k in range(8)]
    (folder / "problems.jsonl").write_text("".join(json.dumps(each) + "\n" for each in problems))
    (folder / "unbroken").mkdir()
    os.environ["HOLD"] = str(folder / "never")
    _, status = os.waitpid(child(lambda: command(folder / "unbroken")), 0)
    unbroken = {
        "exit": os.waitstatus_to_exitcode(status),
        "left": left_in(folder / "unbroken" / "run" / "checkpoint"),
        "rows": rows(folder / "unbroken"),
    }
    return {"unbroken": unbroken, "1": interrupted(folder / "once", 1), "2": interrupted(folder / "twice", 2)}


def main(folder: Path, count: int) -> None:
    torch.set_num_threads(1)
    results: dict[str, object] = {name: kills(folder, name, count) for name in CONFIGS}
    results["interrupts"] = interrupts(folder)
    print(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
