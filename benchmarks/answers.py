"""Right and wrong verdicts on answers, and how fast, side by side with Math-Verify.

    python benchmarks/answers.py                                            # ours alone
    python benchmarks/answers.py --math-verify-python venv-mv/bin/python    # an interpreter that has math-verify 0.9.0

The pairs in benchmarks/answer_pairs.jsonl were made for this: gold, answer, whether a careful mathematician calls the
answer right, and the class of notation. Each was checked twice, by another library's reading or by sympy, and by eye.

A verdict is wrong where it contradicts that. What is UNCHECKED here, and where Math-Verify parses nothing, is refused
and counted apart. Math-Verify is handed each pair in three ways, with dollar signs around none, gold, or both; the
best verdict on each pair counts. Its rate on the numeric pairs is that of its fastest way; its rate on all pairs that
of the way with the most right verdicts, since what is not parsed costs nothing.

One pair after another in one process; rates are the best of several rounds. Numeric pairs are timed by the processor
time they take, as what else runs on a machine is nobody's fault; all pairs by the clock, since ours may wait for
sympy's worker. Before a round of ours all its caches are emptied; Math-Verify keeps what it and sympy remember.
Written to benchmarks/results/answers.json, and as a table into docs/benchmarks.md.
"""

from __future__ import annotations

import functools
import gc
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tyro
from common import ROOT, commit, machine, write_between_marks

import reasoning_gym_ccrl
from reasoning_gym_ccrl.envs.verify import answers_match
from reasoning_gym_ccrl.envs.verify.worker import warm_up
from reasoning_gym_ccrl.types import Verdict

MARKS = ("<!-- answers.py: begin -->", "<!-- answers.py: end -->")
NUMERIC = frozenset(
    {
        "integer", "huge integer", "decimal", "repeating decimal", "fraction", "mixed number", "percent", "currency",
        "units", "thousands", "scientific", "number word",
    }
)  # fmt: skip
"""Classes whose gold answer is a rational number."""

OUTCOMES = ("right", "accepted, but wrong", "called wrong, but right", "refused")


@dataclass(frozen=True)
class Options:
    """Compare verdicts on pairs of answers."""

    math_verify_python: str = sys.executable
    """An interpreter that can import math_verify; its column is left out, saying so, where it cannot."""
    pairs: Path = ROOT / "benchmarks/answer_pairs.jsonl"
    """The pairs, a JSON object on each line."""
    rounds: int = 5
    """Rounds of timing; the best counts."""
    out: Path = ROOT / "benchmarks/results/answers.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the table goes, between its two marks."""


@dataclass(frozen=True)
class Pair:
    """A gold answer, an answer, whether it is right, and the class of notation."""

    gold: str
    answer: str
    equal: bool
    kind: str


@dataclass(frozen=True)
class Figures:
    """One judge's outcomes in the order of the pairs, and its rates in pairs per second."""

    who: str
    outcomes: list[str]
    rates: dict[str, float]

    def count(self, outcome: str) -> int:
        return self.outcomes.count(outcome)


def outcome(equal: bool, verdict: bool | None) -> str:
    """What a verdict comes to; None is a refusal."""
    if verdict is None:
        return "refused"
    if verdict == equal:
        return "right"
    return "accepted, but wrong" if verdict else "called wrong, but right"


def read_pairs(path: Path) -> list[Pair]:
    return [Pair(**json.loads(line)) for line in path.read_text().splitlines()]


# -- ours -------------------------------------------------------------------------------------------------------------


def own_caches() -> list[Any]:
    """Every `lru_cache` of the package."""
    found = (thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper))
    return [cache for cache in found if cache.__module__.startswith("reasoning_gym_ccrl")]


def best_rate(
    pairs: list[Pair], rounds: int, prepare: Callable[[], None], clock: Callable[[], float] = time.process_time
) -> float:
    rates = []
    for _ in range(rounds):
        prepare()
        started = clock()
        for pair in pairs:
            answers_match(pair.gold, pair.answer)
        rates.append(len(pairs) / (clock() - started))
    return max(rates)


def ours(pairs: list[Pair], rounds: int) -> Figures:
    warm_up("compare")  # as Math-Verify's interpreter has sympy loaded before its time starts
    truth = {Verdict.CORRECT: True, Verdict.INCORRECT: False}
    outcomes = [outcome(pair.equal, truth.get(answers_match(pair.gold, pair.answer))) for pair in pairs]
    caches = own_caches()

    def empty() -> None:
        for cache in caches:
            cache.cache_clear()

    numeric = [pair for pair in pairs if pair.kind in NUMERIC]
    rates = {
        "numeric": best_rate(numeric, rounds, empty),
        "numeric, seen before": best_rate(numeric, rounds, lambda: None),
        "all": best_rate(pairs, min(rounds, 3), empty, time.perf_counter),
    }
    return Figures("ours", outcomes, rates)


# -- the other --------------------------------------------------------------------------------------------------------

