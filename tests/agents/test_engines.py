"""The contract of an engine, over two kinds of model; every number against plain forward passes, row by row."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

from .models import plain_logits, plain_logprobs

EOS = 1
PROMPTS = [[5, 7, 9, 11], [8], [40, 41, 42, 43, 44, 45, 46], [3, 4], [8]]


def engine_of(model, eos=(EOS,), **options):
    return TransformersEngine(model, list(eos), pad_token_id=0, **options)


def check_contract(generation, params, eos=(EOS,)):
    ids = generation.token_ids
    assert 1 <= len(ids) <= params.max_new_tokens
    assert len(generation.logprobs) == len(ids)
    assert all(token not in eos for token in ids[:-1])
    assert generation.stop_reason == ("eos" if ids[-1] in eos else "length")
    if generation.stop_reason == "length":
        assert len(ids) == params.max_new_tokens
    assert all(logprob <= 0 for logprob in generation.logprobs)


# Twenty tokens end a completion, so that lengths differ and both stop reasons occur.
MANY_EOS = tuple(range(1, 3)) + tuple(range(50, 58))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("max_rows", [256, 4])
def test_lengths_stop_reasons_and_log_probabilities(model, temperature, max_rows):
    params = SamplingParams(max_new_tokens=9, temperature=temperature, samples_per_prompt=4, seed=3)
    groups = engine_of(model, MANY_EOS, max_rows=max_rows).generate(PROMPTS, params)
    assert [len(group) for group in groups] == [4] * len(PROMPTS)
    for prompt, group in zip(PROMPTS, groups, strict=True):
        for generation in group:
            check_contract(generation, params, MANY_EOS)
            expected = plain_logprobs(model, [*prompt, *generation.token_ids], temperature)[len(prompt) - 1 :]
            assert generation.logprobs == pytest.approx(expected, abs=2e-5)
    reasons = {generation.stop_reason for group in groups for generation in group}
    assert reasons == {"eos", "length"}
    # The negative control: at the other temperature the numbers are others.
    other = plain_logprobs(model, [*PROMPTS[0], *groups[0][0].token_ids], 1.7 - temperature)[len(PROMPTS[0]) - 1 :]
    assert groups[0][0].logprobs != pytest.approx(other, abs=1e-3)


def test_equal_seeds_give_equal_samples_and_others_do_not(model):
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=3, seed=5)
    engine = engine_of(model)
    first = engine.generate(PROMPTS, params)
    assert engine.generate(PROMPTS, params) == first
    assert engine.generate(PROMPTS, SamplingParams(max_new_tokens=8, samples_per_prompt=3, seed=6)) != first
    assert len({generation.token_ids for generation in first[0]}) > 1
    assert first[1] != first[4]  # the same prompt twice gives two draws


def test_sampling_leaves_the_global_generator_alone(model):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    engine_of(model).generate(PROMPTS, SamplingParams(max_new_tokens=3))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("max_rows", [256, 1])
def test_greedy_is_the_likeliest_token_of_one_row_at_a_time(model, max_rows):
    params = SamplingParams(max_new_tokens=7, temperature=0.0)
    for prompt, [generation] in zip(
        PROMPTS, engine_of(model, max_rows=max_rows).generate(PROMPTS, params), strict=True
    ):
        ids = list(prompt)
        while len(ids) < len(prompt) + 7 and (len(ids) == len(prompt) or ids[-1] != EOS):
            ids.append(int(plain_logits(model, ids)[-1].argmax()))
        assert list(generation.token_ids) == ids[len(prompt) :]
        assert generation.logprobs == pytest.approx(plain_logprobs(model, ids)[len(prompt) - 1 :], abs=2e-5)


def test_neighbours_and_their_padding_change_nothing(model):
    params = SamplingParams(max_new_tokens=6, temperature=0.0)
    together = engine_of(model).generate(PROMPTS, params)
    for prompt, found in zip(PROMPTS, together, strict=True):
        alone = engine_of(model).generate([prompt], params)[0][0]
        assert alone.token_ids == found[0].token_ids
        assert alone.logprobs == pytest.approx(found[0].logprobs, abs=2e-5)


def test_results_are_in_the_order_of_the_prompts(model):
    params = SamplingParams(max_new_tokens=4, temperature=0.0)
    engine = engine_of(model, max_rows=2)
    forwards, backwards = engine.generate(PROMPTS, params), engine.generate(PROMPTS[::-1], params)
    tokens = [group[0].token_ids for group in forwards]
    assert tokens == [group[0].token_ids for group in backwards][::-1]
    assert len(set(tokens)) >= 3


def test_an_end_on_the_first_token_is_a_completion_of_one(model):
    params = SamplingParams(max_new_tokens=5, samples_per_prompt=3)
    for group in engine_of(model, eos=range(100)).generate(PROMPTS, params):
        for generation in group:
            assert len(generation.token_ids) == len(generation.logprobs) == 1
            assert generation.stop_reason == "eos"


def test_a_budget_of_one_token(model):
    params = SamplingParams(max_new_tokens=1, samples_per_prompt=6, seed=2)
    for prompt, group in zip(PROMPTS, engine_of(model, MANY_EOS).generate(PROMPTS, params), strict=True):
        for generation in group:
            check_contract(generation, params, MANY_EOS)
            expected = plain_logprobs(model, [*prompt, *generation.token_ids])[-1:]
            assert generation.logprobs == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_samples_follow_the_models_distribution(model, temperature):
    n = 4000
    params = SamplingParams(max_new_tokens=1, samples_per_prompt=n, temperature=temperature, seed=1)
    counts = Counter(generation.token_ids[0] for generation in engine_of(model).generate([PROMPTS[0]], params)[0])
    p = (plain_logits(model, PROMPTS[0])[-1] / temperature).softmax(0)
    top = p.topk(5).indices.tolist()
    for token in top:
        spread = float((p[token] * (1 - p[token]) / n).sqrt())
        assert counts[token] / n == pytest.approx(float(p[token]), abs=4 * spread)


def test_a_model_with_no_end_token_stops_at_the_budget(model):
    [[generation]] = engine_of(model, eos=()).generate([[5]], SamplingParams(max_new_tokens=12))
    assert len(generation.token_ids) == 12
    assert generation.stop_reason == "length"


def test_dropout_is_off_while_sampling_and_as_it_was_afterwards(model):
    model.train()
    params = SamplingParams(max_new_tokens=6, seed=1)
    [[found]] = engine_of(model, eos=()).generate([[5, 6]], params)
    assert model.training
    assert found.logprobs == pytest.approx(plain_logprobs(model, [5, 6, *found.token_ids])[1:], abs=2e-5)
    model.train()
    with pytest.raises(IndexError):
        engine_of(model).generate([[1000]], params)  # no such token
    assert model.training


def test_changed_weights_are_seen_at_once(model):
    engine, params = engine_of(model), SamplingParams(max_new_tokens=4, temperature=0.0)
    before = engine.generate(PROMPTS, params)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    after = engine.generate(PROMPTS, params)
    assert before != after
    expected = plain_logprobs(model, [*PROMPTS[0], *after[0][0].token_ids])[len(PROMPTS[0]) - 1 :]
    assert after[0][0].logprobs == pytest.approx(expected, abs=2e-5)


def test_no_prompts_give_no_completions(model):
    assert engine_of(model).generate([], SamplingParams()) == []


def test_an_empty_prompt_is_refused(model):
    with pytest.raises(InvalidInput, match="at least one token"):
        engine_of(model).generate([[5], []], SamplingParams())


@pytest.mark.parametrize(
    "wrong", [{"max_new_tokens": 0}, {"samples_per_prompt": 0}, {"temperature": -0.1}, {"temperature": float("nan")}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InvalidOption, match="max_new_tokens"):
        SamplingParams(**wrong)


def test_the_scripted_engine_says_what_it_was_told(tokenizer):
    engine = ScriptedEngine(tokenizer, lambda prompt, sample: f"{sample}: {prompt}")
    params = SamplingParams(max_new_tokens=50, samples_per_prompt=2)
    [[first, second]] = engine.generate([tokenizer("pens")["input_ids"]], params)
    assert tokenizer.decode(first.token_ids) == "0: pens<eos>"
    assert tokenizer.decode(second.token_ids) == "1: pens<eos>"
    check_contract(first, params, (tokenizer.eos_token_id,))
    [[cut]] = engine.generate([tokenizer("pens")["input_ids"]], SamplingParams(max_new_tokens=2))
    check_contract(cut, SamplingParams(max_new_tokens=2), (tokenizer.eos_token_id,))
