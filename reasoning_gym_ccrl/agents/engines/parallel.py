"""Work in threads, a limited number at once, whose results come as they are ready."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(work: Callable[[T, threading.Event], R], items: Iterable[T], limit: int) -> Iterator[tuple[int, R]]:
    """(place, result) of each item, as they are ready; items are read only as far as needed.

    The threads are daemons, so that Ctrl-C need not wait for a server. When the iteration is left, no further item is
    begun, and results that are still on their way are dropped.

    Args:
        work: called in a thread with an item and an event that is set once nobody waits any more; what it raises is
            raised here.
        items: may be endless.
        limit: items under way at once, at least 1.

    >>> sorted(in_parallel(lambda item, stop: item * item, [3, 4], limit=2))
    [(0, 9), (1, 16)]
    """
    yield from _Pool(work, items, limit).results()


class _Pool(Generic[T, R]):
    def __init__(self, work: Callable[[T, threading.Event], R], items: Iterable[T], limit: int) -> None:
        self.work = work
        self.items = enumerate(items)
        self.limit = limit
        self.todo: queue.Queue[tuple[int, T] | None] = queue.Queue()
        self.done: queue.Queue[tuple[int, R | None, BaseException | None]] = queue.Queue()
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []

    def results(self) -> Iterator[tuple[int, R]]:
        under_way = 0
        try:
            while True:
                while under_way < self.limit and self._give_next(under_way):
                    under_way += 1
                if not under_way:
                    return
                place, result, error = self.done.get()
                under_way -= 1
                if error is not None:
                    raise error
                yield place, result  # type: ignore[misc]  # with no error there is a result, of whatever type
        finally:
            self.stop.set()
            for _ in self.threads:
                self.todo.put(None)

    def _give_next(self, under_way: int) -> bool:
        following = next(self.items, None)
        if following is None:
            return False
        self.todo.put(following)
        if under_way == len(self.threads):
            thread = threading.Thread(target=self._run, name="in-parallel", daemon=True)
            self.threads.append(thread)
            thread.start()
        return True

    def _run(self) -> None:
        while not self.stop.is_set() and (item := self.todo.get()) is not None:
            place, given = item
            try:
                self.done.put((place, self.work(given, self.stop), None))
            except BaseException as error:  # whatever it is, the thread that iterates raises it
                self.done.put((place, None, error))
