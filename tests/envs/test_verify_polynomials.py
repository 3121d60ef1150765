"""Exact polynomials and expressions, against sympy, `fractions` and values at points; the reader's caps."""

from __future__ import annotations

import random
from contextlib import suppress
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import ExpressionError
from reasoning_gym_ccrl.envs.verify.algebra_reader import read_tree
from reasoning_gym_ccrl.envs.verify.forms import form_of, is_expanded, polynomial_factors
from reasoning_gym_ccrl.envs.verify.polynomials import (
    Polynomial,
    Quotient,
    antiderivative,
    derivative,
    identical,
    read,
    read_polynomial,
    substitute,
)
from reasoning_gym_ccrl.envs.verify.ring import MAX_DEGREE, MAX_TERMS, TooLarge
from reasoning_gym_ccrl.envs.verify.univariate import common_divisor, real_roots, squarefree, trimmed
from reasoning_gym_ccrl.types import Verdict

from ..timing import in_time

X, Y = Polynomial.variable("x"), Polynomial.variable("y")
coefficients = st.fractions(-9, 9, max_denominator=6).map(lambda f: f.numerator if f.denominator == 1 else f)


@st.composite
def polynomials(draw, names="xy", max_terms=5, max_power=3):
    """A random polynomial in x and y."""
    total = Polynomial.constant(0)
    for _ in range(draw(st.integers(0, max_terms))):
        term = Polynomial.constant(draw(coefficients))
        for name in names:
            term = term * Polynomial.variable(name, draw(st.integers(0, max_power)))
        total = total + term
    return total


def value_at(polynomial, point):
    """The value by another road: each term by itself, in `Fraction`s."""
    total = Fraction(0)
    for monomial, coefficient in polynomial.terms.items():
        term = Fraction(coefficient)
        for name, exponent in monomial:
            for _ in range(exponent):
                term *= point[name]
        total += term
    return total


def to_sympy(polynomial):
    return sum(
        (
            sympy.Rational(c.numerator, c.denominator) * sympy.prod(sympy.Symbol(n) ** e for n, e in m)
            for m, c in polynomial.terms.items()
        ),
        sympy.Integer(0),
    )


# -- the ring ------------------------------------------------------------------------------------------------------


@given(polynomials(), polynomials(), polynomials())
def test_ring_axioms(a, b, c):
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a + 0 == a * 1 == a
    assert (a - a).is_zero
    assert hash(a * b) == hash(b * a)


@given(polynomials(), polynomials(), st.fractions(-5, 5, max_denominator=4), st.fractions(-5, 5, max_denominator=4))
def test_evaluation_is_a_homomorphism(a, b, x, y):
    point = {"x": x, "y": y}
    assert value_at(a + b, point) == value_at(a, point) + value_at(b, point)
    assert value_at(a * b, point) == value_at(a, point) * value_at(b, point)
    assert a.substitute({"x": Polynomial.constant(x), "y": Polynomial.constant(y)}).value == value_at(a, point)


@given(polynomials(), polynomials())
def test_division_undoes_multiplication_and_leaves_nothing_out(a, b):
    if b.is_zero:
        assert a.divided_by(b) is None
        return
    assert (a * b).divided_by(b) == a
    quotient = a.divided_by(b)
    assert quotient is None or quotient * b == a
    if b.value is None:
        assert (a * b + 1).divided_by(b) is None


@settings(max_examples=40)
@given(polynomials(max_terms=4), polynomials(max_terms=4))
def test_products_powers_and_derivatives_are_sympys(a, b):
    assert sympy.expand(to_sympy(a) * to_sympy(b) - to_sympy(a * b)) == 0
    assert sympy.expand(to_sympy(a) ** 2 - to_sympy(a**2)) == 0
    assert sympy.expand(sympy.diff(to_sympy(a), "x") - to_sympy(a.derivative("x"))) == 0


@given(polynomials(), st.fractions(-9, 9, max_denominator=5))
def test_proportional_polynomials_have_one_primitive_form(a, factor):
    if factor and not a.is_zero:
        assert (a * factor).primitive() == a.primitive()
        assert (a * factor + X**7).primitive() != a.primitive()
        assert all(isinstance(c, int) for c in a.primitive().terms.values())


