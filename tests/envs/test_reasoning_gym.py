"""`ReasoningGymCCRL-v0`: every task is made, played and judged; graders are asked in a worker, and never blindly."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
import time
from fractions import Fraction

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.problems import reasoning_gym as source
from reasoning_gym_ccrl.envs.problems.reasoning_gym import NO_TEXT_ANSWER, ReasoningGymProblems, as_json, from_json
from reasoning_gym_ccrl.envs.reasoning_gym_env import ReasoningGymEnv, ReasoningGymVectorEnv
from reasoning_gym_ccrl.envs.verify import EpisodeJudge, graders, worker
from reasoning_gym_ccrl.envs.verify.worker import Outcome
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.types import Problem, Step, Verdict

from ..timing import in_time

INSTALLED = importlib.util.find_spec("reasoning_gym") is not None
needs_reasoning_gym = [
    pytest.mark.skipif(not INSTALLED, reason="reasoning-gym is not installed; the extra [reasoning-gym] installs it"),
    # Its libraries leave a data file open, which Python mentions when it collects it.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def marked(test):
    for mark in needs_reasoning_gym:
        test = mark(test)
    return test


def every_task():
    if not INSTALLED:
        return ["chain_sum"]  # so that one skip tells of it
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from reasoning_gym.factory import DATASETS
    return sorted(set(DATASETS) - set(NO_TEXT_ANSWER))


SLOW = {"knight_swap", "futoshiki", "sudoku", "sokoban", "zebra_puzzles", "puzzle24"}  # to make, by tenths of a second
OPTIONS = {"composite": {"datasets": [{"name": "chain_sum"}, {"name": "gcd", "weight": 2.0}]}}
# What a wrong answer looks like where a word is no answer that the grader can read.
WRONG = {"prime_factorization": "2 × 2", "countdown": "1 + 1", "puzzle24": "1 + 1"} | dict.fromkeys(
    ("simple_integration", "intermediate_integration", "polynomial_multiplication"), "x + 1"
)


def make(task, **options):
    return ReasoningGymEnv(task, **OPTIONS.get(task, {}), **options)


def answered(env, text, confidence=1.0):
    _, reward, terminated, _, info = env.step({"step": f"<answer>{text}</answer>", "confidence": confidence})
    assert terminated
    return info["judgement"], reward


# -- every task -------------------------------------------------------------------------------------------------------


@marked
@pytest.mark.parametrize("task", every_task())
def test_gold_is_right_a_wrong_answer_is_wrong_and_a_copy_scores_nothing(task, monkeypatch):
    monkeypatch.setattr(graders, "call", lambda name, arguments, _: worker.call(name, arguments, 20.0))
    env = make(task)
    for seed in range(1 if task in SLOW else 2):
        env.reset(seed=seed)
        problem = env.problem
        judgement, reward = answered(env, problem.answer)
        assert judgement.verdict is Verdict.CORRECT, (problem.answer, judgement)
        assert reward == 1.5
        spec = json.loads(json.dumps(problem.to_json()))["metadata"]["grader"]
        asked = {key: spec[key] for key in ("task", "options", "entry")}
        # The grader itself, in its worker, from an entry that went through JSON.
        assert worker.call("reasoning_gym", asked | {"answer": problem.answer}, 20.0) == Outcome("done", 1.0)

        env.reset(options={"problem": problem})
        judgement, reward = answered(env, WRONG.get(task, "wrong"))
        assert judgement.verdict is Verdict.INCORRECT, judgement
        assert reward < 0
        env.reset(options={"problem": problem})
        judgement, reward = answered(env, problem.question[:8_000])
        assert judgement.verdict is not Verdict.CORRECT, judgement
        assert reward <= 0


@marked
def test_the_tasks_with_no_answer_in_text_are_those_that_are_left_out():
    from reasoning_gym import create_dataset

    for task, reason in NO_TEXT_ANSWER.items():
        assert create_dataset(task, seed=0, size=1)[0]["answer"] is None
        with pytest.raises(InvalidOption, match=reason):
            ReasoningGymProblems(task)


@marked
@pytest.mark.parametrize("task", [task for task in every_task() if task not in SLOW])
def test_problems_are_drawn_anew_and_again_the_same(task):
    source_of_it = make(task).source
    first = [source_of_it.sample(random.Random(seed)).question for seed in range(4)]
    again = [make(task).source.sample(random.Random(seed)).question for seed in (3, 2, 1, 0)]
    assert first == again[::-1], "what was drawn before makes no difference"
    assert len(set(first)) >= 2, first


# -- the source -------------------------------------------------------------------------------------------------------


@marked
def test_splits_share_no_question_and_each_is_filled():
    drawn = {}
    for split in source.SPLITS:
        problems = ReasoningGymProblems("chain_sum", split=split, min_terms=2, max_terms=3, min_digits=1, max_digits=2)
        rng = random.Random(0)
        drawn[split] = {problems.sample(rng).question for _ in range(400)}
        assert len(drawn[split]) > 300
    assert not drawn["train"] & drawn["test"] | drawn["train"] & drawn["validation"]
    assert not drawn["test"] & drawn["validation"]
    again = ReasoningGymProblems("chain_sum", split="test", min_terms=2, max_terms=2, min_digits=1, max_digits=1)
    rng = random.Random(1)
    small = {again.sample(rng).question for _ in range(400)}
    assert len(small) < 100, "the control: a small space repeats itself, and still fills the split"


@marked
def test_neighbouring_seeds_share_nothing():
    """The library itself shares 19 of 20 between seeds s and s + 1: the control."""
    from reasoning_gym import create_dataset

    def theirs(seed):
        return [item["question"] for item in create_dataset("chain_sum", seed=seed, size=20)]

    def ours(seed):
        env = make("chain_sum")
        env.reset(seed=seed)
        questions = [env.problem.question]
        while len(questions) < 20:
            env.reset()
            questions.append(env.problem.question)
        return questions

    assert len(set(theirs(1)) & set(theirs(2))) == 19
    assert len(set(ours(1)) & set(ours(2))) == 0


@marked
@pytest.mark.parametrize("task", ["chain_sum", "pool_matrix", "list_functions"])
def test_the_global_generators_are_left_as_they_were(task):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 (the global state is what must stay as it is)
    before = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    problems = ReasoningGymProblems(task)
    one = problems.sample(random.Random(1))
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before  # noqa: NPY002
    random.random()
    assert problems.sample(random.Random(1)) == one, "and they do not matter"


@marked
def test_unknown_names_and_impossible_options_are_refused_in_words():
    with pytest.raises(UnknownName, match="Did you mean 'chain_sum'"):
        ReasoningGymEnv("chain_sun")
    with pytest.raises(UnknownName, match="Did you mean 'min_terms'"):
        ReasoningGymEnv("chain_sum", min_term=3)
    with pytest.raises(UnknownName, match="split"):
        ReasoningGymEnv("chain_sum", split="more_steps")
    with pytest.raises(InvalidOption, match="refuses its options"):
        ReasoningGymEnv("chain_sum", min_terms=5, max_terms=2)
    with pytest.raises(InvalidOption, match="Must specify at least one dataset"):
        ReasoningGymEnv("composite")
    with pytest.raises(InvalidOption, match="no 'families'"):
        ReasoningGymEnv("chain_sum", families="arithmetic")
    with pytest.raises(InvalidOption, match="leaves no question in the split 'validation'"):
        ReasoningGymProblems(
            "chain_sum", split="validation", min_terms=2, max_terms=2, min_digits=1, max_digits=1
        ).sample(FixedNumbers(0))


class FixedNumbers(random.Random):
    """Always the same number, as a source with a single question behaves."""

    def randrange(self, *_):
        return 1


@marked
def test_options_go_to_the_task_or_to_the_environment():
    env = ReasoningGymEnv("chain_sum", min_terms=3, max_terms=3, max_steps=5, split="test", reward="brier")
    env.reset(seed=0)
    assert env.max_steps == 5
    assert env.problem.question.count("+") + env.problem.question.count("-") >= 2
    assert env.problem.metadata["grader"]["options"] == {"min_terms": 3, "max_terms": 3}
    twice = ReasoningGymEnv("knight_swap", task_options={"max_steps": 30}, max_steps=9)
    assert twice.max_steps == 9
    assert twice.source.options == {"max_steps": 30}


@marked
def test_the_environment_passes_gymnasiums_checker_and_steps_are_judged_as_ever():
    entry_point = "reasoning_gym_ccrl.envs.reasoning_gym_env:ReasoningGymEnv"
    env = gym.make(EnvSpec("ReasoningGymTest-v0", entry_point, order_enforce=False)).unwrapped
    check_env(env)  # a warning is an error here
    env.reset(options={"problem": Problem("p", "State the final answer: 4 + 3 + 5 =", "12")})
    verdicts = [env.step({"step": step, "confidence": 0.9})[-1]["judgement"].verdict for step in STEPS]
    assert verdicts == [Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNCHECKED, Verdict.CORRECT]
    vector = ReasoningGymVectorEnv(3, task="chain_sum")
    observations, infos = vector.reset(seed=0)
    assert len(set(observations)) == 3
    assert set(infos["family"]) == {"reasoning_gym"}


STEPS = ("4 + 3 = 7", "7 + 5 = 13", "90 + 9 = 99", "7 + 5 = 12")


def test_where_it_is_not_installed_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['reasoning_gym'] = None\n"
        "from reasoning_gym_ccrl.envs.reasoning_gym_env import ReasoningGymEnv\n"
        "try: ReasoningGymEnv()\n"
        "except ModuleNotFoundError as error: print(error.name, error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (
        run.stdout
        == "reasoning_gym ReasoningGymCCRL-v0 needs reasoning-gym: pip install 'reasoning-gym-ccrl[reasoning-gym]'\n"
    )


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.fractions()
keys = st.text(max_size=3) | st.integers() | st.tuples(st.integers(), st.integers())
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3).map(set)
    ),
)


@given(values)
def test_entries_survive_json(value):
    read = from_json(json.loads(json.dumps(as_json(value))))
    assert read == value
    assert repr(read) == repr(value) or isinstance(value, set | dict | list | tuple)


def test_what_has_no_form_in_json_is_refused():
    with pytest.raises(TypeError, match="object has no form in JSON"):
        as_json({"a": [object()]})
    assert as_json(np.float64(0.5)) == 0.5
    assert as_json({"$tuple": Fraction(1, 2)}) != {"$tuple": {"$fraction": "1/2"}}, "marks are no texts of the entry"


# -- what is asked of a grader, and what is made of its word ----------------------------------------------------------


def graded(monkeypatch, gold, said, outcome, *, task="some_task", question="Say something.", metadata=None):
    """The judgement where the grader's worker would say `outcome`, and whether it was asked."""
    asked = []

    def call(name, arguments, deadline):
        asked.append((name, arguments["answer"]))
        return outcome

    monkeypatch.setattr(graders, "call", call)
    spec = {"kind": "reasoning_gym", "task": task, "options": {}, "entry": {"metadata": metadata or {}}}
    judge = EpisodeJudge(Problem("p", question, gold, metadata={"grader": spec}))
    return judge.judge(Step("answer", said)), asked


