"""What a teacher has answered, on disk: one JSON object a line, only ever appended to.

Each reply is on disk before it is used, so that a process that is killed loses none that it has read. A line that a
kill or a full disk cut in half is no reply: it is cut off when the file is opened again, and asked anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ...errors import DataError

_BEGINNING = b'{"key": "'  # of every line, by which a half-written one is told from a file that is no cache


@dataclass(frozen=True, slots=True)
class CachedReply:
    """A teacher's reply: its text, why it ended, and the tokens it took."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def request_key(endpoint: str, body: Mapping[str, Any]) -> str:
    """The digest of a request: equal for equal model, prompt and settings, in whatever order they stand.

    >>> request_key("completions", {"a": 1, "b": 2}) == request_key("completions", {"b": 2, "a": 1})
    True
    """
    text = json.dumps([endpoint, body], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class ReplyCache:
    """Replies by the digest of their request; a context manager, which keeps the file open and locked.

    Args:
        path: the file; made where there is none.

    Raises:
        DataError: it cannot be read or written, is no such file, or another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replies: dict[str, CachedReply] = {}
        self.cut_off = 0  # bytes of a half-written last line
        self._file: IO[bytes] | None = None

    def __enter__(self) -> ReplyCache:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a+b", buffering=0)
            _lock(self._file, self.path)
            self._read(self._file)
        except OSError as error:
            self._close()
            raise DataError(f"The cache {self.path} cannot be opened: {error.strerror or error}.") from error
        except DataError:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, file: IO[bytes]) -> None:
        file.seek(0)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        tail = content[whole:]
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                row = json.loads(line)
                self.replies[row["key"]] = CachedReply(
                    row["text"], row["finish_reason"], row["prompt_tokens"], row["completion_tokens"]
                )
            except (ValueError, KeyError, TypeError):
                raise self._foreign(number) from None
        if tail and tail[: len(_BEGINNING)] != _BEGINNING[: len(tail)]:
            raise self._foreign(content.count(b"\n") + 1)
        self.cut_off = len(tail)
        if tail:
            file.truncate(whole)

    def _foreign(self, number: int) -> DataError:
        return DataError(
            f"{self.path}, line {number}: A line of a cache is a reply with its key; this one is none. Name another "
            "file, or take the line out."
        )

    def get(self, key: str) -> CachedReply | None:
        """The reply to a request, None where it was never answered."""
        return self.replies.get(key)

    def put(self, key: str, reply: CachedReply) -> None:
        """Appends one reply in one write, and waits until the disk has it.

        Raises:
            DataError: the disk does not take it.
        """
        if self._file is None:
            raise DataError(f"The cache {self.path} is not open; use it in a with statement.")
        line = json.dumps({"key": key, **asdict(reply)}, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError("the disk took a part of it")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise DataError(f"The cache {self.path} cannot be written: {error.strerror or error}.") from error
        self.replies[key] = reply


def _lock(file: IO[bytes], path: Path) -> None:
    """Two processes with one cache would ask the same twice. Where the platform has no such lock, none is taken."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataError(f"Another process has the cache {path} open; wait for it, or name another file.") from None
