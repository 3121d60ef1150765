"""How fast the environments make and judge problems, side by side with reasoning-gym and a plain environment.

    python benchmarks/env.py                                   # without reasoning-gym
    python benchmarks/env.py --peer-python venv-rg/bin/python  # an interpreter that has reasoning-gym 0.1.25

Figures are work per second of processor time on one core, the best of several rounds, as timeit has it: what else
runs on a machine only ever slows a round down. Every round has fresh problems, so that no cache flatters it. Written
to benchmarks/results/env.json, and as a table into docs/benchmarks.md.
"""

from __future__ import annotations

import copy
import json
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gymnasium as gym
import tyro
from gymnasium import spaces

import reasoning_gym_ccrl
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.step_format import CHARSET, render_step, split_completion
from reasoning_gym_ccrl.types import Problem, Step

ROOT = Path(__file__).resolve().parent.parent
GROUP = 8  # attempts at one problem, as GRPO makes them
MARKS = ("<!-- env.py: begin -->", "<!-- env.py: end -->")


@dataclass(frozen=True)
class Options:
    """Measure the environments' speed, side by side."""

    peer_python: str = sys.executable
    """An interpreter that can import reasoning_gym; its rows are left out, saying so, where it cannot."""
    problems: int = 2000
    """Problems in a round."""
    rounds: int = 7
    """Rounds; the best counts."""
    out: Path = ROOT / "benchmarks/results/env.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/benchmarks.md"
    """Where the table goes, between its two marks."""


@dataclass(frozen=True)
class Row:
    """One figure, in units of work per second of processor time."""

    group: str
    what: str
    who: str
    per_second: float


def best_rate(prepare: Callable[[int], Any], work: Callable[[Any], int], rounds: int) -> float:
    """The most work done, in any round, per second of processor time; `prepare` is not timed."""
    rates = []
    for round_ in range(rounds):
        material = prepare(round_)
        started = time.process_time()
        done = work(material)
        rates.append(done / (time.process_time() - started))
    return max(rates)


# -- ours -----------------------------------------------------------------------------------------------------------


def draw(count: int, seed: int, **options: Any) -> list[Problem]:
    source, rng = make_source(**options), random.Random(seed)
    return [source.sample(rng) for _ in range(count)]


def gold_steps(problem: Problem) -> list[Step]:
    return [*(Step("step", step.text, 0.9) for step in problem.solution), Step("answer", str(problem.answer), 0.9)]


def as_action(step: Step) -> dict[str, Any]:
    text = step.text if step.kind == "step" else render_step(Step(step.kind, step.text))
    return {"step": text, "confidence": step.confidence}


def generation(options: Options) -> list[Row]:
    kinds = {
        "arithmetic, easy": {"families": "arithmetic"},
        "arithmetic, hard": {"families": "arithmetic", "difficulty": "hard"},
        "word problems, easy": {"families": "word_problems"},
        "word problems, hard": {"families": "word_problems", "difficulty": "hard"},
    }
    rows = []
    for name, kind in kinds.items():
        source = make_source(**kind)

        def work(rng: random.Random, source: Any = source) -> int:
            for _ in range(options.problems):
                source.sample(rng)
            return options.problems

        rows.append(Row("problems generated", name, "ours", best_rate(random.Random, work, options.rounds)))
    return rows


def in_prose(problem: Problem) -> list[Step]:
    """The gold steps as a chatty model writes them, which no fast path reads."""
    told = [f"So the {step.name} must be {step.expression} = {step.value} in all." for step in problem.solution]
    return [*(Step("step", text, 0.9) for text in told), Step("answer", f"The answer is {problem.answer}.", 0.9)]


Writer = Callable[[Problem], list[Step]]
Played = list[tuple[Problem, list[dict[str, Any]]]]


def with_actions(problems: list[Problem], write: Writer = gold_steps) -> Played:
    return [(problem, [as_action(step) for step in write(problem)]) for problem in problems]


def posing(options: Options, name: str, env: gym.Env[Any, Any], write: Writer = gold_steps) -> Row:
    """Steps per second through gym.make, resets included, on problems made beforehand."""

    def work(material: Played) -> int:
        for problem, actions in material:
            env.reset(options={"problem": problem})
            for action in actions:
                env.step(action)
        return sum(len(actions) for _, actions in material)

    def prepare(round_: int) -> Played:
        return with_actions(draw(options.problems, round_), write)

    return Row("steps judged", name, "ours", best_rate(prepare, work, options.rounds))


def generating(options: Options, name: str, env: gym.Env[Any, Any]) -> Row:
    """Steps per second through gym.make where reset() makes the problems; the agent knows what is coming."""

    def prepare(round_: int) -> Played:
        env.reset(seed=round_)
        inner: Any = env.unwrapped
        coming = copy.deepcopy(inner._random)
        return with_actions([inner.source.sample(coming) for _ in range(options.problems)])

    def work(material: Played) -> int:
        for _, actions in material:
            env.reset()
            for action in actions:
                env.step(action)
        return sum(len(actions) for _, actions in material)

    return Row("steps judged", name, "ours", best_rate(prepare, work, options.rounds))


