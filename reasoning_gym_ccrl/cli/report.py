"""`ccrl report`: the pictures and the page of a run, made anew from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from .console import output


@dataclass(frozen=True)
class Options:
    """Turn a run's folder into pictures and one self-contained page of HTML.

    Reads summary.json, metrics.jsonl and episodes/<stage>.jsonl, whichever are there, and writes
    reliability.png, curves.png and report.html beside them. The page needs no network.

    Example: ccrl report runs/demo
    """

    run: Annotated[Positional[Path], arg(metavar="RUN_DIR")]
    """The run's folder, such as runs/demo."""

    title: str = ""
    """The page's heading; the folder's name by default."""


def run(options: Options) -> int:
    """Makes the report and names the files."""
    from ..evaluation.run_folder import build_report

    for path in build_report(options.run, title=options.title):
        output().print(f"wrote {path}", soft_wrap=True, markup=False)
    return 0
