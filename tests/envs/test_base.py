"""StepReasoningEnv: the contract's five lines, its information, its ends, its errors, bad input, own problems."""

from __future__ import annotations

import itertools
import math
import warnings

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.base import StepReasoningEnv
from reasoning_gym_ccrl.envs.replay import MAX_CHARS, Session, replay
from reasoning_gym_ccrl.envs.sources import MAX_QUESTION_CHARS
from reasoning_gym_ccrl.errors import (
    InvalidAction,
    InvalidOption,
    InvalidProblem,
    ResetNeeded,
    RewardError,
    UnknownName,
)
from reasoning_gym_ccrl.rewards import make_reward
from reasoning_gym_ccrl.step_format import (
    CHARSET,
    Element,
    parse_step,
    render_step,
    render_transcript,
    split_completion,
)
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

APPLES = Problem(
    id="test:apples",
    question="Tom has 12 apples. He buys 3 bags with 4 apples each. How many apples does Tom have now?",
    answer="24",
    solution=(
        GoldStep(
            "apples bought = 3 * 4 = 12",
            "3 * 4",
            "12",
            "apples bought = bags * apples per bag",
            ("bags", "apples per bag"),
        ),
        GoldStep(
            "apples now = 12 + 12 = 24",
            "12 + 12",
            "24",
            "apples now = apples at first + apples bought",
            ("apples at first", "apples bought"),
        ),
    ),
    metadata={
        "givens": {"apples at first": "12", "bags": "3", "apples per bag": "4"},
        "answer_kind": "number",
    },
)
RIGHT_ANSWER = {"step": "<answer>24</answer>", "confidence": 1.0}


def pays_nothing(context):
    return 0.0


@pytest.fixture
def env():
    made = StepReasoningEnv([APPLES])
    made.reset(seed=0)
    return made


def test_the_five_lines():
    env = gym.make("MathCCRL-v0")
    obs, info = env.reset(seed=0)
    assert obs in env.observation_space
    obs, reward, terminated, truncated, info = env.step({"step": "18 - 4 = 14", "confidence": 0.9})
    assert info["step_index"] == 1
    assert isinstance(reward, float)
    assert not terminated
    assert not truncated
    assert gym.make("MathCCRL-v0", reward="brier").unwrapped.reward_function.name == "brier"
    assert gym.make("MathCCRL-v0", reward=pays_nothing).unwrapped.reward_function.name == "pays_nothing"
    path = f"{__name__}:pays_nothing"
    assert gym.make("MathCCRL-v0", reward=path).unwrapped.reward_function.name == path


def test_information_after_reset_step_and_end(env):
    _, info = env.reset()
    about = {"problem_id": "test:apples", "family": "custom", "difficulty": "", "split": ""}
    assert info == about | {"step_index": 0}
    _, _, _, _, info = env.step({"step": "3 * 4 = 12", "confidence": 0.9})
    assert {key: info[key] for key in about} == about
    assert info["step_index"] == 1
    assert info["judgement"].verdict is Verdict.CORRECT
    assert info["reward_terms"] == pytest.approx({"outcome": 0.0, "calibration": 0.495})
    assert "answer" not in info
    assert "problem" not in info
    _, _, terminated, _, info = env.step(RIGHT_ANSWER)
    assert terminated
    assert info["answer"] == "24"
    assert info["problem"] is APPLES


def test_the_gold_answer_is_nowhere_to_be_seen_before_the_end(env):
    observation, info = env.reset()
    assert "24" not in observation + repr(info)
    observation, *_, info = env.step({"step": "bags = 3"})
    assert "24" not in observation + repr(info)


def test_generated_problems_name_their_split_and_difficulty():
    _, info = gym.make("MathCCRL-v0", split="test", difficulty="hard").reset(seed=0)
    assert (info["split"], info["difficulty"]) == ("test", "hard")
    _, info = gym.make("MathCCRL-v0", families={"arithmetic": 1.0}).reset(seed=0)
    assert info["family"] == "arithmetic"


