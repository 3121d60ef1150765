"""The detail tables: their values against loops, their intervals against what problems do, and how they are written."""

import math
import re

import numpy as np
import pytest

from reasoning_gym_ccrl.evaluation import detail
from reasoning_gym_ccrl.evaluation.detail import (
    DETAILS,
    RESAMPLES,
    RESAMPLES_OF_MANY,
    detail_tables,
    differences_table,
    intervals,
    write_difference,
    write_interval,
)
from reasoning_gym_ccrl.evaluation.metrics import Interval, bootstrap, brier_score, smooth_ece
from reasoning_gym_ccrl.evaluation.pairs import Stated, stated_answers, stated_steps

from ..timing import in_time
from .make_episodes import RIGHT, UNCHECKED, episode, make_episodes, overconfident, record, word_problem


@pytest.fixture
def quick(monkeypatch):
    """Fewer draws, for tests that look at no interval's width."""
    monkeypatch.setattr(detail, "RESAMPLES", 20)


SOME = make_episodes(120, seed=1, chance_right=overconfident)


def figures_by_loop(stated):
    """Each figure from its definition, pair by pair."""
    pairs = list(zip(stated.confidences, stated.outcomes, strict=True))
    n, wrong = len(pairs), [q for q, y in pairs if not y]
    bins = {}
    for q, y in pairs:
        bins.setdefault(min(int(q * 15 + 1e-9), 14), []).append(q - y)
    couples = [(q, other) for q, y in pairs if y for other in wrong]
    clipped = [(min(max(q, 1e-6), 1 - 1e-6), y) for q, y in pairs]
    return {
        "right": sum(y for _, y in pairs) / n,
        "ece": sum(abs(sum(gaps)) for gaps in bins.values()) / n,
        "brier": sum((q - y) ** 2 for q, y in pairs) / n,
        "nll": sum(-math.log(q if y else 1 - q) for q, y in clipped) / n,
        "auroc": sum((q > other) + 0.5 * (q == other) for q, other in couples) / len(couples),
        "overconfident": sum(q >= 0.9 for q in wrong) / n,
        "overconfident_given_wrong": sum(q >= 0.9 for q in wrong) / len(wrong),
    }


@pytest.mark.parametrize("stated", [stated_answers(SOME), stated_steps(SOME)], ids=["answers", "steps"])
def test_values_equal_a_loop_over_pairs_and_lie_in_their_intervals(stated):
    found = intervals(stated)
    assert list(found) == [each.figure.key for each in DETAILS]
    for key, value in figures_by_loop(stated).items():
        assert found[key].value == pytest.approx(value), key
    assert found["smooth_ece"].value == pytest.approx(smooth_ece(stated.confidences, stated.outcomes), abs=1e-6)
    for key, interval in found.items():
        assert interval.low < interval.high, key
        assert key in ("ece", "smooth_ece") or interval.low <= interval.value <= interval.high  # they lean upward


