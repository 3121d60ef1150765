"""What kind of equation two sides make, by how they are written."""

from __future__ import annotations

from .forms import factors_of, terms_of
from .identity import approximate
from .nodes import Node, has_calculus, names_of
from .quotients import Quotient
from .statements import Chain, Claim, Expression


def may_be_equation(first: Node, second: Node) -> bool:
    """Whether "x^2 = …" or "f'(x) = 0" could be an equation that somebody sets up, where no unknown is asked for."""
    if not names_of(first) or not names_of(second):
        return True
    if has_calculus(first) or has_calculus(second):
        return False
    if all(len(terms_of(tree)) == 1 for tree in (first, second)) and (_is_product(first) or _is_product(second)):
        return False  # "x * x = x^3" works a product out; "x^2 = 4x" need not
    return _is_bare(first) or _is_bare(second)


def _is_product(tree: Node) -> bool:
    return sum(bool(names_of(factor)) for factor, _ in factors_of(tree)) > 1


def collects(a: Quotient, b: Quotient) -> bool:
    """Whether two sides are multiples of one and the same monomial, so that like terms are put together."""
    monomials = {monomial for side in (a, b) for monomial in side.numerator.terms}
    return len(monomials) == 1 and () not in monomials and a.polynomial is not None and b.polynomial is not None


def _is_bare(tree: Node) -> bool:
    return tree.kind == "name" or (tree.kind == "power" and tree.parts[0].kind == "name")


def rounds(exact: Quotient, written: Expression) -> bool:
    """Whether a decimal by itself is the other side, rounded to its digits."""
    if not written.step or written.tree.kind not in ("number", "negative"):
        return False
    try:
        value, error = approximate(exact, {})
    except (ArithmeticError, ValueError):
        return False
    node = written.tree.parts[0] if written.tree.kind == "negative" else written.tree
    stated = float(node.value) * (-1 if written.tree.kind == "negative" else 1)
    return abs(value - stated) + error <= float(written.step) / 2 * (1 + 1e-9)


def finds_value(chain: Chain) -> bool:
    """Whether a chain gives a name or a function its value."""
    first, last = chain.sides[0].tree, chain.sides[-1].tree
    if first.kind == "name":
        return not names_of(last)
    return first.kind in ("apply", "slope", "integral")


def claim_key(claim: Claim) -> frozenset[tuple[Node, Node]]:
    """What tells claims apart: of each of their chains the first side and the last."""
    return frozenset((chain.sides[0].tree, chain.sides[-1].tree) for chain in claim.chains)
