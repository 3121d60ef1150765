"""A teacher that answers well, badly, not at all, or is killed in the middle: nothing lost, nothing asked twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest

from reasoning_gym_ccrl.agents.comt.reply_cache import CachedReply, ReplyCache, request_key
from reasoning_gym_ccrl.agents.comt.teacher import INSTRUCTION, TeacherOptions, ask, plan_of_reply, teach
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.errors import DataError, EngineError, InvalidOption
from reasoning_gym_ccrl.types import GoldStep, Problem

from .fake_server import Answer, completion, free_port, serving

GOOD = "1. bought = bags * apples per bag\n2. now = apples at first + bought"


def problems_of(count):
    steps = (GoldStep("", "3 * 4", "12"), GoldStep("", "12 + 12", "24"))
    return [Problem(f"p{i}", f"How many apples has person number {i}?", "24", steps) for i in range(count)]


def client_of(url, **options):
    return OpenAIClient(
        ServerOptions(url, "m", **{"first_wait_s": 0.001, "timeout_s": 5.0, "max_parallel": 4} | options)
    )


def text_of(body):
    return body["messages"][0]["content"]


def test_the_papers_instruction_stands_before_the_question():
    with serving(lambda path, body: Answer(completion(GOOD))) as fake:
        request = ask(problems_of(1)[0], 0, TeacherOptions())
        client_of(fake.url).send(request)
    assert text_of(fake.bodies()[0]) == f"{INSTRUCTION}\n\nHow many apples has person number 0?"
    assert fake.bodies()[0]["temperature"] == 0.0
    written = ask(problems_of(1)[0], 2, TeacherOptions(chat=False, max_tokens=9))
    assert written.body == {
        "prompt": f"{INSTRUCTION}\n\nHow many apples has person number 0?\n\n",
        "max_tokens": 9,
        "temperature": 0.7,
        "seed": 2,
    }


@pytest.mark.parametrize(
    ("reply", "plan"),
    [
        (GOOD, "bought = bags * apples per bag; now = apples at first + bought"),
        ("**Step 1:** Add them.\n- Take *it*.", "Add them; Take *it*"),
        ("<think>3 * 4 = 12</think>\nAdd them.", "Add them"),
        ("<think>never ends 3", ""),
        ("Step 10) last = a + b", "last = a + b"),
        ("Reasoning steps:\n\n", ""),
        ("", ""),
        ("total = a + b", "total = a + b"),
    ],
)
def test_a_reply_is_read_as_steps(reply, plan):
    assert plan_of_reply(reply) == plan


def test_what_it_answers_badly_is_rejected_counted_and_asked_again_a_few_times(tmp_path):
    """Numbers for ever; a refusal once; nothing twice; cut off; and good at once."""
    bad = {
        "0": ["bought = 3 * 4"] * 9,
        "1": ["I'm sorry, I can't help with that."],
        "2": ["", None],
        "3": [],
    }

    def decide(path, body):
        who = text_of(body).rstrip("?").rsplit(" ", 1)[1]
        said = bad[who]
        if body["seed"] < len(said):
            return Answer(completion(said[body["seed"]]))
        return Answer(completion(GOOD))

    with serving(decide) as fake, ReplyCache(tmp_path / "cache.jsonl") as cache:
        lessons = teach(problems_of(4), client_of(fake.url), cache, TeacherOptions(attempts=3))
    assert sorted(lessons.plans) == [1, 2, 3]
    assert lessons.counts.to_json() == {"total": 4, "kept": 3, "rejected": {"a number": 1}}
    assert lessons.replies == {"a number": 3, "a refusal": 1, "empty": 2}
    assert lessons.asked == len(fake.asked) == 3 + 2 + 3 + 1
    assert (lessons.prompt_tokens, lessons.completion_tokens) == (7 * 9, 3 * 9)
    assert lessons.cost(1e6, 2e6) == 7 * 9 + 2 * 3 * 9


def test_a_reply_that_was_cut_off_is_no_plan(tmp_path):
    body = completion(GOOD)
    body["choices"][0]["finish_reason"] = "length"
    with serving(lambda path, _: Answer(body)) as fake, ReplyCache(tmp_path / "c") as cache:
        lessons = teach(problems_of(1), client_of(fake.url), cache, TeacherOptions(attempts=2))
    assert lessons.counts.rejected == {"cut off": 1}
    assert len(fake.asked) == 2


def test_the_second_run_asks_nothing(tmp_path):
    with serving(lambda path, body: Answer(completion(GOOD))) as fake:
        runs = []
        for _ in range(2):
            with ReplyCache(tmp_path / "cache.jsonl") as cache:
                runs.append(teach(problems_of(20), client_of(fake.url), cache))
    assert len(fake.asked) == 20
    assert runs[0].plans == runs[1].plans
    assert (runs[1].cached, runs[1].asked, runs[1].prompt_tokens) == (20, 0, 0)


def test_other_settings_or_another_model_are_other_questions(tmp_path):
    with serving(lambda path, body: Answer(completion(GOOD))) as fake, ReplyCache(tmp_path / "c") as cache:
        teach(problems_of(1), client_of(fake.url), cache)
        teach(problems_of(1), client_of(fake.url), cache, TeacherOptions(max_tokens=100))
        teach(problems_of(1), OpenAIClient(ServerOptions(fake.url, "other")), cache)
        teach(problems_of(1), client_of(fake.url), cache)
    assert len(fake.asked) == 3


def test_equal_questions_are_asked_once(tmp_path):
    with serving(lambda path, body: Answer(completion(GOOD))) as fake, ReplyCache(tmp_path / "c") as cache:
        lessons = teach(problems_of(1) * 3, client_of(fake.url), cache)
    assert len(fake.asked) == 1
    assert sorted(lessons.plans) == [0, 1, 2]


def test_a_server_that_dies_in_the_middle_loses_nothing(tmp_path):
    """It resets every connection after the tenth reply; what it answered before is kept, and only the rest is asked."""
    path = tmp_path / "cache.jsonl"
    lock, served = threading.Lock(), Counter()

    def dying(_, body):
        with lock:
            served["all"] += 1
            return Answer(completion(GOOD), breaks_off=served["all"] > 10)

    told = r"10 replies are kept in .*cache\.jsonl; the same command goes on"
    with serving(dying) as fake, ReplyCache(path) as cache, pytest.raises(EngineError, match=told):
        teach(problems_of(40), client_of(fake.url, max_attempts=2), cache)
    with serving(lambda _, body: Answer(completion(GOOD))) as fake, ReplyCache(path) as cache:
        lessons = teach(problems_of(40), client_of(fake.url), cache)
        assert lessons.cached == 10
        assert len(fake.asked) == 30
    assert len(lessons.plans) == 40


def test_a_server_that_is_down_or_has_no_such_model_says_so(tmp_path):
    with ReplyCache(tmp_path / "c") as cache:
        with pytest.raises(EngineError, match="cannot be reached"):
            teach(problems_of(3), client_of(f"http://127.0.0.1:{free_port()}/v1", max_attempts=1), cache)
        with serving(lambda path, body: Answer({"error": "no model m"}, 404)) as fake:
            with pytest.raises(EngineError, match="no model 'm'"):
                teach(problems_of(30), client_of(fake.url), cache)
            assert len(fake.asked) < 10


def test_one_problem_that_the_server_refuses_does_not_stop_the_others(tmp_path):
    def decide(path, body):
        return Answer({"error": "too long"}, 400) if " 3?" in text_of(body) else Answer(completion(GOOD))

    with serving(decide) as fake, ReplyCache(tmp_path / "c") as cache:
        for _ in range(2):  # also when all others are cached
            lessons = teach(problems_of(6), client_of(fake.url), cache)
    assert lessons.counts.rejected == {"no reply": 1}
    assert "too long" in lessons.errors[0]
    assert len(fake.asked) == 7


def test_a_busy_server_is_waited_for(tmp_path):
    """Each question is turned away at first."""
    lock, served = threading.Lock(), Counter()

    def decide(path, body):
        with lock:
            served[text_of(body)] += 1
            return Answer({}, 429) if served[text_of(body)] == 1 else Answer(completion(GOOD))

    with serving(decide) as fake, ReplyCache(tmp_path / "c") as cache:
        client = client_of(fake.url)
        assert len(teach(problems_of(8), client, cache).plans) == 8
    assert client.usage.requests == len(fake.asked) == 16


KILLED = """
import sys
from pathlib import Path
from reasoning_gym_ccrl.agents.comt.reply_cache import ReplyCache
from reasoning_gym_ccrl.agents.comt.teacher import teach
from reasoning_gym_ccrl.agents.engines.openai_client import OpenAIClient, ServerOptions
from reasoning_gym_ccrl.types import GoldStep, Problem
steps = (GoldStep("", "3 * 4", "12"), GoldStep("", "12 + 12", "24"))
problems = [Problem(f"p{i}", f"How many apples has person number {i}?", "24", steps) for i in range(40)]
with ReplyCache(Path(sys.argv[2])) as cache:
    print(len(teach(problems, OpenAIClient(ServerOptions(sys.argv[1], "m", max_parallel=2)), cache).plans))
