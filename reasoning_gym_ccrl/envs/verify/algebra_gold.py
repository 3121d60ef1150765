"""The gold path of an algebra problem as statements, and which of its nodes a step reaches.

A node is reached by what a step states last: an equation with the same two sides, the same alternatives, an expression
in the same form, or a number found for the same thing. Equations with the same sides as others that are given, or as
another node, must also be written in the node's form, so that copying an equation reaches nothing. A derivative may be
written in any form, unless another node has the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...types import GoldStep
from .algebra_reader import read_tree
from .equations import normal_name
from .expression import parse_number
from .forms import Form, form_of
from .nodes import has_calculus, has_symbol
from .quotients import Quotient
from .statements import Expression, Vocabulary, read_claims
from .tokens import ExpressionError, Number


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a stated equation: its value (None where it has none), form, and whether it holds f' or the like."""

    value: Quotient | None
    form: Form
    is_calculus: bool = False


@dataclass(frozen=True, slots=True)
class Stated:
    """A chain that has been worked out."""

    name: str
    sides: tuple[Side, ...]


Pair = tuple[Side, Side]
WorkOut = Callable[[Expression], Side]


@dataclass(slots=True)
class AlgebraNode:
    """One gold step.

    Attributes:
        name: of the quantity it finds.
        equations: the equations it states: one, several that hold together, or alternatives of which one holds.
        is_choice: whether they are alternatives.
        expression: what it states where that is no equation.
        number: what it finds where that is a number, and
        head: the thing that a number or an expression is found for, f'(2) or x; None where it has a name alone.
        needs_form: whether what is stated must also be written as the node has it.
        is_calculus: whether the gold step holds f', d/dx, an integral or the like.
    """

    name: str
    equations: list[Pair] = field(default_factory=list)
    is_choice: bool = False
    expression: Side | None = None
    number: Number | None = None
    head: Form | None = None
    needs_form: bool = False
    is_calculus: bool = False


class GoldPath:
    """The nodes of a gold path, read by a problem's own reader of statements."""

    def __init__(self, nodes: list[AlgebraNode | None]):
        self.nodes = nodes

    def reached(self, stated: Sequence[tuple[bool, Sequence[Stated]]], already: set[int]) -> int | None:
        """The first node that a step reaches, one not reached before if there is any; None where it reaches none.

        Args:
            stated: the step's claims, each with its chains and whether they are alternatives.
            already: the nodes that were reached before.
        """
        found: int | None = None
        for index, node in enumerate(self.nodes):
            if node is None or not _reaches(node, stated):
                continue
            if index not in already:
                return index
            found = index if found is None else found
        return found

    def named(self, name: str) -> AlgebraNode | None:
        """The node whose quantity has this name."""
        return next((node for node in self.nodes if node is not None and node.name and node.name == name), None)


def _reaches(node: AlgebraNode, stated: Sequence[tuple[bool, Sequence[Stated]]]) -> bool:
    if node.is_choice:
        return any(is_choice and _same_choice(node, chains) for is_choice, chains in stated)
    chains = [chain for is_choice, chains in stated if not is_choice for chain in chains]
    if node.equations:
        return all(any(_states(pair, chain, node.needs_form) for chain in chains) for pair in node.equations)
    return any(_finds(node, chain) for chain in chains)


def _same_choice(node: AlgebraNode, chains: Sequence[Stated]) -> bool:
    wanted = list(node.equations)
    for chain in chains:
        match = next((pair for pair in wanted if _states(pair, chain, False)), None)
        if match is None:
            return any(_states(pair, chain, False) for pair in node.equations)
        wanted.remove(match)
    return not wanted


def _states(pair: Pair, chain: Stated, needs_form: bool) -> bool:
    """Whether a chain's last side and one before it are the two sides of an equation, either way round."""
    last = chain.sides[-1]
    for left, right in (pair, pair[::-1]):
        if same(last, right, needs_form) and any(same(side, left, needs_form) for side in chain.sides[:-1]):
            return True
    return False


def same(first: Side, second: Side, needs_form: bool) -> bool:
    """Whether two sides are equal, and where that is asked for, written in the same form."""
    if needs_form and first.form != second.form:
        return False
    return first.value is not None and first.value == second.value


def _finds(node: AlgebraNode, chain: Stated) -> bool:
    last = chain.sides[-1]
    is_named = bool(chain.name) and normal_name(chain.name) == node.name
    if node.expression is not None:
        if last.is_calculus or not same(last, node.expression, node.needs_form):
            return False
        if is_named:
            return True
        if not node.needs_form:
            return any(side.form == node.head for side in chain.sides[:-1])
        is_step = len(chain.sides) > 1 and all(side.form != last.form for side in chain.sides[:-1])
        return is_step and (not node.is_calculus or any(side.is_calculus for side in chain.sides))
    if node.number is None or last.value is None or last.value.value != node.number:
        return False
    return is_named or (node.head is not None and any(side.form == node.head for side in chain.sides[:-1]))


# -- reading -----------------------------------------------------------------------------------------------------------


def read_gold(
    solution: Sequence[GoldStep], vocabulary: Vocabulary, work_out: WorkOut, given: Sequence[Pair]
) -> GoldPath:
    """The gold path of a problem.

    Args:
        solution: its gold steps.
        vocabulary: its names.
        work_out: works a side of an equation out, as the judge does.
        given: the equations that the problem gives.
    """
    nodes = [_read_node(step, vocabulary, work_out) for step in solution]
    stated = [(node, pair) for node in nodes if node is not None for pair in node.equations]
    found = [node for node in nodes if node is not None and node.expression is not None]
    for node in nodes:
        if node is None or node.is_choice:
            continue
        if node.expression is not None:
            rivals = [other.expression for other in found if other is not node and other.expression is not None]
            is_open = node.is_calculus and node.head is not None
            node.needs_form = not is_open or any(same(node.expression, rival, False) for rival in rivals)
        others = [*given, *(pair for other, pair in stated if other is not node)]
        node.needs_form |= any(_same_pair(pair, other) for pair in node.equations for other in others)
    return GoldPath(nodes)


def _same_pair(first: Pair, second: Pair) -> bool:
    return any(same(first[0], a, False) and same(first[1], b, False) for a, b in (second, second[::-1]))


def _read_node(step: GoldStep, vocabulary: Vocabulary, work_out: WorkOut) -> AlgebraNode | None:
    node = AlgebraNode(normal_name(step.name))
    try:
        text = read_claims(step.text, vocabulary).claims
        value = read_claims(step.value, vocabulary).claims
    except ExpressionError:
        return None
    node.is_calculus = any(has_calculus(side.tree) for claim in text for chain in claim.chains for side in chain.sides)
    head = text[-1].chains[0].sides[0].tree if text else None
    node.head = form_of(head) if head is not None and has_symbol(head) else None
    node.number = parse_number(step.value)
    if node.number is not None:
        return node
    if not value:
        try:
            node.expression = work_out(Expression(read_tree(step.value, vocabulary.names, vocabulary.functions)))
        except ExpressionError:
            return None
        return node
    node.is_choice = len(value) == 1 and len(value[0].chains) > 1
    for claim in value:
        for chain in claim.chains:
            if len(chain.sides) != 2:
                return None
            node.equations.append((work_out(chain.sides[0]), work_out(chain.sides[1])))
    return node
