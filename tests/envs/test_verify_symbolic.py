"""Formulas read by a parser of our own, compared by sympy in a worker: proven equal, proven different, or neither."""

from __future__ import annotations

import math
import random
import time
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import symbolic, worker
from reasoning_gym_ccrl.envs.verify.formula import read_formula
from reasoning_gym_ccrl.envs.verify.symbolic import antiderivative_equal, compare, derivative_equal, equal
from reasoning_gym_ccrl.envs.verify.tokens import ExpressionError
from reasoning_gym_ccrl.envs.verify.trees import names_of
from reasoning_gym_ccrl.envs.verify.worker import Outcome
from reasoning_gym_ccrl.types import Verdict

from ..timing import in_time

PATIENT = 10.0  # seconds, where a test asks what is decided and not how soon


@pytest.fixture(scope="module", autouse=True)
def _warm():
    worker.warm_up("compare")
    yield
    worker.shut_down()


EQUAL = [
    ("(x + 1)^2", "x^2 + 2x + 1"),
    ("x(x - 1)", "x² − x"),
    (r"\frac{x^2 - 1}{x - 1}", "x + 1"),
    ("1/(x - 1) - 1/(x + 1)", r"\frac{2}{x^2 - 1}"),
    ("sin(x)^2 + cos^2 x", "1"),
    ("sin(2x)", "2 sin x cos x"),
    (r"\tan \theta", r"\frac{\sin \theta}{\cos \theta}"),
    ("cosh(t)^2 - sinh(t)^2", "1"),
    ("e^{x+y}", "e^x * e^y"),
    ("x^x", "e^{x ln x}"),
    ("ln(x^2)", "2 ln x"),  # wherever both have a value
    ("ln|x|", "ln x"),
    ("sqrt(x^2)", "|x|"),
    ("sqrt(8)", r"2\sqrt{2}"),
    ("√2 + √3", "sqrt(5 + 2sqrt(6))"),
    ("x^{1/3}", r"\sqrt[3]{x}"),
    ("atan(1)", "π/4"),
    ("log_2(x)", r"\frac{\ln x}{\ln 2}"),
    ("log_{10}(1000)", "3"),
    ("n!", "n (n - 1)!"),
    ("5!", "120"),
    ("0.5x", "x/2"),
    ("½ x", "x * 1/2"),
    ("a_1 + a_{12}", "a_{12} + a_{1}"),
    ("floor(7/2)", "3"),
]
DIFFERENT = [
    ("(x + 1)^2", "x^2 + 1"),
    ("1 - 1/e", "1 + 1/e"),
    ("e^pi - pi", "20"),  # 19.9990999…
    ("x^2", "x^2 + 1/10^40"),
    ("sqrt(2)", "1.41421356237309504880168872420969807856967187537694"),
    ("sin(x)", "cos(x)"),
    ("ln(x + y)", "ln x + ln y"),
    ("sqrt(x + y)", "sqrt(x) + sqrt(y)"),
    ("floor(x)", "x"),
    ("xy", "x + y"),
    ("(x + y + z)^30", "(z + y + x)^30 + 1"),
    ("50!", "50! + 1"),
    ("x", "y"),
]
# Neither is proven: the sides agree at some places only, have no real value, or could be read in two ways.
OPEN = [
    ("sqrt(x^2)", "x"),
    ("sqrt(x^2)", "-x"),
    ("sqrt(-1 - x^2)", "sqrt(-2 - x^2)"),
    ("1/2x", "x/2"),
    ("e^2x", "e^(2x)"),
    ("log(100)", "2"),
    ("2 1/2", "5/2"),
    ("i^2", "-1"),
    ("a_12", "a_{12}"),
    ("1e5", "100000"),
    ("f(x)", "x"),
    ("|2|x|+1|", "2x"),
    ("5%", "1/20"),
    ("sin^-1 x", "asin(x)"),
    ("x = 1", "1"),
    ("x < 1", "x"),
    ("", ""),
    ("three", "3"),
    ("2,5", "5/2"),
    ("x'", "1"),
]


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [(*pair, Verdict.CORRECT) for pair in EQUAL]
    + [(*pair, Verdict.INCORRECT) for pair in DIFFERENT]
    + [(*pair, Verdict.UNCHECKED) for pair in OPEN],
)
def test_what_is_equal_what_differs_and_what_stays_open(left, right, verdict):
    found = compare(left, right, PATIENT)
    assert found.verdict is verdict, found
    assert equal(right, left, PATIENT) is verdict, "it is the same the other way round"
    assert found.reason.endswith(".")


