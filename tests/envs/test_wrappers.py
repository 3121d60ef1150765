"""The wrappers: each does its one thing, passes Gymnasium's checker, and goes together with the others."""

from __future__ import annotations

import random

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

from reasoning_gym_ccrl.envs.verify.abstention import ABSTENTIONS, is_abstention
from reasoning_gym_ccrl.envs.wrappers import (
    AllowAbstention,
    ChatMessages,
    Curriculum,
    RawText,
    ShowFeedback,
    StepBudget,
)
from reasoning_gym_ccrl.errors import InvalidAction, InvalidOption, UnknownName
from reasoning_gym_ccrl.step_format import render_step, render_transcript
from reasoning_gym_ccrl.types import Problem, Step, Verdict

APPLES = Problem("apples", "3 bags hold 4 apples each, and 5 more lie there. How many?", "17")
GOLD = ["3 * 4 = 12", "12 + 5 = 17", "<answer>17</answer>"]
COMPLETION = "\n".join(
    render_step(step) for step in (Step("step", GOLD[0], 0.9), Step("step", GOLD[1], 0.8), Step("answer", "17", 0.7))
)


def make(**options):
    return gym.make("MathCCRL-v0", problems=[APPLES], **options)


def play(env, actions):
    env.reset(seed=0)
    return [env.step(action) for action in actions]


class Tokenizer:
    """The least that a chat template does; strict turns are checked as strict templates do."""

    def apply_chat_template(self, conversation, *, tokenize, add_generation_prompt):
        assert tokenize is False
        turns = [message["role"] for message in conversation if message["role"] != "system"]
        assert turns == [("user", "assistant")[index % 2] for index in range(len(turns))]
        text = "".join(f"[{message['role']}]{message['content']}\n" for message in conversation)
        return text + ("[assistant]" if add_generation_prompt else "")


WRAPPED = {
    "RawText": RawText,
    "chain of thought": lambda env: RawText(env, "chain_of_thought"),
    "AllowAbstention": AllowAbstention,
    "ShowFeedback": ShowFeedback,
    "ShowFeedback, verdict": lambda env: ShowFeedback(env, "verdict"),
    "ShowFeedback, hidden": lambda env: ShowFeedback(env, "hidden"),
    "StepBudget": lambda env: StepBudget(env, 4),
    "ChatMessages": ChatMessages,
    "ChatMessages, template": lambda env: ChatMessages(env, tokenizer=Tokenizer()),
    "Curriculum": Curriculum,
    "all": lambda env: ChatMessages(
        StepBudget(ShowFeedback(AllowAbstention(RawText(Curriculum(env)))), 5), feedback="reason"
    ),
}


@pytest.mark.filterwarnings("ignore:.*is different from the unwrapped version")
@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_gymnasiums_checker_has_no_complaint(wrap):
    check_env(wrap(gym.make("MathCCRL-v0").unwrapped))


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_observations_are_in_the_space_and_episodes_repeat(wrap):
    def episode():
        env = wrap(gym.make("MathCCRL-v0", difficulty="medium"))
        seen = [env.reset(seed=5)[0]]
        for step in [*env.unwrapped.problem.solution]:
            action = step.text if env.action_space != env.unwrapped.action_space else {"step": step.text}
            observation, _, terminated, truncated, info = env.step(action)
            seen.append(observation)
            assert env.observation_space.contains(observation)
            assert info["step_index"] >= 1
            if terminated or truncated:
                break
        return seen

    assert episode() == episode()


# -- raw text ----------------------------------------------------------------------------------------------------------


def test_a_completion_earns_what_its_steps_earn_one_by_one():
    env = make()
    singly = play(env, [{"step": text, "confidence": c} for text, c in zip(GOLD, (0.9, 0.8, 0.7), strict=True)])
    [(observation, reward, terminated, truncated, info)] = play(RawText(make()), [COMPLETION])
    assert reward == pytest.approx(sum(one[1] for one in singly))
    assert (terminated, truncated) == (True, False)
    assert info["step_rewards"] == [one[1] for one in singly]
    assert [judgement.verdict for judgement in info["judgements"]] == [Verdict.CORRECT] * 3
    assert observation == singly[-1][0] == render_transcript(APPLES.question, []) + COMPLETION + "\n"


def test_text_after_the_end_is_not_read_and_no_text_is_malformed():
    env = RawText(make())
    [(_, reward, _, _, info)] = play(env, ["<answer>17</answer>\n<answer>18</answer>\n<step>1 = 2</step>"])
    assert len(info["judgements"]) == 1
    assert reward == 1.0
    [(_, _, terminated, _, info)] = play(env, ["   "])
    assert info["judgement"].malformed
    assert not terminated