YES, PARTLY, NO = Outcome("done", 1.0), Outcome("done", 0.5), Outcome("done", 0.0)


@pytest.mark.parametrize(
    ("gold", "said", "outcome", "verdict", "asks"),
    [
        ("a b", "a  b", NO, "CORRECT", False),  # the gold text needs no grader
        ("a b", r"\boxed{a b}", NO, "CORRECT", False),
        ("a b", "The answer is a b.", NO, "CORRECT", False),
        ("a b", "b a", YES, "CORRECT", True),
        ("a b", "b a", PARTLY, "INCORRECT", True),
        ("a b", "b a", NO, "INCORRECT", True),
        ("a b", "b a", Outcome("timeout", "Not decided."), "UNCHECKED", True),
        ("a b", "b a", Outcome("crashed", "The worker died."), "UNCHECKED", True),
        ("a b", "b a", Outcome("refused", "All were busy."), "UNCHECKED", True),
        ("a b", "b a", Outcome("done", "1.0"), "UNCHECKED", True),
        ("a b", "b a", Outcome("done", float("nan")), "UNCHECKED", True),
        ("a b", "b a or c d", YES, "UNCHECKED", True),  # a hedge
        ("ab", "ab, cd, ef", YES, "UNCHECKED", True),  # a list of guesses
        ("6.0 + 13.0i", "nan", YES, "INCORRECT", True),
        ("14", "14", NO, "CORRECT", False),  # numbers, yes and no are judged here
        ("14", "$14.00", NO, "CORRECT", False),
        ("14", "15", YES, "INCORRECT", False),
        ("14", "7 + 7", YES, "INCORRECT", False),
        ("0.3125", "0.31", YES, "CORRECT", True),  # a grader may forgive rounding
        ("0.3125", "0.31", NO, "INCORRECT", True),
        ("0.3125", "0", YES, "INCORRECT", True),  # but not this
        ("False", "no way", YES, "UNCHECKED", False),
        ("False", "true", YES, "INCORRECT", False),
        ("False", "wrong", YES, "INCORRECT", False),
        ("False", "*False*", NO, "CORRECT", False),
    ],
)
def test_what_a_grader_says_is_taken_with_care(monkeypatch, gold, said, outcome, verdict, asks):
    judgement, asked = graded(monkeypatch, gold, said, outcome)
    assert judgement.verdict == verdict, judgement
    assert bool(asked) is asks
    assert judgement.is_final
    assert judgement.counts == (verdict != "UNCHECKED")
    assert judgement.reason.endswith(".")


