"""The parser against `fractions.Fraction`, and its caps."""

from __future__ import annotations

import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import ExpressionError, evaluate, parse_number
from reasoning_gym_ccrl.envs.verify.tokens import canonical

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
SIGNS = {"+": "+", "-": "-−–", "*": "*×·", "/": "/÷"}


@st.composite
def literals(draw):
    """(text, value) of one number: whole, decimal, grouped, percent, or a fraction glyph."""
    kind = draw(st.sampled_from(["whole", "decimal", "grouped", "percent", "glyph"]))
    if kind == "decimal":
        whole, digits = draw(st.integers(0, 99)), draw(st.text("0123456789", min_size=1, max_size=4))
        return f"{whole}.{digits}", Fraction(f"{whole}.{digits}")
    if kind == "grouped":
        number = draw(st.integers(1_000, 9_999_999))
        return f"{number:,}", Fraction(number)
    if kind == "glyph":
        return draw(st.sampled_from([("½", Fraction(1, 2)), ("¾", Fraction(3, 4)), ("⅓", Fraction(1, 3))]))
    number = draw(st.integers(0, 500))
    return (f"{number}%", Fraction(number, 100)) if kind == "percent" else (str(number), Fraction(number))


@st.composite
def expressions(draw, depth=3):
    """(text, value) of a random expression, fully bracketed, so that its value needs no rule of precedence."""
    if depth == 0 or draw(st.booleans()):
        text, value = draw(literals())
        return (f"(-{text})", -value) if draw(st.booleans()) else (text, value)
    (left, a), (right, b) = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    sign = draw(st.sampled_from("+-*/" if b else "+-*"))
    space = draw(st.sampled_from(["", " "]))
    written = draw(st.sampled_from(SIGNS[sign]))
    return f"({left}{space}{written}{space}{right})", OPERATORS[sign](a, b)


@given(expressions())
def test_values_are_exact(expression):
    text, value = expression
    assert evaluate(text) == value
    assert Fraction(canonical(evaluate(text))) == value


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8), st.data())
def test_precedence_as_python_has_it(numbers, data):
    signs = [data.draw(st.sampled_from("+-*")) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(f" {sign} {number}" for sign, number in zip(signs, numbers[1:], strict=True))
    assert evaluate(text) == eval(text)  # digits and signs that this test wrote itself


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2^3^2", 512),
        ("-2^2", -4),
        ("(-2)**2", 4),
        ("2^-2", Fraction(1, 4)),
        ("5²", 25),
        ("2½", Fraction(5, 2)),
        ("2 1/2", Fraction(5, 2)),
        ("5 - 2 1/2", Fraction(5, 2)),
        ("2(3 + 4)", 14),
        ("(1 + 2)(3 + 4)", 21),
        ("$1,234.50", Fraction(2469, 2)),
        ("$118 000", 118_000),
        ("20% * 50", 10),
        ("12 / 3 / 2", 2),
        ("--5", 5),
        (r"\frac{1}{2} + \dfrac{1}{3}", Fraction(5, 6)),
        (r"3 \times 4 \div 2", 6),
        (r"\left( 2 + 3 \right) \cdot 4", 20),
        ("[2 + {3 * (4 - 1)}]", 11),
        ("٣ + ٤", 7),
        ("5!", 120),
    ],
)
def test_notation(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "three",
        "2 +",
        "* 2",
        "(2",
        "2)",
        "2 3",
        "2x + 3",
        "1/0",
        "0^-1",
        "2^0.5",
        "2^201",
        "9^9^9^9",
        "9**9**9**9",
        "(" * 41 + "1" + ")" * 41,
        "1" * 61,
        "1 + " * 600 + "1",
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "1e9",
        "nan",
        "inf",
        "\x00",
        "2 = 2",
    ],
)
def test_what_is_no_expression_or_beyond_the_caps(text):
    assert parse_number(text) is None
    with pytest.raises(ExpressionError):
        evaluate(text)


def test_caps_stop_growth_by_multiplication():
    with pytest.raises(ExpressionError, match="bits"):
        evaluate(" * ".join(["9" * 59] * 30))
