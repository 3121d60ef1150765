"""Any task of the library reasoning-gym as a source of problems, and its graders, which run in a worker process alone.

reasoning-gym is an optional extra, imported when it is used. It numbers items by seed + index, so that neighbouring
seeds share nearly all of them; here each problem is drawn anew from a number that the environment's generator gives,
and the splits are kept apart by a hash of the question.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ...errors import InvalidOption, unknown_name
from ...types import Problem
from ..sources import MAX_QUESTION_CHARS
from .base import digest

SPLITS = ("train", "validation", "test")
DEFAULT_TASK = "chain_sum"
PACKAGE = "reasoning_gym"

NO_TEXT_ANSWER: Mapping[str, str] = {
    "boxnet": "a plan of moves, of which many are right",
    "graph_color": "a colouring, of which many are right",
    "propositional_logic": "a conclusion, of which many are right",
    "rubiks_cube": "a sequence of moves, of which many are right",
    "rush_hour": "a sequence of moves, of which many are right",
}
"""The tasks whose items come with no gold answer in text, and what they ask for."""

_BUCKETS = 16  # of questions: 12 for training, 2 each for validation and test
_FIRST_BUCKET = {"train": range(0, 12), "validation": range(12, 14), "test": range(14, 16)}
_MAX_DRAWS = 2_000
_WARM_UP_SECONDS = 1.0
_SEEDS = 2**32 - 1  # NumPy's old generator, which one of the tasks seeds, takes no more
# Most tasks draw an item when it is asked for. These draw in their constructor, so they are made anew for each item.
_DRAWN_IN_CONSTRUCTOR = frozenset({"acre", "composite", "gsm_symbolic", "list_functions"})

_made = threading.local()  # data sets of this thread: drawing from one changes it


class ReasoningGymProblems:
    """Problems of one task of reasoning-gym, in one split, without end.

    Args:
        task: its name there, such as "chain_sum".
        split: "train", "validation" or "test", disjoint by the question's text.
        options: the task's own, such as `min_terms=3`.

    Raises:
        ModuleNotFoundError: reasoning-gym is not installed.
        UnknownName: a task, split or option that does not exist.
        InvalidOption: options that the task refuses, or a task with no gold answer in text.
    """

    def __init__(self, task: str = DEFAULT_TASK, *, split: str = "train", **options: Any) -> None:
        if split not in SPLITS:
            raise unknown_name("split of reasoning-gym problems", split, SPLITS)
        tasks = _tasks()
        if task not in tasks:
            raise unknown_name("task of reasoning-gym", task, tasks)
        if task in NO_TEXT_ANSWER:
            raise InvalidOption(
                f"The task {task!r} asks for {NO_TEXT_ANSWER[task]}, and comes with no gold answer; choose another."
            )
        known = [field.name for field in fields(tasks[task][1]) if field.name not in ("seed", "size")]
        for name in options:
            if name not in known:
                raise unknown_name(f"option of the task {task}", name, known)
        self.task = task
        self.split = split
        self.options = options
        try:
            self._options = json.dumps(as_json(options), sort_keys=True)
        except TypeError as error:
            raise InvalidOption(f"The options of a task are numbers, texts, lists and so on; {error}.") from error
        _dataset(task, self._options)

    def sample(self, rng: random.Random) -> Problem:
        """One problem of this split; all randomness comes from `rng`."""
        for _ in range(_MAX_DRAWS):
            item = self._item(rng.randrange(_SEEDS))
            question = str(item["question"])
            number = digest(" ".join(question.split()).casefold())
            if number % _BUCKETS in _FIRST_BUCKET[self.split] and len(question) <= MAX_QUESTION_CHARS:
                return self._problem(item, question)
        raise InvalidOption(
            f"The task {self.task!r} with these options leaves no question in the split {self.split!r} "
            f"({_MAX_DRAWS} drawn); allow more of them. Received {self.options}."
        )

    def _item(self, seed: int) -> Mapping[str, Any]:
        with _own_global_generators(seed):
            item: Mapping[str, Any] = _dataset(self.task, self._options, seed)[0]
        return item

    def _problem(self, item: Mapping[str, Any], question: str) -> Problem:
        answer = item["answer"]
        if not isinstance(answer, str) or not answer.strip():
            raise InvalidOption(f"The task {self.task!r} has no gold answer in text; choose another.")
        entry = {"question": question, "answer": answer, "metadata": as_json(item.get("metadata") or {})}
        grader = {"kind": PACKAGE, "task": self.task, "options": json.loads(self._options), "entry": entry}
        return Problem(
            id=f"{PACKAGE}:{self.task}:{digest(question + answer):016x}",
            question=question,
            answer=answer,
            family=PACKAGE,
            metadata={"task": self.task, "graph": f"{self.task} {digest(question):016x}", "grader": grader},
        )


# -- in the worker ----------------------------------------------------------------------------------------------------


def prepare(arguments: Mapping[str, Any]) -> None:
    """Makes a task's data set and grades answers of its own, so that all is loaded; nothing untrusted is here."""
    options = json.dumps(arguments["options"], sort_keys=True)
    answer = str(_dataset(arguments["task"], options)[0]["answer"])
    ends = time.monotonic() + _WARM_UP_SECONDS
    for seed in range(1, 9):
        if time.monotonic() > ends:
            return
        with suppress(Exception):  # what fails here fails where it is asked, and is told there
            dataset = _dataset(arguments["task"], options, seed)
            item = dataset[0]
            for one in (str(item["answer"]), answer):  # a right one, and the one before, which is wrong
                dataset.score_answer(one, item)
            answer = str(item["answer"])


