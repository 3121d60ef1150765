"""Packed rows: the loss and gradients of examples one by one, with nothing leaking from one to the next."""

from __future__ import annotations

import itertools
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import Qwen3Config, Qwen3ForCausalLM

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.comt.packing import (
    block_diagonal_mask,
    check_packable,
    collate_packed,
    pack,
    packed_attention,
)
from reasoning_gym_ccrl.agents.comt.sft import (
    SFTConfig,
    TokenExample,
    collate,
    completion_loss,
    fine_tune,
    packed_loss,
)
from reasoning_gym_ccrl.agents.logprobs import scored_logits
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

from .models import gpt2, llama, plain_logits, small

VOCABULARY = 100


def qwen3(vocab_size: int, seed: int = 0, **options) -> Qwen3ForCausalLM:
    torch.manual_seed(seed)
    sizes = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "head_dim": 8,
        "max_position_embeddings": 128,
    }
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.3}
    config = Qwen3Config(vocab_size=vocab_size, eos_token_id=1, pad_token_id=0, **sizes, **heads, **options)
    return Qwen3ForCausalLM(config).eval()


MODELS = {"llama": llama, "qwen3": qwen3, "gpt2": gpt2}


def examples_of(lengths, seed=0):
    rng = random.Random(seed)
    return [
        TokenExample(
            tuple(rng.randrange(VOCABULARY) for _ in range(length)),
            (False, *(rng.random() < 0.5 or place == length - 2 for place in range(length - 1))),
        )
        for length in lengths
    ]


EXAMPLES = examples_of([5, 17, 9, 30, 2, 12, 12, 3])


# --- which examples share a row


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(1, 50))
def test_every_example_has_one_place_and_rows_are_not_overfull(lengths, capacity):
    rows = pack(lengths, capacity)
    assert sorted(itertools.chain(*rows)) == list(range(len(lengths)))
    for row in rows:
        assert len(row) == 1 or sum(lengths[index] for index in row) <= capacity
    # No two rows could have been one.
    filled = sorted(sum(lengths[index] for index in row) for row in rows)
    assert len(filled) < 2 or filled[0] + filled[1] > capacity


def test_packing_by_hand():
    assert pack([3, 7, 5, 4], 10) == [[1, 0], [2, 3]]
    assert pack([6, 5, 4, 3, 2], 10) == [[0, 2], [1, 3, 4]]
    assert pack([50, 1, 1], 10) == [[0], [1, 2]]
    assert pack([], 10) == []


def test_a_packed_batch_by_hand():
    examples = [
        TokenExample((5, 6, 7), (False, False, True)),
        TokenExample((8, 9), (False, True)),
        TokenExample((4, 3), (False, True)),
    ]
    batch = collate_packed(examples, pad_id=0, capacity=5, multiple=4)
    assert batch.input_ids.tolist() == [[5, 6, 7, 8, 9, 0, 0, 0], [4, 3, 0, 0, 0, 0, 0, 0]]
    assert batch.position_ids.tolist() == [[0, 1, 2, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]]
    assert batch.segments.tolist() == [[0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 1, 1, 1]]
    assert batch.scored.sum() == 3
    assert batch.input_ids[batch.scored].tolist() == [7, 9, 3]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12).map(sorted))
def test_the_mask_by_its_definition(segments):
    mask = block_diagonal_mask(torch.tensor([segments]))
    assert mask.shape == (1, 1, len(segments), len(segments))
    for query, key in itertools.product(range(len(segments)), repeat=2):
        assert bool(mask[0, 0, query, key]) == (segments[query] == segments[key] and key <= query)


# --- the same loss and gradients


def loss_and_gradients(model, loss_of):
    model.zero_grad()
    loss = loss_of()
    loss.backward()
    return loss.item(), [parameter.grad.clone() for parameter in model.parameters()]


def one_by_one(model, examples):
    """The oracle: every example in a batch of its own, by the model's own forward pass and the definition."""
    total = sum(sum(example.scored) for example in examples)
    loss = torch.zeros(())
    for example in examples:
        ids = torch.tensor([example.token_ids])
        logs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        for place in range(1, len(example.token_ids)):
            if example.scored[place]:
                loss = loss - logs[place - 1, example.token_ids[place]] / total
    return loss


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("kind", MODELS)
def test_packed_unpacked_and_one_by_one_are_alike(kind, attention):
    model = MODELS[kind](VOCABULARY)
    model.set_attn_implementation(attention)
    batch = collate_packed(EXAMPLES, pad_id=0, capacity=40, multiple=8)
    assert len(batch.input_ids) < 4
    packed = loss_and_gradients(model, lambda: packed_loss(model, batch))
    unpacked = loss_and_gradients(model, lambda: completion_loss(model, *collate(EXAMPLES, pad_id=0, multiple=8)))
    oracle = loss_and_gradients(model, lambda: one_by_one(model, EXAMPLES))
    largest = max(float(grad.abs().max()) for grad in oracle[1])
    for loss, gradients in (packed, unpacked):
        assert loss == pytest.approx(oracle[0], rel=1e-6)
        for a, b in zip(gradients, oracle[1], strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-6 * largest)


