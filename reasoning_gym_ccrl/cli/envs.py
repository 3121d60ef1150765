"""`ccrl envs`: which environments there are, and what can be set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from ..envs import ENVS
from ..errors import DataError
from ..rewards import REWARDS
from ..step_format import render_step
from ..types import Problem, Step
from .console import output

if TYPE_CHECKING:
    from ..envs.base import StepReasoningEnv


BEGIN, END = "<!-- gallery -->", "<!-- /gallery -->"


@dataclass(frozen=True)
class Options:
    """Lists the environments: one line each, its options, and one of its problems.

    Example: ccrl envs
    """

    seed: int = 0
    """Of the problems that are shown."""

    transcripts: bool = False
    """Show a whole judged episode of each, in Markdown."""

    write: Path | None = None
    """Write these episodes between the marks of a Markdown file: `--write docs/environments.md` renews the gallery."""


def run(options: Options) -> int:
    """Prints the list, or the transcripts."""
    if options.write is not None:
        write_gallery(options.write, gallery(options.seed))
        return 0
    if options.transcripts:
        output().print(gallery(options.seed), markup=False, soft_wrap=True)
        return 0
    for env_id, entry in ENVS.items():
        env = _make(env_id)
        env.reset(seed=options.seed)
        question = " ".join(env.problem.question.split())
        output().print(f"[bold]{env_id:<20}[/bold]{entry.summary}", soft_wrap=True)
        output().print(f"{'':<4}{'options':<16}{own_options(env_id)}", markup=False, soft_wrap=True)
        output().print(f"{'':<4}{'a problem':<16}{question}", style="dim", markup=False, soft_wrap=True)
    output().print(f"\nAll of them take: {shared_options()}", markup=False, soft_wrap=True)
    return 0


def own_options(env_id: str) -> str:
    """The options that not every environment has, with the values they may take."""
    from ..envs.problems import DIFFICULTIES, FAMILIES, SPLITS

    if ENVS[env_id].entry_point.endswith(":DatasetEnv"):
        return "data=FILE  skip_bad=False  limit=N  order=random|sequential"
    families = "" if "families" in ENVS[env_id].kwargs else f"families={','.join(FAMILIES)}  "
    return f"{families}difficulty={'|'.join(DIFFICULTIES)}  split={'|'.join(SPLITS)}"


def shared_options() -> str:
    """The options of every environment."""
    from ..envs.replay import MAX_CHARS, MAX_STEPS

    return (
        f"reward={'|'.join(REWARDS)} or your own  reward_options={{…}}  max_steps={MAX_STEPS}  "
        f"max_chars={MAX_CHARS}  render_mode=ansi|human"
    )


def gallery(seed: int) -> str:
    """A transcript of every environment."""
    return "\n\n".join(transcript(env_id, seed + place) for place, env_id in enumerate(ENVS))


def write_gallery(path: Path, text: str) -> None:
    """Replaces what stands between the marks of a file.

    Raises:
        DataError: the file cannot be read, or has no marks.
    """
    try:
        old = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"The gallery goes into a Markdown file that exists; {path}: {error.strerror}.") from error
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DataError(f"The gallery goes between {BEGIN} and {END}; {path} has no such lines.")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def transcript(env_id: str, seed: int) -> str:
    """One episode of the environment as Markdown: its gold solution, with a slip before the answer."""
    env = _make(env_id, render_mode="ansi")
    env.reset(seed=seed)
    steps = worked_steps(env.problem)
    for step in steps:
        env.step({"step": render_step(Step(step.kind, step.text)), "confidence": step.confidence})
        if env.episode().terminated:
            break
    heading = f'### {env_id}\n\n`gym.make("{env_id}", render_mode="ansi")`, `reset(seed={seed})`:'
    return f"{heading}\n\n```text\n{env.render()}```"


def worked_steps(problem: Problem) -> list[Step]:
    """A solution such as a good but human solver writes: a plan, a doubtful slip, the gold steps and the answer."""
    first = problem.solution[0]
    plan = Step("plan", "; ".join(step.meta_thought for step in problem.solution))
    slip = Step("step", f"{first.expression} = {first.value}0", 0.3)
    gold = [Step("step", step.text, 0.9) for step in problem.solution]
    return [plan, slip, *gold, Step("answer", str(problem.answer), 0.95)]


def _make(env_id: str, render_mode: str | None = None) -> StepReasoningEnv:
    env: Any = gym.make(env_id, render_mode=render_mode).unwrapped
    made: StepReasoningEnv = env
    return made
