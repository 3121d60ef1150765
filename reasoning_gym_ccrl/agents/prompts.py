"""From an observation to a prompt: chat templates, base models without one, and examples that teach the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..envs.problems import make_source
from ..errors import InvalidOption
from ..seeding import python_random
from ..step_format import render_step, render_transcript
from ..types import Problem, Step

SYSTEM_PROMPT = """Solve the problem one step at a time, and say with each step how sure you are that it is right.
First write the plan with names and no numbers, then one calculation a line, then the answer, in exactly this form:
<plan>total cost = unit price * number bought</plan>
<step>total cost = 3 * 4 = 12</step><confidence>0.9</confidence>
<answer>12</answer><confidence>0.8</confidence>
A confidence is a number from 0 to 1: the probability that the line is right."""

_EXAMPLE_CONFIDENCES = (0.7, 0.8, 0.9, 0.95, 1.0)
_MAX_DRAWS = 1_000

Example = tuple[str, str]
"""An observation, and what a good agent writes after it."""


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """How observations become prompts.

    Attributes:
        system_prompt: what a chat model is told first; "" for nothing. Base models are told nothing.
        examples: solved problems that are shown before the question, as earlier turns of the chat, or as text.
        template_options: passed to the chat template. Templates ignore what they do not know; Qwen3's would otherwise
            think aloud before the first step, in no protocol.
    """

    system_prompt: str = SYSTEM_PROMPT
    examples: tuple[Example, ...] = ()
    template_options: Mapping[str, Any] = field(default_factory=lambda: {"enable_thinking": False})


def few_shot_examples(
    n: int, families: Mapping[str, float] | Sequence[str] | str = "word_problems", seed: int = 0
) -> tuple[Example, ...]:
    """`n` solved problems of the training split, each with plan, steps, answer and confidences.

    Everything in them is right. Their confidences are drawn from 0.7 to 1.0, so that a model sees that they vary, and
    no level is taught as the one to state.

    Args:
        n: how many.
        families: where they come from; of those whose problems have a plan.
        seed: equal seeds give equal examples.

    Raises:
        InvalidOption: `n` below 0, or families whose problems have no plan.
    """
    if n < 0:
        raise InvalidOption(f"few_shot is a number of examples from 0 upwards; received {n}.")
    rng, source = python_random(seed, "few-shot"), make_source(families, "easy", "train")
    found: dict[str, str] = {}
    for _ in range(_MAX_DRAWS):
        if len(found) == n:
            return tuple(found.items())
        problem = source.sample(rng)
        if problem.solution and problem.answer and all(gold.meta_thought for gold in problem.solution):
            confidences = [rng.choice(_EXAMPLE_CONFIDENCES) for _ in range(len(problem.solution) + 1)]
            found.setdefault(render_transcript(problem.question), _solved(problem, problem.answer, confidences))
    raise InvalidOption(
        f"Examples are made of problems with a plan; {families!r} had {len(found)} of the {n} asked for. Ask for "
        "fewer, or take word_problems."
    )


def _solved(problem: Problem, answer: str, confidences: Sequence[float]) -> str:
    plan = Step("plan", "; ".join(gold.meta_thought for gold in problem.solution))
    steps = [Step("step", gold.text, sure) for gold, sure in zip(problem.solution, confidences, strict=False)]
    return "\n".join(map(render_step, [plan, *steps, Step("answer", answer, confidences[-1])]))


def encode_prompts(tokenizer: Any, observations: Sequence[str], style: PromptStyle | None = None) -> list[list[int]]:
    """Prompts as token ids: through the chat template where there is one, else the text verbatim.

    Args:
        tokenizer: of the model.
        observations: what the environment shows.
        style: None for the plain one: SYSTEM_PROMPT and no examples.
    """
    style = style or PromptStyle()
    if not observations:
        return []
    if getattr(tokenizer, "chat_template", None):
        return _templated(tokenizer, observations, style)
    before = "".join(f"{shown}{written}\n\n" for shown, written in style.examples)
    prompts = tokenizer([before + observation for observation in observations])["input_ids"]
    eos = tokenizer.eos_token_id
    return [list(ids[:-1] if ids and ids[-1] == eos else ids) for ids in prompts]


def _templated(tokenizer: Any, observations: Sequence[str], style: PromptStyle) -> list[list[int]]:
    from jinja2 import TemplateError

    options = {"add_generation_prompt": True, "tokenize": True, "return_dict": True, **style.template_options}
    try:
        encoded = tokenizer.apply_chat_template([messages(text, style) for text in observations], **options)
    except TemplateError:
        # Some templates, Gemma's for one, know no system: what it would say goes before the first question.
        chats = [messages(text, style, system_role=False) for text in observations]
        encoded = tokenizer.apply_chat_template(chats, **options)
    return [list(ids) for ids in encoded["input_ids"]]


def messages(observation: str, style: PromptStyle, *, system_role: bool = True) -> list[dict[str, str]]:
    """The chat that asks for what follows an observation.

    >>> [message["role"] for message in messages("Q?", PromptStyle(examples=(("2 + 2?", "<answer>4</answer>"),)))]
    ['system', 'user', 'assistant', 'user']
    """
    chat = []
    for shown, written in style.examples:
        chat += [{"role": "user", "content": shown}, {"role": "assistant", "content": written}]
    chat.append({"role": "user", "content": observation})
    if style.system_prompt and system_role:
        return [{"role": "system", "content": style.system_prompt}, *chat]
    if style.system_prompt:
        chat[0] = {"role": "user", "content": f"{style.system_prompt}\n\n{chat[0]['content']}"}
    return chat
