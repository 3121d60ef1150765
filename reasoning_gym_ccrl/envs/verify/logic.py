"""The judge of propositional deduction: does a step follow, from what it cites, and is that known?

Facts are kept as truth tables, so that what says the same is the same. A step is read in controlled English or as
formulas; of several readings one that is right is enough, and it is wrong only where each is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...step_format import shorten
from ...types import Judgement, Problem, Step, Verdict
from .answers import extract_answer
from .logic_english import Inference, Unread, read_inferences, read_statement
from .logic_words import MAX_CHARS
from .logic_world import follows_shortly, with_one_more, world_of
from .plans import plan_matches
from .propositions import Formula, atoms_of, conjuncts, is_literal
from .truth import TRUTHS, split_truth, truths_in

_CORRECT, _INCORRECT, _UNCHECKED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED
_MAX_CHOICES = 60  # readings of one claim and what it cites, taken together
_SHOWN = 90


@dataclass(frozen=True, slots=True)
class _Finding:
    """The verdict on one reading of one claim; `derived` is the conclusion that a CORRECT one adds."""

    verdict: Verdict
    local: Verdict
    grounded: Verdict
    reason: str
    derived: Formula = ""


class LogicJudge:
    """Judges the steps of one attempt in order, and remembers what they have derived.

    Reads `metadata["atoms"]` (name -> phrase), `metadata["premises"]` (formulas, or sentences of controlled English)
    and, for answers in whole sentences, `metadata["goal"]`. Verdicts:

    - "P, Q, so C" and "C because P, Q" are CORRECT where P and Q are known and C follows from them, or from them and
      one more known fact. The inference is INCORRECT, as a truth table shows a case against it, where C does not
      follow from all premises together, or where a rule is cited with what it is applied to and C does not follow.
    - "So C", or C alone, is CORRECT where one or two known facts, or three that split into cases, entail it. What
      follows by a longer way, or is open, is UNCHECKED.
    - What the premises refute is INCORRECT, cited or concluded.

    Raises:
        InvalidProblem: the atoms or premises are missing, not read, too many, or contradict each other.

    >>> atoms = {"a": "Ann is tall", "b": "Ben is kind"}
    >>> problem = Problem("p", "…", "yes", metadata={"atoms": atoms, "premises": ["a -> b", "a"], "domain": "logic"})
    >>> step = "If Ann is tall, then Ben is kind, and Ben is kind, so Ann is tall."
    >>> LogicJudge(problem).judge(Step("step", step)).reason
    'It does not follow from what is cited: Ben is kind, while Ann is not tall, would be a case against it.'
    """

    __slots__ = ("_facts", "_problem", "_reached", "_world")

    def __init__(self, problem: Problem):
        self._problem = problem
        self._world = world_of(problem)
        self._facts: dict[int, Formula] = dict(self._world.premises)
        self._reached: set[int] = set()

    def judge(self, step: Step) -> Judgement:
        """The judgement of the next step; what a CORRECT one derives is known from then on."""
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
        wanted = split_truth(gold)
        if wanted is None:
            return Judgement(_UNCHECKED, is_final=True, reason=f"The gold answer is none of {', '.join(TRUTHS)}.")
        verdict, reason, value = self._match(wanted[0], text)
        return Judgement(
            verdict, True, verdict, _UNCHECKED, verdict, reason, value=value, counts=verdict is not _UNCHECKED
        )

    def _match(self, wanted: str, text: str) -> tuple[Verdict, str, str | None]:
        if len(text) > MAX_CHARS:
            return _UNCHECKED, f"An answer of more than {MAX_CHARS} characters is not read.", None
        said = extract_answer(text)
        begins = split_truth(said)
        if begins is None:
            if truths_in(said) or self._restates(said):
                return _UNCHECKED, "The answer should begin with yes, no or unknown.", None
            return _INCORRECT, "The answer says neither yes, no nor unknown.", None
        value, rest = begins
        if set(truths_in(said)) != {value}:
            return _UNCHECKED, "The answer says more than one thing.", None
        stated = self._restates(rest)
        if stated is not None and value in ("yes", "no") and stated != value:
            return _UNCHECKED, "The answer says one thing and its reason another.", None
        if value == wanted:
            return _CORRECT, f"{value!r} is the answer.", value
        return _INCORRECT, f"The answer is not {value!r}.", value

    def _restates(self, text: str) -> str | None:
        """Whether a text states what was asked ("yes") or denies it ("no"); None where it does neither."""
        world = self._world
        if world.goal is None:
            return None
        try:
            readings = read_statement(text, world.phrases, world.table)
        except Unread:
            return None
        goal = world.table.mask(world.goal)
        masks = {world.table.mask(reading) for reading in readings}
        if masks == {goal}:
            return "yes"
        return "no" if masks == {world.table.full ^ goal} else None

    def _judge_plan(self, text: str) -> Judgement:
        if any(char.isnumeric() for char in text):
            return self.malformed("A plan names quantities and holds no digit.")
        if plan_matches(text, self._problem.solution):
            return Judgement(_CORRECT, global_=_CORRECT, reason="The plan is the gold deduction.")
        return Judgement(_UNCHECKED, reason="The plan is not the gold deduction, which proves nothing against it.")

    # -- steps ---------------------------------------------------------------------------------------------------

    def _judge_step(self, text: str) -> Judgement:
        world = self._world
        try:
            claims = read_inferences(text, world.phrases, world.table)
        except Unread as error:
            return Judgement(_UNCHECKED, reason=str(error))
        facts = dict(self._facts)
        findings: list[_Finding] = []
        for alternatives in claims:
            finding = self._judge_claim(alternatives, facts)
            if finding.verdict is _INCORRECT:
                return Judgement(_INCORRECT, False, finding.local, finding.grounded, reason=finding.reason, counts=True)
            if finding.verdict is _CORRECT:
                for part in (finding.derived, *conjuncts(finding.derived)):
                    facts.setdefault(world.table.mask(part), part)
            findings.append(finding)
        return self._sum_up(findings, facts)

    def _sum_up(self, findings: list[_Finding], facts: dict[int, Formula]) -> Judgement:
        """The judgement of a step none of whose claims is wrong."""
        world = self._world
        local = _CORRECT if all(finding.local is _CORRECT for finding in findings) else _UNCHECKED
        grounded = _CORRECT if all(finding.grounded is _CORRECT for finding in findings) else _UNCHECKED
        open_findings = [finding for finding in findings if finding.verdict is not _CORRECT]
        if open_findings:
            self._facts = facts
            return Judgement(_UNCHECKED, False, local, grounded, reason=open_findings[0].reason)
        reached: int | None = None
        is_new = False
        for part in (part for finding in findings for part in self._new_parts(finding.derived)):
            mask = world.table.mask(part)
            if mask in world.gold and (index := world.gold.index(mask)) not in self._reached:
                self._reached.add(index)
                reached = index
            # With no gold path each new literal counts: an atom has no more than one that is true.
            is_new = is_new or (mask not in self._facts and is_literal(part))
        self._facts = facts
        global_ = _CORRECT if reached is not None else _UNCHECKED
        value = world.phrases.say(findings[-1].derived)
        counts = reached is not None if world.gold else is_new
        return Judgement(_CORRECT, False, local, grounded, global_, findings[-1].reason, False, reached, value, counts)

    def _new_parts(self, derived: Formula) -> list[Formula]:
        """What a conclusion adds: itself and, where it is a conjunction that was not known, its parts."""
        parts = conjuncts(derived)
        if len(parts) == 1 or self._world.table.mask(derived) in self._facts:
            return [derived]
        return [*parts, derived]

    def _judge_claim(self, alternatives: list[Inference], facts: dict[int, Formula]) -> _Finding:
        """The best of all readings: one that is CORRECT, else one that is UNCHECKED, else the first."""
        found: list[_Finding] = []
        for inference in alternatives:
            for conclusion in inference.conclusion:
                for cited in _choices(inference.cited):
                    finding = self._check(conclusion, cited, facts)
                    if finding.verdict is _CORRECT:
                        return finding
                    found.append(finding)
                    if len(found) > _MAX_CHOICES:
                        return _Finding(_UNCHECKED, _UNCHECKED, _UNCHECKED, "The step has too many readings.")
        return next((finding for finding in found if finding.verdict is _UNCHECKED), found[0])

    def _check(self, conclusion: Formula, cited: list[Formula] | None, facts: dict[int, Formula]) -> _Finding:
        """The verdict on one reading."""
        world, table = self._world, self._world.table
        goal = table.mask(conclusion)
        if not world.rows & goal:
            return _Finding(_INCORRECT, _UNCHECKED, _UNCHECKED, f"The premises refute it: {self._denied(conclusion)}.")
        if cited is None:
            return self._check_bare(conclusion, goal, facts)
        unknown: Formula | None = None
        rows = table.full
        for fact in cited:
            mask = table.mask(fact)
            if not world.rows & mask:
                return _Finding(_INCORRECT, _UNCHECKED, _INCORRECT, f"The premises refute {self._quoted(fact)}.")
            rows &= mask
            if unknown is None and not self._is_known(fact, mask, facts):
                unknown = fact
        if rows & ~goal and not with_one_more(rows, goal, facts):
            is_whole = len(cited) > 1 and not all(is_literal(fact) for fact in cited)
            if is_whole or world.rows & ~goal:
                against = world.rows & rows & ~goal or rows & ~goal
                return _Finding(_INCORRECT, _INCORRECT, _UNCHECKED, self._case_against(against, cited, conclusion))
            return _Finding(_UNCHECKED, _UNCHECKED, _UNCHECKED, "It is true, but does not follow in one step.")
        if unknown is not None:
            reason = f"It would follow, but {self._quoted(unknown)} is neither given nor derived before."
            return _Finding(_UNCHECKED, _CORRECT, _UNCHECKED, reason)
        return _Finding(_CORRECT, _CORRECT, _CORRECT, "It follows from what is given or derived before.", conclusion)

    def _check_bare(self, conclusion: Formula, goal: int, facts: dict[int, Formula]) -> _Finding:
        if self._is_known(conclusion, goal, facts):
            reason = "It is given, or was derived before."
        elif follows_shortly(goal, facts):
            reason = "It follows from what is given or derived before."
        elif self._world.rows & ~goal:
            return _Finding(_UNCHECKED, _UNCHECKED, _UNCHECKED, "The premises neither prove nor refute it.")
        else:
            return _Finding(_UNCHECKED, _UNCHECKED, _UNCHECKED, "It is true, but does not follow in one step.")
        return _Finding(_CORRECT, _CORRECT, _CORRECT, reason, conclusion)

    def _is_known(self, formula: Formula, mask: int, facts: dict[int, Formula]) -> bool:
        """Whether it, or each part of a conjunction, was given or derived; what is always true is known."""
        if mask in facts or mask == self._world.table.full:
            return True
        parts = conjuncts(formula)
        return len(parts) > 1 and all(self._is_known(part, self._world.table.mask(part), facts) for part in parts)

    # -- words ---------------------------------------------------------------------------------------------------

    def _quoted(self, formula: Formula) -> str:
        return f'"{shorten(self._world.phrases.say(formula), _SHOWN)}"'

    def _denied(self, formula: Formula) -> str:
        say = self._world.phrases.say
        text = say(("not", formula)) if isinstance(formula, str) else say(formula[1]) if is_literal(formula) else ""
        return shorten(text, _SHOWN) if text else f"it is not true that {shorten(say(formula), _SHOWN)}"

    def _case_against(self, rows: int, cited: Sequence[Formula], conclusion: Formula) -> str:
        """A row in which what is cited is true and the conclusion false, in words."""
        example = self._world.table.example(rows)
        concluded = atoms_of(conclusion)
        others = [name for fact in cited for name in atoms_of(fact) if name not in concluded]

        def said(names: Sequence[str]) -> str:
            literals: list[Formula] = [name if example[name] else ("not", name) for name in dict.fromkeys(names)]
            return shorten(" and ".join(self._world.phrases.say(literal) for literal in literals), _SHOWN)

        case = f"{said(others)}, while {said(concluded)}," if others else said(concluded)
        return f"It does not follow from what is cited: {case} would be a case against it."


def _choices(cited: tuple[tuple[Formula, ...], ...] | None) -> list[list[Formula] | None]:
    """Each way to read what is cited, conjunctions in their parts; [None] where nothing is."""
    if cited is None:
        return [None]
    choices: list[list[Formula]] = [[]]
    for readings in cited:
        choices = [[*choice, *conjuncts(reading)] for choice in choices for reading in readings][: _MAX_CHOICES + 1]
    return list(choices)
