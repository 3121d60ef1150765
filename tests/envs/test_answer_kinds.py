"""Answers that are no plain numbers: every notation in the file of pairs, and the kinds that ask for a form."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import EpisodeJudge, worker
from reasoning_gym_ccrl.envs.verify.answer_curves import same_curve
from reasoning_gym_ccrl.envs.verify.answer_kinds import KINDS
from reasoning_gym_ccrl.envs.verify.answer_reading import read_form
from reasoning_gym_ccrl.envs.verify.answer_text import extract_answer, tidy
from reasoning_gym_ccrl.envs.verify.answer_units import unit_of
from reasoning_gym_ccrl.envs.verify.answer_values import same_quotient
from reasoning_gym_ccrl.envs.verify.answers import match_answer
from reasoning_gym_ccrl.envs.verify.polynomials import read
from reasoning_gym_ccrl.types import Problem, Step, Verdict

from ..timing import in_time

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "benchmarks/answer_pairs.jsonl").read_text(encoding="utf-8").splitlines()
]
NUMERIC = {
    "integer", "huge integer", "decimal", "repeating decimal", "fraction", "mixed number", "percent", "currency",
    "units", "thousands", "scientific", "number word",
}  # fmt: skip
SECONDS = 0.25


def verdict(gold, answer, kind=None, given=()):
    return match_answer(gold, answer, kind=kind, given=given).verdict


# -- the file of pairs -------------------------------------------------------------------------------------------------


def test_the_pairs_are_many_even_and_all_different():
    assert len(PAIRS) >= 600
    assert len({(pair["gold"], pair["answer"]) for pair in PAIRS}) == len(PAIRS)
    assert 0.4 < sum(pair["equal"] for pair in PAIRS) / len(PAIRS) < 0.6
    kinds = Counter(pair["kind"] for pair in PAIRS)
    assert len(kinds) >= 30
    assert min(kinds.values()) >= 10


def test_no_verdict_on_the_pairs_is_wrong_and_few_are_left_open():
    expected = {True: Verdict.CORRECT, False: Verdict.INCORRECT}
    wrong, still_open = [], []
    for pair in PAIRS:
        found = verdict(pair["gold"], pair["answer"])
        if found is Verdict.UNCHECKED:
            still_open.append(pair)
        elif found is not expected[pair["equal"]]:
            wrong.append(pair)
    assert not wrong
    assert len(still_open) <= 0.03 * len(PAIRS), still_open


def test_every_gold_answer_of_the_pairs_matches_itself_in_every_kind():
    for gold in {pair["gold"] for pair in PAIRS}:
        for kind in (None, "number", *KINDS):
            assert verdict(gold, gold, kind) == "CORRECT", (gold, kind)


def test_plain_numbers_never_reach_a_worker(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a worker was asked")

    monkeypatch.setattr(worker, "call", refuse)
    monkeypatch.setattr("reasoning_gym_ccrl.envs.verify.symbolic.call", refuse)
    numeric = [pair for pair in PAIRS if pair["kind"] in NUMERIC]
    assert len(numeric) > 500
    for pair in numeric:
        verdict(pair["gold"], pair["answer"])
    with pytest.raises(AssertionError, match="a worker was asked"):  # the guard does fail where one is
        verdict(r"\sin^2 w", r"\frac{1-\cos 2w}{2}")


# -- the kinds ---------------------------------------------------------------------------------------------------------

GIVEN = ["3x^2 + 2x", "x^2 - 5x + 6 = 0"]
RIGHT = {
    "number": ("7/2", ["7/2", "3.5", "3 1/2", r"\frac72", "x = 7/2", "350%", "3½", "The answer is 3.5."]),
    "expanded": (
        "x^2 + 5x + 6",
        ["x^2+5x+6", "6 + 5x + x^2", "x^2 + 6 + 5*x", "y = x^2+5x+6", "f(x) = x^2+5x+6", r"\boxed{x^{2}+5x+6}"],
    ),
    "factored": (
        "(x - 2)(x - 3)",
        ["(x-3)(x-2)", "(2-x)(3-x)", "-(2-x)(x-3)", "(x-2)*(x-3)", "The factored form is (x - 2)(x - 3)."],
    ),
    "set": (
        "2, 3",
        ["3, 2", "2 and 3", "x = 2 or x = 3", "{2, 3}", r"\{3,2\}", "(2, 3)", "x_1 = 2, x_2 = 3", "x = 3, 2",
         "The roots are 2 and 3."],
    ),
    "assignment": (
        "x = 4, y = 3",
        ["y = 3, x = 4", "x = 4 and y = 3", "(4, 3)", "(x, y) = (4, 3)", "x=4; y=3", r"x = 4 \text{ and } y = 3"],
    ),
    "expression": ("6x + 2", ["6x+2", "2+6x", "2(3x+1)", "f'(x) = 6x + 2", "6*x + 2", "The derivative is 6x + 2."]),
    "antiderivative": (
        "x^3 + 2x",
        ["x^3 + 2x + C", "x^3+2x", "2x + x^3 + 7", "F(x) = x^3 + 2x + C", "x(x^2 + 2) + C", "x^3 + 2x + k"],
    ),
    "truth": ("yes", ["Yes", "true", "Yes.", "yes, it is", "True", r"\text{Yes}"]),
    "text": ("red ball", ["red ball", "Red ball.", "the red ball", r"\text{red ball}"]),
}  # fmt: skip
WRONG = {
    "number": ["14/4", "7 * 1/2", "3 + 1/2", "2", "7/2 + 0", "7!/1440", "(7)(1/2)", "sqrt(49)/2", "2x + 1 = 8", ""],
    "expanded": ["(x+2)(x+3)", "x^2+2x+3x+6", "x(x+5)+6", "x^2+5x", "x*x+5x+6", "x^2-5x+6", "x^2+5x+3+3", ""],
    "factored": ["x^2-5x+6", "(x-1)(x-6)", "x(x-5)+6", "(x+2)(x+3)", "(x^2-5x+6)*1", "(x^2-5x+6)(x+1)/(x+1)", "(x-2)"],
    "set": ["2", "3", "2, 4", "2, 3, 4", "x = 2", "4/2, 3", "x=2 or x=-3", "x^2-5x+6 = 0", "(x-2)(x-3) = 0", ""],
    "assignment": ["x = 3, y = 4", "(3, 4)", "x = 4", "x = 8/2, y = 3", "x = 4, y = 3, z = 1", "4", "x+y=7, x-y=1"],
    "expression": ["3x^2 + 2x", "d/dx(3x^2 + 2x)", r"\frac{d}{dx}(3x^2+2x)", "6x", "3*2x + 2", "6x + 1 + 1", "6x - 2"],
    "antiderivative": ["3x^2+2", "x^3 + x + C", "integral(3x^2 + 2)", r"\int 3x^2+2 dx", "x^3+2x+x", "x^3+2x+Cx"],
    "truth": ["no", "False", "unknown", "No.", "It cannot be known."],
    "text": ["blue ball", "ball", "redball", ""],
}


@pytest.mark.parametrize(("kind", "answer"), [(kind, text) for kind, (_, texts) in RIGHT.items() for text in texts])
def test_right_in_its_kind(kind, answer):
    assert verdict(RIGHT[kind][0], answer, kind, GIVEN) == "CORRECT"


@pytest.mark.parametrize(("kind", "answer"), [(kind, text) for kind, texts in WRONG.items() for text in texts])
def test_wrong_in_its_kind(kind, answer):
    assert verdict(RIGHT[kind][0], answer, kind, GIVEN) == "INCORRECT"


@pytest.mark.parametrize(
    ("kind", "gold", "answer"),
    [
        ("assignment", "x = 4, y = 3", "4, 3"),
        ("text", "red ball", "It is a red ball, I think"),
        ("truth", "yes", "yes or no"),
        ("expanded", "x^2 + 1", "x squared plus one"),
        ("set", "2, 3", "the first two primes"),
    ],
)
def test_open_in_its_kind(kind, gold, answer):
    assert verdict(gold, answer, kind) == "UNCHECKED"


@pytest.mark.parametrize(
    ("gold", "answer", "expected"),
    [
        ("9π", "9 * pi", "CORRECT"),
        ("9π", "9π square units", "CORRECT"),
        ("9π", "pi * 3^2", "INCORRECT"),
        ("9π", "28.27", "INCORRECT"),
        (r"2\sqrt{3}", "2√3", "CORRECT"),
        (r"2\sqrt{3}", r"\sqrt{4}\sqrt{3}", "INCORRECT"),
        (r"2\sqrt{3}", r"\sqrt{12}", "INCORRECT"),
        (r"\frac{\sqrt{2}}{2}", r"\sqrt{2}/2", "CORRECT"),
        (r"\ln 2", "ln(2)", "CORRECT"),
        ("1/2", r"\sin 30^\circ", "INCORRECT"),
    ],
)
def test_a_number_that_is_not_rational_is_worked_out_too(gold, answer, expected):
    assert verdict(gold, answer, "number") == expected


def test_an_unfinished_factorisation_is_not_factored():
    """Gold splits x^4 - 1 into two; three factors are further, one is not as far."""
    gold = "(x^2 - 1)(x^2 + 1)"
    assert verdict(gold, "(x - 1)(x + 1)(x^2 + 1)", "factored") == "CORRECT"
    assert verdict(gold, "x^4 - 1", "factored") == "INCORRECT"
    assert verdict("2(x - 1)(x + 3)", "(2x - 2)(x + 3)", "factored") == "CORRECT"
    assert verdict("(x - 2)^2", "(x - 2)(x - 2)", "factored") == "CORRECT"


def test_copying_what_is_given_is_no_answer_even_where_it_is_equal():
    """Its value is right; that is what makes it a copy."""
    given = ["(x + 1)^2 - x^2"]
    assert verdict("2x + 1", given[0]) == "CORRECT"
    assert verdict("2x + 1", given[0], "expression", given) == "INCORRECT"
    assert verdict("2x + 1", "1 + 2x", "expression", given) == "CORRECT"
    assert verdict("e^x", "e^x", "expression", ["e^x"]) == "CORRECT"  # the derivative of e^x is what was given


def test_the_judge_passes_kind_and_what_is_given():
    metadata = {"answer_kind": "expanded", "expressions": ["(x + 2)(x + 3)"]}
    judge = EpisodeJudge(Problem("p", "Expand (x + 2)(x + 3).", "x^2 + 5x + 6", metadata=metadata))
    assert judge.judge(Step("answer", "6 + 5x + x^2")).verdict == "CORRECT"
    assert judge.judge(Step("answer", "(x + 2)(x + 3)")).verdict == "INCORRECT"
    plain = EpisodeJudge(Problem("p", "?", "x^2 + 5x + 6"))
    assert plain.judge(Step("answer", "(x + 2)(x + 3)")).verdict == "CORRECT"


def test_an_unknown_kind_asks_for_equality_alone():
    assert verdict("12", "3 * 4", "no such kind") == "CORRECT"


# -- properties --------------------------------------------------------------------------------------------------------

WHOLE = st.integers(-(10**6), 10**6)
NAMES = st.sampled_from("xyzabn")
FRACTIONS = st.fractions(max_denominator=60)


@st.composite
def polynomials(draw):
    x = sympy.Symbol(draw(NAMES))
    return sum(draw(st.integers(-9, 9)) * x**power for power in range(4)) + draw(st.integers(1, 9)), x


def plain(expression):
    return str(expression).replace("**", "^")


@given(polynomials(), st.integers(-5, 5), st.booleans())
def test_polynomials_as_sympy_multiplies_them_out(made, shift, is_changed):
    """Oracle: sympy's expand, in two notations; one coefficient off is INCORRECT."""
    polynomial, x = made
    moved = polynomial * (x + shift)
    answer = sympy.expand(moved) + (1 if is_changed else 0)
    expected = "INCORRECT" if is_changed else "CORRECT"
    for text in (plain(answer), sympy.latex(answer), rf"\boxed{{{sympy.latex(answer)}}}"):
        assert verdict(plain(moved), text) == expected
        if not is_changed:
            assert verdict(plain(moved), text, "expanded") == "CORRECT"


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=4, unique=True), st.randoms())
def test_sets_in_any_order_and_no_other_set(values, random):
    gold = ", ".join(map(str, values))
    mixed = random.sample(values, len(values))
    for text in (
        " and ".join(map(str, mixed)),
        " or ".join(f"x = {value}" for value in mixed),
        rf"\{{{', '.join(map(str, mixed))}\}}",
    ):
        assert verdict(gold, text) == verdict(gold, text, "set") == "CORRECT"
    fewer = ", ".join(map(str, mixed[1:]))
    other = ", ".join(map(str, [*mixed[1:], 10]))
    more = ", ".join(map(str, [*mixed, 10]))
    for text in (fewer, other, more):
        assert verdict(gold, text) == verdict(gold, text, "set") == "INCORRECT"


