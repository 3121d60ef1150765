"""What the engine samples on CUDA is what the CPU's model says, and equal seeds give equal samples."""

from __future__ import annotations

import pytest
import torch

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine

from ..agents.models import gpt2, llama, plain_logits, plain_logprobs

PROMPTS = [[5, 6, 7], [8], [9, 10, 11, 12, 13], [4, 4]]
PARAMS = SamplingParams(max_new_tokens=20, temperature=0.7, samples_per_prompt=6, seed=3)
VOCABULARY = 60
ENDS = range(1, 60, 12)


@pytest.fixture(params=["llama", "gpt2"])
def make(request):
    """A rotary and a learned-position model; the same weights at every call."""
    return {"llama": llama, "gpt2": gpt2}[request.param]


def generate(make, device, params=PARAMS, **options):
    return TransformersEngine(make(VOCABULARY).to(device), ENDS, 0, **options).generate(PROMPTS, params)


def furthest(make, groups, temperature):
    """The largest difference of a sampled token's log-probability from that of a plain forward pass on the CPU."""
    model = make(VOCABULARY)
    differences = [
        abs(mine - theirs)
        for prompt, group in zip(PROMPTS, groups, strict=True)
        for each in group
        for mine, theirs in zip(
            each.logprobs,
            plain_logprobs(model, [*prompt, *each.token_ids], temperature)[len(prompt) - 1 :],
            strict=True,
        )
    ]
    return max(differences)


@pytest.mark.parametrize("options", [{}, {"max_rows": 8}, {"max_rows": 8, "refill": True}], ids=["", "rows", "refill"])
def test_log_probabilities_are_those_of_the_cpu(make, device, options):
    groups = generate(make, device, **options)
    assert sum(len(each.token_ids) for group in groups for each in group) > 50
    assert len({len(each.token_ids) for group in groups for each in group}) > 2  # rows leave the batch at several steps
    assert furthest(make, groups, 0.7) < 1e-3
    assert furthest(make, groups, 1.0) > 0.1  # the negative control


def test_greedy_decoding_takes_what_the_cpu_finds_likeliest(make, device):
    groups = generate(make, device, SamplingParams(max_new_tokens=20, temperature=0.0))
    model = make(VOCABULARY)
    for prompt, [each] in zip(PROMPTS, groups, strict=True):
        logits = plain_logits(model, [*prompt, *each.token_ids])[len(prompt) - 1 : -1]
        chosen = logits.gather(1, torch.tensor(each.token_ids)[:, None]).squeeze(1)
        assert (logits.amax(1) - chosen).max() < 1e-2  # equal logits may be told apart either way


@pytest.mark.parametrize("options", [{}, {"max_rows": 8, "refill": True}], ids=["", "refill"])
def test_equal_seeds_give_equal_samples_and_others_others(make, device, options):
    first = generate(make, device, **options)
    assert generate(make, device, **options) == first
    other = SamplingParams(max_new_tokens=20, temperature=0.7, samples_per_prompt=6, seed=4)
    assert generate(make, device, other, **options) != first


def test_samples_follow_the_models_distribution(device):
    """A first token, 4,000 times: each share is within four and a half standard deviations of its probability."""
    model = llama(VOCABULARY)
    p = (plain_logits(model, [5, 6])[-1] / 2).softmax(0)
    engine = TransformersEngine(model.to(device), [1], 0, max_rows=4000)
    [group] = engine.generate([[5, 6]], SamplingParams(max_new_tokens=1, temperature=2.0, samples_per_prompt=4000))
    found = torch.tensor([each.token_ids[0] for each in group]).bincount(minlength=VOCABULARY) / 4000
    deviation = (p * (1 - p) / 4000).sqrt()
    assert ((found - p).abs() <= 4.5 * deviation + 1e-3).all()
    hotter = (plain_logits(llama(VOCABULARY), [5, 6])[-1] / 1).softmax(0)
    assert not ((found - hotter).abs() <= 4.5 * deviation + 1e-3).all()


def test_a_session_goes_on_from_its_cache(make, device):
    """The second turn reads only what is new, and its log-probabilities are still the CPU's."""
    engine = TransformersEngine(make(VOCABULARY).to(device), ENDS, 0)
    one = SamplingParams(max_new_tokens=6, temperature=0.7, seed=1)
    with engine.session() as turn:
        first = turn(PROMPTS, one)
        longer = [[*prompt, *group[0].token_ids, 7, 9] for prompt, group in zip(PROMPTS, first, strict=True)]
        second = turn(longer, one)
    model = make(VOCABULARY)
    for prompt, [each] in zip(longer, second, strict=True):
        expected = plain_logprobs(model, [*prompt, *each.token_ids], 0.7)[len(prompt) - 1 :]
        assert each.logprobs == pytest.approx(expected, abs=1e-3)
