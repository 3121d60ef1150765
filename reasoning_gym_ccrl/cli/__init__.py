"""The command line, `ccrl demo | play | envs | verify | sft | train | eval | report`.

One file per command, named after it. Each exports `Options`, a frozen dataclass whose docstrings are the text of
`--help`, and `run(options) -> int`, which returns the exit code. Only the chosen command's file is imported, so
that `ccrl --help` is there at once and a light install can use every command that needs no model.

To add a command: its file, and its line in COMMANDS.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from .. import __version__
from ..errors import CCRLError, storage_error, unknown_name
from .console import print_error

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


@dataclass(frozen=True)
class Command:
    """A line of `ccrl --help`: what the command does, and one way to call it."""

    summary: str
    example: str


COMMANDS: dict[str, Command] = {
    "demo": Command("The whole method in minutes: base model, CoMT, then CCRL, and a table.", "ccrl demo --seed 0"),
    "play": Command("Solve problems yourself, say how sure you are, get your calibration.", "ccrl play --problems 5"),
    "envs": Command("List the environments, or tell more of one.", "ccrl envs"),
    "verify": Command("Judge the solutions in a data file, step by step.", "ccrl verify --data gsm8k.test.jsonl"),
    "comt": Command("Make or check a file of plans with no numbers.", "ccrl comt make --families word_problems"),
    "sft": Command("Fine-tune a model on plans with no numbers (CoMT).", "ccrl sft --model runs/demo/base"),
    "train": Command("Train a model by reinforcement learning (CCRL).", "ccrl train --model runs/demo/comt"),
    "eval": Command("Measure a model's accuracy and calibration.", "ccrl eval --model runs/demo/ccrl"),
    "report": Command("Turn a run's folder into one page of HTML.", "ccrl report runs/demo"),
}

# The module whose absence stops a command -> the extra that brings it.
EXTRA_OF: dict[str, str] = {
    "accelerate": "agents",
    "safetensors": "agents",
    "tokenizers": "agents",
    "torch": "agents",
    "transformers": "agents",
    "matplotlib": "report",
    "sklearn": "report",
    "peft": "lora",
    "datasets": "data",
    "vllm": "vllm",
    "stable_baselines3": "sb3",
    "reasoning_gym": "reasoning-gym",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 2 an error that one line explains, 130 interrupted."""
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        code = run_command(name, rest)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough, as in `ccrl envs | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains while it shuts down
        return 0
    except (CCRLError, ModuleNotFoundError, OSError) as error:
        message = explain(name, error)
        if message is None or os.environ.get("CCRL_DEBUG"):
            raise
        print_error(message)
        return EXIT_ERROR


def run_command(name: str, arguments: Sequence[str]) -> int:
    """Imports the command's file, reads its options and runs it; help and version need no file.

    Raises:
        UnknownName: there is no such command; the message names the near ones.
    """
    if name in ("-h", "--help", "help"):
        print(overview())
        return 0
    if name in ("-V", "--version", "version"):
        print(f"ccrl {__version__}")
        return 0
    if name not in COMMANDS:
        raise unknown_name("command", name, COMMANDS)
    module = import_module(f"{__name__}.{name}")
    import tyro  # here, because `ccrl --help` does without

    from .config_file import HELP, with_config_file

    about = f"{inspect.cleandoc(module.Options.__doc__ or '')}\n\n{HELP}"
    arguments = with_config_file(arguments, module.Options)
    options = tyro.cli(module.Options, prog=f"ccrl {name}", description=about, args=arguments)
    return int(module.run(options))


def explain(command: str, error: BaseException) -> str | None:
    """One line for the person at the terminal, or None where the error is a bug of ours and wants its traceback."""
    if isinstance(error, CCRLError):
        return str(error)
    if (said := storage_error(error)) is not None:
        what = getattr(error, "filename", None) or "A file"
        return f"{what} could not be opened or written: {said}. Make room, or name another place, and try again."
    missing = (getattr(error, "name", None) or "").partition(".")[0]
    extra = EXTRA_OF.get(missing)
    if extra is None:
        return None
    return f"ccrl {command} needs {missing}, which is not installed: pip install 'reasoning-gym-ccrl[{extra}]'"


def overview() -> str:
    """The text of `ccrl --help`."""
    lines = ["Language models that know when they are right: environments, training, evaluation.", ""]
    lines += [
        "usage: ccrl COMMAND [OPTIONS]",
        "       ccrl COMMAND --help    what a command does, and all its options",
        "",
    ]
    for name, command in COMMANDS.items():
        lines += [f"  {name:<8}{command.summary}", f"  {'':<8}    $ {command.example}"]
    lines += [
        "",
        "  Every command takes its options from a file too: --config FILE.toml.",
        "  --version prints the version. CCRL_DEBUG=1 shows the traceback of an error.",
    ]
    return "\n".join(lines)