def test_a_list_of_numbers_is_no_number(monkeypatch):
    for said in ("14 or 15", "15, 14", "14 15"):
        judgement, asked = graded(monkeypatch, "14", said, YES)
        assert judgement.verdict is not Verdict.CORRECT
        assert not asked


def test_a_time_out_says_so(monkeypatch):
    judgement, _ = graded(monkeypatch, "a b", "b a", Outcome("timeout", "Not decided within 0.25 seconds."))
    assert judgement.reason == "The grader gave no verdict. Not decided within 0.25 seconds."


def test_a_copy_of_the_question_is_not_right_whatever_the_grader_says(monkeypatch):
    question = "Multiply: (65*x - 72)*(105*x - 125). Is Zoey a knight, and Riley a knave?"
    for said in ("(65*x - 72)*(105*x - 125)", "Zoey a knight, and Riley a knave", question):
        judgement, _ = graded(monkeypatch, "6825*x**2", said, YES, question=question)
        assert judgement.verdict is not Verdict.CORRECT, said
    assert graded(monkeypatch, "a knave", "knave", YES, question=question)[0].verdict is Verdict.CORRECT


def test_a_game_of_24_is_played_with_the_numbers_given(monkeypatch):
    given_numbers = {"task": "puzzle24", "metadata": {"numbers": [8, 5, 1, 2]}}
    assert graded(monkeypatch, "8*(5*1 - 2)", "(5 - 2)*8*1", YES, **given_numbers)[0].verdict is Verdict.CORRECT
    assert graded(monkeypatch, "8*(5*1 - 2)", "4*3*2*1", YES, **given_numbers)[0].verdict is Verdict.INCORRECT


