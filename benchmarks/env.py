"""How fast the environments make and judge problems, side by side with reasoning-gym, GEM and a plain environment.

    python benchmarks/env.py                                   # without the others
    python benchmarks/env.py --peer-python venv-rg/bin/python --gem-python venv-gem/bin/python
                                                               # interpreters with reasoning-gym 0.1.25, gem-llm 0.1.0

Figures are work per second of processor time on one core, the best of several rounds, as timeit has it: what else
runs on a machine only ever slows a round down. Every round has fresh problems, so that no cache flatters it. Written
to benchmarks/results/env.json, and as tables into docs/benchmarks.md.
"""

from __future__ import annotations

import copy
import json
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
from common import ROOT, commit, machine, write_between_marks
from gymnasium import spaces

import reasoning_gym_ccrl
from reasoning_gym_ccrl.envs.problems import make_source
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.step_format import CHARSET, render_step, split_completion
from reasoning_gym_ccrl.types import Problem, Step

TWO = ("word_problems", "arithmetic")  # the families of the rows that are compared from one version to the next
WIDTH = 32  # environments at once
GROUP = 8  # attempts at one problem, as GRPO makes them
MARKS = ("<!-- env.py: begin -->", "<!-- env.py: end -->")


@dataclass(frozen=True)
class Options:
    """Measure the environments' speed, side by side."""

    peer_python: str = sys.executable
    """An interpreter that can import reasoning_gym; its rows are left out, saying so, where it cannot."""
    gem_python: str = sys.executable
    """An interpreter that can import gem (gem-llm); its rows are left out, saying so, where it cannot."""
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


KINDS: dict[str, dict[str, Any]] = {
    "arithmetic, easy": {"families": "arithmetic"},
    "arithmetic, hard": {"families": "arithmetic", "difficulty": "hard"},
    "word problems, easy": {"families": "word_problems"},
    "word problems, hard": {"families": "word_problems", "difficulty": "hard"},
}


def chain(terms: tuple[int, int], digits: tuple[int, int]) -> dict[str, Any]:
    """Options of the family that makes what reasoning-gym's chain_sum makes: so many terms, so many digits each."""
    options = {
        "kinds": ("chain",),
        "operators": "+-",
        "min_steps": terms[0] - 1,
        "max_steps": terms[1] - 1,
        "min_digits": digits[0],
        "max_digits": digits[1],
    }
    return {"families": "arithmetic", "difficulty": {"arithmetic": options}}


