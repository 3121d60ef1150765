"""Problems from data sets: files, folders, and the Hugging Face hub by name.

What files there are is `data_files`' matter, which of a data set's files are meant `data_hub`'s, and what the rows of
each known data set mean `data_rows`'.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from ...errors import DataError, InvalidOption
from ...types import Problem
from .data_fields import BadRow
from .data_files import read_rows, row_word, stem_of
from .data_hub import files_in, hub_rows, is_hub_name
from .data_rows import check_layout, problem_from_row
from .data_solutions import final_value, gold_path

OWN_PROBLEMS = Path(__file__).with_name("own_problems.jsonl")

_Row = tuple[str, str, str, int, dict[str, Any] | BadRow]
"""Where a row is from, what its number counts, the name of its data set, its number, and itself or its fault."""


class DatasetProblems(Sequence[Problem]):
    """The problems of a data set, or, with none named, 20 of our own.

    Args:
        data, config, split, layout, fields, skip_bad, limit: those of `read_problems`.

    Attributes:
        problems: in the order of the data set.
        skipped: the number of broken rows that were left out.
        split: the split that was asked for, "" where there is none.

    >>> len(DatasetProblems())
    20
    """

    def __init__(
        self,
        data: str | Path | None = None,
        *,
        config: str | None = None,
        split: str | None = None,
        layout: str | None = None,
        fields: Mapping[str, str] | None = None,
        skip_bad: bool = False,
        limit: int | None = None,
    ):
        self.split = split or ""
        self.problems, self.skipped = read_problems(
            OWN_PROBLEMS if data is None else data,
            config=config,
            split=split,
            layout=layout,
            fields=fields,
            skip_bad=skip_bad,
            limit=limit,
        )

    def sample(self, rng: random.Random) -> Problem:
        return rng.choice(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    @overload
    def __getitem__(self, index: int) -> Problem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Problem]: ...
    def __getitem__(self, index: int | slice) -> Problem | Sequence[Problem]:
        return self.problems[index]


def read_problems(
    path: str | Path,
    *,
    config: str | None = None,
    split: str | None = None,
    layout: str | None = None,
    fields: Mapping[str, str] | None = None,
    skip_bad: bool = False,
    limit: int | None = None,
) -> tuple[list[Problem], int]:
    """The problems of a data set, and the number of broken rows that were left out.

    Args:
        path: a file (JSON Lines, JSON, CSV, TSV or parquet; .gz but for the last), a folder of such, or the name of a
            data set on the Hugging Face hub, "openai/gsm8k".
        config: of a folder or a name: which of its configs, where it has several.
        split: of a folder or a name: which of its splits, where it has several.
        layout: one of `data_rows.LAYOUTS`; None to recognise each row's by its fields.
        fields: "id", "question", "answer", "solution" or "steps" -> what the rows call it.
        skip_bad: leave broken rows out and count them.
        limit: read this many problems at most.

    Raises:
        DataError: there is no such data set, it cannot be read, or it holds no problem; or, unless `skip_bad`, a row is
            broken. The message names the file and the line or row.
        InvalidOption, UnknownName: options that name nothing, or do not go together.
    """
    check_layout(layout, fields)
    if limit is not None and limit < 1:
        raise InvalidOption(f"limit is the number of problems to read, 1 or more; received {limit}.")
    problems: list[Problem] = []
    skipped = 0
    for where, word, name, number, row in _rows(path, config, split):
        if limit is not None and len(problems) >= limit:
            break
        try:
            if isinstance(row, BadRow):
                raise row
            problems.append(problem_from_row(row, name=name, line=number, layout=layout, fields=fields))
        except BadRow as error:
            if not skip_bad:
                remedy = f"Mend the {word}, or leave broken ones out with --skip-bad (skip_bad=True)."
                raise DataError(f"{where}, {word} {number}: {error} {remedy}") from None
            skipped += 1
    if not problems:
        found = f"{skipped} broken lines and nothing else" if skipped else "no line"
        raise DataError(f"{path} should hold one problem a line, as JSON; it holds {found}.")
    return problems, skipped


def _rows(data: str | Path, config: str | None, split: str | None) -> Iterator[_Row]:
    path = Path(data)
    if path.is_dir():
        return _of_files(files_in(path, config, split), path.resolve().name)
    if not path.exists() and is_hub_name(str(data)):
        name = str(data)
        found = hub_rows(name, config, split)
        if isinstance(found, list):
            return _of_files(found, name.rpartition("/")[2])
        return ((name, "row", name.rpartition("/")[2], number, row) for number, row in found)
    for option, value in (("config", config), ("split", split)):
        if value is not None:
            raise InvalidOption(
                f"`{option}` is for a folder or the name of a data set, which have several; {path} is one file."
            )
    return _of_files([path], stem_of(path))


def _of_files(paths: Iterable[Path], name: str) -> Iterator[_Row]:
    """The rows of some files; of several files of one row each, as MATH has them, the rows are counted through."""
    paths = list(paths)
    before = 0
    for path in paths:
        number = 0
        for number, row in read_rows(path):
            yield str(path), row_word(path), name, before + number, row
        before += number if len(paths) > 1 else 0


__all__ = ["OWN_PROBLEMS", "DatasetProblems", "final_value", "gold_path", "problem_from_row", "read_problems"]
