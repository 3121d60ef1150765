"""The text protocol: an exact round trip, strict reading, exact spans, and hostile text in linear time."""

from __future__ import annotations

import contextlib
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidAction, MalformedStep
from reasoning_gym_ccrl.step_format import (
    CHARSET,
    TAGS,
    format_confidence,
    parse_action,
    parse_confidence,
    parse_step,
    read_chain_of_thought,
    render_step,
    render_transcript,
    split_completion,
    to_charset,
)
from reasoning_gym_ccrl.types import Step

PROBABILITIES = st.floats(0.0, 1.0)
FRAGMENTS = st.one_of(st.sampled_from([*TAGS, "<", ">", "</", "\n", " ", "0.9", "3 * 4 = 12"]), st.text(max_size=5))


def holds_no_tag(text: str) -> bool:
    return bool(text.strip()) and not any(tag in text for tag in TAGS)


BODIES = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=6).map("".join)).filter(holds_no_tag)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["plan", "step", "answer"]))
    confidence = None if kind == "plan" else draw(st.none() | PROBABILITIES)
    return Step(kind, draw(BODIES), confidence)


# --- one step ---------------------------------------------------------------------------------------------------


@given(steps())
def test_round_trip(step):
    assert parse_step(render_step(step)) == step


@given(PROBABILITIES)
def test_confidence_round_trip_is_exact(confidence):
    text = format_confidence(confidence)
    assert parse_confidence(text) == confidence
    assert "e" not in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.9, "0.9"),
        (1.0, "1.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (1e-05, "0.00001"),
        (1.2345678901234567e-05, "0.000012345678901234568"),
        (5e-324, "0." + "0" * 323 + "5"),
        (math.nextafter(1.0, 0.0), "0.9999999999999999"),
    ],
)
def test_confidence_as_text(number, text):
    assert format_confidence(number) == text
    assert parse_confidence(text) == number


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), ("0", 0.0), (".5", 0.5), ("1.", 1.0), (" 0.25\n", 0.25)])
def test_confidence_is_read(text, number):
    assert parse_confidence(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "90%",
        "high",
        "1.5",
        "1.0001",
        "2",
        "-0.1",
        "-0",
        "+0.5",
        "nan",
        "inf",
        "1e-3",
        "0,9",
        "0.9 0.8",
        "00.5",
        "0.5.5",
        ".",
        "0x1",
        "½",
        "٠.٩",
        "0." + "9" * 1_000 + "x",
    ],
)
def test_confidence_is_not_guessed(text):
    with pytest.raises(MalformedStep, match="decimal from 0 to 1"):
        parse_confidence(text)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("3 * 4 = 12", Step("step", "3 * 4 = 12")),
        ("  3 < 4  ", Step("step", "3 < 4")),
        ("<b>3</b>", Step("step", "<b>3</b>")),
        ("<step>3 * 4 = 12</step><confidence>0.9</confidence>", Step("step", "3 * 4 = 12", 0.9)),
        ("<step> a </step>\n <confidence> 1 </confidence>\n", Step("step", " a ", 1.0)),
        ("<answer>12</answer>", Step("answer", "12")),
        ("<plan>cost = price * number</plan>", Step("plan", "cost = price * number")),
        ("<step>a\nb</step>", Step("step", "a\nb")),
        ("<step>a</Step></step>", Step("step", "a</Step>")),
    ],
)
def test_parse_step(text, step):
    assert parse_step(text) == step


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "holds some text"),
        ("   \n", "holds some text"),
        ("<step></step>", "holds some text"),
        ("<answer> \t</answer>", "holds some text"),
        ("<step>a</step><step>b</step>", "one element"),
        ("<step>a</step> and more", "one element"),
        ("so <step>a</step>", "one element"),
        ("<step>a", "one element"),
        ("a</step>", "one element"),
        ("<step>a</answer>", "one element"),
        ("<step>a <answer>b</answer></step>", "one element"),
        ("<step>a<confidence>0.5</confidence></step>", "stray <confidence>"),
        ("<step>a</plan></step>", "stray </plan>"),
        ("<step>a</step><confidence>0.5</confidence><confidence>0.6</confidence>", "one element"),
        ("<step>a</step><confidence></confidence>", "decimal from 0 to 1"),
        ("<step>a</step><confidence>high</confidence>", "decimal from 0 to 1"),
        ("<step>a</step><confidence>0.5", "one element"),
        ("<confidence>0.5</confidence>", "one element"),
        ("a <confidence>0.5</confidence>", "one element"),
        ("<plan>cost = price</plan><confidence>0.5</confidence>", "plan carries no confidence"),
    ],
)
def test_parse_step_is_strict(text, rule):
    with pytest.raises(MalformedStep, match=rule):
        parse_step(text)


