"""The client against a local server: what is sent and read, what is tried again, and what each failure is called."""

from __future__ import annotations

import itertools
import pickle
import threading
import time

import pytest

from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions, Usage, chat, complete
from reasoning_gym_ccrl.errors import EngineError, InvalidOption

from .fake_server import Answer, completion, free_port, serving

KEY = "sk-not-a-real-key"


def client_of(url, **options):
    return OpenAIClient(ServerOptions(url, "m", **{"first_wait_s": 0.001, "timeout_s": 5.0} | options))


def script(*answers):
    """A server that gives these answers in turn, the last one for ever."""
    turn = itertools.chain(answers, itertools.repeat(answers[-1]))
    lock = threading.Lock()

    def decide(path, body):
        with lock:
            return next(turn)

    return decide


def test_chat_and_completions_are_sent_and_read():
    with serving(lambda path, body: Answer(completion("first", "second"))) as fake:
        client = client_of(fake.url + "/")
        spoken = client.send(chat([{"role": "user", "content": "½ of it?"}], temperature=0.5, n=2))
        written = client.send(complete([5, 6], max_tokens=4))
    assert [choice.text for choice in spoken.choices] == ["first", "second"]
    assert spoken.choices[0].finish_reason == "stop"
    assert [(path, body) for path, body, _ in fake.asked] == [
        (
            "/v1/chat/completions",
            {"model": "m", "messages": [{"role": "user", "content": "½ of it?"}], "temperature": 0.5, "n": 2},
        ),
        ("/v1/completions", {"model": "m", "prompt": [5, 6], "max_tokens": 4}),
    ]
    assert written.usage == Usage(0, 7, 3)
    assert client.usage == Usage(2, 14, 6)


def test_choices_come_in_the_order_of_their_index():
    body = completion("a", "b")
    body["choices"].reverse()
    with serving(lambda path, _: Answer(body)) as fake:
        assert [choice.text for choice in client_of(fake.url).send(complete("x")).choices] == ["a", "b"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status):
    with serving(script(Answer({"error": "busy"}, status), Answer(completion("yes")))) as fake:
        client = client_of(fake.url)
        assert client.send(complete("x")).choices[0].text == "yes"
    assert len(fake.asked) == client.usage.requests == 2
    assert fake.bodies()[0] == fake.bodies()[1]


@pytest.mark.parametrize("status", [307, 400, 401, 403, 404, 422])
def test_what_cannot_pass_is_asked_once(status):
    with (
        serving(lambda path, body: Answer({"error": "no such thing"}, status, {"Location": "/elsewhere"})) as fake,
        pytest.raises(EngineError, match="no such thing") as caught,
    ):
        client_of(fake.url).send(complete("x"))
    assert caught.value.status == status
    assert len(fake.asked) == 1


def test_a_reply_that_breaks_off_is_asked_for_again():
    with serving(script(Answer(completion("cut"), breaks_off=True), Answer(completion("whole")))) as fake:
        assert client_of(fake.url).send(complete("x")).choices[0].text == "whole"


def test_attempts_have_a_limit():
    with (
        serving(lambda path, body: Answer({"error": "busy"}, 503)) as fake,
        pytest.raises(EngineError, match="Tried 3 times") as caught,
    ):
        client_of(fake.url, max_attempts=3).send(complete("x"))
    assert len(fake.asked) == 3
    assert caught.value.status == 503


def test_waits_double_up_to_a_cap_and_heed_retry_after():
    client = client_of("http://127.0.0.1:1/v1", first_wait_s=1.0, max_wait_s=10.0)
    assert [client._wait(attempt, None, 500) for attempt in (1, 2, 3, 4, 5, 2000)] == [1, 2, 4, 8, 10, 10]
    assert client._wait(1, 7.0, 500) == 7
    assert client._wait(1, 3600.0, 500) == 10
    assert client._wait(1, None, 0) != client._wait(1, None, 999)  # what failed together returns apart


def test_retry_after_is_waited_for():
    answers = [Answer({}, 429, {"Retry-After": "0.3"}), Answer(completion("yes"))]
    with serving(script(*answers)) as fake:
        started = time.monotonic()
        client_of(fake.url).send(complete("x"))
    assert time.monotonic() - started > 0.3


def test_a_server_that_is_down():
    with pytest.raises(EngineError, match=r"cannot be reached.*Is the server running") as caught:
        client_of(f"http://127.0.0.1:{free_port()}/v1", max_attempts=2).send(complete("x"))
    assert caught.value.status is None


def test_a_server_that_says_nothing():
    release = threading.Event()
    with serving(lambda path, body: Answer(completion("late"), waits=release)) as fake:
        with pytest.raises(EngineError, match=r"sent nothing for 0\.1 s"):
            client_of(fake.url, timeout_s=0.1, max_attempts=1).send(complete("x"))
        release.set()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Welcome</html>", "one JSON object.*Welcome"),
        (b"", "one JSON object.*nothing"),
        (b"\xff\xfe", "one JSON object"),
        (b"[" * 100_000, "one JSON object"),
        ([1], "one JSON object"),
        ({}, "should hold choices"),
        ({"choices": []}, "should hold choices"),
        ({"choices": [3]}, "should hold choices"),
        ({"choices": [{"index": 0}]}, None),
        ({"choices": [{"text": 3}]}, "should hold a text"),
    ],
    ids=["html", "empty", "bytes", "deep", "list", "no-choices", "none", "number", "null-text", "number-text"],
)
def test_garbage_is_named(body, message):
    with serving(lambda path, _: Answer(body)) as fake:
        if message is None:
            assert client_of(fake.url).send(complete("x")).choices[0].text == ""
        else:
            with pytest.raises(EngineError, match=message):
                client_of(fake.url).send(complete("x"))
    assert len(fake.asked) == 1


