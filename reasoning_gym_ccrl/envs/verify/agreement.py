"""Do two sides of an equation agree: exactly, by honest rounding, or in another usual reading?"""

from __future__ import annotations

from fractions import Fraction

from ...types import Verdict
from .congruences import agree_modulo, ends_congruent
from .expression import parse_side
from .functions import congruent
from .sides import Chain, Mode, Side
from .tokens import Number, canonical, magnitude
from .words import KNOWN_UNITS


def rounds_to(exact: Number, written: Side) -> bool:
    """Whether a number by itself is `exact`, rounded to the digits that are written.

    10/3 may be written 3.33 or 3, not 3.34; 2/3 may be cut to 0.66; nothing may be rounded to 0.
    """
    if not written.step or written.value == 0:
        return False
    error = magnitude(exact - written.value)
    if 2 * error <= written.step:
        return True
    return isinstance(written.step, Fraction) and error < written.step and magnitude(written.value) < magnitude(exact)


def agree(left: Side, right: Side, chain: Chain) -> Verdict:
    """CORRECT where the sides are equal in a usual reading, INCORRECT where they are equal in none, else UNCHECKED."""
    if left.value == right.value:
        return Verdict.CORRECT
    if chain.modulus:
        return agree_modulo(left, right, chain)
    if rounds_to(left.value, right) or rounds_to(right.value, left):
        return Verdict.CORRECT
    if not chain.tokens:  # the fast path: integers alone
        return Verdict.UNCHECKED if _is_whole_part(left, right) else Verdict.INCORRECT
    if (found := _in_another_reading(left, right, chain)) is not None:
        return found
    if not (left.sure and right.sure) or chain.approximate:
        return Verdict.UNCHECKED
    if _is_in_cents(left, right) or _is_in_cents(right, left):
        return Verdict.UNCHECKED
    if _carries_rounding(left, right, chain) or _runs_on(left, right, chain) or _is_whole_part(left, right):
        return Verdict.UNCHECKED
    return Verdict.INCORRECT


def _in_another_reading(left: Side, right: Side, chain: Chain) -> Verdict | None:
    def equal(left_mode: Mode, right_mode: Mode) -> bool:
        first, second = _again(left, chain, left_mode), _again(right, chain, right_mode)
        if first is None or second is None:
            return False
        return first.value == second.value or rounds_to(first.value, second) or rounds_to(second.value, first)

    if left.percent or right.percent:
        if right.percent and equal(Mode.AS_UNITS, Mode.AS_UNITS):
            return Verdict.CORRECT
        if left.percent and equal(Mode.RELATIVE, Mode.PLAIN):
            return Verdict.CORRECT
        if equal(Mode.AS_UNITS, Mode.AS_UNITS) or equal(Mode.PLAIN, Mode.AS_UNITS):
            return Verdict.UNCHECKED
    if any(equal(first, second) for first, second in _other_modes(chain)) or ends_congruent(left, right, chain):
        return Verdict.CORRECT
    if _agrees_without_bullet(left, right, chain):
        return Verdict.CORRECT
    if (left.units and right.units) or len(set(left.units)) > 1:
        if equal(Mode.BASE_UNITS, Mode.BASE_UNITS):
            return Verdict.CORRECT
        if _units_mix(left, right):
            return Verdict.UNCHECKED
    if len(left.units) == len(right.units) == 1 and left.units != right.units and not _same_kind(left, right):
        return Verdict.UNCHECKED  # "1/2 a cup = 4 ounces"
    return None


_OTHER_MODES = (
    (Mode.AS_UNITS, Mode.AS_UNITS), (Mode.PLAIN, Mode.AS_UNITS), (Mode.AS_UNITS, Mode.PLAIN),  # 3 dozen * 12 = 36
    (Mode.CLOSE_FRACTIONS, Mode.PLAIN), (Mode.CLOSE_FRACTIONS, Mode.CLOSE_FRACTIONS),
)  # fmt: skip
_PI_MODES = tuple((mode, mode) for mode in (Mode.PI_AS_3_14, Mode.PI_AS_22_7, Mode.PI_AS_3_1416))


def _other_modes(chain: Chain) -> tuple[tuple[Mode, Mode], ...]:
    """The pairs of modes to try for any equation; those of pi only where it occurs."""
    has_pi = any(token.kind == "constant" for token in chain.tokens)
    return _OTHER_MODES + _PI_MODES if has_pi else _OTHER_MODES


