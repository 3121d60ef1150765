"""A verifier held against people who marked the first wrong step: found, missed or early, and the figures of that.

A verifier points at the first step it calls INCORRECT, a person at the first that is wrong, or both say that there is
none. Everything here is a pure function of those indices. A verifier that calls only what it can prove has a high
precision and a low recall; `processbench_f1` punishes the second as hard as the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..errors import DataError
from ..types import Problem, Verdict


class Finding(StrEnum):
    """What a verifier made of one labelled row.

    Where a step is wrong: FOUND, the first INCORRECT is that step; EARLY, it is one before; LATE, one after; SILENT,
    there is none. The last two are both counted as missed, for the wrong step itself was let pass. Where all steps
    are right: CLEAN, or FALSE_ALARM.
    """

    FOUND = "found"
    SILENT = "silent"
    LATE = "late"
    EARLY = "early"
    CLEAN = "clean"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class FirstErrors:
    """How often each `Finding` occurred, and what follows from that.

    >>> counts = FirstErrors(found=6, silent=2, late=1, early=1, clean=8, false_alarms=2)
    >>> counts.precision, counts.recall  # 6 of 9 calls, 6 of 10 wrong rows
    (0.6666666666666666, 0.6)
    >>> round(counts.f1, 4), round(counts.processbench_f1, 4)  # 12 / 19; the harmonic mean of 6/10 and 8/10
    (0.6316, 0.6857)
    """

    found: int = 0
    silent: int = 0
    late: int = 0
    early: int = 0
    clean: int = 0
    false_alarms: int = 0

    @property
    def missed(self) -> int:
        """Rows whose wrong step, and all before it, were let pass; whether a later step was called or not."""
        return self.silent + self.late

    @property
    def with_error(self) -> int:
        """Rows in which a step is wrong."""
        return self.found + self.missed + self.early

    @property
    def all_correct(self) -> int:
        """Rows in which every step is right."""
        return self.clean + self.false_alarms

    @property
    def rows(self) -> int:
        return self.with_error + self.all_correct

    @property
    def precision(self) -> float | None:
        """Of the calls at or before the wrong step, and on right rows, the share that is at the wrong step.

        None where there is no such call. A late call is none: it says nothing false, for after a wrong step others
        may well be wrong.
        """
        return _share(self.found, self.found + self.early + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """Of the rows with a wrong step, the share where it is found; None without such rows."""
        return _share(self.found, self.with_error)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, 0 where nothing was called; None without wrong rows or calls."""
        calls = self.found + self.early + self.false_alarms
        return _share(2 * self.found, calls + self.with_error)

    @property
    def processbench_f1(self) -> float | None:
        """The harmonic mean of the shares of wrong rows that are found and of right rows that are clean.

        This is the figure that ProcessBench reports. None where the rows are all wrong or all right.
        """
        if not self.with_error or not self.all_correct:
            return None
        wrong, right = self.found / self.with_error, self.clean / self.all_correct
        return 2 * wrong * right / (wrong + right) if wrong + right else 0.0

    def to_json(self) -> dict[str, Any]:
        """The counts under "first_error" and the figures beside them; figures that mean nothing are None."""
        return {
            "first_error": {
                "found": self.found,
                "missed": self.missed,
                "early": self.early,
                "late": self.late,
                "rows_with_error": self.with_error,
                "rows_all_correct": self.all_correct,
                "false_alarms": self.false_alarms,
            },
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "processbench_f1": self.processbench_f1,
        }


NOTHING_LABELLED: dict[str, Any] = dict.fromkeys(("first_error", "precision", "recall", "f1", "processbench_f1"))
"""What stands in place of `FirstErrors.to_json` where no row has labels."""


def finding(labelled: int | None, called: int | None) -> Finding:
    """What a verifier made of one row.

    Args:
        labelled: the first wrong step, 0-based, or None where all are right.
        called: the first step that the verifier called INCORRECT, or None.

    >>> [str(finding(2, called)) for called in (2, 1, 3, None)], str(finding(None, 0)), str(finding(None, None))
    (['found', 'early', 'late', 'silent'], 'false_alarm', 'clean')
    """
    if labelled is None:
        return Finding.CLEAN if called is None else Finding.FALSE_ALARM
    if called is None:
        return Finding.SILENT
    if called == labelled:
        return Finding.FOUND
    return Finding.EARLY if called < labelled else Finding.LATE


def count(findings: Iterable[Finding]) -> FirstErrors:
    """Adds findings up.

    >>> count([Finding.FOUND, Finding.FOUND, Finding.LATE]).missed
    1
    """
    listed = list(findings)
    return FirstErrors(
        found=listed.count(Finding.FOUND),
        silent=listed.count(Finding.SILENT),
        late=listed.count(Finding.LATE),
        early=listed.count(Finding.EARLY),
        clean=listed.count(Finding.CLEAN),
        false_alarms=listed.count(Finding.FALSE_ALARM),
    )


def first_incorrect(verdicts: Sequence[Verdict]) -> int | None:
    """The index of the first INCORRECT, or None.

    >>> first_incorrect([Verdict.CORRECT, Verdict.INCORRECT, Verdict.INCORRECT])
    1
    """
    return verdicts.index(Verdict.INCORRECT) if Verdict.INCORRECT in verdicts else None


def has_labels(problem: Problem) -> bool:
    """Whether people have said of this row which of its steps is the first wrong one, or that none is.

    They have where a step is labelled false, where `meta.first_error` is a number, where `meta.all_steps_correct` is
    true, or where every step is labelled true. A row with some labels true and the others null is not labelled.
    """
    steps = problem.metadata.get("steps") or []
    if not steps:
        return False
    meta = _meta(problem)
    labels = [step.get("label") for step in steps]
    return (
        False in labels
        or isinstance(meta.get("first_error"), int)
        or meta.get("all_steps_correct") is True
        or all(label is True for label in labels)
    )


def labelled_error(problem: Problem) -> int | None:
    """The first wrong step of a row that `has_labels`, 0-based, or None where all steps are right.

    Raises:
        DataError: the labels of the steps and `meta` contradict one another, or `meta.first_error` is no step.

    >>> from reasoning_gym_ccrl.types import Problem
    >>> steps = [{"text": "1 + 1 = 2", "label": True}, {"text": "2 + 1 = 4", "label": False}]
    >>> labelled_error(Problem("p", "1 + 1 + 1?", "3", metadata={"steps": steps}))
    1
    """
    steps, meta = problem.metadata["steps"], _meta(problem)
    labels = [step.get("label") for step in steps]
    by_label = labels.index(False) if False in labels else None
    stated = meta.get("first_error")
    if not isinstance(stated, int) or isinstance(stated, bool):
        stated = None
    elif not 0 <= stated < len(steps):
        raise DataError(
            f"meta.first_error is the 0-based index of one of a row's steps; row {problem.id!r} has {len(steps)} steps "
            f"and {stated}. Mend the row, or set it to null."
        )
    found = stated if by_label is None else by_label
    contradicted = by_label is not None and stated is not None and by_label != stated
    if contradicted or (found is not None and meta.get("all_steps_correct") is True):
        raise DataError(
            f"A row's labels, meta.first_error and meta.all_steps_correct say the same; row {problem.id!r} has its "
            f"first false label at {by_label}, first_error {stated}, all_steps_correct "
            f"{meta.get('all_steps_correct')}. Mend the row."
        )
    return found


def _meta(problem: Problem) -> dict[str, Any]:
    meta = problem.metadata.get("meta")
    return meta if isinstance(meta, dict) else {}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
