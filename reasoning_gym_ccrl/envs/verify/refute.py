"""What else in a step can be proven false, beside its calculations: the one place where the judge asks.

Each refuter proves little and guesses nothing; docs/verification.md says what was tried and is not proof. Where none
has a reason, nothing is said of the step.
"""

from __future__ import annotations

import re

from ...types import Problem
from .expression import parse_number
from .gold_wording import refute_by_gold_wording
from .unit_sums import refute_unit_sum
from .unknowns import Unknowns
from .words import KNOWN_UNITS

MAX_CHARS = 2_000

_END = r"(?=[.,;]| so\b|$)"
_CONVERSION = re.compile(
    rf"\bthere (?:are|is) (\d{{1,7}}(?:,\d{{3}})*) ([a-z]{{2,12}}) in (?:a|an|one|1|each|every) ([a-z]{{2,12}}){_END}",
    re.I,
)
_MONTH_DAYS = re.compile(
    r"\b[Tt]here are (\d{1,3}) days in (?:the month of )?"
    rf"(January|March|April|May|June|July|August|September|October|November|December){_END}"
)
_SHORT_MONTHS = frozenset({"April", "June", "September", "November"})
_WORKING = frozenset({"day", "week"})  # "there are 8 hours in a day", "5 days in a week": those that are worked


class Refuter:
    """Asks every refuter about the steps of one attempt, in order; equations with letters are remembered.

    >>> refuter = Refuter(Problem("p", "How long?", "12"))
    >>> refuter.refute("We know that 26 + 2x = 46.") is None, refuter.refute("Solving for x, we get x = 20.")
    (True, 'x = 20 contradicts 26 + 2x = 46, which was stated before.')
    """

    __slots__ = ("_problem", "_unknowns")

    def __init__(self, problem: Problem):
        self._problem = problem
        self._unknowns: Unknowns | None = None  # made where the first letter may occur, for most attempts have none

    def refute(self, text: str) -> str | None:
        """Why a step is wrong, or None where nothing in it was refuted."""
        if len(text) > MAX_CHARS:
            return None
        if self._unknowns is None:
            self._unknowns = Unknowns(self._problem)
        return (
            self._unknowns.refute(text)
            or refute_unit_sum(text)
            or refute_conversion(text)
            or refute_by_gold_wording(self._problem, text)
        )


def refute_conversion(text: str) -> str | None:
    """Why a conversion that is stated in words is false, or None.

    It proves a wrong size of a unit in another, and of a month in days. "8 hours in a day" and "5 days in a week" may
    be meant of work, and are left alone.

    >>> refute_conversion("There are 14 inches in a foot, so he is tall.")
    'There are 12 inches in a foot, not 14.'
    >>> refute_conversion("There are 12 inches in a foot."), refute_conversion("there are 5 days in a week")
    (None, None)
    """
    for match in _CONVERSION.finditer(text):
        number, small, large = match.groups()
        known, wanted = KNOWN_UNITS.get(small.lower()), KNOWN_UNITS.get(large.lower())
        if known is None or wanted is None or known[0] != wanted[0] or large.lower() in _WORKING or known[0] == "rate":
            continue
        size = wanted[1] // known[1]
        if size > 1 and size * known[1] == wanted[1] and parse_number(number) != size:
            return f"There are {size} {small} in a {large}, not {number}."
    for match in _MONTH_DAYS.finditer(text):
        number, month = match.groups()
        days = 30 if month in _SHORT_MONTHS else 31
        if int(number) != days:
            return f"There are {days} days in {month}, not {number}."
    return None
