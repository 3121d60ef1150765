"""The confidences of a model's episodes by every source, each against a slow way of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain

import pytest
import torch

from reasoning_gym_ccrl.agents.confidence import CONFIDENCES, compare_confidences, p_true_question
from reasoning_gym_ccrl.agents.confidence_sources import (
    answer_confidences,
    apply_confidence,
    ask_p_true,
    episode_entropies,
    number_tokens,
    record_confidences,
    with_confidences,
)
from reasoning_gym_ccrl.agents.engines.base import Generation, SamplingParams
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import TokenReader, play_back, rollout
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption, UnknownName
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.seeding import python_random

from .models import PROBLEM, gpt2, llama, plain_logits, plain_logprobs, small

TEXTS = [
    "<plan>a = b * c</plan>\n<step>3 * 4 = 12</step><confidence>0.9</confidence>\n<answer>12</answer>",
    "<step>3 * 4 + 5 = 17</step>\n<answer>17</answer><confidence>0.3</confidence>",
    "12 + 5 = 17 €\n<step>no number</step>\n<answer>17</answer>",
    "<step>3 * 4 = 12</step><confidence>90%</confidence>\n<answer> 17 </answer>",
    "<step>3 * 4 = 12</step>",
]
MODELS = {"llama": llama, "gpt2": gpt2}


@pytest.fixture(params=["tiny", "bytes"])
def any_tokenizer(request, tokenizer, byte_level):
    return {"tiny": tokenizer, "bytes": byte_level}[request.param]


def agent_with(tokenizer, kind="llama"):
    model = MODELS[kind](len(tokenizer))
    return LLMAgent(model, tokenizer)


def written(agent, text, question="3 * 4 + 5 = ?\n"):
    """An episode of this text, with the log-probabilities that the agent's model gives it."""
    [prompt] = agent.encode_prompts([question])
    ids = (*agent.tokenizer(text, add_special_tokens=False)["input_ids"], agent.tokenizer.eos_token_id)
    logprobs = plain_logprobs(agent.model, (*prompt, *ids))[len(prompt) - 1 :]
    return play_back(PROBLEM, prompt, Generation(ids, tuple(logprobs), "eos"), TokenReader(agent.tokenizer), "ccrl")


def test_the_tokens_of_a_number_hold_its_digits(any_tokenizer):
    agent = agent_with(any_tokenizer)
    reader = TokenReader(any_tokenizer)
    expected = [[None, "12", "12"], ["17", "17"], ["17", None, "17"], [None, "17"], ["12"]]
    for text, numbers in zip(TEXTS, expected, strict=True):
        episode = written(agent, text)
        found = [number_tokens(episode, number, reader) for number in range(len(episode.records))]
        read = [t and any_tokenizer.decode(episode.token_ids[t.start : t.stop]).strip() for t in found]
        # What the protocol's reader could not read is malformed, and its number is nobody's.
        kept = [n for n, record in zip(read, episode.records, strict=True) if not record.judgement.malformed]
        assert kept == [n for n, r in zip(numbers, episode.records, strict=True) if not r.judgement.malformed]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_entropies_are_those_of_a_plain_forward_pass(kind, temperature, byte_level):
    agent = agent_with(byte_level, kind)
    episodes = [
        written(agent, text[:60], question)
        for text, question in zip(TEXTS, ["a", "bcd", "a", "efgh", "i"], strict=True)
    ]
    found = episode_entropies(agent, episodes, temperature, tokens_at_once=200)
    for episode, values in zip(episodes, found, strict=True):
        logits = plain_logits(agent.model, episode.token_ids) / temperature
        for place, (value, sampled) in enumerate(zip(values, episode.response_mask, strict=True)):
            if not sampled:
                assert value == 0.0
                continue
            probabilities = torch.softmax(logits[place - 1].double(), 0)
            expected = -sum(float(p) * math.log(float(p)) for p in probabilities if p > 0)
            assert value == pytest.approx(expected, abs=2e-5)
    assert episode_entropies(agent, []) == []
    other = episode_entropies(agent, episodes[:1], temperature * 2)[0]
    assert max(abs(a - b) for a, b in zip(other, found[0], strict=True)) > 0.05  # the temperature matters


