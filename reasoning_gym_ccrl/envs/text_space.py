"""The text space of the protocol: Gymnasium's `Text` with our charset, cheap to make."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, NoReturn

from gymnasium import spaces
from gymnasium.error import CustomSpaceError
from gymnasium.vector.utils import create_shared_memory

from ..step_format import CHARSET


class ProtocolText(spaces.Text):
    """`Text` of the protocol's charset, up to `max_length` characters. Make one with `protocol_text`."""


@cache
def _template() -> ProtocolText:
    return ProtocolText(max_length=1, charset=CHARSET)


def protocol_text(max_length: int) -> ProtocolText:
    """A space of its own whose tables of 12,000 signs, slow to build, are shared by all."""
    space = copy.copy(_template())
    space.max_length = max_length
    return space


@create_shared_memory.register(ProtocolText)
def _refuse_shared_memory(space: ProtocolText, n: int = 1, ctx: Any = None) -> NoReturn:
    """Gymnasium reads text out of shared memory only once, before the first reset: all observations would be blank."""
    raise CustomSpaceError(
        'Text observations need AsyncVectorEnv(..., shared_memory=False), or make_vec(id, vectorization_mode="async", '
        'vector_kwargs={"shared_memory": False}); with shared memory they would stay blank.'
    )
