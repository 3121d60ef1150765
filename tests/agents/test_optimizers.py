from __future__ import annotations

import pytest
import torch

from reasoning_gym_ccrl.agents.optimizers import make_optimizer, orthogonalize, set_learning_rate
from reasoning_gym_ccrl.errors import UnknownName

from .models import gpt2, llama


def test_orthogonalised_matrices_keep_their_directions_and_lose_their_scales():
    torch.manual_seed(0)
    for shape in ((3, 8, 20), (2, 20, 8)):
        matrices = torch.randn(shape)
        left, _, right = torch.linalg.svd(matrices, full_matrices=False)
        found = torch.linalg.svdvals(orthogonalize(matrices))
        assert (found > 0.6).all()
        assert (found < 1.3).all()
        cosine = torch.nn.functional.cosine_similarity(orthogonalize(matrices).flatten(1), (left @ right).flatten(1))
        assert (cosine > 0.95).all()
        assert torch.nn.functional.cosine_similarity(matrices.flatten(1), (left @ right).flatten(1)).max() < 0.97


@pytest.mark.parametrize("make", [llama, gpt2])
def test_muon_takes_the_matrices_inside_the_layers_and_no_table(make):
    model = make(vocab_size=50)
    optimizer = make_optimizer(model, 1e-3, kind="muon")
    inner = {id(p) for group in optimizer.parts[0].param_groups for p in group["params"]}
    rest = {id(p) for group in optimizer.parts[1].param_groups for p in group["params"]}
    named = dict(model.named_parameters())
    assert not inner & rest
    assert inner | rest == {id(p) for p in named.values()}
    tables = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    tables.add(id(model.get_output_embeddings().weight))
    assert tables <= rest
    assert all(".layers." in name or ".h." in name for name, p in named.items() if id(p) in inner)
    assert len(inner) >= 8


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_a_saved_state_goes_on_to_the_same_numbers(kind):
    def advance(model, optimizer, steps):
        for step in steps:
            loss = model(input_ids=torch.tensor([[step + 2, 5, 9]])).logits.square().mean()
            loss.backward()
            set_learning_rate(optimizer, 1e-2 / (step + 1))
            optimizer.step()
            optimizer.zero_grad()

    whole, halved = llama(30), llama(30)
    optimizer = make_optimizer(whole, 1e-2, 0.1, kind)
    advance(whole, optimizer, range(4))
    first = make_optimizer(halved, 1e-2, 0.1, kind)
    advance(halved, first, range(2))
    second, forgetful = make_optimizer(halved, 1e-2, 0.1, kind), llama(30)
    forgetful.load_state_dict(halved.state_dict())
    second.load_state_dict(first.state_dict())
    advance(halved, second, range(2, 4))
    advance(forgetful, make_optimizer(forgetful, 1e-2, 0.1, kind), range(2, 4))
    pairs = list(zip(whole.parameters(), halved.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not all(torch.equal(a, b) for a, b in zip(whole.parameters(), forgetful.parameters(), strict=True))


def test_weight_decay_is_on_matrices_only():
    optimizer = make_optimizer(gpt2(50), 1e-3, weight_decay=0.1)
    for group in optimizer.param_groups:
        assert {p.ndim >= 2 for p in group["params"]} == {group["weight_decay"] == 0.1}


def test_a_frozen_parameter_is_not_trained():
    model = llama(30)
    model.get_input_embeddings().weight.requires_grad_(False)
    held = {id(p) for group in make_optimizer(model, 1e-3).param_groups for p in group["params"]}
    assert id(model.get_input_embeddings().weight) not in held


def test_an_unknown_optimiser_names_the_known_ones():
    with pytest.raises(UnknownName, match="adamw"):
        make_optimizer(llama(30), 1e-3, kind="adam")
