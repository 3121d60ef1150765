"""Random models of many kinds, a batch of episodes with its oracle, and gradients by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
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

from reasoning_gym_ccrl.agents.batch import make_batch

from .models import gpt2, llama, plain_logits, plain_logprobs, token_episode


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


def adapted(vocab_size, *modules):
    """LoRA with dropout, which nothing here may show."""
    peft = pytest.importorskip("peft", reason="peft is not installed")
    options = peft.LoraConfig(r=4, target_modules=list(modules), lora_dropout=0.3, init_lora_weights=False)
    torch.manual_seed(0)
    return peft.get_peft_model(llama(vocab_size), options).eval()


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
    "lora in the layers": lambda size: adapted(size, "q_proj", "v_proj"),
}
OWN = {
    "soft-capped": soft_capped,
    "scaled": scaled,
    "divided": divided,
    "transformed": transformed,
    "lora in the head": lambda size: adapted(size, "q_proj", "lm_head"),
}
EVERY = {**PLAIN, **OWN}


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


def attempts_entropies(model, temperature):
    found = []
    rows = [(len(prompt) - 1, [*prompt, *response]) for prompt, response in ATTEMPTS]
    for first, tokens in [*rows, (0, TALK.token_ids)]:
        logs = (plain_logits(model, tokens) / temperature).log_softmax(1)
        every = (-(logs.exp() * logs).sum(1)).tolist()
        found += every[first:-1] if first or tokens is not TALK.token_ids else [every[0], every[3]]
    return found


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
