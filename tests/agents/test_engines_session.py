"""A session reads what is new alone, and gives what generating from the whole context gives, to rounding."""

from __future__ import annotations

import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from reasoning_gym_ccrl.agents.engines import kv_cache
from reasoning_gym_ccrl.agents.engines.base import SamplingParams, session
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine

from .models import gpt2, llama, plain_logprobs

ENDS = tuple(range(1, 100, 9))  # one token in nine ends a turn
PROMPTS = [[5, 7, 9, 11], [8], [40, 41, 42, 43, 44, 45, 46], [33, 4], [8], [60, 61, 62]]
LAST_TURN = [4, 1, 6, 3, 6, 2]  # of each row


def mistral(vocab_size):
    """Its attention sees four columns back: were there gaps in a row, it would see fewer of its tokens."""
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        sliding_window=4,
        initializer_range=0.3,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
    )
    return MistralForCausalLM(config).eval()


@pytest.fixture(params=[llama, gpt2, mistral])
def any_model(request):
    return request.param(100)


def engine_of(model, **options):
    return TransformersEngine(model, ENDS, pad_token_id=0, **options)


def said(row, turn):
    """Feedback of 0 to 4 tokens."""
    return [20 + (7 * row + 3 * turn + place) % 70 for place in range((row + 2 * turn) % 5)]


def converse(generate, *, temperature=0.7, turns=7, between=lambda turn: None):
    """Every row's context and log-probabilities; rows end at different turns, and their order changes."""
    contexts, logprobs = [list(prompt) for prompt in PROMPTS], [[] for _ in PROMPTS]
    places = [[] for _ in PROMPTS]
    for turn in range(turns):
        rows = [row for row in range(len(PROMPTS)) if turn <= LAST_TURN[row]][:: 1 if turn % 2 else -1]
        params = SamplingParams(max_new_tokens=9, temperature=temperature, seed=turn)
        for row, [found] in zip(rows, generate([contexts[row] for row in rows], params), strict=True):
            places[row] += range(len(contexts[row]), len(contexts[row]) + len(found.token_ids))
            contexts[row] += [*found.token_ids, *said(row, turn)]
            logprobs[row] += found.logprobs
        between(turn)
    return contexts, logprobs, places


class TokensRead:
    """Counts the tokens that a model reads: the sizes of its inputs, padding and all."""

    def __init__(self, model):
        self.prompt_tokens = self.decoded_tokens = 0
        model.register_forward_pre_hook(self.count, with_kwargs=True)

    def count(self, model, args, kwargs):
        rows, width = kwargs["input_ids"].shape
        if width == 1:
            self.decoded_tokens += rows
        else:
            self.prompt_tokens += rows * width


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_the_same_tokens_and_log_probabilities_with_and_without(any_model, temperature):
    engine = engine_of(any_model)
    whole = converse(engine.generate, temperature=temperature)
    with engine.session() as generate:
        found = converse(generate, temperature=temperature)
    assert found[0] == whole[0]
    for row, context in enumerate(found[0]):
        assert found[1][row] == pytest.approx(whole[1][row], abs=2e-5)
        plain = plain_logprobs(any_model, context, temperature or 1.0)
        assert found[1][row] == pytest.approx([plain[place - 1] for place in found[2][row]], abs=2e-5)
    assert len({len(places) for places in found[2]}) >= 4


def test_several_samples_of_a_prompt_and_going_on_from_any(model):
    """As a search does: every prompt of the next call may go on from any row of the last, or from part of it."""
    engine = engine_of(model)
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=4, seed=1)
    with engine.session() as generate:
        first = generate(PROMPTS, params)
        assert [[g.token_ids for g in group] for group in first] == [
            [g.token_ids for g in group] for group in engine.generate(PROMPTS, params)
        ]
        longest = [max(group, key=lambda g: len(g.token_ids)).token_ids for group in first]
        prompts = [
            [*PROMPTS[0], *longest[0][:2], 77, 78],  # part of a row, and then another way
            [*PROMPTS[2], *longest[2]],
            PROMPTS[2],  # nothing new at all
            [*PROMPTS[2], *longest[2], 50],
            [99, 98, 97, 96, 95],  # never seen
        ]
        found, whole = generate(prompts, params), engine.generate(prompts, params)
    for one, other in zip(found, whole, strict=True):
        assert [g.token_ids for g in one] == [g.token_ids for g in other]
        for mine, theirs in zip(one, other, strict=True):
            assert mine.logprobs == pytest.approx(theirs.logprobs, abs=2e-5)


