"""Proofs, grown from the conclusion backwards: the computation graphs of the family "logic".

A proof is a tree. Each rule brings an atom of its own, so every premise is needed, the premises never contradict each
other, and a proof that is longer is a problem that is harder.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..verify.propositions import MAX_ATOMS, Formula, atoms_of, negate

CHAIN_RULES = (
    "modus ponens",
    "modus tollens",
    "disjunctive syllogism",
    "biconditional",
    "exclusive alternative",
)
"""One step, from a premise with a connective and a fact."""

CLOSING_RULES = ("simplification", "contradiction", "cases")
"""One step, from premises alone."""

JOINING_RULES = ("conjunction", "hypothetical syllogism")
"""Two steps: the rule's own, and a modus ponens with what it gives."""

RULES = (*CHAIN_RULES, *CLOSING_RULES, *JOINING_RULES)

NAMES = "abcdefghijkl"[:MAX_ATOMS]


@dataclass(frozen=True, slots=True)
class Proof:
    """A fact that is given (rule "given"), or one step of a proof.

    Attributes:
        rule: one of `RULES`, or "given".
        conclusion: what it proves.
        facts: the proofs of what the rule is applied to.
        premises: the given statements with a connective that it uses.
    """

    rule: str
    conclusion: Formula
    facts: tuple[Proof, ...] = ()
    premises: tuple[Formula, ...] = ()

    @property
    def cited(self) -> list[Formula]:
        """What the step rests on, in the order in which it is said."""
        return [*(fact.conclusion for fact in self.facts), *self.premises]


@dataclass(slots=True)
class Growth:
    """What growing a proof needs and uses up.

    Attributes:
        rng: all randomness.
        rules: the rules that may be used.
        spare: atoms that are left beyond one for each step.
        names: the atoms that were not used yet; the first is used next.
    """

    rng: random.Random
    rules: Sequence[str]
    spare: int
    names: list[str] = field(default_factory=lambda: list(NAMES))

    def literal(self) -> Formula:
        """A new atom or its negation, equally often."""
        name = self.names.pop(0)
        return name if self.rng.random() < 0.5 else ("not", name)

    def either_way(self, operator: str, first: Formula, second: Formula) -> Formula:
        """Two operands in an order by chance, as the connective has none."""
        return (operator, first, second) if self.rng.random() < 0.5 else (operator, second, first)

    def proof(self, goal: Formula, steps: int, *, is_root: bool = False) -> Proof:
        """A proof of a literal in so many steps; with none, the literal is given."""
        if steps == 0:
            return Proof("given", goal)
        possible = [rule for rule in self.rules if self._fits(rule, steps, is_root)]
        rule = possible[int(self.rng.random() * len(possible))]
        if rule in CHAIN_RULES:
            return self._chain(rule, goal, steps)
        if rule in CLOSING_RULES:
            return self._closing(rule, goal)
        return self._joining(rule, goal, steps)

    def _fits(self, rule: str, steps: int, is_root: bool) -> bool:
        if rule in CHAIN_RULES:
            return True
        if rule in JOINING_RULES:
            return steps >= 2
        # The last step of a proof is never to read off half of a premise.
        return steps == 1 and not (rule == "simplification" and is_root) and (rule != "cases" or self.spare > 0)

    def _chain(self, rule: str, goal: Formula, steps: int) -> Proof:
        other = self.literal()
        fact: Formula
        premise: Formula
        match rule:
            case "modus ponens":
                fact, premise = other, ("if", other, goal)
            case "modus tollens":
                fact, premise = negate(other), ("if", negate(goal), other)
            case "disjunctive syllogism":
                fact, premise = negate(other), self.either_way("or", goal, other)
            case "biconditional":
                fact = other
                sides = (goal, other) if isinstance(goal, str) else (negate(goal), negate(other))
                premise = self.either_way("iff", *sides)
            case _:
                atom = atoms_of(other)[0]
                fact = ("not", atom) if isinstance(goal, str) else atom
                premise = self.either_way("xor", atoms_of(goal)[0], atom)
        return Proof(rule, goal, (self.proof(fact, steps - 1),), (premise,))

    def _closing(self, rule: str, goal: Formula) -> Proof:
        other = self.literal()
        if rule == "simplification":
            return Proof(rule, goal, (), (self.either_way("and", goal, other),))
        if rule == "contradiction":
            return Proof(rule, goal, (), (("if", negate(goal), other), ("if", negate(goal), negate(other))))
        self.spare -= 1
        second = self.literal()
        return Proof(rule, goal, (), (("or", other, second), ("if", other, goal), ("if", second, goal)))

    def _joining(self, rule: str, goal: Formula, steps: int) -> Proof:
        first, second = self.literal(), self.literal()
        if rule == "conjunction":
            both = ("and", first, second)
            share = int(self.rng.random() * (steps - 1))
            parts = self.proof(first, share), self.proof(second, steps - 2 - share)
            return Proof("modus ponens", goal, (Proof(rule, both, parts),), (("if", both, goal),))
        chained = Proof(rule, ("if", first, goal), (), (("if", first, second), ("if", second, goal)))
        return Proof("modus ponens", goal, (self.proof(first, steps - 2), chained))


def steps_of(proof: Proof) -> Iterator[Proof]:
    """The steps of a proof in the order in which they are made, what is given left out."""
    for fact in proof.facts:
        yield from steps_of(fact)
    if proof.rule != "given":
        yield proof


def premises_of(proof: Proof) -> Iterator[Formula]:
    """What must be given, in the order in which the proof uses it."""
    if proof.rule == "given":
        yield proof.conclusion
    for fact in proof.facts:
        yield from premises_of(fact)
    yield from proof.premises


def shape(proof: Proof, *, signed: bool) -> str:
    """A proof as a tree of its rules with names left out, where order has no meaning in sorted order.

    `signed` adds which facts are negations; then two proofs have one shape exactly where they have the same premises
    but for names and order. A hypothetical syllogism counts as two steps of modus ponens, as its premises are theirs.

    >>> inner = Proof("modus tollens", "b", (Proof("given", ("not", "c")),), (("if", ("not", "b"), "c"),))
    >>> outer = Proof("modus ponens", "a", (inner,), (("if", "b", "a"),))
    >>> shape(outer, signed=False), shape(outer, signed=True)
    ('ponens(tollens(given))', 'ponens+(tollens+(given-))')
    """

    def sign(formula: Formula) -> str:
        return ("+" if isinstance(formula, str) else "-") if signed else ""

    own = sign(proof.conclusion)
    if proof.rule == "given":
        return f"given{own}"
    parts = sorted(shape(fact, signed=signed) for fact in proof.facts if fact.rule != "hypothetical syllogism")
    if len(parts) < len(proof.facts):
        middle = proof.facts[-1].premises[0][2]
        return f"ponens{own}(ponens{sign(middle)}({parts[0]}))"
    if proof.rule == "conjunction":
        return " and ".join(parts)
    if proof.rule == "simplification":
        parts = [sign(part) for part in proof.premises[0][1:] if part != proof.conclusion]
    elif proof.rule == "cases":
        parts = [" or ".join(sorted(sign(part) for part in proof.premises[0][1:]))]
    return f"{proof.rule.split()[-1]}{own}({parts[0] if parts else ''})"
