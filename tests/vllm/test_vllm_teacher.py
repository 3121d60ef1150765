"""A teacher behind a real `vllm serve`, its client killed in the middle: nothing asked twice, nothing lost.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed here; `make test-vllm` makes an environment for it", allow_module_level=True)

PROBLEMS, ATTEMPTS, PARALLEL = 60, 2, 4
TEACH = """
import sys
from pathlib import Path
from reasoning_gym_ccrl.cli.comt import Options, run
run(Options("make", source="teacher", families=("word_problems",), limit=int(sys.argv[4]), server=sys.argv[1],
            cache=Path(sys.argv[2]), out=Path(sys.argv[3]), max_tokens=24, attempts=2, parallel=4, chat=False))
"""


def requests_in(log):
    return len(re.findall(r"POST /v1/completions", log.read_text()))


def test_killed_in_the_middle_and_run_again(server, tmp_path):
    url, folder, _ = server
    log, cache = folder.parent / "server.log", tmp_path / "cache.jsonl"
    earlier = requests_in(log)  # of other tests
    command = [sys.executable, "-c", TEACH, url, str(cache), str(tmp_path / "plans.jsonl"), str(PROBLEMS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while (not cache.exists() or cache.read_bytes().count(b"\n") < 20) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(1)  # what was under way is answered, and logged
    kept, before = cache.read_bytes().count(b"\n"), requests_in(log)
    assert 20 <= kept < PROBLEMS * ATTEMPTS
    assert before - earlier - kept <= PARALLEL  # only what was under way was answered to nobody

    again = subprocess.run(command, capture_output=True, text=True, check=True)
    keys = [json.loads(line)["key"] for line in cache.read_text().splitlines()]
    assert len(keys) == len(set(keys))
    assert requests_in(log) - before == len(keys) - kept
    assert f"{len(keys) - kept:,} replies asked for" in again.stdout

    third = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "0 replies asked for in 1 requests" in third.stdout or "0 replies asked for in 0 requests" in third.stdout
    assert requests_in(log) - before == len(keys) - kept
