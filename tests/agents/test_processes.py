"""Two processes learn what one does: gradients to 1e-6, for uneven lengths, idle processes, every kind of advantage.

Each with a copy of the weights (DDP), with half of every weight (FSDP2), and with half of the optimiser (ZeRO).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from reasoning_gym_ccrl.agents.runtime import Runtime, check_share, check_trackers, check_wrapper
from reasoning_gym_ccrl.agents.update import Learner
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName

from . import two_processes
from .models import llama
from .two_processes import CASES, LORA, RUNS, one_update

ROOT = Path(__file__).parents[2]
ALONE = Runtime(torch.device("cpu"))
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc_per_node", "2")
LAUNCHERS = {
    "ddp": ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", "0"),
    **dict.fromkeys(("fsdp2", "zero"), TORCHRUN),
}


def launch(folder: Path, kind: str, *cases: str) -> None:
    """Runs two processes of two_processes.py by `accelerate launch`, or by `torchrun`."""
    command = [sys.executable, "-m", *LAUNCHERS[kind]]
    run = subprocess.run(
        [*command, two_processes.__file__, str(folder), kind, *cases],
        env=os.environ
        | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr[-8000:]


def is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


NO_DEEPSPEED = pytest.mark.skipif(
    not is_installed("deepspeed"), reason="make test-deepspeed has DeepSpeed, and runs this"
)


@pytest.fixture(scope="module", params=["ddp", "fsdp2", pytest.param("zero", marks=NO_DEEPSPEED)])
def launched(request, tmp_path_factory):
    """The folder in which two processes left what they came to."""
    folder = tmp_path_factory.mktemp(request.param)
    launch(folder, request.param, *CASES, *(["lora"] if is_installed("peft") else []), *RUNS)
    return folder


def bound(launched):
    """How near two processes are to one. ZeRO's steps are made on copies in float32, whatever the weights are."""
    return 1e-5 if launched.name.startswith("zero") else 1e-6


def distance(one, other):
    """How far apart two gradients are, by the length of the first."""
    return ((one - other).norm() / one.norm()).item()


@pytest.mark.parametrize("case", list(CASES))
def test_two_processes_make_the_update_that_one_makes(launched, case):
    first, second = torch.load(launched / f"{case}.pt")
    assert torch.equal(first, second)
    config = CASES[case]
    alone, figures = one_update(config, ALONE)
    assert distance(alone, first) < bound(launched)
    reported = json.loads((launched / f"{case}.json").read_text())
    assert set(reported) == set(figures)
    for name, value in figures.items():
        assert reported[name] == pytest.approx(value, rel=1e-4, abs=1e-6), name
    # Cut into other micro-batches it is the same update as well; with another denominator it would not be.
    other, _ = one_update(replace(config, tokens_per_micro_batch=13), ALONE)
    assert distance(alone, other) < 1e-6
    how = "constant" if config.loss_aggregation != "constant" else "token"
    wrong, _ = one_update(replace(config, loss_aggregation=how), ALONE)
    assert distance(alone, wrong) > 1e-2


@pytest.mark.skipif(not is_installed("peft"), reason="peft is not installed")
def test_an_adapter_is_trained_as_by_one_process(launched):
    first, second = torch.load(launched / "lora.pt")
    assert torch.equal(first, second)
    alone, figures = one_update(LORA, ALONE)
    assert distance(alone, first) < bound(launched)
    assert figures["kl"] > 1e-4, "the reference is another model"
    assert json.loads((launched / "lora.json").read_text())["kl"] == pytest.approx(figures["kl"], rel=1e-6)


def test_a_run_of_two_processes_keeps_them_alike_and_goes_on(launched):
    first, second = torch.load(launched / "run.pt")
    assert torch.equal(first, second)
    figures = json.loads((launched / "run.json").read_text())
    assert figures["episodes"] == 16
    assert json.loads((launched / "checkpoint" / "state.json").read_text())["update"] == 4
    again, _ = torch.load(launched / "again.pt")
    assert torch.equal(again, first)
    assert json.loads((launched / "again.json").read_text()) == {}  # there was nothing left to do
    half, _ = torch.load(launched / "half.pt")
    rest, _ = torch.load(launched / "rest.pt")
    assert torch.equal(rest, first), "stopped after two updates, and gone on"
    assert not torch.equal(half, first)


def test_problems_are_shared_out_evenly_or_not_at_all():
    check_share(24, 4)
    with pytest.raises(InvalidOption, match="multiple of the 5 processes; received 24"):
        check_share(24, 5)


def test_a_launch_that_cannot_work_is_refused():
    def check(kind, *, fsdp2=False, stage=None):
        plugin = SimpleNamespace(deepspeed_config={"zero_optimization": {"stage": stage}})
        state = SimpleNamespace(deepspeed_plugin=plugin)
        check_wrapper(SimpleNamespace(distributed_type=SimpleNamespace(value=kind), is_fsdp2=fsdp2, state=state))

    check("MULTI_GPU")
    check("FSDP", fsdp2=True)
    check("DEEPSPEED", stage=1)
    check("DEEPSPEED", stage=2)
    with pytest.raises(InvalidOption, match="fsdp_version: 2"):
        check("FSDP")
    for stage in (0, 3):
        with pytest.raises(InvalidOption, match=rf"stage 1 or 2; received stage {stage}.*--use_fsdp"):
            check("DEEPSPEED", stage=stage)
    with pytest.raises(InvalidOption, match="Megatron-LM"):
        check("MEGATRON_LM")


@pytest.mark.parametrize(
    ("launch_of", "settings", "said"),
    [
        ({"is_sharded": True, "has_zero": False}, {"optimizer": "muon"}, "Take 'adamw'"),
        ({"is_sharded": False, "has_zero": True}, {"optimizer": "muon"}, "Take 'adamw'"),
        ({"is_sharded": False, "has_zero": True}, {"value_warmup_updates": 2}, "received value_warmup_updates=2"),
    ],
)
def test_settings_that_a_launch_rules_out_are_refused(launch_of, settings, said):
    config = replace(CASES["ppo"], **settings)
    with pytest.raises(InvalidOption, match=said):
        Learner(llama(30), config, 1, SimpleNamespace(**launch_of))


def test_trackers_are_checked_before_anything_else():
    check_trackers(["tensorboard"])
    with pytest.raises(UnknownName, match="Did you mean 'tensorboard'"):
        check_trackers(["tensorbord"])
    with pytest.raises(InvalidOption, match="pip install aim"):
        check_trackers(["aim"])