def _agrees_without_bullet(left: Side, right: Side, chain: Chain) -> bool:
    """Whether a "-" with a space after it at the start of a line is a bullet: "- 3 + 4 = 7"."""
    first = chain.tokens[left.start]
    if first.text != "-" or left.end - left.start < 2 or chain.tokens[left.start + 1].tight:
        return False
    if chain.text[: first.start].rpartition("\n")[2].strip():
        return False
    side = parse_side(chain.tokens, left.start + 1)
    return side is not None and side.end == left.end and (side.value == right.value or rounds_to(side.value, right))


def _again(side: Side, chain: Chain, mode: Mode) -> Side | None:
    if mode is Mode.PLAIN:
        return side
    again = parse_side(chain.tokens, side.start, mode)
    return again if again is not None and again.end == side.end else None


def _same_kind(left: Side, right: Side) -> bool:
    return "per" not in left.units + right.units and KNOWN_UNITS[left.units[0]][0] == KNOWN_UNITS[right.units[0]][0]


def _units_mix(left: Side, right: Side) -> bool:
    """Whether units of one dimension but unequal size, or rates, are in play, so that plain numbers prove nothing."""
    sizes: dict[str, int | Fraction] = {}
    for unit in left.units + right.units:
        if unit == "per":
            continue
        dimension, size = KNOWN_UNITS[unit]
        if dimension == "rate" or sizes.setdefault(dimension, size) != size:
            # Two numbers by themselves with known units, "3 hours = 200 minutes", are proven after all.
            return bool(left.operators or right.operators or dimension == "rate")
    return False


def _is_in_cents(money: Side, plain: Side) -> bool:
    """Whether one side is in dollars and the other, with no unit, in cents: "900 - 100 = $8"."""
    return "$" in money.units and not plain.units and money.value * 100 == plain.value


def _carries_rounding(left: Side, right: Side, chain: Chain) -> bool:
    """Whether an operand was rounded on the way, "10/3 * 3 = 3.33 * 3": off by under 1%, with decimals in it."""
    if not (left.operators and right.operators):
        return False
    decimals = any("." in token.text for token in chain.tokens[right.start : right.end] if token.kind == "number")
    return decimals and magnitude(left.value - right.value) * 100 <= magnitude(left.value)


def _is_whole_part(left: Side, right: Side) -> bool:
    """Whether a whole number stands for the next lower or higher one, "50 / 3 = 16 each, 2 left"."""
    whole = right.step == 1 and right.value > 0
    return whole and isinstance(left.value, Fraction) and magnitude(left.value - right.value) < 1


def _runs_on(left: Side, right: Side, chain: Chain) -> bool:
    """Whether "=" is used for "and then", "3 + 4 = 7 - 2 = 5": each piece holds, the whole says what is false."""
    if not right.operators:
        return False
    tokens, first = chain.tokens, right.start
    while tokens[first].kind == "currency":
        first += 1
    lead = parse_side(tokens[: first + 1], first)
    return tokens[first].kind == "number" and lead is not None and lead.value == left.value


def stands_for(known: Number, written: Side, chain: Chain) -> bool:
    """Whether a side may be written for a quantity of another value: rounded, or with its remainder."""
    if chain.modulus:
        return congruent(known, written.value, chain.modulus) is True
    return rounds_to(known, written)


def describe(left: Side, right: Side, chain: Chain) -> str:
    """Why two sides disagree, for a person."""
    if chain.modulus and isinstance(left.value, int) and isinstance(right.value, int):
        first, second = left.value % chain.modulus, right.value % chain.modulus
        if first != second:
            return f"divided by {chain.modulus}, the left side leaves {first}, the right side {second}"
    return f"the left side is {_short(left.value)}, the right side {_short(right.value)}"


def _short(value: Number) -> str:
    text = canonical(value)
    if isinstance(value, Fraction) and 10**6 % value.denominator == 0 and len(text) <= 12:
        return f"{float(value):.12g}"
    if isinstance(value, Fraction) and len(text) > 12:
        text = f"about {float(value):.6g}" if magnitude(value) < 10**15 else "another number"
    return text if len(text) <= 40 else f"a number of {len(text)} digits"
