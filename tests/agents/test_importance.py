"""The correction for an engine's own log-probabilities: every mode against a loop, and its statistics by hand."""

from __future__ import annotations

import math
import random

import pytest
import torch

from reasoning_gym_ccrl.agents.importance import importance_statistics, importance_weights
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName

MODES = ["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]
LOGS = torch.tensor([1.5, 3.0]).log()
BOTH, APART = torch.tensor([0, 0]), torch.tensor([0, 1])


def weigh(mode, cap=2.0, episode_of=BOTH, n_episodes=1, logs=LOGS):
    return importance_weights(logs - 1, torch.full_like(logs, -1.0), episode_of, n_episodes, mode, cap).tolist()


@pytest.mark.parametrize(
    ("mode", "weights"),
    [
        ("none", [1, 1]),
        ("token_truncate", [1.5, 2]),
        ("token_mask", [1.5, 0]),
        ("sequence_truncate", [2, 2]),  # 1.5 * 3 = 4.5
        ("sequence_mask", [0, 0]),
    ],
)
def test_the_literals_of_the_docstring(mode, weights):
    assert weigh(mode) == pytest.approx(weights)


def test_episodes_are_weighed_apart():
    assert weigh("sequence_mask", episode_of=APART, n_episodes=2) == pytest.approx([1.5, 0])
    assert weigh("sequence_truncate", cap=5.0) == pytest.approx([4.5, 4.5])


def by_loop(mode, trainer, sampler, episode_of, cap):
    result = []
    for k, episode in enumerate(episode_of):
        members = [k] if mode.startswith("token") else [j for j, other in enumerate(episode_of) if other == episode]
        ratio = math.prod(math.exp(trainer[j] - sampler[j]) for j in members)
        if mode == "none":
            ratio = 1.0
        result.append(min(ratio, cap) if mode.endswith("truncate") else ratio if ratio <= cap else 0.0)
    return result


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_against_a_loop(mode):
    rng = random.Random(0)
    episode_of = [k // 4 for k in range(60)]
    trainer = [rng.uniform(-3, 0) for _ in range(60)]
    sampler = [value - rng.gauss(0, 0.5) for value in trainer]
    arguments = (
        torch.tensor(trainer, dtype=torch.float64, requires_grad=True),
        torch.tensor(sampler, dtype=torch.float64),
        torch.tensor(episode_of),
        15,
    )
    found = importance_weights(*arguments, mode, 1.7)
    assert not found.requires_grad
    assert found.tolist() == pytest.approx(by_loop(mode, trainer, sampler, episode_of, 1.7))
    for other in MODES:
        if other != mode:
            assert found.tolist() != pytest.approx(by_loop(other, trainer, sampler, episode_of, 1.7))


@pytest.mark.parametrize("mode", MODES[1:])
def test_equal_probabilities_weigh_one_exactly(mode):
    assert weigh(mode, logs=torch.zeros(2)) == [1.0, 1.0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("difference", [-200.0, 200.0])
def test_far_apart_all_stays_finite(mode, difference):
    weights = weigh(mode, logs=torch.full((2,), difference))
    assert all(0 <= weight <= 2 for weight in weights)
    arguments = (torch.full((2,), difference), torch.zeros(2), BOTH, 1, mode)
    assert all(math.isfinite(value) for value in importance_statistics(*arguments).values())


def test_the_statistics_by_hand():
    arguments = (LOGS - 1, torch.full((2,), -1.0), BOTH, 1)
    found = importance_statistics(*arguments, "token_truncate", 2.0)
    difference = (math.log(1.5) + math.log(3)) / 2
    assert found == pytest.approx(
        {
            "importance/mean": 2.25,
            "importance/max": 3.0,
            "importance/cut": 0.5,
            "importance/effective": 3.5**2 / (2 * 6.25),
            "importance/difference": difference,
        }
    )
    masked = importance_statistics(*arguments, "token_mask", 2.0)
    assert masked["importance/effective"] == pytest.approx(0.5)
    whole = importance_statistics(*arguments, "sequence_mask", 2.0)
    assert whole["importance/max"] == pytest.approx(4.5)
    assert (whole["importance/cut"], whole["importance/effective"]) == (1.0, 0.0)
    # Where nothing is corrected the mismatch is measured all the same.
    none = importance_statistics(*arguments, "none", 2.0)
    assert (none["importance/mean"], none["importance/effective"]) == pytest.approx((2.25, 1.0))


def test_the_statistics_of_nothing_are_those_of_no_mismatch():
    nothing = torch.zeros(0)
    found = importance_statistics(nothing, nothing, nothing.long(), 0, "token_mask", 2.0)
    assert list(found.values()) == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_wrong_options_are_refused():
    with pytest.raises(UnknownName, match="token_mask"):
        weigh("token_masks")
    with pytest.raises(InvalidOption, match=r"above 1.*received 1"):
        weigh("token_mask", cap=1.0)


def test_corrected_samples_have_the_trainers_mean():
    """What it is for: a mean at the sampler's samples, weighed, is the mean under the trainer; unweighed it is not."""
    trainer, sampler = torch.tensor([0.5, 0.3, 0.2]).double().log(), torch.tensor([0.4, 0.3, 0.3]).double().log()
    value = torch.tensor([1.0, -2.0, 5.0]).double()
    weights = importance_weights(trainer, sampler, torch.arange(3), 3, "token_truncate", 3.0)
    exact = (trainer.exp() * value).sum().item()
    assert (sampler.exp() * weights * value).sum().item() == pytest.approx(exact)
    assert (sampler.exp() * value).sum().item() != pytest.approx(exact, rel=0.05)
