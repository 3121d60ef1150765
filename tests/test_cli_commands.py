"""What every command owes: help with an example that parses, nothing heavy loaded before it runs."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from reasoning_gym_ccrl import cli

HEAVY = {"accelerate", "matplotlib", "sympy", "tokenizers", "torch", "transformers"}

SHOW = """
import sys
from importlib import import_module
from reasoning_gym_ccrl import cli
name = sys.argv[1]
try:
    cli.main([name, "--help"])
except SystemExit as exit_:
    assert not exit_.code
print(*{module.partition(".")[0] for module in sys.modules})
"""


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_explains_itself_without_loading_what_it_needs(name):
    done = subprocess.run(
        [sys.executable, "-c", SHOW, name],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr
    *help_, loaded = done.stdout.splitlines()
    assert not HEAVY & set(loaded.split())
    assert f"ccrl {name}" in "\n".join(help_[1:]), "the docstring of Options shows one way to call the command"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_keeps_the_contract(name):
    module = import_module(f"reasoning_gym_ccrl.cli.{name}")
    assert callable(module.run)
    assert dataclasses.is_dataclass(module.Options)
    assert module.Options.__dataclass_params__.frozen
    assert module.Options.__doc__


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_example_in_the_overview_is_one_that_parses(name, monkeypatch):
    module = import_module(f"reasoning_gym_ccrl.cli.{name}")
    seen = []
    monkeypatch.setattr(module, "run", lambda options: seen.append(options) or 0)
    assert cli.main(cli.COMMANDS[name].example.split()[1:]) == 0
    assert isinstance(seen[0], module.Options)


SHARED = {"__init__", "common", "config_file", "console", "sft_task", "train_options"}


def test_every_file_is_a_command_or_shared():
    files = {path.stem for path in Path(cli.__file__).parent.glob("*.py")}
    assert files == set(cli.COMMANDS) | SHARED