@given(polynomials())
def test_what_is_written_reads_as_itself(a):
    assert read_polynomial(str(a)) == a
    assert is_expanded(read_tree(str(a)))


def test_degrees_and_coefficients():
    p = 3 * X**2 * Y - 5 * X + 7
    assert (p.degree(), p.degree("x"), p.degree("y"), p.degree("z")) == (3, 2, 1, 0)
    assert p.coefficients("x") == [Polynomial.constant(7), Polynomial.constant(-5), 3 * Y]
    assert (X**2 - 4).numbers("x") == [-4, 0, 1]
    assert p.numbers("x") is None
    assert str(p) == "3x^2y - 5x + 7"
    assert Polynomial.from_coefficients([6, -5, 1]) == X**2 - 5 * X + 6


def test_caps_stop_growth():
    with pytest.raises(TooLarge, match="degree"):
        X ** (MAX_DEGREE + 1)
    with pytest.raises(TooLarge, match=r"terms|pairs"):
        (X + Y + Polynomial.variable("z") + Polynomial.variable("w")) ** 20
    with pytest.raises(TooLarge, match="bits"):
        Polynomial.constant(9**400) * Polynomial.constant(9**400)
    assert len(((X + 1) ** MAX_DEGREE).terms) == MAX_DEGREE + 1 <= MAX_TERMS


# -- one unknown ---------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=5), st.lists(st.integers(-6, 6), min_size=1, max_size=4))
def test_common_divisors_and_real_roots_are_sympys(first, second):
    x = sympy.Symbol("x")
    a, b = (sympy.Poly(list(reversed(values)), x, domain="QQ") for values in (first, second))
    ours = common_divisor(trimmed(first), trimmed(second))
    theirs = sympy.gcd(a, b)
    theirs = theirs.monic() if not theirs.is_zero else theirs
    assert [Fraction(int(c.p), int(c.q)) for c in reversed(theirs.all_coeffs()) if not theirs.is_zero] == list(ours)
    if a.degree() > 0:
        assert real_roots(trimmed(first)) == len(set(sympy.real_roots(a)))
        assert len(squarefree(trimmed(first))) - 1 == sympy.Poly(sympy.prod(f for f, _ in a.sqf_list()[1]), x).degree()


# -- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(x + 2)(x + 3)", "x^2 + 5x + 6"),
        ("x(x - 1)", "x^2 - x"),
        ("3x²−5·x", "3x^2 - 5x"),
        ("2 x y - yx", "xy"),
        ("x**2 ** 1", "x^2"),
        ("-x^2", "-x^2"),
        ("(-x)^2", "x^2"),
        ("2^3x", "8x"),
        ("x/2 + x/3", "(5/6)x"),
        ("1/2x", "(1/2)x"),
        ("2 1/2 x", "(5/2)x"),
        ("½x", "(1/2)x"),
        ("2½x", "(5/2)x"),
        ("1,000x", "1000x"),
        ("0.5x", "(1/2)x"),
        ("50% x", "(1/2)x"),
        (r"\frac{1}{2}x + \dfrac{x}{2}", "x"),
        (r"\left(x+1\right)^{2}", "x^2 + 2x + 1"),
        (r"2 \cdot 3 \times x \div 6", "x"),
        (r"\sqrt{9}x", "3x"),
        (r"\sqrt[3]{8}x", "2x"),
        (r"$3x^{2}$", "3x^2"),
        ("(x^2 - 1)/(x - 1)", "x + 1"),
        ("[x + {2}](x - 2)", "x^2 - 4"),
        ("2π + pi", "3*pi"),
        ("sin^2(x) + cos^2(x)", "1"),
        ("sin²x + (cos x)²", "1"),
        ("tan(x)cos(x)", "sin(x)"),
        ("sin(-x) + sin(x)", "0"),
        ("cos(pi/3) + sin(pi/2)", "3/2"),
        ("e^(2x) - e^x e^x", "0"),
        ("e^{x+1}/e^x", "e"),
        ("exp(0) + ln(1)", "1"),
        ("ln(e^x)", "x"),
        ("e^(2ln(x))", "x^2"),
        ("sqrt(12) - 2sqrt(3)", "0"),
        ("sqrt(x)sqrt(x)", "x"),
        ("sqrt(2)sqrt(3) - sqrt(6)", "0"),
        ("1/sqrt(2) - sqrt(2)/2", "0"),
        ("x^(1/2) - √x", "0"),
        ("|x|^2", "x^2"),
        ("|-3|x", "3x"),
        ("2^x * 2^x / 4^x", "1"),
    ],
)
def test_notation(text, value):
    assert str(read(text)) == value


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", None),
        ("x +", None),
        ("(x", None),
        ("x)", None),
        ("x = 2", None),
        ("2 3", None),
        ("x < 2", None),
        ("so", "x"),
        ("price", None),
        ("x_1", "x"),
        ("xy", "x"),
        ("1/0", None),
        ("1/(x - x)", None),
        ("0^-1", None),
        ("ln(0)", None),
        ("sqrt(-2)", None),
        ("x^y", None),
        ("x^1000", None),
        ("9^9^9", None),
        ("e^2x", None),
        ("sin^-1(x)", None),
        ("arcsin(x)", None),
        ("d/dx", None),
        ("f(x) + ∫x", None),
        ("(" * 30 + "x" + ")" * 30, None),
        ("x" * 2_001, None),
        ("1" * 61, None),
        ("x!", None),
        ("±x", None),
        ("__import__('os')", None),
        ("x.__class__", None),
        ("\x00", None),
    ],
)
def test_what_is_no_expression(text, names):
    with pytest.raises(ExpressionError):
        read(text, names)
    assert read_polynomial(text, names) is None


