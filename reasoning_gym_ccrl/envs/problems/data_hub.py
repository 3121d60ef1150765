"""Data sets by name from the Hugging Face hub, or out of a folder that holds one: which of its files are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import DataError, InvalidOption
from ...step_format import shorten
from .data_files import SUFFIXES, PlacedRow, plain

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SPLITS = {"dev": "validation", "val": "validation", "valid": "validation"}
_SPLIT_NAMES = ("train", "validation", "test")
_NO_DATA = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}
_MANY_FILES = 20_000
_SHOWN_CHARS = 200


def is_hub_name(data: str) -> bool:
    """Whether something that is no path here is named as a data set of the hub is: owner/name, and no folder's name.

    >>> is_hub_name("openai/gsm8k"), is_hub_name("gsm8k.test.jsonl"), is_hub_name("data/gsm8k.test.jsonl")
    (True, False, False)
    """
    if not _NAME.fullmatch(data) or data.lower().removesuffix(".gz").endswith(SUFFIXES):
        return False
    return not Path(data).parent.is_dir()  # "data/gsm8k", where there is a folder "data", is a slip


def files_in(folder: Path, config: str | None, split: str | None) -> list[Path]:
    """The data files of a folder that belong to a config and a split.

    Raises:
        DataError: it holds none.
        InvalidOption: `config` or `split` is missing, or names none that is there.
    """
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            found.append(relative.as_posix())
        if len(found) > _MANY_FILES:
            raise DataError(f"{folder} holds more than {_MANY_FILES} files; name the folder of the data set itself.")
    return [folder / name for name in choose_files(found, config, split, what=str(folder))]


def choose_files(names: Sequence[str], config: str | None, split: str | None, *, what: str) -> list[str]:
    """Those of a data set's files that belong to a config and a split.

    A config is a folder at the top that is not named for a split. A split is a word of a file's name, or, if it is one
    of the usual three, of a folder's.

    >>> names = ["README.md", "main/test-0.parquet", "main/train-0.parquet", "socratic/test-0.parquet"]
    >>> choose_files(names, "main", "test", what="gsm8k")
    ['main/test-0.parquet']
    """
    data = [name for name in names if _is_data(name)]
    if not data:
        raise DataError(f"{what} should hold data files, ending in {', '.join(SUFFIXES)}; it holds none.")
    splits = {_split_of(name) for name in data}
    if split is None and len(splits) > 1:
        raise InvalidOption(f"{what} has the splits {_listed(splits)}; name one, split={min(splits)!r}.")
    if split is not None:
        wanted = _SPLITS.get(split, split)
        usual = wanted in _SPLIT_NAMES
        data = [name for name in data if (_split_of(name) == wanted if usual else split.lower() in _words_of(name))]
        if not data:
            raise InvalidOption(f"{what} has the splits {_listed(splits)}; received split={split!r}.")
    configs = {_config_of(name) for name in data}
    if config is not None:
        data = [name for name in data if _config_of(name) == config]
        if not data:
            raise InvalidOption(f"{what} has the configs {_listed(configs)}; received config={config!r}.")
    elif len(configs) > 1:
        raise InvalidOption(
            f"{what} has the configs {_listed(configs)}; name one, config={min(filter(None, configs))!r}."
        )
    return data


def _is_data(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name.lower().removesuffix(".gz").endswith(SUFFIXES) and path.name not in _NO_DATA


def _split_of(name: str) -> str:
    """The split that a file's name, or else that of a folder above it, says; "" for none."""
    for part in reversed(PurePosixPath(name).parts):
        for word in _words_of(part):
            if (split := _SPLITS.get(word, word)) in _SPLIT_NAMES:
                return split
    return ""


def _words_of(name: str) -> list[str]:
    """The words of a file's or folder's own name."""
    return re.split(r"[-_.]", PurePosixPath(name).name.lower())


def _config_of(name: str) -> str:
    parts = PurePosixPath(name).parts
    return parts[0] if len(parts) > 1 and parts[0] != "data" and not _split_of(parts[0]) else ""


def _listed(names: set[str]) -> str:
    return shorten(", ".join(name or "(unnamed)" for name in sorted(names)), _SHOWN_CHARS)


# -- the hub -----------------------------------------------------------------------------------------------------


def hub_rows(name: str, config: str | None, split: str | None) -> Iterator[PlacedRow] | list[Path]:
    """The rows of a data set by name, through `datasets` where it is installed; else its files, fetched from the hub.

    Raises:
        DataError: neither library is here, the hub cannot be reached, or it has no such data set.
        InvalidOption: `config` or `split` is missing, or names none that is there.
    """
    try:
        import datasets
    except ImportError:
        return _fetched(name, config, split)
    return _loaded(datasets, name, config, split)


def _loaded(datasets: Any, name: str, config: str | None, split: str | None) -> Iterator[PlacedRow]:
    try:
        found = datasets.load_dataset(name, config, split=split)
    except Exception as error:  # what it raises, of which there is much, is no matter of ours
        raise _unreachable(name, error) from error
    if split is None:
        if len(found) > 1:
            raise InvalidOption(f"{name} has the splits {_listed(set(found))}; name one, split={min(found)!r}.")
        found = next(iter(found.values()))
    return ((number, plain(row)) for number, row in enumerate(found, start=1))


def _fetched(name: str, config: str | None, split: str | None) -> list[Path]:
    try:
        import huggingface_hub
    except ImportError as error:
        raise DataError(
            f"{name!r} is no file here. To read it as a data set of the Hugging Face hub: pip install "
            "'reasoning-gym-ccrl[data]'"
        ) from error
    try:
        names = huggingface_hub.HfApi().list_repo_files(name, repo_type="dataset")
    except Exception as error:  # as above
        raise _unreachable(name, error) from error
    chosen = choose_files(sorted(names), config, split, what=name)
    try:
        return [Path(huggingface_hub.hf_hub_download(name, file, repo_type="dataset")) for file in chosen]
    except Exception as error:  # as above
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return DataError(
        f"{name!r} is no file here, and could not be read as a data set of the Hugging Face hub: "
        f"{shorten(reason, _SHOWN_CHARS)}. Check its name, config and split and the connection, or give a file or a "
        "folder that holds it."
    )