def generation(options: Options) -> list[Row]:
    """Problems per second, each with its gold path, in the training split."""
    kinds = KINDS | {
        f"chain_sum, {n} terms of {d} digit{'s' if d > 1 else ''}": chain((n, n), (d, d))
        for n, d in ((2, 1), (3, 2), (6, 4))
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


def whole_episodes(options: Options) -> list[Row]:
    """Episodes of one answer per second, as GEM's rg:chain_sum has them: a reset that makes the problem, and a step."""
    alike = chain((2, 6), (1, 4))
    single = gym.make("ArithmeticCCRL-v0", difficulty=alike["difficulty"])
    many = gym.make_vec("ArithmeticCCRL-v0", num_envs=WIDTH, difficulty=alike["difficulty"], autoreset_mode="SameStep")
    answer = {"step": "<answer>12</answer>", "confidence": 0.5}

    def one_by_one(_: Any) -> int:
        for _ in range(options.problems):
            single.reset()
            single.step(answer)
        return options.problems

    def together(_: Any) -> int:
        for _ in range(options.problems // WIDTH):
            many.step([answer] * WIDTH)
        return options.problems // WIDTH * WIDTH

    group = "episodes of one answer, problems made"
    return [
        Row(
            group,
            "one at a time",
            "ours",
            best_rate(lambda round_: single.reset(seed=round_), one_by_one, options.rounds),
        ),
        Row(
            group,
            f"{WIDTH} at once",
            "ours",
            best_rate(lambda round_: many.reset(seed=round_), together, options.rounds),
        ),
    ]


def symbolic(options: Options) -> list[Row]:
    """Checks per second of what is no plain arithmetic: steps with unknowns, deductions, and identities for sympy."""
    from reasoning_gym_ccrl.envs.verify.symbolic import equal

    reward = make_reward("ccrl")
    count = max(1, options.problems // 10)
    rows = []
    for family in ("algebra", "polynomials", "calculus", "logic"):

        def work(problems: list[Problem]) -> int:
            return sum(len(replay(problem, gold_steps(problem), reward).records) for problem in problems)

        rate = best_rate(lambda round_, f=family: draw(count, 3000 + round_, families=f), work, options.rounds)
        rows.append(Row("symbolic steps judged", family, "ours", rate))
    identities = [(f"sin({n}*x)^2 + cos({n}*x)^2", "1") for n in range(2, 22)]
    started = time.perf_counter()
    equal("sin(x)^2 + cos(x)^2", "1")  # starts the worker
    warm = time.perf_counter()
    for left, right in identities:
        equal(left, right)
    rows.append(
        Row(
            "symbolic steps judged",
            "identities by sympy, in its worker (wall clock)",
            "ours",
            len(identities) / (time.perf_counter() - warm),
        )
    )
    print(f"the worker was up after {warm - started:.2f} s")
    return rows


# -- cost against size ------------------------------------------------------------------------------------------------


def cost_by_size(rounds: int) -> list[dict[str, Any]]:
    """Microseconds a step against the number of steps before it, and a character of one step against its length."""
    env = gym.make("MathCCRL-v0", families="arithmetic", max_steps=5_000, max_chars=10**7).unwrapped
    found = []
    for steps in (10, 100, 1_000, 4_000):

        def play(_: Any, steps: int = steps) -> int:
            env.reset(seed=0)
            for number in range(steps):
                env.step({"step": f"{number} + 1 = {number + 1}", "confidence": 0.5})
            return steps

        found.append({"what": "steps in an episode", "size": steps, "microseconds": 1e6 / best_rate(int, play, rounds)})
    for length in (50, 200, 800, 2_000):

        def read(seed: int, length: int = length) -> int:
            env.reset(seed=0)
            for number in range(40):
                words = f"so the sum of these {seed}{number} apples and pears must be "
                text = (words * (length // len(words) + 1))[: length - 20] + f" {number} + 1 = {number + 1}"
                env.step({"step": text, "confidence": 0.5})
            return 40

        rate = best_rate(int, read, rounds)
        found.append({"what": "characters in a step of prose", "size": length, "microseconds": 1e6 / rate})
    return found


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
        return with_actions(draw(options.problems, round_, families=TWO), write)

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
        for problem in draw(options.problems // attempts, 1000 + round_, families=TWO):
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


def run_peer(python: str, script: str, options: Options) -> dict[str, Any] | None:
    """What a peer's script prints, run by its own interpreter; None, saying why, where it cannot be run."""
    command = [python, str(ROOT / "benchmarks" / script), str(options.problems), str(options.rounds)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"{script} is left out: {python} says {reason!r}; see --help.", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def reasoning_gym(options: Options) -> list[Row]:
    """Problems made, and gold answers scored (it judges no steps)."""
    found = run_peer(options.peer_python, "peer_reasoning_gym.py", options)
    if found is None:
        return []
    who = f"reasoning-gym {found['version']}"
    rows = [Row("problems generated", task, who, made) for task, (made, _) in found["rows"].items()]
    return rows + [
        Row("whole answers scored", task, who, scored) for task, (_, scored) in found["rows"].items() if "," not in task
    ]


def gem(options: Options) -> list[Row]:
    """Episodes of one answer, which make their problems with reasoning-gym."""
    found = run_peer(options.gem_python, "peer_gem.py", options)
    if found is None:
        return []
    names = {"one": "one at a time", "32": "32 at once"}
    who = f"GEM {found['version']}"
    return [Row("episodes of one answer, problems made", names[key], who, rate) for key, rate in found["rows"].items()]


def whole_answers(options: Options) -> Row:
    """Gold answers judged by `answers_match`, beside a library that judges whole answers alone."""
    from reasoning_gym_ccrl.envs.verify import answers_match

    def work(problems: list[Problem]) -> int:
        for problem in problems:
            answers_match(str(problem.answer), str(problem.answer))
        return len(problems)

    rate = best_rate(lambda round_: draw(options.problems, 2000 + round_, families=TWO), work, options.rounds)
    return Row("whole answers scored", "gold answers", "ours", rate)


# -- the report -------------------------------------------------------------------------------------------------------


def measure(options: Options) -> list[Row]:
    gym.register("PlainStrings-v0", entry_point=PlainEnv, order_enforce=False)
    plain = posing(options, "gym.make, compares strings", gym.make("PlainStrings-v0"))
    math = gym.make("MathCCRL-v0", families=TWO)
    return [
        *generation(options),
        *whole_episodes(options),
        *gem(options),
        posing(options, "gym.make, one at a time", math),
        generating(options, "gym.make, one at a time, generating the problems", math),
        posing(options, "gym.make, one at a time, steps in prose", math, write=in_prose),
        batched(options, f"replay, {GROUP} attempts at each problem", GROUP, from_text=False),
        batched(options, "replay, 1 attempt at each problem", 1, from_text=False),
        batched(options, f"replay from text, {GROUP} attempts", GROUP, from_text=True),
        Row(plain.group, plain.what, "plain environment", plain.per_second),
        whole_answers(options),
        *reasoning_gym(options),
        *symbolic(options),
    ]


def table(rows: list[Row], sizes: list[dict[str, Any]], about: dict[str, Any]) -> str:
    lines = ["| work | who | per second |", "|---|---|---:|"]
    for group in dict.fromkeys(row.group for row in rows):
        for row in (row for row in rows if row.group == group):
            lines.append(f"| {row.group}: {row.what} | {row.who} | {row.per_second:,.0f} |")
    lines += ["", "| cost of a step | | microseconds |", "|---|---:|---:|"]
    lines += [f"| {row['what']} | {row['size']:,} | {row['microseconds']:.1f} |" for row in sizes]
    of = about["machine"]
    lines += [
        "",
        f"`{about['command']}` at {about['commit']}; one core of {of['cpu']}, Python {of['python']}; best of rounds.",
    ]
    return "\n".join(lines)


def main(options: Options) -> None:
    about = {
        "command": "python benchmarks/env.py"
        + (" --peer-python RG" if options.peer_python != sys.executable else "")
        + (" --gem-python GEM" if options.gem_python != sys.executable else ""),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "unit": "per second of processor time on one core, best of rounds, each with fresh problems",
    }
    rows = measure(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sizes = cost_by_size(options.rounds)
    found = about | {"rows": [vars(row) for row in rows], "cost_by_size": sizes}
    options.out.write_text(json.dumps(found, indent=2) + "\n")
    text = table(rows, sizes, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
