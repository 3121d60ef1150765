"""An episode for people: plain text for `render_mode="ansi"`, colours for `"human"`.

Each step stands on one line with the verdict's sign, the confidence and the payment, and the reason below it where
something is wrong: ✓ correct, ✗ proven wrong, ? could not be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..step_format import shorten
from ..types import Problem, StepRecord, Verdict

if TYPE_CHECKING:
    from rich.text import Text

SIGNS = {Verdict.CORRECT: "✓", Verdict.INCORRECT: "✗", Verdict.UNCHECKED: "?"}
COLOURS = {Verdict.CORRECT: "green", Verdict.INCORRECT: "red", Verdict.UNCHECKED: "yellow"}
_SHOWN_CHARS = 200
_LABELS = {"plan": "plan", "step": "", "answer": "answer"}


def _signed(amount: float) -> str:
    return f"{round(amount, 3) + 0.0:+.3f}"  # + 0.0 turns -0.0, a rounding error, into 0.0


def render_record(record: StepRecord) -> str:
    """One judged step in plain text.

    >>> from reasoning_gym_ccrl.types import Judgement, Reward, Step
    >>> print(render_record(StepRecord(Step("step", "3 * 4 = 12", 0.9), Judgement(Verdict.CORRECT), Reward(0.5))))
    ✓ 3 * 4 = 12   (confidence 0.90, reward +0.500)
    """
    step, judgement = record.step, record.judgement
    label = "malformed" if judgement.malformed else _LABELS[step.kind]
    text = shorten(" ".join(step.text.split()), _SHOWN_CHARS)
    confidence = "" if step.confidence is None else f"confidence {step.confidence:.2f}, "
    line = f"{SIGNS[judgement.verdict]} {label + ': ' if label else ''}{text}"
    line += f"   ({confidence}reward {_signed(record.reward.total)})"
    if judgement.verdict is not Verdict.CORRECT and judgement.reason:
        line += f"\n    {shorten(judgement.reason, _SHOWN_CHARS)}"
    return line


def render_end(problem: Problem, records: Sequence[StepRecord], *, terminated: bool) -> str:
    """The last line of an episode: how it ended, the gold answer, and all that was earned."""
    ended = "ended" if terminated else "out of budget"
    total = sum(record.reward.total for record in records)
    return (
        f"{ended}; the answer is {problem.answer if problem.answer is not None else 'unknown'}; reward {_signed(total)}"
    )


def render_episode(problem: Problem, records: Sequence[StepRecord], *, terminated: bool, truncated: bool) -> str:
    """The question, its steps and, once it is over, the end: plain text, no escape codes."""
    lines = [problem.question, *map(render_record, records)]
    if terminated or truncated:
        lines.append(render_end(problem, records, terminated=terminated))
    return "\n".join(lines) + "\n"


def coloured(record: StepRecord) -> Text:
    """`render_record` in the verdict's colour, for a rich console."""
    from rich.text import Text

    return Text(render_record(record), style=COLOURS[record.judgement.verdict])
