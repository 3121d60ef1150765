from __future__ import annotations

import math

import pytest

from reasoning_gym_ccrl.agents.confidence import (
    TOKEN_CONFIDENCES,
    check_confidence_source,
    computed_number_span,
    mean_probability,
    minimum_probability,
    product_probability,
)
from reasoning_gym_ccrl.errors import UnknownName

LOGS = [math.log(0.9), math.log(0.4)]


def test_literals():
    assert mean_probability(LOGS) == pytest.approx(0.6)
    assert product_probability(LOGS) == pytest.approx(0.36)
    assert minimum_probability(LOGS) == pytest.approx(0.4)


@pytest.mark.parametrize("name", TOKEN_CONFIDENCES)
def test_every_kind_is_a_probability_and_that_of_the_token_where_there_is_one(name):
    measure = TOKEN_CONFIDENCES[name]
    assert measure([math.log(0.3)]) == pytest.approx(0.3)
    assert measure([0.0, 0.0]) == 1.0
    assert 0 <= measure([-1000.0, -0.1]) <= 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cost = 3 * 4 = 12 dollars", "12"),
        ("12", "12"),
        ("cost = 3 * 4 =", None),  # nothing computed: the operands in front of the sign do not count
        ("x = 7 / 2 = 3.5", "3.5"),
        ("x = 1 - 1/3 = 2/3", "2/3"),
        ("total = 1,200", "1,200"),
        ("The answer is 12.", "12"),
        ("area = 3 * 4 = 12 m²", "12"),
        ("no number", None),
        ("", None),
    ],
)
def test_the_number_a_step_computes(text, number):
    span = computed_number_span(text)
    assert (None if span is None else text[span[0] : span[1]]) == number


def test_an_unknown_source_names_the_near_ones():
    assert check_confidence_source("stated") == "stated"
    with pytest.raises(UnknownName, match="token_mean"):
        check_confidence_source("token_meen")
