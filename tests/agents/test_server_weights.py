"""What is asked of a vLLM server that is to take new weights, and what is said where it cannot.

With a server that only replies; tests/vllm has a real one.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from reasoning_gym_ccrl.agents import trainer
from reasoning_gym_ccrl.agents.engines import server_weights
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.agents.engines.server import ServerEngine
from reasoning_gym_ccrl.agents.engines.server_weights import ServerWeights
from reasoning_gym_ccrl.agents.engines.vllm_worker import WeightsFromFolder
from reasoning_gym_ccrl.errors import DataError, EngineError, InvalidOption

from .fake_server import Answer, serving
from .models import llama

TAKES = {"/collective_rpc": Answer({"results": [{}]}), "/reset_prefix_cache": Answer({"success": True})}


def options(url):
    return ServerOptions(url, "tiny", max_attempts=2, first_wait_s=0.0)


def test_weights_go_by_a_file_and_what_was_computed_is_forgotten(tmp_path):
    model = llama(30)
    with serving(lambda path, _: TAKES[path]) as server:
        weights = ServerWeights(options(server.url), tmp_path / "weights")
        weights.check()
        engine = ServerEngine(OpenAIClient(options(server.url)), None, [1], weights=weights)
        engine.sync(model)
    folder = str(tmp_path / "weights")
    assert [(path, body) for path, body, _ in server.asked] == [
        ("/collective_rpc", {"method": "weights_can_come", "args": []}),
        ("/collective_rpc", {"method": "load_weights_from", "args": [folder]}),
        ("/reset_prefix_cache", {}),
    ]
    found = load_file(tmp_path / "weights/model.safetensors")
    own = dict(model.named_parameters())
    assert set(found) == set(own)
    assert all(torch.equal(found[name], own[name]) for name in own)
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer({"detail": "Not Found"}, status=404), "takes no weights: .*404.*VLLM_SERVER_DEV_MODE=1 vllm serve"),
        (Answer({"error": "no such method"}, status=500), "takes no weights: .*500.*--worker-extension-cls"),
        (Answer({"results": []}), "no workers that take weights.*--worker-extension-cls"),
        (Answer({}), "no workers that take weights"),
    ],
)
def test_a_server_that_takes_no_weights_is_told_how_to_start(answer, said, tmp_path):
    with serving(lambda *_: answer) as server, pytest.raises(EngineError, match=said):
        ServerWeights(options(server.url), tmp_path).check()


def test_what_a_worker_says_is_passed_on(tmp_path):
    reply = Answer({"results": [{}, {"error": "New weights are given for every layer; none came for QKV."}]})
    with serving(lambda *_: reply) as server, pytest.raises(EngineError, match="did not take the weights: New weights"):
        ServerWeights(options(server.url), tmp_path).load([("w", torch.zeros(2))])


def test_it_waits_for_requests_that_run_but_not_for_ever(tmp_path, monkeypatch):
    busy = iter([False, False, True])

    def decide(path, _):
        return TAKES[path] if path == "/collective_rpc" else Answer({"success": next(busy, False)})

    with serving(decide) as server:
        weights = ServerWeights(options(server.url), tmp_path)
        weights.load([("w", torch.zeros(2))])
        assert len(server.asked) == 4
        monkeypatch.setattr(server_weights, "_SECONDS_FOR_REQUESTS", 0.0)
        with pytest.raises(EngineError, match="Nobody else is to use"):
            weights.load([("w", torch.zeros(2))])


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with serving(lambda path, _: TAKES[path]) as server, pytest.raises(DataError, match="name another weights_folder"):
        ServerWeights(options(server.url), tmp_path / "file").load([("w", torch.zeros(2))])
    assert server.asked == [], "nothing is asked for before the file is there"


def test_without_a_folder_a_servers_weights_are_its_own(tmp_path):
    client = OpenAIClient(ServerOptions("http://127.0.0.1:1/v1", "tiny"))
    with pytest.raises(InvalidOption, match="name a weights_folder"):
        ServerEngine(client, None, [1]).sync(llama(30))
    with pytest.raises(InvalidOption, match="dialect=\"vllm\"; received 'openai'"):
        ServerEngine(client, None, [1], dialect="openai", weights=ServerWeights(client.options, tmp_path))


def test_a_worker_returns_what_went_wrong(monkeypatch):
    """vLLM ends where a method of its worker raises."""

    def fail(**_):
        raise OSError("no such folder\nin two lines")

    worker = WeightsFromFolder()
    worker.reload_weights = fail
    assert worker.weights_can_come() == {}
    assert worker.load_weights_from("nowhere") == {"error": "no such folder"}


@pytest.mark.parametrize(("shared", "rank", "synced"), [(True, 0, 1), (True, 1, 0), (False, 0, 1), (False, 1, 1)])
def test_one_process_hands_over_to_an_engine_that_all_share(shared, rank, synced):
    calls = []
    engine = SimpleNamespace(is_shared=shared, sync=calls.append)
    runtime = SimpleNamespace(is_main=rank == 0, wait=lambda: calls.append("waited"))
    trainer.hand_over(SimpleNamespace(engine=engine, model="model"), runtime)
    assert calls == ["model"] * synced + ["waited"]
