"""One class per failure, one root to catch them all; messages that name the near ones."""

from __future__ import annotations

import inspect
import pickle

import pytest

from reasoning_gym_ccrl import errors
from reasoning_gym_ccrl.errors import CCRLError, UnknownName, unknown_name

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__mro__[1:2] == (CCRLError,)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_one_root_and_a_builtin_base(kind):
    """`except ValueError` must go on working for who does not know this package."""
    assert issubclass(kind, CCRLError)
    assert issubclass(kind, ValueError | TypeError | RuntimeError | OSError)
    assert kind.__doc__.startswith("Raised when") or kind.__doc__.startswith("Raised by")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_message_survives_a_process_boundary(kind):
    error = pickle.loads(pickle.dumps(kind("the rule; received 3")))
    assert type(error) is kind
    assert str(error) == "the rule; received 3"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("briar", " Did you mean 'brier'?"),
        ("brie", " Did you mean 'brier'?"),
        ("zzz", ""),
        ("", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_unknown_name(name, hint):
    error = unknown_name("reward", name, iter(["outcome", "brier", "ccrl"]))
    assert isinstance(error, UnknownName)
    assert str(error) == f"Unknown reward {str(name)!r}.{hint} Known: brier, ccrl, outcome."


def test_unknown_name_lists_several_near_ones():
    message = str(unknown_name("reward", "step_", ["step_a", "step_b", "x"]))
    assert "'step_a'" in message.partition("Known")[0]
    assert "'step_b'" in message.partition("Known")[0]
