"""The vocabulary that the demo's published figures rest on."""

from __future__ import annotations

import hashlib
import json

import pytest

from reasoning_gym_ccrl.agents.tiny import build_tokenizer

# Token numbers decide which of its first random vectors a word starts from, so another vocabulary makes other figures.
# Stories and kinds of expression that are added must not change it; the figures in docs/ are of seeds 0, 1 and 2.
VOCABULARIES = {
    0: (974, "79be293c6aa1e8d7ec007ec9d64e5b7c9d61c4a47f255220dea95b2f8c339b16"),
    1: (975, "26c2cd5cfe6666db288bc9e21a94a915a941828b019c414c4e54a73bfe94f0ac"),
    2: (977, "ab75817caffe63911817b9acb39f579b7fedf273d66e794653f6626cdf089c6a"),
}


@pytest.mark.parametrize("seed", VOCABULARIES)
def test_the_vocabulary_is_the_one_that_the_demo_was_measured_with(seed):
    tokenizer = build_tokenizer(seed)
    text = json.dumps(tokenizer.get_vocab(), sort_keys=True)
    assert (len(tokenizer), hashlib.sha256(text.encode()).hexdigest()) == VOCABULARIES[seed]
