"""Whatever breaks, the last good state stays, the message says what and where, and the same command goes on."""

from __future__ import annotations

import json
import os

import pytest
import torch

from reasoning_gym_ccrl.agents import trainer, update
from reasoning_gym_ccrl.agents.checkpoint import storage_error, write_atomically
from reasoning_gym_ccrl.agents.engines import transformers as engine
from reasoning_gym_ccrl.agents.metrics_log import MetricsLog
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.errors import DataError, EngineError, TrainingDiverged

from .bandit import ANSWERS, PPO, STATED, Lottery, bandit_agent


def run(folder=None, config=PPO, on_update=None):
    agent = bandit_agent(0, (*ANSWERS, *STATED))
    train(agent, Lottery(0.5), config, folder=folder, on_update=on_update)
    return torch.cat([parameter.detach().flatten() for parameter in agent.model.parameters()])


@pytest.fixture(scope="module")
def unbroken():
    return run()


def done(folder):
    return json.loads((folder / "state.json").read_text())["update"]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def breaks(folder, error, match, *, at=2):
    """The run fails as told, and leaves the checkpoint of `at` updates and nothing beside it; returns the message."""
    with pytest.raises(error, match=match) as caught:
        run(folder)
    assert done(folder) == at
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    return str(caught.value)


def on_call(monkeypatch, owner, name, number, act):
    """Calls `act` in place of the number-th call of a function."""
    real, calls = getattr(owner, name), iter(range(1, 10**9))
    monkeypatch.setattr(owner, name, lambda *a, **o: (act if next(calls) == number else real)(*a, **o))


def raising(error):
    def act(*_, **__):
        raise error

    return act


# -- the disk is full -------------------------------------------------------------------------------------------------


def fails_from(update, error):
    """A save_pretrained that fails after so many; what it had written by then stays behind."""

    def save(folder, *_, **__):
        (folder / "model.safetensors").write_bytes(b"half")
        raise error

    return save


@pytest.mark.parametrize("words", ["No space left on device", "Disk quota exceeded", "Read-only file system"])
def test_a_full_disk_leaves_the_last_checkpoint_and_says_so(tmp_path, monkeypatch, unbroken, words):
    number = next(n for n in range(200) if os.strerror(n) == words)
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        type_of_model = type(bandit_agent(0, ANSWERS).model)
        on_call(patch, type_of_model, "save_pretrained", 3, lambda _, f, **__: fails_from(3, OSError(number, words))(f))
        said = breaks(folder, DataError, words)
    assert said.startswith(f"{folder} could not be written: {words}. What was there before stays. Make room")
    assert torch.equal(run(folder), unbroken)


