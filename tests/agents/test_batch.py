from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.batch import make_batch, micro_batches

from .models import token_episode

EOS = 1


def batch_of(pad_id):
    episodes = [token_episode([5, 6, 7], [8, EOS, 9, EOS], [-0.1, -0.2, -0.3, -0.4]), token_episode([EOS, 5], [EOS])]
    advantages = [[9.0, 9.0, 9.0, 1.0, 2.0, 3.0, 4.0], [9.0, 9.0, -1.0]]
    return make_batch(episodes, advantages, pad_id)


@pytest.mark.parametrize("pad_id", [0, EOS])
def test_masks_go_by_length_and_never_by_token(pad_id):
    batch = batch_of(pad_id)
    assert batch.input_ids.tolist() == [[5, 6, 7, 8, EOS, 9, EOS], [EOS, 5, EOS, *[pad_id] * 4]]
    assert batch.response_mask.tolist() == [[False] * 3 + [True] * 4, [False, False, True] + [False] * 4]
    assert batch.attention_mask.tolist() == [[True] * 7, [True] * 3 + [False] * 4]
    assert batch.n_scored == 5
    # Negative control: a mask read off the tokens would lose the end-of-sequence tokens where they pad as well.
    assert ((batch.input_ids != EOS) & batch.attention_mask).sum() != batch.n_scored


def test_numbers_stand_where_the_policy_sampled_and_nowhere_else():
    batch = batch_of(0)
    assert batch.advantages.tolist() == [[0, 0, 0, 1, 2, 3, 4], [0, 0, -1, 0, 0, 0, 0]]
    torch.testing.assert_close(batch.old_logprobs[0], torch.tensor([0, 0, 0, -0.1, -0.2, -0.3, -0.4]))
    assert batch.old_logprobs[1].tolist() == [0, 0, -1, 0, 0, 0, 0]


def test_advantages_of_another_length_are_refused():
    with pytest.raises((ValueError, RuntimeError)):
        make_batch([token_episode([5], [6])], [[1.0, 2.0, 3.0]], 0)
    with pytest.raises(ValueError, match="zip"):
        make_batch([token_episode([5], [6])], [[1.0, 2.0], [1.0]], 0)


def test_micro_batch_literals():
    assert list(micro_batches([5, 1, 4, 1], max_tokens=8)) == [[1, 3], [2], [0]]
    assert list(micro_batches([3, 3, 3], max_tokens=100)) == [[0, 1, 2]]
    assert list(micro_batches([], max_tokens=8)) == []


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 120))
def test_micro_batches_hold_every_index_once_and_keep_to_the_budget(lengths, max_tokens):
    groups = list(micro_batches(lengths, max_tokens))
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        longest = max(lengths[index] for index in group)
        assert len(group) == 1 or longest * len(group) <= max_tokens  # one that is too long goes alone
