"""The judge of one episode: what each step claims, whether that holds, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ...types import Judgement, Problem, Step, Verdict
from .agreement import agree, describe, stands_for
from .answers import match_answer
from .equations import normal_name, read_chains
from .graders import grade
from .plans import plan_matches
from .quantities import GoldNode, Ledger, gold_nodes, implied_by
from .refute import Refuter
from .sides import Chain, Side
from .tokens import Number, canonical, magnitude

# "apples now = (12 + 12) * 2 = 48": no word stands anywhere but in the name.
_CALCULATION = re.compile(r"(?:([A-Za-z][A-Za-z' ]{0,79})=)?[\d\s+*/().=^-]*", re.ASCII)

_CORRECT, _INCORRECT, _UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED


class EpisodeJudge:
    """Judges the steps of one attempt in order, and remembers what they have derived.

    INCORRECT needs proof: a false equality, a named quantity of the problem given another value, or a malformed
    action. CORRECT needs every equation true and some side of it calculated from what is given or derived.
    All else is UNCHECKED.

    >>> problem = Problem("p", "3 bags hold 4 apples each. How many apples?", "12")
    >>> judge = EpisodeJudge(problem)
    >>> judge.judge(Step("step", "3 * 4 = 13")).reason
    '3 * 4 = 13 does not hold: the left side is 12, the right side 13.'
    """

    __slots__ = ("_gold", "_ledger", "_problem", "_reached", "_refuter")

    def __init__(self, problem: Problem):
        self._problem = problem
        self._ledger = Ledger(problem)
        self._gold: tuple[GoldNode | None, ...] | None = None
        self._reached: set[int] = set()
        self._refuter: Refuter | None = None  # made when the first step in prose comes

    @property
    def _nodes(self) -> tuple[GoldNode | None, ...]:
        """The gold path as numbers, read when the first step asks for it: an answer alone never does."""
        if self._gold is None:
            self._gold = gold_nodes(self._problem.solution)
        return self._gold

    def judge(self, step: Step) -> Judgement:
        """The judgement of the next step; the ledger grows by what a CORRECT one derives."""
        if step.kind == "step":
            return self._judge_step(step.text)
        if step.kind == "answer":
            return self._judge_answer(step.text)
        return self._judge_plan(step.text)

    def malformed(self, reason: str) -> Judgement:
        """The judgement of an action that broke the text protocol."""
        return Judgement(_INCORRECT, reason=reason, malformed=True, counts=True)

    # -- answers and plans ---------------------------------------------------------------------------------------

    def _judge_answer(self, text: str) -> Judgement:
        gold = self._problem.answer
        if gold is None:
            return Judgement(_UNCHECKED, is_final=True, reason="Nobody knows the answer to this problem.")
        metadata = self._problem.metadata
        if "grader" in metadata and (graded := grade(self._problem, text)) is not None:
            return graded
        kind = metadata.get("answer_kind")
        given = _given_expressions(metadata) if kind == "expression" else ()
        match = match_answer(gold, text, kind=kind, given=given)
        verdict = match.verdict
        value = None if match.value is None else canonical(match.value)
        return Judgement(
            verdict, True, verdict, _UNCHECKED, verdict, match.reason, value=value, counts=verdict is not _UNCHECKED
        )

    def _judge_plan(self, text: str) -> Judgement:
        if any(char.isnumeric() for char in text):
            return self.malformed("A plan names quantities and holds no digit.")
        if plan_matches(text, self._problem.solution):
            return Judgement(_CORRECT, global_=_CORRECT, reason="The plan is the gold calculation.")
        return Judgement(_UNCHECKED, reason="The plan is not the gold calculation, which proves nothing against it.")

    # -- steps ---------------------------------------------------------------------------------------------------

    def _judge_step(self, text: str) -> Judgement:
        reading = read_chains(text)
        if not reading.chains:
            if refuted := self._refute(text):
                return refuted
            return Judgement(_UNCHECKED, reason=reading.problem or "There is no equation with numbers to check.")
        local = _UNCHECKED if reading.unread else _CORRECT
        checked = 0
        for chain in reading.chains:
            verdict, reason = self._check_chain(chain)
            if verdict is _INCORRECT:
                return Judgement(_INCORRECT, False, _INCORRECT, reason=reason, counts=True)
            if verdict is _CORRECT:
                checked += 1
            elif reason:
                local = _UNCHECKED
        if not checked:
            local = _UNCHECKED
        if not self._is_calculation(reading.chains[0], text) and (refuted := self._refute(text)):
            return refuted
        return self._ground(reading.chains, local)

    def _is_calculation(self, chain: Chain, text: str) -> bool:
        """Whether a step says nothing beside its calculation; a letter before it may be an unknown of the question."""
        if not chain.tokens:
            return True
        match = _CALCULATION.fullmatch(text)
        return match is not None and (bool(self._problem.solution) or len((match[1] or "").strip()) != 1)

    def _refute(self, text: str) -> Judgement | None:
        """The judgement of a step that something other than its calculations proves wrong."""
        if self._refuter is None:
            self._refuter = Refuter(self._problem)
        reason = self._refuter.refute(text)
        return Judgement(_INCORRECT, False, _INCORRECT, reason=reason, counts=True) if reason else None

    def _check_chain(self, chain: Chain) -> tuple[Verdict, str]:
        """Whether a chain holds; UNCHECKED with "" where it claims nothing that could be checked."""
        sides = chain.sides
        verdict = _UNCHECKED
        reason = ""
        for left, right in pairwise(sides):
            found = agree(left, right, chain)
            if found is _INCORRECT:
                return found, f"{_quote(chain, left, right)} does not hold: {describe(left, right, chain)}."
            if found is _UNCHECKED:
                reason = "An equation could be read in more than one way."
            verdict = _CORRECT
        if reason:
            return _UNCHECKED, reason
        if chain.name and (known := self._named(chain.name)) is not None:
            value = sides[-1].value
            if value != known and sides[0].value != known and not stands_for(known, sides[-1], chain):
                if sides[-1].sure and not sides[-1].units:
                    return _INCORRECT, f"{chain.name.strip()} is {canonical(known)}, not {canonical(value)[:40]}."
                return _UNCHECKED, "A named quantity could be meant in another unit."
            verdict = _CORRECT
        return verdict, reason

    def _named(self, name: str) -> Number | None:
        name = normal_name(name)
        for node in self._nodes:
            if node is not None and node.name == name and name:
                return node.value
        return self._ledger.names().get(name)

    def _ground(self, chains: list[Chain], local: Verdict) -> Judgement:
        """Second half: are the operands known, is a gold node reached, what is new?"""
        ungrounded: Number | None = None
        reached: int | None = None
        is_new = False
        value: Number | None = None
        for chain in chains:
            value = chain.sides[-1].value
            node_index = self._reach(chain)
            unknown = None if node_index is not None else self._unknown(chain)
            if unknown is not None:
                ungrounded = unknown
                continue
            if local is not _CORRECT:
                continue
            if node_index is not None and node_index not in self._reached:
                self._reached.add(node_index)
                reached = node_index
            is_new = self._derive(chain, node_index is not None) or is_new
        grounded = _CORRECT if ungrounded is None else _UNCHECKED
        verdict = _CORRECT if local is grounded is _CORRECT else _UNCHECKED
        if is_new and not self._problem.solution and "grader" in self._problem.metadata:
            is_new = False  # its answer alone can be told from padding
        counts = verdict is _CORRECT and (reached is not None if self._problem.solution else is_new)
        global_ = _CORRECT if reached is not None else _UNCHECKED
        shown = None if value is None else canonical(value)
        return Judgement(
            verdict, False, local, grounded, global_, _reason(local, ungrounded), False, reached, shown, counts
        )

    def _unknown(self, chain: Chain) -> Number | None:
        """An operand that is neither given nor derived, or None where one calculated side rests on known ones alone."""
        calculated = [side for side in chain.sides if side.operators] or chain.sides
        implied = implied_by(chain.tokens) if chain.tokens else ()
        unknown: Number | None = None
        for side in calculated:
            unknown = self._ledger.unknown_in(side, implied)
            if unknown is None:
                return None
        return unknown

    def _derive(self, chain: Chain, is_gold: bool) -> bool:
        """Enters the values of a grounded chain; whether one of them is new (not asked where there is a gold path)."""
        if len(chain.sides) == 1 and not is_gold:
            return False
        ledger, has_gold = self._ledger, bool(self._problem.solution)
        new = False
        for side in chain.sides:
            # With a gold path newness decides nothing, and the question need not be read to find it out.
            if has_gold or ledger.is_new(side.value):
                new = True
                ledger.add(side.value)
            for part in side.parts:
                ledger.add(part)
        return new

    def _reach(self, chain: Chain) -> int | None:
        """The gold node that a chain reaches: the one it names, else one of its value, from that node's operands."""
        name = normal_name(chain.name) if chain.name else ""
        found: int | None = None
        nodes = self._nodes
        named = bool(name) and any(node is not None and node.name == name for node in nodes)
        for index, node in enumerate(nodes):
            if node is None or not any(side.value == node.value for side in chain.sides):
                continue
            if node.name == name if named else _is_reached_by(node, chain.sides):
                if index not in self._reached:
                    return index
                found = index
        return found


def _given_expressions(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The expressions that a problem gives: to state one of them once more answers nothing."""
    expressions, functions = metadata.get("expressions"), metadata.get("functions")
    found = list(expressions) if isinstance(expressions, (list, tuple)) else []
    found += functions.values() if isinstance(functions, Mapping) else []
    return tuple(map(str, found))


def _is_reached_by(node: GoldNode, sides: list[Side]) -> bool:
    for side in sides:
        if side.operators:
            used = {magnitude(operand) for operand in side.operands}
            if used <= node.reach_from and all(not group.isdisjoint(used) for group in node.groups):
                return True
    return False


def _quote(chain: Chain, left: Side, right: Side) -> str:
    """The equation in question as it is written, without the prose around it."""
    text = chain.text
    if chain.tokens:
        text = text[chain.tokens[left.start].start : chain.tokens[right.end - 1].end]
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def _reason(local: Verdict, ungrounded: Number | None) -> str:
    if local is not _CORRECT:
        return "No equation could be checked to the end."
    if ungrounded is not None:
        return f"The calculation holds; {canonical(ungrounded)[:40]} is neither given nor derived before."
    return "The calculation holds, from quantities that are given or derived."