def test_the_tokens_read_grow_with_the_conversation_and_not_with_its_square():
    """Ten turns and twenty, each of 2 sampled tokens and 3 of feedback: counted by hand, and as the model counts."""
    turns_read = {}
    for kept in (True, False):
        for turns in (10, 20):
            model = llama(100)
            count, engine = TokensRead(model), TransformersEngine(model, [], pad_token_id=0)
            contexts = [[5, 6, 7, 8], [9, 10, 11, 12]]
            with engine.session() as generate:
                for turn in range(turns):
                    params = SamplingParams(max_new_tokens=2, seed=turn)
                    for context, [found] in zip(
                        contexts, (generate if kept else engine.generate)(contexts, params), strict=True
                    ):
                        context += [*found.token_ids, 20, 21, 22]
            assert count.decoded_tokens == 2 * turns  # the second of the two tokens of a turn is sampled from the first
            turns_read[kept, turns] = count.prompt_tokens
    # With: the prompt, and for each further turn the last token that was sampled and three of feedback; two rows.
    assert turns_read[True, 10] == 2 * (4 + 9 * 4)
    assert turns_read[True, 20] == 2 * (4 + 19 * 4)
    # Without: the whole context every time.
    assert turns_read[False, 20] == 2 * sum(4 + 5 * turn for turn in range(20))
    assert turns_read[False, 20] > 3.5 * turns_read[False, 10]


def test_a_prompt_that_is_asked_for_by_many_rows_is_read_once(model):
    count = TokensRead(model)
    with engine_of(model).session() as generate:
        generate([[5, 6, 7, 8]] * 8, SamplingParams(max_new_tokens=1))
    assert count.prompt_tokens == 4


def train_a_step(model, engine):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    model(input_ids=torch.tensor([PROMPTS[0]]), labels=torch.tensor([PROMPTS[0]])).loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def sync(model, engine):
    engine.sync(type(model)(model.config))


def load(model, engine):
    engine.load_weights([(name, value + 0.05) for name, value in model.named_parameters()])


def replace_weights(model, engine):
    for parameter in model.parameters():
        parameter.data = parameter.data + 0.05


def contexts_with_a_change(model, change):
    """A conversation with other weights after its third turn, in one session: (contexts, how far off a row is)."""
    engine = engine_of(model)

    def between(turn):
        torch.manual_seed(5)
        if turn == 2:
            change(model, engine)

    def after_the_change(prompts, params):
        found = generate(prompts, params)
        if params.seed > 2:
            for prompt, [each] in zip(prompts, found, strict=True):
                plain = plain_logprobs(model, [*prompt, *each.token_ids])[len(prompt) - 1 :]
                off.append(max(abs(a - b) for a, b in zip(each.logprobs, plain, strict=True)))
        return found

    off = []
    with engine.session() as generate:
        converse(after_the_change, temperature=1.0, between=between)
    return max(off)


CHANGES = [train_a_step, sync, load, replace_weights]


@pytest.mark.parametrize("change", CHANGES)
def test_weights_that_change_in_a_session_are_seen(model, change):
    assert contexts_with_a_change(model, change) < 2e-5


@pytest.mark.parametrize("change", CHANGES)
def test_it_would_be_seen_if_they_were_not(model, change, monkeypatch):
    """The negative control: without the watch, keys of old weights stand beside those of new ones."""
    monkeypatch.setattr(kv_cache, "_state", lambda model: ())
    assert contexts_with_a_change(model, change) > 1e-3


def test_what_is_kept_ends_with_its_block(model):
    caches = []

    class Watched(kv_cache.PrefixCache):
        def __init__(self, model):
            super().__init__(model)
            caches.append(self)

    engine = engine_of(model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reasoning_gym_ccrl.agents.engines.transformers.PrefixCache", Watched)
        with engine.session() as generate:
            generate(PROMPTS, SamplingParams(max_new_tokens=3))
            assert len(caches[0]._rows) == len(PROMPTS)
            # A call that fails, and one that leaves the rows behind.
            with pytest.raises(IndexError):
                generate([[1000]], SamplingParams(max_new_tokens=3))
            generate([[5, 6]], SamplingParams(max_new_tokens=3))
            assert len(caches[0]._rows) == 1
        assert caches[0]._rows == []
        count = TokensRead(model)
        generate(
            [[5, 6, 7]], SamplingParams(max_new_tokens=1)
        )  # kept beyond its block: it reads all, and keeps nothing
        generate([[5, 6, 7]], SamplingParams(max_new_tokens=1))
        assert count.prompt_tokens == 6
        assert caches[0]._rows == []


@pytest.mark.parametrize("options", [{"max_rows": 4}, {"max_rows": 4, "refill": True}])
def test_more_rows_than_are_decoded_at_once_are_read_again(model, options):
    engine = engine_of(model, **options)
    whole = converse(engine.generate)
    count = TokensRead(model)
    with engine.session() as generate:
        found = converse(generate)
    assert found[0] == whole[0]
    n_read = count.prompt_tokens
    converse(engine.generate)
    assert n_read < count.prompt_tokens - n_read  # the last turns, of four rows and less, were not


def test_an_engine_that_has_no_session_generates_as_ever(tokenizer):
    engine = ScriptedEngine(tokenizer, lambda prompt, sample: "pens")
    with session(engine) as generate:
        assert generate([[5]], SamplingParams()) == engine.generate([[5]], SamplingParams())