def test_a_chat_without_a_message():
    with (
        serving(lambda path, _: Answer({"choices": [{"text": "no message"}]})) as fake,
        pytest.raises(EngineError, match="should hold a text"),
    ):
        client_of(fake.url).send(chat([]))


def test_the_wrong_model_and_the_wrong_key_have_advice(monkeypatch):
    monkeypatch.setenv("THE_KEY", KEY)

    def decide(path, body):
        return Answer({"error": "no"}, 401 if "Authorization" in fake.asked[-1][2] else 404)

    with serving(decide) as fake:
        with pytest.raises(EngineError, match=r"no model 'm'.*its /models lists"):
            client_of(fake.url).send(complete("x"))
        with pytest.raises(EngineError, match="key in THE_KEY right"):
            client_of(fake.url, api_key_env="THE_KEY").send(complete("x"))


@pytest.mark.parametrize("status", [200, 401, 500])
def test_the_key_is_sent_and_never_told(monkeypatch, status):
    monkeypatch.setenv("THE_KEY", KEY)
    with serving(lambda path, body: Answer(f"the key {KEY} is wrong".encode(), status)) as fake:
        client = client_of(fake.url, api_key_env="THE_KEY", max_attempts=1)
        with pytest.raises(EngineError) as caught:
            client.send(complete("x"))
    assert fake.asked[0][2]["Authorization"] == f"Bearer {KEY}"
    assert "***" in str(caught.value)
    assert KEY not in str(caught.value) + repr(client)


def test_no_key_is_sent_where_none_is_named(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(lambda path, body: Answer(completion("x"))) as fake:
        client_of(fake.url).send(complete("x"))
    assert "Authorization" not in fake.asked[0][2]


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "127.0.0.1:8000"},
        {"base_url": "file:///etc/passwd"},
        {"base_url": f"http://user:{KEY}@host/v1"},
        {"base_url": f"http://host/v1?key={KEY}"},
        {"max_attempts": 0},
        {"max_parallel": 0},
        {"timeout_s": 0.0},
        {"first_wait_s": float("nan")},
        {"api_key_env": "NO_SUCH_VARIABLE"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_that_cannot_work(options):
    with pytest.raises(InvalidOption) as caught:
        ServerOptions(**{"base_url": "http://host/v1", "model": "m"} | options)
    assert KEY not in str(caught.value)


def test_models_are_listed():
    with serving(script(Answer({"data": [{"id": "a"}, {"id": "b"}]}), Answer({"data": "?"}))) as fake:
        assert client_of(fake.url).models() == ["a", "b"]
        with pytest.raises(EngineError, match="should list models"):
            client_of(fake.url).models()
    assert fake.asked[0][0] == "/v1/models"


def test_many_at_once_come_as_they_are_ready():
    release = threading.Event()

    def decide(path, body):
        return Answer(completion(body["prompt"]), waits=release if body["prompt"] == "slow" else None)

    with serving(decide) as fake:
        client = client_of(fake.url, max_parallel=4)
        replies = client.send_all(complete(prompt) for prompt in ["slow", *map(str, range(20))])
        first = list(itertools.islice(replies, 20))
        release.set()
        assert next(replies)[0] == 0
        assert next(replies, None) is None
    assert {(place, reply.choices[0].text) for place, reply in first} == {(i + 1, str(i)) for i in range(20)}
    assert 2 <= fake.busiest <= 4


def test_one_failure_does_not_stop_the_others():
    def decide(path, body):
        return Answer({"error": "too long"}, 400) if body["prompt"] == "3" else Answer(completion(body["prompt"]))

    with serving(decide) as fake:
        outcomes = dict(client_of(fake.url).send_all(complete(str(i)) for i in range(6)))
    assert sorted(outcomes) == list(range(6))
    assert [place for place, outcome in outcomes.items() if isinstance(outcome, EngineError)] == [3]


def test_requests_are_read_as_needed_and_left_alone_afterwards():
    read = []

    def endless():
        for i in itertools.count():
            read.append(i)
            yield complete(str(i))

    with serving(lambda path, body: Answer(completion(body["prompt"]))) as fake:
        replies = client_of(fake.url, max_parallel=3).send_all(endless())
        assert len(list(itertools.islice(replies, 10))) == 10
        replies.close()
        time.sleep(0.05)
        asked = len(fake.asked)
        time.sleep(0.1)
        assert len(fake.asked) == asked <= len(read) <= 14


def test_a_mistake_of_the_program_is_no_answer():
    with serving(lambda path, body: Answer(completion("x"))) as fake, pytest.raises(TypeError):
        list(client_of(fake.url).send_all([complete("x", stop=object())]))


def test_the_error_carries_its_status_within_this_process():
    assert EngineError("m", 404).status == 404
    assert str(pickle.loads(pickle.dumps(EngineError("m", 404)))) == "m"