def test_a_file_that_really_cannot_grow_is_told_from_a_bug_whichever_library_writes_it(tmp_path, unbroken):
    """No patch: the system lets no file of this process grow; safetensors and torch hide that in their own ways."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (1_000, 30_000):  # too small for the weights; for the optimiser's moments, which are written after them
        folder = tmp_path / str(size) / "run"

        def shrink(update, figures, episodes, size=size):
            if update == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

        try:
            with pytest.raises(DataError, match=r"could not be written: File too large\. What was there before stays"):
                run(folder, on_update=shrink)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert done(folder) == 2
        assert [path.name for path in folder.parent.iterdir()] == ["run"]
        assert (folder / "model.safetensors").stat().st_size < 30_000 < (folder / "optimizer.pt").stat().st_size
        assert torch.equal(run(folder), unbroken)


def test_other_errors_are_not_taken_for_a_full_disk(tmp_path):
    assert storage_error(ValueError("No space left on device")) is None
    assert storage_error(RuntimeError("I/O error (os error 28)")) == "No space left on device"
    assert storage_error(RuntimeError("I/O error (os error 2)")) is None
    assert storage_error(KeyboardInterrupt()) is None
    with pytest.raises(ZeroDivisionError):
        write_atomically(tmp_path / "run", raising(ZeroDivisionError()))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_log_that_cannot_be_written_is_one_error_and_no_second_one_when_it_is_closed(tmp_path):
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    with (
        pytest.raises(DataError, match=r"metrics\.jsonl could not be written: No space left on device\. Make room"),
        MetricsLog(tmp_path / "metrics.jsonl", fresh=True) as log,
    ):
        log.write("ppo", 0, {"loss": 1.0})


# -- training, sampling and paying ------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_says_in_which_update_and_leaves_the_last_checkpoint(tmp_path, monkeypatch, unbroken):
    folder = tmp_path / "run"
    real, calls = update.micro_loss, iter(range(1, 10**9))

    def micro_loss(*arguments):
        return real(*arguments) * (float("nan") if next(calls) == 11 else 1.0)  # 4 steps an update: its third step

    with monkeypatch.context() as patch:
        patch.setattr(update, "micro_loss", micro_loss)
        said = breaks(folder, TrainingDiverged, "gradient of norm nan in update 3")
    assert "last checkpoint stays. Lower the learning rate" in said
    assert torch.equal(run(folder), unbroken)


def test_an_engine_that_dies_leaves_the_last_checkpoint(tmp_path, monkeypatch, unbroken):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        gone = raising(EngineError("http://127.0.0.1:1/v1 is gone: connection refused"))
        on_call(patch, engine.TransformersEngine, "generate", 3, gone)
        breaks(folder, EngineError, "connection refused")
    assert torch.equal(run(folder), unbroken)


def test_weights_that_do_not_reach_the_engine_stop_the_run_too(tmp_path, monkeypatch, unbroken):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        on_call(patch, engine.TransformersEngine, "sync", 3, raising(EngineError("the worker has ended")))
        breaks(folder, EngineError, "worker has ended")
    assert torch.equal(run(folder), unbroken)


def test_a_callback_that_raises_is_asked_again_about_the_same_update(tmp_path, unbroken):
    """Told before saved: no row of a log is lost, whatever happens in between."""
    folder, seen = tmp_path / "run", []

    def on_update(number, figures, episodes):
        seen.append((number, figures["loss"]))
        if len(seen) == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(folder, on_update=on_update)
    assert done(folder) == 2
    assert torch.equal(run(folder, on_update=on_update), unbroken)
    assert [number for number, _ in seen] == [0, 1, 2, 2, 3, 4]
    assert seen[2] == seen[3]


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path, monkeypatch):
    """`ccrl train` on the bandit, PPO, a checkpoint after each update."""
    monkeypatch.chdir(tmp_path)
    bandit_agent(0, (*ANSWERS, *STATED)).save_pretrained(tmp_path / "model")
    problems = [{"question": "Q " * k + "Q?", "answer": str(1 + k % 2)} for k in range(8)]
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(each) + "\n" for each in problems))
    options = ["--model", "model", "--env", "DatasetCCRL-v0", "--data", "problems.jsonl", "--algorithm", "ppo"]
    options += ["--problems-per-update", "2", "--group-size", "4", "--max-new-tokens", "3", "--checkpoint-every", "1"]
    options += ["--epochs", "2", "--minibatches", "2", "--eval-episodes", "0", "--updates", "4"]
    return lambda out: main(["train", *options, "--out", out])


def nan_once(patch):
    real, calls = update.micro_loss, iter(range(1, 10**9))
    patch.setattr(update, "micro_loss", lambda *a: real(*a) * (float("nan") if next(calls) == 11 else 1.0))


def full_log(patch):
    def write(log, stage, number, figures):
        if number == 2:
            os.dup2(os.open("/dev/full", os.O_WRONLY), log._file.fileno())
        return real(log, stage, number, figures)

    real = MetricsLog.write
    patch.setattr(MetricsLog, "write", write)


def dead_engine(patch):
    on_call(patch, engine.TransformersEngine, "generate", 3, raising(EngineError("the server at :1 is gone")))


def full_disk(patch):
    act = raising(OSError(28, "No space left on device"))
    on_call(patch, type(bandit_agent(0, ANSWERS).model), "save_pretrained", 3, act)


def full_disk_at_the_end(patch):
    on_call(patch, LLMAgent, "save_pretrained", 1, raising(OSError(28, "No space left on device")))


@pytest.mark.parametrize(
    ("breaking", "said", "saved"),
    [
        (full_disk, "run/checkpoint could not be written: No space left on device", 2),
        (full_log, "run/metrics.jsonl could not be written: No space left on device", 2),
        (nan_once, "a gradient of norm nan in update 3", 2),
        (dead_engine, "the server at :1 is gone", 2),
        (full_disk_at_the_end, "run/model could not be written: No space left on device", 4),
    ],
)
def test_the_command_says_it_in_one_line_and_goes_on_when_it_is_given_again(
    command, monkeypatch, capsys, tmp_path, breaking, said, saved
):
    if breaking is full_log and not os.path.exists("/dev/full"):
        pytest.skip("needs a device that is always full")
    assert command("unbroken") == 0
    capsys.readouterr()
    with monkeypatch.context() as patch:
        breaking(patch)
        assert command("run") == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert said in errors[0]
    assert "Traceback" not in errors[0]
    assert done(tmp_path / "run" / "checkpoint") == saved
    assert command("run") == 0
    names = ("model.safetensors", "optimizer.pt", "value.pt")
    left, expected = (contents(tmp_path / each / "checkpoint") for each in ("run", "unbroken"))
    assert [left[name] for name in names] == [expected[name] for name in names]
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [row["update"] for row in rows] == [0, 1, 2, 3]


def test_what_stays_of_a_run_that_broke_before_its_first_checkpoint_begins_anew(tmp_path, monkeypatch, unbroken):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "rollout", raising(EngineError("gone")))
        with pytest.raises(EngineError):
            run(folder)
    assert not folder.exists()
    assert torch.equal(run(folder), unbroken)
