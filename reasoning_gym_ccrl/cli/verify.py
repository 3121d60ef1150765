"""`ccrl verify`: the solutions of a data file, judged step by step as an agent's would be."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..envs.problems.datasets import final_value, read_problems
from ..envs.replay import MAX_CHARS, Session
from ..errors import DataError, InvalidOption
from ..evaluation.first_error import (
    NOTHING_LABELLED,
    Finding,
    count,
    finding,
    first_incorrect,
    has_labels,
    labelled_error,
)
from ..rewards import CheckedReward, make_reward
from ..step_format import shorten
from ..types import Judgement, Problem, Step, Verdict
from .console import output, progress

if TYPE_CHECKING:
    from rich.table import Table

ROWS_PER_SECOND = 400  # a cautious guess, which decides whether a progress bar is worth showing
LINES_SHOWN = 20


@dataclass(frozen=True)
class Options:
    """Judges the solutions in a data file, a step at a time and then the answer, as the environment judges an agent.

    Reads JSON lines: GSM8K's own files, or rows with "question", "answer", "solution" and "steps". Where a row has
    "steps" (a model's), those are judged, else the lines of its gold solution. Prints a table, and each step that is
    proven wrong with the reason. Where people have marked the first wrong step (a step's "label", or "first_error" and
    "all_steps_correct" in "meta"), also says how often that step is found.

    Example: ccrl verify --data gsm8k.test.jsonl --out verdicts.json
    """

    data: Path
    """The file of problems, one JSON object a line."""
    out: Path | None = None
    """Write all that was found to this file, as JSON."""
    skip_bad: bool = False
    """Leave broken lines out and count them, instead of stopping at the first."""
    limit: int | None = None
    """Judge this many rows at most."""


@dataclass
class Findings:
    """What a file's solutions came to; `to_json` is what `--out` writes.

    Attributes:
        answers_accepted: rows whose own `answer` is accepted as the answer.
        answers_derived_equal: rows where the answer that the solution's text arrives at is accepted.
        steps: verdict -> number of steps.
        incorrect: the steps proven wrong: id, 0-based step, its text, and the reason.
        derived_differs: rows whose derived answer is not accepted: id, answer, derived.
        findings: of the labelled rows, what the verifier made of each, by id.
        disagreements: the labelled rows whose first INCORRECT is not the labelled step: id, finding, and both steps.
    """

    rows: int = 0
    answers_accepted: int = 0
    answers_derived_equal: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    incorrect: list[dict[str, Any]] = field(default_factory=list)
    derived_differs: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    disagreements: list[dict[str, Any]] = field(default_factory=list)
    bad_lines: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "answers_accepted": self.answers_accepted,
            "answers_derived_equal": self.answers_derived_equal,
            "steps": {str(verdict): self.steps[verdict] for verdict in Verdict},
            **(count(self.findings).to_json() if self.findings else NOTHING_LABELLED),
            "incorrect": self.incorrect,
            "derived_differs": self.derived_differs,
            "disagreements": self.disagreements,
            "bad_lines": self.bad_lines,
            "seconds": round(self.seconds, 3),
        }


def run(options: Options) -> int:
    """Judges the file, prints what was found, and writes it where asked; 0 also where steps are wrong."""
    if options.limit is not None and options.limit < 1:
        raise InvalidOption(f"--limit is the number of rows to judge, 1 or more; received {options.limit}.")
    if options.out is not None and not options.out.parent.is_dir():
        raise InvalidOption(f"--out is written into a folder that exists; there is no {options.out.parent}.")
    started = time.perf_counter()
    problems, bad_lines = read_problems(options.data, skip_bad=options.skip_bad, limit=options.limit)
    if len(problems) > ROWS_PER_SECOND * 2:
        with progress("Judging solutions", len(problems)) as advance:
            findings = verify(problems, advance)
    else:
        findings = verify(problems)
    findings.bad_lines = bad_lines
    findings.seconds = time.perf_counter() - started
    _show(findings, options.data)
    if options.out is not None:
        _write(options.out, findings)
    return 0


def verify(problems: Sequence[Problem], advance: Callable[[], None] | None = None) -> Findings:
    """Replays the solution of each problem and adds up the verdicts."""
    reward = make_reward("outcome")  # any would do: judging is the same, and this one is cheap
    findings = Findings()
    for problem in problems:
        _verify_one(problem, reward, findings)
        if advance is not None:
            advance()
    return findings


def _verify_one(problem: Problem, reward: CheckedReward, findings: Findings) -> None:
    findings.rows += 1
    if problem.answer is not None:
        findings.answers_accepted += _accepts(problem, problem.answer, reward)
    numbered = _numbered_steps(problem)
    texts = [text for _, text in numbered]
    session = Session(problem, reward, max_steps=len(texts) + 2, max_chars=MAX_CHARS * (len(texts) + 2))
    verdicts = []
    for index, text in numbered:
        judgement = session.act(Step("step", text)).judgement
        verdicts.append(judgement.verdict)
        if judgement.verdict is Verdict.INCORRECT:
            findings.incorrect.append(_proof(problem, index, text, judgement))
    findings.steps.update(verdicts)
    if has_labels(problem):
        place = first_incorrect(verdicts)
        _compare(problem, None if place is None else numbered[place][0], findings)
    derived = final_value("\n".join(texts))
    if problem.answer is None or not texts:
        return
    accepted = derived is not None and _is_correct(session.act(Step("answer", derived)).judgement)
    findings.answers_derived_equal += accepted
    if not accepted:
        findings.derived_differs.append({"id": problem.id, "answer": problem.answer, "derived": derived})


def _compare(problem: Problem, called: int | None, findings: Findings) -> None:
    """Holds the first step that was called INCORRECT against the one that people marked."""
    labelled = labelled_error(problem)
    found = finding(labelled, called)
    findings.findings.append(found)
    if found not in (Finding.FOUND, Finding.CLEAN):
        findings.disagreements.append({"id": problem.id, "finding": str(found), "labelled": labelled, "called": called})


def solution_steps(problem: Problem) -> list[str]:
    """The texts to judge, in order: a row's own steps, else the lines of its gold solution.

    A gold solution that is a bare expression is judged with its value written after it.
    """
    return [text for _, text in _numbered_steps(problem)]


def _numbered_steps(problem: Problem) -> list[tuple[int, str]]:
    """The texts to judge, each with its place in the row, 0-based: blank steps are left out, and are counted."""
    if steps := problem.metadata.get("steps"):
        return [(index, step["text"]) for index, step in enumerate(steps) if step["text"].strip()]
    text = problem.metadata.get("solution_text")
    if text is None or (len(problem.solution) == 1 and "=" not in text):
        return list(enumerate(step.text for step in problem.solution))
    return list(enumerate(line.strip() for line in text.splitlines() if line.strip()))


def _accepts(problem: Problem, answer: str, reward: CheckedReward) -> bool:
    return bool(answer) and _is_correct(Session(problem, reward).act(Step("answer", answer)).judgement)


def _is_correct(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.CORRECT


def _proof(problem: Problem, index: int, text: str, judgement: Judgement) -> dict[str, Any]:
    return {"id": problem.id, "step": index, "text": text, "reason": judgement.reason}


def _show(findings: Findings, data: Path) -> None:
    from rich.table import Table

    console = output()
    table = Table(title=f"{data.name}: {findings.rows:,} rows in {findings.seconds:.1f} s")
    table.add_column("what")
    table.add_column("number", justify="right")
    table.add_row("answers accepted", f"{findings.answers_accepted:,}")
    table.add_row("answers derived from the solution, equal", f"{findings.answers_derived_equal:,}")
    for verdict in Verdict:
        table.add_row(f"steps {verdict}", f"{findings.steps[verdict]:,}")
    if findings.findings:
        _add_labelled(table, findings)
    if findings.bad_lines:
        table.add_row("broken lines left out", f"{findings.bad_lines:,}")
    console.print(table)
    for item in findings.incorrect[:LINES_SHOWN]:
        line = f"{item['id']} step {item['step']}: {shorten(item['text'], 100)} -- {item['reason']}"
        console.print(line, markup=False, emoji=False, soft_wrap=True)
    for item in findings.derived_differs[:LINES_SHOWN]:
        line = f"{item['id']}: the solution comes to {item['derived']}, the answer is {shorten(item['answer'])}"
        console.print(line, markup=False, emoji=False, soft_wrap=True)
    more = max(len(findings.incorrect), len(findings.derived_differs)) - LINES_SHOWN
    if more > 0:
        console.print("There are more; --out FILE writes them all.")


def _add_labelled(table: Table, findings: Findings) -> None:
    """Adds what came of holding the verdicts against labels to the table that is shown."""
    counts = count(findings.findings)
    table.add_section()
    table.add_row("labelled rows with a wrong step", f"{counts.with_error:,}")
    table.add_row("first wrong step found", f"{counts.found:,}")
    table.add_row("missed", f"{counts.missed:,}")
    table.add_row("  of them, a later step is INCORRECT", f"{counts.late:,}")
    table.add_row("an earlier step is INCORRECT", f"{counts.early:,}")
    table.add_row("labelled rows with all steps right", f"{counts.all_correct:,}")
    table.add_row("  of them, false alarms", f"{counts.false_alarms:,}")
    for name, figure in (
        ("precision", counts.precision),
        ("recall", counts.recall),
        ("F1", counts.f1),
        ("ProcessBench F1", counts.processbench_f1),
    ):
        table.add_row(name, "-" if figure is None else f"{figure:.3f}")


def _write(path: Path, findings: Findings) -> None:
    try:
        path.write_text(json.dumps(findings.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"--out {path} could not be written: {error.strerror}.") from error
