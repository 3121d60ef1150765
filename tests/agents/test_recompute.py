"""Evaluation mode, and layers that are run again in the backward pass."""

from __future__ import annotations

import pytest
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from reasoning_gym_ccrl.agents import logprobs
from reasoning_gym_ccrl.agents.logprobs import (
    evaluating,
    response_hidden,
    score_tokens,
)
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

from .model_kinds import (
    EVERY,
    assert_near,
    attempts,
    parameter_gradients,
)


@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("kind", ["gpt2 (tied)", "opt", "lora in the head"])
def test_a_model_with_dropout_says_the_same_twice(kind, checkpointing):
    model, batch = EVERY[kind](100), attempts()

    def read():
        hidden = response_hidden(model, batch, share_prompts=False)
        return score_tokens(model, hidden, batch.targets)[0]

    expected = parameter_gradients(model, read().sum())
    value = read().detach()
    model.train()
    modes = [each.training for each in model.modules()]
    with evaluating(model, checkpointing):
        found = [read(), read()]
    # The backward pass comes when the model is in training mode again.
    assert [each.training for each in model.modules()] == modes
    assert torch.equal(found[0].detach(), value)
    assert torch.equal(found[1].detach(), value)
    assert_near(parameter_gradients(model, found[0].sum()), expected)
    assert not torch.equal(read().detach(), value)  # the negative control: dropout is there


def count_calls(model):
    calls = []
    for layer in model.base_model.modules():
        if layer.__class__.__name__.endswith("MLP"):
            layer.register_forward_pre_hook(lambda *_: calls.append(1))
    return calls


def test_checkpointed_layers_run_again_in_the_backward_pass_and_only_then(model, monkeypatch):
    batch, calls = attempts(), count_calls(model)
    for checkpointing, again in ((False, 0), (True, 2)):
        with evaluating(model, checkpointing):
            loss = score_tokens(model, response_hidden(model, batch, share_prompts=False), batch.targets)[0].sum()
        assert len(calls) == 2
        calls.clear()
        loss.backward()
        assert len(calls) == again
        calls.clear()
    monkeypatch.setattr(logprobs, "trees_are_cheaper", lambda *_: False)
    with torch.no_grad(), evaluating(model, True):
        response_hidden(model, batch)  # nothing is kept, so a cache may be
    assert len(calls) == 4


def test_checkpointing_keeps_less(model):
    batch, kept = attempts(), []

    def pack(tensor):
        kept.append(tensor.numel())
        return tensor

    sizes = []
    for checkpointing in (False, True):
        kept.clear()
        with evaluating(model, checkpointing), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            response_hidden(model, batch, share_prompts=False)
        sizes.append(sum(kept))
    assert sizes[1] < sizes[0] / 2


def test_checkpointed_layers_take_no_cache(model, monkeypatch):
    monkeypatch.setattr(logprobs, "trees_are_cheaper", lambda *_: False)
    with evaluating(model, True), pytest.raises(InvalidInput, match="share_prompts=False"):
        response_hidden(model, attempts())


def test_a_model_that_names_no_layers_cannot_be_checkpointed():
    model = torch.nn.Sequential(torch.nn.Dropout())
    with pytest.raises(InvalidOption, match="GradientCheckpointingLayer"), evaluating(model, True):
        pass
    assert model.training


def test_everything_is_as_before_after_an_error(model):
    layers = [each for each in model.modules() if isinstance(each, GradientCheckpointingLayer)]
    layers[0].forward = own = layers[0].forward
    model.train()
    layers[1].eval()
    with pytest.raises(ZeroDivisionError), evaluating(model, True):
        _ = 1 / sum(each.training for each in model.modules())  # no module is in training mode
    assert vars(layers[0])["forward"] is own
    assert "forward" not in vars(layers[1])
    assert model.training
    assert not layers[1].training
