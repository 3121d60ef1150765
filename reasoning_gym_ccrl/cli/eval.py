"""`ccrl eval`: a model plays an environment's problems; its accuracy and its calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidOption
from .common import (
    MEANINGS,
    claim_folder,
    differing,
    figure_table,
    load_agent,
    measure,
    model_name,
    open_env,
    remarks,
    say,
    settings_of,
    write_json,
)
from .console import output, progress

if TYPE_CHECKING:
    from ..agents.policy import LLMAgent
    from ..types import Episode, Problem

Compared = dict[str, dict[str, float | None]]
"""Source of confidence -> its figures; of a source that has no confidence at all only "share", 0."""

CONFIDENCES_FILE = "confidences.json"


@dataclass(frozen=True)
class Options:
    """Measures a model's accuracy and calibration: it plays problems it was not trained on, and the verifier judges.

    Prints every figure with its meaning. With --out it writes summary.json and the judged episodes; evaluate more
    models with the same settings into the same folder, and `ccrl report` sets them side by side.

    Example: ccrl eval --model runs/demo/ccrl --env DatasetCCRL-v0 --data gsm8k.test.jsonl --episodes 50
    """

    model: str
    """A folder in Hugging Face format, a run's folder, or a Hugging Face id."""

    env: str = "MathCCRL-v0"
    """Which environment; `ccrl envs` lists them."""

    data: Path | None = None
    """A file of problems, for DatasetCCRL-v0; without one it has twenty of its own."""

    skip_bad: bool = False
    """Leave broken lines of the file out, instead of stopping at the first."""

    episodes: int = 256
    """How many problems, no two alike; of a file a random choice, or all where it has no more."""

    attempts: int = 1
    """Attempts at each problem; with more than one, what votes among them come to is shown too."""

    split: str | None = None
    """train, validation, test, or an out-of-distribution split such as more_steps (`ccrl envs ID` lists them), where
    problems are generated. Default: test."""

    families: tuple[str, ...] = ()
    """Which families MathCCRL-v0 mixes; the demo's model knows word_problems and arithmetic alone. Default: its own."""

    difficulty: str | None = None
    """easy, medium or hard, or a number from 0 to 1, where problems are generated. Default: easy."""

    temperature: float = 1.0
    """Of sampling. 1 is what training samples at; 0 takes the likeliest token."""

    max_new_tokens: int = 256
    """Budget of tokens for a problem; a model that thinks at length needs more."""

    confidence: str = "stated"
    """Where confidence comes from: stated; the number's digits, as token_mean, token_product, token_minimum or
    token_entropy; hybrid, the mean of stated and token_mean; p_true, asked afterwards; or self_consistency, the share
    of attempts that agree."""

    compare_confidence: bool = False
    """Measure every one of these sources on the same answers, and print them side by side; self_consistency joins in
    where --attempts is 2 or more. With --out also confidences.json."""

    reward: str = "ccrl"
    """Whose mean is printed: a name, a sum (ccrl=1,length=-0.01), or package.module:function."""

    out: Path | None = None
    """A folder for summary.json and episodes/NAME.jsonl, NAME being the model's folder."""

    seed: int = 0
    """Of the choice of problems and of the samples."""

    device: str = "auto"
    """auto, cpu, cuda, ...: auto takes CUDA where there is one."""

    dtype: str = "auto"
    """Of the weights: auto as saved, or float32, bfloat16."""


def run(options: Options) -> int:
    """Plays, prints, and writes where asked."""
    from ..agents.confidence import check_confidence_source
    from ..agents.engines.base import SamplingParams
    from ..envs.sources import draw_problems
    from ..seeding import python_random

    if options.attempts > 1 and options.temperature == 0:
        raise InvalidOption(
            "At temperature 0 all attempts are the same one; --attempts is 1, or --temperature above 0."
        )
    params = SamplingParams(options.max_new_tokens, options.temperature, options.attempts, options.seed)
    check_confidence_source(options.confidence, options.attempts)
    if options.compare_confidence and options.confidence != "stated":
        raise InvalidOption(
            f"--compare-confidence measures every source, {options.confidence} among them; leave --confidence out."
        )
    env = open_env(
        options.env,
        data=options.data,
        skip_bad=options.skip_bad,
        families=options.families,
        difficulty=options.difficulty,
        split=options.split,
        default_split="test",
        reward=options.reward,
    )
    problems = draw_problems(env.source, options.episodes, python_random(options.seed, "eval", "problems"))
    if options.compare_confidence:
        _check_comparable(problems)
    summary = None if options.out is None else _open_summary(options.out, options)
    agent = load_agent(options.model, device=options.device, dtype=options.dtype)
    name = model_name(options.model)
    figures, episodes = measure(
        agent, problems, env, params, confidence=options.confidence, title=f"{name} on {options.env}"
    )
    _show(options, name, figures, episodes)
    compared = _compared(options, agent, episodes) if options.compare_confidence else {}
    if compared:
        _show_compared(options, name, compared)
    if options.out is not None and summary is not None:
        _write(options.out, summary, name, figures, episodes)
        if compared:
            _write_compared(options.out, name, compared)
    return 0


def _show(options: Options, name: str, figures: dict[str, float | None], episodes: list[Episode]) -> None:
    of = f" ({options.data.name})" if options.data else ""
    console = output()
    console.print(figure_table(f"{name}: {options.env}{of}, n = {len(episodes)}", {name: figures}, MEANINGS))
    n_problems = len(episodes) // options.attempts
    if n_problems < options.episodes:
        say(f"{options.episodes} problems were asked for; there are {n_problems} different ones.")
    for remark in remarks(episodes):
        say(remark)
    if options.attempts > 1:
        for line in _votes(episodes, options.attempts):
            say(line)
    say(f"Mean reward ({options.reward}): {sum(e.total_reward for e in episodes) / len(episodes):+.3f}")