def score(arguments: Mapping[str, Any]) -> float:
    """The task's own score of an answer, from 0 to 1. Some graders execute what they are given: for a worker alone."""
    dataset = _dataset(arguments["task"], json.dumps(arguments["options"], sort_keys=True))
    return float(dataset.score_answer(arguments["answer"], from_json(arguments["entry"])))


# -- data sets --------------------------------------------------------------------------------------------------------


def _tasks() -> Mapping[str, Any]:
    try:
        from reasoning_gym import factory
    except ModuleNotFoundError as error:
        if error.name != PACKAGE:
            raise
        raise ModuleNotFoundError(
            "ReasoningGymCCRL-v0 needs reasoning-gym: pip install 'reasoning-gym-ccrl[reasoning-gym]'", name=PACKAGE
        ) from error
    tasks: Mapping[str, Any] = factory.DATASETS
    return tasks


def _dataset(task: str, options: str, seed: int = 0) -> Any:
    """The data set whose item 0 is drawn from `seed`; kept, because some load large files when they are made."""
    kept: dict[tuple[str, str], Any] = _made.__dict__.setdefault("datasets", {})
    dataset = kept.get((task, options))
    if dataset is None or task in _DRAWN_IN_CONSTRUCTOR:
        dataset = kept[task, options] = _new_dataset(task, from_json(json.loads(options)), seed)
    dataset.seed = dataset.config.seed = seed  # one of the tasks reads it from its settings
    return dataset


def _new_dataset(task: str, options: Mapping[str, Any], seed: int) -> Any:
    options = dict(options)
    if task == "composite":
        from reasoning_gym.composite import DatasetSpec

        options["datasets"] = [
            DatasetSpec(**{"weight": 1.0, "config": {}} | one) for one in options.get("datasets", ())
        ]
    import reasoning_gym

    try:
        return reasoning_gym.create_dataset(task, seed=seed, size=10 if task == "acre" else 1, **options)
    except (AssertionError, TypeError, ValueError, KeyError) as error:
        raise InvalidOption(
            f"The task {task!r} refuses its options: {error or type(error).__name__}; received {options}."
        ) from error


@contextmanager
def _own_global_generators(seed: int) -> Iterator[None]:
    """Some tasks draw from the process's own generators: seeded for the item, and put back as they were."""
    import numpy as np

    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


# -- entries as JSON --------------------------------------------------------------------------------------------------


def as_json(value: Any) -> Any:
    """A value as plain JSON from which `from_json` makes it again: tuples, sets and other keys than texts are marked.

    Raises:
        TypeError: it holds something else.

    >>> from_json(as_json({"a": (1, 2), "b": {3: {4}}})) == {"a": (1, 2), "b": {3: {4}}}
    True
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {str(key): as_json(one) for key, one in value.items()}
        return {"$map": [[as_json(key), as_json(one)] for key, one in value.items()]}
    if isinstance(value, tuple):
        return {"$tuple": [as_json(one) for one in value]}
    if isinstance(value, set | frozenset):
        return {"$set": sorted((as_json(one) for one in value), key=repr)}
    if isinstance(value, Fraction | Decimal):
        return {f"${type(value).__name__.lower()}": str(value)}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    if callable(getattr(value, "item", None)) and getattr(value, "shape", None) == ():
        return as_json(value.item())  # a NumPy number
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def from_json(value: Any) -> Any:
    """The inverse of `as_json`."""
    match value:
        case {"$map": pairs}:
            return {from_json(key): from_json(one) for key, one in pairs}
        case {"$tuple": parts}:
            return tuple(from_json(one) for one in parts)
        case {"$set": parts}:
            return {from_json(one) for one in parts}
        case {"$fraction": text}:
            return Fraction(text)
        case {"$decimal": text}:
            return Decimal(text)
        case dict():
            return {key: from_json(one) for key, one in value.items()}
        case list():
            return [from_json(one) for one in value]
    return value
