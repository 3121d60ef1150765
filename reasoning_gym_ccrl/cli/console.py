"""What the commands print with: one error line, progress bars, tables on a shared console.

Results go to standard output, progress and errors to standard error, so that `ccrl eval … > file` holds results alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console

SECONDS_BETWEEN_LINES = 10.0  # of progress where there is no terminal, so that a log file stays readable


_is_quiet = False


class Advance(Protocol):
    """Moves a progress bar on by `amount` and sets the note at its end, such as "reward 0.83"."""

    def __call__(self, amount: int = 1, note: str = "") -> None: ...


@cache
def output() -> Console:
    """The console of results: standard output."""
    from rich.console import Console

    return Console(highlight=False)


def be_quiet() -> None:
    """From here on neither results nor progress are printed: for the processes of a run that are not the first."""
    output().quiet = True
    global _is_quiet
    _is_quiet = True


def print_error(message: str) -> None:
    """Prints the message as one line on standard error, red where that is a terminal."""
    from rich.console import Console
    from rich.text import Text

    one_line = " ".join(message.split())
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(f"error: {one_line}", style="bold red"))


def print_warning(message: str) -> None:
    """Prints the message as one line on standard error, yellow where that is a terminal."""
    from rich.console import Console
    from rich.text import Text

    one_line = " ".join(message.split())
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(f"warning: {one_line}", style="yellow"))


@contextmanager
def progress(description: str, total: int, done: int = 0) -> Iterator[Advance]:
    """A progress bar on standard error; where that is no terminal, a line every ten seconds and one at the end.

    Args:
        description: stands before the bar.
        total: of what is counted.
        done: of it before this began, which took none of its time.

    >>> with progress("Adding up", total=3) as advance:
    ...     for number in range(3):
    ...         advance(note=f"at {number}")
    """
    if _is_quiet:
        yield lambda amount=1, note="": None
        return
    if not sys.stderr.isatty():
        yield from _plain_progress(description, total, sys.stderr.write, time.monotonic, done)
        return
    from rich import progress as rich_progress
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TextColumn("·"),
        rich_progress.TimeRemainingColumn(),
        rich_progress.TextColumn("left", style="dim"),
    )
    bars, remark = rich_progress.Progress(*columns), Text(style="dim")
    task = bars.add_task(description, total=total, completed=done)

    def advance(amount: int = 1, note: str = "") -> None:
        bars.advance(task, amount)
        if note:
            remark.plain = f"  {note}"

    with Live(Group(bars, remark), console=Console(stderr=True)):
        yield advance


def _plain_progress(
    description: str, total: int, write: Callable[[str], object], clock: Callable[[], float], before: int = 0
) -> Iterator[Advance]:
    started = last = clock()
    done, remark = before, ""

    def line() -> None:
        seconds = clock() - started
        left = f", {seconds * (total - done) / (done - before):.0f} s left" if before < done < total else ""
        write(f"{description} {done}/{total} in {seconds:.0f} s{left}{', ' + remark if remark else ''}\n")

    def advance(amount: int = 1, note: str = "") -> None:
        nonlocal done, last, remark
        done, remark = done + amount, note or remark
        if clock() - last >= SECONDS_BETWEEN_LINES and done < total:
            last = clock()
            line()

    yield advance
    line()
