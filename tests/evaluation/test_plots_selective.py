"""The pictures of what confidence buys: drawn, repeatable, and honest about what is missing."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from reasoning_gym_ccrl.evaluation.plots import selective as plots
from reasoning_gym_ccrl.evaluation.plots.selective import Line, plot_abstention, plot_stopping, plot_voting
from reasoning_gym_ccrl.evaluation.selective import certify_abstention
from reasoning_gym_ccrl.seeding import numpy_random


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were saved."""
    figures: list[Figure] = []
    original = plots.save

    def save(figure, path):
        figures.append(figure)
        original(figure, path)

    monkeypatch.setattr(plots, "save", save)
    return figures


def pairs(seed, right, n=300):
    random = numpy_random(seed, "plots")
    q = np.round(random.random(n), 1)
    return q, random.random(n) < right(q)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts] + [
        axes.get_title("left") for axes in figure.axes
    ]


def test_voting_draws_a_line_and_a_band_for_each_rule(drawn, tmp_path):
    lines = {
        "majority": Line([1, 2, 4], [0.5, 0.6, 0.7], [0.1, 0.1, 0.1]),
        "best": Line([1, 2, 4], [0.5, np.nan, 0.8]),
        "any": Line([1, 2, 4], [0.5, 0.8, 0.9], reference=True),
    }
    plot_voting(lines, tmp_path / "one.png")
    plot_voting(lines, tmp_path / "two.png")
    (axes,) = drawn[0].axes
    assert [line.get_label() for line in axes.lines] == list(lines)
    assert axes.lines[1].get_ydata().tolist() == [0.5, 0.8]  # nan is left out
    assert len(axes.collections) == 1
    assert len({line.get_color() for line in axes.lines}) == 3
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_abstention_marks_the_threshold_and_a_broken_level(drawn, tmp_path):
    sets = {"calibration": pairs(0, lambda q: 1 - (1 - q) ** 2 / 2), "shifted": pairs(1, lambda q: q / 3)}
    certificate = certify_abstention(*sets["calibration"], 0.15)
    assert certificate.threshold is not None
    plot_abstention(certificate, sets, tmp_path / "a.png", shifted=["shifted"])
    left, right = drawn[0].axes
    dots = [line for line in left.lines if line.get_marker() == "o"]
    for dot, (confidences, outcomes) in zip(dots, sets.values(), strict=True):
        found = certificate.apply(confidences, outcomes)
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (found.coverage, found.risk)
    assert [line.get_marker() for line in right.lines[:2]] == ["o", "X"]  # kept, broken
    assert f"{certificate.threshold:g}" in right.get_title("left")


def test_abstention_says_that_nothing_is_certified(drawn, tmp_path):
    sets = {"calibration": pairs(2, lambda q: 0.3 + 0 * q)}
    certificate = certify_abstention(*sets["calibration"], 0.1)
    plot_abstention(certificate, sets, tmp_path / "a.png")
    assert "nothing certified: abstain always" in texts(drawn[0])
    plot_abstention(certificate, {}, tmp_path / "a.png")
    plot_abstention(certificate, {"none": ([], [])}, tmp_path / "a.png")


def test_a_set_of_which_nothing_is_answered_says_so(drawn, tmp_path):
    sets = {"calibration": pairs(0, lambda q: 1 - (1 - q) ** 2 / 2), "modest": ([0.0, 0.0], [1, 0])}
    plot_abstention(certify_abstention(*sets["calibration"], 0.15), sets, tmp_path / "a.png")
    assert "nothing answered" in texts(drawn[0])


def test_stopping_draws_both_panels_and_says_what_is_missing(drawn, tmp_path):
    line = {"agreement": Line([1.0, 3.0], [0.5, 0.7])}
    plot_stopping(line, {"running minimum": Line([0.4, 1.0], [0.8, 1.0])}, tmp_path / "s.png")
    assert [len(axes.lines) for axes in drawn[0].axes] == [1, 1]
    plot_stopping({}, {}, tmp_path / "s.png")
    assert texts(drawn[1]).count("not measured") == 2
    plot_voting({}, tmp_path / "v.png")
    assert "not measured" in texts(drawn[2])
