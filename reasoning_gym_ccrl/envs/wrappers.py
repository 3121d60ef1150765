"""Wrappers around any of the environments: what a language model writes, what it sees, and what is asked of it.

    env = RawText(gym.make("MathCCRL-v0"))                        # acts by the text of a model, tags and all
    env = ChatMessages(RawText(gym.make("MathCCRL-v0")))          # and sees messages with roles
    env = AllowAbstention(gym.make("MathCCRL-v0"), reward=0.3)    # "I don't know" is an answer of its own
    env = ShowFeedback(gym.make("MathCCRL-v0"), "reason")         # each verdict stands in the observation
    env = StepBudget(gym.make("MathCCRL-v0"), 6)                  # fewer steps, and how many are left is said
    env = Curriculum(gym.make("MathCCRL-v0"))                     # as hard as the agent can take

They go together in any order but one: `ChatMessages` comes last, as its observations are no text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, Protocol, SupportsFloat

import gymnasium as gym
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs

from ..errors import InvalidAction, InvalidOption, unknown_name
from ..step_format import (
    INSTRUCTIONS,
    MAX_SHOWN,
    read_chain_of_thought,
    render_step,
    shorten,
    split_completion,
    to_charset,
)
from ..types import Judgement, Step
from .text_space import ProtocolText, protocol_text

Result = tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]
AnyEnv = gym.Env[Any, Any]
Options = dict[str, Any] | None

READERS = ("protocol", "chain_of_thought")
FEEDBACK = ("hidden", "verdict", "reason")


class RawText(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Acts by a model's own text: one element of the protocol, or a whole completion, played to its end.

    Several elements in one text are played one after the other; the rewards add up, `info["judgements"]` and
    `info["step_rewards"]` hold each. What breaks the protocol is judged malformed, as in the environment itself.

    Args:
        env: the environment.
        reader: "protocol" for `<step>…</step><confidence>0.9</confidence>`; "chain_of_thought" for ordinary text, whose
            steps state no confidence.

    Raises:
        UnknownName: no such reader.
        InvalidAction: an action that is no text.
    """

    def __init__(self, env: AnyEnv, reader: Literal["protocol", "chain_of_thought"] = "protocol") -> None:
        RecordConstructorArgs.__init__(self, reader=reader)
        gym.Wrapper.__init__(self, env)
        if reader not in READERS:
            raise unknown_name("reader", reader, READERS)
        self.reader = reader
        self.action_space = protocol_text(_max_length(env.action_space))

    def actions(self, text: str) -> list[dict[str, Any]]:
        """The actions that a text holds, at least one."""
        if not isinstance(text, str):
            raise InvalidAction(f"RawText acts by a text, as a model wrote it; received {shorten(repr(text))}.")
        if self.reader == "chain_of_thought":
            found = [
                {"step": render_step(Step(step.kind, step.text)), "confidence": step.confidence}
                for step in read_chain_of_thought(text)
            ]
        else:
            found = [
                {"step": text[element.start : element.end], "raw": True, "confidence": None}
                for element in split_completion(text)
            ]
        return found or [{"step": text, "raw": True, "confidence": None}]

    def step(self, action: str) -> Result:
        """Plays the text; what it says after the end of the episode is not read."""
        total = 0.0
        judgements: list[Judgement] = []
        rewards: list[float] = []
        for one in self.actions(action):
            observation, reward, terminated, truncated, info = self.env.step(one)
            total += float(reward)
            judgements.append(info["judgement"])
            rewards.append(float(reward))
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, {**info, "judgements": judgements, "step_rewards": rewards}


