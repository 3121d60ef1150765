"""`CandidateCCRL-v0`: the contract of every environment, the same judge and pay, and features that see no gold."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from reasoning_gym_ccrl.envs.base import StepReasoningEnv
from reasoning_gym_ccrl.envs.candidate import CANDIDATE_FAMILIES, CandidateEnv
from reasoning_gym_ccrl.envs.candidate_features import CONTEXT_FEATURES, FEATURES, candidate_features
from reasoning_gym_ccrl.envs.problems.mistakes import right_step
from reasoning_gym_ccrl.envs.problems.plain_steps import plain_steps
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.errors import InvalidAction, InvalidOption, InvalidProblem, ResetNeeded, UnknownName
from reasoning_gym_ccrl.rewards import REWARDS
from reasoning_gym_ccrl.step_format import parse_step
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from ..timing import in_time

STORIES = {"families": ("word_problems", "arithmetic")}
VARIANTS = ({}, {"action": "box"}, {"feature_noise": 0.3}, {"candidates": 2, "confidence_levels": 2})


def right_place(env):
    """Where the candidate stands that is done right on the values so far."""
    return env.candidates.index(right_step(env.problem, len(env.records), env._found).text)


def play_right(env, level=10):
    """The rewards of an episode in which the right candidate is taken every time."""
    rewards, over = [], False
    while not over:
        _, reward, terminated, truncated, _ = env.step([right_place(env), level])
        rewards.append(reward)
        over = terminated or truncated
    return rewards


def play_at_random(env, rng, count, seed=None):
    """Some steps of a random policy after a reset, as plain data."""
    observation, info = env.reset(seed=seed)
    seen = [(observation.tobytes(), info)]
    for _ in range(count):
        action = [rng.randrange(env.num_candidates), rng.randrange(env.confidence_levels)]
        observation, reward, terminated, truncated, info = env.step(action)
        seen.append((observation.tobytes(), reward, terminated, truncated, info["judgement"], info["reward_terms"]))
        if terminated or truncated:
            observation, info = env.reset()
            seen.append((observation.tobytes(), info))
    return seen


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_gymnasiums_checker_has_no_complaint(options):
    check_env(gym.make("CandidateCCRL-v0", **options).unwrapped)  # a warning is an error here


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_stable_baselines_checker_has_no_complaint(options):
    pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.env_checker import check_env

    check_env(CandidateEnv(**options))


def test_equal_seeds_play_equal_episodes_and_others_do_not():
    one, same, other = (play_at_random(CandidateEnv(), random.Random(0), 60, seed=seed) for seed in (7, 7, 8))
    assert one == same
    assert one != other


def test_the_same_seed_poses_the_problem_of_the_environment_of_text():
    for seed in range(20):
        env, text_env = CandidateEnv(**STORIES, difficulty="medium"), StepReasoningEnv(**STORIES, difficulty="medium")
        info, text_info = env.reset(seed=seed)[1], text_env.reset(seed=seed)[1]
        assert info == text_info


def test_a_pickled_environment_goes_on_where_it_was():
    env = CandidateEnv(**STORIES, difficulty="hard", feature_noise=0.1)
    env.reset(seed=3)
    env.step([0, 5])
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]

    def rest(env):
        return [env.step([1, 5])[:4] for _ in range(2)], play_at_random(env, random.Random(0), 30)

    expected = rest(env)
    for twin in twins:
        assert repr(rest(twin)) == repr(expected)


def test_interleaved_environments_do_not_disturb_each_other_nor_anybody():
    alone = play_at_random(CandidateEnv(), random.Random(0), 30, seed=5)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 (the global state is what must stay as it is)
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    env, other = CandidateEnv(), CandidateEnv()
    play_at_random(other, random.Random(3), 11, seed=1)
    together = play_at_random(env, random.Random(0), 30, seed=5)
    assert together == alone
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002


DIGEST = """
import hashlib, random
from reasoning_gym_ccrl.envs.candidate import CandidateEnv
env, rng, seen = CandidateEnv(feature_noise=0.1), random.Random(0), []
env.reset(seed=4)
for _ in range(60):
    observation, reward, terminated, truncated, info = env.step([rng.randrange(4), rng.randrange(11)])
    seen.append((observation.tobytes(), env.candidates, reward))
    if terminated:
        env.reset()
