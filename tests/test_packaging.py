"""The package that users install: complete, with a version in one place, and with pinned libraries for development."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import reasoning_gym_ccrl

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reasoning_gym_ccrl"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_data_file_is_packed():
    """A file that no pattern names works in a clone and is missing from the wheel."""
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["reasoning_gym_ccrl"]
    packed = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    others = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert others == packed
    assert PACKAGE / "py.typed" in packed


def test_every_folder_of_code_is_a_package():
    for path in PACKAGE.rglob("*.py"):
        assert (path.parent / "__init__.py").exists()


def test_one_version():
    assert metadata.version("reasoning-gym-ccrl") == reasoning_gym_ccrl.__version__
    assert f"## [{reasoning_gym_ccrl.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_constraints_pin_what_the_project_asks_for():
    """Else two set-ups of one commit could test different libraries."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    needs = [*project["dependencies"], *extras["dev"], *extras["agents"], *extras["report"]]
    wanted = {re.split(r"[\[<>=;]", need)[0] for need in needs} - {project["name"]}
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert wanted <= pinned
