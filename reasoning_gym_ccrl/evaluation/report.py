"""One self-contained page of HTML about a run or several: figures, pictures and transcripts.

No network: style and script are inline, pictures are data URIs, and the page's own security policy forbids
everything else. Model output is untrusted: every text is escaped, and the only script that may run is the one
whose hash stands in that policy.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..types import Episode
from .evaluate import FIGURES, finite, write_lines
from .pairs import problem_key
from .plots.style import stage_colours, stage_label
from .tables import Table, figures_table, render_table
from .transcripts import LIMIT, Shown, choose_problems, marks_of, render_problem, safe

HEADLINES = ("accuracy", "ece", "overconfident_error_rate", "auroc")
CAPTIONS = {
    "reliability": "Reliability: of the answers stated with a confidence, the share that is right, with 95% intervals. "
    "On the dashed line confidence can be taken at its word; the shade is the gap to it. Below: how often each "
    "confidence was stated.",
    "histograms": "Stated confidences: right ones upward, wrong ones downward, as shares of all; triangles are the "
    "means. Where confidence is worth something, right and wrong stand apart.",
    "risk_coverage": "Risk and coverage: the error rate where only the most confident is kept. A curve that falls to "
    "the left belongs to a confidence worth asking for; dashed, what a blind one would get.",
    "steps": "Steps by their place in the solution: the share that is right with 95% intervals (dots), the mean "
    "confidence (diamonds), their calibration error, and how many there are.",
    "curves": "Training: thin lines are single updates, measured on the problems trained on; thick lines a running "
    "mean. The table above is on held-out problems.",
    "runs": "Training of each run: thin lines are single updates, thick lines a running mean. Rewards can be compared "
    "only where they are the same function.",
    "reward_terms": "Reward by terms in training: the mean per episode of each, by its name.",
    "confidence": "Confidence in training: where its entropy and its number of distinct values fall, or the share at 0 "
    "or 1 rises, it collapses. Orange strokes at the foot mark the updates that were warned of.",
}
MEASURED = ("reliability", "histograms", "risk_coverage", "steps")
CHOICES = {
    "all": "All",
    "right": "Right",
    "wrong": "Wrong",
    "bold": "Confident and wrong",
    "unanswered": "No answer",
    "abstained": "Abstained",
    "open": "Not checked",
}
RARE = ("unanswered", "abstained", "open")  # offered where there are any
ORDERS = {
    "": "as drawn",
    "confidence-down": "most confident first",
    "confidence-up": "least confident first",
    "reward-up": "lowest reward first",
    "reward-down": "highest reward first",
}
PNG = b"\x89PNG\r\n\x1a\n"

Stages = Mapping[str, Sequence[Episode]]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows; whatever is empty is left out.

    Attributes:
        title: the heading.
        summary: what summary.json holds: "stages" with the figures of each, and "env", "seed", "seconds_total".
        stages: stage name to its episodes, for the transcripts; a sample is shown.
        pictures: name to PNG file; those of `CAPTIONS` have captions of their own.
        notes: paragraphs of plain text.
        notices: warnings, shown at the top.
        differences: a table below the figures.
        settings: a table below that.
        tables: tables below the pictures of the measured episodes.
        tiles: whether the headline figures of the last stage are shown beside those of the one before.
        transcripts: how many of each stage are shown.
    """

    title: str
    summary: Mapping[str, Any] = field(default_factory=dict)
    stages: Stages = field(default_factory=dict)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    notes: Sequence[str] = ()
    notices: Sequence[str] = ()
    differences: Table | None = None
    settings: Table | None = None
    tables: Sequence[Table] = ()
    tiles: bool = True
    transcripts: int = LIMIT


def write_report(path: str | os.PathLike[str], page: Page) -> None:
    """Writes the page to an HTML file, replaced in one move.

    Raises:
        DataError: a picture that cannot be read or is no PNG.
    """
    write_lines(path, [render_report(page)])


def render_report(page: Page) -> str:
    """The page as a string; see `write_report`."""
    script = _part("report.js")
    figures: Mapping[str, Mapping[str, Any]] = page.summary.get("stages") or {}
    sections = _sections(page, figures)
    parts = {
        "script_hash": "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "title": safe(page.title),
        "style": _part("report.css"),
        "script": script,
        "facts": _facts(page.summary),
        "contents": _contents(sections),
        "notices": _notices(page.notices),
        "tiles": _tiles(figures) if page.tiles else "",
        "sections": "\n".join(
            f'<section id="section-{place}">\n<h2>{safe(heading)}</h2>\n{body}\n</section>'
            for place, (heading, body) in enumerate(sections)
        ),
    }
    pieces = _part("report.html").split("{{")
    # One pass over the template alone: a transcript that holds "{{style}}" stays what it is.
    return pieces[0] + "".join(parts[name] + text for name, text in (piece.split("}}", 1) for piece in pieces[1:]))


