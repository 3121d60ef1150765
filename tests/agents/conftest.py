"""Small models on one thread, so that numbers repeat and the tests of other rooms are not slowed down."""

from __future__ import annotations

import pytest
import torch

from reasoning_gym_ccrl.agents.tiny import build_tokenizer

from .models import byte_tokenizer, gpt2, llama


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer(seed=0)


@pytest.fixture(scope="session")
def byte_level():
    return byte_tokenizer()


@pytest.fixture(params=["llama", "gpt2"])
def model(request):
    """A rotary and a learned-position model of a hundred tokens."""
    return {"llama": llama, "gpt2": gpt2}[request.param](vocab_size=100)
