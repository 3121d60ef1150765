"""The figures of an evaluation, from its episodes; and episodes to files and back.

What counts: an episode with no answer is a wrong one. Calibration is measured on answers that state a
confidence, and the share that does is a figure of its own, so that silence cannot pass for calibration. Step
figures leave UNCHECKED out, and the share that was checked stands beside them. "Could not check" is never
called wrong: an UNCHECKED answer is not right, so it earns no accuracy, but no calibration figure holds it
against the model. A problem whose answer nobody knows is in none of the figures that need it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import DataError
from ..types import Episode, StepRecord, Verdict
from .metrics import auroc, brier_score, expected_calibration_error, overconfident_error_rate

Pairs = tuple[list[float], list[bool]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a summary, for tables: which way is better, how to write it, what it means.

    Attributes:
        key: its name in `summarise`.
        label: a short heading.
        better: "high", "low", or "" where neither is.
        unit: "percent" (a share), "number" (three decimals), "count" (one decimal at most) or "seconds".
        meaning: one line for a reader who has not met it.
    """

    key: str
    label: str
    better: Literal["high", "low", ""]
    unit: Literal["percent", "number", "count", "seconds"]
    meaning: str

    def write(self, value: float | None) -> str:
        """The value as text, with its unit; "–" where it is undefined.

        >>> FIGURES[0].write(0.734)
        '73.4%'
        """
        if value is None or math.isnan(value):
            return "–"
        if self.unit == "percent":
            return f"{100 * value:.1f}%"
        if self.unit == "number":
            return f"{value:.3f}"
        return f"{value:.1f}".removesuffix(".0") + (" s" if self.unit == "seconds" else "")


FIGURES: tuple[Figure, ...] = (
    Figure("accuracy", "Accuracy", "high", "percent", "Share of problems answered right; no answer is wrong."),
    Figure("step_accuracy", "Step accuracy", "high", "percent", "Share of checked steps that are right."),
    Figure("steps_checked", "Steps checked", "", "percent", "Share of steps that could be proven right or wrong."),
    Figure("confidence_stated", "Confidence stated", "high", "percent", "Share of answers that state a confidence."),
    Figure(
        "ece",
        "ECE",
        "low",
        "number",
        "Expected calibration error: mean gap between stated confidence and accuracy, 0-1.",
    ),
    Figure("step_ece", "Step ECE", "low", "number", "Expected calibration error of the checked steps, 0-1."),
    Figure(
        "brier",
        "Brier",
        "low",
        "number",
        "Mean squared gap between confidence and outcome; always saying 0.5 gets 0.25.",
    ),
    Figure(
        "auroc",
        "AUROC",
        "high",
        "number",
        "Chance that a right answer carries more confidence than a wrong one; 0.5 is blind.",
    ),
    Figure(
        "overconfident_error_rate",
        "Overconfident errors",
        "low",
        "percent",
        "Share of problems answered wrong at 0.9 or more.",
    ),
    Figure("mean_tokens", "Tokens", "", "count", "Mean number of tokens written per problem."),
    Figure("episodes", "Problems", "", "count", "Number of problems tried, each attempt counted."),
    Figure("seconds", "Time", "", "seconds", "Wall-clock time of the measurement; in the demo, with training."),
)


def summarise(episodes: Sequence[Episode], *, seconds: float) -> dict[str, float | None]:
    """The figures of one model on one set of problems, as summary.json holds them.

    Args:
        episodes: one attempt each; may be empty.
        seconds: wall-clock time that they took.

    Returns:
        The keys of `FIGURES`, in that order; None where a figure is undefined (JSON has no nan).
    """
    known = [episode for episode in episodes if episode.problem.answer is not None]
    answers = [final for episode in episodes if (final := episode.final) is not None]
    steps = [record for episode in episodes for record in episode.records if record.step.kind == "step"]
    checked = [record for record in steps if record.judgement.verdict is not Verdict.UNCHECKED]
    confidences, outcomes = answer_pairs(episodes)
    tokens = [episode.response_tokens for episode in episodes]
    # A rate over the answers that state a confidence, turned into one over all problems.
    overconfident = round(overconfident_error_rate(confidences, outcomes) * len(outcomes)) if outcomes else 0
    figures = {
        "accuracy": _share(sum(episode.is_correct for episode in known), len(known)),
        "step_accuracy": _share(sum(map(_is_right, checked)), len(checked)),
        "steps_checked": _share(len(checked), len(steps)),
        "confidence_stated": _share(sum(final.step.confidence is not None for final in answers), len(answers)),
        "ece": expected_calibration_error(confidences, outcomes),
        "step_ece": expected_calibration_error(*step_pairs(episodes)),
        "brier": brier_score(confidences, outcomes),
        "auroc": auroc(confidences, outcomes),
        "overconfident_error_rate": _share(overconfident, len(known)),
        "mean_tokens": sum(tokens) / len(tokens) if any(tokens) else math.nan,  # no model wrote: no length
        "episodes": float(len(episodes)),
        "seconds": float(seconds),
    }
    return {name: None if math.isnan(value) else value for name, value in figures.items()}


