"""Scores of an output projection in blocks, against autograd through all logits at once."""

from __future__ import annotations

import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from reasoning_gym_ccrl.agents.chunked_head import block_shape, linear_scores

# Of 7 tokens and 11 words: as one kept block; a row at a time; blocks that divide neither; one column at a time.
BLOCKS = [None, 12, 35, 1]


def oracle(hidden, weight, bias, targets, temperature=1.0):
    """Through plain logits, in the words of the definition."""
    logits = hidden @ weight.t() + (0 if bias is None else bias)
    probabilities = torch.softmax(logits / temperature, 1)
    chosen = probabilities[torch.arange(len(targets)), targets].log()
    return chosen, -(probabilities * probabilities.log()).sum(1)


def tensors(n_tokens=7, n_words=11, width=5, dtype=torch.float64, bias=True, seed=0):
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(shape, generator=generator, dtype=dtype) for shape in ((n_tokens, width), (n_words, width))]
    made.append(torch.randn(n_words, generator=generator, dtype=dtype) if bias else None)
    targets = torch.randint(0, n_words, (n_tokens,), generator=generator)
    return *(None if each is None else each.requires_grad_() for each in made), targets


@pytest.mark.parametrize("block", [None, 4, 14])  # kept whole; a row and 4 columns; two rows
@pytest.mark.parametrize("bias", [True, False])
def test_gradients_are_those_of_finite_differences(block, bias):
    hidden, weight, offset, targets = tensors(5, 7, 3, bias=bias)

    def both(*inputs):
        return linear_scores(*(inputs if bias else (*inputs, None)), targets, 0.7, block)

    inputs = (hidden, weight, offset) if bias else (hidden, weight)
    assert torch.autograd.gradcheck(both, inputs)
    assert torch.autograd.gradcheck(lambda *inputs: both(*inputs)[0], inputs)
    assert torch.autograd.gradcheck(lambda *inputs: both(*inputs)[1], inputs)


def gradients(scores, inputs, weights):
    torch.autograd.backward(
        [each for each in scores if each is not None], weights[: sum(e is not None for e in scores)]
    )
    found = [None if each is None else each.grad.clone() for each in inputs]
    for each in inputs:
        if each is not None:
            each.grad = None
    return found


@pytest.mark.parametrize("temperature", [1.0, 0.7, 3.0])
@pytest.mark.parametrize(
    ("n_tokens", "n_words", "block"),
    [(50, 300, None), (50, 300, 7 * 300), (50, 300, 7 * 64), (1, 300, 64), (600, 9000, None)],
)
def test_float32_is_as_near_to_float64_as_it_can_be(temperature, n_tokens, n_words, block):
    *inputs, targets = tensors(n_tokens, n_words, 8, torch.float32)
    weights = torch.randn(2, n_tokens, generator=torch.Generator().manual_seed(1))
    exact = [each.detach().double().requires_grad_() for each in inputs]
    expected = oracle(*exact, targets, temperature)
    found = linear_scores(*inputs, targets, temperature, block)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine.double(), theirs, rtol=1e-6, atol=2e-6)
    right = gradients(expected, exact, list(weights.double()))
    for mine, theirs in zip(gradients(found, inputs, list(weights)), right, strict=True):
        assert float((mine - theirs).norm() / theirs.norm()) < 2e-6
    # Negative controls: another temperature, and the targets moved by one.
    elsewhere = linear_scores(*inputs, targets, temperature * 1.05, block)
    assert not torch.allclose(elsewhere[0].double(), expected[0], atol=1e-3)
    assert not torch.allclose(elsewhere[1].double(), expected[1], atol=1e-3)
    moved = linear_scores(*inputs, (targets + 1) % n_words, temperature, block)[0]
    assert not torch.allclose(moved.double(), expected[0], atol=0.1)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_what_is_frozen_gets_no_gradient_and_the_rest_keeps_its(block, frozen):
    *inputs, targets = tensors()
    inputs[frozen].requires_grad_(False)
    trained = [each for index, each in enumerate(inputs) if index != frozen]
    weights = [torch.linspace(-1, 1, 7).double(), torch.linspace(2, 1, 7).double()]
    expected = gradients(oracle(*inputs, targets), trained, weights)
    found = gradients(linear_scores(*inputs, targets, 1.0, block), trained, weights)
    assert inputs[frozen].grad is None
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("block", [None, 4])
def test_without_entropy(block):
    *inputs, targets = tensors()
    logprobs, entropies = linear_scores(*inputs, targets, 1.0, block, entropy=False)
    assert entropies is None
    weights = [torch.linspace(-1, 1, 7).double()]
    expected = gradients(oracle(*inputs, targets)[:1], inputs, weights)
    for mine, theirs in zip(gradients((logprobs, None), inputs, weights), expected, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("block", [None, 12])
def test_no_token_gives_no_rows_and_zero_gradients(block):
    *inputs, targets = tensors(n_tokens=0)
    logprobs, entropies = linear_scores(*inputs, targets, 1.0, block)
    assert logprobs.shape == entropies.shape == (0,)
    (logprobs.sum() + entropies.sum()).backward()
    assert inputs[0].grad.shape == (0, 5)
    assert float(inputs[1].grad.abs().sum()) == float(inputs[2].grad.abs().sum()) == 0


@pytest.mark.parametrize("block", [None, 64])
def test_weights_of_bfloat16_do_not_round_the_sums(block):
    """Against float64 from the same rounded weights; plain bfloat16 logits are a hundred times further off."""
    rounded = [each.detach().bfloat16().requires_grad_() for each in tensors(50, 300, 16)[:3]]
    targets = tensors(50, 300, 16)[3]
    exact = [each.detach().double().requires_grad_() for each in rounded]
    found, expected = linear_scores(*rounded, targets, 0.7, block), oracle(*exact, targets, 0.7)
    plain = (rounded[0] @ rounded[1].t() + rounded[2]).float().div(0.7).log_softmax(1).gather(1, targets[:, None])[:, 0]
    assert found[0].dtype == found[1].dtype == torch.float32
    error = float((found[0] - expected[0]).detach().abs().max())
    assert error < 1e-5
    assert float((plain - expected[0]).detach().abs().max()) > 100 * error
    assert float((found[1] - expected[1]).detach().abs().max()) < 1e-5
    weights = torch.randn(2, 50, generator=torch.Generator().manual_seed(1))
    right = gradients(expected, exact, list(weights.double()))
    for mine, theirs in zip(gradients(found, rounded, list(weights)), right, strict=True):
        assert mine.dtype == torch.bfloat16  # as its weight; rounded once, at the end
        assert float((mine.double() - theirs).norm() / theirs.norm()) < 3e-3


@pytest.mark.parametrize("block", [None, 64])
def test_under_autocast_it_stays_in_full_precision(block):
    *inputs, targets = tensors(50, 300, 16, torch.float32)
    weights = list(torch.randn(2, 50, generator=torch.Generator().manual_seed(1)))
    expected = linear_scores(*inputs, targets, 1.0, block)
    right = gradients(expected, inputs, weights)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = linear_scores(*inputs, targets, 1.0, block)
        again = gradients(found, inputs, weights)
    assert torch.equal(found[0], expected[0])
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(again, right, strict=True))