@pytest.mark.parametrize("kind", MODELS)
def test_without_the_mask_or_the_positions_it_leaks(kind):
    """The negative control: a plain causal mask, or positions that run on, give another loss."""
    model = MODELS[kind](VOCABULARY)
    batch = collate_packed(EXAMPLES, pad_id=0, capacity=40, multiple=8)
    mask = packed_attention(model, batch.segments)
    targets = batch.input_ids[batch.scored]
    plain = torch.ones_like(mask).tril()
    running = torch.arange(batch.input_ids.shape[1]).expand(batch.input_ids.shape)

    def loss(attention, positions):
        with torch.no_grad():
            logits = scored_logits(model, batch.input_ids, batch.scored, attention, positions)
        return float(torch.nn.functional.cross_entropy(logits, targets))

    right = loss(mask, batch.position_ids)
    assert abs(loss(plain, batch.position_ids) - right) > 1e-2
    if kind == "gpt2":  # learned positions are absolute; rotary ones are relative, and a shift changes nothing
        assert abs(loss(mask, running) - right) > 1e-2
    else:
        assert loss(mask, running) == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("kind", MODELS)
def test_what_another_example_says_changes_no_logit(kind):
    model = MODELS[kind](VOCABULARY)
    first, second = examples_of([10, 14], seed=1)
    changed = TokenExample(tuple((token + 7) % VOCABULARY for token in first.token_ids), first.scored)
    everything = torch.ones(1, 24, dtype=torch.bool)
    everything[0, 0] = False
    logits = []
    for other in (first, changed):
        batch = collate_packed([other, second], pad_id=0, capacity=24)
        assert batch.input_ids[0, :14].tolist() == list(second.token_ids)  # the longer one comes first
        with torch.no_grad():
            mask = packed_attention(model, batch.segments)
            logits.append(scored_logits(model, batch.input_ids, everything, mask, batch.position_ids))
    assert torch.equal(logits[0][:13], logits[1][:13])  # the one before
    torch.testing.assert_close(logits[0][:13], plain_logits(model, second.token_ids)[:13], rtol=0, atol=2e-5)
    torch.testing.assert_close(logits[1][14:], plain_logits(model, changed.token_ids)[:9], rtol=0, atol=2e-5)


def test_an_example_longer_than_a_row_goes_alone():
    model = llama(VOCABULARY)
    batch = collate_packed(EXAMPLES, pad_id=0, capacity=12)
    assert batch.input_ids.shape[1] == 30
    with torch.no_grad():
        expected = completion_loss(model, *collate(EXAMPLES, pad_id=0)).item()
        assert packed_loss(model, batch).item() == pytest.approx(expected, rel=1e-6)


def test_mixed_precision_packs_too(tokenizer):
    from reasoning_gym_ccrl.agents.precision import mixed_precision

    model = small(tokenizer)
    batch = collate_packed(EXAMPLES, pad_id=0, capacity=40)
    with torch.no_grad():
        exact = packed_loss(model, batch).item()
        with mixed_precision(model, "bfloat16"):
            assert packed_loss(model, batch).item() == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("row_tokens", [0, 96])
def test_a_packed_run_learns_what_an_unpacked_one_does(tokenizer, row_tokens):
    def run(**options):
        model, rng = small(tokenizer), random.Random(0)
        texts = (TextExample("q" * rng.randint(1, 30), ((f" {rng.randint(1, 9)}", True),)) for _ in itertools.count())
        config = SFTConfig(6, 8, 1e-2, warmup_updates=2, precision="float32", **options)
        losses = []
        fine_tune(model, tokenizer, texts, config, rng, on_update=lambda _, figures: losses.append(figures["loss"]))
        return losses

    assert run(packing=True, row_tokens=row_tokens) == pytest.approx(run(), rel=1e-4)


# --- what cannot be packed


def test_a_first_token_has_nothing_before_it_but_another_example():
    with pytest.raises(InvalidInput, match="first token"):
        collate_packed([TokenExample((1, 2), (True, True))], pad_id=0, capacity=4)


def test_models_whose_examples_a_mask_cannot_part_are_refused():
    model = llama(VOCABULARY)
    check_packable(model, 64)
    model.config._attn_implementation = "flash_attention_2"
    with pytest.raises(InvalidOption, match="flash_attention_2"):
        check_packable(model, 64)
    sliding = qwen3(VOCABULARY, use_sliding_window=True, sliding_window=16, max_window_layers=1)
    assert "sliding_attention" in sliding.config.layer_types
    check_packable(sliding, 16)
    with pytest.raises(InvalidOption, match="16 tokens"):
        check_packable(sliding, 64)
    sliding.config.layer_types = ["full_attention", "linear_attention"]
    with pytest.raises(InvalidOption, match="linear_attention"):
        check_packable(sliding, 8)


def test_an_unpackable_model_would_have_leaked():
    """Why the window matters: the mask that packing writes lets a sliding layer see further than it may."""
    model = qwen3(VOCABULARY, use_sliding_window=True, sliding_window=4, max_window_layers=1)
    [example] = examples_of([24], seed=2)
    ids, scored = collate([example], pad_id=0)
    mask, positions = torch.ones(1, 1, 24, 24, dtype=torch.bool).tril(), torch.arange(24)[None]
    with torch.no_grad():
        own, written = scored_logits(model, ids, scored), scored_logits(model, ids, scored, mask, positions)
    assert float((own - written).abs().max()) > 1e-2