def answer_pairs(episodes: Iterable[Episode]) -> Pairs:
    """(confidences, outcomes) of the checked answers that state a confidence."""
    return _pairs(final for episode in episodes if (final := episode.final) is not None)


def step_pairs(episodes: Iterable[Episode]) -> Pairs:
    """(confidences, outcomes) of the checked steps that state a confidence; answers and plans are none."""
    return _pairs(record for episode in episodes for record in episode.records if record.step.kind == "step")


def stated_pairs(episodes: Iterable[Episode]) -> Pairs:
    """(confidences, outcomes) of everything checked that states a confidence, steps and answers alike."""
    return _pairs(record for episode in episodes for record in episode.records if record.step.kind != "plan")


def mean_reward_terms(episodes: Sequence[Episode]) -> dict[str, float]:
    """The mean per episode of every reward term by name, in the order in which the terms first come up.

    The means add up to the mean return. Worked: one episode paid outcome 1 and calibration 0.2 and 0.3, another
    nothing at all: {"outcome": 0.5, "calibration": 0.25}.
    """
    sums: dict[str, float] = {}
    for episode in episodes:
        for record in episode.records:
            for term, value in record.reward.terms.items():
                sums[term] = sums.get(term, 0.0) + float(value)
    return {term: value / len(episodes) for term, value in sums.items()}


def _pairs(records: Iterable[StepRecord]) -> Pairs:
    kept = [pair for record in records if (pair := scored_pair(record)) is not None]
    return [confidence for confidence, _ in kept], [right for _, right in kept]


def scored_pair(record: StepRecord) -> tuple[float, bool] | None:
    """(stated confidence, whether it was right), what calibration is measured on; None where either is not known."""
    if record.step.confidence is None or record.judgement.verdict is Verdict.UNCHECKED:
        return None
    return record.step.confidence, _is_right(record)


def _is_right(record: StepRecord) -> bool:
    return record.judgement.verdict is Verdict.CORRECT


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def finite(value: object) -> float | None:
    """A number from a file as a finite float; None for anything else.

    >>> finite(3), finite(float("nan")), finite("3"), finite(True)
    (3.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def write_episodes(path: str | os.PathLike[str], episodes: Iterable[Episode]) -> None:
    """Writes one episode a line, `Episode.to_json`, making folders as needed.

    The file appears whole or not at all: a run that dies while writing leaves what was there before.

    Raises:
        DataError: a problem's metadata or a reward holds what JSON cannot.
    """
    write_lines(path, map(_episode_line, episodes))


def _episode_line(episode: Episode) -> str:
    try:
        # Plain ASCII: a model may write half of a surrogate pair, which no UTF-8 file can hold.
        return json.dumps(episode.to_json(), allow_nan=False, default=_plain_number)
    except (TypeError, ValueError) as error:
        raise DataError(
            "An episode is written as JSON, so metadata and rewards hold text, finite numbers, lists and mappings; "
            f"problem {episode.problem.id!r} does not: {error}."
        ) from None


def _plain_number(value: Any) -> Any:
    """NumPy's numbers as Python's; anything else is refused."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    raise TypeError(f"{type(value).__name__} is not JSON")


def write_lines(path: str | os.PathLike[str], lines: Iterable[str]) -> None:
    """Writes lines to a temporary file beside `path`, then puts it in its place in one move."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        os.chmod(handle, 0o644)  # mkstemp's 0600 would hide a shared run from its other readers
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_episodes(path: str | os.PathLike[str]) -> list[Episode]:
    """Reads what `write_episodes` wrote; blank lines are skipped.

    Raises:
        DataError: no such file, or a line that is no episode; names the file and the line.
    """
    episodes = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    episodes.append(_read_episode(line, f"{path}, line {number}"))
    except OSError as error:
        raise DataError(f"Episodes are read from a JSONL file; {path} cannot be opened: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"Episodes are UTF-8 text; {path} is not: {error}.") from None
    return episodes


def _read_episode(line: str, where: str) -> Episode:
    try:
        return Episode.from_json(json.loads(line))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        detail = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{where}: each line is one episode as write_episodes writes it; received: {detail}.") from None
