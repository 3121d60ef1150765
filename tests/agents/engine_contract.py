"""What every engine must do, as functions of one `Case`; the number each must reach comes from plain forward passes.

Run over our own engines by test_engines_contract.py, and over a real vLLM by tests/vllm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from reasoning_gym_ccrl.agents.engines.base import Generation, SamplingParams
from reasoning_gym_ccrl.errors import InvalidInput

from .models import plain_logits, plain_logprobs

CONTEXT_TOKENS = 128
PROMPTS = [[5, 7, 9, 11], [8], [40, 41, 42, 43, 44, 45, 46], [300, 4], [8]]


@dataclass(frozen=True)
class Case:
    """An engine under test: `make(eos_token_ids)` gives one that samples with the weights of `model`."""

    name: str
    make: Callable[[Sequence[int]], Any]
    model: Any
    tokenizer: Any
    tolerance: float = 2e-5

    def many_ends(self) -> list[int]:
        """So many tokens end a completion that lengths differ and both reasons occur."""
        return list(range(3, len(self.tokenizer), 12))


def build(kind: str, tokenizer: Any, seed: int = 0) -> Any:
    """A randomly initialised model of one of the kinds in BUILDERS; wide weights make its distributions uneven."""
    torch.manual_seed(seed)
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    return BUILDERS[kind](len(tokenizer), ids).eval()


def _rotary(vocab_size: int, ids: dict[str, Any], config: type, model: type, **options: Any) -> Any:
    """Rotary positions and grouped-query attention."""
    shape = {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "max_position_embeddings": CONTEXT_TOKENS,
        "initializer_range": 0.2,
    }
    return model(config(vocab_size=vocab_size, **shape, **ids, **options))


def _gpt2(vocab_size: int, ids: dict[str, Any]) -> GPT2LMHeadModel:
    """Learned positions, tied weights, and dropout in its config."""
    config = GPT2Config(
        vocab_size=vocab_size,
        n_embd=64,
        n_layer=2,
        n_head=2,
        n_positions=CONTEXT_TOKENS,
        initializer_range=0.2,
        resid_pdrop=0.3,
        embd_pdrop=0.3,
        attn_pdrop=0.3,
        **ids,
    )
    return GPT2LMHeadModel(config)


BUILDERS: dict[str, Callable[[int, dict[str, Any]], Any]] = {
    "llama": partial(_rotary, config=LlamaConfig, model=LlamaForCausalLM, tie_word_embeddings=False),
    "gpt2": _gpt2,
    "qwen3": partial(_rotary, config=Qwen3Config, model=Qwen3ForCausalLM, tie_word_embeddings=True),
}


def expected_logprobs(case: Case, prompt: Sequence[int], token_ids: Sequence[int], temperature: float) -> list[float]:
    return plain_logprobs(case.model, [*prompt, *token_ids], temperature or 1.0)[len(prompt) - 1 :]


def check_form(generation: Generation, budget: int, ends: Sequence[int]) -> None:
    ids = generation.token_ids
    assert 1 <= len(ids) <= budget
    assert len(generation.logprobs) == len(ids)
    assert all(token not in ends for token in ids[:-1])
    assert (generation.stop_reason == "eos") == (ids[-1] in ends)
    if generation.stop_reason == "length":
        assert len(ids) == budget
    assert all(logprob <= 1e-6 for logprob in generation.logprobs)


def lengths_reasons_and_log_probabilities(case: Case, temperature: float) -> None:
    ends = case.many_ends()
    params = SamplingParams(max_new_tokens=9, temperature=temperature, samples_per_prompt=4, seed=3)
    groups = case.make(ends).generate(PROMPTS, params)
    assert [len(group) for group in groups] == [4] * len(PROMPTS)
    for prompt, group in zip(PROMPTS, groups, strict=True):
        for generation in group:
            check_form(generation, 9, ends)
            expected = expected_logprobs(case, prompt, generation.token_ids, temperature)
            assert generation.logprobs == pytest.approx(expected, abs=case.tolerance)
    assert {generation.stop_reason for group in groups for generation in group} == {"eos", "length"}
    # The negative control: at the other temperature the numbers are others.
    other = expected_logprobs(case, PROMPTS[0], groups[0][0].token_ids, 1.7 - temperature)
    assert groups[0][0].logprobs != pytest.approx(other, abs=1e-2)


def seeds_repeat(case: Case) -> None:
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=3, seed=5)
    engine = case.make(case.many_ends())
    first = _tokens(engine.generate(PROMPTS, params))
    assert _tokens(engine.generate(PROMPTS, params)) == first
    assert _tokens(engine.generate(PROMPTS, replace(params, seed=6))) != first
    assert len(set(first[0])) > 1
    assert first[1] != first[4]  # the same prompt twice gives two draws


def greedy_is_the_likeliest_token(case: Case) -> None:
    engine = case.make([case.tokenizer.eos_token_id])
    groups = engine.generate(PROMPTS, SamplingParams(max_new_tokens=7, temperature=0.0))
    for prompt, [generation] in zip(PROMPTS, groups, strict=True):
        ids = list(prompt)
        while len(ids) < len(prompt) + 7 and (len(ids) == len(prompt) or ids[-1] != case.tokenizer.eos_token_id):
            ids.append(int(plain_logits(case.model, ids)[-1].argmax()))
        assert list(generation.token_ids) == ids[len(prompt) :]
        expected = expected_logprobs(case, prompt, generation.token_ids, 1.0)
        assert generation.logprobs == pytest.approx(expected, abs=case.tolerance)


def an_end_on_the_first_token_and_a_budget_of_one(case: Case) -> None:
    params = SamplingParams(max_new_tokens=5, samples_per_prompt=2)
    for group in case.make(range(len(case.tokenizer))).generate(PROMPTS, params):
        for generation in group:
            assert len(generation.token_ids) == len(generation.logprobs) == 1
            assert generation.stop_reason == "eos"
    for group in case.make([]).generate(PROMPTS, replace(params, max_new_tokens=1)):
        for generation in group:
            assert len(generation.token_ids) == 1
            assert generation.stop_reason == "length"


def first_with(tokenizer: Any, token_ids: Sequence[int], strings: Sequence[str]) -> int | None:
    """The slow way to a completion's length: every beginning decoded, the first that holds a string."""
    for n in range(1, len(token_ids) + 1):
        text = tokenizer.decode(list(token_ids[:n]), skip_special_tokens=False)
        if any(string in text for string in strings):
            return n
    return None


