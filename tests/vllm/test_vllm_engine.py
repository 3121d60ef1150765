"""The real vLLM passes the contract of all engines, and samples from weights that were updated in place.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import copy
import gc
import importlib.util

import pytest

if importlib.util.find_spec("vllm") is None:
    pytest.skip("vLLM is not installed here; `make test-vllm` makes an environment for it", allow_module_level=True)

import torch

from reasoning_gym_ccrl.agents.adapters import with_adapter
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.vllm import VLLMEngine
from reasoning_gym_ccrl.agents.engines.weights import weights_of
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.errors import EngineError, InvalidOption

from ..agents.engine_contract import CHECKS, PROMPTS, Case, build, weights_are_those_of_the_last_sync
from ..agents.models import PROBLEM, plain_logprobs
from .starting import SAMPLED, start

pytestmark = pytest.mark.filterwarnings("default")  # vLLM's own start gives several

GREEDY = SamplingParams(max_new_tokens=8, temperature=0.0)


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def case(request, tokenizer, tmp_path_factory):
    held = [start(request.param, tokenizer, tmp_path_factory.mktemp("models") / request.param).engine.llm]
    model = build(request.param, tokenizer)
    yield Case(request.param, lambda ends: VLLMEngine(held[0], tokenizer, list(ends)), model, tokenizer, 1e-3)
    held.clear()
    gc.collect()  # now, and not while the next one runs: an engine takes with it what all of a process share


@pytest.mark.parametrize("check", CHECKS)
def test_the_contract(case, check):
    CHECKS[check](case)


def test_more_prompts_than_are_read_in_one_step(case):
    """Seeded requests whose prompts come in several steps: on a CPU vLLM breaks where it reads a prompt in parts."""
    prompts = [[3 + (7 * row + place) % 500 for place in range(100)] for row in range(60)]
    params = SamplingParams(max_new_tokens=4, samples_per_prompt=3, seed=1)
    groups = case.make([]).generate(prompts, params)
    for prompt, group in zip(prompts[::20], groups[::20], strict=True):
        for found in group:
            expected = plain_logprobs(case.model, [*prompt, *found.token_ids])[len(prompt) - 1 :]
            assert found.logprobs == pytest.approx(expected, abs=1e-3)


def test_weights_updated_in_place_are_those_of_the_model(case):
    weights_are_those_of_the_last_sync(case, build(case.name, case.tokenizer, seed=1))


def test_weights_updated_in_place_are_as_good_as_loaded(case, sampled_in_place, monkeypatch):
    """Equal to the bit to a vLLM that loads them from a file; and, in test_vllm_starts.py, to one that starts anew."""
    engine, other = case.make([]), build(case.name, case.tokenizer, seed=2)
    engine.sync(other)
    in_place = sampled_in_place[case.name] = engine.generate(PROMPTS, SAMPLED)
    engine.sync(case.model)
    assert engine.generate(PROMPTS, SAMPLED) != in_place
    monkeypatch.setattr(engine, "_is_in_process", lambda: False)
    engine.load_weights(weights_of(other))
    assert engine.generate(PROMPTS, SAMPLED) == in_place
    engine.sync(case.model)


def test_weights_that_are_not_all_there_are_refused(case):
    engine = case.make([])
    some = [(name, value) for name, value in weights_of(case.model) if "mlp" not in name]
    with pytest.raises(EngineError, match="none came for"):
        engine.load_weights(some)
    engine.sync(case.model)
    engine.generate(PROMPTS, GREEDY)


def test_every_optimiser_step_is_seen(case):
    """As training does it: step, sync, sample; each time the numbers are those of the weights of now."""
    model, engine = copy.deepcopy(case.model), case.make([])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(3):
        model(input_ids=torch.tensor([PROMPTS[0]]), labels=torch.tensor([PROMPTS[0]])).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        engine.sync(model)
        for prompt, [found] in zip(PROMPTS, engine.generate(PROMPTS, GREEDY), strict=True):
            expected = plain_logprobs(model, [*prompt, *found.token_ids])[len(prompt) - 1 :]
            assert found.logprobs == pytest.approx(expected, abs=1e-3)
    engine.sync(case.model)


def test_an_adapter_is_added_in(case):
    model, engine = with_adapter(copy.deepcopy(case.model), {"r": 4}), case.make([])
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_B" in name:
                value.normal_(std=0.2)
    before = engine.generate(PROMPTS, GREEDY)
    engine.sync(model.eval())
    after = engine.generate(PROMPTS, GREEDY)
    assert after != before
    for prompt, [found] in zip(PROMPTS, after, strict=True):
        expected = plain_logprobs(model, [*prompt, *found.token_ids])[len(prompt) - 1 :]
        assert found.logprobs == pytest.approx(expected, abs=1e-3)
    engine.sync(case.model)


def test_an_adapter_wants_a_vllm_that_takes_some(case, tmp_path):
    with pytest.raises(InvalidOption, match="enable_lora=True"):
        case.make([]).load_adapter(tmp_path)


def test_rollouts_and_a_sleep_that_does_nothing_on_a_cpu(case):
    agent = LLMAgent(case.model, case.tokenizer, case.make([case.tokenizer.eos_token_id]))
    with agent.engine.asleep():
        pass
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=2, temperature=0.7, seed=1, stop=("\n",))
    [group] = rollout(agent, [PROBLEM], params)
    for episode in group:
        n_prompt = episode.response_mask.index(True)
        expected = plain_logprobs(case.model, episode.token_ids, 0.7)[n_prompt - 1 :]
        assert episode.sampler_logprobs[n_prompt:] == pytest.approx(expected, abs=1e-3)