def _part(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8").strip("\n")


def _sections(page: Page, figures: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(heading, HTML) of each section that has something in it, in the order of the page."""
    measured = {name: path for name, path in page.pictures.items() if name in MEASURED}
    trained = {name: path for name, path in page.pictures.items() if name not in MEASURED}
    tables = [table for table in (figures_table(figures), page.differences, page.settings) if table is not None]
    sections = [
        *((table.heading, render_table(table)) for table in tables),
        ("Calibration", _pictures(measured)),
        *((table.heading, render_table(table)) for table in page.tables),
        ("Training", _pictures(trained)),
        ("Notes", "\n".join(f"<p>{safe(note)}</p>" for note in page.notes)),
        ("Transcripts", _transcripts(page.stages, page.transcripts)),
    ]
    return [(heading, body) for heading, body in sections if body]


def _contents(sections: Sequence[tuple[str, str]]) -> str:
    """Links to the sections, where there are enough of them to get lost in."""
    if len(sections) < 4:
        return ""
    links = "".join(
        f'<a href="#section-{place}">{safe(heading, 60)}</a>' for place, (heading, _) in enumerate(sections)
    )
    return f'<nav aria-label="Contents">{links}</nav>'


def _notices(notices: Sequence[str]) -> str:
    if not notices:
        return ""
    items = "".join(f"<li>{safe(notice)}</li>" for notice in notices)
    return f'<aside class="notice" role="note"><strong>Warnings of the training</strong><ul>{items}</ul></aside>'


def _facts(summary: Mapping[str, Any]) -> str:
    facts = [safe(summary["env"])] if summary.get("env") else []
    if summary.get("seed") is not None:
        facts.append(f"seed {safe(summary['seed'])}")
    seconds = finite(summary.get("seconds_total"))
    if seconds is not None:
        facts.append(f"{seconds / 60:.1f} minutes in all" if seconds >= 90 else f"{seconds:.0f} seconds in all")
    return " · ".join(facts)


def _tiles(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """The headline figures of the last stage, and what they were in the stage before."""
    if len(figures) < 2:
        return ""
    before, last = list(figures)[-2:]
    tiles = []
    for figure in FIGURES:
        if figure.key in HEADLINES:
            now, was = (figure.write(finite(figures[name].get(figure.key))) for name in (last, before))
            tiles.append(
                f'<div class="tile" title="{safe(figure.meaning)}"><div class="name">{safe(figure.label)}, '
                f'{safe(stage_label(last), 40)}</div><div class="now">{now}</div>'
                f'<div class="was">{safe(stage_label(before), 40)}: {was}</div></div>'
            )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _pictures(pictures: Mapping[str, Path]) -> str:
    return "\n".join(_picture(name, Path(path)) for name, path in pictures.items())


def _picture(name: str, path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"The report takes its pictures from PNG files; {path} cannot be read: {error.strerror}."
        ) from None
    if not data.startswith(PNG):
        raise DataError(f"The report takes its pictures from PNG files; {path} is none.")
    caption = safe(CAPTIONS.get(name, name))
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return f'<figure><img src="{source}" alt="{safe(name)}"><figcaption>{caption}</figcaption></figure>'


def _transcripts(stages: Stages, limit: int) -> str:
    chosen = choose_problems(stages, limit)
    if not chosen:
        return ""
    total = len({problem_key(episode.problem) for episodes in stages.values() for episode in episodes})
    hint = f"All {total} problems."
    if len(chosen) < total:
        hint = (
            f"{len(chosen)} of {total} problems, drawn at random, half of the draws from confident and wrong answers "
            "(a confidence of 0.9 or more) while there are any; the figures count them all."
        )
    hint += " Signs: ✓ right, ✗ wrong, ? could not be checked."
    colours = stage_colours(stages)
    styles = {name: (stage_label(name), colours[name]) for name in stages}
    named = {name: label for name, (label, _) in styles.items()}
    problems = "\n".join(render_problem(shown, stages, styles.__getitem__) for shown in chosen)
    return (
        f'<p class="hint">{hint}</p>\n'
        f'<div class="tools"><span class="choices" role="group" aria-label="Which attempts">{_buttons(chosen)}</span>'
        f'<label>in <select id="stage">{_options({"": "any stage"} | named)}</select></label>'
        f'<label>order <select id="order">{_options(ORDERS)}</select></label>'
        '<label><input type="checkbox" id="beside" checked> other stages beside it</label>'
        '<input type="search" id="search" placeholder="Search" aria-label="Search the transcripts">'
        f'<span id="shown" aria-live="polite"></span></div>\n<div id="problems">\n{problems}\n</div>'
    )


def _buttons(chosen: Iterable[Shown]) -> str:
    found = {
        mark
        for shown in chosen
        for attempts in shown.attempts.values()
        for attempt in attempts
        for mark in marks_of(attempt)
    }
    return "".join(
        f'<button type="button" data-choice="{choice}" aria-pressed="{str(choice == "all").lower()}">{label}</button>'
        for choice, label in CHOICES.items()
        if choice not in RARE or choice in found
    )


def _options(labels: Mapping[str, str]) -> str:
    return "".join(f'<option value="{safe(value)}">{safe(label, 60)}</option>' for value, label in labels.items())