def batched(options: Options, name: str, attempts: int, *, from_text: bool) -> Row:
    """Steps per second of whole completions, `attempts` at each problem."""
    reward = make_reward("ccrl")

    def prepare(round_: int) -> list[tuple[Problem, list[list[Step]], list[str]]]:
        made = []
        for problem in draw(options.problems // attempts, 1000 + round_):
            steps = [gold_steps(problem) for _ in range(attempts)]
            made.append((problem, steps, ["\n".join(map(render_step, one)) for one in steps]))
        return made

    def work(material: list[tuple[Problem, list[list[Step]], list[str]]]) -> int:
        count = 0
        for problem, all_steps, texts in material:
            for steps, text in zip(all_steps, texts, strict=True):
                session = replay(problem, split_completion(text) if from_text else steps, reward)
                count += len(session.records)
        return count

    return Row("steps judged", name, "ours", best_rate(prepare, work, options.rounds))


# -- the others -------------------------------------------------------------------------------------------------------


class PlainEnv(gym.Env[str, dict[str, Any]]):
    """The least that could be called an environment: a step is right where it is the gold text, sign by sign."""

    def __init__(self) -> None:
        confidence = spaces.Box(0.0, 1.0, shape=())
        self.action_space = spaces.Dict({"step": spaces.Text(4096, charset=CHARSET), "confidence": confidence})
        self.observation_space = spaces.Text(32768, charset=CHARSET)
        self._problem: Problem | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self._problem = (options or {}).get("problem") or Problem("p", "1 + 1?", "2")
        self._gold = {step.text for step in self._problem.solution}
        self._transcript = self._problem.question + "\n"
        return self._transcript, {}

    def step(self, action: dict[str, Any]) -> tuple[str, float, bool, bool, dict[str, Any]]:
        text = action["step"]
        self._transcript += text + "\n"
        is_answer = text.startswith("<answer>")
        right = text[8:-9] == self._problem.answer if is_answer else text in self._gold
        return self._transcript, float(right), is_answer, False, {}


PEER = """
import json, sys, time
count, rounds = int(sys.argv[1]), int(sys.argv[2])
import reasoning_gym
from importlib.metadata import version
def rate(task, seed):
    data = reasoning_gym.create_dataset(task, size=count, seed=seed)
    started = time.process_time()
    items = [data[index] for index in range(count)]
    made = time.process_time()
    for item in items:
        data.score_answer(item["answer"], item)
    return count / (made - started), count / (time.process_time() - made)
rows = {}
for task in ("chain_sum", "basic_arithmetic", "gsm_symbolic"):
    made = [rate(task, 1000 * round_) for round_ in range(rounds)]
    rows[task] = [max(column) for column in zip(*made)]
print(json.dumps({"version": version("reasoning-gym"), "rows": rows}))
"""


def peer(options: Options) -> list[Row]:
    """reasoning-gym in its own interpreter: problems made, and gold answers scored (it judges no steps)."""
    command = [options.peer_python, "-c", PEER, str(options.problems), str(options.rounds)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"reasoning-gym is left out: {options.peer_python} says {reason!r}; see --peer-python.", file=sys.stderr)
        return []
    found = json.loads(run.stdout.splitlines()[-1])
    who = f"reasoning-gym {found['version']}"
    rows = [Row("problems generated", task, who, made) for task, (made, _) in found["rows"].items()]
    return rows + [Row("whole answers scored", task, who, scored) for task, (_, scored) in found["rows"].items()]


def whole_answers(options: Options) -> Row:
    """Gold answers judged by `answers_match`, beside a library that judges whole answers alone."""
    from reasoning_gym_ccrl.envs.verify import answers_match

    def work(problems: list[Problem]) -> int:
        for problem in problems:
            answers_match(str(problem.answer), str(problem.answer))
        return len(problems)

    rate = best_rate(lambda round_: draw(options.problems, 2000 + round_), work, options.rounds)
    return Row("whole answers scored", "gold answers of MathCCRL-v0", "ours", rate)


# -- the report -------------------------------------------------------------------------------------------------------


def measure(options: Options) -> list[Row]:
    gym.register("PlainStrings-v0", entry_point=PlainEnv, order_enforce=False)
    plain = posing(options, "gym.make, compares strings", gym.make("PlainStrings-v0"))
    math = gym.make("MathCCRL-v0")
    return [
        *generation(options),
        posing(options, "gym.make, one at a time", math),
        generating(options, "gym.make, one at a time, generating the problems", math),
        posing(options, "gym.make, one at a time, steps in prose", math, write=in_prose),
        batched(options, f"replay, {GROUP} attempts at each problem", GROUP, from_text=False),
        batched(options, "replay, 1 attempt at each problem", 1, from_text=False),
        batched(options, f"replay from text, {GROUP} attempts", GROUP, from_text=True),
        Row(plain.group, plain.what, "plain environment", plain.per_second),
        whole_answers(options),
        *peer(options),
    ]


def machine() -> dict[str, str]:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": str(len(names) or "unknown"),
        "python": platform.python_version(),
        "gymnasium": gym.__version__,
    }


def commit() -> str:
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or "unknown"


def table(rows: list[Row], about: dict[str, Any]) -> str:
    lines = ["| work | who | per second |", "|---|---|---:|"]
    for group in dict.fromkeys(row.group for row in rows):
        for row in (row for row in rows if row.group == group):
            lines.append(f"| {row.group}: {row.what} | {row.who} | {row.per_second:,.0f} |")
    of = about["machine"]
    lines += [
        "",
        f"`{about['command']}` at {about['commit']}; one core of {of['cpu']}, Python {of['python']}; best of rounds.",
    ]
    return "\n".join(lines)


def write_between_marks(path: Path, text: str, marks: tuple[str, str]) -> None:
    """Replaces what stands between the two marks, or adds it at the end."""
    begin, end = marks
    old = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    before, _, rest = old.partition(begin)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")


def main(options: Options) -> None:
    about = {
        "command": "python benchmarks/env.py"
        + (" --peer-python PEER" if options.peer_python != sys.executable else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "unit": "per second of processor time on one core, best of rounds, each with fresh problems",
    }
    rows = measure(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"rows": [vars(row) for row in rows]}, indent=2) + "\n")
    text = table(rows, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
