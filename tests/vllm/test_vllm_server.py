"""The server engine against a real `vllm serve` that runs a tiny model: the contract of all engines.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed here; `make test-vllm` makes an environment for it", allow_module_level=True)

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_tokenizer
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import CHECKS, CONTEXT_TOKENS, PROMPTS, Case, build
from ..agents.fake_server import free_port

START_SECONDS = 200


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


@pytest.fixture(scope="module")
def server(tokenizer, tmp_path_factory):
    """(address, folder of the model, model): a server that is up, and stopped afterwards."""
    folder = tmp_path_factory.mktemp("models") / "llama"
    model = build("llama", tokenizer)
    LLMAgent(model, tokenizer).save_pretrained(folder)
    port = free_port()
    command = [
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)),
        *("--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"),
        *("--enforce-eager", "--logprobs-mode", "processed_logprobs", "--no-enable-chunked-prefill"),
    ]
    log = folder.parent / "server.log"
    environment = {"VLLM_CPU_KVCACHE_SPACE": "1", **os.environ}
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_up(url):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"vllm serve did not start:\n{log.read_text()[-3000:]}")
            time.sleep(1)
        yield url, folder, model
    finally:
        process.terminate()
        process.wait(30)


def is_up(url):
    try:
        return bool(OpenAIClient(ServerOptions(url, "", max_attempts=1, timeout_s=5)).models())
    except EngineError:
        return False


@pytest.fixture(scope="module")
def case(server, tokenizer):
    url, _, model = server
    client = OpenAIClient(ServerOptions(url, "tiny"))

    def make(ends):
        return ServerEngine(client, tokenizer, list(ends), context_tokens=CONTEXT_TOKENS)

    return Case("vllm serve, llama", make, model, tokenizer, 1e-3)


@pytest.mark.parametrize("check", CHECKS)
def test_the_contract(case, check):
    CHECKS[check](case)


def test_an_agent_finds_the_model_and_its_context(server, tokenizer):
    url, folder, _ = server
    agent = LLMAgent.from_pretrained(folder, engine="server", base_url=url)
    assert agent.engine.client.options.model == "tiny"
    assert agent.engine.context_tokens == CONTEXT_TOKENS
    assert agent.engine.eos_token_ids == {tokenizer.eos_token_id}
    with pytest.raises(EngineError, match="no model 'other'"):
        LLMAgent.from_pretrained(folder, engine="server", base_url=url, model="other")


def test_text_goes_as_well(server, tokenizer):
    url, _, _ = server
    client = OpenAIClient(ServerOptions(url, "tiny"))
    greedy = SamplingParams(max_new_tokens=6, temperature=0.0)
    spoken = ServerEngine(client, tokenizer, [tokenizer.eos_token_id], dialect="openai", context_tokens=CONTEXT_TOKENS)
    prompt = tokenizer("Tom has 3 pens.\n")["input_ids"]
    [[found]] = spoken.generate([prompt], greedy)
    exact = ServerEngine(client, tokenizer, [tokenizer.eos_token_id], context_tokens=CONTEXT_TOKENS)
    [[expected]] = exact.generate([prompt], greedy)
    assert tokenizer.decode(found.token_ids) == tokenizer.decode(expected.token_ids)


def test_a_server_refuses_what_is_too_long_where_nobody_told_its_context(server, tokenizer):
    url, _, _ = server
    engine = ServerEngine(OpenAIClient(ServerOptions(url, "tiny")), tokenizer, [tokenizer.eos_token_id])
    with pytest.raises(EngineError, match=r"400.*128"):
        engine.generate([[5] * 200], SamplingParams(max_new_tokens=4))
    assert len(engine.generate(PROMPTS, SamplingParams(max_new_tokens=2))) == len(PROMPTS)