def test_the_observation_is_the_transcript(env):
    assert env.reset()[0] == APPLES.question + "\n"
    env.step({"step": "<plan>count the bags</plan>"})
    env.step({"step": "3 * 4 = 12", "confidence": 0.9})
    observation, *_ = env.step(RIGHT_ANSWER)
    assert observation == render_transcript(APPLES.question, [record.step for record in env.records])
    assert observation.endswith("<answer>24</answer><confidence>1.0</confidence>\n")
    assert observation in env.observation_space


def test_signs_outside_the_charset_show_as_question_marks_and_are_judged_as_they_are():
    env = StepReasoningEnv([Problem("p", "😀 What is 3 × 4?", "12")])
    assert env.reset()[0] == "? What is 3 × 4?\n"
    observation, *_ = env.step({"step": "３ × 4 = 12 🎉", "confidence": 0.9})
    assert observation in env.observation_space
    assert "🎉" not in observation
    assert env.records[0].step.text == "３ × 4 = 12 🎉"


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("What is 3 × 4?", "3 × 4 = 12"),
        ("What is 12 ÷ 4?", "12 ÷ 4 = 3"),
        ("What is 12 − 5?", "12 − 5 = 7"),
        ("What is ½ of 12?", "½ × 12 = 6"),
        ("What is 3²?", "3² = 9"),
        ("What is 3 · 4?", "3 · 4 = 12"),
        ("What is 20% of 40?", "20% × 40 = 8"),
    ],
)
def test_mathematics_outside_ascii_is_read(question, step):
    env = StepReasoningEnv([Problem("p", question, "0")])
    env.reset()
    assert env.step({"step": step, "confidence": 0.9})[-1]["judgement"].verdict is Verdict.CORRECT
    value = step.rpartition("=")[2]
    env.reset()
    wrong = step.replace(value, f"{value}1")
    assert env.step({"step": wrong, "confidence": 0.9})[-1]["judgement"].verdict is Verdict.INCORRECT


# -- ends --------------------------------------------------------------------------------------------------------


def test_terminated_by_an_answer_right_or_wrong(env):
    for answer in ("24", "7", "no idea"):
        env.reset()
        _, _, terminated, truncated, _ = env.step({"step": f"<answer>{answer}</answer>"})
        assert (terminated, truncated) == (True, False)


