"""Who gets the credit: from the payments of steps to an advantage for every sampled token.

Pure functions of numbers. A group is the G episodes of one problem; a step's payment counts from the step on.

Axes: G episodes of a group, K steps of an episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Scale = Literal["none", "std"]
Credit = Literal["episode", "step"]

_STD_EPSILON = 1e-4


def returns_to_go(payments: Sequence[float]) -> list[float]:
    """The sum of each step's payment and all later ones (no discount): [1, 0, 2] -> [3, 2, 2]."""
    total, result = 0.0, []
    for payment in reversed(payments):
        total += payment
        result.append(total)
    return result[::-1]


def group_advantages(returns: Sequence[float], scale: Scale = "none") -> list[float]:
    """Returns minus their mean, within one group; with scale="std" divided by the standard deviation.

    Equal returns give exactly zero, whatever the rounding. "none" is Dr. GRPO's choice: dividing by the standard
    deviation weighs problems by how unsure the policy is of them, and so bends calibration terms.

    Args:
        returns: one per episode of the group.
        scale: "none" or "std" (Bessel's, plus 1e-4).

    Source: GRPO, arXiv 2402.03300, section 4.1; Dr. GRPO, arXiv 2503.20783. Returns 1, 0 give 0.5, -0.5.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.size == 0 or np.all(values == values[0]):
        return [0.0] * values.size
    centred = values - values.mean()
    if scale == "std":
        centred = centred / (values.std(ddof=1) + _STD_EPSILON)
    return [float(value) for value in centred]


def step_advantages(payments: Sequence[Sequence[float]], scale: Scale = "none") -> list[list[float]]:
    """Step-level group advantages: each step's return to go, against the group's at the same step.

    Steps that only one episode reached have nothing to be compared with; they fall back on the episode's own
    advantage, so that writing a longer solution than everybody else is neither free nor punished by itself.

    Args:
        payments: [G][K] payments of each episode's steps.
        scale: as in `group_advantages`.

    Returns:
        [G][K] advantages, one for each step of each episode.

    Source: process supervision in GRPO, arXiv 2402.03300, section 4.1.3, with returns in the place of normalised
        rewards. Payments [[0, 1], [0, 0]] give [[0.5, 0.5], [-0.5, -0.5]].
    """
    to_go = [returns_to_go(row) for row in payments]
    whole = group_advantages([sum(row) for row in payments], scale)
    result = [[0.0] * len(row) for row in to_go]
    for index in range(max(map(len, to_go), default=0)):
        members = [episode for episode, row in enumerate(to_go) if len(row) > index]
        if len(members) == 1:
            result[members[0]][index] = whole[members[0]]
            continue
        advantages = group_advantages([to_go[episode][index] for episode in members], scale)
        for episode, advantage in zip(members, advantages, strict=True):
            result[episode][index] = advantage
    return result


def confidence_advantages(scores: Sequence[float], outcomes: Sequence[bool]) -> list[float]:
    """Advantages for the tokens that state a confidence: what stating it earned, against its like.

    What a confidence earns is compared with the mean over the n confidences with the same outcome. That outcome does
    not depend on the confidence, so the expected gradient keeps its direction (and (n - 1) / n of its length, as in
    any group whose mean holds the sample itself), and right and wrong steps pull with their own strength.

    Args:
        scores: what stating each confidence earned.
        outcomes: whether the step it was stated about was right.

    Returns:
        One advantage per confidence; those of each outcome sum to zero.

    Scores 0.99, 0.75 of right steps and -0.81, -0.01 of wrong ones give 0.12, -0.12, -0.4, 0.4.
    """
    values = np.asarray(scores, dtype=np.float64)
    right = np.asarray(outcomes, dtype=bool)
    result = np.zeros_like(values)
    for mask in (right, ~right):
        if mask.any():
            result[mask] = values[mask] - values[mask].mean()
    return [float(value) for value in result]
