import pytest

from reasoning_gym_ccrl.evaluation.collapse import collapse_warnings, confidence_spread
from reasoning_gym_ccrl.evaluation.notices import MOST_NOTICES, training_notices


def rows_of(texts):
    return [{"stage": "grpo", "update": k, "warnings": [text]} for k, text in enumerate(texts)]


def test_one_sentence_a_kind_with_where_it_began_and_how_often():
    rows = [{"update": 3}, *({"update": k, "warnings": [f"Entropy {1 / k:.2f} of {k}."]} for k in range(40, 52))]
    assert training_notices(rows) == ["At update 40, and at 11 later updates, the last of them 51: Entropy 0.03 of 40."]
    assert training_notices(rows[:2]) == ["At update 40: Entropy 0.03 of 40."]


def test_kinds_and_stages_are_told_apart_and_many_are_cut():
    rows = [*rows_of(["One.", "Two.", "One."]), {"stage": "other", "update": 9, "warnings": ["One.", "Two."]}]
    assert len(training_notices(rows)) == 4
    many = training_notices(rows_of([f"Kind {chr(97 + k)}." for k in range(20)]))
    assert len(many) == MOST_NOTICES + 1
    assert many[-1] == f"And {20 - MOST_NOTICES} more kinds of warnings in metrics.jsonl."


@pytest.mark.parametrize("warnings", [None, "text", 3, [], [1, None, {}], {"a": 1}])
def test_what_is_no_list_of_texts_is_left_out(warnings):
    assert training_notices([{"update": 1, "warnings": warnings}, {"update": None, "warnings": ["x"]}]) == []


def test_what_the_training_log_warns_of_is_said():
    figures = confidence_spread([0.9] * 40, [True, False] * 20)
    rows = [
        {"update": 7, "warnings": collapse_warnings(figures)},
        {"update": 8, "warnings": collapse_warnings(figures)},
    ]
    (notice,) = training_notices(rows)
    assert notice.startswith("At update 7, and at 1 later update, the last of them 8: Confidence has collapsed")
