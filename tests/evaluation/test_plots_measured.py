"""What the pictures of measured episodes draw, against loops over the records; and what they take."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from reasoning_gym_ccrl.evaluation import plots
from reasoning_gym_ccrl.evaluation.evaluate import answer_pairs
from reasoning_gym_ccrl.evaluation.pairs import Stated, stated_steps

from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, overconfident, record

PNG = b"\x89PNG\r\n\x1a\n"
DRAW = {"histograms": plots.plot_histograms, "risk": plots.plot_risk_coverage, "steps": plots.plot_steps}


@pytest.fixture
def drawn(monkeypatch):
    """The figures, kept while they become files."""
    kept = []
    write = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda figure, *a, **k: (kept.append(figure), write(figure, *a, **k)))
    return kept


def title(axes):
    return axes.get_title(loc="left")


def test_histograms_draw_right_upward_and_wrong_downward(tmp_path, drawn):
    stages = {"comt": make_episodes(200, seed=1, chance_right=overconfident), "ccrl": make_episodes(200, seed=2)}
    plots.plot_histograms(stages, tmp_path / "h.png")
    answers, _, more, _ = drawn[0].axes
    assert (title(answers), title(more)) == ("CoMT", "CCRL")
    for axes, episodes in ((answers, stages["comt"]), (more, stages["ccrl"])):
        right, wrong = [0] * 11, [0] * 11
        for q, y in zip(*answer_pairs(episodes), strict=True):
            (right if y else wrong)[int(q * 10 + 0.5)] += 1
        heights = [bar.get_height() for bar in axes.patches if bar.get_width() < 0.5]
        np.testing.assert_allclose(heights, [k / 200 for k in right] + [-k / 200 for k in wrong])
        written = {text.get_text() for text in axes.texts}
        assert {f"{sum(right)} right", f"{sum(wrong)} wrong"} <= written
        assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "v"] == pytest.approx(
            [np.mean([q for q, y in zip(*answer_pairs(episodes), strict=True) if y])]
        )
    assert answers.get_ylim() == more.get_ylim()  # only the first has labels, so all have its scale


def test_split_counts_equal_a_loop():
    random = np.random.default_rng(0)
    q, y = random.random(500).tolist(), (random.random(500) < 0.5).tolist()
    right, wrong = plots.split_counts(Stated(q, y, [""] * 500, [0] * 500))
    for counts, kept in ((right, True), (wrong, False)):
        loop = [0] * 11
        for confidence, outcome in zip(q, y, strict=True):
            if outcome is kept:
                loop[min(range(11), key=lambda tenth: abs(confidence - tenth / 10))] += 1
        assert counts.tolist() == loop


def test_risk_coverage_draws_the_error_rate_of_the_most_confident(tmp_path, drawn):
    attempts = [
        episode(record("answer", "1", q, RIGHT if y else WRONG))
        for q, y in [(0.9, True), (0.8, False), (0.7, True), (0.6, True), (0.5, False)]
    ]
    plots.plot_risk_coverage({"mine": attempts, "none": [], "ccrl": make_episodes(50)}, tmp_path / "r.png")
    answers, steps = drawn[0].axes
    curve, blind, end = answers.lines[:3]
    loop = []
    order = [True, False, True, True, False]  # from the most confident down
    for taken in range(1, 6):
        loop.append((taken / 5, order[:taken].count(False) / taken))
    np.testing.assert_allclose(curve.get_xydata(), loop)
    assert blind.get_ydata()[0] == blind.get_ydata()[1] == pytest.approx(0.4)
    assert end.get_xydata().tolist() == [[1.0, pytest.approx(0.4)]]
    labels = [text.get_text() for text in answers.get_legend().get_texts()]
    assert labels[0] == f"mine, AURC {np.mean([risk for _, risk in loop]):.3f}"
    assert len(labels) == 2  # nothing is said of a stage without episodes
    assert [text.get_text().split(",")[0] for text in steps.get_legend().get_texts()] == ["CCRL"]


def test_steps_are_drawn_at_their_place_with_interval_and_count(tmp_path, drawn):
    episodes = make_episodes(120, seed=3)
    far = episode(*[record("step", "1 = 1", None, RIGHT)] * 4, record("step", "1 = 2", 0.9, WRONG))
    plots.plot_steps({"ccrl": [*episodes, far]}, tmp_path / "s.png")
    upper, middle, lower = drawn[0].axes
    by_place = {}
    steps = stated_steps([*episodes, far])
    for place, q, y in zip(steps.places, steps.confidences, steps.outcomes, strict=True):
        by_place.setdefault(place, []).append((q, y))
    lines = {line.get_label(): line.get_xydata() for line in upper.lines}
    for place in range(1, 6):
        here = by_place.get(place)
        right, said = lines["right"][place - 1, 1], lines["mean confidence"][place - 1, 1]
        if here is None:
            assert np.isnan(right)  # a gap, not a line across it
            assert np.isnan(said)
            continue
        assert right == pytest.approx(np.mean([y for _, y in here]))
        assert said == pytest.approx(np.mean([q for q, _ in here]))
    assert 4 not in by_place
    assert {round(bar.get_x() + 0.3): bar.get_height() for bar in lower.patches} == {
        place: len(here) for place, here in by_place.items()
    }
    assert {round(bar.get_x() + 0.3) for bar in middle.patches} == set(by_place)
    assert [bar.get_height() for bar in middle.patches][-1] == pytest.approx(0.9)


NOTHING = {
    "no stages": {},
    "empty": {"base": []},
    "silent": {"base": [episode()], "comt": [episode(record("answer", "24", None, RIGHT))]},
    "unchecked": {"a": [episode(record("step", "?", 0.5, UNCHECKED), record("answer", "?", 0.9, UNCHECKED))]},
    "one class": {"a": [episode(record("step", "1", 0.9, RIGHT), record("answer", "24", 1.0, RIGHT))]},
    "names": {"a name of one's own that is longer than a title": make_episodes(1), "<b>$x^$\n\x00": make_episodes(3)},
    "many": {str(k): make_episodes(5, seed=k) for k in range(9)},
}


@pytest.mark.parametrize("stages", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_the_pictures_take_what_there_is(tmp_path, draw, stages):
    draw(stages, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(PNG)


def test_many_stages_stand_in_rows_of_at_most_four(tmp_path, drawn):
    plots.plot_histograms({str(k): make_episodes(5, seed=k) for k in range(5)}, tmp_path / "h.png")
    tops = [axes for axes in drawn[0].axes if title(axes)]
    assert [title(axes) for axes in tops] == list("01234")
    assert len({round(axes.get_position().y0, 3) for axes in tops}) == 2
    assert sum(axes.get_position().y0 == tops[0].get_position().y0 for axes in tops) == 3
    assert drawn[0].get_size_inches()[0] < 14


def test_no_two_stages_share_a_colour():
    names = ["ccrl", "grpo", "ppo", "mine", "yours"]
    assert len(set(plots.stage_colours(names).values())) == 5
    assert plots.stage_colours(["base", "comt", "ccrl"]) == {
        name: plots.STAGE_COLOURS[name] for name in ("base", "comt", "ccrl")
    }
