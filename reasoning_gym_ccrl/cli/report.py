"""`ccrl report`: the pictures and the page of a run, or of several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from ..errors import InvalidOption
from .console import output

COMPARED = Path("runs/compare")


@dataclass(frozen=True)
class Options:
    """Turn a run's folder, or several, into pictures and one self-contained page of HTML.

    Reads summary.json, metrics.jsonl and episodes/<stage>.jsonl, whichever are there, of a folder that `ccrl demo`,
    `ccrl train` or `ccrl eval --out` wrote. Of one run, writes report.html and PNGs beside them. Of several, one page
    with their stages side by side and their differences from the first. The page needs no network.

    Example: ccrl report runs/demo
    """

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUN_DIR [RUN_DIR ...]")]
    """The run's folder, such as runs/demo; several to compare them."""

    out: Path | None = None
    """Where to write. Default: the run's own folder; runs/compare where there are several."""

    stages: tuple[str, ...] = ()
    """Which stages to show, such as comt ccrl, or mine/after for that of one run. Default: all stages of one run; the
    last of each where there are several."""

    transcripts: int = 40
    """How many transcripts of each stage the page holds; figures and pictures are of all of them."""

    title: str = ""
    """The page's heading; the folders' names by default."""


def run(options: Options) -> int:
    """Makes the report and names the files."""
    from ..evaluation.compare import compare_runs
    from ..evaluation.run_folder import build_report

    if not options.runs:
        raise InvalidOption(
            "A report is made of a run's folder, or of several; none is given. Try: ccrl report runs/demo"
        )
    if options.transcripts < 0:
        raise InvalidOption(f"--transcripts is 0 or more; received {options.transcripts}.")
    if len(options.runs) == 1:
        written = build_report(
            options.runs[0],
            title=options.title,
            out=options.out,
            stages=options.stages,
            transcripts=options.transcripts,
        )
    else:
        written = compare_runs(
            options.runs,
            options.out or COMPARED,
            title=options.title,
            stages=options.stages,
            transcripts=options.transcripts,
        )
    for path in written:
        output().print(f"wrote {path}", soft_wrap=True, markup=False)
    return 0