def test_what_breaks_the_protocol_is_malformed_with_its_own_reason():
    [(_, _, _, _, info)] = play(RawText(make()), ["<step>3 * 4 = 12</step><confidence>90%</confidence>"])
    assert info["judgement"].malformed
    assert "'90%'" in info["judgement"].reason


def test_ordinary_chain_of_thought_is_read_without_tags():
    text = "Each bag has 4, so 3 * 4 = 12 apples. Then 12 + 5 = 17. The answer is 17."
    [(_, reward, terminated, _, info)] = play(RawText(make(), "chain_of_thought"), [text])
    assert [judgement.verdict for judgement in info["judgements"]] == [Verdict.CORRECT] * 3
    assert (reward, terminated) == (1.0, True)  # nothing stated, nothing calibrated
    with pytest.raises(UnknownName, match="chain_of_thought"):
        RawText(make(), "chain of thought")


def test_raw_text_is_text():
    env = RawText(make())
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match="received 7"):
        env.step(7)


# -- abstention --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["I don't know", "I don’t know.", "**I do not know**", "idk", "Not sure"])
def test_not_knowing_is_an_outcome_of_its_own(text):
    env = AllowAbstention(make(), reward=0.3)
    [(_, reward, terminated, _, info)] = play(env, [{"step": f"<answer>{text}</answer>", "confidence": 0.2}])
    assert (reward, terminated, info["outcome"]) == (0.3, True, "abstained")
    assert info["judgement"].verdict is Verdict.UNCHECKED
    assert info["reward_terms"] == {"outcome": 0.0, "calibration": 0.0, "abstention": 0.3}
    assert not env.unwrapped.episode().is_correct
    assert env.unwrapped.episode().outcome == "abstained"


def test_without_the_wrapper_it_is_a_wrong_answer():
    [(_, reward, _, _, info)] = play(make(), [{"step": "<answer>I don't know</answer>", "confidence": 1.0}])
    assert (reward, info["outcome"]) == (-0.5, "wrong")


def test_what_was_earned_before_is_kept_and_an_answer_is_no_abstention():
    env = AllowAbstention(make(), reward=0.25)
    steps = [{"step": GOLD[0], "confidence": 1.0}, {"step": "<answer>I don't know</answer>", "confidence": None}]
    assert sum(one[1] for one in play(env, steps)) == pytest.approx(0.5 + 0.25)
    assert play(env, [{"step": "<answer>I don't know, 17</answer>"}])[0][4]["outcome"] != "abstained"
    assert not is_abstention("unknown")
    assert all(is_abstention(text) for text in ABSTENTIONS)


def test_the_threshold_of_the_docstring():
    """Under ccrl, an answer said honestly at c is worth c + c^2 / 2: at c = 0.265 as much as abstaining for 0.3."""

    def worth(c):
        right, wrong = (
            play(make(), [{"step": f"<answer>{answer}</answer>", "confidence": c}])[0][1] for answer in ("17", "16")
        )
        return c * right + (1 - c) * wrong

    assert worth(0.265) == pytest.approx(0.3, abs=1e-3)
    assert worth(0.2) < 0.3 < worth(0.3)


def test_the_price_is_a_finite_number():
    with pytest.raises(InvalidOption, match="finite"):
        make(abstention=float("nan"))
    with pytest.raises(InvalidOption, match="finite"):
        AllowAbstention(make(), reward="much").reset(seed=0)


# -- feedback and budget -----------------------------------------------------------------------------------------------


def test_feedback_stands_after_the_step_it_is_about():
    actions = [{"step": "3 * 4 = 13"}, {"step": GOLD[0]}, {"step": GOLD[2]}]
    shown = [one[0] for one in play(ShowFeedback(make()), actions)]
    assert shown[-1].splitlines() == [
        APPLES.question,
        "<step>3 * 4 = 13</step>",
        "(INCORRECT: 3 * 4 = 13 does not hold: the left side is 12, the right side 13.)",
        "<step>3 * 4 = 12</step>",
        "(CORRECT: The calculation holds, from quantities that are given or derived.)",
        "<answer>17</answer>",
    ]
    assert shown[1].startswith(shown[0])
    short = [one[0] for one in play(ShowFeedback(make(), "verdict"), actions)]
    assert short[0].endswith("\n(INCORRECT)\n")
    assert play(ShowFeedback(make(), "hidden"), actions)[-1][0] == play(make(), actions)[-1][0]
    with pytest.raises(UnknownName, match="verdict"):
        ShowFeedback(make(), "verdicts")


