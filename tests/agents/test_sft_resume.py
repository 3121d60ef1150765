"""A run of fine-tuning that is stopped anywhere goes on to the very same weights; and it may end before its updates."""

from __future__ import annotations

import copy
import itertools
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, SFTResult, fine_tune
from reasoning_gym_ccrl.errors import DataError, InvalidOption

from .models import gpt2, llama

UPDATES = 7
ROOT = Path(__file__).parent.parent.parent


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def padded(byte_level):
    tokenizer = copy.deepcopy(byte_level)
    tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def texts(seed=0):
    rng = random.Random(seed)
    return (TextExample("q" * rng.randint(1, 9), ((f" {rng.randint(1, 9)}", True),)) for _ in itertools.count())


def with_lora(vocab_size):
    pytest.importorskip("peft")
    from reasoning_gym_ccrl.agents.adapters import with_adapter

    torch.manual_seed(5)
    return with_adapter(llama(vocab_size), {"r": 2, "lora_alpha": 4, "lora_dropout": 0.2})


MODELS = {"llama": llama, "gpt2 with dropout": gpt2, "lora with dropout": with_lora}


def run(tokenizer, kind="llama", folder=None, kill_after=None, seen=None, examples=None, validate=None, **options):
    """A run, its weights at the end, and its result; killed after so many updates."""
    model = MODELS[kind](len(tokenizer))
    torch.manual_seed(11)
    settings = {"updates": UPDATES, "batch_size": 3, "learning_rate": 1e-2, "warmup_updates": 2, "pool_batches": 2}
    settings |= {"precision": "float32", "checkpoint_every": 2}

    def on_update(update, figures):
        if seen is not None:
            seen.append((update, figures["loss"]))
        if kill_after == update + 1:
            raise Killed

    config = SFTConfig(**settings | options)
    rng = random.Random(4)
    result = fine_tune(
        model, tokenizer, examples or texts(), config, rng, on_update=on_update, folder=folder, validate=validate
    )
    return {name: p.detach().clone() for name, p in model.named_parameters()}, result


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", MODELS)
def test_killed_after_any_update_it_goes_on_to_the_same_weights(padded, tmp_path, kind):
    losses = []
    expected, result = run(padded, kind, seen=losses)
    assert result == SFTResult(UPDATES, result.scored_tokens, 0, None, stopped_early=False)
    for kill_after in range(1, UPDATES + 1):
        folder, again = tmp_path / str(kill_after), []
        with pytest.raises(Killed):
            run(padded, kind, folder, kill_after)
        torch.rand(13)  # whatever else the new process has drawn
        weights, resumed = run(padded, kind, folder, seen=again)
        assert same(weights, expected)
        assert resumed == result
        # What was made after the last checkpoint is made again, to the same numbers; `on_update` comes before it.
        done = (kill_after - 1) // 2 * 2
        assert again == losses[done:]


def test_muon_goes_on_too(padded, tmp_path):
    expected, _ = run(padded, optimizer="muon")
    with pytest.raises(Killed):
        run(padded, folder=tmp_path / "run", kill_after=5, optimizer="muon")
    assert same(run(padded, folder=tmp_path / "run", optimizer="muon")[0], expected)


def test_the_dropout_of_a_resumed_run_is_not_drawn_anew(padded, tmp_path):
    """The negative control: with torch's generator left where it is, the weights differ."""
    expected, _ = run(padded, "gpt2 with dropout")
    with pytest.raises(Killed):
        run(padded, "gpt2 with dropout", tmp_path / "run", 5)
    torch.save({"cpu": torch.get_rng_state()}, tmp_path / "run" / "rng.pt")
    assert not same(run(padded, "gpt2 with dropout", tmp_path / "run")[0], expected)


def test_a_finished_run_has_nothing_left_to_do(padded, tmp_path):
    expected, result = run(padded, folder=tmp_path / "run")
    seen = []
    weights, again = run(padded, folder=tmp_path / "run", seen=seen)
    assert same(weights, expected)
    assert again == result
    assert not seen


def test_a_run_whose_examples_ran_out_is_finished(padded, tmp_path):
    def few():
        return itertools.islice(texts(), 9)

    expected, result = run(padded, folder=tmp_path / "run", examples=few(), checkpoint_every=0)
    assert result.updates == 3
    seen = []
    weights, again = run(padded, folder=tmp_path / "run", examples=few(), checkpoint_every=0, seen=seen)
    assert same(weights, expected)
    assert again == result
    assert not seen


