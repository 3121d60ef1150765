"""Fine-tuning of models of several kinds, with and without chat templates, and what a run is measured on."""

from __future__ import annotations

import copy
import itertools
import math
import random

import pytest
import torch

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, collate, completion_loss, fine_tune, tokenize
from reasoning_gym_ccrl.agents.comt.sft_run import held_out, mean_loss, repeated, solution_validation
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.seeding import python_random

from .models import gpt2, llama, plain_logprobs, small
from .test_sft_packing import qwen3

KINDS = {"llama": llama, "qwen3": qwen3, "gpt2": gpt2}
TEMPLATE = (
    "{% for m in messages %}{% if m['role'] != 'system' %}[{{ m['role'] }}]{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
PROBLEMS = [make_source(TINY_FAMILIES).sample(python_random(0, "run", number)) for number in range(6)]


@pytest.fixture(params=["base", "chat"])
def reader(request, byte_level):
    tokenizer = copy.deepcopy(byte_level)
    tokenizer.pad_token = tokenizer.eos_token
    if request.param == "chat":
        tokenizer.chat_template = TEMPLATE
    return tokenizer


@pytest.mark.parametrize("packing", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_any_kind_learns_what_it_is_shown_and_says_it(kind, reader, packing):
    torch.manual_seed(0)
    agent = LLMAgent(KINDS[kind](len(reader)), reader)
    texts = (TextExample(f"{number % 7}?", (("yes", True),)) for number in itertools.count())
    config = SFTConfig(40, 7, 1e-2, warmup_updates=3, precision="float32", packing=packing, pool_batches=1)
    fine_tune(agent.model, reader, texts, config, random.Random(0))
    prompts = agent.encode_prompts(["3?", "5?"])
    for group in agent.engine.generate(prompts, SamplingParams(max_new_tokens=8, temperature=0.0)):
        assert reader.decode(group[0].token_ids) == "yes<eos>"
        assert group[0].stop_reason == "eos"


def test_the_prompt_that_is_trained_on_is_the_chat_that_is_asked(reader):
    [tokens] = tokenize([TextExample("3?", (("yes", True),))], reader)
    scored = [token for token, counts in zip(tokens.token_ids, tokens.scored, strict=True) if counts]
    assert reader.decode(scored) == "yes<eos>"
    before = reader.decode(tokens.token_ids[: -len(scored)])
    assert before == ("[user]3?[assistant]" if reader.chat_template else "3?")


def test_a_new_adapter_changes_nothing_and_is_all_that_is_trained(byte_level):
    pytest.importorskip("peft")
    from reasoning_gym_ccrl.agents.adapters import with_adapter

    tokenizer = copy.deepcopy(byte_level)
    tokenizer.pad_token = tokenizer.eos_token
    examples = [TextExample("a", ((" yes", True),)), TextExample("bcd", ((" no", True),))]
    batch = collate(tokenize(examples, tokenizer), tokenizer.pad_token_id)
    for kind in KINDS.values():
        model = kind(len(tokenizer))
        with torch.no_grad():
            plain = completion_loss(model, *batch).item()
        adapted = with_adapter(model, {"r": 2, "lora_alpha": 4, "fan_in_fan_out": kind is gpt2}).eval()
        with torch.no_grad():
            assert completion_loss(adapted, *batch).item() == pytest.approx(plain, rel=1e-6)
        before = {name: p.detach().clone() for name, p in adapted.named_parameters()}
        stream = itertools.cycle(examples)
        fine_tune(adapted, tokenizer, stream, SFTConfig(3, 2, 1e-2, 1, precision="float32"), random.Random(0))
        changed = {name for name, p in adapted.named_parameters() if not torch.equal(p, before[name])}
        assert changed
        assert all("lora_" in name for name in changed)


def test_the_loss_is_of_all_examples_together_and_of_short_ones_alone_where_asked(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    examples = [cot_example(problem) for problem in PROBLEMS] * 4  # more than are read together
    tokens = tokenize(examples, tokenizer)
    values = [
        [
            -logprob
            for logprob, counts in zip(plain_logprobs(agent.model, each.token_ids), each.scored[1:], strict=True)
            if counts
        ]
        for each in tokens[:6]
    ]
    expected = sum(map(sum, values)) / sum(map(len, values))
    assert mean_loss(agent, examples) == pytest.approx(expected, rel=1e-5)
    shortest = min(range(6), key=lambda place: len(tokens[place].token_ids))
    limit = len(tokens[shortest].token_ids)
    if sum(len(each.token_ids) <= limit for each in tokens[:6]) == 1:
        kept = values[shortest]
        assert mean_loss(agent, examples, limit) == pytest.approx(sum(kept) / len(kept), rel=1e-5)
    assert math.isnan(mean_loss(agent, examples, 1))
    agent.model.train()
    mean_loss(agent, examples[:1])
    assert agent.model.training


def test_answers_are_judged_as_in_the_environment(tokenizer):
    solutions = {problem.question: "".join(t for t, _ in cot_example(problem).completion) for problem in PROBLEMS}
    known = {problem.question for problem in PROBLEMS[:4]}

    def script(prompt, _):
        question = prompt.removesuffix("\n")
        return solutions[question] if question in known else "<answer>0</answer>"

    agent = LLMAgent(small(tokenizer), tokenizer, ScriptedEngine(tokenizer, script))
    figures = solution_validation(agent, PROBLEMS)
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["validation_loss"] == pytest.approx(mean_loss(agent, [cot_example(each) for each in PROBLEMS]))


def test_examples_come_again_and_again_in_another_order():
    examples = [TextExample(str(number), (("x", True),)) for number in range(20)]
    drawn = list(itertools.islice(repeated(examples, random.Random(0)), 60))
    rounds = [drawn[start : start + 20] for start in (0, 20, 40)]
    for one in rounds:
        assert sorted(one, key=lambda e: int(e.prompt)) == examples
    assert rounds[0] != rounds[1] != rounds[2]
    assert examples[0].prompt == "0", "the list itself stays as it was"


@pytest.mark.parametrize(
    ("size", "count", "kept"), [(100, 30, 20), (100, 5, 5), (3, 10, 1), (2, 1, 1), (1, 5, 0), (10, 0, 0)]
)
def test_up_to_a_fifth_is_held_out(size, count, kept):
    learned, measured = held_out(range(size), count, random.Random(0))
    assert len(measured) == kept
    assert sorted(learned + measured) == list(range(size))
