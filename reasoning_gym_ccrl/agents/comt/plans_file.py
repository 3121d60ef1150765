"""Files of plans: a JSON object a line with the problem, its plan, and where the plan is from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...envs.problems.data_fields import BadRow
from ...envs.problems.data_files import read_rows
from ...errors import DataError
from ...types import Problem

_KEPT_METADATA = ("answer_kind", "domain", "graph", "givens")


@dataclass(frozen=True, slots=True)
class PlannedProblem:
    """A problem and a plan for it; `source` is "graph", "annotations" or "teacher"."""

    problem: Problem
    plan: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """With the problem's gold path, so that the plan can be checked; without the solution's text."""
        metadata = {key: value for key, value in self.problem.metadata.items() if key in _KEPT_METADATA}
        problem = replace(self.problem, metadata=metadata).to_json()
        return {"id": self.problem.id, "plan": self.plan, "source": self.source, "problem": problem}


def write_plans(path: Path, plans: Iterable[PlannedProblem]) -> int:
    """Writes a file of plans in one step, and returns how many; an older file stays as it was on any error.

    Raises:
        DataError: it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.new")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            for plan in plans:
                file.write(json.dumps(plan.to_json(), ensure_ascii=False) + "\n")
                count += 1
        os.replace(fresh, path)
    except OSError as error:
        raise DataError(f"The plans cannot be written to {path}: {error.strerror or error}.") from error
    finally:
        fresh.unlink(missing_ok=True)
    return count


def read_plans(path: Path) -> list[PlannedProblem]:
    """The plans of a file.

    Raises:
        DataError: it cannot be read, or a line is no plan; the message names the line.
    """
    return [_planned(path, number, row) for number, row in read_rows(path)]


def _planned(path: Path, number: int, row: dict[str, Any] | BadRow) -> PlannedProblem:
    try:
        if isinstance(row, BadRow):
            raise row
        plan = row["plan"]
        if not isinstance(plan, str):
            raise TypeError("its plan is no text")
        return PlannedProblem(Problem.from_json(row["problem"]), plan, str(row.get("source", "")))
    except (BadRow, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f'{path}, line {number}: A line of plans has "problem" and "plan"; {error!r} in this one. Make such a file '
            "with `ccrl comt make`."
        ) from None
