"""Which quantity a number of a calculation is: a result so far, a given of the question, or a constant of the world.

Of quantities with equal values the one whose words fit the line's; where two fit alike, there is no plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from ...envs.problems.data_equations import Node
from ...types import Problem
from .calculation_trees import constant_name
from .name_checks import says_something
from .number_mentions import Mention
from .phrase_words import DETERMINERS, NOUN_ENDS, singular, words_of
from .quantity_names import name_of_mention
from .solution_prose import Calculation

MARGIN = 0.3
"""How much better the words must fit one of two quantities of equal value."""
PARTS = ("number of equal parts", "number of parts", "number of shares")
_SQUARES = frozenset({"square", "squared", "area", "cube", "side", "volume"})


class NoPlan(ValueError):
    """The solution gives no plan; the message is the reason, in a word or two."""


@dataclass(slots=True)
class Quantity:
    """A given of the question, or a result: its value, its name once it has one, and what is known of its use."""

    value: Fraction
    name: str
    words: frozenset[str]
    mention: Mention | None = None
    is_result: bool = False
    uses: int = 0
    noun: frozenset[str] = frozenset()
    phrase: str = ""


@dataclass(slots=True)
class Reader:
    """A problem while its solution is read, line by line, and what is known by then.

    Attributes:
        problem, question, prose, calculations: what is read.
        in_question, in_prose: the numbers of the texts.
        givens, results: the quantities so far.
        taken: names in use -> what they name.
        values: names of the plan -> what they come to.
    """

    problem: Problem
    question: str
    prose: str
    calculations: list[Calculation]
    in_question: list[Mention] = field(default_factory=list)
    in_prose: list[Mention] = field(default_factory=list)
    givens: list[Quantity] = field(default_factory=list)
    results: list[Quantity] = field(default_factory=list)
    taken: dict[str, Quantity] = field(default_factory=dict)
    values: dict[str, Fraction] = field(default_factory=dict)


@dataclass(slots=True)
class Search:
    """What helps to tell which quantity a number is.

    Attributes:
        reader: what is known so far.
        context: the words of its line.
        units: those after each number of the calculation, in order.
        used: the quantities that the calculation has used so far.
        others: the words of what the other numbers may be, by which hours become minutes and not seconds.
    """

    reader: Reader
    context: frozenset[str]
    units: Iterator[frozenset[str]]
    used: list[Quantity]
    others: frozenset[str]


def named(node: Node, search: Search, parent: Node | None = None) -> Node:
    """The calculation with a name in place of each number; notes in the search what was used.

    Raises:
        NoPlan: a number that gets no name, or may be either of two.
    """
    if node.operator:
        return Node(node.value, node.operator, tuple(named(part, search, node) for part in node.operands))
    quantity = _quantity_for(node, search, parent)
    search.used.append(quantity)
    record(search.reader, quantity.name, node.value)
    return Node(node.value, name=quantity.name)


def record(reader: Reader, name: str, value: Fraction) -> None:
    """One name, one value, as long as the plan is: 20% may be 20 or 1/5, but not now this and now that."""
    if reader.values.setdefault(name, value) != value:
        raise NoPlan("a name with two values")


def _quantity_for(node: Node, search: Search, parent: Node | None) -> Quantity:
    """The quantity that a number of a calculation is: a result so far, a given, or a constant of the world."""
    reader, unit = search.reader, next(search.units)
    if (
        node.value == 1
        and constant_name(node.value, search.context, search.others, parent, has_percent=False) == "whole"
    ):
        return reader.taken.setdefault("whole", Quantity(node.value, "whole", frozenset()))
    known = [q for q in reader.results if q.value == node.value]
    known += [given for given in reader.givens if _matches(given, node.value, parent)]
    if not search.context & _SQUARES:
        known = [q for q in known if all(q is not other for other in search.used)]
    if parent is not None and parent.operator == "*":
        known = [q for q in known if not _is_elsewhere(q, search.context)]
    fits = {id(q): _fit(q, search, unit, parent) for q in known}
    known.sort(key=lambda q: fits[id(q)], reverse=True)
    if len(known) > 1 and fits[id(known[0])] - fits[id(known[1])] < MARGIN:
        raise NoPlan("a number that may be either of two")
    for quantity in known[:1]:  # without a name for the best there is none: another of equal value is another quantity
        if not quantity.is_result:
            if (parts := _parts_names(quantity, node)) != ():
                quantity.name = _free_name(reader, quantity, iter(parts))
            else:
                quantity.name = _free_name(reader, quantity, chain((quantity.name,), _spoken_names(reader, quantity)))
        if quantity.name:
            return quantity
    has_percent = any(given.mention and given.mention.kind == "percent" for given in reader.givens)
    constant = constant_name(node.value, search.context, search.others, parent, has_percent=has_percent)
    if not constant:
        raise NoPlan("a number without a name")
    return reader.taken.setdefault(key_of(constant), Quantity(node.value, constant, frozenset()))


def _is_elsewhere(quantity: Quantity, context: frozenset[str]) -> bool:
    """Whether a given had its place in an earlier line, and this line says nothing of what it counts."""
    counted = words_of(quantity.phrase.partition(" of ")[0])
    return bool(counted and quantity.uses) and singular(counted[-1].lower()) not in context


def _parts_names(quantity: Quantity, node: Node) -> tuple[str, ...]:
    """A half that divides by two is said as what it is, parts that are equal; () for all else."""
    mention = quantity.mention
    if mention is None or mention.kind != "fraction" or node.value == quantity.value:
        return ()
    return quantity.name if quantity.name in PARTS else "", *PARTS


def _matches(given: Quantity, value: Fraction, parent: Node | None) -> bool:
    """Whether a number of a calculation may be this given: 20% is said as 0.2 and as 20, a third as 1/3 and as 3."""
    kind = given.mention.kind if given.mention else "count"
    is_sum = parent is not None and parent.operator in "+-"
    if kind == "percent":
        other = next((p for p in parent.operands if p.value != value), None) if parent else None
        of_whole = other is None or other.operator or other.value in (1, 100)
        return value in (given.value, given.value * 100) and (not is_sum or bool(of_whole))
    if kind == "times":
        return value == given.value and not is_sum
    if kind == "fraction":
        if is_sum:
            return value == given.value and value < 1
        return value == given.value or (given.value.numerator == 1 and value == 1 / given.value)
    return value == given.value


def _fit(quantity: Quantity, search: Search, unit: frozenset[str], parent: Node | None) -> float:
    """How well a quantity goes with the words around a number; what is added or taken away counts the same things."""
    name = content_of(words_of(quantity.name))
    named = quantity.words | name
    fit = max(len(words & search.context) / (len(words) or 1) for words in (quantity.words, name))
    if unit:
        fit += 1.5 * len(unit & named) / len(unit) if unit & named else -0.8
    if parent is not None and parent.operator in "+-":
        fit += 0.5 if quantity.noun & search.context else -0.3
    if quantity.mention is not None and quantity.mention.kind == "fraction" and quantity.value < 1:
        fit -= 0.5 if parent is not None and parent.operator == "*" else 0.0
    if quantity.mention is not None and quantity.mention.kind == "times":
        fit += 0.6  # what is multiplied by three is more often "three times as old" than "three years"
    if quantity.is_result:
        fit += 0.6 + search.reader.results.index(quantity) / 100
    return fit + (1.0 if not quantity.uses else 0.0)


def _spoken_names(reader: Reader, quantity: Quantity) -> Iterator[str]:
    """Names of a given by the solution's own sentences, where they say its number again."""
    for mention in reader.in_prose:
        if mention.value == quantity.value:
            yield name_of_mention(reader.prose, mention, reader.in_prose)


def _free_name(reader: Reader, quantity: Quantity, names: Iterator[str]) -> str:
    for name in names:
        if says_something(name) and reader.taken.get(key_of(name), quantity) is quantity:
            reader.taken[key_of(name)] = quantity
            return name
    return ""


def key_of(name: str) -> str:
    """What two names have in common that differ in capitals and spaces alone."""
    return " ".join(name.lower().split())


def content_of(words: Sequence[str]) -> frozenset[str]:
    """The words that say something, in the singular, without a possessive's ending."""
    plain = (word.lower().replace("’", "'").removesuffix("'s").removesuffix("s'") for word in words)
    return frozenset(singular(word) for word in plain if word not in NOUN_ENDS | DETERMINERS)
