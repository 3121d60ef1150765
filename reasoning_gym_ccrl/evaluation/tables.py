"""Tables of the report as data, and their HTML. Every text is escaped here, so that cells hold plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .evaluate import FIGURES, Figure, finite
from .plots.style import stage_colours, stage_label
from .transcripts import safe

ARROWS = {"high": "↑", "low": "↓", "": ""}
HINTS = {"high": " Higher is better.", "low": " Lower is better.", "": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a label, a cell for each column, what it means, and which cells are set in bold.

    Attributes:
        label: the row's heading.
        cells: plain texts, as many as the table has columns.
        meaning: one line for a reader who has not met it; may be "".
        better: "high", "low" or "", shown as an arrow.
        strong: the places of the cells to be set in bold.
    """

    label: str
    cells: Sequence[str]
    meaning: str = ""
    better: str = ""
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: heading, a hint below it, columns with their colours, rows.

    Attributes:
        heading: as its section is called.
        columns: column labels; with a colour, a dot stands before the label.
        rows: from top to bottom.
        hint: a line between heading and table; may be "".
        colours: one for each column, or none at all.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Row]
    hint: str = ""
    colours: Sequence[str] = ()


def stage_columns(stages: Sequence[str]) -> tuple[list[str], list[str]]:
    """(labels, colours) of a table with a column for each stage."""
    colours = stage_colours(stages)
    return [stage_label(name) for name in stages], [colours[name] for name in stages]


def figures_table(figures: Mapping[str, Mapping[str, object]]) -> Table:
    """The figures of summary.json: a row each and a column per stage, the best in bold."""
    labels, colours = stage_columns(list(figures))
    rows = []
    for figure in FIGURES:
        values = [finite(stage.get(figure.key)) for stage in figures.values()]
        written = [figure.write(value) for value in values]
        best = best_of(figure, values)
        strong = [place for place, text in enumerate(written) if best is not None and text == figure.write(best)]
        rows.append(Row(figure.label, written, figure.meaning, figure.better, frozenset(strong)))
    return Table("Figures", labels, rows, colours=colours)


def best_of(figure: Figure, values: Sequence[float | None]) -> float | None:
    """The best of several stages' values; None where no direction is better, or fewer than two are known."""
    known = [value for value in values if value is not None]
    if figure.better == "" or len(known) < 2 or len({figure.write(value) for value in known}) < 2:
        return None
    return max(known) if figure.better == "high" else min(known)


def render_table(table: Table) -> str:
    """The hint and the table, without its heading; "" for a table without rows or columns."""
    if not table.rows or not table.columns:
        return ""
    colours = table.colours or [""] * len(table.columns)
    heads = "".join(
        f'<th scope="col">{_dot(colour)}{safe(label, 60)}</th>'
        for label, colour in zip(table.columns, colours, strict=True)
    )
    told = any(row.meaning for row in table.rows)
    meaning = '<th class="meaning"></th>' if told else ""
    hint = f'<p class="hint">{safe(table.hint)}</p>\n' if table.hint else ""
    rows = "\n".join(_row(row, told) for row in table.rows)
    return (
        f'{hint}<div class="scroll"><table>\n<thead><tr><th scope="col"></th>{heads}{meaning}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _dot(colour: str) -> str:
    return f'<span class="dot" style="background:{safe(colour)}"></span>' if colour else ""


def _row(row: Row, told: bool) -> str:
    cells = "".join(
        f"<td><strong>{safe(text)}</strong></td>" if place in row.strong else f"<td>{safe(text)}</td>"
        for place, text in enumerate(row.cells)
    )
    meaning = f'<td class="meaning">{safe(row.meaning)}</td>' if told else ""
    arrow = f' <span class="arrow" aria-hidden="true">{ARROWS[row.better]}</span>' if row.better else ""
    title = f' title="{safe(row.meaning)}{HINTS[row.better]}"' if row.meaning else ""
    return f'<tr><th scope="row"><abbr{title}>{safe(row.label, 80)}</abbr>{arrow}</th>{cells}{meaning}</tr>'