# --- an environment's action --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "read"),
    [
        (0.9, 0.9),
        (1, 1.0),
        (0, 0.0),
        (None, None),
        (np.float32(0.5), 0.5),
        (np.float32(0.9), 0.9),
        (np.float64(0.9), 0.9),
        (np.array(0.9), 0.9),
        (np.array(0.5, np.float32), 0.5),
        (np.array(0.9, np.float32), 0.9),
        (np.int64(1), 1.0),
        (Fraction(1, 4), 0.25),
    ],
)
def test_action_confidence(confidence, read):
    step = parse_action({"step": "a", "confidence": confidence})
    assert step == Step("step", "a", read)
    assert step.confidence is None or type(step.confidence) is float


def test_action_without_confidence():
    assert parse_action({"step": "<answer>12</answer>"}) == Step("answer", "12")


def test_action_reads_negative_zero_as_zero():
    assert math.copysign(1.0, parse_action({"step": "a", "confidence": -0.0}).confidence) == 1.0


@pytest.mark.parametrize(
    "confidence",
    [
        math.nan,
        math.inf,
        -math.inf,
        2,
        -0.1,
        1.0000001,
        "high",
        "0.9",
        True,
        np.True_,
        [0.9],
        np.array([0.9]),
        1j,
        10**400,
        -(10**400),
        np.float32("nan"),
        np.nextafter(np.float32(1), np.float32(2)),
        {"value": 0.9},
    ],
)
def test_action_confidence_is_not_guessed(confidence):
    with pytest.raises(MalformedStep, match="number from 0 to 1"):
        parse_action({"step": "a", "confidence": confidence})


def test_action_confidence_that_cannot_be_printed():
    with pytest.raises(MalformedStep, match="received a value of type int"):
        parse_action({"step": "a", "confidence": 10**5000})


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "action",
    [None, "3 * 4 = 12", 7, ["a"], {}, {"text": "a"}, {"step": 3}, {"step": None}, {"step": b"a"}, Unprintable()],
)
def test_invalid_action_is_the_callers_mistake(action):
    with pytest.raises(InvalidAction, match="mapping with the text of one step"):
        parse_action(action)


@pytest.mark.parametrize(
    "text",
    ["", "<step>a</step><step>b</step>", "<step>a</step><confidence>0.9</confidence>", "a <confidence>", "<step>a"],
)
def test_malformed_action_is_the_models_mistake(text):
    with pytest.raises(MalformedStep):
        parse_action({"step": text, "confidence": 0.9})


def test_plan_with_a_confidence_is_malformed():
    with pytest.raises(MalformedStep, match="plan carries no confidence"):
        parse_action({"step": "<plan>cost = price</plan>", "confidence": 0.5})


def test_messages_stay_short():
    for action in ({"text": "x" * 10**6}, {"step": "<step>" + "x" * 10**6}, {"step": "a", "confidence": "x" * 10**6}):
        with pytest.raises((InvalidAction, MalformedStep)) as caught:
            parse_action(action)
        assert len(str(caught.value)) < 400


# --- a whole completion -------------------------------------------------------------------------------------------

COMPLETION = (
    "<plan>cost = price * number</plan>\n"
    "<step>cost = 3 * 4 = 12</step><confidence>0.9</confidence>\n"
    "so far so good\n"
    "<answer>12</answer> <confidence>0.75</confidence>\n"
)


