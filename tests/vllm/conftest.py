"""One `vllm serve` for all tests: it starts in a process of its own, while the tests of the engine run."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_tokenizer
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import build
from ..agents.fake_server import free_port

START_SECONDS = 200


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="session")
def sampled_in_place():
    """Of each kind of model, what was sampled from weights that were updated in place."""
    return {}


@pytest.fixture(scope="session", autouse=True)
def starting_server(request, tokenizer, tmp_path_factory):
    """(process, log, address, folder of the model, model) where a test wants a server: its start takes a minute."""
    if not any("server" in item.fixturenames for item in request.session.items):
        yield None
        return
    folder = tmp_path_factory.mktemp("models") / "llama"
    model = build("llama", tokenizer)
    LLMAgent(model, tokenizer).save_pretrained(folder)
    port = free_port()
    command = [
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)),
        *("--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"),
        *("--enforce-eager", "--logprobs-mode", "processed_logprobs", "--no-enable-chunked-prefill"),
        *("--worker-extension-cls", "reasoning_gym_ccrl.agents.engines.vllm_worker.WeightsFromFolder"),
    ]
    log = folder.parent / "server.log"
    environment = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_SERVER_DEV_MODE": "1", **os.environ}
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process, log, f"http://127.0.0.1:{port}/v1", folder, model
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # it was still starting
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def server(starting_server):
    """(address, folder of the model, model): a server that is up."""
    process, log, url, folder, model = starting_server
    deadline = time.monotonic() + START_SECONDS
    while not is_up(url):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"vllm serve did not start:\n{log.read_text()[-3000:]}")
        time.sleep(1)
    return url, folder, model


def is_up(url):
    try:
        return bool(OpenAIClient(ServerOptions(url, "", max_attempts=1, timeout_s=5)).models())
    except EngineError:
        return False