print(hashlib.sha256(repr(seen).encode()).hexdigest())
"""


def test_the_same_episodes_in_another_process_with_another_hash_seed():
    printed = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", DIGEST],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("0", "1234")
    }
    assert len(printed) == 1


def test_made_by_module_and_id_with_nothing_heavy_loaded():
    code = (
        "import gymnasium, sys\n"
        "env = gymnasium.make('reasoning_gym_ccrl:CandidateCCRL-v0')\n"
        "env.reset(seed=0); env.step(env.action_space.sample())\n"
        "print(*sorted({'torch', 'stable_baselines3', 'sympy', 'matplotlib', 'sklearn'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("mode", [None, "sync", "async"])
def test_vectorised_by_gymnasium(mode):
    envs = gym.make_vec("reasoning_gym_ccrl:CandidateCCRL-v0", num_envs=3, vectorization_mode=mode)
    try:
        observations, _ = envs.reset(seed=0)
        alone = np.stack([CandidateEnv().reset(seed=seed)[0] for seed in range(3)])
        assert np.array_equal(observations, alone)
        _, rewards, terminated, _, _ = envs.step(np.array([[0, 5], [1, 5], [2, 5]]))
        assert rewards.shape == terminated.shape == (3,)
    finally:
        envs.close()


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
def test_the_right_candidates_score_full_marks(difficulty):
    env = CandidateEnv(difficulty=difficulty)
    for seed in range(60):
        env.reset(seed=seed)
        assert sum(play_right(env)) == pytest.approx(1.5, abs=1e-12), env.problem
        assert env.episode().is_correct
        assert all(record.judgement.verdict is Verdict.CORRECT for record in env.records)


@pytest.mark.parametrize("reward", REWARDS)
def test_judged_and_paid_as_the_same_words_are(reward):
    """The records equal those of the texts replayed without this environment."""
    env, rng = CandidateEnv(reward=reward), random.Random(1)
    env.reset(seed=1)
    for _ in range(15):
        said, rewards, over = [], [], False
        while not over:
            choice, level = rng.randrange(4), rng.randrange(11)
            text = env.candidates[choice]
            step = parse_step(text if text.startswith("<") else f"<step>{text}</step>")
            said.append(Step(step.kind, step.text, level / 10))
            _, paid, over, _, info = env.step([choice, level])
            rewards.append(paid)
            assert sum(info["reward_terms"].values()) == pytest.approx(paid)
        assert env.records == replay(env.problem, said, reward).records
        assert rewards == [record.reward.total for record in env.records]
        env.reset()


def test_the_infos_are_those_of_the_environment_of_text():
    env, text_env = CandidateEnv(), StepReasoningEnv()
    keys = env.reset(seed=0)[1].keys(), text_env.reset(seed=0)[1].keys()
    assert keys[0] == keys[1]
    info = env.step([0, 3])[-1]
    assert info.keys() == text_env.step({"step": "1 + 1 = 2", "confidence": 0.3})[-1].keys()
    play_right(env)
    env.reset(seed=0)
    while env.candidates:
        info = env.step([0, 3])[-1]
    assert info["outcome"] in ("correct", "wrong")
    assert info["problem"].answer == info["answer"]


def test_after_a_wrong_step_the_answer_is_wrong():
    """The wrong value is carried on, so luck at a later step does not mend it; what is right throughout is right."""
    env, rng = CandidateEnv(**STORIES, difficulty="medium"), random.Random(0)
    seen = {True: 0, False: 0}
    for seed in range(400):
        env.reset(seed=seed)
        while env.candidates:
            env.step([right_place(env) if rng.random() < 0.8 else rng.randrange(4), 5])
        flawed = any(record.judgement.verdict is not Verdict.CORRECT for record in env.records[:-1])
        seen[flawed] += 1
        assert not (flawed and env.episode().is_correct), env.records
    assert min(seen.values()) > 50


def test_a_wrong_value_stands_in_the_candidates_after_it():
    env = CandidateEnv(**STORIES, difficulty="hard")
    env.reset(seed=11)
    steps = plain_steps(env.problem)
    rests = [index for index, step in enumerate(steps) if any(operand.source == 0 for operand in step.operands)]
    wrong = (right_place(env) + 1) % 4
    value = env._shown[wrong][1]
    env.step([wrong, 5])
    for _ in range(1, rests[0]):
        env.step([right_place(env), 5])
    assert any(str(value) in text for text in env.candidates)


def test_features_are_a_function_of_three_texts_and_are_what_the_environment_shows():
    """Nothing else can be in them: the gold path, the verdict and the right place are no arguments."""
    assert list(inspect.signature(candidate_features).parameters) == ["question", "history", "candidate"]
    env, rng = CandidateEnv(), random.Random(0)
    observation, _ = env.reset(seed=0)
    for _ in range(60):
        history = [text_of(record) for record in env.records]
        shown = [candidate_features(env.problem.question, history, text) for text in env.candidates]
        assert np.array_equal(observation, np.concatenate(shown))
        assert observation in env.observation_space
        observation, _, terminated, _, _ = env.step([rng.randrange(4), 5])
        if terminated:
            assert not observation.any()
            observation, _ = env.reset()


def text_of(record):
    return f"<answer>{record.step.text}</answer>" if record.step.kind == "answer" else record.step.text


def test_features_stay_as_they_are_when_the_gold_data_are_hidden():
    env = CandidateEnv(**STORIES)
    observation, _ = env.reset(seed=5)
    hidden = replace(env.problem, answer=None, solution=(), metadata={})
    seen = np.concatenate([candidate_features(hidden.question, (), text) for text in env.candidates])
    assert np.array_equal(seen, observation)


def test_the_right_candidate_stands_anywhere():
    env, places = CandidateEnv(), np.zeros(4)
    env.reset(seed=0)
    for _ in range(2000):
        places[right_place(env)] += 1
        if env.step([right_place(env), 5])[2]:
            env.reset()
    assert abs(places - 500).max() < 4 * (2000 * 0.25 * 0.75) ** 0.5, places


def test_the_hints_are_noisy():
    """Many errors have nothing against them, and some right steps have: the features are no verdict."""
    hints = [FEATURES.index(name) for name in ("parity", "rough size", "sign in the question", "cue in the question")]
    env, unseen, doubted, errors, rights = CandidateEnv(**STORIES), 0, 0, 0, 0
    observation, _ = env.reset(seed=0)
    for _ in range(1500):
        right, blocks = right_place(env), observation.reshape(4, -1)
        if not env.candidates[0].startswith("<"):
            against = (blocks[:, hints] < 0).any(axis=1)
            doubted, rights = doubted + against[right], rights + 1
            unseen, errors = unseen + (~np.delete(against, right)).sum(), errors + 3
        observation, _, terminated, _, _ = env.step([right, 5])
        if terminated:
            observation, _ = env.reset()
    assert 0.15 < unseen / errors < 0.7
    assert 0.05 < doubted / rights < 0.5


def hint(name, question, history, candidate):
    return float(candidate_features(question, history, candidate)[FEATURES.index(name)])


@pytest.mark.parametrize(
    ("name", "question", "history", "candidate", "value"),
    [
        ("parity", "What is 3 * 5?", (), "p = 3 * 5 = 15", 1),
        ("parity", "What is 3 * 5?", (), "p = 3 * 5 = 25", 1),  # a wrong result that parity does not see
        ("parity", "What is 3 * 5?", (), "p = 3 * 5 = 16", -1),
        ("parity", "What is 12 / 4?", (), "p = 12 / 4 = 4", 1),
        ("parity", "What is 9 / 3?", (), "p = 9 / 3 = 4", -1),
        ("parity", "What is 7 / 2?", (), "p = 7 / 2 = 7/2", 0),
        ("rough size", "What is 31 * 5?", (), "p = 31 * 5 = 155", 1),
        ("rough size", "What is 31 * 5?", (), "p = 31 * 5 = 1550", -1),
        ("rough size", "What is 31 * 5?", (), "p = 31 * 5 = 165", 1),
        ("sign in the question", "What is 3 * 5 + 1?", (), "p = 3 * 5 = 15", 1),
        ("sign in the question", "What is 3 * 5 + 1?", (), "p = 3 - 5 = -2", -1),
        ("sign in the question", "What is 3 * 5 + 1?", ("p = 3 * 5 = 15",), "q = 15 * 1 = 15", -1),
        ("sign in the question", "Tom has 3 and 5.", (), "p = 3 * 5 = 15", 0),
        ("cue in the question", "How many are left of 5?", (), "p = 5 - 3 = 2", 1),
        ("cue in the question", "How many are left of 5?", (), "p = 5 + 3 = 8", -1),
        ("cue in the question", "Tom, 5, Ann, 3?", (), "p = 5 + 3 = 8", 0),
        ("numbers are known", "Take 5 and three.", (), "p = 5 + 3 = 8", 1),
        ("numbers are known", "Take 5 and three.", (), "p = 5 + 4 = 9", -1),
        ("goes on from the last result", "Take 5 and 3 and 2.", ("p = 5 + 3 = 8",), "q = 8 * 2 = 16", 1),
        ("goes on from the last result", "Take 5 and 3 and 2.", ("p = 5 + 3 = 8",), "q = 5 * 2 = 10", -1),
        ("worst parity so far", "Take 5 and 3 and 2.", ("p = 5 + 3 = 9",), "q = 9 * 2 = 18", -1),
        ("worst parity so far", "Take 5 and 3 and 2.", ("p = 5 + 3 = 8",), "q = 8 * 2 = 16", 1),
        ("states the last result", "Take 5 and 3.", ("p = 5 + 3 = 8",), "<answer>8</answer>", 1),
        ("states the last result", "Take 5 and 3.", ("p = 5 + 3 = 8",), "<answer>5</answer>", 0),
        ("answer due", "Take 5 and 3.", ("p = 5 + 3 = 8",), "<answer>5</answer>", 1),
        ("numbers not used yet", "Take 5 and 3, 4 and 2.", ("p = 5 + 3 = 8",), "q = 8 * 2 = 16", 0.5),
    ],
)
def test_hints_by_hand(name, question, history, candidate, value):
    assert hint(name, question, history, candidate) == value


ODD = ["", "=", "<answer></answer>", "a = b", "1 / 0 = 3", "p = 2^9 = 1/0", pytest.param("x" * 5_000, id="long")]


@pytest.mark.parametrize("candidate", ODD)
def test_any_text_has_finite_features(candidate):
    seen = candidate_features("What?", ("nonsense", candidate), candidate)
    assert seen.shape == (len(FEATURES),)
    assert (abs(seen) <= 1).all()


def test_the_first_features_are_alike_for_all_candidates():
    blocks = CandidateEnv().reset(seed=0)[0].reshape(4, -1)
    assert (blocks[:, :CONTEXT_FEATURES] == blocks[0, :CONTEXT_FEATURES]).all()
    assert not (blocks[:, CONTEXT_FEATURES:] == blocks[0, CONTEXT_FEATURES:]).all()


def test_the_box_takes_the_highest_score_and_the_stated_confidence():
    discrete, box = CandidateEnv(), CandidateEnv(action="box")
    discrete.reset(seed=0)
    box.reset(seed=0)
    expected = discrete.step([2, 9])
    found = box.step(np.array([-0.2, 0.1, 0.4, 0.3, 0.8], np.float32))
    assert box.records[0].step.text == discrete.records[0].step.text
    assert box.records[0].step.confidence == pytest.approx(0.9)
    assert found[1] == pytest.approx(expected[1])
    box.reset(seed=0)
    first = box.candidates[0]
    box.step(np.zeros(5, np.float32))
    assert (box.records[0].step.text, box.records[0].step.confidence) == (first, 0.5)


def test_noise_is_seeded_bounded_and_nothing_but_noise():
    plain, noisy, again = CandidateEnv(), CandidateEnv(feature_noise=0.5), CandidateEnv(feature_noise=0.5)
    one, two, three = (env.reset(seed=1)[0] for env in (plain, noisy, again))
    assert noisy.candidates == plain.candidates
    assert np.array_equal(two, three)
    assert 0.35 < (two - one).std() < 0.65
    wild = CandidateEnv(feature_noise=50.0)
    assert wild.reset(seed=1)[0] in wild.observation_space


@pytest.mark.parametrize("action", [[4, 0], [0, 11], [-1, 0], [0], [0.0, 1.0], "ab", None, [[0, 1]], [True, False]])
def test_an_action_that_is_none_harms_nothing(action):
    env = CandidateEnv()
    env.reset(seed=0)
    before = env.candidates
    with pytest.raises(InvalidAction, match="below 4 and 11"):
        env.step(action)
    assert env.candidates == before
    env.step([0, 0])


@pytest.mark.parametrize("action", [[2, 0, 0, 0, 0], [float("nan")] * 5, [0.0] * 4, None])
def test_an_action_outside_the_box(action):
    env = CandidateEnv(action="box")
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match="from -1 to 1"):
        env.step(action)


def test_no_step_before_the_reset_nor_after_the_end():
    env = CandidateEnv()
    with pytest.raises(ResetNeeded):
        env.step([0, 0])
    env.reset(seed=0)
    play_right(env)
    assert env.candidates == ()
    with pytest.raises(ResetNeeded):
        env.step([0, 0])


@pytest.mark.parametrize("families", ["logic", ("word_problems", "calculus"), {"polynomials": 1.0, "arithmetic": 1.0}])
def test_families_with_no_numbers_in_their_steps_are_named(families):
    with pytest.raises(InvalidOption, match=r"word_problems, arithmetic, .*(logic|calculus|polynomials) not"):
        CandidateEnv(families=families)


@pytest.mark.parametrize(
    "options",
    [{"candidates": 1}, {"candidates": 2.5}, {"confidence_levels": 1}, {"feature_noise": -1}, {"feature_noise": "a"}],
)
def test_numbers_out_of_range(options):
    with pytest.raises(InvalidOption, match="received"):
        CandidateEnv(**options)


def test_names_that_are_in_no_table():
    for options in ({"action": "boxes"}, {"reward": "briar"}, {"families": "arithmetics"}, {"split": "tests"}):
        with pytest.raises(UnknownName):
            CandidateEnv(**options)


OWN = Problem(
    "own",
    "3 bags hold 14 apples each. How many apples?",
    "42",
    (GoldStep("apples = 3 * 14 = 42", "3 * 14", "42", "apples = bags * each", ("bags", "each")),),
)
NO_PATH = Problem("bare", "What is 6 * 7?", "42")


def test_problems_of_ones_own():
    env = CandidateEnv(problems=[OWN])
    env.reset(seed=0)
    assert sum(play_right(env)) == 1.5
    env = CandidateEnv(problems=[NO_PATH, OWN])
    assert {env.reset(seed=seed)[1]["problem_id"] for seed in range(20)} == {"own"}
    with pytest.raises(InvalidProblem, match="'bare'"):
        env.reset(options={"problem": NO_PATH})
    with pytest.raises(InvalidProblem, match="'bare'"):
        CandidateEnv(problems=[NO_PATH]).reset(seed=0)
    assert env.reset(options={"index": 1})[1]["problem_id"] == "own"


def test_problems_with_another_kind_of_step_are_passed_over():
    env = CandidateEnv(families="algebra", difficulty="hard")
    for seed in range(10):
        env.reset(seed=seed)
        assert plain_steps(env.problem) is not None
    assert set(CandidateEnv().source_families) == set(CANDIDATE_FAMILIES)


def test_a_budget_of_steps_truncates():
    env = CandidateEnv(difficulty="hard", max_steps=2)
    env.reset(seed=0)
    env.step([0, 0])
    _, _, terminated, truncated, info = env.step([0, 0])
    assert (terminated, truncated, info["outcome"]) == (False, True, "unanswered")
    assert env.candidates == ()


def test_it_renders_the_steps_that_were_taken():
    env = CandidateEnv(render_mode="ansi")
    env.reset(seed=0)
    play_right(env)
    assert env.render().count("✓") == len(env.records)


def test_two_thousand_steps_in_a_second():
    """Some five thousand a second on one core; the bound leaves room for slow machines."""
    env = CandidateEnv(**STORIES)
    actions = np.random.default_rng(0).integers([0, 0], [4, 11], (2000, 2))

    def work():
        env.reset(seed=0)
        for action in actions:
            if env.step(action)[2]:
                env.reset()

    in_time(work, 1.0)
