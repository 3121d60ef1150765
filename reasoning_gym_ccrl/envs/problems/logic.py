"""Propositional deduction: facts and rules in plain English, of which a question follows, is refuted, or stays open.

The judge is `verify.logic`: a step says what it rests on, "Ann is tall, and if Ann is tall, then Ben is kind, so Ben is
kind." The plan of a solution names rules and nothing else: "modus ponens on an implication and a given fact".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...errors import InvalidOption, unknown_name
from ...types import GoldStep, Problem
from ..verify.logic_words import Phrases
from ..verify.propositions import MAX_ATOMS, Formula, atoms_of, is_literal, negate, render_formula
from .base import Draft, FamilyConfig, check_bounds, digest, shift_wording
from .logic_proofs import CHAIN_RULES, NAMES, RULES, Growth, Proof, premises_of, shape, steps_of
from .logic_words import ASKS, FRAMES, OR_UNKNOWN, WORDINGS, YES_OR_NO, capital, draw_atoms

MAX_STEPS = 9
"""Longest proof: each step brings an atom, and one is kept for what is open or does not matter."""

# What is asked and stays open, though a hasty reader would take it from what was proven.
_TRAPS = ("converse", "alternative", "inverse")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicConfig(FamilyConfig):
    """Settings of the family; all bounds are inclusive. `max_steps` is at most 9.

    Attributes:
        rules: which rules of inference the proofs use, some of `logic_proofs.RULES`.
        extra: most statements that do not matter, where a problem has any; `distractors` is the probability of that.
        unknown: share of the problems whose answer is "unknown".
    """

    rules: tuple[str, ...] = RULES
    extra: int = 1
    unknown: float = 0.0

    def __post_init__(self) -> None:
        FamilyConfig.__post_init__(self)
        check_bounds(self, {"extra": 1})
        if self.max_steps > MAX_STEPS:
            raise InvalidOption(f"A proof has at most {MAX_STEPS} steps; received max_steps={self.max_steps}.")
        for rule in self.rules:
            if rule not in RULES:
                raise unknown_name("rule of inference", rule, RULES)
        if not set(self.rules) & set(CHAIN_RULES):
            raise InvalidOption(
                f"Proofs of any length need one of the rules {', '.join(CHAIN_RULES)}; received {self.rules!r}."
            )
        if not 0 <= self.unknown <= 1:
            raise InvalidOption(f"unknown is a share from 0 to 1; received {self.unknown!r}.")


class Logic:
    """The family "logic"; see the module's docstring."""

    name = "logic"
    presets: Mapping[str, LogicConfig] = {
        "easy": LogicConfig(
            max_steps=3, rules=("modus ponens", "modus tollens", "disjunctive syllogism", "simplification")
        ),
        "medium": LogicConfig(
            min_steps=2,
            max_steps=5,
            rules=(*CHAIN_RULES, "simplification", "conjunction", "hypothetical syllogism"),
            extra=2,
            distractors=0.5,
        ),
        "hard": LogicConfig(min_steps=4, max_steps=7, extra=3, distractors=0.8, unknown=0.25),
    }

    def draft(self, rng: random.Random, config: LogicConfig) -> Draft:
        """Grows a proof, and decides what of it is asked."""
        steps = config.min_steps + int(rng.random() * (config.max_steps - config.min_steps + 1))
        trap = _TRAPS[int(rng.random() * len(_TRAPS))] if config.unknown and rng.random() < config.unknown else ""
        extra = 0
        spare = MAX_ATOMS - 1 - steps - bool(trap)
        if config.distractors and rng.random() < config.distractors:
            extra = min(1 + int(rng.random() * config.extra), spare)
        growth = Growth(rng, config.rules, spare - extra)
        proof = growth.proof(growth.literal(), steps, is_root=True)
        signed, composition = shape(proof, signed=True), shape(proof, signed=False)
        if trap:
            signed, composition = f"{trap} of {signed}", f"{trap} of {composition}"
        return Draft(signed, partial(_word, rng, config, growth, proof, trap, extra, signed), steps, composition)

    def shifted(self, config: LogicConfig, split: str) -> Any | None:
        """There are no numbers to be larger; all else can shift."""
        if split == "more_steps" and config.max_steps + 2 > MAX_STEPS:
            return None
        return shift_wording(config, split)


def _word(
    rng: random.Random, config: LogicConfig, growth: Growth, proof: Proof, trap: str, extra: int, graph: str
) -> Problem:
    premises = list(premises_of(proof))
    goal = proof.conclusion
    if trap:
        goal = growth.names.pop(0)
        premises.insert(int(rng.random() * (len(premises) + 1)), _trap(trap, goal, proof.conclusion, rng))
    proven = [step.conclusion for step in steps_of(proof) if is_literal(step.conclusion)]
    facts = proven + [premise for premise in premises if is_literal(premise)]
    distractors = [_distractor(rng, growth.names.pop(0), facts) for _ in range(extra)]
    for distractor in distractors:
        premises.insert(int(rng.random() * (len(premises) + 1)), distractor)
    if config.order == "shuffled":
        premises = _shuffled(rng, premises)
    used = dict.fromkeys(name for premise in premises for name in atoms_of(premise))
    # Atoms are named in the order of the question, so that a name tells nothing about the proof.
    drawn = draw_atoms(rng, config.names, len(used))
    names = dict(zip(used, NAMES, strict=False))
    things = dict(zip(used, drawn, strict=True))
    phrases = Phrases({name: " is ".join(things[name]) for name in used})

    def text_of(formula: Formula) -> str:
        return render_formula(_renamed(formula, names))

    asked = goal if isinstance(goal, str) else goal[1]
    wordings = WORDINGS[config.templates]
    statements = [_sentence(rng, wordings, phrases, premise) for premise in premises]
    question = _question(rng, config, statements, things[asked])
    answer = "unknown" if trap else "yes" if isinstance(goal, str) else "no"
    return Problem(
        id=f"logic:{digest(question):016x}",
        question=question,
        answer=answer,
        solution=tuple(_gold_steps(proof, phrases, text_of)),
        family="logic",
        metadata={
            "domain": "logic",
            "givens": {},
            "graph": graph,
            "answer_kind": "truth",
            "atoms": {names[name]: phrase for name, phrase in phrases.atoms.items()},
            "premises": [text_of(premise) for premise in premises],
            "goal": names[asked],
            "distractors": [text_of(distractor) for distractor in distractors],
        },
    )


