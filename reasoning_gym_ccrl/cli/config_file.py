"""`--config FILE.toml`: a command's options from a file; what stands on the command line goes before them.

    model = "runs/demo/comt"
    updates = 40
    families = ["word_problems", "arithmetic"]

    [reward]
    ccrl = 1.0
    length = -0.01

A key is an option of the command, with _ or - between its words. The values become words of the command line, so that
they are checked, and explained where they are wrong, in one place.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import InvalidOption, unknown_name

FLAG = "--config"
HELP = f"{FLAG} FILE.toml takes options from a file; those on the command line go before them."


def with_config_file(arguments: Sequence[str], options: type[Any]) -> list[str]:
    """The arguments with `--config FILE` replaced by what the file holds, before all others, so that these win.

    Raises:
        InvalidOption: a file that cannot be read, is no TOML, or holds a value that no option takes.
        UnknownName: a key that is no option of the command.
    """
    rest: list[str] = []
    from_file: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name != FLAG:
            rest.append(word)
            continue
        path = value if equals else next(words, "")
        if not path:
            raise InvalidOption(f"{FLAG} names a TOML file, as in {FLAG} my.toml; received none.")
        from_file += arguments_of(Path(path), options)
    return from_file + rest


def arguments_of(path: Path, options: type[Any]) -> list[str]:
    """The file's keys and values as words of the command line."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidOption(f"{FLAG} names a TOML file; {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise InvalidOption(f"{FLAG} names a TOML file; {path} is none: {error}.") from None
    known = {field.name: field for field in fields(options)}
    words: list[str] = []
    for key, value in content.items():
        name = key.replace("-", "_")
        if name not in known:
            raise unknown_name(f"option in {path}", key, known)
        if "Positional" in str(known[name].type):
            raise InvalidOption(f"{name} stands on the command line, and not in {path}.")
        words += _words(name, value, path)
    return words


def _words(name: str, value: Any, path: Path) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [flag if value else f"--no-{flag[2:]}"]
    if isinstance(value, dict):
        return [flag, json.dumps(value)]  # a reward is the one option that takes a table
    if isinstance(value, list):
        return [flag, *(_word(name, item, path) for item in value)]
    return [flag, _word(name, value, path)]


def _word(name: str, value: Any, path: Path) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InvalidOption(f"{name} in {path} is a text, a number, true, false or a list; received {value!r}.")
    return str(value)
