"""What every registered environment must keep: a new line in ENVS is tested here with no further word."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import os
import pickle
import random
import re
import subprocess
import sys
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from reasoning_gym_ccrl.envs import ENVS
from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, FAMILIES, OOD_SPLITS, SPLITS, has_split, make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.types import Verdict

HAS_REASONING_GYM = importlib.util.find_spec("reasoning_gym") is not None
TEXT = [env_id for env_id, entry in ENVS.items() if entry.is_text]  # the others: tests/envs/test_candidate.py
HERE = [env_id for env_id in TEXT if HAS_REASONING_GYM or env_id != "ReasoningGymCCRL-v0"]
GENERATED = [name for name, entry in ENVS.items() if entry.entry_point.endswith(":StepReasoningEnv")]
needs_reasoning_gym = pytest.mark.skipif(not HAS_REASONING_GYM, reason="reasoning-gym is not installed: make extras")
each_env = pytest.mark.parametrize(
    "env_id",
    [pytest.param(env_id, marks=needs_reasoning_gym if env_id not in HERE else ()) for env_id in TEXT],
)
each_generated = pytest.mark.parametrize("env_id", GENERATED)
SEEDS = 1000


def splits_of(env_id):
    """The splits that an environment offers: those that one of its families has."""
    families = make(env_id).source_families
    return [split for split in SPLITS if any(has_split(FAMILIES[name], split) for name in families)]


def make(env_id, **options):
    return gym.make(env_id, **options).unwrapped


def gold_actions(problem, confidence=1.0):
    steps = [{"step": step.text, "confidence": confidence} for step in problem.solution]
    return [*steps, {"step": f"<answer>{problem.answer}</answer>", "confidence": confidence}]


def wild_actions(rng, problem):
    """Gold steps among false, odd and malformed ones, then an answer."""
    odd = ["2 + 2 = 5", "<plan>think hard</plan>", "", "∑ ½ × ² ≠", "7", "1 / 0 = 3", "<step>a</step><step>b</step>"]
    actions = [{"step": rng.choice(odd), "confidence": rng.random()} for _ in range(6)]
    actions += gold_actions(problem, confidence=rng.random())[:-1]
    rng.shuffle(actions)
    return [*actions, {"step": f"<answer>{rng.choice([problem.answer, '0'])}</answer>", "confidence": rng.random()}]


def play(env, actions):
    """The observations, rewards and judgements of the episode, up to its end."""
    seen = []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        seen.append((observation, reward, terminated, truncated, info["judgement"], info["reward_terms"]))
        if terminated or truncated:
            break
    return seen


def episodes(env, seed, count, rng_seed=0):
    """A few whole episodes after one seeded reset, as plain data."""
    rng = random.Random(rng_seed)
    seen = []
    for number in range(count):
        seen.append(env.reset(seed=seed if number == 0 else None))
        seen.append(play(env, wild_actions(rng, env.problem)))
    return seen


@each_env
def test_gymnasiums_checker_has_no_complaint(env_id):
    check_env(make(env_id))  # a warning is an error here


@each_env
def test_two_environments_with_one_seed_play_the_same_episodes(env_id):
    assert episodes(make(env_id), 7, 5) == episodes(make(env_id), 7, 5)


@each_env
def test_other_seeds_play_other_episodes(env_id):
    assert episodes(make(env_id), 7, 5) != episodes(make(env_id), 8, 5)


@each_env
def test_a_pickled_environment_goes_on_where_it_was(env_id):
    env = make(env_id)
    env.reset(seed=3)
    first, *rest = gold_actions(env.problem, confidence=0.7)
    play(env, [first])
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    expected = play(env, rest), env.reset(), env.reset()
    for twin in twins:
        assert (play(twin, rest), twin.reset(), twin.reset()) == expected


@each_env
def test_interleaved_environments_do_not_disturb_each_other_nor_anybody(env_id):
    alone = episodes(make(env_id), 5, 4)
    env, other = make(env_id), make(env_id)
    rng, together = random.Random(0), []
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 (the global state is what must stay as it is)
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    for number in range(4):
        together.append(env.reset(seed=5 if number == 0 else None))
        other.reset(seed=number)
        actions = wild_actions(rng, env.problem)
        half = len(actions) // 2
        shown = play(env, actions[:half])
        play(other, gold_actions(other.problem)[:1])
        together.append([*shown, *(play(env, actions[half:]) if not shown or not any(shown[-1][2:4]) else [])])
    assert together == alone
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002


DIGEST = """
import sys; sys.path.insert(0, {folder!r})
import test_envs
print(test_envs.digest_of_all())
"""


def digest_of_all():
    seen = {env_id: repr(episodes(make(env_id), 11, 4)) for env_id in HERE}
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_the_same_episodes_in_another_process_with_another_hash_seed(hash_seed):
    code = DIGEST.format(folder=os.path.dirname(__file__))
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    assert run.stdout.strip() == digest_of_all()


@each_env
def test_the_gold_solution_scores_full_marks(env_id):
    for difficulty in DIFFICULTIES if env_id in GENERATED else [None]:
        env = make(env_id, **({"difficulty": difficulty} if difficulty else {}))
        for seed in range(SEEDS if difficulty == "easy" else SEEDS // 5):
            env.reset(seed=seed)
            play(env, gold_actions(env.problem))
            episode = env.episode()
            assert episode.terminated, episode
            assert episode.total_reward == pytest.approx(1.5, abs=1e-12), env.problem
            assert all(record.judgement.verdict is Verdict.CORRECT for record in episode.records)


@each_generated
def test_the_gold_solution_scores_full_marks_in_every_split(env_id):
    for split in splits_of(env_id):
        for difficulty in DIFFICULTIES:
            env = make(env_id, split=split, difficulty=difficulty)
            env.reset(seed=0)
            for _ in range(15):
                play(env, gold_actions(env.problem))
                assert env.episode().total_reward == pytest.approx(1.5, abs=1e-12), (split, env.problem)
                env.reset()


@each_generated
def test_a_difficulty_between_two_presets_can_be_asked_for(env_id):
    for level in (0.0, 0.35, 0.5, 0.82, 1.0):
        env = make(env_id, difficulty=level)
        for seed in range(5):
            env.reset(seed=seed)
            play(env, gold_actions(env.problem))
            assert env.episode().is_correct
            assert env.problem.difficulty == str(level)


@each_env
def test_the_gold_plan_is_recognised(env_id):
    env = make(env_id)
    for seed in range(50):
        env.reset(seed=seed)
        plan = "; ".join(step.meta_thought for step in env.problem.solution)
        if not plan.strip("; "):
            continue
        info = env.step({"step": f"<plan>{plan}</plan>"})[-1]
        assert info["judgement"].verdict is Verdict.CORRECT, (env.problem, info["judgement"])


def copies_of(question):
    """The question, and the pieces of it that could pass for an answer."""
    last = question.replace("!", ".").split(". ")[-1]
    sums = re.findall(r"[\d(][\d\s()+*/^-]*[\d)]", question)
    bare = [piece for piece in sums if not piece.strip().isdigit()]
    worded = [f"\\boxed{{{piece}}}" for piece in bare] + [f"the answer is {piece}" for piece in bare]
    return [question, last, *bare, *worded, *(f"{piece} = {piece}" for piece in bare)]


@each_env
def test_copying_the_question_as_an_answer_scores_nothing(env_id):
    env = make(env_id)
    for seed in range(100):
        env.reset(seed=seed)
        for copied in copies_of(env.problem.question):
            env.reset(seed=seed)
            _, reward, _, _, info = env.step({"step": f"<answer>{copied}</answer>", "confidence": 1.0})
            assert info["judgement"].verdict is not Verdict.CORRECT, (env.problem, copied)
            assert reward <= 0.0


@each_env
@pytest.mark.parametrize("confidence", [0.0, 0.6, 1.0, None])
def test_padding_and_repeating_never_raise_the_return(env_id, confidence):
    env = make(env_id, max_steps=200)
    for seed in range(40):
        env.reset(seed=seed)
        gold = gold_actions(env.problem, confidence=0.7)
        plain = sum(one[1] for one in play(env, gold))
        givens = [f"{name} = {value}" for name, value in env.problem.metadata.get("givens", {}).items()]
        said_in_question = re.split(r"(?<=[.?!;:])\s+|\n", env.problem.question)
        equations = re.findall(r"[^.?!;:,]*=[^.?!;:,]*", env.problem.question)
        filler = [
            *givens,
            *said_in_question,
            *equations,
            "x = x",
            "let us see",
            "3 apples",
            "1 = 1",
            "1 + 1 = 2",
            "2 + 2 = 4",
            "<plan>a = b + c</plan>",
        ]
        values = {step.value for step in env.problem.solution}  # reaching one is no padding
        filler = [text for text in filler if text.rpartition("= ")[2] not in values]
        padding = [
            {"step": text, "confidence": None if text.startswith("<plan") else confidence}
            for text in [*filler, *(step["step"] for step in gold[:-1])]
        ]
        for place in range(len(gold)):
            # Before a gold step its own text is no repetition; what was said before is.
            said = [one for one in padding if one["step"] not in {later["step"] for later in gold[place:]}]
            env.reset(seed=seed)
            padded = sum(one[1] for one in play(env, [*gold[:place], *said, *said, *gold[place:]]))
            assert padded <= plain + 1e-9, (env.problem, place)


def graphs(env_id, count, seed=0, **options):
    """The computation graphs of `count` problems drawn one after another."""
    env = make(env_id, **options)
    found = []
    for number in range(count):
        env.reset(seed=seed if number == 0 else None)
        found.append(env.problem.metadata["graph"])
    return found


@each_generated
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_splits_share_no_computation_graph(env_id, difficulty):
    splits = splits_of(env_id)
    drawn = {
        split: set(graphs(env_id, 100 if split in OOD_SPLITS else 400, split=split, difficulty=difficulty))
        for split in splits
    }
    for one in splits:
        for other in splits:
            assert one == other or not drawn[one] & drawn[other], (one, other)
    again = set(graphs(env_id, 400, seed=1, split="train", difficulty=difficulty))
    if difficulty == "easy" and env_id == "ArithmeticCCRL-v0":
        assert again & drawn["train"], "the control: two draws of one split do meet"


@each_generated
def test_ten_thousand_hard_problems_with_hardly_a_duplicate(env_id):
    source, rng = make(env_id, difficulty="hard").source, random.Random(0)
    distinct = len({source.sample(rng).question for _ in range(10_000)})
    assert distinct >= 9_950, f"the space of hard problems is large; {10_000 - distinct} were drawn twice"


def test_ten_thousand_problems_to_measure_on_without_a_duplicate():
    source = make("MathCCRL-v0", difficulty="hard").source
    assert len({problem.question for problem in draw_problems(source, 10_000, random.Random(0))}) == 10_000


def test_a_small_space_does_repeat_and_can_be_asked_not_to():
    """The control of the test above, and what `repeats=False` is for."""
    little = {"difficulty": {"arithmetic": {"max_steps": 1, "many": 9, "few": 5}}}
    source = make_source("arithmetic", **little)
    rng = random.Random(0)
    assert len({source.sample(rng).question for _ in range(1_000)}) < 900
    env = make("ArithmeticCCRL-v0", repeats=False, **little)
    env.reset(seed=0)
    questions = [env.problem.question]
    for _ in range(99):
        env.reset()
        questions.append(env.problem.question)
    assert len(set(questions)) == 100
    assert env.reset(seed=0) == env.reset(seed=0)


def shared(batches):
    return sum(len(set(one) & set(other)) for one, other in pairwise(batches))


@each_generated
def test_neighbouring_seeds_share_no_more_problems_than_chance(env_id):
    near = shared([graphs(env_id, 20, seed=seed) for seed in range(60)])
    strangers = [[python_random(seed, "far", draw).randrange(2**31) for seed in range(60)] for draw in range(4)]
    far = sum(shared([graphs(env_id, 20, seed=seed) for seed in seeds]) for seeds in strangers) / 4
    assert near <= far + 4 * (far + 1) ** 0.5 + 3, f"{near} shared by neighbours, {far} by strangers"


def test_the_check_of_neighbouring_seeds_sees_seed_plus_index():
    """The control: numbering problems by seed + index, as some libraries do, shares 19 of 20."""
    batches = [[random.Random(seed + index).random() for index in range(20)] for seed in range(60)]
    assert shared(batches) == 59 * 19


@each_env
def test_made_by_module_and_id_in_a_process_that_knows_gymnasium_alone(env_id):
    code = (
        "import gymnasium, sys\n"
        f"env = gymnasium.make('reasoning_gym_ccrl:{env_id}')\n"
        "env.reset(seed=0); env.step({'step': '1 + 1 = 2', 'confidence': 0.9})\n"
        "print(*sorted({'torch', 'transformers', 'sympy', 'matplotlib', 'sklearn'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    if env_id != "ReasoningGymCCRL-v0":  # reasoning-gym itself loads sympy and matplotlib
        assert run.stdout.strip() == "", "loaded by the core"


@each_env
def test_vectorised_by_our_own_environment_as_by_gymnasiums(env_id):
    ours, theirs = (gym.make_vec(env_id, num_envs=3, vectorization_mode=mode) for mode in (None, "sync"))
    assert type(ours) is not type(theirs)
    for envs in (ours, theirs):
        observations, infos = envs.reset(seed=0)
        assert len(observations) == 3
        assert len(set(infos["problem_id"])) > 1 or env_id not in GENERATED
    actions = {"step": ("1 + 1 = 2",) * 3, "confidence": np.full(3, 0.5, np.float32)}
    for one, other in zip(ours.step(actions)[:4], theirs.step(actions)[:4], strict=True):
        assert np.array_equal(one, other)
    ours.close()
    theirs.close()


@each_env
def test_vectorised_by_gymnasium(env_id):
    envs = gym.make_vec(env_id, num_envs=3, vectorization_mode="sync")
    observations, infos = envs.reset(seed=0)
    assert len(observations) == 3
    assert len(set(infos["problem_id"])) > 1 or env_id not in GENERATED
    actions = {"step": ("1 + 1 = 2",) * 3, "confidence": np.full(3, 0.5, np.float32)}
    _, rewards, terminated, _, _ = envs.step(actions)
    assert rewards.shape == (3,)
    assert not terminated.any()
    envs.close()


@each_env
def test_vectorised_in_processes(env_id):
    with pytest.raises(ValueError, match="shared_memory=False"):
        gym.make_vec(f"reasoning_gym_ccrl:{env_id}", num_envs=2, vectorization_mode="async")
    options = {"vectorization_mode": "async", "vector_kwargs": {"shared_memory": False}}
    envs = gym.make_vec(f"reasoning_gym_ccrl:{env_id}", num_envs=2, **options)
    try:
        observations, _ = envs.reset(seed=0)
        assert observations == tuple(make(env_id).reset(seed=seed)[0] for seed in (0, 1))
    finally:
        envs.close()


@pytest.mark.parametrize("env_id", ENVS)
def test_its_line_says_something(env_id):
    assert ENVS[env_id].summary.endswith(".")
