"""Rows out of data files: JSON Lines, JSON, CSV, TSV and parquet, the first four also as .gz.

Lines, tables and parquet are read as they are needed; a JSON array is loaded whole. A broken row is handed on in its
place, so that it can be left out; a file that cannot be read at all is a DataError.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from ...errors import DataError
from ...step_format import shorten
from .data_fields import BadRow, received

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""What data files end in; ".gz" may follow all but the last."""

_ROWS_AT_ONCE = 1_000
# Fields that hold lists or objects, which a table has as JSON.
_STRUCTURED = frozenset({"steps", "solution", "completions", "labels", "metadata", "lequations", "lsolutions"})

PlacedRow = tuple[int, dict[str, Any] | BadRow]
"""A row's number, counted from 1 (of lines, the line's), and the row, or what is wrong with it."""


def read_rows(path: Path) -> Iterator[PlacedRow]:
    """The rows of a file, by its name's ending; any other name is taken for JSON Lines.

    Raises:
        DataError: the file cannot be read.
    """
    suffix = suffix_of(path)
    try:
        if suffix == ".parquet":
            yield from _parquet_rows(path)
            return
        with _opened(path) as file:
            if suffix in (".csv", ".tsv"):
                yield from _table_rows(path, file, "\t" if suffix == ".tsv" else ",")
            elif suffix == ".json" and not _is_json_lines(file):
                yield from _json_rows(path, file)
            else:
                yield from _json_lines(file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} should be a whole gzip file; {error}. Fetch it again, or unpack it.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} should be a file of problems, one JSON object a line; {reason}.") from error


def suffix_of(path: Path) -> str:
    """The ending that says what is in a file, ".gz" left out."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def stem_of(path: Path) -> str:
    """A file's name without its endings, "gsm8k.test" of gsm8k.test.jsonl.gz."""
    name = path.name.removesuffix(".gz")
    suffix = suffix_of(path)
    return name[: -len(suffix)] if suffix else name


def row_word(path: Path) -> str:
    """What the number of a row counts in a file, for messages: lines, or rows."""
    return "row" if suffix_of(path) in (".json", ".parquet") else "line"


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.name.lower().endswith(".gz") else path.open("rb")


# -- JSON --------------------------------------------------------------------------------------------------------


def _json_lines(file: IO[bytes]) -> Iterator[PlacedRow]:
    """A line each that is not blank, read as bytes, so that bad UTF-8 is the fault of one line alone."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                yield number, _object(line, "A line")
            except BadRow as error:
                yield number, error


def _is_json_lines(file: IO[bytes]) -> bool:
    """Whether a file named .json holds an object on its first line, and more lines after it; back at its start then."""
    lines = [line for line in (file.readline(), file.readline()) if line.strip()]
    file.seek(0)
    try:
        return len(lines) == 2 and isinstance(_parsed(lines[0], "A line"), dict)
    except BadRow:
        return False


def _json_rows(path: Path, file: IO[bytes]) -> Iterator[PlacedRow]:
    """The objects of an array; of an object its only list of objects, else the object itself."""
    try:
        whole = _parsed(file.read(), "A .json file")
    except BadRow as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        whole = lists[0] if len(whole) == len(lists) == 1 else [whole]
    if not isinstance(whole, list):
        raise DataError(f"{path} should hold an array of objects; received {received(whole)}.")
    for number, row in enumerate(whole, start=1):
        yield number, row if isinstance(row, dict) else BadRow(f"A row should be an object; received {received(row)}.")


def _object(text: bytes, what: str) -> dict[str, Any]:
    row = _parsed(text, what)
    if not isinstance(row, dict):
        raise BadRow(f"{what} should be one JSON object; received {received(row)}.")
    return row


def _parsed(text: bytes, what: str) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadRow(f"{what} should be UTF-8 text; these bytes are not.") from None
    except RecursionError:
        raise BadRow(f"{what} should hold flat JSON objects; this one nests too deep.") from None
    except ValueError as error:
        raise BadRow(f"{what} should be JSON; {shorten(str(error), 120)}.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


# -- tables ------------------------------------------------------------------------------------------------------


def _table_rows(path: Path, file: IO[bytes], delimiter: str) -> Iterator[PlacedRow]:
    """The rows of a table whose first line names the fields; an empty cell is null, and lists are JSON."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        names = _header(path, reader)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield number, BadRow(f"A row should be a line of cells; {error}.")
                continue
            if cells is None:
                return
            if any(cells):
                yield number, _table_row(names, cells)
    finally:
        text.detach()  # the file is closed by whoever opened it


def _header(path: Path, reader: Any) -> list[str]:
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise DataError(f"{path}, line 1: The first line of a table names its fields; {error}.") from None
    if not names or not all(names) or len(set(names)) < len(names):
        raise DataError(
            f"{path}, line 1: The first line of a table names its fields, each once; received {received(names)}. Add "
            "such a line."
        )
    return names


def _table_row(names: list[str], cells: list[str]) -> dict[str, Any] | BadRow:
    if len(cells) != len(names):
        return BadRow(f"A row should have {len(names)} cells, one for each field; this one has {len(cells)}.")
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if any("\udc80" <= char <= "\udcff" for char in cell):
            return BadRow("A row should be UTF-8 text; these bytes are not.")
        row[name] = _cell(name, cell)
    return row


def _cell(name: str, text: str) -> Any:
    """The value of a cell: null where it is empty, a list or object where it should be one, else the text."""
    if not text.strip():
        return None
    if name.lower() in _STRUCTURED and text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return text
    return text


# -- parquet -----------------------------------------------------------------------------------------------------


def _parquet_rows(path: Path) -> Iterator[PlacedRow]:
    if not path.is_file():
        path.open("rb").close()  # the usual error of a file that is not there
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise DataError(
            f"{path} is a parquet file, and reading such needs pyarrow: pip install 'reasoning-gym-ccrl[data]'"
        ) from error
    try:
        number = 0
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                number += 1
                yield number, plain(row)
    except pyarrow.ArrowException as error:
        raise DataError(f"{path} should be a parquet file; {shorten(str(error), 120)}. Fetch it again.") from error


def plain(value: Any) -> Any:
    """A value as JSON has it: what is no text, number, list or object becomes a text, and NaN null.

    >>> plain({"a": (1, float("nan")), "b": b"x"})
    {'a': [1, None], 'b': "b'x'"}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