def random_expression(rng, depth):
    """The same random expression as our text and for sympy, which reads what this test wrote itself."""
    if depth == 0:
        return rng.choice([("x", "x"), ("y", "y"), (str(n := rng.randint(0, 9)), str(n)), ("2x", "2*x"), ("xy", "x*y")])
    (a, c), (b, d) = random_expression(rng, depth - 1), random_expression(rng, depth - 1)
    kind = rng.randrange(6)
    space = rng.choice(["", " "])
    if kind == 0:
        return f"({a}{space}+{space}{b})", f"({c}+{d})"
    if kind == 1:
        return f"({a}{space}-{space}{b})", f"({c}-({d}))"
    if kind == 2:
        return f"({a})({b})", f"(({c})*({d}))"
    if kind == 3:
        return f"({a}){rng.choice(['*', '·', ' × '])}({b})", f"(({c})*({d}))"
    if kind == 4:
        return f"(({a}){rng.choice(['^2', '²', '**2', '^{2}'])})", f"(({c})**2)"
    return rf"\frac{{{a}}}{{{rng.randint(1, 5)}}}", None


def test_reading_is_sympys():
    rng = random.Random(3)
    compared = 0
    for _ in range(150):
        ours, theirs = random_expression(rng, rng.randint(1, 3))
        if "frac" in ours:
            continue
        found = read_polynomial(ours)
        assert found is not None, ours
        assert sympy.expand(sympy.sympify(theirs) - to_sympy(found)) == 0, ours
        compared += 1
    assert compared > 60


# -- functions -----------------------------------------------------------------------------------------------------

FUNCTIONS = [
    "x^3 sin(x)",
    "e^(2x) cos(3x)",
    "ln(x)/x",
    "sqrt(x^2 + 1)",
    "x/(x + 1)",
    "e^(-x)",
    "(x + 1)^5",
    "sin(x)^3",
    "1/x^2",
    "ln(x^2 + 1)",
    "tan(x)",
    "x e^x ln(x)",
    "sqrt(x) sin(2x + 1)",
    "(x^2 + 3)/(2x - 7)",
    "2^x",
]


def numeric(text):
    """The function by sympy, as a number at a point."""
    expression = sympy.sympify(SYMPY[text])
    return lambda at: complex(expression.subs(sympy.Symbol("x"), at).evalf(20))


