"""What is no meta-thought: plans with numbers, plans that leave steps out, refusals, copies of the question.

Each filter looks at a plan and its problem and gives a reason, or None; the first reason counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...types import GoldStep, Problem

EMPTY, NUMBER, COPY, INCOMPLETE = "empty", "a number", "a copy of the question", "incomplete"
REFUSAL, ANSWER = "a refusal", "the answer"
REASONS = (EMPTY, REFUSAL, NUMBER, ANSWER, COPY, INCOMPLETE)

# Words that carry a value. "First" and "both" name a quantity and carry none.
_NUMBER_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half|"
    "third|quarter|double|twice|triple|percent|billion|thrice|quadruple|halves|thirds|fifths|sixths|eighths|tenths"
)
_NUMBER = re.compile(rf"\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:I(?:'m| am) (?:sorry|unable|not able)|I (?:cannot|can't|can not|won't|will not) |as an AI\b"
    r"|I (?:do not|don't) (?:know|think|have enough)|(?:cannot|can't|unable to) (?:assist|help|answer|comply|solve))",
    re.IGNORECASE,
)
_COPIED_WORDS = 8  # in a row; shorter runs are the names of quantities
_COPIED_SHARE = 0.5


def why_rejected(problem: Problem, plan: str) -> str | None:
    """Why a plan is no meta-thought for the problem, one of REASONS; None where it is one.

    "empty"; "a refusal"; "a number" (a digit, or a word that carries a value); "the answer" (where that is a word);
    "a copy of the question" (half of its words, in runs of eight); "incomplete" (fewer lines than the gold path has
    operations).
    """
    lines = [line for line in re.split(r"[;\n]", plan) if line.strip()]
    if not lines:
        return EMPTY
    if _REFUSAL.search(plan.replace("’", "'")):
        return REFUSAL
    if any(char.isnumeric() for char in plan) or _NUMBER.search(plan):  # "½" is a number too, and no digit
        return NUMBER
    if _has_answer(problem, plan):
        return ANSWER
    if _copies(problem.question, plan):
        return COPY
    if len(lines) < sum(map(_is_operation, problem.solution)):
        return INCOMPLETE
    return None


def _is_operation(step: GoldStep) -> bool:
    """Whether a gold step calculates; one that only repeats a number, as "21 = 21", does not."""
    return not re.fullmatch(r"\s*[-+]?[$]?[\d.,]+\s*", step.expression)


def _has_answer(problem: Problem, plan: str) -> bool:
    """Whether an answer in words stands in the plan; one that the question offers is no secret."""
    answer = (problem.answer or "").strip()
    if len(answer) < 2 or not any(char.isalpha() for char in answer) or answer.lower() in problem.question.lower():
        return False
    return re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", plan, re.IGNORECASE) is not None


def _copies(question: str, plan: str) -> bool:
    """Whether the plan is in the question, or half of its words stand there in runs of eight."""
    if plan.strip().lower() in question.lower():
        return True
    asked, said = _words(question), _words(plan)
    runs = {tuple(asked[i : i + _COPIED_WORDS]) for i in range(len(asked) - _COPIED_WORDS + 1)}
    copied: set[int] = set()
    for start in range(len(said) - _COPIED_WORDS + 1):
        if tuple(said[start : start + _COPIED_WORDS]) in runs:
            copied.update(range(start, start + _COPIED_WORDS))
    return len(copied) > _COPIED_SHARE * len(said)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


@dataclass(slots=True)
class Counts:
    """How many plans were kept, and why the others were not."""

    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.kept + self.rejected.total()

    def add(self, reason: str | None) -> None:
        """Counts one plan: None is kept."""
        if reason is None:
            self.kept += 1
        else:
            self.rejected[reason] += 1

    def to_json(self) -> dict[str, object]:
        """The counts, reasons by their number."""
        return {"total": self.total, "kept": self.kept, "rejected": dict(self.rejected.most_common())}


def count_plans(plans: Iterable[tuple[Problem, str]]) -> Counts:
    """The counts of plans that are at hand."""
    counts = Counts()
    for problem, plan in plans:
        counts.add(why_rejected(problem, plan))
    return counts
