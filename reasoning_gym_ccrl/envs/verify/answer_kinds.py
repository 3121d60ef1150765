"""Answers of a given kind, which must also be in that kind's form: `metadata["answer_kind"]` names it.

| kind | what is CORRECT |
|---|---|
| number | as without a kind, and worked out to one number (`answers`) |
| expanded | equal to gold, as a sum of unlike monomials |
| factored | equal to gold, in at least as many factors; constants and signs may stand where they like |
| set | all values of gold and no other, in any order, each worked out |
| assignment | each name of gold with its value, in any order; or a point (4, 3), in the order of gold's names |
| expression | equal to gold, nothing left undone that gold has done, and not copied from what was given |
| antiderivative | equal to gold up to a constant, no integral left |
| truth | yes, no or unknown, also as true or false |
| text | the same words |

An answer that is equal and not in the form is INCORRECT: restating the question is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ...types import Verdict
from .algebra_reader import Node
from .answer_algebra import read_expression
from .answer_compare import Comparison
from .answer_forms import Assignment, Equation, Expression, Form, Group, Value, Words, names_in, stated
from .answer_numbers import Amount
from .answer_prose import Match
from .answer_reading import read_answer, read_form
from .answer_text import extract_answer, tidy
from .answer_trees import is_huge, nodes_of, quotient_of, rational_value, written
from .answer_values import Truth, all_of, from_verdict, same_quotient
from .answer_words import plain_words, truth_of
from .forms import form_of, is_expanded, monomial_of, polynomial_factors, terms_of
from .polynomials import Function, derivative
from .quotients import ZERO
from .tokens import ExpressionError

_CORRECT, _INCORRECT, _UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED
_UNDONE = frozenset({"slope", "integral", "apply"})
_NO_LETTERS = re.compile(r"[^\w'’-]+")
_CONSTANTS = frozenset({"C", "c", "K", "k"})

Kind = Callable[[str, str, Sequence[str]], Match]


def verdict_of(truth: Truth, text: str) -> Match:
    """The match that a comparison comes to."""
    if not text:
        return Match(_INCORRECT, "The answer is empty.")
    if truth is None:
        return Match(_UNCHECKED, "Whether the answer is equal to the right one could not be told.")
    if truth:
        return Match(_CORRECT, f"{text[:40]!r} is the answer.")
    return Match(_INCORRECT, f"The answer is not {text[:40]!r}.")


def is_worked_out(form: Form) -> bool:
    """Whether nothing is left to calculate in a number: "12", "7/2", "2 sqrt(3)", "9 pi"; not "3 * 4" or "14/4"."""
    form = stated(form)
    if isinstance(form, Amount):
        return form.worked_out
    if not isinstance(form, Expression) or not is_expanded(form.tree):
        return False
    nodes = list(nodes_of(form.tree))
    if any(node.kind == "number" and node.name for node in nodes):  # 5!
        return False
    return all(_is_simple_call(node) for node in nodes if node.kind == "call")


def _is_simple_call(tree: Node) -> bool:
    """Whether nothing comes out of a function: of sqrt(3), not of sqrt(12), sqrt(16) or sin(pi/6)."""
    exact = quotient_of(tree)
    polynomial = None if exact is None else exact.polynomial
    if polynomial is None or len(polynomial.terms) != 1:
        return False
    (monomial, coefficient), *_ = polynomial.terms.items()
    return coefficient == 1 and all(isinstance(generator, Function) for generator, _ in monomial)


def is_unsolved(form: Form) -> bool:
    """Whether a form is an equation, or several, that gives no name a value: what the question may have given."""
    forms = form.items if isinstance(form, Group) else (form,)
    return any(isinstance(part, Equation) and not part.name for part in forms)


def tree_of(form: Form) -> Node | None:
    """The tree of a number or formula, else None."""
    if isinstance(form, Expression):
        return form.tree
    return Node("number", value=form.value) if isinstance(form, Amount) else None


def _equal(gold: str, text: str) -> tuple[Truth, Form, Form]:
    wanted, found = _moderate(read_form(extract_answer(gold))), _moderate(read_answer(text))
    return Comparison().same(wanted, found), wanted, found


def _moderate(form: Form) -> Form:
    """What a form states, or words where that holds numbers too large to be written out."""
    form = stated(form)
    return Words("") if isinstance(form, Expression) and is_huge(form.tree) else form


# -- expressions -------------------------------------------------------------------------------------------------------


def match_expanded(gold: str, text: str, given: Sequence[str]) -> Match:
    """Equal to gold, and a sum of unlike monomials."""
    truth, _, found = _equal(gold, text)
    tree = tree_of(found)
    if truth and tree is not None and not is_expanded(tree):
        return Match(_INCORRECT, "The answer must be multiplied out and like terms put together.")
    return verdict_of(truth, text)


def match_factored(gold: str, text: str, given: Sequence[str]) -> Match:
    """Equal to gold, and in at least as many factors."""
    truth, wanted, found = _equal(gold, text)
    trees = tree_of(wanted), tree_of(found)
    if not truth or trees[0] is None or trees[1] is None:
        return verdict_of(truth, text)
    asked, reached = (_count_factors(tree) for tree in trees if tree is not None)
    if asked is None:
        return verdict_of(None, text)
    if reached is None or reached < asked:
        return Match(_INCORRECT, "The answer must be split into all of its factors.")
    return verdict_of(True, text)


def _count_factors(tree: Node) -> int | None:
    try:
        found = polynomial_factors(tree)
    except ExpressionError:
        return None
    return None if found is None else sum(power for _, power in found[1])


def match_expression(gold: str, text: str, given: Sequence[str]) -> Match:
    """Equal to gold, worked out as far as gold is, and not copied from what was given."""
    truth, wanted, found = _equal(gold, text)
    asked, tree = tree_of(wanted), tree_of(found)
    if tree is not None and asked is not None and truth is not False:
        own = form_of(tree)
        if own != form_of(asked) and any(own == form for form in _forms_of(given)):
            return Match(_INCORRECT, "The answer is what the question gives, with nothing done to it.")
        if truth and _has_open_sums(tree) and not _has_open_sums(asked):
            return Match(_INCORRECT, "The numbers in the answer must be worked out.")
    if _is_undone(text):
        return Match(_INCORRECT, "A derivative or an integral in the answer is not worked out.")
    return verdict_of(truth, text)


def match_antiderivative(gold: str, text: str, given: Sequence[str]) -> Match:
    """Equal to gold up to a constant."""
    if _is_undone(text):
        return Match(_INCORRECT, "An integral in the answer is not worked out.")
    wanted, found = _moderate(read_form(extract_answer(gold))), _moderate(read_answer(text))
    trees = tree_of(wanted), tree_of(found)
    if trees[0] is None or trees[1] is None:
        return verdict_of(None if isinstance(found, Words) else False, text)
    names = sorted(names_in(wanted) - _CONSTANTS) if isinstance(wanted, Expression) else []
    return verdict_of(_equal_up_to_constant(trees[0], trees[1], names[0] if names else "x"), text)


def _equal_up_to_constant(gold: Node, answer: Node, name: str) -> Truth:
    first, second = quotient_of(gold), quotient_of(answer)
    if first is not None and second is not None:
        try:
            truth = same_quotient(derivative(second - first, name), ZERO)
        except ExpressionError:
            truth = None
        if truth is not None:
            return truth
    from .symbolic import compare

    try:
        return from_verdict(compare(written(answer), written(gold), differentiate=(name, name)).verdict)
    except ExpressionError:
        return None


def _forms_of(given: Sequence[str]) -> Iterator[object]:
    for text in given:
        try:
            tree = read_expression(tidy(text)).tree
        except ExpressionError:
            continue
        if not is_huge(tree):
            yield form_of(tree)


def _is_undone(text: str) -> bool:
    """Whether a text holds a sign of differentiation or integration."""
    try:
        kinds = {node.kind for node in nodes_of(read_expression(tidy(text.rpartition("=")[2])).tree)}
    except ExpressionError:
        return False
    return not kinds.isdisjoint(_UNDONE)


def _has_open_sums(tree: Node) -> bool:
    """Whether a tree holds numbers that could be put together: 2 + 3, 2 * 3x, 2^3, 4/2."""
    for node in nodes_of(tree):
        is_number = [part.kind == "number" for part in node.parts]
        if node.kind == "sum" and sum(rational_value(term) is not None for term, _ in terms_of(node)) > 1:
            return True
        if (node.kind == "product" and sum(is_number) > 1) or (node.kind == "power" and all(is_number)):
            return True
        if node.kind == "quotient" and all(is_number) and monomial_of(node) is None:
            return True
    return False


# -- values ------------------------------------------------------------------------------------------------------------


def match_set(gold: str, text: str, given: Sequence[str]) -> Match:
    """All values of gold and no other, in any order."""
    form = read_answer(text)
    if is_unsolved(form):
        return Match(_INCORRECT, "The answer is an equation, and gives no value.")
    wanted, found = _items(read_form(extract_answer(gold))), _items(form)
    if wanted is None or found is None:
        return verdict_of(None, text)
    truth = Comparison().same_set(wanted, found)
    if truth and not all(map(is_worked_out, found)) and all(map(is_worked_out, wanted)):
        return Match(_INCORRECT, "Each value in the answer must be worked out.")
    return verdict_of(truth, text)


def _items(form: Form) -> list[Form] | None:
    form = stated(form)
    if isinstance(form, Group):
        return [stated(item) for item in form.items]
    return [form] if isinstance(form, Value) else None


def match_assignment(gold: str, text: str, given: Sequence[str]) -> Match:
    """Each name of gold with its value, in any order."""
    wanted, found = _values(read_form(extract_answer(gold))), read_answer(text)
    if not wanted:
        return verdict_of(None, text)
    if is_unsolved(found):
        return Match(_INCORRECT, "The answer is an equation, and gives no value.")
    if isinstance(found, Group) and len(found.items) == len(wanted) and found.kind in ("point", "list"):
        in_order = zip(wanted, found.items, strict=True)
        truth = all_of([Comparison().same(wanted[name], form) for name, form in in_order])
        if found.kind == "list":
            return verdict_of(None, text)  # 4, 3 with no names
        values = dict(zip(wanted, found.items, strict=True))
    else:
        values = _values(found)
        if not values:
            return verdict_of(False if isinstance(found, Value | Group) else None, text)
        if values.keys() != wanted.keys():
            return Match(_INCORRECT, "The answer gives values to other names than are asked for.")
        truth = all_of([Comparison().same(form, values[name]) for name, form in wanted.items()])
    if truth and not all(map(is_worked_out, values.values())) and all(map(is_worked_out, wanted.values())):
        return Match(_INCORRECT, "Each value in the answer must be worked out.")
    return verdict_of(truth, text)


def _values(form: Form) -> dict[str, Form]:
    if isinstance(form, Assignment):
        return dict(form.values)
    return {form.name: form.value} if isinstance(form, Equation) and form.name else {}


# -- words -------------------------------------------------------------------------------------------------------------


def match_truth(gold: str, text: str, given: Sequence[str]) -> Match:
    """Yes, no or unknown, as gold."""
    wanted, said = truth_of(extract_answer(gold)), truth_of(text)
    return verdict_of(wanted == said if wanted and said else None, text)


def match_text(gold: str, text: str, given: Sequence[str]) -> Match:
    """The words of gold."""
    wanted, said = plain_words(extract_answer(gold)), plain_words(text)
    if wanted == said:
        return verdict_of(True, text)
    is_within = wanted and f" {wanted} " in f" {_NO_LETTERS.sub(' ', said)} "
    return verdict_of(None if is_within else False, text)


KINDS: dict[str, Kind] = {
    "expanded": match_expanded,
    "factored": match_factored,
    "set": match_set,
    "assignment": match_assignment,
    "expression": match_expression,
    "antiderivative": match_antiderivative,
    "truth": match_truth,
    "text": match_text,
}
"""Kind -> what judges it, given gold, the extracted answer, and the expressions that the question gives."""