def test_derivatives_and_antiderivatives():
    assert derivative_equal("x^2 sin x", "x", "2x sin x + x^2 cos x", PATIENT) is Verdict.CORRECT
    assert derivative_equal("x^2 y", "y", "x^2", PATIENT) is Verdict.CORRECT
    assert derivative_equal("x^2", "x", "2x + 1", PATIENT) is Verdict.INCORRECT
    assert antiderivative_equal("6x", "x", "3x^2 + C", PATIENT) is Verdict.CORRECT
    assert antiderivative_equal("1/x", "x", "ln|x| + C", PATIENT) is Verdict.CORRECT
    assert antiderivative_equal("1/x", "x", "ln x + 7", PATIENT) is Verdict.CORRECT
    assert antiderivative_equal("6x", "x", "3x^2 + x", PATIENT) is Verdict.INCORRECT
    assert antiderivative_equal("6x", "x", "6x", PATIENT) is Verdict.INCORRECT


# -- against sympy's own parser, on texts that are made here ----------------------------------------------------------


def made_text(rng, depth=3):
    """A random formula in notation that sympy's parser reads too."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["x", "y", "2", "3", "1/3", "5/4", "pi"])
    left, right = made_text(rng, depth - 1), made_text(rng, depth - 1)
    kind = rng.randrange(7)
    if kind < 4:
        return f"({left}) {'+-*/'[kind]} ({right})"
    if kind == 4:
        return f"({left})^{rng.choice('23')}"
    return f"{rng.choice(['sin', 'cos', 'exp', 'sqrt', 'abs'])}({left})"


def value_at(text, x, y):
    """The value by Python itself: another parser, another arithmetic."""
    known = {name: getattr(math, name) for name in ("sin", "cos", "exp", "sqrt", "pi")}
    return eval(text.replace("^", "**"), {"abs": abs, "x": x, "y": y} | known)  # a text that was made here


def value_of_tree(tree, names):
    match tree:
        case ["number", text]:
            return float(Fraction(text))
        case ["name", name]:
            return names[name]
        case ["constant", name]:
            return {"pi": math.pi, "e": math.e}[name]
        case ["+", *parts]:
            return sum(value_of_tree(part, names) for part in parts)
        case ["*", *parts]:
            return math.prod(value_of_tree(part, names) for part in parts)
        case ["^", base, exponent]:
            return value_of_tree(base, names) ** value_of_tree(exponent, names)
        case ["call", name, inside]:
            return {"abs": abs}.get(name, getattr(math, name, None))(value_of_tree(inside, names))
    raise AssertionError(tree)


def test_formulas_mean_what_python_takes_them_to_mean():
    rng = random.Random(0)
    compared = 0
    for _ in range(600):
        text = made_text(rng)
        try:
            expected = value_at(text, 0.7, 1.3)
            found = value_of_tree(read_formula(text), {"x": 0.7, "y": 1.3})
        except (ArithmeticError, ValueError, ExpressionError):
            continue
        compared += 1
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), text
    assert compared > 400


def test_verdicts_agree_with_sympys_own_parser():
    """Each formula against itself rewritten by sympy, which is equal, and against a neighbour, which is not."""
    import sympy

    x, y = sympy.symbols("x y", real=True)
    rng = random.Random(1)
    seen = {verdict: 0 for verdict in Verdict}
    for _ in range(120):
        text = made_text(rng, 2)
        formula = sympy.sympify(text.replace("^", "**"), locals={"x": x, "y": y})
        if not formula.free_symbols or formula.has(sympy.nan, sympy.zoo, sympy.I):
            continue
        rewritten = str(sympy.expand(formula)).replace("**", "^")
        same = equal(text, rewritten, PATIENT)
        other = equal(text, f"{rewritten} + 1/1000000", PATIENT)
        seen[same] += 1
        assert same is not Verdict.INCORRECT, (text, rewritten)
        assert other is not Verdict.CORRECT, (text, rewritten)
    assert seen[Verdict.CORRECT] > 0.9 * sum(seen.values()) > 40, seen


# -- bounds -----------------------------------------------------------------------------------------------------------

MONSTERS = [
    "9^9^9^9",
    "2^(2^(2^(2^2)))",
    "10^1000",
    "(((3!)!)!)!",
    "1000!",
    "(x+1)^1000000",
    "x^x^x^x^x^x^x^x",
    "(" * 500 + "x" + ")" * 500,
    "-" * 1_999 + "1",
    "sin(" * 60 + "x" + ")" * 60,
    "1" * 1_999,
    "x" * 1_999,
    "+".join("xyz"[index % 3] + f"^{index % 60}" for index in range(600)),
    "exp(exp(exp(exp(100))))",
    "9999999999999! - 1",
    "sqrt(" * 39 + "2" + ")" * 39,
    "(x+y+z+a+b+c+d)^60",
    "ln(ln(ln(ln(ln(10^9)))))",
    "sin(10^11) * cos(10^11)^60",
    "__import__('os').system('true')",
    "().__class__.__mro__[1].__subclasses__()",
    "integral(x, x, 0, oo)",
    r"\int_0^1 x dx",
    "\x00",
    "x\x00y",
    "ｘ＋１",
    "Ｓｉｎ(x)",
]


@pytest.mark.parametrize("text", MONSTERS, ids=range(len(MONSTERS)))
def test_monsters_are_decided_or_given_up_in_time(text):
    for left, right in ((text, "1"), ("x", text), (text, f"{text} + 1")):
        compared = in_time(partial(compare, left, right), symbolic.DEADLINE_SECONDS + 0.2, clock=time.monotonic)
        verdict = compared.verdict
        assert verdict in (Verdict.UNCHECKED, Verdict.INCORRECT)
    assert equal("cos(x)^2", "1 - sin(x)^2", PATIENT) is Verdict.CORRECT


def test_a_time_out_is_unchecked_says_so_and_is_asked_again(monkeypatch):
    outcomes = iter([Outcome("timeout", "Not decided within 0.25 seconds."), Outcome("done", "CORRECT")])
    monkeypatch.setattr(symbolic, "call", lambda *_: next(outcomes))
    assert compare("sin(4x)", "x") == (Verdict.UNCHECKED, "Not decided within 0.25 seconds.")
    assert compare("sin(4x)", "x").verdict is Verdict.CORRECT
    assert compare("sin(4x)", "x").verdict is Verdict.CORRECT, "what is decided is remembered"


def read_or_reason(text):
    try:
        return read_formula(text)
    except ExpressionError as error:
        return str(error)


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_an_expression_error(text):
    found = read_or_reason(text)
    assert len(found) < 200 if isinstance(found, str) else names_of(found) is not None


PIECES = ["x", "y", "2", "10", ".5", "½", "²", "e", "pi", "sin", "ln", "sqrt", "!", "|", "(", ")", "{", "}", "+", "-"]
PIECES += ["*", "/", "^", "_", "a_1", "\\frac", "\\sqrt", "\\left(", " ", "log_2", ",", "√"]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_mathematical_noise_is_read_soon_and_the_same_twice(pieces):
    text = "".join(pieces)
    assert in_time(lambda: read_or_reason(text), 0.1) == read_or_reason(text)
