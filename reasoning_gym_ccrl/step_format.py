"""The one text protocol: steps to text and back.

    <plan>total cost = unit price * number bought</plan>
    <step>total cost = 3 * 4 = 12</step><confidence>0.9</confidence>
    <answer>12</answer><confidence>0.8</confidence>

`render_step` and `parse_step` are a round trip. `split_completion` cuts a model's whole generation into
elements, each with the characters it came from. `read_chain_of_thought` is the second, lenient reader, for
ordinary text with no tags. Strict means: one element, one confidence, nothing clipped or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, cast

from .errors import InvalidAction, MalformedStep
from .types import Step, StepKind

KINDS: tuple[StepKind, ...] = ("plan", "step", "answer")
TAGS: tuple[str, ...] = tuple(f"<{slash}{name}>" for name in (*KINDS, "confidence") for slash in ("", "/"))
INSTRUCTIONS = """\
Solve the problem one step at a time. Write each step on a line of its own, and say after it how sure you are that it is
right, as a number from 0 to 1:
<step>total cost = 3 * 4 = 12</step><confidence>0.9</confidence>
One calculation in each step, with "=" and numbers that are given or that you found before. When you are done, write the
answer alone:
<answer>12</answer><confidence>0.8</confidence>
State what you believe: a confidence of 0.7 should be right seven times in ten.\
"""
"""The protocol as a language model is told it."""

CHARSET = "\t\n" + "".join(map(chr, range(0x20, 0x3000)))

MAX_SHOWN = 200
"""Characters of a malformed action, or of a verdict's reason, that an observation shows."""

_OUTSIDE_CHARSET = re.compile("[^\t\n\u0020-\u2fff]")
_ANY_TAG = re.compile(r"</?(?:plan|step|answer|confidence)>")
# The body may hold no opening tag and the confidence no "<": hostile text then costs linear time, not quadratic.
_ELEMENT = re.compile(
    r"<(plan|step|answer)>((?:(?!<(?:plan|step|answer)>).)*?)</\1>(?:\s*<confidence>([^<]*)</confidence>)?", re.DOTALL
)
_PROBABILITY = re.compile(r"(?:0?\.\d+|[01](?:\.\d*)?)", re.ASCII)
_OPENING_TAG = re.compile(r"<(?:plan|step|answer)>")


def to_charset(text: str) -> str:
    """The text with every character outside the protocol's charset shown as "?"."""
    if text.isascii() and text.isprintable():  # nearly all text, and ten times as fast
        return text
    return _OUTSIDE_CHARSET.sub("?", text)


def format_confidence(confidence: float) -> str:
    """The shortest decimal that reads back as the same float: 0.9 -> "0.9", 1.0 -> "1.0", 1e-05 -> "0.00001"."""
    text = repr(float(confidence) + 0.0)  # + 0.0 because "-0.0" is no probability
    return text if "e" not in text else format(Decimal(text), "f")


def parse_confidence(text: str) -> float:
    """A stated confidence as a float in [0, 1].

    Raises:
        MalformedStep: for anything but a plain decimal from 0 to 1; "90%", "high" and "1.5" are not guessed at.

    >>> parse_confidence(" 0.9 ")
    0.9
    """
    text = text.strip()
    if _PROBABILITY.fullmatch(text) and (value := float(text)) <= 1.0:
        return value
    raise MalformedStep(f"A confidence is a decimal from 0 to 1, such as 0.9; received {shorten(text)!r}.")


