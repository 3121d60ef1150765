"""The default model, built from nothing: a Llama of about one million parameters and its tokenizer.

No download: the tokenizer is trained on text that the problem families generate, the weights are drawn from the
seed. Both are saved in Hugging Face format, so that the tiny model and an 8-billion one walk the same road.

The tokenizer is a byte-level BPE (any text survives a round trip). A digit is always one token, with or without a
space before it, a tag of the text protocol is one token, and so is a whole stated confidence in tenths
("<confidence>0.9</confidence>"): saying how sure it is takes the model one decision.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from ..envs.problems import FAMILIES, Family, split_of
from ..envs.problems.stories import FIRST_STORIES
from ..seeding import derive_seed, python_random
from ..step_format import TAGS, format_confidence, render_transcript
from ..types import Problem
from .base_corpus import CONFIDENCE_LEVELS

EOS, PAD = "<eos>", "<pad>"

TINY_FAMILIES = ("word_problems", "arithmetic")
"""The families that a model of this size can learn in minutes: its vocabulary, and the demo, are made of these."""

ROPE_THETA = 100.0
"""Base of the rotary positions. The usual 10,000 spreads them over thousands of tokens; texts here have about 60,
and with 100 (a longest wave of about 470 tokens) the model finds its way in a text after fewer updates."""

_WORDS = Regex(r" ?\d| ?[A-Za-z]+| ?[^\sA-Za-z\d]|\s")


_LONGER = {"min_steps": 2, "max_steps": 4, "many": 99, "max_value": 999}
_VOCABULARY: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "word_problems": (
        {},
        _LONGER | {"distractors": 0.2, "stories": tuple(story.name for story in FIRST_STORIES)},
    ),
    "arithmetic": ({}, _LONGER),
}
"""Options beside those of "easy" that each family's share of the vocabulary is drawn with. They are spelled out, not
named by a difficulty: whenever stories or kinds are added, token numbers, and with them the demo's figures, stay."""


def _texts(rng: random.Random, n_problems: int) -> Iterator[str]:
    """Questions, plans and steps, short and longer ones: what the vocabulary is made from."""
    for family in TINY_FAMILIES:
        for options in _VOCABULARY[family]:
            config = replace(FAMILIES[family].presets["easy"], **options)
            for _ in range(n_problems):
                problem = _draw(FAMILIES[family], config, rng)
                yield render_transcript(problem.question)
                for gold in problem.solution:
                    # As a plan writes it, first and later line, and as a step does: with and without a space.
                    yield f"{gold.meta_thought}; {gold.meta_thought}; {gold.text}"


def _draw(family: Family, config: Any, rng: random.Random) -> Problem:
    """A problem with a graph of the training split, held-out compositions included: no solution is learned from it."""
    rng.random()  # a source of several families picks one here
    while True:
        draft = family.draft(rng, config)
        if split_of(draft.canonical) == "train":
            return draft.build()


def build_tokenizer(seed: int = 0, vocab_size: int = 1280) -> PreTrainedTokenizerFast:
    """Trains the tokenizer; equal for equal seeds.

    Args:
        seed: seeds the problems that the vocabulary is counted on.
        vocab_size: an upper bound on the number of tokens, 256 bytes and the tags included.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_WORDS, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(TAGS) - len(CONFIDENCE_LEVELS),
        special_tokens=[PAD, EOS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(python_random(seed, "tokenizer"), n_problems=1500), trainer)
    # Tags are ordinary text to the protocol, so they must survive skip_special_tokens: added, but not special.
    stated = [f"<confidence>{format_confidence(level)}</confidence>" for level in CONFIDENCE_LEVELS]
    tokenizer.add_tokens([AddedToken(text, normalized=False, special=False) for text in (*TAGS, *stated)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=EOS,
        pad_token=PAD,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def build_model(
    tokenizer: PreTrainedTokenizerFast,
    seed: int = 0,
    *,
    hidden_size: int = 128,
    layers: int = 4,
    heads: int = 4,
    intermediate_size: int = 384,
) -> LlamaForCausalLM:
    """A Llama with weights drawn from the seed; about one million parameters at the defaults."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=512,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        initializer_range=0.05,  # the usual 0.02 is meant for widths in the thousands
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "tiny", "weights"))
        model = LlamaForCausalLM(config).eval()
        _start_spaced_tokens_alike(model, tokenizer)
    return model


@torch.no_grad()
def _start_spaced_tokens_alike(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Starts a word with a space before it at the vector of the bare word, plus one vector that all of them share.

    "cost" and " cost" are two tokens of one word. Plans and steps write them in turn, and a small model would spend
    much of its short training on finding out that they belong together.
    """
    vectors = model.get_input_embeddings().weight
    vocabulary = tokenizer.get_vocab()
    shared = torch.randn(vectors.shape[1]) * 0.5 * vectors.std()
    for token, index in vocabulary.items():
        bare = vocabulary.get(token[1:]) if token.startswith("Ġ") and len(token) > 1 else None
        if bare is not None:
            vectors[index] = vectors[bare] + shared
