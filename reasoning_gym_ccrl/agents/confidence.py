"""Where a confidence comes from when the model does not state it: the probability of the digits it wrote.

Pure functions of the sampler's log-probabilities (in nats, at the sampling temperature).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ..errors import unknown_name


def mean_probability(logprobs: Sequence[float]) -> float:
    """exp(mean log p), the geometric mean, in (0, 1]: digits of probability 0.9 and 0.4 give 0.6.

    Source: the documented choice for the confidence of a computed number in CCRL (arXiv 2601.21909 leaves it open).
    """
    return math.exp(math.fsum(logprobs) / len(logprobs))


def product_probability(logprobs: Sequence[float]) -> float:
    """exp(sum log p): the probability of the whole number; digits of 0.9 and 0.4 give 0.36."""
    return math.exp(math.fsum(logprobs))


def minimum_probability(logprobs: Sequence[float]) -> float:
    """The least probable digit's probability; digits of 0.9 and 0.4 give 0.4."""
    return math.exp(min(logprobs))


TOKEN_CONFIDENCES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "token_mean": mean_probability,
    "token_product": product_probability,
    "token_minimum": minimum_probability,
}


def check_confidence_source(name: str) -> str:
    """Returns the name if it is "stated" or one of TOKEN_CONFIDENCES, else raises UnknownName."""
    if name != "stated" and name not in TOKEN_CONFIDENCES:
        raise unknown_name("confidence source", name, ["stated", *TOKEN_CONFIDENCES])
    return name


def computed_number_span(text: str) -> tuple[int, int] | None:
    """The half-open range of characters of the number a step computes: the last one, after the last "=".

    Operands that were copied in front of the "=" do not count, nor do superscripts ("12 m²"). None where there is
    no digit.

    >>> computed_number_span("cost = 3 * 4 = 12 dollars")
    (15, 17)
    """
    end = len(text)
    start = text.rfind("=") + 1
    while end > start and not text[end - 1].isdecimal():
        end -= 1
    if end == start:
        return None
    first = end
    while first > start and (text[first - 1].isdecimal() or text[first - 1] in ".,/"):
        first -= 1
    return (first, end)
