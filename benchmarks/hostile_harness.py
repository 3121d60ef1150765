"""Runs one library over the hostile strings, in the interpreter that has it; benchmarks/hostile.py starts this.

    python benchmarks/hostile_harness.py ours|behind|reasoning-gym|math-verify LIMIT_SECONDS

A child process judges string after string; what is not back at the limit is killed with its child, and a new child
goes on with the next string. Prints one JSON object. Needs nothing but the standard library and the library itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hostile_strings import hostile_strings

GOLD = "1729"  # no string of ours comes to this
EXECUTING = (
    "binary_matrix", "spiral_matrix", "string_insertion", "n_queens", "polynomial_multiplication",
    "simple_integration", "intermediate_integration", "countdown", "puzzle24",
)  # fmt: skip

Judge = Callable[[str], bool]  # whether a string is called right


def ours() -> list[Judge]:
    """A step, a plan and an answer in every domain that there is, and a formula that needs sympy's worker."""
    from reasoning_gym_ccrl.envs.verify import symbolic
    from reasoning_gym_ccrl.envs.verify.domains import JUDGES, make_judge
    from reasoning_gym_ccrl.types import Problem, Step, Verdict

    algebra = {"domain": "algebra", "unknowns": ["x"], "equations": ["x - 1 = 1728"], "assignment": {"x": GOLD}}
    metadata: list[dict[str, Any]] = [{"answer_kind": "number"}, {}]
    logic = {"domain": "logic", "atoms": {"a": "Ann is tall", "b": "Bob is old"}, "premises": ["a", "a -> b"]}
    metadata += [one for one in (algebra, logic) if one["domain"] in JUDGES]
    made: list[Judge] = []
    for kind in ("step", "plan", "answer"):
        for one in metadata:
            problem = Problem("p", "Tom has 1000 apples and buys 729 more. How many has he?", GOLD, metadata=one)

            def judge(text: str, kind: Any = kind, problem: Problem = problem) -> bool:
                verdict = make_judge(problem).judge(Step(kind, text)).verdict
                return kind == "answer" and verdict is Verdict.CORRECT

            with contextlib.suppress(ImportError):  # a domain that is not there
                judge("1")
                made.append(judge)
    return [*made, lambda text: symbolic.compare(text, GOLD).verdict is Verdict.CORRECT]


def behind() -> list[Judge]:
    """reasoning-gym's graders that execute text, as our judge asks them: behind its own reading, in a worker."""
    import random

    from reasoning_gym_ccrl.envs.problems.reasoning_gym import ReasoningGymProblems
    from reasoning_gym_ccrl.envs.verify.graders import grade
    from reasoning_gym_ccrl.types import Problem, Verdict

    problems = [ReasoningGymProblems(task).sample(random.Random(1)) for task in EXECUTING]

    def right(problem: Problem, text: str) -> bool:
        found = grade(problem, text)
        return found is not None and found.verdict is Verdict.CORRECT

    return [partial(right, problem) for problem in problems]


def reasoning_gym() -> list[Judge]:
    """Its graders that execute text: each string is shown to all of them."""
    import reasoning_gym as library

    sets = [library.create_dataset(task, size=1, seed=1) for task in EXECUTING]
    pairs = [(dataset, dataset[0]) for dataset in sets]
    return [lambda text, pair=pair: bool(pair[0].score_answer(text, pair[1]) >= 1) for pair in pairs]


def math_verify() -> list[Judge]:
    """Parse and verify, as its documentation has it."""
    from math_verify import parse, verify

    gold = parse(GOLD)
    return [lambda text: bool(verify(gold, parse(text)))]


LIBRARIES: dict[str, Callable[[], list[Judge]]] = {
    "ours": ours,
    "behind": behind,
    "reasoning-gym": reasoning_gym,
    "math-verify": math_verify,
}


def judged(judges: list[Judge], texts: list[str], start: tuple[int, int], limit: float) -> Iterator[tuple[str, float]]:
    """Forks a child and yields (what became of it, seconds) for each call, until one is not back or kills the child."""
    mine, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(mine)
        _child(judges, texts, start, theirs)
    os.close(theirs)
    try:
        select.select([mine], [], [], 60.0)  # the start is not timed: workers, and what libraries load at first use
        os.read(mine, 1)
        while True:
            began = time.perf_counter()
            ready, _, _ = select.select([mine], [], [], limit)
            said = os.read(mine, 1) if ready else b""
            seconds = time.perf_counter() - began
            if said == b".":
                return
            yield ({b"r": "right", b"w": "wrong", b"e": "raised"}.get(said, "died") if ready else "hung"), seconds
            if not ready or not said:
                return
    finally:
        os.close(mine)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _child(judges: list[Judge], texts: list[str], start: tuple[int, int], pipe: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for judge in judges:
        with contextlib.suppress(Exception):
            judge("1 + 1")
    os.write(pipe, b"s")
    for number in range(start[0], len(texts)):
        for place in range(start[1] if number == start[0] else 0, len(judges)):
            try:
                said = b"r" if judges[place](texts[number]) else b"w"
            except BaseException:
                said = b"e"
            os.write(pipe, said)
    os.write(pipe, b".")
    time.sleep(60)  # until it is killed, so that no farewell of a library's is mistaken for something


def run(name: str, limit: float) -> dict[str, Any]:
    """What became of each string: the worst of its calls."""
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "c"
        by_kind = hostile_strings(str(canary))
        texts = [text for kind in by_kind.values() for text in kind]
        judges = LIBRARIES[name]()
        width = len(judges)
        became: list[set[str]] = [set() for _ in texts]
        call, slowest = 0, 0.0
        while call < len(texts) * width:
            for what, seconds in judged(judges, texts, divmod(call, width), limit):
                found = became[call // width]
                found.add(what)
                if seconds > 1:
                    found.add("over 1 s")
                if canary.exists():
                    canary.unlink()
                    found.add("executed")
                slowest = max(slowest, seconds)
                # What hangs one call of several would hang others of them, and every one costs the limit.
                call = call + 1 if what != "hung" else (call // width + 1) * width
    kinds = [kind for kind, some in by_kind.items() for _ in some]
    outcomes = ("executed", "hung", "over 1 s", "died", "raised", "right")
    return {
        "strings": len(texts),
        "calls_for_each": width,
        "slowest_seconds": round(slowest, 3),
        **{what: sum(what in one for one in became) for what in outcomes},
        "kinds": {
            what: {
                kind: count
                for kind in by_kind
                if (count := sum(what in one for one, of in zip(became, kinds, strict=True) if of == kind))
            }
            for what in outcomes
        },
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], float(sys.argv[2]))))
