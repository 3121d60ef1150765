"""Estimators of KL(policy || reference) from samples of the policy, and what each one's gradient really is.

With d = log reference - log policy at a sampled token, and KL(p, q) the mean under p of log p - log q:

    estimate            its mean                gradient as a loss      gradient as a payment
    k1 = -d             KL(policy, reference)   0                       KL(policy, reference)
    k2 = d² / 2         near it, for small d    KL(policy, reference)   none of a KL
    k3 = e^d - d - 1    KL(policy, reference)   KL(reference, policy)   KL(policy, reference) - KL(reference, policy)
    k3 * ratio          KL(policy, reference)   KL(policy, reference)   not meant for it

The two columns on the right say of which expression the gradient is. As a loss, the estimate is differentiated at the
sampled tokens; as a payment, its value multiplies the gradient of the token's log-probability. So k1 belongs in the
reward and never in the loss; k2, or k3 times the ratio (`bias_corrected`), in the loss alone; k3 in the loss, as GRPO
has it, pulls by the other KL, which has the same optimum.

Axes: S sampled tokens in one flat row.
"""

# ruff: noqa: F722 (the strings in annotations are shapes, not types)

from __future__ import annotations

from collections.abc import Callable, Mapping

from jaxtyping import Float
from torch import Tensor

# exp(20) is far beyond any use; in float32, exp(89) is infinite, and its gradient with it.
_LARGEST_EXPONENT = 20.0


def kl_k1(logprobs: Float[Tensor, " S"], reference_logprobs: Float[Tensor, " S"]) -> Float[Tensor, " S"]:
    """The difference of log-probabilities in nats, log policy - log reference: for rewards, never for losses.

    Its mean is the KL, its single values have either sign. As a loss its expected gradient is zero.

    Source: Schulman, "Approximating KL divergence", 2020. Log-probabilities -1 and -2 give 1.
    """
    return logprobs - reference_logprobs


def kl_k2(logprobs: Float[Tensor, " S"], reference_logprobs: Float[Tensor, " S"]) -> Float[Tensor, " S"]:
    """Half the squared difference of log-probabilities: as a loss it has the KL's own gradient.

    Biased as an estimate of the value: for p = 0.6, 0.4 against 0.5, 0.5 it is 0.0199 in the mean, the KL 0.0201.

    Source: Schulman, "Approximating KL divergence", 2020. Log-probabilities -1 and -3 give 2.
    """
    return (logprobs - reference_logprobs) ** 2 / 2


def kl_k3(logprobs: Float[Tensor, " S"], reference_logprobs: Float[Tensor, " S"]) -> Float[Tensor, " S"]:
    """The difference and a term of mean zero that takes its noise away: exp(d) - d - 1, never negative.

    d = reference - policy is held at 20 from above: what is a thousand million times likelier under the reference than
    under the policy that sampled it has a finite value and no gradient, in place of an infinite one. Below there is
    nothing to hold: the value grows like -d and its gradient stays at one.

    With old and new log-probabilities, in this order, it estimates KL(old || new) at samples of the old policy.

    Source: Schulman, "Approximating KL divergence", 2020; as a loss, GRPO, arXiv 2402.03300, equation 4. d = -1 gives
    0.368.
    """
    delta = (reference_logprobs - logprobs).clamp(max=_LARGEST_EXPONENT)
    # expm1, since exp(d) - 1 loses all digits where the policies are near, and the sign with them.
    return delta.expm1() - delta


def bias_corrected(
    kl: Float[Tensor, " S"], logprobs: Float[Tensor, " S"], old_logprobs: Float[Tensor, " S"]
) -> Float[Tensor, " S"]:
    """An estimate times the ratio of new to old probability, differentiated through both.

    With k3 the expected gradient is that of KL(policy || reference), also where the policy has moved away from the one
    that sampled. The ratio is one where it has not, and still changes the gradient.

    Source: DeepSeek-V3.2, arXiv 2512.02556, equation 7; TRL's `use_bias_correction_kl`, which is on by default, here
        off. An estimate of 0.5 at a ratio of 1.2 gives 0.6.
    """
    return kl * (logprobs - old_logprobs).exp()


KL_ESTIMATORS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"k1": kl_k1, "k2": kl_k2, "k3": kl_k3}
"""By name. Each takes the policy's log-probabilities first."""