def _votes(episodes: list[Episode], attempts: int) -> list[str]:
    """A line for each way of choosing among the attempts: how often it is right, and the calibration of its choice."""
    from ..evaluation.metrics import expected_calibration_error
    from ..evaluation.selective import RULES, any_right, attempts_of, voted

    if not any(episode.problem.answer is not None for episode in episodes):
        return []
    samples = attempts_of(episodes).samples
    lines = [f"Choosing among {attempts} attempts at each of {len(samples.answers)} problems (docs/selective.md):"]
    for rule in RULES:
        confidence, right = voted(samples, rule)
        ece = expected_calibration_error(confidence, right)
        lines.append(f"  {rule:<10}{right.mean():>7.1%} right, ECE {ece:.3f}")
    lines.append(f"  {'any':<10}{any_right(samples, attempts).mean():>7.1%} have a right one among them")
    return lines


def _open_summary(folder: Path, options: Options) -> dict[str, Any]:
    """The summary to add this model to: that of the folder, or a new one.

    Raises:
        InvalidOption: the folder holds something else, or models that were measured in another way.
    """
    settings = settings_of("eval", options)
    before = claim_folder(folder, "eval")
    if before is not None and (folder / "summary.json").is_file():
        if names := differing(before, settings, but=("model", "out", "device", "dtype", "compare_confidence")):
            raise InvalidOption(
                f"Models in one folder are measured alike, to be compared; those in {folder} had another "
                f"{', '.join(names)}. Name a new folder."
            )
        summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return summary
    write_json(folder / "config.json", settings)
    return {"seed": options.seed, "env": options.env, "seconds_total": 0.0, "stages": {}}


def _write(
    folder: Path, summary: dict[str, Any], name: str, figures: dict[str, float | None], episodes: list[Episode]
) -> None:
    from ..evaluation.evaluate import write_episodes

    write_episodes(folder / "episodes" / f"{name}.jsonl", episodes)
    summary["stages"][name] = figures
    summary["seconds_total"] = round(sum(stage["seconds"] for stage in summary["stages"].values()), 1)
    write_json(folder / "summary.json", summary)
    say(f"wrote {folder / 'summary.json'} and {folder / 'episodes' / f'{name}.jsonl'}; see `ccrl report {folder}`")


# -- sources of confidence side by side --------------------------------------------------------------------------


def _check_comparable(problems: Sequence[Problem]) -> None:
    """Raises InvalidOption where no answer could be told right from wrong."""
    if all(problem.answer is None for problem in problems):
        raise InvalidOption(
            "--compare-confidence asks which source knows what was right; none of these "
            f"{len(problems)} problems has a known answer. Use data with answers, or leave it out."
        )


def _compared(options: Options, agent: LLMAgent, episodes: list[Episode]) -> Compared:
    """The figures of every source that these attempts allow, on the answers that have a confidence from each."""
    from ..agents.confidence import CONFIDENCES, compare_confidences
    from ..agents.confidence_sources import answer_confidences

    groups = [episodes[first : first + options.attempts] for first in range(0, len(episodes), options.attempts)]
    sources = [name for name in CONFIDENCES if name != "self_consistency" or options.attempts > 1]
    scores: dict[str, list[float | None]] = {}
    outcomes: list[bool | None] = []
    with progress("Finding confidences", len(sources)) as advance:
        for source in sources:
            found, outcomes = answer_confidences(agent, groups, [source], temperature=options.temperature or 1.0)
            scores |= found
            advance(note=source)
    silent = {name for name, values in scores.items() if all(value is None for value in values)}
    figures = compare_confidences({name: scores[name] for name in sources if name not in silent}, outcomes)
    return {name: figures.get(name, {"share": 0.0}) for name in sources}


def _show_compared(options: Options, name: str, compared: Compared) -> None:
    from rich.table import Table

    spoken = [figures for figures in compared.values() if figures["share"]]
    if not spoken or not spoken[0]["count"]:
        say("No answer that could be checked has a confidence from every source, so there is nothing to compare.")
        return
    count, accuracy = spoken[0]["count"], spoken[0]["accuracy"]
    table = Table(title=f"{name}: where confidence comes from, {count:.0f} answers of which {accuracy:.1%} are right")
    for column in ("", "↓ ECE", "↓ Brier", "↑ AUROC", "mean", "answers that have one"):
        table.add_column(column, justify="right" if column else "left")
    for source, figures in compared.items():
        cells = ["–" if (value := figures.get(key)) is None else f"{value:.3f}" for key in _COMPARED_FIGURES]
        table.add_row(source, *cells, f"{figures['share'] or 0.0:.1%}")
    output().print(table)
    say("All figures are of the answers that have a confidence from every source; docs/confidence.md has the formulas.")
    if options.attempts == 1:
        say("self_consistency needs more than one attempt at a problem: --attempts 8.")


_COMPARED_FIGURES = ("ece", "brier", "auroc", "mean")


def _write_compared(folder: Path, name: str, compared: Compared) -> None:
    """Adds a model's figures to confidences.json: {model: {source: figures}}."""
    path = folder / CONFIDENCES_FILE
    models = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, models | {name: compared})
    say(f"wrote {path}")
