"""Fine-tunes a small model in processes of its own and kills three of them with SIGKILL; see test_sft_resume.

    python killed_sft.py FOLDER

Prints a digest of the weights of a run that was never stopped, and of one that was.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from reasoning_gym_ccrl.agents.base_corpus import TextExample
from reasoning_gym_ccrl.agents.checkpoint import find_checkpoint
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, fine_tune

CONFIG = SFTConfig(
    updates=120, batch_size=4, learning_rate=1e-3, warmup_updates=5, precision="float32", checkpoint_every=1
)


def digest(model) -> str:
    made = hashlib.sha256()
    for parameter in model.parameters():
        made.update(parameter.detach().numpy().tobytes())
    return made.hexdigest()


def parts():
    """A GPT-2 with dropout, and a tokenizer of bytes."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(BPE(vocab={sign: index for index, sign in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<eos>", pad_token="<eos>")
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=64)
    return GPT2LMHeadModel(config), tokenizer


def train(folder: Path | None) -> str:
    model, tokenizer = parts()
    rng = random.Random(1)
    examples = (TextExample("q" * rng.randint(1, 20), ((f" {rng.randint(1, 99)}", True),)) for _ in itertools.count())
    fine_tune(model, tokenizer, examples, CONFIG, rng, folder=folder)
    return digest(model)


def updates_in(folder: Path) -> int:
    """The updates of the last checkpoint, whatever moment this is."""
    for _ in range(100):
        try:
            found = find_checkpoint(folder)
            return 0 if found is None else int(json.loads((found / "state.json").read_text())["update"])
        except (OSError, ValueError):  # moved away while we read
            continue
    return 0


def child(work) -> int:
    """A process of its own for `work`; ours holds no thread of torch that a fork could lose."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
    return pid


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    chance = random.Random(7)
    checkpoint, killed, reached = folder / "checkpoint", 0, []
    for turn in range(3):
        target = 15 + 30 * turn + chance.randrange(10)
        pid = child(lambda: train(checkpoint))
        deadline = time.monotonic() + 40
        while updates_in(checkpoint) < target and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.02)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        killed += os.WIFSIGNALED(status)
        reached.append(updates_in(checkpoint))
    start = digest(parts()[0])
    results = {"start": start, "killed": killed, "reached": reached, "updates": CONFIG.updates}
    print(json.dumps(results | {"resumed": train(checkpoint), "unbroken": train(None)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
