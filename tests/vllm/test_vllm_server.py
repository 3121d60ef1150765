"""The server engine against a real `vllm serve` that runs a tiny model: the contract of all engines.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed here; `make test-vllm` makes an environment for it", allow_module_level=True)

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import CHECKS, CONTEXT_TOKENS, PROMPTS, Case


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
