"""Expressions as they are written: trees, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .tokens import Number


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an expression.

    `kind` is one of: number (its `value`), name (its `name`), sum, product, quotient, power, negative, either (±, which
    has no value by itself), call (an elementary function `name`; a root has its order in `value`), apply (a defined
    function `name`, derived `value` times), slope (the derivative by `name`), integral (over `name`, with bounds as
    second and third part).
    """

    kind: str
    parts: tuple[Node, ...] = ()
    value: Number = 0
    name: str = ""


CALCULUS = frozenset({"apply", "slope", "integral"})


def names_of(tree: Node) -> frozenset[str]:
    """The names in a tree; a function of no argument counts as one."""
    if tree.kind == "name":
        return frozenset() if tree.name in ("e", "pi") else frozenset({tree.name})
    inner = frozenset().union(*map(names_of, tree.parts)) if tree.parts else frozenset()
    return inner | {tree.name} if tree.kind == "apply" and not tree.parts else inner


def numbers_of(tree: Node) -> Iterator[Number]:
    """The numbers in a tree that are no exponents."""
    if tree.kind == "number":
        yield tree.value
    for part in tree.parts[:1] if tree.kind == "power" and tree.parts[1].kind == "number" else tree.parts:
        yield from numbers_of(part)


def has_calculus(tree: Node) -> bool:
    """Whether a function of the problem, a derivative or an integral stands in it."""
    return tree.kind in CALCULUS or any(map(has_calculus, tree.parts))


def has_symbol(tree: Node) -> bool:
    """Whether it is more than arithmetic: names, functions of the problem, or e."""
    return tree.kind in CALCULUS or tree.kind == "name" or any(map(has_symbol, tree.parts))