def shorten(text: str, limit: int = 60) -> str:
    """The text cut to `limit` characters for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _describe(value: object) -> str:
    """What was received, for a message; a value whose `repr` fails (an int of 5,000 digits does) shows its type."""
    try:
        return shorten(repr(value))
    except Exception:  # anybody's __repr__ may raise anything; the message matters more
        return f"a value of type {type(value).__name__}"


def render_step(step: Step) -> str:
    """A step as protocol text; `parse_step` is its inverse.

    >>> render_step(Step("step", "3 * 4 = 12", 0.9))
    '<step>3 * 4 = 12</step><confidence>0.9</confidence>'
    """
    element = f"<{step.kind}>{step.text}</{step.kind}>"
    if step.confidence is None:
        return element
    return f"{element}<confidence>{format_confidence(step.confidence)}</confidence>"


def parse_step(text: str) -> Step:
    """Reads exactly one element, with at most one confidence; bare text is a step with none.

    Raises:
        MalformedStep: a second element, a stray or nested tag, a confidence that is no probability, a plan with
            a confidence, or an empty step.

    >>> parse_step("<answer>12</answer><confidence>0.8</confidence>")
    Step(kind='answer', text='12', confidence=0.8)
    """
    if "<" not in text or not _ANY_TAG.search(text):
        return _checked("step", text.strip(), None)
    match = _ELEMENT.fullmatch(text.strip())
    if match is None:
        raise MalformedStep(
            "One step is one element, <plan>, <step> or <answer>, closed by its own tag, then at most one "
            f"<confidence>; received {shorten(text.strip())!r}."
        )
    kind, body, stated = match.groups()
    confidence = None if stated is None else parse_confidence(stated)
    return _checked(cast(StepKind, kind), body, confidence)


def parse_action(action: object) -> Step:
    """Reads an environment action `{"step": text, "confidence": number or None}`; the confidence may be absent.

    With `"raw": True` the text is a model's own, with its confidence tag in it, as `parse_step` reads it.

    Raises:
        InvalidAction: no mapping, or no "step" that is a string: the caller's mistake.
        MalformedStep: text or confidence that breaks the protocol: the model's mistake, judged INCORRECT.

    >>> parse_action({"step": "18 - 4 = 14", "confidence": 0.9})
    Step(kind='step', text='18 - 4 = 14', confidence=0.9)
    """
    if not isinstance(action, Mapping) or not isinstance(action.get("step"), str):
        raise InvalidAction(
            'An action is a mapping with the text of one step, {"step": "18 - 4 = 14", "confidence": 0.9}; '
            f"received {_describe(action)}. For the raw text of a language model call parse_step first."
        )
    text: str = action["step"]
    confidence = action.get("confidence")
    if type(confidence) is float and 0.0 <= confidence <= 1.0 and (step := _plain_step(text, confidence)):
        return step
    if action.get("raw"):
        return parse_step(text)
    if "<confidence>" in text:
        raise MalformedStep('In an action the confidence goes in its own field, not in the text of "step".')
    step = parse_step(text)
    if confidence is None:
        return step
    return _checked(step.kind, step.text, _as_probability(confidence))


def _plain_step(text: str, confidence: float) -> Step | None:
    """A bare step, or an answer in its tags and no other; None leaves the rarer forms to `parse_step`."""
    if "<" not in text:
        bare = text.strip()
        return Step("step", bare, confidence + 0.0) if bare else None
    if text.startswith("<answer>") and text.endswith("</answer>") and text.count("<") == 2:
        body = text[8:-9]
        return Step("answer", body, confidence + 0.0) if body.strip() else None
    return None


def _as_probability(value: Any) -> float:
    if getattr(value, "shape", None) == ():  # a 0-d array, as Box(shape=()) samples it
        single = str(getattr(value, "dtype", "")).endswith("float32")
        value = value.item()
        # Read to its own digits: its 0.9 is 0.9, not the 0.89999998 that a threshold of 0.9 would miss.
        if single and 0 <= value <= 1:
            value = float(f"{value:.7g}")
    # The range comes before float(), which overflows on a huge integer; NaN fails every comparison.
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if is_number and 0 <= value <= 1:
        return float(value) + 0.0
    raise MalformedStep(f"A confidence is a number from 0 to 1, or None; received {_describe(value)}.")


def _checked(kind: StepKind, text: str, confidence: float | None) -> Step:
    if not text.strip():
        raise MalformedStep(f"A {kind} holds some text; received an empty one.")
    if "<" in text and (tag := _ANY_TAG.search(text)):
        raise MalformedStep(f"One step is one element; received a stray {tag.group()} inside {shorten(text)!r}.")
    if kind == "plan" and confidence is not None:
        raise MalformedStep("A plan carries no confidence; state it on steps and answers.")
    return Step(kind, text, confidence)


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of a completion: a step, or why it is none, and its half-open range of characters.

    `confidence_start` and `confidence_end` bound the digits of the stated confidence (equal where none is stated).
    """

    start: int
    end: int
    step: Step | None
    error: str = ""
    confidence_start: int = 0
    confidence_end: int = 0


