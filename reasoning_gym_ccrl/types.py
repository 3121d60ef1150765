"""What passes between the rooms: problems, steps, judgements, rewards, episodes.

Frozen dataclasses from the standard library alone, so that every room may import them. The JSON forms
(`to_json`, `from_json`) are plain dictionaries of strings, numbers, lists and null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

StepKind = Literal["plan", "step", "answer"]
Outcome = Literal["correct", "wrong", "unchecked", "abstained", "unanswered"]


class Verdict(StrEnum):
    """What a verifier may say. UNCHECKED means "could not check", which is not "wrong"."""

    CORRECT = "CORRECT"
    INCORRECT = "INCORRECT"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, slots=True)
class GoldStep:
    """One node of a problem's computation graph, with its wording.

    Attributes:
        text: the step as an expert writes it, "total cost = 3 * 4 = 12".
        expression: the calculation with numbers, "3 * 4".
        value: the exact result as a canonical string, "12" or "7/2" (a string, so that algebra and logic fit).
        meta_thought: the calculation with names and no numbers, "total cost = unit price * number bought".
        parents: the names of the givens and earlier steps that the value rests on.
    """

    text: str
    expression: str
    value: str
    meta_thought: str = ""
    parents: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The quantity this step finds: the left side of the meta-thought ("" where there is none)."""
        return self.meta_thought.partition("=")[0].strip()

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "expression": self.expression,
            "value": self.value,
            "meta_thought": self.meta_thought,
            "parents": list(self.parents),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GoldStep:
        return cls(
            text=data["text"],
            expression=data["expression"],
            value=data["value"],
            meta_thought=data.get("meta_thought", ""),
            parents=tuple(data.get("parents", ())),
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, its gold answer, and, where it is known, the gold path to it.

    Attributes:
        id: unique and stable, "word_problems:3f2a9c".
        question: the text that is shown.
        answer: the gold answer as a canonical string, or None where nobody knows it.
        solution: the gold path, possibly empty; `metadata["givens"]` holds the named quantities of the question.
        family: the generator or data set that made it.
        difficulty: a preset's name, or "" where that has no meaning.
        metadata: anything else, JSON-serialisable. Keys with a meaning: "givens" (name -> value string),
            "graph" (canonical computation graph), "answer_kind" ("number" asks for evaluated form),
            "steps" (a model's steps from a data file; they never feed the gold path).
    """

    id: str
    question: str
    answer: str | None
    solution: tuple[GoldStep, ...] = ()
    family: str = "custom"
    difficulty: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.answer,
            "solution": [step.to_json() for step in self.solution],
            "family": self.family,
            "difficulty": self.difficulty,
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Problem:
        return cls(
            id=data["id"],
            question=data["question"],
            answer=data["answer"],
            solution=tuple(GoldStep.from_json(step) for step in data.get("solution") or ()),
            family=data.get("family", "custom"),
            difficulty=data.get("difficulty", ""),
            metadata=dict(data.get("metadata") or {}),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One action: an element of the text protocol and how sure its author is, in [0, 1] (None: not stated)."""

    kind: StepKind
    text: str
    confidence: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "confidence": self.confidence}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        return cls(kind=data["kind"], text=data["text"], confidence=data.get("confidence"))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the verifier found out about one step.

    Attributes:
        verdict: the overall word: INCORRECT where proven wrong, CORRECT where locally true and grounded.
        is_final: whether the step was an answer, which ends the episode.
        local: does the equality hold by itself?
        grounded: is each operand given in the question or derived before?
        global_: does the step reach a gold node from that node's operands?
        reason: one sentence that a person understands.
        malformed: the action broke the text protocol; then the verdict is INCORRECT.
        gold_index: the gold node that this step reached, or None.
        value: the canonical value that the step derived, or None.
        counts: whether calibration counts this step: the answer, a gold node reached for the first time, a
            proven error; without a gold path, a new value derived. What is repeated, off the path or
            unchecked does not count, so padding a solution never pays.
        abstained: the answer was "I don't know", where the environment allows it; its verdict is UNCHECKED.
    """

    verdict: Verdict
    is_final: bool = False
    local: Verdict = Verdict.UNCHECKED
    grounded: Verdict = Verdict.UNCHECKED
    global_: Verdict = Verdict.UNCHECKED
    reason: str = ""
    malformed: bool = False
    gold_index: int | None = None
    value: str | None = None
    counts: bool = False
    abstained: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": str(self.verdict),
            "is_final": self.is_final,
            "local": str(self.local),
            "grounded": str(self.grounded),
            "global": str(self.global_),
            "reason": self.reason,
            "malformed": self.malformed,
            "gold_index": self.gold_index,
            "value": self.value,
            "counts": self.counts,
            "abstained": self.abstained,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judgement:
        return cls(
            verdict=Verdict(data["verdict"]),
            is_final=data.get("is_final", False),
            local=Verdict(data.get("local", Verdict.UNCHECKED)),
            grounded=Verdict(data.get("grounded", Verdict.UNCHECKED)),
            global_=Verdict(data.get("global", Verdict.UNCHECKED)),
            reason=data.get("reason", ""),
            malformed=data.get("malformed", False),
            gold_index=data.get("gold_index"),
            value=data.get("value"),
            counts=data.get("counts", False),
            abstained=data.get("abstained", False),
        )


@dataclass(frozen=True, slots=True)
class Reward:
    """A step's reward and the named terms it is made of; the terms sum to the total."""

    total: float
    terms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One judged and paid step of an episode.

    `span` is the half-open range of its tokens in `Episode.token_ids`, or None where no model wrote it;
    `confidence_span` that of the tokens which state its confidence, or None where none is stated.
    """

    step: Step
    judgement: Judgement
    reward: Reward
    span: tuple[int, int] | None = None
    confidence_span: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step.to_json(),
            "judgement": self.judgement.to_json(),
            "reward": self.reward.total,
            "reward_terms": dict(self.reward.terms),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StepRecord:
        """The inverse of `to_json`; `span` is not kept in files."""
        return cls(
            step=Step.from_json(data["step"]),
            judgement=Judgement.from_json(data["judgement"]),
            reward=Reward(data.get("reward", 0.0), dict(data.get("reward_terms") or {})),
        )


def outcome_of(records: Sequence[StepRecord]) -> Outcome:
    """How an attempt came out, by its last record."""
    judgement = records[-1].judgement if records else None
    if judgement is None or not judgement.is_final:
        return "unanswered"
    if judgement.abstained:
        return "abstained"
    return _OUTCOMES[judgement.verdict]


_OUTCOMES: Mapping[Verdict, Outcome] = {
    Verdict.CORRECT: "correct",
    Verdict.INCORRECT: "wrong",
    Verdict.UNCHECKED: "unchecked",
}


@dataclass(frozen=True, slots=True)
class StepContext:
    """The one argument of a reward function: everything known when a step has just been judged.

    Attributes:
        problem: the problem, gold path included.
        history: the records before this step, oldest first.
        step: the step to pay for.
        judgement: its judgement.
        is_last: whether the episode ends with this step (by an answer, or by a budget).
    """

    problem: Problem
    history: Sequence[StepRecord]
    step: Step
    judgement: Judgement
    is_last: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """One attempt at one problem.

    Attributes:
        problem: what was asked.
        records: the steps in order.
        terminated: an answer ended it.
        truncated: a budget ended it.
        seed: what reproduces it, or None.
        token_ids: prompt and response tokens, verbatim as sampled; () where no model wrote it.
        response_mask: True where the token was sampled by the policy; same length as `token_ids`.
        sampler_logprobs: the sampler's log-probability in nats where `response_mask`, 0.0 elsewhere.
        counted_tokens: the number of sampled tokens of an episode read from a file, which keeps no tokens.
    """

    problem: Problem
    records: tuple[StepRecord, ...]
    terminated: bool
    truncated: bool
    seed: int | None = None
    token_ids: tuple[int, ...] = ()
    response_mask: tuple[bool, ...] = ()
    sampler_logprobs: tuple[float, ...] = ()
    counted_tokens: int = 0

    @property
    def response_tokens(self) -> int:
        """How many tokens the policy sampled; 0 where no model wrote the episode."""
        return sum(self.response_mask) if self.response_mask else self.counted_tokens

    @property
    def total_reward(self) -> float:
        return sum(record.reward.total for record in self.records)

    @property
    def final(self) -> StepRecord | None:
        """The record of the answer, or None where the episode ended without one."""
        return self.records[-1] if self.records and self.records[-1].judgement.is_final else None

    @property
    def is_correct(self) -> bool:
        """Whether the answer was right. No answer is wrong."""
        final = self.final
        return final is not None and final.judgement.verdict is Verdict.CORRECT

    @property
    def outcome(self) -> Outcome:
        """How it came out; "unanswered" where it ended, or stands, without an answer."""
        return outcome_of(self.records)

    def to_json(self) -> dict[str, Any]:
        """For transcripts: the problem and the judged steps, without the tokens."""
        return {
            "problem": self.problem.to_json(),
            "records": [record.to_json() for record in self.records],
            "terminated": self.terminated,
            "truncated": self.truncated,
            "seed": self.seed,
            "response_tokens": self.response_tokens,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Episode:
        """The inverse of `to_json`, without the tokens, which files do not keep."""
        return cls(
            problem=Problem.from_json(data["problem"]),
            records=tuple(StepRecord.from_json(record) for record in data["records"]),
            terminated=data["terminated"],
            truncated=data["truncated"],
            seed=data.get("seed"),
            counted_tokens=data.get("response_tokens", 0),
        )
