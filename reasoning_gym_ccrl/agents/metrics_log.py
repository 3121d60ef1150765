"""metrics.jsonl: one line of JSON per update, written as it happens, so that a killed run keeps what it measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from ..errors import DataError
from ..evaluation.collapse import collapse_warnings


class MetricsLog:
    """Appends rows {"stage", "update", name: number…} to a file; numbers that are not finite become null.

    A row of an update in which confidence had collapsed holds "warnings" too, a list of sentences: see
    `evaluation.collapse`.
    """

    def __init__(self, path: Path, *, fresh: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("w" if fresh else "a", encoding="utf-8")

    def write(self, stage: str, update: int, figures: Mapping[str, float]) -> None:
        """One row; `update` counts from 0.

        Raises:
            DataError: the disk is full.
        """
        numbers = {name: value if math.isfinite(value) else None for name, value in figures.items()}
        row: dict[str, object] = {"stage": stage, "update": update, **numbers}
        if warnings := collapse_warnings(figures):
            row["warnings"] = warnings
        try:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        except OSError as error:
            with suppress(OSError):
                self._file.close()  # which tries once more to write what is left
            raise DataError(
                f"{self._file.name} could not be written: {error.strerror}. Make room, and give the same command again."
            ) from error

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