def test_completion():
    elements = split_completion(COMPLETION)
    assert [element.step for element in elements] == [
        Step("plan", "cost = price * number"),
        Step("step", "cost = 3 * 4 = 12", 0.9),
        Step("step", "so far so good"),
        Step("answer", "12", 0.75),
    ]
    slices = [COMPLETION[element.start : element.end] for element in elements]
    assert slices == [
        "<plan>cost = price * number</plan>",
        "<step>cost = 3 * 4 = 12</step><confidence>0.9</confidence>",
        "so far so good",
        "<answer>12</answer> <confidence>0.75</confidence>",
    ]
    stated = [COMPLETION[element.confidence_start : element.confidence_end] for element in elements]
    assert stated == ["", "0.9", "", "0.75"]


@given(st.lists(FRAGMENTS, max_size=30).map("".join), st.booleans())
def test_spans_are_exact(text, finished):
    """Each element, read alone, is what the whole reading says; the spans are in order, apart, and miss no word."""
    elements = split_completion(text, finished=finished)
    position = 0
    for element in elements:
        assert position <= element.start < element.end <= len(text)
        assert not text[position : element.start].strip()
        assert element.start <= element.confidence_start <= element.confidence_end <= element.end
        position = element.end
        if element.step is None:
            with pytest.raises(MalformedStep) as caught:
                parse_step(text[element.start : element.end])
            assert str(caught.value) == element.error
        else:
            assert parse_step(text[element.start : element.end]) == element.step
            stated = text[element.confidence_start : element.confidence_end]
            assert (parse_confidence(stated) if stated else None) == element.step.confidence
    if finished:
        assert not text[position:].strip()


@given(st.lists(steps(), max_size=8))
def test_rendered_steps_are_found_again(written):
    text = "\n".join(map(render_step, written)) + "\n"
    assert [element.step for element in split_completion(text)] == written
    assert [element.step for element in split_completion(text, finished=False)] == written


@given(st.lists(steps(), max_size=4), st.data())
def test_what_was_cut_off_was_never_said(written, data):
    """Cut anywhere: the steps of the cut text are the first of the whole; the last may lack its confidence."""
    text = "".join(render_step(step) + "\n" for step in written)
    cut = text[: data.draw(st.integers(0, len(text)))]
    read = [element.step for element in split_completion(cut, finished=False)]
    assert None not in read
    whole = [Step(step.kind, step.text) for step in written]
    assert [Step(step.kind, step.text) for step in read] == whole[: len(read)]
    assert read[:-1] == written[: max(0, len(read) - 1)]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("<step>a</step>\n<step>b", ["a"]),
        ("<step>a</step>\n<step>b\nc\nd", ["a"]),  # its lines are not steps either
        ("<step>a</step>\n<ste", ["a"]),
        ("<step>a</step><conf", ["a"]),
        ("a\nb\nc", ["a", "b"]),
        ("a\nb\n", ["a", "b"]),
        ("", []),
    ],
)
def test_unfinished_completion(text, texts):
    assert [element.step.text for element in split_completion(text, finished=False)] == texts


def test_what_breaks_the_protocol_is_one_element_with_the_reason():
    elements = split_completion("<step>a <step>b</step><confidence>2</confidence>\n</answer>\n<plan> </plan>")
    assert [element.step for element in elements] == [None] * 4
    assert "one element" in elements[0].error
    assert "decimal from 0 to 1" in elements[1].error
    assert "one element" in elements[2].error
    assert "holds some text" in elements[3].error


# --- the transcript -------------------------------------------------------------------------------------------------


def test_transcript():
    assert render_transcript("How many?") == "How many?\n"
    text = render_transcript("How many?", [Step("step", "1 + 1 = 2", 0.5), Step("answer", "2")])
    assert text == "How many?\n<step>1 + 1 = 2</step><confidence>0.5</confidence>\n<answer>2</answer>\n"


@given(st.text())
def test_charset(text):
    shown = to_charset(text)
    assert len(shown) == len(text)
    assert set(shown) <= set(CHARSET)
    assert all(a == b or (b == "?" and a not in CHARSET) for a, b in zip(text, shown, strict=True))