class AllowAbstention(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Lets the answer "I don't know" end an episode with a payment of its own, in place of being wrong.

    With `reward` r, saying nothing beats answering below the confidence at which an answer is worth r: under
    `outcome` that is r itself, under `ccrl` at weight 1/2 the c with c + c^2 / 2 = r (0.3 -> 0.265).

    Args:
        env: the environment.
        reward: what abstaining is paid.
    """

    def __init__(self, env: AnyEnv, reward: float = 0.0) -> None:
        RecordConstructorArgs.__init__(self, reward=reward)
        gym.Wrapper.__init__(self, env)
        self.reward = reward

    def reset(self, *, seed: int | None = None, options: Options = None) -> tuple[Any, dict[str, Any]]:
        return self.env.reset(seed=seed, options={"abstention": self.reward, **(options or {})})


class _Annotated(gym.Wrapper[str, Any, str, Any], RecordConstructorArgs):
    """Adds lines of its own to the transcript, each after the step that it is about."""

    _extra_chars = 0

    def __init__(self, env: AnyEnv, **own: Any) -> None:
        RecordConstructorArgs.__init__(self, **own)
        gym.Wrapper.__init__(self, env)
        self._seen = 0
        self._shown = ""
        most = getattr(env.unwrapped, "max_steps", 0) + 1
        self.observation_space = protocol_text(_max_length(env.observation_space) + most * self._extra_chars)

    def reset(self, *, seed: int | None = None, options: Options = None) -> tuple[str, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        self._seen, self._shown = len(observation), observation
        return self._shown, info

    def step(self, action: Any) -> Result:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._shown += observation[self._seen :] + self._line(info, over=terminated or truncated)
        self._seen = len(observation)
        return self._shown, reward, terminated, truncated, info

    def _line(self, info: Mapping[str, Any], *, over: bool) -> str:
        raise NotImplementedError


class ShowFeedback(_Annotated):
    """Shows after each step what the verifier said: "(INCORRECT: 3 * 4 = 13 does not hold: …)".

    The answer gets none, since nothing can follow it.

    Args:
        env: the environment.
        feedback: "hidden" for none, "verdict" for the word alone, "reason" with the reason.

    Raises:
        UnknownName: no such feedback.
    """

    _extra_chars = MAX_SHOWN + 20

    def __init__(self, env: AnyEnv, feedback: Literal["hidden", "verdict", "reason"] = "reason") -> None:
        if feedback not in FEEDBACK:
            raise unknown_name("feedback", feedback, FEEDBACK)
        super().__init__(env, feedback=feedback)
        self.feedback = feedback

    def _line(self, info: Mapping[str, Any], *, over: bool) -> str:
        if over or self.feedback == "hidden":
            return ""
        lines = [feedback_on(one, self.feedback) for one in info.get("judgements") or [info["judgement"]]]
        return "".join(f"{line}\n" for line in lines)


def feedback_on(judgement: Judgement, feedback: str = "reason") -> str:
    """What an agent is told about a step.

    >>> from reasoning_gym_ccrl.types import Verdict
    >>> feedback_on(Judgement(Verdict.CORRECT, reason="It holds."), "verdict")
    '(CORRECT)'
    """
    if feedback == "verdict" or not judgement.reason:
        return f"({judgement.verdict})"
    return f"({judgement.verdict}: {to_charset(shorten(judgement.reason, MAX_SHOWN))})"


class StepBudget(_Annotated):
    """Gives each episode fewer steps than the environment would, and says how many are left.

    Args:
        env: the environment.
        max_steps: at least 2, at most the environment's own.
        show: whether "(2 steps left)" stands in the observation after each step.
    """

    _extra_chars = 24

    def __init__(self, env: AnyEnv, max_steps: int, *, show: bool = True) -> None:
        super().__init__(env, max_steps=max_steps, show=show)
        self.max_steps = max_steps
        self.show = show

    def reset(self, *, seed: int | None = None, options: Options = None) -> tuple[str, dict[str, Any]]:
        return super().reset(seed=seed, options={"max_steps": self.max_steps, **(options or {})})

    def _line(self, info: Mapping[str, Any], *, over: bool) -> str:
        left = self.max_steps - info["step_index"]
        return "" if over or not self.show else f"({left} step{'s' if left != 1 else ''} left)\n"


class ChatTokenizer(Protocol):
    """The part of a Hugging Face tokenizer that `ChatMessages` uses."""

    def apply_chat_template(self, conversation: Any, *, tokenize: bool, add_generation_prompt: bool) -> Any: ...


class ChatMessages(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Shows the episode as chat messages: the system's, the question, and in turn each action and what follows it.

    The observation is a tuple of `{"role", "content"}`, roles in strict turns, as all chat templates take them; with a
    `tokenizer` it is the prompt that its template makes of them, up to where the assistant goes on.

    Args:
        env: the environment; `RawText` around it keeps the model's own words as the assistant's.
        system: the system message; None for none. `step_format.INSTRUCTIONS` teaches the protocol.
        feedback: what the user says after each action: "hidden" ("Go on."), "verdict" or "reason".
        tokenizer: any with `apply_chat_template`.

    Raises:
        UnknownName: no such feedback.
    """

    def __init__(
        self,
        env: AnyEnv,
        *,
        system: str | None = INSTRUCTIONS,
        feedback: Literal["hidden", "verdict", "reason"] = "hidden",
        tokenizer: ChatTokenizer | None = None,
    ) -> None:
        RecordConstructorArgs.__init__(self, system=system, feedback=feedback, tokenizer=tokenizer)
        gym.Wrapper.__init__(self, env)
        if feedback not in FEEDBACK:
            raise unknown_name("feedback", feedback, FEEDBACK)
        self.system = system
        self.feedback = feedback
        self.tokenizer = tokenizer
        self.messages: list[dict[str, str]] = []
        longest = _max_length(env.observation_space) + len(system or "")
        content = protocol_text(longest)
        if tokenizer is None:
            role = spaces.Text(max_length=9, min_length=4, charset="abcdefghijklmnopqrstuvwxyz")
            self.observation_space = spaces.Sequence(spaces.Dict({"role": role, "content": content}))
        else:
            self.observation_space = protocol_text(2 * longest)  # a template's own marks are few beside the text

    def reset(self, *, seed: int | None = None, options: Options = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        self.messages = [{"role": "system", "content": self.system}] if self.system else []
        self.messages.append({"role": "user", "content": observation.rstrip("\n")})
        return self._observation(), info

    def step(self, action: Any) -> Result:
        _, reward, terminated, truncated, info = self.env.step(action)
        self.messages.append({"role": "assistant", "content": to_charset(_as_written(action))})
        if not (terminated or truncated):
            judgements = info.get("judgements") or [info["judgement"]]
            said = [feedback_on(one, self.feedback) for one in judgements] if self.feedback != "hidden" else ["Go on."]
            self.messages.append({"role": "user", "content": "\n".join(said)})
        return self._observation(), reward, terminated, truncated, info

    def _observation(self) -> Any:
        if self.tokenizer is None:
            return tuple(dict(message) for message in self.messages)
        open_turn = self.messages[-1]["role"] == "user"
        prompt = self.tokenizer.apply_chat_template(self.messages, tokenize=False, add_generation_prompt=open_turn)
        return to_charset(prompt)


def _as_written(action: Any) -> str:
    """An action as its author would write it; of a mapping, the text with its confidence behind it."""
    if isinstance(action, str):
        return action
    text = str(action["step"])
    confidence = action.get("confidence")
    return text if confidence is None else f"{text}<confidence>{float(confidence):.7g}</confidence>"


class Curriculum(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Makes the generated problems harder as more are solved, and easier as fewer are.

    The difficulty is a number from 0 (easy) over 0.5 (medium) to 1 (hard). After each `window` episodes it goes up by
    `step` where at least `promote` of them were right, and down by it where fewer than `demote` were. It stands in
    `info["level"]`, and in `.level`, from which a run can go on.

    Args:
        env: an environment of generated problems.
        start: the first level, from 0 to 1.
        step: how far it moves at a time.
        promote, demote: shares of right answers; demote < promote.
        window: episodes between two decisions, at least 1.

    Raises:
        InvalidOption: settings out of range; or, at the reset, an environment whose problems were given.
    """

    def __init__(
        self,
        env: AnyEnv,
        *,
        start: float = 0.0,
        step: float = 0.05,
        promote: float = 0.8,
        demote: float = 0.5,
        window: int = 50,
    ) -> None:
        RecordConstructorArgs.__init__(self, start=start, step=step, promote=promote, demote=demote, window=window)
        gym.Wrapper.__init__(self, env)
        if not (0 <= start <= 1 and 0 < step <= 1 and 0 <= demote < promote <= 1 and window >= 1):
            raise InvalidOption(
                "A curriculum has 0 <= start <= 1, 0 < step <= 1, 0 <= demote < promote <= 1 and window >= 1; received "
                f"start={start}, step={step}, demote={demote}, promote={promote}, window={window}."
            )
        self.level = start
        self.step_size, self.promote, self.demote, self.window = step, promote, demote, window
        self._right: deque[bool] = deque()

    def reset(self, *, seed: int | None = None, options: Options = None) -> tuple[Any, dict[str, Any]]:
        chosen = dict(options or {})
        if not {"problem", "index", "difficulty"} & set(chosen):
            chosen["difficulty"] = self.level
        observation, info = self.env.reset(seed=seed, options=chosen)
        return observation, {**info, "level": self.level}

    def step(self, action: Any) -> Result:
        observation, reward, terminated, truncated, info = self.env.step(action)
        level = self.level
        if terminated or truncated:
            self._record(info["outcome"] == "correct")
        return observation, reward, terminated, truncated, {**info, "level": level}

    def _record(self, right: bool) -> None:
        self._right.append(right)
        if len(self._right) < self.window:
            return
        share = sum(self._right) / len(self._right)
        self._right.clear()
        if share >= self.promote:
            self.level = min(1.0, round(self.level + self.step_size, 9))
        elif share < self.demote:
            self.level = max(0.0, round(self.level - self.step_size, 9))


def _max_length(space: gym.Space[Any]) -> int:
    """The longest text of a space: of its own, or of its part "step"."""
    text = space["step"] if isinstance(space, spaces.Dict) else space
    if not isinstance(text, ProtocolText):
        raise InvalidOption(
            f"This wrapper goes round an environment whose texts are text; received {type(space).__name__}. "
            "ChatMessages comes last."
        )
    return int(text.max_length)
