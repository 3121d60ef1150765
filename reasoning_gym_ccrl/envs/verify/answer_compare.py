"""Do two forms of answers state the same? True and False are proven; None is "could not be told"."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .answer_curves import same_curve
from .answer_forms import (
    Assignment,
    Clock,
    Equation,
    Form,
    Group,
    Interval,
    Labelled,
    Matrix,
    Ratio,
    Span,
    Value,
    as_span,
)
from .answer_numbers import Amount
from .answer_trees import quotient_of
from .answer_values import Truth, ValueComparison, all_of, same_quotient, trees_of
from .identity import approximate
from .polynomials import Quotient
from .tokens import ExpressionError

_HALF_DAY = 12 * 60


class Comparison:
    """Compares forms. `may_ask`: as in `ValueComparison`."""

    def __init__(self, may_ask: int = 1):
        self.values = ValueComparison(may_ask)

    def same(self, gold: Form, answer: Form) -> Truth:
        """Whether an answer states what gold states."""
        if isinstance(gold, Labelled):
            return self.same(gold.value, answer)
        if isinstance(answer, Labelled):
            return self.same(gold, answer.value) if answer.holds else False
        if isinstance(gold, Value) and isinstance(answer, Value):
            return self.values.same(gold, answer)
        if isinstance(gold, Equation) or isinstance(answer, Equation):
            return self._equations(gold, answer)
        if isinstance(gold, Assignment) or isinstance(answer, Assignment):
            return self._assignments(gold, answer)
        if isinstance(gold, Span) or isinstance(answer, Span):
            return self._spans(gold, answer)
        if isinstance(gold, Group) and isinstance(answer, Group):
            return self._groups(gold, answer)
        if isinstance(gold, Group):
            return self._group_and(gold, answer)
        if isinstance(answer, Group):
            return self._one_of(gold, answer)
        return self._others(gold, answer)

    # -- equations and assignments -----------------------------------------------------------------------------------

    def _equations(self, gold: Form, answer: Form) -> Truth:
        if isinstance(gold, Equation) and isinstance(answer, Equation):
            if gold.name and gold.name == answer.name:
                return self.same(gold.value, answer.value)
            first, second = _difference(gold), _difference(answer)
            return None if first is None or second is None else same_curve(first, second)
        if isinstance(gold, Equation):
            if gold.name and not isinstance(answer, Assignment):
                return self.same(gold.value, answer) if not isinstance(answer, Span) or not answer.name else False
            return False if isinstance(answer, Value) and answer.value is not None else None
        if isinstance(answer, Equation) and answer.name:
            return self.same(gold, answer.value)
        return None

    def _assignments(self, gold: Form, answer: Form) -> Truth:
        if isinstance(gold, Assignment) and isinstance(answer, Assignment):
            values, others = dict(gold.values), dict(answer.values)
            if values.keys() != others.keys():
                return False if values.keys() & others.keys() else None
            return all_of([self.same(form, others[name]) for name, form in values.items()])
        if isinstance(gold, Assignment):
            if isinstance(answer, Group):
                equal = self._in_order([form for _, form in gold.values], answer.items)
                return equal if answer.kind == "point" else None
            return False if isinstance(answer, Value | Equation) else None
        if isinstance(answer, Assignment) and isinstance(gold, Group) and gold.kind in ("point", "list"):
            in_order = [form for _, form in sorted(answer.values, key=lambda pair: pair[0])]
            return True if self._in_order(gold.items, in_order) else None
        return None

    # -- groups ------------------------------------------------------------------------------------------------------

    def _groups(self, gold: Group, answer: Group) -> Truth:
        kinds = {gold.kind, answer.kind}
        if kinds <= {"set", "list"}:
            equal = self.same_set(gold.items, answer.items)
            if kinds == {"list"} and equal and len(gold.items) != len(answer.items):
                return None  # 1, 1, 2 and 1, 2
            return equal
        in_order = self._in_order(gold.items, answer.items)
        if gold.kind == answer.kind or (in_order and "list" in kinds):
            return in_order
        return None if self.same_set(gold.items, answer.items) is not False else False

    def _group_and(self, gold: Group, answer: Form) -> Truth:
        if isinstance(answer, Matrix):
            entries = [entry for row in answer.rows for entry in row]
            return None if self._in_order(gold.items, entries) is not False else False
        if not isinstance(answer, Value):
            return None
        return self.same(gold.items[0], answer) if len(gold.items) == 1 else False

    def _one_of(self, gold: Form, answer: Group) -> Truth:
        """A single gold answer, and several things said."""
        if not isinstance(gold, Value):
            return None
        if len(set(answer.items)) == 1:
            return self.same(gold, answer.items[0])
        if any(isinstance(item, Amount) and item.unit for item in answer.items):  # 18 apples, 3 pears
            return False if all(self.same(gold, item) is False for item in answer.items) else None
        return False

    def _in_order(self, gold: Sequence[Form], answer: Sequence[Form]) -> Truth:
        if len(gold) != len(answer):
            return False
        return all_of([self.same(first, second) for first, second in zip(gold, answer, strict=True)])

    def same_set(self, gold: Sequence[Form], answer: Sequence[Form]) -> Truth:
        """Whether each item of either is one of the other, in any order."""
        table = [[self.same(first, second) for second in answer] for first in gold]
        columns = [[row[index] for row in table] for index in range(len(answer))]
        return all_of([_any_of(truths) for truths in (*table, *columns)])

    # -- intervals ---------------------------------------------------------------------------------------------------

    def _spans(self, gold: Form, answer: Form) -> Truth:
        first, second = (as_span(form) if isinstance(form, Group) else form for form in (gold, answer))
        if isinstance(first, Span) and isinstance(second, Span):
            equal = self._same_union(first, second)
            is_other_name = first.name and second.name and first.name != second.name
            return None if equal and is_other_name else equal
        other = answer if isinstance(gold, Span) else gold
        return False if isinstance(other, Value | Group) else None

    def _same_union(self, gold: Span, answer: Span) -> Truth:
        first, second = _merged(gold.intervals), _merged(answer.intervals)
        if first is None or second is None:
            return None
        if len(first) != len(second):
            return False
        truths: list[Truth] = []
        for one, other in zip(first, second, strict=True):
            truths.append((one.has_low, one.has_high) == (other.has_low, other.has_high))
            for end, other_end in ((one.low, other.low), (one.high, other.high)):
                if end is None or other_end is None:
                    truths.append(end is other_end)
                else:
                    truths.append(self.values.same(end, other_end))
        return all_of(truths)

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _others(self, gold: Form, answer: Form) -> Truth:
        if isinstance(gold, Matrix) and isinstance(answer, Matrix):
            if [len(row) for row in gold.rows] != [len(row) for row in answer.rows]:
                return False
            return all_of([self._in_order(*pair) for pair in zip(gold.rows, answer.rows, strict=True)])
        if isinstance(gold, Clock) and isinstance(answer, Clock):
            equal = _same_clock(gold, answer)
            if equal is False and not gold.half + answer.half:  # 1:12 and 2:24 may be ratios
                return None if self._same_ratio(_as_ratio(gold), _as_ratio(answer)) else False
            return equal
        if isinstance(gold, Clock | Ratio) and isinstance(answer, Clock | Ratio):
            equal = self._same_ratio(_as_ratio(gold), _as_ratio(answer))
            return equal if type(gold) is type(answer) or not equal else None  # 7:05 and 7:5
        if isinstance(gold, Matrix | Clock) and isinstance(answer, Value):
            return False
        if isinstance(gold, Ratio) and isinstance(answer, Value):
            return _is_quotient(gold, answer)
        return None

    def _same_ratio(self, gold: Ratio, answer: Ratio) -> Truth:
        if len(gold.parts) != len(answer.parts):
            return False
        first, second = ([quotient_of(trees_of(part)[0]) for part in ratio.parts] for ratio in (gold, answer))
        truths: list[Truth] = []
        for one, other in zip(first[1:], second[1:], strict=True):
            if first[0] is None or second[0] is None or one is None or other is None:
                return None
            truths.append(same_quotient(first[0] * other, one * second[0]))
        return all_of(truths)


def _any_of(truths: Sequence[Truth]) -> Truth:
    return True if True in truths else None if None in truths else False


def _difference(equation: Equation) -> Quotient | None:
    """The left side less the right one."""
    if not isinstance(equation.left, Value) or not isinstance(equation.right, Value):
        return None
    left, right = (quotient_of(trees_of(side)[0]) for side in (equation.left, equation.right))
    if left is None or right is None:
        return None
    try:
        return left - right
    except ExpressionError:
        return None


def _same_clock(gold: Clock, answer: Clock) -> Truth:
    if gold.half and answer.half:
        return gold.minutes == answer.minutes
    if gold.minutes % _HALF_DAY != answer.minutes % _HALF_DAY:
        return False
    return None if gold.half else True


def _as_ratio(form: Clock | Ratio) -> Ratio:
    if isinstance(form, Ratio):
        return form
    return Ratio((Amount(form.minutes // 60), Amount(form.minutes % 60)))


def _is_quotient(gold: Ratio, answer: Value) -> Truth:
    """2:3 and 2/3 may be meant as the same; 2:3 and 3/2 are not."""
    if len(gold.parts) != 2 or answer.value is None:
        return None
    above, below = (part.value for part in gold.parts)
    if above is None or not below:
        return None
    return None if Fraction(above) / below == answer.value else False


# -- intervals ---------------------------------------------------------------------------------------------------------


def _place(value: Value | None, infinite: float) -> float | None:
    """Where an end lies on the line, nearly; None where that is not known."""
    if value is None:
        return infinite
    try:
        if value.value is not None:
            return float(value.value)
        exact = quotient_of(trees_of(value)[0])
        return None if exact is None else approximate(exact, {})[0]
    except (ArithmeticError, ValueError, KeyError):
        return None


def _merged(intervals: Sequence[Interval]) -> list[Interval] | None:
    """The intervals in order, those that touch put together; None where their order is not known."""
    if len(intervals) == 1:
        return list(intervals)
    placed: list[tuple[float, float, Interval]] = []
    for interval in intervals:
        low, high = _place(interval.low, float("-inf")), _place(interval.high, float("inf"))
        if low is None or high is None:
            return None
        placed.append((low, high, interval))
    placed.sort(key=lambda item: item[:2])
    merged = placed[:1]
    for low, high, interval in placed[1:]:
        last_low, last_high, last = merged[-1]
        if low > last_high or (low == last_high and not (interval.has_low or last.has_high)):
            merged.append((low, high, interval))
        elif high > last_high:
            merged[-1] = (last_low, high, Interval(last.low, interval.high, last.has_low, interval.has_high))
        elif high == last_high and interval.has_high:
            merged[-1] = (last_low, high, Interval(last.low, last.high, last.has_low, True))
    return [interval for _, _, interval in merged]
