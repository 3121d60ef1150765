"""One contract over all engines that run here; a real vLLM passes the same one in tests/vllm."""

from __future__ import annotations

import json
import threading
from collections import Counter

import pytest
import torch

from reasoning_gym_ccrl.agents import ENGINES
from reasoning_gym_ccrl.agents.engines.base import Generation, SamplingParams, StopStrings, cut
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.engines.scripted import ScriptedEngine
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.engines.transformers import TransformersEngine
from reasoning_gym_ccrl.errors import InvalidInput, InvalidOption

from .engine_contract import (
    BUILDERS,
    CHECKS,
    CONTEXT_TOKENS,
    PROMPTS,
    Case,
    build,
    first_with,
    weights_are_those_of_the_last_sync,
)
from .fake_server import Answer, serving


def transformers_case(kind, tokenizer, **options):
    model = build(kind, tokenizer)

    def make(ends):
        return TransformersEngine(model, list(ends), tokenizer.pad_token_id, tokenizer=tokenizer, **options)

    return Case(f"transformers, {kind}", make, model, tokenizer)


class ModelServer:
    """Answers completions as `vllm serve` does, with an engine of ours behind it: real tokens, real numbers."""

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer, self.lock = model, tokenizer, threading.Lock()

    def __call__(self, path, body):
        if path == "/v1/models":
            return Answer({"data": [{"id": "tiny", "max_model_len": CONTEXT_TOKENS}]})
        ends = body.get("stop_token_ids", [self.tokenizer.eos_token_id])
        engine = TransformersEngine(self.model, ends, self.tokenizer.pad_token_id, tokenizer=self.tokenizer)
        prompt = body["prompt"]
        if isinstance(prompt, str):
            prompt = self.tokenizer(prompt)["input_ids"]
        stop = tuple(body.get("stop", ()))
        params = SamplingParams(body["max_tokens"], body["temperature"], seed=body["seed"], stop=stop)
        with self.lock:
            [[found]] = engine.generate([prompt], params)
        reason = "length" if found.stop_reason == "length" else "stop"
        shown = found.token_ids[:-1] if found.stop_reason == "eos" else found.token_ids
        logprobs = {"token_logprobs": list(found.logprobs), "tokens": [f"token_id:{i}" for i in found.token_ids]}
        if "return_token_ids" not in body:
            logprobs = {"token_logprobs": [], "tokens": [self.tokenizer.decode([i]) for i in found.token_ids]}
        choice = {"index": 0, "text": self.tokenizer.decode(shown), "finish_reason": reason, "logprobs": logprobs}
        if "return_token_ids" in body:
            choice["token_ids"] = list(found.token_ids)
        return Answer({"choices": [choice]})


@pytest.fixture(scope="module")
def llama_server(tokenizer):
    model = build("llama", tokenizer)
    with serving(ModelServer(model, tokenizer)) as server:
        yield server, model


def server_case(llama_server, tokenizer):
    server, model = llama_server
    client = OpenAIClient(ServerOptions(server.url, "tiny"))

    def make(ends):
        return ServerEngine(client, tokenizer, list(ends), context_tokens=CONTEXT_TOKENS)

    return Case("server, llama", make, model, tokenizer)


@pytest.fixture(scope="module", params=[*BUILDERS, "gpt2, refilled", "server"])
def case(request, tokenizer):
    if request.param == "server":
        return server_case(request.getfixturevalue("llama_server"), tokenizer)
    kind, _, refilled = request.param.partition(", ")
    return transformers_case(kind, tokenizer, **({"refill": True, "max_rows": 3} if refilled else {}))


@pytest.mark.parametrize("check", CHECKS)
def test_the_contract(case, check):
    CHECKS[check](case)


@pytest.mark.parametrize("kind", BUILDERS)
def test_weights_can_be_replaced(kind, tokenizer):
    weights_are_those_of_the_last_sync(transformers_case(kind, tokenizer), build(kind, tokenizer, seed=1))