def test_charset_keeps_mathematics():
    assert to_charset("× ÷ − ½ ² √ ≤ € é\t\n") == "× ÷ − ½ ² √ ≤ € é\t\n"
    assert to_charset("a\r\x00\u3000😀") == "a????"


# --- ordinary chain-of-thought ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("3 + 4 = 7", [("step", "3 + 4 = 7")]),
        ("3 + 4 = 7\n#### 7", [("step", "3 + 4 = 7"), ("answer", "7")]),
        ("He pays 3.5 + 4 = 7.5 dollars. #### 7.5", [("step", "He pays 3.5 + 4 = 7.5 dollars."), ("answer", "7.5")]),
        (r"So 3 + 4 = \boxed{7}.", [("step", "So 3 + 4 = 7"), ("answer", "7")]),
        (r"\boxed{\frac{1}{2}}", [("answer", r"\frac{1}{2}")]),
        (r"\boxed{3} no, \boxed {4}", [("answer", "4")]),
        (r"\boxed{7", [("answer", "7")]),
        (r"2 = 2. \boxed{}", [("step", "2 = 2."), ("step", r"\boxed{}")]),
        ("The answer is 5. No! The answer is 8.", [("step", "The answer is 5."), ("step", "No!"), ("answer", "8")]),
        ("The answer is 5, no, the answer is 8", [("answer", "8")]),
        ("3 + 5 = 8, so the final answer is: 8.", [("step", "3 + 5 = 8, so"), ("answer", "8")]),
        ("Answer: 8", [("answer", "8")]),
        ("**Final Answer:** 8", [("answer", "8")]),
        ("**Answer**: **8**", [("answer", "8")]),
        ("a = 1; b = 2", [("step", "a = 1;"), ("step", "b = 2")]),
        ("The answer is 8. I hope this helps!", [("answer", "8")]),
        ("The answer is .5", [("answer", ".5")]),
        ("The answer isn't known", [("step", "The answer isn't known")]),
    ],
)
def test_chain_of_thought(text, expected):
    steps = read_chain_of_thought(text)
    assert [(step.kind, step.text) for step in steps] == expected
    assert all(step.confidence is None for step in steps)


@given(st.text())
def test_chain_of_thought_takes_any_text(text):
    steps = read_chain_of_thought(text)
    assert all(step.text.strip() for step in steps)
    assert [step.kind for step in steps].count("answer") <= 1


# --- hostile text -----------------------------------------------------------------------------------------------------

SEEDS_OF_TROUBLE = [
    "<step>",
    "<step>a",
    "</step>",
    "<step>a</plan>",
    "<step>a</step>",
    "<step></step>",
    "<step>a</step> <confidence>",
    "<step>a</step><confidence>0",
    "<confidence>",
    "<plan><step><answer>",
    "<",
    " ",
    "\n",
    "\n ",
    ". ",
    "####",
    "#### ",
    "the ",
    "the final answer ",
    "answer is ",
    "Answer ",
    "*",
    r"\boxed{",
    r"\boxed{} ",
    r"\boxed ",
    "}",
    "9",
    "0.",
    "😀",
]


def seconds(function, text: str) -> float:
    """The best of three, in processor time: what the machine's other work adds is left out."""
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        function(text)
        best = min(best, time.process_time() - start)
    return best


def read_one(text: str) -> None:
    for read in (parse_step, parse_confidence):
        with contextlib.suppress(MalformedStep):
            read(text)


@pytest.mark.parametrize("function", [read_one, split_completion, read_chain_of_thought, to_charset])
@pytest.mark.parametrize("seed", SEEDS_OF_TROUBLE)
@pytest.mark.parametrize("head", ["", "<step>a", "<step>a</step>"])
def test_hostile_text_takes_linear_time(function, seed, head):
    """Eight times the text may take at most 24 times as long (quadratic: 64), or so little that it cannot matter."""
    short, long = (head + seed * (size // len(seed)) + "x" for size in (12_500, 100_000))
    long_seconds = seconds(function, long)
    assert long_seconds < 0.02 or long_seconds < 24 * seconds(function, short)