def test_the_entropy_of_a_number_is_that_at_its_digits(byte_level):
    agent = agent_with(byte_level)
    episode = written(agent, TEXTS[0])
    [[values]] = record_confidences(agent, [[episode]], "token_entropy")
    assert values[0] is None
    text = byte_level.decode(episode.token_ids)
    logits = plain_logits(agent.model, episode.token_ids)
    start = text.index("= 12") + 2  # a byte a token, and no character of several bytes before it
    entropies = [
        float(torch.distributions.Categorical(logits=logits[place - 1]).entropy()) for place in (start, start + 1)
    ]
    expected = 1 - sum(entropies) / 2 / math.log(logits.shape[1])
    assert values[1] == pytest.approx(expected, abs=1e-5)


def test_digit_probabilities_are_those_of_the_rollout(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    problems = [make_source(TINY_FAMILIES).sample(python_random(0, "p", k)) for k in range(3)]
    params = SamplingParams(max_new_tokens=40, samples_per_prompt=2, seed=1)
    stated = rollout(agent, problems, params)
    for source in ("token_mean", "token_product", "token_minimum"):
        expected = rollout(agent, problems, params, confidence=source)
        found = apply_confidence(agent, stated, source, "ccrl")
        for one, other in zip(chain(*expected), chain(*found), strict=True):
            assert [r.step for r in one.records] == [r.step for r in other.records]
            assert [r.reward.total for r in one.records] == pytest.approx([r.reward.total for r in other.records])


def test_agreement_within_the_group(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    group = [written(agent, text) for text in TEXTS]  # answers 12, 17, 17, 17 and none
    [found] = record_confidences(agent, [group], "self_consistency")
    assert [values[-1] for values in found] == [0.2, 0.6, 0.6, 0.6, None]
    assert all(value is None for values in found for value in values[:-1])
    with pytest.raises(InvalidInput, match="several attempts"):
        record_confidences(agent, [group[:1]], "self_consistency")


@pytest.mark.parametrize("kind", MODELS)
def test_p_true_by_one_unpadded_row_at_a_time(kind, any_tokenizer):
    agent = agent_with(any_tokenizer, kind)
    questions = ["Is it?", "True or not: 3 * 4 = 12", "A"]
    found = ask_p_true(agent, questions, tokens_at_once=64)
    for question, value in zip(questions, found, strict=True):
        sums = []
        for word in (" True", " False"):
            prompt = any_tokenizer(question)["input_ids"]
            ids = any_tokenizer(question + word)["input_ids"]
            assert ids[: len(prompt)] == prompt  # these two keep the border; the code does not rely on it
            sums.append(sum(plain_logprobs(agent.model, ids)[len(prompt) - 1 :]))
        expected = 1 / (1 + math.exp(sums[1] - sums[0]))
        assert value == pytest.approx(expected, rel=1e-4)
        assert value != pytest.approx(1 / (1 + math.exp(sums[0] - sums[1])), rel=1e-2)  # the words are not swapped
    assert ask_p_true(agent, questions[::-1]) == pytest.approx(found[::-1], rel=1e-4)
    assert ask_p_true(agent, []) == []


def test_p_true_through_a_chat_template(byte_level):
    import copy

    tokenizer = copy.deepcopy(byte_level)
    tokenizer.chat_template = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}[reply]"
    agent = agent_with(tokenizer)
    [value] = ask_p_true(agent, ["Sure?"])
    sums = [
        sum(
            plain_logprobs(agent.model, tokenizer("[user]Sure?[reply]" + word)["input_ids"])[
                len("[user]Sure?[reply]") - 1 :
            ]
        )
        for word in ("True", "False")
    ]
    assert value == pytest.approx(1 / (1 + math.exp(sums[1] - sums[0])), rel=1e-4)


def test_the_question_holds_the_steps_without_their_confidences(byte_level, monkeypatch):
    agent = agent_with(byte_level)
    asked = []
    monkeypatch.setattr(
        "reasoning_gym_ccrl.agents.confidence_sources.ask_p_true",
        lambda _, texts: asked.extend(texts) or [0.25] * len(texts),
    )
    groups = [[written(agent, TEXTS[0])], [written(agent, TEXTS[4])]]
    found = record_confidences(agent, groups, "p_true")
    steps = "<plan>a = b * c</plan>\n<step>3 * 4 = 12</step>"
    assert asked == [p_true_question(PROBLEM.question, "12", steps)]
    assert found == [[[None, None, 0.25]], [[None]]]  # an episode with no answer is not asked about


def test_an_episode_is_paid_on_what_is_written_into_it(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    episode = written(agent, TEXTS[1])
    assert [record.step.confidence for record in episode.records] == [None, 0.3]
    changed = with_confidences(episode, [0.5, 1.0], "ccrl")
    assert [record.step.confidence for record in changed.records] == [0.5, 1.0]
    # ccrl: 1 for the answer, and 0.5 of the mean score y - (c - y)^2 of what counts. PROBLEM has no gold path, so the
    # step's new value counts too: scores 0.75 and 1.
    assert sum(record.reward.total for record in changed.records) == pytest.approx(1 + 0.5 * (0.75 + 1.0) / 2)
    same = with_confidences(episode, [record.step.confidence for record in episode.records], "ccrl")
    assert [record.reward for record in same.records] == [record.reward for record in episode.records]
    assert changed.token_ids == episode.token_ids
    with pytest.raises(InvalidInput, match="one confidence"):
        with_confidences(episode, [0.5], "ccrl")


def test_plans_and_malformed_steps_carry_none(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    for text in (TEXTS[0], TEXTS[3]):
        episode = written(agent, text)
        changed = with_confidences(episode, [0.5] * len(episode.records), make_reward("brier"))
        assert changed.records[0].step.confidence is None
        assert changed.records[-1].step.confidence == 0.5


def test_answers_by_every_source_and_their_figures(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    groups = [[written(agent, text) for text in TEXTS], [written(agent, text) for text in TEXTS[:2]]]
    scores, outcomes = answer_confidences(agent, groups)
    assert list(scores) == list(CONFIDENCES)
    assert outcomes == [False, True, True, True, False, True]
    assert scores["stated"] == [None, 0.3, None, None, None, 0.3]
    assert scores["self_consistency"] == [0.2, 0.6, 0.6, 0.6, 0.5, 0.5]
    for name in ("token_mean", "token_product", "token_minimum", "token_entropy", "p_true"):
        assert all(value is not None and 0 <= value <= 1 for value in scores[name])
    compared = compare_confidences(scores, outcomes, common=False)
    assert compared["self_consistency"]["auroc"] == pytest.approx((3 + 3 + 0.5 + 1) / 8)
    assert compared["stated"]["share"] == pytest.approx(2 / 6)


def test_an_unknown_source(tokenizer):
    with pytest.raises(UnknownName, match="p_true"):
        record_confidences(LLMAgent(small(tokenizer), tokenizer), [], "p_treu")


def test_a_model_in_training_goes_on_training(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    agent.model.train()
    episode = written(agent, TEXTS[0])
    agent.model.train()
    record_confidences(agent, [[episode]], "token_entropy")
    ask_p_true(agent, ["a"])
    assert agent.model.training


@pytest.mark.parametrize("source", CONFIDENCES)
def test_a_rollout_takes_every_source_and_pays_on_it(tokenizer, source):
    """What it returns is what the source says of the same episodes, and so is what it pays."""
    engine = ScriptedEngine(tokenizer, lambda prompt, sample: TEXTS[sample])
    agent = LLMAgent(llama(len(tokenizer)), tokenizer, engine)
    params = SamplingParams(max_new_tokens=80, temperature=0.7, samples_per_prompt=len(TEXTS), seed=5)
    problems = [PROBLEM, replace(PROBLEM, id="another", answer="12")]
    played = rollout(agent, problems, params, "brier")
    found = rollout(agent, problems, params, "brier", confidence=source)
    expected = record_confidences(agent, played, source, temperature=0.7)
    for group, before, values in zip(found, played, expected, strict=True):
        for episode, plain, own in zip(group, before, values, strict=True):
            assert episode.token_ids == plain.token_ids
            again = with_confidences(plain, own, make_reward("brier"))
            assert [r.step.confidence for r in episode.records] == pytest.approx(
                [r.step.confidence for r in again.records], abs=1e-6
            )
            assert episode.total_reward == pytest.approx(again.total_reward, abs=1e-6)
    stated = [r.step.confidence for group in found for e in group for r in e.records if r.step.confidence is not None]
    assert len(stated) >= 4
    as_written = [r.step.confidence for group in played for e in group for r in e.records]
    assert ([r.step.confidence for group in found for e in group for r in e.records] == as_written) is (
        source == "stated"
    )


def test_self_consistency_needs_company(tokenizer):
    agent = agent_with(tokenizer)
    with pytest.raises(InvalidOption, match="at least 2"):
        rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=4), confidence="self_consistency")
