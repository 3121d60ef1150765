"""Training pictures beyond the curves: reward terms by name, the spread of confidence, several runs."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from reasoning_gym_ccrl.evaluation import plots
from reasoning_gym_ccrl.evaluation.collapse import confidence_spread
from reasoning_gym_ccrl.evaluation.plots.training import CONFIDENCE, MOST_PANELS, has_confidence_figures

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def drawn(monkeypatch):
    kept = []
    write = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda figure, *a, **k: (kept.append(figure), write(figure, *a, **k)))
    return kept


def rows_of(count, **figures):
    return [
        {"stage": "grpo", "update": k, "reward_mean": 0.1 * k, **{name: f(k) for name, f in figures.items()}}
        for k in range(count)
    ]


def panels(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes if axes.get_visible()}


def test_every_reward_term_has_a_panel_under_its_name(tmp_path, drawn):
    rows = rows_of(5, **{"reward/outcome": lambda k: k / 5, "reward/cautious/fine": lambda k: -0.1, "accuracy": float})
    rows[2]["reward/outcome"] = None
    rows.append({"stage": "base", "update": 9, "loss": 1.0})
    plots.plot_reward_terms({"run": rows}, tmp_path / "t.png")
    found = panels(drawn[0])
    assert list(found) == ["outcome", "cautious/fine"]
    assert found["outcome"].lines[0].get_xydata().tolist() == [[k, k / 5] for k in (0, 1, 3, 4)]
    low, high = found["cautious/fine"].get_ylim()
    assert low < -0.1 < high
    assert high - low >= 0.01  # a constant is no noise


def test_terms_of_several_runs_share_a_panel(tmp_path, drawn):
    mine = rows_of(4, **{"reward/outcome": float})
    yours = rows_of(3, **{"reward/outcome": lambda k: 2.0 * k, "reward/<b>$x^$": float})
    plots.plot_reward_terms({"mine": mine, "yours": yours, "silent": []}, tmp_path / "t.png")
    found = panels(drawn[0])
    assert list(found) == ["outcome", "<b>$x^$"]
    assert [line.get_xydata()[-1].tolist() for line in found["outcome"].lines] == [[3.0, 3.0], [2.0, 4.0]]
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["mine", "yours"]


def test_too_many_terms_are_named_below(tmp_path, drawn):
    rows = rows_of(3, **{f"reward/term{k:02d}": float for k in range(MOST_PANELS + 3)})
    plots.plot_reward_terms({"run": rows}, tmp_path / "t.png")
    assert len(panels(drawn[0])) == MOST_PANELS
    assert any("and 3 more: term12, term13, term14" in text.get_text() for text in drawn[0].texts)


def test_confidence_draws_what_the_log_holds_and_marks_warned_updates(tmp_path, drawn):
    spreads = [confidence_spread([0.9] * 30 + [0.1 * k] * 10, [True] * 20 + [False] * 20) for k in range(6)]
    rows = [{"stage": "grpo", "update": k, "reward_mean": 0.5, **spread} for k, spread in enumerate(spreads)]
    rows[4]["warnings"] = ["Confidence has collapsed."]
    assert has_confidence_figures(rows)
    plots.plot_confidence({"run": rows}, tmp_path / "c.png")
    found = panels(drawn[0])
    assert list(found) == ["Entropy (nats)", "Distinct values", "Share at 0 or 1"]
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert found["Entropy (nats)"].lines[0].get_ydata()[0] == pytest.approx(entropy)
    assert found["Distinct values"].lines[0].get_ydata().tolist() == [2.0] * 6
    assert found["Share at 0 or 1"].lines[0].get_ydata().tolist() == [0.25, 0, 0, 0, 0, 0]
    for axes in found.values():
        (rug,) = axes.collections
        assert [segment[:, 0].tolist() for segment in rug.get_segments()] == [[4.0, 4.0]]
    assert {panel.key for panel in CONFIDENCE} >= {"confidence_entropy", "confidence_distinct", "confidence_at_ends"}


def test_what_was_not_measured_is_no_picture():
    assert not has_confidence_figures([])
    assert not has_confidence_figures([{"update": 1, "reward_mean": 1.0, "confidence_entropy": None}])
    assert not has_confidence_figures([{"update": 1, "loss": 1.0, "confidence_entropy": 1.0}])  # a supervised row
    assert plots.reward_term_names([{"reward_mean": 1.0, "reward/": 2.0}]) == []


def test_several_runs_are_drawn_over_one_another(tmp_path, drawn):
    mine, yours = rows_of(20, accuracy=lambda k: k / 20), rows_of(5, accuracy=lambda k: 0.5)
    plots.plot_runs({"mine": mine, "yours": yours}, tmp_path / "r.png")
    found = panels(drawn[0])
    thin, _, short = found["Accuracy"].lines
    np.testing.assert_allclose(thin.get_xydata(), [[k, k / 20] for k in range(20)])
    assert short.get_xydata().tolist() == [[k, 0.5] for k in range(5)]
    assert thin.get_color() != short.get_color()
    assert all(float(tick) == int(tick) for tick in found["Accuracy"].get_xticks())


@pytest.mark.parametrize("draw", [plots.plot_reward_terms, plots.plot_confidence, plots.plot_runs])
@pytest.mark.parametrize(
    "runs",
    [
        {},
        {"a": []},
        {"a": [{}]},
        {"a": [{"reward_mean": math.nan, "reward/x": math.inf, "confidence_entropy": "high"}]},
        {"a": [{"reward_mean": 1.0, "update": None, "reward/$x^$": 1.0, "warnings": ["w"]}], "$x^$\n": rows_of(2)},
    ],
)
def test_the_pictures_take_what_there_is(tmp_path, draw, runs):
    draw(runs, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(PNG)
