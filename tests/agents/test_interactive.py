"""Interactive rollouts: equal to whole generations where nothing is said, and exact about whose token is whose."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
import torch

from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.interactive import interactive_rollout, say_verdict
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.prompts import few_shot_examples
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.step_format import split_completion
from reasoning_gym_ccrl.types import Problem

from .engine_contract import build
from .models import PROBLEM, plain_logprobs, small
from .test_rollout import COMPLETIONS

QUESTION = PROBLEM.question + "\n"
WRONG = "<step>3 * 4 = 13</step><confidence>0.9</confidence>"
RIGHT = "<step>3 * 4 = 12</step><confidence>0.8</confidence>"
ANSWER = "<answer>17</answer><confidence>0.7</confidence>"


@pytest.fixture(params=["tiny", "bytes"])
def any_tokenizer(request, tokenizer, byte_level):
    return {"tiny": tokenizer, "bytes": byte_level}[request.param]


def writer(tokenizer, text, *, said=()):
    """An agent that writes a text, going on where its context ends; `said` is what it will have heard in between."""

    def script(prompt, sample):
        written = prompt.removeprefix(QUESTION)
        for each in said:
            written = written.replace(each, "")
        assert text.startswith(written), written
        return text[len(written) :]

    return LLMAgent(small(tokenizer), tokenizer, ScriptedEngine(tokenizer, script))


def seen(episode):
    return [
        (record.step, record.judgement.verdict, record.judgement.malformed, record.reward) for record in episode.records
    ]


@pytest.mark.parametrize("name", COMPLETIONS)
@pytest.mark.parametrize("feedback", [None, lambda record: ""], ids=["none", "empty"])
def test_equal_rewards_where_nothing_is_said(name, feedback, any_tokenizer):
    agent, params = writer(any_tokenizer, COMPLETIONS[name]), SamplingParams(max_new_tokens=400)
    [[whole]] = rollout(agent, [PROBLEM], params)
    [[found]] = interactive_rollout(agent, [PROBLEM], params, feedback=feedback)
    assert seen(found) == seen(whole)
    assert found.total_reward == whole.total_reward
    assert [record.span for record in found.records[:-1]] == [record.span for record in whole.records[:-1]]
    assert [record.confidence_span for record in found.records] == [r.confidence_span for r in whole.records]
    assert (found.terminated, found.truncated) == (whole.terminated, whole.truncated)
    # Nothing is written after the line that ended it.
    assert found.token_ids == whole.token_ids[: len(found.token_ids)]


@pytest.fixture(scope="module")
def practised(tokenizer):
    """A small model that has learned four solutions by heart: (agent, problems)."""
    examples = few_shot_examples(4, "word_problems", seed=1)
    model = build("llama", tokenizer)
    rows = [tokenizer(question + written)["input_ids"] + [tokenizer.eos_token_id] for question, written in examples]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(40):
        for ids in rows:
            batch = torch.tensor([ids])
            model(input_ids=batch, labels=batch).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    problems = [
        Problem(f"p:{number}", question.strip(), split_completion(written)[-1].step.text)
        for number, (question, written) in enumerate(examples)
    ]
    return LLMAgent(model.eval(), tokenizer), problems


def test_a_real_model_is_paid_the_same_line_by_line(practised):
    agent, problems = practised
    params = SamplingParams(max_new_tokens=90, temperature=0.0)
    whole = rollout(agent, problems, params)
    found = interactive_rollout(agent, problems, params)
    assert sum(len(episode.records) for [episode] in whole) >= 8
    assert any(episode.is_correct for [episode] in whole)
    for [one], [other] in zip(found, whole, strict=True):
        assert seen(one) == seen(other)
        n = len(one.token_ids)
        assert one.token_ids == other.token_ids[:n]
        assert one.sampler_logprobs == pytest.approx(other.sampler_logprobs[:n], abs=2e-5)


def test_what_is_said_is_heard_and_belongs_to_nobody(practised):
    """Sampled log-probabilities are those of the whole context with the feedback in it; its own tokens are masked."""
    agent, problems = practised
    params = SamplingParams(max_new_tokens=60, samples_per_prompt=2, temperature=0.7, seed=3)
    groups = interactive_rollout(agent, problems, params, feedback=lambda record: "(noted)\n")
    assert groups == interactive_rollout(agent, problems, params, feedback=lambda record: "(noted)\n")
    said = 0
    for problem, group in zip(problems, groups, strict=True):
        for episode in group:
            n_prompt = episode.response_mask.index(True)
            assert agent.tokenizer.decode(episode.token_ids[:n_prompt]) == problem.question + "\n"
            expected = plain_logprobs(agent.model, episode.token_ids, 0.7)
            for place, own in enumerate(episode.response_mask):
                assert episode.sampler_logprobs[place] == pytest.approx(expected[place - 1] if own else 0.0, abs=1e-4)
            response = agent.tokenizer.decode(episode.token_ids[n_prompt:])
            said += response.count("\n(noted)\n")
            assert 0 < sum(episode.response_mask) <= 60
    assert said > 8


class TransformersEngineWithoutSessions:
    """The same engine, its sessions hidden: it reads the whole context at every turn."""

    def __init__(self, inner):
        self.generate, self.context_tokens, self.max_rows = inner.generate, inner.context_tokens, inner.max_rows


def test_reading_what_is_new_alone_changes_no_episode(practised):
    agent, problems = practised
    without = LLMAgent(agent.model, agent.tokenizer, TransformersEngineWithoutSessions(agent.engine))
    params = SamplingParams(max_new_tokens=60, samples_per_prompt=3, temperature=0.7, seed=4)
    read = []
    hook = agent.model.register_forward_pre_hook(
        lambda model, args, kwargs: read.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    found = interactive_rollout(agent, problems, params, feedback=lambda record: "(noted)\n")
    n_with = sum(read)
    read.clear()
    whole = interactive_rollout(without, problems, params, feedback=lambda record: "(noted)\n")
    hook.remove()
    assert n_with < 0.6 * sum(read)
    for one, other in zip(chain(*found), chain(*whole), strict=True):
        assert one.token_ids == other.token_ids
        assert seen(one) == seen(other)
        assert one.sampler_logprobs == pytest.approx(other.sampler_logprobs, abs=2e-5)
    assert len({len(episode.records) for episode in chain(*found)}) > 1  # they end at different turns


def test_more_episodes_than_the_engine_decodes_at_once(practised, monkeypatch):
    """They are played in batches, each with draws of its own."""
    agent, problems = practised
    monkeypatch.setattr(agent.engine, "max_rows", 3)
    params = SamplingParams(max_new_tokens=30, samples_per_prompt=6, temperature=1.5, seed=4)
    [group] = interactive_rollout(agent, problems[:1], params)
    assert [episode.token_ids for episode in group[:3]] != [episode.token_ids for episode in group[3:]]
    greedy = SamplingParams(max_new_tokens=30, temperature=0.0)
    in_batches = interactive_rollout(agent, problems, greedy)
    monkeypatch.undo()
    at_once = interactive_rollout(agent, problems, greedy)
    assert [episode.token_ids for [episode] in in_batches] == [episode.token_ids for [episode] in at_once]


def test_every_step_owns_its_tokens_and_no_feedback(any_tokenizer):
    text = f"<plan>a = b * c</plan>\n{WRONG}\n{RIGHT}\nso far so good\n{ANSWER}\nand more"
    agent = writer(any_tokenizer, text, said=("(right)\n", "(wrong)\n"))
    params = SamplingParams(max_new_tokens=400)
    [[episode]] = interactive_rollout(agent, [PROBLEM], params, feedback=say_verdict)
    n_prompt = episode.response_mask.index(True)
    response = any_tokenizer.decode(episode.token_ids[n_prompt:])
    assert response == (f"<plan>a = b * c</plan>\n{WRONG}\n(wrong)\n{RIGHT}\n(right)\nso far so good\n{ANSWER}\n")
    own = [token for token, mine in zip(episode.token_ids, episode.response_mask, strict=True) if mine]
    assert any_tokenizer.decode(own) == response.replace("(wrong)\n", "").replace("(right)\n", "")
    assert [seen(episode)[n][0].kind for n in range(5)] == ["plan", "step", "step", "step", "answer"]
    assert episode.is_correct
    assert [record.step.confidence for record in episode.records] == [None, 0.9, 0.8, None, 0.7]
    spans = [record.span for record in episode.records]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for record in episode.records:
        assert record.step.text in any_tokenizer.decode(episode.token_ids[slice(*record.span)])
        assert "(" not in any_tokenizer.decode(episode.token_ids[slice(*record.span)])
        if record.confidence_span is not None:
            shown = any_tokenizer.decode(episode.token_ids[slice(*record.confidence_span)])
            assert str(record.step.confidence) in shown
    # The rewards are those of the same steps, said or not.
    [[whole]] = rollout(writer(any_tokenizer, text), [PROBLEM], params)
    assert seen(episode) == seen(whole)
    assert spans[0][0] == n_prompt
    assert spans[-1][1] == len(episode.token_ids)


def test_feedback_waits_for_the_end_of_an_element_and_of_a_line(any_tokenizer):
    text = f"<step>3 * 4\n= 13</step>\n{ANSWER}\n"
    agent = writer(any_tokenizer, text, said=("(wrong)\n",))
    [[episode]] = interactive_rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=400), feedback=say_verdict)
    assert "<step>3 * 4\n= 13</step>\n(wrong)\n<answer>" in any_tokenizer.decode(episode.token_ids)


def test_token_confidence_is_read_over_the_gaps(any_tokenizer):
    agent = writer(any_tokenizer, f"{WRONG}\n{RIGHT}\n{ANSWER}\n", said=("(wrong)\n", "(right)\n"))
    params = SamplingParams(max_new_tokens=400)
    [[episode]] = interactive_rollout(agent, [PROBLEM], params, feedback=say_verdict, confidence="token_product")
    # The script's log-probabilities are -1 a token, and a digit is a token.
    assert [record.step.confidence for record in episode.records] == pytest.approx([0.1353] * 3, abs=1e-3)


def test_budgets_hold_over_all_turns(practised, any_tokenizer):
    text = f"{WRONG}\n" * 20
    agent = writer(any_tokenizer, text, said=("(wrong)\n",))
    for budget in (1, 7, 30, 60):
        params = SamplingParams(max_new_tokens=budget)
        [[episode]] = interactive_rollout(agent, [PROBLEM], params, feedback=say_verdict)
        assert sum(episode.response_mask) == budget
        assert episode.truncated
    params = SamplingParams(max_new_tokens=4000)
    [[episode]] = interactive_rollout(agent, [PROBLEM], params, feedback=say_verdict, max_steps=3)
    assert len(episode.records) == 3
    assert episode.truncated
    # The model's context ends before the budget does.
    agent, problems = practised
    params = SamplingParams(max_new_tokens=400, temperature=1.0, seed=1)
    groups = interactive_rollout(agent, problems, params, feedback=lambda record: "(go on with it, please)\n" * 4)
    assert max(len(episode.token_ids) for [episode] in groups) >= 100
    assert all(sum(episode.response_mask) + episode.response_mask.index(True) <= 128 for [episode] in groups)


def test_options_that_cannot_be(tokenizer):
    agent = writer(tokenizer, "")
    with pytest.raises(InvalidOption, match="turn ends where a line does"):
        interactive_rollout(agent, [PROBLEM], SamplingParams(stop=("x",)))
    with pytest.raises(UnknownName, match="token_mean"):
        interactive_rollout(agent, [PROBLEM], SamplingParams(), confidence="token_means")
    assert interactive_rollout(agent, [], SamplingParams()) == []
