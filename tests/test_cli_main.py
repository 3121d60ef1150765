"""The command line's frame: help that teaches, one line for an error, exit codes; and the contract of each command."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from reasoning_gym_ccrl import __version__, cli
from reasoning_gym_ccrl.cli import console
from reasoning_gym_ccrl.errors import CCRLError, DataError

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Options:
    """Does as it is told.

    Example:
        ccrl demo --count 3
    """

    count: int = 1
    """How often."""


@pytest.fixture
def command(monkeypatch):
    """Puts a function in the place of `ccrl demo`."""

    def install(run) -> None:
        module = ModuleType("reasoning_gym_ccrl.cli.demo")
        module.Options, module.run = Options, run
        monkeypatch.setitem(sys.modules, module.__name__, module)

    monkeypatch.delenv("CCRL_DEBUG", raising=False)
    return install


def raiser(error: BaseException):
    def run(options):
        raise error

    return run


# --- the frame ------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command_with_an_example(argv, capsys):
    assert cli.main(argv) == 0
    shown = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert f"  {name}" in shown
        assert command.summary in shown
        assert f"$ {command.example}" in shown
    assert max(map(len, shown.splitlines())) <= 90


@pytest.mark.parametrize("argv", [["--version"], ["-V"], ["version"]])
def test_version(argv, capsys):
    assert cli.main(argv) == 0
    assert capsys.readouterr().out == f"ccrl {__version__}\n"


def test_options_reach_the_command_and_its_result_is_the_exit_code(command):
    seen = []
    command(lambda options: seen.append(options) or 3)
    assert cli.main(["demo", "--count", "7"]) == 3
    assert seen == [Options(count=7)]


def test_command_help_shows_the_docstring_with_its_example(command, capsys):
    command(lambda options: 0)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--help"])
    assert exit_.value.code == 0
    shown = capsys.readouterr().out
    assert "Does as it is told." in shown
    assert "ccrl demo --count 3" in shown
    assert "How often." in shown


def test_unknown_option_names_the_near_one(command, capsys):
    command(lambda options: 0)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--cuont", "3"])
    assert exit_.value.code == 2
    assert "--count" in capsys.readouterr().err


def test_unknown_command_names_the_near_ones(capsys):
    assert cli.main(["evals"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Did you mean 'eval'" in captured.err


@pytest.mark.parametrize("error", [CCRLError("no such\nthing [/red]"), DataError("no such thing [/red]")])
def test_an_error_is_one_line(error, command, capsys):
    command(raiser(error))
    assert cli.main(["demo"]) == 2
    assert capsys.readouterr().err == "error: no such thing [/red]\n"


def test_a_long_error_is_still_one_line(command, capsys):
    command(raiser(CCRLError("word " * 200)))
    cli.main(["demo"])
    assert capsys.readouterr().err.count("\n") == 1


def test_debug_shows_the_traceback(command, monkeypatch):
    command(raiser(CCRLError("no such thing")))
    monkeypatch.setenv("CCRL_DEBUG", "1")
    with pytest.raises(CCRLError):
        cli.main(["demo"])


def test_a_full_disk_is_one_line(command, capsys):
    command(raiser(OSError(errno.ENOSPC, "No space left on device", "runs/x/summary.json")))
    assert cli.main(["demo"]) == 2
    said = "error: runs/x/summary.json could not be opened or written: No space left on device. Make room"
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), OSError(errno.EIO, "a bug"), ModuleNotFoundError("no module", name="reasoning_gym_ccrl.x")],
)
def test_a_bug_of_ours_keeps_its_traceback(error, command):
    command(raiser(error))
    with pytest.raises(type(error)):
        cli.main(["demo"])


@pytest.mark.parametrize(("module", "extra"), [("torch", "agents"), ("matplotlib.pyplot", "report")])
def test_a_missing_extra_is_named(module, extra, command, capsys):
    command(raiser(ModuleNotFoundError(f"No module named {module!r}", name=module)))
    assert cli.main(["demo"]) == 2
    shown = capsys.readouterr().err
    assert f"pip install 'reasoning-gym-ccrl[{extra}]'" in shown
    assert shown.count("\n") == 1


def test_every_extra_that_is_named_exists():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for module, extra in cli.EXTRA_OF.items():
        package = {"sklearn": "scikit-learn"}.get(module, module.replace("_", "-"))
        assert any(re.match(package + r"\b", need) for need in extras[extra]), (module, extra)


def test_interrupt(command, capsys):
    command(raiser(KeyboardInterrupt()))
    assert cli.main(["demo"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error():
    """The reader goes before a word is written, as `head -0` does."""
    source = "import sys; from reasoning_gym_ccrl.cli import main; sys.stdin.readline(); sys.exit(main(['--help']))"
    process = subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    process.stdin.write("go\n")
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_error_is_red_on_a_terminal_and_plain_elsewhere(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console.print_error("no")
    assert "\x1b[" in capsys.readouterr().err
    monkeypatch.delenv("FORCE_COLOR")
    console.print_error("no")
    assert capsys.readouterr().err == "error: no\n"


@pytest.mark.parametrize("start", [["-m", "reasoning_gym_ccrl"], [str(Path(sys.executable).parent / "ccrl")]])
def test_both_ways_to_start_it(start):
    line = [sys.executable, *start] if start[0] == "-m" else start
    done = subprocess.run([*line, "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ccrl {__version__}\n", "")


def test_help_is_there_at_once():
    """Half a second on an idle machine; the bound leaves room for a busy one, and torch alone would break it."""

    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "reasoning_gym_ccrl", "--help"], capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 1.5


# --- progress -------------------------------------------------------------------------------------


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch):
    now, written = [0.0], []
    bar = console._plain_progress("Training", 30, written.append, lambda: now[0])
    advance = next(bar)
    for update in range(30):
        now[0] += 1.0
        advance(note=f"reward {update}")
    assert next(bar, None) is None
    assert written == [
        "Training 10/30 in 10 s, 20 s left, reward 9\n",
        "Training 20/30 in 20 s, 10 s left, reward 19\n",
        "Training 30/30 in 30 s, reward 29\n",
    ]


def test_what_was_done_before_takes_no_time(monkeypatch):
    now, written = [0.0], []
    bar = console._plain_progress("Training", 30, written.append, lambda: now[0], 20)
    advance = next(bar)
    for _ in range(5):
        now[0] += 2.0
        advance()
    assert written == ["Training 25/30 in 10 s, 10 s left\n"]


def test_progress_goes_to_standard_error(capsys):
    with console.progress("Adding up", total=3) as advance:
        for _ in range(3):
            advance()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Adding up 3/3 in ")


def test_progress_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with console.progress("Adding up", total=2) as advance:
        advance(note="half")
        advance()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Adding up" in captured.err
    assert "2/2" in captured.err
    assert "half" in captured.err
