"""The shared types: JSON both ways, frozen, and what an episode says of itself."""

from __future__ import annotations

import dataclasses
import inspect
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl import types
from reasoning_gym_ccrl.types import Episode, GoldStep, Judgement, Problem, Reward, Step, StepRecord, Verdict

TEXT = st.text(max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
GOLD_STEPS = st.builds(GoldStep, TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple))
PROBLEMS = st.builds(
    Problem,
    id=TEXT,
    question=TEXT,
    answer=st.none() | TEXT,
    solution=st.lists(GOLD_STEPS, max_size=3).map(tuple),
    family=TEXT,
    difficulty=TEXT,
    metadata=st.dictionaries(TEXT, JSON_VALUES, max_size=3),
)
STEPS = st.builds(Step, st.sampled_from(["plan", "step", "answer"]), TEXT, st.none() | st.floats(0, 1))
VERDICTS = st.sampled_from(Verdict)
JUDGEMENTS = st.builds(
    Judgement,
    verdict=VERDICTS,
    is_final=st.booleans(),
    local=VERDICTS,
    grounded=VERDICTS,
    global_=VERDICTS,
    reason=TEXT,
    malformed=st.booleans(),
    gold_index=st.none() | st.integers(0, 5),
    value=st.none() | TEXT,
    counts=st.booleans(),
)
NUMBERS = st.floats(-1e6, 1e6)
REWARDS = st.builds(Reward, NUMBERS, st.dictionaries(TEXT, NUMBERS, max_size=3))
RECORDS = st.builds(StepRecord, STEPS, JUDGEMENTS, REWARDS)
EPISODES = st.builds(
    Episode,
    problem=PROBLEMS,
    records=st.lists(RECORDS, max_size=3).map(tuple),
    terminated=st.booleans(),
    truncated=st.booleans(),
    seed=st.none() | st.integers(0),
    counted_tokens=st.integers(0, 100),
)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (GOLD_STEPS, GoldStep),
        (PROBLEMS, Problem),
        (STEPS, Step),
        (JUDGEMENTS, Judgement),
        (RECORDS, StepRecord),
        (EPISODES, Episode),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_json_round_trip(values, kind):
    """Through real JSON text, because a tuple or an enum survives a mere dictionary."""

    @given(values)
    def check(value):
        assert kind.from_json(json.loads(json.dumps(value.to_json(), allow_nan=False))) == value

    check()


@pytest.mark.parametrize("kind", [GoldStep, Problem, Step, Judgement])
def test_json_holds_every_field(kind):
    """A field that is added to the class and forgotten in to_json would be lost in files."""
    examples = {
        GoldStep: GoldStep("a", "b", "c"),
        Problem: Problem("a", "b", "c"),
        Step: Step("step", "a"),
        Judgement: Judgement(Verdict.CORRECT),
    }
    names = {field.name.rstrip("_") for field in dataclasses.fields(kind)}
    assert set(examples[kind].to_json()) == names


def test_episode_keeps_the_count_of_its_tokens_but_not_the_tokens():
    episode = Episode(
        problem=Problem("a", "b", "c"),
        records=(StepRecord(Step("step", "a"), Judgement(Verdict.CORRECT), Reward(0.5, {"m": 0.5}), span=(1, 3)),),
        terminated=False,
        truncated=True,
        token_ids=(5, 6, 7),
        response_mask=(False, True, True),
        sampler_logprobs=(0.0, -1.0, -2.0),
    )
    read = Episode.from_json(json.loads(json.dumps(episode.to_json())))
    assert read.token_ids == ()
    assert read.records[0].span is None
    assert (read.response_tokens, episode.response_tokens) == (2, 2)


def test_files_may_leave_out_what_has_a_default():
    assert Problem.from_json({"id": "a", "question": "b", "answer": None}) == Problem("a", "b", None)
    assert (
        Problem.from_json({"id": "a", "question": "b", "answer": "1", "solution": None, "metadata": None}).solution
        == ()
    )
    assert GoldStep.from_json({"text": "a", "expression": "b", "value": "c"}) == GoldStep("a", "b", "c")


@pytest.mark.parametrize(
    ("meta_thought", "name"),
    [("total cost = unit price * number", "total cost"), ("", ""), ("no equality", "no equality"), (" a = b = c", "a")],
)
def test_gold_step_name(meta_thought, name):
    assert GoldStep("", "", "", meta_thought).name == name


def record(verdict: Verdict, *, final: bool, reward: float = 0.0) -> StepRecord:
    return StepRecord(Step("answer" if final else "step", "a"), Judgement(verdict, is_final=final), Reward(reward))


@pytest.mark.parametrize(
    ("records", "has_final", "correct"),
    [
        ((), False, False),
        ((record(Verdict.CORRECT, final=False),), False, False),
        ((record(Verdict.INCORRECT, final=False), record(Verdict.CORRECT, final=True)), True, True),
        ((record(Verdict.CORRECT, final=False), record(Verdict.INCORRECT, final=True)), True, False),
        ((record(Verdict.UNCHECKED, final=True),), True, False),
    ],
)
def test_no_answer_is_wrong(records, has_final, correct):
    episode = Episode(Problem("a", "b", "c"), records, terminated=has_final, truncated=not has_final)
    assert (episode.final is not None, episode.is_correct) == (has_final, correct)


def test_total_reward():
    records = (record(Verdict.CORRECT, final=False, reward=0.25), record(Verdict.CORRECT, final=True, reward=1.0))
    assert Episode(Problem("a", "b", "c"), records, terminated=True, truncated=False).total_reward == 1.25


CLASSES = [kind for _, kind in inspect.getmembers(types, dataclasses.is_dataclass)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_frozen_and_documented(kind):
    assert kind.__dataclass_params__.frozen
    assert hasattr(kind, "__slots__")
    assert kind.__doc__
    assert not kind.__doc__.startswith(kind.__name__ + "(")  # dataclass's own stand-in


def test_frozen_in_fact():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Step("step", "a").text = "b"


@given(EPISODES)
def test_pickles(episode):
    """Vector environments send these between processes."""
    assert pickle.loads(pickle.dumps(episode)) == episode


def test_verdicts_are_their_names():
    assert [str(verdict) for verdict in Verdict] == ["CORRECT", "INCORRECT", "UNCHECKED"]
    assert json.dumps(Verdict.CORRECT) == '"CORRECT"'
