"""The server engine against a real `vllm serve` that runs a tiny model: the contract of all engines.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import importlib.util

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed here; `make test-vllm` makes an environment for it", allow_module_level=True)

from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.agents.engines.weights import weights_of
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.trainer import train
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import CHECKS, CONTEXT_TOKENS, PROMPTS, Case, build


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


@pytest.fixture
def trained_for(server, tokenizer, tmp_path):
    """An agent whose engine may give the server new weights; afterwards the server has its old ones."""
    url, folder, model = server
    agent = LLMAgent.from_pretrained(folder, engine="server", base_url=url, weights_folder=tmp_path / "weights")
    yield agent
    agent.engine.sync(model)


def test_it_samples_with_new_weights(trained_for, tokenizer):
    """All of them, on a model whose output layer shares its weights with the input: as the same model does here."""
    engine, other = trained_for.engine, build("llama", tokenizer, seed=1)
    params = SamplingParams(max_new_tokens=8, temperature=0.0)
    before = engine.generate(PROMPTS, params)
    engine.sync(other)
    after = engine.generate(PROMPTS, params)
    here = TransformersEngine(other, [tokenizer.eos_token_id], tokenizer.pad_token_id).generate(PROMPTS, params)
    assert [each.token_ids for [each] in after] == [each.token_ids for [each] in here]
    assert [each.token_ids for [each] in after] != [each.token_ids for [each] in before]
    for [found], [expected] in zip(after, here, strict=True):
        assert found.logprobs == pytest.approx(expected.logprobs, abs=1e-3)


def test_a_model_is_trained_on_what_the_server_samples(trained_for, tokenizer):
    agent = trained_for
    config = TrainConfig(
        updates=2, problems_per_update=2, group_size=2, max_new_tokens=8, learning_rate=1e-2, confidence_credit="return"
    )
    rows = []

    def reward(context):  # by length, so that there is something to learn for a model that says nothing sensible
        return float(len(context.step.text) % 3)

    problems = make_source("arithmetic")
    train(agent, problems, config, reward, on_update=lambda _, figures, __: rows.append(figures))
    assert len(rows) == 2
    assert rows[0]["ratio_max"] == pytest.approx(1, abs=2e-3), "its log-probabilities are those of the model trained"
    assert rows[1]["ratio_max"] == pytest.approx(1, abs=2e-3), "and after an update they are those of the updated one"
    params = SamplingParams(max_new_tokens=8, temperature=0.0)
    here = TransformersEngine(agent.model, [tokenizer.eos_token_id], tokenizer.pad_token_id).generate(PROMPTS, params)
    found = agent.engine.generate(PROMPTS, params)
    assert [each.token_ids for [each] in found] == [each.token_ids for [each] in here]


def test_a_layer_without_new_weights_is_an_error(trained_for, tokenizer):
    weights = dict(weights_of(build("llama", tokenizer)))
    name = next(name for name in weights if "down_proj" in name)
    del weights[name]
    with pytest.raises(EngineError, match="did not take the weights: New weights are given for every layer"):
        trained_for.engine.load_weights(weights.items())
