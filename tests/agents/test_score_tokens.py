"""Hidden states, then scores without the logits: every way of reading prompts, and every kind of head."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers.modeling_outputs import CausalLMOutput

from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.logprobs import (
    level_logits,
    response_hidden,
    score_tokens,
    without_wrapper,
)
from reasoning_gym_ccrl.agents.model_head import own_head, plain_head
from reasoning_gym_ccrl.agents.shared_prompts import response_starts, trees_are_cheaper
from reasoning_gym_ccrl.errors import InvalidInput

from .model_kinds import (
    EVERY,
    OWN,
    PLAIN,
    assert_near,
    attempts,
    attempts_entropies,
    attempts_oracle,
    parameter_gradients,
    soft_capped,
)
from .models import llama, token_episode


@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_projection_is_known_as_one(kind):
    assert plain_head(without_wrapper(PLAIN[kind](100))) is not None


@pytest.mark.parametrize("kind", OWN)
def test_a_head_that_does_more_is_found_out(kind):
    state = torch.random.get_rng_state()
    model = without_wrapper(OWN[kind](100))
    torch.random.set_rng_state(state)
    assert plain_head(model) is None
    assert torch.equal(torch.random.get_rng_state(), state)  # no generator moves
    hidden = torch.randn(3, 32)
    projected = torch.nn.functional.linear(hidden, model.get_output_embeddings().weight)
    assert not torch.allclose(own_head(model, hidden), projected, atol=1e-2)
    assert "forward" not in vars(model.base_model)


def test_a_model_whose_trunk_is_nowhere_is_an_error():
    model = llama(100)
    model.forward = lambda inputs_embeds, **_: CausalLMOutput(logits=inputs_embeds @ model.lm_head.weight.t())
    with pytest.raises(InvalidInput, match="LlamaForCausalLM, which computes its logits without"):
        plain_head(model)


def test_a_head_of_zeros_is_not_judged_before_it_has_learned():
    model = llama(100)
    with torch.no_grad():
        model.lm_head.weight.zero_()
        assert plain_head(model) is None
        model.lm_head.weight.fill_(0.5)
    assert plain_head(model) is model.lm_head


@torch.no_grad()
@pytest.mark.parametrize("kind", EVERY)
def test_scores_are_those_of_one_unpadded_row_at_a_time(kind, share_prompts):
    model, batch = EVERY[kind](100), attempts(pad=1)
    hidden = response_hidden(model, batch, share_prompts=share_prompts)
    for block in (None, 37):
        found, entropies = score_tokens(model, hidden, batch.targets, 0.7, block_elements=block)
        assert found.tolist() == pytest.approx(attempts_oracle(model, 0.7), abs=2e-5)
        assert entropies.tolist() == pytest.approx(attempts_entropies(model, 0.7), abs=2e-5)
    # Negative controls: another temperature, and hidden states of one token further.
    assert score_tokens(model, hidden, batch.targets)[0].tolist() != pytest.approx(
        attempts_oracle(model, 0.7), abs=0.01
    )
    moved = score_tokens(model, hidden.roll(1, 0), batch.targets, 0.7)[0]
    assert moved.tolist() != pytest.approx(attempts_oracle(model, 0.7), abs=0.1)


def test_where_trees_are_read():
    """Not where layers slide over less than a row, where attention takes no mask, or where it would cost more."""
    batch = attempts()
    assert response_starts(batch).tolist() == [4, 1, 6, 11, 4]
    assert trees_are_cheaper(llama(100), batch)
    assert not trees_are_cheaper(soft_capped(100), batch)
    eager = llama(100)
    eager.set_attn_implementation("eager")
    assert not trees_are_cheaper(eager, batch)
    # Eight responses of 600 tokens: a row of 4,800, of which each token would look at all.
    long = [token_episode([5, 7], [token % 90] * 600) for token in range(8)]
    assert not trees_are_cheaper(llama(100), make_batch(long, [[0.0] * 602] * 8, 0))
    # One of 600 and seven of 6: through the cache, the seven would be as long as the one.
    uneven = [token_episode([5, 7], [token + 2] * (6 if token else 600)) for token in range(8)]
    assert trees_are_cheaper(llama(100), make_batch(uneven, [[0.0] * len(each.token_ids) for each in uneven], 0))


@torch.no_grad()
@pytest.mark.parametrize("kind", ["llama", "gpt2 (tied)", "qwen3", "soft-capped"])
def test_more_padding_changes_nothing(kind, share_prompts):
    """On both sides of prompts and responses, whatever token it is: learned and rotary positions, sliding windows."""
    model, batch = EVERY[kind](100), attempts()
    wide = {}
    for name, value in (("prompt_ids", 50), ("prompt_mask", False)):
        wide[name] = torch.nn.functional.pad(getattr(batch, name), (5, 0), value=value)
    for name in ("response_ids", "response_mask", "attention_mask", "old_logprobs", "advantages"):
        wide[name] = torch.nn.functional.pad(getattr(batch, name), (0, 7), value=50 if name == "response_ids" else 0)
    found = response_hidden(model, replace(batch, **wide), share_prompts=share_prompts)
    expected = score_tokens(model, response_hidden(model, batch, share_prompts=share_prompts), batch.targets)[0]
    assert score_tokens(model, found, batch.targets)[0].tolist() == pytest.approx(expected.tolist(), abs=2e-5)
    # The negative control: padding that is attended to is seen.
    wide["prompt_mask"] = torch.ones_like(wide["prompt_mask"])
    seen = response_hidden(model, replace(batch, **wide), share_prompts=share_prompts)
    assert score_tokens(model, seen, batch.targets)[0].tolist() != pytest.approx(expected.tolist(), abs=1e-2)


def plain_loss(model, batch, temperature):
    """Log-probabilities and entropies, weighted unevenly, through all logits of the unshared batch."""
    rows = batch.prompt_of
    ids = torch.cat([batch.prompt_ids[rows], batch.response_ids], 1)
    mask = torch.cat([batch.prompt_mask[rows], batch.attention_mask], 1).long()
    logits = model(input_ids=ids, attention_mask=mask, position_ids=(mask.cumsum(1) - 1).clamp(min=0)).logits
    scored = torch.cat([torch.zeros_like(batch.prompt_mask[rows]), batch.response_mask], 1)
    logs = (logits[:, :-1][scored[:, 1:]] / temperature).log_softmax(1)
    chosen = logs.gather(1, batch.targets[:, None]).squeeze(1)
    return weighted(chosen, -(logs.exp() * logs).sum(1))


def weighted(logprobs, entropies):
    steps = torch.linspace(-1, 2, len(logprobs))
    return (logprobs * steps).sum() + (entropies * steps.flip(0)).sum()


@pytest.mark.parametrize("kind", EVERY)
def test_gradients_of_scores_are_those_of_the_plain_logits(kind, share_prompts):
    """In float64; models take norms and rotations in float32 all the same, hence the bound."""
    model, batch = EVERY[kind](100).double(), attempts()
    expected = parameter_gradients(model, plain_loss(model, batch, 0.7))
    for block in (None, 37):
        hidden = response_hidden(model, batch, share_prompts=share_prompts)
        scores = score_tokens(model, hidden, batch.targets, 0.7, block_elements=block)
        assert_near(parameter_gradients(model, weighted(*scores)), expected, 1e-6)
    hidden = response_hidden(model, batch, share_prompts=True)
    wrong = parameter_gradients(model, weighted(*score_tokens(model, hidden, batch.targets, 0.8)))
    with pytest.raises(AssertionError):
        assert_near(wrong, expected, 1e-2)


@pytest.mark.parametrize("kind", ["llama", "soft-capped"])
def test_entropies_without_a_gradient_and_without_entropies(kind):
    model, batch = EVERY[kind](100), attempts()
    hidden = response_hidden(model, batch)
    with_gradient = score_tokens(model, hidden, batch.targets)
    entropies = score_tokens(model, hidden, batch.targets, entropy_gradient=False)[1]
    assert with_gradient[1].requires_grad
    assert not entropies.requires_grad
    assert torch.equal(entropies, with_gradient[1])
    assert score_tokens(model, hidden, batch.targets, entropy=False)[1] is None
    expected = parameter_gradients(model, with_gradient[0].sum())
    hidden = response_hidden(model, batch)
    assert_near(
        parameter_gradients(model, score_tokens(model, hidden, batch.targets, entropy=False)[0].sum()), expected
    )


@pytest.mark.parametrize("kind", EVERY)
def test_logits_of_a_few_tokens_are_columns_of_all(kind):
    model, tokens = EVERY[kind](100), [7, 93, 7, 0]
    inner = without_wrapper(model)
    hidden = torch.randn(6, 32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weights = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    expected = own_head(inner, hidden)[:, tokens]
    found = level_logits(model, hidden, tokens)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=2e-6)
    assert not torch.allclose(level_logits(model, hidden, [8, 93, 7, 0]), expected, atol=1e-2)
    right, to_hidden = parameter_gradients(model, (expected * weights).sum()), hidden.grad.clone()
    hidden.grad = None
    assert_near(parameter_gradients(model, (found * weights).sum()), right)
    torch.testing.assert_close(hidden.grad, to_hidden, rtol=1e-5, atol=1e-5)
    assert level_logits(model, hidden[:0], torch.tensor(tokens)).shape == (0, 4)


@pytest.mark.parametrize("kind", ["llama", "scaled"])
def test_no_token_to_score_gives_no_scores(kind):
    model = EVERY[kind](100)
    logprobs, entropies = score_tokens(model, torch.zeros(0, 32, requires_grad=True), torch.zeros(0, dtype=torch.long))
    assert logprobs.shape == entropies.shape == (0,)
    (logprobs.sum() + entropies.sum()).backward()


@pytest.mark.parametrize("kind", ["soft-capped", "lora in the head"])
def test_a_head_of_its_own_keeps_no_logits_either(kind):
    model = EVERY[kind](3000)
    targets = torch.zeros(200, dtype=torch.long)
    hidden = torch.randn(200, 32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    made = []

    def pack(tensor):
        made.append(tensor.numel())
        return tensor

    def largest(block):
        made.clear()
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            scores = score_tokens(model, hidden, targets, 1.0, block_elements=block)
        sum(each.sum() for each in scores).backward()
        return max(made)

    assert largest(10 * 3000) <= 3000 * 32
    logits = own_head(without_wrapper(model), hidden)
    assert logits.numel() == 200 * 3000
