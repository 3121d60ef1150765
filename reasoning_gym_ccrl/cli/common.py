"""What the commands that hold a model share: environments by id, the model, measuring, tables, a run's folder."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from ..envs import ENVS
from ..errors import DataError, InvalidOption, unknown_name
from ..evaluation.evaluate import FIGURES, summarise
from ..evaluation.metrics import wilson_interval
from ..seeding import derive_seed
from ..types import Episode, Problem
from .console import output, print_warning, progress

if TYPE_CHECKING:
    from rich.table import Table

    from ..agents.engines.base import SamplingParams
    from ..agents.policy import LLMAgent
    from ..envs.base import StepReasoningEnv

PROBLEMS_AT_ONCE = 64  # between two moves of the progress bar while a model is measured
FEW_ANSWERS = 30  # calibration figures on fewer than this say little

MEANINGS = {figure.key: figure.meaning for figure in FIGURES}

_SIGNS = {"high": "↑", "low": "↓", "": " "}


def open_env(
    env_id: str,
    *,
    data: Path | None = None,
    skip_bad: bool = False,
    families: Sequence[str] = (),
    difficulty: str | None = None,
    split: str | None = None,
    default_split: str = "train",
    reward: str = "ccrl",
) -> StepReasoningEnv:
    """The environment of an id; its `source`, `reward_function` and `max_steps` are what rollouts need.

    Args:
        env_id: a key of ENVS.
        data: a file of problems, for DatasetCCRL-v0 alone.
        skip_bad: leave the file's broken lines out.
        families: which are mixed, for MathCCRL-v0 alone; none named takes its own mixture.
        difficulty: where problems are generated: a name, or a number from 0 to 1; None takes "easy".
        split: where problems are generated; None takes `default_split`.
        default_split: see `split`.
        reward: a name, or package.module:function, also of a module in the folder where the command was called.

    Raises:
        UnknownName: an environment, difficulty, split or reward that is in no table.
        InvalidOption: an option that this environment does not take.
        DataError: the data file is missing or broken.
    """
    if env_id not in ENVS:
        raise unknown_name("environment", env_id, ENVS)
    ENVS[env_id].require_text(env_id)
    if ":" in reward and "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` would have it; the installed script has its own folder there
    options: dict[str, Any] = {}
    if has_data(env_id):
        if families or difficulty is not None or split is not None:
            raise InvalidOption(
                f"--families, --difficulty and --split are for generated problems; {env_id} reads a file."
            )
        options = {"data": None if data is None else str(data), "skip_bad": skip_bad}
    elif data is not None:
        raise InvalidOption(f"--data is for DatasetCCRL-v0; received --env {env_id}.")
    elif not ENVS[env_id].is_generated:
        if families or difficulty is not None:
            raise InvalidOption(f"--families and --difficulty are for families of ours; {env_id} has none.")
        options = {"split": split or default_split}
    else:
        options = {"difficulty": _level(difficulty or "easy"), "split": split or default_split}
        if families:
            if "families" in ENVS[env_id].kwargs:
                raise InvalidOption(f"--families is for MathCCRL-v0; {env_id} has its own.")
            options["families"] = tuple(families)
    env: Any = gym.make(env_id, reward=reward, **options).unwrapped
    made: StepReasoningEnv = env
    return made


def _level(difficulty: str) -> str | float:
    """A difficulty as it is typed: a name, or a number."""
    try:
        return float(difficulty)
    except ValueError:
        return difficulty


def has_data(env_id: str) -> bool:
    """Whether the environment reads problems from a file instead of generating them."""
    return ENVS[env_id].has_data


def load_agent(model: str, *, device: str = "auto", dtype: str = "auto", **options: Any) -> LLMAgent:
    """A model by path or Hugging Face id; the folder of a run stands for the model in it.

    Further options are those of `LLMAgent.from_pretrained`, such as engine="vllm".

    Raises:
        ModelNotFound: no model there.
    """
    from transformers.utils import logging

    from ..agents.policy import LLMAgent

    if not sys.stderr.isatty():
        logging.disable_progress_bar()
    inside = Path(model) / "model"
    is_model = any((inside / name).is_file() for name in ("config.json", "adapter_config.json"))
    path = str(inside) if is_model else model
    return LLMAgent.from_pretrained(path, device=device, dtype=dtype, **options)


def model_name(model: str) -> str:
    """A short name for tables and files: runs/demo/ccrl -> "ccrl", runs/mine/model -> "mine"."""
    path = Path(model).resolve() if Path(model).exists() else Path(model)
    return path.parent.name if path.name == "model" and path.parent.name else path.name or "model"


def is_tiny(agent: LLMAgent) -> bool:
    """Whether this is a model that `ccrl demo` builds: its tokenizer has a whole stated confidence as one token."""
    return "<confidence>0.9</confidence>" in agent.tokenizer.get_vocab()


def measure(
    agent: LLMAgent,
    problems: Sequence[Problem],
    env: StepReasoningEnv,
    params: SamplingParams,
    *,
    confidence: str = "stated",
    title: str = "Measuring",
) -> tuple[dict[str, float | None], list[Episode]]:
    """Plays every problem `params.samples_per_prompt` times, under a progress bar; the figures and the episodes."""
    from ..agents.rollout import rollout

    started = time.perf_counter()
    episodes: list[Episode] = []
    with progress(title, len(problems)) as advance:
        at_once = max(1, PROBLEMS_AT_ONCE // params.samples_per_prompt)
        for first in range(0, len(problems), at_once):
            part = problems[first : first + at_once]
            sampling = replace(params, seed=derive_seed(params.seed, "measure", first))
            groups = rollout(agent, part, sampling, env.reward_function, confidence=confidence, max_steps=env.max_steps)
            episodes += [episode for group in groups for episode in group]
            right = sum(episode.is_correct for episode in episodes)
            advance(len(part), f"{right} right of {len(episodes)}")
    return summarise(episodes, seconds=round(time.perf_counter() - started, 3)), episodes


def figure_table(
    title: str, stages: Mapping[str, Mapping[str, float | None]], meanings: Mapping[str, str] | None = None
) -> Table:
    """One row a figure, one column a stage, and what the figure means; an arrow points to the better side."""
    from rich.table import Table

    table = Table(title=title)
    table.add_column("")
    for name in stages:
        table.add_column(name, justify="right")
    if meanings is not None:
        table.add_column("meaning", style="dim")
    for figure in FIGURES:
        cells = [figure.write(figures.get(figure.key)) for figures in stages.values()]
        meaning = [] if meanings is None else [meanings[figure.key]]
        table.add_row(f"{_SIGNS[figure.better]} {figure.label}", *cells, *meaning)
    return table


def remarks(episodes: Sequence[Episode]) -> list[str]:
    """What a reader must know before quoting the figures: how many were right, and how much they rest on."""
    known = [episode for episode in episodes if episode.problem.answer is not None]
    right = sum(episode.is_correct for episode in known)
    unanswered = sum(episode.final is None for episode in episodes)
    stated = sum(episode.final is not None and episode.final.step.confidence is not None for episode in episodes)
    said = []
    if len(known) < len(episodes):
        said.append(f"{len(episodes) - len(known)} of {len(episodes)} problems have no known answer to compare with.")
    n_problems = len({episode.problem.id for episode in known})
    if known and not right:
        said.append(f"No answer was right: 0 of {len(known)} problems.")
    elif n_problems < len(known):
        said.append(f"{right} of {len(known)} attempts at {n_problems} problems answered right.")
    elif known:
        low, high = (float(bound) for bound in wilson_interval(right, len(known)))
        said.append(f"{right} of {len(known)} problems answered right; 95% interval {low:.0%} to {high:.0%}.")
    if unanswered:
        said.append(f"{unanswered} of {len(episodes)} episodes ended without an answer; they count as wrong.")
    if not stated:
        said.append("No answer states a confidence, so there is nothing to calibrate.")
    elif stated < FEW_ANSWERS:
        said.append(f"The calibration figures rest on {stated} answers; that is few.")
    return said


def warn_of_collapse(log: Path) -> None:
    """Says what the rows of a metrics.jsonl warn of: in how many updates, and the last one's words."""
    from ..evaluation.notices import kinds_of_warnings
    from ..evaluation.run_folder import read_rows

    trained = [row for row in read_rows(log) if "reward_mean" in row] if log.is_file() else []
    for warned in kinds_of_warnings(trained):
        of = f"in {len(warned.updates)} of {len(trained)} updates, last in {warned.updates[-1] + 1}"
        print_warning(f"{of}: {warned.last}")


