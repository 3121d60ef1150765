"""Transcripts for the report: which problems to show, and their HTML. Every text of a model is escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..seeding import python_random
from ..step_format import format_confidence
from ..types import Episode, Outcome, Problem, StepRecord, Verdict
from .metrics import OVERCONFIDENT
from .pairs import problem_key

LIMIT = 40  # transcripts of each stage
ATTEMPTS = 3  # of one stage at one problem
CHARACTERS = 2_000  # of one text

# A colour, a sign and a word for each verdict: no meaning hangs on the colour alone.
MARKS = {
    Verdict.CORRECT: ("right", "✓", "right"),
    Verdict.INCORRECT: ("wrong", "✗", "wrong"),
    Verdict.UNCHECKED: ("open", "?", "not checked"),
}
MARKS_OF_OUTCOME: Mapping[Outcome, tuple[str, ...]] = {
    "correct": ("right",),
    "wrong": ("wrong",),
    "unchecked": ("open",),
    "abstained": ("abstained",),
    "unanswered": ("wrong", "unanswered"),
}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

StyleOf = Callable[[str], tuple[str, str]]


def safe(text: object, limit: int = CHARACTERS) -> str:
    """Any text as HTML text or attribute value: escaped, cut at `limit`, without control characters.

    >>> safe("<b>&'")
    '&lt;b&gt;&amp;&#x27;'
    """
    text = str(text)
    rest = len(text) - limit
    text = text if rest <= 0 else f"{text[:limit]} … ({rest} more characters)"
    return html.escape(_CONTROL.sub("\ufffd", text), quote=True)


@dataclass(slots=True)
class Shown:
    """A problem on the page and the attempts at it: stage name to episodes."""

    problem: Problem
    attempts: dict[str, list[Episode]] = field(default_factory=dict)


def is_confidently_wrong(episode: Episode) -> bool:
    """Whether its answer was proven wrong at a confidence of 0.9 or more."""
    final = episode.final
    if final is None or final.step.confidence is None:
        return False
    return final.judgement.verdict is Verdict.INCORRECT and final.step.confidence >= OVERCONFIDENT


def choose_problems(stages: Mapping[str, Sequence[Episode]], limit: int = LIMIT) -> list[Shown]:
    """Problems to show, with every stage's attempts at them, at most `limit` transcripts a stage.

    The stages take turns, each drawing at random, by a fixed seed, one of its confident and wrong attempts and
    one of its others. Problems that are confidently wrong in the last stage come first, then in any stage.
    """
    every: dict[str, Shown] = {}
    for name, episodes in stages.items():
        for episode in episodes:
            shown = every.setdefault(problem_key(episode.problem), Shown(episode.problem))
            attempts = shown.attempts.setdefault(name, [])
            if len(attempts) < ATTEMPTS:
                attempts.append(episode)
    queues = {name: _draws(name, episodes) for name, episodes in stages.items()}
    room = dict.fromkeys(stages, limit)
    chosen: dict[str, Shown] = {}
    while any(queues.values()):
        for name in reversed(list(stages)):
            key = queues[name].pop() if queues[name] else ""
            if not key or key in chosen:
                continue
            shown_next = every[key]
            if all(room[stage] >= len(attempts) for stage, attempts in shown_next.attempts.items()):
                chosen[key] = shown_next
                for stage, attempts in shown_next.attempts.items():
                    room[stage] -= len(attempts)
    last = next(reversed(list(stages)), "")
    return sorted(chosen.values(), key=lambda shown: _order(shown, last))


def _draws(name: str, episodes: Sequence[Episode]) -> list[str]:
    """Keys of problems, to be popped from the end: confidently wrong ones and others by turns, each shuffled."""
    random = python_random(0, "report", name)
    bold = [problem_key(episode.problem) for episode in episodes if is_confidently_wrong(episode)]
    others = [problem_key(episode.problem) for episode in episodes if not is_confidently_wrong(episode)]
    random.shuffle(bold)
    random.shuffle(others)
    both = min(len(bold), len(others))
    turns = [identity for pair in zip(bold[:both], others[:both], strict=True) for identity in pair]
    return list(reversed(turns + bold[both:] + others[both:]))


def _order(shown: Shown, last: str) -> tuple[bool, bool]:
    bold = {name for name, attempts in shown.attempts.items() if any(map(is_confidently_wrong, attempts))}
    return last not in bold, not bold


def render_problem(shown: Shown, stages: Iterable[str], style_of: StyleOf) -> str:
    """One problem with its attempts side by side, in the order of `stages`; `style_of` gives label and colour."""
    problem = shown.problem
    answer = "unknown" if problem.answer is None else safe(problem.answer)
    about = [f"gold answer <b>{answer}</b>", safe(problem.family), safe(problem.difficulty), safe(problem.id)]
    gold = ""
    if problem.solution:
        items = "".join(f'<li class="text">{safe(step.text)}</li>' for step in problem.solution)
        gold = f' · <details><summary>gold solution</summary><ol class="gold">{items}</ol></details>'
    attempts = "\n".join(
        render_attempt(name, *style_of(name), episode) for name in stages for episode in shown.attempts.get(name, ())
    )
    return (
        f'<article class="problem">\n<p class="question">{safe(problem.question)}</p>\n'
        f'<div class="about">{" · ".join(filter(None, about))}{gold}</div>\n'
        f'<div class="attempts">\n{attempts}\n</div>\n</article>'
    )


def render_attempt(name: str, label: str, colour: str, episode: Episode) -> str:
    """One attempt: a heading with its end and reward, then its steps."""
    css, sign, word = _ending(episode)
    confidence = None if episode.final is None else episode.final.step.confidence
    stated = "" if confidence is None else format_confidence(confidence)
    if episode.records:
        steps = f'<ol class="steps">\n{"".join(map(render_step, episode.records))}</ol>'
    else:
        steps = '<p class="nothing">nothing was written</p>'
    return (
        f'<section class="attempt" data-stage="{safe(name)}" data-marks="{" ".join(marks_of(episode))}" '
        f'data-confidence="{safe(stated)}" data-reward="{episode.total_reward:.6g}">'
        f'<h3><span><span class="dot" style="background:{safe(colour)}"></span>{safe(label)}</span>'
        f'<span class="end {css}">{sign} {word}</span>'
        f'<span class="reward" title="total reward">{episode.total_reward:+.2f}</span></h3>\n{steps}</section>'
    )


def marks_of(episode: Episode) -> list[str]:
    """What the page's filters find an attempt by; "wrong" includes an episode without an answer, as accuracy does.

    >>> from reasoning_gym_ccrl.types import Episode, Problem
    >>> marks_of(Episode(Problem("a", "1 + 1?", "2"), (), terminated=False, truncated=True))
    ['wrong', 'unanswered']
    """
    marks = MARKS_OF_OUTCOME[episode.outcome]
    return [*marks, "bold"] if is_confidently_wrong(episode) else list(marks)


def _ending(episode: Episode) -> tuple[str, str, str]:
    """(class, sign, words) for how the attempt ended."""
    final = episode.final
    if final is None:
        return "wrong", "✗", "no answer"
    if episode.outcome == "abstained":
        return "open", "–", "abstained"
    css, sign, word = MARKS[final.judgement.verdict]
    return css, sign, "confident and wrong" if is_confidently_wrong(episode) else word


def render_step(record: StepRecord) -> str:
    """One step: the verdict's sign, the text, the confidence as a bar and a number, and why it is not right."""
    step, judgement = record.step, record.judgement
    css, sign, word = MARKS[judgement.verdict]
    reason = safe(judgement.reason, 300)
    kind = "" if step.kind == "step" else f'<span class="kind">{safe(step.kind)}</span>'
    why = f'<span class="why">{reason}</span>' if reason and judgement.verdict is not Verdict.CORRECT else ""
    return (
        f'<li class="step {css}"><span class="sign" role="img" aria-label="{word}" '
        f'title="{word}{": " if reason else ""}{reason}">{sign}</span>'
        f'<span class="text">{kind}{safe(step.text)}</span>{_confidence(step.confidence)}{why}</li>\n'
    )


def _confidence(confidence: float | None) -> str:
    if confidence is None:
        return '<span class="sure"></span>'
    shown = safe(format_confidence(round(confidence, 3)))
    return (
        f'<span class="sure" title="stated confidence"><span class="bar">'
        f'<i style="width:{100 * confidence:.0f}%"></i></span>{shown}</span>'
    )