def test_other_settings_data_or_models_are_refused(padded, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(Killed):
        run(padded, folder=folder, kill_after=5)
    with pytest.raises(InvalidOption, match="learning_rate"):
        run(padded, folder=folder, learning_rate=2e-2)
    with pytest.raises(InvalidOption, match="data it began with"):
        run(padded, folder=folder, examples=texts(seed=1))
    with pytest.raises(InvalidOption, match="data it began with"):
        run(padded, folder=folder, examples=itertools.islice(texts(), 6))
    with pytest.raises(DataError, match="does not fit"):
        run(padded, "gpt2 with dropout", folder)
    with pytest.raises(DataError, match="does not fit"):
        run(padded, "lora with dropout", folder)
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({"update": 3, "config": state["config"]}))
    with pytest.raises(InvalidOption, match="no checkpoint of fine-tuning"):
        run(padded, folder=folder)
    other = tmp_path / "notes"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="no checkpoint"):
        run(padded, folder=other)


# --- ending early


def looking_at(losses):
    """A validation that sees these losses, one a look."""
    looks = iter(losses)
    return lambda: {"validation_loss": next(looks), "plan_match": 0.5}


def test_patience_ends_the_run_at_its_best_weights(padded):
    states = []
    options = {"validate_every": 1, "patience": 2, "updates": 20}
    seen = []
    weights, result = run(padded, validate=looking_at([3, 2, 2.5, 2.0, 9]), seen=seen, **options)
    assert result == SFTResult(4, result.scored_tokens, best_update=2, best_loss=2, stopped_early=True)
    assert len(seen) == 4
    # The weights are those that a run with ever better looks has after its second update, and no later ones.
    with pytest.raises(Killed):
        run_and_keep(padded, states, **options)
    assert same(weights, states[1])
    assert not same(weights, states[0])
    assert not same(weights, states[2])


def run_and_keep(tokenizer, states, **options):
    """The run of `run`, its weights kept at every look, killed after the third."""
    model = llama(len(tokenizer))
    torch.manual_seed(11)

    def validate():
        states.append({name: p.detach().clone() for name, p in model.named_parameters()})
        if len(states) == 3:
            raise Killed
        return {"validation_loss": 1.0 / len(states)}

    settings = {"batch_size": 3, "learning_rate": 1e-2, "warmup_updates": 2, "pool_batches": 2, "precision": "float32"}
    fine_tune(model, tokenizer, texts(), SFTConfig(**settings | options), random.Random(4), validate=validate)


def test_looks_are_at_the_given_updates_and_at_the_last_and_their_figures_are_logged(padded):
    rows = {}
    config = SFTConfig(5, 3, 1e-2, warmup_updates=2, precision="float32", validate_every=2)
    model = llama(len(padded))
    result = fine_tune(
        model,
        padded,
        texts(),
        config,
        random.Random(0),
        on_update=rows.__setitem__,
        validate=looking_at([3.0, 1.0, 2.0]),
    )
    assert [update for update, row in rows.items() if "plan_match" in row] == [1, 3, 4]
    assert (result.best_update, result.best_loss, result.stopped_early) == (4, 1.0, False)


@pytest.mark.parametrize("kill_after", [1, 2, 3, 4, 5])
def test_a_run_that_ends_early_does_so_after_a_kill_too(padded, tmp_path, kill_after):
    losses = [3, 1, 2, 2.5, 9, 9]
    options = {"validate_every": 1, "patience": 3, "checkpoint_every": 1}
    expected, result = run(padded, validate=looking_at(losses), **options)
    assert (result.updates, result.best_update) == (5, 2)
    with pytest.raises(Killed):
        run(padded, folder=tmp_path / "run", kill_after=kill_after, validate=looking_at(losses), **options)
    weights, again = run(padded, folder=tmp_path / "run", validate=looking_at(losses[kill_after - 1 :]), **options)
    assert same(weights, expected)
    assert again == result
    finished, third = run(padded, folder=tmp_path / "run", validate=looking_at([]), **options)
    assert same(finished, expected)
    assert third == result


def test_patience_needs_something_to_look_at(padded):
    with pytest.raises(InvalidOption, match="validate_every"):
        SFTConfig(patience=1)
    with pytest.raises(InvalidOption, match="pass validate="):
        run(padded, patience=1, validate_every=1)
    with pytest.raises(InvalidOption, match="batch_size is at least 1"):
        SFTConfig(batch_size=0)


# --- killed by the system


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed without loading torch four times")
def test_killed_three_times_at_random_moments_it_ends_in_the_same_weights(tmp_path):
    script = Path(__file__).with_name("killed_sft.py")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["killed"] == 3, "each of three processes was killed while it trained"
    assert 0 < shown["reached"][0] < shown["reached"][-1] < shown["updates"]
    assert shown["resumed"] == shown["unbroken"]
    assert shown["unbroken"] != shown["start"]
