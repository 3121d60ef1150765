"""Meta-thoughts from annotated solutions: GSM8K's `<<48/2=24>>` with names of quantities for its numbers.

Every result and every given gets a name from the solution's or the question's own words; a step is then written as its
name, "=", and its calculation over names. What gets no name, or only one that another quantity has, makes no plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from ...envs.problems.data_equations import Node, NoEquation, written
from ...envs.verify.expression import parse_number
from ...types import Problem
from .asked_names import announced, asked_for, is_announced
from .calculation_trees import constant_name, leaves_of, with_parts
from .number_mentions import Mention, mentions_in
from .phrase_words import DETERMINERS, NOUN_ENDS, singular, words_of
from .phrases import surroundings
from .quantity_names import name_of_mention
from .solution_prose import Calculation, read_prose, units_of

MARGIN = 0.1
"""How much better the words must fit one of two quantities of equal value."""

_LEFT_OVER = re.compile(r"\b(?:left|remain\w*|rest|still)\b")
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
class _Reader:
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


@dataclass(frozen=True, slots=True)
class AnnotatedPlan:
    """A plan line by line, and the value of each name in it, which the plan does not tell."""

    lines: tuple[str, ...]
    values: Mapping[str, Fraction]


def plan_from_annotations(problem: Problem) -> str:
    """The plan of a problem whose solution is annotated: "clips in May = clips in April / number of equal parts; ...".

    Raises:
        NoPlan: as `read_annotations` does.
    """
    return "; ".join(read_annotations(problem).lines)


def read_annotations(problem: Problem) -> AnnotatedPlan:
    """The plan of a problem whose solution is annotated, with what its names stand for.

    Raises:
        NoPlan: the solution has no calculations, or one of its numbers gets no name of its own.
    """
    text = problem.metadata.get("solution_text")
    if not isinstance(text, str):
        raise NoPlan("no solution text")
    try:
        prose, calculations = read_prose(text)
    except NoEquation:
        raise NoPlan("an annotation that is no arithmetic") from None
    if not calculations:
        raise NoPlan("no calculation")
    reader = _Reader(problem, problem.question, prose, calculations)
    reader.in_question = mentions_in(reader.question)
    reader.in_prose = mentions_in(prose)
    _read_givens(reader)
    lines = [line for index in range(len(calculations)) if (line := _line(reader, index))]
    if not lines:
        raise NoPlan("no calculation")
    answer = parse_number(problem.answer) if problem.answer else None
    if answer is not None and reader.results[-1].value != answer:
        raise NoPlan("calculations that stop before the answer")
    return AnnotatedPlan(tuple(lines), reader.values)


# -- givens ------------------------------------------------------------------------------------------------------


def _read_givens(reader: _Reader) -> None:
    """The numbers of the question, then those that the solution's prose adds and no calculation has produced."""
    noun = ""
    for mention in reader.in_question:
        around = surroundings(reader.question, mention, reader.in_question)
        name = name_of_mention(reader.question, mention, reader.in_question, noun)
        noun = _noun_of(reader.question, mention) or noun
        words = _content([*around.before, *around.near, *around.after])
        phrase = _noun_of(reader.question, mention) if mention.kind == "count" else ""
        counted = _content(words_of(phrase or noun))
        reader.givens.append(Quantity(mention.value, name, words, mention, noun=counted, phrase=phrase))
    asked = {given.value for given in reader.givens} | {calculation.value for calculation in reader.calculations}
    for mention in reader.in_prose:
        if mention.value not in asked and all(c.start != mention.start for c in reader.calculations):
            asked.add(mention.value)
            around = surroundings(reader.prose, mention, reader.in_prose)
            name = name_of_mention(reader.prose, mention, reader.in_prose)
            words = _content([*around.before, *around.near, *around.after])
            counted = _content(words_of(_noun_of(reader.prose, mention)))
            reader.givens.append(Quantity(mention.value, name, words, mention, noun=counted))


