"""`ccrl envs`: which environments there are, what can be set, and how an episode of each goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import gymnasium as gym
import tyro

from ..envs import ENVS
from ..errors import DataError, unknown_name
from ..rewards import REWARDS
from ..step_format import render_step
from ..types import Problem, Step
from .console import output

if TYPE_CHECKING:
    from ..envs.base import StepReasoningEnv


BEGIN, END = "<!-- gallery -->", "<!-- /gallery -->"


@dataclass(frozen=True)
class Options:
    """Lists the environments, one line each; with an id, what can be set there and a problem of each difficulty.

    Example: ccrl envs
    """

    env: Annotated[str | None, tyro.conf.Positional] = None
    """An id to be told more about: `ccrl envs LogicCCRL-v0`."""

    seed: int = 0
    """Of the problems that are shown."""

    transcripts: bool = False
    """Show a whole judged episode of each, in Markdown."""

    write: Path | None = None
    """Write these episodes between the marks of a Markdown file: `--write docs/environments.md` renews the gallery."""


def run(options: Options) -> int:
    """Prints the list, one environment, or the transcripts."""
    if options.env is not None and options.env not in ENVS:
        raise unknown_name("environment", options.env, ENVS)
    if options.write is not None:
        write_gallery(options.write, gallery(options.seed))
    elif options.transcripts:
        shown = gallery(options.seed) if options.env is None else transcript(options.env, options.seed)
        output().print(shown, markup=False, soft_wrap=True)
    elif options.env is not None:
        output().print("\n".join(details(options.env, options.seed)), markup=False, soft_wrap=True)
    else:
        width = max(map(len, ENVS)) + 2
        for env_id, entry in ENVS.items():
            output().print(f"[bold]{env_id:<{width}}[/bold]{entry.summary}", soft_wrap=True)
    return 0


def details(env_id: str, seed: int) -> list[str]:
    """What there is to know of one environment: its options, its splits, and a problem of each difficulty."""
    from ..envs.problems import DIFFICULTIES, FAMILIES, OOD_SPLITS, SPLITS, has_split

    lines = [f"{env_id}  {ENVS[env_id].summary}", ""]
    if not ENVS[env_id].is_generated:
        return [*lines, *_options(env_id), "", "a problem", *_indented(_question(env_id, seed))]
    families = _make(env_id).source_families
    splits = [name for name in SPLITS if any(has_split(FAMILIES[family], name) for family in families)]
    lines += ["splits", *(f"    {name:<22}{OOD_SPLITS.get(name, '')}".rstrip() for name in splits), ""]
    for difficulty in DIFFICULTIES:
        lines += [f"difficulty {difficulty}", *_indented(_question(env_id, seed, difficulty=difficulty)), ""]
    return [*lines, *_options(env_id)]


def _options(env_id: str) -> list[str]:
    return ["options", f"    {own_options(env_id)}", f"    {shared_options()}"]


def _question(env_id: str, seed: int, **options: Any) -> str:
    env = _make(env_id, **options)
    env.reset(seed=seed)
    return env.problem.question


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def own_options(env_id: str) -> str:
    """The options that not every environment has, with the values they may take."""
    from ..envs.problems import DIFFICULTIES, FAMILIES

    entry = ENVS[env_id]
    if not ENVS[env_id].is_generated:
        return entry.options
    families = "" if "families" in entry.kwargs else f"families={'|'.join(FAMILIES)} or name -> weight  "
    return f"{families}difficulty={'|'.join(DIFFICULTIES)} or 0 to 1  split=…  {entry.options}".rstrip()


def shared_options() -> str:
    """The options of every environment."""
    from ..envs.replay import MAX_CHARS, MAX_STEPS

    return (
        f"reward={'|'.join(REWARDS)} or your own  reward_options={{…}}  max_steps={MAX_STEPS}  max_chars={MAX_CHARS}  "
        f"abstention=None  repeats=True  render_mode=ansi|human"
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
    heading = f'### {env_id}\n\n`gym.make("{env_id}", render_mode="ansi")`, `reset(seed={seed})`:'
    try:
        env = _make(env_id, render_mode="ansi")
    except ModuleNotFoundError as error:
        return f"{heading}\n\nNot shown, as {error.name} is not installed here."
    env.reset(seed=seed)
    if not ENVS[env_id].is_text:
        return f"{heading}\n\n```text\n{chosen_steps(env)}```"
    steps = worked_steps(env.problem)
    for step in steps:
        env.step({"step": render_step(Step(step.kind, step.text)), "confidence": step.confidence})
        if env.episode().terminated:
            break
    return f"{heading}\n\n```text\n{env.render()}```"


def chosen_steps(env: Any) -> str:
    """An episode of choices as text: the candidates of each step, a star before the right one, which is taken."""
    from ..envs.problems.mistakes import right_step

    shown = []
    while env.candidates:
        right = env.candidates.index(right_step(env.problem, len(env.records)).text)
        lines = (f"  {'*' if place == right else ' '} {place}. {text}" for place, text in enumerate(env.candidates))
        shown += [f"candidates of step {len(env.records)}:", *lines]
        env.step([right, 9])
    return "\n".join([*shown, "", env.render()])


def worked_steps(problem: Problem) -> list[Step]:
    """A solution such as a good but human solver writes: a plan, a doubtful slip, the gold steps and the answer."""
    answer = Step("answer", str(problem.answer), 0.95)
    if not problem.solution:
        return [answer]
    gold = [Step("step", step.text, 0.9) for step in problem.solution]
    plan = "; ".join(step.meta_thought for step in problem.solution if step.meta_thought)
    slip = slip_of(problem)
    return [*([Step("plan", plan)] if plan else []), *([slip] if slip else []), *gold, answer]


def slip_of(problem: Problem) -> Step | None:
    """The first gold step with a digit too many in its result, or the contrary of its conclusion, half believed.

    None where there is no telling such a slip.
    """
    first = problem.solution[0]
    if problem.metadata.get("domain") == "logic":
        return Step("step", f"So it is not true that {first.value}.", 0.3)
    text = first.text
    return Step("step", f"{text}0", 0.3) if text[-1:].isdigit() and not text.endswith(" 0") else None


def _make(env_id: str, **options: Any) -> StepReasoningEnv:
    env: Any = gym.make(env_id, **options).unwrapped
    made: StepReasoningEnv = env
    return made
