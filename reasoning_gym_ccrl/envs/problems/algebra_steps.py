"""What the families of the algebra domain share: gold steps, names told apart, and the problem put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Literal

from ...types import GoldStep, Problem
from .base import hex_digest
from .making import make_gold_step, make_problem

LETTERS: Mapping[str, tuple[str, ...]] = {"seen": ("x", "y", "z", "n", "t", "m"), "unseen": ("u", "v", "w", "k", "p")}
"""Names of one unknown; those of `renamed` occur nowhere else."""

PERSONS: Mapping[str, tuple[str, ...]] = {
    "seen": ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Raj", "Lin"),
    "unseen": ("Kofi", "Ines", "Hugo", "Noor", "Yuki", "Vera"),
}


def labelled(noun: str, index: int) -> str:
    """The noun with a letter that tells it from others; a meta-thought holds no digit, and no word such as "third".

    >>> labelled("equation", 0), labelled("equation", 27)
    ('equation A', 'equation BB')
    """
    return f"{noun} {ascii_uppercase[index % 26] * (1 + index // 26)}"


def told_apart(names: Sequence[str]) -> list[str]:
    """The names in the same order, those that occur more than once with letters.

    >>> told_apart(["factor", "addend", "factor"])
    ['factor A', 'addend', 'factor B']
    """
    found: dict[str, int] = {}
    result = []
    for name in names:
        if names.count(name) > 1:
            found[name] = found.get(name, -1) + 1
            name = labelled(name, found[name])
        result.append(name)
    return result


@dataclass(frozen=True, slots=True)
class Wordings:
    """Ways to put one kind of question: the usual ones, and those kept for the split `unseen_templates`."""

    seen: tuple[str, ...]
    unseen: tuple[str, ...]

    def of(self, templates: Literal["seen", "unseen"]) -> tuple[str, ...]:
        return self.seen if templates == "seen" else self.unseen


def gold(name: str, calculation: str, text: str, value: str, parents: Iterable[str], expression: str = "") -> GoldStep:
    """A gold step whose meta-thought is "name = calculation"; the expression is the text's first side if not given."""
    return make_gold_step(
        text, expression or text.partition(" = ")[0], value, f"{name} = {calculation}", tuple(parents)
    )


def symbolic_problem(
    family: str,
    question: str,
    answer: str,
    answer_kind: str,
    solution: Sequence[GoldStep],
    givens: Mapping[str, str],
    graph: str,
    difficulty: str,
    **symbols: Any,
) -> Problem:
    """A problem of the algebra domain; `symbols` are its unknowns, equations, expressions, functions, assignment."""
    metadata = {"domain": "algebra", "givens": givens, "graph": graph, "answer_kind": answer_kind, **symbols}
    identity = f"{family}:{hex_digest(question)}"
    return make_problem(identity, question, answer, tuple(solution), family, difficulty, metadata)
