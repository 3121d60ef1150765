"""`CandidateCCRL-v0`: the same problems, judge and rewards for an agent that knows numbers only, such as SB3's PPO.

At each step K candidate next steps stand side by side, one done right and K - 1 plausible errors, as a Box of
features. The agent picks one and says how sure it is; the text of that candidate, with that confidence, is then an
ordinary action of `StepReasoningEnv`, judged and paid there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ..errors import InvalidAction, InvalidOption, InvalidProblem, ResetNeeded, unknown_name
from ..rewards import CheckedReward, finite_number
from ..seeding import python_random
from ..step_format import shorten
from ..types import Episode, Problem, StepRecord
from .base import StepReasoningEnv
from .candidate_features import FEATURES, candidates_features
from .problems import MIXTURE
from .problems.mistakes import step_and_errors
from .problems.plain_steps import plain_steps
from .sources import Problems
from .verify.tokens import Number

CANDIDATE_FAMILIES = ("word_problems", "arithmetic", "algebra", "number_theory", "counting", "geometry", "sequences")
"""The families with problems whose steps are calculations with numbers; the others of ours have none or hardly any."""

ACTIONS = ("discrete", "box")
_NO_STEPS = frozenset({"polynomials", "calculus", "logic"})
_MAX_REDRAWS = 1_000  # of problems with another kind of step, in a row
_NOISE_BOUND = 2.0  # features are within 1; with noise they are cut off here
_CHOSEN = frozenset({"problem", "index"})  # options of reset that name a problem: there is nothing to redraw

Observation = NDArray[np.float32]


class CandidateEnv(gym.Env[Observation, Any]):
    """A numeric view of problems: choose the next step among candidates, and say how sure you are.

    Description:
        A wind tunnel for rewards. What a reward does to accuracy and confidence shows within minutes on one core, with
        the judge and the reward functions that pay a language model.

    Action space:
        `action="discrete"`: `MultiDiscrete([K, levels])`, the candidate and the confidence level i, which states
        i / (levels - 1). `action="box"`: `Box(-1, 1, (K + 1,))`, a score for each candidate, of which the highest (the
        first of equals) is taken, and last x, which states the confidence (x + 1) / 2.

    Observation space:
        `Box(-1, 1, (K * len(FEATURES),))`, one block of `candidate_features.FEATURES` for each candidate, in an order
        that is drawn at every step. They are read off the texts of question, steps so far and candidate alone.
        With noise the bounds are -2 and 2. After the end all are 0.

    Rewards:
        Those of `StepReasoningEnv`: any name, function or mixture.

    Starting state:
        A problem of the source whose gold steps are all calculations with numbers; others are passed over.

    Episode end:
        As many steps as the gold path has, then the answer, which is one more choice: the last result among other
        quantities and slips. A wrong step is not corrected: its value is carried on, so that the candidate that is
        "right" at a later step is the right calculation with the wrong value, which the judge finds INCORRECT, as it
        does everything else there. No candidate leads back, so the right answer is out of reach where it rests on it.

    Args:
        candidates: how many to choose from, K, at least 2.
        confidence_levels: how many confidences can be stated, at least 2; 11 are the tenths.
        action: "discrete" or "box".
        feature_noise: standard deviation of normal noise added to every feature.
        problems: None for generated problems, or your own, as in `StepReasoningEnv`.
        families: of `CANDIDATE_FAMILIES`, or your own; None for all of them.
        options: the others of `StepReasoningEnv`: `difficulty`, `split`, `reward`, `reward_options`, `repeats`, ….

    Raises:
        InvalidOption: a number out of range, or a family that has no steps with numbers.
        UnknownName: an action of another kind, and the names that `StepReasoningEnv` does not know.

    Example:
        >>> env = CandidateEnv(families="arithmetic", reward="brier")
        >>> observation, info = env.reset(seed=0)
        >>> env.problem.question, observation.shape == (4 * len(FEATURES),)
        ('Find the value of (10 + 4) / 7.', True)
        >>> env.candidates
        ('p = 10 + 7 = 17', 'p = 10 + 4 = 15', 'p = 10 * 4 = 40', 'p = 10 + 4 = 14')
        >>> observation, reward, terminated, truncated, info = env.step([3, 9])
        >>> info["judgement"].verdict == "CORRECT", env.records[0].step.confidence
        (True, 0.9)

    Version history:
        v0: first version.
    """

    metadata = StepReasoningEnv.metadata

    def __init__(
        self,
        candidates: int = 4,
        *,
        confidence_levels: int = 11,
        action: Literal["discrete", "box"] = "discrete",
        feature_noise: float = 0.0,
        problems: Problems | Iterable[Problem] | None = None,
        families: Mapping[str, float] | Sequence[str] | str | None = None,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        _check_numbers(candidates, confidence_levels, feature_noise)
        if action not in ACTIONS:
            raise unknown_name("action", action, ACTIONS)
        if problems is None:
            families = _with_steps(families)
        self.text_env = StepReasoningEnv(problems, families=families, render_mode=render_mode, **options)
        self.num_candidates = candidates
        self.confidence_levels = confidence_levels
        self.action = action
        self.feature_noise = float(feature_noise)
        self.render_mode = render_mode
        bound = _NOISE_BOUND if feature_noise else 1.0
        self.observation_space = spaces.Box(-bound, bound, (candidates * len(FEATURES),), np.float32)
        self.action_space: spaces.Space[Any] = (
            spaces.MultiDiscrete([candidates, confidence_levels])
            if action == "discrete"
            else spaces.Box(-1.0, 1.0, (candidates + 1,), np.float32)
        )
        self._random: random.Random | None = None
        self._history: list[str] = []
        self._found: list[Number] = []
        self._shown: tuple[tuple[str, Number], ...] = ()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Poses a problem; the same seed poses the one that the environment of text poses, where it has such steps.

        Raises:
            InvalidProblem: the problem of `options`, or every one of many that were drawn, has another kind of step.
            InvalidOption: an option that `StepReasoningEnv.reset` does not take.
        """
        super().reset(seed=seed)
        if seed is not None or self._random is None:
            self._random = python_random(int(self.np_random.integers(2**63)), "candidates")
        _, info = self.text_env.reset(seed=seed, options=options)
        redraws = 0
        while plain_steps(self.text_env.problem) is None:
            if redraws == _MAX_REDRAWS or (options and _CHOSEN & options.keys()):
                raise InvalidProblem(
                    'Candidates are made for problems whose gold steps all read "name = calculation = number" and end '
                    f"in the answer; {self.text_env.problem.id!r} is none, nor were {redraws} drawn before it."
                )
            _, info = self.text_env.reset(options=options)
            redraws += 1
        self._history, self._found = [], []
        return self._next_candidates(), info

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Takes a candidate as the next step, at the stated confidence.

        Raises:
            InvalidAction: an action outside the action space.
            ResetNeeded: there is no episode, or it is over.
            RewardError: the reward function failed.
        """
        if not self._shown:
            raise ResetNeeded("There are no candidates now, as no episode is running; call reset() first.")
        choice, confidence = self._read_action(action)
        text, value = self._shown[choice]
        _, reward, terminated, truncated, info = self.text_env.step({"step": text, "confidence": confidence})
        self._history.append(text)
        self._found.append(value)
        if terminated or truncated:
            self._shown = ()
            return np.zeros(self.observation_space.shape or (), np.float32), reward, terminated, truncated, info
        return self._next_candidates(), reward, terminated, truncated, info

    def render(self) -> str | None:
        """The episode so far, as `StepReasoningEnv` shows it."""
        return self.text_env.render()

    @property
    def candidates(self) -> tuple[str, ...]:
        """The texts to choose from, in the order of the observation; () after the end."""
        return tuple(text for text, _ in self._shown)

    @property
    def source(self) -> Problems:
        """Where problems come from."""
        return self.text_env.source

    @property
    def source_families(self) -> tuple[str, ...]:
        """The families that the problems are generated by; () where they were given."""
        return self.text_env.source_families

    @property
    def reward_function(self) -> CheckedReward:
        """What pays."""
        return self.text_env.reward_function

    @property
    def problem(self) -> Problem:
        """The problem of this episode, gold answer included."""
        return self.text_env.problem

    @property
    def records(self) -> list[StepRecord]:
        """The judged and paid steps of this episode, oldest first."""
        return self.text_env.records

    def episode(self) -> Episode:
        """This episode as a value."""
        return self.text_env.episode()

    def _next_candidates(self) -> Observation:
        """Draws the candidates of the next step, and shows them."""
        problem, index, rng = self.text_env.problem, len(self._history), self._random
        if rng is None:  # not reached: reset has made it
            raise ResetNeeded("There is no episode yet; call reset() first.")
        right, errors = step_and_errors(problem, index, rng, self.num_candidates - 1, self._found)
        shown = [(right.text, right.value), *((error.text, error.value) for error in errors)]
        rng.shuffle(shown)
        self._shown = tuple(shown)
        features = candidates_features(problem.question, self._history, self.candidates).ravel()
        if self.feature_noise:
            features += self.feature_noise * self.np_random.standard_normal(features.shape, np.float32)
            np.clip(features, -_NOISE_BOUND, _NOISE_BOUND, out=features)
        return features

    def _read_action(self, action: Any) -> tuple[int, float]:
        values = np.asarray(action)
        if self.action == "discrete":
            if values.shape == (2,) and values.dtype.kind in "iu":
                choice, level = int(values[0]), int(values[1])
                if 0 <= choice < self.num_candidates and 0 <= level < self.confidence_levels:
                    return choice, level / (self.confidence_levels - 1)
            rule = f"[candidate, confidence level], below {self.num_candidates} and {self.confidence_levels}"
        else:
            if values.shape == (self.num_candidates + 1,) and values.dtype.kind in "fiu" and (abs(values) <= 1).all():
                return int(values[:-1].argmax()), (float(values[-1]) + 1.0) / 2.0
            rule = f"{self.num_candidates} scores and a confidence x for (x + 1) / 2, all from -1 to 1"
        raise InvalidAction(f"An action here is {rule}; received {shorten(repr(action))}.")


def _with_steps(families: Mapping[str, float] | Sequence[str] | str | None) -> Mapping[str, float] | Sequence[str]:
    """The families to draw from; an error for those that never have steps with numbers."""
    if families is None:
        return {name: MIXTURE[name] for name in CANDIDATE_FAMILIES}
    named = (families,) if isinstance(families, str) else families
    if without := sorted(_NO_STEPS & set(named)):
        raise InvalidOption(
            f"Candidates are made for steps that are calculations with numbers; the families "
            f"{', '.join(CANDIDATE_FAMILIES)} have such, {', '.join(without)} not."
        )
    return named


def _check_numbers(candidates: int, levels: int, noise: float) -> None:
    for name, count in (("candidates", candidates), ("confidence_levels", levels)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise InvalidOption(f"{name} is a whole number, at least 2; received {count!r}.")
    checked = finite_number(noise)
    if checked is None or checked < 0:
        raise InvalidOption(f"feature_noise is a standard deviation, at least 0; received {noise!r}.")
