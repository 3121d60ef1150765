"""Functions, remainders, congruences and pi in arithmetic, against Python's own `math`; more ways to write things."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import EpisodeJudge, ExpressionError, evaluate, judge_steps, parse_number
from reasoning_gym_ccrl.envs.verify.functions import congruent
from reasoning_gym_ccrl.envs.verify.pi import MAX_PI_BITS, PI, PI_SCALE, pi_text
from reasoning_gym_ccrl.envs.verify.plans import plan_matches
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from ..timing import in_time

NOTHING = Problem("p", "No numbers here.", None)


def local(text):
    return str(EpisodeJudge(NOTHING).judge(Step("step", text)).local)


# -- values --------------------------------------------------------------------------------------------------------


@given(st.integers(0, 500), st.integers(1, 500))
def test_functions_of_two_numbers_are_pythons(a, b):
    assert evaluate(f"gcd({a}, {b})") == math.gcd(a, b)
    assert evaluate(f"lcm({a},{b})") == math.lcm(a, b)
    assert evaluate(f"{a} mod {b}") == a % b
    assert evaluate(f"(0 - {a}) mod {b}") == -a % b
    assert evaluate(f"max({a}, {b}) - min({a}, {b})") == abs(a - b)
    assert evaluate(f"floor({a} / {b})") == a // b
    assert evaluate(f"ceil({a} / {b})") == -(-a // b)
    if math.gcd(a, b) == 1 and b > 1:
        assert evaluate(f"inverse({a}, {b})") * a % b == 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_counting_is_pythons(n, k):
    assert (
        evaluate(f"C({n}, {k})") == evaluate(f"{n} choose {k}") == evaluate(rf"\binom{{{n}}}{{{k}}}") == math.comb(n, k)
    )
    assert evaluate(f"P({n}, {k})") == math.perm(n, k)
    assert evaluate(f"{n}! + 1") == math.factorial(n) + 1


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_roots_are_exact_or_unread(a, b):
    assert evaluate(f"sqrt({a * a})") == evaluate(f"√{a * a}") == a
    assert evaluate(f"sqrt({a * a} / {b * b})") == Fraction(a, b)
    assert evaluate(rf"\sqrt[3]{{{b**3}}}") == evaluate(f"({b**3})^(1/3)") == b
    assert parse_number(f"sqrt({a * a + 1})") is None or a == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("gcd(48, 18, 4)", 2),
        ("HCF(48, 18)", 6),
        ("gcd(48,180)", 12),
        ("gcd(1,234, 6)", 1),
        (r"\gcd(48, 18)", 6),
        ("5C2", 10),
        ("3!!", 720),
        ("5!/(2! * 3!)", 10),
        ("2sqrt(9)", 6),
        ("48 mod 18 * 2", 24),
        ("2 * 24 mod 18", 12),
        (r"48 \bmod 18", 12),
        ("abs(-3)", 3),
        ("factorial(5)", 120),
        ("16^0.5", 4),
        ("5 squared", 25),
        ("2 cubed + 1", 9),
    ],
)
def test_notation(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "gcd(48)",
        "gcd(48, 18",
        "gcd()",
        "gcd(1/2, 3)",
        "C(5)",
        "C(5, 2, 1)",
        "P(1000, 900)",
        "301!",
        "10^60!",
        "9!!!",
        "(-3)!",
        "sqrt(2)",
        "sqrt(-4)",
        "inverse(2, 4)",
        "inverse(2, 1)",
        "5 mod 0",
        "5 mod (0 - 3)",
        "1/2 mod 3",
        "C(10^60, 300)",
        "lcm(" + ", ".join(str(10**50 + 2 * k + 1) for k in range(19)) + ")",
        "floor",
        "max(3)",
        "pi^40 * 10^50",
    ],
)
def test_what_has_no_exact_value_or_is_beyond_the_caps(text):
    with pytest.raises(ExpressionError):
        evaluate(text)


# -- steps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("gcd(48, 18) = gcd(18, 12) = gcd(12, 6) = 6", "CORRECT"),
        ("first remainder = 48 mod 18 = 12", "CORRECT"),
        ("48 mod 18 = 13", "INCORRECT"),
        ("60 = 2^2 * 3 * 5", "CORRECT"),
        ("60 = 2^2 * 3 * 7", "INCORRECT"),
        ("5! = 5 * 4 * 3 * 2 * 1 = 120", "CORRECT"),
        ("5! = 100", "INCORRECT"),
        ("3 + 2 = 5!", "CORRECT"),
        ("120 = 5!", "UNCHECKED"),
        ("17 ≡ 2 (mod 5)", "CORRECT"),
        ("17 = 2 (mod 5)", "CORRECT"),
        (r"17 \equiv 2 \pmod{5}", "CORRECT"),
        ("17 ≡ 2 mod 5", "CORRECT"),
        ("3^4 = 81 ≡ 1 (mod 5)", "CORRECT"),
        ("3^4 = 81 = 1 mod 5", "CORRECT"),
        ("3^4 = 86 ≡ 1 (mod 5)", "INCORRECT"),
        ("17 ≡ 3 (mod 5)", "INCORRECT"),
        ("17 = 3 (mod 5)", "INCORRECT"),
        ("17 ≡ 3 mod 5", "INCORRECT"),
        ("1/3 ≡ 5 (mod 7)", "CORRECT"),
        ("1/2 ≡ 1 (mod 4)", "UNCHECKED"),
        ("17 ≡ 2", "UNCHECKED"),
        ("10/3 ≡ 3 (mod 7)", "INCORRECT"),  # it is 1: no rounding among remainders
        ("sqrt(2) = 1.5", "UNCHECKED"),
        ("area = pi * 3^2 = 9 * pi", "CORRECT"),
        ("area = π · 3² = 9π ≈ 28.27", "CORRECT"),
        ("area = pi * 3^2 = 8 * pi", "INCORRECT"),
        ("area = pi * 3^2 = 28.26", "CORRECT"),  # with 3.14
        ("area = pi * 3^2 = 28.3", "CORRECT"),
        ("area = pi * 3^2 = 27.9", "INCORRECT"),
        ("2 * 22/7 * 7 = 2 * pi * 7", "CORRECT"),
        ("area = 9/2 * pi = 4.5 pi", "CORRECT"),
    ],
)
def test_steps(text, verdict):
    assert local(text) == verdict


@given(st.integers(-500, 500), st.integers(-500, 500), st.integers(2, 40), st.sampled_from(["=", "≡"]))
def test_congruences_hold_where_the_difference_is_divisible(a, b, modulus, sign):
    expected = "CORRECT" if (a - b) % modulus == 0 else "INCORRECT"
    assert local(f"{a} {sign} {b} (mod {modulus})") == expected


@given(st.fractions(-20, 20, max_denominator=12), st.fractions(-20, 20, max_denominator=12), st.integers(2, 30))
def test_congruent_fractions_against_brute_force(a, b, modulus):
    """A fraction is the number that the denominator must be multiplied by to give the numerator."""
    found = congruent(a, b, modulus)
    if found is not None and math.gcd(a.denominator, modulus) == math.gcd(b.denominator, modulus) == 1:
        numbers = [next(n for n in range(modulus) if (n * x.denominator - x.numerator) % modulus == 0) for x in (a, b)]
        assert found == (numbers[0] == numbers[1])


FORMS = [
    ("gcd({a}, {b})", lambda a, b: math.gcd(a, b)),
    ("lcm({a}, {b})", lambda a, b: math.lcm(a, b)),
    ("{a} mod {b}", lambda a, b: a % b),
    ("C({a}, {b})", lambda a, b: math.comb(a, b)),
    ("P({a}, {b})", lambda a, b: math.perm(a, b)),
    ("{b}!", lambda a, b: math.factorial(b)),
    ("{a}^{b}", lambda a, b: a**b),
    ("max({a}, {b})", max),
    ("floor({a} / {b})", lambda a, b: a // b),
]


@given(st.sampled_from(FORMS), st.integers(1, 12), st.integers(1, 9), st.integers(1, 5))
def test_a_changed_result_is_proven_wrong(form, a, b, off):
    text, value = form[0].format(a=a, b=b), form[1](a, b)
    assert local(f"result = {text} = {value}") == "CORRECT"
    assert local(f"result = {text} = {value + off}") == "INCORRECT"


def test_functions_are_grounded_and_reach_gold_nodes():
    problem = Problem(
        "p",
        "Find the greatest common divisor of 48 and 18.",
        "6",
        (
            GoldStep("first remainder = 48 mod 18 = 12", "48 mod 18", "12", "first remainder = larger mod smaller"),
            GoldStep("gcd(18, 12) = 6", "gcd(18, 12)", "6", "divisor = gcd(smaller, first remainder)"),
        ),
        metadata={"givens": {"larger": "48", "smaller": "18"}, "answer_kind": "number"},
    )
    found = judge_steps(problem, ["gcd(50, 18) = 2", "48 mod 18 = 12", "48 mod 18 = 12", "gcd(18, 12) = 6"])
    assert [(str(j.verdict), j.gold_index, j.counts) for j in found] == [
        ("UNCHECKED", None, False),
        ("CORRECT", 0, True),
        ("CORRECT", None, False),
        ("CORRECT", 1, True),
    ]
    assert "50" in found[0].reason


def test_constants_of_a_problem_need_not_be_said():
    problem = Problem("p", "Two angles of a triangle have 50 and 60 degrees.", None)
    known = Problem("p", problem.question, None, metadata={"constants": {"straight angle": "180"}})
    assert judge_steps(problem, ["180 - 50 - 60 = 70"])[0].verdict == Verdict.UNCHECKED
    assert judge_steps(known, ["180° - 50° - 60° = 70°"])[0].verdict == Verdict.CORRECT


# -- pi ------------------------------------------------------------------------------------------------------------


def test_what_stands_for_pi_is_pi_to_62_digits():
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(80):
        assert abs(mpmath.mpf(PI.numerator) / PI.denominator - mpmath.pi) < mpmath.mpf(10) ** -62
    assert PI.denominator == PI_SCALE  # lowest terms: what the proof of exactness asks for
    assert PI_SCALE.bit_length() > 2 * MAX_PI_BITS


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=3), st.lists(st.integers(-50, 50), min_size=1, max_size=3))
def test_polynomials_in_pi_are_equal_only_where_their_coefficients_are(first, second):
    def text(coefficients):
        return " + ".join(f"({c}) * pi^{power}" for power, c in enumerate(coefficients))

    width = max(len(first), len(second))
    padded = [values + [0] * (width - len(values)) for values in (first, second)]
    assert (evaluate(text(first)) == evaluate(text(second))) == (padded[0] == padded[1])


@given(st.fractions(-100, 100, max_denominator=20), st.integers(1, 3))
def test_multiples_of_pi_are_written_as_such(factor, exponent):
    assume(factor != 0)
    text = pi_text(factor * PI**exponent)
    assert text is not None
    assert evaluate(text) == factor * PI**exponent
    assert pi_text(factor) is None


# -- plans ---------------------------------------------------------------------------------------------------------


def gold(*meta_thoughts):
    return tuple(GoldStep("", "", "", meta_thought) for meta_thought in meta_thoughts)


@pytest.mark.parametrize(
    ("plan", "meta_thoughts", "matches"),
    [
        ("r = larger mod smaller; d = gcd(r, smaller)", ("r = larger mod smaller", "d = gcd(smaller, r)"), True),
        ("r = smaller mod larger; d = gcd(r, smaller)", ("r = larger mod smaller", "d = gcd(smaller, r)"), False),
        ("d = gcd(gcd(a, b), c)", ("d = hcf(c, a, b)",), True),
        ("area = side * side", ("area = square(side)",), True),
        ("area = pi * radius ** exponent", ("area = pi * power(radius, exponent)",), True),
        ("ways = people choose chosen", ("ways = C(people, chosen)",), True),
        ("ways = C(chosen, people)", ("ways = C(people, chosen)",), False),
        ("ways = people!", ("ways = factorial(people)",), True),
        ("rest = a * (b mod m)", ("rest = a * b mod m",), False),
        ("rest = a * b mod m", ("rest = b * a mod m",), True),
        ("Expand the brackets.; collect  like terms", ("expand the brackets", "collect like terms"), True),
        ("collect like terms; expand the brackets", ("expand the brackets", "collect like terms"), False),
        ("expand the brackets", ("expand the brackets", "collect like terms"), False),
    ],
)
def test_plans_with_functions_and_in_words(plan, meta_thoughts, matches):
    assert plan_matches(plan, gold(*meta_thoughts)) is matches


# -- notation in prose -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("- 3 + 4 = 7", "CORRECT"),  # a bullet
        ("- 3 + 4 = 1", "CORRECT"),
        ("- 3 + 4 = 8", "INCORRECT"),
        ("So:\n- 3 * 4 = 12\n- 2 + 5 = 7", "CORRECT"),
        ("-3 + 4 = 7", "INCORRECT"),
        ("3 + 4\n= 7\nSo 7 * 2 =\n14", "CORRECT"),
        ("3 + 4 = 7\n5 + 5 = 11", "INCORRECT"),
        ("90° + 45° = 135°", "CORRECT"),
        ("20°C - 5°C = 14°C", "INCORRECT"),
        ("3 m² + 2 m² = 5 m²", "CORRECT"),
        ("3 cm x 4 cm = 12 cm^2", "CORRECT"),
        ("3 cm x 4 cm = 14 cm^2", "INCORRECT"),
        ("3 times 4 is 12.", "CORRECT"),
        ("36 divided by 6 is 6 and 24 divided by 8 is 3", "CORRECT"),
        ("36 divided by 6 is 7.", "INCORRECT"),
        ("15% of 200 is 30, so 200 + 30 = 230", "CORRECT"),
        ("2 + 3 is 10 less than 15", "UNCHECKED"),
        ("Half of 318 is 100", "UNCHECKED"),
        ("Step 3 is 5", "UNCHECKED"),
        ("5 squared = 25", "CORRECT"),
        ("12 feet squared = 144", "UNCHECKED"),
        ("6 ÷ 2(1+2) = 9", "CORRECT"),
        ("6 ÷ 2(1+2) = 1", "CORRECT"),
        ("6 ÷ 2(1+2) = 2", "INCORRECT"),
        (r"\begin{align*} 3 + 4 &= 7 \\ 7 \times 2 &= 14 \end{align*}", "CORRECT"),
        (r"\begin{align*} 3 + 4 &= 7 \\ 7 \times 2 &= 15 \end{align*}", "INCORRECT"),
        (r"$2^{3} \cdot 5 = 40$", "CORRECT"),
        (r"$\$20 + \$5 = \$26$", "INCORRECT"),
        (r"$\left(3 + 4\right) \cdot 50\% = 3.5$", "CORRECT"),
        (r"$\boxed{3 + 4 = 7}$", "CORRECT"),
        ("2 1/2 + 1 1/4 = 3 3/4", "CORRECT"),
        ("2 1/2 + 1 1/4 = 5", "INCORRECT"),
        ("5 min (3 + 4 = 7) later", "CORRECT"),
    ],
)
def test_ways_to_write_it(text, verdict):
    assert local(text) == verdict


# -- hostile text --------------------------------------------------------------------------------------------------

HOSTILE = [
    "gcd(" * 400 + "1",
    "gcd(" + "9" * 59 + ", " + "9" * 59 + ") = 1 " * 15,
    "9" + "!" * 1_900 + " = 1",
    "1 mod " * 300 + "1 = 1",
    "sqrt(" * 300 + "1" + ")" * 300 + " = 1",
    "√" * 1_900 + "1 = 1",
    "pi " * 600 + "= 1",
    "pi^9" * 400 + " = 1",
    "C(99999999, 300) = " * 90 + "1",
    "300! = " * 250 + "1",
    "1 ≡ " * 450 + "1 (mod 5)",
    "1 = 1 (mod 5) " * 130,
    r"\binom{" * 250 + "1",
    r"\sqrt[9]{" * 200 + "1",
    "1 choose " * 200 + "1 = 1",
    "1 squared " * 180 + "= 1",
    "3 is " * 390,
    "- " * 950 + "1 = 1",
    "1 m²" * 450 + " = 1",
    "°" * 1_900 + "= 1",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_judged_in_time(text):
    judgement = in_time(lambda: EpisodeJudge(NOTHING).judge(Step("step", text)), 0.25)
    assert judgement.reason
    assert len(judgement.reason) < 400
