"""Hostile text: nothing raises, nothing is executed, nothing takes long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import EpisodeJudge, answers_match, judge_steps
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from ..timing import in_time

SECONDS = 0.25
PROBLEM = Problem(
    "p",
    "Tom has 12 apples and buys 3 bags with 4 apples each. How many apples has he?",
    "24",
    (GoldStep("apples = 3 * 4 = 12", "3 * 4", "12", "apples = bags * apples per bag"),),
    metadata={"givens": {"bags": "3"}, "answer_kind": "number"},
)

HOSTILE = {
    "100,000 digits": "1" * 100_000,
    "100,000 digits and a sign": "1" * 100_000 + " = 1",
    "100,000 spaces": " " * 100_000 + "= 1",
    "100,000 letters": "a" * 100_000,
    "100,000 equals signs": "=" * 100_000,
    "5,000 signs": "-" * 5_000 + "1 = 1",
    "1,900 signs": "-" * 1_900 + "1 = 1",
    "signs and spaces": "- " * 990 + "1 = 1",
    "1,900 equals signs": "=" * 1_900,
    "1,900 spaces": "1 =" + " " * 1_900 + "x",
    "open brackets": "(" * 1_900 + "= 1",
    "brackets that never close": "1+(" * 600 + "1 = 1",
    "deep brackets": "(" * 900 + "1" + ")" * 900 + " = 1",
    "braces": "{" * 1_900,
    "long sum": "1+" * 950 + "1 = 951",
    "long product": "9*" * 950 + "9 = 1",
    "long quotient": "1/7" * 600 + " = 1",
    "power tower": "9^9^9^9^9^9 = 1",
    "power tower of stars": "9**9**9**9 = 1",
    "repeated squares": "((((9^99)^99)^99)^99)^99 = 1",
    "superscripts": "9" + "⁹" * 1_900 + " = 1",
    "factorials": "100000000! = 1",
    "groups": "1" + ",111" * 470 + " = 1",
    "bad groups": "1" + ",111" * 470 + ",1 = 1",
    "dots": "1" + "." * 1_900 + " = 1",
    "decimals": ".1" * 950 + " = 1",
    "percent signs": "1" + "%" * 1_900 + " = 1",
    "scales": "1" + " million" * 240 + " = 1",
    "mixed numbers": "1 1/2 " * 300 + "= 1",
    "equations": "1+1=2 " * 330,
    "chain": "1=" * 990 + "1",
    "words": "an apple " * 220 + "= 1",
    "operators and words": "5 + apples " * 180 + "= 1",
    "units": "5 apples * " * 180 + "1 = 1",
    "of": "1/2 of " * 280 + "1 = 1",
    "annotations": "<<1+1=2>>" * 200,
    "open annotations": "<<" * 950,
    "many annotations": "<<1+1=2>>" * 11_000,
    "stars": "**" * 950 + " = 1",
    "latex": "\\frac{1}{" * 200 + "1" + "}" * 200 + " = 1",
    "latex text": "\\text{" * 300 + " = 1",
    "boxes": "\\boxed{" * 280,
    "nul": "1 + 1\x00 = 2",
    "bidirectional": "1 + 1 \u202e= 2\u2066",
    "confusable digits": "𝟏 + １ = ²",
    "zero width": "1\u200b + 1 = 2\ufeff",
    "lone surrogate": "1 + 1 = 2 \ud800",
    "code": "__import__('os').system('touch /tmp/ccrl') = 1",
    "attribute walk": "().__class__.__bases__[0].__subclasses__() = 1",
    "format": "{0.__class__} %s %n = 1",
    "newlines": "1 + 1\n= 2\r\n" * 100,
}


def judged(text, kind):
    return in_time(lambda: EpisodeJudge(PROBLEM).judge(Step(kind, text)), SECONDS)


@pytest.mark.parametrize("kind", ["step", "answer", "plan"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_judged_in_time(text, kind):
    judgement = judged(text, kind)
    assert judgement.verdict in tuple(Verdict)
    assert judgement.reason
    assert len(judgement.reason) < 400


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_question_and_gold_answer_hurt_nobody(text):
    problem = Problem("p", text or "?", text, (GoldStep(text, text, text, text),))
    in_time(lambda: judge_steps(problem, ["3 + 4 = 7", Step("plan", "a = b"), Step("answer", "7")]), 4 * SECONDS)


def test_a_plan_that_doubles_with_each_line_stops_growing():
    lines = ["a = b * b + c"]
    for index in range(200):
        lines.append(f"{'a' * (index + 2)} = {'a' * (index + 1)} * {'a' * (index + 1)} + c")
    assert judged("; ".join(lines)[:3_900], "plan").verdict is Verdict.UNCHECKED


def test_non_ascii_mathematics_is_read():
    for text in ("3 × 4 = 12", "12 ÷ 3 = 4", "12 − 4 = 8", "½ × 12 = 6", "4² − 4 = 12", "3 · 4 = 12"):
        assert judged(text, "step").local is Verdict.CORRECT


PIECES = st.sampled_from(
    [
        "1",
        "2",
        "12",
        "0.5",
        ".5",
        "1,000",
        "½",
        "²",
        "x",
        "a",
        "apples",
        "of",
        "half",
        "per",
        "dozen",
        "and",
        "then",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "=",
        "≈",
        "(",
        ")",
        "{",
        "}",
        "%",
        "$",
        "<<",
        ">>",
        "\\frac",
        "!",
        "\\boxed{",
        ",",
        ".",
        ";",
        ":",
        "\n",
        " ",
        "…",
        "minutes",
        "hours",
        "/day",
        "equals",
        "divided by",
        "####",
        "answer is",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=30), st.sampled_from(["", " "]), st.sampled_from(["step", "answer", "plan"]))
def test_nothing_raises_on_mathematical_noise(pieces, separator, kind):
    judgement = judged(separator.join(pieces), kind)
    assert judgement.reason


@settings(max_examples=150)
@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_raises_on_any_text(first, second):
    answers_match(first, second)
    answers_match(first, second, evaluated=True)
    judge_steps(Problem("p", first or "?", second), [first, second])
