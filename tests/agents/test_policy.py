from __future__ import annotations

import json

import pytest
import torch

from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.policy import SYSTEM_PROMPT, LLMAgent, end_token_ids
from reasoning_gym_ccrl.envs.base import StepReasoningEnv
from reasoning_gym_ccrl.errors import InvalidOption, ModelNotFound

from .models import byte_tokenizer, gpt2, llama, small

TEMPLATE = (
    "{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture(scope="module")
def agent(tokenizer):
    return LLMAgent(small(tokenizer), tokenizer)


@pytest.fixture(scope="module")
def saved(agent, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    agent.save_pretrained(folder)
    return folder


def scripted(tokenizer, text):
    return LLMAgent(small(tokenizer), tokenizer, ScriptedEngine(tokenizer, lambda prompt, sample: text))


def test_a_saved_agent_comes_back(agent, saved):
    back = LLMAgent.from_pretrained(saved, device="cpu")
    assert not back.model.training
    assert back.encode_prompts(["a ½\n"]) == agent.encode_prompts(["a ½\n"])
    assert all(torch.equal(a, b) for a, b in zip(agent.model.parameters(), back.model.parameters(), strict=True))
    assert back.act("What is 2 + 2?\n") == agent.act("What is 2 + 2?\n")
    assert LLMAgent.from_pretrained(str(saved), dtype="bfloat16").model.dtype == torch.bfloat16


@pytest.mark.parametrize("path", ["runs/demo/nothing/here", "./nowhere", "/no/such/model", "no-such-model-of-anybody"])
def test_a_path_that_is_no_model_says_so(path):
    with pytest.raises(ModelNotFound, match=r"Hugging Face"):
        LLMAgent.from_pretrained(path)


def test_a_mistyped_name_in_a_folder_that_is_here_is_no_id(tmp_path, monkeypatch):
    """runs/nope has the shape of owner/name; asking a hub for it would end in a riddle about the network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    with pytest.raises(ModelNotFound, match=r"is neither"):
        LLMAgent.from_pretrained("runs/nope")
    with pytest.raises(ModelNotFound, match=r"No model could be loaded"):
        LLMAgent.from_pretrained("nobody/nope")


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(ModelNotFound, match=r"config\.json"):
        LLMAgent.from_pretrained(tmp_path)


@pytest.mark.parametrize("damaged", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_folder_with_a_part_missing_or_damaged_says_so(saved, tmp_path, damaged, how):
    for path in saved.iterdir():
        if path.name != damaged:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        elif how == "damaged":
            (tmp_path / path.name).write_bytes(b"{ not what it was")
    with pytest.raises(ModelNotFound):
        LLMAgent.from_pretrained(tmp_path)


def test_a_model_of_another_kind_says_so(saved, tmp_path):
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "no_such_kind"}))
    with pytest.raises(ModelNotFound):
        LLMAgent.from_pretrained(tmp_path)


def test_an_unknown_precision_is_refused(saved):
    with pytest.raises(InvalidOption, match="bfloat16"):
        LLMAgent.from_pretrained(saved, dtype="float17")


def test_actions_are_those_an_environment_takes(agent):
    env = StepReasoningEnv()
    observation, _ = env.reset(seed=0)
    for seed in range(5):
        action = agent.act(observation, temperature=1.0, max_new_tokens=12, seed=seed)
        observation, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            break


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("<step>3 * 4 = 12</step><confidence>0.9</confidence>\n<answer>1</answer>", ("<step>3 * 4 = 12</step>", 0.9)),
        ("<plan>a = b * c</plan>", ("<plan>a = b * c</plan>", None)),
        ("  <answer>17</answer><confidence>1.0</confidence>", ("<answer>17</answer>", 1.0)),
        ("3 + 4 = 7\nmore", ("<step>3 + 4 = 7</step>", None)),
        ("<step>1</step><confidence>high</confidence>", ("<step>1</step><confidence>high</confidence>", None)),
        ("<step>never closed", ("<step>never closed", None)),
        ("", ("", None)),
        (" \n", (" \n", None)),
    ],
)
def test_the_first_element_is_the_action_and_the_environment_judges_the_rest_out(tokenizer, text, action):
    found = scripted(tokenizer, text).act("What is 3 * 4 + 5?\n")
    assert (found["step"], found["confidence"]) == action
    env = StepReasoningEnv()
    env.reset(seed=0)
    _, _, _, _, info = env.step(found)
    malformed = action[0].strip() == "" or "high" in text or "never" in text
    assert info["judgement"].malformed is malformed


def test_a_batch_acts_as_one_by_one(agent):
    observations = ["What is 2 + 2?\n", "Tom has 3 pens. How many pens does Tom have now?\n", "Q\n"]
    assert agent.act_batch(observations, max_new_tokens=8) == [agent.act(o, max_new_tokens=8) for o in observations]
    assert agent.act_batch([]) == []


def test_a_prompt_is_the_observation_and_no_end(agent, tokenizer):
    [ids] = agent.encode_prompts(["a 12\n"])
    assert tokenizer.decode(ids) == "a 12\n"


def test_a_chat_model_gets_messages(tokenizer):
    chatty = byte_tokenizer()
    chatty.chat_template = TEMPLATE
    agent = LLMAgent(llama(len(chatty)), chatty)
    short, long = agent.encode_prompts(["Q?\n", "A longer question?\n"])
    assert chatty.decode(short) == f"[system]{SYSTEM_PROMPT}[user]Q?\n[assistant]"
    assert chatty.decode(long) == f"[system]{SYSTEM_PROMPT}[user]A longer question?\n[assistant]"
    assert agent.encode_prompts([]) == []


def test_a_tokenizer_without_pad_uses_its_end():
    bare = byte_tokenizer()
    assert bare.pad_token_id is None
    agent = LLMAgent(gpt2(len(bare)), bare)
    assert agent.tokenizer.pad_token_id == bare.eos_token_id
    assert set(agent.act("Q?\n", max_new_tokens=4)) == {"step", "confidence"}


def test_every_end_of_model_and_tokenizer_ends(tokenizer):
    model = small(tokenizer)
    assert end_token_ids(model, tokenizer) == [tokenizer.eos_token_id]
    model.generation_config.eos_token_id = [5, 9]
    assert end_token_ids(model, tokenizer) == sorted({5, 9, tokenizer.eos_token_id})
    model.generation_config.eos_token_id = None
    assert end_token_ids(model, tokenizer) == [tokenizer.eos_token_id]
