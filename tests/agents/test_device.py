"""Where weights go: to CUDA where there is one, and of several processes each to its own."""

from __future__ import annotations

import pytest

from reasoning_gym_ccrl.agents.policy import own_device


@pytest.mark.parametrize(
    ("n_gpus", "local_rank", "device"),
    [(0, None, "cpu"), (0, "1", "cpu"), (1, None, "cuda"), (4, "0", "cuda:0"), (4, "3", "cuda:3"), (1, "3", "cuda:0")],
)
def test_each_process_takes_its_own(monkeypatch, n_gpus, local_rank, device):
    """The last: a launcher that shows each process one GPU alone, whatever its number."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: n_gpus > 0)
    monkeypatch.setattr("torch.cuda.device_count", lambda: n_gpus)
    if local_rank is None:
        monkeypatch.delenv("LOCAL_RANK", raising=False)
    else:
        monkeypatch.setenv("LOCAL_RANK", local_rank)
    assert own_device() == device