def test_feedback_changes_no_reward():
    actions = [{"step": text, "confidence": 0.7} for text in ("2 + 2 = 5", *GOLD)]
    assert [one[1] for one in play(ShowFeedback(make()), actions)] == [one[1] for one in play(make(), actions)]


def test_the_budget_ends_the_episode_and_says_what_is_left():
    env = StepBudget(make(), 3)
    results = play(env, [{"step": "let us see"}] * 3)
    assert [line for line in results[-1][0].splitlines() if "left" in line] == ["(2 steps left)", "(1 step left)"]
    assert [one[3] for one in results] == [False, False, True]
    assert results[-1][4]["outcome"] == "unanswered"
    assert "left" not in play(StepBudget(make(), 3, show=False), [{"step": "let us see"}])[0][0]
    with pytest.raises(InvalidOption, match="at least 2"):
        StepBudget(make(), 1).reset(seed=0)
    with pytest.raises(InvalidOption, match="at most"):
        StepBudget(make(), 33).reset(seed=0)


# -- chat --------------------------------------------------------------------------------------------------------------


def test_messages_take_turns_and_keep_the_models_words():
    env = ChatMessages(RawText(make()), feedback="verdict", system="Be exact.")
    observation, _ = env.reset(seed=0)
    assert observation == (
        {"role": "system", "content": "Be exact."},
        {"role": "user", "content": APPLES.question},
    )
    written = "<step>3 * 4 = 12</step><confidence>0.9</confidence>"
    observation, *_ = env.step(written)
    assert observation[2:] == (
        {"role": "assistant", "content": written},
        {"role": "user", "content": "(CORRECT)"},
    )
    observation, _, terminated, _, _ = env.step("<answer>17</answer>")
    assert terminated
    assert observation[-1] == {"role": "assistant", "content": "<answer>17</answer>"}


def test_a_template_makes_the_prompt_up_to_where_the_assistant_goes_on():
    env = ChatMessages(make(), tokenizer=Tokenizer(), system=None)
    observation, _ = env.reset(seed=0)
    assert observation == f"[user]{APPLES.question}\n[assistant]"
    observation, *_ = env.step({"step": GOLD[0], "confidence": 0.9})
    assert observation.endswith("[assistant]3 * 4 = 12<confidence>0.9</confidence>\n[user]Go on.\n[assistant]")
    observation, *_ = env.step({"step": GOLD[2], "confidence": None})
    assert observation.endswith("[assistant]<answer>17</answer>\n")
    with pytest.raises(InvalidOption, match="ChatMessages comes last"):
        ShowFeedback(ChatMessages(make()))


# -- curriculum --------------------------------------------------------------------------------------------------------


def run_curriculum(share_right, episodes=600, **settings):
    env = Curriculum(gym.make("ArithmeticCCRL-v0"), **settings)
    rng, levels = random.Random(0), []
    for number in range(episodes):
        _, info = env.reset(seed=0 if number == 0 else None)
        levels.append(info["level"])
        right = rng.random() < share_right(info["level"])
        answer = env.unwrapped.problem.answer if right else "-1"
        *_, info = env.step({"step": f"<answer>{answer}</answer>", "confidence": 0.5})
    return levels


def test_it_rises_to_where_the_agent_is_challenged_and_falls_where_it_fails():
    levels = run_curriculum(lambda level: 1.0, window=10, step=0.1)
    assert levels[:10] == [0.0] * 10
    assert levels[-1] == 1.0
    assert sorted(levels) == levels
    assert set(run_curriculum(lambda level: 0.0, window=10)) == {0.0}
    settled = run_curriculum(lambda level: 1.0 - level, window=20, step=0.1, promote=0.8, demote=0.5)[-200:]
    assert 0.1 <= sum(settled) / len(settled) <= 0.6


def test_the_level_is_the_difficulty_of_the_problem():
    env = Curriculum(gym.make("ArithmeticCCRL-v0"), start=1.0)
    hard = [len(env.reset(seed=seed)[0]) for seed in range(30)]
    env.level = 0.0
    easy = [len(env.reset(seed=seed)[0]) for seed in range(30)]
    assert sum(hard) > 2 * sum(easy) - 30 * len("Calculate .")
    assert env.reset(seed=0, options={"difficulty": "medium"})[1]["difficulty"] == "medium"


@pytest.mark.parametrize("wrong", [{"start": 2}, {"promote": 0.4}, {"window": 0}, {"step": 0}, {"demote": -1}])
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(InvalidOption, match="curriculum"):
        Curriculum(gym.make("MathCCRL-v0"), **wrong)


def test_given_problems_have_no_difficulty():
    with pytest.raises(InvalidOption, match="generated"):
        Curriculum(make()).reset(seed=0)
