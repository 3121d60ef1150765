"""One class per failure. Each message says the rule, what was received, and the remedy."""

from __future__ import annotations

import difflib
import errno
import os
import re
from collections.abc import Iterable

_STORAGE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)


class CCRLError(Exception):
    """Root of every error that this package raises on purpose."""


class InvalidAction(CCRLError, TypeError):
    """Raised when an action is no mapping or has no "step": a mistake of the program, not of the model."""


class MalformedStep(CCRLError, ValueError):
    """Raised by the strict reader on text that breaks the protocol; the environment judges it INCORRECT."""


class UnknownName(CCRLError, ValueError):
    """Raised when a name is in no table (reward, family, split, engine, algorithm)."""


class InvalidOption(CCRLError, ValueError):
    """Raised when an option's value, or a combination of options, cannot work."""


class InvalidProblem(CCRLError, ValueError):
    """Raised when a user's problem lacks what the environment needs."""


class InvalidInput(CCRLError, ValueError):
    """Raised when arrays handed to a pure function have the wrong shape, range or type."""


class DataError(CCRLError, ValueError):
    """Raised when a data file cannot be read; names the file and the line."""


class RewardError(CCRLError, RuntimeError):
    """Raised when a reward function raises, or returns what is no finite number; names reward and step."""


class ModelNotFound(CCRLError, OSError):
    """Raised when a model path or id cannot be loaded."""


class EngineError(CCRLError, RuntimeError):
    """Raised when an engine, or the server behind one, gives no usable answer.

    `status` is the HTTP status of the server's reply, None where there was none or another process raised it.
    """

    def __init__(self, message: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ResetNeeded(CCRLError, RuntimeError):
    """Raised when `step` is called before `reset` or after the episode's end."""


class TrainingDiverged(CCRLError, RuntimeError):
    """Raised when a loss or gradient stops being finite; the last good state stays on disk."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownName:
    """Builds the error for a name that is in no table, with the near ones.

    >>> str(unknown_name("reward", "briar", ["brier", "ccrl"]))
    "Unknown reward 'briar'. Did you mean 'brier'? Known: brier, ccrl."
    """
    known = sorted(known)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    return UnknownName(f"Unknown {kind} {str(name)!r}.{hint} Known: {', '.join(known)}.")


def storage_error(error: BaseException | None) -> str | None:
    """The system's words where the disk is full, or may not be written to; None for any other error.

    Libraries hide what the system said: safetensors in its message, torch behind an error of its own.
    """
    while isinstance(error, Exception):
        hidden = re.search(r"\(os error (\d+)\)", str(error))
        number = error.errno if isinstance(error, OSError) else int(hidden[1]) if hidden else None
        if number in _STORAGE_ERRORS:
            return os.strerror(number)
        error = error.__cause__ or error.__context__
    return None