@given(FRACTIONS, FRACTIONS)
def test_points_keep_their_order(first, second):
    expected = "CORRECT" if first == second else "INCORRECT"
    assert verdict(f"({first}, {second})", f"({second}, {first})") == expected
    assert verdict(f"({first}, {second})", rf"\left( {first} ,\, {second} \right)") == "CORRECT"


@given(FRACTIONS, FRACTIONS, st.sampled_from("[("), st.sampled_from("])"), st.sampled_from("[("), st.sampled_from("])"))
def test_intervals_know_their_ends(low, high, left, right, other_left, other_right):
    """As an inequality it is the same interval; with another bracket it is another."""
    if low >= high or (left + right) in ("()", "[]") or (other_left + other_right) in ("()", "[]"):
        return  # (1, 2) may be a point, and [1, 2] a list
    gold = f"{left}{low}, {high}{right}"
    expected = "CORRECT" if (left, right) == (other_left, other_right) else "INCORRECT"
    assert verdict(gold, f"{other_left}{low}, {high}{other_right}") == expected
    signs = {"[": "≤", "(": "<", "]": r"\le", ")": "<"}
    assert verdict(gold, f"{low} {signs[other_left]} x {signs[other_right]} {high}") == expected


@given(FRACTIONS, FRACTIONS)
def test_numbers_are_compared_the_same_both_ways(first, second):
    texts = [str(first), f"{float(second):.3f}", str(second), f"{second.numerator}/{second.denominator}"]
    for one in texts:
        for other in texts:
            assert verdict(one, other) == verdict(other, one)