def test_truncated_by_the_budget_of_steps():
    env = StepReasoningEnv([APPLES], max_steps=3)
    env.reset()
    ends = [env.step({"step": "hm"})[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    env.reset()
    for action in ({"step": "hm"}, {"step": "hm"}):
        env.step(action)
    assert env.step(RIGHT_ANSWER)[2:4] == (True, False), "an answer with the last step still counts"


def test_truncated_by_the_budget_of_characters_but_never_by_the_first_step():
    env = StepReasoningEnv([APPLES], max_chars=20)
    env.reset()
    assert env.step({"step": "x" * 20})[2:4] == (False, False)
    assert env.step({"step": "x"})[2:4] == (False, True)
    env.reset()
    assert env.step({"step": "x" * 10})[2:4] == (False, False)
    assert env.step({"step": "x" * 9})[2:4] == (False, False)
    assert env.step({"step": "x"})[2:4] == (False, True)


def test_reset_is_needed_before_the_first_step_and_after_the_end():
    for make in (lambda: StepReasoningEnv([APPLES]), lambda: gym.make("MathCCRL-v0")):
        env = make()
        with pytest.raises(ResetNeeded, match="call reset"):
            env.step(RIGHT_ANSWER)
        env.reset(seed=0)
        env.step(RIGHT_ANSWER)
        with pytest.raises(ResetNeeded, match="The episode is over"):
            env.step(RIGHT_ANSWER)
        env.reset()
        env.step(RIGHT_ANSWER)
    with pytest.raises(ResetNeeded):
        _ = StepReasoningEnv([APPLES]).problem


# -- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["3 * 4 = 12", None, 3, [], {}, {"confidence": 1.0}, {"step": None}, {"step": 7}])
def test_an_action_that_is_none_raises(env, action):
    with pytest.raises(InvalidAction, match="An action is a mapping"):
        env.step(action)
    assert env.records == []
    env.step(RIGHT_ANSWER)  # the episode is unharmed


MALFORMED = {
    "nan": {"step": "3 * 4 = 12", "confidence": math.nan},
    "two": {"step": "3 * 4 = 12", "confidence": 2},
    "negative": {"step": "3 * 4 = 12", "confidence": -0.1},
    "word": {"step": "3 * 4 = 12", "confidence": "high"},
    "number as text": {"step": "3 * 4 = 12", "confidence": "0.9"},
    "true": {"step": "3 * 4 = 12", "confidence": True},
    "array": {"step": "3 * 4 = 12", "confidence": np.array([0.5, 0.5])},
    "empty": {"step": "", "confidence": 0.5},
    "blank": {"step": " \n\t ", "confidence": 0.5},
    "empty answer": {"step": "<answer></answer>", "confidence": 0.5},
    "two elements": {"step": "<step>1 = 1</step><answer>24</answer>", "confidence": 0.5},
    "open tag": {"step": "<answer>24", "confidence": 0.5},
    "confidence in the text": {"step": "<answer>24</answer><confidence>1.0</confidence>", "confidence": 0.5},
    "a sure plan": {"step": "<plan>add</plan>", "confidence": 0.5},
    "numbers in a plan": {"step": "<plan>3 * 4</plan>"},
    "long": {"step": "1" * 100_000, "confidence": 0.5},
    "long answer": {"step": f"<answer>{'1' * 100_000}</answer>", "confidence": 0.5},
}


@pytest.mark.parametrize("action", MALFORMED.values(), ids=MALFORMED)
def test_what_breaks_the_protocol_is_judged_incorrect_and_malformed(env, action):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        observation, reward, terminated, truncated, info = env.step(action)
    judgement = info["judgement"]
    assert judgement.malformed
    assert judgement.verdict is Verdict.INCORRECT
    assert judgement.reason
    assert reward == -0.5
    assert (terminated, truncated) == (False, False)
    assert observation in env.observation_space
    assert len(observation) < len(APPLES.question) + 300
    assert env.step(RIGHT_ANSWER)[2], "the episode goes on"


def test_a_long_but_lawful_step_is_judged(env):
    text = "so " * (MAX_CHARS // 3)
    assert env.step({"step": text, "confidence": 0.5})[-1]["judgement"].verdict is Verdict.UNCHECKED


@given(text=st.text(max_size=200), confidence=st.floats(allow_nan=True) | st.none() | st.text(max_size=3))
def test_any_text_and_any_confidence_is_judged(text, confidence):
    env = StepReasoningEnv([APPLES])
    env.reset()
    observation, reward, *_, info = env.step({"step": text, "confidence": confidence})
    assert observation in env.observation_space
    assert math.isfinite(reward)
    assert isinstance(info["judgement"].verdict, Verdict)


def test_confidences_of_every_numeric_type(env):
    for confidence in (1, 0, 0.25, np.float32(0.25), np.float64(0.25), np.array(0.25, np.float32), np.int64(1)):
        env.reset()
        info = env.step({"step": "3 * 4 = 12", "confidence": confidence})[-1]
        assert not info["judgement"].malformed
        assert env.records[0].step.confidence == pytest.approx(float(confidence))


def test_bad_rewards():
    with pytest.raises(UnknownName, match="Did you mean 'brier'"):
        gym.make("MathCCRL-v0", reward="briar")
    for broken, said in (
        (lambda context: math.nan, "returned nan"),
        (lambda context: "1.0", "returned '1.0'"),
        (lambda context: 1 / 0, "raised ZeroDivisionError"),
    ):
        env = StepReasoningEnv([APPLES], reward=broken)
        env.reset()
        with pytest.raises(RewardError, match=f"'<lambda>' did not at step 1 .*{said}"):
            env.step({"step": "3 * 4 = 12"})


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"problems": [APPLES], "families": "arithmetic"}, InvalidOption, "not both"),
        ({"families": "arithmetics"}, UnknownName, "'arithmetic'"),
        ({"difficulty": "eazy"}, UnknownName, "'easy'"),
        ({"split": "tests"}, UnknownName, "'test'"),
        ({"render_mode": "rgb_array"}, UnknownName, "ansi"),
        ({"max_steps": 1}, InvalidOption, "at least 2"),
        ({"max_chars": 0}, InvalidOption, "at least 1"),
        ({"order": "sequential"}, InvalidOption, "finite"),
        ({"problems": [APPLES], "order": "sorted"}, UnknownName, "sequential"),
        ({"reward_options": {"scoring": "linar"}}, UnknownName, "linear"),
        ({"problems": []}, InvalidProblem, "at least one"),
        ({"problems": "apples"}, InvalidProblem, "iterable of Problem"),
        ({"problems": 3}, InvalidProblem, "iterable of Problem"),
        ({"problems": ["What is 1 + 1?"]}, InvalidProblem, "types.Problem"),
        ({"problems": [Problem("p", " ", "2")]}, InvalidProblem, "1 to 16384 characters"),
        ({"problems": [Problem("p", "x" * (MAX_QUESTION_CHARS + 1), "2")]}, InvalidProblem, "16385"),
        ({"problems": [Problem("p", "1 + 1?", 2)]}, InvalidProblem, "An answer is a string"),
    ],
)
def test_options_that_cannot_work(options, error, said):
    with pytest.raises(error, match=said):
        StepReasoningEnv(**options)


