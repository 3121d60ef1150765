"""Where the real data sets lie: $REASONING_GYM_CCRL_DATA, else ../shared/data beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parent.parent.parent / "shared" / "data"


def data_file(name: str) -> Path:
    """The path of a data file; the test is skipped, saying why, where there is none."""
    path = Path(os.environ.get("REASONING_GYM_CCRL_DATA") or _BESIDE) / name
    if not path.is_file():
        pytest.skip(f"{name} is not here; REASONING_GYM_CCRL_DATA names the folder of the data sets")
    return path
