"""The tests of what runs on CUDA, each against the CPU; they skip where there is none.

`CCRL_TEST_DEVICE=cpu` runs them all the same, on the CPU against itself: so that a test that cannot run at all is
found on any machine, before the first one with a GPU.
"""

from __future__ import annotations

import os

import pytest
import torch


@pytest.fixture(scope="session")
def device() -> torch.device:
    """Where the tests run."""
    name = os.environ.get("CCRL_TEST_DEVICE", "cuda")
    if name.startswith("cuda") and not torch.cuda.is_available():
        pytest.skip("CUDA is not available: benchmarks/gpu.py runs this on a machine that has it")
    return torch.device(name)
