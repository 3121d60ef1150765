"""The tables and pictures of benchmarks/selective.py, from its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reasoning_gym_ccrl.evaluation.plots.selective import Line, plot_abstention, plot_stopping, plot_voting
from reasoning_gym_ccrl.evaluation.selective import Certificate

RULES = {"majority": "majority", "weighted": "weighted by q", "logit": "weighted by logit q", "best": "best of N by q"}
ADAPTIVE = {"majority": "agreement (Beta rule)", "logit": "agreement and confidence (logit)"}
BLIND = "confidences dealt out blindly"
SHOWN_THRESHOLDS = (0.25, 0.45, 0.65, 0.85)


def tables(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """All of them, as Markdown, and where they come from."""
    votes, rows, of = found["voting"], found["abstention"], about["machine"]
    parts = [
        voting_table(votes),
        abstention_table("stated confidence, one sample", rows, found["resplits"]),
        abstention_table(
            f"share of a majority of {about['samples']}", found["abstention_by_vote"], found["resplits_by_vote"]
        ),
        shift_table(lowest_certified(rows), found["accuracy"]),
        adaptive_table(found["stopping"]["adaptive"], votes),
        step_table(found["stopping"]),
        [
            f"{about['model']}; {about['problems']} test problems with {about['samples']} samples each for voting and "
            f"stopping; δ = {about['delta']:g}. `{about['command']}` at {about['commit']}; {of['cpu']}, "
            f"Python {of['python']}."
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None or math.isnan(value) else f"{100 * value:.{digits}f}%"


def number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"


def row_of(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def header(*titles: str) -> list[str]:
    return [row_of(*titles), "|---|" + "---:|" * (len(titles) - 1)]


def voting_table(votes: Mapping[str, Any]) -> list[str]:
    lines = header("accuracy of a vote of", *map(str, votes["k"]), "ECE", "AUROC")
    for rule, each in votes["rules"].items():
        figures = (number(each["ece_of_the_vote"]), number(each["auroc_of_the_vote"]))
        lines.append(row_of(RULES[rule], *map(percent, each["accuracy"]), *figures))
    lines.append(row_of("any of them is right", *map(percent, votes["any_right"]), "", ""))
    gaps = [
        f"{RULES[rule]} {100 * each['gap_to_majority'][-1]:+.1f} ({100 * each['gap_standard_error'][-1]:.1f})"
        for rule, each in votes["rules"].items()
        if rule != "majority"
    ]
    both, within = votes["problems_of_both_kinds"], votes["auroc_within_problems"]
    largest = max(votes["rules"]["majority"]["standard_error"])
    return [
        *lines,
        "",
        f"ECE and AUROC of the vote's own confidence at {votes['k'][-1]} samples. Standard errors over problems: up to "
        f"{100 * largest:.1f} points of an accuracy; of the gaps to the majority at {votes['k'][-1]}, in points: "
        f"{'; '.join(gaps)}.",
        "",
        f"AUROC of the stated confidence: {number(votes['auroc_over_all'])} over all samples; {number(within)} within "
        f"problems, the mean over the {both} that have right and wrong samples.",
    ]


def lowest_certified(rows: Sequence[Any]) -> Any:
    """The row of the lowest level that was certified; of the highest one where none was."""
    certified = [row for row in rows if row["threshold"] is not None]
    return min(certified, key=lambda row: row["risk"]) if certified else max(rows, key=lambda row: row["risk"])


def abstention_table(title: str, rows: Sequence[Any], resplits: Sequence[Any]) -> list[str]:
    lines = header(
        f"{title}: certified risk",
        "threshold",
        "calibration: answered",
        "wrong of those",
        "test: answered",
        "wrong of those",
        "resplits above it, certified",
        "resplits above it, looks good",
    )
    for row, again in zip(rows, resplits, strict=True):
        calibration, test = row["sets"]["calibration"], row["sets"]["test"]
        lines.append(
            row_of(
                percent(row["risk"], 0),
                "none" if row["threshold"] is None else f"{row['threshold']:g}",
                percent(calibration["coverage"]),
                percent(calibration["risk"]),
                percent(test["coverage"]),
                percent(test["risk"]),
                percent(again["broken"]["certified"]),
                percent(again["broken"]["plug-in"]),
            )
        )
    return lines


def shift_table(row: Mapping[str, Any], accuracies: Mapping[str, float]) -> list[str]:
    level = percent(row["risk"], 0)
    lines = header(
        f"certified for {level}: split", "accuracy", "answered", "wrong of those", "95% interval", f"{level} is"
    )
    for name, each in row["sets"].items():
        low, high = each["interval"] or (None, None)
        between = "–" if low is None else f"{percent(low)} to {percent(high)}"
        risk = percent(each["risk"])
        lines.append(row_of(name, percent(accuracies[name]), percent(each["coverage"]), risk, between, word(row, each)))
    return lines


def word(row: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    if each["risk"] is None:
        return "–"
    if each["broken"]:
        return "broken"
    return "kept" if each["risk"] <= row["risk"] else "above, within chance"


def adaptive_table(curves: Mapping[str, Any], votes: Mapping[str, Any]) -> list[str]:
    lines = header("samples drawn until", "threshold", "mean samples", "accuracy")
    for rule, curve in curves.items():
        for threshold, cost, accuracy in zip(curve["thresholds"], curve["cost"], curve["accuracy"], strict=True):
            if threshold in (0.8, 0.9, 0.95, 0.99):
                lines.append(row_of(ADAPTIVE[rule], f"{threshold:g}", f"{cost:.2f}", percent(accuracy)))
    for k, accuracy in zip(votes["k"], votes["rules"]["majority"]["accuracy"], strict=True):
        if k in (1, 2, 4, 8, votes["k"][-1]):
            lines.append(row_of("always so many, majority", "", k, percent(accuracy)))
    return lines


def step_table(stops: Mapping[str, Any]) -> list[str]:
    lines = header(
        "a solution is abandoned", "threshold", "tokens written", "finished", "right of the finished", "right ones kept"
    )
    curves = {f"running {mode}": curve for mode, curve in stops["steps"].items()} | {BLIND: stops["blind"]}
    names = ("cost", "coverage", "accuracy", "right_kept")
    for place, threshold in enumerate(stops["blind"]["thresholds"]):
        if threshold == 0.0:
            lines.append(row_of("never", "", *(percent(stops["blind"][name][place]) for name in names)))
    for label, curve in curves.items():
        for place, threshold in enumerate(curve["thresholds"]):
            if threshold in SHOWN_THRESHOLDS:
                lines.append(row_of(label, f"{threshold:g}", *(percent(curve[name][place]) for name in names)))
    return lines


def draw(found: Mapping[str, Any], sets: Mapping[str, Any], certificate: Certificate, folder: Path) -> None:
    """The three pictures."""
    votes, stops = found["voting"], found["stopping"]
    lines = {
        RULES[rule]: Line(votes["k"], each["accuracy"], each["standard_error"]) for rule, each in votes["rules"].items()
    }
    lines["any of them is right"] = Line(votes["k"], votes["any_right"], reference=True)
    plot_voting(lines, folder / "selective_voting.png")
    adaptive = {ADAPTIVE[rule]: Line(curve["cost"], curve["accuracy"]) for rule, curve in stops["adaptive"].items()}
    adaptive["always so many, majority"] = Line(votes["k"], votes["rules"]["majority"]["accuracy"], reference=True)
    steps = {
        f"running {mode}": Line(floats(curve["cost"]), floats(curve["right_kept"]))
        for mode, curve in stops["steps"].items()
    }
    steps[BLIND] = Line(floats(stops["blind"]["cost"]), floats(stops["blind"]["right_kept"]), reference=True)
    plot_stopping(adaptive, steps, folder / "selective_stopping.png")
    shifted = [name for name in sets if name not in ("calibration", "test")]
    plot_abstention(certificate, sets, folder / "selective_abstention.png", shifted)


def floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
