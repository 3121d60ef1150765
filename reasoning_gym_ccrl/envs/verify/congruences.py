"""Congruences: "17 = 2 (mod 5)", "3^4 = 81 ≡ 1 (mod 5)", "17 ≡ 2 mod 5"."""

from __future__ import annotations

from ...types import Verdict
from .functions import congruent
from .sides import Chain, Side
from .tokens import ExpressionError, Token, read_number


def stated_modulus(tokens: list[Token], index: int) -> tuple[int, int] | None:
    """The modulus of a "(mod 5)" that stands at a token, and the index after it."""
    if index + 3 >= len(tokens) or tokens[index].kind != "open" or tokens[index + 1].text != "mod":
        return None
    if tokens[index + 3].kind != "close" or (modulus := _modulus(tokens[index + 2])) is None:
        return None
    return modulus, index + 4


def _modulus(token: Token) -> int | None:
    if token.kind != "number" or not token.text.isdecimal():
        return None
    try:
        value, _ = read_number(token.text)
    except ExpressionError:
        return None
    return value if isinstance(value, int) and value > 0 else None


def read_congruence(chain: Chain) -> None:
    """Makes a chain that speaks of remainders one that says so: each side but the last is then a calculation.

    With "≡" the last side's own "mod 5" is meant for the whole chain; without any modulus, one stated earlier may be
    meant, so that nothing is proven wrong.
    """
    tokens = chain.tokens
    if not chain.modulus:
        if not any(token.text == "≡" for token in tokens):
            return
        last = chain.sides[-1]
        if last.end - 2 > last.start and tokens[last.end - 2].text == "mod":
            chain.modulus = _modulus(tokens[last.end - 1]) or 0
        if not chain.modulus:
            chain.approximate = True
            return
    for side in chain.sides[:-1]:
        if chain.modulus not in side.operands:
            side.operands.append(chain.modulus)
        side.operators += 1
    for side in chain.sides:
        side.step = 0


def agree_modulo(left: Side, right: Side, chain: Chain) -> Verdict:
    """Whether two sides of a congruence leave the same remainder; where "≡" is used, "=" beside it means equal."""
    if left.value == right.value:
        return Verdict.CORRECT
    signs = [token.text for token in chain.tokens[left.end : right.start + 1] if token.kind == "equals"]
    if "≡" not in signs and any(token.text == "≡" for token in chain.tokens):
        return Verdict.INCORRECT if left.sure and right.sure else Verdict.UNCHECKED
    found = congruent(left.value, right.value, chain.modulus)
    if found is None:
        return Verdict.UNCHECKED
    if found:
        return Verdict.CORRECT
    return Verdict.INCORRECT if left.sure and right.sure else Verdict.UNCHECKED


def ends_congruent(left: Side, right: Side, chain: Chain) -> bool:
    """Whether "21 = 1 mod 5" is meant as a congruence, and holds as one."""
    tokens = chain.tokens
    if right.end - 2 <= right.start or tokens[right.end - 2].text != "mod":
        return False
    modulus = _modulus(tokens[right.end - 1])
    return modulus is not None and congruent(left.value, right.value, modulus) is True
