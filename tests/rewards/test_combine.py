"""Results are checked whoever wrote the reward, and weighted sums explain themselves by their parts' names."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.errors import InvalidOption, RewardError, UnknownName
from reasoning_gym_ccrl.rewards import REWARDS, make_reward
from reasoning_gym_ccrl.types import Reward, StepContext

from .make_contexts import Fact, answer, episodes, pay, total


def half(context: StepContext) -> float:
    return 0.5


class Scaled:
    """A user's own reward with state: it counts its calls."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.calls = 0

    def __call__(self, context: StepContext) -> float:
        self.calls += 1
        return self.scale


def scaled(context: StepContext, scale: float = 1.0) -> float:
    return scale


BAD_RESULTS = {
    "nan": float("nan"),
    "infinite": float("inf"),
    "string": "0.5",
    "none": None,
    "list": [0.5],
    "complex": 1j,
    "nan total": Reward(float("nan"), {"a": 0.0}),
    "string total": Reward("1", {}),
    "nan term": Reward(0.0, {"a": float("nan")}),
    "string term": Reward(0.0, {"a": "0"}),
    "terms that do not add up": Reward(1.0, {"a": 0.4, "b": 0.5}),
}


@pytest.mark.parametrize("result", BAD_RESULTS.values(), ids=BAD_RESULTS)
def test_a_bad_result_names_the_reward_and_the_step(result):
    def careless(context):
        return result if len(context.history) == 1 else 0.0

    with pytest.raises(RewardError, match=r"'careless' did not at step 2 \('3 \* 4 = 12'\) of problem 'test:1'"):
        pay(make_reward(careless), [Fact(), Fact()])


def test_a_reward_that_raises_names_itself_and_keeps_the_cause():
    def broken(context):
        raise KeyError("givens")

    with pytest.raises(RewardError, match=r"'broken' did not at step 1 .* it raised KeyError: 'givens'") as caught:
        pay(make_reward(broken), [Fact()])
    assert isinstance(caught.value.__cause__, KeyError)


def nan(context: StepContext) -> float:
    return float("nan")


def test_a_broken_part_of_a_sum_is_named_not_the_sum():
    with pytest.raises(RewardError, match=f"Reward '{__name__}:nan' did not"):
        pay(make_reward({"ccrl": 1.0, f"{__name__}:nan": 1.0}), [Fact()])


@pytest.mark.parametrize("value", [1, 0.25, True, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_any_finite_real_number_is_a_reward(value):
    paid = make_reward(lambda context: value)(contexts_first())
    assert paid == Reward(float(value), {"<lambda>": float(value)})
    assert type(paid.total) is float


def contexts_first() -> StepContext:
    seen = []
    pay(lambda context: seen.append(context) or Reward(0.0, {}), [Fact()])
    return seen[0]


def test_a_reward_without_terms_is_shown_by_its_name():
    assert make_reward(lambda context: Reward(0.5))(contexts_first()).terms == {"<lambda>": 0.5}


def test_unknown_names_list_the_near_ones():
    with pytest.raises(UnknownName, match=r"Unknown reward 'briar'\. Did you mean 'brier'"):
        make_reward("briar")
    with pytest.raises(UnknownName, match="Known: abstain, brier, ccrl"):
        make_reward({"zzz": 1.0})


def test_options_that_a_reward_does_not_have():
    with pytest.raises(InvalidOption, match=r"'ccrl' has the options \['weight', 'scoring', 'credit'\]"):
        make_reward("ccrl", weigth=1.0)
    with pytest.raises(InvalidOption, match="'outcome' has the options none"):
        make_reward("outcome", weight=1.0)
    with pytest.raises(InvalidOption, match="made already"):
        make_reward(make_reward("ccrl"), weight=1.0)


def test_a_made_reward_passes_through():
    reward = make_reward("ccrl")
    assert make_reward(reward) is reward


def test_functions_classes_instances_and_import_paths():
    context = contexts_first()
    assert make_reward(half)(context).terms == {"half": 0.5}
    assert make_reward(f"{__name__}:half")(context).total == 0.5
    assert make_reward(Scaled, scale=2.0)(context).terms == {"Scaled": 2.0}
    assert make_reward(f"{__name__}:Scaled", scale=3.0)(context).total == 3.0
    assert make_reward(scaled, scale=4.0)(context).terms == {"scaled": 4.0}
    instance = Scaled()
    make_reward(instance)(context)
    assert instance.calls == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no_such_module_at_all:f", "No module named"),
        ("math:no_such_function", "no attribute"),
        ("math:pi", "leads to a function"),
        (":f", "package.module:function"),
        ("math:", "package.module:function"),
    ],
)
def test_import_paths_that_lead_nowhere(path, said):
    with pytest.raises(RewardError, match=said):
        make_reward(path)


@pytest.mark.parametrize("spec", [3, None, ["ccrl"]])
def test_what_is_no_specification(spec):
    with pytest.raises(RewardError, match="A reward is a name"):
        make_reward(spec)


@given(facts=episodes, a=st.floats(-2, 2), b=st.floats(-2, 2))
def test_a_weighted_sum_is_one(facts, a, b):
    both = total(make_reward({"ccrl": a, "length": b}), facts)
    apart = a * total(make_reward("ccrl"), facts) + b * total(make_reward("length"), facts)
    assert both == pytest.approx(apart, abs=1e-9)


def test_a_weighted_sum_names_its_terms():
    reward = make_reward({"ccrl": 1.0, "length": -0.01}, ccrl={"scoring": "linear"})
    (paid,) = pay(reward, [answer(confidence=0.5)])
    assert paid.terms == pytest.approx({"ccrl/outcome": 1.0, "ccrl/calibration": 0.25, "length": -0.01})
    assert paid.total == pytest.approx(1.24)


@pytest.mark.parametrize("weight", [float("nan"), "1", None])
def test_a_weight_is_a_finite_number(weight):
    with pytest.raises(InvalidOption, match="weight of reward 'ccrl'"):
        make_reward({"ccrl": weight})


def test_a_weighted_sum_of_nothing_or_with_options_for_strangers():
    with pytest.raises(InvalidOption, match="at least one part"):
        make_reward({})
    with pytest.raises(InvalidOption, match="scoring"):
        make_reward({"ccrl": 1.0}, scoring="linear")


@pytest.mark.parametrize(
    "spec",
    [*REWARDS, {"ccrl": 1.0, "length": -0.01}, half],
    ids=lambda spec: getattr(spec, "__name__", str(spec)),  # a function's own text names its place in memory
)
def test_rewards_survive_pickling(spec):
    reward = make_reward(spec)
    facts = [Fact(confidence=0.7), answer(confidence=0.4)]
    assert pay(pickle.loads(pickle.dumps(reward)), facts) == pay(reward, facts)
