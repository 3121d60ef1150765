"""The table of docs/algorithms.md says of every algorithm what its settings come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reasoning_gym_ccrl.agents.algorithms import ALGORITHMS
from reasoning_gym_ccrl.agents.config import TrainConfig

PAGE = Path(__file__).parent.parent.parent / "docs" / "algorithms.md"
ROWS = re.findall(r"^\| `([\w+]+)` \| (.+) \|$", PAGE.read_text().split("## How ours")[0], re.MULTILINE)


def test_the_table_has_every_algorithm_and_no_other():
    assert [name for name, _ in ROWS] == list(ALGORITHMS)


def in_words(config):
    """The first cells of a row, from the settings."""
    high = f"{1 + config.epsilon_high:g}"
    limits = {"reinforce": "", "cispo": f", up to {high}"}
    limits = limits.get(config.policy_loss, f", {1 - config.epsilon_low:g} to {high}")
    return [
        f"{config.advantage}, {config.scale}",
        f"{config.policy_loss}{limits}",
        config.loss_aggregation,
        f"{config.kl_estimator} in the {config.kl_in}",
    ]


@pytest.mark.parametrize(("name", "cells"), ROWS)
def test_a_row_is_what_the_algorithm_comes_to(name, cells):
    config = TrainConfig(algorithm=name)
    first, beside, paper = cells.split(" | ")[:4], cells.split("|")[4], cells.split("|")[5]
    assert first == in_words(config)
    assert ("`dynamic_sampling`" in beside) == config.dynamic_sampling
    assert ("`overlong_buffer`" in beside) == bool(config.overlong_buffer)
    assert (f"{config.minibatches} `minibatches`" in beside) == (config.minibatches > 1)
    assert (f"{config.epochs} `epochs`" in beside) == (config.epochs > 1)
    assert ALGORITHMS[name].paper.removeprefix("arXiv ") in paper


def test_the_comparison_can_fail():
    """The negative control: another algorithm's settings are not what the row says."""
    rows = dict(ROWS)
    assert rows["dapo"].split(" | ")[:4] != in_words(TrainConfig(algorithm="grpo"))