SYMPY = dict(
    zip(
        FUNCTIONS,
        [
            "x**3*sin(x)",
            "exp(2*x)*cos(3*x)",
            "log(x)/x",
            "sqrt(x**2+1)",
            "x/(x+1)",
            "exp(-x)",
            "(x+1)**5",
            "sin(x)**3",
            "1/x**2",
            "log(x**2+1)",
            "tan(x)",
            "x*exp(x)*log(x)",
            "sqrt(x)*sin(2*x+1)",
            "(x**2+3)/(2*x-7)",
            "2**x",
        ],
        strict=True,
    )
)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_derivatives_are_sympys_at_points(text):
    from reasoning_gym_ccrl.envs.verify.identity import approximate

    ours = derivative(read(text), "x")
    theirs = sympy.diff(sympy.sympify(SYMPY[text]), "x")
    for at in (0.7, 1.9, 2.6):
        value, error = approximate(ours, {"x": at})
        wanted = float(theirs.subs(sympy.Symbol("x"), at).evalf(20))
        assert abs(value - wanted) < 1e-9 * max(1, abs(wanted))
        assert error < 1e-6 * max(1, abs(wanted))
        assert abs(value + 0.01 - wanted) > 1e-3  # control: another value is told apart


@settings(max_examples=60)
@given(st.lists(coefficients, min_size=1, max_size=6))
def test_the_derivative_of_an_antiderivative_is_the_polynomial(values):
    p = Quotient(Polynomial.from_coefficients(values))
    found = antiderivative(p, "x")
    assert found is not None
    assert derivative(found, "x") == p
    assert substitute(found, {"x": Quotient.constant(0)}).value == 0


@pytest.mark.parametrize(
    "text", ["sin(3x)", "4cos(2x + 1)", "5e^(2x)", "e^(-x)", "1/x", "3/x^2", "x^2 + cos(x) - 2/x", "2^x"]
)
def test_antiderivatives_of_functions(text):
    found = antiderivative(read(text), "x")
    assert found is not None
    assert identical(derivative(found, "x"), read(text)) == Verdict.CORRECT


@pytest.mark.parametrize("text", ["x sin(x)", "e^(x^2)", "ln(x)", "1/(x + 1)", "sin(x)cos(x)"])
def test_other_antiderivatives_are_not_guessed(text):
    assert antiderivative(read(text), "x") is None


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("(x + 1)^2", "x^2 + 2x + 1", "CORRECT"),
        ("(x + 1)^2", "x^2 + 2x + 2", "INCORRECT"),
        ("1 + tan(x)^2", "1/cos(x)^2", "CORRECT"),
        ("sin(x)", "cos(x)", "INCORRECT"),
        ("1 - 1/e", "1 + 1/e", "INCORRECT"),
        ("sqrt(2) + sqrt(3)", "sqrt(5)", "INCORRECT"),
        ("(sqrt(2) + 1)^2", "3 + 2sqrt(2)", "CORRECT"),
        ("1/(sqrt(2) - 1)", "sqrt(2) + 1", "CORRECT"),
        ("e^x", "x^20", "INCORRECT"),
        ("pi", "22/7", "INCORRECT"),
        ("sin(2x)", "2sin(x)cos(x)", "UNCHECKED"),  # sympy's turn
        ("ln(x^2)", "2ln(x)", "UNCHECKED"),
        ("1/(x - 1) - 1/(x + 1)", "2/(x^2 - 1)", "CORRECT"),
        ("(e^(x/2))^2", "e^x", "UNCHECKED"),
    ],
)
def test_identical(left, right, verdict):
    assert str(identical(read(left), read(right))) == verdict


@given(polynomials(), polynomials())
def test_identical_is_never_wrong_about_polynomials(a, b):
    same = all(
        value_at(a, {"x": Fraction(x), "y": Fraction(y)}) == value_at(b, {"x": Fraction(x), "y": Fraction(y)})
        for x in range(-4, 5)
        for y in range(-4, 5)
    )  # degrees of at most 3 in each: 9 x 9 points decide
    assert str(identical(Quotient(a), Quotient(b))) == ("CORRECT" if same else "INCORRECT")


