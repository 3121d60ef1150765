from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.batch import make_batch, micro_batches, prompt_length
from reasoning_gym_ccrl.errors import InvalidInput

from .models import token_episode

EOS = 1


def batch_of(pad_id):
    episodes = [
        token_episode([5, 6, 7], [8, EOS, 9, EOS], [-0.1, -0.2, -0.3, -0.4]),
        token_episode([EOS, 5], [EOS]),
        token_episode([5, 6, 7], [2]),
    ]
    advantages = [[9.0, 9.0, 9.0, 1.0, 2.0, 3.0, 4.0], [9.0, 9.0, -1.0], [9.0, 9.0, 9.0, 5.0]]
    return make_batch(episodes, advantages, pad_id)


@pytest.mark.parametrize("pad_id", [0, EOS])
def test_masks_go_by_length_and_never_by_token(pad_id):
    batch = batch_of(pad_id)
    assert batch.prompt_ids.tolist() == [[5, 6, 7], [pad_id, EOS, 5]]
    assert batch.prompt_mask.tolist() == [[True] * 3, [False, True, True]]
    assert batch.prompt_of.tolist() == [0, 1, 0]  # one prompt, two attempts: held once
    assert batch.response_ids.tolist() == [[8, EOS, 9, EOS], [EOS, *[pad_id] * 3], [2, *[pad_id] * 3]]
    for mask in (batch.response_mask, batch.attention_mask):
        assert mask.tolist() == [[True] * 4, [True, False, False, False], [True, False, False, False]]
    assert batch.n_scored == 6
    assert batch.targets.tolist() == [8, EOS, 9, EOS, EOS, 2]
    # Negative control: a mask read off the tokens would lose the end-of-sequence tokens where they pad as well.
    assert ((batch.response_ids != EOS) & batch.attention_mask).sum() != batch.n_scored


def test_numbers_stand_where_the_policy_sampled_and_nowhere_else():
    batch = batch_of(0)
    assert batch.advantages.tolist() == [[1, 2, 3, 4], [-1, 0, 0, 0], [5, 0, 0, 0]]
    torch.testing.assert_close(batch.old_logprobs[0], torch.tensor([-0.1, -0.2, -0.3, -0.4]))
    assert batch.old_logprobs[1].tolist() == [-1, 0, 0, 0]


def test_what_the_environment_said_in_between_is_read_and_not_scored():
    talked = token_episode([5, 6], [7, 3, 8])
    talked = type(talked)(
        talked.problem,
        (),
        True,
        False,
        token_ids=talked.token_ids,
        response_mask=(False, False, True, False, True),
        sampler_logprobs=(0.0, 0.0, -0.5, 0.0, -0.25),
    )
    batch = make_batch([talked], [[9.0, 9.0, 1.0, 9.0, 2.0]], 0)
    assert batch.prompt_ids.tolist() == [[5, 6]]
    assert batch.response_mask.tolist() == [[True, False, True]]
    assert batch.attention_mask.all()
    assert batch.advantages.tolist() == [[1.0, 0.0, 2.0]]


def test_advantages_of_another_length_are_refused():
    with pytest.raises((ValueError, RuntimeError)):
        make_batch([token_episode([5], [6])], [[1.0, 2.0, 3.0]], 0)
    with pytest.raises(ValueError, match="zip"):
        make_batch([token_episode([5], [6])], [[1.0, 2.0], [1.0]], 0)


@pytest.mark.parametrize(
    ("prompt", "response", "said"), [([], [6, 7], "samples its first"), ([5, 6], [], "no sampled")]
)
def test_an_episode_that_cannot_be_trained_on_is_refused(prompt, response, said):
    episode = token_episode(prompt, response)
    with pytest.raises(InvalidInput, match=said):
        prompt_length(episode)


def episodes_of(*shapes):
    """Episodes of (name of the prompt, its length, length of the response)."""
    return [token_episode([name] * prompt, [9] * response) for name, prompt, response in shapes]


def test_micro_batch_literals():
    four = episodes_of((2, 2, 5), (3, 3, 1), (2, 2, 4), (3, 3, 1))
    # The second prompt's attempts are shorter and come first: 3 + 2 x 1 tokens; then 2 + 2 x 5.
    assert list(micro_batches(four, max_tokens=12)) == [[1, 3], [2, 0]]
    # All together: 2 x 3 tokens of prompts and 4 x 5 of responses.
    assert list(micro_batches(four, max_tokens=26)) == [[1, 3, 2, 0]]
    assert list(micro_batches(four, max_tokens=11)) == [[1, 3], [2], [0]]
    assert list(micro_batches([], max_tokens=8)) == []


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 50)), max_size=30),
    st.integers(1, 200),
)
def test_micro_batches_hold_every_index_once_and_keep_to_the_budget(shapes, max_tokens):
    episodes = episodes_of(*((name, 3 * name + 1, response) for name, response in shapes))
    batches = list(micro_batches(episodes, max_tokens))
    assert sorted(index for batch in batches for index in batch) == list(range(len(episodes)))
    for batch in batches:
        held = make_batch([episodes[i] for i in batch], [[0.0] * len(episodes[i].token_ids) for i in batch], 0)
        n_tokens = held.prompt_ids.numel() + held.response_ids.numel()
        assert len(batch) == 1 or n_tokens <= max_tokens  # one that is too long goes alone