def test_an_endless_iterable_is_refused(monkeypatch):
    monkeypatch.setattr("reasoning_gym_ccrl.envs.sources._MAX_OWN_PROBLEMS", 100)
    with pytest.raises(InvalidProblem, match="at most 100"):
        StepReasoningEnv(itertools.repeat(APPLES))


# -- own problems --------------------------------------------------------------------------------------------------


def numbered(count):
    return [Problem(f"n:{n}", f"What is {n} + 1?", str(n + 1)) for n in range(count)]


def test_own_problems_from_a_generator_and_from_a_source():
    env = StepReasoningEnv(problem for problem in numbered(5))
    assert {env.reset()[1]["problem_id"] for _ in range(100)} == {f"n:{n}" for n in range(5)}

    class Source:
        def sample(self, rng):
            return numbered(10)[rng.randrange(10)]

    env = StepReasoningEnv(Source())
    assert len({env.reset()[1]["problem_id"] for _ in range(200)}) == 10


def test_reset_poses_a_given_problem_or_one_by_index():
    env = StepReasoningEnv(numbered(5))
    assert env.reset(options={"problem": APPLES})[0] == APPLES.question + "\n"
    assert env.reset(options={"index": 3})[1]["problem_id"] == "n:3"
    assert gym.make("MathCCRL-v0").reset(options={"problem": APPLES})[1]["problem_id"] == "test:apples"
    for options, error in (
        ({"problem": "What is 1 + 1?"}, InvalidProblem),
        ({"problem": None}, InvalidProblem),
        ({"index": 5}, InvalidOption),
        ({"index": -1}, InvalidOption),
        ({"index": "3"}, InvalidOption),
        ({"problem": APPLES, "index": 3}, InvalidOption),
        ({"problen": APPLES}, UnknownName),
    ):
        with pytest.raises(error):
            env.reset(options=options)
    with pytest.raises(InvalidOption, match="finite"):
        gym.make("MathCCRL-v0").reset(options={"index": 3})


