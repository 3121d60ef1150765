"""Systems of two and three linear equations, solved by elimination or by substitution.

A system is drawn, and then looked at in its canonical arrangement: the order of unknowns and equations in which it
reads first in the alphabet. The path is chosen there, so that it has as many steps whatever the unknowns are called
and in which order the equations stand.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from math import lcm
from typing import TYPE_CHECKING

from .polynomial_text import joined, monomial
from .sketches import between, pick

if TYPE_CHECKING:
    from .algebra import AlgebraConfig

_CANONICAL_LETTERS = "xyz"
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Equation:
    """A sum of unknowns that equals a constant; with `solved`, one unknown that equals a sum: y = 2x + 1.

    `coefficients` has one for each unknown of the system; with `solved` they are those of the right side, where that
    unknown itself has 0.
    """

    coefficients: tuple[int, ...]
    constant: int
    solved: int | None = None

    @property
    def standard(self) -> tuple[tuple[int, ...], int]:
        """Coefficients and constant with all unknowns on the left."""
        if self.solved is None:
            return self.coefficients, self.constant
        return tuple(int(i == self.solved) - c for i, c in enumerate(self.coefficients)), self.constant

    def sides(self, letters: str | tuple[str, ...], *, turned: bool = False) -> tuple[str, str]:
        """Left and right side, unknowns in the order of the alphabet; `turned` writes sums the other way round."""
        order = sorted(range(len(letters)), key=lambda index: letters[index])
        terms = [monomial(self.coefficients[index], letters[index]) for index in order if self.coefficients[index]]
        if self.solved is None:
            return joined(reversed(terms) if turned else terms), str(self.constant)
        if self.constant:
            terms.append(str(self.constant))
        return letters[self.solved], joined(reversed(terms) if turned else terms)


@dataclass(frozen=True, slots=True)
class System:
    """Equations and their solution, and the canonical arrangement.

    Attributes:
        unknowns: the unknowns in canonical order, as indices.
        order: the equations in canonical order, as indices.
        canonical: "solve(x+y=12; x-y=4)" in that arrangement.
    """

    equations: tuple[Equation, ...]
    solution: tuple[int, ...]
    unknowns: tuple[int, ...]
    order: tuple[int, ...]
    canonical: str
    composition: str


def arranged(equations: tuple[Equation, ...], solution: tuple[int, ...]) -> System:
    """The system with its canonical arrangement."""
    best: tuple[list[str], tuple[int, ...]] | None = None
    shape: list[str] | None = None
    for names in permutations(range(len(solution))):  # names[i]: the letter of unknown i
        letters = tuple(_CANONICAL_LETTERS[name] for name in names)
        texts = ["=".join(sorted(equation.sides(letters))).replace(" ", "") for equation in equations]
        found = sorted(texts), names
        best = min(best, found) if best else found
        hidden = sorted(_NUMBER.sub("#", text) for text in texts)
        shape = min(shape, hidden) if shape else hidden
    if best is None or shape is None:
        raise ValueError("A system has at least one unknown.")  # not reached: all have two or three
    texts, names = best
    letters = tuple(_CANONICAL_LETTERS[name] for name in names)
    keys = ["=".join(sorted(equation.sides(letters))).replace(" ", "") for equation in equations]
    order = tuple(sorted(range(len(equations)), key=lambda index: keys[index]))
    unknowns = tuple(sorted(range(len(solution)), key=lambda index: names[index]))
    return System(equations, solution, unknowns, order, f"solve({'; '.join(texts)})", f"solve({'; '.join(shape)})")


# -- elimination -------------------------------------------------------------------------------------------------------

Row = tuple[tuple[int, ...], int]  # coefficients and constant


@dataclass(frozen=True, slots=True)
class Elimination:
    """How two rows lose an unknown: the multiple of each, and whether they are added or subtracted."""

    unknown: int
    multiples: tuple[int, int]
    operator: str

    @property
    def cost(self) -> int:
        return sum(multiple > 1 for multiple in self.multiples)

    def combined(self, first: Row, second: Row) -> Row:
        sign = 1 if self.operator == "+" else -1
        m, n = self.multiples
        coefficients = tuple(m * a + sign * n * b for a, b in zip(first[0], second[0], strict=True))
        return coefficients, m * first[1] + sign * n * second[1]


def elimination(first: Row, second: Row, unknown: int) -> Elimination:
    """How two rows lose an unknown that both have.

    >>> elimination(((2, 3), 12), ((1, -1), 1), 1)
    Elimination(unknown=1, multiples=(1, 3), operator='+')
    """
    a, b = first[0][unknown], second[0][unknown]
    common = lcm(a, b)
    return Elimination(unknown, (common // abs(a), common // abs(b)), "-" if (a > 0) == (b > 0) else "+")


def cheapest(first: Row, second: Row, unknowns: tuple[int, ...]) -> Elimination:
    """The elimination that needs the fewest multiples; the first in canonical order among equals."""
    return min((elimination(first, second, unknown) for unknown in unknowns), key=lambda found: found.cost)


# -- drawing -----------------------------------------------------------------------------------------------------------

SYSTEM_STEPS = {"pair": range(3, 7), "substitution": range(4, 6), "triple": range(4, 10)}
"""Kind of system -> the numbers of steps that its path can have."""


@cache
def _pair_patterns(steps: int) -> tuple[tuple[int, int], ...]:
    """(multiples needed, whether the back-substitution divides) for a pair with so many steps."""
    return tuple((m, b) for m in (0, 1, 2) for b in (0, 1) if m + 3 + b == steps and not (m == 2 and b == 0))


def draw_system(kind: str, steps: int, config: AlgebraConfig, rng: random.Random) -> System | None:
    """A system of one kind; None where this draw is out of range. Its path may have another number of steps."""
    if kind == "substitution":
        equations, solution = _draw_substitution(steps, config, rng)
    elif kind == "pair":
        patterns = _pair_patterns(steps)
        if not patterns:
            return None
        solution = (_unknown(config, rng), _unknown(config, rng))
        equations = draw_pair(pick(rng, patterns), solution, config, rng)
    else:
        equations, solution = _draw_triple(steps, config, rng)
    if not is_sound(equations, config):
        return None
    return arranged(equations, solution)


def is_sound(equations: tuple[Equation, ...], config: AlgebraConfig) -> bool:
    """Whether the numbers are in range: no constant is 0 or too large, and in easy problems none is negative."""
    constants = [equation.constant for equation in equations]
    if 0 in constants or max(map(abs, constants)) > config.max_number or len(set(equations)) < len(equations):
        return False
    if max(map(abs, constants)) < config.least:
        return False
    return config.negative or min(equation.constant for equation in equations if equation.solved is None) > 0


def _unknown(config: AlgebraConfig, rng: random.Random) -> int:
    value = between(rng, config.least, config.many)
    return -value if config.negative and rng.random() < 0.4 else value


def _sign(rng: random.Random) -> int:
    return 1 if rng.random() < 0.5 else -1


def draw_pair(
    pattern: tuple[int, int],
    solution: tuple[int, ...],
    config: AlgebraConfig,
    rng: random.Random,
    *,
    amounts: bool = False,
) -> tuple[Equation, ...]:
    """Two equations, of which the second unknown is the cheaper to eliminate.

    Args:
        pattern: how many multiples that needs, and whether the last step divides.
        solution: the unknowns' values.
        config: the largest coefficient is `few`.
        rng: the source of randomness.
        amounts: whether all coefficients are amounts of two or more.
    """
    multiples, divides = pattern
    few = config.few
    if multiples == 0:
        first = second = between(rng, 2, few) if divides else 1
    elif multiples == 1:
        first = between(rng, 2, max(2, few // 2)) if divides else 1
        second = first * between(rng, 2, max(2, few // first))
    else:
        first = between(rng, 2, few)
        second = first + between(rng, 1, first - 1)
    low = 2 if amounts else 1
    signs = (1, 1) if amounts else (_sign(rng), _sign(rng))
    rows = [(between(rng, low, few), first * signs[0]), (between(rng, low, few), second * signs[1])]
    if not config.negative and signs == (-1, -1):
        rows[0] = (rows[0][0], first)
    if rng.random() < 0.5:
        rows.reverse()
    return tuple(_through(row, solution) for row in rows)


def _through(coefficients: tuple[int, ...], solution: tuple[int, ...]) -> Equation:
    """The equation with these coefficients that holds at the solution."""
    return Equation(coefficients, sum(c * value for c, value in zip(coefficients, solution, strict=True)))


def _draw_substitution(
    steps: int, config: AlgebraConfig, rng: random.Random
) -> tuple[tuple[Equation, ...], tuple[int, ...]]:
    """Such as y = 2x + 1 and 3x + 2y = 16; with four steps the other equation has a bare y."""
    x, y = _unknown(config, rng), _unknown(config, rng)
    slope = between(rng, 1, min(config.few, 5))
    if not config.negative:
        y = slope * x + _sign(rng) * between(rng, 1, min(slope * x, 2 * config.many) - 1 or 1)
    else:
        y = slope * x + _sign(rng) * between(rng, config.least, config.many)
    solved = Equation((slope, 0), y - slope * x, 1)
    other = (between(rng, 1, config.few), _sign(rng) * (1 if steps == 4 else between(rng, 2, config.few)))
    equations = (solved, _through(other, (x, y)))
    return (equations if rng.random() < 0.5 else equations[::-1]), (x, y)


def _draw_triple(steps: int, config: AlgebraConfig, rng: random.Random) -> tuple[tuple[Equation, ...], tuple[int, ...]]:
    """Three equations: two of them in two unknowns alone, or all with a bare third unknown."""
    solution = tuple(_unknown(config, rng) for _ in range(3))
    few = min(config.few, 5)
    config = replace(config, few=few)
    patterns = [(step, pattern) for step in (steps - 1, steps - 2) for pattern in _pair_patterns(step)]
    if patterns and rng.random() < 0.6:
        size, pattern = pick(rng, patterns)
        pair = draw_pair(pattern, solution[:2], config, rng)
        rows = [(*equation.coefficients, 0) for equation in pair]
        last = 1 if size == steps - 1 else between(rng, 2, few)
        rows.append((between(rng, 1, few) * _sign(rng), between(rng, 1, few) * _sign(rng), last * _sign(rng)))
    else:
        rows = [(between(rng, 1, few), between(rng, 1, few) * _sign(rng), _sign(rng)) for _ in range(3)]
    equations = [_through(row, solution) for row in rows]
    rng.shuffle(equations)
    return tuple(equations), solution


# -- the number of steps -----------------------------------------------------------------------------------------------


def rows_of(system: System) -> list[Row]:
    """The equations in canonical order, with all unknowns on the left."""
    return [system.equations[index].standard for index in system.order]


def count_steps(system: System) -> int | None:
    """How many steps the path has; None where there is no path, or it would differ from the usual one."""
    rows = rows_of(system)
    if any(equation.solved is not None for equation in system.equations):
        return _count_substitution(system)
    if len(rows) == 2:
        return _count_pair(rows[0], rows[1], system.unknowns)
    apart = lone_unknown(system)
    if apart is not None:
        unknown, single, (first, second) = apart
        pair = _count_pair(first, second, tuple(u for u in system.unknowns if u != unknown))
        return pair and pair + (1 if abs(single[0][unknown]) == 1 else 2)
    bare = bare_unknown(system)
    if bare is None:
        return None
    derived = [elimination(rows[0], row, bare).combined(rows[0], row) for row in rows[1:]]
    rest = tuple(unknown for unknown in system.unknowns if unknown != bare)
    if any(row[0][unknown] == 0 for row in derived for unknown in rest) or any(row[1] == 0 for row in derived):
        return None
    pair = _count_pair(derived[0], derived[1], rest)
    return pair and pair + 3


def lone_unknown(system: System) -> tuple[int, Row, tuple[Row, Row]] | None:
    """An unknown that one equation alone has, that equation, and the other two; None where there is none."""
    rows = rows_of(system)
    for unknown in system.unknowns:
        having = [row for row in rows if row[0][unknown]]
        if len(having) == 1:
            first, second = (row for row in rows if not row[0][unknown])
            return unknown, having[0], (first, second)
    return None


def bare_unknown(system: System) -> int | None:
    """The first unknown with the coefficient 1 or -1 in all equations."""
    rows = rows_of(system)
    return next((u for u in system.unknowns if all(abs(row[0][u]) == 1 for row in rows)), None)


def _count_pair(first: Row, second: Row, unknowns: tuple[int, ...]) -> int | None:
    chosen = cheapest(first, second, unknowns)
    kept = next(unknown for unknown in unknowns if unknown != chosen.unknown)
    coefficient = chosen.combined(first, second)[0][kept]
    if coefficient == 0:
        return None
    back = 1 if abs(back_row(first, second, chosen.unknown)[0][chosen.unknown]) == 1 else 2
    return chosen.cost + 1 + (abs(coefficient) != 1) + back


def back_row(first: Row, second: Row, unknown: int) -> Row:
    """The row in which a known value is put: one where the other unknown is bare, if there is one."""
    return min(first, second, key=lambda row: abs(row[0][unknown]) != 1)


def _count_substitution(system: System) -> int | None:
    solved, other = substitution_parts(system)
    slope, factor = _slope(solved), other.coefficients[solved.solved or 0]
    coefficient = sum(other.coefficients) - factor + factor * slope
    if coefficient == 0:
        return None
    return 3 + (abs(factor) != 1) + (abs(coefficient) != 1)


def substitution_parts(system: System) -> tuple[Equation, Equation]:
    """The equation that is solved for an unknown, and the other one."""
    first, second = system.equations
    return (first, second) if first.solved is not None else (second, first)


def _slope(solved: Equation) -> int:
    return sum(solved.coefficients)
