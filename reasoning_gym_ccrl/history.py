"""The records before a step as a view, and totals over them in constant time for each step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import reduce
from typing import Any, TypeVar, cast, overload

from .types import StepRecord

T = TypeVar("T")


class History(Sequence[StepRecord]):
    """The records before a step, oldest first: a view of an episode's growing list, so that making one is free.

    A reward that adds something up over the whole history asks `running` for it and stays linear in the steps.
    """

    __slots__ = ("_length", "_records", "_totals")

    def __init__(
        self, records: list[StepRecord], length: int | None = None, totals: dict[Any, tuple[int, Any]] | None = None
    ) -> None:
        self._records = records
        self._length = len(records) if length is None else length
        self._totals = {} if totals is None else totals

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> StepRecord: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[StepRecord, ...]: ...
    def __getitem__(self, index: int | slice) -> StepRecord | tuple[StepRecord, ...]:
        if isinstance(index, slice):
            return tuple(self._records[place] for place in range(*index.indices(self._length)))
        if not -self._length <= index < self._length:
            raise IndexError(f"A history of {self._length} records has no record {index}.")
        return self._records[index % self._length]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"History({list(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return History, (list(self),)


def running(history: Sequence[StepRecord], key: Hashable, add: Callable[[T, StepRecord], T], start: T) -> T:
    """`add(… add(add(start, first), second) …, last)`, in constant time for each step of an environment's episode.

    Args:
        history: records, oldest first. Where it is a `History`, the total up to the step before is remembered.
        key: names this total among all that are kept of an episode; equal keys mean equal totals.
        add: the total and one record to the next total; no side effects.
        start: the total of no records.

    >>> running((), "count", lambda total, record: total + 1, 0)
    0
    """
    if not history:
        return start
    if not isinstance(history, History):
        return reduce(add, history, start)
    known, total = cast(tuple[int, T], history._totals.get(key, (0, start)))
    if known > len(history):  # an older view of an episode that has gone on
        return reduce(add, history, start)
    for index in range(known, len(history)):
        total = add(total, history._records[index])
    history._totals[key] = len(history), total
    return total
