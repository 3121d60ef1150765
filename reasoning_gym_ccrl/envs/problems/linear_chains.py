"""Linear equations in which the unknown stands once: operations on it, undone one after the other.

A shape such as "*+/" says what is done to the unknown, from the inside out: it is multiplied, something is added, and
the sum is divided, as in (3x + 5)/4 = 8. "r" stands for a subtraction the other way round, as in 20 - 3x. Scaling and
adding alternate, since two in a row would be one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from ...types import GoldStep
from .algebra_steps import gold, told_apart
from .polynomial_text import factor_text, quotient_steps
from .sketches import between

if TYPE_CHECKING:
    from .algebra import AlgebraConfig

MAX_OPERATIONS = 6
_SCALES, _SUMS = "*/", "+-r"
_OPERANDS = {"*": "factor", "/": "divisor", "+": "addend", "-": "subtrahend", "r": "minuend"}
_RESULTS = {"*": "product", "/": "quotient", "+": "sum", "-": "difference", "r": "difference"}
_UNDO = {"*": "/", "/": "*", "+": "-", "-": "+"}
_FRACTION_SHARE = 0.3  # of the problems that may have a fraction as their solution


@dataclass(frozen=True, slots=True)
class Chain:
    """Operations with their numbers, the results after each, and the unknown that they start from."""

    shape: str
    numbers: tuple[int, ...]
    results: tuple[int, ...]
    solution: int | Fraction

    @property
    def canonical(self) -> str:
        """The operations in order: "solve(x*3+5=17)"; bare operations alternate, so that no bracket is needed."""
        done = "".join(f"{operation}{number}" for operation, number in zip(self.shape, self.numbers, strict=True))
        return f"solve(x{done}={self.results[-1]})"

    @property
    def composition(self) -> str:
        return f"solve(x{self.shape})"


@cache
def chain_shapes(steps: int) -> tuple[str, ...]:
    """All shapes of so many operations.

    >>> len(chain_shapes(1)), len(chain_shapes(3)), chain_shapes(2)[:3]
    (5, 30, ('*+', '*-', '*r'))
    """
    if not 1 <= steps <= MAX_OPERATIONS:
        return ()
    first = [_SCALES if index % 2 == 0 else _SUMS for index in range(steps)]
    second = [_SUMS if index % 2 == 0 else _SCALES for index in range(steps)]
    return tuple("".join(shape) for kinds in (first, second) for shape in product(*kinds))


def draw_chain(shape: str, config: AlgebraConfig, rng: random.Random) -> Chain | None:
    """Numbers for a shape; None where these draws leave the range.

    A divisor is drawn together with what it divides, so that each result is whole.
    """
    divisor = between(rng, 2, config.few) if shape[0] == "/" else 0
    start: int = between(rng, config.least, config.many)
    if divisor:
        start = divisor * max(config.least, start // divisor)
    if config.negative and rng.random() < 0.4:
        start = -start
    numbers: list[int] = []
    results: list[int] = []
    value = start
    solution: int | Fraction = start
    for index, operation in enumerate(shape):
        if operation == "*":
            most = min(config.few, config.max_number // abs(value))
            if most < 2:
                return None
            number = between(rng, 2, most)
            value *= number
            if index == 0 and config.max_denominator > 1 and rng.random() < _FRACTION_SHARE:
                number = min(number, config.max_denominator)
                value = number * start + between(rng, 1, number - 1)
                solution = Fraction(value, number)
        elif operation == "/":
            number, value = divisor, value // divisor
        else:
            divisor = between(rng, 2, config.few) if shape[index + 1 : index + 2] == "/" else 1
            found = _summed(operation, value, divisor, config, rng)
            if found is None:
                return None
            number, value = found
        if number > config.max_number or abs(value) > config.max_number:
            return None
        numbers.append(number)
        results.append(value)
    return Chain(shape, tuple(numbers), tuple(results), solution)


def _summed(
    operation: str, value: int, divisor: int, config: AlgebraConfig, rng: random.Random
) -> tuple[int, int] | None:
    """A number to add, to subtract or to subtract from, and the result: not zero, and a multiple of the divisor."""
    number = between(rng, config.least, config.many)
    if operation == "+":
        number += -(value + number) % divisor
        result = value + number
    elif operation == "-":
        if not config.negative:
            if value - 1 < config.least:
                return None
            number = between(rng, config.least, min(config.many, value - 1))
        number += (value - number) % divisor
        result = value - number
    else:
        if not config.negative:
            number += value
        number += -(number - value) % divisor
        result = number - value
    return None if result == 0 or (result < 0 and not config.negative) else (number, result)


def levels_of(chain: Chain, letter: str, *, turned: bool) -> list[str]:
    """The expression after 0, 1, 2, … operations; `turned` writes each sum the other way round."""
    levels = [letter]
    for index, (operation, number) in enumerate(zip(chain.shape, chain.numbers, strict=True)):
        inner = levels[-1]
        is_sum = index > 0 and chain.shape[index - 1] in _SUMS
        match operation:
            case "*":
                inner = f"{number}({inner})" if is_sum else f"{number}{inner}"
            case "/":
                inner = f"({inner})/{number}" if is_sum else f"{inner}/{number}"
            case "+":
                inner = f"{number} + {inner}" if turned else f"{inner} + {number}"
            case "-":
                inner = f"-{number} + {inner}" if turned else f"{inner} - {number}"
            case _:
                inner = f"-{inner} + {number}" if turned else f"{number} - {inner}"
        levels.append(inner)
    return levels


def chain_steps(chain: Chain, levels: list[str]) -> tuple[dict[str, str], list[GoldStep]]:
    """The named numbers of the question, and the operations undone from the outside in."""
    operands = told_apart([_OPERANDS[operation] for operation in chain.shape])
    results = ["unknown", *told_apart([_RESULTS[operation] for operation in chain.shape[:-1]]), "result"]
    givens = {name: str(number) for name, number in zip(operands, chain.numbers, strict=True)}
    givens["result"] = str(chain.results[-1])
    values = (chain.solution, *chain.results)
    steps = []
    for index in range(len(chain.shape) - 1, -1, -1):
        operation, number, after = chain.shape[index], chain.numbers[index], chain.results[index]
        operand, result = operands[index], results[index + 1]
        if operation == "r":
            sign, expression, pair = "-", f"{number} - {factor_text(after)}", (operand, result)
        else:
            sign = _UNDO[operation]
            expression, pair = f"{after} {sign} {number}", (result, operand)
        calculation = quotient_steps(after, number) if sign == "/" else f"{expression} = {values[index]}"
        plan = f"{pair[0]} {sign} {pair[1]}"
        text, value = f"{levels[index]} = {calculation}", f"{levels[index]} = {values[index]}"
        steps.append(gold(results[index], plan, text, value, pair, expression))
    return givens, steps
