"""One self-contained page of HTML about a run: its figures, pictures and transcripts.

No network: style and script are inline, pictures are data URIs, and the page's own security policy forbids
everything else. Model output is untrusted: every text is escaped, and the only script that may run is the one
whose hash stands in that policy.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..types import Episode
from .evaluate import FIGURES, Figure, finite, write_lines
from .plots import stage_colour, stage_label
from .transcripts import choose_problems, render_problem, safe

HEADLINES = ("accuracy", "ece", "overconfident_error_rate", "auroc")
CAPTIONS = {
    "reliability": "Reliability: of the answers stated with a confidence, the share that is right, with 95% intervals. "
    "On the dashed line confidence can be taken at its word; the shade is the gap to it. Below: how often each "
    "confidence was stated.",
    "curves": "Training: thin lines are single updates, measured on the problems trained on; thick lines a running "
    "mean. The table above is on held-out problems.",
}
CHOICES = {"all": "All", "right": "Right", "wrong": "Wrong", "bold": "Confident and wrong"}
PNG = b"\x89PNG\r\n\x1a\n"

Stages = Mapping[str, Sequence[Episode]]


def write_report(
    path: str | os.PathLike[str],
    *,
    title: str,
    summary: Mapping[str, Any],
    stages: Stages,
    pictures: Mapping[str, Path],
    notes: Sequence[str] = (),
) -> None:
    """Writes the page, replaced in one move.

    Args:
        path: the HTML file.
        title: its heading.
        summary: what summary.json holds: "stages" with the figures of each, and "env", "seed", "seconds_total".
        stages: stage name to its episodes, for the transcripts; a sample is shown.
        pictures: name to PNG file; "reliability" and "curves" have captions of their own.
        notes: paragraphs of plain text.

    Raises:
        DataError: a picture that cannot be read or is no PNG.
    """
    write_lines(path, [render_report(title=title, summary=summary, stages=stages, pictures=pictures, notes=notes)])


def render_report(
    *,
    title: str,
    summary: Mapping[str, Any],
    stages: Stages,
    pictures: Mapping[str, Path],
    notes: Sequence[str] = (),
) -> str:
    """The page as a string; see `write_report`."""
    script = _part("report.js")
    figures: Mapping[str, Mapping[str, Any]] = summary.get("stages") or {}
    parts = {
        "script_hash": "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "title": safe(title),
        "style": _part("report.css"),
        "script": script,
        "facts": _facts(summary),
        "tiles": _tiles(figures),
        "table": _table(figures),
        "pictures": _pictures(pictures),
        "notes": _notes(notes),
        "transcripts": _transcripts(stages),
    }
    pieces = _part("report.html").split("{{")
    # One pass over the template alone: a transcript that holds "{{style}}" stays what it is.
    return pieces[0] + "".join(parts[name] + text for name, text in (piece.split("}}", 1) for piece in pieces[1:]))


def _part(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8").strip("\n")


def _style_of(name: str, place: int = 0) -> tuple[str, str]:
    return stage_label(name), stage_colour(name, place)


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
                f'{safe(stage_label(last))}</div><div class="now">{now}</div>'
                f'<div class="was">{safe(stage_label(before))}: {was}</div></div>'
            )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """A row per figure and a column per stage, the best in bold."""
    if not figures:
        return ""
    heads = "".join(
        f'<th scope="col"><span class="dot" style="background:{stage_colour(name, place)}"></span>'
        f"{safe(stage_label(name))}</th>"
        for place, name in enumerate(figures)
    )
    rows = "\n".join(
        _row(figure, [finite(values.get(figure.key)) for values in figures.values()]) for figure in FIGURES
    )
    return (
        '<h2>Figures</h2>\n<div class="scroll"><table>\n'
        f'<thead><tr><th scope="col"></th>{heads}<th class="meaning"></th></tr></thead>\n<tbody>\n{rows}\n</tbody>\n'
        "</table></div>"
    )


def _row(figure: Figure, values: Sequence[float | None]) -> str:
    written = [figure.write(value) for value in values]
    best = best_of(figure, values)
    cells = "".join(
        f"<td><strong>{text}</strong></td>" if best is not None and text == figure.write(best) else f"<td>{text}</td>"
        for text in written
    )
    arrow = {"high": "↑", "low": "↓", "": ""}[figure.better]
    hint = {"high": " Higher is better.", "low": " Lower is better.", "": ""}[figure.better]
    meaning = safe(figure.meaning)
    return (
        f'<tr><th scope="row"><abbr title="{meaning}{hint}">{safe(figure.label)}</abbr> '
        f'<span class="arrow" aria-hidden="true">{arrow}</span></th>{cells}<td class="meaning">{meaning}</td></tr>'
    )


def best_of(figure: Figure, values: Sequence[float | None]) -> float | None:
    """The best of several stages' values; None where no direction is better, or fewer than two are known."""
    known = [value for value in values if value is not None]
    if figure.better == "" or len(known) < 2 or len({figure.write(value) for value in known}) < 2:
        return None
    return max(known) if figure.better == "high" else min(known)


def _pictures(pictures: Mapping[str, Path]) -> str:
    if not pictures:
        return ""
    return "<h2>Pictures</h2>\n" + "\n".join(_picture(name, Path(path)) for name, path in pictures.items())


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


def _notes(notes: Sequence[str]) -> str:
    return "<h2>Notes</h2>\n" + "\n".join(f"<p>{safe(note)}</p>" for note in notes) if notes else ""


def _transcripts(stages: Stages) -> str:
    chosen = choose_problems(stages)
    if not chosen:
        return ""
    total = len({episode.problem.id for episodes in stages.values() for episode in episodes})
    hint = f"All {total} problems."
    if len(chosen) < total:
        hint = (
            f"{len(chosen)} of {total} problems, drawn at random, half of the draws from confident and wrong answers "
            "(a confidence of 0.9 or more) while there are any; the figures count them all."
        )
    hint += " Signs: ✓ right, ✗ wrong, ? could not be checked."
    styles = {name: _style_of(name, place) for place, name in enumerate(stages)}
    options = "".join(f'<option value="{safe(name)}">{safe(label)}</option>' for name, (label, _) in styles.items())
    buttons = "".join(
        f'<button type="button" data-choice="{choice}" aria-pressed="{str(choice == "all").lower()}">{label}</button>'
        for choice, label in CHOICES.items()
    )
    problems = "\n".join(render_problem(shown, stages, styles.__getitem__) for shown in chosen)
    return (
        f'<h2 id="transcripts">Transcripts</h2>\n<p class="hint">{hint}</p>\n'
        f'<div class="tools"><span class="choices" role="group" aria-label="Which attempts">{buttons}</span>'
        f'<label>in <select id="stage"><option value="">any stage</option>{options}</select></label>'
        '<label><input type="checkbox" id="beside" checked> other stages beside it</label>'
        '<input type="search" id="search" placeholder="Search" aria-label="Search the transcripts">'
        f'<span id="shown" aria-live="polite"></span></div>\n{problems}'
    )