def test_every_engine_of_the_table_opens_by_name():
    import importlib

    for name, module in ENGINES.items():
        assert callable(importlib.import_module(module).open_engine), name


def test_the_contract_can_fail(tokenizer):
    """The negative control: an engine that lies about its numbers, its ends or its seeds does not pass."""
    honest = transformers_case("llama", tokenizer)

    class Liar:
        def __init__(self, inner, lie):
            self.inner, self.lie = inner, lie

        def generate(self, prompts, params):
            return [[self.lie(each) for each in group] for group in self.inner.generate(prompts, params)]

    def wrong_numbers(found):
        return Generation(found.token_ids, tuple(x - 1e-4 for x in found.logprobs), found.stop_reason)

    def one_more(found):
        return Generation((*found.token_ids, 9), (*found.logprobs, -1.0), found.stop_reason)

    def reason(found):
        return Generation(found.token_ids, found.logprobs, "length")

    for lie, check in [(wrong_numbers, "temperature 1"), (one_more, "stop strings"), (reason, "end and stop")]:
        lying = Case("liar", lambda ends, lie=lie: Liar(honest.make(ends), lie), honest.model, tokenizer)
        with pytest.raises(AssertionError):
            CHECKS[check](lying)


# -- stop strings, tokenizer by tokenizer ---------------------------------------------------------------------------


class SpaceMover:
    """A tokenizer like sentencepiece: the first space of whatever is decoded disappears."""

    words = ("▁Answer", ":", "▁", "▁12", "\n", "▁so", "ab", "c")

    def decode(self, token_ids, **options):
        return "".join(self.words[token] for token in token_ids).replace("▁", " ").removeprefix(" ")


@pytest.mark.parametrize("string", [": ", " 12", "\n", "12\n", "so", "bc", "▁", "Answer: 12"])
def test_spaces_that_move_hide_no_stop_string(string):
    tokenizer, ids = SpaceMover(), [5, 0, 1, 3, 4, 5, 6, 7, 3]
    assert StopStrings(tokenizer, [string]).end(ids) == first_with(tokenizer, ids, [string])


@pytest.mark.parametrize("string", ["€", "½ =", "🎲", "3 €\n", "\n"])
def test_a_character_of_several_tokens_is_complete_with_its_last(string, byte_level):
    ids = byte_level("½ × 6 = 3 €\n🎲 and ½ = more", add_special_tokens=False)["input_ids"]
    end = StopStrings(byte_level, [string]).end(ids)
    assert end == first_with(byte_level, ids, [string])
    assert byte_level.decode(ids[:end]).endswith(string)


def test_a_long_completion_is_searched_near_its_end_alone(byte_level):
    """Time must not grow with the square of the length: what is decoded is bounded."""
    longest = 0

    class Watched:
        def decode(self, token_ids, **options):
            nonlocal longest
            longest = max(longest, len(token_ids))
            return byte_level.decode(token_ids, **options)

    ids = byte_level("</step " * 200 + "</step>", add_special_tokens=False)["input_ids"]
    assert StopStrings(Watched(), ["</step>"]).end(ids) == len(ids)
    assert longest <= len("</step>") + 4


def test_cut_takes_whatever_comes_first(tokenizer):
    ids = tokenizer("3 * 4 = 12\n<answer>12</answer>", add_special_tokens=False)["input_ids"]
    logs = [-float(index) for index in range(len(ids))]
    end = ids.index(tokenizer("\n", add_special_tokens=False)["input_ids"][0])

    def found(is_end, stop, budget):
        return cut(ids, logs, is_end=is_end, stops=StopStrings(tokenizer, stop), budget=budget)

    never = lambda token: False  # noqa: E731
    assert found(never, ("\n",), 99) == Generation(tuple(ids[: end + 1]), tuple(logs[: end + 1]), "stop")
    assert found(never, ("\n",), end).stop_reason == "length"
    assert len(found(never, ("\n",), end).token_ids) == end
    assert found(lambda token: token == ids[1], ("\n",), 99) == Generation(tuple(ids[:2]), tuple(logs[:2]), "eos")
    assert found(lambda token: token == ids[1], (), 1).stop_reason == "length"


