"""Problems so small that what GRPO must learn can be said in one line: one answer, or one stated confidence."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.types import Problem

LEVELS = (0.1, 0.3, 0.6, 0.9)
ANSWERS = ("<answer>1</answer>", "<answer>2</answer>")
STATED = tuple(f"<confidence>{level}</confidence>" for level in LEVELS)

PPO = TrainConfig(
    algorithm="ppo",
    updates=5,
    problems_per_update=2,
    group_size=4,
    epochs=2,
    minibatches=2,
    learning_rate=1e-2,
    max_new_tokens=3,
    checkpoint_every=1,
)
"""A short run of several steps an update, saved after each."""


def bandit_agent(seed: int, actions: tuple[str, ...]) -> LLMAgent:
    """A small Llama with little to say: the two words of the question, an end, and `actions`, a token each."""
    inner = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1, "Q": 2, "?": 3}, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Split("?", "isolated")
    inner.decoder = decoders.Fuse()
    inner.add_tokens([AddedToken(action, normalized=False, special=False) for action in ("\n", *actions)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", pad_token="<pad>")
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=32,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    return LLMAgent(LlamaForCausalLM(config).eval(), tokenizer)


@dataclass(frozen=True)
class Lottery:
    """One question whose answer is "1" with probability `p_one`, else "2"; nobody can know which."""

    p_one: float

    def sample(self, rng: random.Random) -> Problem:
        return Problem("lottery", "Q?", "1" if rng.random() < self.p_one else "2")


@torch.no_grad()
def next_probabilities(agent: LLMAgent, text: str) -> dict[str, float]:
    """The probability of every token after a text."""
    ids = agent.tokenizer(text)["input_ids"]
    p = agent.model(input_ids=torch.tensor([ids])).logits[0, -1].softmax(0).tolist()
    return dict(zip(agent.tokenizer.convert_ids_to_tokens(range(len(p))), p, strict=True))
