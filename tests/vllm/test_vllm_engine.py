"""The real vLLM passes the contract of all engines, and samples from weights that were updated in place.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import copy
import importlib.util
import os
import runpy
import sys
from pathlib import Path

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
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import CHECKS, PROMPTS, Case, build, weights_are_those_of_the_last_sync
from ..agents.models import PROBLEM, plain_logprobs

pytestmark = pytest.mark.filterwarnings("default")  # vLLM's own start gives several

GREEDY = SamplingParams(max_new_tokens=8, temperature=0.0)


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


def start(kind, tokenizer, folder):
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    LLMAgent(build(kind, tokenizer), tokenizer).save_pretrained(folder)
    # Compiling takes longer than all of the test, and changes no number that it looks at.
    return LLMAgent.from_pretrained(folder, engine="vllm", device="cpu", dtype="float32", enforce_eager=True)


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def case(request, tokenizer, tmp_path_factory):
    agent = start(request.param, tokenizer, tmp_path_factory.mktemp("models") / request.param)
    llm = agent.engine.llm
    model = build(request.param, tokenizer)
    return Case(request.param, lambda ends: VLLMEngine(llm, tokenizer, list(ends)), model, tokenizer, 1e-3)


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


def test_weights_updated_in_place_are_as_good_as_loaded(case, monkeypatch):
    """Equal to the bit to an engine that vLLM's own loader fills from a file of the same weights."""
    engine, other = case.make([]), build(case.name, case.tokenizer, seed=2)
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=2, seed=4)
    engine.sync(other)
    in_place = engine.generate(PROMPTS, params)
    engine.sync(case.model)
    assert engine.generate(PROMPTS, params) != in_place
    monkeypatch.setattr(engine, "_is_in_process", lambda: False)
    engine.load_weights(weights_of(other))
    assert engine.generate(PROMPTS, params) == in_place
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


def test_the_example_trains(monkeypatch, tmp_path, capsys):
    """Its ratio of new to old probability is 1 before anything is learned: sampler and trainer agree."""
    folder = Path(__file__).parents[2] / "examples"
    tokenizer = build_tokenizer()
    LLMAgent(build_model(tokenizer), tokenizer).save_pretrained(tmp_path / "tiny")
    small = ("--updates", "2", "--problems", "2", "--group-size", "2", "--max-new-tokens", "8", "--eager")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["08_vllm.py", "--model", str(tmp_path / "tiny"), *small])
    runpy.run_path(str(folder / "08_vllm.py"), run_name="__main__")
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.endswith(" ms")]
    assert [row[0] for row in rows] == ["0", "1"]
    assert all(float(row[3]) == pytest.approx(1.0, abs=1e-3) for row in rows)
