from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from reasoning_gym_ccrl.agents import logprobs
from reasoning_gym_ccrl.agents.logprobs import (
    response_logits,
    scored_logits,
    token_entropies,
    token_logprobs,
)
from reasoning_gym_ccrl.errors import InvalidInput

from .model_kinds import (
    attempts,
    attempts_oracle,
)
from .models import llama, plain_logits, plain_logprobs

ROWS = [[5, 7, 9, 11, 2, 30], [8, 1, 1], [99, 40, 41, 42], [3, 4]]
FIRST_SCORED = [2, 1, 3, 1]


def padded(pad, extra=0):
    width = max(map(len, ROWS)) + extra
    ids = torch.full((len(ROWS), width), pad)
    scored = torch.zeros((len(ROWS), width), dtype=torch.bool)
    for row, (tokens, first) in enumerate(zip(ROWS, FIRST_SCORED, strict=True)):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        scored[row, first : len(tokens)] = True
    return ids, scored


def oracle(model, temperature=1.0):
    return [
        value
        for tokens, first in zip(ROWS, FIRST_SCORED, strict=True)
        for value in plain_logprobs(model, tokens, temperature)[first - 1 :]
    ]


@torch.no_grad()
@pytest.mark.parametrize("temperature", [1.0, 0.7, 3.0])
def test_log_probabilities_are_those_of_one_unpadded_row_at_a_time(model, temperature):
    ids, scored = padded(pad=0)
    found = token_logprobs(scored_logits(model, ids, scored), ids[scored], temperature)
    assert found.tolist() == pytest.approx(oracle(model, temperature), abs=1e-5)
    # The negative control: a shift by one is nowhere near.
    assert found.tolist()[1:] != pytest.approx(oracle(model, temperature)[:-1], abs=0.1)


@torch.no_grad()
@pytest.mark.parametrize(("pad", "extra"), [(0, 9), (1, 0), (50, 3)])
def test_padding_on_the_right_changes_nothing_whatever_token_it_is(model, pad, extra):
    ids, scored = padded(pad, extra)
    assert scored_logits(model, ids, scored).shape == (int(scored.sum()), 100)
    found = token_logprobs(scored_logits(model, ids, scored), ids[scored])
    assert found.tolist() == pytest.approx(oracle(model), abs=1e-5)


@torch.no_grad()
def test_padding_on_the_left_needs_and_has_its_mask(model):
    width = 9
    ids = torch.zeros((len(ROWS), width), dtype=torch.long)
    scored = torch.zeros((len(ROWS), width), dtype=torch.bool)
    attended = torch.zeros((len(ROWS), width), dtype=torch.bool)
    for row, (tokens, first) in enumerate(zip(ROWS, FIRST_SCORED, strict=True)):
        ids[row, width - len(tokens) :] = torch.tensor(tokens)
        scored[row, width - len(tokens) + first :] = True
        attended[row, width - len(tokens) :] = True
    found = token_logprobs(scored_logits(model, ids, scored, attended), ids[scored])
    assert found.tolist() == pytest.approx(oracle(model), abs=1e-5)
    blind = token_logprobs(scored_logits(model, ids, scored), ids[scored])
    assert blind.tolist() != pytest.approx(oracle(model), abs=1e-2)


def test_a_head_that_scales_its_logits_is_the_models_own():
    model = llama(100)
    model.config.final_logit_softcapping = 5.0
    inner = model.forward

    def capped(**inputs):
        output = inner(**inputs)
        output.logits = 5.0 * torch.tanh(output.logits / 5.0)
        return output

    model.forward = capped
    ids, scored = padded(0)
    with torch.no_grad():
        found = token_logprobs(scored_logits(model, ids, scored), ids[scored])
    assert found.tolist() == pytest.approx(oracle(model), abs=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("pad", "temperature"), [(0, 1.0), (1, 0.7)])
def test_a_prompt_read_once_gives_what_reading_every_episode_gives(model, share_prompts, pad, temperature):
    batch = attempts(pad)
    assert batch.prompt_ids.shape == (2, 4)
    logits = response_logits(model, batch, share_prompts=share_prompts)
    found = token_logprobs(logits, batch.targets, temperature)
    assert found.tolist() == pytest.approx(attempts_oracle(model, temperature), abs=1e-5)


@torch.no_grad()
def test_the_prompt_matters_to_the_shared_reading(model):
    """The negative control: with the prompts exchanged, or their positions forgotten, the numbers are others."""
    batch = attempts()
    exchanged = replace(batch, prompt_of=1 - batch.prompt_of)
    found = token_logprobs(response_logits(model, exchanged), batch.targets)
    assert found.tolist() != pytest.approx(attempts_oracle(model), abs=1e-2)
    shifted = replace(batch, prompt_mask=torch.ones_like(batch.prompt_mask))
    found = token_logprobs(response_logits(model, shifted), batch.targets)
    assert found.tolist() != pytest.approx(attempts_oracle(model), abs=1e-2)


def test_gradients_flow_through_the_shared_prompt(model, monkeypatch):
    batch = attempts()
    found = []
    for tree, share in ((True, True), (False, True), (False, False)):
        monkeypatch.setattr(logprobs, "trees_are_cheaper", lambda *_, tree=tree: tree)
        model.zero_grad()
        logits = response_logits(model, batch, share_prompts=share)
        token_logprobs(logits, batch.targets).sum().backward()
        found.append({name: parameter.grad.clone() for name, parameter in model.named_parameters()})
    for name, gradient in found[0].items():
        assert gradient.isfinite().all(), name
        for other in found[1:]:
            torch.testing.assert_close(gradient, other[name], rtol=1e-4, atol=1e-5)


def test_the_first_token_cannot_be_scored(model):
    ids, scored = padded(0)
    scored[2, 0] = True
    with pytest.raises(InvalidInput, match="first token"):
        scored_logits(model, ids, scored)


def test_nothing_to_score_gives_no_rows(model):
    ids, scored = padded(0)
    assert scored_logits(model, ids, torch.zeros_like(scored)).shape == (0, 100)


def test_literals():
    assert token_logprobs(torch.zeros(1, 2), torch.tensor([1])).item() == pytest.approx(-math.log(2))
    # Logits log 3 and 0: probabilities 3/4 and 1/4; at temperature 1/2 they are 9/10 and 1/10.
    logits = torch.tensor([[math.log(3), 0.0]])
    assert token_logprobs(logits, torch.tensor([0])).item() == pytest.approx(math.log(0.75))
    assert token_logprobs(logits, torch.tensor([0]), 0.5).item() == pytest.approx(math.log(0.9))


def test_entropy_by_hand():
    logits = torch.tensor([[math.log(3), 0.0], [0.0, 0.0], [200.0, 0.0]])
    by_hand = [-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)), math.log(2), 0.0]
    assert token_entropies(logits).tolist() == pytest.approx(by_hand, abs=1e-6)
    sharper = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert token_entropies(logits, 0.5)[0].item() == pytest.approx(sharper, abs=1e-6)


def test_gradients_are_those_of_the_plain_forward_pass(model):
    ids, scored = padded(0)
    token_logprobs(scored_logits(model, ids, scored), ids[scored]).sum().backward()
    found = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    total = torch.zeros(())
    for tokens, first in zip(ROWS, FIRST_SCORED, strict=True):
        logs = model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
        total = total + sum(logs[position - 1, tokens[position]] for position in range(first, len(tokens)))
    total.backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-5)


def test_the_oracle_itself_sums_to_one(model):
    assert plain_logits(model, ROWS[0]).softmax(-1).sum(-1).tolist() == pytest.approx([1.0] * 6, abs=1e-5)
