import random

import pytest

from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.evaluation.reward_terms import MOST_TERMS, mean_terms, terms_table
from reasoning_gym_ccrl.evaluation.tables import render_table
from reasoning_gym_ccrl.types import Judgement, Reward, Step, StepRecord

from .make_episodes import RIGHT, episode, make_episodes, word_problem


def paid(*terms_of_steps):
    records = [
        StepRecord(Step("step", "1 = 1", 0.5), Judgement(RIGHT), Reward(sum(terms.values()), terms))
        for terms in terms_of_steps
    ]
    return episode(*records, problem=word_problem(0))


def test_means_are_per_episode_and_missing_terms_are_zero():
    episodes = [paid({"right": 1.0, "fine": -0.5}, {"right": 0.5}), paid({"right": 0.25}), paid()]
    assert mean_terms(episodes) == {"right": pytest.approx(1.75 / 3), "fine": pytest.approx(-0.5 / 3)}
    assert mean_terms([]) == mean_terms([paid()]) == {}


def test_means_equal_a_loop_and_add_up_to_the_mean_reward():
    rng = random.Random(0)
    episodes = [
        paid(*({name: rng.uniform(-1, 1) for name in rng.sample("abcdef", 3)} for _ in range(rng.randrange(5))))
        for _ in range(50)
    ]
    means = mean_terms(episodes)
    for name in means:
        loop = 0.0
        for each in episodes:
            for one in each.records:
                loop += one.reward.terms.get(name, 0.0)
        assert means[name] == pytest.approx(loop / 50)
    assert sum(means.values()) == pytest.approx(sum(each.total_reward for each in episodes) / 50)


def test_the_table_has_a_row_for_every_term_of_any_stage_and_the_total():
    table = terms_table({"a": [paid({"outcome": 1.0})], "b": [paid({"mine": 0.25, "outcome": 0.5})], "c": []})
    assert [row.label for row in table.rows] == ["outcome", "mine", "Total"]
    assert [list(row.cells) for row in table.rows] == [
        ["+1.000", "+0.500", "–"],
        ["–", "+0.250", "–"],
        ["+1.000", "+0.750", "–"],
    ]
    assert terms_table({}) is terms_table({"a": []}) is terms_table({"a": [paid({})]}) is None


def test_hostile_and_many_terms_are_rows_of_text():
    terms = {f"<script>{k}</script>": 1.0 for k in range(MOST_TERMS + 7)}
    table = terms_table({"a": [paid(terms)]})
    assert len(table.rows) == MOST_TERMS + 2
    assert (table.rows[-2].label, table.rows[-2].cells) == ("7 more terms", ["+7.000"])
    assert "<script" not in render_table(table)
    assert "&lt;script&gt;0&lt;/script&gt;" in render_table(table)


def cautious(context):
    right = context.judgement.is_final and context.judgement.verdict is RIGHT
    terms = {"right": float(right), "fine": -0.5 if (context.step.confidence or 0.0) > 0.9 else 0.0}
    return Reward(sum(terms.values()), terms)


def test_somebody_s_own_reward_shows_by_name():
    steps = [Step("step", "apples bought = 2 * 3 = 6", 0.95), Step("answer", "16", 0.5)]
    attempt = replay(word_problem(0), steps, cautious).episode()
    table = terms_table({"mine": [attempt]})
    assert {row.label: row.cells[0] for row in table.rows} == {"right": "+1.000", "fine": "−0.500", "Total": "+0.500"}


def test_the_figures_of_the_shared_episodes_are_theirs():
    (row, total) = terms_table({"a": make_episodes(30)}).rows
    assert (row.label, total.label) == ("ccrl", "Total")
    assert row.cells == total.cells
