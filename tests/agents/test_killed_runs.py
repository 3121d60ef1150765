"""Runs that are killed at random moments, or interrupted, come to the same bits as those that nobody stopped.

CCRL_KILLS says how many are killed of each algorithm: 3 by default, 20 in `make test-slow`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CCRL_KILLS", "3"))
UPDATES = 8

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to load torch once for all that is killed")


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What killed_run.py printed: everything happens in one process and what it forks."""
    script, folder = Path(__file__).with_name("killed_run.py"), tmp_path_factory.mktemp("killed")
    alone = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(KILLS)],
        env=os.environ | alone,
        capture_output=True,
        text=True,
        timeout=200 + 10 * KILLS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(240 + 10 * KILLS)  # whichever test comes first waits for all of it
@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("algorithm", ["ppo", "grpo"])
def test_killed_at_a_random_moment_a_run_goes_on_to_the_same_bits(shown, algorithm, number):
    """Weights, the optimiser's moments, the value head, the generators that the reward draws from, and the counters."""
    found = shown[algorithm]
    assert found["resumed"][number] == found["unbroken"]
    held = {"model", "optimizer", "generators", "state"} | ({"value"} if algorithm == "ppo" else set())
    assert set(found["unbroken"]) == held
    assert 0 <= found["reached"][number] < UPDATES
    assert 0 < found["moments"][number] < 1


def test_runs_were_killed_on_their_way_and_not_before_it(shown):
    for algorithm in ("ppo", "grpo"):
        assert max(shown[algorithm]["reached"]) > 0
        assert len(set(shown[algorithm]["moments"])) == KILLS
    assert shown["ppo"]["unbroken"]["model"] != shown["grpo"]["unbroken"]["model"]


def test_with_other_generators_the_reward_would_pay_otherwise(shown):
    """The negative control: as many updates, from the same weights, with generators that began elsewhere."""
    for algorithm in ("ppo", "grpo"):
        control, unbroken = shown[algorithm]["control"], shown[algorithm]["unbroken"]
        assert control["model"] != unbroken["model"]
        assert control["optimizer"] != unbroken["optimizer"]


@pytest.mark.parametrize("times", [1, 2])
def test_after_ctrl_c_the_same_command_comes_to_the_same_weights_and_log(shown, times):
    found, unbroken = shown["interrupts"][str(times)], shown["interrupts"]["unbroken"]
    assert unbroken["exit"] == 0
    assert found["again"] == 0
    assert found["resumed"] == unbroken["left"]
    assert found["rows"] == unbroken["rows"]
    assert [row["update"] for row in found["rows"]] == list(range(UPDATES))


def test_ctrl_c_ends_the_update_under_way_saves_and_says_how_to_go_on(shown):
    found = shown["interrupts"]["1"]
    assert found["waits"], "it went on with its update"
    assert found["exit"] == 130
    assert found["saved"] == found["done"] + 1
    assert found["said"] == (
        f"error: Interrupted. The same command goes on after update {found['saved']}, from {found['folder']}."
    )


def test_a_second_ctrl_c_stops_at_once_and_leaves_the_last_checkpoint_whole(shown):
    found = shown["interrupts"]["2"]
    assert found["waits"], "the first one stopped nothing"
    assert found["exit"] == 130
    assert found["saved"] == found["done"]
    assert found["whole"] == ["generators", "model", "optimizer", "state", "value"]
    assert f"goes on after update {found['done']}" in found["said"]