@pytest.mark.parametrize("block", [None, 1, 2])
def test_by_hand_and_far_from_overflow(block):
    """Logits log 3 and 0: 3/4 and 1/4, at temperature 1/2 9/10 and 1/10; logits 2000 apart: certainty, and no nan."""
    weight = torch.eye(2)
    hidden = torch.tensor([[math.log(3), 0.0], [1000.0, -1000.0], [-1000.0, 1000.0]], requires_grad=True)
    targets = torch.tensor([0, 0, 0])
    logprobs, entropies = linear_scores(hidden, weight, None, targets, 1.0, block)
    assert logprobs.tolist() == pytest.approx([math.log(0.75), 0.0, -2000.0])
    assert entropies.tolist() == pytest.approx([0.562335, 0.0, 0.0], abs=1e-6)
    (logprobs + entropies).sum().backward()
    assert hidden.grad.isfinite().all()
    sharper = linear_scores(hidden, weight, None, targets, 0.5, block)[0]
    assert sharper[0].item() == pytest.approx(math.log(0.9))


@pytest.mark.parametrize("block", [1, 4])
def test_a_target_outside_the_vocabulary_is_nan_and_no_other_word(block):
    *inputs, targets = tensors()
    targets[3] = 11
    found = linear_scores(*inputs, targets, 1.0, block)[0]
    assert found.isnan().tolist() == [False] * 3 + [True] + [False] * 3


class Largest(TorchDispatchMode):
    """The bytes of the largest tensor that any operation made."""

    def __init__(self, but):
        super().__init__()
        self.bytes, self.but = 0, but

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        for each in made if isinstance(made, tuple | list) else (made,):
            if isinstance(each, torch.Tensor) and each.shape != self.but:
                self.bytes = max(self.bytes, each.numel() * each.element_size())
        return made


def largest(score, weight, n_tokens):
    with Largest(but=weight.shape) as seen:  # the gradient of the weight has to be
        hidden = torch.randn(n_tokens, weight.shape[1], generator=torch.Generator().manual_seed(0), requires_grad=True)
        logprobs, entropies = score(hidden, weight, None, torch.zeros(n_tokens, dtype=torch.long))
        (logprobs + entropies).sum().backward()
    return seen.bytes


@pytest.mark.parametrize("n_words", [40_000, 152_000])
def test_memory_is_flat_in_the_vocabulary_and_in_the_tokens(n_words):
    """No tensor is larger than a block of 4 MB, where the logits are 61 MB and more."""
    weight = torch.randn(n_words, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert largest(linear_scores, weight, 400) <= 2**22
    assert largest(linear_scores, weight, 700) <= 2**22
    # The instrument sees what it is to see: plain logits are as large as they are said to be.
    assert largest(lambda *inputs: oracle(*inputs), weight, 100) == 100 * n_words * 4


def test_what_is_kept_for_the_backward_pass():
    """Inputs and two numbers per token; for a small vocabulary its logits, which are no more than a few blocks."""
    kept = []

    def pack(tensor):
        kept.append(tensor)
        return tensor

    hidden, weight, _, targets = tensors(300, 40_000, 4, torch.float32, bias=False)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        linear_scores(hidden, weight, None, targets)
    assert sum(each.numel() for each in kept) == hidden.numel() + weight.numel() + 3 * 300
    with torch.no_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        kept.clear()
        linear_scores(hidden, weight, None, targets)
    assert not kept


def test_shapes_of_blocks():
    assert block_shape(1000, 32_000, "cpu") == (256, 4096)
    assert block_shape(100, 32_000, "cpu") == (100, 4096)
    assert block_shape(1000, 256, "cpu") == (1000, 256)
    assert block_shape(10**6, 256, "cpu") == (4096, 256)
    assert block_shape(7, 11, "cpu", 12) == (1, 11)
    assert block_shape(7, 11, "cpu", 1) == (1, 1)
    assert block_shape(0, 11, "cpu") == (1, 11)
