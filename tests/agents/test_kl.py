"""The estimators of KL: values, and the gradient that each really has, with every expectation enumerated."""

from __future__ import annotations

import math

import pytest
import torch

from reasoning_gym_ccrl.agents import kl

POLICY = torch.tensor([0.4, -0.9, 1.1, 0.0, -0.3], dtype=torch.float64)
REFERENCE = torch.tensor([-0.2, 0.5, 0.3, 0.9, -1.0], dtype=torch.float64)
OLD = torch.tensor([0.1, 0.2, 0.6, -0.8, 0.4], dtype=torch.float64)


def one(value):
    return torch.tensor([value], dtype=torch.float64)


def probabilities(logits):
    weights = [math.exp(value) for value in logits.tolist()]
    return [weight / sum(weights) for weight in weights]


def grad_of_kl_policy_reference():
    """d KL(p, q) / d logit_i = p_i (log p_i / q_i - KL), by hand."""
    p, q = probabilities(POLICY), probabilities(REFERENCE)
    exact = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    return [a * (math.log(a / b) - exact) for a, b in zip(p, q, strict=True)]


def grad_of_kl_reference_policy():
    """d KL(q, p) / d logit_i = p_i - q_i, by hand."""
    return [a - b for a, b in zip(probabilities(POLICY), probabilities(REFERENCE), strict=True)]


def gradient(of):
    """The gradient of an expression of the policy's log-probabilities."""
    logits = POLICY.clone().requires_grad_()
    of(logits.log_softmax(0)).backward()
    return logits.grad.tolist()


def as_loss(estimator):
    """The mean over the policy's samples of the estimate's own gradient."""
    reference, p = REFERENCE.log_softmax(0), POLICY.softmax(0)
    return gradient(lambda logs: (p * estimator(logs, reference)).sum())


def as_payment(estimator):
    """The mean over the policy's samples of the estimate times the gradient of the sample's log-probability."""
    reference, p = REFERENCE.log_softmax(0), POLICY.softmax(0)
    return gradient(lambda logs: (p * estimator(logs, reference).detach() * logs).sum())


def test_k1_pays_the_kls_gradient_and_has_none_as_a_loss():
    assert as_payment(kl.kl_k1) == pytest.approx(grad_of_kl_policy_reference())
    assert as_loss(kl.kl_k1) == pytest.approx([0.0] * 5, abs=1e-12)


def test_k2_has_the_kls_gradient_as_a_loss_and_not_as_a_payment():
    assert as_loss(kl.kl_k2) == pytest.approx(grad_of_kl_policy_reference())
    assert as_payment(kl.kl_k2) != pytest.approx(grad_of_kl_policy_reference(), rel=0.1)


def test_k3_has_the_other_kls_gradient_as_a_loss_and_the_difference_of_both_as_a_payment():
    forward, backward = grad_of_kl_policy_reference(), grad_of_kl_reference_policy()
    assert as_loss(kl.kl_k3) == pytest.approx(backward)
    assert as_loss(kl.kl_k3) != pytest.approx(forward, rel=0.1)
    assert as_payment(kl.kl_k3) == pytest.approx([a - b for a, b in zip(forward, backward, strict=True)])


def test_the_ratio_gives_k3_the_kls_gradient():
    def corrected(logs, reference):
        return kl.bias_corrected(kl.kl_k3(logs, reference), logs, logs.detach())

    assert as_loss(corrected) == pytest.approx(grad_of_kl_policy_reference())


def test_also_where_an_older_policy_sampled():
    reference, old = REFERENCE.log_softmax(0), OLD.log_softmax(0)

    def mean(logs, *, corrected):
        estimate = kl.kl_k3(logs, reference)
        return (old.exp() * (kl.bias_corrected(estimate, logs, old) if corrected else estimate)).sum()

    assert gradient(lambda logs: mean(logs, corrected=True)) == pytest.approx(grad_of_kl_policy_reference())
    assert gradient(lambda logs: mean(logs, corrected=False)) != pytest.approx(grad_of_kl_policy_reference(), rel=0.1)
    p, q = POLICY.log_softmax(0), reference
    assert mean(p, corrected=True).item() == pytest.approx((p.exp() * (p - q)).sum().item())


