"""The default model and what it reads first."""

from __future__ import annotations

import itertools
import random
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents import base_corpus
from reasoning_gym_ccrl.agents.base_corpus import corpus
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example, comt_stream, plan_of, why_rejected
from reasoning_gym_ccrl.agents.comt.sft import tokenize
from reasoning_gym_ccrl.agents.tiny import EOS, PAD, TINY_FAMILIES, build_tokenizer
from reasoning_gym_ccrl.envs.problems import make_source, split_of
from reasoning_gym_ccrl.envs.problems.base import canonical_node
from reasoning_gym_ccrl.envs.verify.judge import EpisodeJudge
from reasoning_gym_ccrl.errors import InvalidProblem
from reasoning_gym_ccrl.step_format import TAGS, split_completion
from reasoning_gym_ccrl.types import Step, Verdict

from .models import PROBLEM, small


def encode(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@given(st.text(max_size=40))
def test_any_text_survives_the_tokenizer(tokenizer, text):
    assert tokenizer.decode(encode(tokenizer, text)) == text
    if EOS not in text and PAD not in text:
        assert tokenizer.decode(encode(tokenizer, text), skip_special_tokens=True) == text


@pytest.mark.parametrize(
    "text", ["<step>", "</answer> <plan>", "3 * 4 = 12½ €", "\t\n  \r\n", "<eos", "日本 🎲", "a" * 500]
)
def test_odd_text_survives_the_tokenizer(tokenizer, text):
    assert tokenizer.decode(encode(tokenizer, text), skip_special_tokens=True) == text


def test_a_digit_is_one_token_wherever_it_stands(tokenizer):
    for digit in "0123456789":
        assert len(encode(tokenizer, digit)) == 1
        assert len(encode(tokenizer, f" {digit}")) == 1
    rng = random.Random(0)
    for _ in range(100):
        number = str(rng.randrange(10 ** rng.randint(1, 8)))
        assert len(encode(tokenizer, number)) == len(encode(tokenizer, f" {number}")) == len(number)
        pieces = [tokenizer.decode([token]) for token in encode(tokenizer, f"x = {number}*{number};")]
        assert all(sum(char.isdigit() for char in piece) <= 1 for piece in pieces)


def test_a_tag_is_one_token_and_is_text(tokenizer):
    special = set(tokenizer.all_special_ids)
    for tag in TAGS:
        [token] = encode(tokenizer, tag)
        assert token not in special
        assert tokenizer.decode([token], skip_special_tokens=True) == tag
        assert len(encode(tokenizer, f"{tag}{tag}")) == 2
    assert {tokenizer.decode([token]) for token in special} == {EOS, PAD}


def test_equal_seeds_give_equal_vocabularies_and_weights(tokenizer):
    again = build_tokenizer(seed=0)
    assert again.get_vocab() == tokenizer.get_vocab()
    text = "Tom buys bags, 3 of them.\n<plan>bought = bags * per bag</plan>"
    assert encode(again, text) == encode(tokenizer, text)
    before = torch.get_rng_state()
    one, two, other = small(tokenizer, 0), small(again, 0), small(tokenizer, 1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_vocabulary_leaves_nothing_out_and_keeps_its_bound(tokenizer):
    assert len(tokenizer) <= 1280
    assert sorted(tokenizer.get_vocab().values()) == list(range(len(tokenizer)))
    assert small(tokenizer).config.vocab_size == len(tokenizer)


# -- the base corpus --------------------------------------------------------------------------------------------------


class Listening:
    """A problem source that remembers what it gave."""

    def __init__(self, source):
        self.source, self.split, self.given = source, source.split, []

    def sample(self, rng):
        problem = self.source.sample(rng)
        self.given.append(problem)
        return problem


def examples(count, seed=0):
    """(example, the problem in its prompt or None)."""
    source = Listening(make_source(TINY_FAMILIES, "easy", "train"))
    stream = corpus(source, random.Random(seed))
    for example in itertools.islice(stream, count):
        shown = [p for p in reversed(source.given[-5:]) if example.prompt.startswith(p.question + "\n")]
        yield example, shown[0] if shown else None


def completed(example):
    return "".join(text for text, _ in example.completion)


def test_no_example_solves_a_multi_step_problem():
    """Whatever the corpus says about a story or expression of several steps, its last gold step is not reached."""
    multi = solved = 0
    for example, problem in examples(1500):
        if problem is None or len(problem.solution) < 2:
            continue
        multi += 1
        judge = EpisodeJudge(problem)
        for element in split_completion(example.prompt[len(problem.question) + 1 :] + completed(example)):
            if element.step is None:
                continue
            judgement = judge.judge(element.step)
            assert judgement.gold_index != len(problem.solution) - 1, completed(example)
            assert element.step.kind != "answer" or judgement.verdict is not Verdict.CORRECT
            assert element.step.kind != "plan" or judgement.verdict is not Verdict.CORRECT
    # The negative control: the same reading of a gold solution does find it.
    judge = EpisodeJudge(problem := next(p for _, p in examples(200) if p is not None and len(p.solution) > 1))
    for gold in problem.solution:
        solved = judge.judge(Step("step", gold.text)).gold_index
    assert solved == len(problem.solution) - 1
    assert multi > 300


def test_one_step_problems_are_solved_right():
    seen = 0
    for example, problem in examples(800):
        if problem is None or len(problem.solution) != 1 or "<answer>" not in completed(example):
            continue
        seen += 1
        judge = EpisodeJudge(problem)
        verdicts = [judge.judge(e.step).verdict for e in split_completion(completed(example)) if e.step]
        assert set(verdicts) == {Verdict.CORRECT}
    assert seen > 10


def test_every_calculation_in_the_corpus_is_right():
    checked = 0
    for example, _ in examples(800):
        for left, operator, right, result in re.findall(
            r"(\d+) ([-+*/]) (\d+) = (\d+)", example.prompt + completed(example)
        ):
            a, b = int(left), int(right)
            exact = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[operator]
            assert exact == int(result)
            checked += 1
    assert checked > 1000


def test_no_graph_of_another_split_is_a_problem_nor_a_held_out_one_a_drill():
    drills = 0
    for example, problem in examples(800):
        if problem is not None:
            assert split_of(problem.metadata["graph"]) == "train"
            continue
        for left, operator, right in re.findall(r"(\d+) ([-+*/]) (\d+) =", completed(example)):
            assert split_of(canonical_node(operator, left, right)) not in ("validation", "test")
            drills += 1
    assert drills > 200


def test_confidences_know_the_length_of_the_chain_and_not_what_is_right():
    """Right and wrong lines with as many before them are stated alike; longer chains are stated less surely."""
    stated = [base_corpus.draw_confidence(random.Random(seed), 0) for seed in range(2000)]
    assert set(stated) == set(base_corpus.CONFIDENCE_LEVELS)
    means = {}
    for example, problem in examples(3000):
        if problem is None:
            continue
        judge = EpisodeJudge(problem)
        said = [element.step for element in split_completion(completed(example)) if element.step is not None]
        for before, step in enumerate(said):
            if step.confidence is not None:
                right = judge.judge(step).verdict is Verdict.CORRECT
                means.setdefault(before, {True: [], False: []})[right].append(step.confidence)
    compared = 0
    for kinds in means.values():
        if min(map(len, kinds.values())) >= 100:
            right, other = (sum(values) / len(values) for values in (kinds[True], kinds[False]))
            assert right == pytest.approx(other, abs=0.07)
            compared += 1
    assert compared >= 1
    first, last = (sum(kinds[True] + kinds[False]) / len(kinds[True] + kinds[False]) for kinds in (means[0], means[2]))
    assert first > last + 0.1


def test_equal_generators_give_equal_examples(tokenizer):
    first = [example for example, _ in examples(60)]
    assert first == [example for example, _ in examples(60)]
    assert first != [example for example, _ in examples(60, seed=1)]
    assert all(any(tokens.scored) for tokens in tokenize(first, tokenizer))


# -- meta-thoughts ----------------------------------------------------------------------------------------------------


def test_a_comt_example_is_the_gold_plan_and_holds_no_number():
    source, rng = make_source(TINY_FAMILIES), random.Random(0)
    for _ in range(100):
        problem = source.sample(rng)
        example = comt_example(problem)
        [(text, scored)] = example.completion
        assert scored
        assert not any(char.isdigit() for char in text)
        [element] = split_completion(text)
        assert element.step.kind == "plan"
        assert EpisodeJudge(problem).judge(element.step).verdict is Verdict.CORRECT
        assert example.prompt == problem.question + "\n"


def test_what_is_no_meta_thought_is_rejected_with_its_reason():
    problem = next(p for _, p in examples(50) if p is not None and len(p.solution) == 2)
    plan = plan_of(problem)
    assert why_rejected(problem, plan) is None
    assert why_rejected(problem, " \n ;") == "empty"
    assert why_rejected(problem, plan + "; x = y * 3") == "a number"
    assert why_rejected(problem, plan + "; x = y * three") == "a number"
    assert why_rejected(problem, plan + "; x = ½ y") == "a number"
    assert why_rejected(problem, plan.split(";")[0]) == "incomplete"
    copied = problem.question.split(".")[0].split(",")[0]
    copied = re.sub(r"\d.*", "", copied).strip()
    assert why_rejected(problem, copied) == "a copy of the question"
    with pytest.raises(InvalidProblem, match="meta-thoughts"):
        plan_of(PROBLEM)


def test_replay_comes_in_its_share():
    source = make_source(TINY_FAMILIES)
    replay = iter(lambda: "replayed", None)
    stream = comt_stream(source, replay, 0.25, random.Random(0))
    found = list(itertools.islice(stream, 400))
    assert found.count("replayed") / 400 == pytest.approx(0.25, abs=0.07)
