from __future__ import annotations

import contextlib
import itertools
import os

import pytest
import torch
from transformers.utils import logging

from reasoning_gym_ccrl.agents import checkpoint
from reasoning_gym_ccrl.agents.checkpoint import (
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
    write_atomically,
)
from reasoning_gym_ccrl.agents.optimizers import make_optimizer
from reasoning_gym_ccrl.agents.zero import ZERO_PARTS
from reasoning_gym_ccrl.errors import DataError

from .models import gpt2, small


def put(text):
    return lambda folder: (folder / "a.txt").write_text(text)


def read(folder):
    return (folder / "a.txt").read_text()


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "deep" / "run"
    write_atomically(folder, put("old"))
    (folder / "stray").write_text("x")
    write_atomically(folder, put("new"))
    assert read(folder) == "new"
    assert [path.name for path in folder.parent.iterdir()] == ["run"]
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_one(tmp_path, error):
    folder = tmp_path / "run"
    write_atomically(folder, put("old"))

    def fail(fresh):
        put("half")(fresh)
        raise error

    with pytest.raises(type(error)):
        write_atomically(folder, fail)
    assert read(folder) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def saved(folder, state, seed=0):
    model = gpt2(30, seed)
    optimizer = make_optimizer(model, 1e-3)
    model(input_ids=torch.tensor([[2, 3]])).logits.sum().backward()
    optimizer.step()
    save_checkpoint(folder, model, _NoTokenizer(), optimizer.state_dict(), state)
    return model, optimizer


class _NoTokenizer:
    def save_pretrained(self, folder):
        (folder / "tokenizer.json").write_text("{}")


class Killed(BaseException):
    """Nothing in the code under test may catch it: the process is gone."""


def kill_at(monkeypatch, number):
    """Kills at the number-th of the operations by which a checkpoint takes its place."""
    count = itertools.count(1)

    def deadly(real):
        def operation(*args, **options):
            if next(count) == number:
                raise Killed
            return real(*args, **options)

        return operation

    monkeypatch.setattr(checkpoint.os, "replace", deadly(os.replace))
    monkeypatch.setattr(checkpoint.shutil, "rmtree", deadly(checkpoint.shutil.rmtree))


@pytest.mark.parametrize("first", range(1, 7))
@pytest.mark.parametrize("second", range(1, 7))
def test_killed_twice_at_any_move_there_is_still_a_good_state(tmp_path, monkeypatch, first, second):
    folder = tmp_path / "run"
    write_atomically(folder, lambda fresh: (fresh / "state.json").write_text("1"))
    for number, content in ((first, "2"), (second, "3")):
        with monkeypatch.context() as patch:
            kill_at(patch, number)
            with contextlib.suppress(Killed):
                write_atomically(folder, lambda fresh, text=content: (fresh / "state.json").write_text(text))
        found = find_checkpoint(folder)
        assert found is not None
        assert (found / "state.json").read_text() in ("1", "2", "3")
    write_atomically(folder, lambda fresh: (fresh / "state.json").write_text("4"))
    assert (find_checkpoint(folder) / "state.json").read_text() == "4"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_weights_optimiser_and_counters_come_back_to_the_bit(tmp_path):
    folder = tmp_path / "run"
    model, optimizer = saved(folder, {"update": 7, "config": {"seed": 3}})
    other = gpt2(30, seed=5)
    fresh = make_optimizer(other, 1e-3)
    assert load_checkpoint(find_checkpoint(folder), other, fresh) == {"update": 7, "config": {"seed": 3}}
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    for one, two in zip(optimizer.state.values(), fresh.state.values(), strict=True):
        assert all(torch.equal(one[name], two[name]) for name in one)


def test_what_is_no_checkpoint_is_an_error(tmp_path):
    model = gpt2(30)
    optimizer = make_optimizer(model, 1e-3)
    assert find_checkpoint(tmp_path / "nowhere") is None
    with pytest.raises(DataError, match=r"state\.json"):
        load_checkpoint(tmp_path, model, optimizer)
    saved(tmp_path / "run", {"update": 1})
    with pytest.raises(DataError, match="does not fit"):
        load_checkpoint(tmp_path / "run", gpt2(31), optimizer)
    (tmp_path / "run" / "model.safetensors").unlink()
    with pytest.raises(DataError):
        load_checkpoint(tmp_path / "run", model, optimizer)


def test_a_strangers_folder_is_never_replaced(tmp_path, tokenizer):
    (tmp_path / "thesis.tex").write_text("years of work")
    model = small(tokenizer)
    with pytest.raises(DataError, match="no checkpoint"):
        save_checkpoint(tmp_path, model, tokenizer, make_optimizer(model, 1e-3).state_dict(), {})
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("name", ["optimizer.pt", "state.json", "model.safetensors"])
def test_a_damaged_file_is_an_error_that_names_the_checkpoint(tmp_path, name):
    folder = tmp_path / "run"
    model, optimizer = saved(folder, {"update": 1})
    (folder / name).write_bytes(b"\x00\x01 damaged")
    with pytest.raises(DataError, match="run"):
        load_checkpoint(folder, model, optimizer)


def test_an_optimisers_state_goes_on_under_the_kind_of_launch_it_is_of(tmp_path):
    model = gpt2(30)
    optimizer = make_optimizer(model, 1e-3)
    save_checkpoint(tmp_path / "run", model, _NoTokenizer(), {ZERO_PARTS: [optimizer.state_dict()]}, {})
    with pytest.raises(DataError, match="is of a launch with DeepSpeed, or of one without; go on as it began"):
        load_checkpoint(tmp_path / "run", model, optimizer)


def test_weights_that_are_views_of_one_buffer_are_saved_and_loaded(tmp_path):
    """As ZeRO has them: neither tied nor missing."""
    model, other = gpt2(30), gpt2(30, seed=1)
    for each in (model, other):
        buffer = torch.cat([parameter.detach().flatten() for parameter in each.parameters()])
        place = 0
        for parameter in each.parameters():
            parameter.data = buffer[place : place + parameter.numel()].view_as(parameter)
            place += parameter.numel()
    optimizer = make_optimizer(model, 1e-3)
    save_checkpoint(tmp_path / "run", model, _NoTokenizer(), optimizer.state_dict(), {})
    load_checkpoint(tmp_path / "run", other, make_optimizer(other, 1e-3))
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


def test_no_progress_bar_breaks_into_the_callers(tmp_path, capfd):
    model = gpt2(30)
    save_checkpoint(tmp_path / "run", model, _NoTokenizer(), {}, {})
    assert capfd.readouterr().err == ""
    assert logging.is_progress_bar_enabled(), "it is as it was"
    model.save_pretrained(tmp_path / "other")
    assert "Writing" in capfd.readouterr().err  # the negative control
