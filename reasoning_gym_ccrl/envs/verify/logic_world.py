"""What a problem of propositional deduction gives, as truth tables, and what follows from it in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from ...errors import InvalidProblem
from ...step_format import shorten
from ...types import Problem
from .logic_english import Unread, read_statement
from .logic_words import Phrases
from .propositions import Formula, FormulaError, TruthTable, conjuncts, parse_formula

_MAX_FACTS = 60  # premises and derived facts among which a bare conclusion's reasons are looked for


@dataclass(frozen=True, slots=True)
class World:
    """What a problem gives: shared by all attempts at it, never changed.

    Attributes:
        premises: table -> formula of each premise, and of each part of those that are conjunctions.
        rows: the rows of the table in which all premises are true.
        gold: the table of each gold node, None where its value is not read.
        goal: what the question asks, None where that is not said.
    """

    phrases: Phrases
    table: TruthTable
    premises: Mapping[int, Formula]
    rows: int
    gold: tuple[int | None, ...]
    goal: Formula | None


def with_one_more(rows: int, goal: int, facts: Mapping[int, Formula]) -> bool:
    """Whether what is cited entails the goal together with one known fact that does not entail it alone."""
    return any(not rows & fact & ~goal and fact & ~goal for fact in facts)


def follows_shortly(goal: int, facts: Mapping[int, Formula]) -> bool:
    """Whether one or two known facts entail the goal, or three of which one is an alternative with its cases."""
    against = ~goal
    known = list(facts)[:_MAX_FACTS]
    if any(not fact & against for fact in known):
        return True
    if any(not first & second & against for first, second in combinations(known, 2)):
        return True
    splits = [fact for fact, formula in facts.items() if not isinstance(formula, str) and formula[0] in ("or", "xor")]
    rules = [fact for fact, formula in facts.items() if not isinstance(formula, str) and formula[0] in ("if", "iff")]
    return any(
        not split & first & second & against
        for split in splits
        for first, second in combinations(rules[:_MAX_FACTS], 2)
    )


def world_of(problem: Problem) -> World:
    """What a problem gives; read once for all attempts at it.

    Raises:
        InvalidProblem: the atoms or premises are missing, not read, too many, or contradict each other.
    """
    atoms, premises = problem.metadata.get("atoms"), problem.metadata.get("premises")
    if not isinstance(atoms, Mapping) or not isinstance(premises, Sequence) or isinstance(premises, str):
        raise InvalidProblem(
            'A problem of the domain "logic" has metadata["atoms"], a mapping of names to phrases such as '
            '{"a": "Ann is tall"}, and metadata["premises"], a list of formulas or sentences; '
            f"problem {problem.id!r} has {shorten(repr(atoms))} and {shorten(repr(premises))}."
        )
    for text in (*atoms, *atoms.values(), *premises):
        if not isinstance(text, str) or not text.strip():
            raise InvalidProblem(
                f"Atoms, phrases and premises are texts that are not empty; problem {problem.id!r} has {text!r}."
            )
    goal = problem.metadata.get("goal")
    asked = goal if isinstance(goal, str) else ""
    values = tuple(step.value for step in problem.solution)
    return _cached_world(problem.id, tuple(atoms.items()), tuple(premises), asked, values)


@lru_cache(maxsize=4_096)
def _cached_world(
    problem_id: str,
    atoms: tuple[tuple[str, str], ...],
    premises: tuple[str, ...],
    goal: str,
    gold: tuple[str, ...],
) -> World:
    phrases = Phrases(dict(atoms))
    try:
        table = TruthTable(phrases.atoms)
        formulas = [_read_formula(text, phrases, table) for text in premises]
        asked = _read_formula(goal, phrases, table) if goal else None
    except (FormulaError, Unread) as error:
        raise InvalidProblem(f"The premises of problem {problem_id!r} cannot be read: {error}") from None
    rows = table.mask(("and", *formulas))
    if not rows:
        raise InvalidProblem(
            "The premises of a problem do not contradict each other, as all follows from such; those of problem "
            f"{problem_id!r} do."
        )
    known: dict[int, Formula] = {}
    for formula in formulas:
        for part in (formula, *conjuncts(formula)):
            known.setdefault(table.mask(part), part)
    return World(phrases, table, known, rows, _gold_tables(gold, phrases, table), asked)


def _read_formula(text: str, phrases: Phrases, table: TruthTable) -> Formula:
    """A formula, or a sentence with one reading."""
    try:
        formula = parse_formula(text)
        table.mask(formula)
        return formula
    except FormulaError as error:
        try:
            readings = read_statement(text, phrases, table)
        except Unread:
            raise error from None
    if len(readings) > 1:
        raise Unread(f"{shorten(text)!r} can be read in more than one way; use brackets, or a formula.")
    return readings[0]


def _gold_tables(values: Sequence[str], phrases: Phrases, table: TruthTable) -> tuple[int | None, ...]:
    tables: list[int | None] = []
    for value in values:
        try:
            tables.append(table.mask(_read_formula(value, phrases, table)))
        except (FormulaError, Unread):
            tables.append(None)
    return tuple(tables)
