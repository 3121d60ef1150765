"""Meta-thoughts from annotated solutions: GSM8K's `<<48/2=24>>` with names of quantities for its numbers.

Every result and every given gets a name from the solution's or the question's own words; a step is then written as its
name, "=", and its calculation over names. What gets no name, or only one that another quantity has, makes no plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...envs.problems.data_equations import Node, NoEquation, written
from ...envs.verify.expression import parse_number
from ...types import Problem
from .asked_names import announced, asked_for, is_announced
from .calculation_trees import leaves_of, with_parts
from .name_checks import says_something
from .number_mentions import Mention, mentions_in
from .phrase_words import ABSTRACT, DETERMINERS, NOUN_ENDS, singular, words_of
from .phrases import surroundings
from .quantity_names import name_of_mention
from .quantity_search import NoPlan, Quantity, Reader, Search, content_of, key_of, named, record
from .solution_prose import Calculation, read_prose, units_of

__all__ = ["AnnotatedPlan", "NoPlan", "plan_from_annotations", "read_annotations"]

_LEFT_OVER = re.compile(r"\b(?:left|remain\w*|rest|still)\b")
_MONEY = frozenset({"dollars", "cents", "price", "cost", "money"})


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
    reader = Reader(problem, problem.question, prose, calculations)
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


def _read_givens(reader: Reader) -> None:
    """The numbers of the question, then those that the solution's prose adds and no calculation has produced."""
    noun = ""
    for mention in reader.in_question:
        around = surroundings(reader.question, mention, reader.in_question)
        name = name_of_mention(reader.question, mention, reader.in_question, noun)
        noun = _noun_of(reader.question, mention) or noun
        words = content_of([*around.before, *around.near, *around.after])
        phrase = _noun_of(reader.question, mention) if mention.kind == "count" else ""
        counted = content_of(words_of(phrase or noun))
        reader.givens.append(Quantity(mention.value, name, words, mention, noun=counted, phrase=phrase))
    asked = {given.value for given in reader.givens} | {calculation.value for calculation in reader.calculations}
    for mention in reader.in_prose:
        if mention.value not in asked and all(c.start != mention.start for c in reader.calculations):
            asked.add(mention.value)
            around = surroundings(reader.prose, mention, reader.in_prose)
            name = name_of_mention(reader.prose, mention, reader.in_prose)
            words = content_of([*around.before, *around.near, *around.after])
            counted = content_of(words_of(_noun_of(reader.prose, mention)))
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


# -- steps -------------------------------------------------------------------------------------------------------


def _line(reader: Reader, index: int) -> str:
    calculation = reader.calculations[index]
    start = reader.prose.rfind("\n", 0, calculation.start) + 1
    end = reader.prose.find("\n", calculation.end)
    sentence = reader.prose[start : end if end >= 0 else len(reader.prose)]
    if not calculation.tree.operator:
        if calculation.value in [q.value for q in (*reader.results, *reader.givens)]:
            return ""  # says a known number again
        raise NoPlan("a value that nothing is said to give")
    context = content_of(words_of(f"{sentence} {calculation.source}"))
    used: list[Quantity] = []
    parts = frozenset(g.value for g in reader.givens if g.mention and g.mention.kind in ("percent", "fraction"))
    whole = with_parts(calculation.tree, parts)
    leaves = list(leaves_of(whole))
    units = [content_of(words) for words in units_of(calculation.source, leaves)]
    tree = named(whole, Search(reader, context, iter(units), used, _nouns(reader, leaves)))
    for quantity in used:
        quantity.uses += 1
    quantity = Quantity(calculation.value, "", frozenset(), is_result=True)
    quantity.name = _result_name(reader, index, used)
    if _is_plain_sum(whole) and len({_is_money(q) for q in used} - {None}) > 1:
        raise NoPlan("a number that may be either of two")  # dollars less tickets: one of them is something else
    if calculation.tree.operator == "/" and _counts_the_same([*used, quantity]):
        raise NoPlan("a result without a name")  # inches by inches are no inches
    quantity.words = content_of(words_of(quantity.name))
    quantity.noun = content_of(words_of(quantity.name)[:2])
    reader.taken[key_of(quantity.name)] = quantity
    record(reader, quantity.name, calculation.value)
    reader.results.append(quantity)
    return f"{quantity.name} = {written(tree, by_name=True)}"


def _counts_the_same(quantities: Sequence[Quantity]) -> bool:
    """Whether three quantities, two operands and their result, begin with the same word, as "km …" do."""
    heads = [singular(words_of(quantity.name)[0].lower()) for quantity in quantities]
    return len(heads) == 3 and len(set(heads)) == 1 and heads[0] not in ABSTRACT


def _is_money(quantity: Quantity) -> bool | None:
    """Whether a quantity is an amount of money; None where that cannot be told."""
    if quantity.mention is not None and quantity.mention.kind == "money":
        return True
    words = [word.lower() for word in words_of(quantity.name)]
    if words[0] in _MONEY:
        return True
    counts = quantity.is_result or (quantity.mention is not None and quantity.mention.kind == "count")
    is_thing = words[0].endswith("s") and "'" not in words[0] and not set(words) & ABSTRACT
    return False if counts and is_thing and words[0] not in DETERMINERS else None


def _is_plain_sum(node: Node) -> bool:
    """Whether numbers are added and taken away, and nothing else."""
    return not node.operator or (node.operator in "+-" and all(map(_is_plain_sum, node.operands)))


def _nouns(reader: Reader, values: Sequence[Fraction]) -> frozenset[str]:
    """What the quantities count that the numbers of a calculation may be."""
    known = [quantity for quantity in (*reader.results, *reader.givens) if quantity.value in values]
    return frozenset(word for quantity in known for word in quantity.noun)


# -- names of results --------------------------------------------------------------------------------------------


def _result_name(reader: Reader, index: int, used: Sequence[Quantity]) -> str:
    calculation = reader.calculations[index]
    names = [name for name in _result_names(reader, calculation, used) if says_something(name)]
    for name in names:
        if key_of(name) not in reader.taken:
            return name
    for name in names:
        for qualified in _qualified(name, calculation, used, reader):
            if key_of(qualified) not in reader.taken:
                return qualified
    raise NoPlan("a result without a name")


def _qualified(name: str, calculation: Calculation, used: Sequence[Quantity], reader: Reader) -> Iterator[str]:
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


def _result_names(reader: Reader, calculation: Calculation, used: Sequence[Quantity]) -> Iterator[str]:
    """By the sentence of the calculation, then by any other that says its result again."""
    own = [m for m in reader.in_prose if m.start >= calculation.start - 1 and m.end <= calculation.end + 9]
    own = [m for m in own if m.start <= calculation.end and m.value in (calculation.value, calculation.value / 100)][:1]
    others = [m for m in reader.in_prose if m not in own and m.value == calculation.value]
    line_start = reader.prose.rfind("\n", 0, calculation.start) + 1
    results = {c.start for c in reader.calculations if c is not calculation}
    others = [m for m in others if m.start >= line_start and m.start not in results]
    if any(known.value == calculation.value for known in (*reader.givens, *reader.results)):
        others = [m for m in others if m.start > calculation.start]  # before it, that number is the other quantity
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
