from __future__ import annotations

import math
import random

import pytest
import torch

from reasoning_gym_ccrl.agents import losses


def one(value):
    return torch.tensor([value], dtype=torch.float64)


def clip(ratio, advantage, **epsilons):
    return losses.clip_loss(one(math.log(ratio)), one(0.0), one(advantage), **epsilons).item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss"),
    [
        (1.0, 1.0, -1.0),
        (1.0, -2.0, 2.0),
        (1.5, 1.0, -1.2),  # good and above the range: cut
        (1.5, -1.0, 1.5),  # bad and above: not cut, it must come down
        (0.5, 1.0, -0.5),  # good and below: not cut, it must come up
        (0.5, -1.0, 0.8),  # bad and below: cut
        (1.1, 3.0, -3.3),
        (7.0, 0.0, 0.0),
    ],
)
def test_clip_literals(ratio, advantage, loss):
    assert clip(ratio, advantage) == pytest.approx(loss)


def test_the_clip_range_may_be_uneven():
    assert clip(1.27, 1.0, epsilon_high=0.28) == pytest.approx(-1.27)
    assert clip(1.5, 1.0, epsilon_high=0.28) == pytest.approx(-1.28)
    assert clip(0.5, -1.0, epsilon_low=0.4) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("ratio", "advantage", "is_cut"), [(1.5, 1, True), (1.5, -1, False), (0.5, -1, True), (0.5, 1, False)]
)
def test_the_clip_fraction_counts_the_tokens_that_have_no_gradient(ratio, advantage, is_cut):
    logprobs = one(math.log(ratio)).requires_grad_()
    losses.clip_loss(logprobs, one(0.0), one(float(advantage))).sum().backward()
    assert (logprobs.grad.item() == 0.0) is is_cut
    assert losses.clip_fraction(logprobs.detach(), one(0.0), one(float(advantage))).item() == float(is_cut)


def test_clip_loss_against_a_loop():
    rng = random.Random(0)
    rows = [(rng.gauss(-1, 1), rng.gauss(-1, 1), rng.gauss(0, 1)) for _ in range(200)]
    new, old, advantages = (torch.tensor(column, dtype=torch.float64) for column in zip(*rows, strict=True))
    by_loop = []
    for a, b, advantage in rows:
        ratio = math.exp(a - b)
        by_loop.append(-min(ratio * advantage, min(max(ratio, 0.9), 1.3) * advantage))
    found = losses.clip_loss(new, old, advantages, 0.1, 0.3)
    assert found.tolist() == pytest.approx(by_loop)
    assert losses.clip_loss(new, old, advantages).tolist() != pytest.approx(by_loop)


def test_the_gradient_at_ratio_one_is_the_policy_gradient():
    logits = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64, requires_grad=True)
    logprob = logits.log_softmax(0)[1:2]
    losses.clip_loss(logprob, logprob.detach(), one(2.5)).sum().backward()
    p = logits.detach().softmax(0)
    expected = [2.5 * p[0].item(), -2.5 * (1 - p[1].item()), 2.5 * p[2].item()]
    assert logits.grad.tolist() == pytest.approx(expected)


def test_token_mean_literals():
    assert losses.token_mean(torch.tensor([1.0, 2.0, 3.0]), 6).item() == 1.0
    assert losses.token_mean(torch.tensor([]), 6).item() == 0.0


def test_k3_literals_and_bounds():
    assert losses.kl_k3(one(0.0), one(-1.0)).item() == pytest.approx(math.exp(-1))
    assert losses.kl_k3(one(-2.0), one(-2.0)).item() == 0.0
    far = losses.kl_k3(torch.tensor([0.0, 0.0]), torch.tensor([100.0, -100.0]))
    assert torch.isfinite(far).all()
    deltas = torch.linspace(-30, 30, 301, dtype=torch.float64)
    assert (losses.kl_k3(torch.zeros_like(deltas), deltas) >= 0).all()


def test_k3_is_unbiased_where_the_difference_alone_is_not_positive():
    policy = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    reference = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    exact = (policy * (policy / reference).log()).sum().item()
    assert (policy * losses.kl_k3(policy.log(), reference.log())).sum().item() == pytest.approx(exact)
    swapped = (policy * losses.kl_k3(reference.log(), policy.log())).sum().item()
    assert swapped != pytest.approx(exact, rel=0.05)


def test_k3s_gradient_by_hand():
    logprob = one(-0.5).requires_grad_()
    losses.kl_k3(logprob, one(-1.5)).sum().backward()
    assert logprob.grad.item() == pytest.approx(1 - math.exp(-1))