@given(st.integers(1, 10**12), st.data())
def test_a_changed_digit_is_wrong_in_every_notation(value, data):
    digits = str(value)
    place = data.draw(st.integers(0, len(digits) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    other = int(digits[:place] + digit + digits[place + 1 :])
    for frame in ("{:,}", r"\boxed{{{:,}}}", "${:,}", "{}.00", "x = {}", "{} cm", r"{}\text{{ cm}}^2", "({}/1)"):
        assert verdict(digits, frame.format(value)) == "CORRECT"
        assert verdict(digits, frame.format(other)) == "INCORRECT"


def long_division(value: Fraction) -> tuple[str, str, str]:
    """Whole part, fixed digits and repeating block of a fraction from 0, as one divides on paper."""
    whole, rest = divmod(value.numerator, value.denominator)
    seen: dict[int, int] = {}
    digits = ""
    while rest and rest not in seen:
        seen[rest] = len(digits)
        digit, rest = divmod(10 * rest, value.denominator)
        digits += str(digit)
    start = seen.get(rest, len(digits)) if rest else len(digits)
    return str(whole), digits[:start], digits[start:]


@given(st.fractions(min_value=0, max_value=20, max_denominator=40))
def test_repeating_decimals_are_the_fractions_they_stand_for(value):
    whole, fixed, block = long_division(value)
    if not block:
        return
    text = rf"{whole}.{fixed}\overline{{{block}}}"
    assert verdict(str(value), text) == "CORRECT"
    assert verdict(str(value), f"{whole}.{fixed}{block * 2}") == "INCORRECT"
    assert verdict(str(value + Fraction(1, 7)), text) == "INCORRECT"


@settings(max_examples=60)
@given(st.integers(2, 200), st.integers(1, 30))
def test_roots_as_sympy_simplifies_them(radicand, factor):
    root = factor * sympy.sqrt(radicand)
    assert verdict(rf"{factor}\sqrt{{{radicand}}}", sympy.latex(root)) == "CORRECT"
    assert verdict(rf"{factor}\sqrt{{{radicand}}}", rf"\sqrt{{{factor**2 * radicand}}}") == "CORRECT"
    assert verdict(rf"{factor}\sqrt{{{radicand}}}", rf"\sqrt{{{factor**2 * radicand + 1}}}") == "INCORRECT"
    near = str(root.evalf(12))
    expected = "CORRECT" if root.is_rational else "INCORRECT"
    assert verdict(rf"{factor}\sqrt{{{radicand}}}", near) == expected


@settings(max_examples=200)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from([None, "number", *KINDS]))
def test_no_text_raises_or_takes_long(gold, answer, kind):
    worker.warm_up("compare")
    match = in_time(lambda: match_answer(gold, answer, kind=kind, given=[answer]), SECONDS)
    assert match.reason
    assert len(match.reason) < 200


PIECES = [
    "1", "12", "x", "(", ")", "[", "]", "{", "}", r"\{", r"\}", r"\frac{", "}{", r"\sqrt{", "^", "_", ",", "and ",
    "or ", "=", "<", "≤", r"\in ", r"\cup ", r"\pm ", "|", "!", "%", "°", r"\log_", "ln ", "sin ", r"\begin{pmatrix}",
    "&", r"\\", r"\end{pmatrix}", "$", r"\boxed{", "####", "answer is ", "1/", "1,234", "e5", r"\text{ cm}",
    r"\overline{3}", "0.1", "...", "half ", "twelve ", "(x+y+z+1)^9", "9^", "i", "∞", "−", "½", "²", "**", "cm ",
    "3:30 ", "to ", r"\binom{", "is ", "2000!", "9^999", "x_1", r"\alpha", "π", "ln^", "1 2/3 ", "the ", "≠",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from([None, "number", *KINDS]), st.booleans())
def test_mathematical_noise_raises_nothing_and_takes_no_time(pieces, kind, as_gold):
    text = "".join(pieces)
    gold, answer = (text, "x = 1 or x = 2") if as_gold else ("x^2 + 5x + 6", text)
    worker.warm_up("compare")
    in_time(lambda: match_answer(gold, answer, kind=kind, given=[text]), SECONDS)


@pytest.mark.parametrize("piece", PIECES)
def test_one_piece_many_times(piece):
    text = piece * (1_990 // len(piece))
    worker.warm_up("compare")
    for gold in ("12", "x^2 + 1", "{1, 2}", "(1, 2]", "y = 2x + 3", "7 cm"):
        in_time(lambda gold=gold: (verdict(gold, text), verdict(text, gold)), 2 * SECONDS)


# -- the parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("So the answer is **12** eggs.", "12 eggs"),
        ("**Answer:** 73", "73"),
        (r"**\boxed{73}**", "73"),
        ("*73*", "73"),
        ("$x+1$.", "x+1"),
        ("$$x^2$$", "x^2"),
        (r"\(x\)", "x"),
        ("It costs $5 and $6", "It costs $5 and $6"),
        (r"\boxed{2} and \boxed{3}", "2, 3"),
        (r"First \boxed{8}, no: \boxed{9}", "9"),
        ("The answer is 9. I am sure of it.", "9"),
        ("The answer is St. Louis.", "St. Louis"),
        ("Answer: 13\nAnswer: 12", "12"),
        ("0.333...", "0.333..."),
    ],
)
def test_what_is_answered(text, answer):
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\dfrac12", r"\frac{1}{2}"),
        (r"\sqrt3", r"\sqrt{3}"),
        (r"2{,}004", "2004"),
        (r"2\,004", "2004"),
        (r"x \leqslant 3", "x ≤ 3"),
        (r"45^{\circ}", "45°"),
        ("0.1666...", "(1/6)"),
        ("0.2...", "0.2..."),
        (r"0.\overline{142857}", "(1/7)"),
    ],
)
def test_one_notation(text, expected):
    assert tidy(text) == expected


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("hours", "minutes", 60),
        ("km/h", "m/s", Fraction(5, 18)),
        ("square feet", "in^2", None),
        ("ft^2", "square inches", 144),
        ("cubic meters", "cm³", 10**6),
        ("mph", "miles per hour", 1),
        ("dollars", "cents", 100),
        ("apples", "apple", 1),
    ],
)
def test_units_by_known_ratios(first, second, ratio):
    (unit, size), (other, other_size) = unit_of(first), unit_of(second)
    if ratio is None:  # "in" is a word first, and no inch
        assert unit != other
    else:
        assert (unit, size / other_size) == (other, ratio)


