from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    BertConfig,
    BertLMHeadModel,
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GraniteConfig,
    GraniteForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import CausalLMOutput

from reasoning_gym_ccrl.agents import logprobs
from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.logprobs import (
    evaluating,
    level_logits,
    response_hidden,
    response_logits,
    score_tokens,
    scored_logits,
    token_entropies,
    token_logprobs,
    without_wrapper,
)
from reasoning_gym_ccrl.agents.model_head import own_head, plain_head
from reasoning_gym_ccrl.agents.shared_prompts import response_starts, trees_are_cheaper
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

from .models import gpt2, llama, plain_logits, plain_logprobs, token_episode

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


# Two prompts of uneven length, with three attempts at the first and one at the second; and one that talks with the
# environment, whose words (3, 4) are read and not scored.
ATTEMPTS = [([5, 7, 9, 11], [2, 30]), ([8], [1, 1, 60]), ([5, 7, 9, 11], [99, 40, 41, 42, 7]), ([5, 7, 9, 11], [6])]
TALK = token_episode([8], [12, 3, 4, 13])
TALK = replace(TALK, response_mask=(False, True, False, False, True))


def attempts(pad=0):
    episodes = [*(token_episode(*each) for each in ATTEMPTS), TALK]
    return make_batch(episodes, [[0.0] * len(episode.token_ids) for episode in episodes], pad)


def attempts_oracle(model, temperature=1.0):
    found = []
    for prompt, response in ATTEMPTS:
        found += plain_logprobs(model, [*prompt, *response], temperature)[len(prompt) - 1 :]
    talk = plain_logprobs(model, TALK.token_ids, temperature)
    return [*found, talk[0], talk[3]]


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


# Scores without the logits: response_hidden and score_tokens.


def qwen3(vocab_size, seed=0, **options):
    """Rotary, with normalised queries and keys, and a head of its own width."""
    torch.manual_seed(seed)
    config = Qwen3Config(vocab_size=vocab_size, **SHAPE, head_dim=16, num_key_value_heads=2, **options)
    return Qwen3ForCausalLM(config).eval()


def soft_capped(vocab_size):
    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=vocab_size,
        **SHAPE,
        head_dim=16,
        num_key_value_heads=2,
        final_logit_softcapping=2.0,
        sliding_window=6,
    )
    return Gemma2ForCausalLM(config).eval()


def scaled(vocab_size):
    torch.manual_seed(0)
    return CohereForCausalLM(CohereConfig(vocab_size=vocab_size, **SHAPE, logit_scale=0.25)).eval()


def divided(vocab_size):
    torch.manual_seed(0)
    return GraniteForCausalLM(GraniteConfig(vocab_size=vocab_size, **SHAPE, logits_scaling=3.0)).eval()


def transformed(vocab_size):
    """A head of two layers, of which `get_output_embeddings` is the last; and a bias."""
    torch.manual_seed(0)
    config = BertConfig(vocab_size=vocab_size, **SHAPE, is_decoder=True)
    return BertLMHeadModel(config).eval()


def biased(vocab_size):
    model = llama(vocab_size)
    model.lm_head = torch.nn.Linear(32, vocab_size)
    return model


def opt(vocab_size):
    """Its layers call dropout as a function of their own mode."""
    torch.manual_seed(0)
    config = OPTConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        ffn_dim=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        dropout=0.3,
        max_position_embeddings=128,
        word_embed_proj_dim=32,
        init_std=0.3,
        pad_token_id=0,
        eos_token_id=1,
    )
    return OPTForCausalLM(config).eval()


def adapted_head(vocab_size):
    """LoRA in the head and in the layers, with dropout, which nothing here may show."""
    options = LoraConfig(r=4, target_modules=["q_proj", "lm_head"], lora_dropout=0.3, init_lora_weights=False)
    torch.manual_seed(0)
    return get_peft_model(llama(vocab_size), options).eval()


def adapted_layers(vocab_size):
    torch.manual_seed(0)
    options = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], lora_dropout=0.3, init_lora_weights=False)
    return get_peft_model(llama(vocab_size), options).eval()


SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.3,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
PLAIN = {
    "llama": llama,
    "gpt2 (tied)": gpt2,
    "qwen3": qwen3,
    "qwen3 (tied)": lambda size: qwen3(size, tie_word_embeddings=True),
    "bias": biased,
    "opt": opt,
    "lora in the layers": adapted_layers,
}
OWN = {
    "soft-capped": soft_capped,
    "scaled": scaled,
    "divided": divided,
    "transformed": transformed,
    "lora in the head": adapted_head,
}
EVERY = {**PLAIN, **OWN}


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


@pytest.fixture(params=["tree", "cache", "in full"])
def share_prompts(request, monkeypatch):
    """Each way of reading prompts; a model that cannot read trees takes the cache in their place."""

    def trees(model, batch):
        return request.param == "tree" and trees_are_cheaper(model, batch)

    monkeypatch.setattr(logprobs, "trees_are_cheaper", trees)
    return request.param != "in full"


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


def attempts_entropies(model, temperature):
    found = []
    rows = [(len(prompt) - 1, [*prompt, *response]) for prompt, response in ATTEMPTS]
    for first, tokens in [*rows, (0, TALK.token_ids)]:
        logs = (plain_logits(model, tokens) / temperature).log_softmax(1)
        every = (-(logs.exp() * logs).sum(1)).tolist()
        found += every[first:-1] if first or tokens is not TALK.token_ids else [every[0], every[3]]
    return found


def test_where_trees_are_read():
    """Never where layers slide over fewer tokens than a row has, where attention takes no mask, or where it costs more."""
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


def parameter_gradients(model, loss):
    loss.backward()
    found = {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}
    model.zero_grad()
    return found


def assert_near(found, expected, bound=1e-5):
    """Relative to the size of each parameter's gradient; some are 0 but for rounding, such as that of a key's bias."""
    assert found.keys() == expected.keys()
    scale = max((float(each.norm()) for each in expected.values()), default=0)
    for name, each in expected.items():
        assert float((found[name] - each).norm()) <= bound * max(float(each.norm()), 1e-2 * scale), name


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


# Evaluation mode.


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
