"""Tests that start a vLLM of their own: one at a time, as engines share a process's groups of workers.

Skips where vLLM is not installed; `make test-vllm` runs it in an environment of its own.
"""

from __future__ import annotations

import gc
import importlib.util
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
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer
from reasoning_gym_ccrl.errors import EngineError

from ..agents.engine_contract import PROMPTS, build
from ..agents.models import plain_logprobs
from .starting import SAMPLED, start

pytestmark = pytest.mark.filterwarnings("default")  # vLLM's own start gives several

GREEDY = SamplingParams(max_new_tokens=8, temperature=0.0)


@pytest.fixture(autouse=True)
def one_at_a_time():
    yield
    gc.collect()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_vllm_that_starts_on_new_weights_samples_as_one_that_took_them_in_place(
    kind, sampled_in_place, tokenizer, tmp_path
):
    if kind not in sampled_in_place:
        pytest.skip("compares with what test_vllm_engine.py sampled; run both files")
    llm = start(kind, tokenizer, tmp_path / kind, seed=2).engine.llm
    assert VLLMEngine(llm, tokenizer, []).generate(PROMPTS, SAMPLED) == sampled_in_place[kind]


def test_adapters_on_top_of_the_weights(tokenizer, tmp_path):
    """vLLM's own LoRA: the adapter alone is handed over, by sync, from a folder, and one after the other."""
    engine = start("llama", tokenizer, tmp_path / "llama", enable_lora=True, max_lora_rank=8).engine
    base = build("llama", tokenizer)

    def adapted(seed):
        model = with_adapter(build("llama", tokenizer), {"r": 4}).eval()
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, value in model.named_parameters():
                if "lora_B" in name:
                    value.normal_(std=0.2)
        return model

    def samples_from(model):
        groups = engine.generate(PROMPTS, GREEDY)
        for prompt, [found] in zip(PROMPTS, groups, strict=True):
            expected = plain_logprobs(model, [*prompt, *found.token_ids])[len(prompt) - 1 :]
            assert found.logprobs == pytest.approx(expected, abs=1e-3)
        return [found.token_ids for [found] in groups]

    models = [base, adapted(0), adapted(1), adapted(2)]
    written = [samples_from(base)]
    for model in models[1:3]:
        engine.sync(model)
        written.append(samples_from(model))
    models[3].save_pretrained(tmp_path / "adapter")
    engine.load_adapter(tmp_path / "adapter")
    written.append(samples_from(models[3]))
    assert len({str(each) for each in written}) == 4
    engine.load_adapter(None)
    assert samples_from(base) == written[0]
    with pytest.raises(EngineError, match="rank"):
        engine.sync(with_adapter(build("llama", tokenizer), {"r": 16}))
    # Weights of its own are still taken.
    engine.sync(other := build("llama", tokenizer, seed=1))
    samples_from(other)


def test_the_example_trains(monkeypatch, tmp_path, capsys):
    """Its ratio of new to old probability is 1 before anything is learned: sampler and trainer agree."""
    folder = Path(__file__).parents[2] / "examples"
    tokenizer = build_tokenizer()
    LLMAgent(build_model(tokenizer), tokenizer).save_pretrained(tmp_path / "tiny")
    small = ("--updates", "2", "--problems", "2", "--group-size", "2", "--max-new-tokens", "8", "--eager")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["08_vllm.py", "--model", str(tmp_path / "tiny"), *small])
    runpy.run_path(str(folder / "08_vllm.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if line.strip() and line.split()[0] in ("0", "1")]
    assert [row[0] for row in rows] == ["0", "1"]
    assert all(float(row[3]) == pytest.approx(1.0, abs=1e-3) for row in rows)
    assert lines[-1].endswith(" ms.")
