from __future__ import annotations

import itertools
import random

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.comt.sft import (
    SFTConfig,
    TokenExample,
    batches,
    collate,
    completion_loss,
    fine_tune,
    learning_rate_at,
    tokenize,
)
from reasoning_gym_ccrl.agents.comt.sft_data import encode_pieces
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.errors import InvalidInput, TrainingDiverged

from .models import plain_logprobs, small

EXACT = {"precision": "float32", "optimizer": "adamw"}
EXAMPLES = [
    TextExample("2 pens cost\n", (("<step>3 * 4 =", False), (" 12</step>", True), ("\nnoise", False), ("½ end", True))),
    TextExample("x", ((" 1", True),), ends=False),
    TextExample("a longer question with  spaces \n", (("<answer>7</answer>", True),)),
]


@pytest.fixture(scope="module")
def sentencepiece():
    """A tokenizer of the sentencepiece kind: a space is part of the word behind it, and every text begins with one."""
    inner = Tokenizer(models.BPE(unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    inner.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=["<unk>", "<eos>"], show_progress=False)
    texts = [example.prompt + "".join(text for text, _ in example.completion) for example in EXAMPLES]
    inner.train_from_iterator([*texts, "a . b \n"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", clean_up_tokenization_spaces=False)


@pytest.fixture(params=["tiny", "bytes", "sentencepiece"])
def any_tokenizer(request, tokenizer, byte_level, sentencepiece):
    return {"tiny": tokenizer, "bytes": byte_level, "sentencepiece": sentencepiece}[request.param]


def test_the_mask_is_exact_at_every_border(any_tokenizer):
    for example, tokens in zip(EXAMPLES, tokenize(EXAMPLES, any_tokenizer), strict=True):
        pieces = [(example.prompt, False), *example.completion]
        if example.ends:
            pieces.append((any_tokenizer.eos_token, True))
        assert any_tokenizer.decode(tokens.token_ids) == "".join(text for text, _ in pieces)
        # Runs of equal mask, decoded, are the pieces, neighbours of one kind joined. A run is what it adds to the text
        # before it: a tokenizer may swallow the space that a text begins with.
        ends = [0, *(end for end in range(1, len(tokens.scored)) if tokens.scored[end] != tokens.scored[end - 1])]
        texts = [any_tokenizer.decode(tokens.token_ids[:end]) for end in (*ends[1:], None)]
        runs = [
            (text[len(before) :], tokens.scored[start])
            for start, before, text in zip(ends, ["", *texts], texts, strict=False)
        ]
        joined = [
            ("".join(text for text, _ in group), scored)
            for scored, group in itertools.groupby(pieces, key=lambda piece: piece[1])
        ]
        assert runs == joined


def test_pieces_read_apart_would_gain_spaces(sentencepiece):
    """The negative control: this tokenizer puts a space where there is none, unless it is told that a text goes on."""
    pieces = ["3 * 4 =", " 12</step>", "<answer>7"]
    apart = sentencepiece(pieces, add_special_tokens=False)["input_ids"]
    assert sentencepiece.decode(list(itertools.chain(*apart))) != "".join(pieces)
    start = sentencepiece("x", add_special_tokens=False)["input_ids"]
    joined = list(itertools.chain(start, *encode_pieces(sentencepiece, pieces)))
    assert sentencepiece.decode(joined) == "x" + "".join(pieces)
    assert encode_pieces(sentencepiece, []) == []


def test_an_example_that_does_not_end_has_no_end(tokenizer):
    ends = [tokens.token_ids[-1] == tokenizer.eos_token_id for tokens in tokenize(EXAMPLES, tokenizer)]
    assert ends == [True, False, True]


def test_the_prompt_of_training_is_the_prompt_of_acting(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    for example, tokens in zip(EXAMPLES, tokenize(EXAMPLES, tokenizer), strict=True):
        [prompt] = agent.encode_prompts([example.prompt])
        assert list(tokens.token_ids[: len(prompt)]) == prompt
        assert not any(tokens.scored[: len(prompt)])


def test_examples_with_nothing_to_learn_or_nothing_to_read_are_refused(tokenizer):
    with pytest.raises(InvalidInput, match="prompt"):
        tokenize([TextExample("", (("a", True),))], tokenizer)
    with pytest.raises(InvalidInput, match="nothing is scored"):
        tokenize([TextExample("a", (("b", False),), ends=False)], tokenizer)


def test_collating_by_hand():
    examples = [TokenExample((5, 6, 7), (False, False, True)), TokenExample((8, 9), (False, True))]
    ids, scored = collate(examples, pad_id=9)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert scored.tolist() == [[False, False, True], [False, True, False]]
    wide, wide_scored = collate(examples, pad_id=9, multiple=16)
    assert wide.shape == wide_scored.shape == (2, 16)
    assert wide_scored[:, :3].equal(scored)
    assert not wide_scored[:, 3:].any()


def test_the_loss_is_the_mean_over_scored_tokens_one_row_at_a_time(tokenizer):
    model = small(tokenizer)
    with torch.no_grad():  # away from the uniform guess
        for parameter in model.parameters():
            parameter.mul_(4)
    tokens = tokenize(EXAMPLES, tokenizer)
    values = [
        -logprob
        for example in tokens
        for logprob, scored in zip(plain_logprobs(model, example.token_ids), example.scored[1:], strict=True)
        if scored
    ]
    for multiple in (1, 16):
        with torch.no_grad():
            loss = completion_loss(model, *collate(tokens, tokenizer.pad_token_id, multiple))
        assert loss.item() == pytest.approx(sum(values) / len(values), rel=1e-5)
    # The negative control: a mean of the rows' means is another number.
    means, place = [], iter(values)
    for example in tokens:
        row = list(itertools.islice(place, sum(example.scored)))
        means.append(sum(row) / len(row))
    assert loss.item() != pytest.approx(sum(means) / len(means), rel=1e-3)


def test_padding_with_the_end_token_changes_nothing(tokenizer):
    model, tokens = small(tokenizer), tokenize(EXAMPLES, tokenizer)
    grads = []
    for pad_id in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        model.zero_grad()
        completion_loss(model, *collate(tokens, pad_id)).backward()
        grads.append([parameter.grad.clone() for parameter in model.parameters()])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-7)


def test_the_learning_rate_by_hand():
    config = SFTConfig(updates=100, warmup_updates=10, learning_rate=1.0)
    rates = [learning_rate_at(update, config) for update in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[4] == pytest.approx(0.5)
    assert rates[9] == rates[10] == 1.0
    assert rates[55] == pytest.approx(0.55)
    assert 0.1 < rates[99] < 0.101
    assert rates[10:] == sorted(rates[10:], reverse=True)
    no_warmup = SFTConfig(updates=10, warmup_updates=0, learning_rate=2.0)
    assert learning_rate_at(0, no_warmup) == 2.0


def test_batches_hold_every_example_once_sorted_by_length_and_short_enough(tokenizer):
    texts = [TextExample("q" * n, ((" 1", True),)) for n in (1, 40, 3, 25, 7, 8, 9, 300, 2, 5)]
    config = SFTConfig(batch_size=3, pool_batches=4, max_length_tokens=100)
    found = list(batches(iter(texts), tokenizer, config, random.Random(0)))
    lengths = [[len(example.token_ids) for example in batch] for batch in found]
    everything = sorted(len(tokens.token_ids) for tokens in tokenize(texts, tokenizer))
    assert sorted(length for batch in lengths for length in batch) == everything[:-1]
    assert all(batch == sorted(batch) for batch in lengths)
    assert sorted(lengths) != lengths or len(lengths) < 3  # the order of batches is drawn
    again = list(batches(iter(texts), tokenizer, config, random.Random(0)))
    assert again == found


def run(tokenizer, completion_of, updates=60, **options):
    model = small(tokenizer)
    rng = random.Random(0)
    examples = (TextExample(f"{rng.randint(10, 99)} pens\n", ((completion_of(rng), True),)) for _ in itertools.count())
    config = SFTConfig(updates=updates, batch_size=8, learning_rate=1e-2, warmup_updates=5, **{**EXACT, **options})
    losses = []
    fine_tune(model, tokenizer, examples, config, rng, on_update=lambda _, figures: losses.append(figures["loss"]))
    return model, losses


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_run_learns_a_fixed_completion(tokenizer, optimizer):
    model, losses = run(tokenizer, lambda rng: "<answer>17</answer>", optimizer=optimizer)
    assert len(losses) == 60
    assert losses[0] > 4
    assert losses[-1] < 0.05
    action = LLMAgent(model, tokenizer).act("50 pens\n")
    assert action == {"step": "<answer>17</answer>", "confidence": None}
    assert not model.training


def test_a_run_does_not_learn_targets_without_a_rule(tokenizer):
    _, losses = run(tokenizer, lambda rng: f"<answer>{rng.randint(10, 99)}</answer>")
    # Two digits at log 90 / 2 nats each, over the four tokens of the completion and its end.
    floor = 4.5 / 5
    assert sum(losses[-10:]) / 10 > 0.95 * floor
    assert losses[0] > 4


def test_runs_with_equal_seeds_end_in_equal_weights(tokenizer):
    (one, _), (other, _) = (run(tokenizer, lambda rng: f" {rng.randint(1, 9)}", updates=4) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_a_run_ends_where_the_examples_do(tokenizer):
    losses = []
    config = SFTConfig(updates=50, batch_size=2, warmup_updates=1, **EXACT)
    fine_tune(
        small(tokenizer),
        tokenizer,
        iter(EXAMPLES),
        config,
        random.Random(0),
        on_update=lambda *each: losses.append(each),
    )
    assert len(losses) == 2


def test_weights_that_are_no_numbers_stop_the_run_before_an_update(tokenizer):
    model = small(tokenizer)
    with torch.no_grad():
        model.model.norm.weight[3] = float("nan")
    before = [parameter.clone() for parameter in model.parameters()]
    config = SFTConfig(updates=5, batch_size=2, **EXACT)
    with pytest.raises(TrainingDiverged, match="update 0"):
        fine_tune(model, tokenizer, iter(EXAMPLES), config, random.Random(0))
    for a, b in zip(before, model.parameters(), strict=True):
        assert torch.equal(a.nan_to_num(), b.detach().nan_to_num())


def test_mixed_precision_is_near_and_puts_everything_back(tokenizer):
    from reasoning_gym_ccrl.agents.precision import mixed_precision

    model = small(tokenizer)
    ids, scored = collate(tokenize(EXAMPLES, tokenizer), tokenizer.pad_token_id)
    attention = model.config._attn_implementation
    exact = completion_loss(model, ids, scored)
    with mixed_precision(model, "bfloat16"):
        near = completion_loss(model, ids, scored)
        near.backward()
    with mixed_precision(model, "float32"):
        assert completion_loss(model, ids, scored).item() == exact.item()
    assert near.item() == pytest.approx(exact.item(), rel=0.02)
    assert near.dtype == torch.float32
    assert all(parameter.grad.dtype == torch.float32 for parameter in model.parameters())
    assert model.config._attn_implementation == attention
    with pytest.raises(KeyError), mixed_precision(model, "bfloat16"):
        raise KeyError
    assert model.config._attn_implementation == attention