def test_a_given_problem_does_not_move_the_generator():
    env, twin = StepReasoningEnv(numbered(50)), StepReasoningEnv(numbered(50))
    env.reset(seed=0)
    twin.reset(seed=0)
    env.reset(options={"problem": APPLES})
    assert env.reset() == twin.reset()


def test_sequential_order_starts_again_with_a_seed():
    env = StepReasoningEnv(numbered(3), order="sequential")
    assert [env.reset()[1]["problem_id"] for _ in range(4)] == ["n:0", "n:1", "n:2", "n:0"]
    assert env.reset(seed=9)[1]["problem_id"] == "n:0"


def test_a_problem_with_no_known_answer_can_be_posed_and_is_left_unchecked():
    env = StepReasoningEnv([Problem("p", "What is 3 * 4?", None)])
    env.reset()
    _, reward, terminated, _, info = env.step({"step": "<answer>12</answer>", "confidence": 0.9})
    assert (reward, terminated, info["answer"]) == (0.0, True, None)
    assert info["judgement"].verdict is Verdict.UNCHECKED


# -- one code path ---------------------------------------------------------------------------------------------------

lines = st.sampled_from(
    [
        "<plan>apples bought = bags * apples per bag</plan>",
        "<step>apples bought = 3 * 4 = 12</step><confidence>0.9</confidence>",
        "<step>12 + 12 = 24</step><confidence>0.7</confidence>",
        "<step>3 * 4 = 13</step><confidence>0.2</confidence>",
        "<step>3 * 4 = 12</step>",
        "<step>what now?</step><confidence>0.5</confidence>",
        "<step>open",
        "<plan>3</plan>",
        "bare = 3",
        "<answer>24</answer><confidence>0.8</confidence>",
        "<answer>7</answer>",
    ]
)


@given(chosen=st.lists(lines, min_size=1, max_size=12), reward=st.sampled_from(["ccrl", "brier", "step_correctness"]))
def test_the_environment_and_replay_judge_and_pay_alike(chosen, reward):
    elements = split_completion("\n".join(chosen))
    session = replay(APPLES, elements, reward, max_steps=8, text="\n".join(chosen))
    env = StepReasoningEnv([APPLES], reward=reward, max_steps=8)
    env.reset()
    for element in elements[: len(session.records)]:
        if element.step is None:
            env.step({"step": "\n".join(chosen)[element.start : element.end]})
        else:
            step = element.step
            env.step({"step": render_step(Step(step.kind, step.text)), "confidence": step.confidence})
    assert env.records == session.records
    assert session.terminated or session.truncated


def test_replay_knows_how_a_completion_ended():
    step = parse_step("<step>3 * 4 = 12</step><confidence>0.9</confidence>")
    answer = parse_step("<answer>24</answer><confidence>0.9</confidence>")

    def ended(elements, **options):
        session = replay(APPLES, elements, **options)
        return session.terminated, session.truncated, len(session.records)

    assert ended([step, answer, step]) == (True, False, 2)
    assert ended([step]) == (True, False, 1)
    assert ended([step], finished=False) == (False, True, 1)
    assert ended([], finished=False) == (False, True, 0)
    assert ended([step] * 9, max_steps=4) == (False, True, 4)
    assert ended([answer], finished=False) == (True, False, 1)


def test_replay_pays_by_outcome_at_the_last_element_even_without_an_answer():
    step = Step("step", "3 * 4 = 12", 0.8)
    reward = make_reward("ccrl", credit="outcome")
    assert replay(APPLES, [step], reward).episode().total_reward == pytest.approx(-0.32)
    assert replay(APPLES, [step, Step("answer", "24", 1.0)], reward).episode().total_reward == pytest.approx(1.49)


def test_replay_shows_malformed_elements_as_they_were_written():
    text = "<step>open\n<answer>24</answer>"
    session = replay(APPLES, split_completion(text), text=text)
    assert session.records[0].judgement.malformed
    assert session.records[0].step.text == "<step>open"


