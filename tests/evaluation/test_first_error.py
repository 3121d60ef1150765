"""First errors against labels: hand-made rows, and a loop that counts in another way."""

from __future__ import annotations

import random
from statistics import harmonic_mean

import pytest

from reasoning_gym_ccrl.errors import DataError
from reasoning_gym_ccrl.evaluation.first_error import (
    NOTHING_LABELLED,
    Finding,
    FirstErrors,
    count,
    finding,
    first_incorrect,
    has_labels,
    labelled_error,
)
from reasoning_gym_ccrl.types import Problem, Verdict

OK, WRONG, OPEN = Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED


def row(labels, **meta):
    steps = [{"text": f"step {index}", "label": label} for index, label in enumerate(labels)]
    return Problem("row", "How many?", "1", metadata={"steps": steps, "meta": meta})


@pytest.mark.parametrize(
    ("labelled", "verdicts", "expected"),
    [
        (1, [OK, WRONG, OK], "found"),
        (1, [OK, WRONG, WRONG], "found"),
        (1, [OK, OPEN, OPEN], "silent"),
        (1, [OK, OK, WRONG], "late"),
        (1, [WRONG, OK, OK], "early"),
        (1, [WRONG, WRONG, OK], "early"),  # the labelled step is called too, and another before it
        (0, [WRONG], "found"),
        (0, [OPEN], "silent"),
        (None, [OK, OPEN], "clean"),
        (None, [OK, WRONG], "false_alarm"),
        (None, [], "clean"),
    ],
)
def test_what_is_made_of_a_row(labelled, verdicts, expected):
    assert finding(labelled, first_incorrect(verdicts)) == expected


def test_figures_by_hand():
    counts = FirstErrors(found=6, silent=2, late=1, early=1, clean=8, false_alarms=2)
    assert (counts.rows, counts.with_error, counts.all_correct, counts.missed) == (20, 10, 10, 3)
    figures = counts.to_json()
    assert figures.pop("first_error") == {
        "found": 6,
        "missed": 3,
        "early": 1,
        "late": 1,
        "rows_with_error": 10,
        "rows_all_correct": 10,
        "false_alarms": 2,
    }
    assert figures == pytest.approx(
        {"precision": 6 / 9, "recall": 0.6, "f1": 12 / 19, "processbench_f1": 2 * 0.6 * 0.8 / 1.4}
    )


def test_a_figure_without_rows_is_none_and_not_zero():
    assert FirstErrors(found=1).processbench_f1 is None
    assert FirstErrors(clean=1, false_alarms=1).processbench_f1 is None
    assert FirstErrors(clean=4).to_json() | {"first_error": None} == NOTHING_LABELLED
    nothing_called = FirstErrors(silent=3, clean=2)
    assert nothing_called.precision is None
    assert (nothing_called.recall, nothing_called.f1, nothing_called.processbench_f1) == (0, 0, 0)
    only_alarms = FirstErrors(silent=3, false_alarms=2)
    assert (only_alarms.precision, only_alarms.f1, only_alarms.processbench_f1) == (0, 0, 0)


def test_figures_agree_with_a_loop_over_steps():
    """The same figures, counted step by step, with no index of a first one and by the standard library's mean."""
    rng = random.Random(0)
    for _ in range(300):
        rows = []
        for _ in range(rng.randint(1, 12)):
            length = rng.randint(1, 5)
            labelled = rng.choice([None, *range(length)])
            rows.append((labelled, rng.choices([OK, WRONG, OPEN], k=length)))
        found = before = alarms = clean = wrong = 0
        for labelled, verdicts in rows:
            bad_before = any(v is WRONG for v in (verdicts if labelled is None else verdicts[:labelled]))
            if labelled is None:
                alarms += bad_before
                clean += not bad_before
            else:
                wrong += 1
                before += bad_before
                found += not bad_before and verdicts[labelled] is WRONG
        counts = count(finding(labelled, first_incorrect(verdicts)) for labelled, verdicts in rows)
        assert (counts.found, counts.early, counts.false_alarms, counts.clean) == (found, before, alarms, clean)
        assert counts.missed == wrong - found - before
        calls = found + before + alarms
        assert counts.precision == (found / calls if calls else None)
        assert counts.recall == (found / wrong if wrong else None)
        if counts.precision is not None and counts.recall is not None:
            assert counts.f1 == pytest.approx(harmonic_mean([counts.precision, counts.recall]))
        if wrong and alarms + clean:
            assert counts.processbench_f1 == pytest.approx(harmonic_mean([found / wrong, clean / (alarms + clean)]))
        else:
            assert counts.processbench_f1 is None


def test_an_oracle_a_mute_and_a_shouter():
    """Negative controls: who copies the labels is perfect, who says nothing or calls every step wrong is not."""
    rng = random.Random(1)
    labels = [rng.choice([None, 1, 2, 3]) for _ in range(200)]
    oracle = count(finding(label, label) for label in labels)
    assert (oracle.precision, oracle.recall, oracle.f1, oracle.processbench_f1) == (1, 1, 1, 1)
    mute = count(finding(label, None) for label in labels)
    assert (mute.recall, mute.f1, mute.processbench_f1, mute.found) == (0, 0, 0, 0)
    shouter = count(finding(label, 0) for label in labels)
    assert shouter.early == shouter.with_error
    assert shouter.false_alarms == shouter.all_correct
    assert (shouter.precision, shouter.processbench_f1) == (0, 0)


@pytest.mark.parametrize(
    ("problem", "labelled", "error"),
    [
        (row([True, False, None]), True, 1),
        (row([True, False, False], first_error=1, all_steps_correct=False), True, 1),
        (row([None, None], first_error=0), True, 0),
        (row([True, True]), True, None),
        (row([None, None], first_error=None, all_steps_correct=True), True, None),
        (row([None, None], all_steps_correct=True), True, None),
        (row([True, None]), False, None),
        (row([None, None]), False, None),
        (row([None, None], first_error=None, all_steps_correct=False), False, None),
        (Problem("p", "How many?", "1"), False, None),
        (Problem("p", "How many?", "1", metadata={"steps": [{"text": "1"}], "meta": "a text"}), False, None),
    ],
)
def test_which_rows_are_labelled(problem, labelled, error):
    assert has_labels(problem) is labelled
    if labelled:
        assert labelled_error(problem) == error


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (row([True, True], first_error=2), "has 2 steps and 2"),
        (row([None], first_error=-1), "has 1 steps and -1"),
        (row([True, False], first_error=0), "first false label at 1, first_error 0"),
        (row([True, False], all_steps_correct=True), "all_steps_correct True"),
        (row([None, None], first_error=1, all_steps_correct=True), "all_steps_correct True"),
    ],
)
def test_labels_that_contradict_one_another_are_refused(problem, says):
    with pytest.raises(DataError, match=says) as caught:
        labelled_error(problem)
    assert "'row'" in str(caught.value)


def test_findings_have_the_names_that_are_written():
    assert [str(item) for item in Finding] == ["found", "silent", "late", "early", "clean", "false_alarm"]