HARMLESS = {
    "countdown": ["49*(85 - 1)/14 - 42 - 73", "1.5 + 2", "2**3"],
    "simple_integration": ["5*X**10/3 + 9*X**8 + C", "sin(x)**2 + log(x)", "3*Integral(x**3*cos(3*x), x) + C"],
    "binary_matrix": ["[[0, 1], [1, 0]]", "0 1\n1 0"],
    "string_insertion": ["['A', 'B']", "ABCD"],
}
CALLS = [
    "__import__('os').system('true')",
    "open('x', 'w')",
    "().__class__",
    "x.__class__",
    "(lambda: 0)()",
    "[c for c in ().__class__.__mro__]",
    "f'{open}'",
    "print (1)",
    "eval\x0b(1)",
    "exec(chr(49))",
    "S('open(1)')",
    "（）",
    "sin.__call__(1)",
    "1 .real()",
    "x\\\n()",
    "type(x)(1)",
    "N(open)",
]


@pytest.mark.parametrize(("task", "texts"), HARMLESS.items())
def test_a_grader_that_executes_text_is_shown_plain_values_alone(monkeypatch, task, texts):
    for said in texts:
        assert graded(monkeypatch, "gold gold", said, YES, task=task)[1] == [("reasoning_gym", said)]
    for said in CALLS:
        judgement, asked = graded(monkeypatch, "gold gold", said, YES, task=task)
        assert not asked, said
        assert judgement.verdict is Verdict.UNCHECKED


