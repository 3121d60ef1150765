import math
import subprocess
import sys

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure

from reasoning_gym_ccrl.evaluation import plots
from reasoning_gym_ccrl.evaluation.evaluate import answer_pairs
from reasoning_gym_ccrl.evaluation.metrics import reliability_bins

from .make_episodes import RIGHT, episode, make_episodes, overconfident, record

PNG = b"\x89PNG\r\n\x1a\n"


def grpo_rows(count):
    for update in range(count):
        yield {
            "stage": "grpo", "update": update, "seconds": 1.5 * update, "reward_mean": 0.4 + 0.01 * update, "loss": 0.0,
            "accuracy": 0.5, "ece": 0.2, "overconfident_error_rate": 0.1, "entropy": 0.4, "kl": 0.001 * update,
        }  # fmt: skip


def sft_rows(stage, count):
    for update in range(count):
        yield {"stage": stage, "update": update, "loss": 3.0 / (1 + update), "validation_loss": None}


@pytest.fixture
def drawn(monkeypatch):
    """The figures, kept before they become files."""
    kept = []
    write = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda figure, *a, **k: (kept.append(figure), write(figure, *a, **k)))
    return kept


def test_reliability_draws_the_bins_it_is_given(tmp_path, drawn):
    stages = {"comt": make_episodes(300, seed=1, chance_right=overconfident), "ccrl": make_episodes(300, seed=2)}
    plots.plot_reliability(stages, tmp_path / "r.png")
    uppers = [axes for axes in drawn[0].axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in uppers] == ["CoMT", "CCRL"]
    for axes, episodes in zip(uppers, stages.values(), strict=True):
        table = reliability_bins(*answer_pairs(episodes), bins=10)
        dots = axes.collections[-1].get_offsets()
        filled = table.counts > 0
        np.testing.assert_allclose(dots, np.stack([table.confidence, table.accuracy], 1)[filled])
    below = [axes.collections[-1].get_offsets() for axes in uppers]
    assert (below[0][:, 1] < below[0][:, 0])[-5:].all()  # the overconfident are below the diagonal,
    assert np.abs(below[1][:, 1] - below[1][:, 0]).mean() < 0.1  # the calibrated on it


@pytest.mark.parametrize(
    "stages",
    [
        {},
        {"base": []},
        {"base": [episode()], "comt": [episode(record("answer", "24", None, RIGHT))]},
        {"a name of one's own": make_episodes(1), "<b>$x^$": make_episodes(3)},
        {str(k): make_episodes(5, seed=k) for k in range(8)},
    ],
)
def test_reliability_takes_what_there_is(tmp_path, stages):
    plots.plot_reliability(stages, tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{}],
        [{"stage": "grpo"}],
        list(grpo_rows(1)),
        list(grpo_rows(40)),
        list(sft_rows("base", 30)) + list(sft_rows("comt", 3)),
        [{"stage": "grpo", "update": 0, "reward_mean": None, "accuracy": math.nan, "ece": "high", "kl": True}],
        [{"stage": "grpo", "update": None, "reward_mean": 1.0}, {"reward_mean": math.inf, "update": 2}],
        [{"stage": "$x^$", "update": 0, "loss": 0.5, "validation_loss": 0.6}],
    ],
)
def test_curves_take_what_there_is(tmp_path, rows):
    plots.plot_curves(rows, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(PNG)


def test_curves_draw_the_rows_and_leave_gaps_out(tmp_path, drawn):
    rows = [*sft_rows("base", 20), *grpo_rows(20)]
    rows[-3]["reward_mean"] = None
    plots.plot_curves(rows, tmp_path / "c.png")
    reward, *_, loss = drawn[0].axes
    measured = reward.lines[0].get_xydata()
    assert measured[:, 0].tolist() == [k for k in range(20) if k != 17]
    assert measured[0].tolist() == [0.0, 0.4]
    assert loss.lines[0].get_xydata()[0].tolist() == [0.0, 3.0]
    assert loss.lines[0].get_xydata()[-1, 0] == 1.0  # the share of the stage's updates
    assert len(loss.get_legend().get_texts()) == 1  # the policy's own "loss" is no supervised one


def test_the_same_data_gives_the_same_bytes_and_nothing_beside(tmp_path):
    for name in ("a.png", "b.png"):
        plots.plot_reliability({"base": make_episodes(50)}, tmp_path / "new" / name)
    assert (tmp_path / "new" / "a.png").read_bytes() == (tmp_path / "new" / "b.png").read_bytes()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.png", "b.png"]


def test_the_user_s_matplotlib_is_left_alone(tmp_path):
    before = dict(rcParams)
    plots.plot_curves(list(grpo_rows(5)), tmp_path / "c.png")
    assert dict(rcParams) == before
    code = (
        "import sys; from reasoning_gym_ccrl.evaluation import plots\n"
        "assert 'matplotlib' not in sys.modules\n"
        f"plots.plot_curves([], {str(tmp_path / 'd.png')!r})\n"
        "sys.exit('pyplot' if 'matplotlib.pyplot' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_running_mean_equals_a_loop():
    values = np.random.default_rng(0).random(50)
    for window in (0, 1, 7, 100):
        loop = [values[max(0, k - window) : k + window + 1].mean() for k in range(50)]
        np.testing.assert_allclose(plots.running_mean(values, window), loop)


def test_stated_shares_tell_certain_from_nearly():
    shares = plots.stated_shares([0.0, 0.9, 0.94, 1.0])
    assert shares[[0, 9, 10]].tolist() == [0.25, 0.5, 0.25]
    assert plots.stated_shares([]).tolist() == [0.0] * 11


def test_stages_keep_their_colour_and_others_get_one():
    assert plots.stage_colour("comt", 5) == plots.STAGE_COLOURS["comt"]
    assert len({plots.stage_colour("mine", place) for place in range(6)}) == 6
    assert plots.stage_label("comt") == "CoMT"
    assert plots.stage_label("mine") == "mine"
