"""Over 2,000 hostile strings, and random ones made of them: nothing executed, nothing late, nothing left behind.

From the main thread and others, a script, standard input and a console; and a good answer that needs the worker, right
after a bad one, is judged right. The strings are those of benchmarks/hostile.py.
"""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import gymnasium as gym
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reasoning_gym_ccrl  # noqa: F401 (registers the environments)
from reasoning_gym_ccrl.envs.verify import symbolic, worker
from reasoning_gym_ccrl.envs.verify.domains import JUDGES, make_judge
from reasoning_gym_ccrl.envs.verify.symbolic import compare, equal
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from .. import timing

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SECONDS = symbolic.DEADLINE_SECONDS + 0.1
GOLD = "1729"  # no string comes to this


def strings_module():
    spec = importlib.util.spec_from_file_location("hostile_strings", BENCHMARKS / "hostile_strings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CANARY = Path(tempfile.gettempdir()) / f"ccrl-canary-{os.getpid()}"
CORPUS = strings_module().hostile_strings(str(CANARY))
ALL = [text for texts in CORPUS.values() for text in texts]
# Formulas that can be read and take longer to compare than there is time.
TOO_LONG = [
    ("(x + y + z)^40 * (x - y + z)^40", "((x + z)^2 - y^2)^40"),
    ("(a + b + c + x)^30 * (a + b + c - x)^30", "((a + b + c)^2 - x^2)^30"),
]

QUESTION = "Tom has 1000 apples and buys 729 more. How many has he?"
SOLUTION = (GoldStep("apples = 1000 + 729 = 1729", "1000 + 729", GOLD, "apples = apples at first + bought"),)
DOMAINS = {
    "numbers": {"answer_kind": "number"},
    "any form": {},
    "algebra": {
        "domain": "algebra",
        "unknowns": ["x"],
        "equations": ["x - 1 = 1728"],
        "assignment": {"x": GOLD},
        "functions": {"f": "x^2"},
    },
    "logic": {"domain": "logic", "atoms": {"a": "Ann is tall", "b": "Bob is old"}, "premises": ["a", "a -> b"]},
}
PROBLEMS = {
    name: Problem("p", QUESTION, GOLD, SOLUTION if "domain" not in metadata else (), metadata=metadata)
    for name, metadata in DOMAINS.items()
    if metadata.get("domain", "algebra") in JUDGES
}


@pytest.fixture(autouse=True)
def _nothing_is_executed():
    CANARY.unlink(missing_ok=True)
    yield
    executed = CANARY.exists()
    CANARY.unlink(missing_ok=True)
    assert not executed


@pytest.fixture(scope="module", autouse=True)
def _workers():
    worker.warm_up("compare")
    yield
    worker.shut_down()


def in_time(work):
    return timing.in_time(work, SECONDS, clock=time.monotonic)


def judge_everywhere(text):
    """The text as a step, a plan and an answer of every domain, and as a formula."""
    for name, problem in PROBLEMS.items():
        for kind in ("step", "plan", "answer"):
            judgement = in_time(lambda kind=kind, problem=problem: make_judge(problem).judge(Step(kind, text)))
            assert judgement.verdict in tuple(Verdict), (name, kind)
            assert judgement.reason, (name, kind)
            assert len(judgement.reason) < 400, (name, kind)
            assert kind != "answer" or judgement.verdict is not Verdict.CORRECT, (name, text[:80])
    assert in_time(lambda: compare(text, GOLD)).verdict is not Verdict.CORRECT


def a_good_answer_is_judged_right(number):
    """What the worker alone decides, never the same twice, within the deadline."""
    assert equal(f"(x + {number})^2", f"x^2 + {2 * number}x + {number**2}") is Verdict.CORRECT


def test_there_are_over_two_thousand_and_they_are_the_same_every_time():
    assert len(ALL) == len(set(ALL)) > 2_000
    assert strings_module().hostile_strings(str(CANARY)) == CORPUS
    assert min(len(texts) for texts in CORPUS.values()) > 40


def test_the_canary_sings_where_a_payload_is_executed(tmp_path):
    """The control: what no judge may do, done on purpose, in a process of its own."""
    canary = tmp_path / "canary"
    payload = strings_module().hostile_strings(str(canary))["code"][0]
    subprocess.run([sys.executable, "-c", f"eval({payload!r})"], check=True)
    assert canary.exists()


@pytest.mark.parametrize("kind", CORPUS)
def test_every_string_in_every_place(kind):
    for text in CORPUS[kind]:
        judge_everywhere(text)
    a_good_answer_is_judged_right(list(CORPUS).index(kind) + 2)


def test_a_good_answer_after_each_that_took_too_long():
    for number in range(6):
        left, right = TOO_LONG[number % 2]
        # A number makes it another formula, as decided ones are remembered.
        pair = f"{left} + {number}", f"{right} + {number}"
        found = in_time(lambda pair=pair: compare(*pair))
        assert found == (Verdict.UNCHECKED, "Not decided within 0.25 seconds.")
        in_time(lambda number=number: a_good_answer_is_judged_right(100 + number))


def test_from_other_threads():
    failures = []

    def some(part):
        try:
            for text in ALL[part::40]:
                judge_everywhere(text)
            left, right = TOO_LONG[0]
            assert compare(f"{left} + {part}/7", f"{right} + {part}/7").verdict is Verdict.UNCHECKED
            assert equal(f"sin({part}y)^2 + cos({part}y)^2", "1", 5.0) is Verdict.CORRECT
        except BaseException as error:
            failures.append((part, error))

    threads = [threading.Thread(target=some, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("env_id", ["MathCCRL-v0", "DatasetCCRL-v0"])
def test_as_actions_of_an_environment(env_id):
    env = gym.make(env_id, max_steps=10_000, max_chars=10_000_000).unwrapped
    env.reset(seed=0)
    for text in ALL[::4]:
        _, _, terminated, truncated, info = env.step({"step": text, "confidence": 0.5})
        assert info["judgement"].verdict in tuple(Verdict)
        if terminated or truncated:
            env.reset()
    for text in ALL[1::16]:
        env.reset()
        observation, reward, *_ = env.step({"step": f"<answer>{text}</answer>", "confidence": 1.0})
        assert reward <= 0
    assert env.observation_space.contains(observation)


PROGRAM = f"""
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("hostile_strings", {str(BENCHMARKS / "hostile_strings.py")!r})
hostile_strings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hostile_strings)
from reasoning_gym_ccrl.envs.verify import judge_steps
from reasoning_gym_ccrl.envs.verify.symbolic import compare, equal
from reasoning_gym_ccrl.types import Problem, Step
texts = [text for kind in hostile_strings.hostile_strings(CANARY).values() for text in kind][::11]
problem = Problem("p", {QUESTION!r}, {GOLD!r})
for text in texts:
    judge_steps(problem, [text, Step("plan", text), Step("answer", text)])
    compare(text, "1729")
late = [str(compare(left, right).verdict) for left, right in {TOO_LONG!r}]
good = equal("sin(x)^2 + cos(x)^2", "1")
from pathlib import Path
children = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()] if os.path.exists("/proc") else []
def parent(pid):
    try: return int(Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError: return 0
template = [pid for pid in children if parent(pid) == os.getpid()]
workers = [pid for pid in children if parent(pid) in template]
print(len(texts) > 150, *late, good, os.path.exists(CANARY), *template, *workers, flush=True)
"""


def test_from_a_script_standard_input_and_a_console(tmp_path):
    program = f"CANARY = {str(tmp_path / 'canary')!r}\n{PROGRAM}"
    script = tmp_path / "script.py"
    script.write_text(program)  # with no main guard
    console = tmp_path / "console.py"
    console.write_text(f"import code\ncode.InteractiveInterpreter().runcode(compile({program!r}, '<cell>', 'exec'))\n")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen([sys.executable, path], **pipes) for path in (str(script), "-", str(console))]
    for run, given_text in zip(runs, (None, program, None), strict=True):
        output, errors = run.communicate(given_text, timeout=120)
        assert output.split()[:5] == ["True", "UNCHECKED", "UNCHECKED", "CORRECT", "False"], errors
        workers = output.split()[5:]
        assert len(workers) >= 2 or not os.path.exists("/proc")
        ends = time.monotonic() + 5
        while any(os.path.exists(f"/proc/{pid}") for pid in workers):
            assert time.monotonic() < ends, "a worker is left behind"
            time.sleep(0.02)


def pieces_of(rng):
    """Cuts out of hostile strings, put together anew."""
    cuts = []
    for _ in range(rng.randint(1, 5)):
        text = rng.choice(ALL)
        start = rng.randrange(len(text))
        cuts.append(text[start : start + rng.choice((3, 12, 60, 400))])
    return rng.choice(("", " ", " = ", " + ", "\n")).join(cuts)


@settings(max_examples=250)
@given(st.integers(0, 2**32))
def test_random_strings_made_of_hostile_ones(seed):
    judge_everywhere(pieces_of(random.Random(seed)))


@settings(max_examples=150)
@given(st.text(max_size=120) | st.text(alphabet="0123456789.,+-*/^=()[]{}|\\!%$ xye\n'\"_<>", max_size=120))
def test_random_text(text):
    if text.strip().strip("$ +.") != GOLD:
        judge_everywhere(text)


@pytest.mark.skipif(
    importlib.util.find_spec("reasoning_gym") is None,
    reason="reasoning-gym is not installed; the extra [reasoning-gym] installs it",
)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("task", ["binary_matrix", "n_queens", "spiral_matrix", "string_insertion", "countdown"])
def test_graders_that_execute_text_execute_none_of_it(task):
    from reasoning_gym_ccrl.envs.problems.reasoning_gym import ReasoningGymProblems
    from reasoning_gym_ccrl.envs.verify.graders import grade

    problem = ReasoningGymProblems(task).sample(random.Random(0))
    grade(problem, "1 + 1", 10.0)  # starts the workers
    for text in [*CORPUS["code"], *CORPUS["attribute walks"], *CORPUS["confusables"], *CORPUS["power towers"][::8]]:
        assert in_time(lambda text=text: grade(problem, text)).verdict is not Verdict.CORRECT
    assert grade(problem, problem.answer).verdict is Verdict.CORRECT