def test_nor_is_one_within_a_composite(monkeypatch):
    within = {"source_dataset": "countdown"}
    said = "49*(85 - 1)/14 - 42 - 73"
    assert graded(monkeypatch, "gold gold", said, YES, task="composite", metadata=within)[1]
    for said in CALLS:
        assert not graded(monkeypatch, "gold gold", said, YES, task="composite", metadata=within)[1], said


@pytest.mark.parametrize(
    ("task", "entry"),
    [
        ("number_sorting", {"answer": "open('x', 'w')", "metadata": {}}),
        ("polynomial_multiplication", {"answer": "open('x', 'w')", "metadata": {}}),
        ("simple_integration", {"answer": "x", "metadata": {"integrand": "open('x', 'w')"}}),
    ],
)
def test_nor_is_it_shown_what_a_file_of_problems_says_is_gold(monkeypatch, task, entry):
    monkeypatch.setattr(graders, "call", lambda *_: pytest.fail("it was asked"))
    spec = {"kind": "reasoning_gym", "task": task, "options": {}, "entry": entry}
    judgement = graders.grade(Problem("p", "?", entry["answer"], metadata={"grader": spec}), "x + 1")
    assert judgement.verdict is Verdict.UNCHECKED


@pytest.mark.parametrize("entry", [None, "x", [], {}, {"metadata": 1}, {"answer": 7, "metadata": {"numbers": 3}}])
def test_a_grader_with_a_broken_entry_raises_nothing(monkeypatch, entry):
    monkeypatch.setattr(graders, "call", lambda *_: YES)
    for task in ("puzzle24", "countdown", None, 5):
        spec = {"kind": "reasoning_gym", "task": task, "options": {}, "entry": entry}
        judgement = graders.grade(Problem("p", "?", "2 + 2", metadata={"grader": spec}), "1 + 1")
        assert judgement.verdict in tuple(Verdict)


def test_a_problem_whose_grader_is_unknown_is_judged_as_any_other():
    for spec in (None, "x", {"kind": "other"}, {}):
        judge = EpisodeJudge(Problem("p", "What is 3 + 4?", "7", metadata={"grader": spec}))
        assert judge.judge(Step("answer", "7")).verdict is Verdict.CORRECT


@marked
def test_an_answer_that_takes_for_ever_costs_the_deadline_and_the_next_is_judged_right():
    env = make("countdown")
    env.reset(seed=0)
    problem = env.problem
    gold = graders.grade(problem, f"0 + {problem.answer}", 5.0)  # loads and warms
    assert gold.verdict is not Verdict.UNCHECKED
    for _ in range(3):
        judgement = in_time(lambda: graders.grade(problem, "9**9**9**9"), 0.5, clock=time.monotonic)
        assert judgement.verdict is Verdict.UNCHECKED
        assert "0.25 seconds" in judgement.reason
        right = in_time(lambda: graders.grade(problem, f"({problem.answer})"), 0.25, clock=time.monotonic)
        assert right.verdict is Verdict.CORRECT