@pytest.mark.parametrize("stop", ["\n", ("",), (3,), ["\n"]])
def test_a_stop_that_is_no_tuple_of_strings_is_refused(stop):
    with pytest.raises(InvalidOption, match="tuple of strings"):
        SamplingParams(stop=stop)


def test_stop_strings_need_a_tokenizer(tokenizer):
    model = build("llama", tokenizer)
    engine = TransformersEngine(model, [1], 0)
    with pytest.raises(InvalidOption, match="tokenizer="):
        engine.generate([[5]], SamplingParams(stop=("a",)))
    assert len(engine.generate([[5]], SamplingParams(max_new_tokens=2))[0][0].token_ids) <= 2


def test_the_scripted_engine_stops_as_the_others_do(tokenizer):
    engine = ScriptedEngine(tokenizer, lambda prompt, sample: "<step>3</step>\n<answer>3</answer>")
    [[found]] = engine.generate([[5]], SamplingParams(stop=("\n",)))
    assert tokenizer.decode(found.token_ids) == "<step>3</step>\n"
    assert found.stop_reason == "stop"
    with pytest.raises(InvalidInput, match="at least one token"):
        engine.generate([[]], SamplingParams())
    engine.sync(None)
    engine.load_weights([])


# -- weights ---------------------------------------------------------------------------------------------------------


def test_weights_of_another_model_are_refused(tokenizer):
    case = transformers_case("llama", tokenizer)
    engine = case.make([])
    with pytest.raises(InvalidInput, match="no such weight"):
        engine.load_weights([("model.nothing.weight", torch.zeros(2))])
    with pytest.raises(InvalidInput, match="shape"):
        engine.load_weights([("model.norm.weight", torch.zeros(2))])


# -- the server ------------------------------------------------------------------------------------------------------


def test_a_server_is_asked_for_many_at_once_and_answers_in_order(llama_server, tokenizer):
    server, _ = llama_server
    client = OpenAIClient(ServerOptions(server.url, "tiny", max_parallel=3))
    engine = ServerEngine(client, tokenizer, [tokenizer.eos_token_id], context_tokens=CONTEXT_TOKENS)
    server.busiest = 0
    before = len(server.asked)
    params = SamplingParams(max_new_tokens=3, samples_per_prompt=3, seed=2)
    groups = engine.generate(PROMPTS, params)
    bodies = server.bodies()[before:]
    assert len(bodies) == 3 * len(PROMPTS)
    assert Counter(tuple(body["prompt"]) for body in bodies) == Counter(
        {(8,): 6, **dict.fromkeys([tuple(prompt) for prompt in PROMPTS if prompt != [8]], 3)}
    )
    assert len({body["seed"] for body in bodies}) == len(bodies)
    assert all(body["model"] == "tiny" for body in bodies)
    assert server.busiest <= 3
    # In order: each completion is the one that its own prompt and seed give.
    assert [[g.token_ids for g in group] for group in engine.generate(PROMPTS[::-1], params)] != [
        [g.token_ids for g in group] for group in groups
    ]
    greedy = SamplingParams(max_new_tokens=3, temperature=0.0)
    forwards, backwards = engine.generate(PROMPTS, greedy), engine.generate(PROMPTS[::-1], greedy)
    assert [group[0].token_ids for group in forwards] == [group[0].token_ids for group in backwards][::-1]