def test_the_gradients_by_hand_are_the_gradients_of_the_kls():
    """Of the oracle itself: central differences."""
    q = probabilities(REFERENCE)

    def divergences(logits):
        p = probabilities(logits)
        pairs = list(zip(p, q, strict=True))
        return sum(a * math.log(a / b) for a, b in pairs), sum(b * math.log(b / a) for a, b in pairs)

    for index in range(5):
        step = torch.zeros(5, dtype=torch.float64)
        step[index] = 1e-5
        up, down = divergences(POLICY + step), divergences(POLICY - step)
        assert (up[0] - down[0]) / 2e-5 == pytest.approx(grad_of_kl_policy_reference()[index], abs=1e-8)
        assert (up[1] - down[1]) / 2e-5 == pytest.approx(grad_of_kl_reference_policy()[index], abs=1e-8)


@pytest.mark.parametrize("name", ["k1", "k3"])
def test_the_means_are_the_kl(name):
    p, q = POLICY.log_softmax(0), REFERENCE.log_softmax(0)
    exact = (p.exp() * (p - q)).sum().item()
    assert (p.exp() * kl.KL_ESTIMATORS[name](p, q)).sum().item() == pytest.approx(exact)
    swapped = (p.exp() * kl.KL_ESTIMATORS[name](q, p)).sum().item()
    assert swapped != pytest.approx(exact, rel=0.01)


def test_k2_is_near_the_kl_and_not_it():
    p, q = torch.tensor([0.6, 0.4]).double().log(), torch.tensor([0.5, 0.5]).double().log()
    assert (p.exp() * (p - q)).sum().item() == pytest.approx(0.02014, abs=1e-5)
    assert (p.exp() * kl.kl_k2(p, q)).sum().item() == pytest.approx(0.01993, abs=1e-5)


def test_literals():
    assert kl.kl_k1(one(-1.0), one(-2.0)).item() == 1.0
    assert kl.kl_k2(one(-1.0), one(-3.0)).item() == 2.0
    assert kl.kl_k3(one(0.0), one(-1.0)).item() == pytest.approx(math.exp(-1))
    assert kl.kl_k3(one(-2.0), one(-2.0)).item() == 0.0
    assert kl.bias_corrected(one(0.5), one(math.log(0.6)), one(math.log(0.5))).item() == pytest.approx(0.6)


def test_k3s_gradient_by_hand():
    logprob = one(-0.5).requires_grad_()
    kl.kl_k3(logprob, one(-1.5)).sum().backward()
    assert logprob.grad.item() == pytest.approx(1 - math.exp(-1))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_apart_k3_is_finite_and_so_is_its_gradient(dtype):
    logprobs = torch.tensor([-100.0, 0.0], dtype=dtype, requires_grad=True)
    found = kl.kl_k3(logprobs, torch.tensor([0.0, -100.0], dtype=dtype))
    found.sum().backward()
    assert found.tolist() == pytest.approx([math.exp(20) - 21, 99])
    # A token that the reference would hardly write is pulled down, at a bounded rate; the other is left alone.
    assert logprobs.grad.tolist() == pytest.approx([0, 1])
    plain = (torch.tensor(100.0, dtype=torch.float32).exp() - 101).item()
    assert math.isinf(plain)  # the negative control: what is prevented


def test_k3_is_never_negative_also_near_zero():
    generator = torch.Generator().manual_seed(0)
    for scale in (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 30.0):
        deltas = scale * torch.randn(2_000, generator=generator)
        assert (kl.kl_k3(torch.zeros_like(deltas), deltas) >= 0).all()
    deltas = 1e-4 * torch.randn(2_000, generator=generator)
    assert (deltas.exp() - deltas - 1 < 0).any()  # the negative control: the formula as it is written


def test_old_to_new_is_estimated_at_the_old_ones_samples():
    old, new = OLD.log_softmax(0), POLICY.log_softmax(0)
    exact = (old.exp() * (old - new)).sum().item()
    assert (old.exp() * kl.kl_k3(old, new)).sum().item() == pytest.approx(exact)
    assert (old.exp() * kl.kl_k3(new, old)).sum().item() != pytest.approx(exact, rel=0.05)
