"""Randomly initialised models of two kinds, a second tokenizer, episodes, and the slow way to a log-probability."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from reasoning_gym_ccrl.agents.tiny import build_model
from reasoning_gym_ccrl.types import Episode, Problem

PROBLEM = Problem("test:1", "What is 3 * 4 + 5?", "17")
SMALL = {"hidden_size": 32, "layers": 2, "heads": 2, "intermediate_size": 64}


def llama(vocab_size: int, seed: int = 0) -> LlamaForCausalLM:
    """A Llama with grouped-query attention and a head of its own; wide weights make its distributions uneven."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.3,
        tie_word_embeddings=False,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


def gpt2(vocab_size: int, seed: int = 0) -> GPT2LMHeadModel:
    """A GPT-2: learned positions, tied weights, and dropout in its config."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=vocab_size,
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=128,
        initializer_range=0.3,
        resid_pdrop=0.3,
        embd_pdrop=0.3,
        attn_pdrop=0.3,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
    )
    return GPT2LMHeadModel(config).eval()


def small(tokenizer, seed: int = 0) -> LlamaForCausalLM:
    """The default model, smaller."""
    return build_model(tokenizer, seed, **SMALL)


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token for each byte: characters beyond ASCII are several tokens. It has no pad token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(BPE(vocab={sign: index for index, sign in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", clean_up_tokenization_spaces=False)


@torch.no_grad()
def plain_logits(model, token_ids) -> torch.Tensor:
    """[T, V] logits of one unpadded row by the model's own forward pass."""
    return model.eval()(input_ids=torch.tensor([list(token_ids)])).logits[0].float()


def plain_logprobs(model, token_ids, temperature: float = 1.0) -> list[float]:
    """The log-probability of every token but the first, one at a time."""
    logits = plain_logits(model, token_ids)
    return [
        float(torch.log_softmax(logits[position - 1] / temperature, 0)[token_ids[position]])
        for position in range(1, len(token_ids))
    ]


def token_episode(prompt, response, logprobs=None, records=(), problem=PROBLEM) -> Episode:
    """An episode of which only the tokens matter."""
    logs = tuple(logprobs) if logprobs is not None else (-1.0,) * len(response)
    return Episode(
        problem,
        tuple(records),
        terminated=True,
        truncated=False,
        token_ids=(*prompt, *response),
        response_mask=(False,) * len(prompt) + (True,) * len(response),
        sampler_logprobs=(0.0,) * len(prompt) + logs,
    )
