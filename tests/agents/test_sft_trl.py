"""TRL's SFTTrainer reads the rows that we write: the same tokens, the same mask, the same loss as ours."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from reasoning_gym_ccrl.agents.chat_data import examples_to_dataset, read_examples, write_examples
from reasoning_gym_ccrl.agents.comt.cot_examples import cot_example
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example
from reasoning_gym_ccrl.agents.comt.sft import collate, completion_loss, tokenize
from reasoning_gym_ccrl.envs.problems import FAMILIES, make_source
from reasoning_gym_ccrl.seeding import python_random

from .models import small

trl = pytest.importorskip("trl", reason="trl is not installed: make extras")

# TRL's own code, and the optional packages that it looks for, warn on import and at each start of a trainer.
pytestmark = pytest.mark.filterwarnings("ignore")

PROBLEMS = [make_source(family).sample(python_random(0, family)) for family in list(FAMILIES)[:4]]
SOLUTIONS = [cot_example(problem) for problem in PROBLEMS]
PLANS = [comt_example(problem) for problem in PROBLEMS]

# As the templates of instruction-tuned models are built: a turn ends with the end of the sequence, and the part that
# the model writes is marked, which is what TRL's assistant_only_loss goes by.
TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}[assistant]"
    "{% generation %}{{ m['content'] }}{{ eos_token }}{% endgeneration %}"
    "{% else %}[{{ m['role'] }}]{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture(scope="module")
def model(tokenizer):
    return small(tokenizer)


@pytest.fixture
def read_by_trl(tmp_path, model, tokenizer):
    """Writes the examples to a file, and gives TRL what it reads: (its data set, its batch of all, its loss)."""

    def read(examples, form, **options):
        write_examples(tmp_path / "train.jsonl", examples, form)
        reader = tokenizer if form == "text" else chatty(tokenizer)
        settings = trl.SFTConfig(
            output_dir=str(tmp_path / "out"),
            max_length=None,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            report_to=[],
            **options,
        )
        rows = examples_to_dataset(read_examples(tmp_path / "train.jsonl"), form)
        trainer = trl.SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=reader)
        batch = trainer.data_collator(list(trainer.train_dataset))
        model.eval()
        with torch.no_grad():
            loss = trainer.compute_loss(model, dict(batch))
        return list(trainer.train_dataset), batch, loss.item()

    return read


def chatty(tokenizer):
    """The tiny tokenizer with a chat template."""
    reader = deepcopy(tokenizer)
    reader.chat_template = TEMPLATE
    return reader


@torch.no_grad()
def our_loss(model, examples, tokenizer):
    input_ids, scored = collate(tokenize(examples, tokenizer), tokenizer.pad_token_id)
    return completion_loss(model.eval(), input_ids, scored).item()


@pytest.mark.parametrize(
    ("form", "options"),
    [("text", {}), ("chat", {}), ("messages", {"assistant_only_loss": True})],
    ids=["text", "chat", "messages"],
)
def test_the_same_tokens_mask_and_loss(form, options, read_by_trl, model, tokenizer):
    reader = tokenizer if form == "text" else chatty(tokenizer)
    ours = tokenize(SOLUTIONS, reader)
    rows, batch, loss = read_by_trl(SOLUTIONS, form, **options)
    assert [tuple(row["input_ids"]) for row in rows] == [example.token_ids for example in ours]
    input_ids, scored = collate(ours, tokenizer.pad_token_id)
    assert torch.equal(batch["input_ids"], input_ids)
    assert torch.equal(batch["labels"] != -100, scored)
    assert loss == pytest.approx(our_loss(model, SOLUTIONS, reader), abs=1e-5)


@pytest.mark.parametrize(
    ("form", "options"),
    [("text", {"completion_only_loss": False}), ("messages", {})],
    ids=["text-all-scored", "messages-all-scored"],
)
def test_told_otherwise_trl_scores_the_prompt_too(form, options, read_by_trl, model, tokenizer):
    """What the agreement rests on: the settings that docs/sft.md names. Without them the loss is another one."""
    reader = tokenizer if form == "text" else chatty(tokenizer)
    _, batch, loss = read_by_trl(SOLUTIONS, form, **options)
    _, scored = collate(tokenize(SOLUTIONS, reader), tokenizer.pad_token_id)
    assert (batch["labels"] != -100).sum() > 1.4 * scored.sum()
    assert abs(loss - our_loss(model, SOLUTIONS, reader)) > 1e-4


def test_after_a_plan_trl_learns_one_token_more(read_by_trl, model, tokenizer):
    """The end of the sequence, which it cannot be told to leave out."""
    ours = tokenize(PLANS, tokenizer)
    rows, _, loss = read_by_trl(PLANS, "text")
    assert [tuple(row["input_ids"]) for row in rows] == [(*each.token_ids, tokenizer.eos_token_id) for each in ours]
    ended = [replace(plan, ends=True) for plan in PLANS]
    assert loss == pytest.approx(our_loss(model, ended, tokenizer), abs=1e-5)
    assert abs(loss - our_loss(model, PLANS, tokenizer)) > 1e-4
