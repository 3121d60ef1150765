"""The shapes that the signatures state are enforced while the tests run: wrong ones, and wrong kinds, are refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from reasoning_gym_ccrl.agents import advantages, losses


@pytest.fixture(autouse=True)
def _hooked(loaded_too_early):
    if loaded_too_early:
        pytest.skip(f"imported before the hook, by tests of another folder: {', '.join(loaded_too_early)}")


def test_right_shapes_pass():
    assert losses.clip_loss(torch.zeros(3), torch.zeros(3), torch.ones(3)).shape == (3,)
    assert losses.expected_loss(torch.zeros(2, 3), torch.ones(2, 3)).shape == (2,)
    losses.clip_loss(torch.zeros(3), torch.zeros(3), torch.ones(3), 1, 1)  # an int where a float is asked for


def test_axes_of_one_name_are_of_one_length():
    with pytest.raises(TypeCheckError):
        losses.clip_loss(torch.zeros(3), torch.zeros(2), torch.ones(3))
    with pytest.raises(TypeCheckError):  # would broadcast, and give a number that means nothing
        losses.clip_loss(torch.zeros(3), torch.zeros(1), torch.ones(3))
    with pytest.raises(TypeCheckError):
        losses.expected_loss(torch.zeros(2, 3), torch.ones(2, 2))


def test_the_number_of_axes_is_held():
    with pytest.raises(TypeCheckError):
        losses.kl_k3(torch.zeros(2, 3), torch.zeros(2, 3))
    with pytest.raises(TypeCheckError):
        advantages.gae(np.zeros((2, 2)), np.zeros((2, 2)))


def test_the_kind_of_number_is_held():
    with pytest.raises(TypeCheckError):
        losses.sequence_ratio(torch.zeros(3), torch.zeros(3), torch.zeros(3), 1)  # episodes are counted in integers
    with pytest.raises(TypeCheckError):
        losses.reinforce_loss(torch.zeros(3), torch.zeros(3, dtype=torch.long))


def test_every_function_of_the_mathematics_is_reached():
    """Else a module that is left out of the hook would go unchecked in silence."""
    for module in (losses, advantages):
        named = [name for name in vars(module) if not name.startswith("__")]
        ours = [
            getattr(module, name)
            for name in named
            if getattr(getattr(module, name), "__module__", "") == module.__name__
        ]
        functions = [each for each in ours if callable(each) and not isinstance(each, type)]
        assert len(functions) > 8
        assert all(hasattr(each, "__wrapped__") for each in functions), [each.__name__ for each in functions]
