"""How the tests start a vLLM."""

from __future__ import annotations

import os

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent

from ..agents.engine_contract import build

SAMPLED = SamplingParams(max_new_tokens=8, samples_per_prompt=2, seed=4)


def start(kind, tokenizer, folder, seed=0, **options):
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    LLMAgent(build(kind, tokenizer, seed), tokenizer).save_pretrained(folder)
    # Compiling takes longer than all of the test, and changes no number that it looks at.
    return LLMAgent.from_pretrained(folder, engine="vllm", device="cpu", dtype="float32", enforce_eager=True, **options)