def _noun_of(text: str, mention: Mention) -> str:
    if mention.kind != "count":
        return "dollars" if mention.kind == "money" else ""
    words: list[str] = []
    for word in words_of(text[mention.end : mention.end + 60].split("\n")[0].split(",")[0].split(".")[0]):
        if word.lower() in NOUN_ENDS or len(words) == 4:
            break
        words.append(word)
    while words and words[-1].lower() in DETERMINERS | {"of"}:
        words.pop()
    return " ".join(words)


def _content(words: Sequence[str]) -> frozenset[str]:
    plain = (word.lower().replace("’", "'").removesuffix("'s").removesuffix("s'") for word in words)
    return frozenset(singular(word) for word in plain if word not in NOUN_ENDS | DETERMINERS)


# -- steps -------------------------------------------------------------------------------------------------------


def _line(reader: _Reader, index: int) -> str:
    calculation = reader.calculations[index]
    start = reader.prose.rfind("\n", 0, calculation.start) + 1
    end = reader.prose.find("\n", calculation.end)
    sentence = reader.prose[start : end if end >= 0 else len(reader.prose)]
    if not calculation.tree.operator:
        if calculation.value in [q.value for q in (*reader.results, *reader.givens)]:
            return ""  # says a known number again
        raise NoPlan("a value that nothing is said to give")
    context = _content(words_of(f"{sentence} {calculation.source}"))
    used: list[Quantity] = []
    parts = frozenset(g.value for g in reader.givens if g.mention and g.mention.kind in ("percent", "fraction"))
    whole = with_parts(calculation.tree, parts)
    leaves = list(leaves_of(whole))
    units = [_content(words) for words in units_of(calculation.source, leaves)]
    tree = _named(whole, _Search(reader, context, iter(units), used, _nouns(reader, leaves)))
    for quantity in used:
        quantity.uses += 1
    quantity = Quantity(calculation.value, "", frozenset(), is_result=True)
    quantity.name = _result_name(reader, index, used)
    quantity.words = _content(words_of(quantity.name))
    quantity.noun = _content(words_of(quantity.name)[:2])
    reader.taken[_key(quantity.name)] = quantity
    _record(reader, quantity.name, calculation.value)
    reader.results.append(quantity)
    return f"{quantity.name} = {written(tree, by_name=True)}"


def _nouns(reader: _Reader, values: Sequence[Fraction]) -> frozenset[str]:
    """What the quantities count that the numbers of a calculation may be."""
    known = [quantity for quantity in (*reader.results, *reader.givens) if quantity.value in values]
    return frozenset(word for quantity in known for word in quantity.noun)


@dataclass(slots=True)
class _Search:
    """What helps to tell which quantity a number is.

    Attributes:
        reader: what is known so far.
        context: the words of its line.
        units: those after each number of the calculation, in order.
        used: the quantities that the calculation has used so far.
        others: the words of what the other numbers may be, by which hours become minutes and not seconds.
    """

    reader: _Reader
    context: frozenset[str]
    units: Iterator[frozenset[str]]
    used: list[Quantity]
    others: frozenset[str]


def _named(node: Node, search: _Search, parent: Node | None = None) -> Node:
    if node.operator:
        return Node(node.value, node.operator, tuple(_named(part, search, node) for part in node.operands))
    quantity = _quantity_for(node, search, parent)
    search.used.append(quantity)
    _record(search.reader, quantity.name, node.value)
    return Node(node.value, name=quantity.name)


def _record(reader: _Reader, name: str, value: Fraction) -> None:
    """One name, one value, as long as the plan is: 20% may be 20 or 1/5, but not now this and now that."""
    if reader.values.setdefault(name, value) != value:
        raise NoPlan("a name with two values")


def _quantity_for(node: Node, search: _Search, parent: Node | None) -> Quantity:
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
    fits = {id(q): _fit(q, search, unit, parent) for q in known}
    known.sort(key=lambda q: fits[id(q)], reverse=True)
    if len(known) > 1 and fits[id(known[0])] - fits[id(known[1])] < MARGIN:
        raise NoPlan("a number that may be either of two")
    for quantity in known:
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
    return reader.taken.setdefault(_key(constant), Quantity(node.value, constant, frozenset()))


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


