"""The value head: zero at first, in full precision, on the policy's states or on those of a trunk of its own."""

from __future__ import annotations

import copy

import pytest
import torch

from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.logprobs import response_hidden
from reasoning_gym_ccrl.agents.value import ValueHead
from reasoning_gym_ccrl.errors import InvalidOption

from .models import gpt2, llama, token_episode

EPISODES = [token_episode([5, 6], [7, 8, 9]), token_episode([5, 6], [3]), token_episode([4], [2, 2])]


def batch():
    return make_batch(EPISODES, [[0.0] * len(episode.token_ids) for episode in EPISODES], 1)


def told(head, model):
    hidden = response_hidden(model, batch())
    return head(batch(), hidden, share_prompts=True)


@pytest.mark.parametrize("trunk", ["shared", "own"])
@pytest.mark.parametrize("make", [llama, gpt2])
def test_values_are_a_linear_map_of_the_state_before_each_token(make, trunk):
    model = make(30)
    head = ValueHead(model, trunk)
    assert told(head, model).tolist() == [0.0] * 6
    torch.manual_seed(1)
    torch.nn.init.normal_(head.head.weight)
    torch.nn.init.normal_(head.head.bias)
    expected = []
    for episode in EPISODES:
        output = model(input_ids=torch.tensor([episode.token_ids]), output_hidden_states=True)
        start = episode.response_mask.index(True)
        for state in output.hidden_states[-1][0, start - 1 : -1]:
            expected.append((head.head.weight[0] @ state + head.head.bias[0]).item())
    torch.testing.assert_close(told(head, model), torch.tensor(expected), rtol=1e-4, atol=1e-4)


def test_a_shared_trunk_gets_the_values_gradient_and_an_own_one_keeps_it_to_itself():
    for trunk, reached in (("shared", True), ("own", False)):
        model = llama(30)
        head = ValueHead(model, trunk)
        torch.nn.init.normal_(head.head.weight)
        told(head, model).sum().backward()
        assert any(p.grad is not None and p.grad.any() for p in model.parameters()) is reached
        assert head.head.weight.grad.any()
        if trunk == "own":
            assert all(p.grad is not None for p in head.trunk.parameters() if p.ndim == 2 and p.shape[0] != 30)


def test_an_own_trunk_is_a_copy_and_stays_where_the_policy_moves():
    model = llama(30)
    head = ValueHead(model, "own")
    torch.nn.init.normal_(head.head.weight)
    before = told(head, model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    assert torch.equal(told(head, model), before)
    other = copy.deepcopy(head)
    other.load_state_dict(head.state_dict())
    assert torch.equal(told(other, model), before)


def test_a_policy_in_half_precision_has_a_head_in_full():
    model = llama(30).to(torch.bfloat16)
    head = ValueHead(model)
    assert told(head, model).dtype == head.head.weight.dtype == torch.float32


def test_a_copy_of_the_layers_of_a_model_with_an_adapter_is_refused():
    pytest.importorskip("peft")
    from reasoning_gym_ccrl.agents.adapters import with_adapter

    model = with_adapter(llama(30), {"r": 2})
    assert told(ValueHead(model), model).tolist() == [0.0] * 6
    with pytest.raises(InvalidOption, match='value_trunk="shared"'):
        ValueHead(model, "own")
