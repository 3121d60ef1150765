"""Rewards as text and as plain data: for a command line and a configuration file.

    ccrl                                    a name
    my_package.my_module:my_function        an import path
    ccrl=1,length=-0.01                     a weighted sum of either
    {"ccrl": 1.0, "length": -0.01}          the same as data
    {"name": "ccrl", "scoring": "linear"}   a name and its options
    {"name": {"ccrl": 1.0, "length": -0.01}, "ccrl": {"scoring": "linear"}}

The last two say what `make_reward(name, **options)` would be given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidOption, RewardError
from ..step_format import shorten
from .combine import finite_number

SPEC_FORMS = (
    'a name ("ccrl"), "package.module:function", or a weighted sum of these ("ccrl=1,length=-0.01", or as data '
    '{"ccrl": 1.0, "length": -0.01}); a name with options is {"name": "ccrl", "scoring": "linear"}'
)


def parse_reward_spec(text: str) -> str | dict[str, Any]:
    """A reward as it is written on a command line, for `make_reward`.

    Args:
        text: a name, an import path, parts "name=weight" between commas, or a JSON object.

    Returns:
        The name or path, stripped; or the mapping.

    Raises:
        InvalidOption: a part with no weight, a weight that is no finite number, a part named twice, broken JSON.

    >>> parse_reward_spec("ccrl=1,length=-0.01")
    {'ccrl': 1.0, 'length': -0.01}
    >>> parse_reward_spec("ccrl")
    'ccrl'
    """
    stripped = text.strip()
    if not stripped:
        raise InvalidOption(f"A reward is {SPEC_FORMS}; received nothing.")
    if stripped.startswith("{"):
        return _from_json(stripped)
    if "=" not in stripped and "," not in stripped:
        return stripped
    parts: dict[str, Any] = {}
    for part in stripped.split(","):
        name, equals, weight = (piece.strip() for piece in part.partition("="))
        if not (name and equals):
            raise InvalidOption(
                f"A weighted reward is name=weight between commas, such as ccrl=1,length=-0.01; received {part!r} in "
                f"{shorten(repr(stripped))}."
            )
        if name in parts:
            raise InvalidOption(f"A weighted reward names each part once; received {name!r} twice. Add up its weights.")
        parts[name] = _weight(name, weight)
    return parts


def reward_options(spec: Mapping[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    """The two arguments of `make_reward` in a mapping with a "name"; None where it is a weighted sum.

    Raises:
        InvalidOption: an option whose name is no string.
    """
    if "name" not in spec or finite_number(spec["name"]) is not None:
        return None
    options = {option: value for option, value in spec.items() if option != "name"}
    if strangers := [option for option in options if not isinstance(option, str)]:
        raise InvalidOption(f"An option of a reward is named by a string; received {shorten(repr(strangers))}.")
    return spec["name"], options


def check_config(value: object) -> None:
    """That a configuration's value can be a reward at all; what it says is then checked by making it.

    Raises:
        RewardError: it is neither text nor a mapping.
    """
    if not isinstance(value, str | Mapping):
        raise RewardError(f"A reward in a configuration is {SPEC_FORMS}; received {shorten(repr(value))}.")


def _weight(name: str, text: str) -> float:
    try:
        weight = finite_number(float(text))
    except ValueError:
        weight = None
    if weight is None:
        raise InvalidOption(f"The weight of reward {name!r} is a finite number; received {text!r}.")
    return weight


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidOption(
            f'A reward that begins with {{ is JSON, such as {{"ccrl": 1.0, "length": -0.01}}; received '
            f"{shorten(repr(text))} ({error})."
        ) from error
    mapping: dict[str, Any] = found
    return mapping
