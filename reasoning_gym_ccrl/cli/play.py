"""`ccrl play`: a person solves problems step by step, states confidences, and learns how calibrated they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from ..envs import ENVS
from ..errors import InvalidOption, MalformedStep, unknown_name
from ..step_format import parse_step, render_step, shorten
from ..types import Episode, Step, StepRecord
from .console import output

if TYPE_CHECKING:
    from rich.table import Table

    from ..envs.base import StepReasoningEnv

HELP = """\
  3 * 4 = 12      a step; name it if you like: apples = 3 * 4 = 12
  answer 12       your answer, which ends the problem
  plan TEXT       a plan, in words and with no numbers
  skip            give this problem up: it counts as wrong, as it would for a model
  help, quit      these lines again; the score so far
After each step say how sure you are that it is right: 0 to 100, or 0.85."""

_COMMAND = re.compile(r"(answer|plan)\b\s*[:=]?\s*(.*)", re.IGNORECASE | re.DOTALL)
_PERCENT = re.compile(r"(\d{1,3})\s*%?", re.ASCII)
_DECIMAL = re.compile(r"[01]?\.\d{1,17}", re.ASCII)


@dataclass(frozen=True)
class Options:
    """Solve problems yourself, one step at a time, say how sure you are of each, and see how calibrated you are.

    Example: ccrl play --problems 5 --difficulty easy
    """

    env: str = "MathCCRL-v0"
    """Which environment; `ccrl envs` lists them."""

    problems: int = 5
    """How many problems."""

    difficulty: str = "easy"
    """easy, medium or hard; for generated problems."""

    data: Path | None = None
    """A file of problems, for DatasetCCRL-v0."""

    reward: str = "ccrl"
    """What pays you: a name, or package.module:function."""

    seed: int | None = None
    """The same seed poses the same problems; without one they are new each time."""


class Quit(Exception):
    """Raised where the player is done for today."""


class Skip(Exception):
    """Raised where the player gives the problem up."""


def run(options: Options) -> int:
    """Plays, and prints the score; the end of the input or Ctrl-C ends it with the score so far."""
    if options.problems < 1:
        raise InvalidOption(f"--problems is at least 1; received {options.problems}.")
    env = _make(options)
    _say(f"{options.problems} problems of {options.env}, one step per line:\n{HELP}")
    solved: list[Episode] = []  # or given up, or out of budget
    try:
        for number in range(options.problems):
            env.reset(seed=options.seed if number == 0 else None)
            _say(f"\nProblem {number + 1} of {options.problems}: {env.problem.question}")
            try:
                play_problem(env)
            except Skip:
                _say(f"The answer is {env.problem.answer}.")
            solved.append(env.episode())
            _say_solution(solved[-1])
    except (EOFError, KeyboardInterrupt, Quit):
        _say("\nThank you for playing. Here is your score so far.")
        unfinished = list(env.records) if len(solved) < options.problems and _is_running(env) else []
        print_score(solved, unfinished)
        return 0
    print_score(solved)
    return 0


def play_problem(env: StepReasoningEnv) -> None:
    """Asks for steps until the episode is over, and shows each verdict.

    Raises:
        Quit, Skip, EOFError, KeyboardInterrupt: the player has had enough.
    """
    from ..envs.render import coloured

    over = False
    while not over:
        step = ask_step()
        confidence = None if step.kind == "plan" else ask_confidence()
        element = render_step(Step(step.kind, step.text))
        _, _, terminated, truncated, _ = env.step({"step": element, "confidence": confidence})
        output().print(coloured(env.records[-1]), soft_wrap=True)
        over = terminated or truncated


def ask_step() -> Step:
    """Asks until a line is a step; an empty line asks again."""
    while True:
        line = input("step> ").strip()
        word = line.lower()
        if word in ("quit", "exit"):
            raise Quit
        if word == "skip":
            raise Skip
        if word == "help":
            _say(HELP)
        elif line:
            try:
                return parse_line(line)
            except MalformedStep as error:
                _say(f"  {error}")


def ask_confidence() -> float:
    """Asks until a line is a confidence; what was written before is kept."""
    while True:
        line = input("  how sure, 0 to 100? ").strip()
        if line.lower() in ("quit", "exit"):
            raise Quit
        confidence = parse_confidence(line)
        if confidence is not None:
            return confidence
        _say(f"  A number from 0 to 100, such as 85 or 85%, or 0.85; received {shorten(line)!r}.")


def parse_line(line: str) -> Step:
    """A player's line as a step.

    Raises:
        MalformedStep: the line holds nothing, or breaks the protocol.

    >>> parse_line("answer 12"), parse_line("3 * 4 = 12").kind
    (Step(kind='answer', text='12', confidence=None), 'step')
    """
    command = _COMMAND.fullmatch(line.strip())
    if command is None:
        return parse_step(line)
    kind, text = command.group(1).lower(), command.group(2)
    return parse_step(f"<{kind}>{text}</{kind}>")


def parse_confidence(text: str) -> float | None:
    """A player's confidence: whole numbers are percent, decimals are probabilities; None for anything else.

    >>> [parse_confidence(text) for text in ("85", "85%", "0.85", "1", "1.0", "2.5")]
    [0.85, 0.85, 0.85, 0.01, 1.0, None]
    """
    text = text.strip()
    if (percent := _PERCENT.fullmatch(text)) and int(percent.group(1)) <= 100:
        return int(percent.group(1)) / 100
    if _DECIMAL.fullmatch(text) and float(text) <= 1.0:
        return float(text)
    return None


@dataclass(frozen=True)
class Score:
    """How well the player knew what they knew, over answers or over steps; nan where there is nothing to judge.

    `accuracy` is of all `count`, problems given up included; `right` of those that state a confidence, as are the
    mean `confidence` and the two calibration figures.
    """

    count: int
    accuracy: float
    right: float
    confidence: float
    brier: float
    ece: float


def score(records: Sequence[StepRecord], *, without_answer: int = 0) -> Score:
    """The figures of the judged records that state a confidence.

    Args:
        records: answers, or steps; UNCHECKED ones are left out.
        without_answer: problems given up: wrong for the accuracy, with no confidence to calibrate.
    """
    from ..evaluation.evaluate import scored_pair
    from ..evaluation.metrics import brier_score, expected_calibration_error

    scored = [pair for record in records if (pair := scored_pair(record)) is not None]
    pairs = [(confidence, float(right)) for confidence, right in scored]
    nan = float("nan")
    count = len(pairs) + without_answer
    if not pairs:
        return Score(count, 0.0 if count else nan, nan, nan, nan, nan)
    confidences, outcomes = [c for c, _ in pairs], [y for _, y in pairs]
    return Score(
        count,
        sum(outcomes) / count,
        sum(outcomes) / len(pairs),
        sum(confidences) / len(pairs),
        brier_score(confidences, outcomes),
        expected_calibration_error(confidences, outcomes),
    )


def print_score(episodes: Sequence[Episode], unfinished: Sequence[StepRecord] = ()) -> None:
    """Prints the table of scores and one sentence on what it means; `unfinished` is an interrupted problem's steps."""
    answers = [episode.final for episode in episodes if episode.final is not None]
    steps = [record for episode in episodes for record in episode.records] + list(unfinished)
    steps = [record for record in steps if record.step.kind == "step"]
    of_answers = score(answers, without_answer=len(episodes) - len(answers))
    of_steps = score(steps)
    reward = sum(episode.total_reward for episode in episodes)
    output().print(_table(of_answers, of_steps))
    mean = f", {reward / len(episodes):+.3f} a problem" if episodes else ""
    _say(f"Reward {reward:+.3f}{mean}. {verdict_on(of_answers)}")


