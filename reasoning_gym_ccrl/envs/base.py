"""`StepReasoningEnv`: a problem solved one step at a time, each step with a confidence, judged and paid."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from ..errors import InvalidOption, MalformedStep, ResetNeeded, unknown_name
from ..rewards import RewardSpec, finite_number, make_reward
from ..seeding import python_random
from ..step_format import MAX_SHOWN, parse_action, render_step, shorten, to_charset
from ..types import Episode, Problem, StepRecord, outcome_of
from .problems import ProblemSource, make_source
from .problems.base import digest
from .render import coloured, render_end, render_episode
from .replay import MAX_CHARS, MAX_STEPS, Session
from .sources import MAX_QUESTION_CHARS, ProblemList, Problems, as_source, check_problem, is_finite
from .text_space import protocol_text

_LINE_OVERHEAD_CHARS = 80  # tags, a confidence and a newline around a step's text
_ORDERS = ("random", "sequential")
_RESET_OPTIONS = ("problem", "index", "difficulty", "max_steps", "abstention")
_MAX_REDRAWS = 1_000  # so many repetitions in a row, and the source is taken to hold nothing new

Action = Mapping[str, Any]


class StepReasoningEnv(gym.Env[str, Action]):
    """A language model's problem as a Gymnasium environment.

    Description:
        A problem is shown. Each action is one element of the text protocol, and how sure its author is of it; a
        verifier judges it, a reward function pays for it. An answer ends the episode.

    Action space:
        `Dict(step=Text, confidence=Box(0, 1, ()))`. `step` is one element: bare text is a step; `<plan>`, `<step>` and
        `<answer>` set the kind. The confidence may be None or absent: not stated. What breaks the protocol is
        judged INCORRECT and `malformed`; an action that is no mapping with a text raises `InvalidAction`.

    Observation space:
        `Text`: the question and one line for each step so far, ending in a newline. Characters outside the charset
        (tab, newline, U+0020 to U+2FFF) show as "?".

    Rewards:
        `reward` names, is, or composes the reward function; the terms are in `info["reward_terms"]`.

    Starting state:
        A problem drawn from the source; or `reset(options={"problem": problem})`, or, of a finite source,
        `reset(options={"index": 3})`. `{"difficulty": 0.3}`, `{"max_steps": 8}` and `{"abstention": 0.2}` hold for the
        one episode; the curriculum and the other wrappers use them.

    Episode end:
        Terminated by an answer. Truncated by the budget of steps or of characters, never by the first step.
        `info["outcome"]` then says which: correct, wrong, unchecked, abstained or unanswered.

    Args:
        problems: None for generated problems; any iterable of `Problem`; or an object with `sample(rng)`.
        families: family name -> weight, or names of equal weight; for generated problems.
        difficulty: "easy", "medium" or "hard"; a number from 0 (easy) to 1 (hard); or family name -> its options; for
            generated problems.
        split: "train", "validation", "test" or an out-of-distribution split of `problems.OOD_SPLITS`, all disjoint by
            computation graph; for generated problems.
        reward: a name, a function of `StepContext`, "package.module:function", or a mapping of these to weights.
        reward_options: arguments of the reward, `{"scoring": "linear"}`.
        max_steps: budget of actions, at least 2.
        max_chars: budget of characters over all steps' text; also the longest single step.
        abstention: what the answer "I don't know" is paid, as the term `abstention`; None where it is an answer like
            any other, and wrong. Between 0 and what a right answer pays it is worth saying below some confidence.
        repeats: False poses no question twice until the next seeded reset.
        order: "random", or "sequential" over a finite source; a seeded reset starts again at its first problem.
        render_mode: None, "ansi" or "human".

    Raises:
        UnknownName: a family, difficulty, split, reward or order that is in no table.
        InvalidOption: options that cannot work together.
        InvalidProblem: one of the given problems cannot be posed.

    Example:
        >>> env = StepReasoningEnv([Problem("p", "What is 18 - 4?", "14")])
        >>> observation, info = env.reset(seed=0)
        >>> action = {"step": "<answer>14</answer>", "confidence": 1.0}
        >>> observation, reward, terminated, truncated, info = env.step(action)
        >>> reward, terminated, info["answer"]
        (1.5, True, '14')

    Version history:
        v0: first version.
    """

    metadata = {"render_modes": ["ansi", "human"], "render_fps": 4}  # noqa: RUF012 (Gymnasium reads it off the class)

    def __init__(
        self,
        problems: Problems | Iterable[Problem] | None = None,
        *,
        families: Mapping[str, float] | Sequence[str] | str | None = None,
        difficulty: str | float | Mapping[str, Mapping[str, Any]] = "easy",
        split: str = "train",
        reward: RewardSpec = "ccrl",
        reward_options: Mapping[str, Any] | None = None,
        max_steps: int = MAX_STEPS,
        max_chars: int = MAX_CHARS,
        abstention: float | None = None,
        repeats: bool = True,
        order: Literal["random", "sequential"] = "random",
        render_mode: str | None = None,
    ) -> None:
        if problems is not None and families is not None:
            raise InvalidOption("Give `problems` or `families`, not both: families are for generated problems.")
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise unknown_name("render_mode", render_mode, self.metadata["render_modes"])
        self.source = make_source(families, difficulty, split) if problems is None else as_source(problems)
        _check_budget(max_steps, max_chars)
        _check_order(order, self.source)
        _check_abstention(abstention)
        self.reward_function = make_reward(reward, **(reward_options or {}))
        self.max_steps = max_steps
        self.max_chars = max_chars
        self.abstention = abstention
        self.repeats = repeats
        self.order = order
        self.render_mode = render_mode
        self.action_space = spaces.Dict(
            {
                "step": protocol_text(max_chars),
                "confidence": spaces.Box(0.0, 1.0, shape=(), dtype=np.float32),
            }
        )
        longest = MAX_QUESTION_CHARS + 2 * max_chars + max_steps * (_LINE_OVERHEAD_CHARS + MAX_SHOWN)
        self.observation_space = protocol_text(longest)
        self._split = ""
        self._posable = isinstance(self.source, ProblemSource | ProblemList)  # these pose no problem that cannot be
        self._random: random.Random | None = None
        self._next_index = 0
        self._posed: set[int] = set()
        self._seed: int | None = None
        self._session: Session | None = None
        self._transcript = ""

    def sibling(self) -> StepReasoningEnv:
        """A new environment with the settings, source, spaces and reward function of this one, and its own episodes."""
        twin = copy.copy(self)
        twin._np_random = twin._random = twin._session = None
        twin._next_index, twin._posed, twin._seed, twin._transcript = 0, set(), None, ""
        return twin

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Poses a problem: the next of the source, or the one of `options`.

        Args:
            seed: starts the environment's own generator afresh; None goes on with it.
            options: `{"problem": Problem}` or `{"index": int}`; `{"difficulty": name or number}` of a generated
                problem; `{"max_steps": int}`, at most the environment's own, and `{"abstention": float}`.

        Raises:
            InvalidProblem: the given problem cannot be posed.
            InvalidOption: an option that is unknown, or an index into a source that has none.
        """
        super().reset(seed=seed)
        if seed is not None or self._random is None:
            self._random = python_random(int(self.np_random.integers(2**63)), "problems")
            self._next_index = 0
            self._posed.clear()
        self._seed = seed
        self._split = "" if options and "problem" in options else str(getattr(self.source, "split", ""))
        max_steps, abstention = self.max_steps, self.abstention
        if options:
            problem = self._chosen(options)
            max_steps = options.get("max_steps", max_steps)
            abstention = options.get("abstention", abstention)
            _check_budget(max_steps, self.max_chars, most_steps=self.max_steps)
            _check_abstention(abstention)
            check_problem(problem)
        else:
            problem = self._drawn(self.source)
        if not self._posable:
            check_problem(problem)
        self._session = Session(problem, self.reward_function, max_steps, self.max_chars, abstention)
        self._transcript = to_charset(problem.question) + "\n"
        if self.render_mode == "human":
            self._print(problem.question)
        return self._transcript, self._info()

    def step(self, action: Action) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judges and pays one action.

        Raises:
            InvalidAction: the action is no mapping with a text under "step".
            ResetNeeded: there is no episode, or it is over.
            RewardError: the reward function failed.
        """
        session = self._running()
        try:
            record = session.act(parse_action(action))
        except MalformedStep as error:
            record = session.act(str(error), raw=action["step"])
        self._transcript += _transcript_line(record)
        info = self._info()
        info["judgement"] = record.judgement
        info["reward_terms"] = dict(record.reward.terms)
        terminated, truncated = session.terminated, session.truncated
        if terminated or truncated:
            info["outcome"] = outcome_of(session.records)
            info["answer"] = session.problem.answer
            info["problem"] = session.problem
        if self.render_mode == "human":
            self._print(coloured(record))
            if terminated or truncated:
                self._print(render_end(session.problem, session.records, terminated=terminated))
        return self._transcript, record.reward.total, terminated, truncated, info

    def render(self) -> str | None:
        """The episode so far as plain text in mode "ansi"; mode "human" has printed it already.

        Raises:
            ResetNeeded: there is no episode to show.
        """
        if self.render_mode != "ansi":
            return None
        session = self._begun()
        return render_episode(
            session.problem, session.records, terminated=session.terminated, truncated=session.truncated
        )

    @property
    def problem(self) -> Problem:
        """The problem of this episode, gold answer included."""
        return self._begun().problem

    @property
    def records(self) -> list[StepRecord]:
        """The judged and paid steps of this episode, oldest first."""
        return list(self._begun().records)

    @property
    def source_families(self) -> tuple[str, ...]:
        """The families that the problems are generated by; () where they were given."""
        return self.source.families if isinstance(self.source, ProblemSource) else ()

    def episode(self, **tokens: Any) -> Episode:
        """This episode as a value; `tokens` are those of `Session.episode`."""
        return self._begun().episode(**({"seed": self._seed} | tokens))

    def _begun(self) -> Session:
        if self._session is None:
            raise ResetNeeded("There is no episode yet; call reset() first.")
        return self._session

    def _running(self) -> Session:
        session = self._begun()
        if session.terminated or session.truncated:
            raise ResetNeeded("The episode is over and takes no more actions; call reset() first.")
        return session

    def _chosen(self, options: Mapping[str, Any]) -> Problem:
        for name in options:
            if name not in _RESET_OPTIONS:
                raise unknown_name("reset option", name, _RESET_OPTIONS)
        if len({"problem", "index", "difficulty"} & set(options)) > 1:
            raise InvalidOption('Give one of "problem", "index" and "difficulty" to reset; they choose the problem.')
        if "problem" in options:
            return cast(Problem, options["problem"])
        if "index" in options:
            return self._listed(options["index"])
        if "difficulty" in options:
            if not isinstance(self.source, ProblemSource):
                raise InvalidOption('"difficulty" is for generated problems; these were given as they are.')
            return self._drawn(self.source.at(options["difficulty"]))
        return self._drawn(self.source)

    def _listed(self, index: object) -> Problem:
        if not is_finite(self.source):
            raise InvalidOption('"index" needs a finite source of problems, such as a list or a data file.')
        listed = cast(Sequence[Problem], self.source)
        if not isinstance(index, int) or not 0 <= index < len(listed):
            raise InvalidOption(f'"index" counts the {len(listed)} problems from 0; received {index!r}.')
        return listed[index]

    def _drawn(self, source: Problems) -> Problem:
        if self.repeats:
            return self._next(source)
        for _ in range(_MAX_REDRAWS):
            problem = self._next(source)
            question = digest(problem.question)
            if question not in self._posed:
                self._posed.add(question)
                return problem
        raise InvalidOption(
            f"repeats=False poses each question once, and the source holds no new one after {len(self._posed)}; allow "
            "larger numbers or repeats, or reset with a seed to start again."
        )

    def _next(self, source: Problems) -> Problem:
        if self.order == "sequential":
            listed = cast(Sequence[Problem], source)
            problem = listed[self._next_index % len(listed)]
            self._next_index += 1
            return problem
        return source.sample(cast(random.Random, self._random))

    def _info(self) -> dict[str, Any]:
        session = self._begun()
        problem = session.problem
        return {
            "problem_id": problem.id,
            "family": problem.family,
            "difficulty": problem.difficulty,
            "split": self._split,
            "step_index": len(session.records),
        }

    def _print(self, line: Any) -> None:
        from rich.console import Console

        Console(highlight=False, markup=False, soft_wrap=True).print(line)


class DatasetEnv(StepReasoningEnv):
    """`StepReasoningEnv` over a data set, or over twenty problems of our own where none is named.

    Args:
        data: a file (JSON Lines, JSON, CSV, TSV, parquet), a folder of such, or the name of a data set on the Hugging
            Face hub, "openai/gsm8k".
        config: of a folder or a name: which of its configs, where it has several.
        split: of a folder or a name: which of its splits, where it has several.
        layout: one of `problems.data_rows.LAYOUTS`, "gsm8k", "svamp", "math", …; None to recognise it by the fields.
        fields: what the data set calls the fields: `{"question": "problem", "answer": "target"}`.
        skip_bad: leave broken rows out instead of raising.
        limit: read no more than this many problems.
        order: "random" or "sequential".
        options: those of `StepReasoningEnv` that are not about generated problems.

    Raises:
        DataError: the data set cannot be read; names the file and the line.
        InvalidOption, UnknownName: options that name nothing, or do not go together.
    """

    def __init__(
        self,
        data: str | None = None,
        *,
        config: str | None = None,
        split: str | None = None,
        layout: str | None = None,
        fields: Mapping[str, str] | None = None,
        skip_bad: bool = False,
        limit: int | None = None,
        order: Literal["random", "sequential"] = "random",
        **options: Any,
    ) -> None:
        from .problems.datasets import DatasetProblems

        for name in ("problems", "families", "difficulty"):
            if name in options:
                raise InvalidOption(f"A data set has no {name!r}; that option is for other environments.")
        problems = DatasetProblems(
            data, config=config, split=split, layout=layout, fields=fields, skip_bad=skip_bad, limit=limit
        )
        super().__init__(problems, order=order, **options)


def _transcript_line(record: StepRecord) -> str:
    """What an action adds to the observation; a malformed one is shown as it was written, on one line."""
    if record.judgement.malformed:
        return to_charset(shorten(" ".join(record.step.text.split()), MAX_SHOWN)) + "\n"
    return to_charset(render_step(record.step)) + "\n"


def _check_budget(max_steps: int, max_chars: int, most_steps: int | None = None) -> None:
    if max_steps < 2:
        raise InvalidOption(
            f"max_steps is at least 2, as no episode is truncated on its first step; received {max_steps}."
        )
    if most_steps is not None and max_steps > most_steps:
        raise InvalidOption(
            f"An episode's max_steps is at most the environment's, {most_steps}, for which its observation space is "
            f"made; received {max_steps}. Make the environment with more."
        )
    if max_chars < 1:
        raise InvalidOption(f"max_chars is at least 1; received {max_chars}.")


def _check_abstention(price: float | None) -> None:
    if price is not None and finite_number(price) is None:
        raise InvalidOption(
            f'abstention is what "I don\'t know" is paid, a finite number, or None; received {price!r}.'
        )


def _check_order(order: str, source: Problems) -> None:
    if order not in _ORDERS:
        raise unknown_name("order", order, _ORDERS)
    if order == "sequential" and not is_finite(source):
        raise InvalidOption('order="sequential" needs a finite source of problems, such as a list or a data file.')
