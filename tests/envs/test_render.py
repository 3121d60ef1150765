"""What people see: verdict, confidence, payment and reason of each step, in plain text and in colour."""

from __future__ import annotations

import gymnasium as gym
import pytest

from reasoning_gym_ccrl.envs.base import StepReasoningEnv
from reasoning_gym_ccrl.envs.render import coloured, render_record
from reasoning_gym_ccrl.errors import ResetNeeded
from reasoning_gym_ccrl.types import Judgement, Problem, Reward, Step, StepRecord, Verdict

TWELVE = Problem("p", "What is 3 * 4?", "12")
ACTIONS = [
    {"step": "<plan>multiply both</plan>"},
    {"step": "3 * 4 = 12", "confidence": 0.9},
    {"step": "3 * 4 = 13", "confidence": 0.25},
    {"step": "hm", "confidence": 0.5},
    {"step": "", "confidence": 0.5},
    {"step": "<answer>12</answer>", "confidence": 1.0},
]


def played(render_mode, actions=ACTIONS, **options):
    env = StepReasoningEnv([TWELVE], render_mode=render_mode, **options)
    env.reset(seed=0)
    for action in actions:
        env.step(action)
    return env


def test_ansi_shows_each_step_with_its_verdict_confidence_and_payment():
    question, *lines = played("ansi").render().splitlines()
    assert question == "What is 3 * 4?"
    text = "\n".join(lines)
    assert "? plan: multiply both   (reward +0.000)" in text
    assert "✓ 3 * 4 = 12   (confidence 0.90, reward +0.495)" in text
    assert "✗ 3 * 4 = 13   (confidence 0.25, reward " in text
    assert "does not hold" in text
    assert "? hm   (confidence 0.50, reward +0.000)" in text
    assert "✗ malformed: " in text
    assert "✓ answer: 12   (confidence 1.00, reward +" in text
    assert lines[-1].startswith("ended; the answer is 12; reward +")
    assert "\x1b" not in text


def test_ansi_shows_a_running_episode_without_the_answer():
    text = played("ansi", ACTIONS[:2]).render()
    assert text.endswith("reward +0.495)\n")
    assert "the answer is" not in text


def test_a_truncated_episode_says_so():
    text = played("ansi", ACTIONS[:2], max_steps=2).render()
    assert "out of budget; the answer is 12; reward +0.495" in text


def test_human_prints_as_it_goes(capsys):
    env = played("human")
    printed = capsys.readouterr().out
    assert printed.startswith("What is 3 * 4?\n")
    assert "✓ 3 * 4 = 12" in printed
    assert "✗ 3 * 4 = 13" in printed
    assert "ended; the answer is 12" in printed
    assert env.render() is None
    assert capsys.readouterr().out == ""


def test_human_colours_by_verdict():
    styles = {
        verdict: str(coloured(StepRecord(Step("step", "1"), Judgement(verdict), Reward(0.0))).style)
        for verdict in Verdict
    }
    assert styles == {Verdict.CORRECT: "green", Verdict.INCORRECT: "red", Verdict.UNCHECKED: "yellow"}


def test_markup_in_a_question_or_step_is_text(capsys):
    env = StepReasoningEnv([Problem("p", "What is [bold]3[/bold] * 4?", "12")], render_mode="human")
    env.reset()
    env.step({"step": "[red]3 * 4 = 12[/red]", "confidence": 0.5})
    printed = capsys.readouterr().out
    assert "[bold]3[/bold]" in printed
    assert "[red]3 * 4 = 12[/red]" in printed


def test_no_mode_renders_nothing_and_render_needs_a_reset():
    assert played(None).render() is None
    with pytest.raises(ResetNeeded):
        StepReasoningEnv([TWELVE], render_mode="ansi").render()


def test_long_and_many_lined_text_stays_on_a_line():
    record = StepRecord(Step("step", "a\n" * 500), Judgement(Verdict.UNCHECKED), Reward(-1e-17))
    line = render_record(record)
    assert "\n" not in line
    assert len(line) < 260
    assert line.endswith("reward +0.000)")


def test_through_gymnasium():
    env = gym.make("MathCCRL-v0", render_mode="ansi")
    observation, _ = env.reset(seed=0)
    assert env.render() == observation