def verdict_on(answers: Score) -> str:
    """One sentence on a player's calibration.

    >>> verdict_on(Score(10, accuracy=0.6, right=0.6, confidence=0.9, brier=0.3, ece=0.3))
    'Where you answered you were 90% sure on average and right 60% of the time: overconfident.'
    """
    if not answers.confidence >= 0.0:
        return "No answer with a confidence yet, so nothing to calibrate."
    gap = answers.confidence - answers.right
    word = "well calibrated" if abs(gap) < 0.1 else "overconfident" if gap > 0 else "underconfident"
    sure, right = f"{answers.confidence:.0%}", f"{answers.right:.0%}"
    return f"Where you answered you were {sure} sure on average and right {right} of the time: {word}."


def _table(answers: Score, steps: Score) -> Table:
    from rich.table import Table

    table = Table("", "judged", "accuracy", "mean confidence", "Brier (0 best)", "ECE (0 best)")
    for name, row in (("answers", answers), ("steps", steps)):
        figures = [row.accuracy, row.confidence, row.brier, row.ece]
        table.add_row(name, str(row.count), *("-" if figure != figure else f"{figure:.3f}" for figure in figures))
    return table


def _say_solution(episode: Episode) -> None:
    if not episode.is_correct and episode.problem.solution:
        _say("A solution: " + "; ".join(step.text for step in episode.problem.solution))


def _say(text: str) -> None:
    output().print(text, markup=False, soft_wrap=True)


def _is_running(env: StepReasoningEnv) -> bool:
    episode = env.episode()
    return not (episode.terminated or episode.truncated)


def _make(options: Options) -> StepReasoningEnv:
    if options.env not in ENVS:
        raise unknown_name("environment", options.env, ENVS)
    entry = ENVS[options.env]
    entry.require_text(options.env)
    if options.data is not None and not entry.has_data:
        raise InvalidOption(f"--data is for DatasetCCRL-v0; received --env {options.env}.")
    own: dict[str, Any] = {"difficulty": options.difficulty} if entry.is_generated else {}
    if entry.has_data:
        own = {"data": None if options.data is None else str(options.data)}
    env: Any = gym.make(options.env, reward=options.reward, **own).unwrapped
    made: StepReasoningEnv = env
    return made
