"""What an algebra problem gives, read once: its names, equations, expressions, functions, solution, and gold path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ...types import GoldStep, Problem
from .algebra_gold import GoldPath, Pair, Side, read_gold
from .algebra_reader import read_tree
from .algebra_tokens import cut, plain_text
from .calculus import antiderivative, substitute
from .elementary import FUNCTIONS
from .forms import form_of, terms_of
from .knowledge import Knowledge
from .nodes import Node, has_calculus, numbers_of
from .polynomials import Budget, Definition, evaluate_tree
from .quotients import ZERO, Function, Quotient
from .statements import Expression, Vocabulary, read_claims
from .tokens import ExpressionError, Number

FREE = "C"
"""The constant of integration, unless a problem uses the letter."""

Texts = tuple[str, ...]
Items = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Setting:
    """A problem as the judge needs it; shared by all judges of the problem, so none of it is changed.

    Attributes:
        vocabulary: names and functions.
        variable: what functions are of, and what is derived by where no name is said.
        has_free: whether C is the constant of integration.
        definitions: the given functions and their antiderivatives.
        knowledge: what is known of the unknowns.
        expressions: the values of what is given.
        numbers: the numbers in what is given.
        gold: the gold path.
    """

    vocabulary: Vocabulary
    variable: str
    has_free: bool = True
    definitions: dict[str, Definition] = field(default_factory=dict)
    knowledge: Knowledge = field(default_factory=lambda: Knowledge((), {}))
    expressions: set[Quotient] = field(default_factory=set)
    numbers: set[Number] = field(default_factory=set)
    gold: GoldPath = field(default_factory=lambda: GoldPath([]))

    def side(self, expression: Expression, evaluate: Callable[[Node], Quotient] | None = None) -> Side:
        """The value and form of one side of an equation, the constant of integration taken for 0.

        Args:
            expression: the side.
            evaluate: what works trees out; `value` where it is None.
        """
        try:
            value: Quotient | None = self.without_constant((evaluate or self.value)(expression.tree))
        except ExpressionError:
            value = None
        tree = _without_constant(expression.tree) if self.has_free else expression.tree
        return Side(value, form_of(tree), has_calculus(tree))

    def without_constant(self, value: Quotient) -> Quotient:
        """The value with 0 for the constant of integration."""
        return substitute(value, {FREE: ZERO}) if self.has_free else value

    def value(
        self, tree: Node, definitions: Mapping[str, Definition] | None = None, budget: Budget | None = None
    ) -> Quotient:
        """The exact value of a tree.

        Raises:
            ExpressionError: it has none.
        """
        return evaluate_tree(tree, self.definitions if definitions is None else definitions, self.variable, budget)


def setting_of(problem: Problem) -> Setting:
    """What a problem gives, from its metadata; what cannot be read there is left out."""
    metadata = problem.metadata
    return _read_setting(
        _texts(metadata.get("unknowns")),
        _texts(metadata.get("equations")),
        _texts(metadata.get("expressions")),
        _items(metadata.get("functions")),
        _items(metadata.get("assignment")),
        problem.solution,
    )


def _texts(value: Any) -> Texts:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()


def _items(value: Any) -> Items:
    return tuple((str(key), str(item)) for key, item in value.items()) if isinstance(value, Mapping) else ()


@lru_cache(maxsize=1_024)
def _read_setting(
    unknowns: Texts,
    equations: Texts,
    expressions: Texts,
    functions: Items,
    assignment: Items,
    solution: tuple[GoldStep, ...],
) -> Setting:
    bodies = {name.partition("(")[0].strip(): body for name, body in functions}
    names = set(unknowns) | _letters((*equations, *expressions, *bodies.values()))
    names -= bodies.keys()
    variable = unknowns[0] if unknowns else min(_letters(tuple(bodies.values())) or names or {"x"})
    if not bodies and len(expressions) == 1 and "f" not in names:
        bodies = {"f": expressions[0]}
    called = set(bodies) | {name.upper() for name in bodies if name.upper() not in names}
    has_free = FREE not in names | called
    setting = Setting(Vocabulary(frozenset(names | {FREE}), frozenset(called)), variable, has_free)
    _define(setting, bodies)
    values = dict(_evaluated(setting, assignment))
    given = list(_given_equations(setting, equations))
    known = [left.value - right.value for left, right in given if left.value is not None and right.value is not None]
    if not known:  # where no equation is to be solved, the values are given
        known = [Quotient.variable(name) - value for name, value in values.items()]
    setting.knowledge = Knowledge(known, values)
    for text in (*expressions, *bodies.values()):
        tree = _tree(setting, text)
        if tree is not None:
            _enter(setting, tree)
    setting.gold = read_gold(solution, setting.vocabulary, setting.side, given)
    return setting


def _letters(texts: Iterable[str]) -> set[str]:
    """The single letters that a problem's texts use as names."""
    found: set[str] = set()
    for text in texts:
        try:
            runs = [piece.text for piece in cut(plain_text(text)) if piece.kind == "run"]
        except ExpressionError:
            continue
        for run in runs:
            if run not in FUNCTIONS and run not in ("e", "pi") and len(run) <= 2:
                found |= set(run)
    return found


def _tree(setting: Setting, text: str) -> Node | None:
    """The tree of a text of the problem, or None: what nobody can read, no step can rest on."""
    try:
        return read_tree(text, setting.vocabulary.names)
    except ExpressionError:
        return None


def _define(setting: Setting, bodies: Mapping[str, str]) -> None:
    """Enters the given functions, and for each its antiderivative under the capital letter."""
    for name, text in bodies.items():
        tree = _tree(setting, text)
        try:
            body = evaluate_tree(tree) if tree is not None else None
        except ExpressionError:
            body = None
        if body is None:
            continue
        setting.definitions[name] = Definition(setting.variable, body)
        partner = name.upper()
        if partner != name and partner in setting.vocabulary.functions and partner not in bodies:
            try:
                found = antiderivative(body, setting.variable)
            except ExpressionError:
                found = None
            whole = (
                found if found is not None else Quotient.variable(Function("integral", body, variable=setting.variable))
            )
            setting.definitions[partner] = Definition(setting.variable, whole + Quotient.variable(FREE), True)


def _evaluated(setting: Setting, assignment: Items) -> Iterable[tuple[str, Quotient]]:
    for name, text in assignment:
        tree = _tree(setting, text)
        try:
            if tree is not None:
                yield name, evaluate_tree(tree)
        except ExpressionError:
            continue


def _given_equations(setting: Setting, equations: Texts) -> Iterable[Pair]:
    for text in equations:
        try:
            claims = read_claims(text, setting.vocabulary).claims
        except ExpressionError:
            continue
        for claim in claims:
            chain = claim.chains[0]
            for side in chain.sides:
                _enter(setting, side.tree)
            yield from pairwise([setting.side(side) for side in chain.sides])


def _enter(setting: Setting, tree: Node) -> None:
    """Takes an expression, its numbers, and each of its terms, for given."""
    setting.numbers.update(numbers_of(tree))
    try:
        setting.expressions.update(setting.value(part) for part in (tree, *(term for term, _ in terms_of(tree))))
    except ExpressionError:
        return


# -- the constant of integration -----------------------------------------------------------------------------------


def _without_constant(tree: Node) -> Node:
    """A sum without the constant of integration among its terms."""
    if tree.kind != "sum":
        return tree
    parts = tuple(part for part in tree.parts if part != Node("name", name=FREE))
    if len(parts) == len(tree.parts) or not parts:
        return tree
    return parts[0] if len(parts) == 1 else replace(tree, parts=parts)
