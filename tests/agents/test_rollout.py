"""Rollouts: whatever a model writes, each step is tied to the tokens that wrote it and paid as in the environment."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.engines.base import Generation, SamplingParams
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import TokenReader, play_back, rollout, token_at
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.envs.base import StepReasoningEnv
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.errors import UnknownName
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import render_step, split_completion
from reasoning_gym_ccrl.types import Step, Verdict

from .models import PROBLEM, plain_logprobs, small

PROMPT = (7, 8, 9)
GOLD = [Step("plan", "a = b * c; d = a + e"), Step("step", "3 * 4 = 12", 0.9), Step("step", "12 + 5 = 17", 0.7)]
GOLD_TEXT = "\n".join(map(render_step, [*GOLD, Step("answer", "17", 0.8)]))
COMPLETIONS = {
    "gold": GOLD_TEXT,
    "spaces": f"  {GOLD_TEXT}\n \n",
    "after the answer": f"{GOLD_TEXT}\n<step>1 + 1 = 3</step><confidence>1.0</confidence> and so on",
    "bare lines": "3 * 4 = 12\n12 + 5 = 17\n<answer>17</answer>",
    "malformed": "<step>3 * 4 = 12</step><confidence>90%</confidence>\n<step></step>\n<answer>17</answer>",
    "unclosed": "<step>3 * 4 = 12\n<answer>17</answer><confidence>.5</confidence>",
    "no answer": "<step>3 * 4 = 12</step>",
    "on one line": "<step>3 * 4 = 12</step><step>12 + 5 = 17</step><answer>17</answer><confidence>0.25</confidence>",
    "many bytes": "<step>½ × 6 = 3 €</step><confidence>0.5</confidence>\n<step>∑ 🎲 …</step>\n<answer>17</answer>",
}


@pytest.fixture(params=["tiny", "bytes"])
def any_tokenizer(request, tokenizer, byte_level):
    return {"tiny": tokenizer, "bytes": byte_level}[request.param]


def generation_of(text, tokenizer, *, finished=True):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    ids = (*ids, tokenizer.eos_token_id) if finished else tuple(ids)
    logprobs = tuple(-0.01 * (index + 1) for index in range(len(ids)))
    return Generation(ids, logprobs, "eos" if finished else "length")


def played(text, tokenizer, *, finished=True, **options):
    generation = generation_of(text, tokenizer, finished=finished)
    return play_back(PROBLEM, PROMPT, generation, TokenReader(tokenizer), "ccrl", **options)


def decoded(tokenizer, episode, span):
    return tokenizer.decode(episode.token_ids[span[0] : span[1]])


def check_spans(episode):
    """The spans cut the response into pieces with nothing between them and nothing left over."""
    spans = [record.span for record in episode.records]
    assert spans[0][0] == len(PROMPT)
    assert spans[-1][1] == len(episode.token_ids)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize("name", COMPLETIONS)
def test_spans_cut_the_response_into_the_elements(name, any_tokenizer):
    text = COMPLETIONS[name]
    episode = played(text, any_tokenizer)
    check_spans(episode)
    elements = split_completion(text)[: len(episode.records)]
    for record, element in zip(episode.records[:-1], elements[:-1], strict=True):
        assert decoded(any_tokenizer, episode, record.span).strip() == text[element.start : element.end].strip()
    start = elements[-1].start
    rest = decoded(any_tokenizer, episode, episode.records[-1].span)
    assert rest.lstrip() == text[start:] + any_tokenizer.eos_token


@pytest.mark.parametrize("name", COMPLETIONS)
def test_confidence_spans_decode_to_the_stated_numbers(name, any_tokenizer):
    text = COMPLETIONS[name]
    episode = played(text, any_tokenizer)
    elements = split_completion(text)
    stated = 0
    for record, element in zip(episode.records, elements, strict=False):
        if element.confidence_start == element.confidence_end:
            assert record.confidence_span is None
            continue
        stated += 1
        shown = decoded(any_tokenizer, episode, record.confidence_span)
        # A tokenizer may have one token for a number with its tags; nothing else may be in the span.
        shown = shown.removeprefix("<confidence>").removesuffix("</confidence>")
        assert shown == text[element.confidence_start : element.confidence_end]
        assert record.span[0] <= record.confidence_span[0] < record.confidence_span[1] <= record.span[1]
        if record.step.confidence is not None:
            assert float(shown) == record.step.confidence
    assert stated == text[: elements[len(episode.records) - 1].end].count("<confidence>")


@pytest.mark.parametrize("name", COMPLETIONS)
def test_payments_and_judgements_are_the_environments(name, tokenizer):
    text = COMPLETIONS[name]
    episode = played(text, tokenizer)
    env = StepReasoningEnv([PROBLEM])
    env.reset(seed=0)
    for record, element in zip(episode.records, split_completion(text), strict=False):
        if element.step is None:
            action = {"step": text[element.start : element.end], "confidence": None}
        else:
            tag = element.step.kind
            action = {"step": f"<{tag}>{element.step.text}</{tag}>", "confidence": element.step.confidence}
        _, reward, terminated, _, info = env.step(action)
        assert reward == record.reward.total
        assert info["reward_terms"] == record.reward.terms
        assert info["judgement"].verdict is record.judgement.verdict
        assert info["judgement"].malformed is record.judgement.malformed
    assert terminated is (episode.final is not None)


def test_sampled_tokens_stay_as_they_were(any_tokenizer):
    generation = generation_of(GOLD_TEXT, any_tokenizer)
    episode = play_back(PROBLEM, PROMPT, generation, TokenReader(any_tokenizer), "ccrl", seed=5)
    assert episode.token_ids == (*PROMPT, *generation.token_ids)
    assert episode.response_mask == (False,) * 3 + (True,) * len(generation.token_ids)
    assert episode.sampler_logprobs == (0.0,) * 3 + generation.logprobs
    assert episode.seed == 5
    assert (episode.terminated, episode.truncated, episode.is_correct) == (True, False, True)


def test_an_empty_completion_is_an_episode_with_no_step(any_tokenizer):
    for text in ("", " \n "):
        episode = played(text, any_tokenizer)
        assert episode.records == ()
        assert (episode.terminated, episode.truncated, episode.is_correct) == (True, False, False)
        assert episode.response_tokens >= 1


def test_a_cut_completion_says_only_what_was_finished(any_tokenizer):
    """At every character: the records are those of the finished elements, and the last one owns what is left over."""
    whole = split_completion(GOLD_TEXT)
    for cut in range(1, len(GOLD_TEXT)):
        text = GOLD_TEXT[:cut]
        episode = played(text, any_tokenizer, finished=False)
        finished = [element for element in whole if GOLD_TEXT.find("</", element.start) + 7 <= cut]
        assert len(episode.records) <= len(finished)
        assert all(not record.judgement.malformed for record in episode.records), text
        if episode.records:
            check_spans(episode)
        assert episode.truncated is (episode.final is None)
        assert episode.terminated is not episode.truncated


def test_a_budget_of_steps_ends_the_episode_and_its_last_step_owns_the_rest(tokenizer):
    episode = played(GOLD_TEXT, tokenizer, max_steps=2)
    assert len(episode.records) == 2
    assert episode.truncated
    check_spans(episode)


def test_an_ending_token_is_not_text(tokenizer):
    """The answer is what was written, whatever its last token is called."""
    finished, cut = played("<answer>17</answer>", tokenizer), played("<answer>17</answer>", tokenizer, finished=False)
    assert finished.is_correct
    assert cut.is_correct
    assert len(finished.token_ids) == len(cut.token_ids) + 1


@pytest.mark.parametrize(("source", "of"), [("token_mean", None), ("token_product", sum), ("token_minimum", min)])
def test_token_confidence_is_the_probability_of_the_digits_that_were_computed(source, of, any_tokenizer):
    text = "<plan>a = b + c</plan>\n<step>3 * 4 = 12</step><confidence>0.1</confidence>\nno number\n<answer>17</answer>"
    generation = generation_of(text, any_tokenizer)
    episode = play_back(PROBLEM, PROMPT, generation, TokenReader(any_tokenizer), "ccrl", source)
    plan, step, bare, answer = episode.records
    assert plan.step.confidence is None
    assert bare.step.confidence is None
    for record, digits, before in ((step, "12", "= "), (answer, "17", "<answer>")):
        place = text.index(before + digits) + len(before)
        ends = TokenReader(any_tokenizer).read(generation.token_ids)[1]
        logs = [generation.logprobs[token_at(ends, place + index)] for index in range(2)]
        assert logs[1] == pytest.approx(logs[0] - 0.01)  # two digits are two tokens
        expected = math.exp(of(logs) if of else sum(logs) / 2)
        assert record.step.confidence == pytest.approx(expected)
    stated = played(text, any_tokenizer)
    assert stated.records[1].step.confidence == 0.1
    assert stated.records[3].step.confidence is None
    if source == "token_mean":
        both = play_back(PROBLEM, PROMPT, generation, TokenReader(any_tokenizer), "ccrl", "hybrid")
        found = [record.step.confidence for record in both.records]
        assert found[1] == pytest.approx((0.1 + step.step.confidence) / 2)
        assert found[3] == answer.step.confidence  # nothing is stated there
        assert found[0] is None
        assert found[2] is None
        assert both.records[1].confidence_span == stated.records[1].confidence_span
        assert both.total_reward not in (stated.total_reward, episode.total_reward)  # it is what the reward is paid on


def test_an_unknown_source_of_confidence_is_refused_before_anything_is_sampled(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer, ScriptedEngine(tokenizer, lambda *_: pytest.fail("sampled")))
    with pytest.raises(UnknownName, match="token_mean"):
        rollout(agent, [PROBLEM], SamplingParams(), confidence="token_means")


# -- the reader -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "abc", "½ × 6 = 3 € 🎲", "🎲🎲", "a\n\n  b ", "…€", "naïve 日本"])
def test_a_readers_ends_are_those_of_the_decoded_beginnings(text, any_tokenizer):
    ids = any_tokenizer(text, add_special_tokens=False)["input_ids"]
    read, ends = TokenReader(any_tokenizer).read(ids)
    assert read == text
    assert ends == sorted(ends)
    assert len(ends) == len(ids)
    assert not ends or ends[-1] == len(text)
    for index, char in enumerate(text):
        # The token a character is found at is one of the tokens that its bytes are in.
        first = token_at(ends, index)
        assert "\ufffd" in (piece := any_tokenizer.decode([ids[first]])) or char in piece


class OneSignPerByte:
    """A tokenizer like sentencepiece with byte fallback: half a character shows as one sign for each byte."""

    def decode(self, token_ids, **options):
        data = bytes(token_ids)
        try:
            return data.decode()
        except UnicodeDecodeError:
            whole = data.decode(errors="ignore")
            return whole + "\ufffd" * (len(data) - len(whole.encode()))


def test_ends_never_go_back_where_half_a_character_is_longer_than_the_whole():
    text = "a€b🎲c"
    read, ends = TokenReader(OneSignPerByte()).read(list(text.encode()))
    assert read == text
    assert ends == sorted(ends)
    starts = [len(text[:index].encode()) for index in range(len(text))]
    assert [token_at(ends, index) for index in range(len(text))] == starts


class SpaceMover:
    """A tokenizer like sentencepiece: the first space of whatever is decoded disappears."""

    words = (" He", " has", " 12", " eggs", ".")

    def decode(self, token_ids, **options):
        return "".join(self.words[token] for token in token_ids).removeprefix(" ")


def test_tokenizers_that_move_spaces_are_read_by_their_beginnings():
    assert TokenReader(SpaceMover()).read([0, 1, 2, 3, 4]) == ("He has 12 eggs.", [2, 6, 9, 14, 15])


@given(st.binary(max_size=12))
@settings(max_examples=60)
def test_any_bytes_at_all_give_ordered_ends(byte_level, data):
    alphabet = byte_level.get_vocab()
    ids = [list(alphabet.values())[byte] for byte in data]
    text, ends = TokenReader(byte_level).read(ids)
    assert ends == sorted(ends)
    assert not ends or ends[-1] == len(text)


# -- whole rollouts -------------------------------------------------------------------------------------------------


def test_groups_come_in_order_and_repeat_with_the_seed(tokenizer):
    rng = python_random(0, "rollout")
    problems = [make_source(TINY_FAMILIES).sample(rng) for _ in range(5)]
    agent = LLMAgent(small(tokenizer), tokenizer)
    params = SamplingParams(max_new_tokens=12, samples_per_prompt=3, seed=9, temperature=0.8)
    groups = rollout(agent, problems, params)
    assert groups == rollout(agent, problems, params)
    assert [[episode.problem.id for episode in group] for group in groups] == [[p.id] * 3 for p in problems]
    for group in groups:
        for episode in group:
            n_prompt = episode.response_mask.index(True)
            assert tokenizer.decode(episode.token_ids[:n_prompt]) == episode.problem.question + "\n"
            expected = plain_logprobs(agent.model, episode.token_ids, 0.8)[n_prompt - 1 :]
            assert episode.sampler_logprobs[n_prompt:] == pytest.approx(expected, abs=2e-5)
            assert episode.seed == 9


def test_a_scripted_agent_solves_what_it_is_told_to(tokenizer):
    rng = python_random(1, "rollout")
    problems = [make_source(TINY_FAMILIES).sample(rng) for _ in range(8)]
    answers = {problem.question: problem for problem in problems}

    def script(prompt, sample):
        problem = answers[prompt.removesuffix("\n")]
        steps = [Step("step", gold.text, 1.0) for gold in problem.solution]
        return "\n".join(map(render_step, [*steps, Step("answer", problem.answer if sample == 0 else "0.5", 1.0)]))

    agent = LLMAgent(small(tokenizer), tokenizer, ScriptedEngine(tokenizer, script))
    params = SamplingParams(max_new_tokens=400, samples_per_prompt=2)
    for right, wrong in rollout(agent, problems, params):
        assert right.total_reward == pytest.approx(1.5)
        assert right.is_correct
        assert not wrong.is_correct
        assert wrong.total_reward < 0.5
        assert all(record.judgement.verdict is Verdict.CORRECT for record in wrong.records[:-1])


def test_rollouts_leave_no_graph_behind(tokenizer):
    agent = LLMAgent(small(tokenizer), tokenizer)
    rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=3))
    assert all(parameter.grad is None for parameter in agent.model.parameters())
    assert torch.is_grad_enabled()