def strings_in(tokenizer: Any, token_ids: Sequence[int]) -> list[str]:
    """Pieces of a completion: over the border of two tokens, and from within one."""
    pieces = [tokenizer.decode([token], skip_special_tokens=False) for token in token_ids]
    found = []
    for before, after in pairwise(pieces[2:]):
        if "\ufffd" not in before + after and before and after:
            found.append(before[-1] + after[0])
        if len(after) > 2 and "\ufffd" not in after:
            found.append(after[:-1])  # something is left of the token after it
    return found


def stop_strings(case: Case) -> None:
    engine = case.make([])
    free = SamplingParams(max_new_tokens=24, temperature=0.0)
    tails = crossings = 0
    for prompt in PROMPTS[:4]:
        [[whole]] = engine.generate([prompt], free)
        strings = strings_in(case.tokenizer, whole.token_ids)[:4]
        for string in strings:
            n = first_with(case.tokenizer, whole.token_ids, [string])
            assert n is not None
            [[found]] = engine.generate([prompt], replace(free, stop=(string,)))
            assert found.token_ids == whole.token_ids[:n]
            assert found.stop_reason == "stop"
            assert found.logprobs == pytest.approx(whole.logprobs[:n], abs=case.tolerance)
            text = case.tokenizer.decode(list(found.token_ids), skip_special_tokens=False)
            tails += not text.endswith(string)
            last = case.tokenizer.decode([found.token_ids[-1]], skip_special_tokens=False)
            crossings += string not in last
        # The first of several that is complete; and together with neighbours that stop elsewhere or nowhere.
        groups = engine.generate(PROMPTS, replace(free, stop=(*strings, "never written")))
        for [found], [alone] in zip(groups, engine.generate(PROMPTS, free), strict=True):
            n = first_with(case.tokenizer, alone.token_ids, strings)
            assert found.token_ids == alone.token_ids[:n]
            assert found.stop_reason == ("length" if n is None else "stop")
    assert tails  # kept verbatim: some token went on after the string
    assert crossings  # found: some string lay across a border