def _trap(trap: str, goal: str, proven: Formula, rng: random.Random) -> Formula:
    """A rule about the goal and what is proven, from which nothing follows for the goal."""
    asked: Formula = goal if rng.random() < 0.5 else ("not", goal)
    if trap == "converse":
        return ("if", asked, proven)
    if trap == "inverse":
        return ("if", negate(proven), asked)
    return ("or", proven, asked) if rng.random() < 0.5 else ("or", asked, proven)


def _distractor(rng: random.Random, name: str, facts: Sequence[Formula]) -> Formula:
    """A statement with an atom of its own, true in some case of every case that the premises leave: it adds nothing."""
    own: Formula = name if rng.random() < 0.5 else ("not", name)
    fact = facts[int(rng.random() * len(facts))]
    kind = int(rng.random() * 4)
    if kind == 0:
        return own
    if kind == 1:
        return ("if", fact, own)
    return ("if", own, fact) if kind == 2 else ("or", own, fact)


def _shuffled(rng: random.Random, premises: list[Formula]) -> list[Formula]:
    """The premises in another order; a single one has no other."""
    order = list(range(len(premises)))
    rng.shuffle(order)
    if order == sorted(order):
        order.append(order.pop(0))
    return [premises[place] for place in order]


def _renamed(formula: Formula, names: Mapping[str, str]) -> Formula:
    if isinstance(formula, str):
        return names[formula]
    return (formula[0], *(_renamed(operand, names) for operand in formula[1:]))


# -- words -------------------------------------------------------------------------------------------------------


def _sentence(rng: random.Random, wordings: Mapping[str, Sequence[str]], phrases: Phrases, premise: Formula) -> str:
    kind = "fact" if is_literal(premise) else premise[0]
    if kind == "if" and premise[1][0] == "and":
        kind = "if both"
    options = wordings[kind]
    sides = (premise,) if kind == "fact" else premise[1:]
    first, second = (_side(phrases, side) for side in (sides[0], sides[-1]))
    wording = options[int(rng.random() * len(options))]
    return wording.format(x=first, y=second, X=capital(first), Y=capital(second))


def _side(phrases: Phrases, formula: Formula) -> str:
    """A side of a premise in words; of a conjunction with "both", which says where it begins."""
    text = phrases.say(formula)
    return text if is_literal(formula) else f"both {text}"


def _question(rng: random.Random, config: LogicConfig, statements: Sequence[str], asked: tuple[str, str]) -> str:
    frames, asks = FRAMES[config.templates], ASKS[config.templates]
    subject, predicate = asked
    ask = asks[int(rng.random() * len(asks))].format(subject=subject, predicate=predicate)
    frame = frames[int(rng.random() * len(frames))]
    text = frame.format(facts=" ".join(statements), ask=ask, Ask=capital(ask))
    return f"{text} {OR_UNKNOWN if config.unknown else YES_OR_NO}"


def _gold_steps(proof: Proof, phrases: Phrases, text_of: Callable[[Formula], str]) -> list[GoldStep]:
    steps = list(steps_of(proof))
    places = {id(step): place for place, step in enumerate(steps)}
    gold: list[GoldStep] = []
    for place, step in enumerate(steps):
        cited = [phrases.say(formula) for formula in step.cited]
        value = phrases.say(step.conclusion)
        gold.append(
            GoldStep(
                text=f"{capital(', and '.join(cited))}, so {value}.",
                expression="; ".join(map(text_of, step.cited)),
                value=value,
                meta_thought=_meta_thought(step, [_reference(places, fact, place) for fact in step.facts]),
                parents=tuple(cited),
            )
        )
    return gold


def _reference(places: Mapping[int, int], fact: Proof, place: int) -> str:
    """What a step rests on, by no name: given, found just before, or earlier."""
    if fact.rule == "given":
        return "a given fact"
    return "the last result" if places[id(fact)] == place - 1 else "an earlier result"


def _meta_thought(step: Proof, facts: Sequence[str]) -> str:
    match step.rule:
        case "modus ponens" if len(facts) > 1:
            return f"modus ponens on {facts[1]} and {facts[0]}"
        case "modus ponens" | "modus tollens":
            return f"{step.rule} on an implication and {facts[0]}"
        case "disjunctive syllogism":
            return f"{step.rule} on an alternative and {facts[0]}"
        case "biconditional" | "exclusive alternative":
            return f"{step.rule} with {facts[0]}"
        case "conjunction":
            return f"conjunction of {facts[0]} and {facts[1]}"
        case "simplification":
            return "simplification of a given conjunction"
        case "hypothetical syllogism":
            return "hypothetical syllogism on given implications"
        case "contradiction":
            return "contradiction of given implications"
    return "cases of a given alternative"


__all__ = ["Logic", "LogicConfig"]
