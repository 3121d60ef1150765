"""Adding up: the three means of the papers, and that nothing depends on how a step is cut into micro-batches."""

from __future__ import annotations

import random

import pytest
import torch

from reasoning_gym_ccrl.agents import losses
from reasoning_gym_ccrl.errors import InvalidInput, UnknownName

COUNTS = {"n_tokens": 4, "n_episodes": 2, "max_new_tokens": 5}


@pytest.mark.parametrize(
    ("how", "weights"), [("token", [1 / 4, 1 / 4]), ("episode", [1 / 2, 1 / 6]), ("constant", [1 / 10, 1 / 10])]
)
def test_episode_weight_literals(how, weights):
    assert losses.episode_weights([1, 3], how, **COUNTS).tolist() == pytest.approx(weights)
    assert losses.episode_weights(torch.tensor([1, 3]), how, **COUNTS).tolist() == pytest.approx(weights)


def in_words(how, rows, max_new_tokens):
    """The three means as their papers say them, of lists of numbers."""
    if how == "token":
        return sum(map(sum, rows)) / sum(map(len, rows))
    if how == "episode":
        return sum(sum(row) / len(row) for row in rows) / len(rows)
    return sum(map(sum, rows)) / (len(rows) * max_new_tokens)


@pytest.mark.parametrize("how", ["token", "episode", "constant"])
@pytest.mark.parametrize("cuts", [(8,), (4, 8), (1, 2, 3, 4, 5, 6, 7, 8), (1, 6, 8)])
def test_the_loss_does_not_depend_on_how_the_step_is_cut(how, cuts):
    rng = random.Random(2)
    rows = [[rng.gauss(0, 1) for _ in range(n)] for n in (1, 9, 4, 4, 2, 7, 12, 3)]
    counts = {"n_tokens": sum(map(len, rows)), "n_episodes": len(rows), "max_new_tokens": 12}
    total, start = 0.0, 0
    for end in cuts:
        part = rows[start:end]
        lengths = [len(row) for row in part]
        weights = losses.episode_weights(lengths, how, **counts)
        episode_of = torch.arange(len(part)).repeat_interleave(torch.tensor(lengths))
        total += (weights[episode_of] * torch.tensor([value for row in part for value in row])).sum().item()
        start = end
    expected = in_words(how, rows, 12)
    assert total == pytest.approx(expected, rel=1e-5)
    # The negative control: the mean of the micro-batches' own means.
    starts = (0, *cuts[:-1])
    own = sum(in_words(how, rows[a:b], 12) for a, b in zip(starts, cuts, strict=True)) / len(cuts)
    uneven = cuts in {(1, 6, 8)} or (how == "token" and len(cuts) > 1)
    assert (own == pytest.approx(expected, rel=1e-3)) is not uneven


@pytest.mark.parametrize("how", ["token", "episode"])
def test_the_weights_of_all_tokens_sum_to_one(how):
    lengths = torch.tensor([3, 1, 8, 5])
    weights = losses.episode_weights(lengths, how, n_tokens=17, n_episodes=4, max_new_tokens=8)
    assert (weights * lengths).sum().item() == pytest.approx(1)
    constant = losses.episode_weights(lengths, "constant", n_tokens=17, n_episodes=4, max_new_tokens=8)
    assert (constant * lengths).sum().item() == pytest.approx(17 / 32)


def test_an_episode_with_no_scored_token_has_a_finite_weight():
    assert losses.episode_weights([0, 2], "episode", **COUNTS).tolist() == [0.0, 0.25]


def test_counts_and_names_that_cannot_be_are_refused():
    with pytest.raises(InvalidInput, match="n_tokens=0"):
        losses.episode_weights([], "token", n_tokens=0, n_episodes=1, max_new_tokens=1)
    with pytest.raises(UnknownName, match="episode"):
        losses.episode_weights([1], "episodes", **COUNTS)


LENGTHS = [1, 9, 4, 4, 2, 7, 12, 3]


def step_gradient(name, how, cuts):
    """The gradient of a step for each token's log-probability, summed over micro-batches, which end at `cuts`."""
    generator = torch.Generator().manual_seed(4)
    n = sum(LENGTHS)
    new = -3 * torch.rand(n, generator=generator, dtype=torch.float64)
    old = new + 0.4 * torch.randn(n, generator=generator, dtype=torch.float64)
    reference = new + torch.randn(n, generator=generator, dtype=torch.float64)
    advantages = torch.randn(n, generator=generator, dtype=torch.float64)
    new.requires_grad_()
    ends = torch.tensor(LENGTHS).cumsum(0).tolist()
    first = 0
    for last in cuts:
        tokens = slice(ends[first - 1] if first else 0, ends[last - 1])
        lengths = LENGTHS[first:last]
        episode_of = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
        part = (new[tokens], old[tokens], advantages[tokens], episode_of, len(lengths))
        values = losses.POLICY_LOSSES[name](*part, losses.Clip()).loss
        values = values + 0.1 * losses.kl_k3(new[tokens], reference[tokens])
        values = values * losses.importance_weights(old[tokens], reference[tokens], *part[3:], "sequence_truncate", 2.0)
        weights = losses.episode_weights(lengths, how, n_tokens=n, n_episodes=len(LENGTHS), max_new_tokens=12)
        (weights[episode_of] * values).sum().backward()
        first = last
    return new.grad


@pytest.mark.parametrize("how", ["token", "episode", "constant"])
@pytest.mark.parametrize("name", sorted(losses.POLICY_LOSSES))
def test_gradients_of_one_times_eight_two_times_four_and_eight_times_one_are_the_same(name, how):
    whole = step_gradient(name, how, [8])
    assert whole.abs().max() > 0
    for cuts in ([4, 8], [1, 2, 3, 4, 5, 6, 7, 8], [3, 8]):
        torch.testing.assert_close(step_gradient(name, how, cuts), whole, atol=1e-12, rtol=1e-9)
    other = next(each for each in ("token", "episode", "constant") if each != how)
    assert (step_gradient(name, other, [8]) - whole).abs().max() > 1e-3
