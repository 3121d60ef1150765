"""What holds for every test: no network, the same random examples each time, one thread where it matters not."""

from __future__ import annotations

import os

import hypothesis
import pytest

# Before anything imports the libraries that read them: no test may wait for a server, or warn about a fork.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples in every run, so that a failure is the change's and never luck's; no deadline, because
# a busy machine is no failure. HYPOTHESIS_PROFILE=explore looks further.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def _tables_as_they_were():
    """What a test registers is gone after it, wherever it ends: the next one finds the tables as they ship."""
    from reasoning_gym_ccrl.envs.problems import FAMILIES
    from reasoning_gym_ccrl.rewards import REWARDS

    tables = [(table, dict(table)) for table in (FAMILIES, REWARDS)]
    yield
    for table, before in tables:
        if table != before:
            table.clear()
            table.update(before)