# -- forms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("x^2 + 5x + 6", "6 + 5*x + x²", True),
        ("x^2 + 5x + 6", "x^2 + 2x + 3x + 6", False),
        ("x^2 + 2x + 3x + 6", "(x^2 + 3x) + (2x + 6)", True),
        ("(x + 2)(x + 3)", "(3 + x)(x + 2)", True),
        ("(x + 2)(x + 3)", "x^2 + 5x + 6", False),
        ("(x - 2)^2", "(x - 2)(x - 2)", True),
        ("(x - 2)(x - 3)", "(2 - x)(3 - x)", True),
        ("(x - 2)(x - 3)", "-(2 - x)(x - 3)", True),
        ("(x - 2)(x - 3)", "(2 - x)(x - 3)", False),
        ("x/2", "(1/2)x", True),
        ("3x/4", "(3/4) * x", True),
        ("6x", "3 * 2x", False),
        ("x * x", "x^2", False),
        ("4/2 x", "2x", False),
        ("12/3", "4", False),
        ("-(x + 1)", "-x - 1", True),
        ("2(x + 1)", "2x + 2", False),
        ("sin(x)cos(x)", "cos(x) * sin(x)", True),
    ],
)
def test_forms(first, second, same):
    assert (form_of(read_tree(first)) == form_of(read_tree(second))) is same


@settings(max_examples=60)
@given(st.lists(polynomials(max_terms=2, max_power=2), min_size=1, max_size=3), st.randoms())
def test_factors_multiply_to_the_product_and_order_does_not_matter(factors, rng):
    text = "".join(f"({factor})" for factor in factors)
    found = polynomial_factors(read_tree(text))
    assert found is not None
    number, powers = found
    product = Polynomial.constant(number)
    for factor, power in powers:
        product = product * factor**power
    assert product == read_polynomial(text)
    rng.shuffle(factors)
    assert polynomial_factors(read_tree("".join(f"({factor})" for factor in factors))) == found


# -- hostile text --------------------------------------------------------------------------------------------------

HOSTILE = [
    "(x+1)" * 400,
    "x+" * 999 + "x",
    "1/(x+" * 390 + "1",
    "((x+1)^9)^9",
    "(a+b+c+d)^20",
    "x^" * 900 + "x",
    "sin" * 660,
    "sin(" * 24 + "x" + ")" * 24,
    "e^(x+y+z)" * 200,
    "sqrt(x+1)" * 222,
    "(sqrt(x+1)+sqrt(y+1)+1)^20",
    "|" * 1_900,
    "1/x+" * 480 + "1",
    "1/(x+1)+" * 240 + "1",
    "∫" * 1_900,
    "x'" * 900,
    "(x)" + "'" * 1_900,
    "d/dx" * 480,
    "x/" * 999 + "x",
    "/".join(["x"] * 900),
    "9" * 59 + "x^60" + "*9" * 900,
    "\\frac" * 390,
    "\\frac{x}{" * 200 + "1" + "}" * 200,
    "\\boxed{" * 280 + "x",
    "\\sqrt[" * 300,
    "x_" * 900,
    "_" * 1_900,
    "½" * 1_900,
    "x²" * 950,
    "⁻" * 1_900,
    "2 1/2" * 390,
    "ln(" * 20 + "x" + ")" * 20,
    "(x+y)^9/(x-y)^9",
    "(x^59+1)/(x^58+1)",
    "(x+1/3)^59(y+1/7)^1",
    "e^(x/7)+" * 240 + "1",
    "sqrt(999999999989)" * 110,
    "sqrt(2)+" * 240 + "1",
    "(sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)+sqrt(11)+sqrt(13)+sqrt(17))^9",
    "9^(1/60)" * 240,
    "(9^200)^(1/59)",
    "xyz" * 660,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_costs_little(text):
    def work():
        with suppress(ExpressionError):
            str(read(text))

    in_time(work, 0.1)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                *"xyefC0129+-*/^()[]{}|'_=,.!%±∫²½√π ",
                "sin",
                "ln",
                "sqrt",
                "\\frac",
                "d/dx",
                "dx",
                "f(",
                "pi",
                "integral(",
            ]
        ),
        max_size=25,
    )
)
def test_nothing_but_expression_errors_is_raised(pieces):
    text = "".join(pieces)
    try:
        value = read(text)
        form_of(read_tree(text))
    except ExpressionError:
        return
    assert identical(value, value) == Verdict.CORRECT