def test_an_episode_holds_spans_and_tokens():
    session = Session(APPLES, make_reward("ccrl"))
    session.act(Step("step", "3 * 4 = 12", 0.9))
    session.act(Step("answer", "24", 0.9))
    episode = session.episode(seed=4, spans=[(2, 5), (5, 7)], token_ids=(1,) * 7, response_mask=(True,) * 7)
    assert [record.span for record in episode.records] == [(2, 5), (5, 7)]
    assert (episode.seed, episode.is_correct, len(episode.token_ids)) == (4, True, 7)
    with pytest.raises(ValueError, match="zip"):
        session.episode(spans=[(0, 1)])
    with pytest.raises(ResetNeeded):
        session.act(Step("step", "1 = 1"))


def test_the_environments_episode_knows_its_seed(env):
    env.reset(seed=5)
    env.step(RIGHT_ANSWER)
    assert env.episode().seed == 5
    assert env.episode().total_reward == 1.5
    env.reset()
    assert env.episode().seed is None


def test_elements_without_a_step_need_no_text():
    session = replay(APPLES, [Element(0, 5, None, "broken")])
    assert session.records[0].judgement.reason == "broken"


def test_spaces_are_of_the_charset_and_of_their_own_length_and_generator():
    assert StepReasoningEnv([APPLES]).action_space["step"].character_set == frozenset(CHARSET)
    spaces = [StepReasoningEnv([APPLES], max_chars=n).action_space["step"] for n in (10, 20)]
    assert [space.max_length for space in spaces] == [10, 20]
    spaces[0].seed(1)
    spaces[1].seed(2)
    assert {len(spaces[0].sample()) for _ in range(100)} == set(range(1, 11))
    assert max(len(spaces[1].sample()) for _ in range(100)) == 20
    assert spaces[0].np_random is not spaces[1].np_random


def test_a_problem_of_ones_own_is_of_no_split():
    env = gym.make("MathCCRL-v0", split="test")
    assert env.reset(seed=0)[1]["split"] == "test"
    assert env.reset(options={"problem": Problem("p", "1 + 1?", "2")})[1]["split"] == ""
    assert env.reset()[1]["split"] == "test"


def test_options_of_one_episode_do_not_outlast_it():
    env = gym.make("MathCCRL-v0", difficulty="easy")
    assert env.reset(seed=0, options={"difficulty": "hard", "max_steps": 2})[1]["difficulty"] == "hard"
    env.step({"step": "let us see"})
    assert env.step({"step": "let us see"})[3]
    assert env.reset()[1]["difficulty"] == "easy"
    env.step({"step": "let us see"})
    assert not env.step({"step": "let us see"})[3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_steps": 1}, "at least 2"),
        ({"max_steps": 33}, "at most the environment's, 32"),
        ({"abstention": float("inf")}, "finite"),
        ({"difficulty": 1.5}, "from 0 to 1"),
        ({"difficulty": True}, "from 0 to 1"),
        ({"index": 0, "difficulty": 0.5}, "one of"),
    ],
)
def test_reset_options_that_cannot_work_are_refused(options, said):
    env = gym.make("MathCCRL-v0")
    with pytest.raises(InvalidOption, match=said):
        env.reset(seed=0, options=options)
    env.reset(seed=0)


def test_cost_is_linear_in_the_number_of_steps():
    """The same work for each step, however many came before: four times the steps cost about four times as much."""
    import time

    def seconds(steps):
        env = gym.make("MathCCRL-v0", max_steps=steps + 1, max_chars=10**6).unwrapped
        best = float("inf")
        for _ in range(5):
            env.reset(seed=0)
            started = time.process_time()
            for number in range(steps):
                env.step({"step": f"{number} + 1 = {number + 1}", "confidence": 0.5})
            best = min(best, time.process_time() - started)
        return best

    assert seconds(1_600) < 4 * 1.7 * seconds(400)
