"""Who gets the credit: from the payments of steps to an advantage for every sampled token.

Pure functions of numbers. A group is the G episodes of one problem; a step's payment counts from the step on.

Axes: G episodes of a group, K steps of an episode, or its sampled tokens, one after the other: what the environment
wrote in between is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from ..errors import InvalidInput, InvalidOption

Scale = Literal["none", "std"]
Floats = Float[np.ndarray, " K"]

_STD_EPSILON = 1e-4
_WHITENING_EPSILON = 1e-8
# Sums of the same payments in another order differ by less, relative to their size.
_ROUNDING = 1e-9


def returns_to_go(payments: Sequence[float]) -> list[float]:
    """The sum of each step's payment and all later ones (no discount).

    >>> returns_to_go([1, 0, 2])
    [3.0, 2.0, 2.0]
    """
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

    Source: GRPO, arXiv 2402.03300, section 4.1; Dr. GRPO, arXiv 2503.20783. Ours has no "std" by default.

    >>> group_advantages([1, 0])
    [0.5, -0.5]
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.size == 0 or np.all(values == values[0]):
        return [0.0] * values.size
    centred = values - values.mean()
    if scale == "std":
        centred = centred / (values.std(ddof=1) + _STD_EPSILON)
    return [float(value) for value in centred]


def batch_advantages(groups: Sequence[Sequence[float]]) -> list[list[float]]:
    """Returns minus their group's mean, divided by the standard deviation over all groups (Bessel's, plus 1e-4).

    A group in which hardly anything differs is not blown up to the size of the others, as it is where every group is
    divided by its own.

    Args:
        groups: one return per episode, for each group of the update.

    Source: Liu et al., "Tricks or Traps?", arXiv 2508.08221; TRL's scale_rewards="batch". Returns 1, 0 and 1, 1 have
        the standard deviation 0.5.

    >>> [[round(value, 3) for value in group] for group in batch_advantages([[1, 0], [1, 1]])]
    [[1.0, -1.0], [0.0, 0.0]]
    """
    spread = batch_spread([value for group in groups for value in group])
    return [[value / spread for value in group_advantages(group)] for group in groups]


def batch_spread(returns: Sequence[float]) -> float:
    """What `batch_advantages` divides by: Bessel's standard deviation of all returns, plus 1e-4; 1 of fewer than two.

    >>> round(batch_spread([1, 0, 1, 1]), 4)
    0.5001
    """
    return float(np.std(np.asarray(returns, dtype=np.float64), ddof=1)) + _STD_EPSILON if len(returns) > 1 else 1.0


def leave_one_out_advantages(returns: Sequence[float]) -> list[float]:
    """Each return minus the mean of the others in its group; 0 for an episode that has no others.

    The baseline does not depend on the episode itself, so the expected gradient keeps its direction and its length;
    `group_advantages`, (G - 1) / G times these, shortens it.

    Args:
        returns: one per episode of the group.

    Source: RLOO, arXiv 2402.14740, section 2; Kool et al., 2019.

    >>> leave_one_out_advantages([1, 0, 0])
    [1.0, -0.5, -0.5]
    """
    n = len(returns)
    return [value * n / (n - 1) for value in group_advantages(returns)] if n > 1 else [0.0] * n


def is_informative(group_returns: Sequence[float]) -> bool:
    """Whether the episodes of a group earned differently, beyond rounding, so that comparing them teaches anything.

    Source: dynamic sampling, DAPO, arXiv 2503.14476, equation 11, which asks that some answers but not all are right;
        with rewards that are no mere right and wrong, ours asks for any difference.

    >>> is_informative([1, 0]), is_informative([0.1 + 0.2, 0.3]), is_informative([])
    (True, False, False)
    """
    values = np.asarray(group_returns, dtype=np.float64)
    return bool(values.size and np.ptp(values) > _ROUNDING * np.abs(values).max())


def step_advantages(
    payments: Sequence[Sequence[float]],
    scale: Scale = "none",
    *,
    against: Callable[[Sequence[float]], list[float]] | None = None,
) -> list[list[float]]:
    """Step-level group advantages: each step's return to go, against the group's at the same step.

    Steps that only one episode reached have nothing to be compared with; they fall back on the episode's own
    advantage, so that writing a longer solution than everybody else is neither free nor punished by itself.

    Args:
        payments: [G][K] payments of each episode's steps.
        scale: as in `group_advantages`.
        against: compares the returns of a group, such as `leave_one_out_advantages`; by default `group_advantages`.

    Returns:
        [G][K] advantages, one for each step of each episode.

    Source: process supervision in GRPO, arXiv 2402.03300, section 4.1.3, with returns in the place of normalised
        rewards.

    >>> step_advantages([[0, 1], [0, 0]])
    [[0.5, 0.5], [-0.5, -0.5]]
    """
    compare = against or (lambda returns: group_advantages(returns, scale))
    to_go = [returns_to_go(row) for row in payments]
    whole = compare([sum(row) for row in payments])
    result = [[0.0] * len(row) for row in to_go]
    for index in range(max(map(len, to_go), default=0)):
        members = [episode for episode, row in enumerate(to_go) if len(row) > index]
        if len(members) == 1:
            result[members[0]][index] = whole[members[0]]
            continue
        advantages = compare([to_go[episode][index] for episode in members])
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


def whitened(values: Sequence[float] | Floats, *, shift: bool = True) -> Floats:
    """Values of a whole update brought to mean zero and standard deviation one (Bessel's, plus 1e-8).

    Equal values give exactly zero. The sampled tokens of all episodes, over all processes, belong in one call.

    Args:
        values: one for each sampled token.
        shift: False keeps the mean, and divides alone.

    Source: REINFORCE++, arXiv 2501.03262, section 3 (there for advantages); PPO as in OpenAI Baselines.

    >>> whitened([1.0, 2.0, 3.0]).round(6).tolist()
    [-1.0, 0.0, 1.0]
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0 or np.all(array == array[0]):
        return np.zeros_like(array) if shift else array.copy()
    centred = (array - array.mean()) if shift else array
    return np.asarray(centred / (array.std(ddof=1) + _WHITENING_EPSILON))


def token_returns(rewards: Sequence[float] | Floats, gamma: float = 1.0) -> Floats:
    """The discounted sum of each sampled token's reward and all later ones: advantages with no baseline.

    Args:
        rewards: one for each sampled token of one episode; a step's payment lies on its last one.
        gamma: discount per token.

    Source: REINFORCE++, arXiv 2501.03262, section 3, which has gamma = 1.

    >>> token_returns([0.0, 1.0, 2.0], 0.5).tolist()
    [1.0, 2.0, 2.0]
    """
    _check_share("gamma", gamma)
    total, result = 0.0, []
    for reward in reversed(np.asarray(rewards, dtype=np.float64).tolist()):
        total = reward + gamma * total
        result.append(total)
    return np.array(result[::-1])


def gae(
    rewards: Sequence[float] | Floats,
    values: Sequence[float] | Floats,
    bootstrap: float = 0.0,
    gamma: float = 1.0,
    lam: float = 0.95,
) -> tuple[Floats, Floats]:
    """Generalised advantage estimates and the value head's targets, over the sampled tokens of one episode.

    A_t = delta_t + gamma lam A_(t+1) with delta_t = r_t + gamma V_(t+1) - V_t; targets are A + V. Tokens that the
    environment wrote are no decisions: they are left out before, so that the token after an observation is the next
    one. A recursion that runs over them discounts twice, or reads values that were never trained.

    Args:
        rewards: one for each sampled token; a step's payment lies on its last one.
        values: the value before each of them, by the head as it was when they were sampled.
        bootstrap: the value after the last token where a budget cut the episode off (truncated); 0 where it came to its
            end (terminated), for then nothing more can be earned.
        gamma: discount per token, 0 to 1.
        lam: lambda, 0 (one step) to 1 (the whole return).

    Returns:
        advantages and targets.

    Raises:
        InvalidInput: rewards and values of different lengths.
        InvalidOption: gamma or lambda outside of [0, 1].

    Source: GAE, arXiv 1506.02438, equation 16; targets, PPO, arXiv 1707.06347, equation 9.

    >>> advantages, targets = gae([0.0, 1.0], [0.5, 0.6], gamma=1.0, lam=0.5)
    >>> advantages.round(3).tolist(), targets.round(3).tolist()  # 1 - 0.6; then 0.6 - 0.5 + 0.5 * 0.4
    ([0.3, 0.4], [0.8, 1.0])
    """
    _check_share("gamma", gamma)
    _check_share("lambda", lam)
    if len(rewards) != len(values):
        raise InvalidInput(
            f"Every sampled token has one reward and one value; received {len(rewards)} and {len(values)}. Leave out "
            "the tokens that the environment wrote from both."
        )
    before = np.asarray(values, dtype=np.float64)
    after, advantage, result = float(bootstrap), 0.0, []
    for reward, value in zip(
        reversed(np.asarray(rewards, dtype=np.float64).tolist()), reversed(before.tolist()), strict=True
    ):
        advantage = reward + gamma * after - value + gamma * lam * advantage
        after = value
        result.append(advantage)
    advantages = np.array(result[::-1])
    return advantages, advantages + before


def soft_overlong_penalty(length: int, max_new_tokens: int, buffer: int) -> float:
    """What a response pays for its length: 0, then falling over the last `buffer` tokens of the budget to -1.

    Args:
        length: sampled tokens.
        max_new_tokens: the budget.
        buffer: tokens at its end in which length costs; 0 costs nothing up to the budget.

    Raises:
        InvalidOption: a buffer that is negative or larger than the budget.

    Source: DAPO, arXiv 2503.14476, equation 13.

    >>> [soft_overlong_penalty(length, 100, 20) for length in (80, 85, 100, 101)]
    [0.0, -0.25, -1.0, -1.0]
    """
    if not 0 <= buffer <= max_new_tokens:
        raise InvalidOption(
            f"The buffer lies within the budget of {max_new_tokens} tokens; received {buffer} tokens for it."
        )
    if length <= max_new_tokens - buffer:
        return 0.0
    return -1.0 if length > max_new_tokens else -(length - (max_new_tokens - buffer)) / buffer


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InvalidOption(f"{name} lies between 0 and 1; received {value}.")