def split_completion(text: str, *, finished: bool = True) -> list[Element]:
    r"""Cuts a model's whole generation into elements, in order; white space between them belongs to none.

    Text outside the tags is a bare step, line by line. Where `finished` is False (the token budget ran out),
    an element still open at the end was never said, and is left out.

    >>> elements = split_completion("<step>1 + 1 = 2</step><confidence>1.0</confidence>\n<answer>2</answer>")
    >>> [(element.step.text, element.step.confidence) for element in elements]
    [('1 + 1 = 2', 1.0), ('2', None)]
    """
    elements: list[Element] = []
    position = 0
    for match in _ELEMENT.finditer(text):
        elements += _bare_elements(text, position, match.start())
        elements.append(_tagged_element(match))
        position = match.end()
    return elements + _bare_elements(text, position, len(text) if finished else _last_said(text, position))


def _last_said(text: str, start: int) -> int:
    """Where the finished part of an interrupted text ends: before the element, else the line, that was cut off."""
    opened = [match.start() for match in _OPENING_TAG.finditer(text, start)]
    return opened[-1] if opened else max(start, text.rfind("\n") + 1)


def _tagged_element(match: re.Match[str]) -> Element:
    stated = match.span(3) if match.group(3) is not None else (match.end(), match.end())
    try:
        return Element(match.start(), match.end(), parse_step(match.group()), "", *stated)
    except MalformedStep as error:
        return Element(match.start(), match.end(), None, str(error), *stated)


def _bare_elements(text: str, start: int, end: int) -> list[Element]:
    elements = []
    for line in re.finditer(r"[^\n]+", text[start:end]):
        if not line.group().strip():
            continue
        first, last = start + line.start(), start + line.end()
        try:
            elements.append(Element(first, last, parse_step(line.group()), "", last, last))
        except MalformedStep as error:
            elements.append(Element(first, last, None, str(error), last, last))
    return elements


def render_transcript(question: str, steps: list[Step] | tuple[Step, ...] = ()) -> str:
    """The observation: the question, then one line per step; it always ends with a newline.

    A language model's prompt is this text verbatim, so the model writes the next line.
    """
    return "\n".join([question, *map(render_step, steps), ""])


_BOXED = re.compile(r"\\boxed\s*\{")
# What announces an answer; * and _ are Markdown's emphasis, as in "**Final answer:** 8".
_ANSWER_MARK = re.compile(
    r"####|\b(?:the\s+)?(?:final\s+)?answer\s+is\b:?|^[\s*_]*(?:the\s+)?(?:final\s+)?answer[\s*_]*:", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=[^\s\d])|\n+")


def read_chain_of_thought(text: str) -> list[Step]:
    r"""Reads ordinary chain-of-thought with no tags: lines and sentences are steps, with no stated confidence.

    The last of `\boxed{8}`, `#### 8`, "the answer is 8" or "Answer: 8" is the answer, and ends the reading; what
    stands before it in its own sentence is a step too if it holds a calculation.

    >>> [(s.kind, s.text) for s in read_chain_of_thought("He has 3 + 4 = 7 eggs. The answer is 7.")]
    [('step', 'He has 3 + 4 = 7 eggs.'), ('answer', '7')]
    """
    pieces = [piece.strip() for piece in _SENTENCE_END.split(text) if piece.strip()]
    found = None
    for index in reversed(range(len(pieces))):
        if found := _find_answer(pieces[index]):
            break
    if found is None:
        return [Step("step", piece) for piece in pieces]
    before, answer = found
    if "=" in before:
        pieces[index] = before if not before.endswith("=") else f"{before} {answer}"
        index += 1
    return [*(Step("step", piece) for piece in pieces[:index]), Step("answer", answer)]


def _find_answer(piece: str) -> tuple[str, str] | None:
    """(text before the answer, the answer) of a sentence, or None."""
    for box in reversed(list(_BOXED.finditer(piece))):
        if body := piece[box.end() : _closing_brace(piece, box.end())].strip():
            return piece[: box.start()].rstrip(), body
    for mark in reversed(list(_ANSWER_MARK.finditer(piece))):
        if answer := piece[mark.end() :].strip(" \t*_").rstrip(". \t*_"):
            return piece[: mark.start()].rstrip(), answer
    return None


def _closing_brace(text: str, start: int) -> int:
    depth = 1
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return len(text)
