"""A model for the commands: the tiny one, smaller, with random weights; and one that is not ours."""

from __future__ import annotations

import pytest
import torch

from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer

from ..agents.models import byte_tokenizer, llama


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """The folder of a tiny model, as a command line names it."""
    tokenizer = build_tokenizer()
    model = build_model(tokenizer, hidden_size=32, layers=1, heads=2, intermediate_size=32)
    folder = tmp_path_factory.mktemp("models") / "little"
    LLMAgent(model, tokenizer).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def foreign_model(tmp_path_factory):
    """The folder of a model that was not built here: another vocabulary, no pad token."""
    tokenizer = byte_tokenizer()
    folder = tmp_path_factory.mktemp("models") / "foreign"
    LLMAgent(llama(len(tokenizer)), tokenizer).save_pretrained(folder)
    return str(folder)