@pytest.mark.parametrize(("first", "second"), [("hours", "meters"), ("cm^2", "cm^3"), ("m/s", "s/m"), ("$", "€")])
def test_other_units_are_other(first, second):
    assert unit_of(first) != unit_of(second)


def test_curves_by_hand():
    """The line y = 2x + 3 in other words; a circle and its double; curves that share some points alone."""
    line = read("y - 2x - 3")
    assert same_curve(line, read("4x + 6 - 2y")) is True
    assert same_curve(line, read("y - 2x + 3")) is False
    assert same_curve(read("x^2 + y^2 - 25"), read("2x^2 + 2y^2 - 50")) is True
    assert same_curve(read("x^2 + y^2 - 25"), read("x^2 + y^2 - 26")) is False
    assert same_curve(read("x^2 - y^2"), read("x - y")) is False  # the second is half of the first
    assert same_curve(read("(x - 1)^2"), read("x - 1")) is None  # the same point, which a sign change does not find


def test_i_is_the_root_of_minus_one():
    assert same_quotient(read("(2 + i)^2"), read("3 + 4i")) is True
    assert same_quotient(read("(1 + i)/(1 - i)"), read("i")) is True
    assert same_quotient(read("(2 + i)^2"), read("3 - 4i")) is False


def test_what_cannot_be_read_is_words_and_never_raises():
    for text in ("", "((", "1 +", "x ==", r"\frac{1}{0}", "(1, 2", "[1, 2)) ", "a" * 3_000, "x < y < z < w"):
        assert type(read_form(text)).__name__ in ("Words", "Expression")
        assert verdict("12", text) != "CORRECT"


def test_the_same_formula_in_another_name_is_left_open():
    assert verdict("2n + 1", "2x + 1") == "UNCHECKED"
    assert verdict("2n + 1", "2x + 3") == verdict("2n + 1", "2n + 3") == verdict("x", "y") == "INCORRECT"
