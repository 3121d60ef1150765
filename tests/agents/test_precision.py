"""Products in bfloat16 change the last digits and nothing else: padding stays unseen, however prompts are read."""

from __future__ import annotations

import pytest
import torch
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.scorer import Scorer
from reasoning_gym_ccrl.agents.value import ValueHead

from .models import gpt2, llama, token_episode

# Prompts of uneven lengths, so that there is padding on the left.
EPISODES = [([5, 6, 7], [8, 2, 9, 1]), ([5], [20, 21, 22, 3, 4, 5, 6]), ([3, 3, 4, 4, 4, 9, 2, 2, 2], [7, 7])]


def scores(make, precision, share_prompts):
    model = make(40)
    config = TrainConfig(precision=precision, share_prompts=share_prompts)
    head = ValueHead(model)
    torch.nn.init.normal_(head.head.weight, std=0.1, generator=torch.Generator().manual_seed(0))
    episodes = [token_episode(*each) for each in EPISODES]
    with torch.no_grad():
        found = Scorer(model, config, head)(make_batch(episodes, [[0.0] * len(e.token_ids) for e in episodes], 0))
    return torch.cat([found.logprobs, found.entropies, found.values])


@pytest.mark.parametrize("share_prompts", [True, False])
@pytest.mark.parametrize("make", [llama, gpt2])
def test_padding_is_not_seen_in_mixed_precision(make, share_prompts, monkeypatch):
    monkeypatch.setattr("reasoning_gym_ccrl.agents.logprobs.trees_are_cheaper", lambda *_: False)
    exact = scores(make, "float32", share_prompts)
    near = scores(make, "bfloat16", share_prompts)
    assert 0 < (near - exact).abs().max() < 0.3
    # The negative control: where transformers is told of no mask for our attention, it makes none.
    monkeypatch.delitem(ALL_MASK_ATTENTION_FUNCTIONS._global_mapping, "sdpa_float32")
    assert (scores(make, "bfloat16", share_prompts) - exact).abs().max() > 1.0


@pytest.mark.parametrize("make", [llama, gpt2])
def test_layers_that_run_again_in_the_backward_pass_run_as_they_did(make):
    """The backward pass comes when mixed precision is over, and its attention with it."""
    episodes = [token_episode(*each) for each in EPISODES]
    batch = make_batch(episodes, [[0.0] * len(e.token_ids) for e in episodes], 0)

    def gradient(**settings):
        model = make(40)
        config = TrainConfig(share_prompts=False, **settings)
        Scorer(model, config)(batch).logprobs.sum().backward()
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])

    kept = gradient(precision="bfloat16")
    again = gradient(precision="bfloat16", gradient_checkpointing=True)
    assert torch.equal(again, kept)
    exact = gradient(precision="float32")
    assert 1e-4 < (again - exact).norm() / exact.norm() < 0.1  # the negative control: bfloat16 is at work