def _fit(quantity: Quantity, search: _Search, unit: frozenset[str], parent: Node | None) -> float:
    """How well a quantity goes with the words around a number; what is added or taken away counts the same things."""
    name = _content(words_of(quantity.name))
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


def _spoken_names(reader: _Reader, quantity: Quantity) -> Iterator[str]:
    """Names of a given by the solution's own sentences, where they say its number again."""
    for mention in reader.in_prose:
        if mention.value == quantity.value:
            yield name_of_mention(reader.prose, mention, reader.in_prose)


def _free_name(reader: _Reader, quantity: Quantity, names: Iterator[str]) -> str:
    for name in names:
        if name and reader.taken.get(_key(name), quantity) is quantity:
            reader.taken[_key(name)] = quantity
            return name
    return ""


def _key(name: str) -> str:
    return " ".join(name.lower().split())


# -- names of results --------------------------------------------------------------------------------------------


def _result_name(reader: _Reader, index: int, used: Sequence[Quantity]) -> str:
    calculation = reader.calculations[index]
    names = list(_result_names(reader, calculation, used))
    for name in names:
        if name and _key(name) not in reader.taken:
            return name
    for name in names:
        for qualified in _qualified(name, calculation, used, reader):
            if _key(qualified) not in reader.taken:
                return qualified
    raise NoPlan("a result without a name")


def _qualified(name: str, calculation: Calculation, used: Sequence[Quantity], reader: _Reader) -> Iterator[str]:
    """A name that is taken, told apart by what the result is of or for."""
    start = reader.prose.rfind("\n", 0, calculation.start) + 1
    sentence = reader.prose[start : calculation.end + 60].split("\n")[0].lower()
    operator = calculation.tree.operator
    if not name or name.startswith(("total", "remaining")):
        return
    if operator == "+":
        yield f"total {name}"
    elif operator == "-" and _LEFT_OVER.search(sentence):
        yield f"remaining {name}"
    if name.startswith(("dollars", "price", "cost")) and " for " not in name:
        for quantity in used:
            if quantity.phrase and quantity.phrase not in name and operator == "*":
                yield f"{name} for the {quantity.phrase}"


def _result_names(reader: _Reader, calculation: Calculation, used: Sequence[Quantity]) -> Iterator[str]:
    """By the sentence of the calculation, then by any other that says its result again."""
    own = [m for m in reader.in_prose if m.start >= calculation.start - 1 and m.end <= calculation.end + 9]
    own = [m for m in own if m.start <= calculation.end and m.value in (calculation.value, calculation.value / 100)][:1]
    others = [m for m in reader.in_prose if m not in own and m.value == calculation.value]
    line_start = reader.prose.rfind("\n", 0, calculation.start) + 1
    results = {c.start for c in reader.calculations if c is not calculation}
    others = [m for m in others if m.start >= line_start and m.start not in results]
    for mention in own:
        if is_announced(reader.prose, mention):
            yield announced(reader.prose, mention)
        yield name_of_mention(reader.prose, mention, reader.in_prose)
    for mention in others:
        yield name_of_mention(reader.prose, mention, reader.in_prose)
    for mention in own:
        yield announced(reader.prose, mention)
    for mention in own:
        yield name_of_mention(reader.prose, mention, reader.in_prose, _shared_noun(used))
    if calculation is reader.calculations[-1]:
        yield asked_for(reader.question)


def _shared_noun(used: Sequence[Quantity]) -> str:
    """What the operands count, for a result that is said without it: "60 were sold"."""
    for quantity in used:
        words = words_of(quantity.name)
        size = next((i for i, word in enumerate(words) if word.lower() in NOUN_ENDS or word[0].isupper()), len(words))
        if 0 < size < 5:
            return " ".join(words[:size])
    return ""
