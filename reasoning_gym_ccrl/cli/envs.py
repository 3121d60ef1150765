"""`ccrl envs`: which environments there are, and what can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from ..envs import ENVS
from ..rewards import REWARDS
from ..step_format import render_step
from ..types import Problem, Step
from .console import output

if TYPE_CHECKING:
    from ..envs.base import StepReasoningEnv


@dataclass(frozen=True)
class Options:
    """Lists the environments: one line each, its options, and one of its problems.

    Example: ccrl envs
    """

    seed: int = 0
    """Of the problems that are shown."""

    transcripts: bool = False
    """Show a whole judged episode of each, in Markdown: the gallery in docs/environments.md."""


def run(options: Options) -> int:
    """Prints the list, or the transcripts."""
    if options.transcripts:
        output().print("\n\n".join(transcript(env_id, options.seed) for env_id in ENVS), markup=False, soft_wrap=True)
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
    """A solution such as a good but human solver writes: a doubtful slip first, then the gold steps and the answer."""
    slip = Step("step", "2 + 2 = 5", 0.3)
    gold = [Step("step", step.text, 0.9) for step in problem.solution]
    return [slip, *gold, Step("answer", str(problem.answer), 0.95)]


def _make(env_id: str, render_mode: str | None = None) -> StepReasoningEnv:
    env: Any = gym.make(env_id, render_mode=render_mode).unwrapped
    made: StepReasoningEnv = env
    return made
