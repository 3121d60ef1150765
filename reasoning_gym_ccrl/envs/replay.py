"""An episode without Gymnasium: `Session` judges and pays one action after the other; `replay` a whole completion.

`StepReasoningEnv.step` acts through the same `Session`, so a completion that is replayed earns exactly what the
same steps earn in the environment, at less cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import ResetNeeded
from ..history import History
from ..rewards import CheckedReward, RewardSpec, make_reward
from ..step_format import Element
from ..types import Episode, Judgement, Problem, Reward, Step, StepContext, StepRecord, Verdict
from .verify.abstention import is_abstention
from .verify.domains import make_judge

MAX_STEPS = 32
"""Default budget of actions in an episode."""

MAX_CHARS = 8192
"""Default budget of characters of step text in an episode; also the longest single step."""


class Session:
    """One attempt at one problem: judges each action, pays for it, and knows when it is over.

    It is terminated by an answer, truncated when the budget of actions or of characters is used up, but never
    on the first action.

    Args:
        problem: what is asked.
        reward: what pays; a function that `make_reward` made.
        max_steps: budget of actions, at least 2.
        max_chars: budget of characters over all steps' text. A single step longer than that is malformed.
        abstention: what "I don't know" is paid as an answer, on top of what the reward pays for an UNCHECKED one; None
            where it is an answer like any other.

    Attributes:
        records: the judged and paid steps so far, oldest first.
        terminated, truncated: whether, and how, the episode is over.
    """

    __slots__ = (
        "_chars",
        "_judge",
        "_totals",
        "abstention",
        "max_chars",
        "max_steps",
        "problem",
        "records",
        "reward",
        "terminated",
        "truncated",
    )

    def __init__(
        self,
        problem: Problem,
        reward: CheckedReward,
        max_steps: int = MAX_STEPS,
        max_chars: int = MAX_CHARS,
        abstention: float | None = None,
    ) -> None:
        self.problem = problem
        self.reward = reward
        self.max_steps = max_steps
        self.max_chars = max_chars
        self.abstention = abstention
        self.records: list[StepRecord] = []
        self.terminated = False
        self.truncated = False
        self._judge = make_judge(problem)
        self._chars = 0
        self._totals: dict[Any, tuple[int, Any]] = {}

    def act(self, action: Step | str, *, raw: str = "", ends: bool = False) -> StepRecord:
        """Judges and pays one action.

        Args:
            action: the step; or, where the protocol was broken, the reason in words.
            raw: what was written, where the protocol was broken.
            ends: the caller knows that nothing follows, as at the end of a completion.

        Raises:
            ResetNeeded: the episode is over.
            RewardError: the reward function failed; the action is not recorded.
        """
        if self.terminated or self.truncated:
            raise ResetNeeded("The episode is over and takes no more actions; call reset() first.")
        step, judgement = self._judged(action, raw)
        number = len(self.records) + 1
        chars = self._chars + len(step.text)
        terminated = judgement.is_final
        truncated = not terminated and number > 1 and (number >= self.max_steps or chars >= self.max_chars)
        history = History(self.records, number - 1, self._totals)
        context = StepContext(self.problem, history, step, judgement, terminated or truncated or ends)
        reward = self.reward(context)
        if judgement.abstained:
            reward = _with_abstention(reward, self.abstention or 0.0)
        record = StepRecord(step, judgement, reward)
        self.records.append(record)
        self.terminated, self.truncated, self._chars = terminated, truncated, chars
        return record

    def _judged(self, action: Step | str, raw: str) -> tuple[Step, Judgement]:
        if isinstance(action, str):
            return Step("step", raw[: self.max_chars]), self._judge.malformed(action)
        if len(action.text) > self.max_chars:
            reason = f"A step holds at most {self.max_chars} characters; received {len(action.text)}."
            return Step(action.kind, action.text[: self.max_chars], action.confidence), self._judge.malformed(reason)
        if self.abstention is not None and action.kind == "answer" and is_abstention(action.text):
            return action, _ABSTAINED
        return action, self._judge.judge(action)

    def close(self, *, finished: bool) -> None:
        """Ends the episode from outside: by its author, who said no answer, or by a budget of tokens.

        A policy that stops by itself has terminated the episode: nothing follows that a value could stand for.
        """
        if not (self.terminated or self.truncated):
            self.terminated, self.truncated = finished, not finished

    def episode(
        self,
        *,
        seed: int | None = None,
        spans: Sequence[tuple[int, int] | None] = (),
        token_ids: tuple[int, ...] = (),
        response_mask: tuple[bool, ...] = (),
        sampler_logprobs: tuple[float, ...] = (),
    ) -> Episode:
        """The attempt as an `Episode`; `spans`, where given, are the token ranges of the records, in order."""
        records = tuple(self.records)
        if spans:
            records = tuple(replace(record, span=span) for record, span in zip(records, spans, strict=True))
        return Episode(
            self.problem,
            records,
            self.terminated,
            self.truncated,
            seed,
            token_ids,
            response_mask,
            sampler_logprobs,
        )


_ABSTAINED = Judgement(Verdict.UNCHECKED, is_final=True, reason="No answer was ventured.", abstained=True)


def _with_abstention(reward: Reward, price: float) -> Reward:
    return Reward(reward.total + price, {**reward.terms, "abstention": price})


def replay(
    problem: Problem,
    elements: Sequence[Element | Step],
    reward: RewardSpec = "ccrl",
    *,
    max_steps: int = MAX_STEPS,
    max_chars: int = MAX_CHARS,
    abstention: float | None = None,
    finished: bool = True,
    text: str = "",
) -> Session:
    """Judges and pays a whole completion, element by element, up to its answer or its budget.

    The session's records belong to the first `len(session.records)` elements; what comes after an answer is not
    read. Make a named reward once with `make_reward` and pass that where many completions are replayed.

    Args:
        problem: what was asked.
        elements: of `step_format.split_completion`, or plain steps.
        reward: what pays.
        max_steps: budget of actions.
        max_chars: budget of characters.
        abstention: what "I don't know" is paid; None where it is an answer like any other.
        finished: whether the author stopped by itself; False where its budget of tokens ran out. With no answer the
            episode is then terminated, or truncated.
        text: the completion, from which malformed elements are shown.

    >>> problem = Problem("p", "What is 3 * 4?", "12")
    >>> replay(problem, [Step("answer", "12", 1.0)]).episode().total_reward
    1.5
    """
    session = Session(problem, make_reward(reward), max_steps, max_chars, abstention)
    last = len(elements) - 1
    for index, element in enumerate(elements):
        if isinstance(element, Step):
            session.act(element, ends=index == last)
        elif element.step is not None:
            session.act(element.step, ends=index == last)
        else:
            session.act(element.error, raw=text[element.start : element.end], ends=index == last)
        if session.terminated or session.truncated:
            return session
    session.close(finished=finished)
    return session
