"""Model cards: README.md beside the weights, with what was measured, so that nobody has to guess what a model can do.

The card is Markdown with the header of fields that the Hugging Face hub reads. Its figures come from a run's summary,
its calibration table from the pairs themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..evaluation.evaluate import FIGURES, answer_pairs
from ..evaluation.metrics import reliability_bins
from ..types import Episode

BINS = 10  # a reader counts in tenths

Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Card:
    """What a model card says.

    Attributes:
        name: of the model.
        base_model: what it was trained from: a Hugging Face id, or a path, which is named in the text alone.
        method: one sentence on how it was trained.
        stages: name -> figures of `evaluation.summarise`, in the order of training.
        measured: one sentence on what the figures are of: problems, split, sampling.
        confidences: stated confidences of the last stage's answers, for the calibration table; empty for none.
        outcomes: whether each was right.
        settings: the run's options, shown at the end.
        tags: of the hub, beside our own.
    """

    name: str
    base_model: str = ""
    method: str = ""
    stages: Mapping[str, Figures] = field(default_factory=dict)
    measured: str = ""
    confidences: Sequence[float] = ()
    outcomes: Sequence[bool] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()


def card_of_run(
    name: str,
    base_model: str,
    method: str,
    summary: Mapping[str, Any],
    episodes: Iterable[Episode],
    settings: Mapping[str, Any] | None = None,
) -> Card:
    """The card of a run that was measured: figures from its summary.json, calibration from its last stage's episodes.

    Args:
        name: of the model.
        base_model: what it was trained from.
        method: one sentence on how.
        summary: {"env", "stages": {name: figures}}, as `ccrl train` and `ccrl demo` write it.
        episodes: those that the last stage was measured on.
        settings: the run's options.
    """
    stages: Mapping[str, Figures] = summary["stages"]
    counts = [count for figures in stages.values() if (count := figures.get("episodes")) is not None]
    asked = f"{max(counts):.0f} held-out problems" if counts else "Held-out problems"
    confidences, outcomes = answer_pairs(episodes)
    return Card(
        name=name,
        base_model=base_model,
        method=method,
        stages=stages,
        measured=f"{asked} of {summary['env']}, one attempt each." if "env" in summary else "",
        confidences=confidences,
        outcomes=outcomes,
        settings=settings or {},
        tags=("ccrl",),
    )


def render_card(card: Card) -> str:
    """The card as Markdown."""
    parts = [
        _header(card),
        f"# {card.name}",
        card.method,
        f"Trained from `{card.base_model}`." if card.base_model else "",
        _figures(card),
        _calibration(card),
        _use(card),
        _settings(card),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_card(folder: Path, card: Card) -> Path:
    """Writes the card to README.md in a model's folder; returns its path."""
    path = folder / "README.md"
    path.write_text(render_card(card), encoding="utf-8")
    return path


def _header(card: Card) -> str:
    """YAML, each value as JSON, which YAML holds."""
    fields: dict[str, Any] = {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["reasoning-gym-ccrl", "calibration", *card.tags],
    }
    if card.base_model.count("/") == 1 and not card.base_model.startswith((".", "/", "~", "runs/")):
        fields["base_model"] = card.base_model  # of an id alone; the hub refuses a path
    rows = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *rows, "---"])


def _figures(card: Card) -> str:
    """One row a figure, one column a stage."""
    shown = [figure for figure in FIGURES if any(figure.key in figures for figures in card.stages.values())]
    if not shown:
        return ""
    rows = ["## What it does", card.measured, ""] if card.measured else ["## What it does", ""]
    rows += [f"| | {' | '.join(card.stages)} | |", f"|---|{'---:|' * len(card.stages)}---|"]
    for figure in shown:
        cells = [figure.write(figures.get(figure.key)) for figures in card.stages.values()]
        rows.append(f"| {figure.label} | {' | '.join(cells)} | {figure.meaning} |")
    return "\n".join(rows)


def _calibration(card: Card) -> str:
    """How often it was right at what it stated, in tenths of confidence."""
    if not len(card.confidences):
        return ""
    bins = reliability_bins(card.confidences, card.outcomes, bins=BINS)
    rows = [
        "## Calibration",
        f"How often it was right where it stated this confidence in an answer ({len(card.outcomes)} answers; the range "
        "is a 95% interval).",
        "",
        "| stated | answers | mean stated | right | 95% |",
        "|---|---:|---:|---:|---:|",
    ]
    columns = (bins.lower, bins.upper, bins.counts, bins.confidence, bins.accuracy, bins.low, bins.high)
    for lower, upper, count, confidence, accuracy, low, high in zip(*columns, strict=True):
        if count:
            rows.append(
                f"| {lower:.1f} to {upper:.1f} | {int(count)} | {confidence:.2f} | {accuracy:.0%} | "
                f"{low:.0%} to {high:.0%} |"
            )
    return "\n".join(rows)


def _use(card: Card) -> str:
    return (
        "## How to use it\n\n"
        "It solves a problem one step at a time and states a confidence in [0, 1] with each step, in the text protocol "
        "of reasoning-gym-ccrl.\n\n"
        "```python\n"
        "from reasoning_gym_ccrl.agents.policy import LLMAgent\n\n"
        f'agent = LLMAgent.from_pretrained("{_plain(card.name)}")\n'
        'print(agent.act("A pen costs 3 dollars. What do 4 pens cost?\\n"))\n'
        "```\n\n"
        "The figures are of generated problems like those it was trained on; on others, measure first: "
        "`ccrl eval --model <this folder>`."
    )


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "")


def _settings(card: Card) -> str:
    if not card.settings:
        return ""
    return "## Settings\n\n```json\n" + json.dumps(dict(card.settings), indent=1, default=str) + "\n```"
