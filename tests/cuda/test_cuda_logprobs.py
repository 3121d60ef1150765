"""Scores and their gradients on CUDA against plain logits on the CPU, in float32 and with weights of bfloat16."""

from __future__ import annotations

import pytest
import torch

from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.chunked_head import linear_scores
from reasoning_gym_ccrl.agents.logprobs import evaluating, response_hidden, score_tokens

from ..agents.models import gpt2, llama, plain_logprobs, token_episode

# (tokens, words, width, most logits at a time): kept whole, and in blocks of rows and columns that divide neither.
SHAPES = [(7, 11, 5, None), (300, 1000, 64, None), (300, 1000, 64, 7777), (64, 5000, 32, 1000)]
EPISODES = [([5, 6, 7], [8, 2, 9, 1]), ([5, 6, 7], [9]), ([5], [20, 21, 22, 3, 4, 5, 6]), ([3, 3, 4, 4, 4, 9], [7, 7])]


def tensors(shape, dtype):
    """Hidden states and weights, rounded to the dtype and then held in float64: what both sides start from."""
    n_tokens, n_words, width, _ = shape
    generator = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, width, generator=generator, dtype=torch.float64) for n in (n_tokens, n_words))
    bias = torch.randn(n_words, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, n_words, (n_tokens,), generator=generator)
    return [each.to(dtype).double() for each in (hidden, weight, bias)], targets


def scored(inputs, targets, function):
    """Both scores, and the gradients of a weighted sum of them, on the CPU in float64."""
    held = [each.detach().requires_grad_() for each in inputs]
    logprobs, entropies = function(*held, targets)
    weights = torch.linspace(-1, 1, len(targets), dtype=logprobs.dtype, device=logprobs.device)
    (logprobs * weights + 0.3 * entropies * weights).sum().backward()
    return [each.detach().double().cpu() for each in (logprobs, entropies, *(each.grad for each in held))]


def plain(hidden, weight, bias, targets):
    """In the words of the definition."""
    logs = ((hidden @ weight.t() + bias) / 0.7).log_softmax(1)
    return logs.gather(1, targets[:, None]).squeeze(1), -(logs.exp() * logs).sum(1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_head_in_blocks_is_the_plain_one(device, shape, dtype):
    inputs, targets = tensors(shape, dtype)
    expected = scored(inputs, targets, plain)
    on_device = [each.to(device, dtype) for each in inputs]
    found = scored(on_device, targets.to(device), lambda *given: linear_scores(*given, 0.7, shape[-1]))
    for each, other in zip(found[:2], expected[:2], strict=True):
        torch.testing.assert_close(each, other, rtol=1e-4, atol=2e-4)  # sums are in float32 in either case
    rounding = 1e-4 if dtype == torch.float32 else 1e-2
    for each, other in zip(found[2:], expected[2:], strict=True):
        assert (each - other).norm() < rounding * other.norm()
    # The negative control: another temperature.
    assert (scored(inputs, targets, lambda *given: linear_scores(*given, 1.0))[2] - expected[2]).norm() > (
        0.1 * expected[2].norm()
    )


@pytest.mark.parametrize("share_prompts", [True, False])
@pytest.mark.parametrize("make", [llama, gpt2])
def test_a_models_scores_are_those_of_plain_rows_on_the_cpu(device, make, share_prompts):
    model = make(40)
    expected = [
        logprob
        for prompt, response in EPISODES
        for logprob in plain_logprobs(model, [*prompt, *response], 0.7)[len(prompt) - 1 :]
    ]
    episodes = [token_episode(*each) for each in EPISODES]
    batch = make_batch(episodes, [[0.0] * len(each.token_ids) for each in episodes], 0).to(device)
    model = model.to(device)
    with torch.no_grad(), evaluating(model):
        hidden = response_hidden(model, batch, share_prompts=share_prompts)
        found, entropies = score_tokens(model, hidden, batch.targets, 0.7)
    assert found.device.type == device.type
    assert found.tolist() == pytest.approx(expected, abs=1e-3)
    assert entropies.min() >= 0


def test_scores_do_not_hold_all_logits(device):
    """Beyond the gradients, a forward and backward pass takes less memory than the logits alone."""
    if device.type != "cuda":
        pytest.skip("memory is counted on CUDA alone")
    n_tokens, n_words, width = 8192, 100_000, 64
    logits_bytes = 4 * n_tokens * n_words
    weight = torch.randn(n_words, width, device=device, requires_grad=True)
    hidden = torch.randn(n_tokens, width, device=device, requires_grad=True)
    targets = torch.randint(0, n_words, (n_tokens,), device=device)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    linear_scores(hidden, weight, None, targets)[0].sum().backward()
    assert torch.cuda.max_memory_allocated() - before < logits_bytes / 4