"""


def test_killed_in_the_middle_and_run_again(tmp_path):
    """SIGKILL after some twelve replies: what is in the cache is never asked again, and the rest is."""
    path = tmp_path / "cache.jsonl"
    enough, release = threading.Event(), threading.Event()
    lock, served = threading.Lock(), Counter()

    def decide(_, body):
        with lock:
            served["all"] += 1
            late = served["all"] > 12
        if late and not release.is_set():
            enough.set()
            return Answer(completion(GOOD), waits=release)  # under way when the client dies
        return Answer(completion(GOOD))

    with serving(decide) as fake:
        command = [sys.executable, "-c", KILLED, fake.url, str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        release.set()
        kept = {json.loads(line)["key"] for line in path.read_text().splitlines() if line.endswith("}")}
        before = len(fake.asked)
        again = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert again.stdout.strip() == "40"
    keys = [request_key("chat/completions", body) for body in fake.bodies()]
    assert 10 <= len(kept) <= 13
    assert not kept & set(keys[before:])
    assert len(keys) - before == 40 - len(kept)
    assert max(Counter(keys[before:]).values()) == 1


# -- the cache ---------------------------------------------------------------------------------------------------


def reply(text):
    return CachedReply(text, "stop", 1, 2)


def test_the_cache_keeps_any_text(tmp_path):
    texts = ["", "a\nb\u2028c", "½ ✓ \U0001f600", '"quoted"']
    with ReplyCache(tmp_path / "deep" / "cache") as cache:
        for text in texts:
            cache.put(text, reply(text))
    with ReplyCache(tmp_path / "deep" / "cache") as cache:
        assert [cache.get(text).text for text in texts] == texts
        assert cache.get("unknown") is None


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_half_written_last_line_is_cut_off(tmp_path, cut):
    path = tmp_path / "cache"
    with ReplyCache(path) as cache:
        cache.put("a", reply("first"))
        cache.put("b", reply("second"))
    path.write_bytes(path.read_bytes()[:-cut])
    with ReplyCache(path) as cache:
        assert cache.get("a") == reply("first")
        assert cache.get("b") is None
        assert cache.cut_off > 0
        cache.put("c", reply("third"))
    with ReplyCache(path) as cache:
        assert sorted(cache.replies) == ["a", "c"]
        assert cache.cut_off == 0


def test_a_file_that_is_no_cache_is_left_alone(tmp_path):
    path = tmp_path / "notes"
    for text in ("dear diary\n", "dear diary", '{"a": 1}\n', '{"key": "k", "text": "t"}\n{"ke'):
        path.write_text(text)
        with pytest.raises(DataError, match="line 1"), ReplyCache(path):
            pass
        assert path.read_text() == text
    with pytest.raises(DataError, match="cannot be opened"), ReplyCache(tmp_path):
        pass


def test_two_processes_do_not_share_a_cache(tmp_path):
    pytest.importorskip("fcntl")
    path = tmp_path / "c"
    with ReplyCache(path), pytest.raises(DataError, match="Another process"), ReplyCache(path):
        pass
    with ReplyCache(tmp_path / "c"):
        pass


def test_a_cache_that_is_not_open_takes_nothing(tmp_path):
    with pytest.raises(DataError, match="with statement"):
        ReplyCache(tmp_path / "c").put("a", reply(""))


@pytest.mark.parametrize("options", [{"attempts": 0}, {"max_tokens": 0}, {"temperature": float("nan")}])
def test_options_that_cannot_work(options):
    with pytest.raises(InvalidOption):
        TeacherOptions(**options)