def test_a_server_that_knows_text_alone(llama_server, tokenizer):
    """Text goes out and comes back; its end is marked, stop strings are searched here, and no numbers are made up."""
    server, _ = llama_server
    client = OpenAIClient(ServerOptions(server.url, "tiny"))
    engine = ServerEngine(client, tokenizer, [tokenizer.eos_token_id], dialect="openai")
    prompt = tokenizer("Tom has 3 pens.\n")["input_ids"]
    [[found]] = engine.generate([prompt], SamplingParams(max_new_tokens=12, temperature=0.0))
    sent = server.bodies()[-1]
    assert sent["prompt"] == "Tom has 3 pens.\n"
    assert not {"stop", "return_token_ids", "stop_token_ids"} & set(sent)
    assert found.logprobs == ()
    [[direct]] = (
        transformers_case("llama", tokenizer)
        .make([tokenizer.eos_token_id])
        .generate([prompt], SamplingParams(max_new_tokens=12, temperature=0.0))
    )
    assert tokenizer.decode(found.token_ids) == tokenizer.decode(direct.token_ids)


def answered(body, tokenizer, **options):
    """One completion from a server that answers with this body."""
    with serving(lambda path, asked: body if isinstance(body, Answer) else Answer(body)) as server:
        client = OpenAIClient(ServerOptions(server.url, "tiny", max_attempts=2, first_wait_s=0.0))
        engine = ServerEngine(client, tokenizer, [tokenizer.eos_token_id], **options)
        return engine.generate([[5]], SamplingParams(max_new_tokens=30, stop=options.pop("stop", ())))[0][0]


@pytest.mark.parametrize(
    ("choice", "logprobs", "reason"),
    [
        # vLLM; a server with the tokens' numbers as names; with text and one number a token; with text alone
        ({"text": "3 4", "token_ids": "IDS", "logprobs": {"token_logprobs": [-1, -0.5]}}, (-1.0, -0.5), "eos"),
        ({"text": "", "logprobs": {"tokens": "NAMES", "token_logprobs": [-1.0, -0.5]}}, (-1.0, -0.5), "eos"),
        ({"text": "pens", "finish_reason": "length", "logprobs": {"token_logprobs": "FIT"}}, "FIT", "length"),
        ({"text": "pens", "finish_reason": "stop", "logprobs": {"token_logprobs": [None]}}, (), "eos"),
        ({"text": "pens", "finish_reason": "stop", "logprobs": None}, (), "eos"),
        ({"text": "pens", "finish_reason": "length"}, (), "length"),
    ],
)
def test_replies_of_several_kinds_are_read(choice, logprobs, reason, tokenizer):
    ids = [9, tokenizer.eos_token_id]
    n = len(tokenizer("pens")["input_ids"])
    filled = json.loads(
        json.dumps({"index": 0, **choice})
        .replace('"IDS"', json.dumps(ids))
        .replace('"NAMES"', json.dumps([f"token_id:{each}" for each in ids]))
        .replace('"FIT"', json.dumps([-0.25] * n))
    )
    found = answered({"choices": [filled]}, tokenizer)
    assert found.stop_reason == reason
    assert found.logprobs == ((-0.25,) * n if logprobs == "FIT" else logprobs)


def test_an_engine_of_a_server_says_what_is_wrong(tokenizer):
    from reasoning_gym_ccrl.errors import EngineError

    with pytest.raises(EngineError, match='dialect="openai"'):
        answered(Answer({"error": "unknown field"}, status=400), tokenizer)
    with pytest.raises(EngineError, match="no model"):
        answered(Answer({"error": "no such model"}, status=404), tokenizer)
    with pytest.raises(EngineError, match="one token at least"):
        answered({"choices": [{"index": 0, "text": "", "finish_reason": "length"}]}, tokenizer)
    with pytest.raises(EngineError, match="JSON"):
        answered(Answer(b"<html>"), tokenizer)
    with pytest.raises(EngineError, match="Tried 2 times"):
        answered(Answer({"error": "busy"}, status=503), tokenizer)
    engine = ServerEngine(OpenAIClient(ServerOptions("http://127.0.0.1:9/v1", "tiny")), tokenizer, [1])
    with pytest.raises(InvalidOption, match="A server's weights"):
        engine.sync(None)