def test_whole_problems_are_drawn():
    """Eight steps of a problem that agree say no more than one: drawn apart they would promise too much."""
    random = np.random.default_rng(0)
    outcomes = [bool(y) for y in random.random(50) < 0.5 for _ in range(8)]
    problems = [str(k // 8) for k in range(400)]
    found = intervals(Stated([0.7] * 400, outcomes, problems, [1] * 400))["brier"]
    apart = bootstrap(brier_score, [0.7] * 400, outcomes, resamples=RESAMPLES)
    assert found.high - found.low > 2 * (apart.high - apart.low)


def test_one_class_and_one_value_leave_undefined_figures_out(quick):
    found = intervals(Stated([0.9] * 20, [True] * 20, list(map(str, range(20))), [0] * 20))
    assert math.isnan(found["auroc"].value)
    assert math.isnan(found["slope"].value)
    assert math.isnan(found["overconfident_given_wrong"].value)
    assert found["brier"].value == pytest.approx(0.01)
    (table,) = detail_tables(
        {"a": [episode(record("answer", "1", 0.9, RIGHT), problem=word_problem(k)) for k in range(9)]}
    )
    cells = {row.label: row.cells[0] for row in table.rows}
    assert cells["AUROC"] == cells["Calibration slope"] == "–"
    assert cells["Number"] == "9"
    assert "nan" not in "".join(cells.values())


def test_tables_are_left_out_where_nothing_was_stated(quick):
    silent = [episode(record("step", "1", None, RIGHT), record("answer", "24", None, RIGHT))]
    assert detail_tables({}) == detail_tables({"a": [], "b": silent}) == []
    assert [table.heading for table in detail_tables({"a": SOME[:5], "b": []})] == [
        "Answers in detail",
        "Steps in detail",
    ]
    unchecked = [episode(record("answer", "24", 0.9, UNCHECKED))]
    assert detail_tables({"a": unchecked}) == []


def test_intervals_are_quick_at_512_episodes_and_at_5000():
    stages = {"a": make_episodes(512)}
    in_time(lambda: detail_tables(stages), 2.5)
    many = stated_steps(make_episodes(5_000))
    assert len(many) > 9_000
    in_time(lambda: intervals(many), 6.0)
    assert RESAMPLES_OF_MANY < RESAMPLES


def test_differences_are_of_the_same_problems_and_bold_where_they_are_clear():
    better = make_episodes(200, seed=7, skill=0.5)
    table = differences_table({"first": make_episodes(200, seed=8, chance_right=lambda q: 0.3 * q), "second": better})
    assert table.columns == ["second − first"]
    rows = {row.label: row for row in table.rows}
    accuracy = sum(e.is_correct for e in better) / 200
    worse = sum(e.is_correct for e in make_episodes(200, seed=8, chance_right=lambda q: 0.3 * q)) / 200
    assert rows["Accuracy"].cells[0].startswith(f"+{100 * (accuracy - worse):.1f} pp [+")
    assert rows["Accuracy"].strong == {0}
    same = differences_table({"a": better, "b": better})
    assert all(row.cells[0].startswith("+0.0") and not row.strong for row in same.rows)


def test_unanswered_problems_count_in_the_difference_of_accuracy():
    one = [episode(record("answer", "1", 0.9, RIGHT), problem=word_problem(k)) for k in range(10)]
    half = one[:5] + [episode(problem=word_problem(k)) for k in range(5, 10)]
    rows = {row.label: row.cells for row in differences_table({"one": one, "half": half, "none": []}).rows}
    assert rows["Accuracy"][0].startswith("−50.0 pp [")
    assert rows["Accuracy"][1] == "–"
    assert rows["ECE"][0].startswith("+0.000")


def test_fewer_than_two_stages_have_no_difference():
    assert differences_table({}) is None
    assert differences_table({"a": SOME}) is None


def test_how_intervals_are_written():
    ece, share = DETAILS[1].figure, DETAILS[0].figure
    assert write_interval(ece, Interval(0.1, 0.05, 0.2)) == "0.100 [0.050, 0.200]"
    assert write_interval(ece, Interval(math.nan, math.nan, math.nan)) == "–"
    assert write_interval(ece, Interval(0.1, math.nan, math.nan)) == "0.100"
    assert write_difference(ece, Interval(-0.1, -0.2, 0.05)) == "−0.100 [−0.200, +0.050]"
    assert write_difference(share, Interval(0.015, 0.0, 0.03)) == "+1.5 pp [+0.0 pp, +3.0 pp]"
    assert write_difference(share, Interval(math.nan, math.nan, math.nan)) == "–"
    assert write_difference(ece, Interval(0.1, math.nan, math.nan)) == "+0.100"


def test_the_table_holds_the_intervals(quick):
    (answers, _) = detail_tables({"a": SOME})
    found = intervals(stated_answers(SOME))
    cells = {row.label: row.cells[0] for row in answers.rows}
    for each in DETAILS:
        value, low, high = found[each.figure.key]
        unit = 100.0 if each.figure.unit == "percent" else 1.0
        written = [float(number) for number in re.findall(r"-?[\d.]+", cells[each.figure.label].replace("−", "-"))]
        assert written == pytest.approx([unit * value, unit * low, unit * high], abs=0.051 if unit > 1 else 0.00051)
    assert len(answers.colours) == len(answers.columns) == 1
    assert all(row.meaning for row in answers.rows)