def forget_rows_after(log: Path, update: int) -> None:
    """Drops the rows of updates that a killed run made after its last checkpoint: they are made again."""
    from ..evaluation.evaluate import write_lines

    if log.is_file():
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line.strip() for line in lines if line.endswith("\n") and line.strip()]
        write_lines(log, [line for line in whole if json.loads(line)["update"] < update])


def say(text: str) -> None:
    """Prints a line of results, whatever signs it holds."""
    output().print(text, markup=False, emoji=False, soft_wrap=True)


def settings_of(command: str, options: Any) -> dict[str, Any]:
    """A command's options as JSON can hold them, for config.json."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(options), default=str))
    return {"command": command, **plain}


def claim_folder(folder: Path, command: str) -> dict[str, Any] | None:
    """Checks that a run may write to a folder; returns the settings of the run of this command that is there.

    Raises:
        InvalidOption: the folder holds something that this command did not write.
    """
    if folder.is_dir() and any(folder.iterdir()):
        settings = _settings_in(folder)
        if settings.get("command") != command:
            raise InvalidOption(
                f"--out is a new folder, or that of an earlier `ccrl {command}`; {folder} holds something else. "
                "Name a new one."
            )
        return settings
    if folder.exists() and not folder.is_dir():
        raise InvalidOption(f"--out is a folder; {folder} is a file.")
    return None


def _settings_in(folder: Path) -> dict[str, Any]:
    """config.json; the demo writes none, and is known by its files."""
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"command": "demo"} if (folder / "metrics.jsonl").is_file() else {}
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def differing(before: Mapping[str, Any], now: Mapping[str, Any], *, but: Sequence[str]) -> list[str]:
    """The names under which two settings differ."""
    return [name for name in now if name not in but and before.get(name) != now[name]]


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON object, whole or not at all."""
    from ..evaluation.evaluate import write_lines

    try:
        write_lines(path, [json.dumps(content, indent=1, allow_nan=False)])
    except OSError as error:
        raise DataError(f"{path} could not be written: {error.strerror}.") from error
