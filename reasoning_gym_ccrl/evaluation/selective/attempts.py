"""From episodes, several attempts at each problem, to the arrays that voting, abstention and stopping take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import InvalidInput
from ...types import Episode
from ..metrics.pairs import Floats
from .stopping import Mode, Solution, running
from .voting import Bools, Samples, samples_of


@dataclass(frozen=True, slots=True, eq=False)
class Attempts:
    """N attempts at each of P problems.

    Attributes:
        problem_ids: in order of first appearance, [P].
        labels: the answers as they were told apart, [P][N]; None is no answer.
        samples: answers, confidences and outcomes as arrays [P, N].
        solutions: the attempts as steps, [P][N].
    """

    problem_ids: tuple[str, ...]
    labels: tuple[tuple[str | None, ...], ...]
    samples: Samples
    solutions: tuple[tuple[Solution, ...], ...]

    def first(self) -> tuple[Floats, Bools]:
        """Confidences and outcomes of the first attempt at each problem: independent pairs, as abstention needs."""
        return self.samples.confidences[:, 0], self.samples.outcomes[:, 0]

    def flat(self) -> list[Solution]:
        """All attempts, one after the other."""
        return [solution for group in self.solutions for solution in group]


def attempts_of(episodes: Iterable[Episode], *, unstated: float = 0.0, steps: Mode | None = None) -> Attempts:
    """Groups episodes by their problem's id.

    Answers are equal where the verifier read the same number, and else where their text is the same but for white
    space and capitals. Whether an answer is right has no part in it: to call all right answers equal would give the
    vote away. Right is CORRECT alone, so an answer that could not be checked counts as wrong, which errs on the
    careful side. Problems whose answer nobody knows are left out; "I don't know" is no answer.

    Args:
        episodes: the same number of attempts at each problem, in any order.
        unstated: the confidence of an answer that states none, and of no answer: 0, which is answered last.
        steps: take the "minimum", "product" or "mean" of the steps' confidences in place of the answer's own.

    Raises:
        InvalidInput: no attempts, or more at one problem than at another.
        UnknownName: `steps` is no such mode.
    """
    groups: dict[str, list[Episode]] = {}
    for episode in episodes:
        if episode.problem.answer is not None:
            groups.setdefault(episode.problem.id, []).append(episode)
    counts = {len(group) for group in groups.values()}
    if len(counts) != 1:
        raise InvalidInput(
            "Attempts are grouped by problem id, the same number at each problem whose answer is known; "
            f"received {len(groups)} problems with {sorted(counts)[:8]} attempts."
        )
    labels = tuple(tuple(map(answer_label, group)) for group in groups.values())
    confidences = [[_confidence(episode, unstated, steps) for episode in group] for group in groups.values()]
    outcomes = [[episode.is_correct for episode in group] for group in groups.values()]
    return Attempts(
        problem_ids=tuple(groups),
        labels=labels,
        samples=samples_of(labels, confidences, outcomes),
        solutions=tuple(tuple(map(solution_of, group)) for group in groups.values()),
    )


def answer_label(episode: Episode) -> str | None:
    """What tells an attempt's answer from another's: the number that was read, else its words; None: no answer."""
    final = episode.final
    if final is None or final.judgement.abstained:
        return None
    return final.judgement.value or " ".join(final.step.text.casefold().split())


def _confidence(episode: Episode, unstated: float, steps: Mode | None) -> float:
    final = episode.final
    if final is None or final.judgement.abstained:
        return unstated
    if steps is None:
        return unstated if final.step.confidence is None else final.step.confidence
    stated = solution_of(episode).confidences
    return unstated if all(each is None for each in stated) else float(running(stated, steps)[-1])


def solution_of(episode: Episode) -> Solution:
    """An attempt as steps with their confidences; plans and the answer are no steps.

    Lengths are in the tokens that the policy wrote; in elements (plans, steps, answers) where the spans of tokens are
    not known, as in an episode read from a file.
    """
    spans = [record.span for record in episode.records]
    steps = [place for place, record in enumerate(episode.records) if record.step.kind == "step"]
    known = [span for span in spans if span is not None]
    if known and len(known) == len(spans):
        start, ends = known[0][0], [stop for _, stop in known]
    else:
        start, ends = 0, list(range(1, len(spans) + 1))
    return Solution(
        confidences=tuple(episode.records[place].step.confidence for place in steps),
        ends=tuple(ends[place] - start for place in steps),
        length=ends[-1] - start if ends else 0,
        right=episode.is_correct,
    )