def an_end_before_a_stop_string_and_its_own_name(case: Case) -> None:
    [[whole]] = case.make([]).generate([PROMPTS[0]], SamplingParams(max_new_tokens=24, temperature=0.0))
    string = strings_in(case.tokenizer, whole.token_ids)[0]
    n = first_with(case.tokenizer, whole.token_ids, [string])
    end = whole.token_ids[0]
    params = SamplingParams(max_new_tokens=24, temperature=0.0, stop=(string,))
    [[found]] = case.make([end]).generate([PROMPTS[0]], params)
    assert (found.token_ids, found.stop_reason) == (whole.token_ids[:1], "eos")
    assert n > 1
    # An end of sequence is no text, whatever it is called.
    name = case.tokenizer.decode([end], skip_special_tokens=False)
    [[found]] = case.make([end]).generate([PROMPTS[0]], replace(params, stop=(name,)))
    assert (found.token_ids, found.stop_reason) == (whole.token_ids[:1], "eos")


def neighbours_and_their_padding_change_nothing(case: Case) -> None:
    params = SamplingParams(max_new_tokens=6, temperature=0.0)
    engine = case.make([])
    for prompt, [found] in zip(PROMPTS, engine.generate(PROMPTS, params), strict=True):
        [[alone]] = engine.generate([prompt], params)
        assert alone.token_ids == found.token_ids
        assert alone.logprobs == pytest.approx(found.logprobs, abs=case.tolerance)


def empty_and_over_long_prompts(case: Case) -> None:
    engine = case.make([])
    assert engine.generate([], SamplingParams()) == []
    with pytest.raises(InvalidInput, match="at least one token"):
        engine.generate([[5], []], SamplingParams())
    with pytest.raises(InvalidInput, match=f"context of {CONTEXT_TOKENS} tokens"):
        engine.generate([[5], [5] * CONTEXT_TOKENS], SamplingParams())
    prompts = [[5 + index % 50 for index in range(CONTEXT_TOKENS - room)] for room in (3, 1)] + [[8, 9]]
    groups = engine.generate(prompts, SamplingParams(max_new_tokens=12, temperature=0.7))
    for prompt, [generation], n in zip(prompts, groups, (3, 1, 12), strict=True):
        assert (len(generation.token_ids), generation.stop_reason) == (n, "length")
        expected = expected_logprobs(case, prompt, generation.token_ids, 0.7)
        assert generation.logprobs == pytest.approx(expected, abs=case.tolerance)


def weights_are_those_of_the_last_sync(case: Case, other: Any) -> None:
    """`other` is a model of the same kind; the engine is left with its weights of before."""
    engine = case.make([])
    params = SamplingParams(max_new_tokens=6, temperature=0.0)
    own = {name: value.detach().clone() for name, value in case.model.named_parameters()}
    before = engine.generate(PROMPTS, params)
    engine.sync(other)
    after = engine.generate(PROMPTS, params)
    assert _tokens(after) != _tokens(before)
    changed = replace(case, model=other)
    for prompt, [generation] in zip(PROMPTS, after, strict=True):
        expected = expected_logprobs(changed, prompt, generation.token_ids, 1.0)
        assert generation.logprobs == pytest.approx(expected, abs=case.tolerance)
    greedy_is_the_likeliest_token(replace(changed, make=case.make))
    engine.load_weights(own.items())
    assert _tokens(engine.generate(PROMPTS, params)) == _tokens(before)


def _tokens(groups: Sequence[Sequence[Generation]]) -> list[list[tuple[int, ...]]]:
    return [[generation.token_ids for generation in group] for group in groups]


CHECKS: dict[str, Callable[[Case], None]] = {
    "temperature 1": lambda case: lengths_reasons_and_log_probabilities(case, 1.0),
    "temperature 0.7": lambda case: lengths_reasons_and_log_probabilities(case, 0.7),
    "seeds": seeds_repeat,
    "greedy": greedy_is_the_likeliest_token,
    "first token": an_end_on_the_first_token_and_a_budget_of_one,
    "stop strings": stop_strings,
    "end and stop": an_end_before_a_stop_string_and_its_own_name,
    "padding": neighbours_and_their_padding_change_nothing,
    "prompts": empty_and_over_long_prompts,
}