PEER = """
import json, logging, sys, time
from importlib.metadata import version
from math_verify import parse, verify
logging.disable(logging.CRITICAL)
given = json.load(sys.stdin)
pairs, rounds = given["pairs"], given["rounds"]
def wrapped(text):
    return text if "$" in text or "boxed" in text else "$" + text + "$"
ways = [lambda g, a: (g, a), lambda g, a: (wrapped(g), a), lambda g, a: (wrapped(g), wrapped(a))]
def verdict(gold, answer):
    try:
        first, second = parse(gold), parse(answer)
        return bool(verify(first, second)) if first and second else None
    except Exception:
        return None
found = [[verdict(*way(p["gold"], p["answer"])) for way in ways] for p in pairs]
def rate(some, way, clock, rounds):
    texts = [way(p["gold"], p["answer"]) for p in some]
    best = 0.0
    for _ in range(rounds):
        started = clock()
        for gold, answer in texts:
            verdict(gold, answer)
        best = max(best, len(some) / (clock() - started))
    return best
right = [sum(verdicts[i] == p["equal"] for p, verdicts in zip(pairs, found)) for i in range(len(ways))]
most = ways[right.index(max(right))]
numeric = [p for p in pairs if p["kind"] in given["numeric"]]
rates = {
    "numeric": max(rate(numeric, way, time.process_time, rounds) for way in ways),
    "all": rate(pairs, most, time.perf_counter, 1),
}
print(json.dumps({"version": version("math-verify"), "verdicts": found, "rates": rates}))
"""


def peer(pairs: list[Pair], options: Options) -> Figures | None:
    """Math-Verify in its own interpreter."""
    given = {"pairs": [vars(pair) for pair in pairs], "rounds": options.rounds, "numeric": sorted(NUMERIC)}
    command = [options.math_verify_python, "-c", PEER]
    run = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"Math-Verify is left out: {command[0]} says {reason!r}; see --math-verify-python.", file=sys.stderr)
        return None
    found = json.loads(run.stdout.splitlines()[-1])
    outcomes = [
        min((outcome(pair.equal, verdict) for verdict in verdicts), key=("right", "refused", *OUTCOMES).index)
        for pair, verdicts in zip(pairs, found["verdicts"], strict=True)
    ]
    return Figures(f"Math-Verify {found['version']}", outcomes, found["rates"])


# -- the report -------------------------------------------------------------------------------------------------------


def table(pairs: list[Pair], columns: list[Figures], about: dict[str, Any]) -> str:
    equal = sum(pair.equal for pair in pairs)
    lines = [f"| {len(pairs):,} pairs, {equal:,} of them right | {' | '.join(c.who for c in columns)} |"]
    lines.append("|---|" + "---:|" * len(columns))
    for name in OUTCOMES:
        lines.append(f"| {name} | {' | '.join(f'{c.count(name):,}' for c in columns)} |")
    numeric = sum(pair.kind in NUMERIC for pair in pairs)
    for name, what in (
        ("numeric", f"pairs a second, the {numeric} numeric ones"),
        ("numeric, seen before", "the same, seen before"),
        ("all", "pairs a second, all"),
    ):
        shown = (f"{c.rates[name]:,.0f}" if name in c.rates else "" for c in columns)
        lines.append(f"| {what} | {' | '.join(shown)} |")
    of = about["machine"]
    lines += [
        "",
        f"`{about['command']}` at {about['commit']}; {of['cpu']}, Python {of['python']}; best of rounds.",
    ]
    return "\n".join(lines)


def listed(pairs: list[Pair], figures: Figures) -> list[dict[str, str]]:
    """Each pair that was not judged right."""
    return [
        {"outcome": found, "gold": pair.gold, "answer": pair.answer, "kind": pair.kind}
        for pair, found in zip(pairs, figures.outcomes, strict=True)
        if found != "right"
    ]


def main(options: Options) -> None:
    pairs = read_pairs(options.pairs)
    found = [ours(pairs, options.rounds), peer(pairs, options)]
    columns = [figures for figures in found if figures is not None]
    about = {
        "command": "python benchmarks/answers.py" + (" --math-verify-python PEER" if len(columns) > 1 else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "pairs": len(pairs),
        "classes": dict(Counter(pair.kind for pair in pairs)),
    }
    results = [
        {
            "who": figures.who,
            "outcomes": {name: figures.count(name) for name in OUTCOMES},
            "pairs_per_second": figures.rates,
            "not_right": listed(pairs, figures),
        }
        for figures in columns
    ]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"results": results}, indent=1, ensure_ascii=False) + "\n")
    text = table(pairs, columns, about)
    write_between_marks(options.docs, text, MARKS)
    for figures in columns:
        for row in listed(pairs, figures):
            if row["outcome"] != "refused":
                print(f"{figures.who}: {row['outcome']}: gold {row['gold']!r}, answer {row['answer']!r}")
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
