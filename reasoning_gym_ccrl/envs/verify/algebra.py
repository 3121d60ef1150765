"""The judge of algebra: equations in unknowns, identities of expressions, derivatives, antiderivatives and roots.

An equation is CORRECT where it follows from the known ones (`knowledge`), an identity where its sides are the same
expression and one of them rests on what is given; INCORRECT needs proof, as everywhere. Steps with no names in them are
judged as arithmetic, by `EpisodeJudge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

from ...types import Judgement, Problem, Step, Verdict
from .algebra_gold import Stated
from .algebra_setting import FREE, Setting, setting_of
from .calculus import derivative
from .equation_shapes import claim_key, collects, finds_value, may_be_equation, rounds
from .equations import normal_name
from .identity import identical
from .judge import EpisodeJudge
from .nodes import Node, has_symbol, numbers_of
from .polynomials import Budget, Definition
from .quotients import ZERO, Quotient, short_text
from .statements import Chain, Claim, Claims, Expression, read_claims
from .tokens import ExpressionError, magnitude

_CORRECT, _INCORRECT, _UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED
UNREAD = "An equation could not be read."
MAX_SIDES = 12  # of a chain
MAX_QUESTIONS = 2  # to sympy in its worker, in one step; each may take its whole deadline
STEP_WORK = 10_000  # products of two terms, so that a step of any text is judged in milliseconds


class Finding(NamedTuple):
    """What became of an equation. `follows`: it holds because of what is known, and not by itself."""

    verdict: Verdict
    reason: str = ""
    follows: bool = False


class AlgebraJudge(EpisodeJudge):
    """Judges the steps of one attempt at a problem of the domain "algebra".

    >>> metadata = {"unknowns": ["x"], "equations": ["3x + 5 = 17"]}
    >>> judge = AlgebraJudge(Problem("p", "Solve 3x + 5 = 17.", "x = 4", metadata=metadata))
    >>> [str(judge.judge(Step("step", text)).verdict) for text in ("3x = 17 - 5 = 12", "x = 12 / 3 = 4", "x = 5")]
    ['CORRECT', 'CORRECT', 'INCORRECT']
    """

    __slots__ = (
        "_budget",
        "_definitions",
        "_expressions",
        "_knowledge",
        "_questions",
        "_said",
        "_setting",
        "_stated",
        "_values",
    )

    def __init__(self, problem: Problem):
        super().__init__(problem)
        self._setting: Setting | None = None  # read when the first step comes
        self._budget, self._questions = Budget(STEP_WORK), 0
        self._values: dict[int, Quotient] = {}  # of the trees of the step that is being judged, by their identity

    def _prepare(self) -> Setting:
        if self._setting is None:
            self._setting = setting = setting_of(self._problem)
            self._knowledge = setting.knowledge.copy()
            self._definitions = dict(setting.definitions)
            self._expressions = set(setting.expressions)
            self._stated: set[object] = set()
            self._said: set[object] = set()
            for number in setting.numbers:
                self._ledger.add(number)
        return self._setting

    def _judge_step(self, text: str) -> Judgement:
        setting = self._prepare()
        try:
            claims = read_claims(text, setting.vocabulary)
        except ExpressionError:
            return super()._judge_step(text)
        self._values.clear()
        self._questions = 0
        self._budget = Budget(STEP_WORK)
        symbolic = [claim for claim in claims.claims if _is_symbolic(claim)]
        if not symbolic:
            return self._judge_plain(text, claims)
        local = _UNCHECKED if claims.unread else _CORRECT
        reason = UNREAD if claims.unread else ""
        grounded = True
        for claim in symbolic:
            finding, rests = self._check(claim)
            if finding.verdict is _INCORRECT:
                return Judgement(_INCORRECT, False, _INCORRECT, reason=finding.reason, counts=True)
            if finding.verdict is _UNCHECKED:
                local, reason = _UNCHECKED, finding.reason
            grounded = grounded and rests
        checked = [self._judge_numbers(claim.chains[0].text) for claim in claims.claims if not _is_symbolic(claim)]
        for judgement in checked:
            if judgement.verdict is _INCORRECT:
                return judgement
        return self._conclude(symbolic, checked, local, grounded, reason)

    def _judge_numbers(self, text: str) -> Judgement:
        return super()._judge_step(text)

    def _judge_plain(self, text: str, claims: Claims) -> Judgement:
        """A step with no names that could be read: arithmetic."""
        if claims.unread and claims.has_symbols:
            judgement = EpisodeJudge(self._problem).judge(Step("step", text))  # for what it may prove wrong alone
            return judgement if judgement.verdict is _INCORRECT else Judgement(_UNCHECKED, reason=UNREAD)
        judgement = self._judge_numbers(text)
        if judgement.verdict is _CORRECT:
            self._learn_numbers(claims.claims)
        return judgement

    # -- the verdict on a whole step -------------------------------------------------------------------------------

    def _conclude(
        self, claims: Sequence[Claim], checked: Sequence[Judgement], local: Verdict, grounded: bool, reason: str
    ) -> Judgement:
        if any(judgement.local is not _CORRECT for judgement in checked):
            local, reason = _UNCHECKED, reason or "An equation could not be checked."
        value = _shown_value(claims)
        if local is not _CORRECT:
            return Judgement(_UNCHECKED, False, local, _UNCHECKED, reason=reason, value=value)
        setting = self._prepare()
        stated = [(len(claim.chains) > 1, [self._work_out(chain) for chain in claim.chains]) for claim in claims]
        keys = {claim_key(claim) for claim in claims}
        # What was said before reaches no second node, though two may have one value.
        index = None if keys <= self._said else setting.gold.reached(stated, self._reached)
        if index is None and not grounded:
            reason = "The equation holds, but nothing in it is given or derived before."
            return Judgement(_UNCHECKED, False, local, _UNCHECKED, reason=reason, value=value)
        is_new = self._learn(claims)
        self._said |= keys
        reached = index if index is not None and index not in self._reached else None
        for judgement in checked:
            reached = judgement.gold_index if reached is None else reached
        if reached is not None:
            self._reached.add(reached)
        plain = all(judgement.verdict is _CORRECT for judgement in checked)
        verdict = _CORRECT if plain else _UNCHECKED
        counts = verdict is _CORRECT and (reached is not None if self._nodes else is_new)
        reason = "The step holds, and rests on what is given or derived."
        global_ = _CORRECT if reached is not None else _UNCHECKED
        return Judgement(verdict, False, local, verdict, global_, reason, False, reached, value, counts)

    def _work_out(self, chain: Chain) -> Stated:
        setting = self._prepare()
        return Stated(chain.name, tuple(setting.side(side, self._value) for side in chain.sides))

    # -- claims ----------------------------------------------------------------------------------------------------

    def _check(self, claim: Claim) -> tuple[Finding, bool]:
        """Whether a claim holds, and whether it rests on what is known."""
        try:
            if len(claim.chains) > 1:
                return self._check_choice(claim), True
            return self._check_equations(claim.chains[0])
        except ExpressionError as error:
            return Finding(_UNCHECKED, f"The step could not be worked out: {error}"), False

    def _check_choice(self, claim: Claim) -> Finding:
        """Alternatives: their equations must have all known solutions, and no others."""
        differences: list[Quotient] = []
        for chain in claim.chains:
            for left, right in pairwise(chain.sides[1:]):
                finding = self._compare(left, right)
                if finding.verdict is not _CORRECT:
                    return self._explained(finding, chain, left, right)
            if len(chain.sides) < 2:
                return Finding(_UNCHECKED, "An alternative states no equation.")
            differences.append(self._value(chain.sides[0].tree) - self._value(chain.sides[1].tree))
        names = frozenset().union(*(difference.names for difference in differences))
        if len(names) != 1:
            return Finding(_UNCHECKED, "Alternatives in several unknowns are not compared.")
        verdict, reason = self._knowledge.solution_set(next(iter(names)), differences)
        if verdict is _INCORRECT and not all(side.sure for chain in claim.chains for side in chain.sides):
            verdict = _UNCHECKED
        said = " or ".join(dict.fromkeys(chain.text for chain in claim.chains))
        return Finding(verdict, reason if verdict is _UNCHECKED else f"{short_text(said)} is wrong: {reason}.")

    def _check_equations(self, chain: Chain) -> tuple[Finding, bool]:
        if len(chain.sides) > MAX_SIDES:
            return Finding(_UNCHECKED, f"A chain of more than {MAX_SIDES} sides is not read."), False
        follows = False
        worst: Finding | None = None
        for left, right in pairwise(chain.sides):
            finding = self._compare(left, right)
            if finding.verdict is _INCORRECT:
                return self._explained(finding, chain, left, right), False
            if finding.verdict is _UNCHECKED:
                worst = self._explained(finding, chain, left, right)
            follows = follows or finding.follows
        named = self._check_name(chain)
        if named is not None:
            return named, True
        if len(chain.sides) < 2:
            return Finding(_UNCHECKED, "A name is given an expression, which could not be checked."), False
        if worst is not None:
            return worst, False
        return Finding(_CORRECT), follows or any(self._rests(side) for side in chain.sides)

    def _check_name(self, chain: Chain) -> Finding | None:
        """Whether a chain gives a quantity of the gold path another value, or where it has one side alone its own."""
        last = chain.sides[-1]
        setting = self._prepare()
        node = setting.gold.named(normal_name(chain.name)) if chain.name else None
        value = setting.side(last, self._value).value
        if node is not None and node.expression is not None and node.expression.value is not None and value is not None:
            verdict = identical(value, node.expression.value)
            if verdict is _INCORRECT and last.sure and last.close is None:
                return Finding(
                    verdict, f"{chain.name} is {short_text(node.expression.value)}, not {short_text(value)}."
                )
            return Finding(verdict) if len(chain.sides) == 1 and verdict is _CORRECT else None
        if value is None or value.value is None or not last.sure or last.step or last.close is not None:
            return None
        forms = [setting.side(side, self._value).form for side in chain.sides[:-1]]
        heads = [other for other in setting.gold.nodes if other is not None and other.head in forms]
        numbers = [other.number for other in heads if other.number is not None]
        if numbers and value.value not in numbers:
            return Finding(_INCORRECT, f"{short_text(chain.text)} does not hold: the value is {numbers[0]}.")
        return None

    def _rests(self, side: Expression) -> bool:
        """Whether a side is something known, or is made of known numbers and names."""
        if all(self._ledger.knows(magnitude(number)) for number in numbers_of(side.tree)):
            return True
        return self._value(side.tree) in self._expressions

    def _value(self, tree: Node) -> Quotient:
        """The exact value of a side, worked out once in a step.

        Raises:
            ExpressionError: it has none.
        """
        found = self._values.get(id(tree))
        if found is None:
            self._values[id(tree)] = found = self._prepare().value(tree, self._definitions, self._budget)
        return found

    # -- one equation ----------------------------------------------------------------------------------------------

    def _compare(self, left: Expression, right: Expression) -> Finding:
        """One "=", in both readings of what is written close together."""
        readings = list(product((left.tree, left.close), (right.tree, right.close)))
        findings = [self._compare_trees(a, b, left, right) for a, b in readings if a is not None and b is not None]
        for finding in findings:
            if finding.verdict is _CORRECT:
                return finding
        if not all(finding.verdict is _INCORRECT for finding in findings) or not (left.sure and right.sure):
            return Finding(_UNCHECKED, findings[0].reason)
        return findings[0]

    def _compare_trees(self, first: Node, second: Node, left: Expression, right: Expression) -> Finding:
        a, b = self._value(first), self._value(second)
        self._budget.spend(_size(a) * _size(b) if a.polynomial is None or b.polynomial is None else _size(a) + _size(b))
        verdict = identical(a, b)
        if verdict is _CORRECT:
            return Finding(_CORRECT)
        difference = a - b
        names = difference.names
        is_free = self._is_free(first) or self._is_free(second)
        if is_free or (FREE in names and self._prepare().has_free):
            return self._compare_antiderivatives(a, b, difference)
        if not names:
            return Finding(_CORRECT) if rounds(a, right) or rounds(b, left) else self._decided(verdict, a, b)
        if self._knowledge.is_conditional:
            return self._compare_conditional(a, b)
        if may_be_equation(first, second) and not collects(a, b):
            return Finding(_UNCHECKED, "it may be an equation to be solved")
        return self._decided(verdict, a, b)

    def _compare_conditional(self, a: Quotient, b: Quotient) -> Finding:
        """Sides that differ, where unknowns have to fulfil equations."""
        knowledge, difference = self._knowledge, a - b
        # "x^2 - 5x + 6 = (x - 2)(x - 4)", where the left side is known to be 0, says what the expression is.
        is_rewritten = (
            bool(a.names and b.names)
            and knowledge.has_several_solutions(a.names | b.names)
            and (collects(a, b) or knowledge.follows(a) or knowledge.follows(b))
        )
        if knowledge.follows(difference):
            if is_rewritten:
                return Finding(_UNCHECKED, "both sides are zero for all solutions, but are not the same expression")
            return Finding(_CORRECT, follows=True)
        reason = knowledge.refutes(a, b)
        if reason:
            return Finding(_INCORRECT, reason)
        if knowledge.solutions(difference):
            if is_rewritten:
                return Finding(_INCORRECT, f"the left side is {short_text(a)}, the right side {short_text(b)}")
            return Finding(_UNCHECKED, "it holds for some of the solutions alone")
        return Finding(_UNCHECKED, "that it follows from what is known could not be shown")

    def _compare_antiderivatives(self, a: Quotient, b: Quotient, difference: Quotient) -> Finding:
        """Sides that are meant up to a constant: their derivatives must be the same."""
        variable = self._prepare().variable
        if self._prepare().without_constant(difference) == ZERO:
            return Finding(_CORRECT)
        if variable not in difference.names:
            if variable in a.names | b.names:
                return Finding(_CORRECT)  # they differ by a number
            if FREE in difference.names:
                return Finding(_UNCHECKED, "it depends on the constant of integration")
            return self._decided(identical(difference, ZERO), a, b)
        slopes = derivative(a, variable), derivative(b, variable)
        verdict = self._decided(identical(*slopes), *slopes).verdict
        if verdict is _INCORRECT:
            return Finding(
                _INCORRECT,
                f"the derivative of one side is {short_text(slopes[0])}, of the other {short_text(slopes[1])}",
            )
        return Finding(verdict, "the derivatives could not be compared")

    def _decided(self, verdict: Verdict, a: Quotient, b: Quotient) -> Finding:
        if verdict is _UNCHECKED and self._questions < MAX_QUESTIONS:
            from .symbolic import equal

            self._questions += 1
            verdict = equal(str(a), str(b))
        if verdict is _INCORRECT:
            return Finding(_INCORRECT, f"the left side is {short_text(a)}, the right side {short_text(b)}")
        return Finding(verdict, "whether the sides are the same could not be decided")

    def _is_free(self, tree: Node) -> bool:
        """Whether a tree holds what is known up to a constant: an integral without bounds, or an antiderivative."""
        if tree.kind == "integral" and len(tree.parts) == 1:
            return True
        definition = self._definitions.get(tree.name) if tree.kind == "apply" and not tree.value else None
        return (definition is not None and definition.is_up_to_constant) or any(map(self._is_free, tree.parts))

    def _explained(self, finding: Finding, chain: Chain, left: Expression, right: Expression) -> Finding:
        word = "does not hold" if finding.verdict is _INCORRECT else "was not checked"
        return Finding(finding.verdict, f"{short_text(chain.text)} {word}: {finding.reason}.")

    # -- what is learnt --------------------------------------------------------------------------------------------

    def _learn(self, claims: Sequence[Claim]) -> bool:
        """Enters what a correct step states; whether it is the first to find the value of something."""
        is_new = False
        self._learn_numbers(claims)
        for claim in claims:
            for chain in claim.chains:
                if len(claim.chains) == 1:
                    self._learn_chain(chain)
            key = claim_key(claim)
            if all(finds_value(chain) for chain in claim.chains) and key not in self._stated:
                self._stated.add(key)
                is_new = True
        return is_new

    def _learn_numbers(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            for chain in claim.chains:
                for side in chain.sides:
                    for number in numbers_of(side.tree):
                        self._ledger.add(number)

    def _learn_chain(self, chain: Chain) -> None:
        values: list[Quotient] = []
        for side in chain.sides:
            try:
                values.append(self._value(side.tree))
            except ExpressionError:
                return
            number = values[-1].value
            if number is not None:
                self._ledger.add(number)
        self._expressions.update(values)
        head = chain.sides[0].tree
        known = self._definitions.get(head.name) if head.kind == "apply" and not head.value else None
        if known is not None and known.is_up_to_constant and head.parts in ((), (Node("name", name=known.variable),)):
            self._definitions[head.name] = Definition(known.variable, values[-1])
        for first, second in pairwise(values):
            if self._knowledge.is_conditional and first != second and (first - second).names:
                self._knowledge.add(first - second)


def _size(value: Quotient) -> int:
    return len(value.numerator.terms) + len(value.denominator.terms)


def _is_symbolic(claim: Claim) -> bool:
    return any(has_symbol(side.tree) for chain in claim.chains for side in chain.sides)


def _shown_value(claims: Sequence[Claim]) -> str | None:
    """The last equation that a step states, as it is written."""
    if not claims:
        return None
    return short_text(" or ".join(dict.fromkeys(chain.text for chain in claims[-1].chains)))
