"""Small models on one thread, so that numbers repeat and the tests of other rooms are not slowed down.

The pure functions of tensors state the shapes of what they take and return; here, and nowhere else, every call is held
to that. A test of what is enforced is in test_shapes.py.
"""

# ruff: noqa: E402 (the hook comes before the modules that it changes)

from __future__ import annotations

import sys

import pytest
import torch
from jaxtyping import install_import_hook

SHAPED = [
    f"reasoning_gym_ccrl.agents.{name}"
    for name in (
        "advantages",
        "chunked_head",
        "confidence",
        "importance",
        "kl",
        "logprobs",
        "losses",
        "shared_prompts",
        "value",
    )
]
LOADED_TOO_EARLY = sorted(set(SHAPED) & set(sys.modules))  # by a test of another folder: nothing is enforced there
# An int is welcome where a float is asked for, as it is to mypy.
install_import_hook(SHAPED, "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

from reasoning_gym_ccrl.agents import logprobs
from reasoning_gym_ccrl.agents.shared_prompts import trees_are_cheaper
from reasoning_gym_ccrl.agents.tiny import build_tokenizer

from .models import byte_tokenizer, gpt2, llama


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def loaded_too_early():
    """Modules that were imported before the hook, and so are not held to their shapes."""
    return LOADED_TOO_EARLY


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


@pytest.fixture(params=["tree", "cache", "in full"])
def share_prompts(request, monkeypatch):
    """Each way of reading prompts; a model that cannot read trees takes the cache in their place."""

    def trees(model, batch):
        return request.param == "tree" and trees_are_cheaper(model, batch)

    monkeypatch.setattr(logprobs, "trees_are_cheaper", trees)
    return request.param != "in full"
